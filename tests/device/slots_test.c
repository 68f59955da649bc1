/// The two slots and their record, on a flash whose power goes at every operation in turn.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "device/slots.h"
#include "sim/flash.h"
#include "tests/core/support_random.h"

#define SLOT_BYTES 8192u

static uint8_t content[3][2][SLOT_BYTES];
static struct ib_sim_flash flash[3]; ///< slot 0, slot 1, record
static struct ib_storage storage[3];
static struct ib_slots slots;

static void begin(uint32_t seed) {
    for (uint32_t i = 0; i < 3; i++) {
        ib_sim_flash_init(&flash[i], content[i][0], content[i][1], SLOT_BYTES, seed * 3 + i + 1);
        storage[i] = ib_sim_flash_storage(&flash[i]);
    }
}

static int set_up(void **state) {
    (void)state;
    begin(1);
    return 0;
}

static int boot(void) {
    return ib_slots_boot(&slots, &storage[0], &storage[1], &storage[2]);
}

/// A restart, as after a power cut.
static int reboot(void) {
    for (int i = 0; i < 3; i++)
        ib_sim_flash_power(&flash[i]);
    return boot();
}

/// Write a firmware of this name into the spare slot and describe it.
static struct ib_slots_entry fill_spare(const char *version) {
    struct ib_slots_entry entry = {.used = true, .size_bytes = 5000};
    struct random random = {(uint64_t)version[0] * 31 + (uint64_t)version[strlen(version) - 1]};
    uint8_t image[5000];
    struct ib_sha256 sha;
    const struct ib_storage *spare = &storage[ib_slots_spare(&slots)];
    random_bytes(&random, image, sizeof image);
    assert_int_equal(ib_storage_erase(spare, 0, SLOT_BYTES), IB_OK);
    assert_int_equal(ib_storage_write(spare, 0, image, sizeof image), IB_OK);
    assert_int_equal(ib_storage_sync(spare), IB_OK);
    ib_sha256_init(&sha);
    ib_sha256_feed(&sha, image, sizeof image);
    ib_sha256_finish(&sha, entry.digest);
    strcpy(entry.version, version);
    return entry;
}

/// An update up to the restart.
static void update(const char *version) {
    assert_int_equal(ib_slots_open(&slots), IB_OK);
    struct ib_slots_entry entry = fill_spare(version);
    assert_int_equal(ib_slots_switch(&slots, &entry), IB_OK);
}

static const char *version(void) {
    return slots.running == IB_SLOTS_FACTORY ? "factory" : slots.entry[slots.running].version;
}

static void test_new_device_runs_the_factory_firmware(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    assert_int_equal(slots.running, IB_SLOTS_FACTORY);
    assert_int_equal(ib_slots_spare(&slots), 0);
    assert_false(slots.probation || slots.rolled_back || slots.damaged);
    assert_int_equal(flash[2].operations, 0); // nothing to be written down
    assert_int_equal(ib_slots_prove(&slots), IB_E_NOT_READY);
    assert_int_equal(ib_slots_reject(&slots), IB_E_NOT_READY);
}

static void test_updates_alternate_between_the_slots(void **state) {
    (void)state;
    static const char *const versions[] = {"1.0", "2.0", "3.0", "4.0"};
    assert_int_equal(boot(), IB_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ib_slots_spare(&slots), i % 2);
        int before = slots.running;
        update(versions[i]);
        assert_int_equal(slots.running, before); // until the restart
        assert_int_equal(reboot(), IB_OK);
        assert_string_equal(version(), versions[i]);
        assert_int_equal(slots.running, i % 2);
        assert_int_equal(slots.before, before);
        assert_true(slots.probation && !slots.rolled_back);
        assert_int_equal(ib_slots_prove(&slots), IB_OK);
        assert_false(slots.probation);
        uint32_t operations = flash[2].operations;
        assert_int_equal(reboot(), IB_OK);
        assert_string_equal(version(), versions[i]);
        assert_false(slots.probation);
        assert_int_equal(flash[2].operations, operations); // a plain start writes nothing
    }
}

