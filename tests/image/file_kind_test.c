/// Picture files told apart, and the shapes of compressed ones, from bytes made by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/file_kind.h"

static void kinds_are_told_by_their_first_bytes(void **state) {
    static const struct {
        const char *head;
        enum ib_file_kind kind;
    } rows[] = {
        {"BM..", IB_FILE_BMP},
        {"P2 1", IB_FILE_PNM},
        {"P3 1", IB_FILE_PNM},
        {"P5 1", IB_FILE_PNM},
        {"P6 1", IB_FILE_PNM},
        {"P1 1", IB_FILE_UNKNOWN},
        {"P4 1", IB_FILE_UNKNOWN},
        {"\xFF\xD8\xFF\xE0", IB_FILE_JPEG},
        {"\xFF\xD9..", IB_FILE_UNKNOWN},
        {"\x89PNG", IB_FILE_PNG},
        {"\x89PNg", IB_FILE_UNKNOWN},
        {"MB..", IB_FILE_UNKNOWN},
        {"", IB_FILE_UNKNOWN},
        {"B", IB_FILE_UNKNOWN},
        {"BM", IB_FILE_BMP},
        {"\x89PN", IB_FILE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ib_file_kind_of((const uint8_t *)rows[i].head, strlen(rows[i].head)),
                         rows[i].kind);
}

/// In a block of exactly that size: reading behind it is seen by the sanitizers.
static int shape_of(int (*read)(struct ib_file_shape *, const uint8_t *, size_t),
                    struct ib_file_shape *out, const uint8_t *bytes, size_t size) {
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy + 1, bytes, size);
    int status = read(out, copy + 1, size);
    free(copy);
    return status;
}

// clang-format off
static const uint8_t jpeg[] = {
    0xFF, 0xD8,
    0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0,
    0xFF, 0xFF, 0xFF, 0xFE, 0, 5, 0xFF, 0xC0, 0, // a comment with what looks like a frame
    0xFF, 0xC4, 0, 2,                            // an empty Huffman table is no frame
    0xFF, 0xC0, 0, 17, 8, 1, 0x0E, 1, 0x40, 3, 1, 0x21, 0, 2, 0x11, 1, 3, 0x11, 1,
};
// clang-format on
#define FRAME (sizeof jpeg - 19)

static void a_jpegs_frame_header_is_found(void **state) {
    struct ib_file_shape shape;
    (void)state;
    assert_int_equal(shape_of(ib_jpeg_shape, &shape, jpeg, sizeof jpeg), IB_OK);
    assert_int_equal(shape.width_px, 320);
    assert_int_equal(shape.height_px, 270);
    assert_int_equal(shape.components, 3);
    assert_int_equal(shape.bits, 8);
    assert_true(shape.baseline);
    for (size_t size = 0; size < sizeof jpeg; size++)
        assert_int_equal(shape_of(ib_jpeg_shape, &shape, jpeg, size), IB_E_TRUNCATED);
}

static void every_kind_of_frame_is_known(void **state) {
    struct ib_file_shape shape;
    uint8_t other[sizeof jpeg];
    (void)state;
    memcpy(other, jpeg, sizeof jpeg);
    for (unsigned marker = 0xC0; marker <= 0xCF; marker++) {
        other[FRAME + 1] = (uint8_t)marker;
        int status = ib_jpeg_shape(&shape, other, sizeof other);
        if (marker == 0xC4 || marker == 0xC8 || marker == 0xCC) { // no frames: the end comes
            assert_int_equal(status, IB_E_TRUNCATED);
            continue;
        }
        assert_int_equal(status, IB_OK);
        assert_int_equal(shape.baseline, marker <= 0xC1);
    }
}

