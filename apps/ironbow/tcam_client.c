/// Packets between 0x02 and 0x03 over a socket that never waits without a deadline.
#include "apps/ironbow/tcam_client.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/ironbow/parse.h"
#include "boards/tcam_mini.h"
#include "core/status.h"
#include "ports/linux/host_clock.h"

#define SEND_PATIENCE_US 20000000u

static int fail(char *problem, size_t size, const char *what) {
    snprintf(problem, size, "%s", what);
    return -1;
}

/// Return: 1 ready, 0 the deadline has passed or a signal came.
static int wait_for(int fd, short events, uint64_t deadline_us) {
    uint64_t now_us = ib_host_now_us();
    if (now_us >= deadline_us)
        return 0;
    struct pollfd poller = {.fd = fd, .events = events};
    uint64_t ms = (deadline_us - now_us) / 1000 + 1;
    return poll(&poller, 1, ms < 60000 ? (int)ms : 60000) > 0;
}

/// "host", "host:port", "[v6]:port", "v6" into two texts.
static int split(const char *text, char *host, size_t host_size, char *port, size_t port_size) {
    const char *begin = text, *end = text + strlen(text), *colon = strrchr(text, ':');
    if (text[0] == '[') {
        begin = text + 1;
        end = strchr(text, ']');
        if (!end || (end[1] && end[1] != ':'))
            return -1;
        colon = end[1] ? end + 1 : NULL;
    } else if (colon && strchr(text, ':') != colon) {
        colon = NULL; // an IPv6 address without brackets
    } else if (colon) {
        end = colon;
    }
    if (begin == end || (size_t)(end - begin) >= host_size)
        return -1;
    memcpy(host, begin, (size_t)(end - begin));
    host[end - begin] = 0;
    if (colon)
        snprintf(port, port_size, "%s", colon + 1);
    else
        snprintf(port, port_size, "%u", (unsigned)ib_board_tcam_mini.tcp_port);
    uint64_t number = 0; // getaddrinfo takes 70000 for 4464
    return ib_app_parse_u64(port, 65535, &number) && number > 0 ? 0 : -1;
}

static int connect_one(const struct addrinfo *info, uint64_t deadline_us) {
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int error = connect(fd, info->ai_addr, info->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof error;
        if (wait_for(fd, POLLOUT, deadline_us) != 1)
            error = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
    }
    if (error == 0)
        return fd;
    close(fd);
    return -error;
}

static int dial(struct ib_app_tcam_client *self, const char *text, uint64_t deadline_us,
                char *problem, size_t problem_size) {
    char host[256], port[16];
    if (split(text, host, sizeof host, port, sizeof port) != 0)
        return fail(problem, problem_size, "must be HOST or HOST:PORT (1 to 65535)");
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    int status = getaddrinfo(host, port, &hints, &list);
    if (status != 0)
        return fail(problem, problem_size, gai_strerror(status));
    int fd = -ECONNREFUSED;
    for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = connect_one(at, deadline_us);
    freeaddrinfo(list);
    if (fd < 0)
        return fail(problem, problem_size, strerror(-fd));
    self->fd = fd;
    return 0;
}

