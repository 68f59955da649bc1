/// The board's state machine: what the button does, what is stored, what the LED shows.
///
/// What the LED shows follows from the state of the parts at each step, so nothing has to be
/// remembered and restored: when a fault or an update ends, what is true by then is shown.
/// Not here: the faults' sources (device_faults.c), watching the camera (device_watch.c).
/// Source:  tCam-Mini README, "Status Indicator", "WiFi Reset Button", "Hardware Interface".
#include "device/device.h"

#include <string.h>

#include "bus/clock.h"
#include "core/status.h"
#include "device/device_private.h"

#define RESET_ALERT_US 3000000ull
/// The blink goes on until the network has been restarted, but not for ever.
#define RESET_RESTART_US 5000000ull
/// Between two writes: somebody drags a slider, and every write wears the flash out.
#define STORE_GAP_US 1000000ull
#define STORE_RETRY_US 5000000ull

static void say(const struct ib_device *self, enum ib_log_level level, const char *text) {
    ib_log(self->config.log, level, "device", text);
}

static const struct ib_storage *storage_of(const struct ib_device *self) {
    return self->config.mode == IB_DEVICE_HARDWARE ? NULL : self->config.storage;
}

// ---- settings ----

static void start_store(struct ib_device *self, uint64_t now_us) {
    int status = ib_settings_store_init(&self->store, storage_of(self), self->config.default_name);
    self->store_unread = status < 0;
    self->store_us = now_us + (status < 0 ? STORE_RETRY_US : 0);
    if (status < 0)
        say(self, IB_LOG_ERROR, "the settings cannot be read: defaults for now, trying again");
    else if (self->store.damaged)
        say(self, IB_LOG_WARNING, "the stored settings are damaged: defaults");
    else if (self->store.were_reset && storage_of(self))
        say(self, IB_LOG_INFO, "no stored settings were found: defaults");
}

/// Settings that could not be read are still what the owner wants. Until they are here nothing is
/// written over them, unless somebody gives new ones.
static void read_late(struct ib_device *self, uint64_t now_us) {
    if (self->store.status >= 0 || self->store.unsaved) {
        self->store_unread = false;
        return;
    }
    if (now_us < self->store_us)
        return;
    self->store_us = now_us + STORE_RETRY_US;
    if (ib_settings_store_init(&self->store, storage_of(self), self->config.default_name) < 0)
        return;
    self->store_unread = false;
    self->store_us = now_us;
    self->late_loads++;
    say(self, IB_LOG_INFO, "the settings could be read at last: they are in force now");
    ib_network_start(&self->network, now_us);
}

/// The same for the record that says which firmware runs.
static void boot_late(struct ib_device *self, uint64_t now_us, uint64_t *due_us) {
    int status = self->ota.slots.status;
    uint8_t byte;
    if (status >= 0 || status == IB_E_FORMAT || self->ota.stage != IB_OTA_IDLE)
        return;
    if (now_us >= self->slots_us) {
        struct ib_ota_config config = self->ota.config;
        self->slots_us = now_us + STORE_RETRY_US;
        if (config.record && ib_storage_read(config.record, 0, &byte, 1) >= 0 &&
            ib_ota_init(&self->ota, &config, now_us) >= 0)
            return;
    }
    ib_device_sooner(due_us, self->slots_us);
}

static bool same_settings(const struct ib_camera_settings *a, const struct ib_camera_settings *b) {
    return a->agc == b->agc && a->emissivity_pct == b->emissivity_pct && a->gain == b->gain;
}

