/// Bands of values as runs of pixels. See isotherm.h.
#include "image/isotherm.h"

#include "core/status.h"
#include "image/draw_private.h"

/// The first picture pixel, from the place's edge, that asks frame pixel `index` or a later one.
static int32_t begin_of(int32_t index, int32_t frame_px, int32_t place_px) {
    return (int32_t)(((int64_t)index * place_px + frame_px - 1) / frame_px);
}

static void colour_run(const struct ib_isotherm *self, struct ib_image *picture, int32_t from_x,
                       int32_t to_x, int32_t y) {
    if (self->stripe_px == 0 && self->alpha == 255) {
        ib_draw_run(picture, from_x, to_x, y, self->colour);
        return;
    }
    int32_t through = 256 - (self->alpha * 256 + 127) / 255;
    for (int32_t x = from_x < 0 ? 0 : from_x; x <= to_x && x < picture->width_px; x++) {
        if (self->stripe_px == 0 || (x + y) / self->stripe_px % 2 == 0)
            ib_draw_blend(picture, x, y, self->colour, through);
    }
}

int ib_isotherm_draw(const struct ib_isotherm *self, struct ib_image *picture, struct ib_rect place,
                     const struct ib_image *frame) {
    if (frame->format != IB_PIXELS_GREY16)
        return IB_E_UNSUPPORTED;
    if (frame->width_px < 1 || frame->height_px < 1 || place.w < 1 || place.h < 1)
        return IB_E_INVAL;
    struct ib_rect seen = ib_rect_clip(place, picture->width_px, picture->height_px);
    int64_t x_in = (int64_t)seen.x - place.x, y_in = (int64_t)seen.y - place.y;
    if (seen.w == 0)
        return IB_OK;
    int32_t first = (int32_t)(x_in * frame->width_px / place.w);
    int32_t last = (int32_t)((x_in + seen.w - 1) * frame->width_px / place.w);
    for (int32_t y = seen.y; y < seen.y + seen.h; y++, y_in++) {
        int32_t frame_y = (int32_t)(y_in * frame->height_px / place.h);
        const uint16_t *row = (const uint16_t *)(const void *)ib_image_row(frame, frame_y);
        for (int32_t i = first; i <= last; i++) {
            int32_t start = i;
            while (i <= last && row[i] >= self->low && row[i] <= self->high)
                i++;
            if (i == start)
                continue;
            int64_t from = (int64_t)place.x + begin_of(start, frame->width_px, place.w);
            int64_t to = (int64_t)place.x + begin_of(i, frame->width_px, place.w) - 1;
            from = from < seen.x ? seen.x : from;
            to = to >= seen.x + seen.w ? seen.x + seen.w - 1 : to;
            colour_run(self, picture, (int32_t)from, (int32_t)to, y);
        }
    }
    return IB_OK;
}
