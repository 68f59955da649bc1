/// UDP in pairs of ports: what is sent arrives, what comes in is told, what cannot leave is counted.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "ports/linux/datagram.h"

struct world {
    uv_loop_t loop;
    struct ib_datagram_pair *pair;
    int peer; ///< a socket of somebody else, on 127.0.0.1
    struct sockaddr_storage peer_address;
    unsigned received[2];
    uint8_t last[1500];
    size_t last_size;
    struct sockaddr_storage from;
    bool closed;
};

static struct world world;

static void on_received(void *context, enum ib_datagram_port port,
                        const struct sockaddr_storage *from, const uint8_t *bytes, size_t size) {
    struct world *self = context;
    self->received[port]++;
    assert_true(size <= sizeof self->last);
    memcpy(self->last, bytes, size);
    self->last_size = size;
    self->from = *from;
    uv_stop(&self->loop);
}

static void on_closed(void *context) {
    struct world *self = context;
    self->closed = true;
}

static int begin(void **state) {
    (void)state;
    memset(&world, 0, sizeof world);
    uv_loop_init(&world.loop);
    char problem[256];
    const struct ib_datagram_config config = {
        .loop = &world.loop, .address = "127.0.0.1", .received = on_received, .context = &world};
    if (ib_datagram_open(&world.pair, &config, problem, sizeof problem) != 0)
        fail_msg("%s", problem);
    struct sockaddr_in *address = (struct sockaddr_in *)&world.peer_address;
    socklen_t size = sizeof *address;
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    world.peer = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(world.peer, (struct sockaddr *)address, size), 0);
    assert_int_equal(getsockname(world.peer, (struct sockaddr *)address, &size), 0);
    const struct timeval limit = {.tv_sec = 60};
    setsockopt(world.peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return 0;
}

static int end(void **state) {
    (void)state;
    ib_datagram_close(world.pair, on_closed, &world);
    uv_run(&world.loop, UV_RUN_DEFAULT);
    assert_true(world.closed);
    assert_int_equal(uv_loop_close(&world.loop), 0);
    close(world.peer);
    return 0;
}

static void the_ports_are_neighbours(void **state) {
    (void)state;
    assert_int_equal(ib_datagram_even_port(world.pair) % 2, 0);
    assert_true(ib_datagram_even_port(world.pair) > 0);
}

static void what_is_sent_arrives_from_its_port(void **state) {
    (void)state;
    // More than a system call takes.
    static uint8_t bytes[150][3];
    struct ib_datagram datagrams[150];
    for (unsigned i = 0; i < 150; i++) {
        bytes[i][0] = (uint8_t)i;
        datagrams[i] = (struct ib_datagram){bytes[i], 1 + i % 3};
    }
    for (unsigned port = 0; port < 2; port++) {
        assert_int_equal(ib_datagram_send(world.pair, port ? IB_DATAGRAM_ODD : IB_DATAGRAM_EVEN,
                                          &world.peer_address, datagrams, 150),
                         150);
        for (unsigned i = 0; i < 150; i++) {
            uint8_t got[16];
            struct sockaddr_storage from = {0};
            socklen_t from_size = sizeof from;
            assert_int_equal(
                recvfrom(world.peer, got, sizeof got, 0, (struct sockaddr *)&from, &from_size),
                1 + i % 3);
            assert_int_equal(got[0], i);
            struct sockaddr_storage wanted = ib_datagram_address(
                &world.peer_address, (uint16_t)(ib_datagram_even_port(world.pair) + port));
            assert_true(ib_datagram_same(&from, &wanted));
        }
    }
    assert_int_equal(ib_datagram_lost(world.pair), 0);
}

