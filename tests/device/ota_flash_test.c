/// Updates on a flash that fails, probation after the restart, and the power going at every single
/// storage operation of a whole update.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"
#include "tests/core/support_random.h"
#include "tests/device/support_image.h"
#include "tests/device/support_update.h"

static int set_up(void **state) {
    (void)state;
    rig_begin(1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (int i = 0; i < REGIONS; i++)
        assert_int_equal(rig.regions[i].flash.overwrites, 0);
    return 0;
}

// ---- A flash that does not work ----

static void test_flash_init_failed(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    ib_sim_flash_fault(&rig.regions[SLOT0].flash, IB_SIM_FLASH_WRITES_FAIL);
    rig_transfer("2.0");
    rig_assert_said("Firmware update flash init failed: input/output error");
    assert_true(rig.ota.failed);
    assert_int_equal(rig.ota.failures, 1);
    ib_sim_flash_fault(&rig.regions[SLOT0].flash, IB_SIM_FLASH_WELL);
    ib_sim_flash_fault(&rig.regions[RECORD].flash, IB_SIM_FLASH_WRITES_FAIL);
    rig_transfer("2.0");
    rig_assert_said("Firmware update flash init failed: input/output error");
    ib_sim_flash_fault(&rig.regions[RECORD].flash, IB_SIM_FLASH_WELL);
    rig_assert_untouched("1.0");
}

static void test_only_what_is_needed_is_erased(void **state) {
    (void)state;
    static const uint8_t mark[4] = {1, 2, 3, 4};
    uint8_t back[4];
    const uint32_t behind = (SMALL_BYTES + 4095) / 4096 * 4096;
    assert_int_equal(ib_storage_write(rig.config.slot[0], behind, mark, sizeof mark), IB_OK);
    rig_update_to("2.0", SMALL_BYTES, 1);
    assert_int_equal(ib_storage_read(rig.config.slot[0], behind, back, sizeof back), IB_OK);
    assert_memory_equal(back, mark, sizeof mark);
}

static void test_flash_update_failed(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    assert_int_equal(rig_answer(0, 8192), IB_OK);
    ib_sim_flash_fault(&rig.regions[SLOT0].flash, IB_SIM_FLASH_DEAD);
    assert_int_equal(rig_answer(8192, 8192), IB_OK); // the segment was right
    assert_int_equal(rig_hear(), IB_OTA_SAY_STATUS);
    rig_assert_said("Firmware update flash update failed: input/output error");
    assert_true(rig.ota.failed);
    ib_sim_flash_fault(&rig.regions[SLOT0].flash, IB_SIM_FLASH_WELL);
    rig_assert_untouched("1.0");
}

static void test_bit_rot_while_writing(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 10; seed++) {
        rig_begin(seed);
        rig_make_file(SMALL_BYTES, "2.0", seed);
        rig_come_to_receiving();
        for (uint32_t at = 0; at < SMALL_BYTES; at += 8192) {
            bool rot = at / 8192 == seed % 3;
            ib_sim_flash_fault(&rig.regions[SLOT0].flash,
                               rot ? IB_SIM_FLASH_BIT_ROT : IB_SIM_FLASH_WELL);
            assert_int_equal(rig_answer(at, SMALL_BYTES - at < 8192 ? SMALL_BYTES - at : 8192),
                             IB_OK);
        }
        ib_sim_flash_fault(&rig.regions[SLOT0].flash, IB_SIM_FLASH_WELL);
        assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_STATUS);
        rig_assert_said(
            "Firmware update validation failed: the flash does not read back as written");
        assert_true(rig.ota.failed);
        rig_assert_untouched("1.0");
    }
}

