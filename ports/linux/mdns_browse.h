/// Finding cameras: one question by multicast DNS, and the answers of a few seconds. Needs no Avahi on
/// this machine.
///
/// Source:  RFC 6762 section 6.7 (legacy unicast: a question from any port is answered to that port),
///          RFC 6763 (service discovery), RFC 1035 section 4 (messages).
#ifndef IB_PORTS_LINUX_MDNS_BROWSE_H
#define IB_PORTS_LINUX_MDNS_BROWSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IB_MDNS_MOST 64
#define IB_MDNS_NAME_BYTES 256

struct ib_mdns_found {
    char instance[64]; ///< "tCam-Mini-EFB5"
    char host[IB_MDNS_NAME_BYTES];
    char address[46]; ///< "192.168.4.1"; "" while unknown
    uint16_t port;
    char model[16], interface[16], version[32]; ///< from the TXT record, "" when missing
};

/// An address heard before (or after) the service that lives there.
struct ib_mdns_host {
    char host[IB_MDNS_NAME_BYTES];
    char address[46];
};

/// What has been heard so far; records may come in any order and more than once. Texts hold no
/// control characters and no broken UTF-8 ('?' instead), so they can be printed.
struct ib_mdns_list {
    struct ib_mdns_found found[IB_MDNS_MOST];
    unsigned count;
    struct ib_mdns_host hosts[IB_MDNS_MOST];
    unsigned host_count;
    uint32_t bad_messages; ///< broken, or more than there is room for
};

/// The question for `type` ("_tcam-socket._tcp.local"): who offers it?
/// Return: its size. Errors: -EMSGSIZE, -EINVAL when it is no name.
int ib_mdns_question(const char *type, uint8_t *out, size_t capacity);
/// What is still missing: questions for the services and hosts of the cameras whose port, address or
/// properties nobody has told yet.
/// Return: its size, 0 when nothing is missing.
int ib_mdns_follow_up(const struct ib_mdns_list *self, const char *type, uint8_t *out,
                      size_t capacity);
/// Take one message (pure; any bytes). A service that says goodbye (time to live 0) is not taken.
/// Return: whether it told something new about `type`.
bool ib_mdns_take(struct ib_mdns_list *self, const char *type, const uint8_t *message, size_t size);
/// Ask on every IPv4 interface that is up, loopback too (again after 1 s, then also for what is
/// missing), and listen for `patience_ms`. With `machine` ("192.168.4.1", "192.168.4.1:5353") that one
/// is asked and nobody else, which works across subnets. `on_found` (may be NULL) is called when one
/// is complete for the first time.
/// Return: 0. Errors: a negative errno; `problem` says it in words.
/// Blocks: for `patience_ms`.
int ib_mdns_browse(struct ib_mdns_list *out, const char *type, const char *machine,
                   unsigned patience_ms,
                   void (*on_found)(void *context, const struct ib_mdns_found *found),
                   void *context, char *problem, size_t problem_size);

#endif
