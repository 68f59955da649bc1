/// The VL53L1X: boot, registers, measurements. What it does not model is said in vl53l1x.h.
///
/// The firmware starts 1 ms after XSHUT or register 0 lets go. A measurement takes its timing budget;
/// the next begins an inter-measurement period after the one before. A result that nobody clears keeps
/// the interrupt where it is, while the values behind it go on.
/// Noise grows with the distance and the light, and shrinks with the root of the budget; what comes
/// back goes with the square of the distance. Out of range: status 4 (too little signal), 0 mm.
/// Source: data sheet DS12385 (tables 5 to 9), user manual UM2356; register list of ST's ULD.

#include "sim/vl53l1x.h"

#include <string.h>

#include "core/bytes.h"
#include "core/real.h"
#include "core/status.h"

#define BOOT_US 1000u
#define LEAST_RESET_US 100u
#define STUCK_US 10000u

#define RESET 0x0000
#define ADDRESS 0x0001
#define OSC_CALIBRATION 0x00DE
#define POLARITY 0x0030
#define READY 0x0031
#define OFFSET 0x001E ///< added to what is measured, in quarters of a millimetre
#define OUTER_OFFSET 0x0022
#define CLEAR 0x0086
#define START 0x0087
#define RESULT 0x0089
#define RESULT_BYTES 17u
#define BOOTED 0x00E5
#define IDENTITY 0x010F
#define TIMEOUT_A 0x005E
#define PERIOD_A 0x0060
#define INTER_PERIOD 0x006C
#define ROI_CENTRE 0x007F
#define ROI_SIZE 0x0080

#define OSC_VALUE 0x01EC ///< ticks a millisecond, of which the period's unit comes
#define FAST_OSC 0xBCCC  ///< 0x0006: read by some

/// What this part measures short, as its factory found: hosts put four times that into OFFSET.
#define OUTER_OFFSET_MM 10
/// The period of the default settings, shorter than any budget: back to back.
#define DEFAULT_PERIOD 0x0F89

#define STATUS_GOOD 9
#define STATUS_SIGNAL 4
#define STATUS_SIGMA 6

#define LONG_MM 4000.0f
#define SHORT_MM 1360.0f
#define LEAST_MM 40.0f

enum end { BY_HEAL, BY_COUNT, BY_TIME };

static const struct {
    const char *name, *about;
    enum end end;
    uint32_t count;
    uint64_t duration_us;
} kinds[IB_SIM_VL53L1X_FAULTS] = {
    [IB_SIM_VL53L1X_WELL] = {"none", "nothing is wrong", BY_HEAL, 0, 0},
    [IB_SIM_VL53L1X_NACK] = {"nack", "the next transactions are not acknowledged", BY_COUNT, 3, 0},
    [IB_SIM_VL53L1X_STUCK] = {"stuck", "the bus is held low for a while", BY_TIME, 0, 50000},
    [IB_SIM_VL53L1X_BIT_FLIP] = {"bit-flip", "one bit of the next reads is wrong", BY_COUNT, 1, 0},
    [IB_SIM_VL53L1X_WRONG_ID] = {"wrong-id", "another part's identity", BY_HEAL, 0, 0},
    [IB_SIM_VL53L1X_NEVER_BOOTS] = {"never-boots", "the firmware does not start after a reset",
                                    BY_HEAL, 0, 0},
    [IB_SIM_VL53L1X_NEVER_READY] = {"never-ready", "measurements do not end", BY_HEAL, 0, 0},
    [IB_SIM_VL53L1X_OUT_OF_RANGE] = {"out-of-range", "nothing comes back", BY_HEAL, 0, 0},
    [IB_SIM_VL53L1X_UNPLUG] = {"unplug", "the rangefinder is not there", BY_HEAL, 0, 0},
};

const char *ib_sim_vl53l1x_fault_name(enum ib_sim_vl53l1x_fault fault) {
    return (unsigned)fault < IB_SIM_VL53L1X_FAULTS ? kinds[fault].name : NULL;
}

const char *ib_sim_vl53l1x_fault_about(enum ib_sim_vl53l1x_fault fault) {
    return (unsigned)fault < IB_SIM_VL53L1X_FAULTS ? kinds[fault].about : NULL;
}

