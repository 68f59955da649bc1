/// Regions: where in the picture is measured, and what was found there.
///
/// A region is a spot, box, line, polygon or ellipse with a name and, if wanted, an emissivity (and
/// the rest) of its own. It is read from and printed as a short text, the same on the command line
/// and in JSON: docs/measure.md.
#ifndef IB_MEASURE_REGION_H
#define IB_MEASURE_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "image/image.h"
#include "measure/degrees.h"
#include "measure/radiometry.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MEASURE_NAME_BYTES 32 ///< with the terminator
#define IB_REGION_POINTS 16
#define IB_REGIONS_MOST 32
#define IB_REGION_TEXT_BYTES 512  ///< any region as text fits
#define IB_REGION_MOST_PX 4095    ///< largest coordinate and size
#define IB_REGION_SPOT_MOST_PX 63 ///< largest side of a spot

enum ib_shape { IB_SHAPE_SPOT, IB_SHAPE_BOX, IB_SHAPE_LINE, IB_SHAPE_POLYGON, IB_SHAPE_ELLIPSE };

struct ib_region_point {
    int16_t x, y;
};

struct ib_region {
    char name[IB_MEASURE_NAME_BYTES];
    uint8_t shape;       ///< enum ib_shape
    uint8_t point_count; ///< of a polygon 3..16
    int16_t w, h;        ///< box: size; spot: w x w; ellipse: half axes
    /// SPOT and ELLIPSE: the middle; BOX: top left; LINE: both ends; POLYGON: corners.
    struct ib_region_point points[IB_REGION_POINTS];
    struct ib_object_change object; ///< mask 0: measured with the camera's own parameters
};

enum ib_reading_flag {
    IB_READING_COUNTS = 1 << 0,       ///< not radiometric: `min` and so on are pixel values
    IB_READING_FFC = 1 << 1,          ///< the shutter was at work
    IB_READING_AFTER_GAP = 1 << 2,    ///< frames were lost just before
    IB_READING_SATURATED = 1 << 3,    ///< a pixel is at the end of its range
    IB_READING_OUT_OF_RANGE = 1 << 4, ///< beyond what the gain in effect is specified for
    IB_READING_CLIPPED = 1 << 5,      ///< part of the region is outside of the picture
    IB_READING_EMPTY = 1 << 6,        ///< all of it is: there are no values
    IB_READING_IMPOSSIBLE = 1 << 7,   ///< pixels that no temperature gives (see `impossible_px`)
};

enum ib_stat { IB_STAT_MIN, IB_STAT_MAX, IB_STAT_MEAN, IB_STAT_MEDIAN, IB_STAT_COUNT };

/// What was found. Kelvin, or pixel values with IB_READING_COUNTS. ib_reading_k never gives those.
struct ib_reading {
    uint32_t flags;         ///< enum ib_reading_flag
    uint32_t count_px;      ///< pixels measured
    uint32_t impossible_px; ///< of those, without a temperature: left out of the values
    double value[IB_STAT_COUNT];
    struct ib_region_point min_at, max_at; ///< the first in reading order
    double uncertainty_k;                  ///< of the maximum; 0 with IB_READING_COUNTS
};

/// Whether a text is a name: 1 to 31 of A-Z a-z 0-9 _ -, beginning with a letter or _.
bool ib_measure_name_ok(const char *name, size_t size);

/// Read a region: "r1=60,40,40x30", "spot:80,60", "r2=line:0,0-159,119@e=0.95,refl=22".
/// A region without a name gets an empty one: the caller gives it.
/// `problem` (may be NULL) receives what is wrong and at which character, counted from 1.
/// Errors: IB_E_FORMAT, IB_E_RANGE; `out` is then undefined.
int ib_region_parse(struct ib_region *out, const char *text, size_t size, struct ib_text *problem);
/// The text that reads back as this region. `named`: with "NAME=" before it.
void ib_region_print(struct ib_text *text, const struct ib_region *self, bool named);
/// Whether a region built by hand is one that ib_region_parse could have given (a name may be
/// missing).
bool ib_region_ok(const struct ib_region *self);

/// The smallest rectangle around it, not clipped.
struct ib_rect ib_region_bounds(const struct ib_region *self);

