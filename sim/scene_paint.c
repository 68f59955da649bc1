/// Textures, body parts and plumes: what scenes share when they paint.
///
/// Not here: single shapes (scene_paint.h). Made for this simulator; no outside source.
#include "sim/scene_paint.h"

#include <stdbool.h>

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

/// A limb, prepared for going through its rows.
struct limb {
    const struct ib_sim_canvas *on;
    float ax, ay, ra, dx, dy, dr;
    float scale;   ///< 1 / squared length
    float inverse; ///< 1 / width of an edge
    float reach;
};

/// The columns of a row that can lie inside.
static bool limb_row(const struct limb *self, float py, int *first, int *last) {
    float from = 0, to = 1;
    if (self->dy > 0 || self->dy < 0) {
        float slope = 1 / self->dy;
        float one = (py - self->reach) * slope, other = (py + self->reach) * slope;
        from = paint_max(paint_min(one, other), 0);
        to = paint_min(paint_max(one, other), 1);
        if (from > to)
            return false;
    }
    float x0 = self->ax + self->dx * from, x1 = self->ax + self->dx * to;
    *first = first_px(paint_min(x0, x1) - self->reach, self->on->left, self->on->pixel);
    *last = last_px(paint_max(x0, x1) + self->reach, self->on->left, self->on->pixel,
                    self->on->width_px);
    return *first <= *last;
}

static void warm_row(const struct limb *self, const struct ib_sim_skin *skin, int row, float py,
                     int first, int last) {
    size_t line = (size_t)row * (size_t)self->on->width_px;
    float edge = self->on->soft;
    for (int column = first; column <= last; column++) {
        float px = self->on->left + self->on->pixel * (float)column - self->ax;
        float t = paint_clamp((px * self->dx + py * self->dy) * self->scale, 0, 1);
        float ex = px - self->dx * t, ey = py - self->dy * t, r = self->ra + self->dr * t;
        float near = ex * ex + ey * ey;
        if (near >= (r + edge) * (r + edge))
            continue;
        float share = paint_clamp(0.5f - (__builtin_sqrtf(near) - r) * self->inverse, 0, 1);
        float kelvin = paint_mix(skin->kelvin_a, skin->kelvin_b, t) -
                       skin->rim_k * paint_min(near / (r * r), 1);
        float *k = &self->on->out->kelvin[line + (size_t)column];
        float *e = &self->on->out->emissivity[line + (size_t)column];
        *k = paint_mix(*k, kelvin, share);
        *e = paint_mix(*e, skin->emissivity, share);
    }
}

/// A cell's channels side by side with room between them, for one multiplication.
#define LANES ((UINT64_C(0x3FF) << 40) | (UINT64_C(0x3FF) << 20) | 0x3FF)

static inline uint64_t lanes_of(uint32_t cell) {
    return (cell & 0x3FF) | (uint64_t)(cell >> 10 & 0x3FF) << 20 | (uint64_t)(cell >> 20) << 40;
}

static inline uint32_t cell_of(uint64_t lanes) {
    return (uint32_t)(lanes & 0x3FF) | (uint32_t)(lanes >> 10 & 0xFFC00) |
           (uint32_t)(lanes >> 20 & 0x3FF00000);
}

/// `share` of 256.
static inline uint32_t cell_mix(uint32_t cell, uint64_t lanes, uint32_t share) {
    uint64_t sum = lanes_of(cell) * (256 - share) + lanes * share;
    return cell_of(sum >> 8 & LANES);
}

/// A colour as a cell's channels; `bright` on the square root's scale.
static uint64_t lanes_of_colour(uint32_t colour, float bright) {
    uint64_t lanes = 0;
    for (int i = 0; i < 3; i++) {
        float level = (float)(colour >> (16 - 8 * i) & 0xFF) * bright * (IB_SIM_CELL_ONE / 255.0f);
        level = paint_min(level + IB_SIM_CELL_BLACK, IB_SIM_CELL_MOST);
        lanes |= (uint64_t)(uint32_t)level << (20 * i);
    }
    return lanes;
}

/// Lit from the upper left.
#define SHADES 64

