/// A kettle coming to the boil on a worktop.
///
/// Water is heated at a constant rate (2 kW into 1.6 l: about 0.5 K/s at this scale of time),
/// boils, cools by itself and is poured out and filled anew: 240 s in all. Steam comes with the
/// vapour pressure; the lid follows the steam and rattles while it boils, the socket and the cable
/// follow the current. Not modelled: the air between, droplets, anything that falls. Own model,
/// numbers of household kettles.
#include "core/real.h"
#include "sim/scene_paint.h"

#define AIR_K (IB_SIM_0C + 22)
#define WATER 0   ///< source: water above the room, kelvin
#define CURRENT 1 ///< source: 1 while the element draws current
#define STEAM 2   ///< source: the room of steam under the lid, above the room, kelvin

#define CYCLE_S 240.0
#define HEATING_S 150.0f
#define BOILING_S 175.0f
#define POURING_S 228.0f
/// Where in the cycle a scene begins: on its way up, steam about to show.
#define FIRST_S 96.0

#define BASE_Y 0.50f
#define TOP_Y (-0.20f)
#define MIDDLE_X (-0.20f)
#define WATER_Y 0.03f

struct kettle_state {
    float water_k, steam; ///< water temperature; how much steam there is, 0..1
    float current;
};

static struct kettle_state kettle_at(double time_s) {
    float t = paint_phase(time_s + FIRST_S, CYCLE_S) * (float)CYCLE_S;
    struct kettle_state s = {.water_k = IB_SIM_0C + 25};
    if (t < HEATING_S)
        s.water_k += 75 * t / HEATING_S;
    else if (t < BOILING_S)
        s.water_k += 75;
    else if (t < POURING_S)
        s.water_k += 75 - 8 * (t - BOILING_S) / (POURING_S - BOILING_S);
    else
        s.water_k += 67 * (1 - paint_step(POURING_S, (float)CYCLE_S, t));
    s.current = paint_step(0, 3, t) * (1 - paint_step(BOILING_S, BOILING_S + 4, t));
    float warm = paint_clamp((s.water_k - (IB_SIM_0C + 48)) / 52, 0, 1);
    s.steam = warm * (t < BOILING_S && t > HEATING_S - 6 ? 1.0f : 0.8f);
    return s;
}

static void kettle_heats(double time_s, uint64_t seed, float strength[IB_SIM_HEATS]) {
    (void)seed;
    struct kettle_state s = kettle_at(time_s);
    strength[WATER] = s.water_k - AIR_K;
    strength[CURRENT] = s.current;
    strength[STEAM] = (s.water_k - AIR_K) * (0.35f + 0.55f * s.steam);
}

/// Half the width of the body at a height: a gentle pear.
static float body_half_width(float y) {
    float t = paint_clamp((y - TOP_Y) / (BASE_Y - TOP_Y), 0, 1);
    return 0.165f + 0.105f * t + 0.035f * t * (1 - t) * 4;
}

static float body_distance(float x, float y) {
    float side = paint_abs(x - MIDDLE_X) - body_half_width(y);
    float ends = paint_max(TOP_Y - y, y - BASE_Y);
    float r = 0.03f, qx = paint_max(side + r, 0), qy = paint_max(ends + r, 0);
    return paint_min(paint_max(side, ends), 0) * (qx > 0 || qy > 0 ? 0.0f : 1.0f) +
           paint_length(qx, qy) - r;
}

