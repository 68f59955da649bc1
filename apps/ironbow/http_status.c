/// How the camera is: the status document, and whether it is healthy.
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/http_record.h"
#include "apps/ironbow/http_session.h"
#include "apps/ironbow/report.h"
#include "core/bytes.h"
#include "core/status.h"
#include "core/text.h"

/// OEM… SYS FFC mode object (Lepton IDD 110-0144-04 rev 100, section 4.2.13): mode in words 0 and 1, the
/// desired period in 10 and 11.
#define FFC_MODE_GET 0x023C
#define FFC_MODE_AUTO 1u

/// Around an FFC frames may stop for this long in normal life (DESIGN.md, "The ladder").
#define FRAMES_STOPPED_US 5000000u

static const char *stage_text(enum ib_camera_stage stage) {
    static const char *const TEXTS[] = {"not started",
                                        "waiting for the Lepton to answer",
                                        "identifying the Lepton and setting it up",
                                        "set up, waiting for the first frame",
                                        "frames arrive",
                                        "frames have stopped: recovering"};
    return (size_t)stage < sizeof TEXTS / sizeof TEXTS[0] ? TEXTS[stage] : "unknown";
}

// ---- the period of FFCs ----

void ib_app_http_period_step(struct ib_app_http *self) {
    struct ib_app_http_period *period = &self->period;
    if (period->posted) {
        if (!ib_camera_answered(&period->request))
            return;
        period->posted = false;
        bool known = period->request.status == IB_OK;
        bool automatic = known && ib_words_to_u32(period->words) == FFC_MODE_AUTO;
        period->period_ms = automatic ? (int64_t)ib_words_to_u32(period->words + 10) : -1;
    }
    // Nobody looks, or nobody would answer: later.
    if (!period->stale || self->stage_seen != IB_STAGE_RUNNING || self->live.viewers == 0)
        return;
    period->stale = false;
    period->posted = true;
    period->request = (struct ib_camera_request){.ask = IB_ASK_CCI,
                                                 .cci = {FFC_MODE_GET, 16, period->words},
                                                 .notify = self->config.notify,
                                                 .notify_context = self->config.context};
    ib_camera_post(&self->config.rig->camera, &period->request);
}

// ---- the document ----

static void put_or_null(struct ib_json_writer *json, const char *key, bool known, int64_t value) {
    if (known)
        ib_json_put_int(json, key, value);
    else
        ib_json_put_null(json, key);
}

static void put_identity(struct ib_json_writer *json, const struct ib_camera_state *state) {
    const struct ib_lepton_identity *identity = &state->identity;
    char text[32];
    struct ib_text out;
    ib_text_init(&out, text, sizeof text);
    ib_text_str(&out, "Lepton ");
    ib_text_str(&out, identity->name);
    if (identity->name[0])
        ib_json_put_string(json, "model", text);
    else
        ib_json_put_null(json, "model");
    ib_text_init(&out, text, sizeof text);
    ib_text_u64(&out, identity->serial);
    if (identity->part_number[0])
        ib_json_put_string(json, "serial", text);
    else
        ib_json_put_null(json, "serial");
    ib_json_put_bool(json, "radiometric", identity->radiometric);
}

static void put_board(struct ib_json_writer *json, const struct ib_app_board *board) {
    const struct ib_device *device = &board->device;
    enum ib_device_fault fault = ib_device_shown_fault(device);
    if (ib_app_board_has_led(board)) {
        ib_json_open_object(json, "led");
        ib_json_put_bool(json, "red", device->led.red);
        ib_json_put_bool(json, "green", device->led.green);
        ib_json_put_string(json, "state", ib_led_name(device->led.state));
        ib_json_close_object(json);
        ib_json_put_bool(json, "button", device->button.pressed);
    }
    if (fault == IB_DEVICE_FAULT_NONE) {
        ib_json_put_null(json, "fault");
    } else {
        ib_json_open_object(json, "fault");
        ib_json_put_int(json, "number", fault);
        ib_json_put_string(json, "name", ib_device_fault_name(fault));
        ib_json_put_string(json, "about", ib_device_fault_about(fault));
        ib_json_close_object(json);
    }
}

static void put_settings(struct ib_json_writer *json, const struct ib_camera_state *state) {
    ib_json_open_object(json, "config");
    ib_json_put_int(json, "agc", state->settings.agc);
    ib_json_put_int(json, "emissivity", state->settings.emissivity_pct);
    ib_json_put_int(json, "gain", state->settings.gain);
    ib_json_close_object(json);
    if (!state->identity.radiometric) {
        ib_json_put_null(json, "spotmeter");
        return;
    }
    ib_json_open_object(json, "spotmeter");
    ib_json_put_int(json, "c1", state->spot[1]);
    ib_json_put_int(json, "c2", state->spot[3]);
    ib_json_put_int(json, "r1", state->spot[0]);
    ib_json_put_int(json, "r2", state->spot[2]);
    ib_json_close_object(json);
}

