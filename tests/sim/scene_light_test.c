/// Scenes in visible light: what they promise, and that they show the thermal picture's world.
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

#include "core/crc32.h"
#include "sim/scene_light.h"
#include "support_visible.h"

#define WIDTH 320
#define HEIGHT 240
#define PX (WIDTH * HEIGHT)

static uint32_t cells_a[PX], cells_b[PX];
static float kelvin[PX], emissivity[PX];

static const struct ib_sim_scene *scene_of(const char *name) {
    const struct ib_sim_scene *scene = ib_sim_scene_named(name);
    assert_non_null(scene);
    return scene;
}

/// The Lepton's own view: 57 degrees are -1 to 1.
static struct ib_sim_light_view lepton_view(void) {
    float step = 2.0f / WIDTH;
    return (struct ib_sim_light_view){-1 + step / 2, -0.75f + step / 2, step, step, step};
}

static void paint(const struct ib_sim_scene *scene, double time_s, uint32_t *cells) {
    struct ib_sim_light_view view = lepton_view();
    struct ib_sim_light_picture picture = {cells, WIDTH, HEIGHT};
    ib_sim_light_still(scene, 7, &view, &picture);
    ib_sim_light_moving(scene, time_s, 7, &view, &picture);
}

static void warm(const struct ib_sim_scene *scene, double time_s) {
    struct ib_sim_surface surface = {WIDTH, HEIGHT, kelvin, emissivity};
    scene->view(scene, time_s, 7, 57, &surface);
}

static int channel(uint32_t cell, int i) {
    return (int)(cell >> (10 * i) & 0x3FF);
}

static void every_scene_is_lit(void **state) {
    (void)state;
    size_t count = 0;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    for (size_t s = 0; s < count; s++) {
        const struct ib_sim_light *light = ib_sim_scene_light(&scenes[s]);
        assert_true(light->lux > 0 && light->infrared > 0);
        assert_true(light->tint[1] > 0.99f && light->tint[1] < 1.01f);
        assert_true(scenes[s].distance_mm > 100);
        for (int t = 0; t < 4; t++) {
            paint(&scenes[s], 37.3 * t, cells_a);
            int least = 1023, most = 0;
            for (size_t at = 0; at < PX; at++)
                for (int i = 0; i < 3; i++) {
                    int level = channel(cells_a[at], i);
                    if (level < IB_SIM_CELL_BLACK || level > IB_SIM_CELL_MOST)
                        fail_msg("%s at %zu: %d", scenes[s].name, at, level);
                    least = level < least ? level : least;
                    most = level > most ? level : most;
                }
            if (strcmp(scenes[s].name, "flat") != 0)
                assert_true(most - least > 200); // something is to be seen
            assert_int_equal(cells_a[0] >> 30, 0);
            paint(&scenes[s], 37.3 * t, cells_b);
            assert_memory_equal(cells_a, cells_b, sizeof cells_a);
        }
    }
}

static void a_scene_without_colours_is_grey(void **state) {
    (void)state;
    static const struct ib_sim_scene plain = {.name = "plain", .about = "a view only"};
    assert_non_null(ib_sim_scene_light(&plain));
    paint(&plain, 0, cells_a);
    assert_int_equal(channel(cells_a[0], 0), channel(cells_a[0], 2));
    assert_true(fabsf(ib_sim_scene_distance_mm(&plain, 0, 1, 27) - 1000) < 0.1f);
    // 22 mm at a metre, in units of the tangent of 28.5 degrees.
    double want = 0.022 / tan(28.5 * M_PI / 180);
    assert_true(fabs((double)ib_sim_scene_parallax(&plain, 22) - want) < 1e-5);
}

static void what_moves_moves_in_both(void **state) {
    (void)state;
    static const char *const names[] = {"kettle", "person", "house", "hot"};
    for (size_t n = 0; n < 4; n++) {
        const struct ib_sim_scene *scene = scene_of(names[n]);
        static float before[PX];
        // Where things have moved in the thermal picture they mostly have in the other.
        double times[2] = {60.0, 60.9};
        warm(scene, times[0]);
        memcpy(before, kelvin, sizeof before);
        warm(scene, times[1]);
        paint(scene, times[0], cells_a);
        paint(scene, times[1], cells_b);
        int both = 0, seen = 0, felt = 0;
        for (size_t at = 0; at < PX; at++) {
            bool light = false, heat = fabsf(kelvin[at] - before[at]) > 2.5f;
            for (int i = 0; i < 3; i++)
                light |= abs(channel(cells_a[at], i) - channel(cells_b[at], i)) > 12;
            seen += light;
            felt += heat;
            both += light && heat;
        }
        if (seen < 100 || felt < 100 || both < seen * 0.4)
            fail_msg("%s: %d seen, %d felt, %d both", names[n], seen, felt, both);
    }
}

/// The middle of what has this colour, columns; -1 when there is none.
static double middle_of(bool (*is)(size_t at)) {
    double sum = 0, weighted = 0;
    for (size_t at = 0; at < PX; at++)
        if (is(at)) {
            sum += 1;
            weighted += (double)(at % WIDTH);
        }
    return sum > 20 ? weighted / sum : -1;
}

static bool is_shirt(size_t at) {
    return channel(cells_a[at], 0) > 350 && channel(cells_a[at], 0) > 2 * channel(cells_a[at], 1);
}

static bool is_skin(size_t at) {
    return emissivity[at] > 0.97f && kelvin[at] > 273.15f + 29;
}

