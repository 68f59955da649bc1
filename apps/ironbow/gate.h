/// The wires between the board's processor and its parts, and how they fail: what the faults 1 to 8 of
/// the status LED are made with. Nothing fails unless somebody asks for it.
#ifndef IB_APP_GATE_H
#define IB_APP_GATE_H

#include <stdatomic.h>

#include "bus/i2c.h"
#include "bus/spi.h"
#include "bus/storage.h"

/// What a gate lets through no more; bits.
enum ib_app_gate_shut {
    IB_APP_GATE_NO_PERIPHERAL = 1 << 0, ///< neither I2C nor SPI
    IB_APP_GATE_NO_CCI = 1 << 1,        ///< I2C: nobody acknowledges
    IB_APP_GATE_NO_VOSPI = 1 << 2,      ///< SPI transfers fail
    IB_APP_GATE_NO_SYNC = 1 << 3,       ///< SPI carries nothing but discard packets
    IB_APP_GATE_NO_MEMORY = 1 << 4,     ///< no buffer to read video into
    IB_APP_GATE_NO_STORAGE = 1 << 5,    ///< settings can be neither read nor written
    IB_APP_GATE_NO_FLASH = 1 << 6,      ///< firmware slots cannot be erased or written
    IB_APP_GATE_NO_NETWORK = 1 << 7,    ///< the port cannot be opened
};

/// Any thread may shut and open it.
struct ib_app_gate {
    struct ib_i2c i2c; ///< behind it
    struct ib_spi spi;
    atomic_uint shut;
};

/// Put the gate before the two buses: they are replaced by tables that pass through it. `self` is
/// kept.
void ib_app_gate_init(struct ib_app_gate *self, struct ib_i2c *i2c, struct ib_spi *spi);

/// The same for a storage region, which fails as a whole while a bit of `mask` is shut.
struct ib_app_storage_gate {
    const struct ib_app_gate *gate;
    const struct ib_storage *behind;
    unsigned mask;
    struct ib_storage storage; ///< hand this on
};
void ib_app_storage_gate_init(struct ib_app_storage_gate *self, const struct ib_app_gate *gate,
                              const struct ib_storage *behind, unsigned mask);

#endif