static void lit_row(const struct limb *self, const uint64_t shades[SHADES + 1], int row, float py,
                    int first, int last) {
    uint32_t *cells = &self->on->light->cells[(size_t)row * (size_t)self->on->width_px];
    float edge = self->on->soft, thickest = paint_max(self->ra, self->ra + self->dr);
    float by = 0.5f * SHADES / paint_max(thickest, 1e-6f);
    for (int column = first; column <= last; column++) {
        float px = self->on->left + self->on->pixel * (float)column - self->ax;
        float t = paint_clamp((px * self->dx + py * self->dy) * self->scale, 0, 1);
        float ex = px - self->dx * t, ey = py - self->dy * t, r = self->ra + self->dr * t;
        float near = ex * ex + ey * ey, inner = paint_max(r - edge, 0);
        if (near >= (r + edge) * (r + edge))
            continue;
        int shade = (int)((ex * 0.55f + ey * 0.83f) * by) + SHADES / 2;
        uint64_t lanes = shades[shade < 0 ? 0 : shade > SHADES ? SHADES : shade];
        if (near < inner * inner) {
            cells[column] = cell_of(lanes);
            continue;
        }
        float share = paint_clamp(0.5f - (__builtin_sqrtf(near) - r) * self->inverse, 0, 1);
        cells[column] = cell_mix(cells[column], lanes, (uint32_t)(share * 256));
    }
}

void ib_sim_paint_body(const struct ib_sim_canvas *self, float ax, float ay, float ra, float bx,
                       float by, float rb, const struct ib_sim_skin *skin) {
    float dx = bx - ax, dy = by - ay, squared = dx * dx + dy * dy;
    struct limb limb = {self,
                        ax,
                        ay,
                        ra,
                        dx,
                        dy,
                        rb - ra,
                        squared > 0 ? 1 / squared : 0,
                        1 / self->soft,
                        paint_max(ra, rb) + paint_max(self->pixel, self->soft)};
    int y0 = first_px(paint_min(ay, by) - limb.reach, self->top, self->pixel_y);
    int y1 = last_px(paint_max(ay, by) + limb.reach, self->top, self->pixel_y, self->height_px);
    uint64_t shades[SHADES + 1] = {0};
    if (!self->out && y0 <= y1)
        for (int i = 0; i <= SHADES; i++)
            shades[i] = lanes_of_colour(skin->colour, 1.02f - 0.45f * (float)i / SHADES);
    for (int row = y0; row <= y1; row++) {
        float py = self->top + self->pixel_y * (float)row - ay;
        int first, last;
        if (!limb_row(&limb, py, &first, &last))
            continue;
        if (self->out)
            warm_row(&limb, skin, row, py, first, last);
        else
            lit_row(&limb, shades, row, py, first, last);
    }
}

/// Draws the picture towards `kelvin` or `lanes`, `density` 0..1 in its middle.
static void puff(const struct ib_sim_canvas *self, float cx, float cy, float r, float kelvin,
                 uint64_t lanes, float density) {
    int y0 = first_px(cy - r, self->top, self->pixel_y);
    int y1 = last_px(cy + r, self->top, self->pixel_y, self->height_px);
    float scale = 1 / (r * r);
    for (int row = y0; row <= y1; row++) {
        float dy = self->top + self->pixel_y * (float)row - cy;
        float half = self->out ? r : __builtin_sqrtf(paint_max(r * r - dy * dy, 0));
        int x0 = first_px(cx - half, self->left, self->pixel);
        int x1 = last_px(cx + half, self->left, self->pixel, self->width_px);
        size_t line = (size_t)row * (size_t)self->width_px;
        for (int column = x0; column <= x1; column++) {
            float dx = self->left + self->pixel * (float)column - cx;
            float inside = paint_max(1 - (dx * dx + dy * dy) * scale, 0);
            if (self->out) {
                float *k = &self->out->kelvin[line];
                k[column] += (kelvin - k[column]) * (density * inside * inside);
            } else {
                uint32_t *cell = &self->light->cells[line + (size_t)column];
                *cell = cell_mix(*cell, lanes, (uint32_t)(density * inside * inside * 256));
            }
        }
    }
}

void ib_sim_paint_lamp(const struct ib_sim_canvas *self, float x, float y, float r, uint32_t colour,
                       float strength) {
    if (self->out || strength <= 0)
        return;
    uint64_t lanes = lanes_of_colour(colour, 1.3f);
    for (int i = 0; i < 2; i++) // the lamp, and light around it
        puff(self, x, y, r * (i ? 2.5f : 1.0f), 0, lanes, strength * (i ? 0.4f : 1.0f));
}

void ib_sim_paint_plume(const struct ib_sim_canvas *self, const struct ib_sim_plume *plume,
                        double time_s, uint32_t seed) {
    float density = plume->density * (self->out ? 1 : plume->visible);
    if (density <= 0)
        return;
    uint64_t lanes = self->out ? 0 : lanes_of_colour(plume->colour, 1);
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
        puff(self, x, y, r, kelvin, lanes, density * cooling * rise_in);
    }
}
