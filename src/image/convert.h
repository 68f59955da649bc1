/// A picture as a new one: another format, another size, a part of it.
#ifndef IB_IMAGE_CONVERT_H
#define IB_IMAGE_CONVERT_H

#include "image/draw_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How large the result will be: the roi times the factors, rounded down, turned if transposed. The
/// place and the hints about centre and aspect do not count.
/// Return: IB_OK.
/// Errors: IB_E_INVAL, IB_E_RANGE as ib_scale_plan; IB_E_RANGE too when a side would be less than one
///         pixel or more than IB_IMAGE_MAX_PX.
int ib_convert_size(const struct ib_image *src, const struct ib_draw *draw, int32_t *width_px,
                    int32_t *height_px);

/// Fill `dst`, whose size is ib_convert_size's and whose format is what is wanted, with `src` as
/// `draw` says, on black. `dst` may lie in the memory of `src`: a picture converted in place.
/// Return: IB_OK. Errors: those of ib_draw_image; IB_E_INVAL when the size differs.
int ib_convert(const struct ib_image *dst, const struct ib_image *src, const struct ib_draw *draw,
               void *scratch, size_t scratch_bytes);

/// Return: how much scratch memory ib_convert needs for the same arguments, or its error.
int64_t ib_convert_scratch_bytes(const struct ib_image *dst, const struct ib_image *src,
                                 const struct ib_draw *draw);

#ifdef __cplusplus
}
#endif

#endif
