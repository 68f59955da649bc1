/// libtiff over memory or a file of our own: errors come back as texts, nothing is printed.
/// Main source: TIFF 6.0; libtiff's TIFFClientOpenExt.
#include "ports/linux/tiff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include "core/status.h"
#include "ports/linux/append_file.h"
#include "ports/linux/problem.h"

#define MOST_BYTES ((size_t)1 << 32) ///< in memory

struct ib_tiff {
    TIFF *tiff;
    bool in_file;
    int fd; ///< of the file
    char path[1024];
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t at;
    int error; ///< the last errno of a write
    char problem[256];
};

static tmsize_t on_read(thandle_t handle, void *out, tmsize_t size) {
    struct ib_tiff *self = handle;
    if (self->in_file)
        return read(self->fd, out, (size_t)size);
    size_t there = self->at < self->size ? self->size - self->at : 0;
    size_t run = (size_t)size < there ? (size_t)size : there;
    if (run > 0)
        memcpy(out, self->bytes + self->at, run);
    self->at += run;
    return (tmsize_t)run;
}

static bool reserve(struct ib_tiff *self, size_t bytes) {
    if (bytes <= self->capacity)
        return true;
    if (bytes > MOST_BYTES)
        return false;
    uint8_t *more = realloc(self->bytes, bytes * 2);
    if (!more)
        return false;
    memset(more + self->capacity, 0, bytes * 2 - self->capacity);
    self->bytes = more;
    self->capacity = bytes * 2;
    return true;
}

static tmsize_t on_write(thandle_t handle, void *bytes, tmsize_t size) {
    struct ib_tiff *self = handle;
    if (self->in_file) {
        for (tmsize_t done = 0; done < size;) {
            ssize_t n = write(self->fd, (uint8_t *)bytes + done, (size_t)(size - done));
            if (n <= 0 && errno != EINTR) {
                self->error = n < 0 ? errno : EIO;
                return -1;
            }
            done += n > 0 ? n : 0;
        }
        return size;
    }
    if (!reserve(self, self->at + (size_t)size)) {
        self->error = ENOMEM;
        return -1;
    }
    memcpy(self->bytes + self->at, bytes, (size_t)size);
    self->at += (size_t)size;
    self->size = self->at > self->size ? self->at : self->size;
    return size;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int from) {
    struct ib_tiff *self = handle;
    if (self->in_file)
        return (toff_t)lseek(self->fd, (off_t)offset, from);
    self->at = (size_t)(from == SEEK_CUR   ? self->at + offset
                        : from == SEEK_END ? self->size + offset
                                           : offset);
    return self->at;
}

static int on_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle) {
    struct ib_tiff *self = handle;
    struct stat there;
    if (!self->in_file)
        return self->size;
    return fstat(self->fd, &there) == 0 ? (toff_t)there.st_size : 0;
}

__attribute__((format(printf, 4, 0))) static int
on_error(TIFF *tiff, void *context, const char *where, const char *format, va_list arguments) {
    struct ib_tiff *self = context;
    (void)tiff;
    (void)where;
    vsnprintf(self->problem, sizeof self->problem, format, arguments);
    return 1;
}

__attribute__((format(printf, 4, 0))) static int
on_warning(TIFF *tiff, void *context, const char *where, const char *format, va_list arguments) {
    (void)tiff;
    (void)context;
    (void)where;
    (void)format;
    (void)arguments;
    return 1;
}

static int begin(struct ib_tiff *self, bool large) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options)
        return IB_E_NO_SPACE;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, self);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, self);
    self->tiff = TIFFClientOpenExt("image", large ? "w8m" : "wm", self, on_read, on_write, on_seek,
                                   on_close, on_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return self->tiff ? IB_OK : IB_E_NO_SPACE;
}

int ib_tiff_open(struct ib_tiff **out) {
    *out = calloc(1, sizeof **out);
    if (!*out)
        return IB_E_NO_SPACE;
    (*out)->fd = -1;
    int status = begin(*out, false);
    if (status != IB_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

int ib_tiff_create(struct ib_tiff **out, const char *path, bool large, char *problem,
                   size_t problem_size) {
    struct ib_append_file file;
    *out = NULL;
    int status = ib_append_file_create(&file, path, problem, problem_size);
    if (status != IB_OK)
        return status;
    struct ib_tiff *self = calloc(1, sizeof *self);
    if (self) {
        // Not opened anew by its name: another file, or a link, may stand there by then.
        self->in_file = true;
        snprintf(self->path, sizeof self->path, "%s", path);
        self->fd = file.fd;
    }
    if (!self || begin(self, large) != IB_OK) {
        ib_problem(problem, problem_size, "cannot write %s", path);
        ib_append_file_discard(&file);
        free(self);
        return IB_E_IO;
    }
    *out = self;
    return IB_OK;
}

static int fail(const struct ib_tiff *self, char *problem, size_t problem_size) {
    ib_problem(problem, problem_size, "cannot write%s%s: %s", self->in_file ? " " : "", self->path,
               self->error ? strerror(self->error) : self->problem);
    return self->error ? ib_problem_status(self->error) : IB_E_IO;
}

static bool put_tags(TIFF *tiff, const struct ib_tiff_page *page, uint16_t bits) {
    bool good = TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t)page->width_px) &&
                TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)page->height_px) &&
                TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits) &&
                TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) &&
                TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
                             page->values ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT) &&
                TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) &&
                TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
                TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) &&
                TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)page->height_px) &&
                TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, page->description) &&
                TIFFSetField(tiff, TIFFTAG_SOFTWARE, page->software);
    if (good && page->moment[0])
        good = TIFFSetField(tiff, TIFFTAG_DATETIME, page->moment);
    return good;
}

int ib_tiff_add(struct ib_tiff *self, const struct ib_tiff_page *page, char *problem,
                size_t problem_size) {
    size_t count = (size_t)page->width_px * page->height_px;
    size_t size = count * (page->values ? sizeof(float) : sizeof(uint16_t));
    // libtiff may swap bytes in place: it gets a copy.
    void *copy = malloc(size);
    if (!copy) {
        ib_problem(problem, problem_size, "out of memory");
        return IB_E_NO_SPACE;
    }
    memcpy(copy, page->values ? (const void *)page->values : page->pixels, size);
    bool good = put_tags(self->tiff, page, page->values ? 32 : 16) &&
                TIFFWriteEncodedStrip(self->tiff, 0, copy, (tmsize_t)size) == (tmsize_t)size &&
                TIFFWriteDirectory(self->tiff);
    free(copy);
    return good && !self->error ? IB_OK : fail(self, problem, problem_size);
}

void ib_tiff_bytes(const struct ib_tiff *self, const uint8_t **bytes, size_t *size) {
    *bytes = self->bytes;
    *size = self->size;
}

int ib_tiff_close(struct ib_tiff *self, char *problem, size_t problem_size) {
    if (!self)
        return IB_OK;
    TIFFCleanup(self->tiff);
    int status = IB_OK;
    if (self->in_file && !self->error && fdatasync(self->fd) != 0)
        self->error = errno;
    if (self->in_file && close(self->fd) != 0 && !self->error)
        self->error = errno;
    if (self->error)
        status = fail(self, problem, problem_size);
    free(self->bytes);
    free(self);
    return status;
}

void ib_tiff_discard(struct ib_tiff *self) {
    if (!self)
        return;
    if (self->in_file)
        unlink(self->path);
    ib_tiff_close(self, NULL, 0);
}
