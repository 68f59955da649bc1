/// Live viewers: every frame, the status and what happens, over a WebSocket each.
///
/// A message is made once for all viewers and sent from where it lies; the pump copies what a slow
/// one does not take. A viewer that is busy misses frames: the newest one comes when it is free.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/http_record.h"
#include "apps/ironbow/http_session.h"
#include "apps/ironbow/measuring.h"
#include "core/bytes.h"
#include "core/status.h"
#include "ports/linux/host_clock.h"

#define STATUS_US 1000000u
#define MEASUREMENTS_US 500000u

// ---- the frame ----

static void put_le64(uint8_t *out, uint64_t value) {
    ib_put_le32(out, (uint32_t)value);
    ib_put_le32(out + 4, (uint32_t)(value >> 32));
}

/// Row B's emissivity, background, window and atmosphere: whoever measures with others undoes them.
#define APPLIED_WORD 19

static void put_telemetry(uint8_t *out, const struct ib_frame *frame) {
    struct ib_lepton_telemetry telemetry;
    bool known = (frame->flags & IB_FRAME_TELEMETRY) &&
                 ib_lepton_telemetry_decode(&telemetry, frame->telemetry) == IB_OK;
    ib_put_le32(out + 52, known && frame->ffc_state == IB_FFC_DONE
                              ? telemetry.uptime_ms - telemetry.uptime_at_ffc_ms
                              : UINT32_MAX);
    for (unsigned i = 0; i < 4; i++) {
        // startRow, startCol, endRow, endCol become c1 r1 c2 r2.
        uint16_t place =
            known && frame->unit == IB_UNIT_KELVIN ? telemetry.spot_roi[i ^ 1u] : UINT16_MAX;
        ib_put_le16(out + 56 + 2 * i, place);
    }
    for (unsigned i = 0; (frame->flags & IB_FRAME_TELEMETRY) && i < IB_APP_HTTP_APPLIED_BYTES / 2;
         i++)
        ib_put_le16(out + IB_APP_HTTP_FRAME_BYTES + 2 * i,
                    frame->telemetry[IB_FRAME_TELEMETRY_WORDS / 3 + APPLIED_WORD + i]);
}

size_t ib_app_http_frame(const struct ib_app_http *self, const struct ib_frame *frame,
                         uint8_t *out) {
    size_t count = (size_t)frame->width_px * frame->height_px;
    size_t header = IB_APP_HTTP_FRAME_BYTES +
                    (frame->flags & IB_FRAME_TELEMETRY ? IB_APP_HTTP_APPLIED_BYTES : 0);
    size_t size = header + 2 * count;
    static const uint8_t MAGIC[] = {'I', 'B', 'F', '1'};
    if (!out)
        return size;
    memset(out, 0, header);
    memcpy(out, MAGIC, sizeof MAGIC);
    ib_put_le16(out + 4, (uint16_t)header);
    ib_put_le16(out + 6, frame->width_px);
    ib_put_le16(out + 8, frame->height_px);
    out[10] = frame->unit;
    out[11] = frame->gain;
    out[12] = frame->gain_mode;
    out[13] = frame->ffc_state;
    out[14] = frame->agc;
    ib_put_le32(out + 16, frame->sequence);
    ib_put_le32(out + 20, frame->flags);
    ib_put_le16(out + 24, frame->scale_ck);
    ib_put_le16(out + 26, frame->fpa_ck);
    ib_put_le16(out + 28, frame->housing_ck);
    put_le64(out + 32, (uint64_t)ib_app_rig_unix_us(self->config.rig, frame->captured_us));
    put_le64(out + 40, frame->captured_us);
    ib_put_le32(out + 48, frame->uptime_ms);
    put_telemetry(out, frame);
    uint8_t *at = out + header;
    for (size_t i = 0; i < count; i++)
        ib_put_le16(at + 2 * i, frame->pixels[i]);
    return size;
}

