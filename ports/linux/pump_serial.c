/// What a serial line does otherwise than a socket: its one connection never ends, people come and
/// go at the other end, and what nobody takes is lost by whole chunks.
///
/// A pty without anybody at the other end is readable all the time (it reports a hang-up), so it is
/// not polled then but looked at 20 times a second. Nothing is written meanwhile, and what the last
/// reader left unread is thrown away: whoever comes next begins with a whole chunk.
///
/// Main sources: pty(7), tty_ioctl(4); the line itself is ports/linux/serial.c.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ports/linux/host_clock.h"
#include "ports/linux/problem.h"
#include "ports/linux/pump_private.h"

#define LOOK_US 50000u

int ib_pump_serial_open(struct ib_pump *pump, char *problem, size_t problem_size) {
    struct ib_serial *serial = pump->config.serial;
    struct ib_pump_connection *self =
        ib_pump_connection_make(pump, ib_serial_fd(serial), pump->config.engine->session_bytes);
    if (!self) {
        ib_problem(problem, problem_size, "the event loop refused the serial line %s",
                   ib_serial_path(serial));
        return -ENOMEM;
    }
    self->serial = serial;
    self->detached = true; // the first look tells
    return 0;
}

void ib_pump_serial_begin(struct ib_pump *pump) {
    struct ib_pump_connection *self = TAILQ_FIRST(&pump->connections);
    ib_pump_connection_begin(self);
    ib_pump_ready(self);
}

// ---- who is there ----

/// What was still to be written is lost, with what the line holds of it.
static void forget(struct ib_pump_connection *self) {
    if (ib_pump_connection_unsent(self) > 0)
        self->pump->counters.chunks_lost++;
    free(self->out);
    self->out = NULL;
    self->out_capacity = self->out_size = self->out_sent = 0;
    self->out_began_us = 0;
    ib_serial_discard(self->serial);
}

void ib_pump_serial_detach(struct ib_pump_connection *self) {
    ib_pump_connection_poll(self, 0);
    if (!self->detached) {
        self->detached = true;
        ib_pump_connection_log(self, IB_LOG_DEBUG, "has left the serial line");
        forget(self);
    }
    ib_pump_serial_settle(self);
}

/// Whether somebody is there, as of this moment.
static bool look(struct ib_pump_connection *self) {
    bool attached = ib_serial_attached(self->serial);
    if (!attached && !self->detached) {
        ib_pump_serial_detach(self);
    } else if (attached && self->detached) {
        self->detached = false;
        ib_pump_connection_log(self, IB_LOG_DEBUG, "is at the serial line");
        ib_pump_ready(self);
    }
    return attached;
}

bool ib_pump_serial_admits(struct ib_pump_connection *self) {
    if (look(self) && ib_pump_connection_unsent(self) == 0)
        return true;
    self->pump->counters.chunks_lost++;
    return false;
}

// ---- bytes ----

ssize_t ib_pump_serial_read(struct ib_pump_connection *self, void *out, size_t size) {
    ssize_t got;
    do
        got = read(self->fd, out, size);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return got;
    // Nothing at all is what a tty says that was unplugged, EIO a pty that nobody has open.
    if (got == 0 || errno != EAGAIN)
        ib_pump_serial_detach(self);
    return -EAGAIN;
}

ssize_t ib_pump_serial_write(struct ib_pump_connection *self, const void *bytes, size_t size) {
    ssize_t sent;
    if (!look(self))
        return -EAGAIN;
    do
        sent = write(self->fd, bytes, size);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN)
        ib_pump_serial_detach(self);
    return sent < 0 ? -EAGAIN : sent;
}

// ---- time ----

void ib_pump_serial_settle(struct ib_pump_connection *self) {
    struct ib_pump *pump = self->pump;
    bool is_sent = ib_pump_connection_unsent(self) == 0;
    bool reads = self->in_size == 0 && !self->detached;
    int events = is_sent || self->detached ? 0 : UV_WRITABLE;
    if (reads)
        events |= UV_READABLE;
    // Reading tells at once that somebody has left; otherwise time does.
    if (reads)
        self->look_us = IB_NEVER;
    else if (self->look_us == IB_NEVER)
        self->look_us = ib_host_now_us() + LOOK_US;
    self->deadline_us = self->look_us;
    uint64_t send_ends_us = self->progress_us + (uint64_t)pump->config.send_deadline_ms * 1000u;
    if (!is_sent && send_ends_us < self->deadline_us)
        self->deadline_us = send_ends_us;
    ib_pump_note(pump, self);
    ib_pump_connection_poll(self, events);
}

void ib_pump_serial_expire(struct ib_pump_connection *self, uint64_t host_us) {
    struct ib_pump *pump = self->pump;
    uint64_t send_ends_us = self->progress_us + (uint64_t)pump->config.send_deadline_ms * 1000u;
    if (self->look_us <= host_us) {
        self->look_us = IB_NEVER;
        (void)look(self);
        ib_pump_ready(self);
    }
    if (ib_pump_connection_unsent(self) > 0 && send_ends_us <= host_us) {
        forget(self);
        ib_pump_ready(self);
    }
    ib_pump_connection_settle(self);
}
