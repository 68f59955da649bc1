/// Targets: parts, components, escapes. See target.h.
#include "stream/target.h"

#include <string.h>

#include "core/status.h"

static const struct ib_slice nothing = {NULL, 0};

static struct ib_slice from(struct ib_slice whole, size_t at) {
    return (struct ib_slice){whole.at + at, whole.size - at};
}

/// RFC 3986, 3.1. Return: the size of `scheme://`, 0 when it does not begin with that.
static size_t scheme_size(struct ib_slice target) {
    size_t i = 0;
    while (i < target.size && ((target.at[i] >= 'a' && target.at[i] <= 'z') ||
                               (target.at[i] >= 'A' && target.at[i] <= 'Z') ||
                               (i > 0 && target.at[i] && strchr("0123456789+-.", target.at[i]))))
        i++;
    return i > 0 && ib_slice_begins(from(target, i), "://") ? i + 3 : 0;
}

bool ib_target_split(struct ib_slice target, struct ib_target *out) {
    *out = (struct ib_target){nothing, nothing, nothing, nothing};
    if (target.size == 0 || memchr(target.at, '#', target.size))
        return false;
    if (ib_slice_is(target, "*")) {
        out->path = target;
        return true;
    }
    size_t prefix = scheme_size(target);
    if (prefix > 0) {
        out->scheme = (struct ib_slice){target.at, prefix - 3};
        target = from(target, prefix);
        size_t size = 0;
        while (size < target.size && target.at[size] != '/' && target.at[size] != '?')
            size++;
        out->authority = (struct ib_slice){target.at, size};
        target = from(target, size);
        if (size == 0)
            return false;
    }
    out->path = ib_slice_cut(target, '?', &out->query);
    if (prefix > 0 && out->path.size == 0)
        out->path = ib_slice_of("/");
    return out->path.size > 0 && out->path.at[0] == '/';
}

bool ib_target_component(struct ib_slice *path, struct ib_slice *component) {
    while (path->size > 0) {
        *component = ib_slice_cut(*path, '/', path);
        if (component->size > 0)
            return true;
    }
    return false;
}

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Escapes read once and never again. `refused` are the characters that may not come out.
static int decode(struct ib_slice text, bool plus_is_space, const char *refused, char *out,
                  size_t capacity) {
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (c == '%') {
            if (text.size - i < 3 || hex(text.at[i + 1]) < 0 || hex(text.at[i + 2]) < 0)
                return IB_E_FORMAT;
            c = (char)(hex(text.at[i + 1]) << 4 | hex(text.at[i + 2]));
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if ((unsigned char)c < ' ' || c == 0x7F || strchr(refused, c))
            return IB_E_REFUSED;
        if (size + 1 >= capacity || size >= INT32_MAX)
            return IB_E_NO_SPACE;
        out[size++] = c;
    }
    if (capacity == 0)
        return IB_E_NO_SPACE;
    out[size] = '\0';
    return (int)size;
}

int ib_target_decode(struct ib_slice component, char *out, size_t capacity) {
    int size = decode(component, false, "/\\", out, capacity);
    if (size >= 0 && (strcmp(out, ".") == 0 || strcmp(out, "..") == 0))
        return IB_E_REFUSED;
    return size;
}

int ib_target_query(struct ib_slice query, const char *name, char *out, size_t capacity) {
    while (query.size > 0) {
        struct ib_slice value, pair = ib_slice_cut(query, '&', &query);
        struct ib_slice key = ib_slice_cut(pair, '=', &value);
        if (ib_slice_is(key, name))
            return decode(value, true, "", out, capacity);
    }
    return IB_E_NOT_FOUND;
}
