/// A link through NetworkManager: one profile of its own, activated anew whenever it ends.
///
/// `advance` makes the next call that brings NetworkManager closer to what is wanted, one at a time:
/// find the interface, remove what an earlier run left behind, add and activate the profile, remove it.
/// `look` reads how the interface is, after every signal about it, and `judge` makes a stage of that.
/// NetworkManager is asked to drop the profile itself when this program leaves the bus.
/// Not here: what the profile says (network_profile.c), the bus (bus_loop.c), what is checked before
/// (network_probe.c). Main source: NetworkManager D-Bus API 1.42.
#include "ports/linux/network_manager.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/clock.h"
#include "core/check.h"
#include "core/status.h"
#include "ports/linux/bus_loop.h"
#include "ports/linux/network_names.h"
#include "ports/linux/network_probe.h"
#include "ports/linux/network_profile.h"
#include "ports/linux/problem.h"

#define CLOSE_MS 1000u
/// NetworkManager itself gives up on a silent access point after 25 s and on DHCP after 45 s.
#define ATTEMPT_MS 120000u
#define AGAIN_MIN_MS 500u
#define AGAIN_MAX_MS 8000u
#define PATH_BYTES 128u

/// What a call under way is for.
enum step {
    IDLE,
    FINDING_DEVICE,
    FINDING_LEFTOVER,
    REMOVING,
    ADDING,
    ADDING_ONLY, ///< a NetworkManager before 1.16: two calls
    ACTIVATING,
};

enum {
    DEVICE_UNMANAGED = 10,
    DEVICE_UNAVAILABLE = 20,
    DEVICE_DISCONNECTED = 30,
    DEVICE_PREPARE = 40,
    DEVICE_IP_CONFIG = 70,
    DEVICE_ACTIVATED = 100,
    DEVICE_DEACTIVATING = 110,
    DEVICE_FAILED = 120,
    ACTIVE_ACTIVATED = 2,
    REASON_UNKNOWN = 1,
};

struct ib_network_manager {
    struct ib_bus_loop *bus;
    struct ib_link link;
    const struct ib_log *log;
    void (*changed)(void *context);
    void *context;
    char interface[16];

    bool is_wanted;
    struct ib_link_config wanted;
    unsigned wish; ///< how often something else was wanted

    // What NetworkManager holds. "": unknown or none.
    char device[PATH_BYTES];
    char profile[PATH_BYTES];
    char active[PATH_BYTES];
    bool stale; ///< the profile has to go
    bool clean; ///< nothing of an earlier run is left

    enum step step;      ///< the call under way, for:
    unsigned asked;      ///< … which NetworkManager
    unsigned asked_wish; ///< … which wish
    unsigned daemon;     ///< how many NetworkManagers came and went
    bool before_1_16;
    bool watching; ///< for signals, on this connection

    // How the interface was when it was last looked at.
    bool looking;
    bool look_again;
    unsigned look_daemon;
    uint32_t device_state;
    bool mine; ///< it is ours that is active there
    char ip_config[PATH_BYTES];
    uint8_t ip[4];

    struct ib_link_state state;
    const char *failure; ///< of the last attempt; a constant
    bool is_broken;      ///< … and it was the interface's, not the network's
    unsigned failures;
    bool paused; ///< until the timer
    bool quiet;  ///< a function of the table is running: its caller looks by itself
    uv_timer_t timer;

    bool closing;
    unsigned open_parts;
    void (*closed)(void *context);
    void *closed_context;
};

static void advance(struct ib_network_manager *self);
static void look(struct ib_network_manager *self);
static void on_timer(uv_timer_t *handle);

static void arm(struct ib_network_manager *self, unsigned ms) {
    uv_update_time(self->timer.loop);
    uv_timer_start(&self->timer, on_timer, ms, 0);
}

// ---- the stage ----

static enum ib_link_stage stage_of_active(const struct ib_network_manager *self) {
    bool station = self->wanted.mode == IB_LINK_STATION;
    uint32_t state = self->device_state;
    if (state == DEVICE_ACTIVATED)
        return station && !self->ip[0] ? IB_LINK_ADDRESS : IB_LINK_READY;
    if (!station || state <= DEVICE_PREPARE)
        return IB_LINK_STARTING;
    return state >= DEVICE_IP_CONFIG && state < DEVICE_ACTIVATED ? IB_LINK_ADDRESS
                                                                 : IB_LINK_SEEKING;
}

