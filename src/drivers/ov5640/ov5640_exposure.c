/// What is automatic and what is fixed: exposure, gain, white balance, black level, night mode.
///
/// Source:  OV5640 data sheet 2.03: 4.5 to 4.8 (AEC/AGC, night mode, black level), 5.6 (AWB), 7.7, 7.8.
#include <string.h>

#include "core/bytes.h"
#include "core/real.h"
#include "core/status.h"
#include "drivers/ov5640/ov5640_private.h"

#define GAIN_ONE 16
#define GAIN_MOST 0x3FF
#define BALANCE_ONE 0x400
#define BALANCE_MOST 0xFFF
#define LINES_MOST 0xFFFF
#define NIGHT_FACTOR 4

static bool is_number(float db) {
    return db - db == 0; // neither infinite nor NaN
}

static uint16_t from_db(float db, uint16_t one, uint16_t low, uint16_t high) {
    double value = one * ib_pow(10.0, (double)db / 20.0) + 0.5;
    if (value >= high)
        return high;
    return value < low ? low : (uint16_t)value;
}

static float to_db(uint16_t value, uint16_t one) {
    if (value == 0)
        value = 1;
    return (float)(20.0 / ib_ln(10.0) * ib_ln((double)value / one));
}

static int write_word(struct ib_ov5640 *self, uint16_t address, uint16_t value) {
    uint8_t bytes[2];
    ib_put_be16(bytes, value);
    return ib_ov5640_write_run(self, address, bytes, sizeof bytes);
}

int ib_ov5640_set_auto_gain(struct ib_ov5640 *self, bool on, const float *gain_db,
                            const float *ceiling_db) {
    if ((gain_db && !is_number(*gain_db)) || (ceiling_db && !is_number(*ceiling_db)))
        return IB_E_INVAL;
    int status = ib_ov5640_update(self, REG_AEC_MANUAL, MANUAL_GAIN, on ? 0 : MANUAL_GAIN);
    if (status == IB_OK && !on && gain_db)
        status = write_word(self, REG_GAIN, from_db(*gain_db, GAIN_ONE, GAIN_ONE, GAIN_MOST));
    if (status == IB_OK && on && ceiling_db)
        status =
            write_word(self, REG_GAIN_CEILING, from_db(*ceiling_db, GAIN_ONE, GAIN_ONE, GAIN_MOST));
    return status;
}

int ib_ov5640_gain_db(struct ib_ov5640 *self, float *out) {
    uint8_t bytes[2] = {0};
    int status = ib_ov5640_read_run(self, REG_GAIN, bytes, sizeof bytes);
    if (status == IB_OK)
        *out = to_db(ib_get_be16(bytes) & GAIN_MOST, GAIN_ONE);
    return status;
}

/// In sixteenths of a line, at most what fits.
static uint32_t exposure_units(const struct ib_ov5640 *self) {
    uint64_t asked_us = self->exposure_us < 0 ? 0 : (uint64_t)self->exposure_us;
    if (asked_us > UINT32_MAX)
        asked_us = UINT32_MAX;
    // 2^32 us at 40 MHz in sixteenths stay below 2^62.
    uint64_t units =
        asked_us * ib_ov5640_pixel_clock_hz(self) * 16 / (self->geometry.hts * 1000000ull);
    if (units < 1)
        units = 1;
    return units < LINES_MOST * 16u ? (uint32_t)units : LINES_MOST * 16u;
}

int ib_ov5640_apply_exposure(struct ib_ov5640 *self) {
    uint16_t vts = self->geometry.vts;
    uint32_t units = 0;
    if (self->exposure_us >= 0) {
        units = exposure_units(self);
        if ((units + 15) / 16 > vts)
            vts = (uint16_t)((units + 15) / 16);
    }
    int status = write_word(self, REG_VTS, vts);
    if (status == IB_OK)
        self->vts = vts;
    if (status < 0 || self->exposure_us < 0)
        return status;
    const uint8_t bytes[3] = {(uint8_t)(units >> 16), (uint8_t)(units >> 8), (uint8_t)units};
    return ib_ov5640_write_run(self, REG_EXPOSURE, bytes, sizeof bytes);
}

