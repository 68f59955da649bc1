/// Finding blobs: bits of each threshold, seeds in order, what is kept. See blobs.h.
#include "image/blobs.h"

#include <string.h>

#include "core/status.h"
#include "image/blobs_private.h"
#include "image/scratch.h"
#include "image/threshold_private.h"

/// The pieces of scratch memory; all NULL while it is only measured.
struct memory {
    struct ib_scratch scratch;
    uint32_t *codes, *open, *busy, *columns, *rows;
};

static struct memory lay_out(const struct ib_image *image, const struct ib_blobs_wish *wish,
                             struct ib_rect roi, void *bytes) {
    struct memory self = {ib_scratch_of(bytes), NULL, NULL, NULL, NULL, NULL};
    size_t bits = (size_t)ib_matcher_row_words(roi.w) * (size_t)roi.h * sizeof(uint32_t);
    if (image->format == IB_PIXELS_RGB565)
        self.codes = ib_scratch_take(&self.scratch, IB_MATCHER_WORDS * sizeof(uint32_t));
    self.open = ib_scratch_take(&self.scratch, bits);
    self.busy = ib_scratch_take(&self.scratch, bits);
    if (wish->x_bins_max)
        self.columns = ib_scratch_take(&self.scratch, ((size_t)roi.w + 1) * sizeof(uint32_t));
    if (wish->y_bins_max)
        self.rows = ib_scratch_take(&self.scratch, (size_t)roi.h * sizeof(uint32_t));
    return self;
}

static struct ib_rect roi_of(const struct ib_image *image, const struct ib_blobs_wish *wish) {
    return ib_rect_clip(wish->roi, image->width_px, image->height_px);
}

size_t ib_blobs_least_bytes(const struct ib_image *image, const struct ib_blobs_wish *wish) {
    struct memory memory = lay_out(image, wish, roi_of(image, wish), NULL);
    return ib_scratch_bytes(&memory.scratch);
}

size_t ib_blobs_scratch_bytes(const struct ib_image *image, const struct ib_blobs_wish *wish) {
    struct ib_rect roi = roi_of(image, wish);
    // A fill waits in no more runs than there can be: every second pixel of a row.
    size_t runs = ((size_t)roi.w + 1) / 2 * (size_t)roi.h;
    return ib_blobs_least_bytes(image, wish) + runs * sizeof(struct ib_blob_pause);
}

struct ib_blobs_wish ib_blobs_defaults(const struct ib_image *image) {
    struct ib_blobs_wish wish = {.roi = {0, 0, image->width_px, image->height_px},
                                 .x_stride = 2,
                                 .y_stride = 1,
                                 .area_threshold = 10,
                                 .pixels_threshold = 10};
    return wish;
}

static int check(const struct ib_image *image, const struct ib_blobs_wish *wish) {
    if (image->format != IB_PIXELS_BINARY && image->format != IB_PIXELS_GREY &&
        image->format != IB_PIXELS_RGB565)
        return IB_E_UNSUPPORTED;
    if (image->width_px > IB_IMAGE_MAX_PX || image->height_px > IB_IMAGE_MAX_PX ||
        wish->x_stride < 1 || wish->y_stride < 1 || wish->thresholds_count > IB_THRESHOLDS_MAX)
        return IB_E_RANGE;
    return IB_OK;
}

int ib_blob_bins_room(const struct ib_blobs_wish *wish, struct ib_blob_list *list, uint32_t count) {
    if (list->bins_capacity - list->bins_count >= count)
        return IB_OK;
    int status = wish->grow ? wish->grow(wish->context, list) : IB_E_NO_SPACE;
    if (status < 0)
        return status;
    return list->bins_capacity - list->bins_count >= count ? IB_OK : IB_E_NO_SPACE;
}

/// Numbers of columns or rows, `first` .. first + size - 1 of them, as at most `most` bins.
static int add_bins(const struct ib_blobs_wish *wish, struct ib_blob_list *list,
                    struct ib_blob_bins *out, const uint32_t *numbers, uint32_t size, uint32_t most,
                    bool differences) {
    uint32_t count = size < most ? size : most, sum = 0;
    int status = ib_blob_bins_room(wish, list, count);
    if (status < 0)
        return status;
    uint32_t *bins = list->bins + list->bins_count;
    memset(bins, 0, count * sizeof *bins);
    for (uint32_t i = 0; i < size; i++) {
        sum = differences ? sum + numbers[i] : numbers[i];
        bins[(uint64_t)i * count / size] += sum;
    }
    *out = (struct ib_blob_bins){list->bins_count, count};
    list->bins_count += count;
    return IB_OK;
}

static int add_blob(const struct ib_blobs_wish *wish, struct ib_blob_list *list,
                    const struct ib_blob_fill *fill, struct ib_blob *blob) {
    uint32_t bins_count = list->bins_count;
    int status = IB_OK;
    if (fill->columns)
        status = add_bins(wish, list, &blob->x_bins, fill->columns + (blob->rect.x - fill->roi.x),
                          (uint32_t)blob->rect.w, wish->x_bins_max, true);
    if (status >= 0 && fill->rows)
        status = add_bins(wish, list, &blob->y_bins, fill->rows + (blob->rect.y - fill->roi.y),
                          (uint32_t)blob->rect.h, wish->y_bins_max, false);
    int keep = 1;
    if (status >= 0 && wish->keep)
        keep = wish->keep(wish->context, blob, list);
    if (status < 0 || keep < 0)
        return status < 0 ? status : keep;
    if (keep == 0) {
        list->bins_count = bins_count;
        return IB_OK;
    }
    if (list->count == list->capacity && wish->grow)
        status = wish->grow(wish->context, list);
    if (status < 0 || list->count == list->capacity)
        return status < 0 ? status : IB_E_NO_SPACE;
    list->items[list->count++] = *blob;
    return IB_OK;
}

