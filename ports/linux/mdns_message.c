/// Multicast DNS messages: the questions, and what the answers tell. Pure: bytes in, bytes out.
///
/// A message is walked once, record by record; whatever is broken ends the walk, what was read before
/// stays. Not here: sockets (mdns_browse.c). Main sources: RFC 1035 section 4, RFC 6762 sections 5.4,
/// 6.7 and 10, RFC 6763 sections 4 and 6.
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/text.h"
#include "ports/linux/mdns_browse.h"

#define HEADER_BYTES 12u
#define LABEL_BYTES 63u
/// Of one name, uncompressed with its end (RFC 1035, 2.3.4).
#define WIRE_NAME_BYTES 255u
/// More jumps than this make a name longer than a name can be.
#define MOST_JUMPS 128u

enum {
    TYPE_A = 1,
    TYPE_PTR = 12,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_ANY = 255,
    CLASS_IN = 1,
    CLASS_MASK = 0x7FFF,    ///< the top bit: cache flush
    UNICAST_WANTED = 0x8000 ///< the same bit in a question
};

/// A name as it is on the wire, uncompressed: lengths and labels, ended by a zero.
struct name {
    uint8_t labels[WIRE_NAME_BYTES];
    unsigned size;
};

struct reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
};

// ---- names ----

static bool name_from_text(struct name *out, const char *text) {
    out->size = 0;
    while (*text) {
        const char *dot = strchr(text, '.');
        size_t size = dot ? (size_t)(dot - text) : strlen(text);
        if (size == 0 || size > LABEL_BYTES || out->size + size + 2 > sizeof out->labels)
            return false;
        out->labels[out->size++] = (uint8_t)size;
        memcpy(out->labels + out->size, text, size);
        out->size += (unsigned)size;
        text += size + (dot ? 1 : 0);
    }
    out->labels[out->size++] = 0;
    return out->size > 1;
}

