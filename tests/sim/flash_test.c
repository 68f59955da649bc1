/// The simulated flash raw: NOR bits through the bus table, power cuts and faults through the back door.
///
/// Which dice fall is not tested; that only allowed outcomes fall, and that each kind of them falls, is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "sim/flash.h"
#include "tests/core/support_random.h"

#define SECTOR IB_SIM_FLASH_SECTOR_BYTES
#define SECTORS 4u
#define REGION (SECTORS * SECTOR)
#define SEEDS 200u

static uint8_t durable[REGION], pending[REGION];
static uint8_t seen[REGION], data[REGION];
static struct ib_sim_flash flash;
static struct ib_storage storage;

static void begin(uint32_t seed) {
    ib_sim_flash_init(&flash, durable, pending, REGION, seed);
    storage = ib_sim_flash_storage(&flash);
}

static void look(void) {
    assert_int_equal(ib_storage_read(&storage, 0, seen, REGION), IB_OK);
}

static void write_ok(uint32_t offset, const void *bytes, size_t size) {
    assert_int_equal(ib_storage_write(&storage, offset, bytes, size), IB_OK);
}

static void assert_all(const uint8_t *bytes, size_t size, uint8_t expected) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != expected)
            fail_msg("byte %zu is 0x%02X, not 0x%02X", i, bytes[i], expected);
}

/// Fill the region with `byte`, durably.
static void fill_with(uint8_t byte) {
    assert_int_equal(ib_storage_erase(&storage, 0, REGION), IB_OK);
    memset(data, byte, REGION);
    write_ok(0, data, REGION);
    assert_int_equal(ib_storage_sync(&storage), IB_OK);
}

static void erased_at_first(void **state) {
    (void)state;
    memset(durable, 0x55, sizeof durable);
    memset(pending, 0xAA, sizeof pending);
    begin(1);
    assert_int_equal(storage.size_bytes, REGION);
    assert_int_equal(storage.sector_bytes, 4096);
    look();
    assert_all(seen, REGION, 0xFF);
    ib_sim_flash_power(&flash); // nothing of what was there before comes back
    look();
    assert_all(seen, REGION, 0xFF);
    assert_int_equal(flash.operations, 0);
}

static void a_write_only_clears(void **state) {
    (void)state;
    const uint8_t first[] = {0xF0, 0x3C, 0x00, 0xFF};
    const uint8_t second[] = {0x30, 0x0C, 0x00, 0xFF};
    const uint8_t third[] = {0xFF, 0xF0, 0x01, 0x7F};
    begin(1);
    write_ok(SECTOR - 2, first, 4);
    assert_int_equal(flash.overwrites, 0);
    write_ok(SECTOR - 2, second, 4); // clears more: allowed
    assert_int_equal(flash.overwrites, 0);
    write_ok(SECTOR - 2, third, 4); // wants bits back
    assert_int_equal(flash.overwrites, 1);
    look();
    const uint8_t expected[] = {0x30, 0x00, 0x00, 0x7F};
    assert_memory_equal(seen + SECTOR - 2, expected, 4);
    assert_all(seen, SECTOR - 2, 0xFF);
    assert_all(seen + SECTOR + 2, REGION - SECTOR - 2, 0xFF);
    assert_int_equal(flash.writes, 3);
    assert_int_equal(flash.operations, 3);
}

static void an_erase_sets_its_sectors(void **state) {
    (void)state;
    begin(1);
    fill_with(0x5A);
    assert_int_equal(ib_storage_erase(&storage, SECTOR, 2 * SECTOR), IB_OK);
    look();
    assert_all(seen, SECTOR, 0x5A);
    assert_all(seen + SECTOR, 2 * SECTOR, 0xFF);
    assert_all(seen + 3 * SECTOR, SECTOR, 0x5A);
    assert_int_equal(flash.erases, 2);
    assert_int_equal(flash.syncs, 1);
    assert_int_equal(flash.overwrites, 0);
}

