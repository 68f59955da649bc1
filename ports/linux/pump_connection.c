/// One connection of the pump: reading with back-pressure, writing without copying where possible.
///
/// Not the listener, not the order in which connections are served: that is pump.c; not what a serial
/// line does otherwise: that is pump_serial.c. Main sources: tcp(7), unix(7), send(2).
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/pump_private.h"

/// Left-over bytes go out in pieces of this size, one a visit: about 5 us of kernel time each.
#define SLICE_BYTES 16384u
/// Chunks handed out in one visit before others have their turn.
#define VISIT_CHUNKS 4u
/// An engine that keeps giving while told `busy` is cut off here.
#define UNSENT_LIMIT_BYTES (8u << 20)
/// Left-over buffers above this are given back once sent.
#define KEEP_OUT_BYTES 65536u
/// Room in the kernel: some four image packets are taken whole from the first one on, and a client
/// that stalls finds half a second of old images, not the many seconds that autotuning would hold.
#define KERNEL_SEND_BYTES 131072
#define EOF_DRAIN_US 2000000u
#define LINGER_US 1000000u
#define LINGER_BYTES 65536u
#define LINGER_MAX 64u
#define HANDSHAKE_DEADLINE_MS 10000u
/// A step of a handshake takes the processor as long as this many chunks do.
#define HANDSHAKE_CHUNKS 4u

size_t ib_pump_connection_unsent(const struct ib_pump_connection *self) {
    return self->out_size - self->out_sent;
}

void ib_pump_connection_log(const struct ib_pump_connection *self, enum ib_log_level level,
                            const char *what) {
    char text[96];
    (void)snprintf(text, sizeof text, "client %u %s (%u connected)", (unsigned)self->number, what,
                   self->pump->clients);
    ib_log(self->pump->config.log, level, "pump", text);
}

// ---- the end ----

static void on_handle_closed(uv_handle_t *handle) {
    struct ib_pump_connection *self = handle->data;
    self->handle_open = false;
    ib_pump_connection_reap(self);
}

/// The engine forgets the session now, or its memory waits among the zombies until it does.
static void end_session(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    if (self->is_ready) {
        TAILQ_REMOVE(&pump->ready, self, ready);
        self->is_ready = false;
    }
    if (!self->has_session)
        return;
    pump->clients--;
    pump->counters.closed++;
    if (pump->config.engine->close(pump->config.engine_context, self->session)) {
        self->has_session = false;
        return;
    }
    TAILQ_INSERT_TAIL(&pump->zombies, self, zombie);
    ib_pump_arm(pump);
}

static void end_tls(struct ib_pump_connection *self) {
    if (!self->tls)
        return;
    ib_tls_session_bye(self->tls);
    ib_tls_session_free(self->tls);
    self->tls = NULL;
}

void ib_pump_connection_drop(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    IB_ASSERT(self->state != IB_PUMP_GONE);
    enum ib_pump_state was = self->state;
    self->state = IB_PUMP_GONE;
    TAILQ_REMOVE(&pump->connections, self, all);
    uv_close((uv_handle_t *)&self->poll, on_handle_closed);
    end_tls(self);
    if (!self->serial)
        close(self->fd);
    self->fd = -1;
    free(self->out);
    self->out = NULL;
    if (was == IB_PUMP_LINGERING) {
        pump->lingering--;
    } else {
        pump->handshakes -= was == IB_PUMP_HANDSHAKING;
        end_session(self);
        ib_pump_connection_log(self, IB_LOG_DEBUG, "closed");
    }
}

/// Our side is shut after the last byte; a close right now could destroy what is still under way
/// when the peer has sent bytes nobody reads.
static void linger(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    if (self->eof || pump->closing || pump->lingering >= LINGER_MAX) {
        ib_pump_connection_drop(self);
        return;
    }
    end_tls(self);
    shutdown(self->fd, SHUT_WR);
    pump->handshakes -= self->state == IB_PUMP_HANDSHAKING;
    self->state = IB_PUMP_LINGERING;
    pump->lingering++;
    end_session(self);
    self->due_us = IB_NEVER;
    self->ends_us = self->deadline_us = ib_host_now_us() + LINGER_US;
    ib_pump_note(pump, self);
    ib_pump_connection_poll(self, UV_READABLE);
}

