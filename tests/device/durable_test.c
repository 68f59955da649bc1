/// Durable records: power cuts at every storage operation, rotten bits, dead flash, forged copies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "core/status.h"
#include "device/durable.h"
#include "sim/flash.h"
#include "tests/core/support_random.h"

#define MAGIC 0x54534554u
#define REGION_BYTES (2 * IB_SIM_FLASH_SECTOR_BYTES)
#define SAVE_OPERATIONS 4 ///< erase, record, header, sync
#define SEEDS 40

struct rig {
    uint8_t bytes[REGION_BYTES], pending[REGION_BYTES];
    struct ib_sim_flash flash;
    struct ib_storage storage;
    struct ib_durable durable;
};

static void rig_init(struct rig *self, uint32_t seed) {
    ib_sim_flash_init(&self->flash, self->bytes, self->pending, REGION_BYTES, seed);
    self->storage = ib_sim_flash_storage(&self->flash);
    assert_int_equal(ib_durable_init(&self->durable, &self->storage, MAGIC), IB_OK);
}

/// The power comes back: nothing is known but what the flash holds.
static void rig_boot(struct rig *self) {
    ib_sim_flash_power(&self->flash);
    assert_int_equal(ib_durable_init(&self->durable, &self->storage, MAGIC), IB_OK);
}

/// Record `number`: its size and bytes follow from the number.
static size_t record(uint32_t number, uint8_t *out) {
    struct random random = {number + 1};
    size_t size = random_below(&random, IB_DURABLE_MOST_BYTES - 3) + 4;
    random_bytes(&random, out, size);
    ib_put_le32(out, number);
    return size;
}

static int save(struct rig *self, uint32_t number) {
    uint8_t bytes[IB_DURABLE_MOST_BYTES];
    size_t size = record(number, bytes);
    return ib_durable_save(&self->durable, bytes, size);
}

/// The number of the record that is there, -1 when there is none or it is not whole.
static int64_t loaded(struct rig *self) {
    uint8_t bytes[IB_DURABLE_MOST_BYTES], expected[IB_DURABLE_MOST_BYTES];
    int size = ib_durable_load(&self->durable, bytes, sizeof bytes);
    if (size < 4)
        return -1;
    uint32_t number = ib_get_le32(bytes);
    return record(number, expected) == (size_t)size && memcmp(bytes, expected, (size_t)size) == 0
               ? (int64_t)number
               : -1;
}

static void regions_too_small(void **state) {
    (void)state;
    struct rig rig;
    struct ib_storage storage;
    rig_init(&rig, 1);
    storage = rig.storage;
    assert_int_equal(ib_durable_init(&rig.durable, NULL, MAGIC), IB_E_INVAL);
    storage.size_bytes = IB_SIM_FLASH_SECTOR_BYTES;
    assert_int_equal(ib_durable_init(&rig.durable, &storage, MAGIC), IB_E_INVAL);
    storage.size_bytes = 2048;
    storage.sector_bytes = 1024; // no room for the largest record
    assert_int_equal(ib_durable_init(&rig.durable, &storage, MAGIC), IB_E_INVAL);
    storage.sector_bytes = 0;
    assert_int_equal(ib_durable_init(&rig.durable, &storage, MAGIC), IB_E_INVAL);
}

static void the_newest_is_loaded(void **state) {
    (void)state;
    struct rig rig;
    uint8_t small[4];
    rig_init(&rig, 1);
    assert_int_equal(ib_durable_load(&rig.durable, small, sizeof small), IB_E_NOT_FOUND);
    for (uint32_t n = 0; n < 9; n++) {
        assert_int_equal(save(&rig, n), IB_OK);
        assert_int_equal(rig.flash.operations, (n + 1) * SAVE_OPERATIONS);
        assert_int_equal(loaded(&rig), n);
        rig_boot(&rig);
        assert_int_equal(loaded(&rig), n);
    }
    assert_int_equal(rig.flash.overwrites, 0);
    assert_int_equal(ib_durable_load(&rig.durable, small, sizeof small), IB_E_NO_SPACE);
}

static void sizes(void **state) {
    (void)state;
    struct rig rig;
    static uint8_t bytes[IB_DURABLE_MOST_BYTES + 1], back[IB_DURABLE_MOST_BYTES];
    struct random random = {3};
    rig_init(&rig, 1);
    random_bytes(&random, bytes, sizeof bytes);
    assert_int_equal(ib_durable_save(&rig.durable, bytes, sizeof bytes), IB_E_NO_SPACE);
    assert_int_equal(rig.flash.operations, 0);
    const size_t good[] = {0, 1, 63, 64, 65, 1023, IB_DURABLE_MOST_BYTES};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(ib_durable_save(&rig.durable, bytes, good[i]), IB_OK);
        assert_int_equal(ib_durable_load(&rig.durable, back, sizeof back), (int)good[i]);
        assert_memory_equal(back, bytes, good[i]);
    }
}

