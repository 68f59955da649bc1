/// A board's pins, buses and step clock under test: fakes that remember what was done to them.
#ifndef IB_TESTS_MICROPYTHON_SUPPORT_WIRING_H
#define IB_TESTS_MICROPYTHON_SUPPORT_WIRING_H

#include <pthread.h>
#include <stdatomic.h>

#include "bus/clock.h"
#include "openmv/hands.h"

/// One pin between the board and a world that may drive it.
struct wiring_pin {
    struct wiring *wiring;
    struct ib_pin table;
    enum ib_pin_direction direction;
    enum ib_pin_pull pull;
    int latch, outside; ///< -1: the world lets go
    unsigned edges;
    struct ib_pin_watcher watcher;
    unsigned changes;
};

struct wiring {
    pthread_mutex_t mutex;
    struct wiring_pin pins[IB_PT_PINS];
    /// On both buses: a part at 0x29 with 16-bit register addresses and 256 bytes.
    struct ib_i2c bus;
    uint8_t memory[256];
    uint16_t pointer;
    int i2c_status; ///< what every transfer answers, when it is not 0
    char i2c[4096]; ///< "S 29W 01 0f S 29R ea cc P" and so on
    _Atomic uint64_t now_us;
    struct ib_clock clock;
    struct ib_openmv_hands hands;
};

void wiring_init(struct wiring *self);
/// Any thread: the world drives a pin, or lets go (-1).
void wiring_drive(struct wiring *self, unsigned pin, int level);
int wiring_level(struct wiring *self, unsigned pin);
/// What happened on the buses since it was asked last.
const char *wiring_i2c(struct wiring *self);

#endif
