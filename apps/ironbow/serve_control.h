/// The control socket: one line asks, one line of JSON answers. docs/control.md is the protocol.
#ifndef IB_APP_SERVE_CONTROL_H
#define IB_APP_SERVE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "apps/ironbow/door.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/serve_tcam.h"
#include "ports/linux/avahi.h"
#include "ports/linux/pump.h"

#define IB_APP_CONTROL_PATH_BYTES 108 ///< sun_path

struct ib_app_repl;
struct ib_app_recorder;

struct ib_app_control_config {
    struct ib_app_rig *rig;              ///< kept
    struct ib_app_board *board;          ///< kept
    const struct ib_tcam_slave *slave;   ///< kept, of the hardware interface; NULL: none
    const struct ib_app_tcam *tcam;      ///< kept: for status
    struct ib_app_script_board *scripts; ///< beside it
    struct ib_app_repl *repl;            ///< kept: of a Pure Thermal; NULL: none
    struct ib_avahi *const *avahi;       ///< kept; points to NULL while nothing is published
    const struct ib_app_door *doors;     ///< kept: for counters
    const unsigned *door_count;          ///< kept
    struct ib_app_recorder *recorder;    ///< kept; NULL: none
    uv_loop_t *loop;                     ///< kept
    const char *path;                    ///< borrowed
    bool elsewhere;                      ///< not where `ironbow ctl` looks by itself
    const struct ib_log *log;
    void (*notify)(void *context); ///< any thread: the loop should kick the pump
    void (*quit)(void *context);   ///< loop thread: somebody said quit
    void *context;                 ///< for both
};

struct ib_app_control {
    struct ib_app_control_config config;
    struct ib_pump *pump;
    char path[IB_APP_CONTROL_PATH_BYTES];
    /// Shown by status; kept up to date by whoever has a timer.
    unsigned fps_centi; ///< frames a second of camera time, in hundredths
};

/// Where a program's control socket is when nobody says otherwise:
/// $XDG_RUNTIME_DIR/ironbow.sock, or /tmp/ironbow-UID.sock.
void ib_app_control_default_path(char *out, size_t size);

/// A socket file left behind by a program that is gone is replaced.
/// Return: 0.
/// Errors: a negative errno (-EADDRINUSE: somebody answers there) with `problem` filled.
int ib_app_control_open(struct ib_app_control *self, const struct ib_app_control_config *config,
                        char *problem, size_t problem_size);
struct ib_app_door ib_app_control_door(struct ib_app_control *self);

#endif
