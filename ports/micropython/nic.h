/// Sockets of scripts over the host's, as MicroPython's socket module wants a network interface.
#ifndef IB_PORTS_MICROPYTHON_NIC_H
#define IB_PORTS_MICROPYTHON_NIC_H

#include "py/obj.h"

#include "extmod/modnetwork.h" // wants the one above first

extern const mod_network_nic_protocol_t ib_vm_nic;

/// Resolve a name without blocking the script engine: interrupts and callbacks go on. May raise.
/// Return: 0 and the address, or an errno.
int ib_vm_resolve(const char *name, size_t size, uint8_t *address);
/// A life has ended: nobody waits for answers any more.
void ib_vm_resolve_release(void);

#endif
