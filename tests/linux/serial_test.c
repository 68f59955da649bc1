/// Serial lines: the pty and its link, a tty (the other end of a pty plays it), and the pump on
/// them. The toy protocol and its clients are support_pump.h; nothing sleeps.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_pump.h"

static struct world world; // large: not on the stack
static char problem[400];
static char directory[128];
static char name[160];

static int make_directory(void **state) {
    const char *base = getenv("TMPDIR");
    (void)state;
    (void)snprintf(directory, sizeof directory, "%s/ib-serial-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(name, sizeof name, "%s/line", directory);
    return 0;
}

/// Every test leaves the directory empty.
static int remove_directory(void **state) {
    (void)state;
    return rmdir(directory);
}

static struct ib_serial *open_pty(const char *link_name) {
    struct ib_serial *line;
    if (ib_serial_open_pty(&line, link_name, problem, sizeof problem) != 0)
        fail_msg("%s", problem);
    return line;
}

// ---- the line ----

static void test_raw_for_everyone_who_opens_it(void **state) {
    (void)state;
    struct ib_serial *line = open_pty(NULL);
    assert_int_equal(strncmp(ib_serial_path(line), "/dev/pts/", 9), 0);
    assert_false(ib_serial_attached(line));
    for (int i = 0; i < 3; i++) {
        struct termios settings;
        char byte;
        int peer = open(ib_serial_path(line), O_RDWR | O_NOCTTY);
        assert_true(peer >= 0);
        assert_true(ib_serial_attached(line));
        assert_int_equal(tcgetattr(peer, &settings), 0);
        assert_int_equal(settings.c_lflag & (tcflag_t)(ECHO | ICANON | ISIG | IEXTEN), 0);
        assert_int_equal(settings.c_iflag & (tcflag_t)(ICRNL | IXON | IXOFF | ISTRIP), 0);
        assert_int_equal(settings.c_oflag & (tcflag_t)OPOST, 0);
        assert_int_equal(settings.c_cflag & (tcflag_t)(CSIZE | PARENB | CSTOPB), CS8);
        assert_int_equal(read(ib_serial_fd(line), &byte, 1), -1);
        assert_int_equal(errno, EAGAIN);
        close(peer);
        assert_false(ib_serial_attached(line));
    }
    ib_serial_close(line);
    ib_serial_close(NULL);
}

static void test_the_link(void **state) {
    (void)state;
    char target[128] = "";
    struct stat there;
    struct ib_serial *line = open_pty(name);
    assert_true(readlink(name, target, sizeof target - 1) > 0);
    assert_string_equal(target, ib_serial_path(line));
    int peer = open(name, O_RDWR | O_NOCTTY);
    assert_true(peer >= 0);
    assert_true(ib_serial_attached(line));
    close(peer);

    // Alive: another one leaves it alone.
    struct ib_serial *second;
    assert_int_equal(ib_serial_open_pty(&second, name, problem, sizeof problem), -EADDRINUSE);
    assert_null(second);
    assert_non_null(strstr(problem, name));
    assert_non_null(strstr(problem, "which another program uses"));
    ib_serial_close(line);
    assert_int_equal(lstat(name, &there), -1);

    // Left behind by a program that is gone.
    assert_int_equal(symlink("/dev/pts/4095000", name), 0);
    line = open_pty(name);
    peer = open(name, O_RDWR | O_NOCTTY);
    assert_true(peer >= 0);
    close(peer);
    // Somebody else's by the time we close: it stays.
    assert_int_equal(unlink(name), 0);
    assert_int_equal(symlink("/elsewhere", name), 0);
    ib_serial_close(line);
    assert_int_equal(lstat(name, &there), 0);
    assert_int_equal(ib_serial_open_pty(&line, name, problem, sizeof problem), -EEXIST);
    assert_non_null(strstr(problem, "leads to /elsewhere"));
    assert_int_equal(unlink(name), 0);
}

/// The number of a pty that died with its program is given out again: the old link fits by chance.
static void test_a_stale_link_to_our_own_number(void **state) {
    (void)state;
    struct ib_serial *line = open_pty(NULL);
    assert_int_equal(symlink(ib_serial_path(line), name), 0);
    ib_serial_close(line);
    line = open_pty(name);
    ib_serial_close(line);
    (void)unlink(name); // another program may have taken the number meanwhile
}

/// … and by then it may lead to somebody else's terminal.
static void test_a_stale_link_to_a_strangers_terminal(void **state) {
    (void)state;
    char target[128] = "";
    struct ib_serial *stranger = open_pty(NULL);
    assert_int_equal(symlink(ib_serial_path(stranger), name), 0);
    struct ib_serial *line = open_pty(name);
    assert_true(readlink(name, target, sizeof target - 1) > 0);
    assert_string_equal(target, ib_serial_path(line));
    ib_serial_close(line);
    ib_serial_close(stranger);
}

static void test_link_problems(void **state) {
    (void)state;
    char deeper[200];
    struct ib_serial *line;
    struct stat there;
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs("precious", file) >= 0);
    fclose(file);
    assert_int_equal(ib_serial_open_pty(&line, name, problem, sizeof problem), -EEXIST);
    assert_non_null(strstr(problem, "exists and is not a link"));
    assert_int_equal(stat(name, &there), 0);
    assert_int_equal(there.st_size, 8);
    assert_int_equal(unlink(name), 0);

    (void)snprintf(deeper, sizeof deeper, "%s/none/line", directory);
    assert_int_equal(ib_serial_open_pty(&line, deeper, problem, sizeof problem), -ENOENT);
    assert_non_null(strstr(problem, "its directory does not exist"));
    assert_null(line);
}

