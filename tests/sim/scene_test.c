/// Scenes: what they promise to a sensor, and that each one shows the physics it is named for.
/// Every scene is deterministic in (seed, time); a failure prints the scene and the time.
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
#include <string.h>

#include "sim/imager.h"
#include "sim/scene.h"

#define ZERO_C 273.15f
#define PX 19200 // 160x120

static float kelvin_a[PX], emissivity_a[PX];
static float kelvin_b[PX], emissivity_b[PX];
static float plane[2 + IB_SIM_HEATS][PX];

static const struct ib_sim_scene *scene_of(const char *name) {
    const struct ib_sim_scene *scene = ib_sim_scene_named(name);
    assert_non_null(scene);
    return scene;
}

static void view(const struct ib_sim_scene *scene, double time_s, uint64_t seed, float hfov_deg,
                 uint16_t width_px, uint16_t height_px, float *kelvin, float *emissivity) {
    struct ib_sim_surface surface = {width_px, height_px, kelvin, emissivity};
    scene->view(scene, time_s, seed, hfov_deg, &surface);
}

static void view_a(const char *name, double time_s) {
    view(scene_of(name), time_s, 7, 57, 160, 120, kelvin_a, emissivity_a);
}

/// Mean of a rectangle of view_a, degrees Celsius.
static double mean_c(int x0, int y0, int x1, int y1) {
    double sum = 0;
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            sum += (double)kelvin_a[y * 160 + x];
    return sum / ((x1 - x0 + 1) * (y1 - y0 + 1)) - (double)ZERO_C;
}

static double max_c(int x0, int y0, int x1, int y1) {
    float high = 0;
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            if (kelvin_a[y * 160 + x] > high)
                high = kelvin_a[y * 160 + x];
    return (double)(high - ZERO_C);
}

static void the_list_names_each_scene_once(void **state) {
    (void)state;
    size_t count = 0;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    assert_true(count >= 7);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(scenes[i].view);
        assert_true(strlen(scenes[i].about) > 10);
        assert_ptr_equal(ib_sim_scene_named(scenes[i].name), &scenes[i]);
    }
    static const char *const promised[] = {"kettle", "person", "board", "house",
                                           "hot",    "bars",   "flat"};
    for (size_t i = 0; i < sizeof promised / sizeof promised[0]; i++)
        assert_non_null(ib_sim_scene_named(promised[i]));
    assert_null(ib_sim_scene_named("no such scene"));
    assert_null(ib_sim_scene_named(""));
    assert_null(ib_sim_scene_named(NULL));
}

static void every_surface_is_physical(void **state) {
    (void)state;
    size_t count = 0;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    static const struct {
        uint16_t width_px, height_px;
        float hfov_deg;
    } modules[] = {{160, 120, 57}, {160, 120, 95}, {80, 60, 50}, {80, 60, 25}, {7, 5, 57}};
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < sizeof modules / sizeof modules[0]; m++)
            for (int step = 0; step < 5; step++) {
                double t = 61.7 * step;
                size_t px = (size_t)modules[m].width_px * modules[m].height_px;
                view(&scenes[i], t, 3, modules[m].hfov_deg, modules[m].width_px,
                     modules[m].height_px, kelvin_a, emissivity_a);
                for (size_t at = 0; at < px; at++) {
                    bool good = kelvin_a[at] > 220 && kelvin_a[at] < 720 && emissivity_a[at] > 0 &&
                                emissivity_a[at] <= 1;
                    if (!good)
                        fail_msg("%s at %.1f s, %ux%u, fov %.0f, pixel %zu: %f K, emissivity %f",
                                 scenes[i].name, t, modules[m].width_px, modules[m].height_px,
                                 (double)modules[m].hfov_deg, at, (double)kelvin_a[at],
                                 (double)emissivity_a[at]);
                }
            }
}

static void an_odd_field_of_view_is_clamped(void **state) {
    (void)state;
    static const float odd[] = {0, -5, 180, 1e9f};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        view(scene_of("kettle"), 0, 1, odd[i], 16, 12, kelvin_a, emissivity_a);
        for (size_t at = 0; at < 192; at++)
            assert_true(kelvin_a[at] > 220 && kelvin_a[at] < 720);
    }
}

