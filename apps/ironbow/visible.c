/// Range, size, palette: in that order, once a frame.
#include "apps/ironbow/visible.h"

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/draw_image.h"
#include "image/isotherm.h"
#include "image/palette.h"
#include "ports/linux/jpeg.h"

/// After this many frames an automatic range has followed 63 % of a change: about half a second.
#define FOLLOW_FRAMES 4

struct ib_app_visible {
    struct ib_app_visible_style style;
    uint8_t colours[IB_PALETTE_COLOURS * 3];
    struct ib_jpeg *jpeg;
    struct ib_range range;
    struct ib_range_scratch range_scratch;
    struct ib_image picture;
    struct ib_image grey; ///< the frame in 256 levels
    void *scratch;
    size_t scratch_bytes;
    uint32_t seen;        ///< sequence of the frame that the range last followed, 0: none
    uint32_t meaning;     ///< of its pixels: another meaning begins a new range
    const uint8_t *bytes; ///< the last JPEG
    size_t size;
    uint32_t sequence; ///< of its frame, 0: none
};

const struct ib_app_visible_style ib_app_visible_default = {.palette = "ironbow",
                                                            .width_px = 640,
                                                            .height_px = 480,
                                                            .range = IB_RANGE_MIN_MAX,
                                                            .quality = 85};

static bool fits(int32_t size_px) {
    return size_px >= 16 && size_px <= IB_APP_VISIBLE_MAX_PX && size_px % 16 == 0;
}

static int set_range(struct ib_app_visible *self) {
    struct ib_range_options options = ib_range_defaults();
    const struct ib_app_visible_style *style = &self->style;
    options.time_constant_frames = style->still ? 0 : FOLLOW_FRAMES;
    options.mode = style->range;
    if (style->range == IB_RANGE_FIXED) {
        if (style->low < 0 || style->high > (int32_t)IB_RANGE_MOST || style->low > style->high)
            return IB_E_RANGE;
        options.low = (uint32_t)style->low;
        options.high = (uint32_t)style->high;
    }
    return ib_range_init(&self->range, &options);
}

int ib_app_visible_open(struct ib_app_visible **out, const struct ib_app_visible_style *style) {
    const struct ib_palette *palette = ib_palette_find(style->palette);
    *out = NULL;
    if (!fits(style->width_px) || !fits(style->height_px) || style->quality < 1 ||
        style->quality > 100)
        return IB_E_RANGE;
    if (!palette)
        return IB_E_NOT_FOUND;
    struct ib_app_visible *self = calloc(1, sizeof *self);
    if (!self)
        return IB_E_NO_SPACE;
    self->style = *style;
    ib_palette_fill_rgb888(palette, self->colours);
    void *pixels = calloc(1, ib_image_bytes(IB_PIXELS_RGB888, style->width_px, style->height_px));
    self->picture = ib_image_of(pixels, IB_PIXELS_RGB888, style->width_px, style->height_px);
    int status = pixels ? set_range(self) : IB_E_NO_SPACE;
    if (status == IB_OK)
        status = ib_jpeg_open(&self->jpeg);
    if (status != IB_OK) {
        ib_app_visible_close(self);
        return status;
    }
    *out = self;
    return IB_OK;
}

void ib_app_visible_close(struct ib_app_visible *self) {
    if (!self)
        return;
    ib_jpeg_close(self->jpeg);
    free(self->picture.pixels);
    free(self->grey.pixels);
    free(self->scratch);
    free(self);
}

const struct ib_range *ib_app_visible_range(const struct ib_app_visible *self) {
    return &self->range;
}

static struct ib_draw drawing_of(const struct ib_app_visible *self) {
    struct ib_draw draw = ib_draw_plain();
    draw.scale.hints = IB_HINT_BICUBIC | IB_HINT_ASPECT_IGNORE;
    draw.palette_rgb888 = self->colours;
    return draw;
}

/// Room for a frame of this size.
static bool make_room(struct ib_app_visible *self, int32_t width_px, int32_t height_px) {
    if (self->grey.pixels && self->grey.width_px == width_px && self->grey.height_px == height_px)
        return true;
    free(self->grey.pixels);
    free(self->scratch);
    void *levels = malloc(ib_image_bytes(IB_PIXELS_GREY, width_px, height_px));
    self->grey = ib_image_of(levels, IB_PIXELS_GREY, width_px, height_px);
    struct ib_draw draw = drawing_of(self);
    int64_t needed = ib_draw_image_scratch_bytes(&self->picture, &self->grey, &draw);
    self->scratch_bytes = needed > 0 ? (size_t)needed : 1;
    self->scratch = malloc(self->scratch_bytes);
    return levels && self->scratch && needed >= 0;
}

static void follow(struct ib_app_visible *self, const struct ib_frame *frame,
                   const struct ib_image *pixels) {
    uint32_t meaning =
        (uint32_t)frame->unit << 24 | (uint32_t)frame->gain << 16 | (uint32_t)frame->scale_ck;
    // The shutter is no view of the scene: the range waits until it is open again.
    bool shutter = (frame->flags & IB_FRAME_FFC) != 0;
    if (self->seen != 0 && (self->seen == frame->sequence || shutter))
        return;
    if (self->seen == 0 || self->meaning != meaning)
        ib_range_reset(&self->range);
    ib_range_update(&self->range, pixels, &self->range_scratch);
    self->seen = shutter ? 0 : frame->sequence;
    self->meaning = meaning;
}

static void draw_isotherm(struct ib_app_visible *self, const struct ib_image *pixels) {
    const struct ib_isotherm isotherm = {.low = self->style.isotherm_low,
                                         .high = self->style.isotherm_high,
                                         .colour = self->style.isotherm_rgb,
                                         .alpha = 255};
    const struct ib_rect whole = {0, 0, self->picture.width_px, self->picture.height_px};
    ib_isotherm_draw(&isotherm, &self->picture, whole, pixels);
}

const struct ib_image *ib_app_visible_picture(struct ib_app_visible *self,
                                              const struct ib_frame *frame) {
    if (!make_room(self, frame->width_px, frame->height_px))
        return NULL;
    const struct ib_image pixels =
        ib_image_of(frame->pixels, IB_PIXELS_GREY16, frame->width_px, frame->height_px);
    struct ib_draw draw = drawing_of(self);
    follow(self, frame, &pixels);
    ib_range_apply(&self->range, &pixels, &self->grey, &self->range_scratch);
    ib_draw_image(&self->picture, &self->grey, &draw, self->scratch, self->scratch_bytes);
    if (self->style.has_isotherm)
        draw_isotherm(self, &pixels);
    return &self->picture;
}

int ib_app_visible_jpeg(struct ib_app_visible *self, const struct ib_frame *frame,
                        const uint8_t **bytes, size_t *size) {
    if (self->sequence != frame->sequence || self->sequence == 0) {
        const struct ib_image *picture = ib_app_visible_picture(self, frame);
        self->sequence = 0;
        int status = picture ? ib_jpeg_encode(self->jpeg, picture, self->style.quality,
                                              IB_CODEC_420, &self->bytes, &self->size)
                             : IB_E_NO_SPACE;
        if (status != IB_OK)
            return status;
        self->sequence = frame->sequence;
    }
    *bytes = self->bytes;
    *size = self->size;
    return IB_OK;
}
