/// BMP files: bytes made by hand, every split, every end, every wrong field.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/bmp.h"
#include "tests/core/support_random.h"

#define MOST_BYTES 8192

struct file {
    uint8_t bytes[MOST_BYTES];
    size_t size;
};

static void put(struct file *self, size_t count, uint32_t value) {
    assert_true(self->size + count <= MOST_BYTES);
    for (size_t i = 0; i < count; i++)
        self->bytes[self->size++] = (uint8_t)(value >> 8 * i);
}

static void set32(struct file *self, size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; i++)
        self->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

/// A file from its description, pixels of noise. `extra` bytes stand between the head and the rows.
static void make(struct file *self, uint32_t info, uint32_t bits, int32_t width, int32_t height,
                 uint32_t extra, struct random *random) {
    uint32_t high = (uint32_t)(height < 0 ? -height : height);
    uint32_t row = ((uint32_t)width * bits / 8 + 3) & ~3u;
    uint32_t head = 14 + info + (bits == 8 ? 1024 : bits == 16 && info == 40 ? 12 : 0) + extra;
    self->size = 0;
    put(self, 2, 0x4D42);
    put(self, 4, head + row * high);
    put(self, 4, 0x12345678); // reserved: not looked at
    put(self, 4, head);
    put(self, 4, info);
    put(self, 4, (uint32_t)width);
    put(self, 4, (uint32_t)height);
    put(self, 2, 1);
    put(self, 2, bits);
    put(self, 4, bits == 16 ? 3 : 0);
    put(self, 4, row * high);
    put(self, 4, 2835);
    put(self, 4, 2835);
    put(self, 4, bits == 8 ? 256 : 0);
    put(self, 4, 0);
    if (bits == 16 || info > 40) {
        put(self, 4, 0xF800);
        put(self, 4, 0x07E0);
        put(self, 4, 0x001F);
    }
    while (self->size < 14 + info)
        put(self, 1, random_below(random, 256));
    for (uint32_t i = 0; bits == 8 && i < 256; i++)
        put(self, 4, i * 0x010101);
    while (self->size < head + row * high)
        put(self, 1, random_below(random, 256));
}

static int look(struct ib_bmp *bmp, const struct file *file) {
    size_t head = file->size < IB_BMP_HEAD_BYTES ? file->size : IB_BMP_HEAD_BYTES;
    // A block of exactly that size: reading behind it is seen by the sanitizers.
    uint8_t *copy = malloc(head + 1);
    assert_non_null(copy);
    memcpy(copy + 1, file->bytes, head);
    int status = ib_bmp_look(bmp, copy + 1, head, file->size);
    free(copy);
    return status;
}

/// What a pixel is, straight from the file's bytes.
static uint32_t pixel_of(const struct file *file, uint32_t bits, int32_t width, int32_t height,
                         int32_t x, int32_t y) {
    uint32_t row = ((uint32_t)width * bits / 8 + 3) & ~3u;
    uint32_t high = (uint32_t)(height < 0 ? -height : height);
    const uint8_t *rows = file->bytes + file->size - row * high;
    const uint8_t *line = rows + row * (uint32_t)(height < 0 ? y : height - 1 - y);
    if (bits == 8)
        return line[x];
    if (bits == 16)
        return (uint32_t)(line[2 * x] | line[2 * x + 1] << 8);
    return (uint32_t)(line[3 * x + 2] >> 3 << 11 | line[3 * x + 1] >> 2 << 5 | line[3 * x] >> 3);
}