static void linger_read(struct ib_pump_connection *self) {
    ssize_t got = recv(self->fd, self->in, sizeof self->in, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    self->drained_bytes += got > 0 ? (size_t)got : 0;
    if (got <= 0 || self->drained_bytes > LINGER_BYTES)
        ib_pump_connection_drop(self);
}

// ---- writing ----

/// Why the socket failed: the kernel's own send deadline is ours too.
static void fail(struct ib_pump_connection *self, int error) {
    if (error == ETIMEDOUT)
        self->pump->counters.timed_out++;
    ib_pump_connection_drop(self);
}

static int kernel_queue_bytes(const struct ib_pump_connection *self) {
    int bytes = 0;
    return ioctl(self->fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

/// As many records as the socket takes. Return: bytes or a negative errno.
static ssize_t write_records(struct ib_pump_connection *self, const uint8_t *bytes, size_t size) {
    size_t done = 0;
    do {
        ssize_t n = ib_tls_session_write(self->tls, bytes + done, size - done);
        if (n < 0)
            return done > 0 && n == -EAGAIN ? (ssize_t)done : n;
        done += (size_t)n;
    } while (done < size);
    return (ssize_t)done;
}

/// Return: bytes or a negative errno.
static ssize_t write_some(struct ib_pump_connection *self, const void *bytes, size_t size) {
    if (self->serial)
        return ib_pump_serial_write(self, bytes, size);
    if (self->tls)
        return write_records(self, bytes, size);
    ssize_t sent;
    do
        sent = send(self->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

/// Returns what the socket took, -1 when the connection is no more.
static ssize_t send_some(struct ib_pump_connection *self, const void *bytes, size_t size) {
    struct ib_pump *pump = self->pump;
    uint64_t before = self->tls ? ib_tls_session_sent(self->tls) : 0;
    ssize_t sent = write_some(self, bytes, size);
    if (sent < 0) {
        if (sent != -EAGAIN && sent != -ENOBUFS && sent != -ENOMEM) {
            fail(self, (int)-sent);
            return -1;
        }
        sent = 0;
    }
    pump->counters.bytes_out += (uint64_t)sent;
    pump->turn_bytes += (size_t)sent;
    // A record that is partly out is progress too, though none of its bytes counts yet.
    if (sent > 0 || (self->tls && ib_tls_session_sent(self->tls) != before)) {
        self->progress_us = ib_host_now_us();
        self->queued_bytes = INT_MAX;
        self->unconfirmed = pump->config.unix_path == NULL && !self->serial;
    }
    return sent;
}

/// Keep what the socket did not take. False: the connection is no more.
static bool keep(struct ib_pump_connection *self, const uint8_t *bytes, size_t size) {
    if (ib_pump_connection_unsent(self) == 0) {
        self->out_size = self->out_sent = 0;
        self->progress_us = ib_host_now_us();
        self->queued_bytes = kernel_queue_bytes(self);
    } else if (self->out_sent > 0) {
        memmove(self->out, self->out + self->out_sent, ib_pump_connection_unsent(self));
        self->out_size -= self->out_sent;
        self->out_sent = 0;
    }
    size_t needed = self->out_size + size;
    if (needed > self->out_capacity) {
        size_t capacity = (needed + 4095u) & ~(size_t)4095u;
        uint8_t *out = needed <= UNSENT_LIMIT_BYTES ? realloc(self->out, capacity) : NULL;
        if (!out) {
            ib_pump_connection_log(self, IB_LOG_ERROR,
                                   "closed: no memory for what it has not read");
            ib_pump_connection_drop(self);
            return false;
        }
        self->out = out;
        self->out_capacity = capacity;
    }
    memcpy(self->out + self->out_size, bytes, size);
    self->out_size += size;
    return true;
}

static void tell_sent(struct ib_pump_connection *self, uint64_t began_us) {
    const struct ib_pump_engine *engine = self->pump->config.engine;
    if (engine->sent && began_us)
        engine->sent(self->pump->config.engine_context, began_us);
}

/// One slice of what was left over. False: the connection is no more.
static bool flush(struct ib_pump_connection *self) {
    size_t size = ib_pump_connection_unsent(self) < SLICE_BYTES ? ib_pump_connection_unsent(self)
                                                                : SLICE_BYTES;
    if (size == 0) // of the engine's; TLS may have words of its own to send
        return !self->tls || send_some(self, "", 0) == 0;
    ssize_t sent = send_some(self, self->out + self->out_sent, size);
    if (sent < 0)
        return false;
    self->out_sent += (size_t)sent;
    if (sent > 0 && ib_pump_connection_unsent(self) > 0)
        self->queued_bytes = kernel_queue_bytes(self);
    if (ib_pump_connection_unsent(self) == 0)
        tell_sent(self, self->out_began_us);
    if (ib_pump_connection_unsent(self) == 0 && self->out_capacity > KEEP_OUT_BYTES) {
        free(self->out);
        self->out = NULL;
        self->out_capacity = self->out_size = self->out_sent = 0;
    }
    return true;
}

/// Straight from the engine's memory into the socket; only the rest is copied. False: the
/// connection is no more.
static bool send_chunk(struct ib_pump_connection *self, const struct ib_pump_chunk *chunk) {
    struct ib_pump *pump = self->pump;
    ssize_t sent = 0;
    pump->turn_chunks++;
    if (self->serial && !ib_pump_serial_admits(self))
        return true;
    if (chunk->droppable)
        pump->counters.images++;
    else
        pump->counters.replies++;
    if (ib_pump_connection_unsent(self) == 0) {
        sent = send_some(self, chunk->bytes, chunk->size);
        if (sent < 0)
            return false;
    }
    if (self->detached) { // just now, in the middle of it
        pump->counters.chunks_lost++;
        return true;
    }
    if ((size_t)sent == chunk->size) {
        tell_sent(self, chunk->began_us);
        return true;
    }
    pump->counters.chunks_copied++;
    self->out_began_us = chunk->began_us;
    return keep(self, (const uint8_t *)chunk->bytes + sent, chunk->size - (size_t)sent);
}

// ---- reading ----

/// Whether bytes of the peer have a place now.
static bool may_read(const struct ib_pump_connection *self) {
    return !self->eof && !self->hang_up && self->in_size == 0;
}

/// The poll on the socket does not tell of bytes that TLS has decrypted already.
static bool is_buffered(const struct ib_pump_connection *self) {
    return self->tls && ib_tls_session_buffered(self->tls);
}

static ssize_t read_bytes(struct ib_pump_connection *self) {
    if (self->serial)
        return ib_pump_serial_read(self, self->in, sizeof self->in);
    if (self->tls)
        return ib_tls_session_read(self->tls, self->in, sizeof self->in);
    ssize_t got = recv(self->fd, self->in, sizeof self->in, MSG_DONTWAIT);
    return got < 0 ? -errno : got;
}

/// Into the empty input buffer. False: the connection is no more.
static bool read_some(struct ib_pump_connection *self) {
    ssize_t got = read_bytes(self);
    if (got == -EAGAIN || got == -EINTR)
        return true;
    if (got < 0) {
        fail(self, (int)-got);
        return false;
    }
    if (got == 0) {
        self->eof = true;
        self->ends_us = ib_host_now_us() + EOF_DRAIN_US;
    }
    self->in_size = (size_t)got;
    self->pump->counters.bytes_in += (uint64_t)got;
    return true;
}

// ---- one visit ----

/// Input and output in turns, until nothing moves. False: the connection is no more.
static bool exchange(struct ib_pump_connection *self) {
    const struct ib_pump_engine *engine = self->pump->config.engine;
    void *context = self->pump->config.engine_context;
    for (unsigned chunks = 0; !self->hang_up;) {
        uint64_t now_us = ib_pump_engine_now_us(self->pump);
        size_t taken = 0;
        if (self->in_size > 0) {
            taken = engine->feed(context, self->session, self->in, self->in_size, now_us);
            IB_ASSERT(taken <= self->in_size);
            self->in_size -= taken;
            memmove(self->in, self->in + taken, self->in_size);
        }
        struct ib_pump_chunk chunk = {0};
        engine->pull(context, self->session, now_us, ib_pump_connection_unsent(self) > 0, &chunk);
        if (chunk.size > 0 && !send_chunk(self, &chunk))
            return false;
        self->hang_up = chunk.hang_up && !self->serial;
        if (taken == 0 && chunk.size == 0)
            break;
        if (chunk.size > 0 && ++chunks == VISIT_CHUNKS) {
            ib_pump_ready(self);
            break;
        }
    }
    return true;
}

void ib_pump_connection_settle(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    bool is_sent = ib_pump_connection_unsent(self) == 0;
    if (self->hang_up && is_sent) {
        linger(self);
        return;
    }
    if (may_read(self) && is_buffered(self))
        ib_pump_ready(self);
    // With bytes unsent the engine can do nothing at its due time: the socket decides.
    self->due_us = is_sent && !self->hang_up && !self->is_ready
                       ? pump->config.engine->due(pump->config.engine_context, self->session)
                       : IB_NEVER;
    if (self->serial) {
        ib_pump_serial_settle(self);
        return;
    }
    if (self->eof && is_sent && !self->is_ready && self->in_size == 0 && self->due_us == IB_NEVER) {
        ib_pump_connection_drop(self);
        return;
    }
    self->deadline_us = self->eof ? self->ends_us : IB_NEVER;
    uint64_t send_ends_us = self->progress_us + (uint64_t)pump->config.send_deadline_ms * 1000u;
    if ((!is_sent || self->unconfirmed) && send_ends_us < self->deadline_us)
        self->deadline_us = send_ends_us;
    ib_pump_note(pump, self);
    int events = is_sent ? 0 : UV_WRITABLE;
    if (self->tls && (ib_tls_session_wants(self->tls) & POLLOUT))
        events |= UV_WRITABLE;
    if (may_read(self))
        events |= UV_READABLE;
    ib_pump_connection_poll(self, events);
}

static void fail_handshake(struct ib_pump_connection *self, const char *why) {
    self->pump->counters.tls_failures++;
    ib_pump_connection_log(self, IB_LOG_DEBUG, why);
    ib_pump_connection_drop(self);
}

/// Say over TLS that there is no room.
static void refuse_secure(struct ib_pump_connection *self, const struct ib_pump_chunk *chunk) {
    if (chunk->size > 0) {
        ssize_t sent = write_records(self, chunk->bytes, chunk->size);
        self->pump->counters.bytes_out += sent > 0 ? (uint64_t)sent : 0;
    }
    linger(self);
}

static void ask_refusal(struct ib_pump *pump, struct ib_pump_chunk *out) {
    if (pump->config.engine->refuse)
        pump->config.engine->refuse(pump->config.engine_context, out);
}

/// One step; true when the connection is open now.
static bool shake_hands(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    pump->turn_chunks += HANDSHAKE_CHUNKS;
    int error = ib_tls_session_handshake(self->tls);
    if (error == -EAGAIN) {
        bool writes = ib_tls_session_wants(self->tls) & POLLOUT;
        ib_pump_connection_poll(self, writes ? UV_READABLE | UV_WRITABLE : UV_READABLE);
        return false;
    }
    if (error) {
        fail_handshake(self, error == -EPROTO ? "speaks no TLS that we speak"
                                              : "left during the TLS handshake");
        return false;
    }
    self->deadline_us = self->ends_us = IB_NEVER;
    if (!ib_pump_admit(pump)) {
        struct ib_pump_chunk chunk = {0};
        ask_refusal(pump, &chunk);
        refuse_secure(self, &chunk);
        return false;
    }
    pump->handshakes--;
    ib_pump_connection_begin(self);
    return true;
}

void ib_pump_connection_visit(struct ib_pump_connection *self) {
    if (self->state == IB_PUMP_HANDSHAKING && !shake_hands(self))
        return;
    IB_ASSERT(self->state == IB_PUMP_OPEN);
    if (self->writable) {
        self->writable = false;
        if (!flush(self))
            return;
    }
    // A serial line that nobody is at is not polled: somebody may have written and left.
    if (may_read(self) && (is_buffered(self) || self->detached) && !read_some(self))
        return;
    if (exchange(self))
        ib_pump_connection_settle(self);
}

// ---- events ----

static void on_events(uv_poll_t *handle, int status, int events) {
    struct ib_pump_connection *self = handle->data;
    struct ib_pump *pump = self->pump;
    if (status < 0) {
        int error = 0;
        socklen_t size = sizeof error;
        if (!self->serial)
            (void)getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        self->polled_events = 0; // libuv has stopped by itself
        if (self->serial)
            ib_pump_serial_detach(self);
        else if (self->state == IB_PUMP_OPEN)
            fail(self, error);
        else if (self->state == IB_PUMP_HANDSHAKING)
            fail_handshake(self, "left during the TLS handshake");
        else
            ib_pump_connection_drop(self);
    } else if (self->state == IB_PUMP_LINGERING) {
        linger_read(self);
    } else if (self->state == IB_PUMP_HANDSHAKING) {
        // Its turn comes among the chunks of the others.
        ib_pump_ready(self);
    } else {
        // A reply to what is read goes out now; left-over image bytes wait for their turn.
        if (events & UV_WRITABLE) {
            self->writable = true;
            ib_pump_ready(self);
        }
        if ((events & UV_READABLE) && may_read(self) && read_some(self))
            ib_pump_connection_visit(self);
    }
    ib_pump_arm(pump);
}

/// uv_poll_start costs two system calls: only when something changes.
void ib_pump_connection_poll(struct ib_pump_connection *self, int events) {
    if (events == self->polled_events)
        return;
    int failed = events ? uv_poll_start(&self->poll, events, on_events) : uv_poll_stop(&self->poll);
    IB_ASSERT(failed == 0);
    self->polled_events = events;
}

void ib_pump_connection_expire(struct ib_pump_connection *self, uint64_t host_us) {
    struct ib_pump *pump = self->pump;
    if (self->serial) {
        ib_pump_serial_expire(self, host_us);
        return;
    }
    if (self->state == IB_PUMP_HANDSHAKING) {
        fail_handshake(self, "did not finish the TLS handshake in time");
        return;
    }
    if (self->state == IB_PUMP_LINGERING || (self->eof && self->ends_us <= host_us)) {
        ib_pump_connection_drop(self);
        return;
    }
    // A slow reader empties the kernel's buffer long before the socket asks for more; a peer that
    // has vanished leaves there what the socket took. TCP_USER_TIMEOUT cannot tell them apart: to
    // it, a window too small for the next segment is no progress.
    int queued_bytes = kernel_queue_bytes(self);
    if (queued_bytes == 0 && ib_pump_connection_unsent(self) == 0) {
        self->unconfirmed = false;
        ib_pump_connection_settle(self);
        return;
    }
    if (queued_bytes < self->queued_bytes) {
        self->queued_bytes = queued_bytes;
        self->progress_us = host_us;
        ib_pump_connection_settle(self);
        return;
    }
    pump->counters.timed_out++;
    ib_pump_connection_log(self, IB_LOG_INFO, "took nothing until the send deadline");
    ib_pump_connection_drop(self);
}

// ---- the beginning ----

static void set_option(int fd, int level, int option, int value) {
    // Each of them only improves things: a kernel without it serves all the same.
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

static void set_options(const struct ib_pump *pump, int fd) {
    set_option(fd, SOL_SOCKET, SO_SNDBUF, KERNEL_SEND_BYTES);
    if (pump->config.unix_path)
        return;
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

struct ib_pump_connection *ib_pump_connection_make(struct ib_pump *pump, int fd,
                                                   size_t session_bytes) {
    struct ib_pump_connection *self = calloc(1, sizeof *self + session_bytes);
    if (!self || uv_poll_init(pump->config.loop, &self->poll, fd) != 0) {
        free(self);
        return NULL;
    }
    self->pump = pump;
    self->fd = fd;
    self->state = IB_PUMP_OPEN;
    self->poll.data = self;
    self->handle_open = true;
    self->due_us = self->deadline_us = self->ends_us = self->look_us = IB_NEVER;
    TAILQ_INSERT_TAIL(&pump->connections, self, all);
    pump->memories++;
    return self;
}

int ib_pump_addresses(const void *session, struct sockaddr_storage *peer,
                      struct sockaddr_storage *own) {
    const struct ib_pump_connection *self =
        (const void *)((const char *)session - offsetof(struct ib_pump_connection, session));
    socklen_t peer_size = sizeof *peer, own_size = sizeof *own;
    memset(peer, 0, sizeof *peer);
    memset(own, 0, sizeof *own);
    if (getpeername(self->fd, (struct sockaddr *)peer, &peer_size) != 0 ||
        getsockname(self->fd, (struct sockaddr *)own, &own_size) != 0)
        return -errno;
    return 0;
}

void ib_pump_connection_begin(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    self->state = IB_PUMP_OPEN;
    self->number = ++pump->counters.accepted;
    self->has_session = true;
    pump->clients++;
    pump->config.engine->open(pump->config.engine_context, self->session,
                              ib_pump_engine_now_us(pump));
    ib_pump_connection_log(self, IB_LOG_DEBUG, "connected");
}

/// Until the handshake is over it is nobody's client.
static void begin_handshake(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    unsigned deadline_ms = pump->config.handshake_deadline_ms;
    self->state = IB_PUMP_HANDSHAKING;
    pump->handshakes++;
    self->tls = ib_tls_session_new(pump->config.tls, self->fd);
    if (!self->tls) {
        fail_handshake(self, "closed: no memory for TLS");
        return;
    }
    self->ends_us = self->deadline_us =
        ib_host_now_us() + (deadline_ms ? deadline_ms : HANDSHAKE_DEADLINE_MS) * 1000ull;
    ib_pump_note(pump, self);
    ib_pump_connection_poll(self, UV_READABLE);
}

/// Tell an accepted socket that there is no room, and close it.
static void refuse(struct ib_pump *pump, int fd) {
    struct ib_pump_chunk chunk = {0};
    ask_refusal(pump, &chunk);
    if (chunk.size > 0) {
        ssize_t sent = send(fd, chunk.bytes, chunk.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        pump->counters.bytes_out += sent > 0 ? (uint64_t)sent : 0;
    }
    struct ib_pump_connection *self =
        pump->lingering < LINGER_MAX ? ib_pump_connection_make(pump, fd, 0) : NULL;
    if (self)
        linger(self);
    else
        close(fd);
}

void ib_pump_connection_open(struct ib_pump *pump, int fd) {
    if (!pump->config.tls && !ib_pump_admit(pump)) {
        refuse(pump, fd);
        return;
    }
    set_options(pump, fd);
    struct ib_pump_connection *self =
        ib_pump_connection_make(pump, fd, pump->config.engine->session_bytes);
    if (!self) {
        close(fd);
    } else if (pump->config.tls) {
        begin_handshake(self);
    } else {
        ib_pump_connection_begin(self);
        ib_pump_connection_visit(self);
    }
}
