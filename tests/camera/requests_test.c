/// Requests: each answered once, by its deadline; settings are wanted state and survive everything.
#include "rig.h"

#include <string.h>

static int settings(struct rig *rig, unsigned mask, bool agc, uint8_t emissivity, uint8_t gain) {
    struct ib_camera_request r = {
        .ask = IB_ASK_SETTINGS,
        .settings = {.mask = mask, .agc = agc, .emissivity_pct = emissivity, .gain = gain}};
    return rig_ask(rig, &r);
}

static int raw(struct rig *rig, uint16_t command, uint16_t words, uint16_t *data,
               struct ib_cci_outcome *outcome) {
    struct ib_camera_request r = {.ask = IB_ASK_CCI,
                                  .cci = {.command = command, .words = words, .data = data}};
    int status = rig_ask(rig, &r);
    if (outcome)
        *outcome = r.outcome;
    return status;
}

static struct rig *booted(void) {
    struct rig *rig = rig_new(&(struct rig_config){.seed = 11});
    rig_boot(rig);
    return rig;
}

/// The newest frame some time later: what the module shows once a change has settled.
static void settle(struct rig *rig) {
    rig_run(rig, 500000);
    assert_true(rig_until_frame(rig, 3000000) != IB_NEVER);
}

static void agc_changes_the_unit_and_back(void **state) {
    (void)state;
    struct rig *rig = booted();
    assert_int_equal(settings(rig, IB_SETTING_AGC, true, 0, 0), IB_OK);
    settle(rig);
    assert_int_equal(rig->last.unit, IB_UNIT_GREY8);
    assert_true(rig->last.agc);
    for (unsigned i = 0; i < RIG_PX; i++)
        assert_true(rig->last.pixels[i] <= 255);
    assert_int_equal(settings(rig, IB_SETTING_AGC, false, 0, 0), IB_OK);
    settle(rig);
    assert_int_equal(rig->last.unit, IB_UNIT_KELVIN);
    rig_assert_clean(rig);
}

static void emissivity_leaves_the_other_flux_settings(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint16_t flux[8] = {8192, 30000, 8000, 29000, 8100, 29100, 90, 29200}, read[8];
    assert_int_equal(raw(rig, 0x4EBD, 8, flux, NULL), IB_OK);
    assert_int_equal(settings(rig, IB_SETTING_EMISSIVITY, false, 98, 0), IB_OK);
    assert_int_equal(raw(rig, 0x4EBC, 8, read, NULL), IB_OK);
    flux[0] = 8028;
    assert_memory_equal(read, flux, sizeof flux);
    settle(rig);
    assert_int_equal(rig->last.telemetry[99], 8028);
    struct ib_camera_state s;
    ib_camera_state(&rig->camera, &s);
    assert_int_equal(s.settings.emissivity_pct, 98);
}

static void gain_changes_the_scale(void **state) {
    (void)state;
    struct rig *rig = booted();
    assert_int_equal(settings(rig, IB_SETTING_GAIN, false, 0, IB_GAIN_LOW), IB_OK);
    rig_run(rig, 3000000); // a gain switch comes with an FFC
    settle(rig);
    assert_int_equal(rig->last.gain_mode, IB_GAIN_LOW);
    assert_int_equal(rig->last.gain, IB_GAIN_LOW);
    assert_int_equal(rig->last.scale_ck, 10);
    rig_assert_clean(rig);
}

static void bad_values_are_refused(void **state) {
    (void)state;
    struct rig *rig = booted();
    assert_int_equal(settings(rig, IB_SETTING_EMISSIVITY, false, 0, 0), IB_E_RANGE);
    assert_int_equal(settings(rig, IB_SETTING_EMISSIVITY, false, 101, 0), IB_E_RANGE);
    assert_int_equal(settings(rig, IB_SETTING_GAIN, false, 0, 3), IB_E_RANGE);
    struct ib_cci_outcome o;
    uint16_t word[2] = {7, 0};
    assert_int_equal(raw(rig, 0x0249, 2, word, &o), IB_E_DEVICE); // gain mode 7
    assert_true(o.device_code < 0);
    assert_int_equal(o.status_word & 0xFF, 6);
    assert_int_equal((int8_t)(o.status_word >> 8), o.device_code);
    assert_int_equal(raw(rig, 0x4EFC, 2, word, &o), IB_E_DEVICE);
    assert_int_equal(o.device_code, -7);
}

static void spotmeter_moves(void **state) {
    (void)state;
    struct rig *rig = booted();
    struct ib_camera_request r = {.ask = IB_ASK_SPOTMETER, .spot = {10, 20, 13, 29}};
    assert_int_equal(rig_ask(rig, &r), IB_OK);
    settle(rig);
    static const uint16_t box[4] = {10, 20, 13, 29};
    assert_memory_equal(&rig->last.telemetry[214], box, sizeof box);
    assert_int_equal(rig->last.telemetry[213], 40);
}

