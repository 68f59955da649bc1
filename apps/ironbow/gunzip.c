/// gzip files (RFC 1952), several members too, by zlib's inflate.
#include "apps/ironbow/gunzip.h"

#include <errno.h>
#include <string.h>

#include "core/status.h"

/// Window size for inflate: 32 KiB, with a gzip header.
#define GZIP_WINDOW (15 + 16)

static int broken(struct ib_app_gunzip *self, int status, const char *why) {
    self->broken = why;
    return status;
}

/// More packed bytes into `input`. Return: whether there are any. A read error shows in `file`.
static bool refill(struct ib_app_gunzip *self) {
    if (self->stream.avail_in == 0) {
        self->stream.next_in = self->input;
        self->stream.avail_in = (uInt)fread(self->input, 1, sizeof self->input, self->file);
    }
    return self->stream.avail_in > 0;
}

int ib_app_gunzip_open(struct ib_app_gunzip *self, const char *path) {
    memset(self, 0, sizeof *self);
    self->file = fopen(path, "rbe");
    if (!self->file)
        return -errno;
    if (inflateInit2(&self->stream, GZIP_WINDOW) != Z_OK) {
        fclose(self->file);
        self->file = NULL;
        return -ENOMEM;
    }
    if (refill(self))
        self->packed = self->input[0] == 0x1F;
    self->member_open = self->packed;
    return 0;
}

void ib_app_gunzip_close(struct ib_app_gunzip *self) {
    if (!self->file)
        return;
    inflateEnd(&self->stream);
    fclose(self->file);
    self->file = NULL;
}

static int copy(struct ib_app_gunzip *self, uint8_t *out, size_t capacity) {
    size_t size = self->stream.avail_in < capacity ? self->stream.avail_in : capacity;
    memcpy(out, self->stream.next_in, size);
    self->stream.next_in += size;
    self->stream.avail_in -= (uInt)size;
    return (int)size;
}

/// A member has ended: another one may follow; anything else behind it (tapes were padded with
/// zeros) is left alone.
static void end_member(struct ib_app_gunzip *self) {
    self->member_open =
        refill(self) && self->stream.next_in[0] == 0x1F && inflateReset(&self->stream) == Z_OK;
    self->done = !self->member_open;
}

int ib_app_gunzip_read(struct ib_app_gunzip *self, uint8_t *out, size_t capacity) {
    self->stream.next_out = out;
    self->stream.avail_out = (uInt)capacity;
    while (!self->done && self->stream.avail_out == capacity) {
        if (!refill(self)) {
            if (ferror(self->file))
                return broken(self, IB_E_IO, "the file cannot be read");
            if (self->member_open)
                return broken(self, IB_E_TRUNCATED, "the compressed file ends too early");
            self->done = true;
            break;
        }
        if (!self->packed)
            return copy(self, out, capacity);
        int status = inflate(&self->stream, Z_NO_FLUSH);
        if (status == Z_STREAM_END)
            end_member(self);
        else if (status != Z_OK && self->stream.avail_out == capacity)
            return broken(self, status == Z_MEM_ERROR ? IB_E_NO_SPACE : IB_E_FORMAT,
                          status == Z_MEM_ERROR ? "out of memory"
                          : self->stream.msg    ? self->stream.msg
                                                : "the compressed file is damaged");
    }
    return (int)(capacity - self->stream.avail_out);
}

int ib_app_gunzip_rewind(struct ib_app_gunzip *self) {
    self->stream.avail_in = 0;
    self->done = false;
    self->member_open = self->packed;
    if (fseek(self->file, 0, SEEK_SET) != 0 || inflateReset(&self->stream) != Z_OK)
        return broken(self, IB_E_IO, "cannot be read from its start again");
    return IB_OK;
}
