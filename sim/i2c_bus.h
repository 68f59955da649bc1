/// A simulated I2C bus: several parts on one pair of wires, found by their address.
///
/// A part is whatever has an `ib_i2c`; it spends its own wire time. Nobody there: the address byte
/// passes and is not acknowledged. Back doors: attach and detach parts while it runs, and faults of
/// the wires themselves, which hit whoever is spoken to. Not modelled: two masters, clock stretching,
/// the general call, 10-bit addresses. One thread at a time.
/// Source: NXP UM10204 rev 7.0, section 3.1.
#ifndef IB_SIM_I2C_BUS_H
#define IB_SIM_I2C_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "bus/i2c.h"
#include "sim/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_I2C_BUS_PARTS 8u

/// How the wires misbehave.
enum ib_sim_i2c_bus_fault {
    IB_SIM_I2C_BUS_WELL,
    IB_SIM_I2C_BUS_NACK, ///< the next `amount` transactions are not acknowledged
    /// SDA is held low for `amount` microseconds from the next transaction on: they time out.
    IB_SIM_I2C_BUS_STUCK,
    IB_SIM_I2C_BUS_BIT_FLIP, ///< one bit of the next `amount` transactions that read is wrong
    IB_SIM_I2C_BUS_FAULTS,
};

/// "well", "nack", "stuck", "bit-flip"; NULL outside the enum.
const char *ib_sim_i2c_bus_fault_name(enum ib_sim_i2c_bus_fault fault);

struct ib_sim_i2c_bus {
    struct ib_sim_clock *clock;
    uint32_t hz;
    struct {
        struct ib_i2c door;
        uint8_t address7;
    } parts[IB_SIM_I2C_BUS_PARTS];
    size_t part_count;
    enum ib_sim_i2c_bus_fault fault;
    uint64_t fault_left;  ///< transactions, or microseconds
    uint64_t stuck_until; ///< moment; 0: it has not met anybody yet
    uint32_t random;
    /// For tests: what went over it.
    uint32_t transfers;
    uint32_t unanswered; ///< nobody there, or not acknowledged
};

/// Keeps: the clock. `hz` 0: 100,000.
void ib_sim_i2c_bus_init(struct ib_sim_i2c_bus *self, struct ib_sim_clock *clock, uint32_t hz);
/// Errors: IB_E_BUSY: somebody has that address; IB_E_RANGE: no 7-bit address that parts may have
///         (0x08..0x77); IB_E_NO_SPACE.
int ib_sim_i2c_bus_attach(struct ib_sim_i2c_bus *self, uint8_t address7, struct ib_i2c part);
/// Errors: IB_E_NOT_FOUND.
int ib_sim_i2c_bus_detach(struct ib_sim_i2c_bus *self, uint8_t address7);
/// The front door.
struct ib_i2c ib_sim_i2c_bus_table(struct ib_sim_i2c_bus *self);
/// Begin a fault instead of the one under way; `amount` 0: once, or for 20 ms.
void ib_sim_i2c_bus_fault(struct ib_sim_i2c_bus *self, enum ib_sim_i2c_bus_fault fault,
                          uint64_t amount);

#ifdef __cplusplus
}
#endif

#endif
