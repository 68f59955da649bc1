/// Pictures of one colour a pixel: flat colours and ramps come back, whatever the order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/bayer.h"
#include "image/color.h"
#include "tests/core/support_random.h"

static const char *const orders[4] = {"BGGR", "GBRG", "GRBG", "RGGB"};
static uint8_t bytes[64 * 64];
static uint32_t out[64 * 64];

/// 0 red, 1 green, 2 blue.
static int colour_at(int order, int x, int y) {
    char letter = orders[order][(y & 1) * 2 + (x & 1)];
    return letter == 'R' ? 0 : letter == 'G' ? 1 : 2;
}

static void a_flat_colour_comes_back(void **state) {
    static const uint8_t rgb[3] = {200, 90, 33};
    (void)state;
    for (int order = 0; order < 4; order++) {
        for (int size = 2; size < 9; size++) {
            struct ib_bayer bayer = {bytes, size, size + 1, 16, (enum ib_bayer_order)order};
            struct ib_image dst = ib_image_of(out, IB_PIXELS_RGB565, size, size + 1);
            for (int i = 0; i < 16 * 16; i++)
                bytes[i] = rgb[colour_at(order, i % 16, i / 16)];
            assert_int_equal(ib_bayer_convert(&bayer, &dst), IB_OK);
            for (int y = 0; y <= size; y++) {
                for (int x = 0; x < size; x++) {
                    uint8_t got[3];
                    ib_bayer_at(&bayer, x, y, got);
                    assert_memory_equal(got, rgb, 3);
                    assert_int_equal(((uint16_t *)(void *)ib_image_row(&dst, y))[x],
                                     ib_rgb565_of(200, 90, 33));
                }
            }
        }
    }
}

/// The mean of a colour among the nearest pixels that have it.
static int slow(int order, int w, int h, int stride, int x, int y, int colour) {
    int sum = 0, count = 0;
    if (colour_at(order, x, y) == colour)
        return bytes[y * stride + x];
    for (int dy = -1; dy <= 1; dy++) {
        for (int dx = -1; dx <= 1; dx++) {
            bool straight = dx == 0 || dy == 0;
            if (colour_at(order, x + dx + 2, y + dy + 2) != colour || (colour == 1 && !straight))
                continue;
            int at_x = abs(x + dx), at_y = abs(y + dy);
            at_x = at_x >= w ? 2 * (w - 1) - at_x : at_x;
            at_y = at_y >= h ? 2 * (h - 1) - at_y : at_y;
            sum += bytes[at_y * stride + at_x];
            count++;
        }
    }
    return sum / count;
}

static void noise_agrees_with_the_slow_way(void **state) {
    struct random random = {99};
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        int w = 2 + (int)random_below(&random, 20), h = 2 + (int)random_below(&random, 20);
        int stride = w + (int)random_below(&random, 4), order = (int)(round % 4);
        struct ib_bayer bayer = {bytes, w, h, (uint32_t)stride, (enum ib_bayer_order)order};
        struct ib_image dst = ib_image_of(out, (enum ib_pixels)(round % 3), w, h);
        random_bytes(&random, bytes, sizeof bytes);
        assert_int_equal(ib_bayer_convert(&bayer, &dst), IB_OK);
        for (int y = 0; y < h; y++) {
            uint8_t *row = ib_image_row(&dst, y);
            for (int x = 0; x < w; x++) {
                unsigned rgb[3];
                uint8_t got[3];
                ib_bayer_at(&bayer, x, y, got);
                for (int c = 0; c < 3; c++) {
                    rgb[c] = (unsigned)slow(order, w, h, stride, x, y, c);
                    assert_int_equal(got[c], rgb[c]);
                }
                unsigned luma = ib_luma_of(rgb[0], rgb[1], rgb[2]);
                if (dst.format == IB_PIXELS_GREY)
                    assert_int_equal(row[x], luma);
                else if (dst.format == IB_PIXELS_BINARY)
                    assert_int_equal(ib_bit_get((uint32_t *)(void *)row, x), luma > 127);
                else
                    assert_int_equal(((uint16_t *)(void *)row)[x],
                                     ib_rgb565_of(rgb[0], rgb[1], rgb[2]));
            }
        }
    }
}

static void the_smallest_pictures_are_pictures(void **state) {
    struct ib_bayer bayer = {bytes, 1, 1, 1, IB_BAYER_RGGB};
    struct ib_image dst = ib_image_of(out, IB_PIXELS_GREY, 1, 1);
    (void)state;
    bytes[0] = 77;
    assert_int_equal(ib_bayer_convert(&bayer, &dst), IB_OK);
    assert_int_equal(*(uint8_t *)out, 77);
    dst.height_px = 2;
    assert_int_equal(ib_bayer_convert(&bayer, &dst), IB_E_INVAL);
    dst.format = IB_PIXELS_GREY16;
    assert_int_equal(ib_bayer_convert(&bayer, &dst), IB_E_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flat_colour_comes_back),
        cmocka_unit_test(noise_agrees_with_the_slow_way),
        cmocka_unit_test(the_smallest_pictures_are_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