static void check_read(const struct file *file, uint32_t bits, int32_t width, int32_t height,
                       struct random *random) {
    struct ib_bmp bmp;
    int32_t high = height < 0 ? -height : height;
    assert_int_equal(look(&bmp, file), IB_OK);
    assert_int_equal(bmp.width_px, width);
    assert_int_equal(bmp.height_px, high);
    assert_int_equal(bmp.format, bits == 8 ? IB_PIXELS_GREY : IB_PIXELS_RGB565);
    for (unsigned most = 1; most <= 64; most *= 2) {
        struct ib_bmp reader = bmp;
        size_t bytes = ib_image_bytes(bmp.format, width, high), at = bmp.rows_at;
        uint8_t *pixels = malloc(bytes);
        struct ib_image into = ib_image_of(pixels, bmp.format, width, high);
        int status = 0;
        assert_non_null(pixels);
        memset(pixels, 0xAA, bytes);
        while (at < file->size) {
            size_t piece = 1 + random_below(random, most);
            piece = piece < file->size - at ? piece : file->size - at;
            assert_int_equal(status, 0);
            status = ib_bmp_feed(&reader, &into, file->bytes + at, piece);
            at += piece;
            if (status == 1)
                break;
        }
        assert_int_equal(status, 1);
        assert_int_equal(ib_bmp_feed(&reader, &into, file->bytes, 100), 1);
        for (int32_t y = 0; y < high; y++)
            for (int32_t x = 0; x < width; x++) {
                const uint8_t *row = ib_image_row(&into, y);
                uint32_t got = bits == 8 ? row[x] : ((const uint16_t *)(const void *)row)[x];
                assert_int_equal(got, pixel_of(file, bits, width, height, x, y));
            }
        free(pixels);
    }
}

static void every_kind_is_read_in_every_split(void **state) {
    static const uint32_t infos[] = {40, 52, 56, 108, 124}, depths[] = {8, 16, 24};
    struct random random = {20260101};
    struct file file;
    (void)state;
    for (size_t i = 0; i < 5; i++)
        for (size_t d = 0; d < 3; d++)
            for (int32_t width = 1; width < 6; width++)
                for (int32_t height = -3; height <= 3; height++) {
                    if (height == 0)
                        continue;
                    make(&file, infos[i], depths[d], width, height, (uint32_t)width - 1, &random);
                    check_read(&file, depths[d], width, height, &random);
                }
}

static void a_file_that_ends_early_is_truncated(void **state) {
    static const uint32_t depths[] = {8, 16, 24};
    struct random random = {7};
    struct file file;
    struct ib_bmp bmp;
    (void)state;
    for (size_t d = 0; d < 3; d++) {
        make(&file, 40, depths[d], 3, 2, 0, &random);
        size_t whole = file.size;
        for (file.size = 0; file.size < whole; file.size++)
            assert_int_equal(look(&bmp, &file), IB_E_TRUNCATED);
        assert_int_equal(look(&bmp, &file), IB_OK);
        file.size += 9; // something behind it does not harm
        assert_int_equal(look(&bmp, &file), IB_OK);
    }
}

