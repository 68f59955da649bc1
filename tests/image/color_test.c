/// Formats into each other: OpenMV's own examples, and every value there is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/color.h"

/// Source: the colour conversion unit tests of OpenMV 5.0.
static void openmvs_examples(void **state) {
    (void)state;
    uint16_t grey = ib_rgb565_of_grey(182);
    assert_int_equal(ib_rgb565_red(grey), 181);
    assert_int_equal(ib_rgb565_green(grey), 182);
    assert_int_equal(ib_rgb565_blue(grey), 181);
    assert_int_equal(ib_rgb565_luma(ib_rgb565_of(120, 200, 120)), 169);
}

static void every_colour_survives_eight_bits(void **state) {
    (void)state;
    for (unsigned c = 0; c < 65536; c++) {
        uint16_t colour = (uint16_t)c;
        unsigned red = ib_rgb565_red(colour), green = ib_rgb565_green(colour),
                 blue = ib_rgb565_blue(colour);
        assert_int_equal(ib_rgb565_of(red, green, blue), colour);
        // Repeated bits are what the nearest 8-bit value would be, within one step.
        assert_true(red * 31 + 31 >= ib_rgb565_red5(colour) * 255);
        assert_true(red * 31 <= ib_rgb565_red5(colour) * 255 + 31);
        assert_int_equal(ib_rgb565_channel(colour, 0), red);
        assert_int_equal(ib_rgb565_channel(colour, 1), green);
        assert_int_equal(ib_rgb565_channel(colour, 2), blue);
        assert_int_equal(ib_rgb565_luma(colour), (38 * red + 75 * green + 15 * blue) / 128);
    }
    assert_int_equal(ib_rgb565_red(0xFFFF) + ib_rgb565_green(0xFFFF) + ib_rgb565_blue(0xFFFF), 765);
}

static void bits_are_the_brighter_half(void **state) {
    (void)state;
    for (unsigned v = 0; v < 256; v++)
        assert_int_equal(ib_bit_of_grey(v), v >= 128);
    assert_int_equal(ib_grey_of_bit(true), 255);
    assert_int_equal(ib_grey_of_bit(false), 0);
    uint32_t row[3] = {0, 0, 0};
    ib_bit_put(row, 33, true);
    ib_bit_put(row, 95, true);
    assert_int_equal(row[0], 0);
    assert_int_equal(row[1], 2);
    assert_true(row[2] == 0x80000000u);
    assert_true(ib_bit_get(row, 33) && ib_bit_get(row, 95) && !ib_bit_get(row, 34));
    ib_bit_put(row, 33, false);
    assert_int_equal(row[1], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openmvs_examples),
        cmocka_unit_test(every_colour_survives_eight_bits),
        cmocka_unit_test(bits_are_the_brighter_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
