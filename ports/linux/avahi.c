/// One service published through Avahi: a chain of calls that is begun anew whenever what is wanted and
/// what Avahi holds differ.
///
/// One entry group at a time, one call at a time. A group that is not wanted any more is freed first;
/// then a new one is made, filled and committed. Avahi's word on it comes later, as a signal.
/// Not here: connecting to the bus (bus_loop.c). Main source: Avahi's D-Bus introspection files
/// (org.freedesktop.Avahi.Server.xml, EntryGroup.xml) and avahi-common/defs.h, 0.8.
#include "ports/linux/avahi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "ports/linux/bus_loop.h"
#include "ports/linux/problem.h"

#define AVAHI "org.freedesktop.Avahi"
#define SERVER AVAHI ".Server"
#define GROUP AVAHI ".EntryGroup"

#define TXT_MOST 6
#define TXT_BYTES 255u
#define NAME_BYTES 64u
/// A name that so many others have: somebody answers to everything.
#define COLLISIONS_MOST 100u
#define AGAIN_MS 5000u

enum {
    SERVER_RUNNING = 2,
    GROUP_ESTABLISHED = 2,
    GROUP_COLLISION = 3,
    GROUP_FAILURE = 4,
    ANY_INTERFACE = -1,
    OVER_IPV4 = 0, ///< the camera has no IPv6, like a tCam-Mini
};

/// What a call under way is for.
enum step {
    IDLE,
    MAKING_GROUP,
    ADDING,
    COMMITTING,
    RENAMING,
    FREEING,
};

enum progress { NO_GROUP, EMPTY, FILLED, COMMITTED };

struct service {
    char name[NAME_BYTES];
    char type[NAME_BYTES];
    uint16_t port;
    unsigned txt_count;
    char txt[TXT_MOST][TXT_BYTES + 1];
};

