/// How the parts of find_blobs share the work. Private to the room.
#ifndef IB_IMAGE_BLOBS_PRIVATE_H
#define IB_IMAGE_BLOBS_PRIVATE_H

#include "image/blobs.h"

/// A run of pixels whose neighbours are not all looked at yet.
struct ib_blob_pause {
    uint16_t l, r, y;
    uint16_t at; ///< the next column to look at, | IB_BLOB_BELOW when the row above is done
};
#define IB_BLOB_BELOW 0x8000u

/// The picture as bits and what one fill collects. Columns and rows count from the roi's corner.
struct ib_blob_fill {
    /// Rows of `words` words. `open`: pixels that match and belong to no blob yet. `busy`: pixels that
    /// match or belong to a blob.
    uint32_t *open, *busy;
    int32_t words;
    struct ib_rect roi;
    struct ib_blob_pause *stack;
    size_t stack_room;
    uint32_t *columns, *rows; ///< pixels in each, kept as differences; NULL: nobody asks

    uint32_t pixels, perimeter;
    uint64_t x, y, xx, xy, yy; ///< sums over the pixels
    float nearest[IB_BLOB_SUPPORTS];
    struct {
        uint32_t x, y, count;
    } support[IB_BLOB_SUPPORTS]; ///< all points as far out as the farthest, added up
};

/// Collect the blob of the open pixel (x, y) and close its pixels.
void ib_blob_fill(struct ib_blob_fill *self, int32_t x, int32_t y);
/// The support points' means. Return: the rectangle around them.
struct ib_rect ib_blob_fill_supports(const struct ib_blob_fill *self,
                                     struct ib_point supports[IB_BLOB_SUPPORTS]);
/// Everything else but bins.
void ib_blob_fill_shape(const struct ib_blob_fill *self, struct ib_blob *out);

/// How far out of the picture a point lies in the direction of support point i.
float ib_blob_reach(int i, struct ib_point point);

/// Room for `count` more bins. Return: IB_OK or why not.
int ib_blob_bins_room(const struct ib_blobs_wish *wish, struct ib_blob_list *list, uint32_t count);
/// Join what overlaps until nothing does. Return: the blobs that remain, or an error.
int ib_blobs_merge(struct ib_blob_list *list, const struct ib_blobs_wish *wish);

/// The first set bit of from .. end - 1, or end.
static inline int32_t ib_bits_next(const uint32_t *row, int32_t from, int32_t end) {
    if (from >= end)
        return end;
    int32_t word = from >> 5, last = (end - 1) >> 5;
    uint32_t bits = row[word] & ~UINT32_C(0) << (from & 31);
    while (!bits) {
        if (++word > last)
            return end;
        bits = row[word];
    }
    int32_t at = word * 32 + __builtin_ctz(bits);
    return at < end ? at : end;
}

#endif
