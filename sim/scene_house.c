/// A house on a cold clear night, as an energy adviser photographs it.
///
/// The wall is warm where heat escapes: floor slab, lintels, radiator niches, window frames; glass
/// reflects part of the cold surroundings; roof and car radiate to the sky; the boiler fires now
/// and then and its flue follows. A cat crosses the yard. Not modelled: wind, people. Own model.
#include "core/real.h"
#include "sim/scene_paint.h"

#define AIR_K (IB_SIM_0C - 2)
#define BOILER 0 ///< source: 1 while the boiler fires
#define CAR 1    ///< source: the car's engine, cooling since it was parked

#define BOILER_S 80.0
#define FIRING_S 45.0f
#define BOILER_FIRST_S 12.0
#define CAT_S 41.0
#define CAT_FIRST_S 9.0

#define GROUND_Y 0.46f
#define EAVES_Y (-0.11f)
#define RIDGE_Y (-0.47f)
#define LEFT_X (-0.52f)
#define RIGHT_X 0.56f
#define CHIMNEY_X 0.28f

static void house_heats(double time_s, uint64_t seed, float strength[IB_SIM_HEATS]) {
    (void)seed;
    float t = paint_phase(time_s + BOILER_FIRST_S, BOILER_S) * (float)BOILER_S;
    strength[BOILER] = paint_step(0, 9, t) * (1 - 0.85f * paint_step(FIRING_S, FIRING_S + 22, t));
    strength[CAR] = (float)ib_exp(-time_s / 2400.0);
}

static void sky_and_ground(struct ib_sim_point *point, float x, float y, float pixel,
                           uint32_t seed) {
    // A clear sky: coldest overhead, nearer to the air at the horizon; a few thin clouds.
    float up = paint_clamp((GROUND_Y - y) / 1.2f, 0, 1);
    float cloud = paint_step(0.15f, 0.75f, ib_sim_paint_grain(1.1f * x + 3, 3.4f * y, seed + 1));
    point->kelvin = AIR_K - 5 - 25 * up + 8 * cloud * (0.4f + up);
    point->emissivity = 1;
    // After sunset: light at the horizon, dark overhead.
    paint_tint(point, 1, 0x2C4878, 0.5f);
    paint_tint(point, (1 - up) * (1 - up), 0xF0A870, 0.9f);
    paint_tint(point, 0.35f * cloud, 0xD8B0A8, 0.7f);
    // Trees: about as cold as the air.
    float crown = ib_sim_paint_noise(6 * x, 1, seed + 2) * 0.05f +
                  ib_sim_paint_noise(15 * x, 2, seed + 3) * 0.03f;
    float tree =
        paint_min(paint_disc(x, y, -0.86f, 0.02f, 0.26f), paint_disc(x, y, -0.74f, 0.17f, 0.22f));
    tree = paint_min(tree, paint_disc(x, y, 0.93f, 0.12f, 0.24f));
    tree += 0.11f * ib_sim_paint_grain(8 * x, 8 * y, seed + 4);
    float hedge = 0.26f + crown - y;
    paint_over(point, paint_cover(paint_min(tree, hedge), 2 * pixel),
               AIR_K - 1.5f + 1.3f * ib_sim_paint_grain(11 * x, 11 * y, seed + 5), 0.97f, 0x24401E);
    float near = paint_max(y - GROUND_Y, 0);
    float grass = ib_sim_paint_grain(7 * x / (0.5f + 2 * near), 16 * y, seed + 6);
    paint_over(point, paint_cover(GROUND_Y - y, pixel), AIR_K - 3.8f + 1.6f * near + 1.1f * grass,
               0.96f, 0x4E6E30);
    paint_shade(point, paint_cover(GROUND_Y - y, pixel), 0.75f + 0.35f * grass);
    // The paved way holds the day's warmth.
    float way = paint_abs(x - 0.155f + 0.25f * near) - 0.065f - 0.5f * near;
    paint_over(point, paint_cover(paint_max(way, GROUND_Y - y), pixel), AIR_K - 0.2f + 0.4f * grass,
               0.94f, 0x9A9690);
}

