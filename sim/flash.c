/// The simulated flash region: see flash.h. NOR semantics in `pending`, what is durable in `bytes`.
///
/// Main source: the behaviour of serial NOR flash (erase sets a 4 KiB sector, program clears bits; an
/// interrupted erase leaves undefined bits), made as forgetful as bus/storage.h allows.

#include "sim/flash.h"

#include <string.h>

#include "core/check.h"
#include "core/status.h"

static uint32_t roll(struct ib_sim_flash *self) {
    // xorshift32: the same calls after the same seed give the same dice.
    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    return self->random;
}

static void mark_erased(struct ib_sim_flash *self, uint32_t sector) {
    self->erased[sector / 8] |= (uint8_t)(1u << (sector % 8));
}

static bool was_erased(const struct ib_sim_flash *self, uint32_t sector) {
    return (self->erased[sector / 8] >> (sector % 8)) & 1;
}

static int check(const struct ib_sim_flash *self, uint32_t offset, size_t size) {
    if (offset > self->size_bytes || size > self->size_bytes - offset)
        return IB_E_RANGE;
    return self->off || self->fault == IB_SIM_FLASH_DEAD ? IB_E_IO : IB_OK;
}

/// Whether the power goes in the operation that begins now; counts it when not.
static bool cut(struct ib_sim_flash *self) {
    if (self->cut_after == 0) {
        self->off = true;
        return true;
    }
    if (self->cut_after != UINT64_MAX)
        self->cut_after--;
    self->operations++;
    return false;
}

static int flash_read(void *context, uint32_t offset, void *out, size_t size) {
    struct ib_sim_flash *self = context;
    int status = check(self, offset, size);
    if (status == IB_OK && size)
        memcpy(out, self->pending + offset, size);
    return status;
}

static void erase_sector(struct ib_sim_flash *self, uint32_t sector) {
    mark_erased(self, sector);
    memset(self->pending + (size_t)sector * IB_SIM_FLASH_SECTOR_BYTES, 0xFF,
           IB_SIM_FLASH_SECTOR_BYTES);
}

/// The power went while a sector was being erased: every bit of it may have let go or not.
static void half_erase(struct ib_sim_flash *self, uint32_t sector) {
    uint8_t *bytes = self->pending + (size_t)sector * IB_SIM_FLASH_SECTOR_BYTES;
    mark_erased(self, sector);
    for (uint32_t i = 0; i < IB_SIM_FLASH_SECTOR_BYTES; i++)
        bytes[i] = (uint8_t)(bytes[i] | roll(self) >> 24);
}

static int flash_erase(void *context, uint32_t offset, uint32_t size) {
    struct ib_sim_flash *self = context;
    if (offset % IB_SIM_FLASH_SECTOR_BYTES || size % IB_SIM_FLASH_SECTOR_BYTES)
        return IB_E_RANGE;
    int status = check(self, offset, size);
    if (status == IB_OK && self->fault == IB_SIM_FLASH_WRITES_FAIL)
        status = IB_E_IO;
    if (status != IB_OK)
        return status;
    uint32_t first = offset / IB_SIM_FLASH_SECTOR_BYTES;
    uint32_t sectors = size / IB_SIM_FLASH_SECTOR_BYTES;
    if (cut(self)) {
        uint32_t done = sectors ? roll(self) % sectors : 0;
        for (uint32_t i = 0; i < done; i++)
            erase_sector(self, first + i);
        if (sectors)
            half_erase(self, first + done);
        return IB_E_IO;
    }
    self->erases++;
    for (uint32_t i = 0; i < sectors; i++)
        erase_sector(self, first + i);
    return IB_OK;
}

static unsigned bits_in(uint8_t byte) {
    unsigned bits = 0;
    for (; byte; byte &= (uint8_t)(byte - 1))
        bits++;
    return bits;
}

/// The `nth` of the bits that a write clears; true when there is one.
static bool find_cleared(const struct ib_sim_flash *self, uint32_t offset, const uint8_t *bytes,
                         size_t size, uint64_t nth, size_t *where, uint8_t *mask) {
    for (size_t i = 0; i < size; i++) {
        uint8_t clears = self->pending[offset + i] & (uint8_t)~bytes[i];
        unsigned bits = bits_in(clears);
        if (nth >= bits) {
            nth -= bits;
            continue;
        }
        for (; nth > 0; nth--)
            clears &= (uint8_t)(clears - 1);
        *where = i;
        *mask = clears & (uint8_t)(~clears + 1);
        return true;
    }
    return false;
}

/// The bit of a write that does not take, if the flash rots and the write clears any.
static bool rotten_bit(struct ib_sim_flash *self, uint32_t offset, const uint8_t *bytes,
                       size_t size, size_t *where, uint8_t *mask) {
    uint64_t clears = 0;
    if (self->fault != IB_SIM_FLASH_BIT_ROT)
        return false;
    for (size_t i = 0; i < size; i++)
        clears += bits_in(self->pending[offset + i] & (uint8_t)~bytes[i]);
    return clears && find_cleared(self, offset, bytes, size, roll(self) % clears, where, mask);
}

