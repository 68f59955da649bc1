/// A link's configuration as NetworkManager's connection settings, and NetworkManager's reasons as
/// words. Not here: calls and states (network_manager.c).
#ifndef IB_PORTS_LINUX_NETWORK_PROFILE_H
#define IB_PORTS_LINUX_NETWORK_PROFILE_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "bus/link.h"

#define IB_NETWORK_PROFILE_UUID_BYTES 37

/// The same for one interface always, so that a profile that an earlier run left behind is known.
void ib_network_profile_uuid(const char *interface, char out[IB_NETWORK_PROFILE_UUID_BYTES]);

/// Append a{sa{sv}}: the whole profile.
/// Errors: a negative errno.
int ib_network_profile_append(sd_bus_message *message, const char *interface,
                              const struct ib_link_config *config);

/// The length of a netmask.
/// Return: 0..32, or -1 when it is none.
int ib_network_profile_prefix(const uint8_t netmask[4]);

/// Why a device failed (NMDeviceStateReason).
/// Return: a constant.
const char *ib_network_profile_reason(uint32_t reason);
/// Why a call was refused: a D-Bus error's name.
/// Return: a constant.
const char *ib_network_profile_refusal(const char *error_name);

#endif
