/// Reading, answering, sending: one after the other, request by request.
#include "stream/http.h"

#include <string.h>

#include "core/check.h"
#include "core/status.h"
#include "core/text.h"

static const char CONTINUE[] = "HTTP/1.1 100 Continue\r\n\r\n";

/// A request begins in the session's own buffer, with what came behind the one before.
static void begin_request(struct ib_http *self, uint64_t now_us) {
    ib_message_begin(&self->message, IB_MESSAGE_HTTP, IB_HTTP_BODY_BYTES);
    self->state = IB_HTTP_READING;
    self->told = false;
    self->is_head = self->last = self->go_on = false;
    self->status = 0;
    self->problem = NULL;
    self->began_us = now_us;
    self->room = self->own;
    self->capacity = sizeof self->own;
}

void ib_http_init(struct ib_http *self, uint64_t now_us) {
    self->size = self->out_size = 0;
    self->left = 0;
    begin_request(self, now_us);
}

// ---- requests ----

static void refuse(struct ib_http *self, int status, const char *problem) {
    self->status = status;
    self->problem = problem;
    self->state = IB_HTTP_ANSWERING;
    self->told = false;
    self->last = true;
}

/// The message's slices lie in the buffer: it is looked at again whenever bytes came.
static void look(struct ib_http *self) {
    switch (ib_message_parse(&self->message, self->room, self->size)) {
    case IB_MESSAGE_BAD:
        refuse(self, self->message.status, self->message.problem);
        return;
    case IB_MESSAGE_MORE:
        if (self->state == IB_HTTP_READING && self->message.head_bytes > 0)
            self->state = IB_HTTP_OFFERED;
        return;
    case IB_MESSAGE_COMPLETE:
        self->state = self->state == IB_HTTP_READING ? IB_HTTP_OFFERED : IB_HTTP_ANSWERING;
        return;
    }
}

size_t ib_http_feed(struct ib_http *self, const uint8_t *bytes, size_t size, uint64_t now_us) {
    if (self->state != IB_HTTP_READING && self->state != IB_HTTP_BODYING)
        return 0;
    size_t room = self->capacity - self->size;
    // Behind an accepted body the next request begins: it waits in the pump.
    if (self->state == IB_HTTP_BODYING) {
        size_t wanted = ib_http_needs(self) - self->size;
        room = wanted < room ? wanted : room;
    }
    size_t taken = size < room ? size : room;
    if (taken == 0)
        return 0;
    if (self->size == 0)
        self->began_us = now_us;
    memcpy(self->room + self->size, bytes, taken);
    self->size += taken;
    look(self);
    return taken;
}

enum ib_http_event ib_http_next(struct ib_http *self, uint64_t now_us) {
    if (ib_http_due(self) <= now_us) {
        if (self->size == 0)
            self->state = IB_HTTP_OVER;
        else
            refuse(self, 408, "the request did not come to its end in time");
    }
    if (self->told)
        return IB_HTTP_NOTHING;
    if (self->state == IB_HTTP_OFFERED) {
        self->told = true;
        self->is_head = ib_slice_is(self->message.method, "HEAD");
        self->last = !ib_message_keeps_connection(&self->message);
        return IB_HTTP_HEAD;
    }
    if (self->state == IB_HTTP_ANSWERING) {
        self->told = true;
        return self->status ? IB_HTTP_BAD : IB_HTTP_REQUEST;
    }
    return IB_HTTP_NOTHING;
}

size_t ib_http_needs(const struct ib_http *self) {
    return self->message.head_bytes + (size_t)self->message.content_length;
}

void ib_http_accept(struct ib_http *self, uint8_t *room, size_t capacity) {
    IB_ASSERT(self->state == IB_HTTP_OFFERED && self->told);
    size_t needed = ib_http_needs(self);
    self->state = IB_HTTP_BODYING;
    self->told = false;
    if (room) {
        // What lies behind the request cannot: it would not have been asked to move otherwise.
        IB_ASSERT(capacity >= needed && self->size <= needed);
        memcpy(room, self->room, self->size);
        self->room = room;
        self->capacity = capacity;
    }
    IB_ASSERT(needed <= self->capacity);
    if (self->size < needed) {
        const struct ib_slice *expect = ib_message_header(&self->message, "Expect");
        self->go_on = expect && self->message.minor >= 1 && ib_slice_same(*expect, "100-continue");
    }
    look(self);
}

// ---- answers ----

static void put_line(struct ib_text *text, const char *name, const char *value) {
    ib_text_str(text, name);
    ib_text_str(text, ": ");
    ib_text_str(text, value);
    ib_text_str(text, "\r\n");
}

/// A client of HTTP/1.0 knows no other way than the end of the connection; nor has 1.1 one for an
/// answer without end that is not chunked. A body that nobody wanted would be read as a request.
static bool is_last(const struct ib_http *self, const struct ib_http_answer *answer) {
    return self->last || answer->close || answer->body == IB_HTTP_ENDLESS ||
           (self->state == IB_HTTP_OFFERED && self->size < ib_http_needs(self));
}

static bool has_length(const struct ib_http_answer *answer) {
    return answer->body != IB_HTTP_ENDLESS && answer->status >= 200 && answer->status != 204 &&
           answer->status != 304;
}

