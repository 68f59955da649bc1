/// Statistics of 16-bit pixels against sorting.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/status.h"
#include "image/statistics16.h"
#include "tests/core/support_random.h"

#define SIDE_PX 70

static uint16_t pixels[(SIDE_PX + 5) * SIDE_PX];
static uint32_t counts[65536];

static int by_value(const void *a, const void *b) {
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

/// What lies in roi, sorted.
static size_t sorted_of(uint16_t *out, const struct ib_image *image, struct ib_rect roi) {
    size_t count = 0;
    for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
        for (int32_t x = roi.x; x < roi.x + roi.w; x++)
            out[count++] = pixels[(uint32_t)y * image->stride_bytes / 2 + (uint32_t)x];
    }
    qsort(out, count, sizeof *out, by_value);
    return count;
}

static void everything_agrees_with_sorting(void **state) {
    static const size_t rooms[] = {256, 300, 4096, 65536};
    static uint16_t sorted[SIDE_PX * SIDE_PX];
    struct random random = {161616};
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        int32_t w = 1 + (int32_t)random_below(&random, SIDE_PX);
        int32_t h = 1 + (int32_t)random_below(&random, SIDE_PX);
        struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY16, w, h);
        image.stride_bytes += 2 * random_below(&random, 5);
        uint32_t span = 1u << random_below(&random, 17);
        uint32_t first = random_below(&random, 65536 - span + 1);
        for (size_t i = 0; i < sizeof pixels / sizeof pixels[0]; i++)
            pixels[i] = (uint16_t)(first + random_below(&random, span));
        struct ib_rect roi = {(int32_t)random_below(&random, (uint32_t)w),
                              (int32_t)random_below(&random, (uint32_t)h), 0, 0};
        roi.w = 1 + (int32_t)random_below(&random, (uint32_t)(w - roi.x));
        roi.h = 1 + (int32_t)random_below(&random, (uint32_t)(h - roi.y));
        size_t count = sorted_of(sorted, &image, roi);

        struct ib_statistics16 got;
        assert_int_equal(ib_statistics16(&got, &image, roi), count);
        assert_int_equal(got.min, sorted[0]);
        assert_int_equal(got.max, sorted[count - 1]);
        int32_t min_at = -1, max_at = -1; // in reading order
        double sum = 0, squares = 0;
        for (int32_t i = 0; i < (int32_t)count; i++) {
            int32_t x = roi.x + i % roi.w, y = roi.y + i / roi.w;
            uint16_t v = pixels[(uint32_t)y * image.stride_bytes / 2 + (uint32_t)x];
            if (v == got.min && min_at < 0)
                min_at = y * 1000 + x;
            if (v == got.max && max_at < 0)
                max_at = y * 1000 + x;
            sum += v;
        }
        for (size_t i = 0; i < count; i++)
            squares += pow(sorted[i] - sum / (double)count, 2);
        assert_int_equal(got.min_y * 1000 + got.min_x, min_at);
        assert_int_equal(got.max_y * 1000 + got.max_x, max_at);
        assert_true(fabs(got.mean - sum / (double)count) < 1e-9);
        assert_true(fabs(got.stdev - sqrt(squares / (double)count)) <= 1e-6 * (got.stdev + 1e-3));

        for (uint32_t permille = 0; permille <= 1000; permille += 125) {
            size_t rank = (count * permille + 999) / 1000;
            int wanted = sorted[rank ? rank - 1 : 0];
            for (size_t r = 0; r < sizeof rooms / sizeof rooms[0]; r++)
                assert_int_equal(ib_percentile16(&image, roi, permille, counts, rooms[r]), wanted);
        }
    }
}

static void flat_and_extreme_pictures(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY16, 60, 60);
    struct ib_rect all = {0, 0, 60, 60};
    struct ib_statistics16 got;
    static const uint16_t values[] = {0, 1, 30000, 65535};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t p = 0; p < 3600; p++)
            pixels[p] = values[i];
        assert_int_equal(ib_statistics16(&got, &image, all), 3600);
        assert_true(got.mean == values[i] && got.stdev == 0);
        assert_int_equal(got.max_x + got.max_y + got.min_x + got.min_y, 0);
        assert_int_equal(ib_percentile16(&image, all, 500, counts, 256), values[i]);
    }
    for (size_t p = 0; p < 3600; p++)
        pixels[p] = p % 2 ? 65535 : 0;
    ib_statistics16(&got, &image, all);
    assert_true(got.mean == 32767.5 && got.stdev == 32767.5);
}

static void bad_input_is_refused(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY16, 60, 60);
    struct ib_rect all = {0, 0, 60, 60}, none = {60, 0, 3, 3};
    struct ib_statistics16 got;
    (void)state;
    assert_int_equal(ib_statistics16(&got, &image, none), 0);
    assert_int_equal(got.count, 0);
    assert_int_equal(ib_percentile16(&image, none, 500, counts, 256), IB_E_INVAL);
    assert_int_equal(ib_percentile16(&image, all, 1001, counts, 256), IB_E_RANGE);
    assert_int_equal(ib_percentile16(&image, all, 500, counts, 255), IB_E_NO_SPACE);
    image.format = IB_PIXELS_GREY;
    assert_int_equal(ib_statistics16(&got, &image, all), IB_E_UNSUPPORTED);
    assert_int_equal(ib_percentile16(&image, all, 500, counts, 256), IB_E_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_agrees_with_sorting),
        cmocka_unit_test(flat_and_extreme_pictures),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
