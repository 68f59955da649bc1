/// Shapes, falloffs and textures that scenes are painted with. Private to sim/scene*.c.
///
/// Everything is float arithmetic and one square root: no tables, no libm, the same picture
/// everywhere. Distances are signed (negative inside) in scene units; a pixel's width turns them
/// into coverage, so that edges are as smooth as a lens makes them.
#ifndef IB_SIM_SCENE_PAINT_H
#define IB_SIM_SCENE_PAINT_H

#include <stdint.h>

#include "sim/scene.h"
#include "sim/scene_light.h"

/// A picture, thermal or visible, and where it lies in scene coordinates.
struct ib_sim_canvas {
    struct ib_sim_surface *out; ///< NULL: visible light
    const struct ib_sim_light_picture *light;
    int width_px, height_px;
    float pixel, pixel_y; ///< scene units a pixel
    float soft;           ///< width of an edge
    float left, top;      ///< middle of pixel 0, 0
};

#define IB_SIM_0C 273.15f

static inline float paint_min(float a, float b) {
    return a < b ? a : b;
}

static inline float paint_max(float a, float b) {
    return a > b ? a : b;
}

static inline float paint_abs(float a) {
    return a < 0 ? -a : a;
}

static inline float paint_clamp(float v, float low, float high) {
    return v < low ? low : v > high ? high : v;
}

static inline float paint_mix(float a, float b, float share) {
    return a + (b - a) * share;
}

/// 0 below `from`, 1 above `to`, smooth between.
static inline float paint_step(float from, float to, float v) {
    float t = paint_clamp((v - from) / (to - from), 0, 1);
    return t * t * (3 - 2 * t);
}

static inline float paint_length(float x, float y) {
    return __builtin_sqrtf(x * x + y * y);
}

/// How much of a pixel lies inside an edge at distance `d`.
static inline float paint_cover(float d, float pixel) {
    return paint_clamp(0.5f - d / pixel, 0, 1);
}

/// A warm halo: 1 at distance 0 and inside, a half at `width`, with a long tail, as heat spreads.
static inline float paint_halo(float d, float width) {
    float q = d > 0 ? d / width : 0;
    return 1 / (1 + q * q);
}

static inline float paint_disc(float x, float y, float cx, float cy, float r) {
    return paint_length(x - cx, y - cy) - r;
}

/// Rounded box around cx, cy with half sizes hw, hh.
static inline float paint_box(float x, float y, float cx, float cy, float hw, float hh, float r) {
    float qx = paint_abs(x - cx) - hw + r, qy = paint_abs(y - cy) - hh + r;
    float inside = paint_min(paint_max(qx, qy), 0);
    return inside + paint_length(paint_max(qx, 0), paint_max(qy, 0)) - r;
}

/// Good near the edge, which is where it matters.
static inline float paint_ellipse(float x, float y, float cx, float cy, float rx, float ry) {
    float k = paint_length((x - cx) / rx, (y - cy) / ry);
    return (k - 1) * paint_min(rx, ry);
}

/// A limb from a (radius ra) to b (radius rb); `along` takes 0..1 from a to b when not NULL.
static inline float paint_limb(float x, float y, float ax, float ay, float ra, float bx, float by,
                               float rb, float *along) {
    float px = x - ax, py = y - ay, dx = bx - ax, dy = by - ay;
    float t = paint_clamp((px * dx + py * dy) / (dx * dx + dy * dy), 0, 1);
    if (along)
        *along = t;
    return paint_length(px - dx * t, py - dy * t) - (ra + (rb - ra) * t);
}

/// Light of a surface: `colour` as people write it, 0xRRGGBB; `bright` above 1 shines by itself.
static inline void paint_tint(struct ib_sim_point *point, float share, uint32_t colour,
                              float bright) {
    if (share <= 0)
        return;
    for (int i = 0; i < 3; i++) {
        float level = (float)(colour >> (16 - 8 * i) & 0xFF) * (1.0f / 255);
        point->colour[i] = paint_mix(point->colour[i], level * level * bright, share);
    }
}

