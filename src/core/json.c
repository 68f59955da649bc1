/// Reading JSON where it lies. See json.h for the dialect; the writer is in json_writer.c.
///
/// Nothing here recurses: what is open is a stack of bits, an array or an object each.
#include "core/json.h"

#include <string.h>

#include "core/check.h"
#include "core/decimal.h"
#include "core/status.h"

#define NONE ((size_t)-1) ///< "no end was found": not JSON
#define ESCAPE_CHARS 6    ///< \uXXXX

struct span {
    const char *text;
    size_t size;
};

static size_t skip_blanks(struct span in, size_t at) {
    while (at < in.size && (unsigned char)in.text[at] <= ' ')
        at++;
    return at;
}

static bool is_at(struct span in, size_t at, char c) {
    return at < in.size && in.text[at] == c;
}

/// Four hexadecimal digits; 0 when they are none, which is what cJSON makes of them.
static uint32_t hex4(const char *p) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        value <<= 4;
        if (c >= '0' && c <= '9')
            value += (uint32_t)(c - '0');
        else if (c >= 'A' && c <= 'F')
            value += (uint32_t)(c - 'A') + 10;
        else if (c >= 'a' && c <= 'f')
            value += (uint32_t)(c - 'a') + 10;
        else
            return 0;
    }
    return value;
}

static unsigned put_utf8(char out[4], uint32_t code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    unsigned count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (unsigned i = count - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)((0xF00 >> count & 0xFF) | code);
    return count;
}

/// \uXXXX, or two of them as a surrogate pair. Return: characters taken, 0 when it is neither.
static size_t unescape_utf16(const char *p, size_t left, char out[4], unsigned *count) {
    if (left < ESCAPE_CHARS)
        return 0;
    uint32_t code = hex4(p + 2);
    if (code >= 0xDC00 && code <= 0xDFFF)
        return 0;
    if (code < 0xD800 || code > 0xDBFF) {
        *count = put_utf8(out, code);
        return ESCAPE_CHARS;
    }
    if (left < 2 * ESCAPE_CHARS || p[6] != '\\' || p[7] != 'u')
        return 0;
    uint32_t low = hex4(p + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *count = put_utf8(out, 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF)));
    return 2 * ESCAPE_CHARS;
}

/// One escape at p, with `left` >= 1 characters before the closing quote, which is readable too.
/// Return: characters taken (may include that quote), 0 when there is no such escape.
static size_t unescape(const char *p, size_t left, char out[4], unsigned *count) {
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (p[1] == 'u')
        return unescape_utf16(p, left, out, count);
    const char *name = p[1] != '\0' ? strchr(names, p[1]) : NULL;
    if (!name)
        return 0;
    out[0] = meanings[name - names];
    *count = 1;
    return 2;
}

/// The closing quote of the string whose opening quote is at `at`, or NONE.
static size_t string_end(struct span in, size_t at, bool *escapes) {
    const char *p = in.text + at + 1, *end = in.text + in.size;
    *escapes = false;
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        if (!quote)
            break;
        do {
            const char *escape = memchr(p, '\\', (size_t)(quote - p));
            if (!escape)
                return (size_t)(quote - in.text);
            *escapes = true;
            p = escape + 2;
        } while (p <= quote);
    }
    return NONE;
}

static size_t check_string(struct span in, size_t at) {
    bool escapes;
    if (!is_at(in, at, '"'))
        return NONE;
    size_t end = string_end(in, at, &escapes);
    if (end == NONE || !escapes)
        return end == NONE ? NONE : end + 1;
    const char *p = in.text + at + 1, *quote = in.text + end;
    while (p < quote) {
        p = memchr(p, '\\', (size_t)(quote - p));
        if (!p)
            break;
        char out[4];
        unsigned count;
        size_t taken = unescape(p, (size_t)(quote - p), out, &count);
        if (taken == 0)
            return NONE;
        p += taken;
    }
    return end + 1;
}

static size_t check_word(struct span in, size_t at, const char *word) {
    size_t size = strlen(word);
    return in.size - at >= size && memcmp(in.text + at, word, size) == 0 ? at + size : NONE;
}

static size_t check_number(struct span in, size_t at) {
    size_t taken = ib_decimal_parse(in.text + at, in.size - at, NULL);
    return taken > 0 ? at + taken : NONE;
}

