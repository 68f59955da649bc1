/// Image JSONs: one alone (.tjsn), or many with 0x03 between them (.tmjsn), read by the window.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/moment.h"
#include "apps/ironbow/reel_formats.h"
#include "core/status.h"
#include "ports/linux/storage_file.h"
#include "record/image_json.h"
#include "record/tmjsn.h"

/// A tCam image is 52 kB; files saved by applications may hold more beside it.
#define TJSN_MOST_BYTES (4u << 20)
#define WINDOW_BYTES (2u * IB_TMJSN_RECORD_BYTES)

struct images {
    uint8_t *text; ///< .tjsn: all of it
    size_t size;
    bool given;
    FILE *file; ///< .tmjsn
    uint64_t window_at;
    size_t used; ///< of the window
    size_t held;
    bool last; ///< nothing follows the window
    bool footer;
    char window[WINDOW_BYTES];
};

/// The module that took a tCam image: `Model` bits 9:8 (tCam firmware 3: 0 = 3.5, 1 = 3.0, 2 =
/// 3.1R; firmware 2 knew only bit 8, not radiometric).
static const char *model_of(uint32_t model) {
    static const char *const NAMES[] = {"lepton3.5", "lepton3", "lepton3.1R", "lepton3.5"};
    return NAMES[(model >> 8) & 3];
}

static struct images *make(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct images *state = calloc(1, sizeof *state);
    if (!state)
        ib_app_reel_fail(say, "out of memory");
    self->state = state;
    return state;
}

static void release(struct ib_app_reel *self) {
    struct images *state = self->state;
    free(state->text);
    if (state->file)
        fclose(state->file);
    free(state);
}

/// One image JSON into the frame. Return: 0, or -1 with what is wrong (but not where).
static int take_image(struct ib_app_reel *self, const char *text, size_t size,
                      struct ib_image_metadata *metadata, int64_t *wall_us, char *what,
                      size_t what_size) {
    const char *where = NULL;
    int status = ib_image_json_read(text, size, &self->frame, metadata, &where);
    if (status != IB_OK) {
        bool named = where && where[0];
        snprintf(what, what_size, "%s%s%s", named ? where : "", named ? ": " : "",
                 ib_status_text(status));
        return -1;
    }
    if (!(self->frame.flags & IB_FRAME_TELEMETRY))
        ib_app_reel_infer_unit(&self->frame);
    int64_t moment = ib_app_moment_of(metadata->time, metadata->date);
    if (moment > 0)
        *wall_us = moment;
    if (self->frames == 0) {
        self->info.start_us = *wall_us;
        snprintf(self->info.camera, sizeof self->info.camera, "%s", metadata->camera);
        snprintf(self->info.model, sizeof self->info.model, "%s", model_of(metadata->model));
    }
    if (*wall_us > self->info.start_us)
        self->frame.captured_us = (uint64_t)(*wall_us - self->info.start_us);
    return 0;
}

// ---- .tjsn ----

static int open_tjsn(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct images *state = make(self, say);
    if (!state)
        return -1;
    return ib_storage_file_read(self->path, TJSN_MOST_BYTES, &state->text, &state->size, say.text,
                                say.size) == IB_OK
               ? 0
               : -1;
}

static int next_tjsn(struct ib_app_reel *self, int64_t *wall_us, struct ib_app_reel_say say) {
    struct images *state = self->state;
    struct ib_image_metadata metadata;
    char what[128];
    if (state->given)
        return 0;
    if (take_image(self, (const char *)state->text, state->size, &metadata, wall_us, what,
                   sizeof what) != 0)
        return ib_app_reel_fail(say, "not a .tjsn image: %s", what);
    state->given = true;
    snprintf(self->info.about, sizeof self->info.about, ".tjsn image of %s, %s %s",
             metadata.camera[0] ? metadata.camera : "a tCam", metadata.date, metadata.time);
    return 1;
}

static int rewind_tjsn(struct ib_app_reel *self, struct ib_app_reel_say say) {
    (void)say;
    ((struct images *)self->state)->given = false;
    return 0;
}

