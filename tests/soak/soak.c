/// An hour (or more) of simulated misbehaviour at random: faults, requests, scenes, plugs, in any
/// order.
///
/// usage: soak SEED SIMULATED_SECONDS. Whatever happens, the camera must be running again 40 s
/// after the last fault was ended, hand out no bad frame, answer every request, and never break the
/// module's rules.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../camera/rig.h"

static uint64_t random_state;

static uint32_t next_random(uint32_t below) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

static void ask_something(struct rig *rig) {
    uint16_t words[2] = {0, 0};
    struct ib_camera_request r;

    memset(&r, 0, sizeof r);
    switch (next_random(5)) {
    case 0:
        r.ask = IB_ASK_FFC;
        break;
    case 1:
        r.ask = IB_ASK_SPOTMETER;
        for (unsigned i = 0; i < 2; i++) {
            r.spot[i] = (uint16_t)next_random(50);
            r.spot[i + 2] = (uint16_t)(r.spot[i] + next_random(10));
        }
        break;
    case 2:
        r.ask = IB_ASK_CCI;
        r.cci.command = 0x0248;
        r.cci.words = 2;
        r.cci.data = words;
        break;
    default:
        r.ask = IB_ASK_SETTINGS;
        r.settings.mask = 1 + next_random(7);
        r.settings.agc = next_random(2);
        r.settings.emissivity_pct = (uint8_t)(1 + next_random(100));
        r.settings.gain = (uint8_t)next_random(3);
        break;
    }
    rig_ask(rig, &r);
}

static void misbehave(struct rig *rig) {
    enum ib_sim_fault fault = (enum ib_sim_fault)(1 + next_random(IB_FAULT_COUNT - 1));

    int begun = ib_sim_lepton_fault(&rig->part, fault, 1 + next_random(5),
                                    next_random(3) ? 0 : (uint64_t)next_random(3000000));
    assert_true(begun == IB_OK || fault == IB_FAULT_SEGMENT_ORDER); // an 80x60 has no segments
    if (next_random(2))
        ask_something(rig);
    rig_run(rig, 1000 + next_random(8000000));
    if (rig->verbose)
        print_message("%10.3f s ending %s\n", (double)rig->sim_clock.now_us * 1e-6,
                      ib_sim_fault_name(fault));
}

static void soak(void **state) {
    char *const *arguments = *state;
    uint64_t seed = strtoull(arguments[1], NULL, 10), seconds = strtoull(arguments[2], NULL, 10);
    static const char *const models[] = {"3.5", "3.1R", "3.0", "2.5", "2.0", "1.6"};
    struct ib_camera_state s;
    unsigned rounds = 0;

    random_state = seed;
    struct rig *rig = rig_new(&(struct rig_config){
        .model = models[next_random(6)], .scene = "kettle", .seed = seed, .noisy = true});
    while (rig->sim_clock.now_us < seconds * 1000000) {
        for (unsigned i = next_random(3) + 1; i > 0; i--)
            misbehave(rig);
        ib_sim_lepton_heal(&rig->part);
        rig_run(rig, 40000000);
        ib_camera_state(&rig->camera, &s);
        if (s.stage != IB_STAGE_RUNNING)
            fail_msg("seed %llu, round %u: not running 40 s after the faults ended",
                     (unsigned long long)seed, rounds);
        ask_something(rig);
        rounds++;
    }
    print_message(
        "seed %llu: %u rounds, %u frames, resync %u reboot %u reset %u power %u, recovered %u "
        "times\n",
        (unsigned long long)seed, rounds, s.counters.frames, s.counters.rung[0], s.counters.rung[1],
        s.counters.rung[2], s.counters.rung[3], s.counters.recoveries);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: soak SEED SIMULATED_SECONDS\n");
        return 2;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(soak, argv)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
