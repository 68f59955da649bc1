/// Pictures against a threshold, as bits. See threshold_private.h.
#include <string.h>

#include "core/bytes.h"
#include "image/color.h"
#include "image/threshold_private.h"

#define CODES_PAY_PX 12000 ///< from so many pixels on all codes are judged first
#define HIGH 0x80808080u
#define EACH 0x01010101u

static void judge_codes(uint32_t *codes, const struct ib_threshold *threshold, uint32_t flip) {
    for (uint32_t word = 0; word < IB_MATCHER_WORDS; word++) {
        uint32_t bits = 0;
        for (uint32_t i = 0; i < 32; i++) {
            uint16_t colour = (uint16_t)(2 * (32 * word + i));
            bits |= (uint32_t)ib_threshold_matches(threshold, IB_PIXELS_RGB565, colour) << i;
        }
        codes[word] = bits ^ flip;
    }
}

void ib_matcher_init(struct ib_matcher *self, const struct ib_threshold *threshold,
                     enum ib_pixels format, bool invert, enum ib_vectors vectors, uint32_t *codes,
                     size_t pixels) {
    *self = (struct ib_matcher){*threshold, format, ib_vectors_choose(vectors),
                                invert ? ~UINT32_C(0) : 0, NULL};
    if (format != IB_PIXELS_RGB565 || !codes || pixels < CODES_PAY_PX)
        return;
#if defined(__x86_64__)
    if (self->vectors != IB_VECTORS_NONE) {
        ib_match_codes_avx2(codes, threshold, self->flip);
        self->codes = codes;
        return;
    }
#endif
    judge_codes(codes, threshold, self->flip);
    self->codes = codes;
}

static uint32_t first_ones(int32_t count) {
    return count >= 32 ? ~UINT32_C(0) : (UINT32_C(1) << count) - 1;
}

/// Four bytes at a time: bit 7 of each says whether byte - low is at most span.
static uint32_t four(uint32_t bytes, uint32_t low, uint32_t span) {
    uint32_t from_low = ((bytes | HIGH) - (low & ~HIGH)) ^ ((bytes ^ ~low) & HIGH);
    uint32_t room = (span | HIGH) - (from_low & ~HIGH);
    uint32_t beyond = (~span & from_low) | (~(span ^ from_low) & ~room);
    return ~beyond & HIGH;
}

uint32_t ib_match_word(const struct ib_match_bytes *bytes, const uint8_t *at, int32_t count) {
    uint32_t low = bytes->low * EACH, span = bytes->span * EACH, word = 0;
    int32_t i = 0;
    for (; i + 4 <= count; i += 4)
        word |= ((four(ib_get_le32(at + i), low, span) >> 7) * 0x10204080u >> 28) << i;
    for (; i < count; i++)
        word |= (uint32_t)((uint8_t)(at[i] - bytes->low) <= bytes->span) << i;
    return (word ^ bytes->flip) & first_ones(count);
}

static void match_bytes(uint32_t *bits, const struct ib_match_bytes *bytes) {
    int32_t words = ib_matcher_row_words(bytes->width_px);
    for (int32_t y = 0; y < bytes->height_px; y++, bits += words) {
        const uint8_t *at = bytes->at + (size_t)y * bytes->stride_bytes;
        for (int32_t i = 0; i < words; i++) {
            int32_t left = bytes->width_px - 32 * i;
            bits[i] = left > 0 ? ib_match_word(bytes, at + 32 * i, left < 32 ? left : 32) : 0;
        }
    }
}

static void bits_of_grey(const struct ib_matcher *self, uint32_t *bits,
                         const struct ib_image *image, struct ib_rect roi) {
    int low = self->threshold.low[0], high = self->threshold.high[0];
    low = low < 0 ? 0 : low;
    high = high > 255 ? 255 : high;
    bool none = low > high;
    if (none) {
        low = 0; // nothing matches: everything does, the other way round
        high = 255;
    }
    struct ib_match_bytes bytes = {
        ib_image_row(image, roi.y) + roi.x,
        image->stride_bytes,
        roi.w,
        roi.h,
        (uint8_t)low,
        (uint8_t)(high - low),
        none ? ~self->flip : self->flip,
    };
#if defined(__x86_64__)
    if (self->vectors == IB_VECTORS_VBMI) {
        ib_match_bytes_vbmi(bits, &bytes);
        return;
    }
    if (self->vectors == IB_VECTORS_AVX2) {
        ib_match_bytes_avx2(bits, &bytes);
        return;
    }
#endif
    match_bytes(bits, &bytes);
}

static void bits_of_bits(const struct ib_matcher *self, uint32_t *bits,
                         const struct ib_image *image, struct ib_rect roi) {
    uint32_t ones = ib_threshold_matches(&self->threshold, IB_PIXELS_BINARY, 1) ? ~UINT32_C(0) : 0;
    uint32_t zeros = ib_threshold_matches(&self->threshold, IB_PIXELS_BINARY, 0) ? ~UINT32_C(0) : 0;
    int32_t words = ib_matcher_row_words(roi.w), shift = roi.x % 32;
    int32_t last = (roi.x + roi.w - 1) / 32;
    for (int32_t y = 0; y < roi.h; y++, bits += words) {
        const uint32_t *row = (const uint32_t *)(const void *)ib_image_row(image, roi.y + y);
        for (int32_t i = 0; i < words; i++) {
            int32_t left = roi.w - 32 * i, at = roi.x / 32 + i;
            uint32_t word = 0;
            if (left > 0)
                word = row[at] >> shift;
            if (left > 0 && shift && at < last)
                word |= row[at + 1] << (32 - shift);
            word = ((word & ones) | (~word & zeros)) ^ self->flip;
            bits[i] = left > 0 ? word & first_ones(left) : 0;
        }
    }
}

static uint32_t word_of_colours(const struct ib_matcher *self, const uint16_t *at, int32_t count) {
    uint32_t word = 0;
    if (self->codes) {
        for (int32_t i = 0; i < count; i++)
            word |= (self->codes[at[i] >> 6] >> (at[i] >> 1 & 31) & 1) << i;
        return word;
    }
    for (int32_t i = 0; i < count; i++)
        word |= (uint32_t)ib_threshold_matches(&self->threshold, IB_PIXELS_RGB565, at[i]) << i;
    return (word ^ self->flip) & first_ones(count);
}

static void bits_of_colours(const struct ib_matcher *self, uint32_t *bits,
                            const struct ib_image *image, struct ib_rect roi) {
    int32_t words = ib_matcher_row_words(roi.w);
    for (int32_t y = 0; y < roi.h; y++, bits += words) {
        const uint16_t *row =
            (const uint16_t *)(const void *)ib_image_row(image, roi.y + y) + roi.x;
        int32_t i = 0;
#if defined(__x86_64__)
        if (self->codes && self->vectors != IB_VECTORS_NONE) {
            i = roi.w / 32;
            ib_match_colours_avx2(bits, self->codes, row, i);
        }
#endif
        for (; i < words; i++) {
            int32_t left = roi.w - 32 * i;
            bits[i] = left > 0 ? word_of_colours(self, row + 32 * i, left < 32 ? left : 32) : 0;
        }
    }
}

void ib_matcher_bits(const struct ib_matcher *self, uint32_t *bits, const struct ib_image *image,
                     struct ib_rect roi) {
    if (self->format == IB_PIXELS_GREY)
        bits_of_grey(self, bits, image, roi);
    else if (self->format == IB_PIXELS_BINARY)
        bits_of_bits(self, bits, image, roi);
    else
        bits_of_colours(self, bits, image, roi);
}
