/// A simulated Wi-Fi interface and the air around it: access points that can be joined, one station
/// that joins ours. Has no clock: it is brought up to now when a door is touched.
///
/// At the very first start, the world has found it already: a station is associated with our access
/// point, or we with a known one in range, so that a virtual camera can be used at once. `start`
/// leaves the link ready then. When that start has nothing to find (wrong name, wrong password, no
/// DHCP) and ever after, everything takes its time (constants below): an access point is up after
/// UP and joined STATION later; a station is up after UP, looks for SCAN, joins for JOIN, asks for
/// DHCP (not with a fixed address), and after a refusal begins to look again RETRY later, for ever.
/// Security is WPA2 or none: a password here and none there is a refusal, either way round.
/// Associated counts as `peer`, with an address or without.
/// Not modelled: channels, roaming, throughput, more than one station.
#ifndef IB_SIM_NETWORK_H
#define IB_SIM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/link.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_NETWORK_UP_US 300000ull       ///< the interface comes up
#define IB_SIM_NETWORK_SCAN_US 1500000ull    ///< one look for the access point
#define IB_SIM_NETWORK_JOIN_US 400000ull     ///< authentication and association
#define IB_SIM_NETWORK_DHCP_US 600000ull     ///< offer and acknowledge
#define IB_SIM_NETWORK_NO_DHCP_US 4000000ull ///< without an offer for so long is a refusal
#define IB_SIM_NETWORK_RETRY_US 1000000ull   ///< after a refusal, before the next look
#define IB_SIM_NETWORK_STATION_US 2000000ull ///< our station finds our access point

struct ib_sim_access_point {
    char ssid[IB_LINK_SSID_BYTES + 1];
    char password[IB_LINK_PASSWORD_BYTES + 1]; ///< "": open
    uint8_t address[4];                        ///< what its DHCP server gives us
    bool dhcp;                                 ///< it has one
    bool in_range;
};

#define IB_SIM_ACCESS_POINTS 4

enum ib_sim_network_fault {
    IB_SIM_NETWORK_WELL,
    IB_SIM_NETWORK_RADIO_DEAD, ///< the interface cannot start; a running one breaks at once
    IB_SIM_NETWORK_NO_DHCP,    ///< no server answers; who has an address keeps it
    IB_SIM_NETWORK_REFUSES,    ///< every access point refuses us; who is associated stays
};

/// What an interface that is on is doing until `next_us`.
enum ib_sim_network_doing {
    IB_SIM_NETWORK_NOTHING, ///< ready, and nothing of our own is due
    IB_SIM_NETWORK_RISING,  ///< UP
    IB_SIM_NETWORK_LOOKING, ///< SCAN
    IB_SIM_NETWORK_JOINING, ///< JOIN
    IB_SIM_NETWORK_ASKING,  ///< DHCP, answered
    IB_SIM_NETWORK_UNHEARD, ///< DHCP, not answered
    IB_SIM_NETWORK_SULKING, ///< RETRY
};

struct ib_sim_network {
    struct ib_sim_access_point air[IB_SIM_ACCESS_POINTS];
    bool station_wants; ///< our station is there and wants to join (default)
    enum ib_sim_network_fault fault;
    struct ib_link_config config;
    struct ib_link_state state; ///< as of the latest touch of a door
    bool on;
    bool first; ///< no start yet
    enum ib_sim_network_doing doing;
    uint64_t next_us;         ///< when `doing` is over; IB_NEVER
    uint64_t asking_until_us; ///< when DHCP is given up, offer or not; counts while asking
    uint64_t station_us;      ///< when our station joins; IB_NEVER
    uint32_t starts;          ///< including those that failed
    uint32_t joins;           ///< we to an access point, or the station to ours
    uint32_t refusals;        ///< attempts of ours to get a link that ended in RETRY
};

/// The air: "HomeNetwork" with password "ironbow-home" and DHCP 192.168.1.57; "Workshop", open, DHCP
/// 10.0.1.144; nothing else.
void ib_sim_network_init(struct ib_sim_network *self);
/// Its front door.
struct ib_link ib_sim_network_link(struct ib_sim_network *self);

/// The back door. All take effect at `now_us`.
/// Add an access point or change the one of that name. False: the air is full, or not a name.
bool ib_sim_network_air(struct ib_sim_network *self, const struct ib_sim_access_point *point,
                        uint64_t now_us);
/// The access point goes out of range, or comes back.
bool ib_sim_network_range(struct ib_sim_network *self, const char *ssid, bool in_range,
                          uint64_t now_us);
/// The station beside us leaves, or comes back.
void ib_sim_network_station(struct ib_sim_network *self, bool wants, uint64_t now_us);
void ib_sim_network_fault(struct ib_sim_network *self, enum ib_sim_network_fault fault,
                          uint64_t now_us);

#ifdef __cplusplus
}
#endif

#endif
