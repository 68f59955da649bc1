/// The PNG decoder: libpng with its errors turned into statuses.
#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/color.h"
#include "image/rgbx.h"
#include "ports/linux/png.h"

#define MOST_CHUNK_BYTES 65536 ///< of what is not pixels; a palette has 768

/// Chunks' names, each with the zero that libpng wants behind it.
static const png_byte NOT_WANTED[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0"
                                     "pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";

struct file {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    int status;
    uint8_t *rows; ///< one row of four bytes a pixel, or all of an interlaced picture
};

static void on_error(png_structp png, png_const_charp text) {
    (void)text;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static png_voidp on_allocate(png_structp png, png_alloc_size_t size) {
    struct file *file = png_get_mem_ptr(png);
    void *memory = malloc(size);
    if (!memory)
        file->status = IB_E_NO_SPACE;
    return memory;
}

static void on_free(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static void on_read(png_structp png, png_bytep out, png_size_t size) {
    struct file *file = png_get_io_ptr(png);
    if (size > file->size - file->at) {
        file->status = IB_E_TRUNCATED;
        png_error(png, "truncated");
    }
    memcpy(out, file->bytes + file->at, size);
    file->at += size;
}

int ib_png_look(struct ib_file_shape *out, const uint8_t *bytes, size_t size) {
    int status = ib_png_shape(out, bytes, size);
    if (status != IB_OK)
        return status;
    if (out->bits > 8)
        return IB_E_UNSUPPORTED;
    return out->width_px > IB_IMAGE_MAX_PX || out->height_px > IB_IMAGE_MAX_PX ? IB_E_RANGE : IB_OK;
}

/// Whatever the file holds becomes four bytes a pixel: red, green, blue, and one that is not used.
static void ask_for_rgbx(png_structp png) {
    static const png_color_16 black = {0};
    png_set_expand(png);
    png_set_gray_to_rgb(png);
    png_set_background(png, &black, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1);
    png_set_filler(png, 255, PNG_FILLER_AFTER);
}

static void put_row(const struct ib_image *into, int32_t y, const uint8_t *rgbx) {
    uint8_t *row = ib_image_row(into, y);
    size_t width_px = (size_t)into->width_px;
    if (into->format == IB_PIXELS_RGB565) {
        ib_rgb565_of_rgbx((uint16_t *)(void *)row, rgbx, width_px, IB_VECTORS_BEST);
        return;
    }
    for (size_t x = 0; x < width_px; x++, rgbx += 4) {
        if (into->format == IB_PIXELS_GREY)
            row[x] = ib_luma_of(rgbx[0], rgbx[1], rgbx[2]);
        else
            memcpy(row + 3 * x, rgbx, 3);
    }
}

/// Everything that may jump out, apart from the locals that must survive it.
static void decode(png_structp png, png_infop info, const struct ib_image *into) {
    struct file *file = png_get_io_ptr(png);
    size_t row_bytes = (size_t)into->width_px * 4;
    png_read_info(png, info);
    if (png_get_image_width(png, info) != (png_uint_32)into->width_px ||
        png_get_image_height(png, info) != (png_uint_32)into->height_px)
        png_error(png, "another size");
    ask_for_rgbx(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != row_bytes)
        png_error(png, "another layout");
    // Interlaced: each pass adds to the rows of the one before.
    file->rows = on_allocate(png, row_bytes * (passes > 1 ? (size_t)into->height_px : 1));
    if (!file->rows)
        png_error(png, "no space");
    for (int pass = 0; pass < passes; pass++) {
        for (int32_t y = 0; y < into->height_px; y++) {
            uint8_t *row = file->rows + (passes > 1 ? row_bytes * (size_t)y : 0);
            png_read_row(png, row, NULL);
            if (pass == passes - 1)
                put_row(into, y, row);
        }
    }
    png_read_end(png, NULL);
}

int ib_png_decode(const uint8_t *bytes, size_t size, const struct ib_image *into) {
    struct file file = {.bytes = bytes, .size = size};
    struct ib_file_shape shape;
    int status = ib_png_look(&shape, bytes, size);
    if (status != IB_OK)
        return status;
    if (shape.width_px != into->width_px || shape.height_px != into->height_px ||
        (into->format != IB_PIXELS_GREY && into->format != IB_PIXELS_RGB565 &&
         into->format != IB_PIXELS_RGB888))
        return IB_E_INVAL;
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &file, on_error, on_warning,
                                               &file, on_allocate, on_free);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return IB_E_NO_SPACE;
    }
    file.status = IB_E_FORMAT; // unless something else is found out
    if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_user_limits(png, IB_IMAGE_MAX_PX, IB_IMAGE_MAX_PX);
        png_set_chunk_malloc_max(png, MOST_CHUNK_BYTES);
        // Texts, profiles and times are not looked into.
        png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NOT_WANTED, sizeof NOT_WANTED / 5);
        png_set_read_fn(png, &file, on_read);
        decode(png, info, into);
        file.status = IB_OK;
    }
    png_destroy_read_struct(&png, &info, NULL);
    free(file.rows);
    return file.status;
}