/// Fill from one seed and keep the blob if it is large enough.
static int take_seed(const struct ib_blobs_wish *wish, struct ib_blob_list *list,
                     struct ib_blob_fill *fill, uint32_t code, int32_t x, int32_t y) {
    struct ib_blob blob = {.code = code};
    int status = IB_OK;
    ib_blob_fill(fill, x, y);
    if (fill->pixels >= wish->pixels_threshold || fill->columns || fill->rows) {
        blob.rect = ib_blob_fill_supports(fill, blob.supports);
        if (fill->pixels >= wish->pixels_threshold &&
            (uint32_t)blob.rect.w * (uint32_t)blob.rect.h >= wish->area_threshold) {
            ib_blob_fill_shape(fill, &blob);
            status = add_blob(wish, list, fill, &blob);
        }
    }
    if (fill->columns)
        memset(fill->columns + (blob.rect.x - fill->roi.x), 0,
               ((size_t)blob.rect.w + 1) * sizeof(uint32_t));
    if (fill->rows)
        memset(fill->rows + (blob.rect.y - fill->roi.y), 0, (size_t)blob.rect.h * sizeof(uint32_t));
    return status;
}

/// All seeds of a row: open pixels at every x_stride-th column.
static int scan_row(const struct ib_blobs_wish *wish, struct ib_blob_list *list,
                    struct ib_blob_fill *fill, uint32_t code, int32_t y) {
    const uint32_t *open = fill->open + y * fill->words;
    // Beyond the largest picture all strides are alike.
    const int32_t width = fill->roi.w;
    const int32_t stride =
        wish->x_stride < 2 * IB_IMAGE_MAX_PX ? wish->x_stride : 2 * IB_IMAGE_MAX_PX;
    const int32_t phase = (fill->roi.y + y) % stride;
    int32_t x = phase;
    while ((x = ib_bits_next(open, x, width)) < width) {
        int32_t beyond = stride > 1 ? (x - phase) % stride : 0;
        if (beyond) {
            x += stride - beyond;
            if (x >= width || x < 0 || !(open[x >> 5] >> (x & 31) & 1))
                continue;
        }
        int status = take_seed(wish, list, fill, code, x, y);
        if (status < 0)
            return status;
    }
    return IB_OK;
}

/// The matching pixels of threshold k. `busy` holds what earlier ones have claimed, and takes them in.
static void find_open(struct ib_blob_fill *fill, const struct ib_matcher *matcher,
                      const struct ib_image *image, bool first) {
    size_t words = (size_t)fill->words * (size_t)fill->roi.h;
    ib_matcher_bits(matcher, fill->open, image, fill->roi);
    if (first)
        memcpy(fill->busy, fill->open, words * sizeof *fill->busy);
    for (size_t i = 0; i < words && !first; i++) {
        uint32_t match = fill->open[i];
        fill->open[i] = match & ~fill->busy[i];
        fill->busy[i] |= match;
    }
}

/// What matched and is still open belongs to nobody: the next threshold may have it.
static void give_back(struct ib_blob_fill *fill) {
    size_t words = (size_t)fill->words * (size_t)fill->roi.h;
    for (size_t i = 0; i < words; i++)
        fill->busy[i] &= ~fill->open[i];
}

static int scan(const struct ib_blobs_wish *wish, struct ib_blob_list *list,
                struct ib_blob_fill *fill, uint32_t code) {
    for (int64_t y = 0; y < fill->roi.h; y += wish->y_stride) {
        int status = scan_row(wish, list, fill, code, (int32_t)y);
        if (status < 0)
            return status;
    }
    return IB_OK;
}

int ib_blobs_find(struct ib_blob_list *list, const struct ib_image *image,
                  const struct ib_blobs_wish *wish, void *scratch, size_t scratch_bytes) {
    int status = check(image, wish);
    list->count = list->bins_count = 0;
    struct ib_rect roi = roi_of(image, wish);
    if (status < 0 || roi.w == 0 || wish->thresholds_count == 0)
        return status;
    if (!scratch || scratch_bytes < ib_blobs_least_bytes(image, wish))
        return IB_E_NO_SPACE;
    struct memory memory = lay_out(image, wish, roi, scratch);
    struct ib_blob_fill fill;
    fill.open = memory.open;
    fill.busy = memory.busy;
    fill.words = ib_matcher_row_words(roi.w);
    fill.roi = roi;
    fill.stack = (struct ib_blob_pause *)(void *)(memory.scratch.base + memory.scratch.used);
    fill.stack_room = (scratch_bytes - ib_scratch_bytes(&memory.scratch)) / sizeof *fill.stack;
    fill.columns = memory.columns;
    fill.rows = memory.rows;
    if (fill.columns)
        memset(fill.columns, 0, ((size_t)roi.w + 1) * sizeof(uint32_t));
    if (fill.rows)
        memset(fill.rows, 0, (size_t)roi.h * sizeof(uint32_t));
    for (uint32_t k = 0; k < wish->thresholds_count; k++) {
        struct ib_matcher matcher;
        ib_matcher_init(&matcher, &wish->thresholds[k], image->format, wish->invert, wish->vectors,
                        memory.codes, (size_t)roi.w * (size_t)roi.h);
        find_open(&fill, &matcher, image, k == 0);
        status = scan(wish, list, &fill, UINT32_C(1) << k);
        if (status < 0)
            return status;
        if (k + 1 < wish->thresholds_count)
            give_back(&fill);
    }
    return wish->merge ? ib_blobs_merge(list, wish) : (int)list->count;
}
