/// The protocol on top of everything below it: a simulated Lepton on its buses, the driver, the
/// camera, the hub. What a client asks for must have happened in the module.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "boards/tcam_mini.h"
#include "core/base64.h"
#include "core/bytes.h"
#include "core/json.h"
#include "core/status.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "sim/lepton.h"
#include "tcam/tcam.h"

#define SLOTS 4
#define PX (160 * 120)

static struct ib_sim_clock sim_clock;
static struct ib_clock steps;
static struct ib_sim_lepton part;
static struct ib_i2c i2c;
static struct ib_spi spi;
static struct ib_gpio reset, power;
static struct ib_lepton_cci cci_engine;
static struct ib_lepton_capture capture;
static struct ib_cci cci;
static struct ib_source source;
static struct ib_hub hub;
static uint16_t storage[SLOTS * PX];
static struct ib_camera camera;
static struct ib_tcam tcam;
static struct ib_tcam_session session;
static struct ib_tcam_chunk chunk;
static char text[IB_TCAM_REPLY_BYTES];
static uint16_t pixels[PX];
static uint16_t telemetry[240];

static void start(const char *model) {
    const struct ib_board_tcam_mini *board = &ib_board_tcam_mini;
    ib_sim_clock_init(&sim_clock);
    steps = ib_sim_clock_table(&sim_clock);
    struct ib_sim_lepton_config module = {.model = model,
                                          .seed = 3,
                                          .scene = ib_sim_scene_named("kettle"),
                                          .clock = &sim_clock,
                                          .i2c_hz = board->lepton_i2c_hz,
                                          .spi_hz = board->lepton_spi_hz};
    assert_int_equal(ib_sim_lepton_init(&part, &module), IB_OK);
    i2c = ib_sim_lepton_i2c(&part);
    spi = ib_sim_lepton_spi(&part);
    reset = ib_sim_lepton_reset(&part);
    power = ib_sim_lepton_power(&part);
    ib_lepton_cci_init(&cci_engine, &i2c, &cci);
    ib_lepton_capture_init(&capture, &spi, &source);
    source.cci = &cci;
    source.reset = &reset;
    source.power = &power;
    assert_int_equal(ib_hub_init(&hub, SLOTS, storage, SLOTS * PX), IB_OK);
    struct ib_camera_config config = {.source = &source,
                                      .hub = &hub,
                                      .wanted = board->wanted,
                                      .wanted_count = board->wanted_count};
    assert_int_equal(ib_camera_init(&camera, &config), IB_OK);
    struct ib_tcam_config names = {.camera = &camera,
                                   .hub = &hub,
                                   .name = "tCam-Mini-EFB5",
                                   .version = "2.0",
                                   .model_base = board->model_wifi};
    assert_int_equal(ib_tcam_init(&tcam, &names), IB_OK);
    ib_tcam_session_init(&session, &tcam, sim_clock.now_us);
}

/// Run the camera until the session has something to send or `limit_us` have passed.
static bool next_packet(uint64_t limit_us) {
    uint64_t until_us = sim_clock.now_us + limit_us;
    for (;;) {
        ib_tcam_session_pull(&session, sim_clock.now_us, false, &chunk);
        if (chunk.size)
            return true;
        if (sim_clock.now_us >= until_us)
            return false;
        uint64_t due_us;
        ib_camera_step(&camera, ib_clock_now(&steps), &due_us);
        uint64_t tcam_due_us;
        ib_tcam_step(&tcam, sim_clock.now_us, &tcam_due_us);
        uint64_t session_due_us = ib_tcam_session_due(&session);
        due_us = due_us < tcam_due_us ? due_us : tcam_due_us;
        due_us = due_us < session_due_us ? due_us : session_due_us;
        ib_clock_wait_until(&steps, due_us < until_us ? due_us : until_us);
    }
}

/// Say it, run until the reply is there, and describe the reply's text.
static struct ib_json_value ask(const char *json) {
    struct ib_json_value root;
    size_t size = strlen(json);
    assert_int_equal(ib_tcam_session_feed(&session, (const uint8_t *)"\x02", 1, sim_clock.now_us),
                     1);
    assert_int_equal(ib_tcam_session_feed(&session, (const uint8_t *)json, size, sim_clock.now_us),
                     size);
    assert_int_equal(ib_tcam_session_feed(&session, (const uint8_t *)"\x03", 1, sim_clock.now_us),
                     1);
    do
        assert_true(next_packet(6000000));
    while (chunk.image && !strstr(json, "get_image"));
    assert_int_equal(ib_json_parse(&root, chunk.bytes + 1, chunk.size - 2), IB_OK);
    if (!chunk.image) {
        memcpy(text, chunk.bytes + 1, chunk.size - 2);
        text[chunk.size - 2] = 0;
    }
    return root;
}

