/// Simulated time: see clock.h. No threads in here; whoever paces a clock brings its own waking.

#include "sim/clock.h"

#include <string.h>

/// What reading the clock costs, so that a busy-wait comes to an end.
#define READING_US 1u

void ib_sim_clock_init(struct ib_sim_clock *self) {
    memset(self, 0, sizeof *self);
}

static uint64_t now_us(void *context) {
    struct ib_sim_clock *self = context;
    self->now_us += READING_US;
    return self->now_us;
}

static void wait_until(void *context, uint64_t when_us) {
    struct ib_sim_clock *self = context;
    if (self->pace) {
        // Transfers spend simulated time without asking: whoever is always busy is held back here.
        if (when_us < self->now_us)
            when_us = self->now_us;
        uint64_t reached_us = self->pace(self->pace_context, self->now_us, when_us);
        if (reached_us > when_us)
            reached_us = when_us;
        if (reached_us > self->now_us)
            self->now_us = reached_us;
        return;
    }
    if (self->woken) {
        self->woken = false;
        return;
    }
    // Nobody else runs on a step clock: a wait without a deadline would never be woken.
    if (when_us != IB_NEVER && when_us > self->now_us)
        self->now_us = when_us;
}

static void wake(void *context) {
    struct ib_sim_clock *self = context;
    if (self->pace) {
        if (self->pace_wake)
            self->pace_wake(self->pace_context);
        return;
    }
    self->woken = true;
}

static const struct ib_clock_ops clock_ops = {now_us, wait_until, wake};

struct ib_clock ib_sim_clock_table(struct ib_sim_clock *self) {
    return (struct ib_clock){&clock_ops, self};
}

void ib_sim_clock_spend(struct ib_sim_clock *self, uint64_t us) {
    self->now_us += us;
}
