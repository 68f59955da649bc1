/// I2C on Linux: one /dev/i2c-N node as an `ib_i2c`.
#ifndef IB_PORTS_LINUX_I2CDEV_H
#define IB_PORTS_LINUX_I2CDEV_H

#include <stddef.h>
#include <stdint.h>

#include "bus/i2c.h"
#include "ports/linux/kernel_door.h"

struct ib_i2cdev_config {
    const char *path;           ///< borrowed: "/dev/i2c-1"
    unsigned timeout_ms;        ///< a stuck bus is given up after this; 0: 100 ms
    struct ib_kernel_door door; ///< zeroed: the real kernel
};

struct ib_i2cdev {
    struct ib_kernel_door door;
    int fd;
    uint32_t failures; ///< transactions that failed
    int last_errno;    ///< of the latest failure
    char path[64];     ///< for messages
};

/// Return: IB_OK.
/// Errors: IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_BUSY, IB_E_UNSUPPORTED (not an i2c-dev node, or an
///         adapter that only knows SMBus), IB_E_IO; `problem` names the node and says what to do.
/// Source: Linux Documentation/i2c/dev-interface.rst; include/uapi/linux/i2c-dev.h.
int ib_i2cdev_open(struct ib_i2cdev *self, const struct ib_i2cdev_config *config, char *problem,
                   size_t problem_size);
void ib_i2cdev_close(struct ib_i2cdev *self);

/// One transaction is one I2C_RDWR call: start, parts with repeated starts, stop; up to 42 parts of
/// 8192 bytes.
struct ib_i2c ib_i2cdev_table(struct ib_i2cdev *self);

#endif
