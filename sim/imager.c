/// One frame: the scene through lens, detector and converter, then what the module makes of it.
///
/// In units of 14-bit counts throughout. Noise is a hash of seed, frame and pixel, so that the same
/// inputs give the same bytes; patterns are made anew at every FFC. Figures: Lepton engineering
/// data sheet rev 200 (NETD, MTF); drift and patterns are derived, docs/simulator.md says how. Not
/// here: tables (imager_tables.c), AGC (imager_agc.c). Not modelled: distortion, the detector's 12
/// ms time constant, calibration errors, dead pixels, stray light.
#include <string.h>

#include "core/real.h"
#include "core/status.h"
#include "sim/imager_private.h"

/// Sixteen pixels at a time: a fixed count is what lets a compiler use vectors.
#define RUN 16
#define MAX_WIDTH_PX 160
#define REACH 2 ///< the lens spreads a point over 5 x 5 pixels

/// Counts per kelvin that the figures below are for: default RBFO, high gain, 300 K.
#define HIGH_GAIN_SLOPE 54.7f
/// NETD 38 mK: data sheet, "< 50 mK, 35 mK typical"; columns share a little of it.
#define NOISE_COUNTS (0.038f * HIGH_GAIN_SLOPE)
#define COLUMN_NOISE_COUNTS (0.006f * HIGH_GAIN_SLOPE)
/// Left over by an FFC; left over when there has never been one.
#define RESIDUE_COUNTS (0.010f * HIGH_GAIN_SLOPE)
#define RESIDUE_COLUMN_COUNTS (0.008f * HIGH_GAIN_SLOPE)
#define NEVER_FACTOR 12.0f
/// Growth of the pattern a minute, and how many minutes a kelvin of detector temperature is worth.
#define DRIFT_COUNTS (0.007f * HIGH_GAIN_SLOPE)
#define DRIFT_COLUMN_COUNTS (0.008f * HIGH_GAIN_SLOPE)
#define MINUTES_A_KELVIN 9.0f
/// After half an hour the pattern has found most of its shape.
#define DRIFT_SETTLES_MIN 30.0f
/// The housing's own radiation since the FFC: kelvin read wrong for a kelvin of housing.
#define HOUSING_SHARE 0.15f
/// Corner roll-off that the calibration leaves for scenes far from the module's own temperature.
#define VIGNETTE 0.003f
/// Radiometry off: counts are stretched like this (35 per kelvin at 300 K).
#define PLAIN_GAIN 0.64f

static uint32_t mix32(uint32_t v) {
    v ^= v >> 16;
    v *= 0x7feb352dU;
    v ^= v >> 15;
    v *= 0x846ca68bU;
    return v ^ (v >> 16);
}

/// About normal, sigma 1: the sum of a hash's four bytes, never beyond 3.45.
static float normal(uint32_t id) {
    uint32_t v = mix32(id);
    uint32_t pairs = (v & 0x00ff00ffU) + ((v >> 8) & 0x00ff00ffU);
    return (float)((int32_t)((pairs & 0xffffU) + (pairs >> 16)) - 510) * (1.0f / 147.80f);
}

static uint32_t stream(uint64_t seed, uint64_t number, uint32_t purpose) {
    uint32_t v = mix32((uint32_t)seed ^ purpose);
    v = mix32(v ^ (uint32_t)(seed >> 32) ^ mix32((uint32_t)number));
    return mix32(v + (uint32_t)(number >> 32));
}

static void make_patterns(struct ib_sim_imager *self) {
    uint32_t fixed = stream(self->seed, self->ffc_count, 1);
    uint32_t drift = stream(self->seed, self->ffc_count, 2);
    float factor = self->ffc_count == 0 ? NEVER_FACTOR : 1;
    size_t at = 0;
    for (unsigned y = 0; y < self->height_px; y++)
        for (unsigned x = 0; x < self->width_px; x++, at++) {
            uint32_t id = (uint32_t)at * 0x9e3779b1U, column = 0xc0000000U + x;
            self->fixed_offset[at] = factor * (RESIDUE_COUNTS * normal(fixed + id) +
                                               RESIDUE_COLUMN_COUNTS * normal(fixed ^ column));
            self->drift_rate[at] =
                DRIFT_COUNTS * normal(drift + id) + DRIFT_COLUMN_COUNTS * normal(drift ^ column);
        }
}

