/// Data only. Speeds and first settings as the tCam-Mini uses them (its README, sections "Hardware"
/// and "Command Interface"): radiometric pixels, telemetry as footer, high gain, emissivity 100 %.
#include "boards/tcam_mini.h"

#define ON                                                                                         \
    { 1, 0 }
#define OFF                                                                                        \
    { 0, 0 }

static const struct ib_cci_setting wanted[] = {
    // Radiometry first: TLinear needs it, and AGC needs TLinear off.
    {.command = 0x4E11, .words = 2, .data = ON, .radiometric_only = true}, // radiometry
    {.command = 0x4EC1, .words = 2, .data = ON, .radiometric_only = true}, // TLinear
    {.command = 0x4EC9, .words = 2, .data = ON, .radiometric_only = true}, // resolution by gain
    {.command = 0x0149, .words = 2, .data = ON},                           // AGC ready to switch on
    {.command = 0x0101, .words = 2, .data = OFF},                          // AGC
    {.command = 0x4829, .words = 2, .data = {7, 0}},                       // RAW14
    {.command = 0x0219, .words = 2, .data = ON},                           // telemetry
    {.command = 0x021D, .words = 2, .data = {1, 0}},                       // … as footer
    {.command = 0x0249, .words = 2, .data = {0, 0}, .radiometric_only = true}, // high gain
    // Only the emissivity: window and background stay as the module's owner stored them.
    {.command = 0x4EBD, .words = 8, .data = {8192}, .owned = 1 << 0, .radiometric_only = true},
    {.command = 0x4855, .words = 2, .data = {5, 0}}, // GPIO3 pulses with every segment
};

/// README, "ESP32 Connections".
static const struct ib_board_pin pins[] = {
    {0, "Button"},           {5, "Lepton SPI SCK"},  {12, "Lepton SPI CSN"},
    {13, "Lepton Vsync"},    {14, "Red LED Anode"},  {15, "Green LED Anode"},
    {19, "Lepton SPI MISO"}, {22, "Lepton I2C SCL"}, {23, "Lepton I2C SDA"},
};

const struct ib_board_tcam_mini ib_board_tcam_mini = {
    .lepton_spi_hz = 16000000,
    .lepton_i2c_hz = 100000,
    .tcp_port = 5001,
    .model_wifi = 2,
    .model_hardware = 3,
    .serial_baud = 230400,
    .log_baud = 115200,
    .slave_spi_most_hz = 8000000,
    .slot_bytes = 2u << 20,
    .project = "tCamMini",
    .pins = pins,
    .pin_count = sizeof pins / sizeof pins[0],
    .wanted = wanted,
    .wanted_count = sizeof wanted / sizeof wanted[0],
};
