/// One region of durable storage as a table: what a flash partition or a file of fixed size is.
///
/// A power cut may come at any moment. What was synced stays. What was written or erased since the
/// last sync may be there, in part or not at all, byte by byte in any order. Erased bytes read 0xFF;
/// on flash a write can only clear bits, so a place is erased before it is written again.
#ifndef IB_BUS_STORAGE_H
#define IB_BUS_STORAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Every call returns IB_OK.
/// Errors: IB_E_RANGE outside of the region or not on a sector's border (erase), IB_E_IO,
///         IB_E_NO_SPACE. After an error the bytes concerned may hold anything.
/// Blocks: until done; an erase of one sector takes up to 50 ms on flash.
struct ib_storage_ops {
    int (*read)(void *context, uint32_t offset, void *out, size_t size);
    int (*erase)(void *context, uint32_t offset, uint32_t size); ///< whole sectors
    int (*write)(void *context, uint32_t offset, const void *bytes, size_t size);
    int (*sync)(void *context); ///< everything before it is durable afterwards
};

struct ib_storage {
    const struct ib_storage_ops *ops;
    void *context;
    uint32_t size_bytes;   ///< a multiple of sector_bytes
    uint32_t sector_bytes; ///< the unit of erasing: 4096
};

static inline int ib_storage_read(const struct ib_storage *self, uint32_t offset, void *out,
                                  size_t size) {
    return self->ops->read(self->context, offset, out, size);
}

static inline int ib_storage_erase(const struct ib_storage *self, uint32_t offset, uint32_t size) {
    return self->ops->erase(self->context, offset, size);
}

static inline int ib_storage_write(const struct ib_storage *self, uint32_t offset,
                                   const void *bytes, size_t size) {
    return self->ops->write(self->context, offset, bytes, size);
}

static inline int ib_storage_sync(const struct ib_storage *self) {
    return self->ops->sync(self->context);
}

#ifdef __cplusplus
}
#endif

#endif
