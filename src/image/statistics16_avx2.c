/// Sums over 16-bit pixels with AVX2: sixteen a step. Only for x86-64.
///
/// Multiplications are signed, so pixels are taken as their distance d from 32768, and at the end
/// v = d + 32768 gives v * v = d * d + 65536 * d + 2^30.
#include "image/sums16_private.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static uint32_t least_of(__m256i words) {
    __m128i half = _mm_min_epu16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    return (uint32_t)_mm_extract_epi16(_mm_minpos_epu16(half), 0);
}

/// The four 64-bit lanes.
AVX2 static uint64_t sum_of(__m256i lanes) {
    __m128i half = _mm_add_epi64(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    return (uint64_t)_mm_extract_epi64(half, 0) + (uint64_t)_mm_extract_epi64(half, 1);
}

AVX2 size_t ib_sums16_avx2(struct ib_sums16 *self, const uint16_t *row, size_t count) {
    const __m256i middle = _mm256_set1_epi16((short)0x8000), ones = _mm256_set1_epi16(1);
    const __m256i low_half = _mm256_set1_epi64x(0xFFFFFFFF);
    __m256i min = _mm256_set1_epi16(-1), max = _mm256_setzero_si256();
    __m256i sum = max, squares = max;
    size_t done = 0;
    for (; count - done >= 16; done += 16) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(row + done));
        min = _mm256_min_epu16(min, v);
        max = _mm256_max_epu16(max, v);
        __m256i d = _mm256_xor_si256(v, middle);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(d, ones)); // below 2^26 in a row
        __m256i pairs = _mm256_madd_epi16(d, d);                 // up to 2^31, no sign
        squares = _mm256_add_epi64(squares, _mm256_and_si256(pairs, low_half));
        squares = _mm256_add_epi64(squares, _mm256_srli_epi64(pairs, 32));
    }
    if (done == 0)
        return 0;
    uint32_t least = least_of(min);
    uint32_t most = 0xFFFF ^ least_of(_mm256_xor_si256(max, _mm256_set1_epi16(-1)));
    self->min = least < self->min ? least : self->min;
    self->max = most > self->max ? most : self->max;
    __m256i wide = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(sum)),
                                    _mm256_cvtepi32_epi64(_mm256_extracti128_si256(sum, 1)));
    uint64_t distances = sum_of(wide); // of a signed number, in two's complement
    self->sum += distances + 32768u * (uint64_t)done;
    self->squares += sum_of(squares) + 65536u * distances + ((uint64_t)done << 30);
    return done;
}

#endif
