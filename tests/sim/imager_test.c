/// The imager: radiometry against an independent double-precision formula, noise and drift against
/// the data sheet's figures, AGC, statistics, and the promise of the same bytes from the same seed.
/// Everything is seeded; a failing row prints what it compared.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "sim/imager.h"

#define PX 19200 // 160x120
#define ZERO_C 273.15
#define FPA_K 300.0f

static struct ib_sim_imager imager, other;
static uint16_t out[PX], again[PX];
static struct ib_sim_imager_result result;

static struct ib_sim_imager_settings defaults(void) {
    struct ib_sim_imager_settings s = {
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
    return s;
}

/// The true temperature of a bar of the chart.
static double bar_k(int column, int width_px) {
    int bar = column * 16 / width_px;
    return ZERO_C - 10 + 10 * bar;
}

static const struct ib_sim_scene *named(const char *name) {
    const struct ib_sim_scene *scene = ib_sim_scene_named(name);
    assert_non_null(scene);
    return scene;
}

static void start(struct ib_sim_imager *self, uint64_t seed, bool quiet) {
    assert_int_equal(ib_sim_imager_init(self, 160, 120, 57, 0.74f, seed, quiet), IB_OK);
    ib_sim_imager_ffc(self, 0, FPA_K, FPA_K);
}

static void render_at(const struct ib_sim_scene *scene, double module_s,
                      const struct ib_sim_imager_settings *settings) {
    ib_sim_imager_render(&imager, scene, 0, module_s, FPA_K, FPA_K, settings, out, &result);
}

static void render(const struct ib_sim_scene *scene,
                   const struct ib_sim_imager_settings *settings) {
    render_at(scene, 0, settings);
}

/// A scene whose temperatures and emissivities a test sets, pixel by pixel.
static float set_kelvin[PX], set_emissivity[PX];

static void view_set(const struct ib_sim_scene *self, double time_s, uint64_t seed, float hfov_deg,
                     struct ib_sim_surface *surface) {
    (void)self;
    (void)time_s;
    (void)seed;
    (void)hfov_deg;
    size_t px = (size_t)surface->width_px * surface->height_px;
    memcpy(surface->kelvin, set_kelvin, px * sizeof set_kelvin[0]);
    memcpy(surface->emissivity, set_emissivity, px * sizeof set_emissivity[0]);
}

static const struct ib_sim_scene set_scene = {
    .name = "set", .about = "as the test says", .view = view_set, .ambient_k = 295.15f};

static void set_all(float kelvin, float emissivity) {
    for (size_t i = 0; i < PX; i++) {
        set_kelvin[i] = kelvin;
        set_emissivity[i] = emissivity;
    }
}

/// W(T) of the high or low gain defaults, by the C library.
static double planck(bool low_gain, double kelvin) {
    return (low_gain ? 64155.0 : 395653.0) / (exp(1428.0 / kelvin) - 1);
}

static double kelvin_of(bool low_gain, double w) {
    return 1428.0 / log((low_gain ? 64155.0 : 395653.0) / w + 1);
}

static void sizes_beyond_the_sensor_are_refused(void **state) {
    (void)state;
    assert_int_equal(ib_sim_imager_init(&imager, 161, 60, 57, 0, 1, true), IB_E_UNSUPPORTED);
    assert_int_equal(ib_sim_imager_init(&imager, 160, 121, 57, 0, 1, true), IB_E_UNSUPPORTED);
    assert_int_equal(ib_sim_imager_init(&imager, 0, 120, 57, 0, 1, true), IB_E_UNSUPPORTED);
    assert_int_equal(ib_sim_imager_init(&imager, 160, 0, 57, 0, 1, true), IB_E_UNSUPPORTED);
}

static void quiet_bars_read_true(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    start(&imager, 1, true);
    for (int low = 0; low < 2; low++)
        for (int resolution = 0; resolution < 2; resolution++) {
            s.low_gain = low;
            s.tlinear_resolution = (uint8_t)resolution;
            render(named("bars"), &s);
            // Half a count of the converter and half a step of the output.
            double step = resolution ? 0.01 : 0.1;
            for (int i = 0; i < PX; i++) {
                double want = bar_k(i % 160, 160);
                double slope = planck(low, want + 0.5) - planck(low, want - 0.5);
                double allowed = 0.5 / slope + step / 2 + 0.003;
                if (fabs(out[i] * step - want) > allowed)
                    fail_msg("low gain %d, step %.2f: %.2f K reads %.2f K", low, step, want,
                             out[i] * step);
            }
            if (!low && resolution)
                assert_int_equal(out[5], 26315);
        }
}

static void a_small_module_reads_true(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    assert_int_equal(ib_sim_imager_init(&imager, 80, 60, 50, 0.61f, 1, true), IB_OK);
    uint16_t spot[4] = {10, 22, 11, 23}, frame[4] = {0, 0, 79, 59};
    memcpy(s.spot_roi, spot, sizeof spot);
    memcpy(s.scene_roi, frame, sizeof frame);
    render(named("bars"), &s);
    for (int i = 0; i < 80 * 60; i++)
        assert_true(fabs(out[i] * 0.01 - bar_k(i % 80, 80)) < 0.05);
    assert_int_equal(result.scene_population_px, 4800);
    assert_true(abs(result.spot_mean_ck - 30315) <= 3);
}

static void counts_follow_rbfo(void **state) {
    (void)state;
    // Data sheet defaults; figures computed apart from this program.
    static const struct {
        bool low;
        double celsius, counts;
    } rows[] = {{false, -10, 1903.8}, {false, 0, 2290.0},   {false, 25, 3474.0},
                {false, 37, 4156.3},  {false, 100, 8964.1}, {false, 140, 13043.0},
                {true, -10, 1011.4},  {true, 25, 1266.0},   {true, 100, 2156.2},
                {true, 400, 9465.4},  {true, 450, 11068.2}};
    struct ib_sim_imager_settings s = defaults();
    s.tlinear = false;
    start(&imager, 1, true);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s.low_gain = rows[i].low;
        set_all((float)(ZERO_C + rows[i].celsius), 1);
        render(&set_scene, &s);
        if (fabs(out[77] - rows[i].counts) > 0.7)
            fail_msg("gain %d, %.0f degC: %u counts, not %.1f", rows[i].low, rows[i].celsius,
                     out[77], rows[i].counts);
    }
}

