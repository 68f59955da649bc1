/// Ranges of values. See threshold.h; whole rows are in threshold_bits.c.
#include "image/threshold.h"

#include "image/lab.h"

static int16_t held(int32_t value, int32_t low, int32_t high) {
    return (int16_t)(value < low ? low : value > high ? high : value);
}

void ib_threshold_of(struct ib_threshold *out, const int32_t *values, uint32_t count) {
    static const int16_t lowest[3] = {0, -128, -128}, highest[3] = {255, 127, 127};
    for (uint32_t i = 0; i < 3; i++) {
        int16_t low = lowest[i], high = highest[i];
        if (2 * i < count)
            low = held(values[2 * i], lowest[i], highest[i]);
        if (2 * i + 1 < count)
            high = held(values[2 * i + 1], lowest[i], highest[i]);
        out->low[i] = low < high ? low : high;
        out->high[i] = low < high ? high : low;
    }
}

static bool within(const struct ib_threshold *self, int i, int value) {
    return value >= self->low[i] && value <= self->high[i];
}

bool ib_threshold_matches(const struct ib_threshold *self, enum ib_pixels format, uint16_t pixel) {
    if (format != IB_PIXELS_RGB565)
        return within(self, 0, pixel);
    struct ib_lab lab = ib_lab_of_rgb565(pixel);
    return within(self, 0, lab.l) && within(self, 1, lab.a) && within(self, 2, lab.b);
}
