/// RGB565 as four bytes a pixel with AVX2: sixteen pixels a step. Only for x86-64.
#include "image/rgbx_private.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 size_t ib_rgbx_of_rgb565_avx2(uint8_t *out, const uint16_t *row, size_t count) {
    const __m256i five = _mm256_set1_epi16(0x1F), six = _mm256_set1_epi16(0x3F);
    const __m256i solid = _mm256_set1_epi16((short)0xFF00);
    size_t i = 0;
    for (; count - i >= 16; i += 16) {
        __m256i pixels = _mm256_loadu_si256((const __m256i *)(const void *)(row + i));
        __m256i red = _mm256_srli_epi16(pixels, 11);
        __m256i green = _mm256_and_si256(_mm256_srli_epi16(pixels, 5), six);
        __m256i blue = _mm256_and_si256(pixels, five);
        red = _mm256_or_si256(_mm256_slli_epi16(red, 3), _mm256_srli_epi16(red, 2));
        green = _mm256_or_si256(_mm256_slli_epi16(green, 2), _mm256_srli_epi16(green, 4));
        blue = _mm256_or_si256(_mm256_slli_epi16(blue, 3), _mm256_srli_epi16(blue, 2));
        __m256i red_green = _mm256_or_si256(red, _mm256_slli_epi16(green, 8));
        __m256i blue_solid = _mm256_or_si256(blue, solid);
        // Pixels 0..3 and 8..11, 4..7 and 12..15: each half is unpacked by itself.
        __m256i low = _mm256_unpacklo_epi16(red_green, blue_solid);
        __m256i high = _mm256_unpackhi_epi16(red_green, blue_solid);
        _mm256_storeu_si256((__m256i *)(void *)(out + 4 * i),
                            _mm256_permute2x128_si256(low, high, 0x20));
        _mm256_storeu_si256((__m256i *)(void *)(out + 4 * i + 32),
                            _mm256_permute2x128_si256(low, high, 0x31));
    }
    return i;
}

/// Eight pixels as 32-bit numbers.
AVX2 static inline __m256i pack(__m256i rgbx) {
    __m256i red = _mm256_slli_epi32(_mm256_and_si256(rgbx, _mm256_set1_epi32(0xF8)), 8);
    __m256i green = _mm256_and_si256(_mm256_srli_epi32(rgbx, 5), _mm256_set1_epi32(0x07E0));
    __m256i blue = _mm256_and_si256(_mm256_srli_epi32(rgbx, 19), _mm256_set1_epi32(0x1F));
    return _mm256_or_si256(_mm256_or_si256(red, green), blue);
}

AVX2 size_t ib_rgb565_of_rgbx_avx2(uint16_t *out, const uint8_t *row, size_t count) {
    size_t i = 0;
    for (; count - i >= 16; i += 16) {
        const uint8_t *at = row + 4 * i;
        __m256i low = pack(_mm256_loadu_si256((const __m256i *)(const void *)at));
        __m256i high = pack(_mm256_loadu_si256((const __m256i *)(const void *)(at + 32)));
        // Packed by halves: the middle quarters change places.
        __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xD8);
        _mm256_storeu_si256((__m256i *)(void *)(out + i), packed);
    }
    return i;
}

#endif
