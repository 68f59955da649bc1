/// Histograms of the pixels that are meant. See histograms.h.
#include "image/histograms.h"

#include <string.h>

#include "core/status.h"
#include "image/color.h"
#include "image/lab.h"
#include "image/scratch.h"

#define CODES_PAY_PX 12000 ///< from so many pixels on codes are counted first

/// How often a pixel of that value counts.
static uint32_t weight(const struct ib_histograms_wish *wish, enum ib_pixels format,
                       uint16_t pixel) {
    uint32_t times = 0;
    if (wish->thresholds_count == 0)
        return 1;
    for (uint32_t i = 0; i < wish->thresholds_count; i++)
        times += ib_threshold_matches(&wish->thresholds[i], format, pixel) != wish->invert;
    return times;
}

static int check(const struct ib_image *image, const struct ib_histograms_wish *wish,
                 struct ib_rect roi) {
    const struct ib_image *other = wish->difference;
    if (image->format != IB_PIXELS_BINARY && image->format != IB_PIXELS_GREY &&
        image->format != IB_PIXELS_RGB565)
        return IB_E_UNSUPPORTED;
    if (other && (other->format != image->format || other->width_px != image->width_px ||
                  other->height_px != image->height_px))
        return IB_E_INVAL;
    if (wish->thresholds_count > IB_THRESHOLDS_MAX)
        return IB_E_RANGE;
    uint64_t most =
        (uint64_t)roi.w * (uint64_t)roi.h * (wish->thresholds_count ? wish->thresholds_count : 1);
    return most > INT32_MAX ? IB_E_OVERFLOW : IB_OK;
}

static unsigned apart(unsigned a, unsigned b) {
    return a > b ? a - b : b - a;
}

static uint16_t colour_difference(uint16_t a, uint16_t b) {
    return (uint16_t)(apart(a >> 11, b >> 11) << 11 | apart(a >> 5 & 63, b >> 5 & 63) << 5 |
                      apart(a & 31, b & 31));
}

/// Greys or bits of a difference.
static void count_differences(uint32_t counts[IB_HISTOGRAM_MAX], const struct ib_image *image,
                              const struct ib_image *other, struct ib_rect roi) {
    memset(counts, 0, IB_HISTOGRAM_MAX * sizeof *counts);
    for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
        const uint8_t *a = ib_image_row(image, y), *b = ib_image_row(other, y);
        for (int32_t x = roi.x; x < roi.x + roi.w; x++) {
            if (image->format == IB_PIXELS_GREY)
                counts[apart(a[x], b[x])]++;
            else
                counts[ib_bit_get((const uint32_t *)(const void *)a, x) ^
                       ib_bit_get((const uint32_t *)(const void *)b, x)]++;
        }
    }
}

static int one_channel(struct ib_histograms *self, const struct ib_image *image,
                       const struct ib_histograms_wish *wish, struct ib_rect roi) {
    self->channels = 1;
    if (!wish->difference && wish->thresholds_count == 0)
        return ib_histogram_of(&self->of[0], image, roi, wish->bins[0]);
    uint32_t counts[IB_HISTOGRAM_MAX];
    int32_t high = image->format == IB_PIXELS_BINARY ? 1 : 255;
    if (wish->difference)
        count_differences(counts, image, wish->difference, roi);
    else
        ib_count_values(counts, image, roi);
    for (int32_t i = 0; i <= high; i++)
        counts[i] *= weight(wish, image->format, (uint16_t)i);
    int status = ib_histogram_fill(&self->of[0], counts, 0, high,
                                   wish->bins[0] ? wish->bins[0] : (uint32_t)high + 1);
    return status < 0 ? status : (int)self->of[0].total;
}

/// A pair of codes, into the channels' counts of L, A + 128, B + 128.
static inline void add(struct ib_histograms *self, uint32_t pair, uint32_t times) {
    self->of[0].counts[(uint8_t)ib_lab_l[pair]] += times;
    self->of[1].counts[ib_lab_a[pair] + 128] += times;
    self->of[2].counts[ib_lab_b[pair] + 128] += times;
}

static const uint16_t *colours_of(const struct ib_image *image, int32_t x, int32_t y) {
    return (const uint16_t *)(const void *)ib_image_row(image, y) + x;
}

static void count_colours(struct ib_histograms *self, const struct ib_image *image,
                          const struct ib_histograms_wish *wish, struct ib_rect roi) {
    for (int32_t y = roi.y; y < roi.y + roi.h; y++) {
        const uint16_t *at = colours_of(image, roi.x, y);
        const uint16_t *other = wish->difference ? colours_of(wish->difference, roi.x, y) : NULL;
        for (int32_t x = 0; x < roi.w; x++) {
            uint16_t colour = other ? colour_difference(at[x], other[x]) : at[x];
            add(self, colour >> 1, weight(wish, IB_PIXELS_RGB565, colour));
        }
    }
}

