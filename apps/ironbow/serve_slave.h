/// The slave SPI port of the hardware interface, offered to other programs through a UNIX socket:
/// whoever connects is the SPI controller. docs/hardware-interface.md is the protocol.
#ifndef IB_APP_SERVE_SLAVE_H
#define IB_APP_SERVE_SLAVE_H

#include <stddef.h>

#include "apps/ironbow/door.h"
#include "apps/ironbow/rig.h"
#include "ports/linux/pump.h"
#include "sim/spi_slave.h"

struct ib_app_slave {
    struct ib_app_rig *rig;
    struct ib_sim_spi_slave port;
    struct ib_pump *pump;
    void (*over)(void *context); ///< a transaction is over; set before it is opened
    void *context;
    char path[108];
};

/// Return: 0.
/// Errors: a negative errno with `problem` filled.
int ib_app_slave_open(struct ib_app_slave *self, struct ib_app_rig *rig, uv_loop_t *loop,
                      const char *path, const struct ib_log *log, char *problem,
                      size_t problem_size);
/// Its door. Where it is, the serial line's door says.
struct ib_app_door ib_app_slave_door(struct ib_app_slave *self);

#endif