static void outside_is_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t offset;
        size_t size;
        bool ok, erase_ok;
    } rows[] = {
        {0, REGION, true, true},
        {REGION, 0, true, true},
        {REGION - 1, 1, true, false},
        {REGION, 1, false, false},
        {REGION - 1, 2, false, false},
        {0, REGION + 1, false, false},
        {0, REGION + SECTOR, false, false},
        {REGION + SECTOR, 0, false, false},
        {SECTOR, UINT32_MAX - SECTOR + 1, false, false},
        {UINT32_MAX, 1, false, false},
        {UINT32_MAX - SECTOR + 1, SECTOR, false, false},
        {1, SECTOR, true, false},
        {SECTOR, SECTOR - 1, true, false},
        {SECTOR, SIZE_MAX, false, false},
    };
    static uint8_t wide[REGION + SECTOR];
    begin(1);
    memset(data, 0, REGION);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t before = flash.operations;
        int expected = rows[i].ok ? IB_OK : IB_E_RANGE;
        assert_int_equal(ib_storage_read(&storage, rows[i].offset, wide, rows[i].size), expected);
        assert_int_equal(ib_storage_write(&storage, rows[i].offset, data, rows[i].size), expected);
        if (rows[i].size <= UINT32_MAX)
            assert_int_equal(ib_storage_erase(&storage, rows[i].offset, (uint32_t)rows[i].size),
                             rows[i].erase_ok ? IB_OK : IB_E_RANGE);
        assert_int_equal(flash.operations - before, rows[i].ok + rows[i].erase_ok);
    }
}

static void what_is_synced_stays(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed + 1};
        begin(seed);
        random_bytes(&random, data, REGION);
        write_ok(0, data, REGION);
        assert_int_equal(ib_storage_sync(&storage), IB_OK);
        const uint8_t zeros[64] = {0};
        assert_int_equal(ib_storage_erase(&storage, 2 * SECTOR, SECTOR), IB_OK);
        write_ok(100, zeros, sizeof zeros);
        ib_sim_flash_power(&flash);
        look();
        bool good = memcmp(seen, data, 100) == 0 &&
                    memcmp(seen + 164, data + 164, 2 * SECTOR - 164) == 0 &&
                    memcmp(seen + 3 * SECTOR, data + 3 * SECTOR, SECTOR) == 0;
        if (!good)
            fail_msg("seed %u: a synced byte has changed", seed);
        // What was decided once stays so.
        memcpy(data, seen, REGION);
        ib_sim_flash_power(&flash);
        look();
        assert_memory_equal(seen, data, REGION);
    }
}

/// Each byte old or new; all old, all new and mixtures have been seen.
static void an_unsynced_write(void **state) {
    (void)state;
    unsigned all_old = 0, all_new = 0, mixed = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        fill_with(0x7E);
        memset(data, 0x42, 100);
        write_ok(50, data, 100);
        ib_sim_flash_power(&flash);
        look();
        unsigned news = 0;
        for (unsigned i = 50; i < 150; i++) {
            if (seen[i] != 0x7E && seen[i] != 0x42)
                fail_msg("seed %u: byte %u is 0x%02X", seed, i, seen[i]);
            news += seen[i] == 0x42;
        }
        all_old += news == 0;
        all_new += news == 100;
        mixed += news > 0 && news < 100;
    }
    assert_true(all_old > SEEDS / 20);
    assert_true(all_new > SEEDS / 20);
    assert_true(mixed > SEEDS / 2);
}

/// Erased and written again with the same bytes: unsafe all the same.
static void an_unsynced_rewrite(void **state) {
    (void)state;
    unsigned whole = 0, blank = 0, other = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        fill_with(0x7E);
        assert_int_equal(ib_storage_erase(&storage, 0, SECTOR), IB_OK);
        memset(data, 0x7E, SECTOR);
        write_ok(0, data, SECTOR);
        ib_sim_flash_power(&flash);
        look();
        unsigned kept = 0;
        for (unsigned i = 0; i < SECTOR; i++) {
            kept += seen[i] == 0x7E;
            blank += seen[i] == 0xFF;
            other += seen[i] != 0xFF && seen[i] != 0x7E;
        }
        whole += kept == SECTOR;
        assert_all(seen + SECTOR, REGION - SECTOR, 0x7E);
    }
    assert_in_range(whole, SEEDS / 20, SEEDS / 2); // nothing or everything had got there
    assert_true(blank > SEEDS);
    assert_true(other > SEEDS);
}

