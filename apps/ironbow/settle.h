/// Waiting for an image worth showing, in the caller's own loop.
#ifndef IB_APP_SETTLE_H
#define IB_APP_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/rig.h"

/// A module that has not finished an FFC this long after the start will not: it has none, or it is
/// switched off.
#define IB_APP_SETTLE_FFC_US 12000000u
#define IB_APP_SETTLE_PATIENCE_US 30000000u

/// From now on SIGINT, SIGTERM and SIGHUP (unless it was ignored: nohup) end the wait below instead of the program.
void ib_app_settle_catch_signals(void);

/// Turn a FREE rig until its newest frame is a good one: not taken during an FFC, after the
/// start-up FFC if the module has a shutter, and not before `after_us` of the camera's time.
/// Return: 0.
/// Errors: -1 with `problem` filled: no image within 30 s more, or a signal.
int ib_app_settle(struct ib_app_rig *rig, uint64_t after_us, char *problem, size_t problem_size);

/// Whether the newest frame is a good one, for a camera that was started at `start_us`. Any thread.
bool ib_app_settled(struct ib_app_rig *rig, uint64_t start_us, uint64_t after_us);

/// "no image within 30 s (booting: timed out)".
void ib_app_settle_failed(struct ib_app_rig *rig, char *problem, size_t problem_size);

/// Whether a signal has come.
bool ib_app_settle_interrupted(void);

#endif
