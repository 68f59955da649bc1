/// For people: a few lines and one that stays. For machines: events.
#include "apps/ironbow/run_display.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/picture.h"
#include "apps/ironbow/report.h"
#include "core/status.h"

static void print_json(const struct ib_app_display *self, struct ib_json_writer *json) {
    ib_json_close_object(json);
    if (ib_json_finish(json) > 0)
        ib_app_journal_print(self->journal, json->out);
}

static void begin_event(struct ib_json_writer *json, char *out, size_t size, const char *event) {
    ib_json_begin(json, out, size);
    ib_json_open_object(json, NULL);
    ib_json_put_string(json, "event", event);
}

static void put_or_null(struct ib_json_writer *json, const char *key, const char *text) {
    if (text && text[0])
        ib_json_put_string(json, key, text);
    else
        ib_json_put_null(json, key);
}

static void start_json(const struct ib_app_display *self, const char *about) {
    char line[16384];
    struct ib_json_writer json;
    begin_event(&json, line, sizeof line, "started");
    ib_json_put_string(&json, "version", IB_VERSION);
    ib_json_put_string(&json, "camera", self->rig->uri.text);
    ib_json_put_string(&json, "about", about);
    ib_json_put_string(&json, "name", ib_device_name(&self->board->device));
    for (unsigned i = 0; i < self->door_count; i++) {
        if (self->doors[i].put)
            self->doors[i].put(self->doors[i].self, &json);
    }
    put_or_null(&json, "state", self->board->state);
    ib_json_put_int(&json, "pid", getpid());
    print_json(self, &json);
}

void ib_app_display_start(struct ib_app_display *self) {
    char about[256];
    char line[4600];
    self->terminal = !self->json && !self->quiet && isatty(STDOUT_FILENO);
    ib_app_rig_about(self->rig, about, sizeof about);
    if (self->json) {
        start_json(self, about);
        return;
    }
    snprintf(line, sizeof line, "camera %s (%s)", self->rig->uri.text, about);
    ib_app_journal_print(self->journal, line);
    for (unsigned i = 0; i < self->door_count; i++) {
        if (self->doors[i].print)
            self->doors[i].print(self->doors[i].self, self->journal);
    }
    if (self->board->state[0]) {
        snprintf(line, sizeof line, "state %s", self->board->state);
        ib_app_journal_print(self->journal, line);
    }
    if (self->rig->time == IB_APP_TIME_STEPPED)
        ib_app_journal_print(self->journal, "time stands still: ironbow ctl step 10s moves it");
    snprintf(line, sizeof line,
             self->rig->board == IB_APP_RIG_PURE_THERMAL
                 ? "A script without a board: ironbow script FILE.py --camera '%s'"
                 : "A picture without a client: ironbow snap --camera '%s' -o picture.png",
             self->rig->uri.text);
    ib_app_journal_print(self->journal, line);
    ib_app_journal_print(self->journal, "Ctrl-C stops.");
}

/// Frames a second over the last few seconds of the camera's own time.
static void count_fps(struct ib_app_display *self, const struct ib_camera_state *state,
                      uint64_t now_us) {
    unsigned last = IB_APP_DISPLAY_WINDOW - 1;
    if (state->counters.frames == 0)
        self->sample_count = 0; // booting is no slow camera
    if (self->sample_count > 0) {
        uint64_t since_us = now_us - self->samples[0].at_us;
        uint32_t frames = state->counters.frames - self->samples[0].frames;
        // Stepped time may stand still for long.
        if (since_us > 0)
            self->fps_centi = (unsigned)(frames * 100000000ull / since_us);
    }
    if (self->sample_count > last) {
        memmove(self->samples, self->samples + 1, last * sizeof self->samples[0]);
        self->sample_count = last;
    }
    self->samples[self->sample_count].at_us = now_us;
    self->samples[self->sample_count].frames = state->counters.frames;
    self->sample_count++;
}

static void tick_json(const struct ib_app_display *self, const struct ib_camera_state *state) {
    char line[4096];
    struct ib_json_writer json;
    begin_event(&json, line, sizeof line, "status");
    ib_app_put_stage(&json, state);
    ib_json_put_int(&json, "frames", state->counters.frames);
    ib_json_put_fixed(&json, "fps", self->fps_centi, 2);
    ib_json_put_int(&json, "clients", ib_app_tcam_clients(self->tcam));
    if (ib_app_board_has_led(self->board))
        ib_json_put_string(&json, "led", ib_led_name(self->board->device.led.state));
    ib_app_put_frame(&json, &self->rig->hub);
    print_json(self, &json);
}

