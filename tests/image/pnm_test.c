/// PGM and PPM files: bytes made by hand, every split, every end, everything wrong.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/pnm.h"
#include "tests/core/support_random.h"

#define MOST_PX 64

struct got {
    int status; ///< 1 when whole
    struct ib_pnm pnm;
    uint16_t pixels[MOST_PX];
};

/// A whole file, in pieces of `piece` bytes.
static struct got load(const void *bytes, size_t size, size_t piece) {
    struct got got = {0};
    // A block of exactly that size: reading behind it is seen by the sanitizers.
    uint8_t *file = malloc(size ? size : 1);
    assert_non_null(file);
    memcpy(file, bytes, size);
    got.status =
        ib_pnm_look(&got.pnm, file, size < IB_PNM_HEAD_BYTES ? size : IB_PNM_HEAD_BYTES, size);
    if (got.status == IB_OK) {
        struct ib_image into =
            ib_image_of(got.pixels, got.pnm.format, got.pnm.width_px, got.pnm.height_px);
        assert_true(got.pnm.width_px * got.pnm.height_px <= MOST_PX);
        for (size_t at = got.pnm.rows_at; got.status == 0 && at < size; at += piece)
            got.status =
                ib_pnm_feed(&got.pnm, &into, file + at, piece < size - at ? piece : size - at);
        if (got.status == 0)
            got.status = ib_pnm_end(&got.pnm, &into);
    }
    free(file);
    return got;
}

#define LOAD(text, piece) load(text, sizeof(text) - 1, piece)

static void all_four_kinds_are_read(void **state) {
    static const uint8_t greys[] = {0, 65, 255, 66, 1, 67};
    static const uint16_t colours[] = {0xFFFF, 0x8000, 0x0020, 0x0001};
    (void)state;
    for (size_t piece = 1; piece < 40; piece++) {
        struct got got = LOAD("P5\n3 2\n255\n\0A\xFF"
                              "B\1C",
                              piece);
        assert_int_equal(got.status, 1);
        assert_int_equal(got.pnm.width_px, 3);
        assert_int_equal(got.pnm.height_px, 2);
        assert_int_equal(got.pnm.format, IB_PIXELS_GREY);
        assert_memory_equal(got.pixels, greys, 6);
        got = LOAD("P2 3 2 255 0 65\n255\t66 1 67", piece);
        assert_int_equal(got.status, 1);
        assert_int_equal(got.pnm.format, IB_PIXELS_GREY);
        assert_memory_equal(got.pixels, greys, 6);
        got = LOAD("P6\n2 2\n255\n\xFF\xFF\xFF\x87\3\7\7\7\7\0\0\x0F", piece);
        assert_int_equal(got.status, 1);
        assert_int_equal(got.pnm.format, IB_PIXELS_RGB565);
        assert_memory_equal(got.pixels, colours, 8);
        got = LOAD("P3\n2 2\n255\n255 255 255 135 3 7 7 7 7 0 0 15\n", piece);
        assert_int_equal(got.status, 1);
        assert_int_equal(got.pnm.format, IB_PIXELS_RGB565);
        assert_memory_equal(got.pixels, colours, 8);
    }
}

static void comments_stand_anywhere_in_the_head_and_in_text(void **state) {
    (void)state;
    for (size_t piece = 1; piece < 9; piece++) {
        struct got got = LOAD("P5# kind\n#and\n 1# 9\n#\n1 #\n#x\r\n255\n#", piece);
        assert_int_equal(got.status, 1);
        assert_int_equal(got.pixels[0] & 255, '#'); // the pixel itself, not a comment
        got = LOAD("P2\n2 1\n255\n#1 2 3\n7#8\n#\n 9#", piece);
        assert_int_equal(got.status, 1);
        assert_int_equal(got.pixels[0], 7 | 9 << 8);
    }
}

/// One white space ends the head: what follows is a pixel, whatever it looks like.
static void bytes_begin_behind_one_white_space(void **state) {
    (void)state;
    struct got got = LOAD("P5 2 1 255\r\n ", 1);
    assert_int_equal(got.status, 1);
    assert_int_equal(got.pixels[0], '\n' | ' ' << 8);
}

static void whatever_follows_is_left_alone(void **state) {
    (void)state;
    assert_int_equal(LOAD("P5 1 1 255\nABCDEF", 100).status, 1);
    assert_int_equal(LOAD("P2 1 1 255\n1 and so on", 100).status, 1);
}

