/// Values of levels: from a frame, in time, and applied. See range.h.
#include "image/range.h"

#include <string.h>

#include "core/status.h"
#include "image/statistics16.h"

#define ONE 65536u ///< a count in a level's fixed point
#define TOP (IB_RANGE_LEVELS - 1)
#define HIGHEST (65535u * ONE)
#define TABLE (4 * IB_RANGE_BINS)

/// What of the frame is to be mapped, and its counts in bins of 1 << shift values from `min` on.
struct view {
    uint32_t low, high; ///< counts
    uint32_t min, max;  ///< the frame's extremes
    uint32_t shift;
    uint32_t pixels;
};

struct ib_range_options ib_range_defaults(void) {
    return (struct ib_range_options){
        .mode = IB_RANGE_MIN_MAX,
        .high = UINT16_MAX,
        .low_permille = 10,
        .high_permille = 990,
        .least_span = 100,
        .plateau_tenths = 40,
        .linear_permille = 100,
    };
}

static bool valid(const struct ib_range_options *o) {
    return (unsigned)o->mode <= IB_RANGE_EQUALISED && o->low_permille <= o->high_permille &&
           o->high_permille <= 1000 && o->plateau_tenths >= 10 && o->linear_permille <= 1000;
}

/// Level values in equal steps from low to high.
static void spread(uint32_t levels[IB_RANGE_LEVELS], uint32_t low, uint32_t high) {
    for (uint32_t i = 0; i < IB_RANGE_LEVELS; i++)
        levels[i] = low * ONE + (uint32_t)((uint64_t)(high - low) * ONE * i / TOP);
}

int ib_range_init(struct ib_range *self, const struct ib_range_options *options) {
    if (!valid(options))
        return IB_E_RANGE;
    *self = (struct ib_range){.primed = false};
    return ib_range_set(self, options);
}

int ib_range_set(struct ib_range *self, const struct ib_range_options *options) {
    if (!valid(options))
        return IB_E_RANGE;
    self->options = *options;
    if (options->mode == IB_RANGE_FIXED) {
        bool swapped = options->low > options->high;
        spread(self->levels, swapped ? options->high : options->low,
               swapped ? options->low : options->high);
        self->primed = true;
    }
    return IB_OK;
}

void ib_range_reset(struct ib_range *self) {
    self->locked = false;
    self->primed = self->options.mode == IB_RANGE_FIXED;
    if (!self->primed)
        memset(self->levels, 0, sizeof self->levels);
}

void ib_range_lock(struct ib_range *self, bool locked) {
    self->locked = locked;
}

static const uint16_t *row_of(const struct ib_image *frame, int32_t y) {
    return (const uint16_t *)(const void *)ib_image_row(frame, y);
}

static void count(struct view *view, const struct ib_image *frame, uint32_t counts[IB_RANGE_BINS]) {
    uint32_t min = view->min, shift = 0;
    while ((view->max - min) >> shift >= IB_RANGE_BINS)
        shift++;
    view->shift = shift;
    memset(counts, 0, (((view->max - min) >> shift) + 1) * sizeof *counts);
    for (int32_t y = 0; y < frame->height_px; y++) {
        const uint16_t *row = row_of(frame, y);
        for (int32_t x = 0; x < frame->width_px; x++)
            counts[(row[x] - min) >> shift]++;
    }
}

/// The first bin at which as many pixels as `permille` says have been seen, at least one.
static uint32_t bin_at(const struct view *view, const uint32_t *counts, uint32_t permille) {
    uint32_t wanted = (uint32_t)(((uint64_t)view->pixels * permille + 999) / 1000);
    uint32_t bin = 0, seen = counts[0];
    wanted = wanted ? wanted : 1;
    while (seen < wanted)
        seen += counts[++bin];
    return bin;
}

static void cut_tails(struct view *view, const uint32_t *counts,
                      const struct ib_range_options *options) {
    uint32_t first = bin_at(view, counts, options->low_permille);
    uint32_t last = bin_at(view, counts, options->high_permille);
    view->low = view->min + (first << view->shift);
    uint32_t high = view->min + ((last + 1) << view->shift) - 1;
    view->high = high < view->max ? high : view->max;
}

