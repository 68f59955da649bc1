/// Pausing and resuming the connection pump: the network goes and comes back. The toy protocol and
/// its clients are support_pump.h; nothing sleeps.
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_pump.h"

static struct world world; // large: not on the stack

static void echo(struct client *client, const char *word) {
    char line[64];
    char reply[64];
    (void)snprintf(line, sizeof line, "echo %s\n", word);
    (void)snprintf(reply, sizeof reply, "%s\n", word);
    client_send(client, line);
    WORLD_RUN_UNTIL(&world, client_has(client, reply));
}

static void resume(void) {
    if (ib_pump_resume(world.pump, world.problem, sizeof world.problem) != 0)
        fail_msg("%s", world.problem);
    assert_false(ib_pump_paused(world.pump));
}

static void test_pause_and_resume_keep_the_port(void **state) {
    (void)state;
    struct client client;
    struct client second;
    world_open(&world, NULL, 4, 5000); // port 0: any
    int port = ib_pump_port(world.pump);
    assert_false(ib_pump_paused(world.pump));
    for (unsigned round = 1; round <= 20; round++) {
        client_connect(&world, &client);
        echo(&client, "here");
        ib_pump_pause(world.pump);
        ib_pump_pause(world.pump);
        assert_true(ib_pump_paused(world.pump));
        assert_false(client_try(&world, &second, port)); // at once
        assert_int_equal(second.error, ECONNREFUSED);
        WORLD_RUN_UNTIL(&world, client.eof);
        assert_int_equal(ib_pump_clients(world.pump), 0);
        assert_int_equal(world.toy.closed, round);
        assert_int_equal(ib_pump_port(world.pump), port);
        resume();
        resume();
        assert_int_equal(ib_pump_port(world.pump), port);
        client_close(&client);
    }
    client_connect(&world, &client);
    echo(&client, "end");
    client_close(&client);
    world_close(&world);
}

static void test_pause_under_load(void **state) {
    (void)state;
    enum { CLIENTS = 60 };
    static struct client clients[CLIENTS];
    world_open(&world, NULL, CLIENTS, 5000);
    for (unsigned round = 1; round <= 5; round++) {
        for (int i = 0; i < CLIENTS; i++) {
            client_connect(&world, &clients[i]);
            client_send(&clients[i], i % 3 == 0 ? "stream\nbig 1000000\nbig 1000000\n"
                                                : "stream\necho on\nlater\n");
            if (i % 3 == 0)
                client_pause(&clients[i]); // its bytes are left over in the pump
        }
        WORLD_RUN_UNTIL(&world, ib_pump_clients(world.pump) == CLIENTS &&
                                    world_counters(&world).chunks_copied >= round * CLIENTS / 3);
        toy_publish(&world);
        for (unsigned turns = 0; turns < round; turns++)
            uv_run(&world.loop, UV_RUN_NOWAIT);
        ib_pump_pause(world.pump);
        toy_publish(&world); // a kick while paused
        for (int i = 0; i < CLIENTS; i++) {
            if (!clients[i].polling)
                client_resume(&clients[i]);
            WORLD_RUN_UNTIL(&world, clients[i].eof);
            client_close(&clients[i]);
        }
        assert_int_equal(ib_pump_clients(world.pump), 0);
        assert_int_equal(world.toy.closed, round * CLIENTS);
        resume();
    }
    client_connect(&world, &clients[0]);
    echo(&clients[0], "alive");
    client_close(&clients[0]);
    assert_int_equal(world_counters(&world).timed_out, 0);
    world_close(&world);
}

static void test_pause_from_inside_the_engine(void **state) {
    (void)state;
    struct client asking;
    struct client other;
    world_open(&world, NULL, 4, 5000);
    client_connect(&world, &other);
    echo(&other, "in");
    client_connect(&world, &asking);
    client_send(&asking, "pause\n");
    WORLD_RUN_UNTIL(&world, asking.eof && other.eof);
    assert_string_equal(asking.bytes, "paused\n"); // it was answered before the end of the turn
    assert_true(ib_pump_paused(world.pump));
    client_close(&asking);
    client_close(&other);
    resume();

    // Paused and resumed in one call: those of before are closed, the port is open.
    client_connect(&world, &other);
    echo(&other, "in");
    client_connect(&world, &asking);
    client_send(&asking, "blink\n");
    WORLD_RUN_UNTIL(&world, asking.eof && other.eof);
    assert_false(ib_pump_paused(world.pump));
    assert_int_equal(world.toy.closed, 4);
    client_close(&asking);
    client_close(&other);
    client_connect(&world, &asking);
    echo(&asking, "again");
    client_close(&asking);
    world_close(&world);
}

