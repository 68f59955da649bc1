/// Settings and where they are kept: first start, equal ones, power cuts, rot, a flash that fails.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "device/settings.h"
#include "sim/flash.h"
#include "tests/core/support_random.h"

#define NAME "tCam-Mini-EFB5"
#define REGION_BYTES (2 * IB_SIM_FLASH_SECTOR_BYTES)
#define SAVE_OPERATIONS 4
#define SEEDS 25

struct rig {
    uint8_t bytes[REGION_BYTES], pending[REGION_BYTES];
    struct ib_sim_flash flash;
    struct ib_storage storage;
    struct ib_settings_store store;
};

static void rig_init(struct rig *self, uint32_t seed) {
    ib_sim_flash_init(&self->flash, self->bytes, self->pending, REGION_BYTES, seed);
    self->storage = ib_sim_flash_storage(&self->flash);
    assert_int_equal(ib_settings_store_init(&self->store, &self->storage, NAME), IB_OK);
}

static int rig_boot(struct rig *self) {
    ib_sim_flash_power(&self->flash);
    memset(&self->store, 0xA5, sizeof self->store);
    return ib_settings_store_init(&self->store, &self->storage, NAME);
}

static bool same(const struct ib_settings *a, const struct ib_settings *b) {
    uint8_t bytes_a[IB_SETTINGS_BYTES], bytes_b[IB_SETTINGS_BYTES];
    size_t size = ib_settings_write(a, bytes_a);
    return ib_settings_write(b, bytes_b) == size && memcmp(bytes_a, bytes_b, size) == 0;
}

/// Settings that follow from a number, with everything in them.
static struct ib_settings numbered(unsigned number) {
    struct ib_settings settings;
    ib_settings_default(&settings, "camera A");
    settings.network.ap_ssid[7] = (char)('A' + number % 26);
    strcpy(settings.network.ap_pw, "password A");
    settings.network.ap_pw[9] = (char)('A' + number / 26 % 26);
    settings.trial = number % 3 == 0;
    if (!settings.trial)
        settings.before = settings.network;
    settings.lepton.agc = number % 2;
    settings.lepton.emissivity_pct = (uint8_t)(1 + number % 100);
    settings.lepton.gain = (uint8_t)(number % 3);
    return settings;
}

static void first_start_writes_defaults(void **state) {
    (void)state;
    struct rig rig;
    struct ib_settings defaults;
    ib_settings_default(&defaults, NAME);
    rig_init(&rig, 1);
    assert_true(rig.store.were_reset);
    assert_int_equal(rig.store.saves, 1);
    assert_true(same(&rig.store.now, &defaults));
    assert_int_equal(rig_boot(&rig), IB_OK);
    assert_false(rig.store.were_reset);
    assert_int_equal(rig.store.saves, 0);
    assert_true(same(&rig.store.now, &defaults));
    assert_string_equal(rig.store.name, NAME);
}

static void without_storage_they_last_until_power_goes(void **state) {
    (void)state;
    struct ib_settings_store store;
    struct ib_settings next = numbered(1);
    assert_int_equal(ib_settings_store_init(&store, NULL, NAME), IB_OK);
    assert_true(store.were_reset);
    assert_int_equal(ib_settings_store_save(&store, &next), IB_OK);
    assert_true(same(&store.now, &next));
    assert_int_equal(store.saves, 0);
    assert_false(store.unsaved);
    assert_int_equal(ib_settings_store_init(&store, NULL, NAME), IB_OK);
    assert_string_equal(store.now.network.ap_ssid, NAME);
}

static void a_region_too_small_is_said(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, 1);
    struct ib_storage small = rig.storage;
    small.size_bytes = IB_SIM_FLASH_SECTOR_BYTES;
    assert_int_equal(ib_settings_store_init(&rig.store, &small, NAME), IB_E_INVAL);
    assert_string_equal(rig.store.now.network.ap_ssid, NAME);
    // The camera works on, without memory.
    struct ib_settings next = numbered(1);
    assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_OK);
    assert_true(same(&rig.store.now, &next));
    assert_int_equal(rig.store.status, IB_E_INVAL);
}

