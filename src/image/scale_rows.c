/// Scaling along rows in plain C: what the vector files must give to the bit. See scale_private.h.
#include <string.h>

#include "image/color.h"
#include "image/scale_private.h"

static void vertical_linear(uint8_t *out, const uint8_t *a, const uint8_t *b, int fraction,
                            int32_t count) {
    for (int32_t i = 0; i < count; i++)
        out[i] = (uint8_t)((a[i] * 256 + (b[i] - a[i]) * fraction + 128) >> 8);
}

static void linear(uint8_t *out, const uint8_t *columns, const struct ib_taps *taps) {
    for (int32_t i = 0; i < taps->count; i++) {
        const uint8_t *pair = columns + taps->first[i];
        out[i] = (uint8_t)((pair[0] * 256 + (pair[1] - pair[0]) * taps->fraction[i] + 128) >> 8);
    }
}

/// The curve through four values, see scale_private.h.
static void curve_of(int16_t near[2], int16_t far[2], int p0, int p1, int p2, int p3) {
    near[0] = (int16_t)(p2 - p0);
    near[1] = (int16_t)(2 * p0 + 4 * p2 - 5 * p1 - p3);
    far[0] = (int16_t)(3 * (p1 - p2) + p3 - p0);
    far[1] = (int16_t)(-2 * p1);
}

static void vertical_curves(int16_t *near, int16_t *far, const uint8_t *const rows[4],
                            int32_t count) {
    for (int32_t i = 0; i < count; i++)
        curve_of(near + 2 * i, far + 2 * i, rows[0][i], rows[1][i], rows[2][i], rows[3][i]);
}

static void vertical_cubic(int16_t *out, const int16_t *near, const int16_t *far,
                           const int16_t weights[3], int32_t count) {
    for (int32_t i = 0; i < count; i++, near += 2, far += 2) {
        int value =
            near[0] * weights[0] + near[1] * weights[1] + far[0] * weights[2] - far[1] * 32768;
        out[i] = (int16_t)((value + 32768) >> 16);
    }
}

static void curves(int16_t *near, int16_t *far, const int16_t *columns, int32_t count) {
    for (int32_t i = 0; i < count; i++, columns++)
        curve_of(near + 2 * i, far + 2 * i, columns[0], columns[1], columns[2], columns[3]);
}

static void cubic(uint8_t *out, const int16_t *near, const int16_t *far, const struct ib_taps *taps,
                  int largest) {
    for (int32_t i = 0; i < taps->count; i++) {
        const int16_t *n = near + 2 * taps->first[i], *f = far + 2 * taps->first[i];
        int value = n[0] * taps->near[2 * i] + n[1] * taps->near[2 * i + 1] +
                    f[0] * taps->far[2 * i] + f[1] * taps->far[2 * i + 1];
        out[i] = (uint8_t)ib_scale_clamp((value + 32768) >> 16, 0, largest);
    }
}

static void nearest8(uint8_t *out, const uint8_t *row, const struct ib_taps *taps) {
    for (int32_t i = 0; i < taps->count; i++)
        out[i] = row[taps->first[i]];
}

static void split565(uint8_t *const out[IB_PLANES], const uint16_t *row, int32_t count) {
    uint8_t *red = out[0], *green = out[1], *blue = out[2];
    for (int32_t i = 0; i < count; i++) {
        red[i] = (uint8_t)ib_rgb565_red5(row[i]);
        green[i] = (uint8_t)ib_rgb565_green6(row[i]);
        blue[i] = (uint8_t)ib_rgb565_blue5(row[i]);
    }
}

static void join565(uint16_t *out, uint8_t *const planes[IB_PLANES], int32_t count) {
    const uint8_t *red = planes[0], *green = planes[1], *blue = planes[2];
    for (int32_t i = 0; i < count; i++)
        out[i] = (uint16_t)(red[i] << 11 | green[i] << 5 | blue[i]);
}

const struct ib_scale_kernels ib_scale_portable = {
    .vertical_linear = vertical_linear,
    .linear = linear,
    .vertical_curves = vertical_curves,
    .vertical_cubic = vertical_cubic,
    .curves = curves,
    .cubic = cubic,
    .nearest8 = nearest8,
    .split565 = split565,
    .join565 = join565,
};

/// Where in the roi the four rows around `at` are: the first is `before` pixels before it.
static void rows_at(const struct ib_scale_run *self, int32_t at, int before, int count,
                    int32_t rows[4]) {
    const struct ib_scale_axis *axis = &self->plan->y;
    for (int i = 0; i < count; i++)
        rows[i] = ib_scale_clamp((at >> 16) - before + i, axis->low, axis->high);
}

/// What lies beyond the ends of the roi is as its ends are; a column has `size` bytes.
static void repeat_ends(const struct ib_scale_run *self, void *columns, size_t size) {
    uint8_t *bytes = columns;
    int32_t left = self->rows.from - self->first_column, behind = left + self->rows.count;
    for (int32_t i = 0; i < left; i++)
        memcpy(bytes + (size_t)i * size, bytes + (size_t)left * size, size);
    for (int32_t i = behind; i < self->columns; i++)
        memcpy(bytes + (size_t)i * size, bytes + (size_t)(behind - 1) * size, size);
}

