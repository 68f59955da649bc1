/// A file that grows by whole records: what does not fit is taken back, so that it never ends in
/// half of one.
///
/// Not thread-safe: one caller.
#ifndef IB_PORTS_LINUX_APPEND_FILE_H
#define IB_PORTS_LINUX_APPEND_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ib_append_file {
    int fd;            ///< -1: closed
    bool counts_names; ///< this file system tells when a file has none
    uint64_t size;     ///< of the whole records
    char path[1024];
};

/// Make a new file, and its name durable.
/// Return: IB_OK.
/// Errors: IB_E_BUSY when something of that name exists (it is left alone), IB_E_NOT_FOUND,
///         IB_E_REFUSED, IB_E_NO_SPACE, IB_E_RANGE (the name is too long), IB_E_IO; `problem` says
///         it in words with the path. `self` is closed then.
int ib_append_file_create(struct ib_append_file *self, const char *path, char *problem,
                          size_t problem_size);

/// Append one record, whole or not at all.
/// Errors: IB_E_NO_SPACE (disk full, a limit on the file's size), IB_E_IO.
/// Blocks: as long as the disk takes.
int ib_append_file_put(struct ib_append_file *self, const void *bytes, size_t size, char *problem,
                       size_t problem_size);

/// Replace bytes that were appended before.
int ib_append_file_patch(struct ib_append_file *self, uint64_t offset, const void *bytes,
                         size_t size, char *problem, size_t problem_size);

/// What was appended survives a power cut.
/// Errors: IB_E_NO_SPACE, IB_E_IO; IB_E_NOT_FOUND when the file was deleted meanwhile.
int ib_append_file_sync(struct ib_append_file *self, char *problem, size_t problem_size);

/// Closes it in any case; a closed one may be closed again.
/// Errors: what the last write-back had to say.
int ib_append_file_close(struct ib_append_file *self, char *problem, size_t problem_size);

/// Close it and remove its name, if that is still this file's.
void ib_append_file_discard(struct ib_append_file *self);

#endif
