/// The JPEG decoder: libjpeg-turbo with its errors, and the warnings that matter, turned into
/// statuses.
#include "ports/linux/jpeg_read.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
// Only after jpeglib.h: the numbers of its errors.
#include <jerror.h>

#include "core/status.h"
#include "image/rgbx.h"

#define ROWS 16
#define MOST_SCANS 3 ///< one a component: more only cost time

struct ib_jpeg_reader {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf trouble;
    int status;
    bool ended;    ///< the file's bytes were not enough
    uint8_t *rows; ///< of four bytes a pixel
    size_t rows_capacity;
};

static struct ib_jpeg_reader *reader_of(j_common_ptr codec) {
    return codec->client_data;
}

/// The library may not return from here.
static void fail(struct ib_jpeg_reader *self, int status) {
    self->status = status;
    longjmp(self->trouble, 1);
}

static void on_error(j_common_ptr codec) {
    struct ib_jpeg_reader *self = reader_of(codec);
    fail(self, codec->err->msg_code == JERR_OUT_OF_MEMORY ? IB_E_NO_SPACE
               : self->ended                              ? IB_E_TRUNCATED
                                                          : IB_E_FORMAT);
}

/// Level -1 is a warning. A decoder that goes on paints grey where bytes are missing.
static void on_message(j_common_ptr codec, int level) {
    int code = codec->err->msg_code;
    if (level < 0 && (code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
                      code == JWRN_ARITH_BAD_CODE || code == JWRN_MUST_RESYNC))
        on_error(codec);
}

static void on_text(j_common_ptr codec) {
    (void)codec;
}

static void on_begin(j_decompress_ptr codec) {
    (void)codec;
}

/// Nothing is left. The decoder looks ahead: an end of image does until it misses something.
static boolean on_empty(j_decompress_ptr codec) {
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    struct ib_jpeg_reader *self = reader_of((j_common_ptr)codec);
    self->ended = true;
    self->source.next_input_byte = end;
    self->source.bytes_in_buffer = sizeof end;
    return TRUE;
}

static void on_skip(j_decompress_ptr codec, long count) {
    struct ib_jpeg_reader *self = reader_of((j_common_ptr)codec);
    size_t skipped = count < 0 ? 0 : (size_t)count;
    if (skipped > self->source.bytes_in_buffer) {
        (void)on_empty(codec);
        return;
    }
    self->source.next_input_byte += skipped;
    self->source.bytes_in_buffer -= skipped;
}

static void on_end(j_decompress_ptr codec) {
    (void)codec;
}

static void on_progress(j_common_ptr codec) {
    struct ib_jpeg_reader *self = reader_of(codec);
    if (self->codec.input_scan_number > MOST_SCANS)
        fail(self, IB_E_FORMAT);
}

int ib_jpeg_reader_open(struct ib_jpeg_reader **out) {
    struct ib_jpeg_reader *self = calloc(1, sizeof *self);
    *out = NULL;
    if (!self)
        return IB_E_NO_SPACE;
    self->codec.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    self->errors.output_message = on_text;
    self->codec.client_data = self;
    if (setjmp(self->trouble)) {
        ib_jpeg_reader_close(self);
        return IB_E_NO_SPACE;
    }
    jpeg_create_decompress(&self->codec);
    self->codec.client_data = self;
    self->source = (struct jpeg_source_mgr){.init_source = on_begin,
                                            .fill_input_buffer = on_empty,
                                            .skip_input_data = on_skip,
                                            .resync_to_restart = jpeg_resync_to_restart,
                                            .term_source = on_end};
    self->codec.src = &self->source;
    self->progress.progress_monitor = on_progress;
    self->codec.progress = &self->progress;
    *out = self;
    return IB_OK;
}

void ib_jpeg_reader_close(struct ib_jpeg_reader *self) {
    if (!self)
        return;
    jpeg_destroy_decompress(&self->codec);
    free(self->rows);
    free(self);
}

int ib_jpeg_reader_look(struct ib_file_shape *out, const uint8_t *bytes, size_t size) {
    int status = ib_jpeg_shape(out, bytes, size);
    if (status != IB_OK)
        return status;
    if (!out->baseline || out->bits != 8 || (out->components != 1 && out->components != 3))
        return IB_E_UNSUPPORTED;
    return out->width_px > IB_IMAGE_MAX_PX || out->height_px > IB_IMAGE_MAX_PX ? IB_E_RANGE : IB_OK;
}

static void reserve_rows(struct ib_jpeg_reader *self, int32_t width_px) {
    size_t wanted = (size_t)width_px * 4 * ROWS;
    if (wanted <= self->rows_capacity)
        return;
    uint8_t *more = realloc(self->rows, wanted);
    if (!more)
        fail(self, IB_E_NO_SPACE);
    self->rows = more;
    self->rows_capacity = wanted;
}

static void read_rows(struct ib_jpeg_reader *self, const struct ib_image *into) {
    struct jpeg_decompress_struct *codec = &self->codec;
    bool packed = into->format == IB_PIXELS_RGB565;
    size_t width_px = (size_t)into->width_px;
    if (packed)
        reserve_rows(self, into->width_px);
    while (codec->output_scanline < codec->output_height) {
        JSAMPROW rows[ROWS];
        JDIMENSION y = codec->output_scanline, count = codec->output_height - y;
        count = count < ROWS ? count : ROWS;
        for (JDIMENSION i = 0; i < count; i++)
            rows[i] = packed ? self->rows + i * width_px * 4 : ib_image_row(into, (int32_t)(y + i));
        count = jpeg_read_scanlines(codec, rows, count);
        for (JDIMENSION i = 0; packed && i < count; i++)
            ib_rgb565_of_rgbx((uint16_t *)(void *)ib_image_row(into, (int32_t)(y + i)), rows[i],
                              width_px, IB_VECTORS_BEST);
    }
}

int ib_jpeg_reader_decode(struct ib_jpeg_reader *self, const uint8_t *bytes, size_t size,
                          const struct ib_image *into) {
    struct jpeg_decompress_struct *codec = &self->codec;
    struct ib_file_shape shape;
    bool grey = into->format == IB_PIXELS_GREY, packed = into->format == IB_PIXELS_RGB565;
    int status = ib_jpeg_reader_look(&shape, bytes, size);
    if (status != IB_OK)
        return status;
    if (shape.width_px != into->width_px || shape.height_px != into->height_px ||
        (!grey && !packed && into->format != IB_PIXELS_RGB888))
        return IB_E_INVAL;
    self->source.next_input_byte = bytes;
    self->source.bytes_in_buffer = size;
    self->ended = false;
    self->errors.num_warnings = 0;
    if (setjmp(self->trouble)) {
        jpeg_abort_decompress(codec);
        return self->status;
    }
    jpeg_read_header(codec, TRUE);
    // The library has read the same header, by its own rules; what differs is no file of ours.
    if (codec->image_width != (JDIMENSION)into->width_px ||
        codec->image_height != (JDIMENSION)into->height_px || codec->progressive_mode ||
        codec->arith_code)
        fail(self, IB_E_FORMAT);
    codec->out_color_space = grey ? JCS_GRAYSCALE : packed ? JCS_EXT_RGBX : JCS_RGB;
    codec->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(codec);
    read_rows(self, into);
    jpeg_abort_decompress(codec); // what follows the last row is not waited for
    return IB_OK;
}