/// Anything but an array or object.
static size_t check_scalar(struct span in, size_t at) {
    switch (in.text[at]) {
    case 'n':
        return check_word(in, at, "null");
    case 'f':
        return check_word(in, at, "false");
    case 't':
        return check_word(in, at, "true");
    case '"':
        return check_string(in, at);
    case '-':
        return check_number(in, at);
    default:
        return in.text[at] >= '0' && in.text[at] <= '9' ? check_number(in, at) : NONE;
    }
}

/// A member's name with its colon. Return: where its value begins.
static size_t check_key(struct span in, size_t at) {
    at = check_string(in, at);
    if (at == NONE)
        return NONE;
    at = skip_blanks(in, at);
    return is_at(in, at, ':') ? skip_blanks(in, at + 1) : NONE;
}

struct open {
    uint8_t objects[(IB_JSON_NESTING + 7) / 8]; ///< a bit each: object or array
    unsigned depth;
};

static bool in_object(const struct open *self) {
    return self->objects[(self->depth - 1) / 8] >> (self->depth - 1) % 8 & 1;
}

static bool push(struct open *self, bool object) {
    if (self->depth == IB_JSON_NESTING)
        return false;
    uint8_t bit = (uint8_t)(1u << self->depth % 8);
    uint8_t *byte = &self->objects[self->depth / 8];
    if (self->depth % 8 == 0)
        *byte = 0;
    *byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
    self->depth++;
    return true;
}

/// After a value: commas lead on, closing brackets lead out.
/// Return: where the next value begins, or the end when nothing is open any more.
static size_t check_after(struct span in, size_t at, struct open *open) {
    while (open->depth > 0) {
        bool object = in_object(open);
        at = skip_blanks(in, at);
        if (is_at(in, at, ',')) {
            at = skip_blanks(in, at + 1);
            return object ? check_key(in, at) : at;
        }
        if (!is_at(in, at, object ? '}' : ']'))
            return NONE;
        at++;
        open->depth--;
    }
    return at;
}

/// Where the value that begins at `at` ends, or NONE when it is no JSON.
static size_t check_value(struct span in, size_t at) {
    struct open open;
    open.depth = 0;
    do {
        if (at >= in.size)
            return NONE;
        bool object = in.text[at] == '{';
        if (object || in.text[at] == '[') {
            if (!push(&open, object))
                return NONE;
            at = skip_blanks(in, at + 1);
            if (!is_at(in, at, object ? '}' : ']')) {
                if (object)
                    at = check_key(in, at);
                continue;
            }
        } else {
            at = check_scalar(in, at);
            if (at == NONE)
                return NONE;
        }
        at = check_after(in, at, &open);
    } while (open.depth > 0 && at != NONE);
    return at;
}

static void describe(struct ib_json_value *out, struct span in, size_t at, size_t end) {
    static const char firsts[] = "nft\"[{";
    static const enum ib_json_type types[] = {IB_JSON_NULL,   IB_JSON_FALSE, IB_JSON_TRUE,
                                              IB_JSON_STRING, IB_JSON_ARRAY, IB_JSON_OBJECT};
    const char *first = strchr(firsts, in.text[at]);
    *out = (struct ib_json_value){first ? types[first - firsts] : IB_JSON_NUMBER, in.text + at,
                                  end - at};
}

int ib_json_parse(struct ib_json_value *out, const char *text, size_t size) {
    const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;
    struct span in = {text, nul ? (size_t)(nul - text) : size};
    size_t at = in.size > 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    at = skip_blanks(in, at);
    size_t end = check_value(in, at);
    if (end == NONE)
        return IB_E_FORMAT;
    describe(out, in, at, end);
    return IB_OK;
}

