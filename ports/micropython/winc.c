/// network.WINC, the board's Wi-Fi module. Its air is the host's network: whatever name it connects to,
/// it then reaches what the host reaches, with the host's address.
///
/// Not here: access point mode beyond saying it is on, firmware updates of the module.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bus/clock.h"
#include "ports/micropython/nic.h"
#include "ports/micropython/vm_private.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"

enum { OPEN = 1, WPA_PSK = 2, IEEE_802_1X = 4 };
enum { MODE_STA, MODE_AP, MODE_P2P, MODE_BSP, MODE_FIRMWARE };

#define RSSI_DBM (-52)

struct winc {
    mp_obj_base_t base;
    bool active;
    bool connected;
    mp_int_t mode;
    mp_int_t security;
    char ssid[33];
};

/// There is one module, whoever asks for it; begun anew with each life.
static struct winc the_winc;

struct ip4 {
    struct in_addr address, mask, gateway;
};

// ---- the host's network ----

/// The first interface that leads somewhere, else the machine itself.
static struct ip4 host_address(void) {
    struct ip4 found;
    struct ifaddrs *all = NULL;
    inet_pton(AF_INET, "127.0.0.1", &found.address);
    inet_pton(AF_INET, "255.0.0.0", &found.mask);
    if (getifaddrs(&all) == 0) {
        for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
            if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || !one->ifa_netmask ||
                (one->ifa_flags & (IFF_UP | IFF_LOOPBACK)) != IFF_UP)
                continue;
            found.address = ((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr;
            found.mask = ((const struct sockaddr_in *)(const void *)one->ifa_netmask)->sin_addr;
            break;
        }
        freeifaddrs(all);
    }
    // As most networks have it; nothing here depends on it.
    found.gateway.s_addr = (found.address.s_addr & found.mask.s_addr) | htonl(1);
    return found;
}

static mp_obj_t text_of(struct in_addr address) {
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address, text, sizeof text);
    return mp_obj_new_str_from_cstr(text);
}

// ---- the class ----

static mp_obj_t winc_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                              const mp_obj_t *all) {
    enum { ARG_mode };
    static const mp_arg_t allowed[] = {{MP_QSTR_mode, MP_ARG_INT, {.u_int = MODE_STA}}};
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all_kw_array(n_args, n_kw, all, MP_ARRAY_SIZE(allowed), allowed, args);
    mp_int_t mode = args[ARG_mode].u_int;
    if (mode != MODE_STA && mode != MODE_AP)
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("WiFi mode is not supported!"));
    if (the_winc.base.type == NULL || MP_STATE_PORT(mod_network_nic_list).len == 0)
        the_winc = (struct winc){.base.type = type, .mode = mode, .active = true};
    the_winc.mode = mode;
    mod_network_register_nic(MP_OBJ_FROM_PTR(&the_winc));
    return MP_OBJ_FROM_PTR(&the_winc);
}

static mp_obj_t winc_active(size_t n_args, const mp_obj_t *args) {
    struct winc *self = MP_OBJ_TO_PTR(args[0]);
    if (n_args > 1)
        self->active = mp_obj_is_true(args[1]);
    return mp_obj_new_bool(self->active);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(winc_active_obj, 1, 2, winc_active);

static mp_obj_t winc_connect(size_t n_args, const mp_obj_t *pos, mp_map_t *kw) {
    enum { ARG_ssid, ARG_key, ARG_security, ARG_channel };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_ssid, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_key, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_security, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = WPA_PSK}},
        {MP_QSTR_channel, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 1}},
    };
    struct winc *self = MP_OBJ_TO_PTR(pos[0]);
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, pos + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    const char *ssid = mp_obj_str_get_str(args[ARG_ssid].u_obj);
    if (ssid[0] == '\0')
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("SSID can't be empty!"));
    bool keyless =
        args[ARG_key].u_obj == mp_const_none || mp_obj_str_get_str(args[ARG_key].u_obj)[0] == '\0';
    if (args[ARG_security].u_int != OPEN && keyless)
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("Key can't be empty!"));
    snprintf(self->ssid, sizeof self->ssid, "%s", ssid);
    self->security = args[ARG_security].u_int;
    self->active = self->connected = true;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(winc_connect_obj, 2, winc_connect);

