/// Finding blobs: against a peer's figures, against a slow second way, and at its limits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/blob_shape.h"
#include "image/blobs.h"
#include "image/color.h"
#include "tests/core/support_random.h"
#include "tests/image/support_blobs.h"
#include "tests/image/support_scene.h"

#define SEED 20261128

enum { MOST = 8192, BINS = 1 << 20, SCRATCH = 4 << 20 };

static uint8_t pixels[640 * 480];
static struct ib_blob items[MOST];
static uint32_t bins[BINS];
static uint64_t scratch[SCRATCH / 8];
static struct slow_blob slow[SLOW_MOST];

static struct ib_blob_list list_of_all(void) {
    return (struct ib_blob_list){items, MOST, 0, bins, BINS, 0};
}

static int find(struct ib_blob_list *list, const struct ib_image *image,
                const struct ib_blobs_wish *wish) {
    size_t bytes = ib_blobs_scratch_bytes(image, wish);
    assert_true(bytes <= sizeof scratch);
    return ib_blobs_find(list, image, wish, scratch, bytes);
}

static void check_rect(struct ib_rect got, int x, int y, int w, int h) {
    assert_int_equal(got.x, x);
    assert_int_equal(got.y, y);
    assert_int_equal(got.w, w);
    assert_int_equal(got.h, h);
}

static void the_scene_has_the_peers_blobs(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 320, 240);
    struct ib_threshold threshold = {{150}, {255}};
    (void)state;
    scene_paint(pixels, 320, 240);
    for (int merge = 0; merge < 2; merge++) {
        struct ib_blobs_wish wish = ib_blobs_defaults(&image);
        struct ib_blob_list list = list_of_all();
        wish.thresholds = &threshold;
        wish.thresholds_count = 1;
        wish.area_threshold = wish.pixels_threshold = 20;
        wish.merge = merge;
        assert_int_equal(find(&list, &image, &wish), 4);
        check_rect(items[0].rect, 181, 49, 24, 24);
        check_rect(items[1].rect, 50, 106, 30, 30);
        assert_int_equal(items[2].rect.x, 245);
        assert_int_equal(items[2].rect.y, 109);
        assert_int_equal(items[2].rect.w, 23);
    }
}

/// Rectangles, discs, lines and noise, of a few values.
static void paint(struct random *random, struct ib_image *image, unsigned kind) {
    uint8_t grey[SLOW_SIDE * SLOW_SIDE];
    int32_t w = image->width_px, h = image->height_px;
    for (int32_t i = 0; i < w * h; i++)
        grey[i] = kind == 0 ? (uint8_t)random_below(random, 256) : 20;
    for (unsigned i = 0; kind > 0 && i < 3 + kind * 4; i++) {
        int32_t x0 = (int32_t)random_below(random, (uint32_t)w);
        int32_t y0 = (int32_t)random_below(random, (uint32_t)h);
        int32_t size = 1 + (int32_t)random_below(random, 20), thick = i % 3 == 2 ? 1 : size;
        uint8_t value = (uint8_t)(random_below(random, 4) * 80);
        for (int32_t y = y0; y < h && y < y0 + size; y++) {
            for (int32_t x = x0; x < w && x < x0 + 2 * thick; x++) {
                int32_t dx = x - x0 - size / 2, dy = y - y0 - size / 2;
                if (i % 3 != 1 || dx * dx + dy * dy < size * size / 4)
                    grey[y * w + x] = value;
            }
        }
    }
    for (int32_t y = 0; y < h; y++) {
        uint8_t *row = ib_image_row(image, y);
        for (int32_t x = 0; x < w; x++) {
            unsigned v = grey[y * w + x];
            if (image->format == IB_PIXELS_GREY)
                row[x] = (uint8_t)v;
            else if (image->format == IB_PIXELS_RGB565)
                ((uint16_t *)(void *)row)[x] = ib_rgb565_of(v, 255 - v, v * 7 & 255);
            else
                ib_bit_put((uint32_t *)(void *)row, x, v > 90);
        }
    }
}

