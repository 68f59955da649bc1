/// CCI over I2C: one Lepton command as a stepped engine that makes at most one short transfer a
/// step.
///
/// Long blocks go in pieces of IB_LEPTON_CCI_PIECE words, so that a video segment is never kept
/// waiting. Every wait ends at the command's deadline; the module's own error code is kept. Source:
/// Lepton IDD 110-0144-04 rev 100, section 2.1.
#ifndef IB_DRIVERS_LEPTON_CCI_H
#define IB_DRIVERS_LEPTON_CCI_H

#include <stdbool.h>

#include "bus/cci.h"
#include "bus/i2c.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Words a transfer: 1.1 ms at 100 kHz. At 10 MHz SPI a 160x120 segment leaves 1.4 ms of slack.
#define IB_LEPTON_CCI_PIECE 4

struct ib_lepton_cci {
    const struct ib_i2c *i2c;
    struct ib_cci_command command;
    int state;
    uint16_t done_words;
    uint16_t status_word;
    uint64_t next_us;
    uint8_t nacks;     ///< in a row, retried within the deadline
    uint8_t io_errors; ///< in a row, retried a few times
    uint8_t polls;     ///< status readings in a row that said "busy": the back-off
    uint8_t block[2 + 2 * IB_LEPTON_CCI_PIECE];
};

/// Make an `ib_cci` of an I2C bus. `i2c` is kept.
///
/// A command is over when the module says so, with two exceptions. One that ends the module's own
/// presence on the bus (reboot, power down, standby, low power) is over, and good, as soon as it
/// was acknowledged: asking on would hold the bus, or wedge a booting module. And at the deadline
/// the outcome is IB_E_NACK when nobody answered at the end, IB_E_TIMEOUT otherwise.
void ib_lepton_cci_init(struct ib_lepton_cci *self, const struct ib_i2c *i2c, struct ib_cci *out);

/// Write 0 to the power register: wakes a module from its low-power modes (one transfer).
int ib_lepton_cci_wake(struct ib_lepton_cci *self);

/// Read the status register alone (one transfer).
/// Return: the word, 0..0xFFFF.
/// Errors: IB_E_NACK, IB_E_IO.
int ib_lepton_cci_status(struct ib_lepton_cci *self);

#ifdef __cplusplus
}
#endif

#endif