/// Every operation of a save, many dice each: the old record or the new one, whole.
static void power_cut_at_every_operation(void **state) {
    (void)state;
    unsigned kept_old = 0, got_new = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        for (uint32_t saves = 0; saves < 4; saves++) {
            for (uint32_t k = 0; k <= SAVE_OPERATIONS; k++) {
                struct rig rig;
                rig_init(&rig, seed);
                for (uint32_t n = 0; n < saves; n++)
                    assert_int_equal(save(&rig, n), IB_OK);
                ib_sim_flash_cut(&rig.flash, k);
                int status = save(&rig, saves);
                if ((status == IB_OK) != (k == SAVE_OPERATIONS))
                    fail_msg("seed %u, %u saves, cut %u: %d", seed, saves, k, status);
                rig_boot(&rig);
                int64_t number = loaded(&rig);
                bool is_new = number == saves, is_old = number == (int64_t)saves - 1;
                if (!(is_new || (is_old && status != IB_OK)))
                    fail_msg("seed %u, %u saves, cut %u: %d", seed, saves, k, (int)number);
                got_new += is_new && status != IB_OK;
                kept_old += is_old;
                // … and it goes on from there.
                assert_int_equal(save(&rig, 100), IB_OK);
                rig_boot(&rig);
                assert_int_equal(loaded(&rig), 100);
                assert_int_equal(rig.flash.overwrites, 0);
            }
        }
    }
    assert_true(got_new > 0); // both outcomes have been seen
    assert_true(kept_old > got_new);
}

/// Cut upon cut, each from whatever the one before has left.
static void power_cut_after_power_cut(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct rig rig;
        struct random random = {seed};
        rig_init(&rig, seed);
        assert_int_equal(save(&rig, 0), IB_OK);
        int64_t now = 0;
        for (uint32_t n = 1; n < 200; n++) {
            ib_sim_flash_cut(&rig.flash, random_below(&random, SAVE_OPERATIONS + 1));
            int status = save(&rig, n);
            rig_boot(&rig);
            int64_t number = loaded(&rig);
            if (number != n && (number != now || status == IB_OK))
                fail_msg("seed %u, save %u: %d, was %d", seed, n, (int)number, (int)now);
            now = number;
        }
        assert_int_equal(rig.flash.overwrites, 0);
    }
}

static void a_rotten_copy_gives_way_to_the_other(void **state) {
    (void)state;
    struct random random = {17};
    for (int run = 0; run < 400; run++) {
        uint64_t seed = random.state;
        struct rig rig;
        uint8_t bytes[IB_DURABLE_MOST_BYTES];
        rig_init(&rig, 1);
        assert_int_equal(save(&rig, 6), IB_OK);
        assert_int_equal(save(&rig, 7), IB_OK);
        uint32_t first = rig.durable.newest * IB_SIM_FLASH_SECTOR_BYTES;
        uint32_t other = IB_SIM_FLASH_SECTOR_BYTES - first;
        uint32_t at = random_below(&random, 16 + (uint32_t)record(7, bytes));
        rig.pending[first + at] ^= (uint8_t)(1 << random_below(&random, 8));
        if (loaded(&rig) != 6)
            fail_msg("seed %llu, byte %u", (unsigned long long)seed, at);
        if (run % 2) {
            // The damaged one is the one that is replaced.
            assert_int_equal(save(&rig, 8), IB_OK);
            assert_int_equal(loaded(&rig), 8);
            rig.pending[first] ^= 1;
            assert_int_equal(loaded(&rig), 6);
            continue;
        }
        at = random_below(&random, 16 + (uint32_t)record(6, bytes));
        rig.pending[other + at] ^= (uint8_t)(1 << random_below(&random, 8));
        assert_int_equal(ib_durable_load(&rig.durable, bytes, sizeof bytes), IB_E_NOT_FOUND);
        assert_int_equal(save(&rig, 9), IB_OK);
        assert_int_equal(loaded(&rig), 9);
    }
}

static void a_flash_that_does_not_work(void **state) {
    (void)state;
    struct rig rig;
    uint8_t bytes[IB_DURABLE_MOST_BYTES];
    rig_init(&rig, 1);
    assert_int_equal(save(&rig, 1), IB_OK);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_BIT_ROT);
    assert_int_equal(save(&rig, 2), IB_E_VERIFY);
    assert_int_equal(loaded(&rig), 1);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WRITES_FAIL);
    assert_int_equal(save(&rig, 2), IB_E_IO);
    assert_int_equal(loaded(&rig), 1);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_DEAD);
    assert_int_equal(save(&rig, 2), IB_E_IO);
    assert_int_equal(ib_durable_load(&rig.durable, bytes, sizeof bytes), IB_E_IO);
    ib_sim_flash_fault(&rig.flash, IB_SIM_FLASH_WELL);
    rig_boot(&rig);
    assert_int_equal(loaded(&rig), 1);
    assert_int_equal(save(&rig, 2), IB_OK);
    assert_int_equal(loaded(&rig), 2);
}

