/// A circuit board under load, seen from above: a processor that works and rests, regulators that
/// follow, and polished metal that shows the room instead of itself.
///
/// Each heat source has a fixed pattern (the part, and what copper carries away) and a first-order
/// answer to a square wave of load. Not modelled: air flow, height of parts. Own model.
#include "core/real.h"
#include "sim/scene_paint.h"

#define AIR_K (IB_SIM_0C + 24)
#define PROCESSOR 0
#define REGULATOR 1
#define RADIO 2

#define LOAD_S 36.0  ///< one cycle of work and rest
#define WORK_S 21.0f ///< of which work
/// A scene begins well into the work.
#define FIRST_S 15.0

/// A first-order lag's steady answer (0..1) to on for `on_s` and off for the rest of `period_s`.
static float lagged(float t, float on_s, float period_s, float lag_s) {
    double on = ib_exp((double)(-on_s / lag_s)), off = ib_exp((double)((on_s - period_s) / lag_s));
    double low = (1 - on) * off / (1 - on * off);
    double high = 1 - (1 - low) * on;
    if (t < on_s)
        return (float)(1 - (1 - low) * ib_exp((double)(-t / lag_s)));
    return (float)(high * ib_exp((double)((on_s - t) / lag_s)));
}

static void board_heats(double time_s, uint64_t seed, float strength[IB_SIM_HEATS]) {
    (void)seed;
    float t = paint_phase(time_s + FIRST_S, LOAD_S) * (float)LOAD_S;
    strength[PROCESSOR] = 0.22f + 0.78f * lagged(t, WORK_S, (float)LOAD_S, 4.0f);
    strength[REGULATOR] = 0.35f + 0.65f * lagged(t, WORK_S, (float)LOAD_S, 9.0f);
    // The radio sends in bursts.
    float burst = paint_phase(time_s, 7.0) * 7.0f;
    strength[RADIO] = 0.4f + 0.6f * lagged(burst, 2.2f, 7.0f, 1.3f);
}

struct place {
    float x, y, hw, hh;
};

static float box(const struct place *p, float x, float y, float r) {
    return paint_box(x, y, p->x, p->y, p->hw, p->hh, r);
}

static const struct place pcb = {0, 0, 0.86f, 0.62f};
static const struct place cpu = {0.02f, -0.06f, 0.185f, 0.185f};
static const struct place coil_a = {-0.60f, -0.34f, 0.085f, 0.085f};
static const struct place coil_b = {-0.60f, -0.11f, 0.085f, 0.085f};
static const struct place can = {0.57f, 0.29f, 0.20f, 0.20f};

static void copper(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    // Bundles of traces leave the processor; each carries a little of its heat.
    float dx = x - cpu.x, dy = y - cpu.y;
    float pitch = paint_grid(paint_abs(dy) < paint_abs(dx) ? dy : dx, 0.040f);
    float run = paint_max(paint_abs(dx), paint_abs(dy));
    float bundle = paint_min(paint_abs(dx), paint_abs(dy)) - 0.15f;
    float trace = paint_cover(paint_max(pitch - 0.009f, paint_max(bundle, run - 0.60f)), pixel);
    point->heat[PROCESSOR] += 3.2f * trace * paint_halo(run - 0.19f, 0.10f);
    point->emissivity -= 0.05f * trace;
    paint_tint(point, trace, 0x2E8A52, 1);
    // The power plane runs from the regulators to the processor.
    float plane = paint_box(x, y, -0.36f, -0.22f, 0.22f, 0.16f, 0.04f);
    point->heat[REGULATOR] += 3.0f * paint_halo(plane, 0.03f);
    point->kelvin += 0.22f * ib_sim_paint_grain(9 * x, 9 * y, seed + 1);
    // Plated holes.
    float via = paint_length(paint_grid(x + 0.013f, 0.11f), paint_grid(y, 0.09f)) - 0.007f;
    point->emissivity -= 0.16f * paint_cover(via, pixel);
    paint_tint(point, paint_cover(via, pixel), 0xB89850, 1);
}