int ib_sim_imager_init(struct ib_sim_imager *self, uint16_t width_px, uint16_t height_px,
                       float hfov_deg, float blur_sigma_px, uint64_t seed, bool quiet) {
    if (width_px == 0 || height_px == 0 || width_px > MAX_WIDTH_PX ||
        (uint32_t)width_px * height_px > IB_SIM_MAX_PX)
        return IB_E_UNSUPPORTED;
    memset(self, 0, sizeof *self);
    self->width_px = width_px;
    self->height_px = height_px;
    self->hfov_deg = hfov_deg;
    self->blur_sigma_px = blur_sigma_px;
    self->seed = seed;
    self->quiet = quiet;
    make_patterns(self);
    return IB_OK;
}

void ib_sim_imager_ffc(struct ib_sim_imager *self, double time_s, float fpa_k, float housing_k) {
    self->ffc_time_s = time_s;
    self->fpa_at_ffc_k = fpa_k;
    self->housing_at_ffc_k = housing_k;
    self->ffc_count++;
    make_patterns(self);
}

/// True temperatures and emissivities of this moment.
static void look(struct ib_sim_imager *self, const struct ib_sim_scene *scene, double time_s) {
    struct ib_sim_surface surface = {self->width_px, self->height_px, self->kelvin,
                                     self->emissivity};
    if (!scene->parts) {
        scene->view(scene, time_s, self->seed, self->hfov_deg, &surface);
        return;
    }
    struct ib_sim_scene_planes planes = {self->still_kelvin, self->still_emissivity, {NULL}};
    for (int i = 0; i < IB_SIM_HEATS; i++)
        planes.heat[i] = self->still_heat[i];
    if (self->still_scene != scene || self->still_parts != scene->parts) {
        ib_sim_scene_still(scene, self->seed, self->hfov_deg, self->width_px, self->height_px,
                           &planes);
        self->still_scene = scene;
        self->still_parts = scene->parts;
    }
    ib_sim_scene_compose(scene, time_s, self->seed, self->hfov_deg, &planes, &surface);
}

static float radiance_at(const float *table, float kelvin) {
    float t = (kelvin - IB_SIM_RADIANCE_FIRST_K) * (1 / IB_SIM_RADIANCE_STEP_K);
    t = t > 0 ? t : 0;
    t = t < IB_SIM_RADIANCE_STEPS - 1 ? t : IB_SIM_RADIANCE_STEPS - 1;
    int i = (int)t;
    return table[i] + (t - (float)i) * (table[i + 1] - table[i]);
}

/// Weights of a Gaussian at 0, 1 and 2 pixels that sum to 1 over all five.
static void lens(float sigma_px, float weight[REACH + 1]) {
    double w1 = 0, w2 = 0;
    if (sigma_px > 0.05f) {
        double s = 0.5 / ((double)sigma_px * (double)sigma_px);
        w1 = ib_exp(-s);
        w2 = ib_exp(-4 * s);
    }
    double sum = 1 + 2 * (w1 + w2);
    weight[0] = (float)(1 / sum);
    weight[1] = (float)(w1 / sum);
    weight[2] = (float)(w2 / sum);
}

/// out = a weighted sum of five places; all arrays hold at least `count`.
static void spread(float *restrict out, const float *restrict in2, const float *restrict in1,
                   const float *restrict in0, const float *restrict in1b,
                   const float *restrict in2b, const float weight[REACH + 1], size_t count) {
    float w0 = weight[0], w1 = weight[1], w2 = weight[2];
    size_t at = 0;
    for (; at + RUN <= count; at += RUN)
        for (size_t i = at; i < at + RUN; i++)
            out[i] = w0 * in0[i] + w1 * (in1[i] + in1b[i]) + w2 * (in2[i] + in2b[i]);
    for (; at < count; at++)
        out[at] = w0 * in0[at] + w1 * (in1[at] + in1b[at]) + w2 * (in2[at] + in2b[at]);
}

