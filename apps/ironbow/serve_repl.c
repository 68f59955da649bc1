/// Bytes between a serial port and the script engine, and nothing else.
#include "apps/ironbow/serve_repl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/verb.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/serial.h"

/// A terminal that takes nothing for this long has lost what was under way.
#define SEND_DEADLINE_MS 1000
/// How long a script may take to be broken off; it is a matter of milliseconds.
#define STOP_MS 5000

static void on_open(void *engine, void *session, uint64_t now_us) {
    (void)engine;
    (void)session;
    (void)now_us;
}

static size_t on_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                      uint64_t now_us) {
    struct ib_app_repl *self = engine;
    (void)session;
    (void)now_us;
    return self->vm ? ib_vm_feed(self->vm, bytes, size) : size;
}

static void on_pull(void *engine, void *session, uint64_t now_us, bool busy,
                    struct ib_pump_chunk *out) {
    struct ib_app_repl *self = engine;
    (void)session;
    (void)now_us;
    *out = (struct ib_pump_chunk){0};
    if (self->vm && !busy) {
        out->bytes = self->out;
        out->size = ib_vm_pull(self->vm, self->out, sizeof self->out);
    }
}

static uint64_t on_due(void *engine, void *session) {
    (void)engine;
    (void)session;
    return IB_NEVER;
}

static bool on_close(void *engine, void *session) {
    (void)engine;
    (void)session;
    return true;
}

static const struct ib_pump_engine ENGINE = {
    .session_bytes = 1,
    .open = on_open,
    .feed = on_feed,
    .pull = on_pull,
    .due = on_due,
    .close = on_close,
};

/// The engine's thread. Nothing reaches the loop any more once the door is closed.
static void on_news(void *context) {
    struct ib_app_repl *self = context;
    if (!atomic_load(&self->closed))
        self->config.notify(self->config.context);
}

static uint64_t host_now_us(void *context) {
    (void)context;
    return ib_host_now_us();
}

static int open_port(struct ib_app_repl *self, char *problem, size_t problem_size) {
    const struct ib_pump_config pump = {
        .loop = self->config.loop,
        .engine = &ENGINE,
        .engine_context = self,
        .serial = self->serial,
        .max_clients = 1,
        .send_deadline_ms = SEND_DEADLINE_MS,
        .now_us = host_now_us,
        .log = self->config.log,
    };
    return ib_pump_open(&self->pump, &pump, problem, problem_size);
}

/// Twelve bytes, the last of which are the hardware address'.
void ib_app_repl_id(uint8_t id[IB_VM_ID_BYTES], const char *mac) {
    static const uint8_t FAMILY[6] = {0x00, 0x26, 0x00, 0x51, 0x30, 0x00};
    unsigned address[6] = {0};
    for (unsigned i = 0; i < 6; i++)
        (void)sscanf(mac + 3 * i, "%2x", &address[i]);
    memcpy(id, FAMILY, sizeof FAMILY);
    for (unsigned i = 0; i < 6; i++)
        id[6 + i] = (uint8_t)address[i];
}

int ib_app_repl_open(struct ib_app_repl *self, const struct ib_app_repl_config *config,
                     char *problem, size_t problem_size) {
    self->config = *config;
    if (ib_serial_open_pty(&self->serial, config->serial, problem, problem_size) != 0 ||
        open_port(self, problem, problem_size) != 0)
        return -1;
    const struct ib_clock *clock = &config->board->clock;
    struct ib_vm_config vm = {
        .clock = clock->ops ? clock : NULL,
        .paced = true,
        .hands = &config->board->hands,
        .flash = config->flash,
        .card = config->card,
        .rom = config->rom,
        .notify = on_news,
        .context = self,
        .log = config->log,
    };
    ib_app_repl_id(vm.id, config->mac);
    snprintf(self->flash, sizeof self->flash, "%s", config->flash ? config->flash : "");
    self->config.flash = self->config.card = self->config.rom = NULL; // borrowed until here
    if (ib_vm_start(&self->vm, &vm, problem, problem_size) != 0)
        return -1;
    pthread_mutex_lock(&self->lock);
    self->running = self->vm;
    pthread_mutex_unlock(&self->lock);
    return 0;
}

void ib_app_repl_published(struct ib_app_repl *self) {
    pthread_mutex_lock(&self->lock);
    if (self->running)
        ib_vm_look(self->running);
    pthread_mutex_unlock(&self->lock);
}

void ib_app_repl_init(struct ib_app_repl *self) {
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->lock, NULL);
}

static void door_kick(void *door, uint64_t now_us) {
    struct ib_app_repl *self = door;
    (void)now_us;
    if (self->pump)
        ib_pump_kick(self->pump);
}

static void door_print(void *door, struct ib_app_journal *journal) {
    const struct ib_app_repl *self = door;
    char line[4600];
    snprintf(line, sizeof line, "serial %s (the prompt: mpremote connect %s)",
             ib_serial_path(self->serial),
             self->config.serial ? self->config.serial : ib_serial_path(self->serial));
    ib_app_journal_print(journal, line);
    snprintf(line, sizeof line, "flash %s", self->flash[0] ? self->flash : "in memory");
    ib_app_journal_print(journal, line);
}

static void door_put(void *door, struct ib_json_writer *json) {
    const struct ib_app_repl *self = door;
    ib_json_put_string(json, "serial", ib_serial_path(self->serial));
    if (self->flash[0])
        ib_json_put_string(json, "flash", self->flash);
    else
        ib_json_put_null(json, "flash");
}

/// The script first: its thread calls the loop.
static unsigned door_close(void *door, void (*closed)(void *context), void *context) {
    struct ib_app_repl *self = door;
    pthread_mutex_lock(&self->lock);
    self->running = NULL;
    pthread_mutex_unlock(&self->lock);
    self->stuck = self->vm && ib_vm_stop(self->vm, STOP_MS) != 0;
    if (self->stuck)
        ib_log(self->config.log, IB_LOG_ERROR, "script", "the script could not be broken off");
    self->vm = NULL;
    atomic_store(&self->closed, true);
    if (!self->pump)
        return 0;
    ib_pump_close(self->pump, closed, context);
    self->pump = NULL;
    return 1;
}

struct ib_app_door ib_app_repl_door(struct ib_app_repl *self) {
    return (struct ib_app_door){
        .self = self, .kick = door_kick, .print = door_print, .put = door_put, .close = door_close};
}

void ib_app_repl_free(struct ib_app_repl *self) {
    if (self->serial)
        ib_serial_close(self->serial);
    self->serial = NULL;
    if (self->stuck) {
        fflush(NULL);
        _exit(IB_APP_EXIT_FAILED); // its thread still uses what would be freed now
    }
    pthread_mutex_destroy(&self->lock);
}
