/// Recordings: begin one, end it; list, download and delete the files there are.
///
/// Only regular files with the ending of a recording's format exist here, directly in the recorder's
/// directory. Links are not followed.
#include "apps/ironbow/http_record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/ironbow/http_session.h"
#include "apps/ironbow/recorder.h"
#include "apps/ironbow/recorder_name.h"
#include "core/status.h"

#define LIST_MOST 1000u
#define LIST_ROW_BYTES 256u ///< of JSON, with the longest name

/// True: this run has no recorder, and that is answered.
static bool is_absent(struct ib_app_http_session *self) {
    if (self->door->config.recorder)
        return false;
    ib_app_http_error(self, 501,
                      "this run has no place for recordings (ironbow run --record-dir DIRECTORY)");
    return true;
}

/// Between the directory and the end of the path.
static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool ib_app_http_is_recording(struct ib_app_http *self) {
    struct ib_app_recorder_status status;
    if (!self->config.recorder)
        return false;
    ib_app_recorder_status(self->config.recorder, &status);
    return status.recording;
}

void ib_app_http_put_recording(struct ib_json_writer *json, struct ib_app_http *self) {
    struct ib_app_recorder_status status = {0};
    if (self->config.recorder)
        ib_app_recorder_status(self->config.recorder, &status);
    ib_json_put_bool(json, "available", self->config.recorder != NULL);
    ib_json_put_bool(json, "active", status.recording);
    if (status.path[0])
        ib_json_put_string(json, "name", name_of(status.path));
    else
        ib_json_put_null(json, "name");
    ib_json_put_int(json, "frames", status.frames);
    ib_json_put_int(json, "bytes", (int64_t)status.bytes);
    ib_json_put_int(json, "duration_ms", (int64_t)(status.duration_us / 1000));
    ib_json_put_int(json, "gaps", status.gaps);
    ib_json_put_int(json, "lost", status.lost);
    if (status.failed)
        ib_json_put_string(json, "problem", status.problem);
    else
        ib_json_put_null(json, "problem");
}

static void answer_recording(struct ib_app_http_session *self, int status) {
    struct ib_json_writer *json = ib_app_http_json(self, 4096);
    if (!json)
        return;
    ib_json_open_object(json, NULL);
    ib_app_http_put_recording(json, self->door);
    ib_json_close_object(json);
    ib_app_http_json_end(self, status);
}

void ib_app_http_recording_get(struct ib_app_http_session *self) {
    answer_recording(self, 200);
}

// ---- beginning and end ----

/// The file is there, or cannot be.
static bool begun(struct ib_app_http_session *self) {
    struct ib_app_recorder_status status;
    ib_app_recorder_status(self->door->config.recorder, &status);
    if (status.failed)
        ib_app_http_error(self, 507, "%.200s: %s", name_of(status.path), status.problem);
    else if (status.opened)
        answer_recording(self, 201);
    return status.failed || status.opened;
}

static void begin(struct ib_app_http_session *self, const char *name,
                  enum ib_app_recording_format format) {
    const struct ib_app_http_config *door = &self->door->config;
    const struct ib_device *device = &door->board->device;
    struct ib_app_recording_config config = {.format = format, .palette = ""};
    char path[1024], model[24], problem[256];
    ib_app_recorder_describe(&config, door->rig, ib_device_name(device), ib_device_version(device),
                             door->tcam->tcam.model_base, model, sizeof model);
    if (name && ib_app_recorder_place(door->recorder, name, &config.format, path, sizeof path,
                                      problem, sizeof problem) != 0)
        ib_app_http_error(self, 400, "name: %s", problem);
    else if (ib_app_recorder_begin(door->recorder, name ? path : NULL, &config, problem,
                                   sizeof problem) != 0)
        ib_app_http_error(self, 409, "%s", problem);
    else
        ib_app_http_wait(self, begun);
}

