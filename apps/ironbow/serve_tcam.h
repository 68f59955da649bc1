/// The tCam port: connection pump + protocol engine.
#ifndef IB_APP_SERVE_TCAM_H
#define IB_APP_SERVE_TCAM_H

#include <stddef.h>

#include "apps/ironbow/rig.h"
#include "ports/linux/pump.h"
#include "tcam/tcam.h"

/// A client that takes nothing for this long is closed. One that reads 10 KB a second takes 64 KB
/// at a time from a loopback socket.
#define IB_APP_SEND_DEADLINE_MS 20000

/// Frames whose moment of publishing is remembered: more than the hub has slots.
#define IB_APP_PUBLISHED 16

/// How many of the latest images `latency` speaks of.
#define IB_APP_LATENCIES 1024

struct ib_app_tcam {
    struct ib_tcam tcam;
    struct ib_pump *pump;
    /// Host clock: simulated time may run ahead of it by a transfer's wire time.
    _Atomic uint64_t published_us[IB_APP_PUBLISHED];
    _Atomic uint32_t published[IB_APP_PUBLISHED]; ///< which frame the moment is of
    uint32_t latencies_us[IB_APP_LATENCIES];      ///< the newest ones, in a ring
    uint32_t latency_count;                       ///< ever
};

/// A frame was published. On the camera's thread.
void ib_app_tcam_published(struct ib_app_tcam *self);

/// Real time from a frame being complete to the last byte of its image handed to the kernel.
struct ib_app_latency {
    uint32_t images; ///< that the figures are about
    uint32_t p50_us, p99_us, max_us;
};
void ib_app_tcam_latency(const struct ib_app_tcam *self, struct ib_app_latency *out);

struct ib_app_tcam_config {
    struct ib_app_rig *rig; ///< kept
    uv_loop_t *loop;        ///< kept
    const char *address;
    int port;
    unsigned max_clients;
    const char *name; ///< "tCam-Mini-0001"
    const struct ib_log *log;
    void (*notify)(void *context); ///< any thread: the loop should kick the pump
    void *notify_context;
};

/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_tcam_open(struct ib_app_tcam *self, const struct ib_app_tcam_config *config,
                     char *problem, size_t problem_size);

#endif
