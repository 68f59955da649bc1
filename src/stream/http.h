/// One connection of an HTTP/1.1 server: requests out of bytes, answers into bytes.
///
/// Keep-alive, pipelining, HEAD, `Expect: 100-continue`, deadlines and every limit are here; what a
/// request means is its owner's business. Bodies come with a Content-Length only. No heap: the room
/// for long bodies is the owner's, and answers are sent from where they lie.
///
/// The owner's loop: feed; while `next` says something, act; pull. An answer may come much later:
/// until then nothing more of this client is looked at.
/// Source:  RFC 9110, RFC 9112.
#ifndef IB_STREAM_HTTP_H
#define IB_STREAM_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/message.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_HTTP_REQUEST_US 10000000u ///< from a request's first byte to its last
#define IB_HTTP_IDLE_US 75000000u    ///< between requests
#define IB_HTTP_BODY_BYTES 65536u    ///< longest body that is ever taken
#define IB_HTTP_HEAD_OUT_BYTES                                                                     \
    2048u ///< longest head of an answer, with short bodies in the same packet
#define IB_HTTP_SLICE_BYTES 65536u ///< longest piece of an answer that is given out at once

/// What the owner is told, one thing at a time.
enum ib_http_event {
    IB_HTTP_NOTHING,
    IB_HTTP_HEAD,    ///< a head is here: ib_http_accept it, or answer already
    IB_HTTP_REQUEST, ///< the accepted request is here with its body: answer, now or later
    IB_HTTP_BAD,     ///< `status` and `problem` say what is wrong: answer; the connection then ends
};

enum ib_http_body {
    IB_HTTP_WHOLE,   ///< `bytes`, kept until ib_http_next says anything again, or the end
    IB_HTTP_PIECES,  ///< `size` bytes that the owner hands out itself, see ib_http_piece
    IB_HTTP_ENDLESS, ///< the same without end: the connection is this answer's
    IB_HTTP_UPGRADE, ///< another protocol from here on: what is fed is the owner's
};

struct ib_http_answer {
    int status;
    const char *type;    ///< Content-Type; NULL: none
    const char *headers; ///< more lines, each with its CR LF; NULL: none. Borrowed, like `type`
    enum ib_http_body body;
    const void *bytes;
    uint64_t size;
    bool close; ///< the connection ends with it
};

struct ib_http_chunk {
    const void *bytes; ///< borrowed until the next call
    size_t size;       ///< 0: nothing now
    bool hang_up;      ///< after these bytes
};

enum ib_http_state {
    IB_HTTP_READING,   ///< a head, or waiting for one
    IB_HTTP_OFFERED,   ///< IB_HTTP_HEAD was said: accept or answer
    IB_HTTP_BODYING,   ///< accepted, its body is on its way
    IB_HTTP_ANSWERING, ///< IB_HTTP_REQUEST or IB_HTTP_BAD was said
    IB_HTTP_SENDING,
    IB_HTTP_UPGRADED,
    IB_HTTP_OVER,
};

struct ib_http {
    struct ib_message message; ///< the request, from HEAD until the next event
    int status;                ///< BAD: 400, 408, 411, 413, …
    const char *problem;       ///< BAD: in words, constant
    bool is_head;              ///< the answer goes without its body
    enum ib_http_state state;
    bool told;  ///< what the state has to say was said
    bool last;  ///< the connection ends with this answer
    bool go_on; ///< "100 Continue" is to be sent
    uint64_t began_us;
    enum ib_http_body body;
    const uint8_t *bytes; ///< of the answer, what is left
    uint64_t left;
    size_t out_size; ///< of `out`, still to be given
    uint8_t *room;   ///< where the request is gathered: `own`, or the owner's
    size_t capacity;
    size_t size;
    uint8_t own[IB_MESSAGE_HEAD_BYTES];
    char out[IB_HTTP_HEAD_OUT_BYTES];
};

void ib_http_init(struct ib_http *self, uint64_t now_us);

/// Return: how many bytes were taken; the rest is offered again after the next pull. None are taken
///         while a request is being answered, nor after an upgrade.
size_t ib_http_feed(struct ib_http *self, const uint8_t *bytes, size_t size, uint64_t now_us);

/// What is there to act upon. Each thing is said once.
enum ib_http_event ib_http_next(struct ib_http *self, uint64_t now_us);

/// HEAD: how many bytes of room the whole request needs; `own` has 8192.
size_t ib_http_needs(const struct ib_http *self);
/// HEAD: go on with the body. `room` NULL: it fits the session's own; else it is kept until the next
/// event of another request, or the end.
void ib_http_accept(struct ib_http *self, uint8_t *room, size_t capacity);

/// After HEAD, REQUEST or BAD. Content-Length, Connection and the status line come by themselves.
/// Errors: IB_E_NO_SPACE when the headers do not fit: nothing is sent then, and another answer must be
///         given.
int ib_http_answer(struct ib_http *self, const struct ib_http_answer *answer);

/// `busy`: earlier bytes are unsent. Nothing is given out then.
void ib_http_pull(struct ib_http *self, uint64_t now_us, bool busy, struct ib_http_chunk *out);

/// PIECES and ENDLESS: how many bytes the owner may hand out now, past its head; 0: not its turn.
uint64_t ib_http_piece(const struct ib_http *self);
/// So many were handed out.
void ib_http_gave(struct ib_http *self, size_t size, uint64_t now_us);
/// PIECES: the rest cannot be had (the file is gone): the connection ends, the client sees it short.
void ib_http_abandon(struct ib_http *self);

/// Bytes that came behind the request of an upgrade: they are the new protocol's.
size_t ib_http_rest(const struct ib_http *self, const uint8_t **bytes);
/// So many of them were taken.
void ib_http_took(struct ib_http *self, size_t size);

/// When to call ib_http_next even without bytes; UINT64_MAX while an answer is made or sent.
uint64_t ib_http_due(const struct ib_http *self);
/// Nothing is under way: it may be closed.
bool ib_http_idle(const struct ib_http *self);

#ifdef __cplusplus
}
#endif

#endif
