/// Short texts without printf. See text.h.
#include "core/text.h"

#include <string.h>

#include "core/check.h"

void ib_text_init(struct ib_text *self, char *out, size_t capacity) {
    *self = (struct ib_text){.out = out, .capacity = capacity};
    if (capacity > 0)
        out[0] = '\0';
    else
        self->cut = true;
}

void ib_text_bytes(struct ib_text *self, const char *s, size_t size) {
    size_t room = self->capacity > 0 ? self->capacity - 1 - self->size : 0;
    if (size > room) {
        self->cut = true;
        size = room;
    }
    if (size == 0)
        return;
    memcpy(self->out + self->size, s, size);
    self->size += size;
    self->out[self->size] = '\0';
}

void ib_text_char(struct ib_text *self, char c) {
    ib_text_bytes(self, &c, 1);
}

void ib_text_str(struct ib_text *self, const char *s) {
    ib_text_bytes(self, s, strlen(s));
}

/// Decimal digits of `v`, at least `digits` of them, ending before `end`. Return: the first.
static char *digits_before(char *end, uint64_t v, unsigned digits) {
    char *at = end;
    while (v > 0 || digits > 0) {
        *--at = (char)('0' + (char)(v % 10));
        v /= 10;
        if (digits > 0)
            digits--;
    }
    return at;
}

void ib_text_u64(struct ib_text *self, uint64_t v) {
    char room[20];
    char *end = room + sizeof room;
    char *at = digits_before(end, v, 1);
    ib_text_bytes(self, at, (size_t)(end - at));
}

/// |v| without the overflow that -INT64_MIN would be.
static uint64_t magnitude(int64_t v) {
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

void ib_text_i64(struct ib_text *self, int64_t v) {
    if (v < 0)
        ib_text_char(self, '-');
    ib_text_u64(self, magnitude(v));
}

void ib_text_pad(struct ib_text *self, uint32_t v, unsigned digits) {
    char room[20];
    char *end = room + sizeof room;
    for (; digits > 10; digits--)
        ib_text_char(self, '0');
    char *at = digits_before(end, v, digits > 0 ? digits : 1);
    ib_text_bytes(self, at, (size_t)(end - at));
}

void ib_text_hex(struct ib_text *self, uint64_t v, unsigned digits) {
    IB_ASSERT(digits >= 1 && digits <= 16);
    char room[16];
    for (unsigned i = digits; i-- > 0; v >>= 4)
        room[i] = "0123456789ABCDEF"[v & 15];
    ib_text_bytes(self, room, digits);
}

void ib_text_fixed(struct ib_text *self, int64_t v, unsigned places) {
    IB_ASSERT(places <= 18);
    char room[20];
    char *end = room + sizeof room;
    if (v < 0)
        ib_text_char(self, '-');
    char *at = digits_before(end, magnitude(v), places + 1);
    ib_text_bytes(self, at, (size_t)(end - at) - places);
    if (places > 0) {
        ib_text_char(self, '.');
        ib_text_bytes(self, end - places, places);
    }
}

static int lower(char c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool ib_text_same(const char *a, const char *b) {
    for (; lower(*a) == lower(*b); a++, b++) {
        if (*a == '\0')
            return true;
    }
    return false;
}

size_t ib_text_utf8(const char *text, size_t size) {
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80)
        return 1;
    size_t count = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || count > size)
        return 0;
    for (size_t i = 1; i < count; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    }
    // Not as short as could be, a surrogate, beyond Unicode: the second byte tells.
    bool bad = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
               (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F);
    return bad ? 0 : count;
}
