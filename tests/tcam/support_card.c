/// See support_card.h.
#include "support_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

/// Every operation passes here first. Names are the engine's to check.
static int operate(struct card *self, const char *directory, const char *file) {
    self->operations++;
    if (directory)
        assert_true(strlen(directory) <= IB_FILES_NAME_BYTES && !strchr(directory, '/') &&
                    directory[0] != '.');
    if (file)
        assert_true(strlen(file) >= 1 && strlen(file) <= IB_FILES_NAME_BYTES &&
                    !strchr(file, '/') && file[0] != '.');
    if (self->fail_in && --self->fail_in == 0) {
        self->fail_in = self->for_ever ? 1 : 0;
        return IB_E_IO;
    }
    if (self->absent)
        return IB_E_NOT_FOUND;
    return self->indexing ? IB_E_BUSY : IB_OK;
}

static struct card_entry *find(struct card *self, const char *directory, const char *file) {
    for (size_t i = 0; i < self->count; i++) {
        struct card_entry *entry = &self->entries[i];
        if (strcmp(entry->directory, directory) == 0 && strcmp(entry->file, file) == 0)
            return entry;
    }
    return NULL;
}

static struct card_entry *make(struct card *self, const char *directory, const char *file) {
    struct card_entry *entry = find(self, directory, file);
    if (entry)
        return entry;
    assert_true(self->count < CARD_ENTRIES);
    entry = &self->entries[self->count++];
    *entry = (struct card_entry){0};
    snprintf(entry->directory, sizeof entry->directory, "%s", directory);
    snprintf(entry->file, sizeof entry->file, "%s", file);
    return entry;
}

static void add(struct card_entry *entry, const void *bytes, size_t size) {
    entry->bytes = realloc(entry->bytes, entry->size + size + 1);
    assert_non_null(entry->bytes);
    if (size)
        memcpy(entry->bytes + entry->size, bytes, size);
    entry->size += size;
}

static int card_ready(void *context) {
    return operate(context, NULL, NULL);
}

static int card_next(void *context, const char *directory, const char *after,
                     struct ib_files_entry *out) {
    struct card *self = context;
    int status = operate(self, directory, NULL);
    if (status < 0)
        return status;
    if (directory[0] && !find(self, directory, ""))
        return IB_E_NOT_FOUND;
    bool top = directory[0] == '\0';
    const struct card_entry *best = NULL;
    const char *best_name = NULL;
    for (size_t i = 0; i < self->count; i++) {
        const struct card_entry *entry = &self->entries[i];
        bool is_directory = entry->file[0] == '\0' && entry->directory[0] != '\0';
        if (top ? !is_directory && entry->directory[0] : strcmp(entry->directory, directory) != 0)
            continue;
        const char *name = top && is_directory ? entry->directory : entry->file;
        if (name[0] == '\0' || strcmp(name, after) <= 0)
            continue;
        if (!best || strcmp(name, best_name) < 0) {
            best = entry;
            best_name = name;
        }
    }
    if (!best)
        return 0;
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", best_name);
    out->directory = best->file[0] == '\0';
    out->size_bytes = best->size;
    return 1;
}

static int card_read(void *context, const char *directory, const char *file, uint64_t offset,
                     void *out, size_t size) {
    struct card *self = context;
    int status = operate(self, directory, file);
    if (status < 0)
        return status;
    const struct card_entry *entry = find(self, directory, file);
    if (!entry)
        return IB_E_NOT_FOUND;
    if (offset >= entry->size)
        return 0;
    size_t n = entry->size - (size_t)offset;
    n = n < size ? n : size;
    n = n < 30000 ? n : 30000; // as a file system may: fewer than asked for
    memcpy(out, entry->bytes + offset, n);
    return (int)n;
}

static int card_append(void *context, const char *directory, const char *file, const void *bytes,
                       size_t size) {
    struct card *self = context;
    int status = operate(self, directory, file);
    if (status < 0)
        return status;
    if (size > self->room)
        return IB_E_NO_SPACE;
    self->room -= size;
    make(self, directory, "");
    add(make(self, directory, file), bytes, size);
    return IB_OK;
}

static int card_sync(void *context, const char *directory, const char *file) {
    struct card *self = context;
    int status = operate(self, directory, file);
    if (status < 0)
        return status;
    struct card_entry *entry = find(self, directory, file);
    if (!entry)
        return IB_E_NOT_FOUND;
    entry->synced = entry->size;
    self->syncs++;
    return IB_OK;
}

static int card_remove(void *context, const char *directory, const char *file) {
    struct card *self = context;
    int status = operate(self, directory, file);
    if (status < 0)
        return status;
    if (!find(self, directory, file ? file : ""))
        return IB_E_NOT_FOUND;
    for (size_t i = self->count; i-- > 0;) {
        struct card_entry *entry = &self->entries[i];
        if (strcmp(entry->directory, directory) != 0 || (file && strcmp(entry->file, file) != 0))
            continue;
        free(entry->bytes);
        *entry = self->entries[--self->count];
    }
    return IB_OK;
}

static const struct ib_files_ops ops = {
    card_ready, card_next, card_read, card_append, card_sync, card_remove,
};

void card_init(struct card *self) {
    for (size_t i = 0; i < self->count; i++)
        free(self->entries[i].bytes);
    memset(self, 0, sizeof *self);
    self->files = (struct ib_files){&ops, self};
    self->room = SIZE_MAX;
}

void card_put(struct card *self, const char *directory, const char *file, const void *bytes,
              size_t size) {
    if (directory[0])
        make(self, directory, "");
    if (file[0]) {
        struct card_entry *entry = make(self, directory, file);
        entry->size = 0;
        add(entry, bytes, size);
        entry->synced = size;
    }
}

const struct card_entry *card_find(const struct card *self, const char *directory,
                                   const char *file) {
    for (size_t i = 0; i < self->count; i++) {
        const struct card_entry *entry = &self->entries[i];
        if (strcmp(entry->directory, directory) == 0 && strcmp(entry->file, file) == 0)
            return entry;
    }
    return NULL;
}

unsigned card_files(const struct card *self) {
    unsigned files = 0;
    for (size_t i = 0; i < self->count; i++)
        files += self->entries[i].file[0] != '\0';
    return files;
}

void card_cut_power(struct card *self) {
    for (size_t i = 0; i < self->count; i++)
        self->entries[i].size = self->entries[i].synced;
}