static void emissivity_matters_until_it_is_set(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    start(&imager, 1, true);
    for (int kelvin = 280; kelvin <= 400; kelvin += 20) {
        set_all((float)kelvin, 0.5f);
        s.flux[0] = 8192;
        render(&set_scene, &s);
        double mixed = kelvin_of(false, 0.5 * planck(false, kelvin) + 0.5 * planck(false, 295.15));
        assert_true(fabs(out[0] * 0.01 - mixed) < 0.05);
        s.flux[0] = 4096;
        render(&set_scene, &s);
        if (fabs(out[0] * 0.01 - kelvin) > 0.06)
            fail_msg("%d K at emissivity 0.5 reads %.2f K", kelvin, out[0] * 0.01);
    }
    // The wrong background: reads wrong again, in the direction physics says.
    set_all(350, 0.5f);
    s.flux[1] = 32000;
    render(&set_scene, &s);
    assert_true(out[0] < 35000 - 500);
}

static void window_and_air_enter_the_readout(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    start(&imager, 1, true);
    uint16_t flux[8] = {7782, 29000, 6554, 30500, 7373, 28500, 819, 31000};
    memcpy(s.flux, flux, sizeof flux);
    double e = flux[0] / 8192.0, tw = flux[2] / 8192.0, ta = flux[4] / 8192.0,
           rw = flux[6] / 8192.0;
    for (int kelvin = 290; kelvin < 400; kelvin += 17) {
        set_all((float)kelvin, 1);
        render(&set_scene, &s);
        double w = planck(false, kelvin);
        w = (w - rw * planck(false, 310) - (1 - tw - rw) * planck(false, 305)) / tw;
        w = (w - (1 - ta) * planck(false, 285)) / ta;
        double want = kelvin_of(false, (w - (1 - e) * planck(false, 290)) / e);
        if (fabs(out[0] * 0.01 - want) > 0.06)
            fail_msg("%d K through window and air: %.2f, not %.2f", kelvin, out[0] * 0.01, want);
    }
}

