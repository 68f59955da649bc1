/// Boot, set-up and recovery.
///
/// The ladder: resync → CCI reboot → reset line → power line → wait (1 s, doubling up to 5 s) →
/// resync … for ever. A rung that the wiring does not offer is skipped; a rung that fails at once
/// (no answer on the control bus) costs no waiting. Times: Lepton engineering data sheet rev 200,
/// sections 3.4 and 4.2.3.
#include "camera/inside.h"
#include "core/status.h"
#include "core/text.h"

#define BOOT_US 1000000        ///< no I2C for 950 ms after reset
#define RESET_PULSE_US 10000   ///< 200 us would do
#define POWER_OFF_US 500000    ///< until the rails, fed back through the bus lines, are down
#define FIRST_FRAME_US 4000000 ///< including a start-up FFC
#define RESYNC_US 1500000      ///< silence, waiting, one frame, once more
#define STARTUP_FFC_US 5000000 ///< the data sheet's limit
#define BACKOFF_MAX_US 5000000

void ib_camera_stop_source(struct ib_camera *self) {
    if (self->source_on)
        self->source->ops->stop(self->source->context);
    self->source_on = false;
    if (self->filling)
        ib_hub_abandon(self->hub, self->filling);
    self->filling = NULL;
    self->gap = true;
}

void ib_camera_start_source(struct ib_camera *self, uint64_t now_us) {
    bool known = self->now.identity.width_px != 0;

    self->format.width_px = known ? self->now.identity.width_px : 160;
    self->format.height_px = known ? self->now.identity.height_px : 120;
    if (!ib_wanted_word(&self->wanted, CMD_TELEMETRY + CMD_SET, 0))
        self->format.telemetry = IB_TELEMETRY_OFF;
    else if (ib_wanted_word(&self->wanted, CMD_TELEMETRY_LOCATION + CMD_SET, 1))
        self->format.telemetry = IB_TELEMETRY_FOOTER;
    else
        self->format.telemetry = IB_TELEMETRY_HEADER;
    ib_camera_stop_source(self);
    self->source_due_us = now_us;
    self->source_on =
        self->source->ops->start(self->source->context, &self->format, now_us) == IB_OK;
}

void ib_camera_boot(struct ib_camera *self, uint64_t now_us, uint64_t wait_us) {
    ib_camera_stop_source(self);
    ib_camera_talk_cancel(self);
    ib_wanted_forget(&self->wanted);
    self->last_uptime_ms = 0;
    self->ffc_expected = false;
    self->stage_us = now_us + (self->source->cci ? wait_us : 0);
    ib_camera_stage(self, IB_STAGE_BOOTING);
}

void ib_camera_setup(struct ib_camera *self, enum setup_step from, uint64_t now_us) {
    self->setup_step = (int)from;
    self->readings = 0;
    self->setup_limit_us = now_us + STARTUP_FFC_US;
    self->ffc_poll_us = now_us;
    ib_camera_stage(self, IB_STAGE_SETTING_UP);
}

static void setup_finished(struct ib_camera *self, uint64_t now_us) {
    char line[96];
    struct ib_text text;

    // Where the module's spotmeter is when nobody has moved it.
    if (ib_wanted_find(&self->wanted, CMD_SPOT + CMD_SET) < 0) {
        uint16_t row = self->now.identity.height_px / 2, column = self->now.identity.width_px / 2;
        self->now.spot[0] = (uint16_t)(row - 1);
        self->now.spot[1] = (uint16_t)(column - 1);
        self->now.spot[2] = row;
        self->now.spot[3] = column;
    }
    self->now.counters.setups++;
    // Frames that come already, of the right size, need no new synchronisation.
    bool flowing = self->source_on && now_us - self->now.last_frame_us < 500000 &&
                   self->format.width_px == self->now.identity.width_px;
    if (!flowing)
        ib_camera_start_source(self, now_us);
    self->stage_us = now_us + FIRST_FRAME_US;
    ib_camera_stage(self, IB_STAGE_STARTING);
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, "Lepton ");
    ib_text_str(&text, self->now.identity.name);
    ib_text_str(&text, " (");
    ib_text_str(&text, self->now.identity.part_number);
    ib_text_str(&text, ") is set up");
    ib_camera_say(self, IB_LOG_INFO, line);
}

