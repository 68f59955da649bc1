/// Counts, bins and what follows from them. See statistics.h.
#include "image/statistics.h"

#include <string.h>

#include "core/check.h"
#include "core/real.h"
#include "core/status.h"
#include "image/statistics_x86.h"

#define SIDES 3 ///< tables beside counts[], so that equal neighbours do not wait for each other
#define SIDE_ROOM_PX 65532 ///< after so many pixels a side's 16 bits could be full

static void add_sides(uint32_t counts[IB_HISTOGRAM_MAX], uint16_t side[SIDES][IB_HISTOGRAM_MAX]) {
    for (int i = 0; i < IB_HISTOGRAM_MAX; i++)
        counts[i] += (uint32_t)side[0][i] + side[1][i] + side[2][i];
    memset(side, 0, SIDES * IB_HISTOGRAM_MAX * sizeof(uint16_t));
}

static void count_grey(uint32_t counts[IB_HISTOGRAM_MAX], const struct ib_image *image,
                       struct ib_rect roi) {
    uint16_t side[SIDES][IB_HISTOGRAM_MAX] = {{0}};
    int32_t counted_px = 0;
    for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
        const uint8_t *at = ib_image_row(image, y) + roi.x;
        int32_t left_px = roi.w;
        counted_px += left_px;
        if (counted_px > SIDE_ROOM_PX) {
            add_sides(counts, side);
            counted_px = left_px;
        }
        for (; left_px >= 4; left_px -= 4, at += 4) {
            counts[at[0]]++;
            side[0][at[1]]++;
            side[1][at[2]]++;
            side[2][at[3]]++;
        }
        for (; left_px > 0; left_px--, at++)
            counts[*at]++;
    }
    add_sides(counts, side);
}

static uint32_t ones(uint32_t word) {
    word -= word >> 1 & 0x55555555u;
    word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
    word = (word + (word >> 4)) & 0x0F0F0F0Fu;
    return word * 0x01010101u >> 24;
}

static void count_binary(uint32_t counts[IB_HISTOGRAM_MAX], const struct ib_image *image,
                         struct ib_rect roi) {
    uint32_t set = 0;
    int32_t end = roi.x + roi.w;
    for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
        const uint32_t *row = (const uint32_t *)(const void *)ib_image_row(image, y);
        for (int32_t first = roi.x & ~31; first < end; first += 32) {
            uint32_t word = row[first / 32];
            if (first < roi.x)
                word &= ~0u << (roi.x - first);
            if (end - first < 32)
                word &= (1u << (end - first)) - 1;
            set += ones(word);
        }
    }
    counts[1] = set;
    counts[0] = (uint32_t)roi.w * (uint32_t)roi.h - set;
}

int ib_count_values_portable(uint32_t counts[IB_HISTOGRAM_MAX], const struct ib_image *image,
                             struct ib_rect roi) {
    roi = ib_rect_clip(roi, image->width_px, image->height_px);
    memset(counts, 0, IB_HISTOGRAM_MAX * sizeof *counts);
    if (image->format == IB_PIXELS_GREY)
        count_grey(counts, image, roi);
    else if (image->format == IB_PIXELS_BINARY)
        count_binary(counts, image, roi);
    else
        return IB_E_UNSUPPORTED;
    return roi.w * roi.h;
}

int ib_count_values(uint32_t counts[IB_HISTOGRAM_MAX], const struct ib_image *image,
                    struct ib_rect roi) {
#if defined(__x86_64__)
    if (image->format == IB_PIXELS_GREY && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vpopcntdq") &&
        __builtin_cpu_supports("gfni")) {
        roi = ib_rect_clip(roi, image->width_px, image->height_px);
        memset(counts, 0, IB_HISTOGRAM_MAX * sizeof *counts);
        if (roi.w > 0)
            ib_count_bytes_vbmi(counts, ib_image_row(image, roi.y) + roi.x, image->stride_bytes,
                                (size_t)roi.w, (size_t)roi.h);
        return roi.w * roi.h;
    }
#endif
    return ib_count_values_portable(counts, image, roi);
}

/// part / whole to the nearest integer, halves to even.
static uint32_t nearest_even(uint32_t part, uint32_t whole) {
    uint32_t down = part / whole, rest = part % whole;
    return down + (2 * rest > whole || (2 * rest == whole && (down & 1)));
}

int ib_histogram_fill(struct ib_histogram *self, const uint32_t *counts, int32_t low, int32_t high,
                      uint32_t bins) {
    int64_t span = (int64_t)high - low;
    if (bins < 2 || bins > IB_HISTOGRAM_MAX || span < 1 || span >= IB_HISTOGRAM_MAX)
        return IB_E_RANGE;
    memset(self->counts, 0, sizeof self->counts);
    self->bins = bins;
    self->low = low;
    self->high = high;
    self->total = 0;
    for (uint32_t i = 0; i <= (uint32_t)span; i++) {
        self->counts[nearest_even(i * (bins - 1), (uint32_t)span)] += counts[i];
        self->total += counts[i];
    }
    return IB_OK;
}

