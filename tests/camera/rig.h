/// A whole camera on the step clock: simulated Lepton, driver, camera, hub, wired as a board would.
///
/// Between the part and the driver sits a tap that can fail the k-th bus operation and count them.
#ifndef IB_TESTS_CAMERA_RIG_H
#define IB_TESTS_CAMERA_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boards/tcam_mini.h"
#include "camera/camera.h"
#include "core/status.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "sim/lepton.h"

#define RIG_SLOTS 4
#define RIG_PX (160 * 120)

struct rig {
    struct ib_sim_clock sim_clock;
    struct ib_clock clock;
    struct ib_sim_lepton part;
    struct ib_i2c part_i2c, i2c;
    struct ib_spi part_spi, spi;
    struct ib_gpio reset, power;
    struct ib_lepton_cci cci_engine;
    struct ib_lepton_capture capture;
    struct ib_cci cci;
    struct ib_source source;
    struct ib_hub hub;
    uint16_t pixels[RIG_SLOTS * RIG_PX];
    struct ib_camera camera;
    uint32_t operations;          ///< bus operations so far
    uint32_t fail_at;             ///< this one fails (1 = the first ever), 0 none
    uint32_t fail_too;            ///< so does this one
    int fail_status;              ///< with this, IB_OK: garbage comes instead of data
    uint32_t fail_us;             ///< after so much time on the wire
    uint16_t trap;                ///< when this command word is written to the module …
    enum ib_sim_fault trap_fault; ///< … this happens to it
    uint32_t traps;               ///< times that it did
    uint32_t steps;               ///< of the camera, in the second of simulated time under way
    uint64_t second;
    uint32_t busiest_steps; ///< in any second so far
    uint32_t frames;        ///< good view frames seen, FFC ones left out
    uint32_t ffc_frames;
    struct ib_frame last; ///< a copy of the newest frame (pixels in last_px)
    uint16_t last_px[RIG_PX];
    bool verbose;
};

struct rig_config {
    const char *model; ///< "3.5" when NULL
    const char *scene; ///< "bars" when NULL
    uint64_t seed;
    bool noisy;      ///< with noise, pattern and drift
    bool no_lines;   ///< reset and power are not wired
    uint32_t spi_hz; ///< 0: the board's
    const struct ib_sim_playback *playback;
};

/// The rig's memory is static: one at a time.
struct rig *rig_new(const struct rig_config *config);
/// Another module stands in the socket, as from now on powered. Nobody tells the camera.
void rig_swap(struct rig *self, const char *model, uint64_t seed);
/// Run the camera until `us` have passed.
void rig_run(struct rig *self, uint64_t us);
/// Run until a good frame captured after this call arrives. Returns how long it took, or IB_NEVER
/// after `limit_us`.
uint64_t rig_until_frame(struct rig *self, uint64_t limit_us);
/// Post a request and run until it is answered; returns its status. Fails the test after 20 s.
int rig_ask(struct rig *self, struct ib_camera_request *request);
/// Let it boot: until the first good frame after the start-up FFC.
void rig_boot(struct rig *self);
/// A camera that turns in circles shows here: no second had more steps than this. Call at the end.
void rig_assert_calm(struct rig *self);
/// What the driver did wrong, if anything, fails the test.
void rig_assert_clean(struct rig *self);

#endif