static void judge(struct ib_network_manager *self) {
    struct ib_link_state state = {.stage = IB_LINK_STARTING, .reason = self->failure};
    enum ib_bus_presence presence = ib_bus_loop_presence(self->bus);
    bool access_point = self->wanted.mode == IB_LINK_ACCESS_POINT;
    if (!self->is_wanted) {
        state.stage = IB_LINK_OFF;
    } else if (presence == IB_BUS_NO_BUS || presence == IB_BUS_NO_SERVICE) {
        state.stage = IB_LINK_BROKEN;
        state.reason =
            presence == IB_BUS_NO_BUS ? "there is no D-Bus" : "NetworkManager does not run";
    } else if (self->device[0] && self->device_state == DEVICE_UNMANAGED) {
        state.stage = IB_LINK_BROKEN;
        state.reason = "NetworkManager does not manage the interface";
    } else if (self->device[0] && self->device_state == DEVICE_UNAVAILABLE) {
        state.stage = IB_LINK_BROKEN;
        state.reason = "the Wi-Fi interface is switched off or not there";
    } else if (self->mine && !self->stale) {
        state.stage = stage_of_active(self);
    } else if (self->paused) {
        state.stage = self->is_broken || access_point ? IB_LINK_BROKEN : IB_LINK_SEEKING;
    }
    if (state.stage == IB_LINK_READY) {
        // NetworkManager does not tell who has joined an access point: it counts as joined.
        state.peer = true;
        memcpy(state.ip, self->ip[0] ? self->ip : self->wanted.ip, sizeof state.ip);
    }
    if (state.stage != IB_LINK_SEEKING && state.stage != IB_LINK_BROKEN)
        state.reason = "";
    struct ib_link_state *old = &self->state;
    bool news = state.stage != old->stage || strcmp(state.reason, old->reason) != 0 ||
                memcmp(state.ip, old->ip, sizeof state.ip) != 0;
    if (state.stage == IB_LINK_READY && old->stage != IB_LINK_READY) {
        uv_timer_stop(&self->timer);
        self->failures = 0;
        self->failure = "";
        self->is_broken = false;
    } else if (old->stage == IB_LINK_READY && self->mine && state.stage != IB_LINK_READY) {
        arm(self, ATTEMPT_MS);
    }
    self->state = state;
    if (news && !self->quiet && !self->closing && self->changed)
        self->changed(self->context);
}

/// The attempt came to nothing: again after a while.
static void lose(struct ib_network_manager *self, const char *why, bool is_broken) {
    unsigned ms = AGAIN_MIN_MS << (self->failures < 8 ? self->failures : 8);
    self->failures++;
    self->failure = why;
    self->is_broken = is_broken;
    self->stale = self->profile[0] != 0;
    self->mine = false;
    self->paused = true;
    arm(self, ms < AGAIN_MAX_MS ? ms : AGAIN_MAX_MS);
}

/// What happened before counts no more.
static void begin_anew(struct ib_network_manager *self) {
    self->failure = "";
    self->is_broken = false;
    self->failures = 0;
    self->paused = false;
    self->mine = false;
    self->stale = self->profile[0] != 0;
    memset(self->ip, 0, sizeof self->ip);
    uv_timer_stop(&self->timer);
}

static void log_refusal(struct ib_network_manager *self, const sd_bus_error *error) {
    char text[256];
    snprintf(text, sizeof text, "NetworkManager: %.200s",
             error->message ? error->message : error->name);
    ib_log(self->log, self->failures == 0 ? IB_LOG_INFO : IB_LOG_DEBUG, "network", text);
}

// ---- how the interface is ----

static void finish_look(struct ib_network_manager *self) {
    self->looking = false;
    judge(self);
    advance(self);
    if (self->look_again)
        look(self);
}

