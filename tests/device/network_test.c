/// The network engine against the simulated Wi-Fi: what get_wifi says, which changes are taken, the
/// reset button, interfaces that break and heal.
#include "tests/device/support_network.h"

#include <string.h>

// ---- get_wifi: flags and address ----

static void test_wifi_flag_0_enabled(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_true(ib_network_flags(&rig.network) & 1);
    assert_int_equal(net_change_flags(&rig, 0), IB_OK);
    assert_false(net_stored(&rig)->trial);           // nothing to try: nobody could come
    assert_true(ib_network_connected(&rig.network)); // the reply still gets out
    net_pass(&rig, IB_NETWORK_GRACE_US);
    assert_int_equal(ib_network_flags(&rig.network), 0);
    assert_false(rig.air.on);
    net_pass(&rig, 200 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 0);
    net_assert_ip(&rig, "0.0.0.0");
    net_boot(&rig);
    net_pass(&rig, 10 * NET_SECOND);
    assert_false(rig.air.on);
    // Only the button brings it back.
    ib_network_reset(&rig.network, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
}

static void test_wifi_flags_1_and_2_initialised_and_running(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(ib_network_flags(&rig.network) & 6, 6);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_RADIO_DEAD, rig.now_us);
    net_pass(&rig, NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 1);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_WELL, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network) & 6, 6);
}

static void test_wifi_flag_3_connected(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(ib_network_flags(&rig.network), 15); // access point with a station
    assert_true(ib_network_connected(&rig.network));
    ib_sim_network_station(&rig.air, false, rig.now_us);
    net_pass(&rig, 1);
    assert_int_equal(ib_network_flags(&rig.network), 7); // access point, nobody there
    assert_false(ib_network_connected(&rig.network));
    assert_int_equal(rig.network.losses, 0); // a station that leaves is no loss of ours
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 143);
    (void)ib_sim_network_range(&rig.air, NET_HOME, false, rig.now_us);
    net_pass(&rig, NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 135);
}

static void test_wifi_flag_4_static_ip(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join_static(&rig, "192.168.1.9"), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 159);
    assert_true(rig.air.config.fixed_ip);
    net_assert_ip(&rig, "192.168.1.9");
    assert_memory_equal(rig.air.config.netmask, "\xFF\xFF\xFF\x00", 4);
}

static void test_wifi_flags_6_5_are_zero(void **state) {
    (void)state;
    for (int32_t flags = 0; flags <= 255; flags++) {
        struct net rig;
        struct ib_wifi_change change;
        net_init(&rig, 1);
        memset(&change, 0, sizeof change);
        net_give(&change, IB_WIFI_STA_SSID, NET_HOME);
        net_give(&change, IB_WIFI_STA_PW, NET_HOME_PASSWORD);
        change.has_flags = true;
        change.flags = flags;
        assert_int_equal(net_change(&rig, &change), IB_OK);
        net_pass(&rig, 10 * NET_SECOND);
        int32_t expected = (flags & 0x91) | (flags & 1 ? 0x0E : 0);
        assert_int_equal(ib_network_flags(&rig.network), expected);
    }
}