static void equal_settings_are_not_written(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, 1);
    for (unsigned n = 0; n < 8; n++) {
        struct ib_settings next = numbered(n);
        uint32_t before = rig.flash.operations;
        assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_OK);
        assert_int_equal(rig.flash.operations, before + SAVE_OPERATIONS);
        // What does not count (the way back without a trial) makes no difference either.
        if (!next.trial)
            strcpy(next.before.ap_ssid, "somebody else");
        assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_OK);
        assert_int_equal(rig.flash.operations, before + SAVE_OPERATIONS);
        assert_int_equal(rig.store.saves, n + 2);
    }
}

static void what_could_not_be_loaded_is_not_stored(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, 1);
    struct ib_settings before = rig.store.now, next = before;
    uint32_t operations = rig.flash.operations;
    next.lepton.emissivity_pct = 0;
    assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_E_INVAL);
    next = before;
    next.network.flags = IB_WIFI_ENABLED | IB_WIFI_CLIENT;
    assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_E_INVAL);
    assert_true(same(&rig.store.now, &before));
    assert_int_equal(rig.flash.operations, operations);
}

/// For every operation of a save: the old settings or the new ones, never defaults.
static void test_power_cut_at_every_write_of_a_save(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        for (unsigned saves = 1; saves < 5; saves++) {
            for (uint32_t k = 0; k <= SAVE_OPERATIONS; k++) {
                struct rig rig;
                struct ib_settings old, next = numbered(saves);
                rig_init(&rig, seed);
                for (unsigned n = 0; n < saves; n++) {
                    old = numbered(n);
                    assert_int_equal(ib_settings_store_save(&rig.store, &old), IB_OK);
                }
                ib_sim_flash_cut(&rig.flash, k);
                int status = ib_settings_store_save(&rig.store, &next);
                // As long as the camera itself goes on, what it says is in force is in force.
                assert_true(same(&rig.store.now, status == IB_OK ? &next : &old));
                assert_int_equal(rig_boot(&rig), IB_OK);
                bool is_new = same(&rig.store.now, &next), is_old = same(&rig.store.now, &old);
                if (rig.store.were_reset || !(is_new || (is_old && status != IB_OK)) ||
                    (status == IB_OK) != (k == SAVE_OPERATIONS))
                    fail_msg("seed %u, %u saves, cut %u: save %d, new %d, old %d, reset %d", seed,
                             saves, k, status, is_new, is_old, rig.store.were_reset);
                next = numbered(saves + 40);
                assert_int_equal(ib_settings_store_save(&rig.store, &next), IB_OK);
                assert_int_equal(rig_boot(&rig), IB_OK);
                assert_true(same(&rig.store.now, &next));
                assert_int_equal(rig.flash.overwrites, 0);
            }
        }
    }
}

/// The very first start, cut: nothing is there yet, so defaults each time, and in the end stored.
static void test_power_cut_at_every_write_of_the_first_start(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        for (uint32_t k = 0; k < SAVE_OPERATIONS; k++) {
            struct rig rig;
            struct ib_settings defaults;
            ib_settings_default(&defaults, NAME);
            ib_sim_flash_init(&rig.flash, rig.bytes, rig.pending, REGION_BYTES, seed);
            rig.storage = ib_sim_flash_storage(&rig.flash);
            ib_sim_flash_cut(&rig.flash, k);
            assert_int_equal(ib_settings_store_init(&rig.store, &rig.storage, NAME), IB_E_IO);
            assert_true(same(&rig.store.now, &defaults));
            assert_int_equal(rig_boot(&rig), IB_OK);
            assert_true(same(&rig.store.now, &defaults));
            assert_int_equal(rig_boot(&rig), IB_OK);
            if (rig.store.were_reset)
                fail_msg("seed %u, cut %u", seed, k);
        }
    }
}

static void a_rotten_record_gives_way_to_the_one_before(void **state) {
    (void)state;
    struct random random = {9};
    for (int run = 0; run < 300; run++) {
        uint64_t seed = random.state;
        struct rig rig;
        struct ib_settings a = numbered(1), b = numbered(2);
        rig_init(&rig, 1);
        assert_int_equal(ib_settings_store_save(&rig.store, &a), IB_OK);
        assert_int_equal(ib_settings_store_save(&rig.store, &b), IB_OK);
        uint32_t at =
            rig.store.durable.newest * IB_SIM_FLASH_SECTOR_BYTES + random_below(&random, 16 + 424);
        for (unsigned bits = 1 + random_below(&random, 3); bits > 0; bits--)
            rig.bytes[at] = rig.pending[at] ^= (uint8_t)(1 << random_below(&random, 8));
        assert_int_equal(rig_boot(&rig), IB_OK);
        bool untouched = same(&rig.store.now, &b); // the same bit twice
        if (rig.store.were_reset || !(untouched || same(&rig.store.now, &a)))
            fail_msg("seed %llu, byte %u", (unsigned long long)seed, at);
    }
}

