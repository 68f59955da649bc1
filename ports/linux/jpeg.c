/// The JPEG encoder: libjpeg-turbo with its errors turned into statuses.
#include "ports/linux/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
// Only after jpeglib.h: the numbers of its errors.
#include <jerror.h>

#include "core/status.h"
#include "image/rgbx.h"

#define ROWS 16 ///< handed over at once: what 4:2:0 works on

struct ib_jpeg {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf trouble;
    int status;
    uint8_t *buffer; ///< our own, for who hands in none
    size_t capacity;
    uint8_t *out; ///< where this file goes
    size_t room;
    size_t size;
    bool spilt; ///< the room is full to the last byte
    uint8_t spill[16];
    uint8_t *rows; ///< of four bytes a pixel, for what the library cannot read itself
    size_t rows_capacity;
};

static struct ib_jpeg *encoder_of(j_common_ptr codec) {
    return codec->client_data;
}

/// The library may not return from here.
static void on_error(j_common_ptr codec) {
    struct ib_jpeg *self = encoder_of(codec);
    if (self->status == IB_OK)
        self->status = codec->err->msg_code == JERR_OUT_OF_MEMORY ? IB_E_NO_SPACE : IB_E_RANGE;
    longjmp(self->trouble, 1);
}

static void on_message(j_common_ptr codec) {
    (void)codec;
}

static void fail(struct ib_jpeg *self, int status) {
    self->status = status;
    on_error((j_common_ptr)&self->codec);
}

/// More room in our own buffer.
static void grow(struct ib_jpeg *self) {
    size_t capacity = self->capacity ? self->capacity * 2 : 65536;
    uint8_t *bigger = realloc(self->buffer, capacity);
    if (!bigger) {
        fail(self, IB_E_NO_SPACE);
        return;
    }
    self->destination.next_output_byte = bigger + self->capacity;
    self->destination.free_in_buffer = capacity - self->capacity;
    self->buffer = self->out = bigger;
    self->capacity = self->room = capacity;
}

static void on_begin(j_compress_ptr codec) {
    struct ib_jpeg *self = encoder_of((j_common_ptr)codec);
    self->destination.next_output_byte = self->out;
    self->destination.free_in_buffer = self->room;
    if (self->room == 0)
        grow(self);
}

/// The library asks for more as soon as there is none, whether it has more to write or not.
static boolean on_full(j_compress_ptr codec) {
    struct ib_jpeg *self = encoder_of((j_common_ptr)codec);
    if (self->out == self->buffer) {
        grow(self);
        return TRUE;
    }
    if (self->spilt)
        fail(self, IB_E_NO_SPACE);
    self->spilt = true;
    self->destination.next_output_byte = self->spill;
    self->destination.free_in_buffer = sizeof self->spill;
    return TRUE;
}

static void on_end(j_compress_ptr codec) {
    struct ib_jpeg *self = encoder_of((j_common_ptr)codec);
    if (self->spilt && self->destination.free_in_buffer < sizeof self->spill)
        fail(self, IB_E_NO_SPACE);
    self->size = self->spilt ? self->room : self->room - self->destination.free_in_buffer;
}

int ib_jpeg_open(struct ib_jpeg **out) {
    struct ib_jpeg *self = calloc(1, sizeof *self);
    *out = NULL;
    if (!self)
        return IB_E_NO_SPACE;
    self->codec.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.output_message = on_message;
    self->codec.client_data = self;
    self->destination.init_destination = on_begin;
    self->destination.empty_output_buffer = on_full;
    self->destination.term_destination = on_end;
    if (setjmp(self->trouble)) {
        ib_jpeg_close(self);
        return IB_E_NO_SPACE;
    }
    jpeg_create_compress(&self->codec);
    self->codec.client_data = self;
    self->codec.dest = &self->destination;
    *out = self;
    return IB_OK;
}

void ib_jpeg_close(struct ib_jpeg *self) {
    if (!self)
        return;
    jpeg_destroy_compress(&self->codec);
    free(self->buffer);
    free(self->rows);
    free(self);
}

