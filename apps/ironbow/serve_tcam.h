/// The tCam ports: connection pump + protocol engine. Plain, protected (TLS and a token), or the serial
/// line of the hardware interface; one engine behind all.
#ifndef IB_APP_SERVE_TCAM_H
#define IB_APP_SERVE_TCAM_H

#include <stddef.h>

#include "apps/ironbow/board.h"
#include "apps/ironbow/door.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/secure.h"
#include "ports/linux/pump.h"
#include "ports/linux/serial.h"
#include "ports/linux/tls.h"
#include "tcam/tcam.h"

/// Frames whose moment of publishing is remembered: more than the hub has slots.
#define IB_APP_PUBLISHED 16

/// How many of the latest images `latency` speaks of.
#define IB_APP_LATENCIES 1024

struct ib_app_tcam {
    struct ib_tcam tcam;
    struct ib_pump *plain;                  ///< each may be NULL
    struct ib_pump *secure;                 ///< TLS, and a token first
    struct ib_pump *line;                   ///< hardware interface
    const struct ib_app_secure *protection; ///< of the secure port
    const struct ib_device *device;
    const struct ib_serial *serial;
    const char *slave_path;
    char address[64];
    unsigned max_clients;
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
    struct ib_app_rig *rig;      ///< kept
    struct ib_device *device;    ///< kept
    uv_loop_t *loop;             ///< kept
    uint32_t model;              ///< board bits of `Model`
    const struct ib_files *card; ///< kept; NULL: a board without one
    const char *address;
    int port;                               ///< -1: no plain port
    int secure_port;                        ///< -1: none
    const struct ib_app_secure *protection; ///< kept, of the secure port
    struct ib_serial *serial;               ///< kept: the hardware interface instead of ports
    struct ib_tcam_slave *slave;            ///< kept, with `serial`
    const char *slave_path;                 ///< kept, with `serial`: for people
    unsigned max_clients;
    bool system_time; ///< the machine's clock is the camera's; set_time changes nothing
    const struct ib_log *log;
    void (*notify)(void *context);   ///< any thread: the loop should kick the pumps
    void (*poweroff)(void *context); ///< loop thread: a client wants the power off
    void *context;                   ///< of both
};

/// Return: 0.
/// Errors: -1 with `problem` filled (it names the port).
int ib_app_tcam_open(struct ib_app_tcam *self, const struct ib_app_tcam_config *config,
                     char *problem, size_t problem_size);

/// Its door, once it is open.
struct ib_app_door ib_app_tcam_door(struct ib_app_tcam *self);
/// All clients of all ports.
unsigned ib_app_tcam_clients(const struct ib_app_tcam *self);
/// The plain port, else the secure one; 0 with the hardware interface.
int ib_app_tcam_port(const struct ib_app_tcam *self);

#endif
