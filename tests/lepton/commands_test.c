/// The command table against rows picked from the IDD by hand, and against its own rules.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "drivers/lepton/lepton.h"

#define GET IB_LEPTON_GET
#define SET IB_LEPTON_SET
#define RUN IB_LEPTON_RUN

static const struct ib_lepton_command expected[] = {
    {"agc_enable", 0x0100, 2, GET | SET, false},
    {"agc_roi", 0x0108, 4, GET | SET, false},
    {"agc_heq_damping", 0x0124, 1, GET | SET, false},
    {"agc_heq_clip_high", 0x012C, 1, GET | SET, false},
    {"agc_calculation_enable", 0x0148, 2, GET | SET, false},
    {"sys_ping", 0x0200, 0, RUN, false},
    {"sys_camera_status", 0x0204, 4, GET, false},
    {"sys_flir_serial", 0x0208, 4, GET, false},
    {"sys_uptime", 0x020C, 2, GET, false},
    {"sys_telemetry_enable", 0x0218, 2, GET | SET, false},
    {"sys_telemetry_location", 0x021C, 2, GET | SET, false},
    {"sys_customer_serial", 0x0228, 16, GET, false},
    {"sys_ffc_shutter_mode", 0x023C, 16, GET | SET, false},
    {"sys_ffc", 0x0240, 0, RUN, false},
    {"sys_ffc_status", 0x0244, 2, GET, false},
    {"sys_gain_mode", 0x0248, 2, GET | SET, true},
    {"sys_gain_mode_object", 0x0250, 14, GET | SET, true},
    {"vid_user_lut", 0x0308, 512, GET | SET, false},
    {"vid_output_format", 0x0330, 2, GET | SET, true},
    {"oem_power_down", 0x4800, 0, RUN, false},
    {"oem_part_number", 0x481C, 16, GET, false},
    {"oem_software_version", 0x4820, 4, GET, false},
    {"oem_video_format", 0x4828, 2, GET | SET, false},
    {"oem_reboot", 0x4840, 0, RUN, false},
    {"oem_ffc_target", 0x4844, 1, GET | SET | RUN, false},
    {"oem_gpio_mode", 0x4854, 2, GET | SET, false},
    {"oem_user_defaults", 0x485C, 2, GET | RUN, true},
    {"oem_thermal_shutdown_enable", 0x4868, 2, GET | SET, true},
    {"rad_enable", 0x4E10, 2, GET | SET, false},
    {"rad_shutter_temperature", 0x4E28, 1, GET | SET, false},
    {"rad_ffc", 0x4E2C, 0, RUN, false},
    {"rad_flux_parameters", 0x4EBC, 8, GET | SET, true},
    {"rad_tlinear_enable", 0x4EC0, 2, GET | SET, true},
    {"rad_tlinear_resolution", 0x4EC4, 2, GET | SET, true},
    {"rad_spotmeter_roi", 0x4ECC, 4, GET | SET, true},
    {"rad_spotmeter", 0x4ED0, 4, GET, true},
    {"rad_rbfo_external_low", 0x4ED8, 8, GET | SET, true},
    {"rad_calibration_values", 0x4EE4, 4, GET, true},
};

static void rows_are_as_documented(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct ib_lepton_command *want = &expected[i];
        const struct ib_lepton_command *is = ib_lepton_command_named(want->name);
        print_message("%s\n", want->name);
        assert_non_null(is);
        assert_int_equal(is->base, want->base);
        assert_int_equal(is->words, want->words);
        assert_int_equal(is->ops, want->ops);
        assert_int_equal(is->radiometric_only, want->radiometric_only);
    }
    assert_null(ib_lepton_command_named("sys_nothing"));
    assert_null(ib_lepton_command_named(""));
}

static void table_keeps_its_rules(void **state) {
    static const struct {
        const char *prefix;
        unsigned module;
    } modules[] = {
        {"agc_", 0x0100}, {"sys_", 0x0200}, {"vid_", 0x0300}, {"oem_", 0x4800}, {"rad_", 0x4E00}};
    (void)state;
    size_t count;
    const struct ib_lepton_command *table = ib_lepton_commands(&count);
    assert_true(count > 130);
    for (size_t i = 0; i < count; i++) {
        bool fits = false;
        for (size_t m = 0; m < 5; m++)
            fits |= strncmp(table[i].name, modules[m].prefix, 4) == 0 &&
                    (table[i].base & 0xFF00) == modules[m].module;
        assert_true(fits);
        assert_int_equal(table[i].base & 3, 0);
        assert_true(table[i].ops != 0 && table[i].ops <= 7);
        assert_true(table[i].words <= 512);
        assert_true(table[i].ops != RUN || table[i].words == 0);
        if (i > 0)
            assert_true(table[i].base > table[i - 1].base);
        assert_ptr_equal(ib_lepton_command_named(table[i].name), &table[i]);
    }
}

static void every_word_finds_its_row(void **state) {
    (void)state;
    size_t count;
    size_t found = 0;
    size_t operations = 0;
    const struct ib_lepton_command *table = ib_lepton_commands(&count);
    for (size_t i = 0; i < count; i++)
        for (unsigned type = 0; type < 3; type++)
            operations += (table[i].ops >> type) & 1u;
    for (unsigned word = 0; word <= 0xFFFF; word++) {
        const struct ib_lepton_command *row = ib_lepton_command_of((uint16_t)word);
        if (!row)
            continue;
        found++;
        assert_int_equal(row->base, word & 0xFFFCu);
        assert_true(row->ops & (1u << (word & 3)));
    }
    assert_int_equal(found, operations);
    assert_null(ib_lepton_command_of(0x0200)); // a ping cannot be read
    assert_null(ib_lepton_command_of(0x0103)); // no such type
    assert_null(ib_lepton_command_of(0x0EC0)); // RAD without the protection bit
    assert_string_equal(ib_lepton_command_of(0x0242)->name, "sys_ffc");
    assert_string_equal(ib_lepton_command_of(0x4ECD)->name, "rad_spotmeter_roi");
}

static void results_have_a_text(void **state) {
    (void)state;
    assert_string_equal(ib_lepton_result_text(0), "ok");
    assert_string_equal(ib_lepton_result_text(-3), "range error");
    assert_string_equal(ib_lepton_result_text(-7), "undefined function");
    assert_string_equal(ib_lepton_result_text(-11), "command not allowed");
    assert_string_equal(ib_lepton_result_text(-127), "undefined error");
    for (int code = -128; code <= 127; code++) {
        const char *text = ib_lepton_result_text((int8_t)code);
        assert_true(strlen(text) > 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_as_documented),
        cmocka_unit_test(table_keeps_its_rules),
        cmocka_unit_test(every_word_finds_its_row),
        cmocka_unit_test(results_have_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