static void test_wifi_flag_7_client_mode(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(rig.air.config.mode, IB_LINK_ACCESS_POINT);
    assert_string_equal(rig.air.config.ssid, NET_NAME);
    assert_false(rig.air.config.fixed_ip);
    assert_string_equal(rig.air.config.hostname, NET_NAME);
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(rig.air.config.mode, IB_LINK_STATION);
    assert_string_equal(rig.air.config.ssid, NET_HOME);
    assert_string_equal(rig.air.config.password, NET_HOME_PASSWORD);
    assert_string_equal(rig.air.config.hostname, NET_NAME);
    assert_false(rig.air.config.fixed_ip);
    assert_int_equal(net_change_flags(&rig, 1), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
}

static void test_wifi_cur_ip_addr(void **state) {
    (void)state;
    struct net rig;
    struct ib_wifi_change change;
    net_init(&rig, 1);
    net_assert_ip(&rig, "192.168.4.1");
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, IB_NETWORK_GRACE_US);
    net_assert_ip(&rig, "0.0.0.0");
    net_pass(&rig, 10 * NET_SECOND);
    net_assert_ip(&rig, "192.168.1.57"); // what the DHCP server gave
    memset(&change, 0, sizeof change);
    net_give(&change, IB_WIFI_AP_IP, "10.9.8.1");
    change.has_flags = true;
    change.flags = 1;
    assert_int_equal(net_change(&rig, &change), IB_OK);
    net_pass(&rig, IB_NETWORK_GRACE_US);
    net_assert_ip(&rig, "10.9.8.1"); // its own, from the start
    net_pass(&rig, 10 * NET_SECOND);
    net_assert_ip(&rig, "10.9.8.1");
    assert_memory_equal(rig.air.config.netmask, "\xFF\xFF\xFF\x00", 4);
}

// ---- changes ----

static void test_set_wifi_restarts_the_network_after_the_reply(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    net_pass(&rig, NET_SECOND);
    assert_int_equal(net_rename(&rig, "ANewApName"), IB_OK);
    assert_string_equal(net_stored(&rig)->network.ap_ssid, "ANewApName");
    assert_true(net_stored(&rig)->trial);
    net_pass(&rig, IB_NETWORK_GRACE_US - 1);
    assert_int_equal(rig.network.starts, 1);
    assert_true(ib_network_connected(&rig.network));
    assert_true(rig.store.now.trial); // the old link proves nothing
    net_pass(&rig, 1);
    assert_int_equal(rig.network.starts, 2);
    assert_false(ib_network_connected(&rig.network));
    assert_string_equal(rig.air.config.ssid, "ANewApName");
    assert_string_equal(rig.air.config.hostname, "ANewApName");
    // An access point counts as soon as it runs, with nobody there yet.
    net_pass(&rig, IB_SIM_NETWORK_UP_US);
    assert_int_equal(ib_network_flags(&rig.network), 7);
    assert_false(rig.store.now.trial);
    assert_false(net_stored(&rig)->trial);
    assert_int_equal(rig.network.losses, 0); // it was taken down, not lost
}

