/// A FLIR Lepton: power, boot and time. The front doors are in lepton_cci.c and lepton_vospi.c.
///
/// Time: there is no thread in here. Whenever a door is touched, everything that should have
/// happened since happens, in order (ib_sim_lepton_advance); transfers move the clock on by their
/// wire time. Pixels are only computed when somebody will see them: a frame nobody clocks out costs
/// nothing, and a recording stands still meanwhile.
///
/// Not modelled: clock stretching; the dummy clock pulse that wakes a part in power-down; the
/// overclock test pattern; OTP (writing user defaults answers -15, restoring them -18); the rule of
/// automatic TLinear resolution (here: 0.1 K in low gain); switching gain by flux thresholds; the
/// built-in palettes (all are a grey ramp; the user palette is real); test sources 6, 7 and 9 to 13
/// and video formats other than RAW14 and RGB888 (-8); noise filters, bad pixel replacement,
/// scene-based NUC and the shutter temperature as far as pixels go, and the shutter profile (their
/// settings are kept); pixel lines becoming ready one by one within a segment (a unit is ready as a
/// whole); commands that are only names in the public SDK (-7).

#include "sim/lepton.h"

#include <string.h>

#include "core/status.h"

#define BOOT_US 950000u         ///< I2C may be touched (data sheet, power-up sequence)
#define FIRST_VIDEO_US 1200000u ///< after power
#define RESET_LEAST_US 200u     ///< 5000 cycles of 25 MHz
#define ROOM_K 295.15f

/// A pulse wide enough to be polled; not published.
#define VSYNC_PULSE_US 200
#define VSYNC_LINE_US 500

// ---- Time ----

enum event { EVENT_NONE, EVENT_READY, EVENT_COMMAND, EVENT_FFC, EVENT_UNIT };

static enum event soonest(const struct ib_sim_lepton *self, uint64_t *when_us) {
    enum event event = EVENT_NONE;
    *when_us = IB_NEVER;
    if (self->power == IB_SIM_POWER_BOOT) {
        *when_us = self->ready_us;
        return EVENT_READY;
    }
    if (self->power != IB_SIM_POWER_ON)
        return EVENT_NONE;
    if (self->cci.busy && !self->cci.stuck) {
        *when_us = self->cci.due_us;
        event = EVENT_COMMAND;
    }
    if ((self->ffc.state == 1 || self->ffc.state == 2) && self->ffc.until_us < *when_us) {
        *when_us = self->ffc.until_us;
        event = EVENT_FFC;
    }
    if (self->video.running && self->video.next_us < *when_us) {
        *when_us = self->video.next_us;
        event = EVENT_UNIT;
    }
    return event;
}

void ib_sim_lepton_due(struct ib_sim_lepton *self) {
    (void)soonest(self, &self->due_us);
}

static void ready(struct ib_sim_lepton *self) {
    self->power = IB_SIM_POWER_ON;
    ib_sim_lepton_video_start(self);
    if (self->model->shutter)
        ib_sim_lepton_ffc_run(self);
    else
        self->ffc.desired = true;
}

void ib_sim_lepton_advance(struct ib_sim_lepton *self, uint64_t now_us) {
    while (self->due_us <= now_us) {
        uint64_t when_us;
        enum event event = soonest(self, &when_us);
        if (when_us > self->now_us)
            self->now_us = when_us;
        switch (event) {
        case EVENT_READY:
            ready(self);
            break;
        case EVENT_COMMAND:
            ib_sim_lepton_cci_finish(self);
            break;
        case EVENT_FFC:
            ib_sim_lepton_ffc_step(self);
            break;
        case EVENT_UNIT:
            ib_sim_lepton_video_step(self);
            break;
        case EVENT_NONE:
            break;
        }
        ib_sim_lepton_due(self);
    }
    if (now_us > self->now_us)
        self->now_us = now_us;
}

static void touch(struct ib_sim_lepton *self) {
    ib_sim_lepton_advance(self, self->clock->now_us);
}

uint32_t ib_sim_lepton_uptime_ms(const struct ib_sim_lepton *self, uint64_t at_us) {
    return (uint32_t)((at_us - self->boot_us) / 1000);
}

uint32_t ib_sim_lepton_random(struct ib_sim_lepton *self) {
    // xorshift64, started from the seed: the same calls give the same dice.
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return (uint32_t)(self->random >> 32);
}

// ---- Power ----

static void silence(struct ib_sim_lepton *self, enum ib_sim_lepton_power power) {
    self->power = (uint8_t)power;
    self->video.running = false;
    ib_sim_lepton_warm_from_here(self);
    ib_sim_lepton_due(self);
}

