/// Whole files: read with a limit, written so that a reader never sees half of one.
#ifndef IB_PORTS_LINUX_STORAGE_FILE_H
#define IB_PORTS_LINUX_STORAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

/// Write a file atomically: a temporary file beside it, fsync, rename, fsync of the directory. A
/// symbolic link stays one (its target is replaced); an existing file keeps its permission bits.
/// What is not a regular file (/dev/stdout, a pipe) is written to as it is.
/// Return: IB_OK.
/// Errors: IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NO_SPACE, IB_E_TIMEOUT (a pipe that nobody reads),
///         IB_E_IO, …; nothing of a regular file has changed then, and `problem` (may be NULL) says
///         it in words with the path.
/// Blocks: until the bytes are on the disk; at most 10 s without progress on a pipe.
int ib_storage_file_write(const char *path, const void *bytes, size_t size, char *problem,
                          size_t problem_size);

/// Read a whole file, or a pipe to its end.
/// Owns:   gives `*out` (free it), with a NUL behind the last byte that `*size` does not count.
/// Return: IB_OK.
/// Errors: IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NO_SPACE when it is longer than `max_bytes`,
///         IB_E_TYPE for a directory, IB_E_TIMEOUT when a pipe gives nothing for 10 s, IB_E_IO;
///         `problem` (may be NULL) says it in words with the path.
int ib_storage_file_read(const char *path, size_t max_bytes, uint8_t **out, size_t *size,
                         char *problem, size_t problem_size);

/// A new file's name is on the disk once its directory is. What cannot be synchronised is left.
void ib_storage_file_sync_directory(const char *path);

#endif
