/// LAB and YUV: against their formulas in double precision, and against a peer's figures.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/color.h"
#include "image/lab.h"
#include "image/threshold.h"
#include "image/yuv.h"
#include "tests/core/support_random.h"

static double linear(double value) {
    double c = value / 255;
    return 100 * (c > 0.04045 ? pow((c + 0.055) / 1.055, 2.4) : c / 12.92);
}

static double curve(double t) {
    return t > 0.008856 ? cbrt(t) : 7.787037 * t + 0.137931;
}

static void slow_lab(unsigned code, int out[3]) {
    double r = linear(floor(((code >> 11) * 255 + 15.5) / 31));
    double g = linear(floor(((code >> 5 & 63) * 255 + 31.5) / 63));
    double b = linear(floor(((code & 31) * 255 + 15.5) / 31));
    double x = curve((r * 0.4124 + g * 0.3576 + b * 0.1805) / 95.047);
    double y = curve((r * 0.2126 + g * 0.7152 + b * 0.0722) / 100.000);
    double z = curve((r * 0.0193 + g * 0.1192 + b * 0.9505) / 108.883);
    out[0] = (int)lrint(116 * y) - 16;
    out[1] = (int)lrint(500 * (x - y));
    out[2] = (int)lrint(200 * (y - z));
}

static void every_colour_follows_the_formulas(void **state) {
    (void)state;
    for (unsigned code = 0; code < 65536; code++) {
        struct ib_lab got = ib_lab_of_rgb565((uint16_t)code);
        int one[3], two[3];
        slow_lab(code & ~1u, one);
        slow_lab(code | 1u, two);
        if (got.l != (one[0] + two[0]) / 2 || got.a != (one[1] + two[1]) / 2 ||
            got.b != (one[2] + two[2]) / 2)
            fail_msg("code 0x%04X", code);
    }
}

static void the_peers_examples_come_out(void **state) {
    (void)state;
    struct ib_lab lab = ib_lab_of_rgb565(ib_rgb565_of(120, 200, 120));
    assert_int_equal(lab.l, 75);
    assert_int_equal(lab.a, -40);
    assert_int_equal(lab.b, 34);
    uint16_t colour = ib_lab_rgb565(74, -38, 30);
    assert_int_equal(ib_rgb565_red(colour), 123);
    assert_int_equal(ib_rgb565_green(colour), 199);
    assert_int_equal(ib_rgb565_blue(colour), 123);
    assert_int_equal(ib_rgb565_luma(ib_rgb565_of(120, 200, 120)), 169);
    colour = ib_rgb565_of_grey(182);
    assert_int_equal(ib_rgb565_red(colour), 181);
    assert_int_equal(ib_rgb565_green(colour), 182);
    assert_int_equal(ib_rgb565_blue(colour), 181);
}

static void lab_and_back_is_nearly_the_same(void **state) {
    (void)state;
    for (unsigned code = 0; code < 65536; code += 7) {
        struct ib_lab lab = ib_lab_of_rgb565((uint16_t)code);
        uint16_t back = ib_lab_rgb565(lab.l, lab.a, lab.b);
        int red = ib_rgb565_red((uint16_t)code) - ib_rgb565_red(back);
        int green = ib_rgb565_green((uint16_t)code) - ib_rgb565_green(back);
        // Steps of L, A, B are coarse where it is dark.
        if (lab.l > 40 && (abs(red) > 24 || abs(green) > 14))
            fail_msg("0x%04X became 0x%04X", code, back);
    }
    assert_int_equal(ib_lab_rgb565(0, 0, 0), 0);
    assert_int_equal(ib_lab_rgb565(100, 127, 127) >> 11, 31);
    for (int l = -300; l <= 300; l += 60) { // nonsense gives some colour
        for (int a = -300; a <= 300; a += 60)
            (void)ib_lab_rgb565(l, a, -a);
    }
}

static void yuv_follows_its_formulas(void **state) {
    (void)state;
    for (unsigned code = 0; code < 65536; code++) {
        int r = ib_rgb565_red((uint16_t)code), g = ib_rgb565_green((uint16_t)code);
        int b = ib_rgb565_blue((uint16_t)code);
        struct ib_yuv got = ib_yuv_of_rgb565((uint16_t)code);
        assert_int_equal(got.y, (int)floor((38 * r + 75 * g + 15 * b) / 128.0));
        assert_int_equal(got.u, (int)floor((-21 * r - 43 * g + 64 * b) / 128.0));
        assert_int_equal(got.v, (int)floor((64 * r - 54 * g - 10 * b) / 128.0));
    }
    for (int y = 0; y < 256; y += 5) {
        for (int u = -128; u < 128; u += 3) {
            for (int v = -128; v < 128; v += 3) {
                double r = y + floor(91881.0 * v / 65536);
                double g = y - floor((22554.0 * u + 46802.0 * v) / 65536);
                double b = y + floor(116130.0 * u / 65536);
                unsigned held[3] = {(unsigned)fmin(fmax(r, 0), 255),
                                    (unsigned)fmin(fmax(g, 0), 255),
                                    (unsigned)fmin(fmax(b, 0), 255)};
                assert_int_equal(ib_yuv_rgb565(y, u, v), ib_rgb565_of(held[0], held[1], held[2]));
            }
        }
    }
}

