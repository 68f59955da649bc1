/// Results, alarms, graphs and profiles as JSON. docs/measure.md describes the documents.
#include <string.h>

#include "apps/ironbow/alarm_event.h"
#include "apps/ironbow/measuring_state.h"
#include "apps/ironbow/report.h"
#include "core/status.h"

#define ZERO_C 273.15

/// The wall's time of a moment of the camera's time.
static int64_t wall_of(const struct ib_app_measuring *self, uint64_t at_us) {
    return self->wall_us + ((int64_t)at_us - (int64_t)self->now_us);
}

static void put_wall(struct ib_json_writer *json, const char *key, int64_t wall_us) {
    char text[32];
    ib_app_wall_text(text, wall_us);
    ib_json_put_string(json, key, text);
}

static void put_celsius(struct ib_json_writer *json, const char *key, double kelvin) {
    ib_app_put_real(json, key, kelvin - ZERO_C, 2);
}

static void put_point(struct ib_json_writer *json, const char *key, struct ib_region_point at) {
    ib_json_open_array(json, key);
    ib_json_put_int(json, NULL, at.x);
    ib_json_put_int(json, NULL, at.y);
    ib_json_close_array(json);
}

// ---- results ----

static void put_values(struct ib_json_writer *json, const struct ib_reading *reading) {
    static const char *const celsius[] = {"min_c", "max_c", "mean_c", "median_c"};
    static const char *const counts[] = {"min_counts", "max_counts", "mean_counts",
                                         "median_counts"};
    if (reading->count_px == reading->impossible_px)
        return;
    bool degrees = !(reading->flags & IB_READING_COUNTS);
    for (int stat = 0; stat < IB_STAT_COUNT; stat++) {
        double kelvin;
        if (ib_reading_k(reading, (enum ib_stat)stat, &kelvin) == IB_OK)
            put_celsius(json, celsius[stat], kelvin);
        else
            ib_app_put_real(json, counts[stat], reading->value[stat], 2);
    }
    put_point(json, "min_at_px", reading->min_at);
    put_point(json, "max_at_px", reading->max_at);
    if (degrees)
        ib_app_put_real(json, "uncertainty_k", reading->uncertainty_k, 1);
}

static void put_flags(struct ib_json_writer *json, uint32_t flags) {
    ib_json_open_array(json, "flags");
    for (unsigned bit = 0; bit < 32; bit++) {
        const char *name = ib_reading_flag_name(1u << bit);
        if ((flags & 1u << bit) && name)
            ib_json_put_string(json, NULL, name);
    }
    ib_json_close_array(json);
}

static void put_region(struct ib_json_writer *json, const struct ib_regions *regions, unsigned i) {
    const struct ib_reading *reading = &regions->reading[i];
    char room[IB_REGION_TEXT_BYTES];
    struct ib_text text;
    ib_text_init(&text, room, sizeof room);
    ib_region_print(&text, &regions->region[i], false);
    ib_json_open_object(json, NULL);
    ib_json_put_string(json, "name", regions->region[i].name);
    ib_json_put_string(json, "shape", room);
    ib_json_put_int(json, "count_px", reading->count_px);
    put_values(json, reading);
    if (!(reading->flags & (IB_READING_COUNTS | IB_READING_EMPTY)))
        ib_app_put_real(json, "emissivity", regions->correction[i].object.emissivity, 4);
    put_flags(json, reading->flags);
    ib_json_close_object(json);
}