static void the_person_is_at_the_same_place(void **state) {
    (void)state;
    const struct ib_sim_scene *scene = scene_of("person");
    for (int i = 0; i < 17; i++) {
        paint(scene, i, cells_a);
        warm(scene, i);
        double shirt = middle_of(is_shirt), skin = middle_of(is_skin);
        if (shirt < 0 || skin < 0 || fabs(shirt - skin) > 18)
            fail_msg("at %d s: shirt at %.1f, skin at %.1f of %d", i, shirt, skin, WIDTH);
    }
}

static void the_lid_rattles_in_both(void **state) {
    (void)state;
    // Boiling between 48 and 79 s; the lid is up at one moment and down at the other.
    const struct ib_sim_scene *scene = scene_of("kettle");
    double up = (2 * M_PI * 190 + M_PI / 2) / 19, down = (2 * M_PI * 190 + 3 * M_PI / 2) / 19;
    double tops[2][2] = {{0}};
    for (int i = 0; i < 2; i++) {
        double time_s = i ? down : up;
        paint(scene, time_s, cells_a);
        warm(scene, time_s);
        // Down the middle of the knob: where the wall's light and the wall's warmth end.
        int x = (int)((1 - 0.2) * WIDTH / 2);
        for (int y = 20; y < HEIGHT && channel(cells_a[y * WIDTH + x], 0) > 300; y++)
            tops[i][0] = y;
        for (int y = 20; y < HEIGHT && kelvin[y * WIDTH + x] < 273.15f + 35; y++)
            tops[i][1] = y;
    }
    for (int k = 0; k < 2; k++) // 0.011 units are 1.8 pixels
        assert_true(tops[1][k] - tops[0][k] >= 1 && tops[1][k] - tops[0][k] <= 3);
}

static void a_walker_comes_nearer_than_the_wall(void **state) {
    (void)state;
    const struct ib_sim_scene *scene = scene_of("person");
    float near = 1e9f, far = 0;
    for (int i = 0; i < 170; i++) {
        float mm = ib_sim_scene_distance_mm(scene, 0.1 * i, 7, 5);
        near = mm < near ? mm : near;
        far = mm > far ? mm : far;
    }
    assert_in_range((int)near, 2750, 2850);
    assert_in_range((int)far, 3350, 3450);
    // A wide cone sees both at once.
    float wide = ib_sim_scene_distance_mm(scene, 0, 7, 27);
    assert_true(wide > 2800 && wide < 3400);
}

static void every_machine_paints_these_cells(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t crc;
    } rows[] = {{"kettle", 0xD123BD02}, {"person", 0x6C5BE674}, {"board", 0x036C8566},
                {"house", 0x8E97B1B3},  {"hot", 0xCC8EA2AC},    {"bars", 0x487156BA},
                {"flat", 0xE5C80E53}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        paint(scene_of(rows[i].name), 62, cells_a);
        uint32_t crc = ib_crc32(0, cells_a, sizeof cells_a);
        if (crc != rows[i].crc)
            fail_msg("%s: 0x%08X", rows[i].name, crc);
    }
}

// ---- The camera beside the Lepton ----

/// The column where a row of the Lepton's picture changes most, as a tangent.
static double warm_edge(int row, int from, int to) {
    float most = 0;
    int best = from;
    for (int x = from; x < to; x++) {
        float step = kelvin[row * WIDTH + x + 1] - kelvin[row * WIDTH + x];
        if (step > most) {
            most = step;
            best = x;
        }
    }
    return ((best + 1.0) / (WIDTH / 2.0) - 1) * tan(28.5 * M_PI / 180);
}

/// Where red begins in a row of the camera's picture, as a tangent.
static double red_edge(unsigned row, unsigned from, unsigned to, double focal_px) {
    int most = 0;
    unsigned best = from;
    for (unsigned x = from; x < to; x++) {
        int a[3], b[3];
        eye_pixel(x, row, a);
        eye_pixel(x + 1, row, b);
        int step = (b[0] - b[1]) - (a[0] - a[1]);
        if (step > most) {
            most = step;
            best = x;
        }
    }
    return (best + 1.0 - eye.width / 2.0) / focal_px;
}

static void the_kettles_edge_lines_up(void **state) {
    (void)state;
    eye_ready("kettle");
    eye_poke(0x3602, 0);
    eye_poke(0x3603, 208 >> 4); // about in focus
    eye_wait_us(2000000);
    eye_snapshot();
    warm(scene_of("kettle"), 2);
    double focal_px = 320 / tan(32.5 * M_PI / 180);
    // The kettle is 700 mm away, the camera 22 mm to the right: it sees it further to the left.
    for (int i = 0; i < 12; i++) {
        double y = (0.10 + 0.02 * i) * tan(28.5 * M_PI / 180); // over the kettle's body
        int warm_row = (int)(HEIGHT / 2.0 + y / tan(28.5 * M_PI / 180) * (WIDTH / 2.0));
        unsigned row = (unsigned)(240 + y * focal_px);
        double thermal = warm_edge(warm_row, 50, 130), visible = red_edge(row, 40, 205, focal_px);
        double shift = thermal - visible;
        // A pixel of either is 0.0034 and 0.0020.
        if (fabs(shift - 22.0 / 700) > 0.006)
            fail_msg("row %d: thermal %.4f visible %.4f, shift %.4f", warm_row, thermal, visible,
                     shift);
    }
    assert_int_equal(ib_sim_ov5640_violation_count(&eye.part), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scene_is_lit),
        cmocka_unit_test(a_scene_without_colours_is_grey),
        cmocka_unit_test(what_moves_moves_in_both),
        cmocka_unit_test(the_person_is_at_the_same_place),
        cmocka_unit_test(the_lid_rattles_in_both),
        cmocka_unit_test(every_machine_paints_these_cells),
        cmocka_unit_test(a_walker_comes_nearer_than_the_wall),
        cmocka_unit_test(the_kettles_edge_lines_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
