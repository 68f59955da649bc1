/// sd-bus between libuv's phases: before every sleep its wishes (events, deadline) are taken over.
///
/// Not here: reading replies. Source: sd_bus_get_fd(3), "sd_bus_get_events, sd_bus_get_timeout".
#include "ports/linux/bus_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "ports/linux/host_clock.h"

#define CALL_TIMEOUT_US 20000000u
/// Messages handled before other work of the loop has its turn.
#define TURN_MESSAGES 32
#define AGAIN_MIN_MS 500u
#define AGAIN_MAX_MS 10000u

struct ib_bus_loop {
    struct ib_bus_loop_config config;
    char *address;
    sd_bus *bus;
    uv_poll_t *poll; ///< one a connection: libuv closes handles later than descriptors
    uv_prepare_t prepare;
    uv_timer_t timer;
    enum ib_bus_presence presence;
    bool ready; ///< the bus has said hello
    int polled; ///< events that libuv watches for; restarting a watch costs system calls
    uint64_t armed_us;
    unsigned again_ms;
    unsigned open_handles;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

static void on_poll(uv_poll_t *handle, int status, int events);
static void on_timer(uv_timer_t *handle);

static int start_bus(sd_bus **out, const char *address) {
    if (!address)
        return sd_bus_open_system(out);
    sd_bus *bus = NULL;
    int error = sd_bus_new(&bus);
    if (error >= 0)
        error = sd_bus_set_address(bus, address);
    if (error >= 0)
        error = sd_bus_set_bus_client(bus, 1);
    if (error >= 0)
        error = sd_bus_start(bus);
    if (error < 0) {
        sd_bus_unref(bus);
        return error;
    }
    *out = bus;
    return 0;
}

int ib_bus_connect(sd_bus **out, const char *address, uint64_t deadline_us) {
    sd_bus *bus = NULL;
    int error = start_bus(&bus, address);
    while (error >= 0 && (error = sd_bus_is_ready(bus)) == 0) {
        error = sd_bus_process(bus, NULL);
        if (error != 0)
            continue;
        uint64_t now_us = ib_host_now_us();
        error = now_us < deadline_us ? sd_bus_wait(bus, deadline_us - now_us) : -ETIMEDOUT;
    }
    if (error < 0) {
        sd_bus_close_unref(bus);
        return error;
    }
    *out = bus;
    return 0;
}

// ---- presence ----

static void tell(struct ib_bus_loop *self, enum ib_bus_presence now) {
    if (self->closing || self->presence == now)
        return;
    self->presence = now;
    self->config.changed(self->config.context, now);
}

static int on_owner(sd_bus_message *reply, void *context, sd_bus_error *error) {
    (void)error;
    tell(context, sd_bus_message_is_method_error(reply, NULL) ? IB_BUS_NO_SERVICE : IB_BUS_SERVICE);
    return 0;
}

static int on_owner_changed(sd_bus_message *signal, void *context, sd_bus_error *error) {
    struct ib_bus_loop *self = context;
    const char *name;
    const char *before;
    const char *now;
    (void)error;
    if (sd_bus_message_read(signal, "sss", &name, &before, &now) < 0 ||
        strcmp(name, self->config.service) != 0)
        return 0;
    // Another owner at once knows nothing of what the one before was told.
    if (before[0])
        tell(self, IB_BUS_NO_SERVICE);
    if (now[0])
        tell(self, IB_BUS_SERVICE);
    return 0;
}

static int watch_service(struct ib_bus_loop *self) {
    char rule[256];
    int size = snprintf(rule, sizeof rule,
                        "type='signal',sender='org.freedesktop.DBus',"
                        "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
                        self->config.service);
    IB_ASSERT(size > 0 && (size_t)size < sizeof rule);
    int error = sd_bus_add_match_async(self->bus, NULL, rule, on_owner_changed, NULL, self);
    if (error < 0)
        return error;
    return sd_bus_call_method_async(self->bus, NULL, "org.freedesktop.DBus",
                                    "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner",
                                    on_owner, self, "s", self->config.service);
}

// ---- the connection ----

static void on_poll_closed(uv_handle_t *handle) {
    free(handle);
}

static void drop_bus(struct ib_bus_loop *self) {
    if (self->poll) {
        uv_poll_stop(self->poll);
        uv_close((uv_handle_t *)self->poll, on_poll_closed);
        self->poll = NULL;
    }
    sd_bus *bus = self->bus;
    self->bus = NULL;
    self->ready = false;
    sd_bus_close_unref(bus);
}

static void lose(struct ib_bus_loop *self) {
    drop_bus(self);
    if (self->closing)
        return;
    uv_update_time(self->config.loop);
    uv_timer_start(&self->timer, on_timer, self->again_ms, 0);
    self->again_ms = self->again_ms * 2 < AGAIN_MAX_MS ? self->again_ms * 2 : AGAIN_MAX_MS;
    tell(self, IB_BUS_NO_BUS);
}

static void connect_bus(struct ib_bus_loop *self) {
    self->polled = -1;
    self->armed_us = UINT64_MAX;
    int error = start_bus(&self->bus, self->address);
    if (error >= 0) {
        self->poll = malloc(sizeof *self->poll);
        error = self->poll ? 0 : -ENOMEM;
    }
    if (error >= 0) {
        error = uv_poll_init(self->config.loop, self->poll, sd_bus_get_fd(self->bus));
        if (error < 0) {
            free(self->poll);
            self->poll = NULL;
        } else {
            self->poll->data = self;
        }
    }
    if (error < 0)
        lose(self);
}

/// Handle what has arrived and send what waits.
static void turn(struct ib_bus_loop *self) {
    for (int i = 0; i < TURN_MESSAGES && self->bus; i++) {
        int handled = sd_bus_process(self->bus, NULL);
        if (!self->bus)
            return; // closed by a callback
        if (handled >= 0 && !self->ready && sd_bus_is_ready(self->bus) > 0) {
            self->ready = true;
            self->again_ms = AGAIN_MIN_MS;
            if (watch_service(self) < 0)
                handled = -EIO;
        }
        if (handled < 0)
            lose(self);
        if (handled <= 0)
            return;
    }
}

static void on_poll(uv_poll_t *handle, int status, int events) {
    (void)status; // an error shows in sd_bus_process too
    (void)events;
    turn(handle->data);
}

static void on_timer(uv_timer_t *handle) {
    struct ib_bus_loop *self = handle->data;
    self->armed_us = UINT64_MAX;
    if (self->bus)
        turn(self);
    else
        connect_bus(self);
}

static void arm(struct ib_bus_loop *self, uint64_t until_us) {
    self->armed_us = until_us;
    uv_timer_stop(&self->timer);
    if (until_us == UINT64_MAX)
        return;
    uint64_t now_us = ib_host_now_us();
    uint64_t wait_us = until_us > now_us ? until_us - now_us : 0;
    uv_update_time(self->config.loop);
    uv_timer_start(&self->timer, on_timer, (wait_us + 999u) / 1000u, 0);
}

static void on_prepare(uv_prepare_t *handle) {
    struct ib_bus_loop *self = handle->data;
    if (!self->bus)
        return;
    uint64_t until_us = UINT64_MAX;
    int events = sd_bus_get_events(self->bus);
    int error = events < 0 ? events : sd_bus_get_timeout(self->bus, &until_us);
    if (error >= 0 && events != self->polled) {
        self->polled = events;
        error = uv_poll_start(self->poll,
                              (events & POLLIN ? UV_READABLE : 0) |
                                  (events & POLLOUT ? UV_WRITABLE : 0) | UV_DISCONNECT,
                              on_poll);
    }
    if (error < 0)
        lose(self);
    else if (until_us != self->armed_us)
        arm(self, until_us);
}

// ---- the public side ----

int ib_bus_loop_open(struct ib_bus_loop **out, const struct ib_bus_loop_config *config) {
    struct ib_bus_loop *self = calloc(1, sizeof *self);
    if (self && config->address)
        self->address = strdup(config->address);
    if (!self || (config->address && !self->address)) {
        free(self);
        return -ENOMEM;
    }
    self->config = *config;
    self->config.address = NULL;
    self->again_ms = AGAIN_MIN_MS;
    uv_prepare_init(config->loop, &self->prepare);
    uv_timer_init(config->loop, &self->timer);
    self->prepare.data = self->timer.data = self;
    self->open_handles = 2;
    uv_prepare_start(&self->prepare, on_prepare);
    uv_update_time(config->loop);
    uv_timer_start(&self->timer, on_timer, 0, 0);
    *out = self;
    return 0;
}

sd_bus *ib_bus_loop_bus(struct ib_bus_loop *self) {
    return self->ready ? self->bus : NULL;
}

enum ib_bus_presence ib_bus_loop_presence(const struct ib_bus_loop *self) {
    return self->presence;
}

int ib_bus_loop_call(struct ib_bus_loop *self, sd_bus_message *message,
                     sd_bus_message_handler_t replied, void *context) {
    int error = self->ready ? sd_bus_message_set_auto_start(message, 0) : -ENOTCONN;
    if (error >= 0)
        error = sd_bus_call_async(self->bus, NULL, message, replied, context, CALL_TIMEOUT_US);
    sd_bus_message_unref(message);
    return error < 0 ? error : 0;
}

static void on_handle_closed(uv_handle_t *handle) {
    struct ib_bus_loop *self = handle->data;
    if (--self->open_handles > 0)
        return;
    void (*closed)(void *context) = self->closed;
    void *context = self->closed_context;
    free(self->address);
    free(self);
    if (closed)
        closed(context);
}

void ib_bus_loop_close(struct ib_bus_loop *self, void (*closed)(void *context), void *context) {
    IB_ASSERT(!self->closing);
    self->closing = true;
    self->closed = closed;
    self->closed_context = context;
    drop_bus(self);
    uv_close((uv_handle_t *)&self->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&self->timer, on_handle_closed);
}
