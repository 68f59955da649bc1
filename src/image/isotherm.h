/// Isotherms: colour what of a picture lies in a band of the 16-bit values it was made from.
///
/// The frame may be smaller or larger than the place it has in the picture: a picture's pixel asks
/// the frame's pixel that lies under its top left corner (nearest, as in scaling without smoothing).
#ifndef IB_IMAGE_ISOTHERM_H
#define IB_IMAGE_ISOTHERM_H

#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_isotherm {
    uint16_t low, high; ///< both in the band; above: high 65535, below: low 0; low > high: empty
    uint32_t colour;    ///< a pixel of the picture's format, as in draw.h
    uint8_t alpha;      ///< 0 not to be seen .. 255 solid
    uint8_t stripe_px;  ///< 0: all of it; else diagonal stripes so wide with gaps as wide
};

/// Colour the part of `place` that lies in the picture.
/// Errors: IB_E_UNSUPPORTED when the frame is not GREY16, IB_E_INVAL when it or place has no pixel.
/// Cost:   a comparison for each of the frame's pixels in each of the picture's rows, and the
///         coloured pixels.
int ib_isotherm_draw(const struct ib_isotherm *self, struct ib_image *picture, struct ib_rect place,
                     const struct ib_image *frame);

#ifdef __cplusplus
}
#endif

#endif
