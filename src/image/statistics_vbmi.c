/// Counting bytes with AVX-512 (VBMI, VPOPCNTDQ, GFNI). Only for x86-64.
///
/// Counting in memory is bound by one store a pixel. Here a tile of 64 x 8 pixels becomes bit
/// planes; the pixels with a certain value are then the AND of eight planes or their complements,
/// and a population count tells how many they are. Eight values are looked for at a time, one in
/// each 64-bit lane. Values below the tile's smallest and above its largest are not looked for,
/// which is what makes smooth pictures quick.
#include "image/statistics_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vpopcntdq,gfni,avx2")))

#define ROWS 8
#define AND_XOR 0x60 ///< ternary logic: a & (b ^ c)

/// 64 pixels become eight planes of 64 bits: lane i holds bit i of every pixel. The order of the
/// pixels within a plane is lost; nobody asks for it.
VBMI static inline __m512i planes_of(__m512i pixels) {
    const __m512i bits = _mm512_set1_epi64((long long)0x8040201008040201u);
    const __m512i across = _mm512_set_epi8(
        63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5,
        60, 52, 44, 36, 28, 20, 12, 4, 59, 51, 43, 35, 27, 19, 11, 3, 58, 50, 42, 34, 26, 18, 10, 2,
        57, 49, 41, 33, 25, 17, 9, 1, 56, 48, 40, 32, 24, 16, 8, 0);
    // Within each 64-bit lane the pixels are the matrix and the bits the vectors: that transposes
    // 8 x 8 bits. Then the bytes of equal place come together.
    return _mm512_permutexvar_epi8(across, _mm512_gf2p8affine_epi64_epi8(bits, pixels, 0));
}

/// Lane k: the pixels whose three bits of `planes`, from the first on, are k.
VBMI static inline __m512i three_bits(const uint64_t *planes, const __m512i low[3]) {
    __m512i mask = _mm512_xor_si512(_mm512_set1_epi64((long long)planes[0]), low[0]);
    mask =
        _mm512_ternarylogic_epi64(mask, _mm512_set1_epi64((long long)planes[1]), low[1], AND_XOR);
    return _mm512_ternarylogic_epi64(mask, _mm512_set1_epi64((long long)planes[2]), low[2],
                                     AND_XOR);
}

/// The smallest byte.
VBMI static inline int least_of(__m512i bytes) {
    __m256i half =
        _mm256_min_epu8(_mm512_castsi512_si256(bytes), _mm512_extracti64x4_epi64(bytes, 1));
    __m128i least = _mm_min_epu8(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    least = _mm_min_epu8(least, _mm_srli_epi16(least, 8));
    return _mm_extract_epi16(_mm_minpos_epu16(_mm_and_si128(least, _mm_set1_epi16(255))), 0);
}

/// Count one tile: `high` rows of the pixels `inside`, filled up with `fill`.
VBMI static void count_tile(uint32_t counts[256], const uint8_t *at, size_t stride_bytes,
                            size_t high, __mmask64 inside, __m512i fill) {
    const __m512i low[3] = {
        _mm512_set_epi64(0, -1, 0, -1, 0, -1, 0, -1),
        _mm512_set_epi64(0, 0, -1, -1, 0, 0, -1, -1),
        _mm512_set_epi64(0, 0, 0, 0, -1, -1, -1, -1),
    };
    uint64_t planes[ROWS][8] __attribute__((aligned(64)));
    uint64_t groups[ROWS][8] __attribute__((aligned(64)));
    __m512i smallest = fill, largest = fill;
    for (size_t r = 0; r < ROWS; r++) {
        __m512i row = r < high ? _mm512_mask_loadu_epi8(fill, inside, at + r * stride_bytes) : fill;
        smallest = _mm512_min_epu8(smallest, row);
        largest = _mm512_max_epu8(largest, row);
        _mm512_store_si512(planes[r], planes_of(row));
    }
    // In groups of eight values.
    int first = least_of(smallest) >> 3;
    int last = (255 - least_of(_mm512_xor_si512(largest, _mm512_set1_epi8(-1)))) >> 3;
    __m512i eighth[ROWS]; // bits 0..2
    for (int r = 0; r < ROWS; r++)
        eighth[r] = three_bits(planes[r], low);
    for (int top = first >> 3; top <= last >> 3; top++) {
        __m512i bit6 = _mm512_set1_epi64(top & 1 ? 0 : -1);
        __m512i bit7 = _mm512_set1_epi64(top & 2 ? 0 : -1);
        for (int r = 0; r < ROWS; r++) {
            __m512i group = three_bits(planes[r] + 3, low);
            group = _mm512_ternarylogic_epi64(group, _mm512_set1_epi64((long long)planes[r][6]),
                                              bit6, AND_XOR);
            group = _mm512_ternarylogic_epi64(group, _mm512_set1_epi64((long long)planes[r][7]),
                                              bit7, AND_XOR);
            _mm512_store_si512(groups[r], group);
        }
        int from = top == first >> 3 ? first & 7 : 0;
        int to = top == last >> 3 ? last & 7 : 7;
        for (int g = from; g <= to; g++) {
            __m512i sum = _mm512_setzero_si512();
            for (int r = 0; r < ROWS; r++)
                sum = _mm512_add_epi64(sum,
                                       _mm512_popcnt_epi64(_mm512_and_si512(
                                           eighth[r], _mm512_set1_epi64((long long)groups[r][g]))));
            __m256i *eight = (__m256i *)(counts + (top * 8 + g) * 8);
            _mm256_storeu_si256(
                eight, _mm256_add_epi32(_mm256_loadu_si256(eight), _mm512_cvtepi64_epi32(sum)));
        }
    }
}

VBMI void ib_count_bytes_vbmi(uint32_t counts[256], const uint8_t *pixels, size_t stride_bytes,
                              size_t size, size_t rows) {
    for (size_t y = 0; y < rows; y += ROWS) {
        size_t high = rows - y < ROWS ? rows - y : ROWS;
        for (size_t x = 0; x < size; x += 64) {
            size_t wide = size - x < 64 ? size - x : 64;
            __mmask64 inside = wide < 64 ? ((__mmask64)1 << wide) - 1 : ~(__mmask64)0;
            const uint8_t *at = pixels + y * stride_bytes + x;
            // What a tile lacks is filled up with its first pixel, and taken off again.
            count_tile(counts, at, stride_bytes, high, inside, _mm512_set1_epi8((char)*at));
            counts[*at] -= (uint32_t)(64 * ROWS - wide * high);
        }
    }
}

#endif
