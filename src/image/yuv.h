/// YUV: one pixel either way, and pictures of YUV 4:2:2 as other formats.
///
/// Source: OpenMV firmware 5.0, colour conversions of its image module.
#ifndef IB_IMAGE_YUV_H
#define IB_IMAGE_YUV_H

#include <stdbool.h>
#include <stdint.h>

#include "image/color.h"
#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_yuv {
    uint8_t y;
    int8_t u, v;
};

static inline struct ib_yuv ib_yuv_of_rgb565(uint16_t colour) {
    int r = ib_rgb565_red(colour), g = ib_rgb565_green(colour), b = ib_rgb565_blue(colour);
    // Shifts of negative numbers round down, as every compiler of ours does it.
    return (struct ib_yuv){ib_rgb565_luma(colour), (int8_t)((-21 * r - 43 * g + 64 * b) >> 7),
                           (int8_t)((64 * r - 54 * g - 10 * b) >> 7)};
}

/// y 0..255, u and v -128..127.
uint16_t ib_yuv_rgb565(int32_t y, int32_t u, int32_t v);

/// One row of YUV 4:2:2, two bytes a pixel: Y, then U (even pixels) or V (odd ones), both + 128. The
/// two pixels of a pair share theirs.
struct ib_yuv422 {
    const uint8_t *bytes; ///< top left
    int32_t width_px, height_px;
    uint32_t stride_bytes;
    bool swapped; ///< YVU: V comes first
};

/// One pixel; in the last column of an odd width the other colour is the pair's before it (128 when
/// there is none). x and y lie inside.
struct ib_yuv ib_yuv422_at(const struct ib_yuv422 *self, int32_t x, int32_t y);
/// The whole picture as BINARY, GREY (only Y) or RGB565.
/// Errors: IB_E_INVAL when the sizes differ, IB_E_UNSUPPORTED for another format of `dst`.
int ib_yuv422_convert(const struct ib_yuv422 *self, struct ib_image *dst);

#ifdef __cplusplus
}
#endif

#endif
