/// tCam clients: what the pump calls, in the protocol engine's words.
#include "apps/ironbow/serve_tcam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"

static void on_open(void *engine, void *session, uint64_t now_us) {
    struct ib_app_tcam *self = engine;
    ib_tcam_session_init(session, &self->tcam, now_us);
}

static void on_open_secure(void *engine, void *session, uint64_t now_us) {
    struct ib_app_tcam *self = engine;
    ib_tcam_session_init(session, &self->tcam, now_us);
    ib_tcam_session_guard(session, self->protection->token, now_us);
}

static void on_open_line(void *engine, void *session, uint64_t now_us) {
    struct ib_app_tcam *self = engine;
    ib_tcam_session_init(session, &self->tcam, now_us);
    ib_tcam_session_serial(session);
}

static size_t on_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                      uint64_t now_us) {
    (void)engine;
    return ib_tcam_session_feed(session, bytes, size, now_us);
}

/// When the encoded frame was published. This thread may be quicker than the one that notes it.
static uint64_t published_us(struct ib_app_tcam *self) {
    uint32_t place = self->tcam.packet_sequence % IB_APP_PUBLISHED;
    bool noted = self->published[place] == self->tcam.packet_sequence;
    return noted ? self->published_us[place] : ib_host_now_us();
}

static void on_pull(void *engine, void *session, uint64_t now_us, bool busy,
                    struct ib_pump_chunk *out) {
    struct ib_app_tcam *self = engine;
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(session, now_us, busy, &chunk);
    *out = (struct ib_pump_chunk){.bytes = chunk.bytes,
                                  .size = chunk.size,
                                  .droppable = chunk.image,
                                  .hang_up = chunk.hang_up,
                                  .began_us = chunk.image ? published_us(self) : 0};
}

static void on_sent(void *engine, uint64_t began_us) {
    struct ib_app_tcam *self = engine;
    uint64_t host_us = ib_host_now_us(), late_us = host_us > began_us ? host_us - began_us : 0;
    self->latencies_us[self->latency_count++ % IB_APP_LATENCIES] =
        late_us < UINT32_MAX ? (uint32_t)late_us : UINT32_MAX;
}

void ib_app_tcam_published(struct ib_app_tcam *self) {
    uint32_t sequence = ib_hub_sequence(self->tcam.hub), place = sequence % IB_APP_PUBLISHED;
    self->published_us[place] = ib_host_now_us();
    self->published[place] = sequence;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

void ib_app_tcam_latency(const struct ib_app_tcam *self, struct ib_app_latency *out) {
    uint32_t sorted[IB_APP_LATENCIES];
    uint32_t count =
        self->latency_count < IB_APP_LATENCIES ? self->latency_count : IB_APP_LATENCIES;

    *out = (struct ib_app_latency){.images = count};
    if (count == 0)
        return;
    memcpy(sorted, self->latencies_us, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], by_size);
    out->p50_us = sorted[count / 2];
    out->p99_us = sorted[(count * 99 - 1) / 100];
    out->max_us = sorted[count - 1];
}

static uint64_t on_due(void *engine, void *session) {
    (void)engine;
    return ib_tcam_session_due(session);
}

static bool on_close(void *engine, void *session) {
    (void)engine;
    return ib_tcam_session_close(session);
}

static void on_refuse(void *engine, struct ib_pump_chunk *out) {
    (void)engine;
    const char *bytes;
    size_t size = ib_tcam_refusal(&bytes);
    *out = (struct ib_pump_chunk){.bytes = bytes, .size = size, .hang_up = true};
}

#define ENGINE(opened)                                                                             \
    {                                                                                              \
        .session_bytes = sizeof(struct ib_tcam_session), .open = (opened), .feed = on_feed,        \
        .pull = on_pull, .due = on_due, .sent = on_sent, .close = on_close, .refuse = on_refuse,   \
    }
static const struct ib_pump_engine PLAIN = ENGINE(on_open);
static const struct ib_pump_engine SECURE = ENGINE(on_open_secure);
static const struct ib_pump_engine LINE = ENGINE(on_open_line);

static int64_t system_wall_us(void *context) {
    (void)context;
    return ib_host_wall_us();
}

static int open_engine(struct ib_app_tcam *self, const struct ib_app_tcam_config *config,
                       char *problem, size_t problem_size) {
    const struct ib_tcam_config tcam = {
        .camera = &config->rig->camera,
        .hub = &config->rig->hub,
        .device = config->device,
        .model_base = config->model,
        .card = config->card,
        .slave = config->slave,
        .wall_offset_us = ib_host_wall_us() - (int64_t)ib_app_rig_now_us(config->rig),
        .wall_now = config->system_time ? system_wall_us : NULL,
        .poweroff = config->poweroff,
        .poweroff_context = config->context,
        .log = config->log,
        .notify = config->notify,
        .notify_context = config->context,
    };
    int status = ib_tcam_init(&self->tcam, &tcam);
    if (status != IB_OK)
        snprintf(problem, problem_size, "tcam: %s", ib_status_text(status));
    return status == IB_OK ? 0 : -1;
}

static int open_port(struct ib_app_tcam *self, const struct ib_app_tcam_config *config,
                     const struct ib_pump_engine *engine, int port, struct ib_pump **out,
                     char *problem, size_t problem_size) {
    char why[256];
    const struct ib_pump_config pump = {
        .loop = config->loop,
        .engine = engine,
        .engine_context = self,
        .address = engine == &LINE ? NULL : config->address,
        .port = port,
        .tls = engine == &SECURE ? config->protection->tls : NULL,
        .serial = engine == &LINE ? config->serial : NULL,
        .max_clients = engine == &LINE ? 1 : config->max_clients,
        .send_deadline_ms = IB_APP_SEND_DEADLINE_MS,
        .now_us = ib_app_rig_now_us,
        .now_context = config->rig,
        .log = config->log,
    };
    if (ib_pump_open(out, &pump, why, sizeof why) == 0)
        return 0;
    if (engine == &LINE)
        snprintf(problem, problem_size, "%s: %s", ib_serial_path(config->serial), why);
    else
        snprintf(problem, problem_size, "%s:%d: %s", config->address, port, why);
    return -1;
}

