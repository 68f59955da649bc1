/// A directory as a memory card: every call opens what it needs and closes it again.
///
/// Nothing is followed out of the directory: names are checked, links are not opened, and only
/// regular files and directories exist. Main sources: openat(2), inode(7), readdir(3).
#include "ports/linux/card_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/status.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
/// A pipe of that name must not make anybody wait.
#define PLAIN (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

#define NS_PER_S INT64_C(1000000000)
/// A directory that has changed so recently may change again under the same stamp: the kernel stamps
/// with its tick (10 ms at most), FAT keeps 2 s or 10 ms.
#define TICK_NS INT64_C(10000000)
#define FRESH_NS (5 * TICK_NS)
#define FRESH_ON_FAT_NS (3 * NS_PER_S)
/// Another card at the same place could carry the same stamp, but is not inserted that fast.
#define AHEAD_LASTS_NS (NS_PER_S / 10)

static int status_of(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
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
    if (fd < 0 && errno == ENOENT && make) {
        bool made = mkdirat(top, name, 0777) == 0;
        if (made)
            (void)fsync(top); // tried for the name's sake; what matters is synced later
        if (made || errno == EEXIST)
            fd = openat(top, name, DIRECTORY);
    }
    int status = fd >= 0 ? fd : status_of(errno);
    close(top);
    return status;
}

/// What is neither file nor directory is looked at before it is opened: opening a device does things.
/// Return: a descriptor of a regular file, or a status.
static int open_file(const struct ib_card_files *self, const char *directory, const char *name,
                     int flags) {
    struct stat about;
    bool make = (flags & O_CREAT) != 0;
    if (!is_name(name))
        return IB_E_REFUSED;
    int parent = open_directory(self, directory, make);
    if (parent < 0)
        return parent;
    bool there = fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
    int status = IB_OK;
    if (!there && !(make && errno == ENOENT))
        status = status_of(errno);
    else if (there && !S_ISREG(about.st_mode))
        status = make || S_ISDIR(about.st_mode) ? IB_E_REFUSED : IB_E_NOT_FOUND;
    int fd = status == IB_OK ? openat(parent, name, flags | PLAIN, 0666) : -1;
    if (status == IB_OK)
        status = fd >= 0 ? fd : status_of(errno);
    close(parent);
    if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
        close(fd); // replaced at this very moment
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

// ---- what is there ----

static int64_t ns_of(struct timespec time) {
    return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? ns_of(now) : 0;
}

/// Whether the entry is there for clients; fills `out`.
static bool describe(int directory, const char *name, struct ib_files_entry *out) {
    struct stat about;
    if (!is_name(name) || fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)))
        return false;
    snprintf(out->name, sizeof out->name, "%s", name);
    out->directory = S_ISDIR(about.st_mode);
    out->size_bytes = out->directory ? 0 : (uint64_t)about.st_size;
    return true;
}

/// Keep the least names only, in order.
static void insert(struct ib_card_files_ahead *ahead, const char *name) {
    unsigned at = ahead->count;
    while (at > 0 && strcmp(name, ahead->names[at - 1]) < 0)
        at--;
    if (at == IB_CARD_FILES_AHEAD) {
        ahead->to_the_end = false;
        return;
    }
    if (ahead->count == IB_CARD_FILES_AHEAD)
        ahead->to_the_end = false; // the last one falls out
    else
        ahead->count++;
    memmove(ahead->names[at + 1], ahead->names[at],
            (ahead->count - 1 - at) * sizeof ahead->names[0]);
    memcpy(ahead->names[at], name, strlen(name) + 1);
}