static mp_obj_t winc_disconnect(mp_obj_t self_in) {
    ((struct winc *)MP_OBJ_TO_PTR(self_in))->connected = false;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(winc_disconnect_obj, winc_disconnect);

static mp_obj_t winc_isconnected(mp_obj_t self_in) {
    return mp_obj_new_bool(((struct winc *)MP_OBJ_TO_PTR(self_in))->connected);
}
static MP_DEFINE_CONST_FUN_OBJ_1(winc_isconnected_obj, winc_isconnected);

/// Setting it changes nothing: the address is the host's.
static mp_obj_t winc_ifconfig(size_t n_args, const mp_obj_t *args) {
    (void)args;
    if (n_args > 1)
        return mp_const_none;
    struct ip4 host = host_address();
    mp_obj_t items[4] = {text_of(host.address), text_of(host.mask), text_of(host.gateway),
                         text_of(host.gateway)};
    return mp_obj_new_tuple(4, items);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(winc_ifconfig_obj, 1, 2, winc_ifconfig);

static mp_obj_t winc_ipconfig(size_t n_args, const mp_obj_t *args, mp_map_t *kw) {
    if (kw->used > 0 || n_args < 2)
        return mp_const_none;
    struct ip4 host = host_address();
    switch (mp_obj_str_get_qstr(args[1])) {
    case MP_QSTR_addr4: {
        mp_obj_t items[2] = {text_of(host.address), text_of(host.mask)};
        return mp_obj_new_tuple(2, items);
    }
    case MP_QSTR_gw4:
        return text_of(host.gateway);
    case MP_QSTR_dhcp4:
    case MP_QSTR_has_dhcp4:
        return mp_const_true;
    default:
        mp_raise_ValueError(MP_ERROR_TEXT("unexpected key"));
    }
}
static MP_DEFINE_CONST_FUN_OBJ_KW(winc_ipconfig_obj, 1, winc_ipconfig);

static mp_obj_t winc_netinfo(mp_obj_t self_in) {
    const struct winc *self = MP_OBJ_TO_PTR(self_in);
    char mac[18];
    const uint8_t *id = ib_vm_current->id;
    snprintf(mac, sizeof mac, "F8:F0:05:%02X:%02X:%02X", id[9], id[10], id[11]);
    mp_obj_t items[5] = {
        MP_OBJ_NEW_SMALL_INT(RSSI_DBM),       MP_OBJ_NEW_SMALL_INT(self->security),
        mp_obj_new_str_from_cstr(self->ssid), mp_obj_new_str_from_cstr(mac),
        text_of(host_address().address),
    };
    return mp_obj_new_tuple(5, items);
}
static MP_DEFINE_CONST_FUN_OBJ_1(winc_netinfo_obj, winc_netinfo);

/// One network is in the air: the host's.
static mp_obj_t winc_scan(mp_obj_t self_in) {
    (void)self_in;
    static const byte bssid[6] = {0x02, 0, 0, 0, 0, 1};
    mp_obj_t items[6] = {
        MP_OBJ_NEW_QSTR(MP_QSTR_host), mp_obj_new_bytes(bssid, sizeof bssid),
        MP_OBJ_NEW_SMALL_INT(1),       MP_OBJ_NEW_SMALL_INT(RSSI_DBM),
        MP_OBJ_NEW_SMALL_INT(OPEN),    MP_OBJ_NEW_SMALL_INT(1),
    };
    mp_obj_t network = mp_obj_new_tuple(6, items);
    return mp_obj_new_list(1, &network);
}
static MP_DEFINE_CONST_FUN_OBJ_1(winc_scan_obj, winc_scan);

static mp_obj_t winc_rssi(mp_obj_t self_in) {
    (void)self_in;
    return MP_OBJ_NEW_SMALL_INT(RSSI_DBM);
}
static MP_DEFINE_CONST_FUN_OBJ_1(winc_rssi_obj, winc_rssi);

static mp_obj_t winc_fw_version(mp_obj_t self_in) {
    (void)self_in;
    static const uint8_t version[7] = {19, 7, 7, 19, 3, 0, 0};
    mp_obj_t items[7];
    for (size_t i = 0; i < 7; i++)
        items[i] = MP_OBJ_NEW_SMALL_INT(version[i]);
    return mp_obj_new_tuple(7, items);
}
static MP_DEFINE_CONST_FUN_OBJ_1(winc_fw_version_obj, winc_fw_version);

static const mp_rom_map_elem_t winc_table[] = {
    {MP_ROM_QSTR(MP_QSTR_active), MP_ROM_PTR(&winc_active_obj)},
    {MP_ROM_QSTR(MP_QSTR_connect), MP_ROM_PTR(&winc_connect_obj)},
    {MP_ROM_QSTR(MP_QSTR_disconnect), MP_ROM_PTR(&winc_disconnect_obj)},
    {MP_ROM_QSTR(MP_QSTR_isconnected), MP_ROM_PTR(&winc_isconnected_obj)},
    {MP_ROM_QSTR(MP_QSTR_ifconfig), MP_ROM_PTR(&winc_ifconfig_obj)},
    {MP_ROM_QSTR(MP_QSTR_ipconfig), MP_ROM_PTR(&winc_ipconfig_obj)},
    {MP_ROM_QSTR(MP_QSTR_netinfo), MP_ROM_PTR(&winc_netinfo_obj)},
    {MP_ROM_QSTR(MP_QSTR_scan), MP_ROM_PTR(&winc_scan_obj)},
    {MP_ROM_QSTR(MP_QSTR_rssi), MP_ROM_PTR(&winc_rssi_obj)},
    {MP_ROM_QSTR(MP_QSTR_fw_version), MP_ROM_PTR(&winc_fw_version_obj)},

    {MP_ROM_QSTR(MP_QSTR_OPEN), MP_ROM_INT(OPEN)},
    {MP_ROM_QSTR(MP_QSTR_WPA_PSK), MP_ROM_INT(WPA_PSK)},
    {MP_ROM_QSTR(MP_QSTR_802_1X), MP_ROM_INT(IEEE_802_1X)},
    {MP_ROM_QSTR(MP_QSTR_MODE_STA), MP_ROM_INT(MODE_STA)},
    {MP_ROM_QSTR(MP_QSTR_MODE_STATION), MP_ROM_INT(MODE_STA)},
    {MP_ROM_QSTR(MP_QSTR_MODE_AP), MP_ROM_INT(MODE_AP)},
    {MP_ROM_QSTR(MP_QSTR_MODE_P2P), MP_ROM_INT(MODE_P2P)},
    {MP_ROM_QSTR(MP_QSTR_MODE_BSP), MP_ROM_INT(MODE_BSP)},
    {MP_ROM_QSTR(MP_QSTR_MODE_FIRMWARE), MP_ROM_INT(MODE_FIRMWARE)},
};
static MP_DEFINE_CONST_DICT(winc_dict, winc_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_vm_winc_type, MP_QSTR_WINC, MP_TYPE_FLAG_NONE, make_new, winc_make_new,
                         protocol, &ib_vm_nic, locals_dict, &winc_dict);
