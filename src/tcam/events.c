/// Events: what happens to the camera, told to the clients that asked to be told.
///
/// Never sent unasked: clients of the real camera take any packet for the reply to what they asked
/// last. Seen on published frames, on the camera's state and on the device's faults; kept in a short
/// queue for each client, where the oldest are lost first.
/// Source:  our own; docs/SPEC-tcam.md, "Events".
#include <string.h>

#include "core/status.h"
#include "tcam/engine.h"
#include "tcam/wall.h"

enum kind {
    FFC_START,
    FFC_END,
    GAIN_CHANGE,
    OVER_TEMP_START,
    OVER_TEMP_END,
    STREAM_END,
    FRAMES_LOST,
    FRAMES_BACK,
    FAULT,
    FAULT_CLEARED,
};

static const struct {
    const char *type;
    enum ib_tcam_event bit;
} kinds[] = {
    [FFC_START] = {"ffc_start", IB_TCAM_EVENT_FFC},
    [FFC_END] = {"ffc_end", IB_TCAM_EVENT_FFC},
    [GAIN_CHANGE] = {"gain_change", IB_TCAM_EVENT_GAIN},
    [OVER_TEMP_START] = {"over_temp_start", IB_TCAM_EVENT_OVER_TEMP},
    [OVER_TEMP_END] = {"over_temp_end", IB_TCAM_EVENT_OVER_TEMP},
    [STREAM_END] = {"stream_end", IB_TCAM_EVENT_STREAM},
    [FRAMES_LOST] = {"frames_lost", IB_TCAM_EVENT_HEALTH},
    [FRAMES_BACK] = {"frames_back", IB_TCAM_EVENT_HEALTH},
    [FAULT] = {"fault", IB_TCAM_EVENT_HEALTH},
    [FAULT_CLEARED] = {"fault_cleared", IB_TCAM_EVENT_HEALTH},
};

static const struct {
    const char *key;
    enum ib_tcam_event bit;
} names[] = {
    {"ffc", IB_TCAM_EVENT_FFC},
    {"gain", IB_TCAM_EVENT_GAIN},
    {"over_temp", IB_TCAM_EVENT_OVER_TEMP},
    {"stream", IB_TCAM_EVENT_STREAM},
    {"health", IB_TCAM_EVENT_HEALTH},
};

/// The clients that can be told now: a guarded one cannot have subscribed.
static void note(struct ib_tcam_session *self, enum kind kind, uint8_t value, uint32_t number,
                 uint64_t at_us) {
    if (!(self->events & kinds[kind].bit))
        return;
    if (self->note_count == IB_TCAM_EVENTS) {
        self->note_first = (self->note_first + 1) % IB_TCAM_EVENTS;
        self->note_count--;
        self->notes_lost++;
    }
    self->notes[(self->note_first + self->note_count) % IB_TCAM_EVENTS] =
        (struct ib_tcam_event_note){
            .kind = (uint8_t)kind, .value = value, .number = number, .at_us = at_us};
    self->note_count++;
}

static void note_all(struct ib_tcam *self, enum kind kind, uint8_t value, uint64_t at_us) {
    for (struct ib_tcam_session *s = self->sessions; s; s = s->next)
        note(s, kind, value, 0, at_us);
}

int ib_tcam_events_on(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us) {
    (void)now_us;
    unsigned events = self->events;
    bool any = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ib_json_value value;
        if (!args || ib_json_member(args, names[i].key, &value) != IB_OK)
            continue;
        int32_t on;
        if (ib_json_int(&value, &on) != IB_OK) {
            ib_tcam_reply_failure(self, self->pending_name, "values must be 1 or 0");
            return IB_TCAM_DONE_REPLY;
        }
        events = on > 0 ? events | names[i].bit : events & ~(unsigned)names[i].bit;
        any = true;
    }
    self->events = any ? events : IB_TCAM_EVENT_ALL;
    return IB_TCAM_DONE_ACK;
}

int ib_tcam_events_off(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us) {
    (void)args;
    (void)now_us;
    self->events = 0;
    self->note_count = 0;
    self->notes_lost = 0;
    return IB_TCAM_DONE_ACK;
}

/// The shutter at work shows on the frames. A correction between two frames that reached us shows on
/// the telemetry only: the moment of the latest one has changed.
static void watch_ffc(struct ib_tcam *self, const struct ib_frame *frame,
                      const struct ib_lepton_telemetry *telemetry, bool prime) {
    struct ib_tcam_watch *watch = &self->watch;
    bool ffc = frame->ffc_state == IB_FFC_RUNNING || (frame->flags & IB_FRAME_FFC);
    bool missed = telemetry && watch->uptime_known && !ffc && !watch->ffc &&
                  frame->ffc_state == IB_FFC_DONE &&
                  telemetry->uptime_at_ffc_ms != watch->uptime_at_ffc_ms;
    if (!prime && ((ffc && !watch->ffc) || missed))
        note_all(self, FFC_START, 0, frame->captured_us);
    if (!prime && ((!ffc && watch->ffc) || missed))
        note_all(self, FFC_END, 0, frame->captured_us);
    watch->ffc = ffc;
    if (telemetry && !ffc) {
        watch->uptime_at_ffc_ms = telemetry->uptime_at_ffc_ms;
        watch->uptime_known = true;
    }
}

