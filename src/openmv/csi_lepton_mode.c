#include "openmv/csi_lepton_mode.h"

#include <string.h>

#include "core/hub.h"
#include "core/status.h"
#include "openmv/csi_sensor.h"
#include "openmv/hands.h"

#define LIMIT_US 5000000 ///< of all requests of a mode, and again of its first frame
#define ANSWER_US 2000   ///< between two looks for an answer
#define RETRY_US 50000   ///< the owner is busy with the module itself
#define FIXED_US 1000000 ///< without its frames: the module may have refused it
#define GRACE_US 1000000 ///< answers are late by a step, not by so much
#define FRAME_LOOK_US 5000

/// Commands of the module: Lepton software IDD 110-0144-04, sections 4.4 to 4.7.
enum { AGC_CALCULATES = 0x0148, RADIOMETRY = 0x4E10, TLINEAR_RESOLUTION = 0x4EC4, SET = 1 };

/// What a mode consists of, in this order.
enum step {
    NOTHING,
    SETTINGS,   ///< AGC, TLinear, gain
    RADIOMETER, ///< off with AGC, as the firmware has it
    RESOLUTION, ///< 0.01 K
    HISTOGRAM,  ///< AGC ready to be switched on at once
    READ_BACK,
    FRAME,
    COMMAND, ///< a single one, not of a mode
};

static struct ib_csi_lepton *state_of(struct ib_csi *csi) {
    return csi->sensor;
}

static bool is_radiometric(const struct ib_csi *csi) {
    struct ib_camera_state state;
    ib_camera_state(csi->board->hands->lepton, &state);
    return state.identity.radiometric;
}

void ib_csi_lepton_mode_forget(struct ib_csi_lepton *self) {
    self->step = NOTHING;
    self->stale = self->posted;
}

static void go(struct ib_csi_lepton *self, enum step step, uint64_t now_us) {
    ib_csi_lepton_mode_forget(self);
    self->step = (int)step;
    self->step_limit_us = now_us + LIMIT_US;
    self->retry_us = 0;
}

void ib_csi_lepton_mode_begin(struct ib_csi_lepton *self, struct ib_csi_lepton_mode mode,
                              uint64_t now_us) {
    self->asked = mode;
    self->fixed = false;
    go(self, SETTINGS, now_us);
}

bool ib_csi_lepton_mode_busy(const struct ib_csi_lepton *self) {
    return self->step != NOTHING && self->step != COMMAND;
}

bool ib_csi_lepton_mode_is(const struct ib_csi *csi, const struct ib_frame *frame,
                           struct ib_csi_lepton_mode mode) {
    const struct ib_csi_lepton *self = csi->sensor;
    if (self->fixed)
        return !mode.measurement || frame->unit != IB_UNIT_GREY8;
    if (!mode.measurement)
        return frame->unit == IB_UNIT_GREY8;
    if (frame->unit == IB_UNIT_COUNTS)
        return !is_radiometric(csi);
    uint8_t gain = mode.high ? IB_GAIN_LOW : IB_GAIN_HIGH;
    bool told = (frame->flags & IB_FRAME_TELEMETRY) && frame->gain_mode != IB_GAIN_UNKNOWN;
    return frame->unit == IB_UNIT_KELVIN && (!told || frame->gain_mode == gain);
}

// ---- one request ----

static void post(struct ib_csi *csi) {
    struct ib_csi_lepton *self = state_of(csi);
    struct ib_camera_request *request = &self->request;
    request->deadline_us = 0; // the owner's clock is not ours: its own limits
    request->notify = NULL;
    self->posted = true;
    ib_camera_post(csi->board->hands->lepton, request);
}

static void post_command(struct ib_csi *csi, uint16_t command, uint16_t words) {
    struct ib_csi_lepton *self = state_of(csi);
    self->request = (struct ib_camera_request){
        .ask = IB_ASK_CCI,
        .cci = {.command = command, .words = words, .data = self->words},
    };
    post(csi);
}

static void post_switch(struct ib_csi *csi, uint16_t get, bool on) {
    struct ib_csi_lepton *self = state_of(csi);
    self->words[0] = on;
    self->words[1] = 0;
    post_command(csi, (uint16_t)(get + SET), 2);
}

static void post_step(struct ib_csi *csi) {
    struct ib_csi_lepton *self = state_of(csi);
    switch ((enum step)self->step) {
    case SETTINGS:
        self->request = (struct ib_camera_request){
            .ask = IB_ASK_SETTINGS,
            .settings = {.mask = IB_SETTING_AGC | IB_SETTING_GAIN,
                         .agc = !self->asked.measurement,
                         .gain = self->asked.high ? IB_GAIN_LOW : IB_GAIN_HIGH},
        };
        post(csi);
        break;
    case RADIOMETER:
        post_switch(csi, RADIOMETRY, self->asked.measurement);
        break;
    case RESOLUTION:
        post_switch(csi, TLINEAR_RESOLUTION, true);
        break;
    case HISTOGRAM:
        post_switch(csi, AGC_CALCULATES, !self->asked.measurement);
        break;
    case READ_BACK:
        post_command(csi, RADIOMETRY, 2);
        break;
    case COMMAND:
        if ((self->command & 3) == SET)
            memcpy(self->words, csi->ioctl.words, self->command_words * sizeof self->words[0]);
        post_command(csi, self->command, (uint16_t)self->command_words);
        break;
    case NOTHING:
    case FRAME:
    default:
        break;
    }
}

