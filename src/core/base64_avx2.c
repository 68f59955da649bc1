/// Base64 encoding with AVX2: 24 bytes become 32 characters a step. Only for x86-64.
#include "core/base64_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/// Twelve bytes at 4..15 of the lower lane and 0..11 of the upper become 32 six-bit numbers.
AVX2 static inline __m256i split(__m256i bytes) {
    // Each 32-bit element gets its group's bytes as b1 b0 b2 b1, so that both 16-bit halves hold
    // two whole fields: low half = b0:b1 = aaaaaabb bbbbcccc, high half = b1:b2 = bbbbcccc
    // ccdddddd.
    const __m256i order = _mm256_setr_epi8(5, 4, 6, 5, 8, 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14,
                                           1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    __m256i pairs = _mm256_shuffle_epi8(bytes, order);
    // The left field of each half moves down by a high multiplication (>> 10 and >> 6), the right
    // one up into the upper byte by a low one (<< 4 and << 8).
    __m256i left = _mm256_mulhi_epu16(_mm256_and_si256(pairs, _mm256_set1_epi32(0x0FC0FC00)),
                                      _mm256_set1_epi32(0x04000040));
    __m256i right = _mm256_mullo_epi16(_mm256_and_si256(pairs, _mm256_set1_epi32(0x003F03F0)),
                                       _mm256_set1_epi32(0x01000010));
    return _mm256_or_si256(left, right);
}

/// Six-bit numbers become characters: each range of the alphabet is a constant distance away.
AVX2 static inline __m256i spell(__m256i numbers) {
    // Row 0: 26..51 (a-z). Rows 1..10: 52..61 (0-9). Row 11: 62. Row 12: 63. Row 13: 0..25 (A-Z).
    const __m256i distance =
        _mm256_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                         '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0,
                         'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                         '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    __m256i row = _mm256_subs_epu8(numbers, _mm256_set1_epi8(51));
    __m256i upper_case = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), numbers);
    row = _mm256_or_si256(row, _mm256_and_si256(upper_case, _mm256_set1_epi8(13)));
    return _mm256_add_epi8(numbers, _mm256_shuffle_epi8(distance, row));
}

AVX2 size_t ib_base64_encode_avx2(char *out, const uint8_t *data, size_t size) {
    if (size < 32)
        return 0;
    // The first step has no four bytes before it to load, so its lanes are put in place by hand.
    __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const __m256i *)data),
                                                _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6));
    size_t done = 0;
    for (;;) {
        _mm256_storeu_si256((__m256i *)out, spell(split(bytes)));
        done += 24;
        out += 32;
        if (size - done < 28) // a load takes 4 bytes before and 28 after
            return done;
        bytes = _mm256_loadu_si256((const __m256i *)(data + done - 4));
    }
}

#endif