static void put_ffc(struct ib_json_writer *json, struct ib_app_http *self) {
    static const char *const STATES[] = {"never", "imminent", "running", "done"};
    struct ib_hub *hub = &self->config.rig->hub;
    struct ib_lepton_telemetry telemetry;
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    unsigned state = frame && frame->ffc_state < 4 ? frame->ffc_state : IB_FFC_NEVER;
    bool known = frame && state == IB_FFC_DONE && (frame->flags & IB_FRAME_TELEMETRY) &&
                 ib_lepton_telemetry_decode(&telemetry, frame->telemetry) == IB_OK;
    if (frame)
        ib_hub_release(hub, frame);
    ib_json_open_object(json, "ffc");
    ib_json_put_string(json, "state", STATES[state]);
    put_or_null(json, "since_ms", known,
                known ? (int64_t)(uint32_t)(telemetry.uptime_ms - telemetry.uptime_at_ffc_ms) : 0);
    put_or_null(json, "period_ms", self->period.period_ms >= 0, self->period.period_ms);
    ib_json_close_object(json);
}

static void put_clients(struct ib_json_writer *json, const struct ib_app_http *self) {
    const struct ib_app_http_config *config = &self->config;
    ib_json_open_object(json, "clients");
    ib_json_put_int(json, "tcam", ib_app_tcam_clients(config->tcam));
    ib_json_put_int(json, "web", ib_app_http_viewers(self));
    ib_json_put_int(json, "rtsp", config->rtsp_clients ? config->rtsp_clients(config->context) : 0);
    ib_json_close_object(json);
}

void ib_app_http_put_status(struct ib_json_writer *json, struct ib_app_http *self) {
    const struct ib_app_http_config *config = &self->config;
    const struct ib_app_rig *rig = config->rig;
    struct ib_camera_state state;
    uint64_t now_us = ib_app_rig_now_us(config->rig);
    ib_camera_state(&config->rig->camera, &state);
    ib_json_put_string(json, "type", "status");
    ib_json_put_string(json, "version", IB_VERSION);
    ib_json_put_string(json, "name", ib_device_name(&config->board->device));
    ib_json_put_string(json, "camera", rig->uri.text);
    put_identity(json, &state);
    ib_json_put_bool(json, "simulated", rig->lepton != NULL);
    if (rig->lepton && !rig->playback)
        ib_json_put_string(json, "scene", rig->scene->name);
    ib_json_put_string(json, "stage", ib_camera_stage_name(state.stage));
    ib_json_put_string(json, "stage_text", stage_text(state.stage));
    ib_json_put_int(json, "frames", state.counters.frames);
    ib_json_put_fixed(json, "fps", self->fps_centi, 2);
    bool seen = state.last_frame_us > 0;
    int64_t age_us =
        seen && now_us > state.last_frame_us ? (int64_t)(now_us - state.last_frame_us) : 0;
    put_or_null(json, "frame_age_ms", seen, age_us / 1000);
    ib_json_put_bool(json, "recovering", state.stage == IB_STAGE_RECOVERING);
    ib_json_open_object(json, "counters");
    ib_app_put_flat_counters(json, &state);
    ib_json_close_object(json);
    put_board(json, config->board);
    put_clients(json, self);
    put_settings(json, &state);
    put_ffc(json, self);
    ib_json_open_object(json, "recording");
    ib_app_http_put_recording(json, self);
    ib_json_close_object(json);
    ib_json_open_object(json, "clock");
    ib_json_put_int(json, "unix_us", ib_app_rig_unix_us(self->config.rig, now_us));
    ib_json_close_object(json);
    ib_json_put_bool(json, "token_needed", self->gate.needs_token);
}

void ib_app_http_status(struct ib_app_http_session *self) {
    struct ib_json_writer *json = ib_app_http_json(self, IB_APP_HTTP_JSON_BYTES);
    if (!json)
        return;
    ib_json_open_object(json, NULL);
    ib_app_http_put_status(json, self->door);
    ib_json_close_object(json);
    ib_app_http_json_end(self, 200);
}

void ib_app_http_health(struct ib_app_http_session *self) {
    struct ib_app_rig *rig = self->door->config.rig;
    struct ib_camera_state state;
    uint64_t now_us = ib_app_rig_now_us(rig);
    ib_camera_state(&rig->camera, &state);
    bool running = state.stage == IB_STAGE_RUNNING;
    bool late =
        running && now_us > state.last_frame_us && now_us - state.last_frame_us > FRAMES_STOPPED_US;
    if (running && !late)
        ib_app_http_bytes(self, 200, "application/json", "{\"status\":\"ok\"}", 15);
    else if (late)
        ib_app_http_error(self, 503, "the last frame is %u s old",
                          (unsigned)((now_us - state.last_frame_us) / 1000000u));
    else
        ib_app_http_error(self, 503, "%s: %s", ib_camera_stage_name(state.stage),
                          stage_text(state.stage));
}
