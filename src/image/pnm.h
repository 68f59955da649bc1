/// PGM and PPM files over plain bytes, read and written in pieces of any size.
///
/// Read are P2, P3 (numbers as text), P5 and P6 (as bytes), with comments, of 8 bits a sample;
/// written are P5 and P6. How it goes is as with bmp.h.
///
/// Source: Netpbm's descriptions of its formats pgm(5) and ppm(5).
#ifndef IB_IMAGE_PNM_H
#define IB_IMAGE_PNM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PNM_HEAD_BYTES 2048 ///< the head, with all its comments, lies in so many bytes
#define IB_PNM_PIECE_LEAST_BYTES 32

/// A file that is read.
struct ib_pnm {
    int32_t width_px, height_px;
    enum ib_pixels format; ///< what it becomes: GREY (P2, P5) or RGB565 (P3, P6)
    uint32_t rows_at;      ///< where in the file the samples begin

    // The reader's own.
    bool text;
    bool in_comment;
    uint32_t number; ///< of text, so far …
    uint32_t digits; ///< … of so many digits
    uint64_t at;     ///< samples so far
    uint8_t part[2];
};

/// Look at a file's first IB_PNM_HEAD_BYTES bytes, or at all of a shorter one. `file_bytes` is the
/// length of the whole file.
/// Return: IB_OK.
/// Errors: IB_E_UNSUPPORTED for another kind, another maxval than 255, sides over IB_IMAGE_MAX_PX or
///         a head that is too long; IB_E_FORMAT; IB_E_TRUNCATED when the file cannot hold its pixels.
int ib_pnm_look(struct ib_pnm *self, const uint8_t *head, size_t size, uint64_t file_bytes);

/// Take the file's bytes from `rows_at` on, in pieces of any size, into the same picture every time.
/// Return: 1 when the picture is whole (more bytes are not looked at), 0 when more are needed.
/// Errors: IB_E_INVAL for a picture of another size or format; IB_E_FORMAT for text that is no
///         number of 0..255.
int ib_pnm_feed(struct ib_pnm *self, const struct ib_image *into, const uint8_t *bytes,
                size_t size);
/// No more bytes come: text may end with a number.
/// Return: 1 when the picture is whole. Errors: IB_E_TRUNCATED, IB_E_FORMAT.
int ib_pnm_end(struct ib_pnm *self, const struct ib_image *into);

/// A file that is written.
struct ib_pnm_writer {
    struct ib_image picture;
    struct ib_rect roi;
    bool begun;
    int32_t x, y; ///< the next pixel of the roi
};

/// Write `roi` of a picture, which must lie within it: GREY as P5, RGB565 as P6.
/// Owns:   borrows the pixels until the last piece.
/// Return: how many bytes the file will have.
/// Errors: IB_E_UNSUPPORTED for another format, IB_E_RANGE for the roi.
int64_t ib_pnm_writer_init(struct ib_pnm_writer *self, const struct ib_image *picture,
                           struct ib_rect roi);
/// Fill `out` with the next bytes; `room` is at least IB_PNM_PIECE_LEAST_BYTES.
/// Return: how many; 0 at the end.
size_t ib_pnm_writer_pull(struct ib_pnm_writer *self, uint8_t *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