static void watch_frame(struct ib_tcam *self, const struct ib_frame *frame) {
    struct ib_tcam_watch *watch = &self->watch;
    struct ib_lepton_telemetry telemetry;
    bool has = (frame->flags & IB_FRAME_TELEMETRY) != 0;
    bool decoded = has && ib_lepton_telemetry_decode(&telemetry, frame->telemetry) == IB_OK;
    watch_ffc(self, frame, decoded ? &telemetry : NULL, !watch->primed);
    watch->primed = true;
    if (!has)
        return;
    bool known = frame->gain == IB_GAIN_HIGH || frame->gain == IB_GAIN_LOW;
    if (known && frame->gain != watch->gain && watch->gain != IB_GAIN_UNKNOWN)
        note_all(self, GAIN_CHANGE, frame->gain, frame->captured_us);
    if (known)
        watch->gain = frame->gain;
    bool over_temp = (frame->flags & IB_FRAME_OVER_TEMP) != 0;
    if (over_temp != watch->over_temp)
        note_all(self, over_temp ? OVER_TEMP_START : OVER_TEMP_END, 0, frame->captured_us);
    watch->over_temp = over_temp;
}

static void watch_health(struct ib_tcam *self, bool running, uint64_t now_us) {
    struct ib_tcam_watch *watch = &self->watch;
    if (running != watch->running && watch->stage_known)
        note_all(self, running ? FRAMES_BACK : FRAMES_LOST, 0, now_us);
    watch->running = running;
    watch->stage_known = true;
    unsigned fault = self->device ? (unsigned)ib_device_shown_fault(self->device) : 0;
    if (fault == watch->fault)
        return;
    if (watch->fault)
        note_all(self, FAULT_CLEARED, (uint8_t)watch->fault, now_us);
    if (fault)
        note_all(self, FAULT, (uint8_t)fault, now_us);
    watch->fault = fault;
}

void ib_tcam_events_watch(struct ib_tcam *self, uint64_t now_us) {
    const struct ib_frame *frame;
    struct ib_camera_state state;
    ib_camera_state(self->camera, &state);
    bool running = state.stage == IB_STAGE_RUNNING;
    if (running) // that frames are back is told before what they show
        watch_health(self, true, now_us);
    while ((frame = ib_hub_next(self->hub, self->watch.sequence)) != NULL) {
        self->watch.sequence = frame->sequence;
        watch_frame(self, frame);
        ib_hub_release(self->hub, frame);
    }
    if (!running)
        watch_health(self, false, now_us);
}

void ib_tcam_events_stream_end(struct ib_tcam_session *self, uint64_t now_us) {
    note(self, STREAM_END, 0, self->stream_images, now_us);
}

static void put_details(const struct ib_tcam_event_note *which, struct ib_json_writer *json) {
    switch ((enum kind)which->kind) {
    case GAIN_CHANGE:
        ib_json_put_string(json, "gain", which->value == IB_GAIN_LOW ? "low" : "high");
        break;
    case STREAM_END:
        ib_json_put_int(json, "images", which->number);
        break;
    case FAULT:
    case FAULT_CLEARED:
        ib_json_put_int(json, "fault", which->value);
        ib_json_put_string(json, "name", ib_device_fault_name((enum ib_device_fault)which->value));
        break;
    default:
        break;
    }
}

void ib_tcam_events_say(struct ib_tcam_session *self) {
    if (self->reply_size || self->note_count == 0)
        return;
    const struct ib_tcam_event_note *which = &self->notes[self->note_first];
    self->note_first = (self->note_first + 1) % IB_TCAM_EVENTS;
    self->note_count--;

    struct ib_tcam_civil civil;
    char time[24], date[24];
    ib_tcam_civil_from_us(&civil, ib_tcam_wall_us(self->tcam, which->at_us));
    ib_tcam_civil_time(&civil, time, sizeof time);
    ib_tcam_civil_date(&civil, date, sizeof date);
    struct ib_json_writer json;
    ib_tcam_reply_begin(self, &json);
    ib_json_open_object(&json, "event");
    ib_json_put_string(&json, "type", kinds[which->kind].type);
    put_details(which, &json);
    if (self->notes_lost)
        ib_json_put_int(&json, "lost", self->notes_lost);
    self->notes_lost = 0;
    ib_json_put_string(&json, "Time", time);
    ib_json_put_string(&json, "Date", date);
    ib_json_close_object(&json);
    ib_tcam_reply_finish(self, &json);
}
