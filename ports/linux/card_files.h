/// A directory as an `ib_files`: it plays the memory card. Nothing outside of it can be reached: names
/// are checked, and links are not followed.
#ifndef IB_PORTS_LINUX_CARD_FILES_H
#define IB_PORTS_LINUX_CARD_FILES_H

#include <limits.h>
#include <stddef.h>

#include "bus/files.h"

struct ib_card_files {
    struct ib_files files; ///< hand this to the engines
    char path[PATH_MAX];   ///< a directory that is not there is a card that is not inserted
};

void ib_card_files_init(struct ib_card_files *self, const char *path);

#endif
