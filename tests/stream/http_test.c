/// The HTTP engine as bytes: what is asked comes out as requests, what is answered as bytes, in order,
/// however the bytes are cut.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "stream/http.h"
#include "tests/core/support_random.h"

#define LONG_BODY 60000u

static struct ib_http http;
static char sent[1 << 20];
static size_t sent_size;
static char told[256]; // what happened, a word each
static bool hung_up;
static uint8_t room[IB_MESSAGE_HEAD_BYTES + IB_HTTP_BODY_BYTES];
static uint64_t now_us;

static void start(void) {
    now_us = 1000000;
    ib_http_init(&http, now_us);
    sent_size = 0;
    sent[0] = told[0] = 0;
    hung_up = false;
}

static void tell(const char *word, struct ib_slice what) {
    size_t size = strlen(told);
    snprintf(told + size, sizeof told - size, "%s%s(%.*s)", size ? " " : "", word,
             (int)(what.size < 40 ? what.size : 40), what.size ? what.at : "");
}

static void answer(int status, const char *body) {
    const struct ib_http_answer a = {
        .status = status, .type = "text/plain", .bytes = body, .size = strlen(body)};
    assert_int_equal(ib_http_answer(&http, &a), IB_OK);
}

/// A small server: /later is left open, /no is refused by its head, what else echoes its body.
static void serve(void) {
    static char echo[IB_HTTP_BODY_BYTES + 1];
    for (enum ib_http_event event; (event = ib_http_next(&http, now_us)) != IB_HTTP_NOTHING;) {
        const struct ib_message *message = &http.message;
        if (event == IB_HTTP_BAD) {
            tell("bad", ib_slice_of(http.problem));
            answer(http.status, "bad");
        } else if (event == IB_HTTP_HEAD) {
            tell("head", message->target);
            if (ib_slice_is(message->target, "/no"))
                answer(403, "no");
            else if (ib_http_needs(&http) > sizeof http.own)
                ib_http_accept(&http, room, sizeof room);
            else
                ib_http_accept(&http, NULL, 0);
        } else {
            tell("request", message->body);
            memcpy(echo, message->body.at, message->body.size);
            echo[message->body.size] = 0;
            if (!ib_slice_is(message->target, "/later"))
                answer(200, echo);
        }
    }
}

static void pull(void) {
    for (struct ib_http_chunk chunk; !hung_up;) {
        serve();
        ib_http_pull(&http, now_us, false, &chunk);
        assert_true(sent_size + chunk.size < sizeof sent);
        if (chunk.size > 0)
            memcpy(sent + sent_size, chunk.bytes, chunk.size);
        sent_size += chunk.size;
        sent[sent_size] = 0;
        hung_up = chunk.hang_up;
        if (chunk.size == 0)
            break;
    }
}

/// Feed in pieces of at most `most` bytes (0: all at once), as the pump does.
static void feed(const char *bytes, size_t size, size_t most) {
    while (size > 0 && !hung_up) {
        size_t piece = most && size > most ? most : size;
        size_t taken = ib_http_feed(&http, (const uint8_t *)bytes, piece, now_us);
        pull();
        bytes += taken;
        size -= taken;
        if (taken == 0 && http.state == IB_HTTP_ANSWERING)
            break;
    }
}

static void say(const char *text) {
    feed(text, strlen(text), 0);
}

static void told_is(const char *what) {
    assert_string_equal(told, what);
}

static unsigned count_of(const char *needle) {
    unsigned count = 0;
    for (const char *at = sent; (at = strstr(at, needle)) != NULL; at++)
        count++;
    return count;
}

