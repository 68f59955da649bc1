/// Building short texts without a heap or printf: append, never overrun, remember when something
/// was cut.
#ifndef IB_CORE_TEXT_H
#define IB_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A text under construction in the caller's storage; always NUL-terminated when capacity > 0.
struct ib_text {
    char *out;       ///< keeps the caller's storage
    size_t capacity; ///< bytes, including the terminator
    size_t size;     ///< characters so far
    bool cut;        ///< something did not fit; what did fit is intact
};

void ib_text_init(struct ib_text *self, char *out, size_t capacity);
void ib_text_char(struct ib_text *self, char c);
void ib_text_str(struct ib_text *self, const char *s);
void ib_text_bytes(struct ib_text *self, const char *s, size_t size);
void ib_text_u64(struct ib_text *self, uint64_t v);
void ib_text_i64(struct ib_text *self, int64_t v);
/// At least `digits` decimal digits, zero-padded: 7 with 2 gives "07".
void ib_text_pad(struct ib_text *self, uint32_t v, unsigned digits);
/// Exactly `digits` upper-case hexadecimal digits (1..16).
void ib_text_hex(struct ib_text *self, uint64_t v, unsigned digits);
/// A number in 1/10^places steps: 2731 with 2 gives "27.31", -5 with 1 gives "-0.5".
void ib_text_fixed(struct ib_text *self, int64_t v, unsigned places);

/// The well-formed UTF-8 character (RFC 3629) that a text of `size` > 0 bytes begins with.
/// Return: its bytes, 1 to 4; 0 when there is none.
size_t ib_text_utf8(const char *text, size_t size);

/// ASCII comparison without regard to case; true when equal.
bool ib_text_same(const char *a, const char *b);

#ifdef __cplusplus
}
#endif

#endif
