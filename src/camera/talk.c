/// CCI conversations: one command at a time, and what follows from its outcome.
#include <string.h>

#include "camera/inside.h"
#include "core/bytes.h"
#include "core/status.h"
#include "core/text.h"

// A held bus costs every try its time-out, in which video loses synchronisation: do not try often,
// and do not call the module dead for a disturbance that passes.
#define CCI_REST_US 300000
#define CCI_DEAD_US 1200000
#define FFC_GIVE_UP_US 10000000 ///< after a module says that it corrects, that it still does
#define WEDGED_TRIES 3          ///< a raw setting at which the module falls silent so often

void ib_camera_talk(struct ib_camera *self, enum talk talk, uint16_t command, uint16_t words,
                    uint16_t *data, uint64_t now_us, uint64_t deadline_us) {
    struct ib_cci_command c = {
        .command = command, .words = words, .data = data, .deadline_us = deadline_us};

    self->talk = (int)talk;
    self->talk_due_us = now_us;
    // Only a command that the table cannot carry at all fails here; the next poll says so.
    self->talk_status = self->source->cci->ops->start(self->source->cci->context, &c, now_us);
}

void ib_camera_talk_cancel(struct ib_camera *self) {
    if (self->talk && self->talk_status >= 0)
        self->source->cci->ops->cancel(self->source->cci->context);
    self->talk = TALK_NONE;
}

static void say_setting(struct ib_camera *self, enum ib_log_level level, const char *what,
                        uint16_t command) {
    char line[96];
    struct ib_text text;
    const struct ib_lepton_command *row = ib_lepton_command_of(command);

    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, what);
    ib_text_str(&text, row ? row->name : "0x");
    if (!row)
        ib_text_hex(&text, command, 4);
    ib_camera_say(self, level, line);
}

static uint64_t entry_deadline(uint64_t now_us) {
    return now_us + 1000000;
}

/// Whether a command's value can be read back.
static bool has_get(uint16_t command) {
    const struct ib_lepton_command *row = ib_lepton_command_of(command);
    return row && (row->ops & IB_LEPTON_GET);
}

static void send_entry(struct ib_camera *self, uint64_t now_us) {
    const struct ib_wanted_entry *entry = &self->wanted.entries[self->entry];
    const uint16_t *value = ib_wanted_value(&self->wanted, self->entry);

    for (unsigned i = 0; i < entry->words; i++)
        if (!entry->owned || (i < 8 && (entry->owned >> i & 1)))
            self->words[i] = value[i];
    ib_camera_talk(self, TALK_SET, entry->command, entry->words, self->words, now_us,
                   entry_deadline(now_us));
}

bool ib_camera_apply(struct ib_camera *self, uint64_t now_us) {
    if (!self->source->cci)
        return false;
    self->entry = ib_wanted_next(&self->wanted, self->now.identity.radiometric);
    if (self->entry < 0)
        return false;
    const struct ib_wanted_entry *entry = &self->wanted.entries[self->entry];
    if (entry->owned)
        ib_camera_talk(self, TALK_READ, (uint16_t)(entry->command - CMD_SET), entry->words,
                       self->words, now_us, entry_deadline(now_us));
    else
        send_entry(self, now_us);
    return true;
}

static void entry_applied(struct ib_camera *self, uint64_t now_us) {
    struct ib_wanted_entry *entry = &self->wanted.entries[self->entry];

    entry->applied = true;
    entry->tries = 0;
    entry->applied_us = now_us;
}

static bool concerns(const struct ib_camera_request *request, uint16_t get) {
    unsigned mask = request->ask == IB_ASK_SETTINGS ? request->settings.mask : 0;

    switch (get) {
    case CMD_SPOT:
        return request->ask == IB_ASK_SPOTMETER;
    case CMD_AGC:
    case CMD_TLINEAR:
        return mask & IB_SETTING_AGC;
    case CMD_FLUX:
        return mask & IB_SETTING_EMISSIVITY;
    case CMD_GAIN:
        return mask & IB_SETTING_GAIN;
    default:
        return false;
    }
}