/// One name, compression followed. Pointers may only point back, each further than the one before:
/// that bounds them.
static bool read_name(struct reader *self, struct name *out) {
    size_t at = self->at;
    size_t lowest = at;
    bool jumped = false;
    out->size = 0;
    for (unsigned jumps = 0; jumps < MOST_JUMPS;) {
        if (at >= self->size)
            return false;
        uint8_t length = self->bytes[at];
        if ((length & 0xC0) == 0xC0) {
            if (at + 2 > self->size)
                return false;
            size_t target = ib_get_be16(self->bytes + at) & 0x3FFFu;
            if (!jumped)
                self->at = at + 2;
            jumped = true;
            jumps++;
            if (target >= lowest)
                return false;
            at = lowest = target;
            continue;
        }
        if (length > LABEL_BYTES || at + 1u + length > self->size ||
            out->size + 1u + length > sizeof out->labels)
            return false;
        memcpy(out->labels + out->size, self->bytes + at, 1u + length);
        out->size += 1u + length;
        at += 1u + length;
        if (length == 0) {
            if (!jumped)
                self->at = at;
            return true;
        }
    }
    return false;
}

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool same_labels(const uint8_t *a, const uint8_t *b, unsigned size) {
    // A length is under 64: no letter.
    for (unsigned i = 0; i < size; i++) {
        if (lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

static bool same_name(const struct name *a, const struct name *b) {
    return a->size == b->size && same_labels(a->labels, b->labels, a->size);
}

/// Whether `name` is one label before `type`.
static bool is_instance_of(const struct name *name, const struct name *type) {
    unsigned skip = 1u + name->labels[0];
    return name->labels[0] > 0 && name->size == skip + type->size &&
           same_labels(name->labels + skip, type->labels, type->size);
}

/// How many bytes a well-formed, printable UTF-8 character has at `p`; 0 when there is none.
static size_t printable(const uint8_t *p, size_t size) {
    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7F;
    size_t count = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || count > size)
        return 0;
    uint32_t code = p[0] & (0x7Fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    bool overlong = (count == 3 && code < 0x800) || (count == 4 && code < 0x10000);
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    bool control = code < 0xA0 || code == 0x2028 || code == 0x2029 ||
                   (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return overlong || surrogate || control || code > 0x10FFFF ? 0 : count;
}

/// For people: what cannot be printed becomes '?'. Cut at a character when it does not fit.
static void to_text(char *out, size_t capacity, const uint8_t *bytes, size_t size) {
    struct ib_text text;
    ib_text_init(&text, out, capacity);
    for (size_t i = 0; i < size && !text.cut;) {
        size_t count = printable(bytes + i, size - i);
        size_t room = capacity - 1 - text.size;
        if ((count ? count : 1) > room)
            break;
        if (count)
            ib_text_bytes(&text, (const char *)bytes + i, count);
        else
            ib_text_char(&text, '?');
        i += count ? count : 1;
    }
}

static void name_to_text(char *out, size_t capacity, const struct name *name) {
    char label[LABEL_BYTES + 1u];
    struct ib_text text;
    ib_text_init(&text, out, capacity);
    for (unsigned at = 0; name->labels[at]; at += 1u + name->labels[at]) {
        to_text(label, sizeof label, name->labels + at + 1, name->labels[at]);
        if (at > 0)
            ib_text_char(&text, '.');
        ib_text_str(&text, label);
    }
}

// ---- what is known ----

static struct ib_mdns_found *entry(struct ib_mdns_list *self, const struct name *instance) {
    char text[sizeof self->found[0].instance] = "";
    to_text(text, sizeof text, instance->labels + 1, instance->labels[0]);
    for (unsigned i = 0; i < self->count; i++) {
        if (ib_text_same(self->found[i].instance, text))
            return &self->found[i];
    }
    if (self->count == IB_MDNS_MOST)
        return NULL;
    struct ib_mdns_found *found = &self->found[self->count++];
    memset(found, 0, sizeof *found);
    memcpy(found->instance, text, sizeof text);
    return found;
}

static struct ib_mdns_host *host_entry(struct ib_mdns_list *self, const char *name) {
    for (unsigned i = 0; i < self->host_count; i++) {
        if (ib_text_same(self->hosts[i].host, name))
            return &self->hosts[i];
    }
    if (self->host_count == IB_MDNS_MOST)
        return NULL;
    struct ib_mdns_host *host = &self->hosts[self->host_count++];
    memset(host, 0, sizeof *host);
    memcpy(host->host, name, sizeof host->host);
    return host;
}

/// Bring addresses and services together.
/// Return: whether one got (another) address.
static bool join(struct ib_mdns_list *self) {
    bool news = false;
    for (unsigned i = 0; i < self->count; i++) {
        struct ib_mdns_found *found = &self->found[i];
        for (unsigned k = 0; found->host[0] && k < self->host_count; k++) {
            const struct ib_mdns_host *host = &self->hosts[k];
            if (!ib_text_same(found->host, host->host) ||
                strcmp(found->address, host->address) == 0)
                continue;
            memcpy(found->address, host->address, sizeof found->address);
            news = true;
        }
    }
    return news;
}

// ---- records ----

struct record {
    struct name name;
    unsigned type;
    uint32_t ttl_s;
    struct reader data; ///< over the whole message, ends with the record's data
};

static bool take_pointer(struct ib_mdns_list *self, const struct name *type, struct record *record,
                         bool *news) {
    struct name instance;
    if (!read_name(&record->data, &instance))
        return false;
    if (!same_name(&record->name, type) || !is_instance_of(&instance, type))
        return true;
    unsigned before = self->count;
    if (!entry(self, &instance))
        return false;
    *news |= self->count != before;
    return true;
}

static bool take_service(struct ib_mdns_list *self, const struct name *type, struct record *record,
                         bool *news) {
    struct reader *data = &record->data;
    if (!is_instance_of(&record->name, type))
        return true;
    if (data->size - data->at < 7)
        return false;
    uint16_t port = ib_get_be16(data->bytes + data->at + 4); // after priority and weight
    data->at += 6;
    struct name target;
    char host[IB_MDNS_NAME_BYTES] = "";
    if (!read_name(data, &target))
        return false;
    name_to_text(host, sizeof host, &target);
    struct ib_mdns_found *found = entry(self, &record->name);
    if (!found)
        return false;
    if (found->port == port && ib_text_same(found->host, host))
        return true;
    found->port = port;
    memcpy(found->host, host, sizeof host);
    found->address[0] = 0;
    *news = true;
    return true;
}

/// One "key=value"; the first of equal keys counts (RFC 6763, 6.4).
static bool property(const uint8_t *text, size_t size, const char *key, char *out,
                     size_t capacity) {
    size_t length = strlen(key);
    if (out[0] || size <= length || text[length] != '=')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (lower(text[i]) != (uint8_t)key[i])
            return false;
    }
    to_text(out, capacity, text + length + 1, size - length - 1);
    return out[0] != 0;
}

static bool take_properties(struct ib_mdns_list *self, const struct name *type,
                            struct record *record, bool *news) {
    struct reader *data = &record->data;
    if (!is_instance_of(&record->name, type))
        return true;
    struct ib_mdns_found *found = entry(self, &record->name);
    if (!found)
        return false;
    while (data->at < data->size) {
        size_t size = data->bytes[data->at++];
        const uint8_t *text = data->bytes + data->at;
        if (size > data->size - data->at)
            return false;
        data->at += size;
        *news |= property(text, size, "model", found->model, sizeof found->model);
        *news |= property(text, size, "interface", found->interface, sizeof found->interface);
        *news |= property(text, size, "version", found->version, sizeof found->version);
    }
    return true;
}

/// How useful an address is to others: any IPv4 one, one that needs no scope, this machine's own.
static unsigned rank(const char *address) {
    return !address[0] ? 0 : strncmp(address, "127.", 4) == 0 ? 1 : strchr(address, ':') ? 2 : 3;
}

/// A machine may have many addresses: the first of the most useful kind counts.
static bool take_address(struct ib_mdns_list *self, struct record *record) {
    struct reader *data = &record->data;
    const uint8_t *bytes = data->bytes + data->at;
    bool is_v4 = record->type == TYPE_A;
    char host[IB_MDNS_NAME_BYTES] = "";
    if (data->size - data->at != (is_v4 ? 4u : 16u))
        return false;
    if (!is_v4 && bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80)
        return true;
    name_to_text(host, sizeof host, &record->name);
    if (!host[0])
        return true;
    struct ib_mdns_host *known = host_entry(self, host);
    if (!known)
        return false;
    char address[sizeof known->address] = "";
    inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes, address, sizeof address);
    if (rank(address) > rank(known->address))
        memcpy(known->address, address, sizeof known->address);
    return true;
}

static bool read_record(struct reader *self, struct record *out, bool *is_internet) {
    if (!read_name(self, &out->name) || self->size - self->at < 10)
        return false;
    const uint8_t *fixed = self->bytes + self->at;
    size_t data_size = ib_get_be16(fixed + 8);
    out->type = ib_get_be16(fixed);
    *is_internet = (ib_get_be16(fixed + 2) & CLASS_MASK) == CLASS_IN;
    out->ttl_s = (uint32_t)ib_get_be16(fixed + 4) << 16 | ib_get_be16(fixed + 6);
    self->at += 10;
    if (data_size > self->size - self->at)
        return false;
    out->data = (struct reader){self->bytes, self->at + data_size, self->at};
    self->at += data_size;
    return true;
}

static bool take_record(struct ib_mdns_list *self, const struct name *type, struct record *record,
                        bool *news) {
    if (record->ttl_s == 0)
        return true;
    switch (record->type) {
    case TYPE_PTR:
        return take_pointer(self, type, record, news);
    case TYPE_SRV:
        return take_service(self, type, record, news);
    case TYPE_TXT:
        return take_properties(self, type, record, news);
    case TYPE_A:
    case TYPE_AAAA:
        return take_address(self, record);
    default:
        return true;
    }
}

static bool walk(struct ib_mdns_list *self, const struct name *type, struct reader *reader,
                 bool *news) {
    // A response, standard, without an error (RFC 6762, section 18).
    if (reader->size < HEADER_BYTES)
        return false;
    const uint8_t *header = reader->bytes;
    if (!(header[2] & 0x80))
        return true; // somebody's question
    if (header[2] & 0x78 || header[3] & 0x0F)
        return false;
    unsigned questions = ib_get_be16(header + 4);
    unsigned records =
        (unsigned)ib_get_be16(header + 6) + ib_get_be16(header + 8) + ib_get_be16(header + 10);
    reader->at = HEADER_BYTES;
    while (questions-- > 0) {
        struct name name;
        if (!read_name(reader, &name) || reader->size - reader->at < 4)
            return false;
        reader->at += 4;
    }
    bool whole = true;
    while (records-- > 0) {
        struct record record;
        bool is_internet;
        if (!read_record(reader, &record, &is_internet))
            return false;
        if (is_internet)
            whole &= take_record(self, type, &record, news);
    }
    return whole;
}

bool ib_mdns_take(struct ib_mdns_list *self, const char *type, const uint8_t *message,
                  size_t size) {
    struct name wanted;
    bool news = false;
    struct reader reader = {message, size, 0};
    if (!name_from_text(&wanted, type))
        return false;
    if (!walk(self, &wanted, &reader, &news))
        self->bad_messages++;
    return join(self) || news;
}

// ---- questions ----

static size_t begin_questions(uint8_t *out) {
    memset(out, 0, HEADER_BYTES);
    return HEADER_BYTES;
}

/// Return: whether it fitted; *size has grown then.
static bool put_question(uint8_t *out, size_t capacity, size_t *size, const struct name *name,
                         unsigned type) {
    if (capacity - *size < name->size + 4u)
        return false;
    memcpy(out + *size, name->labels, name->size);
    *size += name->size;
    ib_put_be16(out + *size, (uint16_t)type);
    ib_put_be16(out + *size + 2, CLASS_IN | UNICAST_WANTED);
    *size += 4;
    ib_put_be16(out + 4, (uint16_t)(ib_get_be16(out + 4) + 1));
    return true;
}

int ib_mdns_question(const char *type, uint8_t *out, size_t capacity) {
    struct name name;
    if (!name_from_text(&name, type))
        return -EINVAL;
    if (capacity < HEADER_BYTES)
        return -EMSGSIZE;
    size_t size = begin_questions(out);
    return put_question(out, capacity, &size, &name, TYPE_PTR) ? (int)size : -EMSGSIZE;
}

int ib_mdns_follow_up(const struct ib_mdns_list *self, const char *type, uint8_t *out,
                      size_t capacity) {
    struct name service;
    if (capacity < HEADER_BYTES || !name_from_text(&service, type))
        return 0;
    size_t size = begin_questions(out);
    for (unsigned i = 0; i < self->count; i++) {
        const struct ib_mdns_found *found = &self->found[i];
        struct name name;
        if (found->port == 0 || !found->model[0]) {
            size_t length = strlen(found->instance);
            if (1 + length + service.size > sizeof name.labels)
                continue;
            name.labels[0] = (uint8_t)length;
            memcpy(name.labels + 1, found->instance, length);
            memcpy(name.labels + 1 + length, service.labels, service.size);
            name.size = (unsigned)(1 + length + service.size);
            put_question(out, capacity, &size, &name, TYPE_ANY);
        } else if (!found->address[0] && name_from_text(&name, found->host)) {
            put_question(out, capacity, &size, &name, TYPE_A);
        }
    }
    return size > HEADER_BYTES ? (int)size : 0;
}
