/// TLS: certificate and key files, sessions, and the pump with it. The toy protocol and its clients
/// are support_pump.h; nothing sleeps.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_pump.h"

static struct world world; // large: not on the stack
static char problem[400];
static char directory[128];
static char certificate[160];
static char key[160];
static struct ib_tls *server;
static struct ib_tls *client_side;

static int open_server(const char *with_certificate, const char *with_key, struct ib_tls **out) {
    return ib_tls_open_server(out, with_certificate, with_key, "tCam-Mini-E5A1", problem,
                              sizeof problem);
}

/// One key and certificate for all tests of sessions: making them takes a moment.
static int make_all(void **state) {
    const char *base = getenv("TMPDIR");
    (void)state;
    (void)snprintf(directory, sizeof directory, "%s/ib-tls-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(certificate, sizeof certificate, "%s/camera.crt", directory);
    (void)snprintf(key, sizeof key, "%s/camera.key", directory);
    if (open_server(certificate, key, &server) != 0) {
        print_error("%s\n", problem);
        return -1;
    }
    return ib_tls_open_client(&client_side, ib_tls_fingerprint(server), problem, sizeof problem);
}

static int remove_all(void **state) {
    (void)state;
    ib_tls_close(server);
    ib_tls_close(client_side);
    ib_tls_close(NULL);
    unlink(certificate);
    unlink(key);
    return rmdir(directory); // nothing else may be left behind
}

// ---- files ----

static size_t read_file(const char *path, char *out, size_t size) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(out, 1, size - 1, file);
    out[got] = '\0';
    fclose(file);
    return got;
}

