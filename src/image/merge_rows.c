/// Rows into pixels in plain C: what the vector files must give to the bit. See merge_private.h.
#include <string.h>

#include "image/color.h"
#include "image/merge_private.h"

static void look_up_grey(uint8_t *out, const uint8_t *indices, const struct ib_merge_tables *tables,
                         int32_t count) {
    for (int32_t i = 0; i < count; i++)
        out[i] = tables->grey[indices[i]];
}

static void look_up_rgb565(uint16_t *out, const uint8_t *indices,
                           const struct ib_merge_tables *tables, int32_t count) {
    const uint16_t *table = tables->rgb565;
    int32_t i = 0;
    for (; i + 4 <= count; i += 4) { // loaded before any is stored: they do not wait for each other
        uint16_t a = table[indices[i]], b = table[indices[i + 1]];
        uint16_t c = table[indices[i + 2]], d = table[indices[i + 3]];
        out[i] = a;
        out[i + 1] = b;
        out[i + 2] = c;
        out[i + 3] = d;
    }
    for (; i < count; i++)
        out[i] = table[indices[i]];
}

static void look_up_rgb888(uint8_t *out, const uint8_t *indices,
                           const struct ib_merge_tables *tables, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        uint32_t colour = tables->rgb888[indices[i]];
        out[3 * i] = (uint8_t)colour;
        out[3 * i + 1] = (uint8_t)(colour >> 8);
        out[3 * i + 2] = (uint8_t)(colour >> 16);
    }
}

static void blend_rgb565(uint16_t *out, const uint8_t *indices,
                         const struct ib_merge_tables *tables, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const struct ib_merge_blend *with = &tables->blend565[indices[i]];
        uint32_t both = (with->colour + ib_spread(out[i]) * with->rest) >> 5 & IB_SPREAD_MASK;
        out[i] = (uint16_t)(both | both >> 16);
    }
}

static void luma_rgb565(uint8_t *out, const uint16_t *colours, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        out[i] = ib_rgb565_luma(colours[i]);
}

static void bits_of_greys(uint32_t *out, const uint8_t *greys, int32_t words) {
    for (; words > 0; words--, greys += 32) {
        uint32_t bits = 0;
        for (int i = 31; i >= 0; i--)
            bits = bits << 1 | ib_bit_of_grey(greys[i]);
        *out++ = bits;
    }
}

static void rgb888_of_rgb565(uint8_t *out, const uint16_t *values, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        out[3 * i] = ib_rgb565_red(values[i]);
        out[3 * i + 1] = ib_rgb565_green(values[i]);
        out[3 * i + 2] = ib_rgb565_blue(values[i]);
    }
}

static void from_rgb888(uint8_t *out, enum ib_pixels to, const uint8_t *values, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const uint8_t *c = values + 3 * (size_t)i;
        if (to == IB_PIXELS_RGB565)
            ((uint16_t *)(void *)out)[i] = ib_rgb565_of(c[0], c[1], c[2]);
        else
            out[i] = ib_luma_of(c[0], c[1], c[2]);
    }
}

void ib_merge_convert(const struct ib_merge_kernels *kernels, uint8_t *out, enum ib_pixels to,
                      const uint8_t *values, enum ib_pixels from, int32_t count) {
    const uint16_t *small = (const uint16_t *)(const void *)values;
    if (from == to)
        memcpy(out, values, (size_t)count * ib_image_row_bytes(from, 1));
    else if (from == IB_PIXELS_RGB565 && to == IB_PIXELS_RGB888)
        rgb888_of_rgb565(out, small, count);
    else if (from == IB_PIXELS_RGB565)
        kernels->luma_rgb565(out, small, count);
    else
        from_rgb888(out, to, values, count);
    for (int32_t i = 0; to == IB_PIXELS_BINARY && i < count; i++)
        out[i] = ib_grey_of_bit(ib_bit_of_grey(out[i]));
}