static void every_wrong_field_is_refused(void **state) {
    static const struct {
        size_t at, count;
        uint32_t value;
        uint32_t bits;
        int status;
    } rows[] = {
        {0, 1, 'b', 8, IB_E_UNSUPPORTED},
        {1, 1, 'A', 8, IB_E_UNSUPPORTED},
        {2, 4, 0, 16, IB_E_FORMAT},           // the file's size
        {2, 4, 81, 16, IB_E_FORMAT},          // (it has 82 bytes)
        {2, 4, 83, 16, IB_E_FORMAT},          //
        {10, 4, 65, 16, IB_E_FORMAT},         // the rows within the masks
        {10, 4, 67, 16, IB_E_FORMAT},         //
        {10, 4, 0xFFFFFFFF, 16, IB_E_FORMAT}, //
        {14, 4, 12, 16, IB_E_UNSUPPORTED},    // a head of OS/2
        {14, 4, 41, 16, IB_E_UNSUPPORTED},    //
        {14, 4, 0xFFFFFFFF, 16, IB_E_UNSUPPORTED},
        {18, 4, 0, 16, IB_E_FORMAT}, // width
        {18, 4, 0xFFFFFFFD, 16, IB_E_FORMAT},
        {18, 4, 0x80000000, 16, IB_E_FORMAT},
        {18, 4, 5, 16, IB_E_FORMAT},
        {18, 4, 16385, 16, IB_E_UNSUPPORTED},
        {18, 4, 0x7FFFFFFF, 16, IB_E_UNSUPPORTED},
        {22, 4, 0, 16, IB_E_FORMAT}, // height
        {22, 4, 3, 16, IB_E_FORMAT},
        {22, 4, 0x80000000, 16, IB_E_UNSUPPORTED},
        {22, 4, 0x7FFFFFFF, 16, IB_E_UNSUPPORTED},
        {26, 2, 0, 16, IB_E_VERIFY}, // planes
        {26, 2, 2, 16, IB_E_VERIFY},
        {28, 2, 0, 16, IB_E_UNSUPPORTED}, // bits
        {28, 2, 1, 16, IB_E_UNSUPPORTED},
        {28, 2, 4, 16, IB_E_UNSUPPORTED},
        {28, 2, 32, 16, IB_E_UNSUPPORTED},
        {28, 2, 8, 16, IB_E_UNSUPPORTED},
        {28, 2, 24, 16, IB_E_UNSUPPORTED},
        {30, 4, 0, 16, IB_E_UNSUPPORTED}, // coded
        {30, 4, 1, 8, IB_E_UNSUPPORTED},
        {30, 4, 3, 8, IB_E_UNSUPPORTED},
        {30, 4, 3, 24, IB_E_UNSUPPORTED},
        {34, 4, 0, 16, IB_E_FORMAT}, // the rows' bytes
        {34, 4, 17, 16, IB_E_FORMAT},
        {54, 4, 0x7C00, 16, IB_E_UNSUPPORTED}, // masks
        {58, 4, 0x03E0, 16, IB_E_UNSUPPORTED},
        {62, 4, 0xF800, 16, IB_E_UNSUPPORTED},
        {54, 1, 1, 8, IB_E_UNSUPPORTED}, // palette
        {54 + 4 * 100 + 1, 1, 101, 8, IB_E_UNSUPPORTED},
        {54 + 4 * 255 + 2, 1, 254, 8, IB_E_UNSUPPORTED},
    };
    struct random random = {9};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct file file;
        struct ib_bmp bmp;
        make(&file, 40, rows[i].bits, 3, 2, 0, &random);
        for (size_t b = 0; b < rows[i].count; b++)
            file.bytes[rows[i].at + b] = (uint8_t)(rows[i].value >> 8 * b);
        int status = look(&bmp, &file);
        if (status != rows[i].status)
            fail_msg("row %zu: %d, not %d", i, status, rows[i].status);
    }
}

/// 5 x 16384 pixels of 24 bits are said; the file is short.
static void a_head_alone_makes_nobody_allocate(void **state) {
    struct random random = {3};
    struct file file;
    struct ib_bmp bmp;
    (void)state;
    make(&file, 40, 24, 5, 1, 0, &random);
    set32(&file, 22, 16384);
    set32(&file, 34, 16 * 16384);
    set32(&file, 2, 54 + 16 * 16384);
    assert_int_equal(look(&bmp, &file), IB_E_TRUNCATED);
}

/// Everything agrees, only that the rows begin in the middle of the masks, or of the palette.
static void rows_begin_behind_the_head(void **state) {
    static const uint32_t infos[] = {40, 52, 56, 108, 124}, depths[] = {8, 16, 24};
    struct random random = {5};
    struct file file;
    struct ib_bmp bmp;
    (void)state;
    for (size_t i = 0; i < 5; i++)
        for (size_t d = 0; d < 3; d++) {
            make(&file, infos[i], depths[d], 4, 1, 0, &random);
            uint32_t head = 14 + infos[i] + (d == 0 ? 1024 : d == 1 && i == 0 ? 12 : 0);
            uint32_t row = depths[d] / 2;
            assert_int_equal(file.size, head + row);
            set32(&file, 10, head - 1);
            set32(&file, 2, head - 1 + row);
            assert_int_equal(look(&bmp, &file), IB_E_FORMAT);
        }
}