static void expect(const char *json, const char *reply) {
    ask(json);
    assert_string_equal(text, reply);
}

#define OK(name) "{\"cam_info\":{\"info_value\":1,\"info_string\":\"" name " success\"}}"
#define FAILED(name) "{\"cam_info\":{\"info_value\":0,\"info_string\":\"" name " failed\"}}"

static size_t decode(const struct ib_json_value *root, const char *key, uint16_t *out,
                     size_t words) {
    static uint8_t bytes[2 * PX];
    struct ib_json_value value;
    const char *base64;
    size_t size;
    assert_int_equal(ib_json_member(root, key, &value), IB_OK);
    assert_int_equal(ib_json_raw(&value, &base64, &size), IB_OK);
    int n = ib_base64_decode(bytes, sizeof bytes, base64, size);
    assert_int_equal(n, 2 * words);
    for (size_t i = 0; i < words; i++)
        out[i] = ib_get_le16(bytes + 2 * i);
    return words;
}

static void get_image(void) {
    struct ib_json_value root = ask("{\"cmd\":\"get_image\"}");
    assert_true(chunk.image);
    decode(&root, "radiometric", pixels, PX);
    decode(&root, "telemetry", telemetry, 240);
}

/// Read words straight from the module.
static void cci_get(unsigned command, uint16_t *out, size_t words) {
    char json[120];
    struct ib_json_value cci_reg;
    snprintf(json, sizeof json,
             "{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":%u,\"length\":%zu}}", command, words);
    struct ib_json_value root = ask(json);
    if (ib_json_member(&root, "cci_reg", &cci_reg) != IB_OK)
        fail_msg("%s gave %s", json, text);
    decode(&cci_reg, "data", out, words);
}

/// From power-on to the first image after the start-up FFC.
static void boot(const char *model) {
    start(model);
    for (int i = 0; i < 100; i++) {
        get_image();
        if ((telemetry[3] >> 4 & 3) == 3 || !strcmp(model, "1.5"))
            return;
    }
    fail_msg("no FFC at start-up");
}

static void assert_clean(void) {
    assert_int_equal(ib_sim_lepton_violation_count(&part), 0);
}

static void an_image_is_the_frame(void **state) {
    (void)state;
    boot("3.5");
    for (int i = 0; i < 5; i++) {
        get_image();
        const struct ib_frame *frame = ib_hub_newest(&hub, 0);
        assert_non_null(frame);
        assert_int_equal(frame->captured_us, chunk.captured_us);
        assert_memory_equal(frame->pixels, pixels, sizeof pixels);
        assert_memory_equal(frame->telemetry, telemetry, sizeof telemetry);
        ib_hub_release(&hub, frame);
    }
    assert_int_equal(telemetry[208], 1);
    assert_int_equal(telemetry[209], 1);
    double truth_k = (double)ib_sim_lepton_truth_k(&part, 80, 60);
    double read_k = pixels[60 * 160 + 80] * 0.01;
    assert_true(read_k > truth_k - 3 && read_k < truth_k + 3);
    assert_clean();
}

