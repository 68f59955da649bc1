#include "openmv/pins.h"

#include <string.h>

#include "core/status.h"
#include "openmv/lights.h"

void ib_pins_init(struct ib_pins *self, const struct ib_pin *const *table) {
    memset(self, 0, sizeof *self);
    self->table = table;
}

void ib_pins_reset(struct ib_pins *self) {
    ib_pins_unwatch_all(self);
    for (unsigned pin = 0; pin < IB_PT_PINS; pin++) {
        self->use[pin] = (struct ib_pins_use){IB_PINS_NOBODY, 0};
        self->direction[pin] = IB_PIN_INPUT;
        self->pull[pin] = IB_PIN_PULL_NONE;
        // An LED stays an output: no moment in between in which it floats.
        if (!ib_pins_there(self, pin) || ib_lights_of_pin(pin) >= 0)
            continue;
        ib_pin_mode(self->table[pin], IB_PIN_INPUT, IB_PIN_PULL_NONE);
        ib_pins_set(self, pin, 0);
    }
    ib_lights_all_off(self);
}

static bool same(const char *name, size_t length, const char *full) {
    return strlen(full) == length && memcmp(name, full, length) == 0;
}

int ib_pins_find(const char *name, size_t length) {
    const struct ib_board_pt_pin *pins = ib_board_pure_thermal.pins;
    for (int pin = 0; pin < IB_PT_PINS; pin++)
        if (same(name, length, pins[pin].name) || same(name, length, pins[pin].cpu) ||
            (length > 1 && name[0] == 'P' && same(name + 1, length - 1, pins[pin].cpu)))
            return pin;
    return IB_E_NOT_FOUND;
}

bool ib_pins_there(const struct ib_pins *self, unsigned pin) {
    return self->table && self->table[pin];
}

int ib_pins_configure(struct ib_pins *self, unsigned pin, enum ib_pin_direction direction,
                      enum ib_pin_pull pull) {
    if (!ib_pins_there(self, pin))
        return IB_E_NOT_READY;
    int status = ib_pin_mode(self->table[pin], direction, pull);
    if (status < 0)
        return status;
    self->direction[pin] = direction;
    self->pull[pin] = pull;
    ib_pins_take(self, pin, (struct ib_pins_use){IB_PINS_GPIO, 0});
    return IB_OK;
}

int ib_pins_set(struct ib_pins *self, unsigned pin, int level) {
    if (!ib_pins_there(self, pin))
        return IB_E_NOT_READY;
    self->latch[pin] = level;
    return ib_pin_set(self->table[pin], level);
}

int ib_pins_get(const struct ib_pins *self, unsigned pin) {
    return ib_pins_there(self, pin) ? ib_pin_get(self->table[pin]) : IB_E_NOT_READY;
}

/// "B12" is the twelfth of its port.
static const char *line(unsigned pin) {
    return ib_board_pure_thermal.pins[pin].cpu + 1;
}

unsigned ib_pins_line_taken(const struct ib_pins *self, unsigned pin) {
    for (unsigned other = 0; other < IB_PT_PINS; other++)
        if (self->watched[other] && strcmp(line(other), line(pin)) == 0)
            return other;
    return pin;
}

int ib_pins_watch(struct ib_pins *self, unsigned pin, unsigned edges,
                  const struct ib_pin_watcher *watcher) {
    if (!ib_pins_there(self, pin))
        return IB_E_NOT_READY;
    if (edges && ib_pins_line_taken(self, pin) != pin)
        return IB_E_BUSY;
    int status = ib_pin_watch(self->table[pin], edges, watcher);
    if (status >= 0)
        self->watched[pin] = edges != 0;
    return status;
}

void ib_pins_unwatch_all(struct ib_pins *self) {
    for (unsigned pin = 0; pin < IB_PT_PINS; pin++)
        if (self->watched[pin])
            ib_pins_watch(self, pin, 0, NULL);
}

void ib_pins_take(struct ib_pins *self, unsigned pin, struct ib_pins_use use) {
    self->use[pin] = use;
}

bool ib_pins_has(const struct ib_pins *self, unsigned pin, struct ib_pins_use use) {
    return self->use[pin].user == use.user && self->use[pin].number == use.number;
}

const struct ib_board_pt_bus *ib_pins_i2c(unsigned number) {
    for (size_t i = 0; i < ib_board_pure_thermal.i2c_count; i++)
        if (ib_board_pure_thermal.i2c[i].number == number)
            return &ib_board_pure_thermal.i2c[i];
    return NULL;
}