void ib_app_http_recording_post(struct ib_app_http_session *self) {
    static const char *const MEMBERS[] = {"format", "name", NULL};
    struct ib_json_value object;
    enum ib_app_recording_format format = IB_APP_RECORDING_MKV;
    char text[16], name[IB_APP_HTTP_NAME_BYTES];
    if (is_absent(self) || !ib_app_http_object(self, MEMBERS, &object))
        return;
    int has_format = ib_app_http_text(self, &object, "format", text, sizeof text);
    int has_name = has_format < 0 ? -1 : ib_app_http_text(self, &object, "name", name, sizeof name);
    if (has_name < 0)
        return;
    if (has_format && !ib_app_recording_format_named(text, &format))
        ib_app_http_error(self, 400, "format: must be mkv, cptv or tmjsn");
    else if (ib_app_http_is_recording(self->door))
        ib_app_http_error(self, 409, "a recording is under way");
    else
        begin(self, has_name ? name : NULL, format);
}

/// The file is whole.
static bool ended(struct ib_app_http_session *self) {
    if (ib_app_http_is_recording(self->door))
        return false;
    answer_recording(self, 200);
    return true;
}

void ib_app_http_recording_end(struct ib_app_http_session *self) {
    if (is_absent(self))
        return;
    if (!ib_app_http_is_recording(self->door)) {
        ib_app_http_error(self, 409, "nothing is being recorded");
        return;
    }
    ib_app_recorder_end(self->door->config.recorder);
    ib_app_http_wait(self, ended);
}

// ---- the files ----

struct row {
    char name[IB_APP_HTTP_NAME_BYTES];
    int64_t bytes;
    int64_t modified_us;
};

static bool is_recording_name(const char *name) {
    return ib_app_recorder_name_good(name) && strlen(name) < IB_APP_HTTP_NAME_BYTES &&
           ib_app_recording_format_of(name) >= 0;
}

static bool describe(int directory, const char *name, struct row *out) {
    struct stat about;
    if (!is_recording_name(name) || fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(about.st_mode))
        return false;
    snprintf(out->name, sizeof out->name, "%s", name);
    out->bytes = about.st_size;
    out->modified_us = (int64_t)about.st_mtim.tv_sec * 1000000 + about.st_mtim.tv_nsec / 1000;
    return true;
}

static int by_age(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->modified_us != y->modified_us)
        return x->modified_us < y->modified_us ? 1 : -1;
    return strcmp(x->name, y->name);
}

/// The newest of a directory, which has them in any order.
/// Shape:  `rows` has room for twice LIST_MOST.
/// Return: how many, newest first; -1 with errno.
static int read_rows(const char *path, struct row *rows) {
    DIR *directory = opendir(path);
    size_t count = 0;
    if (!directory)
        return -1;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        count += describe(dirfd(directory), entry->d_name, &rows[count]);
        if (count < 2 * LIST_MOST)
            continue;
        qsort(rows, count, sizeof rows[0], by_age);
        count = LIST_MOST;
    }
    closedir(directory);
    qsort(rows, count, sizeof rows[0], by_age);
    return (int)(count < LIST_MOST ? count : LIST_MOST);
}