/// part / whole as a fraction of ONE; part <= whole < 2^52, whole > 0.
static uint32_t fraction(uint64_t part, uint64_t whole) {
    if (whole >> 40) {
        part >>= 16;
        whole >>= 16;
    }
    return (uint32_t)(part * ONE / whole);
}

/// Level values such that each level has the same share of the weights of low .. high. A bin's
/// weight is its pixels up to the plateau, mixed with the same for all.
static void equalise(uint32_t levels[IB_RANGE_LEVELS], const struct view *view,
                     const uint32_t *counts, const struct ib_range_options *options) {
    uint32_t first = (view->low - view->min) >> view->shift;
    uint64_t bins = ((view->high - view->min) >> view->shift) - first + 1;
    uint64_t inside = 0, clipped = 0;
    for (uint32_t b = 0; b < bins; b++)
        inside += counts[first + b];
    uint64_t plateau = inside * options->plateau_tenths / (10 * bins);
    plateau = plateau ? plateau : 1;
    for (uint32_t b = 0; b < bins; b++)
        clipped += counts[first + b] < plateau ? counts[first + b] : plateau;

    uint64_t own = (1000u - options->linear_permille) * bins; // of a pixel
    uint64_t even = options->linear_permille * clipped;       // of every bin
    uint64_t total = 1000 * bins * clipped, sum = 0;          // below 2^51
    uint32_t low = view->low * ONE, high = view->high * ONE, i = 1;
    for (uint32_t b = 0; b < bins; b++) {
        uint64_t pixels = counts[first + b] < plateau ? counts[first + b] : plateau;
        uint64_t weight = pixels * own + even;
        for (; i < TOP && total * i / TOP <= sum + weight; i++) {
            uint64_t within = (uint64_t)fraction(total * i / TOP - sum, weight) << view->shift;
            // A bin reaches half a count to both sides of its values.
            uint64_t value = low + ((uint64_t)b << view->shift) * ONE + within;
            value = value > low + ONE / 2 ? value - ONE / 2 : low;
            levels[i] = value < high ? (uint32_t)value : high;
        }
        sum += weight;
    }
    levels[0] = low;
    for (; i <= TOP; i++)
        levels[i] = high;
}

/// Stretch around the middle until `least` counts lie between the ends; moved where it would leave
/// what 16 bits can say.
static void widen(uint32_t levels[IB_RANGE_LEVELS], uint32_t least) {
    int64_t low = levels[0], span = (levels[TOP] - levels[0]) / ONE; // the ends are whole counts
    int64_t wanted = least ? least : 1;                              // a flat frame lands somewhere
    if (span >= wanted)
        return;
    int64_t start = low - (wanted - span) * ONE / 2, last = HIGHEST - wanted * ONE;
    start = start < 0 ? 0 : start > last ? last : start;
    for (uint32_t i = 0; i <= TOP; i++) {
        int64_t place = span ? (levels[i] - low) * wanted / span : wanted * ONE * i / TOP;
        levels[i] = (uint32_t)(start + place);
    }
}

int ib_range_update(struct ib_range *self, const struct ib_image *frame,
                    struct ib_range_scratch *scratch) {
    const struct ib_range_options *options = &self->options;
    if (frame->format != IB_PIXELS_GREY16)
        return IB_E_UNSUPPORTED;
    if (frame->width_px < 1 || frame->height_px < 1)
        return IB_E_INVAL;
    if (options->mode == IB_RANGE_FIXED || (self->locked && self->primed))
        return IB_OK;

    uint32_t wanted[IB_RANGE_LEVELS];
    struct ib_statistics16 whole;
    ib_statistics16(&whole, frame, (struct ib_rect){0, 0, frame->width_px, frame->height_px});
    struct view view = {whole.min, whole.max, whole.min, whole.max, 0, whole.count};
    if (options->mode != IB_RANGE_MIN_MAX) {
        count(&view, frame, scratch->counts);
        cut_tails(&view, scratch->counts, options);
    }
    if (options->mode == IB_RANGE_EQUALISED)
        equalise(wanted, &view, scratch->counts, options);
    else
        spread(wanted, view.low, view.high);
    widen(wanted, options->least_span);

    int64_t frames =
        self->primed && options->time_constant_frames ? options->time_constant_frames : 1;
    for (uint32_t i = 0; i <= TOP; i++)
        self->levels[i] += (uint32_t)(((int64_t)wanted[i] - self->levels[i]) / frames);
    self->primed = true;
    return IB_OK;
}

