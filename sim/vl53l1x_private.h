/// The simulated VL53L1X's inside: its complete type, so that the caller can own the memory.
/// Include vl53l1x.h instead; nothing here is for callers.
#ifndef IB_SIM_VL53L1X_PRIVATE_H
#define IB_SIM_VL53L1X_PRIVATE_H

#include "sim/vl53l1x.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_VL53L1X_REGISTERS 0x0200u

struct ib_sim_vl53l1x {
    struct ib_sim_vl53l1x_config config;
    struct ib_sim_clock *clock;
    const struct ib_sim_scene *scene;
    uint64_t now_us, init_us;
    uint64_t i2c_rest;
    float place_mm, light;
    uint32_t fault_left[IB_SIM_VL53L1X_FAULTS];
    uint64_t fault_until_us[IB_SIM_VL53L1X_FAULTS];
    struct ib_sim_vl53l1x_violations violations;
    uint32_t random;
    bool off;      ///< XSHUT low
    bool in_reset; ///< by register 0
    bool booted;
    uint64_t reset_since_us, boots_at_us;
    bool ranging, single, waiting; ///< `waiting`: a result that nobody has cleared
    uint64_t begin_us, end_us;     ///< of the measurement under way
    uint32_t measured;             ///< results since reset
    uint8_t stream;
    uint16_t pointer;
    uint8_t registers[IB_SIM_VL53L1X_REGISTERS];
};

#ifdef __cplusplus
}
#endif

#endif
