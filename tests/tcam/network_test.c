/// get_wifi and set_wifi: every member, every argument, every flag bit, and every way to be refused.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/status.h"

static struct rig rig;

static int setup(void **state) {
    (void)state;
    rig_init_board(&rig);
    return 0;
}

/// The text or number of one member of get_wifi's reply.
static const char *wifi(const char *key) {
    static char out[64];
    struct ib_json_value root, inner, value;
    rig_say(&rig, "{\"cmd\":\"get_wifi\"}");
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    assert_int_equal(ib_json_parse(&root, text, strlen(text)), IB_OK);
    assert_int_equal(ib_json_member(&root, "wifi", &inner), IB_OK);
    assert_int_equal(ib_json_member(&inner, key, &value), IB_OK);
    if (value.type == IB_JSON_STRING) {
        assert_true(ib_json_string(&value, out, sizeof out) >= 0);
    } else {
        assert_in_range(value.size, 1, sizeof out - 1);
        memcpy(out, value.text, value.size);
        out[value.size] = 0;
    }
    return out;
}

/// The connection was closed with the reply; the network restarts; the client comes again.
static void come_back(void) {
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
    assert_true(chunk.hang_up);
    assert_true(ib_tcam_session_close(&rig.session));
    rig_pass(&rig, 5000000);
    ib_tcam_session_init(&rig.session, &rig.tcam, rig.now_us);
}

static void say_set(const char *args) {
    char json[400];
    snprintf(json, sizeof json, "{\"cmd\":\"set_wifi\",\"args\":%s}", args);
    rig_say(&rig, json);
}

static void set(const char *args) {
    struct ib_tcam_chunk chunk;
    say_set(args);
    const char *text = rig_pull_from(&rig, &rig.session, &chunk);
    assert_string_equal(text, rig_info(1, "set_wifi success"));
    assert_true(chunk.hang_up);
    come_back();
}

/// Refused, and nothing at all has changed. `why`: a piece of the reason.
static void refused(const char *args, const char *why) {
    struct ib_settings before = rig.board->device.store.now;
    uint32_t writes = rig.board->flash[0].writes;
    struct ib_tcam_chunk chunk;
    say_set(args);
    const char *text = rig_pull_from(&rig, &rig.session, &chunk);
    if (strncmp(text, "{\"cam_info\":{\"info_value\":0,\"info_string\":\"set_wifi failed: ", 59) ||
        !strstr(text, why))
        fail_msg("%s: expected a refusal with '%s', got %s", args, why, text);
    assert_false(chunk.hang_up);
    rig_pass(&rig, 1000000);
    assert_memory_equal(&rig.board->device.store.now, &before, sizeof before);
    assert_int_equal(rig.board->flash[0].writes, writes);
    assert_int_equal(rig.board->device.network.starts, 1);
    rig_expect_nothing(&rig);
}

static const struct ib_network_settings *stored(void) {
    return &rig.board->device.store.now.network;
}

#define CLIENT "{\"sta_ssid\":\"HomeNetwork\",\"sta_pw\":\"ironbow-home\",\"flags\":129}"
#define STATIC                                                                                     \
    "{\"sta_ssid\":\"HomeNetwork\",\"sta_pw\":\"ironbow-home\",\"flags\":145,"                     \
    "\"sta_ip_addr\":\"10.0.1.144\",\"sta_netmask\":\"255.255.255.0\"}"

static void test_command_get_wifi(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_wifi\"}");
    rig_expect(&rig, "{\"wifi\":{\"ap_ssid\":\"tCam-Mini-EFB5\",\"sta_ssid\":\"\",\"flags\":15,"
                     "\"ap_ip_addr\":\"192.168.4.1\",\"sta_ip_addr\":\"192.168.4.2\","
                     "\"sta_netmask\":\"255.255.255.0\",\"cur_ip_addr\":\"192.168.4.1\"}}");
    rig_expect_nothing(&rig);
}

