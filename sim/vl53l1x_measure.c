/// The VL53L1X measuring: budgets, what comes back, the result block.
///
/// Noise grows with the distance and the light, and shrinks with the root of the budget; what comes
/// back goes with the square of the distance. Out of range: status 4 (too little signal), 0 mm.
/// Source: data sheet DS12385 (tables 5 to 9); timeouts as in ST's ULD; noise and light are derived.

#include "sim/vl53l1x_private.h"

#include <string.h>

#include "core/bytes.h"

#define STATUS_GOOD 9
#define STATUS_SIGNAL 4
#define STATUS_SIGMA 6

#define LONG_MM 4000.0f
#define SHORT_MM 1360.0f
#define LEAST_MM 40.0f
#define MOST_US 4e9

// ---- What is in front ----

float ib_sim_vl53l1x_distance_mm(const struct ib_sim_vl53l1x *self, uint64_t at_us) {
    if (self->place_mm > 0)
        return self->place_mm;
    double at_s = (double)(at_us - self->init_us) / 1e6 * (double)self->config.scene_rate;
    // The cone of all 16x16 SPADs is 27 degrees; the smaller side of the region counts.
    unsigned size = self->registers[IB_SIM_VL53L1X_ROI_SIZE];
    unsigned across = (size & 0xF) + 1, down = (size >> 4) + 1;
    float cone = 27.0f * (float)(across < down ? across : down) / 16;
    return ib_sim_scene_distance_mm(self->scene, at_s, self->config.seed, cone);
}

static bool is_long(const struct ib_sim_vl53l1x *self) {
    return self->registers[IB_SIM_VL53L1X_PERIOD_A] >= 0x0B;
}

/// The budgets that the timeouts stand for: ST's table, and between its rows the nearest below.
uint32_t ib_sim_vl53l1x_budget_us(const struct ib_sim_vl53l1x *self) {
    static const struct {
        uint16_t a, ms;
    } far[] = {{0x001E, 20},  {0x0060, 33},  {0x00AD, 50},
               {0x01CC, 100}, {0x02D9, 200}, {0x048F, 500}},
      near[] = {{0x001D, 15},  {0x0051, 20},  {0x00D6, 33}, {0x01AE, 50},
                {0x02E1, 100}, {0x03E1, 200}, {0x0591, 500}};
    uint16_t a = ib_get_be16(&self->registers[IB_SIM_VL53L1X_TIMEOUT_A]);
    uint32_t ms = is_long(self) ? 20 : 15;
    if (is_long(self)) {
        for (size_t i = 0; i < sizeof far / sizeof far[0] && a >= far[i].a; i++)
            ms = far[i].ms;
    } else {
        for (size_t i = 0; i < sizeof near / sizeof near[0] && a >= near[i].a; i++)
            ms = near[i].ms;
    }
    return ms * 1000;
}

uint32_t ib_sim_vl53l1x_period_us(const struct ib_sim_vl53l1x *self) {
    double ticks = ib_get_be32(&self->registers[IB_SIM_VL53L1X_INTER_PERIOD]);
    double us = ticks / ((IB_SIM_VL53L1X_OSC_VALUE & 0x3FF) * 1.075) * 1000;
    return us < MOST_US ? (uint32_t)us : (uint32_t)MOST_US;
}

// ---- Measuring ----

/// About normal, deviation 1.
static float normal(struct ib_sim_vl53l1x *self) {
    float sum = 0;
    for (int i = 0; i < 4; i++)
        sum += (float)ib_sim_vl53l1x_dice(self) * (1.0f / 16777216.0f) - 0.5f;
    return sum * 1.7320508f;
}