static void an_ffc_is_waited_for_and_marked(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint32_t before = rig->last.telemetry[30], marked = rig->ffc_frames;
    uint64_t start_us = rig->sim_clock.now_us;
    struct ib_camera_request r = {.ask = IB_ASK_FFC};
    assert_int_equal(rig_ask(rig, &r), IB_OK);
    uint64_t took_us = rig->sim_clock.now_us - start_us;
    print_message("FFC answered after %.3f s\n", (double)took_us * 1e-6);
    assert_in_range(took_us, 500000, 3000000);
    settle(rig);
    assert_int_not_equal(rig->last.telemetry[30], before);
    assert_true(rig->ffc_frames > marked);
    struct ib_camera_state s;
    ib_camera_state(&rig->camera, &s);
    assert_int_equal(s.counters.rung[IB_RUNG_RESYNC], 0);
    rig_assert_clean(rig);
}

static void two_ffcs_at_once_are_one(void **state) {
    (void)state;
    struct rig *rig = booted();
    struct ib_camera_request a = {.ask = IB_ASK_FFC}, b = {.ask = IB_ASK_FFC};
    ib_camera_post(&rig->camera, &a);
    assert_int_equal(rig_ask(rig, &b), IB_OK);
    rig_run(rig, 100000);
    assert_true(ib_camera_answered(&a));
    assert_int_equal(a.status, IB_OK);
}

static void what_capture_needs_is_put_back(void **state) {
    static const struct {
        uint16_t set;
        uint16_t value;
    } bad[] = {{0x0219, 0}, {0x4829, 3}, {0x4855, 0}, {0x4825, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct rig *rig = booted();
        uint16_t word[2] = {bad[i].value, 0}, read[2];
        struct ib_cci_outcome o;
        struct ib_camera_state s;
        int status = raw(rig, bad[i].set, 2, word, &o);
        print_message("0x%04X := %u gives %d\n", bad[i].set, bad[i].value, status);
        uint64_t took_us = rig_until_frame(rig, 5000000);
        assert_true(took_us != IB_NEVER);
        rig_run(rig, 1000000);
        assert_int_equal(raw(rig, (uint16_t)(bad[i].set - 1), 2, read, NULL), IB_OK);
        assert_int_not_equal(read[0], bad[i].value);
        ib_camera_state(&rig->camera, &s);
        if (status == IB_OK)
            assert_true(s.counters.settings_put_back >= 1);
        assert_int_equal(s.counters.rung[IB_RUNG_REBOOT], 0);
        assert_true(rig->last.flags & IB_FRAME_TELEMETRY);
    }
}

static void the_telemetrys_place_is_followed(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint16_t header[2] = {0, 0};
    assert_int_equal(raw(rig, 0x021D, 2, header, NULL), IB_OK);
    assert_true(rig_until_frame(rig, 5000000) != IB_NEVER);
    rig_run(rig, 2000000);
    struct ib_camera_state s;
    ib_camera_state(&rig->camera, &s);
    assert_int_equal(s.stage, IB_STAGE_RUNNING);
    assert_true(rig->last.flags & IB_FRAME_TELEMETRY);
    assert_int_equal(s.counters.rung[IB_RUNG_REBOOT], 0);
    assert_int_equal(rig->last.unit, IB_UNIT_KELVIN);
}

static void settings_survive_a_reboot_whoever_caused_it(void **state) {
    (void)state;
    struct rig *rig = booted();
    assert_int_equal(settings(rig, IB_SETTING_AGC | IB_SETTING_EMISSIVITY, true, 95, 0), IB_OK);
    rig_run(rig, 4000000);
    uint16_t none[1] = {0};
    assert_int_equal(raw(rig, 0x4842, 0, none, NULL), IB_OK); // reboot
    uint64_t took_us = rig_until_frame(rig, 10000000);
    assert_true(took_us != IB_NEVER);
    print_message("reboot by raw command: frames after %.3f s\n", (double)took_us * 1e-6);
    rig_run(rig, 2000000);
    assert_int_equal(rig->last.unit, IB_UNIT_GREY8);
    assert_int_equal(rig->last.telemetry[99], 95 * 8192 / 100);
    rig_assert_clean(rig);
}

static void recovery_accepts_settings_and_refuses_raw(void **state) {
    (void)state;
    struct rig *rig = booted();
    ib_sim_lepton_plug(&rig->part, false);
    rig_run(rig, 5000000);
    struct ib_camera_state s;
    ib_camera_state(&rig->camera, &s);
    assert_int_not_equal(s.stage, IB_STAGE_RUNNING);
    uint64_t start_us = rig->sim_clock.now_us;
    assert_int_equal(settings(rig, IB_SETTING_EMISSIVITY, false, 90, 0), IB_OK);
    uint16_t words[2];
    assert_int_equal(raw(rig, 0x0248, 2, words, NULL), IB_E_NOT_READY);
    struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
    assert_int_equal(rig_ask(rig, &ffc), IB_E_NOT_READY);
    assert_true(rig->sim_clock.now_us - start_us < 100000);
    ib_sim_lepton_plug(&rig->part, true);
    assert_true(rig_until_frame(rig, 30000000) != IB_NEVER);
    rig_run(rig, 3000000);
    assert_int_equal(rig->last.telemetry[99], 90 * 8192 / 100);
}

static void a_set_that_wedges_the_module_is_dropped(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint16_t low_clip[1] = {700}, read[1];
    assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_CCI_BUSY, 1, 0), IB_OK);
    int status = raw(rig, 0x0131, 1, low_clip, NULL); // AGC clip low, and the module hangs in it
    assert_true(status < 0);
    assert_true(rig_until_frame(rig, 1000000) != IB_NEVER); // video goes on
    rig_run(rig, 12000000);
    struct ib_camera_state s;
    ib_camera_state(&rig->camera, &s);
    assert_int_equal(s.stage, IB_STAGE_RUNNING);
    assert_true(s.counters.rung[IB_RUNG_RESET] >= 1);
    assert_int_equal(raw(rig, 0x0130, 1, read, NULL), IB_OK);
    assert_int_equal(read[0], 512);

    // One that is accepted first and kills the video afterwards is not applied again either.
    assert_int_equal(raw(rig, 0x0131, 1, low_clip, NULL), IB_OK);
    assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_HANG, 0, 0), IB_OK);
    rig_run(rig, 12000000);
    ib_camera_state(&rig->camera, &s);
    assert_int_equal(s.stage, IB_STAGE_RUNNING);
    assert_int_equal(s.dropped_command, 0x0131);
    assert_int_equal(s.counters.settings_dropped, 1);
    assert_int_equal(raw(rig, 0x0130, 1, read, NULL), IB_OK);
    assert_int_equal(read[0], 512);
}