/// Whoever connects between resume and the end of the turn is not one of those to be closed.
static void test_resume_before_the_turn_is_over(void **state) {
    (void)state;
    struct client before;
    struct client after;
    world_open(&world, NULL, 4, 5000);
    client_connect(&world, &before);
    echo(&before, "in");
    for (int i = 0; i < 3; i++) {
        ib_pump_pause(world.pump);
        resume();
    }
    client_connect(&world, &after);
    echo(&after, "still");
    WORLD_RUN_UNTIL(&world, before.eof);
    assert_false(after.eof);
    assert_int_equal(ib_pump_clients(world.pump), 1);
    assert_int_equal(world.toy.closed, 1);
    client_close(&before);
    client_close(&after);
    world_close(&world);
}

static void test_resume_on_a_taken_port(void **state) {
    (void)state;
    struct client client;
    char expected[128];
    world_open(&world, NULL, 4, 5000);
    int port = ib_pump_port(world.pump);
    ib_pump_pause(world.pump);
    int thief = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    assert_int_equal(setsockopt(thief, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    assert_int_equal(bind(thief, (struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(thief, 4), 0);
    (void)snprintf(expected, sizeof expected, "port %d on 127.0.0.1 is taken by another program",
                   port);
    for (int i = 0; i < 2; i++) {
        world.problem[0] = '\0';
        assert_int_equal(ib_pump_resume(world.pump, world.problem, sizeof world.problem),
                         -EADDRINUSE);
        assert_string_equal(world.problem, expected);
        assert_int_equal(ib_pump_resume(world.pump, NULL, 0), -EADDRINUSE);
        assert_true(ib_pump_paused(world.pump));
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    close(thief);
    resume();
    client_connect(&world, &client);
    echo(&client, "back");
    client_close(&client);
    world_close(&world);
}

static void test_pause_of_a_unix_socket(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    char directory[128];
    char path[160];
    struct stat there;
    struct client client;
    (void)snprintf(directory, sizeof directory, "%s/ib-pump-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/ctl", directory);
    world_open(&world, path, 4, 5000);
    ib_pump_pause(world.pump);
    assert_int_equal(stat(path, &there), -1);
    resume();
    client_connect_unix(&world, &client, path);
    echo(&client, "again");
    client_close(&client);
    world_close(&world);
    assert_int_equal(rmdir(directory), 0);
}

static void test_close_while_paused(void **state) {
    (void)state;
    struct client client;
    // Paused for good, paused this very turn, and paused and resumed this very turn.
    for (int kind = 0; kind < 3; kind++) {
        world_open(&world, NULL, 4, 5000);
        client_connect(&world, &client);
        echo(&client, "in");
        ib_pump_pause(world.pump);
        if (kind == 0)
            WORLD_RUN_UNTIL(&world, client.eof);
        if (kind == 2)
            resume();
        ib_pump_close(world.pump, NULL, NULL);
        ib_pump_pause(world.pump);
        assert_int_equal(ib_pump_resume(world.pump, world.problem, sizeof world.problem),
                         -ESHUTDOWN);
        WORLD_RUN_UNTIL(&world, client.eof && world.toy.closed == 1);
        world.pump_closed = true;
        client_close(&client);
        world_close(&world);
    }
}

static void test_a_session_still_needed_outlives_the_pause(void **state) {
    (void)state;
    struct client client;
    world_open(&world, NULL, 4, 5000);
    client_connect(&world, &client);
    client_send(&client, "hold\n");
    WORLD_RUN_UNTIL(&world, client_has(&client, "held\n"));
    ib_pump_pause(world.pump);
    WORLD_RUN_UNTIL(&world, client.eof && world.toy.asked_in_vain >= 2);
    resume();
    assert_int_equal(world.toy.closed, 0);
    world.toy.let_go = true;
    WORLD_RUN_UNTIL(&world, world.toy.closed == 1);
    client_close(&client);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause_and_resume_keep_the_port),
        cmocka_unit_test(test_pause_under_load),
        cmocka_unit_test(test_pause_from_inside_the_engine),
        cmocka_unit_test(test_resume_before_the_turn_is_over),
        cmocka_unit_test(test_resume_on_a_taken_port),
        cmocka_unit_test(test_pause_of_a_unix_socket),
        cmocka_unit_test(test_close_while_paused),
        cmocka_unit_test(test_a_session_still_needed_outlives_the_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
