/// Files by write, ftruncate and fdatasync. See append_file.h.
#include "ports/linux/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/status.h"
#include "ports/linux/problem.h"
#include "ports/linux/storage_file.h"

static int fail(const struct ib_append_file *self, const char *what, int error, char *problem,
                size_t problem_size) {
    ib_problem(problem, problem_size, "%s %s: %s", what, self->path, strerror(error));
    return ib_problem_status(error);
}

int ib_append_file_create(struct ib_append_file *self, const char *path, char *problem,
                          size_t problem_size) {
    self->fd = -1;
    self->size = 0;
    if (strlen(path) >= sizeof self->path) {
        ib_problem(problem, problem_size, "the name is too long");
        return IB_E_RANGE;
    }
    snprintf(self->path, sizeof self->path, "%s", path);
    self->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0666);
    if (self->fd < 0 && errno == EEXIST) {
        ib_problem(problem, problem_size, "%s exists already, and is left as it is", path);
        return IB_E_BUSY;
    }
    if (self->fd < 0)
        return fail(self, "cannot make", errno, problem, problem_size);
    ib_storage_file_sync_directory(path);
    struct stat own;
    self->counts_names = fstat(self->fd, &own) == 0 && own.st_nlink > 0;
    return IB_OK;
}

/// Return: 0 or an errno.
static int write_at(int fd, uint64_t offset, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = pwrite(fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        bytes += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

int ib_append_file_put(struct ib_append_file *self, const void *bytes, size_t size, char *problem,
                       size_t problem_size) {
    int error = write_at(self->fd, self->size, bytes, size);
    if (error == 0) {
        self->size += size;
        return IB_OK;
    }
    // What is torn lies behind the end that counts: a reader would take it for the file's damage.
    if (ftruncate(self->fd, (off_t)self->size) != 0)
        return fail(self, "cannot write, nor cut what was half written off,", error, problem,
                    problem_size);
    return fail(self, "cannot write", error, problem, problem_size);
}

int ib_append_file_patch(struct ib_append_file *self, uint64_t offset, const void *bytes,
                         size_t size, char *problem, size_t problem_size) {
    int error = write_at(self->fd, offset, bytes, size);
    return error ? fail(self, "cannot write", error, problem, problem_size) : IB_OK;
}

int ib_append_file_sync(struct ib_append_file *self, char *problem, size_t problem_size) {
    struct stat own;
    if (fdatasync(self->fd) != 0)
        return fail(self, "cannot store", errno, problem, problem_size);
    if (!self->counts_names || fstat(self->fd, &own) != 0 || own.st_nlink > 0)
        return IB_OK;
    ib_problem(problem, problem_size, "%s was deleted", self->path);
    return IB_E_NOT_FOUND;
}

int ib_append_file_close(struct ib_append_file *self, char *problem, size_t problem_size) {
    if (self->fd < 0)
        return IB_OK;
    int status = ib_append_file_sync(self, problem, problem_size);
    if (close(self->fd) != 0 && status == IB_OK)
        status = fail(self, "cannot store", errno, problem, problem_size);
    self->fd = -1;
    return status;
}

void ib_append_file_discard(struct ib_append_file *self) {
    struct stat own, there;
    if (self->fd < 0)
        return;
    // Somebody may have put another file there meanwhile.
    if (fstat(self->fd, &own) == 0 && lstat(self->path, &there) == 0 &&
        own.st_dev == there.st_dev && own.st_ino == there.st_ino)
        unlink(self->path);
    close(self->fd);
    self->fd = -1;
}
