/// A person who walks to and fro through a room, past a window and its radiator.
///
/// The walk is a sine from wall to wall; the stride follows the way covered, so feet do not slide.
/// Face and hands are skin, the rest is cloth; glasses are opaque here and cold. Not modelled: what
/// the floor keeps of a step, reflections of the person. Own model.
#include <stdbool.h>

#include "core/real.h"
#include "sim/scene_paint.h"

#define AIR_K (IB_SIM_0C + 21)
#define FLOOR_Y 0.44f
#define WALK_S 17.0
#define WALK_HALF_WAY 0.66f
/// Where in the walk a scene begins, radians: left of the middle, going right.
#define WALK_FIRST (-0.45)
/// Radians of stride for one unit of way.
#define STRIDE 8.5

static void wall(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    float k = AIR_K - 0.9f - 1.6f * y + 0.25f * ib_sim_paint_grain(1.7f * x, 1.7f * y, seed);
    // Studs behind plasterboard; the outer corner at the left is a thermal bridge.
    k -= 0.30f * paint_halo(paint_grid(x - 0.07f, 0.42f) - 0.012f, 0.012f);
    k -= 2.6f * paint_halo(x + 1.04f, 0.10f);
    k -= 1.5f * paint_halo(y + 0.78f, 0.09f);
    point->kelvin = k;
    point->emissivity = 0.94f;
    paint_tint(point, 1, 0xD8CDB4, 0.95f - 0.14f * paint_abs(x + 0.3f) - 0.05f * y);
    float skirting = paint_abs(y - (FLOOR_Y - 0.03f)) - 0.03f;
    paint_over(point, paint_cover(skirting, pixel), k - 0.8f, 0.92f, 0xF6F4EE);
    if (y > FLOOR_Y - pixel) {
        float depth = paint_max(y - FLOOR_Y, 0) + 0.16f;
        float plank = ib_sim_paint_noise(0.22f * x / depth + 40, 3.0f / depth, seed + 3);
        float seam = paint_grid(0.30f * x / depth, 0.17f) * depth * 3;
        float floor_k = AIR_K - 2.1f + 2.2f * (y - FLOOR_Y) + 0.35f * plank -
                        0.5f * (1 - paint_step(0.004f, 0.012f + pixel, seam));
        paint_over(point, paint_cover(FLOOR_Y - y, pixel), floor_k, 0.90f, 0xA97C50);
        paint_shade(point, paint_cover(FLOOR_Y - y, pixel),
                    0.8f + 0.25f * plank - 0.4f * (1 - paint_step(0.004f, 0.012f + pixel, seam)));
    }
}

static void window(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    float cx = -0.44f, cy = -0.27f;
    float frame = paint_box(x, y, cx, cy, 0.37f, 0.30f, 0.01f);
    point->kelvin -= 1.6f * paint_halo(frame, 0.035f);
    paint_over(point, paint_cover(frame, pixel), AIR_K - 4.5f, 0.92f, 0xF4F4F2);
    for (int pane = -1; pane <= 1; pane += 2) {
        float px = cx + 0.178f * (float)pane;
        float glass = paint_box(x, y, px, cy, 0.148f, 0.255f, 0.006f);
        // Cold air sinks inside the pane; the spacer at the edge conducts.
        float k = AIR_K - 8.5f - 5.0f * (y - cy) - 2.2f * paint_halo(-glass, 0.03f) +
                  0.4f * ib_sim_paint_noise(3 * x, 2 * y, seed + 5);
        paint_over(point, paint_cover(glass, pixel), k, 0.85f, 0xA9CDEB);
        // Outside: sky above, trees below, brighter than the room.
        float tree = cy + 0.13f + 0.05f * ib_sim_paint_noise(14 * x, 1, seed + 6) - y;
        paint_tint(point, paint_cover(paint_max(glass, tree), pixel), 0x5E8A48, 1.1f);
        paint_shade(point, paint_cover(glass, pixel), 1.5f);
        float handle = paint_box(x, y, cx + 0.02f, cy + 0.02f, 0.008f, 0.035f, 0.006f);
        paint_over(point, paint_cover(handle, pixel), AIR_K - 1, 0.4f, 0xB0B0B0);
    }
    float sill = paint_box(x, y, cx, cy + 0.325f, 0.41f, 0.022f, 0.008f);
    paint_over(point, paint_cover(sill, pixel), AIR_K + 3.0f, 0.92f, 0xFAFAF6);
}