/// What the camera starts with is the board's choice and no reason to store anything: what somebody
/// has changed since then is.
static void keep_settings(struct ib_device *self, const struct ib_camera_state *camera,
                          uint64_t now_us, uint64_t *due_us) {
    const struct ib_camera_settings *wanted = &camera->settings;

    if (camera->stage == IB_STAGE_OFF || wanted->emissivity_pct == 0)
        return; // nobody has filled them in yet
    if (self->has_seen_settings && !same_settings(wanted, &self->seen_settings))
        self->settings_touched = true;
    self->seen_settings = *wanted;
    self->has_seen_settings = true;
    if (!self->settings_touched || self->store_unread || !storage_of(self))
        return;
    const struct ib_lepton_settings *kept = &self->store.now.lepton;
    if (kept->agc == wanted->agc && kept->emissivity_pct == wanted->emissivity_pct &&
        kept->gain == wanted->gain)
        return;
    if (self->store.unsaved) { // the network stores again what is in force: then it is our turn
        ib_device_sooner(due_us, now_us + STORE_RETRY_US);
        return;
    }
    if (now_us < self->store_us) {
        ib_device_sooner(due_us, self->store_us);
        return;
    }
    struct ib_settings next = self->store.now;
    next.lepton = (struct ib_lepton_settings){
        .agc = wanted->agc, .emissivity_pct = wanted->emissivity_pct, .gain = wanted->gain};
    int status = ib_settings_store_save(&self->store, &next);
    if (status == IB_E_INVAL) { // a raw command's gain that no store takes
        self->settings_touched = false;
        return;
    }
    self->store_us = now_us + (status < 0 ? STORE_RETRY_US : STORE_GAP_US);
}

// ---- button ----

static bool resetting(const struct ib_device *self) {
    return self->reset_until_us != 0;
}

static enum ib_ota_stage update_stage(const struct ib_device *self) {
    return self->has_ota ? self->ota.stage : IB_OTA_IDLE;
}

static void long_press(struct ib_device *self, uint64_t now_us) {
    self->presses_long++;
    bool fault = ib_device_shown_fault(self) != IB_DEVICE_FAULT_NONE;
    if (self->config.mode == IB_DEVICE_HARDWARE || resetting(self) ||
        update_stage(self) != IB_OTA_IDLE || (!self->started && !fault)) {
        say(self, IB_LOG_INFO, "a long press of the button has no meaning now");
        return;
    }
    self->reset_until_us = now_us + RESET_ALERT_US;
    self->reset_done = false;
    say(self, IB_LOG_WARNING, "the button asks for a reset of the network settings");
}

static void step_button(struct ib_device *self, uint64_t now_us, uint64_t *due_us) {
    const struct ib_gpio *line = self->config.button;
    uint64_t next_us;

    if (!line)
        return;
    // Reading a real line costs a system call: only when a sample is due.
    bool down = now_us >= self->button.next_us && ib_gpio_get(line) == 1;
    switch (ib_button_step(&self->button, down, now_us, &next_us)) {
    case IB_BUTTON_SHORT:
        self->presses_short++;
        if (self->has_ota)
            ib_ota_press(&self->ota, now_us);
        break;
    case IB_BUTTON_LONG:
        long_press(self, now_us);
        break;
    case IB_BUTTON_NOTHING:
        break;
    }
    ib_device_sooner(due_us, next_us);
}

static void act_reset(struct ib_device *self, uint64_t now_us) {
    ib_network_reset(&self->network, now_us);
    if (self->has_ota)
        ib_ota_clear_fault(&self->ota);
    self->reset_done = true;
    self->reset_until_us = now_us + RESET_RESTART_US;
}

static void step_reset(struct ib_device *self, uint64_t now_us, uint64_t *due_us) {
    const struct ib_network *network = &self->network;

    if (!resetting(self))
        return;
    if (!self->reset_done && now_us >= self->reset_until_us) {
        act_reset(self, now_us);
        ib_device_sooner(due_us, now_us); // the network has had its turn in this step
    }
    if (self->reset_done) {
        bool coming =
            network->running && network->status >= 0 &&
            (network->state.stage == IB_LINK_OFF || network->state.stage == IB_LINK_STARTING);
        if (!coming || now_us >= self->reset_until_us) {
            self->reset_until_us = 0;
            self->reset_done = false;
            return;
        }
    }
    ib_device_sooner(due_us, self->reset_until_us);
}

// ---- LED ----