static struct ib_threshold some_threshold(struct random *random, enum ib_pixels format) {
    int32_t values[6];
    struct ib_threshold threshold;
    for (int i = 0; i < 6; i++)
        values[i] = (int32_t)random_below(random, 300) - (i > 1 ? 150 : 20);
    if (format == IB_PIXELS_RGB565) {
        values[0] /= 3;
        values[1] = values[0] + 40;
        if (random_below(random, 2)) {
            values[2] = -128;
            values[3] = 127;
        }
    }
    if (format == IB_PIXELS_BINARY)
        values[0] = values[1] = (int32_t)random_below(random, 2);
    ib_threshold_of(&threshold, values, random_below(random, 3) ? 6 : 4);
    return threshold;
}

static bool near_angle(double a, double b) {
    double apart = fmod(fabs(a - b), 3.14159265358979);
    return apart < 1e-3 || apart > 3.14159265358979 - 1e-3;
}

static void check_bins(const struct ib_blob_list *list, struct ib_blob_bins got, const int *numbers,
                       int size, uint32_t most) {
    uint32_t count = most < (uint32_t)size ? most : (uint32_t)size, wanted[SLOW_SIDE] = {0};
    for (int i = 0; i < size; i++)
        wanted[(uint32_t)i * count / (uint32_t)size] += (uint32_t)numbers[i];
    assert_int_equal(got.count, count);
    assert_memory_equal(list->bins + got.first, wanted, count * sizeof *wanted);
}

static bool same(const struct ib_blob *got, const struct slow_blob *wanted) {
    return memcmp(&got->rect, &wanted->rect, sizeof got->rect) == 0 &&
           got->pixels == (uint32_t)wanted->pixels &&
           got->perimeter == (uint32_t)wanted->perimeter && got->code == wanted->code &&
           got->count == 1 && fabs((double)got->cx - wanted->cx) < 1e-4 &&
           fabs((double)got->cy - wanted->cy) < 1e-4 &&
           near_angle((double)got->rotation, wanted->rotation) &&
           fabs((double)got->roundness - wanted->roundness) < 1e-4 &&
           memcmp(got->supports, wanted->supports, sizeof got->supports) == 0;
}

static void random_pictures_agree_with_the_slow_way(void **state) {
    static const enum ib_pixels formats[] = {IB_PIXELS_GREY, IB_PIXELS_BINARY, IB_PIXELS_RGB565};
    struct random random = {SEED};
    long found = 0;
    (void)state;
    for (unsigned round = 0; round < 1500; round++) {
        int32_t w = 1 + (int32_t)random_below(&random, round % 3 ? SLOW_SIDE : 9);
        int32_t h = 1 + (int32_t)random_below(&random, round % 3 ? 40 : 9);
        struct ib_image image = ib_image_of(pixels, formats[round % 7 % 3], w, h);
        struct ib_threshold thresholds[3];
        struct ib_blobs_wish wish = ib_blobs_defaults(&image);
        image.stride_bytes += 4 * random_below(&random, 3);
        paint(&random, &image, round % 4);
        for (int i = 0; i < 3; i++)
            thresholds[i] = some_threshold(&random, image.format);
        wish.thresholds = thresholds;
        wish.thresholds_count = 1 + random_below(&random, 3);
        wish.invert = random_below(&random, 3) == 0;
        wish.x_stride = 1 + (int32_t)random_below(&random, 5);
        wish.y_stride = 1 + (int32_t)random_below(&random, 3);
        wish.area_threshold = random_below(&random, 12);
        wish.pixels_threshold = random_below(&random, 12);
        if (round % 2)
            wish.roi = (struct ib_rect){(int32_t)random_below(&random, (uint32_t)w + 8) - 4,
                                        (int32_t)random_below(&random, (uint32_t)h + 8) - 4,
                                        (int32_t)random_below(&random, SLOW_SIDE),
                                        (int32_t)random_below(&random, SLOW_SIDE)};
        wish.x_bins_max = round % 5 == 0 ? 1 + random_below(&random, 30) : 0;
        wish.y_bins_max = round % 5 < 2 ? 1 + random_below(&random, 30) : 0;
        wish.vectors = (enum ib_vectors)(round % 4);
        size_t depth = round % 6 == 5 ? random_below(&random, 5) : 100000;
        size_t bytes = ib_blobs_least_bytes(&image, &wish) + depth * 8;
        struct ib_blob_list list = list_of_all();
        int got = ib_blobs_find(&list, &image, &wish, (uint8_t *)scratch + round % 64, bytes);
        int wanted = slow_blobs(slow, &image, &wish, (int)depth);
        if (got != wanted)
            fail_msg("round %u of seed %d: %d blobs, not %d", round, SEED, got, wanted);
        for (int i = 0; i < got; i++) {
            if (!same(&items[i], &slow[i]))
                fail_msg("round %u of seed %d: blob %d differs", round, SEED, i);
            if (wish.x_bins_max)
                check_bins(&list, items[i].x_bins, slow[i].columns, slow[i].rect.w,
                           wish.x_bins_max);
            if (wish.y_bins_max)
                check_bins(&list, items[i].y_bins, slow[i].rows, slow[i].rect.h, wish.y_bins_max);
        }
        found += got;
    }
    assert_true(found > 3000); // seeds are not all in vain
}

