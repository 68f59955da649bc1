/// Decimal text to double. See decimal.h.
///
/// Up to 19 digits become an integer, which is multiplied by a power of ten held with 64 bits of
/// precision; the one rounding to 53 bits comes last, so the result is nearly always the nearest.
#include "core/decimal.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MAX_DIGITS 19    ///< that always fit 64 bits
#define MAX_CHARS 100000 ///< so that no exponent can overflow

// 10^0 .. 10^15, and 10^(16 k) for k = MIN_BLOCK ..: upper 64 bits, rounded, top bit set.
#define MIN_BLOCK (-22)
#define MAX_BLOCK 19

// clang-format off
static const uint64_t ones[16] = {
    0x8000000000000000, 0xA000000000000000, 0xC800000000000000, 0xFA00000000000000,
    0x9C40000000000000, 0xC350000000000000, 0xF424000000000000, 0x9896800000000000,
    0xBEBC200000000000, 0xEE6B280000000000, 0x9502F90000000000, 0xBA43B74000000000,
    0xE8D4A51000000000, 0x9184E72A00000000, 0xB5E620F480000000, 0xE35FA931A0000000,
};

static const uint64_t sixteens[MAX_BLOCK - MIN_BLOCK + 1] = {
    0xCD42A11346F34F7D, 0xE3E27A444D8D98B8, 0xFD00B897478238D1, 0x8C71DCD9BA0B4926,
    0x9BECCE62836AC577, 0xAD1C8EAB5EE43B67, 0xC0314325637A193A, 0xD5605FCDCF32E1D7,
    0xECE53CEC4A314EBE, 0x8380DEA93DA4BC60, 0x91FF83775423CC06, 0xA21727DB38CB0030,
    0xB3F4E093DB73A093, 0xC7CABA6E7C5382C9, 0xDDD0467C64BCE4A1, 0xF64335BCF065D37D,
    0x88B402F7FD75539B, 0x97C560BA6B0919A6, 0xA87FEA27A539E9A5, 0xBB127C53B17EC159,
    0xCFB11EAD453994BA, 0xE69594BEC44DE15B, 0x8000000000000000, 0x8E1BC9BF04000000,
    0x9DC5ADA82B70B59E, 0xAF298D050E4395D7, 0xC2781F49FFCFA6D5, 0xD7E77A8F87DAF7FC,
    0xEFB3AB16C59B14A3, 0x850FADC09923329E, 0x93BA47C980E98CE0, 0xA402B9C5A8D3A6E7,
    0xB616A12B7FE617AA, 0xCA28A291859BBF93, 0xE070F78D3927556B, 0xF92E0C3537826146,
    0x8A5296FFE33CC930, 0x9991A6F3D6BF1766, 0xAA7EEBFB9DF9DE8E, 0xBD49D14AA79DBC82,
    0xD226FC195C6A2F8C, 0xE950DF20247C83FD,
};
// clang-format on

/// The binary exponent of a table entry: 10^exponent = entry * 2^result, for |exponent| < 400.
static int scale_of(int exponent) {
    // 217706 / 65536 is log2(10) to five digits; the shift of a negative number must round down.
    return (int)(((int64_t)exponent * 217706 + ((int64_t)1 << 40)) >> 16) - (1 << 24) - 63;
}

struct scaled {
    uint64_t mantissa; ///< top bit set
    int exponent;      ///< value = mantissa * 2^exponent
};

static struct scaled normalised(uint64_t mantissa, int exponent) {
    while (!(mantissa >> 63)) {
        mantissa <<= 1;
        exponent--;
    }
    return (struct scaled){mantissa, exponent};
}