int ib_json_next(const struct ib_json_value *container, size_t *cursor, struct ib_json_value *key,
                 struct ib_json_value *value) {
    bool object = container->type == IB_JSON_OBJECT;
    if (!object && container->type != IB_JSON_ARRAY)
        return IB_E_TYPE;
    struct span in = {container->text, container->size};
    size_t at = skip_blanks(in, *cursor == 0 ? 1 : *cursor);
    if (*cursor != 0 && is_at(in, at, ','))
        at = skip_blanks(in, at + 1);
    if (at >= in.size || is_at(in, at, object ? '}' : ']'))
        return 0;
    if (object) {
        size_t colon = check_key(in, at);
        if (colon == NONE)
            return 0;
        bool escapes;
        if (key)
            describe(key, in, at, string_end(in, at, &escapes) + 1);
        at = colon;
    }
    size_t end = check_value(in, at);
    if (end == NONE)
        return 0;
    describe(value, in, at, end);
    *cursor = end;
    return 1;
}

static int lower(char c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool same_key(const struct ib_json_value *key, const char *name) {
    size_t cursor = 0;
    char piece[32];
    int count;
    while ((count = ib_json_unescape(key, &cursor, piece, sizeof piece)) > 0) {
        for (int i = 0; i < count; i++, name++) {
            if (*name == '\0' || lower(piece[i]) != lower(*name))
                return false;
        }
    }
    return *name == '\0';
}

int ib_json_member(const struct ib_json_value *object, const char *key, struct ib_json_value *out) {
    if (object->type != IB_JSON_OBJECT)
        return IB_E_TYPE;
    size_t cursor = 0;
    struct ib_json_value name, value;
    while (ib_json_next(object, &cursor, &name, &value) > 0) {
        if (same_key(&name, key)) {
            *out = value;
            return IB_OK;
        }
    }
    return IB_E_NOT_FOUND;
}

int ib_json_double(const struct ib_json_value *value, double *out) {
    if (value->type != IB_JSON_NUMBER)
        return IB_E_TYPE;
    *out = 0;
    ib_decimal_parse(value->text, value->size, out);
    return IB_OK;
}

int ib_json_int(const struct ib_json_value *value, int32_t *out) {
    if (value->type == IB_JSON_TRUE || value->type == IB_JSON_FALSE) {
        *out = value->type == IB_JSON_TRUE;
        return IB_OK;
    }
    double number;
    int status = ib_json_double(value, &number);
    if (status < 0)
        return status;
    if (number >= INT32_MAX)
        *out = INT32_MAX;
    else if (number <= INT32_MIN)
        *out = INT32_MIN;
    else
        *out = (int32_t)number;
    return IB_OK;
}

int ib_json_unescape(const struct ib_json_value *value, size_t *cursor, char *out,
                     size_t capacity) {
    IB_ASSERT(capacity >= 4);
    if (value->type != IB_JSON_STRING)
        return IB_E_TYPE;
    size_t at = *cursor == 0 ? 1 : *cursor;
    size_t end = value->size - 1;
    size_t size = 0;
    while (at < end && capacity - size >= 4) {
        size_t run = end - at < capacity - size ? end - at : capacity - size;
        const char *stop = memchr(value->text + at, '\\', run);
        if (stop)
            run = (size_t)(stop - (value->text + at));
        memcpy(out + size, value->text + at, run);
        at += run;
        size += run;
        if (!stop || capacity - size < 4)
            break;
        unsigned count = 0;
        size_t taken = unescape(stop, end - at, out + size, &count);
        if (taken == 0 || out[size] == '\0') {
            at = end;
            break;
        }
        at += taken;
        size += count;
    }
    *cursor = at < end ? at : end;
    return (int)size;
}

int ib_json_string(const struct ib_json_value *value, char *out, size_t capacity) {
    size_t cursor = 0, size = 0;
    char piece[64];
    int count;
    while ((count = ib_json_unescape(value, &cursor, piece, sizeof piece)) > 0) {
        if (capacity - size <= (size_t)count || capacity == 0)
            return IB_E_NO_SPACE;
        memcpy(out + size, piece, (size_t)count);
        size += (size_t)count;
    }
    if (count < 0)
        return count;
    if (capacity == 0)
        return IB_E_NO_SPACE;
    out[size] = '\0';
    return (int)size;
}

int ib_json_raw(const struct ib_json_value *value, const char **out, size_t *size) {
    if (value->type != IB_JSON_STRING)
        return IB_E_TYPE;
    if (memchr(value->text, '\\', value->size))
        return IB_E_FORMAT;
    *out = value->text + 1;
    *size = value->size - 2;
    return IB_OK;
}
