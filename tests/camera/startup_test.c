/// From power-on to frames: every model comes up identified, set up and delivering.
#include "rig.h"

#include <math.h>
#include <string.h>

struct expectation {
    const char *model;
    uint16_t width_px, height_px;
    bool radiometric, shutter;
};

static const struct expectation models[] = {
    {"1.5", 80, 60, false, false}, {"1.6", 80, 60, false, false},  {"2.0", 80, 60, false, true},
    {"2.5", 80, 60, true, true},   {"3.0", 160, 120, false, true}, {"3.1R", 160, 120, true, true},
    {"3.5", 160, 120, true, true},
};

static void every_model_comes_up(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        const struct expectation *e = &models[i];
        struct rig *rig = rig_new(&(struct rig_config){.model = e->model, .seed = 5});
        struct ib_camera_state s;

        print_message("Lepton %s\n", e->model);
        rig_boot(rig);
        ib_camera_state(&rig->camera, &s);
        assert_int_equal(s.stage, IB_STAGE_RUNNING);
        assert_string_equal(s.identity.name, e->model);
        assert_int_equal(s.identity.width_px, e->width_px);
        assert_int_equal(s.identity.height_px, e->height_px);
        assert_int_equal(s.identity.radiometric, e->radiometric);
        assert_int_equal(s.identity.shutter, e->shutter);
        assert_true(s.identity.serial != 0);
        assert_int_equal(rig->last.width_px, e->width_px);
        assert_int_equal(rig->last.height_px, e->height_px);
        assert_true(rig->last.flags & IB_FRAME_TELEMETRY);
        assert_int_equal(rig->last.unit, e->radiometric ? IB_UNIT_KELVIN : IB_UNIT_COUNTS);
        assert_int_equal(rig->last.scale_ck, e->radiometric ? 1 : 0);
        assert_int_equal(s.counters.rung[IB_RUNG_RESYNC], 0);
        assert_int_equal(s.counters.settings_dropped, 0);
        rig_assert_clean(rig);
    }
}

static void frames_come_at_the_sensors_rate(void **state) {
    static const char *const names[] = {"3.5", "2.5"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rig *rig = rig_new(&(struct rig_config){.model = names[i], .seed = 6});
        struct ib_camera_state s;
        rig_boot(rig);
        uint32_t before = rig->frames, counter = rig->last.source_counter;
        rig_run(rig, 20000000);
        uint32_t seen = rig->frames - before;
        print_message("Lepton %s: %u unique frames in 20 s\n", names[i], seen);
        assert_in_range(seen, 175, 178); // 8.83 a second
        assert_int_equal(rig->last.source_counter - counter, seen);
        ib_camera_state(&rig->camera, &s);
        assert_int_equal(s.source.bad_crc, 0);
        assert_int_equal(s.source.bad_order, 0);
        assert_int_equal(s.source.resyncs, 1);
        rig_assert_clean(rig);
    }
}

static void pixels_are_the_scenes_temperatures(void **state) {
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 7});
    rig_boot(rig);
    unsigned checked = 0;
    for (unsigned row = 5; row < 120; row += 10)
        for (unsigned column = 5; column < 160; column += 7) {
            double truth_k = (double)ib_sim_lepton_truth_k(&rig->part, column, row);
            double read_k = rig->last.pixels[row * 160 + column] * 0.01;
            if (truth_k < 268 || truth_k > 410)
                continue; // outside high gain's range
            if (fabs(truth_k - read_k) > 0.1)
                fail_msg("row %u column %u: truth %.2f K, read %.2f K", row, column, truth_k,
                         read_k);
            checked++;
        }
    assert_true(checked > 100);
}

static void telemetry_and_state_agree(void **state) {
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 8, .scene = "kettle", .noisy = true});
    struct ib_lepton_telemetry t;
    rig_boot(rig);
    assert_int_equal(ib_lepton_telemetry_decode(&t, rig->last.telemetry), IB_OK);
    assert_int_equal(t.revision_minor, 14);
    assert_true(t.tlinear);
    assert_int_equal(t.tlinear_resolution, 1);
    assert_int_equal(t.emissivity_8192, 8192);
    assert_int_equal(t.ffc_state, IB_FFC_DONE);
    assert_int_equal(t.spot_population_px, 4);
    assert_int_equal(t.frame_counter, rig->last.source_counter);
    assert_in_range(t.fpa_ck, 28000, 33000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_model_comes_up),
        cmocka_unit_test(frames_come_at_the_sensors_rate),
        cmocka_unit_test(pixels_are_the_scenes_temperatures),
        cmocka_unit_test(telemetry_and_state_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
