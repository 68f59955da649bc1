/// The network as a table: one interface that is an access point or joins one.
///
/// Nothing here waits: `start` begins, `poll` tells how far it has got. The link retries by itself
/// for ever; whether to give up is the caller's decision.
#ifndef IB_BUS_LINK_H
#define IB_BUS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_LINK_SSID_BYTES 32
#define IB_LINK_PASSWORD_BYTES 63

enum ib_link_mode { IB_LINK_ACCESS_POINT, IB_LINK_STATION };

struct ib_link_config {
    enum ib_link_mode mode;
    char ssid[IB_LINK_SSID_BYTES + 1];         ///< 1..32 octets, NUL-terminated
    char password[IB_LINK_PASSWORD_BYTES + 1]; ///< 8..63, "" = open
    bool fixed_ip;                             ///< station: `ip` and `netmask` count; else DHCP
    uint8_t ip[4];                             ///< first octet first; access point: its own address
    uint8_t netmask[4];
    char hostname[IB_LINK_SSID_BYTES + 1]; ///< the camera's name
};

enum ib_link_stage {
    IB_LINK_OFF,      ///< stopped
    IB_LINK_STARTING, ///< the interface comes up
    IB_LINK_SEEKING,  ///< station: looking for the access point, or refused by it
    IB_LINK_ADDRESS,  ///< station: associated, waiting for an address
    IB_LINK_READY,    ///< access point: runs. Station: associated, with an address
    IB_LINK_BROKEN,   ///< the interface itself failed (no radio, no permission)
};

struct ib_link_state {
    enum ib_link_stage stage;
    bool peer;          ///< connected to another device: a station here, or our access point
    uint8_t ip[4];      ///< 0.0.0.0 while there is none
    const char *reason; ///< of SEEKING and BROKEN, for people: a constant, "" when nothing is wrong
};

struct ib_link_ops {
    /// Stop whatever runs and begin anew. `config` is borrowed.
    /// Errors: IB_E_UNSUPPORTED, IB_E_IO (the state is IB_LINK_BROKEN then; `start` may be called
    ///         again).
    int (*start)(void *context, const struct ib_link_config *config, uint64_t now_us);
    void (*stop)(void *context, uint64_t now_us);
    /// Fill `out`; *due_us is when to look again (IB_NEVER: when told).
    void (*poll)(void *context, uint64_t now_us, struct ib_link_state *out, uint64_t *due_us);
};

struct ib_link {
    const struct ib_link_ops *ops;
    void *context;
    bool fixed; ///< the interface is not ours to configure: `start` changes nothing
};

#ifdef __cplusplus
}
#endif

#endif
