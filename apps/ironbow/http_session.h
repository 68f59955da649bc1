/// What the files behind the HTTP port share (serve_http.c, http_*.c). For nobody else.
#ifndef IB_APP_HTTP_SESSION_H
#define IB_APP_HTTP_SESSION_H

#include "apps/ironbow/serve_http.h"
#include "apps/ironbow/simulator.h"
#include "apps/ironbow/visible.h"
#include "core/json.h"
#include "ports/linux/websocket.h"
#include "stream/http.h"
#include "stream/http_headers.h"
#include "stream/target.h"

#define IB_APP_HTTP_NAME_BYTES 128          ///< of what stands for {name} in a path
#define IB_APP_HTTP_HEADERS_BYTES 1024      ///< of the headers an answer has beyond the usual
#define IB_APP_HTTP_PATIENCE_US 30000000ull ///< host clock: for an answer of the camera
#define IB_APP_HTTP_JSON_BYTES 16384
#define IB_APP_HTTP_PICTURES 8 ///< different styles watched at once
#define IB_APP_HTTP_EVENTS 16  ///< that one viewer may be behind
#define IB_APP_HTTP_EVENT_BYTES 1024
#define IB_APP_HTTP_FRAME_BYTES 64   ///< header of the binary message
#define IB_APP_HTTP_APPLIED_BYTES 16 ///< and, with telemetry, what the camera corrected with

struct ib_app_http_session;

enum ib_app_http_method {
    IB_APP_HTTP_GET = 1, ///< and HEAD
    IB_APP_HTTP_PUT = 2,
    IB_APP_HTTP_POST = 4,
    IB_APP_HTTP_PATCH = 8,
    IB_APP_HTTP_DELETE = 16,
};

/// One row of the interface.
struct ib_app_http_route {
    enum ib_app_http_method method;
    const char *path; ///< "/api/v1/alarms/{name}/test"
    void (*handle)(struct ib_app_http_session *session);
    size_t body_most; ///< 0: none is taken
    bool open;        ///< needs no token
    const char *about;
};

/// One style of picture, encoded once a frame for all who watch it.
struct ib_app_http_picture {
    struct ib_app_visible *visible; ///< NULL: not in use
    struct ib_app_visible_style style;
    char palette[32]; ///< what style.palette points to
    unsigned watchers;
    uint64_t used_us; ///< host clock
    /// One part of a stream: boundary, headers, JPEG.
    uint8_t *part;
    size_t part_size, part_capacity;
    uint32_t part_sequence;
};

/// The picture that a query asks for.
struct ib_app_http_wish {
    char palette[32];
    int32_t width_px;
    int quality;
    enum ib_range_mode range;
    double low_c, high_c; ///< FIXED
    bool has_isotherm;
    double isotherm_low_c, isotherm_high_c;
    uint32_t isotherm_rgb;
    double fps; ///< 0: each frame
};

/// A message to all live viewers, with its WebSocket header in front.
struct ib_app_http_message {
    uint32_t version; ///< of what was made; 0: nothing yet
    uint32_t wanted;  ///< of what is to be shown
    uint8_t *bytes;
    size_t capacity;
    size_t begin, size;
};

struct ib_app_http_happening {
    size_t size;
    uint8_t bytes[IB_WEBSOCKET_HEADER_BYTES + IB_APP_HTTP_EVENT_BYTES];
};

/// What is compared to see whether the status has changed: settings, LED, clients …, a word each.
#define IB_APP_HTTP_LOOKS 16

struct ib_app_http_live {
    unsigned viewers; ///< WebSockets
    unsigned streams; ///< MJPEG
    struct ib_app_http_message frame, status, measurements;
    struct ib_app_http_happening events[IB_APP_HTTP_EVENTS];
    uint32_t event_count; ///< ever; the newest is at (event_count - 1) % EVENTS
    uint64_t look[IB_APP_HTTP_LOOKS];
    bool recording;                      ///< as last told
    uint64_t status_us, measurements_us; ///< host clock: when they were last to be shown
    uint32_t measured_sequence;
    uint32_t frames_skipped;
};

/// Who is let in.
struct ib_app_http_gate {
    bool needs_token;
    char token[IB_TCAM_TOKEN_BYTES + 1];
    char token_path[4200]; ///< "" when it lasts for this run only
    char cookie_name[32];
    char cookie[IB_TCAM_TOKEN_BYTES + 1];
    char names[4][256]; ///< host names that are this machine
    unsigned failures;  ///< wrong tokens, of late
    uint64_t forgiven_us;
    uint8_t last_wrong[32]; ///< SHA-256 of the last one: a stale cookie is no attack
};

