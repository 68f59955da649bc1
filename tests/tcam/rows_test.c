/// One test for each row of the specification's tables that no other program of this folder names:
/// commands, responses, members, bits and codes. Short on purpose; the corners of each are in
/// commands_test.c, image_test.c and stream_test.c. Rows of clock, settings, spotmeter and stream
/// are in rows_settings_test.c, of get_wifi and set_wifi in network_test.c, of updates in
/// update_test.c, of image_ready in hardware_test.c.
/// Source:  tCam-Mini README, Command Interface.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/json.h"
#include "core/status.h"

static struct rig rig;

static int setup(void **state) {
    (void)state;
    rig_init(&rig);
    return 0;
}

static const char *ask(const char *json) {
    rig_say(&rig, json);
    return rig_pull_from(&rig, &rig.session, NULL);
}

static const char *status(const char *key) {
    return rig_member(ask("{\"cmd\":\"get_status\"}"), "status", key);
}

static const char *config(const char *key) {
    return rig_member(ask("{\"cmd\":\"get_config\"}"), "config", key);
}

// ---- commands ----

static void test_command_get_status(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    rig_expect(&rig, "{\"status\":{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","
                     "\"Time\":\"0:00:01.0\",\"Date\":\"1/1/00\"}}");
}

static void test_command_get_image(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    rig_expect_image(&rig);
    rig_expect_nothing(&rig);
}

static void test_command_get_config(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
}

#define READ "{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":4}}"
#define WRITE                                                                                      \
    "{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173,\"length\":4,\"data\":\"OwBPADwAUAA=\"}" \
    "}"

/// The README's own example: the spotmeter's box.
static const char *cci_read(const char *key) {
    static const uint16_t words[] = {59, 79, 60, 80};
    memcpy(rig.camera.data, words, sizeof words);
    rig_say(&rig, READ);
    assert_int_equal(rig.camera.request->cci.command, 20172);
    rig_answer(&rig, IB_OK);
    return rig_member(rig_pull_from(&rig, &rig.session, NULL), "cci_reg", key);
}

static const char *cci_write(const char *key) {
    rig_say(&rig, WRITE);
    assert_int_equal(rig.camera.request->cci.command, 20173);
    rig_answer(&rig, IB_OK);
    return rig_member(rig_pull_from(&rig, &rig.session, NULL), "cci_reg", key);
}

static void test_command_get_lep_cci(void **state) {
    (void)state;
    assert_string_equal(cci_read("data"), "\"OwBPADwAUAA=\"");
}

static void test_command_run_ffc(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"run_ffc\"}");
    assert_int_equal(rig.camera.request->ask, IB_ASK_FFC);
    rig_expect_nothing(&rig);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
}

static void test_command_set_config(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"set_config\",\"args\":{\"agc_enabled\":1,\"emissivity\":98,"
                  "\"gain_mode\":2}}");
    assert_int_equal(rig.camera.request->settings.mask, 7);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "set_config success"));
}

static void test_command_set_lep_cci(void **state) {
    (void)state;
    assert_string_equal(cci_write("status"), "6");
    assert_memory_equal(rig.camera.sent, ((uint16_t[]){59, 79, 60, 80}), 8);
}

// ---- responses ----

static void test_response_cam_info(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_off\"}");
    rig_expect(&rig, "{\"cam_info\":{\"info_value\":1,\"info_string\":\"stream_off success\"}}");
}

static void test_response_cci_reg(void **state) {
    (void)state;
    // Also of the names that the table of responses calls them by.
    memset(rig.camera.data, 0, 8);
    rig_say(&rig, "{\"cmd\":\"get_cci_reg\",\"args\":{\"command\":20172,\"length\":1}}");
    rig_answer(&rig, IB_OK);
    rig_expect(&rig,
               "{\"cci_reg\":{\"command\":20172,\"length\":1,\"status\":6,\"data\":\"AAA=\"}}");
    rig_say(&rig, "{\"cmd\":\"set_cci_reg\",\"args\":{\"command\":578,\"length\":0}}");
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":578,\"length\":0,\"status\":6}}");
}

static void test_response_config(void **state) {
    (void)state;
    assert_string_equal(config("emissivity"), "100");
}

static void test_response_image(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    assert_int_equal(strncmp(text, "{\"metadata\":{", 13), 0);
    assert_true(strlen(text) < 53000);
}

static void test_response_status(void **state) {
    (void)state;
    assert_string_equal(status("Version"), "\"2.0\"");
}