/// One read or write. Return: bytes, 0 at the end of the stream, -EAGAIN, another negative errno.
static ssize_t exchange(struct ib_app_tcam_client *self, void *in, const void *out, size_t size) {
    ssize_t done;
    if (self->session)
        return in ? ib_tls_session_read(self->session, in, size)
                  : ib_tls_session_write(self->session, out, size);
    done = in ? recv(self->fd, in, size, 0) : send(self->fd, out, size, MSG_NOSIGNAL);
    if (done < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    return done;
}

static short wanted(const struct ib_app_tcam_client *self, short plain) {
    return self->session ? ib_tls_session_wants(self->session) : plain;
}

int ib_app_tcam_client_send(struct ib_app_tcam_client *self, const char *json, size_t size,
                            char *problem, size_t problem_size) {
    uint64_t deadline_us = ib_host_now_us() + SEND_PATIENCE_US;
    if (size + 2 > sizeof self->out)
        return fail(problem, problem_size, "the command is too long");
    self->out[0] = 0x02;
    memcpy(self->out + 1, json, size);
    self->out[1 + size] = 0x03;
    for (size_t sent = 0; sent < size + 2;) {
        ssize_t done = exchange(self, NULL, self->out + sent, size + 2 - sent);
        if (done > 0)
            sent += (size_t)done;
        else if (done != -EAGAIN)
            return fail(problem, problem_size, done == 0 ? "closed" : strerror((int)-done));
        else if (wait_for(self->fd, wanted(self, POLLOUT), deadline_us) != 1 &&
                 ib_host_now_us() >= deadline_us)
            return fail(problem, problem_size, "the camera takes no bytes any more");
    }
    return 0;
}

/// A whole packet among the bytes that are there. Return: 1, 0 none yet, -1 not JSON.
static int cut(struct ib_app_tcam_client *self, struct ib_json_value *root) {
    if (self->consumed) {
        self->size -= self->consumed;
        memmove(self->in, self->in + self->consumed, self->size);
        self->consumed = 0;
    }
    char *end = memchr(self->in, 0x03, self->size);
    if (!end)
        return 0;
    char *begin = end;
    while (begin > self->in && begin[-1] != 0x02)
        begin--;
    self->consumed = (size_t)(end - self->in) + 1;
    return ib_json_parse(root, begin, (size_t)(end - begin)) == IB_OK ? 1 : -1;
}

int ib_app_tcam_client_receive(struct ib_app_tcam_client *self, uint64_t deadline_us,
                               struct ib_json_value *root, char *problem, size_t problem_size) {
    for (;;) {
        int found = cut(self, root);
        if (found > 0)
            return 1;
        if (found < 0)
            return fail(problem, problem_size, "what came is not JSON: not a tCam camera?");
        if (self->size == sizeof self->in)
            return fail(problem, problem_size, "a packet has no end: not a tCam camera?");
        ssize_t got = exchange(self, self->in + self->size, NULL, sizeof self->in - self->size);
        if (got > 0)
            self->size += (size_t)got;
        else if (got == 0)
            return fail(problem, problem_size, "the camera has closed the connection");
        else if (got != -EAGAIN)
            return fail(problem, problem_size, strerror((int)-got));
        else if (wait_for(self->fd, wanted(self, POLLIN), deadline_us) != 1)
            return 0;
    }
}

static int shake_hands(struct ib_app_tcam_client *self, uint64_t deadline_us, char *problem,
                       size_t problem_size) {
    for (;;) {
        int status = ib_tls_session_handshake(self->session);
        if (status == 0)
            return 0;
        if (status == -EKEYREJECTED)
            return fail(problem, problem_size,
                        "it has another certificate than --fingerprint says: nothing was sent");
        if (status == -EPROTO)
            return fail(problem, problem_size, "no protected port: it speaks no TLS");
        if (status != -EAGAIN)
            return fail(problem, problem_size, strerror(-status));
        if (wait_for(self->fd, ib_tls_session_wants(self->session), deadline_us) != 1)
            return fail(problem, problem_size, "no TLS in time: is that the protected port?");
    }
}

static int log_in(struct ib_app_tcam_client *self, const struct ib_app_tcam_address *address,
                  uint64_t deadline_us, char *problem, size_t problem_size) {
    char text[256];
    struct ib_json_writer json;
    struct ib_json_value root, info, value;
    int32_t code = 0;
    if (ib_tls_open_client(&self->tls, address->fingerprint, problem, problem_size) != 0)
        return -1;
    self->session = ib_tls_session_new(self->tls, self->fd);
    if (!self->session)
        return fail(problem, problem_size, "out of memory");
    if (shake_hands(self, deadline_us, problem, problem_size) != 0)
        return -1;
    ib_json_begin(&json, text, sizeof text);
    ib_json_open_object(&json, NULL);
    ib_json_put_string(&json, "cmd", "auth");
    ib_json_open_object(&json, "args");
    ib_json_put_string(&json, "token", address->token ? address->token : "");
    ib_json_close_object(&json);
    ib_json_close_object(&json);
    int size = ib_json_finish(&json);
    if (size < 0)
        return fail(problem, problem_size, "the token is too long");
    if (ib_app_tcam_client_send(self, text, (size_t)size, problem, problem_size) != 0)
        return -1;
    int got = ib_app_tcam_client_receive(self, deadline_us, &root, problem, problem_size);
    if (got <= 0)
        return got < 0 ? -1 : fail(problem, problem_size, "no answer to the token in time");
    if (ib_json_member(&root, "cam_info", &info) != IB_OK ||
        ib_json_member(&info, "info_value", &value) != IB_OK ||
        ib_json_int(&value, &code) != IB_OK || code != 1)
        return fail(problem, problem_size, "the camera does not accept the token");
    return 0;
}

int ib_app_tcam_client_open(struct ib_app_tcam_client *self,
                            const struct ib_app_tcam_address *address, unsigned timeout_ms,
                            char *problem, size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->fd = -1;
    uint64_t deadline_us = ib_host_now_us() + (uint64_t)timeout_ms * 1000;
    if (dial(self, address->host, deadline_us, problem, problem_size) != 0)
        return -1;
    if (address->fingerprint)
        return log_in(self, address, deadline_us, problem, problem_size);
    return 0;
}

void ib_app_tcam_client_close(struct ib_app_tcam_client *self) {
    if (self->session) {
        ib_tls_session_bye(self->session);
        ib_tls_session_free(self->session);
    }
    if (self->tls)
        ib_tls_close(self->tls);
    if (self->fd >= 0)
        close(self->fd);
    self->session = NULL;
    self->tls = NULL;
    self->fd = -1;
}
