/// Wanted state: what the Lepton shall be set to, keyed by CCI SET command. The last writer wins.
///
/// Each entry remembers whether the module has it (applied). One that a raw command wrote also
/// remembers whether frames kept coming since (proven) and what it replaced: when the module wedges
/// after it, it is given up instead of being applied again for ever. What the named requests write
/// is never given up, because the camera knows that a Lepton lives with it.
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
    bool board;        ///< the board's own: never dropped
    bool raw;          ///< written by a raw command
    bool has_fallback; ///< what it was before that
    uint8_t wedges;    ///< attempts in a row at which nobody answered
    uint8_t fallback_owned;
    uint16_t fallback[IB_CCI_SETTING_WORDS];
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
/// Return: the entry's index.
/// Errors: IB_E_NO_SPACE.
int ib_wanted_put(struct ib_wanted *self, uint16_t command, const uint16_t *data, uint16_t words,
                  uint8_t owned, bool radiometric_only);

/// The same for what a raw command has written already: it may be given up.
/// Return: the entry's index.
/// Errors: IB_E_NO_SPACE.
int ib_wanted_put_raw(struct ib_wanted *self, uint16_t command, const uint16_t *data,
                      uint16_t words, bool radiometric_only, uint64_t now_us);
/// What a raw command wrote is not wanted any more: back to what was before it. Indexes change when
/// there was nothing.
void ib_wanted_give_up(struct ib_wanted *self, int index);

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
