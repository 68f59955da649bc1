/// The pump: who is let in, and whose turn it is.
///
/// One turn of the loop: sockets that became readable are served at once, where they are found
/// (their replies are short); then, in the check phase, new clients are let in and at most
/// TURN_CHUNKS chunks or TURN_BYTES go to the connections of the ready list, first come, first
/// served. While that list is not empty an idle handle keeps the loop from sleeping, so a broadcast
/// to hundreds of clients is interrupted every few hundred microseconds for whoever asked
/// something.
///
/// Not here: one connection's bytes (pump_connection.c), serial lines (pump_serial.c), making the
/// listening socket (listen.c).
/// Main sources: libuv 1.44 design overview (phases of a loop turn), accept(2).
#include "ports/linux/pump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/listen.h"
#include "ports/linux/problem.h"
#include "ports/linux/pump_private.h"

/// Clients that may arrive at one moment: all there is room for, or at least these.
#define BACKLOG_MIN 128u
#define BACKLOG_MAX 4096u
#define TURN_CHUNKS 8u
#define TURN_BYTES (512u << 10)
#define TURN_VISITS 128u
#define TURN_ACCEPTS 16u
#define ACCEPT_PAUSE_US 100000u
#define PAUSE_LOG_US 60000000u
#define ZOMBIE_ASK_US 20000u
#define ZOMBIE_GIVE_UP_US 10000000u
/// How often a standing engine clock (stepped simulation) is looked at: from 1 ms, doubling to
/// this.
#define DUE_FLOOR_MAX_US 64000u
#define TIMER_MAX_US 3600000000u
/// Connections shaking hands at one moment; one more, and the one that has taken longest goes.
#define HANDSHAKES_MAX 256u

static void on_turn(uv_check_t *handle);
static void on_timer(uv_timer_t *handle);

static void on_idle(uv_idle_t *handle) {
    (void)handle;
}

/// There is work: have on_turn called soon.
static void be_busy(struct ib_pump *self) {
    if (self->busy || self->closed_all)
        return;
    self->busy = true;
    uv_idle_start(&self->idle, on_idle);
    uv_check_start(&self->check, on_turn);
}

uint64_t ib_pump_engine_now_us(const struct ib_pump *self) {
    return self->config.now_us(self->config.now_context);
}

void ib_pump_ready(struct ib_pump_connection *connection) {
    struct ib_pump *self = connection->pump;
    if (connection->is_ready)
        return;
    connection->is_ready = true;
    TAILQ_INSERT_TAIL(&self->ready, connection, ready);
    be_busy(self);
}

// ---- the one alarm ----

void ib_pump_note(struct ib_pump *self, const struct ib_pump_connection *connection) {
    if (connection->due_us < self->next_due_us)
        self->next_due_us = connection->due_us;
    if (connection->deadline_us < self->next_deadline_us)
        self->next_deadline_us = connection->deadline_us;
}

static uint64_t earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

void ib_pump_arm(struct ib_pump *self) {
    if (self->closed_all)
        return;
    uint64_t host_us = ib_host_now_us();
    uint64_t target_us = self->next_deadline_us;
    if (self->accept_pause)
        target_us = earlier(target_us, self->accept_again_us);
    if (!TAILQ_EMPTY(&self->zombies))
        target_us = earlier(target_us, host_us + ZOMBIE_ASK_US);
    if (self->next_due_us != IB_NEVER) {
        uint64_t now_us = ib_pump_engine_now_us(self);
        uint64_t wait_us = self->next_due_us > now_us ? self->next_due_us - now_us : 0;
        if (wait_us < self->due_floor_us)
            wait_us = self->due_floor_us;
        target_us = earlier(target_us, host_us + earlier(wait_us, TIMER_MAX_US));
    }
    // Firing early is harmless, so a later target waits until then.
    if (target_us >= self->armed_us)
        return;
    uint64_t wait_us = target_us > host_us ? earlier(target_us - host_us, TIMER_MAX_US) : 0;
    self->armed_us = target_us;
    uv_update_time(self->config.loop);
    uv_timer_start(&self->timer, on_timer, (wait_us + 999u) / 1000u, 0);
}

