/// wslay's event interface between two buffers.
#include "ports/linux/websocket.h"

#include <mbedtls/sha1.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/status.h"

/// What wslay gets to see at once: a run of tiny pings then makes only so many pongs.
#define BITE_BYTES 256u

struct ib_websocket {
    wslay_event_context_ptr context;
    void (*message)(void *context, enum ib_websocket_kind kind, const uint8_t *bytes, size_t size);
    void *message_context;
    const uint8_t *in; ///< during feed
    size_t in_size;
    uint8_t *out; ///< during pull
    size_t out_size;
    size_t out_capacity;
    bool broken;  ///< no memory
    bool refused; ///< what came are no frames: wslay says nothing about that by itself
    bool told;    ///< … and 1002 has gone
};

bool ib_websocket_accept(const char *key, size_t size, char out[IB_WEBSOCKET_ACCEPT_BYTES]) {
    static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t nonce[18], digest[20];
    unsigned char text[24 + sizeof GUID - 1];
    if (size != 24 || ib_base64_decode(nonce, sizeof nonce, key, size) != 16)
        return false;
    memcpy(text, key, 24);
    memcpy(text + 24, GUID, sizeof GUID - 1);
    if (mbedtls_sha1_ret(text, sizeof text, digest) != 0)
        return false;
    out[ib_base64_encode(out, digest, sizeof digest)] = '\0';
    return true;
}

static ssize_t on_receive(wslay_event_context_ptr context, uint8_t *bytes, size_t size, int flags,
                          void *user) {
    struct ib_websocket *self = user;
    (void)flags;
    if (self->in_size == 0 || wslay_event_want_write(context)) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size = size < self->in_size ? size : self->in_size;
    size = size < BITE_BYTES ? size : BITE_BYTES;
    memcpy(bytes, self->in, size);
    self->in += size;
    self->in_size -= size;
    return (ssize_t)size;
}

static ssize_t on_send(wslay_event_context_ptr context, const uint8_t *bytes, size_t size,
                       int flags, void *user) {
    struct ib_websocket *self = user;
    size_t room = self->out_capacity - self->out_size;
    (void)flags;
    if (room == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size = size < room ? size : room;
    memcpy(self->out + self->out_size, bytes, size);
    self->out_size += size;
    return (ssize_t)size;
}

static void on_message(wslay_event_context_ptr context,
                       const struct wslay_event_on_msg_recv_arg *arg, void *user) {
    struct ib_websocket *self = user;
    (void)context;
    if (!self->message || wslay_is_ctrl_frame(arg->opcode))
        return;
    self->message(self->message_context,
                  arg->opcode == WSLAY_TEXT_FRAME ? IB_WEBSOCKET_TEXT : IB_WEBSOCKET_BINARY,
                  arg->msg, arg->msg_length);
}

int ib_websocket_open(struct ib_websocket **out,
                      void (*message)(void *context, enum ib_websocket_kind kind,
                                      const uint8_t *bytes, size_t size),
                      void *context) {
    static const struct wslay_event_callbacks CALLBACKS = {
        .recv_callback = on_receive,
        .send_callback = on_send,
        .on_msg_recv_callback = on_message,
    };
    struct ib_websocket *self = calloc(1, sizeof *self);
    *out = NULL;
    if (!self || wslay_event_context_server_init(&self->context, &CALLBACKS, self) != 0) {
        free(self);
        return IB_E_NO_SPACE;
    }
    wslay_event_config_set_max_recv_msg_length(self->context, IB_WEBSOCKET_MESSAGE_BYTES);
    self->message = message;
    self->message_context = context;
    *out = self;
    return IB_OK;
}

void ib_websocket_free(struct ib_websocket *self) {
    if (!self)
        return;
    wslay_event_context_free(self->context);
    free(self);
}

static bool is_deaf(const struct ib_websocket *self) {
    return self->broken || self->refused || !wslay_event_want_read(self->context);
}

size_t ib_websocket_feed(struct ib_websocket *self, const uint8_t *bytes, size_t size) {
    // After a close frame of either side nothing means anything any more.
    if (is_deaf(self))
        return size;
    self->in = bytes;
    self->in_size = size;
    int status = wslay_event_recv(self->context);
    self->broken = status == WSLAY_ERR_NOMEM;
    self->refused = status != 0 && !self->broken;
    size_t taken = size - self->in_size;
    self->in = NULL;
    self->in_size = 0;
    return is_deaf(self) ? size : taken;
}

size_t ib_websocket_pull(struct ib_websocket *self, uint8_t *out, size_t capacity) {
    static const uint8_t REFUSAL[] = {0x88, 2, IB_WEBSOCKET_PROTOCOL_ERROR >> 8,
                                      IB_WEBSOCKET_PROTOCOL_ERROR & 0xFF};
    if (self->refused && !self->told) {
        self->told = true;
        memcpy(out, REFUSAL, sizeof REFUSAL);
        return sizeof REFUSAL;
    }
    if (self->broken || self->refused || !wslay_event_want_write(self->context))
        return 0;
    self->out = out;
    self->out_size = 0;
    self->out_capacity = capacity;
    if (wslay_event_send(self->context) != 0)
        self->broken = true;
    self->out = NULL;
    return self->out_size;
}

void ib_websocket_close(struct ib_websocket *self, enum ib_websocket_code code) {
    if (wslay_event_queue_close(self->context, (uint16_t)code, NULL, 0) != 0)
        self->broken = true;
}

bool ib_websocket_closing(const struct ib_websocket *self) {
    return self->broken || self->refused || wslay_event_get_close_received(self->context) ||
           wslay_event_get_close_sent(self->context) ||
           !wslay_event_get_write_enabled(self->context) ||
           !wslay_event_get_read_enabled(self->context);
}

bool ib_websocket_over(const struct ib_websocket *self) {
    if (self->broken || self->refused)
        return self->broken || self->told;
    return ib_websocket_closing(self) && !wslay_event_want_write(self->context);
}

size_t ib_websocket_header(uint8_t out[IB_WEBSOCKET_HEADER_BYTES], enum ib_websocket_kind kind,
                           uint64_t payload_bytes) {
    out[0] = (uint8_t)(0x80 | kind);
    if (payload_bytes < 126) {
        out[1] = (uint8_t)payload_bytes;
        return 2;
    }
    if (payload_bytes <= UINT16_MAX) {
        out[1] = 126;
        ib_put_be16(out + 2, (uint16_t)payload_bytes);
        return 4;
    }
    out[1] = 127;
    for (unsigned i = 0; i < 8; i++)
        out[2 + i] = (uint8_t)(payload_bytes >> (56 - 8 * i));
    return 10;
}
