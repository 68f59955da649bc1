/// Motion and heat in whole numbers.
#include "apps/ironbow/recorder_trigger.h"

#include <string.h>

/// After an FFC the picture settles: counts drift by tens for a second or two.
#define SETTLE_US 3000000u
/// The background takes over 1/64 of a difference each frame: half of it in 44 frames, five
/// seconds of a Lepton. Slower than anything that moves, faster than the sun.
#define SLOWNESS 64

void ib_app_trigger_init(struct ib_app_trigger *self,
                         const struct ib_app_recorder_trigger *config) {
    memset(self, 0, sizeof *self);
    self->config = *config;
}

void ib_app_trigger_rest(struct ib_app_trigger *self) {
    self->active = false;
}

/// Frames of equal meaning can be compared pixel by pixel.
static uint32_t meaning_of(const struct ib_frame *frame) {
    return (uint32_t)frame->unit | (uint32_t)frame->gain << 4 | (uint32_t)frame->agc << 8 |
           (uint32_t)(frame->scale_ck & 0xFF) << 12 | (uint32_t)(frame->width_px & 0xFFF) << 20;
}

static void learn(struct ib_app_trigger *self, const struct ib_frame *frame, size_t count) {
    for (size_t i = 0; i < count; i++)
        self->background[i] = (uint32_t)frame->pixels[i] << 8;
}

/// Count what differs, and let the background follow.
static uint32_t compare(struct ib_app_trigger *self, const struct ib_frame *frame) {
    int32_t limit = (int32_t)self->config.motion_counts << 8;
    uint32_t moving = 0;
    for (size_t i = 0; i < self->count_px; i++) {
        int32_t difference =
            (int32_t)((uint32_t)frame->pixels[i] << 8) - (int32_t)self->background[i];
        moving += difference > limit || difference < -limit;
        self->background[i] = (uint32_t)((int32_t)self->background[i] + difference / SLOWNESS);
    }
    return moving;
}

static uint32_t count_hot(const struct ib_app_trigger *self, const struct ib_frame *frame,
                          size_t count) {
    uint32_t hot = 0;
    for (size_t i = 0; i < count; i++)
        hot += (int32_t)frame->pixels[i] * frame->scale_ck > self->config.heat_ck;
    return hot;
}

/// Whether there is a cause in this frame.
static bool cause(struct ib_app_trigger *self, const struct ib_frame *frame, size_t count) {
    bool shutter = (frame->flags & IB_FRAME_FFC) != 0;
    bool first = self->count_px == 0;
    bool changed = !first && (self->count_px != count || self->meaning != meaning_of(frame));
    if (shutter || changed)
        self->masked_until_us = frame->captured_us + SETTLE_US;
    self->masked = shutter || frame->captured_us < self->masked_until_us;
    self->moving_px = self->hot_px = 0;
    self->no_temperatures = self->config.on_heat && frame->unit != IB_UNIT_KELVIN;
    if (shutter) // its own picture is no background
        return false;
    if (self->config.on_motion && (first || self->masked))
        learn(self, frame, count);
    else if (self->config.on_motion)
        self->moving_px = compare(self, frame);
    self->count_px = count;
    self->meaning = meaning_of(frame);
    if (self->config.on_heat && !self->masked && !self->no_temperatures)
        self->hot_px = count_hot(self, frame, count);
    return (self->moving_px > 0 && self->moving_px >= self->config.motion_px) ||
           (self->hot_px > 0 && self->hot_px >= self->config.heat_px);
}

bool ib_app_trigger_look(struct ib_app_trigger *self, const struct ib_frame *frame) {
    size_t count = (size_t)frame->width_px * frame->height_px;
    if (count == 0 || count > IB_APP_TRIGGER_PX)
        return false;
    uint64_t now_us = frame->captured_us;
    if (cause(self, frame, count)) {
        self->active = true;
        self->until_us = now_us + self->config.keep_us;
    } else if (self->active && self->masked) {
        self->until_us += now_us - self->last_us;
    }
    self->last_us = now_us;
    if (self->active && now_us > self->until_us)
        self->active = false;
    return self->active;
}