static void without_radiometry_counts_are_relative_to_the_camera(void **state) {
    (void)state;
    static const uint16_t mids[] = {4096, 8192};
    struct ib_sim_imager_settings s = defaults();
    s.radiometry = false;
    start(&imager, 1, true);
    for (size_t i = 0; i < 2; i++) {
        s.mid_counts = mids[i];
        set_all(FPA_K, 1);
        render(&set_scene, &s); // TLinear is on, and means nothing without radiometry
        assert_true(abs(out[0] - mids[i]) <= 1);
        assert_int_equal(result.spot_population_px, 0);
        set_all(FPA_K + 10, 1);
        render(&set_scene, &s);
        int ten = out[0] - mids[i];
        assert_true(ten >= 300 && ten <= 410); // 30 to 40 counts a kelvin
        uint16_t whole[4] = {0, 0, 119, 159};
        uint32_t of_px;
        assert_int_equal(ib_sim_imager_hotter_px(&imager, whole, 200, &of_px), 0);
        assert_int_equal(of_px, 0);
    }
}

static void everything_clips_where_the_converter_ends(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    start(&imager, 1, true);
    double top_high = kelvin_of(false, 16383 - 156);
    set_all(800, 1);
    render(&set_scene, &s);
    assert_true(fabs(out[0] * 0.01 - top_high) < 0.02); // about 168 degC
    s.tlinear = false;
    render(&set_scene, &s);
    assert_int_equal(out[0], 16383);
    s.low_gain = true;
    set_all(700, 1);
    render(&set_scene, &s);
    assert_true(fabs(out[0] - (planck(true, 700) + 728)) < 0.7);
    s.tlinear = true;
    render(&set_scene, &s);
    assert_int_equal(out[0], 65535);
    assert_int_equal(result.spot_max_ck, 65535);
    s.tlinear_resolution = 0;
    render(&set_scene, &s);
    assert_in_range(out[0], 6999, 7001);
    // The stove: clipped in high gain, read in low gain.
    s.tlinear_resolution = 1;
    s.low_gain = false;
    render(named("hot"), &s);
    assert_true(fabs(result.scene_max * 0.01 - top_high) < 0.02);
    s.low_gain = true;
    render(named("hot"), &s);
    assert_in_range(result.scene_max, 61000, 65000);
}

static void nonsense_is_survived(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    memset(s.rbfo_high, 0, sizeof s.rbfo_high);
    start(&imager, 1, false);
    render(named("bars"), &s); // falls back on the defaults
    assert_true(abs(result.spot_mean_ck - (26315 + 7500)) < 60);
    s.rbfo_high[0] = -5;
    s.rbfo_high[1] = INT32_MIN;
    render(named("bars"), &s);
    memset(s.flux, 0, sizeof s.flux);
    render(named("bars"), &s);
    memset(s.flux, 0xff, sizeof s.flux);
    render(named("bars"), &s);
    set_all(NAN, NAN);
    render(&set_scene, &s);
    set_all(-40, 2);
    render(&set_scene, &s);
    set_all(1e30f, 1);
    render(&set_scene, &s);
    uint16_t odd[4] = {500, 900, 3, 2};
    memcpy(s.spot_roi, odd, sizeof odd);
    memcpy(s.agc_roi, odd, sizeof odd);
    memcpy(s.scene_roi, odd, sizeof odd);
    s.agc = true;
    s.agc_damping = 65535;
    render(&set_scene, &s);
    assert_int_equal(result.scene_population_px, 1);
    assert_int_equal(result.spot_population_px, 1);
}

/// Temporal and spatial statistics of a flat scene in millikelvin, over `frames` frames.
struct spread {
    double temporal_mk, spatial_mk, mean_k;
};

static struct spread spread_of(double module_s, float fpa_k, float housing_k, bool low_gain) {
    enum { FRAMES = 48 };
    static double sum[PX], square[PX];
    struct ib_sim_imager_settings s = defaults();
    s.low_gain = low_gain;
    memset(sum, 0, sizeof sum);
    memset(square, 0, sizeof square);
    for (int f = 0; f < FRAMES; f++) {
        ib_sim_imager_render(&imager, named("flat"), 0, module_s, fpa_k, housing_k, &s, out,
                             &result);
        for (int i = 0; i < PX; i++) {
            sum[i] += out[i] * 10.0;
            square[i] += (out[i] * 10.0) * (out[i] * 10.0);
        }
    }
    double variance = 0, mean = 0, spatial = 0;
    for (int i = 0; i < PX; i++) {
        double m = sum[i] / FRAMES;
        variance += (square[i] / FRAMES - m * m) * FRAMES / (FRAMES - 1.0);
        mean += m;
        spatial += m * m;
    }
    variance /= PX;
    mean /= PX;
    // What averaging leaves of the noise is not pattern.
    spatial = spatial / PX - mean * mean - variance / FRAMES;
    struct spread r = {sqrt(variance), sqrt(spatial > 0 ? spatial : 0), mean / 1000};
    return r;
}

