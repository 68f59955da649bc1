#include "openmv/alarms.h"

#include <stddef.h>

static void insert(struct ib_alarms *self, struct ib_alarm *alarm) {
    struct ib_alarm **place = &self->first;
    while (*place && (*place)->when_us <= alarm->when_us)
        place = &(*place)->next;
    alarm->next = *place;
    alarm->set = true;
    *place = alarm;
}

void ib_alarms_clear(struct ib_alarms *self, struct ib_alarm *alarm) {
    if (!alarm->set)
        return;
    struct ib_alarm **place = &self->first;
    while (*place != alarm)
        place = &(*place)->next;
    *place = alarm->next;
    alarm->next = NULL;
    alarm->set = false;
}

void ib_alarms_set(struct ib_alarms *self, struct ib_alarm *alarm, uint64_t now_us,
                   uint64_t delay_us, uint64_t period_us) {
    ib_alarms_clear(self, alarm);
    alarm->when_us = now_us + delay_us;
    alarm->period_us = period_us;
    insert(self, alarm);
}

uint64_t ib_alarms_due(const struct ib_alarms *self) {
    return self->first ? self->first->when_us : IB_NEVER;
}

struct ib_alarm *ib_alarms_take(struct ib_alarms *self, uint64_t now_us) {
    struct ib_alarm *alarm = self->first;
    if (!alarm || alarm->when_us > now_us)
        return NULL;
    ib_alarms_clear(self, alarm);
    if (alarm->period_us > 0) {
        uint64_t late_us = now_us - alarm->when_us;
        alarm->when_us += alarm->period_us * (1 + late_us / alarm->period_us);
        insert(self, alarm);
    }
    return alarm;
}
