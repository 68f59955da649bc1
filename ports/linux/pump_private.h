/// What the pump's files share: the listener's side (pump.c), one connection's (pump_connection.c)
/// and what a serial line does otherwise (pump_serial.c). For nobody else.
#ifndef IB_PORTS_LINUX_PUMP_PRIVATE_H
#define IB_PORTS_LINUX_PUMP_PRIVATE_H

#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "bus/clock.h"
#include "ports/linux/pump.h"
#include "ports/linux/serial.h"
#include "ports/linux/tls.h"

#define IB_PUMP_INPUT_BYTES 4096

enum ib_pump_state {
    IB_PUMP_HANDSHAKING, ///< TLS: the engine does not know it yet, nor is it counted as a client
    IB_PUMP_OPEN,
    IB_PUMP_LINGERING, ///< all said and our side shut: waits briefly for the peer to close
    IB_PUMP_GONE,      ///< socket closed; memory goes when libuv and the engine let go
};

struct ib_pump_connection {
    struct ib_pump *pump;
    TAILQ_ENTRY(ib_pump_connection) all;
    TAILQ_ENTRY(ib_pump_connection) ready;
    TAILQ_ENTRY(ib_pump_connection) zombie;
    enum ib_pump_state state;
    uint32_t number; ///< for the log
    uv_poll_t poll;
    int fd;
    struct ib_tls_session *tls; ///< NULL: plain
    struct ib_serial *serial;   ///< NULL: a socket
    bool detached;              ///< serial: nobody is at the other end
    uint64_t look_us;           ///< serial, host clock: when to look again who is there
    int polled_events;
    bool is_ready;    ///< is in the ready list
    bool writable;    ///< the socket said so since the last visit
    bool eof;         ///< the peer has closed its sending side
    bool hang_up;     ///< close when everything is sent
    bool has_session; ///< the engine knows the session
    bool handle_open;
    uint64_t due_us;      ///< engine clock
    uint64_t deadline_us; ///< host clock: when ib_pump_connection_expire must look
    uint64_t progress_us; ///< host clock: when the socket last took a byte of `out`
    uint64_t ends_us;     ///< host clock: after `eof`, while lingering or shaking hands, the limit
    int queued_bytes;     ///< what the kernel held unacknowledged at `progress_us`
    bool unconfirmed;     ///< the peer's kernel may not have what was sent
    uint8_t *out;         ///< what the socket did not take at once
    size_t out_capacity;
    size_t out_size;
    size_t out_sent;
    uint64_t out_began_us; ///< of the chunk that ends `out`
    size_t drained_bytes;  ///< thrown away while lingering
    size_t in_size;
    uint8_t in[IB_PUMP_INPUT_BYTES];
    max_align_t session[];
};

TAILQ_HEAD(ib_pump_list, ib_pump_connection);

struct ib_pump {
    struct ib_pump_config config;
    struct ib_pump_counters counters;
    int listener_fd; ///< -1: paused, closing or a serial line
    int backlog;
    int port;
    char *address;
    char *unix_path; ///< ours to remove
    dev_t unix_device;
    ino_t unix_inode;
    uv_poll_t *listener; ///< a new one each time: libuv closes the old one later
    uv_timer_t timer;
    uv_idle_t idle;   ///< runs while there is work, so that polling does not sleep
    uv_check_t check; ///< does the work, after the sockets were looked at
    bool busy;        ///< idle and check run
    bool kicked;
    bool acceptable;   ///< the listener said so
    bool accept_pause; ///< no descriptors left
    bool listening;    ///< the listener is polled
    bool paused;
    bool dropping; ///< the connections of before the pause are still to be closed
    bool closing;
    bool closed_all;
    unsigned open_handles;
    unsigned clients;
    unsigned lingering;
    unsigned handshakes;
    unsigned memories; ///< connections not freed yet
    struct ib_pump_list connections;
    struct ib_pump_list ready;
    struct ib_pump_list zombies;
    unsigned turn_chunks; ///< spent since the loop last polled
    size_t turn_bytes;
    uint64_t next_due_us;      ///< engine clock: no connection is due earlier
    uint64_t next_deadline_us; ///< host clock: no deadline is earlier
    uint64_t armed_us;         ///< host clock: when the timer fires; IB_NEVER when it is not armed
    uint64_t clock_seen_us;    ///< engine clock when the timer last fired
    uint64_t due_floor_us;     ///< wait at least this long for the engine clock, which may stand
    uint64_t accept_again_us;  ///< host clock: end of the pause
    uint64_t closing_since_us;
    uint64_t refusal_logged_us;
    uint64_t pause_logged_us;
    void (*closed)(void *context);
    void *closed_context;
};

