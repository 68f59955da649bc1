/// Counting and statistics: against a peer's figures of one scene, and against slow ways.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/statistics.h"
#include "tests/core/support_random.h"
#include "tests/image/support_scene.h"

#define ALL(image) ((struct ib_rect){0, 0, (image).width_px, (image).height_px})

static uint8_t pixels[640 * 480 + 64];

static void the_scene_has_the_peers_statistics(void **state) {
    static const struct {
        int w, h;
        struct ib_statistics wanted;
    } rows[] = {
        {160,
         120,
         {.mean = 96,
          .median = 95,
          .mode = 84,
          .stdev = 25,
          .min = 40,
          .max = 221,
          .lq = 79,
          .uq = 112}},
        {320,
         240,
         {.mean = 96,
          .median = 95,
          .mode = 94,
          .stdev = 25,
          .min = 40,
          .max = 224,
          .lq = 78,
          .uq = 112}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, rows[i].w, rows[i].h);
        struct ib_histogram histogram;
        struct ib_statistics got;
        scene_paint(pixels, rows[i].w, rows[i].h);
        assert_int_equal(ib_histogram_of(&histogram, &image, ALL(image), 0), rows[i].w * rows[i].h);
        ib_histogram_statistics(&histogram, &got);
        assert_memory_equal(&got, &rows[i].wanted, sizeof got);
        assert_int_equal(ib_histogram_percentile(&histogram, 0.5f), got.median);
        assert_int_equal(ib_histogram_percentile(&histogram, 0.25f), got.lq);
        assert_int_equal(ib_histogram_percentile(&histogram, 1.0f), got.max);
    }
}

/// Pixels of one of several kinds: noise, few values, a smooth ramp, one value.
static void fill(struct random *random, uint8_t *out, size_t size, unsigned kind) {
    uint8_t base = (uint8_t)random_below(random, 256);
    for (size_t i = 0; i < size; i++) {
        uint8_t noise = (uint8_t)random_below(random, 256);
        out[i] = kind == 0   ? noise
                 : kind == 1 ? (uint8_t)(base + noise % 5)
                 : kind == 2 ? (uint8_t)(base + i / 50 + noise % 8)
                             : base;
    }
}

static void counting_agrees_with_a_slow_count(void **state) {
    struct random random = {20261128};
    (void)state;
    for (unsigned round = 0; round < 600; round++) {
        int32_t w = 1 + (int32_t)random_below(&random, round % 4 ? 150 : 640);
        int32_t h = 1 + (int32_t)random_below(&random, round % 5 ? 20 : 110);
        struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, w, h);
        image.stride_bytes += random_below(&random, 9);
        fill(&random, pixels, image.stride_bytes * (size_t)h, round % 4);
        struct ib_rect roi = ALL(image);
        if (round % 2)
            roi = (struct ib_rect){(int32_t)random_below(&random, (uint32_t)w + 20) - 10,
                                   (int32_t)random_below(&random, (uint32_t)h + 20) - 10,
                                   (int32_t)random_below(&random, 200),
                                   (int32_t)random_below(&random, 200)};
        uint32_t slow[256] = {0}, quick[256], portable[256];
        int total = 0;
        for (int32_t y = 0; y < h; y++) {
            for (int32_t x = 0; x < w; x++) {
                if (x >= roi.x && x < roi.x + roi.w && y >= roi.y && y < roi.y + roi.h) {
                    slow[ib_image_row(&image, y)[x]]++;
                    total++;
                }
            }
        }
        assert_int_equal(ib_count_values(quick, &image, roi), total);
        assert_int_equal(ib_count_values_portable(portable, &image, roi), total);
        if (memcmp(quick, slow, sizeof slow) != 0 || memcmp(portable, slow, sizeof slow) != 0)
            fail_msg("round %u of seed 20261128: %dx%d", round, w, h);
    }
}

static void large_counts_do_not_overflow(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 640, 480);
    uint32_t counts[256];
    (void)state;
    memset(pixels, 77, 640 * 480);
    ib_count_values(counts, &image, ALL(image));
    assert_int_equal(counts[77], 640 * 480);
    ib_count_values_portable(counts, &image, ALL(image));
    assert_int_equal(counts[77], 640 * 480);
}