static void substrate(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    point->kelvin = AIR_K - 0.6f + 0.5f * ib_sim_paint_grain(2 * x, 15 * y, seed + 4) +
                    1.6f * paint_halo(box(&pcb, x, y, 0.03f), 0.08f);
    point->emissivity = 0.93f;
    paint_tint(point, 1, 0x8A6A48, 0.9f + 0.2f * ib_sim_paint_grain(2 * x, 15 * y, seed + 4));
    float d = box(&pcb, x, y, 0.03f);
    paint_shade(point, paint_halo(paint_box(x, y, 0.03f, 0.03f, 0.86f, 0.62f, 0.03f), 0.03f), 0.4f);
    paint_over(point, paint_cover(d, pixel), AIR_K + 4.2f, 0.91f, 0x14683A);
    if (d > pixel)
        return;
    float inside = paint_cover(d, pixel);
    point->heat[PROCESSOR] = 15.5f * inside * paint_halo(box(&cpu, x, y, 0.08f), 0.20f);
    point->heat[REGULATOR] =
        inside * (10.0f * paint_halo(box(&coil_a, x, y, 0.05f), 0.13f) +
                  9.0f * paint_halo(box(&coil_b, x, y, 0.05f), 0.13f) +
                  8.0f * paint_halo(paint_disc(x, y, -0.42f, -0.23f, 0.05f), 0.10f));
    point->heat[RADIO] = 5.0f * inside * paint_halo(box(&can, x, y, 0.05f), 0.08f);
    copper(point, x, y, pixel, seed);
    // Mounting holes: the bench shows through a ring of plating.
    float hole = paint_length(paint_abs(x) - 0.80f, paint_abs(y) - 0.56f) - 0.033f;
    paint_over(point, paint_cover(hole - 0.016f, pixel), AIR_K + 2, 0.25f, 0xD8B860);
    paint_over(point, paint_cover(hole, pixel), AIR_K - 0.3f, 0.93f, 0x6E5436);
}

static void processor(struct ib_sim_point *point, float x, float y, float pixel) {
    float d = box(&cpu, x, y, 0.012f);
    float share = paint_cover(d, pixel);
    float heart = paint_box(x, y, cpu.x + 0.012f, cpu.y - 0.015f, 0.075f, 0.065f, 0.02f);
    paint_over_hot(point, share, AIR_K + 6, 0.94f, PROCESSOR,
                   30.0f + 17.0f * paint_halo(heart, 0.055f), 0x2A2A2E);
    // Letters etched into the lid shine a little.
    float line =
        paint_max(paint_abs(y - cpu.y - 0.115f) - 0.008f, paint_abs(x - cpu.x + 0.04f) - 0.10f);
    line = paint_max(line, 0.008f - paint_grid(x, 0.036f));
    point->emissivity -= 0.13f * paint_cover(line, pixel);
    paint_tint(point, paint_cover(line, pixel), 0xB0B0B4, 1);
    paint_tint(point, paint_cover(paint_abs(d + 0.02f) - 0.004f, pixel), 0x4A4A50, 1);
    float dot = paint_disc(x, y, cpu.x - 0.15f, cpu.y - 0.15f, 0.013f);
    point->emissivity -= 0.2f * paint_cover(dot, pixel);
    paint_tint(point, paint_cover(dot, pixel), 0xC8C8CC, 1);
}

static void memory_chips(struct ib_sim_point *point, float x, float y, float pixel) {
    static const struct place chips[] = {{0.42f, -0.29f, 0.072f, 0.115f},
                                         {0.60f, -0.29f, 0.072f, 0.115f},
                                         {0.42f, 0.00f, 0.072f, 0.115f}};
    for (unsigned i = 0; i < 3; i++) {
        float d = box(&chips[i], x, y, 0.006f);
        // Legs of tin on both sides.
        float legs = paint_max(paint_abs(paint_abs(y - chips[i].y) - chips[i].hh - 0.012f) - 0.012f,
                               paint_abs(x - chips[i].x) - chips[i].hw);
        legs = paint_max(legs, paint_grid(x - chips[i].x, 0.028f) - 0.007f);
        point->emissivity -= 0.45f * paint_cover(legs, pixel);
        paint_tint(point, paint_cover(legs, pixel), 0xC8CCD0, 0.9f);
        paint_over_hot(point, paint_cover(d, pixel), AIR_K + 7.5f, 0.94f, PROCESSOR,
                       (i == 2 ? 16.0f : 12.5f - 3 * (float)i) +
                           6 * paint_halo(paint_disc(x, y, chips[i].x, chips[i].y, 0.02f), 0.06f),
                       0x1C1C1E);
    }
}

