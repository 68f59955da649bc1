/// Drawing one picture onto another: scaled, mirrored, turned, through palettes, blended.
///
/// Source: OpenMV firmware 5.0, observed behaviour of Image.draw_image(): the same pixels come out for
///         BINARY, GREY and RGB565. RGB888 follows the same rules with eight bits in each channel.
#ifndef IB_IMAGE_DRAW_IMAGE_H
#define IB_IMAGE_DRAW_IMAGE_H

#include "image/scale.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Begin with ib_draw_plain() and change what shall be different.
struct ib_draw {
    struct ib_scale scale;
    int rgb_channel; ///< 0 red, 1 green, 2 blue as grey; -1: colours stay (no effect on grey)
    int alpha;       ///< 0 nothing is seen, 255 nothing shines through
    const uint16_t *palette_rgb565; ///< 256 colours for brightnesses, or NULL
    const uint8_t *palette_rgb888;  ///< the same, 768 bytes. With both, each format takes its own
    const uint8_t *alpha_palette;   ///< 256 alphas for brightnesses (times `alpha`), or NULL
    const struct ib_image *mask; ///< where its pixels are bright; beyond its edges nothing is drawn
    enum ib_vectors vectors;
};

static inline struct ib_draw ib_draw_plain(void) {
    struct ib_draw draw;
    draw.scale.x = draw.scale.y = 0;
    draw.scale.x_scale = draw.scale.y_scale = 1;
    draw.scale.roi.x = draw.scale.roi.y = draw.scale.roi.w = draw.scale.roi.h = 0;
    draw.scale.hints = 0;
    draw.rgb_channel = -1;
    draw.alpha = 255;
    draw.palette_rgb565 = NULL;
    draw.palette_rgb888 = NULL;
    draw.alpha_palette = NULL;
    draw.mask = NULL;
    draw.vectors = IB_VECTORS_BEST;
    return draw;
}

/// Shape:  BINARY, GREY, RGB565 and RGB888 onto each other; GREY16 only onto GREY16, and without
///         palettes, mask brightness or channel. Drawing a picture onto itself, or onto another part
///         of the memory that it lies in, is legal: its pixels are copied to scratch memory first
///         (ib_draw_image_scratch_bytes says so much more).
/// Owns:   borrows everything; the palettes, the mask and the scratch memory must not be part of
///         `dst`.
/// Return: 1, or 0 when nothing was to be drawn.
/// Errors: what ib_scale_plan finds; IB_E_RANGE for alpha or rgb_channel; IB_E_UNSUPPORTED for
///         formats that do not go together; IB_E_NO_SPACE for too little scratch memory. Nothing is
///         drawn then.
/// Cost:   160x120 grey to 800x480 RGB565, bilinear, through a palette: well under a millisecond.
///
/// Where OpenMV's behaviour is not pinned by anything, this is what happens: BINARY is interpolated
/// as 0 and 255 and becomes bits again before anything else; onto BINARY, both sides of a blend are 0
/// or 255 and more than 127 is set; AREA with factors that are no whole numbers weighs by coverage in
/// 256ths; with rgb_channel and PALETTE_FIRST the channel indexes the palette.
int ib_draw_image(const struct ib_image *dst, const struct ib_image *src,
                  const struct ib_draw *draw, void *scratch, size_t scratch_bytes);

/// Return: how much scratch memory ib_draw_image needs for the same arguments, or its error.
int64_t ib_draw_image_scratch_bytes(const struct ib_image *dst, const struct ib_image *src,
                                    const struct ib_draw *draw);

#ifdef __cplusplus
}
#endif

#endif
