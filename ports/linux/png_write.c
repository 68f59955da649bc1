/// The PNG encoder: libpng with its errors turned into statuses.
#include "ports/linux/png.h"

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/status.h"
#include "image/rgbx.h"

struct sink {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    bool own; ///< it may grow
    int status;
    uint8_t *row; ///< of four bytes a pixel
};

static void on_error(png_structp png, png_const_charp text) {
    (void)text;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void no_space(png_structp png) {
    struct sink *sink = png_get_error_ptr(png);
    sink->status = IB_E_NO_SPACE;
    png_error(png, "no space");
}

static png_voidp on_allocate(png_structp png, png_alloc_size_t size) {
    struct sink *sink = png_get_mem_ptr(png);
    void *memory = malloc(size);
    if (!memory)
        sink->status = IB_E_NO_SPACE;
    return memory;
}

static void on_free(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static void on_write(png_structp png, png_bytep bytes, png_size_t size) {
    struct sink *sink = png_get_io_ptr(png);
    if (size > sink->capacity - sink->size) {
        size_t capacity = (sink->capacity + size) * 2;
        uint8_t *more = sink->own ? realloc(sink->bytes, capacity) : NULL;
        if (!more)
            no_space(png);
        sink->bytes = more;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->size, bytes, size);
    sink->size += size;
}

static void on_flush(png_structp png) {
    (void)png;
}

static void put_palette(png_structp png, png_infop info, const uint8_t palette[256][3]) {
    png_color colours[256];
    for (int i = 0; i < 256; i++)
        colours[i] = (png_color){palette[i][0], palette[i][1], palette[i][2]};
    png_set_PLTE(png, info, colours, 256);
}

static void put_comment(png_structp png, png_infop info, const char *comment) {
    char key[] = "Description";
    char *text = strdup(comment);
    if (!text)
        no_space(png);
    png_text line = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = key, .text = text};
    png_set_text(png, info, &line, 1);
    free(text);
}

/// Greys are close to their neighbours' average, and what is left seldom repeats but in runs. Colours
/// mostly come out of a palette: few values that repeat as they are, and filters hide that.
static void hurry(png_structp png, bool grey) {
    png_set_compression_level(png, grey ? 1 : 2);
    if (grey)
        png_set_compression_strategy(png, Z_RLE);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, grey ? PNG_FILTER_AVG : PNG_FILTER_NONE);
}

static void put_rows(png_structp png, const struct ib_image *picture) {
    struct sink *sink = png_get_io_ptr(png);
    bool packed = picture->format == IB_PIXELS_RGB565;
    size_t width_px = (size_t)picture->width_px;
    if (packed) {
        png_set_filler(png, 0, PNG_FILLER_AFTER);
        sink->row = malloc(width_px * 4);
        if (!sink->row)
            no_space(png);
    }
    for (int32_t y = 0; y < picture->height_px; y++) {
        const uint8_t *row = ib_image_row(picture, y);
        if (packed)
            ib_rgbx_of_rgb565(sink->row, (const uint16_t *)(const void *)row, width_px,
                              IB_VECTORS_BEST);
        png_write_row(png, packed ? sink->row : row);
    }
}

/// Everything that may jump out, apart from the locals that must survive it.
static void encode(png_structp png, png_infop info, const struct ib_image *picture,
                   const struct ib_png_style *style) {
    bool deep = picture->format == IB_PIXELS_GREY16;
    bool grey = deep || picture->format == IB_PIXELS_GREY;
    png_set_IHDR(png, info, (png_uint_32)picture->width_px, (png_uint_32)picture->height_px,
                 deep ? 16 : 8,
                 style->palette ? PNG_COLOR_TYPE_PALETTE
                 : grey         ? PNG_COLOR_TYPE_GRAY
                                : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (style->quick)
        hurry(png, grey);
    if (style->palette)
        put_palette(png, info, style->palette);
    if (style->comment)
        put_comment(png, info, style->comment);
    png_write_info(png, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (deep)
        png_set_swap(png);
#endif
    put_rows(png, picture);
    png_write_end(png, info);
}

static int make(struct sink *sink, const struct ib_image *picture,
                const struct ib_png_style *style) {
    if (picture->format == IB_PIXELS_BINARY)
        return IB_E_UNSUPPORTED;
    if (picture->width_px < 1 || picture->height_px < 1)
        return IB_E_RANGE;
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, sink, on_error, on_warning,
                                                sink, on_allocate, on_free);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return IB_E_NO_SPACE;
    }
    sink->status = IB_E_RANGE; // what else can be wrong with a picture in memory
    if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_write_fn(png, sink, on_write, on_flush);
        encode(png, info, picture, style);
        sink->status = IB_OK;
    }
    png_destroy_write_struct(&png, &info);
    free(sink->row);
    return sink->status;
}

int ib_png_encode(const struct ib_image *picture, const struct ib_png_style *style, uint8_t **bytes,
                  size_t *size) {
    struct sink sink = {.own = true};
    int status = make(&sink, picture, style);
    if (status != IB_OK) {
        free(sink.bytes);
        return status;
    }
    *bytes = sink.bytes;
    *size = sink.size;
    return IB_OK;
}

int64_t ib_png_encode_into(const struct ib_image *picture, const struct ib_png_style *style,
                           uint8_t *out, size_t room) {
    struct sink sink = {.bytes = out, .capacity = room};
    int status = make(&sink, picture, style);
    return status == IB_OK ? (int64_t)sink.size : status;
}
