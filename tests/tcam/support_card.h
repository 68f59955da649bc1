/// A memory card in memory, with everything that can go wrong with one.
#ifndef IB_TESTS_TCAM_SUPPORT_CARD_H
#define IB_TESTS_TCAM_SUPPORT_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/files.h"

#define CARD_ENTRIES 1200

/// A file; with an empty name the directory itself.
struct card_entry {
    char directory[IB_FILES_NAME_BYTES + 1];
    char file[IB_FILES_NAME_BYTES + 1];
    char *bytes;
    size_t size;
    size_t synced; ///< bytes of it that a power cut leaves
};

struct card {
    struct ib_files files;
    bool absent;   ///< no card
    bool indexing; ///< being read in
    size_t room;   ///< bytes that still fit
    /// The k-th operation from now fails with IB_E_IO, and with `for_ever` all after it; 0: none.
    unsigned fail_in;
    bool for_ever;
    unsigned operations, syncs;
    struct card_entry entries[CARD_ENTRIES];
    size_t count;
};

/// An empty card; what it held before is freed.
void card_init(struct card *self);
/// A file, or with `file` "" an empty directory, put there without any operation.
void card_put(struct card *self, const char *directory, const char *file, const void *bytes,
              size_t size);
/// NULL: not there.
const struct card_entry *card_find(const struct card *self, const char *directory,
                                   const char *file);
/// How many files there are.
unsigned card_files(const struct card *self);
/// What was not made durable is gone.
void card_cut_power(struct card *self);

#endif
