/// The HTTP port: what the pump calls, in the words of the HTTP engine and of its handlers.
#include "apps/ironbow/serve_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/http_session.h"
#include "core/status.h"
#include "ports/linux/host_clock.h"

/// A browser opens up to six connections beside its WebSocket.
#define CONNECTIONS_EACH 8u
#define TICK_MS 100

static uint64_t host_now_us(void *context) {
    (void)context;
    return ib_host_now_us();
}

static void on_open(void *engine, void *session, uint64_t now_us) {
    struct ib_app_http_session *self = session;
    self->door = engine;
    self->file = -1;
    ib_http_init(&self->wire, now_us);
}

static size_t on_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                      uint64_t now_us) {
    (void)engine;
    struct ib_app_http_session *self = session;
    if (self->socket)
        return ib_app_http_live_feed(self, bytes, size);
    return ib_http_feed(&self->wire, bytes, size, now_us);
}

/// What belonged to an answer that is given goes; a long body that is still on its way stays.
static void end_answer(struct ib_app_http_session *self) {
    if (self->file >= 0)
        close(self->file);
    self->file = -1;
    free(self->body);
    self->body = NULL;
    if (self->room && self->wire.room == self->room)
        return;
    free(self->room);
    self->room = NULL;
}

/// The next part of a download, straight from the disk.
static void pull_file(struct ib_app_http_session *self, uint64_t now_us,
                      struct ib_pump_chunk *out) {
    uint8_t *piece = self->door->piece;
    uint64_t left = ib_http_piece(&self->wire);
    size_t size = left < IB_HTTP_SLICE_BYTES ? (size_t)left : IB_HTTP_SLICE_BYTES;
    ssize_t got = pread(self->file, piece, size, (off_t)self->file_at);
    if (got <= 0) {
        ib_http_abandon(&self->wire);
        out->hang_up = true;
        return;
    }
    self->file_at += (uint64_t)got;
    ib_http_gave(&self->wire, (size_t)got, now_us);
    *out = (struct ib_pump_chunk){.bytes = piece, .size = (size_t)got};
}

static void act(struct ib_app_http_session *self, uint64_t now_us) {
    for (;;) {
        switch (ib_http_next(&self->wire, now_us)) {
        case IB_HTTP_HEAD:
            ib_app_http_dispatch(self);
            break;
        case IB_HTTP_REQUEST:
            ib_app_http_handle(self);
            break;
        case IB_HTTP_BAD:
            self->door->counters.requests++;
            ib_app_http_error(self, self->wire.status, "%s", self->wire.problem);
            break;
        case IB_HTTP_NOTHING:
            return;
        }
    }
}

static void act_later(struct ib_app_http_session *self, uint64_t now_us) {
    if (!self->poll || self->poll(self)) {
        self->poll = NULL;
    } else if (now_us >= self->poll_ends_us) {
        // Its memory is needed until the camera answers: another request cannot have it.
        static const char TEXT[] = "{\"error\":\"the camera has not answered in time\"}";
        struct ib_http_answer answer = {.status = 504,
                                        .type = "application/json",
                                        .bytes = TEXT,
                                        .size = sizeof TEXT - 1,
                                        .close = true};
        ib_app_http_answer(self, &answer);
    }
}

static void on_pull(void *engine, void *session, uint64_t now_us, bool busy,
                    struct ib_pump_chunk *out) {
    (void)engine;
    struct ib_app_http_session *self = session;
    *out = (struct ib_pump_chunk){0};
    if (self->socket) {
        ib_app_http_live_pull(self, busy, out);
        return;
    }
    if (self->wire.state != IB_HTTP_SENDING)
        end_answer(self);
    act(self, now_us);
    act_later(self, now_us);
    struct ib_http_chunk chunk;
    ib_http_pull(&self->wire, now_us, busy, &chunk);
    *out =
        (struct ib_pump_chunk){.bytes = chunk.bytes, .size = chunk.size, .hang_up = chunk.hang_up};
    if (chunk.size > 0 || busy || ib_http_piece(&self->wire) == 0)
        return;
    if (self->streaming)
        ib_app_http_mjpeg_pull(self, out);
    else
        pull_file(self, now_us, out);
}

