/// Range, palette, size: in that order, once a frame.
#include "apps/ironbow/visible.h"

#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/palette.h"
#include "core/status.h"
#include "ports/linux/jpeg.h"

struct ib_app_visible {
    struct ib_app_visible_style style;
    uint8_t colours[256][3];
    struct ib_jpeg *jpeg;
    struct ib_image picture;
    const uint8_t *bytes; ///< the last JPEG
    size_t size;
    uint32_t sequence; ///< of its frame, 0: none
};

const struct ib_app_visible_style ib_app_visible_default = {
    .palette = "ironbow", .width_px = 640, .height_px = 480, .quality = 85};

static bool fits(int32_t size_px) {
    return size_px >= 16 && size_px <= IB_APP_VISIBLE_MAX_PX && size_px % 16 == 0;
}

int ib_app_visible_open(struct ib_app_visible **out, const struct ib_app_visible_style *style) {
    *out = NULL;
    if (!fits(style->width_px) || !fits(style->height_px) || style->quality < 1 ||
        style->quality > 100)
        return IB_E_RANGE;
    if (strcmp(style->palette, "ironbow") != 0)
        return IB_E_NOT_FOUND;
    struct ib_app_visible *self = calloc(1, sizeof *self);
    if (!self)
        return IB_E_NO_SPACE;
    self->style = *style;
    ib_app_palette_ironbow(self->colours);
    void *pixels = calloc(1, ib_image_bytes(IB_PIXELS_RGB888, style->width_px, style->height_px));
    if (!pixels || ib_jpeg_open(&self->jpeg) != IB_OK) {
        free(pixels);
        free(self);
        return IB_E_NO_SPACE;
    }
    self->picture = ib_image_of(pixels, IB_PIXELS_RGB888, style->width_px, style->height_px);
    *out = self;
    return IB_OK;
}

void ib_app_visible_close(struct ib_app_visible *self) {
    if (!self)
        return;
    ib_jpeg_close(self->jpeg);
    free(self->picture.pixels);
    free(self);
}

static void choose_range(const struct ib_app_visible *self, const struct ib_frame *frame,
                         int32_t *low, int32_t *high) {
    size_t count = (size_t)frame->width_px * frame->height_px;
    *low = self->style.low;
    *high = self->style.high;
    if (self->style.fixed)
        return;
    *low = UINT16_MAX;
    *high = 0;
    for (size_t i = 0; i < count; i++) {
        *low = frame->pixels[i] < *low ? frame->pixels[i] : *low;
        *high = frame->pixels[i] > *high ? frame->pixels[i] : *high;
    }
}

const struct ib_image *ib_app_visible_picture(struct ib_app_visible *self,
                                              const struct ib_frame *frame) {
    int32_t low, high;
    choose_range(self, frame, &low, &high);
    int32_t span = high > low ? high - low : 1;
    for (int32_t y = 0; y < self->picture.height_px; y++) {
        const uint16_t *row =
            frame->pixels +
            (size_t)(y * frame->height_px / self->picture.height_px) * frame->width_px;
        uint8_t *out = ib_image_row(&self->picture, y);
        for (int32_t x = 0; x < self->picture.width_px; x++, out += 3) {
            int32_t index = (row[x * frame->width_px / self->picture.width_px] - low) * 255 / span;
            memcpy(out, self->colours[index < 0 ? 0 : index > 255 ? 255 : index], 3);
        }
    }
    return &self->picture;
}

int ib_app_visible_jpeg(struct ib_app_visible *self, const struct ib_frame *frame,
                        const uint8_t **bytes, size_t *size) {
    if (self->sequence != frame->sequence || self->sequence == 0) {
        self->sequence = 0;
        int status = ib_jpeg_encode(self->jpeg, ib_app_visible_picture(self, frame),
                                    self->style.quality, IB_JPEG_420, &self->bytes, &self->size);
        if (status != IB_OK)
            return status;
        self->sequence = frame->sequence;
    }
    *bytes = self->bytes;
    *size = self->size;
    return IB_OK;
}
