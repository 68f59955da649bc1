/// The ROM's memory and file.
#include "ports/micropython/rom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "openmv/romfs.h"
#include "ports/micropython/vm.h"

/// Return: bytes read, one more than fits when there are more, or -1 with errno.
static ssize_t read_all(int fd, uint8_t *out, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(fd, out + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            return (ssize_t)done;
        done += (size_t)n;
    }
    uint8_t one;
    return (ssize_t)(done + (read(fd, &one, 1) > 0));
}

static int load(struct ib_vm_rom *self, char *problem, size_t problem_size) {
    char why[128];
    int fd = open(self->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    ssize_t size = fd < 0 ? -1 : read_all(fd, self->bytes, IB_VM_ROM_BYTES);
    if (size < 0)
        snprintf(problem, problem_size, "cannot be read: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    if (size < 0)
        return -1;
    if ((size_t)size > IB_VM_ROM_BYTES) {
        snprintf(problem, problem_size, "is larger than the board's 8 MB");
        return -1;
    }
    if (size == 0 || ib_romfs_check(self->bytes, (size_t)size, why, sizeof why) > 0)
        return 0;
    snprintf(problem, problem_size, "is not a ROMFS image: %s", why);
    return -1;
}

int ib_vm_rom_open(struct ib_vm_rom *self, const char *path, char *problem, size_t problem_size) {
    *self = (struct ib_vm_rom){0};
    void *bytes =
        mmap(NULL, IB_VM_ROM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) {
        snprintf(problem, problem_size, "no memory");
        return -1;
    }
    self->bytes = bytes;
    if (!path)
        return 0;
    self->path = strdup(path);
    if (!self->path) {
        snprintf(problem, problem_size, "no memory");
        return -1;
    }
    return load(self, problem, problem_size);
}

void ib_vm_rom_close(struct ib_vm_rom *self) {
    if (self->bytes)
        munmap(self->bytes, IB_VM_ROM_BYTES);
    free(self->path);
    *self = (struct ib_vm_rom){0};
}

static int write_all(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes += n;
        size -= (size_t)n;
    }
    return fsync(fd);
}

int ib_vm_rom_save(const struct ib_vm_rom *self) {
    char beside[4096], why[128];
    if (!self->path)
        return 0;
    // What is no file system is kept too: as much of it as is not erased.
    long used = ib_romfs_check(self->bytes, IB_VM_ROM_BYTES, why, sizeof why);
    size_t size = used > 0 ? (size_t)used : IB_VM_ROM_BYTES;
    if ((size_t)snprintf(beside, sizeof beside, "%s.XXXXXX", self->path) >= sizeof beside)
        return -ENAMETOOLONG;
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = 0;
    if (write_all(fd, self->bytes, size) != 0 || fchmod(fd, 0644) != 0 ||
        rename(beside, self->path) != 0)
        error = errno ? -errno : -EIO;
    close(fd);
    if (error)
        unlink(beside);
    return error;
}