static void every_early_end_is_truncated(void **state) {
    static const char *const files[] = {"P5\n# c\n3 2\n255\nABCDEF", "P2 3 2 255 1 2 3 4 5 6",
                                        "P6\n1 2\n255\nABCDEF", "P3\n1 2 255\n1 2 3 4 5 6"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t whole = strlen(files[i]);
        for (size_t size = 0; size < whole; size++) {
            struct got got = load(files[i], size, 3);
            if (got.status != IB_E_TRUNCATED)
                fail_msg("file %zu, %zu bytes: %d", i, size, got.status);
        }
        assert_int_equal(load(files[i], whole, 3).status, 1);
    }
}

static void everything_wrong_is_refused(void **state) {
    static const struct {
        const char *file;
        int status;
    } rows[] = {
        {"Q5 1 1 255 A", IB_E_UNSUPPORTED},
        {"P1 1 1 1 ", IB_E_UNSUPPORTED},
        {"P4 1 1 A", IB_E_UNSUPPORTED},
        {"P7 1 1 255 A", IB_E_UNSUPPORTED},
        {"P51 1 255 A", IB_E_FORMAT},
        {"P5 x 1 255 A", IB_E_FORMAT},
        {"P5 -1 1 255 A", IB_E_FORMAT},
        {"P5 1 +1 255 A", IB_E_FORMAT},
        {"P5 0 1 255 A", IB_E_FORMAT},
        {"P5 1 0 255 A", IB_E_FORMAT},
        {"P5 1 1 255#A\nA", IB_E_FORMAT},
        {"P5 1 1 0 A", IB_E_UNSUPPORTED},
        {"P5 1 1 254 A", IB_E_UNSUPPORTED},
        {"P5 1 1 65535 AB", IB_E_UNSUPPORTED},
        {"P5 16385 1 255 A", IB_E_UNSUPPORTED},
        {"P5 1 16385 255 A", IB_E_UNSUPPORTED},
        {"P5 999999999 999999999 255 A", IB_E_UNSUPPORTED},
        {"P5 4294967297 1 255 A", IB_E_UNSUPPORTED},
        {"P5 16384 16384 255 A", IB_E_TRUNCATED},
        {"P3 16384 16384 255 1", IB_E_TRUNCATED},
        {"P2 1 1 255 256", IB_E_FORMAT},
        {"P2 1 1 255 4294967297 ", IB_E_FORMAT},
        {"P2 1 1 255 -1", IB_E_FORMAT},
        {"P2 2 1 255 1,2", IB_E_FORMAT},
        {"P2 2 1 255 1   ", IB_E_TRUNCATED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct got got = load(rows[i].file, strlen(rows[i].file), 5);
        if (got.status != rows[i].status)
            fail_msg("%s: %d, not %d", rows[i].file, got.status, rows[i].status);
    }
}

static void a_head_has_an_end(void **state) {
    static char file[3 * IB_PNM_HEAD_BYTES];
    struct ib_pnm pnm;
    (void)state;
    memset(file, ' ', sizeof file);
    for (size_t i = 0; i < 4; i++)
        file[i] = "P5 1"[i];
    assert_int_equal(ib_pnm_look(&pnm, (const uint8_t *)file, IB_PNM_HEAD_BYTES, sizeof file),
                     IB_E_UNSUPPORTED);
    assert_int_equal(ib_pnm_look(&pnm, (const uint8_t *)file, 100, 100), IB_E_TRUNCATED);
}

static void another_picture_is_refused(void **state) {
    uint16_t pixels[16];
    struct ib_pnm pnm;
    (void)state;
    assert_int_equal(ib_pnm_look(&pnm, (const uint8_t *)"P5 2 1 255 AB", 13, 13), IB_OK);
    struct ib_image into = ib_image_of(pixels, IB_PIXELS_GREY, 1, 2);
    assert_int_equal(ib_pnm_feed(&pnm, &into, (const uint8_t *)"AB", 2), IB_E_INVAL);
    into = ib_image_of(pixels, IB_PIXELS_RGB565, 2, 1);
    assert_int_equal(ib_pnm_feed(&pnm, &into, (const uint8_t *)"AB", 2), IB_E_INVAL);
    assert_int_equal(ib_pnm_end(&pnm, &into), IB_E_INVAL);
}

// ---- writing ----

static size_t write_all(const struct ib_image *picture, struct ib_rect roi, size_t room,
                        uint8_t *out, size_t capacity) {
    struct ib_pnm_writer writer;
    int64_t said = ib_pnm_writer_init(&writer, picture, roi);
    size_t size = 0, got;
    assert_true(said > 0 && said <= (int64_t)capacity);
    do {
        uint8_t *piece = malloc(room);
        assert_non_null(piece);
        got = ib_pnm_writer_pull(&writer, piece, room);
        assert_true(got <= room && size + got <= capacity);
        memcpy(out + size, piece, got);
        free(piece);
        size += got;
    } while (got > 0);
    assert_int_equal(size, said);
    return size;
}

static void both_kinds_are_written_to_the_byte(void **state) {
    static const uint8_t grey_file[] = "P5\n2 2\n255\nEFHI";
    static const uint8_t colour_file[] = "P6\n1 4\n255\n\xFF\xFF\xFF\x84\0\0\0\4\0\0\0\x08";
    static uint8_t greys[] = "ABCDEFGHI";
    static uint16_t colours[] = {0xFFFF, 0x8000, 0x0020, 0x0001};
    struct ib_image picture = ib_image_of(greys, IB_PIXELS_GREY, 3, 3);
    uint8_t out[128];
    (void)state;
    size_t size = write_all(&picture, (struct ib_rect){1, 1, 2, 2}, 32, out, sizeof out);
    assert_int_equal(size, sizeof grey_file - 1);
    assert_memory_equal(out, grey_file, size);
    picture = ib_image_of(colours, IB_PIXELS_RGB565, 1, 4);
    size = write_all(&picture, (struct ib_rect){0, 0, 1, 4}, 32, out, sizeof out);
    assert_int_equal(size, sizeof colour_file - 1);
    assert_memory_equal(out, colour_file, size);
}

static void what_is_written_is_read(void **state) {
    struct random random = {41};
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        static uint16_t pixels[MOST_PX];
        static uint8_t out[1024];
        enum ib_pixels format = i % 2 ? IB_PIXELS_GREY : IB_PIXELS_RGB565;
        int32_t width = 1 + (int32_t)random_below(&random, 8);
        int32_t height = 1 + (int32_t)random_below(&random, 8);
        struct ib_image picture = ib_image_of(pixels, format, width, height);
        random_bytes(&random, pixels, sizeof pixels);
        size_t size = write_all(&picture, (struct ib_rect){0, 0, width, height},
                                32 + random_below(&random, 60), out, sizeof out);
        struct got got = load(out, size, 1 + random_below(&random, 50));
        assert_int_equal(got.status, 1);
        assert_int_equal(got.pnm.format, format);
        assert_memory_equal(got.pixels, pixels, ib_image_bytes(format, width, height));
    }
}