static void test_the_record_cannot_be_written_at_the_end(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    for (uint32_t at = 0; at < SMALL_BYTES; at += 8192)
        assert_int_equal(rig_answer(at, SMALL_BYTES - at < 8192 ? SMALL_BYTES - at : 8192), IB_OK);
    ib_sim_flash_fault(&rig.regions[RECORD].flash, IB_SIM_FLASH_WRITES_FAIL);
    assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_STATUS);
    rig_assert_said("Firmware update validation failed: input/output error");
    assert_true(rig.ota.failed);
    ib_sim_flash_fault(&rig.regions[RECORD].flash, IB_SIM_FLASH_WELL);
    rig_assert_untouched("1.0");
}

static void test_no_updates_with_a_dead_record(void **state) {
    (void)state;
    ib_sim_flash_fault(&rig.regions[RECORD].flash, IB_SIM_FLASH_DEAD);
    assert_int_equal(rig_restart(), IB_E_IO);
    assert_string_equal(ib_ota_version(&rig.ota), "1.0");
    rig_make_file(SMALL_BYTES, "2.0", 1);
    assert_int_equal(rig_request(), IB_E_IO);
    assert_string_equal(rig.why, "the firmware storage does not work");
    assert_false(rig.ota.failed);
}

static void test_a_strange_record_is_replaced(void **state) {
    (void)state;
    struct ib_durable record;
    assert_int_equal(ib_durable_init(&record, rig.config.record, IB_SLOTS_MAGIC), IB_OK);
    assert_int_equal(ib_durable_save(&record, "something else", 14), IB_OK);
    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), "1.0");
    rig_update_to("2.0", SMALL_BYTES, 1);
}

static void test_fault_8_ends(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig.file[SMALL_BYTES - 1] ^= 1;
    rig_transfer("2.0");
    assert_true(rig.ota.failed);
    ib_ota_clear_fault(&rig.ota); // the long press
    assert_false(rig.ota.failed);
    rig_transfer("2.0");
    assert_true(rig.ota.failed);
    assert_int_equal(ib_ota_request(&rig.ota, 1, "2.0", rig.now_us, rig.why), IB_E_RANGE);
    assert_true(rig.ota.failed); // a refused request is none
    assert_int_equal(rig_request(), IB_OK);
    assert_false(rig.ota.failed);
}

static void test_bad_configurations(void **state) {
    (void)state;
    struct ib_ota_config good = rig.config;
    for (int i = 0; i < 5; i++) {
        rig.config = good;
        if (i == 0)
            rig.config.project = NULL;
        if (i == 1)
            rig.config.factory_version = NULL;
        if (i == 2)
            rig.config.slot[1] = NULL;
        if (i == 3)
            rig.config.record = NULL;
        if (i == 4)
            rig.config.slot[0] = NULL;
        assert_int_equal(ib_ota_init(&rig.ota, &rig.config, rig.now_us), IB_E_INVAL);
        assert_string_equal(ib_ota_version(&rig.ota), i == 1 ? "" : "1.0");
        assert_int_equal(ib_ota_request(&rig.ota, SMALL_BYTES, "2.0", rig.now_us, rig.why),
                         IB_E_IO);
        assert_int_equal(rig_pass(100 * S), IB_OTA_SAY_NOTHING);
    }
}

// ---- Probation ----

static void come_to_probation(void) {
    rig_update_to("1.5", SMALL_BYTES, 9);
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_transfer("2.0");
    (void)rig_pass(1 * S);
    assert_true(rig.ota.restart_due);
    assert_int_equal(rig_restart(), IB_OK);
    assert_true(rig.ota.slots.probation);
    assert_string_equal(ib_ota_version(&rig.ota), "2.0");
}

static void test_first_good_frame_proves_it(void **state) {
    (void)state;
    come_to_probation();
    assert_int_equal(rig_pass(60 * S - 1), IB_OTA_SAY_NOTHING);
    ib_ota_good_frame(&rig.ota);
    assert_false(rig.ota.slots.probation);
    uint32_t operations = rig.regions[RECORD].flash.operations;
    ib_ota_good_frame(&rig.ota); // nine times a second: the flash is spared
    assert_int_equal(rig.regions[RECORD].flash.operations, operations);
    (void)rig_pass(100 * S);
    assert_false(rig.ota.restart_due);
    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), "2.0");
    assert_int_equal(rig.ota.rollbacks, 0);
}

