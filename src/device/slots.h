/// Two slots for firmware, and the record that says which one runs.
///
/// A new image is written into the slot that does not run. After the restart it is on probation: it
/// has to prove itself (ib_slots_prove), and a restart before that goes back to the old one. At every
/// moment, power cuts included, the record names a slot whose image was checked whole, or the factory
/// firmware. A start checks the image again before it is used. docs/update.md lists the bytes.
#ifndef IB_DEVICE_SLOTS_H
#define IB_DEVICE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/storage.h"
#include "device/durable.h"
#include "device/esp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SLOTS_FACTORY (-1)
#define IB_SLOTS_MAGIC 0x54424249u ///< "IBBT"

struct ib_slots_entry {
    bool used; ///< holds an image that was checked
    uint32_t size_bytes;
    char version[IB_ESP_IMAGE_TEXT_BYTES + 1];
    uint8_t digest[IB_SHA256_BYTES];
};

struct ib_slots {
    const struct ib_storage *slot[2];
    struct ib_durable record;
    struct ib_slots_entry entry[2];
    int running;      ///< 0, 1 or IB_SLOTS_FACTORY; since the start
    int before;       ///< where to go back to
    bool probation;   ///< `running` has not proved itself
    bool rejected;    ///< … and will not: the next start runs the one before
    bool switched;    ///< the next start runs the other slot
    bool rolled_back; ///< at this start: the newer one had not proved itself
    bool damaged;     ///< at this start: the one that should run is not whole any more
    int status;       ///< of the start: IB_OK, or why the record or a slot could not be used
};

/// A (re)start: read the record, check the image that it names, decide which slot runs, note that it
/// was tried. When the record cannot be read the factory firmware runs; when the try cannot be noted
/// the one before runs.
/// Return: IB_OK, or the storage's error. IB_E_FORMAT: the record is not one of ours; the factory
///         firmware runs, and the next update writes a new record.
/// Errors: IB_E_INVAL for a storage that is missing or a record's region that is too small.
/// Blocks: until the slot is read once (the one before, too, when the first is not whole).
int ib_slots_boot(struct ib_slots *self, const struct ib_storage *slot0,
                  const struct ib_storage *slot1, const struct ib_storage *record);
/// The slot to write into: the one that does not run; slot 0 when the factory firmware runs.
int ib_slots_spare(const struct ib_slots *self);
/// The spare slot's entry is void from now on (before it is erased); a switch is taken back.
/// Errors: IB_E_NOT_READY on probation (the spare slot is what to go back to), or the record's.
int ib_slots_open(struct ib_slots *self);
/// The spare slot holds this checked image: it runs after the next restart, on probation.
/// Errors: IB_E_NOT_READY on probation, IB_E_RANGE for a size of 0 or beyond the slot, or the
///         record's: it does not run then.
int ib_slots_switch(struct ib_slots *self, const struct ib_slots_entry *entry);
/// The running one is good: it stays.
/// Errors: IB_E_NOT_READY when it is not on probation or was rejected, or the record's: it is on
///         probation still.
int ib_slots_prove(struct ib_slots *self);
/// The running one is not good: the next restart runs the one before. Writes nothing: the record has
/// said so since the start.
/// Errors: IB_E_NOT_READY when it is not on probation.
int ib_slots_reject(struct ib_slots *self);

#ifdef __cplusplus
}
#endif

#endif
