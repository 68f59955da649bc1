/// The simulated Wi-Fi interface: see network.h. Every transition happens at its own time, however
/// late anybody looks.
///
/// Main source: IEEE 802.11 as a station sees it (scan, authenticate, associate), RFC 2131 (DHCP), and
/// the tCam-Mini README, "WiFi".

#include "sim/network.h"

#include <stddef.h>
#include <string.h>

#include "bus/clock.h"
#include "core/status.h"

#define PASSWORD_LEAST_BYTES 8u // WPA2-PSK, IEEE 802.11i annex H.4

static const char NOT_FOUND[] = "no such network in range";
static const char LOST[] = "the network went out of range";
static const char BEGAN_ANEW[] = "the network began anew with another password";
static const char WRONG_PASSWORD[] = "wrong password";
static const char PASSWORD_MISSING[] = "the network wants a password";
static const char PASSWORD_IN_VAIN[] = "the network has no password, but one is set";
static const char REFUSED[] = "refused by the access point";
static const char NO_DHCP[] = "no DHCP answer";
static const char NO_RADIO[] = "the radio does not work";
static const char NO_NAME[] = "the network name is not 1 to 32 bytes";
static const char BAD_PASSWORD[] = "the password is not 8 to 63 bytes";

// ---- the air ----

static bool name_good(const char *ssid) {
    return ssid[0] && memchr(ssid, 0, IB_LINK_SSID_BYTES + 1);
}

static bool password_good(const char *password) {
    const char *end = memchr(password, 0, IB_LINK_PASSWORD_BYTES + 1);
    return end && (end == password || (size_t)(end - password) >= PASSWORD_LEAST_BYTES);
}

static struct ib_sim_access_point *find(struct ib_sim_network *self, const char *ssid) {
    for (unsigned i = 0; i < IB_SIM_ACCESS_POINTS; i++)
        if (self->air[i].ssid[0] && strcmp(self->air[i].ssid, ssid) == 0)
            return &self->air[i];
    return NULL;
}

/// The access point that we are configured for, when it can be heard; else NULL.
static const struct ib_sim_access_point *ours(struct ib_sim_network *self) {
    const struct ib_sim_access_point *point = find(self, self->config.ssid);
    return point && point->in_range ? point : NULL;
}

// ---- one step at a time ----

static void set_stage(struct ib_sim_network *self, enum ib_link_stage stage, bool peer,
                      const char *reason) {
    self->state.stage = stage;
    self->state.peer = peer;
    self->state.reason = reason;
    if (stage != IB_LINK_READY)
        memset(self->state.ip, 0, sizeof self->state.ip);
}

static void begin(struct ib_sim_network *self, enum ib_sim_network_doing doing, uint64_t at_us,
                  uint64_t lasts_us) {
    self->doing = doing;
    self->next_us = lasts_us == IB_NEVER ? IB_NEVER : at_us + lasts_us;
}

static void rest(struct ib_sim_network *self) {
    begin(self, IB_SIM_NETWORK_NOTHING, 0, IB_NEVER);
}

static void refuse(struct ib_sim_network *self, const char *reason, uint64_t at_us) {
    self->refusals++;
    set_stage(self, IB_LINK_SEEKING, false, reason);
    begin(self, IB_SIM_NETWORK_SULKING, at_us, IB_SIM_NETWORK_RETRY_US);
}

static void station_ready(struct ib_sim_network *self, const uint8_t ip[4]) {
    set_stage(self, IB_LINK_READY, true, "");
    memcpy(self->state.ip, ip, sizeof self->state.ip);
    rest(self);
}

static void access_point_ready(struct ib_sim_network *self, uint64_t at_us) {
    set_stage(self, IB_LINK_READY, false, "");
    memcpy(self->state.ip, self->config.ip, sizeof self->state.ip);
    rest(self);
    if (self->station_wants)
        self->station_us = at_us + IB_SIM_NETWORK_STATION_US;
}

static void station_joins(struct ib_sim_network *self) {
    self->station_us = IB_NEVER;
    self->state.peer = true;
    self->joins++;
}

/// Why the access point would not have us, or NULL.
static const char *objection(const struct ib_sim_network *self,
                             const struct ib_sim_access_point *point) {
    if (point->password[0] && !self->config.password[0])
        return PASSWORD_MISSING;
    if (!point->password[0] && self->config.password[0])
        return PASSWORD_IN_VAIN;
    if (strcmp(point->password, self->config.password) != 0)
        return WRONG_PASSWORD;
    return self->fault == IB_SIM_NETWORK_REFUSES ? REFUSED : NULL;
}

static bool answers_dhcp(const struct ib_sim_network *self,
                         const struct ib_sim_access_point *point) {
    return point->dhcp && self->fault != IB_SIM_NETWORK_NO_DHCP;
}

