/// Fuzz: the .tmjsn reader. The first byte says how long a window is shown at first; whatever it is,
/// the same records must be found, each harmless inside a packet, and footers must survive a round
/// trip.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/status.h"
#include "core/text.h"
#include "record/tmjsn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// What is not UTF-8 is written as U+FFFD, so it does not come back, or is too long to.
static bool came_back(const char *was, const char *is) {
    for (size_t i = 0, step; was[i]; i += step) {
        step = ib_text_utf8(was + i, strlen(was + i));
        if (step == 0)
            return true;
    }
    return strcmp(was, is) == 0;
}

static void check_info(const struct ib_tmjsn_record *record) {
    struct ib_tmjsn_info info, back;
    if (ib_tmjsn_read_info(record->text, record->size, &info) != IB_OK)
        abort();
    char footer[IB_TMJSN_INFO_BYTES];
    int written = ib_tmjsn_write_info(footer, sizeof footer, &info);
    if (written < 1 || footer[written - 1] != IB_TMJSN_END ||
        ib_tmjsn_read_info(footer, (size_t)written - 1, &back) != IB_OK ||
        !came_back(info.start_time, back.start_time) || !came_back(info.end_date, back.end_date) ||
        info.frames != back.frames || info.gaps != back.gaps || info.version != back.version)
        abort();
}

static void check(const char *window, size_t size, const struct ib_tmjsn_record *record) {
    if (record->used == 0 || record->used > size)
        abort();
    if (record->kind == IB_TMJSN_DAMAGED)
        return;
    struct ib_json_value root;
    char time[24], date[24];
    if (record->text < window || record->text + record->size > window + record->used ||
        memchr(record->text, 2, record->size) || memchr(record->text, 3, record->size) ||
        ib_json_parse(&root, record->text, record->size) != IB_OK || root.size != record->size)
        abort();
    if (record->kind == IB_TMJSN_INFO)
        check_info(record);
    else
        ib_tmjsn_image_time(record->text, record->size, time, date);
}

/// Return: a number made of what was found, in order.
static uint64_t walk(const char *file, size_t size, size_t window) {
    uint64_t found = 0;
    for (size_t at = 0; at < size;) {
        size_t shown = size - at < window ? size - at : window;
        struct ib_tmjsn_record record;
        if (!ib_tmjsn_next(file + at, shown, at + shown == size, &record)) {
            if (at + shown == size)
                break;
            window++;
            continue;
        }
        check(file + at, shown, &record);
        found = found * 31 + (uint64_t)record.kind * 7 + record.used;
        at += record.used;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    char *file = malloc(size);
    if (!file)
        return 0;
    memcpy(file, data + 1, size - 1);
    if (walk(file, size - 1, SIZE_MAX) != walk(file, size - 1, (size_t)data[0] + 1))
        abort();
    free(file);
    return 0;
}
