/// Drawing against the slow reference, with random pictures and arguments, in every flavour of
/// instructions; and what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/status.h"
#include "image/convert.h"
#include "tests/core/support_random.h"
#include "tests/image/support_reference.h"

#define ROUNDS 4000
#define CANARY 64 ///< bytes around each picture that nobody may touch

static const enum ib_vectors flavours[] = {IB_VECTORS_NONE, IB_VECTORS_AVX2, IB_VECTORS_VBMI};

static uint16_t palette565[256];
static uint8_t palette888[768];
static uint8_t alphas[256];

/// A picture with odd strides, between canaries, filled with noise or something smooth.
static struct ib_image picture(struct random *random, enum ib_pixels format, int32_t w, int32_t h) {
    struct ib_image image = ib_image_of(NULL, format, w, h);
    image.stride_bytes = (image.stride_bytes + 3) / 4 * 4 + 4 * random_below(random, 3);
    size_t bytes = (size_t)image.stride_bytes * (size_t)h + 2 * CANARY;
    uint8_t *memory = malloc(bytes);
    assert_non_null(memory);
    random_bytes(random, memory, bytes);
    image.pixels = memory + CANARY;
    bool smooth = random_below(random, 3) == 0, extreme = random_below(random, 4) == 0;
    for (size_t i = 0; i < bytes - 2 * CANARY; i++) {
        if (smooth)
            memory[CANARY + i] = (uint8_t)(i * 3 + i / 61 * 5);
        else if (extreme)
            memory[CANARY + i] = memory[CANARY + i] & 1 ? 255 : 0;
    }
    return image;
}

static uint8_t *memory_of(const struct ib_image *image) {
    return (uint8_t *)image->pixels - CANARY;
}

static size_t memory_bytes(const struct ib_image *image) {
    return (size_t)image->stride_bytes * (size_t)image->height_px + 2 * CANARY;
}

static struct ib_image twin_of(const struct ib_image *image) {
    struct ib_image twin = *image;
    uint8_t *memory = malloc(memory_bytes(image));
    assert_non_null(memory);
    memcpy(memory, memory_of(image), memory_bytes(image));
    twin.pixels = memory + CANARY;
    return twin;
}

static void drop(struct ib_image *image) {
    free(memory_of(image));
}

static float random_scale(struct random *random) {
    static const float round[] = {1, 2, 3, 4, 5, 8, 0.5f, 0.25f, 0.125f, 0.1f};
    float scale = random_below(random, 3) == 0
                      ? round[random_below(random, sizeof round / sizeof round[0])]
                      : (float)exp(random_between(random, log(0.1), log(8)));
    return random_below(random, 5) == 0 ? -scale : scale;
}

static struct ib_draw random_draw(struct random *random, const struct ib_image *dst,
                                  const struct ib_image *src, const struct ib_image *mask) {
    static const uint32_t methods[] = {0, IB_HINT_AREA, IB_HINT_BILINEAR, IB_HINT_BICUBIC};
    struct ib_draw draw = ib_draw_plain();
    draw.scale.x_scale = random_scale(random);
    draw.scale.y_scale = random_below(random, 2) ? draw.scale.x_scale : random_scale(random);
    draw.scale.x = (int32_t)random_below(random, (uint32_t)dst->width_px + 20) - 20;
    draw.scale.y = (int32_t)random_below(random, (uint32_t)dst->height_px + 20) - 20;
    if (random_below(random, 2)) {
        draw.scale.roi.x = (int32_t)random_below(random, (uint32_t)src->width_px);
        draw.scale.roi.y = (int32_t)random_below(random, (uint32_t)src->height_px);
        draw.scale.roi.w = 1 + (int32_t)random_below(random, (uint32_t)src->width_px);
        draw.scale.roi.h = 1 + (int32_t)random_below(random, (uint32_t)src->height_px);
    }
    draw.scale.hints = methods[random_below(random, 4)];
    for (int bit = 4; bit < 13; bit++) {
        bool fits = bit >= 10;
        if (random_below(random, fits ? 12 : 4) == 0)
            draw.scale.hints |= UINT32_C(1) << bit;
    }
    if (random_below(random, 4) == 0)
        draw.scale.hints |= IB_HINT_BLACK_BACKGROUND;
    if (random_below(random, 3) == 0)
        draw.alpha = (int)random_below(random, 256);
    if (random_below(random, 4) == 0)
        draw.rgb_channel = (int)random_below(random, 3);
    if (random_below(random, 6) == 0)
        draw.mask = mask;
    if (dst->format != IB_PIXELS_GREY16) {
        uint32_t palettes = random_below(random, 6);
        draw.palette_rgb565 = palettes == 1 || palettes == 3 ? palette565 : NULL;
        draw.palette_rgb888 = palettes == 2 || palettes == 3 ? palette888 : NULL;
        draw.alpha_palette = random_below(random, 4) == 0 ? alphas : NULL;
    }
    return draw;
}

