/// PNG files from pictures and back, by libpng, in memory.
#ifndef IB_PORTS_LINUX_PNG_H
#define IB_PORTS_LINUX_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/file_kind.h"
#include "image/image.h"

struct ib_png_style {
    const uint8_t (*palette)[3]; ///< 256 colours: GREY pixels are their numbers; NULL: greys
    const char *comment;         ///< the file's Description; NULL: none
    bool quick;                  ///< somebody waits: several times as fast, about as small
};

/// Write a file from GREY, GREY16 (as big numbers), RGB565 (as RGB888) or RGB888.
/// Owns:   gives `*bytes` (free it).
/// Return: IB_OK.
/// Errors: IB_E_UNSUPPORTED for another format, IB_E_RANGE for the size, IB_E_NO_SPACE.
int ib_png_encode(const struct ib_image *picture, const struct ib_png_style *style, uint8_t **bytes,
                  size_t *size);
/// The same into `out`.
/// Return: the file's size. Errors: as above; IB_E_NO_SPACE also when `room` is too small.
int64_t ib_png_encode_into(const struct ib_image *picture, const struct ib_png_style *style,
                           uint8_t *out, size_t room);

/// The shape of a file that can be decoded here: 1 to 8 bits a sample.
/// Return: IB_OK.
/// Errors: those of ib_png_shape; IB_E_UNSUPPORTED for 16 bits; IB_E_RANGE for a side over
///         IB_IMAGE_MAX_PX.
int ib_png_look(struct ib_file_shape *out, const uint8_t *bytes, size_t size);

/// Decode into a picture of exactly its size: GREY (of colours the brightness), RGB565 (lower bits
/// are lost) or RGB888. What is transparent is laid on black.
/// Return: IB_OK.
/// Errors: as ib_png_look; IB_E_INVAL for a picture of another size or format; IB_E_TRUNCATED,
///         IB_E_FORMAT (checksums too) for a damaged file: the picture is then undefined.
///         IB_E_NO_SPACE.
/// Cost:   memory in proportion to the picture at most, nothing before its size was compared.
int ib_png_decode(const uint8_t *bytes, size_t size, const struct ib_image *into);

#endif
