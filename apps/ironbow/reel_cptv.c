/// CPTV clips from a gzip file (or plain), streamed.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/gunzip.h"
#include "apps/ironbow/known_rows.h"
#include "apps/ironbow/reel_formats.h"
#include "core/bytes.h"
#include "core/status.h"
#include "record/cptv.h"

/// A week of 160x120 is 200 GB: whoever claims more than this in one clip sends us a bomb.
#define MOST_BYTES (256ull << 30)
#define BACKWARDS UINT64_C(0x80000000000) ///< steps this large are steps back

struct clip {
    struct ib_app_gunzip file;
    struct ib_cptv reader;
    bool header_seen;
    bool timed; ///< `last_us` is a frame's
    uint64_t last_us;
    uint8_t unit; ///< of every frame
    uint16_t scale_ck;
    bool known; ///< so the header says, or the first frame
    uint8_t input[16384];
    size_t input_size;
    size_t input_used;
};

static int say_where(const struct clip *self, const char *what, struct ib_app_reel_say say) {
    char place[32] = "the header";
    if (self->header_seen)
        snprintf(place, sizeof place, "frame %u", self->reader.frames + 1u);
    return ib_app_reel_fail(say, "%s, in %s, at byte %llu of the unpacked file", what, place,
                            (unsigned long long)self->reader.position);
}

/// What was cut off is sound up to there; without a header there is nothing.
static int cut_off(struct ib_app_reel *self, const char *what, struct ib_app_reel_say say) {
    struct clip *clip = self->state;
    say_where(clip, what, say);
    if (!clip->header_seen)
        return -1;
    self->truncated = true;
    return IB_CPTV_MORE;
}

/// The next event. Return: enum ib_cptv_event, IB_CPTV_MORE only at the end, -1.
static int next_event(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct clip *clip = self->state;
    for (;;) {
        if (clip->input_used == clip->input_size) {
            int more = ib_app_gunzip_read(&clip->file, clip->input, sizeof clip->input);
            clip->input_size = more > 0 ? (size_t)more : 0;
            clip->input_used = 0;
            if (more == IB_E_TRUNCATED)
                return cut_off(self, clip->file.broken, say);
            if (more < 0)
                return say_where(clip, clip->file.broken, say);
            if (more == 0) {
                int status = ib_cptv_end(&clip->reader);
                return status == IB_OK ? IB_CPTV_MORE
                                       : cut_off(self, "the recording ends too early", say);
            }
        }
        size_t used = 0;
        int event = ib_cptv_feed(&clip->reader, clip->input + clip->input_used,
                                 clip->input_size - clip->input_used, &used);
        clip->input_used += used;
        clip->header_seen |= event == IB_CPTV_HEADER;
        if (event < 0)
            return say_where(
                clip, clip->reader.problem ? clip->reader.problem : ib_status_text(event), say);
        if (clip->reader.position > MOST_BYTES)
            return say_where(clip, "longer than 256 GiB", say);
        if (event != IB_CPTV_MORE)
            return event;
    }
}

/// What the header says of the pixels' meaning, if it is ours.
static void take_meaning(struct clip *clip) {
    static const struct {
        const char *text;
        uint8_t unit;
        uint16_t scale_ck;
    } MEANINGS[] = {{IB_CPTV_KELVIN_1, IB_UNIT_KELVIN, 1},
                    {IB_CPTV_KELVIN_10, IB_UNIT_KELVIN, 10},
                    {IB_CPTV_COUNTS, IB_UNIT_COUNTS, 0},
                    {IB_CPTV_GREY, IB_UNIT_GREY8, 0}};
    for (size_t i = 0; i < sizeof MEANINGS / sizeof MEANINGS[0]; i++) {
        if (strcmp(clip->reader.header.motion, MEANINGS[i].text) != 0)
            continue;
        clip->known = true;
        clip->unit = MEANINGS[i].unit;
        clip->scale_ck = MEANINGS[i].scale_ck;
    }
}

static int take_header(struct ib_app_reel *self) {
    struct clip *clip = self->state;
    const struct ib_cptv_header *header = &clip->reader.header;
    self->info.width_px = header->width_px;
    self->info.height_px = header->height_px;
    self->info.start_us = header->timestamp_us < INT64_MAX ? (int64_t)header->timestamp_us : 0;
    snprintf(self->info.camera, sizeof self->info.camera, "%s", header->device);
    snprintf(self->info.model, sizeof self->info.model, "%s", header->model);
    snprintf(self->info.about, sizeof self->info.about, "CPTV %u clip, %ux%u%s%s", header->version,
             header->width_px, header->height_px, header->model[0] ? ", " : "", header->model);
    take_meaning(clip);
    return 0;
}

static int start(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct clip *clip = self->state;
    clip->header_seen = false;
    clip->timed = false;
    clip->known = false;
    clip->input_size = 0;
    clip->input_used = 0;
    ib_cptv_init(&clip->reader, self->pixels, IB_APP_REEL_MOST_PX);
    int event = next_event(self, say);
    if (event == IB_CPTV_HEADER)
        return take_header(self);
    // A size that does not fit is refused by the reader itself, after it has said it.
    const struct ib_cptv_header *header = &clip->reader.header;
    if (event < 0 && (size_t)header->width_px * header->height_px > IB_APP_REEL_MOST_PX)
        return ib_app_reel_fail(say, "%ux%u pixels are too many", header->width_px,
                                header->height_px);
    return event < 0 ? -1 : say_where(clip, "no header", say);
}

