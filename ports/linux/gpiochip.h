/// GPIO on Linux: one line of a gpiochip character device as an `ib_gpio`.
#ifndef IB_PORTS_LINUX_GPIOCHIP_H
#define IB_PORTS_LINUX_GPIOCHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/gpio.h"
#include "ports/linux/kernel_door.h"

struct ib_gpiochip_config {
    const char *line;           ///< borrowed: "gpiochip0:17", "/dev/gpiochip0:17" or a line's name
    bool output;                ///< else an input
    bool active_low;            ///< logical 1 is a low level on the wire
    int initial;                ///< logical level of an output from the start
    struct ib_kernel_door door; ///< zeroed: the real kernel
};

struct ib_gpiochip {
    struct ib_kernel_door door;
    int fd; ///< of the line, not of the chip
    bool output;
    uint32_t failures;
    int last_errno;
};

/// Claim the line. It is ours until close; then the kernel decides about its level.
/// Return: IB_OK.
/// Errors: IB_E_NOT_FOUND (no such chip or name), IB_E_RANGE (no such offset), IB_E_REFUSED,
///         IB_E_BUSY (claimed by somebody, who is named), IB_E_INVAL (the text, or a name that
///         several lines have), IB_E_UNSUPPORTED (no gpiochip), IB_E_IO; `problem` names the line
///         and says what to do.
/// Source: Linux include/uapi/linux/gpio.h, version 2 of the interface (5.10 and later).
int ib_gpiochip_open(struct ib_gpiochip *self, const struct ib_gpiochip_config *config,
                     char *problem, size_t problem_size);
void ib_gpiochip_close(struct ib_gpiochip *self);

struct ib_gpio ib_gpiochip_table(struct ib_gpiochip *self);

#endif
