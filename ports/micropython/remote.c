/// A folder of this machine as a file system for reading: /remote of a script from the command line.
///
/// Names are taken apart here, so that nobody climbs out of it by "..". (It is no prison: symbolic
/// links lead where they lead, and scripts have the network.) Files close with their objects. Listings
/// are sorted, so that a script sees the same on every machine.
/// Main source: extmod/vfs.c of MicroPython for what a file system is asked.
#include "ports/micropython/remote.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extmod/vfs.h"
#include "py/mperrno.h"
#include "py/objstr.h"
#include "py/runtime.h"
#include "py/stream.h"

/// Seconds between 1970 and the board's 2000.
#define EPOCH_S 946684800

struct remote {
    mp_obj_base_t base;
    const char *folder;
    char place[256]; ///< the working directory: "" or "sub/folder"
};

/// Add the parts of `path` to what is in `out`. Return: false when it becomes too long.
static bool walk(char out[PATH_MAX], size_t root, const char *path) {
    while (*path) {
        size_t size = strcspn(path, "/");
        size_t end = strlen(out);
        if (size == 2 && memcmp(path, "..", 2) == 0) {
            char *slash = end > root ? memrchr(out + root, '/', end - root) : NULL;
            if (slash)
                *slash = 0;
        } else if (size > 0 && !(size == 1 && path[0] == '.')) {
            if (end + 1 + size >= PATH_MAX)
                return false;
            out[end] = '/';
            memcpy(out + end + 1, path, size);
            out[end + 1 + size] = 0;
        }
        path += size + (path[size] == '/');
    }
    return true;
}

/// Where it is on this machine. Return: 0 or a positive errno.
static int find(const struct remote *self, const char *path, char out[PATH_MAX]) {
    size_t root = strlen(self->folder);
    if (root >= PATH_MAX)
        return MP_EINVAL;
    memcpy(out, self->folder, root + 1);
    if (path[0] != '/' && !walk(out, root, self->place))
        return MP_EINVAL;
    return walk(out, root, path) ? 0 : MP_EINVAL;
}

static void find_or_raise(mp_obj_t self, mp_obj_t path, char out[PATH_MAX]) {
    int error = find(MP_OBJ_TO_PTR(self), mp_obj_str_get_str(path), out);
    if (error)
        mp_raise_OSError(error);
}

// ---- files ----

struct file {
    mp_obj_base_t base;
    int fd;
};

static mp_uint_t file_read(mp_obj_t self_in, void *buffer, mp_uint_t size, int *error) {
    struct file *self = MP_OBJ_TO_PTR(self_in);
    ssize_t n;
    do
        n = read(self->fd, buffer, size);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        return (mp_uint_t)n;
    *error = errno;
    return MP_STREAM_ERROR;
}

static mp_uint_t file_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t argument, int *error) {
    struct file *self = MP_OBJ_TO_PTR(self_in);
    if (request == MP_STREAM_CLOSE) {
        if (self->fd >= 0)
            close(self->fd);
        self->fd = -1;
        return 0;
    }
    if (request == MP_STREAM_SEEK) {
        static const int WHENCE[] = {SEEK_SET, SEEK_CUR, SEEK_END};
        struct mp_stream_seek_t *seek = (struct mp_stream_seek_t *)argument;
        off_t at = seek->whence >= 0 && seek->whence <= 2
                       ? lseek(self->fd, seek->offset, WHENCE[seek->whence])
                       : (errno = EINVAL, -1);
        if (at >= 0) {
            seek->offset = at;
            return 0;
        }
        *error = errno;
        return MP_STREAM_ERROR;
    }
    *error = MP_EINVAL;
    return MP_STREAM_ERROR;
}

static const mp_rom_map_elem_t file_table[] = {
    {MP_ROM_QSTR(MP_QSTR_read), MP_ROM_PTR(&mp_stream_read_obj)},
    {MP_ROM_QSTR(MP_QSTR_readinto), MP_ROM_PTR(&mp_stream_readinto_obj)},
    {MP_ROM_QSTR(MP_QSTR_readline), MP_ROM_PTR(&mp_stream_unbuffered_readline_obj)},
    {MP_ROM_QSTR(MP_QSTR_readlines), MP_ROM_PTR(&mp_stream_unbuffered_readlines_obj)},
    {MP_ROM_QSTR(MP_QSTR_seek), MP_ROM_PTR(&mp_stream_seek_obj)},
    {MP_ROM_QSTR(MP_QSTR_tell), MP_ROM_PTR(&mp_stream_tell_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&mp_stream_close_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&mp_stream_close_obj)},
    {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&mp_identity_obj)},
    {MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&mp_stream___exit___obj)},
};
static MP_DEFINE_CONST_DICT(file_dict, file_table);

