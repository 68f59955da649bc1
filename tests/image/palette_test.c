/// Palettes: the names, the ramps' properties, and OpenMV's two against their definition.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/crc32.h"
#include "image/color.h"
#include "image/palette.h"

static void filled(const char *name, uint8_t full[256][3], uint16_t small[256]) {
    const struct ib_palette *palette = ib_palette_find(name);
    assert_non_null(palette);
    assert_string_equal(palette->name, name);
    ib_palette_fill_rgb888(palette, full[0]);
    ib_palette_fill_rgb565(palette, small);
}

static void every_palette_is_found_by_its_name_alone(void **state) {
    (void)state;
    assert_true(ib_palette_count() >= 16);
    assert_string_equal(ib_palette_at(0)->name, "ironbow");
    for (size_t i = 0; i < ib_palette_count(); i++) {
        const struct ib_palette *palette = ib_palette_at(i);
        assert_ptr_equal(ib_palette_find(palette->name), palette);
        assert_true(strlen(palette->title) > 0 && strlen(palette->title) < 32);
        assert_int_equal(strspn(palette->name, "abcdefghijklmnopqrstuvwxyz-"),
                         strlen(palette->name));
    }
    assert_null(ib_palette_find("Ironbow"));
    assert_null(ib_palette_find(""));
}

static void anchors_span_the_range_and_keep_their_colours(void **state) {
    (void)state;
    for (size_t i = 0; i < ib_palette_count(); i++) {
        const struct ib_palette *palette = ib_palette_at(i);
        uint8_t full[256][3];
        uint16_t small[256];
        filled(palette->name, full, small);
        for (size_t a = 0; a < palette->count; a++) {
            const struct ib_palette_anchor *anchor = &palette->anchors[a];
            if (a > 0)
                assert_true(anchor->at > palette->anchors[a - 1].at);
            assert_int_equal(full[anchor->at][0], anchor->red);
            assert_int_equal(full[anchor->at][1], anchor->green);
            assert_int_equal(full[anchor->at][2], anchor->blue);
        }
        if (palette->anchors) {
            assert_int_equal(palette->anchors[0].at, 0);
            assert_int_equal(palette->anchors[palette->count - 1].at, 255);
        }
        for (int c = 0; c < 256; c++) { // the small colour is the nearest
            assert_true(fabs(ib_rgb565_red5(small[c]) * 255.0 / 31 - full[c][0]) <= 4.63);
            assert_true(fabs(ib_rgb565_green6(small[c]) * 255.0 / 63 - full[c][1]) <= 2.53);
            assert_true(fabs(ib_rgb565_blue5(small[c]) * 255.0 / 31 - full[c][2]) <= 4.63);
        }
    }
}

/// CIELAB lightness of an sRGB colour (CIE 15:2004), which is how bright it looks.
static double lightness(const uint8_t colour[3]) {
    static const double weight[3] = {0.2126, 0.7152, 0.0722};
    double y = 0;
    for (int i = 0; i < 3; i++) {
        double v = colour[i] / 255.0;
        y += weight[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y;
}

static void hotter_is_brighter_where_that_is_promised(void **state) {
    static const char *const rising[] = {"ironbow", "grey",  "glow",  "furnace",   "lagoon",
                                         "dusk",    "sepia", "amber", "red-night", "green-night"};
    (void)state;
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
        uint8_t full[256][3];
        uint16_t small[256];
        filled(rising[i], full, small);
        for (int c = 1; c < 256; c++) {
            if (lightness(full[c]) < lightness(full[c - 1]) - 0.25)
                fail_msg("%s darkens at %d", rising[i], c);
        }
        assert_true(lightness(full[255]) - lightness(full[0]) > 60);
    }
}

static void even_steps_look_even(void **state) {
    static const char *const even[] = {"furnace", "lagoon", "dusk"};
    (void)state;
    for (size_t i = 0; i < sizeof even / sizeof even[0]; i++) {
        uint8_t full[256][3];
        uint16_t small[256];
        filled(even[i], full, small);
        double low = lightness(full[0]), high = lightness(full[255]);
        for (int c = 0; c < 256; c++) {
            double wanted = low + (high - low) * c / 255;
            if (fabs(lightness(full[c]) - wanted) > 1.5)
                fail_msg("%s: lightness %.2f at %d, not %.2f", even[i], lightness(full[c]), c,
                         wanted);
        }
    }
}

/// The README's picture is painted with these 768 bytes; the sum was taken from the first release.
static void the_viewers_ironbow_stays(void **state) {
    (void)state;
    uint8_t full[256][3];
    uint16_t small[256];
    filled("ironbow", full, small);
    assert_int_equal(ib_crc32(0, full, sizeof full), 0xECF593C5);
}

/// The sums are of the tables in OpenMV 5.0's firmware, as little-endian 16-bit numbers.
static void openmvs_tables_are_exact(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t crc;
        uint16_t first, last;
    } tables[] = {{"openmv-rainbow", 0x0CF77FCE, 0x063F, 0xF820},
                  {"openmv-ironbow", 0x53E74759, 0xFFFF, 0xFFE3}};
    for (size_t i = 0; i < 2; i++) {
        uint8_t full[256][3], bytes[512];
        uint16_t small[256];
        filled(tables[i].name, full, small);
        for (int c = 0; c < 256; c++) {
            bytes[2 * c] = (uint8_t)small[c];
            bytes[2 * c + 1] = (uint8_t)(small[c] >> 8);
        }
        assert_int_equal(small[0], tables[i].first);
        assert_int_equal(small[255], tables[i].last);
        assert_int_equal(ib_crc32(0, bytes, sizeof bytes), tables[i].crc);
    }
}

/// Hue, full saturation and value to RGB, by the textbook's six cases.
static void openmv_rainbow_is_a_walk_through_the_hues(void **state) {
    (void)state;
    uint8_t full[256][3];
    uint16_t small[256];
    filled("openmv-rainbow", full, small);
    for (int i = 0; i < 256; i++) {
        double h = 6 * (1 - (i + 220) / 476.0), f = h - floor(h), q = 1 - f;
        const double cases[6][3] = {{1, f, 0}, {q, 1, 0}, {0, 1, f},
                                    {0, q, 1}, {f, 0, 1}, {1, 0, q}};
        for (int k = 0; k < 3; k++)
            assert_true(fabs(cases[(int)h][k] * 255 - full[i][k]) < 0.5 + 1e-9);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_palette_is_found_by_its_name_alone),
        cmocka_unit_test(anchors_span_the_range_and_keep_their_colours),
        cmocka_unit_test(hotter_is_brighter_where_that_is_promised),
        cmocka_unit_test(even_steps_look_even),
        cmocka_unit_test(the_viewers_ironbow_stays),
        cmocka_unit_test(openmvs_tables_are_exact),
        cmocka_unit_test(openmv_rainbow_is_a_walk_through_the_hues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
