/// Answers: the headers that all of them have, JSON bodies, and errors in words.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apps/ironbow/http_session.h"
#include "core/status.h"

void ib_app_http_header(struct ib_app_http_session *self, const char *name, const char *format,
                        ...) {
    char value[512];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    size_t room = sizeof self->headers - self->headers_size;
    int size = snprintf(self->headers + self->headers_size, room, "%s: %s\r\n", name, value);
    if (size > 0 && (size_t)size < room)
        self->headers_size += (size_t)size;
    self->headers[self->headers_size] = 0;
}

/// RFC 9110, 5.6.7, whatever the machine's language.
static void put_date(struct ib_app_http_session *self) {
    static const char DAYS[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        ib_app_http_header(self, "Date", "%s, %02d %s %d %02d:%02d:%02d GMT", DAYS[utc.tm_wday],
                           utc.tm_mday, MONTHS[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour,
                           utc.tm_min, utc.tm_sec);
}

void ib_app_http_answer(struct ib_app_http_session *self, struct ib_http_answer *answer) {
    put_date(self);
    ib_app_http_header(self, "X-Content-Type-Options", "nosniff");
    ib_app_http_header(self, "Referrer-Policy", "no-referrer");
    if (!strstr(self->headers, "Cache-Control"))
        ib_app_http_header(self, "Cache-Control", "no-store");
    self->door->counters.refused += answer->status >= 400 && answer->status < 500;
    self->door->counters.failed += answer->status >= 500;
    answer->headers = self->headers;
    if (ib_http_answer(&self->wire, answer) != IB_OK) {
        static const char TEXT[] = "{\"error\":\"the answer's headers are too long\"}";
        const struct ib_http_answer plain = {.status = 500,
                                             .type = "application/json",
                                             .bytes = TEXT,
                                             .size = sizeof TEXT - 1,
                                             .close = true};
        (void)ib_http_answer(&self->wire, &plain);
    }
    self->headers_size = 0;
    self->headers[0] = 0;
    self->poll = NULL;
}

void ib_app_http_bytes(struct ib_app_http_session *self, int status, const char *type,
                       const void *bytes, size_t size) {
    struct ib_http_answer answer = {.status = status, .type = type, .bytes = bytes, .size = size};
    ib_app_http_answer(self, &answer);
}

void ib_app_http_owned(struct ib_app_http_session *self, int status, const char *type, void *bytes,
                       size_t size) {
    free(self->body);
    self->body = bytes;
    ib_app_http_bytes(self, status, type, bytes, size);
}

void ib_app_http_empty(struct ib_app_http_session *self, int status) {
    ib_app_http_bytes(self, status, "application/json", "{}", 2);
}

struct ib_json_writer *ib_app_http_json(struct ib_app_http_session *self, size_t capacity) {
    free(self->body);
    self->body = malloc(capacity);
    if (!self->body) {
        ib_app_http_error(self, 503, "there is too little memory");
        return NULL;
    }
    ib_json_begin(&self->json, (char *)self->body, capacity);
    return &self->json;
}

void ib_app_http_json_end(struct ib_app_http_session *self, int status) {
    int size = ib_json_finish(&self->json);
    if (size < 0)
        ib_app_http_error(self, 500, "the answer does not fit");
    else
        ib_app_http_bytes(self, status, "application/json", self->body, (size_t)size);
}

void ib_app_http_error(struct ib_app_http_session *self, int status, const char *format, ...) {
    char text[1024], body[2048];
    struct ib_json_writer json;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ib_json_begin(&json, body, sizeof body);
    ib_json_open_object(&json, NULL);
    ib_json_put_string(&json, "error", text);
    ib_json_close_object(&json);
    int size = ib_json_finish(&json);
    char *copy = size > 0 ? malloc((size_t)size) : NULL;
    if (copy)
        memcpy(copy, body, (size_t)size);
    ib_app_http_owned(self, status, "application/json", copy, copy ? (size_t)size : 0);
}

// ---- what a request says ----

/// Whether nothing but white space is left behind the value.
static bool is_whole(const struct ib_json_value *value, struct ib_slice body) {
    const char *end = value->text + value->size;
    for (; end < body.at + body.size; end++) {
        if (*end != ' ' && *end != '\t' && *end != '\r' && *end != '\n')
            return false;
    }
    return true;
}

/// Return: the index among `members`, -1 when it is none of them.
static int index_of(const struct ib_json_value *key, const char *const *members, char *name,
                    size_t size) {
    if (ib_json_string(key, name, size) < 0 || memmem(key->text, key->size, "\\u0000", 6))
        snprintf(name, size, "%.*s", (int)(key->size < 40 ? key->size : 40), key->text);
    for (int i = 0; members[i]; i++) {
        if (strcmp(members[i], name) == 0)
            return i;
    }
    return -1;
}

bool ib_app_http_object(struct ib_app_http_session *self, const char *const *members,
                        struct ib_json_value *out) {
    static const char NONE[] = "{}";
    struct ib_slice body = self->wire.message.body;
    struct ib_json_value key, value;
    char name[64];
    uint32_t seen = 0;
    if (body.size == 0) // what is all optional may be left out
        body = (struct ib_slice){NONE, sizeof NONE - 1};
    if (ib_json_parse(out, body.at, body.size) != IB_OK || out->type != IB_JSON_OBJECT ||
        !is_whole(out, body)) {
        ib_app_http_error(self, 400, "the body must be a JSON object");
        return false;
    }
    for (size_t at = 0; ib_json_next(out, &at, &key, &value) == 1;) {
        int index = index_of(&key, members, name, sizeof name);
        if (index >= 0 && !(seen & 1u << index)) {
            seen |= 1u << index;
            continue;
        }
        ib_app_http_error(self, 400, "%s: %s", name,
                          index < 0 ? "there is no such member" : "is there twice");
        return false;
    }
    return true;
}

int ib_app_http_number(struct ib_app_http_session *self, const struct ib_json_value *object,
                       const char *name, int32_t least, int32_t most, int32_t *out) {
    struct ib_json_value value;
    double real;
    if (ib_json_member(object, name, &value) != IB_OK)
        return 0;
    if (ib_json_double(&value, &real) == IB_OK && real >= least && real <= most &&
        real == (double)(int32_t)real) {
        *out = (int32_t)real;
        return 1;
    }
    ib_app_http_error(self, 400, "%s: must be a whole number from %" PRId32 " to %" PRId32, name,
                      least, most);
    return -1;
}

int ib_app_http_text(struct ib_app_http_session *self, const struct ib_json_value *object,
                     const char *name, char *out, size_t capacity) {
    struct ib_json_value value;
    if (ib_json_member(object, name, &value) != IB_OK)
        return 0;
    int size = ib_json_string(&value, out, capacity);
    // An escaped NUL would end the text before its end.
    if (size >= 0 && !memmem(value.text, value.size, "\\u0000", 6))
        return 1;
    ib_app_http_error(self, 400, "%s: must be a text of at most %zu bytes", name, capacity - 1);
    return -1;
}
