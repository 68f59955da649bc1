/// Finding and measuring glyphs. See font.h.
#include "image/font.h"

#include "image/font_tables.h"

const uint8_t *ib_font_glyph(uint32_t code) {
    if (code >= ' ' && code < ' ' + IB_FONT_ASCII)
        return ib_font_ascii[code - ' '];
    if (code == 0x3BC) // the Greek letter is as often written as the sign
        code = 0xB5;
    for (unsigned i = 0; i < IB_FONT_EXTRAS; i++) {
        if (ib_font_extras[i].code == code)
            return ib_font_extras[i].rows;
    }
    return NULL;
}

bool ib_font_ink(struct ib_ink *out, const uint8_t *glyph) {
    unsigned columns = 0;
    int32_t first_row = IB_FONT_HEIGHT, last_row = -1;
    for (int32_t y = 0; y < IB_FONT_HEIGHT; y++) {
        columns |= glyph[y];
        if (glyph[y]) {
            first_row = y < first_row ? y : first_row;
            last_row = y;
        }
    }
    if (!columns)
        return false;
    int32_t first = 0, last = IB_FONT_WIDTH - 1;
    while (!(columns & (0x80u >> first)))
        first++;
    while (!(columns & (0x80u >> last)))
        last--;
    *out = (struct ib_ink){first, last, first_row, last_row};
    return true;
}

uint32_t ib_font_next(const char *text, size_t size, size_t *at) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; // of codes with so many more bytes
    const uint8_t *bytes = (const uint8_t *)text + *at;
    size_t left = size - *at, more = 0;
    uint32_t code = bytes[0];
    if (code >= 0xC2 && code < 0xE0)
        more = 1;
    else if (code >= 0xE0 && code < 0xF0)
        more = 2;
    else if (code >= 0xF0 && code < 0xF5)
        more = 3;
    (*at)++;
    if (more == 0 || more >= left)
        return code;
    uint32_t value = code & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return code;
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    if (value < least[more] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        return code;
    *at += more;
    return value;
}
