/// Base64 by tables, and the choice of the quicker encoder. See base64.h.
#include "core/base64.h"

#include "core/base64_x86.h"
#include "core/status.h"

static const char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t ib_base64_encode_portable(char *out, const void *data, size_t size) {
    const uint8_t *p = data;
    char *at = out;
    for (; size >= 3; size -= 3, p += 3, at += 4) {
        uint32_t group = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        at[0] = alphabet[group >> 18];
        at[1] = alphabet[group >> 12 & 63];
        at[2] = alphabet[group >> 6 & 63];
        at[3] = alphabet[group & 63];
    }
    if (size > 0) {
        uint32_t group = (uint32_t)p[0] << 16 | (size > 1 ? (uint32_t)p[1] << 8 : 0);
        at[0] = alphabet[group >> 18];
        at[1] = alphabet[group >> 12 & 63];
        at[2] = '=';
        if (size > 1)
            at[2] = alphabet[group >> 6 & 63];
        at[3] = '=';
        at += 4;
    }
    return (size_t)(at - out);
}

size_t ib_base64_encode(char *out, const void *data, size_t size) {
    size_t done = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw"))
        done = ib_base64_encode_vbmi(out, data, size);
    else if (__builtin_cpu_supports("avx2"))
        done = ib_base64_encode_avx2(out, data, size);
#endif
    size_t chars = done / 3 * 4;
    return chars +
           ib_base64_encode_portable(out + chars, (const uint8_t *)data + done, size - done);
}

#define BAD 0x80 ///< the table's mark for characters outside the alphabet
#define B BAD

// clang-format off
static const uint8_t values[256] = {
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  62, B,  B,  B,  63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, B,  B,  B,  B,  B,  B,
    B,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, B,  B,  B,  B,  B,
    B,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
    B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,
};
// clang-format on

static size_t skip_blanks(const char *text, size_t at, size_t size) {
    while (at < size && (text[at] == ' ' || text[at] == '\r' || text[at] == '\n'))
        at++;
    return at;
}

/// The last, padded group. Return: its one or two bytes in `bytes`.
static int padded_group(uint8_t bytes[2], const uint8_t group[4]) {
    uint32_t a = values[group[0]], b = values[group[1]], c = values[group[2]];
    if ((a | b) >= BAD || group[3] != '=')
        return IB_E_FORMAT;
    bytes[0] = (uint8_t)(a << 2 | b >> 4);
    if (group[2] == '=')
        return (b & 15) == 0 ? 1 : IB_E_FORMAT; // bits that stand for nothing must be zero
    if (c >= BAD || (c & 3) != 0)
        return IB_E_FORMAT;
    bytes[1] = (uint8_t)(b << 4 | c >> 2);
    return 2;
}

int ib_base64_decode(void *out, size_t capacity, const char *text, size_t size) {
    uint8_t *bytes = out;
    size_t done = 0;
    size_t at = skip_blanks(text, 0, size);
    while (at < size) {
        if (size - at < 4)
            return IB_E_FORMAT;
        uint8_t group[4] = {(uint8_t)text[at], (uint8_t)text[at + 1], (uint8_t)text[at + 2],
                            (uint8_t)text[at + 3]};
        uint32_t a = values[group[0]], b = values[group[1]], c = values[group[2]],
                 d = values[group[3]];
        if ((a | b | c | d) < BAD) {
            if (capacity - done < 3)
                return IB_E_NO_SPACE;
            bytes[done] = (uint8_t)(a << 2 | b >> 4);
            bytes[done + 1] = (uint8_t)(b << 4 | c >> 2);
            bytes[done + 2] = (uint8_t)(c << 6 | d);
            done += 3;
            at += 4;
            if (at < size && values[(uint8_t)text[at]] >= BAD)
                at = skip_blanks(text, at, size);
            continue;
        }
        uint8_t last[2];
        int count = padded_group(last, group);
        if (count < 0)
            return count;
        if (skip_blanks(text, at + 4, size) != size)
            return IB_E_FORMAT; // text after the padding
        if (capacity - done < (size_t)count)
            return IB_E_NO_SPACE;
        for (int i = 0; i < count; i++)
            bytes[done++] = last[i];
        break;
    }
    return (int)done;
}