// ---- the tty ----

/// The master of a pty, whose other end plays a tty.
static int open_master(char *path, size_t size) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ptsname_r(master, path, size), 0);
    return master;
}

static void test_tty_settings(void **state) {
    (void)state;
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},
                  {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600}};
    char path[64];
    struct ib_serial *tty;
    struct ib_serial *second;
    struct termios settings;
    int master = open_master(path, sizeof path);
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        int error = ib_serial_open_tty(&tty, path, speeds[i].baud, problem, sizeof problem);
        if (error)
            fail_msg("%s", problem);
        assert_string_equal(ib_serial_path(tty), path);
        assert_true(ib_serial_attached(tty));
        assert_int_equal(tcgetattr(ib_serial_fd(tty), &settings), 0);
        assert_int_equal(cfgetospeed(&settings), speeds[i].speed);
        assert_int_equal(cfgetispeed(&settings), speeds[i].speed);
        assert_int_equal(settings.c_cflag & (tcflag_t)(CSIZE | PARENB | CSTOPB | CRTSCTS), CS8);
        assert_int_equal(settings.c_lflag & (tcflag_t)(ECHO | ICANON | ISIG), 0);
        assert_int_equal(settings.c_iflag & (tcflag_t)(IXON | IXOFF | ICRNL), 0);
        // Nobody else gets it: root by the lock, others by TIOCEXCL.
        assert_int_equal(ib_serial_open_tty(&second, path, 9600, problem, sizeof problem), -EBUSY);
        assert_non_null(strstr(problem, "in use by another program"));
        ib_serial_close(tty);
    }
    // What the settings were before is put back.
    int peer = open(path, O_RDWR | O_NOCTTY);
    assert_true(peer >= 0);
    assert_int_equal(tcgetattr(peer, &settings), 0);
    assert_true(settings.c_lflag & ECHO);
    close(peer);
    close(master);
}

static void test_tty_problems(void **state) {
    (void)state;
    struct ib_serial *tty;
    assert_int_equal(ib_serial_open_tty(&tty, name, 230400, problem, sizeof problem), -ENOENT);
    assert_null(tty);
    assert_non_null(strstr(problem, name));
    assert_non_null(strstr(problem, "does not exist"));
    assert_int_equal(ib_serial_open_tty(&tty, "/dev/null", 230400, problem, sizeof problem),
                     -ENOTTY);
    assert_string_equal(problem, "/dev/null is not a serial line");
    assert_int_equal(ib_serial_open_tty(&tty, "/dev/null", 230800, problem, sizeof problem),
                     -EINVAL);
    assert_non_null(strstr(problem, "230800 baud is not possible"));
    assert_int_equal(ib_serial_open_tty(&tty, "/dev/null", 0, NULL, 0), -EINVAL);
}

// ---- those who only talk ----

/// Everything there is to read now.
static size_t drain(int peer, char *out, size_t size) {
    size_t got = 0;
    for (ssize_t n; (n = read(peer, out + got, size - got - 1)) > 0;)
        got += (size_t)n;
    out[got] = '\0';
    return got;
}