/// Send a Get or GetAll.
static int ask_property(struct ib_network_manager *self, const char *path, const char *interface,
                        const char *property, sd_bus_message_handler_t replied) {
    sd_bus_message *call = NULL;
    int error = sd_bus_message_new_method_call(ib_bus_loop_bus(self->bus), &call, NM_SERVICE, path,
                                               "org.freedesktop.DBus.Properties",
                                               property ? "Get" : "GetAll");
    if (error >= 0)
        error = sd_bus_message_append(call, "s", interface);
    if (error >= 0 && property)
        error = sd_bus_message_append(call, "s", property);
    if (error < 0) {
        sd_bus_message_unref(call);
        return error;
    }
    return ib_bus_loop_call(self->bus, call, replied, self);
}

/// Whether the look goes on with this reply; otherwise it has ended.
static bool look_holds(struct ib_network_manager *self) {
    if (self->look_daemon == self->daemon && !self->closing)
        return true;
    self->looking = false;
    if (self->look_again)
        look(self);
    return false;
}

static void read_address(struct ib_network_manager *self, sd_bus_message *reply) {
    memset(self->ip, 0, sizeof self->ip);
    if (sd_bus_message_enter_container(reply, 'a', "{sv}") <= 0)
        return;
    while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
        const char *name = "";
        const char *address = NULL;
        if (sd_bus_message_read(reply, "s", &name) < 0)
            return;
        if (strcmp(name, "AddressData") != 0) {
            sd_bus_message_skip(reply, "v");
            sd_bus_message_exit_container(reply);
            continue;
        }
        // The first address of aa{sv}.
        if (sd_bus_message_enter_container(reply, 'v', "aa{sv}") <= 0 ||
            sd_bus_message_enter_container(reply, 'a', "a{sv}") <= 0 ||
            sd_bus_message_enter_container(reply, 'a', "{sv}") <= 0)
            return;
        while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
            if (sd_bus_message_read(reply, "s", &name) < 0)
                return;
            if (strcmp(name, "address") != 0)
                sd_bus_message_skip(reply, "v");
            else if (sd_bus_message_read(reply, "v", "s", &address) < 0)
                return;
            sd_bus_message_exit_container(reply);
        }
        if (address && inet_pton(AF_INET, address, self->ip) != 1)
            memset(self->ip, 0, sizeof self->ip);
        return;
    }
}

static int on_ip_config(sd_bus_message *reply, void *context, sd_bus_error *unused) {
    struct ib_network_manager *self = context;
    (void)unused;
    if (!look_holds(self))
        return 0;
    if (sd_bus_message_is_method_error(reply, NULL))
        memset(self->ip, 0, sizeof self->ip);
    else
        read_address(self, reply);
    finish_look(self);
    return 0;
}

/// Ours is not what is active on the interface: not yet, or not any more?
static int on_active(sd_bus_message *reply, void *context, sd_bus_error *unused) {
    struct ib_network_manager *self = context;
    uint32_t state = 0;
    (void)unused;
    if (!look_holds(self))
        return 0;
    bool gone = sd_bus_message_is_method_error(reply, NULL) ||
                sd_bus_message_read(reply, "v", "u", &state) < 0 || state > ACTIVE_ACTIVATED;
    // A removal under way, or another activation since, is no loss.
    if (gone && self->active[0] && !self->stale && self->step == IDLE && !self->look_again)
        lose(self, self->failure[0] ? self->failure : "the connection ended", false);
    finish_look(self);
    return 0;
}

static bool is_path(const char *path) {
    return path[0] && strcmp(path, "/") != 0;
}

static void read_device(struct ib_network_manager *self, sd_bus_message *reply) {
    const char *active = "";
    const char *ip_config = "";
    uint32_t state = DEVICE_DISCONNECTED;
    if (sd_bus_message_enter_container(reply, 'a', "{sv}") <= 0)
        return;
    while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
        const char *name = "";
        int error = sd_bus_message_read(reply, "s", &name);
        if (error >= 0 && strcmp(name, "State") == 0)
            error = sd_bus_message_read(reply, "v", "u", &state);
        else if (error >= 0 && strcmp(name, "ActiveConnection") == 0)
            error = sd_bus_message_read(reply, "v", "o", &active);
        else if (error >= 0 && strcmp(name, "Ip4Config") == 0)
            error = sd_bus_message_read(reply, "v", "o", &ip_config);
        else if (error >= 0)
            error = sd_bus_message_skip(reply, "v");
        if (error < 0)
            break;
        sd_bus_message_exit_container(reply);
    }
    bool usable = self->device_state > DEVICE_UNAVAILABLE || state <= DEVICE_UNAVAILABLE;
    self->device_state = state;
    self->mine = self->active[0] && strcmp(active, self->active) == 0;
    ib_problem(self->ip_config, sizeof self->ip_config, "%s", is_path(ip_config) ? ip_config : "");
    // Switched on again: no need to wait.
    if (!usable && self->paused) {
        self->paused = false;
        uv_timer_stop(&self->timer);
    }
}

