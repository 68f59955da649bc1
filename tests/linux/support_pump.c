/// The toy protocol and its clients. See support_pump.h.
#include "support_pump.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "bus/clock.h"

// ---- the engine ----

enum toy_pending { TOY_NOTHING, TOY_REPLY, TOY_LATER, TOY_TIMER };

struct toy_session {
    char line[TOY_COMMAND_BYTES];
    size_t line_size;
    enum toy_pending pending;
    uint64_t due_us;
    bool streaming;
    bool hold;
    bool hang_up;
    uint32_t seen;
    size_t reply_size;
    const char *reply;
    char text[TOY_COMMAND_BYTES];
};

static void toy_open(void *engine, void *session, uint64_t now_us) {
    struct toy *toy = engine;
    struct toy_session *self = session;
    (void)now_us;
    assert_int_equal(self->line_size, 0);
    toy->opened++;
}

static void toy_reply(struct toy_session *self, const char *bytes, size_t size) {
    self->reply = bytes;
    self->reply_size = size;
    self->pending = TOY_REPLY;
}

static void toy_command(struct toy *toy, struct toy_session *self, uint64_t now_us) {
    size_t n = 0;
    if (strncmp(self->line, "echo ", 5) == 0) {
        n = (size_t)snprintf(self->text, sizeof self->text, "%.200s\n", self->line + 5);
        toy_reply(self, self->text, n);
    } else if (sscanf(self->line, "big %zu", &n) == 1) {
        toy_reply(self, toy->big, n);
    } else if (strcmp(self->line, "stream") == 0) {
        self->streaming = true;
        self->seen = toy->image;
    } else if (strcmp(self->line, "later") == 0) {
        self->pending = TOY_LATER;
        self->due_us = now_us + 5000000;
    } else if (sscanf(self->line, "timer %zu", &n) == 1) {
        self->pending = TOY_TIMER;
        self->due_us = now_us + n;
    } else if (strcmp(self->line, "quit") == 0) {
        toy_reply(self, "bye\n", 4);
        self->hang_up = true;
    } else if (strcmp(self->line, "hold") == 0) {
        self->hold = true;
        toy_reply(self, "held\n", 5);
    } else if (strcmp(self->line, "shutdown") == 0) {
        toy_reply(self, "down\n", 5);
        ib_pump_close(toy->pump, NULL, NULL);
    } else if (strcmp(self->line, "pause") == 0) {
        toy_reply(self, "paused\n", 7);
        ib_pump_pause(toy->pump);
    } else if (strcmp(self->line, "blink") == 0) {
        toy_reply(self, "blinked\n", 8);
        ib_pump_pause(toy->pump);
        assert_int_equal(ib_pump_resume(toy->pump, NULL, 0), 0);
    } else {
        toy_reply(self, "what?\n", 6);
    }
}

static size_t toy_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                       uint64_t now_us) {
    struct toy_session *self = session;
    size_t taken = 0;
    while (taken < size && self->pending == TOY_NOTHING) {
        char c = (char)bytes[taken++];
        if (c != '\n') {
            assert_true(self->line_size + 1 < sizeof self->line);
            self->line[self->line_size++] = c;
            continue;
        }
        self->line[self->line_size] = '\0';
        self->line_size = 0;
        toy_command(engine, self, now_us);
    }
    return taken;
}

static void toy_pull(void *engine, void *session, uint64_t now_us, bool busy,
                     struct ib_pump_chunk *out) {
    struct toy *toy = engine;
    struct toy_session *self = session;
    assert_int_equal(out->size, 0);
    if (self->pending == TOY_LATER && toy->answer)
        toy_reply(self, "later done\n", 11);
    if (self->pending == TOY_TIMER && now_us >= self->due_us)
        toy_reply(self, "timer done\n", 11);
    if (busy && !toy->stubborn)
        return;
    if (self->pending == TOY_REPLY) {
        *out = (struct ib_pump_chunk){
            .bytes = self->reply, .size = self->reply_size, .hang_up = self->hang_up};
        self->pending = TOY_NOTHING;
        toy->replies_given++;
    } else if (self->streaming && self->seen != toy->image) {
        self->seen = toy->image;
        toy->images_given++;
        *out = (struct ib_pump_chunk){
            .bytes = toy->image_bytes, .size = TOY_IMAGE_BYTES, .droppable = true};
    }
}

