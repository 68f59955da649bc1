/// PNG pictures, by libpng.
#include "apps/ironbow/png_file.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sink {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    char *problem;
    size_t problem_size;
};

static void on_error(png_structp png, png_const_charp text) {
    struct sink *sink = png_get_error_ptr(png);
    snprintf(sink->problem, sink->problem_size, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void on_write(png_structp png, png_bytep bytes, png_size_t size) {
    struct sink *sink = png_get_io_ptr(png);
    if (size > sink->capacity - sink->size) {
        size_t capacity = (sink->capacity + size) * 2;
        uint8_t *more = realloc(sink->bytes, capacity);
        if (!more)
            png_error(png, "out of memory");
        sink->bytes = more;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->size, bytes, size);
    sink->size += size;
}

static void on_flush(png_structp png) {
    (void)png;
}

/// What is drawn: indices with a palette, or values.
struct drawing {
    const uint8_t *indices;
    const uint8_t (*palette)[3];
    const uint16_t *values;
    unsigned width_px;
    unsigned height_px;
    const char *comment;
};

/// Everything that may jump out, apart from the locals that must survive it.
static void encode(png_structp png, png_infop info, const struct drawing *drawing) {
    char key[] = "Description";
    char *text = strdup(drawing->comment);
    if (!text)
        png_error(png, "out of memory");
    png_text line = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = key, .text = text};
    png_set_IHDR(png, info, drawing->width_px, drawing->height_px, drawing->values ? 16 : 8,
                 drawing->values ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (drawing->palette) {
        png_color colours[256];
        for (int i = 0; i < 256; i++)
            colours[i] =
                (png_color){drawing->palette[i][0], drawing->palette[i][1], drawing->palette[i][2]};
        png_set_PLTE(png, info, colours, 256);
    }
    png_set_text(png, info, &line, 1);
    free(text);
    png_write_info(png, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (drawing->values)
        png_set_swap(png);
#endif
    for (unsigned y = 0; y < drawing->height_px; y++) {
        size_t at = (size_t)y * drawing->width_px;
        png_write_row(png, drawing->values ? (const uint8_t *)(drawing->values + at)
                                           : drawing->indices + at);
    }
    png_write_end(png, info);
}

static int make(const struct drawing *drawing, uint8_t **bytes, size_t *size, char *problem,
                size_t problem_size) {
    struct sink sink = {.problem = problem, .problem_size = problem_size};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        snprintf(problem, problem_size, "out of memory");
        return -1;
    }
    if (setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_write_struct(&png, &info);
        free(sink.bytes);
        return -1;
    }
    png_set_write_fn(png, &sink, on_write, on_flush);
    encode(png, info, drawing);
    png_destroy_write_struct(&png, &info);
    *bytes = sink.bytes;
    *size = sink.size;
    return 0;
}

int ib_app_png_encode(const uint8_t *indices, unsigned width_px, unsigned height_px,
                      const uint8_t palette[256][3], const char *comment, uint8_t **bytes,
                      size_t *size, char *problem, size_t problem_size) {
    const struct drawing drawing = {.indices = indices,
                                    .palette = palette,
                                    .width_px = width_px,
                                    .height_px = height_px,
                                    .comment = comment};
    return make(&drawing, bytes, size, problem, problem_size);
}

int ib_app_png_encode_grey16(const uint16_t *pixels, unsigned width_px, unsigned height_px,
                             const char *comment, uint8_t **bytes, size_t *size, char *problem,
                             size_t problem_size) {
    const struct drawing drawing = {
        .values = pixels, .width_px = width_px, .height_px = height_px, .comment = comment};
    return make(&drawing, bytes, size, problem, problem_size);
}