static void roof(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    float middle = 0.5f * (LEFT_X + RIGHT_X);
    float t = (y - RIDGE_Y) / (EAVES_Y - RIDGE_Y);
    float half = paint_mix(0.40f, 0.62f, t);
    float d = paint_max(paint_abs(x - middle) - half, paint_max(RIDGE_Y - y, y - EAVES_Y));
    if (d > pixel)
        return;
    float tiles = 0.5f - paint_grid(y, 0.045f) / 0.0225f;
    float bond = 0.5f - paint_grid(x + (paint_floor(y / 0.045f) & 1 ? 0.02f : 0), 0.04f) / 0.02f;
    float k = AIR_K - 6.5f + 2.2f * t + 0.5f * tiles + 0.25f * bond +
              0.5f * ib_sim_paint_grain(4 * x, 4 * y, seed + 8);
    // Rafters show, and insulation is missing in one bay.
    k += 0.5f * paint_halo(paint_grid(x, 0.18f) - 0.006f, 0.012f);
    k += 3.6f * paint_halo(paint_box(x, y, -0.20f, -0.25f, 0.07f, 0.08f, 0.02f), 0.03f);
    k += 2.0f * paint_halo(paint_abs(y - RIDGE_Y), 0.02f);
    k += 4.5f * paint_halo(paint_box(x, y, CHIMNEY_X, -0.40f, 0.06f, 0.02f, 0.01f), 0.03f);
    paint_over(point, paint_cover(d, pixel), k, 0.93f, 0x8A3C2C);
    paint_shade(point, paint_cover(d, pixel), 0.85f + 0.5f * tiles + 0.2f * bond);
    float skylight = paint_box(x, y, 0.03f, -0.27f, 0.072f, 0.078f, 0.008f);
    paint_over(point, paint_cover(skylight, pixel), AIR_K + 3.0f, 0.9f, 0x505050);
    paint_over(point, paint_cover(skylight + 0.018f, pixel), AIR_K + 6.5f + 10 * (y + 0.27f), 0.84f,
               0xB8C8D8);
    float gutter = paint_max(paint_abs(y - EAVES_Y) - 0.012f, paint_abs(x - middle) - 0.635f);
    paint_over(point, paint_cover(gutter, pixel), AIR_K - 3, 0.5f, 0x707478);
}

static void chimney(struct ib_sim_point *point, float x, float y, float pixel) {
    float stack = paint_box(x, y, CHIMNEY_X, -0.49f, 0.050f, 0.10f, 0.004f);
    float course = paint_grid(y, 0.03f) / 0.015f;
    paint_over_hot(point, paint_cover(stack, pixel), AIR_K + 1 + 0.6f * course, 0.93f, BOILER,
                   7 + 6 * (1 - paint_step(-0.59f, -0.45f, y)), 0x8E4434);
    float pot = paint_box(x, y, CHIMNEY_X, -0.612f, 0.024f, 0.028f, 0.006f);
    paint_over_hot(point, paint_cover(pot, pixel), AIR_K + 6, 0.92f, BOILER, 36, 0xA05038);
}

/// Share of the heat of the rooms that comes through the wall here, as kelvin above the air.
static float wall_warmth(float x, float y) {
    float k = 1.2f;
    k += 2.6f * paint_halo(paint_abs(y - 0.150f) - 0.016f, 0.014f);  // floor slab
    k += 1.9f * paint_halo(paint_abs(y - GROUND_Y + 0.01f), 0.035f); // foundation
    k += 1.5f * paint_halo(EAVES_Y + 0.01f - y, 0.02f) * paint_halo(y - EAVES_Y, 0.03f);
    k -= 1.5f * paint_halo(paint_min(x - LEFT_X, RIGHT_X - x), 0.035f); // corners lose more
    return k;
}

struct opening {
    float x, y, hw, hh;
    float glass_k; ///< above the air
    int radiator;  ///< one below
};

static const struct opening openings[] = {
    {-0.335f, 0.010f, 0.085f, 0.090f, 8.0f, 1}, {-0.055f, 0.010f, 0.085f, 0.090f, 4.2f, 0},
    {0.395f, 0.010f, 0.085f, 0.090f, 6.0f, 1},  {-0.335f, 0.290f, 0.110f, 0.085f, 11.0f, 1},
    {-0.055f, 0.290f, 0.085f, 0.085f, 7.6f, 1}, {0.395f, 0.290f, 0.085f, 0.085f, 9.4f, 0},
};

static void facade(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    float middle = 0.5f * (LEFT_X + RIGHT_X), half = 0.5f * (RIGHT_X - LEFT_X);
    float d = paint_max(paint_abs(x - middle) - half, paint_max(EAVES_Y - y, y - GROUND_Y));
    if (d > pixel)
        return;
    float brick = paint_grid(y, 0.024f) / 0.012f;
    float k = AIR_K + wall_warmth(x, y) + 0.16f * brick +
              0.5f * ib_sim_paint_grain(5 * x, 5 * y, seed + 9);
    for (unsigned i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        const struct opening *o = &openings[i];
        k += 1.8f *
             paint_halo(paint_box(x, y, o->x, o->y - o->hh - 0.022f, o->hw + 0.02f, 0.012f, 0.004f),
                        0.014f); // lintel
        if (o->radiator)
            k += 3.4f * paint_halo(paint_box(x, y, o->x, o->y + o->hh + 0.045f, o->hw - 0.02f,
                                             0.014f, 0.01f),
                                   0.028f);
    }
    paint_over(point, paint_cover(d, pixel), k, 0.93f, 0xD8CCB4);
    paint_shade(point, paint_cover(d, pixel),
                0.95f - 0.18f * brick + 0.12f * ib_sim_paint_grain(5 * x, 5 * y, seed + 9) -
                    0.25f * paint_halo(y - EAVES_Y, 0.03f));
}