static uint64_t toy_due(void *engine, void *session) {
    struct toy *toy = engine;
    struct toy_session *self = session;
    if (self->pending == TOY_LATER || self->pending == TOY_TIMER)
        return self->due_us;
    return self->streaming ? toy->now_us + 3600000000u : IB_NEVER;
}

static bool toy_close(void *engine, void *session) {
    struct toy *toy = engine;
    struct toy_session *self = session;
    if (self->hold && !toy->let_go) {
        toy->asked_in_vain++;
        return false;
    }
    toy->closed++;
    return true;
}

static void toy_refuse(void *engine, struct ib_pump_chunk *out) {
    (void)engine;
    *out = (struct ib_pump_chunk){.bytes = "full\n", .size = 5};
}

static const struct ib_pump_engine toy_engine = {.session_bytes = sizeof(struct toy_session),
                                                 .open = toy_open,
                                                 .feed = toy_feed,
                                                 .pull = toy_pull,
                                                 .due = toy_due,
                                                 .close = toy_close,
                                                 .refuse = toy_refuse};

void toy_make_image(uint8_t *out, uint32_t sequence) {
    uint32_t x = sequence * 2654435761u + 1;
    for (size_t i = 0; i < TOY_IMAGE_BYTES; i++) {
        x = x * 1664525u + 1013904223u;
        out[i] = (uint8_t)(0x80 | (x >> 25)); // never ASCII: replies can be told apart
    }
    (void)snprintf((char *)out, 12, "<%010u", (unsigned)sequence);
    out[11] = 0x80;
    out[TOY_IMAGE_BYTES - 1] = '>';
}

void toy_publish(struct world *self) {
    toy_make_image(self->toy.image_bytes, ++self->toy.image);
    ib_pump_kick(self->pump);
}

// ---- the world ----

static uint64_t toy_now_us(void *context) {
    return ((struct toy *)context)->now_us;
}

static void on_failure(uv_timer_t *timer) {
    *(bool *)timer->data = true;
}

static bool failed;

void world_open_empty(struct world *self) {
    memset(self, 0, sizeof *self);
    for (size_t i = 0; i < sizeof self->toy.big; i++)
        self->toy.big[i] = (char)('a' + i % 26);
    assert_int_equal(uv_loop_init(&self->loop), 0);
    assert_int_equal(uv_timer_init(&self->loop, &self->failure), 0);
    failed = false;
    self->failure.data = &failed;
    uv_timer_start(&self->failure, on_failure, 30000, 0);
    self->pump_closed = true;
}

int world_pump(struct world *self, const char *address, int port, const char *unix_path,
               unsigned max_clients, unsigned send_deadline_ms) {
    return world_pump_with(self, (struct ib_pump_config){.address = address,
                                                         .port = port,
                                                         .unix_path = unix_path,
                                                         .max_clients = max_clients,
                                                         .send_deadline_ms = send_deadline_ms});
}

int world_pump_with(struct world *self, struct ib_pump_config config) {
    config.loop = &self->loop;
    config.engine = &toy_engine;
    config.engine_context = &self->toy;
    config.now_us = toy_now_us;
    config.now_context = &self->toy;
    int error = ib_pump_open(&self->pump, &config, self->problem, sizeof self->problem);
    self->pump_closed = error != 0;
    self->toy.pump = self->pump;
    return error;
}

void world_open(struct world *self, const char *unix_path, unsigned max_clients,
                unsigned send_deadline_ms) {
    world_open_empty(self);
    int error = world_pump(self, unix_path ? NULL : "127.0.0.1", 0, unix_path, max_clients,
                           send_deadline_ms);
    if (error)
        fail_msg("%s", self->problem);
}