/// limits[i]: the smallest value that gets more than level i. Never falling.
static uint32_t limit(const struct ib_range *self, uint32_t i) {
    uint64_t twice = (uint64_t)self->levels[i] + self->levels[i + 1];
    return (uint32_t)((twice + 2 * ONE - 1) / (2 * ONE));
}

/// Fill table[c] with the level of value base + (c << shift), up to `top`'s.
static void fill_table(uint8_t *table, const uint16_t limits[TOP], uint32_t base, uint32_t top,
                       uint32_t shift) {
    uint32_t level = 0;
    for (uint32_t c = 0; c <= (top - base) >> shift; c++) {
        while (level < TOP && base + (c << shift) >= limits[level])
            level++;
        table[c] = (uint8_t)level;
    }
}

/// A table and what it was made from.
struct lookup {
    const uint8_t *table;
    const uint16_t *limits;
    uint32_t base, top, shift;
};

static void map_row(const struct lookup *self, uint8_t *to, const uint16_t *row, int32_t count) {
    const uint8_t *table = self->table;
    uint32_t base = self->base, top = self->top, shift = self->shift;
    for (int32_t x = 0; shift == 0 && x < count; x++) {
        uint32_t value = row[x] < base ? base : row[x];
        to[x] = table[(value < top ? value : top) - base];
    }
    for (int32_t x = 0; shift != 0 && x < count; x++) {
        uint32_t value = row[x] < base ? base : row[x];
        value = value < top ? value : top;
        uint32_t level = table[(value - base) >> shift];
        while (level < TOP && value >= self->limits[level])
            level++; // the cell held several values
        to[x] = (uint8_t)level;
    }
}

int ib_range_apply(const struct ib_range *self, const struct ib_image *frame, struct ib_image *out,
                   struct ib_range_scratch *scratch) {
    if (frame->format != IB_PIXELS_GREY16 || out->format != IB_PIXELS_GREY)
        return IB_E_UNSUPPORTED;
    if (frame->width_px != out->width_px || frame->height_px != out->height_px)
        return IB_E_INVAL;
    uint16_t limits[TOP];
    for (uint32_t i = 0; i < TOP; i++)
        limits[i] = (uint16_t)limit(self, i);
    // From the last value of level 0 to the first one of the highest level.
    uint32_t base = limits[0] ? limits[0] - 1u : 0, top = limits[TOP - 1], shift = 0;
    while ((top - base) >> shift >= TABLE)
        shift++;
    fill_table(scratch->table, limits, base, top, shift);
    struct lookup lookup = {scratch->table, limits, base, top, shift};
    for (int32_t y = 0; self->primed && y < frame->height_px; y++)
        map_row(&lookup, ib_image_row(out, y), row_of(frame, y), frame->width_px);
    for (int32_t y = 0; !self->primed && y < out->height_px; y++)
        memset(ib_image_row(out, y), 0, (size_t)out->width_px);
    return IB_OK;
}

uint16_t ib_range_value(const struct ib_range *self, uint8_t level) {
    return (uint16_t)(((uint64_t)self->levels[level] + ONE / 2) / ONE);
}

uint8_t ib_range_level(const struct ib_range *self, uint16_t value) {
    uint32_t from = 0, to = TOP; // the level lies in from..to
    if (!self->primed)
        return 0;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (value >= limit(self, middle))
            from = middle + 1;
        else
            to = middle;
    }
    return (uint8_t)from;
}
