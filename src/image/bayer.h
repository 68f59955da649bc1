/// Pictures as a colour sensor's pixels see them, one colour each, as other formats.
///
/// Missing colours are the mean of the nearest pixels of that colour (bilinear), rounded down; at the
/// edges what lies outside is mirrored, so that a pixel's colours stay where they are.
#ifndef IB_IMAGE_BAYER_H
#define IB_IMAGE_BAYER_H

#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The colours of the first two pixels of the first two rows.
enum ib_bayer_order { IB_BAYER_BGGR, IB_BAYER_GBRG, IB_BAYER_GRBG, IB_BAYER_RGGB };

struct ib_bayer {
    const uint8_t *bytes; ///< top left, one byte a pixel
    int32_t width_px, height_px;
    uint32_t stride_bytes;
    enum ib_bayer_order order;
};

/// One pixel's red, green, blue. x and y lie inside.
void ib_bayer_at(const struct ib_bayer *self, int32_t x, int32_t y, uint8_t out[3]);
/// The whole picture as BINARY, GREY (luma) or RGB565.
/// Errors: IB_E_INVAL when the sizes differ, IB_E_UNSUPPORTED for another format of `dst`.
int ib_bayer_convert(const struct ib_bayer *self, struct ib_image *dst);

#ifdef __cplusplus
}
#endif

#endif
