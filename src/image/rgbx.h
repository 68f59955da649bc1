/// Rows of RGB565 as four bytes a pixel (red, green, blue, one that does not count) and back: what
/// codecs with vectors take and give quickest.
#ifndef IB_IMAGE_RGBX_H
#define IB_IMAGE_RGBX_H

#include <stddef.h>
#include <stdint.h>

#include "image/vectors.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Bits are repeated as color.h says; the fourth byte becomes 255.
void ib_rgbx_of_rgb565(uint8_t *out, const uint16_t *row, size_t count, enum ib_vectors vectors);
/// Lower bits are lost as color.h says.
void ib_rgb565_of_rgbx(uint16_t *out, const uint8_t *row, size_t count, enum ib_vectors vectors);

#ifdef __cplusplus
}
#endif

#endif