enum ib_sim_vl53l1x_fault ib_sim_vl53l1x_fault_named(const char *name) {
    for (int i = 1; name && i < IB_SIM_VL53L1X_FAULTS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return (enum ib_sim_vl53l1x_fault)i;
    return IB_SIM_VL53L1X_WELL;
}

static bool has(const struct ib_sim_vl53l1x *self, enum ib_sim_vl53l1x_fault fault) {
    if (kinds[fault].end == BY_TIME)
        return self->fault_left[fault] && self->now_us < self->fault_until_us[fault];
    return self->fault_left[fault] > 0;
}

static bool strikes(struct ib_sim_vl53l1x *self, enum ib_sim_vl53l1x_fault fault) {
    if (!self->fault_left[fault])
        return false;
    self->fault_left[fault]--;
    return true;
}

static uint32_t dice(struct ib_sim_vl53l1x *self) {
    self->random = self->random * 1664525u + 1013904223u;
    return self->random >> 8;
}

/// About normal, deviation 1.
static float normal(struct ib_sim_vl53l1x *self) {
    float sum = 0;
    for (int i = 0; i < 4; i++)
        sum += (float)dice(self) * (1.0f / 16777216.0f) - 0.5f;
    return sum * 1.7320508f;
}

// ---- What is in front ----

static float distance_mm(const struct ib_sim_vl53l1x *self, uint64_t at_us) {
    if (self->place_mm > 0)
        return self->place_mm;
    double at_s = (double)(at_us - self->init_us) / 1e6 * (double)self->config.scene_rate;
    // The cone of all 16x16 SPADs is 27 degrees; the smaller side of the region counts.
    unsigned size = self->registers[ROI_SIZE];
    unsigned across = (size & 0xF) + 1, down = (size >> 4) + 1;
    float cone = 27.0f * (float)(across < down ? across : down) / 16;
    return ib_sim_scene_distance_mm(self->scene, at_s, self->config.seed, cone);
}

static bool is_long(const struct ib_sim_vl53l1x *self) {
    return self->registers[PERIOD_A] >= 0x0B;
}

/// The budgets that the timeouts stand for: ST's table, and between its rows the nearest below.
static uint32_t budget_us(const struct ib_sim_vl53l1x *self) {
    static const struct {
        uint16_t a, ms;
    } far[] = {{0x001E, 20},  {0x0060, 33},  {0x00AD, 50},
               {0x01CC, 100}, {0x02D9, 200}, {0x048F, 500}},
      near[] = {{0x001D, 15},  {0x0051, 20},  {0x00D6, 33}, {0x01AE, 50},
                {0x02E1, 100}, {0x03E1, 200}, {0x0591, 500}};
    uint16_t a = ib_get_be16(&self->registers[TIMEOUT_A]);
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

static uint32_t period_us(const struct ib_sim_vl53l1x *self) {
    double ticks = ib_get_be32(&self->registers[INTER_PERIOD]);
    return (uint32_t)(ticks / ((OSC_VALUE & 0x3FF) * 1.075) * 1000);
}

// ---- Measuring ----

static void put_result(struct ib_sim_vl53l1x *self, uint8_t status, float mm, float signal_kcps,
                       float ambient_kcps, float sigma_mm) {
    uint8_t *r = &self->registers[RESULT];
    unsigned size = self->registers[ROI_SIZE];
    unsigned spads = ((size & 0xF) + 1) * ((size >> 4) + 1);
    memset(r, 0, RESULT_BYTES);
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
    float mm = distance_mm(self, self->end_us);
    float light = ib_sim_scene_light(self->scene)->infrared * self->light;
    float meters = mm / 1000, budget = (float)budget_us(self) / 33000;
    float signal = 2600 / (meters * meters + 0.02f), ambient = 12 + 40 * light;
    // One per cent at a metre in 33 ms; light takes the far end away.
    float sigma = (1.5f + 3.5f * meters * meters * (1 + 0.12f * light)) /
                  __builtin_sqrtf(budget > 0.1f ? budget : 0.1f);
    float reach =
        (is_long(self) ? LONG_MM : SHORT_MM) / (1 + (is_long(self) ? 0.08f : 0.01f) * light);
    self->measured++;
    if (has(self, IB_SIM_VL53L1X_OUT_OF_RANGE) || mm > reach) {
        put_result(self, STATUS_SIGNAL, 0, 2, ambient, 0);
        return;
    }
    float noise = self->config.quiet ? 0 : sigma * normal(self);
    if (mm < LEAST_MM) // too near to tell one from the other
        mm = LEAST_MM * 0.5f + mm * 0.5f;
    int16_t offset = (int16_t)ib_get_be16(&self->registers[OFFSET]);
    float seen = mm + noise - OUTER_OFFSET_MM + (float)offset / 4 + 0.5f;
    if (seen < 0)
        seen = 0;
    put_result(self, sigma > 90 ? STATUS_SIGMA : STATUS_GOOD, seen, signal, ambient, sigma);
}

static void set_ready(struct ib_sim_vl53l1x *self, bool ready) {
    // With the polarity bit the line is low while a result waits.
    bool high = ready != ((self->registers[POLARITY] & 0x10) != 0);
    self->registers[READY] = (uint8_t)((self->registers[READY] & ~1u) | (high ? 1u : 0u));
    self->waiting = ready;
}

static void begin(struct ib_sim_vl53l1x *self, uint64_t at_us) {
    self->begin_us = at_us;
    self->end_us = at_us + budget_us(self);
}

static void range_on(struct ib_sim_vl53l1x *self) {
    while (self->ranging && self->end_us <= self->now_us) {
        if (has(self, IB_SIM_VL53L1X_NEVER_READY)) {
            begin(self, self->now_us);
            return;
        }
        measure(self);
        set_ready(self, true);
        if (self->single) {
            self->ranging = false;
            return;
        }
        uint32_t period = period_us(self), budget = budget_us(self);
        begin(self, self->begin_us + (period > budget ? period : budget));
    }
}

// ---- Power and time ----

static void reset_registers(struct ib_sim_vl53l1x *self) {
    memset(self->registers, 0, sizeof self->registers);
    uint8_t *r = self->registers;
    r[RESET] = 1;
    r[ADDRESS] = IB_SIM_VL53L1X_ADDRESS;
    ib_put_be16(r + 0x0006, FAST_OSC);
    ib_put_be16(r + OUTER_OFFSET, OUTER_OFFSET_MM);
    ib_put_be16(r + OSC_CALIBRATION, OSC_VALUE);
    r[POLARITY] = 0x11;
    r[ROI_CENTRE] = 199;
    r[ROI_SIZE] = 0xFF;
    ib_put_be16(r + IDENTITY, 0xEACC);
    r[IDENTITY + 2] = 0x10;
    self->booted = self->ranging = self->waiting = false;
    self->measured = 0;
    self->stream = 0;
    self->pointer = 0;
    set_ready(self, false);
}

static void let_go(struct ib_sim_vl53l1x *self) {
    self->boots_at_us = has(self, IB_SIM_VL53L1X_NEVER_BOOTS) ? IB_NEVER : self->now_us + BOOT_US;
}

static void advance(struct ib_sim_vl53l1x *self, uint64_t now_us) {
    if (now_us > self->now_us)
        self->now_us = now_us;
    if (!self->off && !self->in_reset && !self->booted && self->now_us >= self->boots_at_us) {
        self->booted = true;
        self->registers[BOOTED] = 1;
    }
    range_on(self);
}

static int set_xshut(void *context, int level) {
    struct ib_sim_vl53l1x *self = context;
    advance(self, self->clock->now_us);
    if ((level == 0) == self->off)
        return IB_OK;
    self->off = level == 0;
    reset_registers(self);
    self->in_reset = false;
    if (self->off)
        self->reset_since_us = self->now_us;
    else {
        if (self->now_us - self->reset_since_us < LEAST_RESET_US)
            self->violations.reset_too_short++;
        let_go(self);
    }
    return IB_OK;
}

static int get_xshut(void *context) {
    return !((struct ib_sim_vl53l1x *)context)->off;
}

static const struct ib_gpio_ops xshut_ops = {set_xshut, get_xshut};

// ---- Registers ----

static void write_reset(struct ib_sim_vl53l1x *self, uint8_t value) {
    bool hold = !(value & 1);
    if (hold == self->in_reset)
        return;
    uint8_t address = self->registers[ADDRESS];
    self->in_reset = hold;
    if (hold) {
        reset_registers(self);
        self->registers[ADDRESS] = address;
        self->registers[RESET] = 0;
        self->reset_since_us = self->now_us;
        return;
    }
    self->registers[RESET] = 1;
    if (self->now_us - self->reset_since_us < LEAST_RESET_US)
        self->violations.reset_too_short++;
    let_go(self);
}

static void write_start(struct ib_sim_vl53l1x *self, uint8_t value) {
    if (!(value & 0x50)) {
        self->ranging = false;
        return;
    }
    const uint8_t *r = self->registers;
    unsigned size = r[ROI_SIZE];
    if (!r[PERIOD_A] || !ib_get_be16(&r[TIMEOUT_A]))
        self->violations.started_unset++;
    if ((size & 0xF) < 3 || (size >> 4) < 3)
        self->violations.roi++;
    uint32_t ticks = ib_get_be32(&r[INTER_PERIOD]);
    if ((value & 0x40) && ticks && ticks != DEFAULT_PERIOD &&
        period_us(self) + 1000 < budget_us(self))
        self->violations.period_below_budget++;
    self->ranging = true;
    self->single = !(value & 0x40);
    self->stream = 0;
    begin(self, self->now_us);
}

static bool is_setting(uint16_t address) {
    return (address >= 0x004B && address < 0x0064) || address == 0x0069 ||
           (address >= INTER_PERIOD && address < INTER_PERIOD + 4) ||
           (address >= 0x0078 && address < 0x007C) || address == ROI_SIZE;
}

static void write_register(struct ib_sim_vl53l1x *self, uint16_t address, uint8_t value) {
    if (address >= IB_SIM_VL53L1X_REGISTERS) {
        self->violations.unknown_register++;
        return;
    }
    if (address == RESET) {
        write_reset(self, value);
        return;
    }
    if (!self->booted) {
        self->violations.during_boot++;
        return;
    }
    if ((address >= RESULT && address < RESULT + RESULT_BYTES) || address == BOOTED ||
        (address >= IDENTITY && address < IDENTITY + 3) || address == OSC_CALIBRATION ||
        address == OSC_CALIBRATION + 1) {
        self->violations.read_only++;
        return;
    }
    if (self->ranging && is_setting(address) && self->registers[address] != value)
        self->violations.changed_while_ranging++;
    bool was_waiting = self->waiting;
    if (address != READY)
        self->registers[address] = value;
    if (address == POLARITY)
        set_ready(self, was_waiting);
    else if (address == CLEAR && (value & 1))
        set_ready(self, false);
    else if (address == START)
        write_start(self, value);
    else if (address == ADDRESS)
        self->registers[ADDRESS] = value & 0x7F;
}

static uint8_t read_register(struct ib_sim_vl53l1x *self, uint16_t address) {
    if (address >= IB_SIM_VL53L1X_REGISTERS) {
        self->violations.unknown_register++;
        return 0;
    }
    if (!self->booted && address != BOOTED && address != RESET)
        self->violations.during_boot++;
    if (address == IDENTITY && has(self, IB_SIM_VL53L1X_WRONG_ID))
        return 0xEE;
    return self->registers[address];
}

// ---- Bus ----

static void clock_bits(struct ib_sim_vl53l1x *self, unsigned bits) {
    uint64_t scaled = self->i2c_rest + bits * UINT64_C(1000000);
    ib_sim_clock_spend(self->clock, scaled / self->config.i2c_hz);
    self->i2c_rest = scaled % self->config.i2c_hz;
}

static int acknowledge(struct ib_sim_vl53l1x *self, uint8_t address7) {
    if (self->off || has(self, IB_SIM_VL53L1X_UNPLUG))
        return IB_E_NACK;
    if (address7 != self->registers[ADDRESS]) {
        self->violations.wrong_address++;
        return IB_E_NACK;
    }
    return strikes(self, IB_SIM_VL53L1X_NACK) ? IB_E_NACK : IB_OK;
}

static void write_part(struct ib_sim_vl53l1x *self, const struct ib_i2c_part *part) {
    if (part->size == 1)
        self->violations.half_address++;
    for (size_t i = 0; i < part->size; i++) {
        clock_bits(self, 9);
        advance(self, self->clock->now_us);
        if (i == 0)
            self->pointer = (uint16_t)(part->data[0] << 8 | (self->pointer & 0xFF));
        else if (i == 1)
            self->pointer = (uint16_t)((self->pointer & 0xFF00) | part->data[1]);
        else
            write_register(self, self->pointer++, part->data[i]);
    }
}

/// All bytes of a read belong to one moment, as the part's own copy guarantees.
static void read_part(struct ib_sim_vl53l1x *self, const struct ib_i2c_part *part) {
    for (size_t i = 0; i < part->size; i++)
        part->data[i] = read_register(self, self->pointer++);
    for (size_t i = 0; i < part->size; i++)
        clock_bits(self, 9);
    advance(self, self->clock->now_us);
    if (part->size && strikes(self, IB_SIM_VL53L1X_BIT_FLIP)) {
        uint32_t bit = dice(self) % (uint32_t)(part->size * 8);
        part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    struct ib_sim_vl53l1x *self = context;
    advance(self, self->clock->now_us);
    if (has(self, IB_SIM_VL53L1X_STUCK)) {
        ib_sim_clock_spend(self->clock, STUCK_US);
        return IB_E_TIMEOUT;
    }
    int status = acknowledge(self, address7);
    clock_bits(self, 10); // start and address
    for (size_t i = 0; status == IB_OK && i < count; i++) {
        if (i)
            clock_bits(self, 10);
        advance(self, self->clock->now_us);
        if (parts[i].read)
            read_part(self, &parts[i]);
        else
            write_part(self, &parts[i]);
    }
    clock_bits(self, 1); // stop
    return status;
}

static const struct ib_i2c_ops i2c_ops = {transfer};

// ---- Doors ----

int ib_sim_vl53l1x_init(struct ib_sim_vl53l1x *self, const struct ib_sim_vl53l1x_config *config) {
    if (!config->clock)
        return IB_E_INVAL;
    memset(self, 0, sizeof *self);
    self->config = *config;
    self->clock = config->clock;
    self->scene = config->scene ? config->scene : ib_sim_scenes(NULL);
    if (!(self->config.scene_rate > 0))
        self->config.scene_rate = 1;
    if (!self->config.i2c_hz)
        self->config.i2c_hz = 400000;
    self->init_us = self->now_us = self->clock->now_us;
    self->light = 1;
    self->random = (uint32_t)config->seed ^ 0x5311u;
    reset_registers(self);
    let_go(self);
    return IB_OK;
}

struct ib_i2c ib_sim_vl53l1x_i2c(struct ib_sim_vl53l1x *self) {
    return (struct ib_i2c){&i2c_ops, self};
}

struct ib_gpio ib_sim_vl53l1x_xshut(struct ib_sim_vl53l1x *self) {
    return (struct ib_gpio){&xshut_ops, self};
}

uint8_t ib_sim_vl53l1x_address(const struct ib_sim_vl53l1x *self) {
    return self->registers[ADDRESS];
}

void ib_sim_vl53l1x_scene(struct ib_sim_vl53l1x *self, const struct ib_sim_scene *scene) {
    advance(self, self->clock->now_us);
    self->scene = scene ? scene : ib_sim_scenes(NULL);
}

void ib_sim_vl53l1x_place(struct ib_sim_vl53l1x *self, float mm) {
    advance(self, self->clock->now_us);
    self->place_mm = mm;
}

void ib_sim_vl53l1x_light(struct ib_sim_vl53l1x *self, float share) {
    advance(self, self->clock->now_us);
    self->light = share > 0 ? share : 0;
}

int ib_sim_vl53l1x_fault(struct ib_sim_vl53l1x *self, enum ib_sim_vl53l1x_fault fault,
                         uint32_t count, uint64_t duration_us) {
    if ((unsigned)fault >= IB_SIM_VL53L1X_FAULTS)
        return IB_E_INVAL;
    advance(self, self->clock->now_us);
    if (fault == IB_SIM_VL53L1X_WELL) {
        ib_sim_vl53l1x_heal(self);
        return IB_OK;
    }
    self->fault_left[fault] = count ? count : kinds[fault].count ? kinds[fault].count : 1;
    self->fault_until_us[fault] =
        self->now_us + (duration_us ? duration_us : kinds[fault].duration_us);
    return IB_OK;
}

void ib_sim_vl53l1x_heal(struct ib_sim_vl53l1x *self) {
    advance(self, self->clock->now_us);
    memset(self->fault_left, 0, sizeof self->fault_left);
    if (!self->booted && self->boots_at_us == IB_NEVER)
        let_go(self);
}

enum ib_sim_vl53l1x_fault ib_sim_vl53l1x_faulty(const struct ib_sim_vl53l1x *self) {
    for (int i = 1; i < IB_SIM_VL53L1X_FAULTS; i++)
        if (has(self, (enum ib_sim_vl53l1x_fault)i))
            return (enum ib_sim_vl53l1x_fault)i;
    return IB_SIM_VL53L1X_WELL;
}

const struct ib_sim_vl53l1x_violations *
ib_sim_vl53l1x_violations(const struct ib_sim_vl53l1x *self) {
    return &self->violations;
}

uint32_t ib_sim_vl53l1x_violation_count(const struct ib_sim_vl53l1x *self) {
    const uint32_t *counts = (const uint32_t *)&self->violations;
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof self->violations / sizeof *counts; i++)
        sum += counts[i];
    return sum;
}

float ib_sim_vl53l1x_truth_mm(struct ib_sim_vl53l1x *self) {
    advance(self, self->clock->now_us);
    return distance_mm(self, self->now_us);
}