static void a_wrong_jpeg_is_refused(void **state) {
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        {0, 0xFE},      {1, 0xD9},      {2, 0x00},      {3, 0xD9}, // the end
        {3, 0xDA},      {3, 0x02},      {5, 1},         {FRAME + 3, 16},
        {FRAME + 3, 6}, {FRAME + 9, 2}, {FRAME + 9, 4}, {FRAME + 9, 0},
    };
    struct ib_file_shape shape;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t other[sizeof jpeg];
        memcpy(other, jpeg, sizeof jpeg);
        other[rows[i].at] = rows[i].value;
        if (rows[i].at == 5)
            other[4] = 0;
        int status = shape_of(ib_jpeg_shape, &shape, other, sizeof other);
        if (status != IB_E_FORMAT)
            fail_msg("row %zu: %d", i, status);
    }
    uint8_t no_height[sizeof jpeg], no_width[sizeof jpeg];
    memcpy(no_height, jpeg, sizeof jpeg);
    memset(no_height + FRAME + 5, 0, 2);
    assert_int_equal(ib_jpeg_shape(&shape, no_height, sizeof jpeg), IB_E_FORMAT);
    memcpy(no_width, jpeg, sizeof jpeg);
    memset(no_width + FRAME + 7, 0, 2);
    assert_int_equal(ib_jpeg_shape(&shape, no_width, sizeof jpeg), IB_E_FORMAT);
}

// clang-format off
static const uint8_t png[29] = {
    0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R',
    0, 0, 1, 0x40, 0, 0, 0, 240, 8, 2, 0, 0, 0,
};
// clang-format on

static void a_pngs_first_chunk_is_read(void **state) {
    struct ib_file_shape shape;
    (void)state;
    assert_int_equal(shape_of(ib_png_shape, &shape, png, sizeof png), IB_OK);
    assert_int_equal(shape.width_px, 320);
    assert_int_equal(shape.height_px, 240);
    assert_int_equal(shape.components, 3);
    assert_int_equal(shape.bits, 8);
    assert_true(shape.baseline);
    for (size_t size = 0; size < sizeof png; size++)
        assert_int_equal(shape_of(ib_png_shape, &shape, png, size), IB_E_TRUNCATED);
}

/// Table 11.1 of the PNG specification, written out.
static void a_pngs_depths_are_those_of_its_colours(void **state) {
    static const struct {
        uint8_t type;
        int components;
        const char *depths;
    } rows[] = {{0, 1, "\1\2\4\10\20"},
                {2, 3, "\10\20"},
                {3, 3, "\1\2\4\10"},
                {4, 2, "\10\20"},
                {6, 4, "\10\20"},
                {1, 0, ""},
                {5, 0, ""},
                {7, 0, ""},
                {255, 0, ""}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned bits = 0; bits < 256; bits++) {
            struct ib_file_shape shape;
            uint8_t other[29];
            memcpy(other, png, sizeof png);
            other[24] = (uint8_t)bits;
            other[25] = rows[i].type;
            bool right = bits > 0 && strchr(rows[i].depths, (int)bits) != NULL;
            assert_int_equal(ib_png_shape(&shape, other, 29), right ? IB_OK : IB_E_FORMAT);
            if (right)
                assert_int_equal(shape.components, rows[i].components);
        }
}

static void a_wrong_png_is_refused(void **state) {
    struct ib_file_shape shape;
    (void)state;
    for (size_t at = 0; at < 16; at++) {
        uint8_t other[29];
        memcpy(other, png, sizeof png);
        other[at] ^= 0x20;
        assert_int_equal(shape_of(ib_png_shape, &shape, other, 29), IB_E_FORMAT);
    }
    static const struct {
        size_t at;
        uint8_t bytes[4];
        size_t count;
    } rows[] = {{16, {0, 0, 0, 0}, 4}, {16, {0x80, 0, 0, 0}, 4},
                {20, {0, 0, 0, 0}, 4}, {20, {0xFF, 0xFF, 0xFF, 0xFF}, 4},
                {26, {1}, 1},          {27, {1}, 1},
                {28, {2}, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t other[29];
        memcpy(other, png, sizeof png);
        memcpy(other + rows[i].at, rows[i].bytes, rows[i].count);
        assert_int_equal(ib_png_shape(&shape, other, 29), IB_E_FORMAT);
    }
    uint8_t interlaced[29];
    memcpy(interlaced, png, sizeof png);
    interlaced[28] = 1;
    assert_int_equal(ib_png_shape(&shape, interlaced, 29), IB_OK);
    assert_false(shape.baseline);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_told_by_their_first_bytes),
        cmocka_unit_test(a_jpegs_frame_header_is_found),
        cmocka_unit_test(every_kind_of_frame_is_known),
        cmocka_unit_test(a_wrong_jpeg_is_refused),
        cmocka_unit_test(a_pngs_first_chunk_is_read),
        cmocka_unit_test(a_pngs_depths_are_those_of_its_colours),
        cmocka_unit_test(a_wrong_png_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
