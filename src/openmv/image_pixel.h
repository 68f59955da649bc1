/// Single pixels of an image, as scripts count and see them.
///
/// A pixel's number is what lies in memory: a bit, a byte, or 16 bits with the low byte first (RGB565:
/// red highest; YUV 4:2:2: Y below, U or V above). x and y lie inside.
#ifndef IB_OPENMV_IMAGE_PIXEL_H
#define IB_OPENMV_IMAGE_PIXEL_H

#include "image/bayer.h"
#include "image/yuv.h"
#include "openmv/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// "grayscale", "bayer_rggb" …; "unknown".
const char *ib_pixformat_name(uint32_t format);

/// A BAYER image as src/image sees it.
struct ib_bayer ib_openmv_image_bayer(const struct ib_openmv_image *self);
/// A YUV422 one.
struct ib_yuv422 ib_openmv_image_yuv(const struct ib_openmv_image *self);

/// Of an uncompressed image.
uint32_t ib_image_pixel_get(const struct ib_openmv_image *self, int32_t x, int32_t y);
void ib_image_pixel_put(struct ib_openmv_image *self, int32_t x, int32_t y, uint32_t number);
/// Any uncompressed image's pixel as a colour.
uint16_t ib_image_pixel_rgb565(const struct ib_openmv_image *self, int32_t x, int32_t y);

/// All zero, or all that is set in a mask (NULL: everywhere). The image is mutable; a mask that is
/// smaller leaves the rest alone.
void ib_image_clear(struct ib_openmv_image *self, const struct ib_image *mask);

#ifdef __cplusplus
}
#endif

#endif
