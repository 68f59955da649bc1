/// Palettes: 256 colours from cold to hot, by name.
///
/// A palette is a few anchor colours; whoever draws with one has it filled into storage of its own,
/// as three bytes a colour or as RGB565.
#ifndef IB_IMAGE_PALETTE_H
#define IB_IMAGE_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PALETTE_COLOURS 256

struct ib_palette_anchor {
    uint8_t at; ///< the index that has exactly this colour
    uint8_t red, green, blue;
};

struct ib_palette {
    const char *name;  ///< what files, options and scripts call it: "ironbow"
    const char *title; ///< what people read: "Ironbow"
    const struct ib_palette_anchor
        *anchors; ///< the first at 0, the last at 255; NULL: a hue circle
    size_t count;
    bool
        exact; ///< a table of another camera, kept to the bit; not for lists that people choose from
};

/// How many palettes there are, and each by its place: the ironbow of the viewer is at 0.
size_t ib_palette_count(void);
const struct ib_palette *ib_palette_at(size_t index);

/// Return: NULL when there is none of that name.
const struct ib_palette *ib_palette_find(const char *name);

/// Shape:  256 times red, green, blue: 768 bytes.
/// Cost:   some microseconds.
void ib_palette_fill_rgb888(const struct ib_palette *self, uint8_t *out);

/// The same colours, each channel rounded to the nearest of 5, 6 and 5 bits.
/// Shape:  256 colours.
/// Source: "openmv-rainbow" and "openmv-ironbow" are OpenMV's PALETTE_RAINBOW and PALETTE_IRONBOW
///         bit for bit (firmware 5.0).
void ib_palette_fill_rgb565(const struct ib_palette *self, uint16_t *out);

#ifdef __cplusplus
}
#endif

#endif
