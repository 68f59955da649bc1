#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig the_rig;

/// Count a bus operation; true when it is one that shall fail.
static bool fails(struct rig *self) {
    uint32_t number = ++self->operations;
    if (number != self->fail_at && number != self->fail_too)
        return false;
    ib_sim_clock_spend(&self->sim_clock, self->fail_us);
    return true;
}

static void garbage(const struct rig *self, uint8_t *out, size_t size) {
    uint32_t x = self->operations * 2654435761u + 1;
    for (size_t i = 0; i < size; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        out[i] = (uint8_t)x;
    }
}

static void spring_trap(struct rig *self, const struct ib_i2c_part *part) {
    bool command = !part->read && part->size == 4 && part->data[0] == 0 && part->data[1] == 4;
    if (!self->trap || !command || (part->data[2] << 8 | part->data[3]) != self->trap)
        return;
    self->traps++;
    assert_int_equal(ib_sim_lepton_fault(&self->part, self->trap_fault, 0, 0), IB_OK);
}

static int tap_i2c(void *context, uint8_t address7, const struct ib_i2c_part *parts, size_t count) {
    struct rig *self = context;
    if (!fails(self)) {
        int status = ib_i2c_transfer(&self->part_i2c, address7, parts, count);
        spring_trap(self, &parts[0]);
        return status;
    }
    for (size_t i = 0; i < count; i++)
        if (parts[i].read)
            garbage(self, parts[i].data, parts[i].size);
    return self->fail_status;
}

static int tap_spi(void *context, const uint8_t *tx, uint8_t *rx, size_t size) {
    struct rig *self = context;
    if (!fails(self))
        return ib_spi_transfer(&self->part_spi, tx, rx, size);
    garbage(self, rx, size);
    return self->fail_status;
}

static const struct ib_i2c_ops tap_i2c_ops = {tap_i2c};
static const struct ib_spi_ops tap_spi_ops = {tap_spi};

static void say(void *context, enum ib_log_level level, const char *room, const char *text) {
    struct rig *self = context;
    if (self->verbose)
        print_message("%10.3f s %s %d %s\n", (double)self->sim_clock.now_us * 1e-6, room,
                      (int)level, text);
}

struct rig *rig_new(const struct rig_config *config) {
    static struct ib_log log;
    struct rig *self = &the_rig;
    const struct ib_board_tcam_mini *board = &ib_board_tcam_mini;

    memset(self, 0, sizeof *self);
    self->fail_status = IB_E_IO;
    self->verbose = getenv("RIG_VERBOSE") != NULL;
    ib_sim_clock_init(&self->sim_clock);
    self->clock = ib_sim_clock_table(&self->sim_clock);
    struct ib_sim_lepton_config part = {
        .model = config->model ? config->model : "3.5",
        .seed = config->seed,
        .scene = ib_sim_scene_named(config->scene ? config->scene : "bars"),
        .playback = config->playback,
        .clock = &self->sim_clock,
        .i2c_hz = board->lepton_i2c_hz,
        .spi_hz = config->spi_hz ? config->spi_hz : board->lepton_spi_hz,
        .quiet = !config->noisy,
    };
    assert_int_equal(ib_sim_lepton_init(&self->part, &part), IB_OK);
    self->part_i2c = ib_sim_lepton_i2c(&self->part);
    self->part_spi = ib_sim_lepton_spi(&self->part);
    self->i2c = (struct ib_i2c){&tap_i2c_ops, self};
    self->spi = (struct ib_spi){&tap_spi_ops, self, self->part_spi.max_bytes};
    self->reset = ib_sim_lepton_reset(&self->part);
    self->power = ib_sim_lepton_power(&self->part);
    ib_lepton_cci_init(&self->cci_engine, &self->i2c, &self->cci);
    ib_lepton_capture_init(&self->capture, &self->spi, &self->source);
    self->source.cci = &self->cci;
    self->source.reset = config->no_lines ? NULL : &self->reset;
    self->source.power = config->no_lines ? NULL : &self->power;
    assert_int_equal(ib_hub_init(&self->hub, RIG_SLOTS, self->pixels, RIG_SLOTS * RIG_PX), IB_OK);
    log = (struct ib_log){say, self};
    struct ib_camera_config camera = {.source = &self->source,
                                      .hub = &self->hub,
                                      .wanted = board->wanted,
                                      .wanted_count = board->wanted_count,
                                      .log = &log};
    assert_int_equal(ib_camera_init(&self->camera, &camera), IB_OK);
    self->last.pixels = self->last_px;
    self->last.capacity_px = RIG_PX;
    return self;
}

