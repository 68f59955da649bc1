/// Regions, colours, draws. See image_arguments.h.
#include "openmv/image_arguments.h"

#include <float.h>

#include "image/color.h"

enum ib_image_problem ib_image_roi(struct ib_rect *roi, int32_t width_px, int32_t height_px) {
    if (roi->w < 1 || roi->h < 1)
        return IB_IMAGE_ROI_SIZE;
    struct ib_rect clipped = ib_rect_clip(*roi, width_px, height_px);
    if (clipped.w == 0)
        return IB_IMAGE_ROI_OUTSIDE;
    *roi = clipped;
    return IB_IMAGE_FINE;
}

static unsigned held(int32_t value) {
    return value < 0 ? 0 : value > 255 ? 255 : (unsigned)value;
}

uint32_t ib_image_colour(uint32_t format, int32_t red, int32_t green, int32_t blue) {
    uint16_t colour = ib_rgb565_of(held(red), held(green), held(blue));
    if (format == IB_PIXFORMAT_RGB565)
        return colour;
    uint8_t luma = ib_rgb565_luma(colour);
    return format == IB_PIXFORMAT_BINARY ? ib_bit_of_grey(luma) : luma;
}

bool ib_image_draw_is_copy(const struct ib_draw *draw, enum ib_pixels pixels, int32_t width_px,
                           int32_t height_px) {
    const struct ib_rect *roi = &draw->scale.roi;
    bool whole =
        roi->w == 0 || (roi->x == 0 && roi->y == 0 && roi->w == width_px && roi->h == height_px);
    bool channel = draw->rgb_channel >= 0 && pixels == IB_PIXELS_RGB565;
    return whole && !channel && draw->scale.x_scale == 1.0f && draw->scale.y_scale == 1.0f &&
           draw->alpha == 255 && !draw->palette_rgb565 && !draw->alpha_palette && !draw->mask &&
           (draw->scale.hints & (IB_HINT_HMIRROR | IB_HINT_VFLIP | IB_HINT_TRANSPOSE)) == 0;
}

static bool is_number(float value) {
    return value >= -FLT_MAX && value <= FLT_MAX;
}

enum ib_image_problem ib_image_draw_check(const struct ib_draw *draw) {
    if (draw->rgb_channel < -1 || draw->rgb_channel > 2)
        return IB_IMAGE_RGB_CHANNEL;
    if (draw->alpha < 0 || draw->alpha > 255)
        return IB_IMAGE_ALPHA;
    if (!is_number(draw->scale.x_scale) || !is_number(draw->scale.y_scale))
        return IB_IMAGE_NO_NUMBER;
    return IB_IMAGE_FINE;
}
