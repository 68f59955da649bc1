/// One test for each row of the specification's tables about clock, settings, spotmeter and stream:
/// commands and their arguments. As rows_test.c.
/// Source:  tCam-Mini README, Command Interface.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

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

static void succeeds(const char *json, const char *name) {
    char text[60];
    rig_say(&rig, json);
    if (rig.camera.request)
        rig_answer(&rig, IB_OK);
    snprintf(text, sizeof text, "%s success", name);
    rig_expect(&rig, rig_info(1, text));
    rig_expect_nothing(&rig);
}

#define TIME(sec, min, hour, dow, day, mon, year)                                                  \
    "{\"cmd\":\"set_time\",\"args\":{\"sec\":" sec ",\"min\":" min ",\"hour\":" hour               \
    ",\"dow\":" dow ",\"day\":" day ",\"mon\":" mon ",\"year\":" year "}}"

static void test_command_set_time(void **state) {
    (void)state;
    succeeds(TIME("14", "10", "21", "2", "18", "5", "50"), "set_time");
    assert_string_equal(status("Time"), "\"21:10:14.0\"");
    assert_string_equal(status("Date"), "\"5/18/20\"");
}

#define SPOT(c1, c2, r1, r2)                                                                       \
    "{\"cmd\":\"set_spotmeter\",\"args\":{\"c1\":" c1 ",\"c2\":" c2 ",\"r1\":" r1 ",\"r2\":" r2 "}}"

static void expect_spot(const char *json, const uint16_t *wanted) {
    rig_say(&rig, json);
    assert_int_equal(rig.camera.request->ask, IB_ASK_SPOTMETER);
    assert_memory_equal(rig.camera.request->spot, wanted, 8);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "set_spotmeter success"));
}

static void test_command_set_spotmeter(void **state) {
    (void)state;
    expect_spot(SPOT("79", "80", "59", "60"), (uint16_t[]){59, 79, 60, 80});
}

static void stream_on(const char *name) {
    char json[60];
    snprintf(json, sizeof json, "{\"cmd\":\"%s\"}", name);
    succeeds(json, name);
    for (int i = 0; i < 3; i++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        rig_expect_image(&rig);
        rig_expect_nothing(&rig);
    }
}

static void test_command_set_stream_on(void **state) {
    (void)state;
    stream_on("set_stream_on"); // the table's name
    stream_on("stream_on");     // the example's
}

static void test_command_set_stream_off(void **state) {
    (void)state;
    static const char *const names[] = {"set_stream_off", "stream_off"};
    for (int i = 0; i < 2; i++) {
        char json[60];
        stream_on("stream_on");
        snprintf(json, sizeof json, "{\"cmd\":\"%s\"}", names[i]);
        succeeds(json, names[i]);
        rig_frame(&rig, 0);
        rig_expect_nothing(&rig);
    }
}

// ---- set_time ----

/// `good` is taken, `bad` refused whole.
static void expect_time(const char *good, const char *bad, const char *time, const char *date) {
    char text[40];
    succeeds(good, "set_time");
    snprintf(text, sizeof text, "\"%s\"", time);
    assert_string_equal(status("Time"), text);
    rig_refuses(&rig, bad, 0, "set_time failed");
    assert_string_equal(status("Time"), text);
    snprintf(text, sizeof text, "\"%s\"", date);
    assert_string_equal(status("Date"), text);
}

static void test_set_time_sec(void **state) {
    (void)state;
    expect_time(TIME("59", "0", "0", "1", "1", "1", "50"),
                TIME("60", "0", "0", "1", "1", "1", "50"), "0:00:59.0", "1/1/20");
}

static void test_set_time_min(void **state) {
    (void)state;
    expect_time(TIME("0", "59", "0", "1", "1", "1", "50"),
                TIME("0", "60", "0", "1", "1", "1", "50"), "0:59:00.0", "1/1/20");
}

