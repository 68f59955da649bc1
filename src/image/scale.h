/// Scaling: where a picture lands in another, and its scaled rows one after the other.
///
/// What is done with a row is the caller's: draw_image.h overwrites or blends; other operations
/// bring another function. Everything is whole numbers once the two factors are fixed point, and
/// comes out as on an OpenMV camera.
///
/// Source: OpenMV firmware 5.0, observed behaviour of Image.draw_image().
#ifndef IB_IMAGE_SCALE_H
#define IB_IMAGE_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"
#include "image/vectors.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How to scale, as scripts know it (image.BILINEAR ...); values can be ORed.
#define IB_HINT_AREA UINT32_C(1)       ///< the mean of all that a pixel covers, when made smaller
#define IB_HINT_BILINEAR UINT32_C(2)   ///< from 2 x 2 neighbours
#define IB_HINT_BICUBIC UINT32_C(4)    ///< from 4 x 4 neighbours
#define IB_HINT_HMIRROR UINT32_C(16)   ///< left and right change places
#define IB_HINT_VFLIP UINT32_C(32)     ///< top and bottom change places
#define IB_HINT_TRANSPOSE UINT32_C(64) ///< x and y change places, after the mirrors
#define IB_HINT_CENTER UINT32_C(128)   ///< x and y count from where the picture would be centred
#define IB_HINT_CHANNEL_FIRST UINT32_C(256)  ///< take the colour channel before scaling, not after
#define IB_HINT_PALETTE_FIRST UINT32_C(512)  ///< apply the palette before scaling, not after
#define IB_HINT_ASPECT_KEEP UINT32_C(1024)   ///< as large as fits into the destination
#define IB_HINT_ASPECT_EXPAND UINT32_C(2048) ///< as small as still covers the destination
#define IB_HINT_ASPECT_IGNORE UINT32_C(4096) ///< stretched to the destination
#define IB_HINT_BLACK_BACKGROUND (UINT32_C(1) << 31) ///< blend with black, not with what is there
#define IB_HINT_ROTATE_90 (IB_HINT_VFLIP | IB_HINT_TRANSPOSE)
#define IB_HINT_ROTATE_180 (IB_HINT_HMIRROR | IB_HINT_VFLIP)
#define IB_HINT_ROTATE_270 (IB_HINT_HMIRROR | IB_HINT_TRANSPOSE)

struct ib_scale {
    int32_t x, y;           ///< where in the destination; may be negative
    float x_scale, y_scale; ///< negative ones mirror
    struct ib_rect roi;     ///< which part of the source; all zero: the whole
    uint32_t hints;
};

enum ib_scale_method { IB_SCALE_NEAREST, IB_SCALE_LINEAR, IB_SCALE_CUBIC, IB_SCALE_AREA };

/// One axis of the source, in 16.16 fixed point: pixel k of the visible part is at start + k * step.
struct ib_scale_axis {
    int32_t start, step;
    int32_t count;     ///< visible pixels along it, of the scaled picture before it is transposed
    int32_t low, high; ///< first and last pixel of the roi: what interpolation stays inside of
    int32_t size;      ///< of the whole source
    bool mirrored;
};

struct ib_scale_plan {
    struct ib_rect at;          ///< what of the destination is covered
    int32_t scaled_w, scaled_h; ///< of the whole picture, as it would be seen there
    struct ib_scale_axis x, y;
    enum ib_scale_method method;
    bool transposed;
};

/// Units:  sizes in pixels, 1 to IB_IMAGE_MAX_PX.
/// Return: 1, or 0 when nothing of the picture is seen (scaled to less than a pixel, or beside the
///         destination); then the plan says nothing.
/// Errors: IB_E_INVAL for a size out of range, a factor that is no number or a roi with a negative
///         side; IB_E_RANGE for a roi beside the source or a scaled size over 2^30.
int ib_scale_plan(struct ib_scale_plan *self, const struct ib_scale *scale, int32_t dst_width_px,
                  int32_t dst_height_px, int32_t src_width_px, int32_t src_height_px);

/// The picture to be scaled, and what happens to its pixels before: at most one of channel and
/// palettes, or a channel that indexes the palette.
struct ib_scale_source {
    const struct ib_image *image;
    int channel;                    ///< 0..2: only this one of a colour picture; -1: all
    const uint16_t *palette_rgb565; ///< 256 colours to index by brightness, or NULL
    const uint8_t *palette_rgb888;  ///< the same, 768 bytes; one of the two at most
};

/// The format in which rows come: GREY for GREY and BINARY (bits as 0 and 255), RGB565, RGB888 or
/// GREY16.
enum ib_pixels ib_scale_values(const struct ib_scale_source *source);

/// A piece of a scaled row for the destination, left to right.
struct ib_scale_row {
    int32_t x, y, count; ///< inside of the plan's `at`
    const void *values;  ///< `count`, and nothing else is readable
    bool repeated;       ///< the same values and x as the last one had, in another y
};

/// Each pixel of the plan's `at` comes exactly once; whole rows unless the plan is transposed.
typedef void (*ib_scale_sink)(void *context, const struct ib_scale_row *row);

/// What ib_scale_run needs of scratch memory for this.
size_t ib_scale_scratch_bytes(const struct ib_scale_plan *plan,
                              const struct ib_scale_source *source);

/// Owns:   borrows everything. `sink` must not write to the source.
/// Return: IB_OK, or IB_E_NO_SPACE when `scratch_bytes` is too little.
/// Cost:   one pass over the rows that are seen.
int ib_scale_run(const struct ib_scale_plan *plan, const struct ib_scale_source *source,
                 enum ib_vectors vectors, void *scratch, size_t scratch_bytes, ib_scale_sink sink,
                 void *context);

#ifdef __cplusplus
}
#endif

#endif
