/// A directory as a memory card: every call opens what it needs and closes it again.
///
/// Nothing is followed out of the directory: names are checked, links are not opened, and only
/// regular files and directories exist.
#include "ports/linux/card_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/status.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
/// A pipe of that name must not make anybody wait.
#define PLAIN (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

static int status_of(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return IB_E_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return IB_E_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case EISDIR:
    case ENOTEMPTY:
    case ENXIO:
        return IB_E_REFUSED;
    default:
        return IB_E_IO;
    }
}

static bool is_name(const char *name) {
    size_t size = strlen(name);
    return size >= 1 && size <= IB_FILES_NAME_BYTES && name[0] != '.' && !strchr(name, '/');
}

/// Return: a descriptor of the card's top, or a status.
static int open_top(const struct ib_card_files *self) {
    int fd = self->path[0] ? open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0)
        return fd;
    return self->path[0] ? status_of(errno) : IB_E_NOT_FOUND;
}

/// A directory of the card; "" is its top. Made when missing if `make`.
static int open_directory(const struct ib_card_files *self, const char *name, bool make) {
    if (name[0] && !is_name(name))
        return IB_E_REFUSED;
    int top = open_top(self);
    if (top < 0 || !name[0])
        return top;
    int fd = openat(top, name, DIRECTORY);
    if (fd < 0 && errno == ENOENT && make && mkdirat(top, name, 0777) == 0) {
        fsync(top);
        fd = openat(top, name, DIRECTORY);
    }
    int status = fd >= 0 ? fd : status_of(errno);
    close(top);
    return status;
}

/// Return: a descriptor of a regular file, or a status.
static int open_file(const struct ib_card_files *self, const char *directory, const char *name,
                     int flags) {
    struct stat about;
    if (!is_name(name))
        return IB_E_REFUSED;
    int parent = open_directory(self, directory, (flags & O_CREAT) != 0);
    if (parent < 0)
        return parent;
    int fd = openat(parent, name, flags | PLAIN, 0666);
    int status = fd >= 0 ? fd : status_of(errno);
    close(parent);
    if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
        close(fd);
        return IB_E_REFUSED;
    }
    return status;
}

static int card_ready(void *context) {
    int fd = open_top(context);
    if (fd < 0)
        return fd;
    close(fd);
    return IB_OK;
}

/// Whether the entry is there for clients; fills `out`.
static bool describe(int directory, const char *name, struct ib_files_entry *out) {
    struct stat about;
    if (!is_name(name) || fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)))
        return false;
    memset(out->name, 0, sizeof out->name);
    memcpy(out->name, name, strlen(name));
    out->directory = S_ISDIR(about.st_mode);
    out->size_bytes = out->directory ? 0 : (uint64_t)about.st_size;
    return true;
}

static int card_next(void *context, const char *directory, const char *after,
                     struct ib_files_entry *out) {
    int fd = open_directory(context, directory, false);
    if (fd < 0)
        return fd;
    DIR *list = fdopendir(fd);
    if (!list) {
        close(fd);
        return IB_E_IO;
    }
    int found = 0;
    struct ib_files_entry entry;
    for (const struct dirent *at; (at = readdir(list)) != NULL;) {
        bool between =
            strcmp(at->d_name, after) > 0 && (!found || strcmp(at->d_name, out->name) < 0);
        if (between && describe(dirfd(list), at->d_name, &entry)) {
            *out = entry;
            found = 1;
        }
    }
    closedir(list);
    return found;
}

static int card_read(void *context, const char *directory, const char *file, uint64_t offset,
                     void *out, size_t size) {
    int fd = open_file(context, directory, file, O_RDONLY);
    if (fd < 0)
        return fd;
    size_t used = 0;
    int status = IB_OK;
    while (used < size && used < INT_MAX) {
        ssize_t got = pread(fd, (char *)out + used, size - used, (off_t)(offset + used));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = status_of(errno);
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(fd);
    return status == IB_OK ? (int)used : status;
}

static int card_append(void *context, const char *directory, const char *file, const void *bytes,
                       size_t size) {
    struct stat before;
    int fd = open_file(context, directory, file, O_WRONLY | O_CREAT | O_APPEND);
    if (fd < 0)
        return fd;
    int status = fstat(fd, &before) == 0 ? IB_OK : IB_E_IO;
    for (size_t used = 0; status == IB_OK && used < size;) {
        ssize_t done = write(fd, (const char *)bytes + used, size - used);
        if (done > 0)
            used += (size_t)done;
        else if (done == 0 || errno != EINTR)
            status = done == 0 ? IB_E_IO : status_of(errno);
    }
    // Half a record is worse than none.
    if (status != IB_OK && ftruncate(fd, before.st_size) != 0)
        status = IB_E_IO;
    if (close(fd) != 0 && status == IB_OK)
        status = status_of(errno);
    return status;
}

static int card_sync(void *context, const char *directory, const char *file) {
    int fd = open_file(context, directory, file, O_RDONLY);
    if (fd < 0)
        return fd;
    int status = fsync(fd) == 0 ? IB_OK : status_of(errno);
    close(fd);
    // The name, too.
    int parent = status == IB_OK ? open_directory(context, directory, false) : -1;
    if (parent >= 0) {
        if (fsync(parent) != 0)
            status = status_of(errno);
        close(parent);
    }
    return status;
}

static int remove_file(const struct ib_card_files *self, const char *directory, const char *name) {
    struct stat about;
    if (!is_name(name))
        return IB_E_REFUSED;
    int parent = open_directory(self, directory, false);
    if (parent < 0)
        return parent;
    int status = IB_OK;
    if (fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        status = status_of(errno);
    else if (!S_ISREG(about.st_mode))
        status = S_ISDIR(about.st_mode) ? IB_E_REFUSED : IB_E_NOT_FOUND;
    else if (unlinkat(parent, name, 0) != 0)
        status = status_of(errno);
    close(parent);
    return status;
}

/// Only what clients can see is removed with it; anything else makes the directory stay.
static int remove_directory(struct ib_card_files *self, const char *name) {
    struct ib_files_entry entry;
    if (!is_name(name))
        return IB_E_REFUSED;
    for (int more; (more = card_next(self, name, "", &entry)) != 0;) {
        if (more < 0)
            return more;
        int status = entry.directory ? IB_E_REFUSED : remove_file(self, name, entry.name);
        if (status != IB_OK)
            return status;
    }
    int top = open_top(self);
    if (top < 0)
        return top;
    int status = unlinkat(top, name, AT_REMOVEDIR) == 0 ? IB_OK
                 : errno == EEXIST                      ? IB_E_REFUSED
                                                        : status_of(errno);
    close(top);
    return status;
}

static int card_remove(void *context, const char *directory, const char *file) {
    return file ? remove_file(context, directory, file) : remove_directory(context, directory);
}

static const struct ib_files_ops OPS = {.ready = card_ready,
                                        .next = card_next,
                                        .read = card_read,
                                        .append = card_append,
                                        .sync = card_sync,
                                        .remove = card_remove};

void ib_card_files_init(struct ib_card_files *self, const char *path) {
    memset(self, 0, sizeof *self);
    self->files = (struct ib_files){.ops = &OPS, .context = self};
    if ((size_t)snprintf(self->path, sizeof self->path, "%s", path) >= sizeof self->path)
        self->path[0] = 0;
}