static void another_picture_is_refused(void **state) {
    struct random random = {3};
    struct file file;
    struct ib_bmp bmp;
    uint16_t pixels[16];
    (void)state;
    make(&file, 40, 16, 3, 2, 0, &random);
    assert_int_equal(look(&bmp, &file), IB_OK);
    struct ib_image into = ib_image_of(pixels, IB_PIXELS_RGB565, 2, 3);
    assert_int_equal(ib_bmp_feed(&bmp, &into, file.bytes, 4), IB_E_INVAL);
    into = ib_image_of(pixels, IB_PIXELS_GREY, 3, 2);
    assert_int_equal(ib_bmp_feed(&bmp, &into, file.bytes, 4), IB_E_INVAL);
}

// ---- writing ----

static size_t write_all(const struct ib_image *picture, struct ib_rect roi, size_t room,
                        struct file *out) {
    struct ib_bmp_writer writer;
    int64_t said = ib_bmp_writer_init(&writer, picture, roi);
    out->size = 0;
    assert_true(said > 0 && said <= MOST_BYTES);
    for (;;) {
        uint8_t *piece = malloc(room);
        assert_non_null(piece);
        size_t got = ib_bmp_writer_pull(&writer, piece, room);
        assert_true(got <= room && out->size + got <= MOST_BYTES);
        memcpy(out->bytes + out->size, piece, got);
        free(piece);
        out->size += got;
        if (got == 0)
            break;
    }
    assert_int_equal(out->size, said);
    return out->size;
}

static void colours_are_written_to_the_byte(void **state) {
    // clang-format off
    static const uint8_t golden[] = {
        'B', 'M', 78, 0, 0, 0, 0, 0, 0, 0, 66, 0, 0, 0,
        40, 0, 0, 0, 1, 0, 0, 0, 0xFD, 0xFF, 0xFF, 0xFF, 1, 0, 16, 0, 3, 0, 0, 0, 12, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x00, 0xF8, 0, 0, 0xE0, 0x07, 0, 0, 0x1F, 0x00, 0, 0,
        0x34, 0x12, 0, 0, 0x78, 0x56, 0, 0, 0xBC, 0x9A, 0, 0,
    };
    // clang-format on
    static uint16_t pixels[] = {0x1234, 0x5678, 0x9ABC};
    struct ib_image picture = ib_image_of(pixels, IB_PIXELS_RGB565, 1, 3);
    struct file file;
    (void)state;
    write_all(&picture, (struct ib_rect){0, 0, 1, 3}, 4096, &file);
    assert_int_equal(file.size, sizeof golden);
    assert_memory_equal(file.bytes, golden, sizeof golden);
}

static void greys_are_written_to_the_byte(void **state) {
    // clang-format off
    static const uint8_t golden[] = {
        'B', 'M', 0x3E, 0x04, 0, 0, 0, 0, 0, 0, 0x36, 0x04, 0, 0,
        40, 0, 0, 0, 3, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 1, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    };
    // clang-format on
    static uint8_t pixels[] = {9, 9, 9, 9, 9, 1, 2, 3, 9, 4, 5, 6};
    static const uint8_t rows[] = {1, 2, 3, 0, 4, 5, 6, 0};
    struct ib_image picture = ib_image_of(pixels, IB_PIXELS_GREY, 4, 3);
    struct file file;
    (void)state;
    write_all(&picture, (struct ib_rect){1, 1, 3, 2}, 4096, &file);
    assert_int_equal(file.size, 54 + 1024 + 8);
    assert_memory_equal(file.bytes, golden, sizeof golden);
    for (unsigned i = 0; i < 256; i++) {
        const uint8_t colour[4] = {(uint8_t)i, (uint8_t)i, (uint8_t)i, 0};
        assert_memory_equal(file.bytes + 54 + 4 * i, colour, 4);
    }
    assert_memory_equal(file.bytes + 1078, rows, sizeof rows);
}

