/// An image file as a disk of 512-byte blocks that can be pulled at any moment.
///
/// Each insertion has a number. Whoever mounted an earlier one is refused, so what it still remembers
/// of the old disk never reaches the next one. Any thread.
#ifndef IB_PORTS_MICROPYTHON_DISK_H
#define IB_PORTS_MICROPYTHON_DISK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IB_DISK_BLOCK_BYTES 512u
#define IB_DISK_LEAST_BYTES 65536u

struct ib_disk {
    pthread_mutex_t mutex;
    int fd; ///< -1: nothing is in
    bool read_only;
    uint32_t blocks;
    uint32_t insertion; ///< 0: there never was one
};

enum ib_disk_content {
    IB_DISK_BLANK, ///< the first block is nothing but 00 or FF
    IB_DISK_FAT,   ///< it ends as a FAT, exFAT or partition sector does
    IB_DISK_OTHER, ///< something else: somebody's file
};

void ib_disk_init(struct ib_disk *self);
/// Pulls what is in.
void ib_disk_deinit(struct ib_disk *self);

/// Open an image. With `make_bytes` a missing one is made, all zeros; `path` NULL is one in memory.
/// A file that may only be read is a write-protected disk.
/// Return: 0.
/// Errors: -1 with `problem` filled: something is in already, it cannot be opened, another program
///         uses it, its size is no disk's.
int ib_disk_insert(struct ib_disk *self, const char *path, uint64_t make_bytes, char *problem,
                   size_t problem_size);
/// Return: 0, or -1 when nothing was in.
int ib_disk_remove(struct ib_disk *self);
/// The number of the insertion that is in; 0: none.
uint32_t ib_disk_insertion(struct ib_disk *self);
enum ib_disk_content ib_disk_content(struct ib_disk *self);

/// Return: 0.
/// Errors: a negative errno: -ENODEV (another insertion, or none), -EINVAL (behind the end), -EROFS,
///         -EIO, -ENOSPC.
int ib_disk_read(struct ib_disk *self, uint32_t insertion, uint32_t block, void *out, size_t size);
int ib_disk_write(struct ib_disk *self, uint32_t insertion, uint32_t block, const void *bytes,
                  size_t size);
/// Return: blocks; 0 when that insertion is not in.
uint32_t ib_disk_blocks(struct ib_disk *self, uint32_t insertion);
int ib_disk_sync(struct ib_disk *self, uint32_t insertion);

#endif
