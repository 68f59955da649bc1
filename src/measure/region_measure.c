/// What the pixels of a region say.
///
/// A correction rises with the pixel, so minimum, maximum and median are found among the pixels as
/// they are and only then become temperatures; the mean is that of the temperatures.
#include <string.h>

#include "core/status.h"
#include "measure/region.h"

#define COUNTS_MOST 16383 ///< of a 14-bit converter

// ---- passes over the pixels ----

/// Called for each stretch of pixels of one row.
typedef void (*take)(void *context, const uint16_t *pixels, int32_t count, int32_t x, int32_t y);

static void each_on_line(const struct ib_region *self, const struct ib_frame *frame, take call,
                         void *context) {
    struct ib_region_walk walk;
    ib_region_walk_begin(&walk, self);
    do {
        if (walk.at.x < frame->width_px && walk.at.y < frame->height_px)
            call(context, frame->pixels + (size_t)walk.at.y * frame->width_px + walk.at.x, 1,
                 walk.at.x, walk.at.y);
    } while (ib_region_walk_next(&walk));
}

static void each(const struct ib_region *self, const struct ib_frame *frame, take call,
                 void *context) {
    if (self->shape == IB_SHAPE_LINE) {
        each_on_line(self, frame, call, context);
        return;
    }
    struct ib_rect rows = ib_rect_clip(ib_region_bounds(self), frame->width_px, frame->height_px);
    for (int32_t y = rows.y; y < rows.y + rows.h; y++) {
        struct ib_region_span spans[IB_REGION_SPANS];
        unsigned count = ib_region_row(self, y, spans);
        const uint16_t *row = frame->pixels + (size_t)y * frame->width_px;
        for (unsigned i = 0; i < count; i++) {
            int32_t x = spans[i].x < 0 ? 0 : spans[i].x;
            int32_t end = spans[i].end > frame->width_px ? frame->width_px : spans[i].end;
            if (x < end)
                call(context, row + x, end - x, x, y);
        }
    }
}

struct tally {
    const struct ib_correction *correction; ///< NULL: counts
    uint16_t first, last;                   ///< what has a value
    uint16_t floor, ceiling;                ///< at or beyond: the end of what the sensor can say
    uint32_t count, impossible, saturated;
    uint16_t min, max;
    struct ib_region_point min_at, max_at;
    uint64_t sum;
    double sum_k;
};

static void tally(void *context, const uint16_t *pixels, int32_t count, int32_t x, int32_t y) {
    struct tally *self = context;
    bool exact = self->correction && !self->correction->identity;
    self->count += (uint32_t)count;
    for (int32_t i = 0; i < count; i++) {
        uint16_t pixel = pixels[i];
        self->saturated += pixel <= self->floor || pixel >= self->ceiling;
        if (pixel < self->first || pixel > self->last) {
            self->impossible++;
            continue;
        }
        struct ib_region_point at = {(int16_t)(x + i), (int16_t)y};
        bool any = self->count - (uint32_t)(count - i) > self->impossible;
        if (!any || pixel < self->min) {
            self->min = pixel;
            self->min_at = at;
        }
        if (!any || pixel > self->max) {
            self->max = pixel;
            self->max_at = at;
        }
        self->sum += pixel;
        double kelvin;
        if (exact && ib_correction_k(self->correction, pixel, &kelvin) == IB_OK)
            self->sum_k += kelvin;
    }
}

/// The pixel of a rank in two passes: which 256 neighbours, then which of them.
struct ranking {
    uint16_t first, last;
    bool fine;
    uint8_t high; ///< fine: of these neighbours
    uint32_t bins[256];
};

static void rank_pixels(void *context, const uint16_t *pixels, int32_t count, int32_t x,
                        int32_t y) {
    struct ranking *self = context;
    (void)x;
    (void)y;
    for (int32_t i = 0; i < count; i++) {
        uint16_t pixel = pixels[i];
        if (pixel < self->first || pixel > self->last)
            continue;
        if (!self->fine)
            self->bins[pixel >> 8]++;
        else if (pixel >> 8 == self->high)
            self->bins[pixel & 255]++;
    }
}