static void blend_bytes(uint8_t *out, const uint8_t *colours, const uint16_t *alphas, int channels,
                        bool black, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        unsigned alpha = alphas[i], rest = black ? 0 : 256 - alpha;
        for (int c = 0; c < channels; c++, out++, colours++)
            *out = (uint8_t)((*colours * alpha + *out * rest) >> 8);
    }
}

static void blend_grey(uint8_t *out, const uint8_t *colours, const uint16_t *alphas, bool black,
                       int32_t count) {
    blend_bytes(out, colours, alphas, 1, black, count);
}

static void blend_colours565(uint16_t *out, const uint16_t *colours, const uint16_t *alphas,
                             bool black, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        uint32_t alpha = alphas[i], rest = black ? 0 : 32 - alpha;
        uint32_t both =
            (ib_spread(colours[i]) * alpha + ib_spread(out[i]) * rest) >> 5 & IB_SPREAD_MASK;
        out[i] = (uint16_t)(both | both >> 16);
    }
}

static void blend_wide(uint16_t *out, const uint16_t *colours, const uint16_t *alphas, bool black,
                       int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        uint32_t alpha = alphas[i], rest = black ? 0 : 256 - alpha;
        out[i] = (uint16_t)((colours[i] * alpha + out[i] * rest) >> 8);
    }
}

const struct ib_merge_kernels ib_merge_portable = {
    .look_up_grey = look_up_grey,
    .look_up_rgb565 = look_up_rgb565,
    .look_up_rgb888 = look_up_rgb888,
    .blend_rgb565 = blend_rgb565,
    .luma_rgb565 = luma_rgb565,
    .bits_of_greys = bits_of_greys,
    .blend_grey = blend_grey,
    .blend_colours565 = blend_colours565,
};

void ib_merge_put_bits(const struct ib_merge_kernels *kernels, uint32_t *row, int32_t x,
                       const uint8_t *greys, int32_t count) {
    for (int32_t i = 0; i < count;) {
        int32_t words = (count - i) / 32;
        if (words > 0 && ((x + i) & 31) == 0) {
            kernels->bits_of_greys(row + ((x + i) >> 5), greys + i, words);
            i += 32 * words;
            continue;
        }
        uint32_t bits = 0, mask = 0;
        int32_t word = (x + i) >> 5;
        for (; i < count && (x + i) >> 5 == word; i++) {
            mask |= UINT32_C(1) << ((x + i) & 31);
            bits |= (uint32_t)ib_bit_of_grey(greys[i]) << ((x + i) & 31);
        }
        row[word] = (row[word] & ~mask) | bits;
    }
}

void ib_merge_blend_row(const struct ib_merge *self, uint8_t *row, int32_t x, int32_t count) {
    uint8_t *colours = self->colours;
    uint16_t *wide = (uint16_t *)(void *)row;
    const uint16_t *wide_colours = (const uint16_t *)(const void *)colours;
    switch (self->dst->format) {
    case IB_PIXELS_BINARY:
        for (int32_t i = 0; i < count; i++) {
            uint8_t old = ib_grey_of_bit(ib_bit_get((const uint32_t *)(const void *)row, x + i));
            blend_bytes(&old, &colours[i], &self->alphas[i], 1, self->black, 1);
            colours[i] = old;
        }
        ib_merge_put_bits(self->kernels, (uint32_t *)(void *)row, x, colours, count);
        break;
    case IB_PIXELS_GREY:
        self->kernels->blend_grey(row + x, colours, self->alphas, self->black, count);
        break;
    case IB_PIXELS_RGB888:
        blend_bytes(row + 3 * (size_t)x, colours, self->alphas, 3, self->black, count);
        break;
    case IB_PIXELS_RGB565:
        self->kernels->blend_colours565(wide + x, wide_colours, self->alphas, self->black, count);
        break;
    case IB_PIXELS_GREY16:
    default:
        blend_wide(wide + x, wide_colours, self->alphas, self->black, count);
        break;
    }
}
