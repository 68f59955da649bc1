/// Text: every pixel against the definition, looked up one by one; advances against the metrics.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/status.h"
#include "image/draw_text.h"
#include "image/font.h"
#include "tests/core/support_random.h"

enum { SIDE = 200 };

static uint8_t grey[SIDE * SIDE], slow[SIDE * SIDE];

static struct ib_image canvas(uint8_t *pixels) {
    memset(pixels, 0, SIDE * SIDE);
    return ib_image_of(pixels, IB_PIXELS_GREY, SIDE, SIDE);
}

static void draw(struct ib_image *image, int32_t x, int32_t y, const char *text,
                 const struct ib_text_style *style) {
    assert_int_equal(ib_draw_text(image, (struct ib_point){x, y}, text, strlen(text), 255, style),
                     IB_OK);
}

/// Turn a point by quarter turns, the long way round.
static void turn(int *x, int *y, int cx, int cy, int degrees) {
    int dx = *x - cx, dy = *y - cy;
    for (int a = 0; a < degrees; a += 90) {
        int was = dx;
        dx = -dy;
        dy = was;
    }
    *x = cx + dx;
    *y = cy + dy;
}

/// One glyph in a cell at x, y of a string that began at ox, oy.
static void slow_glyph(uint32_t code, int x, int y, int ox, int oy,
                       const struct ib_text_style *style) {
    const uint8_t *glyph = ib_font_glyph(code);
    int w = (int)floorf(8 * style->scale), h = (int)floorf(10 * style->scale);
    for (int j = 0; j < h; j++) {
        for (int i = 0; i < w; i++) {
            int row = (int)floorf((float)j / style->scale);
            int column = (int)floorf((float)i / style->scale);
            if (!(glyph[row] >> (7 - column) & 1))
                continue;
            int px = x + (style->char_hmirror ? w - 1 - i : i);
            int py = y + (style->char_vflip ? h - 1 - j : j);
            turn(&px, &py, x + w / 2, y + h / 2, style->char_rotation);
            turn(&px, &py, ox, oy, style->string_rotation);
            if (px >= 0 && py >= 0 && px < SIDE && py < SIDE)
                slow[py * SIDE + px] = 255;
        }
    }
}

static void one_glyph_is_its_bitmap(void **state) {
    static const char *const wanted[10] = {"........", "........", "..X.....", "..X.....",
                                           "..X.....", "..X.....", "..X.....", "..XXX...",
                                           "........", "........"};
    struct ib_image image = canvas(grey);
    struct ib_text_style style = ib_text_style_defaults();
    (void)state;
    draw(&image, 5, 7, "L", &style);
    for (int y = 0; y < 10; y++) {
        for (int x = 0; x < 8; x++)
            assert_int_equal(grey[(7 + y) * SIDE + 5 + x], wanted[y][x] == 'X' ? 255 : 0);
    }
}

static void monospaced_text_is_cell_by_cell(void **state) {
    struct random random = {95};
    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        struct ib_text_style style = ib_text_style_defaults();
        char text[6];
        unsigned count = 1 + random_below(&random, 5);
        for (unsigned i = 0; i < count; i++)
            text[i] = (char)(' ' + random_below(&random, 95));
        style.scale = round % 2 ? (float)(1 + random_below(&random, 3))
                                : (float)random_between(&random, 0.3, 4);
        style.x_spacing = (int32_t)random_below(&random, 7) - 3;
        style.char_rotation = 90 * (int32_t)random_below(&random, 4);
        style.string_rotation = 90 * (int32_t)random_below(&random, 4);
        style.char_hmirror = random_below(&random, 2);
        style.char_vflip = random_below(&random, 2);
        style.string_hmirror = random_below(&random, 2);
        style.string_vflip = random_below(&random, 2);
        int x = 60 + (int)random_below(&random, 80), y = 60 + (int)random_below(&random, 80);
        struct ib_image image = canvas(grey);
        ib_draw_text(&image, (struct ib_point){x, y}, text, count, 255, &style);

        canvas(slow);
        int w = (int)floorf(8 * style.scale), h = (int)floorf(10 * style.scale);
        int way = style.string_hmirror ? -1 : 1, step = style.char_rotation % 180 ? h : w;
        x -= style.string_hmirror ? w - 1 : 0;
        y -= style.string_vflip ? h - 1 : 0;
        for (unsigned i = 0; i < count; i++)
            slow_glyph((uint8_t)text[i], x + way * (int)i * (step + style.x_spacing), y, x, y,
                       &style);
        if (memcmp(grey, slow, sizeof grey) != 0)
            fail_msg("round %u: '%.*s' scale %f", round, (int)count, text, (double)style.scale);
    }
}

