/// A frame as a false-colour picture: values to palette indices, enlarged smoothly.
///
/// Not an image library: pixel functions for everybody come with the image room.
#ifndef IB_APP_PICTURE_H
#define IB_APP_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"
#include "image/range.h"

/// What the pixels of a frame span.
struct ib_app_span {
    bool kelvin; ///< then min, max, mean are centikelvin, else counts or grey
    int32_t min;
    int32_t max;
    int32_t mean;
};

void ib_app_span_of(struct ib_app_span *out, const struct ib_frame *frame);

/// Centikelvin as hundredths of a degree Celsius.
static inline int32_t ib_app_centi_c(int32_t centikelvin) {
    return centikelvin - 27315;
}

/// Draw `frame` `scale` times as large into `out` (width * height * scale * scale palette indices).
/// `range` has seen the frame.
void ib_app_picture_draw(uint8_t *out, const struct ib_frame *frame, unsigned scale,
                         const struct ib_range *range);

#endif