static uint64_t on_due(void *engine, void *session) {
    (void)engine;
    const struct ib_app_http_session *self = session;
    if (self->socket)
        return IB_NEVER;
    return self->poll ? self->poll_ends_us : ib_http_due(&self->wire);
}

static bool on_spare(void *engine, void *session) {
    (void)engine;
    const struct ib_app_http_session *self = session;
    return !self->socket && ib_http_idle(&self->wire);
}

static bool on_close(void *engine, void *session) {
    (void)engine;
    struct ib_app_http_session *self = session;
    ib_app_http_live_close(self);
    ib_app_http_mjpeg_close(self);
    end_answer(self);
    free(self->room);
    self->room = NULL;
    self->poll = NULL;
    if (self->posted && ib_camera_answered(&self->request))
        self->posted = false;
    return !self->posted;
}

static void on_refuse(void *engine, struct ib_pump_chunk *out) {
    (void)engine;
    static const char TEXT[] =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
        "Content-Length: 34\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
        "{\"error\":\"too many are connected\"}";
    *out = (struct ib_pump_chunk){.bytes = TEXT, .size = sizeof TEXT - 1, .hang_up = true};
}

static const struct ib_pump_engine ENGINE = {
    .session_bytes = sizeof(struct ib_app_http_session),
    .open = on_open,
    .feed = on_feed,
    .pull = on_pull,
    .due = on_due,
    .spare = on_spare,
    .close = on_close,
    .refuse = on_refuse,
};

// ---- the door ----

/// Something may have changed, and not only with a frame: the LED blinks, time goes by.
static void on_tick(uv_timer_t *handle) {
    struct ib_app_http *self = handle->data;
    if (self->live.viewers == 0)
        return;
    ib_app_http_live_step(self);
    ib_pump_kick(self->pump);
}

static void door_kick(void *door, uint64_t now_us) {
    struct ib_app_http *self = door;
    (void)now_us;
    if (self->ffc_posted && ib_camera_answered(&self->ffc))
        self->ffc_posted = false;
    ib_app_http_period_step(self);
    ib_app_http_live_step(self);
    ib_pump_kick(self->pump);
}

static int open_port(struct ib_app_http *self, char *problem, size_t problem_size) {
    const struct ib_app_http_config *config = &self->config;
    struct ib_pump_config pump = {
        .loop = config->loop,
        .engine = &ENGINE,
        .engine_context = self,
        .address = self->address,
        .port = config->port,
        .max_clients = config->max_clients * CONNECTIONS_EACH,
        .send_deadline_ms = IB_APP_SEND_DEADLINE_MS,
        .now_us = host_now_us,
        .log = config->log,
    };
    int status = ib_pump_open(&self->pump, &pump, problem, problem_size);
    for (int i = 1; status == -EADDRINUSE && !config->port_given && i <= IB_APP_HTTP_PORTS; i++) {
        // The next ones, and at last any.
        pump.port = i < IB_APP_HTTP_PORTS ? config->port + i : 0;
        status = ib_pump_open(&self->pump, &pump, problem, problem_size);
    }
    return status;
}

int ib_app_http_open(struct ib_app_http **out, const struct ib_app_http_config *config,
                     char *problem, size_t problem_size) {
    struct ib_app_http *self = calloc(1, sizeof *self);
    *out = NULL;
    if (!self) {
        snprintf(problem, problem_size, "out of memory");
        return -1;
    }
    self->config = *config;
    snprintf(self->address, sizeof self->address, "%s", config->address);
    self->config.address = self->address;
    self->stage_seen = self->ffc_seen = -1;
    self->period.stale = true;
    self->period.period_ms = -1;
    self->live.status.wanted = 1;
    if (ib_app_http_gate_open(self, problem, problem_size) != 0 ||
        open_port(self, problem, problem_size) != 0) {
        free(self);
        return -1;
    }
    snprintf(self->gate.cookie_name, sizeof self->gate.cookie_name, "ironbow_%d",
             ib_pump_port(self->pump));
    uv_timer_init(config->loop, &self->timer);
    self->timer.data = self;
    self->timer_open = true;
    uv_timer_start(&self->timer, on_tick, TICK_MS, TICK_MS);
    *out = self;
    return 0;
}

