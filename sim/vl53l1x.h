/// An ST VL53L1X (or VL53L1CX) rangefinder at register and byte level, behind I2C and XSHUT.
///
/// Front doors: `ib_sim_vl53l1x_i2c` and `_xshut`. Back doors: scene, or a distance by hand; light;
/// faults, and what the driver did wrong. It measures what the scene has in a cone of 27 degrees
/// around the Lepton's axis (less with a smaller region of interest). Brought up to now whenever a
/// door is touched.
/// Not modelled: the interrupt pin, thresholds, calibration, crosstalk, single SPADs, the values
/// inside the timeouts beyond the budgets that they stand for.
/// Source: VL53L1X data sheet DS12385, ST's API user manual UM2356; noise and light are derived.
#ifndef IB_SIM_VL53L1X_H
#define IB_SIM_VL53L1X_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/gpio.h"
#include "bus/i2c.h"
#include "sim/clock.h"
#include "sim/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_VL53L1X_ADDRESS 0x29

/// Ways to misbehave, each by name ("nack", "never-ready", …).
enum ib_sim_vl53l1x_fault {
    IB_SIM_VL53L1X_WELL,
    IB_SIM_VL53L1X_NACK,         ///< the next `count` transactions are not acknowledged
    IB_SIM_VL53L1X_STUCK,        ///< the bus is held low for `duration`
    IB_SIM_VL53L1X_BIT_FLIP,     ///< one bit of the next `count` reads is wrong
    IB_SIM_VL53L1X_WRONG_ID,     ///< another part's identity
    IB_SIM_VL53L1X_NEVER_BOOTS,  ///< the firmware does not start after the next reset
    IB_SIM_VL53L1X_NEVER_READY,  ///< measurements do not end
    IB_SIM_VL53L1X_OUT_OF_RANGE, ///< nothing comes back: status 4, 0 mm
    IB_SIM_VL53L1X_UNPLUG,       ///< not there
    IB_SIM_VL53L1X_FAULTS,
};

/// "nack", …; NULL outside the enum.
const char *ib_sim_vl53l1x_fault_name(enum ib_sim_vl53l1x_fault fault);
/// One line for people.
const char *ib_sim_vl53l1x_fault_about(enum ib_sim_vl53l1x_fault fault);
/// IB_SIM_VL53L1X_WELL when there is no such name.
enum ib_sim_vl53l1x_fault ib_sim_vl53l1x_fault_named(const char *name);

/// What the driver did wrong; every test ends by asserting that there was nothing.
struct ib_sim_vl53l1x_violations {
    uint32_t during_boot;      ///< other registers than reset and boot status before it has booted
    uint32_t reset_too_short;  ///< held for less than 100 us
    uint32_t wrong_address;    ///< another 7-bit address on this part's wire
    uint32_t half_address;     ///< a register address of one byte
    uint32_t unknown_register; ///< an address that the part has not
    uint32_t read_only;        ///< a write to a result or to the identity
    uint32_t started_unset;    ///< ranging started without the default settings
    uint32_t period_below_budget;   ///< inter-measurement period shorter than the timing budget
    uint32_t roi;                   ///< a region smaller than 4x4 or larger than 16x16
    uint32_t changed_while_ranging; ///< mode, budget or region written while it ranges
};

struct ib_sim_vl53l1x_config {
    struct ib_sim_clock *clock;       ///< kept
    const struct ib_sim_scene *scene; ///< kept; NULL: the first one
    uint64_t seed;
    float scene_rate; ///< scene seconds a second; 0: 1
    uint32_t i2c_hz;  ///< 0: 400,000
    bool quiet;       ///< no noise: for exact tests
};

struct ib_sim_vl53l1x;

/// The part starts powered, released from reset at the clock's now, which is also 0 of the scene's
/// time.
/// Errors: IB_E_INVAL without a clock.
int ib_sim_vl53l1x_init(struct ib_sim_vl53l1x *self, const struct ib_sim_vl53l1x_config *config);

/// Front doors.
struct ib_i2c ib_sim_vl53l1x_i2c(struct ib_sim_vl53l1x *self);
struct ib_gpio ib_sim_vl53l1x_xshut(struct ib_sim_vl53l1x *self); ///< 1 = running

/// The 7-bit address it listens to: register 0x0001 changes it until XSHUT goes low.
uint8_t ib_sim_vl53l1x_address(const struct ib_sim_vl53l1x *self);

/// Back doors.
void ib_sim_vl53l1x_scene(struct ib_sim_vl53l1x *self, const struct ib_sim_scene *scene);
/// Something flat at this distance instead of the scene; 0: the scene again.
void ib_sim_vl53l1x_place(struct ib_sim_vl53l1x *self, float distance_mm);
/// Infrared light around, as a share of what the scene says; 1 at first.
void ib_sim_vl53l1x_light(struct ib_sim_vl53l1x *self, float share);
/// Begin a fault. `count` or `duration_us` 0: the fault's own default.
/// Errors: IB_E_INVAL.
int ib_sim_vl53l1x_fault(struct ib_sim_vl53l1x *self, enum ib_sim_vl53l1x_fault fault,
                         uint32_t count, uint64_t duration_us);
/// End all faults.
void ib_sim_vl53l1x_heal(struct ib_sim_vl53l1x *self);
/// The fault under way, IB_SIM_VL53L1X_WELL when none is.
enum ib_sim_vl53l1x_fault ib_sim_vl53l1x_faulty(const struct ib_sim_vl53l1x *self);
const struct ib_sim_vl53l1x_violations *
ib_sim_vl53l1x_violations(const struct ib_sim_vl53l1x *self);
/// Sum of all violations.
uint32_t ib_sim_vl53l1x_violation_count(const struct ib_sim_vl53l1x *self);
/// The true distance in front at this moment, millimetres: what a reading is held against.
float ib_sim_vl53l1x_truth_mm(struct ib_sim_vl53l1x *self);

#ifdef __cplusplus
}
#endif

#include "sim/vl53l1x_private.h" // the complete type, so that the caller can own the memory

#endif
