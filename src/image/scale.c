/// The engine: tables for a row, then row after row. See scale.h.
#include "image/scale.h"

#include <string.h>

#include "core/status.h"
#include "image/color.h"
#include "image/scale_private.h"

#define ONE 65536    ///< 1 in 16.16 fixed point
#define BAND_PX 32   ///< rows that are collected before they become columns
#define VECTOR_PX 64 ///< tables are filled up to a multiple of this

static const struct ib_scale_kernels *kernels_of(enum ib_vectors vectors) {
    switch (ib_vectors_choose(vectors)) {
#if defined(__x86_64__)
    case IB_VECTORS_AVX2:
        return &ib_scale_avx2;
    case IB_VECTORS_VBMI:
        return &ib_scale_vbmi;
#endif
    case IB_VECTORS_BEST:
    case IB_VECTORS_NONE:
    default:
        return &ib_scale_portable;
    }
}

/// How many columns before and behind the one at its place a pixel takes, by method.
static int before_of(enum ib_scale_method method) {
    return method == IB_SCALE_CUBIC ? 1 : 0;
}

static int behind_of(enum ib_scale_method method) {
    return method == IB_SCALE_CUBIC ? 2 : method == IB_SCALE_LINEAR ? 1 : 0;
}

/// Neighbours lie around the middle of a pixel.
static int32_t middle_of(enum ib_scale_method method) {
    return method == IB_SCALE_LINEAR || method == IB_SCALE_CUBIC ? 0x8000 : 0;
}

/// The place of visible pixel `i`, left to right, in 16.16.
static int32_t place_of(const struct ib_scale_plan *plan, int32_t i) {
    const struct ib_scale_axis *axis = &plan->x;
    return axis->start - middle_of(plan->method) +
           (axis->mirrored ? axis->count - 1 - i : i) * axis->step;
}

/// The first column of pixel `i`; it may lie before the roi, but no farther than its neighbours do
/// not reach into it: there all are the roi's end.
static int32_t first_of(const struct ib_scale_plan *plan, int32_t i) {
    const struct ib_scale_axis *axis = &plan->x;
    int32_t at = (place_of(plan, i) >> 16) - before_of(plan->method);
    if (plan->method == IB_SCALE_NEAREST)
        return ib_scale_clamp(at, 0, axis->size - 1);
    int taps = before_of(plan->method) + behind_of(plan->method);
    return ib_scale_clamp(at, axis->low - taps, axis->high);
}

/// Which columns of the source are read at all.
static void find_columns(struct ib_scale_run *self, int32_t *from, int32_t *count) {
    const struct ib_scale_plan *plan = self->plan;
    const struct ib_scale_axis *axis = &plan->x;
    int32_t one = first_of(plan, 0), other = first_of(plan, axis->count - 1);
    int32_t low = one < other ? one : other, high = one < other ? other : one;
    int32_t last = high + before_of(plan->method) + behind_of(plan->method);
    if (plan->method == IB_SCALE_AREA) {
        // Up to where the last pixel ends.
        int64_t at = place_of(plan, axis->mirrored ? 0 : axis->count - 1);
        last = (int32_t)((at + axis->step + 0xFFFF) >> 16);
    }
    self->first_column = low;
    self->columns = last - low + 1;
    if (plan->method == IB_SCALE_NEAREST) {
        *from = low;
        *count = self->columns;
        return;
    }
    *from = ib_scale_clamp(low, axis->low, axis->high);
    *count = ib_scale_clamp(last, axis->low, axis->high) - *from + 1;
}

/// Divide a row into blocks for vectors.
static void make_blocks(struct ib_taps *taps, int32_t padded, int block, int window) {
    taps->windowed = block > 0;
    for (int32_t at = 0; taps->windowed && at < padded; at += block) {
        uint16_t low = UINT16_MAX;
        for (int32_t i = at; i < at + block; i++)
            low = taps->first[i] < low ? taps->first[i] : low;
        taps->base[at / block] = low;
        for (int32_t i = at; i < at + block; i++) {
            int relative = taps->first[i] - low;
            taps->relative[i] = (uint8_t)relative;
            taps->windowed = taps->windowed && relative < window;
        }
    }
}

static void fill_taps(struct ib_scale_run *self) {
    struct ib_taps *taps = &self->taps;
    const struct ib_scale_plan *plan = self->plan;
    int32_t padded = (taps->count + VECTOR_PX - 1) / VECTOR_PX * VECTOR_PX;
    for (int32_t i = 0; i < padded; i++) {
        int32_t pixel = i < taps->count ? i : taps->count - 1;
        int32_t at = place_of(plan, pixel);
        taps->first[i] = (uint16_t)(first_of(plan, pixel) - self->first_column);
        if (plan->method == IB_SCALE_LINEAR)
            taps->fraction[i] = (uint8_t)(at >> 8 & ib_scale_fraction_mask(self->values));
        if (plan->method == IB_SCALE_CUBIC) {
            int d = (at & 0xFFFF) >> 1;
            taps->near[2 * i] = (int16_t)d;
            taps->near[2 * i + 1] = (int16_t)(d * d >> 15);
            taps->far[2 * i] = (int16_t)((d * d >> 15) * d >> 15);
            taps->far[2 * i + 1] = INT16_MIN;
        }
    }
    if (plan->method == IB_SCALE_CUBIC)
        make_blocks(taps, padded, self->kernels->cubic_block, self->kernels->cubic_window);
    else // the nearest needs no second column
        make_blocks(taps, padded, self->kernels->linear_block,
                    self->kernels->linear_window + (plan->method == IB_SCALE_NEAREST));
}