static void what_comes_is_told_with_its_sender(void **state) {
    (void)state;
    static const uint8_t large[1501];
    for (unsigned port = 0; port < 2; port++) {
        struct sockaddr_storage to = ib_datagram_address(
            &world.peer_address, (uint16_t)(ib_datagram_even_port(world.pair) + port));
        // The first is larger than anything that is told.
        sendto(world.peer, large, sizeof large, 0, (struct sockaddr *)&to,
               sizeof(struct sockaddr_in));
        sendto(world.peer, "hello", 5, 0, (struct sockaddr *)&to, sizeof(struct sockaddr_in));
        uv_run(&world.loop, UV_RUN_DEFAULT);
        assert_int_equal(world.received[port], 1);
        assert_int_equal(world.last_size, 5);
        assert_true(ib_datagram_same(&world.from, &world.peer_address));
    }
}

static void what_cannot_leave_is_counted(void **state) {
    (void)state;
    static const uint8_t huge[70000];
    const struct ib_datagram datagrams[] = {{huge, 10}, {huge, sizeof huge}, {huge, 10}};
    assert_int_equal(
        ib_datagram_send(world.pair, IB_DATAGRAM_EVEN, &world.peer_address, datagrams, 3), 1);
    assert_int_equal(ib_datagram_lost(world.pair), 2);
}

static void nobody_there_is_no_reason_to_stop(void **state) {
    (void)state;
    const struct ib_datagram datagram = {"x", 1};
    close(world.peer); // its port now answers "unreachable"
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(
            ib_datagram_send(world.pair, IB_DATAGRAM_EVEN, &world.peer_address, &datagram, 1), 1);
    uv_run(&world.loop, UV_RUN_NOWAIT);
    assert_int_equal(ib_datagram_lost(world.pair), 0);
    world.peer = socket(AF_INET, SOCK_DGRAM, 0);
}

static struct sockaddr_storage address_of(const char *text, int family) {
    struct sockaddr_storage out = {.ss_family = (sa_family_t)family};
    void *place = family == AF_INET ? (void *)&((struct sockaddr_in *)&out)->sin_addr
                                    : (void *)&((struct sockaddr_in6 *)&out)->sin6_addr;
    assert_int_equal(inet_pton(family, text, place), 1);
    return out;
}

static void hosts_have_one_spelling(void **state) {
    (void)state;
    static const struct {
        int family;
        const char *address, *text;
    } rows[] = {
        {AF_INET, "192.0.2.7", "192.0.2.7"},
        {AF_INET6, "2001:db8:0:0::7", "2001:db8::7"},
        {AF_INET6, "::ffff:192.0.2.7", "192.0.2.7"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sockaddr_storage address = address_of(rows[i].address, rows[i].family);
        ib_datagram_host(&address, text, sizeof text);
        assert_string_equal(text, rows[i].text);
        struct sockaddr_storage a = ib_datagram_address(&address, 5000);
        struct sockaddr_storage b = ib_datagram_address(&address, 5001);
        assert_true(ib_datagram_same(&a, &a));
        assert_false(ib_datagram_same(&a, &b));
    }
    struct sockaddr_storage four = address_of("192.0.2.7", AF_INET);
    struct sockaddr_storage other = address_of("192.0.2.8", AF_INET);
    assert_false(ib_datagram_same(&four, &other));
}

static void an_address_that_is_none_is_explained(void **state) {
    (void)state;
    static const char *const wrong[] = {"nowhere", "192.0.2.1"};
    for (unsigned i = 0; i < 2; i++) {
        struct ib_datagram_pair *pair;
        char problem[256] = "";
        const struct ib_datagram_config config = {.loop = &world.loop, .address = wrong[i]};
        assert_true(ib_datagram_open(&pair, &config, problem, sizeof problem) < 0);
        assert_null(pair);
        assert_non_null(strstr(problem, wrong[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_ports_are_neighbours, begin, end),
        cmocka_unit_test_setup_teardown(what_is_sent_arrives_from_its_port, begin, end),
        cmocka_unit_test_setup_teardown(what_comes_is_told_with_its_sender, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_leave_is_counted, begin, end),
        cmocka_unit_test_setup_teardown(nobody_there_is_no_reason_to_stop, begin, end),
        cmocka_unit_test_setup_teardown(hosts_have_one_spelling, begin, end),
        cmocka_unit_test_setup_teardown(an_address_that_is_none_is_explained, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