static int open_clip(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct clip *clip = calloc(1, sizeof *clip);
    if (!clip)
        return ib_app_reel_fail(say, "out of memory");
    self->state = clip;
    int opened = ib_app_gunzip_open(&clip->file, self->path);
    return opened != 0 ? ib_app_reel_fail(say, "%s", strerror(-opened)) : start(self, say);
}

static uint16_t centikelvin(float celsius) {
    double value = (double)celsius * 100 + 27315;
    if (!isfinite(value) || value < 1 || value >= 65535)
        return 0;
    return (uint16_t)(((uint32_t)(value * 2) + 1) / 2);
}

/// The first frame's moment is the header's (version 1: and its own offset); from there on the
/// frames' own clock counts.
static int64_t moment_of(const struct ib_app_reel *self, struct clip *clip, int64_t last_us) {
    uint64_t now_us = clip->reader.frame.time_us;
    uint64_t step_us = now_us - clip->last_us;
    bool first = !clip->timed;
    clip->timed = true;
    clip->last_us = now_us;
    if (first)
        return self->info.start_us + (clip->reader.header.version == 1 ? (int64_t)now_us : 0);
    return step_us < BACKWARDS ? last_us + (int64_t)step_us : last_us;
}

static void describe(struct ib_app_reel *self, const struct clip *clip) {
    const struct ib_cptv_frame *facts = &clip->reader.frame;
    struct ib_frame *frame = &self->frame;
    *frame = (struct ib_frame){.width_px = clip->reader.header.width_px,
                               .height_px = clip->reader.header.height_px,
                               .gain_mode = IB_GAIN_UNKNOWN,
                               .gain = IB_GAIN_UNKNOWN,
                               .pixels = self->pixels,
                               .capacity_px = IB_APP_REEL_MOST_PX};
    frame->unit = clip->unit;
    frame->scale_ck = clip->scale_ck;
    frame->agc = clip->unit == IB_UNIT_GREY8;
    frame->fpa_ck = centikelvin(facts->fpa_c);
    frame->uptime_ms = clip->reader.header.version == 1 ? 0 : facts->time_on_ms;
    frame->ffc_state = IB_FFC_DONE;
    if (facts->marked) {
        frame->flags = facts->flags;
        frame->ffc_state = facts->ffc_state & 3;
    }
    ib_app_known_rows(frame);
    frame->telemetry[IB_APP_ROW_FPA_AT_FFC] = centikelvin(facts->fpa_at_ffc_c);
    ib_u32_to_words(frame->telemetry + IB_APP_ROW_UPTIME_AT_FFC, facts->last_ffc_ms);
}

/// The format does not say what its numbers mean. A Lepton 3.0 has only counts; 14 bits cannot
/// exceed 16383, so a 3.5 that does was sending 0.01 K.
static void infer(const struct ib_app_reel *self, struct clip *clip) {
    struct ib_frame probe = self->frame;
    clip->known = true;
    clip->unit = IB_UNIT_COUNTS;
    clip->scale_ck = 0;
    if (strcmp(clip->reader.header.model, "lepton3.5") != 0)
        return;
    ib_app_reel_infer_unit(&probe);
    if (probe.unit == IB_UNIT_KELVIN) {
        clip->unit = IB_UNIT_KELVIN;
        clip->scale_ck = 1;
    }
}

static int next_frame(struct ib_app_reel *self, int64_t *wall_us, struct ib_app_reel_say say) {
    struct clip *clip = self->state;
    for (;;) {
        int event = next_event(self, say);
        if (event <= 0)
            return event;
        if (event != IB_CPTV_FRAME || clip->reader.frame.background)
            continue;
        describe(self, clip);
        if (!clip->known) {
            infer(self, clip);
            describe(self, clip);
        }
        *wall_us = moment_of(self, clip, *wall_us);
        if (*wall_us > self->info.start_us)
            self->frame.captured_us = (uint64_t)(*wall_us - self->info.start_us);
        return 1;
    }
}

static int rewind_clip(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct clip *clip = self->state;
    if (ib_app_gunzip_rewind(&clip->file) != IB_OK)
        return ib_app_reel_fail(say, "%s", clip->file.broken);
    return start(self, say);
}

static uint64_t position(const struct ib_app_reel *self) {
    const struct clip *clip = self->state;
    off_t at = ftello(clip->file.file);
    return at > 0 ? (uint64_t)at : 0;
}

static void release(struct ib_app_reel *self) {
    struct clip *clip = self->state;
    ib_app_gunzip_close(&clip->file);
    free(clip);
}

const struct ib_app_reel_kind ib_app_reel_cptv = {.name = "cptv",
                                                  .open = open_clip,
                                                  .next = next_frame,
                                                  .rewind = rewind_clip,
                                                  .position = position,
                                                  .close = release};
