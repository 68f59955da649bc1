/// The board's pins as scripts use them: names, who uses which, and what is an LED.
///
/// Whoever takes a pin last has it, as on the microcontroller: a bus whose pin became an output no
/// longer reaches its parts. One thread.
#ifndef IB_OPENMV_PINS_H
#define IB_OPENMV_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boards/pure_thermal.h"
#include "bus/pin.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ib_pins_user {
    IB_PINS_NOBODY,
    IB_PINS_GPIO,
    IB_PINS_ALTERNATE, ///< a function of the microcontroller that nothing here plays
    IB_PINS_I2C,       ///< the bus is in `number`
};

struct ib_pins_use {
    enum ib_pins_user user;
    uint8_t number; ///< of a bus; else 0
};

struct ib_pins {
    const struct ib_pin *const *table; ///< IB_PT_PINS of them; NULL: there are none
    struct ib_pins_use use[IB_PT_PINS];
    enum ib_pin_direction direction[IB_PT_PINS];
    enum ib_pin_pull pull[IB_PT_PINS];
    bool latch[IB_PT_PINS]; ///< what was set, whatever the level at the pin
    bool watched[IB_PT_PINS];
};

/// Keeps: `table`, whose entries may be NULL too. Touches no pin.
void ib_pins_init(struct ib_pins *self, const struct ib_pin *const *table);
/// As after a soft reset: nobody's, inputs without pull, nobody is told about edges; the LEDs are
/// outputs, and off.
void ib_pins_reset(struct ib_pins *self);

/// A pin by the name on the board ("P0", "LED_RED") or the microcontroller's ("PB15", "B15").
/// Return: enum ib_pure_thermal_pin. Errors: IB_E_NOT_FOUND.
int ib_pins_find(const char *name, size_t length);
bool ib_pins_there(const struct ib_pins *self, unsigned pin);

/// Direction and pull, as a GPIO: whoever had the pin has it no more.
/// Errors: IB_E_NOT_READY: there is no such pin here; the pin's own.
int ib_pins_configure(struct ib_pins *self, unsigned pin, enum ib_pin_direction direction,
                      enum ib_pin_pull pull);
int ib_pins_set(struct ib_pins *self, unsigned pin, int level);
/// Return: 0 or 1. Errors: as above.
int ib_pins_get(const struct ib_pins *self, unsigned pin);
/// Pins with the same number within their port share one interrupt line: P2 and P8, P3 and P7.
/// Return: the pin that is being watched on this one's line; `pin` itself when there is none.
unsigned ib_pins_line_taken(const struct ib_pins *self, unsigned pin);
/// As ib_pin_watch. Errors: IB_E_BUSY: another pin has the line; as above.
int ib_pins_watch(struct ib_pins *self, unsigned pin, unsigned edges,
                  const struct ib_pin_watcher *watcher);
/// Nobody is told about any edge.
void ib_pins_unwatch_all(struct ib_pins *self);

/// Take a pin for something else than GPIO. Its level is then that user's affair.
void ib_pins_take(struct ib_pins *self, unsigned pin, struct ib_pins_use use);
bool ib_pins_has(const struct ib_pins *self, unsigned pin, struct ib_pins_use use);

/// The board's description of an I2C bus that scripts may use.
/// Return: NULL: none with that number, or the cameras'.
const struct ib_board_pt_bus *ib_pins_i2c(unsigned number);

#ifdef __cplusplus
}
#endif

#endif
