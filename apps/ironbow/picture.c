/// Said in words, and as palette indices.
#include "apps/ironbow/picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/status.h"
#include "image/draw_image.h"

void ib_app_span_of(struct ib_app_span *out, const struct ib_frame *frame) {
    size_t count = (size_t)frame->width_px * frame->height_px;
    uint16_t min = UINT16_MAX;
    uint16_t max = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint16_t value = frame->pixels[i];
        sum += value;
        if (value < min)
            min = value;
        if (value > max)
            max = value;
    }
    int32_t scale = frame->unit == IB_UNIT_KELVIN ? frame->scale_ck : 1;
    out->kelvin = frame->unit == IB_UNIT_KELVIN;
    out->min = count ? min * scale : 0;
    out->max = max * scale;
    out->mean = count ? (int32_t)((sum * (uint64_t)scale + count / 2) / count) : 0;
}

void ib_app_span_print(char *out, size_t size, const struct ib_frame *frame) {
    struct ib_app_span span;
    ib_app_span_of(&span, frame);
    if (span.kelvin)
        snprintf(out, size, "%ux%u pixels, %.1f to %.1f °C", frame->width_px, frame->height_px,
                 ib_app_centi_c(span.min) / 100.0, ib_app_centi_c(span.max) / 100.0);
    else
        snprintf(out, size, "%ux%u pixels, %d to %d %s", frame->width_px, frame->height_px,
                 span.min, span.max, frame->unit == IB_UNIT_GREY8 ? "grey (AGC)" : "counts");
}

uint8_t *ib_app_picture_levels(const struct ib_frame *frame, unsigned scale,
                               const struct ib_range *range) {
    int32_t width_px = (int32_t)(frame->width_px * scale);
    int32_t height_px = (int32_t)(frame->height_px * scale);
    const struct ib_image pixels =
        ib_image_of(frame->pixels, IB_PIXELS_GREY16, frame->width_px, frame->height_px);
    struct ib_draw draw = ib_draw_plain();
    draw.scale.hints = IB_HINT_BILINEAR | IB_HINT_ASPECT_IGNORE;
    struct ib_image large = ib_image_of(NULL, IB_PIXELS_GREY16, width_px, height_px);
    int64_t needed = ib_draw_image_scratch_bytes(&large, &pixels, &draw);
    struct ib_range_scratch *work = malloc(sizeof *work);
    void *scratch = needed > 0 ? malloc((size_t)needed) : NULL;
    uint8_t *levels = malloc(ib_image_bytes(IB_PIXELS_GREY, width_px, height_px));
    large.pixels = malloc(ib_image_bytes(IB_PIXELS_GREY16, width_px, height_px));
    bool done = false;
    if (work && scratch && levels && large.pixels) {
        struct ib_image out = ib_image_of(levels, IB_PIXELS_GREY, width_px, height_px);
        done = ib_draw_image(&large, &pixels, &draw, scratch, (size_t)needed) > 0 &&
               ib_range_apply(range, &large, &out, work) == IB_OK;
    }
    free(large.pixels);
    free(scratch);
    free(work);
    if (done)
        return levels;
    free(levels);
    return NULL;
}
