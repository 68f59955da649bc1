/// The histograms of a picture, one a channel, of the pixels that are meant.
///
/// BINARY and GREY have one channel, RGB565 three: L, A, B. What follows from a histogram
/// (percentiles, Otsu, statistics) is in statistics.h.
#ifndef IB_IMAGE_HISTOGRAMS_H
#define IB_IMAGE_HISTOGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/statistics.h"
#include "image/threshold.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_histograms {
    uint32_t channels; ///< 1 or 3
    struct ib_histogram of[3];
};

/// Which pixels, in how many bins. All zero but roi: every pixel of roi, one bin a value.
struct ib_histograms_wish {
    struct ib_rect roi;
    /// A pixel counts once for each threshold that it meets (or, inverted, misses); none: once.
    const struct ib_threshold *thresholds;
    uint32_t thresholds_count;
    bool invert;
    uint32_t bins[3]; ///< 2..256; 0: BINARY 2, GREY 256, L 101, A and B 256
    /// A picture of the same size and format, NULL none: what counts are the differences (XOR of
    /// bits, |a - b| of greys and of red, green and blue).
    const struct ib_image *difference;
};

/// Fill `self`.
/// Owns:   borrows all. Scratch memory (ib_histograms_scratch_bytes, any alignment) makes RGB565
///         quicker; it may be NULL and 0.
/// Return: how often pixels were counted; 0 is no error.
/// Errors: IB_E_UNSUPPORTED for other formats, IB_E_RANGE for bins or too many thresholds (more than
///         IB_THRESHOLDS_MAX), IB_E_INVAL when `difference` is of another size or format,
///         IB_E_OVERFLOW when more than 2^31 - 1 would be counted.
/// Cost:   GREY as ib_count_values; RGB565 0.5 ns a pixel and 6 us with scratch memory.
int ib_histograms_of(struct ib_histograms *self, const struct ib_image *image,
                     const struct ib_histograms_wish *wish, void *scratch, size_t scratch_bytes);

/// How much scratch memory makes it quickest: 0 when none does.
size_t ib_histograms_scratch_bytes(const struct ib_image *image,
                                   const struct ib_histograms_wish *wish);

#ifdef __cplusplus
}
#endif

#endif