int ib_app_tcam_open(struct ib_app_tcam *self, const struct ib_app_tcam_config *config,
                     char *problem, size_t problem_size) {
    self->protection = config->secure_port >= 0 ? config->protection : NULL;
    self->device = config->device;
    self->slave_path = config->slave_path;
    self->max_clients = config->max_clients;
    snprintf(self->address, sizeof self->address, "%s", config->address);
    if (open_engine(self, config, problem, problem_size) != 0)
        return -1;
    self->serial = config->serial;
    if (config->serial)
        return open_port(self, config, &LINE, 0, &self->line, problem, problem_size);
    if (config->port >= 0 &&
        open_port(self, config, &PLAIN, config->port, &self->plain, problem, problem_size) != 0)
        return -1;
    if (config->secure_port >= 0 && open_port(self, config, &SECURE, config->secure_port,
                                              &self->secure, problem, problem_size) != 0)
        return -1;
    return 0;
}

/// Fills `out` (room for 3).
static unsigned pumps_of(struct ib_app_tcam *self, struct ib_pump **out) {
    struct ib_pump *const all[] = {self->plain, self->secure, self->line};
    unsigned count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i])
            out[count++] = all[i];
    }
    return count;
}

static void door_kick(void *door, uint64_t now_us) {
    struct ib_app_tcam *self = door;
    struct ib_pump *pumps[3];
    unsigned count = pumps_of(self, pumps);
    uint64_t due_us = IB_NEVER;
    ib_tcam_step(&self->tcam, now_us, &due_us);
    for (unsigned i = 0; i < count; i++)
        ib_pump_kick(pumps[i]);
}

static unsigned door_close(void *door, void (*closed)(void *context), void *context) {
    struct ib_app_tcam *self = door;
    struct ib_pump *pumps[3];
    unsigned count = pumps_of(self, pumps);
    self->plain = self->secure = self->line = NULL;
    for (unsigned i = 0; i < count; i++)
        ib_pump_close(pumps[i], closed, context);
    return count;
}

static void door_print(void *door, struct ib_app_journal *journal) {
    const struct ib_app_tcam *self = door;
    char line[4600], where[96];
    const char *name = ib_device_name(self->device);
    if (self->plain) {
        ib_app_endpoint(where, sizeof where, self->address, ib_pump_port(self->plain));
        snprintf(line, sizeof line, "tcam %s (%s, up to %u clients)", where, name,
                 self->max_clients);
        ib_app_journal_print(journal, line);
    }
    if (self->secure) {
        ib_app_endpoint(where, sizeof where, self->address, ib_pump_port(self->secure));
        snprintf(line, sizeof line, "secure %s (token in %s)", where, self->protection->token_path);
        ib_app_journal_print(journal, line);
        snprintf(line, sizeof line, "certificate SHA-256 %s",
                 ib_tls_fingerprint(self->protection->tls));
        ib_app_journal_print(journal, line);
    }
    if (self->line) {
        snprintf(line, sizeof line, "serial %s (%s, %u baud)", ib_serial_path(self->serial), name,
                 (unsigned)ib_board_tcam_mini.serial_baud);
        ib_app_journal_print(journal, line);
        snprintf(line, sizeof line, "slave %s (transfer SIZE [HZ])", self->slave_path);
        ib_app_journal_print(journal, line);
    }
}

static void door_put(void *door, struct ib_json_writer *json) {
    const struct ib_app_tcam *self = door;
    char where[96];
    if (self->plain) {
        ib_app_endpoint(where, sizeof where, self->address, ib_pump_port(self->plain));
        ib_json_put_string(json, "tcam", where);
        ib_json_put_int(json, "tcam_port", ib_pump_port(self->plain));
    }
    if (self->secure) {
        ib_app_endpoint(where, sizeof where, self->address, ib_pump_port(self->secure));
        ib_json_put_string(json, "secure", where);
        ib_json_put_int(json, "secure_port", ib_pump_port(self->secure));
        ib_json_put_string(json, "fingerprint", ib_tls_fingerprint(self->protection->tls));
        ib_json_put_string(json, "token_file", self->protection->token_path);
    }
    if (self->line) {
        ib_json_put_string(json, "serial", ib_serial_path(self->serial));
        ib_json_put_string(json, "slave", self->slave_path);
    }
}

unsigned ib_app_tcam_clients(const struct ib_app_tcam *self) {
    return (self->plain ? ib_pump_clients(self->plain) : 0) +
           (self->secure ? ib_pump_clients(self->secure) : 0);
}

int ib_app_tcam_port(const struct ib_app_tcam *self) {
    return self->plain ? ib_pump_port(self->plain) : self->secure ? ib_pump_port(self->secure) : 0;
}

static int door_reachable(void *door, bool reachable, char *problem, size_t problem_size) {
    struct ib_app_tcam *self = door;
    struct ib_pump *const ports[] = {self->plain, self->secure};
    int status = 0;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        if (ports[i] && ib_app_port_reachable(ports[i], reachable, problem, problem_size) != 0)
            status = -1;
    }
    return status;
}

struct ib_app_door ib_app_tcam_door(struct ib_app_tcam *self) {
    return (struct ib_app_door){.self = self,
                                .kick = door_kick,
                                .reachable = door_reachable,
                                .print = door_print,
                                .put = door_put,
                                .close = door_close};
}