static void test_second_start_on_probation_goes_back(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.probation);
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.rolled_back && !slots.probation);
    assert_string_equal(version(), "factory");
    assert_false(slots.entry[0].used);
    assert_int_equal(reboot(), IB_OK); // told once
    assert_false(slots.rolled_back);
    assert_string_equal(version(), "factory");

    update("2.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    update("3.0");
    assert_int_equal(reboot(), IB_OK);
    assert_string_equal(version(), "3.0");
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.rolled_back);
    assert_string_equal(version(), "2.0");
}

static void test_rejected_firmware_goes_back_at_the_restart(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_reject(&slots), IB_OK);
    assert_string_equal(version(), "1.0"); // still what runs
    // A frame that comes now is too late, and what to go back to stays.
    assert_int_equal(ib_slots_prove(&slots), IB_E_NOT_READY);
    assert_int_equal(ib_slots_open(&slots), IB_E_NOT_READY);
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.rolled_back);
    assert_string_equal(version(), "factory");
}

static void test_on_probation_the_old_one_is_not_touched(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    struct ib_slots_entry entry = slots.entry[0];
    assert_int_equal(ib_slots_open(&slots), IB_E_NOT_READY);
    assert_int_equal(ib_slots_switch(&slots, &entry), IB_E_NOT_READY);
    assert_true(slots.probation);
}

static void test_open_takes_a_switch_back(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_true(slots.switched);
    assert_int_equal(ib_slots_open(&slots), IB_OK);
    assert_false(slots.switched);
    assert_int_equal(reboot(), IB_OK);
    assert_string_equal(version(), "factory");
    assert_false(slots.rolled_back);
}

static void test_open_makes_the_spare_slot_void(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    update("2.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    assert_true(slots.entry[0].used); // the old one is kept until then
    assert_int_equal(slots.before, 0);
    assert_int_equal(ib_slots_open(&slots), IB_OK);
    for (int i = 0; i < 2; i++) {
        assert_false(slots.entry[0].used);
        assert_int_equal(slots.before, IB_SLOTS_FACTORY);
        assert_int_equal(reboot(), IB_OK);
        assert_string_equal(version(), "2.0");
    }
}

static void test_a_switch_that_cannot_be_written_changes_nothing(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    assert_int_equal(ib_slots_open(&slots), IB_OK);
    struct ib_slots_entry entry = fill_spare("1.0");
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_WRITES_FAIL);
    assert_true(ib_slots_switch(&slots, &entry) < 0);
    assert_false(slots.switched || slots.entry[0].used);
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_WELL);
    assert_int_equal(reboot(), IB_OK);
    assert_string_equal(version(), "factory");
}

static void test_switch_refuses_impossible_sizes(void **state) {
    (void)state;
    struct ib_slots_entry entry = {.used = true, .version = "1.0"};
    assert_int_equal(boot(), IB_OK);
    assert_int_equal(ib_slots_switch(&slots, &entry), IB_E_RANGE);
    entry.size_bytes = SLOT_BYTES + 1;
    assert_int_equal(ib_slots_switch(&slots, &entry), IB_E_RANGE);
    assert_int_equal(flash[2].operations, 0);
}

/// One bit of a slot changes while nobody looks.
static void spoil(int slot) {
    content[slot][0][1234] ^= 0x10;
    content[slot][1][1234] ^= 0x10;
}

static void test_damaged_firmware_does_not_run(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    update("2.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    spoil(1);
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.damaged && !slots.rolled_back);
    assert_string_equal(version(), "1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_false(slots.damaged);
    assert_string_equal(version(), "1.0");
    spoil(0);
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.damaged);
    assert_string_equal(version(), "factory");
    update("3.0"); // the way back
    assert_int_equal(reboot(), IB_OK);
    assert_string_equal(version(), "3.0");
}

