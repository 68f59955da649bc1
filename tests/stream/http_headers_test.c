/// Single headers: ranges, entity tags, gzip, cookies, names and ports.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "stream/http_headers.h"

static char text[1024];
static struct ib_message message;

static void with(const char *headers) {
    int size = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
    ib_message_begin(&message, IB_MESSAGE_HTTP, 0);
    assert_int_equal(ib_message_parse(&message, (const uint8_t *)text, (size_t)size),
                     IB_MESSAGE_COMPLETE);
}

static void ranges(void **state) {
    (void)state;
    static const struct {
        const char *header;
        int result;
        uint64_t first, count;
    } rows[] = {
        {"", 0, 0, 0},
        {"Range: bytes=0-9\r\n", 1, 0, 10},
        {"Range: bytes=90-\r\n", 1, 90, 10},
        {"Range: bytes=99-99\r\n", 1, 99, 1},
        {"Range: bytes=50-1000\r\n", 1, 50, 50},
        {"Range: bytes=-5\r\n", 1, 95, 5},
        {"Range: bytes=-1000\r\n", 1, 0, 100},
        {"Range: BYTES=1-2\r\n", 1, 1, 2},
        {"Range: bytes=100-\r\n", -1, 0, 0},
        {"Range: bytes=-0\r\n", -1, 0, 0},
        {"Range: bytes=9-3\r\n", 0, 0, 0},
        {"Range: bytes=0-1,5-6\r\n", 0, 0, 0},
        {"Range: lines=1-2\r\n", 0, 0, 0},
        {"Range: bytes=a-b\r\n", 0, 0, 0},
        {"Range: bytes=-\r\n", 0, 0, 0},
        {"Range: bytes=\r\n", 0, 0, 0},
        {"Range: bytes=18446744073709551616-\r\n", 0, 0, 0},
        {"Range: bytes=0-1\r\nRange: bytes=2-3\r\n", 0, 0, 0},
        {"Range: bytes=0-1\r\nIf-Range: \"e\"\r\n", 1, 0, 2},
        {"Range: bytes=0-1\r\nIf-Range: \"old\"\r\n", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t first = 0, count = 0;
        with(rows[i].header);
        int result = ib_http_range(&message, 100, "\"e\"", &first, &count);
        if (result != rows[i].result ||
            (result == 1 && (first != rows[i].first || count != rows[i].count)))
            fail_msg("%s: %d %d %d", rows[i].header, result, (int)first, (int)count);
    }
    uint64_t first, count;
    with("Range: bytes=0-0\r\n");
    assert_int_equal(ib_http_range(&message, 0, "\"e\"", &first, &count), -1);
}

static void entity_tags(void **state) {
    (void)state;
    with("");
    assert_false(ib_http_is_known(&message, "\"a\""));
    with("If-None-Match: \"x\", W/\"a\"\r\n");
    assert_true(ib_http_is_known(&message, "\"a\""));
    assert_false(ib_http_is_known(&message, "\"b\""));
    with("If-None-Match: *\r\n");
    assert_true(ib_http_is_known(&message, "\"b\""));
    with("If-None-Match: a\r\n");
    assert_false(ib_http_is_known(&message, "\"a\""));
}

static void packing(void **state) {
    (void)state;
    static const struct {
        const char *header;
        bool yes;
    } rows[] = {
        {"", false},
        {"Accept-Encoding: gzip, deflate, br\r\n", true},
        {"Accept-Encoding: br;q=1.0, GZIP;q=0.8\r\n", true},
        {"Accept-Encoding: gzip;q=0\r\n", false},
        {"Accept-Encoding: gzip; q=0.000\r\n", false},
        {"Accept-Encoding: *\r\n", true},
        {"Accept-Encoding: *;q=0\r\n", false},
        {"Accept-Encoding: *, gzip;q=0\r\n", false},
        {"Accept-Encoding: identity\r\n", false},
        {"Accept-Encoding:\r\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with(rows[i].header);
        if (ib_http_accepts_gzip(&message) != rows[i].yes)
            fail_msg("%s", rows[i].header);
    }
}

static void cookies(void **state) {
    (void)state;
    with("Cookie: a=1; ironbow_80=x=y; b\r\nCookie: late=2\r\n");
    assert_true(ib_slice_is(ib_http_cookie(&message, "a"), "1"));
    assert_true(ib_slice_is(ib_http_cookie(&message, "ironbow_80"), "x=y"));
    assert_true(ib_slice_is(ib_http_cookie(&message, "late"), "2"));
    assert_int_equal(ib_http_cookie(&message, "ironbow_8").size, 0);
    assert_int_equal(ib_http_cookie(&message, "b").size, 0);
}

static void authorities(void **state) {
    (void)state;
    static const struct {
        const char *text, *host;
        bool address;
        unsigned port;
    } good[] = {
        {"localhost", "localhost", false, 0},
        {"localhost:8080", "localhost", false, 8080},
        {"127.0.0.1:80", "127.0.0.1", true, 80},
        {"[::1]", "::1", true, 0},
        {"[fe80::1]:8080", "fe80::1", true, 8080},
        {"tCam-Mini-1B01.local", "tCam-Mini-1B01.local", false, 0},
        {"1.2.3.4.5", "1.2.3.4.5", false, 0},
        {"256.1.1.1", "256.1.1.1", false, 0},
        {"1.2.3.4.evil", "1.2.3.4.evil", false, 0},
        {"[::ffff:1.2.3.4]", "::ffff:1.2.3.4", true, 0},
    };
    static const char *const bad[] = {
        "",     ":80", "a:",  "a:0",    "a:65536", "a:b", "a b",        "a@b",     "a/b",
        "[::1", "[]",  "[a]", "[::1]x", "[::1]:",  "::1", "[evil.com]", "a:80:90", "[::1%25eth0]",
    };
    struct ib_authority out;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!ib_authority_read(ib_slice_of(good[i].text), &out) ||
            !ib_slice_is(out.host, good[i].host) || out.address != good[i].address ||
            out.port != good[i].port)
            fail_msg("%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (ib_authority_read(ib_slice_of(bad[i]), &out))
            fail_msg("%s", bad[i]);
    }
}

static bool same(const char *a, const char *b, unsigned port) {
    struct ib_authority x, y;
    assert_true(ib_authority_read(ib_slice_of(a), &x));
    assert_true(ib_authority_read(ib_slice_of(b), &y));
    return ib_authority_same(&x, &y, port);
}

static void authorities_are_compared(void **state) {
    (void)state;
    assert_true(same("Camera:8080", "camera:8080", 80));
    assert_true(same("camera", "camera:80", 80));
    assert_false(same("camera", "camera:80", 443));
    assert_false(same("camera:8080", "camera:8081", 80));
    assert_false(same("camera", "camera.evil", 80));
    assert_true(same("[::1]:80", "[::1]", 80));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges),      cmocka_unit_test(entity_tags),
        cmocka_unit_test(packing),     cmocka_unit_test(cookies),
        cmocka_unit_test(authorities), cmocka_unit_test(authorities_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
