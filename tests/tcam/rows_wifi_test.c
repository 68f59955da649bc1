/// One test for each rule of the README about what set_wifi refuses and what get_wifi keeps to itself,
/// over the protocol. Every value of every key is in network_test.c and with src/device.
/// Source:  tCam-Mini README, "set_wifi", "get_wifi response"; FW 2.1, fix 1.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/status.h"

static struct rig rig;

static int setup(void **state) {
    (void)state;
    rig_init_board(&rig);
    return 0;
}

static const struct ib_network_settings *stored(void) {
    return &rig.board->device.store.now.network;
}

/// `size` characters.
static const char *text_of(size_t size) {
    static char text[80];
    assert_true(size < sizeof text);
    memset(text, 0, sizeof text);
    memset(text, 'w', size);
    return text;
}

/// A set_wifi with this one argument: whether it succeeds. A camera of its own each time.
static bool takes(const char *key, size_t size) {
    char json[200];
    rig_init_board(&rig);
    struct ib_network_settings before = *stored();
    snprintf(json, sizeof json, "{\"cmd\":\"set_wifi\",\"args\":{\"%s\":\"%s\"}}", key,
             text_of(size));
    rig_say(&rig, json);
    const char *reply = rig_pull_from(&rig, &rig.session, NULL);
    if (strcmp(reply, rig_info(1, "set_wifi success")) == 0)
        return true;
    assert_int_equal(strncmp(reply, "{\"cam_info\":{\"info_value\":0,", 28), 0);
    assert_non_null(strstr(reply, key)); // it says which
    assert_memory_equal(stored(), &before, sizeof before);
    return false;
}

static void test_set_wifi_fails_with_an_ssid_of_zero_length(void **state) {
    (void)state;
    assert_false(takes("ap_ssid", 0));
    assert_false(takes("sta_ssid", 0));
    assert_true(takes("ap_ssid", 1));
    assert_true(takes("sta_ssid", 1));
}

static void test_set_wifi_fails_with_an_ssid_greater_than_32_characters(void **state) {
    (void)state;
    assert_true(takes("ap_ssid", 32));
    assert_true(takes("sta_ssid", 32));
    assert_false(takes("ap_ssid", 33));
    assert_false(takes("sta_ssid", 33));
}

static void test_set_wifi_fails_with_a_password_less_than_8_characters(void **state) {
    (void)state;
    for (size_t size = 1; size < 8; size++) {
        assert_false(takes("ap_pw", size));
        assert_false(takes("sta_pw", size));
    }
    assert_true(takes("ap_pw", 8));
    assert_true(takes("sta_pw", 8));
}

/// The README says 32; firmware 3.x and WPA2 say 63, and so does ironbow.
static void test_set_wifi_fails_with_a_password_greater_than_63_instead_of_32(void **state) {
    (void)state;
    assert_true(takes("ap_pw", 32));
    assert_true(takes("ap_pw", 33));
    assert_true(takes("ap_pw", 63));
    assert_true(takes("sta_pw", 63));
    assert_false(takes("ap_pw", 64));
    assert_false(takes("sta_pw", 64));
}

static void test_set_wifi_empty_is_no_password(void **state) {
    (void)state;
    assert_true(takes("ap_pw", 0));
    assert_string_equal(stored()->ap_pw, "");
    assert_true(takes("sta_pw", 0));
    assert_string_equal(stored()->sta_pw, "");
}

static void test_set_wifi_other_flag_bits_are_ignored(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 8; bit++) {
        char json[100];
        rig_init_board(&rig);
        snprintf(json, sizeof json,
                 "{\"cmd\":\"set_wifi\",\"args\":{\"sta_ssid\":\"x\",\"flags\":%u}}", 1u << bit);
        rig_say(&rig, json);
        rig_expect(&rig, rig_info(1, "set_wifi success"));
        bool counts = bit == 7 || bit == 4 || bit == 0;
        assert_int_equal(stored()->flags, counts ? 1u << bit : 0);
    }
}

static void test_set_wifi_restarts_wifi_immediately(void **state) {
    (void)state;
    uint32_t starts = rig.board->device.network.starts;
    rig_say(&rig, "{\"cmd\":\"set_wifi\",\"args\":{\"ap_ssid\":\"ANewApName\"}}");
    struct ib_tcam_chunk chunk;
    const char *reply = rig_pull_from(&rig, &rig.session, &chunk);
    assert_string_equal(reply, rig_info(1, "set_wifi success"));
    assert_true(chunk.hang_up); // the application should close its socket; the camera does
    rig_pass(&rig, 300000);
    assert_int_equal(rig.board->device.network.starts, starts + 1);
    assert_string_equal(rig.board->network.config.ssid, "ANewApName");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_set_wifi_fails_with_an_ssid_of_zero_length),
        TEST(test_set_wifi_fails_with_an_ssid_greater_than_32_characters),
        TEST(test_set_wifi_fails_with_a_password_less_than_8_characters),
        TEST(test_set_wifi_fails_with_a_password_greater_than_63_instead_of_32),
        TEST(test_set_wifi_empty_is_no_password),
        TEST(test_set_wifi_other_flag_bits_are_ignored),
        TEST(test_set_wifi_restarts_wifi_immediately),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