static void an_unsynced_erase(void **state) {
    (void)state;
    unsigned all_old = 0, all_new = 0, others = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        fill_with(0x7E);
        assert_int_equal(ib_storage_erase(&storage, SECTOR, SECTOR), IB_OK);
        ib_sim_flash_power(&flash);
        look();
        unsigned news = 0, olds = 0;
        for (unsigned i = SECTOR; i < 2 * SECTOR; i++) {
            news += seen[i] == 0xFF;
            olds += seen[i] == 0x7E;
        }
        all_old += olds == SECTOR;
        all_new += news == SECTOR;
        others += news + olds != SECTOR;
    }
    assert_true(all_old > SEEDS / 20);
    assert_true(all_new > SEEDS / 20);
    assert_true(others > SEEDS / 2);
}

static void off_until_power(void) {
    uint8_t byte = 0;
    assert_true(flash.off);
    assert_int_equal(ib_storage_read(&storage, 0, &byte, 1), IB_E_IO);
    assert_int_equal(ib_storage_write(&storage, 0, &byte, 1), IB_E_IO);
    assert_int_equal(ib_storage_erase(&storage, 0, SECTOR), IB_E_IO);
    assert_int_equal(ib_storage_sync(&storage), IB_E_IO);
    assert_int_equal(ib_storage_read(&storage, REGION, &byte, 1), IB_E_RANGE);
}

/// The operation in which the power goes: a prefix has got there, one byte is torn, the rest is old.
static void a_half_done_write(void **state) {
    (void)state;
    unsigned longest = 0, torn = 0, nothing = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        memset(data, 0x0F, 64);
        ib_sim_flash_cut(&flash, 0);
        assert_int_equal(ib_storage_write(&storage, 10, data, 64), IB_E_IO);
        off_until_power();
        ib_sim_flash_power(&flash);
        look();
        unsigned reached = 0;
        for (unsigned i = 0; i < 64; i++) {
            if ((seen[10 + i] & 0x0F) != 0x0F)
                fail_msg("seed %u: byte %u lost bits that nobody cleared: 0x%02X", seed, i,
                         seen[10 + i]);
            if (seen[10 + i] != 0xFF)
                reached = i + 1;
            torn += seen[10 + i] != 0xFF && seen[10 + i] != 0x0F;
            if (seen[10 + i] != 0xFF && seen[10 + i] != 0x0F)
                assert_all(seen + 10 + i + 1, 63 - i, 0xFF); // behind the torn byte is nothing
        }
        longest = reached > longest ? reached : longest;
        nothing += reached == 0;
        assert_all(seen, 10, 0xFF);
        assert_all(seen + 74, REGION - 74, 0xFF);
        assert_int_equal(flash.writes, 0);
        assert_int_equal(flash.operations, 0);
        assert_int_equal(flash.overwrites, 0);
    }
    assert_true(longest > 48);
    assert_true(torn > SEEDS / 10);
    assert_true(nothing > SEEDS / 20);
}

