/// The server's end of one WebSocket, through wslay: what the client sends, and the control frames
/// that answer it. No I/O: bytes in, bytes out.
///
/// Frames to the client that carry data are not made here: their header is ib_websocket_header's and
/// their payload is sent from where it lies, the same bytes to everybody.
///
/// Source:  RFC 6455.
#ifndef IB_PORTS_LINUX_WEBSOCKET_H
#define IB_PORTS_LINUX_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IB_WEBSOCKET_MESSAGE_BYTES 4096 ///< longest message from a client; more is closed with 1009
#define IB_WEBSOCKET_HEADER_BYTES 10
#define IB_WEBSOCKET_ACCEPT_BYTES 29    ///< with its NUL
#define IB_WEBSOCKET_CONTROL_BYTES 1024 ///< room that is enough for one pull

/// Close codes (RFC 6455, section 7.4.1).
enum ib_websocket_code {
    IB_WEBSOCKET_NORMAL = 1000,
    IB_WEBSOCKET_GOING_AWAY = 1001,
    IB_WEBSOCKET_PROTOCOL_ERROR = 1002,
    IB_WEBSOCKET_BAD_TEXT = 1007,
    IB_WEBSOCKET_POLICY = 1008,
    IB_WEBSOCKET_TOO_BIG = 1009,
};

enum ib_websocket_kind { IB_WEBSOCKET_TEXT = 1, IB_WEBSOCKET_BINARY = 2 };

struct ib_websocket;

/// Sec-WebSocket-Accept of a Sec-WebSocket-Key.
/// Return: false when `key` is not 16 bytes in base64.
bool ib_websocket_accept(const char *key, size_t size, char out[IB_WEBSOCKET_ACCEPT_BYTES]);

/// A client has whole messages shown to `message` (may be NULL: they are only checked).
/// Errors: IB_E_NO_SPACE.
int ib_websocket_open(struct ib_websocket **out,
                      void (*message)(void *context, enum ib_websocket_kind kind,
                                      const uint8_t *bytes, size_t size),
                      void *context);
void ib_websocket_free(struct ib_websocket *self);

/// Take bytes from the client. While answers of earlier ones wait to be pulled, none are taken: a
/// client that only pings and never reads costs nothing.
/// Return: how many were taken.
size_t ib_websocket_feed(struct ib_websocket *self, const uint8_t *bytes, size_t size);

/// Control frames to send: pong, close.
/// Shape:  `capacity` at least IB_WEBSOCKET_CONTROL_BYTES.
/// Return: how many bytes; 0: none.
size_t ib_websocket_pull(struct ib_websocket *self, uint8_t *out, size_t capacity);

/// Begin to close; the close frame comes with the next pull.
void ib_websocket_close(struct ib_websocket *self, enum ib_websocket_code code);
/// A close frame has gone or goes: no data may follow it.
bool ib_websocket_closing(const struct ib_websocket *self);
/// All is said: the connection can be closed (the server closes it first, RFC 6455, 7.1.1).
bool ib_websocket_over(const struct ib_websocket *self);

/// The header of an unmasked, unfragmented frame to a client.
/// Return: its size.
size_t ib_websocket_header(uint8_t out[IB_WEBSOCKET_HEADER_BYTES], enum ib_websocket_kind kind,
                           uint64_t payload_bytes);

#endif