static void test_damaged_between_switch_and_restart(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    spoil(0);
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.damaged && !slots.probation);
    assert_string_equal(version(), "factory");
}

static void test_old_firmware_damaged_too(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    update("2.0");
    assert_int_equal(reboot(), IB_OK);
    spoil(0); // what the roll-back goes to
    assert_int_equal(reboot(), IB_OK);
    assert_true(slots.rolled_back);
    assert_string_equal(version(), "factory");
}

/// docs/update.md lists these bytes: a record written today has to be read by later firmware.
static void test_record_bytes(void **state) {
    (void)state;
    struct ib_durable record;
    uint8_t bytes[256];
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    struct ib_slots_entry first = slots.entry[0];
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    update("2.0-beta");
    assert_int_equal(ib_durable_init(&record, &storage[2], 0x54424249), IB_OK);
    assert_int_equal(ib_durable_load(&record, bytes, sizeof bytes), 148);
    static const uint8_t head[4] = {1, 1, 0, 1};
    assert_memory_equal(bytes, head, 4);
    static const uint8_t used[4] = {1, 0, 0, 0};
    assert_memory_equal(bytes + 4, used, 4);
    assert_int_equal(ib_get_le32(bytes + 8), 5000);
    assert_memory_equal(bytes + 12, "1.0\0\0\0\0", 8);
    assert_memory_equal(bytes + 44, first.digest, 32);
    assert_memory_equal(bytes + 76, used, 4);
    assert_memory_equal(bytes + 84, "2.0-beta\0", 9);
    assert_memory_equal(bytes + 116, slots.entry[1].digest, 32);
    assert_int_equal(reboot(), IB_OK);
    assert_true(ib_durable_load(&record, bytes, sizeof bytes) == 148 && bytes[3] == 2);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    assert_true(ib_durable_load(&record, bytes, sizeof bytes) == 148 && bytes[3] == 0);
}

static void test_records_that_are_not_ours(void **state) {
    (void)state;
    struct ib_durable record;
    uint8_t good[148], bytes[200];
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(ib_durable_init(&record, &storage[2], IB_SLOTS_MAGIC), IB_OK);
    assert_int_equal(ib_durable_load(&record, good, sizeof good), 148);
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {{0, 0}, {0, 2}, {1, 2}, {1, 0xFE}, {1, 0xFF},
                {2, 2}, {3, 3}, {4, 2}, {9, 0xFF}, {76, 0x80}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(bytes, good, sizeof good);
        bytes[rows[i].at] = rows[i].value;
        assert_int_equal(ib_durable_save(&record, bytes, sizeof good), IB_OK);
        if (reboot() != IB_E_FORMAT || slots.running != IB_SLOTS_FACTORY)
            fail_msg("byte %zu = %u was accepted", rows[i].at, rows[i].value);
    }
    memset(bytes, 0, sizeof bytes);
    static const size_t sizes[] = {0, 1, 147, 149, 200};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memcpy(bytes, good, sizeof good);
        assert_int_equal(ib_durable_save(&record, bytes, sizes[i]), IB_OK);
        assert_int_equal(reboot(), IB_E_FORMAT);
    }
    // Random ones: never a slot that is not there, and an update is possible afterwards.
    struct random random = {5};
    for (int i = 0; i < 500; i++) {
        random_bytes(&random, bytes, sizeof bytes);
        memcpy(bytes, good, random_below(&random, 20));
        assert_int_equal(ib_durable_save(&record, bytes, 148), IB_OK);
        (void)reboot();
        assert_string_equal(version(), "factory");
    }
    update("2.0");
    assert_int_equal(reboot(), IB_OK);
    assert_string_equal(version(), "2.0");
}