static int draw_engine(const struct ib_image *dst, const struct ib_image *src,
                       const struct ib_draw *draw) {
    int64_t bytes = ib_draw_image_scratch_bytes(dst, src, draw);
    assert_true(bytes >= 0);
    uint8_t *scratch = malloc((size_t)bytes + 1);
    memset(scratch, 0xA5, (size_t)bytes + 1);
    int result = ib_draw_image(dst, src, draw, scratch, (size_t)bytes);
    assert_int_equal(result, bytes > 0);
    free(scratch);
    return result;
}

static void fail_with(const struct ib_image *dst, const struct ib_image *src,
                      const struct ib_draw *draw, unsigned round) {
    fail_msg("round %u: %dx%d of format %d onto %dx%d of %d at %d,%d times %.9g,%.9g hints %x roi "
             "%d,%d,%d,%d channel %d alpha %d palettes %d%d%d mask %d vectors %d",
             round, src->width_px, src->height_px, (int)src->format, dst->width_px, dst->height_px,
             (int)dst->format, draw->scale.x, draw->scale.y, (double)draw->scale.x_scale,
             (double)draw->scale.y_scale, (unsigned)draw->scale.hints, draw->scale.roi.x,
             draw->scale.roi.y, draw->scale.roi.w, draw->scale.roi.h, draw->rgb_channel,
             draw->alpha, draw->palette_rgb565 != NULL, draw->palette_rgb888 != NULL,
             draw->alpha_palette != NULL, draw->mask != NULL, (int)draw->vectors);
}

/// The same draw by the reference and by the engine in every flavour.
/// Return: whether anything was drawn.
static int compare(const struct ib_image *dst, const struct ib_image *src, struct ib_draw *draw,
                   unsigned round) {
    struct ib_image expected = twin_of(dst);
    int seen = 0;
    reference_draw(&expected, src, draw);
    for (size_t i = 0; i < sizeof flavours / sizeof flavours[0]; i++) {
        struct ib_image drawn = twin_of(dst);
        draw->vectors = flavours[i];
        seen = draw_engine(&drawn, src, draw);
        if (memcmp(memory_of(&drawn), memory_of(&expected), memory_bytes(dst)) != 0)
            fail_with(dst, src, draw, round);
        drop(&drawn);
    }
    drop(&expected);
    return seen;
}

static int compare_once(struct random *random, unsigned round) {
    bool wide = random_below(random, 8) == 0;
    enum ib_pixels from = wide ? IB_PIXELS_GREY16 : (enum ib_pixels)random_below(random, 4);
    enum ib_pixels to = wide ? IB_PIXELS_GREY16 : (enum ib_pixels)random_below(random, 4);
    struct ib_image src = picture(random, from, 1 + (int32_t)random_below(random, 90),
                                  1 + (int32_t)random_below(random, 40));
    uint32_t widest = random_below(random, 4) == 0 ? 700 : 220;
    struct ib_image dst = picture(random, to, 1 + (int32_t)random_below(random, widest),
                                  1 + (int32_t)random_below(random, widest == 220 ? 60 : 15));
    struct ib_image mask =
        picture(random, (enum ib_pixels)random_below(random, 4),
                1 + (int32_t)random_below(random, 220), 1 + (int32_t)random_below(random, 60));
    struct ib_draw draw = random_draw(random, &dst, &src, &mask);
    int seen = compare(&dst, &src, &draw, round);
    drop(&src);
    drop(&dst);
    drop(&mask);
    return seen;
}

static uint64_t seed;

static void random_draws_equal_the_reference(void **state) {
    (void)state;
    struct random random = {seed};
    int seen = 0;
    for (unsigned round = 0; round < ROUNDS; round++)
        seen += compare_once(&random, round);
    assert_in_range(seen, ROUNDS / 3, ROUNDS); // not all beside the picture
}

/// A picture alone in its memory: nobody may even read behind its last pixel.
static struct ib_image alone_of(const struct ib_image *image) {
    struct ib_image alone = *image;
    size_t bytes = (size_t)image->stride_bytes * (size_t)(image->height_px - 1) +
                   ib_image_row_bytes(image->format, image->width_px);
    alone.pixels = malloc(bytes);
    assert_non_null(alone.pixels);
    memcpy(alone.pixels, image->pixels, bytes);
    return alone;
}

