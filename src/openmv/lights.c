#include "openmv/lights.h"

#include "core/status.h"

static const unsigned char PINS[IB_LIGHTS] = {IB_PT_LED_RED, IB_PT_LED_GREEN, IB_PT_LED_BLUE,
                                              IB_PT_LED_WHITE};

unsigned ib_lights_pin(unsigned light) {
    return PINS[light];
}

int ib_lights_of_pin(unsigned pin) {
    for (unsigned light = 0; light < IB_LIGHTS; light++)
        if (PINS[light] == pin)
            return (int)light;
    return -1;
}

int ib_lights_level(unsigned pin, bool lit) {
    bool active_low = ib_lights_of_pin(pin) < 0 || ib_board_pure_thermal.pins[pin].active_low;
    return lit != active_low;
}

int ib_lights_show(struct ib_pins *self, unsigned light, bool lit) {
    unsigned pin = PINS[light];
    // The level first: no flash in between.
    int status = ib_pins_set(self, pin, ib_lights_level(pin, lit));
    if (status < 0)
        return status;
    return ib_pins_configure(self, pin, IB_PIN_OUTPUT, IB_PIN_PULL_NONE);
}

bool ib_lights_lit(const struct ib_pins *self, unsigned light) {
    unsigned pin = PINS[light];
    return ib_pins_get(self, pin) == ib_lights_level(pin, true);
}

void ib_lights_all_off(struct ib_pins *self) {
    for (unsigned light = 0; light < IB_LIGHTS; light++)
        ib_lights_show(self, light, false);
}

void ib_lights_fault(struct ib_pins *self, unsigned step) {
    // Step n lights one more, three steps later it goes out.
    unsigned light = step % 3;
    ib_lights_show(self, light, step / 3 % 2 == 0);
}
