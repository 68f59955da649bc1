#include "openmv/frame_clock.h"

void ib_frame_clock_reset(struct ib_frame_clock *self, uint64_t now_us) {
    *self = (struct ib_frame_clock){.start_ms = now_us / 1000};
}

void ib_frame_clock_tick(struct ib_frame_clock *self, uint64_t now_us) {
    self->start_ms = now_us / 1000;
}

static void count(struct ib_frame_clock *self, uint64_t now_us) {
    uint64_t now_ms = now_us / 1000;
    self->elapsed_ms += now_ms > self->start_ms ? now_ms - self->start_ms : 0;
    self->frames++;
}

float ib_frame_clock_fps(struct ib_frame_clock *self, uint64_t now_us) {
    count(self, now_us);
    return self->elapsed_ms ? (float)self->frames * 1e3f / (float)self->elapsed_ms : 0.0f;
}

float ib_frame_clock_avg_ms(struct ib_frame_clock *self, uint64_t now_us) {
    count(self, now_us);
    return (float)self->elapsed_ms / (float)self->frames;
}