/// A large picture, so that colours go through the table of codes.
static void all_vectors_find_the_same(void **state) {
    static const enum ib_pixels formats[] = {IB_PIXELS_GREY, IB_PIXELS_RGB565};
    static struct ib_blob first[MOST];
    struct random random = {SEED + 1};
    (void)state;
    for (unsigned round = 0; round < 12; round++) {
        struct ib_image image = ib_image_of(pixels, formats[round % 2], 301, 200);
        struct ib_threshold threshold = some_threshold(&random, image.format);
        struct ib_blobs_wish wish = ib_blobs_defaults(&image);
        int counts[4];
        random_bytes(&random, pixels, sizeof pixels);
        wish.thresholds = &threshold;
        wish.thresholds_count = 1;
        wish.invert = round % 4 > 1;
        wish.area_threshold = 3;
        wish.pixels_threshold = 3;
        for (int v = 0; v < 4; v++) {
            struct ib_blob_list list = list_of_all();
            wish.vectors = (enum ib_vectors)v;
            counts[v] = find(&list, &image, &wish);
            assert_int_equal(counts[v], counts[0]);
            assert_true(counts[v] >= 0);
            if (v == 0)
                memcpy(first, items, sizeof *items * (size_t)counts[0]);
            assert_memory_equal(first, items, sizeof *items * (size_t)counts[0]);
        }
    }
}

/// The pixels of a shape: a path one pixel wide that never touches itself.
static int draw_spiral(int size) {
    static const int step[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    int x = 0, y = 0, count = 1, turn = 0, length = size - 1;
    memset(pixels, 0, (size_t)size * (size_t)size);
    pixels[0] = 255;
    while (length > 1) {
        for (int i = 0; i < length; i++, count++) {
            x += step[turn % 4][0];
            y += step[turn % 4][1];
            pixels[y * size + x] = 255;
        }
        turn++;
        if (turn == 1 || turn % 2 == 1)
            length -= turn == 1 ? 0 : 2;
    }
    return count;
}

static struct ib_blobs_wish every_bright(const struct ib_image *image) {
    static const struct ib_threshold bright = {{128}, {255}};
    struct ib_blobs_wish wish = ib_blobs_defaults(image);
    wish.thresholds = &bright;
    wish.thresholds_count = 1;
    wish.x_stride = 1;
    wish.area_threshold = wish.pixels_threshold = 0;
    return wish;
}

static void long_ways_are_followed_to_the_end(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 401, 401);
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    (void)state;
    int count = draw_spiral(401);
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(items[0].pixels, count);
    check_rect(items[0].rect, 0, 0, 401, 401);
    // A comb whose teeth are joined at alternating ends: the longest way there is.
    memset(pixels, 0, sizeof pixels);
    count = 0;
    for (int x = 0; x < 401; x++) {
        for (int y = 0; y < 401; y++) {
            if (x % 2 == 0 || y == (x % 4 == 1 ? 400 : 0)) {
                pixels[y * 401 + x] = 255;
                count++;
            }
        }
    }
    list = list_of_all();
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(items[0].pixels, count);
    // The whole picture.
    memset(pixels, 255, sizeof pixels);
    list = list_of_all();
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(items[0].pixels, 401 * 401);
    assert_int_equal(items[0].perimeter, 4 * 401);
    assert_true(items[0].cx == 200 && items[0].cy == 200);
}