static void program(struct ib_sim_flash *self, uint32_t offset, const uint8_t *bytes, size_t size) {
    size_t where = 0;
    uint8_t mask = 0;
    bool rots = rotten_bit(self, offset, bytes, size, &where, &mask);
    for (size_t i = 0; i < size; i++)
        self->pending[offset + i] &= bytes[i];
    if (rots)
        self->pending[offset + where] |= mask;
}

static bool sets_a_bit(const struct ib_sim_flash *self, uint32_t offset, const uint8_t *bytes,
                       size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] & (uint8_t)~self->pending[offset + i])
            return true;
    return false;
}

static int flash_write(void *context, uint32_t offset, const void *bytes, size_t size) {
    struct ib_sim_flash *self = context;
    int status = check(self, offset, size);
    if (status == IB_OK && self->fault == IB_SIM_FLASH_WRITES_FAIL)
        status = IB_E_IO;
    if (status != IB_OK)
        return status;
    self->overwrites += sets_a_bit(self, offset, bytes, size); // a mistake even when cut short
    if (cut(self)) {
        // Some of the bytes have got there, and of one more some of the bits.
        uint32_t done = size ? roll(self) % (uint32_t)size : 0;
        program(self, offset, bytes, done);
        if (size) {
            uint8_t torn = ((const uint8_t *)bytes)[done] | (uint8_t)(roll(self) >> 24);
            self->pending[offset + done] &= torn;
        }
        return IB_E_IO;
    }
    self->writes++;
    program(self, offset, bytes, size);
    return IB_OK;
}

static void make_durable(struct ib_sim_flash *self) {
    memcpy(self->bytes, self->pending, self->size_bytes);
    memset(self->erased, 0, sizeof self->erased);
}

static int flash_sync(void *context) {
    struct ib_sim_flash *self = context;
    int status = check(self, 0, 0);
    if (status != IB_OK)
        return status;
    if (cut(self))
        return IB_E_IO; // nothing is promised: all of it is decided when the power is back
    self->syncs++;
    make_durable(self);
    return IB_OK;
}

static const struct ib_storage_ops flash_ops = {flash_read, flash_erase, flash_write, flash_sync};

void ib_sim_flash_init(struct ib_sim_flash *self, uint8_t *bytes, uint8_t *pending,
                       uint32_t size_bytes, uint32_t seed) {
    IB_ASSERT(size_bytes % IB_SIM_FLASH_SECTOR_BYTES == 0);
    IB_ASSERT(size_bytes / IB_SIM_FLASH_SECTOR_BYTES <= IB_SIM_FLASH_MOST_SECTORS);
    memset(self, 0, sizeof *self);
    self->bytes = bytes;
    self->pending = pending;
    self->size_bytes = size_bytes;
    self->random = seed * UINT32_C(0x9E3779B9) + UINT32_C(0x7F4A7C15);
    if (self->random == 0) // xorshift would stay there
        self->random = 1;
    self->cut_after = UINT64_MAX;
    memset(bytes, 0xFF, size_bytes);
    memset(pending, 0xFF, size_bytes);
}

struct ib_storage ib_sim_flash_storage(struct ib_sim_flash *self) {
    return (struct ib_storage){&flash_ops, self, self->size_bytes, IB_SIM_FLASH_SECTOR_BYTES};
}

void ib_sim_flash_cut(struct ib_sim_flash *self, uint64_t operations) {
    self->cut_after = operations;
}

/// What is in a cell that was not synced: `news` of 8 times the new byte.
static uint8_t decide(struct ib_sim_flash *self, uint8_t old, uint8_t new, bool erased,
                      uint32_t news) {
    if (old == new && !erased)
        return old;
    uint32_t dice = roll(self);
    // News of 0 and 8 mean that all or nothing has reached the cells, an erase included.
    if (erased && news != 0 && news != 8 && dice >> 28 < 4)
        return dice & 1 ? 0xFF : (uint8_t)(dice >> 8);
    return (dice >> 16) % 8 < news ? new : old;
}

void ib_sim_flash_power(struct ib_sim_flash *self) {
    uint32_t news = roll(self) % 9;
    for (uint32_t sector = 0; sector < self->size_bytes / IB_SIM_FLASH_SECTOR_BYTES; sector++) {
        bool erased = was_erased(self, sector);
        const uint8_t *old = self->bytes + (size_t)sector * IB_SIM_FLASH_SECTOR_BYTES;
        uint8_t *new = self->pending + (size_t)sector *IB_SIM_FLASH_SECTOR_BYTES;
        if (!erased && memcmp(old, new, IB_SIM_FLASH_SECTOR_BYTES) == 0)
            continue;
        for (uint32_t i = 0; i < IB_SIM_FLASH_SECTOR_BYTES; i++)
            new[i] = decide(self, old[i], new[i], erased, news);
    }
    make_durable(self);
    self->off = false;
    self->cut_after = UINT64_MAX;
}

void ib_sim_flash_fault(struct ib_sim_flash *self, enum ib_sim_flash_fault fault) {
    self->fault = fault;
}
