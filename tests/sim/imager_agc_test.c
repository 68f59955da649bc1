/// AGC, spotmeter, statistics, the hot share, and measuring a recording's pixels.
/// Quiet imagers unless a test is about noise, so every number is exact.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "sim/imager.h"

#define PX 19200 // 160x120

static struct ib_sim_imager imager;
static uint16_t out[PX], before[PX];
static struct ib_sim_imager_result result;
static struct ib_sim_imager_settings settings;

static float set_kelvin[PX];

static void view_set(const struct ib_sim_scene *self, double time_s, uint64_t seed, float hfov_deg,
                     struct ib_sim_surface *surface) {
    (void)self;
    (void)time_s;
    (void)seed;
    (void)hfov_deg;
    for (size_t i = 0; i < PX; i++) {
        surface->kelvin[i] = set_kelvin[i];
        surface->emissivity[i] = 1;
    }
}

static const struct ib_sim_scene set_scene = {
    .name = "set", .about = "as the test says", .view = view_set, .ambient_k = 295};

static int fresh(void **state) {
    (void)state;
    settings = (struct ib_sim_imager_settings){
        .radiometry = true,
        .tlinear = true,
        .tlinear_resolution = 1,
        .rbfo_high = {395653, 1428000, 1000, 156000},
        .rbfo_low = {64155, 1428000, 1000, 728000},
        .flux = {8192, 29515, 8192, 29515, 8192, 29515, 0, 29515},
        .mid_counts = 4096,
        .agc_policy = 1,
        .agc_roi = {0, 0, 159, 119},
        .agc_damping = 64,
        .agc_clip_high = 19200,
        .agc_clip_low = 512,
        .agc_empty_counts = 2,
        .spot_roi = {59, 79, 60, 80},
        .scene_roi = {0, 0, 159, 119},
    };
    return ib_sim_imager_init(&imager, 160, 120, 57, 0.74f, 3, true);
}

static void render(const struct ib_sim_scene *scene) {
    ib_sim_imager_render(&imager, scene, 0, 0, 300, 300, &settings, out, &result);
}

static void range(unsigned *low, unsigned *high) {
    *low = 65535;
    *high = 0;
    for (int i = 0; i < PX; i++) {
        *low = out[i] < *low ? out[i] : *low;
        *high = out[i] > *high ? out[i] : *high;
    }
}

static int row_of(int at) {
    return at / 160;
}

/// From `low_k` at the left edge to `high_k` at the right.
static void set_ramp(float low_k, float high_k) {
    for (int i = 0; i < PX; i++)
        set_kelvin[i] = low_k + (high_k - low_k) * (float)(i % 160) / 159;
}

static void agc_spans_black_to_white(void **state) {
    (void)state;
    static const char *const names[] = {"kettle", "person", "board", "house", "hot", "bars"};
    ib_sim_imager_init(&imager, 160, 120, 57, 0.74f, 3, false);
    ib_sim_imager_ffc(&imager, 0, 300, 300);
    settings.agc = true;
    for (int policy = 0; policy < 2; policy++)
        for (int wide = 0; wide < 2; wide++)
            for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
                settings.agc_policy = (uint8_t)policy;
                settings.agc_scale = (uint8_t)wide;
                settings.agc = false;
                render(ib_sim_scene_named(names[n])); // forget the last map
                settings.agc = true;
                for (int f = 0; f < 4; f++)
                    render(ib_sim_scene_named(names[n]));
                unsigned low, high;
                range(&low, &high);
                unsigned white = wide ? 16383 : 255;
                if (low > white / 100 || high < white - white / 100 || high > white)
                    fail_msg("%s, policy %d: grey runs from %u to %u", names[n], policy, low, high);
            }
}