/// Zombies are sessions whose engine has a request under way: the memory is needed until then.
static void ask_zombies(struct ib_pump *self) {
    struct ib_pump_connection *c = TAILQ_FIRST(&self->zombies);
    bool give_up = self->closing && ib_host_now_us() - self->closing_since_us > ZOMBIE_GIVE_UP_US;
    while (c) {
        struct ib_pump_connection *next = TAILQ_NEXT(c, zombie);
        if (self->config.engine->close(self->config.engine_context, c->session)) {
            c->has_session = false;
            TAILQ_REMOVE(&self->zombies, c, zombie);
            ib_pump_connection_reap(c);
        } else if (give_up && !c->handle_open) {
            // Somebody may still write there: losing the memory is the lesser harm.
            TAILQ_REMOVE(&self->zombies, c, zombie);
            self->counters.abandoned++;
            self->memories--;
            ib_log(self->config.log, IB_LOG_ERROR, "pump",
                   "a session's request was not answered within 10 s of closing");
            be_busy(self);
        }
        c = next;
    }
}

static void on_timer(uv_timer_t *handle) {
    struct ib_pump *self = handle->data;
    uint64_t host_us = ib_host_now_us();
    uint64_t now_us = ib_pump_engine_now_us(self);
    bool stands = now_us == self->clock_seen_us && self->next_due_us != IB_NEVER;
    self->due_floor_us = stands ? earlier(self->due_floor_us * 2, DUE_FLOOR_MAX_US) : 1000;
    self->clock_seen_us = now_us;
    self->armed_us = self->next_due_us = self->next_deadline_us = IB_NEVER;

    struct ib_pump_connection *c = TAILQ_FIRST(&self->connections);
    while (c) {
        struct ib_pump_connection *next = TAILQ_NEXT(c, all);
        if (c->deadline_us <= host_us) {
            ib_pump_connection_expire(c, host_us);
        } else if (c->due_us <= now_us) {
            c->due_us = IB_NEVER;
            ib_pump_note(self, c);
            ib_pump_ready(c);
        } else {
            ib_pump_note(self, c);
        }
        c = next;
    }
    ask_zombies(self);
    if (self->accept_pause && self->accept_again_us <= host_us) {
        self->accept_pause = false;
        self->acceptable = true;
        be_busy(self);
    }
    ib_pump_arm(self);
}

// ---- letting clients in ----

static void on_acceptable(uv_poll_t *handle, int status, int events) {
    struct ib_pump *self = handle->data;
    (void)status;
    (void)events;
    // Later in this turn: a client that has just gone makes room for the one that has just come.
    self->acceptable = true;
    be_busy(self);
}

static void pause_accepting(struct ib_pump *self, int error) {
    uint64_t host_us = ib_host_now_us();
    if (self->counters.accept_pauses == 0 || host_us - self->pause_logged_us > PAUSE_LOG_US) {
        char text[128];
        (void)snprintf(text, sizeof text, "new clients have to wait: %s", strerror(error));
        ib_log(self->config.log, IB_LOG_WARNING, "pump", text);
        self->pause_logged_us = host_us;
    }
    self->counters.accept_pauses++;
    self->accept_pause = true;
    self->accept_again_us = host_us + ACCEPT_PAUSE_US;
    // The listener stays readable all the time: polling it would spin.
    self->acceptable = false;
    self->listening = false;
    uv_poll_stop(self->listener);
    ib_pump_arm(self);
}

