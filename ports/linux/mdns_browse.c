/// Asking by multicast DNS: a socket an interface, two rounds of questions, one deadline.
///
/// The questions come from a free port, so the answers come straight back to it (RFC 6762, 6.7, "legacy
/// unicast") and a responder on this machine may keep port 5353. Every interface has a socket of its
/// own, bound to its address: what comes back came from there.
/// Not here: what messages say (mdns_message.c). Main sources: RFC 6762 section 5, ip(7).
#include "ports/linux/mdns_browse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports/linux/host_clock.h"
#include "ports/linux/problem.h"

#define MDNS_PORT 5353
#define MDNS_GROUP "224.0.0.251"
#define INTERFACES_MOST 64
/// The largest a message may be (RFC 6762, section 17).
#define MESSAGE_BYTES 9000u
/// Questions stay below an Ethernet frame.
#define QUESTION_BYTES 1400u
#define AGAIN_US 1000000u

struct browse {
    struct ib_mdns_list *list;
    const char *type;
    struct pollfd sockets[INTERFACES_MOST];
    unsigned count;
    struct sockaddr_in to;
    int error; ///< of the last socket that could not be used
    void (*on_found)(void *context, const struct ib_mdns_found *found);
    void *context;
    bool told[IB_MDNS_MOST];
    uint8_t message[MESSAGE_BYTES];
};

static void keep_socket(struct browse *self, int fd) {
    self->sockets[self->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/// A socket that speaks multicast on the interface with this address.
static void add_interface(struct browse *self, struct in_addr address) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = address};
    // Multicast DNS stays on the link; 255 is what receivers expect (RFC 6762, section 11).
    int hops = 255;
    int loop = 1;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0 &&
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof address) == 0 &&
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) == 0 &&
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) == 0) {
        keep_socket(self, fd);
        return;
    }
    self->error = errno;
    if (fd >= 0)
        close(fd);
}

static int open_interfaces(struct browse *self) {
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return -errno;
    for (struct ifaddrs *i = all; i && self->count < INTERFACES_MOST; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !(i->ifa_flags & IFF_UP))
            continue;
        // The loopback interface does not call itself capable of multicast, and is.
        if (!(i->ifa_flags & (IFF_MULTICAST | IFF_LOOPBACK)))
            continue;
        struct sockaddr_in own;
        memcpy(&own, i->ifa_addr, sizeof own);
        add_interface(self, own.sin_addr);
    }
    freeifaddrs(all);
    self->to.sin_port = htons(MDNS_PORT);
    inet_pton(AF_INET, MDNS_GROUP, &self->to.sin_addr);
    return 0;
}

static bool parse_machine(const char *text, struct sockaddr_in *out) {
    char address[INET_ADDRSTRLEN];
    const char *colon = strchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : strlen(text);
    unsigned long port = MDNS_PORT;
    if (size >= sizeof address)
        return false;
    memcpy(address, text, size);
    address[size] = 0;
    if (colon) {
        size_t digits = strspn(colon + 1, "0123456789");
        if (digits == 0 || digits > 5 || colon[1 + digits])
            return false;
        port = strtoul(colon + 1, NULL, 10);
    }
    out->sin_port = htons((uint16_t)port);
    return port > 0 && port <= UINT16_MAX && inet_pton(AF_INET, address, &out->sin_addr) == 1;
}

static int open_sockets(struct browse *self, const char *machine, char *problem, size_t size) {
    self->to.sin_family = AF_INET;
    if (machine && !parse_machine(machine, &self->to)) {
        ib_problem(problem, size, "%s is no IPv4 ADDRESS or ADDRESS:PORT", machine);
        return -EINVAL;
    }
    int error = 0;
    if (machine) {
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        // Connected, only that machine's answers come in, and its refusal does.
        if (fd >= 0 && connect(fd, (struct sockaddr *)&self->to, sizeof self->to) == 0) {
            keep_socket(self, fd);
        } else {
            error = -errno;
            if (fd >= 0)
                close(fd);
        }
    } else {
        error = open_interfaces(self);
        if (!error && self->count == 0)
            error = self->error ? -self->error : -ENETDOWN;
    }
    if (error)
        ib_problem(problem, size, "no network to ask on: %s", strerror(-error));
    return error;
}