static void agc_is_monotonic_and_black_hot_turns_it_over(void **state) {
    (void)state;
    settings.agc = true;
    set_ramp(290, 350);
    render(&set_scene);
    assert_int_equal(out[0], 0);
    assert_int_equal(out[159], 255);
    for (int x = 1; x < 160; x++)
        assert_true(out[x] >= out[x - 1]);
    memcpy(before, out, sizeof out);
    settings.black_hot = true;
    render(&set_scene);
    for (int i = 0; i < PX; i++)
        assert_int_equal(out[i], 255 - before[i]);
}

/// Nine tenths of the picture within 2 K, one tenth 50 K hotter.
static void set_crowd(void) {
    for (int i = 0; i < PX; i++)
        set_kelvin[i] = i % 160 < 144 ? 295 + 2 * (float)(i % 160) / 144
                                      : 345 + 2 * (float)(i % 160 - 144) / 16;
}

static unsigned crowd_greys(void) {
    settings.agc = false;
    render(&set_scene);
    settings.agc = true;
    render(&set_scene);
    return (unsigned)(out[143] - out[0]);
}

static void equalisation_gives_grey_to_where_pixels_are(void **state) {
    (void)state;
    set_crowd();
    settings.agc_clip_low = 0;
    unsigned classical = crowd_greys();
    settings.agc_clip_high = 400; // limited bins: towards linear
    unsigned limited = crowd_greys();
    settings.agc_clip_high = 19200;
    settings.agc_clip_low = 1024; // a floor under every bin: towards linear
    unsigned floored = crowd_greys();
    settings.agc_policy = 0;
    unsigned linear = crowd_greys();
    print_message("greys for the crowd: classical %u, clip high %u, clip low %u, linear %u\n",
                  classical, limited, floored, linear);
    assert_in_range(classical, 215, 235); // 90 % of 255
    assert_true(limited < classical - 20);
    assert_true(floored < classical - 10);
    assert_true(linear < 15);
    assert_true(limited > linear && floored > linear);
}

static void few_pixels_count_as_none(void **state) {
    (void)state;
    set_ramp(290, 300);
    for (int i = 0; i < 40; i++)
        set_kelvin[100 * 160 + i] = 340 + (float)i; // one pixel to a bin
    settings.agc_clip_low = 512;
    settings.agc_empty_counts = 0;
    settings.agc = true;
    render(&set_scene);
    unsigned with = out[159];
    settings.agc = false;
    render(&set_scene);
    settings.agc_empty_counts = 2;
    settings.agc = true;
    render(&set_scene);
    unsigned without = out[159];
    assert_true(with < 230); // forty lone bins took some of the grey
    assert_true(without > 250);
}

static void the_map_follows_its_region(void **state) {
    (void)state;
    set_ramp(280, 360);
    settings.agc = true;
    uint16_t roi[4] = {40, 0, 80, 119};
    memcpy(settings.agc_roi, roi, sizeof roi);
    render(&set_scene);
    assert_int_equal(out[39], 0);
    assert_int_equal(out[40], 0);
    assert_int_equal(out[80], 255);
    assert_int_equal(out[120], 255);
    assert_true(out[60] > 60 && out[60] < 195);
    assert_int_equal(result.histogram_px, 41 * 120);
    assert_int_equal(result.histogram_min, imager.counts[40]);
    assert_int_equal(result.histogram_max, imager.counts[80]);
}

static void the_map_lags_by_its_damping(void **state) {
    (void)state;
    static const uint16_t dampings[] = {0, 64, 128, 256};
    settings.agc_policy = 0;
    for (size_t d = 0; d < 4; d++) {
        settings.agc = false;
        render(&set_scene);
        settings.agc_damping = dampings[d];
        settings.agc = true;
        set_ramp(290, 310);
        for (int f = 0; f < 3; f++)
            render(&set_scene);
        unsigned old = out[159];
        assert_int_equal(old, 255);
        // Twice the range: 300 K was half-way, and will be a quarter of the way, up.
        set_ramp(290, 330);
        double first = 0, target = 0;
        for (int f = 0; f < 40; f++) {
            render(&set_scene);
            if (f == 0)
                first = out[40];
            target = out[40];
        }
        if (dampings[d] == 256) {
            assert_true(first == target);
            continue;
        }
        double start = 119; // 300 K in the narrow ramp, by RBFO a little under half
        double want = target + (start - target) * dampings[d] / 256.0;
        if (fabs(first - want) > 6)
            fail_msg("damping %u: %.0f after one frame, not %.0f (ends at %.0f)", dampings[d],
                     first, want, target);
    }
}

