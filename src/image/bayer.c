/// Pictures of one colour a pixel. See bayer.h.
#include "image/bayer.h"

#include "core/status.h"
#include "image/color.h"

/// What a pixel sees, and which colour is beside it: bit 0 the column, bit 1 the row of RGGB.
enum site { RED, GREEN_BESIDE_RED, GREEN_BESIDE_BLUE, BLUE };

static enum site site_at(const struct ib_bayer *self, int32_t x, int32_t y) {
    return (enum site)(((y & 1) << 1 | (x & 1)) ^ (3 - (int)self->order));
}

/// A place beside the edge, mirrored at the edge's pixel so that it has the colour it would have.
static int32_t mirrored(int32_t at, int32_t size) {
    if (at < 0)
        return size > 1 ? 1 : 0;
    if (at >= size)
        return size > 1 ? size - 2 : 0;
    return at;
}

struct rows {
    const uint8_t *above, *at, *below;
};

static struct rows rows_at(const struct ib_bayer *self, int32_t y) {
    const size_t stride = self->stride_bytes;
    return (struct rows){self->bytes + (size_t)mirrored(y - 1, self->height_px) * stride,
                         self->bytes + (size_t)y * stride,
                         self->bytes + (size_t)mirrored(y + 1, self->height_px) * stride};
}

/// l and r are the columns to the left and right of x.
static inline void mix(const struct rows *rows, enum site site, int32_t l, int32_t x, int32_t r,
                       uint8_t out[3]) {
    uint8_t here = rows->at[x];
    uint8_t across = (uint8_t)((rows->at[l] + rows->at[r]) >> 1);
    uint8_t down = (uint8_t)((rows->above[x] + rows->below[x]) >> 1);
    uint8_t cross = (uint8_t)((rows->at[l] + rows->at[r] + rows->above[x] + rows->below[x]) >> 2);
    uint8_t corners =
        (uint8_t)((rows->above[l] + rows->above[r] + rows->below[l] + rows->below[r]) >> 2);
    bool green = site == GREEN_BESIDE_RED || site == GREEN_BESIDE_BLUE;
    out[0] = site == RED ? here : site == GREEN_BESIDE_RED ? across : green ? down : corners;
    out[1] = green ? here : cross;
    out[2] = site == BLUE ? here : site == GREEN_BESIDE_BLUE ? across : green ? down : corners;
}

void ib_bayer_at(const struct ib_bayer *self, int32_t x, int32_t y, uint8_t out[3]) {
    struct rows rows = rows_at(self, y);
    mix(&rows, site_at(self, x, y), mirrored(x - 1, self->width_px), x,
        mirrored(x + 1, self->width_px), out);
}

static inline void put(uint8_t *row, enum ib_pixels format, int32_t x, const uint8_t rgb[3]) {
    if (format == IB_PIXELS_RGB565) {
        ((uint16_t *)(void *)row)[x] = ib_rgb565_of(rgb[0], rgb[1], rgb[2]);
        return;
    }
    uint8_t grey = ib_luma_of(rgb[0], rgb[1], rgb[2]);
    if (format == IB_PIXELS_GREY)
        row[x] = grey;
    else
        ib_bit_put((uint32_t *)(void *)row, x, ib_bit_of_grey(grey));
}

int ib_bayer_convert(const struct ib_bayer *self, struct ib_image *dst) {
    const int32_t width = self->width_px;
    if (dst->format != IB_PIXELS_RGB565 && dst->format != IB_PIXELS_GREY &&
        dst->format != IB_PIXELS_BINARY)
        return IB_E_UNSUPPORTED;
    if (dst->width_px != width || dst->height_px != self->height_px)
        return IB_E_INVAL;
    for (int32_t y = 0; y < self->height_px; y++) {
        struct rows rows = rows_at(self, y);
        enum site even = site_at(self, 0, y), odd = site_at(self, 1, y);
        uint8_t *row = ib_image_row(dst, y), rgb[3];
        mix(&rows, even, mirrored(-1, width), 0, mirrored(1, width), rgb);
        put(row, dst->format, 0, rgb);
        for (int32_t x = 1; x + 1 < width; x++) {
            mix(&rows, x & 1 ? odd : even, x - 1, x, x + 1, rgb);
            put(row, dst->format, x, rgb);
        }
        if (width > 1) {
            ib_bayer_at(self, width - 1, y, rgb);
            put(row, dst->format, width - 1, rgb);
        }
    }
    return IB_OK;
}
