/// Histograms of one and three channels: against a slow count, with thresholds and differences.
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
#include "image/histograms.h"
#include "image/lab.h"
#include "tests/core/support_random.h"

#define SEED 20261129

enum { ROOM = 200 * 150 };

static uint16_t pixels[ROOM], others[ROOM];
static uint64_t scratch[(IB_LAB_CODES * 4 + 512) / 8];

static unsigned pixel_at(const struct ib_image *image, int32_t x, int32_t y) {
    const uint8_t *row = ib_image_row(image, y);
    return image->format == IB_PIXELS_RGB565 ? ((const uint16_t *)(const void *)row)[x]
           : image->format == IB_PIXELS_GREY ? row[x]
                                             : ib_bit_get((const uint32_t *)(const void *)row, x);
}

static unsigned apart(unsigned a, unsigned b) {
    return a > b ? a - b : b - a;
}

/// The values of a pixel's channels, counted from each channel's lowest.
static void values_of(enum ib_pixels format, unsigned pixel, int out[3]) {
    out[0] = (int)pixel;
    if (format == IB_PIXELS_RGB565) {
        struct ib_lab lab = ib_lab_of_rgb565((uint16_t)pixel);
        out[0] = lab.l;
        out[1] = lab.a + 128;
        out[2] = lab.b + 128;
    }
}

static int spans_of(enum ib_pixels format, int out[3]) {
    out[0] = format == IB_PIXELS_RGB565 ? 100 : format == IB_PIXELS_GREY ? 255 : 1;
    out[1] = out[2] = 255;
    return format == IB_PIXELS_RGB565 ? 3 : 1;
}

static int slow_weight(const struct ib_histograms_wish *wish, enum ib_pixels format,
                       const int values[3]) {
    int times = wish->thresholds_count == 0;
    for (uint32_t i = 0; i < wish->thresholds_count; i++) {
        const struct ib_threshold *t = &wish->thresholds[i];
        bool in = values[0] >= t->low[0] && values[0] <= t->high[0];
        for (int c = 1; c < 3 && format == IB_PIXELS_RGB565; c++)
            in = in && values[c] - 128 >= t->low[c] && values[c] - 128 <= t->high[c];
        times += in != wish->invert;
    }
    return times;
}

static long slow_histograms(uint32_t out[3][256], const struct ib_image *image,
                            const struct ib_histograms_wish *wish) {
    int spans[3], channels = spans_of(image->format, spans);
    struct ib_rect roi = ib_rect_clip(wish->roi, image->width_px, image->height_px);
    long total = 0;
    memset(out, 0, 3 * 256 * sizeof(uint32_t));
    for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
        for (int32_t x = roi.x; x < roi.x + roi.w; x++) {
            unsigned a = pixel_at(image, x, y);
            unsigned b = wish->difference ? pixel_at(wish->difference, x, y) : 0;
            if (wish->difference && image->format == IB_PIXELS_RGB565)
                a = apart(a >> 11, b >> 11) << 11 | apart(a >> 5 & 63, b >> 5 & 63) << 5 |
                    apart(a & 31, b & 31);
            else if (wish->difference)
                a = apart(a, b);
            int values[3];
            values_of(image->format, a, values);
            int times = slow_weight(wish, image->format, values);
            total += times;
            for (int c = 0; c < channels; c++) {
                uint32_t bins = wish->bins[c] ? wish->bins[c] : (uint32_t)spans[c] + 1;
                long bin = lrint(values[c] * (double)(bins - 1) / spans[c]);
                out[c][bin] += (uint32_t)times;
            }
        }
    }
    return total;
}

static struct ib_image some_picture(struct random *random, void *memory, enum ib_pixels format,
                                    int32_t w, int32_t h, bool smooth) {
    random_bytes(random, memory, ROOM * 2);
    for (int i = 0; i < ROOM && smooth; i++)
        ((uint16_t *)memory)[i] = (uint16_t)(0x4208 + (((uint16_t *)memory)[i] & 0x0861));
    return ib_image_of(memory, format, w, h);
}

static void random_pictures_agree_with_a_slow_count(void **state) {
    static const enum ib_pixels formats[] = {IB_PIXELS_RGB565, IB_PIXELS_GREY, IB_PIXELS_BINARY};
    static struct ib_histograms got;
    static uint32_t wanted[3][256];
    struct random random = {SEED};
    (void)state;
    for (unsigned round = 0; round < 240; round++) {
        bool large = round % 10 == 0;
        enum ib_pixels format = formats[round % 3];
        int32_t w = large ? 200 : 1 + (int32_t)random_below(&random, 70);
        int32_t h = large ? 150 : 1 + (int32_t)random_below(&random, 30);
        struct ib_image image = some_picture(&random, pixels, format, w, h, round % 4 == 1);
        struct ib_image other = some_picture(&random, others, format, w, h, round % 4 == 1);
        struct ib_threshold thresholds[3];
        struct ib_histograms_wish wish = {.roi = {0, 0, w, h}, .thresholds = thresholds};
        for (int i = 0; i < 3; i++) {
            int32_t values[6] = {(int32_t)random_below(&random, 100), 60, -50, 50, -90, 30};
            ib_threshold_of(&thresholds[i], values, 2 * random_below(&random, 4));
        }
        wish.thresholds_count = random_below(&random, 4);
        wish.invert = random_below(&random, 2);
        wish.difference = random_below(&random, 3) ? NULL : &other;
        if (round % 2)
            wish.roi = (struct ib_rect){(int32_t)random_below(&random, (uint32_t)w) - 3,
                                        (int32_t)random_below(&random, (uint32_t)h) - 3, w, h};
        for (int c = 0; c < 3 && round % 5 == 0; c++)
            wish.bins[c] = random_below(&random, 3) ? 2 + random_below(&random, 255) : 0;
        bool with = large && round % 4;
        int total =
            ib_histograms_of(&got, &image, &wish, with ? scratch : NULL, with ? sizeof scratch : 0);
        assert_int_equal(total, slow_histograms(wanted, &image, &wish));
        assert_int_equal(got.channels, format == IB_PIXELS_RGB565 ? 3 : 1);
        for (uint32_t c = 0; c < got.channels; c++) {
            assert_int_equal(got.of[c].total, total);
            if (memcmp(got.of[c].counts, wanted[c], got.of[c].bins * sizeof(uint32_t)) != 0)
                fail_msg("round %u of seed %d: channel %u", round, SEED, c);
        }
    }
}