/// Return: how many interfaces took it.
static unsigned send_all(struct browse *self, const uint8_t *question, int size) {
    unsigned sent = 0;
    for (unsigned i = 0; size > 0 && i < self->count; i++) {
        if (sendto(self->sockets[i].fd, question, (size_t)size, 0, (struct sockaddr *)&self->to,
                   sizeof self->to) == size)
            sent++;
        else
            self->error = errno;
    }
    return sent;
}

static void tell_new(struct browse *self) {
    for (unsigned i = 0; i < self->list->count; i++) {
        const struct ib_mdns_found *found = &self->list->found[i];
        if (self->told[i] || found->port == 0 || !found->address[0])
            continue;
        self->told[i] = true;
        if (self->on_found)
            self->on_found(self->context, found);
    }
}

static void receive(struct browse *self, uint64_t until_us) {
    for (unsigned i = 0; i < self->count; i++) {
        if (!self->sockets[i].revents)
            continue;
        // A chatterbox must not keep the deadline from coming.
        while (ib_host_now_us() < until_us) {
            ssize_t size = recv(self->sockets[i].fd, self->message, sizeof self->message, 0);
            if (size < 0)
                break;
            ib_mdns_take(self->list, self->type, self->message, (size_t)size);
        }
    }
    tell_new(self);
}

static int listen_until(struct browse *self, uint64_t until_us) {
    for (;;) {
        uint64_t now_us = ib_host_now_us();
        if (now_us >= until_us)
            return 0;
        uint64_t wait_ms = (until_us - now_us + 999u) / 1000u;
        int ready = poll(self->sockets, self->count, (int)(wait_ms < 60000 ? wait_ms : 60000));
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready > 0)
            receive(self, until_us);
    }
}

static int ask_and_listen(struct browse *self, unsigned patience_ms, char *problem,
                          size_t problem_size) {
    uint8_t question[QUESTION_BYTES];
    int size = ib_mdns_question(self->type, question, sizeof question);
    if (size < 0) {
        ib_problem(problem, problem_size, "%s is no service", self->type);
        return size;
    }
    uint64_t now_us = ib_host_now_us();
    uint64_t until_us = now_us + (uint64_t)patience_ms * 1000u;
    if (send_all(self, question, size) == 0) {
        ib_problem(problem, problem_size, "the question could not be sent: %s",
                   strerror(self->error));
        return -self->error;
    }
    // Once more: datagrams get lost. Answers to the first come within 120 ms (RFC 6762, section 6).
    uint64_t again_us = now_us + AGAIN_US;
    int error = listen_until(self, again_us < until_us ? again_us : until_us);
    if (!error && again_us < until_us) {
        send_all(self, question, size);
        size = ib_mdns_follow_up(self->list, self->type, question, sizeof question);
        send_all(self, question, size);
        error = listen_until(self, until_us);
    }
    if (error)
        ib_problem(problem, problem_size, "listening: %s", strerror(-error));
    return error;
}

int ib_mdns_browse(struct ib_mdns_list *out, const char *type, const char *machine,
                   unsigned patience_ms,
                   void (*on_found)(void *context, const struct ib_mdns_found *found),
                   void *context, char *problem, size_t problem_size) {
    memset(out, 0, sizeof *out);
    struct browse *self = calloc(1, sizeof *self);
    if (!self) {
        ib_problem(problem, problem_size, "out of memory");
        return -ENOMEM;
    }
    self->list = out;
    self->type = type;
    self->on_found = on_found;
    self->context = context;
    int error = open_sockets(self, machine, problem, problem_size);
    if (!error)
        error = ask_and_listen(self, patience_ms, problem, problem_size);
    for (unsigned i = 0; i < self->count; i++)
        close(self->sockets[i].fd);
    free(self);
    return error;
}