/// What reaches the detector, spread along rows by the lens.
static void gather(struct ib_sim_imager *self, float ambient_k, const float weight[REACH + 1]) {
    float background = radiance_at(self->radiance_of_k, ambient_k);
    unsigned width = self->width_px;
    float line[MAX_WIDTH_PX + 2 * REACH] = {0};
    for (unsigned y = 0; y < self->height_px; y++) {
        size_t row = (size_t)y * width;
        for (unsigned x = 0; x < width; x++) {
            float w = radiance_at(self->radiance_of_k, self->kelvin[row + x]);
            line[REACH + x] = background + self->emissivity[row + x] * (w - background);
        }
        if (self->quiet) {
            memcpy(&self->radiance[row], &line[REACH], width * sizeof line[0]);
            continue;
        }
        line[0] = line[1] = line[REACH];
        line[REACH + width] = line[REACH + width + 1] = line[REACH + width - 1];
        spread(&self->radiance[row], line, line + 1, line + 2, line + 3, line + 4, weight, width);
    }
}

/// How radiance becomes counts in this frame.
struct converter {
    float gain, offset;  ///< counts = gain * radiance + offset
    float drift, growth; ///< common drift, counts; the pattern's age
    float reference;     ///< counts of a scene as warm as the module
    uint32_t noise;
};

static struct converter converter_of(const struct ib_sim_imager *self,
                                     const struct ib_sim_imager_settings *settings, double module_s,
                                     float fpa_k, float housing_k) {
    struct converter c = {.gain = 1, .offset = (float)ib_sim_imager_rbfo(settings).o};
    float own = radiance_at(self->radiance_of_k, fpa_k);
    if (!settings->radiometry) {
        c.gain = PLAIN_GAIN;
        c.offset = (float)settings->mid_counts - PLAIN_GAIN * own;
    }
    c.reference = c.gain * own + c.offset;
    float age_min = (float)(module_s - self->ffc_time_s) / 60;
    age_min = age_min > 0 ? age_min : 0;
    c.growth = age_min * DRIFT_SETTLES_MIN / (DRIFT_SETTLES_MIN + age_min);
    if (self->ffc_count > 0) {
        float warmer = fpa_k - self->fpa_at_ffc_k;
        c.growth += MINUTES_A_KELVIN * (warmer < 0 ? -warmer : warmer);
        c.drift =
            c.gain * HOUSING_SHARE * self->radiance_slope * (housing_k - self->housing_at_ffc_k);
    }
    c.noise = stream(self->seed, self->frame_index, 3);
    return c;
}

/// Everything the detector adds to a row.
static void disturb(float *restrict line, const float *restrict fixed, const float *restrict rate,
                    const float *restrict column, const float *restrict corner, float corner_y,
                    const struct converter *c, uint32_t first, size_t count) {
    float sigma = NOISE_COUNTS * c->gain, growth = c->growth, reference = c->reference;
    float gain = c->gain, drift = c->drift;
    uint32_t noise = c->noise;
    size_t at = 0;
    for (; at + RUN <= count; at += RUN)
        for (size_t i = at; i < at + RUN; i++)
            line[i] += drift + column[i] + gain * (fixed[i] + growth * rate[i]) +
                       sigma * normal(noise + (first + (uint32_t)i) * 0x9e3779b1U) -
                       VIGNETTE * (corner[i] + corner_y) * (line[i] - reference);
    for (; at < count; at++)
        line[at] += drift + column[at] + gain * (fixed[at] + growth * rate[at]) +
                    sigma * normal(noise + (first + (uint32_t)at) * 0x9e3779b1U) -
                    VIGNETTE * (corner[at] + corner_y) * (line[at] - reference);
}