static void answer_rows(struct ib_app_http_session *self, const struct row *rows, size_t count) {
    struct ib_json_writer *json = ib_app_http_json(self, 64 + count * LIST_ROW_BYTES);
    if (!json)
        return;
    ib_json_open_array(json, NULL);
    for (size_t i = 0; i < count; i++) {
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", rows[i].name);
        ib_json_put_int(json, "bytes", rows[i].bytes);
        ib_json_put_int(json, "modified_us", rows[i].modified_us);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    ib_app_http_json_end(self, 200);
}

void ib_app_http_recordings_list(struct ib_app_http_session *self) {
    if (is_absent(self))
        return;
    struct row *rows = malloc(2 * LIST_MOST * sizeof *rows);
    int count = rows ? read_rows(self->door->config.recordings, rows) : -1;
    if (count >= 0)
        answer_rows(self, rows, (size_t)count);
    else
        ib_app_http_error(self, 503, "the directory cannot be read: %s", strerror(errno));
    free(rows);
}

/// Answers when there is none.
/// Return: a descriptor, or -1.
static int open_recording(struct ib_app_http_session *self, struct stat *about) {
    int directory = open(self->door->config.recordings, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = -1;
    if (directory >= 0 && is_recording_name(self->name))
        fd = openat(directory, self->name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (directory >= 0)
        close(directory);
    if (fd >= 0 && fstat(fd, about) == 0 && S_ISREG(about->st_mode))
        return fd;
    if (fd >= 0)
        close(fd);
    ib_app_http_error(self, 404, "%s: there is no such recording", self->name);
    return -1;
}

static const char *type_of(const char *name) {
    switch (ib_app_recording_format_of(name)) {
    case IB_APP_RECORDING_MKV:
        return "video/x-matroska";
    case IB_APP_RECORDING_TMJSN:
    case IB_APP_RECORDING_CPTV:
    default:
        return "application/octet-stream";
    }
}

/// RFC 6266 and RFC 8187: the name, whatever language it is in.
static void put_disposition(struct ib_app_http_session *self) {
    char text[3 * IB_APP_HTTP_NAME_BYTES + 1];
    size_t size = 0;
    for (const char *at = self->name; *at; at++) {
        unsigned char c = (unsigned char)*at;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     strchr("-._~", c);
        size += (size_t)snprintf(text + size, sizeof text - size, plain ? "%c" : "%%%02X", c);
    }
    ib_app_http_header(self, "Content-Disposition", "attachment; filename*=UTF-8''%s", text);
}

void ib_app_http_recording_file(struct ib_app_http_session *self) {
    struct stat about;
    char etag[80];
    uint64_t first = 0, count;
    int fd = is_absent(self) ? -1 : open_recording(self, &about);
    if (fd < 0)
        return;
    uint64_t size = count = (uint64_t)about.st_size;
    snprintf(etag, sizeof etag, "\"%" PRIx64 "-%jx-%lx\"", size, (uintmax_t)about.st_mtim.tv_sec,
             (unsigned long)about.st_mtim.tv_nsec);
    ib_app_http_header(self, "ETag", "%s", etag);
    ib_app_http_header(self, "Cache-Control", "no-cache");
    ib_app_http_header(self, "Accept-Ranges", "bytes");
    int range = 0;
    if (ib_http_is_known(&self->wire.message, etag)) {
        ib_app_http_bytes(self, 304, NULL, NULL, 0);
    } else if ((range = ib_http_range(&self->wire.message, size, etag, &first, &count)) < 0) {
        ib_app_http_header(self, "Content-Range", "bytes */%" PRIu64, size);
        ib_app_http_error(self, 416, "the range lies outside of the file's %" PRIu64 " bytes",
                          size);
    } else {
        if (range > 0)
            ib_app_http_header(self, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                               first, first + count - 1, size);
        put_disposition(self);
        self->file = fd;
        self->file_at = first;
        struct ib_http_answer answer = {.status = range > 0 ? 206 : 200,
                                        .type = type_of(self->name),
                                        .body = IB_HTTP_PIECES,
                                        .size = count};
        ib_app_http_answer(self, &answer);
        return;
    }
    close(fd);
}

void ib_app_http_recording_delete(struct ib_app_http_session *self) {
    struct ib_app_recorder_status status;
    struct stat about;
    if (is_absent(self))
        return;
    ib_app_recorder_status(self->door->config.recorder, &status);
    if (status.recording && strcmp(name_of(status.path), self->name) == 0) {
        ib_app_http_error(self, 409, "%s: is being recorded", self->name);
        return;
    }
    int fd = open_recording(self, &about);
    if (fd < 0)
        return;
    close(fd);
    int directory = open(self->door->config.recordings, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool gone = directory >= 0 && unlinkat(directory, self->name, 0) == 0;
    int error = errno;
    if (directory >= 0)
        close(directory);
    if (gone)
        ib_app_http_empty(self, 200);
    else
        ib_app_http_error(self, 403, "%s: %s", self->name, strerror(error));
}
