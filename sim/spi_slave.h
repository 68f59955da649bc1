/// The slave SPI port of an ESP32 and the wire to a controller: two doors, one packet between them.
///
/// The slave's side is `ib_spi_slave`. The controller's is one transaction of any length at a clock of
/// its choice, with its wire time. Up to 8 MHz every byte arrives; above it the slave cannot keep up
/// and bytes are lost. A transaction without a packet armed reads zeros; bytes behind the packet are
/// zeros. Whatever its length, a transaction uses the packet up. The next packet can be armed when the
/// slave has been told so (`poll`).
/// SPI modes are not told apart: the slave is set to mode 0, and a controller in mode 3 reads it
/// just as well, because both sample at the rising edge.
/// Source:  tCam-Mini README, "Hardware Interface".
#ifndef IB_SIM_SPI_SLAVE_H
#define IB_SIM_SPI_SLAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/spi_slave.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_SPI_SLAVE_MOST_HZ 8000000u

enum ib_sim_spi_slave_fault {
    IB_SIM_SPI_SLAVE_WELL,
    IB_SIM_SPI_SLAVE_BIT_FLIPS, ///< one bit in every transaction
    IB_SIM_SPI_SLAVE_DEAD,      ///< cannot be set up again
};

struct ib_sim_spi_slave {
    const uint8_t *armed; ///< NULL: nothing lies ready
    size_t size;
    bool over; ///< a transaction has used the packet up, and the slave has not been told
    bool dead; ///< a restart failed: nothing works until one succeeds
    enum ib_sim_spi_slave_fault fault;
    uint32_t random;
    uint32_t transactions, empty_transactions, short_transactions;
};

void ib_sim_spi_slave_init(struct ib_sim_spi_slave *self, uint32_t seed);
/// The slave's door.
struct ib_spi_slave ib_sim_spi_slave_port(struct ib_sim_spi_slave *self);
/// The controller's door: one transaction, `out` filled with `size` bytes.
/// Return: its wire time in microseconds, rounded up. A clock of 0 Hz is no transaction: zeros, and 0.
uint64_t ib_sim_spi_slave_transfer(struct ib_sim_spi_slave *self, uint8_t *out, size_t size,
                                   uint32_t clock_hz);
/// Whether a packet lies ready (a controller on a real wire cannot know).
bool ib_sim_spi_slave_armed(const struct ib_sim_spi_slave *self);
void ib_sim_spi_slave_fault(struct ib_sim_spi_slave *self, enum ib_sim_spi_slave_fault fault);

#ifdef __cplusplus
}
#endif

#endif