static void test_response_wifi(void **state) {
    (void)state;
    rig_init_board(&rig);
    assert_string_equal(rig_member(ask("{\"cmd\":\"get_wifi\"}"), "wifi", "flags"), "15");
}

// ---- status ----

static void test_status_camera(void **state) {
    (void)state;
    assert_string_equal(status("Camera"), "\"tCam-Mini-EFB5\"");
}

static void test_status_model(void **state) {
    (void)state;
    rig_init_board(&rig);
    assert_string_equal(status("Model"), "262146");
    rig_module(&rig, IB_LEPTON_3_0, 160, false);
    assert_string_equal(status("Model"), "262402"); // the README's example
}

static void test_status_version(void **state) {
    (void)state;
    assert_string_equal(status("Version"), "\"2.0\"");
    rig_init_with(&rig, &(struct rig_with){.board = true, .no_updates = true});
    assert_string_equal(status("Version"), "\"2.0\"");
}

static void test_status_time(void **state) {
    (void)state;
    assert_string_equal(status("Time"), "\"0:00:01.0\"");
    rig.now_us += 59005000;
    assert_string_equal(status("Time"), "\"0:01:00.5\""); // 5 ms
}

static void test_status_date(void **state) {
    (void)state;
    assert_string_equal(status("Date"), "\"1/1/00\"");
    rig.now_us += UINT64_C(59) * 86400 * 1000000;
    assert_string_equal(status("Date"), "\"2/29/00\"");
}

static int card_is_there(void *context) {
    (void)context;
    return IB_OK;
}

static void test_status_of_a_board_with_a_card(void **state) {
    (void)state;
    static const struct ib_files_ops ops = {.ready = card_is_there};
    static const struct ib_files card = {.ops = &ops};
    rig_init_with(&rig, &(struct rig_with){.tcam = {.card = &card, .model_base = 0x70001}});
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    rig_expect(&rig,
               "{\"status\":{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":458753,\"Version\":\"2.0\","
               "\"Recording\":0,\"Time\":\"0:00:01.0\",\"Date\":\"1/1/00\",\"Battery\":4.2,"
               "\"Battery Level\":100,\"Charge\":\"DONE\"}}");
    rig.tcam.recorder.on = true;
    assert_string_equal(status("Recording"), "1");
    rig.tcam.recorder.on = false;
}

static uint32_t model(void) {
    unsigned n = 0;
    assert_int_equal(sscanf(status("Model"), "%u", &n), 1);
    return n;
}

static uint32_t model_of(uint32_t base) {
    rig_init_with(&rig, &(struct rig_with){.tcam = {.model_base = base}});
    return model();
}

static void test_model_bit_31_19_reserved(void **state) {
    (void)state;
    rig_init_board(&rig);
    assert_int_equal(model() >> 19, 0);
}

static void test_model_bit_17_has_filesystem(void **state) {
    (void)state;
    assert_int_equal(model() & 0x20000, 0);
    assert_int_equal(model_of(0x70001) & 0x20000, 0x20000);
}

static void test_model_bit_16_has_battery(void **state) {
    (void)state;
    assert_int_equal(model() & 0x10000, 0);
    assert_int_equal(model_of(0x70001) & 0x10000, 0x10000);
}

static void test_model_bit_15_9_reserved(void **state) {
    (void)state;
    rig_init_board(&rig);
    assert_int_equal(model() & 0xFE00, 0);
    // 3.x firmware gives bit 9 a meaning, for a module that the specification does not know.
    rig_module(&rig, IB_LEPTON_3_1R, 160, true);
    assert_int_equal(model() & 0xFE00, 0x200);
}

static void test_model_bit_8_non_radiometric(void **state) {
    (void)state;
    assert_int_equal(model() & 0x100, 0);
    rig_module(&rig, IB_LEPTON_3_0, 160, false);
    assert_int_equal(model() & 0x100, 0x100);
}

static void test_model_bit_7_0_camera_model(void **state) {
    (void)state;
    rig_init_board(&rig);
    assert_int_equal(model() & 0xFF, 2);
    rig_init_with(&rig, &(struct rig_with){.board = true, .mode = IB_DEVICE_HARDWARE});
    assert_int_equal(model() & 0xFF, 3);
}

// ---- image ----

static const char *image(void) {
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    return rig_pull_from(&rig, &rig.session, NULL);
}

