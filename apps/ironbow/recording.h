/// A recording being written: one file in one of the formats, frame by frame.
///
/// Everybody who records (the recorder's thread, `convert`, `export`) writes through this. Not
/// thread-safe: one caller.
#ifndef IB_APP_RECORDING_H
#define IB_APP_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

enum ib_app_recording_format {
    IB_APP_RECORDING_TMJSN, ///< tCam's: JSON, every pixel and the telemetry
    IB_APP_RECORDING_CPTV,  ///< CPTV 2, gzip
    IB_APP_RECORDING_MKV,   ///< Matroska: a film that plays anywhere, and the 16-bit pixels
};

struct ib_app_recording_config {
    enum ib_app_recording_format format;
    const char *camera;   ///< its name; borrowed, like all texts here
    const char *firmware; ///< "0.1"
    const char *model;    ///< "lepton3.5", as CPTV says it; "" unknown
    uint32_t tcam_model;  ///< `Model` of the image JSON
    const char *palette;  ///< of the visible track, by name; "" ironbow
    uint64_t serial;      ///< the sensor's, 0 unknown
};

struct ib_app_recording;

/// The format that a path's ending says (.tmjsn, .cptv, .mkv).
/// Return: enum ib_app_recording_format. Errors: IB_E_NOT_FOUND.
int ib_app_recording_format_of(const char *path);

/// Make the file; one that exists is refused (IB_E_BUSY): no recording is ever overwritten. It has
/// its first bytes with the first frame.
/// Errors: a negative ib_status with `problem` filled.
int ib_app_recording_open(struct ib_app_recording **out, const char *path,
                          const struct ib_app_recording_config *config, char *problem,
                          size_t problem_size);

/// Units:  `wall_us` is the Unix time of the frame's capture. A frame with IB_FRAME_AFTER_GAP marks
///         a gap in the file.
/// Errors: IB_E_NO_SPACE (disk full), IB_E_IO, IB_E_UNSUPPORTED (a size or unit that the format
///         cannot hold; a unit that changed, for CPTV), IB_E_RANGE (the size changed). What was
///         written before stays readable, and a frame that failed leaves no torn bytes behind what
///         is counted. Nothing more is taken then; close it.
int ib_app_recording_add(struct ib_app_recording *self, const struct ib_frame *frame,
                         int64_t wall_us, char *problem, size_t problem_size);

/// Everything so far survives a power cut. Called about once a second.
int ib_app_recording_sync(struct ib_app_recording *self, char *problem, size_t problem_size);

/// Bytes in the file so far.
uint64_t ib_app_recording_bytes(const struct ib_app_recording *self);

/// Finish the file (footer, index) and free everything, also after an error. A recording without a
/// frame leaves no file.
/// Errors: the end could not be written; the frames before it are there.
int ib_app_recording_close(struct ib_app_recording *self, char *problem, size_t problem_size);

#endif