static void test_get_wifi_ap_ssid(void **state) {
    (void)state;
    assert_string_equal(wifi("ap_ssid"), "tCam-Mini-EFB5");
    set("{\"ap_ssid\":\"a \\\"name\\\"\"}");
    assert_string_equal(wifi("ap_ssid"), "a \"name\"");
}

static void test_get_wifi_sta_ssid(void **state) {
    (void)state;
    set("{\"sta_ssid\":\"Workshop\"}");
    assert_string_equal(wifi("sta_ssid"), "Workshop");
}

static void test_get_wifi_flags(void **state) {
    (void)state;
    assert_string_equal(wifi("flags"), "15");
    set(CLIENT);
    assert_string_equal(wifi("flags"), "143");
    set(STATIC);
    assert_string_equal(wifi("flags"), "159");
}

static void test_get_wifi_ap_ip_addr(void **state) {
    (void)state;
    set("{\"ap_ip_addr\":\"10.9.8.7\"}");
    assert_string_equal(wifi("ap_ip_addr"), "10.9.8.7");
    assert_string_equal(wifi("cur_ip_addr"), "10.9.8.7");
}

static void test_get_wifi_sta_ip_addr(void **state) {
    (void)state;
    set("{\"sta_ip_addr\":\"10.0.1.144\"}");
    assert_string_equal(wifi("sta_ip_addr"), "10.0.1.144");
    assert_string_equal(wifi("cur_ip_addr"), "192.168.4.1"); // still an access point
}

static void test_get_wifi_sta_netmask(void **state) {
    (void)state;
    set("{\"sta_netmask\":\"255.255.240.0\"}");
    assert_string_equal(wifi("sta_netmask"), "255.255.240.0");
}

static void test_get_wifi_cur_ip_addr(void **state) {
    (void)state;
    set(CLIENT);
    assert_string_equal(wifi("cur_ip_addr"), "192.168.1.57"); // from DHCP
    set(STATIC);
    assert_string_equal(wifi("cur_ip_addr"), "10.0.1.144");
}

static void test_get_wifi_sends_no_passwords(void **state) {
    (void)state;
    set("{\"ap_pw\":\"topsecret1\",\"sta_pw\":\"topsecret2\"}");
    rig_say(&rig, "{\"cmd\":\"get_wifi\"}");
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    assert_null(strstr(text, "topsecret"));
    assert_null(strstr(text, "pw"));
}

static void test_command_set_wifi(void **state) {
    (void)state;
    set("{\"ap_ssid\":\"ANewApName\",\"ap_pw\":\"apassword\",\"ap_ip_addr\":\"192.168.4.1\","
        "\"flags\":145,\"sta_ssid\":\"HomeNetwork\",\"sta_pw\":\"ironbow-home\","
        "\"sta_ip_addr\":\"10.0.1.144\",\"sta_netmask\":\"255.255.255.0\"}");
    rig_say(&rig, "{\"cmd\":\"get_wifi\"}");
    rig_expect(&rig, "{\"wifi\":{\"ap_ssid\":\"ANewApName\",\"sta_ssid\":\"HomeNetwork\","
                     "\"flags\":159,\"ap_ip_addr\":\"192.168.4.1\",\"sta_ip_addr\":\"10.0.1.144\","
                     "\"sta_netmask\":\"255.255.255.0\",\"cur_ip_addr\":\"10.0.1.144\"}}");
}

static void test_set_wifi_ap_ssid(void **state) {
    (void)state;
    set("{\"ap_ssid\":\"12345678901234567890123456789012\"}"); // 32 bytes
    assert_string_equal(stored()->ap_ssid, "12345678901234567890123456789012");
    // It is the camera's name.
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    assert_non_null(strstr(rig_pull_from(&rig, &rig.session, NULL),
                           "\"Camera\":\"12345678901234567890123456789012\""));
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    assert_non_null(strstr(rig_pull_from(&rig, &rig.session, NULL),
                           "\"Camera\":\"12345678901234567890123456789012\""));
}

