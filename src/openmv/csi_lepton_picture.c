#include "openmv/csi_lepton_picture.h"

#include <stddef.h>

#define LINE_PX 256 ///< the longest row of any module, and more

/// Counts of a module without radiometry at its own temperature (Lepton data sheet rev 200, 4.7).
#define COUNTS_AT_FPA 8192
#define UNKNOWN_FPA_CK 30000

/// Round half to even and keep within a byte; what is no number is black.
static uint8_t byte_of(float value) {
    const float whole = 12582912.0f; // so large that its neighbours are whole numbers
    if (!(value > 0.0f))
        return 0;
    if (value >= 255.0f)
        return 255;
    volatile float rounded = value + whole;
    return (uint8_t)(rounded - whole);
}

static void measured_row(const uint16_t *from, uint8_t *to, int32_t count, int32_t offset,
                         float kelvin_per_count, const struct ib_csi_lepton_look *look) {
    float low = look->low_c, high = look->high_c, span = high - low;
    for (int32_t x = 0; x < count; x++) {
        float celsius = (float)(from[x] + offset) * kelvin_per_count - 273.15f;
        celsius = celsius < low ? low : celsius > high ? high : celsius;
        to[x] = byte_of((celsius - low) * 255.0f / span);
    }
}

struct span {
    uint32_t low, high;
};

static struct span span_of(const struct ib_frame *frame) {
    struct span span = {UINT16_MAX, 0};
    size_t count = (size_t)frame->width_px * (size_t)frame->height_px;
    for (size_t i = 0; i < count; i++) {
        span.low = frame->pixels[i] < span.low ? frame->pixels[i] : span.low;
        span.high = frame->pixels[i] > span.high ? frame->pixels[i] : span.high;
    }
    return span;
}

static void stretched_row(const uint16_t *from, uint8_t *to, int32_t count, struct span span) {
    uint32_t width = span.high > span.low ? span.high - span.low : 1;
    for (int32_t x = 0; x < count; x++)
        to[x] = (uint8_t)(((from[x] - span.low) * 255 + width / 2) / width);
}

static void grey_row(const struct ib_frame *frame, const uint16_t *from, uint8_t *to,
                     const struct ib_csi_lepton_look *look, struct span span) {
    int32_t count = frame->width_px;
    if (frame->unit == IB_UNIT_GREY8) {
        for (int32_t x = 0; x < count; x++)
            to[x] = (uint8_t)(from[x] > 255 ? 255 : from[x]);
    } else if (look->stretch) {
        stretched_row(from, to, count, span);
    } else if (frame->unit == IB_UNIT_KELVIN) {
        measured_row(from, to, count, 0, frame->scale_ck == 10 ? 0.1f : 0.01f, look);
    } else {
        int32_t fpa_ck = frame->fpa_ck ? frame->fpa_ck : UNKNOWN_FPA_CK;
        measured_row(from, to, count, fpa_ck - COUNTS_AT_FPA, 0.01f, look);
    }
}

void ib_csi_lepton_picture(const struct ib_frame *frame, const struct ib_csi_lepton_look *look,
                           uint8_t *out) {
    uint8_t line[LINE_PX];
    struct span span = {0, 0};
    if (look->stretch && frame->unit != IB_UNIT_GREY8)
        span = span_of(frame);
    int32_t width = frame->width_px < LINE_PX ? frame->width_px : LINE_PX;
    int32_t height = frame->height_px;
    ptrdiff_t along = look->transpose ? height : 1, down = look->transpose ? 1 : width;
    for (int32_t y = 0; y < height; y++) {
        grey_row(frame, frame->pixels + (size_t)y * (size_t)frame->width_px, line, look, span);
        uint8_t *at = out + (look->vflip ? height - 1 - y : y) * down;
        if (look->hmirror)
            at += (width - 1) * along;
        ptrdiff_t step = look->hmirror ? -along : along;
        for (int32_t x = 0; x < width; x++)
            at[x * step] = line[x];
    }
}