static void radiator(struct ib_sim_point *point, float x, float y, float pixel) {
    float cx = -0.44f, cy = 0.235f, hw = 0.34f, hh = 0.135f;
    float d = paint_box(x, y, cx, cy, hw, hh, 0.015f);
    // Its heat on the wall, mostly above.
    float rising = paint_halo(paint_abs(x - cx) - hw + 0.05f, 0.06f) *
                   (y < cy ? paint_halo(cy - hh - y, 0.09f) : paint_halo(d, 0.03f));
    point->kelvin += 6.0f * rising;
    if (y > FLOOR_Y)
        point->kelvin +=
            2.0f * paint_halo(paint_ellipse(x, y, cx, FLOOR_Y + 0.02f, 0.36f, 0.06f), 0.05f);
    float fin = paint_grid(x - cx, 0.062f) / 0.031f;
    float k = AIR_K + 19 - 18 * (y - (cy - hh)) - 4.5f * fin * fin - 2.5f * (x - cx) / hw;
    paint_over(point, paint_cover(d, pixel), k, 0.94f, 0xF0EFEA);
    paint_shade(point, paint_cover(d, pixel), 0.95f - 0.5f * fin * fin);
    float slot = paint_max(d, cy - hh + 0.012f - y < 0 ? 1 : y - (cy - hh) - 0.012f);
    paint_over(point, paint_cover(slot, pixel), AIR_K + 16, 0.94f, 0x5A5A58);
    float feed = paint_limb(x, y, cx + hw + 0.03f, cy - hh + 0.03f, 0.011f, cx + hw + 0.03f,
                            FLOOR_Y, 0.011f, NULL);
    paint_over(point, paint_cover(feed, pixel), AIR_K + 20, 0.93f, 0xC98A50);
    float valve = paint_box(x, y, cx + hw + 0.03f, cy - hh + 0.02f, 0.026f, 0.02f, 0.008f);
    paint_over(point, paint_cover(valve, pixel), AIR_K + 8, 0.95f, 0xD8D8D8);
}

static void furniture(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    // A door, its panels, its handle of brass.
    float door = paint_box(x, y, 0.66f, -0.05f, 0.20f, 0.49f, 0.005f);
    paint_over(point, paint_cover(paint_abs(door - 0.018f) - 0.018f, pixel), AIR_K - 0.3f, 0.93f,
               0xE8E2D6);
    paint_over(point, paint_cover(door, pixel),
               AIR_K - 2.4f - 0.7f * y + 0.15f * ib_sim_paint_grain(3 * x, 30 * y, seed + 8), 0.93f,
               0x9A6A42);
    for (int panel = 0; panel < 4; panel++) {
        float d = paint_box(x, y, 0.66f + (panel & 1 ? 0.085f : -0.085f),
                            panel < 2 ? -0.30f : 0.14f, 0.062f, panel < 2 ? 0.15f : 0.20f, 0.006f);
        point->kelvin += 0.55f * paint_cover(paint_abs(d) - 0.008f, pixel);
        point->kelvin -= 0.6f * paint_cover(d, pixel);
        paint_shade(point, paint_cover(paint_abs(d) - 0.008f, pixel), 0.7f);
    }
    paint_over(point, paint_cover(paint_box(x, y, 0.50f, -0.03f, 0.022f, 0.012f, 0.01f), pixel),
               AIR_K, 0.15f, 0xD8B050);
    // A picture behind glass, a lamp, its warm patch on the ceiling side.
    float picture = paint_box(x, y, 0.20f, -0.30f, 0.115f, 0.145f, 0.004f);
    paint_over(point, paint_cover(picture, pixel), AIR_K - 0.6f, 0.93f, 0x3A2A1E);
    paint_over(point, paint_cover(picture + 0.022f, pixel), AIR_K - 1.7f, 0.84f, 0x6E9A8C);
    float hill = -0.27f + 0.05f * ib_sim_paint_noise(9 * x, 5, seed + 9) - y;
    paint_tint(point, paint_cover(paint_max(picture + 0.022f, hill), pixel), 0x3C5A2C, 1);
    float shade = paint_abs(x - 0.20f) - 0.06f - 0.45f * (y + 0.72f);
    shade = paint_max(shade, paint_abs(y + 0.655f) - 0.055f);
    point->kelvin += 2.5f * paint_halo(shade, 0.05f);
    paint_over(point, paint_cover(shade, pixel), AIR_K + 8 + 40 * (y + 0.655f), 0.93f, 0xF0DCA8);
    paint_shade(point, paint_cover(shade, pixel), 1.8f);
    float bulb = paint_disc(x, y, 0.20f, -0.59f, 0.032f);
    paint_over(point, paint_cover(bulb, pixel), AIR_K + 20, 0.92f, 0xFFF4D8);
    float flex = paint_box(x, y, 0.20f, -1.2f, 0.005f, 0.5f, 0.002f);
    paint_over(point, paint_cover(flex, pixel), AIR_K + 2, 0.94f, 0x303030);
}

