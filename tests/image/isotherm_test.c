/// Isotherms against asking every pixel.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/draw.h"
#include "image/isotherm.h"
#include "tests/core/support_random.h"

enum { WIDTH = 90, HEIGHT = 70 };

static uint32_t pixels[WIDTH * HEIGHT];
static uint16_t values[60 * 60];

static void every_pixel_in_the_band_is_coloured(void **state) {
    static const enum ib_pixels formats[] = {IB_PIXELS_GREY, IB_PIXELS_RGB565, IB_PIXELS_RGB888,
                                             IB_PIXELS_BINARY};
    struct random random = {20261205};
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        struct ib_image picture = ib_image_of(pixels, formats[round % 4], WIDTH, HEIGHT);
        struct ib_image frame =
            ib_image_of(values, IB_PIXELS_GREY16, 1 + (int32_t)random_below(&random, 60),
                        1 + (int32_t)random_below(&random, 60));
        struct ib_rect place = {
            (int32_t)random_below(&random, 120) - 60, (int32_t)random_below(&random, 120) - 60,
            1 + (int32_t)random_below(&random, 200), 1 + (int32_t)random_below(&random, 200)};
        struct ib_isotherm isotherm = {.colour = ~0u, .alpha = 255};
        isotherm.low = (uint16_t)random_below(&random, 300);
        isotherm.high = (uint16_t)random_below(&random, 300);
        isotherm.stripe_px = round % 3 ? 0 : (uint8_t)random_below(&random, 5);
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
            values[i] = (uint16_t)random_below(&random, 300);
        memset(pixels, 0, sizeof pixels);
        assert_int_equal(ib_isotherm_draw(&isotherm, &picture, place, &frame), IB_OK);
        for (int32_t y = 0; y < HEIGHT; y++) {
            for (int32_t x = 0; x < WIDTH; x++) {
                int32_t px = x - place.x, py = y - place.y;
                bool wanted = px >= 0 && py >= 0 && px < place.w && py < place.h;
                if (wanted) {
                    uint16_t v = values[py * frame.height_px / place.h * frame.width_px +
                                        px * frame.width_px / place.w];
                    wanted = v >= isotherm.low && v <= isotherm.high;
                }
                if (isotherm.stripe_px && (x + y) / isotherm.stripe_px % 2)
                    wanted = false;
                if ((ib_draw_get(&picture, x, y) != 0) != wanted)
                    fail_msg("round %u at %d,%d", round, x, y);
            }
        }
    }
}

static void alpha_mixes(void **state) {
    uint8_t rgb[3];
    uint16_t value = 500;
    struct ib_image picture = ib_image_of(rgb, IB_PIXELS_RGB888, 1, 1);
    struct ib_image frame = ib_image_of(&value, IB_PIXELS_GREY16, 1, 1);
    struct ib_rect all = {0, 0, 1, 1};
    (void)state;
    for (int alpha = 0; alpha <= 255; alpha++) {
        struct ib_isotherm isotherm = {500, 500, 0xC80000, (uint8_t)alpha, 0};
        memset(rgb, 100, 3);
        ib_isotherm_draw(&isotherm, &picture, all, &frame);
        assert_true(abs(rgb[0] - (100 * (255 - alpha) + 200 * alpha) / 255) <= 1);
        assert_true(abs(rgb[2] - 100 * (255 - alpha) / 255) <= 1);
    }
    assert_int_equal(rgb[0], 200);
    assert_int_equal(rgb[1], 0);
}

static void bad_input_is_refused(void **state) {
    struct ib_image picture = ib_image_of(pixels, IB_PIXELS_RGB565, WIDTH, HEIGHT);
    struct ib_image frame = ib_image_of(values, IB_PIXELS_GREY16, 60, 60);
    struct ib_isotherm isotherm = {0, 65535, 1, 255, 0};
    struct ib_rect all = {0, 0, WIDTH, HEIGHT}, none = {0, 0, 0, 5};
    struct ib_rect far = {INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX};
    struct ib_rect huge = {-1000000000, -1000000000, INT32_MAX, INT32_MAX};
    (void)state;
    assert_int_equal(ib_isotherm_draw(&isotherm, &picture, all, &picture), IB_E_UNSUPPORTED);
    assert_int_equal(ib_isotherm_draw(&isotherm, &picture, none, &frame), IB_E_INVAL);
    memset(pixels, 0, sizeof pixels);
    assert_int_equal(ib_isotherm_draw(&isotherm, &picture, far, &frame), IB_OK);
    assert_int_equal(ib_draw_get(&picture, 0, 0), 0);
    assert_int_equal(ib_isotherm_draw(&isotherm, &picture, huge, &frame), IB_OK);
    assert_int_equal(ib_draw_get(&picture, WIDTH - 1, HEIGHT - 1), 1);
    frame.width_px = 0;
    assert_int_equal(ib_isotherm_draw(&isotherm, &picture, all, &frame), IB_E_INVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_in_the_band_is_coloured),
        cmocka_unit_test(alpha_mixes),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
