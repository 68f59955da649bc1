/// A lock around the simulated bus, and whose time a transfer costs.
#include "apps/ironbow/shared_bus.h"

#include "core/status.h"

void ib_app_shared_bus_init(struct ib_app_shared_bus *self, uint32_t hz) {
    *self = (struct ib_app_shared_bus){.owned = 0};
    pthread_mutex_init(&self->lock, NULL);
    ib_sim_i2c_bus_init(&self->bus, NULL, hz);
}

void ib_app_shared_bus_deinit(struct ib_app_shared_bus *self) {
    pthread_mutex_destroy(&self->lock);
}

static int transfer(struct ib_app_shared_bus *self, struct ib_sim_clock *clock, uint8_t address7,
                    const struct ib_i2c_part *parts, size_t count) {
    struct ib_i2c door = ib_sim_i2c_bus_table(&self->bus);
    pthread_mutex_lock(&self->lock);
    self->bus.clock = clock;
    int status = ib_i2c_transfer(&door, address7, parts, count);
    pthread_mutex_unlock(&self->lock);
    return status;
}

static int owner_transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                          size_t count) {
    struct ib_app_shared_bus *self = context;
    return transfer(self, self->owner_clock, address7, parts, count);
}

static int guest_transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                          size_t count) {
    struct ib_app_shared_bus *self = context;
    if (address7 == self->owned)
        return IB_E_NACK;
    return transfer(self, self->guest_clock, address7, parts, count);
}

struct ib_i2c ib_app_shared_bus_owner(struct ib_app_shared_bus *self, uint8_t address7,
                                      struct ib_i2c part, struct ib_sim_clock *clock) {
    static const struct ib_i2c_ops OPS = {.transfer = owner_transfer};
    self->owner_clock = clock;
    self->owned = address7;
    (void)ib_app_shared_bus_attach(self, address7, part);
    return (struct ib_i2c){.ops = &OPS, .context = self};
}

struct ib_i2c ib_app_shared_bus_guest(struct ib_app_shared_bus *self, struct ib_sim_clock *clock) {
    static const struct ib_i2c_ops OPS = {.transfer = guest_transfer};
    self->guest_clock = clock;
    return (struct ib_i2c){.ops = &OPS, .context = self};
}

int ib_app_shared_bus_attach(struct ib_app_shared_bus *self, uint8_t address7, struct ib_i2c part) {
    pthread_mutex_lock(&self->lock);
    int status = ib_sim_i2c_bus_attach(&self->bus, address7, part);
    pthread_mutex_unlock(&self->lock);
    return status;
}

void ib_app_shared_bus_fault(struct ib_app_shared_bus *self, enum ib_sim_i2c_bus_fault fault,
                             uint64_t amount) {
    pthread_mutex_lock(&self->lock);
    ib_sim_i2c_bus_fault(&self->bus, fault, amount);
    pthread_mutex_unlock(&self->lock);
}
