/// Every request is answered exactly once and by its deadline, whatever the camera is going
/// through: posted into every moment of booting and of every fault's recovery.
#include "rig.h"

#include <string.h>

#define MS 1000u
#define STEP_US 130000u ///< between two volleys; no divisor of anything
#define MOST_VOLLEYS 120

enum { SETTINGS, SPOTMETER, FFC, RAW_GET, RAW_SET, CALL, KINDS };

struct shot {
    struct ib_camera_request request;
    uint16_t words[2];
    uint64_t posted_us;
    uint64_t answered_us;
    struct rig *rig;
    unsigned answers;
};

static struct shot volleys[MOST_VOLLEYS][KINDS];

static void answered(void *context) {
    struct shot *shot = context;
    shot->answers++;
    shot->answered_us = shot->rig->sim_clock.now_us;
}

static void nothing(void *context) {
    (void)context;
}

static void fire(struct rig *rig, struct shot *volley, unsigned number) {
    memset(volley, 0, KINDS * sizeof *volley);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct shot *shot = &volley[kind];
        struct ib_camera_request *r = &shot->request;
        shot->rig = rig;
        shot->posted_us = rig->sim_clock.now_us;
        r->notify = answered;
        r->notify_context = shot;
        r->cci.words = 2;
        r->cci.data = shot->words;
        switch (kind) {
        case SETTINGS:
            r->ask = IB_ASK_SETTINGS;
            r->settings.mask = IB_SETTING_EMISSIVITY;
            r->settings.emissivity_pct = (uint8_t)(50 + number % 50);
            break;
        case SPOTMETER:
            r->ask = IB_ASK_SPOTMETER;
            r->spot[2] = r->spot[3] = (uint16_t)(1 + number % 50);
            break;
        case FFC:
            r->ask = IB_ASK_FFC;
            break;
        case RAW_GET:
            r->ask = IB_ASK_CCI;
            r->cci.command = 0x0248;
            break;
        case RAW_SET:
            r->ask = IB_ASK_CCI;
            r->cci.command = 0x4ED9; // any setting that nobody else touches
            r->deadline_us = rig->sim_clock.now_us + 700 * MS;
            break;
        default:
            r->ask = IB_ASK_CALL;
            r->call = nothing;
            break;
        }
        ib_camera_post(&rig->camera, r);
    }
}

static uint64_t limit_us(unsigned kind) {
    static const uint64_t limits_us[KINDS] = {2000 * MS, 2000 * MS, 5000 * MS,
                                              2000 * MS, 700 * MS,  0};
    return limits_us[kind] + 25 * MS; // a bus operation or two may be under way
}

static void judge(const struct shot *volley, const char *what, unsigned number) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
        const struct shot *shot = &volley[kind];
        uint64_t took_us = shot->answered_us - shot->posted_us;
        if (shot->answers != 1 || !ib_camera_answered(&shot->request))
            fail_msg("%s, volley %u, kind %u: answered %u times", what, number, kind,
                     shot->answers);
        if (took_us > limit_us(kind))
            fail_msg("%s, volley %u, kind %u: answered after %.3f s", what, number, kind,
                     (double)took_us * 1e-6);
        // A raw command in recovery is refused at once, a setting accepted.
        if (shot->request.status == IB_E_NOT_READY && kind == SETTINGS)
            fail_msg("%s, volley %u: a setting was not accepted", what, number);
    }
}

static void volleys_through(struct rig *rig, const char *what, unsigned count) {
    assert_true(count <= MOST_VOLLEYS);
    for (unsigned i = 0; i < count; i++) {
        fire(rig, volleys[i], i);
        rig_run(rig, STEP_US);
    }
    rig_run(rig, 5200 * MS);
    for (unsigned i = 0; i < count; i++)
        judge(volleys[i], what, i);
    assert_true(rig->busiest_steps < 5000);
}

static void while_booting(void **state) {
    static const char *const models[] = {"3.5", "2.5", "3.0", "1.5"};
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct rig *rig = rig_new(&(struct rig_config){.model = models[i], .seed = 41});
        volleys_through(rig, models[i], 40);
        assert_true(rig->frames > 5);
    }
}

static void through_every_fault(void **state) {
    (void)state;
    for (int fault = IB_FAULT_NONE + 1; fault < IB_FAULT_COUNT; fault++) {
        struct rig *rig = rig_new(&(struct rig_config){.seed = 42});
        rig_boot(rig);
        assert_int_equal(ib_sim_lepton_fault(&rig->part, (enum ib_sim_fault)fault, 0, 0), IB_OK);
        volleys_through(rig, ib_sim_fault_name((enum ib_sim_fault)fault), 90);
        ib_sim_lepton_heal(&rig->part);
        assert_true(rig_until_frame(rig, 20000000) != IB_NEVER);
    }
}

/// A fault that was there before the module booted: it comes up all the same.
static void starting_with_every_fault(void **state) {
    (void)state;
    for (int fault = IB_FAULT_NONE + 1; fault < IB_FAULT_COUNT; fault++) {
        struct rig *rig = rig_new(&(struct rig_config){.seed = 43});
        assert_int_equal(ib_sim_lepton_fault(&rig->part, (enum ib_sim_fault)fault, 0, 0), IB_OK);
        if (fault == IB_FAULT_UNPLUG) {
            rig_run(rig, 3000000);
            ib_sim_lepton_heal(&rig->part);
        }
        uint64_t took_us = rig_until_frame(rig, 20000000);
        print_message("%s: first frame after %.3f s\n", ib_sim_fault_name((enum ib_sim_fault)fault),
                      (double)took_us * 1e-6);
        assert_true(took_us != IB_NEVER);
        rig_run(rig, 12000000);
        assert_true(rig_until_frame(rig, 5000000) != IB_NEVER);
        assert_int_equal(rig->last.unit, IB_UNIT_KELVIN);
        assert_int_equal(rig->last.width_px, 160);
    }
}

/// An SPI clock that is nearly or quite too slow leaves no gap between segments: control gets its
/// turns all the same.
static void beside_a_slow_video_clock(void **state) {
    static const struct {
        uint32_t hz;
        unsigned done;   ///< at least, of 120 requests; 20 are refused by the module
        unsigned frames; ///< at least, in 10 s afterwards
    } rows[] = {{2200000, 20, 0},
                {8500000, 20, 0},
                {9000000, 60, 60},
                {10000000, 90, 80},
                {12000000, 90, 85}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *rig = rig_new(&(struct rig_config){.seed = 44, .spi_hz = rows[i].hz});
        rig_run(rig, 5000000);
        volleys_through(rig, "slow clock", 20);
        unsigned done = 0, frames = rig->frames;
        for (unsigned k = 0; k < 20; k++)
            for (unsigned kind = 0; kind < KINDS; kind++)
                done += volleys[k][kind].request.status == IB_OK;
        rig_run(rig, 10000000);
        print_message("%u Hz: %u of %u requests done, then %u frames in 10 s\n", rows[i].hz, done,
                      20 * KINDS, rig->frames - frames);
        assert_true(done >= rows[i].done);
        assert_true(rig->frames - frames >= rows[i].frames);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_booting),
        cmocka_unit_test(through_every_fault),
        cmocka_unit_test(starting_with_every_fault),
        cmocka_unit_test(beside_a_slow_video_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
