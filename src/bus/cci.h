/// Lepton control as a table: start one GET, SET or RUN, then poll until it is over.
///
/// I2C registers, a USB extension unit and a remote tCam are three implementations. One command at
/// a time.
#ifndef IB_BUS_CCI_H
#define IB_BUS_CCI_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CCI_MAX_WORDS 512 ///< the block buffer's size

/// What to do. The command word already says GET (bits 1:0 = 0), SET (1) or RUN (2).
struct ib_cci_command {
    uint16_t command;     ///< as written to the command register, OEM and RAD with bit 14
    uint16_t words;       ///< 16-bit words to read or write, 0 for RUN
    uint16_t *data;       ///< SET: read from; GET: filled; kept until the command is over
    uint64_t deadline_us; ///< absolute, on the caller's clock
};

/// How it went. A command the module itself refused is IB_E_DEVICE with its code.
struct ib_cci_outcome {
    int status;           ///< IB_OK, IB_E_DEVICE, IB_E_TIMEOUT, IB_E_NACK, IB_E_IO, IB_E_CANCELLED
    int8_t device_code;   ///< the module's own result (0 ok, -3 range, -7 undefined …)
    uint16_t status_word; ///< the status register as last read
};

struct ib_cci_ops {
    /// Errors: IB_E_BUSY while another command runs, IB_E_INVAL, IB_E_UNSUPPORTED.
    int (*start)(void *context, const struct ib_cci_command *command, uint64_t now_us);
    /// Make at most one bounded transfer. Returns 1 when over (`outcome` filled), 0 when to be
    /// called again at *due_us.
    int (*poll)(void *context, uint64_t now_us, struct ib_cci_outcome *outcome, uint64_t *due_us);
    /// Forget the running command; nothing more is transferred for it.
    void (*cancel)(void *context);
};

struct ib_cci {
    const struct ib_cci_ops *ops;
    void *context;
};

/// One setting that a camera shall have: the value of one SET command.
#define IB_CCI_SETTING_WORDS 8
struct ib_cci_setting {
    uint16_t command; ///< the SET word
    uint16_t words;   ///< 1..IB_CCI_SETTING_WORDS
    uint16_t data[IB_CCI_SETTING_WORDS];
    uint8_t owned; ///< bit n: word n counts, the others stay as the module has them; 0: all count
    bool radiometric_only; ///< skipped on modules without radiometry
};

#ifdef __cplusplus
}
#endif

#endif