/// A client that closed its sending side and only waits for an answer gives way to a new one; so does
/// the first one for which nothing is under way.
static bool make_room(struct ib_pump *self) {
    if (self->clients < self->config.max_clients)
        return true;
    struct ib_pump_connection *c;
    TAILQ_FOREACH(c, &self->connections, all) {
        if (c->state == IB_PUMP_OPEN && (c->eof || ib_pump_connection_spare(c))) {
            ib_pump_connection_drop(c);
            return true;
        }
    }
    return false;
}

bool ib_pump_admit(struct ib_pump *self) {
    uint64_t host_us = ib_host_now_us();
    if (make_room(self))
        return true;
    self->counters.refused++;
    // Once a second will do: a client may try again in a tight loop.
    if (self->counters.refused > 1 && host_us - self->refusal_logged_us < 1000000u)
        return false;
    self->refusal_logged_us = host_us;
    char text[80];
    (void)snprintf(text, sizeof text, "a client was refused: %u are connected", self->clients);
    ib_log(self->config.log, IB_LOG_INFO, "pump", text);
    return false;
}

static void listen_again(struct ib_pump *self) {
    if (self->listening)
        return;
    self->listening = true;
    uv_poll_start(self->listener, UV_READABLE, on_acceptable);
}

/// Many connections that never say anything must not keep out those who do.
static void limit_handshakes(struct ib_pump *self) {
    struct ib_pump_connection *c;
    if (self->handshakes < HANDSHAKES_MAX)
        return;
    TAILQ_FOREACH(c, &self->connections, all) {
        if (c->state == IB_PUMP_HANDSHAKING) {
            self->counters.tls_failures++;
            ib_pump_connection_drop(c);
            return;
        }
    }
}

static void accept_some(struct ib_pump *self) {
    // An engine function may pause the pump.
    for (unsigned i = 0; i < TURN_ACCEPTS && self->listener_fd >= 0 && !self->dropping; i++) {
        int fd = accept4(self->listener_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            limit_handshakes(self);
            ib_pump_connection_open(self, fd);
            continue;
        }
        switch (errno) {
        case EAGAIN:
            self->acceptable = false;
            listen_again(self);
            return;
        // The fate of that one connection (accept(2), "Error handling").
        case EINTR:
        case EPROTO:
        case ECONNABORTED:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET:
        case ENOPROTOOPT:
        case EOPNOTSUPP:
        case EPERM:
            continue;
        default:
            pause_accepting(self, errno);
            return;
        }
    }
}

// ---- a turn ----

static void on_own_handle_closed(uv_handle_t *handle) {
    struct ib_pump *self = handle->data;
    if (--self->open_handles > 0)
        return;
    void (*closed)(void *) = self->closed;
    void *context = self->closed_context;
    free(self->unix_path);
    free(self->address);
    free(self);
    if (closed)
        closed(context);
}

static void on_listener_closed(uv_handle_t *handle) {
    struct ib_pump *self = handle->data;
    free(handle);
    on_own_handle_closed((uv_handle_t *)&self->timer);
}

static void close_listener(struct ib_pump *self) {
    if (self->listener_fd < 0)
        return;
    uv_close((uv_handle_t *)self->listener, on_listener_closed);
    self->listener = NULL;
    if (self->unix_path)
        ib_listen_unix_remove(self->unix_path, self->unix_device, self->unix_inode);
    close(self->listener_fd);
    self->listener_fd = -1;
    self->listening = self->acceptable = self->accept_pause = false;
}

static void drop_connections(struct ib_pump *self) {
    struct ib_pump_connection *c;
    self->dropping = false;
    while ((c = TAILQ_FIRST(&self->connections)) != NULL)
        ib_pump_connection_drop(c);
}

static void close_all(struct ib_pump *self) {
    close_listener(self);
    drop_connections(self);
    if (self->memories > 0)
        return;
    self->closed_all = true;
    uv_close((uv_handle_t *)&self->timer, on_own_handle_closed);
    uv_close((uv_handle_t *)&self->idle, on_own_handle_closed);
    uv_close((uv_handle_t *)&self->check, on_own_handle_closed);
}