/// From `x` up to but not including `end`.
struct ib_region_span {
    int32_t x, end;
};
#define IB_REGION_SPANS (2 * IB_REGION_POINTS)
/// The pixels of a region in row `y`, from left to right, not clipped. Not for lines.
/// Return: how many spans.
unsigned ib_region_row(const struct ib_region *self, int32_t y,
                       struct ib_region_span spans[IB_REGION_SPANS]);

/// A walk along a line, pixel by pixel (Bresenham), not clipped.
struct ib_region_walk {
    struct ib_region_point at; ///< now
    struct ib_region_point end;
    int32_t dx, dy, error;
};
void ib_region_walk_begin(struct ib_region_walk *self, const struct ib_region *line);
/// Return: false at the end of the line.
bool ib_region_walk_next(struct ib_region_walk *self);

/// Measure one region of a frame. `correction` NULL: counts.
/// Cost:   one pass; a second for the median; exp and log a pixel when a correction is needed.
void ib_region_measure(const struct ib_region *self, const struct ib_frame *frame,
                       const struct ib_sensor *sensor, const struct ib_correction *correction,
                       struct ib_reading *out);

/// The temperature of a statistic.
/// Errors: IB_E_NOT_RADIOMETRIC, IB_E_NOT_FOUND when nothing could be measured.
int ib_reading_k(const struct ib_reading *self, enum ib_stat stat, double *out);
/// "min", "max", "mean", "median".
const char *ib_stat_name(enum ib_stat stat);
/// -1 when there is no such statistic.
int ib_stat_named(const char *name, size_t size);
/// "ffc", "after_gap", …: the name of one flag, NULL for anything else.
const char *ib_reading_flag_name(unsigned flag);

/// Up to 32 regions, measured together.
struct ib_regions {
    struct ib_region region[IB_REGIONS_MOST];
    struct ib_reading reading[IB_REGIONS_MOST]; ///< of the latest frame
    unsigned count;
    bool compiled; ///< `correction` is for `sensor`
    int status;    ///< of the latest frame: IB_OK or IB_E_NOT_RADIOMETRIC
    struct ib_sensor sensor;
    struct ib_correction correction[IB_REGIONS_MOST];
};

void ib_regions_init(struct ib_regions *self);
/// Errors: IB_E_NO_SPACE; IB_E_INVAL without a good name or shape; IB_E_BUSY when the name is taken.
int ib_regions_add(struct ib_regions *self, const struct ib_region *region);
/// Index by name, or -1.
int ib_regions_find(const struct ib_regions *self, const char *name, size_t size);
/// Fill `reading` from a frame. `counts` as for ib_sensor_of_frame.
/// Return: IB_OK, or IB_E_NOT_RADIOMETRIC: the readings are counts.
int ib_regions_measure(struct ib_regions *self, const struct ib_frame *frame,
                       const struct ib_rbfo *counts);

/// A number to look at: one region's statistic, alone or less another's or less a fixed
/// temperature ("r1.max", "r1.max-r2.mean", "r1.mean-22.5C").
enum ib_quantity_kind { IB_QUANTITY_PLAIN, IB_QUANTITY_LESS_REGION, IB_QUANTITY_LESS_FIXED };

struct ib_quantity {
    uint8_t kind; ///< enum ib_quantity_kind
    uint8_t stat, other_stat;
    char region[IB_MEASURE_NAME_BYTES];
    char other[IB_MEASURE_NAME_BYTES];
    double fixed_k; ///< the reference
};

/// At the start of `text`. A region without a statistic means `stat`.
/// Return: characters taken, or IB_E_FORMAT with `problem` filled.
int ib_quantity_parse(struct ib_quantity *out, const char *text, size_t size, enum ib_stat stat,
                      struct ib_text *problem);
void ib_quantity_print(struct ib_text *text, const struct ib_quantity *self);
/// A temperature, or with anything but PLAIN a difference; kelvin.
/// Errors: as ib_reading_k; IB_E_NOT_FOUND when there is no such region.
int ib_quantity_k(const struct ib_quantity *self, const struct ib_regions *regions, double *out);

#ifdef __cplusplus
}
#endif

#endif
