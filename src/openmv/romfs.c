/// ROMFS images: a checker that trusts nothing, and a writer that needs no second pass.
///
/// The writer gives every length five bytes (leading 80s mean nothing), so that a folder's can be
/// filled in when it is closed. Not here: reading files, which is MicroPython's.
#include "openmv/romfs.h"

#include <stdbool.h>
#include <string.h>

#include "core/check.h"
#include "core/status.h"
#include "core/text.h"

enum kind {
    KIND_UNUSED = 0,
    KIND_PADDING = 1,
    KIND_DATA = 2,
    KIND_POINTER = 3,
    KIND_FOLDER = 4,
    KIND_FILE = 5,
    KIND_IMAGE = 0x14A6B1, // its three bytes are "RM1" with the top bits of the first two set
};

#define LENGTH_BYTES 5u
static const uint8_t MAGIC[3] = {0xD2, 0xCD, 0x31};

// ---- checking ----

struct checker {
    const uint8_t *image;
    size_t at;
    char *why;
    size_t why_size;
    size_t base; ///< where the image's payload begins: pointers count from here
    size_t end;  ///< … and ends
    unsigned depth;
    struct level {
        size_t end;
        bool file;
        bool has_data;
    } levels[IB_ROMFS_DEPTH + 1];
};

static long bad(const struct checker *self, const char *what) {
    struct ib_text text;
    ib_text_init(&text, self->why, self->why_size);
    ib_text_str(&text, what);
    ib_text_str(&text, " at byte ");
    ib_text_u64(&text, self->at);
    return IB_E_FORMAT;
}

/// Return: whether there was a number before `end`. What would not fit 48 bits is no number.
static bool number(struct checker *self, size_t end, uint64_t *out) {
    uint64_t value = 0;
    while (self->at < end) {
        uint8_t byte = self->image[self->at++];
        if (value >> 41)
            return false;
        value = value << 7 | (byte & 0x7F);
        if (!(byte & 0x80)) {
            *out = value;
            return true;
        }
    }
    return false;
}

/// A folder's or file's name, and into it.
static long enter(struct checker *self, size_t end, bool file) {
    uint64_t size;
    if (!number(self, end, &size) || size > end - self->at)
        return bad(self, "a name is longer than its record");
    const uint8_t *name = self->image + self->at;
    if (size == 0 || memchr(name, '/', (size_t)size) || memchr(name, 0, (size_t)size))
        return bad(self, "a name is no name");
    if (self->depth == IB_ROMFS_DEPTH)
        return bad(self, "folders too deep");
    self->at += (size_t)size;
    self->levels[++self->depth] = (struct level){.end = end, .file = file};
    return IB_OK;
}

static long pointer(struct checker *self, size_t end) {
    uint64_t size, offset;
    if (!number(self, end, &size) || !number(self, end, &offset))
        return bad(self, "a pointer is cut off");
    size_t payload = self->end - self->base;
    if (offset > payload || size > payload - offset)
        return bad(self, "a pointer leads out of the image");
    self->at = end;
    return IB_OK;
}

static long record(struct checker *self) {
    struct level *level = &self->levels[self->depth];
    uint64_t kind, size;
    if (!number(self, level->end, &kind) || !number(self, level->end, &size))
        return bad(self, "a record is cut off");
    if (size > level->end - self->at)
        return bad(self, "a record is longer than what it lies in");
    size_t end = self->at + (size_t)size;
    switch (kind) {
    case KIND_UNUSED:
        return bad(self, "an unused record");
    case KIND_FOLDER:
    case KIND_FILE:
        if (level->file)
            return bad(self, "something inside a file");
        return enter(self, end, kind == KIND_FILE);
    case KIND_POINTER:
        level->has_data = true;
        return pointer(self, end);
    case KIND_DATA:
        level->has_data = true;
        break;
    default: // padding, and what later versions may bring
        break;
    }
    self->at = end;
    return IB_OK;
}

long ib_romfs_check(const uint8_t *image, size_t size, char *why, size_t why_size) {
    struct checker self = {.image = image, .why = why, .why_size = why_size};
    uint64_t kind = 0, payload = 0;
    if (size < sizeof MAGIC + 1 || memcmp(image, MAGIC, sizeof MAGIC) != 0)
        return bad(&self, "no ROMFS header");
    (void)number(&self, size, &kind);
    if (!number(&self, size, &payload) || payload > size - self.at)
        return bad(&self, "the image is cut off");
    self.base = self.at;
    self.end = self.at + (size_t)payload;
    self.levels[0].end = self.end;
    for (;;) {
        const struct level *level = &self.levels[self.depth];
        if (self.at < level->end) {
            long status = record(&self);
            if (status != IB_OK)
                return status;
        } else if (level->file && !level->has_data) {
            return bad(&self, "a file without data");
        } else if (self.depth > 0) {
            self.depth--;
        } else {
            return (long)self.end;
        }
    }
}

