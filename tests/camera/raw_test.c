/// Raw commands at their worst: what capture needs, what wedges the module, what leaves the bus,
/// what nobody knows the outcome of; and who wins when several write.
#include "rig.h"

#include <string.h>

static int raw(struct rig *rig, uint16_t command, uint16_t words, uint16_t *data) {
    struct ib_camera_request r = {.ask = IB_ASK_CCI,
                                  .cci = {.command = command, .words = words, .data = data}};
    return rig_ask(rig, &r);
}

static int set_word(struct rig *rig, uint16_t command, uint16_t value) {
    uint16_t words[2] = {value, 0};
    return raw(rig, command, 2, words);
}

static uint16_t get_word(struct rig *rig, uint16_t command) {
    uint16_t words[2] = {0xDEAD, 0xDEAD};
    assert_int_equal(raw(rig, command, 2, words), IB_OK);
    return words[0];
}

static struct rig *booted(void) {
    struct rig *rig = rig_new(&(struct rig_config){.seed = 51});
    rig_boot(rig);
    return rig;
}

static struct ib_camera_state state_of(struct rig *rig) {
    struct ib_camera_state s;
    ib_camera_state(&rig->camera, &s);
    return s;
}

/// Frames within `limit_us`, with temperatures and telemetry as before.
static void must_be_well(struct rig *rig, uint64_t limit_us, const char *what) {
    uint64_t took_us = rig_until_frame(rig, limit_us);
    if (took_us == IB_NEVER)
        fail_msg("%s: no frame within %.1f s", what, (double)limit_us * 1e-6);
    print_message("%s: frames after %.3f s\n", what, (double)took_us * 1e-6);
    rig_run(rig, 2000000);
    took_us = rig_until_frame(rig, limit_us);
    assert_true(took_us != IB_NEVER);
    assert_true(rig->last.flags & IB_FRAME_TELEMETRY);
    assert_int_equal(rig->last.unit, IB_UNIT_KELVIN);
    assert_int_equal(state_of(rig).stage, IB_STAGE_RUNNING);
    rig_assert_calm(rig);
}