void ib_pump_connection_reap(struct ib_pump_connection *connection) {
    struct ib_pump *self = connection->pump;
    if (connection->handle_open || connection->has_session)
        return;
    free(connection);
    self->memories--;
    if (self->closing)
        be_busy(self);
}

static void on_turn(uv_check_t *handle) {
    struct ib_pump *self = handle->data;
    if (self->dropping)
        drop_connections(self);
    if (self->kicked) {
        self->kicked = false;
        struct ib_pump_connection *c;
        TAILQ_FOREACH(c, &self->connections, all) {
            if (c->state == IB_PUMP_OPEN)
                ib_pump_ready(c);
        }
        ask_zombies(self);
    }
    if (self->acceptable && !self->closing)
        accept_some(self);
    self->turn_chunks = 0;
    self->turn_bytes = 0;
    for (unsigned visits = 0; visits < TURN_VISITS && self->turn_chunks < TURN_CHUNKS &&
                              self->turn_bytes < TURN_BYTES && !TAILQ_EMPTY(&self->ready);
         visits++) {
        struct ib_pump_connection *c = TAILQ_FIRST(&self->ready);
        TAILQ_REMOVE(&self->ready, c, ready);
        c->is_ready = false;
        ib_pump_connection_visit(c);
    }
    if (self->closing)
        close_all(self);
    if (self->closed_all)
        return;
    if (!self->kicked && !self->acceptable && !self->dropping && TAILQ_EMPTY(&self->ready)) {
        self->busy = false;
        uv_idle_stop(&self->idle);
        uv_check_stop(&self->check);
    }
    ib_pump_arm(self);
}

// ---- the public side ----

static int check_config(const struct ib_pump_config *config, char *problem, size_t size) {
    const char *missing = NULL;
    if (!config->loop || !config->engine || !config->now_us)
        missing = "a loop, an engine and a clock";
    else if (!!config->address + !!config->unix_path + !!config->serial != 1)
        missing = "either an address, a UNIX path or a serial line";
    else if (config->tls && !config->address)
        missing = "an address for TLS";
    else if (config->max_clients == 0 && !config->serial)
        missing = "room for at least one client";
    else if (config->send_deadline_ms == 0 || config->send_deadline_ms > INT32_MAX)
        missing = "a send deadline";
    if (!missing)
        return 0;
    ib_problem(problem, size, "a connection pump needs %s", missing);
    return -EINVAL;
}

static void init_handles(struct ib_pump *self) {
    uv_timer_init(self->config.loop, &self->timer);
    uv_idle_init(self->config.loop, &self->idle);
    uv_check_init(self->config.loop, &self->check);
    self->timer.data = self->idle.data = self->check.data = self;
    self->open_handles += 3;
}

/// A listening socket and its handle: the first time, and after each pause.
static int open_listener(struct ib_pump *self, char *problem, size_t size) {
    uv_poll_t *listener = malloc(sizeof *listener);
    if (!listener) {
        ib_problem(problem, size, "out of memory");
        return -ENOMEM;
    }
    int fd = self->unix_path ? ib_listen_unix(self->unix_path, self->backlog, &self->unix_device,
                                              &self->unix_inode, problem, size)
                             : ib_listen_tcp(self->address, self->port, self->backlog, &self->port,
                                             problem, size);
    int error = fd < 0 ? fd : uv_poll_init(self->config.loop, listener, fd);
    if (error) {
        if (fd >= 0) {
            ib_problem(problem, size, "the event loop refused the listening socket: %s",
                       uv_strerror(error));
            if (self->unix_path)
                ib_listen_unix_remove(self->unix_path, self->unix_device, self->unix_inode);
            close(fd);
        }
        free(listener);
        return error;
    }
    listener->data = self;
    self->listener = listener;
    self->listener_fd = fd;
    self->open_handles++;
    listen_again(self);
    return 0;
}

