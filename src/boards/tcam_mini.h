/// The tCam-Mini board as data: how its Lepton is wired and what the camera starts with.
#ifndef IB_BOARDS_TCAM_MINI_H
#define IB_BOARDS_TCAM_MINI_H

#include <stddef.h>
#include <stdint.h>

#include "bus/cci.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_board_tcam_mini {
    uint32_t lepton_spi_hz;
    uint32_t lepton_i2c_hz;
    uint16_t tcp_port;
    uint32_t model_wifi; ///< low byte of `Model` on Wi-Fi
    const struct ib_cci_setting
        *wanted; ///< the Lepton's first settings, in the order they are applied
    size_t wanted_count;
};

extern const struct ib_board_tcam_mini ib_board_tcam_mini;

#ifdef __cplusplus
}
#endif

#endif
