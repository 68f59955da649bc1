/// What the pump's two files share: the listener's side (pump.c) and one connection's
/// (pump_connection.c). For nobody else.
#ifndef IB_PORTS_LINUX_PUMP_PRIVATE_H
#define IB_PORTS_LINUX_PUMP_PRIVATE_H

#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "bus/clock.h"
#include "ports/linux/pump.h"

#define IB_PUMP_INPUT_BYTES 4096

enum ib_pump_state {
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
    uint64_t ends_us;     ///< host clock: after `eof`, and while lingering, not longer than this
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
    int listener_fd;
    int port;
    char *unix_path; ///< ours to remove
    dev_t unix_device;
    ino_t unix_inode;
    uv_poll_t listener;
    uv_timer_t timer;
    uv_idle_t idle;   ///< runs while there is work, so that polling does not sleep
    uv_check_t check; ///< does the work, after the sockets were looked at
    bool busy;        ///< idle and check run
    bool kicked;
    bool acceptable;   ///< the listener said so
    bool accept_pause; ///< no descriptors left
    bool listening;    ///< the listener is polled
    bool closing;
    bool closed_all;
    unsigned open_handles;
    unsigned clients;
    unsigned lingering;
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

// pump_connection.c
/// Take over an accepted socket (non-blocking); closes it when memory is short.
void ib_pump_connection_open(struct ib_pump *pump, int fd);
/// Tell an accepted socket that there is no room, and close it.
void ib_pump_connection_refuse(struct ib_pump *pump, int fd);
/// Exchange bytes with the engine and the socket; may end the connection.
void ib_pump_connection_visit(struct ib_pump_connection *self);
/// A deadline may have passed.
void ib_pump_connection_expire(struct ib_pump_connection *self, uint64_t host_us);
/// Close the socket at once and tell the engine.
void ib_pump_connection_drop(struct ib_pump_connection *self);

#endif