static void one_colour_has_its_statistics(void **state) {
    static struct ib_histograms got;
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_RGB565, 100, 50);
    struct ib_histograms_wish wish = {.roi = {0, 0, 100, 50}};
    static const int wanted[3] = {75, -40, 34};
    (void)state;
    for (int i = 0; i < ROOM; i++)
        pixels[i] = ib_rgb565_of(120, 200, 120);
    assert_int_equal(ib_histograms_scratch_bytes(&image, &wish), 0);
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), 5000);
    assert_int_equal(got.of[0].bins, 101);
    assert_int_equal(got.of[1].bins, 256);
    for (int c = 0; c < 3; c++) {
        struct ib_statistics statistics;
        ib_histogram_statistics(&got.of[c], &statistics);
        assert_int_equal(statistics.mean, wanted[c]);
        assert_int_equal(statistics.median, wanted[c]);
        assert_int_equal(statistics.mode, wanted[c]);
        assert_int_equal(statistics.min, wanted[c]);
        assert_int_equal(statistics.max, wanted[c]);
        assert_int_equal(statistics.stdev, 0);
        assert_true(ib_histogram_share(&got.of[c], (uint32_t)(c ? wanted[c] + 128 : 75)) == 1);
    }
}

static void many_equal_pixels_do_not_overflow(void **state) {
    static uint16_t flat[700 * 400];
    static struct ib_histograms got;
    struct ib_image image = ib_image_of(flat, IB_PIXELS_RGB565, 700, 400);
    struct ib_histograms_wish wish = {.roi = {0, 0, 699, 400}};
    (void)state;
    for (int i = 0; i < 700 * 400; i++)
        flat[i] = ib_rgb565_of(120, 200, 120);
    assert_true(ib_histograms_scratch_bytes(&image, &wish) <= sizeof scratch);
    assert_int_equal(ib_histograms_of(&got, &image, &wish, scratch, sizeof scratch), 699 * 400);
    assert_int_equal(got.of[0].counts[75], 699 * 400);
    assert_int_equal(got.of[2].counts[34 + 128], 699 * 400);
}

static void what_meets_two_thresholds_counts_twice(void **state) {
    static struct ib_histograms got;
    static uint8_t greys[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct ib_image image = ib_image_of(greys, IB_PIXELS_GREY, 10, 1);
    struct ib_threshold two[2] = {{{2}, {5}}, {{5}, {8}}};
    struct ib_histograms_wish wish = {
        .roi = {0, 0, 10, 1}, .thresholds = two, .thresholds_count = 2};
    (void)state;
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), 8);
    assert_int_equal(got.of[0].counts[5], 2);
    assert_int_equal(got.of[0].counts[2], 1);
    assert_int_equal(got.of[0].counts[9], 0);
    assert_true(ib_histogram_share(&got.of[0], 5) == 0.25f);
    wish.invert = true;
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), 12);
    assert_int_equal(got.of[0].counts[5], 0);
    assert_int_equal(got.of[0].counts[9], 2);
    two[0] = two[1] = (struct ib_threshold){{20}, {30}};
    wish.invert = false;
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), 0);
    assert_true(ib_histogram_share(&got.of[0], 5) == 0);
}

static void nonsense_is_refused(void **state) {
    static struct ib_histograms got;
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_RGB565, 10, 10), other = image;
    struct ib_histograms_wish wish = {.roi = {0, 0, 10, 10}};
    (void)state;
    for (int c = 0; c < 3; c++) {
        wish.bins[c] = 1;
        assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), IB_E_RANGE);
        wish.bins[c] = 257;
        assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), IB_E_RANGE);
        wish.bins[c] = 0;
    }
    wish.difference = &other;
    other.width_px = 9;
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), IB_E_INVAL);
    other = ib_image_of(pixels, IB_PIXELS_GREY, 10, 10);
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), IB_E_INVAL);
    wish.difference = NULL;
    wish.thresholds_count = IB_THRESHOLDS_MAX + 1;
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), IB_E_RANGE);
    wish.thresholds_count = 0;
    image.format = IB_PIXELS_GREY16;
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), IB_E_UNSUPPORTED);
    image.format = IB_PIXELS_GREY;
    wish.roi = (struct ib_rect){50, 50, 10, 10};
    assert_int_equal(ib_histograms_of(&got, &image, &wish, NULL, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pictures_agree_with_a_slow_count),
        cmocka_unit_test(one_colour_has_its_statistics),
        cmocka_unit_test(many_equal_pixels_do_not_overflow),
        cmocka_unit_test(what_meets_two_thresholds_counts_twice),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