static void what_stops_the_picture_is_put_back(void **state) {
    static const struct {
        const char *what;
        uint16_t set, value;
        bool put_back;
    } rows[] = {
        {"telemetry off", 0x0219, 0, true},        {"video freeze", 0x0325, 1, true},
        {"video format rgb", 0x0331, 3, true},     {"output disabled", 0x4825, 0, true},
        {"output format rgb", 0x4829, 3, true},    {"output source frozen", 0x482D, 8, true},
        {"output channel dvp", 0x4831, 0, true},   {"gpio mode", 0x4855, 0, true},
        {"output source ramp", 0x482D, 2, false},  {"output source raw", 0x482D, 0, false},
        {"telemetry as header", 0x021D, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *rig = booted();
        int status = set_word(rig, rows[i].set, rows[i].value);
        uint64_t took_us = rig_until_frame(rig, 2000000);
        print_message("%s: %d, frames after %.3f s\n", rows[i].what, status,
                      (double)took_us * 1e-6);
        assert_true(took_us != IB_NEVER);
        rig_run(rig, 4000000);
        struct ib_camera_state s = state_of(rig);
        assert_int_equal(s.stage, IB_STAGE_RUNNING);
        for (int rung = 0; rung < IB_RUNG_COUNT; rung++)
            assert_int_equal(s.counters.rung[rung], 0);
        assert_int_equal(s.counters.settings_dropped, 0);
        if (status != IB_OK)
            continue;
        uint16_t now = get_word(rig, (uint16_t)(rows[i].set - 1));
        assert_int_equal(now != rows[i].value, rows[i].put_back);
        assert_int_equal(s.counters.settings_put_back, rows[i].put_back);
        rig_assert_calm(rig);
    }
}

static void what_leaves_the_bus_is_brought_back(void **state) {
    static const struct {
        const char *what;
        uint16_t run;
    } rows[] = {{"power down", 0x4802},  {"standby", 0x4806}, {"low power 1", 0x480A},
                {"low power 2", 0x480E}, {"reboot", 0x4842},  {"restore defaults", 0x4862},
                {"flat field", 0x0242}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *rig = booted();
        struct ib_camera_request emissivity = {
            .ask = IB_ASK_SETTINGS,
            .settings = {.mask = IB_SETTING_EMISSIVITY, .emissivity_pct = 50}};
        assert_int_equal(rig_ask(rig, &emissivity), IB_OK);
        uint16_t limit[1] = {700}, read[1];
        assert_int_equal(raw(rig, 0x0131, 1, limit), IB_OK); // AGC clip low: remembered, too
        rig_run(rig, 4000000);
        int status = raw(rig, rows[i].run, 0, NULL);
        print_message("%s gives %d\n", rows[i].what, status);
        rig_run(rig, 500000);
        must_be_well(rig, 12000000, rows[i].what);
        assert_int_equal(rig->last.telemetry[99], 4096);
        assert_int_equal(raw(rig, 0x0130, 1, read), IB_OK);
        assert_int_equal(read[0], 700);
        assert_int_equal(state_of(rig).counters.settings_dropped, 0);
    }
}

/// The back-off of a recovery that began with a raw reboot is that of any other.
static void a_raw_reboot_that_never_ends_backs_off(void **state) {
    (void)state;
    struct rig *rig = booted();
    assert_int_equal(raw(rig, 0x4842, 0, NULL), IB_OK);
    ib_sim_lepton_plug(&rig->part, false);
    rig_run(rig, 120000000);
    struct ib_camera_state s = state_of(rig);
    print_message("120 s without a module: %u resyncs\n", s.counters.rung[IB_RUNG_RESYNC]);
    assert_in_range(s.counters.rung[IB_RUNG_RESYNC], 5, 20);
    rig_assert_calm(rig);
}

/// After every second application the module falls silent: it is given up, what was before returns.
static void a_setting_that_wedges_at_every_boot_is_given_up(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint16_t limit[1] = {700};
    assert_int_equal(raw(rig, 0x0131, 1, limit), IB_OK); // AGC clip low
    rig_run(rig, 5000000);                               // it has proven itself
    rig->trap = 0x0131;
    rig->trap_fault = IB_FAULT_HANG;
    assert_int_equal(raw(rig, 0x4842, 0, NULL), IB_OK);
    rig_run(rig, 40000000);
    struct ib_camera_state s = state_of(rig);
    print_message("applied %u times before it was dropped\n", rig->traps);
    assert_int_equal(s.stage, IB_STAGE_RUNNING);
    assert_int_equal(s.dropped_command, 0x0131);
    assert_int_equal(s.counters.settings_dropped, 1);
    assert_in_range(rig->traps, 1, 4);
    must_be_well(rig, 1000000, "afterwards");
}

/// One that lets the module answer but stops its video at every boot.
static void a_setting_that_stops_video_at_every_boot_is_given_up(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint16_t limit[1] = {700};
    assert_int_equal(raw(rig, 0x0131, 1, limit), IB_OK);
    rig_run(rig, 5000000);
    rig->trap = 0x0131;
    rig->trap_fault = IB_FAULT_FREEZE;
    assert_int_equal(raw(rig, 0x4842, 0, NULL), IB_OK);
    rig_run(rig, 60000000);
    struct ib_camera_state s = state_of(rig);
    print_message("applied %u times before it was dropped\n", rig->traps);
    assert_int_equal(s.stage, IB_STAGE_RUNNING);
    assert_int_equal(s.dropped_command, 0x0131);
    assert_in_range(rig->traps, 1, 6);
    must_be_well(rig, 1000000, "afterwards");
}

/// A raw SET of something the board or a named request has set: the older value comes back.
static void what_a_wedging_set_replaced_comes_back(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint16_t flux[8];
    struct ib_camera_request emissivity = {
        .ask = IB_ASK_SETTINGS, .settings = {.mask = IB_SETTING_EMISSIVITY, .emissivity_pct = 50}};
    assert_int_equal(rig_ask(rig, &emissivity), IB_OK);
    rig_run(rig, 500000);
    assert_int_equal(raw(rig, 0x4EBC, 8, flux), IB_OK);
    assert_int_equal(flux[0], 4096);
    uint16_t stored_background = flux[1];
    flux[0] = 8000;
    flux[1] = 31000;
    assert_int_equal(raw(rig, 0x4EBD, 8, flux), IB_OK);
    assert_int_equal(set_word(rig, 0x0249, 1), IB_OK); // low gain
    assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_HANG, 0, 0), IB_OK);
    rig_run(rig, 12000000);
    struct ib_camera_state s = state_of(rig);
    assert_int_equal(s.counters.settings_dropped, 2);
    assert_int_equal(s.settings.emissivity_pct, 50);
    assert_int_equal(s.settings.gain, IB_GAIN_HIGH);
    assert_int_equal(raw(rig, 0x4EBC, 8, flux), IB_OK);
    assert_int_equal(flux[0], 4096);
    assert_int_equal(flux[1], stored_background);
    assert_int_equal(get_word(rig, 0x0248), 0);
    must_be_well(rig, 1000000, "afterwards");
}