/// Where nothing is scaled rows come from where they lie.
static void one_to_one_equals_the_reference(void **state) {
    (void)state;
    struct random random = {seed + 2};
    int seen = 0;
    for (unsigned round = 0; round < ROUNDS / 4; round++) {
        bool wide = random_below(&random, 8) == 0;
        enum ib_pixels from = wide ? IB_PIXELS_GREY16 : (enum ib_pixels)random_below(&random, 4);
        enum ib_pixels to = wide ? IB_PIXELS_GREY16 : (enum ib_pixels)random_below(&random, 4);
        struct ib_image src = picture(&random, from, 1 + (int32_t)random_below(&random, 300), 7);
        struct ib_image dst = picture(&random, to, 1 + (int32_t)random_below(&random, 300), 9);
        struct ib_image alone = alone_of(&src);
        struct ib_draw draw = random_draw(&random, &dst, &src, NULL);
        draw.scale.x_scale = draw.scale.y_scale = random_below(&random, 8) ? 1.0f : 0.99999f;
        draw.scale.x = (int32_t)random_below(&random, 40) - 20;
        draw.scale.y = (int32_t)random_below(&random, 8) - 4;
        draw.scale.hints &=
            ~(IB_HINT_ASPECT_KEEP | IB_HINT_ASPECT_EXPAND | IB_HINT_ASPECT_IGNORE | IB_HINT_CENTER);
        if (random_below(&random, 2))
            draw.scale.hints &= ~IB_HINT_ROTATE_180 & ~IB_HINT_TRANSPOSE;
        seen += compare(&dst, &alone, &draw, round);
        free(alone.pixels);
        drop(&src);
        drop(&dst);
    }
    assert_in_range(seen, ROUNDS / 4 / 3, ROUNDS / 4);
}

/// Destination and source are the same picture, or one lies in the other's memory.
static void onto_itself(void **state) {
    (void)state;
    struct random random = {seed + 1};
    for (unsigned round = 0; round < 150; round++) {
        enum ib_pixels format = (enum ib_pixels)random_below(&random, 5);
        struct ib_image dst = picture(&random, format, 33 + (int32_t)random_below(&random, 60),
                                      9 + (int32_t)random_below(&random, 40));
        struct ib_image src = dst;
        if (random_below(&random, 2)) {
            src.pixels = ib_image_row(&dst, 5);
            src.height_px -= 5;
        }
        struct ib_draw draw = random_draw(&random, &dst, &src, NULL);
        struct ib_image before = twin_of(&dst), expected = twin_of(&dst);
        before.pixels = (uint8_t *)before.pixels + ((uint8_t *)src.pixels - (uint8_t *)dst.pixels);
        before.height_px = src.height_px;
        reference_draw(&expected, &before, &draw);
        draw_engine(&dst, &src, &draw);
        if (memcmp(memory_of(&dst), memory_of(&expected), memory_bytes(&dst)) != 0)
            fail_with(&dst, &src, &draw, round);
        before.pixels = (uint8_t *)before.pixels - ((uint8_t *)src.pixels - (uint8_t *)dst.pixels);
        drop(&before);
        drop(&expected);
        drop(&dst);
    }
}

