/// What FFV1's encoder and decoder share: tables, prediction, contexts.
#ifndef IB_RECORD_FFV1_PRIVATE_H
#define IB_RECORD_FFV1_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// States of one symbol's contexts: zero, exponent, sign, mantissa (RFC 9043, 3.8.1.2).
#define IB_FFV1_SYMBOL_STATES 32
enum { IB_FFV1_EXPONENT = 1, IB_FFV1_SIGN = 11, IB_FFV1_MANTISSA = 22 };
/// The state of a bit that is as often 0 as 1.
#define IB_FFV1_EVEN 128
/// The state of the bit that ends a slice (3.8.1.1.1).
#define IB_FFV1_SENTINEL 129

/// A slice's end: its size in 24 bits, an error status when there is a CRC, and that (4.9).
#define IB_FFV1_SIZE_BYTES 3
#define IB_FFV1_CHECK_BYTES 5

/// Where a state goes after a 1. After a 0 the mirror image: 256 - one[256 - state].
extern const uint8_t ib_ffv1_one_state[256];

/// Over bytes and their CRC (stored most significant byte first) it is 0.
uint32_t ib_ffv1_crc(uint32_t crc, const uint8_t *bytes, size_t size);

static inline unsigned ib_ffv1_least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

/// The pixels around one that is to be predicted. Outside of the picture is 0 above, the row above's
/// first pixel on the left, and that row's last on the right (3.1).
struct ib_ffv1_around {
    int left, top, corner, right; ///< `corner` is left of `top`, `right` right of it
    int left2, top2;              ///< one further
};

/// Pixels of 16 bits count as signed here (3.3: so did the first implementation).
static inline int ib_ffv1_predict(const struct ib_ffv1_around *around) {
    int left = around->left, top = around->top, slope = left + top - around->corner;
    int low = left < top ? left : top, high = left < top ? top : left;
    return slope < low ? low : slope > high ? high : slope;
}

/// `row` is the row of pixel `x` in a slice of `width`, `above` and `above2` those before it; NULL
/// when there are none.
static inline void ib_ffv1_look(struct ib_ffv1_around *out, const uint16_t *row,
                                const uint16_t *above, const uint16_t *above2, size_t x,
                                size_t width) {
    int first_above = above ? (int16_t)above[0] : 0;
    out->top = above ? (int16_t)above[x] : 0;
    out->right = above ? (int16_t)above[x + 1 < width ? x + 1 : x] : 0;
    out->corner = x > 0 ? (above ? (int16_t)above[x - 1] : 0) : above2 ? (int16_t)above2[0] : 0;
    out->left = x > 0 ? (int16_t)row[x - 1] : first_above;
    out->left2 = x > 1 ? (int16_t)row[x - 2] : x == 1 ? first_above : 0;
    out->top2 = above2 ? (int16_t)above2[x] : 0;
}

#endif