struct ib_avahi {
    struct ib_bus_loop *bus;
    const struct ib_log *log;
    struct service wanted;
    bool is_wanted;
    char name[NAME_BYTES]; ///< `wanted.name`, or the next one that is free
    char group[128];       ///< object path
    enum progress progress;
    bool stale;    ///< the group has to go first
    bool collided; ///< another name has to be found first
    unsigned collisions;
    bool running;    ///< Avahi's server is ready for services
    bool paused;     ///< until the timer
    bool watching;   ///< for Avahi's signals, on this connection
    enum step step;  ///< the call under way
    unsigned daemon; ///< how many came and went
    unsigned wish;   ///< how often another service was wanted
    unsigned asked_wish;
    unsigned asked; ///< which of them the call went to
    uv_timer_t timer;
    char status[160];
    bool told_absent;
    unsigned open_parts;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

static void advance(struct ib_avahi *self);

static void say(const struct ib_avahi *self, enum ib_log_level level, const char *text) {
    ib_log(self->log, level, "avahi", text);
}

#define set_status(self, ...) ib_problem((self)->status, sizeof(self)->status, __VA_ARGS__)

// ---- trouble ----

static void on_timer(uv_timer_t *handle) {
    struct ib_avahi *self = handle->data;
    self->paused = false;
    advance(self);
}

/// Whatever Avahi holds has to go.
static void discard(struct ib_avahi *self) {
    self->stale = self->progress != NO_GROUP;
}

/// Begin anew some seconds later.
static void fail(struct ib_avahi *self, const char *why) {
    char text[160];
    snprintf(text, sizeof text, "Avahi refused: %.120s", why);
    if (strcmp(text, self->status) != 0)
        say(self, IB_LOG_WARNING, text);
    set_status(self, "%s", text);
    discard(self);
    self->paused = true;
    uv_update_time(self->timer.loop);
    uv_timer_start(&self->timer, on_timer, AGAIN_MS, 0);
}

/// The name belongs to somebody else.
static void collide(struct ib_avahi *self) {
    discard(self);
    if (++self->collisions >= COLLISIONS_MOST) {
        self->collisions = 0;
        memcpy(self->name, self->wanted.name, sizeof self->name);
        fail(self, "every name is taken");
    } else {
        self->collided = true;
    }
}

// ---- replies ----

static void take_group(struct ib_avahi *self, sd_bus_message *reply) {
    const char *path = NULL;
    if (sd_bus_message_read(reply, "o", &path) >= 0 && strlen(path) < sizeof self->group) {
        memcpy(self->group, path, strlen(path) + 1);
        self->progress = EMPTY;
    } else {
        fail(self, "no entry group");
    }
}

static void take_name(struct ib_avahi *self, sd_bus_message *reply) {
    const char *name = NULL;
    self->collided = false;
    if (sd_bus_message_read(reply, "s", &name) < 0 || !name[0] || strlen(name) >= NAME_BYTES) {
        fail(self, "no other name");
        return;
    }
    char text[200];
    snprintf(text, sizeof text, "the name %s is taken, trying %s", self->name, name);
    say(self, IB_LOG_INFO, text);
    memset(self->name, 0, sizeof self->name);
    memcpy(self->name, name, strlen(name));
}

static void set_server_state(struct ib_avahi *self, int32_t state) {
    bool running = state == SERVER_RUNNING;
    if (running == self->running)
        return;
    self->running = running;
    // While Avahi looks for another host name its groups must be filled anew.
    if (!running)
        discard(self);
}

static void take_state(struct ib_avahi *self, sd_bus_message *reply) {
    int32_t state;
    if (sd_bus_message_read(reply, "i", &state) >= 0)
        set_server_state(self, state);
}

/// The reply to the one call under way.
static int on_reply(sd_bus_message *reply, void *context, sd_bus_error *unused) {
    struct ib_avahi *self = context;
    enum step step = self->step;
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    (void)unused;
    self->step = IDLE;
    if (self->asked != self->daemon) {
        advance(self); // of one that has gone
        return 0;
    }
    if (step == FREEING) {
        // Whatever Avahi says: nothing of it is ours any more.
        self->progress = NO_GROUP;
        self->stale = false;
    } else if (step != MAKING_GROUP && self->asked_wish != self->wish) {
        // For a service that is not wanted any more; its group is stale.
    } else if (error && step == ADDING && strcmp(error->name, AVAHI ".CollisionError") == 0) {
        collide(self);
    } else if (error) {
        fail(self, error->message ? error->message : error->name);
    } else if (step == MAKING_GROUP) {
        take_group(self, reply);
    } else if (step == RENAMING) {
        take_name(self, reply);
    } else {
        self->progress = step == ADDING ? FILLED : COMMITTED;
    }
    advance(self);
    return 0;
}

// ---- calls ----

static int append_txt(sd_bus_message *call, const struct service *service) {
    int error = sd_bus_message_open_container(call, 'a', "ay");
    for (unsigned i = 0; i < service->txt_count && error >= 0; i++)
        error = sd_bus_message_append_array(call, 'y', service->txt[i], strlen(service->txt[i]));
    return error < 0 ? error : sd_bus_message_close_container(call);
}

static int fill_call(const struct ib_avahi *self, sd_bus_message *call, enum step step) {
    if (step == RENAMING)
        return sd_bus_message_append(call, "s", self->name);
    if (step != ADDING)
        return 0;
    int error = sd_bus_message_append(call, "iiussssq", ANY_INTERFACE, OVER_IPV4, 0u, self->name,
                                      self->wanted.type, "", "", self->wanted.port);
    return error < 0 ? error : append_txt(call, &self->wanted);
}

static void call(struct ib_avahi *self, enum step step) {
    static const struct {
        bool to_group;
        const char *method;
    } CALLS[] = {
        [MAKING_GROUP] = {false, "EntryGroupNew"},
        [ADDING] = {true, "AddService"},
        [COMMITTING] = {true, "Commit"},
        [FREEING] = {true, "Free"},
        [RENAMING] = {false, "GetAlternativeServiceName"},
    };
    sd_bus_message *message = NULL;
    bool to_group = CALLS[step].to_group;
    int error = sd_bus_message_new_method_call(ib_bus_loop_bus(self->bus), &message, AVAHI,
                                               to_group ? self->group : "/",
                                               to_group ? GROUP : SERVER, CALLS[step].method);
    if (error >= 0)
        error = fill_call(self, message, step);
    if (error < 0)
        sd_bus_message_unref(message);
    else
        error = ib_bus_loop_call(self->bus, message, on_reply, self);
    if (error >= 0) {
        self->step = step;
        self->asked = self->daemon;
        self->asked_wish = self->wish;
    } else if (step != FREEING) {
        fail(self, strerror(-error));
    }
}

/// The next call that brings Avahi closer to what is wanted.
static void advance(struct ib_avahi *self) {
    if (self->closing || self->step != IDLE || ib_bus_loop_presence(self->bus) != IB_BUS_SERVICE)
        return;
    if (self->stale)
        call(self, FREEING);
    else if (!self->is_wanted || !self->running || self->paused)
        return;
    else if (self->collided)
        call(self, RENAMING);
    else if (self->progress == NO_GROUP)
        call(self, MAKING_GROUP);
    else if (self->progress == EMPTY)
        call(self, ADDING);
    else if (self->progress == FILLED)
        call(self, COMMITTING);
}

// ---- signals ----

static int on_server_state(sd_bus_message *signal, void *context, sd_bus_error *error) {
    struct ib_avahi *self = context;
    (void)error;
    take_state(self, signal);
    advance(self);
    return 0;
}

static int on_group_state(sd_bus_message *signal, void *context, sd_bus_error *unused) {
    struct ib_avahi *self = context;
    int32_t state;
    const char *why;
    char text[160];
    (void)unused;
    if (self->progress == NO_GROUP || self->stale ||
        strcmp(sd_bus_message_get_path(signal), self->group) != 0 ||
        sd_bus_message_read(signal, "is", &state, &why) < 0)
        return 0;
    if (state == GROUP_ESTABLISHED) {
        snprintf(text, sizeof text, "published as %s", self->name);
        say(self, IB_LOG_INFO, text);
        set_status(self, "%s", text);
        self->collisions = 0;
    } else if (state == GROUP_COLLISION) {
        collide(self);
    } else if (state == GROUP_FAILURE) {
        fail(self, why);
    }
    advance(self);
    return 0;
}

// ---- Avahi comes and goes ----

static void show_wish(struct ib_avahi *self) {
    if (ib_bus_loop_presence(self->bus) != IB_BUS_SERVICE)
        return;
    if (self->is_wanted)
        set_status(self, "being published as %s", self->name);
    else
        set_status(self, "off");
}

static int on_first_state(sd_bus_message *reply, void *context, sd_bus_error *unused) {
    struct ib_avahi *self = context;
    (void)unused;
    // An error: the daemon has gone again, and its end is told.
    if (!sd_bus_message_is_method_error(reply, NULL))
        take_state(self, reply);
    advance(self);
    return 0;
}

/// What the daemon says from now on, and how it is.
static void watch(struct ib_avahi *self) {
    sd_bus *bus = ib_bus_loop_bus(self->bus);
    sd_bus_message *ask = NULL;
    int error = 0;
    if (!self->watching)
        error = sd_bus_match_signal_async(bus, NULL, AVAHI, "/", SERVER, "StateChanged",
                                          on_server_state, NULL, self);
    if (error >= 0 && !self->watching)
        error = sd_bus_match_signal_async(bus, NULL, AVAHI, NULL, GROUP, "StateChanged",
                                          on_group_state, NULL, self);
    self->watching = true;
    if (error >= 0)
        error = sd_bus_message_new_method_call(bus, &ask, AVAHI, "/", SERVER, "GetState");
    if (error >= 0)
        error = ib_bus_loop_call(self->bus, ask, on_first_state, self);
    if (error < 0)
        fail(self, strerror(-error));
}

static void forget_daemon(struct ib_avahi *self) {
    self->daemon++;
    self->progress = NO_GROUP;
    self->stale = self->collided = self->paused = self->running = false;
    memcpy(self->name, self->wanted.name, sizeof self->name);
    uv_timer_stop(&self->timer);
}

static void on_changed(void *context, enum ib_bus_presence now) {
    struct ib_avahi *self = context;
    forget_daemon(self);
    if (now == IB_BUS_SERVICE) {
        self->told_absent = false;
        show_wish(self);
        watch(self);
        return;
    }
    if (now == IB_BUS_NO_BUS) {
        self->step = IDLE;
        self->watching = false;
    }
    set_status(self, "%s", now == IB_BUS_NO_BUS ? "there is no D-Bus" : "Avahi does not run");
    if (!self->told_absent)
        say(self, IB_LOG_INFO,
            now == IB_BUS_NO_BUS ? "not announced on the network: there is no D-Bus"
                                 : "not announced on the network: Avahi does not run");
    self->told_absent = true;
}

// ---- the public side ----

int ib_avahi_open(struct ib_avahi **out, uv_loop_t *loop, const char *address,
                  const struct ib_log *log) {
    struct ib_avahi *self = calloc(1, sizeof *self);
    if (!self)
        return -ENOMEM;
    struct ib_bus_loop_config config = {
        .loop = loop, .address = address, .service = AVAHI, .changed = on_changed, .context = self};
    self->log = log;
    set_status(self, "looking for Avahi");
    int error = ib_bus_loop_open(&self->bus, &config);
    if (error) {
        free(self);
        return error;
    }
    uv_timer_init(loop, &self->timer);
    self->timer.data = self;
    self->open_parts = 2;
    *out = self;
    return 0;
}

static bool same(const struct service *a, const struct service *b) {
    bool same = strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 &&
                a->port == b->port && a->txt_count == b->txt_count;
    for (unsigned i = 0; same && i < a->txt_count; i++)
        same = strcmp(a->txt[i], b->txt[i]) == 0;
    return same;
}

void ib_avahi_publish(struct ib_avahi *self, const struct ib_avahi_service *service) {
    struct service wanted = {0};
    if (service) {
        ib_problem(wanted.name, sizeof wanted.name, "%s", service->name);
        ib_problem(wanted.type, sizeof wanted.type, "%s", service->type);
        wanted.port = service->port;
        for (const char *const *txt = service->txt; txt && *txt; txt++) {
            IB_ASSERT(wanted.txt_count < TXT_MOST);
            ib_problem(wanted.txt[wanted.txt_count++], TXT_BYTES + 1, "%s", *txt);
        }
    }
    if (self->is_wanted == (service != NULL) && same(&wanted, &self->wanted))
        return;
    self->wanted = wanted;
    self->is_wanted = service != NULL;
    memcpy(self->name, wanted.name, sizeof self->name);
    self->collisions = 0;
    self->collided = false;
    self->wish++;
    self->paused = false;
    uv_timer_stop(&self->timer);
    discard(self);
    show_wish(self);
    advance(self);
}

const char *ib_avahi_status(const struct ib_avahi *self) {
    return self->status;
}

static void on_part_closed(struct ib_avahi *self) {
    if (--self->open_parts > 0)
        return;
    void (*closed)(void *context) = self->closed;
    void *context = self->closed_context;
    free(self);
    if (closed)
        closed(context);
}

static void on_bus_closed(void *context) {
    on_part_closed(context);
}

static void on_timer_closed(uv_handle_t *handle) {
    on_part_closed(handle->data);
}

void ib_avahi_close(struct ib_avahi *self, void (*closed)(void *context), void *context) {
    IB_ASSERT(!self->closing);
    self->closing = true;
    self->closed = closed;
    self->closed_context = context;
    // Avahi frees the groups of whoever leaves the bus.
    ib_bus_loop_close(self->bus, on_bus_closed, self);
    uv_close((uv_handle_t *)&self->timer, on_timer_closed);
}