static enum ib_led_state to_show(const struct ib_device *self, unsigned clients) {
    enum ib_ota_stage update = update_stage(self);
    if (resetting(self))
        return IB_LED_RESET;
    if (update != IB_OTA_IDLE)
        return update == IB_OTA_ASKED ? IB_LED_UPDATE_ASKED : IB_LED_UPDATE_RUNNING;
    if (ib_device_shown_fault(self) != IB_DEVICE_FAULT_NONE)
        return IB_LED_FAULT;
    if (!self->started)
        return IB_LED_STARTING;
    if (self->config.mode == IB_DEVICE_HARDWARE || clients > 0)
        return IB_LED_CLIENT;
    return ib_network_connected(&self->network) ? IB_LED_CONNECTED : IB_LED_NOT_CONNECTED;
}

/// Only what changes goes out; what did not get there goes out again with the next step.
static void drive_lines(struct ib_device *self) {
    const struct ib_led *led = &self->led;
    bool set = true;

    if (self->lines_set && self->line_red == led->red && self->line_green == led->green)
        return;
    if (self->config.red)
        set = ib_gpio_set(self->config.red, led->red) >= 0;
    if (self->config.green)
        set = ib_gpio_set(self->config.green, led->green) >= 0 && set;
    self->lines_set = set;
    self->line_red = led->red;
    self->line_green = led->green;
}

static void light(struct ib_device *self, unsigned clients, uint64_t now_us, uint64_t *due_us) {
    uint64_t led_us;

    ib_led_set(&self->led, to_show(self, clients), (unsigned)ib_device_shown_fault(self), now_us);
    ib_led_step(&self->led, now_us, &led_us);
    drive_lines(self);
    ib_device_sooner(due_us, led_us);
}

// ---- the whole ----

int ib_device_init(struct ib_device *self, const struct ib_device_config *config, uint64_t now_us) {
    if (!self || !config || !config->default_name ||
        (config->mode != IB_DEVICE_WIFI && config->mode != IB_DEVICE_HARDWARE))
        return IB_E_INVAL;
    struct ib_device_config kept = *config;
    uint64_t due_us = IB_NEVER;
    bool hardware = kept.mode == IB_DEVICE_HARDWARE;

    memset(self, 0, sizeof *self);
    self->config = kept;
    self->born_us = now_us;
    // The LED first: it says that the firmware has started.
    ib_led_init(&self->led, now_us);
    light(self, 0, now_us, &due_us);
    ib_button_init(&self->button, now_us);
    start_store(self, now_us);
    ib_network_init(&self->network, hardware ? NULL : kept.link, &self->store, kept.log);
    if (kept.ota) {
        self->has_ota = true;
        if (ib_ota_init(&self->ota, kept.ota, now_us) < 0)
            say(self, IB_LOG_WARNING, "the firmware slots cannot be used: no updates");
    }
    self->config.ota = NULL; // borrowed
    ib_network_start(&self->network, now_us);
    ib_device_refresh_faults(self);
    light(self, 0, now_us, &due_us);
    return IB_OK;
}

void ib_device_step(struct ib_device *self, const struct ib_device_view *view, uint64_t now_us,
                    uint64_t *due_us) {
    uint64_t next_us;

    *due_us = IB_NEVER;
    ib_device_watch(self, view->camera, now_us, due_us);
    step_button(self, now_us, due_us);
    if (self->store_unread) {
        read_late(self, now_us);
        if (self->store_unread)
            ib_device_sooner(due_us, self->store_us);
    }
    keep_settings(self, view->camera, now_us, due_us);
    ib_network_step(&self->network, now_us, &next_us);
    ib_device_sooner(due_us, next_us);
    step_reset(self, now_us, due_us);
    if (self->has_ota) {
        boot_late(self, now_us, due_us);
        ib_ota_step(&self->ota, now_us, &next_us);
        ib_device_sooner(due_us, next_us);
    }
    ib_device_refresh_faults(self);
    light(self, view->clients, now_us, due_us);
}

const char *ib_device_name(const struct ib_device *self) {
    return self->config.mode == IB_DEVICE_HARDWARE ? self->store.name
                                                   : self->store.now.network.ap_ssid;
}

const char *ib_device_version(const struct ib_device *self) {
    return self->has_ota ? ib_ota_version(&self->ota) : "";
}

bool ib_device_wants_restart(const struct ib_device *self) {
    return self->has_ota && self->ota.restart_due;
}
