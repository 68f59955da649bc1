/// What changes the camera: settings, spotmeter, FFC, button, the simulated world; and single frames
/// in other programs' forms.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/http_session.h"
#include "core/status.h"
#include "core/text.h"
#include "image/palette.h"
#include "ports/linux/host_clock.h"
#include "record/image_json.h"

void ib_app_http_wait(struct ib_app_http_session *self,
                      bool (*poll)(struct ib_app_http_session *)) {
    self->poll = poll;
    self->poll_ends_us = ib_host_now_us() + IB_APP_HTTP_PATIENCE_US;
}

void ib_app_http_ask(struct ib_app_http_session *self, bool (*poll)(struct ib_app_http_session *)) {
    self->request.notify = self->door->config.notify;
    self->request.notify_context = self->door->config.context;
    self->posted = true;
    ib_app_http_wait(self, poll);
    ib_camera_post(&self->door->config.rig->camera, &self->request);
}

bool ib_app_http_answered(struct ib_app_http_session *self, bool *failed) {
    *failed = false;
    if (!self->posted || !ib_camera_answered(&self->request))
        return false;
    self->posted = false;
    int status = self->request.status;
    if (status == IB_OK)
        return true;
    *failed = true;
    if (status == IB_E_DEVICE)
        ib_app_http_error(self, 502, "the Lepton refused: %s (%d)",
                          ib_lepton_result_text(self->request.outcome.device_code),
                          self->request.outcome.device_code);
    else if (status == IB_E_NOT_READY)
        ib_app_http_error(self, 503, "the camera is not ready: it starts or recovers");
    else if (status == IB_E_TIMEOUT)
        ib_app_http_error(self, 504, "the camera has not answered in time");
    else
        ib_app_http_error(self, status == IB_E_INVAL || status == IB_E_RANGE ? 400 : 502, "%s",
                          ib_status_text(status));
    return true;
}

static struct ib_camera_state state_of(const struct ib_app_http_session *self) {
    struct ib_camera_state state;
    ib_camera_state(&self->door->config.rig->camera, &state);
    return state;
}

// ---- settings ----

static void answer_config(struct ib_app_http_session *self,
                          const struct ib_camera_settings *settings) {
    struct ib_json_writer *json = ib_app_http_json(self, 256);
    if (!json)
        return;
    ib_json_open_object(json, NULL);
    ib_json_put_int(json, "agc", settings->agc);
    ib_json_put_int(json, "emissivity", settings->emissivity_pct);
    ib_json_put_int(json, "gain", settings->gain);
    ib_json_close_object(json);
    ib_app_http_json_end(self, 200);
}

void ib_app_http_config_get(struct ib_app_http_session *self) {
    struct ib_camera_state state = state_of(self);
    answer_config(self, &state.settings);
}

static bool config_done(struct ib_app_http_session *self) {
    bool failed;
    if (!ib_app_http_answered(self, &failed))
        return false;
    struct ib_camera_state state = state_of(self);
    if (!failed)
        answer_config(self, &state.settings);
    return true;
}

void ib_app_http_config_patch(struct ib_app_http_session *self) {
    static const char *const MEMBERS[] = {"agc", "emissivity", "gain", NULL};
    struct ib_camera_settings settings = {0};
    struct ib_json_value object;
    int32_t agc = 0, emissivity = 0, gain = 0;
    if (!ib_app_http_object(self, MEMBERS, &object))
        return;
    int has_agc = ib_app_http_number(self, &object, "agc", 0, 1, &agc);
    int has_emissivity =
        has_agc < 0 ? -1 : ib_app_http_number(self, &object, "emissivity", 1, 100, &emissivity);
    int has_gain = has_emissivity < 0 ? -1 : ib_app_http_number(self, &object, "gain", 0, 2, &gain);
    if (has_gain < 0)
        return;
    settings.mask = (has_agc ? IB_SETTING_AGC : 0u) |
                    (has_emissivity ? IB_SETTING_EMISSIVITY : 0u) |
                    (has_gain ? IB_SETTING_GAIN : 0u);
    settings.agc = agc != 0;
    settings.emissivity_pct = (uint8_t)emissivity;
    settings.gain = (uint8_t)gain;
    if (settings.mask == 0) {
        ib_app_http_error(self, 400, "agc, emissivity or gain must be there");
        return;
    }
    self->request = (struct ib_camera_request){.ask = IB_ASK_SETTINGS, .settings = settings};
    ib_app_http_ask(self, config_done);
}

