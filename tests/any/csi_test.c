/// The cameras under any call, while the simulated parts misbehave at random moments.
///
/// Whole board, step clock: a round's seed decides calls, faults and their moments.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "../micropython/support_board.h"
#include "apps/ironbow/script_board.h"
#include "core/status.h"
#include "sim/ov5640.h"
#include "support_campaign.h"

static struct board board;
static struct ib_app_rig *rig;
static struct ib_app_script_board machine;
static struct ib_clock restless;
static struct campaign campaign;
/// Of the script's thread.
static struct random moments;
static uint64_t next_us;
/// Told by the test's thread; the world answers at its next moment.
static atomic_bool calm, healed;

// ---- a world that misbehaves as time passes ----

static uint32_t chance(uint32_t below) {
    return random_below(&moments, below);
}

static void heal(void) {
    ib_sim_lepton_heal(rig->lepton);
    ib_app_script_parts_fault(&machine, "ov5640", "heal", 0, 0);
    ib_app_script_board_bus_fault(&machine, 1, IB_SIM_I2C_BUS_WELL, 0);
}

static void misbehave(void) {
    uint32_t count = chance(5), duration_us = chance(2) ? 0 : chance(3000000);
    switch (chance(8)) {
    case 0:
    case 1:
        ib_sim_lepton_fault(rig->lepton, (enum ib_sim_fault)(1 + chance(IB_FAULT_COUNT - 1)), count,
                            duration_us);
        break;
    case 2:
    case 3:
    case 4: {
        const char *name = ib_sim_ov5640_fault_name(
            (enum ib_sim_ov5640_fault)(1 + chance(IB_SIM_OV5640_FAULTS - 1)));
        ib_app_script_parts_fault(&machine, "ov5640", name, count, duration_us);
        break;
    }
    case 5:
        ib_app_script_board_bus_fault(
            &machine, 1, (enum ib_sim_i2c_bus_fault)(1 + chance(IB_SIM_I2C_BUS_FAULTS - 1)),
            duration_us ? duration_us / 30 : count);
        break;
    default:
        heal();
        break;
    }
}

static void look(uint64_t now_us) {
    if (atomic_load(&calm)) {
        if (!atomic_exchange(&healed, true))
            heal();
    } else if (now_us >= next_us) {
        next_us = now_us + chance(4000000);
        misbehave();
    }
}

static uint64_t restless_now(void *context) {
    (void)context;
    uint64_t now_us = ib_clock_now(&machine.clock);
    look(now_us);
    return now_us;
}

static void restless_wait(void *context, uint64_t when_us) {
    (void)context;
    ib_clock_wait_until(&machine.clock, when_us);
    look(machine.now_us);
}

static void restless_wake(void *context) {
    (void)context;
    ib_clock_wake(&machine.clock);
}

static void on_published(void *context) {
    (void)context;
    ib_vm_look(board.vm);
}

// ---- a round ----

static void open_machine(void) {
    static const struct ib_clock_ops RESTLESS = {restless_now, restless_wait, restless_wake};
    static const char *const MODELS[] = {"3.5", "3.5", "3.0", "2.5", "1.6"};
    char name[64], problem[640];
    struct ib_app_uri uri;
    snprintf(name, sizeof name, "sim:lepton-%s?scene=kettle&seed=%u", MODELS[campaign.seed % 5],
             campaign.seed);
    if (!ib_app_uri_parse(&uri, name, problem, sizeof problem) ||
        ib_app_rig_open(&rig, &uri, IB_APP_RIG_PURE_THERMAL, IB_APP_TIME_FREE, NULL, problem,
                        sizeof problem) != 0)
        fail_msg("%s", problem);
    rig->hub.published = on_published;
    const struct ib_app_script_board_config config = {.rig = rig};
    if (ib_app_script_board_open(&machine, &config, problem, sizeof problem) != 0)
        fail_msg("%s", problem);
    restless = (struct ib_clock){&RESTLESS, NULL};
    moments = campaign.random;
    next_us = 0;
    atomic_store(&calm, true);
    atomic_store(&healed, true);
    board_prepare(&board);
    board.config.clock = &restless;
    board.config.seed = campaign.seed;
    board.config.hands = &machine.hands;
    board_start(&board, NULL, NULL, NULL);
    board_without_main(&board);
}

static void close_machine(void) {
    board_clean(&board);
    ib_app_script_board_close(&machine);
    ib_app_rig_close(rig);
}

static void any_call(void **state) {
    (void)state;
    campaign_begin(&campaign, 3);
    while (campaign_next(&campaign)) {
        char script[64];
        open_machine();
        board_file_runs(&board, IB_TEST_FOLDER "/chance.py");
        board_file_runs(&board, IB_TEST_FOLDER "/csi.py");
        atomic_store(&calm, false);
        snprintf(script, sizeof script, "fuzz(%u, 60)", campaign.seed);
        board_run(&board, script);
        board_prints(&board, "print(wrong)", "[]\r\n");
        // Once the faults have ended, both cameras give pictures again.
        atomic_store(&healed, false);
        atomic_store(&calm, true);
        board_run(&board, "well()");
        board_prints(&board, "print(wrong)", "[]\r\n");
        close_machine();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_call)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
