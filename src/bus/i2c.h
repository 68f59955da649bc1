/// I2C as a table: one transaction, start to stop, atomic.
#ifndef IB_BUS_I2C_H
#define IB_BUS_I2C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One part of a transaction; between two parts there is a repeated start.
struct ib_i2c_part {
    uint8_t *data; ///< read: filled; write: only read from
    size_t size;
    int read; ///< 1 read, 0 write
};

struct ib_i2c_ops {
    /// Start, parts, stop. Returns IB_OK.
    /// Errors: IB_E_NACK (nobody there, or a byte was refused), IB_E_TIMEOUT (clock or data held),
    ///         IB_E_IO. Blocks for the wire time.
    int (*transfer)(void *context, uint8_t address7, const struct ib_i2c_part *parts, size_t count);
};

struct ib_i2c {
    const struct ib_i2c_ops *ops;
    void *context;
};

static inline int ib_i2c_transfer(const struct ib_i2c *self, uint8_t address7,
                                  const struct ib_i2c_part *parts, size_t count) {
    return self->ops->transfer(self->context, address7, parts, count);
}

#ifdef __cplusplus
}
#endif

#endif
