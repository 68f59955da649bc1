/// Whole files on a Linux file system. Main sources: rename(2), fsync(2), open(2).
#include "ports/linux/storage_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/status.h"
#include "ports/linux/problem.h"

#define SILENCE_MS 10000
#define READ_STEP_BYTES 65536u
#define NAME_TRIES 100

/// Wait until a pipe or device takes or gives something. Return: 0 or an errno.
static int wait_ready(int fd, short events) {
    struct pollfd polled = {.fd = fd, .events = events};
    int ready;
    do
        ready = poll(&polled, 1, SILENCE_MS);
    while (ready < 0 && errno == EINTR);
    return ready < 0 ? errno : ready == 0 ? ETIMEDOUT : 0;
}

// ---- writing ----

static int write_all(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        int error = n >= 0 ? 0 : errno == EAGAIN ? wait_ready(fd, POLLOUT) : errno;
        if (error && error != EINTR)
            return error;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

/// A pipe or device keeps its name: only its bytes are ours.
static int write_through(const char *path, const void *bytes, size_t size) {
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = write_all(fd, bytes, size);
    close(fd);
    return error;
}

/// The open temporary file beside `path`; gives `*name`. Return: its descriptor, -1 with errno.
static int open_temporary(const char *path, char **name) {
    static atomic_uint serial;
    for (int i = 0; i < NAME_TRIES; i++) {
        unsigned number = atomic_fetch_add(&serial, 1);
        if (asprintf(name, "%s.%ld-%u.part", path, (long)getpid(), number) < 0)
            return -1;
        int fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            return fd;
        int error = errno;
        free(*name);
        errno = error;
        if (error != EEXIST)
            break;
    }
    return -1;
}

/// A new name is on the disk once its directory is. A file system that cannot sync directories says
/// EINVAL, and the file is there all the same.
void ib_storage_file_sync_directory(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    char *directory = length ? strndup(path, length) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(directory);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static int replace(const char *path, const struct stat *old, const void *bytes, size_t size) {
    char *name;
    int fd = open_temporary(path, &name);
    if (fd < 0)
        return errno;
    int error = write_all(fd, bytes, size);
    if (!error && old && fchmod(fd, old->st_mode & 07777) != 0)
        error = errno;
    if (!error && fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && !error)
        error = errno;
    if (!error && rename(name, path) != 0)
        error = errno;
    if (error)
        unlink(name);
    else
        ib_storage_file_sync_directory(path);
    free(name);
    return error;
}

int ib_storage_file_write(const char *path, const void *bytes, size_t size, char *problem,
                          size_t problem_size) {
    struct stat old;
    bool exists = stat(path, &old) == 0;
    int error = exists || errno == ENOENT ? 0 : errno;
    if (exists && S_ISDIR(old.st_mode)) {
        error = EISDIR;
    } else if (exists && !S_ISREG(old.st_mode)) {
        error = write_through(path, bytes, size);
    } else if (!error) {
        char *target = exists ? realpath(path, NULL) : NULL;
        error = replace(target ? target : path, exists ? &old : NULL, bytes, size);
        free(target);
    }
    if (!error)
        return IB_OK;
    ib_problem(problem, problem_size, "cannot write %s: %s", path,
               error == ENXIO ? "nobody reads from that pipe" : strerror(error));
    return error == EISDIR ? IB_E_TYPE : ib_problem_status(error);
}

// ---- reading ----

/// Return: 0 or an errno; EFBIG when there is more than `max_bytes`.
static int read_all(int fd, size_t expected, size_t max_bytes, uint8_t **out, size_t *size) {
    size_t capacity = (expected < max_bytes ? expected : max_bytes) + 2;
    uint8_t *bytes = malloc(capacity);
    size_t used = 0;
    int error = bytes ? 0 : ENOMEM;
    while (!error) {
        // One byte stays free for the NUL, and one beyond the limit shows that there is more.
        ssize_t n = read(fd, bytes + used, capacity - 1 - used);
        if (n == 0)
            break;
        if (n < 0) {
            error = errno == EAGAIN ? wait_ready(fd, POLLIN) : errno == EINTR ? 0 : errno;
            continue;
        }
        used += (size_t)n;
        if (used > max_bytes) {
            error = EFBIG;
        } else if (used == capacity - 1) {
            capacity += READ_STEP_BYTES + capacity / 2;
            uint8_t *bigger = realloc(bytes, capacity);
            error = bigger ? 0 : ENOMEM;
            bytes = bigger ? bigger : bytes;
        }
    }
    if (error) {
        free(bytes);
        return error;
    }
    bytes[used] = 0;
    *out = bytes;
    *size = used;
    return 0;
}

int ib_storage_file_read(const char *path, size_t max_bytes, uint8_t **out, size_t *size,
                         char *problem, size_t problem_size) {
    *out = NULL;
    *size = 0;
    // Non-blocking, so that opening a pipe without a writer does not wait for one.
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int error = fd < 0 ? errno : 0;
    struct stat there = {0};
    if (!error && fstat(fd, &there) != 0)
        error = errno;
    size_t expected = S_ISREG(there.st_mode) && there.st_size > 0 ? (size_t)there.st_size : 0;
    if (!error && S_ISDIR(there.st_mode))
        error = EISDIR;
    else if (!error && expected > max_bytes)
        error = EFBIG;
    if (!error)
        error = read_all(fd, expected, max_bytes, out, size);
    if (fd >= 0)
        close(fd);
    if (!error)
        return IB_OK;
    if (error == EFBIG)
        ib_problem(problem, problem_size, "%s is longer than the %zu bytes that are read", path,
                   max_bytes);
    else
        ib_problem(problem, problem_size, "cannot read %s: %s", path,
                   error == ETIMEDOUT ? "it gave nothing for 10 s" : strerror(error));
    return error == EISDIR ? IB_E_TYPE : ib_problem_status(error);
}