static void put_result(struct ib_sim_vl53l1x *self, uint8_t status, float mm, float signal_kcps,
                       float ambient_kcps, float sigma_mm) {
    uint8_t *r = &self->registers[IB_SIM_VL53L1X_RESULT];
    unsigned size = self->registers[IB_SIM_VL53L1X_ROI_SIZE];
    unsigned spads = ((size & 0xF) + 1) * ((size >> 4) + 1);
    memset(r, 0, IB_SIM_VL53L1X_RESULT_BYTES);
    r[0] = status;
    self->stream = (uint8_t)(self->stream == 255 ? 128 : self->stream + 1); // 0: none yet
    r[2] = self->stream;
    ib_put_be16(r + 3, (uint16_t)(spads * 256 - 1));
    ib_put_be16(r + 5, (uint16_t)(signal_kcps / 8));
    ib_put_be16(r + 7, (uint16_t)(ambient_kcps / 8));
    ib_put_be16(r + 9, (uint16_t)(sigma_mm * 4));
    ib_put_be16(r + 11, (uint16_t)(mm * 2));
    ib_put_be16(r + 13, (uint16_t)mm);
    ib_put_be16(r + 15, (uint16_t)(signal_kcps / 8));
}

static void measure(struct ib_sim_vl53l1x *self) {
    float mm = ib_sim_vl53l1x_distance_mm(self, self->end_us);
    float light = ib_sim_scene_light(self->scene)->infrared * self->light;
    float meters = mm / 1000, budget = (float)ib_sim_vl53l1x_budget_us(self) / 33000;
    float signal = 2600 / (meters * meters + 0.02f), ambient = 12 + 40 * light;
    // One per cent at a metre in 33 ms; light takes the far end away.
    float sigma = (1.5f + 3.5f * meters * meters * (1 + 0.12f * light)) /
                  __builtin_sqrtf(budget > 0.1f ? budget : 0.1f);
    float reach =
        (is_long(self) ? LONG_MM : SHORT_MM) / (1 + (is_long(self) ? 0.08f : 0.01f) * light);
    self->measured++;
    if (ib_sim_vl53l1x_has(self, IB_SIM_VL53L1X_OUT_OF_RANGE) || mm > reach) {
        put_result(self, STATUS_SIGNAL, 0, 2, ambient, 0);
        return;
    }
    float noise = self->config.quiet ? 0 : sigma * normal(self);
    if (mm < LEAST_MM) // too near to tell one from the other
        mm = LEAST_MM * 0.5f + mm * 0.5f;
    int16_t offset = (int16_t)ib_get_be16(&self->registers[IB_SIM_VL53L1X_OFFSET]);
    float seen = mm + noise - IB_SIM_VL53L1X_OUTER_OFFSET_MM + (float)offset / 4 + 0.5f;
    if (seen < 0)
        seen = 0;
    put_result(self, sigma > 90 ? STATUS_SIGMA : STATUS_GOOD, seen, signal, ambient, sigma);
}

void ib_sim_vl53l1x_ready(struct ib_sim_vl53l1x *self, bool ready) {
    // With the polarity bit the line is low while a result waits.
    bool high = ready != ((self->registers[IB_SIM_VL53L1X_POLARITY] & 0x10) != 0);
    self->registers[IB_SIM_VL53L1X_READY] =
        (uint8_t)((self->registers[IB_SIM_VL53L1X_READY] & ~1u) | (high ? 1u : 0u));
    self->waiting = ready;
}

void ib_sim_vl53l1x_begin(struct ib_sim_vl53l1x *self, uint64_t at_us) {
    self->begin_us = at_us;
    self->end_us = at_us + ib_sim_vl53l1x_budget_us(self);
}

void ib_sim_vl53l1x_range(struct ib_sim_vl53l1x *self) {
    while (self->ranging && self->end_us <= self->now_us) {
        if (ib_sim_vl53l1x_has(self, IB_SIM_VL53L1X_NEVER_READY)) {
            ib_sim_vl53l1x_begin(self, self->now_us);
            return;
        }
        measure(self);
        ib_sim_vl53l1x_ready(self, true);
        if (self->single) {
            self->ranging = false;
            return;
        }
        uint32_t period = ib_sim_vl53l1x_period_us(self), budget = ib_sim_vl53l1x_budget_us(self);
        ib_sim_vl53l1x_begin(self, self->begin_us + (period > budget ? period : budget));
    }
}
