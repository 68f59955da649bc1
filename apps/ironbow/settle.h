/// Waiting for an image worth showing, in the caller's own loop.
#ifndef IB_APP_SETTLE_H
#define IB_APP_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/rig.h"

/// From now on SIGINT and SIGTERM end the wait below instead of the program.
void ib_app_settle_catch_signals(void);

/// Turn a FREE rig until its newest frame is a good one: not taken during an FFC, after the
/// start-up FFC if the module has a shutter, and not before `after_us` of the camera's time.
/// Return: 0.
/// Errors: -1 with `problem` filled: no image within 30 s more, or a signal.
int ib_app_settle(struct ib_app_rig *rig, uint64_t after_us, char *problem, size_t problem_size);

/// Whether a signal has come.
bool ib_app_settle_interrupted(void);

#endif
