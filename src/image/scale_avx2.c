/// Scaling along rows with AVX2. Only for x86-64. See scale_private.h.
#include "image/scale_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// A look-up within a register reaches 16 bytes or 8 double words.
#define LINEAR_BLOCK 16
#define LINEAR_WINDOW 15 // and one more column at the right
#define CUBIC_BLOCK 8
#define CUBIC_WINDOW 8

AVX2 static inline __m256i load(const void *from) {
    return _mm256_loadu_si256(from);
}

AVX2 static inline void store(void *to, __m256i v) {
    _mm256_storeu_si256(to, v);
}

/// a * (256 - f) + b * f + 128, as 256 * a + (b - a) * f + 128: what overflows on the way comes back.
AVX2 static inline __m256i between(__m256i a, __m256i b, __m256i f) {
    __m256i sum =
        _mm256_add_epi16(_mm256_slli_epi16(a, 8), _mm256_mullo_epi16(_mm256_sub_epi16(b, a), f));
    return _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(128)), 8);
}

AVX2 void ib_scale_vertical_linear_avx2(uint8_t *out, const uint8_t *a, const uint8_t *b,
                                        int fraction, int32_t count) {
    const __m256i zero = _mm256_setzero_si256(), f = _mm256_set1_epi16((int16_t)fraction);
    int32_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i above = load(a + i), below = load(b + i);
        __m256i low =
            between(_mm256_unpacklo_epi8(above, zero), _mm256_unpacklo_epi8(below, zero), f);
        __m256i high =
            between(_mm256_unpackhi_epi8(above, zero), _mm256_unpackhi_epi8(below, zero), f);
        store(out + i, _mm256_packus_epi16(low, high));
    }
    ib_scale_portable.vertical_linear(out + i, a + i, b + i, fraction, count - i);
}

AVX2 static void linear(uint8_t *out, const uint8_t *columns, const struct ib_taps *taps) {
    if (!taps->windowed) {
        ib_scale_portable.linear(out, columns, taps);
        return;
    }
    // Each place takes a byte and, its upper index being negative, a zero.
    const __m256i nothing = _mm256_set1_epi16((int16_t)0x8000), one = _mm256_set1_epi16(1);
    for (int32_t i = 0; i < taps->count; i += LINEAR_BLOCK) {
        const uint8_t *from = columns + taps->base[i / LINEAR_BLOCK];
        __m256i window = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)from));
        __m256i place =
            _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(taps->relative + i)));
        __m256i f = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(taps->fraction + i)));
        place = _mm256_or_si256(place, nothing);
        __m256i left = _mm256_shuffle_epi8(window, place);
        __m256i right = _mm256_shuffle_epi8(window, _mm256_add_epi16(place, one));
        __m256i words = between(left, right, f);
        _mm_storeu_si128(
            (__m128i *)(out + i),
            _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
    }
}

AVX2 static inline __m256i curve_near0(__m256i p0, __m256i p2) {
    return _mm256_sub_epi16(p2, p0);
}

/// 2 p0 + 4 p2 - 5 p1 - p3
AVX2 static inline __m256i curve_near1(__m256i p0, __m256i p1, __m256i p2, __m256i p3) {
    __m256i plus = _mm256_add_epi16(_mm256_slli_epi16(p0, 1), _mm256_slli_epi16(p2, 2));
    __m256i minus = _mm256_add_epi16(_mm256_add_epi16(_mm256_slli_epi16(p1, 2), p1), p3);
    return _mm256_sub_epi16(plus, minus);
}

/// 3 (p1 - p2) + p3 - p0
AVX2 static inline __m256i curve_far0(__m256i p0, __m256i p1, __m256i p2, __m256i p3) {
    __m256i d = _mm256_sub_epi16(p1, p2);
    __m256i three = _mm256_add_epi16(_mm256_add_epi16(d, d), d);
    return _mm256_add_epi16(three, _mm256_sub_epi16(p3, p0));
}

AVX2 static inline __m256i curve_far1(__m256i p1) {
    return _mm256_sub_epi16(_mm256_setzero_si256(), _mm256_add_epi16(p1, p1));
}

/// The curve at its weights, not clamped: four products, two sums and a shift.
AVX2 static inline __m256i curve_at(__m256i near, __m256i far, __m256i near_weights,
                                    __m256i far_weights) {
    __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(near, near_weights),
                                   _mm256_madd_epi16(far, far_weights));
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(32768)), 16);
}

/// Pairs from two rows of words, in order.
AVX2 static inline void store_pairs(int16_t *out, __m256i first, __m256i second) {
    __m256i low = _mm256_unpacklo_epi16(first, second);
    __m256i high = _mm256_unpackhi_epi16(first, second);
    store(out, _mm256_permute2x128_si256(low, high, 0x20));
    store(out + 16, _mm256_permute2x128_si256(low, high, 0x31));
}

AVX2 static inline void store_curves(int16_t *near, int16_t *far, const __m256i p[4]) {
    store_pairs(near, curve_near0(p[0], p[2]), curve_near1(p[0], p[1], p[2], p[3]));
    store_pairs(far, curve_far0(p[0], p[1], p[2], p[3]), curve_far1(p[1]));
}

AVX2 void ib_scale_vertical_curves_avx2(int16_t *near, int16_t *far, const uint8_t *const rows[4],
                                        int32_t count) {
    int32_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m256i p[4];
        for (int k = 0; k < 4; k++)
            p[k] = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(rows[k] + i)));
        store_curves(near + 2 * i, far + 2 * i, p);
    }
    const uint8_t *const rest[4] = {rows[0] + i, rows[1] + i, rows[2] + i, rows[3] + i};
    ib_scale_portable.vertical_curves(near + 2 * i, far + 2 * i, rest, count - i);
}