static void windows(struct ib_sim_point *point, float x, float y, float pixel) {
    for (unsigned i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        const struct opening *o = &openings[i];
        float frame = paint_box(x, y, o->x, o->y, o->hw, o->hh, 0.004f);
        if (frame > 0.05f)
            continue;
        float sill = paint_box(x, y, o->x, o->y + o->hh + 0.008f, o->hw + 0.014f, 0.008f, 0.003f);
        paint_over(point, paint_cover(sill, pixel), AIR_K + 1.2f, 0.9f, 0xE4E0D8);
        paint_over(point, paint_cover(frame, pixel), AIR_K + 3.4f, 0.92f, 0xF0EEE8);
        float bar = 0.010f - paint_abs(x - o->x);
        float pane = paint_max(frame + 0.016f, bar);
        // Warmer towards the top inside; the upper half mirrors more of the sky.
        float glass = o->glass_k + 1.5f * (o->y - y) / o->hh + 1.6f * paint_halo(-pane, 0.010f);
        paint_over(point, paint_cover(pane, pixel), AIR_K + glass, 0.84f, 0x30383E);
        // Somebody is at home in the warm rooms.
        if (o->glass_k > 7)
            paint_tint(point, paint_cover(pane, pixel), 0xFFD890, 1.5f - 0.6f * (y - o->y) / o->hh);
    }
    // One is tilted open: the room's air leaves along its upper edge.
    const struct opening *open = &openings[3];
    float slit =
        paint_box(x, y, open->x, open->y - open->hh + 0.010f, open->hw - 0.014f, 0.009f, 0.004f);
    float above = paint_max(paint_abs(x - open->x) - open->hw + 0.02f,
                            paint_abs(y - open->y + open->hh + 0.045f) - 0.03f);
    if (y < open->y - open->hh)
        point->kelvin += 5.0f * paint_halo(above, 0.030f);
    paint_over(point, paint_cover(slit, pixel), AIR_K + 17, 0.95f, 0x202428);
}

static void door(struct ib_sim_point *point, float x, float y, float pixel) {
    float d = paint_box(x, y, 0.165f, 0.325f, 0.068f, 0.135f, 0.004f);
    float gap = paint_abs(d) - 0.004f;
    paint_over(point, paint_cover(d, pixel), AIR_K + 4.6f - 1.5f * (y - 0.325f) / 0.135f, 0.92f,
               0x5A2E20);
    float light = paint_box(x, y, 0.165f, 0.255f, 0.042f, 0.040f, 0.004f);
    paint_over(point, paint_cover(light, pixel), AIR_K + 7.5f, 0.85f, 0xE8C878);
    paint_over(point, paint_cover(gap, pixel), AIR_K + 6.8f + 3 * paint_step(0.42f, 0.46f, y),
               0.92f, 0x402418);
    float lamp = paint_disc(x, y, 0.262f, 0.235f, 0.014f);
    point->kelvin += 3.0f * paint_halo(lamp, 0.018f);
    paint_over(point, paint_cover(lamp, pixel), AIR_K + 27, 0.93f, 0xFFE0A0);
    paint_tint(point, 0.6f * paint_halo(lamp, 0.03f), 0xFFE0A0, 1.6f);
}