static bool spotmeter_done(struct ib_app_http_session *self) {
    bool failed;
    if (!ib_app_http_answered(self, &failed))
        return false;
    struct ib_json_writer *json = failed ? NULL : ib_app_http_json(self, 256);
    if (!json)
        return true;
    const uint16_t *spot = self->request.spot;
    ib_json_open_object(json, NULL);
    ib_json_put_int(json, "c1", spot[1]);
    ib_json_put_int(json, "c2", spot[3]);
    ib_json_put_int(json, "r1", spot[0]);
    ib_json_put_int(json, "r2", spot[2]);
    ib_json_close_object(json);
    ib_app_http_json_end(self, 200);
    return true;
}

void ib_app_http_spotmeter_put(struct ib_app_http_session *self) {
    static const char *const MEMBERS[] = {"r1", "c1", "r2", "c2", NULL};
    struct ib_camera_state state = state_of(self);
    struct ib_json_value object;
    int32_t place[4];
    if (!ib_app_http_object(self, MEMBERS, &object))
        return;
    int32_t width = state.identity.width_px ? state.identity.width_px : 160;
    int32_t height = state.identity.height_px ? state.identity.height_px : 120;
    for (unsigned i = 0; i < 4; i++) {
        int there = ib_app_http_number(self, &object, MEMBERS[i], 0, (i % 2 ? width : height) - 1,
                                       &place[i]);
        if (there == 0)
            ib_app_http_error(self, 400, "%s: must be there", MEMBERS[i]);
        if (there <= 0)
            return;
    }
    if (place[0] > place[2] || place[1] > place[3]) {
        ib_app_http_error(self, 400, "r1 and c1 must not be greater than r2 and c2");
        return;
    }
    if (state.identity.width_px && !state.identity.radiometric) {
        ib_app_http_error(self, 409, "this Lepton has no spotmeter");
        return;
    }
    self->request = (struct ib_camera_request){.ask = IB_ASK_SPOTMETER};
    for (unsigned i = 0; i < 4; i++)
        self->request.spot[i] = (uint16_t)place[i];
    ib_app_http_ask(self, spotmeter_done);
}

void ib_app_http_ffc_post(struct ib_app_http_session *self) {
    static const char *const MEMBERS[] = {NULL};
    struct ib_app_http *door = self->door;
    struct ib_json_value object;
    if (!ib_app_http_object(self, MEMBERS, &object))
        return;
    struct ib_camera_state state = state_of(self);
    if (state.stage != IB_STAGE_RUNNING) {
        ib_app_http_error(self, 503, "the camera is not ready: it is %s",
                          ib_camera_stage_name(state.stage));
        return;
    }
    // It takes seconds: frames and events tell how it goes. One that is under way is the one asked for.
    if (!door->ffc_posted) {
        door->ffc = (struct ib_camera_request){.ask = IB_ASK_FFC,
                                               .notify = door->config.notify,
                                               .notify_context = door->config.context};
        door->ffc_posted = true;
        ib_camera_post(&door->config.rig->camera, &door->ffc);
    }
    ib_app_http_empty(self, 202);
}

