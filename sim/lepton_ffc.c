/// Flat field correction, gain and temperatures: what the part does by itself, slowly.
///
/// Phases are timed in frames of 1/26.5 s: imminent 52 frames, in process 23 with 8 frames
/// averaged. The warm-up (a few kelvin above the room within minutes) is a model of ours.
/// Source: engineering data sheet rev 200, FFC and gain mode; software IDD rev 100, SYS 0x3C, 0x50.

#include "sim/lepton_private.h"

#include "core/bytes.h"
#include "core/real.h"

/// Shutter closes (4 frames), settles (10), opens (1); the averaged frames come on top.
#define FFC_FRAMES_BESIDE_AVERAGE 15u

#define FFC_AUTO 1
#define FFC_EXTERNAL 2

#define COLD_LIMIT_K 263.15f      ///< -10 C: the shutter is not moved below
#define SHUTDOWN_LIMIT_K 353.15f  ///< 80 C
#define SHUTDOWN_FRAMES 270       ///< about 10 s
#define FRAMES_PER_UNIQUE_FRAME 3 ///< of the 26.5 Hz

#define WARM_UP_S 420.0
#define FPA_ABOVE_ROOM_K 11.0f
#define HOUSING_ABOVE_ROOM_K 10.0f

#define KELVIN_AT_0_C 273.15f

// ---- Temperatures ----

uint16_t ib_sim_lepton_ck(float kelvin) {
    float ck = kelvin * 100.0f + 0.5f;
    return ck <= 0 ? 0 : ck >= 65535.0f ? 65535 : (uint16_t)ck;
}

static float body_k(const struct ib_sim_lepton_body *body, double left) {
    return (float)(body->end_k + (double)(body->start_k - body->end_k) * left);
}

void ib_sim_lepton_warm(struct ib_sim_lepton *self) {
    double seconds = (double)(self->now_us - self->body_us) / 1e6;
    double left = ib_exp(-seconds / WARM_UP_S);
    self->fpa_k = body_k(&self->fpa, left);
    self->housing_k = body_k(&self->housing, left);
    const struct ib_sim_lepton_playing *playing = &self->playing;
    if (playing->from && playing->has_telemetry) {
        self->fpa_k = (float)playing->telemetry[24] / 100.0f;
        self->housing_k = (float)playing->telemetry[26] / 100.0f;
    } else if (playing->from && playing->fpa_ck) {
        self->fpa_k = (float)playing->fpa_ck / 100.0f;
    }
}

void ib_sim_lepton_warm_from_here(struct ib_sim_lepton *self) {
    double seconds = (double)(self->now_us - self->body_us) / 1e6;
    double left = ib_exp(-seconds / WARM_UP_S);
    bool on = self->power == IB_SIM_POWER_ON || self->power == IB_SIM_POWER_BOOT;
    self->fpa.start_k = body_k(&self->fpa, left);
    self->housing.start_k = body_k(&self->housing, left);
    self->fpa.end_k = self->ambient_k + (on ? FPA_ABOVE_ROOM_K : 0);
    self->housing.end_k = self->ambient_k + (on ? HOUSING_ABOVE_ROOM_K : 0);
    self->body_us = self->now_us;
    ib_sim_lepton_warm(self);
}

// ---- Flat field correction ----

static bool moves_shutter(const struct ib_sim_lepton *self) {
    return self->model->shutter && self->registers.ffc_mode[0] != FFC_EXTERNAL;
}

static bool automatic(const struct ib_sim_lepton *self) {
    return self->model->shutter && self->registers.ffc_mode[0] == FFC_AUTO && !self->ffc.lockout;
}

void ib_sim_lepton_ffc_reset(struct ib_sim_lepton *self) {
    self->ffc = (struct ib_sim_lepton_ffc){.pending_gain = -1};
    self->shutdown_frames = SHUTDOWN_FRAMES;
}

void ib_sim_lepton_ffc_run(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_ffc *ffc = &self->ffc;
    // Too hot or too cold to move the shutter: the command is ignored.
    if (ffc->state == 2 || (ffc->lockout && moves_shutter(self)))
        return;
    if (ib_sim_lepton_take(self, IB_FAULT_FFC_BROWN_OUT)) {
        ib_sim_lepton_boot(self, false);
        return;
    }
    unsigned frames = FFC_FRAMES_BESIDE_AVERAGE + (1u << self->registers.frames_to_average[0]);
    ffc->state = 2;
    ffc->began_us = self->now_us;
    ffc->until_us = self->now_us + IB_SIM_LEPTON_FRAMES_US(frames);
    if (ib_sim_lepton_take(self, IB_FAULT_FFC_LONG))
        ffc->until_us += self->faults[IB_FAULT_FFC_LONG].duration_us;
    ib_sim_lepton_due(self);
}