static void person_still(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    wall(point, x, y, pixel, seed);
    window(point, x, y, pixel, seed);
    radiator(point, x, y, pixel);
    furniture(point, x, y, pixel, seed);
}

/// The body at one moment. Angles in radians from straight down, forwards positive.
struct walker {
    float x, side; ///< side: 1 facing right, -1 left, between while turning
    float swing;   ///< how far limbs swing
    double stride;
    float lift;  ///< the body rises at mid-stance
    float apart; ///< how far left and right are seen apart: 1 from the front
};

static struct walker walker_at(double time_s) {
    double turn = 6.283185307179586 * (double)paint_phase(time_s, WALK_S) + WALK_FIRST;
    struct walker w = {.x = WALK_HALF_WAY * (float)ib_sin(turn)};
    float speed = (float)ib_cos(turn);
    w.side = paint_clamp(2.5f * speed, -1, 1);
    w.apart = 1 - paint_abs(w.side);
    w.swing = paint_min(1.6f * paint_abs(speed), 1);
    w.stride = STRIDE * (double)w.x * (speed < 0 ? -1.0 : 1.0);
    w.lift = 0.012f * w.swing * (float)ib_cos(2 * w.stride);
    return w;
}

static void limb_to(float *x, float *y, float length, float angle, float side) {
    *x += side * length * (float)ib_sin((double)angle);
    *y += length * (float)ib_cos((double)angle);
}

/// `aside` -1 for the near limb, 1 for the far one.
static void leg(const struct ib_sim_canvas *canvas, const struct walker *w, double phase,
                float aside, float shade_k) {
    static const struct ib_sim_skin thigh = {AIR_K + 7.4f, AIR_K + 6.4f, 3.2f, 0.95f, 0x2A3A5E};
    static const struct ib_sim_skin shin = {AIR_K + 5.8f, AIR_K + 4.0f, 2.4f, 0.95f, 0x2A3A5E};
    static const struct ib_sim_skin shoe = {AIR_K + 3.0f, AIR_K + 1.6f, 0.8f, 0.94f, 0x2A2220};
    struct ib_sim_skin upper = thigh, lower = shin;
    upper.kelvin_a -= shade_k, upper.kelvin_b -= shade_k;
    lower.kelvin_a -= shade_k, lower.kelvin_b -= shade_k;
    float s = (float)ib_sin(phase), c = (float)ib_cos(phase);
    float hip = 0.42f * w->swing * s + 0.06f * w->swing;
    float bend = w->swing * (0.14f + 0.62f * paint_max(c, 0) * paint_max(c, 0));
    float x0 = w->x + 0.046f * aside * w->apart, y0 = 0.125f - w->lift, x1 = x0, y1 = y0;
    limb_to(&x1, &y1, 0.235f, hip, w->side);
    float x2 = x1, y2 = y1;
    limb_to(&x2, &y2, 0.235f, hip - bend, w->side);
    ib_sim_paint_body(canvas, x1, y1, 0.051f, x2, y2, 0.036f, &lower);
    ib_sim_paint_body(canvas, x0, y0, 0.074f, x1, y1, 0.054f, &upper);
    float toe_x = x2, toe_y = y2 + 0.032f;
    limb_to(&toe_x, &toe_y, 0.085f, 1.5f + 0.5f * (hip - bend), w->side);
    ib_sim_paint_body(canvas, x2 - 0.012f * w->side, y2 + 0.025f, 0.034f, toe_x, toe_y, 0.024f,
                      &shoe);
}

