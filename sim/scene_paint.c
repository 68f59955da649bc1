/// Textures, body parts and plumes: what scenes share when they paint.
///
/// Not here: single shapes (scene_paint.h). Made for this simulator; no outside source.
#include "sim/scene_paint.h"
#include "core/real.h"

static float lattice(int32_t x, int32_t y, uint32_t seed) {
    return paint_random((uint32_t)x * 0x9e3779b1U + (uint32_t)y * 0x85ebca77U + seed);
}

float ib_sim_paint_noise(float x, float y, uint32_t seed) {
    int32_t ix = paint_floor(x), iy = paint_floor(y);
    float fx = x - (float)ix, fy = y - (float)iy;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    float top = paint_mix(lattice(ix, iy, seed), lattice(ix + 1, iy, seed), fx);
    float low = paint_mix(lattice(ix, iy + 1, seed), lattice(ix + 1, iy + 1, seed), fx);
    return paint_mix(top, low, fy);
}

float ib_sim_paint_grain(float x, float y, uint32_t seed) {
    return 0.57f * ib_sim_paint_noise(x, y, seed) +
           0.29f * ib_sim_paint_noise(2.1f * x, 2.1f * y, seed + 1) +
           0.14f * ib_sim_paint_noise(4.3f * x, 4.3f * y, seed + 2);
}

/// Columns or rows from `low` to `high` (scene units), clipped to the picture.
static int first_px(float low, float origin, float pixel) {
    float v = (low - origin) / pixel;
    return v <= 0 ? 0 : v >= 30000 ? 30000 : (int)v;
}

static int last_px(float high, float origin, float pixel, int size) {
    float v = (high - origin) / pixel;
    return v < 0 ? -1 : v >= (float)(size - 1) ? size - 1 : (int)v + 1;
}

void ib_sim_paint_body(const struct ib_sim_canvas *self, float ax, float ay, float ra, float bx,
                       float by, float rb, const struct ib_sim_skin *skin) {
    float reach = paint_max(ra, rb) + self->pixel;
    int x0 = first_px(paint_min(ax, bx) - reach, self->left, self->pixel);
    int x1 = last_px(paint_max(ax, bx) + reach, self->left, self->pixel, self->out->width_px);
    int y0 = first_px(paint_min(ay, by) - reach, self->top, self->pixel);
    int y1 = last_px(paint_max(ay, by) + reach, self->top, self->pixel, self->out->height_px);
    float dx = bx - ax, dy = by - ay, squared = dx * dx + dy * dy;
    float scale = squared > 0 ? 1 / squared : 0, inverse = 1 / self->pixel;
    for (int row = y0; row <= y1; row++) {
        float py = self->top + self->pixel * (float)row - ay;
        size_t line = (size_t)row * self->out->width_px;
        for (int column = x0; column <= x1; column++) {
            float px = self->left + self->pixel * (float)column - ax;
            float t = paint_clamp((px * dx + py * dy) * scale, 0, 1);
            float ex = px - dx * t, ey = py - dy * t, r = ra + (rb - ra) * t;
            float near = ex * ex + ey * ey;
            if (near >= (r + self->pixel) * (r + self->pixel))
                continue;
            float share = paint_clamp(0.5f - (__builtin_sqrtf(near) - r) * inverse, 0, 1);
            float kelvin = paint_mix(skin->kelvin_a, skin->kelvin_b, t) -
                           skin->rim_k * paint_min(near / (r * r), 1);
            float *k = &self->out->kelvin[line + (size_t)column];
            float *e = &self->out->emissivity[line + (size_t)column];
            *k = paint_mix(*k, kelvin, share);
            *e = paint_mix(*e, skin->emissivity, share);
        }
    }
}

/// Draws the picture towards `kelvin`, `density` 0..1 in its middle.
static void puff(const struct ib_sim_canvas *self, float cx, float cy, float r, float kelvin,
                 float density) {
    int x0 = first_px(cx - r, self->left, self->pixel);
    int x1 = last_px(cx + r, self->left, self->pixel, self->out->width_px);
    int y0 = first_px(cy - r, self->top, self->pixel);
    int y1 = last_px(cy + r, self->top, self->pixel, self->out->height_px);
    float scale = 1 / (r * r);
    for (int row = y0; row <= y1; row++) {
        float dy = self->top + self->pixel * (float)row - cy;
        float *k = &self->out->kelvin[(size_t)row * self->out->width_px];
        for (int column = x0; column <= x1; column++) {
            float dx = self->left + self->pixel * (float)column - cx;
            float inside = paint_max(1 - (dx * dx + dy * dy) * scale, 0);
            k[column] += (kelvin - k[column]) * (density * inside * inside);
        }
    }
}

void ib_sim_paint_plume(const struct ib_sim_canvas *self, const struct ib_sim_plume *plume,
                        double time_s, uint32_t seed) {
    if (plume->density <= 0)
        return;
    for (unsigned i = 0; i < plume->puffs; i++) {
        double turns = time_s / plume->life_s + (double)i / plume->puffs;
        uint64_t life = (uint64_t)turns;
        float age = (float)(turns - (double)life);
        uint32_t id = seed + (uint32_t)life * 977u + i * 131u;
        float bend = paint_mix(age, age * age, plume->curve);
        float wander =
            paint_random(id) * 0.5f + (float)ib_sin(3.1 * time_s + 2.4 * (double)i) * 0.25f;
        float r = paint_mix(plume->r0, plume->r1, age) * (1 + 0.25f * paint_random(id + 7));
        float x = plume->x + plume->lean * bend + wander * r * (0.4f + age);
        float y = plume->y - plume->rise * (1.25f * age - 0.25f * age * age);
        float cooling = 1 - age;
        float kelvin = plume->air_k + (plume->kelvin - plume->air_k) * (0.25f + 0.75f * cooling);
        float rise_in = paint_min(age * 8, 1);
        puff(self, x, y, r, kelvin, plume->density * cooling * rise_in);
    }
}
