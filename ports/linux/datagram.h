/// UDP sockets on two neighbouring ports, as RTP and its RTCP want them, on a libuv loop.
///
/// Sending never waits: what the sockets do not take at once is lost, and counted. Loop thread only.
#ifndef IB_PORTS_LINUX_DATAGRAM_H
#define IB_PORTS_LINUX_DATAGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

struct ib_datagram_pair;

enum ib_datagram_port { IB_DATAGRAM_EVEN, IB_DATAGRAM_ODD };

struct ib_datagram_config {
    uv_loop_t *loop;
    const char *address; ///< numeric, of this machine; "0.0.0.0" and "::" are all of them
    /// Something came; `bytes` are borrowed. Datagrams above 1500 bytes are not told.
    void (*received)(void *context, enum ib_datagram_port port, const struct sockaddr_storage *from,
                     const uint8_t *bytes, size_t size);
    void *context;
};

/// On any free pair of ports, the first of them even.
/// Return: 0. Errors: a negative errno with `problem` filled.
int ib_datagram_open(struct ib_datagram_pair **out, const struct ib_datagram_config *config,
                     char *problem, size_t problem_size);
/// The even one; the odd one is the next.
uint16_t ib_datagram_even_port(const struct ib_datagram_pair *self);
/// How many datagrams could not be sent.
uint32_t ib_datagram_lost(const struct ib_datagram_pair *self);
/// `closed` is called from the loop when all memory is gone.
void ib_datagram_close(struct ib_datagram_pair *self, void (*closed)(void *context), void *context);

struct ib_datagram {
    const void *bytes;
    size_t size;
};

/// Send in that order; the first that does not go takes those behind it along.
/// Return: how many went.
/// Cost:   one system call for 64 datagrams.
unsigned ib_datagram_send(struct ib_datagram_pair *self, enum ib_datagram_port port,
                          const struct sockaddr_storage *to, const struct ib_datagram *datagrams,
                          unsigned count);

/// The same host, another port.
struct sockaddr_storage ib_datagram_address(const struct sockaddr_storage *host, uint16_t port);
/// Same host and port. Return: 1 or 0.
int ib_datagram_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
/// The host as text, without brackets and port: "127.0.0.1" (also for ::ffff:127.0.0.1), "::1".
void ib_datagram_host(const struct sockaddr_storage *host, char *out, size_t size);

#endif
