/// A recording being read: any of the formats (.tjsn .tmjsn .cptv .mkv), frame by frame.
///
/// What the file is, its first bytes say, not its name. Errors name the frame and the byte; every
/// sound frame comes before the error, and a recording that was cut off (no power) is one whose
/// frames are all there is: `truncated` says so.
#ifndef IB_APP_REEL_H
#define IB_APP_REEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

struct ib_app_reel;

struct ib_app_reel_info {
    const char *format; ///< "tjsn", "tmjsn", "cptv", "mkv"
    char about[160];    ///< "CPTV 2, 160x120, Lepton 3.5": one line for people
    char camera[65];    ///< its name, "" when not said
    char model[65];     ///< "lepton3.5", "" when not said
    uint16_t width_px;
    uint16_t height_px;
    int64_t start_us; ///< Unix time of the first frame, 0 when not said
};

/// Return: 0.
/// Errors: -1; `problem` names what is wrong and where.
int ib_app_reel_open(struct ib_app_reel **out, const char *path, char *problem,
                     size_t problem_size);
void ib_app_reel_close(struct ib_app_reel *self);
const struct ib_app_reel_info *ib_app_reel_info(const struct ib_app_reel *self);

/// The next frame, into the reel's own storage (valid until the next call), and its Unix time (from
/// the file's start when it says none). `sequence` counts the frames from 1; `captured_us` runs from
/// the first when the file does not say it.
/// Return: 1; 0 at the end (when it is truncated, `problem` says where).
/// Errors: -1; `problem` names the frame, the byte and what is wrong.
int ib_app_reel_next(struct ib_app_reel *self, const struct ib_frame **frame, int64_t *wall_us,
                     char *problem, size_t problem_size);

/// Return: 0. Errors: -1.
int ib_app_reel_rewind(struct ib_app_reel *self, char *problem, size_t problem_size);

/// 0..1: how much of the file has been read, for a progress bar.
double ib_app_reel_progress(const struct ib_app_reel *self);
/// Once `next` has given 0: the file was cut off, inside of a frame or before its end was written.
/// The frames before are good.
bool ib_app_reel_truncated(const struct ib_app_reel *self);

#endif
