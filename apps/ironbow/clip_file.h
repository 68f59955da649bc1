/// A whole recording as one file for other programs, frame by frame: a TIFF with a page a frame, or
/// a CSV with a line a frame (its extremes and mean, or those of regions). Not a recording: it is not read back.
#ifndef IB_APP_CLIP_FILE_H
#define IB_APP_CLIP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/export.h"
#include "measure/region.h"

struct ib_app_clip_file;

enum ib_app_clip_format {
    IB_APP_CLIP_TIFF, ///< .tiff, .tif: 16-bit grey
    IB_APP_CLIP_CSV,  ///< .csv
};

/// Errors: IB_E_NOT_FOUND.
int ib_app_clip_format_of(const char *path);

struct ib_app_clip_config {
    bool large;            ///< a TIFF that may exceed 4 GiB (a BigTIFF)
    enum ib_csv_unit unit; ///< CSV
    /// CSV: measure these, instead of the picture's extremes. Kept. NULL or none: the picture.
    struct ib_regions *regions;
};

/// Make the file; one that exists is refused.
/// Errors: a negative ib_status with `problem`.
int ib_app_clip_open(struct ib_app_clip_file **out, const char *path,
                     const struct ib_app_clip_config *config, char *problem, size_t problem_size);

/// Errors: a negative ib_status with `problem`; the frames before stay.
int ib_app_clip_add(struct ib_app_clip_file *self, const struct ib_frame *frame,
                    const struct ib_app_export_facts *facts, char *problem, size_t problem_size);

/// Frees everything. Without a frame there is no file.
int ib_app_clip_close(struct ib_app_clip_file *self, char *problem, size_t problem_size);

#endif