void ib_app_http_frame_get(struct ib_app_http_session *self) {
    struct ib_hub *hub = &self->door->config.rig->hub;
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    if (!frame) {
        ib_app_http_error(self, 503, "there is no frame yet");
        return;
    }
    uint8_t *bytes = malloc(ib_app_http_frame(self->door, frame, NULL));
    size_t size = bytes ? ib_app_http_frame(self->door, frame, bytes) : 0;
    ib_hub_release(hub, frame);
    if (bytes)
        ib_app_http_owned(self, 200, "application/octet-stream", bytes, size);
    else
        ib_app_http_error(self, 503, "there is too little memory");
}

// ---- messages to all ----

/// Room for a payload with a header in front of it; NULL when memory is short.
static uint8_t *room_of(struct ib_app_http_message *message, size_t payload_bytes) {
    size_t needed = IB_WEBSOCKET_HEADER_BYTES + payload_bytes;
    if (needed > message->capacity) {
        uint8_t *more = realloc(message->bytes, needed);
        if (!more)
            return NULL;
        message->bytes = more;
        message->capacity = needed;
    }
    return message->bytes + IB_WEBSOCKET_HEADER_BYTES;
}

static void seal(struct ib_app_http_message *message, enum ib_websocket_kind kind,
                 size_t payload_bytes) {
    uint8_t header[IB_WEBSOCKET_HEADER_BYTES];
    size_t size = ib_websocket_header(header, kind, payload_bytes);
    message->begin = IB_WEBSOCKET_HEADER_BYTES - size;
    message->size = size + payload_bytes;
    memcpy(message->bytes + message->begin, header, size);
}

/// The newest frame as a message. False: there is none that `seen` is not.
static bool make_frame(struct ib_app_http *self, uint32_t seen) {
    struct ib_app_http_message *message = &self->live.frame;
    struct ib_hub *hub = &self->config.rig->hub;
    uint32_t newest = ib_hub_sequence(hub);
    if (newest == 0 || newest == seen)
        return false;
    if (message->version == newest)
        return true;
    const struct ib_frame *frame = ib_hub_newest(hub, message->version);
    if (!frame)
        return message->version != 0 && message->version != seen;
    uint8_t *out = room_of(message, ib_app_http_frame(self, frame, NULL));
    if (out) {
        seal(message, IB_WEBSOCKET_BINARY, ib_app_http_frame(self, frame, out));
        message->version = frame->sequence;
    }
    ib_hub_release(hub, frame);
    return out && message->version != seen;
}

static bool make_status(struct ib_app_http *self, uint32_t seen) {
    struct ib_app_http_message *message = &self->live.status;
    if (message->wanted == seen)
        return false;
    if (message->version == message->wanted)
        return true;
    uint8_t *out = room_of(message, IB_APP_HTTP_JSON_BYTES);
    if (!out)
        return false;
    struct ib_json_writer json;
    ib_json_begin(&json, (char *)out, IB_APP_HTTP_JSON_BYTES);
    ib_json_open_object(&json, NULL);
    ib_app_http_put_status(&json, self);
    ib_json_close_object(&json);
    int size = ib_json_finish(&json);
    if (size < 0)
        return false;
    seal(message, IB_WEBSOCKET_TEXT, (size_t)size);
    message->version = message->wanted;
    return true;
}

/// {"type":"measurements", and the members of the document.
static bool make_measurements(struct ib_app_http *self, uint32_t seen) {
    static const char FRONT[] = "{\"type\":\"measurements\",";
    struct ib_app_http_message *message = &self->live.measurements;
    if (!self->config.measuring || message->wanted == seen)
        return false;
    if (message->version == message->wanted)
        return true;
    const size_t front = sizeof FRONT - 1;
    uint8_t *out = room_of(message, front + IB_APP_MEASURING_JSON_BYTES);
    if (!out)
        return false;
    // The document's own brace lies where the comma in front of it ends.
    int size = ib_app_measuring_results_json(self->config.measuring, (char *)out + front - 1,
                                             IB_APP_MEASURING_JSON_BYTES);
    if (size < 2)
        return false;
    bool empty = size == 2;
    memcpy(out, FRONT, empty ? front - 1 : front);
    seal(message, IB_WEBSOCKET_TEXT, front - 1 + (size_t)size - (empty ? 1 : 0));
    if (empty)
        out[front - 1] = '}';
    message->version = message->wanted;
    return true;
}