static void bits_are_written_as_black_and_white(void **state) {
    static uint32_t bits[] = {0x00000005, 0x80000000, 0x00000001, 0x00000002};
    struct ib_image picture = ib_image_of(bits, IB_PIXELS_BINARY, 40, 2);
    struct file file;
    (void)state;
    write_all(&picture, (struct ib_rect){0, 0, 40, 2}, 1078, &file);
    for (unsigned x = 0; x < 40; x++) {
        assert_int_equal(file.bytes[1078 + x], x == 0 || x == 2 ? 255 : 0);
        assert_int_equal(file.bytes[1118 + x], x == 0 || x == 33 ? 255 : 0);
    }
}

static void what_is_written_is_read(void **state) {
    struct random random = {77};
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        static uint16_t pixels[40 * 40], back[40 * 40];
        struct file file;
        struct ib_bmp bmp;
        enum ib_pixels format = i % 2 ? IB_PIXELS_GREY : IB_PIXELS_RGB565;
        int32_t width = 1 + (int32_t)random_below(&random, 40);
        int32_t height = 1 + (int32_t)random_below(&random, 40);
        struct ib_image picture = ib_image_of(pixels, format, width, height);
        struct ib_rect roi = {(int32_t)random_below(&random, (uint32_t)width),
                              (int32_t)random_below(&random, (uint32_t)height), 0, 0};
        roi.w = 1 + (int32_t)random_below(&random, (uint32_t)(width - roi.x));
        roi.h = 1 + (int32_t)random_below(&random, (uint32_t)(height - roi.y));
        random_bytes(&random, pixels, sizeof pixels);
        write_all(&picture, roi, 1078 + random_below(&random, 3000), &file);
        assert_int_equal(look(&bmp, &file), IB_OK);
        assert_int_equal(bmp.format, format);
        struct ib_image into = ib_image_of(back, format, roi.w, roi.h);
        assert_int_equal(
            ib_bmp_feed(&bmp, &into, file.bytes + bmp.rows_at, file.size - bmp.rows_at), 1);
        uint32_t each = format == IB_PIXELS_GREY ? 1 : 2;
        for (int32_t y = 0; y < roi.h; y++)
            assert_memory_equal(ib_image_row(&into, y),
                                ib_image_row(&picture, roi.y + y) + (uint32_t)roi.x * each,
                                (uint32_t)roi.w * each);
    }
}

static void only_what_lies_within_is_written(void **state) {
    static const struct ib_rect wrong[] = {{-1, 0, 2, 2}, {0, -1, 2, 2}, {0, 0, 5, 2},
                                           {0, 0, 2, 5},  {4, 0, 1, 1},  {0, 0, 0, 1},
                                           {0, 0, 1, 0},  {1, 1, -1, 1}, {0, 0, INT32_MAX, 1}};
    static uint8_t pixels[48];
    struct ib_image picture = ib_image_of(pixels, IB_PIXELS_GREY, 4, 4);
    struct ib_bmp_writer writer;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ib_bmp_writer_init(&writer, &picture, wrong[i]), IB_E_RANGE);
    picture = ib_image_of(pixels, IB_PIXELS_RGB888, 4, 4);
    assert_int_equal(ib_bmp_writer_init(&writer, &picture, (struct ib_rect){0, 0, 4, 4}),
                     IB_E_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read_in_every_split),
        cmocka_unit_test(a_file_that_ends_early_is_truncated),
        cmocka_unit_test(every_wrong_field_is_refused),
        cmocka_unit_test(a_head_alone_makes_nobody_allocate),
        cmocka_unit_test(rows_begin_behind_the_head),
        cmocka_unit_test(another_picture_is_refused),
        cmocka_unit_test(colours_are_written_to_the_byte),
        cmocka_unit_test(greys_are_written_to_the_byte),
        cmocka_unit_test(bits_are_written_as_black_and_white),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(only_what_lies_within_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
