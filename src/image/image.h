/// A picture: pixels somebody owns, with the shape needed to find them.
///
/// Unlike a frame it is mutable, belongs to one owner and has no physical meaning. Functions that
/// only read take a `const struct ib_image *`; the pixels behind it are then left alone too.
#ifndef IB_IMAGE_IMAGE_H
#define IB_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a pixel is stored. Multi-byte pixels are in host byte order and aligned to their size.
enum ib_pixels {
    IB_PIXELS_BINARY, ///< 1 bit: pixel x is bit x % 32 of word x / 32 of its row
    IB_PIXELS_GREY,   ///< 8 bits, 0 black
    IB_PIXELS_RGB565, ///< 16 bits, red in the highest five
    IB_PIXELS_RGB888, ///< three bytes: red, green, blue
    IB_PIXELS_GREY16, ///< 16 bits, what a frame holds
};

#define IB_IMAGE_MAX_PX 16384 ///< largest width and height that any function here accepts

struct ib_image {
    void *pixels; ///< top left; BINARY: aligned to four bytes
    int32_t width_px;
    int32_t height_px;
    uint32_t stride_bytes; ///< from one row to the next; BINARY: a multiple of four
    enum ib_pixels format;
};

/// Bytes of a row without padding; BINARY: whole words.
static inline uint32_t ib_image_row_bytes(enum ib_pixels format, int32_t width_px) {
    switch (format) {
    case IB_PIXELS_BINARY:
        return (uint32_t)(width_px + 31) / 32 * 4;
    case IB_PIXELS_GREY:
        return (uint32_t)width_px;
    case IB_PIXELS_RGB888:
        return (uint32_t)width_px * 3;
    case IB_PIXELS_RGB565:
    case IB_PIXELS_GREY16:
    default:
        return (uint32_t)width_px * 2;
    }
}

/// The bytes that a picture of this size needs, rows without padding.
static inline size_t ib_image_bytes(enum ib_pixels format, int32_t width_px, int32_t height_px) {
    return (size_t)ib_image_row_bytes(format, width_px) * (size_t)height_px;
}

static inline struct ib_image ib_image_of(void *pixels, enum ib_pixels format, int32_t width_px,
                                          int32_t height_px) {
    return (struct ib_image){pixels, width_px, height_px, ib_image_row_bytes(format, width_px),
                             format};
}

static inline uint8_t *ib_image_row(const struct ib_image *self, int32_t y) {
    return (uint8_t *)self->pixels + (size_t)self->stride_bytes * (size_t)y;
}

struct ib_point {
    int32_t x, y;
};

/// A rectangle of whole pixels; may lie outside of a picture until it is clipped.
struct ib_rect {
    int32_t x, y, w, h;
};

/// What of `rect` lies in width x height; w or h 0 when nothing does.
static inline struct ib_rect ib_rect_clip(struct ib_rect rect, int32_t width_px,
                                          int32_t height_px) {
    int64_t left = rect.x < 0 ? 0 : rect.x, top = rect.y < 0 ? 0 : rect.y;
    int64_t right = (int64_t)rect.x + rect.w, bottom = (int64_t)rect.y + rect.h;
    if (right > width_px)
        right = width_px;
    if (bottom > height_px)
        bottom = height_px;
    if (right <= left || bottom <= top)
        return (struct ib_rect){0, 0, 0, 0};
    return (struct ib_rect){(int32_t)left, (int32_t)top, (int32_t)(right - left),
                            (int32_t)(bottom - top)};
}

#ifdef __cplusplus
}
#endif

#endif