static void write_file(const char *path, const char *text, size_t size) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void test_files_are_made_once(void **state) {
    (void)state;
    struct stat there;
    char before[4096];
    char after[4096];
    struct ib_tls *again;
    assert_int_equal(stat(key, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    assert_int_equal(stat(certificate, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0644);
    (void)read_file(certificate, before, sizeof before);
    assert_non_null(strstr(before, "BEGIN CERTIFICATE"));

    const char *fingerprint = ib_tls_fingerprint(server);
    assert_int_equal(strlen(fingerprint), IB_TLS_FINGERPRINT_BYTES - 1);
    for (size_t i = 0; i < IB_TLS_FINGERPRINT_BYTES - 1; i++)
        assert_non_null(strchr(i % 3 == 2 ? ":" : "0123456789ABCDEF", fingerprint[i]));
    assert_int_equal(open_server(certificate, key, &again), 0);
    assert_string_equal(ib_tls_fingerprint(again), fingerprint);
    ib_tls_close(again);
    (void)read_file(certificate, after, sizeof after);
    assert_string_equal(before, after);
}

/// What a power cut between the two leaves.
static void test_a_key_alone_gets_a_certificate(void **state) {
    (void)state;
    char other[200];
    char key_before[4096];
    char key_after[4096];
    struct ib_tls *again;
    (void)snprintf(other, sizeof other, "%s/other.crt", directory);
    (void)read_file(key, key_before, sizeof key_before);
    assert_int_equal(open_server(other, key, &again), 0);
    assert_string_not_equal(ib_tls_fingerprint(again), ib_tls_fingerprint(server));
    ib_tls_close(again);
    (void)read_file(key, key_after, sizeof key_after);
    assert_string_equal(key_before, key_after);
    assert_int_equal(unlink(other), 0);
}

static void test_file_problems(void **state) {
    (void)state;
    char path[200];
    char second[200];
    char text[4096];
    struct ib_tls *none;
    struct stat there;
    (void)snprintf(path, sizeof path, "%s/bad.pem", directory);
    (void)snprintf(second, sizeof second, "%s/bad2.pem", directory);

    assert_int_equal(open_server(certificate, path, &none), -ENOENT);
    assert_null(none);
    assert_non_null(strstr(problem, path));
    assert_non_null(strstr(problem, "but no key"));

    write_file(path, "nonsense\n", 9);
    assert_int_equal(open_server(certificate, path, &none), -EINVAL);
    assert_non_null(strstr(problem, "no usable private key"));
    assert_non_null(strstr(problem, path));
    assert_int_equal(open_server(path, key, &none), -EINVAL);
    assert_non_null(strstr(problem, "no usable certificate"));
    assert_non_null(strstr(problem, path));
    write_file(path, "", 0);
    assert_int_equal(open_server(certificate, path, &none), -EINVAL);
    assert_int_equal(open_server(path, key, &none), -EINVAL);

    // Cut in the middle, at every 16th byte.
    size_t size = read_file(key, text, sizeof text);
    for (size_t cut = 0; cut + 30 < size; cut += 16) {
        write_file(path, text, cut);
        assert_int_equal(open_server(certificate, path, &none), -EINVAL);
    }
    size = read_file(certificate, text, sizeof text);
    for (size_t cut = 0; cut + 30 < size; cut += 16) {
        write_file(path, text, cut);
        assert_int_equal(open_server(path, key, &none), -EINVAL);
    }

    // Another key's certificate.
    assert_int_equal(unlink(path), 0);
    assert_int_equal(open_server(path, second, &none), 0);
    ib_tls_close(none);
    assert_int_equal(open_server(certificate, second, &none), -EINVAL);
    assert_non_null(strstr(problem, "does not belong to the key"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(second), 0);

    assert_int_equal(open_server(directory, key, &none), -EISDIR);
    assert_int_equal(open_server("/dev/zero", key, &none), -EINVAL);
    (void)snprintf(path, sizeof path, "%s/none/a.crt", directory);
    (void)snprintf(second, sizeof second, "%s/none/a.key", directory);
    assert_int_equal(open_server(path, second, &none), -ENOENT);
    assert_non_null(strstr(problem, "cannot make the key"));
    assert_non_null(strstr(problem, second));
    assert_int_equal(stat(second, &there), -1);
}

static void test_unreadable_key(void **state) {
    (void)state;
    struct ib_tls *none;
    uid_t user = geteuid();
    // Root reads every file: for a moment we are somebody else.
    assert_int_equal(chmod(directory, 0755), 0);
    assert_int_equal(chmod(key, user == 0 ? 0600 : 0), 0);
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    int error = open_server(certificate, key, &none);
    if (user == 0)
        assert_int_equal(seteuid(user), 0);
    assert_int_equal(error, -EACCES);
    assert_non_null(strstr(problem, "cannot read"));
    assert_non_null(strstr(problem, key));
    assert_int_equal(chmod(key, 0600), 0);
    assert_int_equal(chmod(directory, 0700), 0);
}

static void test_names_of_all_kinds(void **state) {
    (void)state;
    static const char *names[] = {
        "", "a,b=c\\d+e", "Küche \n\x01", "CN=x,O=y",
        "a name longer than the 64 characters of a common name, so it is cut"};
    char path[200];
    char second[200];
    (void)snprintf(path, sizeof path, "%s/n.crt", directory);
    (void)snprintf(second, sizeof second, "%s/n.key", directory);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ib_tls *made;
        if (ib_tls_open_server(&made, path, second, names[i], problem, sizeof problem) != 0)
            fail_msg("%s", problem);
        ib_tls_close(made);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(unlink(second), 0);
}

static void test_fingerprints_as_people_type_them(void **state) {
    (void)state;
    static const char *bad[] = {"", "AB", "AB:CD", "zz"};
    struct ib_tls *tls;
    char lower[IB_TLS_FINGERPRINT_BYTES];
    char bare[IB_TLS_FINGERPRINT_BYTES];
    const char *good = ib_tls_fingerprint(server);
    size_t n = 0;
    for (size_t i = 0; good[i]; i++) {
        lower[i] = (char)(good[i] >= 'A' && good[i] <= 'F' ? good[i] + 32 : good[i]);
        if (good[i] != ':')
            bare[n++] = good[i];
    }
    lower[IB_TLS_FINGERPRINT_BYTES - 1] = bare[n] = '\0';
    assert_int_equal(ib_tls_open_client(&tls, lower, problem, sizeof problem), 0);
    assert_string_equal(ib_tls_fingerprint(tls), good);
    ib_tls_close(tls);
    assert_int_equal(ib_tls_open_client(&tls, bare, problem, sizeof problem), 0);
    assert_string_equal(ib_tls_fingerprint(tls), good);
    ib_tls_close(tls);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ib_tls_open_client(&tls, bad[i], problem, sizeof problem), -EINVAL);
        assert_null(tls);
        assert_non_null(strstr(problem, "is no fingerprint"));
    }
    bare[63] = '\0';
    assert_int_equal(ib_tls_open_client(&tls, bare, NULL, 0), -EINVAL);
}

// ---- the pump ----

static void open_world(unsigned max_clients, unsigned send_deadline_ms, unsigned handshake_ms) {
    world_open_empty(&world);
    if (world_pump_with(&world, (struct ib_pump_config){.address = "127.0.0.1",
                                                        .tls = server,
                                                        .handshake_deadline_ms = handshake_ms,
                                                        .max_clients = max_clients,
                                                        .send_deadline_ms = send_deadline_ms}) != 0)
        fail_msg("%s", world.problem);
}

static void echo(struct client *client) {
    client_send(client, "echo hello\n");
    WORLD_RUN_UNTIL(&world, client_has(client, "hello\n"));
}

static void test_echo(void **state) {
    (void)state;
    struct client client;
    open_world(4, 5000, 0);
    client_connect_tls(&world, &client, client_side);
    echo(&client);
    struct ib_pump_counters counters = world_counters(&world);
    assert_int_equal(counters.accepted, 1);
    assert_int_equal(counters.bytes_in, 11);
    assert_int_equal(counters.bytes_out, 6);
    assert_int_equal(counters.tls_failures, 0);
    client_close(&client);
    WORLD_RUN_UNTIL(&world, ib_pump_clients(world.pump) == 0);
    // An end by the server comes with a good-bye.
    client_connect_tls(&world, &client, client_side);
    client_send(&client, "big 500000\nquit\necho never\necho never\n");
    WORLD_RUN_UNTIL(&world, client.eof);
    assert_int_equal(client.error, 0);
    assert_int_equal(client.size, 500004);
    assert_string_equal(client.bytes + 500000, "bye\n");
    client_close(&client);
    world_close(&world);
}

static void test_big_data_both_ways(void **state) {
    (void)state;
    enum { COMMANDS = 20000 };
    static char commands[COMMANDS * 16 + 64];
    static char expected[COMMANDS * 16 + 64];
    struct client client;
    size_t size = 0;
    size_t wanted = 0;
    for (int i = 0; i < COMMANDS; i++) {
        size += (size_t)snprintf(commands + size, sizeof commands - size, "echo n%d\n", i);
        wanted += (size_t)snprintf(expected + wanted, sizeof expected - wanted, "n%d\n", i);
    }
    open_world(4, 20000, 0);
    client_connect_tls(&world, &client, client_side);
    client_send(&client, commands);
    WORLD_RUN_UNTIL(&world, client.size >= wanted);
    assert_string_equal(client.bytes, expected);

    // Six megabytes to somebody who does not read at first: back-pressure, copies, no byte lost.
    client.size = 0;
    client_pause(&client);
    client_send(&client, "big 1000000\nbig 1000000\nbig 1000000\nbig 1000000\nbig 1000000\n"
                         "big 1000000\necho end\n");
    WORLD_RUN_UNTIL(&world, world_counters(&world).chunks_copied > 0);
    for (int i = 0; i < 20; i++)
        uv_run(&world.loop, UV_RUN_NOWAIT);
    client_resume(&client);
    WORLD_RUN_UNTIL(&world, client.size == 6000004);
    for (size_t i = 0; i < 6; i++)
        assert_memory_equal(client.bytes + i * 1000000, world.toy.big, 1000000);
    assert_string_equal(client.bytes + 6000000, "end\n");
    client_close(&client);
    world_close(&world);
}

/// One record with more bytes than the pump reads at once, and an engine that takes them late: the
/// socket has nothing more to tell, the session has.
static void test_buffered_bytes_are_not_forgotten(void **state) {
    (void)state;
    enum { COMMANDS = 700 }; // of 21 bytes: 14,700 in one record
    static char commands[COMMANDS * 21 + 16];
    struct client client;
    size_t size = (size_t)snprintf(commands, sizeof commands, "later\n");
    for (int i = 0; i < COMMANDS; i++)
        size += (size_t)snprintf(commands + size, sizeof commands - size, "echo abcdefghijklmno\n");
    open_world(4, 5000, 0);
    client_connect_tls(&world, &client, client_side);
    client_send(&client, commands);
    WORLD_RUN_UNTIL(&world, world_counters(&world).bytes_in > 0);
    for (int i = 0; i < 50; i++) {
        ib_pump_kick(world.pump);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    assert_true(world_counters(&world).bytes_in <= 4096);
    assert_int_equal(client.size, 0);
    world.toy.answer = true;
    ib_pump_kick(world.pump);
    WORLD_RUN_UNTIL(&world, client.size == 11 + COMMANDS * 16);
    client_close(&client);
    world_close(&world);
}

static void test_streams(void **state) {
    (void)state;
    enum { CLIENTS = 10, IMAGES = 8 };
    static struct client clients[CLIENTS];
    open_world(CLIENTS, 20000, 0);
    for (int i = 0; i < CLIENTS; i++) {
        client_connect_tls(&world, &clients[i], client_side);
        client_send(&clients[i], "stream\necho on\n");
    }
    for (int i = 0; i < CLIENTS; i++)
        WORLD_RUN_UNTIL(&world, client_has(&clients[i], "on\n"));
    client_pause(&clients[0]); // it loses images, whole ones, and disturbs nobody
    for (unsigned n = 1; n <= IMAGES * 8; n++) {
        toy_publish(&world);
        for (int i = 1; i < CLIENTS; i++)
            WORLD_RUN_UNTIL(&world, clients[i].size == 3 + (size_t)n * TOY_IMAGE_BYTES);
    }
    client_resume(&clients[0]);
    for (int i = 0; i < CLIENTS; i++) {
        char text[64];
        uint32_t last = 0;
        while (client_check_stream(&clients[i], text, sizeof text, &last) == 0 ||
               last != IMAGES * 8)
            world_turn(&world, "the newest image", __FILE__, __LINE__);
        assert_string_equal(text, "on\n");
        client_close(&clients[i]);
    }
    world_close(&world);
}

static void test_half_close(void **state) {
    (void)state;
    struct client client;
    open_world(4, 5000, 0);
    client_connect_tls(&world, &client, client_side);
    client_send(&client, "big 300000\necho last\n");
    WORLD_RUN_UNTIL(&world, client.secure && client.queued == 0);
    client_shut(&client);
    WORLD_RUN_UNTIL(&world, client.eof);
    assert_int_equal(client.size, 300005);
    assert_string_equal(client.bytes + 300000, "last\n");
    client_close(&client);
    world_close(&world);
}

// ---- those who fail ----

static void test_plain_bytes_are_turned_away(void **state) {
    (void)state;
    static const char *said[] = {"echo hello\n", "GET / HTTP/1.1\r\nHost: camera\r\n\r\n",
                                 "\x02{\"cmd\":\"get_status\"}\x03",
                                 // A TLS header that promises more than a record holds.
                                 "\x16\x03\x01\xff\xff\x01\x02\x03\x04\x05",
                                 "\x80\x80\x01\x03\x01"};
    struct client good;
    struct client bad;
    open_world(4, 5000, 0);
    client_connect_tls(&world, &good, client_side);
    echo(&good);
    for (unsigned i = 0; i < sizeof said / sizeof said[0]; i++) {
        client_connect(&world, &bad);
        client_send(&bad, said[i]);
        WORLD_RUN_UNTIL(&world, bad.eof);
        client_close(&bad);
        assert_int_equal(world_counters(&world).tls_failures, i + 1);
    }
    assert_int_equal(world.toy.opened, 1);
    good.size = 0;
    echo(&good);
    client_close(&good);
    world_close(&world);
}

static void test_silence_has_a_deadline(void **state) {
    (void)state;
    struct client good;
    struct client silent[5];
    open_world(2, 5000, 300); // silent ones take nobody's place
    for (int i = 0; i < 5; i++) {
        client_connect(&world, &silent[i]);
        if (i % 2)
            client_send(&silent[i], "\x16\x03\x01"); // begins, and says no more
    }
    client_connect_tls(&world, &good, client_side);
    echo(&good);
    for (int i = 0; i < 5; i++) {
        WORLD_RUN_UNTIL(&world, silent[i].eof);
        client_close(&silent[i]);
    }
    assert_int_equal(world_counters(&world).tls_failures, 5);
    assert_int_equal(world_counters(&world).accepted, 1);
    good.size = 0;
    echo(&good);
    client_close(&good);
    world_close(&world);
}

/// So many that say nothing that the limit of handshakes is reached: the oldest gives way.
static void test_a_flood_of_silence(void **state) {
    (void)state;
    enum { SILENT = 300, LIMIT = 256 };
    static struct client silent[SILENT];
    struct client good;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < 1024) {
        print_message("SKIP: the hard limit of open files is below 1024\n");
        skip();
    }
    limit.rlim_cur = limit.rlim_cur < 1024 ? 1024 : limit.rlim_cur;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    open_world(4, 5000, 60000);
    for (int i = 0; i < SILENT; i++) {
        client_connect(&world, &silent[i]);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    WORLD_RUN_UNTIL(&world, world_counters(&world).tls_failures == SILENT - LIMIT);
    client_connect_tls(&world, &good, client_side);
    echo(&good);
    WORLD_RUN_UNTIL(&world, silent[SILENT - LIMIT].eof);
    assert_false(silent[SILENT - LIMIT + 1].eof);
    for (int i = 0; i < SILENT; i++)
        client_close(&silent[i]);
    client_close(&good);
    world_close(&world);
}

static void test_vanishing_in_the_middle_of_the_handshake(void **state) {
    (void)state;
    struct client client;
    open_world(4, 5000, 0);
    for (unsigned round = 1; round <= 30; round++) {
        client_connect_tls(&world, &client, client_side);
        for (unsigned turns = 0; turns < round % 10 && !client.secure; turns++)
            uv_run(&world.loop, UV_RUN_NOWAIT);
        if (round % 2)
            client_reset(&client);
        else
            client_close(&client);
    }
    client_connect_tls(&world, &client, client_side);
    echo(&client);
    WORLD_RUN_UNTIL(&world, ib_pump_clients(world.pump) == 1);
    assert_true(world_counters(&world).tls_failures > 0);
    // The pump ends while some are still at it.
    struct client late[3];
    for (int i = 0; i < 3; i++)
        client_connect_tls(&world, &late[i], client_side);
    uv_run(&world.loop, UV_RUN_NOWAIT);
    ib_pump_pause(world.pump);
    uv_run(&world.loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 3; i++)
        client_close(&late[i]);
    client_close(&client);
    world_close(&world);
}

/// Broken in every place: the bytes that a client sends, with one of them changed.
static void test_corrupt_bytes(void **state) {
    (void)state;
    static char hello[512];
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    struct ib_tls_session *session = ib_tls_session_new(client_side, pair[0]);
    assert_int_equal(ib_tls_session_handshake(session), -EAGAIN);
    ssize_t size = read(pair[1], hello, sizeof hello);
    assert_true(size > 50);
    ib_tls_session_free(session);
    close(pair[0]);
    close(pair[1]);
    open_world(4, 5000, 2000);
    for (ssize_t i = 0; i < size; i += 3) {
        struct client client;
        char changed[512];
        memcpy(changed, hello, sizeof changed);
        changed[i] = (char)(changed[i] ^ (1 << (i % 8)));
        client_connect(&world, &client);
        assert_int_equal(send(client.fd, changed, (size_t)size, MSG_NOSIGNAL), size);
        client_shut(&client); // whatever it was taken for: nothing follows
        WORLD_RUN_UNTIL(&world, client.eof);
        client_close(&client);
    }
    assert_int_equal(world.toy.opened, 0);
    world_close(&world);
}

static void test_another_certificate_is_refused(void **state) {
    (void)state;
    struct client client;
    struct ib_tls *picky;
    char other[IB_TLS_FINGERPRINT_BYTES];
    memcpy(other, ib_tls_fingerprint(server), sizeof other);
    other[94] = other[94] == '0' ? '1' : '0';
    assert_int_equal(ib_tls_open_client(&picky, other, problem, sizeof problem), 0);
    open_world(4, 5000, 0);
    client_connect_tls(&world, &client, picky);
    client_send(&client, "echo secret\n");
    WORLD_RUN_UNTIL(&world, client.eof);
    assert_int_equal(client.error, EKEYREJECTED);
    assert_int_equal(client.queued, 12); // not a byte went to a stranger
    assert_int_equal(world_counters(&world).bytes_in, 0);
    client_close(&client);
    ib_tls_close(picky);

    // Without a fingerprint any certificate will do.
    assert_int_equal(ib_tls_open_client(&picky, NULL, problem, sizeof problem), 0);
    assert_string_equal(ib_tls_fingerprint(picky), "");
    client_connect_tls(&world, &client, picky);
    echo(&client);
    client_close(&client);
    world_close(&world);
    ib_tls_close(picky);
}

static void test_one_client_too_many(void **state) {
    (void)state;
    struct client clients[2];
    struct client third;
    open_world(2, 5000, 0);
    for (int i = 0; i < 2; i++) {
        client_connect_tls(&world, &clients[i], client_side);
        echo(&clients[i]);
    }
    client_connect_tls(&world, &third, client_side);
    WORLD_RUN_UNTIL(&world, third.eof);
    assert_int_equal(third.error, 0);
    assert_string_equal(third.bytes, "full\n");
    assert_int_equal(world_counters(&world).refused, 1);
    assert_int_equal(world_counters(&world).tls_failures, 0);
    client_close(&third);
    client_close(&clients[0]);
    client_close(&clients[1]);
    world_close(&world);
}

static void test_a_client_that_never_reads(void **state) {
    (void)state;
    struct client slow;
    open_world(4, 150, 0);
    client_connect_tls(&world, &slow, client_side);
    echo(&slow);
    client_send(&slow, "stream\n");
    client_pause(&slow);
    while (world_counters(&world).timed_out == 0) {
        toy_publish(&world);
        uv_run(&world.loop, UV_RUN_ONCE);
    }
    assert_int_equal(ib_pump_clients(world.pump), 0);
    client_close(&slow);
    world_close(&world);
}

static void test_two_hundred_connects(void **state) {
    (void)state;
    enum { WAVE = 25 };
    static struct client clients[WAVE];
    open_world(WAVE, 5000, 0);
    for (int done = 0; done < 200; done += WAVE) {
        for (int i = 0; i < WAVE; i++) {
            client_connect_tls(&world, &clients[i], client_side);
            client_send(&clients[i], "echo hello\n");
        }
        for (int i = 0; i < WAVE; i++)
            WORLD_RUN_UNTIL(&world, client_has(&clients[i], "hello\n"));
        for (int i = 0; i < WAVE; i++) {
            if (i % 2)
                client_reset(&clients[i]);
            else
                client_close(&clients[i]);
        }
        WORLD_RUN_UNTIL(&world, ib_pump_clients(world.pump) == 0);
    }
    assert_int_equal(world_counters(&world).accepted, 200);
    assert_int_equal(world_counters(&world).refused, 0);
    assert_int_equal(world_counters(&world).tls_failures, 0);
    world_close(&world);
}

static void test_pause_and_resume(void **state) {
    (void)state;
    struct client client;
    open_world(4, 5000, 0);
    for (int i = 0; i < 5; i++) {
        client_connect_tls(&world, &client, client_side);
        echo(&client);
        ib_pump_pause(world.pump);
        WORLD_RUN_UNTIL(&world, client.eof);
        assert_int_equal(client.error, 0);
        client_close(&client);
        assert_int_equal(ib_pump_resume(world.pump, problem, sizeof problem), 0);
    }
    world_close(&world);
}

static void test_tls_needs_tcp(void **state) {
    (void)state;
    world_open_empty(&world);
    struct ib_pump_config config = {
        .unix_path = "/tmp/none", .tls = server, .max_clients = 1, .send_deadline_ms = 1000};
    assert_int_equal(world_pump_with(&world, config), -EINVAL);
    assert_non_null(strstr(world.problem, "an address for TLS"));
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_made_once),
        cmocka_unit_test(test_a_key_alone_gets_a_certificate),
        cmocka_unit_test(test_file_problems),
        cmocka_unit_test(test_unreadable_key),
        cmocka_unit_test(test_names_of_all_kinds),
        cmocka_unit_test(test_fingerprints_as_people_type_them),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_big_data_both_ways),
        cmocka_unit_test(test_buffered_bytes_are_not_forgotten),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_half_close),
        cmocka_unit_test(test_plain_bytes_are_turned_away),
        cmocka_unit_test(test_silence_has_a_deadline),
        cmocka_unit_test(test_a_flood_of_silence),
        cmocka_unit_test(test_vanishing_in_the_middle_of_the_handshake),
        cmocka_unit_test(test_corrupt_bytes),
        cmocka_unit_test(test_another_certificate_is_refused),
        cmocka_unit_test(test_one_client_too_many),
        cmocka_unit_test(test_a_client_that_never_reads),
        cmocka_unit_test(test_two_hundred_connects),
        cmocka_unit_test(test_pause_and_resume),
        cmocka_unit_test(test_tls_needs_tcp),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