static void without_a_stack_runs_are_blobs(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 50, 20);
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    size_t least = ib_blobs_least_bytes(&image, &wish);
    (void)state;
    memset(pixels, 255, sizeof pixels);
    assert_int_equal(ib_blobs_find(&list, &image, &wish, scratch, least), 20);
    for (int i = 0; i < 20; i++) {
        check_rect(items[i].rect, 0, i, 50, 1);
        assert_int_equal(items[i].perimeter, 102);
    }
    assert_int_equal(ib_blobs_find(&list, &image, &wish, scratch, least - 1), IB_E_NO_SPACE);
}

static void a_checkerboard_is_all_blobs(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 90, 90);
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    (void)state;
    for (int i = 0; i < 90 * 90; i++)
        pixels[i] = (i % 90 + i / 90) % 2 ? 0 : 255;
    assert_int_equal(find(&list, &image, &wish), 4050);
    wish.merge = true; // neighbours touch at corners only: no overlap
    list = list_of_all();
    assert_int_equal(find(&list, &image, &wish), 4050);
    wish.margin = 1;
    list = list_of_all();
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(items[0].count, 4050);
    assert_int_equal(items[0].pixels, 4050);
    check_rect(items[0].rect, 0, 0, 90, 90);
    list.capacity = 100;
    assert_int_equal(find(&list, &image, &wish), IB_E_NO_SPACE);
}

static void one_pixel_is_a_blob(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 1, 1);
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    struct ib_point corners[4];
    (void)state;
    pixels[0] = 200;
    assert_int_equal(find(&list, &image, &wish), 1);
    check_rect(items[0].rect, 0, 0, 1, 1);
    assert_int_equal(items[0].perimeter, 4);
    assert_true(items[0].roundness == 0 && items[0].rotation == 0);
    ib_blob_min_corners(&items[0], corners);
    for (int i = 0; i < 4; i++)
        assert_true(corners[i].x == 0 && corners[i].y == 0);
    assert_true(ib_blob_solidity(corners, 1) == 1);
    assert_int_equal(ib_blob_enclosing_circle(corners).radius, 0);
    assert_int_equal(ib_blob_enclosed_ellipse(corners).rotation_deg, 0);
    pixels[0] = 100;
    assert_int_equal(find(&list, &image, &wish), 0);
    wish.roi = (struct ib_rect){1, 0, 5, 5};
    assert_int_equal(find(&list, &image, &wish), 0);
}

static void nonsense_is_refused(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 9, 9);
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    (void)state;
    wish.x_stride = 0;
    assert_int_equal(find(&list, &image, &wish), IB_E_RANGE);
    wish.x_stride = 1;
    wish.y_stride = -1;
    assert_int_equal(find(&list, &image, &wish), IB_E_RANGE);
    wish.y_stride = INT32_MAX;
    wish.x_stride = INT32_MAX;
    memset(pixels, 255, 81);
    assert_int_equal(find(&list, &image, &wish), 1);
    wish.thresholds_count = IB_THRESHOLDS_MAX + 1;
    assert_int_equal(find(&list, &image, &wish), IB_E_RANGE);
    wish.thresholds_count = 0;
    assert_int_equal(find(&list, &image, &wish), 0);
    image.format = IB_PIXELS_RGB888;
    assert_int_equal(find(&list, &image, &wish), IB_E_UNSUPPORTED);
}

struct calls {
    int keeps, joins, fail_at;
};

static int keep_wide(void *context, const struct ib_blob *blob, const struct ib_blob_list *list) {
    struct calls *calls = context;
    (void)list;
    if (++calls->keeps == calls->fail_at)
        return IB_E_CANCELLED;
    return blob->rect.w > 3;
}

