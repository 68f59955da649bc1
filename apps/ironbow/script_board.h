/// The Pure Thermal around its scripts: the hands they get, and the time they live in.
///
/// Simulated parts of the script's side (colour camera, rangefinder, pins, buses) have a clock of their
/// own, beside the Lepton's. In real time both follow the machine; on the step clock (a rig that is
/// FREE) the script's waits run the camera forward on the script's own thread, and its loops cost time
/// (ports/micropython/vm.h), so that everything happens at the same moments on every machine.
#ifndef IB_APP_SCRIPT_BOARD_H
#define IB_APP_SCRIPT_BOARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "apps/ironbow/rig.h"
#include "core/json.h"
#include "openmv/hands.h"
#include "sim/i2c_bus.h"
#include "sim/pins.h"

struct ib_app_script_parts; // script_parts.c

struct ib_app_script_board_config {
    struct ib_app_rig *rig; ///< kept
    const char *autofocus;  ///< file with the lens' program; NULL: the simulated lens' own
    const struct ib_log *log;
    /// Step clock: called once, on the script's thread, when its time has come so far. 0: never.
    uint64_t limit_us;
    void (*expired)(void *context);
    void *context;
};

struct ib_app_script_board {
    struct ib_app_script_board_config config;
    struct ib_app_rig *rig;
    struct ib_openmv_hands hands; ///< hand this on
    struct ib_clock clock;        ///< the script's time, for its own thread; no ops: the machine's
    bool stepped;

    /// The script's thread: its time, and when the camera wants to be stepped.
    uint64_t now_us, camera_due_us;
    atomic_bool woken;
    bool expired;

    /// Under the lock: the script's thread, and the control socket's.
    pthread_mutex_t lock;
    struct ib_sim_clock parts_clock;
    struct ib_sim_pins pins;
    struct ib_sim_i2c_bus buses[IB_OPENMV_BUSES];
    struct ib_app_script_parts *parts;

    struct ib_app_script_pin {
        struct ib_app_script_board *board;
        struct ib_pin inside, door;
    } pin[IB_PT_PINS];
    struct ib_app_script_bus {
        struct ib_app_script_board *board;
        struct ib_i2c inside, door;
    } bus[IB_OPENMV_BUSES]; ///< [1] is the cameras'
    uint8_t *autofocus;
};

/// Build it around a rig that does not move yet.
/// Return: 0. Errors: -1 with `problem` filled; close takes back what there is.
int ib_app_script_board_open(struct ib_app_script_board *self,
                             const struct ib_app_script_board_config *config, char *problem,
                             size_t problem_size);
/// After the engine has stopped.
void ib_app_script_board_close(struct ib_app_script_board *self);
/// Step clock, any thread: end the wait under way.
void ib_app_script_board_wake(struct ib_app_script_board *self);

/// Any thread: drive a pin from outside. `name` is "P0" … "P9", "LED_RED", …
/// Return: 0. Errors: -1: no such pin.
int ib_app_script_board_drive(struct ib_app_script_board *self, const char *name,
                              enum ib_sim_drive drive);
/// Any thread: an object "leds" ("LED_RED": true …) of those that are lit.
void ib_app_script_board_put_leds(struct ib_app_script_board *self, struct ib_json_writer *json);
/// Any thread: an array "pins" with level, direction, pull and what drives each from outside.
void ib_app_script_board_put_pins(struct ib_app_script_board *self, struct ib_json_writer *json);
/// Any thread: a fault of bus 1, 2 or 4.
/// Return: 0. Errors: -1: no such bus.
int ib_app_script_board_bus_fault(struct ib_app_script_board *self, unsigned bus,
                                  enum ib_sim_i2c_bus_fault fault, uint64_t amount);

// ---- script_parts.c ----
/// The codec, and beside a simulated Lepton the other parts on the buses. Return: 0, or -1 with `problem`.
int ib_app_script_parts_open(struct ib_app_script_board *self, char *problem, size_t problem_size);
void ib_app_script_parts_close(struct ib_app_script_board *self);
/// Locked: before a part is touched. They look at what the Lepton looks at.
void ib_app_script_parts_follow(struct ib_app_script_board *self);

/// Any thread: an array "parts" with each one's name, fault, violations, and the faults it can have;
/// of the rangefinder the true distance.
void ib_app_script_parts_put(struct ib_app_script_board *self, struct ib_json_writer *json);
/// Any thread: `name` is "ov5640" or "vl53l1x"; `fault` one of its own, or "heal".
/// Errors: IB_E_NOT_FOUND: no such part here; IB_E_INVAL: no such fault.
int ib_app_script_parts_fault(struct ib_app_script_board *self, const char *name, const char *fault,
                              uint32_t count, uint64_t duration_us);
/// Any thread: something flat in front of the rangefinder (0: the scene again); more or less light.
/// Errors: IB_E_NOT_FOUND.
int ib_app_script_parts_place(struct ib_app_script_board *self, float distance_mm);
int ib_app_script_parts_light(struct ib_app_script_board *self, float share);

// ---- script_board.c, for script_parts.c ----
/// The script's thread: take the lock, and bring the parts' clock up to its time; and back.
void ib_app_script_board_enter(struct ib_app_script_board *self);
/// Another thread: take the lock, at the camera's time. Let go of it by itself.
void ib_app_script_board_touch(struct ib_app_script_board *self);
void ib_app_script_board_leave(struct ib_app_script_board *self);

#endif
