/// What recordings are called.
#include "apps/ironbow/recorder_name.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/text.h"

#define NAME_BYTES 100

static const char *const ENDINGS[] = {
    [IB_APP_RECORDING_TMJSN] = ".tmjsn",
    [IB_APP_RECORDING_CPTV] = ".cptv",
    [IB_APP_RECORDING_MKV] = ".mkv",
};
#define FORMATS (sizeof ENDINGS / sizeof ENDINGS[0])

const char *ib_app_recording_ending(enum ib_app_recording_format format) {
    return ENDINGS[format];
}

bool ib_app_recording_format_named(const char *name, enum ib_app_recording_format *out) {
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(ENDINGS[i] + 1, name) == 0) {
            *out = (enum ib_app_recording_format)i;
            return true;
        }
    }
    return false;
}

bool ib_app_recorder_date_path(char *out, size_t size, const char *directory, int64_t wall_us,
                               enum ib_app_recording_format format, unsigned attempt) {
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm local;
    char date[32], again[16] = "";
    if (wall_us < 0 || !localtime_r(&seconds, &local) ||
        strftime(date, sizeof date, "%Y-%m-%d_%H-%M-%S", &local) == 0)
        return false;
    if (attempt > 1)
        snprintf(again, sizeof again, "-%u", attempt);
    return (size_t)snprintf(out, size, "%s/%s%s%s", directory, date, again, ENDINGS[format]) < size;
}

bool ib_app_recorder_name_good(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > NAME_BYTES || name[0] == '.' || name[0] == '-' || name[0] == ' ')
        return false;
    for (size_t at = 0, count; at < length; at += count) {
        unsigned char c = (unsigned char)name[at];
        count = ib_text_utf8(name + at, length - at);
        if (count == 0 || c < 0x20 || c == 0x7F || strchr("/\\\"'`$*?<>|&;:!", c))
            return false;
    }
    return true;
}
