/// What can be said to the board around the camera: LED, button, network. All on the loop's thread.
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/control_session.h"
#include "apps/ironbow/parse.h"
#include "core/status.h"

static struct ib_app_board *board_of(const struct ib_app_control_session *self) {
    return self->control->config.board;
}

static void reply_ok(struct ib_app_control_session *self) {
    ib_app_board_step(board_of(self));
    ib_app_control_begin(self);
    ib_app_control_end(self);
}

static const char *stage_name(enum ib_link_stage stage) {
    static const char *const NAMES[] = {"off", "starting", "seeking", "address", "ready", "broken"};
    return (size_t)stage < sizeof NAMES / sizeof NAMES[0] ? NAMES[stage] : "unknown";
}

static const char *update_name(enum ib_ota_stage stage) {
    static const char *const NAMES[] = {"idle",      "asked",    "erasing",
                                        "receiving", "checking", "restarting"};
    return (size_t)stage < sizeof NAMES / sizeof NAMES[0] ? NAMES[stage] : "unknown";
}

static void put_network(struct ib_json_writer *json, const struct ib_app_board *board) {
    const struct ib_network *network = &board->device.network;
    const struct ib_network_settings *settings = &board->device.store.now.network;
    char ip[IB_IP4_TEXT_BYTES];
    uint8_t address[4];
    bool client = (settings->flags & IB_WIFI_CLIENT) != 0;
    ib_network_ip(network, address);
    ib_ip4_print(address, ip);
    ib_json_put_string(json, "mode",
                       !(settings->flags & IB_WIFI_ENABLED) ? "disabled"
                       : client                             ? "station"
                                                            : "access-point");
    ib_json_put_string(json, "ssid", client ? settings->sta_ssid : settings->ap_ssid);
    ib_json_put_string(json, "stage", stage_name(network->state.stage));
    ib_json_put_bool(json, "connected", ib_network_connected(network));
    ib_json_put_string(json, "ip", ip);
    ib_json_put_int(json, "flags", ib_network_flags(network));
    ib_json_put_bool(json, "trial", board->device.store.now.trial);
    if (network->state.reason && network->state.reason[0])
        ib_json_put_string(json, "reason", network->state.reason);
}

void ib_app_control_put_board(struct ib_json_writer *json, const struct ib_app_board *board) {
    const struct ib_device *device = &board->device;
    enum ib_device_fault fault = ib_device_shown_fault(device);
    ib_json_put_string(json, "name", ib_device_name(device));
    ib_json_put_string(json, "firmware", ib_device_version(device));
    if (ib_app_board_has_led(board))
        ib_json_put_string(json, "led", ib_led_name(device->led.state));
    ib_json_put_string(json, "board_fault",
                       fault == IB_DEVICE_FAULT_NONE ? "none" : ib_device_fault_name(fault));
    if (board->config.mode == IB_DEVICE_WIFI) {
        ib_json_open_object(json, "network");
        put_network(json, board);
        ib_json_close_object(json);
    }
    if (device->has_ota) {
        ib_json_open_object(json, "update");
        ib_json_put_string(json, "stage", update_name(device->ota.stage));
        ib_json_put_int(json, "done_bytes", device->ota.done_bytes);
        ib_json_put_int(json, "size_bytes", device->ota.size_bytes);
        ib_json_put_int(json, "slot", device->ota.slots.running);
        ib_json_put_bool(json, "probation", device->ota.slots.probation);
        ib_json_close_object(json);
    }
}

void ib_app_control_put_board_counters(struct ib_json_writer *json,
                                       const struct ib_app_control *control) {
    const struct ib_app_board *board = control->config.board;
    const struct ib_device *device = &board->device;
    ib_json_open_object(json, "board");
    ib_json_put_int(json, "restarts", board->restarts);
    ib_json_put_int(json, "presses_short", device->presses_short);
    ib_json_put_int(json, "presses_long", device->presses_long);
    ib_json_put_int(json, "settings_saves", device->store.saves);
    ib_json_put_int(json, "network_starts", device->network.starts);
    ib_json_put_int(json, "network_losses", device->network.losses);
    ib_json_put_int(json, "network_rollbacks", device->network.rollbacks);
    ib_json_put_int(json, "updates", device->ota.updates);
    ib_json_put_int(json, "update_failures", device->ota.failures);
    ib_json_put_int(json, "update_rollbacks", device->ota.rollbacks);
    ib_json_open_array(json, "faults");
    for (int fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++)
        ib_json_put_int(json, NULL, device->fault_counts[fault]);
    ib_json_close_array(json);
    ib_json_close_object(json);
    const struct ib_tcam_slave *slave = control->config.slave;
    if (!slave)
        return;
    ib_json_open_object(json, "slave");
    ib_json_put_int(json, "sent", slave->sent);
    ib_json_put_int(json, "timeouts", slave->timeouts);
    ib_json_put_int(json, "dropped", slave->dropped);
    ib_json_close_object(json);
}

void ib_app_control_led(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    struct ib_app_board *board = board_of(self);
    if (!ib_app_board_has_led(board)) {
        ib_app_control_error(self, "a Pure Thermal's LEDs are its script's: ctl script tells them");
        return;
    }
    ib_app_board_step(board);
    const struct ib_device *device = &board->device;
    enum ib_device_fault fault = ib_device_shown_fault(device);
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_put_string(json, "led", ib_led_name(device->led.state));
    ib_json_put_bool(json, "red", device->led.red);
    ib_json_put_bool(json, "green", device->led.green);
    ib_json_put_int(json, "blinks", fault);
    if (fault != IB_DEVICE_FAULT_NONE) {
        ib_json_put_string(json, "fault", ib_device_fault_name(fault));
        ib_json_put_string(json, "about", ib_device_fault_about(fault));
    }
    ib_app_control_end(self);
}

