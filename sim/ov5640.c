/// The OV5640's front doors SCCB, reset and power-down; its faults. What it does not model is said in
/// ov5640.h.
///
/// SCCB is I2C: a 16-bit register address, then data that go up by themselves. The part listens 20 ms
/// after power or the reset line, 5 ms after power-down, 2 ms after a software reset.
/// Source: OV5640 data sheet 2.03, chapter 6 and figures 2-3, 2-4.

#include "sim/ov5640.h"

#include <string.h>

#include "core/real.h"
#include "core/status.h"

#define RESET_DEAF_US 20000u
#define SLEEP_DEAF_US 5000u
#define SOFT_DEAF_US 2000u
#define LEAST_RESET_US 1000u
#define STUCK_US 10000u

enum end { BY_HEAL, BY_COUNT, BY_TIME, AT_ONCE };

static const struct {
    const char *name, *about;
    enum end end;
    uint32_t count;
    uint64_t duration_us;
} kinds[IB_SIM_OV5640_FAULTS] = {
    [IB_SIM_OV5640_WELL] = {"none", "nothing is wrong", BY_HEAL, 0, 0},
    [IB_SIM_OV5640_NACK] = {"nack", "the next SCCB transactions are not acknowledged", BY_COUNT, 3,
                            0},
    [IB_SIM_OV5640_STUCK] = {"stuck", "the SCCB bus is held low for a while", BY_TIME, 0, 50000},
    [IB_SIM_OV5640_BIT_FLIP] = {"bit-flip", "one bit of the next SCCB reads is wrong", BY_COUNT, 1,
                                0},
    [IB_SIM_OV5640_WRONG_ID] = {"wrong-id", "another part's identity", BY_HEAL, 0, 0},
    [IB_SIM_OV5640_NO_FRAMES] = {"no-frames", "no frames for a while", BY_TIME, 0, 1000000},
    [IB_SIM_OV5640_SHORT_FRAME] = {"short-frame", "the next frames end after half of their lines",
                                   BY_COUNT, 1, 0},
    [IB_SIM_OV5640_TORN_FRAME] = {"torn-frame", "the next frames lose lines in the middle",
                                  BY_COUNT, 1, 0},
    [IB_SIM_OV5640_NO_EOI] = {"no-eoi", "the next JPEGs have no end", BY_COUNT, 1, 0},
    [IB_SIM_OV5640_BROWN_OUT] = {"brown-out", "now: all registers back at their defaults", AT_ONCE,
                                 1, 0},
    [IB_SIM_OV5640_AF_DEAF] = {"af-deaf", "the autofocus takes no commands", BY_HEAL, 0, 0},
    [IB_SIM_OV5640_AF_LOST] = {"af-lost", "the autofocus never finds its focus", BY_HEAL, 0, 0},
    [IB_SIM_OV5640_UNPLUG] = {"unplug", "the camera is not there", BY_HEAL, 0, 0},
};

const char *ib_sim_ov5640_fault_name(enum ib_sim_ov5640_fault fault) {
    return (unsigned)fault < IB_SIM_OV5640_FAULTS ? kinds[fault].name : NULL;
}

const char *ib_sim_ov5640_fault_about(enum ib_sim_ov5640_fault fault) {
    return (unsigned)fault < IB_SIM_OV5640_FAULTS ? kinds[fault].about : NULL;
}

