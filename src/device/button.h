/// The Wi-Fi reset button: level samples in, presses out.
///
/// Sampled every 50 ms; two equal samples count. A long press is told once, while the button is
/// still held, after 5 s; a short one when it is released before that.
/// Source:  tCam-Mini README, "WiFi Reset Button".
#ifndef IB_DEVICE_BUTTON_H
#define IB_DEVICE_BUTTON_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_BUTTON_SAMPLE_US 50000ull
#define IB_BUTTON_LONG_US 5000000ull

enum ib_button_event { IB_BUTTON_NOTHING, IB_BUTTON_SHORT, IB_BUTTON_LONG };

struct ib_button {
    bool sampled;     ///< the latest sample
    bool pressed;     ///< debounced
    bool told_long;   ///< this press has been told
    uint64_t next_us; ///< next sample
    uint64_t since_us;
};

void ib_button_init(struct ib_button *self, uint64_t now_us);
/// `pressed` is the level now. Samples only when one is due; *due_us is when the next one is.
enum ib_button_event ib_button_step(struct ib_button *self, bool pressed, uint64_t now_us,
                                    uint64_t *due_us);

#ifdef __cplusplus
}
#endif

#endif
