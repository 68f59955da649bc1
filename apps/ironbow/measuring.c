/// The running camera's regions and alarms: frames in, results and events out. See measuring.h.
///
/// What is read and written as JSON is in measuring_settings.c (settings) and measuring_report.c
/// (results).
#include "apps/ironbow/measuring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/alarm_event.h"
#include "apps/ironbow/measuring_state.h"
#include "core/status.h"
#include "ports/linux/storage_file.h"

#define FILE_NAME "regions.json"

// ---- settings take effect ----

static bool same_region(const struct ib_region *a, const struct ib_region *b) {
    char left[IB_REGION_TEXT_BYTES], right[IB_REGION_TEXT_BYTES];
    struct ib_text text;
    ib_text_init(&text, left, sizeof left);
    ib_region_print(&text, a, true);
    ib_text_init(&text, right, sizeof right);
    ib_region_print(&text, b, true);
    return strcmp(left, right) == 0;
}

static bool same_rule(const struct ib_alarm_rule *a, const struct ib_alarm_rule *b) {
    char left[IB_ALARM_TEXT_BYTES], right[IB_ALARM_TEXT_BYTES];
    struct ib_text text;
    ib_text_init(&text, left, sizeof left);
    ib_alarm_print(&text, a, true);
    ib_text_init(&text, right, sizeof right);
    ib_alarm_print(&text, b, true);
    return strcmp(left, right) == 0;
}

/// Each region its graph: the one it had, or one that nobody has.
static void assign_graphs(struct ib_app_measuring *self,
                          const struct ib_app_measuring_settings *next) {
    unsigned graph_of[IB_REGIONS_MOST];
    bool used[IB_REGIONS_MOST] = {false};
    for (unsigned i = 0; i < next->region_count; i++) {
        graph_of[i] = IB_REGIONS_MOST;
        for (unsigned j = 0; j < self->settings.region_count; j++) {
            if (!same_region(&next->region[i], &self->settings.region[j]))
                continue;
            graph_of[i] = self->graph_of[j];
            used[graph_of[i]] = true;
        }
    }
    for (unsigned i = 0, slot = 0; i < next->region_count; i++) {
        if (graph_of[i] < IB_REGIONS_MOST)
            continue;
        while (used[slot])
            slot++;
        used[slot] = true;
        graph_of[i] = slot;
        ib_graph_init(&self->graph[slot], self->bucket[slot], IB_APP_GRAPH_BUCKETS,
                      IB_APP_GRAPH_SHORTEST_US, IB_APP_GRAPH_LONGEST_US);
    }
    memcpy(self->graph_of, graph_of, sizeof graph_of);
}

/// An alarm that stays what it was keeps its state.
static void assign_alarms(struct ib_app_measuring *self,
                          const struct ib_app_measuring_settings *next) {
    struct ib_alarm *old = self->alarm_before;
    unsigned count = self->settings.rule_count;
    memcpy(old, self->alarm, sizeof self->alarm);
    for (unsigned i = 0; i < next->rule_count; i++) {
        unsigned j = 0;
        while (j < count && !same_rule(&next->rule[i], &old[j].rule))
            j++;
        if (j < count)
            self->alarm[i] = old[j];
        else
            ib_alarm_init(&self->alarm[i], &next->rule[i], self->now_us);
    }
}

static void apply(struct ib_app_measuring *self, const struct ib_app_measuring_settings *next) {
    assign_graphs(self, next);
    assign_alarms(self, next);
    self->settings = *next;
    ib_regions_init(&self->regions);
    for (unsigned i = 0; i < next->region_count; i++)
        ib_regions_add(&self->regions, &next->region[i]);
    // The newest picture is there already: the results need not wait for the next one.
    if (self->any)
        ib_regions_measure(&self->regions, &self->frame, NULL);
}

static int store(const struct ib_app_measuring *self, char *problem, size_t problem_size) {
    char *text = malloc(IB_APP_MEASURING_JSON_BYTES);
    if (!self->path[0] || !text) {
        free(text);
        return IB_OK;
    }
    int size = ib_app_measuring_get_json(self, text, IB_APP_MEASURING_JSON_BYTES);
    int status = size < 0
                     ? size
                     : ib_storage_file_write(self->path, text, (size_t)size, problem, problem_size);
    free(text);
    return status == IB_OK ? IB_OK : IB_E_IO;
}