static void test_set_wifi_ap_pw(void **state) {
    (void)state;
    set("{\"ap_pw\":\"12345678\"}");
    assert_string_equal(stored()->ap_pw, "12345678");
    set("{\"ap_pw\":\"123456789012345678901234567890123456789012345678901234567890123\"}");
    assert_int_equal(strlen(stored()->ap_pw), 63);
    set("{\"ap_pw\":\"\"}"); // none
    assert_string_equal(stored()->ap_pw, "");
}

static void test_set_wifi_ap_ip_addr(void **state) {
    (void)state;
    set("{\"ap_ip_addr\":\"172.16.0.1\"}");
    assert_memory_equal(stored()->ap_ip, ((uint8_t[]){172, 16, 0, 1}), 4);
}

static void test_set_wifi_flags(void **state) {
    (void)state;
    set(CLIENT);
    assert_int_equal(stored()->flags, 129);
    set("{\"flags\":1}");
    assert_int_equal(stored()->flags, 1);
    set("{\"flags\":111}"); // status and unused bits are ignored
    assert_int_equal(stored()->flags, 1);
}

static void test_set_wifi_sta_ssid(void **state) {
    (void)state;
    set("{\"sta_ssid\":\"caf\\u00e9 \\/ 12345678901234567890123\"}"); // 5 + 3 + 23 and a space
    assert_string_equal(stored()->sta_ssid, "caf\xC3\xA9 / 12345678901234567890123");
}

static void test_set_wifi_sta_pw(void **state) {
    (void)state;
    set("{\"sta_pw\":\"anotherpassword\"}");
    assert_string_equal(stored()->sta_pw, "anotherpassword");
    set("{\"sta_pw\":\"\"}");
    assert_string_equal(stored()->sta_pw, "");
}

static void test_set_wifi_sta_ip_addr(void **state) {
    (void)state;
    set("{\"sta_ip_addr\":\"10.0.1.144\"}");
    assert_memory_equal(stored()->sta_ip, ((uint8_t[]){10, 0, 1, 144}), 4);
}

static void test_set_wifi_sta_netmask(void **state) {
    (void)state;
    set("{\"sta_netmask\":\"255.255.0.0\"}");
    assert_memory_equal(stored()->sta_netmask, ((uint8_t[]){255, 255, 0, 0}), 4);
}

static unsigned flags(void) {
    unsigned n = 0;
    assert_int_equal(sscanf(wifi("flags"), "%u", &n), 1);
    return n;
}

static void test_wifi_flag_7_client_mode(void **state) {
    (void)state;
    assert_int_equal(flags() & 0x80, 0);
    assert_int_equal(rig.board->network.config.mode, IB_LINK_ACCESS_POINT);
    set(CLIENT);
    assert_int_equal(flags() & 0x80, 0x80);
    assert_int_equal(rig.board->network.config.mode, IB_LINK_STATION);
}

static void test_wifi_flag_6_5_unused(void **state) {
    (void)state;
    set("{\"flags\":97}"); // 0x61
    assert_int_equal(flags() & 0x60, 0);
    assert_int_equal(stored()->flags, 1);
}

static void test_wifi_flag_4_static_ip(void **state) {
    (void)state;
    set(CLIENT);
    assert_int_equal(flags() & 0x10, 0);
    assert_false(rig.board->network.config.fixed_ip);
    set(STATIC);
    assert_int_equal(flags() & 0x10, 0x10);
    assert_true(rig.board->network.config.fixed_ip);
}

static void test_wifi_flag_3_connected(void **state) {
    (void)state;
    assert_int_equal(flags() & 0x08, 0x08); // the simulated station is there from the start
    ib_sim_network_station(&rig.board->network, false, rig.now_us);
    rig_pass(&rig, 5000000);
    assert_int_equal(flags() & 0x08, 0);
    assert_string_equal(wifi("flags"), "7");
    ib_sim_network_station(&rig.board->network, true, rig.now_us);
    rig_pass(&rig, 5000000);
    assert_int_equal(flags() & 0x08, 0x08);
}

