/// The camera on sources that are no Lepton behind two buses: without control, with a control that
/// cannot carry every command, with a module that reboots by itself while its video goes on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "boards/tcam_mini.h"
#include "bus/clock.h"
#include "camera/camera.h"
#include "core/status.h"

#define PX (160 * 120)
#define FRAME_US 113208

/// A made-up source: a frame every 113 ms, whatever is set.
struct fake {
    uint64_t next_us;
    bool on;
    uint32_t starts;
    bool telemetry;
    bool dead;          ///< no frames, however often it is started
    uint64_t booted_us; ///< the frames' uptime counts from here
    // Its control: one value for each of a few commands.
    struct ib_cci_command command;
    bool busy;
    uint64_t done_us;
    uint16_t cannot[4]; ///< commands that the table cannot carry
    unsigned sets;
    uint16_t values[64][8];
    uint16_t keys[64];
    uint16_t poison; ///< after this SET it reboots by itself 500 ms later
    unsigned poisoned;
    uint64_t reboot_us;
};

struct stage {
    struct fake fake;
    struct ib_source source;
    struct ib_cci cci;
    struct ib_hub hub;
    uint16_t pixels[IB_HUB_STORAGE_PX(4, PX)];
    struct ib_camera camera;
    uint64_t now_us;
    uint64_t steps;
    uint32_t frames;
};

static struct stage stage;

static int fake_start(void *context, const struct ib_source_format *format, uint64_t now_us) {
    struct fake *self = context;
    (void)format;
    self->on = true;
    self->starts++;
    self->next_us = now_us + FRAME_US;
    return IB_OK;
}

static void fake_stop(void *context) {
    struct fake *self = context;
    self->on = false;
}

static int fake_step(void *context, uint64_t now_us, struct ib_frame *into, uint64_t *due_us) {
    struct fake *self = context;
    assert_true(self->on);
    *due_us = self->dead ? IB_NEVER : self->next_us;
    if (self->dead || now_us < self->next_us)
        return 0;
    if (self->reboot_us && now_us >= self->reboot_us) {
        self->reboot_us = 0;
        self->booted_us = now_us;
        memset(self->values, 0, sizeof self->values);
    }
    self->next_us += FRAME_US;
    *due_us = self->next_us;
    if (!into)
        return 0;
    into->width_px = 160;
    into->height_px = 120;
    into->flags = IB_FRAME_CRC_OK | (self->telemetry ? IB_FRAME_TELEMETRY : 0);
    into->uptime_ms = (uint32_t)((now_us - self->booted_us) / 1000);
    into->captured_us = now_us;
    into->ffc_state = 0;
    return 1;
}

static void fake_counters(void *context, struct ib_source_counters *out) {
    (void)context;
    memset(out, 0, sizeof *out);
}

static uint16_t *value_of(struct fake *self, uint16_t get) {
    unsigned i = 0;
    while (self->keys[i] && self->keys[i] != get)
        i++;
    assert_true(i < 63);
    self->keys[i] = get;
    return self->values[i];
}

static int cci_start(void *context, const struct ib_cci_command *command, uint64_t now_us) {
    struct fake *self = context;
    for (unsigned i = 0; i < 4; i++)
        if (self->cannot[i] && self->cannot[i] == command->command)
            return IB_E_UNSUPPORTED;
    assert_false(self->busy);
    self->busy = true;
    self->command = *command;
    self->done_us = now_us + 3000;
    return IB_OK;
}

static int cci_poll(void *context, uint64_t now_us, struct ib_cci_outcome *outcome,
                    uint64_t *due_us) {
    struct fake *self = context;
    assert_true(self->busy);
    *due_us = self->done_us;
    if (now_us < self->done_us)
        return 0;
    self->busy = false;
    outcome->status = IB_OK;
    const struct ib_cci_command *c = &self->command;
    uint16_t words = c->words < 8 ? c->words : 8;
    uint16_t *value = value_of(self, (uint16_t)(c->command & ~3u));
    if ((c->command & 3) == 1) {
        self->sets++;
        memcpy(value, c->data, 2u * words);
        if (c->command == self->poison) {
            self->poisoned++;
            self->reboot_us = now_us + 500000;
        }
    } else if (c->command == 0x481C) {
        static const char part[] = "500-0771-01";
        memset(c->data, 0, 2u * c->words);
        memcpy(c->data, part, sizeof part);
    } else if (c->words) {
        memcpy(c->data, value, 2u * words);
    }
    return 1;
}

static void cci_cancel(void *context) {
    struct fake *self = context;
    self->busy = false;
}

