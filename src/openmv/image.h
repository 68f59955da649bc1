/// A script's image: what stands behind image.Image, without Python.
///
/// Source: OpenMV firmware 5.0, its image module as documented and observed.
#ifndef IB_OPENMV_IMAGE_H
#define IB_OPENMV_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

/// Pixel formats as scripts see them: csi.RGB565, image.JPEG … Bits: YUV 28, mutable 27, colour 26,
/// compressed 25, Bayer 24, number 23..16, order of the colours 15..8, bytes a pixel 7..0.
#define IB_PIXFORMAT_BINARY UINT32_C(0x08010000)
#define IB_PIXFORMAT_GRAYSCALE UINT32_C(0x08020001)
#define IB_PIXFORMAT_RGB565 UINT32_C(0x0C030002)
#define IB_PIXFORMAT_BAYER UINT32_C(0x05040001)  ///< | order << 8: BGGR 0, GBRG 1, GRBG 2, RGGB 3
#define IB_PIXFORMAT_YUV422 UINT32_C(0x14050002) ///< | order << 8: YUV 0, YVU 1
#define IB_PIXFORMAT_JPEG UINT32_C(0x06060000)
#define IB_PIXFORMAT_PNG UINT32_C(0x06070000)
#define IB_PIXFORMAT_MUTABLE UINT32_C(0x08000000)
#define IB_PIXFORMAT_COMPRESSED UINT32_C(0x02000000)
#define IB_PIXFORMAT_ORDER UINT32_C(0x0000FF00)

/// What scripts compare with: the family without the order of the colours.
static inline uint32_t ib_pixformat_family(uint32_t format) {
    return format & ~IB_PIXFORMAT_ORDER;
}

struct ib_openmv_frame_buffer;

/// Rows lie one behind the other; BINARY rows are whole 32-bit words.
struct ib_openmv_image {
    uint8_t *pixels; ///< or the bytes of a JPEG or PNG
    int32_t width_px, height_px;
    uint32_t format;   ///< IB_PIXFORMAT_…, with its order
    size_t size_bytes; ///< what is used: of a stream its length
    size_t room_bytes; ///< what may be used by an operation in place; 0: not to be written to
    struct ib_openmv_frame_buffer *buffer; ///< the frame buffer it lies in, NULL elsewhere
};

/// Bytes that pixels of this format take; 0 for compressed ones.
static inline size_t ib_openmv_image_bytes(uint32_t format, int32_t width_px, int32_t height_px) {
    if (format == IB_PIXFORMAT_BINARY)
        return ib_image_bytes(IB_PIXELS_BINARY, width_px, height_px);
    return (size_t)(format & 0xFF) * (size_t)width_px * (size_t)height_px;
}

/// A format that an image can have, with the order of its colours.
static inline bool ib_pixformat_known(uint32_t format) {
    switch (ib_pixformat_family(format)) {
    case IB_PIXFORMAT_BAYER:
        return (format & IB_PIXFORMAT_ORDER) <= UINT32_C(3) << 8;
    case IB_PIXFORMAT_YUV422:
        return (format & IB_PIXFORMAT_ORDER) <= UINT32_C(1) << 8;
    case IB_PIXFORMAT_BINARY:
    case IB_PIXFORMAT_GRAYSCALE:
    case IB_PIXFORMAT_RGB565:
    case IB_PIXFORMAT_JPEG:
    case IB_PIXFORMAT_PNG:
        return (format & IB_PIXFORMAT_ORDER) == 0;
    default:
        return false;
    }
}

/// What pixels of this format must be aligned to, in bytes.
static inline size_t ib_pixformat_alignment(uint32_t format) {
    if (format == IB_PIXFORMAT_BINARY)
        return 4;
    return format == IB_PIXFORMAT_RGB565 ? 2 : 1;
}

/// BINARY, GRAYSCALE and RGB565 as a picture that src/image works on. Return: false for others.
static inline bool ib_openmv_image_picture(const struct ib_openmv_image *self,
                                           struct ib_image *out) {
    enum ib_pixels pixels = self->format == IB_PIXFORMAT_BINARY      ? IB_PIXELS_BINARY
                            : self->format == IB_PIXFORMAT_GRAYSCALE ? IB_PIXELS_GREY
                                                                     : IB_PIXELS_RGB565;
    *out = ib_image_of(self->pixels, pixels, self->width_px, self->height_px);
    return (self->format & IB_PIXFORMAT_MUTABLE) != 0;
}

#endif