static void test_wifi_flag_2_client_running(void **state) {
    (void)state;
    assert_int_equal(flags() & 0x04, 0x04);
    set("{\"flags\":0}");
    assert_int_equal(flags() & 0x04, 0);
}

static void test_wifi_flag_1_initialised(void **state) {
    (void)state;
    assert_int_equal(flags() & 0x02, 0x02);
    ib_sim_network_fault(&rig.board->network, IB_SIM_NETWORK_RADIO_DEAD, rig.now_us);
    set("{\"ap_ssid\":\"x\"}");
    assert_int_equal(flags() & 0x02, 0);
}

static void test_wifi_flag_0_enabled(void **state) {
    (void)state;
    assert_int_equal(flags() & 0x01, 0x01);
    set("{\"flags\":0}");
    assert_int_equal(flags() & 0x01, 0);
    assert_false(rig.board->network.on);
}

static void test_set_wifi_flag_7_client_mode(void **state) {
    (void)state;
    set(CLIENT);
    assert_int_equal(stored()->flags & IB_WIFI_CLIENT, IB_WIFI_CLIENT);
    set("{\"flags\":1}");
    assert_int_equal(stored()->flags & IB_WIFI_CLIENT, 0);
}

static void test_set_wifi_flag_4_static_ip(void **state) {
    (void)state;
    set(STATIC);
    assert_int_equal(stored()->flags & IB_WIFI_STATIC_IP, IB_WIFI_STATIC_IP);
    set("{\"flags\":129}");
    assert_int_equal(stored()->flags & IB_WIFI_STATIC_IP, 0);
}

static void test_set_wifi_flag_0_enabled(void **state) {
    (void)state;
    set("{\"flags\":0}");
    assert_int_equal(stored()->flags & IB_WIFI_ENABLED, 0);
    set("{\"flags\":1}");
    assert_int_equal(stored()->flags & IB_WIFI_ENABLED, IB_WIFI_ENABLED);
}

static void test_set_wifi_keeps_what_is_left_out(void **state) {
    (void)state;
    set(STATIC);
    struct ib_network_settings before = *stored();
    set("{\"ap_ssid\":\"other\",\"colour\":\"blue\",\"flags\":145}"); // unknown keys are ignored
    memset(before.ap_ssid, 0, sizeof before.ap_ssid);
    memcpy(before.ap_ssid, "other", 5);
    assert_memory_equal(stored(), &before, sizeof before);
}

static void test_set_wifi_refuses_wrong_types(void **state) {
    (void)state;
    static const char *const texts[] = {"ap_ssid", "ap_pw",       "ap_ip_addr", "sta_ssid",
                                        "sta_pw",  "sta_ip_addr", "sta_netmask"};
    static const char *const wrong[] = {"5", "null", "true", "[\"x\"]", "{}"};
    char args[120];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++) {
            char why[40];
            // A good value beside it does not count.
            snprintf(args, sizeof args, "{\"flags\":1,\"%s\":%s}", texts[i], wrong[w]);
            snprintf(why, sizeof why, ": %s must be a string", texts[i]);
            refused(args, why);
        }
        snprintf(args, sizeof args, "{\"%s\":\"abcdefgh\\u0000i\"}", texts[i]);
        refused(args, "must not hold a NUL");
    }
    static const char *const numbers[] = {"\"1\"", "null", "true", "[1]", "{}"};
    for (size_t w = 0; w < sizeof numbers / sizeof numbers[0]; w++) {
        snprintf(args, sizeof args, "{\"ap_ssid\":\"x\",\"flags\":%s}", numbers[w]);
        refused(args, ": flags must be a number");
    }
}

