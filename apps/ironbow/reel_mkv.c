/// Matroska films: the exact track, streamed.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/known_rows.h"
#include "apps/ironbow/reel_formats.h"
#include "core/status.h"
#include "record/ffv1.h"
#include "record/frame_record.h"
#include "record/matroska_read.h"

#define BLOCK_BYTES (2u << 20) ///< noise of IB_APP_REEL_MOST_PX in 16 bits takes as much

struct film {
    FILE *file;
    struct ib_mkv_reader reader;
    struct ib_ffv1_decoder decoder;
    uint8_t *states;
    uint8_t *storage;
    uint8_t input[65536];
    size_t input_size;
    size_t input_used;
    bool last;
};

static int say_where(const struct film *film, const char *what, struct ib_app_reel_say say) {
    return ib_app_reel_fail(say, "%s, in frame %u, at byte %llu", what, film->reader.frames + 1u,
                            (unsigned long long)film->reader.position);
}

static int cut_off(struct ib_app_reel *self, struct ib_app_reel_say say) {
    const struct film *film = self->state;
    int status = ib_mkv_reader_end(&film->reader);
    if (status == IB_OK)
        return IB_MKV_MORE;
    if (status == IB_E_NOT_FOUND)
        return ib_app_reel_fail(say, "no 16-bit track (FFV1) in this film");
    say_where(film, "the film ends too early", say);
    if (film->reader.width_px == 0)
        return -1;
    self->truncated = true;
    return IB_MKV_MORE;
}

/// The next event. Return: enum ib_mkv_event, IB_MKV_MORE only at the end, -1.
static int next_event(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct film *film = self->state;
    for (;;) {
        size_t used = 0;
        int event = ib_mkv_reader_feed(&film->reader, film->input + film->input_used,
                                       film->input_size - film->input_used, &used);
        film->input_used += used;
        if (event < 0)
            return say_where(
                film, film->reader.problem ? film->reader.problem : ib_status_text(event), say);
        if (event != IB_MKV_MORE)
            return event;
        if (film->last)
            return cut_off(self, say);
        film->input_used = 0;
        film->input_size = fread(film->input, 1, sizeof film->input, film->file);
        film->last = film->input_size < sizeof film->input;
        if (ferror(film->file))
            return say_where(film, "the file cannot be read", say);
    }
}

static int take_track(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct film *film = self->state;
    const struct ib_mkv_reader *reader = &film->reader;
    if ((size_t)reader->width_px * reader->height_px > IB_APP_REEL_MOST_PX)
        return ib_app_reel_fail(say, "%ux%u pixels are too many", reader->width_px,
                                reader->height_px);
    int status = ib_ffv1_decoder_init(&film->decoder, reader->config, reader->config_size);
    if (status == IB_E_UNSUPPORTED)
        return ib_app_reel_fail(say, "its FFV1 track is not one of 16-bit grey pictures");
    if (status != IB_OK)
        return say_where(film, "the FFV1 track's configuration is damaged", say);
    free(film->states);
    film->states = malloc(ib_ffv1_decoder_states_bytes(&film->decoder));
    if (!film->states)
        return ib_app_reel_fail(say, "out of memory");
    self->info.width_px = reader->width_px;
    self->info.height_px = reader->height_px;
    self->info.start_us = reader->start_us;
    return 0;
}

static int start(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct film *film = self->state;
    film->input_size = 0;
    film->input_used = 0;
    film->last = false;
    ib_mkv_reader_init(&film->reader, film->storage, BLOCK_BYTES);
    int event = next_event(self, say);
    if (event < 0)
        return -1;
    if (event != IB_MKV_TRACK)
        return say_where(film, "no track", say);
    return take_track(self, say);
}

static int open_film(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct film *film = calloc(1, sizeof *film);
    if (!film)
        return ib_app_reel_fail(say, "out of memory");
    self->state = film;
    film->storage = malloc(BLOCK_BYTES);
    if (!film->storage)
        return ib_app_reel_fail(say, "out of memory");
    film->file = fopen(self->path, "rbe");
    if (!film->file)
        return ib_app_reel_fail(say, "%s", strerror(errno));
    return start(self, say);
}

