/// The font's bitmaps. Private to image: callers use ib_font_glyph.
#ifndef IB_IMAGE_FONT_TABLES_H
#define IB_IMAGE_FONT_TABLES_H

#include <stdint.h>

#include "image/font.h"

#define IB_FONT_ASCII 95 ///< from the space on
#define IB_FONT_EXTRAS 3

struct ib_font_extra {
    uint8_t code;
    uint8_t rows[IB_FONT_HEIGHT];
};

extern const uint8_t ib_font_ascii[IB_FONT_ASCII][IB_FONT_HEIGHT];
extern const struct ib_font_extra ib_font_extras[IB_FONT_EXTRAS];

#endif
