/// Matroska films: JPEG pictures to be looked at, FFV1 pictures to be measured in, each with its
/// frame record. See record/matroska_write.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/record_names.h"
#include "apps/ironbow/recording_formats.h"
#include "apps/ironbow/visible.h"
#include "core/status.h"
#include "record/ffv1.h"
#include "record/frame_record.h"
#include "record/matroska_write.h"

#define ENLARGED 4 ///< the pictures to be looked at, where they do not get too large

struct film {
    struct ib_mkv_writer writer;
    struct ib_mkv_cue cues[IB_MKV_CUES];
    struct ib_app_visible *visible;
    uint8_t *exact;
    size_t exact_bytes; ///< room
    uint8_t *piece;     ///< what is appended next
    size_t piece_bytes;
    uint8_t config[IB_FFV1_CONFIG_BYTES];
    uint8_t states[IB_FFV1_STATES_BYTES];
    uint8_t record[IB_FRAME_RECORD_BYTES];
};

static void release(struct ib_app_recording *self) {
    struct film *film = self->state;
    ib_app_visible_close(film->visible);
    free(film->exact);
    free(film->piece);
    free(film);
}

static int refuse(struct ib_app_say say, int status) {
    snprintf(say.text, say.size, "%s", ib_status_text(status));
    return status;
}

static int32_t enlarged(uint16_t size_px) {
    int32_t size = size_px * ENLARGED / 16 * 16;
    return size < 16 ? 16 : size > IB_APP_VISIBLE_MAX_PX ? IB_APP_VISIBLE_MAX_PX : size;
}

static int open_visible(struct ib_app_recording *self, struct ib_app_say say) {
    struct film *film = self->state;
    struct ib_app_visible_style style = ib_app_visible_default;
    style.width_px = enlarged(self->width_px);
    style.height_px = enlarged(self->height_px);
    if (self->config.palette[0])
        style.palette = self->config.palette;
    int status = ib_app_visible_open(&film->visible, &style);
    if (status == IB_E_NOT_FOUND)
        snprintf(say.text, say.size, "there is no palette '%s'", style.palette);
    else if (status != IB_OK)
        return refuse(say, status);
    return status;
}

static int append(struct ib_app_recording *self, int size, struct ib_app_say say) {
    struct film *film = self->state;
    if (size < 0)
        return refuse(say, size);
    return ib_append_file_put(&self->file, film->piece, (size_t)size, say.text, say.size);
}

static int put_start(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
                     struct ib_app_say say) {
    struct film *film = self->state;
    char serial[24] = "", application[48], scale[16] = "";
    int config = ib_ffv1_config(film->config, sizeof film->config);
    if (config < 0)
        return refuse(say, config);
    if (self->config.serial)
        snprintf(serial, sizeof serial, "%llu", (unsigned long long)self->config.serial);
    if (frame->unit == IB_UNIT_KELVIN)
        snprintf(scale, sizeof scale, "%.4g", frame->scale_ck / 100.0);
    snprintf(application, sizeof application, "ironbow %s", self->config.firmware);
    const struct ib_mkv_film start = {
        .start_us = wall_us,
        .seen_width = (uint16_t)enlarged(self->width_px),
        .seen_height = (uint16_t)enlarged(self->height_px),
        .width_px = self->width_px,
        .height_px = self->height_px,
        .config = film->config,
        .config_size = (size_t)config,
        .application = application,
        .camera = self->config.camera,
        .model = self->config.model,
        .serial = serial,
        .firmware = self->config.firmware,
        .palette = self->config.palette[0] ? self->config.palette : ib_app_visible_default.palette,
        .unit = ib_app_unit_name(frame->unit),
        .scale = scale,
    };
    return append(
        self, ib_mkv_begin(&film->writer, film->cues, film->piece, film->piece_bytes, &start), say);
}

static int begin(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
                 struct ib_app_say say) {
    struct film *film = calloc(1, sizeof *film);
    if (!film)
        return ib_app_recording_no_memory(say);
    self->state = film;
    film->exact_bytes = IB_FFV1_FRAME_BYTES((size_t)frame->width_px * frame->height_px);
    film->exact = malloc(film->exact_bytes);
    // Grows with the JPEG pictures.
    film->piece_bytes = film->exact_bytes + IB_MKV_END_BYTES;
    film->piece = malloc(film->piece_bytes);
    if (!film->exact || !film->piece)
        return ib_app_recording_no_memory(say);
    int status = open_visible(self, say);
    return status == IB_OK ? put_start(self, frame, wall_us, say) : status;
}

static bool reserve(struct film *film, size_t bytes) {
    if (bytes <= film->piece_bytes)
        return true;
    uint8_t *more = realloc(film->piece, bytes * 2);
    if (!more)
        return false;
    film->piece = more;
    film->piece_bytes = bytes * 2;
    return true;
}

static int put_patch(struct ib_app_recording *self, const struct ib_mkv_patch *patch,
                     struct ib_app_say say) {
    return ib_append_file_patch(&self->file, patch->offset, patch->bytes, patch->size, say.text,
                                say.size);
}

static int add(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
               struct ib_app_say say) {
    struct film *film = self->state;
    struct ib_mkv_piece seen, exact = {film->exact, 0}, record = {film->record, 0};
    int status = ib_app_visible_jpeg(film->visible, frame, &seen.bytes, &seen.size);
    if (status != IB_OK)
        return refuse(say, status);
    int size = ib_ffv1_encode(film->exact, film->exact_bytes, frame->pixels, frame->width_px,
                              frame->height_px, film->states);
    if (size < 0)
        return refuse(say, size);
    exact.size = (size_t)size;
    record.size = (size_t)ib_frame_record_write(film->record, frame, wall_us);
    if (!reserve(film, seen.size + exact.size + record.size + IB_MKV_AROUND_BYTES))
        return ib_app_recording_no_memory(say);

    int64_t time_ms = (wall_us - self->first_us + 500) / 1000;
    uint64_t moment_ms = time_ms > 0 ? (uint64_t)time_ms : 0;
    struct ib_mkv_patch patch;
    if (ib_mkv_cluster_is_due(&film->writer, moment_ms) &&
        ib_mkv_end_cluster(&film->writer, &patch)) {
        status = put_patch(self, &patch, say);
        if (status != IB_OK)
            return status;
    }
    struct ib_mkv_writer before = film->writer;
    status = append(
        self,
        ib_mkv_frame(&film->writer, film->piece, film->piece_bytes, moment_ms, seen, exact, record),
        say);
    if (status != IB_OK)
        film->writer = before;
    return status;
}

/// The index may find no room on a full disk; the rest replaces what is there.
static int end(struct ib_app_recording *self, struct ib_app_say say) {
    struct film *film = self->state;
    struct ib_mkv_patch patch[3];
    int status = IB_OK;
    if (ib_mkv_end_cluster(&film->writer, &patch[0]))
        status = put_patch(self, &patch[0], say);
    int index = ib_mkv_index(&film->writer, film->piece, film->piece_bytes);
    int appended = append(self, index, say);
    ib_mkv_end(&film->writer, appended == IB_OK ? (size_t)index : 0, patch);
    for (int i = 0; i < 3 && status == IB_OK; i++)
        status = put_patch(self, &patch[i], say);
    return status == IB_OK ? appended : status;
}

const struct ib_app_recording_kind ib_app_recording_mkv = {
    .ending = ".mkv", .begin = begin, .add = add, .end = end, .free = release};