// ---- what happens ----

void ib_app_http_event(struct ib_app_http *self, const char *kind, const char *members) {
    struct ib_app_http_live *live = &self->live;
    struct ib_app_http_happening *event = &live->events[live->event_count % IB_APP_HTTP_EVENTS];
    char text[IB_APP_HTTP_EVENT_BYTES];
    int size = snprintf(
        text, sizeof text, "{\"type\":\"event\",\"event\":\"%s\",\"unix_us\":%lld%s%s}", kind,
        (long long)ib_app_rig_unix_us(self->config.rig, ib_app_rig_now_us(self->config.rig)),
        members[0] ? "," : "", members);
    if (size < 0 || (size_t)size >= sizeof text)
        return; // better none than one that is cut
    size_t header = ib_websocket_header(event->bytes, IB_WEBSOCKET_TEXT, (uint64_t)size);
    memcpy(event->bytes + header, text, (size_t)size);
    event->size = header + (size_t)size;
    live->event_count++;
}

static void put_event(struct ib_app_http *self, const char *kind, const char *key,
                      const char *value) {
    char members[256];
    struct ib_json_writer json;
    ib_json_begin(&json, members, sizeof members);
    ib_json_put_string(&json, key, value);
    if (ib_json_finish(&json) > 0)
        ib_app_http_event(self, kind, members);
}

/// An FFC is seen by its end's time, which the telemetry says: no frame may have shown it.
static void count_ffc(struct ib_app_http *self, const struct ib_frame *frame) {
    struct ib_lepton_telemetry telemetry;
    if (frame->ffc_state != IB_FFC_DONE || !(frame->flags & IB_FRAME_TELEMETRY) ||
        ib_lepton_telemetry_decode(&telemetry, frame->telemetry) != IB_OK ||
        (self->ffc_count > 0 && telemetry.uptime_at_ffc_ms == self->ffc_uptime_ms))
        return;
    uint32_t since_ms = telemetry.uptime_ms - telemetry.uptime_at_ffc_ms;
    self->ffc_count++;
    self->ffc_uptime_ms = telemetry.uptime_at_ffc_ms;
    self->ffc_unix_us =
        ib_app_rig_unix_us(self->config.rig, frame->captured_us) - (int64_t)since_ms * 1000;
    self->period.stale = true;
}

static void watch_frame(struct ib_app_http *self) {
    static const char *const FFC[] = {"never", "imminent", "running", "done"};
    struct ib_hub *hub = &self->config.rig->hub;
    const struct ib_frame *frame = ib_hub_newest(hub, self->event_sequence);
    if (!frame)
        return;
    int state = frame->ffc_state;
    bool first = self->event_sequence == 0;
    self->event_sequence = frame->sequence;
    count_ffc(self, frame);
    ib_hub_release(hub, frame);
    if (state != self->ffc_seen && !first && state >= 0 && state < 4)
        put_event(self, "ffc", "state", FFC[state]);
    self->ffc_seen = state;
}

static void watch_camera(struct ib_app_http *self, const struct ib_camera_state *state) {
    if (state->stage == (enum ib_camera_stage)self->stage_seen)
        return;
    bool was_running = self->stage_seen == IB_STAGE_RUNNING;
    if (was_running)
        put_event(self, "stream", "stage", ib_camera_stage_name(state->stage));
    else if (state->stage == IB_STAGE_RUNNING && self->stage_seen >= 0)
        put_event(self, "stream", "stage", "running");
    if (state->stage == IB_STAGE_RUNNING)
        self->period.stale = true;
    self->stage_seen = (int)state->stage;
}

static void tell_recording(struct ib_app_http *self) {
    char members[768];
    struct ib_json_writer json;
    ib_json_begin(&json, members, sizeof members);
    ib_app_http_put_recording(&json, self);
    if (ib_json_finish(&json) > 0)
        ib_app_http_event(self, "recording", members);
}

