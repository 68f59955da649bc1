/// The OV5640's bus, power, reset, and the jobs that go in steps.
///
/// Source:  OV5640 data sheet 2.03, 2.7 (power-up), 2.9 (SCCB), 7.1 (system registers).
#include "drivers/ov5640/ov5640.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/status.h"
#include "drivers/ov5640/ov5640_private.h"

#define RESET_LINE_US 10000u
#define BOOT_US 20000u
#define SOFTWARE_RESET_US 5000u
#define REGISTERS_A_STEP 24 ///< 9 ms at 100 kHz

// What the reset job does next; from FIRST on it is the index of the next first register.
enum { AT_LINE, AT_LINE_UP, AT_SOFTWARE, AT_REST, AT_FIRST };

void ib_ov5640_init(struct ib_ov5640 *self, const struct ib_ov5640_wiring *wiring) {
    IB_ASSERT(wiring->i2c && wiring->clock && wiring->clock_hz > 0);
    memset(self, 0, sizeof *self);
    self->wiring = *wiring;
    self->readout = (struct ib_ov5640_area){0, 0, IB_OV5640_WIDTH_PX, IB_OV5640_HEIGHT_PX};
    self->exposure_us = -1;
}

int ib_ov5640_write_run(struct ib_ov5640 *self, uint16_t address, const uint8_t *values,
                        size_t size) {
    uint8_t bytes[2 + IB_OV5640_PIECE_BYTES];
    IB_ASSERT(size <= IB_OV5640_PIECE_BYTES);
    ib_put_be16(bytes, address);
    memcpy(bytes + 2, values, size);
    struct ib_i2c_part part = {bytes, 2 + size, 0};
    return ib_i2c_transfer(self->wiring.i2c, self->wiring.address, &part, 1);
}

int ib_ov5640_read_run(struct ib_ov5640 *self, uint16_t address, uint8_t *values, size_t size) {
    uint8_t head[2];
    ib_put_be16(head, address);
    struct ib_i2c_part parts[2] = {{head, sizeof head, 0}, {values, size, 1}};
    return ib_i2c_transfer(self->wiring.i2c, self->wiring.address, parts, 2);
}

int ib_ov5640_read(struct ib_ov5640 *self, uint16_t address) {
    uint8_t value = 0;
    int status = ib_ov5640_read_run(self, address, &value, 1);
    return status < 0 ? status : value;
}

int ib_ov5640_write(struct ib_ov5640 *self, uint16_t address, uint8_t value) {
    return ib_ov5640_write_run(self, address, &value, 1);
}

int ib_ov5640_update(struct ib_ov5640 *self, uint16_t address, uint8_t mask, uint8_t bits) {
    int old = ib_ov5640_read(self, address);
    if (old < 0)
        return old;
    return ib_ov5640_write(self, address, (uint8_t)((old & ~mask) | (bits & mask)));
}

int ib_ov5640_probe(struct ib_ov5640 *self) {
    uint8_t id[2] = {0};
    int status = ib_ov5640_read_run(self, REG_CHIP_ID, id, sizeof id);
    if (status < 0)
        return status;
    return ib_get_be16(id) == IB_OV5640_CHIP ? IB_OV5640_CHIP : IB_E_NOT_FOUND;
}

int ib_ov5640_power(struct ib_ov5640 *self, bool on) {
    if (!on)
        ib_ov5640_stop(self);
    return self->wiring.power ? ib_gpio_set(self->wiring.power, on) : IB_OK;
}

int ib_ov5640_standby(struct ib_ov5640 *self, bool on) {
    ib_ov5640_stop(self);
    return ib_ov5640_write(self, REG_SYSTEM, on ? SYSTEM_DOWN : SYSTEM_RUN);
}

int ib_ov5640_reset(struct ib_ov5640 *self, bool line, bool settle) {
    ib_ov5640_stop(self);
    struct ib_ov5640_wiring wiring = self->wiring;
    ib_ov5640_init(self, &wiring);
    self->job.kind = JOB_RESET;
    self->job.at = line && wiring.reset ? AT_LINE : AT_SOFTWARE;
    self->job.settle = settle;
    return IB_OK;
}

/// Return: how long to wait before the next piece; the job ends by itself with the last one.
static int64_t reset_step(struct ib_ov5640 *self) {
    uint16_t at = self->job.at++;
    int status = IB_OK;
    switch (at) {
    case AT_LINE:
        status = ib_gpio_set(self->wiring.reset, 1);
        return status < 0 ? status : (int64_t)RESET_LINE_US;
    case AT_LINE_UP:
        status = ib_gpio_set(self->wiring.reset, 0);
        return status < 0 ? status : (int64_t)BOOT_US;
    case AT_SOFTWARE:
        status = ib_ov5640_write(self, REG_CLOCK_SOURCE, 0x11); // from the pad
        if (status == IB_OK)
            status = ib_ov5640_write(self, REG_SYSTEM, SYSTEM_RESET);
        self->job.at = AT_FIRST;
        return status < 0 ? status : (int64_t)SOFTWARE_RESET_US;
    case AT_REST:
        self->job.kind = JOB_NONE;
        return 0;
    default:
        break;
    }
    uint16_t index = (uint16_t)(at - AT_FIRST);
    for (int n = 0; n < REGISTERS_A_STEP && index < ib_ov5640_first_count; n++, index++) {
        const struct ib_ov5640_setting *setting = &ib_ov5640_first[index];
        status = ib_ov5640_write(self, setting->address, setting->value);
        if (status < 0)
            return status;
    }
    self->job.at = (uint16_t)(AT_FIRST + index);
    if (index < ib_ov5640_first_count)
        return 0;
    self->job.at = AT_REST;
    return self->job.settle ? (int64_t)IB_OV5640_SETTLE_US : 0;
}

int ib_ov5640_step(struct ib_ov5640 *self, uint64_t *due_us) {
    uint64_t now_us = ib_clock_now(self->wiring.clock);
    *due_us = self->job.due_us;
    if (self->job.kind == JOB_NONE)
        return 1;
    if (now_us < self->job.due_us)
        return 0;
    int64_t wait_us = self->job.kind == JOB_RESET ? reset_step(self) : ib_ov5640_focus_step(self);
    if (wait_us < 0) {
        self->job.kind = JOB_NONE;
        return (int)wait_us;
    }
    // From when the transfer is over: it has taken its time on the wire.
    *due_us = self->job.due_us = ib_clock_now(self->wiring.clock) + (uint64_t)wait_us;
    return self->job.kind == JOB_NONE;
}

int ib_ov5640_finish(struct ib_ov5640 *self) {
    uint64_t due_us;
    int done;
    while ((done = ib_ov5640_step(self, &due_us)) == 0)
        ib_clock_wait_until(self->wiring.clock, due_us);
    return done < 0 ? done : IB_OK;
}