void ib_scale_row_linear(struct ib_scale_run *self, int32_t at) {
    const uint8_t *above[IB_PLANES], *below[IB_PLANES];
    int32_t rows[4];
    rows_at(self, at, 0, 2, rows);
    ib_scale_rows_planes(&self->rows, rows[0], above);
    ib_scale_rows_planes(&self->rows, rows[1], below);
    int fraction = at >> 8 & ib_scale_fraction_mask(self->values);
    int32_t left = self->rows.from - self->first_column;
    for (int p = 0; p < ib_scale_plane_count(self->values); p++) {
        uint8_t *columns = self->column_planes[p];
        self->kernels->vertical_linear(columns + left, above[p], below[p], fraction,
                                       self->rows.count);
        repeat_ends(self, columns, sizeof(uint8_t));
        self->kernels->linear(self->out_planes[p], columns, &self->taps);
    }
}

static void cubic_weights(int32_t at, int16_t weights[3]) {
    int d = (at & 0xFFFF) >> 1;
    weights[0] = (int16_t)d;
    weights[1] = (int16_t)(d * d >> 15);
    weights[2] = (int16_t)((d * d >> 15) * d >> 15);
}

/// The curves down through the rows, unless they are the same rows as for the last one.
static void make_vertical_curves(struct ib_scale_run *self, int32_t at) {
    const uint8_t *planes[4][IB_PLANES];
    int32_t rows[4];
    rows_at(self, at, 1, 4, rows);
    if (memcmp(rows, self->vertical_rows, sizeof rows) == 0)
        return;
    memcpy(self->vertical_rows, rows, sizeof rows);
    for (int i = 0; i < 4; i++)
        ib_scale_rows_planes(&self->rows, rows[i], planes[i]);
    for (int p = 0; p < ib_scale_plane_count(self->values); p++) {
        const uint8_t *const four[4] = {planes[0][p], planes[1][p], planes[2][p], planes[3][p]};
        self->kernels->vertical_curves(self->vertical_near[p], self->vertical_far[p], four,
                                       self->rows.count);
    }
}

void ib_scale_row_cubic(struct ib_scale_run *self, int32_t at) {
    int16_t weights[3];
    int32_t left = self->rows.from - self->first_column;
    make_vertical_curves(self, at);
    cubic_weights(at, weights);
    for (int p = 0; p < ib_scale_plane_count(self->values); p++) {
        int16_t *columns = self->column_planes[p];
        self->kernels->vertical_cubic(columns + left, self->vertical_near[p], self->vertical_far[p],
                                      weights, self->rows.count);
        repeat_ends(self, columns, sizeof(int16_t));
        self->kernels->curves(self->curves_near, self->curves_far, columns, self->columns - 3);
        int largest = self->values != IB_PIXELS_RGB565 ? 255 : p == 1 ? 63 : 31;
        self->kernels->cubic(self->out_planes[p], self->curves_near, self->curves_far, &self->taps,
                             largest);
    }
}

static const uint16_t *row16(struct ib_scale_run *self, int32_t y) {
    const uint8_t *planes[IB_PLANES];
    ib_scale_rows_planes(&self->rows, y, planes);
    return (const uint16_t *)(const void *)planes[0];
}

void ib_scale_row_linear16(struct ib_scale_run *self, int32_t at) {
    int32_t rows[4];
    rows_at(self, at, 0, 2, rows);
    const uint16_t *above = row16(self, rows[0]), *below = row16(self, rows[1]);
    uint16_t *columns = self->column_planes[0], *out = self->out_planes[0];
    uint32_t fraction = (uint32_t)(at >> 8 & 0xFF);
    int32_t left = self->rows.from - self->first_column;
    for (int32_t i = 0; i < self->rows.count; i++)
        columns[left + i] =
            (uint16_t)((above[i] * (256 - fraction) + below[i] * fraction + 128) >> 8);
    repeat_ends(self, columns, sizeof(uint16_t));
    for (int32_t i = 0; i < self->taps.count; i++) {
        const uint16_t *pair = columns + self->taps.first[i];
        uint32_t f = self->taps.fraction[i];
        out[i] = (uint16_t)((pair[0] * (256 - f) + pair[1] * f + 128) >> 8);
    }
}

/// The curve through four values, in between the middle two.
static int64_t curve_at(const int64_t p[4], int64_t d, int64_t d2, int64_t d3) {
    int64_t curve = d * (p[2] - p[0]) + d2 * (2 * p[0] + 4 * p[2] - 5 * p[1] - p[3]) +
                    d3 * (3 * (p[1] - p[2]) + p[3] - p[0]);
    return (p[1] * 65536 + 32768 + curve) >> 16;
}

void ib_scale_row_cubic16(struct ib_scale_run *self, int32_t at) {
    const uint16_t *four[4];
    int32_t rows[4];
    int16_t weights[3];
    rows_at(self, at, 1, 4, rows);
    for (int i = 0; i < 4; i++)
        four[i] = row16(self, rows[i]);
    cubic_weights(at, weights);
    int32_t *columns = self->column_planes[0];
    uint16_t *out = self->out_planes[0];
    int32_t left = self->rows.from - self->first_column;
    for (int32_t i = 0; i < self->rows.count; i++) {
        const int64_t p[4] = {four[0][i], four[1][i], four[2][i], four[3][i]};
        columns[left + i] = (int32_t)curve_at(p, weights[0], weights[1], weights[2]);
    }
    repeat_ends(self, columns, sizeof(int32_t));
    for (int32_t i = 0; i < self->taps.count; i++) {
        const int32_t *c = columns + self->taps.first[i];
        const int64_t p[4] = {c[0], c[1], c[2], c[3]};
        int64_t value =
            curve_at(p, self->taps.near[2 * i], self->taps.near[2 * i + 1], self->taps.far[2 * i]);
        out[i] = (uint16_t)(value < 0 ? 0 : value > UINT16_MAX ? UINT16_MAX : value);
    }
}
