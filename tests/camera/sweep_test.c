/// The sweep: fail the k-th bus operation, for every k, through init, capture, FFC and
/// reconfiguration.
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

/// From a failed operation the camera comes back, finishes the story and ends in the wanted state.
static void must_come_back(struct rig *rig, uint32_t k, uint64_t *worst_us) {
    uint64_t start_us = rig->sim_clock.now_us;
    uint32_t frames = rig->frames;

    while (told.chapter < 3 || rig->frames < frames + 2 || rig->last.unit != IB_UNIT_GREY8) {
        if (rig->sim_clock.now_us - start_us > 30000000)
            fail_msg("operation %u failed: not back after 30 s (chapter %d)", k, told.chapter);
        one_step(rig);
    }
    if (ib_sim_lepton_violation_count(&rig->part) != 0)
        fail_msg("operation %u failed: the driver broke a rule", k);
    if (rig->sim_clock.now_us - start_us > *worst_us)
        *worst_us = rig->sim_clock.now_us - start_us;
}

static void every_operation_may_fail(void **state) {
    // SWEEP_FROM replays one failure; SWEEP_EVERY=1 (make soak) leaves nothing out.
    const char *from = getenv("SWEEP_FROM"), *every = getenv("SWEEP_EVERY");
    uint32_t step = every ? (uint32_t)atoi(every) : 1;
    uint64_t worst_us = 0;
    uint32_t runs = 0;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 31});

    (void)state;
    memset(&told, 0, sizeof told);
    for (;;) {
        if (told.chapter == 3 && rig->frames >= 4)
            break;
        uint32_t before = rig->operations;
        memcpy(&saved, rig, sizeof saved);
        saved_told = told;
        one_step(rig);
        if (rig->operations == before)
            continue;
        assert_int_equal(rig->operations, before + 1); // a step makes at most one transfer
        uint32_t k = before + 1;
        bool chosen = from ? k == (uint32_t)atoi(from) : k % step == 0;
        if (!chosen)
            continue;
        static struct rig onward;
        static struct story onward_told;
        memcpy(&onward, rig, sizeof onward);
        onward_told = told;
        memcpy(rig, &saved, sizeof saved);
        told = saved_told;
        rig->fail_at = k;
        must_come_back(rig, k, &worst_us);
        memcpy(rig, &onward, sizeof onward);
        told = onward_told;
        runs++;
    }
    print_message(
        "%u bus operations, %u of them failed in turn; worst time to the end of the story "
        "%.3f s (SWEEP_FROM=k replays one)\n",
        rig->operations, runs, (double)worst_us * 1e-6);
    assert_true(runs > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
