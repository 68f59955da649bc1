/// The VL53L1X: boot, registers, measurements. What it does not model is said in vl53l1x.h.
///
/// The firmware starts 1 ms after XSHUT or register 0 lets go. A measurement takes its timing budget;
/// the next begins an inter-measurement period after the one before. A result that nobody clears keeps
/// the interrupt where it is, while the values behind it go on.
/// Source: data sheet DS12385 (tables 5 to 9), user manual UM2356; register list of ST's ULD.

#include "sim/vl53l1x.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

#define BOOT_US 1000u
#define LEAST_RESET_US 100u
#define STUCK_US 10000u

#define RESET 0x0000
#define ADDRESS 0x0001
#define OSC_CALIBRATION 0x00DE
#define OUTER_OFFSET 0x0022
#define CLEAR 0x0086
#define START 0x0087
#define BOOTED 0x00E5
#define IDENTITY 0x010F
#define ROI_CENTRE 0x007F

#define FAST_OSC 0xBCCC ///< 0x0006: read by some

/// The period of the default settings, shorter than any budget: back to back.
#define DEFAULT_PERIOD 0x0F89

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

bool ib_sim_vl53l1x_has(const struct ib_sim_vl53l1x *self, enum ib_sim_vl53l1x_fault fault) {
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

uint32_t ib_sim_vl53l1x_dice(struct ib_sim_vl53l1x *self) {
    self->random = self->random * 1664525u + 1013904223u;
    return self->random >> 8;
}

// ---- Power and time ----

static void reset_registers(struct ib_sim_vl53l1x *self) {
    memset(self->registers, 0, sizeof self->registers);
    uint8_t *r = self->registers;
    r[RESET] = 1;
    r[ADDRESS] = IB_SIM_VL53L1X_ADDRESS;
    ib_put_be16(r + 0x0006, FAST_OSC);
    ib_put_be16(r + OUTER_OFFSET, IB_SIM_VL53L1X_OUTER_OFFSET_MM);
    ib_put_be16(r + OSC_CALIBRATION, IB_SIM_VL53L1X_OSC_VALUE);
    r[IB_SIM_VL53L1X_POLARITY] = 0x11;
    r[ROI_CENTRE] = 199;
    r[IB_SIM_VL53L1X_ROI_SIZE] = 0xFF;
    ib_put_be16(r + IDENTITY, 0xEACC);
    r[IDENTITY + 2] = 0x10;
    self->booted = self->ranging = self->waiting = false;
    self->measured = 0;
    self->stream = 0;
    self->pointer = 0;
    ib_sim_vl53l1x_ready(self, false);
}

static void let_go(struct ib_sim_vl53l1x *self) {
    self->boots_at_us =
        ib_sim_vl53l1x_has(self, IB_SIM_VL53L1X_NEVER_BOOTS) ? IB_NEVER : self->now_us + BOOT_US;
}

static void advance(struct ib_sim_vl53l1x *self, uint64_t now_us) {
    if (now_us > self->now_us)
        self->now_us = now_us;
    if (!self->off && !self->in_reset && !self->booted && self->now_us >= self->boots_at_us) {
        self->booted = true;
        self->registers[BOOTED] = 1;
    }
    ib_sim_vl53l1x_range(self);
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
    unsigned size = r[IB_SIM_VL53L1X_ROI_SIZE];
    if (!r[IB_SIM_VL53L1X_PERIOD_A] || !ib_get_be16(&r[IB_SIM_VL53L1X_TIMEOUT_A]))
        self->violations.started_unset++;
    if ((size & 0xF) < 3 || (size >> 4) < 3)
        self->violations.roi++;
    uint32_t ticks = ib_get_be32(&r[IB_SIM_VL53L1X_INTER_PERIOD]);
    if ((value & 0x40) && ticks && ticks != DEFAULT_PERIOD &&
        ib_sim_vl53l1x_period_us(self) + 1000 < ib_sim_vl53l1x_budget_us(self))
        self->violations.period_below_budget++;
    self->ranging = true;
    self->single = !(value & 0x40);
    self->stream = 0;
    ib_sim_vl53l1x_begin(self, self->now_us);
}

static bool is_setting(uint16_t address) {
    return (address >= 0x004B && address < 0x0064) || address == 0x0069 ||
           (address >= IB_SIM_VL53L1X_INTER_PERIOD && address < IB_SIM_VL53L1X_INTER_PERIOD + 4) ||
           (address >= 0x0078 && address < 0x007C) || address == IB_SIM_VL53L1X_ROI_SIZE;
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
    if ((address >= IB_SIM_VL53L1X_RESULT &&
         address < IB_SIM_VL53L1X_RESULT + IB_SIM_VL53L1X_RESULT_BYTES) ||
        address == BOOTED || (address >= IDENTITY && address < IDENTITY + 3) ||
        address == OSC_CALIBRATION || address == OSC_CALIBRATION + 1) {
        self->violations.read_only++;
        return;
    }
    if (self->ranging && is_setting(address) && self->registers[address] != value)
        self->violations.changed_while_ranging++;
    bool was_waiting = self->waiting;
    if (address != IB_SIM_VL53L1X_READY)
        self->registers[address] = value;
    if (address == IB_SIM_VL53L1X_POLARITY)
        ib_sim_vl53l1x_ready(self, was_waiting);
    else if (address == CLEAR && (value & 1))
        ib_sim_vl53l1x_ready(self, false);
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
    if (address == IDENTITY && ib_sim_vl53l1x_has(self, IB_SIM_VL53L1X_WRONG_ID))
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
    if (self->off || ib_sim_vl53l1x_has(self, IB_SIM_VL53L1X_UNPLUG))
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
        uint32_t bit = ib_sim_vl53l1x_dice(self) % (uint32_t)(part->size * 8);
        part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    struct ib_sim_vl53l1x *self = context;
    advance(self, self->clock->now_us);
    if (ib_sim_vl53l1x_has(self, IB_SIM_VL53L1X_STUCK)) {
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
        if (ib_sim_vl53l1x_has(self, (enum ib_sim_vl53l1x_fault)i))
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
    return ib_sim_vl53l1x_distance_mm(self, self->now_us);
}
