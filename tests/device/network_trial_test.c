/// The trial of new network settings and the way back, links lost later, and a power cut at every
/// storage operation of a change.
#include "tests/device/support_network.h"

#include <string.h>

// ---- the trial ----

static void test_set_wifi_good_change_is_kept(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_false(rig.store.now.trial);
    uint32_t operations = rig.flash.operations;
    net_pass(&rig, 300 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 143);
    assert_int_equal(rig.network.rollbacks, 0);
    assert_int_equal(rig.flash.operations,
                     operations); // stored once for the trial, once for its end
    net_boot(&rig);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 143);
    assert_int_equal(rig.store.saves, 0);
}

static void test_set_wifi_wrong_password_is_taken_back_after_60_s(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    net_pass(&rig, 3 * NET_SECOND);
    struct ib_settings before = rig.store.now;
    assert_int_equal(net_join(&rig, NET_HOME, "wrong-password"), IB_OK);
    net_pass(&rig, IB_NETWORK_GRACE_US + IB_NETWORK_TRIAL_US - 1);
    assert_int_equal(rig.network.rollbacks, 0);
    assert_int_equal(rig.air.config.mode, IB_LINK_STATION);
    assert_int_equal(ib_network_flags(&rig.network), 135);
    assert_string_equal(rig.network.state.reason, "wrong password");
    net_pass(&rig, 1);
    assert_int_equal(rig.network.rollbacks, 1);
    assert_int_equal(rig.air.config.mode, IB_LINK_ACCESS_POINT);
    assert_true(net_same(&rig.store.now.network, &before.network));
    assert_true(net_same(&net_stored(&rig)->network, &before.network));
    assert_false(net_stored(&rig)->trial);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
    // Told once, not with every attempt: change, reason, way back, network up.
    assert_in_range(rig.logged, 4, 6);
}

static void back_from_one_network_to_another(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(net_join(&rig, "NoSuchNetwork", ""), IB_OK);
    net_pass(&rig, IB_NETWORK_GRACE_US + IB_NETWORK_TRIAL_US + 10 * NET_SECOND);
    assert_int_equal(rig.network.rollbacks, 1);
    net_assert_ip(&rig, "192.168.1.57");
    assert_int_equal(ib_network_flags(&rig.network), 143);
}

static void an_open_network_needs_no_password(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join(&rig, "Workshop", ""), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    net_assert_ip(&rig, "10.0.1.144");
}

static void a_dhcp_server_that_is_silent(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    ib_sim_network_fault(&rig.air, IB_SIM_NETWORK_NO_DHCP, rig.now_us);
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, 3 * NET_SECOND);
    assert_int_equal(rig.network.state.stage, IB_LINK_ADDRESS);
    assert_int_equal(ib_network_flags(&rig.network), 135); // associated, but nobody can come
    net_pass(&rig, IB_NETWORK_TRIAL_US + NET_SECOND);
    assert_int_equal(rig.network.rollbacks, 1);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
    // With an address of its own the camera does not need it.
    assert_int_equal(net_join_static(&rig, "192.168.1.9"), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 159);
}

static void test_a_link_lost_later_is_retried_for_ever(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_pass(&rig, 10 * NET_SECOND);
    (void)ib_sim_network_range(&rig.air, NET_HOME, false, rig.now_us);
    net_pass(&rig, 24 * 3600 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 135);
    assert_int_equal(rig.network.losses, 1);
    assert_int_equal(rig.network.rollbacks, 0);
    (void)ib_sim_network_range(&rig.air, NET_HOME, true, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 143);
    // Also when the camera has started again in between.
    (void)ib_sim_network_range(&rig.air, NET_HOME, false, rig.now_us);
    net_pass(&rig, NET_SECOND);
    net_boot(&rig);
    net_pass(&rig, 3600 * NET_SECOND);
    assert_int_equal(rig.network.rollbacks, 0);
    (void)ib_sim_network_range(&rig.air, NET_HOME, true, rig.now_us);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 143);
}