static int join_some(void *context, const struct ib_blob *a, const struct ib_blob *b,
                     const struct ib_blob_list *list) {
    struct calls *calls = context;
    (void)a;
    (void)list;
    if (++calls->joins == calls->fail_at)
        return IB_E_CANCELLED;
    return b->rect.x < 50;
}

/// Five squares beside each other, 2, 4, 6, 8 and 10 wide, two apart.
static void paint_squares(void) {
    memset(pixels, 0, 100 * 20);
    int x = 2;
    for (int size = 2; size <= 10; size += 2) {
        for (int i = 0; i < size * size; i++)
            pixels[(5 + i / size) * 100 + x + i % size] = 255;
        x += size + 2;
    }
}

static void functions_decide_and_may_stop(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 100, 20);
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    struct calls calls = {0, 0, 0};
    (void)state;
    paint_squares();
    wish.context = &calls;
    wish.keep = keep_wide;
    assert_int_equal(find(&list, &image, &wish), 4);
    assert_int_equal(calls.keeps, 5);
    check_rect(items[0].rect, 6, 5, 4, 4);
    for (int at = 1; at <= 5; at++) {
        calls = (struct calls){0, 0, at};
        assert_int_equal(find(&list, &image, &wish), IB_E_CANCELLED);
        assert_int_equal(calls.keeps, at);
    }
    wish.keep = NULL;
    wish.join = join_some;
    wish.merge = true;
    wish.margin = 3;
    calls = (struct calls){0, 0, 0};
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(items[0].count, 5);
    assert_int_equal(items[0].pixels, 4 + 16 + 36 + 64 + 100);
    assert_int_equal(calls.joins, 4);
    for (int at = 1; at <= 4; at++) {
        calls = (struct calls){0, 0, at};
        assert_int_equal(find(&list, &image, &wish), IB_E_CANCELLED);
    }
    wish.margin = 2; // they then only touch
    calls.fail_at = 0;
    assert_int_equal(find(&list, &image, &wish), 5);
}

static int grow(void *context, struct ib_blob_list *list) {
    struct calls *calls = context;
    if (++calls->keeps == calls->fail_at)
        return IB_E_NO_SPACE;
    list->capacity = 2 * list->capacity + 1;
    list->items = realloc(list->items, list->capacity * sizeof *list->items);
    list->bins_capacity = 2 * list->bins_capacity + 16;
    list->bins = realloc(list->bins, list->bins_capacity * sizeof *list->bins);
    return IB_OK;
}

static void a_list_grows_when_it_can(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 100, 20);
    struct ib_blobs_wish wish = every_bright(&image);
    struct calls calls = {0, 0, 0};
    (void)state;
    paint_squares();
    wish.context = &calls;
    wish.grow = grow;
    wish.x_bins_max = 7;
    wish.y_bins_max = 20;
    for (int merge = 0; merge < 2; merge++) {
        struct ib_blob_list list = {NULL, 0, 0, NULL, 0, 0};
        wish.merge = merge;
        wish.margin = 3;
        assert_int_equal(find(&list, &image, &wish), merge ? 1 : 5);
        const struct ib_blob *last = &list.items[list.count - 1];
        uint32_t sum[2] = {0, 0};
        for (uint32_t i = 0; i < last->x_bins.count; i++)
            sum[0] += list.bins[last->x_bins.first + i];
        for (uint32_t i = 0; i < last->y_bins.count; i++)
            sum[1] += list.bins[last->y_bins.first + i];
        assert_int_equal(last->x_bins.count, 7);
        assert_int_equal(last->y_bins.count, 10);
        assert_int_equal(sum[0], last->pixels);
        assert_int_equal(sum[1], last->pixels);
        if (merge) { // all five have their upper rows there
            assert_int_equal(list.bins[last->y_bins.first], 2 + 4 + 6 + 8 + 10);
            assert_int_equal(list.bins[last->y_bins.first + 9], 10);
        }
        free(list.items);
        free(list.bins);
    }
    // No memory at each of its calls: an error, and nothing lost.
    int wanted = calls.keeps;
    for (int at = 1; at <= wanted / 2; at++) {
        struct ib_blob_list list = {NULL, 0, 0, NULL, 0, 0};
        calls = (struct calls){0, 0, at};
        assert_int_equal(find(&list, &image, &wish), IB_E_NO_SPACE);
        free(list.items);
        free(list.bins);
    }
}

