/// What recordings are called.
#ifndef IB_APP_RECORDER_NAME_H
#define IB_APP_RECORDER_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/recording.h"

/// ".mkv", ".cptv", ".tmjsn".
const char *ib_app_recording_ending(enum ib_app_recording_format format);
/// By such a name ("mkv", "cptv", "tmjsn").
bool ib_app_recording_format_named(const char *name, enum ib_app_recording_format *out);

/// DIRECTORY/2026-01-31_14-05-59.mkv, local time; from the second `attempt` on with -2, -3 ….
/// Return: whether it fits.
bool ib_app_recorder_date_path(char *out, size_t size, const char *directory, int64_t wall_us,
                               enum ib_app_recording_format format, unsigned attempt);

/// Whether a name from outside is a plain file's: letters, digits, "-_. +" and UTF-8, up to 100
/// bytes, no dot at its beginning, no slash, no control character.
bool ib_app_recorder_name_good(const char *name);

#endif
