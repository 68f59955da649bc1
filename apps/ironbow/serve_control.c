/// Lines in, lines out. Only the socket's owner may connect (ports/linux/listen.h).
#include "apps/ironbow/serve_control.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/control_session.h"
#include "bus/clock.h"
#include "ports/linux/host_clock.h"

/// The pump asks when a pending command ends at the latest. Only `step` may take this long.
#define PATIENCE_US 3600000000ull

static void on_open(void *engine, void *session, uint64_t now_us) {
    (void)now_us;
    struct ib_app_control_session *self = session;
    memset(self, 0, sizeof *self);
    self->control = engine;
}

struct ib_json_writer *ib_app_control_begin(struct ib_app_control_session *self) {
    ib_json_begin(&self->json, self->reply, sizeof self->reply - 1);
    ib_json_open_object(&self->json, NULL);
    ib_json_put_bool(&self->json, "ok", true);
    return &self->json;
}

void ib_app_control_end(struct ib_app_control_session *self) {
    ib_json_close_object(&self->json);
    int size = ib_json_finish(&self->json);
    if (size < 0) {
        ib_app_control_error(self, "the answer does not fit");
        return;
    }
    self->reply_size = (size_t)size;
    self->reply[self->reply_size++] = '\n';
}

void ib_app_control_error(struct ib_app_control_session *self, const char *format, ...) {
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ib_json_begin(&self->json, self->reply, sizeof self->reply - 1);
    ib_json_open_object(&self->json, NULL);
    ib_json_put_bool(&self->json, "ok", false);
    ib_json_put_string(&self->json, "error", text);
    ib_app_control_end(self);
}

static bool occupied(const struct ib_app_control_session *self) {
    return self->poll || self->reply_size;
}

static void take_line(struct ib_app_control_session *self) {
    bool overlong = self->overlong;
    self->line[self->line_size] = 0;
    bool has_nul = memchr(self->line, 0, self->line_size) != NULL;
    self->line_size = 0;
    self->overlong = false;
    if (overlong)
        ib_app_control_error(self, "the line is longer than %d characters",
                             IB_APP_CONTROL_LINE_BYTES - 1);
    else if (has_nul)
        ib_app_control_error(self, "the line holds a NUL byte");
    else
        ib_app_control_command(self, self->line);
}

static size_t on_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                      uint64_t now_us) {
    (void)engine;
    (void)now_us;
    struct ib_app_control_session *self = session;
    size_t taken = 0;
    while (taken < size && !occupied(self)) {
        char c = (char)bytes[taken++];
        if (c == '\n')
            take_line(self);
        else if (self->line_size < sizeof self->line - 1)
            self->line[self->line_size++] = c;
        else
            self->overlong = true;
    }
    return taken;
}

static void on_pull(void *engine, void *session, uint64_t now_us, bool busy,
                    struct ib_pump_chunk *out) {
    (void)engine;
    (void)now_us;
    struct ib_app_control_session *self = session;
    *out = (struct ib_pump_chunk){0};
    if (self->poll && self->poll(self))
        self->poll = NULL;
    if (busy || !self->reply_size)
        return;
    *out = (struct ib_pump_chunk){
        .bytes = self->reply, .size = self->reply_size, .hang_up = self->quit};
    self->reply_size = 0; // the bytes stay until the next call
}

static uint64_t on_due(void *engine, void *session) {
    (void)engine;
    const struct ib_app_control_session *self = session;
    return self->poll ? ib_host_now_us() + PATIENCE_US : IB_NEVER;
}

static bool on_close(void *engine, void *session) {
    (void)engine;
    struct ib_app_control_session *self = session;
    self->reply_size = 0;
    if (self->quit) {
        self->quit = false;
        self->control->config.quit(self->control->config.context);
    }
    if (self->posted && ib_camera_answered(&self->request))
        self->posted = false;
    self->poll = NULL;
    return !self->posted && !ib_app_report_busy(&self->report);
}

static void on_refuse(void *engine, struct ib_pump_chunk *out) {
    (void)engine;
    static const char TEXT[] = "{\"ok\":false,\"error\":\"too many control connections\"}\n";
    *out = (struct ib_pump_chunk){.bytes = TEXT, .size = sizeof TEXT - 1, .hang_up = true};
}

static const struct ib_pump_engine ENGINE = {
    .session_bytes = sizeof(struct ib_app_control_session),
    .open = on_open,
    .feed = on_feed,
    .pull = on_pull,
    .due = on_due,
    .close = on_close,
    .refuse = on_refuse,
};

void ib_app_control_default_path(char *out, size_t size) {
    const char *directory = getenv("XDG_RUNTIME_DIR");
    if (directory && directory[0] == '/')
        snprintf(out, size, "%s/ironbow.sock", directory);
    else
        snprintf(out, size, "/tmp/ironbow-%lu.sock", (unsigned long)getuid());
}

static uint64_t host_now_us(void *context) {
    (void)context;
    return ib_host_now_us();
}

int ib_app_control_open(struct ib_app_control *self, const struct ib_app_control_config *config,
                        char *problem, size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->config = *config;
    if (strlen(config->path) >= sizeof self->path) {
        snprintf(problem, problem_size, "longer than %zu characters, the most a socket's name has",
                 sizeof self->path - 1);
        return -ENAMETOOLONG;
    }
    snprintf(self->path, sizeof self->path, "%s", config->path);
    self->config.path = self->path;
    const struct ib_pump_config pump = {
        .loop = config->loop,
        .engine = &ENGINE,
        .engine_context = self,
        .unix_path = self->path,
        .max_clients = 64,
        .send_deadline_ms = IB_APP_SEND_DEADLINE_MS,
        .now_us = host_now_us,
        .log = config->log,
    };
    return ib_pump_open(&self->pump, &pump, problem, problem_size);
}

static void door_kick(void *door, uint64_t now_us) {
    struct ib_app_control *self = door;
    (void)now_us;
    ib_pump_kick(self->pump);
}

static void door_print(void *door, struct ib_app_journal *journal) {
    const struct ib_app_control *self = door;
    char line[320];
    snprintf(line, sizeof line, "control %s (ironbow ctl%s%s status)", self->path,
             self->config.elsewhere ? " --control " : "", self->config.elsewhere ? self->path : "");
    ib_app_journal_print(journal, line);
}

static void door_put(void *door, struct ib_json_writer *json) {
    const struct ib_app_control *self = door;
    ib_json_put_string(json, "control", self->path);
}

static unsigned door_close(void *door, void (*closed)(void *context), void *context) {
    struct ib_app_control *self = door;
    ib_pump_close(self->pump, closed, context);
    return 1;
}

struct ib_app_door ib_app_control_door(struct ib_app_control *self) {
    return (struct ib_app_door){
        .self = self, .kick = door_kick, .print = door_print, .put = door_put, .close = door_close};
}
