/// Thresholds with AVX-512, 64 bytes at a time. Only for x86-64. See threshold_private.h.
#include "image/threshold_private.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2")))

AVX512 void ib_match_bytes_vbmi(uint32_t *bits, const struct ib_match_bytes *bytes) {
    const __m512i low = _mm512_set1_epi8((char)bytes->low);
    const __m512i span = _mm512_set1_epi8((char)bytes->span);
    const uint64_t flip = bytes->flip | (uint64_t)bytes->flip << 32;
    int32_t words = ib_matcher_row_words(bytes->width_px);
    for (int32_t y = 0; y < bytes->height_px; y++, bits += words) {
        const uint8_t *at = bytes->at + (size_t)y * bytes->stride_bytes;
        for (int32_t x = 0; x < bytes->width_px; x += 64) {
            int32_t left = bytes->width_px - x;
            __mmask64 inside = left < 64 ? ((__mmask64)1 << left) - 1 : ~(__mmask64)0;
            __m512i v = _mm512_sub_epi8(_mm512_maskz_loadu_epi8(inside, at + x), low);
            uint64_t match = (_mm512_cmple_epu8_mask(v, span) ^ flip) & inside;
            memcpy(bits + x / 32, &match, 8);
        }
    }
}

#endif
