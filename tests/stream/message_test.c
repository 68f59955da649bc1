/// Requests as bytes: what is found in good ones, which status bad ones get, and that neither
/// depends on how the bytes were cut.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/message.h"
#include "tests/core/support_random.h"

#define BODY_MOST 100

static enum ib_message_result parse(struct ib_message *message, enum ib_message_kind kind,
                                    const char *text) {
    ib_message_begin(message, kind, BODY_MOST);
    return ib_message_parse(message, (const uint8_t *)text, strlen(text));
}

static void is(struct ib_slice slice, const char *text) {
    if (!ib_slice_is(slice, text))
        fail_msg("\"%.*s\" is not \"%s\"", (int)slice.size, slice.at ? slice.at : "", text);
}

static void a_request_is_taken_apart(void **state) {
    (void)state;
    struct ib_message m;
    const char *text = "\r\nPOST /api/v1/ffc?x=1 HTTP/1.1\r\nhost: a:80\r\nEmpty:\r\n"
                       "X-Long:  two  words\t \r\nContent-Length: 5\r\n\r\nhelloGET /";
    assert_int_equal(parse(&m, IB_MESSAGE_HTTP, text), IB_MESSAGE_COMPLETE);
    is(m.method, "POST");
    is(m.target, "/api/v1/ffc?x=1");
    assert_int_equal(m.minor, 1);
    assert_int_equal(m.count, 4);
    is(*ib_message_header(&m, "HOST"), "a:80");
    is(*ib_message_header(&m, "empty"), "");
    is(*ib_message_header(&m, "x-long"), "two  words");
    assert_null(ib_message_header(&m, "X-Lon"));
    is(m.body, "hello");
    assert_int_equal(m.used, strlen(text) - strlen("GET /"));
    assert_int_equal(m.head_bytes, m.used - 5);
}

static void an_rtsp_request_is_the_same_grammar(void **state) {
    (void)state;
    struct ib_message m;
    const char *text = "SETUP rtsp://127.0.0.1:8554/ironbow/track1 RTSP/1.0\r\nCSeq: 3\r\n"
                       "Transport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n";
    assert_int_equal(parse(&m, IB_MESSAGE_RTSP, text), IB_MESSAGE_COMPLETE);
    is(m.method, "SETUP");
    is(m.target, "rtsp://127.0.0.1:8554/ironbow/track1");
    is(*ib_message_header(&m, "cseq"), "3");
    assert_int_equal(m.used, strlen(text));
    assert_int_equal(m.body.size, 0);
}

