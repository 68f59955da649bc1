/// Driver against simulator: two transcriptions of the same data sheets, held against each other.
///
/// Neither side includes the other. Where they disagree, one of them has read wrongly.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "drivers/lepton/lepton.h"
#include "sim/lepton.h"

static struct ib_sim_clock sim_clock;
static struct ib_sim_lepton part;
static struct ib_i2c i2c;
static struct ib_spi spi;
static struct ib_clock clock_table;
static struct ib_lepton_cci cci_engine;
static struct ib_cci cci;
static uint16_t words[IB_CCI_MAX_WORDS];

static void power_up(const char *model) {
    ib_sim_clock_init(&sim_clock);
    clock_table = ib_sim_clock_table(&sim_clock);
    struct ib_sim_lepton_config config = {.model = model,
                                          .seed = 3,
                                          .clock = &sim_clock,
                                          .scene = ib_sim_scene_named("bars"),
                                          .quiet = true};
    assert_int_equal(ib_sim_lepton_init(&part, &config), IB_OK);
    i2c = ib_sim_lepton_i2c(&part);
    spi = ib_sim_lepton_spi(&part);
    ib_lepton_cci_init(&cci_engine, &i2c, &cci);
    ib_clock_wait_until(&clock_table, 3000000);
}

static int8_t talk(uint16_t command, uint16_t count) {
    struct ib_cci_command c = {.command = command,
                               .words = count,
                               .data = words,
                               .deadline_us = sim_clock.now_us + 5000000};
    struct ib_cci_outcome outcome;
    uint64_t due_us;

    assert_int_equal(cci.ops->start(cci.context, &c, sim_clock.now_us), IB_OK);
    while (!cci.ops->poll(cci.context, ib_clock_now(&clock_table), &outcome, &due_us))
        ib_clock_wait_until(&clock_table, due_us);
    if (outcome.status != IB_OK && outcome.status != IB_E_DEVICE)
        fail_msg("command 0x%04X: status %d", command, outcome.status);
    return outcome.device_code;
}

/// The length register after a GET: the module's own idea of the object's size, in bytes.
static unsigned told_words(void) {
    uint8_t address[2] = {0x00, 0x06}, value[2];
    struct ib_i2c_part parts[2] = {{address, 2, 0}, {value, 2, 1}};
    assert_int_equal(ib_i2c_transfer(&i2c, IB_LEPTON_ADDRESS, parts, 2), IB_OK);
    return (unsigned)(value[0] << 8 | value[1]) / 2;
}

static void every_named_get_has_the_size_the_module_says(void **state) {
    size_t count;
    const struct ib_lepton_command *rows = ib_lepton_commands(&count);
    unsigned known = 0, unknown = 0;

    (void)state;
    power_up("3.5");
    for (size_t i = 0; i < count; i++) {
        if (!(rows[i].ops & IB_LEPTON_GET) || rows[i].words == 0)
            continue;
        int8_t code = talk(rows[i].base, rows[i].words);
        if (code == -7) {
            unknown++; // an id of the SDK's headers only
            continue;
        }
        if (code != 0)
            fail_msg("%s (0x%04X, %u words): result %d", rows[i].name, rows[i].base, rows[i].words,
                     code);
        if (told_words() != rows[i].words)
            fail_msg("%s: the driver says %u words, the module %u", rows[i].name, rows[i].words,
                     told_words());
        known++;
    }
    print_message("%u objects agree, %u ids are unknown to the module\n", known, unknown);
    assert_true(known >= 60);
    assert_int_equal(ib_sim_lepton_violation_count(&part), 0);
}

