/// Processes and pipes around a private D-Bus. See support_bus.h.
#include "support_bus.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT_MS 30000
#define PYTHON "/usr/bin/python3"

static const char daemon_config[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
    "<busconfig><listen>%s</listen><auth>EXTERNAL</auth>\n"
    "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\n"
    "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n";

/// Start a program; -1 in `in` or `out` is /dev/null.
static pid_t start(const char *const arguments[], int in, int out, bool silent) {
    pid_t process = fork();
    assert_true(process >= 0);
    if (process > 0)
        return process;
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that fails leaves nothing behind
    int nothing = open("/dev/null", O_RDWR);
    dup2(in >= 0 ? in : nothing, STDIN_FILENO);
    dup2(out >= 0 ? out : nothing, STDOUT_FILENO);
    if (silent)
        dup2(nothing, STDERR_FILENO);
    char *copies[8] = {NULL};
    for (int i = 0; i < 7 && arguments[i]; i++)
        copies[i] = strdup(arguments[i]);
    execvp(copies[0], copies);
    _exit(127);
}

static int wait_for(pid_t process) {
    int status = -1;
    while (waitpid(process, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool own_bus_possible(const char *python_module) {
    char import[128];
    const char *version[] = {"dbus-daemon", "--version", NULL};
    const char *python[] = {PYTHON, "-c", import, NULL};
    snprintf(import, sizeof import,
             "import importlib.util as u, sys\n"
             "sys.exit(not all(map(u.find_spec, ('%s', 'gi'))))",
             python_module);
    if (wait_for(start(version, -1, -1, true)) != 0) {
        print_message("SKIP: dbus-daemon is missing (package dbus)\n");
        return false;
    }
    if (wait_for(start(python, -1, -1, true)) != 0) {
        print_message("SKIP: %s cannot import %s and gi (package python3-dbusmock)\n", PYTHON,
                      python_module);
        return false;
    }
    return true;
}

/// One line from a pipe, at most `capacity` - 1 bytes.
static void read_line(int from, char *buffer, size_t capacity, size_t *held, char *out) {
    for (;;) {
        char *end = memchr(buffer, '\n', *held);
        if (end) {
            size_t size = (size_t)(end - buffer);
            memcpy(out, buffer, size);
            out[size] = 0;
            *held -= size + 1;
            memmove(buffer, end + 1, *held);
            return;
        }
        struct pollfd ready = {.fd = from, .events = POLLIN};
        int count = poll(&ready, 1, LIMIT_MS);
        if (count < 0 && errno == EINTR)
            continue;
        if (count != 1)
            fail_msg("no answer within %d ms", LIMIT_MS);
        assert_true(*held + 1 < capacity);
        ssize_t got = read(from, buffer + *held, capacity - 1 - *held);
        if (got <= 0)
            fail_msg("the process ended; it held: %.*s", (int)*held, buffer);
        *held += (size_t)got;
    }
}

static void start_daemon(struct own_bus *self) {
    char config[128];
    char option[160];
    char line[512];
    char buffer[512];
    size_t held = 0;
    int out[2];
    snprintf(config, sizeof config, "%s/bus.conf", self->directory);
    snprintf(option, sizeof option, "--config-file=%s", config);
    const char *arguments[] = {"dbus-daemon", option, "--nofork", "--print-address=1", NULL};
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    self->daemon = start(arguments, -1, out[1], true);
    close(out[1]);
    read_line(out[0], buffer, sizeof buffer, &held, line); // it listens now
    close(out[0]);
}

void own_bus_open(struct own_bus *self) {
    char config[128];
    snprintf(self->directory, sizeof self->directory, "/tmp/ib-bus-XXXXXX");
    assert_non_null(mkdtemp(self->directory));
    snprintf(self->address, sizeof self->address, "unix:path=%s/bus", self->directory);
    snprintf(config, sizeof config, "%s/bus.conf", self->directory);
    FILE *file = fopen(config, "w");
    assert_non_null(file);
    fprintf(file, daemon_config, self->address);
    assert_int_equal(fclose(file), 0);
    start_daemon(self);
}

void own_bus_stop(struct own_bus *self) {
    kill(self->daemon, SIGTERM);
    wait_for(self->daemon);
    self->daemon = 0;
}

void own_bus_restart(struct own_bus *self) {
    char path[128];
    snprintf(path, sizeof path, "%s/bus", self->directory);
    unlink(path);
    start_daemon(self);
}

void own_bus_close(struct own_bus *self) {
    static const char *const NAMES[] = {"bus", "bus.conf"};
    if (self->daemon)
        own_bus_stop(self);
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", self->directory, NAMES[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(self->directory), 0);
}

void own_service_open(struct own_service *self, const struct own_bus *bus, const char *script,
                      const char *argument) {
    char path[512];
    int to[2];
    int from[2];
    snprintf(path, sizeof path, "%s/%s", IB_TEST_FOLDER, script);
    const char *arguments[] = {PYTHON, "-B", path, bus->address, argument, NULL};
    assert_int_equal(pipe2(to, O_CLOEXEC), 0);
    assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    self->process = start(arguments, to[0], from[1], false);
    close(to[0]);
    close(from[1]);
    self->to = to[1];
    self->from = from[0];
    self->more = 0;
    read_line(self->from, self->buffer, sizeof self->buffer, &self->more, self->answer);
    assert_string_equal(self->answer, "ready");
}

const char *own_service_say(struct own_service *self, const char *line) {
    char text[256];
    int size = snprintf(text, sizeof text, "%s\n", line);
    assert_int_equal(write(self->to, text, (size_t)size), size);
    read_line(self->from, self->buffer, sizeof self->buffer, &self->more, self->answer);
    return self->answer;
}

void own_service_close(struct own_service *self) {
    close(self->to);
    close(self->from);
    kill(self->process, SIGKILL); // libdbus may have ended it already
    wait_for(self->process);
}

// ---- the loop ----

static void on_failure(uv_timer_t *handle) {
    *(bool *)handle->data = true;
}

static void take_log(void *context, enum ib_log_level level, const char *room, const char *text) {
    struct own_loop *self = context;
    size_t size = strlen(self->logged);
    (void)level;
    snprintf(self->logged + size, sizeof self->logged - size, "%s: %s\n", room, text);
}

void own_loop_open(struct own_loop *self) {
    memset(self, 0, sizeof *self);
    self->log = (struct ib_log){take_log, self};
    uv_loop_init(&self->loop);
    uv_timer_init(&self->loop, &self->failure);
}

void own_loop_turn(struct own_loop *self, const char *waiting_for, const char *file, int line) {
    bool late = false;
    self->failure.data = &late;
    uv_update_time(&self->loop);
    uv_timer_start(&self->failure, on_failure, LIMIT_MS, 0);
    uv_run(&self->loop, UV_RUN_ONCE);
    uv_timer_stop(&self->failure);
    if (late) {
        print_error("%s:%d: not within %d ms: %s\n%s", file, line, LIMIT_MS, waiting_for,
                    self->logged);
        fail();
    }
}

void own_loop_closed(void *self) {
    ((struct own_loop *)self)->closed++;
}

void own_loop_close(struct own_loop *self, unsigned count) {
    OWN_RUN_UNTIL(self, self->closed == count);
    uv_close((uv_handle_t *)&self->failure, NULL);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&self->loop), 0);
}
