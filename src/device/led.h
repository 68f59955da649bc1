/// The status LED: a state in, red and green out, as a waveform in time.
///
/// Source:  tCam-Mini README, "Status Indicator".
#ifndef IB_DEVICE_LED_H
#define IB_DEVICE_LED_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ib_led_state {
    IB_LED_OFF,            ///< firmware did not start
    IB_LED_STARTING,       ///< solid red
    IB_LED_NOT_CONNECTED,  ///< yellow 1 s on, 1 s off
    IB_LED_CONNECTED,      ///< solid yellow
    IB_LED_CLIENT,         ///< solid green; also the hardware interface, ready
    IB_LED_RESET,          ///< yellow 100 ms on, 100 ms off
    IB_LED_UPDATE_ASKED,   ///< red 250 ms, green 250 ms
    IB_LED_UPDATE_RUNNING, ///< green 100 ms on, 100 ms off
    IB_LED_FAULT,          ///< n times red 200 ms on, 300 ms off; then 2 s off
};

struct ib_led {
    enum ib_led_state state;
    unsigned blinks;   ///< of IB_LED_FAULT, 1..8
    uint64_t since_us; ///< the pattern's start
    bool red, green;   ///< now
};

void ib_led_init(struct ib_led *self, uint64_t now_us);
/// A state that differs begins its pattern at `now_us`; the same one goes on. Blinks count only
/// with IB_LED_FAULT, where they are held to 1..8. The next step shows it.
void ib_led_set(struct ib_led *self, enum ib_led_state state, unsigned blinks, uint64_t now_us);
/// Bring red and green up to now; *due_us is when they change next.
void ib_led_step(struct ib_led *self, uint64_t now_us, uint64_t *due_us);

/// "solid red", "blinking yellow", "series of red blinks" …: the words of the README's table.
const char *ib_led_name(enum ib_led_state state);

#ifdef __cplusplus
}
#endif

#endif
