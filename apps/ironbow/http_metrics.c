/// What Prometheus asks for: text format 0.0.4.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/http_session.h"
#include "apps/ironbow/measuring.h"
#include "apps/ironbow/picture.h"
#include "core/status.h"

#define METRICS_BYTES 65536u

struct page {
    char *bytes;
    size_t size;
    bool cut;
    char camera[256]; ///< the label's value, escaped
};

__attribute__((format(printf, 2, 3))) static void put(struct page *page, const char *format, ...) {
    va_list args;
    size_t room = METRICS_BYTES - page->size;
    va_start(args, format);
    int size = vsnprintf(page->bytes + page->size, room, format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= room)
        page->cut = true;
    else
        page->size += (size_t)size;
}

/// Backslash, quote and line feed are escaped in a label's value; whatever else is UTF-8.
static void escape(char *out, size_t size, const char *text) {
    size_t used = 0;
    for (; *text && used + 3 < size; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n')
            out[used++] = '\\';
        out[used++] = *text == '\n' ? 'n' : *text;
    }
    out[used] = 0;
}

static void begin(struct page *page, const char *name, const char *type, const char *help) {
    put(page, "# HELP ironbow_%s %s\n# TYPE ironbow_%s %s\n", name, help, name, type);
}

/// One sample; `labels` is `,result="good"` or "".
static void sample(struct page *page, const char *name, const char *labels, double value) {
    put(page, "ironbow_%s{camera=\"%s\"%s} %.15g\n", name, page->camera, labels, value);
}

static void single(struct page *page, const char *name, const char *type, const char *help,
                   double value) {
    begin(page, name, type, help);
    sample(page, name, "", value);
}

static void put_reading(struct page *page, const char *roi, const char *stat, double celsius) {
    char labels[512], name[256];
    escape(name, sizeof name, roi);
    snprintf(labels, sizeof labels, ",roi=\"%s\",stat=\"%s\"", name, stat);
    sample(page, "temperature_celsius", labels, celsius);
}

/// The series of a region with such a name would be there twice, and Prometheus takes neither.
static bool is_reserved(const char *name) {
    return strcmp(name, "frame") == 0 || strcmp(name, "sensor") == 0;
}

/// What could not be measured is left out: a gap says so, a made-up number does not.
static void put_regions(struct page *page, const struct ib_regions *regions) {
    for (unsigned i = 0; i < regions->count; i++) {
        if (is_reserved(regions->region[i].name))
            continue;
        for (int stat = 0; stat < IB_STAT_COUNT; stat++) {
            double kelvin;
            if (ib_reading_k(&regions->reading[i], (enum ib_stat)stat, &kelvin) == IB_OK)
                put_reading(page, regions->region[i].name, ib_stat_name((enum ib_stat)stat),
                            kelvin - 273.15);
        }
    }
}

static void put_temperatures(struct page *page, struct ib_app_http *self) {
    struct ib_hub *hub = &self->config.rig->hub;
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    begin(page, "temperature_celsius", "gauge",
          "Temperatures of the newest frame and of each region.");
    if (!frame)
        return;
    struct ib_app_span span;
    ib_app_span_of(&span, frame);
    double sensor_c = frame->fpa_ck / 100.0 - 273.15;
    bool knows_sensor = frame->fpa_ck != 0;
    ib_hub_release(hub, frame);
    if (span.kelvin) {
        put_reading(page, "frame", "min", ib_app_centi_c(span.min) / 100.0);
        put_reading(page, "frame", "max", ib_app_centi_c(span.max) / 100.0);
        put_reading(page, "frame", "mean", ib_app_centi_c(span.mean) / 100.0);
    }
    if (knows_sensor)
        put_reading(page, "sensor", "value", sensor_c);
    if (self->config.measuring)
        put_regions(page, ib_app_measuring_regions(self->config.measuring));
}

static void put_alarms(struct page *page, const struct ib_app_measuring *measuring) {
    unsigned count;
    const struct ib_alarm *alarms = ib_app_measuring_alarms(measuring, &count);
    begin(page, "alarm_state", "gauge",
          "0 nothing judged yet, 1 ok, 2 pre-alarm, 3 raised, 4 blind.");
    for (unsigned i = 0; i < count; i++) {
        char labels[300], name[256];
        escape(name, sizeof name, alarms[i].rule.name);
        snprintf(labels, sizeof labels, ",alarm=\"%s\"", name);
        sample(page, "alarm_state", labels, alarms[i].state);
    }
}