static void noise_is_what_the_data_sheet_says(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        start(&imager, seed, false);
        struct spread high = spread_of(0, FPA_K, FPA_K, false);
        print_message("seed %u: NETD %.1f mK, pattern %.1f mK, mean %.3f K\n", (unsigned)seed,
                      high.temporal_mk, high.spatial_mk, high.mean_k);
        assert_true(high.temporal_mk > 30 && high.temporal_mk < 50);
        assert_true(high.spatial_mk > 3 && high.spatial_mk < 30);
        assert_true(fabs(high.mean_k - 300) < 0.02);
        struct spread low = spread_of(0, FPA_K, FPA_K, true);
        double ratio = low.temporal_mk / high.temporal_mk;
        if (ratio < 4 || ratio > 7)
            fail_msg("low gain noise %.1f mK is %.1f times high gain's", low.temporal_mk, ratio);
    }
}

static void noise_of_neighbours_and_frames_is_independent(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    static double first[PX];
    start(&imager, 4, false);
    memset(imager.fixed_offset, 0, sizeof imager.fixed_offset);
    render(named("flat"), &s);
    double mean = 0;
    for (int i = 0; i < PX; i++)
        mean += out[i] / (double)PX;
    double var = 0, right = 0, below = 0, later = 0;
    for (int i = 0; i < PX; i++)
        first[i] = out[i] - mean;
    render(named("flat"), &s);
    for (int i = 0; i < PX; i++) {
        var += first[i] * first[i];
        right += i + 1 < PX ? first[i] * first[i + 1] : 0;
        below += i + 160 < PX ? first[i] * first[i + 160] : 0;
        later += first[i] * (out[i] - mean);
    }
    // Columns share a little, a frame's rows and successive frames nothing: 5 sigma of chance.
    double chance = 5 / sqrt((double)PX);
    assert_true(fabs(right / var) < chance);
    assert_true(fabs(below / var) < chance + 0.04);
    assert_true(fabs(later / var) < chance);
}

static void pattern_grows_until_an_ffc(void **state) {
    (void)state;
    start(&imager, 5, false);
    struct spread fresh = spread_of(0, FPA_K, FPA_K, false);
    struct spread three = spread_of(180, FPA_K, FPA_K, false);
    struct spread ten = spread_of(600, FPA_K, FPA_K, false);
    assert_true(three.spatial_mk > fresh.spatial_mk + 8);
    assert_true(ten.spatial_mk > three.spatial_mk + 20);
    assert_true(ten.spatial_mk < 150);
    struct spread warmer = spread_of(0, FPA_K + 0.5f, FPA_K, false);
    struct spread cooler = spread_of(0, FPA_K - 0.5f, FPA_K, false);
    assert_true(warmer.spatial_mk > fresh.spatial_mk + 20);
    assert_true(fabs(warmer.spatial_mk - cooler.spatial_mk) < 3);
    ib_sim_imager_ffc(&imager, 600, FPA_K + 0.5f, FPA_K);
    struct spread after = spread_of(600, FPA_K + 0.5f, FPA_K, false);
    assert_true(after.spatial_mk < 30);
    // Never corrected at all: worst.
    assert_int_equal(ib_sim_imager_init(&imager, 160, 120, 57, 0.74f, 5, false), IB_OK);
    struct spread never = spread_of(0, FPA_K, FPA_K, false);
    assert_true(never.spatial_mk > 80);
}

static void a_warming_housing_shifts_everything_until_an_ffc(void **state) {
    (void)state;
    start(&imager, 6, false);
    struct spread cold = spread_of(0, FPA_K, FPA_K, false);
    struct spread warm = spread_of(0, FPA_K, FPA_K + 2, false);
    struct spread warm_low = spread_of(0, FPA_K, FPA_K + 2, true);
    assert_true(warm.mean_k - cold.mean_k > 0.2 && warm.mean_k - cold.mean_k < 0.5);
    assert_true(fabs(warm_low.mean_k - warm.mean_k) < 0.1);
    ib_sim_imager_ffc(&imager, 0, FPA_K, FPA_K + 2);
    assert_true(fabs(spread_of(0, FPA_K, FPA_K + 2, false).mean_k - 300) < 0.02);
}