/// A storage in front of the flash that fails where it is told to.
struct gate {
    struct ib_storage storage;
    uint32_t reads;    ///< so far
    uint32_t from, to; ///< reads that fail
    bool no_sync;
    uint32_t writes;      ///< so far
    uint32_t rot_write;   ///< the write of which one bit does not take; 0: none
    uint32_t dead_sector; ///< cannot be read, UINT32_MAX: none
};

static int gate_read(void *context, uint32_t offset, void *out, size_t size) {
    struct gate *self = context;
    uint32_t n = self->reads++;
    if ((n >= self->from && n < self->to) ||
        offset / IB_SIM_FLASH_SECTOR_BYTES == self->dead_sector)
        return IB_E_IO;
    return ib_storage_read(&self->storage, offset, out, size);
}

static int gate_erase(void *context, uint32_t offset, uint32_t size) {
    return ib_storage_erase(&((struct gate *)context)->storage, offset, size);
}

static int gate_write(void *context, uint32_t offset, const void *bytes, size_t size) {
    struct gate *self = context;
    uint8_t rotten[IB_DURABLE_MOST_BYTES];
    memcpy(rotten, bytes, size);
    if (++self->writes == self->rot_write)
        rotten[size - 1] ^= 0x10;
    return ib_storage_write(&self->storage, offset, rotten, size);
}

static int gate_sync(void *context) {
    struct gate *self = context;
    return self->no_sync ? IB_E_IO : ib_storage_sync(&self->storage);
}

static const struct ib_storage_ops gate_ops = {gate_read, gate_erase, gate_write, gate_sync};

static void a_read_that_fails_once_changes_nothing(void **state) {
    (void)state;
    for (uint32_t k = 0; k < 60; k++) {
        struct rig rig;
        rig_init(&rig, 1);
        assert_int_equal(save(&rig, 1), IB_OK);
        assert_int_equal(save(&rig, 2), IB_OK);
        struct gate gate = {
            .storage = rig.storage, .from = k, .to = k + 2, .dead_sector = UINT32_MAX};
        struct ib_storage storage = rig.storage;
        storage.ops = &gate_ops;
        storage.context = &gate;
        assert_int_equal(ib_durable_init(&rig.durable, &storage, MAGIC), IB_OK);
        assert_int_equal(loaded(&rig), 2);
        assert_int_equal(save(&rig, 3), IB_OK);
        assert_int_equal(loaded(&rig), 3);
    }
}

static void one_dead_sector(void **state) {
    (void)state;
    for (uint32_t sector = 0; sector < 2; sector++) {
        struct rig rig;
        rig_init(&rig, 1);
        assert_int_equal(save(&rig, 1), IB_OK);
        assert_int_equal(save(&rig, 2), IB_OK);
        struct gate gate = {.storage = rig.storage, .dead_sector = sector};
        struct ib_storage storage = rig.storage;
        storage.ops = &gate_ops;
        storage.context = &gate;
        assert_int_equal(ib_durable_init(&rig.durable, &storage, MAGIC), IB_OK);
        int64_t good = loaded(&rig);
        assert_int_equal(good, sector == 0 ? 2 : 1);
        // The good copy is never the one that is given up.
        assert_int_equal(save(&rig, 3), IB_E_IO);
        assert_int_equal(loaded(&rig), good);
    }
}

/// Either write of a save, in its last byte: found by reading back, not by a later start.
static void one_bit_that_does_not_take(void **state) {
    (void)state;
    for (uint32_t write = 1; write <= 2; write++) {
        struct rig rig;
        rig_init(&rig, 1);
        assert_int_equal(save(&rig, 1), IB_OK);
        struct gate gate = {.storage = rig.storage, .dead_sector = UINT32_MAX, .rot_write = write};
        struct ib_storage storage = rig.storage;
        storage.ops = &gate_ops;
        storage.context = &gate;
        assert_int_equal(ib_durable_init(&rig.durable, &storage, MAGIC), IB_OK);
        assert_int_equal(save(&rig, 2), IB_E_VERIFY);
        assert_int_equal(loaded(&rig), 1);
        assert_int_equal(save(&rig, 2), IB_OK);
        assert_int_equal(loaded(&rig), 2);
    }
}

