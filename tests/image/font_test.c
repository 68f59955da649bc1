/// The font's metrics, glyph by glyph, and reading UTF-8.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "image/font.h"

/// First and last column, first and last row of the ink; OpenMV's font has the same.
static const char boxes[] =
    "!:3327 \":3423 #:1527 $:2528 %:1627 &:2527 ':3323 (:3428 ):2328 *:2424 +:1537 ,:2378 -:3455 "
    ".:3377 /:2428 0:2527 1:3427 2:2527 3:2527 4:2527 5:2527 6:2527 7:2427 8:2527 9:2527 ::3347 "
    ";:2348 <:1446 =:2546 >:2446 ?:3427 @:0629 A:1527 B:2527 C:2527 D:1527 E:2527 F:2427 G:2527 "
    "H:1527 I:3327 J:2427 K:2527 L:2427 M:1527 N:1627 O:1527 P:2527 Q:1529 R:2527 S:2427 T:2427 "
    "U:1527 V:1527 W:0627 X:1527 Y:1527 Z:2527 [:3428 \\:2428 ]:2328 ^:2424 _:1488 `:3412 a:2447 "
    "b:2527 c:2447 d:2527 e:2447 f:3427 g:2548 h:2527 i:3327 j:2328 k:2427 l:3427 m:0647 n:2547 "
    "o:2547 p:2548 q:2548 r:3447 s:2447 t:3437 u:2547 v:2447 w:1547 x:2447 y:2448 z:3447 {:2428 "
    "|:3328 }:2428 ~:1456 ";

static void every_glyph_fills_its_box(void **state) {
    uint32_t code = '!';
    (void)state;
    for (const char *at = boxes; *at; at += 7, code++) {
        struct ib_ink ink;
        const uint8_t *glyph = ib_font_glyph(code);
        assert_int_equal((uint8_t)at[0], code);
        assert_non_null(glyph);
        assert_true(ib_font_ink(&ink, glyph));
        if (ink.first_column != at[2] - '0' || ink.last_column != at[3] - '0' ||
            ink.first_row != at[4] - '0' || ink.last_row != at[5] - '0')
            fail_msg("%c: %d%d%d%d, not %.4s", (char)code, ink.first_column, ink.last_column,
                     ink.first_row, ink.last_row, at + 2);
    }
    assert_int_equal(code, 127);
}

static void no_two_glyphs_look_the_same(void **state) {
    (void)state;
    for (uint32_t a = ' '; a <= 0x3BC; a++) {
        for (uint32_t b = ' '; b < a && ib_font_glyph(a); b++) {
            if (ib_font_glyph(b) && !(a == 0x3BC && b == 0xB5))
                assert_memory_not_equal(ib_font_glyph(a), ib_font_glyph(b), IB_FONT_HEIGHT);
        }
    }
}

static void there_is_what_the_header_says(void **state) {
    struct ib_ink ink;
    int count = 0;
    (void)state;
    for (uint32_t code = 0; code < 0x20000; code++)
        count += ib_font_glyph(code) != NULL;
    assert_int_equal(count, 95 + 4);
    assert_non_null(ib_font_glyph(0xB0));
    assert_non_null(ib_font_glyph(0xB1));
    assert_ptr_equal(ib_font_glyph(0xB5), ib_font_glyph(0x3BC));
    assert_null(ib_font_glyph(UINT32_MAX));
    assert_false(ib_font_ink(&ink, ib_font_glyph(' ')));
}

static void assert_codes(const char *text, size_t size, const uint32_t *codes) {
    size_t at = 0;
    while (at < size)
        assert_int_equal(ib_font_next(text, size, &at), *codes++);
    assert_int_equal(at, size);
    assert_int_equal(*codes, 0);
}

static void utf8_is_read_and_the_rest_is_latin_1(void **state) {
    (void)state;
    assert_codes("36\xC2\xB0", 4, (uint32_t[]){'3', '6', 0xB0, 0});
    assert_codes("36\xB0", 3, (uint32_t[]){'3', '6', 0xB0, 0});
    assert_codes("\xB0"
                 "C",
                 2, (uint32_t[]){0xB0, 'C', 0});
    assert_codes("\xCE\xBCm", 3, (uint32_t[]){0x3BC, 'm', 0});
    assert_codes("\xE2\x82\xAC", 3, (uint32_t[]){0x20AC, 0});
    assert_codes("\xF0\x9F\x94\xA5", 4, (uint32_t[]){0x1F525, 0});
    assert_codes("\xC2", 1, (uint32_t[]){0xC2, 0});           // cut off
    assert_codes("\xE2\x82", 2, (uint32_t[]){0xE2, 0x82, 0}); // cut off
    assert_codes("\xC1\xBF", 2, (uint32_t[]){0xC1, 0xBF, 0}); // longer than needed
    assert_codes("\xE0\x82\xB0", 3, (uint32_t[]){0xE0, 0x82, 0xB0, 0});
    assert_codes("\xED\xA0\x80", 3, (uint32_t[]){0xED, 0xA0, 0x80, 0}); // half a pair
    assert_codes("\xF4\x90\x80\x80", 4, (uint32_t[]){0xF4, 0x90, 0x80, 0x80, 0});
    assert_codes("\xF5\x80", 2, (uint32_t[]){0xF5, 0x80, 0});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_glyph_fills_its_box),
        cmocka_unit_test(no_two_glyphs_look_the_same),
        cmocka_unit_test(there_is_what_the_header_says),
        cmocka_unit_test(utf8_is_read_and_the_rest_is_latin_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
