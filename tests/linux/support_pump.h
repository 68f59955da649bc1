/// A toy protocol and clients for the pump's tests: everything runs on one libuv loop, so a test
/// moves on events alone; the deadline only ends a test that hangs.
///
/// Commands are lines. "echo TEXT" answers TEXT; "big N" answers N bytes; "stream" sends every
/// published image that the connection can take; "later" answers when the test says so; "timer US"
/// answers that much later on the engine's clock; "quit" answers and hangs up; "hold" keeps the
/// session's memory after the end until the test lets go; "shutdown" closes the pump; "pause" pauses
/// it, "blink" pauses and resumes it at once.
#ifndef IB_TESTS_LINUX_SUPPORT_PUMP_H
#define IB_TESTS_LINUX_SUPPORT_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "ports/linux/pump.h"
#include "ports/linux/serial.h"
#include "ports/linux/tls.h"

#define TOY_IMAGE_BYTES 52000u
#define TOY_COMMAND_BYTES 256u

struct toy {
    uint64_t now_us;
    uint32_t image; ///< sequence of the newest, 0 none
    bool answer;    ///< "later" is answered
    bool let_go;    ///< "hold" sessions may go
    bool stubborn;  ///< images are given although the client is busy
    unsigned opened;
    unsigned closed;
    unsigned asked_in_vain; ///< closes answered with "not yet"
    unsigned images_given;
    unsigned replies_given;
    struct ib_pump *pump;
    uint8_t image_bytes[TOY_IMAGE_BYTES];
    char big[1u << 20];
};

struct world {
    uv_loop_t loop;
    uv_timer_t failure;
    struct toy toy;
    struct ib_pump *pump;
    bool pump_closed;
    char problem[256];
};

struct client {
    int fd;
    uv_poll_t *poll;
    bool polling;
    bool eof;
    int error;
    bool is_tty; ///< not a socket
    struct ib_tls_session *tls;
    bool secure;       ///< the handshake is over
    const char *queue; ///< what TLS has not taken yet
    size_t queued;
    size_t size;
    size_t capacity;
    char *bytes; ///< everything received so far, NUL-terminated
};

/// A world with a pump on a free loopback port, or on `unix_path`.
void world_open(struct world *self, const char *unix_path, unsigned max_clients,
                unsigned send_deadline_ms);
/// The same without a pump.
void world_open_empty(struct world *self);
/// Open the pump; returns what ib_pump_open returned.
int world_pump(struct world *self, const char *address, int port, const char *unix_path,
               unsigned max_clients, unsigned send_deadline_ms);
/// The same with a configuration of the test's: loop, engine and clock are filled in here.
int world_pump_with(struct world *self, struct ib_pump_config config);
/// Close the pump (when it still runs) and the loop; fails when anything is left.
void world_close(struct world *self);
struct ib_pump_counters world_counters(const struct world *self);

/// Run the loop until `condition` holds; fails the test after 30 s.
#define WORLD_RUN_UNTIL(self, condition)                                                           \
    do {                                                                                           \
        while (!(condition))                                                                       \
            world_turn((self), #condition, __FILE__, __LINE__);                                    \
    } while (0)
void world_turn(struct world *self, const char *waiting_for, const char *file, int line);

/// A new image for every streaming session.
void toy_publish(struct world *self);
void toy_make_image(uint8_t *out, uint32_t sequence);

void client_connect(struct world *world, struct client *self);
void client_connect_unix(struct world *world, struct client *self, const char *path);
/// Over TLS: the handshake goes on while the loop runs. One client_send at a time then, of bytes
/// that stay where they are; `queued` is 0 when they are gone.
void client_connect_tls(struct world *world, struct client *self, struct ib_tls *tls);
/// The other end of a serial line.
void client_attach(struct world *world, struct client *self, const char *path);
/// A plain connection to any port of this machine; returns false when nobody listens.
bool client_try(struct world *world, struct client *self, int port);
/// Nothing is read while paused.
void client_pause(struct client *self);
void client_resume(struct client *self);
void client_send(struct client *self, const char *text);
void client_shut(struct client *self);
void client_close(struct client *self);
/// Close with a reset instead of a FIN.
void client_reset(struct client *self);
bool client_has(const struct client *self, const char *text);

/// Take the stream of a client apart: whole images in rising order, and everything else as text.
/// Fails on a torn image. Returns the number of whole images.
unsigned client_check_stream(const struct client *self, char *text, size_t text_size,
                             uint32_t *last_image);

#endif
