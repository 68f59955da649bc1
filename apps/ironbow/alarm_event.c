/// An alarm's events as text and as JSON. See alarm_event.h.
#include "apps/ironbow/alarm_event.h"

#include <stdio.h>
#include <time.h>

#include "core/text.h"

void ib_app_put_real(struct ib_json_writer *json, const char *key, double value, unsigned places) {
    for (unsigned i = 0; i < places; i++)
        value *= 10;
    if (value > -1e15 && value < 1e15)
        ib_json_put_fixed(json, key, (int64_t)(value < 0 ? value - 0.5 : value + 0.5), places);
    else
        ib_json_put_null(json, key);
}

void ib_app_wall_text(char out[32], int64_t wall_us) {
    time_t seconds = (time_t)(wall_us / 1000000);
    int ms = (int)(wall_us % 1000000 / 1000);
    struct tm tm;
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    char day[24];
    if (!gmtime_r(&seconds, &tm) || strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        day[0] = '\0';
    snprintf(out, 32, "%s.%03dZ", day, ms);
}

static void put_value(struct ib_text *text, const struct ib_alarm_rule *rule, double value,
                      enum ib_degrees degrees) {
    if (rule->condition == IB_ALARM_RISING) {
        ib_degrees_put_step(text, degrees, value * 60, 2);
        ib_text_str(text, "/min");
    } else if (rule->quantity.kind == IB_QUANTITY_PLAIN) {
        ib_degrees_put(text, degrees, value, 1);
    } else {
        ib_degrees_put_step(text, degrees, value, 1);
    }
}

void ib_app_alarm_event_text(char *out, size_t size, const struct ib_alarm_rule *rule,
                             const struct ib_alarm_event *event, enum ib_degrees degrees) {
    struct ib_text text;
    ib_text_init(&text, out, size);
    ib_text_str(&text, "alarm ");
    ib_text_str(&text, rule->name);
    ib_text_str(&text, event->test ? ": test: " : ": ");
    ib_text_str(&text, ib_alarm_state_name(event->to));
    ib_text_str(&text, ": ");
    ib_alarm_print(&text, rule, false);
    if (event->has_value) {
        ib_text_str(&text, ": ");
        put_value(&text, rule, event->value, degrees);
    }
}

void ib_app_alarm_value_put(struct ib_json_writer *json, const struct ib_alarm_rule *rule,
                            double value) {
    if (rule->condition == IB_ALARM_RISING)
        ib_app_put_real(json, "value_k_per_min", value * 60, 3);
    else if (rule->quantity.kind == IB_QUANTITY_PLAIN)
        ib_app_put_real(json, "value_c", ib_degrees_from_k(IB_DEGREES_C, value), 2);
    else
        ib_app_put_real(json, "value_k", value, 2);
}

void ib_app_alarm_event_put(struct ib_json_writer *json, const char *key,
                            const struct ib_alarm_rule *rule, const struct ib_alarm_event *event,
                            int64_t wall_us, const char *camera) {
    char room[IB_ALARM_TEXT_BYTES];
    struct ib_text text;
    ib_json_open_object(json, key);
    ib_json_put_string(json, "alarm", rule->name);
    ib_json_put_string(json, "event", ib_alarm_state_name(event->to));
    ib_json_put_string(json, "from", ib_alarm_state_name(event->from));
    ib_json_put_bool(json, "test", event->test);
    ib_app_wall_text(room, wall_us);
    ib_json_put_string(json, "time", room);
    if (event->has_value)
        ib_app_alarm_value_put(json, rule, event->value);
    ib_text_init(&text, room, sizeof room);
    ib_alarm_print(&text, rule, false);
    ib_json_put_string(json, "rule", room);
    if (camera && camera[0])
        ib_json_put_string(json, "camera", camera);
    ib_json_close_object(json);
}
