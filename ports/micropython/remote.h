/// A folder of this machine as a file system that scripts may read.
#ifndef IB_PORTS_MICROPYTHON_REMOTE_H
#define IB_PORTS_MICROPYTHON_REMOTE_H

#include "py/obj.h"

/// For vfs.mount. `folder` is kept. May raise.
mp_obj_t ib_vm_remote_new(const char *folder);

#endif
