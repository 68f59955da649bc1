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

struct ib_jpeg {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf trouble;
    int status;
    uint8_t *buffer;
    size_t capacity;
    size_t size;
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

static void grow(struct ib_jpeg *self) {
    size_t capacity = self->capacity ? self->capacity * 2 : 65536;
    uint8_t *bigger = realloc(self->buffer, capacity);
    if (!bigger) {
        self->status = IB_E_NO_SPACE;
        on_error((j_common_ptr)&self->codec);
        return;
    }
    self->destination.next_output_byte = bigger + self->capacity;
    self->destination.free_in_buffer = capacity - self->capacity;
    self->buffer = bigger;
    self->capacity = capacity;
}

static void on_begin(j_compress_ptr codec) {
    struct ib_jpeg *self = encoder_of((j_common_ptr)codec);
    if (!self->buffer)
        grow(self);
    self->destination.next_output_byte = self->buffer;
    self->destination.free_in_buffer = self->capacity;
}

static boolean on_full(j_compress_ptr codec) {
    grow(encoder_of((j_common_ptr)codec));
    return TRUE;
}

static void on_end(j_compress_ptr codec) {
    struct ib_jpeg *self = encoder_of((j_common_ptr)codec);
    self->size = self->capacity - self->destination.free_in_buffer;
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
    free(self);
}

static void set_sampling(struct jpeg_compress_struct *codec, enum ib_jpeg_sampling sampling) {
    codec->comp_info[0].h_samp_factor = sampling == IB_JPEG_444 ? 1 : 2;
    codec->comp_info[0].v_samp_factor = sampling == IB_JPEG_420 ? 2 : 1;
}

int ib_jpeg_encode(struct ib_jpeg *self, const struct ib_image *picture, int quality,
                   enum ib_jpeg_sampling sampling, const uint8_t **bytes, size_t *size) {
    struct jpeg_compress_struct *codec = &self->codec;
    bool colour = picture->format == IB_PIXELS_RGB888;
    if (!colour && picture->format != IB_PIXELS_GREY)
        return IB_E_UNSUPPORTED;
    if (quality < 1 || quality > 100 || picture->width_px < 1 || picture->height_px < 1)
        return IB_E_RANGE;
    self->status = IB_OK;
    if (setjmp(self->trouble)) {
        jpeg_abort_compress(codec);
        return self->status;
    }
    codec->image_width = (JDIMENSION)picture->width_px;
    codec->image_height = (JDIMENSION)picture->height_px;
    codec->input_components = colour ? 3 : 1;
    codec->in_color_space = colour ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, quality, TRUE);
    codec->dct_method = JDCT_ISLOW;
    if (colour)
        set_sampling(codec, sampling);
    jpeg_start_compress(codec, TRUE);
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW row = ib_image_row(picture, (int32_t)codec->next_scanline);
        jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
    *bytes = self->buffer;
    *size = self->size;
    return IB_OK;
}
