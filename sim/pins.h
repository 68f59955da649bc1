/// The pins of a board as a net: what the microcontroller drives, what the world outside drives, and
/// the level that comes of it.
///
/// Front door: an `ib_pin` for each. Back door: drive a pin from outside, and be told of every change.
/// Levels are electrical. Whoever drives from outside wins against an output (a button is stronger
/// than a port), and that is counted as a conflict. A pin that nobody drives or pulls reads 0.
/// Not modelled: voltages between, currents, the wires between two pins. One thread at a time.
#ifndef IB_SIM_PINS_H
#define IB_SIM_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/pin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_PINS 32u

/// What the world outside does to a pin.
enum ib_sim_drive {
    IB_SIM_DRIVE_FLOAT, ///< nothing
    IB_SIM_DRIVE_LOW,
    IB_SIM_DRIVE_HIGH,
};

struct ib_sim_pins;

struct ib_sim_pin {
    struct ib_sim_pins *net;
    enum ib_pin_direction direction;
    enum ib_pin_pull pull;
    enum ib_sim_drive outside;
    uint8_t latch, level;
    unsigned edges; ///< that the watcher is told
    struct ib_pin_watcher watcher;
    uint32_t changes; ///< of the level
    uint32_t conflicts;
};

struct ib_sim_pins {
    struct ib_sim_pin pins[IB_SIM_PINS];
    /// Told after each change of a level, before the pin's own watcher. May be NULL.
    void (*changed)(void *context, size_t pin, int level);
    void *changed_context;
};

/// All inputs without pull, driven by nobody.
void ib_sim_pins_init(struct ib_sim_pins *self);
/// The front door. `pin` < IB_SIM_PINS.
struct ib_pin ib_sim_pins_table(struct ib_sim_pins *self, size_t pin);
/// Back doors.
void ib_sim_pins_drive(struct ib_sim_pins *self, size_t pin, enum ib_sim_drive drive);
/// As a meter at the pin would show it: of an analog pin, too.
int ib_sim_pins_level(const struct ib_sim_pins *self, size_t pin);
/// The microcontroller's reset: its side of every pin is as after init, nobody watches; what the
/// world drives stays.
void ib_sim_pins_reset(struct ib_sim_pins *self);

#ifdef __cplusplus
}
#endif

#endif
