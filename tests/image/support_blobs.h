/// find_blobs a second time: slowly, pixel by pixel, straight from its description.
#ifndef IB_TESTS_IMAGE_SUPPORT_BLOBS_H
#define IB_TESTS_IMAGE_SUPPORT_BLOBS_H

#include "image/blobs.h"

#define SLOW_SIDE 96 ///< the largest width and height
#define SLOW_MOST 4096

struct slow_blob {
    struct ib_rect rect;
    int pixels, perimeter;
    uint32_t code;
    double cx, cy, rotation, roundness;
    struct ib_point supports[IB_BLOB_SUPPORTS];
    int columns[SLOW_SIDE], rows[SLOW_SIDE]; ///< pixels in each of the rectangle's
};

/// Everything of the wish but merging and functions; `depth` runs may wait in a fill.
/// Return: how many blobs.
int slow_blobs(struct slow_blob *out, const struct ib_image *image,
               const struct ib_blobs_wish *wish, int depth);

#endif
