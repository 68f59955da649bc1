/// Thresholds with AVX2, 32 values at a time. Only for x86-64. See threshold_private.h.
#include "image/threshold_private.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 void ib_match_bytes_avx2(uint32_t *bits, const struct ib_match_bytes *bytes) {
    const __m256i low = _mm256_set1_epi8((char)bytes->low);
    const __m256i span = _mm256_set1_epi8((char)bytes->span);
    int32_t words = ib_matcher_row_words(bytes->width_px), full = bytes->width_px / 32;
    for (int32_t y = 0; y < bytes->height_px; y++, bits += words) {
        const uint8_t *at = bytes->at + (size_t)y * bytes->stride_bytes;
        int32_t i = 0;
        for (; i < full; i++) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32 * i));
            v = _mm256_sub_epi8(v, low);
            v = _mm256_cmpeq_epi8(_mm256_min_epu8(v, span), v);
            bits[i] = (uint32_t)_mm256_movemask_epi8(v) ^ bytes->flip;
        }
        for (; i < words; i++) {
            int32_t left = bytes->width_px - 32 * i;
            bits[i] = left > 0 ? ib_match_word(bytes, at + 32 * i, left) : 0;
        }
    }
}

/// All ones where a value is outside of low .. high.
AVX2 static inline __m256i outside(const int8_t *values, __m256i low, __m256i high) {
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)values);
    return _mm256_or_si256(_mm256_cmpgt_epi8(low, v), _mm256_cmpgt_epi8(v, high));
}

/// The end of a range as a signed byte; what lies beyond one is no limit for any value.
AVX2 static inline __m256i end_of(int value) {
    return _mm256_set1_epi8((char)(value < -128 ? -128 : value > 127 ? 127 : value));
}

AVX2 void ib_match_codes_avx2(uint32_t *codes, const struct ib_threshold *threshold,
                              uint32_t flip) {
    const int8_t *const planes[3] = {ib_lab_l, ib_lab_a, ib_lab_b};
    __m256i low[3], high[3];
    bool none = false;
    for (int i = 0; i < 3; i++) {
        low[i] = end_of(threshold->low[i]);
        high[i] = end_of(threshold->high[i]);
        none = none || threshold->low[i] > 127 || threshold->high[i] < -128;
    }
    for (int32_t word = 0; word < IB_MATCHER_WORDS; word++) {
        __m256i out = outside(planes[0] + 32 * word, low[0], high[0]);
        out = _mm256_or_si256(out, outside(planes[1] + 32 * word, low[1], high[1]));
        out = _mm256_or_si256(out, outside(planes[2] + 32 * word, low[2], high[2]));
        codes[word] = (none ? 0 : ~(uint32_t)_mm256_movemask_epi8(out)) ^ flip;
    }
}

/// Eight colours: bit 31 of each lane says whether its code is in the table.
AVX2 static inline __m256i eight(const uint32_t *codes, const uint16_t *at) {
    const __m256i low5 = _mm256_set1_epi32(31);
    __m256i colours = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)at));
    __m256i words =
        _mm256_i32gather_epi32((const int *)(const void *)codes, _mm256_srli_epi32(colours, 6), 4);
    __m256i bit = _mm256_and_si256(_mm256_srli_epi32(colours, 1), low5);
    return _mm256_sllv_epi32(words, _mm256_sub_epi32(low5, bit));
}

AVX2 void ib_match_colours_avx2(uint32_t *bits, const uint32_t *codes, const uint16_t *row,
                                int32_t words) {
    for (int32_t i = 0; i < words; i++, row += 32) {
        uint32_t word = 0;
        for (int k = 0; k < 4; k++)
            word |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(eight(codes, row + 8 * k)))
                    << 8 * k;
        bits[i] = word;
    }
}

#endif