/// What is in effect is what a restart reads: numbers as they are written, not finer.
static int as_written(struct ib_app_measuring_settings *self, char *problem, size_t problem_size) {
    char *text = malloc(IB_APP_MEASURING_JSON_BYTES);
    if (!text) {
        snprintf(problem, problem_size, "out of memory");
        return IB_E_NO_SPACE;
    }
    char why[256] = "too long";
    int size = ib_app_measuring_settings_write(self, text, IB_APP_MEASURING_JSON_BYTES);
    int status =
        size < 0 ? size : ib_app_measuring_settings_read(self, text, (size_t)size, why, sizeof why);
    free(text);
    if (status != IB_OK)
        snprintf(problem, problem_size, "differences too fine to be kept: %s", why);
    return status;
}

static int put(struct ib_app_measuring *self, const char *text, size_t size, char *problem,
               size_t problem_size) {
    struct ib_app_measuring_settings *next = malloc(sizeof *next);
    if (!next) {
        snprintf(problem, problem_size, "out of memory");
        return IB_E_NO_SPACE;
    }
    *next = self->settings;
    int status = ib_app_measuring_settings_read(next, text, size, problem, problem_size);
    if (status == IB_OK)
        status = as_written(next, problem, problem_size);
    if (status == IB_OK)
        apply(self, next);
    free(next);
    return status;
}

int ib_app_measuring_put_json(struct ib_app_measuring *self, const char *text, size_t size,
                              char *problem, size_t problem_size) {
    int status = put(self, text, size, problem, problem_size);
    return status == IB_OK ? store(self, problem, problem_size) : status;
}

int ib_app_measuring_get_json(const struct ib_app_measuring *self, char *out, size_t capacity) {
    return ib_app_measuring_settings_write(&self->settings, out, capacity);
}

// ---- beginning and end ----

static void read_kept(struct ib_app_measuring *self) {
    char problem[512], line[640];
    uint8_t *bytes;
    size_t size;
    int status = ib_storage_file_read(self->path, IB_APP_MEASURING_PUT_BYTES, &bytes, &size,
                                      problem, sizeof problem);
    if (status == IB_E_NOT_FOUND)
        return;
    if (status == IB_OK) {
        status = put(self, (const char *)bytes, size, problem, sizeof problem);
        free(bytes);
    }
    if (status == IB_OK)
        return;
    snprintf(line, sizeof line, FILE_NAME " is not used: %.500s", problem);
    ib_log(self->log, IB_LOG_WARNING, "measure", line);
}

int ib_app_measuring_open(struct ib_app_measuring **out,
                          const struct ib_app_measuring_config *config, char *problem,
                          size_t problem_size) {
    struct ib_app_measuring *self = calloc(1, sizeof *self);
    if (!self) {
        snprintf(problem, problem_size, "measuring: out of memory");
        return -1;
    }
    self->log = config->log;
    self->on_event = config->on_event;
    self->context = config->context;
    self->now_us = config->now_us;
    snprintf(self->camera, sizeof self->camera, "%s", config->camera ? config->camera : "");
    ib_regions_init(&self->regions);
    ib_alarm_gate_init(&self->gate);
    if (config->state && (size_t)snprintf(self->path, sizeof self->path, "%s/" FILE_NAME,
                                          config->state) < sizeof self->path)
        read_kept(self);
    *out = self;
    return 0;
}

void ib_app_measuring_close(struct ib_app_measuring *self) {
    free(self);
}

// ---- frames and time ----

static void tell(struct ib_app_measuring *self, const struct ib_alarm *alarm,
                 const struct ib_alarm_event *event) {
    char text[IB_APP_ALARM_EVENT_BYTES];
    struct ib_json_writer json;
    struct ib_app_measuring_event_kept *kept = &self->event[self->event_next];
    // That all is well from the start is no news.
    if (event->from == IB_ALARM_WAITING && event->to == IB_ALARM_OK)
        return;
    *kept = (struct ib_app_measuring_event_kept){alarm->rule, *event, self->wall_us};
    self->event_next = (self->event_next + 1) % IB_APP_EVENTS_KEPT;
    if (self->event_count < IB_APP_EVENTS_KEPT)
        self->event_count++;
    ib_app_alarm_event_text(text, sizeof text, &alarm->rule, event, IB_DEGREES_C);
    bool bad = event->to == IB_ALARM_RAISED || event->to == IB_ALARM_BLIND;
    ib_log(self->log, bad ? IB_LOG_WARNING : IB_LOG_INFO, "measure", text);
    if (!self->on_event)
        return;
    ib_json_begin(&json, text, sizeof text);
    ib_app_alarm_event_put(&json, NULL, &alarm->rule, event, self->wall_us, self->camera);
    if (ib_json_finish(&json) > 0)
        self->on_event(self->context, alarm->rule.name, event, text);
}

