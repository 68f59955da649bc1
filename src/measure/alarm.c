/// The alarms' state machine. See alarm.h; the text form is in alarm_text.c.
///
/// Each stage (pre-alarm, alarm) is a switch with a timer for the change that is not made yet. The
/// timers count the time between two judged frames, so whatever is not judged makes them stand
/// still.
#include "measure/alarm.h"

#include <string.h>

#include "core/status.h"

/// A module that has never done an FFC is still starting; later it simply does none.
#define START_MS 12000
#define SLOPE_LEAST_S 4.0

/// Telemetry row A: uptime at the last FFC. Source: Lepton engineering data sheet rev 200, 4.2.2.
#define A_UPTIME_AT_FFC 30

const char *ib_alarm_state_name(unsigned state) {
    static const char *const names[] = {"waiting", "ok", "pre-alarm", "alarm", "blind"};
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

const char *ib_alarm_mask_name(unsigned mask) {
    static const char *const names[] = {"",    "start",           "ffc",      "gain",
                                        "gap", "not_radiometric", "no_value", "no_frame"};
    return mask < sizeof names / sizeof names[0] ? names[mask] : "?";
}

// ---- what frames say to all alarms ----

void ib_alarm_gate_init(struct ib_alarm_gate *self) {
    memset(self, 0, sizeof *self);
}

/// When the latest FFC was, by what the telemetry says of it; 0 when that makes no sense.
static uint64_t told_ffc_us(const struct ib_frame *frame, uint32_t at_ffc_ms) {
    uint64_t since_us = (uint64_t)(uint32_t)(frame->uptime_ms - at_ffc_ms) * 1000;
    bool sense = frame->ffc_state == IB_FFC_DONE && since_us < frame->captured_us;
    return sense ? frame->captured_us - since_us : 0;
}

/// Some modules send nothing during an FFC; then only the telemetry of the next frame shows it.
static void follow_ffc(struct ib_alarm_gate *self, const struct ib_frame *frame) {
    uint32_t at_ffc_ms =
        frame->telemetry[A_UPTIME_AT_FFC] | (uint32_t)frame->telemetry[A_UPTIME_AT_FFC + 1] << 16;
    if (!(frame->flags & IB_FRAME_TELEMETRY) || (self->any && at_ffc_ms == self->uptime_at_ffc_ms))
        return;
    uint64_t told_us = told_ffc_us(frame, at_ffc_ms);
    if (told_us == 0 && self->any)
        told_us = frame->captured_us;
    if (told_us > self->ffc_us)
        self->ffc_us = told_us;
    self->uptime_at_ffc_ms = at_ffc_ms;
}

void ib_alarm_gate_frame(struct ib_alarm_gate *self, const struct ib_frame *frame) {
    bool ffc = (frame->flags & IB_FRAME_FFC) || frame->ffc_state == IB_FFC_RUNNING;
    follow_ffc(self, frame);
    if (ffc)
        self->ffc_us = frame->captured_us;
    if (self->any && (frame->gain != self->gain || frame->unit != self->unit))
        self->gain_us = frame->captured_us;
    self->any = true;
    self->gain = frame->gain;
    self->unit = frame->unit;
    self->frame_us = frame->captured_us;
    self->mask = IB_ALARM_MASK_NONE;
    if (ffc)
        self->mask = IB_ALARM_MASK_FFC;
    else if ((frame->flags & IB_FRAME_TELEMETRY) && frame->ffc_state == IB_FFC_NEVER &&
             frame->uptime_ms < START_MS)
        self->mask = IB_ALARM_MASK_START;
    else if (frame->flags & IB_FRAME_AFTER_GAP)
        self->mask = IB_ALARM_MASK_GAP;
}

static uint8_t mask_of(const struct ib_alarm *self, const struct ib_alarm_gate *gate) {
    uint64_t settle_us = self->rule.settle_us;
    if (gate->mask != IB_ALARM_MASK_NONE)
        return gate->mask;
    if (gate->ffc_us && gate->frame_us - gate->ffc_us < settle_us)
        return IB_ALARM_MASK_FFC;
    if (gate->gain_us && gate->frame_us - gate->gain_us < settle_us)
        return IB_ALARM_MASK_GAIN;
    return IB_ALARM_MASK_NONE;
}

// ---- one alarm ----

int ib_alarm_init(struct ib_alarm *self, const struct ib_alarm_rule *rule, uint64_t now_us) {
    memset(self, 0, sizeof *self);
    int status = ib_alarm_check(rule, NULL);
    if (status != IB_OK)
        return status;
    self->rule = *rule;
    self->state = IB_ALARM_WAITING;
    self->mask = IB_ALARM_MASK_NO_FRAME;
    self->since_us = self->seen_us = self->judged_us = now_us;
    return IB_OK;
}

static bool enter(struct ib_alarm *self, enum ib_alarm_state state, uint64_t now_us,
                  struct ib_alarm_event *event) {
    if (self->state == state)
        return false;
    if (event)
        *event = (struct ib_alarm_event){.at_us = now_us,
                                         .from = self->state,
                                         .to = (uint8_t)state,
                                         .has_value = self->has_value,
                                         .value = self->value};
    self->state = (uint8_t)state;
    self->since_us = now_us;
    return true;
}

/// How fast the value rises, kelvin a second: a straight line through the means of half seconds.
/// Return: false while there are too few.
static bool slope_of(struct ib_alarm *self, uint64_t now_us, double kelvin, double *out) {
    if (!self->judging)
        self->bins = 0;
    if (self->bins == 0)
        self->slope_us = now_us;
    if (self->bins == 0 || now_us - self->bin_us >= IB_ALARM_SLOPE_BIN_US) {
        if (self->bins == IB_ALARM_SLOPE_BINS) {
            memmove(self->bin, self->bin + 1, sizeof self->bin - sizeof self->bin[0]);
            self->bins--;
        }
        memset(&self->bin[self->bins], 0, sizeof self->bin[0]);
        self->bins++;
        self->bin_us = now_us;
    }
    self->bin[self->bins - 1].sum_k += kelvin;
    self->bin[self->bins - 1].sum_s += (double)(now_us - self->slope_us) / 1e6;
    self->bin[self->bins - 1].count++;
    double mean_s = 0, mean_k = 0, above = 0, below = 0, first_s = 0, last_s = 0;
    for (unsigned i = 0; i < self->bins; i++) {
        mean_s += self->bin[i].sum_s / self->bin[i].count / self->bins;
        mean_k += self->bin[i].sum_k / self->bin[i].count / self->bins;
    }
    for (unsigned i = 0; i < self->bins; i++) {
        double s = self->bin[i].sum_s / self->bin[i].count;
        double k = self->bin[i].sum_k / self->bin[i].count;
        above += (s - mean_s) * (k - mean_k);
        below += (s - mean_s) * (s - mean_s);
        first_s = i == 0 ? s : first_s;
        last_s = s;
    }
    if (last_s - first_s < SLOPE_LEAST_S)
        return false;
    *out = above / below;
    return true;
}

/// Whether a value is beyond a stage's limit, moved inwards by `less`.
static bool beyond(const struct ib_alarm_rule *rule, bool pre, double value, double less) {
    double low = pre ? rule->pre_low : rule->low, high = pre ? rule->pre_high : rule->high;
    switch (rule->condition) {
    case IB_ALARM_BELOW:
        return value < low + less;
    case IB_ALARM_OUTSIDE:
        return value < low + less || value > high - less;
    case IB_ALARM_ABOVE:
    case IB_ALARM_RISING:
    default:
        return value > high - less;
    }
}

static void judge_stage(struct ib_alarm *self, struct ib_alarm_stage *stage, bool pre,
                        uint64_t passed_us) {
    const struct ib_alarm_rule *rule = &self->rule;
    bool due = stage->on ? !beyond(rule, pre, self->value, rule->hysteresis_k)
                         : beyond(rule, pre, self->value, 0);
    // The first frame of a change starts the clock; the time before it was another state's.
    if (!due) {
        stage->held_us = 0;
        stage->due = false;
        return;
    }
    stage->held_us += stage->due ? passed_us : 0;
    stage->due = true;
    if (stage->held_us < (stage->on ? rule->clear_us : rule->hold_us))
        return;
    if (stage->on && !pre && self->latched)
        return;
    stage->on = !stage->on;
    stage->held_us = 0;
    stage->due = false;
    if (stage->on && !pre)
        self->latched = rule->latch;
}

static bool show(struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event) {
    enum ib_alarm_state state = self->raised.on ? IB_ALARM_RAISED
                                : self->pre.on  ? IB_ALARM_PRE
                                                : IB_ALARM_OK;
    return enter(self, state, now_us, event);
}

/// Nothing was judged: is it too long ago?
static bool look_blind(struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event) {
    self->judging = false;
    if (now_us < self->judged_us || now_us - self->judged_us < self->rule.blind_us)
        return false;
    // What was about to happen is not about to happen any more; what has happened stays.
    self->pre.held_us = self->raised.held_us = 0;
    self->pre.due = self->raised.due = false;
    self->has_value = false;
    return enter(self, IB_ALARM_BLIND, now_us, event);
}

bool ib_alarm_frame(struct ib_alarm *self, const struct ib_alarm_gate *gate,
                    const struct ib_regions *regions, struct ib_alarm_event *event) {
    uint64_t now_us = gate->frame_us;
    uint64_t passed_us = self->judging && now_us > self->seen_us ? now_us - self->seen_us : 0;
    if (passed_us > self->rule.blind_us)
        passed_us = 0;
    self->seen_us = now_us;
    double value;
    int status = ib_quantity_k(&self->rule.quantity, regions, &value);
    self->mask = mask_of(self, gate);
    if (status == IB_E_NOT_RADIOMETRIC)
        self->mask = IB_ALARM_MASK_NOT_RADIOMETRIC;
    else if (status != IB_OK && self->mask == IB_ALARM_MASK_NONE)
        self->mask = IB_ALARM_MASK_NO_VALUE;
    if (self->mask != IB_ALARM_MASK_NONE)
        return look_blind(self, now_us, event);
    if (self->rule.condition == IB_ALARM_RISING) {
        bool known = slope_of(self, now_us, value, &value);
        self->judging = true;
        if (!known)
            return false;
    }
    self->judging = true;
    self->judged_us = now_us;
    self->has_value = true;
    self->value = value;
    judge_stage(self, &self->raised, false, passed_us);
    if (self->rule.has_pre)
        judge_stage(self, &self->pre, true, passed_us);
    return show(self, now_us, event);
}

bool ib_alarm_tick(struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event) {
    if (now_us < ib_alarm_due_us(self))
        return false;
    if (now_us - self->seen_us >= self->rule.blind_us)
        self->mask = IB_ALARM_MASK_NO_FRAME;
    return look_blind(self, now_us, event);
}

uint64_t ib_alarm_due_us(const struct ib_alarm *self) {
    return self->judged_us + self->rule.blind_us;
}

bool ib_alarm_acknowledge(struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event) {
    if (!self->latched)
        return false;
    self->latched = false;
    if (!self->raised.due || self->raised.held_us < self->rule.clear_us)
        return false;
    self->raised = (struct ib_alarm_stage){0};
    return self->state == IB_ALARM_BLIND ? false : show(self, now_us, event);
}

void ib_alarm_test(const struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event) {
    *event = (struct ib_alarm_event){.at_us = now_us,
                                     .from = self->state,
                                     .to = IB_ALARM_RAISED,
                                     .test = true,
                                     .has_value = self->has_value,
                                     .value = self->value};
}
