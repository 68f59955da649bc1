/// The codec table over this machine's libraries. See codec.h.
#include "ports/linux/codec.h"

#include <stdlib.h>

#include "core/status.h"
#include "image/image.h"
#include "ports/linux/jpeg.h"
#include "ports/linux/jpeg_read.h"
#include "ports/linux/png.h"

struct ib_linux_codec {
    struct ib_codec table;
    struct ib_jpeg *writer;
    struct ib_jpeg_reader *reader;
};

static struct ib_image image_of(const struct ib_codec_picture *picture) {
    return (struct ib_image){.pixels = picture->pixels,
                             .width_px = picture->width_px,
                             .height_px = picture->height_px,
                             .stride_bytes = picture->stride_bytes,
                             .format = picture->pixels_as == IB_CODEC_GREY     ? IB_PIXELS_GREY
                                       : picture->pixels_as == IB_CODEC_RGB565 ? IB_PIXELS_RGB565
                                                                               : IB_PIXELS_RGB888};
}

static int64_t encode(void *context, enum ib_codec_kind kind,
                      const struct ib_codec_picture *picture, int quality,
                      enum ib_codec_sampling sampling, uint8_t *out, size_t room) {
    static const struct ib_png_style quick = {.quick = true};
    struct ib_linux_codec *self = context;
    struct ib_image image = image_of(picture);
    if (kind == IB_CODEC_PNG)
        return ib_png_encode_into(&image, &quick, out, room);
    return ib_jpeg_encode_into(self->writer, &image, quality == 0 ? 1 : quality, sampling, out,
                               room);
}

static int look(void *context, enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                struct ib_codec_facts *out) {
    struct ib_file_shape shape;
    (void)context;
    int status = kind == IB_CODEC_PNG ? ib_png_look(&shape, bytes, size)
                                      : ib_jpeg_reader_look(&shape, bytes, size);
    if (status != IB_OK)
        return status;
    *out = (struct ib_codec_facts){.width_px = shape.width_px,
                                   .height_px = shape.height_px,
                                   .components = shape.components < 3 ? 1 : 3};
    return IB_OK;
}

static int decode(void *context, enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                  const struct ib_codec_picture *into) {
    struct ib_linux_codec *self = context;
    struct ib_image image = image_of(into);
    return kind == IB_CODEC_PNG ? ib_png_decode(bytes, size, &image)
                                : ib_jpeg_reader_decode(self->reader, bytes, size, &image);
}

static const struct ib_codec_ops ops = {.encode = encode, .look = look, .decode = decode};

int ib_linux_codec_open(struct ib_linux_codec **out) {
    struct ib_linux_codec *self = calloc(1, sizeof *self);
    *out = NULL;
    if (!self)
        return IB_E_NO_SPACE;
    self->table = (struct ib_codec){&ops, self};
    if (ib_jpeg_open(&self->writer) != IB_OK || ib_jpeg_reader_open(&self->reader) != IB_OK) {
        ib_linux_codec_close(self);
        return IB_E_NO_SPACE;
    }
    *out = self;
    return IB_OK;
}

void ib_linux_codec_close(struct ib_linux_codec *self) {
    if (!self)
        return;
    ib_jpeg_close(self->writer);
    ib_jpeg_reader_close(self->reader);
    free(self);
}

const struct ib_codec *ib_linux_codec_table(struct ib_linux_codec *self) {
    return &self->table;
}
