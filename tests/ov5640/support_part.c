#include "support_part.h"

#include <setjmp.h>
#include <stdarg.h>
// cmocka wants the two above.
#include <cmocka.h>
#include <string.h>

#include "core/status.h"

#define BYTE_US 90

static void processor_begins(struct part *self) {
    bool program = false;
    for (size_t i = 0; i < 16; i++)
        program |= self->registers[0x8000 + i] != 0;
    if (!program || self->processor_dead)
        return;
    self->registers[0x3029] = 0x7E;
    self->processor_us = self->now_us + 20000;
}

/// Every stage after its time: started, command taken, command done.
static void processor_works(struct part *self) {
    if (self->registers[0x3000] & 0x20)
        self->processor_us = 0;
    while (self->processor_us && self->now_us >= self->processor_us) {
        uint8_t *status = &self->registers[0x3029];
        if (*status == 0x7E) {
            *status = 0x70;
            self->processor_us = 0;
        } else if (self->command == 0) {
            self->command = self->registers[0x3022];
            self->registers[0x3023] = 0;
            *status = 0x00;
            self->processor_us += 400000;
        } else {
            *status = self->command == 0x08 ? 0x70 : 0x10;
            self->command = 0;
            self->processor_us = 0;
        }
    }
}

static void write_register(struct part *self, uint16_t address, uint8_t value) {
    uint8_t before = self->registers[address];
    assert_true(self->writes < PART_LOG);
    self->written[self->writes].address = address;
    self->written[self->writes].value = value;
    self->written[self->writes++].at_us = self->now_us;
    self->registers[address] = value;
    if (address == 0x3008 && value & 0x80) {
        memset(self->registers, 0, sizeof self->registers);
        self->registers[0x300A] = 0x56;
        self->registers[0x300B] = 0x40;
        self->registers[0x3029] = 0x7F;
        self->quiet_until_us = self->now_us + 5000;
    }
    if (address == 0x3000 && before & 0x20 && !(value & 0x20))
        processor_begins(self);
    if (address == 0x3022 && self->registers[0x3023] == 1 && self->registers[0x3029] != 0x7F) {
        self->command = 0;
        self->processor_us = self->now_us + 3000;
    }
}

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    struct part *self = context;
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += 1 + parts[i].size;
    self->transfers++;
    if (bytes > self->longest_bytes)
        self->longest_bytes = bytes;
    processor_works(self);
    if (address7 != 0x3C || self->reset_level || !self->power_level ||
        self->now_us < self->quiet_until_us || self->transfers == self->fail_at)
        return IB_E_NACK;
    self->now_us += bytes * BYTE_US;
    assert_true(count == 1 || count == 2);
    assert_true(!parts[0].read && parts[0].size >= 2);
    uint16_t pointer = (uint16_t)(parts[0].data[0] << 8 | parts[0].data[1]);
    for (size_t i = 2; i < parts[0].size; i++)
        write_register(self, pointer++, parts[0].data[i]);
    if (count == 2) {
        assert_true(parts[1].read && parts[1].size > 0 && parts[0].size == 2);
        for (size_t i = 0; i < parts[1].size; i++)
            parts[1].data[i] = self->registers[pointer++];
    }
    return IB_OK;
}

static uint64_t now_us(void *context) {
    return ++((struct part *)context)->now_us;
}

static void wait_until(void *context, uint64_t when_us) {
    struct part *self = context;
    assert_true(when_us < self->now_us + 400000); // every wait is a short one
    if (when_us > self->now_us)
        self->now_us = when_us;
}

static void wake(void *context) {
    (void)context;
}

static int set_reset(void *context, int level) {
    struct part *self = context;
    if (self->reset_level && !level) {
        self->quiet_until_us = self->now_us + 20000;
        self->resets++;
    }
    if (level)
        self->reset_held_us = self->now_us;
    else
        self->reset_held_us = self->now_us - self->reset_held_us;
    self->reset_level = level;
    return IB_OK;
}

static int set_power(void *context, int level) {
    ((struct part *)context)->power_level = level;
    return IB_OK;
}

static int get_nothing(void *context) {
    (void)context;
    return IB_E_UNSUPPORTED;
}

static int port_start(void *context, const struct ib_picture_in_format *format, uint64_t at_us) {
    struct part *self = context;
    (void)at_us;
    if (self->port_error)
        return self->port_error;
    assert_false(self->started);
    self->format = *format;
    self->started = true;
    self->starts++;
    return IB_OK;
}

static void port_stop(void *context) {
    struct part *self = context;
    assert_true(self->started);
    self->started = false;
    self->stops++;
}

static int port_take(void *context, uint64_t at_us, uint8_t *into, size_t room, size_t *bytes,
                     uint64_t *end_us, uint64_t *due_us) {
    struct part *self = context;
    if (!self->started)
        return IB_E_INVAL;
    if (self->port_error)
        return self->port_error;
    *due_us = at_us + 1234;
    if (!self->frame_ready)
        return 0;
    self->frame_ready = false;
    if (self->frame_bytes > room)
        return IB_E_NO_SPACE;
    memcpy(into, self->frame, self->frame_bytes);
    *bytes = self->frame_bytes;
    *end_us = at_us - 77;
    return 1;
}

static const struct ib_i2c_ops i2c_ops = {.transfer = transfer};
static const struct ib_clock_ops clock_ops = {
    .now_us = now_us, .wait_until = wait_until, .wake = wake};
static const struct ib_gpio_ops reset_ops = {.set = set_reset, .get = get_nothing};
static const struct ib_gpio_ops power_ops = {.set = set_power, .get = get_nothing};
static const struct ib_picture_in_ops port_ops = {
    .start = port_start, .stop = port_stop, .take = port_take};

void part_init(struct part *self) {
    memset(self, 0, sizeof *self);
    self->i2c = (struct ib_i2c){&i2c_ops, self};
    self->clock = (struct ib_clock){&clock_ops, self};
    self->reset = (struct ib_gpio){&reset_ops, self};
    self->power = (struct ib_gpio){&power_ops, self};
    self->port = (struct ib_picture_in){&port_ops, self};
    self->power_level = 1;
    self->registers[0x300A] = 0x56;
    self->registers[0x300B] = 0x40;
    self->registers[0x3029] = 0x7F;
    struct ib_ov5640_wiring wiring = {.i2c = &self->i2c,
                                      .clock = &self->clock,
                                      .reset = &self->reset,
                                      .power = &self->power,
                                      .port = &self->port,
                                      .clock_hz = 12000000,
                                      .address = IB_OV5640_ADDRESS};
    ib_ov5640_init(&self->driver, &wiring);
}

void part_reset(struct part *self) {
    part_init(self);
    ib_ov5640_reset(&self->driver, true, false);
    assert_int_equal(ib_ov5640_finish(&self->driver), IB_OK);
    self->writes = self->transfers = 0;
}

uint16_t part_word(const struct part *self, uint16_t address) {
    return (uint16_t)(self->registers[address] << 8 | self->registers[address + 1]);
}

size_t part_last(const struct part *self, uint16_t address) {
    size_t found = self->writes;
    for (size_t i = 0; i < self->writes; i++)
        if (self->written[i].address == address)
            found = i;
    return found;
}
