/// Palette look-ups and blending with AVX2. Only for x86-64. See merge_private.h.
///
/// AVX2 has no look-up in 256 entries that beats plain loads, so what is gained here is wider stores,
/// and arithmetic on eight pixels at once.
#include "image/merge_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static void look_up_rgb565(uint16_t *out, const uint8_t *indices,
                                const struct ib_merge_tables *tables, int32_t count) {
    const uint16_t *table = tables->rgb565;
    int32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const uint8_t *at = indices + i;
        __m128i eight = _mm_cvtsi32_si128(table[at[0]]);
        eight = _mm_insert_epi16(eight, table[at[1]], 1);
        eight = _mm_insert_epi16(eight, table[at[2]], 2);
        eight = _mm_insert_epi16(eight, table[at[3]], 3);
        eight = _mm_insert_epi16(eight, table[at[4]], 4);
        eight = _mm_insert_epi16(eight, table[at[5]], 5);
        eight = _mm_insert_epi16(eight, table[at[6]], 6);
        eight = _mm_insert_epi16(eight, table[at[7]], 7);
        _mm_storeu_si128((__m128i *)(out + i), eight);
    }
    ib_merge_portable.look_up_rgb565(out + i, indices + i, tables, count - i);
}

AVX2 static void look_up_rgb888(uint8_t *out, const uint8_t *indices,
                                const struct ib_merge_tables *tables, int32_t count) {
    int32_t i = 0;
    // Four bytes are written for three; the next pixel mends the fourth.
    for (; i + 1 < count; i++)
        memcpy(out + 3 * (size_t)i, &tables->rgb888[indices[i]], 4);
    ib_merge_portable.look_up_rgb888(out + 3 * (size_t)i, indices + i, tables, count - i);
}

/// Two entries in one half of a register.
AVX2 static inline __m128i two(const struct ib_merge_blend *table, unsigned a, unsigned b) {
    return _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)&table[a]),
                              _mm_loadl_epi64((const __m128i *)&table[b]));
}

AVX2 static void blend_rgb565(uint16_t *out, const uint8_t *indices,
                              const struct ib_merge_tables *tables, int32_t count) {
    const struct ib_merge_blend *table = tables->blend565;
    const __m256i mask = _mm256_set1_epi32(IB_SPREAD_MASK), low = _mm256_set1_epi32(0xFFFF);
    int32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const uint8_t *at = indices + i;
        __m256 a = _mm256_castsi256_ps(
            _mm256_setr_m128i(two(table, at[0], at[1]), two(table, at[4], at[5])));
        __m256 b = _mm256_castsi256_ps(
            _mm256_setr_m128i(two(table, at[2], at[3]), two(table, at[6], at[7])));
        __m256i colour = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
        __m256i rest = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xDD));
        __m256i old = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(out + i)));
        old = _mm256_and_si256(_mm256_or_si256(old, _mm256_slli_epi32(old, 16)), mask);
        __m256i both = _mm256_add_epi32(colour, _mm256_mullo_epi32(old, rest));
        both = _mm256_and_si256(_mm256_srli_epi32(both, 5), mask);
        both = _mm256_and_si256(_mm256_or_si256(both, _mm256_srli_epi32(both, 16)), low);
        _mm_storeu_si128((__m128i *)(out + i), _mm_packus_epi32(_mm256_castsi256_si128(both),
                                                                _mm256_extracti128_si256(both, 1)));
    }
    ib_merge_portable.blend_rgb565(out + i, indices + i, tables, count - i);
}

AVX2 static void look_up_grey(uint8_t *out, const uint8_t *indices,
                              const struct ib_merge_tables *tables, int32_t count) {
    ib_merge_portable.look_up_grey(out, indices, tables, count);
}

const struct ib_merge_kernels ib_merge_avx2 = {
    .look_up_grey = look_up_grey,
    .look_up_rgb565 = look_up_rgb565,
    .look_up_rgb888 = look_up_rgb888,
    .blend_rgb565 = blend_rgb565,
    .luma_rgb565 = ib_merge_luma_rgb565_avx2,
    .bits_of_greys = ib_merge_bits_of_greys_avx2,
    .blend_grey = ib_merge_blend_grey_avx2,
    .blend_colours565 = ib_merge_blend_colours565_avx2,
};

#endif