static void on_pump_closed(void *context) {
    ((struct world *)context)->pump_closed = true;
}

void world_close(struct world *self) {
    if (!self->pump_closed) {
        ib_pump_close(self->pump, on_pump_closed, self);
        WORLD_RUN_UNTIL(self, self->pump_closed);
    }
    assert_int_equal(self->toy.opened, self->toy.closed);
    uv_close((uv_handle_t *)&self->failure, NULL);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&self->loop), 0);
}

struct ib_pump_counters world_counters(const struct world *self) {
    struct ib_pump_counters counters;
    ib_pump_counters(self->pump, &counters);
    return counters;
}

void world_turn(struct world *self, const char *waiting_for, const char *file, int line) {
    uv_run(&self->loop, UV_RUN_ONCE);
    if (failed) {
        print_error("%s:%d: still waiting for: %s\n", file, line, waiting_for);
        fail();
    }
}

// ---- clients ----

static void watch(struct client *self, int events);

static void reserve(struct client *self) {
    if (self->capacity >= self->size + 65536 + 1)
        return;
    self->capacity = self->capacity * 2 + 131072;
    self->bytes = realloc(self->bytes, self->capacity);
    assert_non_null(self->bytes);
}

static void take(struct client *self, ssize_t n) {
    self->size += (size_t)n;
    self->bytes[self->size] = '\0';
}

static void end(struct client *self, int error) {
    self->eof = true;
    self->error = error;
    client_pause(self);
}

/// Whatever TLS can do now: the handshake, what is queued, what has come.
static void work_tls(struct client *self) {
    if (!self->secure) {
        int error = ib_tls_session_handshake(self->tls);
        if (error && error != -EAGAIN)
            end(self, -error);
        self->secure = error == 0;
    }
    while (self->secure && self->queued > 0) {
        ssize_t n = ib_tls_session_write(self->tls, self->queue, self->queued);
        if (n < 0 && n != -EAGAIN)
            end(self, (int)-n);
        if (n < 0)
            break;
        self->queue += n;
        self->queued -= (size_t)n;
    }
    while (self->secure && self->polling) {
        reserve(self);
        ssize_t n = ib_tls_session_read(self->tls, self->bytes + self->size, 5000);
        if (n > 0)
            take(self, n);
        else if (n != -EAGAIN)
            end(self, (int)-n);
        if (n == -EAGAIN)
            break;
    }
    if (self->polling)
        watch(self, (ib_tls_session_wants(self->tls) & POLLOUT) || self->queued > 0
                        ? UV_READABLE | UV_WRITABLE
                        : UV_READABLE);
}

static void on_client(uv_poll_t *poll, int status, int events) {
    struct client *self = poll->data;
    (void)events;
    if (self->tls) {
        work_tls(self);
        return;
    }
    reserve(self);
    ssize_t n = self->is_tty ? read(self->fd, self->bytes + self->size, 65536)
                             : recv(self->fd, self->bytes + self->size, 65536, MSG_DONTWAIT);
    if (n > 0) {
        take(self, n);
        if (status >= 0)
            return;
    }
    if (n < 0 && errno == EAGAIN && status >= 0)
        return;
    end(self, n < 0 ? errno : 0);
}

static void watch(struct client *self, int events) {
    assert_int_equal(uv_poll_start(self->poll, events, on_client), 0);
    self->polling = true;
}

static void begin_polling(struct world *world, struct client *self) {
    self->bytes = calloc(1, 1);
    self->capacity = 1;
    self->poll = malloc(sizeof *self->poll);
    assert_non_null(self->poll);
    assert_int_equal(uv_poll_init(&world->loop, self->poll, self->fd), 0);
    self->poll->data = self;
    client_resume(self);
}

