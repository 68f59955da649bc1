/// What a frame shows, for people: its extremes in words, and palette indices for a PNG.
#ifndef IB_APP_PICTURE_H
#define IB_APP_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "image/range.h"

/// What the pixels of a frame span.
struct ib_app_span {
    bool kelvin; ///< then min, max, mean are centikelvin, else counts or grey
    int32_t min;
    int32_t max;
    int32_t mean;
};

void ib_app_span_of(struct ib_app_span *out, const struct ib_frame *frame);

/// Centikelvin as hundredths of a degree Celsius.
static inline int32_t ib_app_centi_c(int32_t centikelvin) {
    return centikelvin - 27315;
}

/// "160x120 pixels, 9.6 to 70.0 °C": counts and grey levels where there are no temperatures.
void ib_app_span_print(char *out, size_t size, const struct ib_frame *frame);

/// `frame`, `scale` times as large and smooth, as levels of `range`, which has seen it: width * height
/// * scale * scale palette indices. Gives (free it); NULL: too little memory.
uint8_t *ib_app_picture_levels(const struct ib_frame *frame, unsigned scale,
                               const struct ib_range *range);

#endif