static void arm(const struct ib_sim_canvas *canvas, const struct walker *w, double phase,
                float aside, float shade_k) {
    static const struct ib_sim_skin sleeve = {AIR_K + 8.4f, AIR_K + 7.6f, 3.2f, 0.95f, 0xB03030};
    static const struct ib_sim_skin bare = {AIR_K + 11.6f, AIR_K + 11.0f, 1.2f, 0.98f, 0xD8A888};
    static const struct ib_sim_skin hand = {AIR_K + 11.5f, AIR_K + 10.3f, 1.0f, 0.98f, 0xD8A888};
    struct ib_sim_skin upper = sleeve;
    upper.kelvin_a -= shade_k, upper.kelvin_b -= shade_k;
    float forward = 0.48f * w->swing * (float)ib_sin(phase);
    float bend = 0.22f + w->swing * (0.22f + 0.22f * (float)ib_sin(phase));
    float x0 = w->x - 0.005f * w->side + 0.125f * aside * w->apart, y0 = -0.245f - w->lift, x1 = x0,
          y1 = y0;
    limb_to(&x1, &y1, 0.175f, forward, w->side);
    float x2 = x1, y2 = y1;
    limb_to(&x2, &y2, 0.150f, forward + bend, w->side);
    float x3 = x2, y3 = y2;
    limb_to(&x3, &y3, 0.045f, forward + bend, w->side);
    ib_sim_paint_body(canvas, x1, y1, 0.035f, x2, y2, 0.025f, &bare);
    ib_sim_paint_body(canvas, x0, y0, 0.047f, x1, y1, 0.041f, &upper);
    ib_sim_paint_body(canvas, x2, y2, 0.027f, x3, y3, 0.022f, &hand);
}

static void trunk(const struct ib_sim_canvas *canvas, const struct walker *w) {
    static const struct ib_sim_skin shirt = {AIR_K + 9.8f, AIR_K + 7.2f, 3.4f, 0.95f, 0xC03434};
    static const struct ib_sim_skin back = {AIR_K + 8.2f, AIR_K + 7.4f, 2.8f, 0.95f, 0xB43030};
    static const struct ib_sim_skin belt = {AIR_K + 5.4f, AIR_K + 5.4f, 1.6f, 0.90f, 0x3A2818};
    float y = -w->lift, wide = 1.28f - 0.28f * paint_abs(w->side);
    ib_sim_paint_body(canvas, w->x - 0.022f * w->side, -0.19f + y, 0.098f * wide, w->x, 0.02f + y,
                      0.082f * wide, &back);
    ib_sim_paint_body(canvas, w->x + 0.014f * w->side, -0.20f + y, 0.094f * wide, w->x, 0.08f + y,
                      0.080f * wide, &shirt);
    ib_sim_paint_body(canvas, w->x - 0.05f * wide, 0.10f + y, 0.026f, w->x + 0.05f * wide,
                      0.10f + y, 0.026f, &belt);
}