static void wall_and_worktop(struct ib_sim_point *point, float x, float y, float pixel,
                             uint32_t seed) {
    float back = 0.36f;
    float wall = AIR_K - 0.6f - 2.2f * y + 0.35f * ib_sim_paint_grain(2.2f * x, 2.2f * y, seed);
    // Tiles: joints conduct better than glaze.
    float joint = paint_min(paint_grid(x + 0.11f, 0.30f), paint_grid(y + 0.06f, 0.30f));
    wall -= 0.8f * (1 - paint_step(0.004f, 0.014f + pixel, joint));
    wall += 0.25f * paint_random((uint32_t)paint_floor((x + 0.11f) / 0.3f) * 31u +
                                 (uint32_t)paint_floor((y + 0.06f) / 0.3f) * 57u + seed);
    // Behind the tiles, the pipes of a sink that is out of the picture.
    wall += 4.6f * paint_halo(paint_abs(x + 0.86f + 0.02f * y) - 0.008f, 0.032f);
    wall -= 3.0f * paint_halo(paint_abs(x + 0.71f - 0.01f * y) - 0.006f, 0.026f);
    point->kelvin = wall;
    point->emissivity = 0.93f;
    float glaze = 0.92f + 0.06f * paint_random((uint32_t)paint_floor((x + 0.11f) / 0.3f) * 31u +
                                               (uint32_t)paint_floor((y + 0.06f) / 0.3f) * 57u);
    paint_tint(point, 1, 0xD9E2DC, glaze - 0.22f * paint_max(x + 0.3f, 0) * x - 0.12f * y);
    paint_tint(point, 1 - paint_step(0.004f, 0.014f + pixel, joint), 0x9AA09C, 0.9f);
    float depth = paint_clamp((y - back) / 0.4f, 0, 1);
    float grain = ib_sim_paint_grain(3 * x, 26 * y / (0.4f + depth), seed + 11);
    paint_over(point, paint_cover(back - y, pixel), AIR_K - 0.6f + 0.6f * depth + 0.35f * grain,
               0.92f, 0xB9926A);
    paint_shade(point, paint_cover(back - y, pixel), 0.85f + 0.2f * grain + 0.25f * depth);
    paint_over(point, paint_cover(paint_abs(y - back) - 0.006f, pixel), AIR_K - 1.9f, 0.9f,
               0x8A6A4A);
    float front = 0.70f;
    paint_over(point, paint_cover(front - y, pixel), AIR_K - 2.4f + 0.2f * grain, 0.92f, 0x9C7A55);
}

static void warmed_surroundings(struct ib_sim_point *point, float x, float y) {
    // The worktop under and before the kettle, and what it mirrors of the body.
    if (y > 0.36f) {
        float d = paint_ellipse(x, y, MIDDLE_X, 0.54f, 0.33f, 0.07f);
        float mirror =
            paint_halo(paint_abs(x - MIDDLE_X) - 0.20f, 0.05f) * (1 - paint_step(0.5f, 0.74f, y));
        point->heat[WATER] += 0.10f * paint_halo(d, 0.035f) + 0.035f * mirror;
    } else {
        float d = paint_box(x, y, MIDDLE_X, 0.1f, 0.22f, 0.28f, 0.1f);
        point->heat[WATER] += 0.022f * paint_halo(d, 0.10f);
    }
    // Shadows of the kettle and the mug on the worktop, light coming from the upper left.
    float dark = paint_halo(paint_ellipse(x, y, MIDDLE_X + 0.14f, 0.555f, 0.36f, 0.05f), 0.03f);
    paint_shade(point, y > 0.36f ? dark : 0, 0.45f);
    dark = paint_halo(paint_ellipse(x, y, 0.61f, 0.56f, 0.16f, 0.03f), 0.02f);
    paint_shade(point, y > 0.36f ? dark : 0, 0.5f);
    // Warm air flattens against the wall above the mug.
    float above = paint_ellipse(x, y, 0.55f, 0.02f, 0.10f, 0.2f);
    point->kelvin += 0.5f * paint_halo(above, 0.08f);
}

static void socket_and_cable(struct ib_sim_point *point, float x, float y, float pixel) {
    float plate = paint_box(x, y, 0.62f, -0.36f, 0.12f, 0.12f, 0.025f);
    point->heat[CURRENT] += 1.2f * paint_halo(plate, 0.05f);
    paint_over_hot(point, paint_cover(plate, pixel), AIR_K - 0.2f, 0.95f, CURRENT,
                   1.2f + 3.0f * paint_halo(paint_disc(x, y, 0.62f, -0.36f, 0.04f), 0.05f),
                   0xF2F0EA);
    paint_over_hot(point, paint_cover(paint_abs(plate + 0.012f) - 0.003f, pixel), AIR_K - 0.5f,
                   0.95f, CURRENT, 0.8f, 0xDCD9D0);
    static const float run[][2] = {{0.62f, -0.33f}, {0.60f, -0.12f}, {0.53f, 0.10f},
                                   {0.40f, 0.30f},  {0.24f, 0.46f},  {0.06f, 0.53f}};
    float d = 9;
    for (int i = 0; i < 5; i++)
        d = paint_min(d, paint_limb(x, y, run[i][0], run[i][1], 0.013f, run[i + 1][0],
                                    run[i + 1][1], 0.013f, NULL));
    paint_over_hot(point, paint_cover(d, pixel), AIR_K + 0.3f, 0.95f, CURRENT, 5.5f, 0x1E1E20);
    float plug = paint_box(x, y, 0.62f, -0.35f, 0.062f, 0.062f, 0.03f);
    paint_over_hot(point, paint_cover(plug, pixel), AIR_K + 0.5f, 0.95f, CURRENT,
                   9.0f + 6.0f * paint_halo(paint_disc(x, y, 0.60f, -0.36f, 0.008f), 0.02f),
                   0x262628);
}