static void quiet_means_exact(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    start(&imager, 1, true);
    for (int f = 0; f < 3; f++) {
        ib_sim_imager_render(&imager, named("flat"), f, 5000.0 * f, FPA_K + 9, FPA_K - 9, &s, out,
                             &result);
        for (int i = 0; i < PX; i++)
            assert_in_range(out[i], 29999, 30001);
    }
}

static void the_lens_has_the_data_sheets_mtf(void **state) {
    (void)state;
    // A wave of four pixels: half the Nyquist frequency. MTF there: 51 % (160x120), 63 % (80x60).
    static const struct {
        uint16_t width_px, height_px;
        float sigma_px;
        double mtf;
    } rows[] = {{160, 120, 0.74f, 0.51}, {80, 60, 0.61f, 0.63}};
    static const float wave[] = {0, 1, 0, -1};
    struct ib_sim_imager_settings s = defaults();
    s.tlinear = false;
    for (size_t r = 0; r < 2; r++)
        for (int down = 0; down < 2; down++) {
            unsigned width = rows[r].width_px, height = rows[r].height_px;
            set_all(300, 1);
            for (unsigned i = 0; i < width * height; i++)
                set_kelvin[i] = 300 + 10 * wave[(down ? i / width : i % width) & 3];
            assert_int_equal(ib_sim_imager_init(&imager, rows[r].width_px, rows[r].height_px, 57,
                                                rows[r].sigma_px, 1, false),
                             IB_OK);
            ib_sim_imager_ffc(&imager, 0, FPA_K, FPA_K);
            render(&set_scene, &s);
            double high = 0, low = 0;
            unsigned count = 0;
            for (unsigned i = 0; i < width * height; i++) {
                unsigned phase = (down ? i / width : i % width) & 3;
                high += phase == 1 ? out[i] : 0;
                low += phase == 3 ? out[i] : 0;
                count += phase == 1;
            }
            double seen = (high - low) / count / (planck(false, 310) - planck(false, 290));
            if (fabs(seen - rows[r].mtf) > 0.025)
                fail_msg("MTF %.3f, not %.2f (%u px wide, down %d)", seen, rows[r].mtf, width,
                         down);
        }
}

static void a_point_keeps_its_light(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    s.tlinear = false;
    start(&imager, 1, false);
    set_all(300, 1);
    set_kelvin[60 * 160 + 80] = 380;
    double excess = 0, peak = 0;
    double step = planck(false, 380) - planck(false, 300);
    for (int f = 0; f < 64; f++) {
        render(&set_scene, &s);
        for (int y = -5; y <= 5; y++)
            for (int x = -5; x <= 5; x++)
                excess += (out[(60 + y) * 160 + 80 + x] - planck(false, 300) - 156) / 64;
        peak += (out[60 * 160 + 80] - planck(false, 300) - 156) / 64;
    }
    assert_true(fabs(excess / step - 1) < 0.02);
    assert_true(fabs(peak / step - 0.29) < 0.02); // small hot things read low
}

static void corners_read_a_little_low_far_from_the_modules_own_temperature(void **state) {
    (void)state;
    static const struct {
        float kelvin;
        double least_k, most_k; // what the corners lose against the middle
    } rows[] = {{300, -0.02, 0.02}, {370, 0.05, 0.5}, {270, -0.3, -0.01}};
    struct ib_sim_imager_settings s = defaults();
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        start(&imager, 8, false);
        set_all(rows[r].kelvin, 1);
        double lost = 0;
        for (int f = 0; f < 16; f++) {
            render(&set_scene, &s);
            for (int y = 0; y < 15; y++)
                for (int x = 0; x < 15; x++)
                    lost += (out[(52 + y) * 160 + 72 + x] - out[y * 160 + x]) * 0.01 / 225 / 16;
        }
        if (lost < rows[r].least_k || lost > rows[r].most_k)
            fail_msg("at %.0f K the corner loses %.3f K", (double)rows[r].kelvin, lost);
    }
}

static void tables_follow_the_settings(void **state) {
    (void)state;
    struct ib_sim_imager_settings s = defaults();
    start(&imager, 1, true);
    render(named("bars"), &s);
    memcpy(again, out, sizeof out);
    s.low_gain = true;
    s.flux[0] = 5000;
    render(named("kettle"), &s);
    s.low_gain = false;
    s.rbfo_high[0] = 358836;
    s.rbfo_high[1] = 1435000;
    s.flux[0] = 8192;
    s.tlinear = false;
    set_all(310.15f, 1);
    render(&set_scene, &s);
    assert_true(fabs(out[0] - 3702.3) < 0.7); // another unit's calibration at 37 degC
    s = defaults();
    render(named("bars"), &s);
    assert_memory_equal(out, again, sizeof out);
}

