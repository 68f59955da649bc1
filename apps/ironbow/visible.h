/// Frames made visible: 16-bit pixels to a coloured RGB888 picture, and that to a JPEG.
///
/// One of these a style: it carries the smoothed range from frame to frame. What a viewer, a film's
/// visible track and a snapshot show is made here and nowhere else.
#ifndef IB_APP_VISIBLE_H
#define IB_APP_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "image/image.h"
#include "image/range.h"

#define IB_APP_VISIBLE_MAX_PX 1280 ///< each way

struct ib_app_visible_style {
    const char *palette; ///< by name; kept
    int32_t width_px;    ///< of the picture, multiples of 16
    int32_t height_px;
    bool still; ///< each frame has a range of its own; else it follows smoothly
    enum ib_range_mode range;
    int32_t low; ///< FIXED: the first and the last colour, in the frame's pixel values
    int32_t high;
    bool has_isotherm; ///< what lies in a band of values has one colour, FIXED or not
    uint16_t isotherm_low, isotherm_high; ///< both in it
    uint32_t isotherm_rgb;                ///< 0xRRGGBB
    int quality;                          ///< of the JPEG, 1..100
};

/// 640x480 in ironbow with the frame's own range, quality 85.
extern const struct ib_app_visible_style ib_app_visible_default;

struct ib_app_visible;

/// Errors: IB_E_NOT_FOUND (palette), IB_E_RANGE (size, quality), IB_E_NO_SPACE.
int ib_app_visible_open(struct ib_app_visible **out, const struct ib_app_visible_style *style);
void ib_app_visible_close(struct ib_app_visible *self);

/// Owns:   the picture stays `self`'s, valid until the next call. NULL: too little memory.
const struct ib_image *ib_app_visible_picture(struct ib_app_visible *self,
                                              const struct ib_frame *frame);

/// Which value each colour stands for in the last picture. Borrowed.
const struct ib_range *ib_app_visible_range(const struct ib_app_visible *self);

/// The same as a baseline JPEG, 4:2:0 with standard Huffman tables. A frame that was encoded last
/// (the same `sequence`) is not encoded again.
/// Owns:   `*bytes` stays `self`'s, valid until the next call.
/// Errors: IB_E_NO_SPACE.
int ib_app_visible_jpeg(struct ib_app_visible *self, const struct ib_frame *frame,
                        const uint8_t **bytes, size_t *size);

#endif
