#include "boards/pure_thermal.h"

static const struct ib_board_pt_pin PINS[IB_PT_PINS] = {
    [IB_PT_P0] = {"P0", "B15", false},
    [IB_PT_P1] = {"P1", "B14", false},
    [IB_PT_P2] = {"P2", "B13", false},
    [IB_PT_P3] = {"P3", "B12", false},
    [IB_PT_P4] = {"P4", "B10", false},
    [IB_PT_P5] = {"P5", "B11", false},
    [IB_PT_P6] = {"P6", "A5", false},
    [IB_PT_P7] = {"P7", "D12", false},
    [IB_PT_P8] = {"P8", "D13", false},
    [IB_PT_P9] = {"P9", "E2", false},
    [IB_PT_LED_RED] = {"LED_RED", "C0", true},
    [IB_PT_LED_GREEN] = {"LED_GREEN", "C2", true},
    [IB_PT_LED_BLUE] = {"LED_BLUE", "C1", true},
    [IB_PT_LED_WHITE] = {"LED_WHITE", "G3", false},
    [IB_PT_BUZZER] = {"BUZZER", "A1", false},
};

static const struct ib_board_pt_bus I2C[] = {
    {2, IB_PT_P4, IB_PT_P5},
    {4, IB_PT_P7, IB_PT_P8},
};

#define ON                                                                                         \
    { 1, 0 }
#define OFF                                                                                        \
    { 0, 0 }

/// As the firmware sets it up before a script asks for measurement: AGC, 8 bits a pixel.
static const struct ib_cci_setting WANTED[] = {
    {.command = 0x4EC1, .words = 2, .data = OFF, .radiometric_only = true},    // TLinear
    {.command = 0x4E11, .words = 2, .data = OFF, .radiometric_only = true},    // radiometry
    {.command = 0x0149, .words = 2, .data = ON},                               // AGC calculates
    {.command = 0x0101, .words = 2, .data = ON},                               // AGC
    {.command = 0x4829, .words = 2, .data = {7, 0}},                           // RAW14
    {.command = 0x0219, .words = 2, .data = ON},                               // telemetry
    {.command = 0x021D, .words = 2, .data = {1, 0}},                           // … as footer
    {.command = 0x0249, .words = 2, .data = {0, 0}, .radiometric_only = true}, // high gain
};

const struct ib_board_pure_thermal ib_board_pure_thermal = {
    .pins = PINS,
    .i2c = I2C,
    .i2c_count = sizeof I2C / sizeof I2C[0],
    .camera_i2c_hz = 100000,
    .lepton_spi_hz = 20000000,
    .visible_clock_hz = 12000000,
    .visible_address = 0x3C,
    .lepton_address = 0x2A,
    .range_address = 0x29,
    .wanted = WANTED,
    .wanted_count = sizeof WANTED / sizeof WANTED[0],
};