static uint16_t converted(float v) {
    v = v > 0 ? v : 0;
    v = v < IMAGER_MAX_COUNTS ? v : IMAGER_MAX_COUNTS;
    return (uint16_t)(int32_t)(v + 0.5f);
}

static void quantise(uint16_t *restrict out, const float *restrict line, size_t count) {
    size_t at = 0;
    for (; at + RUN <= count; at += RUN)
        for (size_t i = at; i < at + RUN; i++)
            out[i] = converted(line[i]);
    for (; at < count; at++)
        out[at] = converted(line[at]);
}

static void scale(float *restrict line, float gain, float offset, size_t count) {
    for (size_t i = 0; i < count; i++)
        line[i] = gain * line[i] + offset;
}

/// Rows spread downwards, converted and disturbed: `counts`.
static void convert(struct ib_sim_imager *self, const struct converter *c,
                    const float weight[REACH + 1]) {
    unsigned width = self->width_px, height = self->height_px;
    float line[MAX_WIDTH_PX], *column = self->column, *corner = self->corner;
    float unit = 2 / (float)width;
    for (unsigned x = 0; x < width; x++) {
        column[x] = COLUMN_NOISE_COUNTS * c->gain * normal(c->noise ^ (0xc0000000U + x));
        float from_middle = ((float)x + 0.5f) * unit - 1;
        corner[x] = from_middle * from_middle;
    }
    for (unsigned y = 0; y < height; y++) {
        size_t row = (size_t)y * width;
        const float *in0 = &self->radiance[row];
        if (self->quiet) {
            memcpy(line, in0, width * sizeof line[0]);
        } else {
            const float *up1 = y >= 1 ? in0 - width : in0, *up2 = y >= 2 ? up1 - width : up1;
            const float *down1 = y + 1 < height ? in0 + width : in0;
            const float *down2 = y + 2 < height ? down1 + width : down1;
            spread(line, up2, up1, in0, down1, down2, weight, width);
        }
        scale(line, c->gain, c->offset, width);
        if (!self->quiet) {
            float from_middle = ((float)y + 0.5f - 0.5f * (float)height) * unit;
            disturb(line, &self->fixed_offset[row], &self->drift_rate[row], column, corner,
                    from_middle * from_middle, c, (uint32_t)row, width);
        }
        quantise(&self->counts[row], line, width);
    }
}

void ib_sim_imager_render(struct ib_sim_imager *self, const struct ib_sim_scene *scene,
                          double time_s, double module_s, float fpa_k, float housing_k,
                          const struct ib_sim_imager_settings *settings, uint16_t *out,
                          struct ib_sim_imager_result *result) {
    ib_sim_imager_tables(self, settings);
    look(self, scene, time_s);
    float weight[REACH + 1];
    lens(self->blur_sigma_px, weight);
    gather(self, scene->ambient_k, weight);
    struct converter c = converter_of(self, settings, module_s, fpa_k, housing_k);
    convert(self, &c, weight);
    self->frame_index++;

    self->unit = settings->radiometry ? IB_SIM_UNIT_RADIANCE : IB_SIM_UNIT_NONE;
    bool linear = settings->tlinear && settings->radiometry;
    const uint16_t *table = settings->tlinear_resolution ? self->ck_of_counts : self->dk_of_counts;
    ib_sim_imager_results(self, settings, linear ? table : NULL, result);
    size_t count = (size_t)self->width_px * self->height_px;
    if (settings->agc) {
        struct imager_sums histogram = {result->histogram_min, result->histogram_max,
                                        result->histogram_mean, result->histogram_px};
        ib_sim_imager_agc(self, settings, &histogram, out);
        return;
    }
    self->agc_map_valid = false;
    if (!linear) {
        memcpy(out, self->counts, count * sizeof *out);
        return;
    }
    for (size_t i = 0; i < count; i++)
        out[i] = table[self->counts[i]];
}