static uint64_t position_tjsn(const struct ib_app_reel *self) {
    const struct images *state = self->state;
    return state->given ? state->size : 0;
}

// ---- .tmjsn ----

static int open_tmjsn(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct images *state = make(self, say);
    if (!state)
        return -1;
    state->file = fopen(self->path, "rbe");
    if (!state->file)
        return ib_app_reel_fail(say, "cannot be opened");
    snprintf(self->info.about, sizeof self->info.about, ".tmjsn recording");
    return 0;
}

/// More of the file behind what the window still holds. Return: false when it cannot be read.
static bool refill(struct images *state) {
    state->held -= state->used;
    memmove(state->window, state->window + state->used, state->held);
    state->window_at += state->used;
    state->used = 0;
    size_t room = sizeof state->window - state->held;
    size_t got = fread(state->window + state->held, 1, room, state->file);
    state->held += got;
    state->last = got < room;
    return !ferror(state->file);
}

/// The next record. Return: 1, 0 at the end, -1 when the file cannot be read.
static int next_record(struct images *state, struct ib_tmjsn_record *out) {
    for (;;) {
        if (ib_tmjsn_next(state->window + state->used, state->held - state->used, state->last,
                          out) == 1)
            return 1;
        if (state->last)
            return 0;
        if (!refill(state))
            return -1;
    }
}

static int next_tmjsn(struct ib_app_reel *self, int64_t *wall_us, struct ib_app_reel_say say) {
    struct images *state = self->state;
    struct ib_tmjsn_record record;
    struct ib_image_metadata metadata;
    char what[128] = "no image JSON";
    for (;;) {
        int got = next_record(state, &record);
        uint64_t at = state->window_at + state->used;
        if (got < 0)
            return ib_app_reel_fail(say, "cannot be read, at byte %llu", (unsigned long long)at);
        if (got == 0 && !state->footer) {
            self->truncated = true;
            ib_app_reel_fail(say, "ends too early, without a footer, at byte %llu",
                             (unsigned long long)at);
        }
        if (got == 0)
            return 0;
        bool at_end = state->last && state->used + record.used == state->held;
        state->used += record.used;
        state->footer |= record.kind == IB_TMJSN_INFO;
        if (record.kind == IB_TMJSN_INFO)
            continue;
        if (record.kind == IB_TMJSN_IMAGE &&
            take_image(self, record.text, record.size, &metadata, wall_us, what, sizeof what) == 0)
            return 1;
        if (record.kind == IB_TMJSN_DAMAGED && at_end && self->frames > 0) {
            unsigned long long end = at + record.used;
            self->truncated = true;
            ib_app_reel_fail(say, "ends too early, in frame %u, at byte %llu", self->frames + 1,
                             end);
            return 0;
        }
        return ib_app_reel_fail(say, "frame %u, at byte %llu: %s", self->frames + 1,
                                (unsigned long long)at, what);
    }
}

static int rewind_tmjsn(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct images *state = self->state;
    state->window_at = 0;
    state->used = 0;
    state->held = 0;
    state->last = false;
    state->footer = false;
    if (fseek(state->file, 0, SEEK_SET) == 0)
        return 0;
    return ib_app_reel_fail(say, "cannot be read from its start again");
}

static uint64_t position_tmjsn(const struct ib_app_reel *self) {
    const struct images *state = self->state;
    return state->window_at + state->used;
}

const struct ib_app_reel_kind ib_app_reel_tjsn = {.name = "tjsn",
                                                  .open = open_tjsn,
                                                  .next = next_tjsn,
                                                  .rewind = rewind_tjsn,
                                                  .position = position_tjsn,
                                                  .close = release};

const struct ib_app_reel_kind ib_app_reel_tmjsn = {.name = "tmjsn",
                                                   .open = open_tmjsn,
                                                   .next = next_tmjsn,
                                                   .rewind = rewind_tmjsn,
                                                   .position = position_tmjsn,
                                                   .close = release};
