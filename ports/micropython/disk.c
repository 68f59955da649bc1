/// A disk in a file: pread and pwrite under a lock, so that nobody pulls it in the middle of a block.
#include "ports/micropython/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/// The most that FAT's 32-bit block numbers reach.
#define MOST_BYTES ((uint64_t)UINT32_MAX * IB_DISK_BLOCK_BYTES)

void ib_disk_init(struct ib_disk *self) {
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->mutex, NULL);
    self->fd = -1;
}

void ib_disk_deinit(struct ib_disk *self) {
    (void)ib_disk_remove(self);
    pthread_mutex_destroy(&self->mutex);
}

__attribute__((format(printf, 3, 4))) static int refuse(char *problem, size_t size,
                                                        const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(problem, size, format, list);
    va_end(list);
    return -1;
}

/// Return: a descriptor, or -1 with errno.
static int open_image(const char *path, bool make, bool *read_only) {
    if (!path)
        return memfd_create("ironbow-disk", MFD_CLOEXEC);
    int fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0644);
    *read_only = fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM);
    return *read_only ? open(path, O_RDONLY | O_CLOEXEC) : fd;
}

static int take_image(struct ib_disk *self, int fd, uint64_t make_bytes, char *problem,
                      size_t size) {
    struct stat status;
    if (fstat(fd, &status) != 0)
        return refuse(problem, size, "cannot be looked at: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(problem, size, "is not a file: an image file is needed");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return refuse(problem, size, "another program uses it");
    if (status.st_size == 0 && make_bytes > 0) {
        if (ftruncate(fd, (off_t)make_bytes) != 0)
            return refuse(problem, size, "cannot be made %llu bytes long: %s",
                          (unsigned long long)make_bytes, strerror(errno));
        status.st_size = (off_t)make_bytes;
    }
    uint64_t bytes = (uint64_t)status.st_size;
    if (bytes % IB_DISK_BLOCK_BYTES != 0 || bytes < IB_DISK_LEAST_BYTES || bytes > MOST_BYTES)
        return refuse(problem, size, "has %llu bytes: not the size of a disk image",
                      (unsigned long long)bytes);
    self->blocks = (uint32_t)(bytes / IB_DISK_BLOCK_BYTES);
    self->fd = fd;
    self->insertion++;
    return 0;
}

int ib_disk_insert(struct ib_disk *self, const char *path, uint64_t make_bytes, char *problem,
                   size_t problem_size) {
    int status = -1;
    pthread_mutex_lock(&self->mutex);
    if (self->fd >= 0) {
        refuse(problem, problem_size, "there is one already");
    } else {
        int fd = open_image(path, make_bytes > 0, &self->read_only);
        if (fd < 0)
            refuse(problem, problem_size, "cannot be opened: %s", strerror(errno));
        else if ((status = take_image(self, fd, make_bytes, problem, problem_size)) != 0)
            close(fd);
    }
    pthread_mutex_unlock(&self->mutex);
    return status;
}

int ib_disk_remove(struct ib_disk *self) {
    pthread_mutex_lock(&self->mutex);
    int fd = self->fd;
    self->fd = -1;
    pthread_mutex_unlock(&self->mutex);
    return fd >= 0 ? close(fd) : -1;
}

uint32_t ib_disk_insertion(struct ib_disk *self) {
    pthread_mutex_lock(&self->mutex);
    uint32_t insertion = self->fd >= 0 ? self->insertion : 0;
    pthread_mutex_unlock(&self->mutex);
    return insertion;
}

enum ib_disk_content ib_disk_content(struct ib_disk *self) {
    uint8_t block[IB_DISK_BLOCK_BYTES];
    if (ib_disk_read(self, ib_disk_insertion(self), 0, block, sizeof block) != 0)
        return IB_DISK_OTHER;
    bool blank = block[0] == 0x00 || block[0] == 0xFF;
    for (size_t i = 1; i < sizeof block && blank; i++)
        blank = block[i] == block[0];
    if (blank)
        return IB_DISK_BLANK;
    return block[510] == 0x55 && block[511] == 0xAA ? IB_DISK_FAT : IB_DISK_OTHER;
}

/// Under the lock. Return: 0 or a negative errno.
static int check(const struct ib_disk *self, uint32_t insertion, uint32_t block, size_t size) {
    if (self->fd < 0 || insertion == 0 || insertion != self->insertion)
        return -ENODEV;
    if (size % IB_DISK_BLOCK_BYTES != 0 ||
        (uint64_t)block + size / IB_DISK_BLOCK_BYTES > self->blocks)
        return -EINVAL;
    return 0;
}

int ib_disk_read(struct ib_disk *self, uint32_t insertion, uint32_t block, void *out, size_t size) {
    uint8_t *bytes = out;
    pthread_mutex_lock(&self->mutex);
    int status = check(self, insertion, block, size);
    for (size_t done = 0; status == 0 && done < size;) {
        ssize_t n = pread(self->fd, bytes + done, size - done,
                          (off_t)block * IB_DISK_BLOCK_BYTES + (off_t)done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            status = -EIO; // an image that was cut off meanwhile is a broken disk
    }
    pthread_mutex_unlock(&self->mutex);
    return status;
}

int ib_disk_write(struct ib_disk *self, uint32_t insertion, uint32_t block, const void *bytes,
                  size_t size) {
    const uint8_t *from = bytes;
    pthread_mutex_lock(&self->mutex);
    int status = check(self, insertion, block, size);
    if (status == 0 && self->read_only)
        status = -EROFS;
    for (size_t done = 0; status == 0 && done < size;) {
        ssize_t n = pwrite(self->fd, from + done, size - done,
                           (off_t)block * IB_DISK_BLOCK_BYTES + (off_t)done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            status = n < 0 && errno == ENOSPC ? -ENOSPC : -EIO;
    }
    pthread_mutex_unlock(&self->mutex);
    return status;
}

uint32_t ib_disk_blocks(struct ib_disk *self, uint32_t insertion) {
    pthread_mutex_lock(&self->mutex);
    uint32_t blocks = check(self, insertion, 0, 0) == 0 ? self->blocks : 0;
    pthread_mutex_unlock(&self->mutex);
    return blocks;
}

int ib_disk_sync(struct ib_disk *self, uint32_t insertion) {
    pthread_mutex_lock(&self->mutex);
    int status = check(self, insertion, 0, 0);
    pthread_mutex_unlock(&self->mutex);
    // The kernel has it; a crash of this program loses nothing, and the machine's owner cares for it.
    return status;
}
