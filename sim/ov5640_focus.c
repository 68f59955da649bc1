/// The OV5640's autofocus: a controller with a program, a voice coil and a lens.
///
/// What the program does is ours: any plausible one starts, sweeps in eleven frames and knows where
/// the scene is sharp. A command is taken 2 ms after it was written. A lens of 2.85 mm at f/2.8 needs
/// 75,000 / distance in mm steps of the coil from infinity at 100.
/// Source: OV5640 autofocus application note (commands and states); lens and coil are derived.

#include "sim/ov5640_private.h"

#define COMMAND 0x3022
#define ACKNOWLEDGE 0x3023
#define STATUS 0x3029

#define STATUS_FOCUSING 0x00
#define STATUS_FOCUSED 0x10
#define STATUS_BUSY 0x20
#define STATUS_IDLE 0x70
#define STATUS_STARTING 0x7E
#define STATUS_LOADED 0x7F

#define FIRMWARE_LEAST 256u
#define WAKE_US 1000u
#define START_US 15000u
#define TAKE_US 2000u

#define COARSE_STEPS 8u
#define SWEEP_STEPS 11u
#define LENS_MOST 1023
#define LENS_INFINITY 100
#define LENS_NEAR 75000.0f
#define CONE_DEG 10.0f
/// Continuous focus looks every so many frames whether it is off by more than this.
#define LOOK_FRAMES 10
#define LOOK_OFF 20

void ib_sim_ov5640_focus_reset(struct ib_sim_ov5640 *self) {
    self->focus = (struct ib_sim_ov5640_focus){.held = true, .due_us = IB_NEVER};
    self->lens = 0;
}

uint16_t ib_sim_ov5640_lens_for(float mm) {
    float lens = LENS_INFINITY + LENS_NEAR / mm;
    return lens < LENS_MOST ? (uint16_t)lens : LENS_MOST;
}

uint16_t ib_sim_ov5640_sharp_at(const struct ib_sim_ov5640 *self) {
    double at_s = ib_sim_ov5640_scene_s(self, self->now_us);
    return ib_sim_ov5640_lens_for(
        ib_sim_scene_distance_mm(self->scene, at_s, self->config.seed, CONE_DEG));
}

static void sweep(struct ib_sim_ov5640 *self) {
    self->focus.step = 1;
    self->registers[STATUS] = STATUS_FOCUSING;
}

static void take_command(struct ib_sim_ov5640 *self) {
    struct ib_sim_ov5640_focus *focus = &self->focus;
    focus->pending = false;
    if (ib_sim_ov5640_has(self, IB_SIM_OV5640_AF_DEAF))
        return;
    self->registers[ACKNOWLEDGE] = 0;
    switch (focus->command) {
    case 0x03:
    case 0x04:
        focus->continuous = focus->command == 0x04;
        focus->frames = 0;
        sweep(self);
        break;
    case 0x06:
        focus->continuous = false;
        focus->step = 0;
        self->registers[STATUS] = STATUS_FOCUSED;
        break;
    case 0x08:
        focus->continuous = false;
        focus->step = 0;
        self->lens = LENS_INFINITY;
        self->registers[STATUS] = STATUS_IDLE;
        break;
    default: // zones: all of the picture is the zone here
        break;
    }
}

void ib_sim_ov5640_focus_step(struct ib_sim_ov5640 *self, uint64_t now_us) {
    struct ib_sim_ov5640_focus *focus = &self->focus;
    while (focus->due_us <= now_us) {
        uint64_t at_us = focus->due_us;
        focus->due_us = IB_NEVER;
        if (focus->stage == 1) {
            focus->stage = 2;
            self->registers[STATUS] = STATUS_STARTING;
            focus->due_us = at_us + START_US;
        } else if (focus->stage == 2) {
            focus->stage = 0;
            focus->running = true;
            self->registers[STATUS] = STATUS_IDLE;
            // A command that lies there at the start is obeyed at once.
            focus->command = self->registers[COMMAND];
            if (focus->command)
                take_command(self);
        } else if (focus->pending) {
            take_command(self);
        }
    }
}

void ib_sim_ov5640_focus_write(struct ib_sim_ov5640 *self, uint16_t address, uint8_t value) {
    struct ib_sim_ov5640_focus *focus = &self->focus;
    if (address >= 0x8000) {
        if (!focus->held)
            self->violations.firmware_running++;
        if (address == 0x8000) {
            focus->firmware_bytes = 0;
            focus->firmware_varies = false;
        }
        focus->firmware_varies |= address != 0x8000 && value != self->registers[address - 1];
        focus->firmware_bytes++;
    }
    self->registers[address] = value;
    if (address == 0x3000) {
        bool held = (value & 0x20) != 0;
        bool program = focus->firmware_varies && focus->firmware_bytes >= FIRMWARE_LEAST;
        if (held && !focus->held) {
            focus->running = focus->pending = focus->continuous = false;
            focus->step = focus->stage = 0;
            focus->due_us = IB_NEVER;
            self->registers[STATUS] = STATUS_LOADED;
        } else if (!held && focus->held && program) {
            focus->stage = 1;
            focus->due_us = self->now_us + WAKE_US;
        }
        focus->held = held;
    }
    if (address == COMMAND && value && focus->running) {
        focus->command = value;
        focus->pending = true;
        focus->due_us = self->now_us + TAKE_US;
    }
}

void ib_sim_ov5640_focus_frame(struct ib_sim_ov5640 *self) {
    struct ib_sim_ov5640_focus *focus = &self->focus;
    if (!focus->running)
        return;
    if (!focus->step) {
        if (!focus->continuous || ++focus->frames < LOOK_FRAMES)
            return;
        focus->frames = 0;
        int off = (int)ib_sim_ov5640_sharp_at(self) - self->lens;
        if (off > LOOK_OFF || off < -LOOK_OFF)
            sweep(self);
        return;
    }
    int sharp = ib_sim_ov5640_sharp_at(self);
    if (focus->step <= COARSE_STEPS) {
        self->lens = (uint16_t)((focus->step - 1u) * LENS_MOST / (COARSE_STEPS - 1));
    } else if (ib_sim_ov5640_has(self, IB_SIM_OV5640_AF_LOST)) {
        self->registers[STATUS] = STATUS_BUSY;
        focus->step = 0; // counted on below: from the start, for ever
    } else {
        static const int8_t fine[] = {-24, 24, 2};
        int lens = sharp + fine[focus->step - COARSE_STEPS - 1];
        self->lens = (uint16_t)(lens < 0 ? 0 : lens > LENS_MOST ? LENS_MOST : lens);
        if (focus->step == SWEEP_STEPS) {
            self->registers[STATUS] = STATUS_FOCUSED;
            focus->step = 0;
            return;
        }
    }
    focus->step++;
}

/// Sixteen bytes of name, then a pattern: no instructions of any controller.
static const uint8_t stand_in[512] = {'i', 'r', 'o', 'n', 'b', 'o', 'w', ' ', 'f', 'o',
                                      'c', 'u', 's', ' ', '1', 0,   1,   2,   3,   4};

const uint8_t *ib_sim_ov5640_autofocus(size_t *size) {
    *size = sizeof stand_in;
    return stand_in;
}
