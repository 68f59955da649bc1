/// Wanted state: what the Lepton shall be set to, keyed by CCI SET command. The last writer wins.
///
/// Each entry remembers whether the module has it (applied), and whether frames kept coming since
/// (proven): a setting after which the module wedges is dropped instead of being applied again for
/// ever.
#ifndef IB_CAMERA_WANTED_H
#define IB_CAMERA_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/cci.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_WANTED_ENTRIES 48
#define IB_WANTED_WORDS 1024 ///< all values together; a user LUT alone is 512

struct ib_wanted_entry {
    uint16_t command;
    uint16_t words;
    uint16_t offset; ///< of the value in `values`
    uint8_t owned;   ///< as in ib_cci_setting
    uint8_t tries;   ///< failed attempts at this value
    bool radiometric_only;
    bool applied;
    bool proven;
    bool board; ///< the board's own: never dropped
    uint64_t applied_us;
};

struct ib_wanted {
    struct ib_wanted_entry entries[IB_WANTED_ENTRIES];
    unsigned count;
    uint16_t used; ///< words of `values`
    uint16_t values[IB_WANTED_WORDS];
};

void ib_wanted_init(struct ib_wanted *self);

/// Remember a value; replaces what the same command had. An unchanged value stays applied.
/// Return: the entry's index. Errors: IB_E_NO_SPACE.
int ib_wanted_put(struct ib_wanted *self, uint16_t command, const uint16_t *data, uint16_t words,
                  uint8_t owned, bool radiometric_only);

/// Index of a command's entry, or -1.
int ib_wanted_find(const struct ib_wanted *self, uint16_t command);
uint16_t *ib_wanted_value(struct ib_wanted *self, int index);
/// First word of a command's value, or `otherwise`.
uint16_t ib_wanted_word(const struct ib_wanted *self, uint16_t command, uint16_t otherwise);
void ib_wanted_drop(struct ib_wanted *self, int index);

/// The module has forgotten everything.
void ib_wanted_forget(struct ib_wanted *self);
/// The next entry that the module does not have yet, or -1.
int ib_wanted_next(const struct ib_wanted *self, bool radiometric);

#ifdef __cplusplus
}
#endif

#endif