static bool say(struct ib_serial *line, unsigned number) {
    char text[64];
    int size = snprintf(text, sizeof text, "line number %06u of the log\n", number);
    return ib_serial_say(line, text, (size_t)size);
}

/// Every line whole, in rising order. Returns the number of the last one.
static unsigned check_lines(const char *text, unsigned after) {
    while (*text) {
        char expected[64];
        unsigned number = 0;
        assert_int_equal(sscanf(text, "line number %6u of the log", &number), 1);
        int size = snprintf(expected, sizeof expected, "line number %06u of the log\n", number);
        assert_int_equal(strncmp(text, expected, (size_t)size), 0);
        assert_true(number > after);
        after = number;
        text += size;
    }
    return after;
}

static void test_say_is_all_or_nothing(void **state) {
    (void)state;
    static char text[1 << 17];
    struct ib_serial *line = open_pty(NULL);
    assert_false(say(line, 1));
    int peer = open(ib_serial_path(line), O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(say(line, 2));
    assert_true(drain(peer, text, sizeof text) > 0);
    assert_int_equal(check_lines(text, 0), 2);

    // Nobody reads: it fills up, then says so.
    unsigned number = 3;
    while (number < 100000 && say(line, number))
        number++;
    assert_true(number < 100000);
    for (unsigned i = 0; i < 10; i++)
        assert_false(say(line, number + i));
    // The rest of the last one accepted comes when there is room, before anything new.
    size_t size = drain(peer, text, sizeof text);
    assert_true(size > 1000);
    assert_true(say(line, number + 10));
    drain(peer, text + size, sizeof text - size);
    assert_int_equal(check_lines(text, 2), number + 10);

    // It fills up again and the reader goes: the next one finds nothing torn.
    number += 11;
    while (say(line, number))
        number++;
    close(peer);
    assert_false(say(line, number + 1));
    peer = open(ib_serial_path(line), O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(say(line, number + 2));
    drain(peer, text, sizeof text);
    assert_int_equal(check_lines(text, number), number + 2);
    close(peer);
    ib_serial_close(line);
}

// ---- the pump on it ----

static struct ib_serial *open_world(unsigned send_deadline_ms) {
    struct ib_serial *line = open_pty(NULL);
    world_open_empty(&world);
    if (world_pump_with(&world, (struct ib_pump_config){.serial = line,
                                                        .send_deadline_ms = send_deadline_ms}) != 0)
        fail_msg("%s", world.problem);
    return line;
}

static void close_world(struct ib_serial *line) {
    world_close(&world);
    ib_serial_close(line);
}

static void test_one_session_for_ever(void **state) {
    (void)state;
    struct client peer;
    struct ib_serial *line = open_world(5000);
    assert_int_equal(world.toy.opened, 1);
    assert_int_equal(ib_pump_clients(world.pump), 1);
    assert_int_equal(ib_pump_port(world.pump), 0);
    for (unsigned i = 0; i < 5; i++) {
        client_attach(&world, &peer, ib_serial_path(line));
        client_send(&peer, "echo hello\n");
        WORLD_RUN_UNTIL(&world, client_has(&peer, "hello\n"));
        client_send(&peer, "quit\necho still\n"); // hanging up means nothing here
        WORLD_RUN_UNTIL(&world, client_has(&peer, "still\n"));
        assert_string_equal(peer.bytes, "hello\nbye\nstill\n");
        ib_pump_pause(world.pump);
        assert_false(ib_pump_paused(world.pump));
        client_close(&peer);
    }
    assert_int_equal(world.toy.opened, 1);
    assert_int_equal(world.toy.closed, 0);
    assert_int_equal(world_counters(&world).chunks_lost, 0);

    // The line outlives the pump, and serves the next one.
    world_close(&world);
    assert_false(ib_serial_attached(line));
    world_open_empty(&world);
    assert_int_equal(
        world_pump_with(&world, (struct ib_pump_config){.serial = line, .send_deadline_ms = 1000}),
        0);
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "echo anew\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "anew\n"));
    client_close(&peer);
    close_world(line);
}

/// Written and left before anybody looked: it is read, and the answer is nobody's.
static void test_input_of_somebody_who_has_left(void **state) {
    (void)state;
    struct client peer;
    struct ib_serial *line = open_world(5000);
    for (unsigned i = 1; i <= 3; i++) {
        client_attach(&world, &peer, ib_serial_path(line));
        client_send(&peer, "echo nobody\n");
        client_close(&peer);
        WORLD_RUN_UNTIL(&world, world_counters(&world).bytes_in == i * 12);
        WORLD_RUN_UNTIL(&world, world_counters(&world).chunks_lost == i);
    }
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "echo me\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "me\n"));
    assert_string_equal(peer.bytes, "me\n");
    client_close(&peer);
    close_world(line);
}

static void test_nobody_there_costs_nothing(void **state) {
    (void)state;
    struct ib_serial *line = open_world(5000);
    for (unsigned i = 0; i < 3; i++)
        uv_run(&world.loop, UV_RUN_NOWAIT);
    // A loop that spins would make these turns within no time at all.
    uv_update_time(&world.loop);
    uint64_t start_ms = uv_now(&world.loop);
    for (unsigned i = 0; i < 40; i++)
        uv_run(&world.loop, UV_RUN_ONCE);
    uv_update_time(&world.loop);
    assert_true(uv_now(&world.loop) - start_ms >= 200);
    close_world(line);
}

static void test_images_while_nobody_is_there(void **state) {
    (void)state;
    struct client peer;
    char text[64];
    uint32_t last;
    struct ib_serial *line = open_world(5000);
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "stream\n");
    WORLD_RUN_UNTIL(&world, world_counters(&world).bytes_in == 7);
    toy_publish(&world);
    WORLD_RUN_UNTIL(&world, peer.size == TOY_IMAGE_BYTES);
    client_close(&peer);
    for (unsigned i = 1; i <= 5; i++) {
        toy_publish(&world);
        WORLD_RUN_UNTIL(&world, world_counters(&world).chunks_lost == i);
    }
    assert_int_equal(world_counters(&world).images, 1);
    assert_int_equal(world_counters(&world).bytes_out, TOY_IMAGE_BYTES);

    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "echo here\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "here\n"));
    toy_publish(&world);
    WORLD_RUN_UNTIL(&world, peer.size == TOY_IMAGE_BYTES + 5);
    assert_int_equal(client_check_stream(&peer, text, sizeof text, &last), 1);
    assert_int_equal(last, 7);
    assert_string_equal(text, "here\n");
    client_close(&peer);
    close_world(line);
}

/// Each reader leaves in the middle of an image; the next one begins with a whole chunk.
static void test_stale_bytes_are_never_seen(void **state) {
    (void)state;
    struct client peer;
    char text[64];
    uint32_t last;
    struct ib_serial *line = open_world(5000);
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "stream\necho on\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "on\n"));
    for (unsigned round = 1; round <= 10; round++) {
        struct ib_pump_counters before = world_counters(&world);
        if (round % 2)
            client_pause(&peer); // what is on the line is never read
        toy_publish(&world);
        if (round % 2)
            WORLD_RUN_UNTIL(&world, world_counters(&world).chunks_copied > before.chunks_copied);
        else
            WORLD_RUN_UNTIL(&world, peer.size > 2000);
        client_close(&peer);
        // Lost: the rest of the one under way, or the next one.
        while (world_counters(&world).chunks_lost == before.chunks_lost) {
            toy_publish(&world);
            uv_run(&world.loop, UV_RUN_ONCE);
        }
        client_attach(&world, &peer, ib_serial_path(line));
        client_send(&peer, "echo next\n");
        WORLD_RUN_UNTIL(&world, client_has(&peer, "next\n"));
        toy_publish(&world);
        uint32_t published = world.toy.image;
        do {
            world_turn(&world, "the newest image", __FILE__, __LINE__);
            (void)client_check_stream(&peer, text, sizeof text, &last);
        } while (last != published);
        assert_string_equal(text, "next\n");
    }
    client_close(&peer);
    close_world(line);
}

static void test_a_reader_that_stalls(void **state) {
    (void)state;
    struct client peer;
    char text[64];
    uint32_t last;
    struct ib_serial *line = open_world(150);
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "stream\necho on\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "on\n"));
    client_pause(&peer);
    // Longer than the deadline, several times: the chunk under way is given up, the newest follows.
    while (world_counters(&world).chunks_lost < 3) {
        toy_publish(&world);
        uv_run(&world.loop, UV_RUN_ONCE);
    }
    client_resume(&peer);
    toy_publish(&world);
    do
        world_turn(&world, "the newest image", __FILE__, __LINE__);
    while (client_check_stream(&peer, text, sizeof text, &last) == 0 || last != world.toy.image);
    assert_string_equal(text, "on\n");
    assert_int_equal(world_counters(&world).timed_out, 0);
    client_close(&peer);

    // Shorter than the deadline: the chunk under way is finished, not a byte is missing.
    close_world(line);
    line = open_world(20000);
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "stream\necho on\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "on\n"));
    client_pause(&peer);
    toy_publish(&world);
    WORLD_RUN_UNTIL(&world, world_counters(&world).chunks_copied == 1);
    for (unsigned i = 0; i < 20; i++) {
        toy_publish(&world);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    client_resume(&peer);
    do
        world_turn(&world, "the newest image", __FILE__, __LINE__);
    while (client_check_stream(&peer, text, sizeof text, &last) < 2 || last != 21);
    assert_int_equal(world.toy.images_given, 2); // the one under way and the newest
    assert_int_equal(world_counters(&world).chunks_lost, 0);
    client_close(&peer);
    close_world(line);
}

/// An engine that gives although it is told of the busy line: each chunk is lost whole.
static void test_no_chunk_begins_inside_another(void **state) {
    (void)state;
    struct client peer;
    char text[64];
    uint32_t last;
    struct ib_serial *line = open_world(20000);
    world.toy.stubborn = true;
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "stream\necho on\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "on\n"));
    client_pause(&peer);
    toy_publish(&world);
    WORLD_RUN_UNTIL(&world, world_counters(&world).chunks_copied == 1);
    for (unsigned i = 1; i <= 4; i++) {
        toy_publish(&world);
        WORLD_RUN_UNTIL(&world, world_counters(&world).chunks_lost == i);
    }
    client_resume(&peer);
    WORLD_RUN_UNTIL(&world, peer.size == 3 + TOY_IMAGE_BYTES);
    assert_int_equal(client_check_stream(&peer, text, sizeof text, &last), 1);
    assert_int_equal(last, 1);
    client_close(&peer);
    close_world(line);
}

static void test_big_packets(void **state) {
    (void)state;
    enum { IMAGES = 12 };
    struct client peer;
    char text[64];
    uint32_t last;
    struct ib_serial *line = open_world(20000);
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "big 1000000\necho after\n");
    WORLD_RUN_UNTIL(&world, peer.size == 1000006);
    assert_memory_equal(peer.bytes, world.toy.big, 1000000);
    assert_string_equal(peer.bytes + 1000000, "after\n");
    peer.size = 0;
    client_send(&peer, "stream\n");
    WORLD_RUN_UNTIL(&world, world_counters(&world).bytes_in == 12 + 11 + 7);
    for (unsigned i = 1; i <= IMAGES; i++) {
        toy_publish(&world);
        client_send(&peer, "echo .\n");
        WORLD_RUN_UNTIL(&world, peer.size == i * (TOY_IMAGE_BYTES + 2));
    }
    assert_int_equal(client_check_stream(&peer, text, sizeof text, &last), IMAGES);
    assert_int_equal(strlen(text), 2 * IMAGES);
    client_close(&peer);
    close_world(line);
}

/// All byte values in both directions, unchanged: no echo, no flow control, no signals.
static void test_garbage_passes_untouched(void **state) {
    (void)state;
    struct client peer;
    char command[TOY_COMMAND_BYTES];
    struct ib_serial *line = open_world(5000);
    client_attach(&world, &peer, ib_serial_path(line));
    for (unsigned first = 1; first < 256; first += 51) {
        size_t size = 0;
        for (unsigned value = first; value < first + 51; value++)
            if (value != '\n')
                command[size++] = (char)value;
        command[size] = '\0';
        char expected[TOY_COMMAND_BYTES];
        char whole[TOY_COMMAND_BYTES + 8];
        (void)snprintf(expected, sizeof expected, "%.200s\n", command);
        (void)snprintf(whole, sizeof whole, "echo %s\n", command);
        size_t before = peer.size;
        client_send(&peer, whole);
        WORLD_RUN_UNTIL(&world, peer.size == before + strlen(expected));
        assert_string_equal(peer.bytes + before, expected);
    }
    uint32_t random = 20261120;
    for (unsigned i = 0; i < 200; i++) { // lines of any bytes, none of them a command
        size_t size = 1 + random % 100;
        for (size_t k = 0; k < size; k++) {
            random = random * 1664525u + 1013904223u;
            command[k] = (char)(0x80 | (random >> 24));
        }
        command[size] = '\n';
        command[size + 1] = '\0';
        peer.size = 0;
        client_send(&peer, command);
        WORLD_RUN_UNTIL(&world, peer.size == 6);
        assert_string_equal(peer.bytes, "what?\n");
    }
    client_close(&peer);
    close_world(line);
}

/// The engine takes no more input: the line keeps it, and that somebody leaves is still noticed.
static void test_back_pressure_on_the_line(void **state) {
    (void)state;
    struct client peer;
    struct ib_serial *line = open_world(5000);
    client_attach(&world, &peer, ib_serial_path(line));
    client_send(&peer, "later\n");
    for (int i = 0; i < 100; i++)
        client_send(&peer, "echo abcdefghijklmno\n");
    WORLD_RUN_UNTIL(&world, world_counters(&world).bytes_in > 6);
    client_close(&peer);
    client_attach(&world, &peer, ib_serial_path(line));
    world.toy.answer = true;
    ib_pump_kick(world.pump);
    WORLD_RUN_UNTIL(&world, client_has(&peer, "abcdefghijklmno\n"));
    client_send(&peer, "echo end\n");
    WORLD_RUN_UNTIL(&world, client_has(&peer, "end\n"));
    client_close(&peer);
    close_world(line);
}

/// The pump on a tty, which is unplugged in the end.
static void test_a_tty(void **state) {
    (void)state;
    char path[64];
    char got[64] = "";
    size_t size = 0;
    struct ib_serial *tty;
    int master = open_master(path, sizeof path);
    assert_int_equal(ib_serial_open_tty(&tty, path, 230400, problem, sizeof problem), 0);
    world_open_empty(&world);
    assert_int_equal(
        world_pump_with(&world, (struct ib_pump_config){.serial = tty, .send_deadline_ms = 1000}),
        0);
    assert_int_equal(write(master, "echo by wire\nstream\n", 20), 20);
    while (size < 8) {
        world_turn(&world, "the reply", __FILE__, __LINE__);
        ssize_t n = read(master, got + size, sizeof got - 1 - size);
        size += n > 0 ? (size_t)n : 0;
    }
    assert_string_equal(got, "by wire\n");
    close(master);
    WORLD_RUN_UNTIL(&world, !ib_serial_attached(tty));
    while (world_counters(&world).chunks_lost < 3) {
        toy_publish(&world);
        uv_run(&world.loop, UV_RUN_ONCE);
    }
    assert_int_equal(ib_pump_clients(world.pump), 1);
    world_close(&world);
    ib_serial_close(tty);
}

static void test_configurations_that_make_no_sense(void **state) {
    (void)state;
    struct ib_serial *line = open_pty(NULL);
    world_open_empty(&world);
    struct ib_pump_config both = {
        .serial = line, .address = "127.0.0.1", .max_clients = 1, .send_deadline_ms = 1000};
    assert_int_equal(world_pump_with(&world, both), -EINVAL);
    assert_non_null(strstr(world.problem, "serial line"));
    struct ib_pump_config no_deadline = {.serial = line};
    assert_int_equal(world_pump_with(&world, no_deadline), -EINVAL);
    close_world(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_for_everyone_who_opens_it),
        cmocka_unit_test(test_the_link),
        cmocka_unit_test(test_a_stale_link_to_our_own_number),
        cmocka_unit_test(test_a_stale_link_to_a_strangers_terminal),
        cmocka_unit_test(test_link_problems),
        cmocka_unit_test(test_tty_settings),
        cmocka_unit_test(test_tty_problems),
        cmocka_unit_test(test_say_is_all_or_nothing),
        cmocka_unit_test(test_one_session_for_ever),
        cmocka_unit_test(test_input_of_somebody_who_has_left),
        cmocka_unit_test(test_nobody_there_costs_nothing),
        cmocka_unit_test(test_images_while_nobody_is_there),
        cmocka_unit_test(test_stale_bytes_are_never_seen),
        cmocka_unit_test(test_a_reader_that_stalls),
        cmocka_unit_test(test_no_chunk_begins_inside_another),
        cmocka_unit_test(test_big_packets),
        cmocka_unit_test(test_garbage_passes_untouched),
        cmocka_unit_test(test_back_pressure_on_the_line),
        cmocka_unit_test(test_a_tty),
        cmocka_unit_test(test_configurations_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
