/// Pixels from one format to another, exactly as OpenMV computes them.
///
/// Source: OpenMV firmware 5.0, colour conversions of its image module, as its unit tests pin them.
#ifndef IB_IMAGE_COLOR_H
#define IB_IMAGE_COLOR_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Red, green and blue of 8 bits lose their lower bits.
static inline uint16_t ib_rgb565_of(unsigned red, unsigned green, unsigned blue) {
    return (uint16_t)((red & 0xF8) << 8 | (green & 0xFC) << 3 | blue >> 3);
}

static inline unsigned ib_rgb565_red5(uint16_t colour) {
    return colour >> 11;
}

static inline unsigned ib_rgb565_green6(uint16_t colour) {
    return colour >> 5 & 63;
}

static inline unsigned ib_rgb565_blue5(uint16_t colour) {
    return colour & 31;
}

/// 5 and 6 bits become 8 by repeating the highest ones.
static inline uint8_t ib_rgb565_red(uint16_t colour) {
    return (uint8_t)(colour >> 11 << 3 | colour >> 13);
}

static inline uint8_t ib_rgb565_green(uint16_t colour) {
    return (uint8_t)((colour >> 5 & 63) << 2 | (colour >> 9 & 3));
}

static inline uint8_t ib_rgb565_blue(uint16_t colour) {
    return (uint8_t)((colour & 31) << 3 | (colour >> 2 & 7));
}

/// Channel 0 red, 1 green, 2 blue.
static inline uint8_t ib_rgb565_channel(uint16_t colour, int channel) {
    return channel == 0   ? ib_rgb565_red(colour)
           : channel == 1 ? ib_rgb565_green(colour)
                          : ib_rgb565_blue(colour);
}

/// Brightness of 8-bit channels; the weights are 128ths.
static inline uint8_t ib_luma_of(unsigned red, unsigned green, unsigned blue) {
    return (uint8_t)((38 * red + 75 * green + 15 * blue) >> 7);
}

static inline uint8_t ib_rgb565_luma(uint16_t colour) {
    return ib_luma_of(ib_rgb565_red(colour), ib_rgb565_green(colour), ib_rgb565_blue(colour));
}

static inline uint16_t ib_rgb565_of_grey(unsigned grey) {
    return ib_rgb565_of(grey, grey, grey);
}

/// A bit as a grey value.
static inline uint8_t ib_grey_of_bit(bool bit) {
    return bit ? 255 : 0;
}

/// The brighter half becomes a set bit.
static inline bool ib_bit_of_grey(unsigned grey) {
    return grey > 127;
}

/// Pixel `x` of a row of bits.
static inline bool ib_bit_get(const uint32_t *row, int32_t x) {
    return row[x >> 5] >> (x & 31) & 1;
}

static inline void ib_bit_put(uint32_t *row, int32_t x, bool bit) {
    uint32_t mask = UINT32_C(1) << (x & 31);
    row[x >> 5] = bit ? row[x >> 5] | mask : row[x >> 5] & ~mask;
}

#ifdef __cplusplus
}
#endif

#endif