static void put_deltas(struct ib_json_writer *json, const struct ib_app_measuring *self) {
    char room[IB_REGION_TEXT_BYTES];
    struct ib_text text;
    ib_json_open_array(json, "deltas");
    for (unsigned i = 0; i < self->settings.delta_count; i++) {
        const struct ib_app_delta *delta = &self->settings.delta[i];
        double kelvin;
        ib_text_init(&text, room, sizeof room);
        ib_quantity_print(&text, &delta->quantity);
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", delta->name);
        ib_json_put_string(json, "quantity", room);
        if (ib_quantity_k(&delta->quantity, &self->regions, &kelvin) != IB_OK)
            ib_json_put_null(json, "value_k");
        else if (delta->quantity.kind == IB_QUANTITY_PLAIN)
            put_celsius(json, "value_c", kelvin);
        else
            ib_app_put_real(json, "value_k", kelvin, 2);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
}

int ib_app_measuring_results_json(const struct ib_app_measuring *self, char *out, size_t capacity) {
    struct ib_json_writer json;
    ib_json_begin(&json, out, capacity);
    ib_json_open_object(&json, NULL);
    if (self->any) {
        put_wall(&json, "time", wall_of(self, self->frame.captured_us));
        ib_json_put_int(&json, "sequence", self->frame.sequence);
        ib_json_put_fixed(&json, "age_s", (int64_t)(self->now_us - self->frame.captured_us), 6);
        ib_json_put_bool(&json, "radiometric", self->regions.status == IB_OK);
        ib_json_put_string(&json, "gain", ib_app_gain_name(self->frame.gain));
    } else {
        ib_json_put_null(&json, "time");
    }
    ib_json_open_array(&json, "regions");
    for (unsigned i = 0; i < self->regions.count; i++)
        put_region(&json, &self->regions, i);
    ib_json_close_array(&json);
    put_deltas(&json, self);
    ib_json_close_object(&json);
    return ib_json_finish(&json);
}

// ---- alarms ----

static void put_alarm(struct ib_json_writer *json, const struct ib_app_measuring *self,
                      const struct ib_alarm *alarm) {
    char room[IB_ALARM_TEXT_BYTES];
    struct ib_text text;
    ib_text_init(&text, room, sizeof room);
    ib_alarm_print(&text, &alarm->rule, false);
    ib_json_open_object(json, NULL);
    ib_json_put_string(json, "name", alarm->rule.name);
    ib_json_put_string(json, "rule", room);
    ib_json_put_string(json, "state", ib_alarm_state_name(alarm->state));
    put_wall(json, "since", wall_of(self, alarm->since_us));
    ib_json_put_bool(json, "raised", alarm->raised.on);
    ib_json_put_bool(json, "latched", alarm->latched);
    if (alarm->mask != IB_ALARM_MASK_NONE)
        ib_json_put_string(json, "masked", ib_alarm_mask_name(alarm->mask));
    if (alarm->has_value)
        ib_app_alarm_value_put(json, &alarm->rule, alarm->value);
    ib_json_close_object(json);
}

int ib_app_measuring_alarms_json(const struct ib_app_measuring *self, char *out, size_t capacity) {
    struct ib_json_writer json;
    ib_json_begin(&json, out, capacity);
    ib_json_open_object(&json, NULL);
    ib_json_open_array(&json, "alarms");
    for (unsigned i = 0; i < self->settings.rule_count; i++)
        put_alarm(&json, self, &self->alarm[i]);
    ib_json_close_array(&json);
    ib_json_open_array(&json, "events");
    for (unsigned i = 0; i < self->event_count; i++) {
        unsigned at = (self->event_next + IB_APP_EVENTS_KEPT - 1 - i) % IB_APP_EVENTS_KEPT;
        const struct ib_app_measuring_event_kept *kept = &self->event[at];
        ib_app_alarm_event_put(&json, NULL, &kept->rule, &kept->event, kept->wall_us, self->camera);
    }
    ib_json_close_array(&json);
    ib_json_close_object(&json);
    return ib_json_finish(&json);
}

// ---- graphs and profiles ----

static void put_series(struct ib_json_writer *json, const struct ib_graph *graph, const char *key,
                       int which) {
    ib_json_open_array(json, key);
    for (unsigned i = 0; i < graph->count; i++) {
        const struct ib_graph_bucket *bucket = ib_graph_at(graph, i, NULL);
        double kelvin = which == 0   ? (double)bucket->min_k
                        : which == 1 ? bucket->mean_k
                                     : (double)bucket->max_k;
        if (bucket->count > 0)
            put_celsius(json, NULL, kelvin);
        else
            ib_json_put_null(json, NULL);
    }
    ib_json_close_array(json);
}

int ib_app_measuring_graph_json(const struct ib_app_measuring *self, const char *region, char *out,
                                size_t capacity) {
    int index = ib_regions_find(&self->regions, region, strlen(region));
    if (index < 0)
        return IB_E_NOT_FOUND;
    const struct ib_graph *graph = &self->graph[self->graph_of[index]];
    struct ib_json_writer json;
    ib_json_begin(&json, out, capacity);
    ib_json_open_object(&json, NULL);
    ib_json_put_string(&json, "name", region);
    ib_json_put_fixed(&json, "bucket_s", (int64_t)graph->bucket_us, 6);
    if (graph->count > 0) {
        uint64_t start_us;
        ib_graph_at(graph, 0, &start_us);
        put_wall(&json, "start", wall_of(self, start_us));
        ib_json_put_fixed(&json, "start_s", wall_of(self, start_us), 6);
    }
    put_series(&json, graph, "min_c", 0);
    put_series(&json, graph, "mean_c", 1);
    put_series(&json, graph, "max_c", 2);
    ib_json_open_array(&json, "gaps");
    for (unsigned i = 0; i < graph->count; i++) {
        if (ib_graph_at(graph, i, NULL)->gap)
            ib_json_put_int(&json, NULL, i);
    }
    ib_json_close_array(&json);
    ib_json_close_object(&json);
    return ib_json_finish(&json);
}

int ib_app_measuring_profile_json(const struct ib_app_measuring *self, const char *region,
                                  char *out, size_t capacity) {
    int index = ib_regions_find(&self->regions, region, strlen(region));
    if (index < 0)
        return IB_E_NOT_FOUND;
    if (self->regions.region[index].shape != IB_SHAPE_LINE)
        return IB_E_TYPE;
    const struct ib_correction *correction = &self->regions.correction[index];
    bool degrees = self->regions.status == IB_OK;
    struct ib_json_writer json;
    ib_json_begin(&json, out, capacity);
    ib_json_open_object(&json, NULL);
    ib_json_put_string(&json, "name", region);
    ib_json_open_array(&json, degrees ? "profile_c" : "profile_counts");
    struct ib_region_walk walk;
    ib_region_walk_begin(&walk, &self->regions.region[index]);
    do {
        if (!self->any || walk.at.x >= self->frame.width_px || walk.at.y >= self->frame.height_px)
            continue;
        uint16_t pixel =
            self->frame.pixels[(size_t)walk.at.y * self->frame.width_px + (size_t)walk.at.x];
        double kelvin;
        if (!degrees)
            ib_json_put_int(&json, NULL, pixel);
        else if (ib_correction_k(correction, pixel, &kelvin) == IB_OK)
            put_celsius(&json, NULL, kelvin);
        else
            ib_json_put_null(&json, NULL);
    } while (ib_region_walk_next(&walk));
    ib_json_close_array(&json);
    ib_json_close_object(&json);
    return ib_json_finish(&json);
}
