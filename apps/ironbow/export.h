/// One frame as a file for other programs: pictures, tables, numbers. In memory; the caller says
/// where to.
#ifndef IB_APP_EXPORT_H
#define IB_APP_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/colouring.h"
#include "core/frame.h"
#include "measure/radiometry.h"
#include "record/csv.h"

enum ib_app_export_format {
    IB_APP_EXPORT_PNG,        ///< coloured
    IB_APP_EXPORT_PNG16,      ///< 16-bit grey: every value
    IB_APP_EXPORT_JPG,        ///< coloured
    IB_APP_EXPORT_TIFF,       ///< 16-bit grey: every value, its scale in the description
    IB_APP_EXPORT_TIFF_FLOAT, ///< degrees Celsius as numbers; counts when there are none
    IB_APP_EXPORT_CSV,        ///< a table of numbers
    IB_APP_EXPORT_TJSN,       ///< tCam's image JSON
};

/// "png", "png16", "jpg" (or "jpeg"), "tiff" (or "tif"), "tiff-float", "csv", "tjsn".
/// Return: enum ib_app_export_format. Errors: IB_E_NOT_FOUND.
int ib_app_export_format_named(const char *name);
/// What a path's ending says.
int ib_app_export_format_of(const char *path);
/// The names, for messages.
#define IB_APP_EXPORT_NAMES "png, png16, jpg, tiff, tiff-float, csv, tjsn"

struct ib_app_export_style {
    struct ib_app_colouring colours; ///< PNG and JPG
    unsigned scale;                  ///< the same: enlarged 1..16 times
    enum ib_csv_unit unit;           ///< CSV
    /// All that shows or holds temperatures: measured anew. Not for TJSN, which says what the camera
    /// did.
    struct ib_object_change object;
};

/// What is known of the frame beside itself.
struct ib_app_export_facts {
    int64_t wall_us; ///< 0 unknown
    const char *camera;
    const char *model; ///< "lepton3.5"
};

/// "C", "F", "K", "counts". Return: whether it was one.
bool ib_app_export_unit(struct ib_app_export_style *style, const char *text);

/// Gives `*bytes` (free it).
/// Errors: -1 with `problem` filled.
int ib_app_export(enum ib_app_export_format format, const struct ib_frame *frame,
                  const struct ib_app_export_facts *facts, const struct ib_app_export_style *style,
                  uint8_t **bytes, size_t *size, char *problem, size_t problem_size);

/// A TIFF's description of a frame: one sentence for people, one line of JSON for programs. ASCII.
void ib_app_export_describe(char *out, size_t size, const struct ib_frame *frame,
                            const struct ib_app_export_facts *facts, bool as_float);
/// Degrees Celsius of every pixel, or the counts.
void ib_app_export_values(float *out, const struct ib_frame *frame);

#endif
