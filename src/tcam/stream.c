/// When a streaming client gets its images: the absolute schedule T0 + k * delay.
///
/// It decides by the moment a frame was complete, not by the moment somebody asks: the same frames
/// give the same images however the event loop was delayed.
/// Source:  tCam-Mini README, set_stream_on and "Streaming (and a performance note)".
#include "tcam/engine.h"

/// After a pause (FFC, recovery, a slow client) at most this many missed images follow back to
/// back; older ones are forgotten, or a long pause with a short delay would be chased for minutes.
#define CATCH_UP_IMAGES 10

void ib_tcam_stream_start(struct ib_tcam_session *self, uint32_t delay_ms, uint32_t images,
                          uint64_t now_us) {
    self->streaming = true;
    self->stream_left = images;
    self->stream_start_us = now_us;
    self->stream_delay_us = (uint64_t)delay_ms * 1000;
    self->stream_count = 0;
    self->stream_images = 0;
    self->seen_sequence = ib_hub_sequence(self->tcam->hub);
    self->waiting_sequence = self->seen_sequence;
}

bool ib_tcam_stream_wants(const struct ib_tcam_session *self, uint64_t captured_us) {
    // The first image is the next frame, even one that was already on its way at T0.
    return self->stream_count == 0 ||
           captured_us >= self->stream_start_us + self->stream_count * self->stream_delay_us;
}

void ib_tcam_stream_advance(struct ib_tcam_session *self, uint64_t captured_us) {
    self->stream_count++;
    self->stream_images++;
    if (self->stream_delay_us && captured_us > self->stream_start_us) {
        uint64_t scheduled = (captured_us - self->stream_start_us) / self->stream_delay_us + 1;
        if (scheduled > self->stream_count + CATCH_UP_IMAGES)
            self->stream_count = scheduled - CATCH_UP_IMAGES;
    }
    if (self->stream_left && --self->stream_left == 0)
        self->streaming = false;
}