static void test_dead_record(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_DEAD);
    assert_int_equal(boot(), IB_E_IO);
    assert_string_equal(version(), "factory");
    assert_true(ib_slots_open(&slots) < 0);
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_WELL);
    assert_int_equal(boot(), IB_OK);
    assert_string_equal(version(), "1.0");
}

static void test_a_slot_that_cannot_be_read_today(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    ib_sim_flash_fault(&flash[0], IB_SIM_FLASH_DEAD);
    assert_int_equal(boot(), IB_E_IO);
    assert_string_equal(version(), "factory");
    ib_sim_flash_fault(&flash[0], IB_SIM_FLASH_WELL);
    assert_int_equal(boot(), IB_OK);
    assert_string_equal(version(), "1.0");
    // The same when it is what a roll-back goes to.
    update("2.0");
    assert_int_equal(reboot(), IB_OK);
    ib_sim_flash_fault(&flash[0], IB_SIM_FLASH_DEAD);
    assert_int_equal(boot(), IB_E_IO);
    assert_string_equal(version(), "factory");
    ib_sim_flash_fault(&flash[0], IB_SIM_FLASH_WELL);
    assert_int_equal(boot(), IB_OK);
    assert_string_equal(version(), "1.0");
}

static void test_a_try_that_cannot_be_noted_is_not_made(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_WRITES_FAIL);
    assert_int_equal(boot(), IB_E_IO);
    assert_string_equal(version(), "factory");
    assert_false(slots.probation);
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_WELL);
    assert_int_equal(boot(), IB_OK);
    assert_string_equal(version(), "1.0");
    assert_true(slots.probation);
}

static void test_a_proof_that_cannot_be_noted(void **state) {
    (void)state;
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_WRITES_FAIL);
    assert_true(ib_slots_prove(&slots) < 0);
    assert_true(slots.probation);
    ib_sim_flash_fault(&flash[2], IB_SIM_FLASH_WELL);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    assert_false(slots.probation);
    assert_int_equal(reboot(), IB_OK);
    assert_string_equal(version(), "1.0");
    assert_false(slots.rolled_back);
}

static void test_missing_storages(void **state) {
    (void)state;
    struct ib_storage small = storage[2];
    small.size_bytes = small.sector_bytes;
    assert_int_equal(ib_slots_boot(&slots, NULL, &storage[1], &storage[2]), IB_E_INVAL);
    assert_int_equal(ib_slots_boot(&slots, &storage[0], NULL, &storage[2]), IB_E_INVAL);
    assert_int_equal(ib_slots_boot(&slots, &storage[0], &storage[1], NULL), IB_E_INVAL);
    assert_int_equal(ib_slots_boot(&slots, &storage[0], &storage[1], &small), IB_E_INVAL);
    assert_int_equal(slots.running, IB_SLOTS_FACTORY);
}

// ---- The power goes ----

enum moment { OPEN, SWITCH, BOOT, PROVE, REJECT, ROLL_BACK, MOMENTS };

static const char *const moment_names[MOMENTS] = {"open",  "switch", "boot",
                                                  "prove", "reject", "roll back"};

/// "1.0" runs, proven; "2.0" is on its way, up to just before `moment`.
static void come_to(enum moment moment, struct ib_slots_entry *entry) {
    assert_int_equal(boot(), IB_OK);
    update("1.0");
    assert_int_equal(reboot(), IB_OK);
    assert_int_equal(ib_slots_prove(&slots), IB_OK);
    if (moment == OPEN)
        return;
    assert_int_equal(ib_slots_open(&slots), IB_OK);
    *entry = fill_spare("2.0");
    if (moment == SWITCH)
        return;
    assert_int_equal(ib_slots_switch(&slots, entry), IB_OK);
    if (moment > BOOT)
        assert_int_equal(reboot(), IB_OK);
}

