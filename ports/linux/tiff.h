/// TIFF files by libtiff: 16-bit grey or 32-bit float pages, uncompressed, each with a description.
///
/// Into memory, or straight into a new file for clips of any length (BigTIFF, so that 4 GiB is no
/// limit, when `large`).
#ifndef IB_PORTS_LINUX_TIFF_H
#define IB_PORTS_LINUX_TIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ib_tiff;

/// Into memory. Errors: IB_E_NO_SPACE.
int ib_tiff_open(struct ib_tiff **out);
/// Into a new file. Errors: as ib_append_file_create, with `problem`.
int ib_tiff_create(struct ib_tiff **out, const char *path, bool large, char *problem,
                   size_t problem_size);

struct ib_tiff_page {
    uint16_t width_px;
    uint16_t height_px;
    const uint16_t *pixels;  ///< this
    const float *values;     ///< or this, in rows without gaps
    const char *description; ///< ASCII
    const char *software;
    const char *moment; ///< "2026:11:28 10:11:12", local, or ""
};

/// Errors: IB_E_NO_SPACE, IB_E_IO, with `problem`. Pages before it stay.
int ib_tiff_add(struct ib_tiff *self, const struct ib_tiff_page *page, char *problem,
                size_t problem_size);

/// What was written into memory.
/// Owns:   `*bytes` stay `self`'s, until closed.
void ib_tiff_bytes(const struct ib_tiff *self, const uint8_t **bytes, size_t *size);

/// Return: IB_OK. Errors: of a file: what the last write-back had to say. Frees `self` in any case.
int ib_tiff_close(struct ib_tiff *self, char *problem, size_t problem_size);
/// The same, and without a trace of the file.
void ib_tiff_discard(struct ib_tiff *self);

#endif