static void merged_blobs_are_weighted(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 40, 20);
    struct ib_threshold two[2] = {{{100}, {150}}, {{200}, {255}}};
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    (void)state;
    memset(pixels, 0, 40 * 20);
    for (int y = 4; y < 9; y++) {
        memset(pixels + y * 40 + 4, 120, 9);  // 9 x 5
        memset(pixels + y * 40 + 13, 220, 3); // 3 x 5 beside it
    }
    wish.thresholds = two;
    wish.thresholds_count = 2;
    assert_int_equal(find(&list, &image, &wish), 2);
    assert_int_equal(items[0].code, 1);
    assert_int_equal(items[1].code, 2);
    assert_int_equal(items[0].perimeter, 5 * 2 + 2 * 7);
    wish.merge = true;
    wish.margin = 1;
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(items[0].code, 3);
    assert_int_equal(items[0].count, 2);
    assert_int_equal(items[0].pixels, 60);
    check_rect(items[0].rect, 4, 4, 12, 5);
    assert_true(fabs((double)items[0].cx - (8 * 45 + 14 * 15) / 60.0) < 1e-5);
    // Level and upright: n * sin and n * cos are added.
    double turn = atan2(15, 45);
    assert_true(fabs((double)items[0].rotation - turn) < 1e-4);
    assert_int_equal(items[0].supports[10].x, 15);
    // A later threshold does not get what an earlier one has claimed.
    two[0] = (struct ib_threshold){{100}, {255}};
    wish.merge = false;
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(items[0].pixels, 60);
    assert_int_equal(items[0].code, 1);
}

static void shapes_worked_out_by_hand(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 60, 60);
    struct ib_blobs_wish wish = every_bright(&image);
    struct ib_blob_list list = list_of_all();
    struct ib_point corners[4];
    (void)state;
    memset(pixels, 0, 60 * 60);
    for (int y = 20; y < 31; y++)
        memset(pixels + y * 60 + 10, 255, 41);
    assert_int_equal(find(&list, &image, &wish), 1);
    assert_int_equal(ib_blob_cx(&items[0]), 30);
    assert_int_equal(ib_blob_cy(&items[0]), 25);
    assert_int_equal(ib_blob_area(&items[0]), 451);
    assert_true(ib_blob_density(&items[0]) == 1);
    assert_int_equal(items[0].perimeter, 11 * 2 + 2 * 39 + 0 * 41);
    assert_true(items[0].rotation == 0);
    double perimeter = items[0].perimeter;
    assert_true(fabs((double)ib_blob_compactness(&items[0]) -
                     4 * 3.14159265 * 451 / (perimeter * perimeter)) < 1e-5);
    ib_blob_min_corners(&items[0], corners);
    static const struct ib_point wanted[4] = {{10, 20}, {50, 20}, {50, 30}, {10, 30}};
    for (int k = 0; k < 4; k++) { // in this order around, wherever it begins
        bool found = false;
        for (int i = 0; i < 4; i++)
            found = found || (corners[i].x == wanted[k].x && corners[i].y == wanted[k].y);
        assert_true(found);
    }
    assert_true(ib_blob_solidity(corners, 200) == 0.5f);
    assert_true(ib_blob_solidity(corners, 451) == 1.0f);
    assert_true(ib_blob_convexity(corners, 200) == 0.5f);
    assert_true(ib_blob_convexity(corners, 50) == 1.0f);
    struct ib_segment major = ib_blob_major_axis(corners), minor = ib_blob_minor_axis(corners);
    assert_int_equal(abs(major.to.x - major.from.x), 40);
    assert_int_equal(major.from.y, 25);
    assert_int_equal(major.to.y, 25);
    assert_int_equal(abs(minor.to.y - minor.from.y), 10);
    assert_int_equal(minor.from.x, 30);
    struct ib_circle circle = ib_blob_enclosing_circle(corners);
    assert_int_equal(circle.centre.x, 30);
    assert_int_equal(circle.centre.y, 25);
    assert_int_equal(circle.radius, 21); // sqrt(425) = 20.6
    struct ib_blob_ellipse ellipse = ib_blob_enclosed_ellipse(corners);
    assert_int_equal(ellipse.rx, 20);
    assert_int_equal(ellipse.ry, 5);
    assert_int_equal(ellipse.rotation_deg, 0);
    // A square on its corner: its smallest rectangle is turned by 45 degrees.
    memset(pixels, 0, 60 * 60);
    for (int y = 0; y < 60; y++) {
        for (int x = 0; x < 60; x++)
            pixels[y * 60 + x] = abs(x - 30) + abs(y - 25) <= 15 ? 255 : 0;
    }
    assert_int_equal(find(&list, &image, &wish), 1);
    ib_blob_corners(&items[0], corners);
    assert_true(corners[0].x == 15 && corners[0].y == 25 && corners[1].x == 30 &&
                corners[1].y == 10 && corners[2].x == 45 && corners[3].y == 40);
    ib_blob_min_corners(&items[0], corners);
    assert_int_equal(abs(corners[0].x - corners[2].x) + abs(corners[0].y - corners[2].y), 30);
    assert_true(items[0].roundness > 0.99f);
}

