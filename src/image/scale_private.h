/// The inside of scaling: tables, planes, and the functions that work along a row.
#ifndef IB_IMAGE_SCALE_PRIVATE_H
#define IB_IMAGE_SCALE_PRIVATE_H

#include "image/scale.h"
#include "image/scratch.h"

#define IB_PLANES 3

/// For each pixel of a scaled row where its neighbours are, in a row of columns that has been scaled
/// vertically. All arrays are readable up to the next multiple of 64 pixels.
struct ib_taps {
    int32_t count;
    uint16_t *first;   ///< the first of its 1, 2 or 4 columns
    uint8_t *fraction; ///< linear: how far on to the second, 256ths
    int16_t *near;     ///< cubic: pairs of d and d*d >> 15; d counts 32768ths
    int16_t *far;      ///< cubic: pairs of d*d*d >> 30 and -32768
    // For vectors: pixels come in blocks, a block's columns lie within a window.
    uint16_t *base;    ///< a block's first column
    uint8_t *relative; ///< `first` less `base`
    bool windowed;     ///< whether every block does fit into the window
};

/// Functions along a row, in one flavour of instructions. `count` may be rounded up to whole vectors
/// in what is written to scratch memory, never in what is read from a picture.
struct ib_scale_kernels {
    int linear_block, linear_window; ///< pixels; columns that a block may span
    int cubic_block, cubic_window;
    /// A column between two rows: (a * (256 - fraction) + b * fraction + 128) >> 8.
    void (*vertical_linear)(uint8_t *out, const uint8_t *a, const uint8_t *b, int fraction,
                            int32_t count);
    /// The same along the row.
    void (*linear)(uint8_t *out, const uint8_t *columns, const struct ib_taps *taps);
    /// For each column the curve through four rows, between the middle ones: pairs of the factors
    /// of d and d*d, pairs of that of d*d*d and -2 times the second row.
    void (*vertical_curves)(int16_t *near, int16_t *far, const uint8_t *const rows[4],
                            int32_t count);
    /// The curves at weights d, d*d, d*d*d, not clamped.
    void (*vertical_cubic)(int16_t *out, const int16_t *near, const int16_t *far,
                           const int16_t weights[3], int32_t count);
    /// The same curves, through each four neighbouring columns.
    void (*curves)(int16_t *near, int16_t *far, const int16_t *columns, int32_t count);
    /// The curves at each pixel: clamped to 0..largest.
    void (*cubic)(uint8_t *out, const int16_t *near, const int16_t *far, const struct ib_taps *taps,
                  int largest);
    void (*nearest8)(uint8_t *out, const uint8_t *row, const struct ib_taps *taps);
    /// RGB565 to its channels' 5, 6 and 5 bits, and back.
    void (*split565)(uint8_t *const out[IB_PLANES], const uint16_t *row, int32_t count);
    void (*join565)(uint16_t *out, uint8_t *const planes[IB_PLANES], int32_t count);
};

extern const struct ib_scale_kernels ib_scale_portable;
#if defined(__x86_64__)
extern const struct ib_scale_kernels ib_scale_avx2;
extern const struct ib_scale_kernels ib_scale_vbmi;
#endif

/// The source's rows as scaling wants them, the newest four kept.
struct ib_scale_rows {
    const struct ib_scale_source *source;
    const struct ib_scale_kernels *kernels;
    enum ib_pixels values;
    int32_t from, count; ///< columns
    uint8_t *packed;     ///< a row in `values`; NULL: the picture's own will do
    int32_t packed_y;    ///< which it is, -1 none
    uint8_t *planes[4][IB_PLANES];
    int32_t planes_y[4];
};

/// Take what is needed for columns from..from+count-1; `split` when planes will be asked for.
void ib_scale_rows_init(struct ib_scale_rows *self, const struct ib_scale_source *source,
                        int32_t from, int32_t count, bool split, struct ib_scratch *scratch);

/// Row y, its pixels one after the other, beginning with column `from`: where it lies, nothing behind
/// it being readable.
const uint8_t *ib_scale_rows_lying(struct ib_scale_rows *self, int32_t y);

/// The same, readable as far as vectors want.
const void *ib_scale_rows_packed(struct ib_scale_rows *self, int32_t y);

/// Row y, each channel by itself, 8 bits (of RGB565: 5, 6 and 5) or, of GREY16, 16.
void ib_scale_rows_planes(struct ib_scale_rows *self, int32_t y, const uint8_t *out[IB_PLANES]);

/// Planes of RGB888 become pixels.
void ib_scale_join888(uint8_t *out, uint8_t *const planes[IB_PLANES], int32_t count);

static inline int ib_scale_plane_count(enum ib_pixels values) {
    return values == IB_PIXELS_RGB565 || values == IB_PIXELS_RGB888 ? IB_PLANES : 1;
}

/// Linear: which bits of a fraction of 256 count. RGB565 has weights of 32nds.
static inline int ib_scale_fraction_mask(enum ib_pixels values) {
    return values == IB_PIXELS_RGB565 ? 0xF8 : 0xFF;
}

/// Everything that one run keeps.
struct ib_scale_run {
    const struct ib_scale_plan *plan;
    const struct ib_scale_kernels *kernels;
    struct ib_scale_rows rows;
    enum ib_pixels values;
    bool bits;     ///< BINARY: results become 0 or 255
    bool direct;   ///< nearest: each pixel is the one behind the last, so rows come as they are
    uint32_t size; ///< bytes of a value
    struct ib_taps taps;
    int32_t first_column; ///< where the row of columns begins, may lie before the roi
    int32_t columns;      ///< how many there are
    void *column_planes[IB_PLANES];
    void *out_planes[IB_PLANES]; ///< GREY and GREY16: the row itself
    int16_t *curves_near, *curves_far;
    int16_t *vertical_near[IB_PLANES], *vertical_far[IB_PLANES]; ///< kept while the rows stay
    int32_t vertical_rows[4];                                    ///< those rows, -1 none
    int32_t *area_ends; ///< area: begin and end of each pixel's columns, 256ths
    uint64_t *area_sums;
    uint8_t *row;        ///< where rows are made
    const uint8_t *made; ///< the one that is: `row`, or where a direct one lies
};

// One row at source position `at` (16.16) into self->row, by each method but nearest.
void ib_scale_row_linear(struct ib_scale_run *self, int32_t at);
void ib_scale_row_cubic(struct ib_scale_run *self, int32_t at);
void ib_scale_row_area(struct ib_scale_run *self, int32_t at);

// The same for GREY16, whose products need more bits.
void ib_scale_row_linear16(struct ib_scale_run *self, int32_t at);
void ib_scale_row_cubic16(struct ib_scale_run *self, int32_t at);

/// Fill self->area_ends: the columns that each pixel covers, from the first of self->rows on.
void ib_scale_area_ends(struct ib_scale_run *self);

static inline int32_t ib_scale_clamp(int32_t v, int32_t low, int32_t high) {
    return v < low ? low : v > high ? high : v;
}

#endif
