/// The RTSP port: connection pump + engine, UDP beside it, and the pictures.
#ifndef IB_APP_SERVE_RTSP_H
#define IB_APP_SERVE_RTSP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "apps/ironbow/door.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/visible.h"
#include "ports/linux/datagram.h"
#include "ports/linux/pump.h"
#include "stream/rtsp.h"

#define IB_APP_RTSP_PORT 8554
#define IB_APP_RTSP_NAME "ironbow" ///< rtsp://HOST:PORT/ironbow

struct ib_app_rtsp_viewer {
    struct ib_rtsp_session session;
    LIST_ENTRY(ib_app_rtsp_viewer) all;
    struct sockaddr_storage peer;
};

struct ib_app_rtsp {
    struct ib_rtsp server;
    struct ib_pump *pump;
    struct ib_datagram_pair *datagrams; ///< NULL: over the connection only
    struct ib_app_rig *rig;
    struct ib_app_visible *visible;
    const struct ib_log *log;
    LIST_HEAD(, ib_app_rtsp_viewer) viewers;
    uint32_t sequence; ///< of the last frame that was made a picture
    bool refused;      ///< the last picture could not be carried: said once
    struct ib_rtp_frame frame;
    uint8_t *packets;
    size_t capacity;
    char address[64];
};

struct ib_app_rtsp_config {
    struct ib_app_rig *rig;         ///< kept
    struct ib_app_visible *visible; ///< kept: makes the pictures, for others too
    uv_loop_t *loop;                ///< kept
    const char *address;
    int port;
    bool or_any_port;  ///< when that one is taken
    const char *token; ///< kept; NULL: everybody who gets here may watch
    unsigned max_clients;
    const struct ib_log *log;
};

/// Return: 0. Errors: -1 with `problem` filled (it names the port).
int ib_app_rtsp_open(struct ib_app_rtsp *self, const struct ib_app_rtsp_config *config,
                     char *problem, size_t problem_size);
/// Its door, once it is open.
struct ib_app_door ib_app_rtsp_door(struct ib_app_rtsp *self);
/// After the loop has ended, however far `open` got.
void ib_app_rtsp_free(struct ib_app_rtsp *self);

#endif