static void take_taps(struct ib_taps *taps, const struct ib_scale_plan *plan,
                      struct ib_scratch *scratch) {
    size_t padded = (size_t)plan->x.count + VECTOR_PX;
    taps->count = plan->x.count;
    taps->first = ib_scratch_take(scratch, padded * 2);
    taps->base = ib_scratch_take(scratch, padded);
    taps->relative = ib_scratch_take(scratch, padded);
    if (plan->method == IB_SCALE_LINEAR)
        taps->fraction = ib_scratch_take(scratch, padded);
    if (plan->method == IB_SCALE_CUBIC) {
        taps->near = ib_scratch_take(scratch, padded * 4);
        taps->far = ib_scratch_take(scratch, padded * 4);
    }
}

/// Lay out all memory of a run.
static void take_all(struct ib_scale_run *self, const struct ib_scale_plan *plan,
                     const struct ib_scale_source *source, struct ib_scratch *scratch) {
    int32_t from, count;
    *self = (struct ib_scale_run){
        .plan = plan,
        .values = ib_scale_values(source),
    };
    self->bits = source->image->format == IB_PIXELS_BINARY && self->values == IB_PIXELS_GREY;
    self->size = ib_image_row_bytes(self->values, 1);
    bool wide = self->values == IB_PIXELS_GREY16;
    bool cubic = plan->method == IB_SCALE_CUBIC, area = plan->method == IB_SCALE_AREA;
    int planes = ib_scale_plane_count(self->values);
    find_columns(self, &from, &count);
    ib_scale_rows_init(&self->rows, source, from, count, plan->method != IB_SCALE_NEAREST, scratch);
    self->direct = plan->method == IB_SCALE_NEAREST && !plan->x.mirrored && plan->x.step == ONE &&
                   self->columns == plan->x.count; // none clamped
    if (self->direct)
        return;
    take_taps(&self->taps, plan, scratch);
    self->row = ib_scratch_take(scratch, ((size_t)plan->x.count + VECTOR_PX) * self->size);
    if (plan->method == IB_SCALE_NEAREST)
        return;
    size_t column_bytes = cubic ? (wide ? 4 : 2) : (wide ? 2 : 1);
    for (int p = 0; p < planes; p++) {
        self->out_planes[p] =
            planes == 1 ? self->row : ib_scratch_take(scratch, (size_t)plan->x.count + VECTOR_PX);
        if (!area)
            self->column_planes[p] = ib_scratch_take(scratch, (size_t)self->columns * column_bytes);
    }
    if (cubic && !wide) {
        self->curves_near = ib_scratch_take(scratch, (size_t)self->columns * 4);
        self->curves_far = ib_scratch_take(scratch, (size_t)self->columns * 4);
        self->vertical_rows[0] = -1;
        for (int p = 0; p < planes; p++) {
            self->vertical_near[p] = ib_scratch_take(scratch, (size_t)count * 4);
            self->vertical_far[p] = ib_scratch_take(scratch, (size_t)count * 4);
        }
    }
    if (area) {
        self->area_ends = ib_scratch_take(scratch, (size_t)plan->x.count * 8);
        self->area_sums = ib_scratch_take(scratch, (size_t)count * 8);
    }
}

static uint8_t *take_band(const struct ib_scale_run *self, struct ib_scratch *scratch) {
    if (!self->plan->transposed)
        return NULL;
    return ib_scratch_take(scratch, ((size_t)self->plan->x.count + 2) * BAND_PX * self->size);
}

size_t ib_scale_scratch_bytes(const struct ib_scale_plan *plan,
                              const struct ib_scale_source *source) {
    struct ib_scratch scratch = {NULL, 0};
    struct ib_scale_run run;
    take_all(&run, plan, source, &scratch);
    take_band(&run, &scratch);
    return ib_scratch_bytes(&scratch);
}

static void row_nearest(struct ib_scale_run *self, int32_t y) {
    if (self->direct) {
        self->made = ib_scale_rows_lying(&self->rows, y);
        return;
    }
    const uint8_t *row = ib_scale_rows_packed(&self->rows, y);
    const struct ib_taps *taps = &self->taps;
    if (self->size == 1) {
        self->kernels->nearest8(self->row, row, taps);
    } else if (self->size == 2) {
        const uint16_t *from = (const uint16_t *)(const void *)row;
        uint16_t *to = (uint16_t *)(void *)self->row;
        for (int32_t i = 0; i < taps->count; i++)
            to[i] = from[taps->first[i]];
    } else {
        for (int32_t i = 0; i < taps->count; i++)
            memcpy(self->row + 3 * (size_t)i, row + 3 * (size_t)taps->first[i], 3);
    }
}