static void keep_frame(struct ib_app_measuring *self, const struct ib_frame *frame) {
    self->frame.pixels = self->pixels;
    self->frame.capacity_px = sizeof self->pixels / sizeof self->pixels[0];
    self->any = ib_frame_copy(&self->frame, frame) == IB_OK;
}

static void follow_graphs(struct ib_app_measuring *self, const struct ib_frame *frame) {
    for (unsigned i = 0; i < self->regions.count; i++) {
        const struct ib_reading *reading = &self->regions.reading[i];
        struct ib_graph *graph = &self->graph[self->graph_of[i]];
        double min_k, mean_k, max_k;
        bool value = ib_reading_k(reading, IB_STAT_MIN, &min_k) == IB_OK &&
                     ib_reading_k(reading, IB_STAT_MEAN, &mean_k) == IB_OK &&
                     ib_reading_k(reading, IB_STAT_MAX, &max_k) == IB_OK &&
                     !(reading->flags & IB_READING_FFC);
        if (value)
            ib_graph_add(graph, frame->captured_us, min_k, mean_k, max_k);
        if (!value || (reading->flags & IB_READING_AFTER_GAP))
            ib_graph_gap(graph, frame->captured_us);
    }
}

void ib_app_measuring_frame(struct ib_app_measuring *self, const struct ib_frame *frame,
                            int64_t wall_us) {
    if (self->any && self->frame.sequence == frame->sequence)
        return;
    self->now_us = frame->captured_us;
    self->wall_us = wall_us;
    keep_frame(self, frame);
    ib_alarm_gate_frame(&self->gate, frame);
    ib_regions_measure(&self->regions, frame, NULL);
    follow_graphs(self, frame);
    for (unsigned i = 0; i < self->settings.rule_count; i++) {
        struct ib_alarm_event event;
        if (ib_alarm_frame(&self->alarm[i], &self->gate, &self->regions, &event))
            tell(self, &self->alarm[i], &event);
    }
}

void ib_app_measuring_tick(struct ib_app_measuring *self, uint64_t now_us, int64_t wall_us) {
    if (now_us < self->now_us)
        return;
    self->now_us = now_us;
    self->wall_us = wall_us;
    for (unsigned i = 0; i < self->settings.rule_count; i++) {
        struct ib_alarm_event event;
        if (ib_alarm_tick(&self->alarm[i], now_us, &event))
            tell(self, &self->alarm[i], &event);
    }
}

int ib_app_measuring_acknowledge(struct ib_app_measuring *self, const char *alarm) {
    int status = alarm ? IB_E_NOT_FOUND : IB_OK;
    for (unsigned i = 0; i < self->settings.rule_count; i++) {
        struct ib_alarm_event event;
        if (alarm && strcmp(self->alarm[i].rule.name, alarm) != 0)
            continue;
        status = IB_OK;
        if (ib_alarm_acknowledge(&self->alarm[i], self->now_us, &event))
            tell(self, &self->alarm[i], &event);
    }
    return status;
}

int ib_app_measuring_test(struct ib_app_measuring *self, const char *alarm) {
    for (unsigned i = 0; i < self->settings.rule_count; i++) {
        struct ib_alarm_event event;
        if (strcmp(self->alarm[i].rule.name, alarm) != 0)
            continue;
        ib_alarm_test(&self->alarm[i], self->now_us, &event);
        tell(self, &self->alarm[i], &event);
        return IB_OK;
    }
    return IB_E_NOT_FOUND;
}

const struct ib_regions *ib_app_measuring_regions(const struct ib_app_measuring *self) {
    return &self->regions;
}

const struct ib_alarm *ib_app_measuring_alarms(const struct ib_app_measuring *self,
                                               unsigned *count) {
    *count = self->settings.rule_count;
    return self->alarm;
}
