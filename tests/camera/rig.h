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
    uint32_t operations; ///< bus operations so far
    uint32_t fail_at;    ///< this one fails (1 = the next ever), 0 none
    uint32_t frames;     ///< good view frames seen, FFC ones left out
    uint32_t ffc_frames;
    struct ib_frame last; ///< a copy of the newest frame (pixels in last_px)
    uint16_t last_px[RIG_PX];
    bool verbose;
};

struct rig_config {
    const char *model; ///< "3.5" when NULL
    const char *scene; ///< "bars" when NULL
    uint64_t seed;
    bool noisy;    ///< with noise, pattern and drift
    bool no_lines; ///< reset and power are not wired
    const struct ib_sim_playback *playback;
};

/// The rig's memory is static: one at a time.
struct rig *rig_new(const struct rig_config *config);
/// Run the camera until `us` have passed.
void rig_run(struct rig *self, uint64_t us);
/// Run until a good frame captured after this call arrives. Returns how long it took, or IB_NEVER
/// after `limit_us`.
uint64_t rig_until_frame(struct rig *self, uint64_t limit_us);
/// Post a request and run until it is answered; returns its status. Fails the test after 20 s.
int rig_ask(struct rig *self, struct ib_camera_request *request);
/// Let it boot: until the first good frame after the start-up FFC.
void rig_boot(struct rig *self);
/// What the driver did wrong, if anything, fails the test.
void rig_assert_clean(struct rig *self);

#endif