// pump.c
/// Put it at the end of the ready list: it is visited in this turn of the loop or a later one.
void ib_pump_ready(struct ib_pump_connection *connection);
/// The connection's due_us or deadline_us may have become earlier.
void ib_pump_note(struct ib_pump *self, const struct ib_pump_connection *connection);
/// Set the timer to whatever comes first.
void ib_pump_arm(struct ib_pump *self);
uint64_t ib_pump_engine_now_us(const struct ib_pump *self);
/// A connection's memory goes if nobody needs it any more.
void ib_pump_connection_reap(struct ib_pump_connection *connection);
/// Whether one more client may come in, if need be by closing one that only waits for its last
/// answer; a refusal is counted and logged.
bool ib_pump_admit(struct ib_pump *self);

// pump_connection.c
/// Take over an accepted socket (non-blocking); closes it when memory is short, or after telling it
/// that there is no room.
void ib_pump_connection_open(struct ib_pump *pump, int fd);
/// The memory for a connection of that descriptor; NULL when it is short.
struct ib_pump_connection *ib_pump_connection_make(struct ib_pump *pump, int fd,
                                                   size_t session_bytes);
/// The engine gets to know the connection. It is visited later.
void ib_pump_connection_begin(struct ib_pump_connection *self);
/// Exchange bytes with the engine and the socket; may end the connection.
void ib_pump_connection_visit(struct ib_pump_connection *self);
/// A deadline may have passed.
void ib_pump_connection_expire(struct ib_pump_connection *self, uint64_t host_us);
/// Close the socket at once and tell the engine.
void ib_pump_connection_drop(struct ib_pump_connection *self);
/// Which events to wait for: UV_READABLE, UV_WRITABLE.
void ib_pump_connection_poll(struct ib_pump_connection *self, int events);
/// After a visit: what to wait for, or whether this is the end.
void ib_pump_connection_settle(struct ib_pump_connection *self);
/// Whether nothing is under way for it.
bool ib_pump_connection_spare(struct ib_pump_connection *self);
void ib_pump_connection_log(const struct ib_pump_connection *self, enum ib_log_level level,
                            const char *what);
/// How many bytes of earlier chunks are still to be written.
size_t ib_pump_connection_unsent(const struct ib_pump_connection *self);

// pump_serial.c
/// The one connection of a serial line. Return: 0 or a negative errno, and its words.
int ib_pump_serial_open(struct ib_pump *pump, char *problem, size_t problem_size);
/// The engine gets to know it; the pump's own handles are there.
void ib_pump_serial_begin(struct ib_pump *pump);
/// Return: bytes, or -EAGAIN. Finds out by itself that nobody is there any more.
ssize_t ib_pump_serial_read(struct ib_pump_connection *self, void *out, size_t size);
/// Return: bytes, or -EAGAIN. As read; what was still to be written is forgotten then.
ssize_t ib_pump_serial_write(struct ib_pump_connection *self, const void *bytes, size_t size);
/// Whether a whole chunk may begin now; if not it is lost, and counted.
bool ib_pump_serial_admits(struct ib_pump_connection *self);
/// The line broke or its other end was closed.
void ib_pump_serial_detach(struct ib_pump_connection *self);
/// Which events and deadline come next.
void ib_pump_serial_settle(struct ib_pump_connection *self);
void ib_pump_serial_expire(struct ib_pump_connection *self, uint64_t host_us);

#endif