/// Tell the settings request under way what became of it.
static void mark_waiting(struct ib_camera *self, const struct ib_cci_outcome *outcome, int status) {
    struct ib_camera_request *request = self->queue.first;

    if (!self->head_begun ||
        !concerns(request, (uint16_t)(self->wanted.entries[self->entry].command - CMD_SET)))
        return;
    request->outcome = *outcome;
    request->outcome.status = status;
}

static void drop_entry(struct ib_camera *self, const char *why) {
    uint16_t command = self->wanted.entries[self->entry].command;

    say_setting(self, IB_LOG_WARNING, why, command);
    self->now.dropped_command = command;
    self->now.counters.settings_dropped++;
    ib_wanted_drop(&self->wanted, self->entry);
    ib_camera_refresh_settings(self);
}

/// The module will not have this value: what it has instead is what we want from now on.
static void refuse_entry(struct ib_camera *self, const struct ib_cci_outcome *outcome, int status,
                         uint64_t now_us) {
    struct ib_wanted_entry *entry = &self->wanted.entries[self->entry];

    // A disturbed bus can make up any answer: only one that stays the same counts.
    if (++entry->tries < 3)
        return;
    mark_waiting(self, outcome, status);
    // A board's own first setting that a module does not know is no fault of anybody.
    bool unknown = outcome->device_code == -7 || outcome->device_code == -8;
    if (!unknown && has_get(entry->command)) {
        say_setting(self, IB_LOG_WARNING, "the module refused ", entry->command);
        ib_camera_talk(self, TALK_ADOPT, (uint16_t)(entry->command - CMD_SET), entry->words,
                       self->words, now_us, entry_deadline(now_us));
        return;
    }
    if (entry->board)
        entry_applied(self, now_us);
    else
        drop_entry(self, "given up, the module does not know ");
}

static void adopt_entry(struct ib_camera *self, const struct ib_cci_outcome *outcome,
                        uint64_t now_us) {
    struct ib_wanted_entry *entry = &self->wanted.entries[self->entry];

    if (outcome->status != IB_OK) {
        if (entry->board)
            entry_applied(self, now_us);
        else
            drop_entry(self, "given up ");
        return;
    }
    memcpy(ib_wanted_value(&self->wanted, self->entry), self->words, 2u * entry->words);
    entry_applied(self, now_us);
    ib_camera_refresh_settings(self);
}

static void verify_entry(struct ib_camera *self, const struct ib_cci_outcome *outcome,
                         uint64_t now_us) {
    struct ib_wanted_entry *entry = &self->wanted.entries[self->entry];
    const uint16_t *value = ib_wanted_value(&self->wanted, self->entry);
    bool equal = outcome->status == IB_OK;

    for (unsigned i = 0; equal && i < entry->words; i++)
        if ((!entry->owned || (i < 8 && (entry->owned >> i & 1))) && self->words[i] != value[i])
            equal = false;
    if (equal) {
        entry_applied(self, now_us);
        return;
    }
    // Real modules now and then ignore a command right after boot: try three times.
    self->now.counters.verify_errors++;
    self->changed = true;
    if (++entry->tries < 3)
        return;
    struct ib_cci_outcome failed = {.status = IB_E_VERIFY};
    mark_waiting(self, &failed, IB_E_VERIFY);
    say_setting(self, IB_LOG_WARNING, "does not read back: ", entry->command);
    ib_camera_talk(self, TALK_ADOPT, (uint16_t)(entry->command - CMD_SET), entry->words,
                   self->words, now_us, entry_deadline(now_us));
}

