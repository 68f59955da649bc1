/// When something is worth recording: it moves, or it is hot.
///
/// Pure: frames in, a verdict out; no thread, no clock but the frames' own. Motion is a difference
/// from a background that follows the scene slowly, so that what stays becomes part of it. Nothing
/// counts as a cause during an FFC, for three seconds after it, or after the meaning of the pixels
/// has changed (gain, unit, size): the background is learned anew then.
#ifndef IB_APP_RECORDER_TRIGGER_H
#define IB_APP_RECORDER_TRIGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

#define IB_APP_TRIGGER_PX (160u * 120u)

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

struct ib_app_trigger {
    struct ib_app_recorder_trigger config;
    uint32_t background[IB_APP_TRIGGER_PX]; ///< 1/256 counts
    size_t count_px;                        ///< of the background, 0: none yet
    uint32_t meaning;                       ///< of the pixels it was learned from
    bool masked;
    uint64_t masked_until_us;
    bool active;
    uint64_t until_us;    ///< active: ends then
    uint64_t last_us;     ///< the frame before
    uint32_t moving_px;   ///< of the last frame that was looked at
    uint32_t hot_px;      ///< likewise
    bool no_temperatures; ///< heat was to be looked for, and this frame says nothing about it
};

void ib_app_trigger_init(struct ib_app_trigger *self, const struct ib_app_recorder_trigger *config);

/// Take the next frame into account.
/// Return: whether it belongs to what should be recorded: there is a cause, or the last one was
///         less than `keep_us` ago. A mask holds that time still.
/// Cost:   one pass over the pixels. Frames larger than IB_APP_TRIGGER_PX never are a cause.
bool ib_app_trigger_look(struct ib_app_trigger *self, const struct ib_frame *frame);

/// Forget the last cause: only a new one counts.
void ib_app_trigger_rest(struct ib_app_trigger *self);

#endif