static void settings_reach_the_module(void **state) {
    (void)state;
    boot("3.5");
    expect("{\"cmd\":\"get_config\"}",
           "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    expect("{\"cmd\":\"set_config\",\"args\":{\"emissivity\":98,\"gain_mode\":1}}",
           OK("set_config"));
    uint16_t flux[8], gain[2];
    cci_get(0x4EBC, flux, 8);
    assert_int_equal(flux[0], 98 * 8192 / 100);
    cci_get(0x0248, gain, 2);
    assert_int_equal(gain[0], 1);
    expect("{\"cmd\":\"get_config\"}",
           "{\"config\":{\"agc_enabled\":0,\"emissivity\":98,\"gain_mode\":1}}");
    get_image();
    get_image();
    assert_int_equal(telemetry[99], 98 * 8192 / 100);
    assert_int_equal(telemetry[209], 0); // low gain: 0.1 K a count
    expect("{\"cmd\":\"set_config\",\"args\":{\"agc_enabled\":1}}", OK("set_config"));
    get_image();
    get_image();
    assert_true(telemetry[3] >> 12 & 1);
    for (size_t i = 0; i < PX; i++)
        assert_true(pixels[i] <= 255);
    assert_clean();
}

static void the_spotmeter_moves(void **state) {
    (void)state;
    boot("3.5");
    expect("{\"cmd\":\"set_spotmeter\",\"args\":{\"c1\":100,\"c2\":103,\"r1\":20,\"r2\":22}}",
           OK("set_spotmeter"));
    uint16_t roi[4];
    cci_get(0x4ECC, roi, 4);
    assert_memory_equal(roi, ((uint16_t[]){20, 100, 22, 103}), 8);
    get_image();
    get_image();
    assert_memory_equal(telemetry + 214, roi, 8);
    assert_int_equal(telemetry[213], 12);
    expect("{\"cmd\":\"set_spotmeter\",\"args\":{\"c1\":7,\"c2\":7,\"r1\":9,\"r2\":9}}",
           OK("set_spotmeter"));
    get_image();
    get_image();
    assert_int_equal(telemetry[213], 1);
    assert_clean();
}

static void a_small_module_is_doubled(void **state) {
    (void)state;
    boot("2.5");
    ask("{\"cmd\":\"get_status\"}");
    assert_non_null(strstr(text, "\"Model\":2,"));
    for (size_t y = 0; y < 120; y++) {
        for (size_t x = 0; x < 160; x++)
            assert_int_equal(pixels[y * 160 + x], pixels[(y & ~1u) * 160 + (x & ~1u)]);
    }
    expect("{\"cmd\":\"set_spotmeter\",\"args\":{\"c1\":100,\"c2\":103,\"r1\":20,\"r2\":23}}",
           OK("set_spotmeter"));
    uint16_t roi[4];
    cci_get(0x4ECC, roi, 4);
    assert_memory_equal(roi, ((uint16_t[]){10, 50, 11, 51}), 8);
    assert_clean();
}

static void a_module_without_radiometry(void **state) {
    (void)state;
    boot("3.0");
    ask("{\"cmd\":\"get_status\"}");
    assert_non_null(strstr(text, "\"Model\":258,"));
    expect("{\"cmd\":\"set_spotmeter\",\"args\":{\"c1\":100,\"c2\":103,\"r1\":20,\"r2\":23}}",
           OK("set_spotmeter"));
    expect("{\"cmd\":\"set_config\",\"args\":{\"emissivity\":95}}", OK("set_config"));
    get_image();
    for (size_t i = 0; i < PX; i++)
        assert_true(pixels[i] < 16384);
    assert_clean();
}

static void raw_commands(void **state) {
    (void)state;
    boot("3.5");
    // Ping, an unknown command, a SET with its read-back, and what get_config makes of it.
    expect("{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":514,\"length\":0}}",
           "{\"cci_reg\":{\"command\":514,\"length\":0,\"status\":6}}");
    expect("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":514,\"length\":1}}",
           "{\"cci_reg\":{\"command\":514,\"length\":1,\"status\":6,\"data\":\"AAA=\"}}");
    expect("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":584,\"length\":0}}",
           "{\"cci_reg\":{\"command\":584,\"length\":0,\"status\":6}}");
    ask("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":4092,\"length\":2}}");
    assert_non_null(strstr(text, "\"status\":63750,"));
    expect(
        "{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":585,\"length\":2,\"data\":\"AgAAAA==\"}}",
        "{\"cci_reg\":{\"command\":585,\"length\":2,\"status\":6}}");
    uint16_t gain[2];
    cci_get(0x0248, gain, 2);
    assert_int_equal(gain[0], 2);
    ask("{\"cmd\":\"get_config\"}");
    assert_non_null(strstr(text, "\"gain_mode\":2}"));
    assert_clean();
}

static void an_ffc_makes_a_pause_and_no_bad_image(void **state) {
    (void)state;
    boot("3.5");
    expect("{\"cmd\":\"stream_on\"}", OK("stream_on"));
    for (int i = 0; i < 5; i++)
        assert_true(next_packet(200000) && chunk.image);
    uint64_t asked_us = sim_clock.now_us;
    expect("{\"cmd\":\"run_ffc\"}", OK("run_ffc"));
    assert_in_range(sim_clock.now_us - asked_us, 200000, 5000000);
    for (int i = 0; i < 20; i++) {
        assert_true(next_packet(3000000) && chunk.image);
        struct ib_json_value root;
        assert_int_equal(ib_json_parse(&root, chunk.bytes + 1, chunk.size - 2), IB_OK);
        decode(&root, "telemetry", telemetry, 240);
        assert_int_not_equal(telemetry[3] >> 4 & 3, 2); // none while the shutter is closed
    }
    assert_clean();
}

static void a_stream_runs_at_the_sensors_rate(void **state) {
    (void)state;
    boot("3.5");
    expect("{\"cmd\":\"stream_on\"}", OK("stream_on"));
    uint64_t start_us = sim_clock.now_us;
    int images = 0;
    while (sim_clock.now_us < start_us + 20000000)
        images += next_packet(start_us + 20000000 - sim_clock.now_us);
    assert_in_range(images, 175, 178); // 8.83 a second
    expect("{\"cmd\":\"stream_on\",\"args\":{\"delay_msec\":1000,\"num_frames\":10}}",
           OK("stream_on"));
    start_us = sim_clock.now_us;
    for (uint64_t k = 0; k < 10; k++) {
        assert_true(next_packet(2000000) && chunk.image);
        assert_in_range(chunk.captured_us, start_us + k * 1000000, start_us + k * 1000000 + 115000);
    }
    assert_false(next_packet(5000000));
    assert_clean();
}

/// Run until this event. A module that corrects itself in between may say so, and one that has
/// started anew is in high gain until it is set up.
static void expect_event(const char *type, uint64_t limit_us) {
    char wanted[60];
    snprintf(wanted, sizeof wanted, "{\"event\":{\"type\":\"%s\"", type);
    for (int others = 0; others < 5; others++) {
        assert_true(next_packet(limit_us));
        if (!memcmp(chunk.bytes + 1, wanted, strlen(wanted)))
            return;
        assert_false(chunk.image);
        assert_memory_equal(chunk.bytes + 1, "{\"event\":{\"type\":\"", 18);
    }
    fail_msg("no %s", wanted);
}

static void events_of_a_real_lepton(void **state) {
    (void)state;
    boot("3.5");
    expect("{\"cmd\":\"events_on\"}", OK("events_on"));
    expect("{\"cmd\":\"run_ffc\"}", OK("run_ffc"));
    expect_event("ffc_start", 2000000);
    expect_event("ffc_end", 2000000);
    expect("{\"cmd\":\"set_config\",\"args\":{\"gain_mode\":1}}", OK("set_config"));
    expect_event("gain_change", 2000000);
    assert_non_null(memmem(chunk.bytes, chunk.size, "\"gain\":\"low\"", 12));
    ib_sim_lepton_plug(&part, false);
    expect_event("frames_lost", 10000000);
    ib_sim_lepton_plug(&part, true);
    expect_event("frames_back", 60000000);
}

static void a_lepton_that_is_gone(void **state) {
    (void)state;
    boot("3.5");
    ib_sim_lepton_plug(&part, false);
    assert_false(next_packet(4000000)); // until the camera has noticed
    uint64_t asked_us = sim_clock.now_us;
    expect("{\"cmd\":\"get_image\"}", FAILED("get_image"));
    assert_in_range(sim_clock.now_us - asked_us, 5000000, 5010000);
    expect("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":512,\"length\":4}}",
           FAILED("get_lep_cci"));
    expect("{\"cmd\":\"run_ffc\"}", FAILED("run_ffc"));
    asked_us = sim_clock.now_us;
    ask("{\"cmd\":\"get_status\"}");
    expect("{\"cmd\":\"get_config\"}",
           "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    assert_int_equal(sim_clock.now_us, asked_us); // these never wait for it
    expect("{\"cmd\":\"set_config\",\"args\":{\"emissivity\":90}}", OK("set_config"));
    ib_sim_lepton_plug(&part, true);
    for (int i = 0; i < 10 && !chunk.image; i++)
        ask("{\"cmd\":\"get_image\"}");
    assert_true(chunk.image);
    uint16_t flux[8];
    cci_get(0x4EBC, flux, 8);
    assert_int_equal(flux[0], 90 * 8192 / 100); // what was accepted meanwhile
}

static void before_the_module_is_known(void **state) {
    (void)state;
    start("3.0");
    ask("{\"cmd\":\"get_status\"}");
    assert_non_null(strstr(text, "\"Model\":2,"));
    expect("{\"cmd\":\"set_spotmeter\",\"args\":{\"c1\":100,\"c2\":103,\"r1\":20,\"r2\":23}}",
           FAILED("set_spotmeter"));
    expect("{\"cmd\":\"set_config\",\"args\":{\"agc_enabled\":1}}", OK("set_config"));
    expect("{\"cmd\":\"get_config\"}",
           "{\"config\":{\"agc_enabled\":1,\"emissivity\":100,\"gain_mode\":0}}");
    get_image();
    assert_true(telemetry[3] >> 12 & 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_is_the_frame),
        cmocka_unit_test(settings_reach_the_module),
        cmocka_unit_test(the_spotmeter_moves),
        cmocka_unit_test(a_small_module_is_doubled),
        cmocka_unit_test(a_module_without_radiometry),
        cmocka_unit_test(raw_commands),
        cmocka_unit_test(an_ffc_makes_a_pause_and_no_bad_image),
        cmocka_unit_test(a_stream_runs_at_the_sensors_rate),
        cmocka_unit_test(events_of_a_real_lepton),
        cmocka_unit_test(a_lepton_that_is_gone),
        cmocka_unit_test(before_the_module_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
