/// Conversions are draws onto black. See convert.h.
#include "image/convert.h"

#include <string.h>

#include "core/status.h"

#define PLACING                                                                                    \
    (IB_HINT_CENTER | IB_HINT_ASPECT_KEEP | IB_HINT_ASPECT_EXPAND | IB_HINT_ASPECT_IGNORE)

static struct ib_draw onto_black(const struct ib_draw *draw) {
    struct ib_draw black = *draw;
    black.scale.x = black.scale.y = 0;
    black.scale.hints = (draw->scale.hints & ~PLACING) | IB_HINT_BLACK_BACKGROUND;
    return black;
}

int ib_convert_size(const struct ib_image *src, const struct ib_draw *draw, int32_t *width_px,
                    int32_t *height_px) {
    struct ib_draw black = onto_black(draw);
    struct ib_scale_plan plan;
    // On a destination of the largest size nothing but the largest picture is cut.
    int status = ib_scale_plan(&plan, &black.scale, IB_IMAGE_MAX_PX, IB_IMAGE_MAX_PX, src->width_px,
                               src->height_px);
    if (status < 0)
        return status;
    if (status == 0 || plan.at.w < plan.scaled_w || plan.at.h < plan.scaled_h)
        return IB_E_RANGE;
    *width_px = plan.at.w;
    *height_px = plan.at.h;
    return IB_OK;
}

static int check_size(const struct ib_image *dst, const struct ib_image *src,
                      const struct ib_draw *draw) {
    int32_t width_px, height_px;
    int status = ib_convert_size(src, draw, &width_px, &height_px);
    if (status < 0)
        return status;
    return dst->width_px == width_px && dst->height_px == height_px ? IB_OK : IB_E_INVAL;
}

int64_t ib_convert_scratch_bytes(const struct ib_image *dst, const struct ib_image *src,
                                 const struct ib_draw *draw) {
    struct ib_draw black = onto_black(draw);
    int status = check_size(dst, src, draw);
    return status < 0 ? status : ib_draw_image_scratch_bytes(dst, src, &black);
}

int ib_convert(const struct ib_image *dst, const struct ib_image *src, const struct ib_draw *draw,
               void *scratch, size_t scratch_bytes) {
    struct ib_draw black = onto_black(draw);
    int status = check_size(dst, src, draw);
    if (status < 0)
        return status;
    status = ib_draw_image(dst, src, &black, scratch, scratch_bytes);
    if (status == 0) { // nothing is seen
        for (int32_t y = 0; y < dst->height_px; y++)
            memset(ib_image_row(dst, y), 0, ib_image_row_bytes(dst->format, dst->width_px));
    }
    return status < 0 ? status : IB_OK;
}
