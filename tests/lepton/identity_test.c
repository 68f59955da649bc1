/// Part numbers to models, and telemetry rows to fields.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/frame.h"
#include "core/status.h"
#include "drivers/lepton/lepton.h"

static void every_part_is_known(void **state) {
    static const struct {
        const char *part;
        const char *name;
        enum ib_lepton_model model;
        unsigned width_px, height_px;
        bool radiometric, shutter;
    } rows[] = {
        {"500-0643-00", "1.5", IB_LEPTON_1_5, 80, 60, false, false},
        {"500-0659-00", "1.5", IB_LEPTON_1_5, 80, 60, false, false},
        {"500-0659-01", "2.0", IB_LEPTON_2_0, 80, 60, false, true},
        {"500-0690-00", "1.6", IB_LEPTON_1_6, 80, 60, false, false},
        {"500-0763-01", "2.5", IB_LEPTON_2_5, 80, 60, true, true},
        {"500-0726-01", "3.0", IB_LEPTON_3_0, 160, 120, false, true},
        {"500-0758-03", "3.1R", IB_LEPTON_3_1R, 160, 120, true, true},
        {"500-0758-99", "3.1R", IB_LEPTON_3_1R, 160, 120, true, true},
        {"500-0771-01", "3.5", IB_LEPTON_3_5, 160, 120, true, true},
        {"500-0771-FS1", "3.5", IB_LEPTON_3_5, 160, 120, true, true},
        {"500-1387-00", "UW", IB_LEPTON_UW, 160, 120, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_lepton_identity id;
        memset(&id, 0xAA, sizeof id);
        id.serial = 42;
        print_message("%s\n", rows[i].part);
        assert_int_equal(ib_lepton_identify(&id, rows[i].part), IB_OK);
        assert_string_equal(id.name, rows[i].name);
        assert_string_equal(id.part_number, rows[i].part);
        assert_int_equal(id.model, rows[i].model);
        assert_int_equal(id.width_px, rows[i].width_px);
        assert_int_equal(id.height_px, rows[i].height_px);
        assert_int_equal(id.radiometric, rows[i].radiometric);
        assert_int_equal(id.shutter, rows[i].shutter);
        assert_int_equal(id.serial, 42);
    }
}

static void unknown_parts_stay_unknown(void **state) {
    static const char *const parts[] = {
        "",
        "500-07",
        "500-0772-01",
        "05-070170",
        "\xFF\xFF\xFF\xFF",
        "a text longer than any part number that a module could ever hold"};
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct ib_lepton_identity id;
        memset(&id, 0xAA, sizeof id);
        assert_int_equal(ib_lepton_identify(&id, parts[i]), IB_E_NOT_FOUND);
        assert_int_equal(id.model, IB_LEPTON_UNKNOWN);
        assert_string_equal(id.name, "unknown");
        assert_int_equal(id.width_px, 160);
        assert_int_equal(id.height_px, 120);
        assert_false(id.radiometric);
        assert_false(id.shutter);
        assert_int_equal(strlen(id.part_number), strlen(parts[i]) < 32 ? strlen(parts[i]) : 32);
    }
}