static int on_device(sd_bus_message *reply, void *context, sd_bus_error *unused) {
    struct ib_network_manager *self = context;
    int error = 0;
    (void)unused;
    if (!look_holds(self))
        return 0;
    if (sd_bus_message_is_method_error(reply, NULL)) {
        finish_look(self); // removed: DeviceRemoved tells
        return 0;
    }
    read_device(self, reply);
    if (self->mine && self->ip_config[0]) {
        error = ask_property(self, self->ip_config, NM_SERVICE ".IP4Config", NULL, on_ip_config);
    } else if (self->active[0] && !self->mine) {
        error =
            ask_property(self, self->active, NM_SERVICE ".Connection.Active", "State", on_active);
    } else {
        memset(self->ip, 0, sizeof self->ip);
        finish_look(self);
    }
    if (error < 0)
        finish_look(self);
    return 0;
}

static void look(struct ib_network_manager *self) {
    self->look_again = self->looking;
    if (self->looking || self->closing || !self->device[0] ||
        ib_bus_loop_presence(self->bus) != IB_BUS_SERVICE)
        return;
    self->look_daemon = self->daemon;
    self->looking = ask_property(self, self->device, NM_DEVICE, NULL, on_device) >= 0;
}

// ---- calls ----

static void forget_profile(struct ib_network_manager *self) {
    self->profile[0] = self->active[0] = 0;
    self->stale = self->mine = false;
}

static bool take_path(char *out, sd_bus_message *reply) {
    const char *path = "";
    bool good =
        sd_bus_message_read(reply, "o", &path) >= 0 && is_path(path) && strlen(path) < PATH_BYTES;
    memcpy(out, good ? path : "", good ? strlen(path) + 1 : 1);
    return good;
}

static void take_error(struct ib_network_manager *self, enum step step, const sd_bus_error *error) {
    if (step == REMOVING) {
        forget_profile(self); // it was gone already
    } else if (step == FINDING_LEFTOVER) {
        self->clean = true; // there is none
    } else if (step == ADDING && strcmp(error->name, SD_BUS_ERROR_UNKNOWN_METHOD) == 0) {
        self->before_1_16 = true;
    } else if (self->asked_wish == self->wish) {
        const char *words = step == FINDING_DEVICE ? "NetworkManager knows no such interface"
                                                   : ib_network_profile_refusal(error->name);
        log_refusal(self, error);
        lose(self, words, true);
    }
}

static void take_result(struct ib_network_manager *self, enum step step, sd_bus_message *reply) {
    bool good = true;
    switch (step) {
    case FINDING_DEVICE:
        good = take_path(self->device, reply);
        look(self);
        break;
    case FINDING_LEFTOVER:
        self->clean = true;
        self->stale = take_path(self->profile, reply);
        break;
    case REMOVING:
        forget_profile(self);
        break;
    case ADDING:
        good = take_path(self->profile, reply) && take_path(self->active, reply);
        break;
    case ADDING_ONLY:
        good = take_path(self->profile, reply);
        break;
    case ACTIVATING:
        good = take_path(self->active, reply);
        break;
    case IDLE:
        break;
    }
    if (!good)
        lose(self, "NetworkManager answers nonsense", true);
    else if (step == ADDING || step == ACTIVATING)
        arm(self, ATTEMPT_MS);
    if (self->profile[0] && self->asked_wish != self->wish)
        self->stale = true;
    if (self->active[0])
        look(self);
}

static int on_reply(sd_bus_message *reply, void *context, sd_bus_error *unused) {
    struct ib_network_manager *self = context;
    enum step step = self->step;
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    (void)unused;
    self->step = IDLE;
    if (self->asked == self->daemon) {
        if (error)
            take_error(self, step, error);
        else
            take_result(self, step, reply);
        judge(self);
    }
    advance(self);
    return 0;
}