static void test_set_wifi_with_the_same_settings_writes_nothing(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    uint32_t operations = rig.flash.operations;
    assert_int_equal(net_change_flags(&rig, 1), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(rig.flash.operations, operations);
    assert_int_equal(rig.network.starts, 2); // restarted all the same
    assert_int_equal(ib_network_flags(&rig.network), 15);
}

/// Every invalid value of the table, through the engine: refused whole, nothing written, nothing
/// restarted.
static void test_set_wifi_refused_whole(void **state) {
    (void)state;
    static const struct {
        enum ib_wifi_text which;
        const char *text;
    } bad[] = {
        {IB_WIFI_AP_SSID, ""},
        {IB_WIFI_AP_SSID, "123456789012345678901234567890123"},
        {IB_WIFI_STA_SSID, ""},
        {IB_WIFI_STA_SSID, "123456789012345678901234567890123"},
        {IB_WIFI_AP_PW, "1"},
        {IB_WIFI_AP_PW, "1234567"},
        {IB_WIFI_AP_PW, "1234567890123456789012345678901234567890123456789012345678901234"},
        {IB_WIFI_STA_PW, "1"},
        {IB_WIFI_STA_PW, "1234567"},
        {IB_WIFI_STA_PW, "1234567890123456789012345678901234567890123456789012345678901234"},
        {IB_WIFI_AP_IP, ""},
        {IB_WIFI_AP_IP, "192.168.4"},
        {IB_WIFI_AP_IP, "192.168.4.256"},
        {IB_WIFI_AP_IP, "127.0.0.1"},
        {IB_WIFI_AP_IP, "192.168.4.255"},
        {IB_WIFI_STA_IP, "10.0.1.144.1"},
        {IB_WIFI_STA_IP, "0.0.0.0"},
        {IB_WIFI_STA_IP, "10.0.1.0144"},
        {IB_WIFI_STA_IP, "10.0.1.255"},
        {IB_WIFI_STA_NETMASK, "255.255.255"},
        {IB_WIFI_STA_NETMASK, "255.0.255.0"},
        {IB_WIFI_STA_NETMASK, "0.0.0.0"},
        {IB_WIFI_STA_NETMASK, "255.255.255.255"},
    };
    static const char *const good[IB_WIFI_TEXT_COUNT] = {
        "ANewApName",      "apassword",  "192.168.4.1",  NET_HOME,
        NET_HOME_PASSWORD, "10.0.1.144", "255.255.255.0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0] + 2; i++) {
        struct net rig;
        struct ib_wifi_change change;
        net_init(&rig, 1);
        struct ib_settings before = rig.store.now;
        uint32_t operations = rig.flash.operations;
        memset(&change, 0, sizeof change);
        for (unsigned which = 0; which < IB_WIFI_TEXT_COUNT; which++)
            net_give(&change, (enum ib_wifi_text)which, good[which]);
        change.has_flags = true;
        change.flags = 145;
        if (i < sizeof bad / sizeof bad[0])
            net_give(&change, bad[i].which, bad[i].text);
        else
            change.flags = i % 2 ? 256 : -1;
        if (net_change(&rig, &change) >= 0)
            fail_msg("case %zu was taken", i);
        net_pass(&rig, 100 * NET_SECOND);
        assert_memory_equal(&rig.store.now, &before, sizeof before);
        assert_int_equal(rig.flash.operations, operations);
        assert_int_equal(rig.network.starts, 1);
        assert_int_equal(ib_network_flags(&rig.network), 15);
    }
}

static void a_change_that_cannot_be_stored_is_refused(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    struct ib_settings before = rig.store.now;
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WRITES_FAIL);
    unsigned logged = rig.logged;
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_E_IO);
    uint64_t due_us;
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
    ib_network_step(&rig.network, rig.now_us, &due_us);
    assert_int_equal(due_us, rig.now_us + IB_NETWORK_RETRY_US); // not again at once
    assert_int_equal(rig.store.status, IB_E_IO);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WRITES_FAIL);
    assert_int_equal(rig.logged, logged);
    net_pass(&rig, 100 * NET_SECOND);
    assert_memory_equal(&rig.store.now, &before, sizeof before);
    assert_int_equal(rig.network.starts, 1);
    assert_int_equal(ib_network_flags(&rig.network), 15);
    assert_int_equal(rig.store.status, IB_E_IO);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
    net_pass(&rig, IB_NETWORK_RETRY_US);
    assert_int_equal(rig.store.status, IB_OK); // found out without being asked
    net_boot(&rig);
    assert_true(net_same(&rig.store.now.network, &before.network));
}

static void without_a_link_there_is_nothing_to_change(void **state) {
    (void)state;
    struct net rig;
    uint64_t due_us;
    net_init(&rig, 1);
    ib_network_init(&rig.network, NULL, &rig.store, NULL);
    ib_network_start(&rig.network, rig.now_us);
    assert_int_equal(net_change_flags(&rig, 1), IB_E_UNSUPPORTED);
    ib_network_reset(&rig.network, rig.now_us);
    ib_network_step(&rig.network, rig.now_us, &due_us);
    assert_true(due_us == IB_NEVER);
    assert_int_equal(ib_network_flags(&rig.network), 1);
    assert_false(ib_network_connected(&rig.network));
    net_assert_ip(&rig, "0.0.0.0");
}

// ---- button, broken interfaces ----

