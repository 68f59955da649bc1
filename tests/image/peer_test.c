/// The same pixels as OpenMV: checksums of pictures that its own firmware 5.0 made from the scene.
///
/// Each is the CRC-32 of the pixels as they lie in memory, little-endian.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/crc32.h"
#include "image/convert.h"
#include "image/palette.h"
#include "tests/image/support_scene.h"

static const enum ib_vectors flavours[] = {IB_VECTORS_NONE, IB_VECTORS_AVX2, IB_VECTORS_VBMI};

static uint16_t ironbow[256];

static struct ib_image picture(enum ib_pixels format, int32_t w, int32_t h) {
    void *pixels = calloc(1, ib_image_bytes(format, w, h));
    assert_non_null(pixels);
    return ib_image_of(pixels, format, w, h);
}

static struct ib_image scene(int32_t w, int32_t h) {
    struct ib_image greys = picture(IB_PIXELS_GREY, w, h);
    scene_paint(greys.pixels, w, h);
    return greys;
}

static uint32_t crc_of(const struct ib_image *image) {
    return ib_crc32(0, image->pixels,
                    ib_image_bytes(image->format, image->width_px, image->height_px));
}

struct row {
    const char *name;
    int32_t width_px, height_px; ///< of the scene
    enum ib_pixels format;       ///< of the result
    int32_t x;
    float x_scale, y_scale;
    bool palette;
    uint32_t hints;
    uint32_t crc;
};

#define G IB_PIXELS_GREY
#define C IB_PIXELS_RGB565

static const struct row draws[] = {
    {"plain", 160, 120, C, 0, 5, 4, false, 0, 0x822bd938},
    {"plain bilinear", 160, 120, C, 0, 5, 4, false, IB_HINT_BILINEAR, 0xdc32eb2e},
    {"ironbow", 160, 120, C, 0, 5, 4, true, 0, 0x0bf12e70},
    {"ironbow bilinear", 160, 120, C, 0, 5, 4, true, IB_HINT_BILINEAR, 0x9bd5f691},
    {"palette first", 160, 120, C, 0, 5, 4, true, IB_HINT_BILINEAR | IB_HINT_PALETTE_FIRST,
     0xcd127226},
    {"four times", 160, 120, C, 80, 4, 4, true, IB_HINT_BILINEAR, 0xc4138f03},
};

static const struct row conversions[] = {
    {"scale bilinear", 160, 120, G, 0, 4, 4, false, IB_HINT_BILINEAR, 0x6baefaa0},
    {"scale nearest", 160, 120, G, 0, 4, 4, false, 0, 0xd805ab04},
    {"to_ironbow small", 160, 120, C, 0, 1, 1, true, 0, 0x5eba2938},
    {"to_ironbow", 320, 240, C, 0, 1, 1, true, 0, 0x03c97523},
    {"to_rgb565", 320, 240, C, 0, 1, 1, false, 0, 0x70610e05},
    {"to_bitmap", 320, 240, IB_PIXELS_BINARY, 0, 1, 1, false, 0, 0x51672eed},
};

static struct ib_draw draw_of(const struct row *row, enum ib_vectors vectors) {
    struct ib_draw draw = ib_draw_plain();
    draw.scale.x = row->x;
    draw.scale.x_scale = row->x_scale;
    draw.scale.y_scale = row->y_scale;
    draw.scale.hints = row->hints;
    draw.palette_rgb565 = row->palette ? ironbow : NULL;
    draw.vectors = vectors;
    return draw;
}

static void drawn(struct ib_image *dst, const struct ib_image *src, const struct ib_draw *draw) {
    int64_t bytes = ib_draw_image_scratch_bytes(dst, src, draw);
    assert_true(bytes > 0);
    void *scratch = malloc((size_t)bytes);
    assert_int_equal(ib_draw_image(dst, src, draw, scratch, (size_t)bytes), 1);
    free(scratch);
}

static struct ib_image converted(const struct ib_image *src, enum ib_pixels format,
                                 const struct ib_draw *draw) {
    int32_t w, h;
    assert_int_equal(ib_convert_size(src, draw, &w, &h), 0);
    struct ib_image out = picture(format, w, h);
    int64_t bytes = ib_convert_scratch_bytes(&out, src, draw);
    assert_true(bytes > 0);
    void *scratch = malloc((size_t)bytes);
    assert_int_equal(ib_convert(&out, src, draw, scratch, (size_t)bytes), 0);
    free(scratch);
    return out;
}

static void compare(const char *name, enum ib_vectors vectors, const struct ib_image *result,
                    uint32_t crc) {
    if (crc_of(result) != crc)
        fail_msg("%s, vectors %d: crc %08x, not %08x", name, (int)vectors, (unsigned)crc_of(result),
                 (unsigned)crc);
}

static void draws_give_the_same_pixels(void **state) {
    (void)state;
    for (size_t i = 0; i < 3 * sizeof draws / sizeof draws[0]; i++) {
        const struct row *row = &draws[i / 3];
        struct ib_image src = scene(row->width_px, row->height_px);
        struct ib_image dst = picture(row->format, 800, 480);
        struct ib_draw draw = draw_of(row, flavours[i % 3]);
        drawn(&dst, &src, &draw);
        compare(row->name, flavours[i % 3], &dst, row->crc);
        free(src.pixels);
        free(dst.pixels);
    }
}

static void conversions_give_the_same_pixels(void **state) {
    (void)state;
    for (size_t i = 0; i < 3 * sizeof conversions / sizeof conversions[0]; i++) {
        const struct row *row = &conversions[i / 3];
        struct ib_image src = scene(row->width_px, row->height_px);
        struct ib_draw draw = draw_of(row, flavours[i % 3]);
        struct ib_image out = converted(&src, row->format, &draw);
        compare(row->name, flavours[i % 3], &out, row->crc);
        free(src.pixels);
        free(out.pixels);
    }
}

static void colours_become_grey_the_same_way(void **state) {
    (void)state;
    struct ib_image src = scene(320, 240);
    struct ib_draw draw = ib_draw_plain();
    draw.palette_rgb565 = ironbow;
    struct ib_image colour = converted(&src, C, &draw);
    draw.palette_rgb565 = NULL;
    struct ib_image grey = converted(&colour, G, &draw);
    compare("to_grayscale", IB_VECTORS_BEST, &grey, 0xffdb4b98);
    free(src.pixels);
    free(colour.pixels);
    free(grey.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_give_the_same_pixels),
        cmocka_unit_test(conversions_give_the_same_pixels),
        cmocka_unit_test(colours_become_grey_the_same_way),
    };
    ib_palette_fill_rgb565(ib_palette_find("openmv-ironbow"), ironbow);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
