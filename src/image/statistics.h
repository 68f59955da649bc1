/// How often which value occurs in a picture, and what follows from that: percentiles, Otsu's
/// threshold, mean, median, mode, deviation.
///
/// Two steps: a picture becomes counts (one a value), counts become a histogram (one a bin). Every
/// question is asked of a histogram, so a colour channel needs only its counts: L, a and b of RGB565
/// are three histograms whose counts come from elsewhere.
/// Not here: 16-bit pixels (statistics16.h).
/// Source:  OpenMV's documentation of image.histogram, percentile, threshold and statistics.
#ifndef IB_IMAGE_STATISTICS_H
#define IB_IMAGE_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_HISTOGRAM_MAX 256 ///< the most values that any of these formats has

/// Count the values of the part of `roi` that lies in the picture: counts[0..255] of GREY,
/// counts[0..1] of BINARY. All 256 are set.
/// Return: the pixels counted; 0 when nothing of roi lies inside.
/// Errors: IB_E_UNSUPPORTED for other formats.
/// Cost:   GREY 0.3 ns a pixel; 0.1 to 0.35 ns with AVX-512 (VBMI, VPOPCNTDQ, GFNI), less the
///         smoother the picture is.
int ib_count_values(uint32_t counts[IB_HISTOGRAM_MAX], const struct ib_image *image,
                    struct ib_rect roi);
/// The same without vectors.
int ib_count_values_portable(uint32_t counts[IB_HISTOGRAM_MAX], const struct ib_image *image,
                             struct ib_rect roi);

/// Bins over the values low .. high: bin 0 is at low, the last one at high.
struct ib_histogram {
    uint32_t counts[IB_HISTOGRAM_MAX];
    uint32_t bins; ///< 2 .. IB_HISTOGRAM_MAX
    int32_t low, high;
    uint32_t total; ///< the sum of the counts
};

/// Sort counts of the values low .. high (counts[0] is low's) into bins: value v goes to bin
/// (v - low) * (bins - 1) / (high - low), rounded to the nearest, halves to even.
/// Errors: IB_E_RANGE when bins is not 2 .. 256 or high - low not 1 .. 255; self is then untouched.
int ib_histogram_fill(struct ib_histogram *self, const uint32_t *counts, int32_t low, int32_t high,
                      uint32_t bins);
/// Count a GREY or BINARY picture and fill. `bins` 0: one for each value.
/// Return: the pixels counted.
/// Errors: of both of the above.
int ib_histogram_of(struct ib_histogram *self, const struct ib_image *image, struct ib_rect roi,
                    uint32_t bins);

/// A bin's share of all pixels, 0..1; 0 when there are none.
float ib_histogram_share(const struct ib_histogram *self, uint32_t bin);
/// The value that a bin stands for: low + floor(bin * (high - low) / (bins - 1)).
int32_t ib_histogram_value(const struct ib_histogram *self, uint32_t bin);
/// The value of the first bin at which the shares, summed up in float from below, reach `p`.
/// Return: 0 when p is not above 0 or is above 1, or nothing was counted. p = 1 is the last bin
///         that is not empty, even if the sum misses 1 by a rounding.
int32_t ib_histogram_percentile(const struct ib_histogram *self, float p);
/// Otsu's threshold: the first value that parts the pixels into two classes (up to it, above it)
/// with the largest variance between them.
int32_t ib_histogram_threshold(const struct ib_histogram *self);

struct ib_statistics {
    int32_t mean;  ///< rounded down
    int32_t mode;  ///< the first of the fullest bins
    int32_t stdev; ///< rounded down
    int32_t min, max;
    int32_t lq, median, uq; ///< percentiles 0.25, 0.5, 0.75
};

/// Sums are float, added from the lowest bin up, so that results agree with OpenMV's. All 0 when
/// nothing was counted.
void ib_histogram_statistics(const struct ib_histogram *self, struct ib_statistics *out);

#ifdef __cplusplus
}
#endif

#endif
