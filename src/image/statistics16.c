/// Extremes, sums and percentiles of 16-bit pixels. See statistics16.h.
#include "image/statistics16.h"

#include <string.h>

#include "core/real.h"
#include "core/status.h"
#include "image/sums16_private.h"

static const uint16_t *row_of(const struct ib_image *image, struct ib_rect roi, int32_t y) {
    return (const uint16_t *)(const void *)ib_image_row(image, y) + roi.x;
}

static void add_row(struct ib_sums16 *self, const uint16_t *row, size_t count) {
    size_t x = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        x = ib_sums16_avx2(self, row, count);
#endif
    for (; x < count; x++) {
        uint32_t v = row[x];
        self->min = v < self->min ? v : self->min;
        self->max = v > self->max ? v : self->max;
        self->sum += v;
        self->squares += (uint64_t)v * v;
    }
}

static int32_t find(const uint16_t *row, uint32_t value) {
    int32_t x = 0;
    while (row[x] != value)
        x++;
    return x;
}

int ib_statistics16(struct ib_statistics16 *out, const struct ib_image *image, struct ib_rect roi) {
    *out = (struct ib_statistics16){0};
    if (image->format != IB_PIXELS_GREY16)
        return IB_E_UNSUPPORTED;
    roi = ib_rect_clip(roi, image->width_px, image->height_px);
    if (roi.w == 0)
        return 0;
    struct ib_sums16 all = {.min = UINT32_MAX};
    out->min_y = out->max_y = roi.y;
    for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
        struct ib_sums16 before = all;
        add_row(&all, row_of(image, roi, y), (size_t)roi.w);
        if (all.min < before.min)
            out->min_y = y;
        if (all.max > before.max)
            out->max_y = y;
    }
    uint32_t min = all.min;
    out->min = (uint16_t)min;
    out->max = (uint16_t)all.max;
    out->min_x = roi.x + find(row_of(image, roi, out->min_y), all.min);
    out->max_x = roi.x + find(row_of(image, roi, out->max_y), all.max);
    out->count = (uint32_t)roi.w * (uint32_t)roi.h;
    // Around the minimum, so that little is lost when mean * mean is taken off. The squares wrap
    // around on the way, the result does not.
    uint64_t above = all.sum - (uint64_t)min * out->count;
    uint64_t above_squares =
        all.squares - 2 * (uint64_t)min * all.sum + (uint64_t)min * min * out->count;
    double count = (double)out->count, mean = (double)above / count;
    double variance = (double)above_squares / count - mean * mean;
    out->mean = (double)min + mean;
    out->stdev = variance > 0 ? ib_sqrt(variance) : 0;
    return (int)out->count;
}

int ib_percentile16(const struct ib_image *image, struct ib_rect roi, uint32_t permille,
                    uint32_t *counts, size_t capacity) {
    if (image->format != IB_PIXELS_GREY16)
        return IB_E_UNSUPPORTED;
    if (permille > 1000)
        return IB_E_RANGE;
    if (capacity < IB_PERCENTILE16_MIN)
        return IB_E_NO_SPACE;
    struct ib_statistics16 whole;
    if (ib_statistics16(&whole, image, roi) <= 0)
        return IB_E_INVAL;
    roi = ib_rect_clip(roi, image->width_px, image->height_px);
    // How many pixels must not exceed it, at least one.
    uint64_t rank = ((uint64_t)whole.count * permille + 999) / 1000;
    uint32_t wanted = rank ? (uint32_t)rank : 1;
    uint32_t first = whole.min, last = whole.max;
    while (first < last) { // it is known to lie in first..last
        uint32_t shift = 0;
        while ((last - first) >> shift >= capacity)
            shift++;
        memset(counts, 0, (((last - first) >> shift) + 1) * sizeof *counts);
        uint32_t below = 0;
        for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
            const uint16_t *row = row_of(image, roi, y);
            for (int32_t x = 0; x < roi.w; x++) {
                if (row[x] >= first && row[x] <= last)
                    counts[(row[x] - first) >> shift]++;
                else
                    below += row[x] < first;
            }
        }
        uint32_t bin = 0;
        while (below + counts[bin] < wanted)
            below += counts[bin++];
        first += bin << shift;
        uint32_t end = first + ((1u << shift) - 1);
        last = end < last ? end : last;
    }
    return (int)first;
}