static void regulators(struct ib_sim_point *point, float x, float y, float pixel) {
    const struct place *coils[] = {&coil_a, &coil_b};
    for (unsigned i = 0; i < 2; i++) {
        float d = box(coils[i], x, y, 0.025f);
        float ring = paint_abs(paint_disc(x, y, coils[i]->x, coils[i]->y, 0.050f)) - 0.014f;
        paint_over_hot(point, paint_cover(d, pixel), AIR_K + 6, 0.92f, REGULATOR,
                       31.0f - 5.0f * (float)i + 7.0f * paint_halo(ring, 0.010f), 0x4A4C50);
    }
    // The switch between them is the hottest spot on the board.
    static const struct place fet = {-0.42f, -0.23f, 0.048f, 0.058f};
    float d = box(&fet, x, y, 0.006f);
    paint_over_hot(point, paint_cover(d, pixel), AIR_K + 8, 0.94f, REGULATOR,
                   46.0f + 9.0f * paint_halo(paint_disc(x, y, fet.x, fet.y + 0.01f, 0.01f), 0.03f),
                   0x18181A);
    static const struct place ldo = {-0.62f, 0.13f, 0.060f, 0.045f};
    float tab = paint_box(x, y, ldo.x, ldo.y - 0.058f, 0.042f, 0.018f, 0.004f);
    paint_over_hot(point, paint_cover(tab, pixel), AIR_K + 8, 0.3f, RADIO, 24, 0xC8CCD0);
    paint_over_hot(point, paint_cover(box(&ldo, x, y, 0.005f), pixel), AIR_K + 10, 0.94f, RADIO, 24,
                   0x1A1A1C);
    point->heat[RADIO] += 7.0f * paint_halo(box(&ldo, x, y, 0.03f), 0.06f) *
                          paint_cover(box(&pcb, x, y, 0.03f), pixel);
}

static void capacitors(struct ib_sim_point *point, float x, float y, float pixel) {
    static const float row[][3] = {{-0.36f, -0.47f, 0.058f},
                                   {-0.22f, -0.47f, 0.058f},
                                   {-0.08f, -0.47f, 0.058f},
                                   {-0.31f, 0.04f, 0.045f}};
    for (unsigned i = 0; i < 4; i++) {
        float d = paint_disc(x, y, row[i][0], row[i][1], row[i][2]);
        paint_over(point, paint_cover(d, pixel), AIR_K + 9 - 1.5f * (float)i, 0.93f, 0x30303A);
        // The bare lid with its pressed cross.
        float cross = paint_min(paint_abs(x - row[i][0]), paint_abs(y - row[i][1])) - 0.005f;
        float lid = paint_cover(d + 0.016f, pixel);
        point->emissivity -= lid * (0.62f - 0.3f * paint_cover(cross, pixel));
        paint_tint(point, lid, 0xC4C8CC, 1 - 0.5f * paint_cover(cross, pixel));
    }
    // Small parts in rows, each a little different.
    float px = x + 0.30f, py = y - 0.25f;
    if (paint_abs(px) < 0.26f && paint_abs(py) < 0.12f) {
        int32_t column = paint_floor(px / 0.066f), line = paint_floor(py / 0.080f);
        float ox = px - ((float)column + 0.5f) * 0.066f, oy = py - ((float)line + 0.5f) * 0.080f;
        float d = paint_box(ox, oy, 0, 0, 0.019f, 0.011f, 0.003f);
        float mood = paint_random((uint32_t)column * 71u + (uint32_t)line * 193u);
        float ends = paint_box(ox, oy, 0, 0, 0.028f, 0.013f, 0.003f);
        point->emissivity -= 0.45f * paint_cover(ends, pixel);
        paint_tint(point, paint_cover(ends, pixel), 0xC8CCD0, 0.9f);
        paint_over_hot(point, paint_cover(d, pixel), AIR_K + 6.5f + 2 * mood, 0.92f, PROCESSOR,
                       5 + 5 * mood * mood, 0x3A2C22);
    }
}

