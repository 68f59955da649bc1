/// UDP sockets in pairs. See datagram.h. Main sources: udp(7), ip(7), sendmmsg(2).
#include "ports/linux/datagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"
#include "ports/linux/problem.h"

/// Pairs of ports tried before giving up.
#define TRIES 64
/// Datagrams a system call.
#define BATCH 64u
/// Room for a large picture to each of some viewers; the kernel may grant less.
#define KERNEL_SEND_BYTES (1 << 20)
/// Datagrams looked at in a turn of the loop, so that a flood does not keep it from the pictures.
#define TURN_DATAGRAMS 32
#define LARGEST_BYTES 1500

struct ib_datagram_pair {
    struct ib_datagram_config config;
    int fds[2];
    uv_poll_t polls[2];
    unsigned open_handles;
    uint16_t even_port;
    uint32_t lost;
    void (*closed)(void *context);
    void *closed_context;
    struct mmsghdr messages[BATCH]; ///< of one system call
    struct iovec pieces[BATCH];
};

static in_port_t *port_of(struct sockaddr_storage *address) {
    return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
                                          : &((struct sockaddr_in *)address)->sin_port;
}

static socklen_t size_of(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                          : sizeof(struct sockaddr_in);
}

struct sockaddr_storage ib_datagram_address(const struct sockaddr_storage *host, uint16_t port) {
    struct sockaddr_storage address = *host;
    *port_of(&address) = htons(port);
    return address;
}

static const struct in6_addr *six(const struct sockaddr_storage *address) {
    return &((const struct sockaddr_in6 *)address)->sin6_addr;
}

static const struct in_addr *four(const struct sockaddr_storage *address) {
    return &((const struct sockaddr_in *)address)->sin_addr;
}

int ib_datagram_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b) {
    struct sockaddr_storage x = *a, y = *b;
    if (a->ss_family != b->ss_family || *port_of(&x) != *port_of(&y))
        return 0;
    return a->ss_family == AF_INET6 ? memcmp(six(a), six(b), sizeof *six(a)) == 0
                                    : four(a)->s_addr == four(b)->s_addr;
}

void ib_datagram_host(const struct sockaddr_storage *host, char *out, size_t size) {
    const void *address = host->ss_family == AF_INET6 ? (const void *)six(host) : four(host);
    int family = host->ss_family;
    if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six(host))) {
        address = six(host)->s6_addr + 12;
        family = AF_INET;
    }
    if (size > 0 && !inet_ntop(family, address, out, (socklen_t)size))
        out[0] = '\0';
}

// ---- beginning and end ----

