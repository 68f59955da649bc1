/// Real time on Linux, and the pace that ties simulated time to it.
#ifndef IB_PORTS_LINUX_HOST_CLOCK_H
#define IB_PORTS_LINUX_HOST_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/clock.h"

/// CLOCK_MONOTONIC in microseconds.
uint64_t ib_host_now_us(void);
/// Local wall time (seconds since 1970 as the wall clock on the machine shows it, zone included),
/// microseconds.
int64_t ib_host_wall_us(void);

/// CLOCK_MONOTONIC as an `ib_clock`: waits sleep, wakes come from any thread.
struct ib_host_clock {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool woken;
};
void ib_host_clock_init(struct ib_host_clock *self);
void ib_host_clock_deinit(struct ib_host_clock *self);
struct ib_clock ib_host_clock_table(struct ib_host_clock *self);

/// A pace for a simulated clock: holds its waits back until the moment may begin.
///
/// Real: simulated microseconds follow CLOCK_MONOTONIC. A late thread catches up, without a limit
/// up to one second; beyond that (a suspended machine) simulated time is shifted instead. Stepped:
/// time stands still until it is granted. The two function shapes are those of the simulated
/// clock's `pace` and `pace_wake`.
struct ib_pace {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool woken;
    bool stepped;
    bool stopped;        ///< waits return at once: shutting down
    uint64_t granted_us; ///< stepped: simulated time may run up to here
    uint64_t reached_us; ///< where simulated time stands, for others to read
    int64_t offset_us;   ///< real: simulated = monotonic + offset
    uint32_t shifts;     ///< times the offset moved
};
void ib_pace_init(struct ib_pace *self, bool stepped);
void ib_pace_deinit(struct ib_pace *self);
uint64_t ib_pace_hold(void *self, uint64_t now_us, uint64_t when_us);
void ib_pace_wake(void *self);
/// Stepped: let time run `us` further. Returns the moment it will reach. Any thread.
uint64_t ib_pace_grant(struct ib_pace *self, uint64_t us);
/// Any thread: simulated time as others see it now (real pace: follows the monotonic clock between
/// waits).
uint64_t ib_pace_now(struct ib_pace *self);
/// Let every wait return at once from now on.
void ib_pace_stop(struct ib_pace *self);

#endif
