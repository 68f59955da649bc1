/// One line asks for a transaction, its bytes come back when the wires have carried them.
#include "apps/ironbow/serve_slave.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/parse.h"
#include "apps/ironbow/serve_tcam.h"
#include "core/check.h"

#define MOST_BYTES 65536
#define USUAL_HZ 7000000

struct session {
    struct ib_app_slave *slave;
    char line[64];
    size_t line_size;
    size_t transfer; ///< bytes of the transaction under way, 0: none
    uint32_t hz;
    uint64_t over_us; ///< when its last bit has travelled
    size_t head;      ///< characters of the answer's first line; 0: no answer waits
    size_t answer;    ///< bytes behind them
    bool hang_up;
    uint8_t out[64 + MOST_BYTES];
};

static void on_open(void *engine, void *session, uint64_t now_us) {
    (void)now_us;
    struct session *self = session;
    self->slave = engine;
}

static void refuse(struct session *self, const char *why) {
    self->head = (size_t)snprintf((char *)self->out, 64, "error %s\n", why);
    self->answer = 0;
    self->hang_up = true;
}

/// "transfer SIZE [HZ]"
static void take_line(struct session *self, uint64_t now_us) {
    char *rest = self->line;
    const char *verb = strsep(&rest, " ");
    const char *size = strsep(&rest, " ");
    const char *hz = strsep(&rest, " ");
    uint64_t bytes, clock = USUAL_HZ;
    if (strcmp(verb, "transfer") != 0 || !size || rest)
        refuse(self, "transfer SIZE [HZ] is all there is");
    else if (!ib_app_parse_u64(size, MOST_BYTES, &bytes) || bytes == 0)
        refuse(self, "SIZE must be 1 to 65536");
    else if (hz && (!ib_app_parse_u64(hz, 80000000, &clock) || clock < 10000))
        refuse(self, "HZ must be 10000 to 80000000");
    else {
        self->transfer = (size_t)bytes;
        self->hz = (uint32_t)clock;
        self->over_us = now_us + (bytes * 8 * 1000000 + clock - 1) / clock;
    }
}

static size_t on_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                      uint64_t now_us) {
    (void)engine;
    struct session *self = session;
    size_t taken = 0;
    while (taken < size && !self->transfer && !self->head) {
        char c = (char)bytes[taken++];
        if (c == '\n') {
            self->line[self->line_size] = 0;
            self->line_size = 0;
            take_line(self, now_us);
        } else if (c == '\0') {
            refuse(self, "a line is text");
        } else if (self->line_size < sizeof self->line - 1) {
            self->line[self->line_size++] = c;
        } else {
            refuse(self, "the line is too long");
        }
    }
    return taken;
}

static void on_pull(void *engine, void *session, uint64_t now_us, bool busy,
                    struct ib_pump_chunk *out) {
    (void)engine;
    struct session *self = session;
    *out = (struct ib_pump_chunk){0};
    if (self->transfer && now_us >= self->over_us) {
        self->head = (size_t)snprintf((char *)self->out, 64, "data %zu\n", self->transfer);
        ib_sim_spi_slave_transfer(&self->slave->port, self->out + self->head, self->transfer,
                                  self->hz);
        self->answer = self->transfer;
        self->transfer = 0;
        self->slave->over(self->slave->context);
    }
    if (busy || !self->head)
        return;
    *out = (struct ib_pump_chunk){
        .bytes = self->out, .size = self->head + self->answer, .hang_up = self->hang_up};
    self->head = 0; // the bytes stay until the next call
}

static uint64_t on_due(void *engine, void *session) {
    (void)engine;
    const struct session *self = session;
    return self->transfer ? self->over_us : IB_NEVER;
}

/// A controller that goes raises chip select: the transaction is over, half done.
static bool on_close(void *engine, void *session) {
    (void)engine;
    struct session *self = session;
    if (self->transfer)
        ib_sim_spi_slave_transfer(&self->slave->port, self->out, 1, self->hz);
    self->transfer = 0;
    return true;
}

static void on_refuse(void *engine, struct ib_pump_chunk *out) {
    (void)engine;
    static const char TEXT[] = "error another program has the port\n";
    *out = (struct ib_pump_chunk){.bytes = TEXT, .size = sizeof TEXT - 1, .hang_up = true};
}

static const struct ib_pump_engine ENGINE = {
    .session_bytes = sizeof(struct session),
    .open = on_open,
    .feed = on_feed,
    .pull = on_pull,
    .due = on_due,
    .close = on_close,
    .refuse = on_refuse,
};

int ib_app_slave_open(struct ib_app_slave *self, struct ib_app_rig *rig, uv_loop_t *loop,
                      const char *path, const struct ib_log *log, char *problem,
                      size_t problem_size) {
    self->rig = rig;
    IB_ASSERT(self->over);
    ib_sim_spi_slave_init(&self->port, 1);
    if (strlen(path) >= sizeof self->path) {
        snprintf(problem, problem_size, "longer than %zu characters, the most a socket's name has",
                 sizeof self->path - 1);
        return -ENAMETOOLONG;
    }
    snprintf(self->path, sizeof self->path, "%s", path);
    const struct ib_pump_config pump = {
        .loop = loop,
        .engine = &ENGINE,
        .engine_context = self,
        .unix_path = self->path,
        .max_clients = 1,
        .send_deadline_ms = IB_APP_SEND_DEADLINE_MS,
        .now_us = ib_app_rig_now_us,
        .now_context = rig,
        .log = log,
    };
    return ib_pump_open(&self->pump, &pump, problem, problem_size);
}

static void door_kick(void *door, uint64_t now_us) {
    struct ib_app_slave *self = door;
    (void)now_us;
    ib_pump_kick(self->pump);
}

static unsigned door_close(void *door, void (*closed)(void *context), void *context) {
    struct ib_app_slave *self = door;
    ib_pump_close(self->pump, closed, context);
    return 1;
}

struct ib_app_door ib_app_slave_door(struct ib_app_slave *self) {
    return (struct ib_app_door){.self = self, .kick = door_kick, .close = door_close};
}