static int fill_call(struct ib_network_manager *self, sd_bus_message *call, enum step step) {
    char uuid[IB_NETWORK_PROFILE_UUID_BYTES];
    int error;
    switch (step) {
    case FINDING_DEVICE:
        return sd_bus_message_append(call, "s", self->interface);
    case FINDING_LEFTOVER:
        ib_network_profile_uuid(self->interface, uuid);
        return sd_bus_message_append(call, "s", uuid);
    case ADDING:
        error = ib_network_profile_append(call, self->interface, &self->wanted);
        // Not on disk, gone when it is disconnected, disconnected when we leave the bus.
        return error < 0
                   ? error
                   : sd_bus_message_append(call, "ooa{sv}", self->device, "/", 2, "persist", "s",
                                           "volatile", "bind-activation", "s", "dbus-client");
    case ADDING_ONLY:
        return ib_network_profile_append(call, self->interface, &self->wanted);
    case ACTIVATING:
        return sd_bus_message_append(call, "ooo", self->profile, self->device, "/");
    default:
        return 0;
    }
}

static void call(struct ib_network_manager *self, enum step step) {
    const struct {
        const char *path;
        const char *interface;
        const char *method;
    } CALLS[] = {
        [FINDING_DEVICE] = {NM_PATH, NM_SERVICE, "GetDeviceByIpIface"},
        [FINDING_LEFTOVER] = {NM_SETTINGS_PATH, NM_SETTINGS, "GetConnectionByUuid"},
        [REMOVING] = {self->profile, NM_SETTINGS ".Connection", "Delete"},
        [ADDING] = {NM_PATH, NM_SERVICE, "AddAndActivateConnection2"},
        [ADDING_ONLY] = {NM_SETTINGS_PATH, NM_SETTINGS, "AddConnectionUnsaved"},
        [ACTIVATING] = {NM_PATH, NM_SERVICE, "ActivateConnection"},
    };
    sd_bus_message *message = NULL;
    int error =
        sd_bus_message_new_method_call(ib_bus_loop_bus(self->bus), &message, NM_SERVICE,
                                       CALLS[step].path, CALLS[step].interface, CALLS[step].method);
    if (error >= 0)
        error = fill_call(self, message, step);
    if (error >= 0)
        error = ib_bus_loop_call(self->bus, message, on_reply, self);
    else
        sd_bus_message_unref(message);
    if (error >= 0) {
        self->step = step;
        self->asked = self->daemon;
        self->asked_wish = self->wish;
    } else if (!self->closing) {
        lose(self, "NetworkManager cannot be asked", true);
    }
}

static void finish_close(struct ib_network_manager *self);

static void advance(struct ib_network_manager *self) {
    bool present = ib_bus_loop_presence(self->bus) == IB_BUS_SERVICE;
    if (self->closing && (!present || (self->step == IDLE && !self->profile[0]))) {
        finish_close(self);
        return;
    }
    if (self->step != IDLE || !present)
        return;
    if (self->profile[0] && (self->stale || !self->is_wanted))
        call(self, REMOVING);
    else if (!self->is_wanted || self->paused)
        return;
    else if (!self->device[0])
        call(self, FINDING_DEVICE);
    else if (!self->clean)
        call(self, FINDING_LEFTOVER);
    else if (!self->profile[0])
        call(self, self->before_1_16 ? ADDING_ONLY : ADDING);
    else if (!self->active[0])
        call(self, ACTIVATING);
}

static void on_timer(uv_timer_t *handle) {
    struct ib_network_manager *self = handle->data;
    if (self->closing) {
        finish_close(self);
        return;
    }
    if (!self->is_wanted)
        return;
    if (self->paused)
        self->paused = false;
    else
        lose(self, "NetworkManager does not get it done", false);
    judge(self);
    advance(self);
}

// ---- signals ----

