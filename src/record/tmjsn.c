/// See tmjsn.h.
///
/// Source: files that the tCam and its applications write; which members the footer has is what the
/// tCam's own reader looks for in the last 256 bytes.
#include "record/tmjsn.h"

#include <string.h>

#include "core/json.h"
#include "core/status.h"
#include "core/text.h"

#define START 0x02 ///< of a packet: cannot be part of a record

int ib_tmjsn_write_image(char *out, size_t capacity, const struct ib_frame *frame,
                         const struct ib_image_metadata *metadata) {
    if (capacity == 0)
        return IB_E_NO_SPACE;
    int size = ib_image_json_write(out, capacity - 1, frame, metadata);
    if (size < 0)
        return size;
    out[size] = IB_TMJSN_END;
    return size + 1;
}

void ib_tmjsn_begin(struct ib_tmjsn_info *self) {
    memset(self, 0, sizeof *self);
    self->version = IB_TMJSN_VERSION;
}

static void copy_text(char out[24], const char *from) {
    struct ib_text text;
    ib_text_init(&text, out, 24);
    ib_text_str(&text, from);
}

void ib_tmjsn_count(struct ib_tmjsn_info *self, const char *time, const char *date,
                    bool after_gap) {
    if (self->frames == 0) {
        copy_text(self->start_time, time);
        copy_text(self->start_date, date);
    } else if (after_gap) {
        self->gaps++;
    }
    copy_text(self->end_time, time);
    copy_text(self->end_date, date);
    self->frames++;
}

int ib_tmjsn_write_info(char *out, size_t capacity, const struct ib_tmjsn_info *self) {
    struct ib_json_writer json;
    ib_json_begin(&json, out, capacity);
    ib_json_open_object(&json, NULL);
    ib_json_open_object(&json, "video_info");
    ib_json_put_string(&json, "end_date", self->end_date);
    ib_json_put_string(&json, "end_time", self->end_time);
    ib_json_put_int(&json, "num_frames", self->frames);
    ib_json_put_string(&json, "start_date", self->start_date);
    ib_json_put_string(&json, "start_time", self->start_time);
    ib_json_put_int(&json, "version", self->version);
    if (self->gaps)
        ib_json_put_int(&json, "gaps", self->gaps);
    ib_json_close_object(&json);
    ib_json_close_object(&json);
    int size = ib_json_finish(&json);
    if (size < 0)
        return size;
    out[size] = IB_TMJSN_END; // where the terminator was
    return size + 1;
}

/// What a record's bytes are, once its end is known.
static void judge(const char *text, size_t size, struct ib_tmjsn_record *out) {
    out->kind = IB_TMJSN_DAMAGED;
    out->text = NULL;
    out->size = 0;
    struct ib_json_value root, member;
    if (memchr(text, START, size) || ib_json_parse(&root, text, size) != IB_OK)
        return;
    if (ib_json_member(&root, "radiometric", &member) == IB_OK && member.type == IB_JSON_STRING)
        out->kind = IB_TMJSN_IMAGE;
    else if (ib_json_member(&root, "video_info", &member) == IB_OK && member.type == IB_JSON_OBJECT)
        out->kind = IB_TMJSN_INFO;
    else
        return;
    out->text = root.text;
    out->size = root.size;
}

/// How many bytes of padding stand at the start: blanks, and the zeros of a preallocated file.
static size_t padding(const char *window, size_t size) {
    size_t n = 0;
    while (n < size && (unsigned char)window[n] <= ' ' && window[n] != IB_TMJSN_END)
        n++;
    return n;
}

int ib_tmjsn_next(const char *window, size_t size, bool last, struct ib_tmjsn_record *out) {
    const char *end = memchr(window, IB_TMJSN_END, size);
    size_t skipped = padding(window, size);
    if (end) {
        out->used = (size_t)(end - window) + 1;
        judge(window + skipped, out->used - 1 - skipped, out);
        return 1;
    }
    if (last && skipped == size)
        return 0; // nothing but padding
    if (!last && size < IB_TMJSN_RECORD_BYTES)
        return 0;
    // Cut off, or never a record; if it was the last one it may be whole and only lack its end.
    out->used = size;
    judge(window + skipped, last ? size - skipped : 0, out);
    return 1;
}

static void info_text(const struct ib_json_value *info, const char *key, char out[24]) {
    struct ib_json_value value;
    out[0] = '\0';
    if (ib_json_member(info, key, &value) != IB_OK || ib_json_string(&value, out, 24) < 0)
        out[0] = '\0';
}

static uint32_t info_number(const struct ib_json_value *info, const char *key) {
    struct ib_json_value value;
    double number = 0;
    if (ib_json_member(info, key, &value) != IB_OK || ib_json_double(&value, &number) != IB_OK)
        return 0;
    return number >= 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

int ib_tmjsn_read_info(const char *text, size_t size, struct ib_tmjsn_info *out) {
    memset(out, 0, sizeof *out);
    struct ib_json_value root, info;
    int status = ib_json_parse(&root, text, size);
    if (status == IB_OK)
        status = ib_json_member(&root, "video_info", &info);
    if (status == IB_OK && info.type != IB_JSON_OBJECT)
        status = IB_E_TYPE;
    if (status < 0)
        return status;
    info_text(&info, "start_time", out->start_time);
    info_text(&info, "start_date", out->start_date);
    info_text(&info, "end_time", out->end_time);
    info_text(&info, "end_date", out->end_date);
    out->frames = info_number(&info, "num_frames");
    out->gaps = info_number(&info, "gaps");
    out->version = info_number(&info, "version");
    return IB_OK;
}

int ib_tmjsn_image_time(const char *text, size_t size, char time[24], char date[24]) {
    time[0] = '\0';
    date[0] = '\0';
    struct ib_json_value root, metadata;
    int status = ib_json_parse(&root, text, size);
    if (status == IB_OK)
        status = ib_json_member(&root, "metadata", &metadata);
    if (status == IB_E_NOT_FOUND)
        return IB_OK;
    if (status == IB_OK && metadata.type != IB_JSON_OBJECT)
        status = IB_E_TYPE;
    if (status < 0)
        return status;
    info_text(&metadata, "Time", time);
    info_text(&metadata, "Date", date);
    return IB_OK;
}