static void a_half_done_erase(void **state) {
    (void)state;
    unsigned second_touched = 0, second_whole = 0, half_bits = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        fill_with(0x00);
        ib_sim_flash_cut(&flash, 0);
        assert_int_equal(ib_storage_erase(&storage, SECTOR, 2 * SECTOR), IB_E_IO);
        off_until_power();
        ib_sim_flash_power(&flash);
        look();
        assert_all(seen, SECTOR, 0x00);
        assert_all(seen + 3 * SECTOR, SECTOR, 0x00);
        unsigned touched = 0, blank = 0;
        for (unsigned i = 2 * SECTOR; i < 3 * SECTOR; i++) {
            touched += seen[i] != 0;
            blank += seen[i] == 0xFF;
        }
        for (unsigned i = SECTOR; i < 2 * SECTOR; i++)
            half_bits += seen[i] != 0 && seen[i] != 0xFF;
        second_touched += touched != 0;
        second_whole += blank == SECTOR;
    }
    assert_in_range(second_touched, SEEDS / 10, SEEDS * 9 / 10);
    assert_int_equal(second_whole, 0); // the sector in which the power went is never finished
    assert_true(half_bits > SEEDS);
}

/// Nothing is promised by a sync in which the power goes.
static void a_half_done_sync(void **state) {
    (void)state;
    unsigned all_old = 0, all_new = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        memset(data, 0, 64);
        write_ok(0, data, 64);
        ib_sim_flash_cut(&flash, 0);
        assert_int_equal(ib_storage_sync(&storage), IB_E_IO);
        off_until_power();
        ib_sim_flash_power(&flash);
        look();
        unsigned news = 0;
        for (unsigned i = 0; i < 64; i++)
            news += seen[i] == 0;
        all_old += news == 0;
        all_new += news == 64;
        assert_int_equal(flash.syncs, 0);
    }
    assert_true(all_old > SEEDS / 20 && all_old < SEEDS / 2);
    assert_true(all_new > SEEDS / 20 && all_new < SEEDS / 2);
}

static void the_cut_counts(void **state) {
    (void)state;
    const uint8_t byte = 0;
    for (unsigned k = 0; k < 6; k++) {
        begin(k);
        ib_sim_flash_cut(&flash, k);
        for (unsigned i = 0; i < 6; i++) {
            uint8_t back;
            int expected = i < k ? IB_OK : IB_E_IO;
            if (i <= k) // reading is not counted, and neither is a refused call
                assert_int_equal(ib_storage_read(&storage, 0, &back, 1), IB_OK);
            assert_int_equal(ib_storage_write(&storage, REGION, &byte, 1), IB_E_RANGE);
            int status = i % 3 == 0   ? ib_storage_erase(&storage, 0, SECTOR)
                         : i % 3 == 1 ? ib_storage_write(&storage, i, &byte, 1)
                                      : ib_storage_sync(&storage);
            if (status != expected)
                fail_msg("cut after %u: operation %u gives %d", k, i, status);
        }
        assert_int_equal(flash.operations, k);
        ib_sim_flash_power(&flash);
        for (unsigned i = 0; i < 20; i++) // and no further cut
            assert_int_equal(ib_storage_sync(&storage), IB_OK);
    }
    begin(1);
    ib_sim_flash_cut(&flash, 1);
    ib_sim_flash_cut(&flash, UINT64_MAX); // thought better of it
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(ib_storage_sync(&storage), IB_OK);
}

/// A run of many operations and cuts; leaves the content in `seen`.
static void run(uint32_t seed) {
    struct random random = {99};
    begin(seed);
    for (unsigned round = 0; round < 20; round++) {
        ib_sim_flash_cut(&flash, random_below(&random, 6));
        for (unsigned i = 0; i < 6; i++) {
            uint32_t at = random_below(&random, REGION - 300);
            random_bytes(&random, data, 300);
            (void)ib_storage_erase(&storage, at / SECTOR * SECTOR, SECTOR);
            (void)ib_storage_write(&storage, at, data, 300);
            if (i % 2)
                (void)ib_storage_sync(&storage);
        }
        ib_sim_flash_power(&flash);
    }
    look();
}

static void the_seed_decides(void **state) {
    (void)state;
    static uint8_t first[REGION];
    for (uint32_t seed = 0; seed < 10; seed++) {
        run(seed);
        memcpy(first, seen, REGION);
        run(seed);
        assert_memory_equal(seen, first, REGION);
        run(seed + 1);
        assert_memory_not_equal(seen, first, REGION);
    }
    run(0xFFFFFFFF);
}

