/// A POST over a socket that never waits without a deadline. RFC 9112; no redirects, no reuse.
#include "apps/ironbow/http_post.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/ironbow/parse.h"
#include "ports/linux/host_clock.h"

static bool refuse(char *problem, size_t size, const char *why) {
    snprintf(problem, size, "%s", why);
    return false;
}

/// A byte that may stand in a request line or a header as it is.
static bool printable(const char *text) {
    for (; *text; text++) {
        if (*text <= ' ' || *text == 0x7F)
            return false;
    }
    return true;
}

/// "host", "host:80", "[::1]:80" before `end`.
static bool split_host(struct ib_app_http_target *out, const char *begin, const char *end) {
    const char *host_end = end, *port = NULL;
    if (*begin == '[') {
        begin++;
        host_end = memchr(begin, ']', (size_t)(end - begin));
        if (!host_end || (host_end + 1 < end && host_end[1] != ':'))
            return false;
        port = host_end + 1 < end ? host_end + 2 : NULL;
    } else {
        const char *colon = memchr(begin, ':', (size_t)(end - begin));
        host_end = colon ? colon : end;
        port = colon ? colon + 1 : NULL;
    }
    if (host_end == begin || (size_t)(host_end - begin) >= sizeof out->host ||
        (port && (size_t)(end - port) >= sizeof out->port))
        return false;
    snprintf(out->host, sizeof out->host, "%.*s", (int)(host_end - begin), begin);
    snprintf(out->port, sizeof out->port, "%.*s", port ? (int)(end - port) : 2, port ? port : "80");
    uint64_t number = 0;
    return ib_app_parse_u64(out->port, 65535, &number) && number > 0;
}

bool ib_app_http_parse(struct ib_app_http_target *out, const char *url, char *problem,
                       size_t problem_size) {
    memset(out, 0, sizeof *out);
    if (strncasecmp(url, "https://", 8) == 0)
        return refuse(problem, problem_size,
                      "https is not supported: use http to something on this machine that is "
                      "trusted to pass it on, or --exec 'curl …'");
    if (strncasecmp(url, "http://", 7) != 0)
        return refuse(problem, problem_size, "must be http://HOST:PORT/PATH");
    if (!printable(url))
        return refuse(problem, problem_size, "a blank must be written as %20");
    const char *host = url + 7, *end = host + strcspn(host, "/?#");
    if (memchr(host, '@', (size_t)(end - host)))
        return refuse(problem, problem_size, "a name and password are not supported");
    if (!split_host(out, host, end))
        return refuse(problem, problem_size, "must be http://HOST:PORT/PATH (port 1 to 65535)");
    size_t size = strcspn(end, "#");
    if (size + 2 > sizeof out->path)
        return refuse(problem, problem_size, "is too long");
    snprintf(out->path, sizeof out->path, "%s%.*s", *end == '/' ? "" : "/", (int)size, end);
    return true;
}

/// Return: whether it is ready before the deadline.
static bool wait_for(int fd, short events, uint64_t deadline_us) {
    for (;;) {
        uint64_t now_us = ib_host_now_us();
        if (now_us >= deadline_us)
            return false;
        struct pollfd poller = {.fd = fd, .events = events};
        uint64_t ms = (deadline_us - now_us) / 1000 + 1;
        int ready = poll(&poller, 1, ms < 60000 ? (int)ms : 60000);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/// Return: a connected socket, or a negative errno.
static int dial(const struct addrinfo *info, uint64_t deadline_us) {
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int error = connect(fd, info->ai_addr, info->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof error;
        if (!wait_for(fd, POLLOUT, deadline_us))
            error = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
    }
    if (error == 0)
        return fd;
    close(fd);
    return -error;
}

/// Return: 0 or an errno.
static int send_all(int fd, const char *bytes, size_t size, uint64_t deadline_us) {
    while (size > 0) {
        ssize_t done = send(fd, bytes, size, MSG_NOSIGNAL);
        if (done > 0) {
            bytes += done;
            size -= (size_t)done;
        } else if (errno != EAGAIN && errno != EINTR) {
            return errno;
        } else if (!wait_for(fd, POLLOUT, deadline_us)) {
            return ETIMEDOUT;
        }
    }
    return 0;
}

/// The answer's first line, without its end. Return: 0 or an errno.
static int read_line(int fd, char *line, size_t capacity, uint64_t deadline_us) {
    size_t size = 0;
    for (;;) {
        ssize_t done = recv(fd, line + size, capacity - 1 - size, 0);
        if (done > 0)
            size += (size_t)done;
        line[size] = '\0';
        char *end = strpbrk(line, "\r\n");
        if (end) {
            *end = '\0';
            return 0;
        }
        if (done == 0 || size == capacity - 1)
            return EPROTO;
        if (done < 0 && errno != EAGAIN && errno != EINTR)
            return errno;
        if (done < 0 && !wait_for(fd, POLLIN, deadline_us))
            return ETIMEDOUT;
    }
}

static int talk(int fd, const struct ib_app_http_target *target, const char *json, size_t size,
                uint64_t deadline_us, char *problem, size_t problem_size) {
    char head[1600], line[256];
    bool v6 = strchr(target->host, ':') != NULL;
    int head_size =
        snprintf(head, sizeof head,
                 "POST %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nUser-Agent: ironbow/" IB_VERSION
                 "\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: "
                 "close\r\n\r\n",
                 target->path, v6 ? "[" : "", target->host, v6 ? "]" : "", target->port, size);
    int error = send_all(fd, head, (size_t)head_size, deadline_us);
    if (error == 0)
        error = send_all(fd, json, size, deadline_us);
    if (error == 0)
        error = read_line(fd, line, sizeof line, deadline_us);
    if (error != 0) {
        snprintf(problem, problem_size, "%s",
                 error == EPROTO ? "the answer is not HTTP" : strerror(error));
        return -1;
    }
    if (strncmp(line, "HTTP/1.", 7) == 0 && strlen(line) >= 12 && line[8] == ' ' && line[9] == '2')
        return 0;
    snprintf(problem, problem_size, "answered %.80s", line);
    for (char *p = problem; *p; p++) {
        if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
            *p = '?';
    }
    return -1;
}

int ib_app_http_post(const struct ib_app_http_target *target, const char *json, size_t size,
                     uint64_t deadline_us, char *problem, size_t problem_size) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    int status = getaddrinfo(target->host, target->port, &hints, &list);
    if (status != 0) {
        snprintf(problem, problem_size, "%s", gai_strerror(status));
        return -1;
    }
    int fd = -ECONNREFUSED;
    for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = dial(at, deadline_us);
    freeaddrinfo(list);
    if (fd < 0) {
        snprintf(problem, problem_size, "%s", strerror(-fd));
        return -1;
    }
    status = talk(fd, target, json, size, deadline_us, problem, problem_size);
    close(fd);
    return status;
}
