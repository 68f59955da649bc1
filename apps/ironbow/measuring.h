/// The running camera's regions, differences, alarms and graphs.
///
/// It looks at every new frame and keeps the newest results; its settings are read and written as
/// JSON text and kept in `regions.json` of the state directory. docs/measure.md describes the
/// documents. Everything here belongs to the net loop's thread; nothing waits for anything but the
/// disk when a change is stored.
#ifndef IB_APP_MEASURING_H
#define IB_APP_MEASURING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/log.h"
#include "measure/alarm.h"
#include "measure/region.h"

/// Enough for any of the documents below; a graph of one region.
#define IB_APP_MEASURING_JSON_BYTES 65536u
/// Longest text that `ib_app_measuring_put_json` looks at.
#define IB_APP_MEASURING_PUT_BYTES 65536u

struct ib_app_measuring;

/// Something happened to an alarm. `json` is the event as an object (what a webhook sends), without
/// a newline; both are the callee's until it returns.
typedef void (*ib_app_measuring_event)(void *context, const char *alarm,
                                       const struct ib_alarm_event *event, const char *json);

struct ib_app_measuring_config {
    const char *state;        ///< borrowed: directory of `regions.json`; NULL: nothing is kept
    const char *camera;       ///< borrowed: its name, for events; may be NULL
    const struct ib_log *log; ///< kept; may be NULL. Changes of alarms are logged too
    ib_app_measuring_event on_event; ///< may be NULL
    void *context;
    uint64_t now_us; ///< the camera's time
};

/// Build it and read what was kept. A file that cannot be used is logged and left as it is; the
/// first change then replaces it.
/// Return: 0.
/// Errors: -1 with `problem` filled: out of memory.
int ib_app_measuring_open(struct ib_app_measuring **out,
                          const struct ib_app_measuring_config *config, char *problem,
                          size_t problem_size);
void ib_app_measuring_close(struct ib_app_measuring *self); ///< NULL is fine

/// A new frame, taken at `wall_us` (UTC, microseconds since 1970; not ib_host_wall_us). Frames seen before are left out.
void ib_app_measuring_frame(struct ib_app_measuring *self, const struct ib_frame *frame,
                            int64_t wall_us);
/// Time goes on without one: about once a second, so that a dead camera is noticed.
void ib_app_measuring_tick(struct ib_app_measuring *self, uint64_t now_us, int64_t wall_us);

/// Replace "regions", "deltas" and "alarms", each if the text has it. All or nothing: checked whole,
/// stored, then in effect. GET /api/v1/regions and /api/v1/alarms give the same members.
/// Return: IB_OK.
/// Errors: IB_E_FORMAT, IB_E_RANGE, IB_E_TYPE, IB_E_NO_SPACE, IB_E_NOT_FOUND (an alarm of a region that
///         does not exist) and others; `problem` says what and where, nothing has changed then.
///         IB_E_IO: it is in effect but could not be stored.
/// Blocks: while the file is written.
int ib_app_measuring_put_json(struct ib_app_measuring *self, const char *text, size_t size,
                              char *problem, size_t problem_size);
/// All settings, as put_json takes them.
/// Return: the length. Errors: IB_E_NO_SPACE, as for the next three.
int ib_app_measuring_get_json(const struct ib_app_measuring *self, char *out, size_t capacity);
/// The newest results of all regions and differences.
int ib_app_measuring_results_json(const struct ib_app_measuring *self, char *out, size_t capacity);
/// States of all alarms and the latest events.
int ib_app_measuring_alarms_json(const struct ib_app_measuring *self, char *out, size_t capacity);
/// One region's graph.
/// Errors: IB_E_NOT_FOUND too.
int ib_app_measuring_graph_json(const struct ib_app_measuring *self, const char *region, char *out,
                                size_t capacity);
/// The pixels under a line from one end to the other, of the newest frame.
/// Errors: IB_E_NOT_FOUND too, IB_E_TYPE when the region is no line.
int ib_app_measuring_profile_json(const struct ib_app_measuring *self, const char *region,
                                  char *out, size_t capacity);

/// Acknowledge an alarm, NULL: all of them. Errors: IB_E_NOT_FOUND.
int ib_app_measuring_acknowledge(struct ib_app_measuring *self, const char *alarm);
/// Make the event of an alarm happen without a cause. Errors: IB_E_NOT_FOUND.
int ib_app_measuring_test(struct ib_app_measuring *self, const char *alarm);

/// For /metrics: the newest readings and the alarms, as they are.
const struct ib_regions *ib_app_measuring_regions(const struct ib_app_measuring *self);
const struct ib_alarm *ib_app_measuring_alarms(const struct ib_app_measuring *self,
                                               unsigned *count);

#endif
