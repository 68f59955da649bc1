/// A wood stove with the fire up: hotter than high gain can see, over more than a quarter of the
/// picture, so that saturation and the automatic change of gain have something to do.
///
/// Flames are puffs of hot gas and soot in front of embers; glass is opaque in this band, so what
/// shows is the pane, heated from behind. Not modelled: sparks, the flue's draught. Own model.
#include "core/real.h"
#include "sim/scene_paint.h"

#define AIR_K (IB_SIM_0C + 24)
#define FIRE 0 ///< source: the flicker of the fire, around 1

static void hot_heats(double time_s, uint64_t seed, float strength[IB_SIM_HEATS]) {
    (void)seed;
    strength[FIRE] = 1 + 0.030f * (float)ib_sin(5.3 * time_s) +
                     0.025f * (float)ib_sin(8.9 * time_s) + 0.03f * (float)ib_sin(0.7 * time_s);
}

static void room(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    float body = paint_box(x, y, 0, 0.05f, 0.62f, 0.55f, 0.05f);
    float joint = paint_min(paint_grid(y, 0.16f),
                            paint_grid(x + (paint_floor(y / 0.16f) & 1 ? 0.18f : 0), 0.36f));
    point->kelvin = AIR_K + 4 + 26 * paint_halo(body, 0.16f) - 5 * y +
                    1.2f * ib_sim_paint_grain(5 * x, 5 * y, seed) -
                    1.5f * (1 - paint_step(0.006f, 0.018f + pixel, joint));
    point->emissivity = 0.94f;
    float course = paint_random((uint32_t)paint_floor(y / 0.16f) * 37u + 5);
    paint_tint(point, 1, 0x9A5A40,
               0.8f + 0.12f * course + 0.25f * ib_sim_paint_grain(5 * x, 5 * y, seed));
    paint_tint(point, 1 - paint_step(0.006f, 0.018f + pixel, joint), 0xB0A898, 0.8f);
    paint_shade(point, paint_halo(body, 0.10f), 0.6f);
    float hearth = 0.60f - y;
    float stone = 14 * paint_halo(paint_abs(x) - 0.6f, 0.2f) +
                  2 * ib_sim_paint_grain(4 * x, 14 * y, seed + 2);
    paint_over(point, paint_cover(hearth, pixel), AIR_K + 6 + stone, 0.94f, 0x5C5650);
    float pipe = paint_max(paint_abs(x) - 0.12f, y + 0.45f);
    float round = x / 0.12f;
    paint_over_hot(point, paint_cover(pipe, pixel), AIR_K + 60, 0.92f, FIRE,
                   125 - 35 * round * round + 60 * (y + 0.5f), 0x26262A);
    paint_shade(point, paint_cover(pipe, pixel), 1.5f - 1.1f * round * round);
    float collar = paint_box(x, y, 0, -0.50f, 0.155f, 0.03f, 0.01f);
    paint_over_hot(point, paint_cover(collar, pixel), AIR_K + 60, 0.9f, FIRE, 130, 0x36363A);
}

