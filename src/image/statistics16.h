/// Of 16-bit pixels: the extremes and where they are, mean, deviation, any percentile.
///
/// Sums are exact integers; only mean and deviation are rounded, once, at the end.
#ifndef IB_IMAGE_STATISTICS16_H
#define IB_IMAGE_STATISTICS16_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_statistics16 {
    uint32_t count;       ///< pixels; when 0 everything is
    uint16_t min, max;    ///< counts
    int32_t min_x, min_y; ///< of the picture, not of roi; the first in reading order
    int32_t max_x, max_y;
    double mean, stdev; ///< counts; the deviation of all pixels (divided by count)
};

/// The part of `roi` that lies in a GREY16 picture.
/// Return: the pixels counted; 0 when nothing of roi lies inside.
/// Errors: IB_E_UNSUPPORTED for other formats.
int ib_statistics16(struct ib_statistics16 *out, const struct ib_image *image, struct ib_rect roi);

#define IB_PERCENTILE16_MIN 256 ///< the least room for counts

/// Exact percentiles: the smallest value that at least `permille` thousandths of the pixels do not
/// exceed. 0 is the minimum, 1000 the maximum; with 500 and an even number the lower median.
/// Owns:   borrows `counts`, room for `capacity` numbers: 256 are enough, more save passes over the
///         picture.
/// Return: the value, 0..65535.
/// Errors: IB_E_UNSUPPORTED for other formats than GREY16, IB_E_RANGE when permille is above 1000,
///         IB_E_NO_SPACE when capacity is below 256, IB_E_INVAL when nothing of roi lies inside.
/// Cost:   one pass when the values' span is below the capacity, two below its square.
int ib_percentile16(const struct ib_image *image, struct ib_rect roi, uint32_t permille,
                    uint32_t *counts, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