static void the_head_can_be_read_before_the_body_is_there(void **state) {
    (void)state;
    struct ib_message m;
    assert_int_equal(
        parse(&m, IB_MESSAGE_HTTP, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"),
        IB_MESSAGE_MORE);
    assert_true(m.head_bytes > 0);
    assert_int_equal(m.content_length, 10);
    is(m.body, "abc");
}

struct row {
    const char *text;
    int status; ///< 0: complete
    enum ib_message_kind kind;
};

#define H "GET / HTTP/1.1\r\nHost: x\r\n"
#define HTTP(text, status)                                                                         \
    { text, status, IB_MESSAGE_HTTP }
#define RTSP(text, status)                                                                         \
    { text, status, IB_MESSAGE_RTSP }

static const struct row rows[] = {
    HTTP(H "\r\n", 0),
    HTTP("GET / HTTP/1.0\r\n\r\n", 0),
    HTTP("GET / HTTP/1.1\r\n\r\n", 400),                       // no Host
    HTTP(H "Host: y\r\n\r\n", 400),                            // two
    HTTP("GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n", 400), //
    HTTP("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),           // two spaces
    HTTP("GET /  HTTP/1.1\r\nHost: x\r\n\r\n", 400),           //
    HTTP("GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),           //
    HTTP(" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),           //
    HTTP("GET /\r\n\r\n", 400),                                // HTTP/0.9
    HTTP("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),            //
    HTTP("GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n", 400),        //
    HTTP("GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),        //
    HTTP("GET / http/1.1\r\nHost: x\r\n\r\n", 400),            //
    HTTP("GET / HTTP/11\r\nHost: x\r\n\r\n", 400),             //
    HTTP("GET / HTTP/1.11\r\nHost: x\r\n\r\n", 400),           //
    HTTP("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),            //
    HTTP("GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505),            //
    HTTP("GET / HTTP/1.2\r\nHost: x\r\n\r\n", 0),              // a later minor version
    HTTP("GET / RTSP/1.0\r\nHost: x\r\n\r\n", 400),            //
    HTTP("GET / HTTP/1.1\nHost: x\n\n", 400),                  // bare LF
    HTTP("\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),          //
    HTTP(H "A: b\n\r\n", 400),                                 //
    HTTP(H "A: b\rc\r\n\r\n", 400),                            // bare CR
    HTTP(H "A: b\r\n\rX", 400),                                //
    HTTP(H "A: b\r\n c\r\n\r\n", 400),                         // folded
    HTTP("GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),           //
    HTTP(H "A : b\r\n\r\n", 400),                              // smuggling's favourite
    HTTP(H ": b\r\n\r\n", 400),                                //
    HTTP(H "A\r\n\r\n", 400),                                  //
    HTTP(H "A: \x7F\r\n\r\n", 400),                            //
    HTTP(H "A: \x1B[2J\r\n\r\n", 400),                         //
    HTTP(H "A: \xC3\xA4\tb\r\n\r\n", 0),                       //
    HTTP(H "Content-Length: 3\r\n\r\nabc", 0),                 //
    HTTP(H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0),
    HTTP(H "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    HTTP(H "Content-Length: 3, 3\r\n\r\nabc", 400),
    HTTP(H "Content-Length: +3\r\n\r\nabc", 400),
    HTTP(H "Content-Length: -3\r\n\r\nabc", 400),
    HTTP(H "Content-Length: 0x3\r\n\r\nabc", 400),
    HTTP(H "Content-Length:\r\n\r\n", 400),
    HTTP(H "Content-Length: 101\r\n\r\n", 413),
    HTTP(H "Content-Length: 18446744073709551617\r\n\r\n", 413),
    HTTP(H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    HTTP(H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 411),
    HTTP(H "Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc", 501),
    HTTP("AVERYVERYVERYVERYVERYLONGMETHODNAME / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    RTSP("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", 0),
    RTSP("OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n", 505),
    RTSP("OPTIONS * RTSP/1.1\r\nCSeq: 1\r\n\r\n", 505),
    RTSP("OPTIONS * HTTP/1.1\r\nCSeq: 1\r\n\r\n", 400),
    RTSP("SET_PARAMETER * RTSP/1.0\r\nContent-Length: 2\r\n\r\nab", 0),
    RTSP("\x16\x03\x01\x02", 400), // somebody speaks TLS
};

#define ROWS (sizeof rows / sizeof rows[0])

static void each_request_gets_its_status(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct ib_message m;
        enum ib_message_result result = parse(&m, rows[i].kind, rows[i].text);
        if (result == IB_MESSAGE_MORE || (result == IB_MESSAGE_BAD) != (rows[i].status != 0) ||
            m.status != rows[i].status)
            fail_msg("row %zu: result %d, status %d, not %d: %s", i, (int)result, m.status,
                     rows[i].status, rows[i].text);
        if (result == IB_MESSAGE_BAD &&
            (!m.problem || strcmp(ib_message_reason(m.status), "Error") == 0))
            fail_msg("row %zu: nothing to say about status %d", i, m.status);
        if (result == IB_MESSAGE_COMPLETE)
            assert_int_equal(m.used, strlen(rows[i].text));
    }
}

static bool same_slice(struct ib_slice a, const char *base_a, struct ib_slice b,
                       const char *base_b) {
    return a.size == b.size && (a.size == 0 || a.at - base_a == b.at - base_b);
}

/// What was found is the same, though the buffers are not.
static void same(const struct ib_message *a, const char *base_a, const struct ib_message *b,
                 const char *base_b, const char *what) {
    bool equal = a->used == b->used && a->status == b->status && a->problem == b->problem &&
                 a->count == b->count && a->minor == b->minor && a->head_bytes == b->head_bytes &&
                 same_slice(a->method, base_a, b->method, base_b) &&
                 same_slice(a->target, base_a, b->target, base_b) &&
                 same_slice(a->body, base_a, b->body, base_b);
    for (unsigned i = 0; equal && i < a->count; i++)
        equal = same_slice(a->headers[i].name, base_a, b->headers[i].name, base_b) &&
                same_slice(a->headers[i].value, base_a, b->headers[i].value, base_b);
    if (!equal)
        fail_msg("cut elsewhere, read otherwise: %s", what);
}

static void any_cut_gives_the_same(void **state) {
    (void)state;
    struct random random = {20261};
    for (unsigned round = 0; round < 20 * ROWS; round++) {
        const struct row *row = &rows[round % ROWS];
        size_t size = strlen(row->text), end = 0;
        struct ib_message whole, cut;
        enum ib_message_result wanted = parse(&whole, row->kind, row->text), got;
        char *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, row->text, size);
        ib_message_begin(&cut, row->kind, BODY_MOST);
        do {
            end += round < ROWS ? 1 : 1 + random_below(&random, 20);
            end = end < size ? end : size;
            if (random_below(&random, 8) == 0) { // the buffer moves
                char *moved = malloc(size);
                assert_non_null(moved);
                memcpy(moved, copy, size);
                free(copy);
                copy = moved;
            }
            got = ib_message_parse(&cut, (const uint8_t *)copy, end);
        } while (got == IB_MESSAGE_MORE && end < size);
        assert_int_equal(got, wanted);
        same(&whole, row->text, &cut, copy, row->text);
        free(copy);
    }
}

static void requests_come_one_after_the_other(void **state) {
    (void)state;
    static char text[65536];
    size_t sizes[ROWS], count = 0, size = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].status != 0 || rows[i].kind != IB_MESSAGE_HTTP)
            continue;
        sizes[count++] = strlen(rows[i].text);
        memcpy(text + size, rows[i].text, sizes[count - 1]);
        size += sizes[count - 1];
    }
    assert_true(count > 5);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        struct ib_message m;
        ib_message_begin(&m, IB_MESSAGE_HTTP, BODY_MOST);
        assert_int_equal(ib_message_parse(&m, (const uint8_t *)text + at, size - at),
                         IB_MESSAGE_COMPLETE);
        assert_int_equal(m.used, sizes[i]);
        at += m.used;
    }
    assert_int_equal(at, size);
}

/// "GET /aaa… HTTP/1.1", one header of `value` characters, and `more` short ones.
static enum ib_message_result big(struct ib_message *m, size_t path, size_t value, unsigned more) {
    static char text[65536];
    size_t at = (size_t)sprintf(text, "GET /");
    memset(text + at, 'a', path);
    at += path;
    at += (size_t)sprintf(text + at, " HTTP/1.1\r\nHost: ");
    memset(text + at, 'b', value);
    at += value;
    at += (size_t)sprintf(text + at, "\r\n");
    for (unsigned i = 0; i < more; i++)
        at += (size_t)sprintf(text + at, "A: b\r\n");
    at += (size_t)sprintf(text + at, "\r\n");
    ib_message_begin(m, IB_MESSAGE_HTTP, 0);
    return ib_message_parse(m, (const uint8_t *)text, at);
}

static void every_limit_is_exact(void **state) {
    (void)state;
    struct ib_message m;
    assert_int_equal(big(&m, IB_MESSAGE_TARGET_BYTES - 1, 1, 0), IB_MESSAGE_COMPLETE);
    assert_int_equal(big(&m, IB_MESSAGE_TARGET_BYTES, 1, 0), IB_MESSAGE_BAD);
    assert_int_equal(m.status, 414);
    assert_int_equal(big(&m, 1, 1, IB_MESSAGE_HEADERS - 1), IB_MESSAGE_COMPLETE);
    assert_int_equal(m.count, IB_MESSAGE_HEADERS);
    assert_int_equal(big(&m, 1, 1, IB_MESSAGE_HEADERS), IB_MESSAGE_BAD);
    assert_int_equal(m.status, 431);
    size_t frame = strlen("GET / HTTP/1.1\r\nHost: \r\n\r\n");
    assert_int_equal(big(&m, 0, IB_MESSAGE_HEAD_BYTES - frame, 0), IB_MESSAGE_COMPLETE);
    assert_int_equal(m.head_bytes, IB_MESSAGE_HEAD_BYTES);
    assert_int_equal(big(&m, 0, IB_MESSAGE_HEAD_BYTES - frame + 1, 0), IB_MESSAGE_BAD);
    assert_int_equal(m.status, 431);
}

static void bad_stays_bad(void **state) {
    (void)state;
    struct ib_message m;
    const uint8_t *text = (const uint8_t *)"GET\x01/ HTTP/1.1\r\nHost: x\r\n\r\n";
    ib_message_begin(&m, IB_MESSAGE_HTTP, 0);
    assert_int_equal(ib_message_parse(&m, text, 3), IB_MESSAGE_MORE);
    assert_int_equal(ib_message_parse(&m, text, 4), IB_MESSAGE_BAD);
    assert_int_equal(m.used, 3); // where it is
    assert_int_equal(ib_message_parse(&m, text, 26), IB_MESSAGE_BAD);
}

static void tokens_are_found_in_all_lists(void **state) {
    (void)state;
    struct ib_message m;
    parse(&m, IB_MESSAGE_HTTP, H "Connection: keep-alive ,, UPGRADE\r\nconnection: x\r\n\r\n");
    assert_true(ib_message_has_token(&m, "Connection", "upgrade"));
    assert_true(ib_message_has_token(&m, "Connection", "Keep-Alive"));
    assert_true(ib_message_has_token(&m, "Connection", "x"));
    assert_false(ib_message_has_token(&m, "Connection", "keep"));
    assert_false(ib_message_has_token(&m, "Connection", ""));
    assert_int_equal(ib_message_header_count(&m, "Connection"), 2);
}

static void connections_stay_as_the_version_says(void **state) {
    (void)state;
    struct ib_message m;
    parse(&m, IB_MESSAGE_HTTP, H "\r\n");
    assert_true(ib_message_keeps_connection(&m));
    parse(&m, IB_MESSAGE_HTTP, H "Connection: Close\r\n\r\n");
    assert_false(ib_message_keeps_connection(&m));
    parse(&m, IB_MESSAGE_HTTP, "GET / HTTP/1.0\r\n\r\n");
    assert_false(ib_message_keeps_connection(&m));
    parse(&m, IB_MESSAGE_HTTP, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    assert_true(ib_message_keeps_connection(&m));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_taken_apart),
        cmocka_unit_test(an_rtsp_request_is_the_same_grammar),
        cmocka_unit_test(the_head_can_be_read_before_the_body_is_there),
        cmocka_unit_test(each_request_gets_its_status),
        cmocka_unit_test(any_cut_gives_the_same),
        cmocka_unit_test(requests_come_one_after_the_other),
        cmocka_unit_test(every_limit_is_exact),
        cmocka_unit_test(bad_stays_bad),
        cmocka_unit_test(tokens_are_found_in_all_lists),
        cmocka_unit_test(connections_stay_as_the_version_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
