/// Requests of HTTP/1.1 and RTSP/1.0, which share one grammar: a start line, headers, perhaps a body.
///
/// Strict, so that nobody in between can read a request differently: lines end with CR LF and
/// nothing else, no folded headers, no space before a colon, one length. The buffer is the caller's;
/// what is found are slices of it. Interleaved `$` frames of RTSP are not messages: their reader
/// takes them out first. Answers are not parsed: clients are somebody else.
///
/// Source:  RFC 9112 (HTTP/1.1), RFC 2326 sections 4 to 6 (RTSP/1.0).
#ifndef IB_STREAM_MESSAGE_H
#define IB_STREAM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MESSAGE_HEADERS 48      ///< most headers of one request
#define IB_MESSAGE_HEAD_BYTES 8192 ///< most of start line and headers together
#define IB_MESSAGE_METHOD_BYTES 32
#define IB_MESSAGE_TARGET_BYTES 2048

enum ib_message_kind {
    IB_MESSAGE_HTTP, ///< HTTP/1.0 and HTTP/1.1
    IB_MESSAGE_RTSP, ///< RTSP/1.0
};

enum ib_message_result {
    IB_MESSAGE_BAD,      ///< `status` and `problem` say why; nothing after it can be trusted
    IB_MESSAGE_MORE,     ///< so far, so good
    IB_MESSAGE_COMPLETE, ///< the first `used` bytes are one request
};

struct ib_message_header {
    struct ib_slice name;
    struct ib_slice value; ///< trimmed; may be empty
};

struct ib_message {
    struct ib_slice method;
    struct ib_slice target;  ///< as sent: visible ASCII, see target.h
    unsigned minor;          ///< of the version: HTTP/1.x
    unsigned count;          ///< headers
    size_t head_bytes;       ///< of start line and headers with the empty line; 0: not all here yet
    struct ib_slice body;    ///< complete when the message is
    uint64_t content_length; ///< 0: none, or no header says so
    bool has_length;         ///< a Content-Length was there
    size_t used;         ///< bytes looked at; COMPLETE: what to take away; BAD: where it happened
    int status;          ///< BAD: 400, 411, 413, 414, 431, 501 or 505, else 0
    const char *problem; ///< BAD: in words, constant
    struct ib_message_header headers[IB_MESSAGE_HEADERS];
    /// The parser's own.
    enum ib_message_kind kind;
    size_t body_most;
    uintptr_t place;
    size_t mark;
    uint8_t step;
};

/// Before the first byte of each request.
/// Units:  `body_most` in bytes; a request that announces more is refused with 413.
void ib_message_begin(struct ib_message *self, enum ib_message_kind kind, size_t body_most);

/// Look at what is there of one request: all of it from its first byte on, each time.
/// Shape:  `bytes` grows from call to call and keeps what it had. Bytes of a next request may follow.
/// Owns:   slices point into `bytes`. When the buffer has moved since the last call, reading begins
///         again: correct, but not for nothing.
/// Return: what there is. The result does not depend on how the bytes were cut into calls.
///         `method`, `target` and headers may be read as soon as `head_bytes` is not 0.
/// Cost:   each byte of the head is looked at once, the body never.
enum ib_message_result ib_message_parse(struct ib_message *self, const uint8_t *bytes, size_t size);

/// The first header of that name (case does not matter), or NULL.
const struct ib_slice *ib_message_header(const struct ib_message *self, const char *name);
/// How many headers have that name.
unsigned ib_message_header_count(const struct ib_message *self, const char *name);
/// Whether `token` is an element of the comma-separated list that all headers of that name make
/// together (`Connection: keep-alive, Upgrade`); case does not matter.
bool ib_message_has_token(const struct ib_message *self, const char *name, const char *token);
/// HTTP: whether the connection stays after the answer (RFC 9112, section 9.3).
bool ib_message_keeps_connection(const struct ib_message *self);

/// "Bad Request", "Not Found", …: the reason phrase of a status of HTTP or RTSP; "Error" when unknown.
/// Owns:   constant.
const char *ib_message_reason(int status);

#ifdef __cplusplus
}
#endif

#endif