static void pictures_of_yuv_are_converted(void **state) {
    static uint8_t bytes[20 * 40];
    static uint32_t out[20 * 20];
    struct random random = {5};
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        int32_t w = 1 + (int32_t)random_below(&random, 20),
                h = 1 + (int32_t)random_below(&random, 9);
        struct ib_yuv422 yuv = {bytes, w, h, 2 * (uint32_t)w + random_below(&random, 3), round % 2};
        random_bytes(&random, bytes, sizeof bytes);
        struct ib_image dst = ib_image_of(out, (enum ib_pixels)(round % 3), w, h);
        assert_int_equal(ib_yuv422_convert(&yuv, &dst), IB_OK);
        for (int32_t y = 0; y < h; y++) {
            const uint8_t *row = bytes + (uint32_t)y * yuv.stride_bytes;
            for (int32_t x = 0; x < w; x++) {
                int even = row[2 * (x & ~1) + 1] - 128;
                int32_t partner = (x | 1) < w ? (x | 1) : x - 1;
                int odd = partner < 0 ? 0 : row[2 * partner + 1] - 128;
                int u = yuv.swapped ? odd : even, v = yuv.swapped ? even : odd;
                uint8_t *line = ib_image_row(&dst, y);
                if (dst.format == IB_PIXELS_GREY)
                    assert_int_equal(line[x], row[2 * x]);
                else if (dst.format == IB_PIXELS_BINARY)
                    assert_int_equal(ib_bit_get((uint32_t *)(void *)line, x), row[2 * x] > 127);
                else
                    assert_int_equal(((uint16_t *)(void *)line)[x],
                                     ib_yuv_rgb565(row[2 * x], u, v));
            }
        }
        dst.width_px++;
        assert_int_equal(ib_yuv422_convert(&yuv, &dst), IB_E_INVAL);
        dst.format = IB_PIXELS_RGB888;
        assert_int_equal(ib_yuv422_convert(&yuv, &dst), IB_E_UNSUPPORTED);
    }
}

static void thresholds_are_held_and_put_in_order(void **state) {
    static const int32_t wild[7] = {300, -5, 127, -128, 900, -900, 1};
    struct ib_threshold got;
    (void)state;
    ib_threshold_of(&got, wild, 7);
    assert_int_equal(got.low[0], 0);
    assert_int_equal(got.high[0], 255);
    assert_int_equal(got.low[1], -128);
    assert_int_equal(got.high[1], 127);
    assert_int_equal(got.low[2], -128);
    assert_int_equal(got.high[2], 127);
    static const int32_t three[3] = {70, 20, 5};
    ib_threshold_of(&got, three, 3);
    assert_int_equal(got.low[0], 20);
    assert_int_equal(got.high[0], 70);
    assert_int_equal(got.low[1], 5);
    assert_int_equal(got.high[1], 127);
    ib_threshold_of(&got, NULL, 0);
    assert_true(ib_threshold_matches(&got, IB_PIXELS_RGB565, 0x1234));
    ib_threshold_of(&got, three, 2);
    assert_true(ib_threshold_matches(&got, IB_PIXELS_GREY, 20));
    assert_true(ib_threshold_matches(&got, IB_PIXELS_GREY, 70));
    assert_false(ib_threshold_matches(&got, IB_PIXELS_GREY, 19));
    assert_false(ib_threshold_matches(&got, IB_PIXELS_GREY, 71));
    uint16_t green = ib_rgb565_of(120, 200, 120); // 75, -40, 34
    static const int32_t around[6] = {75, 75, -40, -40, 34, 34};
    ib_threshold_of(&got, around, 6);
    assert_true(ib_threshold_matches(&got, IB_PIXELS_RGB565, green));
    for (int i = 0; i < 3; i++) {
        struct ib_threshold beside = got;
        beside.low[i]++;
        beside.high[i]++;
        assert_false(ib_threshold_matches(&beside, IB_PIXELS_RGB565, green));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_colour_follows_the_formulas),
        cmocka_unit_test(the_peers_examples_come_out),
        cmocka_unit_test(lab_and_back_is_nearly_the_same),
        cmocka_unit_test(yuv_follows_its_formulas),
        cmocka_unit_test(pictures_of_yuv_are_converted),
        cmocka_unit_test(thresholds_are_held_and_put_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
