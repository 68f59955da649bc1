/// What happened to an alarm, for machines and for people: the same words in the log, on the
/// terminal, in a webhook and in a command's environment.
#ifndef IB_APP_ALARM_EVENT_H
#define IB_APP_ALARM_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/json.h"
#include "measure/alarm.h"

#define IB_APP_ALARM_EVENT_BYTES 1536 ///< any event as JSON fits

/// "alarm hot: alarm: r1.max>55 for 3s: 56.2 °C".
void ib_app_alarm_event_text(char *out, size_t size, const struct ib_alarm_rule *rule,
                             const struct ib_alarm_event *event, enum ib_degrees degrees);

/// The same as an object: alarm, event, from, test, time (of the wall, UTC), value_c (a
/// temperature), value_k (a difference) or value_k_per_min, rule, camera.
void ib_app_alarm_event_put(struct ib_json_writer *json, const char *key,
                            const struct ib_alarm_rule *rule, const struct ib_alarm_event *event,
                            int64_t wall_us, const char *camera);

/// Member value_c, value_k or value_k_per_min of what a rule looks at.
void ib_app_alarm_value_put(struct ib_json_writer *json, const struct ib_alarm_rule *rule,
                            double value);

/// "2026-11-28T01:02:03.456Z"
void ib_app_wall_text(char out[32], int64_t wall_us);
/// A number rounded to `places`.
void ib_app_put_real(struct ib_json_writer *json, const char *key, double value, unsigned places);

#endif
