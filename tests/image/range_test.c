/// The range of a thermal picture: exact where it is linear, fair where it is equalised, calm in time.
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
#include "image/range.h"
#include "tests/core/support_random.h"

enum { WIDTH = 64, HEIGHT = 48, COUNT = WIDTH * HEIGHT };

static uint16_t pixels[COUNT];
static uint8_t levels[COUNT];
static struct ib_range_scratch scratch;
static struct ib_range range;

static struct ib_image frame(void) {
    return ib_image_of(pixels, IB_PIXELS_GREY16, WIDTH, HEIGHT);
}

/// Update and apply; every pixel must get the level that ib_range_level says.
static void step(void) {
    struct ib_image in = frame(), out = ib_image_of(levels, IB_PIXELS_GREY, WIDTH, HEIGHT);
    assert_int_equal(ib_range_update(&range, &in, &scratch), IB_OK);
    assert_int_equal(ib_range_apply(&range, &in, &out, &scratch), IB_OK);
    for (int i = 0; i < COUNT; i++) {
        if (levels[i] != ib_range_level(&range, pixels[i]))
            fail_msg("value %u: %u, not %u", pixels[i], levels[i],
                     ib_range_level(&range, pixels[i]));
    }
    for (int i = 1; i < 256; i++)
        assert_true(range.levels[i] >= range.levels[i - 1]);
}

static void start(enum ib_range_mode mode) {
    struct ib_range_options options = ib_range_defaults();
    options.mode = mode;
    options.least_span = 0;
    assert_int_equal(ib_range_init(&range, &options), IB_OK);
}

static int by_value(const void *a, const void *b) {
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void a_linear_range_rounds_to_the_nearest(void **state) {
    struct random random = {255};
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct ib_range_options options = ib_range_defaults();
        // A range may end above what a pixel can be.
        uint32_t span = 1 + random_below(&random, 2u << random_below(&random, 18));
        options.mode = IB_RANGE_FIXED;
        options.low = random_below(&random, 65536);
        options.high = options.low + span;
        assert_int_equal(ib_range_init(&range, &options), IB_OK);
        for (int i = 0; i < COUNT; i++) {
            uint32_t inside = options.low + random_below(&random, span + 1);
            pixels[i] =
                (uint16_t)(round % 2 || inside > 65535 ? random_below(&random, 65536) : inside);
        }
        step();
        for (int i = 0; i < COUNT; i++) {
            int64_t above = (int64_t)pixels[i] - options.low;
            int64_t wanted = above <= 0           ? 0
                             : above >= (int)span ? 255
                                                  : (above * 510 + span) / (2 * (int64_t)span);
            if (levels[i] != wanted)
                fail_msg("round %u: %u in %u..%u is %u, not %d", round, pixels[i], options.low,
                         options.high, levels[i], (int)wanted);
        }
        assert_int_equal(ib_range_value(&range, 0), options.low);
        assert_int_equal(ib_range_value(&range, 255), options.high);
        for (int i = 0; i < 256 && span >= 255; i++) {
            assert_int_equal(ib_range_level(&range, ib_range_value(&range, (uint8_t)i)), i);
            assert_int_equal(ib_range_value(&range, (uint8_t)i),
                             options.low + lround(floor(span * 65536.0 * i / 255) / 65536));
        }
    }
}

static void the_ends_are_the_extremes_or_the_percentiles(void **state) {
    static uint16_t sorted[COUNT];
    struct random random = {99};
    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        uint32_t span = 2 + random_below(&random, 4000), first = random_below(&random, 60000);
        for (int i = 0; i < COUNT; i++)
            pixels[i] = (uint16_t)(first + random_below(&random, span));
        memcpy(sorted, pixels, sizeof sorted);
        qsort(sorted, COUNT, sizeof *sorted, by_value);
        start(IB_RANGE_MIN_MAX);
        step();
        assert_int_equal(ib_range_value(&range, 0), sorted[0]);
        assert_int_equal(ib_range_value(&range, 255), sorted[COUNT - 1]);
        start(IB_RANGE_PERCENTILE);
        step();
        if (sorted[(COUNT * 10 + 999) / 1000 - 1] < sorted[(COUNT * 990 + 999) / 1000 - 1]) {
            assert_int_equal(ib_range_value(&range, 0), sorted[(COUNT * 10 + 999) / 1000 - 1]);
            assert_int_equal(ib_range_value(&range, 255), sorted[(COUNT * 990 + 999) / 1000 - 1]);
        }
    }
}

static void equalising_gives_each_level_as_many_pixels(void **state) {
    struct random random = {2525};
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        uint32_t span = 300 + random_below(&random, 3000);
        struct ib_range_options options = ib_range_defaults();
        options.mode = IB_RANGE_EQUALISED;
        options.low_permille = 0;
        options.high_permille = 1000;
        options.plateau_tenths = 65535;
        options.linear_permille = 0;
        ib_range_init(&range, &options);
        for (int i = 0; i < COUNT; i++) { // crowded at the low end
            double u = random_between(&random, 0, 1);
            pixels[i] = (uint16_t)(20000 + span * u * u * u);
        }
        step();
        for (int i = 0; i < COUNT; i += 7) {
            double below = 0;
            for (int k = 0; k < COUNT; k++)
                below += pixels[k] < pixels[i] ? 1 : pixels[k] == pixels[i] ? 0.5 : 0;
            if (fabs(levels[i] - 255 * below / COUNT) > 1)
                fail_msg("round %u: level %u, share below %f", round, levels[i], below / COUNT);
        }
    }
}