/// The period of automatic FFCs is asked of the Lepton now and then: no frame says it.
struct ib_app_http_period {
    struct ib_camera_request request;
    uint16_t words[16];
    bool posted;
    bool stale;
    int64_t period_ms; ///< -1: unknown, or there are none
};

struct ib_app_http_counters {
    uint32_t requests;
    uint32_t refused; ///< 4xx
    uint32_t failed;  ///< 5xx
    uint32_t sockets; ///< WebSockets ever
};

struct ib_app_http {
    struct ib_app_http_config config;
    struct ib_pump *pump;
    uv_timer_t timer;
    bool timer_open;
    unsigned closing; ///< parts whose end is waited for
    void (*closed)(void *context);
    void *closed_context;
    char address[64];
    unsigned fps_centi;
    struct ib_app_http_gate gate;
    struct ib_app_http_live live;
    struct ib_app_http_picture pictures[IB_APP_HTTP_PICTURES];
    struct ib_app_http_period period;
    struct ib_camera_request ffc;
    bool ffc_posted;
    uint32_t ffc_count; ///< FFCs seen
    uint32_t ffc_uptime_ms;
    int64_t ffc_unix_us; ///< the latest one's end; 0: none yet
    int ffc_seen;        ///< ffc_state of the newest frame, for events
    int stage_seen;
    const void *scene_seen;
    uint32_t event_sequence; ///< of the newest frame looked at
    struct ib_app_http_counters counters;
    uint8_t piece[IB_HTTP_SLICE_BYTES]; ///< of a download; the pump takes it at once
};

struct ib_app_http_session {
    struct ib_app_http *door;
    struct ib_http wire;
    const struct ib_app_http_route *route;
    struct ib_target target;
    char name[IB_APP_HTTP_NAME_BYTES];
    uint8_t *room; ///< of a long request

    /// The answer.
    char headers[IB_APP_HTTP_HEADERS_BYTES];
    size_t headers_size;
    uint8_t *body; ///< ours to free when it is sent
    struct ib_json_writer json;
    int file; ///< a download, -1 none
    uint64_t file_at;

    /// An answer that comes later: asked when something may have happened; whether it was given.
    bool (*poll)(struct ib_app_http_session *session);
    uint64_t poll_ends_us; ///< host clock
    struct ib_camera_request request;
    bool posted;
    struct ib_app_simulator_call call;

    /// A live viewer.
    struct ib_websocket *socket;
    uint32_t seen_frame, seen_status, seen_measurements, seen_event;
    /// An MJPEG stream.
    struct ib_app_http_wish wish;
    bool streaming;
    bool begun; ///< the first boundary has gone
    struct ib_app_http_picture *picture;
    uint64_t period_us; ///< 0: each frame
    uint64_t next_us;   ///< camera clock
};

// ---- http_answer.c ----

/// One more header of the answer to come.
__attribute__((format(printf, 3, 4))) void
ib_app_http_header(struct ib_app_http_session *self, const char *name, const char *format, ...);
/// Answer with bytes that stay where they are (constants), or that are `self->body`.
void ib_app_http_bytes(struct ib_app_http_session *self, int status, const char *type,
                       const void *bytes, size_t size);
/// The body of a JSON answer, at most `capacity` long; an object or array is opened by the caller.
/// NULL: there was no memory, and that is answered.
struct ib_json_writer *ib_app_http_json(struct ib_app_http_session *self, size_t capacity);
void ib_app_http_json_end(struct ib_app_http_session *self, int status);
/// `{}`.
void ib_app_http_empty(struct ib_app_http_session *self, int status);
/// A text of `size` in a buffer from malloc, which becomes the session's.
void ib_app_http_owned(struct ib_app_http_session *self, int status, const char *type, void *bytes,
                       size_t size);
/// {"error":…}
__attribute__((format(printf, 3, 4))) void ib_app_http_error(struct ib_app_http_session *self,
                                                             int status, const char *format, ...);
/// The headers every answer has, then the answer.
void ib_app_http_answer(struct ib_app_http_session *self, struct ib_http_answer *answer);

/// The request's body as a JSON object, every member of which is one of `members` (ends with NULL; up
/// to 31), and there once.
/// False: it is none, and that is answered (400).
bool ib_app_http_object(struct ib_app_http_session *self, const char *const *members,
                        struct ib_json_value *out);
/// A whole number among a body's members. Return: 1, 0: not there, -1: wrong, and that is answered.
int ib_app_http_number(struct ib_app_http_session *self, const struct ib_json_value *object,
                       const char *name, int32_t least, int32_t most, int32_t *out);
