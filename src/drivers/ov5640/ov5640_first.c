/// The registers that a sensor gets after its reset, in this order.
///
/// Clocks, pads and the analog part; automatic exposure, ISP and effects at neutral. What is not here
/// stays as the silicon has it.
/// Source:  OV5640 data sheet 2.03; OmniVision's reference lists for the analog part (addresses without
///          a public description), as OpenMV cameras use them.
#include "drivers/ov5640/ov5640_private.h"

const struct ib_ov5640_setting ib_ov5640_first[] = {
    {REG_SYSTEM, SYSTEM_DOWN},
    {REG_CLOCK_SOURCE, 0x03}, // from the PLL
    {REG_RESET_00, RESET_00_MCU},
    {REG_RESET_02, RESET_02_JPEG},
    {REG_CLOCK_00, 0xFF},
    {REG_CLOCK_02, 0xFF & ~(CLOCK_02_JPEG | 0x14)},
    {REG_PADS, 0xFF},
    {REG_PADS + 1, 0xFF},
    {REG_PLL, PLL_BITS},
    {REG_PLL + 1, PLL_SYSTEM},
    {REG_PLL + 2, PLL_MULTIPLIER},
    {REG_PLL + 3, PLL_ROOT_AND_PRE},
    {REG_ROOT_DIVIDER, ROOT_DIVIDERS},
    {REG_PIXEL_DIVIDER, PIXEL_DIVIDER},
    // Analog.
    {0x3630, 0x2E},
    {0x3632, 0xE2},
    {0x3633, 0x23},
    {0x3621, 0xE0},
    {0x3704, 0xA0},
    {0x3703, 0x5A},
    {0x3715, 0x78},
    {0x3717, 0x01},
    {0x370B, 0x60},
    {0x3705, 0x1A},
    {0x3905, 0x02},
    {0x3906, 0x10},
    {0x3901, 0x0A},
    {0x3731, 0x12},
    {0x3600, 0x08},
    {0x3601, 0x33},
    {0x302D, 0x60},
    {0x3620, 0x52},
    {0x371B, 0x20},
    {0x471C, 0x50},
    {0x3635, 0x1C},
    {0x3634, 0x40},
    {0x3622, 0x01},
    // Light that flickers at 50 or 60 Hz.
    {0x3C01, 0xB4},
    {0x3C00, 0x04},
    {0x3C04, 0x28},
    {0x3C05, 0x98},
    {0x3C06, 0x00},
    {0x3C07, 0x08},
    {0x3C08, 0x00},
    {0x3C09, 0x1C},
    {0x3C0A, 0x9C},
    {0x3C0B, 0x40},
    {0x3618, 0x00},
    {0x3612, 0x29},
    {0x3708, 0x64},
    {0x3709, 0x52},
    {0x370C, 0x03},
    {0x4001, 0x02},
    {0x4004, 0x02},
    {0x4005, 0x1A},
    {0x300E, 0x58}, // camera port, not MIPI
    {0x302E, 0x00},
    // Automatic exposure: its aim, and what counts.
    {0x3A0F, 0x42},
    {0x3A10, 0x38},
    {0x3A11, 0x60},
    {0x3A1B, 0x44},
    {0x3A1E, 0x36},
    {0x3A1F, 0x10},
    {REG_GAIN_CEILING, 0x00},
    {REG_GAIN_CEILING + 1, 0xF8}, // 15.5x
    {0x5688, 0x11},
    {0x5689, 0x11},
    {0x568A, 0x11},
    {0x568B, 0x11},
    {0x568C, 0x11},
    {0x568D, 0x11},
    {0x568E, 0x11},
    {0x568F, 0x11},
    // JPEG: lines of a fixed width, filled up.
    {0x4713, 0x04},
    {0x4723, 0x03},
    {0x4401, 0x0D},
    {REG_QUALITY, 0x04},
    {0x460B, 0x35},
    {0x460C, 0x22}, // the pixel divider is ours
    {0x4740, 0x20}, // rising pixel clock
    // ISP: lens correction, gamma, defect pixels, colours; effects, scaler, matrix, white balance.
    {REG_ISP, 0xA7},
    {REG_ISP + 1, 0xA3},
    {REG_COLOUR_BAR, 0x00},
    // Effects that are on, and do nothing yet: saturation and contrast, both by hand.
    {REG_SDE, 0x06},
    {REG_SATURATION, 0x40},
    {REG_SATURATION + 1, 0x40},
    {REG_CONTRAST, 0x00},
    {REG_CONTRAST + 1, 0x20},
    {REG_BRIGHTNESS, 0x00},
    {REG_SIGNS, 0x41},
    {0x5589, 0x10},
    {0x558A, 0x00},
    {0x558B, 0xF8},
    {REG_SYSTEM, SYSTEM_RUN},
};

const uint16_t ib_ov5640_first_count = sizeof ib_ov5640_first / sizeof ib_ov5640_first[0];