static void test_a_power_cut_begins_the_trial_anew(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    struct ib_settings before = rig.store.now;
    assert_int_equal(net_join(&rig, NET_HOME, "wrong-password"), IB_OK);
    net_pass(&rig, 50 * NET_SECOND);
    net_boot(&rig);
    assert_true(rig.store.now.trial);
    net_pass(&rig, IB_NETWORK_TRIAL_US - 1);
    assert_int_equal(rig.network.rollbacks, 0);
    net_pass(&rig, 1);
    assert_int_equal(rig.network.rollbacks, 1);
    assert_true(net_same(&rig.store.now.network, &before.network));
    // A cut in the grace period, before the new network was ever up.
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    net_boot(&rig);
    assert_int_equal(rig.air.config.mode, IB_LINK_STATION);
    net_pass(&rig, 10 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 143);
    assert_false(net_stored(&rig)->trial);
}

static void changes_during_a_trial_are_one_trial(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    struct ib_settings before = rig.store.now;
    assert_int_equal(net_join(&rig, NET_HOME, "wrong-password"), IB_OK);
    net_pass(&rig, 40 * NET_SECOND);
    assert_int_equal(net_join(&rig, NET_HOME, "wrong-as-well"), IB_OK);
    net_pass(&rig, 10);
    assert_int_equal(net_join(&rig, NET_HOME, "wrong-once-more"), IB_OK);
    net_pass(&rig, IB_NETWORK_GRACE_US + IB_NETWORK_TRIAL_US - 1);
    assert_int_equal(rig.network.rollbacks, 0); // the latest change has its 60 s
    net_pass(&rig, 1);
    assert_int_equal(rig.network.rollbacks, 1);
    assert_true(net_same(&rig.store.now.network, &before.network));
    // The owner goes back to what was there: that needs no trial.
    assert_int_equal(net_join(&rig, NET_HOME, "wrong-password"), IB_OK);
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    net_give(&change, IB_WIFI_STA_PW, "");
    change.has_flags = true;
    change.flags = 1;
    assert_int_equal(net_change(&rig, &change), IB_OK);
    assert_true(rig.store.now.trial); // sta_ssid still differs
    net_pass(&rig, 10 * NET_SECOND);
    assert_false(rig.store.now.trial);
    assert_int_equal(net_change_flags(&rig, 17), IB_OK);
    assert_true(rig.store.now.trial);
    assert_int_equal(net_change_flags(&rig, 1), IB_OK);
    assert_false(rig.store.now.trial);
    net_pass(&rig, 100 * NET_SECOND);
    assert_int_equal(rig.network.rollbacks, 1);
}

static void a_trial_whose_end_cannot_be_stored_keeps_its_link(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join(&rig, NET_HOME, NET_HOME_PASSWORD), IB_OK);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WRITES_FAIL);
    net_pass(&rig, 300 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 143);
    assert_int_equal(rig.network.rollbacks, 0);
    assert_int_equal(rig.network.starts, 2);
    assert_false(rig.store.now.trial);
    assert_true(net_stored(&rig)->trial);
    assert_int_equal(rig.store.status, IB_E_IO);
    assert_in_range(rig.logged, 1, 8); // not with every attempt
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
    net_pass(&rig, IB_NETWORK_RETRY_US);
    assert_false(net_stored(&rig)->trial);
    assert_int_equal(rig.store.status, IB_OK);
}

static void a_way_back_that_cannot_be_stored_is_gone_all_the_same(void **state) {
    (void)state;
    struct net rig;
    net_init(&rig, 1);
    assert_int_equal(net_join(&rig, NET_HOME, "wrong-password"), IB_OK);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_BIT_ROT);
    net_pass(&rig, 100 * NET_SECOND);
    assert_int_equal(ib_network_flags(&rig.network), 15);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
    net_pass(&rig, IB_NETWORK_RETRY_US);
    assert_false(net_stored(&rig)->trial);
    assert_int_equal(net_stored(&rig)->network.flags, 1);
}

// ---- power cuts ----

enum deed { DEED_GOOD, DEED_BAD, DEED_RESET, DEED_COUNT };
static const char *const deed_names[] = {"good set_wifi", "bad set_wifi", "reset"};

static void prepare(struct net *self, uint32_t seed) {
    net_init(self, seed);
    struct ib_settings next = self->store.now;
    next.lepton.emissivity_pct = 42;
    assert_int_equal(ib_settings_store_save(&self->store, &next), IB_OK);
    assert_int_equal(net_rename(self, "Attic"), IB_OK);
    net_pass(self, 10 * NET_SECOND);
    assert_false(self->store.now.trial);
}