void ib_sim_lepton_sleep(struct ib_sim_lepton *self) {
    silence(self, IB_SIM_POWER_ASLEEP);
}

void ib_sim_lepton_die(struct ib_sim_lepton *self) {
    silence(self, IB_SIM_POWER_DEAD);
}

void ib_sim_lepton_boot(struct ib_sim_lepton *self, bool by_line) {
    self->boot_by_line = by_line;
    self->boot_us = self->now_us;
    self->ready_us = self->now_us + BOOT_US;
    self->faults[IB_FAULT_FREEZE].on = false;
    self->faults[IB_FAULT_HANG].on = false; // begun without supply or in reset: no longer
    ib_sim_lepton_registers_reset(self);
    ib_sim_lepton_cci_reset(self);
    ib_sim_lepton_ffc_reset(self);
    ib_sim_lepton_vospi_reset(self);
    self->video.counter = 0;
    self->video.view = IB_SIM_VIEW_NONE;
    self->video.render_pending = false;
    self->video.start_us = self->now_us + FIRST_VIDEO_US;
    silence(self, IB_SIM_POWER_BOOT);
}

void ib_sim_lepton_lines(struct ib_sim_lepton *self, bool by_line) {
    if (!self->supplied || !self->plugged)
        silence(self, IB_SIM_POWER_OFF);
    else if (self->faults[IB_FAULT_LATCH_UP].on)
        silence(self, IB_SIM_POWER_DEAD);
    else if (self->in_reset)
        silence(self, IB_SIM_POWER_HELD);
    else
        ib_sim_lepton_boot(self, by_line);
}

void ib_sim_lepton_plug(struct ib_sim_lepton *self, bool plugged) {
    touch(self);
    if (plugged)
        self->faults[IB_FAULT_UNPLUG].on = false;
    if (plugged == self->plugged)
        return;
    self->plugged = plugged;
    if (!plugged)
        ib_sim_lepton_cured(self, true); // no supply either
    // Nobody told the host: a transfer into this boot is not held against it.
    ib_sim_lepton_lines(self, false);
}

// ---- Lines ----

static int set_reset(void *context, int level) {
    struct ib_sim_lepton *self = context;
    ib_sim_clock_spend(self->clock, 1);
    touch(self);
    if ((level != 0) == self->in_reset)
        return IB_OK;
    self->in_reset = level != 0;
    if (level) {
        self->reset_us = self->now_us;
        ib_sim_lepton_cured(self, false);
    } else if (self->now_us - self->reset_us < RESET_LEAST_US) {
        self->violations.reset_too_short++;
    }
    ib_sim_lepton_lines(self, true);
    return IB_OK;
}

static int get_reset(void *context) {
    const struct ib_sim_lepton *self = context;
    return self->in_reset;
}

static int set_power(void *context, int level) {
    struct ib_sim_lepton *self = context;
    ib_sim_clock_spend(self->clock, 1);
    touch(self);
    if ((level != 0) == self->supplied)
        return IB_OK;
    self->supplied = level != 0;
    if (!level)
        ib_sim_lepton_cured(self, true);
    ib_sim_lepton_lines(self, true);
    return IB_OK;
}

static int get_power(void *context) {
    const struct ib_sim_lepton *self = context;
    return self->supplied;
}

static int set_vsync(void *context, int level) {
    (void)context;
    (void)level;
    return IB_E_UNSUPPORTED;
}

/// One pulse a unit, fillers and duplicates included, moved by the phase.
static int get_vsync(void *context) {
    struct ib_sim_lepton *self = context;
    ib_sim_clock_spend(self->clock, 1);
    touch(self);
    const struct ib_sim_lepton_registers *r = &self->registers;
    if (!self->video.running || self->power != IB_SIM_POWER_ON || r->gpio_mode[0] != 5)
        return 0;
    int64_t phase_us = (int16_t)r->vsync_phase[0] * VSYNC_LINE_US;
    int64_t since_us = (int64_t)self->now_us - (int64_t)self->video.start_us - phase_us;
    if (since_us < 0)
        return 0;
    uint64_t rate = IB_SIM_LEPTON_SEGMENT_RATE, scale = 1;
    if (self->model->width_px != 160)
        scale = 4; // frames: a quarter of the segments' rate
    uint64_t unit = (uint64_t)since_us * rate / (1000000u * scale);
    uint64_t begin_us = unit * 1000000u * scale / rate;
    return (uint64_t)since_us - begin_us < VSYNC_PULSE_US;
}