/// The interface tells why its connection ends, in passing.
static void note_reason(struct ib_network_manager *self, sd_bus_message *signal) {
    uint32_t now;
    uint32_t before;
    uint32_t reason;
    if (sd_bus_message_read(signal, "uuu", &now, &before, &reason) < 0 || !self->active[0] ||
        self->stale || reason <= REASON_UNKNOWN)
        return;
    // Taking the interface over from another connection is a "new activation" too.
    if (now == DEVICE_FAILED || (now == DEVICE_DEACTIVATING && self->mine))
        self->failure = ib_network_profile_reason(reason);
}

static int on_object(sd_bus_message *signal, void *context, sd_bus_error *error) {
    struct ib_network_manager *self = context;
    const char *path = sd_bus_message_get_path(signal);
    const char *about = "";
    (void)error;
    if (!path || self->closing)
        return 0;
    bool device = self->device[0] && strcmp(path, self->device) == 0;
    if (!device && strcmp(path, self->active) != 0 && strcmp(path, self->ip_config) != 0)
        return 0;
    if (device && sd_bus_message_is_signal(signal, NM_DEVICE, "StateChanged"))
        note_reason(self, signal);
    // Scans and counters of bytes change all the time.
    else if (device &&
             (!sd_bus_message_is_signal(signal, NULL, "PropertiesChanged") ||
              sd_bus_message_read(signal, "s", &about) < 0 || strcmp(about, NM_DEVICE) != 0))
        return 0;
    look(self);
    return 0;
}

static int on_manager(sd_bus_message *signal, void *context, sd_bus_error *error) {
    struct ib_network_manager *self = context;
    const char *path = "";
    (void)error;
    bool added = sd_bus_message_is_signal(signal, NULL, "DeviceAdded");
    bool removed = sd_bus_message_is_signal(signal, NULL, "DeviceRemoved");
    if ((!added && !removed) || sd_bus_message_read(signal, "o", &path) < 0 || self->closing)
        return 0;
    if (removed && strcmp(path, self->device) == 0) {
        self->device[0] = self->ip_config[0] = 0;
        if (self->is_wanted)
            lose(self, ib_network_profile_reason(36), true);
    } else if (added && !self->device[0] && self->paused) {
        self->paused = false;
        uv_timer_stop(&self->timer);
    }
    judge(self);
    advance(self);
    return 0;
}

/// A profile that is gone must not be removed: its path may get another meaning.
static int on_settings(sd_bus_message *signal, void *context, sd_bus_error *error) {
    struct ib_network_manager *self = context;
    const char *path = "";
    (void)error;
    if (!sd_bus_message_is_signal(signal, NULL, "ConnectionRemoved") ||
        sd_bus_message_read(signal, "o", &path) < 0 || !self->profile[0] ||
        strcmp(path, self->profile) != 0 || self->step == REMOVING)
        return 0;
    bool lost = !self->stale && self->is_wanted;
    forget_profile(self);
    if (lost && !self->paused)
        lose(self, self->failure[0] ? self->failure : ib_network_profile_reason(38), false);
    judge(self);
    advance(self);
    return 0;
}

static int watch(struct ib_network_manager *self) {
    static const struct {
        const char *rule;
        sd_bus_message_handler_t handler;
    } MATCHES[] = {
        {"path='" NM_PATH "',interface='" NM_SERVICE "'", on_manager},
        {"path='" NM_SETTINGS_PATH "',interface='" NM_SETTINGS "'", on_settings},
        {"path_namespace='" NM_PATH "/Devices'", on_object},
        {"path_namespace='" NM_PATH "/ActiveConnection'", on_object},
        {"path_namespace='" NM_PATH "/IP4Config'", on_object},
    };
    int error = 0;
    for (size_t i = 0; i < sizeof MATCHES / sizeof MATCHES[0] && error >= 0; i++) {
        char rule[256];
        snprintf(rule, sizeof rule, "type='signal',sender='" NM_SERVICE "',%s", MATCHES[i].rule);
        error = sd_bus_add_match_async(ib_bus_loop_bus(self->bus), NULL, rule, MATCHES[i].handler,
                                       NULL, self);
    }
    return error;
}

// ---- NetworkManager comes and goes ----