/// The bin that holds a rank; the rank within it is left in *rank.
static uint8_t bin_of(const struct ranking *self, uint32_t *rank) {
    unsigned bin = 0;
    while (bin < 255 && *rank >= self->bins[bin])
        *rank -= self->bins[bin++];
    return (uint8_t)bin;
}

static uint16_t pixel_of_rank(const struct ib_region *self, const struct ib_frame *frame,
                              const struct tally *tallied, uint32_t rank) {
    struct ranking ranking = {.first = tallied->first, .last = tallied->last};
    each(self, frame, rank_pixels, &ranking);
    ranking.high = bin_of(&ranking, &rank);
    ranking.fine = true;
    memset(ranking.bins, 0, sizeof ranking.bins);
    each(self, frame, rank_pixels, &ranking);
    return (uint16_t)(ranking.high << 8 | bin_of(&ranking, &rank));
}

// ---- a region ----

static double value_of(const struct ib_correction *correction, uint16_t pixel) {
    double kelvin = 0;
    if (!correction)
        return pixel;
    ib_correction_k(correction, pixel, &kelvin); // within first..last: it has one
    return kelvin;
}

static uint32_t frame_flags(const struct ib_region *self, const struct ib_frame *frame) {
    struct ib_rect bounds = ib_region_bounds(self);
    struct ib_rect inside = ib_rect_clip(bounds, frame->width_px, frame->height_px);
    uint32_t flags = 0;
    if (bounds.w != inside.w || bounds.h != inside.h)
        flags |= IB_READING_CLIPPED;
    if (frame->flags & IB_FRAME_FFC)
        flags |= IB_READING_FFC;
    if (frame->flags & IB_FRAME_AFTER_GAP)
        flags |= IB_READING_AFTER_GAP;
    return flags;
}

static void set_values(struct ib_reading *out, const struct ib_region *self,
                       const struct ib_frame *frame, const struct tally *tallied) {
    const struct ib_correction *correction = tallied->correction;
    uint32_t good = tallied->count - tallied->impossible;
    out->value[IB_STAT_MIN] = value_of(correction, tallied->min);
    out->value[IB_STAT_MAX] = value_of(correction, tallied->max);
    if (!correction)
        out->value[IB_STAT_MEAN] = (double)tallied->sum / good;
    else if (correction->identity)
        out->value[IB_STAT_MEAN] = (double)(tallied->sum * correction->scale_ck) / good / 100;
    else
        out->value[IB_STAT_MEAN] = tallied->sum_k / good;
    double low = value_of(correction, pixel_of_rank(self, frame, tallied, (good - 1) / 2));
    double high =
        good % 2 ? low : value_of(correction, pixel_of_rank(self, frame, tallied, good / 2));
    out->value[IB_STAT_MEDIAN] = (low + high) / 2;
    out->min_at = tallied->min_at;
    out->max_at = tallied->max_at;
}

