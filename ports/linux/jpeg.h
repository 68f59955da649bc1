/// JPEG files from pictures, by libjpeg-turbo: baseline, standard Huffman tables, so that RTP can
/// carry them (RFC 2435) and everything else can show them.
#ifndef IB_PORTS_LINUX_JPEG_H
#define IB_PORTS_LINUX_JPEG_H

#include <stddef.h>
#include <stdint.h>

#include "bus/codec.h"
#include "image/image.h"

struct ib_jpeg;

/// Return: IB_OK. Errors: IB_E_NO_SPACE when there is too little memory.
int ib_jpeg_open(struct ib_jpeg **out);
void ib_jpeg_close(struct ib_jpeg *self);

/// Shape:  `picture` is GREY (one component), RGB565 or RGB888, at most 65500 pixels each way.
/// Units:  `quality` 1..100, IJG's scale.
/// Owns:   `*bytes` stays the encoder's, valid until the next call.
/// Return: IB_OK.
/// Errors: IB_E_UNSUPPORTED for another format, IB_E_RANGE, IB_E_NO_SPACE.
/// Cost:   one pass; the buffer is kept from picture to picture.
int ib_jpeg_encode(struct ib_jpeg *self, const struct ib_image *picture, int quality,
                   enum ib_codec_sampling sampling, const uint8_t **bytes, size_t *size);

/// The same straight into `out`.
/// Return: the file's size.
/// Errors: as above; IB_E_NO_SPACE also when `room` is too small.
int64_t ib_jpeg_encode_into(struct ib_jpeg *self, const struct ib_image *picture, int quality,
                            enum ib_codec_sampling sampling, uint8_t *out, size_t room);

#endif
