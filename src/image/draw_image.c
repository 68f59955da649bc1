/// One picture onto another: what is decided once for all rows. See draw_image.h.
#include "image/draw_image.h"

#include <string.h>

#include "core/status.h"
#include "image/merge_private.h"

/// All that a draw needs, in the order in which it is made.
struct parts {
    struct ib_scale_plan plan;
    struct ib_scale_source source;
    struct ib_image copy; ///< of the source, where it shares memory with the destination
    uint8_t *copy_pixels;
    uint16_t *palette565; ///< PALETTE_FIRST: the other format's palette, converted
    uint8_t *palette888;
    struct ib_merge merge;
    uint8_t *rest; ///< scratch memory for scaling
    size_t rest_bytes;
};

static const uint16_t uncounted[1]; // stands for a palette while memory is only counted

static bool is_colour(enum ib_pixels format) {
    return format == IB_PIXELS_RGB565 || format == IB_PIXELS_RGB888;
}

static bool overlap(const struct ib_image *a, const struct ib_image *b) {
    uintptr_t a_at = (uintptr_t)a->pixels, b_at = (uintptr_t)b->pixels;
    return a_at < b_at + (size_t)b->stride_bytes * (size_t)b->height_px &&
           b_at < a_at + (size_t)a->stride_bytes * (size_t)a->height_px;
}

static bool sees_nothing(const struct ib_draw *draw) {
    if (draw->alpha == 0)
        return true;
    if (!draw->alpha_palette)
        return false;
    for (int i = 0; i < 256; i++) {
        if (draw->alpha_palette[i] != 0)
            return false;
    }
    return true;
}

static int check(const struct ib_image *dst, const struct ib_image *src,
                 const struct ib_draw *draw) {
    if (draw->alpha < 0 || draw->alpha > 255 || draw->rgb_channel < -1 || draw->rgb_channel > 2)
        return IB_E_RANGE;
    bool wide = src->format == IB_PIXELS_GREY16;
    if (wide != (dst->format == IB_PIXELS_GREY16) || src->format > IB_PIXELS_GREY16 ||
        dst->format > IB_PIXELS_GREY16)
        return IB_E_UNSUPPORTED;
    if (wide && (draw->palette_rgb565 || draw->palette_rgb888 || draw->alpha_palette))
        return IB_E_UNSUPPORTED;
    if (draw->mask && draw->mask->format >= IB_PIXELS_GREY16)
        return IB_E_UNSUPPORTED;
    return IB_OK;
}

/// The palette in the format in which it will be scaled.
static void palette_first(struct parts *self, const struct ib_image *dst,
                          const struct ib_draw *draw, struct ib_scratch *scratch) {
    if (dst->format == IB_PIXELS_RGB888) {
        self->source.palette_rgb888 = draw->palette_rgb888;
        if (draw->palette_rgb888)
            return;
        self->palette888 = ib_scratch_take(scratch, 768);
        self->source.palette_rgb888 =
            self->palette888 ? self->palette888 : (const uint8_t *)uncounted;
        if (self->palette888)
            ib_merge_convert(&ib_merge_portable, self->palette888, IB_PIXELS_RGB888,
                             (const uint8_t *)draw->palette_rgb565, IB_PIXELS_RGB565, 256);
        return;
    }
    self->source.palette_rgb565 = draw->palette_rgb565;
    if (draw->palette_rgb565)
        return;
    self->palette565 = ib_scratch_take(scratch, 512);
    self->source.palette_rgb565 = self->palette565 ? self->palette565 : uncounted;
    if (self->palette565)
        ib_merge_convert(&ib_merge_portable, (uint8_t *)self->palette565, IB_PIXELS_RGB565,
                         draw->palette_rgb888, IB_PIXELS_RGB888, 256);
}

/// Drawing onto itself would read what has been drawn: the source is copied, row by row.
static void copy_source(struct parts *self, const struct ib_image *src,
                        struct ib_scratch *scratch) {
    size_t row_bytes = ib_image_row_bytes(src->format, src->width_px);
    self->copy_pixels = ib_scratch_take(scratch, row_bytes * (size_t)src->height_px);
    self->copy = ib_image_of(self->copy_pixels, src->format, src->width_px, src->height_px);
    for (int32_t y = 0; self->copy_pixels && y < src->height_px; y++)
        memcpy(ib_image_row(&self->copy, y), ib_image_row(src, y), row_bytes);
    self->source.image = &self->copy;
}

/// Plan and lay out; with no memory only count. Return: 1, 0 when there is nothing to draw, or an
/// error.
static int prepare(struct parts *self, const struct ib_image *dst, const struct ib_image *src,
                   const struct ib_draw *draw, struct ib_scratch *scratch) {
    int status = check(dst, src, draw);
    if (status < 0)
        return status;
    status = ib_scale_plan(&self->plan, &draw->scale, dst->width_px, dst->height_px, src->width_px,
                           src->height_px);
    if (status <= 0)
        return status;
    if (sees_nothing(draw))
        return 0;
    uint32_t hints = draw->scale.hints;
    bool palette = draw->palette_rgb565 || draw->palette_rgb888;
    int channel = is_colour(src->format) ? draw->rgb_channel : -1;
    self->source = (struct ib_scale_source){.image = src, .channel = -1};
    if (overlap(dst, src))
        copy_source(self, src, scratch);
    if (palette && hints & IB_HINT_PALETTE_FIRST) {
        self->source.channel = channel;
        palette_first(self, dst, draw, scratch);
        palette = false;
        channel = -1;
    } else if (channel >= 0 && hints & IB_HINT_CHANNEL_FIRST) {
        self->source.channel = channel;
        channel = -1;
    }
    ib_merge_init(&self->merge, dst, draw, ib_scale_values(&self->source), channel, palette,
                  self->plan.at.w, scratch);
    self->rest_bytes = ib_scale_scratch_bytes(&self->plan, &self->source);
    self->rest = ib_scratch_take(scratch, self->rest_bytes);
    return 1;
}

int64_t ib_draw_image_scratch_bytes(const struct ib_image *dst, const struct ib_image *src,
                                    const struct ib_draw *draw) {
    struct ib_scratch count = {NULL, 0};
    struct parts parts = {0};
    int status = prepare(&parts, dst, src, draw, &count);
    return status <= 0 ? status : (int64_t)ib_scratch_bytes(&count);
}

int ib_draw_image(const struct ib_image *dst, const struct ib_image *src,
                  const struct ib_draw *draw, void *memory, size_t memory_bytes) {
    int64_t needed = ib_draw_image_scratch_bytes(dst, src, draw);
    if (needed <= 0)
        return (int)needed;
    if (!memory || memory_bytes < (uint64_t)needed)
        return IB_E_NO_SPACE;
    struct ib_scratch scratch = ib_scratch_of(memory);
    struct parts parts = {0};
    int status = prepare(&parts, dst, src, draw, &scratch);
    if (status <= 0)
        return status;
    status = ib_scale_run(&parts.plan, &parts.source, draw->vectors, parts.rest, parts.rest_bytes,
                          ib_merge_row, &parts.merge);
    return status < 0 ? status : 1;
}