/// Until DHCP is over, one way or the other. An answer that would come too late is none.
static void ask(struct ib_sim_network *self, const struct ib_sim_access_point *point,
                uint64_t at_us) {
    uint64_t patience_us = self->asking_until_us - at_us;
    if (answers_dhcp(self, point) && patience_us >= IB_SIM_NETWORK_DHCP_US)
        begin(self, IB_SIM_NETWORK_ASKING, at_us, IB_SIM_NETWORK_DHCP_US);
    else
        begin(self, IB_SIM_NETWORK_UNHEARD, at_us, patience_us);
}

static void end_of_join(struct ib_sim_network *self, const struct ib_sim_access_point *point,
                        uint64_t at_us) {
    const char *reason = objection(self, point);
    if (reason) {
        refuse(self, reason, at_us);
        return;
    }
    self->joins++;
    if (self->config.fixed_ip) {
        station_ready(self, self->config.ip);
        return;
    }
    set_stage(self, IB_LINK_ADDRESS, true, "");
    self->asking_until_us = at_us + IB_SIM_NETWORK_NO_DHCP_US;
    ask(self, point, at_us);
}

/// What was begun is over, at `at_us`.
static void finish(struct ib_sim_network *self, uint64_t at_us) {
    const struct ib_sim_access_point *point = ours(self);
    switch (self->doing) {
    case IB_SIM_NETWORK_NOTHING:
        rest(self);
        break;
    case IB_SIM_NETWORK_RISING:
        if (self->config.mode == IB_LINK_ACCESS_POINT) {
            access_point_ready(self, at_us);
            break;
        }
        set_stage(self, IB_LINK_SEEKING, false, "");
        begin(self, IB_SIM_NETWORK_LOOKING, at_us, IB_SIM_NETWORK_SCAN_US);
        break;
    case IB_SIM_NETWORK_LOOKING:
        if (point)
            begin(self, IB_SIM_NETWORK_JOINING, at_us, IB_SIM_NETWORK_JOIN_US);
        else
            refuse(self, NOT_FOUND, at_us);
        break;
    case IB_SIM_NETWORK_JOINING:
        if (point)
            end_of_join(self, point, at_us);
        else
            refuse(self, NOT_FOUND, at_us);
        break;
    case IB_SIM_NETWORK_ASKING:
        if (point)
            station_ready(self, point->address);
        else
            refuse(self, NO_DHCP, at_us);
        break;
    case IB_SIM_NETWORK_UNHEARD:
        refuse(self, NO_DHCP, at_us);
        break;
    case IB_SIM_NETWORK_SULKING: // the last reason stays until there is news
        begin(self, IB_SIM_NETWORK_LOOKING, at_us, IB_SIM_NETWORK_SCAN_US);
        break;
    }
}

static uint64_t due(const struct ib_sim_network *self) {
    return self->next_us < self->station_us ? self->next_us : self->station_us;
}

static void advance(struct ib_sim_network *self, uint64_t now_us) {
    for (uint64_t at_us = due(self); at_us != IB_NEVER && at_us <= now_us; at_us = due(self)) {
        if (at_us == self->next_us)
            finish(self, at_us);
        else
            station_joins(self);
    }
}

// ---- the front door ----

static void switch_off(struct ib_sim_network *self, enum ib_link_stage stage, const char *reason) {
    self->on = false;
    rest(self);
    self->station_us = IB_NEVER;
    set_stage(self, stage, false, reason);
}

static int break_down(struct ib_sim_network *self, const char *reason) {
    switch_off(self, IB_LINK_BROKEN, reason);
    return IB_E_IO;
}

/// At the very first start the world has found us. Return: whether there was something to find.
static bool found_already(struct ib_sim_network *self, uint64_t now_us) {
    if (self->config.mode == IB_LINK_ACCESS_POINT) {
        access_point_ready(self, now_us);
        if (self->station_wants)
            station_joins(self);
        return true;
    }
    const struct ib_sim_access_point *point = ours(self);
    if (!point || objection(self, point) || (!self->config.fixed_ip && !answers_dhcp(self, point)))
        return false;
    self->joins++;
    station_ready(self, self->config.fixed_ip ? self->config.ip : point->address);
    return true;
}

static int network_start(void *context, const struct ib_link_config *config, uint64_t now_us) {
    struct ib_sim_network *self = context;
    bool first = self->first;
    advance(self, now_us);
    switch_off(self, IB_LINK_OFF, "");
    self->first = false;
    self->starts++;
    self->config = *config;
    if (config->mode != IB_LINK_ACCESS_POINT && config->mode != IB_LINK_STATION)
        return IB_E_UNSUPPORTED;
    if (self->fault == IB_SIM_NETWORK_RADIO_DEAD)
        return break_down(self, NO_RADIO);
    if (!name_good(config->ssid))
        return break_down(self, NO_NAME);
    if (!password_good(config->password))
        return break_down(self, BAD_PASSWORD);
    self->on = true;
    if (first && found_already(self, now_us))
        return IB_OK;
    set_stage(self, IB_LINK_STARTING, false, "");
    begin(self, IB_SIM_NETWORK_RISING, now_us, IB_SIM_NETWORK_UP_US);
    return IB_OK;
}

