/// Simulated time. One number that waiting moves forward; a pace may hold it back.
///
/// Without a pace it is the step clock: waiting costs nothing and runs the simulator forward. With
/// a pace (real time, or `ironbow ctl step`) a wait returns when the pace allows that moment;
/// simulated time then never skips ahead of what was waited for, so a late thread loses no segment:
/// it catches up. Reading the clock costs 1 us, so that even a busy-wait ends.
#ifndef IB_SIM_CLOCK_H
#define IB_SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_sim_clock {
    uint64_t now_us;
    /// Hold until `when_us` may begin. Returns the moment reached: `when_us`, or an earlier one
    /// when woken.
    uint64_t (*pace)(void *context, uint64_t now_us, uint64_t when_us);
    void (*pace_wake)(void *context);
    void *pace_context;
    bool woken; ///< step clock only: a wake came without a waiter, the next wait ends at once
};

/// At 0, without a pace.
void ib_sim_clock_init(struct ib_sim_clock *self);

/// As the table that drivers and cameras take.
struct ib_clock ib_sim_clock_table(struct ib_sim_clock *self);

/// Time passes on a simulated wire: what a transfer costs.
void ib_sim_clock_spend(struct ib_sim_clock *self, uint64_t us);

#ifdef __cplusplus
}
#endif

#endif
