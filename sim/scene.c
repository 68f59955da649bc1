/// The list of scenes, and how a scene made of parts becomes a picture.
///
/// Not here: what the scenes show (scene_*.c), nor anything a sensor adds (imager.c). Geometry is a
/// pinhole: equal steps in the picture are equal steps of the tangent.
/// Source: docs/simulator.md.
#include <stdbool.h>
#include <string.h>

#include "core/real.h"
#include "sim/scene_paint.h"

/// Half the field of view at which x runs from -1 to 1: Lepton 3.5, data sheet rev 200, table 1.
#define HALF_FOV_DEG 28.5
/// Painted surroundings end somewhere: wider or narrower lenses see as these do.
#define LEAST_FOV_DEG 5.0
#define MOST_FOV_DEG 120.0
#define RADIANS_A_DEGREE 0.017453292519943295
/// The chart of bars: -10 to 140 degC, the high-gain range of the data sheet, in steps of 10.
#define BAR_COUNT 16u
#define BAR_FIRST_K (IB_SIM_0C - 10)
#define BAR_STEP_K 10.0f
#define FLAT_K 300.0f

static void black_body(struct ib_sim_surface *out, size_t at, float kelvin) {
    out->kelvin[at] = kelvin;
    out->emissivity[at] = 1;
}

static void view_bars(const struct ib_sim_scene *self, double time_s, uint64_t seed, float hfov_deg,
                      struct ib_sim_surface *out) {
    (void)self;
    (void)time_s;
    (void)seed;
    (void)hfov_deg;
    size_t at = 0;
    for (unsigned row = 0; row < out->height_px; row++)
        for (unsigned column = 0; column < out->width_px; column++, at++) {
            unsigned bar = column * BAR_COUNT / out->width_px;
            black_body(out, at, BAR_FIRST_K + BAR_STEP_K * (float)bar);
        }
}

static void view_flat(const struct ib_sim_scene *self, double time_s, uint64_t seed, float hfov_deg,
                      struct ib_sim_surface *out) {
    (void)self;
    (void)time_s;
    (void)seed;
    (void)hfov_deg;
    size_t count = (size_t)out->width_px * out->height_px;
    for (size_t at = 0; at < count; at++)
        black_body(out, at, FLAT_K);
}

static struct ib_sim_canvas canvas_of(float hfov_deg, uint16_t width_px, uint16_t height_px,
                                      struct ib_sim_surface *out) {
    double fov = (double)hfov_deg > LEAST_FOV_DEG ? (double)hfov_deg : LEAST_FOV_DEG;
    double half = (fov < MOST_FOV_DEG ? fov : MOST_FOV_DEG) * 0.5 * RADIANS_A_DEGREE;
    double unit = HALF_FOV_DEG * RADIANS_A_DEGREE;
    double scale = ib_sin(half) * ib_cos(unit) / (ib_cos(half) * ib_sin(unit));
    struct ib_sim_canvas canvas = {.out = out, .width_px = width_px, .height_px = height_px};
    canvas.pixel = (float)(2 * scale / width_px);
    canvas.pixel_y = canvas.soft = canvas.pixel;
    canvas.left = -canvas.pixel * 0.5f * (float)(width_px - 1);
    canvas.top = -canvas.pixel * 0.5f * (float)(height_px - 1);
    return canvas;
}

static uint32_t short_seed(uint64_t seed) {
    return (uint32_t)(seed ^ (seed >> 32));
}