static void test_set_time_hour(void **state) {
    (void)state;
    expect_time(TIME("0", "0", "23", "1", "1", "1", "50"),
                TIME("0", "0", "24", "1", "1", "1", "50"), "23:00:00.0", "1/1/20");
}

static void test_set_time_dow(void **state) {
    (void)state;
    expect_time(TIME("1", "0", "0", "7", "1", "1", "50"), TIME("0", "0", "0", "8", "1", "1", "50"),
                "0:00:01.0", "1/1/20");
}

static void test_set_time_day(void **state) {
    (void)state;
    expect_time(TIME("0", "0", "0", "1", "29", "2", "50"),
                TIME("0", "0", "0", "1", "30", "2", "50"), "0:00:00.0", "2/29/20");
}

static void test_set_time_mon(void **state) {
    (void)state;
    expect_time(TIME("0", "0", "0", "1", "1", "12", "50"),
                TIME("0", "0", "0", "1", "1", "13", "50"), "0:00:00.0", "12/1/20");
}

static void test_set_time_year(void **state) {
    (void)state;
    expect_time(TIME("0", "0", "0", "1", "1", "1", "129"),
                TIME("0", "0", "0", "1", "1", "1", "130"), "0:00:00.0", "1/1/99");
}

static int64_t other_clock(void *context) {
    return *(const int64_t *)context;
}

static void test_set_time_with_a_clock_of_its_own(void **state) {
    (void)state;
    static int64_t wall_us = INT64_C(1795176229250000); // 2026-11-20 12:03:49.250
    rig_init_with(&rig,
                  &(struct rig_with){.tcam = {.wall_now = other_clock, .wall_context = &wall_us}});
    assert_string_equal(status("Time"), "\"12:03:49.250\"");
    succeeds(TIME("14", "10", "21", "2", "18", "5", "50"), "set_time"); // answered, nothing changes
    assert_string_equal(status("Time"), "\"12:03:49.250\"");
    rig_refuses(&rig, TIME("60", "10", "21", "2", "18", "5", "50"), 0, "set_time failed");
    wall_us += 86400000000;
    assert_string_equal(status("Date"), "\"11/21/26\"");
    // An image's time is its frame's, not the moment of sending.
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    rig.now_us += 200000;
    wall_us += 200000;
    assert_string_equal(rig_member(rig_pull_from(&rig, &rig.session, NULL), "metadata", "Time"),
                        "\"12:03:49.250\"");
}

// ---- config ----

static void test_get_config_agc_enabled(void **state) {
    (void)state;
    assert_string_equal(config("agc_enabled"), "0");
    rig.camera.state.settings.agc = true;
    assert_string_equal(config("agc_enabled"), "1");
}

static void test_get_config_emissivity(void **state) {
    (void)state;
    rig.camera.state.settings.emissivity_pct = 1;
    assert_string_equal(config("emissivity"), "1");
}

static void test_get_config_gain_mode(void **state) {
    (void)state;
    for (unsigned gain = 0; gain <= 2; gain++) {
        char text[4];
        rig.camera.state.settings.gain = (uint8_t)gain;
        snprintf(text, sizeof text, "%u", gain);
        assert_string_equal(config("gain_mode"), text);
    }
}

static const struct ib_camera_settings *set_config(const char *args) {
    static struct ib_camera_settings settings;
    char json[80];
    snprintf(json, sizeof json, "{\"cmd\":\"set_config\",\"args\":{%s}}", args);
    rig_say(&rig, json);
    settings = rig.camera.request->settings;
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "set_config success"));
    return &settings;
}

static void test_set_config_agc_enabled(void **state) {
    (void)state;
    assert_true(set_config("\"agc_enabled\":1")->agc);
    assert_false(set_config("\"agc_enabled\":0")->agc);
    assert_int_equal(set_config("\"agc_enabled\":1")->mask, IB_SETTING_AGC);
}

