/// The page and the HTTP interface: one more engine behind the connection pump. docs/http.md is the
/// interface.
///
/// Loop thread only: frames are found in the hub when the door is kicked.
#ifndef IB_APP_SERVE_HTTP_H
#define IB_APP_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/board.h"
#include "apps/ironbow/door.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/serve_tcam.h"

struct ib_app_http;
struct ib_app_measuring;
struct ib_app_recorder;

#define IB_APP_HTTP_PORT 8080
#define IB_APP_HTTP_PORTS 20 ///< how many are tried when nobody asked for a particular one

struct ib_app_http_config {
    struct ib_app_rig *rig;                  ///< kept
    struct ib_app_board *board;              ///< kept
    struct ib_app_tcam *tcam;                ///< kept: for the image JSON and its counters
    struct ib_app_measuring *measuring;      ///< kept; NULL: nothing is measured
    struct ib_app_recorder *recorder;        ///< kept; NULL: nothing can be recorded
    const char *recordings;                  ///< kept: the recorder's directory; NULL: none
    const char *palette;                     ///< kept: of pictures that name none
    unsigned (*rtsp_clients)(void *context); ///< NULL: no such door
    uv_loop_t *loop;                         ///< kept
    const char *address;
    int port;               ///< 0: any free one
    bool port_given;        ///< taken: an error; else the next free one is used
    const char *web;        ///< kept: a directory instead of the files built in; NULL
    bool open;              ///< no token, though others are let in
    const char *extra_name; ///< kept: one more name that Host may say; NULL
    const char *state;      ///< borrowed: where the token is kept; NULL or "": for this run only
    const char *token_file; ///< borrowed: its file; NULL: `token` in `state`
    unsigned max_clients;   ///< people; each has several connections
    const struct ib_log *log;
    void (*notify)(void *context); ///< any thread: the loop should kick the doors
    void *context;                 ///< of both
};

/// Return: 0. Gives `*out`.
/// Errors: -1 with `problem` filled (it names the port or the file).
int ib_app_http_open(struct ib_app_http **out, const struct ib_app_http_config *config,
                     char *problem, size_t problem_size);
/// After the loop has ended and the camera's thread too. NULL is nothing.
void ib_app_http_free(struct ib_app_http *self);
struct ib_app_door ib_app_http_door(struct ib_app_http *self);
/// What whoever comes must know. Borrowed; NULL: nothing (only this machine is let in, or everybody).
const char *ib_app_http_token(const struct ib_app_http *self);

/// Once a second: frames a second of camera time, in hundredths.
void ib_app_http_fps(struct ib_app_http *self, unsigned fps_centi);
/// Something happened that viewers are told: `kind` is "alarm", "recording" …, `json` the members of an
/// object without its braces, or "".
void ib_app_http_event(struct ib_app_http *self, const char *kind, const char *members);
/// People watching: live pages and MJPEG streams.
unsigned ib_app_http_viewers(const struct ib_app_http *self);

#endif
