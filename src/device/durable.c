/// Two copies of a small record, the older one replaced. See durable.h.
///
/// A copy begins at the start of its sector (little-endian):
///
///      0  4  magic
///      4  4  sequence, 1..4294967295; the later of two copies counts (compared modulo 2^32)
///      8  4  size of the record in bytes
///     12  4  CRC-32 of bytes 0..11 and of the record
///     16  …  the record
///
/// Nothing about the copies is believed from memory: every load and save looks at both. A copy that
/// cannot be read counts as damaged, so a sector that has failed is tried again with each save.
#include "device/durable.h"

#include <string.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "core/status.h"

#define COPIES 2u
#define HEADER_BYTES 16u
#define PIECE_BYTES 64u
#define READ_TRIES 3 ///< a transfer that fails once says nothing about the flash

struct copy {
    bool good;
    bool unreadable;
    uint32_t sequence;
    uint32_t size;
    uint32_t crc;
};

static uint32_t place(const struct ib_durable *self, uint32_t which) {
    return which * self->storage->sector_bytes;
}

static int read_at(const struct ib_durable *self, uint32_t offset, void *out, size_t size) {
    int status = IB_E_IO;
    for (int i = 0; i < READ_TRIES && status < 0; i++)
        status = ib_storage_read(self->storage, offset, out, size);
    return status;
}

static void look_at(const struct ib_durable *self, uint32_t which, struct copy *copy) {
    uint8_t piece[PIECE_BYTES];
    memset(copy, 0, sizeof *copy);
    copy->unreadable = true;
    if (read_at(self, place(self, which), piece, HEADER_BYTES) < 0)
        return;
    copy->sequence = ib_get_le32(piece + 4);
    copy->size = ib_get_le32(piece + 8);
    copy->crc = ib_get_le32(piece + 12);
    if (ib_get_le32(piece) != self->magic || copy->sequence == 0 ||
        copy->size > IB_DURABLE_MOST_BYTES) {
        copy->unreadable = false;
        return;
    }
    uint32_t crc = ib_crc32(0, piece, 12);
    for (uint32_t at = 0; at < copy->size;) {
        uint32_t count = copy->size - at < PIECE_BYTES ? copy->size - at : PIECE_BYTES;
        if (read_at(self, place(self, which) + HEADER_BYTES + at, piece, count) < 0)
            return;
        crc = ib_crc32(crc, piece, count);
        at += count;
    }
    copy->unreadable = false;
    copy->good = crc == copy->crc;
}

/// Fills both copies, and which one is the newest good one into `self` (sequence 0: none).
static void look(struct ib_durable *self, struct copy copies[COPIES]) {
    self->sequence = 0;
    self->newest = 0;
    for (uint32_t i = 0; i < COPIES; i++) {
        look_at(self, i, &copies[i]);
        uint32_t ahead = copies[i].sequence - self->sequence;
        if (copies[i].good && (self->sequence == 0 || (ahead > 0 && ahead < 0x80000000u))) {
            self->sequence = copies[i].sequence;
            self->newest = i;
        }
    }
}

int ib_durable_init(struct ib_durable *self, const struct ib_storage *storage, uint32_t magic) {
    memset(self, 0, sizeof *self);
    if (!storage || storage->sector_bytes < HEADER_BYTES + IB_DURABLE_MOST_BYTES ||
        storage->size_bytes / storage->sector_bytes < COPIES)
        return IB_E_INVAL;
    self->storage = storage;
    self->magic = magic;
    return IB_OK;
}

int ib_durable_load(struct ib_durable *self, void *out, size_t capacity) {
    struct copy copies[COPIES];
    look(self, copies);
    if (self->sequence == 0)
        return copies[0].unreadable || copies[1].unreadable ? IB_E_IO : IB_E_NOT_FOUND;
    const struct copy *newest = &copies[self->newest];
    if (newest->size > capacity)
        return IB_E_NO_SPACE;
    uint8_t header[HEADER_BYTES];
    uint32_t from = place(self, self->newest);
    if (read_at(self, from, header, sizeof header) < 0 ||
        (newest->size > 0 && read_at(self, from + HEADER_BYTES, out, newest->size) < 0))
        return IB_E_IO;
    // Read once more than it was checked: what is handed out has to be what was checked.
    if (ib_crc32(ib_crc32(0, header, 12), out, newest->size) != newest->crc)
        return IB_E_IO;
    return (int)newest->size;
}

static int read_back(const struct ib_durable *self, uint32_t to, const uint8_t *header,
                     const uint8_t *bytes, size_t size) {
    uint8_t piece[PIECE_BYTES];
    if (read_at(self, to, piece, HEADER_BYTES) < 0)
        return IB_E_IO;
    if (memcmp(piece, header, HEADER_BYTES) != 0)
        return IB_E_VERIFY;
    for (size_t at = 0; at < size;) {
        size_t count = size - at < PIECE_BYTES ? size - at : PIECE_BYTES;
        if (read_at(self, to + HEADER_BYTES + (uint32_t)at, piece, count) < 0)
            return IB_E_IO;
        if (memcmp(piece, bytes + at, count) != 0)
            return IB_E_VERIFY;
        at += count;
    }
    return IB_OK;
}

static int replace(const struct ib_durable *self, uint32_t to, const uint8_t *header,
                   const uint8_t *bytes, size_t size) {
    const struct ib_storage *storage = self->storage;
    int status = ib_storage_erase(storage, to, storage->sector_bytes);
    if (status >= 0 && size > 0)
        status = ib_storage_write(storage, to + HEADER_BYTES, bytes, size);
    if (status >= 0)
        status = ib_storage_write(storage, to, header, HEADER_BYTES);
    if (status >= 0)
        status = ib_storage_sync(storage);
    if (status >= 0)
        status = read_back(self, to, header, bytes, size);
    return status < 0 ? status : IB_OK;
}

int ib_durable_save(struct ib_durable *self, const void *bytes, size_t size) {
    if (size > IB_DURABLE_MOST_BYTES)
        return IB_E_NO_SPACE;
    struct copy copies[COPIES];
    look(self, copies);
    if (copies[0].unreadable && copies[1].unreadable)
        return IB_E_IO;
    uint32_t which = self->sequence == 0 ? 0 : 1 - self->newest;
    uint32_t sequence = self->sequence + 1 > 0 ? self->sequence + 1 : 1;
    uint32_t to = place(self, which);
    uint8_t header[HEADER_BYTES];
    ib_put_le32(header, self->magic);
    ib_put_le32(header + 4, sequence);
    ib_put_le32(header + 8, (uint32_t)size);
    ib_put_le32(header + 12, ib_crc32(ib_crc32(0, header, 12), bytes, size));
    int status = replace(self, to, header, bytes, size);
    if (status < 0) {
        // The caller is told that it failed: what may have got there must not come back later.
        if (ib_storage_erase(self->storage, to, self->storage->sector_bytes) >= 0)
            (void)ib_storage_sync(self->storage);
        return status;
    }
    self->sequence = sequence;
    self->newest = which;
    return IB_OK;
}