/// A conversation about a wanted entry is over.
static void entry_done(struct ib_camera *self, enum talk talk, const struct ib_cci_outcome *outcome,
                       uint64_t now_us) {
    if (outcome->status == IB_E_DEVICE) {
        self->now.counters.cci_refused++;
        if (talk == TALK_ADOPT)
            adopt_entry(self, outcome, now_us);
        else
            refuse_entry(self, outcome, IB_E_DEVICE, now_us);
        return;
    }
    if (outcome->status != IB_OK)
        return; // the bus: ib_camera_talk_poll has counted it; tried again or recovered from
    const struct ib_wanted_entry *entry = &self->wanted.entries[self->entry];
    if (talk == TALK_READ)
        send_entry(self, now_us);
    else if (talk == TALK_SET && has_get(entry->command))
        ib_camera_talk(self, TALK_VERIFY, (uint16_t)(entry->command - CMD_SET), entry->words,
                       self->words, now_us, entry_deadline(now_us));
    else if (talk == TALK_SET)
        entry_applied(self, now_us);
    else if (talk == TALK_VERIFY)
        verify_entry(self, outcome, now_us);
    else
        adopt_entry(self, outcome, now_us);
    if (self->talk == TALK_NONE && entry->applied && entry->command == CMD_TELEMETRY_LOCATION + 1 &&
        ib_camera_on_air(self))
        ib_camera_start_source(self, now_us);
}

/// Everything hangs on the identity and no checksum guards it: it counts when read twice the same.
static void read_twice(struct ib_camera *self, bool same, uint64_t now_us) {
    bool good = ++self->readings >= 2 && same;
    if (good || now_us >= self->setup_limit_us)
        self->readings = 0;
    else
        self->setup_step--;
}

static void identity_done(struct ib_camera *self, enum talk talk,
                          const struct ib_cci_outcome *outcome, uint64_t now_us) {
    struct ib_lepton_identity *id = &self->now.identity;
    bool ok = outcome->status == IB_OK;
    char part[33];
    uint64_t serial = 0;
    bool unknown = outcome->device_code == -7 || outcome->device_code == -8;
    if (!ok && (outcome->status != IB_E_DEVICE || (!unknown && now_us < self->setup_limit_us))) {
        self->setup_step--; // the bus, or a module that is not ready for it yet: ask again
        self->cci_rest_us = now_us + CCI_REST_US;
        return;
    }
    switch (talk) {
    case TALK_PART:
        memset(part, 0, sizeof part);
        for (unsigned i = 0; ok && i < 16; i++)
            ib_put_le16((uint8_t *)part + 2 * i, self->words[i]);
        read_twice(self, strncmp(part, id->part_number, sizeof id->part_number - 1) == 0, now_us);
        (void)ib_lepton_identify(id, part);
        break;
    case TALK_SERIAL:
        for (unsigned i = 0; ok && i < 4; i++)
            serial |= (uint64_t)self->words[i] << (16 * i);
        read_twice(self, serial == id->serial, now_us);
        id->serial = serial;
        break;
    case TALK_SOFTWARE:
        for (unsigned i = 0; ok && i < 6; i++)
            id->software[i] = (uint8_t)(self->words[i / 2] >> (i % 2 ? 8 : 0));
        break;
    case TALK_PROBE:
        // A part number nobody has seen yet: who knows TLinear is radiometric.
        id->radiometric = ok;
        break;
    default:
        break;
    }
    self->changed = true;
}

static void ffc_done(struct ib_camera *self, enum talk talk, const struct ib_cci_outcome *outcome,
                     uint64_t now_us) {
    int status = outcome->status;

    self->ffc_poll_us = now_us + 50000;
    if (talk == TALK_FFC_RUN && status == IB_OK)
        return;
    if (talk == TALK_FFC_POLL && status == IB_OK) {
        int32_t state = (int32_t)ib_words_to_u32(self->words);
        if (state > 0 && now_us < self->ffc_until_us + FFC_GIVE_UP_US)
            return;
        if (state != 0)
            status = state > 0 ? IB_E_TIMEOUT : IB_E_DEVICE;
    }
    self->ffc_running = false;
    while (self->for_ffc.first) {
        self->for_ffc.first->outcome = *outcome;
        ib_camera_answer(self, &self->for_ffc, self->for_ffc.first, status);
    }
}

