/// The server's end of a WebSocket, as bytes: RFC 6455 kept, and broken in every way that has a close
/// code.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ports/linux/websocket.h"
#include "tests/core/support_random.h"

#define FIN 0x80
#define MASKED 0x80

static struct ib_websocket *socket_;
static uint8_t out[IB_WEBSOCKET_CONTROL_BYTES];
static size_t out_size;
static char messages[1 << 16]; // kind and text of each, "t:hello;"
static size_t messages_size;

static void on_message(void *context, enum ib_websocket_kind kind, const uint8_t *bytes,
                       size_t size) {
    (void)context;
    assert_true(messages_size + size + 4 < sizeof messages);
    messages[messages_size++] = kind == IB_WEBSOCKET_TEXT ? 't' : 'b';
    messages[messages_size++] = ':';
    memcpy(messages + messages_size, bytes, size);
    messages_size += size;
    messages[messages_size++] = ';';
    messages[messages_size] = 0;
}

static int start(void **state) {
    (void)state;
    messages_size = 0;
    messages[0] = 0;
    assert_int_equal(ib_websocket_open(&socket_, on_message, NULL), 0);
    return 0;
}

static int stop(void **state) {
    (void)state;
    ib_websocket_free(socket_);
    return 0;
}

/// A frame as a client sends it; `masked` false: as it must not.
static size_t make(uint8_t *frame, uint8_t first, bool masked, const void *payload, size_t size) {
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    size_t at = 0;
    frame[at++] = first;
    if (size < 126) {
        frame[at++] = (uint8_t)((masked ? MASKED : 0) | size);
    } else {
        frame[at++] = (uint8_t)((masked ? MASKED : 0) | 126);
        frame[at++] = (uint8_t)(size >> 8);
        frame[at++] = (uint8_t)size;
    }
    if (masked) {
        memcpy(frame + at, mask, 4);
        at += 4;
    }
    for (size_t i = 0; i < size; i++)
        frame[at++] = (uint8_t)(((const uint8_t *)payload)[i] ^ (masked ? mask[i % 4] : 0));
    return at;
}

/// All of it, with a pull whenever no more is taken.
static void feed(const uint8_t *bytes, size_t size) {
    out_size = 0;
    while (size > 0) {
        size_t taken = ib_websocket_feed(socket_, bytes, size);
        out_size = ib_websocket_pull(socket_, out, sizeof out);
        if (taken == 0 && out_size == 0)
            fail_msg("takes nothing and says nothing");
        bytes += taken;
        size -= taken;
    }
    if (out_size == 0)
        out_size = ib_websocket_pull(socket_, out, sizeof out);
}

static void send_frame(uint8_t first, const void *payload, size_t size) {
    static uint8_t frame[1 << 16];
    feed(frame, make(frame, first, true, payload, size));
}

static void closes_with(unsigned code) {
    assert_true(out_size >= 4);
    assert_int_equal(out[0], FIN | 8);
    assert_int_equal(out[1], out_size - 2);
    assert_int_equal(out[2] << 8 | out[3], code);
    assert_true(ib_websocket_over(socket_));
    // Whatever comes after that is nobody's.
    assert_int_equal(ib_websocket_feed(socket_, (const uint8_t *)"abc", 3), 3);
    assert_int_equal(ib_websocket_pull(socket_, out, sizeof out), 0);
}

static void the_handshake_of_the_standard(void **state) {
    (void)state;
    char accept[IB_WEBSOCKET_ACCEPT_BYTES];
    const char *key = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455, section 1.3
    assert_true(ib_websocket_accept(key, strlen(key), accept));
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_false(ib_websocket_accept("c2hvcnQ=", 8, accept));
    assert_false(ib_websocket_accept("dGhlIHNhbXBsZSBub25jZQ=!", 24, accept));
    assert_false(ib_websocket_accept("dGhlIHNhbXBsZSBub25jZWFi", 24, accept)); // 18 bytes
    assert_false(ib_websocket_accept("", 0, accept));
}

