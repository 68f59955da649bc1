/// What happens to a scaled row on its way into the destination. See merge_private.h.
#include <string.h>

#include "image/color.h"
#include "image/merge_private.h"

static const struct ib_merge_kernels *kernels_of(enum ib_vectors vectors) {
    switch (ib_vectors_choose(vectors)) {
#if defined(__x86_64__)
    case IB_VECTORS_AVX2:
        return &ib_merge_avx2;
    case IB_VECTORS_VBMI:
        return &ib_merge_vbmi;
#endif
    case IB_VECTORS_BEST:
    case IB_VECTORS_NONE:
    default:
        return &ib_merge_portable;
    }
}

/// `value` times 0..255 255ths, to the nearest.
static uint16_t of_255(unsigned value, unsigned part) {
    return (uint16_t)((2 * value * part + 255) / 510);
}

/// The colour of brightness `i` as red, green, blue.
static void colour_of(const struct ib_draw *draw, bool palette, int i, bool small, uint8_t out[3]) {
    bool has_full = palette && draw->palette_rgb888;
    bool has_small = palette && draw->palette_rgb565;
    if (has_small && (small || !has_full)) {
        uint16_t colour = draw->palette_rgb565[i];
        out[0] = ib_rgb565_red(colour);
        out[1] = ib_rgb565_green(colour);
        out[2] = ib_rgb565_blue(colour);
    } else if (has_full) {
        memcpy(out, draw->palette_rgb888 + 3 * (size_t)i, 3);
    } else {
        out[0] = out[1] = out[2] = (uint8_t)i;
    }
}

/// A palette of RGB565 is taken as it is.
static void fill_rgb565(struct ib_merge_tables *tables, const struct ib_draw *draw, bool palette) {
    const uint16_t *own = palette ? draw->palette_rgb565 : NULL;
    for (int i = 0; i < 256; i++) {
        uint16_t colour;
        if (own) {
            colour = own[i];
        } else {
            uint8_t c[3];
            colour_of(draw, palette, i, true, c);
            colour = ib_rgb565_of(c[0], c[1], c[2]);
        }
        tables->rgb565[i] = colour;
        tables->low[i] = (uint8_t)colour;
        tables->high[i] = (uint8_t)(colour >> 8);
    }
}

static void fill_rgb888(struct ib_merge_tables *tables, const struct ib_draw *draw, bool palette) {
    for (int i = 0; i < 256; i++) {
        uint8_t c[3];
        colour_of(draw, palette, i, false, c);
        tables->rgb888[i] = c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16;
        tables->low[i] = c[0];
        tables->high[i] = c[1];
        tables->third[i] = c[2];
    }
}

static void fill_greys(struct ib_merge_tables *tables, const struct ib_draw *draw, bool palette,
                       bool bits) {
    for (int i = 0; i < 256; i++) {
        uint8_t c[3];
        colour_of(draw, palette, i, true, c);
        uint8_t grey = palette ? ib_luma_of(c[0], c[1], c[2]) : (uint8_t)i;
        tables->grey[i] = bits ? ib_grey_of_bit(ib_bit_of_grey(grey)) : grey;
    }
}

static void fill_colours(struct ib_merge *self, const struct ib_draw *draw, bool palette) {
    enum ib_pixels format = self->dst->format;
    if (format == IB_PIXELS_RGB565)
        fill_rgb565(self->tables, draw, palette);
    else if (format == IB_PIXELS_RGB888)
        fill_rgb888(self->tables, draw, palette);
    else
        fill_greys(self->tables, draw, palette, format == IB_PIXELS_BINARY);
}

static void fill_alphas(struct ib_merge *self, const struct ib_draw *draw) {
    struct ib_merge_tables *tables = self->tables;
    for (int i = 0; i < 256; i++) {
        uint16_t alpha =
            draw->alpha_palette ? of_255(self->alpha, draw->alpha_palette[i]) : self->alpha;
        tables->alpha[i] = alpha;
        if (!self->indexed || self->dst->format != IB_PIXELS_RGB565)
            continue;
        uint32_t rest = self->black ? 0 : 32u - alpha;
        tables->alpha8[i] = (uint8_t)alpha;
        tables->rest8[i] = (uint8_t)rest;
        tables->blend565[i].colour = ib_spread(tables->rgb565[i]) * alpha;
        tables->blend565[i].rest = rest;
    }
}

void ib_merge_init(struct ib_merge *self, const struct ib_image *dst, const struct ib_draw *draw,
                   enum ib_pixels values, int channel, bool palette, int32_t width_px,
                   struct ib_scratch *scratch) {
    *self = (struct ib_merge){
        .dst = dst,
        .mask = draw->mask,
        .kernels = kernels_of(draw->vectors),
        .values = values,
        .channel = values == IB_PIXELS_GREY ? -1 : channel,
        .indexed = (values == IB_PIXELS_GREY && dst->format != values) || channel >= 0 || palette,
        .palette = palette,
        .opaque = draw->alpha == 255 && !draw->alpha_palette,
        .black = draw->scale.hints & IB_HINT_BLACK_BACKGROUND,
        .alpha_by_index = draw->alpha_palette,
        .alpha = of_255(256, (unsigned)draw->alpha),
        .last_y = -1,
    };
    if (dst->format == IB_PIXELS_RGB565)
        self->alpha >>= 3;
    self->tables = ib_scratch_take(scratch, sizeof *self->tables);
    self->indices = ib_scratch_take(scratch, (size_t)width_px + 64);
    self->colours = ib_scratch_take(scratch, ((size_t)width_px + 64) * 3);
    self->alphas = ib_scratch_take(scratch, ((size_t)width_px + 64) * 2);
    if (!self->tables)
        return;
    if (self->indexed)
        fill_colours(self, draw, palette);
    if (self->opaque)
        return;
    fill_alphas(self, draw);
    for (int32_t i = 0; i < width_px; i++)
        self->alphas[i] = self->alpha;
}

