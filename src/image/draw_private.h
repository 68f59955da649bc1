/// What the files of drawing share: blending and runs, clipped to the picture.
#ifndef IB_IMAGE_DRAW_PRIVATE_H
#define IB_IMAGE_DRAW_PRIVATE_H

#include "image/draw.h"

/// Hold a coordinate or size to what drawing can work with.
static inline int32_t ib_draw_hold(int32_t value) {
    return value > IB_DRAW_MAX ? IB_DRAW_MAX : value < -IB_DRAW_MAX ? -IB_DRAW_MAX : value;
}

static inline struct ib_point ib_draw_hold_point(struct ib_point point) {
    return (struct ib_point){ib_draw_hold(point.x), ib_draw_hold(point.y)};
}

/// Mix a colour in; `through`: how much of the old is seen through it, 0..256 (more counts as 256).
void ib_draw_blend(struct ib_image *self, int32_t x, int32_t y, uint32_t colour, int32_t through);
/// Fill both ends included; nothing when to < from.
void ib_draw_run(struct ib_image *self, int32_t from_x, int32_t to_x, int32_t y, uint32_t colour);
void ib_draw_column(struct ib_image *self, int32_t x, int32_t from_y, int32_t to_y,
                    uint32_t colour);

#endif