static void test_set_config_emissivity(void **state) {
    (void)state;
    assert_int_equal(set_config("\"emissivity\":98")->emissivity_pct, 98);
    assert_int_equal(set_config("\"emissivity\":1")->mask, IB_SETTING_EMISSIVITY);
}

static void test_set_config_gain_mode(void **state) {
    (void)state;
    assert_int_equal(set_config("\"gain_mode\":1")->gain, IB_GAIN_LOW);
    assert_int_equal(set_config("\"gain_mode\":2")->gain, IB_GAIN_AUTO);
    assert_int_equal(set_config("\"gain_mode\":0")->mask, IB_SETTING_GAIN);
}

// ---- spotmeter and stream ----

static void test_set_spotmeter_c1(void **state) {
    (void)state;
    expect_spot(SPOT("0", "159", "59", "60"), (uint16_t[]){59, 0, 60, 159});
    expect_spot(SPOT("-1", "159", "59", "60"), (uint16_t[]){59, 0, 60, 159});
}

static void test_set_spotmeter_c2(void **state) {
    (void)state;
    expect_spot(SPOT("7", "160", "59", "60"), (uint16_t[]){59, 7, 60, 159});
    expect_spot(SPOT("9", "8", "59", "60"), (uint16_t[]){59, 8, 60, 9});
}

static void test_set_spotmeter_r1(void **state) {
    (void)state;
    expect_spot(SPOT("7", "8", "0", "60"), (uint16_t[]){0, 7, 60, 8});
    expect_spot(SPOT("7", "8", "-9", "60"), (uint16_t[]){0, 7, 60, 8});
}

static void test_set_spotmeter_r2(void **state) {
    (void)state;
    expect_spot(SPOT("7", "8", "0", "120"), (uint16_t[]){0, 7, 119, 8});
    expect_spot(SPOT("7", "8", "5", "4"), (uint16_t[]){4, 7, 5, 8});
}

/// How many of `frames` frames are images of this stream.
static int images(const char *args, int frames) {
    char json[100];
    int n = 0;
    snprintf(json, sizeof json, "{\"cmd\":\"stream_on\",\"args\":{%s}}", args);
    succeeds(json, "stream_on");
    for (int i = 0; i < frames; i++) {
        struct ib_tcam_chunk chunk;
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
        n += chunk.image;
    }
    return n;
}

static void test_set_stream_on_delay_msec(void **state) {
    (void)state;
    assert_int_equal(images("\"delay_msec\":0", 80), 80);
    assert_int_equal(images("\"delay_msec\":1000", 80), 10); // 9.06 s
    assert_int_equal(images("\"delay_msec\":251", 80), 37);
}

static void test_set_stream_on_num_frames(void **state) {
    (void)state;
    assert_int_equal(images("\"num_frames\":3", 20), 3);
    assert_int_equal(images("\"num_frames\":0", 20), 20);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_command_set_time),
        TEST(test_command_set_spotmeter),
        TEST(test_command_set_stream_on),
        TEST(test_command_set_stream_off),
        TEST(test_set_time_sec),
        TEST(test_set_time_min),
        TEST(test_set_time_hour),
        TEST(test_set_time_dow),
        TEST(test_set_time_day),
        TEST(test_set_time_mon),
        TEST(test_set_time_year),
        TEST(test_set_time_with_a_clock_of_its_own),
        TEST(test_get_config_agc_enabled),
        TEST(test_get_config_emissivity),
        TEST(test_get_config_gain_mode),
        TEST(test_set_config_agc_enabled),
        TEST(test_set_config_emissivity),
        TEST(test_set_config_gain_mode),
        TEST(test_set_spotmeter_c1),
        TEST(test_set_spotmeter_c2),
        TEST(test_set_spotmeter_r1),
        TEST(test_set_spotmeter_r2),
        TEST(test_set_stream_on_delay_msec),
        TEST(test_set_stream_on_num_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