static void view_parts(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                       float hfov_deg, struct ib_sim_surface *out) {
    struct ib_sim_canvas canvas = canvas_of(hfov_deg, out->width_px, out->height_px, out);
    float strength[IB_SIM_HEATS] = {0};
    if (self->parts->heats)
        self->parts->heats(time_s, seed, strength);
    size_t at = 0;
    for (unsigned row = 0; row < out->height_px; row++) {
        float y = canvas.top + canvas.pixel * (float)row;
        for (unsigned column = 0; column < out->width_px; column++, at++) {
            float x = canvas.left + canvas.pixel * (float)column;
            struct ib_sim_point point = {0};
            self->parts->still(&point, x, y, canvas.pixel, short_seed(seed));
            float kelvin = point.kelvin;
            for (int i = 0; i < IB_SIM_HEATS; i++)
                kelvin += strength[i] * point.heat[i];
            out->kelvin[at] = kelvin;
            out->emissivity[at] = point.emissivity;
        }
    }
    if (self->parts->moving)
        self->parts->moving(&canvas, time_s, seed);
}

void ib_sim_scene_still(const struct ib_sim_scene *self, uint64_t seed, float hfov_deg,
                        uint16_t width_px, uint16_t height_px,
                        const struct ib_sim_scene_planes *out) {
    struct ib_sim_canvas canvas = canvas_of(hfov_deg, width_px, height_px, NULL);
    size_t at = 0;
    for (unsigned row = 0; row < height_px; row++) {
        float y = canvas.top + canvas.pixel * (float)row;
        for (unsigned column = 0; column < width_px; column++, at++) {
            float x = canvas.left + canvas.pixel * (float)column;
            struct ib_sim_point point = {0};
            self->parts->still(&point, x, y, canvas.pixel, short_seed(seed));
            out->kelvin[at] = point.kelvin;
            out->emissivity[at] = point.emissivity;
            for (int i = 0; i < IB_SIM_HEATS; i++)
                out->heat[i][at] = point.heat[i];
        }
    }
}

/// Sixteen pixels at a time: a fixed count is what lets a compiler use vectors.
#define RUN 16

static void add_heats(float *restrict out, const float *restrict kelvin, const float *restrict h0,
                      const float *restrict h1, const float *restrict h2, const float *strength,
                      size_t count) {
    float s0 = strength[0], s1 = strength[1], s2 = strength[2];
    size_t at = 0;
    for (; at + RUN <= count; at += RUN)
        for (size_t i = at; i < at + RUN; i++)
            out[i] = kelvin[i] + s0 * h0[i] + s1 * h1[i] + s2 * h2[i];
    for (; at < count; at++)
        out[at] = kelvin[at] + s0 * h0[at] + s1 * h1[at] + s2 * h2[at];
}

void ib_sim_scene_compose(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                          float hfov_deg, const struct ib_sim_scene_planes *still,
                          struct ib_sim_surface *out) {
    size_t count = (size_t)out->width_px * out->height_px;
    float strength[IB_SIM_HEATS] = {0};
    if (self->parts->heats)
        self->parts->heats(time_s, seed, strength);
    add_heats(out->kelvin, still->kelvin, still->heat[0], still->heat[1], still->heat[2], strength,
              count);
    memcpy(out->emissivity, still->emissivity, count * sizeof *out->emissivity);
    if (self->parts->moving) {
        struct ib_sim_canvas canvas = canvas_of(hfov_deg, out->width_px, out->height_px, out);
        self->parts->moving(&canvas, time_s, seed);
    }
}

/// The charts, as wide as the Lepton 3.5 sees them: printed bars from blue to red, and a grey plate.
static void bars_still(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    (void)y;
    (void)pixel;
    (void)seed;
    int bar = paint_floor(paint_clamp((x + 1) * 0.5f, 0, 0.999f) * (float)BAR_COUNT);
    float warm = (float)bar / (float)(BAR_COUNT - 1);
    point->colour[0] = 0.06f + 0.8f * warm * warm;
    point->colour[1] = 0.10f + 1.6f * warm * (1 - warm);
    point->colour[2] = 0.06f + 0.8f * (1 - warm) * (1 - warm);
}

static void flat_still(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    (void)x;
    (void)y;
    (void)pixel;
    (void)seed;
    paint_tint(point, 1, 0x808080, 1);
}

