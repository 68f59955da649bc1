/// Waiting for an image worth showing.
#include "apps/ironbow/settle.h"

#include <signal.h>
#include <stdio.h>

#include "core/status.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    (void)number;
    interrupted = 1;
}

void ib_app_settle_catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    // Once: the second Ctrl-C ends the program whatever it is doing.
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

bool ib_app_settle_interrupted(void) {
    return interrupted != 0;
}

bool ib_app_settled(struct ib_app_rig *rig, uint64_t start_us, uint64_t after_us) {
    const struct ib_frame *frame = ib_hub_newest(&rig->hub, 0);
    if (!frame)
        return false;
    struct ib_camera_state state;
    ib_camera_state(&rig->camera, &state);
    bool has_ffc = state.identity.shutter && (frame->flags & IB_FRAME_TELEMETRY) && !rig->playback;
    bool settled = !has_ffc || frame->ffc_state == IB_FFC_DONE ||
                   frame->captured_us > start_us + IB_APP_SETTLE_FFC_US;
    bool will_do =
        settled && !(frame->flags & IB_FRAME_FFC) && frame->captured_us >= start_us + after_us;
    ib_hub_release(&rig->hub, frame);
    return will_do;
}

void ib_app_settle_failed(struct ib_app_rig *rig, char *problem, size_t problem_size) {
    struct ib_camera_state state;
    ib_camera_state(&rig->camera, &state);
    snprintf(problem, problem_size, "no image within %u s (%s%s%s)",
             IB_APP_SETTLE_PATIENCE_US / 1000000, ib_camera_stage_name(state.stage),
             state.last_error == IB_OK ? "" : ": ",
             state.last_error == IB_OK ? "" : ib_status_text(state.last_error));
}

int ib_app_settle(struct ib_app_rig *rig, uint64_t after_us, char *problem, size_t problem_size) {
    uint64_t start_us = ib_app_rig_now_us(rig);
    uint64_t wanted_us = start_us + after_us;
    uint32_t seen = ib_hub_sequence(&rig->hub);
    while (!interrupted) {
        ib_app_rig_turn(rig);
        uint32_t sequence = ib_hub_sequence(&rig->hub);
        if (sequence != seen && ib_app_settled(rig, start_us, after_us))
            return 0;
        seen = sequence;
        if (ib_app_rig_now_us(rig) > wanted_us + IB_APP_SETTLE_PATIENCE_US) {
            ib_app_settle_failed(rig, problem, problem_size);
            return -1;
        }
    }
    snprintf(problem, problem_size, "interrupted");
    return -1;
}
