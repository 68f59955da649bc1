/// Time as a table: monotonic microseconds. Wall time is an offset kept by whoever shows it.
#ifndef IB_BUS_CLOCK_H
#define IB_BUS_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_NEVER UINT64_MAX ///< "no deadline", "nothing due"

struct ib_clock_ops {
    /// Microseconds since some fixed start; never goes back. In simulated time a reading costs 1
    /// us.
    uint64_t (*now_us)(void *context);
    /// Sleep until `when_us` or until woken. Returns at once when it has passed.
    void (*wait_until)(void *context, uint64_t when_us);
    /// End a wait early, from any thread. A wake without a waiter ends the next wait.
    void (*wake)(void *context);
};

struct ib_clock {
    const struct ib_clock_ops *ops;
    void *context;
};

static inline uint64_t ib_clock_now(const struct ib_clock *self) {
    return self->ops->now_us(self->context);
}

static inline void ib_clock_wait_until(const struct ib_clock *self, uint64_t when_us) {
    self->ops->wait_until(self->context, when_us);
}

static inline void ib_clock_wake(const struct ib_clock *self) {
    self->ops->wake(self->context);
}

#ifdef __cplusplus
}
#endif

#endif
