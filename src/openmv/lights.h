/// The board's four LEDs: their numbers, which level lights them, and the hard-fault indicator.
///
/// Red, green and blue are wired active low, the white illuminator active high. The firmware treats
/// all as active low. So there are two vocabularies, and both are kept:
///   on/off    drive the pin low/high, whatever that does: on() leaves the white LED dark
///   low/high  make light/make none, on every LED: low() lights the white one
/// Source: OpenMV Pure Thermal, "LEDs" and "Hard-fault indicator".
#ifndef IB_OPENMV_LIGHTS_H
#define IB_OPENMV_LIGHTS_H

#include <stdbool.h>

#include "openmv/pins.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_LIGHTS 4u
/// One colour of the hard-fault indicator, microseconds: 500,000 rounds of an empty loop.
#define IB_LIGHTS_FAULT_US 5000u

/// The pin of an LED: 0 red, 1 green, 2 blue, 3 white (pyb.LED counts from 1).
unsigned ib_lights_pin(unsigned light);
/// Return: 0..3, or -1: not an LED's pin.
int ib_lights_of_pin(unsigned pin);
/// The level at which a pin makes light. A pin that is no LED's is taken as active low.
int ib_lights_level(unsigned pin, bool lit);

/// Make it an output with that light. Errors: as ib_pins_configure.
int ib_lights_show(struct ib_pins *self, unsigned light, bool lit);
/// Whether its pin has the level that makes light; false also when it cannot be read.
bool ib_lights_lit(const struct ib_pins *self, unsigned light);
void ib_lights_all_off(struct ib_pins *self);
/// Every IB_LIGHTS_FAULT_US, `step` counting up from 0: red, green and blue change in turn, so that
/// all colours come by. The illuminator is left alone.
void ib_lights_fault(struct ib_pins *self, unsigned step);

#ifdef __cplusplus
}
#endif

#endif