static void only_what_lies_within_is_written(void **state) {
    static const struct ib_rect wrong[] = {{-1, 0, 2, 2}, {0, 0, 5, 2}, {0, 0, 2, 5},
                                           {4, 0, 1, 1},  {0, 0, 0, 1}, {1, 1, 1, -1}};
    static uint8_t pixels[16];
    struct ib_image picture = ib_image_of(pixels, IB_PIXELS_GREY, 4, 4);
    struct ib_pnm_writer writer;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ib_pnm_writer_init(&writer, &picture, wrong[i]), IB_E_RANGE);
    picture.format = IB_PIXELS_BINARY;
    assert_int_equal(ib_pnm_writer_init(&writer, &picture, (struct ib_rect){0, 0, 4, 4}),
                     IB_E_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_four_kinds_are_read),
        cmocka_unit_test(comments_stand_anywhere_in_the_head_and_in_text),
        cmocka_unit_test(bytes_begin_behind_one_white_space),
        cmocka_unit_test(whatever_follows_is_left_alone),
        cmocka_unit_test(every_early_end_is_truncated),
        cmocka_unit_test(everything_wrong_is_refused),
        cmocka_unit_test(a_head_has_an_end),
        cmocka_unit_test(another_picture_is_refused),
        cmocka_unit_test(both_kinds_are_written_to_the_byte),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(only_what_lies_within_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
