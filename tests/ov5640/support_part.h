/// A register file on an I2C bus that writes down what happens to it, a clock, and a camera port.
///
/// Not a sensor: it knows nothing but when it may not be spoken to, and how a lens' processor answers.
#ifndef IB_TESTS_OV5640_SUPPORT_PART_H
#define IB_TESTS_OV5640_SUPPORT_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/ov5640/ov5640.h"

#define PART_LOG 32768
#define PART_FRAME 65536

struct part {
    struct ib_ov5640 driver;
    // The bus.
    struct ib_i2c i2c;
    uint8_t registers[65536];
    struct {
        uint16_t address;
        uint8_t value;
        uint64_t at_us;
    } written[PART_LOG];
    size_t writes;
    size_t transfers;
    size_t fail_at; ///< the transfer that is not acknowledged, from 1; 0: none
    size_t longest_bytes;
    // Time: every byte takes 90 us (100 kHz).
    struct ib_clock clock;
    uint64_t now_us, quiet_until_us; ///< no answer before
    // Lines.
    struct ib_gpio reset, power;
    int reset_level, power_level;
    uint64_t reset_held_us;
    size_t resets;
    // The lens' processor: with a program in place it starts, takes commands and does them.
    bool processor_dead;
    uint64_t processor_us; ///< when it does the next thing; 0: nothing
    uint8_t command;
    // The port.
    struct ib_picture_in port;
    struct ib_picture_in_format format;
    bool started;
    size_t starts, stops;
    int port_error; ///< of the next start or take
    bool frame_ready;
    uint8_t frame[PART_FRAME];
    size_t frame_bytes;
};

/// All as after power-on, with chip id and a driver that is not reset yet.
void part_init(struct part *self);
/// … and reset, without the rest at the end; then the log is empty.
void part_reset(struct part *self);
uint16_t part_word(const struct part *self, uint16_t address);
/// Which of the writes set this register last; the number of writes if none did.
size_t part_last(const struct part *self, uint16_t address);

#endif
