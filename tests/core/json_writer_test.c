/// Printing JSON: tight, escaped as cJSON does it, and never past the storage.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base64.h"
#include "core/json.h"
#include "core/status.h"

static char room[512];

static void print_everything(struct ib_json_writer *json) {
    const uint8_t bytes[] = {1, 2, 3, 4};
    ib_json_open_object(json, NULL);
    ib_json_put_int(json, "zero", 0);
    ib_json_put_int(json, "least", INT64_MIN);
    ib_json_open_object(json, "status");
    ib_json_put_string(json, "Camera", "tCam-Mini-87E9");
    ib_json_put_string(json, "odd\"key", NULL);
    ib_json_close_object(json);
    ib_json_open_array(json, "list");
    ib_json_put_int(json, NULL, -7);
    ib_json_put_fixed(json, NULL, 2731, 2);
    ib_json_open_array(json, NULL);
    ib_json_close_array(json);
    ib_json_open_object(json, NULL);
    ib_json_close_object(json);
    ib_json_put_null(json, NULL);
    ib_json_close_array(json);
    ib_json_put_bool(json, "yes", true);
    ib_json_put_bool(json, "no", false);
    ib_json_put_null(json, "nothing");
    ib_json_put_fixed(json, "cold", -5, 1);
    ib_json_put_base64(json, "data", bytes, sizeof bytes);
    ib_json_put_base64(json, "none", bytes, 0);
    ib_json_close_object(json);
}

static const char everything[] =
    "{\"zero\":0,\"least\":-9223372036854775808,\"status\":{\"Camera\":\"tCam-Mini-87E9\","
    "\"odd\\\"key\":\"\"},\"list\":[-7,27.31,[],{},null],\"yes\":true,\"no\":false,"
    "\"nothing\":null,\"cold\":-0.5,\"data\":\"AQIDBA==\",\"none\":\"\"}";

static void every_kind_of_value(void **state) {
    (void)state;
    struct ib_json_writer json;
    ib_json_begin(&json, room, sizeof room);
    print_everything(&json);
    assert_int_equal(ib_json_finish(&json), sizeof everything - 1);
    assert_string_equal(room, everything);
    struct ib_json_value value;
    assert_int_equal(ib_json_parse(&value, room, sizeof room), IB_OK);
    assert_int_equal(value.size, sizeof everything - 1);
}

static void every_size_of_storage(void **state) {
    (void)state;
    for (size_t capacity = 0; capacity <= sizeof everything + 1; capacity++) {
        struct ib_json_writer json;
        memset(room, '#', sizeof room);
        ib_json_begin(&json, room, capacity);
        print_everything(&json);
        bool fits = capacity >= sizeof everything;
        assert_int_equal(ib_json_finish(&json), fits ? (int)sizeof everything - 1 : IB_E_NO_SPACE);
        assert_int_equal(json.cut, !fits);
        assert_true(json.size < capacity || capacity == 0);
        if (capacity > 0)
            assert_int_equal(room[json.size], '\0');
        assert_memory_equal(room, everything, json.size);
        for (size_t i = capacity; i < sizeof room; i++)
            assert_int_equal(room[i], '#');
    }
}

static void nothing_follows_a_cut(void **state) {
    (void)state;
    struct ib_json_writer json;
    ib_json_begin(&json, room, 8);
    ib_json_open_array(&json, NULL);
    ib_json_put_string(&json, NULL, "too long for it");
    size_t size = json.size;
    ib_json_put_int(&json, NULL, 1); // this alone would fit
    assert_int_equal(json.size, size);
    assert_int_equal(ib_json_finish(&json), IB_E_NO_SPACE);
}

static void strings_are_escaped_and_come_back(void **state) {
    (void)state;
    char all[128], out[128];
    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    all[127] = '\0';
    struct ib_json_writer json;
    ib_json_begin(&json, room, sizeof room);
    ib_json_put_string(&json, NULL, all);
    int size = ib_json_finish(&json);
    assert_true(size > 0);
    assert_non_null(strstr(room, "\\u0001\\u0002"));
    assert_non_null(strstr(room, "\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e"));
    assert_non_null(strstr(room, "\\u001f !\\\"#"));
    assert_non_null(strstr(room, "[\\\\]"));
    assert_non_null(strstr(room, "-./0")); // a slash stays as it is
    assert_non_null(strstr(room, "~\x7F\""));
    struct ib_json_value value;
    assert_int_equal(ib_json_parse(&value, room, (size_t)size), IB_OK);
    assert_int_equal(ib_json_string(&value, out, sizeof out), 127);
    assert_memory_equal(out, all, sizeof all);
}

/// A browser closes a WebSocket that says anything else (RFC 6455, 8.1).
static void whatever_is_put_utf8_comes_out(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"gr\xC3\xBC\xC3\x9F", "\"gr\xC3\xBC\xC3\x9F\""},
        {"\xE2\x82\xAC\xF0\x9F\x94\xA5", "\"\xE2\x82\xAC\xF0\x9F\x94\xA5\""},
        {"l\xFF", "\"l\xEF\xBF\xBD\""},
        {"\x80\"x", "\"\xEF\xBF\xBD\\\"x\""},
        {"cut\xC3", "\"cut\xEF\xBF\xBD\""},
        {"\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_json_writer json;
        ib_json_begin(&json, room, sizeof room);
        ib_json_put_string(&json, NULL, rows[i][0]);
        assert_int_equal(ib_json_finish(&json), strlen(rows[i][1]));
        assert_string_equal(room, rows[i][1]);
    }
}

static void a_size_that_would_wrap_does_not_fit(void **state) {
    (void)state;
    struct ib_json_writer json;
    ib_json_begin(&json, room, sizeof room);
    ib_json_put_base64(&json, NULL, room, SIZE_MAX - 1);
    assert_int_equal(ib_json_finish(&json), IB_E_NO_SPACE);
    ib_json_begin(&json, room, 7); // quotes, four characters and the terminator
    ib_json_put_base64(&json, NULL, "abc", 3);
    assert_int_equal(ib_json_finish(&json), 6);
    assert_string_equal(room, "\"YWJj\"");
    ib_json_begin(&json, room, 6);
    ib_json_put_base64(&json, NULL, "abc", 3);
    assert_int_equal(ib_json_finish(&json), IB_E_NO_SPACE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value),
        cmocka_unit_test(every_size_of_storage),
        cmocka_unit_test(nothing_follows_a_cut),
        cmocka_unit_test(strings_are_escaped_and_come_back),
        cmocka_unit_test(whatever_is_put_utf8_comes_out),
        cmocka_unit_test(a_size_that_would_wrap_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