static void car(struct ib_sim_point *point, float x, float y, float pixel) {
    float cx = -0.60f, cy = 0.535f;
    float under = paint_ellipse(x, y, cx - 0.12f, cy + 0.105f, 0.16f, 0.02f);
    point->heat[CAR] += 5.0f * paint_halo(under, 0.015f) * paint_step(0.56f, 0.62f, y);
    float body = paint_box(x, y, cx, cy + 0.030f, 0.29f, 0.048f, 0.030f);
    // The cabin narrows upwards; its glass shows the sky.
    float lean = 0.75f * (cy - 0.018f - y);
    float cabin =
        paint_max(paint_abs(x - cx - 0.07f) - 0.205f + lean, paint_max(cy - 0.118f - y, y - cy));
    paint_over(point, paint_cover(cabin, pixel), AIR_K - 4.5f, 0.90f, 0x2848A0);
    float pillar = paint_abs(x - cx - 0.06f) - 0.008f;
    float glass = paint_max(cabin + 0.018f, -pillar);
    paint_over(point, paint_cover(glass, pixel), AIR_K - 9.0f, 0.86f, 0x1C2834);
    float hood = paint_halo(paint_ellipse(x, y, cx - 0.215f, cy - 0.005f, 0.035f, 0.012f), 0.035f);
    paint_over_hot(point, paint_cover(body, pixel), AIR_K - 2.6f + 10 * (y - cy), 0.88f, CAR,
                   16 * hood, 0x3058B8);
    for (int side = -1; side <= 1; side += 2) {
        float wx = cx + 0.175f * (float)side, wy = cy + 0.075f;
        float tyre = paint_disc(x, y, wx, wy, 0.052f);
        paint_over_hot(point, paint_cover(tyre, pixel), AIR_K - 1, 0.95f, CAR, 7, 0x18181A);
        float rim = paint_disc(x, y, wx, wy, 0.029f);
        paint_over_hot(point, paint_cover(rim, pixel), AIR_K - 1, 0.6f, CAR, side < 0 ? 20 : 10,
                       0xB8BCC0);
    }
}

static void house_still(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    sky_and_ground(point, x, y, pixel, seed);
    chimney(point, x, y, pixel);
    roof(point, x, y, pixel, seed);
    facade(point, x, y, pixel, seed);
    windows(point, x, y, pixel);
    door(point, x, y, pixel);
    car(point, x, y, pixel);
}

static void cat(const struct ib_sim_canvas *canvas, double time_s) {
    static const struct ib_sim_skin fur = {AIR_K + 17, AIR_K + 15, 6, 0.97f, 0x30302E};
    static const struct ib_sim_skin leg = {AIR_K + 12, AIR_K + 6, 3, 0.97f, 0x282826};
    static const struct ib_sim_skin face = {AIR_K + 23, AIR_K + 26, 5, 0.97f, 0x383634};
    static const struct ib_sim_skin tail = {AIR_K + 9, AIR_K + 4, 2, 0.97f, 0x282826};
    float way = paint_phase(time_s + CAT_FIRST_S, CAT_S);
    // There and back, with a rest in the middle of each way.
    float there = way < 0.5f ? 2 * way : 2 - 2 * way, side = way < 0.5f ? 1.0f : -1.0f;
    float x = -1.3f + 2.6f * there, y = 0.60f;
    double step = 60.0 * (double)there;
    for (int i = 0; i < 4; i++) {
        float swing = (float)ib_sin(step + 1.7 * i) * 0.022f;
        float hip = x + (i < 2 ? 0.045f : -0.045f) * side;
        ib_sim_paint_body(canvas, hip, y, 0.013f, hip + swing * side, y + 0.062f, 0.008f, &leg);
    }
    ib_sim_paint_body(canvas, x - 0.055f * side, y - 0.006f, 0.010f, x - 0.105f * side, y - 0.050f,
                      0.006f, &tail);
    ib_sim_paint_body(canvas, x - 0.045f * side, y - 0.004f, 0.027f, x + 0.045f * side, y - 0.006f,
                      0.025f, &fur);
    ib_sim_paint_body(canvas, x + 0.070f * side, y - 0.026f, 0.019f, x + 0.084f * side, y - 0.022f,
                      0.013f, &face);
    ib_sim_paint_body(canvas, x + 0.062f * side, y - 0.040f, 0.008f, x + 0.060f * side, y - 0.050f,
                      0.004f, &face);
}

static void house_moving(const struct ib_sim_canvas *canvas, double time_s, uint64_t seed) {
    float strength[IB_SIM_HEATS] = {0};
    house_heats(time_s, seed, strength);
    struct ib_sim_plume smoke = {.x = CHIMNEY_X,
                                 .y = -0.645f,
                                 .rise = 0.16f,
                                 .lean = 0.42f,
                                 .curve = 0.6f,
                                 .r0 = 0.022f,
                                 .r1 = 0.13f,
                                 .kelvin = AIR_K + 34,
                                 .air_k = AIR_K - 14,
                                 .density = 0.55f * strength[BOILER],
                                 .visible = 0.6f,
                                 .colour = 0xA8A4A8,
                                 .life_s = 2.6f,
                                 .puffs = 14};
    ib_sim_paint_plume(canvas, &smoke, time_s, (uint32_t)seed);
    cat(canvas, time_s);
}

const struct ib_sim_scene_parts ib_sim_scene_house_parts = {house_still, house_heats, house_moving,
                                                            NULL};