int ib_ov5640_apply_most_lines(struct ib_ov5640 *self) {
    uint32_t lines = self->geometry.vts * (self->night ? NIGHT_FACTOR : 1u);
    uint16_t most = (uint16_t)(lines < LINES_MOST ? lines : LINES_MOST);
    int status = write_word(self, REG_MOST_LINES_60, most);
    return status < 0 ? status : write_word(self, REG_MOST_LINES_50, most);
}

int ib_ov5640_set_auto_exposure(struct ib_ov5640 *self, bool on, int64_t exposure_us) {
    int status = ib_ov5640_update(self, REG_AEC_MANUAL, MANUAL_EXPOSURE, on ? 0 : MANUAL_EXPOSURE);
    if (status < 0)
        return status;
    if (on)
        self->exposure_us = -1;
    else if (exposure_us >= 0)
        self->exposure_us = exposure_us;
    else
        return IB_OK;
    // Without a size there are no lines to count in: it is done with the size.
    return self->width_px ? ib_ov5640_apply_exposure(self) : IB_OK;
}

int ib_ov5640_exposure_us(struct ib_ov5640 *self, uint32_t *out) {
    uint8_t bytes[3] = {0};
    if (!self->width_px) {
        *out = self->exposure_us < 0 ? 0 : (uint32_t)self->exposure_us;
        return IB_OK;
    }
    int status = ib_ov5640_read_run(self, REG_EXPOSURE, bytes, sizeof bytes);
    if (status < 0)
        return status;
    uint64_t units = (uint64_t)(bytes[0] & 0x0F) << 16 | ib_get_be16(bytes + 1);
    if (units > self->vts * 16ull)
        units = self->vts * 16ull;
    *out = (uint32_t)(units * self->geometry.hts * 62500 / ib_ov5640_pixel_clock_hz(self));
    return IB_OK;
}

int ib_ov5640_set_auto_white_balance(struct ib_ov5640 *self, bool on, const float *rgb_db) {
    uint8_t gains[6];
    if (rgb_db)
        for (size_t i = 0; i < 3; i++) {
            if (!is_number(rgb_db[i]))
                return IB_E_INVAL;
            ib_put_be16(gains + 2 * i, from_db(rgb_db[i], BALANCE_ONE, 0, BALANCE_MOST));
        }
    int status = ib_ov5640_update(self, REG_AWB_MANUAL, 1, on ? 0 : 1);
    if (status == IB_OK && !on && rgb_db)
        status = ib_ov5640_write_run(self, REG_AWB_GAIN, gains, sizeof gains);
    return status;
}

int ib_ov5640_rgb_gain_db(struct ib_ov5640 *self, float out[3]) {
    uint8_t gains[6] = {0};
    int status = ib_ov5640_read_run(self, REG_AWB_GAIN, gains, sizeof gains);
    for (size_t i = 0; i < 3 && status == IB_OK; i++)
        out[i] = to_db(ib_get_be16(gains + 2 * i) & BALANCE_MOST, BALANCE_ONE);
    return status;
}

int ib_ov5640_set_auto_black_level(struct ib_ov5640 *self, bool on, const uint8_t *registers) {
    int status = ib_ov5640_update(self, REG_BLACK_LEVEL, 1, on ? 1 : 0);
    if (status == IB_OK && !on && registers)
        status = ib_ov5640_write_run(self, REG_BLACK_LEVELS, registers, IB_OV5640_BLC_REGS);
    return status;
}

int ib_ov5640_black_level(struct ib_ov5640 *self, uint8_t out[IB_OV5640_BLC_REGS]) {
    uint8_t registers[IB_OV5640_BLC_REGS] = {0};
    int status = ib_ov5640_read_run(self, REG_BLACK_LEVELS, registers, sizeof registers);
    if (status == IB_OK)
        memcpy(out, registers, sizeof registers);
    return status;
}

int ib_ov5640_set_night_mode(struct ib_ov5640 *self, bool on) {
    int status = ib_ov5640_update(self, REG_AEC_CONTROL, NIGHT, on ? NIGHT : 0);
    if (status < 0)
        return status;
    self->night = on;
    return self->width_px ? ib_ov5640_apply_most_lines(self) : IB_OK;
}

int ib_ov5640_night_mode(struct ib_ov5640 *self) {
    int value = ib_ov5640_read(self, REG_AEC_CONTROL);
    return value < 0 ? value : (value & NIGHT) != 0;
}
