/// The interface as a table: which method and path does what, who may, and how long a body may be.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/http_measure.h"
#include "apps/ironbow/http_record.h"
#include "apps/ironbow/http_session.h"
#include "core/status.h"

#define GET IB_APP_HTTP_GET
#define PUT IB_APP_HTTP_PUT
#define POST IB_APP_HTTP_POST
#define PATCH IB_APP_HTTP_PATCH
#define DELETE IB_APP_HTTP_DELETE

#define SHORT 4096u

static void list_routes(struct ib_app_http_session *session);

static const struct ib_app_http_route ROUTES[] = {
    {GET, "/healthz", ib_app_http_health, 0, true,
     "200 while frames come, else 503 with the reason"},
    {GET, "/metrics", ib_app_http_metrics, 0, false, "for Prometheus"},
    {GET, "/snapshot.jpg", ib_app_http_snapshot, 0, false, "the newest frame as JPEG"},
    {GET, "/snapshot.png", ib_app_http_snapshot, 0, false, "the newest frame as PNG"},
    {GET, "/snapshot.tiff", ib_app_http_snapshot, 0, false, "the newest frame as TIFF, every bit"},
    {GET, "/stream.mjpg", ib_app_http_mjpeg, 0, false, "motion JPEG"},
    {GET, "/raw", ib_app_http_raw, 0, false,
     "temperatures as Home Assistant's component wants them"},
    {GET, "/api/v1", list_routes, 0, true, "this list"},
    {POST, "/api/v1/login", ib_app_http_login, SHORT, true, "exchange the token for a cookie"},
    {GET, "/api/v1/live", ib_app_http_live_open, 0, false, "WebSocket: frames, status, events"},
    {GET, "/api/v1/status", ib_app_http_status, 0, false, "how the camera is"},
    {GET, "/api/v1/config", ib_app_http_config_get, 0, false, "AGC, emissivity, gain"},
    {PATCH, "/api/v1/config", ib_app_http_config_patch, SHORT, false, "change some of them"},
    {PUT, "/api/v1/spotmeter", ib_app_http_spotmeter_put, SHORT, false,
     "move the sensor's spotmeter"},
    {POST, "/api/v1/ffc", ib_app_http_ffc_post, SHORT, false, "run a flat field correction"},
    {POST, "/api/v1/button", ib_app_http_button_post, SHORT, false, "press the Wi-Fi reset button"},
    {GET, "/api/v1/palettes", ib_app_http_palettes, 0, false, "256 colours each"},
    {GET, "/api/v1/frame", ib_app_http_frame_get, 0, false, "the newest frame, binary"},
    {GET, "/api/v1/frame.tjsn", ib_app_http_tjsn, 0, false,
     "the newest frame as tCam's image JSON"},
    {GET, "/api/v1/regions", ib_app_http_regions_get, 0, false, "what is measured"},
    {PUT, "/api/v1/regions", ib_app_http_regions_put, IB_HTTP_BODY_BYTES, false, "replace it"},
    {GET, "/api/v1/alarms", ib_app_http_alarms_get, 0, false, "alarms and their states"},
    {PUT, "/api/v1/alarms", ib_app_http_regions_put, IB_HTTP_BODY_BYTES, false, "replace them"},
    {POST, "/api/v1/alarms/{name}/acknowledge", ib_app_http_alarm_acknowledge, SHORT, false,
     "somebody has seen it"},
    {POST, "/api/v1/alarms/{name}/test", ib_app_http_alarm_test, SHORT, false,
     "let its event happen"},
    {GET, "/api/v1/measurements", ib_app_http_measurements_get, 0, false, "the newest readings"},
    {GET, "/api/v1/graph", ib_app_http_graph_get, 0, false, "one region in time"},
    {GET, "/api/v1/profile", ib_app_http_profile_get, 0, false, "the pixels under a line"},
    {GET, "/api/v1/recording", ib_app_http_recording_get, 0, false, "the recording under way"},
    {POST, "/api/v1/recording", ib_app_http_recording_post, SHORT, false, "begin one"},
    {DELETE, "/api/v1/recording", ib_app_http_recording_end, 0, false, "end it"},
    {GET, "/api/v1/recordings", ib_app_http_recordings_list, 0, false, "the files there are"},
    {GET, "/api/v1/recordings/{name}", ib_app_http_recording_file, 0, false, "download one"},
    {DELETE, "/api/v1/recordings/{name}", ib_app_http_recording_delete, 0, false, "delete one"},
    {GET, "/api/v1/simulator", ib_app_http_simulator_get, 0, false, "scenes and faults"},
    {POST, "/api/v1/simulator", ib_app_http_simulator_post, SHORT, false, "choose one, or heal"},
};
#define ROUTE_COUNT (sizeof ROUTES / sizeof ROUTES[0])

static const struct {
    const char *name;
    enum ib_app_http_method method;
} METHODS[] = {
    {"GET", GET}, {"HEAD", GET}, {"PUT", PUT}, {"POST", POST}, {"PATCH", PATCH}, {"DELETE", DELETE},
};

/// A file of the page is the answer to whatever has no row.
static const struct ib_app_http_route FILES = {GET, "/{file}", ib_app_http_file, 0, true, ""};

