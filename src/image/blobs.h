/// Finding blobs: connected pixels that a threshold means, with their shape.
///
/// Pixels are compared all at once (threshold.h) and become bits; filling then walks over runs of
/// bits. Order, support points, perimeter and moments are those of OpenMV's find_blobs.
/// Source: OpenMV firmware 5.0, image.find_blobs as documented and observed.
#ifndef IB_IMAGE_BLOBS_H
#define IB_IMAGE_BLOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"
#include "image/threshold.h"
#include "image/vectors.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_BLOB_SUPPORTS 20 ///< support points, one for each 18 degrees

/// A part of ib_blob_list.bins.
struct ib_blob_bins {
    uint32_t first, count;
};

struct ib_blob {
    struct ib_rect rect;
    uint32_t pixels;
    uint32_t code;  ///< bit k: a threshold's index
    uint32_t count; ///< how many blobs were merged into it, itself included
    uint32_t perimeter;
    float cx, cy;    ///< centroid
    float rotation;  ///< radians, 0 .. pi
    float roundness; ///< 0 (a line) .. 1
    /// The outmost points to the left (0), top (5), right (10), bottom (15) and in between.
    struct ib_point supports[IB_BLOB_SUPPORTS];
    struct ib_blob_bins x_bins, y_bins; ///< count 0: not wished for
};

/// What was found, in the order of OpenMV's list.
struct ib_blob_list {
    struct ib_blob *items; ///< the caller's; may be NULL while capacity is 0
    uint32_t capacity, count;
    uint32_t *bins; ///< pixels a bin, for all blobs; NULL when none are wished for
    uint32_t bins_capacity, bins_count;
};

/// Zero is a choice only where said; start from ib_blobs_defaults.
struct ib_blobs_wish {
    const struct ib_threshold *thresholds;
    uint32_t thresholds_count; ///< 0: nothing is found
    bool invert;
    struct ib_rect roi;
    int32_t x_stride, y_stride; ///< where fills may begin; at least 1
    uint32_t area_threshold, pixels_threshold;
    bool merge;
    int32_t margin;                  ///< merge: rectangles this much apart still overlap
    uint32_t x_bins_max, y_bins_max; ///< 0: no bins
    enum ib_vectors vectors;         ///< 0: the best
    void *context;                   ///< of the functions below
    /// Both may be NULL. Return: above 0 yes, 0 no, below 0 an error that ends the search and is its
    /// answer. `list` holds the bins.
    int (*keep)(void *context, const struct ib_blob *blob, const struct ib_blob_list *list);
    int (*join)(void *context, const struct ib_blob *a, const struct ib_blob *b,
                const struct ib_blob_list *list);
    /// Called when `list` is full: give it larger arrays with the same content (both: double what is
    /// full) and return 0, or a negative status, which ends the search. NULL: IB_E_NO_SPACE.
    int (*grow)(void *context, struct ib_blob_list *list);
};

/// OpenMV's: strides 2 and 1, thresholds 10 and 10, the whole picture.
struct ib_blobs_wish ib_blobs_defaults(const struct ib_image *image);

/// Find. `list` is emptied first; what it holds after an error is undefined.
/// Owns:   borrows all. Scratch memory lies anywhere; between ib_blobs_least_bytes and
///         ib_blobs_scratch_bytes more of it means deeper fills: a run that does not fit on the
///         stack any more is filled, but not its neighbours, which then become blobs of their own.
/// Return: the number of blobs.
/// Errors: IB_E_UNSUPPORTED for other formats than BINARY, GREY, RGB565; IB_E_RANGE when a stride is
///         below 1, there are more than IB_THRESHOLDS_MAX thresholds, or the picture is larger than
///         IB_IMAGE_MAX_PX; IB_E_NO_SPACE when scratch memory or the list is too small; what a
///         function of the wish returned.
/// Cost:   320x240 with four blobs: GREY 10 us (45 without vectors), RGB565 40; merging grows with the
///         square of the number of blobs.
int ib_blobs_find(struct ib_blob_list *list, const struct ib_image *image,
                  const struct ib_blobs_wish *wish, void *scratch, size_t scratch_bytes);

/// Enough for every picture of this size: two bits a pixel and 8 bytes for every two pixels, of
/// which a usual picture touches hardly any.
size_t ib_blobs_scratch_bytes(const struct ib_image *image, const struct ib_blobs_wish *wish);
/// Without room for the stack.
size_t ib_blobs_least_bytes(const struct ib_image *image, const struct ib_blobs_wish *wish);

#ifdef __cplusplus
}
#endif

#endif