/// Events that no frame tells.
static void watch(struct ib_app_http *self, const struct ib_camera_state *state) {
    const struct ib_sim_scene *scene = self->config.rig->scene;
    bool recording = ib_app_http_is_recording(self);
    watch_camera(self, state);
    if (scene != self->scene_seen && self->scene_seen)
        put_event(self, "scene", "scene", scene->name);
    self->scene_seen = scene;
    if (recording != self->live.recording)
        tell_recording(self);
    self->live.recording = recording;
}

static void look(struct ib_app_http *self, uint64_t out[IB_APP_HTTP_LOOKS]) {
    const struct ib_app_http_config *config = &self->config;
    const struct ib_device *device = &config->board->device;
    struct ib_camera_state state;
    ib_camera_state(&config->rig->camera, &state);
    watch(self, &state);
    const uint64_t words[IB_APP_HTTP_LOOKS] = {
        (uint64_t)state.stage,
        device->led.red,
        device->led.green,
        (uint64_t)device->led.state,
        (uint64_t)ib_device_shown_fault(device),
        device->button.pressed,
        (uint64_t)(unsigned)self->ffc_seen,
        ib_app_tcam_clients(config->tcam),
        config->rtsp_clients ? config->rtsp_clients(config->context) : 0,
        ib_app_http_viewers(self),
        state.settings.agc,
        state.settings.emissivity_pct,
        state.settings.gain,
        (uint64_t)state.spot[0] | (uint64_t)state.spot[1] << 16 | (uint64_t)state.spot[2] << 32 |
            (uint64_t)state.spot[3] << 48,
        self->live.recording,
        (uint64_t)(uintptr_t)self->scene_seen,
    };
    memcpy(out, words, sizeof words);
}

void ib_app_http_live_step(struct ib_app_http *self) {
    struct ib_app_http_live *live = &self->live;
    uint64_t now[IB_APP_HTTP_LOOKS];
    uint64_t host_us = ib_host_now_us();
    watch_frame(self);
    look(self, now);
    if (memcmp(now, live->look, sizeof now) != 0 || host_us - live->status_us >= STATUS_US) {
        memcpy(live->look, now, sizeof now);
        live->status_us = host_us;
        live->status.wanted++;
    }
    uint32_t sequence = ib_hub_sequence(&self->config.rig->hub);
    if (sequence != live->measured_sequence && host_us - live->measurements_us >= MEASUREMENTS_US) {
        live->measured_sequence = sequence;
        live->measurements_us = host_us;
        live->measurements.wanted++;
    }
}

// ---- one viewer ----

/// What RFC 6455, 4.2.1 asks of a handshake. False: it is none, and that is answered.
static bool is_handshake(struct ib_app_http_session *self, char accept[IB_WEBSOCKET_ACCEPT_BYTES]) {
    const struct ib_message *message = &self->wire.message;
    const struct ib_slice *key = ib_message_header(message, "Sec-WebSocket-Key");
    const struct ib_slice *version = ib_message_header(message, "Sec-WebSocket-Version");
    if (!ib_message_has_token(message, "Upgrade", "websocket") ||
        !ib_message_has_token(message, "Connection", "upgrade") || message->minor < 1) {
        ib_app_http_header(self, "Upgrade", "websocket");
        ib_app_http_error(self, 426, "this is a WebSocket");
        return false;
    }
    if (!version || !ib_slice_is(*version, "13")) {
        ib_app_http_header(self, "Sec-WebSocket-Version", "13");
        ib_app_http_error(self, 426, "Sec-WebSocket-Version must be 13");
        return false;
    }
    if (key && !self->wire.is_head && ib_websocket_accept(key->at, key->size, accept))
        return true;
    ib_app_http_error(self, 400, "Sec-WebSocket-Key must be 16 bytes in base64");
    return false;
}

