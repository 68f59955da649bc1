/// NetworkManager, over D-Bus, as an `ib_link`: a real interface that is an access point or joins one.
///
/// Opened only when the user asks for it by name. It adds one connection profile of its own
/// ("ironbow-IFACE"), not kept on disk by NetworkManager, and touches no other; closing removes it.
/// Everything is asynchronous: no call of the table waits for the bus.
/// Source:  NetworkManager D-Bus API 1.42 (org.freedesktop.NetworkManager, Settings.Connection, Device,
///          Device.Wireless, Connection.Active, IP4Config).
#ifndef IB_PORTS_LINUX_NETWORK_MANAGER_H
#define IB_PORTS_LINUX_NETWORK_MANAGER_H

#include <stddef.h>
#include <uv.h>

#include "bus/link.h"
#include "core/log.h"

struct ib_network_manager;

struct ib_network_manager_config {
    uv_loop_t *loop;
    const char *interface; ///< "wlan0"
    const char *address;   ///< D-Bus address; NULL: the system bus
    const struct ib_log *log;
    void (*changed)(void *context); ///< loop thread: poll the link soon
    void *context;
};

/// Return: 0. Errors: a negative errno (no bus, no NetworkManager, no such interface, not Wi-Fi, no
///         permission); `problem` says it in words. Waits for the bus at most 2 s.
int ib_network_manager_open(struct ib_network_manager **out,
                            const struct ib_network_manager_config *config, char *problem,
                            size_t problem_size);
const struct ib_link *ib_network_manager_link(struct ib_network_manager *self);
/// Removes its profile (at most 1 s). `closed` is called from the loop when all memory is gone.
void ib_network_manager_close(struct ib_network_manager *self, void (*closed)(void *context),
                              void *context);

#endif