/// Counts of pairs of codes. Neighbours are counted in different tables, so that equal ones do not
/// wait for each other.
struct codes {
    uint16_t even[IB_LAB_CODES], odd[IB_LAB_CODES];
};
#define CODES_ROOM_PX 131070 ///< more pixels in a row could fill a count

static void fold(struct ib_histograms *self, const struct codes *codes,
                 const struct ib_histograms_wish *wish) {
    for (uint32_t four = 0; four < IB_LAB_CODES; four += 4) {
        uint64_t even, odd;
        memcpy(&even, codes->even + four, sizeof even);
        memcpy(&odd, codes->odd + four, sizeof odd);
        if (!(even | odd))
            continue;
        for (uint32_t pair = four; pair < four + 4; pair++) {
            uint32_t count = (uint32_t)codes->even[pair] + codes->odd[pair];
            if (count)
                add(self, pair, count * weight(wish, IB_PIXELS_RGB565, (uint16_t)(2 * pair)));
        }
    }
}

static void count_row(struct codes *codes, const uint16_t *at, const uint16_t *other,
                      int32_t width) {
    int32_t x = 0;
    for (; x + 1 < width && !other; x += 2) {
        codes->even[at[x] >> 1]++;
        codes->odd[at[x + 1] >> 1]++;
    }
    for (; x < width; x++) {
        uint16_t *table = x & 1 ? codes->odd : codes->even;
        table[(other ? colour_difference(at[x], other[x]) : at[x]) >> 1]++;
    }
}

/// The same through a count of every pair of codes, whose LAB is then looked up once.
static void count_codes(struct ib_histograms *self, const struct ib_image *image,
                        const struct ib_histograms_wish *wish, struct ib_rect roi,
                        struct codes *codes) {
    const int32_t most = CODES_ROOM_PX / (roi.w + 1), end = roi.y + roi.h;
    for (int32_t first = roi.y; first < end; first += most) {
        int32_t last = end - first < most ? end : first + most;
        memset(codes, 0, sizeof *codes);
        for (int32_t y = first; y < last; y++)
            count_row(codes, colours_of(image, roi.x, y),
                      wish->difference ? colours_of(wish->difference, roi.x, y) : NULL, roi.w);
        fold(self, codes, wish);
    }
}

/// Counts of values become counts of bins.
static int into_bins(struct ib_histogram *self, int32_t low, int32_t high, uint32_t bins) {
    uint32_t counts[IB_HISTOGRAM_MAX];
    memcpy(counts, self->counts, sizeof counts);
    return ib_histogram_fill(self, counts, low, high, bins ? bins : (uint32_t)(high - low + 1));
}

static int three_channels(struct ib_histograms *self, const struct ib_image *image,
                          const struct ib_histograms_wish *wish, struct ib_rect roi,
                          struct codes *codes) {
    self->channels = 3;
    for (int i = 0; i < 3; i++)
        memset(self->of[i].counts, 0, sizeof self->of[i].counts);
    if (codes)
        count_codes(self, image, wish, roi, codes);
    else
        count_colours(self, image, wish, roi);
    int status = into_bins(&self->of[0], 0, 100, wish->bins[0]);
    for (int i = 1; i < 3 && status >= 0; i++)
        status = into_bins(&self->of[i], -128, 127, wish->bins[i]);
    return status < 0 ? status : (int)self->of[0].total;
}

size_t ib_histograms_scratch_bytes(const struct ib_image *image,
                                   const struct ib_histograms_wish *wish) {
    struct ib_rect roi = ib_rect_clip(wish->roi, image->width_px, image->height_px);
    if (image->format != IB_PIXELS_RGB565 || (int64_t)roi.w * roi.h < CODES_PAY_PX)
        return 0;
    struct ib_scratch scratch = ib_scratch_of(NULL);
    ib_scratch_take(&scratch, sizeof(struct codes));
    return ib_scratch_bytes(&scratch);
}

int ib_histograms_of(struct ib_histograms *self, const struct ib_image *image,
                     const struct ib_histograms_wish *wish, void *scratch, size_t scratch_bytes) {
    struct ib_rect roi = ib_rect_clip(wish->roi, image->width_px, image->height_px);
    int status = check(image, wish, roi);
    if (status < 0)
        return status;
    if (image->format != IB_PIXELS_RGB565)
        return one_channel(self, image, wish, roi);
    size_t wanted = ib_histograms_scratch_bytes(image, wish);
    struct ib_scratch memory = ib_scratch_of(scratch);
    struct codes *codes = NULL;
    if (wanted && scratch && scratch_bytes >= wanted)
        codes = ib_scratch_take(&memory, sizeof(struct codes));
    return three_channels(self, image, wish, roi, codes);
}