AVX2 void ib_scale_vertical_cubic_avx2(int16_t *out, const int16_t *near, const int16_t *far,
                                       const int16_t weights[3], int32_t count) {
    const __m256i n = _mm256_set1_epi32((uint16_t)weights[0] | (uint16_t)weights[1] << 16);
    const __m256i f = _mm256_set1_epi32((int32_t)((uint16_t)weights[2] | UINT32_C(0x80000000)));
    for (int32_t i = 0; i < count; i += 16) {
        __m256i low = curve_at(load(near + 2 * i), load(far + 2 * i), n, f);
        __m256i high = curve_at(load(near + 2 * i + 16), load(far + 2 * i + 16), n, f);
        store(out + i, _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8));
    }
}

AVX2 void ib_scale_curves_avx2(int16_t *near, int16_t *far, const int16_t *columns, int32_t count) {
    for (int32_t i = 0; i < count; i += 16) {
        const __m256i p[4] = {load(columns + i), load(columns + i + 1), load(columns + i + 2),
                              load(columns + i + 3)};
        store_curves(near + 2 * i, far + 2 * i, p);
    }
}

/// Eight pixels as double words.
AVX2 static inline __m256i cubic_block(const int16_t *near, const int16_t *far,
                                       const struct ib_taps *taps, int32_t i) {
    size_t base = 2 * (size_t)taps->base[i / CUBIC_BLOCK];
    __m256i place = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(taps->relative + i)));
    return curve_at(_mm256_permutevar8x32_epi32(load(near + base), place),
                    _mm256_permutevar8x32_epi32(load(far + base), place), load(taps->near + 2 * i),
                    load(taps->far + 2 * i));
}

AVX2 static void cubic(uint8_t *out, const int16_t *near, const int16_t *far,
                       const struct ib_taps *taps, int largest) {
    if (!taps->windowed) {
        ib_scale_portable.cubic(out, near, far, taps, largest);
        return;
    }
    const __m256i most = _mm256_set1_epi16((int16_t)largest);
    for (int32_t i = 0; i < taps->count; i += 2 * CUBIC_BLOCK) {
        __m256i words = _mm256_packs_epi32(cubic_block(near, far, taps, i),
                                           cubic_block(near, far, taps, i + CUBIC_BLOCK));
        words = _mm256_min_epi16(_mm256_permute4x64_epi64(words, 0xD8), most);
        _mm_storeu_si128(
            (__m128i *)(out + i),
            _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
    }
}

AVX2 static void nearest8(uint8_t *out, const uint8_t *row, const struct ib_taps *taps) {
    if (!taps->windowed) {
        ib_scale_portable.nearest8(out, row, taps);
        return;
    }
    for (int32_t i = 0; i < taps->count; i += LINEAR_BLOCK) {
        __m128i window = _mm_loadu_si128((const __m128i *)(row + taps->base[i / LINEAR_BLOCK]));
        __m128i place = _mm_loadu_si128((const __m128i *)(taps->relative + i));
        _mm_storeu_si128((__m128i *)(out + i), _mm_shuffle_epi8(window, place));
    }
}

/// Sixteen words, none over 255, as bytes.
AVX2 static inline void store_bytes(uint8_t *out, __m256i words) {
    _mm_storeu_si128((__m128i *)out, _mm_packus_epi16(_mm256_castsi256_si128(words),
                                                      _mm256_extracti128_si256(words, 1)));
}

AVX2 void ib_scale_split565_avx2(uint8_t *const out[IB_PLANES], const uint16_t *row,
                                 int32_t count) {
    const __m256i five = _mm256_set1_epi16(31), six = _mm256_set1_epi16(63);
    int32_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m256i colours = load(row + i);
        store_bytes(out[0] + i, _mm256_srli_epi16(colours, 11));
        store_bytes(out[1] + i, _mm256_and_si256(_mm256_srli_epi16(colours, 5), six));
        store_bytes(out[2] + i, _mm256_and_si256(colours, five));
    }
    uint8_t *const rest[IB_PLANES] = {out[0] + i, out[1] + i, out[2] + i};
    ib_scale_portable.split565(rest, row + i, count - i);
}

AVX2 void ib_scale_join565_avx2(uint16_t *out, uint8_t *const planes[IB_PLANES], int32_t count) {
    for (int32_t i = 0; i < count; i += 16) {
        __m256i red = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(planes[0] + i)));
        __m256i green = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(planes[1] + i)));
        __m256i blue = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(planes[2] + i)));
        green = _mm256_or_si256(_mm256_slli_epi16(green, 5), blue);
        store(out + i, _mm256_or_si256(_mm256_slli_epi16(red, 11), green));
    }
}

const struct ib_scale_kernels ib_scale_avx2 = {
    .linear_block = LINEAR_BLOCK,
    .linear_window = LINEAR_WINDOW,
    .cubic_block = CUBIC_BLOCK,
    .cubic_window = CUBIC_WINDOW,
    .vertical_linear = ib_scale_vertical_linear_avx2,
    .linear = linear,
    .vertical_curves = ib_scale_vertical_curves_avx2,
    .vertical_cubic = ib_scale_vertical_cubic_avx2,
    .curves = ib_scale_curves_avx2,
    .cubic = cubic,
    .nearest8 = nearest8,
    .split565 = ib_scale_split565_avx2,
    .join565 = ib_scale_join565_avx2,
};

#endif