static void headers_to_the_client(void **state) {
    (void)state;
    uint8_t header[IB_WEBSOCKET_HEADER_BYTES];
    assert_int_equal(ib_websocket_header(header, IB_WEBSOCKET_TEXT, 5), 2);
    assert_memory_equal(header, "\x81\x05", 2);
    assert_int_equal(ib_websocket_header(header, IB_WEBSOCKET_BINARY, 126), 4);
    assert_memory_equal(header, "\x82\x7e\x00\x7e", 4);
    assert_int_equal(ib_websocket_header(header, IB_WEBSOCKET_BINARY, 38464), 4);
    assert_memory_equal(header, "\x82\x7e\x96\x40", 4);
    assert_int_equal(ib_websocket_header(header, IB_WEBSOCKET_BINARY, 65536), 10);
    assert_memory_equal(header, "\x82\x7f\0\0\0\0\0\x01\0\0", 10);
}

static void messages_arrive(void **state) {
    (void)state;
    send_frame(FIN | 1, "hello", 5);
    send_frame(FIN | 2, "bytes", 5);
    send_frame(1, "a", 1); // in three fragments, with a ping between
    send_frame(0, "b", 1);
    send_frame(FIN | 9, "?", 1);
    assert_int_equal(out_size, 3);
    assert_memory_equal(out, "\x8a\x01?", 3);
    send_frame(FIN | 0, "c", 1);
    assert_string_equal(messages, "t:hello;b:bytes;t:abc;");
    assert_false(ib_websocket_closing(socket_));
}

static void pings_are_answered_with_their_bytes(void **state) {
    (void)state;
    uint8_t payload[125];
    memset(payload, 'p', sizeof payload);
    send_frame(FIN | 9, payload, sizeof payload);
    assert_int_equal(out_size, 127);
    assert_int_equal(out[0], FIN | 10);
    assert_memory_equal(out + 2, payload, sizeof payload);
    send_frame(FIN | 10, "unasked", 7); // a pong needs no answer
    assert_int_equal(out_size, 0);
}

static void a_close_is_answered(void **state) {
    (void)state;
    send_frame(FIN | 8,
               "\x03\xe8"
               "bye",
               5);
    closes_with(IB_WEBSOCKET_NORMAL);
}

static void a_close_without_a_code_is_answered(void **state) {
    (void)state;
    send_frame(FIN | 8, "", 0);
    assert_int_equal(out[0], FIN | 8);
    assert_true(ib_websocket_over(socket_));
}

static void half_a_code_is_as_none(void **state) {
    (void)state;
    send_frame(FIN | 8, "\x03", 1);
    assert_int_equal(out[0], FIN | 8);
    assert_true(ib_websocket_over(socket_));
}

static void the_server_may_close_first(void **state) {
    (void)state;
    ib_websocket_close(socket_, IB_WEBSOCKET_GOING_AWAY);
    out_size = ib_websocket_pull(socket_, out, sizeof out);
    assert_int_equal(out[2] << 8 | out[3], IB_WEBSOCKET_GOING_AWAY);
    assert_true(ib_websocket_over(socket_));
}

static void violations(void **state) {
    static const struct {
        uint8_t first;
        bool masked;
        const char *payload;
        size_t size;
        unsigned code;
    } rows[] = {
        {FIN | 1, false, "hello", 5, IB_WEBSOCKET_PROTOCOL_ERROR},       // not masked
        {FIN | 0x40 | 1, true, "hello", 5, IB_WEBSOCKET_PROTOCOL_ERROR}, // reserved bits
        {FIN | 0x20 | 1, true, "hello", 5, IB_WEBSOCKET_PROTOCOL_ERROR},
        {FIN | 0x10 | 1, true, "hello", 5, IB_WEBSOCKET_PROTOCOL_ERROR},
        {FIN | 3, true, "", 0, IB_WEBSOCKET_PROTOCOL_ERROR}, // reserved opcodes
        {FIN | 11, true, "", 0, IB_WEBSOCKET_PROTOCOL_ERROR},
        {9, true, "ping", 4, IB_WEBSOCKET_PROTOCOL_ERROR},           // a fragmented control frame
        {FIN | 0, true, "x", 1, IB_WEBSOCKET_PROTOCOL_ERROR},        // continues nothing
        {FIN | 8, true, "\x03\xec", 2, IB_WEBSOCKET_PROTOCOL_ERROR}, // 1004 is never sent
        {FIN | 8, true, "\x00\x00", 2, IB_WEBSOCKET_PROTOCOL_ERROR},
        {FIN | 1, true, "\xff\xfe", 2, IB_WEBSOCKET_BAD_TEXT}, // no UTF-8
        {FIN | 8, true, "\x03\xe8\xff", 3, IB_WEBSOCKET_BAD_TEXT},
    };
    uint8_t frame[64];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        stop(state);
        start(state);
        feed(frame, make(frame, rows[i].first, rows[i].masked, rows[i].payload, rows[i].size));
        if (out_size < 4 || (out[2] << 8 | out[3]) != (int)rows[i].code)
            fail_msg("row %zu: %d", i, out_size < 4 ? -1 : out[2] << 8 | out[3]);
        closes_with(rows[i].code);
    }
    // Ping of more than 125 bytes.
    uint8_t long_ping[200], payload[126] = {0};
    stop(state);
    start(state);
    feed(long_ping, make(long_ping, FIN | 9, true, payload, sizeof payload));
    closes_with(IB_WEBSOCKET_PROTOCOL_ERROR);
    // A text in the middle of another.
    stop(state);
    start(state);
    send_frame(1, "a", 1);
    send_frame(FIN | 1, "b", 1);
    closes_with(IB_WEBSOCKET_PROTOCOL_ERROR);
}

