/// The recorder: a thread of its own that takes every frame of the hub to the disk.
///
/// It copies a frame out of its slot at once, so a slow disk delays nobody; it keeps the last
/// seconds in memory (pre-roll) so that a recording can begin before its cause. Frames it could not
/// keep are counted and marked as a gap in the file.
///
/// Threads: every call from the loop's (or the verb's) thread; nothing here waits for the disk but
/// `close`, which has a deadline.
#ifndef IB_APP_RECORDER_H
#define IB_APP_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/recording.h"
#include "apps/ironbow/rig.h"

struct ib_app_recorder;

/// When to record by itself: while something moves or is hot.
struct ib_app_recorder_trigger {
    bool on_motion; ///< enough pixels differ from the background by more than motion_counts
    bool on_heat;   ///< enough pixels are warmer than heat_ck
    uint16_t motion_counts;
    uint32_t motion_px; ///< how many pixels are enough
    int32_t heat_ck;
    uint32_t heat_px;
    uint64_t keep_us; ///< goes on this long after the last cause
};

struct ib_app_recorder_config {
    struct ib_app_rig *rig;   ///< kept
    const struct ib_log *log; ///< kept
    int64_t wall_offset_us;   ///< Unix time - camera time
    const char *directory;    ///< kept: where recordings without a path go; NULL: nowhere
    uint64_t pre_roll_us;     ///< 0: none; at most 60 s
    uint64_t every_us;        ///< time-lapse: one frame every …; 0: each
    struct ib_app_recorder_trigger trigger;
    void (*changed)(void *context); ///< any thread: the status has changed; may be NULL
    void *context;
};

struct ib_app_recorder_status {
    bool recording;
    bool armed;      ///< a trigger waits for its cause
    bool failed;     ///< the last recording ended by an error: `problem`
    char path[1024]; ///< of the recording, or of the last one; "" none yet
    char problem[256];
    uint32_t frames;
    uint32_t gaps;
    uint32_t lost; ///< frames that were not recorded because the disk was too slow
    uint64_t bytes;
    uint64_t duration_us;
    uint32_t recordings; ///< files finished so far
};

/// Errors: -1 with `problem` filled.
int ib_app_recorder_open(struct ib_app_recorder **out, const struct ib_app_recorder_config *config,
                         char *problem, size_t problem_size);
/// Ends a recording under way: the file is whole afterwards.
void ib_app_recorder_close(struct ib_app_recorder *self);

/// Any thread: a frame was published.
void ib_app_recorder_wake(struct ib_app_recorder *self);

/// Begin a recording. `path` NULL: a new file in the directory, named by date and time.
/// Errors: -1 with `problem` filled: one is under way, no directory, a name that is none.
int ib_app_recorder_begin(struct ib_app_recorder *self, const char *path,
                          const struct ib_app_recording_config *config, char *problem,
                          size_t problem_size);
/// End it; the status tells when the file is whole (`recording` false).
void ib_app_recorder_end(struct ib_app_recorder *self);

void ib_app_recorder_status(struct ib_app_recorder *self, struct ib_app_recorder_status *out);

#endif
