/// Pictures from JPEG files, by libjpeg-turbo: baseline and extended sequential ones only.
#ifndef IB_PORTS_LINUX_JPEG_READ_H
#define IB_PORTS_LINUX_JPEG_READ_H

#include <stddef.h>
#include <stdint.h>

#include "image/file_kind.h"
#include "image/image.h"

struct ib_jpeg_reader;

/// Return: IB_OK. Errors: IB_E_NO_SPACE when there is too little memory.
int ib_jpeg_reader_open(struct ib_jpeg_reader **out);
void ib_jpeg_reader_close(struct ib_jpeg_reader *self);

/// The shape of a file that can be decoded here: 8 bits, one or three components.
/// Return: IB_OK.
/// Errors: those of ib_jpeg_shape; IB_E_UNSUPPORTED for what is progressive, arithmetic, CMYK …;
///         IB_E_RANGE for a side over IB_IMAGE_MAX_PX.
int ib_jpeg_reader_look(struct ib_file_shape *out, const uint8_t *bytes, size_t size);

/// Decode into a picture of exactly its size: GREY (of colours the brightness), RGB565 (lower bits
/// are lost) or RGB888.
/// Return: IB_OK.
/// Errors: as above; IB_E_INVAL for a picture of another size or format; IB_E_TRUNCATED, IB_E_FORMAT
///         for a damaged file: the picture is then undefined. IB_E_NO_SPACE.
/// Cost:   memory in proportion to the picture at most, nothing before its size was compared.
int ib_jpeg_reader_decode(struct ib_jpeg_reader *self, const uint8_t *bytes, size_t size,
                          const struct ib_image *into);

#endif