/// However a rectangle is turned, its rotation and its corners are found.
static void turned_rectangles_are_found(void **state) {
    struct ib_image image = ib_image_of(pixels, IB_PIXELS_GREY, 200, 200);
    struct ib_blobs_wish wish = every_bright(&image);
    (void)state;
    for (int degrees = 0; degrees < 180; degrees += 7) {
        double c = cos(degrees * 3.14159265358979 / 180), s = sin(degrees * 3.14159265358979 / 180);
        struct ib_blob_list list = list_of_all();
        struct ib_point corners[4];
        for (int y = 0; y < 200; y++) {
            for (int x = 0; x < 200; x++) {
                double u = (x - 100) * c + (y - 100) * s, v = (y - 100) * c - (x - 100) * s;
                pixels[y * 200 + x] = fabs(u) <= 60 && fabs(v) <= 20 ? 255 : 0;
            }
        }
        assert_int_equal(find(&list, &image, &wish), 1);
        if (!near_angle((double)items[0].rotation / 20, degrees * 3.14159265358979 / 180 / 20))
            fail_msg("%d degrees: rotation %f", degrees, (double)items[0].rotation);
        ib_blob_min_corners(&items[0], corners);
        float solidity = ib_blob_solidity(corners, items[0].pixels);
        struct ib_blob_ellipse ellipse = ib_blob_enclosed_ellipse(corners);
        if (solidity < 0.85f || abs(ellipse.rx - 60) > 3 || abs(ellipse.ry - 20) > 3)
            fail_msg("%d degrees: solidity %f, %d x %d", degrees, (double)solidity, ellipse.rx,
                     ellipse.ry);
        int turned = abs(ellipse.rotation_deg - degrees) % 180;
        assert_true(turned < 8 || turned > 172);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scene_has_the_peers_blobs),
        cmocka_unit_test(random_pictures_agree_with_the_slow_way),
        cmocka_unit_test(all_vectors_find_the_same),
        cmocka_unit_test(long_ways_are_followed_to_the_end),
        cmocka_unit_test(without_a_stack_runs_are_blobs),
        cmocka_unit_test(a_checkerboard_is_all_blobs),
        cmocka_unit_test(one_pixel_is_a_blob),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(functions_decide_and_may_stop),
        cmocka_unit_test(a_list_grows_when_it_can),
        cmocka_unit_test(merged_blobs_are_weighted),
        cmocka_unit_test(shapes_worked_out_by_hand),
        cmocka_unit_test(turned_rectangles_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