/// Make the row at source position `at` (16.16).
static void make_row(struct ib_scale_run *self, int32_t at) {
    bool wide = self->values == IB_PIXELS_GREY16;
    self->made = self->row;
    switch (self->plan->method) {
    case IB_SCALE_LINEAR:
        wide ? ib_scale_row_linear16(self, at) : ib_scale_row_linear(self, at);
        break;
    case IB_SCALE_CUBIC:
        wide ? ib_scale_row_cubic16(self, at) : ib_scale_row_cubic(self, at);
        break;
    case IB_SCALE_AREA:
        ib_scale_row_area(self, at);
        break;
    case IB_SCALE_NEAREST:
    default:
        row_nearest(self, at >> 16);
        return;
    }
    if (ib_scale_plane_count(self->values) > 1) {
        uint8_t *const planes[IB_PLANES] = {self->out_planes[0], self->out_planes[1],
                                            self->out_planes[2]};
        if (self->values == IB_PIXELS_RGB565)
            self->kernels->join565((uint16_t *)(void *)self->row, planes, self->taps.count);
        else
            ib_scale_join888(self->row, planes, self->taps.count);
    }
    for (int32_t i = 0; self->bits && i < self->taps.count; i++)
        self->row[i] = ib_grey_of_bit(ib_bit_of_grey(self->row[i]));
}

static int32_t row_place(const struct ib_scale_plan *plan, int32_t k) {
    int32_t at = plan->y.start - middle_of(plan->method) + k * plan->y.step;
    if (plan->method == IB_SCALE_NEAREST)
        return ib_scale_clamp(at >> 16, 0, plan->y.size - 1) * 65536;
    return at;
}

static void run_rows(struct ib_scale_run *self, ib_scale_sink sink, void *context) {
    const struct ib_scale_plan *plan = self->plan;
    int32_t made = -1;
    for (int32_t k = 0; k < plan->y.count; k++) {
        int32_t at = row_place(plan, k);
        bool repeated = plan->method == IB_SCALE_NEAREST && k > 0 && at == made;
        if (!repeated)
            make_row(self, at);
        made = at;
        int32_t y = plan->y.mirrored ? plan->y.count - 1 - k : k;
        sink(context, &(struct ib_scale_row){.x = plan->at.x,
                                             .y = plan->at.y + y,
                                             .count = plan->at.w,
                                             .values = self->made,
                                             .repeated = repeated});
    }
}

/// Put the row that was made into column `at` of the band, whose rows are BAND_PX wide.
static void put_column(const struct ib_scale_run *self, uint8_t *band, int32_t at) {
    uint32_t size = self->size;
    for (int32_t i = 0; i < self->plan->x.count; i++)
        memcpy(band + ((size_t)i * BAND_PX + (size_t)at) * size, self->made + (size_t)i * size,
               size);
}

static void run_columns(struct ib_scale_run *self, uint8_t *band, ib_scale_sink sink,
                        void *context) {
    const struct ib_scale_plan *plan = self->plan;
    for (int32_t k = 0; k < plan->y.count; k += BAND_PX) {
        int32_t width = plan->y.count - k < BAND_PX ? plan->y.count - k : BAND_PX;
        for (int32_t i = 0; i < width; i++) {
            make_row(self, row_place(plan, k + i));
            put_column(self, band, plan->y.mirrored ? width - 1 - i : i);
        }
        int32_t x = plan->y.mirrored ? plan->y.count - k - width : k;
        for (int32_t y = 0; y < plan->at.h; y++)
            sink(context,
                 &(struct ib_scale_row){.x = plan->at.x + x,
                                        .y = plan->at.y + y,
                                        .count = width,
                                        .values = band + (size_t)y * BAND_PX * self->size});
    }
}

int ib_scale_run(const struct ib_scale_plan *plan, const struct ib_scale_source *source,
                 enum ib_vectors vectors, void *memory, size_t memory_bytes, ib_scale_sink sink,
                 void *context) {
    struct ib_scratch scratch = ib_scratch_of(memory);
    struct ib_scale_run run;
    if (memory_bytes < ib_scale_scratch_bytes(plan, source))
        return IB_E_NO_SPACE;
    take_all(&run, plan, source, &scratch);
    uint8_t *band = take_band(&run, &scratch);
    run.kernels = run.rows.kernels = kernels_of(vectors);
    if (!run.direct)
        fill_taps(&run);
    if (plan->method == IB_SCALE_AREA)
        ib_scale_area_ends(&run);
    if (plan->transposed)
        run_columns(&run, band, sink, context);
    else
        run_rows(&run, sink, context);
    return IB_OK;
}
