/// Debouncing, and telling a short press from a long one. See button.h.
///
/// A press is counted from the first of the two samples that made it one, so a long one is never
/// told before the button has really been held so long. A loop that comes late takes one sample for
/// all the time it missed: two samples far apart begin a press, they do not make a long one.
/// Source:  tCam-Mini README, "WiFi Reset Button"; sampling as the real unit does it.
#include "device/button.h"

void ib_button_init(struct ib_button *self, uint64_t now_us) {
    *self = (struct ib_button){.next_us = now_us};
}

enum ib_button_event ib_button_step(struct ib_button *self, bool pressed, uint64_t now_us,
                                    uint64_t *due_us) {
    enum ib_button_event event = IB_BUTTON_NOTHING;

    if (now_us < self->next_us) {
        *due_us = self->next_us;
        return event;
    }
    bool steady = pressed == self->sampled;
    self->sampled = pressed;
    if (steady && pressed && !self->pressed) {
        self->pressed = true;
        self->told_long = false;
        self->since_us = now_us - IB_BUTTON_SAMPLE_US;
    } else if (steady && !pressed && self->pressed) {
        self->pressed = false;
        event = self->told_long ? IB_BUTTON_NOTHING : IB_BUTTON_SHORT;
    }
    // Without `pressed`, a button let go at 4.99 s would still count as held while it debounces.
    if (self->pressed && pressed && !self->told_long &&
        now_us - self->since_us >= IB_BUTTON_LONG_US) {
        self->told_long = true;
        event = IB_BUTTON_LONG;
    }
    self->next_us = now_us + IB_BUTTON_SAMPLE_US;
    *due_us = self->next_us;
    return event;
}