static void test_wifi_reset_button_brings_the_default_ap_mode(void **state) {
    (void)state;
    struct net rig;
    struct ib_settings next;
    struct ib_network_settings defaults;
    net_init(&rig, 1);
    ib_network_settings_default(&defaults, NET_NAME);
    next = rig.store.now;
    next.lepton.emissivity_pct = 95;
    assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_OK);
    assert_int_equal(net_rename(&rig, "ANewApName"), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    for (int during_trial = 0; during_trial < 2; during_trial++) {
        assert_int_equal(
            net_join(&rig, NET_HOME, during_trial ? "wrong-password" : NET_HOME_PASSWORD), IB_OK);
        net_pass(&rig, 10 * NET_SECOND);
        assert_int_equal(rig.store.now.trial, during_trial);
        ib_network_reset(&rig.network, rig.now_us);
        assert_true(net_same(&rig.store.now.network, &defaults));
        assert_false(net_stored(&rig)->trial);
        assert_int_equal(rig.air.config.mode, IB_LINK_ACCESS_POINT); // at once
        net_pass(&rig, 10 * NET_SECOND);
        assert_int_equal(ib_network_flags(&rig.network), 15);
        net_assert_ip(&rig, "192.168.4.1");
        assert_int_equal(net_stored(&rig)->lepton.emissivity_pct, 95); // the network only
        assert_true(net_same(&net_stored(&rig)->network, &defaults));
        net_pass(&rig, 200 * NET_SECOND);
        assert_int_equal(rig.network.rollbacks, 0);
    }
    // With a dead flash too.
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_DEAD);
    ib_network_reset(&rig.network, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
    net_pass(&rig, IB_NETWORK_RETRY_US);
    assert_true(net_same(&net_stored(&rig)->network, &defaults));
    assert_int_equal(net_stored(&rig)->lepton.emissivity_pct, 95);
}

static void test_a_dead_radio_is_started_every_5_s(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_RADIO_DEAD, rig.now_us);
    net_boot(&rig);
    assert_int_equal(rig.network.status, IB_E_IO);
    assert_int_equal(rig.network.starts, 1);
    net_pass(&rig, IB_NETWORK_RETRY_US - 1);
    assert_int_equal(rig.network.starts, 1);
    net_pass(&rig, 1);
    assert_int_equal(rig.network.starts, 2);
    rig.logged = 0;
    net_pass(&rig, 10 * IB_NETWORK_RETRY_US);
    assert_int_equal(rig.network.starts, 12);
    assert_int_equal(rig.logged, 0);
    assert_int_equal(rig.network.status, IB_E_IO);
    assert_int_equal(ib_network_flags(&rig.network), 1);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_WELL, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(rig.network.status, IB_OK);
    assert_int_equal(ib_network_flags(&rig.network), 15);
    assert_int_equal(rig.network.starts, 13);
    // And when it dies while it runs.
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_RADIO_DEAD, rig.now_us);
    net_pass(&rig, 1);
    assert_int_equal(rig.network.status, IB_E_IO);
    assert_int_equal(rig.network.losses, 1);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_WELL, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
}

/// A radio that dies in the middle of a trial does not make the trial longer.
static void a_dead_radio_during_a_trial(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_RADIO_DEAD, rig.now_us);
    net_pass(&rig, IB_NETWORK_GRACE_US + IB_NETWORK_TRIAL_US - 1);
    assert_int_equal(rig.network.rollbacks, 0);
    net_pass(&rig, 1);
    assert_int_equal(rig.network.rollbacks, 1);
    assert_int_equal(rig.network.status, IB_E_IO);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_WELL, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
}

/// A link that says what it is told to say.
struct puppet {
    struct ib_link_state state;
    int start_status;
    unsigned starts, stops;
};

static int puppet_start(void *context, const struct ib_link_config *config, uint64_t now_us) {
    struct puppet *self = context;
    (void)config;
    (void)now_us;
    self->starts++;
    return self->start_status;
}

