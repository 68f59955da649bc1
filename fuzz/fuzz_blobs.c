/// Fuzz: find_blobs and colour histograms with any arguments, any scratch memory, any list.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/blob_shape.h"
#include "image/histograms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 512, SIDE = 80 };

struct input {
    const uint8_t *at;
    size_t left;
};

/// Two bytes as a number; every eighth one far away.
static int32_t take(struct input *self) {
    if (self->left < 2)
        return 0;
    int32_t value = (int16_t)(self->at[0] | self->at[1] << 8);
    self->at += 2;
    self->left -= 2;
    return value % 8 == 7 ? value * 65536 : value % 256;
}

static int decide(void *context, const struct ib_blob *a, const struct ib_blob *b,
                  const struct ib_blob_list *list) {
    struct ib_point corners[4];
    ib_blob_min_corners(a, corners);
    ib_blob_enclosed_ellipse(corners);
    ib_blob_solidity(corners, b->pixels + (uint32_t)ib_blob_cx(a) + list->count);
    return take(context) < -200 ? -1 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint32_t pixels[SIDE * SIDE], bins[MOST];
    static struct ib_blob items[MOST];
    static struct ib_histograms histograms;
    struct input in = {data, size};
    struct ib_image image =
        ib_image_of(pixels, (enum ib_pixels)(take(&in) & 3), 1 + abs(take(&in) % (SIDE - 1)),
                    1 + abs(take(&in) % (SIDE - 1)));
    struct ib_threshold thresholds[4];
    for (int i = 0; i < 4; i++) {
        int32_t values[6] = {take(&in), take(&in), take(&in), take(&in), take(&in), take(&in)};
        ib_threshold_of(&thresholds[i], values, (uint32_t)i * 2);
    }
    struct ib_blobs_wish wish = {.thresholds = thresholds, .context = &in};
    wish.thresholds_count = (uint32_t)take(&in) & 3;
    wish.invert = take(&in) & 1;
    wish.roi = (struct ib_rect){take(&in), take(&in), take(&in), take(&in)};
    wish.x_stride = take(&in);
    wish.y_stride = take(&in);
    wish.area_threshold = wish.pixels_threshold = (uint32_t)take(&in) & 15;
    wish.merge = take(&in) & 1;
    wish.margin = take(&in);
    wish.x_bins_max = (uint32_t)take(&in);
    wish.y_bins_max = (uint32_t)take(&in);
    wish.vectors = (enum ib_vectors)(take(&in) & 3);
    wish.join = take(&in) & 1 ? decide : NULL;
    struct ib_histograms_wish counted = {wish.roi,
                                         thresholds,
                                         wish.thresholds_count,
                                         wish.invert,
                                         {wish.x_bins_max, 0, 0},
                                         take(&in) & 1 ? &image : NULL};
    size_t bytes = ib_blobs_least_bytes(&image, &wish) + (size_t)(take(&in) & 255);
    struct ib_blob_list list = {items, (uint32_t)take(&in) % MOST, 0, bins, MOST, 0};
    void *scratch = malloc(bytes); // exactly: the sanitizer sees a byte more
    memset(pixels, 0, sizeof pixels);
    for (size_t i = 0; i < sizeof pixels && in.left > 0; i++)
        ((uint8_t *)pixels)[i] = in.at[i % in.left];
    ib_blobs_find(&list, &image, &wish, scratch, bytes);
    ib_histograms_of(&histograms, &image, &counted, scratch, bytes);
    free(scratch);
    return 0;
}
