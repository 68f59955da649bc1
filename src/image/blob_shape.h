/// What follows from a blob's numbers and corners.
///
/// Functions that take four corners take those of ib_blob_min_corners, in its order.
/// Source: OpenMV's documentation of image.blob and of the image module's functions about blobs.
#ifndef IB_IMAGE_BLOB_SHAPE_H
#define IB_IMAGE_BLOB_SHAPE_H

#include <stdint.h>

#include "image/blobs.h"

#ifdef __cplusplus
extern "C" {
#endif

int32_t ib_blob_cx(const struct ib_blob *self); ///< the centroid, to the nearest (half: even)
int32_t ib_blob_cy(const struct ib_blob *self);
uint32_t ib_blob_area(const struct ib_blob *self);     ///< of its rectangle
float ib_blob_elongation(const struct ib_blob *self);  ///< 1 - roundness
float ib_blob_density(const struct ib_blob *self);     ///< pixels / area
float ib_blob_compactness(const struct ib_blob *self); ///< 4 pi pixels / perimeter^2
/// Left, top, right, bottom: support points 0, 5, 10, 15.
void ib_blob_corners(const struct ib_blob *self, struct ib_point out[4]);
/// The corners of the smallest rectangle (of any angle) around the support points, in order around
/// it; all the same when there is only one point.
void ib_blob_min_corners(const struct ib_blob *self, struct ib_point out[4]);

/// pixels / the corners' area, at most 1; 1 as well for a line or a point, which have no area.
float ib_blob_solidity(const struct ib_point corners[4], uint32_t pixels);
/// The corners' perimeter / perimeter, at most 1.
float ib_blob_convexity(const struct ib_point corners[4], uint32_t perimeter);

struct ib_segment {
    struct ib_point from, to;
};
/// The longer and the shorter of the two lines that join the middles of opposite sides.
struct ib_segment ib_blob_major_axis(const struct ib_point corners[4]);
struct ib_segment ib_blob_minor_axis(const struct ib_point corners[4]);

struct ib_circle {
    struct ib_point centre;
    int32_t radius;
};
/// Around the corners' mean, through the farthest of them.
struct ib_circle ib_blob_enclosing_circle(const struct ib_point corners[4]);

struct ib_blob_ellipse {
    struct ib_point centre;
    int32_t rx, ry, rotation_deg; ///< rotation 0..179
};
/// Inside of the rectangle: rx is half the major axis, which the rotation belongs to.
struct ib_blob_ellipse ib_blob_enclosed_ellipse(const struct ib_point corners[4]);

#ifdef __cplusplus
}
#endif

#endif