/// Return: a bound socket, or a negative errno; `*port` 0 becomes the port.
static int bind_one(const struct sockaddr_storage *host, uint16_t *port) {
    struct sockaddr_storage where = ib_datagram_address(host, *port);
    socklen_t size = size_of(&where);
    int fd = socket(where.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int off = 0, room = KERNEL_SEND_BYTES;
    if (where.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(six(&where)))
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (bind(fd, (struct sockaddr *)&where, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&where, &size) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    *port = ntohs(*port_of(&where));
    return fd;
}

/// The kernel names a free port; its neighbour is free more often than not.
static int bind_pair(struct ib_datagram_pair *self, const struct sockaddr_storage *host) {
    int error = -EADDRINUSE;
    for (unsigned i = 0; i < TRIES; i++) {
        uint16_t ports[2] = {0, 0};
        int fd = bind_one(host, &ports[0]);
        if (fd < 0)
            return fd;
        unsigned odd = ports[0] & 1;
        ports[1] = (uint16_t)(odd ? ports[0] - 1 : ports[0] + 1);
        int other = bind_one(host, &ports[1]);
        if (other >= 0) {
            self->fds[odd] = fd;
            self->fds[1 - odd] = other;
            self->even_port = ports[odd];
            return 0;
        }
        error = other;
        close(fd);
        if (error != -EADDRINUSE && error != -EACCES)
            break;
    }
    return error;
}

static int look_up(const char *address, struct sockaddr_storage *out) {
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
    struct addrinfo *found = NULL;
    // Numbers only: no name service is asked, so this cannot block.
    if (getaddrinfo(address, NULL, &hints, &found) != 0)
        return -EINVAL;
    memset(out, 0, sizeof *out);
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct ib_datagram_pair *self = handle->data;
    if (--self->open_handles > 0)
        return;
    void (*closed)(void *) = self->closed;
    void *context = self->closed_context;
    free(self);
    if (closed)
        closed(context);
}

void ib_datagram_close(struct ib_datagram_pair *self, void (*closed)(void *context),
                       void *context) {
    self->closed = closed;
    self->closed_context = context;
    for (unsigned i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&self->polls[i], on_closed);
        close(self->fds[i]);
    }
}

static void on_readable(uv_poll_t *handle, int status, int events) {
    struct ib_datagram_pair *self = handle->data;
    enum ib_datagram_port port = handle == &self->polls[1] ? IB_DATAGRAM_ODD : IB_DATAGRAM_EVEN;
    uint8_t bytes[LARGEST_BYTES + 1];
    (void)events;
    (void)status; // an error is read away like a datagram
    for (unsigned i = 0; i < TURN_DATAGRAMS; i++) {
        struct sockaddr_storage from = {0};
        socklen_t from_size = sizeof from;
        ssize_t got = recvfrom(self->fds[port], bytes, sizeof bytes, MSG_DONTWAIT,
                               (struct sockaddr *)&from, &from_size);
        if (got < 0 && (errno == EAGAIN || errno == ENOMEM))
            return;
        if (got > 0 && got <= LARGEST_BYTES)
            self->config.received(self->config.context, port, &from, bytes, (size_t)got);
    }
}

int ib_datagram_open(struct ib_datagram_pair **out, const struct ib_datagram_config *config,
                     char *problem, size_t problem_size) {
    struct sockaddr_storage host;
    struct ib_datagram_pair *self = calloc(1, sizeof *self);
    int error = !self ? -ENOMEM : look_up(config->address, &host);
    *out = NULL;
    if (error == 0)
        error = bind_pair(self, &host);
    if (error) {
        ib_problem(problem, problem_size, "no pair of UDP ports on %s: %s", config->address,
                   strerror(-error));
        free(self);
        return error;
    }
    self->config = *config;
    for (unsigned i = 0; i < 2; i++) {
        // Cannot fail: the descriptor is a fresh socket.
        int failed = uv_poll_init(config->loop, &self->polls[i], self->fds[i]);
        IB_ASSERT(failed == 0);
        self->polls[i].data = self;
        uv_poll_start(&self->polls[i], UV_READABLE, on_readable);
        self->open_handles++;
    }
    *out = self;
    return 0;
}

uint16_t ib_datagram_even_port(const struct ib_datagram_pair *self) {
    return self->even_port;
}

uint32_t ib_datagram_lost(const struct ib_datagram_pair *self) {
    return self->lost;
}

// ---- sending ----

static unsigned send_batch(struct ib_datagram_pair *self, int fd, const struct sockaddr_storage *to,
                           const struct ib_datagram *datagrams, unsigned count) {
    struct mmsghdr *messages = self->messages;
    struct sockaddr_storage where = *to;
    bool again = true;
    memset(messages, 0, count * sizeof messages[0]);
    for (unsigned i = 0; i < count; i++) {
        self->pieces[i] = (struct iovec){(void *)(uintptr_t)datagrams[i].bytes, datagrams[i].size};
        messages[i].msg_hdr.msg_name = &where;
        messages[i].msg_hdr.msg_namelen = size_of(to);
        messages[i].msg_hdr.msg_iov = &self->pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (unsigned sent = 0;;) {
        int now = sendmmsg(fd, messages + sent, count - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += now > 0 ? (unsigned)now : 0;
        if (sent == count || (now < 0 && !again))
            return sent;
        // "Nobody listens there" is told of an earlier datagram, and only once.
        again = now >= 0;
        if (now < 0 && errno != ECONNREFUSED && errno != EINTR)
            return sent;
    }
}

unsigned ib_datagram_send(struct ib_datagram_pair *self, enum ib_datagram_port port,
                          const struct sockaddr_storage *to, const struct ib_datagram *datagrams,
                          unsigned count) {
    unsigned sent = 0;
    while (sent < count) {
        unsigned batch = count - sent < BATCH ? count - sent : BATCH;
        unsigned went = send_batch(self, self->fds[port], to, datagrams + sent, batch);
        sent += went;
        if (went < batch)
            break;
    }
    self->lost += count - sent;
    return sent;
}