/// A record that is whole and says nonsense, or was written by a newer firmware: defaults.
static void a_record_that_is_not_understood(void **state) {
    (void)state;
    for (int newer = 0; newer < 2; newer++) {
        struct rig rig;
        struct ib_settings settings = numbered(4), defaults;
        uint8_t bytes[IB_SETTINGS_BYTES];
        rig_init(&rig, 1);
        ib_settings_default(&defaults, NAME);
        size_t size = ib_settings_write(&settings, bytes);
        if (newer)
            ib_put_le16(bytes, 2);
        else
            bytes[6] = 77;
        assert_int_equal(ib_durable_save(&rig.store.durable, bytes, size), IB_OK);
        assert_int_equal(rig_boot(&rig), IB_OK);
        assert_true(rig.store.were_reset);
        assert_true(same(&rig.store.now, &defaults));
        assert_int_equal(rig_boot(&rig), IB_OK);
        assert_false(rig.store.were_reset);
    }
}

static void a_flash_that_cannot_be_read_is_left_alone(void **state) {
    (void)state;
    struct rig rig;
    struct ib_settings a = numbered(5);
    rig_init(&rig, 1);
    assert_int_equal(ib_settings_store_save(&rig.store, &a), IB_OK);
    uint32_t operations = rig.flash.operations;
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_DEAD);
    assert_int_equal(rig_boot(&rig), IB_E_IO);
    assert_true(rig.store.were_reset);
    assert_false(rig.store.unsaved);
    assert_string_equal(rig.store.now.network.ap_ssid, NAME);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
    assert_int_equal(rig_boot(&rig), IB_OK);
    assert_true(same(&rig.store.now, &a));
    assert_int_equal(rig.flash.operations, operations);
}

static void a_save_that_fails_leaves_the_old_ones(void **state) {
    (void)state;
    const enum ib_sim_flash_fault faults[] = {IB_SIM_FLASH_DEAD, IB_SIM_FLASH_WRITES_FAIL,
                                              IB_SIM_FLASH_BIT_ROT};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct rig rig;
        struct ib_settings a = numbered(7), b = numbered(8);
        rig_init(&rig, 1);
        assert_int_equal(ib_settings_store_save(&rig.store, &a), IB_OK);
        ib_sim_flash_fault(&rig.flash, faults[i]);
        assert_true(ib_settings_store_save(&rig.store, &b) < 0);
        assert_true(rig.store.status < 0);
        assert_true(rig.store.unsaved);
        assert_true(same(&rig.store.now, &a));
        // Forced ones count all the same, and are stored as soon as that works.
        assert_true(ib_settings_store_force(&rig.store, &b) < 0);
        assert_true(same(&rig.store.now, &b));
        ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
        assert_int_equal(ib_settings_store_save(&rig.store, &b), IB_OK);
        assert_int_equal(rig.store.status, IB_OK);
        assert_false(rig.store.unsaved);
        assert_int_equal(rig_boot(&rig), IB_OK);
        assert_true(same(&rig.store.now, &b));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_start_writes_defaults),
        cmocka_unit_test(without_storage_they_last_until_power_goes),
        cmocka_unit_test(a_region_too_small_is_said),
        cmocka_unit_test(equal_settings_are_not_written),
        cmocka_unit_test(what_could_not_be_loaded_is_not_stored),
        cmocka_unit_test(test_power_cut_at_every_write_of_a_save),
        cmocka_unit_test(test_power_cut_at_every_write_of_the_first_start),
        cmocka_unit_test(a_rotten_record_gives_way_to_the_one_before),
        cmocka_unit_test(a_record_that_is_not_understood),
        cmocka_unit_test(a_flash_that_cannot_be_read_is_left_alone),
        cmocka_unit_test(a_save_that_fails_leaves_the_old_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