static void print_head(struct ib_text *text, const struct ib_http_answer *answer, bool last,
                       bool old) {
    ib_text_str(text, "HTTP/1.1 ");
    ib_text_u64(text, (uint64_t)answer->status);
    ib_text_char(text, ' ');
    ib_text_str(text, ib_message_reason(answer->status));
    ib_text_str(text, "\r\n");
    if (answer->type)
        put_line(text, "Content-Type", answer->type);
    if (has_length(answer)) {
        ib_text_str(text, "Content-Length: ");
        ib_text_u64(text, answer->size);
        ib_text_str(text, "\r\n");
    }
    if (answer->headers)
        ib_text_str(text, answer->headers);
    if (answer->body != IB_HTTP_UPGRADE && (last || old))
        put_line(text, "Connection", last ? "close" : "keep-alive");
    ib_text_str(text, "\r\n");
}

int ib_http_answer(struct ib_http *self, const struct ib_http_answer *answer) {
    IB_ASSERT(self->told && (self->state == IB_HTTP_OFFERED || self->state == IB_HTTP_ANSWERING));
    bool last = is_last(self, answer);
    // Before anything was read the version is unknown.
    bool old = self->message.head_bytes > 0 && self->message.minor == 0;
    struct ib_text text;
    ib_text_init(&text, self->out, sizeof self->out);
    print_head(&text, answer, last, old);
    if (text.cut)
        return IB_E_NO_SPACE;
    self->out_size = text.size;
    self->last = last;
    self->go_on = false;
    self->body = answer->body;
    self->bytes = answer->bytes;
    self->left = answer->size;
    if (answer->body == IB_HTTP_ENDLESS)
        self->left = UINT64_MAX;
    if (self->is_head || answer->body == IB_HTTP_UPGRADE || answer->status == 304 ||
        answer->status == 204)
        self->left = 0;
    // A short body goes with its head, in one packet.
    if (answer->body == IB_HTTP_WHOLE && self->left <= sizeof self->out - self->out_size) {
        if (self->left > 0)
            memcpy(self->out + self->out_size, self->bytes, (size_t)self->left);
        self->out_size += (size_t)self->left;
        self->left = 0;
    }
    self->state = IB_HTTP_SENDING;
    return IB_OK;
}

/// Everything of an answer was given out. What lies behind its request is the next one's beginning.
static void end_answer(struct ib_http *self, uint64_t now_us) {
    size_t used = self->message.head_bytes + self->message.body.size;
    if (self->last && self->body != IB_HTTP_UPGRADE) {
        self->state = IB_HTTP_OVER;
        return;
    }
    // With a room of the owner's nothing does.
    size_t behind = self->room == self->own ? self->size - used : 0;
    if (behind > 0)
        memmove(self->own, self->own + used, behind);
    self->size = behind;
    if (self->body == IB_HTTP_UPGRADE) {
        self->state = IB_HTTP_UPGRADED;
        return;
    }
    begin_request(self, now_us);
    if (behind > 0)
        look(self);
}

void ib_http_pull(struct ib_http *self, uint64_t now_us, bool busy, struct ib_http_chunk *out) {
    *out = (struct ib_http_chunk){0};
    if (self->state == IB_HTTP_OVER) {
        out->hang_up = true;
        return;
    }
    if (busy)
        return;
    if (self->go_on && self->state == IB_HTTP_BODYING) {
        self->go_on = false;
        *out = (struct ib_http_chunk){.bytes = CONTINUE, .size = sizeof CONTINUE - 1};
        return;
    }
    if (self->state != IB_HTTP_SENDING)
        return;
    if (self->out_size > 0) {
        *out = (struct ib_http_chunk){.bytes = self->out, .size = self->out_size};
        self->out_size = 0;
    } else if (self->body == IB_HTTP_WHOLE && self->left > 0) {
        size_t size = self->left < IB_HTTP_SLICE_BYTES ? (size_t)self->left : IB_HTTP_SLICE_BYTES;
        *out = (struct ib_http_chunk){.bytes = self->bytes, .size = size};
        self->bytes += size;
        self->left -= size;
    }
    if (self->left == 0) {
        end_answer(self, now_us);
        out->hang_up = self->state == IB_HTTP_OVER;
    }
}

uint64_t ib_http_piece(const struct ib_http *self) {
    bool turn = self->state == IB_HTTP_SENDING && self->out_size == 0 &&
                (self->body == IB_HTTP_PIECES || self->body == IB_HTTP_ENDLESS);
    return turn ? self->left : 0;
}

void ib_http_gave(struct ib_http *self, size_t size, uint64_t now_us) {
    IB_ASSERT(size <= ib_http_piece(self));
    if (self->body == IB_HTTP_ENDLESS)
        return;
    self->left -= size;
    if (self->left == 0)
        end_answer(self, now_us);
}

void ib_http_abandon(struct ib_http *self) {
    self->state = IB_HTTP_OVER;
}

size_t ib_http_rest(const struct ib_http *self, const uint8_t **bytes) {
    *bytes = self->own;
    return self->state == IB_HTTP_UPGRADED ? self->size : 0;
}

void ib_http_took(struct ib_http *self, size_t size) {
    IB_ASSERT(self->state == IB_HTTP_UPGRADED && size <= self->size);
    self->size -= size;
    memmove(self->own, self->own + size, self->size);
}

uint64_t ib_http_due(const struct ib_http *self) {
    if (self->state == IB_HTTP_READING && self->size == 0)
        return self->began_us + IB_HTTP_IDLE_US;
    if (self->state == IB_HTTP_READING || self->state == IB_HTTP_BODYING)
        return self->began_us + IB_HTTP_REQUEST_US;
    return UINT64_MAX;
}

bool ib_http_idle(const struct ib_http *self) {
    return self->state == IB_HTTP_READING && self->size == 0;
}