static void the_same_seed_and_time_give_the_same_view(void **state) {
    (void)state;
    size_t count = 0;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    for (size_t i = 0; i < count; i++) {
        view(&scenes[i], 12.25, 5, 57, 160, 120, kelvin_a, emissivity_a);
        view(&scenes[i], 99, 6, 57, 160, 120, kelvin_b, emissivity_b);
        view(&scenes[i], 12.25, 5, 57, 160, 120, kelvin_b, emissivity_b);
        assert_memory_equal(kelvin_a, kelvin_b, sizeof kelvin_a);
        assert_memory_equal(emissivity_a, emissivity_b, sizeof emissivity_a);
        if (!scenes[i].parts)
            continue;
        view(&scenes[i], 12.25, 6, 57, 160, 120, kelvin_b, emissivity_b);
        assert_memory_not_equal(kelvin_a, kelvin_b, sizeof kelvin_a);
    }
}

static void composing_kept_planes_equals_the_view(void **state) {
    (void)state;
    size_t count = 0;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    struct ib_sim_scene_planes planes = {plane[0], plane[1], {plane[2], plane[3], plane[4]}};
    for (size_t i = 0; i < count; i++) {
        if (!scenes[i].parts)
            continue;
        ib_sim_scene_still(&scenes[i], 9, 57, 160, 120, &planes);
        for (int step = 0; step < 4; step++) {
            double t = 13.3 * step;
            struct ib_sim_surface surface = {160, 120, kelvin_b, emissivity_b};
            ib_sim_scene_compose(&scenes[i], t, 9, 57, &planes, &surface);
            view(&scenes[i], t, 9, 57, 160, 120, kelvin_a, emissivity_a);
            assert_memory_equal(kelvin_a, kelvin_b, sizeof kelvin_a);
            assert_memory_equal(emissivity_a, emissivity_b, sizeof emissivity_a);
        }
    }
}

static void the_picture_is_a_pinhole_view(void **state) {
    (void)state;
    const struct ib_sim_scene *scene = scene_of("board"); // nothing moves over it
    static const float fovs[] = {25, 57, 95};
    for (size_t f = 0; f < 3; f++) {
        view(scene, 4, 7, fovs[f], 160, 120, kelvin_a, emissivity_a);
        double edge = tan((double)fovs[f] / 2 * M_PI / 180) / tan(28.5 * M_PI / 180);
        float strength[IB_SIM_HEATS] = {0};
        scene->parts->heats(4, 7, strength);
        for (int y = 0; y < 120; y += 13)
            for (int x = 0; x < 160; x += 11) {
                struct ib_sim_point point = {0};
                scene->parts->still(&point, (float)(edge * ((x + 0.5) / 80 - 1)),
                                    (float)(edge * ((y + 0.5) / 80 - 0.75)), (float)(edge / 80), 7);
                float want = point.kelvin;
                for (int h = 0; h < IB_SIM_HEATS; h++)
                    want += strength[h] * point.heat[h];
                assert_float_equal(kelvin_a[y * 160 + x], want, 0.01f);
            }
    }
}

static void things_move_where_they_should(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool moves;
    } rows[] = {{"kettle", true}, {"person", true}, {"board", true}, {"house", true},
                {"hot", true},    {"bars", false},  {"flat", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ib_sim_scene *scene = scene_of(rows[i].name);
        view(scene, 20, 7, 57, 160, 120, kelvin_a, emissivity_a);
        view(scene, 22, 7, 57, 160, 120, kelvin_b, emissivity_b);
        bool moved = false;
        for (size_t at = 0; at < PX; at++)
            moved |= kelvin_a[at] != kelvin_b[at];
        assert_int_equal(moved, rows[i].moves);
    }
}

static void the_kettle_boils_and_starts_over(void **state) {
    (void)state;
    double low = 1000, high = 0, before = 0, water = 0;
    for (int t = 0; t < 241; t++) {
        view_a("kettle", t);
        water = mean_c(50, 70, 76, 90);
        if (water > high)
            high = water;
        if (water < low)
            low = water;
        if (t > 0 && fabs(water - before) > 10)
            fail_msg("the water jumps from %.1f to %.1f degC at %d s", before, water, t);
        before = water;
    }
    assert_true(high > 88 && high < 101);
    assert_true(low > 21 && low < 32);
    view_a("kettle", 0);
    double cold = mean_c(20, 0, 50, 30);
    assert_true(max_c(145, 80, 155, 98) < 15); // the milk
    view_a("kettle", 60);
    double steam = mean_c(20, 0, 50, 30);
    assert_true(steam > cold + 0.5);
    // Steel around the foot shows the room, not the water behind it.
    bool mirror = false;
    for (size_t at = 0; at < PX; at++)
        mirror |= emissivity_a[at] < 0.35f && kelvin_a[at] > ZERO_C + 60;
    assert_true(mirror);
}