static void head(const struct ib_sim_canvas *canvas, const struct walker *w) {
    static const struct ib_sim_skin neck = {AIR_K + 13.2f, AIR_K + 12.4f, 1.6f, 0.98f, 0xD0A080};
    static const struct ib_sim_skin face = {AIR_K + 12.9f, AIR_K + 12.6f, 1.5f, 0.98f, 0xE0B090};
    static const struct ib_sim_skin hair = {AIR_K + 6.4f, AIR_K + 5.8f, 1.6f, 0.96f, 0x4A3020};
    static const struct ib_sim_skin nose = {AIR_K + 9.6f, AIR_K + 9.4f, 0.6f, 0.98f, 0xE0B090};
    static const struct ib_sim_skin warm = {AIR_K + 14.3f, AIR_K + 14.3f, 0.5f, 0.98f, 0xD89880};
    static const struct ib_sim_skin lens = {AIR_K + 5.2f, AIR_K + 5.2f, 0.2f, 0.88f, 0x202428};
    float x = w->x + 0.014f * w->side, y = -0.415f - w->lift, s = w->side;
    ib_sim_paint_body(canvas, w->x - 0.006f * s, -0.275f - w->lift, 0.050f, x - 0.006f * s,
                      y + 0.05f, 0.043f, &neck);
    // The skull is round, the jaw comes forward and down from it.
    ib_sim_paint_body(canvas, x - 0.008f * s, y - 0.030f, 0.076f, x - 0.002f * s, y - 0.020f,
                      0.076f, &face);
    ib_sim_paint_body(canvas, x + 0.020f * s, y - 0.004f, 0.058f, x + 0.034f * s, y + 0.052f,
                      0.036f, &face);
    ib_sim_paint_body(canvas, x + 0.072f * s, y - 0.006f, 0.010f, x + 0.086f * s, y + 0.014f,
                      0.012f, &nose);
    ib_sim_paint_body(canvas, x + 0.058f * s, y + 0.040f, 0.010f, x + 0.066f * s, y + 0.040f,
                      0.008f, &warm);
    // Hair: over the top and down the back of the head, short over the ear.
    ib_sim_paint_body(canvas, x + 0.034f * s, y - 0.086f, 0.026f, x - 0.030f * s, y - 0.078f,
                      0.044f, &hair);
    ib_sim_paint_body(canvas, x - 0.040f * s, y - 0.066f, 0.047f, x - 0.056f * s, y + 0.004f,
                      0.034f, &hair);
    ib_sim_paint_body(canvas, x - 0.012f * s, y - 0.012f, 0.012f, x - 0.014f * s, y + 0.006f,
                      0.010f, &warm);
    // Glasses, seen from the side.
    ib_sim_paint_body(canvas, x + 0.052f * s, y - 0.018f, 0.015f, x + 0.066f * s, y - 0.016f,
                      0.015f, &lens);
    ib_sim_paint_body(canvas, x, y - 0.020f, 0.004f, x + 0.050f * s, y - 0.022f, 0.004f, &lens);
}

static void person_moving(const struct ib_sim_canvas *canvas, double time_s, uint64_t seed) {
    struct walker w = walker_at(time_s);
    struct ib_sim_plume warm_air = {.x = -0.44f,
                                    .y = 0.06f,
                                    .rise = 0.55f,
                                    .lean = 0.05f,
                                    .r0 = 0.12f,
                                    .r1 = 0.22f,
                                    .kelvin = AIR_K + 4,
                                    .air_k = AIR_K - 2,
                                    .density = 0.16f,
                                    .life_s = 3.7f,
                                    .puffs = 4};
    ib_sim_paint_plume(canvas, &warm_air, time_s, (uint32_t)seed);
    arm(canvas, &w, w.stride + 3.141592653589793, 1, 1.2f);
    leg(canvas, &w, w.stride, 1, 0.9f);
    leg(canvas, &w, w.stride + 3.141592653589793, -1, 0);
    trunk(canvas, &w);
    head(canvas, &w);
    arm(canvas, &w, w.stride, -1, 0);
}

/// The wall, or whoever walks before it.
static float person_distance_mm(float x, float y, double time_s, uint64_t seed) {
    (void)seed;
    struct walker w = walker_at(time_s);
    bool person = paint_abs(x - w.x) < 0.11f && y > -0.5f && y < 0.66f;
    return person ? 2800 : y > FLOOR_Y ? 3400 - 2000 * (y - FLOOR_Y) : 3400;
}

const struct ib_sim_scene_parts ib_sim_scene_person_parts = {person_still, NULL, person_moving,
                                                             person_distance_mm};