static void test_no_good_frame_within_60_s(void **state) {
    (void)state;
    come_to_probation();
    uint64_t start_us = rig.now_us;
    (void)rig_pass(100 * S);
    assert_int_equal(rig.now_us - start_us, 60 * S);
    assert_true(rig.ota.restart_due);
    ib_ota_good_frame(&rig.ota); // too late
    assert_int_equal(ib_ota_request(&rig.ota, SMALL_BYTES, "3.0", rig.now_us, rig.why),
                     IB_E_NOT_READY);
    assert_string_equal(rig.why, "the camera is about to restart");
    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), "1.5");
    assert_int_equal(rig.ota.rollbacks, 1);
    (void)rig_pass(100 * S);
    assert_false(rig.ota.restart_due);
    rig_update_to("3.0", SMALL_BYTES, 3);
}

static void test_restart_while_on_probation(void **state) {
    (void)state;
    come_to_probation();
    (void)rig_pass(10 * S);
    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), "1.5");
    assert_int_equal(rig.ota.rollbacks, 1);
    assert_false(rig.ota.slots.probation);
}

static void test_no_update_while_on_probation(void **state) {
    (void)state;
    come_to_probation();
    assert_int_equal(rig_request(), IB_E_NOT_READY);
    assert_string_equal(rig.why, "the running firmware has not proved itself yet");
    ib_ota_good_frame(&rig.ota);
    assert_int_equal(rig_request(), IB_OK);
}

static void test_a_proof_that_cannot_be_written_is_tried_again(void **state) {
    (void)state;
    come_to_probation();
    ib_sim_flash_fault(&rig.regions[RECORD].flash, IB_SIM_FLASH_WRITES_FAIL);
    ib_ota_good_frame(&rig.ota);
    assert_true(rig.ota.slots.probation);
    unsigned before = rig.logged;
    for (int i = 0; i < 900; i++) {
        (void)rig_pass(S / 9);
        ib_ota_good_frame(&rig.ota);
    }
    assert_in_range(rig.logged - before, 18, 21); // every 5 s of 100
    assert_false(rig.ota.restart_due);            // it is good, after all
    ib_sim_flash_fault(&rig.regions[RECORD].flash, IB_SIM_FLASH_WELL);
    (void)rig_pass(6 * S);
    assert_false(rig.ota.slots.probation);
    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), "2.0");
}

// ---- The power goes ----

/// A life with an update in it: "1.5" runs or the factory's "1.0", "2.0" comes, is started and proves
/// itself. The storage stops working at operation `k` of all that.
/// Return: whether the power went.
static bool live(uint32_t seed, bool from_slot, bool prove, uint64_t k) {
    const char *old = from_slot ? "1.5" : "1.0";
    rig_begin(seed);
    if (from_slot)
        rig_update_to("1.5", SMALL_BYTES, seed + 1000);
    rig_make_file(SMALL_BYTES, "2.0", seed);
    rig.until_cut = k;
    rig_transfer("2.0");
    bool success = strcmp(rig.said, "Firmware update success") == 0;
    if (success)
        (void)rig_pass(1 * S);
    bool started = false, proved = false;
    if (success && !rig.dark) {
        started = ib_ota_init(&rig.ota, &rig.config, rig.now_us) == IB_OK;
        if (started && prove) {
            ib_ota_good_frame(&rig.ota);
            proved = !rig.ota.slots.probation;
        }
    }
    bool went = rig.dark;
    assert_true(success || went);
    assert_int_equal(rig_restart(), IB_OK);
    const char *runs = ib_ota_version(&rig.ota);
    bool is_old = strcmp(runs, old) == 0, is_new = strcmp(runs, "2.0") == 0;
    bool good = is_old ? !rig.ota.slots.probation : is_new;
    if (success && !started) // told the owner: it has to come, or to have been tried
        good = good && (is_new || rig.ota.slots.rolled_back);
    if (started && !proved)
        good = good && (rig.ota.slots.rolled_back || (is_new && !rig.ota.slots.probation && prove));
    if (proved)
        good = good && is_new && !rig.ota.slots.probation;
    if (is_new) { // checked whole
        static uint8_t back[SMALL_BYTES];
        assert_int_equal(
            ib_storage_read(rig.config.slot[rig.ota.slots.running], 0, back, sizeof back), IB_OK);
        good = good && memcmp(back, rig.file, sizeof back) == 0;
    }
    if (!good)
        fail_msg("seed %u, from slot %d, prove %d, cut at operation %llu: said \"%s\", started %d, "
                 "proved %d, then runs %s, probation %d, rolled back %d",
                 seed, from_slot, prove, (unsigned long long)k, rig.said, started, proved, runs,
                 rig.ota.slots.probation, rig.ota.slots.rolled_back);
    ib_ota_good_frame(&rig.ota);
    rig_update_to("3.0", SMALL_BYTES, seed + 2000);
    for (int i = 0; i < REGIONS; i++)
        assert_int_equal(rig.regions[i].flash.overwrites, 0);
    return went;
}

