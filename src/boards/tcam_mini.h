/// The tCam-Mini board as data: how its Lepton is wired and what the camera starts with.
#ifndef IB_BOARDS_TCAM_MINI_H
#define IB_BOARDS_TCAM_MINI_H

#include <stddef.h>
#include <stdint.h>

#include "bus/cci.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One wire of the board.
struct ib_board_pin {
    uint8_t gpio;
    const char *name; ///< "Lepton SPI SCK", as the README's table calls it
};

struct ib_board_tcam_mini {
    uint32_t lepton_spi_hz;
    uint32_t lepton_i2c_hz;
    uint16_t tcp_port;
    uint32_t model_wifi;     ///< low byte of `Model` on Wi-Fi
    uint32_t model_hardware; ///< … on the hardware interface
    uint32_t serial_baud;    ///< of the hardware interface, 8N1
    uint32_t log_baud;       ///< of the USB port
    uint32_t slave_spi_most_hz;
    uint32_t slot_bytes; ///< of each of the two firmware slots
    const char *project; ///< in the application descriptor of its firmware
    const struct ib_board_pin *pins;
    size_t pin_count;
    const struct ib_cci_setting
        *wanted; ///< the Lepton's first settings, in the order they are applied
    size_t wanted_count;
};

extern const struct ib_board_tcam_mini ib_board_tcam_mini;

#ifdef __cplusplus
}
#endif

#endif
