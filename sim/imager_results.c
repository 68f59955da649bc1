/// What a frame measured beside its pixels: spotmeter, scene statistics, histogram, hot share.
///
/// Regions are clipped to the picture; a reversed region is one row or column.
/// Source: Lepton IDD rev 100, AGC 0x0C, SYS 0x2C, RAD 0xD0; the spotmeter's and the gain's regions
///         name rows first.
#include <string.h>

#include "sim/imager_private.h"

static struct imager_span clipped(const struct ib_sim_imager *self, unsigned x0, unsigned y0,
                                  unsigned x1, unsigned y1) {
    unsigned last_x = self->width_px - 1u, last_y = self->height_px - 1u;
    struct imager_span span = {x0 < last_x ? x0 : last_x, y0 < last_y ? y0 : last_y,
                               x1 < last_x ? x1 : last_x, y1 < last_y ? y1 : last_y};
    if (span.x1 < span.x0)
        span.x1 = span.x0;
    if (span.y1 < span.y0)
        span.y1 = span.y0;
    return span;
}

struct imager_span ib_sim_imager_span_columns_first(const struct ib_sim_imager *self,
                                                    const uint16_t roi[4]) {
    return clipped(self, roi[0], roi[1], roi[2], roi[3]);
}

static struct imager_span span_rows_first(const struct ib_sim_imager *self, const uint16_t roi[4]) {
    return clipped(self, roi[1], roi[0], roi[3], roi[2]);
}

static uint32_t pixels_of(const struct imager_span *span) {
    return (span->x1 - span->x0 + 1) * (span->y1 - span->y0 + 1);
}

/// Smallest, largest and mean of `map[pixels]`, or of the pixels themselves when `map` is NULL.
static struct imager_sums summed(const uint16_t *pixels, unsigned width_px,
                                 const struct imager_span *span, const uint16_t *map) {
    uint32_t sum = 0;
    uint16_t low = 65535, high = 0;
    for (unsigned y = span->y0; y <= span->y1; y++) {
        const uint16_t *row = &pixels[(size_t)y * width_px];
        for (unsigned x = span->x0; x <= span->x1; x++) {
            uint16_t v = map ? map[row[x]] : row[x];
            sum += v;
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
    }
    uint32_t px = pixels_of(span);
    struct imager_sums sums = {low, high, (uint16_t)((sum + px / 2) / px), px};
    return sums;
}

static bool same(const struct imager_span *a, const struct imager_span *b) {
    return a->x0 == b->x0 && a->y0 == b->y0 && a->x1 == b->x1 && a->y1 == b->y1;
}

static uint16_t ck_of(const struct ib_sim_imager *self, uint16_t value) {
    switch (self->unit) {
    case IB_SIM_UNIT_RADIANCE:
        return self->ck_of_counts[value];
    case IB_SIM_UNIT_CENTIKELVIN:
        return value;
    case IB_SIM_UNIT_DECIKELVIN:
        return value > 6553 ? 65535 : (uint16_t)(value * 10);
    case IB_SIM_UNIT_NONE:
        break;
    }
    return 0;
}

/// The mean is of temperatures, not the temperature of a mean.
static void spotmeter(const struct ib_sim_imager *self, const uint16_t roi[4],
                      struct ib_sim_imager_result *result) {
    if (self->unit == IB_SIM_UNIT_NONE)
        return;
    struct imager_span span = span_rows_first(self, roi);
    uint32_t sum = 0, px = pixels_of(&span);
    uint16_t low = 65535, high = 0;
    for (unsigned y = span.y0; y <= span.y1; y++)
        for (unsigned x = span.x0; x <= span.x1; x++) {
            uint16_t ck = ck_of(self, self->counts[(size_t)y * self->width_px + x]);
            sum += ck;
            low = ck < low ? ck : low;
            high = ck > high ? ck : high;
        }
    result->spot_mean_ck = (uint16_t)((sum + px / 2) / px);
    result->spot_min_ck = low;
    result->spot_max_ck = high;
    result->spot_population_px = (uint16_t)px;
}

void ib_sim_imager_results(const struct ib_sim_imager *self,
                           const struct ib_sim_imager_settings *settings, const uint16_t *map,
                           struct ib_sim_imager_result *result) {
    memset(result, 0, sizeof *result);
    struct imager_span whole = clipped(self, 0, 0, 65535, 65535);
    struct imager_span agc = ib_sim_imager_span_columns_first(self, settings->agc_roi);
    struct imager_span seen = ib_sim_imager_span_columns_first(self, settings->scene_roi);
    struct imager_sums frame = summed(self->counts, self->width_px, &whole, NULL);
    struct imager_sums histogram =
        same(&agc, &whole) ? frame : summed(self->counts, self->width_px, &agc, NULL);
    struct imager_sums scene =
        same(&seen, &whole) && !map ? frame : summed(self->counts, self->width_px, &seen, map);
    result->frame_mean_counts = frame.mean;
    result->histogram_min = histogram.min;
    result->histogram_max = histogram.max;
    result->histogram_mean = histogram.mean;
    result->histogram_px = histogram.px;
    result->scene_min = scene.min;
    result->scene_max = scene.max;
    result->scene_mean = scene.mean;
    result->scene_population_px = scene.px;
    spotmeter(self, settings->spot_roi, result);
}

void ib_sim_imager_measure(struct ib_sim_imager *self,
                           const struct ib_sim_imager_settings *settings, const uint16_t *pixels,
                           struct ib_sim_imager_result *result) {
    size_t count = (size_t)self->width_px * self->height_px;
    memcpy(self->counts, pixels, count * sizeof *pixels);
    self->unit = IB_SIM_UNIT_NONE;
    if (settings->agc || !settings->radiometry) {
        ib_sim_imager_results(self, settings, NULL, result);
        return;
    }
    if (settings->tlinear) {
        self->unit =
            settings->tlinear_resolution ? IB_SIM_UNIT_CENTIKELVIN : IB_SIM_UNIT_DECIKELVIN;
    } else {
        ib_sim_imager_tables(self, settings);
        for (size_t i = 0; i < count; i++)
            if (self->counts[i] > IMAGER_MAX_COUNTS)
                self->counts[i] = IMAGER_MAX_COUNTS;
        self->unit = IB_SIM_UNIT_RADIANCE;
    }
    ib_sim_imager_results(self, settings, NULL, result);
}

uint32_t ib_sim_imager_hotter_px(const struct ib_sim_imager *self, const uint16_t roi[4],
                                 float kelvin, uint32_t *of_px) {
    *of_px = 0;
    if (self->unit == IB_SIM_UNIT_NONE)
        return 0;
    struct imager_span span = span_rows_first(self, roi);
    float limit_ck = kelvin * 100;
    uint32_t hot = 0;
    for (unsigned y = span.y0; y <= span.y1; y++)
        for (unsigned x = span.x0; x <= span.x1; x++)
            hot += (float)ck_of(self, self->counts[(size_t)y * self->width_px + x]) > limit_ck;
    *of_px = pixels_of(&span);
    return hot;
}
