/// Rows into pixels without a table, with AVX2: sixteen pixels a step, or 32. Only for x86-64. See
/// merge_private.h.
#include "image/merge_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load(const void *from) {
    return _mm256_loadu_si256(from);
}

AVX2 static inline __m256i load_bytes(const uint8_t *from) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)from));
}

/// Sixteen words, none over 255, as bytes.
AVX2 static inline void store_bytes(uint8_t *out, __m256i words) {
    _mm_storeu_si128((__m128i *)out, _mm_packus_epi16(_mm256_castsi256_si128(words),
                                                      _mm256_extracti128_si256(words, 1)));
}

struct channels {
    __m256i red, green, blue; ///< 5, 6 and 5 bits
};

AVX2 static inline struct channels channels_of(__m256i colours) {
    return (struct channels){
        _mm256_srli_epi16(colours, 11),
        _mm256_and_si256(_mm256_srli_epi16(colours, 5), _mm256_set1_epi16(63)),
        _mm256_and_si256(colours, _mm256_set1_epi16(31)),
    };
}

AVX2 void ib_merge_luma_rgb565_avx2(uint8_t *out, const uint16_t *colours, int32_t count) {
    int32_t i = 0;
    for (; i + 16 <= count; i += 16) {
        struct channels c = channels_of(load(colours + i));
        c.red = _mm256_or_si256(_mm256_slli_epi16(c.red, 3), _mm256_srli_epi16(c.red, 2));
        c.green = _mm256_or_si256(_mm256_slli_epi16(c.green, 2), _mm256_srli_epi16(c.green, 4));
        c.blue = _mm256_or_si256(_mm256_slli_epi16(c.blue, 3), _mm256_srli_epi16(c.blue, 2));
        // The weights are 128 together: 255 of each do not overflow.
        __m256i sum = _mm256_add_epi16(_mm256_mullo_epi16(c.red, _mm256_set1_epi16(38)),
                                       _mm256_mullo_epi16(c.green, _mm256_set1_epi16(75)));
        sum = _mm256_add_epi16(sum, _mm256_mullo_epi16(c.blue, _mm256_set1_epi16(15)));
        store_bytes(out + i, _mm256_srli_epi16(sum, 7));
    }
    ib_merge_portable.luma_rgb565(out + i, colours + i, count - i);
}

AVX2 void ib_merge_bits_of_greys_avx2(uint32_t *out, const uint8_t *greys, int32_t words) {
    for (int32_t i = 0; i < words; i++) // what is over 127 has its highest bit set
        out[i] = (uint32_t)_mm256_movemask_epi8(load(greys + 32 * (size_t)i));
}

/// What the destination is multiplied with.
AVX2 static inline __m256i rest_of(__m256i alpha, int whole, bool black) {
    return black ? _mm256_setzero_si256()
                 : _mm256_sub_epi16(_mm256_set1_epi16((int16_t)whole), alpha);
}

AVX2 static inline __m256i mix(__m256i colour, __m256i alpha, __m256i old, __m256i rest) {
    return _mm256_add_epi16(_mm256_mullo_epi16(colour, alpha), _mm256_mullo_epi16(old, rest));
}

AVX2 void ib_merge_blend_grey_avx2(uint8_t *out, const uint8_t *colours, const uint16_t *alphas,
                                   bool black, int32_t count) {
    int32_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m256i alpha = load(alphas + i);
        __m256i sum =
            mix(load_bytes(colours + i), alpha, load_bytes(out + i), rest_of(alpha, 256, black));
        store_bytes(out + i, _mm256_srli_epi16(sum, 8));
    }
    ib_merge_portable.blend_grey(out + i, colours + i, alphas + i, black, count - i);
}

AVX2 void ib_merge_blend_colours565_avx2(uint16_t *out, const uint16_t *colours,
                                         const uint16_t *alphas, bool black, int32_t count) {
    int32_t i = 0;
    for (; i + 16 <= count; i += 16) {
        struct channels c = channels_of(load(colours + i)), old = channels_of(load(out + i));
        __m256i alpha = load(alphas + i), rest = rest_of(alpha, 32, black);
        __m256i red = mix(c.red, alpha, old.red, rest);
        __m256i green = mix(c.green, alpha, old.green, rest);
        __m256i blue = mix(c.blue, alpha, old.blue, rest);
        // Each is 32 times too large: green is at its place already.
        red = _mm256_slli_epi16(_mm256_srli_epi16(red, 5), 11);
        green = _mm256_and_si256(green, _mm256_set1_epi16(0x07E0));
        blue = _mm256_srli_epi16(blue, 5);
        _mm256_storeu_si256((__m256i *)(void *)(out + i),
                            _mm256_or_si256(_mm256_or_si256(red, green), blue));
    }
    ib_merge_portable.blend_colours565(out + i, colours + i, alphas + i, black, count - i);
}

#endif