static void every_object_of_the_module_has_a_name(void **state) {
    static const uint16_t bases[] = {0x0100, 0x0200, 0x0300, 0x4800, 0x4E00};
    unsigned found = 0;

    (void)state;
    power_up("3.5");
    for (size_t b = 0; b < sizeof bases / sizeof *bases; b++)
        for (uint16_t id = 0; id < 0x100; id = (uint16_t)(id + 4)) {
            uint16_t command = (uint16_t)(bases[b] + id);
            const struct ib_lepton_command *row = ib_lepton_command_of(command);
            int8_t code = talk(command, row && row->words ? row->words : 2);
            if (code == -7)
                continue;
            found++;
            if (!row)
                fail_msg("the module knows 0x%04X (result %d), the driver does not", command, code);
        }
    assert_true(found >= 60);
}

static void radiometric_only_means_the_same_to_both(void **state) {
    size_t count;
    const struct ib_lepton_command *rows = ib_lepton_commands(&count);
    int8_t with[256], without[256];

    (void)state;
    assert_true(count <= 256);
    power_up("3.5");
    for (size_t i = 0; i < count; i++)
        with[i] =
            rows[i].ops & IB_LEPTON_GET && rows[i].words ? talk(rows[i].base, rows[i].words) : -7;
    power_up("3.0");
    for (size_t i = 0; i < count; i++)
        without[i] =
            rows[i].ops & IB_LEPTON_GET && rows[i].words ? talk(rows[i].base, rows[i].words) : -7;
    for (size_t i = 0; i < count; i++) {
        if (with[i] == -7)
            continue;
        if (rows[i].radiometric_only && without[i] == 0)
            fail_msg("%s: radiometric only to the driver, on a 3.0 to the module", rows[i].name);
        if (!rows[i].radiometric_only && without[i] != 0)
            fail_msg("%s: on every module to the driver, %d on a 3.0", rows[i].name, without[i]);
    }
}

static void identities_agree(void **state) {
    static const struct {
        const char *model;
        enum ib_lepton_model id;
    } models[] = {{"1.5", IB_LEPTON_1_5}, {"1.6", IB_LEPTON_1_6}, {"2.0", IB_LEPTON_2_0},
                  {"2.5", IB_LEPTON_2_5}, {"3.0", IB_LEPTON_3_0}, {"3.1R", IB_LEPTON_3_1R},
                  {"3.5", IB_LEPTON_3_5}};
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct ib_lepton_identity identity;
        char text[33] = {0};
        power_up(models[i].model);
        assert_int_equal(talk(0x481C, 16), 0);
        for (unsigned w = 0; w < 16; w++) {
            text[2 * w] = (char)(words[w] & 0xFF);
            text[2 * w + 1] = (char)(words[w] >> 8);
        }
        assert_int_equal(ib_lepton_identify(&identity, text), IB_OK);
        assert_int_equal(identity.model, models[i].id);
        assert_string_equal(identity.name, models[i].model);
    }
}

/// Every SET of one or two words takes the value that its GET gave.
static void what_was_read_can_be_written(void **state) {
    size_t count;
    const struct ib_lepton_command *rows = ib_lepton_commands(&count);

    (void)state;
    power_up("3.5");
    for (size_t i = 0; i < count; i++) {
        if (!(rows[i].ops & IB_LEPTON_SET) || !(rows[i].ops & IB_LEPTON_GET) || rows[i].words == 0)
            continue;
        if (talk(rows[i].base, rows[i].words) != 0)
            continue;
        uint16_t read[IB_CCI_MAX_WORDS];
        memcpy(read, words, sizeof read);
        int8_t code = talk((uint16_t)(rows[i].base + 1), rows[i].words);
        if (code != 0)
            fail_msg("%s: writing back what was read gives %d", rows[i].name, code);
        assert_int_equal(talk(rows[i].base, rows[i].words), 0);
        bool moving = rows[i].base == 0x023C; // holds the time since the last FFC
        if (!moving && memcmp(read, words, 2u * rows[i].words) != 0)
            fail_msg("%s: reads differently after being written back", rows[i].name);
    }
    assert_int_equal(ib_sim_lepton_violation_count(&part), 0);
}

