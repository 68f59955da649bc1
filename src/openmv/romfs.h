/// ROMFS, MicroPython's read-only file system for memory-mapped data: check an image, and write one.
///
/// An image is one record that holds records. A record is its kind, its length (both numbers of 7
/// bits a byte, most significant first, the top bit says "more follows") and its payload. MicroPython
/// mounts images unchecked and follows their lengths wherever they lead; so whoever accepts one from
/// outside checks it first.
/// Source: MicroPython's documentation of vfs.VfsRom, and the comment on top of its reader.
#ifndef IB_OPENMV_ROMFS_H
#define IB_OPENMV_ROMFS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_ROMFS_DEPTH 16u       ///< folders inside each other, at most
#define IB_ROMFS_NAME_BYTES 255u ///< of one name
#define IB_ROMFS_HEADER_BYTES 8u ///< of the file system's record, as written here
#define IB_ROMFS_RECORD_BYTES 6u ///< of any other record's kind and length, as written here

/// Look through a whole image: every length lies within its parent, every name is a name, every
/// file's data lies within the image. Behind it may be anything.
/// Return: how many bytes it takes.
/// Errors: IB_E_FORMAT with `why` filled (what, and at which byte).
/// Cost:   linear in the number of records, not in the data.
long ib_romfs_check(const uint8_t *image, size_t size, char *why, size_t why_size);

/// Writes an image into the caller's memory, from top to bottom. Zeroed is not open.
struct ib_romfs_writer {
    uint8_t *out;
    size_t size;
    size_t used;
    size_t open[IB_ROMFS_DEPTH]; ///< where the folders under way begin
    unsigned depth;
    int status; ///< the first error; everything after it does nothing
};

/// Keeps `out` until ib_romfs_end.
void ib_romfs_begin(struct ib_romfs_writer *self, uint8_t *out, size_t size);
void ib_romfs_open_folder(struct ib_romfs_writer *self, const char *name);
void ib_romfs_close_folder(struct ib_romfs_writer *self);
/// A file whose data begins at a multiple of `align` bytes (a power of two) from the image's start.
/// Return: where its `data_size` bytes go, to be filled by the caller; NULL after an error.
uint8_t *ib_romfs_add_file(struct ib_romfs_writer *self, const char *name, size_t data_size,
                           size_t align);
/// Return: the image's size.
/// Errors: IB_E_NO_SPACE (does not fit), IB_E_RANGE (too deep), IB_E_INVAL (a name is empty, too long or has a
///         slash).
long ib_romfs_end(struct ib_romfs_writer *self);

#ifdef __cplusplus
}
#endif

#endif
