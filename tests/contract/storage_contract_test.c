/// Every `ib_storage`: the same calls give the same answers and the same bytes, whatever is behind it.
///
/// Only what bus/storage.h promises to all: a place is erased before it is written, and what was never
/// erased is not looked at.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/status.h"
#include "ports/linux/storage_region.h"
#include "sim/flash.h"
#include "tests/core/support_random.h"

#define SECTOR 4096u
#define SECTORS 6u
#define REGION (SECTORS * SECTOR)
#define SEEDS 20u

/// One kind of storage: how the test gets it, and how it is switched off and on again when all is
/// synced.
struct backend {
    const char *name;
    void (*begin)(void);
    void (*again)(void);
    void (*end)(void);
};

static const struct ib_storage *storage;

// ---- the simulated flash ----

static struct ib_sim_flash flash;
static struct ib_storage flash_storage;
static uint8_t flash_bytes[2][REGION];

static void flash_begin(void) {
    ib_sim_flash_init(&flash, flash_bytes[0], flash_bytes[1], REGION, 7);
    flash_storage = ib_sim_flash_storage(&flash);
    storage = &flash_storage;
}

static void flash_again(void) {
    ib_sim_flash_power(&flash);
}

static void flash_end(void) {
    assert_int_equal(flash.overwrites, 0); // the test itself kept to the rules
}

// ---- a file on Linux ----

static struct ib_storage_region region;
static char directory[128];

static void region_open(void) {
    char problem[256] = "";
    if (ib_storage_region_open(&region, directory, "region.bin", REGION, problem, sizeof problem) !=
        0)
        fail_msg("%s", problem);
    storage = &region.storage;
}

