/// Copying a frame into storage of one's own. See frame.h.
#include "core/frame.h"

#include <string.h>

#include "core/status.h"

int ib_frame_copy(struct ib_frame *to, const struct ib_frame *from) {
    size_t count_px = (size_t)from->width_px * from->height_px;
    if (count_px > to->capacity_px)
        return IB_E_NO_SPACE;
    uint16_t *pixels = to->pixels;
    size_t capacity_px = to->capacity_px;
    *to = *from;
    to->pixels = pixels;
    to->capacity_px = capacity_px;
    if (count_px > 0)
        memmove(pixels, from->pixels, count_px * sizeof *pixels);
    return IB_OK;
}