static bool may_be_visible(const struct dirent *entry) {
    return is_name(entry->d_name) &&
           (entry->d_type == DT_REG || entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

/// Read the directory for the first names after `after`.
static int look_ahead(struct ib_card_files_ahead *ahead, DIR *list, const char *after) {
    ahead->count = 0;
    ahead->to_the_end = true;
    rewinddir(list);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(list);
        if (!entry)
            return errno == 0 ? IB_OK : status_of(errno);
        if (may_be_visible(entry) && strcmp(entry->d_name, after) > 0)
            insert(ahead, entry->d_name);
    }
}

/// Whether what was seen is still so, and tells what comes after `after`.
static bool still_counts(const struct ib_card_files_ahead *ahead, const char *directory,
                         const struct stat *about, const char *after) {
    return ahead->valid && strcmp(ahead->directory, directory) == 0 &&
           ahead->device == about->st_dev && ahead->inode == about->st_ino &&
           ahead->changed_ns == ns_of(about->st_ctim) &&
           clock_ns(CLOCK_MONOTONIC) - ahead->looked_ns < AHEAD_LASTS_NS &&
           strcmp(after, ahead->from) >= 0 &&
           (ahead->to_the_end ||
            (ahead->count && strcmp(after, ahead->names[ahead->count - 1]) < 0));
}

/// Remember what has been seen, when any later change is sure to show in the directory's stamp.
/// `about` and `now_ns` (wall time) are from before the look.
static void remember(struct ib_card_files_ahead *ahead, const char *directory,
                     const struct stat *about, const char *after, int64_t now_ns) {
    ahead->changed_ns = ns_of(about->st_ctim);
    int64_t fresh_ns = ahead->changed_ns % TICK_NS == 0 ? FRESH_ON_FAT_NS : FRESH_NS;
    ahead->valid = now_ns - ahead->changed_ns > fresh_ns && strlen(after) <= IB_FILES_NAME_BYTES;
    if (!ahead->valid)
        return;
    snprintf(ahead->directory, sizeof ahead->directory, "%s", directory);
    snprintf(ahead->from, sizeof ahead->from, "%s", after);
    ahead->device = about->st_dev;
    ahead->inode = about->st_ino;
    ahead->looked_ns = clock_ns(CLOCK_MONOTONIC);
}

/// Return: 1 with `out` filled, 0 at the end, or a status.
static int find_next(struct ib_card_files_ahead *ahead, DIR *list, const char *directory,
                     const char *after, struct ib_files_entry *out) {
    struct stat about;
    int64_t now_ns = clock_ns(CLOCK_REALTIME);
    if (fstat(dirfd(list), &about) != 0)
        return status_of(errno);
    for (bool look = !still_counts(ahead, directory, &about, after);; look = true) {
        if (look) {
            ahead->valid = false;
            int status = look_ahead(ahead, list, after);
            if (status != IB_OK)
                return status;
            remember(ahead, directory, &about, after, now_ns);
        }
        for (unsigned i = 0; i < ahead->count; i++)
            if (strcmp(ahead->names[i], after) > 0 && describe(dirfd(list), ahead->names[i], out))
                return 1;
        if (ahead->to_the_end)
            return 0;
        // None of them is there for clients: on to those behind.
        memcpy(out->name, ahead->names[ahead->count - 1], sizeof out->name);
        after = out->name;
    }
}

static int card_next(void *context, const char *directory, const char *after,
                     struct ib_files_entry *out) {
    struct ib_card_files *self = context;
    int fd = open_directory(self, directory, false);
    if (fd < 0)
        return fd;
    DIR *list = fdopendir(fd);
    if (!list) {
        close(fd);
        return IB_E_IO;
    }
    struct ib_files_entry entry; // `after` may be in `out`
    int found = find_next(&self->ahead, list, directory, after, &entry);
    closedir(list);
    if (found > 0)
        *out = entry;
    return found;
}

// ---- reading and writing ----

static int card_read(void *context, const char *directory, const char *file, uint64_t offset,
                     void *out, size_t size) {
    int fd = open_file(context, directory, file, O_RDONLY);
    if (fd < 0)
        return fd;
    size_t used = 0;
    int status = IB_OK;
    if (size > INT_MAX)
        size = INT_MAX;
    if (offset > INT64_MAX) // no file is that long
        size = 0;
    else if (size > INT64_MAX - offset)
        size = (size_t)(INT64_MAX - offset);
    while (used < size) {
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

static int write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? status_of(errno) : IB_E_IO;
        bytes += done;
        size -= (size_t)done;
    }
    return IB_OK;
}

static int card_append(void *context, const char *directory, const char *file, const void *bytes,
                       size_t size) {
    struct stat before;
    int fd = open_file(context, directory, file, O_WRONLY | O_CREAT | O_APPEND);
    if (fd < 0)
        return fd;
    if (fstat(fd, &before) != 0) {
        close(fd);
        return IB_E_IO;
    }
    int status = write_all(fd, bytes, size);
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
    if (status != IB_OK)
        return status;
    // The name, too. A file system that cannot sync directories says EINVAL.
    int parent = open_directory(context, directory, false);
    if (parent < 0)
        return parent;
    if (fsync(parent) != 0 && errno != EINVAL)
        status = status_of(errno);
    close(parent);
    return status;
}

// ---- removing ----

static int remove_file(const struct ib_card_files *self, const char *directory, const char *name) {
    struct stat about;
    if (!is_name(name))
        return IB_E_REFUSED;
    int parent = open_directory(self, directory, false);
    if (parent < 0)
        return parent;
    int status = IB_OK;
    bool there = fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISREG(about.st_mode))
        status = S_ISDIR(about.st_mode) ? IB_E_REFUSED : IB_E_NOT_FOUND;
    else if (!there || unlinkat(parent, name, 0) != 0)
        status = status_of(errno);
    close(parent);
    return status;
}

static bool is_itself_or_above(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_directory(int parent, const struct dirent *entry) {
    struct stat about;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(parent, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(about.st_mode);
}

/// Walk through the directory once: only look for directories in it, or remove what is in it.
/// Return: how many entries were removed, or a status.
static int sweep(DIR *list, bool removing) {
    int removed = 0;
    rewinddir(list);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(list);
        if (!entry)
            return errno == 0 ? removed : status_of(errno);
        if (is_itself_or_above(entry->d_name))
            continue;
        if (is_directory(dirfd(list), entry))
            return IB_E_REFUSED;
        if (removing && unlinkat(dirfd(list), entry->d_name, 0) == 0)
            removed++;
        else if (removing && errno != ENOENT)
            return status_of(errno);
    }
}

/// Everything that could refuse is asked before the first file goes.
static int empty_directory(int top, int fd) {
    DIR *list = fdopendir(fd);
    if (!list) {
        close(fd);
        return IB_E_IO;
    }
    int status = sweep(list, false);
    if (status == IB_OK && faccessat(top, ".", W_OK | X_OK, AT_EACCESS) != 0)
        status = status_of(errno);
    // A file system may skip entries while others are being removed: until there are none.
    if (status == IB_OK)
        do
            status = sweep(list, true);
        while (status > 0);
    closedir(list);
    return status;
}

static int remove_directory(const struct ib_card_files *self, const char *name) {
    if (!is_name(name))
        return IB_E_REFUSED;
    int fd = open_directory(self, name, false);
    if (fd < 0)
        return fd;
    int top = open_top(self);
    if (top < 0) {
        close(fd);
        return top;
    }
    int status = empty_directory(top, fd);
    if (status == IB_OK && unlinkat(top, name, AT_REMOVEDIR) != 0)
        status = errno == EEXIST ? IB_E_REFUSED : status_of(errno);
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
