/// Recordings, read by the reel, as the simulated Lepton takes them.
#include "apps/ironbow/playback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/known_rows.h"
#include "apps/ironbow/reel.h"
#include "core/status.h"

struct ib_app_playback {
    struct ib_sim_playback table;
    struct ib_app_reel *reel;
    const struct ib_log *log;
    char path[1024];
    char about[200];
    unsigned frames;
    uint8_t unit; ///< of every frame
    uint16_t scale_ck;
};

/// Which module reports itself: the one that the recording names, or one that could have made it.
static const char *model_of(const struct ib_app_reel_info *info, bool kelvin) {
    static const char *const NAMES[] = {"1.5", "1.6", "2.0", "2.5", "3.0", "3.1R", "3.5"};
    if (strncmp(info->model, "lepton", 6) == 0) {
        for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
            bool large = NAMES[i][0] == '3';
            if (strcmp(info->model + 6, NAMES[i]) == 0 && large == (info->width_px == 160))
                return NAMES[i];
        }
    }
    if (info->width_px == 80)
        return kelvin ? "2.5" : "2.0";
    return kelvin ? "3.5" : "3.0";
}

static void take_facts(struct ib_app_playback *self, const struct ib_frame *frame) {
    struct ib_sim_playback_facts *facts = &self->table.facts;
    const struct ib_app_reel_info *info = ib_app_reel_info(self->reel);
    bool telemetry = ib_app_rows_are_a_sensors(frame);
    self->unit = frame->unit;
    self->scale_ck = frame->scale_ck;
    facts->width_px = frame->width_px;
    facts->height_px = frame->height_px;
    facts->agc = frame->unit == IB_UNIT_GREY8;
    facts->tlinear = frame->unit == IB_UNIT_KELVIN;
    facts->model = model_of(info, facts->tlinear);
    facts->resolution = facts->tlinear ? frame->scale_ck == 1
                        : telemetry    ? frame->telemetry[IB_APP_ROW_RESOLUTION] != 0
                                       : 1;
    facts->gain_mode = frame->gain_mode <= IB_GAIN_AUTO ? frame->gain_mode : IB_GAIN_HIGH;
    facts->gain_effective = frame->gain == IB_GAIN_LOW ? IB_GAIN_LOW : IB_GAIN_HIGH;
}

/// Return: 1 with a frame, 0 at the end, -1.
static int take(struct ib_app_playback *self, const struct ib_frame **frame, char *problem,
                size_t problem_size) {
    int64_t wall_us;
    int got = ib_app_reel_next(self->reel, frame, &wall_us, problem, problem_size);
    if (got == 1 && self->frames > 0 &&
        ((*frame)->unit != self->unit || (*frame)->scale_ck != self->scale_ck)) {
        snprintf(problem, problem_size, "frame %u: its numbers mean something else than before",
                 (*frame)->sequence);
        return -1;
    }
    return got;
}

static int next(void *context, struct ib_sim_playback_frame *out) {
    struct ib_app_playback *self = context;
    const struct ib_frame *frame;
    char problem[256] = "no frames any more";
    int got = take(self, &frame, problem, sizeof problem);
    if (got == 0 && ib_app_reel_rewind(self->reel, problem, sizeof problem) == 0)
        got = take(self, &frame, problem, sizeof problem);
    if (got <= 0) {
        char text[sizeof self->path + sizeof problem + 32];
        snprintf(text, sizeof text, "%s: %s: playback stops", self->path, problem);
        ib_log(self->log, IB_LOG_ERROR, "replay", text);
        return IB_E_FORMAT;
    }
    out->pixels = frame->pixels;
    out->telemetry = ib_app_rows_are_a_sensors(frame) ? frame->telemetry : NULL;
    out->fpa_ck = frame->fpa_ck;
    out->ffc = (frame->flags & IB_FRAME_FFC) != 0;
    return IB_OK;
}

/// Read all of it once. Return: 0, -1.
static int check(struct ib_app_playback *self, char *problem, size_t problem_size) {
    const struct ib_app_reel_info *info = ib_app_reel_info(self->reel);
    if (info->width_px != 0 && !(info->width_px == 160 && info->height_px == 120) &&
        !(info->width_px == 80 && info->height_px == 60)) {
        snprintf(problem, problem_size, "%ux%u pixels: no Lepton has that many (160x120, 80x60)",
                 info->width_px, info->height_px);
        return -1;
    }
    const struct ib_frame *frame;
    char ending[256] = "";
    int got;
    while ((got = take(self, &frame, ending, sizeof ending)) == 1) {
        if (self->frames++ == 0)
            take_facts(self, frame);
    }
    bool truncated = ib_app_reel_truncated(self->reel);
    if (got < 0 || self->frames == 0) {
        snprintf(problem, problem_size, "%s", got < 0 || truncated ? ending : "holds no frames");
        return -1;
    }
    if (truncated) {
        char text[sizeof self->path + sizeof ending + 8];
        snprintf(text, sizeof text, "%s: %s", self->path, ending);
        ib_log(self->log, IB_LOG_WARNING, "replay", text);
    }
    const struct ib_sim_playback_facts *facts = &self->table.facts;
    if (strcmp(info->format, "tjsn") == 0)
        snprintf(self->about, sizeof self->about, "%s", info->about);
    else
        snprintf(self->about, sizeof self->about, "%s, %u frames, Lepton %s%s", info->about,
                 self->frames, facts->model,
                 facts->tlinear ? ", temperatures"
                 : facts->agc   ? ", grey"
                                : ", counts");
    return ib_app_reel_rewind(self->reel, problem, problem_size);
}

int ib_app_playback_open(struct ib_app_playback **out, const char *path, const struct ib_log *log,
                         char *problem, size_t problem_size) {
    struct ib_app_playback *self = calloc(1, sizeof *self);
    if (!self) {
        snprintf(problem, problem_size, "out of memory");
        return -1;
    }
    self->log = log;
    self->table.context = self;
    self->table.next = next;
    snprintf(self->path, sizeof self->path, "%s", path);
    if (ib_app_reel_open(&self->reel, path, problem, problem_size) != 0 ||
        check(self, problem, problem_size) != 0) {
        ib_app_playback_close(self);
        return -1;
    }
    *out = self;
    return 0;
}

void ib_app_playback_close(struct ib_app_playback *self) {
    if (!self)
        return;
    ib_app_reel_close(self->reel);
    free(self);
}

const struct ib_sim_playback *ib_app_playback_table(const struct ib_app_playback *self) {
    return &self->table;
}

const char *ib_app_playback_about(const struct ib_app_playback *self) {
    return self->about;
}