void ib_camera_setup_next(struct ib_camera *self, uint64_t now_us) {
    uint16_t *words = self->words;
    uint64_t deadline_us = now_us + 1000000;

    if (!self->source->cci) {
        setup_finished(self, now_us);
        return;
    }
    switch (self->setup_step) {
    case SETUP_PING:
        self->setup_step = SETUP_PART;
        ib_camera_talk(self, TALK_PING, CMD_PING_RUN, 0, NULL, now_us, now_us + 2000000);
        break;
    case SETUP_PART:
        self->setup_step = SETUP_SERIAL;
        ib_camera_talk(self, TALK_PART, CMD_PART_NUMBER, 16, words, now_us, deadline_us);
        break;
    case SETUP_SERIAL:
        self->setup_step = SETUP_SOFTWARE;
        ib_camera_talk(self, TALK_SERIAL, CMD_SERIAL, 4, words, now_us, deadline_us);
        break;
    case SETUP_SOFTWARE:
        self->setup_step = SETUP_PROBE;
        ib_camera_talk(self, TALK_SOFTWARE, CMD_SOFTWARE, 4, words, now_us, deadline_us);
        break;
    case SETUP_PROBE:
        self->setup_step = SETUP_STARTUP_FFC;
        if (self->now.identity.model == IB_LEPTON_UNKNOWN ||
            self->now.identity.model == IB_LEPTON_UW)
            ib_camera_talk(self, TALK_PROBE, CMD_TLINEAR, 2, words, now_us, deadline_us);
        break;
    case SETUP_STARTUP_FFC:
        if (now_us < self->ffc_poll_us)
            break;
        self->setup_step = SETUP_APPLY;
        if (self->now.identity.shutter)
            ib_camera_talk(self, TALK_STARTUP_FFC, CMD_FFC_STATUS, 2, words, now_us, deadline_us);
        break;
    default:
        if (!ib_camera_apply(self, now_us))
            setup_finished(self, now_us);
        break;
    }
}

static void say_rung(struct ib_camera *self, const char *what) {
    char line[96];
    struct ib_text text;

    self->changed = true; // a rung was counted
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, "recovery: ");
    ib_text_str(&text, what);
    ib_text_str(&text, " (");
    ib_text_str(&text, ib_status_text(self->now.last_error));
    ib_text_str(&text, ")");
    ib_camera_say(self, IB_LOG_WARNING, line);
}

/// The line of the rung under way, while it is pulled.
static const struct ib_gpio *pulled(const struct ib_camera *self) {
    if (self->now.stage != IB_STAGE_RECOVERING || self->rung_phase != 1)
        return NULL;
    return self->rung == IB_RUNG_RESET   ? self->source->reset
           : self->rung == IB_RUNG_POWER ? self->source->power
                                         : NULL;
}

static void enter_rung(struct ib_camera *self, enum ib_camera_rung rung, uint64_t now_us) {
    const struct ib_gpio *line = pulled(self);
    if (line)
        (void)ib_gpio_set(line, self->rung == IB_RUNG_POWER);
    self->rung = rung;
    self->rung_phase = 0;
    self->rung_us = now_us;
    ib_camera_talk_cancel(self);
    ib_camera_stage(self, IB_STAGE_RECOVERING);
}

void ib_camera_give_up(struct ib_camera *self, int entry) {
    uint16_t command = self->wanted.entries[entry].command;
    const struct ib_lepton_command *row = ib_lepton_command_of(command);
    char line[96];
    struct ib_text text;

    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, "dropped because trouble followed it: ");
    ib_text_str(&text, row ? row->name : "an unknown setting, 0x");
    if (!row)
        ib_text_hex(&text, command, 4);
    ib_camera_say(self, IB_LOG_WARNING, line);
    self->now.dropped_command = command;
    self->now.counters.settings_dropped++;
    ib_wanted_give_up(&self->wanted, entry);
    ib_camera_refresh_settings(self);
}

static void give_up_raw(struct ib_camera *self, bool proven_too) {
    for (unsigned i = self->wanted.count; i-- > 0;)
        if (self->wanted.entries[i].raw && (proven_too || !self->wanted.entries[i].proven))
            ib_camera_give_up(self, (int)i);
}

void ib_camera_drop_unproven(struct ib_camera *self) {
    give_up_raw(self, false);
}

/// A module that can be set up but not woken to video: after the second time what raw commands have
/// set is suspected, though frames once came with it.
void ib_camera_barren(struct ib_camera *self, uint64_t now_us) {
    if (++self->barren >= 2)
        give_up_raw(self, true);
    ib_camera_recover(self, IB_E_TIMEOUT, IB_RUNG_RESYNC, now_us);
}

