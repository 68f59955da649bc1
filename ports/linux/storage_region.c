/// Files of fixed size that behave as flash partitions do.
///
/// Not here: wear, bad blocks. Durability is what fdatasync(2) promises.
#include "ports/linux/storage_region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/status.h"
#include "ports/linux/problem.h"

#define SECTOR IB_STORAGE_REGION_SECTOR_BYTES

static int status_of(int error) {
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? IB_E_NO_SPACE : IB_E_IO;
}

static bool inside(const struct ib_storage_region *self, uint32_t offset, size_t size) {
    return offset <= self->storage.size_bytes && size <= self->storage.size_bytes - offset;
}

static int put(int fd, uint32_t offset, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    while (size > 0) {
        ssize_t done = pwrite(fd, at, size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? status_of(errno) : IB_E_IO;
        at += done;
        offset += (uint32_t)done;
        size -= (size_t)done;
    }
    return IB_OK;
}

static int fill(int fd, uint32_t offset, uint32_t size) {
    uint8_t blank[1024];
    memset(blank, 0xFF, sizeof blank);
    for (uint32_t end = offset + size; offset < end; offset += (uint32_t)sizeof blank) {
        int status = put(fd, offset, blank, sizeof blank);
        if (status != IB_OK)
            return status;
    }
    return IB_OK;
}

static int region_read(void *context, uint32_t offset, void *out, size_t size) {
    struct ib_storage_region *self = context;
    uint8_t *at = out;
    if (!inside(self, offset, size))
        return IB_E_RANGE;
    while (size > 0) {
        ssize_t done = pread(self->fd, at, size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return IB_E_IO; // somebody has cut the file
        at += done;
        offset += (uint32_t)done;
        size -= (size_t)done;
    }
    return IB_OK;
}

static int region_erase(void *context, uint32_t offset, uint32_t size) {
    struct ib_storage_region *self = context;
    if (!inside(self, offset, size) || offset % SECTOR || size % SECTOR)
        return IB_E_RANGE;
    return fill(self->fd, offset, size);
}

static int region_write(void *context, uint32_t offset, const void *bytes, size_t size) {
    struct ib_storage_region *self = context;
    return inside(self, offset, size) ? put(self->fd, offset, bytes, size) : IB_E_RANGE;
}

static int region_sync(void *context) {
    struct ib_storage_region *self = context;
    while (fdatasync(self->fd) != 0) {
        if (errno != EINTR)
            return status_of(errno);
    }
    return IB_OK;
}

static const struct ib_storage_ops OPS = {
    .read = region_read, .erase = region_erase, .write = region_write, .sync = region_sync};

static int say(const char *path, int error, char *problem, size_t problem_size) {
    const char *why = error == EWOULDBLOCK                 ? "another program is using it"
                      : error == ELOOP                     ? "is a link: it must be a file"
                      : error == EINVAL || error == EISDIR ? "is not a file"
                      : error == ENXIO                     ? "is not a file"
                                                           : strerror(error);
    ib_problem(problem, problem_size, "%s: %s", path, why);
    return -error;
}

/// The name is on the disk once its directory is. A file system that cannot sync directories says
/// EINVAL, and the file is there all the same. Return: 0 or an errno.
static int sync_directory(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
    close(fd);
    return error;
}

/// Lock the file and make it as long as the region. Return: 0 or an errno.
static int prepare(int fd, const char *directory, uint32_t size_bytes) {
    struct stat about;
    if (fstat(fd, &about) != 0)
        return errno;
    if (!S_ISREG(about.st_mode))
        return EINVAL;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno;
    if (fstat(fd, &about) != 0) // whoever had the lock may have made it longer
        return errno;
    if (about.st_size > (off_t)size_bytes)
        return EFBIG;
    if (about.st_size == (off_t)size_bytes)
        return 0;
    if (ftruncate(fd, (off_t)size_bytes) != 0 || fsync(fd) != 0)
        return errno;
    return sync_directory(directory);
}

int ib_storage_region_open(struct ib_storage_region *self, const char *directory, const char *name,
                           uint32_t size_bytes, char *problem, size_t problem_size) {
    char path[1024];
    *self = (struct ib_storage_region){.fd = -1};
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return say(directory, ENAMETOOLONG, problem, problem_size);
    if (size_bytes == 0 || size_bytes % SECTOR) {
        ib_problem(problem, problem_size, "%s: %u bytes are not whole sectors of %u", path,
                   (unsigned)size_bytes, SECTOR);
        return -EINVAL;
    }
    // Non-blocking, so that a pipe of that name makes nobody wait.
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0)
        return say(path, errno, problem, problem_size);
    int error = prepare(fd, directory, size_bytes);
    if (error != 0) {
        close(fd);
        if (error != EFBIG)
            return say(path, error, problem, problem_size);
        ib_problem(problem, problem_size, "%s: is longer than the region's %u bytes", path,
                   (unsigned)size_bytes);
        return -error;
    }
    self->fd = fd;
    self->storage = (struct ib_storage){
        .ops = &OPS, .context = self, .size_bytes = size_bytes, .sector_bytes = SECTOR};
    return 0;
}

void ib_storage_region_close(struct ib_storage_region *self) {
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}

int ib_storage_directory(const char *path, char *problem, size_t problem_size) {
    char part[1024];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof part)
        return say(path, size ? ENAMETOOLONG : ENOENT, problem, problem_size);
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0700) == 0 || errno == EEXIST)
            continue;
        int error = errno; // of one that is there already it does not matter why
        struct stat there;
        if (stat(part, &there) != 0 || !S_ISDIR(there.st_mode))
            return say(part, error, problem, problem_size);
    }
    struct stat about;
    if (stat(path, &about) != 0)
        return say(path, errno, problem, problem_size);
    return S_ISDIR(about.st_mode) ? 0 : say(path, ENOTDIR, problem, problem_size);
}
