/// A bitmap font of 8 x 10 pixels: ASCII 32..126 and the signs that measurements need.
///
/// Columns count from the left (0..7), rows from the top (0..9). Capitals stand on row 7 and begin
/// at row 2; every glyph's ink lies in the box that OpenMV's font has, so that proportional text is
/// as wide as there.
#ifndef IB_IMAGE_FONT_H
#define IB_IMAGE_FONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_FONT_WIDTH 8
#define IB_FONT_HEIGHT 10

/// The glyph of a Unicode code point: IB_FONT_HEIGHT rows, column 0 in the highest bit.
/// Owns:   constant; NULL when the font has none. It has 32..126, U+00B0 (degree), U+00B1
///         (plus-minus), U+00B5 and U+03BC (micro).
const uint8_t *ib_font_glyph(uint32_t code);

/// Where a glyph's ink is, all ends included.
struct ib_ink {
    int32_t first_column, last_column, first_row, last_row;
};

/// Return: false for a glyph without ink (the space); *out is then untouched.
bool ib_font_ink(struct ib_ink *out, const uint8_t *glyph);

/// The next code point of a text in UTF-8. A byte that is not part of well-formed UTF-8 stands for
/// itself, so Latin-1's degree sign works too. *at moves on; it must be below size.
uint32_t ib_font_next(const char *text, size_t size, size_t *at);

#ifdef __cplusplus
}
#endif

#endif
