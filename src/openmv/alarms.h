/// Things that are due at a time: timers and whatever else a script is waiting for without waiting.
///
/// A list in order of time; no clock, no thread and no lock of its own. An alarm is its owner's memory
/// and is in at most one list.
#ifndef IB_OPENMV_ALARMS_H
#define IB_OPENMV_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_alarm {
    uint64_t when_us;
    uint64_t period_us; ///< 0: once
    bool set;           ///< it is in the list
    struct ib_alarm *next;
};

struct ib_alarms {
    struct ib_alarm *first;
};

/// Set it, again or for the first time: it is due after `delay_us`, then every `period_us`.
void ib_alarms_set(struct ib_alarms *self, struct ib_alarm *alarm, uint64_t now_us,
                   uint64_t delay_us, uint64_t period_us);
void ib_alarms_clear(struct ib_alarms *self, struct ib_alarm *alarm);
/// Return: when the next one is due; IB_NEVER: none is set.
uint64_t ib_alarms_due(const struct ib_alarms *self);
/// Take one that is due: call again until NULL. A periodic one is set again at once, on its grid;
/// beats that have been missed altogether are left out.
struct ib_alarm *ib_alarms_take(struct ib_alarms *self, uint64_t now_us);

#ifdef __cplusplus
}
#endif

#endif
