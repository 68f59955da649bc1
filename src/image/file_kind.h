/// What kind of picture file some bytes are, and how large the picture of a compressed one is,
/// without a decoder.
#ifndef IB_IMAGE_FILE_KIND_H
#define IB_IMAGE_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ib_file_kind {
    IB_FILE_UNKNOWN,
    IB_FILE_BMP,
    IB_FILE_PNM, ///< P2, P3, P5, P6
    IB_FILE_JPEG,
    IB_FILE_PNG,
};

#define IB_FILE_KIND_BYTES 4 ///< so many of the first bytes are enough

enum ib_file_kind ib_file_kind_of(const uint8_t *head, size_t size);

struct ib_file_shape {
    int32_t width_px, height_px;
    int components; ///< JPEG 1, 3 or 4; PNG 1 grey, 2 grey with alpha, 3 RGB or a palette, 4 RGBA
    int bits;       ///< of a sample; of a palette's indices
    bool baseline;  ///< JPEG: Huffman-coded and sequential; PNG: not interlaced
};

/// The shape of a JPEG from its frame header, which may come late: hand in all bytes there are.
/// Return: IB_OK.
/// Errors: IB_E_FORMAT; IB_E_TRUNCATED when the bytes end before the frame header.
/// Source: ITU-T T.81, B.2.2.
int ib_jpeg_shape(struct ib_file_shape *out, const uint8_t *bytes, size_t size);
/// The shape of a PNG: its first 29 bytes are enough.
/// Return: IB_OK. Errors: as above.
/// Source: PNG specification, second edition, 11.2.2.
int ib_png_shape(struct ib_file_shape *out, const uint8_t *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
