/// The OpenMV Pure Thermal as data: its pins by name, its buses, and what its Lepton starts with.
///
/// Source: OpenMV Pure Thermal, "Pinout" and "Bus reference"; the board's pin table in the firmware.
#ifndef IB_BOARDS_PURE_THERMAL_H
#define IB_BOARDS_PURE_THERMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/cci.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Pins that scripts can name.
enum ib_pure_thermal_pin {
    IB_PT_P0,
    IB_PT_P1,
    IB_PT_P2,
    IB_PT_P3,
    IB_PT_P4,
    IB_PT_P5,
    IB_PT_P6,
    IB_PT_P7,
    IB_PT_P8,
    IB_PT_P9,
    IB_PT_LED_RED,
    IB_PT_LED_GREEN,
    IB_PT_LED_BLUE,
    IB_PT_LED_WHITE,
    IB_PT_BUZZER,
    IB_PT_PINS,
};

struct ib_board_pt_pin {
    const char *name; ///< "P0", "LED_RED"
    const char *cpu;  ///< the microcontroller's: "B15"
    bool active_low;  ///< LEDs: lit when low
};

/// A bus that scripts reach by number.
struct ib_board_pt_bus {
    uint8_t number;   ///< as in machine.I2C(2)
    uint8_t scl, sda; ///< enum ib_pure_thermal_pin
};

struct ib_board_pure_thermal {
    const struct ib_board_pt_pin *pins; ///< IB_PT_PINS
    const struct ib_board_pt_bus *i2c;
    size_t i2c_count;
    uint32_t camera_i2c_hz; ///< I2C1: OV5640 and Lepton
    uint32_t lepton_spi_hz;
    uint32_t visible_clock_hz; ///< XCLK
    uint8_t visible_address;   ///< 7 bits
    uint8_t lepton_address;
    uint8_t range_address; ///< VL53L1CX, on I2C2
    const struct ib_cci_setting *wanted;
    size_t wanted_count;
};

extern const struct ib_board_pure_thermal ib_board_pure_thermal;

#ifdef __cplusplus
}
#endif

#endif
