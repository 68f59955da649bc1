/// A file of fixed size as an `ib_storage`: a partition of the camera's flash.
#ifndef IB_PORTS_LINUX_STORAGE_REGION_H
#define IB_PORTS_LINUX_STORAGE_REGION_H

#include <stddef.h>
#include <stdint.h>

#include "bus/storage.h"

#define IB_STORAGE_REGION_SECTOR_BYTES 4096u

struct ib_storage_region {
    struct ib_storage storage; ///< hand this to the engines
    int fd;
};

/// Open or make `directory`/`name` (mode 0600, sparse: what was never written reads as zeros) and hold a
/// lock on it. `size_bytes` is whole sectors, at least one. A shorter file is made longer, with zeros.
/// Return: 0, and the file is durable. Errors: a negative errno (-EWOULDBLOCK: another program has it,
///         -ELOOP: a link, -EFBIG: the file is longer, -EINVAL: not a file, or not whole sectors);
///         `problem` (may be NULL) says it in words, with the path; what is in the file stays.
int ib_storage_region_open(struct ib_storage_region *self, const char *directory, const char *name,
                           uint32_t size_bytes, char *problem, size_t problem_size);
/// Does nothing when the open failed, or the second time.
void ib_storage_region_close(struct ib_storage_region *self);

/// Make a directory and those above it, mode 0700 where new.
/// Return: 0. Errors: a negative errno; `problem` (may be NULL) says it in words, with the path.
int ib_storage_directory(const char *path, char *problem, size_t problem_size);

#endif
