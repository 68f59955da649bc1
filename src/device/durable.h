/// A small record that survives power cuts: two copies in one region, each with a sequence number
/// and a CRC-32. The older copy is replaced, so at every moment one good copy is there.
///
/// The region is two sectors. docs/settings.md lists the bytes.
#ifndef IB_DEVICE_DURABLE_H
#define IB_DEVICE_DURABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/storage.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_DURABLE_MOST_BYTES 1024

struct ib_durable {
    const struct ib_storage *storage;
    uint32_t magic;    ///< tells records of different kinds apart
    uint32_t sequence; ///< of the newest good copy; 0: none
    uint32_t newest;   ///< which copy that is
};

/// Errors: IB_E_INVAL for a region of fewer than two sectors.
int ib_durable_init(struct ib_durable *self, const struct ib_storage *storage, uint32_t magic);

/// The newest good copy.
/// Return: its size.
/// Errors: IB_E_NOT_FOUND when there is no good copy, IB_E_NO_SPACE, IB_E_IO.
int ib_durable_load(struct ib_durable *self, void *out, size_t capacity);

/// Replace it. When this returns IB_OK the record is durable; after an error or a power cut at any
/// moment the old one or the new one is there, whole.
/// Errors: IB_E_NO_SPACE, IB_E_IO, IB_E_VERIFY when it does not read back.
int ib_durable_save(struct ib_durable *self, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