static void the_same_seed_gives_the_same_bytes(void **state) {
    (void)state;
    size_t count = 0;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    for (size_t i = 0; i < count; i++)
        for (int agc = 0; agc < 2; agc++) {
            struct ib_sim_imager_settings s = defaults();
            s.agc = agc;
            start(&imager, 11, false);
            start(&other, 11, false);
            render(named("board"), &s); // the other imager has seen nothing of this
            ib_sim_imager_init(&imager, 160, 120, 57, 0.74f, 11, false);
            ib_sim_imager_ffc(&imager, 0, FPA_K, FPA_K);
            struct ib_sim_imager_result theirs;
            for (int f = 0; f < 3; f++) {
                double t = f / 8.83;
                ib_sim_imager_render(&imager, &scenes[i], t, t, FPA_K, FPA_K, &s, out, &result);
                ib_sim_imager_render(&other, &scenes[i], t, t, FPA_K, FPA_K, &s, again, &theirs);
                assert_memory_equal(out, again, sizeof out);
                assert_int_equal(result.spot_mean_ck, theirs.spot_mean_ck);
            }
            start(&other, 12, false);
            ib_sim_imager_render(&other, &scenes[i], 0, 0, FPA_K, FPA_K, &s, again, &theirs);
            assert_memory_not_equal(out, again, sizeof out);
        }
}

static uint32_t fingerprint(void) {
    uint32_t h = 2166136261U;
    for (int i = 0; i < PX; i++) {
        h = (h ^ (out[i] & 0xffU)) * 16777619U;
        h = (h ^ (uint32_t)(out[i] >> 8)) * 16777619U;
    }
    return h;
}

/// The same numbers from every compiler, optimisation and processor. After a deliberate change of a
/// scene or of the noise, run this test: it prints the new ones.
static void every_machine_gives_these_bytes(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t tlinear, agc;
    } rows[] = {
        {"kettle", 0xf2bf4fa0, 0x0ebfeca6}, {"person", 0x2c99aa77, 0x7657a19c},
        {"board", 0x570436a9, 0x64a24454},  {"house", 0x7bb90dd3, 0x10c0b41e},
        {"hot", 0x410e1eee, 0x3e2aef1d},    {"bars", 0x6b487a98, 0xeded6d85},
        {"flat", 0xb007e79c, 0xf0896bbf},
    };
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_sim_imager_settings s = defaults();
        start(&imager, 7, false);
        ib_sim_imager_render(&imager, named(rows[i].name), 30, 60, FPA_K + 1, FPA_K + 1, &s, out,
                             &result);
        uint32_t tlinear = fingerprint();
        s.agc = true;
        ib_sim_imager_render(&imager, named(rows[i].name), 31, 61, FPA_K + 1, FPA_K + 1, &s, out,
                             &result);
        uint32_t agc = fingerprint();
        if (tlinear != rows[i].tlinear || agc != rows[i].agc) {
            print_message("{\"%s\", 0x%08x, 0x%08x},\n", rows[i].name, tlinear, agc);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_beyond_the_sensor_are_refused),
        cmocka_unit_test(quiet_bars_read_true),
        cmocka_unit_test(a_small_module_reads_true),
        cmocka_unit_test(counts_follow_rbfo),
        cmocka_unit_test(emissivity_matters_until_it_is_set),
        cmocka_unit_test(window_and_air_enter_the_readout),
        cmocka_unit_test(without_radiometry_counts_are_relative_to_the_camera),
        cmocka_unit_test(everything_clips_where_the_converter_ends),
        cmocka_unit_test(nonsense_is_survived),
        cmocka_unit_test(noise_is_what_the_data_sheet_says),
        cmocka_unit_test(noise_of_neighbours_and_frames_is_independent),
        cmocka_unit_test(pattern_grows_until_an_ffc),
        cmocka_unit_test(a_warming_housing_shifts_everything_until_an_ffc),
        cmocka_unit_test(quiet_means_exact),
        cmocka_unit_test(the_lens_has_the_data_sheets_mtf),
        cmocka_unit_test(a_point_keeps_its_light),
        cmocka_unit_test(corners_read_a_little_low_far_from_the_modules_own_temperature),
        cmocka_unit_test(tables_follow_the_settings),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(every_machine_gives_these_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
