/// SPI as a table: one device behind one chip select, at the speed and mode its owner configured.
#ifndef IB_BUS_SPI_H
#define IB_BUS_SPI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ib_spi_ops {
    /// Chip select low, clock `size` bytes both ways, chip select high; atomic. `tx` NULL sends
    /// zeros, `rx` NULL drops what arrives.
    /// Errors: IB_E_IO, IB_E_INVAL when longer than the bus can do at once.
    int (*transfer)(void *context, const uint8_t *tx, uint8_t *rx, size_t size);
};

struct ib_spi {
    const struct ib_spi_ops *ops;
    void *context;
    size_t max_bytes; ///< longest single transfer, 0 when unlimited (spidev: 4096 as shipped)
};

static inline int ib_spi_transfer(const struct ib_spi *self, const uint8_t *tx, uint8_t *rx,
                                  size_t size) {
    return self->ops->transfer(self->context, tx, rx, size);
}

#ifdef __cplusplus
}
#endif

#endif
