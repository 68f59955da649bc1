/// ironbow romfs: make a ROMFS image from a folder, or say what is in one.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/ironbow/verb.h"
#include "core/status.h"
#include "openmv/romfs.h"
#include "ports/linux/storage_file.h"
#include "ports/micropython/vm.h"

/// Models are read in place by code that wants them aligned.
#define ALIGN_BYTES 16

enum { OPT_OUTPUT = 1 };

static const struct ib_app_option OPTIONS[] = {
    {OPT_OUTPUT, "output", 'o', "FILE", "where to"},
    {0},
};

struct romfs {
    const struct ib_app_verb *verb;
    const char *action;
    const char *name;
    const char *output;
    struct ib_romfs_writer writer;
    char problem[4400];
};

static bool fail(struct romfs *self, const char *path, const char *why) {
    snprintf(self->problem, sizeof self->problem, "%.4000s: %s", path, why);
    return false;
}

/// What the writer has to say, once.
static bool check_writer(struct romfs *self, const char *path) {
    switch (self->writer.status) {
    case IB_OK:
        return true;
    case IB_E_NO_SPACE:
        return fail(self, path, "does not fit the board's 8 MB any more");
    case IB_E_RANGE:
        return fail(self, path, "too many folders inside each other");
    default:
        return fail(self, path, "its name is longer than 255 bytes");
    }
}

static bool add_file(struct romfs *self, const char *path, const char *name, size_t size) {
    uint8_t *out = ib_romfs_add_file(&self->writer, name, size, ALIGN_BYTES);
    if (!out)
        return check_writer(self, path);
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail(self, path, strerror(errno));
    size_t n = fread(out, 1, size, file);
    bool whole = n == size && fgetc(file) == EOF && !ferror(file);
    fclose(file);
    return whole || fail(self, path, "cannot be read, or changes meanwhile");
}

static bool add_folder(struct romfs *self, const char *path);

static bool add_entry(struct romfs *self, const char *folder, const char *name) {
    char path[4096];
    struct stat status;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return fail(self, folder, "too long a path");
    if (stat(path, &status) != 0)
        return fail(self, path, strerror(errno));
    if (S_ISREG(status.st_mode))
        return add_file(self, path, name, (size_t)status.st_size);
    if (!S_ISDIR(status.st_mode))
        return fail(self, path, "neither a file nor a folder");
    ib_romfs_open_folder(&self->writer, name);
    if (!check_writer(self, path) || !add_folder(self, path))
        return false;
    ib_romfs_close_folder(&self->writer);
    return true;
}

static int is_entry(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/// In the order of the bytes of names, so that the same folder gives the same image.
static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(struct romfs *self, const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, is_entry, by_bytes);
    if (count < 0)
        return fail(self, path, strerror(errno));
    bool good = true;
    for (int i = 0; i < count; i++) {
        good = good && add_entry(self, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return good;
}

static int build(struct romfs *self) {
    uint8_t *image = malloc(IB_VM_ROM_BYTES);
    if (!image)
        return ib_app_fail(self->verb, "build", "out of memory");
    ib_romfs_begin(&self->writer, image, IB_VM_ROM_BYTES);
    int code = IB_APP_EXIT_OK;
    long size = add_folder(self, self->name) ? ib_romfs_end(&self->writer) : -1;
    if (size < 0 && !self->problem[0])
        check_writer(self, self->name);
    if (size >= 0 && strcmp(self->output, "-") == 0)
        fwrite(image, 1, (size_t)size, stdout); // main tells when it could not be written
    else if (size < 0 || ib_storage_file_write(self->output, image, (size_t)size, self->problem,
                                               sizeof self->problem) != IB_OK)
        code = ib_app_fail(self->verb, "build", self->problem);
    free(image);
    return code;
}

static int check(struct romfs *self) {
    char why[128];
    uint8_t *image = malloc(IB_VM_ROM_BYTES);
    FILE *file = fopen(self->name, "rb");
    long used = -1;
    if (!image || !file) {
        snprintf(why, sizeof why, "%s", image ? strerror(errno) : "out of memory");
    } else {
        size_t size = fread(image, 1, IB_VM_ROM_BYTES, file);
        if (ferror(file))
            snprintf(why, sizeof why, "%s", strerror(errno));
        else
            used = ib_romfs_check(image, size, why, sizeof why);
    }
    if (file)
        fclose(file);
    free(image);
    if (used < 0)
        return ib_app_fail(self->verb, self->name, why);
    printf("a whole ROMFS of %ld bytes\n", used);
    return IB_APP_EXIT_OK;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct romfs self = {.verb = verb};
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        if (option == OPT_OUTPUT)
            self.output = args->value;
        else if (option == IB_APP_ARG_WORD && !self.action)
            self.action = args->value;
        else if (option == IB_APP_ARG_WORD && !self.name)
            self.name = args->value;
        else if (option == IB_APP_ARG_WORD)
            return ib_app_usage(verb, args->value, "unexpected");
        else
            return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
    }
    bool builds = self.action && strcmp(self.action, "build") == 0;
    if (!self.action || (!builds && strcmp(self.action, "check") != 0))
        return ib_app_usage(verb, self.action ? self.action : "ACTION", "must be build or check");
    if (!self.name)
        return ib_app_usage(verb, self.action, builds ? "needs a folder" : "needs a file");
    if (builds && !self.output)
        return ib_app_usage(verb, "build", "needs -o FILE");
    return builds ? build(&self) : check(&self);
}

const struct ib_app_verb ib_app_verb_romfs = {
    .name = "romfs",
    .about = "make a Pure Thermal's /rom from a folder, or check one",
    .usage = "build DIRECTORY -o FILE, check FILE",
    .options = OPTIONS,
    .notes =
        "A ROMFS is a read-only file system that scripts use in place: a model's bytes are not "
        "copied.\nironbow run --board pure-thermal --rom FILE mounts it at /rom; at most 8 MB.\n",
    .run = run,
};