static void deadlines_are_kept(void **state) {
    (void)state;
    struct rig *rig = booted();
    assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_CCI_BUSY, 1, 0), IB_OK);
    uint64_t start_us = rig->sim_clock.now_us;
    uint16_t words[2];
    int status = raw(rig, 0x0248, 2, words, NULL);
    uint64_t took_us = rig->sim_clock.now_us - start_us;
    print_message("raw command on a busy module: %d after %.3f s\n", status,
                  (double)took_us * 1e-6);
    assert_true(status < 0);
    assert_true(took_us <= 2100000);
}

static void called(void *context) {
    (*(int *)context)++;
}

static void calls_run_on_the_cameras_thread(void **state) {
    (void)state;
    struct rig *rig = booted();
    int count = 0;
    struct ib_camera_request r = {.ask = IB_ASK_CALL, .call = called, .call_context = &count};
    assert_int_equal(rig_ask(rig, &r), IB_OK);
    assert_int_equal(count, 1);
}

static void every_rung_can_be_asked_for(void **state) {
    (void)state;
    for (int rung = 0; rung < IB_RUNG_COUNT; rung++) {
        struct rig *rig = booted();
        struct ib_camera_request r = {.ask = IB_ASK_RESET, .rung = (enum ib_camera_rung)rung};
        struct ib_camera_state s;
        assert_int_equal(rig_ask(rig, &r), IB_OK);
        uint64_t took_us = rig_until_frame(rig, 10000000);
        assert_true(took_us != IB_NEVER);
        print_message("%s: frames after %.3f s\n", ib_camera_rung_name(r.rung),
                      (double)took_us * 1e-6);
        rig_run(rig, 1000000);
        ib_camera_state(&rig->camera, &s);
        assert_int_equal(s.counters.rung[rung], 1);
        assert_int_equal(s.counters.recoveries, 1);
        rig_assert_clean(rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agc_changes_the_unit_and_back),
        cmocka_unit_test(emissivity_leaves_the_other_flux_settings),
        cmocka_unit_test(gain_changes_the_scale),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(spotmeter_moves),
        cmocka_unit_test(an_ffc_is_waited_for_and_marked),
        cmocka_unit_test(two_ffcs_at_once_are_one),
        cmocka_unit_test(what_capture_needs_is_put_back),
        cmocka_unit_test(the_telemetrys_place_is_followed),
        cmocka_unit_test(settings_survive_a_reboot_whoever_caused_it),
        cmocka_unit_test(recovery_accepts_settings_and_refuses_raw),
        cmocka_unit_test(a_set_that_wedges_the_module_is_dropped),
        cmocka_unit_test(deadlines_are_kept),
        cmocka_unit_test(calls_run_on_the_cameras_thread),
        cmocka_unit_test(every_rung_can_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