enum ib_sim_ov5640_fault ib_sim_ov5640_fault_named(const char *name) {
    for (int i = 1; name && i < IB_SIM_OV5640_FAULTS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return (enum ib_sim_ov5640_fault)i;
    return IB_SIM_OV5640_WELL;
}

// ---- Power and time ----

uint32_t ib_sim_ov5640_random(struct ib_sim_ov5640 *self) {
    self->random = self->random * 1664525u + 1013904223u;
    return self->random >> 8;
}

double ib_sim_ov5640_scene_s(const struct ib_sim_ov5640 *self, uint64_t at_us) {
    return (double)(at_us - self->init_us) / 1e6 * (double)self->config.scene_rate;
}

void ib_sim_ov5640_advance(struct ib_sim_ov5640 *self, uint64_t now_us) {
    if (now_us <= self->now_us)
        return;
    ib_sim_ov5640_frames(self, now_us);
    ib_sim_ov5640_focus_step(self, now_us);
    self->now_us = now_us;
}

static void deaf(struct ib_sim_ov5640 *self, uint64_t us) {
    if (self->deaf_until_us < self->now_us + us)
        self->deaf_until_us = self->now_us + us;
}

static void hard_reset(struct ib_sim_ov5640 *self) {
    ib_sim_ov5640_defaults(self);
    deaf(self, RESET_DEAF_US);
    ib_sim_ov5640_stream(self);
}

static int set_reset(void *context, int level) {
    struct ib_sim_ov5640 *self = context;
    ib_sim_ov5640_advance(self, self->clock->now_us);
    if ((level != 0) == self->in_reset)
        return IB_OK;
    self->in_reset = level != 0;
    if (self->in_reset)
        self->reset_since_us = self->now_us;
    else if (self->now_us - self->reset_since_us < LEAST_RESET_US)
        self->violations.reset_too_short++;
    hard_reset(self);
    return IB_OK;
}

static int get_reset(void *context) {
    return ((struct ib_sim_ov5640 *)context)->in_reset;
}

static int set_power_down(void *context, int level) {
    struct ib_sim_ov5640 *self = context;
    ib_sim_ov5640_advance(self, self->clock->now_us);
    if ((level != 0) == self->powered_down)
        return IB_OK;
    self->powered_down = level != 0;
    deaf(self, SLEEP_DEAF_US);
    ib_sim_ov5640_stream(self);
    return IB_OK;
}

static int get_power_down(void *context) {
    return ((struct ib_sim_ov5640 *)context)->powered_down;
}

static const struct ib_gpio_ops reset_ops = {set_reset, get_reset};
static const struct ib_gpio_ops power_down_ops = {set_power_down, get_power_down};

// ---- Registers ----

static uint8_t read_register(struct ib_sim_ov5640 *self, uint16_t address) {
    if (address == 0x300B && ib_sim_ov5640_has(self, IB_SIM_OV5640_WRONG_ID))
        return 0x42;
    return self->registers[address];
}

static void soft_reset(struct ib_sim_ov5640 *self) {
    ib_sim_ov5640_defaults(self);
    deaf(self, SOFT_DEAF_US);
    ib_sim_ov5640_stream(self);
}

static void write_register(struct ib_sim_ov5640 *self, uint16_t address, uint8_t value) {
    if (address == 0x300A || address == 0x300B)
        return;
    if (address == 0x3008 && (value & 0x80)) {
        soft_reset(self);
        return;
    }
    if (address == 0x3212) {
        if (!(value & 0xF0))
            self->group_held = true;
        else if ((value & 0xF0) == 0xA0)
            self->group_held = false;
    }
    if (address >= 0x8000 || address == 0x3000 || (address >= 0x3022 && address < 0x302A)) {
        ib_sim_ov5640_focus_write(self, address, value);
        return;
    }
    self->registers[address] = value;
    if (address == 0x3602 || address == 0x3603)
        self->lens =
            (uint16_t)((self->registers[0x3603] & 0x3F) << 4 | self->registers[0x3602] >> 4);
    self->changed = true;
    if (address == 0x3008 || address == 0x3017 || address == 0x3018)
        ib_sim_ov5640_stream(self);
}

// ---- Bus ----

static void clock_bits(struct ib_sim_ov5640 *self, unsigned bits) {
    uint64_t scaled = self->sccb_rest + bits * UINT64_C(1000000);
    ib_sim_clock_spend(self->clock, scaled / self->config.sccb_hz);
    self->sccb_rest = scaled % self->config.sccb_hz;
    ib_sim_ov5640_advance(self, self->clock->now_us);
}

static bool listens(struct ib_sim_ov5640 *self) {
    if (self->in_reset || self->powered_down || ib_sim_ov5640_has(self, IB_SIM_OV5640_UNPLUG))
        return false;
    if (self->now_us < self->deaf_until_us) {
        self->violations.sccb_too_early++;
        return false;
    }
    return true;
}

static int acknowledge(struct ib_sim_ov5640 *self, uint8_t address7) {
    if (address7 != IB_SIM_OV5640_ADDRESS) {
        self->violations.wrong_address++;
        return IB_E_NACK;
    }
    if (!listens(self) || ib_sim_ov5640_strikes(self, IB_SIM_OV5640_NACK))
        return IB_E_NACK;
    return IB_OK;
}

/// A software reset in the middle of a burst leaves nobody to take the rest.
static int write_part(struct ib_sim_ov5640 *self, const struct ib_i2c_part *part) {
    if (part->size == 1)
        self->violations.half_address++;
    for (size_t i = 0; i < part->size; i++) {
        clock_bits(self, 9);
        if (self->in_reset || self->now_us < self->deaf_until_us)
            return IB_E_NACK;
        if (i == 0)
            self->pointer = (uint16_t)(part->data[0] << 8 | (self->pointer & 0xFF));
        else if (i == 1)
            self->pointer = (uint16_t)((self->pointer & 0xFF00) | part->data[1]);
        else
            write_register(self, self->pointer++, part->data[i]);
    }
    return IB_OK;
}

static void read_part(struct ib_sim_ov5640 *self, const struct ib_i2c_part *part) {
    for (size_t i = 0; i < part->size; i++) {
        part->data[i] = read_register(self, self->pointer++);
        clock_bits(self, 9);
    }
    if (part->size && ib_sim_ov5640_strikes(self, IB_SIM_OV5640_BIT_FLIP)) {
        uint32_t bit = ib_sim_ov5640_random(self) % (uint32_t)(part->size * 8);
        part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    struct ib_sim_ov5640 *self = context;
    ib_sim_ov5640_advance(self, self->clock->now_us);
    if (ib_sim_ov5640_has(self, IB_SIM_OV5640_STUCK)) {
        ib_sim_clock_spend(self->clock, STUCK_US);
        return IB_E_TIMEOUT;
    }
    int status = acknowledge(self, address7);
    clock_bits(self, 10); // start and address
    for (size_t i = 0; status == IB_OK && i < count; i++) {
        if (i)
            clock_bits(self, 10);
        if (parts[i].read)
            read_part(self, &parts[i]);
        else
            status = write_part(self, &parts[i]);
    }
    clock_bits(self, 1); // stop
    return status;
}

static const struct ib_i2c_ops sccb_ops = {transfer};

// ---- Doors ----

struct ib_i2c ib_sim_ov5640_sccb(struct ib_sim_ov5640 *self) {
    return (struct ib_i2c){&sccb_ops, self};
}

struct ib_gpio ib_sim_ov5640_reset(struct ib_sim_ov5640 *self) {
    return (struct ib_gpio){&reset_ops, self};
}

struct ib_gpio ib_sim_ov5640_power_down(struct ib_sim_ov5640 *self) {
    return (struct ib_gpio){&power_down_ops, self};
}

struct ib_picture_in ib_sim_ov5640_port(struct ib_sim_ov5640 *self) {
    return (struct ib_picture_in){&ib_sim_ov5640_port_ops, self};
}

/// What the memory holds, one behind the other.
#define ROW_PX IB_SIM_OV5640_ARRAY_W
#define CELLS                                                                                      \
    (2u * IB_SIM_OV5640_PLANE_PX + (IB_SIM_OV5640_BAND + 1) * IB_SIM_OV5640_PLANE_W + ROW_PX)
#define LINE_BYTES (2u * IB_SIM_OV5640_ARRAY_W)

size_t ib_sim_ov5640_memory_bytes(void) {
    return CELLS * sizeof(uint32_t) + LINE_BYTES +
           (size_t)3 * IB_SIM_OV5640_ARRAY_W * IB_SIM_OV5640_ARRAY_H;
}

static void share_memory(struct ib_sim_ov5640 *self) {
    self->sharp = self->config.memory;
    self->blurred = self->sharp + IB_SIM_OV5640_PLANE_PX;
    self->band = self->blurred + IB_SIM_OV5640_PLANE_PX;
    self->row = self->band + (IB_SIM_OV5640_BAND + 1) * IB_SIM_OV5640_PLANE_W;
    self->line = (uint8_t *)(self->row + ROW_PX);
    self->colours = self->line + LINE_BYTES;
}

/// About what displays undo: a power of 0.45.
static void fill_gamma(struct ib_sim_ov5640 *self) {
    for (int i = 0; i <= 1024; i++)
        self->gamma[i] = (uint8_t)(255 * ib_pow(i / 1024.0, 0.9) + 0.5);
}

int ib_sim_ov5640_init(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_config *config) {
    if (!config->clock || !config->memory)
        return IB_E_INVAL;
    if (config->memory_bytes < ib_sim_ov5640_memory_bytes())
        return IB_E_NO_SPACE;
    memset(self, 0, sizeof *self);
    self->config = *config;
    self->clock = config->clock;
    self->scene = config->scene ? config->scene : ib_sim_scenes(NULL);
    if (!(self->config.scene_rate > 0))
        self->config.scene_rate = 1;
    if (!self->config.sccb_hz)
        self->config.sccb_hz = 100000;
    if (!self->config.xclk_hz)
        self->config.xclk_hz = 12000000;
    if (!(self->config.hfov_deg > 0))
        self->config.hfov_deg = 65;
    const float *baseline = config->baseline_mm;
    if (!(baseline[0] > 0) && !(baseline[0] < 0) && !(baseline[1] > 0) && !(baseline[1] < 0))
        self->config.baseline_mm[0] = 22;
    share_memory(self);
    self->init_us = self->now_us = self->clock->now_us;
    self->light = 1;
    self->random = (uint32_t)config->seed ^ 0x0560u;
    fill_gamma(self);
    hard_reset(self);
    return IB_OK;
}

void ib_sim_ov5640_scene(struct ib_sim_ov5640 *self, const struct ib_sim_scene *scene) {
    ib_sim_ov5640_advance(self, self->clock->now_us);
    self->scene = scene ? scene : ib_sim_scenes(NULL);
}

void ib_sim_ov5640_light(struct ib_sim_ov5640 *self, float share) {
    ib_sim_ov5640_advance(self, self->clock->now_us);
    self->light = share > 0 ? share : 0;
}

// ---- Faults ----

bool ib_sim_ov5640_has(const struct ib_sim_ov5640 *self, enum ib_sim_ov5640_fault fault) {
    if (kinds[fault].end == BY_TIME)
        return self->fault_left[fault] && self->now_us < self->fault_until_us[fault];
    return self->fault_left[fault] > 0;
}

bool ib_sim_ov5640_strikes(struct ib_sim_ov5640 *self, enum ib_sim_ov5640_fault fault) {
    if (!self->fault_left[fault])
        return false;
    self->fault_left[fault]--;
    return true;
}

int ib_sim_ov5640_fault(struct ib_sim_ov5640 *self, enum ib_sim_ov5640_fault fault, uint32_t count,
                        uint64_t duration_us) {
    if ((unsigned)fault >= IB_SIM_OV5640_FAULTS)
        return IB_E_INVAL;
    ib_sim_ov5640_advance(self, self->clock->now_us);
    if (fault == IB_SIM_OV5640_WELL) {
        ib_sim_ov5640_heal(self);
        return IB_OK;
    }
    if (fault == IB_SIM_OV5640_BROWN_OUT) {
        hard_reset(self);
        return IB_OK;
    }
    self->fault_left[fault] = count ? count : kinds[fault].count ? kinds[fault].count : 1;
    self->fault_until_us[fault] =
        self->now_us + (duration_us ? duration_us : kinds[fault].duration_us);
    ib_sim_ov5640_stream(self);
    return IB_OK;
}

void ib_sim_ov5640_heal(struct ib_sim_ov5640 *self) {
    ib_sim_ov5640_advance(self, self->clock->now_us);
    memset(self->fault_left, 0, sizeof self->fault_left);
    ib_sim_ov5640_stream(self);
}

enum ib_sim_ov5640_fault ib_sim_ov5640_faulty(const struct ib_sim_ov5640 *self) {
    for (int i = 1; i < IB_SIM_OV5640_FAULTS; i++)
        if (ib_sim_ov5640_has(self, (enum ib_sim_ov5640_fault)i))
            return (enum ib_sim_ov5640_fault)i;
    return IB_SIM_OV5640_WELL;
}

const struct ib_sim_ov5640_violations *ib_sim_ov5640_violations(const struct ib_sim_ov5640 *self) {
    return &self->violations;
}

uint32_t ib_sim_ov5640_violation_count(const struct ib_sim_ov5640 *self) {
    const uint32_t *counts = (const uint32_t *)&self->violations;
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof self->violations / sizeof *counts; i++)
        sum += counts[i];
    return sum;
}

void ib_sim_ov5640_facts(struct ib_sim_ov5640 *self, struct ib_sim_ov5640_facts *out) {
    ib_sim_ov5640_advance(self, self->clock->now_us);
    const struct ib_sim_ov5640_view *view = &self->view;
    double lines =
        (double)self->exposure_lines > view->vts ? (double)self->exposure_lines : (double)view->vts;
    *out = (struct ib_sim_ov5640_facts){
        .streaming = self->streaming && (self->view_good || self->changed),
        .width_px = view->width_px,
        .height_px = view->height_px,
        .pclk_hz = ib_sim_ov5640_pclk_hz(self),
        .frame_rate_hz = self->view_good ? (float)(1e6 / (view->line_us * lines)) : 0,
        .frames = self->frames,
        .lens = self->lens,
        .sharp_at = ib_sim_ov5640_sharp_at(self),
        .exposure_us = (float)((double)self->exposure_lines * view->line_us),
        .gain = self->gain,
    };
}