static void what_is_refused_leaves_no_trace(void **state) {
    (void)state;
    struct random random = {9};
    struct ib_image src = picture(&random, IB_PIXELS_GREY, 16, 12);
    struct ib_image dst = picture(&random, IB_PIXELS_RGB565, 40, 30);
    struct ib_image wide = picture(&random, IB_PIXELS_GREY16, 16, 12);
    struct ib_image before = twin_of(&dst);
    struct {
        int status;
        struct ib_draw draw;
        const struct ib_image *src;
    } cases[12];
    for (size_t i = 0; i < 12; i++)
        cases[i].draw = ib_draw_plain(), cases[i].src = &src, cases[i].status = IB_E_RANGE;
    cases[0].draw.alpha = 256;
    cases[1].draw.alpha = -1;
    cases[2].draw.rgb_channel = 3;
    cases[3].draw.scale.roi = (struct ib_rect){16, 0, 4, 4};
    cases[4].draw.scale.x_scale = 1e30f;
    cases[5].draw.scale.x_scale = NAN, cases[5].status = IB_E_INVAL;
    cases[6].draw.scale.y_scale = INFINITY, cases[6].status = IB_E_INVAL;
    cases[7].draw.scale.roi = (struct ib_rect){0, 0, -4, 4}, cases[7].status = IB_E_INVAL;
    cases[8].src = &wide, cases[8].status = IB_E_UNSUPPORTED;
    cases[9].draw.alpha = 0, cases[9].status = 0;
    cases[10].draw.scale.x = INT32_MAX, cases[10].status = 0;
    cases[11].draw.scale.x_scale = 0, cases[11].status = 0;
    uint8_t scratch[20000];
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(ib_draw_image_scratch_bytes(&dst, cases[i].src, &cases[i].draw),
                         cases[i].status);
        assert_int_equal(ib_draw_image(&dst, cases[i].src, &cases[i].draw, scratch, sizeof scratch),
                         cases[i].status);
    }
    struct ib_draw plain = ib_draw_plain();
    int64_t needed = ib_draw_image_scratch_bytes(&dst, &src, &plain);
    assert_in_range(needed, 1, sizeof scratch);
    assert_int_equal(ib_draw_image(&dst, &src, &plain, scratch, (size_t)needed - 1), IB_E_NO_SPACE);
    assert_int_equal(ib_draw_image(&dst, &src, &plain, NULL, 0), IB_E_NO_SPACE);
    assert_memory_equal(memory_of(&dst), memory_of(&before), memory_bytes(&dst));
    drop(&src);
    drop(&dst);
    drop(&wide);
    drop(&before);
}

static void conversions_know_their_size(void **state) {
    (void)state;
    struct random random = {10};
    struct ib_image src = picture(&random, IB_PIXELS_GREY, 161, 120);
    struct ib_draw draw = ib_draw_plain();
    int32_t w, h;
    draw.scale.x_scale = -0.5f;
    draw.scale.y_scale = 2;
    draw.scale.x = 77; // places and fits do not count
    draw.scale.hints = IB_HINT_CENTER | IB_HINT_ASPECT_KEEP;
    assert_int_equal(ib_convert_size(&src, &draw, &w, &h), IB_OK);
    assert_int_equal(w, 80);
    assert_int_equal(h, 240);
    draw.scale.hints |= IB_HINT_TRANSPOSE;
    draw.scale.roi = (struct ib_rect){151, 10, 40, 33};
    assert_int_equal(ib_convert_size(&src, &draw, &w, &h), IB_OK);
    assert_int_equal(w, 66);
    assert_int_equal(h, 5);
    draw.scale.x_scale = 0.01f;
    assert_int_equal(ib_convert_size(&src, &draw, &w, &h), IB_E_RANGE);
    draw.scale.x_scale = 2000;
    assert_int_equal(ib_convert_size(&src, &draw, &w, &h), IB_E_RANGE);
    drop(&src);
}

static void a_conversion_in_place_and_one_to_black(void **state) {
    (void)state;
    uint8_t pixels[12 * 8], scratch[8000], black[6 * 4] = {0};
    struct ib_draw draw = ib_draw_plain();
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 2);
    struct ib_image src = ib_image_of(pixels, IB_PIXELS_GREY, 12, 8);
    struct ib_image dst = ib_image_of(pixels, IB_PIXELS_GREY, 6, 4);
    draw.scale.x_scale = draw.scale.y_scale = 0.5f;
    assert_int_equal(ib_convert(&src, &dst, &draw, scratch, sizeof scratch), IB_E_INVAL);
    assert_int_equal(ib_convert(&dst, &src, &draw, scratch, sizeof scratch), IB_OK);
    for (size_t i = 0; i < 24; i++)
        assert_int_equal(pixels[i], (i / 6 * 2 * 12 + i % 6 * 2) * 2);
    draw.alpha = 0;
    assert_int_equal(ib_convert(&dst, &src, &draw, scratch, sizeof scratch), IB_OK);
    assert_memory_equal(pixels, black, sizeof black);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_draws_equal_the_reference),
        cmocka_unit_test(one_to_one_equals_the_reference),
        cmocka_unit_test(onto_itself),
        cmocka_unit_test(what_is_refused_leaves_no_trace),
        cmocka_unit_test(conversions_know_their_size),
        cmocka_unit_test(a_conversion_in_place_and_one_to_black),
    };
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed); // give it as the argument to see a run again
    struct random random = {seed ^ 0x5A5A};
    random_bytes(&random, palette565, sizeof palette565);
    random_bytes(&random, palette888, sizeof palette888);
    random_bytes(&random, alphas, sizeof alphas);
    alphas[7] = 255;
    alphas[200] = 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
