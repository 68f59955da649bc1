/// A disk as Python's block devices are: readblocks, writeblocks, ioctl.
#ifndef IB_PORTS_MICROPYTHON_DISK_OBJECT_H
#define IB_PORTS_MICROPYTHON_DISK_OBJECT_H

#include "ports/micropython/disk.h"
#include "py/obj.h"

/// The insertion that is in now, and no other.
mp_obj_t ib_vm_disk_new(struct ib_disk *disk);

#endif