static void a_dead_flash(void **state) {
    (void)state;
    uint8_t byte = 0;
    begin(1);
    fill_with(0x11);
    uint32_t before = flash.operations;
    ib_sim_flash_fault(&flash, IB_SIM_FLASH_DEAD);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ib_storage_read(&storage, 0, &byte, 1), IB_E_IO);
        assert_int_equal(ib_storage_write(&storage, 0, &byte, 1), IB_E_IO);
        assert_int_equal(ib_storage_erase(&storage, 0, SECTOR), IB_E_IO);
        assert_int_equal(ib_storage_sync(&storage), IB_E_IO);
        assert_int_equal(ib_storage_erase(&storage, 1, SECTOR), IB_E_RANGE);
        ib_sim_flash_power(&flash); // does not cure it
    }
    ib_sim_flash_fault(&flash, IB_SIM_FLASH_WELL);
    assert_int_equal(flash.operations, before);
    look();
    assert_all(seen, REGION, 0x11);
}

static void writes_that_fail(void **state) {
    (void)state;
    uint8_t byte = 0;
    begin(1);
    fill_with(0x11);
    uint32_t before = flash.operations;
    ib_sim_flash_fault(&flash, IB_SIM_FLASH_WRITES_FAIL);
    assert_int_equal(ib_storage_write(&storage, 0, &byte, 1), IB_E_IO);
    assert_int_equal(ib_storage_erase(&storage, 0, SECTOR), IB_E_IO);
    assert_int_equal(flash.operations, before);
    look();
    assert_all(seen, REGION, 0x11);
    ib_sim_flash_fault(&flash, IB_SIM_FLASH_WELL);
    write_ok(0, &byte, 1);
}

/// Every write that clears bits clears one too few, and sets none.
static void rotten_bits(void **state) {
    (void)state;
    unsigned where[8] = {0};
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed + 1};
        begin(seed);
        ib_sim_flash_fault(&flash, IB_SIM_FLASH_BIT_ROT);
        random_bytes(&random, data, 32);
        data[0] &= 0xFE; // at least one to clear
        write_ok(7, data, 32);
        look();
        unsigned wrong = 0;
        for (unsigned i = 0; i < 32; i++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                bool differs = (seen[7 + i] ^ data[i]) >> bit & 1;
                if (differs && !(seen[7 + i] >> bit & 1))
                    fail_msg("seed %u: byte %u bit %u was cleared", seed, i, bit);
                wrong += differs;
                where[bit] += differs;
            }
        }
        if (wrong != 1)
            fail_msg("seed %u: %u rotten bits", seed, wrong);
        // Written again, that bit is the only one to clear, and does not take again.
        write_ok(7, data, 32);
        memcpy(data, seen, REGION);
        look();
        assert_memory_equal(seen, data, REGION);
        assert_int_equal(flash.overwrites, 0);
        uint8_t same = seen[7];
        write_ok(7, &same, 1); // clears nothing: nothing to go wrong
    }
    for (unsigned bit = 0; bit < 8; bit++)
        assert_true(where[bit] > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erased_at_first),           cmocka_unit_test(a_write_only_clears),
        cmocka_unit_test(an_erase_sets_its_sectors), cmocka_unit_test(outside_is_refused),
        cmocka_unit_test(what_is_synced_stays),      cmocka_unit_test(an_unsynced_write),
        cmocka_unit_test(an_unsynced_rewrite),       cmocka_unit_test(an_unsynced_erase),
        cmocka_unit_test(a_half_done_write),         cmocka_unit_test(a_half_done_erase),
        cmocka_unit_test(a_half_done_sync),          cmocka_unit_test(the_cut_counts),
        cmocka_unit_test(the_seed_decides),          cmocka_unit_test(a_dead_flash),
        cmocka_unit_test(writes_that_fail),          cmocka_unit_test(rotten_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
