/// RGB565 as four bytes a pixel: every colour, every kind of vectors, every length.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "image/rgbx.h"
#include "tests/core/support_random.h"

static uint16_t colours[65536], back[65536];
static uint8_t rgbx[65536 * 4];

static void every_colour_goes_there_and_back(void **state) {
    (void)state;
    for (unsigned i = 0; i < 65536; i++)
        colours[i] = (uint16_t)i;
    for (enum ib_vectors v = IB_VECTORS_NONE; v <= ib_vectors_choose(IB_VECTORS_BEST); v++) {
        memset(rgbx, 0, sizeof rgbx);
        ib_rgbx_of_rgb565(rgbx, colours, 65536, v);
        for (unsigned i = 0; i < 65536; i++) {
            unsigned red = i >> 11, green = i >> 5 & 63, blue = i & 31;
            assert_int_equal(rgbx[4 * i], red * 8 + red / 4);
            assert_int_equal(rgbx[4 * i + 1], green * 4 + green / 16);
            assert_int_equal(rgbx[4 * i + 2], blue * 8 + blue / 4);
            assert_int_equal(rgbx[4 * i + 3], 255);
        }
        ib_rgb565_of_rgbx(back, rgbx, 65536, v);
        assert_memory_equal(back, colours, sizeof colours);
    }
}

static void lower_bits_are_lost(void **state) {
    struct random random = {565};
    (void)state;
    random_bytes(&random, rgbx, sizeof rgbx);
    for (enum ib_vectors v = IB_VECTORS_NONE; v <= ib_vectors_choose(IB_VECTORS_BEST); v++) {
        ib_rgb565_of_rgbx(back, rgbx, 65536, v);
        for (unsigned i = 0; i < 65536; i++) {
            const uint8_t *at = rgbx + 4 * i;
            assert_int_equal(back[i], at[0] / 8 * 2048 + at[1] / 4 * 32 + at[2] / 8);
        }
    }
}

/// In blocks of exactly their size: reading and writing behind them is seen by the sanitizers.
static void every_length_keeps_to_itself(void **state) {
    struct random random = {99};
    (void)state;
    for (size_t count = 0; count < 70; count++)
        for (enum ib_vectors v = IB_VECTORS_NONE; v <= ib_vectors_choose(IB_VECTORS_BEST); v++) {
            uint16_t *from = malloc(2 * count + 1), *to = malloc(2 * count + 1);
            uint8_t *wide = malloc(4 * count + 1);
            assert_true(from && to && wide);
            random_bytes(&random, from, 2 * count);
            ib_rgbx_of_rgb565(wide, from, count, v);
            ib_rgb565_of_rgbx(to, wide, count, v);
            assert_memory_equal(from, to, 2 * count);
            free(from);
            free(to);
            free(wide);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_colour_goes_there_and_back),
        cmocka_unit_test(lower_bits_are_lost),
        cmocka_unit_test(every_length_keeps_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
