/// What a script's arguments mean for an image: regions, colours, thresholds.
#ifndef IB_OPENMV_IMAGE_ARGUMENTS_H
#define IB_OPENMV_IMAGE_ARGUMENTS_H

#include "image/draw_image.h"
#include "openmv/image.h"
#include "openmv/image_problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Clip a roi to an image of this size.
/// Errors: IB_IMAGE_ROI_SIZE, IB_IMAGE_ROI_OUTSIDE; `roi` is then untouched.
enum ib_image_problem ib_image_roi(struct ib_rect *roi, int32_t width_px, int32_t height_px);

/// Red, green and blue, held to 0..255, as a pixel of this format.
uint32_t ib_image_colour(uint32_t format, int32_t red, int32_t green, int32_t blue);

/// Does this draw leave a whole picture of that format as it is?
bool ib_image_draw_is_copy(const struct ib_draw *draw, enum ib_pixels pixels, int32_t width_px,
                           int32_t height_px);

/// Alpha, channel and factors within their ranges?
enum ib_image_problem ib_image_draw_check(const struct ib_draw *draw);

#ifdef __cplusplus
}
#endif

#endif