static void list_routes(struct ib_app_http_session *session) {
    struct ib_json_writer *json = ib_app_http_json(session, IB_APP_HTTP_JSON_BYTES);
    if (!json)
        return;
    ib_json_open_object(json, NULL);
    ib_json_open_array(json, "routes");
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        size_t method = 0;
        while (METHODS[method].method != ROUTES[i].method)
            method++;
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "method", METHODS[method].name);
        ib_json_put_string(json, "path", ROUTES[i].path);
        ib_json_put_string(json, "about", ROUTES[i].about);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    ib_json_close_object(json);
    ib_app_http_json_end(session, 200);
}

/// Whether a path is that of a row; `name` becomes what stands for {name}.
static bool matches(const char *pattern, struct ib_slice path, struct ib_slice *name) {
    const char *at = path.at, *end = path.at + path.size;
    for (; *pattern; pattern++) {
        if (*pattern != '{') {
            if (at == end || *at != *pattern)
                return false;
            at++;
            continue;
        }
        name->at = at;
        while (at < end && *at != '/')
            at++;
        name->size = (size_t)(at - name->at);
        if (name->size == 0)
            return false;
        pattern = strchr(pattern, '}');
    }
    return at == end;
}

/// Return: the row, or NULL; `allowed` are the methods that the path knows.
static const struct ib_app_http_route *find(struct ib_slice path, unsigned method,
                                            struct ib_slice *name, unsigned *allowed) {
    const struct ib_app_http_route *found = NULL;
    *allowed = 0;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        struct ib_slice part = {NULL, 0};
        if (!matches(ROUTES[i].path, path, &part))
            continue;
        *allowed |= (unsigned)ROUTES[i].method;
        if ((unsigned)ROUTES[i].method == method) {
            found = &ROUTES[i];
            *name = part;
        }
    }
    return found;
}

static void put_allow(struct ib_app_http_session *self, unsigned allowed) {
    char text[64] = "";
    size_t size = 0;
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        if (allowed & (unsigned)METHODS[i].method)
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", size ? ", " : "",
                                     METHODS[i].name);
    }
    ib_app_http_header(self, "Allow", "%s", text);
}

static unsigned method_of(const struct ib_app_http_session *self) {
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        if (ib_slice_is(self->wire.message.method, METHODS[i].name))
            return (unsigned)METHODS[i].method;
    }
    return 0;
}

/// What the body says it is must be JSON: a form of another page cannot say so.
static bool takes_body(struct ib_app_http_session *self) {
    const struct ib_message *message = &self->wire.message;
    const struct ib_slice *type = ib_message_header(message, "Content-Type");
    struct ib_slice rest;
    if (message->content_length == 0)
        return true;
    if (message->content_length > self->route->body_most) {
        if (self->route->body_most == 0)
            ib_app_http_error(self, 400, "no body belongs here");
        else
            ib_app_http_error(self, 413, "the body is longer than %zu bytes",
                              self->route->body_most);
        return false;
    }
    if (type && ib_slice_same(ib_slice_trim(ib_slice_cut(*type, ';', &rest)), "application/json"))
        return true;
    ib_app_http_error(self, 415, "the body must be application/json");
    return false;
}

static void accept_body(struct ib_app_http_session *self) {
    size_t needed = ib_http_needs(&self->wire);
    if (needed <= sizeof self->wire.own) {
        ib_http_accept(&self->wire, NULL, 0);
        return;
    }
    self->room = malloc(needed);
    if (self->room)
        ib_http_accept(&self->wire, self->room, needed);
    else
        ib_app_http_error(self, 503, "there is too little memory");
}

static bool decode_name(struct ib_app_http_session *self, struct ib_slice name) {
    self->name[0] = 0;
    if (name.size == 0 || ib_target_decode(name, self->name, sizeof self->name) >= 0)
        return true;
    ib_app_http_error(self, 400, "this is no name");
    return false;
}

void ib_app_http_dispatch(struct ib_app_http_session *self) {
    struct ib_slice name = {NULL, 0};
    unsigned allowed, method = method_of(self);
    self->door->counters.requests++;
    self->route = NULL;
    if (!ib_target_split(self->wire.message.target, &self->target) ||
        self->target.path.at[0] != '/') {
        ib_app_http_error(self, 400, "the target is no path");
        return;
    }
    self->route = find(self->target.path, method, &name, &allowed);
    bool api = ib_slice_begins(self->target.path, "/api/");
    if (allowed == 0 && !api) {
        allowed = GET;
        self->route = method == GET ? &FILES : NULL;
    }
    if (!ib_app_http_admits(self))
        return;
    if (allowed == 0) {
        ib_app_http_error(self, 404, "there is nothing here: GET /api/v1 lists what there is");
    } else if (!self->route) {
        put_allow(self, allowed);
        if (ib_slice_is(self->wire.message.method, "OPTIONS"))
            ib_app_http_bytes(self, 204, NULL, NULL, 0);
        else
            ib_app_http_error(self, 405, "this path does not know that method");
    } else if (decode_name(self, name) && takes_body(self)) {
        accept_body(self);
    }
}

void ib_app_http_handle(struct ib_app_http_session *self) {
    // The message may have moved with its body.
    (void)ib_target_split(self->wire.message.target, &self->target);
    self->route->handle(self);
}
