/// The sweep: fail the k-th bus operation, for every k, through init, capture, FFC and
/// reconfiguration. On 160x120 and 80x60; with an error at once, no acknowledge, a time-out that
/// costs time, garbage instead of data; one operation or two.
///
/// The whole rig is one block of memory, so each run starts from a copy made just before operation
/// k.
#include "rig.h"

#include <stdlib.h>
#include <string.h>

static struct rig saved;

/// The story that is swept: boot, some frames, new settings, an FFC, some frames.
struct story {
    struct ib_camera_request settings, ffc;
    int chapter;
};

static struct story told, saved_told;
static uint32_t worst_k; ///< the operation whose failure took longest

static void tell(struct rig *rig) {
    switch (told.chapter) {
    case 0:
        if (rig->frames < 2)
            return;
        told.settings = (struct ib_camera_request){
            .ask = IB_ASK_SETTINGS,
            .settings = {
                .mask = IB_SETTING_AGC | IB_SETTING_EMISSIVITY, .agc = true, .emissivity_pct = 90}};
        ib_camera_post(&rig->camera, &told.settings);
        break;
    case 1:
        if (!ib_camera_answered(&told.settings))
            return;
        told.ffc = (struct ib_camera_request){.ask = IB_ASK_FFC};
        ib_camera_post(&rig->camera, &told.ffc);
        break;
    case 2:
        if (!ib_camera_answered(&told.ffc))
            return;
        break;
    default:
        return;
    }
    told.chapter++;
}

/// One step of the clock that makes at most one bus operation.
static void one_step(struct rig *rig) {
    uint64_t due_us;

    tell(rig);
    ib_camera_step(&rig->camera, ib_clock_now(&rig->clock), &due_us);
    const struct ib_frame *frame = ib_hub_newest(&rig->hub, rig->last.sequence);
    if (frame) {
        assert_true(frame->flags & IB_FRAME_CRC_OK);
        assert_int_equal(ib_frame_copy(&rig->last, frame), IB_OK);
        if (!(frame->flags & IB_FRAME_FFC))
            rig->frames++;
        ib_hub_release(&rig->hub, frame);
    }
    ib_clock_wait_until(&rig->clock, due_us);
}

/// What garbage on the bus has made the camera believe must not have changed any setting.
static void must_be_set(struct rig *rig, uint32_t k) {
    const struct ib_board_tcam_mini *board = &ib_board_tcam_mini;
    rig->fail_at = rig->fail_too = 0; // what is read here shall be what the module has
    for (size_t i = 0; i < board->wanted_count; i++) {
        const struct ib_cci_setting *w = &board->wanted[i];
        uint16_t words[IB_CCI_SETTING_WORDS], expected = w->data[0];
        struct ib_camera_request get = {
            .ask = IB_ASK_CCI,
            .cci = {.command = (uint16_t)(w->command - 1), .words = w->words, .data = words}};
        expected = w->command == 0x0101   ? 1 // AGC, and so TLinear off
                   : w->command == 0x4EC1 ? 0
                   : w->command == 0x4EBD ? 90 * 8192 / 100
                                          : expected;
        assert_int_equal(rig_ask(rig, &get), IB_OK);
        if (words[0] != expected)
            fail_msg("operation %u failed: 0x%04X is %u, not %u", k, w->command, words[0],
                     expected);
    }
}

/// From a failed operation the camera comes back, finishes the story and ends in the wanted state.
static void must_come_back(struct rig *rig, uint32_t k, uint64_t *worst_us) {
    uint64_t start_us = rig->sim_clock.now_us;
    uint32_t frames = rig->frames;

    while (told.chapter < 3 || rig->frames < frames + 2 || rig->last.unit != IB_UNIT_GREY8) {
        if (rig->sim_clock.now_us - start_us > 30000000)
            fail_msg("operation %u failed: not back after 30 s (chapter %d)", k, told.chapter);
        one_step(rig);
    }
    // Garbage may say that a busy module is idle: then a rule is broken in good faith.
    if (rig->fail_status != IB_OK && ib_sim_lepton_violation_count(&rig->part) != 0)
        fail_msg("operation %u failed: the driver broke a rule", k);
    if (rig->sim_clock.now_us - start_us > *worst_us) {
        *worst_us = rig->sim_clock.now_us - start_us;
        worst_k = k;
    }
    if (rig->fail_status == IB_OK)
        must_be_set(rig, k);
}