#define SHORT_PRESS_US 200000

void ib_app_control_button(struct ib_app_control_session *self, unsigned count, char **words) {
    uint64_t us = SHORT_PRESS_US;
    bool press = strcmp(words[0], "press") == 0;
    if (press && count == 2 &&
        (!ib_app_parse_duration_us(words[1], &us) || us == 0 || us > 3600000000u)) {
        ib_app_control_error(self, "%s: must be a duration such as 6s", words[1]);
        return;
    }
    if (count == 2 && !press) {
        ib_app_control_error(self, "usage: button press [T], button down, button up");
        return;
    }
    if (press)
        ib_app_board_press(board_of(self), us);
    else if (strcmp(words[0], "down") == 0)
        ib_app_board_press(board_of(self), IB_NEVER);
    else if (strcmp(words[0], "up") == 0)
        ib_app_board_press(board_of(self), 0);
    else {
        ib_app_control_error(self, "%s: must be press, down or up", words[0]);
        return;
    }
    reply_ok(self);
}

// ---- the network ----

static bool simulated(struct ib_app_control_session *self) {
    const struct ib_app_board_config *config = &board_of(self)->config;
    bool yes = config->mode == IB_DEVICE_WIFI && config->network == IB_APP_NETWORK_SIM;
    if (!yes)
        ib_app_control_error(self, "the network is not simulated");
    return yes;
}

static uint64_t now_us(const struct ib_app_control_session *self) {
    return ib_app_rig_now_us(self->control->config.rig);
}

void ib_app_control_network(struct ib_app_control_session *self, unsigned count, char **words) {
    static const char *const FAULTS[] = {"none", "radio-dead", "no-dhcp", "refuses"};
    struct ib_app_board *board = board_of(self);
    if (count == 0 && board->config.mode == IB_DEVICE_HARDWARE) {
        ib_app_control_error(self, "there is none with the hardware interface");
        return;
    }
    if (count == 0) {
        ib_app_board_step(board);
        struct ib_json_writer *json = ib_app_control_begin(self);
        put_network(json, board);
        ib_app_control_end(self);
        return;
    }
    if (!simulated(self))
        return;
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        if (strcmp(words[0], FAULTS[i]) != 0)
            continue;
        ib_sim_network_fault(&board->network, (enum ib_sim_network_fault)i, now_us(self));
        reply_ok(self);
        return;
    }
    ib_app_control_error(self, "%s: must be radio-dead, no-dhcp, refuses or none", words[0]);
}

static void list_air(struct ib_app_control_session *self) {
    const struct ib_sim_network *network = &board_of(self)->network;
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_open_array(json, "air");
    for (size_t i = 0; i < IB_SIM_ACCESS_POINTS; i++) {
        const struct ib_sim_access_point *point = &network->air[i];
        if (!point->ssid[0])
            continue;
        char ip[IB_IP4_TEXT_BYTES];
        ib_ip4_print(point->address, ip);
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "ssid", point->ssid);
        ib_json_put_string(json, "password", point->password);
        ib_json_put_bool(json, "in_range", point->in_range);
        ib_json_put_bool(json, "dhcp", point->dhcp);
        ib_json_put_string(json, "ip", ip);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    ib_json_put_bool(json, "station", network->station_wants);
    ib_app_control_end(self);
}

/// A new access point, or one that changes. Without an address it has no DHCP server.
static bool put_point(struct ib_app_control_session *self, unsigned count, char **words) {
    struct ib_sim_access_point point = {.in_range = true};
    if (strlen(words[1]) > IB_LINK_SSID_BYTES || strlen(words[2]) > IB_LINK_PASSWORD_BYTES)
        return false;
    snprintf(point.ssid, sizeof point.ssid, "%s", words[1]);
    if (strcmp(words[2], "-") != 0)
        snprintf(point.password, sizeof point.password, "%s", words[2]);
    if (count == 4 && ib_ip4_parse(words[3], strlen(words[3]), point.address) != IB_OK)
        return false;
    point.dhcp = count == 4;
    return ib_sim_network_air(&board_of(self)->network, &point, now_us(self));
}

void ib_app_control_air(struct ib_app_control_session *self, unsigned count, char **words) {
    if (!simulated(self))
        return;
    if (count == 0) {
        list_air(self);
        return;
    }
    bool in = strcmp(words[0], "in") == 0;
    bool good = (in || strcmp(words[0], "out") == 0) && count >= 2 && (in || count == 2);
    if (good && count == 2)
        good = ib_sim_network_range(&board_of(self)->network, words[1], in, now_us(self));
    else if (good)
        good = put_point(self, count, words);
    if (good)
        reply_ok(self);
    else
        ib_app_control_error(self, "usage: air, air out SSID, air in SSID [PASSWORD|- [IP]]; at "
                                   "most four access points, named before they move");
}

void ib_app_control_station(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    bool come = strcmp(words[0], "come") == 0;
    if (!come && strcmp(words[0], "go") != 0) {
        ib_app_control_error(self, "%s: must be come or go", words[0]);
        return;
    }
    if (!simulated(self))
        return;
    ib_sim_network_station(&board_of(self)->network, come, now_us(self));
    reply_ok(self);
}
