/// Settings brought to a link, the trial of new ones, and the way back. See network.h.
///
/// Not here: how a link is made (bus/link.h), what the LED shows, what a client is answered.
#include "device/network.h"

#include <string.h>

#include "bus/clock.h"
#include "core/status.h"

static const char room[] = "network";

static void say(const struct ib_network *self, enum ib_log_level level, const char *text) {
    ib_log(self->log, level, room, text);
}

void ib_network_init(struct ib_network *self, const struct ib_link *link,
                     struct ib_settings_store *store, const struct ib_log *log) {
    memset(self, 0, sizeof *self);
    self->link = link;
    self->store = store;
    self->log = log;
    self->state.reason = "";
    self->told = "";
    self->trial_until_us = IB_NEVER;
}

/// In force now, durable when the storage lets it; otherwise tried again from the step.
static void put(struct ib_network *self, const struct ib_settings *next, uint64_t now_us) {
    bool known = self->store->unsaved;
    if (ib_settings_store_force(self->store, next) < 0) {
        self->save_us = now_us + IB_NETWORK_RETRY_US;
        if (!known)
            say(self, IB_LOG_ERROR, "the settings cannot be stored; trying again");
    } else if (known) {
        say(self, IB_LOG_INFO, "the settings are stored again");
    }
}

static void end_trial(struct ib_network *self, uint64_t now_us) {
    struct ib_settings next = self->store->now;
    next.trial = false;
    next.before = next.network;
    self->trial_until_us = IB_NEVER;
    put(self, &next, now_us);
}

static void configure(const struct ib_network_settings *from, struct ib_link_config *config) {
    static const uint8_t ap_netmask[4] = {255, 255, 255, 0};
    bool station = from->flags & IB_WIFI_CLIENT;
    memset(config, 0, sizeof *config);
    config->mode = station ? IB_LINK_STATION : IB_LINK_ACCESS_POINT;
    memcpy(config->ssid, station ? from->sta_ssid : from->ap_ssid, sizeof config->ssid);
    memcpy(config->password, station ? from->sta_pw : from->ap_pw, sizeof config->password);
    memcpy(config->hostname, from->ap_ssid, sizeof config->hostname);
    if (station && !(from->flags & IB_WIFI_STATIC_IP))
        return;
    config->fixed_ip = station;
    memcpy(config->ip, station ? from->sta_ip : from->ap_ip, 4);
    memcpy(config->netmask, station ? from->sta_netmask : ap_netmask, 4);
}

static void forget_state(struct ib_network *self) {
    memset(&self->state, 0, sizeof self->state);
    self->state.reason = "";
}

/// The interface does not work: `status` says why, and there is another start some time later.
static void broke(struct ib_network *self, int status, uint64_t now_us) {
    if (self->status == IB_OK)
        say(self, IB_LOG_ERROR, "the network interface does not work; starting it again");
    self->status = status;
    if (!self->restarting) {
        self->restarting = true;
        self->repairing = true;
        self->restart_us = now_us + IB_NETWORK_RETRY_US;
    }
}

/// Look at the link, and tell what has happened since the last look.
static void look(struct ib_network *self, uint64_t now_us, uint64_t *due_us) {
    enum ib_link_stage before = self->state.stage;
    forget_state(self);
    self->link->ops->poll(self->link->context, now_us, &self->state, due_us);
    if (!self->state.reason)
        self->state.reason = "";
    bool ready = self->state.stage == IB_LINK_READY;
    if (ready && before != IB_LINK_READY) {
        self->told = "";
        say(self, IB_LOG_INFO, "the network is up");
    }
    if (!ready && before == IB_LINK_READY) {
        self->losses++;
        say(self, IB_LOG_WARNING, "the network is lost; trying again for ever");
    }
    // A reason comes and goes with every attempt, for as long as the trouble lasts.
    if (self->state.reason[0] && strcmp(self->state.reason, self->told) != 0) {
        self->told = self->state.reason;
        say(self, IB_LOG_WARNING, self->told);
    }
    if (self->state.stage == IB_LINK_BROKEN) {
        broke(self, self->status < 0 ? self->status : IB_E_IO, now_us);
    } else if (self->status < 0 && self->state.stage != IB_LINK_OFF) {
        self->status = IB_OK;
        if (self->repairing)
            self->restarting = false;
    }
}

/// Start (or stop) the link as the settings in force say. A trial's time begins with its first start.
static void bring_up(struct ib_network *self, uint64_t now_us) {
    const struct ib_settings *settings = &self->store->now;
    uint64_t due_us;
    self->restarting = false;
    self->repairing = false;
    forget_state(self);
    if (!(settings->network.flags & IB_WIFI_ENABLED)) {
        self->link->ops->stop(self->link->context, now_us);
        self->running = false;
        self->status = IB_OK;
        if (settings->trial)
            end_trial(self, now_us); // there is no link to wait for
        return;
    }
    if (settings->trial && self->trial_until_us == IB_NEVER)
        self->trial_until_us = now_us + IB_NETWORK_TRIAL_US;
    struct ib_link_config config;
    configure(&settings->network, &config);
    self->running = true;
    self->starts++;
    int status = self->link->ops->start(self->link->context, &config, now_us);
    if (status < 0)
        broke(self, status, now_us);
    else
        self->status = IB_OK;
    look(self, now_us, &due_us);
}

