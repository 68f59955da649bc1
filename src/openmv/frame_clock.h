/// time.clock(): how many frames a second a script's loop makes, in whole milliseconds as on the board.
#ifndef IB_OPENMV_FRAME_CLOCK_H
#define IB_OPENMV_FRAME_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ib_frame_clock {
    uint64_t start_ms;   ///< of the frame under way
    uint64_t elapsed_ms; ///< of all frames counted
    uint32_t frames;
};

void ib_frame_clock_reset(struct ib_frame_clock *self, uint64_t now_us);
/// A frame begins.
void ib_frame_clock_tick(struct ib_frame_clock *self, uint64_t now_us);
/// Count a frame from its start until now: each call of the two counts one.
/// Return: frames a second, and milliseconds a frame, over all that were counted. 0: no time has
///         passed (the firmware divides by zero).
float ib_frame_clock_fps(struct ib_frame_clock *self, uint64_t now_us);
float ib_frame_clock_avg_ms(struct ib_frame_clock *self, uint64_t now_us);

#ifdef __cplusplus
}
#endif

#endif
