/// The camera's own account of itself. Commands and their units: Lepton IDD 110-0144-04 rev 100,
/// sections 4.2 (SYS), 4.5 (RAD); OEM and VID words as the board's wanted state.
#include "apps/ironbow/report.h"

#include <string.h>

#include "apps/ironbow/picture.h"
#include "apps/ironbow/recorder.h"
#include "core/bytes.h"
#include "core/status.h"
#include "core/text.h"

enum question {
    ASK_UPTIME,
    ASK_HOUSING,
    ASK_FPA,
    ASK_AGC,
    ASK_AGC_POLICY,
    ASK_TELEMETRY,
    ASK_TELEMETRY_LOCATION,
    ASK_FFC_MODE,
    ASK_FFC_STATE,
    ASK_GAIN,
    ASK_TLINEAR,
    ASK_RESOLUTION,
    ASK_FLUX,
    ASK_SPOT,
};

static const struct {
    uint16_t command; ///< the GET word
    uint16_t words;
} QUESTIONS[IB_APP_REPORT_QUESTIONS] = {
    [ASK_UPTIME] = {0x020C, 2},
    [ASK_HOUSING] = {0x0210, 1},
    [ASK_FPA] = {0x0214, 1},
    [ASK_AGC] = {0x0100, 2},
    [ASK_AGC_POLICY] = {0x0104, 2},
    [ASK_TELEMETRY] = {0x0218, 2},
    [ASK_TELEMETRY_LOCATION] = {0x021C, 2},
    [ASK_FFC_MODE] = {0x023C, 16},
    [ASK_FFC_STATE] = {0x024C, 2},
    [ASK_GAIN] = {0x0248, 2},
    [ASK_TLINEAR] = {0x4EC0, 2},
    [ASK_RESOLUTION] = {0x4EC4, 2},
    [ASK_FLUX] = {0x4EBC, 8},
    [ASK_SPOT] = {0x4ED0, 4},
};

static void ask(struct ib_app_report *self) {
    self->request.ask = IB_ASK_CCI;
    self->request.deadline_us = 0;
    self->request.cci.command = QUESTIONS[self->at].command;
    self->request.cci.words = QUESTIONS[self->at].words;
    self->request.cci.data = self->words[self->at];
    self->posted = true;
    ib_camera_post(self->camera, &self->request);
}

void ib_app_report_begin(struct ib_app_report *self, struct ib_camera *camera,
                         void (*notify)(void *context), void *context) {
    memset(self, 0, sizeof *self);
    self->camera = camera;
    self->request.notify = notify;
    self->request.notify_context = context;
    ask(self);
}

bool ib_app_report_advance(struct ib_app_report *self) {
    if (self->at >= IB_APP_REPORT_QUESTIONS)
        return true;
    if (!ib_camera_answered(&self->request))
        return false;
    self->posted = false;
    self->known[self->at] = self->request.status == IB_OK;
    // Without a working Lepton every question would take its full time to fail.
    if (self->request.status == IB_E_NOT_READY || self->request.status == IB_E_TIMEOUT)
        self->at = IB_APP_REPORT_QUESTIONS;
    else
        self->at++;
    if (self->at >= IB_APP_REPORT_QUESTIONS)
        return true;
    ask(self);
    return false;
}

bool ib_app_report_busy(const struct ib_app_report *self) {
    return self->posted && !ib_camera_answered(&self->request);
}

const char *ib_app_gain_name(unsigned gain) {
    static const char *const NAMES[] = {"high", "low", "auto"};
    return gain < 3 ? NAMES[gain] : "unknown";
}

static uint32_t number(const struct ib_app_report *self, enum question question) {
    return ib_words_to_u32(self->words[question]);
}

static void put_name(struct ib_json_writer *json, const char *key, const char *const *names,
                     uint32_t count, uint32_t value) {
    ib_json_put_string(json, key, value < count ? names[value] : "unknown");
}

static void put_identity(struct ib_json_writer *json, const struct ib_lepton_identity *identity) {
    if (!identity->part_number[0]) {
        ib_json_put_null(json, "identity");
        return;
    }
    char serial[24];
    struct ib_text text;
    ib_text_init(&text, serial, sizeof serial);
    ib_text_u64(&text, identity->serial);
    char software[40];
    ib_text_init(&text, software, sizeof software);
    for (int i = 0; i < 6; i++) {
        ib_text_str(&text, i == 0 ? "" : i == 3 ? ", " : ".");
        ib_text_u64(&text, identity->software[i]);
    }
    ib_json_open_object(json, "identity");
    ib_json_put_string(json, "model", identity->name[0] ? identity->name : "unknown");
    ib_json_put_string(json, "part_number", identity->part_number);
    ib_json_put_string(json, "serial", serial);
    ib_json_put_string(json, "software", software);
    ib_json_put_int(json, "width_px", identity->width_px);
    ib_json_put_int(json, "height_px", identity->height_px);
    ib_json_put_bool(json, "radiometric", identity->radiometric);
    ib_json_put_bool(json, "shutter", identity->shutter);
    ib_json_close_object(json);
}