void ib_app_http_live_open(struct ib_app_http_session *self) {
    struct ib_app_http_live *live = &self->door->live;
    char accept[IB_WEBSOCKET_ACCEPT_BYTES];
    if (!is_handshake(self, accept))
        return;
    if (ib_websocket_open(&self->socket, NULL, NULL) != IB_OK) {
        ib_app_http_error(self, 503, "there is too little memory");
        return;
    }
    ib_app_http_header(self, "Upgrade", "websocket");
    ib_app_http_header(self, "Connection", "Upgrade");
    ib_app_http_header(self, "Sec-WebSocket-Accept", "%s", accept);
    struct ib_http_answer answer = {.status = 101, .body = IB_HTTP_UPGRADE};
    ib_app_http_answer(self, &answer);
    live->viewers++;
    self->door->counters.sockets++;
    self->seen_event = live->event_count; // what happens from now on
    ib_app_http_live_step(self->door);
}

void ib_app_http_live_close(struct ib_app_http_session *self) {
    if (!self->socket)
        return;
    ib_websocket_free(self->socket);
    self->socket = NULL;
    self->door->live.viewers--;
}

static void give(struct ib_pump_chunk *out, const struct ib_app_http_message *message, bool frame) {
    *out = (struct ib_pump_chunk){
        .bytes = message->bytes + message->begin, .size = message->size, .droppable = frame};
}

/// The next event that this viewer has not seen and that is still there.
static bool give_event(struct ib_app_http_session *self, struct ib_pump_chunk *out) {
    const struct ib_app_http_live *live = &self->door->live;
    if (self->seen_event == live->event_count)
        return false;
    if (live->event_count - self->seen_event > IB_APP_HTTP_EVENTS)
        self->seen_event = live->event_count - IB_APP_HTTP_EVENTS;
    const struct ib_app_http_happening *event =
        &live->events[self->seen_event++ % IB_APP_HTTP_EVENTS];
    *out = (struct ib_pump_chunk){.bytes = event->bytes, .size = event->size};
    return true;
}

/// The head of the answer. False: it is still to go.
static bool finish_handshake(struct ib_app_http_session *self, bool busy,
                             struct ib_pump_chunk *out) {
    struct ib_http_chunk chunk;
    if (self->wire.state == IB_HTTP_UPGRADED)
        return true;
    ib_http_pull(&self->wire, 0, busy, &chunk);
    *out = (struct ib_pump_chunk){.bytes = chunk.bytes, .size = chunk.size};
    return false;
}

size_t ib_app_http_live_feed(struct ib_app_http_session *self, const uint8_t *bytes, size_t size) {
    return self->wire.state == IB_HTTP_UPGRADED && self->wire.size == 0
               ? ib_websocket_feed(self->socket, bytes, size)
               : 0;
}

/// What a client that could not wait has sent behind its handshake comes first.
static void take_rest(struct ib_app_http_session *self) {
    const uint8_t *rest;
    size_t size = ib_http_rest(&self->wire, &rest);
    if (size > 0)
        ib_http_took(&self->wire, ib_websocket_feed(self->socket, rest, size));
}

void ib_app_http_live_pull(struct ib_app_http_session *self, bool busy, struct ib_pump_chunk *out) {
    struct ib_app_http *door = self->door;
    struct ib_app_http_live *live = &door->live;
    if (!finish_handshake(self, busy, out) || busy)
        return;
    take_rest(self);
    size_t size = ib_websocket_pull(self->socket, door->piece, IB_WEBSOCKET_CONTROL_BYTES);
    bool over = ib_websocket_over(self->socket);
    if (size > 0 || over) {
        *out = (struct ib_pump_chunk){.bytes = door->piece, .size = size, .hang_up = over};
    } else if (give_event(self, out)) {
        return;
    } else if (make_status(door, self->seen_status)) {
        self->seen_status = live->status.version;
        give(out, &live->status, false);
    } else if (make_measurements(door, self->seen_measurements)) {
        self->seen_measurements = live->measurements.version;
        give(out, &live->measurements, false);
    } else if (make_frame(door, self->seen_frame)) {
        if (self->seen_frame)
            live->frames_skipped += live->frame.version - self->seen_frame - 1;
        self->seen_frame = live->frame.version;
        give(out, &live->frame, true);
    }
}
