/// Automatic gain control: 14-bit counts to 8 (or 14) bits of grey.
///
/// Histogram equalisation as the data sheet rev 200 describes it: bins limited to `clip high`,
/// `clip low` added to every bin that is not empty, `empty counts` or fewer pixels count as empty,
/// the running sum is the map, damped over frames. Bins are eight counts wide (FLIR does not say);
/// inside a bin the map is a straight line, and its ends are black and white. Linear: smallest to
/// largest. The legacy parameters of the IDD (tail size, bin extension …) are not modelled.
#include <string.h>

#include "sim/imager_private.h"

#define FULL 65535u

/// One stretch of the new map, from value `a` at `from` to `b` at `to`, mixed into the old one.
static void mix_line(uint16_t *map, unsigned from, unsigned to, uint32_t a, uint32_t b,
                     uint32_t keep) {
    uint32_t length = to > from ? to - from : 1;
    for (unsigned c = from; c < to; c++) {
        uint32_t now = a + (uint32_t)((uint64_t)(b - a) * (c - from) / length);
        map[c] = (uint16_t)((map[c] * keep + now * (256 - keep) + 128) >> 8);
    }
}

static void mix_level(uint16_t *map, unsigned from, unsigned to, uint32_t level, uint32_t keep) {
    uint32_t add = level * (256 - keep) + 128;
    for (unsigned c = from; c < to; c++)
        map[c] = (uint16_t)((map[c] * keep + add) >> 8);
}

static void fill_bins(struct ib_sim_imager *self, const uint16_t roi[4]) {
    struct imager_span span = ib_sim_imager_span_columns_first(self, roi);
    memset(self->agc_bins, 0, sizeof self->agc_bins);
    for (unsigned y = span.y0; y <= span.y1; y++) {
        const uint16_t *row = &self->counts[(size_t)y * self->width_px];
        for (unsigned x = span.x0; x <= span.x1; x++)
            self->agc_bins[row[x] / IB_SIM_AGC_BIN_COUNTS]++;
    }
}

static uint32_t weight(const struct ib_sim_imager_settings *settings, uint32_t px) {
    if (px <= settings->agc_empty_counts)
        return 0;
    uint32_t high = settings->agc_clip_high;
    return (px < high ? px : high) + settings->agc_clip_low;
}

/// Mix the equalising map into the old one; false when every bin counts as empty.
static bool mix_equalised(struct ib_sim_imager *self, const struct ib_sim_imager_settings *settings,
                          unsigned low, unsigned high, uint32_t keep) {
    uint64_t total = 0;
    for (unsigned bin = low / IB_SIM_AGC_BIN_COUNTS; bin <= high / IB_SIM_AGC_BIN_COUNTS; bin++)
        total += weight(settings, self->agc_bins[bin]);
    if (total == 0)
        return false;
    uint64_t sum = 0;
    uint32_t a = 0;
    for (unsigned bin = low / IB_SIM_AGC_BIN_COUNTS; bin <= high / IB_SIM_AGC_BIN_COUNTS; bin++) {
        sum += weight(settings, self->agc_bins[bin]);
        uint32_t b = (uint32_t)(sum * FULL / total);
        unsigned from = bin * IB_SIM_AGC_BIN_COUNTS, to = from + IB_SIM_AGC_BIN_COUNTS;
        mix_line(self->agc_map, from < low ? low : from, to > high ? high : to, a, b, keep);
        a = b;
    }
    return true;
}

static void update_map(struct ib_sim_imager *self, const struct ib_sim_imager_settings *settings,
                       unsigned low, unsigned high) {
    uint32_t keep = settings->agc_damping > 256 ? 256 : settings->agc_damping;
    if (!self->agc_map_valid)
        keep = 0;
    self->agc_map_valid = true;
    mix_level(self->agc_map, 0, low, 0, keep);
    mix_level(self->agc_map, high, IMAGER_MAX_COUNTS + 1, FULL, keep);
    if (high == low)
        return;
    if (settings->agc_policy == 1) {
        fill_bins(self, settings->agc_roi);
        if (mix_equalised(self, settings, low, high, keep))
            return;
    }
    mix_line(self->agc_map, low, high, 0, FULL, keep);
}

void ib_sim_imager_agc(struct ib_sim_imager *self, const struct ib_sim_imager_settings *settings,
                       const struct imager_sums *histogram, uint16_t *out) {
    update_map(self, settings, histogram->min, histogram->max);
    uint32_t white = settings->agc_scale ? (uint32_t)IMAGER_MAX_COUNTS : 255u;
    uint32_t flip = settings->black_hot ? FULL : 0;
    size_t count = (size_t)self->width_px * self->height_px;
    for (size_t i = 0; i < count; i++)
        out[i] = (uint16_t)(((self->agc_map[self->counts[i]] ^ flip) * white + 32768u) >> 16);
}
