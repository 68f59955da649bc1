/// The inside of measuring.h, shared by its files.
#ifndef IB_APP_MEASURING_STATE_H
#define IB_APP_MEASURING_STATE_H

#include "apps/ironbow/measuring.h"
#include "apps/ironbow/rig.h"
#include "measure/graph.h"

#define IB_APP_DELTAS_MOST 16
#define IB_APP_GRAPH_BUCKETS 480
#define IB_APP_GRAPH_SHORTEST_US 1000000u
#define IB_APP_GRAPH_LONGEST_US (1000000ull << 9) ///< 480 of them are 68 hours
#define IB_APP_EVENTS_KEPT 32

struct ib_app_delta {
    char name[IB_MEASURE_NAME_BYTES];
    struct ib_quantity quantity;
};

/// What a PUT replaces.
struct ib_app_measuring_settings {
    struct ib_region region[IB_REGIONS_MOST];
    struct ib_app_delta delta[IB_APP_DELTAS_MOST];
    struct ib_alarm_rule rule[IB_ALARMS_MOST];
    unsigned region_count, delta_count, rule_count;
};

struct ib_app_measuring_event_kept {
    struct ib_alarm_rule rule;
    struct ib_alarm_event event;
    int64_t wall_us;
};

struct ib_app_measuring {
    const struct ib_log *log;
    ib_app_measuring_event on_event;
    void *context;
    char camera[64];
    char path[4200]; ///< of regions.json, "" when nothing is kept
    struct ib_app_measuring_settings settings;
    struct ib_regions regions;
    struct ib_alarm_gate gate;
    struct ib_alarm alarm[IB_ALARMS_MOST];
    struct ib_alarm alarm_before[IB_ALARMS_MOST]; ///< while they are replaced
    /// A region keeps its graph as long as it stays what it is, wherever it stands in the list.
    struct ib_graph graph[IB_REGIONS_MOST];
    struct ib_graph_bucket bucket[IB_REGIONS_MOST][IB_APP_GRAPH_BUCKETS];
    unsigned graph_of[IB_REGIONS_MOST]; ///< by region
    struct ib_app_measuring_event_kept event[IB_APP_EVENTS_KEPT];
    unsigned event_count, event_next;
    bool any;              ///< a frame has been seen
    struct ib_frame frame; ///< the newest, for profiles
    uint16_t pixels[IB_APP_HUB_PX];
    uint64_t now_us;
    int64_t wall_us; ///< at now_us
};

/// Read a text over `out`, which holds what stays when the text does not mention it.
/// Errors: as ib_app_measuring_put_json; `out` is then undefined.
int ib_app_measuring_settings_read(struct ib_app_measuring_settings *out, const char *text,
                                   size_t size, char *problem, size_t problem_size);
/// Return: the length. Errors: IB_E_NO_SPACE.
int ib_app_measuring_settings_write(const struct ib_app_measuring_settings *self, char *out,
                                    size_t capacity);

#endif
