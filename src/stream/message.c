/// The parser of requests: one step a byte, so that it does not matter where calls cut them.
#include "stream/message.h"

#include <string.h>

#include "core/check.h"

enum step {
    BEFORE,    ///< empty lines that may come first
    BEFORE_LF, ///< the LF of one
    METHOD,
    TARGET,
    VERSION,
    START_LF, ///< of the start line
    LINE,     ///< first character of a header, or of the empty line
    NAME,
    VALUE, ///< with the spaces around it
    VALUE_LF,
    END_LF, ///< of the empty line
    BODY,
    COMPLETE,
    BAD,
};

void ib_message_begin(struct ib_message *self, enum ib_message_kind kind, size_t body_most) {
    // The headers are filled as they come: 1.5 KB need no clearing for each request.
    memset(self, 0, offsetof(struct ib_message, headers));
    self->kind = kind;
    self->body_most = body_most;
    self->place = 0;
    self->mark = 0;
    self->step = BEFORE;
}

static void refuse(struct ib_message *self, int status, const char *problem) {
    self->status = status;
    self->problem = problem;
    self->step = BAD;
}

/// RFC 9110, 5.6.2.
static bool is_token(uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c > ' ' && c < 0x7F && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_visible(uint8_t c) {
    return c > ' ' && c < 0x7F;
}

/// RFC 9110, 5.5: visible characters, spaces, tabs and the bytes of other character sets.
static bool is_value(uint8_t c) {
    return c == '\t' || (c >= ' ' && c != 0x7F);
}

/// The characters since `mark`.
static struct ib_slice since_mark(const struct ib_message *self, const uint8_t *bytes) {
    return (struct ib_slice){(const char *)bytes + self->mark, self->used - self->mark};
}

static void take_method(struct ib_message *self, const uint8_t *bytes, uint8_t c) {
    if (is_token(c)) {
        if (self->used - self->mark >= IB_MESSAGE_METHOD_BYTES)
            refuse(self, 501, "the method is longer than any we know");
    } else if (c == ' ' && self->used > self->mark) {
        self->method = since_mark(self, bytes);
        self->mark = self->used + 1;
        self->step = TARGET;
    } else {
        refuse(self, 400, "this is no method");
    }
}

static void take_target(struct ib_message *self, const uint8_t *bytes, uint8_t c) {
    if (is_visible(c)) {
        if (self->used - self->mark >= IB_MESSAGE_TARGET_BYTES)
            refuse(self, 414, "the target is too long");
    } else if (c == ' ' && self->used > self->mark) {
        self->target = since_mark(self, bytes);
        self->mark = self->used + 1;
        self->step = VERSION;
    } else {
        refuse(self, 400, "the target has a character that does not belong there, or no version");
    }
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "HTTP/1.1" or "RTSP/1.0", which are as long as each other.
static void end_version(struct ib_message *self, const uint8_t *bytes) {
    const char *name = self->kind == IB_MESSAGE_HTTP ? "HTTP/" : "RTSP/";
    struct ib_slice version = since_mark(self, bytes);
    self->step = START_LF;
    if (version.size != 8 || memcmp(version.at, name, 5) != 0 || !is_digit(version.at[5]) ||
        version.at[6] != '.' || !is_digit(version.at[7])) {
        refuse(self, 400, "this is no version of the protocol");
        return;
    }
    self->minor = (unsigned)(version.at[7] - '0');
    if (version.at[5] != '1' || (self->kind == IB_MESSAGE_RTSP && self->minor != 0))
        refuse(self, 505, "another version of the protocol");
}

static void take_version(struct ib_message *self, const uint8_t *bytes, uint8_t c) {
    if (c == '\r')
        end_version(self, bytes);
    else if (!is_visible(c) || self->used - self->mark >= 8)
        refuse(self, 400, "this is no version of the protocol");
}

static void take_line(struct ib_message *self, uint8_t c) {
    if (c == '\r')
        self->step = END_LF;
    else if (c == ' ' || c == '\t')
        refuse(self, 400, "a header may not be folded");
    else if (!is_token(c))
        refuse(self, 400, "this is no name of a header");
    else if (self->count == IB_MESSAGE_HEADERS)
        refuse(self, 431, "too many headers");
    else
        self->mark = self->used, self->step = NAME;
}

static void take_name(struct ib_message *self, const uint8_t *bytes, uint8_t c) {
    if (c == ':') {
        self->headers[self->count].name = since_mark(self, bytes);
        self->mark = self->used + 1;
        self->step = VALUE;
    } else if (!is_token(c)) {
        refuse(self, 400, "this is no name of a header");
    }
}

static void take_value(struct ib_message *self, const uint8_t *bytes, uint8_t c) {
    if (c == '\r') {
        self->headers[self->count++].value = ib_slice_trim(since_mark(self, bytes));
        self->step = VALUE_LF;
    } else if (!is_value(c)) {
        refuse(self, 400, "a header has a character that does not belong there");
    }
}

static bool is_number(struct ib_slice value) {
    for (size_t i = 0; i < value.size; i++) {
        if (!is_digit(value.at[i]))
            return false;
    }
    return value.size > 0;
}

/// RFC 9112, 6.3: a list of equal numbers would be allowed; it is refused, as only one is ever meant.
static bool read_lengths(struct ib_message *self) {
    for (unsigned i = 0; i < self->count; i++) {
        uint64_t length;
        struct ib_slice value = self->headers[i].value;
        if (!ib_slice_same(self->headers[i].name, "Content-Length"))
            continue;
        if (!is_number(value)) {
            refuse(self, 400, "Content-Length is no number");
            return false;
        }
        if (!ib_slice_u64(value, self->body_most, &length)) {
            refuse(self, 413, "the body is larger than what is taken");
            return false;
        }
        if (self->has_length && length != self->content_length) {
            refuse(self, 400, "two lengths that differ");
            return false;
        }
        self->has_length = true;
        self->content_length = length;
    }
    return true;
}

/// The empty line is here: what the headers mean together.
static void end_head(struct ib_message *self, const uint8_t *bytes) {
    const struct ib_slice *coding = ib_message_header(self, "Transfer-Encoding");
    if (coding) {
        if (ib_slice_same(*coding, "chunked"))
            refuse(self, 411, "the body must come with a Content-Length, not in chunks");
        else
            refuse(self, 501, "no transfer coding is known");
        return;
    }
    unsigned hosts = ib_message_header_count(self, "Host");
    if (self->kind == IB_MESSAGE_HTTP && (hosts > 1 || (hosts == 0 && self->minor >= 1))) {
        refuse(self, 400, "there must be one Host");
        return;
    }
    if (!read_lengths(self))
        return;
    self->head_bytes = self->used + 1;
    self->body = (struct ib_slice){(const char *)bytes + self->head_bytes, 0};
    self->step = BODY;
}

/// `c` should be the LF of a line.
static bool ends_line(struct ib_message *self, uint8_t c, enum step next) {
    self->step = (uint8_t)next;
    if (c == '\n')
        return true;
    refuse(self, 400, "a CR without its LF");
    return false;
}

static void take(struct ib_message *self, const uint8_t *bytes, uint8_t c) {
    switch ((enum step)self->step) {
    case BEFORE:
        if (c == '\r') {
            self->step = BEFORE_LF;
            break;
        }
        self->mark = self->used;
        self->step = METHOD;
        take_method(self, bytes, c);
        break;
    case BEFORE_LF:
        ends_line(self, c, BEFORE);
        break;
    case METHOD:
        take_method(self, bytes, c);
        break;
    case TARGET:
        take_target(self, bytes, c);
        break;
    case VERSION:
        take_version(self, bytes, c);
        break;
    case START_LF:
    case VALUE_LF:
        ends_line(self, c, LINE);
        break;
    case LINE:
        take_line(self, c);
        break;
    case NAME:
        take_name(self, bytes, c);
        break;
    case VALUE:
        take_value(self, bytes, c);
        break;
    case END_LF:
        if (ends_line(self, c, BODY))
            end_head(self, bytes);
        break;
    case BODY:
    case COMPLETE:
    case BAD:
        break;
    }
}

enum ib_message_result ib_message_parse(struct ib_message *self, const uint8_t *bytes,
                                        size_t size) {
    if (self->step == BAD)
        return IB_MESSAGE_BAD;
    if (self->place != (uintptr_t)bytes) {
        ib_message_begin(self, self->kind, self->body_most);
        self->place = (uintptr_t)bytes;
    }
    IB_ASSERT(size >= self->used);
    while (self->step < BODY && self->used < size) {
        take(self, bytes, bytes[self->used]);
        if (self->step == BAD)
            return IB_MESSAGE_BAD;
        self->used++;
        if (self->used >= IB_MESSAGE_HEAD_BYTES && self->step < BODY) {
            refuse(self, 431, "start line and headers are too long together");
            return IB_MESSAGE_BAD;
        }
    }
    if (self->step < BODY)
        return IB_MESSAGE_MORE;
    size_t here = size - self->head_bytes, whole = (size_t)self->content_length;
    self->body.size = here < whole ? here : whole;
    self->used = self->head_bytes + self->body.size;
    if (here < whole)
        return IB_MESSAGE_MORE;
    self->step = COMPLETE;
    return IB_MESSAGE_COMPLETE;
}

const struct ib_slice *ib_message_header(const struct ib_message *self, const char *name) {
    for (unsigned i = 0; i < self->count; i++) {
        if (ib_slice_same(self->headers[i].name, name))
            return &self->headers[i].value;
    }
    return NULL;
}

unsigned ib_message_header_count(const struct ib_message *self, const char *name) {
    unsigned count = 0;
    for (unsigned i = 0; i < self->count; i++)
        count += ib_slice_same(self->headers[i].name, name);
    return count;
}

bool ib_message_has_token(const struct ib_message *self, const char *name, const char *token) {
    struct ib_slice element;
    for (unsigned i = 0; i < self->count; i++) {
        struct ib_slice list = self->headers[i].value;
        if (!ib_slice_same(self->headers[i].name, name))
            continue;
        while (ib_slice_next(&list, ',', &element)) {
            if (ib_slice_same(element, token))
                return true;
        }
    }
    return false;
}

bool ib_message_keeps_connection(const struct ib_message *self) {
    if (ib_message_has_token(self, "Connection", "close"))
        return false;
    return self->minor >= 1 || ib_message_has_token(self, "Connection", "keep-alive");
}

const char *ib_message_reason(int status) {
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {204, "No Content"},
        {206, "Partial Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Parameter Not Understood"},
        {453, "Not Enough Bandwidth"},
        {454, "Session Not Found"},
        {455, "Method Not Valid in This State"},
        {456, "Header Field Not Valid for Resource"},
        {457, "Invalid Range"},
        {459, "Aggregate Operation Not Allowed"},
        {460, "Only Aggregate Operation Allowed"},
        {461, "Unsupported Transport"},
        {462, "Destination Unreachable"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "Version Not Supported"},
        {507, "Insufficient Storage"},
        {551, "Option Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Error";
}
