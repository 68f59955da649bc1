/// A network engine on the bench: settings in a simulated flash, the simulated Wi-Fi as its link, and
/// simulated time that the test moves.
#ifndef IB_TESTS_DEVICE_SUPPORT_NETWORK_H
#define IB_TESTS_DEVICE_SUPPORT_NETWORK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/clock.h"
#include "core/status.h"
#include "device/network.h"
#include "sim/flash.h"
#include "sim/network.h"

#define NET_NAME "tCam-Mini-EFB5"
#define NET_REGION_BYTES (2 * IB_SIM_FLASH_SECTOR_BYTES)
#define NET_SECOND 1000000ull
#define NET_START_US (5 * NET_SECOND)
#define NET_HOME "HomeNetwork"
#define NET_HOME_PASSWORD "ironbow-home"

struct net {
    uint8_t bytes[NET_REGION_BYTES], pending[NET_REGION_BYTES];
    struct ib_sim_flash flash;
    struct ib_storage storage;
    struct ib_settings_store store;
    struct ib_sim_network air;
    struct ib_link link;
    struct ib_network network;
    struct ib_log log;
    unsigned logged;
    char last_logged[100];
    uint64_t now_us;
};

/// Factory-new, in an air where the world has found it already.
void net_init(struct net *self, uint32_t seed);
/// The power comes (back): settings from the flash, the network from the settings; the air stays.
void net_boot(struct net *self);
/// Step whenever something is due, until `us` later (a step there included) or until the power goes.
void net_pass(struct net *self, uint64_t us);

void net_give(struct ib_wifi_change *change, enum ib_wifi_text which, const char *text);
/// A set_wifi; its status. A refusal must have a text.
int net_change(struct net *self, const struct ib_wifi_change *change);
int net_change_flags(struct net *self, int32_t flags);
/// As a client of that network, with DHCP.
int net_join(struct net *self, const char *ssid, const char *password);
/// As a client of NET_HOME at that address.
int net_join_static(struct net *self, const char *ip);
int net_rename(struct net *self, const char *name);

void net_assert_ip(const struct net *self, const char *expected);
/// What the flash says, whatever the camera holds. Valid until the next call.
const struct ib_settings *net_stored(struct net *self);
bool net_same(const struct ib_network_settings *a, const struct ib_network_settings *b);

#endif
