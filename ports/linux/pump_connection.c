/// One connection of the pump: reading with back-pressure, writing without copying where possible.
///
/// Not the listener, not the order in which connections are served: that is pump.c. Main sources:
/// tcp(7), unix(7), send(2).
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

static size_t unsent(const struct ib_pump_connection *self) {
    return self->out_size - self->out_sent;
}

static void log_connection(const struct ib_pump_connection *self, enum ib_log_level level,
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
    if (!self->has_session)
        return;
    if (self->is_ready) {
        TAILQ_REMOVE(&pump->ready, self, ready);
        self->is_ready = false;
    }
    pump->clients--;
    pump->counters.closed++;
    if (pump->config.engine->close(pump->config.engine_context, self->session)) {
        self->has_session = false;
        return;
    }
    TAILQ_INSERT_TAIL(&pump->zombies, self, zombie);
    ib_pump_arm(pump);
}

void ib_pump_connection_drop(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    IB_ASSERT(self->state != IB_PUMP_GONE);
    enum ib_pump_state was = self->state;
    self->state = IB_PUMP_GONE;
    TAILQ_REMOVE(&pump->connections, self, all);
    uv_close((uv_handle_t *)&self->poll, on_handle_closed);
    close(self->fd);
    self->fd = -1;
    free(self->out);
    self->out = NULL;
    if (was == IB_PUMP_LINGERING) {
        pump->lingering--;
    } else {
        end_session(self);
        log_connection(self, IB_LOG_DEBUG, "closed");
    }
}

static void poll_for(struct ib_pump_connection *self, int events);