static const mp_stream_p_t binary_stream = {.read = file_read, .ioctl = file_ioctl};
static const mp_stream_p_t text_stream = {.read = file_read, .ioctl = file_ioctl, .is_text = true};

static MP_DEFINE_CONST_OBJ_TYPE(binary_type, MP_QSTR_FileIO, MP_TYPE_FLAG_ITER_IS_STREAM, protocol,
                                &binary_stream, locals_dict, &file_dict);
static MP_DEFINE_CONST_OBJ_TYPE(text_type, MP_QSTR_TextIOWrapper, MP_TYPE_FLAG_ITER_IS_STREAM,
                                protocol, &text_stream, locals_dict, &file_dict);

static mp_obj_t remote_open(mp_obj_t self_in, mp_obj_t path, mp_obj_t mode_in) {
    char name[PATH_MAX];
    const char *mode = mp_obj_str_get_str(mode_in);
    struct stat facts;
    if (strpbrk(mode, "wax+"))
        mp_raise_OSError(MP_EROFS);
    find_or_raise(self_in, path, name);
    // The object first: it may raise, and an open descriptor would be lost.
    struct file *file =
        mp_obj_malloc_with_finaliser(struct file, strchr(mode, 'b') ? &binary_type : &text_type);
    file->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file->fd < 0)
        mp_raise_OSError(errno);
    if (fstat(file->fd, &facts) == 0 && S_ISREG(facts.st_mode))
        return MP_OBJ_FROM_PTR(file);
    close(file->fd);
    file->fd = -1;
    mp_raise_OSError(S_ISDIR(facts.st_mode) ? MP_EISDIR : MP_EACCES);
}
static MP_DEFINE_CONST_FUN_OBJ_3(open_object, remote_open);

// ---- folders ----

static mp_obj_t entry(const char *folder, const char *name) {
    char path[PATH_MAX];
    struct stat facts = {0};
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path ||
        stat(path, &facts) != 0)
        return MP_OBJ_NULL;
    bool is_folder = S_ISDIR(facts.st_mode);
    if (!is_folder && !S_ISREG(facts.st_mode))
        return MP_OBJ_NULL;
    mp_obj_t fields[4] = {
        mp_obj_new_str(name, strlen(name)),
        MP_OBJ_NEW_SMALL_INT(is_folder ? MP_S_IFDIR : MP_S_IFREG),
        MP_OBJ_NEW_SMALL_INT(0),
        mp_obj_new_int_from_ll(is_folder ? 0 : facts.st_size),
    };
    return mp_obj_new_tuple(4, fields);
}