static void a_flat_picture_is_survived(void **state) {
    (void)state;
    for (int policy = 0; policy < 2; policy++) {
        settings.agc_policy = (uint8_t)policy;
        settings.agc = true;
        render(ib_sim_scene_named("flat"));
        unsigned low, high;
        range(&low, &high);
        assert_true(low == high && high <= 255);
    }
    // Every bin empty by decree: a straight line instead.
    settings.agc_policy = 1;
    settings.agc_empty_counts = 16383;
    settings.agc_damping = 0;
    set_ramp(290, 310);
    render(&set_scene);
    assert_int_equal(out[0], 0);
    assert_int_equal(out[159], 255);
    assert_in_range(out[80], 110, 140);
}

static void the_spotmeter_reads_its_region_rows_first(void **state) {
    (void)state;
    for (int i = 0; i < PX; i++)
        set_kelvin[i] = 300 + 0.1f * (float)row_of(i);
    uint16_t roi[4] = {20, 5, 30, 8}; // rows 20..30, columns 5..8
    memcpy(settings.spot_roi, roi, sizeof roi);
    render(&set_scene);
    assert_int_equal(result.spot_population_px, 44);
    assert_true(abs(result.spot_mean_ck - 30250) <= 2);
    assert_true(abs(result.spot_min_ck - 30200) <= 2);
    assert_true(abs(result.spot_max_ck - 30300) <= 2);
    settings.tlinear_resolution = 0; // the spotmeter stays at 0.01 K
    render(&set_scene);
    assert_true(abs(result.spot_mean_ck - 30250) <= 2);
    settings.agc = true; // and does not care for AGC
    render(&set_scene);
    assert_true(abs(result.spot_mean_ck - 30250) <= 2);
}

static void statistics_are_of_pixels_before_agc(void **state) {
    (void)state;
    render(ib_sim_scene_named("bars"));
    assert_true(abs(result.scene_min - 26315) <= 2);
    assert_true(abs(result.scene_max - 41315) <= 2);
    assert_true(abs(result.scene_mean - 33815) <= 2);
    assert_int_equal(result.scene_population_px, PX);
    double mean = 0;
    for (int i = 0; i < PX; i++)
        mean += imager.counts[i] / (double)PX;
    assert_true(fabs(result.frame_mean_counts - mean) <= 0.51);
    struct ib_sim_imager_result plain = result;
    settings.agc = true;
    render(ib_sim_scene_named("bars"));
    assert_int_equal(result.scene_mean, plain.scene_mean);
    settings.agc = false;
    settings.tlinear = false;
    uint16_t roi[4] = {150, 0, 159, 0};
    memcpy(settings.scene_roi, roi, sizeof roi);
    render(ib_sim_scene_named("bars"));
    assert_int_equal(result.scene_population_px, 10);
    assert_int_equal(result.scene_min, 13043);
    assert_int_equal(result.scene_max, 13043);
}

/// In hundredths of a percent.
static uint32_t hot_share(const uint16_t roi[4], float kelvin) {
    uint32_t of_px;
    uint32_t hot_px = ib_sim_imager_hotter_px(&imager, roi, kelvin, &of_px);
    assert_true(hot_px <= of_px);
    return of_px ? hot_px * 10000 / of_px : 0;
}

