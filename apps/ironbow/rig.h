/// A camera built from its name: bus, driver, camera, hub, and the loop or thread that drives it.
///
/// One rig, three ways of time: free (the caller's loop, simulated time runs as fast as it can),
/// real (an owner thread; simulated time follows the machine's clock), stepped (an owner thread;
/// time stands still until it is granted). Real hardware always follows the machine's clock.
#ifndef IB_APP_RIG_H
#define IB_APP_RIG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/gate.h"
#include "apps/ironbow/playback.h"
#include "apps/ironbow/shared_bus.h"
#include "apps/ironbow/uri.h"
#include "boards/tcam_mini.h"
#include "camera/camera.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/owner_thread.h"
#include "sim/clock.h"
#include "sim/lepton.h"

/// Readers hold a frame only while they convert it: one being filled, the newest, two in use.
#define IB_APP_HUB_SLOTS 4
#define IB_APP_HUB_PX (160u * 120u)

/// What the Lepton sits on: bus speeds, and the settings it starts with.
enum ib_app_rig_board { IB_APP_RIG_TCAM, IB_APP_RIG_PURE_THERMAL };

enum ib_app_time { IB_APP_TIME_FREE, IB_APP_TIME_REAL, IB_APP_TIME_STEPPED };

/// Somebody who waits for a moment of the camera's time. The waiter's storage, kept until `notify`
/// was called.
struct ib_app_waiter {
    uint64_t when_us;
    void (*notify)(void *context); ///< on the camera's thread
    void *notify_context;
    bool waiting;
    struct ib_app_waiter *next;
};

struct ib_app_hardware; // rig_hardware.c

struct ib_app_rig {
    struct ib_app_uri uri;
    enum ib_app_rig_board board;
    enum ib_app_time time;
    const struct ib_log *log;
    struct ib_clock clock; ///< the camera's thread's own: nobody else reads it

    struct ib_i2c i2c;
    struct ib_spi spi;
    struct ib_app_gate gate; ///< between the two buses and whoever uses them
    struct ib_gpio reset;
    struct ib_gpio power;
    struct ib_lepton_cci cci_engine;
    struct ib_cci cci;
    struct ib_lepton_capture capture;
    struct ib_source source;
    struct ib_hub hub;
    uint16_t pixels[IB_HUB_STORAGE_PX(IB_APP_HUB_SLOTS, IB_APP_HUB_PX)];
    struct ib_camera camera;

    /// Simulated cameras; NULL or unused otherwise. Touched by the camera's thread only, but that any
    /// thread may see which scene it is.
    struct ib_sim_lepton *lepton;
    const struct ib_sim_scene *_Atomic scene;
    struct ib_app_playback *playback;
    struct ib_sim_clock sim_clock;
    struct ib_app_shared_bus bus; ///< of a Pure Thermal: what `i2c` leads to, scripts use it too
    struct ib_pace pace;
    int64_t unix_start_us; ///< STEPPED: Unix time at 0 of the camera's time

    /// Real ones.
    struct ib_host_clock host_clock;
    struct ib_app_hardware *hardware;

    struct ib_owner_thread owner;
    pthread_mutex_t waiters_lock;
    struct ib_app_waiter *waiters;
};

/// Build it; nothing moves yet.
/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_rig_open(struct ib_app_rig **out, const struct ib_app_uri *uri,
                    enum ib_app_rig_board board, enum ib_app_time time, const struct ib_log *log,
                    char *problem, size_t problem_size);
void ib_app_rig_close(struct ib_app_rig *self);

/// Begin a fault by a text such as "crc-error", "crc-error,10", "discard-storm,2s". Before the
/// thread starts, or on it.
/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_rig_fault(struct ib_app_rig *self, const char *text, char *problem, size_t problem_size);

/// FREE: one step and the wait until the next is due.
void ib_app_rig_turn(struct ib_app_rig *self);

/// REAL and STEPPED: start and stop the thread.
/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_rig_start(struct ib_app_rig *self, char *problem, size_t problem_size);
void ib_app_rig_stop(struct ib_app_rig *self);

/// The camera's time; any thread, FREE: the caller's.
uint64_t ib_app_rig_now_us(void *self);

/// Unix time of a moment of the camera's time, microseconds. Stepped time has its place in real time
/// from the start. Any thread.
int64_t ib_app_rig_unix_us(struct ib_app_rig *self, uint64_t at_us);

/// STEPPED, any thread: let time run further; `waiter` hears when it has got there.
void ib_app_rig_grant(struct ib_app_rig *self, uint64_t us, struct ib_app_waiter *waiter);
/// Any thread: whether the waiter still waits.
bool ib_app_rig_waiting(struct ib_app_rig *self, const struct ib_app_waiter *waiter);

/// "scene kettle: …", "CPTV 1 clip …": what the camera looks at, for people. On the camera's thread
/// or while none runs.
void ib_app_rig_about(const struct ib_app_rig *self, char *out, size_t size);

/// rig_hardware.c: open the buses a `linux:` name says and fill i2c, spi, reset, power.
int ib_app_hardware_open(struct ib_app_rig *self, char *problem, size_t problem_size);
void ib_app_hardware_close(struct ib_app_rig *self);

#endif
