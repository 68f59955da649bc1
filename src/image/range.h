/// Which 16-bit value becomes which of 256 grey levels: the range of a thermal picture.
///
/// The mapping is a list of 256 values, one for each level (or palette index): a pixel gets the
/// level whose value is nearest to its own. So what a level stands for is known (a scale bar reads
/// it off), a linear range and an equalised one are the same kind of thing, and both are smoothed in
/// time in the same way: every level's value moves a part of the way to where this frame wants it.
/// The order of the values is never lost.
///
/// Loop:    ib_range_update (look at a frame) -> ib_range_apply (map it) -> ib_range_value (scale bar)
/// Not here: palettes, temperatures.
#ifndef IB_IMAGE_RANGE_H
#define IB_IMAGE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_RANGE_LEVELS 256
#define IB_RANGE_BINS 4096

enum ib_range_mode {
    IB_RANGE_FIXED,      ///< low .. high as given
    IB_RANGE_MIN_MAX,    ///< the frame's extremes
    IB_RANGE_PERCENTILE, ///< what low_permille and high_permille of the pixels do not exceed
    IB_RANGE_EQUALISED,  ///< each level for about as many pixels, between those two percentiles
};

/// Zero is a choice only where said; start from ib_range_defaults.
struct ib_range_options {
    enum ib_range_mode mode;
    uint16_t low, high; ///< counts; FIXED: levels 0 and 255, in either order; equal: a threshold
    uint16_t low_permille, high_permille; ///< PERCENTILE, EQUALISED: 0 and 1000 are the extremes
    /// Automatic modes: a range narrower than this, in counts, is widened around its middle, so that
    /// the noise of an even scene is not blown up to full contrast. 0 and 1: only a flat frame.
    uint16_t least_span;
    /// EQUALISED: no value counts for more than this many tenths of the average over the span, so
    /// a large even background cannot take all levels (the plateau). At least 10; 10 is nearly
    /// linear, 65535 no limit.
    uint16_t plateau_tenths;
    /// EQUALISED: this part of the contrast is spread evenly over the whole span, so that rare
    /// values stay distinct. 0..1000.
    uint16_t linear_permille;
    /// Automatic modes: after so many frames 63 % of a change has been followed. 0 and 1: at once.
    uint16_t time_constant_frames;
};

struct ib_range {
    struct ib_range_options options;
    bool locked;
    bool primed;                      ///< `levels` hold a mapping
    uint32_t levels[IB_RANGE_LEVELS]; ///< counts * 65536, never falling
};

/// Scratch memory of update and apply; nothing in it lasts.
struct ib_range_scratch {
    uint32_t counts[IB_RANGE_BINS];
    uint8_t table[4 * IB_RANGE_BINS];
};

/// Min-max, followed at once; for the other modes 1 % to 99 %, plateau 4.0, a tenth linear; least
/// span 100 counts (1 K of a TLinear frame).
struct ib_range_options ib_range_defaults(void);

/// Errors: IB_E_RANGE when a number is out of its bounds, or the percentiles are not in order;
///         self is then untouched.
int ib_range_init(struct ib_range *self, const struct ib_range_options *options);
/// New options. The present mapping stays and moves from there; FIXED replaces it at once, also
/// while it is locked.
/// Errors: as ib_range_init.
int ib_range_set(struct ib_range *self, const struct ib_range_options *options);
/// Forget the past, for instance after a gain switch: the next update takes its frame's range at
/// once. A lock ends.
void ib_range_reset(struct ib_range *self);
/// Freeze the present mapping, or let it go on. Before the first update there is nothing to freeze:
/// the lock then takes hold after it.
void ib_range_lock(struct ib_range *self, bool locked);

/// Let the mapping follow a frame.
/// Owns:   borrows all.
/// Errors: IB_E_UNSUPPORTED when it is not GREY16, IB_E_INVAL when it has no pixel.
/// Cost:   160 x 120: 3 us with AVX2 (else 15), percentiles 12, equalised 15 to 25.
/// Detail: percentiles and equalisation see the values in bins: 4096 of them over the frame's span,
///         of one count each when the span is below 4096 counts.
int ib_range_update(struct ib_range *self, const struct ib_image *frame,
                    struct ib_range_scratch *scratch);

/// Map a GREY16 picture to a GREY one of the same size. Before the first update (and not FIXED)
/// every pixel becomes 0.
/// Errors: IB_E_UNSUPPORTED for other formats, IB_E_INVAL when the sizes differ.
/// Cost:   160 x 120: 13 us, up to 30 when the range is wider than 16384 counts.
int ib_range_apply(const struct ib_range *self, const struct ib_image *frame, struct ib_image *out,
                   struct ib_range_scratch *scratch);

/// The value that a level stands for, in counts, rounded to the nearest.
uint16_t ib_range_value(const struct ib_range *self, uint8_t level);
/// The level of one value: what apply writes. Halfway between two levels: the upper one; of equal
/// levels the highest.
uint8_t ib_range_level(const struct ib_range *self, uint16_t value);

#ifdef __cplusplus
}
#endif

#endif
