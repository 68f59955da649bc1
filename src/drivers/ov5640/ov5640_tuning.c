/// How the picture looks: orientation, effects, quality.
///
/// Source:  OV5640 data sheet 2.03: 4.1 (mirror), 5.10 (special digital effects), 7.20 (compression);
///          contrast's pairs: OV5640 application notes.
#include "core/bytes.h"
#include "core/status.h"
#include "drivers/ov5640/ov5640_private.h"

static bool within(int value, int low, int high) {
    return value >= low && value <= high;
}

int ib_ov5640_set_mirror(struct ib_ov5640 *self, bool on) {
    int status = ib_ov5640_update(self, REG_MIRROR, BOTH_FLIPS, on ? BOTH_FLIPS : 0);
    if (status == IB_OK)
        self->mirrored = on;
    return status;
}

int ib_ov5640_set_flip(struct ib_ov5640 *self, bool on) {
    int status = ib_ov5640_update(self, REG_FLIP, BOTH_FLIPS, on ? BOTH_FLIPS : 0);
    if (status == IB_OK)
        self->flipped = on;
    return status;
}

int ib_ov5640_set_quality(struct ib_ov5640 *self, int quality) {
    if (!within(quality, 0, 100))
        return IB_E_RANGE;
    // A scale of the quantiser: 2 is as good as it gets, 63 the worst.
    int scale = 255 * (100 - quality) / 100 / 4;
    return ib_ov5640_update(self, REG_QUALITY, 0x3F, (uint8_t)(scale < 2 ? 2 : scale));
}

int ib_ov5640_set_gain_ceiling(struct ib_ov5640 *self, int factor) {
    // Ten bits with four behind the point: 64 does not fit.
    if (!within(factor, 2, 32) || (factor & (factor - 1)))
        return IB_E_RANGE;
    uint8_t ceiling[2];
    ib_put_be16(ceiling, (uint16_t)(factor * 16));
    return ib_ov5640_write_run(self, REG_GAIN_CEILING, ceiling, sizeof ceiling);
}

int ib_ov5640_set_brightness(struct ib_ov5640 *self, int level) {
    if (!within(level, -4, 4))
        return IB_E_RANGE;
    int status =
        ib_ov5640_write(self, REG_BRIGHTNESS, (uint8_t)((level < 0 ? -level : level) * 16));
    if (status == IB_OK)
        status = ib_ov5640_update(self, REG_SIGNS, SIGN_DARKER, level < 0 ? SIGN_DARKER : 0);
    return status;
}

int ib_ov5640_set_contrast(struct ib_ov5640 *self, int level) {
    static const uint8_t offset_and_gain[7][2] = {{0x14, 0x14}, {0x18, 0x18}, {0x1C, 0x1C},
                                                  {0x00, 0x20}, {0x10, 0x24}, {0x18, 0x28},
                                                  {0x1C, 0x2C}};
    if (!within(level, -3, 3))
        return IB_E_RANGE;
    return ib_ov5640_write_run(self, REG_CONTRAST, offset_and_gain[level + 3], 2);
}

int ib_ov5640_set_saturation(struct ib_ov5640 *self, int level) {
    if (!within(level, -3, 3))
        return IB_E_RANGE;
    uint8_t factor = (uint8_t)(0x40 + level * 0x10); // quarters
    const uint8_t both[2] = {factor, factor};
    return ib_ov5640_write_run(self, REG_SATURATION, both, sizeof both);
}

int ib_ov5640_set_colour_bar(struct ib_ov5640 *self, bool on) {
    return ib_ov5640_update(self, REG_COLOUR_BAR, 0x80, on ? 0x80 : 0);
}

int ib_ov5640_set_negative(struct ib_ov5640 *self, bool on) {
    return ib_ov5640_update(self, REG_SDE, SDE_NEGATIVE, on ? SDE_NEGATIVE : 0);
}

int ib_ov5640_set_lens_correction(struct ib_ov5640 *self, bool on) {
    return ib_ov5640_update(self, REG_ISP, 0x80, on ? 0x80 : 0);
}
