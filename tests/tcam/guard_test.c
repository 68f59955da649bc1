/// The protected port: nothing without the token, one try, ten seconds.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "bus/clock.h"
#include "core/status.h"

static struct rig rig;
static const char token[] = "correct horse battery staple";

static int setup(void **state) {
    (void)state;
    rig_init_board(&rig);
    ib_tcam_session_guard(&rig.session, token, rig.now_us);
    return 0;
}

#define RIGHT "{\"cmd\":\"auth\",\"args\":{\"token\":\"correct horse battery staple\"}}"

static void test_guard_opens_with_the_token(void **state) {
    (void)state;
    assert_int_equal(ib_tcam_session_due(&rig.session), rig.now_us + 10000000);
    rig_say(&rig, RIGHT);
    rig_expect(&rig, rig_info(1, "auth success"));
    assert_true(ib_tcam_session_due(&rig.session) == IB_NEVER);
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    rig.now_us += 3600000000;
    rig_expect_nothing(&rig);
    rig_say(&rig, RIGHT); // once more does no harm
    rig_expect(&rig, rig_info(1, "auth success"));
}

static void test_guard_carries_nothing_out_before(void **state) {
    (void)state;
    static const char *const names[] = {
        "get_status",  "get_image",     "set_time",   "get_config",    "set_config",
        "get_lep_cci", "set_lep_cci",   "run_ffc",    "set_spotmeter", "stream_on",
        "stream_off",  "set_stream_on", "get_wifi",   "set_wifi",      "fw_update_request",
        "fw_segment",  "events_on",     "events_off", "take_picture",  "poweroff",
        "get_file",    "dump_screen"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char json[100], text[100];
        snprintf(json, sizeof json, "{\"cmd\":\"%s\",\"args\":{\"ap_ssid\":\"x\"}}", names[i]);
        snprintf(text, sizeof text, "%s failed: auth first", names[i]);
        rig_refuses(&rig, json, 0, text);
    }
    rig_refuses(&rig, "{\"cmd\":\"reboot\"}", 2, "Unknown command in json string");
    rig_refuses(&rig, "{", 3, "Couldn't convert json string");
    assert_string_equal(rig.board->device.store.now.network.ap_ssid, "tCam-Mini-EFB5");
    assert_false(rig.session.streaming);
    // No image, no event.
    rig_frame(&rig, IB_FRAME_OVER_TEMP);
    rig_pass(&rig, 0);
    rig_expect_nothing(&rig);
    rig_say(&rig, RIGHT);
    rig_expect(&rig, rig_info(1, "auth success"));
}

static void test_guard_hangs_up_on_a_wrong_token(void **state) {
    static const char *const wrong[] = {
        "{\"token\":\"correct horse battery stapl\"}",
        "{\"token\":\"correct horse battery staplf\"}",
        "{\"token\":\"Correct horse battery staple\"}",
        "{\"token\":\"correct horse battery staple \"}",
        "{\"token\":\"\"}",
        "{\"token\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
        "{\"token\":5}",
        "{\"token\":null}",
        "{}",
        "[]",
        "\"correct horse battery staple\"",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char json[160];
        struct ib_tcam_chunk chunk;
        setup(state);
        snprintf(json, sizeof json, "{\"cmd\":\"auth\",\"args\":%s}", wrong[i]);
        rig_say(&rig, json);
        const char *text = rig_pull_from(&rig, &rig.session, &chunk);
        assert_string_equal(text, rig_info(0, "auth failed"));
        assert_true(chunk.hang_up);
        // There is no second try.
        rig_say(&rig, RIGHT);
        ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
        assert_int_equal(chunk.size, 0);
        assert_true(chunk.hang_up);
        assert_true(ib_tcam_session_close(&rig.session));
    }
}

static void test_guard_waits_ten_seconds(void **state) {
    (void)state;
    struct ib_tcam_chunk chunk;
    uint64_t due_us = ib_tcam_session_due(&rig.session);
    rig.now_us = due_us - 1;
    rig_say(&rig, "{\"cmd\":\"get_status\"}"); // talking does not help
    rig_expect(&rig, rig_info(0, "get_status failed: auth first"));
    rig_expect_nothing(&rig);
    rig.now_us = due_us;
    const char *text = rig_pull_from(&rig, &rig.session, &chunk);
    assert_string_equal(text, rig_info(0, "auth failed: no token in time"));
    assert_true(chunk.hang_up);
    assert_true(ib_tcam_session_due(&rig.session) == IB_NEVER);
}

static void test_guard_takes_tokens_of_any_length(void **state) {
    (void)state;
    static char longest[IB_TCAM_TOKEN_BYTES + 1];
    for (size_t size = 1; size <= IB_TCAM_TOKEN_BYTES; size++) {
        char json[120];
        memset(longest, 't', size);
        ib_tcam_session_init(&rig.session, &rig.tcam, rig.now_us);
        ib_tcam_session_guard(&rig.session, longest, rig.now_us);
        snprintf(json, sizeof json, "{\"cmd\":\"auth\",\"args\":{\"token\":\"%s\"}}", longest);
        rig_say(&rig, json);
        rig_expect(&rig, rig_info(1, "auth success"));
        assert_true(ib_tcam_session_close(&rig.session));
    }
}

static void test_auth_without_a_guard(void **state) {
    (void)state;
    rig_init(&rig);
    static const char *const said[] = {RIGHT, "{\"cmd\":\"auth\"}",
                                       "{\"cmd\":\"auth\",\"args\":{\"token\":5}}"};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        struct ib_tcam_chunk chunk;
        rig_say(&rig, said[i]);
        const char *text = rig_pull_from(&rig, &rig.session, &chunk);
        assert_string_equal(text, rig_info(1, "auth success"));
        assert_false(chunk.hang_up);
    }
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_guard_opens_with_the_token),       TEST(test_guard_carries_nothing_out_before),
        TEST(test_guard_hangs_up_on_a_wrong_token),  TEST(test_guard_waits_ten_seconds),
        TEST(test_guard_takes_tokens_of_any_length), TEST(test_auth_without_a_guard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
