/// A firmware update over the protocol: the whole flow, every argument, and every client that does it
/// wrong or goes away. What the flash and the image checks do is tested with src/device.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/base64.h"
#include "core/status.h"
#include "support_firmware.h"

#define SIZE 20000u // three chunks, the last one short

static struct rig rig;
static struct ib_tcam_session other;
static uint8_t image[RIG_SLOT_BYTES];

static int setup(void **state) {
    (void)state;
    rig_init_board(&rig);
    ib_tcam_session_init(&other, &rig.tcam, rig.now_us);
    firmware_build(image, SIZE, "2.1", "tCamMini");
    return 0;
}

static struct ib_ota *ota(void) {
    return &rig.board->device.ota;
}

#define REQUEST "{\"cmd\":\"fw_update_request\",\"args\":{\"length\":20000,\"version\":\"2.1\"}}"

static void request(void) {
    rig_say(&rig, REQUEST);
    rig_expect(&rig, rig_info(1, "fw_update_request success"));
    assert_int_equal(ota()->stage, IB_OTA_ASKED);
}

static void expect_get_fw(unsigned start, unsigned length) {
    char json[80];
    snprintf(json, sizeof json, "{\"get_fw\":{\"start\":%u,\"length\":%u}}", start, length);
    rig_expect(&rig, json);
}

/// From the request to the first get_fw.
static void begin(void) {
    request();
    rig_expect_nothing(&rig);
    rig_press(&rig, 200000);
    rig_pass(&rig, 200000);
    expect_get_fw(0, 8192);
    rig_expect_nothing(&rig);
}

static const char *segment_json(unsigned start, unsigned length, const uint8_t *data, size_t size) {
    static char json[16000];
    int n = snprintf(json, sizeof json,
                     "{\"cmd\":\"fw_segment\",\"args\":{\"start\":%u,\"length\":%u,\"data\":\"",
                     start, length);
    n += (int)ib_base64_encode(json + n, data, size);
    strcpy(json + n, "\"}}");
    return json;
}

static void send(unsigned start, unsigned length) {
    rig_say(&rig, segment_json(start, length, image + start, length));
}

static void send_all(void) {
    send(0, 8192);
    expect_get_fw(8192, 8192);
    send(8192, 8192);
    expect_get_fw(16384, SIZE - 16384);
    send(16384, SIZE - 16384);
}

static void expect_status(const char *begins) {
    char wanted[120];
    rig_pass(&rig, 100000);
    snprintf(wanted, sizeof wanted, "{\"cam_info\":{\"info_value\":6,\"info_string\":\"%s", begins);
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    if (strncmp(text, wanted, strlen(wanted)))
        fail_msg("expected %s, got %s", wanted, text);
    rig_expect_nothing(&rig);
}

/// The update is over, nothing has changed, and there can be another one.
static void nothing_changed(void) {
    assert_int_equal(ota()->stage, IB_OTA_IDLE);
    assert_false(ib_device_wants_restart(&rig.board->device));
    assert_string_equal(ib_device_version(&rig.board->device), "2.0");
    begin();
}

static void test_command_fw_update_request(void **state) {
    (void)state;
    request();
    rig_expect_nothing(&rig);
    assert_string_equal(ota()->version, "2.1");
    assert_int_equal(ota()->size_bytes, SIZE);
}

static void refuses(const char *name, const char *args, const char *why) {
    char json[300], text[200];
    snprintf(json, sizeof json, "{\"cmd\":\"%s\",\"args\":%s}", name, args);
    rig_say(&rig, json);
    const char *reply = rig_pull_from(&rig, &rig.session, NULL);
    snprintf(text, sizeof text,
             "{\"cam_info\":{\"info_value\":0,\"info_string\":\"%s failed: ", name);
    if (strncmp(reply, text, strlen(text)) || !strstr(reply, why))
        fail_msg("%s: expected a refusal with '%s', got %s", json, why, reply);
    rig_expect_nothing(&rig);
}

static void test_fw_update_request_length(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"{\"version\":\"2.1\"}", "length must be a number"},
        {"{\"length\":\"20000\",\"version\":\"2.1\"}", "length must be a number"},
        {"{\"length\":true,\"version\":\"2.1\"}", "length must be a number"},
        {"{\"length\":-1,\"version\":\"2.1\"}", "length"},
        {"{\"length\":0,\"version\":\"2.1\"}", ""},
        {"{\"length\":131088,\"version\":\"2.1\"}", "131072"}, // longer than a slot
        {"{\"length\":1e99,\"version\":\"2.1\"}", ""},
        {"[]", "length must be a number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        refuses("fw_update_request", wrong[i][0], wrong[i][1]);
        assert_int_equal(ota()->stage, IB_OTA_IDLE);
        assert_null(rig.tcam.update_owner);
    }
    rig_say(&rig, "{\"cmd\":\"fw_update_request\"}");
    rig_expect(&rig, rig_info(0, "fw_update_request failed: length must be a number"));
    request();
}