/// Post what the step needs and wait for its answer.
/// Return: 1 it is in the request; 0 call again. Errors: IB_CSI_E_CONTROL: too late.
static int exchange(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    bool answered = self->posted && ib_camera_answered(&self->request);
    *due_us = now_us + ANSWER_US;
    if (self->posted && !answered)
        return now_us > self->step_limit_us + GRACE_US ? IB_CSI_E_CONTROL : 0;
    self->posted = false;
    if (answered && !self->stale) {
        if (self->request.status != IB_E_NOT_READY)
            return 1;
        self->retry_us = now_us + RETRY_US;
    }
    self->stale = false;
    if (now_us >= self->step_limit_us)
        return IB_CSI_E_CONTROL;
    if (now_us < self->retry_us)
        *due_us = self->retry_us;
    else
        post_step(csi);
    return 0;
}

// ---- a mode ----

static enum step step_after(enum step step, bool radiometric, bool measurement) {
    switch (step) {
    case SETTINGS:
        return radiometric ? RADIOMETER : HISTOGRAM;
    case RADIOMETER:
        return measurement ? RESOLUTION : HISTOGRAM;
    case RESOLUTION:
        return HISTOGRAM;
    case HISTOGRAM:
        return READ_BACK;
    default:
        return FRAME;
    }
}

/// A module may not know a command: then it lives without. Only what makes the mode must work.
static int judge(struct ib_csi_lepton *self) {
    int status = self->request.status;
    if (self->step == READ_BACK)
        self->radiometry = status == IB_OK && self->words[0] != 0;
    bool essential = self->step == SETTINGS;
    bool answer = status == IB_OK || status == IB_E_DEVICE;
    return answer || !essential ? IB_OK : IB_CSI_E_CONTROL;
}

/// What a module refuses, its owner does not want any more.
static bool has_refused(const struct ib_csi *csi, const struct ib_csi_lepton_mode *mode) {
    struct ib_camera_state state;
    ib_camera_state(csi->board->hands->lepton, &state);
    return state.stage == IB_STAGE_RUNNING &&
           (state.settings.agc == mode->measurement ||
            state.settings.gain != (mode->high ? IB_GAIN_LOW : IB_GAIN_HIGH));
}

static int wait_for_frame(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    struct ib_hub *hub = csi->board->hands->frames;
    const struct ib_frame *frame = ib_hub_newest(hub, self->frame_after);
    // While the shutter works the module may send its latest picture again: one of the mode before,
    // with the telemetry of this one.
    bool fresh = frame && !(frame->flags & IB_FRAME_FFC);
    bool there = fresh && ib_csi_lepton_mode_is(csi, frame, self->asked);
    if (fresh && !there && now_us >= self->step_limit_us - LIMIT_US + FIXED_US) {
        self->fixed = has_refused(csi, &self->asked);
        there = ib_csi_lepton_mode_is(csi, frame, self->asked);
    }
    if (there)
        self->seen = frame->sequence - 1;
    if (frame)
        ib_hub_release(hub, frame);
    *due_us = now_us + FRAME_LOOK_US;
    if (there) {
        self->mode = self->asked;
        self->configured = true;
        self->step = NOTHING;
        return 1;
    }
    if (now_us < self->step_limit_us)
        return 0;
    self->step = NOTHING;
    return IB_CSI_E_CONTROL;
}

int ib_csi_lepton_mode_step(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    while (self->step != FRAME) {
        if (self->step == NOTHING)
            return 1;
        int status = exchange(csi, now_us, due_us);
        if (status == 1)
            status = judge(self) == IB_OK ? 1 : IB_CSI_E_CONTROL;
        if (status < 0)
            ib_csi_lepton_mode_forget(self);
        if (status <= 0)
            return status;
        self->step =
            (int)step_after((enum step)self->step, is_radiometric(csi), self->asked.measurement);
        if (self->step == FRAME) {
            self->frame_after = ib_hub_sequence(csi->board->hands->frames);
            self->step_limit_us = now_us + LIMIT_US;
        }
    }
    return wait_for_frame(csi, now_us, due_us);
}

int ib_csi_lepton_command(struct ib_csi *csi, uint16_t command, uint32_t words, bool began,
                          uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    if (!began) {
        go(self, COMMAND, now_us);
        self->command = command;
        self->command_words = words;
    }
    int status = exchange(csi, now_us, due_us);
    if (status == 0)
        return 0;
    self->step = NOTHING;
    if (status < 0) {
        ib_csi_lepton_mode_forget(self);
        return status;
    }
    return self->request.status == IB_OK ? 1 : IB_CSI_E_CONTROL;
}
