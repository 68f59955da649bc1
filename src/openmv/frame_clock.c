#include "openmv/frame_clock.h"

void ib_frame_clock_reset(struct ib_frame_clock *self, uint64_t now_us) {
    *self = (struct ib_frame_clock){.start_us = now_us};
}

void ib_frame_clock_tick(struct ib_frame_clock *self, uint64_t now_us) {
    self->start_us = now_us;
}

static void count(struct ib_frame_clock *self, uint64_t now_us) {
    self->elapsed_us += now_us > self->start_us ? now_us - self->start_us : 0;
    self->frames++;
}

float ib_frame_clock_fps(struct ib_frame_clock *self, uint64_t now_us) {
    count(self, now_us);
    return self->elapsed_us ? (float)self->frames * 1e6f / (float)self->elapsed_us : 0.0f;
}

float ib_frame_clock_avg_ms(struct ib_frame_clock *self, uint64_t now_us) {
    count(self, now_us);
    return (float)self->elapsed_us / 1e3f / (float)self->frames;
}
