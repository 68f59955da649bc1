/// The codec table of this machine: JPEG by libjpeg-turbo, PNG by libpng.
#ifndef IB_PORTS_LINUX_CODEC_H
#define IB_PORTS_LINUX_CODEC_H

#include "bus/codec.h"

struct ib_linux_codec;

/// What the libraries need is kept from picture to picture: one for each thread that has pictures.
/// Return: IB_OK. Errors: IB_E_NO_SPACE when there is too little memory.
int ib_linux_codec_open(struct ib_linux_codec **out);
void ib_linux_codec_close(struct ib_linux_codec *self);

/// Beside what bus/codec.h says: JPEGs are read when they are baseline with one or three components,
/// of grey or YCbCr colours (IB_E_UNSUPPORTED otherwise), into grey by their brightness alone; PNGs
/// of 1 to 8 bits, interlaced ones too, what is transparent as it would be on black.
/// Owns:   valid until closed.
const struct ib_codec *ib_linux_codec_table(struct ib_linux_codec *self);

#endif