/// An even background of 20 counts, and a hand 1000 counts warmer.
static void background_and_hand(struct random *random) {
    for (int i = 0; i < COUNT; i++)
        pixels[i] = (uint16_t)(i < COUNT / 10 ? 21000 + random_below(random, 300)
                                              : 20000 + random_below(random, 20));
}

static void plateau_and_linear_part_hold_the_background_back(void **state) {
    struct random random = {31};
    struct ib_range_options options = ib_range_defaults();
    int taken[3];
    (void)state;
    background_and_hand(&random);
    static const struct { uint16_t plateau, linear; } ways[] = {{65535, 0}, {20, 0}, {65535, 1000}};
    for (int way = 0; way < 3; way++) {
        options.mode = IB_RANGE_EQUALISED;
        options.plateau_tenths = ways[way].plateau;
        options.linear_permille = ways[way].linear;
        ib_range_init(&range, &options);
        step();
        taken[way] = ib_range_level(&range, 20019) - ib_range_level(&range, 20000);
    }
    assert_in_range(taken[0], 220, 255); // nine tenths of the pixels take nine tenths of the levels
    assert_in_range(taken[1], 5, 60);
    assert_in_range(taken[2], 2, 5); // as a linear range would: 20 of 1300 counts
}

static void a_hot_object_does_not_make_the_picture_jump(void **state) {
    static const enum ib_range_mode modes[] = {IB_RANGE_MIN_MAX, IB_RANGE_PERCENTILE,
                                               IB_RANGE_EQUALISED};
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct random random = {7};
        struct ib_range_options options = ib_range_defaults();
        options.mode = modes[m];
        options.time_constant_frames = 10;
        ib_range_init(&range, &options);
        for (int i = 0; i < COUNT; i++)
            pixels[i] = (uint16_t)(20000 + i % 400);
        step(); // the first frame is taken at once
        uint32_t before = ib_range_value(&range, 255);
        assert_in_range(before, 20390, 20399);
        for (int i = 0; i < COUNT / 10; i++)
            pixels[i] = (uint16_t)(30000 + random_below(&random, 300));
        double left = 1;
        uint16_t end = 0;
        for (int n = 0; n < 200; n++) {
            step();
            if (n == 0) {
                // A tenth of the way at once, then less and less.
                double full = (ib_range_value(&range, 255) - before) * 10.0;
                end = (uint16_t)(before + full);
                assert_in_range(end, 30200, 30310);
            }
            left *= 0.9;
            assert_true(fabs(ib_range_value(&range, 255) - (end - (end - before) * left)) < 12);
        }
        assert_in_range(ib_range_value(&range, 255), 30255, 30300);
    }
}

static void a_lock_freezes_and_a_reset_forgets(void **state) {
    (void)state;
    start(IB_RANGE_MIN_MAX);
    ib_range_lock(&range, true); // there is nothing to freeze yet
    for (int i = 0; i < COUNT; i++)
        pixels[i] = (uint16_t)(1000 + i % 300);
    step();
    assert_int_equal(ib_range_value(&range, 255), 1299);
    for (int i = 0; i < COUNT; i++)
        pixels[i] = (uint16_t)(5000 + i % 300);
    step();
    assert_int_equal(ib_range_value(&range, 255), 1299);
    assert_int_equal(levels[0], 255);
    ib_range_lock(&range, false);
    step();
    assert_int_equal(ib_range_value(&range, 0), 5000);
    range.options.time_constant_frames = 50;
    ib_range_reset(&range);
    pixels[0] = 4000;
    step();
    assert_int_equal(ib_range_value(&range, 0), 4000);
    // A fixed range is an order, lock or not.
    struct ib_range_options options = range.options;
    options.mode = IB_RANGE_FIXED;
    options.low = 700; // the other way round
    options.high = 300;
    ib_range_lock(&range, true);
    assert_int_equal(ib_range_set(&range, &options), IB_OK);
    step();
    assert_int_equal(ib_range_value(&range, 0), 300);
    ib_range_reset(&range);
    assert_int_equal(ib_range_value(&range, 255), 700);
}

