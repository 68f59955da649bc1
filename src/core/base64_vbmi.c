/// Base64 encoding with AVX-512 VBMI: 48 bytes become 64 characters in three instructions. Only for
/// x86-64.
#include "core/base64_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

// Byte i of group g of three, in the order b1 b0 b2 b1: the four six-bit fields then begin at bits
// 10, 4, 22 and 16 of the 32-bit element.
#define GROUP(g) 3 * (g) + 1, 3 * (g), 3 * (g) + 2, 3 * (g) + 1
#define GROUPS(g) GROUP(g), GROUP((g) + 1), GROUP((g) + 2), GROUP((g) + 3)

static const uint8_t order[64] = {GROUPS(0), GROUPS(4), GROUPS(8), GROUPS(12)};
static const char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

__attribute__((target("avx512f,avx512bw,avx512vbmi"))) size_t
ib_base64_encode_vbmi(char *out, const uint8_t *data, size_t size) {
    const __m512i spread = _mm512_loadu_si512(order);
    const __m512i letters = _mm512_loadu_si512(alphabet);
    const __m512i fields = _mm512_set1_epi64(0x3036242A1016040A);
    size_t done = 0;
    for (; size - done >= 64; done += 48, out += 64) {
        __m512i bytes = _mm512_permutexvar_epi8(spread, _mm512_loadu_si512(data + done));
        // The look-up uses the lower six bits of each index, so the upper two may stay dirty.
        __m512i numbers = _mm512_multishift_epi64_epi8(fields, bytes);
        _mm512_storeu_si512(out, _mm512_permutexvar_epi8(numbers, letters));
    }
    return done;
}

#endif
