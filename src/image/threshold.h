/// Which pixels are meant: a range of values, three ranges for a colour.
///
/// Colours are compared in LAB (lab.h). Both ends of a range belong to it.
#ifndef IB_IMAGE_THRESHOLD_H
#define IB_IMAGE_THRESHOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_THRESHOLDS_MAX 32 ///< the most in one call: a blob's code has a bit for each

struct ib_threshold {
    int16_t low[3], high[3]; ///< of RGB565: L, A, B; of GREY and BINARY only the first: the value
};

/// From a script's numbers: L low, L high, A low, A high, B low, B high. What is missing is the whole
/// range; L (grey) is held to 0..255, A and B to -128..127; then each pair is put in order.
/// Errors: none. Numbers after the sixth do not count.
void ib_threshold_of(struct ib_threshold *out, const int32_t *values, uint32_t count);

/// Is a pixel (a bit, a grey, an RGB565 code) meant?
bool ib_threshold_matches(const struct ib_threshold *self, enum ib_pixels format, uint16_t pixel);

#ifdef __cplusplus
}
#endif

#endif
