/// Scaling along rows with AVX-512 VBMI, which looks up 64 bytes at once. Only for x86-64. See
/// scale_private.h.
#include "image/scale_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))

#define LINEAR_BLOCK 64
#define LINEAR_WINDOW 63 // and one more column at the right
#define CUBIC_BLOCK 16
#define CUBIC_WINDOW 16

/// a * (256 - f) + b * f + 128 in words, as 256 * a + (b - a) * f + 128: what overflows comes back.
VBMI static inline __m512i between(__m512i a_high, __m512i a, __m512i b, __m512i f) {
    __m512i sum = _mm512_add_epi16(a_high, _mm512_mullo_epi16(_mm512_sub_epi16(b, a), f));
    return _mm512_add_epi16(sum, _mm512_set1_epi16(128));
}

VBMI static void linear(uint8_t *out, const uint8_t *columns, const struct ib_taps *taps) {
    if (!taps->windowed) {
        ib_scale_portable.linear(out, columns, taps);
        return;
    }
    const __m512i low = _mm512_set1_epi16(0x00FF), one = _mm512_set1_epi8(1);
    for (int32_t i = 0; i < taps->count; i += LINEAR_BLOCK) {
        __m512i window = _mm512_loadu_si512(columns + taps->base[i / LINEAR_BLOCK]);
        __m512i place = _mm512_loadu_si512(taps->relative + i);
        __m512i f = _mm512_loadu_si512(taps->fraction + i);
        __m512i left = _mm512_permutexvar_epi8(place, window);
        __m512i right = _mm512_permutexvar_epi8(_mm512_add_epi8(place, one), window);
        // Even and odd pixels by themselves; both results lie in the upper byte of their word.
        __m512i even = between(_mm512_slli_epi16(left, 8), _mm512_and_si512(left, low),
                               _mm512_and_si512(right, low), _mm512_and_si512(f, low));
        __m512i odd = between(_mm512_andnot_si512(low, left), _mm512_srli_epi16(left, 8),
                              _mm512_srli_epi16(right, 8), _mm512_srli_epi16(f, 8));
        // low ? even >> 8 : odd
        _mm512_storeu_si512(out + i,
                            _mm512_ternarylogic_epi32(low, _mm512_srli_epi16(even, 8), odd, 0xCA));
    }
}

VBMI static void cubic(uint8_t *out, const int16_t *near, const int16_t *far,
                       const struct ib_taps *taps, int largest) {
    if (!taps->windowed) {
        ib_scale_portable.cubic(out, near, far, taps, largest);
        return;
    }
    const __m512i half = _mm512_set1_epi32(32768), zero = _mm512_setzero_si512();
    const __m128i most = _mm_set1_epi8((char)largest);
    for (int32_t i = 0; i < taps->count; i += CUBIC_BLOCK) {
        size_t base = 2 * (size_t)taps->base[i / CUBIC_BLOCK];
        __m512i place =
            _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(taps->relative + i)));
        __m512i n = _mm512_permutexvar_epi32(place, _mm512_loadu_si512(near + base));
        __m512i f = _mm512_permutexvar_epi32(place, _mm512_loadu_si512(far + base));
        __m512i sum =
            _mm512_add_epi32(_mm512_madd_epi16(n, _mm512_loadu_si512(taps->near + 2 * (size_t)i)),
                             _mm512_madd_epi16(f, _mm512_loadu_si512(taps->far + 2 * (size_t)i)));
        sum = _mm512_srai_epi32(_mm512_add_epi32(sum, half), 16);
        __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(sum, zero)); // at most 255
        _mm_storeu_si128((__m128i *)(out + i), _mm_min_epu8(bytes, most));
    }
}

VBMI static void nearest8(uint8_t *out, const uint8_t *row, const struct ib_taps *taps) {
    if (!taps->windowed) {
        ib_scale_portable.nearest8(out, row, taps);
        return;
    }
    for (int32_t i = 0; i < taps->count; i += LINEAR_BLOCK) {
        __m512i window = _mm512_loadu_si512(row + taps->base[i / LINEAR_BLOCK]);
        __m512i place = _mm512_loadu_si512(taps->relative + i);
        _mm512_storeu_si512(out + i, _mm512_permutexvar_epi8(place, window));
    }
}

const struct ib_scale_kernels ib_scale_vbmi = {
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