static void stove(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    for (int side = -1; side <= 1; side += 2) {
        float leg = paint_limb(x, y, 0.48f * (float)side, 0.55f, 0.045f, 0.53f * (float)side, 0.68f,
                               0.03f, NULL);
        paint_over(point, paint_cover(leg, pixel), AIR_K + 75, 0.93f, 0x1E1E20);
    }
    float body = paint_box(x, y, 0, 0.05f, 0.62f, 0.55f, 0.05f);
    float iron = 3 * ib_sim_paint_grain(9 * x, 9 * y, seed + 4);
    paint_over_hot(point, paint_cover(body, pixel), AIR_K + 60 + iron, 0.93f, FIRE,
                   150 - 75 * paint_step(0.1f, 0.62f, paint_abs(x)) - 90 * (y + 0.1f), 0x2A2A2E);
    float plate = paint_box(x, y, 0, -0.475f, 0.67f, 0.045f, 0.02f);
    paint_over_hot(point, paint_cover(plate, pixel), AIR_K + 60, 0.93f, FIRE, 185 - 110 * x * x,
                   0x34343A);
    float door = paint_box(x, y, 0, 0.00f, 0.48f, 0.36f, 0.04f);
    paint_over_hot(point, paint_cover(door, pixel), AIR_K + 60 + iron, 0.93f, FIRE,
                   178 - 90 * paint_halo(-door, 0.03f), 0x303036);
    float pane = paint_box(x, y, 0, 0.00f, 0.385f, 0.275f, 0.06f);
    float embers = paint_halo(paint_ellipse(x, y, 0, 0.24f, 0.26f, 0.05f), 0.12f);
    paint_over_hot(point, paint_cover(pane, pixel), AIR_K + 70, 0.94f, FIRE,
                   185 + 95 * embers + 16 * ib_sim_paint_grain(6 * x, 6 * y, seed + 6), 0x70280C);
    // Behind the pane: a glow, brightest at the embers.
    paint_tint(point, paint_cover(pane, pixel) * embers, 0xFF7018, 1.2f);
    paint_tint(point, paint_cover(pane, pixel) * embers * embers * embers, 0xFFC040, 1.6f);
    paint_tint(point, paint_cover(paint_abs(door) - 0.006f, pixel), 0x101012, 1);
    // Two logs, darker than the embers.
    float along;
    float log = paint_limb(x, y, -0.23f, 0.19f, 0.048f, 0.12f, 0.14f, 0.042f, &along);
    log = paint_min(log, paint_limb(x, y, -0.06f, 0.20f, 0.042f, 0.25f, 0.20f, 0.046f, NULL));
    point->kelvin -=
        paint_cover(log, pixel) * (70 + 30 * ib_sim_paint_noise(20 * x, 9 * y, seed + 8));
    paint_tint(point, paint_cover(log, pixel), 0x301810, 1 + along);
    float handle = paint_limb(x, y, 0.545f, -0.08f, 0.020f, 0.545f, 0.10f, 0.020f, NULL);
    paint_over(point, paint_cover(handle, pixel), AIR_K + 55, 0.35f, 0xC8C4BC);
    float slots = paint_max(paint_abs(y - 0.46f) - 0.018f, paint_abs(x) - 0.28f);
    slots = paint_max(slots, 0.014f - paint_grid(x, 0.07f));
    paint_over(point, paint_cover(slots, pixel), AIR_K + 235, 0.95f, 0x501808);
}

static void hot_still(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    room(point, x, y, pixel, seed);
    stove(point, x, y, pixel, seed);
}

static void hot_moving(const struct ib_sim_canvas *canvas, double time_s, uint64_t seed) {
    for (int i = -1; i <= 1; i++) {
        float fi = (float)i;
        struct ib_sim_plume flame = {.x = 0.125f * fi,
                                     .y = 0.15f,
                                     .rise = i == 0 ? 0.30f : 0.22f,
                                     .lean = -0.06f * fi,
                                     .r0 = 0.075f,
                                     .r1 = 0.028f,
                                     .kelvin = IB_SIM_0C + 390,
                                     .air_k = IB_SIM_0C + 300,
                                     .density = 0.72f,
                                     .visible = 0.9f,
                                     .colour = i ? 0xFFA830 : 0xFFD060,
                                     .life_s = 0.7f + 0.08f * fi,
                                     .puffs = 9};
        ib_sim_paint_plume(canvas, &flame, time_s, (uint32_t)seed + 17u * (uint32_t)(i + 1));
    }
}

/// The stove stands before its wall.
static float hot_distance_mm(float x, float y, double time_s, uint64_t seed) {
    (void)time_s;
    (void)seed;
    return paint_box(x, y, 0, 0.05f, 0.62f, 0.55f, 0.05f) < 0 ? 1050 : 1350;
}

const struct ib_sim_scene_parts ib_sim_scene_hot_parts = {hot_still, hot_heats, hot_moving,
                                                          hot_distance_mm};
