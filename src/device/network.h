/// The camera's network: settings brought to a link, tried, and taken back when they bring none.
///
/// A set_wifi is checked, stored and then tried for 60 s. Without a link by then, the settings before
/// it are stored again and used, so that a wrong password cannot lock the owner out. A link that was
/// there and got lost is retried for ever. An access point counts as a link as soon as it runs.
/// Source:  tCam-Mini README, "WiFi", "WiFi Reset Button", "set_wifi".
#ifndef IB_DEVICE_NETWORK_H
#define IB_DEVICE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/link.h"
#include "core/log.h"
#include "device/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_NETWORK_TRIAL_US 60000000ull
/// Between accepting a change and taking the old network down: the reply gets out.
#define IB_NETWORK_GRACE_US 250000ull
/// A link that could not start is started again.
#define IB_NETWORK_RETRY_US 5000000ull

struct ib_network {
    const struct ib_link *link; ///< NULL: no network at all (hardware interface)
    struct ib_settings_store *store;
    const struct ib_log *log;
    struct ib_link_state state; ///< as last polled
    const char *told;           ///< the link's reason that was logged last
    bool running;               ///< the link was started
    bool restarting;            ///< a start is due at restart_us
    bool repairing; ///< … because the interface is broken; not when it heals by itself
    uint64_t restart_us;
    uint64_t trial_until_us; ///< while store->now.trial; IB_NEVER until its first start
    uint64_t save_us;        ///< when settings that could not be stored are stored again
    int status; ///< of the latest start: IB_OK, or why the interface does not work (fault 2)
    uint32_t starts;
    uint32_t losses;    ///< times a ready link was lost
    uint32_t rollbacks; ///< changes taken back
};

void ib_network_init(struct ib_network *self, const struct ib_link *link,
                     struct ib_settings_store *store, const struct ib_log *log);
/// Bring up what is stored (a trial that a power cut interrupted begins anew).
void ib_network_start(struct ib_network *self, uint64_t now_us);
/// A set_wifi: check, store, and restart the network IB_NETWORK_GRACE_US later.
/// Return: IB_OK.
/// Errors: as ib_network_settings_change, IB_E_UNSUPPORTED without a link, or the store's; nothing
///         has changed then and `*why` says it.
int ib_network_change(struct ib_network *self, const struct ib_wifi_change *change, uint64_t now_us,
                      const char **why);
/// Defaults of the network (only), stored, in force at once. Works whatever is broken.
void ib_network_reset(struct ib_network *self, uint64_t now_us);
void ib_network_step(struct ib_network *self, uint64_t now_us, uint64_t *due_us);

/// Connected to another device (flag bit 3): clients can come.
bool ib_network_connected(const struct ib_network *self);
/// The flags of get_wifi.
uint8_t ib_network_flags(const struct ib_network *self);
/// cur_ip_addr: the link's address, or as access point its own.
void ib_network_ip(const struct ib_network *self, uint8_t out[4]);

#ifdef __cplusplus
}
#endif

#endif