static void perform(struct net *self, enum deed deed) {
    const char *why;
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    net_give(&change, IB_WIFI_STA_SSID, NET_HOME);
    net_give(&change, IB_WIFI_STA_PW, deed == DEED_BAD ? "wrong-password" : NET_HOME_PASSWORD);
    change.has_flags = true;
    change.flags = 129;
    if (deed == DEED_RESET)
        ib_network_reset(&self->network, self->now_us);
    else if (ib_network_change(&self->network, &change, self->now_us, &why) < 0)
        return;
    if (!self->flash.off)
        net_pass(self, 100 * NET_SECOND);
}

/// After the power is back: whole settings of either side, and the owner gets in.
static const char *verdict(struct net *self, enum deed deed, bool settled) {
    const struct ib_settings *now = &self->store.now;
    bool old = strcmp(now->network.ap_ssid, "Attic") == 0 && now->network.flags == 1;
    bool joined = strcmp(now->network.ap_ssid, "Attic") == 0 && now->network.flags == 129 &&
                  strcmp(now->network.sta_ssid, NET_HOME) == 0;
    struct ib_network_settings defaults;
    ib_network_settings_default(&defaults, NET_NAME);
    if (self->store.were_reset)
        return "defaults out of nowhere";
    if (now->lepton.emissivity_pct != 42)
        return "the Lepton's settings are lost";
    if (now->trial &&
        (settled || !joined || strcmp(now->before.ap_ssid, "Attic") != 0 || now->before.flags != 1))
        return "the trial is not what it was";
    if (deed == DEED_RESET ? !old && !net_same(&now->network, &defaults) : !old && !joined)
        return "neither the old settings nor the new ones";
    if (settled && deed == DEED_BAD && !old)
        return "a bad change was kept";
    if (settled && !ib_network_connected(&self->network))
        return "nobody can connect";
    return NULL;
}

/// Cut in operation k of the deed, boot, cut in operation j of what follows, boot, settle.
static bool cut_twice(enum deed deed, uint32_t seed, uint32_t k, uint32_t j) {
    struct net rig;
    prepare(&rig, seed);
    ib_sim_flash_cut(&rig.flash, k);
    perform(&rig, deed);
    bool was_cut = rig.flash.off;
    net_boot(&rig);
    const char *problem = verdict(&rig, deed, false);
    ib_sim_flash_cut(&rig.flash, j);
    net_pass(&rig, 100 * NET_SECOND);
    net_boot(&rig);
    if (!problem)
        problem = verdict(&rig, deed, false);
    net_pass(&rig, 100 * NET_SECOND);
    if (!problem)
        problem = verdict(&rig, deed, true);
    if (problem)
        fail_msg("%s, seed %u, cuts %u and %u: %s", deed_names[deed], seed, k, j, problem);
    assert_int_equal(rig.flash.overwrites, 0);
    return was_cut;
}

static void test_power_cut_at_every_write_of_a_change(void **state) {
    (void)state;
    static const uint32_t operations[DEED_COUNT] = {8, 8, 4}; // of one or two saves
    for (unsigned deed = 0; deed < DEED_COUNT; deed++)
        for (uint32_t seed = 1; seed <= 12; seed++)
            for (uint32_t k = 0; k <= operations[deed]; k++)
                for (uint32_t j = 0; j <= 4; j++)
                    assert_int_equal(cut_twice((enum deed)deed, seed, k, j), k < operations[deed]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_wifi_good_change_is_kept),
        cmocka_unit_test(test_set_wifi_wrong_password_is_taken_back_after_60_s),
        cmocka_unit_test(back_from_one_network_to_another),
        cmocka_unit_test(an_open_network_needs_no_password),
        cmocka_unit_test(a_dhcp_server_that_is_silent),
        cmocka_unit_test(test_a_link_lost_later_is_retried_for_ever),
        cmocka_unit_test(test_a_power_cut_begins_the_trial_anew),
        cmocka_unit_test(changes_during_a_trial_are_one_trial),
        cmocka_unit_test(a_trial_whose_end_cannot_be_stored_keeps_its_link),
        cmocka_unit_test(a_way_back_that_cannot_be_stored_is_gone_all_the_same),
        cmocka_unit_test(test_power_cut_at_every_write_of_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
