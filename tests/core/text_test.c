/// Short texts: numbers as people write them, and never a byte past the storage.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/text.h"

static char room[128];

static struct ib_text fresh(void) {
    struct ib_text text;
    memset(room, 'x', sizeof room);
    ib_text_init(&text, room, sizeof room);
    return text;
}

static void whole_numbers(void **state) {
    (void)state;
    const int64_t numbers[] = {0, 1, -1, 9, 10, 99, 100, -2731, INT32_MAX, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char expected[32];
        struct ib_text text = fresh();
        snprintf(expected, sizeof expected, "%lld", (long long)numbers[i]);
        ib_text_i64(&text, numbers[i]);
        assert_string_equal(room, expected);
        assert_int_equal(text.size, strlen(expected));
    }
    struct ib_text text = fresh();
    ib_text_u64(&text, UINT64_MAX);
    assert_string_equal(room, "18446744073709551615");
}

static void padded_and_hexadecimal_numbers(void **state) {
    (void)state;
    struct ib_text text = fresh();
    ib_text_pad(&text, 7, 2);
    ib_text_char(&text, ':');
    ib_text_pad(&text, 123, 2);
    ib_text_char(&text, ':');
    ib_text_pad(&text, 0, 0);
    ib_text_char(&text, ':');
    ib_text_pad(&text, UINT32_MAX, 14);
    ib_text_char(&text, ':');
    ib_text_hex(&text, 0x4E, 4);
    ib_text_char(&text, ':');
    ib_text_hex(&text, 0xFEDCBA9876543210, 16);
    ib_text_char(&text, ':');
    ib_text_hex(&text, 0xABC, 2);
    assert_string_equal(room, "07:123:0:00004294967295:004E:FEDCBA9876543210:BC");
    assert_false(text.cut);
}

static void fixed_point_numbers(void **state) {
    (void)state;
    const struct {
        int64_t value;
        unsigned places;
        const char *text;
    } cases[] = {{2731, 2, "27.31"},
                 {-5, 1, "-0.5"},
                 {0, 2, "0.00"},
                 {7, 0, "7"},
                 {-7, 0, "-7"},
                 {-100, 2, "-1.00"},
                 {99, 3, "0.099"},
                 {INT64_MIN, 18, "-9.223372036854775808"},
                 {1, 18, "0.000000000000000001"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ib_text text = fresh();
        ib_text_fixed(&text, cases[i].value, cases[i].places);
        assert_string_equal(room, cases[i].text);
    }
}

static void whatever_does_not_fit_is_cut(void **state) {
    (void)state;
    for (size_t capacity = 0; capacity < 12; capacity++) {
        struct ib_text text;
        memset(room, 'x', sizeof room);
        ib_text_init(&text, room, capacity);
        ib_text_str(&text, "time");
        ib_text_char(&text, ' ');
        ib_text_u64(&text, 12345);
        size_t expected = capacity == 0 ? 0 : capacity - 1 < 10 ? capacity - 1 : 10;
        assert_int_equal(text.size, expected);
        assert_int_equal(text.cut, capacity < 11);
        assert_memory_equal(room, "time 12345", expected);
        if (capacity > 0)
            assert_int_equal(room[expected], '\0');
        for (size_t i = capacity; i < sizeof room; i++)
            assert_int_equal(room[i], 'x');
    }
}

static void nothing_cannot_be_cut(void **state) {
    (void)state;
    struct ib_text text;
    ib_text_init(&text, room, 1);
    ib_text_str(&text, "");
    ib_text_bytes(&text, NULL, 0);
    assert_false(text.cut);
    ib_text_char(&text, 'a');
    assert_true(text.cut);
    assert_string_equal(room, "");
}

static void case_does_not_matter(void **state) {
    (void)state;
    assert_true(ib_text_same("stream_ON", "Stream_on"));
    assert_true(ib_text_same("", ""));
    assert_false(ib_text_same("stream_on", "stream_o"));
    assert_false(ib_text_same("", "a"));
    assert_false(ib_text_same("[", "{")); // 0x20 apart, but no letters
    assert_false(ib_text_same("@", "`"));
    assert_false(ib_text_same("\xC3\x84", "\xC3\xA4")); // ASCII only
}

static size_t encode(char out[4], uint32_t code) {
    size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = count - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(first[count] | code);
    return count;
}

static void every_character_is_one_and_nothing_else(void **state) {
    (void)state;
    char text[4];
    for (uint32_t code = 0; code < 0x120000; code++) {
        size_t size = encode(text, code);
        bool good = code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
        assert_int_equal(ib_text_utf8(text, size), good ? size : 0);
        if (good && size > 1)
            assert_int_equal(ib_text_utf8(text, size - 1), 0);
    }
    // Longer than need be; no first byte; no second one.
    static const char *const bad[] = {"\xC0\x80", "\xC1\xBF",  "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",
                                      "\x80\x80", "\xBF",      "\xF8\x88\x80", "\xFF\xFF",
                                      "\xC3(",    "\xE2\x82(", "\xF0\x9F\x94("};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ib_text_utf8(bad[i], strlen(bad[i])), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(padded_and_hexadecimal_numbers),
        cmocka_unit_test(fixed_point_numbers),
        cmocka_unit_test(whatever_does_not_fit_is_cut),
        cmocka_unit_test(nothing_cannot_be_cut),
        cmocka_unit_test(case_does_not_matter),
        cmocka_unit_test(every_character_is_one_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