/// Named settings are never given up, however soon the trouble comes.
static void named_settings_survive_trouble_at_once(void **state) {
    (void)state;
    struct rig *rig = booted();
    struct ib_camera_request settings = {
        .ask = IB_ASK_SETTINGS,
        .settings = {.mask = IB_SETTING_EMISSIVITY | IB_SETTING_GAIN,
                     .emissivity_pct = 50,
                     .gain = IB_GAIN_LOW}};
    struct ib_camera_request spot = {.ask = IB_ASK_SPOTMETER, .spot = {10, 20, 13, 29}};
    assert_int_equal(rig_ask(rig, &settings), IB_OK);
    assert_int_equal(rig_ask(rig, &spot), IB_OK);
    ib_sim_lepton_plug(&rig->part, false);
    rig_run(rig, 5000000);
    ib_sim_lepton_plug(&rig->part, true);
    rig_run(rig, 25000000);
    assert_int_equal(state_of(rig).counters.settings_dropped, 0);
    assert_int_equal(rig->last.gain_mode, IB_GAIN_LOW);
    assert_int_equal(rig->last.telemetry[99], 4096);
    static const uint16_t box[4] = {10, 20, 13, 29};
    assert_memory_equal(&rig->last.telemetry[214], box, sizeof box);
}

/// A SET whose answer is lost may have been carried out: what is wanted is brought to the module
/// again.
static void a_set_without_an_answer_changes_nothing(void **state) {
    static const struct {
        uint16_t set, value;
    } rows[] = {{0x4EC1, 0}, {0x0101, 1}, {0x0219, 0}, {0x0325, 1}, {0x0249, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *rig = booted();
        uint16_t words[2] = {rows[i].value, 0};
        uint16_t before = get_word(rig, (uint16_t)(rows[i].set - 1));
        struct ib_camera_request r = {
            .ask = IB_ASK_CCI,
            .cci = {.command = rows[i].set, .words = 2, .data = words},
            .deadline_us = rig->sim_clock.now_us + 300000,
        };
        // From the command on the bus is dead until the request has failed.
        rig->trap = rows[i].set;
        rig->trap_fault = IB_FAULT_I2C_STUCK;
        ib_camera_post(&rig->camera, &r);
        while (rig->traps == 0)
            rig_run(rig, 100);
        rig->trap = 0;
        assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_I2C_STUCK, 0, 400000), IB_OK);
        rig_run(rig, 3000000);
        assert_true(ib_camera_answered(&r));
        assert_true(r.status < 0 && r.status != IB_E_DEVICE);
        assert_int_equal(get_word(rig, (uint16_t)(rows[i].set - 1)), before);
        must_be_well(rig, 3000000, "afterwards");
    }
}

