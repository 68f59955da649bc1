/// The simulated VL53L1X's inside: its complete type, so that the caller can own the memory.
/// Include vl53l1x.h instead; nothing here is for callers.
#ifndef IB_SIM_VL53L1X_PRIVATE_H
#define IB_SIM_VL53L1X_PRIVATE_H

#include "sim/vl53l1x.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_VL53L1X_REGISTERS 0x0200u

// Registers and values that both files know.
#define IB_SIM_VL53L1X_POLARITY 0x0030
#define IB_SIM_VL53L1X_READY 0x0031
#define IB_SIM_VL53L1X_OFFSET 0x001E ///< added to what is measured, in quarters of a millimetre
#define IB_SIM_VL53L1X_RESULT 0x0089
#define IB_SIM_VL53L1X_RESULT_BYTES 17u
#define IB_SIM_VL53L1X_TIMEOUT_A 0x005E
#define IB_SIM_VL53L1X_PERIOD_A 0x0060
#define IB_SIM_VL53L1X_INTER_PERIOD 0x006C
#define IB_SIM_VL53L1X_ROI_SIZE 0x0080
#define IB_SIM_VL53L1X_OSC_VALUE 0x01EC   ///< ticks a millisecond, of which the period's unit comes
#define IB_SIM_VL53L1X_OUTER_OFFSET_MM 10 ///< what this part measures short, as its factory found

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

bool ib_sim_vl53l1x_has(const struct ib_sim_vl53l1x *self, enum ib_sim_vl53l1x_fault fault);
uint32_t ib_sim_vl53l1x_dice(struct ib_sim_vl53l1x *self);
// vl53l1x_measure.c
float ib_sim_vl53l1x_distance_mm(const struct ib_sim_vl53l1x *self, uint64_t at_us);
uint32_t ib_sim_vl53l1x_budget_us(const struct ib_sim_vl53l1x *self);
uint32_t ib_sim_vl53l1x_period_us(const struct ib_sim_vl53l1x *self);
/// The interrupt: a result waits, or not.
void ib_sim_vl53l1x_ready(struct ib_sim_vl53l1x *self, bool ready);
/// A measurement begins.
void ib_sim_vl53l1x_begin(struct ib_sim_vl53l1x *self, uint64_t at_us);
/// Finish what has come to its end by now.
void ib_sim_vl53l1x_range(struct ib_sim_vl53l1x *self);

#ifdef __cplusplus
}
#endif

#endif