static void test_fw_update_request_version(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"{\"length\":20000}", "version must be a string"},
        {"{\"length\":20000,\"version\":2.1}", "version must be a string"},
        {"{\"length\":20000,\"version\":null}", "version must be a string"},
        {"{\"length\":20000,\"version\":\"123456789012345678901234567890123\"}", "32"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refuses("fw_update_request", wrong[i][0], wrong[i][1]);
    assert_int_equal(ota()->stage, IB_OTA_IDLE);
    // It must be the one in the file.
    firmware_build(image, SIZE, "2.2", "tCamMini");
    begin();
    send(0, 8192);
    expect_status("Firmware update flash update failed");
    assert_true(ota()->failed);
    nothing_changed();
}

static void test_fw_update_of_another_project(void **state) {
    (void)state;
    firmware_build(image, SIZE, "2.1", "tCam");
    begin();
    send(0, 8192);
    expect_status("Firmware update flash update failed");
    nothing_changed();
}

static void test_response_get_fw(void **state) {
    (void)state;
    begin();
    // Nobody answers: six requests in all, 10 s each.
    for (int i = 0; i < 5; i++) {
        rig_pass(&rig, 9500000);
        rig_expect_nothing(&rig);
        rig_pass(&rig, 500000);
        expect_get_fw(0, 8192);
    }
    rig_pass(&rig, 10000000);
    expect_status("Host did not respond to multiple chunk requests");
    nothing_changed();
}

static void test_get_fw_start(void **state) {
    (void)state;
    begin();
    send(0, 8192);
    expect_get_fw(8192, 8192);
}

static void test_get_fw_length(void **state) {
    (void)state;
    begin();
    send(0, 8192);
    expect_get_fw(8192, 8192);
    send(8192, 8192);
    expect_get_fw(16384, 3616); // what is left
}

static void test_command_fw_segment(void **state) {
    (void)state;
    begin();
    send_all();
    expect_status("Firmware update success");
    assert_false(ib_device_wants_restart(&rig.board->device));
    rig_pass(&rig, IB_OTA_RESTART_US);
    assert_true(ib_device_wants_restart(&rig.board->device));
    // The slot holds the file, byte for byte.
    uint8_t bytes[SIZE];
    const struct ib_storage *slot = &rig.board->storage[2];
    assert_int_equal(ib_storage_read(slot, 0, bytes, SIZE), IB_OK);
    assert_memory_equal(bytes, image, SIZE);
}

static void wrong_segment(const char *json, const char *why) {
    uint32_t done = ota()->done_bytes;
    rig_say(&rig, json);
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    static const char begins[] =
        "{\"cam_info\":{\"info_value\":0,\"info_string\":\"fw_segment failed: ";
    if (strncmp(text, begins, sizeof begins - 1) || !strstr(text, why))
        fail_msg("expected a refusal with '%s', got %s", why, text);
    rig_expect_nothing(&rig);
    // The same chunk is still wanted.
    assert_int_equal(ota()->stage, IB_OTA_RECEIVING);
    assert_int_equal(ota()->done_bytes, done);
}

static void test_fw_segment_start(void **state) {
    (void)state;
    begin();
    refuses("fw_segment", "{\"length\":4,\"data\":\"AAAA\"}", "start must be a number");
    refuses("fw_segment", "{\"start\":\"0\",\"length\":4,\"data\":\"AAAA\"}", "start must be");
    wrong_segment(segment_json(8192, 8192, image, 8192), "start");
    wrong_segment(segment_json(1, 8192, image, 8192), "start");
    wrong_segment(segment_json(4294967295u, 8192, image, 8192), "start");
    send(0, 8192);
    expect_get_fw(8192, 8192);
    send(0, 8192); // the answer to a request that was repeated: not wrong, not taken twice
    rig_expect_nothing(&rig);
    wrong_segment(segment_json(16384, 3616, image, 3616), "start");
    send(8192, 8192);
    expect_get_fw(16384, 3616);
}

static void test_fw_segment_length(void **state) {
    (void)state;
    begin();
    refuses("fw_segment", "{\"start\":0,\"data\":\"AAAA\"}", "length must be a number");
    refuses("fw_segment", "{\"start\":0,\"length\":null,\"data\":\"AAAA\"}", "length must be");
    wrong_segment(segment_json(0, 8191, image, 8191), "");
    wrong_segment(segment_json(0, 8192, image, 8191), "");
    wrong_segment(segment_json(0, 8191, image, 8192), "");
    wrong_segment(segment_json(0, 0, image, 0), "");
    send_all();
    expect_status("Firmware update success");
}