static struct stage *stage_new(bool cci) {
    static const struct ib_source_ops source_ops = {fake_start, fake_stop, fake_step,
                                                    fake_counters};
    static const struct ib_cci_ops cci_ops = {cci_start, cci_poll, cci_cancel};
    struct stage *self = &stage;
    memset(self, 0, sizeof *self);
    self->fake.telemetry = true;
    self->cci = (struct ib_cci){&cci_ops, &self->fake};
    self->source = (struct ib_source){
        .ops = &source_ops, .context = &self->fake, .cci = cci ? &self->cci : NULL};
    assert_int_equal(
        ib_hub_init(&self->hub, 4, self->pixels, sizeof self->pixels / sizeof self->pixels[0]),
        IB_OK);
    struct ib_camera_config config = {.source = &self->source,
                                      .hub = &self->hub,
                                      .wanted = ib_board_tcam_mini.wanted,
                                      .wanted_count = ib_board_tcam_mini.wanted_count};
    assert_int_equal(ib_camera_init(&self->camera, &config), IB_OK);
    return self;
}

static void run(struct stage *self, uint64_t us) {
    uint64_t until_us = self->now_us + us;
    while (self->now_us < until_us) {
        uint64_t due_us;
        ib_camera_step(&self->camera, self->now_us, &due_us);
        self->steps++;
        self->now_us += 1; // reading the clock costs time
        if (due_us > self->now_us)
            self->now_us = due_us < until_us ? due_us : until_us;
    }
}

static struct ib_camera_state state_of(struct stage *self) {
    struct ib_camera_state s;
    ib_camera_state(&self->camera, &s);
    return s;
}

static int ask(struct stage *self, struct ib_camera_request *request) {
    uint64_t until_us = self->now_us + 10000000;
    ib_camera_post(&self->camera, request);
    while (!ib_camera_answered(request)) {
        assert_true(self->now_us < until_us);
        run(self, 1000);
    }
    return request->status;
}

static void without_control_there_are_frames_and_no_spin(void **state) {
    (void)state;
    struct stage *self = stage_new(false);
    run(self, 5000000);
    assert_int_equal(state_of(self).stage, IB_STAGE_RUNNING);
    assert_in_range(state_of(self).counters.frames, 40, 45);
    struct ib_camera_request settings = {.ask = IB_ASK_SETTINGS,
                                         .settings = {.mask = IB_SETTING_AGC, .agc = true}};
    struct ib_camera_request raw = {.ask = IB_ASK_CCI, .cci = {.command = 0x0202}};
    struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
    assert_int_equal(ask(self, &settings), IB_OK);
    assert_int_equal(ask(self, &raw), IB_E_UNSUPPORTED);
    assert_int_equal(ask(self, &ffc), IB_E_UNSUPPORTED);
    self->steps = 0;
    run(self, 10000000);
    assert_in_range(self->steps, 10, 1000);
}

/// No control, and then no frames either: what there is of the ladder is tried for ever, with
/// pauses.
static void without_control_or_lines_recovery_pauses(void **state) {
    (void)state;
    struct stage *self = stage_new(false);
    run(self, 2000000);
    self->fake.dead = true;
    self->steps = 0;
    run(self, 60000000);
    assert_in_range(state_of(self).counters.rung[IB_RUNG_RESYNC], 5, 20);
    assert_true(self->steps < 1000);
    self->fake.dead = false;
    run(self, 8000000);
    assert_int_equal(state_of(self).stage, IB_STAGE_RUNNING);
}

static void a_command_that_cannot_be_carried_is_not_asked_for_ever(void **state) {
    static const uint16_t commands[] = {0x4EC1, 0x0149, 0x0219, 0x4EBC, 0x4EBD, 0x481C,
                                        0x0208, 0x4820, 0x0202, 0x0244, 0x4EC0, 0x0218};
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct stage *self = stage_new(true);
        self->fake.cannot[0] = commands[i];
        run(self, 9000000);
        self->steps = 0;
        run(self, 30000000);
        struct ib_camera_state s = state_of(self);
        print_message("without 0x%04X: %s, %llu steps in 30 s, %u bus errors\n", commands[i],
                      ib_camera_stage_name(s.stage), (unsigned long long)self->steps,
                      s.counters.cci_errors);
        assert_int_equal(s.stage, IB_STAGE_RUNNING);
        assert_true(self->steps < 3000);
        assert_int_equal(s.counters.cci_errors, 0);
        uint16_t words[8] = {0};
        struct ib_camera_request raw = {.ask = IB_ASK_CCI,
                                        .cci = {.command = commands[i], .words = 2, .data = words}};
        assert_int_equal(ask(self, &raw), IB_E_UNSUPPORTED);
        assert_int_equal(state_of(self).stage, IB_STAGE_RUNNING);
    }
}

