/// Text on a picture, in the font of font.h.
///
/// Source: OpenMV's documentation of image.draw_string.
#ifndef IB_IMAGE_DRAW_TEXT_H
#define IB_IMAGE_DRAW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/draw.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_TEXT_SCALE_MAX 1024

/// How text is set. Angles are held to whole quarter turns clockwise (271 and -89 count as 270).
struct ib_text_style {
    float scale;                   ///< above 0, at most IB_TEXT_SCALE_MAX
    int32_t x_spacing, y_spacing;  ///< pixels more (or less) from glyph to glyph, line to line
    bool mono;                     ///< every glyph takes 8 columns; else its ink and one
    int32_t char_rotation;         ///< of each cell around its centre
    bool char_hmirror, char_vflip; ///< of each cell, before it is turned
    int32_t string_rotation;       ///< of all around the text's origin
    bool string_hmirror;           ///< glyphs go from right to left
    bool string_vflip;             ///< lines go from bottom to top
};

/// Scale 1, mono, nothing turned.
struct ib_text_style ib_text_style_defaults(void);

/// Draw `size` bytes of UTF-8 with the first cell's top left at `at`. "\n", "\r" and "\r\n" begin a
/// new line; what the font does not have is left out. Only ink is drawn, not the cells. In
/// proportional text the first glyph's ink begins at `at`.
/// Errors: IB_E_RANGE for a scale that is not allowed; nothing is drawn.
int ib_draw_text(struct ib_image *self, struct ib_point at, const char *text, size_t size,
                 uint32_t colour, const struct ib_text_style *style);

/// The room that a text takes before its string_rotation: to the end of the longest line and to the
/// bottom of the last one's cells. A glyph's right margin counts, spacing behind the last does not.
/// Errors: as ib_draw_text; both are then 0.
int ib_text_measure(const char *text, size_t size, const struct ib_text_style *style,
                    int32_t *width_px, int32_t *height_px);

#ifdef __cplusplus
}
#endif

#endif