static void region_begin(void) {
    const char *base = getenv("TMPDIR");
    (void)snprintf(directory, sizeof directory, "%s/ib-contract-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(directory));
    region_open();
}

static void region_again(void) {
    ib_storage_region_close(&region);
    region_open();
}

static void region_end(void) {
    char path[160];
    ib_storage_region_close(&region);
    (void)snprintf(path, sizeof path, "%s/region.bin", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static const struct backend FLASH = {"sim flash", flash_begin, flash_again, flash_end};
static const struct backend FILE_REGION = {"file", region_begin, region_again, region_end};

static int set_up(void **state) {
    ((const struct backend *)*state)->begin();
    return 0;
}

static int tear_down(void **state) {
    ((const struct backend *)*state)->end();
    return 0;
}

// ---- what all of them do ----

static void its_shape(void **state) {
    (void)state;
    assert_int_equal(storage->size_bytes, REGION);
    assert_int_equal(storage->sector_bytes, SECTOR);
}

static void erased_is_ff(void **state) {
    (void)state;
    uint8_t bytes[SECTOR];
    for (uint32_t sector = 0; sector < SECTORS; sector++) {
        assert_int_equal(ib_storage_erase(storage, sector * SECTOR, SECTOR), IB_OK);
        assert_int_equal(ib_storage_read(storage, sector * SECTOR, bytes, SECTOR), IB_OK);
        for (uint32_t i = 0; i < SECTOR; i++)
            assert_int_equal(bytes[i], 0xFF);
    }
}

static void outside_is_refused(void **state) {
    (void)state;
    static uint8_t bytes[REGION + SECTOR], before[REGION], after[REGION];
    static const struct {
        uint32_t offset;
        size_t size;
    } rows[] = {{REGION, 1},
                {REGION - 1, 2},
                {0, REGION + 1},
                {0, REGION + SECTOR},
                {SECTOR, REGION},
                {REGION + SECTOR, 0},
                {UINT32_MAX, 1},
                {UINT32_MAX - SECTOR + 1, SECTOR},
                {SECTOR, (size_t)UINT32_MAX - SECTOR + 1},
                {1, SIZE_MAX}};
    assert_int_equal(ib_storage_erase(storage, 0, REGION), IB_OK);
    assert_int_equal(ib_storage_read(storage, 0, before, REGION), IB_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t offset = rows[i].offset;
        assert_int_equal(ib_storage_read(storage, offset, bytes, rows[i].size), IB_E_RANGE);
        assert_int_equal(ib_storage_write(storage, offset, bytes, rows[i].size), IB_E_RANGE);
        if (rows[i].size <= UINT32_MAX)
            assert_int_equal(ib_storage_erase(storage, offset, (uint32_t)rows[i].size), IB_E_RANGE);
    }
    static const uint32_t crooked[][2] = {{1, SECTOR},     {SECTOR - 1, SECTOR}, {0, 1},
                                          {0, SECTOR + 1}, {SECTOR, SECTOR / 2}, {1, 0}};
    for (size_t i = 0; i < sizeof crooked / sizeof crooked[0]; i++)
        assert_int_equal(ib_storage_erase(storage, crooked[i][0], crooked[i][1]), IB_E_RANGE);
    assert_int_equal(ib_storage_read(storage, 0, after, REGION), IB_OK);
    assert_memory_equal(after, before, REGION);
}

static void nothing_is_allowed_everywhere(void **state) {
    (void)state;
    uint8_t byte = 0;
    for (uint32_t offset = 0; offset <= REGION; offset += SECTOR) {
        assert_int_equal(ib_storage_read(storage, offset, &byte, 0), IB_OK);
        assert_int_equal(ib_storage_write(storage, offset, &byte, 0), IB_OK);
        assert_int_equal(ib_storage_erase(storage, offset, 0), IB_OK);
    }
    assert_int_equal(ib_storage_sync(storage), IB_OK);
    assert_int_equal(ib_storage_sync(storage), IB_OK);
}

/// Random erases and writes against a copy in memory; after a sync and a new start all is there.
static void what_is_written_is_read(void **state) {
    const struct backend *backend = *state;
    static uint8_t model[REGION], bytes[REGION];
    assert_int_equal(ib_storage_erase(storage, 0, REGION), IB_OK);
    memset(model, 0xFF, sizeof model);
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct random random = {seed};
        for (unsigned i = 0; i < 30; i++) {
            // From anywhere to anywhere, over the sectors' borders; erased first.
            uint32_t offset = random_below(&random, REGION);
            uint32_t size = random_below(&random, 2) ? random_below(&random, 40)
                                                     : random_below(&random, 3 * SECTOR);
            size = size > REGION - offset ? REGION - offset : size;
            uint32_t first = offset / SECTOR * SECTOR;
            uint32_t end = (offset + size + SECTOR - 1) / SECTOR * SECTOR;
            assert_int_equal(ib_storage_erase(storage, first, end - first), IB_OK);
            memset(model + first, 0xFF, end - first);
            random_bytes(&random, bytes, size);
            assert_int_equal(ib_storage_write(storage, offset, bytes, size), IB_OK);
            memcpy(model + offset, bytes, size);
            uint32_t at = random_below(&random, REGION - 64);
            assert_int_equal(ib_storage_read(storage, at, bytes, 64), IB_OK);
            if (memcmp(bytes, model + at, 64) != 0)
                fail_msg("%s, seed %u, step %u: other bytes at %u", backend->name, seed, i, at);
        }
        assert_int_equal(ib_storage_sync(storage), IB_OK);
        backend->again();
        assert_int_equal(ib_storage_read(storage, 0, bytes, REGION), IB_OK);
        if (memcmp(bytes, model, REGION) != 0)
            fail_msg("%s, seed %u: synced bytes have changed", backend->name, seed);
    }
}

/// Bits may be cleared in steps, as records with a flag do.
static void bits_are_cleared_in_steps(void **state) {
    (void)state;
    static const uint8_t steps[] = {0xFF, 0x7F, 0x3F, 0x0C, 0x00, 0x00};
    uint8_t byte;
    assert_int_equal(ib_storage_erase(storage, SECTOR, SECTOR), IB_OK);
    for (size_t i = 0; i < sizeof steps; i++) {
        assert_int_equal(ib_storage_write(storage, SECTOR + 5, &steps[i], 1), IB_OK);
        assert_int_equal(ib_storage_read(storage, SECTOR + 5, &byte, 1), IB_OK);
        assert_int_equal(byte, steps[i]);
    }
    assert_int_equal(ib_storage_read(storage, SECTOR + 6, &byte, 1), IB_OK);
    assert_int_equal(byte, 0xFF);
}

#define WITH(test, backend)                                                                        \
    { #test " (" #backend ")", (test), set_up, tear_down, (void *)(uintptr_t) & (backend) }
#define WITH_ALL(test) WITH(test, FLASH), WITH(test, FILE_REGION)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_ALL(its_shape),
        WITH_ALL(erased_is_ff),
        WITH_ALL(outside_is_refused),
        WITH_ALL(nothing_is_allowed_everywhere),
        WITH_ALL(what_is_written_is_read),
        WITH_ALL(bits_are_cleared_in_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