// ---- writing ----

static bool room(struct ib_romfs_writer *self, size_t size) {
    if (self->status == IB_OK && size > self->size - self->used)
        self->status = IB_E_NO_SPACE;
    return self->status == IB_OK;
}

static void put_length(uint8_t *at, size_t length, size_t bytes) {
    for (size_t i = bytes; i-- > 0; length >>= 7)
        at[i] = (uint8_t)((length & 0x7F) | (i + 1 < bytes ? 0x80 : 0));
}

static void close_record(struct ib_romfs_writer *self, size_t at, size_t header) {
    put_length(self->out + at + header - LENGTH_BYTES, self->used - at - header, LENGTH_BYTES);
}

/// Return: whether it could be begun.
static bool named(struct ib_romfs_writer *self, enum kind kind, const char *name) {
    size_t size = strlen(name);
    if (self->status == IB_OK &&
        (size == 0 || size > IB_ROMFS_NAME_BYTES || strchr(name, '/') != NULL))
        self->status = IB_E_INVAL;
    if (!room(self, IB_ROMFS_RECORD_BYTES + 2 + size))
        return false;
    uint8_t *at = self->out + self->used;
    at[0] = (uint8_t)kind;
    put_length(at + IB_ROMFS_RECORD_BYTES, size, 2);
    for (size_t i = 0; i < size; i++) // its end is not marked
        at[IB_ROMFS_RECORD_BYTES + 2 + i] = (uint8_t)name[i];
    self->used += IB_ROMFS_RECORD_BYTES + 2 + size;
    return true;
}

void ib_romfs_begin(struct ib_romfs_writer *self, uint8_t *out, size_t size) {
    *self = (struct ib_romfs_writer){.out = out, .size = size};
    if (!room(self, IB_ROMFS_HEADER_BYTES))
        return;
    memcpy(out, MAGIC, sizeof MAGIC);
    self->used = IB_ROMFS_HEADER_BYTES;
}

void ib_romfs_open_folder(struct ib_romfs_writer *self, const char *name) {
    size_t at = self->used;
    // One level less than the checker goes: a file needs one as well.
    if (self->status == IB_OK && self->depth == IB_ROMFS_DEPTH - 1)
        self->status = IB_E_RANGE;
    if (named(self, KIND_FOLDER, name))
        self->open[self->depth++] = at;
}

void ib_romfs_close_folder(struct ib_romfs_writer *self) {
    if (self->status != IB_OK)
        return;
    IB_ASSERT(self->depth > 0);
    close_record(self, self->open[--self->depth], IB_ROMFS_RECORD_BYTES);
}

uint8_t *ib_romfs_add_file(struct ib_romfs_writer *self, const char *name, size_t data_size,
                           size_t align) {
    size_t at = self->used;
    IB_ASSERT(align > 0 && (align & (align - 1)) == 0);
    if (!named(self, KIND_FILE, name))
        return NULL;
    // The gap is filled with further leading 80s of the data's length.
    size_t gap = (align - (self->used + IB_ROMFS_RECORD_BYTES) % align) % align;
    if (!room(self, IB_ROMFS_RECORD_BYTES + gap) ||
        data_size > self->size - self->used - IB_ROMFS_RECORD_BYTES - gap) {
        self->status = IB_E_NO_SPACE;
        return NULL;
    }
    self->out[self->used] = KIND_DATA;
    put_length(self->out + self->used + 1, data_size, LENGTH_BYTES + gap);
    uint8_t *data = self->out + self->used + IB_ROMFS_RECORD_BYTES + gap;
    self->used += IB_ROMFS_RECORD_BYTES + gap + data_size;
    close_record(self, at, IB_ROMFS_RECORD_BYTES);
    return data;
}

long ib_romfs_end(struct ib_romfs_writer *self) {
    static const uint8_t ODD[3] = {KIND_PADDING, 1, 0};
    IB_ASSERT(self->status != IB_OK || self->depth == 0);
    // The whole is an even number of bytes.
    if (self->used % 2 != 0 && room(self, sizeof ODD)) {
        memcpy(self->out + self->used, ODD, sizeof ODD);
        self->used += sizeof ODD;
    }
    if (self->status != IB_OK)
        return self->status;
    close_record(self, 0, IB_ROMFS_HEADER_BYTES);
    return (long)self->used;
}