void rig_swap(struct rig *self, const char *model, uint64_t seed) {
    struct ib_sim_lepton_config part = {
        .model = model,
        .seed = seed,
        .scene = ib_sim_scene_named("bars"),
        .clock = &self->sim_clock,
        .i2c_hz = ib_board_tcam_mini.lepton_i2c_hz,
        .spi_hz = ib_board_tcam_mini.lepton_spi_hz,
        .quiet = true,
    };
    assert_int_equal(ib_sim_lepton_init(&self->part, &part), IB_OK);
}

/// One step and one wait, no further than `until_us`. True when a new good view frame is in `last`.
static bool turn(struct rig *self, uint64_t until_us) {
    uint64_t due_us, seen = self->last.sequence;
    bool view = false;

    ib_camera_step(&self->camera, ib_clock_now(&self->clock), &due_us);
    uint64_t second = self->sim_clock.now_us / 1000000;
    self->steps = second == self->second ? self->steps + 1 : 1;
    self->second = second;
    if (self->steps > self->busiest_steps)
        self->busiest_steps = self->steps;
    const struct ib_frame *frame = ib_hub_newest(&self->hub, (uint32_t)seen);
    if (frame) {
        view = !(frame->flags & IB_FRAME_FFC);
        assert_true(frame->flags & IB_FRAME_CRC_OK);
        assert_int_equal(ib_frame_copy(&self->last, frame), IB_OK);
        ib_hub_release(&self->hub, frame);
        if (view)
            self->frames++;
        else
            self->ffc_frames++;
    }
    ib_clock_wait_until(&self->clock, due_us < until_us ? due_us : until_us);
    return view;
}

void rig_run(struct rig *self, uint64_t us) {
    uint64_t until_us = self->sim_clock.now_us + us;
    while (self->sim_clock.now_us < until_us)
        turn(self, until_us);
}

uint64_t rig_until_frame(struct rig *self, uint64_t limit_us) {
    uint64_t start_us = self->sim_clock.now_us, until_us = start_us + limit_us;
    while (self->sim_clock.now_us < until_us)
        if (turn(self, until_us))
            return self->sim_clock.now_us - start_us;
    return IB_NEVER;
}

int rig_ask(struct rig *self, struct ib_camera_request *request) {
    uint64_t until_us = self->sim_clock.now_us + 20000000;
    ib_camera_post(&self->camera, request);
    while (!ib_camera_answered(request)) {
        assert_true(self->sim_clock.now_us < until_us);
        turn(self, until_us);
    }
    return request->status;
}

void rig_boot(struct rig *self) {
    struct ib_camera_state state;

    assert_true(rig_until_frame(self, 10000000) != IB_NEVER);
    ib_camera_state(&self->camera, &state);
    // The start-up FFC may still be under way behind the first frames.
    while (state.identity.shutter && self->last.ffc_state != IB_FFC_DONE) {
        assert_true(self->sim_clock.now_us < 12000000);
        rig_until_frame(self, 1000000);
    }
}

void rig_assert_calm(struct rig *self) {
    print_message("busiest second: %u steps\n", self->busiest_steps);
    assert_true(self->busiest_steps < 5000);
}

void rig_assert_clean(struct rig *self) {
    const struct ib_sim_violations *v = ib_sim_lepton_violations(&self->part);
    if (ib_sim_lepton_violation_count(&self->part) == 0)
        return;
    print_message(
        "violations: busy %u, boot %u, odd %u, register %u, length %u, reset %u, packet %u, "
        "address %u\n",
        v->command_while_busy, v->i2c_during_boot, v->odd_bytes, v->reserved_register,
        v->bad_length, v->reset_too_short, v->partial_packet, v->wrong_address);
    fail();
}
