/// JPEG files from pictures, by libjpeg-turbo: baseline, standard Huffman tables, so that RTP can
/// carry them (RFC 2435) and everything else can show them.
#ifndef IB_PORTS_LINUX_JPEG_H
#define IB_PORTS_LINUX_JPEG_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

struct ib_jpeg;

enum ib_jpeg_sampling { IB_JPEG_444, IB_JPEG_422, IB_JPEG_420 };

/// Return: IB_OK. Errors: IB_E_NO_SPACE when there is too little memory.
int ib_jpeg_open(struct ib_jpeg **out);
void ib_jpeg_close(struct ib_jpeg *self);

/// Shape:  `picture` is GREY (one component) or RGB888, at most 65500 pixels each way.
/// Units:  `quality` 1..100, IJG's scale.
/// Owns:   `*bytes` stays the encoder's, valid until the next call.
/// Return: IB_OK.
/// Errors: IB_E_UNSUPPORTED for another format, IB_E_RANGE, IB_E_NO_SPACE.
/// Cost:   one pass; the buffer is kept from picture to picture.
int ib_jpeg_encode(struct ib_jpeg *self, const struct ib_image *picture, int quality,
                   enum ib_jpeg_sampling sampling, const uint8_t **bytes, size_t *size);

#endif
