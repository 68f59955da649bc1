/// What a Pure Thermal's scripts can reach: the board's buses, pins and parts, as tables.
///
/// Filled by whoever builds the board; everything here is used from the script's thread only, but the
/// camera and the hub, which have their own rules. What is NULL is not there, and who needs it says so.
#ifndef IB_OPENMV_HANDS_H
#define IB_OPENMV_HANDS_H

#include <stddef.h>
#include <stdint.h>

#include "boards/pure_thermal.h"
#include "bus/codec.h"
#include "bus/gpio.h"
#include "bus/i2c.h"
#include "bus/picture_in.h"
#include "bus/pin.h"
#include "camera/camera.h"
#include "core/hub.h"

#define IB_OPENMV_BUSES 5

struct ib_openmv_hands {
    const struct ib_i2c *camera_bus;           ///< I2C1, shared with the Lepton's owner
    const struct ib_i2c *i2c[IB_OPENMV_BUSES]; ///< by number: 2 and 4
    const struct ib_pin *pins[IB_PT_PINS];     ///< electrical levels, not "lit"

    /// The colour camera.
    const struct ib_picture_in *visible;
    const struct ib_gpio *camera_reset;  ///< one line for both cameras on the real board; 1 = held
    const struct ib_gpio *visible_power; ///< 1 = powered
    const uint8_t *autofocus;            ///< the lens' program, from the user; NULL: none
    size_t autofocus_bytes;

    /// The Lepton belongs to its camera: modes are asked for, frames are read from the hub.
    struct ib_camera *lepton;
    struct ib_hub *frames;

    const struct ib_codec *codec;
};

#endif