static void the_last_writer_wins(void **state) {
    (void)state;
    struct rig *rig = booted();
    uint16_t low[2] = {1, 0}, scratch[2];
    struct ib_camera_request get = {.ask = IB_ASK_CCI,
                                    .cci = {.command = 0x0248, .words = 2, .data = scratch}};
    struct ib_camera_request set = {.ask = IB_ASK_CCI,
                                    .cci = {.command = 0x0249, .words = 2, .data = low}};
    struct ib_camera_request named = {.ask = IB_ASK_SETTINGS,
                                      .settings = {.mask = IB_SETTING_GAIN, .gain = IB_GAIN_AUTO}};
    struct ib_camera_request wrong = {.ask = IB_ASK_SETTINGS,
                                      .settings = {.mask = IB_SETTING_GAIN, .gain = 9}};
    ib_camera_post(&rig->camera, &get);
    ib_camera_post(&rig->camera, &set);
    ib_camera_post(&rig->camera, &wrong);
    assert_int_equal(rig_ask(rig, &named), IB_OK);
    assert_int_equal(set.status, IB_OK);
    assert_int_equal(wrong.status, IB_E_RANGE);
    rig_run(rig, 1000000);
    assert_int_equal(get_word(rig, 0x0248), IB_GAIN_AUTO);
    assert_int_equal(state_of(rig).settings.gain, IB_GAIN_AUTO);

    // The other way round the raw command is the last.
    named.settings.gain = IB_GAIN_HIGH;
    ib_camera_post(&rig->camera, &named);
    assert_int_equal(raw(rig, 0x0249, 2, low), IB_OK);
    assert_int_equal(named.status, IB_OK);
    rig_run(rig, 1000000);
    assert_int_equal(get_word(rig, 0x0248), IB_GAIN_LOW);
    assert_int_equal(state_of(rig).settings.gain, IB_GAIN_LOW);
}

/// What one client's setting is refused for is not another's.
static void a_refusal_reaches_only_its_own_request(void **state) {
    (void)state;
    struct rig *rig = booted();
    struct ib_camera_request good = {
        .ask = IB_ASK_SETTINGS, .settings = {.mask = IB_SETTING_EMISSIVITY, .emissivity_pct = 90}};
    struct ib_camera_request bad = {.ask = IB_ASK_SPOTMETER, .spot = {10, 10, 200, 200}};
    struct ib_camera_request late = {
        .ask = IB_ASK_SETTINGS, .settings = {.mask = IB_SETTING_EMISSIVITY, .emissivity_pct = 80}};
    ib_camera_post(&rig->camera, &good);
    ib_camera_post(&rig->camera, &bad);
    int status = rig_ask(rig, &late);
    assert_int_equal(good.status, IB_OK);
    assert_int_equal(bad.status, IB_E_DEVICE);
    assert_int_equal(status, IB_OK);
    assert_int_equal(state_of(rig).settings.emissivity_pct, 80);
}

/// AGC, TLinear, radiometry and gain in odd orders, by raw commands: the frames always say truly
/// what they are, and after a reboot all is as it was last.
static void odd_orders_end_in_truth(void **state) {
    static const struct {
        uint16_t set[4], value[4];
        uint8_t unit;
    } rows[] = {
        {{0x0101}, {1}, IB_UNIT_GREY8},
        {{0x4EC1}, {0}, IB_UNIT_COUNTS},
        {{0x4E11}, {0}, IB_UNIT_COUNTS},
        {{0x4EC1, 0x0101}, {0, 1}, IB_UNIT_GREY8},
        {{0x0101, 0x4EC1}, {1, 0}, IB_UNIT_GREY8},
        {{0x0101, 0x4EC1, 0x0101}, {1, 1, 0}, IB_UNIT_KELVIN},
        {{0x4E11, 0x4EC1}, {0, 1}, IB_UNIT_COUNTS},
        {{0x4E11, 0x4E11, 0x4EC1}, {0, 1, 1}, IB_UNIT_KELVIN},
        {{0x4EC9}, {0}, IB_UNIT_KELVIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *rig = booted();
        for (unsigned k = 0; k < 4 && rows[i].set[k]; k++)
            print_message("row %zu: 0x%04X := %u gives %d\n", i, rows[i].set[k], rows[i].value[k],
                          set_word(rig, rows[i].set[k], rows[i].value[k]));
        rig_run(rig, 4000000);
        assert_true(rig_until_frame(rig, 1000000) != IB_NEVER);
        assert_int_equal(rig->last.unit, rows[i].unit);
        uint16_t scale_ck = rig->last.scale_ck;
        assert_int_equal(raw(rig, 0x4842, 0, NULL), IB_OK);
        rig_run(rig, 8000000);
        assert_true(rig_until_frame(rig, 1000000) != IB_NEVER);
        assert_int_equal(rig->last.unit, rows[i].unit);
        assert_int_equal(rig->last.scale_ck, scale_ck);
        assert_int_equal(state_of(rig).counters.rung[IB_RUNG_RESET], 0);
    }
}

/// Every FFC mode is the user's business; nothing of it costs the picture.
static void any_ffc_mode_goes(void **state) {
    (void)state;
    for (uint16_t mode = 0; mode < 3; mode++) {
        struct rig *rig = booted();
        uint16_t words[16];
        assert_int_equal(raw(rig, 0x023C, 16, words), IB_OK);
        words[0] = mode;
        assert_int_equal(raw(rig, 0x023D, 16, words), IB_OK);
        struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
        assert_int_equal(rig_ask(rig, &ffc), IB_OK);
        must_be_well(rig, 1000000, "an FFC in another mode");
        for (int rung = 0; rung < IB_RUNG_COUNT; rung++)
            assert_int_equal(state_of(rig).counters.rung[rung], 0);
    }
}

/// A setting too long for the usual list is wanted state like any other.
static void a_user_palette_survives_a_reboot(void **state) {
    static uint16_t lut[512], read[512], none[1];
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 61});
    rig_boot(rig);
    for (unsigned i = 0; i < 512; i++)
        lut[i] = (uint16_t)(i * 40503u);
    struct ib_camera_request set = {.ask = IB_ASK_CCI,
                                    .cci = {.command = 0x0309, .words = 512, .data = lut}};
    struct ib_camera_request get = {.ask = IB_ASK_CCI,
                                    .cci = {.command = 0x0308, .words = 512, .data = read}};
    struct ib_camera_request reboot = {.ask = IB_ASK_CCI, .cci = {.command = 0x4842, .data = none}};
    assert_int_equal(rig_ask(rig, &set), IB_OK);
    rig_run(rig, 4000000); // frames go on: it is proven
    assert_int_equal(rig_ask(rig, &reboot), IB_OK);
    assert_true(rig_until_frame(rig, 10000000) != IB_NEVER);
    rig_run(rig, 2000000);
    assert_int_equal(rig_ask(rig, &get), IB_OK);
    assert_memory_equal(read, lut, sizeof lut);
}