/// A save that was reported as failed must not come back after the next start.
static void what_failed_stays_away(void **state) {
    (void)state;
    struct rig rig;
    rig_init(&rig, 1);
    assert_int_equal(save(&rig, 1), IB_OK);
    struct gate gate = {.storage = rig.storage, .dead_sector = UINT32_MAX, .no_sync = true};
    struct ib_storage storage = rig.storage;
    storage.ops = &gate_ops;
    storage.context = &gate;
    assert_int_equal(ib_durable_init(&rig.durable, &storage, MAGIC), IB_OK);
    assert_int_equal(save(&rig, 2), IB_E_IO);
    assert_int_equal(ib_storage_sync(&rig.storage), IB_OK);
    rig_boot(&rig);
    assert_int_equal(loaded(&rig), 1);
}

/// A copy as somebody else may have written it.
static void forge(struct rig *self, uint32_t which, uint32_t magic, uint32_t sequence,
                  uint32_t size, uint32_t number) {
    uint8_t *at = self->pending + which * IB_SIM_FLASH_SECTOR_BYTES;
    memset(at, 0xFF, IB_SIM_FLASH_SECTOR_BYTES);
    (void)record(number, at + 16);
    ib_put_le32(at, magic);
    ib_put_le32(at + 4, sequence);
    ib_put_le32(at + 8, size);
    size_t covered = size < REGION_BYTES / 4 ? size : 0;
    ib_put_le32(at + 12, ib_crc32(ib_crc32(0, at, 12), at + 16, covered));
}

static void sequences_go_round(void **state) {
    (void)state;
    uint8_t bytes[IB_DURABLE_MOST_BYTES];
    const struct {
        uint32_t a, b;
        int64_t newest; // which
    } cases[] = {{1, 2, 1},          {2, 1, 0},          {UINT32_MAX, 1, 1},
                 {1, UINT32_MAX, 0}, {UINT32_MAX, 0, 0}, {UINT32_MAX - 1, UINT32_MAX, 1},
                 {UINT32_MAX, 5, 1}, {7, UINT32_MAX, 0}, {0, 9, 1},
                 {9, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        rig_init(&rig, 1);
        forge(&rig, 0, MAGIC, cases[i].a, (uint32_t)record(0, bytes), 0);
        forge(&rig, 1, MAGIC, cases[i].b, (uint32_t)record(1, bytes), 1);
        assert_int_equal(loaded(&rig), cases[i].newest);
        assert_int_equal(save(&rig, 5), IB_OK);
        assert_int_equal(loaded(&rig), 5);
        assert_int_not_equal(rig.durable.sequence, 0);
        assert_int_equal(rig.durable.newest, 1 - cases[i].newest);
        assert_int_equal(save(&rig, 6), IB_OK);
        assert_int_equal(loaded(&rig), 6);
    }
}

static void forged_copies(void **state) {
    (void)state;
    uint8_t bytes[IB_DURABLE_MOST_BYTES];
    const uint32_t sizes_lied[] = {IB_DURABLE_MOST_BYTES + 1, 4080, 4096, 0x7FFFFFFF, UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes_lied / sizeof sizes_lied[0]; i++) {
        struct rig rig;
        rig_init(&rig, 1);
        assert_int_equal(save(&rig, 3), IB_OK);
        forge(&rig, 1, MAGIC, 99, sizes_lied[i], 4);
        assert_int_equal(loaded(&rig), 3);
    }
    struct rig rig;
    rig_init(&rig, 1);
    forge(&rig, 0, MAGIC + 1, 1, (uint32_t)record(4, bytes), 4);
    assert_int_equal(ib_durable_load(&rig.durable, bytes, sizeof bytes), IB_E_NOT_FOUND);
    // A region full of noise.
    struct random random = {23};
    for (int run = 0; run < 50; run++) {
        random_bytes(&random, rig.pending, REGION_BYTES);
        assert_int_equal(ib_durable_load(&rig.durable, bytes, sizeof bytes), IB_E_NOT_FOUND);
    }
    assert_int_equal(save(&rig, 8), IB_OK);
    assert_int_equal(loaded(&rig), 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_too_small),
        cmocka_unit_test(the_newest_is_loaded),
        cmocka_unit_test(sizes),
        cmocka_unit_test(power_cut_at_every_operation),
        cmocka_unit_test(power_cut_after_power_cut),
        cmocka_unit_test(a_rotten_copy_gives_way_to_the_other),
        cmocka_unit_test(a_flash_that_does_not_work),
        cmocka_unit_test(a_read_that_fails_once_changes_nothing),
        cmocka_unit_test(one_dead_sector),
        cmocka_unit_test(one_bit_that_does_not_take),
        cmocka_unit_test(what_failed_stays_away),
        cmocka_unit_test(sequences_go_round),
        cmocka_unit_test(forged_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