void ib_app_http_free(struct ib_app_http *self) {
    if (!self)
        return;
    ib_app_http_pictures_free(self);
    free(self->live.frame.bytes);
    free(self->live.status.bytes);
    free(self->live.measurements.bytes);
    memset(&self->gate, 0, sizeof self->gate);
    free(self);
}

/// An address that others can say: of 0.0.0.0 the first one that is not this machine's own.
static void put_host(const struct ib_app_http *self, char *out, size_t size) {
    bool every = strcmp(self->address, "0.0.0.0") == 0 || strcmp(self->address, "::") == 0;
    struct ifaddrs *list = NULL;
    char address[INET_ADDRSTRLEN] = "";
    if (every && getifaddrs(&list) == 0) {
        for (const struct ifaddrs *at = list; at && !address[0]; at = at->ifa_next) {
            if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET)
                continue;
            struct sockaddr_in where;
            memcpy(&where, at->ifa_addr, sizeof where);
            if (ntohl(where.sin_addr.s_addr) >> 24 != 127)
                inet_ntop(AF_INET, &where.sin_addr, address, sizeof address);
        }
        freeifaddrs(list);
    }
    if (every && !address[0])
        snprintf(address, sizeof address, "127.0.0.1");
    ib_app_endpoint(out, size, every ? address : self->address, ib_pump_port(self->pump));
}

static void put_url(const struct ib_app_http *self, char *out, size_t size) {
    char where[96];
    put_host(self, where, sizeof where);
    snprintf(out, size, "http://%s/%s%s", where, self->gate.needs_token ? "?token=" : "",
             self->gate.token);
}

/// Said when everything has been opened: a start that fails has one thing to say.
static void warn_of_port(const struct ib_app_http *self) {
    char text[128];
    int wanted = self->config.port, port = ib_pump_port(self->pump);
    if (wanted == 0 || wanted == port)
        return;
    snprintf(text, sizeof text, "port %d is taken: the page is on port %d", wanted, port);
    ib_log(self->config.log, IB_LOG_WARNING, "http", text);
}

static void door_print(void *door, struct ib_app_journal *journal) {
    const struct ib_app_http *self = door;
    char url[256], line[300];
    put_url(self, url, sizeof url);
    snprintf(line, sizeof line, "page %s", url);
    ib_app_journal_print(journal, line);
    warn_of_port(self);
}

static void door_put(void *door, struct ib_json_writer *json) {
    const struct ib_app_http *self = door;
    char url[256];
    put_url(self, url, sizeof url);
    ib_json_put_string(json, "page", url);
    ib_json_put_int(json, "http_port", ib_pump_port(self->pump));
    warn_of_port(self);
}

static int door_reachable(void *door, bool reachable, char *problem, size_t problem_size) {
    const struct ib_app_http *self = door;
    return ib_app_port_reachable(self->pump, reachable, problem, problem_size);
}

static void on_timer_closed(uv_handle_t *handle) {
    struct ib_app_http *self = handle->data;
    self->closed(self->closed_context);
}

static unsigned door_close(void *door, void (*closed)(void *context), void *context) {
    struct ib_app_http *self = door;
    self->closed = closed;
    self->closed_context = context;
    uv_close((uv_handle_t *)&self->timer, on_timer_closed);
    ib_pump_close(self->pump, closed, context);
    return 2;
}

const char *ib_app_http_token(const struct ib_app_http *self) {
    return self->gate.needs_token ? self->gate.token : NULL;
}

struct ib_app_door ib_app_http_door(struct ib_app_http *self) {
    return (struct ib_app_door){.self = self,
                                .kick = door_kick,
                                .reachable = door_reachable,
                                .print = door_print,
                                .put = door_put,
                                .close = door_close};
}

void ib_app_http_fps(struct ib_app_http *self, unsigned fps_centi) {
    self->fps_centi = fps_centi;
}

unsigned ib_app_http_viewers(const struct ib_app_http *self) {
    return self->live.viewers + self->live.streams;
}