static void test_image_metadata(void **state) {
    (void)state;
    static const char *const keys[][2] = {{"Camera", "\"tCam-Mini-EFB5\""},
                                          {"Model", "2"},
                                          {"Version", "\"2.0\""},
                                          {"Time", "\"0:00:01.0\""},
                                          {"Date", "\"1/1/00\""}};
    const char *text = image();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_string_equal(rig_member(text, "metadata", keys[i][0]), keys[i][1]);
}

static void expect_words(const char *key, size_t words, uint16_t (*wanted)(uint32_t, uint32_t)) {
    static uint8_t bytes[2 * IB_IMAGE_JSON_PX];
    struct ib_json_value root, value;
    const char *base64;
    size_t size;
    const char *text = image();
    assert_int_equal(ib_json_parse(&root, text, strlen(text)), IB_OK);
    assert_int_equal(ib_json_member(&root, key, &value), IB_OK);
    assert_int_equal(ib_json_raw(&value, &base64, &size), IB_OK);
    assert_int_equal(ib_base64_decode(bytes, sizeof bytes, base64, size), 2 * words);
    for (uint32_t i = 0; i < words; i++)
        assert_int_equal(ib_get_le16(bytes + 2 * i), wanted(rig.frames, i));
}

static void test_image_radiometric(void **state) {
    (void)state;
    expect_words("radiometric", 19200, rig_pixel);
}

static void test_image_telemetry(void **state) {
    (void)state;
    expect_words("telemetry", 240, rig_telemetry);
}

// ---- CCI ----

static void test_get_lep_cci_command(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"get_lep_cci\",\"args\":{\"length\":4}}", 0, "get_lep_cci failed");
    cci_read("command"); // asserts what the camera is asked for
}

static void test_get_lep_cci_length(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172}}", 0,
                "get_lep_cci failed");
    rig_refuses(&rig, "{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":513}}", 0,
                "get_lep_cci failed");
    rig_say(&rig, "{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":512}}");
    assert_int_equal(rig.camera.request->cci.words, 512);
}

static void test_get_lep_cci_response_command(void **state) {
    (void)state;
    assert_string_equal(cci_read("command"), "20172");
}

static void test_get_lep_cci_response_length(void **state) {
    (void)state;
    assert_string_equal(cci_read("length"), "4");
}

static void test_get_lep_cci_response_status(void **state) {
    (void)state;
    rig.camera.outcome.status_word = 0x1234;
    assert_string_equal(cci_read("status"), "4660");
}

static void test_get_lep_cci_response_data(void **state) {
    (void)state;
    assert_string_equal(cci_read("data"), "\"OwBPADwAUAA=\"");
}

static void test_set_lep_cci_command(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"set_lep_cci\",\"args\":{\"length\":0}}", 0, "set_lep_cci failed");
    cci_write("command");
}

static void test_set_lep_cci_length(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173}}", 0,
                "set_lep_cci failed");
    rig_say(&rig, WRITE);
    assert_int_equal(rig.camera.request->cci.words, 4);
}

static void test_set_lep_cci_data(void **state) {
    (void)state;
    rig_refuses(&rig,
                "{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173,\"length\":4,"
                "\"data\":\"OwBPADwA\"}}",
                0, "set_lep_cci failed");
    cci_write("data");
    assert_memory_equal(rig.camera.sent, ((uint16_t[]){59, 79, 60, 80}), 8);
}

static void test_set_lep_cci_response_command(void **state) {
    (void)state;
    assert_string_equal(cci_write("command"), "20173");
}

static void test_set_lep_cci_response_length(void **state) {
    (void)state;
    assert_string_equal(cci_write("length"), "4");
}

static void test_set_lep_cci_response_status(void **state) {
    (void)state;
    assert_string_equal(cci_write("status"), "6");
    assert_string_equal(cci_write("data"), ""); // there is none
}

// ---- cam_info ----

static void test_cam_info_info_value(void **state) {
    (void)state;
    assert_string_equal(rig_member(ask("{\"cmd\":\"stream_off\"}"), "cam_info", "info_value"), "1");
}

static void test_cam_info_info_string(void **state) {
    (void)state;
    assert_string_equal(rig_member(ask("{\"cmd\":\"stream_off\"}"), "cam_info", "info_string"),
                        "\"stream_off success\"");
}

static void test_cam_info_code_0_command_nack(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"set_config\"}", 0, "set_config failed");
}