static void a_request_is_answered_and_the_connection_stays(void **state) {
    (void)state;
    start();
    say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    told_is("head(/a) request()");
    assert_string_equal(sent,
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
    assert_true(ib_http_idle(&http));
    say("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    told_is("head(/a) request() head(/b) request(hello)");
    assert_non_null(strstr(sent, "Content-Length: 5\r\n\r\nhello"));
    assert_false(hung_up);
}

static void pipelined_requests_are_answered_in_order(void **state) {
    (void)state;
    const char *three = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                        "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo"
                        "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                        "GET /never HTTP/1.1\r\nHost: x\r\n\r\n";
    for (size_t most = 0; most < 80; most++) {
        start();
        feed(three, strlen(three), most);
        told_is("head(/1) request(one) head(/2) request(two) head(/3) request()");
        assert_true(hung_up);
        assert_int_equal(count_of("HTTP/1.1 200 OK"), 3);
        assert_true(strstr(sent, "one") < strstr(sent, "two"));
        assert_non_null(strstr(sent, "Connection: close\r\n\r\n"));
    }
}

static void an_answer_may_come_later(void **state) {
    (void)state;
    start();
    say("GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
    told_is("head(/later) request()");
    assert_int_equal(sent_size, 0);
    assert_int_equal(ib_http_due(&http), UINT64_MAX);
    now_us += IB_HTTP_IDLE_US * 2;
    pull();
    assert_int_equal(sent_size, 0);
    answer(200, "at last");
    pull();
    told_is("head(/later) request() head(/next) request()");
    assert_int_equal(count_of("HTTP/1.1 200 OK"), 2);
}

static void head_has_no_body_and_keeps_its_length(void **state) {
    (void)state;
    start();
    say("HEAD /no HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(sent, "403 Forbidden"));
    assert_non_null(strstr(sent, "Content-Length: 2\r\n"));
    assert_memory_equal(sent + sent_size - 4, "\r\n\r\n", 4);
    assert_false(hung_up);
}

static void a_refused_body_ends_the_connection(void **state) {
    (void)state;
    start();
    say("POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nabc");
    told_is("head(/no)");
    assert_non_null(strstr(sent, "Connection: close"));
    assert_true(hung_up);
}

static void a_long_body_comes_into_the_owners_room(void **state) {
    (void)state;
    static char request[LONG_BODY + 256];
    int head = snprintf(request, sizeof request,
                        "PUT /long HTTP/1.1\r\nHost: x\r\nContent-Length: %u\r\n\r\n", LONG_BODY);
    memset(request + head, 'x', LONG_BODY);
    memcpy(request + head + LONG_BODY, "GET /z HTTP/1.1\r\nHost: x\r\n\r\n", 28);
    start();
    feed(request, (size_t)head + LONG_BODY + 28, 4096);
    assert_int_equal(count_of("HTTP/1.1 200 OK"), 2);
    assert_non_null(strstr(told, "head(/z) request()"));
    assert_non_null(strstr(sent, "Content-Length: 60000\r\n"));
}

static void a_client_that_waits_is_told_to_go_on(void **state) {
    (void)state;
    start();
    say("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_string_equal(sent, "HTTP/1.1 100 Continue\r\n\r\n");
    say("ok");
    assert_int_equal(count_of("100 Continue"), 1);
    assert_non_null(strstr(sent, "200 OK"));
    // Whoever sends the body at once is not told.
    start();
    say("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    assert_int_equal(count_of("100 Continue"), 0);
}

static void time_runs_out(void **state) {
    (void)state;
    start();
    say("GET / HTTP/1.1\r\nHo");
    assert_int_equal(ib_http_due(&http), now_us + IB_HTTP_REQUEST_US);
    now_us += IB_HTTP_REQUEST_US / 2;
    say("st: x\r\n"); // one byte now and then gives no new time
    now_us += IB_HTTP_REQUEST_US / 2;
    pull();
    assert_non_null(strstr(sent, "408 Request Timeout"));
    assert_true(hung_up);

    start(); // the body's time is the request's
    say("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1");
    now_us += IB_HTTP_REQUEST_US;
    pull();
    assert_non_null(strstr(sent, "408 Request Timeout"));

    start(); // between requests nothing is said
    now_us += IB_HTTP_IDLE_US - 1;
    pull();
    assert_false(hung_up);
    now_us += 1;
    pull();
    assert_true(hung_up);
    assert_int_equal(sent_size, 0);
}

static void nonsense_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        const char *status;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
        {"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", "413"},
        {"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "411"},
        {"\x16\x03\x01\x02", "400"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        say(rows[i].bytes);
        assert_int_equal(strncmp(sent + 9, rows[i].status, 3), 0);
        assert_true(hung_up);
    }
    start();
    say("GET /");
    for (int i = 0; i < 100 && !hung_up; i++)
        say("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaa");
    assert_non_null(strstr(sent, "414 URI Too Long"));
    start();
    say("GET / HTTP/1.1\r\nHost: x\r\nA: ");
    for (int i = 0; i < 100 && !hung_up; i++)
        say("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaa");
    assert_non_null(strstr(sent, "431 Request Header Fields Too Large"));
}

static void old_clients_get_their_connection_closed(void **state) {
    (void)state;
    start();
    say("GET / HTTP/1.0\r\n\r\n");
    assert_true(hung_up);
    start();
    say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_non_null(strstr(sent, "Connection: keep-alive\r\n"));
    assert_false(hung_up);
}

/// Until the request is there, without an answer.
static void ask(const char *text) {
    start();
    size_t size = strlen(text);
    assert_int_equal(ib_http_feed(&http, (const uint8_t *)text, size, now_us), size);
    assert_int_equal(ib_http_next(&http, now_us), IB_HTTP_HEAD);
    ib_http_accept(&http, NULL, 0);
    assert_int_equal(ib_http_next(&http, now_us), IB_HTTP_REQUEST);
}

static void pieces_are_the_owners(void **state) {
    (void)state;
    struct ib_http_chunk chunk;
    ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const struct ib_http_answer a = {.status = 200, .body = IB_HTTP_PIECES, .size = 100};
    assert_int_equal(ib_http_answer(&http, &a), IB_OK);
    assert_int_equal(ib_http_piece(&http), 0);
    ib_http_pull(&http, now_us, true, &chunk);
    assert_int_equal(chunk.size, 0); // busy
    ib_http_pull(&http, now_us, false, &chunk);
    assert_true(chunk.size > 0);
    assert_int_equal(ib_http_piece(&http), 100);
    ib_http_gave(&http, 60, now_us);
    assert_int_equal(ib_http_piece(&http), 40);
    ib_http_gave(&http, 40, now_us);
    assert_true(ib_http_idle(&http));

    ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(ib_http_answer(&http, &a), IB_OK);
    ib_http_pull(&http, now_us, false, &chunk);
    ib_http_abandon(&http); // the file is gone: the client sees it short
    ib_http_pull(&http, now_us, false, &chunk);
    assert_true(chunk.hang_up);
}

static void a_long_answer_goes_in_slices(void **state) {
    (void)state;
    static uint8_t bytes[3 * IB_HTTP_SLICE_BYTES + 1];
    struct ib_http_chunk chunk;
    ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const struct ib_http_answer a = {.status = 200, .bytes = bytes, .size = sizeof bytes};
    assert_int_equal(ib_http_answer(&http, &a), IB_OK);
    ib_http_pull(&http, now_us, false, &chunk);
    size_t got = 0;
    for (unsigned i = 0; i < 4; i++) {
        ib_http_pull(&http, now_us, false, &chunk);
        assert_true(chunk.size > 0 && chunk.size <= IB_HTTP_SLICE_BYTES);
        assert_ptr_equal(chunk.bytes, bytes + got);
        got += chunk.size;
    }
    assert_int_equal(got, sizeof bytes);
    assert_true(ib_http_idle(&http));
}

static void an_upgrade_hands_over_what_came_behind(void **state) {
    (void)state;
    struct ib_http_chunk chunk;
    const uint8_t *rest;
    ask("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: y\r\n\r\nalready");
    const struct ib_http_answer a = {.status = 101, .body = IB_HTTP_UPGRADE};
    assert_int_equal(ib_http_answer(&http, &a), IB_OK);
    ib_http_pull(&http, now_us, false, &chunk);
    assert_memory_equal(chunk.bytes, "HTTP/1.1 101 Switching Protocols\r\n\r\n", 36);
    assert_int_equal(ib_http_rest(&http, &rest), 7);
    assert_memory_equal(rest, "already", 7);
    ib_http_took(&http, 3);
    assert_int_equal(ib_http_rest(&http, &rest), 4);
    assert_memory_equal(rest, "eady", 4);
    assert_int_equal(ib_http_feed(&http, (const uint8_t *)"x", 1, now_us), 0);
}

static void headers_that_do_not_fit_are_told(void **state) {
    (void)state;
    static char headers[IB_HTTP_HEAD_OUT_BYTES + 1];
    memset(headers, 'x', sizeof headers - 1);
    ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const struct ib_http_answer a = {.status = 200, .headers = headers};
    assert_int_equal(ib_http_answer(&http, &a), IB_E_NO_SPACE);
    answer(500, "short");
    pull();
    assert_non_null(strstr(sent, "HTTP/1.1 500"));
}

/// Cut anywhere, the answers are the same bytes.
static void cuts_do_not_matter(void **state) {
    (void)state;
    static const char text[] = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n\r\n"
                               "PUT /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789"
                               "HEAD /3 HTTP/1.1\r\nHost: x\r\n\r\n"
                               "GET /no HTTP/1.1\r\nHost: x\r\n\r\n"
                               "GET /4 HTTP/1.1\r\nHost: x\r\n\r\nrubbish\x01\r\n\r\n";
    static char expected[sizeof sent];
    struct random random = {20261128};
    start();
    say(text);
    memcpy(expected, sent, sent_size + 1);
    for (int run = 0; run < 300; run++) {
        start();
        for (size_t at = 0; at < sizeof text - 1 && !hung_up;) {
            size_t piece = 1 + random_below(&random, 40);
            piece = piece < sizeof text - 1 - at ? piece : sizeof text - 1 - at;
            size_t taken = ib_http_feed(&http, (const uint8_t *)text + at, piece, now_us);
            pull();
            at += taken;
        }
        assert_string_equal(sent, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered_and_the_connection_stays),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(an_answer_may_come_later),
        cmocka_unit_test(head_has_no_body_and_keeps_its_length),
        cmocka_unit_test(a_refused_body_ends_the_connection),
        cmocka_unit_test(a_long_body_comes_into_the_owners_room),
        cmocka_unit_test(a_client_that_waits_is_told_to_go_on),
        cmocka_unit_test(time_runs_out),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(old_clients_get_their_connection_closed),
        cmocka_unit_test(pieces_are_the_owners),
        cmocka_unit_test(a_long_answer_goes_in_slices),
        cmocka_unit_test(an_upgrade_hands_over_what_came_behind),
        cmocka_unit_test(headers_that_do_not_fit_are_told),
        cmocka_unit_test(cuts_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