static void connectors(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    // The radio's can: polished steel shows the room, with a dent or two and a label on it.
    float d = box(&can, x, y, 0.012f);
    float sheen = 0.03f * ib_sim_paint_noise(7 * x, 7 * y, seed + 9);
    paint_over_hot(point, paint_cover(d, pixel), AIR_K + 6, 0.10f + sheen, RADIO, 17, 0xC8CCD0);
    float fold = paint_abs(d + 0.022f) - 0.005f;
    point->emissivity += 0.14f * paint_cover(fold, pixel) * paint_cover(d, pixel);
    static const struct place label = {0.55f, 0.32f, 0.115f, 0.075f};
    float paper = paint_cover(box(&label, x, y, 0.004f), pixel);
    point->emissivity = paint_mix(point->emissivity, 0.93f, paper);
    paint_shade(point, paint_cover(d, pixel), 0.9f + 10 * sheen - 0.25f * paint_cover(fold, pixel));
    paint_tint(point, paper, 0xF8F8F4, 1);
    float print = paint_max(paint_grid(y - 0.26f, 0.03f) - 0.006f, paint_abs(x - 0.55f) - 0.09f);
    paint_tint(point, paper * paint_cover(print, pixel), 0x303034, 1);
    // USB socket over the edge, a pin header, a light.
    float shell = paint_box(x, y, -0.80f, 0.33f, 0.13f, 0.105f, 0.012f);
    paint_over(point, paint_cover(shell, pixel), AIR_K + 3.5f, 0.14f, 0xC0C4C8);
    float tongue = paint_box(x, y, -0.90f, 0.33f, 0.05f, 0.06f, 0.004f);
    paint_over(point, paint_cover(tongue, pixel), AIR_K + 3, 0.6f, 0x202020);
    float strip = paint_box(x, y, -0.05f, 0.525f, 0.40f, 0.038f, 0.006f);
    paint_over(point, paint_cover(strip, pixel), AIR_K + 4.4f, 0.95f, 0x1C1C1E);
    float pins = paint_length(paint_grid(x, 0.066f), paint_abs(y - 0.525f)) - 0.014f;
    paint_over(point, paint_cover(paint_max(pins, strip), pixel), AIR_K + 4.6f, 0.18f, 0xD8B860);
    float light = paint_box(x, y, 0.33f, 0.38f, 0.018f, 0.013f, 0.003f);
    paint_over(point, paint_cover(light, pixel), AIR_K + 15, 0.93f, 0x60FF70);
}

static void board_still(struct ib_sim_point *point, float x, float y, float pixel, uint32_t seed) {
    // The board lies a little askew: cosine and sine of 3.4 degrees.
    float bx = 0.99824f * x + 0.05931f * y, by = -0.05931f * x + 0.99824f * y;
    substrate(point, bx, by, pixel, seed);
    regulators(point, bx, by, pixel);
    capacitors(point, bx, by, pixel);
    memory_chips(point, bx, by, pixel);
    processor(point, bx, by, pixel);
    connectors(point, bx, by, pixel, seed);
}

/// A light blinks while the radio sends.
static void board_moving(const struct ib_sim_canvas *canvas, double time_s, uint64_t seed) {
    (void)seed;
    float on = paint_phase(time_s, 7.0) * 7.0f < 2.2f ? 1.0f : 0.0f;
    ib_sim_paint_lamp(canvas, 0.307f, 0.399f, 0.022f, 0x60FF70, on);
}

const struct ib_sim_scene_parts ib_sim_scene_board_parts = {board_still, board_heats, board_moving,
                                                            NULL};
