/// What the driver's files share: register addresses, transfers, parts of settings.
/// Source:  OV5640 data sheet 2.03, register tables; focus registers: OmniVision's AF application note.
#ifndef IB_DRIVERS_OV5640_OV5640_PRIVATE_H
#define IB_DRIVERS_OV5640_OV5640_PRIVATE_H

#include "drivers/ov5640/ov5640.h"

enum {
    REG_RESET_00 = 0x3000, ///< blocks held in reset: MCU …
    REG_RESET_02 = 0x3002, ///< … JPEG, JFIFO, SFIFO
    REG_CLOCK_00 = 0x3004, ///< blocks with a clock
    REG_CLOCK_02 = 0x3006, ///< … JPEG
    REG_SYSTEM = 0x3008,   ///< reset, power-down, run
    REG_CHIP_ID = 0x300A,  ///< two
    REG_PADS = 0x3017,     ///< two: outputs on
    REG_AF_COMMAND = 0x3022,
    REG_AF_ACK = 0x3023, ///< 1 = not taken yet
    REG_AF_STATUS = 0x3029,
    REG_PLL = 0x3034, ///< four
    REG_CLOCK_SOURCE = 0x3103,
    REG_ROOT_DIVIDER = 0x3108,
    REG_AWB_GAIN = 0x3400, ///< red, green, blue: two each
    REG_AWB_MANUAL = 0x3406,
    REG_EXPOSURE = 0x3500, ///< three: 20 bits, 1/16 line
    REG_AEC_MANUAL = 0x3503,
    REG_GAIN = 0x350A,   ///< two: 10 bits, 16 = 1x
    REG_WINDOW = 0x3800, ///< 22: window, size, HTS, VTS, offsets, increments
    REG_VTS = 0x380E,
    REG_FLIP = 0x3820,
    REG_MIRROR = 0x3821,
    REG_PIXEL_DIVIDER = 0x3824,
    REG_AEC_CONTROL = 0x3A00,
    REG_MOST_LINES_60 = 0x3A02,
    REG_MOST_LINES_50 = 0x3A14,
    REG_GAIN_CEILING = 0x3A18,
    REG_BLACK_LEVEL = 0x4000,
    REG_BLACK_LEVELS = 0x402C, ///< eight
    REG_FORMAT = 0x4300,
    REG_QUALITY = 0x4407,
    REG_VFIFO_SIZE = 0x4602, ///< four: width, height of the JPEG
    REG_ISP = 0x5000,
    REG_FORMAT_MUX = 0x501F,
    REG_COLOUR_BAR = 0x503D,
    REG_SDE = 0x5580,        ///< special digital effects: which are on
    REG_SATURATION = 0x5583, ///< two: U, V; 0x40 = 1x
    REG_CONTRAST = 0x5585,   ///< two: offset, gain 0x20 = 1x
    REG_BRIGHTNESS = 0x5587,
    REG_SIGNS = 0x5588,
    REG_AF_PROGRAM = 0x8000,
};

enum {
    RESET_00_MCU = 0x20,
    RESET_02_JPEG = 0x1C,
    CLOCK_02_JPEG = 0x28,
    SYSTEM_RESET = 0x82,
    SYSTEM_DOWN = 0x42,
    SYSTEM_RUN = 0x02,
    MANUAL_EXPOSURE = 0x01, ///< of REG_AEC_MANUAL
    MANUAL_GAIN = 0x02,
    BOTH_FLIPS = 0x06, ///< of REG_FLIP and REG_MIRROR
    BINNING = 0x01,
    MIRROR_JPEG = 0x20, ///< of REG_MIRROR
    NIGHT = 0x04,
    SDE_NEGATIVE = 0x40,
    SIGN_DARKER = 0x08,
};

/// Clocks, as the first registers set them: XCLK / 3 * 100 / 2 * 2/5 / 2, 40 MHz from 12.
enum {
    PLL_BITS = 0x1A,   ///< 10 bits a pixel: 2/5
    PLL_SYSTEM = 0x11, ///< system divider 1
    PLL_MULTIPLIER = 100,
    PLL_ROOT_AND_PRE = 0x13, ///< root /2, pre-divider 3
    ROOT_DIVIDERS = 0x01,    ///< pixel clock's 1
    PIXEL_DIVIDER = 2,
};

/// `size` registers from `address` on, in one transfer (up to IB_OV5640_PIECE_BYTES).
int ib_ov5640_write_run(struct ib_ov5640 *self, uint16_t address, const uint8_t *values,
                        size_t size);
int ib_ov5640_read_run(struct ib_ov5640 *self, uint16_t address, uint8_t *values, size_t size);
/// The bits of `mask` become those of `bits`.
int ib_ov5640_update(struct ib_ov5640 *self, uint16_t address, uint8_t mask, uint8_t bits);

/// Exposure and frame length as `self` wants them, for the geometry it has.
int ib_ov5640_apply_exposure(struct ib_ov5640 *self);
/// How long the automatic exposure may become.
int ib_ov5640_apply_most_lines(struct ib_ov5640 *self);

/// The first registers after a reset.
struct ib_ov5640_setting {
    uint16_t address;
    uint8_t value;
};
extern const struct ib_ov5640_setting ib_ov5640_first[];
extern const uint16_t ib_ov5640_first_count;

enum { JOB_NONE, JOB_RESET, JOB_FOCUS };
/// The next piece of the lens' job, which ends itself with the last.
/// Return: microseconds to wait before the next; negative: what went wrong.
int64_t ib_ov5640_focus_step(struct ib_ov5640 *self);

#endif