/// What the configuration borrows and the pump keeps. False: no memory.
static bool keep_config(struct ib_pump *self, const struct ib_pump_config *config) {
    self->config = *config;
    self->unix_path = config->unix_path ? strdup(config->unix_path) : NULL;
    self->address = config->address ? strdup(config->address) : NULL;
    self->config.unix_path = self->unix_path;
    self->config.address = self->address;
    self->port = config->port;
    self->backlog = (int)earlier(
        config->max_clients > BACKLOG_MIN ? config->max_clients : BACKLOG_MIN, BACKLOG_MAX);
    return !config->unix_path == !self->unix_path && !config->address == !self->address;
}

static void check_limit(struct ib_pump *self) {
    unsigned wanted = self->config.max_clients + (self->config.tls ? HANDSHAKES_MAX : 0);
    unsigned lacking = ib_listen_raise_limit(wanted);
    if (lacking == 0)
        return;
    char text[128];
    (void)snprintf(text, sizeof text,
                   "the limit of open files (ulimit -Hn) is %u too low for %u clients", lacking,
                   self->config.max_clients);
    ib_log(self->config.log, IB_LOG_WARNING, "pump", text);
}

int ib_pump_open(struct ib_pump **out, const struct ib_pump_config *config, char *problem,
                 size_t problem_size) {
    *out = NULL;
    int error = check_config(config, problem, problem_size);
    if (error)
        return error;
    struct ib_pump *self = calloc(1, sizeof *self);
    if (!self || !keep_config(self, config)) {
        ib_problem(problem, problem_size, "out of memory");
        error = -ENOMEM;
    } else {
        TAILQ_INIT(&self->connections);
        TAILQ_INIT(&self->ready);
        TAILQ_INIT(&self->zombies);
        self->next_due_us = self->next_deadline_us = self->armed_us = IB_NEVER;
        self->due_floor_us = 1000;
        self->listener_fd = -1;
        // Both leave nothing behind when they fail; the other handles cannot fail.
        error = config->serial ? ib_pump_serial_open(self, problem, problem_size)
                               : open_listener(self, problem, problem_size);
    }
    if (error) {
        free(self ? self->unix_path : NULL);
        free(self ? self->address : NULL);
        free(self);
        return error;
    }
    init_handles(self);
    if (config->serial)
        ib_pump_serial_begin(self);
    else
        check_limit(self);
    *out = self;
    return 0;
}

int ib_pump_port(const struct ib_pump *self) {
    return self->port;
}

unsigned ib_pump_clients(const struct ib_pump *self) {
    return self->clients;
}

void ib_pump_counters(const struct ib_pump *self, struct ib_pump_counters *out) {
    *out = self->counters;
}

void ib_pump_kick(struct ib_pump *self) {
    self->kicked = true;
    be_busy(self);
}

void ib_pump_pause(struct ib_pump *self) {
    if (self->paused || self->closing || self->config.serial)
        return;
    self->paused = true;
    close_listener(self);
    self->dropping = true;
    be_busy(self);
}

int ib_pump_resume(struct ib_pump *self, char *problem, size_t problem_size) {
    if (self->closing) {
        ib_problem(problem, problem_size, "the pump is closing");
        return -ESHUTDOWN;
    }
    if (!self->paused)
        return 0;
    int error = open_listener(self, problem, problem_size);
    if (error)
        return error;
    self->paused = false;
    return 0;
}

bool ib_pump_paused(const struct ib_pump *self) {
    return self->paused;
}

void ib_pump_close(struct ib_pump *self, void (*closed)(void *context), void *context) {
    IB_ASSERT(!self->closing);
    self->closing = true;
    self->closed = closed;
    self->closed_context = context;
    self->closing_since_us = ib_host_now_us();
    be_busy(self);
}
