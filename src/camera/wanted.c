/// The list behind wanted state. Values lie packed in one array, in the order of the entries.
#include "camera/wanted.h"

#include <string.h>

#include "core/status.h"

void ib_wanted_init(struct ib_wanted *self) {
    memset(self, 0, sizeof *self);
}

int ib_wanted_find(const struct ib_wanted *self, uint16_t command) {
    for (unsigned i = 0; i < self->count; i++)
        if (self->entries[i].command == command)
            return (int)i;
    return -1;
}

uint16_t *ib_wanted_value(struct ib_wanted *self, int index) {
    return &self->values[self->entries[index].offset];
}

uint16_t ib_wanted_word(const struct ib_wanted *self, uint16_t command, uint16_t otherwise) {
    int i = ib_wanted_find(self, command);
    return i < 0 ? otherwise : self->values[self->entries[i].offset];
}

void ib_wanted_drop(struct ib_wanted *self, int index) {
    struct ib_wanted_entry *gone = &self->entries[index];
    uint16_t words = gone->words;
    uint16_t end = (uint16_t)(gone->offset + words);

    memmove(&self->values[gone->offset], &self->values[end],
            (size_t)(self->used - end) * sizeof self->values[0]);
    self->used = (uint16_t)(self->used - words);
    memmove(gone, gone + 1, (self->count - (unsigned)index - 1) * sizeof *gone);
    self->count--;
    for (unsigned i = (unsigned)index; i < self->count; i++)
        self->entries[i].offset = (uint16_t)(self->entries[i].offset - words);
}

/// Whether the words that count are the same.
static bool same(const uint16_t *a, const uint16_t *b, uint16_t words, uint8_t owned) {
    for (unsigned i = 0; i < words; i++)
        if ((!owned || (i < 8 && (owned >> i & 1))) && a[i] != b[i])
            return false;
    return true;
}

int ib_wanted_put(struct ib_wanted *self, uint16_t command, const uint16_t *data, uint16_t words,
                  uint8_t owned, bool radiometric_only) {
    int at = ib_wanted_find(self, command);
    if (at >= 0 && self->entries[at].words == words) {
        struct ib_wanted_entry *entry = &self->entries[at];
        uint16_t *value = ib_wanted_value(self, at);
        // An entry that already owns every word stays so: a partial writer only changes its own
        // words.
        bool whole = owned == 0;
        bool changed = !same(value, data, words, owned) || (whole && entry->owned);
        for (unsigned i = 0; i < words; i++)
            if (whole || (i < 8 && (owned >> i & 1)))
                value[i] = data[i];
        entry->owned = whole || !entry->owned ? 0 : (uint8_t)(entry->owned | owned);
        if (changed) {
            entry->applied = false;
            entry->proven = false;
            entry->tries = 0;
        }
        if (whole)
            entry->raw = entry->has_fallback = false;
        return at;
    }
    bool board = at >= 0 && self->entries[at].board;
    if (at >= 0)
        ib_wanted_drop(self, at);
    if (self->count == IB_WANTED_ENTRIES || words > IB_WANTED_WORDS - self->used)
        return IB_E_NO_SPACE;
    struct ib_wanted_entry *entry = &self->entries[self->count];
    *entry = (struct ib_wanted_entry){.command = command,
                                      .words = words,
                                      .offset = self->used,
                                      .owned = owned,
                                      .radiometric_only = radiometric_only,
                                      .board = board};
    memcpy(&self->values[self->used], data, (size_t)words * sizeof data[0]);
    self->used = (uint16_t)(self->used + words);
    return (int)self->count++;
}

int ib_wanted_put_raw(struct ib_wanted *self, uint16_t command, const uint16_t *data,
                      uint16_t words, bool radiometric_only, uint64_t now_us) {
    struct ib_wanted_entry before = {0};
    uint16_t value[IB_CCI_SETTING_WORDS];
    int at = ib_wanted_find(self, command);

    if (at >= 0 && self->entries[at].words == words && words <= IB_CCI_SETTING_WORDS) {
        before = self->entries[at];
        memcpy(value, ib_wanted_value(self, at), sizeof value[0] * words);
    }
    at = ib_wanted_put(self, command, data, words, 0, radiometric_only);
    if (at < 0)
        return at;
    struct ib_wanted_entry *entry = &self->entries[at];
    entry->raw = true;
    entry->applied = true;
    entry->proven = false;
    entry->applied_us = now_us;
    // A second raw command on a value that nobody has proven yet goes back as far as the first.
    if (before.raw && !before.proven) {
        entry->has_fallback = before.has_fallback;
        entry->fallback_owned = before.fallback_owned;
        memcpy(entry->fallback, before.fallback, sizeof entry->fallback);
    } else if (before.command) {
        entry->has_fallback = true;
        entry->fallback_owned = before.owned;
        memcpy(entry->fallback, value, sizeof value[0] * words);
    }
    return at;
}

void ib_wanted_give_up(struct ib_wanted *self, int index) {
    struct ib_wanted_entry *entry = &self->entries[index];

    if (!entry->has_fallback) {
        ib_wanted_drop(self, index);
        return;
    }
    memcpy(ib_wanted_value(self, index), entry->fallback, sizeof entry->fallback[0] * entry->words);
    entry->owned = entry->fallback_owned;
    entry->raw = entry->has_fallback = entry->applied = false;
    entry->proven = true;
    entry->tries = entry->wedges = 0;
}

void ib_wanted_forget(struct ib_wanted *self) {
    for (unsigned i = 0; i < self->count; i++) {
        self->entries[i].applied = false;
        self->entries[i].tries = 0;
    }
}

int ib_wanted_next(const struct ib_wanted *self, bool radiometric) {
    for (unsigned i = 0; i < self->count; i++)
        if (!self->entries[i].applied && (radiometric || !self->entries[i].radiometric_only))
            return (int)i;
    return -1;
}
