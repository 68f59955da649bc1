/// The simulated pins: see pins.h.

#include "sim/pins.h"

#include <string.h>

#include "core/status.h"

void ib_sim_pins_init(struct ib_sim_pins *self) {
    memset(self, 0, sizeof *self);
    for (size_t i = 0; i < IB_SIM_PINS; i++)
        self->pins[i].net = self;
}

static bool drives(const struct ib_sim_pin *pin) {
    return pin->direction == IB_PIN_OUTPUT ||
           (pin->direction == IB_PIN_OPEN_DRAIN && pin->latch == 0);
}

/// What comes of all who are on this wire.
static uint8_t resolve(struct ib_sim_pin *pin) {
    if (pin->outside != IB_SIM_DRIVE_FLOAT) {
        uint8_t level = pin->outside == IB_SIM_DRIVE_HIGH;
        if (drives(pin) && pin->latch != level)
            pin->conflicts++;
        return level;
    }
    if (drives(pin))
        return pin->latch;
    return pin->pull == IB_PIN_PULL_UP;
}

static void settle(struct ib_sim_pin *pin) {
    struct ib_sim_pins *net = pin->net;
    uint8_t level = resolve(pin);
    if (level == pin->level)
        return;
    pin->level = level;
    pin->changes++;
    unsigned edge = level ? IB_PIN_RISING : IB_PIN_FALLING;
    if (net->changed)
        net->changed(net->changed_context, (size_t)(pin - net->pins), level);
    // An analog pin's digital side is cut off.
    if ((pin->edges & edge) && pin->direction != IB_PIN_ANALOG)
        pin->watcher.edge(pin->watcher.context, edge);
}

static int pin_set(void *context, int level) {
    struct ib_sim_pin *pin = context;
    pin->latch = level != 0;
    settle(pin);
    return IB_OK;
}

static int pin_get(void *context) {
    const struct ib_sim_pin *pin = context;
    return pin->direction == IB_PIN_ANALOG ? 0 : pin->level;
}

static int pin_mode(void *context, enum ib_pin_direction direction, enum ib_pin_pull pull) {
    struct ib_sim_pin *pin = context;
    pin->direction = direction;
    pin->pull = pull;
    settle(pin);
    return IB_OK;
}

static int pin_watch(void *context, unsigned edges, const struct ib_pin_watcher *watcher) {
    struct ib_sim_pin *pin = context;
    pin->edges = watcher && watcher->edge ? edges : 0;
    pin->watcher = pin->edges ? *watcher : (struct ib_pin_watcher){0};
    return IB_OK;
}

struct ib_pin ib_sim_pins_table(struct ib_sim_pins *self, size_t pin) {
    static const struct ib_pin_ops OPS = {
        .set = pin_set, .get = pin_get, .mode = pin_mode, .watch = pin_watch};
    return (struct ib_pin){.ops = &OPS, .context = &self->pins[pin]};
}

void ib_sim_pins_drive(struct ib_sim_pins *self, size_t pin, enum ib_sim_drive drive) {
    self->pins[pin].outside = drive;
    settle(&self->pins[pin]);
}

int ib_sim_pins_level(const struct ib_sim_pins *self, size_t pin) {
    return self->pins[pin].level;
}

void ib_sim_pins_reset(struct ib_sim_pins *self) {
    for (size_t i = 0; i < IB_SIM_PINS; i++) {
        struct ib_sim_pin *pin = &self->pins[i];
        pin->edges = 0;
        pin->direction = IB_PIN_INPUT;
        pin->pull = IB_PIN_PULL_NONE;
        pin->latch = 0;
        settle(pin);
    }
}
