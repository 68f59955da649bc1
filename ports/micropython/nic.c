/// The host's sockets behind MicroPython's: IPv4, TCP and UDP, timeouts as on the board.
///
/// Every call that may wait does it on the engine's terms: the socket is never blocking, the wait ends
/// for an interrupt too, and callbacks run meanwhile. Main sources: tcp(7), udp(7); extmod/modsocket.c.
#include "ports/micropython/nic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/clock.h"
#include "ports/micropython/vm_private.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "py/stream.h"

typedef mod_network_socket_obj_t object;

/// MicroPython keeps 16 bits of it.
#define FILENO_MOST INT16_MAX

static struct sockaddr_in address_of(const byte *ip, mp_uint_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    memcpy(&address.sin_addr, ip, 4);
    return address;
}

static void tell_address(const struct sockaddr_in *address, byte *ip, mp_uint_t *port) {
    memcpy(ip, &address->sin_addr, 4);
    *port = ntohs(address->sin_port);
}

static uint64_t deadline(const object *self) {
    return self->timeout < 0 ? IB_NEVER : ib_vm_now_us() + (uint64_t)self->timeout * 1000;
}

/// Wait until it is ready. May raise. Return: 0, or the errno of having waited in vain.
static int wait_for(object *self, short events, uint64_t ends_us) {
    if (self->timeout == 0)
        return MP_EAGAIN;
    for (;;) {
        mp_event_handle_nowait();
        // A callback may have closed it.
        if (self->fileno < 0)
            return MP_EBADF;
        struct pollfd now = {.fd = self->fileno, .events = events};
        if (poll(&now, 1, 0) != 0)
            return 0;
        if (ib_vm_now_us() >= ends_us)
            return MP_ETIMEDOUT;
        ib_vm_watch(self->fileno, events);
        ib_vm_sleep_until(ends_us);
    }
}

/// Return: whether to try again; else *error is to be reported.
static bool wait_again(object *self, int failed, short events, uint64_t ends_us, int *error) {
    if (failed == EINTR)
        return true;
    if (failed != EAGAIN && failed != EWOULDBLOCK) {
        *error = failed;
        return false;
    }
    *error = wait_for(self, events, ends_us);
    return *error == 0;
}

static int fail(int *error) {
    *error = errno;
    return -1;
}

// ---- one after the other ----

static int adopt(object *self, int fd, int *error) {
    if (fd < 0)
        return fail(error);
    if (fd > FILENO_MOST) {
        close(fd);
        *error = EMFILE;
        return -1;
    }
    self->fileno = fd;
    return 0;
}

static int nic_socket(object *self, int *error) {
    int type = self->type == MOD_NETWORK_SOCK_STREAM ? SOCK_STREAM : SOCK_DGRAM;
    if (self->domain != MOD_NETWORK_AF_INET || self->type == MOD_NETWORK_SOCK_RAW) {
        *error = MP_EAFNOSUPPORT;
        return -1;
    }
    return adopt(self, socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error);
}

static void nic_close(object *self) {
    if (self->fileno >= 0)
        close(self->fileno);
    self->fileno = -1;
}

