/// See support_network.h.
#include "tests/device/support_network.h"

#include <string.h>

static void take_log(void *context, enum ib_log_level level, const char *room, const char *text) {
    struct net *self = context;
    (void)level;
    assert_string_equal(room, "network");
    self->logged++;
    strncpy(self->last_logged, text, sizeof self->last_logged - 1);
}

void net_boot(struct net *self) {
    ib_sim_flash_power(&self->flash);
    (void)ib_settings_store_init(&self->store, &self->storage, NET_NAME);
    ib_network_init(&self->network, &self->link, &self->store, &self->log);
    ib_network_start(&self->network, self->now_us);
}

void net_init(struct net *self, uint32_t seed) {
    memset(self, 0, sizeof *self);
    ib_sim_flash_init(&self->flash, self->bytes, self->pending, NET_REGION_BYTES, seed);
    self->storage = ib_sim_flash_storage(&self->flash);
    ib_sim_network_init(&self->air);
    self->link = ib_sim_network_link(&self->air);
    self->log = (struct ib_log){take_log, self};
    self->now_us = NET_START_US;
    net_boot(self);
}

void net_pass(struct net *self, uint64_t us) {
    uint64_t until_us = self->now_us + us, due_us;
    for (unsigned steps = 0;; steps++) {
        ib_network_step(&self->network, self->now_us, &due_us);
        if (self->now_us == until_us || self->flash.off)
            return;
        if (steps > 100000)
            fail_msg("the engine does not let time pass at %llu us",
                     (unsigned long long)self->now_us);
        if (due_us > self->now_us)
            self->now_us = due_us < until_us ? due_us : until_us;
    }
}

void net_give(struct ib_wifi_change *change, enum ib_wifi_text which, const char *text) {
    change->text[which] = text;
    change->size[which] = strlen(text);
}

int net_change(struct net *self, const struct ib_wifi_change *change) {
    const char *why = NULL;
    int status = ib_network_change(&self->network, change, self->now_us, &why);
    assert_non_null(why);
    assert_int_equal(why[0] == 0, status == IB_OK);
    return status;
}

int net_change_flags(struct net *self, int32_t flags) {
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    change.has_flags = true;
    change.flags = flags;
    return net_change(self, &change);
}

int net_join(struct net *self, const char *ssid, const char *password) {
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    net_give(&change, IB_WIFI_STA_SSID, ssid);
    net_give(&change, IB_WIFI_STA_PW, password);
    change.has_flags = true;
    change.flags = 129;
    return net_change(self, &change);
}

int net_join_static(struct net *self, const char *ip) {
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    net_give(&change, IB_WIFI_STA_SSID, NET_HOME);
    net_give(&change, IB_WIFI_STA_PW, NET_HOME_PASSWORD);
    net_give(&change, IB_WIFI_STA_IP, ip);
    change.has_flags = true;
    change.flags = 145;
    return net_change(self, &change);
}

int net_rename(struct net *self, const char *name) {
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    net_give(&change, IB_WIFI_AP_SSID, name);
    return net_change(self, &change);
}

void net_assert_ip(const struct net *self, const char *expected) {
    uint8_t ip[4];
    char text[IB_IP4_TEXT_BYTES];
    ib_network_ip(&self->network, ip);
    ib_ip4_print(ip, text);
    assert_string_equal(text, expected);
}

const struct ib_settings *net_stored(struct net *self) {
    static struct ib_settings_store other;
    assert_int_equal(ib_settings_store_init(&other, &self->storage, NET_NAME), IB_OK);
    assert_false(other.were_reset);
    return &other.now;
}

bool net_same(const struct ib_network_settings *a, const struct ib_network_settings *b) {
    return memcmp(a, b, sizeof *a) == 0;
}
