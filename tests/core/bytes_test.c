/// Byte order, at odd addresses and with all bits set.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/bytes.h"

static void numbers_come_apart_and_together(void **state) {
    (void)state;
    const uint8_t wire[9] = {0x00, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0};
    assert_int_equal(ib_get_be16(wire + 1), 0x1234);
    assert_int_equal(ib_get_le16(wire + 1), 0x3412);
    assert_int_equal(ib_get_le32(wire + 1), 0x78563412);
    assert_true(ib_get_le64(wire + 1) == 0xF0DEBC9A78563412u);
    assert_true(ib_get_le32(wire + 5) == 0xF0DEBC9Au);

    uint8_t out[9] = {0};
    ib_put_be16(out + 1, 0x1234);
    ib_put_le16(out + 3, 0x7856);
    ib_put_le32(out + 5, 0xF0DEBC9A);
    assert_memory_equal(out, wire, sizeof wire);
}

static void words_have_the_low_one_first(void **state) {
    (void)state;
    const uint16_t words[2] = {0xBEEF, 0xDEAD};
    uint16_t out[2];
    assert_true(ib_words_to_u32(words) == 0xDEADBEEFu);
    ib_u32_to_words(out, 0xDEADBEEF);
    assert_memory_equal(out, words, sizeof words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_apart_and_together),
        cmocka_unit_test(words_have_the_low_one_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