static void the_hot_share_counts_its_region(void **state) {
    (void)state;
    uint16_t whole[4] = {0, 0, 119, 159}, right[4] = {0, 130, 119, 159};
    uint32_t of_px = 1;
    assert_int_equal(ib_sim_imager_hotter_px(&imager, whole, 100, &of_px), 0); // no frame yet
    assert_int_equal(of_px, 0);
    render(ib_sim_scene_named("bars"));
    assert_int_equal(hot_share(whole, 273.15f + 115), 1875); // 3 of 16
    assert_int_equal(hot_share(right, 273.15f + 115), 10000);
    assert_int_equal(hot_share(whole, 200), 10000);
    render(ib_sim_scene_named("hot"));
    assert_true(hot_share(whole, 388) > 2500); // high gain's limit
    settings.low_gain = true;
    render(ib_sim_scene_named("hot"));
    assert_true(hot_share(whole, 388) > 2500);
    render(ib_sim_scene_named("kettle"));
    assert_true(hot_share(whole, 358) < 1000); // cold enough to go back
}

static void a_recordings_pixels_are_measured_as_they_are(void **state) {
    (void)state;
    static uint16_t pixels[PX];
    for (int i = 0; i < PX; i++)
        pixels[i] = (uint16_t)(29000 + i % 160);
    memcpy(before, pixels, sizeof pixels);
    uint32_t of_px = 1;
    uint16_t spot[4] = {2, 10, 3, 12}, whole[4] = {0, 0, 119, 159};
    memcpy(settings.spot_roi, spot, sizeof spot);
    ib_sim_imager_measure(&imager, &settings, pixels, &result);
    assert_memory_equal(pixels, before, sizeof pixels);
    assert_int_equal(result.spot_mean_ck, 29011);
    assert_int_equal(result.spot_min_ck, 29010);
    assert_int_equal(result.spot_max_ck, 29012);
    assert_int_equal(result.spot_population_px, 6);
    assert_int_equal(result.scene_min, 29000);
    assert_int_equal(result.scene_max, 29159);
    assert_int_equal(hot_share(whole, 290.795f), 5000);
    settings.tlinear_resolution = 0;
    for (int i = 0; i < PX; i++)
        pixels[i] = (uint16_t)(i % 2 ? 3001 : 7000);
    ib_sim_imager_measure(&imager, &settings, pixels, &result);
    assert_int_equal(result.spot_min_ck, 30010);
    assert_int_equal(result.spot_max_ck, 65535); // 700 K does not fit
    settings.tlinear = false;
    for (int i = 0; i < PX; i++)
        pixels[i] = (uint16_t)(i == 0 ? 65535 : 3474);
    ib_sim_imager_measure(&imager, &settings, pixels, &result);
    assert_true(abs(result.spot_mean_ck - 29815) <= 2);
    settings.agc = true;
    ib_sim_imager_measure(&imager, &settings, pixels, &result);
    assert_int_equal(result.spot_population_px, 0);
    assert_int_equal(result.scene_max, 65535);
    assert_int_equal(ib_sim_imager_hotter_px(&imager, whole, 1, &of_px), 0);
    assert_int_equal(of_px, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(agc_spans_black_to_white, fresh),
        cmocka_unit_test_setup(agc_is_monotonic_and_black_hot_turns_it_over, fresh),
        cmocka_unit_test_setup(equalisation_gives_grey_to_where_pixels_are, fresh),
        cmocka_unit_test_setup(few_pixels_count_as_none, fresh),
        cmocka_unit_test_setup(the_map_follows_its_region, fresh),
        cmocka_unit_test_setup(the_map_lags_by_its_damping, fresh),
        cmocka_unit_test_setup(a_flat_picture_is_survived, fresh),
        cmocka_unit_test_setup(the_spotmeter_reads_its_region_rows_first, fresh),
        cmocka_unit_test_setup(statistics_are_of_pixels_before_agc, fresh),
        cmocka_unit_test_setup(the_hot_share_counts_its_region, fresh),
        cmocka_unit_test_setup(a_recordings_pixels_are_measured_as_they_are, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