/// Loopback and a backlog with room: this does not wait for the pump.
static bool begin(struct world *world, struct client *self, const struct sockaddr *to,
                  socklen_t size) {
    memset(self, 0, sizeof *self);
    self->fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(self->fd >= 0);
    if (connect(self->fd, to, size) != 0) {
        self->error = errno;
        close(self->fd);
        self->fd = -1;
        return false;
    }
    begin_polling(world, self);
    return true;
}

bool client_try(struct world *world, struct client *self, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return begin(world, self, (const struct sockaddr *)&to, sizeof to);
}

void client_attach(struct world *world, struct client *self, const char *path) {
    memset(self, 0, sizeof *self);
    self->is_tty = true;
    self->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (self->fd < 0)
        fail_msg("%s: %s", path, strerror(errno));
    begin_polling(world, self);
}

void client_connect(struct world *world, struct client *self) {
    if (!client_try(world, self, ib_pump_port(world->pump)))
        fail_msg("connect: %s", strerror(self->error));
}

void client_connect_tls(struct world *world, struct client *self, struct ib_tls *tls) {
    client_connect(world, self);
    self->tls = ib_tls_session_new(tls, self->fd);
    assert_non_null(self->tls);
    work_tls(self);
}

void client_connect_unix(struct world *world, struct client *self, const char *path) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof to.sun_path);
    memcpy(to.sun_path, path, strlen(path));
    if (!begin(world, self, (const struct sockaddr *)&to, sizeof to))
        fail_msg("connect: %s", strerror(self->error));
}

void client_pause(struct client *self) {
    if (self->polling)
        uv_poll_stop(self->poll);
    self->polling = false;
}

void client_resume(struct client *self) {
    watch(self, UV_READABLE);
    if (self->tls)
        work_tls(self);
}

void client_send(struct client *self, const char *text) {
    size_t size = strlen(text);
    if (self->tls) {
        assert_int_equal(self->queued, 0);
        self->queue = text;
        self->queued = size;
        work_tls(self);
        return;
    }
    if (self->is_tty) {
        assert_int_equal(write(self->fd, text, size), (ssize_t)size);
        return;
    }
    assert_int_equal(send(self->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT), (ssize_t)size);
}

void client_shut(struct client *self) {
    if (self->tls)
        ib_tls_session_bye(self->tls);
    assert_int_equal(shutdown(self->fd, SHUT_WR), 0);
}

static void on_closed(uv_handle_t *handle) {
    free(handle);
}

void client_close(struct client *self) {
    if (self->fd < 0)
        return;
    uv_close((uv_handle_t *)self->poll, on_closed);
    ib_tls_session_free(self->tls);
    self->tls = NULL;
    close(self->fd);
    self->fd = -1;
    free(self->bytes);
    self->bytes = NULL;
}

void client_reset(struct client *self) {
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(self->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
    client_close(self);
}

bool client_has(const struct client *self, const char *text) {
    return memmem(self->bytes, self->size, text, strlen(text)) != NULL;
}

unsigned client_check_stream(const struct client *self, char *text, size_t text_size,
                             uint32_t *last_image) {
    static uint8_t expected[TOY_IMAGE_BYTES];
    unsigned images = 0;
    size_t said = 0;
    *last_image = 0;
    for (size_t i = 0; i < self->size;) {
        if (self->bytes[i] != '<') {
            assert_true(said + 1 < text_size);
            assert_true((unsigned char)self->bytes[i] < 0x80);
            text[said++] = self->bytes[i++];
            continue;
        }
        if (self->size - i < TOY_IMAGE_BYTES)
            break; // the connection ended, or the rest is still to come
        uint32_t sequence = (uint32_t)strtoul(self->bytes + i + 1, NULL, 10);
        assert_true(sequence > *last_image);
        toy_make_image(expected, sequence);
        assert_memory_equal(self->bytes + i, expected, TOY_IMAGE_BYTES);
        *last_image = sequence;
        images++;
        i += TOY_IMAGE_BYTES;
    }
    text[said] = '\0';
    return images;
}