static void on_presence(void *context, enum ib_bus_presence now) {
    struct ib_network_manager *self = context;
    self->daemon++;
    begin_anew(self);
    forget_profile(self);
    self->device[0] = self->ip_config[0] = 0;
    self->clean = false; // NetworkManager keeps unsaved profiles over its own restart
    self->before_1_16 = false;
    if (now == IB_BUS_NO_BUS) {
        self->step = IDLE;
        self->looking = self->look_again = self->watching = false;
    }
    if (now == IB_BUS_SERVICE && !self->watching) {
        self->watching = true;
        if (watch(self) < 0)
            lose(self, "NetworkManager cannot be asked", true);
    }
    judge(self);
    advance(self);
}

// ---- the table ----

static int link_start(void *context, const struct ib_link_config *config, uint64_t now_us) {
    struct ib_network_manager *self = context;
    (void)now_us;
    bool sensible = config->ssid[0] && (config->mode == IB_LINK_ACCESS_POINT || !config->fixed_ip ||
                                        ib_network_profile_prefix(config->netmask) > 0);
    self->quiet = true;
    self->wish++;
    self->wanted = *config;
    self->is_wanted = sensible;
    begin_anew(self);
    judge(self);
    advance(self);
    self->quiet = false;
    if (!sensible) {
        self->state.stage = IB_LINK_BROKEN;
        self->state.reason = "these settings are none for NetworkManager";
        return IB_E_UNSUPPORTED;
    }
    return self->state.stage == IB_LINK_BROKEN ? IB_E_IO : IB_OK;
}

static void link_stop(void *context, uint64_t now_us) {
    struct ib_network_manager *self = context;
    (void)now_us;
    self->quiet = true;
    self->wish++;
    self->is_wanted = false;
    begin_anew(self);
    judge(self);
    advance(self);
    self->quiet = false;
}

static void link_poll(void *context, uint64_t now_us, struct ib_link_state *out, uint64_t *due_us) {
    const struct ib_network_manager *self = context;
    (void)now_us;
    *out = self->state;
    *due_us = IB_NEVER;
}

static const struct ib_link_ops LINK_OPS = {link_start, link_stop, link_poll};

int ib_network_manager_open(struct ib_network_manager **out,
                            const struct ib_network_manager_config *config, char *problem,
                            size_t problem_size) {
    *out = NULL;
    int error = ib_network_probe(config->address, config->interface, problem, problem_size);
    if (error)
        return error;
    struct ib_network_manager *self = calloc(1, sizeof *self);
    struct ib_bus_loop_config bus = {.loop = config->loop,
                                     .address = config->address,
                                     .service = NM_SERVICE,
                                     .changed = on_presence,
                                     .context = self};
    if (!self || ib_bus_loop_open(&self->bus, &bus) != 0) {
        free(self);
        ib_problem(problem, problem_size, "out of memory");
        return -ENOMEM;
    }
    self->link = (struct ib_link){.ops = &LINK_OPS, .context = self};
    self->log = config->log;
    self->changed = config->changed;
    self->context = config->context;
    self->failure = self->state.reason = "";
    self->device_state = DEVICE_DISCONNECTED;
    snprintf(self->interface, sizeof self->interface, "%s", config->interface);
    uv_timer_init(config->loop, &self->timer);
    self->timer.data = self;
    self->open_parts = 2;
    *out = self;
    return 0;
}

const struct ib_link *ib_network_manager_link(struct ib_network_manager *self) {
    return &self->link;
}

// ---- the end ----

static void part_closed(struct ib_network_manager *self) {
    if (--self->open_parts > 0)
        return;
    void (*closed)(void *context) = self->closed;
    void *context = self->closed_context;
    free(self);
    if (closed)
        closed(context);
}

static void on_bus_closed(void *context) {
    part_closed(context);
}

static void on_timer_closed(uv_handle_t *handle) {
    part_closed(handle->data);
}

static void finish_close(struct ib_network_manager *self) {
    if (uv_is_closing((uv_handle_t *)&self->timer))
        return;
    uv_close((uv_handle_t *)&self->timer, on_timer_closed);
    ib_bus_loop_close(self->bus, on_bus_closed, self);
}

void ib_network_manager_close(struct ib_network_manager *self, void (*closed)(void *context),
                              void *context) {
    IB_ASSERT(!self->closing);
    self->closing = true;
    self->closed = closed;
    self->closed_context = context;
    self->is_wanted = false;
    self->wish++;
    arm(self, CLOSE_MS);
    advance(self);
}
