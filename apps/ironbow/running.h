/// The running camera: everything that `ironbow run` holds, in one place. Shared by verb_run.c (news
/// and endings) and running_open.c (beginnings).
#ifndef IB_APP_RUNNING_H
#define IB_APP_RUNNING_H

#include <uv.h>

#include "apps/ironbow/measuring.h"
#include "apps/ironbow/recorder.h"
#include "apps/ironbow/run.h"
#include "apps/ironbow/run_display.h"
#include "apps/ironbow/secure.h"
#include "apps/ironbow/serve_control.h"
#include "apps/ironbow/serve_http.h"
#include "apps/ironbow/serve_repl.h"
#include "apps/ironbow/serve_rtsp.h"
#include "apps/ironbow/serve_slave.h"
#include "apps/ironbow/serve_tcam.h"
#include "ports/linux/avahi.h"
#include "ports/linux/card_files.h"

#define IB_APP_DOORS 8

struct ib_app_running {
    const struct ib_app_verb *verb;
    const struct ib_app_run_options *options;
    char default_name[IB_LINK_SSID_BYTES + 1];
    char state[4096];
    char recordings[4096 + 16];
    struct ib_app_journal journal;
    struct ib_app_display display;
    struct ib_app_rig *rig;
    struct ib_app_board board;
    struct ib_app_secure secure;
    struct ib_card_files card;
    struct ib_app_tcam tcam;
    struct ib_app_visible *visible; ///< frames as pictures, for all who show them
    struct ib_app_rtsp rtsp;
    struct ib_app_control control;
    struct ib_app_http *http;           ///< NULL: none
    struct ib_app_measuring *measuring; ///< NULL: none
    struct ib_app_slave slave;          ///< hardware interface
    struct ib_tcam_slave images;
    struct ib_spi_slave slave_port;
    struct ib_serial *serial;
    struct ib_app_repl repl; ///< of a Pure Thermal
    struct ib_app_script_board scripts;
    struct ib_avahi *avahi;
    struct ib_app_door doors[IB_APP_DOORS];
    unsigned door_count;
    struct ib_app_recorder *recorder; ///< NULL: none
    bool slave_open;
    bool board_open;
    uv_loop_t loop;
    uv_async_t changed; ///< the camera's thread has news
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_signal_t hang_up; ///< the terminal has gone
    uv_timer_t second;
    uv_timer_t power; ///< a client wants it off: its answer goes out first
    bool stopping;
    unsigned parts; ///< whose closing is waited for
    /// What was last acted upon.
    bool reachable;
    bool port_broken;
    uint32_t faults;
    char published[IB_LINK_SSID_BYTES + 48];
};

/// running_open.c: build the camera; then open all its parts, in order.
/// Return: 0, or the exit code of what failed (already reported).
int ib_app_running_open_rig(struct ib_app_running *self);
int ib_app_running_open_parts(struct ib_app_running *self);

// verb_run.c: what the parts call. `context` is the running camera.

void ib_app_running_notify(void *context); ///< any thread: there is news
void ib_app_running_board_changed(void *context);
void ib_app_running_restarted(void *context);
void ib_app_running_poweroff(void *context);
void ib_app_running_stop(void *context);

#endif
