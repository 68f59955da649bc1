/// False-colour pictures in whole numbers: the same bytes on every machine.
#include "apps/ironbow/picture.h"

#include <stddef.h>

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

/// The source coordinate (1/(2*scale) pixels) of an output coordinate, as two neighbours and the
/// second one's weight out of 2*scale.
struct tap {
    unsigned first, second, weight;
};

static struct tap tap_of(unsigned at, unsigned scale, unsigned size) {
    // Output pixel centres lie at (at + 1/2) / scale - 1/2 of the source.
    unsigned doubled = 2 * at + 1;
    struct tap tap = {0, 0, 0};
    if (doubled > scale) {
        tap.first = (doubled - scale) / (2 * scale);
        tap.weight = (doubled - scale) % (2 * scale);
    }
    tap.second = tap.first + 1 < size ? tap.first + 1 : tap.first;
    return tap;
}

void ib_app_picture_draw(uint8_t *out, const struct ib_frame *frame, unsigned scale,
                         const struct ib_range *range) {
    // Between the pixels there are values between counts: a linear range tells them apart.
    bool linear = range->options.mode != IB_RANGE_EQUALISED;
    int32_t low = (int32_t)ib_range_value(range, 0);
    int32_t high = (int32_t)ib_range_value(range, IB_RANGE_LEVELS - 1);
    unsigned width = frame->width_px;
    unsigned height = frame->height_px;
    int64_t whole = (int64_t)(2 * scale) * (2 * scale);
    int64_t span = (int64_t)(high > low ? high - low : 1) * whole;
    for (unsigned y = 0; y < height * scale; y++) {
        struct tap v = tap_of(y, scale, height);
        const uint16_t *above = frame->pixels + (size_t)v.first * width;
        const uint16_t *below = frame->pixels + (size_t)v.second * width;
        for (unsigned x = 0; x < width * scale; x++) {
            struct tap h = tap_of(x, scale, width);
            int64_t left = 2 * scale - h.weight;
            int64_t right = h.weight;
            int64_t top = above[h.first] * left + above[h.second] * right;
            int64_t bottom = below[h.first] * left + below[h.second] * right;
            int64_t value = top * (int64_t)(2 * scale - v.weight) + bottom * (int64_t)v.weight;
            if (!linear) {
                *out++ = ib_range_level(range, (uint32_t)((value + whole / 2) / whole));
                continue;
            }
            int64_t index = ((value - low * whole) * 255 + span / 2) / span;
            *out++ = (uint8_t)(index < 0 ? 0 : index > 255 ? 255 : index);
        }
    }
}