static void sweep(bool from_slot, bool prove, uint64_t least) {
    for (uint32_t seed = 1; seed <= 8; seed++) {
        uint64_t k = 0;
        while (live(seed, from_slot, prove, k))
            k++;
        assert_true(k >= least); // every operation had its turn
    }
}

static void test_power_cut_at_every_operation_from_the_factory_firmware(void **state) {
    (void)state;
    sweep(false, true, 20);
}

static void test_power_cut_at_every_operation_from_a_slot(void **state) {
    (void)state;
    sweep(true, true, 20);
}

static void test_power_cut_at_every_operation_up_to_probation(void **state) {
    (void)state;
    sweep(true, false, 16);
}

/// The power goes again and again, at random, while a patient desktop tries; at the end it gets there.
static void test_power_cuts_without_end(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 15; seed++) {
        struct random random = {seed};
        rig_begin(seed);
        rig_make_file(SMALL_BYTES, "2.0", seed);
        for (int i = 0; i < 20; i++) {
            rig.until_cut = random_below(&random, 24);
            if (rig.ota.slots.probation)
                ib_ota_good_frame(&rig.ota);
            if (!rig.dark && !rig.ota.slots.probation)
                rig_transfer("2.0");
            if (rig_restart() != IB_OK)
                fail_msg("seed %u, cut %d: the record is unusable", seed, i);
            const char *runs = ib_ota_version(&rig.ota);
            if (strcmp(runs, "1.0") != 0 && strcmp(runs, "2.0") != 0)
                fail_msg("seed %u, cut %d: runs %s", seed, i, runs);
        }
        ib_ota_good_frame(&rig.ota);
        rig_update_to("3.0", SMALL_BYTES, seed);
    }
}

#define OTA_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        OTA_TEST(test_flash_init_failed),
        OTA_TEST(test_only_what_is_needed_is_erased),
        OTA_TEST(test_flash_update_failed),
        OTA_TEST(test_bit_rot_while_writing),
        OTA_TEST(test_the_record_cannot_be_written_at_the_end),
        OTA_TEST(test_no_updates_with_a_dead_record),
        OTA_TEST(test_a_strange_record_is_replaced),
        OTA_TEST(test_fault_8_ends),
        OTA_TEST(test_bad_configurations),
        OTA_TEST(test_first_good_frame_proves_it),
        OTA_TEST(test_no_good_frame_within_60_s),
        OTA_TEST(test_restart_while_on_probation),
        OTA_TEST(test_no_update_while_on_probation),
        OTA_TEST(test_a_proof_that_cannot_be_written_is_tried_again),
        OTA_TEST(test_power_cut_at_every_operation_from_the_factory_firmware),
        OTA_TEST(test_power_cut_at_every_operation_from_a_slot),
        OTA_TEST(test_power_cut_at_every_operation_up_to_probation),
        OTA_TEST(test_power_cuts_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