static void test_set_wifi_refuses_wrong_values(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"{\"flags\":1,\"ap_ssid\":\"\"}", "ap_ssid"},
        {"{\"ap_ssid\":\"123456789012345678901234567890123\"}", "ap_ssid"},
        {"{\"ap_ssid\":\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
         "\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9x\"}",
         "ap_ssid"}, // 17 characters, 33 bytes
        {"{\"sta_ssid\":\"\"}", "sta_ssid"},
        {"{\"sta_ssid\":\"123456789012345678901234567890123\"}", "sta_ssid"},
        {"{\"ap_pw\":\"1234567\"}", "ap_pw"},
        {"{\"ap_pw\":\"1234567890123456789012345678901234567890123456789012345678901234\"}",
         "ap_pw"},
        {"{\"ap_ssid\":\"good\",\"sta_pw\":\"1\"}", "sta_pw"},
        {"{\"sta_pw\":\"1234567890123456789012345678901234567890123456789012345678901234567890"
         "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
         "90\"}",
         "sta_pw"},
        {"{\"ap_ip_addr\":\"\"}", "ap_ip_addr"},
        {"{\"ap_ip_addr\":\"192.168.4\"}", "ap_ip_addr"},
        {"{\"ap_ip_addr\":\"192.168.4.256\"}", "ap_ip_addr"},
        {"{\"ap_ip_addr\":\"192.168.4.1.1\"}", "ap_ip_addr"},
        {"{\"ap_ip_addr\":\"192.168.4.1 \"}", "ap_ip_addr"},
        {"{\"ap_ip_addr\":\"0.0.0.0\"}", "ap_ip_addr"},
        {"{\"sta_ip_addr\":\"a.b.c.d\"}", "sta_ip_addr"},
        {"{\"sta_ip_addr\":\"-1.2.3.4\"}", "sta_ip_addr"},
        {"{\"sta_ip_addr\":\"255.255.255.255\"}", "sta_ip_addr"},
        {"{\"sta_netmask\":\"255.0.255.0\"}", "sta_netmask"},
        {"{\"sta_netmask\":\"255.255.255\"}", "sta_netmask"},
        {"{\"flags\":129}", "sta_ssid"}, // there is no network to join yet
        {"{\"flags\":256}", "flags"},
        {"{\"flags\":-1}", "flags"},
        {"{\"flags\":1e99}", "flags"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refused(wrong[i][0], wrong[i][1]);
}

static void test_set_wifi_needs_an_argument(void **state) {
    (void)state;
    refused("{}", "at least one");
    refused("{\"colour\":\"blue\"}", "at least one");
    refused("[]", "args must be an object");
    refused("null", "args must be an object");
    rig_say(&rig, "{\"cmd\":\"set_wifi\"}");
    rig_expect(&rig, rig_info(0, "set_wifi failed: args must be an object"));
}

static void test_set_wifi_that_cannot_be_stored(void **state) {
    (void)state;
    ib_sim_flash_fault(&rig.board->flash[0], IB_SIM_FLASH_DEAD);
    struct ib_settings before = rig.board->device.store.now;
    say_set("{\"ap_ssid\":\"other\"}");
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    assert_non_null(strstr(text, "\"info_value\":0,\"info_string\":\"set_wifi failed: "));
    assert_memory_equal(&rig.board->device.store.now, &before, sizeof before);
}

static void test_set_wifi_hangs_up_after_its_reply(void **state) {
    (void)state;
    struct ib_tcam_chunk chunk;
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    say_set("{\"ap_ssid\":\"other\"}");
    ib_tcam_session_pull(&rig.session, rig.now_us, true, &chunk); // a client that is busy
    assert_false(chunk.hang_up);
    // What comes behind it is not carried out any more.
    rig_frame(&rig, 0);
    const char *text = rig_pull_from(&rig, &rig.session, &chunk);
    assert_string_equal(text, rig_info(1, "set_wifi success"));
    assert_true(chunk.hang_up);
    assert_int_equal(rig_feed(&rig, "\x02{}\x03", 4), 4);
    ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
    assert_int_equal(chunk.size, 0);
    assert_true(chunk.hang_up);
    // The reply has its time before the network goes.
    assert_int_equal(rig.board->device.network.starts, 1);
    rig_pass(&rig, IB_NETWORK_GRACE_US - 1000);
    assert_int_equal(rig.board->device.network.starts, 1);
    rig_pass(&rig, 2000);
    assert_int_equal(rig.board->device.network.starts, 2);
}