static void put_frames(struct page *page, const struct ib_camera_state *state) {
    begin(page, "frames_total", "counter", "Frames of the Lepton, by what became of them.");
    sample(page, "frames_total", ",result=\"published\"", state->counters.frames);
    sample(page, "frames_total", ",result=\"ffc\"", state->counters.ffc_frames);
    sample(page, "frames_total", ",result=\"dropped\"", state->source.dropped);
    sample(page, "frames_total", ",result=\"no_slot\"", state->counters.lost_no_slot);
}

static void put_recovery(struct page *page, const struct ib_camera_state *state) {
    char labels[64];
    begin(page, "recovery_rungs_total", "counter", "Rungs of the recovery ladder that were tried.");
    for (int rung = 0; rung < IB_RUNG_COUNT; rung++) {
        snprintf(labels, sizeof labels, ",rung=\"%s\"",
                 ib_camera_rung_name((enum ib_camera_rung)rung));
        sample(page, "recovery_rungs_total", labels, state->counters.rung[rung]);
    }
    single(page, "recoveries_total", "counter", "Times frames came back after recovery.",
           state->counters.recoveries);
    single(page, "vospi_resync_total", "counter", "Times the video stream was synchronised anew.",
           state->source.resyncs);
    single(page, "packet_crc_errors_total", "counter", "Video packets with a wrong CRC.",
           state->source.bad_crc);
    single(page, "cci_errors_total", "counter", "Control commands that failed on the bus.",
           state->counters.cci_errors);
}

static void put_camera(struct page *page, struct ib_app_http *self) {
    struct ib_camera_state state;
    uint64_t now_us = ib_app_rig_now_us(self->config.rig);
    ib_camera_state(&self->config.rig->camera, &state);
    put_frames(page, &state);
    put_recovery(page, &state);
    single(page, "up", "gauge", "1 while frames come.", state.stage == IB_STAGE_RUNNING);
    if (state.last_frame_us > 0)
        single(page, "frame_age_seconds", "gauge", "Age of the newest frame.",
               now_us > state.last_frame_us ? (double)(now_us - state.last_frame_us) * 1e-6 : 0);
    single(page, "ffc_total", "counter", "Flat field corrections seen.", self->ffc_count);
    if (self->ffc_unix_us != 0)
        single(page, "last_ffc_timestamp_seconds", "gauge",
               "Unix time of the latest flat field correction's end.",
               (double)self->ffc_unix_us * 1e-6);
}

static void put_clients(struct page *page, const struct ib_app_http *self) {
    const struct ib_app_http_config *config = &self->config;
    begin(page, "clients", "gauge", "Who is connected.");
    sample(page, "clients", ",proto=\"tcam\"", ib_app_tcam_clients(config->tcam));
    sample(page, "clients", ",proto=\"web\"", self->live.viewers);
    sample(page, "clients", ",proto=\"mjpeg\"", self->live.streams);
    sample(page, "clients", ",proto=\"http\"", ib_pump_clients(self->pump));
    if (config->rtsp_clients)
        sample(page, "clients", ",proto=\"rtsp\"", config->rtsp_clients(config->context));
    single(page, "http_requests_total", "counter", "Requests to the HTTP port.",
           self->counters.requests);
    begin(page, "http_errors_total", "counter", "Answers of 400 and more.");
    sample(page, "http_errors_total", ",class=\"4xx\"", self->counters.refused);
    sample(page, "http_errors_total", ",class=\"5xx\"", self->counters.failed);
    single(page, "live_frames_skipped_total", "counter",
           "Frames that viewers missed because they were busy.", self->live.frames_skipped);
}

void ib_app_http_metrics(struct ib_app_http_session *self) {
    struct ib_app_http *door = self->door;
    struct page page = {.bytes = malloc(METRICS_BYTES)};
    char model[64];
    struct ib_camera_state state;
    if (!page.bytes) {
        ib_app_http_error(self, 503, "there is too little memory");
        return;
    }
    escape(page.camera, sizeof page.camera, ib_device_name(&door->config.board->device));
    ib_camera_state(&door->config.rig->camera, &state);
    escape(model, sizeof model, state.identity.name);
    begin(&page, "build_info", "gauge", "Which program this is.");
    put(&page, "ironbow_build_info{camera=\"%s\",version=\"%s\",model=\"%s\"} 1\n", page.camera,
        IB_VERSION, model);
    put_camera(&page, door);
    put_temperatures(&page, door);
    if (door->config.measuring)
        put_alarms(&page, door->config.measuring);
    put_clients(&page, door);
    if (page.cut) {
        free(page.bytes);
        ib_app_http_error(self, 500, "the answer does not fit");
        return;
    }
    ib_app_http_owned(self, 200, "text/plain; version=0.0.4; charset=utf-8", page.bytes, page.size);
}
