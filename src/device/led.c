/// The LED's waveforms as a table, and what of it is to be seen at a moment.
///
/// Not here: which state is shown when (device.c). A pattern is a function of the time since its
/// start, so a step that comes late shows what should be shown now, and the rhythm never drifts.
/// Source:  tCam-Mini README, "Status Indicator"; times as the real unit blinks.
#include "device/led.h"

#include <stddef.h>

#include "bus/clock.h"

#define BLINKS_MOST 8
#define RED_ON_US 200000ull
#define RED_OFF_US 300000ull
#define RED_PAUSE_US 2000000ull

/// A colour for a while; `us` 0: for ever.
struct phase {
    uint32_t us;
    bool red, green;
};

struct pattern {
    const char *name;
    struct phase phase[2]; ///< again and again
};

static const struct pattern patterns[] = {
    [IB_LED_OFF] = {"off", {{0, false, false}}},
    [IB_LED_STARTING] = {"solid red", {{0, true, false}}},
    [IB_LED_NOT_CONNECTED] = {"blinking yellow", {{1000000, true, true}, {1000000, false, false}}},
    [IB_LED_CONNECTED] = {"solid yellow", {{0, true, true}}},
    [IB_LED_CLIENT] = {"solid green", {{0, false, true}}},
    [IB_LED_RESET] = {"fast blink yellow", {{100000, true, true}, {100000, false, false}}},
    [IB_LED_UPDATE_ASKED] = {"alternating red/green",
                             {{250000, true, false}, {250000, false, true}}},
    [IB_LED_UPDATE_RUNNING] = {"blinking green", {{100000, false, true}, {100000, false, false}}},
    [IB_LED_FAULT] = {"series of red blinks", {{0, false, false}}}, // its times: blink()
};

#define PATTERNS (sizeof patterns / sizeof patterns[0])

const char *ib_led_name(enum ib_led_state state) {
    return (size_t)state < PATTERNS ? patterns[state].name : "?";
}

void ib_led_init(struct ib_led *self, uint64_t now_us) {
    *self = (struct ib_led){.state = IB_LED_OFF, .since_us = now_us};
}

void ib_led_set(struct ib_led *self, enum ib_led_state state, unsigned blinks, uint64_t now_us) {
    if ((size_t)state >= PATTERNS)
        return;
    if (state != IB_LED_FAULT)
        blinks = 0;
    else if (blinks < 1)
        blinks = 1;
    else if (blinks > BLINKS_MOST)
        blinks = BLINKS_MOST;
    if (self->state == state && self->blinks == blinks)
        return;
    self->state = state;
    self->blinks = blinks;
    self->since_us = now_us;
}

/// Where a series of red blinks is `at_us` after its start. Return: how long that stays so.
static uint64_t blink(struct ib_led *self, uint64_t at_us) {
    uint64_t series_us = self->blinks * (RED_ON_US + RED_OFF_US);
    at_us %= series_us + RED_PAUSE_US;
    uint64_t in_us = at_us % (RED_ON_US + RED_OFF_US);
    self->green = false;
    self->red = at_us < series_us && in_us < RED_ON_US;
    if (self->red)
        return RED_ON_US - in_us;
    uint64_t last_off_us = series_us - RED_OFF_US; // it runs on into the pause
    if (at_us >= last_off_us)
        return series_us + RED_PAUSE_US - at_us;
    return RED_ON_US + RED_OFF_US - in_us;
}

void ib_led_step(struct ib_led *self, uint64_t now_us, uint64_t *due_us) {
    const struct phase *phase = patterns[self->state].phase;
    uint64_t at_us = now_us > self->since_us ? now_us - self->since_us : 0;

    if (self->state == IB_LED_FAULT) {
        *due_us = now_us + blink(self, at_us);
        return;
    }
    *due_us = IB_NEVER;
    if (phase->us) {
        at_us %= phase[0].us + phase[1].us;
        uint64_t end_us = phase[0].us;
        if (at_us >= end_us) {
            end_us += phase[1].us;
            phase++;
        }
        *due_us = now_us + (end_us - at_us);
    }
    self->red = phase->red;
    self->green = phase->green;
}
