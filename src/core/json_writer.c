/// Printing tight JSON into storage of fixed size. See json.h.
#include "core/json.h"

#include <string.h>

#include "core/base64.h"
#include "core/status.h"
#include "core/text.h"

void ib_json_begin(struct ib_json_writer *self, char *out, size_t capacity) {
    *self = (struct ib_json_writer){.out = out, .capacity = capacity, .cut = capacity == 0};
}

/// Room for `size` more characters and, later, the terminator?
static bool fits(struct ib_json_writer *self, size_t size) {
    if (!self->cut && size >= self->capacity - self->size)
        self->cut = true;
    return !self->cut;
}

static void put(struct ib_json_writer *self, const char *s, size_t size) {
    if (!fits(self, size))
        return;
    memcpy(self->out + self->size, s, size);
    self->size += size;
}

static void put_char(struct ib_json_writer *self, char c) {
    put(self, &c, 1);
}

static void put_escape(struct ib_json_writer *self, char c) {
    static const char codes[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *code = c != '\0' ? strchr(codes, c) : NULL;
    if (code) {
        char pair[2] = {'\\', names[code - codes]};
        put(self, pair, sizeof pair);
    } else {
        char escape[6] = {'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
        put(self, escape, sizeof escape);
    }
}

/// How much of a text can be printed as it is.
static size_t plain_size(const char *s, size_t size) {
    size_t at = 0;
    while (at < size && (unsigned char)s[at] >= ' ' && s[at] != '"' && s[at] != '\\') {
        size_t count = ib_text_utf8(s + at, size - at);
        if (count == 0)
            break;
        at += count;
    }
    return at;
}

/// One byte that is part of no character would make the whole document unreadable.
static void put_quoted(struct ib_json_writer *self, const char *s) {
    static const char REPLACEMENT[] = "\xEF\xBF\xBD"; // U+FFFD
    size_t left = strlen(s);
    put_char(self, '"');
    while (left > 0) {
        size_t plain = plain_size(s, left);
        if (plain > 0)
            put(self, s, plain);
        s += plain;
        left -= plain;
        if (left == 0)
            break;
        if ((unsigned char)*s < 0x80)
            put_escape(self, *s);
        else
            put(self, REPLACEMENT, sizeof REPLACEMENT - 1);
        s++;
        left--;
    }
    put_char(self, '"');
}

/// What stands before every value: a comma if needed, and the member's name.
static void lead(struct ib_json_writer *self, const char *key) {
    if (self->comma)
        put_char(self, ',');
    self->comma = true;
    if (key) {
        put_quoted(self, key);
        put_char(self, ':');
    }
}

static void open_container(struct ib_json_writer *self, const char *key, char bracket) {
    lead(self, key);
    put_char(self, bracket);
    self->comma = false;
}

static void close_container(struct ib_json_writer *self, char bracket) {
    put_char(self, bracket);
    self->comma = true;
}

void ib_json_open_object(struct ib_json_writer *self, const char *key) {
    open_container(self, key, '{');
}

void ib_json_close_object(struct ib_json_writer *self) {
    close_container(self, '}');
}

void ib_json_open_array(struct ib_json_writer *self, const char *key) {
    open_container(self, key, '[');
}

void ib_json_close_array(struct ib_json_writer *self) {
    close_container(self, ']');
}

void ib_json_put_fixed(struct ib_json_writer *self, const char *key, int64_t value,
                       unsigned places) {
    char room[32];
    struct ib_text text;
    ib_text_init(&text, room, sizeof room);
    ib_text_fixed(&text, value, places);
    lead(self, key);
    put(self, room, text.size);
}

void ib_json_put_int(struct ib_json_writer *self, const char *key, int64_t value) {
    ib_json_put_fixed(self, key, value, 0);
}

void ib_json_put_bool(struct ib_json_writer *self, const char *key, bool value) {
    lead(self, key);
    put(self, value ? "true" : "false", value ? 4 : 5);
}

void ib_json_put_null(struct ib_json_writer *self, const char *key) {
    lead(self, key);
    put(self, "null", 4);
}

void ib_json_put_string(struct ib_json_writer *self, const char *key, const char *value) {
    lead(self, key);
    put_quoted(self, value ? value : "");
}

void ib_json_put_base64(struct ib_json_writer *self, const char *key, const void *data,
                        size_t size) {
    lead(self, key);
    put_char(self, '"');
    // Divided first: a size near the top of size_t must not wrap.
    if (size / 3 >= self->capacity / 4 + 1)
        self->cut = true;
    else if (fits(self, IB_BASE64_CHARS(size)))
        self->size += ib_base64_encode(self->out + self->size, data, size);
    put_char(self, '"');
}

int ib_json_finish(struct ib_json_writer *self) {
    if (self->cut) {
        if (self->capacity > 0)
            self->out[self->size] = '\0';
        return IB_E_NO_SPACE;
    }
    self->out[self->size] = '\0';
    return (int)self->size;
}