static void complete(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_ffc *ffc = &self->ffc;
    ib_sim_lepton_warm(self);
    ib_sim_imager_ffc(&self->imager, (double)(self->now_us - self->init_us) / 1e6, self->fpa_k,
                      self->housing_k);
    ffc->state = 3;
    ffc->desired = false;
    ffc->done_us = self->now_us;
    ffc->last_uptime_ms = ib_sim_lepton_uptime_ms(self, self->now_us);
    ffc->last_fpa_ck = ib_sim_lepton_ck(self->fpa_k);
    ffc->last_housing_ck = ib_sim_lepton_ck(self->housing_k);
    if (ffc->pending_gain >= 0)
        self->gain = (uint8_t)ffc->pending_gain;
    ffc->pending_gain = -1;
    // Older modules stop sending and have to be found again.
    if (ib_sim_lepton_has(self, IB_FAULT_FFC_NO_VIDEO))
        ib_sim_lepton_vospi_lose(self, IB_SIM_LOST_DISCARDS);
}

void ib_sim_lepton_ffc_step(struct ib_sim_lepton *self) {
    if (self->ffc.state == 2) {
        complete(self);
        return;
    }
    self->ffc.state = self->ffc.done_us ? 3 : 0; // imminent is over; a lockout may have come
    ib_sim_lepton_ffc_run(self);
}

/// Never corrected, too long ago, or at another temperature.
static bool wants_ffc(const struct ib_sim_lepton *self) {
    const uint16_t *object = self->registers.ffc_mode;
    uint32_t period_ms = ib_words_to_u32(object + 10);
    uint16_t delta_ck = object[14];
    if (!self->ffc.done_us)
        return true;
    if (period_ms && self->now_us - self->ffc.done_us >= (uint64_t)period_ms * 1000)
        return true;
    int moved_ck = (int)ib_sim_lepton_ck(self->fpa_k) - (int)self->ffc.last_fpa_ck;
    return delta_ck && (moved_ck > delta_ck || -moved_ck > delta_ck);
}

static void watch_heat(struct ib_sim_lepton *self) {
    if (self->fpa_k <= SHUTDOWN_LIMIT_K || !self->registers.thermal_shutdown_enable[0]) {
        self->shutdown_frames = SHUTDOWN_FRAMES;
        return;
    }
    self->shutdown_frames = (int16_t)(self->shutdown_frames - FRAMES_PER_UNIQUE_FRAME);
    if (self->shutdown_frames <= 0)
        ib_sim_lepton_sleep(self);
}

void ib_sim_lepton_ffc_watch(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_ffc *ffc = &self->ffc;
    ib_sim_lepton_warm(self);
    ffc->lockout = 0;
    if (self->model->shutter && self->fpa_k > self->model->hot_limit_k)
        ffc->lockout = 1;
    else if (self->model->shutter && self->fpa_k < COLD_LIMIT_K)
        ffc->lockout = 2;
    watch_heat(self);
    // A recording's pixels are not to be interrupted: it was corrected when it was made.
    if (self->power != IB_SIM_POWER_ON || self->playing.from || ffc->state == 1 || ffc->state == 2)
        return;
    if (!wants_ffc(self))
        return;
    ffc->desired = true;
    if (!automatic(self))
        return;
    uint16_t delay_frames = self->registers.ffc_mode[15];
    if (delay_frames == 0) {
        ib_sim_lepton_ffc_run(self);
        return;
    }
    ffc->state = 1;
    ffc->until_us = self->now_us + IB_SIM_LEPTON_FRAMES_US(delay_frames);
    ib_sim_lepton_due(self);
}

// ---- Gain ----

void ib_sim_lepton_gain_to(struct ib_sim_lepton *self, uint8_t gain) {
    if (gain == self->gain) {
        self->ffc.pending_gain = -1;
        return;
    }
    if (automatic(self)) {
        self->ffc.pending_gain = (int8_t)gain;
        ib_sim_lepton_ffc_run(self);
        return;
    }
    // The host is told that a correction is due and has to see to it.
    self->gain = gain;
    self->ffc.desired = true;
}

void ib_sim_lepton_gain_watch(struct ib_sim_lepton *self) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    if (r->gain_mode[0] != 2 || !r->radiometry[0] || self->ffc.state == 2 || self->playing.from)
        return;
    // What the shutter showed last says nothing about the scene.
    if (self->video.view == IB_SIM_VIEW_SHUTTER)
        return;
    const uint16_t *object = r->gain_object;
    ib_sim_lepton_video_ensure(self);
    // Kelvin thresholds while TLinear is on, Celsius ones otherwise.
    unsigned at = self->gain ? 1 : 0;
    float limit_k = r->tlinear[0] ? (float)object[8 + at] : (float)object[6 + at] + KELVIN_AT_0_C;
    uint32_t of_px, hot_px = ib_sim_imager_hotter_px(&self->imager, object, limit_k, &of_px);
    if (!self->gain && hot_px * 100 > object[4] * of_px)
        ib_sim_lepton_gain_to(self, 1);
    else if (self->gain && (of_px - hot_px) * 100 > object[5] * of_px)
        ib_sim_lepton_gain_to(self, 0);
}