/// Neither reboot nor lines: the ladder has nothing but resync, and still pauses.
static void a_ladder_of_one_rung_pauses(void **state) {
    (void)state;
    struct stage *self = stage_new(true);
    self->fake.cannot[0] = 0x4842;
    run(self, 3000000);
    self->fake.dead = true;
    self->steps = 0;
    run(self, 60000000);
    assert_int_equal(state_of(self).stage, IB_STAGE_RECOVERING);
    assert_in_range(state_of(self).counters.rung[IB_RUNG_RESYNC], 5, 20);
    assert_true(self->steps < 1000);
    self->fake.dead = false;
    run(self, 8000000);
    assert_int_equal(state_of(self).stage, IB_STAGE_RUNNING);
}

static void a_module_that_reboots_by_itself_is_set_up_anew(void **state) {
    (void)state;
    struct stage *self = stage_new(true);
    run(self, 10000000);
    assert_int_equal(state_of(self).counters.setups, 1);
    unsigned sets = self->fake.sets, starts = self->fake.starts;
    uint32_t frames = state_of(self).counters.frames;
    self->fake.reboot_us = self->now_us;
    run(self, 3000000);
    struct ib_camera_state s = state_of(self);
    assert_int_equal(s.counters.setups, 2);
    assert_int_equal(s.stage, IB_STAGE_RUNNING);
    assert_int_equal(self->fake.sets - sets, ib_board_tcam_mini.wanted_count);
    assert_int_equal(self->fake.starts, starts); // its video never stopped
    assert_in_range(s.counters.frames - frames, 26, 27);
}

/// A raw SET that makes the module reboot (frames never stop) is not applied for ever.
static void a_set_that_reboots_the_module_is_dropped(void **state) {
    (void)state;
    struct stage *self = stage_new(true);
    run(self, 10000000);
    uint16_t words[2] = {1, 0};
    self->fake.poison = 0x0131;
    struct ib_camera_request raw = {.ask = IB_ASK_CCI,
                                    .cci = {.command = 0x0131, .words = 2, .data = words}};
    assert_int_equal(ask(self, &raw), IB_OK);
    run(self, 30000000);
    struct ib_camera_state s = state_of(self);
    assert_int_equal(self->fake.poisoned, 1);
    assert_int_equal(s.dropped_command, 0x0131);
    assert_int_equal(s.stage, IB_STAGE_RUNNING);
}

/// An FFC that never ends: the request has its deadline, and the asking stops, too.
static void an_endless_ffc_is_given_up(void **state) {
    (void)state;
    struct stage *self = stage_new(true);
    run(self, 10000000);
    value_of(&self->fake, 0x0244)[0] = 1;
    struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
    uint64_t start_us = self->now_us;
    assert_int_equal(ask(self, &ffc), IB_E_TIMEOUT);
    assert_in_range(self->now_us - start_us, 4990000, 5010000);
    run(self, 20000000);
    self->steps = 0;
    run(self, 9000000);
    assert_true(self->steps < 300); // frames and nothing else
}

/// A reader that keeps every slot costs frames, counted once, not once a step.
static void slots_that_are_all_held_are_counted_once(void **state) {
    (void)state;
    struct stage *self = stage_new(true);
    run(self, 5000000);
    const struct ib_frame *held[8];
    unsigned count = 0;
    uint32_t seen = 0;
    for (unsigned i = 0; i < 40 && count < 8; i++) {
        run(self, FRAME_US);
        const struct ib_frame *frame = ib_hub_newest(&self->hub, seen);
        if (frame) {
            seen = frame->sequence;
            held[count++] = frame;
        }
    }
    run(self, 5000000);
    assert_in_range(state_of(self).counters.lost_no_slot, 1, 3);
    assert_int_equal(state_of(self).counters.rung[IB_RUNG_RESYNC], 0); // the sensor is well
    while (count)
        ib_hub_release(&self->hub, held[--count]);
    run(self, 1000000);
    assert_true(ib_hub_sequence(&self->hub) > seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_control_there_are_frames_and_no_spin),
        cmocka_unit_test(without_control_or_lines_recovery_pauses),
        cmocka_unit_test(a_command_that_cannot_be_carried_is_not_asked_for_ever),
        cmocka_unit_test(a_ladder_of_one_rung_pauses),
        cmocka_unit_test(a_module_that_reboots_by_itself_is_set_up_anew),
        cmocka_unit_test(a_set_that_reboots_the_module_is_dropped),
        cmocka_unit_test(an_endless_ffc_is_given_up),
        cmocka_unit_test(slots_that_are_all_held_are_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
