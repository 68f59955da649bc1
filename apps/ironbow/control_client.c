/// One question, one answer, by a deadline.
#include "apps/ironbow/control_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "apps/ironbow/json_text.h"
#include "apps/ironbow/serve_control.h"
#include "core/status.h"
#include "ports/linux/host_clock.h"

#define LONGEST_REPLY (1u << 20)

struct call {
    int fd;
    uint64_t deadline_us;
    char *problem;
    size_t problem_size;
};

static int fail(const struct call *self, const char *what) {
    snprintf(self->problem, self->problem_size, "%s", what);
    return -1;
}

static int wait_for(const struct call *self, short events) {
    for (;;) {
        uint64_t now_us = ib_host_now_us();
        if (now_us >= self->deadline_us)
            return fail(self, "no answer in time (--timeout waits longer)");
        struct pollfd poller = {.fd = self->fd, .events = events};
        int ready = poll(&poller, 1, (int)((self->deadline_us - now_us) / 1000 + 1));
        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return fail(self, strerror(errno));
    }
}

static int send_line(const struct call *self, const char *line) {
    char *text;
    int size = asprintf(&text, "%s\n", line);
    if (size < 0)
        return fail(self, "out of memory");
    int status = 0;
    for (int sent = 0; status == 0 && sent < size;) {
        ssize_t done = send(self->fd, text + sent, (size_t)(size - sent), MSG_NOSIGNAL);
        if (done >= 0)
            sent += (int)done;
        else if (errno == EAGAIN)
            status = wait_for(self, POLLOUT);
        else if (errno != EINTR)
            status = fail(self, strerror(errno));
    }
    free(text);
    return status;
}

static int receive_line(const struct call *self, char **out) {
    char *text = malloc(LONGEST_REPLY);
    size_t used = 0;
    if (!text)
        return fail(self, "out of memory");
    for (;;) {
        ssize_t got = recv(self->fd, text + used, LONGEST_REPLY - used, 0);
        int status = 0;
        if (got > 0) {
            char *end = memchr(text + used, '\n', (size_t)got);
            used += (size_t)got;
            if (end) {
                *end = 0;
                *out = text;
                return 0;
            }
            if (used == LONGEST_REPLY)
                status = fail(self, "the answer has no end");
        } else if (got == 0) {
            status = fail(self, "the connection was closed without an answer");
        } else if (errno == EAGAIN) {
            status = wait_for(self, POLLIN);
        } else if (errno != EINTR) {
            status = fail(self, strerror(errno));
        }
        if (status != 0) {
            free(text);
            return -1;
        }
    }
}

int ib_app_control_ask(const char *path, const char *line, unsigned timeout_ms, char **reply,
                       char *problem, size_t problem_size) {
    struct call self = {.problem = problem, .problem_size = problem_size};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof name.sun_path)
        return fail(&self, "too long for a socket's name");
    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    self.deadline_us = ib_host_now_us() + (uint64_t)timeout_ms * 1000;
    self.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (self.fd < 0)
        return fail(&self, strerror(errno));
    int status = connect(self.fd, (const struct sockaddr *)&name, sizeof name);
    if (status != 0) {
        bool nobody = errno == ENOENT || errno == ECONNREFUSED;
        status = fail(&self, nobody ? "no ironbow is running there (start one with ironbow run, "
                                      "or name its socket with --control)"
                                    : strerror(errno));
    }
    if (status == 0)
        status = send_line(&self, line);
    if (status == 0)
        status = receive_line(&self, reply);
    close(self.fd);
    return status;
}

int ib_app_control_print(const struct ib_app_verb *verb, const char *path, const char *line,
                         unsigned timeout_ms, bool json) {
    char standard[IB_APP_CONTROL_PATH_BYTES];
    char problem[256];
    char *reply;
    if (!path) {
        ib_app_control_default_path(standard, sizeof standard);
        path = standard;
    }
    if (ib_app_control_ask(path, line, timeout_ms, &reply, problem, sizeof problem) != 0)
        return ib_app_fail(verb, path, problem);
    struct ib_json_value answer;
    struct ib_json_value member;
    int code = IB_APP_EXIT_OK;
    if (ib_json_parse(&answer, reply, strlen(reply)) != IB_OK ||
        ib_json_member(&answer, "ok", &member) != IB_OK) {
        code = ib_app_fail(verb, path, "what answers there is no ironbow");
    } else if (member.type != IB_JSON_TRUE) {
        char why[512];
        if (ib_json_member(&answer, "error", &member) != IB_OK ||
            ib_json_string(&member, why, sizeof why) < 0)
            snprintf(why, sizeof why, "refused");
        if (json)
            puts(reply);
        code = ib_app_fail(verb, line, why);
    } else if (json) {
        puts(reply);
    } else {
        ib_app_json_print(stdout, &answer);
    }
    free(reply);
    return code;
}