static void put_settings(struct ib_json_writer *json, const struct ib_app_report *self,
                         const struct ib_camera_state *state) {
    static const char *const FFC_MODES[] = {"manual", "auto", "external"};
    static const char *const POLICIES[] = {"linear", "histogram"};
    const bool *known = self->known;
    ib_json_open_object(json, "settings");
    if (known[ASK_AGC])
        ib_json_put_bool(json, "agc", number(self, ASK_AGC) != 0);
    if (known[ASK_AGC_POLICY])
        put_name(json, "agc_policy", POLICIES, 2, number(self, ASK_AGC_POLICY));
    if (known[ASK_GAIN])
        ib_json_put_string(json, "gain", ib_app_gain_name(number(self, ASK_GAIN)));
    if (known[ASK_TLINEAR])
        ib_json_put_bool(json, "tlinear", number(self, ASK_TLINEAR) != 0);
    if (known[ASK_RESOLUTION])
        ib_json_put_fixed(json, "tlinear_resolution_k", number(self, ASK_RESOLUTION) ? 1 : 10, 2);
    if (known[ASK_FLUX])
        // 8192 is 100 %; shown in tenths.
        ib_json_put_fixed(json, "emissivity_pct", (self->words[ASK_FLUX][0] * 1000 + 4096) / 8192,
                          1);
    if (known[ASK_TELEMETRY] && known[ASK_TELEMETRY_LOCATION])
        ib_json_put_string(json, "telemetry",
                           !number(self, ASK_TELEMETRY)           ? "off"
                           : number(self, ASK_TELEMETRY_LOCATION) ? "footer"
                                                                  : "header");
    if (known[ASK_FFC_MODE]) {
        const uint16_t *words = self->words[ASK_FFC_MODE];
        put_name(json, "ffc_mode", FFC_MODES, 3, ib_words_to_u32(words));
        ib_json_put_fixed(json, "ffc_period_s", ib_words_to_u32(words + 10), 3);
        ib_json_put_fixed(json, "ffc_temperature_change_k", words[14], 2);
    }
    if (state->identity.radiometric) {
        ib_json_open_array(json, "spotmeter_px");
        for (int i = 0; i < 4; i++)
            ib_json_put_int(json, NULL, state->spot[i]);
        ib_json_close_array(json);
    }
    ib_json_close_object(json);
}

static void put_celsius(struct ib_json_writer *json, const char *key, int32_t centikelvin) {
    ib_json_put_fixed(json, key, ib_app_centi_c(centikelvin), 2);
}

static void put_temperatures(struct ib_json_writer *json, const struct ib_app_report *self,
                             struct ib_hub *hub) {
    ib_json_open_object(json, "temperatures");
    if (self->known[ASK_FPA])
        put_celsius(json, "sensor_c", self->words[ASK_FPA][0]);
    if (self->known[ASK_HOUSING])
        put_celsius(json, "housing_c", self->words[ASK_HOUSING][0]);
    if (self->known[ASK_SPOT]) {
        put_celsius(json, "spot_mean_c", self->words[ASK_SPOT][0]);
        put_celsius(json, "spot_max_c", self->words[ASK_SPOT][1]);
        put_celsius(json, "spot_min_c", self->words[ASK_SPOT][2]);
    }
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    if (frame) {
        struct ib_app_span span;
        ib_app_span_of(&span, frame);
        ib_hub_release(hub, frame);
        if (span.kelvin) {
            put_celsius(json, "scene_min_c", span.min);
            put_celsius(json, "scene_max_c", span.max);
            put_celsius(json, "scene_mean_c", span.mean);
        }
    }
    ib_json_close_object(json);
}

void ib_app_put_stage(struct ib_json_writer *json, const struct ib_camera_state *state) {
    ib_json_put_string(json, "stage", ib_camera_stage_name(state->stage));
    ib_json_put_fixed(json, "time_s", (int64_t)state->now_us, 6);
    if (state->last_error != IB_OK) {
        ib_json_put_string(json, "last_trouble", ib_status_text(state->last_error));
        if (state->counters.recoveries)
            ib_json_put_fixed(json, "last_recovery_s", (int64_t)state->last_recovery_us, 6);
    }
    if (state->dropped_command) {
        char command[8];
        struct ib_text text;
        ib_text_init(&text, command, sizeof command);
        ib_text_str(&text, "0x");
        ib_text_hex(&text, state->dropped_command, 4);
        ib_json_put_string(json, "dropped_setting", command);
    }
}