/// " 21.3 to 98.4 °C, FFC 12 s ago"
static void describe_frame(const struct ib_app_display *self, char *out, size_t size) {
    out[0] = 0;
    const struct ib_frame *frame = ib_hub_newest(&self->rig->hub, 0);
    if (!frame)
        return;
    struct ib_app_span span;
    ib_app_span_of(&span, frame);
    int used = span.kelvin
                   ? snprintf(out, size, ", %.1f to %.1f °C", ib_app_centi_c(span.min) / 100.0,
                              ib_app_centi_c(span.max) / 100.0)
                   : snprintf(out, size, ", %d to %d", span.min, span.max);
    struct ib_lepton_telemetry telemetry;
    if (frame->ffc_state == IB_FFC_RUNNING)
        snprintf(out + used, size - (size_t)used, ", FFC");
    else if (frame->ffc_state == IB_FFC_DONE && (frame->flags & IB_FRAME_TELEMETRY) &&
             ib_lepton_telemetry_decode(&telemetry, frame->telemetry) == IB_OK)
        snprintf(out + used, size - (size_t)used, ", FFC %u s ago",
                 (telemetry.uptime_ms - telemetry.uptime_at_ffc_ms) / 1000);
    ib_hub_release(&self->rig->hub, frame);
}

/// A dot in the LED's colour, and in words what it means: "● blinking yellow".
static void describe_led(const struct ib_app_display *self, char *out, size_t size) {
    const struct ib_led *led = &self->board->device.led;
    const char *colour = led->red && led->green ? "33" : led->red ? "31" : led->green ? "32" : "90";
    enum ib_device_fault fault = ib_device_shown_fault(&self->board->device);
    if (!ib_app_board_has_led(self->board))
        out[0] = 0;
    else if (led->state == IB_LED_FAULT)
        snprintf(out, size, "\033[%sm●\033[0m fault %d %s, ", colour, (int)fault,
                 ib_device_fault_name(fault));
    else
        snprintf(out, size, "\033[%sm●\033[0m %s, ", colour, ib_led_name(led->state));
}

static void draw(struct ib_app_display *self) {
    char led[64];
    char line[sizeof led + sizeof self->rest];
    self->red = self->board->device.led.red;
    self->green = self->board->device.led.green;
    describe_led(self, led, sizeof led);
    snprintf(line, sizeof line, "%s%s", led, self->rest);
    ib_app_journal_status(self->journal, line);
}

void ib_app_display_led(struct ib_app_display *self) {
    const struct ib_led *led = &self->board->device.led;
    if (self->terminal && self->rest[0] && (self->red != led->red || self->green != led->green))
        draw(self);
}

void ib_app_display_tick(struct ib_app_display *self) {
    struct ib_camera_state state;
    ib_camera_state(&self->rig->camera, &state);
    state.now_us = ib_app_rig_now_us(self->rig);
    count_fps(self, &state, state.now_us);
    if (self->json) {
        tick_json(self, &state);
        return;
    }
    if (!self->terminal)
        return;
    char frame[128];
    unsigned clients = ib_app_tcam_clients(self->tcam);
    describe_frame(self, frame, sizeof frame);
    snprintf(self->rest, sizeof self->rest, "%s, %u frames, %u.%02u/s, %u client%s%s",
             ib_camera_stage_name(state.stage), state.counters.frames, self->fps_centi / 100,
             self->fps_centi % 100, clients, clients == 1 ? "" : "s", frame);
    draw(self);
}

void ib_app_display_end(struct ib_app_display *self) {
    struct ib_camera_state state;
    ib_camera_state(&self->rig->camera, &state);
    if (self->json) {
        char line[256];
        struct ib_json_writer json;
        begin_event(&json, line, sizeof line, "stopped");
        ib_json_put_int(&json, "frames", state.counters.frames);
        ib_json_put_int(&json, "images_sent", self->tcam->tcam.counters.images_sent);
        print_json(self, &json);
        return;
    }
    if (self->quiet)
        return;
    char line[128];
    ib_app_journal_status(self->journal, "");
    snprintf(line, sizeof line, "stopped after %u frames, %u images sent", state.counters.frames,
             self->tcam->tcam.counters.images_sent);
    ib_app_journal_print(self->journal, line);
}
