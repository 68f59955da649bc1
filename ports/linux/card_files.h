/// A directory as an `ib_files`: it plays the memory card. Nothing outside of it can be reached: names
/// are checked, and links are not followed. What is neither a file nor a directory is not there, and
/// can only be removed together with its directory.
///
/// Removing a directory removes everything in it, also what clients do not see (other names, links
/// themselves, pipes). With a directory inside it is refused, and nothing is removed.
/// A program that uses it ignores SIGXFSZ, so that a file size limit is an error like a full card.
/// Cost: `next` reads the whole directory, but at most once for IB_CARD_FILES_AHEAD names while they
/// are asked for one after the other and nobody changes the directory.
/// Calls come from one thread at a time.
#ifndef IB_PORTS_LINUX_CARD_FILES_H
#define IB_PORTS_LINUX_CARD_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/files.h"

#define IB_CARD_FILES_AHEAD 64

/// The names behind one another as of the latest look into a directory. No handle, only a memory: it
/// counts while the directory's own stamp proves that nothing has changed, and never for long.
struct ib_card_files_ahead {
    bool valid;
    bool to_the_end; ///< nothing comes after the last of `names`
    char directory[IB_FILES_NAME_BYTES + 1];
    char from[IB_FILES_NAME_BYTES + 1]; ///< `names` are those right after this one
    char names[IB_CARD_FILES_AHEAD][IB_FILES_NAME_BYTES + 1];
    unsigned count;
    uint64_t device, inode;
    int64_t changed_ns; ///< the directory's ctime
    int64_t looked_ns;  ///< CLOCK_MONOTONIC
};

struct ib_card_files {
    struct ib_files files; ///< hand this to the engines
    char path[PATH_MAX];   ///< a directory that is not there is a card that is not inserted
    struct ib_card_files_ahead ahead;
};

void ib_card_files_init(struct ib_card_files *self, const char *path);

#endif
