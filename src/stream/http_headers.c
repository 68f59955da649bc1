/// Reading single headers. Whatever is malformed counts as not there, where that is the safe side.
#include "stream/http_headers.h"

#include <string.h>

bool ib_http_is_known(const struct ib_message *message, const char *etag) {
    const struct ib_slice *header = ib_message_header(message, "If-None-Match");
    struct ib_slice list, element;
    if (!header)
        return false;
    list = *header;
    while (ib_slice_next(&list, ',', &element)) {
        if (element.size > 2 && memcmp(element.at, "W/", 2) == 0)
            element = (struct ib_slice){element.at + 2, element.size - 2};
        if (ib_slice_is(element, etag) || ib_slice_is(element, "*"))
            return true;
    }
    return false;
}

/// "q=0", "q=0.0": not wanted at all.
static bool is_zero(struct ib_slice weight) {
    if (!ib_slice_begins(weight, "q="))
        return false;
    for (size_t i = 2; i < weight.size; i++) {
        if (weight.at[i] != '0' && weight.at[i] != '.')
            return false;
    }
    return weight.size > 2;
}

bool ib_http_accepts_gzip(const struct ib_message *message) {
    const struct ib_slice *header = ib_message_header(message, "Accept-Encoding");
    struct ib_slice list, element, name, part;
    bool any = false;
    if (!header)
        return false;
    list = *header;
    while (ib_slice_next(&list, ',', &element)) {
        bool refused = false;
        if (!ib_slice_next(&element, ';', &name))
            continue;
        while (ib_slice_next(&element, ';', &part))
            refused = refused || is_zero(part);
        if (ib_slice_same(name, "gzip"))
            return !refused;
        any = any || (ib_slice_is(name, "*") && !refused);
    }
    return any;
}

int ib_http_range(const struct ib_message *message, uint64_t size, const char *etag,
                  uint64_t *first, uint64_t *count) {
    const struct ib_slice *header = ib_message_header(message, "Range");
    const struct ib_slice *condition = ib_message_header(message, "If-Range");
    struct ib_slice range, from, to;
    uint64_t begin, end;
    if (!header || !ib_slice_begins(*header, "bytes=") ||
        ib_message_header_count(message, "Range") != 1 ||
        (condition && !ib_slice_is(*condition, etag)))
        return 0;
    range = (struct ib_slice){header->at + 6, header->size - 6};
    if (range.size > 0 && memchr(range.at, ',', range.size))
        return 0;
    from = ib_slice_trim(ib_slice_cut(ib_slice_trim(range), '-', &to));
    to = ib_slice_trim(to);
    if (from.size == 0) { // the last so many
        if (!ib_slice_u64(to, UINT64_MAX, &end))
            return 0;
        if (end == 0 || size == 0)
            return -1;
        *count = end < size ? end : size;
        *first = size - *count;
        return 1;
    }
    if (!ib_slice_u64(from, UINT64_MAX, &begin))
        return 0;
    end = UINT64_MAX;
    if (to.size > 0 && (!ib_slice_u64(to, UINT64_MAX, &end) || end < begin))
        return 0;
    if (begin >= size)
        return -1;
    *first = begin;
    *count = (end < size - 1 ? end : size - 1) - begin + 1;
    return 1;
}

struct ib_slice ib_http_cookie(const struct ib_message *message, const char *name) {
    for (unsigned i = 0; i < message->count; i++) {
        struct ib_slice list = message->headers[i].value, element, value;
        if (!ib_slice_same(message->headers[i].name, "Cookie"))
            continue;
        while (ib_slice_next(&list, ';', &element)) {
            if (ib_slice_is(ib_slice_cut(element, '=', &value), name))
                return value;
        }
    }
    return (struct ib_slice){NULL, 0};
}

static bool is_name(struct ib_slice host) {
    for (size_t i = 0; i < host.size; i++) {
        char c = host.at[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    c == '-' || c == '.' || c == '_';
        if (!good)
            return false;
    }
    return host.size > 0;
}

/// Four numbers up to 255 and three dots.
static bool is_ip4(struct ib_slice host) {
    struct ib_slice rest = host;
    for (int i = 0; i < 4; i++) {
        uint64_t number;
        struct ib_slice part = ib_slice_cut(rest, '.', &rest);
        if (part.size > 3 || !ib_slice_u64(part, 255, &number) || (rest.at != NULL) != (i < 3))
            return false;
    }
    return true;
}

static bool is_ip6(struct ib_slice host) {
    unsigned colons = 0;
    for (size_t i = 0; i < host.size; i++) {
        char c = host.at[i];
        bool digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
        colons += c == ':';
        if (!digit && c != ':' && c != '.')
            return false;
    }
    return colons >= 2;
}

bool ib_authority_read(struct ib_slice text, struct ib_authority *out) {
    struct ib_slice port;
    bool brackets = text.size > 0 && text.at[0] == '[';
    *out = (struct ib_authority){0};
    if (brackets) {
        const char *end = memchr(text.at, ']', text.size);
        if (!end)
            return false;
        out->host = (struct ib_slice){text.at + 1, (size_t)(end - text.at) - 1};
        port = (struct ib_slice){end + 1, (size_t)(text.at + text.size - end) - 1};
        if (port.size > 0 && *port.at != ':')
            return false;
        if (port.size > 0)
            port = (struct ib_slice){port.at + 1, port.size - 1};
        else
            port.at = NULL;
        out->address = true;
        if (!is_ip6(out->host))
            return false;
    } else {
        out->host = ib_slice_cut(text, ':', &port);
        out->address = is_ip4(out->host);
        if (!is_name(out->host))
            return false;
    }
    uint64_t number = 0;
    if (port.at && (!ib_slice_u64(port, 65535, &number) || number == 0))
        return false;
    out->port = (unsigned)number;
    return true;
}

bool ib_authority_same(const struct ib_authority *a, const struct ib_authority *b,
                       unsigned default_port) {
    unsigned a_port = a->port ? a->port : default_port, b_port = b->port ? b->port : default_port;
    if (a_port != b_port || a->host.size != b->host.size || a->address != b->address)
        return false;
    for (size_t i = 0; i < a->host.size; i++) {
        char x = a->host.at[i], y = b->host.at[i];
        x = x >= 'A' && x <= 'Z' ? (char)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (char)(y + 32) : y;
        if (x != y)
            return false;
    }
    return true;
}