static void telemetry_agrees_with_control(void **state) {
    static struct ib_lepton_capture capture;
    static uint16_t pixels[160 * 120];
    struct ib_source source;
    struct ib_lepton_telemetry t;
    struct ib_frame frame;
    uint64_t due_us = 0;

    (void)state;
    power_up("3.5");
    words[0] = 1;
    words[1] = 0;
    assert_int_equal(talk(0x0219, 2), 0);
    memset(&frame, 0, sizeof frame);
    frame.pixels = pixels;
    frame.capacity_px = 160 * 120;
    ib_lepton_capture_init(&capture, &spi, &source);
    struct ib_source_format format = {160, 120, IB_TELEMETRY_FOOTER};
    assert_int_equal(source.ops->start(source.context, &format, sim_clock.now_us), IB_OK);
    while (source.ops->step(source.context, ib_clock_now(&clock_table), &frame, &due_us) != 1) {
        assert_true(sim_clock.now_us < 10000000);
        ib_clock_wait_until(&clock_table, due_us);
    }
    assert_int_equal(ib_lepton_telemetry_decode(&t, frame.telemetry), IB_OK);
    assert_int_equal(talk(0x0214, 1), 0);
    assert_in_range(t.fpa_ck, words[0] - 5, words[0] + 5);
    assert_int_equal(talk(0x0210, 1), 0);
    assert_in_range(t.housing_ck, words[0] - 5, words[0] + 5);
    assert_int_equal(talk(0x020C, 2), 0);
    uint32_t uptime_ms = words[0] | (uint32_t)words[1] << 16;
    assert_in_range(uptime_ms - t.uptime_ms, 0, 300);
    assert_int_equal(talk(0x4ED0, 4), 0);
    assert_in_range(t.spot_mean_ck, words[0] - 3, words[0] + 3);
    assert_int_equal(t.spot_population_px, words[3]);
    assert_int_equal(talk(0x4ECC, 4), 0);
    assert_memory_equal(t.spot_roi, words, sizeof t.spot_roi);
    assert_int_equal(talk(0x4EC0, 2), 0);
    assert_int_equal(t.tlinear, words[0]);
    assert_int_equal(talk(0x4EBC, 8), 0);
    assert_int_equal(t.emissivity_8192, words[0]);
    assert_int_equal(t.background_ck, words[1]);
    assert_int_equal(t.window_transmission_8192, words[2]);
    assert_int_equal(t.window_ck, words[3]);
    assert_int_equal(t.atmosphere_transmission_8192, words[4]);
    assert_int_equal(t.atmosphere_ck, words[5]);
    assert_int_equal(t.window_reflection_8192, words[6]);
    assert_int_equal(t.window_reflected_ck, words[7]);
    assert_int_equal(talk(0x0250, 14), 0);
    assert_int_equal(t.gain_population_high_to_low_pct, words[4]);
    assert_int_equal(t.gain_population_low_to_high_pct, words[5]);
    assert_int_equal(t.gain_threshold_high_to_low_c, words[6]);
    assert_int_equal(t.gain_threshold_low_to_high_c, words[7]);
    assert_int_equal(t.gain_threshold_high_to_low_k, words[8]);
    assert_int_equal(t.gain_threshold_low_to_high_k, words[9]);
    assert_int_equal(talk(0x0130, 1), 0);
    assert_int_equal(t.agc_clip_low, words[0]);
    assert_int_equal(talk(0x012C, 1), 0);
    assert_int_equal(t.agc_clip_high, words[0]);
    assert_int_equal(t.ffc_frames_log2, 3);
    assert_int_equal(t.video_format, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_named_get_has_the_size_the_module_says),
        cmocka_unit_test(every_object_of_the_module_has_a_name),
        cmocka_unit_test(radiometric_only_means_the_same_to_both),
        cmocka_unit_test(identities_agree),
        cmocka_unit_test(what_was_read_can_be_written),
        cmocka_unit_test(telemetry_agrees_with_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