static int is_shown(const struct dirent *found) {
    return strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static mp_obj_t remote_ilistdir(mp_obj_t self_in, mp_obj_t path) {
    char folder[PATH_MAX];
    struct dirent **found;
    find_or_raise(self_in, path, folder);
    mp_obj_t list = mp_obj_new_list(0, NULL);
    int count = scandir(folder, &found, is_shown, by_name);
    if (count < 0)
        mp_raise_OSError(errno);
    nlr_buf_t nlr;
    bool raised = nlr_push(&nlr) != 0;
    if (!raised) {
        for (int i = 0; i < count; i++) {
            mp_obj_t one = entry(folder, found[i]->d_name);
            if (one != MP_OBJ_NULL)
                mp_obj_list_append(list, one);
        }
        nlr_pop();
    }
    for (int i = 0; i < count; i++)
        free(found[i]);
    free(found);
    if (raised)
        nlr_raise(MP_OBJ_FROM_PTR(nlr.ret_val));
    return mp_getiter(list, NULL);
}
static MP_DEFINE_CONST_FUN_OBJ_2(ilistdir_object, remote_ilistdir);

static mp_obj_t remote_stat(mp_obj_t self_in, mp_obj_t path) {
    char name[PATH_MAX];
    struct stat facts;
    find_or_raise(self_in, path, name);
    if (stat(name, &facts) != 0)
        mp_raise_OSError(errno);
    mp_obj_t fields[10];
    for (size_t i = 0; i < 10; i++)
        fields[i] = MP_OBJ_NEW_SMALL_INT(0);
    fields[0] = MP_OBJ_NEW_SMALL_INT(S_ISDIR(facts.st_mode) ? MP_S_IFDIR : MP_S_IFREG);
    fields[6] = mp_obj_new_int_from_ll(facts.st_size);
    for (size_t i = 7; i < 10; i++)
        fields[i] = mp_obj_new_int_from_ll((long long)facts.st_mtime - EPOCH_S);
    return mp_obj_new_tuple(10, fields);
}
static MP_DEFINE_CONST_FUN_OBJ_2(stat_object, remote_stat);

static mp_obj_t remote_chdir(mp_obj_t self_in, mp_obj_t path) {
    struct remote *self = MP_OBJ_TO_PTR(self_in);
    char name[PATH_MAX];
    struct stat facts;
    find_or_raise(self_in, path, name);
    if (stat(name, &facts) != 0)
        mp_raise_OSError(errno);
    const char *place = name + strlen(self->folder);
    if (!S_ISDIR(facts.st_mode) || strlen(place) >= sizeof self->place)
        mp_raise_OSError(S_ISDIR(facts.st_mode) ? MP_EINVAL : MP_ENOTDIR);
    strcpy(self->place, place);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(chdir_object, remote_chdir);

static mp_obj_t remote_getcwd(mp_obj_t self_in) {
    const struct remote *self = MP_OBJ_TO_PTR(self_in);
    return mp_obj_new_str(self->place, strlen(self->place));
}
static MP_DEFINE_CONST_FUN_OBJ_1(getcwd_object, remote_getcwd);

static mp_obj_t remote_statvfs(mp_obj_t self_in, mp_obj_t path) {
    (void)self_in;
    (void)path;
    mp_obj_t fields[10];
    for (size_t i = 0; i < 10; i++)
        fields[i] = MP_OBJ_NEW_SMALL_INT(0);
    fields[0] = fields[1] = MP_OBJ_NEW_SMALL_INT(512);
    fields[9] = MP_OBJ_NEW_SMALL_INT(255);
    return mp_obj_new_tuple(10, fields);
}
static MP_DEFINE_CONST_FUN_OBJ_2(statvfs_object, remote_statvfs);

static mp_obj_t remote_mount(mp_obj_t self_in, mp_obj_t read_only, mp_obj_t make) {
    (void)self_in;
    (void)read_only;
    (void)make;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(mount_object, remote_mount);

/// remove, mkdir, rmdir, rename.
static mp_obj_t remote_refuse(size_t count, const mp_obj_t *arguments) {
    (void)count;
    (void)arguments;
    mp_raise_OSError(MP_EROFS);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR(refuse_object, 1, remote_refuse);

static const mp_rom_map_elem_t remote_table[] = {
    {MP_ROM_QSTR(MP_QSTR_mount), MP_ROM_PTR(&mount_object)},
    {MP_ROM_QSTR(MP_QSTR_umount), MP_ROM_PTR(&mp_identity_obj)},
    {MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&open_object)},
    {MP_ROM_QSTR(MP_QSTR_ilistdir), MP_ROM_PTR(&ilistdir_object)},
    {MP_ROM_QSTR(MP_QSTR_stat), MP_ROM_PTR(&stat_object)},
    {MP_ROM_QSTR(MP_QSTR_statvfs), MP_ROM_PTR(&statvfs_object)},
    {MP_ROM_QSTR(MP_QSTR_chdir), MP_ROM_PTR(&chdir_object)},
    {MP_ROM_QSTR(MP_QSTR_getcwd), MP_ROM_PTR(&getcwd_object)},
    {MP_ROM_QSTR(MP_QSTR_remove), MP_ROM_PTR(&refuse_object)},
    {MP_ROM_QSTR(MP_QSTR_rename), MP_ROM_PTR(&refuse_object)},
    {MP_ROM_QSTR(MP_QSTR_mkdir), MP_ROM_PTR(&refuse_object)},
    {MP_ROM_QSTR(MP_QSTR_rmdir), MP_ROM_PTR(&refuse_object)},
};
static MP_DEFINE_CONST_DICT(remote_dict, remote_table);

static mp_import_stat_t remote_import_stat(void *self, const char *path) {
    char name[PATH_MAX];
    struct stat facts;
    if (find(self, path, name) != 0 || stat(name, &facts) != 0)
        return MP_IMPORT_STAT_NO_EXIST;
    return S_ISDIR(facts.st_mode) ? MP_IMPORT_STAT_DIR : MP_IMPORT_STAT_FILE;
}

static const mp_vfs_proto_t remote_protocol = {.import_stat = remote_import_stat};

static MP_DEFINE_CONST_OBJ_TYPE(remote_type, MP_QSTR_VfsRemote, MP_TYPE_FLAG_NONE, protocol,
                                &remote_protocol, locals_dict, &remote_dict);

mp_obj_t ib_vm_remote_new(const char *folder) {
    struct remote *self = mp_obj_malloc(struct remote, &remote_type);
    self->folder = folder;
    self->place[0] = 0;
    return MP_OBJ_FROM_PTR(self);
}