static void proportional_text_is_as_wide_as_its_ink(void **state) {
    struct random random = {1995};
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        struct ib_text_style style = ib_text_style_defaults();
        char text[7] = {0};
        unsigned count = 1 + random_below(&random, 6);
        style.mono = false;
        style.scale = round % 2 ? 1.0f : (float)random_between(&random, 0.8, 3);
        style.x_spacing = (int32_t)random_below(&random, 4) - 1;
        struct ib_image image = canvas(grey);
        canvas(slow);
        int x = 10, end = 10;
        for (unsigned i = 0; i < count; i++) {
            text[i] = (char)(' ' + random_below(&random, 95));
            struct ib_ink ink;
            if (!ib_font_ink(&ink, ib_font_glyph((uint8_t)text[i]))) {
                end = x += (int)floorf(3 * style.scale);
                continue;
            }
            x -= (int)floorf((float)ink.first_column * style.scale);
            slow_glyph((uint8_t)text[i], x, 30, 10, 30, &style);
            end = x += (int)floorf((float)(ink.last_column + 2) * style.scale);
            x += style.x_spacing;
        }
        draw(&image, 10, 30, text, &style);
        if (memcmp(grey, slow, sizeof grey) != 0)
            fail_msg("round %u: '%s' scale %f", round, text, (double)style.scale);
        int32_t width_px, height_px;
        assert_int_equal(ib_text_measure(text, count, &style, &width_px, &height_px), IB_OK);
        assert_true(width_px >= end - 10);
        assert_int_equal(height_px, (int)floorf(10 * style.scale));
    }
    // i, l and the space by hand: 2 and 3 columns with their gaps, 3.
    struct ib_text_style style = ib_text_style_defaults();
    int32_t width_px, height_px;
    style.mono = false;
    ib_text_measure("i l", 3, &style, &width_px, &height_px);
    assert_int_equal(width_px, 2 + 3 + 3);
    style.char_rotation = 90; // now the rows count: i has 2..7, so 6 and a gap
    ib_text_measure("i", 1, &style, &width_px, &height_px);
    assert_int_equal(width_px, 7);
    assert_int_equal(height_px, 8);
}

static void lines_end_in_three_ways(void **state) {
    static const char *const texts[] = {"ab\ncd\n\nef", "ab\rcd\r\ref", "ab\r\ncd\r\n\r\nef"};
    struct ib_text_style style = ib_text_style_defaults();
    (void)state;
    style.y_spacing = 3;
    canvas(slow);
    slow_glyph('a', 9, 20, 9, 20, &style);
    slow_glyph('b', 17, 20, 9, 20, &style);
    slow_glyph('c', 9, 33, 9, 20, &style);
    slow_glyph('d', 17, 33, 9, 20, &style);
    slow_glyph('e', 9, 59, 9, 20, &style);
    slow_glyph('f', 17, 59, 9, 20, &style);
    for (size_t i = 0; i < 3; i++) {
        struct ib_image image = canvas(grey);
        int32_t width_px, height_px;
        draw(&image, 9, 20, texts[i], &style);
        assert_memory_equal(grey, slow, sizeof grey);
        ib_text_measure(texts[i], strlen(texts[i]), &style, &width_px, &height_px);
        assert_int_equal(width_px, 16);
        assert_int_equal(height_px, 49);
    }
}

static void what_the_font_lacks_is_left_out(void **state) {
    struct ib_text_style style = ib_text_style_defaults();
    struct ib_image a = canvas(grey), b = canvas(slow);
    (void)state;
    draw(&a, 3, 3, "2\t1\x7F.\xE2\x82\xAC 5\xC2\xB0 \x01", &style);
    draw(&b, 3, 3, "21. 5\xB0 ", &style);
    assert_memory_equal(grey, slow, sizeof grey);
}

static void bad_scales_are_refused_and_large_numbers_are_safe(void **state) {
    static const float bad[] = {0, -1, 1025, NAN, INFINITY};
    static const int32_t extremes[] = {INT32_MIN, -32768, 0, 32767, INT32_MAX};
    struct ib_text_style style = ib_text_style_defaults();
    struct ib_image image = canvas(grey);
    struct random random = {33};
    int32_t width_px = 7, height_px = 7;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        style.scale = bad[i];
        assert_int_equal(ib_draw_text(&image, (struct ib_point){0, 0}, "x", 1, 255, &style),
                         IB_E_RANGE);
        assert_int_equal(ib_text_measure("x", 1, &style, &width_px, &height_px), IB_E_RANGE);
        assert_int_equal(width_px + height_px, 0);
    }
    style.scale = 1e-30f; // nothing is to be seen, nor divided by
    draw(&image, 9, 9, "tiny", &style);
    for (int i = 0; i < SIDE * SIDE; i++)
        assert_int_equal(grey[i], 0);
    for (unsigned round = 0; round < 500; round++) {
        style = (struct ib_text_style){
            round % 2 ? 1024.0f : 1.5f,         extremes[random_below(&random, 5)],
            extremes[random_below(&random, 5)], random_below(&random, 2),
            extremes[random_below(&random, 5)], random_below(&random, 2),
            random_below(&random, 2),           extremes[random_below(&random, 5)],
            random_below(&random, 2),           random_below(&random, 2),
        };
        struct ib_point at = {extremes[random_below(&random, 5)],
                              extremes[random_below(&random, 5)]};
        assert_int_equal(ib_draw_text(&image, at, "many\nW W\xB0\n\n", 12, 1, &style), IB_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_glyph_is_its_bitmap),
        cmocka_unit_test(monospaced_text_is_cell_by_cell),
        cmocka_unit_test(proportional_text_is_as_wide_as_its_ink),
        cmocka_unit_test(lines_end_in_three_ways),
        cmocka_unit_test(what_the_font_lacks_is_left_out),
        cmocka_unit_test(bad_scales_are_refused_and_large_numbers_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