/// Our side is shut after the last byte; a close right now could destroy what is still under way
/// when the peer has sent bytes nobody reads.
static void linger(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    if (self->eof || pump->closing || pump->lingering >= LINGER_MAX) {
        ib_pump_connection_drop(self);
        return;
    }
    shutdown(self->fd, SHUT_WR);
    self->state = IB_PUMP_LINGERING;
    pump->lingering++;
    end_session(self);
    self->due_us = IB_NEVER;
    self->ends_us = self->deadline_us = ib_host_now_us() + LINGER_US;
    ib_pump_note(pump, self);
    poll_for(self, UV_READABLE);
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

/// Returns what the socket took, -1 when the connection is no more.
static ssize_t send_some(struct ib_pump_connection *self, const void *bytes, size_t size) {
    struct ib_pump *pump = self->pump;
    ssize_t sent;
    do
        sent = send(self->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        if (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM) {
            fail(self, errno);
            return -1;
        }
        sent = 0;
    }
    pump->counters.bytes_out += (uint64_t)sent;
    pump->turn_bytes += (size_t)sent;
    if (sent > 0) {
        self->progress_us = ib_host_now_us();
        self->queued_bytes = INT_MAX;
        self->unconfirmed = pump->config.unix_path == NULL;
    }
    return sent;
}

/// Keep what the socket did not take. False: the connection is no more.
static bool keep(struct ib_pump_connection *self, const uint8_t *bytes, size_t size) {
    if (unsent(self) == 0) {
        self->out_size = self->out_sent = 0;
        self->progress_us = ib_host_now_us();
        self->queued_bytes = kernel_queue_bytes(self);
    } else if (self->out_sent > 0) {
        memmove(self->out, self->out + self->out_sent, unsent(self));
        self->out_size -= self->out_sent;
        self->out_sent = 0;
    }
    size_t needed = self->out_size + size;
    if (needed > self->out_capacity) {
        size_t capacity = (needed + 4095u) & ~(size_t)4095u;
        uint8_t *out = needed <= UNSENT_LIMIT_BYTES ? realloc(self->out, capacity) : NULL;
        if (!out) {
            log_connection(self, IB_LOG_ERROR, "closed: no memory for what it has not read");
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
    size_t size = unsent(self) < SLICE_BYTES ? unsent(self) : SLICE_BYTES;
    if (size == 0)
        return true;
    ssize_t sent = send_some(self, self->out + self->out_sent, size);
    if (sent < 0)
        return false;
    self->out_sent += (size_t)sent;
    if (sent > 0 && unsent(self) > 0)
        self->queued_bytes = kernel_queue_bytes(self);
    if (unsent(self) == 0)
        tell_sent(self, self->out_began_us);
    if (unsent(self) == 0 && self->out_capacity > KEEP_OUT_BYTES) {
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
    if (chunk->droppable)
        pump->counters.images++;
    else
        pump->counters.replies++;
    if (unsent(self) == 0) {
        sent = send_some(self, chunk->bytes, chunk->size);
        if (sent < 0)
            return false;
    }
    if ((size_t)sent == chunk->size) {
        tell_sent(self, chunk->began_us);
        return true;
    }
    pump->counters.chunks_copied++;
    self->out_began_us = chunk->began_us;
    return keep(self, (const uint8_t *)chunk->bytes + sent, chunk->size - (size_t)sent);
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
        engine->pull(context, self->session, now_us, unsent(self) > 0, &chunk);
        if (chunk.size > 0 && !send_chunk(self, &chunk))
            return false;
        self->hang_up = chunk.hang_up;
        if (taken == 0 && chunk.size == 0)
            break;
        if (chunk.size > 0 && ++chunks == VISIT_CHUNKS) {
            ib_pump_ready(self);
            break;
        }
    }
    return true;
}

/// After a visit: what to wait for, or whether this is the end.
static void settle(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    bool is_sent = unsent(self) == 0;
    if (self->hang_up && is_sent) {
        linger(self);
        return;
    }
    // With bytes unsent the engine can do nothing at its due time: the socket decides.
    self->due_us = is_sent && !self->hang_up && !self->is_ready
                       ? pump->config.engine->due(pump->config.engine_context, self->session)
                       : IB_NEVER;
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
    if (!self->eof && !self->hang_up && self->in_size == 0)
        events |= UV_READABLE;
    poll_for(self, events);
}

void ib_pump_connection_visit(struct ib_pump_connection *self) {
    IB_ASSERT(self->state == IB_PUMP_OPEN);
    if (self->writable) {
        self->writable = false;
        if (!flush(self))
            return;
    }
    if (exchange(self))
        settle(self);
}

// ---- events ----

static void read_some(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    ssize_t got =
        recv(self->fd, self->in + self->in_size, sizeof self->in - self->in_size, MSG_DONTWAIT);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR)
            fail(self, errno);
        return;
    }
    if (got == 0) {
        self->eof = true;
        self->ends_us = ib_host_now_us() + EOF_DRAIN_US;
    }
    self->in_size += (size_t)got;
    pump->counters.bytes_in += (uint64_t)got;
    ib_pump_connection_visit(self);
}

static void on_events(uv_poll_t *handle, int status, int events) {
    struct ib_pump_connection *self = handle->data;
    struct ib_pump *pump = self->pump;
    if (status < 0) {
        int error = 0;
        socklen_t size = sizeof error;
        (void)getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (self->state == IB_PUMP_OPEN)
            fail(self, error);
        else
            ib_pump_connection_drop(self);
    } else if (self->state == IB_PUMP_LINGERING) {
        linger_read(self);
    } else {
        // A reply to what is read goes out now; left-over image bytes wait for their turn.
        if (events & UV_WRITABLE) {
            self->writable = true;
            ib_pump_ready(self);
        }
        if ((events & UV_READABLE) && self->in_size == 0 && !self->eof)
            read_some(self);
    }
    ib_pump_arm(pump);
}

/// uv_poll_start costs two system calls: only when something changes.
static void poll_for(struct ib_pump_connection *self, int events) {
    if (events == self->polled_events)
        return;
    int failed = events ? uv_poll_start(&self->poll, events, on_events) : uv_poll_stop(&self->poll);
    IB_ASSERT(failed == 0);
    self->polled_events = events;
}

void ib_pump_connection_expire(struct ib_pump_connection *self, uint64_t host_us) {
    struct ib_pump *pump = self->pump;
    if (self->state == IB_PUMP_LINGERING || (self->eof && self->ends_us <= host_us)) {
        ib_pump_connection_drop(self);
        return;
    }
    // A slow reader empties the kernel's buffer long before the socket asks for more; a peer that
    // has vanished leaves there what the socket took. TCP_USER_TIMEOUT cannot tell them apart: to
    // it, a window too small for the next segment is no progress.
    int queued_bytes = kernel_queue_bytes(self);
    if (queued_bytes == 0 && unsent(self) == 0) {
        self->unconfirmed = false;
        settle(self);
        return;
    }
    if (queued_bytes < self->queued_bytes) {
        self->queued_bytes = queued_bytes;
        self->progress_us = host_us;
        settle(self);
        return;
    }
    pump->counters.timed_out++;
    log_connection(self, IB_LOG_INFO, "took nothing until the send deadline");
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

static struct ib_pump_connection *make(struct ib_pump *pump, int fd, size_t session_bytes) {
    struct ib_pump_connection *self = calloc(1, sizeof *self + session_bytes);
    if (!self || uv_poll_init(pump->config.loop, &self->poll, fd) != 0) {
        free(self);
        close(fd);
        return NULL;
    }
    self->pump = pump;
    self->fd = fd;
    self->poll.data = self;
    self->handle_open = true;
    self->due_us = self->deadline_us = self->ends_us = IB_NEVER;
    TAILQ_INSERT_TAIL(&pump->connections, self, all);
    pump->memories++;
    return self;
}

void ib_pump_connection_open(struct ib_pump *pump, int fd) {
    set_options(pump, fd);
    struct ib_pump_connection *self = make(pump, fd, pump->config.engine->session_bytes);
    if (!self)
        return;
    self->number = ++pump->counters.accepted;
    self->has_session = true;
    pump->clients++;
    pump->config.engine->open(pump->config.engine_context, self->session,
                              ib_pump_engine_now_us(pump));
    log_connection(self, IB_LOG_DEBUG, "connected");
    ib_pump_connection_visit(self);
}

void ib_pump_connection_refuse(struct ib_pump *pump, int fd) {
    struct ib_pump_chunk chunk = {0};
    if (pump->config.engine->refuse)
        pump->config.engine->refuse(pump->config.engine_context, &chunk);
    if (chunk.size > 0) {
        ssize_t sent = send(fd, chunk.bytes, chunk.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        pump->counters.bytes_out += sent > 0 ? (uint64_t)sent : 0;
    }
    if (pump->lingering >= LINGER_MAX) {
        close(fd);
        return;
    }
    struct ib_pump_connection *self = make(pump, fd, 0);
    if (self)
        linger(self);
}