/// One way for operations to fail, swept over every `step`-th operation of the story.
struct sweep {
    const char *name;
    const char *model;
    int status;       ///< of the failing transfer; IB_OK: it brings garbage
    uint32_t wire_us; ///< that it takes before it fails
    uint32_t second;  ///< this many operations later another fails
    uint32_t step;
};

static const struct sweep sweeps[] = {
    {"fails", "3.5", IB_E_IO, 0, 0, 1},
    {"fails", "2.5", IB_E_IO, 0, 0, 1},
    {"not-acknowledged", "3.5", IB_E_NACK, 300, 0, 3},
    {"not-acknowledged", "2.5", IB_E_NACK, 300, 0, 3},
    {"times-out", "3.5", IB_E_TIMEOUT, 25000, 0, 3},
    {"garbage", "3.5", IB_OK, 100, 0, 2},
    {"garbage", "2.5", IB_OK, 100, 0, 2},
    {"two-in-a-row", "3.5", IB_E_IO, 0, 1, 3},
    {"two-in-a-row", "2.5", IB_E_NACK, 300, 1, 3},
    {"two-near", "3.5", IB_E_IO, 0, 3, 4},
    {"two-apart", "3.5", IB_E_TIMEOUT, 25000, 17, 5},
    {"two-far-apart", "2.5", IB_OK, 100, 211, 5},
};

/// Tell the story once without a fault; before each chosen operation branch off a run in which it
/// fails.
static uint32_t sweep(const struct sweep *how, uint32_t from, uint32_t step, uint64_t *worst_us) {
    static struct rig onward;
    static struct story onward_told;
    uint32_t runs = 0;
    struct rig *rig = rig_new(&(struct rig_config){.model = how->model, .seed = 31});

    rig->fail_status = how->status;
    rig->fail_us = how->wire_us;
    memset(&told, 0, sizeof told);
    while (told.chapter < 3 || rig->frames < 4) {
        uint32_t before = rig->operations, k = before + 1;
        memcpy(&saved, rig, sizeof saved);
        saved_told = told;
        one_step(rig);
        if (rig->operations == before)
            continue;
        assert_int_equal(rig->operations, k); // a step makes at most one transfer
        if (from ? k != from : k % step != 0)
            continue;
        memcpy(&onward, rig, sizeof onward);
        onward_told = told;
        memcpy(rig, &saved, sizeof saved);
        told = saved_told;
        rig->fail_at = k;
        rig->fail_too = how->second ? k + how->second : 0;
        must_come_back(rig, k, worst_us);
        memcpy(rig, &onward, sizeof onward);
        told = onward_told;
        runs++;
    }
    return runs;
}

static void every_operation_may_fail(void **state) {
    // SWEEP_NAME and SWEEP_FROM replay one failure; SWEEP_EVERY=1 leaves nothing out.
    const char *from = getenv("SWEEP_FROM"), *every = getenv("SWEEP_EVERY");
    const char *name = getenv("SWEEP_NAME");

    (void)state;
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) {
        const struct sweep *how = &sweeps[i];
        uint64_t worst_us = 0;
        if (name && strcmp(name, how->name) != 0)
            continue;
        print_message("SWEEP_NAME=%s on a %s:\n", how->name, how->model);
        uint32_t runs = sweep(how, from ? (uint32_t)atoi(from) : 0,
                              every ? (uint32_t)atoi(every) : how->step, &worst_us);
        print_message("    %u runs, the longest to the end of the story %.3f s (SWEEP_FROM=%u)\n",
                      runs, (double)worst_us * 1e-6, worst_k);
        assert_true(runs > 0 || from);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
