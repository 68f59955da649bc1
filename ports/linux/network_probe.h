/// Whether NetworkManager can do what will be asked of it, before anything is changed.
#ifndef IB_PORTS_LINUX_NETWORK_PROBE_H
#define IB_PORTS_LINUX_NETWORK_PROBE_H

#include <stddef.h>

/// Look for the bus, NetworkManager, the Wi-Fi interface and the permission, on a connection of its own.
/// Return: 0. Errors: a negative errno; `problem` says it in words.
/// Blocks: for 2 s at most.
int ib_network_probe(const char *address, const char *interface, char *problem,
                     size_t problem_size);

#endif