/// More light or less.
static inline void paint_shade(struct ib_sim_point *point, float share, float factor) {
    float by = paint_max(1 + (factor - 1) * share, 0);
    for (int i = 0; i < 3; i++)
        point->colour[i] *= by;
}

/// Lay something over a place: share 0 leaves it, 1 replaces it.
static inline void paint_over(struct ib_sim_point *point, float share, float kelvin,
                              float emissivity, uint32_t colour) {
    if (share <= 0)
        return;
    paint_tint(point, share, colour, 1);
    point->kelvin = paint_mix(point->kelvin, kelvin, share);
    point->emissivity = paint_mix(point->emissivity, emissivity, share);
    for (int i = 0; i < IB_SIM_HEATS; i++)
        point->heat[i] *= 1 - share;
}

/// The same for something that a source heats.
static inline void paint_over_hot(struct ib_sim_point *point, float share, float kelvin,
                                  float emissivity, int source, float heat, uint32_t colour) {
    if (share <= 0)
        return;
    paint_over(point, share, kelvin, emissivity, colour);
    point->heat[source] += heat * share;
}

static inline uint32_t paint_hash(uint32_t v) {
    v ^= v >> 16;
    v *= 0x7feb352dU;
    v ^= v >> 15;
    v *= 0x846ca68bU;
    return v ^ (v >> 16);
}

/// -1..1 from a number.
static inline float paint_random(uint32_t v) {
    return (float)(paint_hash(v) >> 8) * (2.0f / 16777215.0f) - 1.0f;
}

/// Largest integer not above v; |v| < 2^31.
static inline int32_t paint_floor(float v) {
    int32_t i = (int32_t)v;
    return (float)i > v ? i - 1 : i;
}

/// Smooth texture, -1..1, features of size 1.
float ib_sim_paint_noise(float x, float y, uint32_t seed);
/// Three octaves of it, about -1..1.
float ib_sim_paint_grain(float x, float y, uint32_t seed);
/// Distance from v to the nearest multiple of `pitch`.
static inline float paint_grid(float v, float pitch) {
    float t = v / pitch;
    float f = t - (float)paint_floor(t);
    return paint_min(f, 1 - f) * pitch;
}

/// Position 0..1 inside a period, for any time at or after 0.
static inline float paint_phase(double time_s, double period_s) {
    double t = time_s / period_s;
    return (float)(t - (double)(int64_t)t);
}

/// What a moving body part looks like.
struct ib_sim_skin {
    float kelvin_a, kelvin_b; ///< at both ends
    float rim_k;              ///< how much cooler its outline is
    float emissivity;
    uint32_t colour;
};

/// A part of a body: a limb from a to b (a disc when both are the same place).
void ib_sim_paint_body(const struct ib_sim_canvas *self, float ax, float ay, float ra, float bx,
                       float by, float rb, const struct ib_sim_skin *skin);

/// A plume: puffs that leave a mouth one after the other, rise, spread and cool.
struct ib_sim_plume {
    float x, y;          ///< the mouth
    float rise, lean;    ///< where a puff is at the end of its life, from there
    float curve;         ///< share of the lean that happens late: 0 straight
    float r0, r1;        ///< radius at the start and the end
    float kelvin, air_k; ///< temperature at the mouth; what it cools to
    float density;       ///< 0..1
    float visible;       ///< share of the density that eyes see
    uint32_t colour;
    float life_s;
    unsigned puffs;
};

void ib_sim_paint_plume(const struct ib_sim_canvas *self, const struct ib_sim_plume *plume,
                        double time_s, uint32_t seed);

/// A lamp that shows in visible light only: a disc of `strength` 0..1 with a soft edge.
void ib_sim_paint_lamp(const struct ib_sim_canvas *self, float x, float y, float r, uint32_t colour,
                       float strength);

extern const struct ib_sim_scene_parts ib_sim_scene_kettle_parts;
extern const struct ib_sim_scene_parts ib_sim_scene_person_parts;
extern const struct ib_sim_scene_parts ib_sim_scene_board_parts;
extern const struct ib_sim_scene_parts ib_sim_scene_house_parts;
extern const struct ib_sim_scene_parts ib_sim_scene_hot_parts;

#endif
