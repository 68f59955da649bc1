#include "openmv/csi_soft.h"

#include <string.h>

#include "core/status.h"
#include "image/color.h"
#include "openmv/csi_sensor.h"

#define FRAME_US 10000
#define TIMEOUT_US 3000000

static struct ib_csi_soft *state_of(struct ib_csi *csi) {
    return csi->sensor;
}

static int detect(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us) {
    (void)now_us;
    (void)due_us;
    csi->chip_id = IB_CSI_SOFT;
    return 1;
}

static int reset(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us) {
    (void)began;
    (void)due_us;
    *state_of(csi) = (struct ib_csi_soft){0, now_us};
    return 1;
}

static int set_pixformat(struct ib_csi *csi, uint32_t pixformat) {
    (void)csi;
    bool can = pixformat == IB_PIXFORMAT_GRAYSCALE || pixformat == IB_PIXFORMAT_RGB565;
    return can ? IB_OK : IB_CSI_E_PIXFORMAT;
}

static uint8_t grey_at(int32_t x, int32_t y, int32_t off) {
    return ((x + off) / 16 + y / 16) & 1 ? 255 : 0;
}

static uint16_t colour_at(const struct ib_csi *csi, int32_t x, int32_t y, int32_t off) {
    int32_t w = csi->width_px, h = csi->height_px;
    int32_t along = (int32_t)(((int64_t)x + off) % w);
    int32_t red = w > 1 ? along * 31 / (w - 1) : 0, green = h > 1 ? y * 63 / (h - 1) : 0;
    int32_t blue = w + h > 2 ? (along ^ y) * 31 / (w + h - 2) : 0;
    return (uint16_t)(red << 11 | green << 5 | (blue & 31));
}

static int take(struct ib_csi *csi, uint64_t now_us, struct ib_csi_taken *taken, uint64_t *due_us) {
    struct ib_csi_soft *self = state_of(csi);
    const struct ib_rect window = csi->window;
    if (now_us < self->next_us) {
        *due_us = self->next_us;
        return 0;
    }
    self->next_us = now_us + FRAME_US;
    taken->end_us = now_us;
    taken->width_px = csi->transpose ? window.h : window.w;
    taken->height_px = csi->transpose ? window.w : window.h;
    taken->format = csi->pixformat;
    taken->size_bytes = ib_openmv_image_bytes(taken->format, window.w, window.h);
    if (taken->size_bytes > taken->room_bytes)
        return IB_CSI_E_OVERFLOW;
    int32_t off = (int32_t)(self->step++ / 4 % 0x10000);
    uint16_t *colours = (uint16_t *)(void *)taken->pixels;
    for (int32_t y = 0; y < window.h; y++)
        for (int32_t x = 0; x < window.w; x++) {
            int32_t from_x = window.x + x, from_y = window.y + y;
            from_x = csi->hmirror ? csi->width_px - 1 - from_x : from_x;
            from_y = csi->vflip ? csi->height_px - 1 - from_y : from_y;
            int32_t at = csi->transpose ? x * window.h + y : y * window.w + x;
            if (csi->pixformat == IB_PIXFORMAT_RGB565)
                colours[at] = colour_at(csi, from_x, from_y, off);
            else
                taken->pixels[at] = grey_at(from_x, from_y, off);
        }
    return 1;
}

const struct ib_csi_sensor_ops ib_csi_soft_ops = {
    .name = "SOFTCSI",
    .auxiliary = true, // only for those who ask for it
    .timeout_us = TIMEOUT_US,
    .detect = detect,
    .reset = reset,
    .set_pixformat = set_pixformat,
    .take = take,
};