static void test_fw_segment_data(void **state) {
    (void)state;
    begin();
    refuses("fw_segment", "{\"start\":0,\"length\":8192}", "data must be a string");
    refuses("fw_segment", "{\"start\":0,\"length\":8192,\"data\":5}", "data must be a string");
    refuses("fw_segment", "{\"start\":0,\"length\":8192,\"data\":\"AAA\"}", "not base64");
    refuses("fw_segment", "{\"start\":0,\"length\":8192,\"data\":\"AA!A\"}", "not base64");
    refuses("fw_segment", "{\"start\":0,\"length\":8192,\"data\":\"A\\u0041!\"}", "not base64");
    wrong_segment(segment_json(0, 8193, image, 8193), "more than 8192 bytes");
    wrong_segment(segment_json(0, 8192, image, 4000), ""); // cut
    // Still wanted, asked for again, and taken.
    rig_pass(&rig, 10100000);
    expect_get_fw(0, 8192);
    send_all();
    expect_status("Firmware update success");
}

static void test_fw_segment_data_with_escapes(void **state) {
    (void)state;
    begin();
    const char *plain = segment_json(0, 8192, image, 8192);
    static char escaped[16000];
    size_t n = 0;
    for (const char *p = plain; *p; p++) {
        if (*p == '/')
            escaped[n++] = '\\';
        escaped[n++] = *p;
    }
    escaped[n] = 0;
    assert_true(n > strlen(plain));
    rig_say(&rig, escaped);
    expect_get_fw(8192, 8192);
}

static void test_fw_segment_without_a_request(void **state) {
    (void)state;
    refuses("fw_segment", "{\"start\":0,\"length\":3,\"data\":\"AAAA\"}", "under way");
    request(); // not confirmed yet
    refuses("fw_segment", "{\"start\":0,\"length\":3,\"data\":\"AAAA\"}", "");
    assert_int_equal(ota()->stage, IB_OTA_ASKED);
}

static void test_an_update_that_nobody_confirms(void **state) {
    (void)state;
    request();
    rig_pass(&rig, IB_OTA_CONFIRM_US - 200000);
    rig_expect_nothing(&rig);
    rig_pass(&rig, 300000);
    expect_status("Firmware update request timed out");
    nothing_changed();
}

static void test_an_update_stopped_by_the_button(void **state) {
    (void)state;
    begin();
    send(0, 8192);
    expect_get_fw(8192, 8192);
    rig_press(&rig, 200000);
    expect_status("Firmware update terminated by user");
    nothing_changed();
}

static void test_a_truncated_file(void **state) {
    (void)state;
    rig_say(&rig,
            "{\"cmd\":\"fw_update_request\",\"args\":{\"length\":16000,\"version\":\"2.1\"}}");
    rig_expect(&rig, rig_info(1, "fw_update_request success"));
    rig_press(&rig, 200000);
    rig_pass(&rig, 200000);
    expect_get_fw(0, 8192);
    send(0, 8192);
    // The image's own length does not fit what was announced: seen now or at the end.
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    if (strstr(text, "get_fw")) {
        send(8192, 16000 - 8192);
        expect_status("Firmware update validation failed");
    } else {
        assert_non_null(strstr(text, "\"info_value\":6,\"info_string\":\"Firmware update "));
        assert_non_null(strstr(text, "failed"));
    }
    assert_true(ota()->failed);
    nothing_changed();
}

static void test_a_damaged_file(void **state) {
    (void)state;
    image[9000] ^= 1;
    begin();
    send_all();
    expect_status("Firmware update validation failed");
    nothing_changed();
}

static void test_a_client_that_disappears(void **state) {
    (void)state;
    begin();
    send(0, 8192);
    assert_true(ib_tcam_session_close(&rig.session));
    assert_int_equal(ota()->stage, IB_OTA_IDLE);
    assert_null(rig.tcam.update_owner);
    rig_pass(&rig, 1000000);
    rig_expect_nothing_from(&rig, &other);
    ib_tcam_session_init(&rig.session, &rig.tcam, rig.now_us);
    nothing_changed();
}

static void test_a_client_that_leaves_after_success(void **state) {
    (void)state;
    begin();
    send_all();
    expect_status("Firmware update success");
    assert_true(ib_tcam_session_close(&rig.session));
    rig_pass(&rig, IB_OTA_RESTART_US);
    assert_true(ib_device_wants_restart(&rig.board->device));
}

