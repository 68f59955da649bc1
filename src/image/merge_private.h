/// The inside of draw_image: scaled rows become pixels of the destination.
#ifndef IB_IMAGE_MERGE_PRIVATE_H
#define IB_IMAGE_MERGE_PRIVATE_H

#include "image/draw_image.h"
#include "image/scratch.h"

/// A colour of RGB565 with its channels apart, so that all three are multiplied at once: green in the
/// upper half, red and blue in the lower, room for five more bits above each.
#define IB_SPREAD_MASK 0x07E0F81Fu

static inline uint32_t ib_spread(uint16_t colour) {
    return (colour | (uint32_t)colour << 16) & IB_SPREAD_MASK;
}

/// For each brightness: colour times alpha, spread; and what the destination's colour is
/// multiplied with.
struct ib_merge_blend {
    uint32_t colour;
    uint32_t rest;
};

/// What all look-ups of one draw need; in scratch memory. Which parts are filled depends on the
/// destination's format.
struct ib_merge_tables {
    uint8_t grey[256];    ///< GREY, BINARY
    uint16_t rgb565[256]; ///< RGB565
    uint32_t rgb888[256]; ///< RGB888: red in the lowest byte
    uint16_t alpha[256];  ///< 0..256, for RGB565 0..32
    struct ib_merge_blend blend565[256];
    // The same by bytes, for vectors that look up bytes.
    uint8_t low[256], high[256], third[256]; ///< RGB565: low and high byte; RGB888: channels
    uint8_t alpha8[256], rest8[256];         ///< RGB565: 0..32
};

/// Functions over `count` pixels, in one flavour of instructions. They read and write no more than
/// those.
struct ib_merge_kernels {
    void (*look_up_grey)(uint8_t *out, const uint8_t *indices, const struct ib_merge_tables *tables,
                         int32_t count);
    void (*look_up_rgb565)(uint16_t *out, const uint8_t *indices,
                           const struct ib_merge_tables *tables, int32_t count);
    void (*look_up_rgb888)(uint8_t *out, const uint8_t *indices,
                           const struct ib_merge_tables *tables, int32_t count);
    void (*blend_rgb565)(uint16_t *out, const uint8_t *indices,
                         const struct ib_merge_tables *tables, int32_t count);
    void (*luma_rgb565)(uint8_t *out, const uint16_t *colours, int32_t count);
    /// Each word from 32 greys: those over 127 set their bit.
    void (*bits_of_greys)(uint32_t *out, const uint8_t *greys, int32_t words);
    // With an alpha for each pixel; see ib_merge_blend_row.
    void (*blend_grey)(uint8_t *out, const uint8_t *colours, const uint16_t *alphas, bool black,
                       int32_t count);
    void (*blend_colours565)(uint16_t *out, const uint16_t *colours, const uint16_t *alphas,
                             bool black, int32_t count);
};

extern const struct ib_merge_kernels ib_merge_portable;
#if defined(__x86_64__)
extern const struct ib_merge_kernels ib_merge_avx2;
extern const struct ib_merge_kernels ib_merge_vbmi;
#endif

struct ib_merge {
    const struct ib_image *dst;
    const struct ib_image *mask;
    const struct ib_merge_kernels *kernels;
    enum ib_pixels values; ///< what rows come in
    int channel;           ///< of colour rows, taken here; -1 none
    bool indexed;          ///< pixels are looked up by brightness (grey, palette, channel)
    bool palette;          ///< a brightness has a colour other than itself
    bool opaque;           ///< nothing of the destination shines through
    bool black;            ///< it is taken as black
    bool alpha_by_index;
    uint16_t alpha; ///< of all pixels: 0..256, for RGB565 0..32
    int32_t last_y; ///< the row written last
    struct ib_merge_tables *tables;
    uint8_t *indices; ///< a row of brightnesses
    uint8_t *colours; ///< a row in the destination's format; for BINARY bytes of 0 and 255
    uint16_t *alphas; ///< of a row; all `alpha` unless by index
};

/// Set up for `draw`; rows of at most `width_px`. Takes scratch memory; fills its tables unless
/// there is none yet.
void ib_merge_init(struct ib_merge *self, const struct ib_image *dst, const struct ib_draw *draw,
                   enum ib_pixels values, int channel, bool palette, int32_t width_px,
                   struct ib_scratch *scratch);

/// An ib_scale_sink.
void ib_merge_row(void *context, const struct ib_scale_row *row);

// Rows of one format into another, 8-bit greys standing for BINARY. Blending is
// (colour * alpha + old * (whole - alpha)) / whole, the second term left out when `black`.
void ib_merge_convert(const struct ib_merge_kernels *kernels, uint8_t *out, enum ib_pixels to,
                      const uint8_t *values, enum ib_pixels from, int32_t count);
void ib_merge_blend_row(const struct ib_merge *self, uint8_t *out, int32_t x, int32_t count);

/// Write `count` bits at x, set where `greys` are bright.
void ib_merge_put_bits(const struct ib_merge_kernels *kernels, uint32_t *row, int32_t x,
                       const uint8_t *greys, int32_t count);

#endif
