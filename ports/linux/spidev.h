/// SPI on Linux: one /dev/spidevB.C node as an `ib_spi`.
#ifndef IB_PORTS_LINUX_SPIDEV_H
#define IB_PORTS_LINUX_SPIDEV_H

#include <stddef.h>
#include <stdint.h>

#include "bus/spi.h"
#include "ports/linux/kernel_door.h"

struct ib_spidev_config {
    const char *path;           ///< borrowed: "/dev/spidev0.0"
    uint32_t speed_hz;          ///< a Lepton: 10 to 20 MHz
    unsigned mode;              ///< 0..3; a Lepton: 3
    size_t needed_bytes;        ///< longest transfer that must be possible; 0: any
    const char *bufsiz_path;    ///< NULL: /sys/module/spidev/parameters/bufsiz
    struct ib_kernel_door door; ///< zeroed: the real kernel
};

struct ib_spidev {
    struct ib_kernel_door door;
    int fd;
    uint32_t speed_hz;
    size_t max_bytes;  ///< spidev's own buffer: longer transfers get EMSGSIZE
    uint32_t failures; ///< transfers that failed
    int last_errno;    ///< of the latest failure
    uint8_t *spare;    ///< where dropped bytes go when nothing is sent either
    char path[64];     ///< for messages
};

/// Open the node and set mode, word length (8) and speed.
/// Return: IB_OK.
/// Errors: IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_BUSY, IB_E_UNSUPPORTED (not a spidev, or a controller
///         without that mode), IB_E_NO_SPACE (its buffer is below `needed_bytes`), IB_E_IO;
///         `problem` names the node and says what to do.
/// Source: Linux Documentation/spi/spidev.rst; include/uapi/linux/spi/spidev.h.
int ib_spidev_open(struct ib_spidev *self, const struct ib_spidev_config *config, char *problem,
                   size_t problem_size);
void ib_spidev_close(struct ib_spidev *self);

/// Blocks: for the wire time. One transfer is one chip-select frame.
struct ib_spi ib_spidev_table(struct ib_spidev *self);

#endif