static void test_another_clients_request(void **state) {
    (void)state;
    request();
    rig_say_to(&rig, &other, REQUEST);
    rig_expect_from(&rig, &other,
                    rig_info(0, "fw_update_request failed: another client's update is under way"));
    rig_say_to(&rig, &other,
               "{\"cmd\":\"fw_segment\",\"args\":{\"start\":0,\"length\":3,"
               "\"data\":\"AAAA\"}}");
    rig_expect_from(&rig, &other,
                    rig_info(0, "fw_segment failed: no update of this client is under way"));
    // It goes; nothing changes for the one that updates.
    assert_true(ib_tcam_session_close(&other));
    rig_press(&rig, 200000);
    rig_pass(&rig, 200000);
    expect_get_fw(0, 8192);
    send_all();
    expect_status("Firmware update success");
}

static void test_a_second_request_starts_over(void **state) {
    (void)state;
    begin();
    send(0, 8192);
    expect_get_fw(8192, 8192);
    begin();
    send_all();
    expect_status("Firmware update success");
}

static void test_the_owners_stream_stops(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    rig_say_to(&rig, &other, "{\"cmd\":\"stream_on\"}");
    rig_expect_from(&rig, &other, rig_info(1, "stream_on success"));
    request();
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig);
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&other, rig.now_us, false, &chunk);
    assert_true(chunk.image);
}

static void test_get_fw_waits_for_a_reply(void **state) {
    (void)state;
    request();
    rig_say(&rig, "{\"cmd\":\"run_ffc\"}");
    rig_press(&rig, 200000);
    rig_pass(&rig, 200000);
    assert_int_equal(ota()->stage, IB_OTA_RECEIVING);
    rig_expect_nothing(&rig);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
    expect_get_fw(0, 8192);
}

static void test_other_commands_during_an_update(void **state) {
    (void)state;
    begin();
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    send_all();
    expect_status("Firmware update success");
}

static void test_cam_info_code_6_update(void **state) {
    (void)state;
    uint32_t bad = rig.tcam.counters.bad_commands;
    begin();
    send_all();
    rig_pass(&rig, 100000);
    rig_expect(&rig, rig_info(6, "Firmware update success"));
    assert_int_equal(rig.tcam.counters.bad_commands, bad);
}

static void expect_model(unsigned model) {
    char piece[40];
    snprintf(piece, sizeof piece, "\"Model\":%u,", model);
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    assert_non_null(strstr(rig_pull_from(&rig, &rig.session, NULL), piece));
}

static void test_model_bit_18_supports_ota(void **state) {
    (void)state;
    expect_model(262146);
    rig_init_with(&rig, &(struct rig_with){.board = true, .no_updates = true});
    expect_model(2);
    rig_refuses(&rig, REQUEST, 2, "Unsupported command in json string");
    rig_refuses(&rig, "{\"cmd\":\"fw_segment\"}", 2, "Unsupported command in json string");
    rig_init(&rig);
    expect_model(2);
    rig_refuses(&rig, REQUEST, 2, "Unsupported command in json string");
    rig_init_with(&rig, &(struct rig_with){.board = true, .mode = IB_DEVICE_HARDWARE});
    expect_model(262147);
}

static void test_the_version_after_an_update(void **state) {
    (void)state;
    begin();
    send_all();
    expect_status("Firmware update success");
    rig_pass(&rig, IB_OTA_RESTART_US);
    assert_true(ib_tcam_session_close(&rig.session));
    assert_true(ib_tcam_session_close(&other));
    struct ib_device_config config = rig.board->device.config;
    config.ota = &rig.board->ota;
    assert_int_equal(ib_device_init(&rig.board->device, &config, rig.now_us), IB_OK);
    ib_tcam_session_init(&rig.session, &rig.tcam, rig.now_us);
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    assert_non_null(strstr(rig_pull_from(&rig, &rig.session, NULL), "\"Version\":\"2.1\""));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_command_fw_update_request),
        TEST(test_fw_update_request_length),
        TEST(test_fw_update_request_version),
        TEST(test_fw_update_of_another_project),
        TEST(test_response_get_fw),
        TEST(test_get_fw_start),
        TEST(test_get_fw_length),
        TEST(test_command_fw_segment),
        TEST(test_fw_segment_start),
        TEST(test_fw_segment_length),
        TEST(test_fw_segment_data),
        TEST(test_fw_segment_data_with_escapes),
        TEST(test_fw_segment_without_a_request),
        TEST(test_an_update_that_nobody_confirms),
        TEST(test_an_update_stopped_by_the_button),
        TEST(test_a_truncated_file),
        TEST(test_a_damaged_file),
        TEST(test_a_client_that_disappears),
        TEST(test_a_client_that_leaves_after_success),
        TEST(test_another_clients_request),
        TEST(test_a_second_request_starts_over),
        TEST(test_the_owners_stream_stops),
        TEST(test_get_fw_waits_for_a_reply),
        TEST(test_other_commands_during_an_update),
        TEST(test_cam_info_code_6_update),
        TEST(test_model_bit_18_supports_ota),
        TEST(test_the_version_after_an_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