void ib_app_http_button_post(struct ib_app_http_session *self) {
    static const char *const MEMBERS[] = {"press_ms", NULL};
    struct ib_app_board *board = self->door->config.board;
    struct ib_json_value object;
    int32_t press_ms = 200;
    if (!ib_app_http_object(self, MEMBERS, &object) ||
        ib_app_http_number(self, &object, "press_ms", 1, 60000, &press_ms) < 0)
        return;
    ib_app_http_empty(self, 202);
    ib_app_board_press(board, (uint64_t)press_ms * 1000u);
    ib_app_board_step(board);
}

// ---- the simulated world ----

static bool is_simulated(struct ib_app_http_session *self) {
    if (self->door->config.rig->lepton)
        return true;
    ib_app_http_error(self, 404, "this camera is not simulated");
    return false;
}

/// Run `function` on the camera's thread.
static void call(struct ib_app_http_session *self, void (*function)(void *context),
                 bool (*poll)(struct ib_app_http_session *)) {
    self->call.rig = self->door->config.rig;
    self->request = (struct ib_camera_request){
        .ask = IB_ASK_CALL, .call = function, .call_context = &self->call};
    ib_app_http_ask(self, poll);
}

static bool simulator_looked(struct ib_app_http_session *self) {
    bool failed;
    if (!ib_app_http_answered(self, &failed))
        return false;
    struct ib_json_writer *json = failed ? NULL : ib_app_http_json(self, IB_APP_HTTP_JSON_BYTES);
    if (!json)
        return true;
    ib_json_open_object(json, NULL);
    if (self->door->config.rig->playback)
        ib_json_put_string(json, "recording",
                           ib_app_playback_about(self->door->config.rig->playback));
    else
        ib_json_put_string(json, "scene", self->call.scene->name);
    ib_app_simulator_put_scenes(json, "scenes");
    ib_app_simulator_put_faults(json, "faults", self->door->config.board, self->call.fault);
    ib_json_close_object(json);
    ib_app_http_json_end(self, 200);
    return true;
}

void ib_app_http_simulator_get(struct ib_app_http_session *self) {
    if (is_simulated(self))
        call(self, ib_app_simulator_look, simulator_looked);
}

static bool call_done(struct ib_app_http_session *self) {
    bool failed;
    if (!ib_app_http_answered(self, &failed))
        return false;
    if (!failed && self->call.status != IB_OK)
        ib_app_http_error(self, 400, "%s", self->call.problem);
    else if (!failed)
        call(self, ib_app_simulator_look, simulator_looked); // as it is now
    return failed || !self->posted;
}

static void choose_scene(struct ib_app_http_session *self, const char *name) {
    if (self->door->config.rig->playback) {
        ib_app_http_error(self, 409, "a recording is playing: it is the scene");
        return;
    }
    self->call.scene = ib_sim_scene_named(name);
    if (self->call.scene)
        call(self, ib_app_simulator_scene, call_done);
    else
        ib_app_http_error(self, 400, "%s: there is no such scene", name);
}

static void begin_fault(struct ib_app_http_session *self, const char *text) {
    struct ib_app_board *board = self->door->config.board;
    if (ib_app_board_fault(board, text, true) == IB_OK) {
        ib_app_board_step(board);
        call(self, ib_app_simulator_look, simulator_looked);
        return;
    }
    snprintf(self->call.text, sizeof self->call.text, "%s", text);
    call(self, ib_app_simulator_fault, call_done);
}

void ib_app_http_simulator_post(struct ib_app_http_session *self) {
    static const char *const MEMBERS[] = {"scene", "fault", "heal", NULL};
    struct ib_json_value object, value;
    char scene[64], fault[128];
    memset(&self->call, 0, sizeof self->call);
    if (!is_simulated(self) || !ib_app_http_object(self, MEMBERS, &object))
        return;
    int has_scene = ib_app_http_text(self, &object, "scene", scene, sizeof scene);
    int has_fault =
        has_scene < 0 ? -1 : ib_app_http_text(self, &object, "fault", fault, sizeof fault);
    if (has_fault < 0)
        return;
    bool heal = ib_json_member(&object, "heal", &value) == IB_OK && value.type == IB_JSON_TRUE;
    if (has_scene + has_fault + heal != 1) {
        ib_app_http_error(self, 400, "one of scene, fault and \"heal\":true must be there");
    } else if (has_scene) {
        choose_scene(self, scene);
    } else if (has_fault) {
        begin_fault(self, fault);
    } else {
        ib_app_board_heal(self->door->config.board);
        ib_app_board_step(self->door->config.board);
        call(self, ib_app_simulator_heal, call_done);
    }
}