static int nic_bind(object *self, byte *ip, mp_uint_t port, int *error) {
    struct sockaddr_in address = address_of(ip, port);
    int yes = 1;
    // The board's stack knows no waiting after a close.
    setsockopt(self->fileno, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return bind(self->fileno, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : fail(error);
}

static int nic_listen(object *self, mp_int_t backlog, int *error) {
    return listen(self->fileno, (int)backlog) == 0 ? 0 : fail(error);
}

static int nic_accept(object *self, object *client, byte *ip, mp_uint_t *port, int *error) {
    uint64_t ends_us = deadline(self);
    for (;;) {
        struct sockaddr_in address = {0};
        socklen_t size = sizeof address;
        int fd =
            accept4(self->fileno, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            tell_address(&address, ip, port);
            return adopt(client, fd, error);
        }
        if (!wait_again(self, errno, POLLIN, ends_us, error))
            return -1;
    }
}

static int nic_connect(object *self, byte *ip, mp_uint_t port, int *error) {
    struct sockaddr_in address = address_of(ip, port);
    uint64_t ends_us = deadline(self);
    if (connect(self->fileno, (struct sockaddr *)&address, sizeof address) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return fail(error);
    if (self->timeout == 0) {
        *error = MP_EINPROGRESS;
        return -1;
    }
    *error = wait_for(self, POLLOUT, ends_us);
    int failed = 0;
    socklen_t size = sizeof failed;
    if (*error == 0 && getsockopt(self->fileno, SOL_SOCKET, SO_ERROR, &failed, &size) == 0)
        *error = failed;
    return *error == 0 ? 0 : -1;
}

// ---- bytes ----

static mp_uint_t nic_send(object *self, const byte *bytes, mp_uint_t size, int *error) {
    uint64_t ends_us = deadline(self);
    for (;;) {
        ssize_t n = send(self->fileno, bytes, size, MSG_NOSIGNAL);
        if (n >= 0)
            return (mp_uint_t)n;
        if (!wait_again(self, errno, POLLOUT, ends_us, error))
            return MP_STREAM_ERROR;
    }
}

static mp_uint_t nic_recv(object *self, byte *out, mp_uint_t size, int *error) {
    uint64_t ends_us = deadline(self);
    for (;;) {
        ssize_t n = recv(self->fileno, out, size, 0);
        if (n >= 0)
            return (mp_uint_t)n;
        if (!wait_again(self, errno, POLLIN, ends_us, error))
            return MP_STREAM_ERROR;
    }
}

static mp_uint_t nic_sendto(object *self, const byte *bytes, mp_uint_t size, byte *ip,
                            mp_uint_t port, int *error) {
    struct sockaddr_in address = address_of(ip, port);
    uint64_t ends_us = deadline(self);
    for (;;) {
        ssize_t n = sendto(self->fileno, bytes, size, MSG_NOSIGNAL, (struct sockaddr *)&address,
                           sizeof address);
        if (n >= 0)
            return (mp_uint_t)n;
        if (!wait_again(self, errno, POLLOUT, ends_us, error))
            return MP_STREAM_ERROR;
    }
}

static mp_uint_t nic_recvfrom(object *self, byte *out, mp_uint_t size, byte *ip, mp_uint_t *port,
                              int *error) {
    uint64_t ends_us = deadline(self);
    for (;;) {
        struct sockaddr_in address = {0};
        socklen_t length = sizeof address;
        ssize_t n = recvfrom(self->fileno, out, size, 0, (struct sockaddr *)&address, &length);
        if (n >= 0) {
            if (length < sizeof address) // TCP says nothing about it
                (void)getpeername(self->fileno, (struct sockaddr *)&address, &length);
            tell_address(&address, ip, port);
            return (mp_uint_t)n;
        }
        if (!wait_again(self, errno, POLLIN, ends_us, error))
            return MP_STREAM_ERROR;
    }
}

// ---- options ----

static int nic_setsockopt(object *self, mp_uint_t level, mp_uint_t option, const void *value,
                          mp_uint_t size, int *error) {
    static const struct {
        mp_uint_t theirs;
        int ours;
    } known[] = {
        {MOD_NETWORK_SO_REUSEADDR, SO_REUSEADDR},
        {MOD_NETWORK_SO_BROADCAST, SO_BROADCAST},
        {MOD_NETWORK_SO_KEEPALIVE, SO_KEEPALIVE},
    };
    mp_int_t number = 0;
    *error = MP_EOPNOTSUPP;
    // 20 is the callback of asynchronous scripts, which nobody makes here.
    if (level != MOD_NETWORK_SOL_SOCKET || size != sizeof number || option == 20)
        return -1;
    memcpy(&number, value, sizeof number);
    if (option == MOD_NETWORK_SO_RCVTIMEO || option == MOD_NETWORK_SO_SNDTIMEO) {
        self->timeout = number > INT32_MAX ? INT32_MAX : (int32_t)number;
        return 0;
    }
    for (size_t i = 0; i < MP_ARRAY_SIZE(known); i++) {
        int yes = number != 0;
        if (known[i].theirs == option)
            return setsockopt(self->fileno, SOL_SOCKET, known[i].ours, &yes, sizeof yes) == 0
                       ? 0
                       : fail(error);
    }
    return -1;
}

static int nic_settimeout(object *self, mp_uint_t timeout_ms, int *error) {
    (void)error;
    self->timeout = timeout_ms == (mp_uint_t)-1         ? -1
                    : timeout_ms > (mp_uint_t)INT32_MAX ? INT32_MAX
                                                        : (int32_t)timeout_ms;
    return 0;
}

/// What is not ready now ends the engine's next sleep when it is.
static int look(object *self, mp_uint_t wanted) {
    short events = (short)(((wanted & MP_STREAM_POLL_RD) ? POLLIN : 0) |
                           ((wanted & MP_STREAM_POLL_WR) ? POLLOUT : 0));
    struct pollfd now = {.fd = self->fileno, .events = events};
    int found = 0;
    if (self->fileno < 0)
        return MP_STREAM_POLL_NVAL;
    (void)poll(&now, 1, 0);
    // A TCP socket that is neither connected nor connecting reports a hang-up: as on the board.
    if (now.revents & POLLIN)
        found |= MP_STREAM_POLL_RD;
    if (now.revents & POLLOUT)
        found |= MP_STREAM_POLL_WR;
    if (now.revents & POLLERR)
        found |= MP_STREAM_POLL_ERR;
    if (now.revents & POLLHUP)
        found |= MP_STREAM_POLL_HUP;
    if (found == 0)
        ib_vm_watch(self->fileno, events);
    return found;
}

static int nic_ioctl(object *self, mp_uint_t request, mp_uint_t argument, int *error) {
    if (request == MP_STREAM_POLL)
        return look(self, argument);
    *error = MP_EINVAL;
    return (int)MP_STREAM_ERROR;
}

static int nic_gethostbyname(mp_obj_t nic, const char *name, mp_uint_t size, uint8_t *address) {
    (void)nic;
    return ib_vm_resolve(name, size, address);
}

const mod_network_nic_protocol_t ib_vm_nic = {
    .gethostbyname = nic_gethostbyname,
    .socket = nic_socket,
    .close = nic_close,
    .bind = nic_bind,
    .listen = nic_listen,
    .accept = nic_accept,
    .connect = nic_connect,
    .send = nic_send,
    .recv = nic_recv,
    .sendto = nic_sendto,
    .recvfrom = nic_recvfrom,
    .setsockopt = nic_setsockopt,
    .settimeout = nic_settimeout,
    .ioctl = nic_ioctl,
};
