/// Palette look-ups and blending with AVX-512 VBMI: 64 pixels at once, a table of 256 bytes being
/// four registers. Only for x86-64. See merge_private.h.
#include "image/merge_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))

struct table {
    __m512i quarter[4];
};

VBMI static inline struct table table_of(const uint8_t *bytes) {
    return (struct table){{_mm512_loadu_si512(bytes), _mm512_loadu_si512(bytes + 64),
                           _mm512_loadu_si512(bytes + 128), _mm512_loadu_si512(bytes + 192)}};
}

VBMI static inline __m512i look_up(const struct table *table, __m512i indices) {
    __m512i lower = _mm512_permutex2var_epi8(table->quarter[0], indices, table->quarter[1]);
    __m512i upper = _mm512_permutex2var_epi8(table->quarter[2], indices, table->quarter[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(indices), lower, upper);
}

/// The lowest bits of a mask, at most 64.
static inline __mmask64 lowest(int32_t count) {
    return count <= 0 ? 0 : count >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1;
}

/// Nothing behind the last one is read.
VBMI static inline __m512i indices_at(const uint8_t *indices, int32_t i, int32_t count) {
    return _mm512_maskz_loadu_epi8(lowest(count - i), indices + i);
}

// Byte i of one register and byte i of another, as word i: for pixels 0..31 and 32..63.
#define PAIR(i) (i), (i) + 64
#define PAIRS4(i) PAIR(i), PAIR((i) + 1), PAIR((i) + 2), PAIR((i) + 3)
#define PAIRS16(i) PAIRS4(i), PAIRS4((i) + 4), PAIRS4((i) + 8), PAIRS4((i) + 12)
static const uint8_t pairs[2][64] = {{PAIRS16(0), PAIRS16(16)}, {PAIRS16(32), PAIRS16(48)}};

VBMI static inline __m512i words_of(__m512i low, __m512i high, int half) {
    return _mm512_permutex2var_epi8(low, _mm512_loadu_si512(pairs[half]), high);
}

VBMI static void look_up_grey(uint8_t *out, const uint8_t *indices,
                              const struct ib_merge_tables *tables, int32_t count) {
    const struct table grey = table_of(tables->grey);
    for (int32_t i = 0; i < count; i += 64)
        _mm512_mask_storeu_epi8(out + i, lowest(count - i),
                                look_up(&grey, indices_at(indices, i, count)));
}

VBMI static void look_up_rgb565(uint16_t *out, const uint8_t *indices,
                                const struct ib_merge_tables *tables, int32_t count) {
    const struct table low = table_of(tables->low), high = table_of(tables->high);
    for (int32_t i = 0; i < count; i += 64) {
        __m512i at = indices_at(indices, i, count);
        __m512i lows = look_up(&low, at), highs = look_up(&high, at);
        __m512i first = words_of(lows, highs, 0), second = words_of(lows, highs, 1);
        if (count - i >= 64) {
            _mm512_storeu_si512(out + i, first);
            _mm512_storeu_si512(out + i + 32, second);
        } else {
            __mmask64 there = lowest(count - i);
            _mm512_mask_storeu_epi16(out + i, (__mmask32)there, first);
            _mm512_mask_storeu_epi16(out + i + 32, (__mmask32)(there >> 32), second);
        }
    }
}

// Byte i of three registers to places 3 i, 3 i + 1 and 3 i + 2. For each of the three registers that
// are written: where its bytes come from, of red and green together, and of blue.
#define THIRD(at) ((at) / 3 + ((at) % 3 == 1 ? 64 : 0))
#define THIRDS4(at) THIRD(at), THIRD((at) + 1), THIRD((at) + 2), THIRD((at) + 3)
#define THIRDS16(at) THIRDS4(at), THIRDS4((at) + 4), THIRDS4((at) + 8), THIRDS4((at) + 12)
#define THIRDS64(at) THIRDS16(at), THIRDS16((at) + 16), THIRDS16((at) + 32), THIRDS16((at) + 48)
static const uint8_t thirds[3][64] = {{THIRDS64(0)}, {THIRDS64(64)}, {THIRDS64(128)}};
// Which of them are blue: every third, beginning at 2, 1 and 0.
static const uint64_t blues[3] = {0x4924924924924924, 0x2492492492492492, 0x9249249249249249};

VBMI static void look_up_rgb888(uint8_t *out, const uint8_t *indices,
                                const struct ib_merge_tables *tables, int32_t count) {
    const struct table red = table_of(tables->low), green = table_of(tables->high),
                       blue = table_of(tables->third);
    for (int32_t i = 0; i < count; i += 64) {
        __m512i at = indices_at(indices, i, count);
        __m512i reds = look_up(&red, at), greens = look_up(&green, at), bluish = look_up(&blue, at);
        for (int k = 0; k < 3; k++) {
            __m512i place = _mm512_loadu_si512(thirds[k]);
            __m512i bytes = _mm512_mask_permutexvar_epi8(
                _mm512_permutex2var_epi8(reds, place, greens), blues[k], place, bluish);
            _mm512_mask_storeu_epi8(out + 3 * (size_t)i + 64 * (size_t)k,
                                    lowest(3 * (count - i) - 64 * k), bytes);
        }
    }
}

/// Half a block: colours and the destination's old ones, blended by pairs of (alpha, rest).
VBMI static inline __m512i blend(__m512i colour, __m512i old, __m512i alphas) {
    const __m512i five = _mm512_set1_epi16(0x1F), six = _mm512_set1_epi16(0x3F);
    const __m512i five_high = _mm512_set1_epi16(0x1F00), six_high = _mm512_set1_epi16(0x3F00);
    // Each channel as a pair of bytes (new, old); the products are at most 63 * 32 together.
    __m512i red = _mm512_or_si512(_mm512_srli_epi16(colour, 11),
                                  _mm512_and_si512(_mm512_srli_epi16(old, 3), five_high));
    __m512i green = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(colour, 5), six),
                                    _mm512_and_si512(_mm512_slli_epi16(old, 3), six_high));
    __m512i blue = _mm512_or_si512(_mm512_and_si512(colour, five),
                                   _mm512_and_si512(_mm512_slli_epi16(old, 8), five_high));
    red = _mm512_maddubs_epi16(red, alphas);
    green = _mm512_maddubs_epi16(green, alphas);
    blue = _mm512_maddubs_epi16(blue, alphas);
    // Each is 32 times too large: bits 5 and up go to their places.
    __m512i upper = _mm512_or_si512(
        _mm512_and_si512(_mm512_slli_epi16(red, 6), _mm512_set1_epi16((int16_t)0xF800)),
        _mm512_and_si512(green, _mm512_set1_epi16(0x07E0)));
    return _mm512_or_si512(upper, _mm512_srli_epi16(blue, 5));
}

VBMI static void blend_rgb565(uint16_t *out, const uint8_t *indices,
                              const struct ib_merge_tables *tables, int32_t count) {
    const struct table low = table_of(tables->low), high = table_of(tables->high),
                       alpha = table_of(tables->alpha8), rest = table_of(tables->rest8);
    for (int32_t i = 0; i < count; i += 64) {
        __m512i at = indices_at(indices, i, count);
        __m512i lows = look_up(&low, at), highs = look_up(&high, at);
        __m512i alphas = look_up(&alpha, at), rests = look_up(&rest, at);
        __mmask64 there = lowest(count - i);
        for (int half = 0; half < 2; half++) {
            __mmask32 mask = (__mmask32)(there >> 32 * half);
            uint16_t *to = out + i + 32 * half;
            __m512i old = _mm512_maskz_loadu_epi16(mask, to);
            _mm512_mask_storeu_epi16(
                to, mask, blend(words_of(lows, highs, half), old, words_of(alphas, rests, half)));
        }
    }
}

const struct ib_merge_kernels ib_merge_vbmi = {
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