static int act(enum moment moment, const struct ib_slots_entry *entry) {
    switch (moment) {
    case OPEN:
        return ib_slots_open(&slots);
    case SWITCH:
        return ib_slots_switch(&slots, entry);
    case PROVE:
        return ib_slots_prove(&slots);
    case REJECT:
        return ib_slots_reject(&slots);
    case BOOT:
    case ROLL_BACK:
    case MOMENTS:
        break;
    }
    return boot();
}

/// Return: whether the power went.
static bool cut_at(enum moment moment, uint32_t seed, uint64_t k) {
    struct ib_slots_entry entry;
    begin(seed);
    come_to(moment, &entry);
    ib_sim_flash_cut(&flash[2], k);
    int status = act(moment, &entry);
    bool went = flash[2].off;
    ib_sim_flash_cut(&flash[2], UINT64_MAX);
    int after = reboot();
    const char *runs = version();
    bool old = strcmp(runs, "1.0") == 0 && !slots.probation;
    bool newer = strcmp(runs, "2.0") == 0;
    bool good = after == IB_OK && went == (status < 0);
    switch (moment) {
    case OPEN:
    case ROLL_BACK:
        good = good && old;
        break;
    case SWITCH:
        good = good && (went ? old || (newer && slots.probation) : newer && slots.probation);
        break;
    case BOOT: // on probation before or after the cut, never twice
        good = good && (went ? (newer && slots.probation) || (old && slots.rolled_back)
                             : old && slots.rolled_back);
        break;
    case PROVE:
        good = good && (went ? (newer && !slots.probation) || (old && slots.rolled_back)
                             : newer && !slots.probation);
        break;
    case REJECT:
    case MOMENTS:
        good = good && old && slots.rolled_back;
        break;
    }
    if (!good)
        fail_msg("%s, seed %u, cut at operation %llu: %d, then %d, runs %s, probation %d",
                 moment_names[moment], seed, (unsigned long long)k, status, after, runs,
                 slots.probation);
    // And life goes on.
    if (slots.probation)
        assert_int_equal(ib_slots_prove(&slots), IB_OK);
    update("3.0");
    assert_int_equal(reboot(), IB_OK);
    assert_string_equal(version(), "3.0");
    return went;
}

static void test_power_cut_at_every_operation(void **state) {
    (void)state;
    for (int moment = OPEN; moment < MOMENTS; moment++) {
        for (uint32_t seed = 1; seed <= 40; seed++) {
            uint64_t k = 0;
            while (cut_at((enum moment)moment, seed, k))
                k++;
            // Every one of them but the reject writes.
            assert_true(moment == REJECT ? k == 0 : k >= 3);
        }
    }
}

#define SLOTS_TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        SLOTS_TEST(test_new_device_runs_the_factory_firmware),
        SLOTS_TEST(test_updates_alternate_between_the_slots),
        SLOTS_TEST(test_second_start_on_probation_goes_back),
        SLOTS_TEST(test_rejected_firmware_goes_back_at_the_restart),
        SLOTS_TEST(test_on_probation_the_old_one_is_not_touched),
        SLOTS_TEST(test_open_takes_a_switch_back),
        SLOTS_TEST(test_open_makes_the_spare_slot_void),
        SLOTS_TEST(test_a_switch_that_cannot_be_written_changes_nothing),
        SLOTS_TEST(test_switch_refuses_impossible_sizes),
        SLOTS_TEST(test_damaged_firmware_does_not_run),
        SLOTS_TEST(test_damaged_between_switch_and_restart),
        SLOTS_TEST(test_old_firmware_damaged_too),
        SLOTS_TEST(test_record_bytes),
        SLOTS_TEST(test_records_that_are_not_ours),
        SLOTS_TEST(test_dead_record),
        SLOTS_TEST(test_a_slot_that_cannot_be_read_today),
        SLOTS_TEST(test_a_try_that_cannot_be_noted_is_not_made),
        SLOTS_TEST(test_a_proof_that_cannot_be_noted),
        SLOTS_TEST(test_missing_storages),
        SLOTS_TEST(test_power_cut_at_every_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
