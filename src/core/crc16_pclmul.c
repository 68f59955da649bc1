/// CRC-16/XMODEM with PCLMULQDQ. Only for x86-64; the same result as the tables for every input.
///
/// The message is a polynomial over GF(2), M = sum of 128-bit blocks B[j] * x^(128 j), and the CRC
/// is M * x^16 mod P. Each half of each block is multiplied by its own power of x mod P. Those
/// products have no order among themselves, so the multiplier is never waited for; their sum has
/// at most 80 bits and is reduced once (Barrett). Zeros in front of a message do not change its
/// CRC, so an odd length is filled up in front. A 164-byte VoSPI packet is eleven blocks.
#include "core/crc16_pclmul.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "core/crc16.h"

#define GROUP_BLOCKS 16

// x^(128 j + 16) mod P for the low half of block j from the end, x^(128 j + 80) mod P for the high.
static const uint64_t powers[GROUP_BLOCKS][2] = {
    {0x1021, 0xEB23}, {0x10E2, 0x45B4}, {0x8DDC, 0xB8E0}, {0xBD64, 0x9FE5},
    {0x78B3, 0x8420}, {0x9C1A, 0x15B7}, {0x9E3A, 0xF4E7}, {0x4347, 0xFA0D},
    {0x36FB, 0xA2A0}, {0xCC40, 0xC70A}, {0x3F07, 0x865A}, {0x6493, 0xC6D5},
    {0xB353, 0x413D}, {0x0284, 0xE599}, {0x8FC9, 0x799A}, {0x86C9, 0x2093},
};
#define X_2048 0xFD50      // x^2048 mod P: moves a sum past a group of 16 blocks
#define X_2112 0xF17E      // the same for the sum's upper half
#define X_64 0xB861        // x^64 mod P
#define MU 0x111303471A041 // floor(x^64 / P)
#define POLYNOMIAL 0x11021 // P

// From [0]: a shuffle that reverses the bytes. From [16 - n]: one that reverses the first n and
// puts zeros in front of them (as a big-endian number).
static const uint8_t reversing[32] = {
    15,   14,   13,   12,   11,   10,   9,    8,    7,    6,    5,    4,    3,    2,    1,    0,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
};

#define PCLMUL __attribute__((target("pclmul,ssse3")))

PCLMUL static inline __m128i load(const void *p) {
    return _mm_loadu_si128((const __m128i *)p);
}

/// `block` times the power of its place, as two products of which only the sum matters.
PCLMUL static inline __m128i times(__m128i block, __m128i power) {
    return _mm_xor_si128(_mm_clmulepi64_si128(block, power, 0x00),
                         _mm_clmulepi64_si128(block, power, 0x11));
}

/// An 80-bit sum mod P.
PCLMUL static inline uint16_t reduce(__m128i sum) {
    __m128i folded = _mm_xor_si128(_mm_clmulepi64_si128(sum, _mm_cvtsi32_si128(X_64), 0x01), sum);
    __m128i quotient =
        _mm_clmulepi64_si128(_mm_srli_epi64(folded, 16), _mm_cvtsi64_si128(MU), 0x00);
    quotient = _mm_srli_si128(quotient, 6); // / x^48
    __m128i product = _mm_clmulepi64_si128(quotient, _mm_cvtsi32_si128(POLYNOMIAL), 0x00);
    return (uint16_t)_mm_cvtsi128_si32(_mm_xor_si128(product, folded));
}

PCLMUL uint16_t ib_crc16_pclmul(uint16_t crc, const uint8_t *data, size_t size) {
    size_t odd = size % 16;
    if (odd == 1) { // the CRC so far would spread over two blocks
        crc = ib_crc16_portable(crc, data, 1);
        data++;
        size--;
        odd = 0;
    }
    const __m128i big_endian = load(reversing);
    const __m128i past_a_group = _mm_set_epi64x(X_2112, X_2048);
    // The CRC so far is added to the first two bytes of what follows.
    __m128i first = _mm_xor_si128(load(data), _mm_cvtsi32_si128((crc >> 8) | ((crc & 0xFF) << 8)));
    size_t blocks = size / 16 + (odd > 0);
    size_t place = (blocks - 1) % GROUP_BLOCKS;
    __m128i sum = times(_mm_shuffle_epi8(first, load(reversing + (odd > 0 ? 16 - odd : 0))),
                        load(powers[place]));
    data += odd > 0 ? odd : 16;
    blocks -= place + 1;
    for (;;) {
        for (; place > 0; place--, data += 16) {
            __m128i block = _mm_shuffle_epi8(load(data), big_endian);
            sum = _mm_xor_si128(sum, times(block, load(powers[place - 1])));
        }
        if (blocks == 0)
            return reduce(sum);
        sum = times(sum, past_a_group);
        place = GROUP_BLOCKS;
        blocks -= GROUP_BLOCKS;
    }
}

#endif
