/// Fuzz: what a client sends over a WebSocket, in pieces that the input chooses. What comes out are
/// whole control frames of the server, bounded, and nothing after a close.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ports/linux/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void on_message(void *context, enum ib_websocket_kind kind, const uint8_t *bytes,
                       size_t size) {
    (void)context;
    require(kind == IB_WEBSOCKET_TEXT || kind == IB_WEBSOCKET_BINARY);
    require(size <= IB_WEBSOCKET_MESSAGE_BYTES && (bytes || size == 0));
}

/// Return: whether the last frame was a close.
static bool check(const uint8_t *out, size_t size) {
    bool close = false;
    while (size > 0) {
        require(!close && size >= 2 && (out[0] == 0x88 || out[0] == 0x8A) && out[1] < 126);
        size_t whole = 2u + out[1];
        require(whole <= size);
        close = out[0] == 0x88;
        out += whole;
        size -= whole;
    }
    return close;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t out[IB_WEBSOCKET_CONTROL_BYTES];
    struct ib_websocket *socket;
    bool closed = false;
    require(ib_websocket_open(&socket, on_message, NULL) == 0);
    while (size > 0) {
        size_t piece = data[0];
        bool pull = piece % 2 == 0;
        piece = piece < size - 1 ? piece : size - 1;
        // A copy of its own: a byte read too far is seen.
        uint8_t *bytes = malloc(piece ? piece : 1);
        require(bytes != NULL);
        memcpy(bytes, data + 1, piece);
        size_t taken = ib_websocket_feed(socket, bytes, piece);
        free(bytes);
        require(taken <= piece);
        size_t given = pull ? ib_websocket_pull(socket, out, sizeof out) : 0;
        require(!(closed && given));
        closed = check(out, given) || closed;
        require(!closed || ib_websocket_over(socket));
        data += 1 + taken;
        size -= 1 + taken;
    }
    ib_websocket_free(socket);
    return 0;
}
