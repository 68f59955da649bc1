/// One simulated I2C bus that two threads use: the Lepton's owner, and the script's, whose colour camera
/// hangs on it too. One transfer at a time; each costs its user's time.
#ifndef IB_APP_SHARED_BUS_H
#define IB_APP_SHARED_BUS_H

#include <pthread.h>

#include "sim/i2c_bus.h"

struct ib_app_shared_bus {
    pthread_mutex_t lock;
    struct ib_sim_i2c_bus bus;
    struct ib_sim_clock *owner_clock;
    struct ib_sim_clock *guest_clock;
    uint8_t owned; ///< the owner's part: nobody else reaches it
};

void ib_app_shared_bus_init(struct ib_app_shared_bus *self, uint32_t hz);
void ib_app_shared_bus_deinit(struct ib_app_shared_bus *self);
/// Attach the part whose owner uses this door. Before any thread uses the bus.
struct ib_i2c ib_app_shared_bus_owner(struct ib_app_shared_bus *self, uint8_t address7,
                                      struct ib_i2c part, struct ib_sim_clock *clock);
/// The other door: everything but the owner's part, which does not answer here.
struct ib_i2c ib_app_shared_bus_guest(struct ib_app_shared_bus *self, struct ib_sim_clock *clock);
/// Any thread. Errors: as ib_sim_i2c_bus_attach.
int ib_app_shared_bus_attach(struct ib_app_shared_bus *self, uint8_t address7, struct ib_i2c part);
/// Any thread.
void ib_app_shared_bus_fault(struct ib_app_shared_bus *self, enum ib_sim_i2c_bus_fault fault,
                             uint64_t amount);

#endif