/// Every word of the rows is its own index (the revision aside), so that a field read from the wrong
/// place shows.
static void rows_become_fields(void **state) {
    (void)state;
    uint16_t words[240];
    for (unsigned i = 0; i < 240; i++)
        words[i] = (uint16_t)(1000 + i);
    words[0] = 14;
    words[3] = 0x9038 | 0x0800;
    words[4] = 0x0010;
    words[72] = 7;
    words[73] = 0;
    words[160 + 5] = 2;
    words[160 + 6] = 1;
    words[160 + 7] = 1;
    words[160 + 48] = 1;
    words[160 + 49] = 0;
    struct ib_lepton_telemetry t;
    assert_int_equal(ib_lepton_telemetry_decode(&t, words), IB_OK);
    assert_int_equal(t.revision_major, 0);
    assert_int_equal(t.revision_minor, 14);
    assert_int_equal(t.uptime_ms, 1001 + 1002 * 65536);
    assert_int_equal(t.status, 0x00109838);
    assert_true(t.ffc_desired);
    assert_int_equal(t.ffc_state, IB_FFC_DONE);
    assert_true(t.agc);
    assert_true(t.lockout);
    assert_true(t.over_temp);
    assert_int_equal(t.serial[0], 1005);
    assert_int_equal(t.serial[7], 1012);
    assert_int_equal(t.frame_counter, 1020 + 1021 * 65536);
    assert_int_equal(t.frame_mean_counts, 1022);
    assert_int_equal(t.fpa_counts, 1023);
    assert_int_equal(t.fpa_ck, 1024);
    assert_int_equal(t.housing_counts, 1025);
    assert_int_equal(t.housing_ck, 1026);
    assert_int_equal(t.fpa_at_ffc_ck, 1029);
    assert_int_equal(t.uptime_at_ffc_ms, 1030 + 1031 * 65536);
    assert_int_equal(t.housing_at_ffc_ck, 1032);
    assert_int_equal(t.agc_roi[0], 1034);
    assert_int_equal(t.agc_roi[3], 1037);
    assert_int_equal(t.agc_clip_high, 1038);
    assert_int_equal(t.agc_clip_low, 1039);
    assert_int_equal(t.video_format, 7);
    assert_int_equal(t.ffc_frames_log2, 1074);
    assert_int_equal(t.emissivity_8192, 1099);
    assert_int_equal(t.background_ck, 1100);
    assert_int_equal(t.atmosphere_transmission_8192, 1101);
    assert_int_equal(t.atmosphere_ck, 1102);
    assert_int_equal(t.window_transmission_8192, 1103);
    assert_int_equal(t.window_reflection_8192, 1104);
    assert_int_equal(t.window_ck, 1105);
    assert_int_equal(t.window_reflected_ck, 1106);
    assert_int_equal(t.gain_mode, IB_GAIN_AUTO);
    assert_int_equal(t.gain_effective, IB_GAIN_LOW);
    assert_true(t.gain_switch_desired);
    assert_int_equal(t.gain_threshold_high_to_low_c, 1168);
    assert_int_equal(t.gain_threshold_low_to_high_c, 1169);
    assert_int_equal(t.gain_threshold_high_to_low_k, 1170);
    assert_int_equal(t.gain_threshold_low_to_high_k, 1171);
    assert_int_equal(t.gain_population_high_to_low_pct, 1174);
    assert_int_equal(t.gain_population_low_to_high_pct, 1175);
    assert_int_equal(t.gain_roi[0], 1182);
    assert_int_equal(t.gain_roi[3], 1185);
    assert_true(t.tlinear);
    assert_int_equal(t.tlinear_resolution, 0);
    assert_int_equal(t.spot_mean_ck, 1210);
    assert_int_equal(t.spot_max_ck, 1211);
    assert_int_equal(t.spot_min_ck, 1212);
    assert_int_equal(t.spot_population_px, 1213);
    assert_int_equal(t.spot_roi[0], 1214);
    assert_int_equal(t.spot_roi[3], 1217);
}

static void ffc_state_depends_on_the_revision(void **state) {
    static const uint8_t now[4] = {IB_FFC_NEVER, IB_FFC_IMMINENT, IB_FFC_RUNNING, IB_FFC_DONE};
    static const uint8_t old[3] = {IB_FFC_NEVER, IB_FFC_RUNNING, IB_FFC_DONE};
    (void)state;
    uint16_t words[240] = {0};
    struct ib_lepton_telemetry t;
    for (unsigned i = 0; i < 4; i++) {
        words[3] = (uint16_t)(i << 4);
        words[0] = 14;
        assert_int_equal(ib_lepton_telemetry_decode(&t, words), IB_OK);
        assert_int_equal(t.ffc_state, now[i]);
        words[0] = 8;
        assert_int_equal(ib_lepton_telemetry_decode(&t, words), IB_OK);
        if (i < 3)
            assert_int_equal(t.ffc_state, old[i]);
        assert_false(t.agc || t.ffc_desired || t.lockout || t.over_temp);
    }
}

static void pixels_are_not_taken_for_telemetry(void **state) {
    (void)state;
    uint16_t words[240] = {0};
    struct ib_lepton_telemetry t;
    assert_int_equal(ib_lepton_telemetry_decode(&t, words), IB_E_FORMAT); // revision 0
    for (unsigned i = 0; i < 240; i++)
        words[i] = 30000; // TLinear pixels
    assert_int_equal(ib_lepton_telemetry_decode(&t, words), IB_E_FORMAT);
    for (unsigned i = 0; i < 240; i++)
        words[i] = 14; // dark AGC pixels
    assert_int_equal(ib_lepton_telemetry_decode(&t, words), IB_E_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_known),
        cmocka_unit_test(unknown_parts_stay_unknown),
        cmocka_unit_test(rows_become_fields),
        cmocka_unit_test(ffc_state_depends_on_the_revision),
        cmocka_unit_test(pixels_are_not_taken_for_telemetry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
