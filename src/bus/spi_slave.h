/// A slave SPI port as a table: one packet lies ready, the controller at the other end clocks it out
/// in one transaction (chip select low, bytes, chip select high) whenever it likes.
#ifndef IB_BUS_SPI_SLAVE_H
#define IB_BUS_SPI_SLAVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ib_spi_slave_ops {
    /// Lay `size` bytes ready; keeps them until `poll` says 1 or `restart` returns.
    /// Errors: IB_E_BUSY when a packet lies ready already, IB_E_IO, IB_E_RANGE.
    int (*arm)(void *context, const uint8_t *bytes, size_t size);
    /// Return: 1 when the transaction is over (however many bytes it had; told once), 0 while the
    ///         packet still lies there or nothing was armed.
    /// Errors: IB_E_IO.
    int (*poll)(void *context);
    /// Take an unread packet back and set the port up anew.
    /// Errors: IB_E_IO: the port is dead.
    int (*restart)(void *context);
};

struct ib_spi_slave {
    const struct ib_spi_slave_ops *ops;
    void *context;
};

#ifdef __cplusplus
}
#endif

#endif
