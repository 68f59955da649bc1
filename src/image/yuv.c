/// YUV. See yuv.h.
#include "image/yuv.h"

#include "core/status.h"

static unsigned held(int32_t value) {
    return value < 0 ? 0 : value > 255 ? 255 : (unsigned)value;
}

uint16_t ib_yuv_rgb565(int32_t y, int32_t u, int32_t v) {
    // 16 bits of fraction; shifts of negative numbers round down.
    return ib_rgb565_of(held(y + ((91881 * v) >> 16)), held(y - ((22554 * u + 46802 * v) >> 16)),
                        held(y + ((116130 * u) >> 16)));
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

static void convert_row(const struct ib_yuv422 *self, struct ib_image *dst, int32_t y) {
    const uint8_t *row = self->bytes + (size_t)self->stride_bytes * (size_t)y;
    uint8_t *out = ib_image_row(dst, y);
    if (dst->format == IB_PIXELS_RGB565) {
        uint16_t *colours = (uint16_t *)(void *)out;
        for (int32_t x = 0; x < dst->width_px; x++) {
            struct ib_yuv yuv = ib_yuv422_at(self, x, y);
            colours[x] = ib_yuv_rgb565(yuv.y, yuv.u, yuv.v);
        }
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