void ib_network_start(struct ib_network *self, uint64_t now_us) {
    self->trial_until_us = IB_NEVER;
    if (self->link)
        bring_up(self, now_us);
}

int ib_network_change(struct ib_network *self, const struct ib_wifi_change *change, uint64_t now_us,
                      const char **why) {
    struct ib_settings next = self->store->now;
    *why = "";
    if (!self->link) {
        *why = "this camera has no network";
        return IB_E_UNSUPPORTED;
    }
    for (int i = 0; self->link->fixed && i < IB_WIFI_TEXT_COUNT; i++) {
        if (change->has_flags || (change->text[i] && i != IB_WIFI_AP_SSID)) {
            *why = "this machine's network is not the camera's: only ap_ssid, its name, can be set";
            return IB_E_UNSUPPORTED;
        }
    }
    int status = ib_network_settings_change(&self->store->now.network, change, &next.network, why);
    if (status < 0)
        return status;
    const struct ib_network_settings *now = &self->store->now.network;
    if (memcmp(&next.network, now, sizeof *now) != 0) {
        // Several changes in a row are one trial: the way back leads to what worked last.
        if (!next.trial)
            next.before = *now;
        next.trial = (next.network.flags & IB_WIFI_ENABLED) &&
                     memcmp(&next.network, &next.before, sizeof *now) != 0;
        if (!next.trial)
            next.before = next.network;
    }
    status = ib_settings_store_save(self->store, &next);
    if (status < 0) {
        self->save_us = now_us + IB_NETWORK_RETRY_US;
        *why = "the settings could not be stored";
        return status;
    }
    self->trial_until_us = IB_NEVER;
    self->restarting = true;
    self->repairing = false;
    self->restart_us = now_us + IB_NETWORK_GRACE_US;
    say(self, IB_LOG_INFO, "new network settings; the network restarts");
    return IB_OK;
}

void ib_network_reset(struct ib_network *self, uint64_t now_us) {
    struct ib_settings next = self->store->now;
    ib_network_settings_default(&next.network, self->store->name);
    next.before = next.network;
    next.trial = false;
    self->trial_until_us = IB_NEVER;
    put(self, &next, now_us);
    say(self, IB_LOG_WARNING, "network settings are back to their defaults");
    if (self->link)
        bring_up(self, now_us);
}

static void roll_back(struct ib_network *self, uint64_t now_us) {
    struct ib_settings next = self->store->now;
    next.network = next.before;
    next.trial = false;
    self->rollbacks++;
    self->trial_until_us = IB_NEVER;
    put(self, &next, now_us);
    say(self, IB_LOG_WARNING, "no link within 60 s: back to the network settings before");
    bring_up(self, now_us);
}

static uint64_t sooner(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

void ib_network_step(struct ib_network *self, uint64_t now_us, uint64_t *due_us) {
    const struct ib_settings *settings = &self->store->now;
    uint64_t link_us = IB_NEVER;
    if (self->link) {
        if (self->restarting && now_us >= self->restart_us)
            bring_up(self, now_us);
        if (self->running)
            look(self, now_us, &link_us);
        // Before the first start of a trial it is the old link that is seen.
        if (settings->trial && self->trial_until_us != IB_NEVER) {
            if (self->state.stage == IB_LINK_READY) {
                say(self, IB_LOG_INFO, "the new network settings work");
                end_trial(self, now_us);
            } else if (now_us >= self->trial_until_us) {
                roll_back(self, now_us);
                link_us = now_us; // look again: another link runs
            }
        }
    }
    if (self->store->unsaved && now_us >= self->save_us) {
        struct ib_settings same = *settings;
        put(self, &same, now_us);
    }
    *due_us = link_us;
    if (self->restarting)
        *due_us = sooner(*due_us, self->restart_us);
    if (self->trial_until_us != IB_NEVER)
        *due_us = sooner(*due_us, self->trial_until_us);
    if (self->store->unsaved)
        *due_us = sooner(*due_us, self->save_us);
}

static bool works(const struct ib_network *self) {
    return self->running && self->status == IB_OK && self->state.stage != IB_LINK_OFF &&
           self->state.stage != IB_LINK_BROKEN;
}

bool ib_network_connected(const struct ib_network *self) {
    return works(self) && self->state.stage == IB_LINK_READY && self->state.peer;
}

uint8_t ib_network_flags(const struct ib_network *self) {
    unsigned flags = self->store->now.network.flags & IB_WIFI_STORED;
    if (works(self))
        flags |= IB_WIFI_INITIALISED | IB_WIFI_RUNNING;
    if (ib_network_connected(self))
        flags |= IB_WIFI_CONNECTED;
    return (uint8_t)flags;
}

void ib_network_ip(const struct ib_network *self, uint8_t out[4]) {
    static const uint8_t none[4] = {0};
    const struct ib_network_settings *settings = &self->store->now.network;
    bool own = self->running && !(settings->flags & IB_WIFI_CLIENT);
    if (memcmp(self->state.ip, none, 4) != 0)
        memcpy(out, self->state.ip, 4);
    else
        memcpy(out, own ? settings->ap_ip : none, 4);
}
