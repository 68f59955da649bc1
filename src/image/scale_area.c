/// Making smaller by the mean of all that a pixel covers. See scale_private.h.
///
/// A pixel covers a rectangle of the source, its sides in 256ths. Each source pixel counts with what
/// lies inside: mean = (sum of value * share + area / 2) / area. Where the factor is the inverse of a
/// whole number that is the plain mean, rounded.
#include <string.h>

#include "image/scale_private.h"

/// What pixel `at` (16.16) covers along an axis, in 256ths; at least something inside of the roi.
static void covered(const struct ib_scale_axis *axis, int64_t at, int32_t *from, int32_t *to) {
    int32_t low = axis->low * 256, high = (axis->high + 1) * 256;
    *from = ib_scale_clamp((int32_t)(at >> 8), low, high);
    *to = ib_scale_clamp((int32_t)((at + axis->step) >> 8), low, high);
    if (*from >= *to) { // beside the roi, or thinner than 1/256 pixel: the pixel there
        *from = ib_scale_clamp(*from, low, high - 1) & ~255;
        *to = *from + 256;
    }
}

static void add_row8(uint64_t *sums, const uint8_t *row, uint32_t share, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        sums[i] += (uint64_t)row[i] * share;
}

static void add_row16(uint64_t *sums, const uint16_t *row, uint32_t share, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        sums[i] += (uint64_t)row[i] * share;
}

/// The sum over a pixel's columns, each by its share.
static uint64_t across(const uint64_t *sums, int32_t from, int32_t to) {
    int32_t first = from >> 8, last = (to - 1) >> 8;
    if (first == last)
        return sums[first] * (uint64_t)(to - from);
    uint64_t whole = 0;
    for (int32_t i = first + 1; i < last; i++)
        whole += sums[i];
    return whole * 256 + sums[first] * (uint64_t)(256 - (from & 255)) +
           sums[last] * (uint64_t)(to - last * 256);
}

static void means(struct ib_scale_run *self, void *out, uint64_t height) {
    bool wide = self->values == IB_PIXELS_GREY16;
    for (int32_t i = 0; i < self->taps.count; i++) {
        int32_t from = self->area_ends[2 * i], to = self->area_ends[2 * i + 1];
        uint64_t area = height * (uint64_t)(to - from);
        uint64_t mean = (across(self->area_sums, from, to) + area / 2) / area;
        if (wide)
            ((uint16_t *)out)[i] = (uint16_t)mean;
        else
            ((uint8_t *)out)[i] = (uint8_t)mean;
    }
}

void ib_scale_row_area(struct ib_scale_run *self, int32_t at) {
    int32_t from, to;
    int32_t count = self->rows.count;
    covered(&self->plan->y, at, &from, &to);
    for (int p = 0; p < ib_scale_plane_count(self->values); p++) {
        memset(self->area_sums, 0, (size_t)count * sizeof self->area_sums[0]);
        for (int32_t y = from >> 8; y <= (to - 1) >> 8; y++) {
            const uint8_t *planes[IB_PLANES];
            int32_t top = y * 256 > from ? y * 256 : from;
            int32_t bottom = (y + 1) * 256 < to ? (y + 1) * 256 : to;
            ib_scale_rows_planes(&self->rows, y, planes);
            if (self->values == IB_PIXELS_GREY16)
                add_row16(self->area_sums, (const uint16_t *)(const void *)planes[p],
                          (uint32_t)(bottom - top), count);
            else
                add_row8(self->area_sums, planes[p], (uint32_t)(bottom - top), count);
        }
        means(self, self->out_planes[p], (uint64_t)(to - from));
    }
}

void ib_scale_area_ends(struct ib_scale_run *self) {
    const struct ib_scale_axis *axis = &self->plan->x;
    for (int32_t i = 0; i < axis->count; i++) {
        int32_t k = axis->mirrored ? axis->count - 1 - i : i, from, to;
        covered(axis, axis->start + (int64_t)k * axis->step, &from, &to);
        self->area_ends[2 * i] = from - self->rows.from * 256;
        self->area_ends[2 * i + 1] = to - self->rows.from * 256;
    }
}