static void test_cam_info_code_1_command_ack(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"set_clock\",\"args\":{\"sec\":0,\"min\":0,\"hour\":0,\"dow\":1,"
                  "\"day\":1,\"mon\":1,\"year\":50}}");
    rig_expect(&rig, rig_info(1, "set_clock success")); // the README's example
}

static void test_cam_info_code_2_command_unimplemented(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"dump_screen\"}", 2, "Unsupported command in json string");
    rig_refuses(&rig, "{\"cmd\":\"no_such\"}", 2, "Unknown command in json string");
    rig_refuses(&rig, "{\"no\":\"cmd\"}", 2, "Json string wasn't command");
}

static void test_cam_info_code_3_command_bad(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"get_status\"", 3, "Couldn't convert json string");
    rig_refuses(&rig, "hello", 3, "Couldn't convert json string");
}

static int arm_fails(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    (void)bytes;
    (void)size;
    return IB_E_IO;
}

static int nothing(void *context) {
    (void)context;
    return 0;
}

static int restart_fails(void *context) {
    (void)context;
    return IB_E_IO;
}

static void test_cam_info_code_4_internal_error(void **state) {
    (void)state;
    static const struct ib_spi_slave_ops ops = {arm_fails, nothing, restart_fails};
    static const struct ib_spi_slave port = {.ops = &ops};
    static struct ib_tcam_slave slave;
    slave = (struct ib_tcam_slave){.port = &port};
    rig_init_with(&rig, &(struct rig_with){
                            .board = true, .mode = IB_DEVICE_HARDWARE, .tcam = {.slave = &slave}});
    ib_tcam_session_serial(&rig.session);
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    rig_expect(&rig, rig_info(0, "get_image failed"));
    rig_expect(&rig, rig_info(4, "Setup SPI Slave failed - images disabled"));
    rig_expect_nothing(&rig);
}

static void test_cam_info_code_5_debug_is_never_sent(void **state) {
    (void)state;
    static const char *const said[] = {"{\"cmd\":\"get_status\"}",
                                       "{\"cmd\":\"get_config\"}",
                                       "{\"cmd\":\"stream_off\"}",
                                       "{}",
                                       "x",
                                       "{\"cmd\":\"set_config\"}",
                                       "{\"cmd\":\"get_wifi\"}"};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        assert_null(strstr(ask(said[i]), "\"info_value\":5"));
        rig_expect_nothing(&rig);
    }
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_command_get_status),
        TEST(test_command_get_image),
        TEST(test_command_get_config),
        TEST(test_command_get_lep_cci),
        TEST(test_command_run_ffc),
        TEST(test_command_set_config),
        TEST(test_command_set_lep_cci),
        TEST(test_response_cam_info),
        TEST(test_response_cci_reg),
        TEST(test_response_config),
        TEST(test_response_image),
        TEST(test_response_status),
        TEST(test_response_wifi),
        TEST(test_status_camera),
        TEST(test_status_model),
        TEST(test_status_version),
        TEST(test_status_time),
        TEST(test_status_date),
        TEST(test_status_of_a_board_with_a_card),
        TEST(test_model_bit_31_19_reserved),
        TEST(test_model_bit_17_has_filesystem),
        TEST(test_model_bit_16_has_battery),
        TEST(test_model_bit_15_9_reserved),
        TEST(test_model_bit_8_non_radiometric),
        TEST(test_model_bit_7_0_camera_model),
        TEST(test_image_metadata),
        TEST(test_image_radiometric),
        TEST(test_image_telemetry),
        TEST(test_get_lep_cci_command),
        TEST(test_get_lep_cci_length),
        TEST(test_get_lep_cci_response_command),
        TEST(test_get_lep_cci_response_length),
        TEST(test_get_lep_cci_response_status),
        TEST(test_get_lep_cci_response_data),
        TEST(test_set_lep_cci_command),
        TEST(test_set_lep_cci_length),
        TEST(test_set_lep_cci_data),
        TEST(test_set_lep_cci_response_command),
        TEST(test_set_lep_cci_response_length),
        TEST(test_set_lep_cci_response_status),
        TEST(test_cam_info_info_value),
        TEST(test_cam_info_info_string),
        TEST(test_cam_info_code_0_command_nack),
        TEST(test_cam_info_code_1_command_ack),
        TEST(test_cam_info_code_2_command_unimplemented),
        TEST(test_cam_info_code_3_command_bad),
        TEST(test_cam_info_code_4_internal_error),
        TEST(test_cam_info_code_5_debug_is_never_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