static void kettle_body(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    // Handle: plastic, warmed at its roots.
    static const float grip[][2] = {{-0.04f, -0.165f}, {0.07f, -0.185f}, {0.135f, -0.165f},
                                    {0.18f, -0.10f},   {0.195f, 0.0f},   {0.19f, 0.11f},
                                    {0.165f, 0.22f},   {0.12f, 0.30f},   {0.03f, 0.335f}};
    static const float root[] = {0.30f, 0.18f, 0.12f, 0.09f, 0.08f, 0.08f, 0.10f, 0.16f, 0.32f};
    for (int i = 0; i < 8; i++) {
        float along;
        float d = paint_limb(x, y, grip[i][0], grip[i][1], 0.034f, grip[i + 1][0], grip[i + 1][1],
                             0.034f, &along);
        float round = 1 - 0.25f * (1 + d / 0.034f) * (1 + d / 0.034f);
        paint_over_hot(point, paint_cover(d, pixel), AIR_K, 0.94f, WATER,
                       paint_mix(root[i], root[i + 1], along) * round, 0x28282B);
    }
    // Spout: part of the steam room.
    float along;
    float spout = paint_limb(x, y, MIDDLE_X - 0.12f, -0.01f, 0.090f, MIDDLE_X - 0.295f, -0.19f,
                             0.030f, &along);
    paint_over_hot(point, paint_cover(spout, pixel), AIR_K, 0.93f, STEAM, 0.97f - 0.12f * along,
                   0xBE1E24);
    paint_shade(point, paint_cover(spout, pixel), 1.1f - 3.0f * paint_max(x - y + 0.19f, 0));
    // Lid, knob.
    float lid = paint_ellipse(x, y, MIDDLE_X, TOP_Y + 0.012f, 0.155f, 0.062f);
    paint_over_hot(point, paint_cover(lid, pixel), AIR_K, 0.92f, STEAM,
                   0.80f + 1.2f * paint_max(-0.06f, paint_min(lid, 0)), 0xA8181E);
    float knob = paint_box(x, y, MIDDLE_X, TOP_Y - 0.068f, 0.036f, 0.022f, 0.02f);
    paint_over_hot(point, paint_cover(knob, pixel), AIR_K, 0.94f, STEAM, 0.42f, 0x222224);
    // Body: water below, steam above; grazing rays see less of it.
    float d = body_distance(x, y);
    float share = paint_cover(d, pixel);
    if (share <= 0)
        return;
    float across = (x - MIDDLE_X) / body_half_width(y);
    float rim = across * across;
    rim = rim * rim;
    float wet = paint_step(WATER_Y - 0.012f, WATER_Y + 0.018f, y);
    float swirl = ib_sim_paint_grain(5 * x, 3 * y, seed + 5);
    // Warm water rises and lies on top; the glass is cooler where nothing stirs.
    float height = (BASE_Y - y) / (BASE_Y - WATER_Y);
    float water = 0.86f + 0.11f * height + 0.022f * swirl - 0.13f * rim;
    float dry = 0.90f - 0.10f * rim + 0.10f * paint_step(TOP_Y + 0.1f, WATER_Y, y) - 0.10f;
    paint_over(point, share, AIR_K, 0.95f - 0.10f * rim * rim, 0xC4222A);
    paint_shade(point, share, 1.02f - 0.62f * paint_step(-0.3f, 1, across) - 0.2f * rim);
    // The lamp in the enamel.
    float gloss = paint_ellipse(x, y, MIDDLE_X - 0.115f, 0.02f, 0.022f, 0.16f);
    paint_tint(point, share * 0.75f * paint_halo(gloss, 0.012f), 0xFFF4E8, 1);
    point->heat[WATER] += share * wet * water;
    point->heat[STEAM] += share * (1 - wet) * dry;
    point->heat[CURRENT] += share * 3.0f * paint_step(BASE_Y - 0.16f, BASE_Y - 0.02f, y);
    // A band of polished steel around the foot mirrors the room.
    float band = paint_max(paint_abs(y - (BASE_Y - 0.035f)) - 0.022f, d);
    point->emissivity = paint_mix(point->emissivity, 0.22f, paint_cover(band, pixel));
    paint_tint(point, paint_cover(band, pixel), 0xC8CCD0, 0.9f - 0.5f * across * across);
    // The gauge: a window onto the water, left of the middle.
    float gauge = paint_box(x, y, MIDDLE_X - 0.09f, 0.14f, 0.020f, 0.17f, 0.02f);
    float glass = paint_cover(gauge, pixel);
    paint_tint(point, glass, wet > 0.5f ? 0x7FB0D8 : 0xD8E4EC, 0.9f);
    point->heat[WATER] *= 1 - 0.07f * glass;
    point->heat[STEAM] *= 1 - 0.07f * glass;
}