void ib_app_put_counters(struct ib_json_writer *json, const struct ib_camera_state *state) {
    const struct ib_camera_counters *camera = &state->counters;
    const struct ib_source_counters *source = &state->source;
    const struct {
        const char *name;
        uint32_t value;
    } ROWS[] = {
        {"camera", 0},
        {"frames", camera->frames},
        {"ffc_frames", camera->ffc_frames},
        {"lost_no_slot", camera->lost_no_slot},
        {"resyncs", camera->rung[IB_RUNG_RESYNC]},
        {"reboots", camera->rung[IB_RUNG_REBOOT]},
        {"resets", camera->rung[IB_RUNG_RESET]},
        {"power_cycles", camera->rung[IB_RUNG_POWER]},
        {"recoveries", camera->recoveries},
        {"setups", camera->setups},
        {"cci_errors", camera->cci_errors},
        {"cci_refused", camera->cci_refused},
        {"verify_errors", camera->verify_errors},
        {"settings_dropped", camera->settings_dropped},
        {"settings_put_back", camera->settings_put_back},
        {"requests", camera->requests},
        {"requests_late", camera->requests_late},
        {"source", 0},
        {"packets", source->packets},
        {"discards", source->discards},
        {"bad_crc", source->bad_crc},
        {"bad_order", source->bad_order},
        {"units", source->units},
        {"fillers", source->fillers},
        {"frames", source->frames},
        {"dropped", source->dropped},
        {"resyncs", source->resyncs},
        {"io_errors", source->io_errors},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        bool heading = i == 0 || strcmp(ROWS[i].name, "source") == 0;
        if (heading && i > 0)
            ib_json_close_object(json);
        if (heading)
            ib_json_open_object(json, ROWS[i].name);
        else
            ib_json_put_int(json, ROWS[i].name, ROWS[i].value);
    }
    ib_json_close_object(json);
}

void ib_app_put_frame(struct ib_json_writer *json, struct ib_hub *hub) {
    static const char *const UNITS[] = {"counts", "kelvin", "grey8"};
    static const char *const FFC[] = {"never", "imminent", "running", "done"};
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    if (!frame) {
        ib_json_put_null(json, "frame");
        return;
    }
    struct ib_app_span span;
    ib_app_span_of(&span, frame);
    ib_json_open_object(json, "frame");
    ib_json_put_int(json, "sequence", frame->sequence);
    ib_json_put_fixed(json, "captured_s", (int64_t)frame->captured_us, 6);
    ib_json_put_int(json, "sensor_counter", frame->source_counter);
    put_name(json, "unit", UNITS, 3, frame->unit);
    if (span.kelvin) {
        put_celsius(json, "min_c", span.min);
        put_celsius(json, "max_c", span.max);
        put_celsius(json, "mean_c", span.mean);
    } else {
        ib_json_put_int(json, "min", span.min);
        ib_json_put_int(json, "max", span.max);
        ib_json_put_int(json, "mean", span.mean);
    }
    ib_json_put_string(json, "gain", ib_app_gain_name(frame->gain));
    ib_json_put_bool(json, "agc", frame->agc);
    put_name(json, "ffc", FFC, 4, frame->ffc_state);
    struct ib_lepton_telemetry telemetry;
    if ((frame->flags & IB_FRAME_TELEMETRY) && frame->ffc_state == IB_FFC_DONE &&
        ib_lepton_telemetry_decode(&telemetry, frame->telemetry) == IB_OK)
        ib_json_put_fixed(json, "since_ffc_s",
                          (int64_t)(uint32_t)(telemetry.uptime_ms - telemetry.uptime_at_ffc_ms), 3);
    ib_json_close_object(json);
    ib_hub_release(hub, frame);
}

static void put_health(struct ib_json_writer *json, const struct ib_app_report *self,
                       const struct ib_camera_state *state) {
    static const char *const FFC[] = {"never", "imminent", "running", "done"};
    ib_json_open_object(json, "health");
    ib_app_put_stage(json, state);
    if (self->known[ASK_UPTIME])
        ib_json_put_fixed(json, "uptime_s", number(self, ASK_UPTIME), 3);
    if (self->known[ASK_FFC_STATE])
        put_name(json, "ffc", FFC, 4, number(self, ASK_FFC_STATE));
    if (self->known[ASK_FFC_MODE])
        ib_json_put_fixed(json, "since_ffc_s", ib_words_to_u32(self->words[ASK_FFC_MODE] + 8), 3);
    ib_app_put_counters(json, state);
    ib_json_close_object(json);
}

void ib_app_report_put(struct ib_json_writer *json, const struct ib_app_report *self,
                       struct ib_hub *hub) {
    struct ib_camera_state state;
    ib_camera_state(self->camera, &state);
    put_identity(json, &state.identity);
    put_settings(json, self, &state);
    put_temperatures(json, self, hub);
    put_health(json, self, &state);
}

void ib_app_put_recording(struct ib_json_writer *json,
                          const struct ib_app_recorder_status *status) {
    ib_json_open_object(json, "recording");
    ib_json_put_bool(json, "recording", status->recording);
    ib_json_put_bool(json, "armed", status->armed);
    ib_json_put_string(json, "file", status->path);
    ib_json_put_int(json, "frames", status->frames);
    ib_json_put_int(json, "gaps", status->gaps);
    ib_json_put_int(json, "lost", status->lost);
    ib_json_put_int(json, "bytes", (int64_t)status->bytes);
    ib_json_put_fixed(json, "duration_s", (int64_t)status->duration_us, 6);
    ib_json_put_int(json, "recordings", status->recordings);
    if (status->failed)
        ib_json_put_string(json, "problem", status->problem);
    ib_json_close_object(json);
}