/// The shutter object holds a running time besides its settings: it never reads back as written.
static void a_manual_ffc_mode_survives_a_reboot(void **state) {
    uint16_t object[16], none[1] = {0};
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 62});
    rig_boot(rig);
    struct ib_camera_request get = {.ask = IB_ASK_CCI,
                                    .cci = {.command = 0x023C, .words = 16, .data = object}};
    struct ib_camera_request set = {.ask = IB_ASK_CCI,
                                    .cci = {.command = 0x023D, .words = 16, .data = object}};
    struct ib_camera_request reboot = {.ask = IB_ASK_CCI, .cci = {.command = 0x4842, .data = none}};
    assert_int_equal(rig_ask(rig, &get), IB_OK);
    assert_int_equal(object[0], 1); // automatic
    object[0] = 0;
    assert_int_equal(rig_ask(rig, &set), IB_OK);
    rig_run(rig, 4000000);
    assert_int_equal(rig_ask(rig, &reboot), IB_OK);
    assert_true(rig_until_frame(rig, 10000000) != IB_NEVER);
    rig_run(rig, 2000000);
    get.deadline_us = 0; // the default again
    assert_int_equal(rig_ask(rig, &get), IB_OK);
    assert_int_equal(object[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stops_the_picture_is_put_back),
        cmocka_unit_test(what_leaves_the_bus_is_brought_back),
        cmocka_unit_test(a_raw_reboot_that_never_ends_backs_off),
        cmocka_unit_test(a_setting_that_wedges_at_every_boot_is_given_up),
        cmocka_unit_test(a_setting_that_stops_video_at_every_boot_is_given_up),
        cmocka_unit_test(what_a_wedging_set_replaced_comes_back),
        cmocka_unit_test(named_settings_survive_trouble_at_once),
        cmocka_unit_test(a_set_without_an_answer_changes_nothing),
        cmocka_unit_test(the_last_writer_wins),
        cmocka_unit_test(a_refusal_reaches_only_its_own_request),
        cmocka_unit_test(odd_orders_end_in_truth),
        cmocka_unit_test(any_ffc_mode_goes),
        cmocka_unit_test(a_user_palette_survives_a_reboot),
        cmocka_unit_test(a_manual_ffc_mode_survives_a_reboot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