static void too_long_messages_close(void **state) {
    static uint8_t payload[IB_WEBSOCKET_MESSAGE_BYTES + 1];
    memset(payload, 'x', sizeof payload);
    send_frame(FIN | 1, payload, IB_WEBSOCKET_MESSAGE_BYTES);
    assert_int_equal(messages_size, IB_WEBSOCKET_MESSAGE_BYTES + 3);
    send_frame(FIN | 1, payload, sizeof payload);
    closes_with(IB_WEBSOCKET_TOO_BIG);
    stop(state);
    start(state); // in fragments, too
    send_frame(1, payload, IB_WEBSOCKET_MESSAGE_BYTES);
    send_frame(FIN | 0, payload, 1);
    closes_with(IB_WEBSOCKET_TOO_BIG);
    stop(state);
    start(state); // of which hardly more than the header comes
    feed((const uint8_t *)"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x", 15);
    closes_with(IB_WEBSOCKET_TOO_BIG);
}

static void who_only_pings_is_held_back(void **state) {
    (void)state;
    static uint8_t pings[6 * 2000];
    size_t size = 0, taken = 0;
    for (int i = 0; i < 2000; i++)
        size += make(pings + size, FIN | 9, true, "", 0);
    for (size_t now; (now = ib_websocket_feed(socket_, pings + taken, size - taken)) > 0;)
        taken += now;
    assert_true(taken < 1024); // until the answers are fetched
    assert_true(ib_websocket_pull(socket_, out, sizeof out) > 0);
    assert_true(ib_websocket_feed(socket_, pings + taken, size - taken) > 0);
}

/// Cut anywhere, the same messages and the same answers.
static void cuts_do_not_matter(void **state) {
    static uint8_t stream[4096], answers[256], expected[256];
    size_t size = 0;
    struct random random = {6455};
    uint8_t payload[300];
    memset(payload, 'm', sizeof payload);
    size += make(stream, FIN | 1, true, "one", 3);
    size += make(stream + size, 1, true, payload, 300);
    size += make(stream + size, FIN | 9, true, "ping", 4);
    size += make(stream + size, FIN | 0, true, payload, 200);
    size += make(stream + size, FIN | 9, true, "", 0);
    size += make(stream + size, FIN | 1, true, "end", 3);
    for (int run = 0; run < 200; run++) {
        size_t answers_size = 0;
        stop(state);
        start(state);
        for (size_t at = 0; at < size;) {
            size_t piece = run == 0 ? size - at : 1 + random_below(&random, 30);
            piece = piece < size - at ? piece : size - at;
            at += ib_websocket_feed(socket_, stream + at, piece);
            answers_size +=
                ib_websocket_pull(socket_, answers + answers_size, sizeof answers - answers_size);
        }
        assert_int_equal(messages_size, strlen("t:one;t:end;") + 3 + 500);
        if (answers_size != 6 + 2)
            fail_msg("run %d: %zu bytes of answers", run, answers_size);
        if (run == 0)
            memcpy(expected, answers, answers_size);
        assert_memory_equal(answers, expected, answers_size);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake_of_the_standard),
        cmocka_unit_test(headers_to_the_client),
        TEST(messages_arrive),
        TEST(pings_are_answered_with_their_bytes),
        TEST(a_close_is_answered),
        TEST(a_close_without_a_code_is_answered),
        TEST(half_a_code_is_as_none),
        TEST(the_server_may_close_first),
        TEST(violations),
        TEST(too_long_messages_close),
        TEST(who_only_pings_is_held_back),
        TEST(cuts_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
