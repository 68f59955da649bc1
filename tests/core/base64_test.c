/// Base64: RFC 4648's examples, every path against the definition, and what decoding refuses.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base64.h"
#include "core/base64_x86.h"
#include "core/status.h"
#include "tests/core/support_random.h"

#define LARGEST 700

/// The definition: six bits at a time.
static size_t by_definition(char *out, const uint8_t *data, size_t size) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t chars = 0;
    for (size_t bit = 0; bit < size * 8; bit += 6) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 6; i++)
            value = value << 1 | (i < size * 8 ? (unsigned)data[i / 8] >> (7 - i % 8) & 1 : 0);
        out[chars++] = letters[value];
    }
    while (chars % 4 != 0)
        out[chars++] = '=';
    return chars;
}

static const struct {
    const char *bytes;
    const char *text;
} examples[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}};

static void examples_of_the_rfc(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char text[16];
        uint8_t bytes[16];
        size_t size = strlen(examples[i].bytes);
        size_t chars = strlen(examples[i].text);
        assert_int_equal(IB_BASE64_CHARS(size), chars);
        assert_int_equal(ib_base64_encode(text, examples[i].bytes, size), chars);
        assert_memory_equal(text, examples[i].text, chars);
        assert_int_equal(ib_base64_decode(bytes, size, examples[i].text, chars), size);
        assert_memory_equal(bytes, examples[i].bytes, size);
    }
}

typedef size_t (*vector_encoder)(char *out, const uint8_t *data, size_t size);

static void check_vector_path(vector_encoder encode, const uint8_t *data, size_t size,
                              const char *expected) {
    char text[IB_BASE64_CHARS(LARGEST) + 1];
    memset(text, '#', sizeof text);
    size_t taken = encode(text, data, size);
    assert_true(taken <= size && taken % 3 == 0 && size - taken < 96);
    assert_memory_equal(text, expected, taken / 3 * 4);
    assert_int_equal(text[IB_BASE64_CHARS(size)], '#');
}

static void every_length_on_every_path(void **state) {
    (void)state;
    static uint8_t data[LARGEST];
    struct random random = {5};
    for (size_t size = 0; size <= LARGEST; size++) {
        char expected[IB_BASE64_CHARS(LARGEST)], text[IB_BASE64_CHARS(LARGEST) + 1];
        uint8_t back[LARGEST];
        uint8_t *at = data + LARGEST - size; // the sanitizer guards the end
        random_bytes(&random, at, size);
        size_t chars = by_definition(expected, at, size);
        memset(text, '#', sizeof text);
        assert_int_equal(ib_base64_encode(text, at, size), chars);
        assert_memory_equal(text, expected, chars);
        assert_int_equal(text[chars], '#');
        assert_int_equal(ib_base64_encode_portable(text, at, size), chars);
        assert_memory_equal(text, expected, chars);
        assert_int_equal(ib_base64_decode(back, size, text, chars), size);
        assert_memory_equal(back, at, size);
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2"))
            check_vector_path(ib_base64_encode_avx2, at, size, expected);
        if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw"))
            check_vector_path(ib_base64_encode_vbmi, at, size, expected);
#endif
    }
}

static void all_values_at_all_places(void **state) {
    (void)state;
    for (unsigned place = 0; place < 96; place++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t data[96];
            char text[128], expected[128];
            memset(data, (int)(value ^ 0xFF), sizeof data);
            data[place] = (uint8_t)value;
            by_definition(expected, data, sizeof data);
            ib_base64_encode(text, data, sizeof data);
            assert_memory_equal(text, expected, sizeof expected);
        }
    }
}

static void what_decoding_refuses(void **state) {
    (void)state;
    const struct {
        const char *text;
        int result;
    } cases[] = {{"Zg==", 1},
                 {" \r\nZm9v\r\nYmFy \n", 6},
                 {"Zm9v    Zg==\n", 4},
                 {"", 0},
                 {"  \n", 0},
                 {"Z", IB_E_FORMAT},
                 {"Zm9", IB_E_FORMAT},
                 {"Zm9vYg", IB_E_FORMAT},
                 {"Zm9v=", IB_E_FORMAT},
                 {"====", IB_E_FORMAT},
                 {"Z===", IB_E_FORMAT},
                 {"Zg=v", IB_E_FORMAT},
                 {"Zg==Zg==", IB_E_FORMAT},
                 {"Zg== Z", IB_E_FORMAT},
                 {"Zm8=Zm9v", IB_E_FORMAT},
                 {"Zh==", IB_E_FORMAT}, // bits that stand for nothing
                 {"Zm9=", IB_E_FORMAT},
                 {"Zm 9v", IB_E_FORMAT}, // a blank inside a group
                 {"Zm-v", IB_E_FORMAT},
                 {"Zm_v", IB_E_FORMAT},
                 {"Zm9v\t", IB_E_FORMAT},
                 {"Zm9v\xC3\xA4 ", IB_E_FORMAT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[16];
        int result = ib_base64_decode(bytes, sizeof bytes, cases[i].text, strlen(cases[i].text));
        if (result != cases[i].result)
            fail_msg("\"%s\" gives %d", cases[i].text, result);
    }
    uint8_t bytes[4];
    assert_int_equal(ib_base64_decode(bytes, 4, "AA\0A", 4), IB_E_FORMAT);
}

static void what_does_not_fit(void **state) {
    (void)state;
    uint8_t bytes[7] = {0, 0, 0, 0, 0, 0, 0xEE};
    for (size_t capacity = 0; capacity <= 6; capacity++) {
        int expected = capacity < 6 ? IB_E_NO_SPACE : 6;
        assert_int_equal(ib_base64_decode(bytes, capacity, "Zm9vYmFy", 8), expected);
        assert_int_equal(ib_base64_decode(bytes, capacity, "Zm9vYmE=", 8),
                         capacity < 5 ? IB_E_NO_SPACE : 5);
        assert_int_equal(ib_base64_decode(bytes, capacity, "Zm9vYg==", 8),
                         capacity < 4 ? IB_E_NO_SPACE : 4);
    }
    assert_int_equal(bytes[6], 0xEE);
}

static void every_single_character(void **state) {
    (void)state;
    unsigned good = 0;
    for (int c = 0; c < 256; c++) {
        char text[4] = {'A', (char)c, 'A', 'A'}, again[4];
        uint8_t bytes[3];
        if (ib_base64_decode(bytes, 3, text, 4) != 3)
            continue;
        good++;
        ib_base64_encode(again, bytes, 3);
        assert_memory_equal(again, text, 4);
    }
    assert_int_equal(good, 64);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc),      cmocka_unit_test(every_length_on_every_path),
        cmocka_unit_test(all_values_at_all_places), cmocka_unit_test(what_decoding_refuses),
        cmocka_unit_test(what_does_not_fit),        cmocka_unit_test(every_single_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