/// A text, likewise; too long is wrong.
int ib_app_http_text(struct ib_app_http_session *self, const struct ib_json_value *object,
                     const char *name, char *out, size_t capacity);

// ---- http_query.c ----

/// Whether the query has only these parameters, each at most once; if not, that is answered.
bool ib_app_http_query_known(struct ib_app_http_session *self, const char *const *names);
/// Return: 1, 0: not there, -1: wrong, and that is answered.
int ib_app_http_query_text(struct ib_app_http_session *self, const char *name, char *out,
                           size_t capacity);
int ib_app_http_query_real(struct ib_app_http_session *self, const char *name, double least,
                           double most, double *out);

// ---- http_camera.c ----

/// Hand `self->request` to the camera; `poll` is asked when there may be an answer.
void ib_app_http_ask(struct ib_app_http_session *self, bool (*poll)(struct ib_app_http_session *));
/// Whether it is there. A failure is answered: then `*failed`.
bool ib_app_http_answered(struct ib_app_http_session *self, bool *failed);
/// Wait for `poll` without the camera (a frame, a file).
void ib_app_http_wait(struct ib_app_http_session *self, bool (*poll)(struct ib_app_http_session *));

// ---- http_gate.c ----

int ib_app_http_gate_open(struct ib_app_http *self, char *problem, size_t problem_size);
/// Whether this request may go on: Host, Origin, token. If not, that is answered.
bool ib_app_http_admits(struct ib_app_http_session *self);
/// Whether somebody may log in; too many wrong tokens: no, answered.
void ib_app_http_login(struct ib_app_http_session *self);
/// GET /?token=…: a cookie and a way back without it. False: there is no such parameter.
bool ib_app_http_take_token(struct ib_app_http_session *self);

// ---- http_routes.c ----

/// IB_HTTP_HEAD: find the route and accept the body, or answer.
void ib_app_http_dispatch(struct ib_app_http_session *self);
/// IB_HTTP_REQUEST: carry it out.
void ib_app_http_handle(struct ib_app_http_session *self);

// ---- http_static.c ----

/// A file of the page; 404 when there is none.
void ib_app_http_file(struct ib_app_http_session *self);
/// Content-Type by a name's ending.
const char *ib_app_http_type_of(const char *path);

// ---- http_live.c ----

void ib_app_http_live_open(struct ib_app_http_session *self);
size_t ib_app_http_live_feed(struct ib_app_http_session *self, const uint8_t *bytes, size_t size);
void ib_app_http_live_pull(struct ib_app_http_session *self, bool busy, struct ib_pump_chunk *out);
void ib_app_http_live_close(struct ib_app_http_session *self);
/// Look for what has changed: messages to come, events.
void ib_app_http_live_step(struct ib_app_http *self);
/// The binary message of a frame, without the WebSocket's header.
/// Return: its size. `out` NULL: only the size.
size_t ib_app_http_frame(const struct ib_app_http *self, const struct ib_frame *frame,
                         uint8_t *out);
void ib_app_http_frame_get(struct ib_app_http_session *self);

// ---- http_picture.c ----

void ib_app_http_snapshot(struct ib_app_http_session *self);
void ib_app_http_mjpeg(struct ib_app_http_session *self);
void ib_app_http_mjpeg_pull(struct ib_app_http_session *self, struct ib_pump_chunk *out);
void ib_app_http_mjpeg_close(struct ib_app_http_session *self);
void ib_app_http_pictures_free(struct ib_app_http *self);

// ---- http_status.c ----

/// The members of the status document.
void ib_app_http_put_status(struct ib_json_writer *json, struct ib_app_http *self);
void ib_app_http_status(struct ib_app_http_session *self);
void ib_app_http_health(struct ib_app_http_session *self);

/// The period of FFCs: ask when it may have changed and somebody looks.
void ib_app_http_period_step(struct ib_app_http *self);

// ---- http_metrics.c ----

void ib_app_http_metrics(struct ib_app_http_session *self);

// ---- the rest of the handlers ----

void ib_app_http_config_get(struct ib_app_http_session *self);
void ib_app_http_config_patch(struct ib_app_http_session *self);
void ib_app_http_spotmeter_put(struct ib_app_http_session *self);
void ib_app_http_ffc_post(struct ib_app_http_session *self);
void ib_app_http_button_post(struct ib_app_http_session *self);
void ib_app_http_tjsn(struct ib_app_http_session *self);
void ib_app_http_raw(struct ib_app_http_session *self);
void ib_app_http_palettes(struct ib_app_http_session *self);
void ib_app_http_simulator_get(struct ib_app_http_session *self);
void ib_app_http_simulator_post(struct ib_app_http_session *self);

#endif