/// A block without a record: what the tags say of all of them.
static void describe_by_tags(struct ib_app_reel *self) {
    const struct ib_mkv_reader *reader = &((struct film *)self->state)->reader;
    struct ib_frame *frame = &self->frame;
    *frame = (struct ib_frame){.gain_mode = IB_GAIN_UNKNOWN,
                               .gain = IB_GAIN_UNKNOWN,
                               .ffc_state = IB_FFC_DONE,
                               .captured_us = (uint64_t)(reader->time_us > 0 ? reader->time_us : 0),
                               .pixels = self->pixels,
                               .capacity_px = IB_APP_REEL_MOST_PX};
    bool fine = strcmp(reader->scale, "0.01") == 0;
    if (strcmp(reader->unit, "kelvin") == 0 && (fine || strcmp(reader->scale, "0.1") == 0)) {
        frame->unit = IB_UNIT_KELVIN;
        frame->scale_ck = fine ? 1 : 10;
    } else if (strcmp(reader->unit, "grey") == 0) {
        frame->unit = IB_UNIT_GREY8;
        frame->agc = 1;
    }
}

/// The tags may come after the track.
static void take_names(struct ib_app_reel *self) {
    const struct ib_mkv_reader *reader = &((struct film *)self->state)->reader;
    struct ib_app_reel_info *info = &self->info;
    snprintf(info->camera, sizeof info->camera, "%s", reader->camera);
    snprintf(info->model, sizeof info->model, "%s", reader->model);
    snprintf(info->about, sizeof info->about, "Matroska film, %ux%u%s%s", reader->width_px,
             reader->height_px, reader->model[0] ? ", " : "", reader->model);
}

static int take_frame(struct ib_app_reel *self, int64_t *wall_us, struct ib_app_reel_say say) {
    struct film *film = self->state;
    const struct ib_mkv_reader *reader = &film->reader;
    int status = IB_OK;
    if (self->frames == 0)
        take_names(self);
    *wall_us = reader->start_us + reader->time_us;
    describe_by_tags(self);
    if (reader->record_size > 0)
        status = ib_frame_record_read(reader->record, reader->record_size, &self->frame, wall_us);
    if (status == IB_E_NOT_FOUND)
        status = IB_OK; // an addition of somebody else's
    if (status == IB_OK)
        status = ib_ffv1_decode(&film->decoder, reader->block, reader->block_size, self->pixels,
                                reader->width_px, reader->height_px, film->states);
    if (status == IB_E_UNSUPPORTED)
        return ib_app_reel_fail(say, "frame %u needs the one before it: not read here",
                                reader->frames);
    if (status != IB_OK)
        return ib_app_reel_fail(say, "frame %u, before byte %llu: %s", reader->frames,
                                (unsigned long long)reader->position, ib_status_text(status));
    self->frame.width_px = reader->width_px;
    self->frame.height_px = reader->height_px;
    return 1;
}

static int next_frame(struct ib_app_reel *self, int64_t *wall_us, struct ib_app_reel_say say) {
    for (;;) {
        int event = next_event(self, say);
        if (event == IB_MKV_FRAME)
            return take_frame(self, wall_us, say);
        if (event <= 0)
            return event;
    }
}

static int rewind_film(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct film *film = self->state;
    if (fseek(film->file, 0, SEEK_SET) != 0)
        return ib_app_reel_fail(say, "cannot be read from its start again");
    return start(self, say);
}

static uint64_t position(const struct ib_app_reel *self) {
    return ((const struct film *)self->state)->reader.position;
}

static void release(struct ib_app_reel *self) {
    struct film *film = self->state;
    if (film->file)
        fclose(film->file);
    free(film->states);
    free(film->storage);
    free(film);
}

const struct ib_app_reel_kind ib_app_reel_mkv = {.name = "mkv",
                                                 .open = open_film,
                                                 .next = next_frame,
                                                 .rewind = rewind_film,
                                                 .position = position,
                                                 .close = release};