static void test_a_setting_that_brings_no_link_is_taken_back(void **state) {
    (void)state;
    set("{\"sta_ssid\":\"HomeNetwork\",\"sta_pw\":\"wrong password\",\"flags\":129}");
    assert_int_equal(flags() & 0x80, 0x80);
    rig_pass(&rig, 62000000);
    assert_string_equal(wifi("flags"), "15");
    assert_string_equal(wifi("sta_ssid"), "");
}

static void test_wifi_of_the_hardware_interface(void **state) {
    (void)state;
    rig_init_with(&rig, &(struct rig_with){.board = true, .mode = IB_DEVICE_HARDWARE});
    rig_say(&rig, "{\"cmd\":\"get_wifi\"}");
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    assert_non_null(strstr(text, "{\"wifi\":{\"ap_ssid\":\"tCam-Mini-EFB5\","));
    struct ib_settings before = rig.board->device.store.now;
    rig_say(&rig, "{\"cmd\":\"set_wifi\",\"args\":{\"ap_ssid\":\"x\"}}");
    rig_expect(&rig, rig_info(0, "set_wifi failed: no Wi-Fi with the hardware interface"));
    rig_expect_nothing(&rig);
    assert_memory_equal(&rig.board->device.store.now, &before, sizeof before);
}

static void test_wifi_without_a_board(void **state) {
    (void)state;
    rig_init(&rig);
    rig_refuses(&rig, "{\"cmd\":\"get_wifi\"}", 2, "Unsupported command in json string");
    rig_refuses(&rig, "{\"cmd\":\"set_wifi\",\"args\":{\"flags\":1}}", 2,
                "Unsupported command in json string");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_command_get_wifi),
        TEST(test_get_wifi_ap_ssid),
        TEST(test_get_wifi_sta_ssid),
        TEST(test_get_wifi_flags),
        TEST(test_get_wifi_ap_ip_addr),
        TEST(test_get_wifi_sta_ip_addr),
        TEST(test_get_wifi_sta_netmask),
        TEST(test_get_wifi_cur_ip_addr),
        TEST(test_get_wifi_sends_no_passwords),
        TEST(test_command_set_wifi),
        TEST(test_set_wifi_ap_ssid),
        TEST(test_set_wifi_ap_pw),
        TEST(test_set_wifi_ap_ip_addr),
        TEST(test_set_wifi_flags),
        TEST(test_set_wifi_sta_ssid),
        TEST(test_set_wifi_sta_pw),
        TEST(test_set_wifi_sta_ip_addr),
        TEST(test_set_wifi_sta_netmask),
        TEST(test_wifi_flag_7_client_mode),
        TEST(test_wifi_flag_6_5_unused),
        TEST(test_wifi_flag_4_static_ip),
        TEST(test_wifi_flag_3_connected),
        TEST(test_wifi_flag_2_client_running),
        TEST(test_wifi_flag_1_initialised),
        TEST(test_wifi_flag_0_enabled),
        TEST(test_set_wifi_flag_7_client_mode),
        TEST(test_set_wifi_flag_4_static_ip),
        TEST(test_set_wifi_flag_0_enabled),
        TEST(test_set_wifi_keeps_what_is_left_out),
        TEST(test_set_wifi_refuses_wrong_types),
        TEST(test_set_wifi_refuses_wrong_values),
        TEST(test_set_wifi_needs_an_argument),
        TEST(test_set_wifi_that_cannot_be_stored),
        TEST(test_set_wifi_hangs_up_after_its_reply),
        TEST(test_a_setting_that_brings_no_link_is_taken_back),
        TEST(test_wifi_of_the_hardware_interface),
        TEST(test_wifi_without_a_board),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