static void binary_pixels_are_counted_bit_by_bit(void **state) {
    static uint32_t words[40 * 8];
    struct random random = {77};
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        int32_t w = 1 + (int32_t)random_below(&random, 200), h = 1 + (int32_t)(round % 20);
        struct ib_image image = ib_image_of(words, IB_PIXELS_BINARY, w, h);
        random_bytes(&random, words, sizeof words); // the padding holds bits too
        struct ib_rect roi = {(int32_t)random_below(&random, (uint32_t)w), 0,
                              (int32_t)random_below(&random, 210), h};
        uint32_t set = 0, total = 0, counts[256];
        for (int32_t y = 0; y < h; y++) {
            for (int32_t x = roi.x; x < w && x < roi.x + roi.w; x++, total++)
                set += words[(size_t)y * (image.stride_bytes / 4) + (size_t)x / 32] >> x % 32 & 1;
        }
        assert_int_equal(ib_count_values(counts, &image, roi), total);
        assert_int_equal(counts[1], set);
        assert_int_equal(counts[0], total - set);
    }
}

static void bins_are_the_nearest(void **state) {
    struct ib_histogram histogram;
    uint32_t counts[256];
    (void)state;
    for (uint32_t bins = 2; bins <= 256; bins++) {
        for (uint32_t v = 0; v < 256; v += 7) {
            memset(counts, 0, sizeof counts);
            counts[v] = 3;
            assert_int_equal(ib_histogram_fill(&histogram, counts, 0, 255, bins), IB_OK);
            // No halves here: v * (bins - 1) / 255 never ends in .5.
            assert_int_equal(histogram.counts[lround(v * (bins - 1) / 255.0)], 3);
            assert_int_equal(histogram.total, 3);
        }
    }
    // Of L's 0..100 in three bins 25 is just between the first two, 75 between the last two.
    memset(counts, 0, sizeof counts);
    counts[25] = 1;
    counts[75] = 10;
    assert_int_equal(ib_histogram_fill(&histogram, counts, 0, 100, 3), IB_OK);
    assert_int_equal(histogram.counts[0], 1);
    assert_int_equal(histogram.counts[2], 10);
    // A channel that begins below zero.
    assert_int_equal(ib_histogram_fill(&histogram, counts, -128, 127, 256), IB_OK);
    assert_int_equal(ib_histogram_value(&histogram, 0), -128);
    assert_int_equal(ib_histogram_percentile(&histogram, 0.05f), -103);
    assert_int_equal(ib_histogram_fill(&histogram, counts, 0, 255, 1), IB_E_RANGE);
    assert_int_equal(ib_histogram_fill(&histogram, counts, 0, 255, 257), IB_E_RANGE);
    assert_int_equal(ib_histogram_fill(&histogram, counts, 0, 256, 10), IB_E_RANGE);
    assert_int_equal(ib_histogram_fill(&histogram, counts, 5, 5, 10), IB_E_RANGE);
}