static const struct ib_gpio_ops reset_ops = {set_reset, get_reset};
static const struct ib_gpio_ops power_ops = {set_power, get_power};
static const struct ib_gpio_ops vsync_ops = {set_vsync, get_vsync};

struct ib_gpio ib_sim_lepton_reset(struct ib_sim_lepton *self) {
    return (struct ib_gpio){&reset_ops, self};
}

struct ib_gpio ib_sim_lepton_power(struct ib_sim_lepton *self) {
    return (struct ib_gpio){&power_ops, self};
}

struct ib_gpio ib_sim_lepton_vsync(struct ib_sim_lepton *self) {
    return (struct ib_gpio){&vsync_ops, self};
}

// ---- Back doors ----

int ib_sim_lepton_init(struct ib_sim_lepton *self, const struct ib_sim_lepton_config *config) {
    const struct ib_sim_playback *playback = config->playback;
    const struct ib_sim_lepton_model *model =
        ib_sim_lepton_model_named(playback ? playback->facts.model : config->model);
    if (!model)
        return IB_E_NOT_FOUND;
    if (!config->clock || (playback && (playback->facts.width_px != model->width_px ||
                                        playback->facts.height_px != model->height_px)))
        return IB_E_INVAL;
    memset(self, 0, sizeof *self);
    self->model = model;
    self->config = *config;
    self->clock = config->clock;
    if (!self->config.i2c_hz)
        self->config.i2c_hz = 400000;
    if (!self->config.spi_hz)
        self->config.spi_hz = 20000000;
    if (!(self->config.scene_rate > 0))
        self->config.scene_rate = 1;
    ib_sim_lepton_scene(self, config->scene);
    // Never zero: xorshift would stay there.
    self->random = config->seed * UINT64_C(0x9E3779B97F4A7C15) + UINT64_C(0xD1B54A32D192ED03);
    if (!self->random)
        self->random = 1;
    float blur_px = model->width_px == 160 ? 0.74f : 0.61f; // from the MTF at half Nyquist
    int status = ib_sim_imager_init(&self->imager, model->width_px, model->height_px,
                                    model->hfov_deg, blur_px, config->seed, config->quiet);
    if (status < 0)
        return status;
    self->now_us = self->init_us = self->body_us = self->clock->now_us;
    self->ambient_k = ROOM_K;
    self->fpa.start_k = self->fpa.end_k = ROOM_K;
    self->housing.start_k = self->housing.end_k = ROOM_K;
    self->supplied = self->plugged = true;
    if (playback) {
        self->playing.from = playback;
        ib_sim_lepton_playing_fetch(self);
        self->playing.held = true;
    }
    ib_sim_lepton_lines(self, true);
    return IB_OK;
}

void ib_sim_lepton_scene(struct ib_sim_lepton *self, const struct ib_sim_scene *scene) {
    size_t count;
    self->scene = scene ? scene : ib_sim_scenes(&count);
}

void ib_sim_lepton_ambient(struct ib_sim_lepton *self, float kelvin) {
    touch(self);
    self->ambient_k = kelvin;
    ib_sim_lepton_warm_from_here(self);
}

const struct ib_sim_violations *ib_sim_lepton_violations(const struct ib_sim_lepton *self) {
    return &self->violations;
}

uint32_t ib_sim_lepton_violation_count(const struct ib_sim_lepton *self) {
    const struct ib_sim_violations *v = &self->violations;
    return v->command_while_busy + v->i2c_during_boot + v->odd_bytes + v->reserved_register +
           v->bad_length + v->reset_too_short + v->partial_packet + v->wrong_address;
}

const char *ib_sim_lepton_refused(const struct ib_sim_lepton *self) {
    return self->refused;
}

float ib_sim_lepton_truth_k(struct ib_sim_lepton *self, unsigned column, unsigned row) {
    touch(self);
    unsigned width_px = self->model->width_px, height_px = self->model->height_px;
    if (column >= width_px || row >= height_px)
        return 0;
    size_t at = (size_t)row * width_px + column;
    if (self->playing.from) {
        const struct ib_sim_playback_facts *facts = &self->playing.from->facts;
        if (!facts->tlinear || facts->agc)
            return 0; // such a recording does not say
        return (float)self->video.pixels[self->video.current][at] *
               (facts->resolution ? 0.01f : 0.1f);
    }
    struct ib_sim_surface surface = {(uint16_t)width_px, (uint16_t)height_px, self->truth_kelvin,
                                     self->truth_emissivity};
    double time_s = (double)(self->now_us - self->init_us) / 1e6 * (double)self->config.scene_rate;
    self->scene->view(self->scene, time_s, self->config.seed, self->model->hfov_deg, &surface);
    return self->truth_kelvin[at];
}
