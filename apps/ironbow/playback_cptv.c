/// CPTV clips from a gzip file, streamed; rewound at the end.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/playback_formats.h"
#include "core/status.h"

/// A week of 160x120 is 200 GB: whoever claims more than this in one clip sends us a bomb.
#define MOST_BYTES (8ull << 30)

static void say_where(struct ib_app_playback *self, const char *what) {
    char place[32] = "the header";
    if (self->header_seen)
        snprintf(place, sizeof place, "frame %u", self->clip.frames + 1u);
    snprintf(self->problem, sizeof self->problem, "%s, in %s, at byte %llu of the unpacked file",
             what, place, (unsigned long long)self->clip.position);
}

static int from_the_start(struct ib_app_playback *self) {
    self->header_seen = false;
    self->input_size = 0;
    self->input_used = 0;
    ib_cptv_init(&self->clip, self->pixels, IB_SIM_MAX_PX);
    int status = ib_app_gunzip_rewind(&self->file);
    if (status != IB_OK)
        say_where(self, self->file.broken);
    return status;
}

/// More input. Return: its size, 0 at the end of a sound file. Errors: as ib_app_gunzip_read.
static int refill(struct ib_app_playback *self) {
    int got = ib_app_gunzip_read(&self->file, self->input, sizeof self->input);
    if (got < 0)
        say_where(self, self->file.broken);
    self->input_size = got > 0 ? (size_t)got : 0;
    self->input_used = 0;
    return got;
}

/// The next event. Return: enum ib_cptv_event, IB_CPTV_MORE only at the end of a sound file.
static int next_event(struct ib_app_playback *self) {
    for (;;) {
        if (self->input_used == self->input_size) {
            int more = refill(self);
            if (more < 0)
                return more;
            if (more == 0) {
                int status = ib_cptv_end(&self->clip);
                if (status != IB_OK)
                    say_where(self, "the recording ends too early");
                return status == IB_OK ? IB_CPTV_MORE : status;
            }
        }
        size_t used = 0;
        int event = ib_cptv_feed(&self->clip, self->input + self->input_used,
                                 self->input_size - self->input_used, &used);
        self->input_used += used;
        self->header_seen |= event == IB_CPTV_HEADER;
        if (event < 0)
            say_where(self, self->clip.problem ? self->clip.problem : ib_status_text(event));
        else if (self->clip.position > MOST_BYTES) {
            say_where(self, "longer than 8 GiB");
            event = IB_E_OVERFLOW;
        }
        if (event != IB_CPTV_MORE)
            return event;
    }
}

/// Return: 1 with a frame of the recording in `pixels`, 0 at the end.
static int next_clip_frame(struct ib_app_playback *self) {
    for (;;) {
        int event = next_event(self);
        if (event < 0)
            return event;
        if (event == IB_CPTV_MORE)
            return 0;
        if (event == IB_CPTV_FRAME && !self->clip.frame.background)
            return 1;
    }
}

static int next(void *context, struct ib_sim_playback_frame *out) {
    struct ib_app_playback *self = context;
    int got = next_clip_frame(self);
    if (got == 0) {
        got = from_the_start(self);
        if (got == IB_OK)
            got = next_clip_frame(self);
    }
    if (got <= 0) {
        char text[sizeof self->path + sizeof self->problem + 32];
        snprintf(text, sizeof text, "%s: %s: playback stops", self->path,
                 got < 0 ? self->problem : "no frames any more");
        ib_log(self->log, IB_LOG_ERROR, "replay", text);
        return got < 0 ? got : IB_E_TRUNCATED;
    }
    out->pixels = self->pixels;
    out->telemetry = NULL;
    double fpa_ck = (double)self->clip.frame.fpa_c * 100 + 27315;
    out->fpa_ck = 0;
    if (isfinite(fpa_ck) && fpa_ck >= 1 && fpa_ck < 65535)
        out->fpa_ck = (uint16_t)(((uint32_t)(fpa_ck * 2) + 1) / 2);
    out->ffc = false;
    return IB_OK;
}

static const char *model_of(const struct ib_cptv_header *header) {
    if (header->width_px == 80)
        return "2.0";
    return strcmp(header->model, "lepton3.5") == 0 ? "3.5" : "3.0";
}

int ib_app_playback_open_cptv(struct ib_app_playback *self, char *problem, size_t problem_size) {
    int opened = ib_app_gunzip_open(&self->file, self->path);
    if (opened != 0) {
        snprintf(problem, problem_size, "%s", strerror(-opened));
        return -1;
    }
    ib_cptv_init(&self->clip, self->pixels, IB_SIM_MAX_PX);
    int got = next_event(self);
    const struct ib_cptv_header *header = &self->clip.header;
    uint16_t width_px = header->width_px;
    uint16_t height_px = header->height_px;
    // A size that does not even fit is refused by the reader itself, after it has said it.
    if ((got == IB_CPTV_HEADER || got == IB_E_NO_SPACE) && !(width_px == 160 && height_px == 120) &&
        !(width_px == 80 && height_px == 60)) {
        snprintf(problem, problem_size, "%ux%u pixels: no Lepton has that many (160x120, 80x60)",
                 width_px, height_px);
        return -1;
    }
    uint16_t most = 0;
    while (got > 0) {
        got = next_clip_frame(self);
        for (size_t i = 0; got == 1 && i < (size_t)width_px * height_px; i++)
            most = self->pixels[i] > most ? self->pixels[i] : most;
        self->frames += got == 1;
    }
    if (got < 0 || self->frames == 0) {
        snprintf(problem, problem_size, "%s", got < 0 ? self->problem : "holds no frames");
        return -1;
    }
    struct ib_sim_playback_facts *facts = &self->table.facts;
    facts->model = model_of(header);
    facts->width_px = width_px;
    facts->height_px = height_px;
    // The format does not say what its numbers mean. A Lepton 3.0 has only counts; 14 bits cannot
    // exceed 16383, so a 3.5 that does was sending 0.01 K.
    facts->tlinear = strcmp(facts->model, "3.5") == 0 && most > 16383;
    facts->resolution = 1;
    snprintf(self->about, sizeof self->about, "CPTV %u clip, %ux%u, %u frames, Lepton %s%s",
             header->version, width_px, height_px, self->frames, facts->model,
             facts->tlinear ? ", temperatures" : ", counts");
    self->table.next = next;
    if (from_the_start(self) != IB_OK) {
        snprintf(problem, problem_size, "%s", self->problem);
        return -1;
    }
    return 0;
}