/// A bottle of milk straight from the refrigerator: the coldest thing here, and it shows how full
/// it is.
static void milk_bottle(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    float cx = 0.865f, hw = 0.092f, top = -0.02f, low = 0.50f;
    float foot = paint_ellipse(x, y, cx, low, hw, 0.03f);
    if (y > 0.36f)
        point->kelvin -= 5 * paint_halo(foot, 0.035f);
    else
        point->kelvin -= 1.4f * paint_halo(paint_box(x, y, cx, 0.2f, hw, 0.2f, 0.02f), 0.05f);
    float roof = paint_max(paint_abs(x - cx) - hw * paint_clamp((y + 0.14f) / 0.12f, 0.3f, 1),
                           paint_max(-0.125f - y, y - top));
    float fin = paint_box(x, y, cx, -0.140f, 0.060f, 0.022f, 0.004f);
    paint_over(point, paint_cover(paint_min(roof, fin), pixel), AIR_K - 6.5f + 9 * (top - y), 0.92f,
               0xF4F4F0);
    float box = paint_box(x, y, cx, 0.5f * (top + low), hw, 0.5f * (low - top), 0.006f);
    float across = (x - cx) / hw;
    float milk = paint_step(0.12f, 0.16f, y);
    paint_over(point, paint_cover(box, pixel),
               AIR_K - 7.5f - 5.5f * milk + 1.2f * across * across - 1.5f * milk * (y - 0.2f) +
                   0.3f * ib_sim_paint_grain(9 * x, 9 * y, seed + 21),
               0.94f, 0x3E78C8);
    paint_shade(point, paint_cover(box, pixel), x > cx + 0.03f ? 0.6f : 1);
    float label = paint_box(x, y, cx - 0.03f, 0.17f, 0.05f, 0.11f, 0.02f);
    paint_tint(point, paint_cover(label, pixel), 0xF4F4F0, 0.95f);
    float edge = paint_max(paint_abs(x - cx - 0.03f) - 0.004f, paint_max(top - y, y - low));
    point->kelvin += 0.8f * paint_cover(edge, pixel);
}

static void mug(struct ib_sim_point *point, float x, float y, float pixel) {
    float cx = 0.56f, top = 0.20f, low = 0.55f, hw = 0.135f;
    float ring = paint_abs(paint_length((x - 0.70f) / 0.8f, y - 0.36f) - 0.085f) - 0.020f;
    paint_over(point, paint_cover(ring, pixel), AIR_K + 5 + 12 * paint_halo(x - 0.68f, 0.03f),
               0.94f, 0x2E6FB0);
    float foot = paint_ellipse(x, y, cx, low, hw, 0.035f);
    point->kelvin += 4 * paint_halo(foot, 0.03f) * paint_step(0.36f, 0.45f, y);
    float wall = paint_max(paint_abs(x - cx) - hw, paint_max(top - y, y - low));
    float share = paint_max(paint_cover(wall, pixel), paint_cover(foot, pixel));
    float across = (x - cx) / hw;
    float tea = paint_step(0.26f, 0.29f, y);
    paint_over(point, share,
               AIR_K + 20 + 9 * tea - 4.5f * across * across - 7 * paint_step(0.42f, 0.58f, y),
               0.94f, 0x2E6FB0);
    paint_shade(point, share, 1.05f - 0.55f * paint_step(-0.4f, 1, across));
    float rim = paint_ellipse(x, y, cx, top, hw, 0.046f);
    paint_over(point, paint_cover(rim, pixel), AIR_K + 19, 0.94f, 0x3A7CC0);
    float inside = paint_ellipse(x, y, cx, top + 0.006f, hw - 0.018f, 0.034f);
    paint_over(point, paint_cover(inside, pixel), AIR_K + 37 + 3 * across, 0.96f, 0x7A3E14);
}