static const struct ib_sim_light day = {400, {1, 1, 1}, 3, flat_still};
static const struct ib_sim_light chart = {400, {1, 1, 1}, 3, bars_still};
static const struct ib_sim_light kitchen = {320, {1.12f, 1, 0.78f}, 1, NULL};
static const struct ib_sim_light window = {220, {1.06f, 1, 0.88f}, 1.5f, NULL};
static const struct ib_sim_light bench = {600, {1, 1, 0.95f}, 1, NULL};
static const struct ib_sim_light dusk = {12, {0.9f, 1, 1.15f}, 1, NULL};
static const struct ib_sim_light fireside = {60, {1.35f, 1, 0.55f}, 8, NULL};

static const struct ib_sim_scene scenes[] = {
    {"kettle", "a kettle coming to the boil on a worktop, steam, a mug of tea, cold milk",
     view_parts, IB_SIM_0C + 22, &ib_sim_scene_kettle_parts, 700, &kitchen},
    {"person", "a person walking to and fro through a room with a radiator and a cold window",
     view_parts, IB_SIM_0C + 21, &ib_sim_scene_person_parts, 2800, &window},
    {"board", "a circuit board under load: processor, regulators, a shiny can that reflects",
     view_parts, IB_SIM_0C + 24, &ib_sim_scene_board_parts, 250, &bench},
    {"house", "a house on a cold clear night: thermal bridges, windows, a flue, a cat", view_parts,
     IB_SIM_0C - 2, &ib_sim_scene_house_parts, 17000, &dusk},
    {"hot", "a wood stove with the fire up, about 350 degC: saturates high gain", view_parts,
     IB_SIM_0C + 24, &ib_sim_scene_hot_parts, 1050, &fireside},
    {"bars", "test chart: sixteen bars from -10 to 140 degC, black bodies", view_bars,
     IB_SIM_0C + 22, NULL, 1000, &chart},
    {"flat", "test chart: a black body of 300 K all over", view_flat, IB_SIM_0C + 22, NULL, 1000,
     &day},
};

const struct ib_sim_light *ib_sim_scene_light(const struct ib_sim_scene *self) {
    return self->light ? self->light : &day;
}

static float nominal_mm(const struct ib_sim_scene *self) {
    return self->distance_mm > 0 ? self->distance_mm : 1000;
}

float ib_sim_scene_parallax(const struct ib_sim_scene *self, float baseline_mm) {
    return baseline_mm / (nominal_mm(self) * IB_SIM_SCENE_UNIT);
}

/// Rays across a rangefinder's cone.
#define RAYS 9

float ib_sim_scene_distance_mm(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                               float cone_deg) {
    if (!self->parts || !self->parts->distance_mm)
        return nominal_mm(self);
    double half = (double)paint_clamp(cone_deg, 0, MOST_FOV_DEG) * 0.5 * RADIANS_A_DEGREE;
    float reach = (float)(ib_sin(half) / ib_cos(half)) / IB_SIM_SCENE_UNIT;
    float weighted = 0, weights = 0;
    for (int row = 0; row < RAYS; row++)
        for (int column = 0; column < RAYS; column++) {
            float u = (float)(2 * column + 1 - RAYS) / RAYS, v = (float)(2 * row + 1 - RAYS) / RAYS;
            if (u * u + v * v > 1)
                continue;
            float mm = self->parts->distance_mm(u * reach, v * reach, time_s, seed);
            float weight = 1e6f / (mm * mm);
            weight *= weight;
            weighted += weight * mm;
            weights += weight;
        }
    return weighted / weights;
}

const struct ib_sim_scene *ib_sim_scenes(size_t *count) {
    if (count)
        *count = sizeof scenes / sizeof scenes[0];
    return scenes;
}

const struct ib_sim_scene *ib_sim_scene_named(const char *name) {
    for (size_t i = 0; name && i < sizeof scenes / sizeof scenes[0]; i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    return NULL;
}
