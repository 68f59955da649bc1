/// BMP files over plain bytes: read and written in pieces of any size, as OpenMV does it.
///
/// Reading: the head first, which says how large a picture must be; then the rows into it. Writing:
/// pieces out of the picture itself, so that nobody needs a second copy of it.
///
/// Source: the layout of BITMAPFILEHEADER and BITMAPINFOHEADER, V2 to V5; which of them OpenMV 5.0
///         reads, as documented and observed.
#ifndef IB_IMAGE_BMP_H
#define IB_IMAGE_BMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_BMP_HEAD_BYTES 1162        ///< the longest head: 14, V5's 124, 256 colours
#define IB_BMP_PIECE_LEAST_BYTES 1078 ///< what a piece has room for at least: a whole head

/// A file that is read.
struct ib_bmp {
    int32_t width_px, height_px;
    enum ib_pixels format; ///< what it becomes: GREY or RGB565
    uint32_t rows_at;      ///< where in the file the rows begin

    // The reader's own.
    uint32_t row_bytes; ///< with its padding
    uint32_t bits;      ///< of a pixel in the file
    bool bottom_up;
    uint64_t at; ///< bytes of rows so far
    uint8_t part[3];
};

/// Look at a file's first IB_BMP_HEAD_BYTES bytes, or at all of a shorter one. `file_bytes` is the
/// length of the whole file.
/// Shape:  8 bits with the palette of greys (GREY), 16 bits 5-6-5 and 24 bits (RGB565); heads of 40,
///         52, 56, 108 and 124 bytes; sides up to IB_IMAGE_MAX_PX.
/// Return: IB_OK.
/// Errors: IB_E_UNSUPPORTED; IB_E_FORMAT when its sizes contradict each other; IB_E_TRUNCATED;
///         IB_E_VERIFY for another number of planes than one.
int ib_bmp_look(struct ib_bmp *self, const uint8_t *head, size_t size, uint64_t file_bytes);

/// Take the file's bytes from `rows_at` on, in pieces of any size, into the same picture every time.
/// Return: 1 when the picture is whole (more bytes are not looked at), 0 when more are needed: if
///         there are none, the file is IB_E_TRUNCATED.
/// Errors: IB_E_INVAL for a picture of another size or format.
int ib_bmp_feed(struct ib_bmp *self, const struct ib_image *into, const uint8_t *bytes,
                size_t size);

/// A file that is written.
struct ib_bmp_writer {
    struct ib_image picture;
    struct ib_rect roi;
    bool begun;
    int32_t y;
    uint32_t column; ///< bytes of this row so far
};

/// Write `roi` of a picture, which must lie within it: GREY, RGB565, or BINARY as black and white.
/// Owns:   borrows the pixels until the last piece.
/// Return: how many bytes the file will have.
/// Errors: IB_E_UNSUPPORTED for another format, IB_E_RANGE for the roi.
int64_t ib_bmp_writer_init(struct ib_bmp_writer *self, const struct ib_image *picture,
                           struct ib_rect roi);
/// Fill `out` with the next bytes; `room` is at least IB_BMP_PIECE_LEAST_BYTES.
/// Return: how many; 0 at the end.
size_t ib_bmp_writer_pull(struct ib_bmp_writer *self, uint8_t *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