static void set_sampling(struct jpeg_compress_struct *codec, enum ib_codec_sampling sampling) {
    codec->comp_info[0].h_samp_factor = sampling == IB_CODEC_444 ? 1 : 2;
    codec->comp_info[0].v_samp_factor = sampling == IB_CODEC_420 ? 2 : 1;
}

/// Room for ROWS rows of the picture at four bytes a pixel.
static void reserve_rows(struct ib_jpeg *self, int32_t width_px) {
    size_t wanted = (size_t)width_px * 4 * ROWS;
    if (wanted <= self->rows_capacity)
        return;
    uint8_t *more = realloc(self->rows, wanted);
    if (!more)
        fail(self, IB_E_NO_SPACE);
    self->rows = more;
    self->rows_capacity = wanted;
}

static void write_rows(struct ib_jpeg *self, const struct ib_image *picture) {
    struct jpeg_compress_struct *codec = &self->codec;
    bool packed = picture->format == IB_PIXELS_RGB565;
    size_t width_px = (size_t)picture->width_px;
    if (packed)
        reserve_rows(self, picture->width_px);
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW rows[ROWS];
        JDIMENSION y = codec->next_scanline, count = codec->image_height - y;
        count = count < ROWS ? count : ROWS;
        for (JDIMENSION i = 0; i < count; i++) {
            uint8_t *row = ib_image_row(picture, (int32_t)(y + i));
            rows[i] = packed ? self->rows + i * width_px * 4 : row;
            if (packed)
                ib_rgbx_of_rgb565(rows[i], (const uint16_t *)(const void *)row, width_px,
                                  IB_VECTORS_BEST);
        }
        jpeg_write_scanlines(codec, rows, count);
    }
}

static int encode(struct ib_jpeg *self, const struct ib_image *picture, int quality,
                  enum ib_codec_sampling sampling) {
    struct jpeg_compress_struct *codec = &self->codec;
    bool grey = picture->format == IB_PIXELS_GREY, packed = picture->format == IB_PIXELS_RGB565;
    if (!grey && !packed && picture->format != IB_PIXELS_RGB888)
        return IB_E_UNSUPPORTED;
    if (quality < 1 || quality > 100 || picture->width_px < 1 || picture->height_px < 1)
        return IB_E_RANGE;
    self->status = IB_OK;
    self->spilt = false;
    if (setjmp(self->trouble)) {
        jpeg_abort_compress(codec);
        return self->status;
    }
    codec->image_width = (JDIMENSION)picture->width_px;
    codec->image_height = (JDIMENSION)picture->height_px;
    codec->input_components = grey ? 1 : packed ? 4 : 3;
    codec->in_color_space = grey ? JCS_GRAYSCALE : packed ? JCS_EXT_RGBX : JCS_RGB;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, quality, TRUE);
    codec->dct_method = JDCT_ISLOW;
    if (!grey)
        set_sampling(codec, sampling);
    jpeg_start_compress(codec, TRUE);
    write_rows(self, picture);
    jpeg_finish_compress(codec);
    return IB_OK;
}

int ib_jpeg_encode(struct ib_jpeg *self, const struct ib_image *picture, int quality,
                   enum ib_codec_sampling sampling, const uint8_t **bytes, size_t *size) {
    self->out = self->buffer;
    self->room = self->capacity;
    int status = encode(self, picture, quality, sampling);
    *bytes = self->buffer;
    *size = status == IB_OK ? self->size : 0;
    return status;
}

int64_t ib_jpeg_encode_into(struct ib_jpeg *self, const struct ib_image *picture, int quality,
                            enum ib_codec_sampling sampling, uint8_t *out, size_t room) {
    if (room == 0)
        return IB_E_NO_SPACE;
    self->out = out;
    self->room = room;
    int status = encode(self, picture, quality, sampling);
    return status == IB_OK ? (int64_t)self->size : status;
}