static void puppet_stop(void *context, uint64_t now_us) {
    (void)now_us;
    ((struct puppet *)context)->stops++;
}

static void puppet_poll(void *context, uint64_t now_us, struct ib_link_state *out,
                        uint64_t *due_us) {
    (void)now_us;
    *out = ((struct puppet *)context)->state;
    *due_us = IB_NEVER;
}

static const struct ib_link_ops puppet_ops = {puppet_start, puppet_stop, puppet_poll};

static void an_interface_that_heals_is_not_disturbed(void **state) {
    (void)state;
    struct net rig;
    struct puppet puppet = {.state = {.stage = IB_LINK_BROKEN}, .start_status = IB_E_UNSUPPORTED};
    net_init(&rig, 1);
    rig.link = (struct ib_link){.ops = &puppet_ops, .context = &puppet};
    net_boot(&rig);
    assert_int_equal(rig.network.status, IB_E_UNSUPPORTED); // the start's own error is told
    assert_string_equal(rig.network.state.reason, "");      // a link without a reason
    net_pass(&rig, NET_SECOND);
    puppet.state = (struct ib_link_state){IB_LINK_READY, true, {10, 0, 0, 5}, ""};
    net_pass(&rig, 20 * NET_SECOND);
    assert_int_equal(puppet.starts, 1);
    assert_int_equal(rig.network.status, IB_OK);
    assert_int_equal(ib_network_flags(&rig.network), 15);
    net_assert_ip(&rig, "10.0.0.5");
    // Broken again during the grace of a change: the change's restart comes first, and stays.
    puppet.start_status = IB_OK;
    assert_int_equal(net_rename(&rig, "ANewApName"), IB_OK);
    puppet.state.stage = IB_LINK_BROKEN;
    net_pass(&rig, IB_NETWORK_GRACE_US / 2);
    puppet.state.stage = IB_LINK_READY;
    net_pass(&rig, IB_NETWORK_GRACE_US / 2);
    assert_int_equal(puppet.starts, 2);
    assert_false(rig.store.now.trial);
    puppet.state.stage = IB_LINK_OFF; // stopped from outside
    net_pass(&rig, 1);
    assert_int_equal(ib_network_flags(&rig.network), 1);
}

/// A record that nobody writes: on trial and switched off. Nothing to wait for.
static void a_trial_that_is_switched_off_ends(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    struct ib_settings next = rig.store.now;
    next.network.flags = 0;
    next.trial = true;
    assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_OK);
    net_boot(&rig);
    assert_false(rig.store.now.trial);
    net_pass(&rig, 200 * NET_SECOND);
    assert_int_equal(rig.network.rollbacks, 0);
    assert_false(net_stored(&rig)->trial);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wifi_flag_0_enabled),
        cmocka_unit_test(test_wifi_flags_1_and_2_initialised_and_running),
        cmocka_unit_test(test_wifi_flag_3_connected),
        cmocka_unit_test(test_wifi_flag_4_static_ip),
        cmocka_unit_test(test_wifi_flags_6_5_are_zero),
        cmocka_unit_test(test_wifi_flag_7_client_mode),
        cmocka_unit_test(test_wifi_cur_ip_addr),
        cmocka_unit_test(test_set_wifi_restarts_the_network_after_the_reply),
        cmocka_unit_test(test_set_wifi_with_the_same_settings_writes_nothing),
        cmocka_unit_test(test_set_wifi_refused_whole),
        cmocka_unit_test(a_change_that_cannot_be_stored_is_refused),
        cmocka_unit_test(without_a_link_there_is_nothing_to_change),
        cmocka_unit_test(test_wifi_reset_button_brings_the_default_ap_mode),
        cmocka_unit_test(test_a_dead_radio_is_started_every_5_s),
        cmocka_unit_test(a_dead_radio_during_a_trial),
        cmocka_unit_test(an_interface_that_heals_is_not_disturbed),
        cmocka_unit_test(a_trial_that_is_switched_off_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