int ib_histogram_of(struct ib_histogram *self, const struct ib_image *image, struct ib_rect roi,
                    uint32_t bins) {
    int32_t high = image->format == IB_PIXELS_BINARY ? 1 : 255;
    bool every = bins == 0 || bins == (uint32_t)high + 1;
    uint32_t values[IB_HISTOGRAM_MAX];
    uint32_t *counts = every ? self->counts : values;
    if (!every && (bins < 2 || bins > IB_HISTOGRAM_MAX))
        return IB_E_RANGE;
    int counted = ib_count_values(counts, image, roi);
    if (counted < 0)
        return counted;
    if (!every) {
        int status = ib_histogram_fill(self, values, 0, high, bins);
        return status < 0 ? status : counted;
    }
    self->bins = (uint32_t)high + 1;
    self->low = 0;
    self->high = high;
    self->total = (uint32_t)counted;
    return counted;
}

float ib_histogram_share(const struct ib_histogram *self, uint32_t bin) {
    IB_ASSERT(bin < self->bins);
    return self->total ? (float)self->counts[bin] / (float)self->total : 0.0f;
}

int32_t ib_histogram_value(const struct ib_histogram *self, uint32_t bin) {
    IB_ASSERT(self->bins >= 2 && bin < self->bins);
    return self->low + (int32_t)(bin * (uint32_t)(self->high - self->low) / (self->bins - 1));
}

int32_t ib_histogram_percentile(const struct ib_histogram *self, float p) {
    if (!(p > 0.0f && p <= 1.0f) || self->total == 0)
        return 0;
    float below = 0.0f;
    uint32_t last = 0;
    for (uint32_t i = 0; i < self->bins; i++) {
        if (self->counts[i] == 0)
            continue;
        float sum = below + ib_histogram_share(self, i);
        if (below < p && p <= sum)
            return ib_histogram_value(self, i);
        below = sum;
        last = i;
    }
    return ib_histogram_value(self, last);
}

int32_t ib_histogram_threshold(const struct ib_histogram *self) {
    float whole_mean = 0.0f;
    for (uint32_t i = 0; i < self->bins; i++)
        whole_mean += (float)i * ib_histogram_share(self, i);
    float lower = 0.0f, lower_mean = 0.0f, best = 0.0f;
    uint32_t best_bin = 0;
    for (uint32_t i = 0; i < self->bins; i++) {
        float share = ib_histogram_share(self, i);
        lower += share;
        lower_mean += (float)i * share;
        float spread = lower * (1.0f - lower);
        if (spread <= 0.0f)
            continue;
        float distance = lower * whole_mean - lower_mean;
        float variance = distance * distance / spread;
        if (variance > best) {
            best = variance;
            best_bin = i;
        }
    }
    return ib_histogram_value(self, best_bin);
}

/// The bin in which a sum that went from `below` to `sum` crossed p.
static inline bool crosses(float below, float sum, float p) {
    return below < p && p <= sum;
}

void ib_histogram_statistics(const struct ib_histogram *self, struct ib_statistics *out) {
    *out = (struct ib_statistics){0};
    if (self->total == 0)
        return;
    float step = (float)(self->high - self->low) / (float)(self->bins - 1);
    float mean = 0.0f, squares = 0.0f, below = 0.0f;
    uint32_t fullest = 0, lowest = self->bins, highest = 0, lq = 0, median = 0, uq = 0;
    for (uint32_t i = 0; i < self->bins; i++) {
        if (self->counts[i] == 0)
            continue;
        float share = ib_histogram_share(self, i);
        float value = (float)i * step + (float)self->low;
        mean += value * share;
        squares += value * value * share;
        float sum = below + share;
        if (crosses(below, sum, 0.25f))
            lq = i;
        if (crosses(below, sum, 0.5f))
            median = i;
        if (crosses(below, sum, 0.75f))
            uq = i;
        below = sum;
        if (self->counts[i] > self->counts[fullest])
            fullest = i;
        if (lowest == self->bins)
            lowest = i;
        highest = i;
    }
    float variance = squares - mean * mean;
    float floored = (float)(int32_t)mean;
    out->mean = (int32_t)floored - (mean < floored);
    out->stdev = variance > 0.0f ? (int32_t)ib_sqrt((double)variance) : 0;
    out->mode = ib_histogram_value(self, fullest);
    out->min = ib_histogram_value(self, lowest);
    out->max = ib_histogram_value(self, highest);
    out->lq = ib_histogram_value(self, lq);
    out->median = ib_histogram_value(self, median);
    out->uq = ib_histogram_value(self, uq);
}