static void kettle_still(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    wall_and_worktop(point, x, y, pixel, seed);
    warmed_surroundings(point, x, y);
    socket_and_cable(point, x, y, pixel);
    float base = paint_box(x, y, MIDDLE_X, BASE_Y + 0.035f, 0.30f, 0.035f, 0.025f);
    paint_over_hot(point, paint_cover(base, pixel), AIR_K + 0.5f, 0.94f, WATER,
                   0.13f - 0.05f * paint_abs(x - MIDDLE_X) / 0.3f, 0x303034);
    kettle_body(point, x, y, pixel, seed);
    milk_bottle(point, x, y, pixel, seed);
    mug(point, x, y, pixel);
}

/// While it boils, steam lifts the lid and lets it fall.
static void rattling_lid(const struct ib_sim_canvas *canvas, const struct kettle_state *s,
                         double time_s) {
    float lift = 0.011f * s->current * (float)ib_sin(19 * time_s);
    if (s->steam < 0.95f || lift <= 0)
        return;
    float steam_k = (s->water_k - AIR_K) * (0.35f + 0.55f * s->steam);
    float lid_k = AIR_K + 0.78f * steam_k, knob_k = AIR_K + 0.42f * steam_k;
    struct ib_sim_skin lid = {lid_k, lid_k, 1, 0.92f, 0xB41A22};
    struct ib_sim_skin knob = {knob_k, knob_k, 1, 0.94f, 0x28282A};
    ib_sim_paint_body(canvas, MIDDLE_X - 0.020f, TOP_Y - 0.068f - lift, 0.020f, MIDDLE_X + 0.020f,
                      TOP_Y - 0.068f - lift, 0.020f, &knob);
    ib_sim_paint_body(canvas, MIDDLE_X - 0.070f, TOP_Y - 0.026f - lift, 0.028f, MIDDLE_X + 0.070f,
                      TOP_Y - 0.026f - lift, 0.028f, &lid);
    ib_sim_paint_body(canvas, MIDDLE_X - 0.120f, TOP_Y - 0.010f - lift, 0.018f, MIDDLE_X + 0.120f,
                      TOP_Y - 0.010f - lift, 0.018f, &lid);
}

static void kettle_moving(const struct ib_sim_canvas *canvas, double time_s, uint64_t seed) {
    struct kettle_state s = kettle_at(time_s);
    rattling_lid(canvas, &s, time_s);
    ib_sim_paint_lamp(canvas, 0.185f, 0.115f, 0.014f, 0xFF5030, s.current);
    struct ib_sim_plume steam = {.x = MIDDLE_X - 0.32f,
                                 .y = -0.21f,
                                 .rise = 0.58f,
                                 .lean = -0.16f,
                                 .curve = -0.5f,
                                 .r0 = 0.030f,
                                 .r1 = 0.17f,
                                 .kelvin = paint_mix(AIR_K, s.water_k, 0.95f),
                                 .air_k = AIR_K,
                                 .density = 0.85f * s.steam,
                                 .visible = 0.85f,
                                 .colour = 0xF6F8FA,
                                 .life_s = 2.3f,
                                 .puffs = 18};
    ib_sim_paint_plume(canvas, &steam, time_s, (uint32_t)seed);
    struct ib_sim_plume tea = {.x = 0.56f,
                               .y = 0.18f,
                               .rise = 0.26f,
                               .lean = 0.05f,
                               .curve = 0.5f,
                               .r0 = 0.06f,
                               .r1 = 0.09f,
                               .kelvin = AIR_K + 14,
                               .air_k = AIR_K,
                               .density = 0.16f,
                               .visible = 0.7f,
                               .colour = 0xF0F4F6,
                               .life_s = 3.1f,
                               .puffs = 6};
    ib_sim_paint_plume(canvas, &tea, time_s, (uint32_t)seed + 99u);
}

/// Wall, worktop, kettle, mug and bottle: how deep the worktop is, roughly.
static float kettle_distance_mm(float x, float y, double time_s, uint64_t seed) {
    (void)time_s;
    (void)seed;
    if (paint_abs(x - 0.56f) < 0.135f && y > 0.2f && y < 0.58f)
        return 640;
    if (body_distance(x, y) < 0)
        return 690;
    if (paint_abs(x - 0.865f) < 0.092f && y > -0.14f && y < 0.5f)
        return 730;
    return y < 0.36f ? 880 : 880 - 700 * (y - 0.36f);
}

const struct ib_sim_scene_parts ib_sim_scene_kettle_parts = {kettle_still, kettle_heats,
                                                             kettle_moving, kettle_distance_mm};
