/// Single pixels. See image_pixel.h.
#include "openmv/image_pixel.h"

#include <string.h>

#include "image/color.h"
#include "image/draw.h"

const char *ib_pixformat_name(uint32_t format) {
    static const char *const bayer[] = {"bayer_bggr", "bayer_gbrg", "bayer_grbg", "bayer_rggb"};
    if (!ib_pixformat_known(format))
        return "unknown";
    switch (ib_pixformat_family(format)) {
    case IB_PIXFORMAT_BINARY:
        return "binary";
    case IB_PIXFORMAT_GRAYSCALE:
        return "grayscale";
    case IB_PIXFORMAT_RGB565:
        return "rgb565";
    case IB_PIXFORMAT_BAYER:
        return bayer[format >> 8 & 3];
    case IB_PIXFORMAT_YUV422:
        return format & IB_PIXFORMAT_ORDER ? "yvu422" : "yuv422";
    case IB_PIXFORMAT_JPEG:
        return "jpeg";
    default:
        return "png";
    }
}

uint32_t ib_image_pixel_get(const struct ib_openmv_image *self, int32_t x, int32_t y) {
    size_t at = (size_t)y * (size_t)self->width_px + (size_t)x;
    struct ib_image picture;
    if (ib_openmv_image_picture(self, &picture))
        return (uint32_t)ib_draw_get(&picture, x, y);
    if ((self->format & 0xFF) == 1)
        return self->pixels[at];
    return self->pixels[2 * at] | (uint32_t)self->pixels[2 * at + 1] << 8;
}

void ib_image_pixel_put(struct ib_openmv_image *self, int32_t x, int32_t y, uint32_t number) {
    size_t at = (size_t)y * (size_t)self->width_px + (size_t)x;
    struct ib_image picture;
    if (ib_openmv_image_picture(self, &picture)) {
        ib_draw_set(&picture, x, y, number);
    } else if ((self->format & 0xFF) == 1) {
        self->pixels[at] = (uint8_t)number;
    } else {
        self->pixels[2 * at] = (uint8_t)number;
        self->pixels[2 * at + 1] = (uint8_t)(number >> 8);
    }
}

struct ib_bayer ib_openmv_image_bayer(const struct ib_openmv_image *self) {
    return (struct ib_bayer){
        .bytes = self->pixels,
        .width_px = self->width_px,
        .height_px = self->height_px,
        .stride_bytes = (uint32_t)self->width_px,
        .order = (enum ib_bayer_order)(self->format >> 8 & 3),
    };
}

struct ib_yuv422 ib_openmv_image_yuv(const struct ib_openmv_image *self) {
    return (struct ib_yuv422){
        .bytes = self->pixels,
        .width_px = self->width_px,
        .height_px = self->height_px,
        .stride_bytes = 2 * (uint32_t)self->width_px,
        .swapped = (self->format & IB_PIXFORMAT_ORDER) != 0,
    };
}

static uint16_t bayer_rgb565(const struct ib_openmv_image *self, int32_t x, int32_t y) {
    const struct ib_bayer bayer = ib_openmv_image_bayer(self);
    uint8_t rgb[3];
    ib_bayer_at(&bayer, x, y, rgb);
    return ib_rgb565_of(rgb[0], rgb[1], rgb[2]);
}

static uint16_t yuv_rgb565(const struct ib_openmv_image *self, int32_t x, int32_t y) {
    const struct ib_yuv422 yuv = ib_openmv_image_yuv(self);
    const struct ib_yuv pixel = ib_yuv422_at(&yuv, x, y);
    return ib_yuv_rgb565(pixel.y, pixel.u, pixel.v);
}

uint16_t ib_image_pixel_rgb565(const struct ib_openmv_image *self, int32_t x, int32_t y) {
    uint32_t number = ib_image_pixel_get(self, x, y);
    switch (ib_pixformat_family(self->format)) {
    case IB_PIXFORMAT_BINARY:
        return number ? 0xFFFF : 0;
    case IB_PIXFORMAT_RGB565:
        return (uint16_t)number;
    case IB_PIXFORMAT_BAYER:
        return bayer_rgb565(self, x, y);
    case IB_PIXFORMAT_YUV422:
        return yuv_rgb565(self, x, y);
    default:
        return ib_rgb565_of_grey(number & 0xFF);
    }
}

static bool is_set(const struct ib_image *mask, int32_t x, int32_t y) {
    uint32_t value = (uint32_t)ib_draw_get(mask, x, y);
    return mask->format == IB_PIXELS_BINARY ? value != 0
           : mask->format == IB_PIXELS_GREY ? ib_bit_of_grey(value)
                                            : ib_bit_of_grey(ib_rgb565_luma((uint16_t)value));
}

void ib_image_clear(struct ib_openmv_image *self, const struct ib_image *mask) {
    if (!mask) {
        memset(self->pixels, 0, self->size_bytes);
        return;
    }
    int32_t w = mask->width_px < self->width_px ? mask->width_px : self->width_px;
    int32_t h = mask->height_px < self->height_px ? mask->height_px : self->height_px;
    for (int32_t y = 0; y < h; y++) {
        for (int32_t x = 0; x < w; x++) {
            if (is_set(mask, x, y))
                ib_image_pixel_put(self, x, y, 0);
        }
    }
}