/// Brightnesses of the row's values.
static const uint8_t *indices_of(const struct ib_merge *self, const uint8_t *values,
                                 int32_t count) {
    if (self->values == IB_PIXELS_GREY)
        return values;
    const uint16_t *small = (const uint16_t *)(const void *)values;
    if (self->values == IB_PIXELS_RGB565 && self->channel < 0) {
        self->kernels->luma_rgb565(self->indices, small, count);
        return self->indices;
    }
    for (int32_t i = 0; i < count; i++) {
        if (self->values == IB_PIXELS_RGB888) {
            const uint8_t *c = values + 3 * (size_t)i;
            self->indices[i] = self->channel < 0 ? ib_luma_of(c[0], c[1], c[2]) : c[self->channel];
        } else {
            self->indices[i] = ib_rgb565_channel(small[i], self->channel);
        }
    }
    return self->indices;
}

/// The row's colours in the destination's format, not blended yet.
static void colours_of(const struct ib_merge *self, uint8_t *out, const uint8_t *indices,
                       const uint8_t *values, int32_t count) {
    if (!self->indexed)
        ib_merge_convert(self->kernels, out, self->dst->format, values, self->values, count);
    else if (self->dst->format == IB_PIXELS_RGB565)
        self->kernels->look_up_rgb565((uint16_t *)(void *)out, indices, self->tables, count);
    else if (self->dst->format == IB_PIXELS_RGB888)
        self->kernels->look_up_rgb888(out, indices, self->tables, count);
    else
        self->kernels->look_up_grey(out, indices, self->tables, count);
}

static void draw_opaque(const struct ib_merge *self, uint8_t *row, int32_t x,
                        const uint8_t *indices, const uint8_t *values, int32_t count) {
    if (self->dst->format == IB_PIXELS_BINARY) {
        if (self->palette)
            colours_of(self, self->colours, indices, values, count);
        ib_merge_put_bits(self->kernels, (uint32_t *)(void *)row, x,
                          self->palette ? self->colours : indices, count);
        return;
    }
    size_t at = (size_t)x * ib_image_row_bytes(self->dst->format, 1);
    colours_of(self, row + at, indices, values, count);
}

/// `count` values to x, y: all of them are drawn.
static void draw_run(const struct ib_merge *self, int32_t x, int32_t y, const uint8_t *values,
                     int32_t count) {
    uint8_t *row = ib_image_row(self->dst, y);
    bool by_index = self->indexed || self->alpha_by_index || self->dst->format == IB_PIXELS_BINARY;
    const uint8_t *indices = by_index ? indices_of(self, values, count) : NULL;
    if (self->opaque) {
        draw_opaque(self, row, x, indices, values, count);
        return;
    }
    if (self->indexed && self->dst->format == IB_PIXELS_RGB565) {
        self->kernels->blend_rgb565((uint16_t *)(void *)row + x, indices, self->tables, count);
        return;
    }
    colours_of(self, self->colours, indices, values, count);
    for (int32_t i = 0; self->alpha_by_index && i < count; i++)
        self->alphas[i] = self->tables->alpha[indices[i]];
    ib_merge_blend_row(self, row, x, count);
}

static bool is_bright(const struct ib_image *mask, const uint8_t *row, int32_t x) {
    switch (mask->format) {
    case IB_PIXELS_BINARY:
        return ib_bit_get((const uint32_t *)(const void *)row, x);
    case IB_PIXELS_RGB565:
        return ib_bit_of_grey(ib_rgb565_luma(((const uint16_t *)(const void *)row)[x]));
    case IB_PIXELS_RGB888:
        return ib_bit_of_grey(ib_luma_of(row[3 * x], row[3 * x + 1], row[3 * x + 2]));
    case IB_PIXELS_GREY:
    case IB_PIXELS_GREY16:
    default:
        return ib_bit_of_grey(row[x]);
    }
}

/// Where the mask is bright, run by run.
static void draw_masked(const struct ib_merge *self, const struct ib_scale_row *row) {
    const struct ib_image *mask = self->mask;
    int32_t end = row->x + row->count < mask->width_px ? row->x + row->count : mask->width_px;
    if (row->y >= mask->height_px)
        return;
    const uint8_t *bright = ib_image_row(mask, row->y);
    uint32_t size = ib_image_row_bytes(self->values, 1);
    for (int32_t x = row->x; x < end;) {
        int32_t from = x;
        while (x < end && is_bright(mask, bright, x))
            x++;
        if (x > from)
            draw_run(self, from, row->y,
                     (const uint8_t *)row->values + (size_t)(from - row->x) * size, x - from);
        while (x < end && !is_bright(mask, bright, x))
            x++;
    }
}

void ib_merge_row(void *context, const struct ib_scale_row *row) {
    struct ib_merge *self = context;
    if (self->mask) {
        draw_masked(self, row);
    } else if (row->repeated && self->opaque && self->dst->format != IB_PIXELS_BINARY) {
        uint32_t size = ib_image_row_bytes(self->dst->format, 1);
        size_t at = (size_t)row->x * size;
        memcpy(ib_image_row(self->dst, row->y) + at, ib_image_row(self->dst, self->last_y) + at,
               (size_t)row->count * size);
    } else {
        draw_run(self, row->x, row->y, row->values, row->count);
    }
    self->last_y = row->y;
}