static void answers_worked_out_by_hand(void **state) {
    uint8_t few[8] = {10, 10, 10, 10, 20, 20, 250, 251};
    struct ib_image image = ib_image_of(few, IB_PIXELS_GREY, 4, 2);
    struct ib_histogram histogram;
    struct ib_statistics got;
    (void)state;
    assert_int_equal(ib_histogram_of(&histogram, &image, ALL(image), 0), 8);
    assert_true(ib_histogram_share(&histogram, 10) == 0.5f);
    // The sum reaches 0.5 at 10 and does not exceed it: that bin is the one.
    assert_int_equal(ib_histogram_percentile(&histogram, 0.5f), 10);
    assert_int_equal(ib_histogram_percentile(&histogram, 0.51f), 20);
    assert_int_equal(ib_histogram_percentile(&histogram, 0.76f), 250);
    assert_int_equal(ib_histogram_percentile(&histogram, 1.0f), 251);
    assert_int_equal(ib_histogram_percentile(&histogram, 0.0f), 0);
    assert_int_equal(ib_histogram_percentile(&histogram, -1.0f), 0);
    assert_int_equal(ib_histogram_percentile(&histogram, 1.5f), 0);
    // Two classes; every threshold from 20 to 249 parts them alike, the first one counts.
    assert_int_equal(ib_histogram_threshold(&histogram), 20);
    ib_histogram_statistics(&histogram, &got);
    assert_int_equal(got.mean, 72);   // 581 / 8 = 72.6
    assert_int_equal(got.stdev, 102); // the variance is 125901 / 8 - 72.625 * 72.625 = 10463.2
    assert_int_equal(got.mode, 10);
    assert_int_equal(got.median, 10);
    assert_int_equal(got.uq, 20);
    // In two bins: 0 and 255.
    assert_int_equal(ib_histogram_of(&histogram, &image, ALL(image), 2), 8);
    ib_histogram_statistics(&histogram, &got);
    assert_int_equal(got.mean, 63); // a quarter of 255
    assert_int_equal(got.max, 255);
    assert_int_equal(got.mode, 0);
    assert_int_equal(ib_histogram_of(&histogram, &image, ALL(image), 1), IB_E_RANGE);
    image.format = IB_PIXELS_RGB565;
    image.width_px = 2;
    assert_int_equal(ib_histogram_of(&histogram, &image, ALL(image), 0), IB_E_UNSUPPORTED);
}

static void nothing_and_one_value_are_defined(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 33, 7);
    struct ib_histogram histogram;
    struct ib_statistics got, zero = {0};
    (void)state;
    assert_int_equal(ib_histogram_of(&histogram, &image, (struct ib_rect){40, 0, 5, 5}, 0), 0);
    ib_histogram_statistics(&histogram, &got);
    assert_memory_equal(&got, &zero, sizeof got);
    assert_int_equal(ib_histogram_percentile(&histogram, 0.5f), 0);
    assert_int_equal(ib_histogram_threshold(&histogram), 0);
    assert_true(ib_histogram_share(&histogram, 0) == 0.0f);
    for (int v = 0; v < 256; v++) {
        memset(pixels, v, 33 * 7);
        ib_histogram_of(&histogram, &image, ALL(image), 0);
        ib_histogram_statistics(&histogram, &got);
        struct ib_statistics all_v = {v, v, 0, v, v, v, v, v};
        assert_memory_equal(&got, &all_v, sizeof got);
    }
}

static void otsu_maximises_what_it_says(void **state) {
    struct random random = {4711};
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        uint32_t counts[256] = {0};
        struct ib_histogram histogram;
        unsigned values = 2 + random_below(&random, 30);
        for (unsigned i = 0; i < values; i++)
            counts[random_below(&random, 256)] += 1 + random_below(&random, 500);
        ib_histogram_fill(&histogram, counts, 0, 255, 256);
        double n = histogram.total, all = 0, best = 0, got = 0, lower = 0, sum = 0;
        for (int i = 0; i < 256; i++)
            all += i * (double)counts[i];
        int threshold = ib_histogram_threshold(&histogram);
        for (int i = 0; i < 256; i++) {
            lower += counts[i];
            sum += i * (double)counts[i];
            if (lower == 0 || lower == n)
                continue;
            double apart = sum / lower - (all - sum) / (n - lower);
            double between = lower / n * (1 - lower / n) * apart * apart;
            best = between > best ? between : best;
            if (i == threshold)
                got = between;
        }
        if (got < best * (1 - 1e-4))
            fail_msg("round %u: %d gives %f, the best %f", round, threshold, got, best);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scene_has_the_peers_statistics),
        cmocka_unit_test(counting_agrees_with_a_slow_count),
        cmocka_unit_test(large_counts_do_not_overflow),
        cmocka_unit_test(binary_pixels_are_counted_bit_by_bit),
        cmocka_unit_test(bins_are_the_nearest),
        cmocka_unit_test(answers_worked_out_by_hand),
        cmocka_unit_test(nothing_and_one_value_are_defined),
        cmocka_unit_test(otsu_maximises_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