static void flat_frames_and_single_pixels_are_defined(void **state) {
    static const uint16_t values[] = {0, 1, 30000, 65534, 65535};
    (void)state;
    for (int mode = IB_RANGE_MIN_MAX; mode <= IB_RANGE_EQUALISED; mode++) {
        for (int least = 0; least <= 100; least += 100) {
            for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
                struct ib_range_options options = ib_range_defaults();
                options.mode = (enum ib_range_mode)mode;
                options.least_span = (uint16_t)least;
                ib_range_init(&range, &options);
                for (int i = 0; i < COUNT; i++)
                    pixels[i] = values[v];
                step();
                assert_int_equal(levels[COUNT - 1], levels[0]);
                if (values[v] == 30000)
                    assert_in_range(levels[0], 127, 128); // in the middle
                struct ib_image one = ib_image_of(pixels, IB_PIXELS_GREY16, 1, 1);
                uint8_t before = levels[0];
                ib_range_reset(&range);
                assert_int_equal(ib_range_update(&range, &one, &scratch), IB_OK);
                assert_int_equal(ib_range_level(&range, values[v]), before);
            }
        }
    }
    // An even scene's noise does not get full contrast.
    for (int mode = IB_RANGE_MIN_MAX; mode <= IB_RANGE_EQUALISED; mode++) {
        struct ib_range_options options = ib_range_defaults();
        options.mode = (enum ib_range_mode)mode;
        ib_range_init(&range, &options);
        for (int i = 0; i < COUNT; i++)
            pixels[i] = (uint16_t)(8000 + i % 5);
        step();
        assert_in_range(ib_range_level(&range, 8000), 110, 127);
        assert_in_range(ib_range_level(&range, 8004), 128, 145);
    }
    // A fixed range without width is a threshold.
    struct ib_range_options options = ib_range_defaults();
    options.mode = IB_RANGE_FIXED;
    options.low = options.high = 500;
    ib_range_init(&range, &options);
    assert_int_equal(ib_range_level(&range, 499), 0);
    assert_int_equal(ib_range_level(&range, 500), 255);
}

static void the_whole_of_16_bits_is_mapped(void **state) {
    struct random random = {65535};
    (void)state;
    for (int mode = IB_RANGE_FIXED; mode <= IB_RANGE_EQUALISED; mode++) {
        for (int round = 0; round < 20; round++) {
            struct ib_range_options options = ib_range_defaults();
            options.mode = (enum ib_range_mode)mode;
            options.low_permille = (uint16_t)random_below(&random, 500);
            options.linear_permille = (uint16_t)random_below(&random, 1001);
            options.plateau_tenths = (uint16_t)(10 + random_below(&random, 65526));
            options.least_span = (uint16_t)random_below(&random, 65536);
            options.time_constant_frames = (uint16_t)random_below(&random, 9);
            ib_range_init(&range, &options);
            for (int n = 0; n < 4; n++) {
                for (int i = 0; i < COUNT; i++)
                    pixels[i] = (uint16_t)(n == 2 ? random_below(&random, 9) : random_u64(&random));
                step();
            }
        }
    }
}

static void bad_input_is_refused(void **state) {
    struct ib_range_options good = ib_range_defaults(), bad;
    struct ib_image in = frame(), out = ib_image_of(levels, IB_PIXELS_GREY, WIDTH, HEIGHT);
    (void)state;
    assert_int_equal(ib_range_init(&range, &good), IB_OK);
    memset(levels, 9, sizeof levels); // nothing is known of the scene yet: black
    assert_int_equal(ib_range_apply(&range, &in, &out, &scratch), IB_OK);
    assert_int_equal(levels[0] + levels[COUNT - 1], 0);
    assert_int_equal(ib_range_level(&range, 65535), 0);
    bad = good;
    bad.mode = (enum ib_range_mode)9;
    assert_int_equal(ib_range_set(&range, &bad), IB_E_RANGE);
    bad = good;
    bad.low_permille = 991;
    assert_int_equal(ib_range_set(&range, &bad), IB_E_RANGE);
    bad = good;
    bad.high_permille = 1001;
    assert_int_equal(ib_range_set(&range, &bad), IB_E_RANGE);
    bad = good;
    bad.plateau_tenths = 9;
    assert_int_equal(ib_range_set(&range, &bad), IB_E_RANGE);
    bad = good;
    bad.linear_permille = 1001;
    assert_int_equal(ib_range_init(&range, &bad), IB_E_RANGE);
    assert_memory_equal(&range.options, &good, sizeof good);
    out.width_px--;
    assert_int_equal(ib_range_apply(&range, &in, &out, &scratch), IB_E_INVAL);
    assert_int_equal(ib_range_apply(&range, &out, &out, &scratch), IB_E_UNSUPPORTED);
    assert_int_equal(ib_range_update(&range, &out, &scratch), IB_E_UNSUPPORTED);
    in.height_px = 0;
    assert_int_equal(ib_range_update(&range, &in, &scratch), IB_E_INVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_range_rounds_to_the_nearest),
        cmocka_unit_test(the_ends_are_the_extremes_or_the_percentiles),
        cmocka_unit_test(equalising_gives_each_level_as_many_pixels),
        cmocka_unit_test(plateau_and_linear_part_hold_the_background_back),
        cmocka_unit_test(a_hot_object_does_not_make_the_picture_jump),
        cmocka_unit_test(a_lock_freezes_and_a_reset_forgets),
        cmocka_unit_test(flat_frames_and_single_pixels_are_defined),
        cmocka_unit_test(the_whole_of_16_bits_is_mapped),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
