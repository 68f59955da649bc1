/// A flash region whose power can be cut at any write: the device that durable records are tested on.
///
/// Behaves as NOR flash does: an erase sets a sector to 0xFF, a write only clears bits. What is not
/// synced when the power goes is there in part: each byte old, new or (of an erase) anything. How much
/// of it is new differs from one power cut to the next: nothing, a part, all of it. Bytes that were
/// erased and written again with the same value are as unsafe as others until they are synced.
/// Not modelled: wear, read errors without a fault, more than one failing region at a time.
#ifndef IB_SIM_FLASH_H
#define IB_SIM_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/storage.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_FLASH_SECTOR_BYTES 4096u
#define IB_SIM_FLASH_MOST_SECTORS 4096u ///< 16 MiB, all that an ESP32 can address

enum ib_sim_flash_fault {
    IB_SIM_FLASH_WELL,
    IB_SIM_FLASH_DEAD,        ///< every access fails
    IB_SIM_FLASH_WRITES_FAIL, ///< erasing and writing fail, reading works
    IB_SIM_FLASH_BIT_ROT,     ///< one bit of every write does not take
};

struct ib_sim_flash {
    uint8_t *bytes;   ///< keeps: the durable content, `size` long
    uint8_t *pending; ///< keeps: the content with unsynced changes, `size` long
    uint32_t size_bytes;
    uint32_t random;
    uint64_t cut_after; ///< operations (erase, write, sync) until the power goes; UINT64_MAX: never
    bool off;           ///< the power has gone: every access fails until ib_sim_flash_power
    enum ib_sim_flash_fault fault;
    uint32_t operations; ///< erases, writes and syncs that succeeded so far
    uint32_t erases, writes, syncs;
    uint32_t overwrites; ///< writes that tried to set a cleared bit: a driver's mistake
    uint8_t erased[IB_SIM_FLASH_MOST_SECTORS / 8]; ///< sectors erased since the last sync
};

/// Both storages are `size_bytes` long (whole sectors, at most IB_SIM_FLASH_MOST_SECTORS) and kept.
/// Erased at first.
void ib_sim_flash_init(struct ib_sim_flash *self, uint8_t *bytes, uint8_t *pending,
                       uint32_t size_bytes, uint32_t seed);
/// Its front door.
struct ib_storage ib_sim_flash_storage(struct ib_sim_flash *self);
/// Cut the power in the operation after `operations` more have succeeded: that one is half done and
/// answers IB_E_IO, as everything does until ib_sim_flash_power. UINT64_MAX: no cut.
void ib_sim_flash_cut(struct ib_sim_flash *self, uint64_t operations);
/// The power comes back (or goes and comes back): what was not synced is decided now, and no further
/// cut is planned. A fault stays.
void ib_sim_flash_power(struct ib_sim_flash *self);
void ib_sim_flash_fault(struct ib_sim_flash *self, enum ib_sim_flash_fault fault);

#ifdef __cplusplus
}
#endif

#endif