void ib_region_measure(const struct ib_region *self, const struct ib_frame *frame,
                       const struct ib_sensor *sensor, const struct ib_correction *correction,
                       struct ib_reading *out) {
    memset(out, 0, sizeof *out);
    struct tally tallied = {.correction = correction, .last = UINT16_MAX, .ceiling = UINT16_MAX};
    if (correction) {
        tallied.first = correction->first;
        tallied.last = correction->last;
    }
    if (frame->unit == IB_UNIT_COUNTS)
        tallied.ceiling = COUNTS_MOST;
    each(self, frame, tally, &tallied);
    out->flags = frame_flags(self, frame) | (correction ? 0 : (uint32_t)IB_READING_COUNTS);
    out->count_px = tallied.count;
    out->impossible_px = tallied.impossible;
    if (tallied.count == 0)
        out->flags |= IB_READING_EMPTY;
    // The grey of an AGC always spans its whole range.
    if (tallied.saturated && frame->unit != IB_UNIT_GREY8)
        out->flags |= IB_READING_SATURATED;
    if (tallied.impossible)
        out->flags |= IB_READING_IMPOSSIBLE;
    if (tallied.count == tallied.impossible)
        return;
    set_values(out, self, frame, &tallied);
    if (!correction)
        return;
    double unused;
    int high =
        ib_measure_uncertainty(correction, sensor, out->value[IB_STAT_MAX], &out->uncertainty_k);
    int low = ib_measure_uncertainty(correction, sensor, out->value[IB_STAT_MIN], &unused);
    if (high == IB_E_RANGE || low == IB_E_RANGE)
        out->flags |= IB_READING_OUT_OF_RANGE;
}

int ib_reading_k(const struct ib_reading *self, enum ib_stat stat, double *out) {
    if (self->flags & IB_READING_COUNTS)
        return IB_E_NOT_RADIOMETRIC;
    if (self->count_px == self->impossible_px)
        return IB_E_NOT_FOUND;
    *out = self->value[stat];
    return IB_OK;
}

const char *ib_reading_flag_name(unsigned flag) {
    static const char *const names[] = {"counts",       "ffc",     "after_gap", "saturated",
                                        "out_of_range", "clipped", "empty",     "impossible"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (flag == 1u << i)
            return names[i];
    }
    return NULL;
}

// ---- all of them ----

void ib_regions_init(struct ib_regions *self) {
    memset(self, 0, sizeof *self);
}

int ib_regions_find(const struct ib_regions *self, const char *name, size_t size) {
    for (unsigned i = 0; i < self->count; i++) {
        if (strlen(self->region[i].name) == size && memcmp(self->region[i].name, name, size) == 0)
            return (int)i;
    }
    return -1;
}

int ib_regions_add(struct ib_regions *self, const struct ib_region *region) {
    if (!region->name[0] || !ib_region_ok(region))
        return IB_E_INVAL;
    if (ib_regions_find(self, region->name, strlen(region->name)) >= 0)
        return IB_E_BUSY;
    if (self->count == IB_REGIONS_MOST)
        return IB_E_NO_SPACE;
    self->region[self->count] = *region;
    // Nothing has been measured there yet: no degrees.
    self->reading[self->count] = (struct ib_reading){.flags = IB_READING_EMPTY};
    self->count++;
    self->compiled = false;
    return IB_OK;
}

static void compile(struct ib_regions *self, const struct ib_sensor *sensor) {
    if (self->compiled && ib_sensor_same(sensor, &self->sensor))
        return;
    self->sensor = *sensor;
    self->compiled = true;
    for (unsigned i = 0; i < self->count; i++) {
        struct ib_object object = ib_object_with(&sensor->applied, &self->region[i].object);
        // The camera's window may leave no room for the region's reflection.
        if (object.window_reflection > 1 - object.window)
            object.window_reflection = 1 - object.window;
        if (ib_correction_compile(&self->correction[i], sensor, &object) != IB_OK)
            self->correction[i].kind = IB_PIXEL_OPAQUE;
    }
}

int ib_regions_measure(struct ib_regions *self, const struct ib_frame *frame,
                       const struct ib_rbfo *counts) {
    struct ib_sensor sensor;
    self->status = ib_sensor_of_frame(&sensor, frame, counts);
    compile(self, &sensor);
    for (unsigned i = 0; i < self->count; i++) {
        const struct ib_correction *correction = &self->correction[i];
        if (correction->kind == IB_PIXEL_OPAQUE)
            correction = NULL;
        ib_region_measure(&self->region[i], frame, &sensor, correction, &self->reading[i]);
    }
    return self->status;
}