static void network_stop(void *context, uint64_t now_us) {
    struct ib_sim_network *self = context;
    advance(self, now_us);
    switch_off(self, IB_LINK_OFF, "");
}

static void network_poll(void *context, uint64_t now_us, struct ib_link_state *out,
                         uint64_t *due_us) {
    struct ib_sim_network *self = context;
    advance(self, now_us);
    *out = self->state;
    *due_us = due(self);
}

static const struct ib_link_ops network_ops = {network_start, network_stop, network_poll};

void ib_sim_network_init(struct ib_sim_network *self) {
    static const struct ib_sim_access_point home = {
        .ssid = "HomeNetwork",
        .password = "ironbow-home",
        .address = {192, 168, 1, 57},
        .dhcp = true,
        .in_range = true,
    };
    static const struct ib_sim_access_point workshop = {
        .ssid = "Workshop",
        .address = {10, 0, 1, 144},
        .dhcp = true,
        .in_range = true,
    };
    memset(self, 0, sizeof *self);
    self->air[0] = home;
    self->air[1] = workshop;
    self->station_wants = true;
    self->first = true;
    switch_off(self, IB_LINK_OFF, "");
}

struct ib_link ib_sim_network_link(struct ib_sim_network *self) {
    return (struct ib_link){.ops = &network_ops, .context = self};
}

// ---- the back door ----

/// Our access point has let go of us: whatever was going on with it is over.
static void lose(struct ib_sim_network *self, const char *reason, uint64_t now_us) {
    set_stage(self, IB_LINK_SEEKING, false, reason);
    begin(self, IB_SIM_NETWORK_LOOKING, now_us, IB_SIM_NETWORK_SCAN_US);
}

static bool engaged(const struct ib_sim_network *self) {
    if (!self->on || self->config.mode != IB_LINK_STATION)
        return false;
    return self->doing == IB_SIM_NETWORK_JOINING || self->doing == IB_SIM_NETWORK_ASKING ||
           self->doing == IB_SIM_NETWORK_UNHEARD || self->state.stage == IB_LINK_READY;
}

/// A server that falls silent, or finds its voice, while we ask.
static void ask_again(struct ib_sim_network *self, uint64_t now_us) {
    bool asking = self->doing == IB_SIM_NETWORK_ASKING;
    if (!asking && self->doing != IB_SIM_NETWORK_UNHEARD)
        return;
    const struct ib_sim_access_point *point = ours(self);
    if (point && asking != answers_dhcp(self, point))
        ask(self, point, now_us);
}

bool ib_sim_network_air(struct ib_sim_network *self, const struct ib_sim_access_point *point,
                        uint64_t now_us) {
    if (!name_good(point->ssid) || !password_good(point->password))
        return false;
    struct ib_sim_access_point *place = find(self, point->ssid);
    bool is_new = !place;
    for (unsigned i = 0; i < IB_SIM_ACCESS_POINTS && !place; i++)
        if (!self->air[i].ssid[0])
            place = &self->air[i];
    if (!place)
        return false;
    advance(self, now_us);
    // Another password means that the access point began anew and has thrown everybody out.
    bool anew = !is_new && strcmp(place->password, point->password) != 0;
    *place = *point;
    if (engaged(self) && strcmp(self->config.ssid, point->ssid) == 0 && (anew || !point->in_range))
        lose(self, point->in_range ? BEGAN_ANEW : LOST, now_us);
    ask_again(self, now_us);
    return true;
}

bool ib_sim_network_range(struct ib_sim_network *self, const char *ssid, bool in_range,
                          uint64_t now_us) {
    struct ib_sim_access_point *point = find(self, ssid);
    if (!point)
        return false;
    advance(self, now_us);
    point->in_range = in_range;
    if (!in_range && engaged(self) && strcmp(self->config.ssid, ssid) == 0)
        lose(self, LOST, now_us);
    return true;
}

void ib_sim_network_station(struct ib_sim_network *self, bool wants, uint64_t now_us) {
    advance(self, now_us);
    self->station_wants = wants;
    if (!self->on || self->config.mode != IB_LINK_ACCESS_POINT ||
        self->state.stage != IB_LINK_READY)
        return;
    if (!wants) {
        self->station_us = IB_NEVER;
        self->state.peer = false;
    } else if (!self->state.peer && self->station_us == IB_NEVER) {
        self->station_us = now_us + IB_SIM_NETWORK_STATION_US;
    }
}

void ib_sim_network_fault(struct ib_sim_network *self, enum ib_sim_network_fault fault,
                          uint64_t now_us) {
    advance(self, now_us);
    self->fault = fault;
    if (self->on && fault == IB_SIM_NETWORK_RADIO_DEAD)
        (void)break_down(self, NO_RADIO);
    ask_again(self, now_us);
}