// ---- frames ----

void ib_app_http_tjsn(struct ib_app_http_session *self) {
    struct ib_app_http *door = self->door;
    const struct ib_frame *frame = ib_hub_newest(&door->config.rig->hub, 0);
    if (!frame) {
        ib_app_http_error(self, 503, "there is no frame yet");
        return;
    }
    char *text = malloc(IB_IMAGE_JSON_BYTES);
    struct ib_image_metadata metadata;
    ib_tcam_metadata(&door->config.tcam->tcam, frame->captured_us, &metadata);
    int size =
        text ? ib_image_json_write(text, IB_IMAGE_JSON_BYTES, frame, &metadata) : IB_E_NO_SPACE;
    ib_hub_release(&door->config.rig->hub, frame);
    if (size < 0) {
        free(text);
        ib_app_http_error(self, 503, "no image JSON: %s", ib_status_text(size));
        return;
    }
    ib_app_http_owned(self, 200, "application/json", text, (size_t)size);
}

/// Hundredths of a degree Celsius as few characters as they need.
static void put_celsius(struct ib_text *text, int32_t centikelvin) {
    ib_text_fixed(text, centikelvin - 27315, 2);
}

void ib_app_http_raw(struct ib_app_http_session *self) {
    struct ib_hub *hub = &self->door->config.rig->hub;
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    if (!frame) {
        ib_app_http_error(self, 503, "there is no frame yet");
        return;
    }
    if (frame->unit != IB_UNIT_KELVIN) {
        ib_hub_release(hub, frame);
        ib_app_http_error(self, 409,
                          "this frame has no temperatures: AGC is on, or the Lepton is "
                          "not radiometric");
        return;
    }
    size_t count = (size_t)frame->width_px * frame->height_px;
    size_t capacity = count * 8 + 128; // "-273.15,"
    char *bytes = malloc(capacity);
    if (!bytes) {
        ib_hub_release(hub, frame);
        ib_app_http_error(self, 503, "there is too little memory");
        return;
    }
    struct ib_text text;
    ib_text_init(&text, bytes, capacity);
    ib_text_str(&text, "{\"data\":\"");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ib_text_char(&text, ',');
        put_celsius(&text, (int32_t)frame->pixels[i] * frame->scale_ck);
    }
    ib_text_str(&text, "\",\"temp\":");
    put_celsius(&text, frame->fpa_ck ? frame->fpa_ck : frame->housing_ck);
    ib_text_str(&text, "}");
    ib_hub_release(hub, frame);
    if (!text.cut) {
        ib_app_http_owned(self, 200, "application/json", bytes, text.size);
        return;
    }
    free(bytes);
    ib_app_http_error(self, 500, "the answer does not fit");
}

void ib_app_http_palettes(struct ib_app_http_session *self) {
    struct ib_json_writer *json = ib_app_http_json(self, 2048 + ib_palette_count() * 1200);
    if (!json)
        return;
    ib_json_open_array(json, NULL);
    for (size_t i = 0; i < ib_palette_count(); i++) {
        const struct ib_palette *palette = ib_palette_at(i);
        uint8_t colours[IB_PALETTE_COLOURS * 3];
        if (palette->exact)
            continue;
        ib_palette_fill_rgb888(palette, colours);
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", palette->name);
        ib_json_put_string(json, "title", palette->title);
        ib_json_put_base64(json, "colours", colours, sizeof colours);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    ib_app_http_json_end(self, 200);
}