/// The product's upper 64 bits, rounded. 32-bit pieces: not every target multiplies 64 by 64.
static struct scaled times(struct scaled a, uint64_t mantissa, int exponent) {
    uint64_t a1 = a.mantissa >> 32, a0 = a.mantissa & 0xFFFFFFFF;
    uint64_t b1 = mantissa >> 32, b0 = mantissa & 0xFFFFFFFF;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    uint64_t other = a0 * b1 + (middle & 0xFFFFFFFF);
    uint64_t high = a1 * b1 + (middle >> 32) + (other >> 32);
    uint64_t low = other << 32;
    if (!(high >> 63)) { // both factors have their top bit set: one place at most
        high = high << 1 | low >> 63;
        low <<= 1;
        exponent--;
    }
    exponent += a.exponent + 64;
    if (low >> 63 && ++high == 0) {
        high = (uint64_t)1 << 63;
        exponent++;
    }
    return (struct scaled){high, exponent};
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#define INFINITY_BITS 0x7FF0000000000000u

/// Round to the nearest double, half to even, gradual underflow.
static double rounded(struct scaled v) {
    int exponent = v.exponent + 63 + 1023; // of the top bit, biased
    if (exponent >= 2047)
        return from_bits(INFINITY_BITS);
    int drop = exponent > 0 ? 11 : 12 - exponent; // bits that find no place
    if (drop > 64)
        return 0;
    uint64_t kept = drop < 64 ? v.mantissa >> drop : 0;
    uint64_t rest = drop < 64 ? v.mantissa << (64 - drop) : v.mantissa;
    uint64_t half = (uint64_t)1 << 63;
    if (rest > half || (rest == half && (kept & 1)))
        kept++;
    // A carry out of the mantissa runs into the exponent, as it should.
    return from_bits(exponent > 0 ? kept + ((uint64_t)(exponent - 1) << 52) : kept);
}

// The powers of ten that are doubles exactly.
static const double exact[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static double value_of(uint64_t digits, int exponent) {
    if (digits == 0)
        return 0;
    if (digits >> 53 == 0 && exponent >= -22 && exponent <= 22) // one rounding: the nearest double
        return exponent < 0 ? (double)digits / exact[-exponent] : (double)digits * exact[exponent];
    if (exponent > 310)
        return from_bits(INFINITY_BITS);
    if (exponent < -345)
        return 0;
    struct scaled v = normalised(digits, 0);
    if (exponent == 0)
        return rounded(v);
    int block = (exponent + 16 * 32) / 16 - 32; // floor
    int rest = exponent - block * 16;
    if (rest != 0)
        v = times(v, ones[rest], scale_of(rest));
    if (block != 0)
        v = times(v, sixteens[block - MIN_BLOCK], scale_of(block * 16));
    return rounded(v);
}

static bool is_digit(const char *text, size_t at, size_t size) {
    return at < size && text[at] >= '0' && text[at] <= '9';
}

/// The exponent's digits; far beyond any double it stops counting.
static size_t parse_exponent(const char *text, size_t at, size_t size, int *exponent) {
    size_t start = at++;
    bool negative = at < size && text[at] == '-';
    if (at < size && (text[at] == '-' || text[at] == '+'))
        at++;
    if (!is_digit(text, at, size))
        return start; // "1e" is the number 1 and a letter
    int value = 0;
    for (; is_digit(text, at, size); at++) {
        if (value < 100000)
            value = value * 10 + (text[at] - '0');
    }
    *exponent += negative ? -value : value;
    return at;
}

size_t ib_decimal_parse(const char *text, size_t size, double *out) {
    if (size > MAX_CHARS)
        size = MAX_CHARS;
    size_t at = 0;
    bool negative = size > 0 && text[0] == '-';
    if (size > 0 && (text[0] == '-' || text[0] == '+'))
        at++;
    uint64_t digits = 0;
    unsigned digit_count = 0;
    int exponent = 0;
    bool any = false, point = false;
    for (; at < size; at++) {
        if (text[at] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(text, at, size))
            break;
        any = true;
        if (digit_count < MAX_DIGITS) {
            digits = digits * 10 + (uint64_t)(text[at] - '0');
            digit_count += digits > 0; // leading zeros do not count
            exponent -= point;
        } else {
            exponent += !point;
        }
    }
    if (!any)
        return 0;
    if (at < size && (text[at] == 'e' || text[at] == 'E'))
        at = parse_exponent(text, at, size, &exponent);
    if (out) {
        double value = value_of(digits, exponent);
        *out = negative ? -value : value;
    }
    return at;
}