void ib_camera_recover(struct ib_camera *self, int error, enum ib_camera_rung rung,
                       uint64_t now_us) {
    if (self->climbing && self->now.stage != IB_STAGE_RUNNING && error != IB_E_CANCELLED) {
        ib_camera_next_rung(self, now_us); // the same trouble still
        return;
    }
    // Trouble that comes back at once was not cured by the rung that seemed to help.
    if (self->recovered_us && now_us - self->recovered_us < 2000000 && rung <= self->rung &&
        error != IB_E_CANCELLED && self->rung < IB_RUNG_POWER)
        rung = (enum ib_camera_rung)(self->rung + 1);
    self->climbing = true;
    self->now.last_error = error;
    self->trouble_us = self->now.last_frame_us ? self->now.last_frame_us : now_us;
    self->backoff_us = 1000000;
    if (error != IB_E_CANCELLED)
        ib_camera_drop_unproven(self);
    ib_camera_answer_all(self);
    enter_rung(self, rung, now_us);
}

void ib_camera_rebooting(struct ib_camera *self, uint64_t now_us) {
    ib_camera_recover(self, IB_E_CANCELLED, IB_RUNG_REBOOT, now_us);
    ib_camera_boot(self, now_us, BOOT_US);
}

void ib_camera_next_rung(struct ib_camera *self, uint64_t now_us) {
    if (!self->climbing) {
        ib_camera_recover(self, IB_E_NOT_READY, IB_RUNG_RESET, now_us);
        return;
    }
    ib_camera_answer_all(self);
    if (self->rung < IB_RUNG_POWER) {
        enter_rung(self, (enum ib_camera_rung)(self->rung + 1), now_us);
        return;
    }
    say_rung(self, "nothing helped yet, waiting");
    enter_rung(self, IB_RUNG_RESYNC, now_us);
    self->rung_us = now_us + self->backoff_us;
    self->backoff_us *= 2;
    if (self->backoff_us > BACKOFF_MAX_US)
        self->backoff_us = BACKOFF_MAX_US;
}

void ib_camera_recovered(struct ib_camera *self, uint64_t now_us) {
    self->climbing = false;
    self->barren = 0;
    self->recovered_us = now_us;
    self->now.last_recovery_us = now_us - self->trouble_us;
    self->now.counters.recoveries++;
    if (self->talk == TALK_CHECK) // what it asks has answered itself
        ib_camera_talk_cancel(self);
    ib_camera_say(self, IB_LOG_INFO, "frames are back");
}

/// Drive a line through its phases: assert, hold, release, then boot. Skips to the next rung
/// without a line.
static void pulse(struct ib_camera *self, const struct ib_gpio *line, int asserted,
                  uint64_t hold_us, uint64_t now_us) {
    if (!line) {
        ib_camera_next_rung(self, now_us);
        return;
    }
    int level = self->rung_phase == 0 ? asserted : !asserted;
    if (ib_gpio_set(line, level) < 0) {
        ib_camera_next_rung(self, now_us);
        return;
    }
    if (self->rung_phase == 0) {
        self->now.counters.rung[self->rung]++;
        say_rung(self, ib_camera_rung_name(self->rung));
        ib_camera_stop_source(self);
        self->rung_phase = 1;
        self->rung_us = now_us + hold_us;
        return;
    }
    self->rung_phase = 0;
    ib_camera_boot(self, now_us, BOOT_US);
}

void ib_camera_climb(struct ib_camera *self, uint64_t now_us) {
    switch (self->rung) {
    case IB_RUNG_RESYNC:
        if (self->rung_phase == 1) {
            ib_camera_next_rung(self, now_us); // it did not bring frames back in its time
            return;
        }
        self->now.counters.rung[IB_RUNG_RESYNC]++;
        say_rung(self, "resync");
        ib_camera_start_source(self, now_us);
        self->rung_phase = 1;
        self->rung_us = now_us + RESYNC_US;
        if (self->source->cci)
            ib_camera_talk(self, TALK_CHECK, CMD_TELEMETRY, 2, self->words, now_us,
                           now_us + 1000000);
        break;
    case IB_RUNG_REBOOT:
        if (!self->source->cci) {
            ib_camera_next_rung(self, now_us);
            return;
        }
        self->now.counters.rung[IB_RUNG_REBOOT]++;
        say_rung(self, "reboot");
        ib_camera_stop_source(self);
        ib_camera_talk(self, TALK_REBOOT, CMD_REBOOT_RUN, 0, NULL, now_us, now_us + 1000000);
        break;
    case IB_RUNG_RESET:
        pulse(self, self->source->reset, 1, RESET_PULSE_US, now_us);
        break;
    default:
        pulse(self, self->source->power, 0, POWER_OFF_US, now_us);
        break;
    }
}