/// The mean column of what is skin in view_a; -1 when nothing is.
static double moving_middle(void) {
    double sum = 0, weighted = 0;
    for (int at = 0; at < PX; at++) {
        double warm = (double)(kelvin_a[at] - ZERO_C);
        bool skin = emissivity_a[at] > 0.97f && warm > 29 && warm < 37;
        sum += skin;
        weighted += skin ? at % 160 : 0;
    }
    return sum > 0 ? weighted / sum : -1;
}

static void the_person_walks_both_ways(void **state) {
    (void)state;
    double left = 200, right = -1, before = -1;
    int forth = 0, back = 0;
    for (int step = 0; step < 34; step++) {
        double t = 0.5 * step;
        view_a("person", t);
        double middle = moving_middle();
        if (middle < 0)
            fail_msg("no skin in view at %.1f s", t);
        if (before >= 0) {
            forth += middle > before + 0.5;
            back += middle < before - 0.5;
        }
        before = middle;
        left = middle < left ? middle : left;
        right = middle > right ? middle : right;
    }
    assert_true(left < 50 && right > 110);
    assert_true(forth > 8 && back > 8);
    view_a("person", 0);
    assert_true(mean_c(20, 22, 38, 55) < 14); // glass
    assert_true(mean_c(20, 70, 40, 85) > 30); // radiator
    assert_true(max_c(0, 0, 159, 119) < 45);
}

static void the_board_follows_its_load(void **state) {
    (void)state;
    double low = 1000, high = 0;
    for (int t = 0; t < 36; t++) {
        view_a("board", t);
        double chip = mean_c(76, 48, 88, 60);
        low = chip < low ? chip : low;
        high = chip > high ? chip : high;
    }
    assert_true(high > 65 && high < 100);
    assert_true(high - low > 15);
    int shiny = 0;
    for (size_t at = 0; at < PX; at++)
        shiny += emissivity_a[at] < 0.2f;
    assert_true(shiny > 400); // the can and the socket
}

static void the_house_leaks_under_a_cold_sky(void **state) {
    (void)state;
    view_a("house", 0);
    double sky = mean_c(5, 2, 60, 12), wall = mean_c(70, 64, 74, 68);
    double window = mean_c(108, 82, 110, 84), slab = mean_c(84, 71, 90, 72);
    assert_true(sky < -20);
    assert_true(wall > -2 && window > wall + 3);
    assert_true(slab > wall + 0.8);
    double flue = max_c(95, 0, 110, 25);
    view_a("house", 64); // the boiler has rested
    assert_true(flue > 25);
    assert_true(max_c(95, 0, 110, 25) < flue - 10);
}

static void the_stove_is_too_hot_for_high_gain(void **state) {
    (void)state;
    for (int step = 0; step < 7; step++) {
        double t = 0.7 * step;
        view_a("hot", t);
        double high = max_c(0, 0, 159, 119);
        assert_true(high > 340 && high < 400);
        int hot = 0;
        for (size_t at = 0; at < PX; at++)
            hot += kelvin_a[at] > ZERO_C + 115;
        assert_true(hot * 100 > PX * 26);
    }
}

static void the_charts_are_exact(void **state) {
    (void)state;
    static const struct { uint16_t width_px, height_px; } sizes[] = {{160, 120}, {80, 60}};
    for (size_t i = 0; i < 2; i++) {
        unsigned width = sizes[i].width_px, height = sizes[i].height_px;
        view(scene_of("bars"), 3, 1, 57, sizes[i].width_px, sizes[i].height_px, kelvin_a,
             emissivity_a);
        for (unsigned y = 0; y < height; y++)
            for (unsigned x = 0; x < width; x++) {
                unsigned bar = x * 16 / width;
                float want = ZERO_C - 10 + 10 * (float)bar;
                assert_true(kelvin_a[y * width + x] == want);
                assert_true(emissivity_a[y * width + x] == 1);
            }
    }
    view_a("flat", 0);
    for (size_t at = 0; at < PX; at++)
        assert_true(kelvin_a[at] == 300 && emissivity_a[at] == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_names_each_scene_once),
        cmocka_unit_test(every_surface_is_physical),
        cmocka_unit_test(an_odd_field_of_view_is_clamped),
        cmocka_unit_test(the_same_seed_and_time_give_the_same_view),
        cmocka_unit_test(composing_kept_planes_equals_the_view),
        cmocka_unit_test(the_picture_is_a_pinhole_view),
        cmocka_unit_test(things_move_where_they_should),
        cmocka_unit_test(the_kettle_boils_and_starts_over),
        cmocka_unit_test(the_person_walks_both_ways),
        cmocka_unit_test(the_board_follows_its_load),
        cmocka_unit_test(the_house_leaks_under_a_cold_sky),
        cmocka_unit_test(the_stove_is_too_hot_for_high_gain),
        cmocka_unit_test(the_charts_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