/// The first look on the ladder: a module without our telemetry has rebooted behind our back and
/// only needs its settings, not another reboot.
static void check_done(struct ib_camera *self, const struct ib_cci_outcome *outcome,
                       uint64_t now_us) {
    if (outcome->status == IB_OK &&
        self->words[0] != ib_wanted_word(&self->wanted, CMD_TELEMETRY + CMD_SET, self->words[0])) {
        ib_camera_say(self, IB_LOG_WARNING, "the module has lost its settings: setting it up anew");
        ib_wanted_forget(&self->wanted);
        ib_camera_setup(self, SETUP_PART, now_us); // it may be another one, too
    } else if (outcome->status != IB_OK)
        ib_camera_next_rung(self, now_us);
}

static void talk_done(struct ib_camera *self, enum talk talk, const struct ib_cci_outcome *outcome,
                      uint64_t now_us) {
    switch (talk) {
    case TALK_PING:
        if (outcome->status != IB_OK)
            ib_camera_next_rung(self, now_us);
        break;
    case TALK_PART:
    case TALK_SERIAL:
    case TALK_SOFTWARE:
    case TALK_PROBE:
        identity_done(self, talk, outcome, now_us);
        break;
    case TALK_STARTUP_FFC:
        if (outcome->status == IB_OK && (int32_t)ib_words_to_u32(self->words) > 0 &&
            now_us < self->setup_limit_us) {
            self->setup_step = SETUP_STARTUP_FFC; // ask again
            self->ffc_poll_us = now_us + 50000;
        }
        break;
    case TALK_READ:
    case TALK_SET:
    case TALK_VERIFY:
    case TALK_ADOPT:
        entry_done(self, talk, outcome, now_us);
        break;
    case TALK_RAW:
        ib_camera_raw_done(self, outcome, now_us);
        break;
    case TALK_FFC_RUN:
    case TALK_FFC_POLL:
        ffc_done(self, talk, outcome, now_us);
        break;
    case TALK_CHECK:
        check_done(self, outcome, now_us);
        break;
    case TALK_REBOOT:
        if (outcome->status == IB_OK)
            ib_camera_boot(self, now_us, 1000000);
        else
            ib_camera_next_rung(self, now_us);
        break;
    case TALK_NONE:
    case TALK_HEALTH:
        break;
    }
}

void ib_camera_talk_poll(struct ib_camera *self, uint64_t now_us) {
    struct ib_cci_outcome outcome;
    const struct ib_cci *cci = self->source->cci;

    enum talk talk = (enum talk)self->talk;
    memset(&outcome, 0, sizeof outcome);
    if (self->talk_status < 0) {
        // A table that cannot carry a command is like a module that does not know it.
        outcome.status = talk == TALK_RAW ? self->talk_status : IB_E_DEVICE;
        outcome.device_code = -7;
    } else if (cci->ops->poll(cci->context, now_us, &outcome, &self->talk_due_us) != 1)
        return;
    bool answered = outcome.status == IB_OK || outcome.status == IB_E_DEVICE;
    bool about_entry = talk >= TALK_READ && talk <= TALK_ADOPT;
    uint8_t *wedges = about_entry ? &self->wanted.entries[self->entry].wedges : NULL;
    if (wedges)
        *wedges = answered ? 0 : (uint8_t)(*wedges + 1);
    bool wedged = wedges && *wedges >= WEDGED_TRIES && self->wanted.entries[self->entry].raw;
    self->talk = TALK_NONE;
    self->cci_quiet_us = now_us;
    if (answered)
        self->cci_failures = 0;
    else if (self->talk_status >= 0) {
        if (self->cci_failures++ == 0)
            self->cci_failed_us = now_us;
        self->cci_rest_us = now_us + CCI_REST_US;
        self->now.counters.cci_errors++;
        self->changed = true;
    }
    talk_done(self, talk, &outcome, now_us);
    if (wedged) // the bus failed, so the entry still stands where it was
        ib_camera_give_up(self, self->entry);
    // For a while nobody has answered, though frames may still come: the control side is dead.
    bool dead = self->cci_failures >= 2 && now_us - self->cci_failed_us >= CCI_DEAD_US;
    if (dead && self->now.stage >= IB_STAGE_SETTING_UP && self->now.stage != IB_STAGE_RECOVERING)
        ib_camera_recover(self, outcome.status, IB_RUNG_REBOOT, now_us);
}
