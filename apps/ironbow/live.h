/// A camera that a verb watches frame by frame: record, view.
///
/// Real cameras and paced simulated ones have their own thread; a fast simulated one is turned by
/// the verb's own thread while it waits, as fast as this machine can. The verb need not know.
#ifndef IB_APP_LIVE_H
#define IB_APP_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/rig.h"

struct ib_app_live {
    struct ib_app_rig *rig;
    uint64_t start_us; ///< the camera's time at its start
    uint32_t seen;     ///< the sequence that a wait has returned for
    int event;         ///< written by the camera's thread
    void (*published)(void *context);
    void *context;
};

/// Build the camera of this name and start it. `published` (may be NULL) is called on its thread
/// for each frame.
/// Return: 0, or the exit code (enum ib_app_exit) with `problem` filled.
int ib_app_live_open(struct ib_app_live *self, const char *camera, bool fast,
                     void (*published)(void *context), void *context, const struct ib_log *log,
                     char *problem, size_t problem_size);
/// No frame comes after this; the rig is still there.
void ib_app_live_stop(struct ib_app_live *self);
void ib_app_live_close(struct ib_app_live *self);

/// Wait for a frame that no wait has returned for, for input on `fd` (-1: none), or a signal.
/// Blocks: up to `us` (of the camera's time when it is fast).
/// Return: whether there is a new frame in the hub.
bool ib_app_live_wait(struct ib_app_live *self, int fd, uint64_t us);

/// Wait until the newest frame is a good one (settle.h).
/// Return: 0.
/// Errors: -1 with `problem` filled: no image within 30 s, or a signal.
int ib_app_live_settle(struct ib_app_live *self, char *problem, size_t problem_size);

#endif
