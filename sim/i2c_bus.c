/// The simulated I2C bus: see i2c_bus.h.

#include "sim/i2c_bus.h"

#include <string.h>

#include "core/status.h"

#define DEFAULT_HZ 100000u
#define LEAST_ADDRESS 0x08u // below and above: reserved (UM10204, table 4)
#define MOST_ADDRESS 0x77u
/// How long a master holds out on a stuck bus before it gives up.
#define GIVE_UP_US 10000u
#define STUCK_US 20000u
/// Start, address with its direction, acknowledge, stop.
#define UNANSWERED_BITS 11u

static const char *const NAMES[IB_SIM_I2C_BUS_FAULTS] = {"well", "nack", "stuck", "bit-flip"};

const char *ib_sim_i2c_bus_fault_name(enum ib_sim_i2c_bus_fault fault) {
    return (unsigned)fault < IB_SIM_I2C_BUS_FAULTS ? NAMES[fault] : NULL;
}

void ib_sim_i2c_bus_init(struct ib_sim_i2c_bus *self, struct ib_sim_clock *clock, uint32_t hz) {
    memset(self, 0, sizeof *self);
    self->clock = clock;
    self->hz = hz ? hz : DEFAULT_HZ;
    self->random = UINT32_C(0x9E3779B9);
}

/// Return: where the part is, or how many there are.
static size_t place_of(const struct ib_sim_i2c_bus *self, uint8_t address7) {
    size_t at = 0;
    while (at < self->part_count && self->parts[at].address7 != address7)
        at++;
    return at;
}

int ib_sim_i2c_bus_attach(struct ib_sim_i2c_bus *self, uint8_t address7, struct ib_i2c part) {
    if (address7 < LEAST_ADDRESS || address7 > MOST_ADDRESS)
        return IB_E_RANGE;
    if (place_of(self, address7) < self->part_count)
        return IB_E_BUSY;
    if (self->part_count == IB_SIM_I2C_BUS_PARTS)
        return IB_E_NO_SPACE;
    self->parts[self->part_count].address7 = address7;
    self->parts[self->part_count++].door = part;
    return IB_OK;
}

int ib_sim_i2c_bus_detach(struct ib_sim_i2c_bus *self, uint8_t address7) {
    size_t at = place_of(self, address7);
    if (at == self->part_count)
        return IB_E_NOT_FOUND;
    self->parts[at] = self->parts[--self->part_count];
    return IB_OK;
}

static int unanswered(struct ib_sim_i2c_bus *self) {
    self->unanswered++;
    ib_sim_clock_spend(self->clock, UNANSWERED_BITS * UINT64_C(1000000) / self->hz);
    return IB_E_NACK;
}

/// Return: whether this transaction suffers from it.
static bool take(struct ib_sim_i2c_bus *self, enum ib_sim_i2c_bus_fault fault) {
    if (self->fault != fault)
        return false;
    if (--self->fault_left == 0)
        self->fault = IB_SIM_I2C_BUS_WELL;
    return true;
}

static bool stuck(struct ib_sim_i2c_bus *self) {
    if (self->fault != IB_SIM_I2C_BUS_STUCK)
        return false;
    uint64_t now_us = self->clock->now_us;
    if (self->stuck_until == 0)
        self->stuck_until = now_us + self->fault_left;
    if (now_us >= self->stuck_until) {
        self->fault = IB_SIM_I2C_BUS_WELL;
        return false;
    }
    uint64_t left_us = self->stuck_until - now_us;
    bool gives_up = left_us > GIVE_UP_US;
    ib_sim_clock_spend(self->clock, gives_up ? GIVE_UP_US : left_us);
    if (!gives_up)
        self->fault = IB_SIM_I2C_BUS_WELL;
    return gives_up;
}

static void flip(struct ib_sim_i2c_bus *self, const struct ib_i2c_part *parts, size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += parts[i].read ? parts[i].size : 0;
    if (bytes == 0 || !take(self, IB_SIM_I2C_BUS_BIT_FLIP))
        return;
    // xorshift32, never 0.
    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    size_t bit = self->random % (bytes * 8);
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].read)
            continue;
        if (bit < parts[i].size * 8) {
            parts[i].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            return;
        }
        bit -= parts[i].size * 8;
    }
}

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    struct ib_sim_i2c_bus *self = context;
    self->transfers++;
    if (stuck(self))
        return IB_E_TIMEOUT;
    size_t at = place_of(self, address7);
    if (take(self, IB_SIM_I2C_BUS_NACK) || at == self->part_count)
        return unanswered(self);
    int status = ib_i2c_transfer(&self->parts[at].door, address7, parts, count);
    if (status == IB_E_NACK)
        self->unanswered++;
    if (status == IB_OK)
        flip(self, parts, count);
    return status;
}

struct ib_i2c ib_sim_i2c_bus_table(struct ib_sim_i2c_bus *self) {
    static const struct ib_i2c_ops OPS = {.transfer = transfer};
    return (struct ib_i2c){.ops = &OPS, .context = self};
}

void ib_sim_i2c_bus_fault(struct ib_sim_i2c_bus *self, enum ib_sim_i2c_bus_fault fault,
                          uint64_t amount) {
    self->fault = fault;
    self->fault_left = amount ? amount : fault == IB_SIM_I2C_BUS_STUCK ? STUCK_US : 1;
    self->stuck_until = 0;
}
