/// YUV. See yuv.h.
#include "image/yuv.h"

#include "core/status.h"

static inline unsigned held(int32_t value) {
    return value < 0 ? 0 : value > 255 ? 255 : (unsigned)value;
}

/// What a colour adds to the brightness.
struct tint {
    int32_t red, green, blue;
};

static inline struct tint tint_of(int32_t u, int32_t v) {
    // 16 bits of fraction; shifts of negative numbers round down.
    return (struct tint){(91881 * v) >> 16, -((22554 * u + 46802 * v) >> 16), (116130 * u) >> 16};
}

static inline uint16_t tinted(int32_t y, const struct tint *tint) {
    return ib_rgb565_of(held(y + tint->red), held(y + tint->green), held(y + tint->blue));
}

uint16_t ib_yuv_rgb565(int32_t y, int32_t u, int32_t v) {
    struct tint tint = tint_of(u, v);
    return tinted(y, &tint);
}

struct ib_yuv ib_yuv422_at(const struct ib_yuv422 *self, int32_t x, int32_t y) {
    const uint8_t *row = self->bytes + (size_t)self->stride_bytes * (size_t)y;
    int32_t even = x & ~1, odd = x | 1;
    if (odd >= self->width_px)
        odd = x - 1; // the last column has no partner: its neighbour's colour
    int first = row[2 * even + 1] - 128, second = odd < 0 ? 0 : row[2 * odd + 1] - 128;
    return (struct ib_yuv){row[2 * x], (int8_t)(self->swapped ? second : first),
                           (int8_t)(self->swapped ? first : second)};
}

static void colour_row(const struct ib_yuv422 *self, uint16_t *out, int32_t y) {
    const uint8_t *at = self->bytes + (size_t)self->stride_bytes * (size_t)y;
    int32_t x = 0;
    for (; x + 1 < self->width_px; x += 2, at += 4) {
        int32_t first = at[1] - 128, second = at[3] - 128;
        struct tint tint = self->swapped ? tint_of(second, first) : tint_of(first, second);
        out[x] = tinted(at[0], &tint);
        out[x + 1] = tinted(at[2], &tint);
    }
    if (x < self->width_px) {
        struct ib_yuv yuv = ib_yuv422_at(self, x, y);
        out[x] = ib_yuv_rgb565(yuv.y, yuv.u, yuv.v);
    }
}

static void convert_row(const struct ib_yuv422 *self, struct ib_image *dst, int32_t y) {
    const uint8_t *row = self->bytes + (size_t)self->stride_bytes * (size_t)y;
    uint8_t *out = ib_image_row(dst, y);
    if (dst->format == IB_PIXELS_RGB565) {
        colour_row(self, (uint16_t *)(void *)out, y);
    } else if (dst->format == IB_PIXELS_GREY) {
        for (int32_t x = 0; x < dst->width_px; x++)
            out[x] = row[2 * x];
    } else {
        for (int32_t x = 0; x < dst->width_px; x++)
            ib_bit_put((uint32_t *)(void *)out, x, ib_bit_of_grey(row[2 * x]));
    }
}

int ib_yuv422_convert(const struct ib_yuv422 *self, struct ib_image *dst) {
    if (dst->format != IB_PIXELS_RGB565 && dst->format != IB_PIXELS_GREY &&
        dst->format != IB_PIXELS_BINARY)
        return IB_E_UNSUPPORTED;
    if (dst->width_px != self->width_px || dst->height_px != self->height_px)
        return IB_E_INVAL;
    for (int32_t y = 0; y < dst->height_px; y++)
        convert_row(self, dst, y);
    return IB_OK;
}
