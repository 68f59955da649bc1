/// The six steps of an update over the protocol, one test each, with the LED as the user sees it. The
/// corners are in update_test.c; flash and image checks are tested with src/device.
/// Source:  tCam-Mini README, "OTA FW Update Process".
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/base64.h"
#include "core/status.h"
#include "support_firmware.h"

#define SIZE 20000u // three chunks, the last one short
#define CHUNKS 3u

static struct rig rig;
static uint8_t image[SIZE];

static int setup(void **state) {
    (void)state;
    rig_init_board(&rig);
    rig.camera.state.counters.frames = 1;
    rig_pass(&rig, 1000000);
    firmware_build(image, SIZE, "2.1", "tCamMini");
    return 0;
}

static const struct ib_device *device(void) {
    return &rig.board->device;
}

static void request(void) {
    rig_say(&rig,
            "{\"cmd\":\"fw_update_request\",\"args\":{\"length\":20000,\"version\":\"2.1\"}}");
    rig_expect(&rig, rig_info(1, "fw_update_request success"));
}

static void confirm(void) {
    request();
    rig_press(&rig, 200000);
    rig_pass(&rig, 200000);
}

/// The get_fw that must come next: where it wants to begin, how much.
static void expect_get_fw(unsigned *start, unsigned *length) {
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    if (sscanf(text, "{\"get_fw\":{\"start\":%u,\"length\":%u}}", start, length) != 2)
        fail_msg("expected get_fw, got %s", text);
    rig_expect_nothing(&rig);
}

static void send(unsigned start, unsigned length) {
    static char json[12000];
    int n = snprintf(json, sizeof json,
                     "{\"cmd\":\"fw_segment\",\"args\":{\"start\":%u,\"length\":%u,\"data\":\"",
                     start, length);
    n += (int)ib_base64_encode(json + n, image + start, length);
    strcpy(json + n, "\"}}");
    rig_say(&rig, json);
}

/// Steps 3 to 5.
static void send_all(void) {
    for (unsigned at = 0, i = 0; at < SIZE; i++) {
        unsigned start, length;
        expect_get_fw(&start, &length);
        assert_int_equal(start, at);
        assert_true(i < CHUNKS);
        send(start, length);
        at += length;
    }
}

static const char *result(void) {
    rig_pass(&rig, 100000);
    return rig_pull_from(&rig, &rig.session, NULL);
}

static void test_ota_step_1_fw_update_request_initiates(void **state) {
    (void)state;
    assert_int_equal(device()->ota.stage, IB_OTA_IDLE);
    request();
    assert_int_equal(device()->ota.stage, IB_OTA_ASKED);
    assert_int_equal(device()->ota.size_bytes, SIZE);
    assert_string_equal(device()->ota.version, "2.1");
}

static void test_ota_step_2_alternating_red_green_until_the_button(void **state) {
    (void)state;
    request();
    unsigned red = 0, green = 0;
    for (int i = 0; i < 20; i++) { // 5 s: ten times each
        rig_pass(&rig, 250000);
        const struct ib_led *led = &device()->led;
        assert_int_equal(led->state, IB_LED_UPDATE_ASKED);
        assert_true(led->red != led->green);
        red += led->red;
        green += led->green;
        rig_expect_nothing(&rig); // no get_fw before the user has confirmed
    }
    assert_int_equal(red, 10);
    assert_int_equal(green, 10);
    rig_press(&rig, 200000);
    rig_pass(&rig, 200000);
    assert_int_equal(device()->led.state, IB_LED_UPDATE_RUNNING);
    unsigned start, length;
    expect_get_fw(&start, &length);
}

static void test_ota_step_3_get_fw_requests_a_chunk(void **state) {
    (void)state;
    confirm();
    unsigned start = 1, length = 0;
    expect_get_fw(&start, &length);
    assert_int_equal(start, 0);
    assert_int_equal(length, 8192);
}

static void test_ota_step_4_fw_segment_sends_the_data(void **state) {
    (void)state;
    confirm();
    unsigned start, length;
    expect_get_fw(&start, &length);
    assert_int_equal(device()->ota.done_bytes, 0);
    send(start, length);
    rig_pass(&rig, 100000);
    assert_int_equal(device()->ota.done_bytes, 8192);
    uint8_t bytes[8192];
    assert_int_equal(ib_storage_read(&rig.board->storage[2], 0, bytes, sizeof bytes), IB_OK);
    // All but its first bytes may wait for the end: what makes it an image is written last.
    assert_memory_equal(bytes + 4096, image + 4096, 4096);
}

static void test_ota_step_5_repeated_until_all_is_transferred(void **state) {
    (void)state;
    confirm();
    unsigned at = 0, chunks = 0;
    while (at < SIZE) {
        unsigned start, length;
        expect_get_fw(&start, &length);
        assert_int_equal(start, at);
        assert_int_equal(length, SIZE - at < 8192 ? SIZE - at : 8192);
        send(start, length);
        at += length;
        chunks++;
    }
    assert_int_equal(chunks, CHUNKS);
    assert_null(strstr(result(), "get_fw"));
}

static void test_ota_step_6_validated_cam_info_and_reboot(void **state) {
    (void)state;
    confirm();
    send_all();
    assert_string_equal(result(), rig_info(6, "Firmware update success"));
    assert_false(ib_device_wants_restart(device())); // the answer goes out first
    rig_pass(&rig, IB_OTA_RESTART_US);
    assert_true(ib_device_wants_restart(device()));
    struct ib_device_config config = device()->config;
    config.ota = &rig.board->ota;
    assert_int_equal(ib_device_init(&rig.board->device, &config, rig.now_us), IB_OK);
    assert_string_equal(ib_device_version(device()), "2.1");
}

static void test_ota_step_6_failed_cam_info_and_no_reboot(void **state) {
    (void)state;
    image[12345] ^= 4;
    confirm();
    send_all();
    const char *text = result();
    assert_non_null(
        strstr(text, "\"info_value\":6,\"info_string\":\"Firmware update validation failed"));
    rig_pass(&rig, 5000000);
    assert_false(ib_device_wants_restart(device()));
    assert_string_equal(ib_device_version(device()), "2.0");
    assert_int_equal(ib_device_shown_fault(device()), IB_DEVICE_FAULT_UPDATE);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_ota_step_1_fw_update_request_initiates),
        TEST(test_ota_step_2_alternating_red_green_until_the_button),
        TEST(test_ota_step_3_get_fw_requests_a_chunk),
        TEST(test_ota_step_4_fw_segment_sends_the_data),
        TEST(test_ota_step_5_repeated_until_all_is_transferred),
        TEST(test_ota_step_6_validated_cam_info_and_reboot),
        TEST(test_ota_step_6_failed_cam_info_and_no_reboot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
