/// Events: what happens is told to whom asked for it, once, in order, and never into a conversation.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/status.h"

static struct rig rig;
static struct ib_tcam_session other;

static int setup(void **state) {
    (void)state;
    rig_init_board(&rig);
    ib_tcam_session_init(&other, &rig.tcam, rig.now_us);
    rig_frame(&rig, 0);
    rig_pass(&rig, 0);
    return 0;
}

static void subscribe(const char *args) {
    char json[160];
    snprintf(json, sizeof json, "{\"cmd\":\"events_on\",\"args\":%s}", args);
    rig_say(&rig, json);
    rig_expect(&rig, rig_info(1, "events_on success"));
    rig_expect_nothing(&rig);
}

/// The next packet is this event; `members` with their leading comma, or "".
static void expect_event(const char *type, const char *members) {
    char wanted[160];
    snprintf(wanted, sizeof wanted, "{\"event\":{\"type\":\"%s\"%s,\"Time\":\"0:00:", type,
             members);
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    if (strncmp(text, wanted, strlen(wanted)) || !strstr(text, ",\"Date\":\"1/1/00\"}}"))
        fail_msg("expected %s…, got %s", wanted, text);
}

static void frame(uint32_t flags) {
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, flags);
    rig_pass(&rig, 0);
}

static void ffc(enum ib_ffc_state state) {
    rig.frame_ffc_state = state;
    frame(state == IB_FFC_RUNNING ? IB_FRAME_FFC : 0);
}

static void test_event_ffc_start(void **state) {
    (void)state;
    subscribe("{\"ffc\":1}");
    ffc(IB_FFC_DONE);
    ffc(IB_FFC_IMMINENT);
    rig_expect_nothing(&rig);
    ffc(IB_FFC_RUNNING);
    expect_event("ffc_start", "");
    ffc(IB_FFC_RUNNING);
    rig_expect_nothing(&rig); // once
}

static void test_event_ffc_end(void **state) {
    (void)state;
    subscribe("{\"ffc\":true}");
    for (int i = 0; i < 3; i++) {
        ffc(IB_FFC_RUNNING);
        ffc(IB_FFC_RUNNING);
        ffc(IB_FFC_DONE);
        ffc(IB_FFC_DONE);
        expect_event("ffc_start", "");
        expect_event("ffc_end", "");
        rig_expect_nothing(&rig);
    }
}

static void test_event_gain_change(void **state) {
    (void)state;
    subscribe("{\"gain\":1}");
    rig.frame_gain = IB_GAIN_LOW;
    frame(0);
    expect_event("gain_change", ",\"gain\":\"low\"");
    frame(0);
    rig_expect_nothing(&rig);
    rig.frame_gain = IB_GAIN_HIGH;
    frame(0);
    expect_event("gain_change", ",\"gain\":\"high\"");
    rig_expect_nothing(&rig);
}

static void test_event_over_temp(void **state) {
    (void)state;
    subscribe("{\"over_temp\":1}");
    frame(IB_FRAME_OVER_TEMP);
    frame(IB_FRAME_OVER_TEMP);
    expect_event("over_temp_start", "");
    rig_expect_nothing(&rig);
    frame(0);
    expect_event("over_temp_end", "");
    rig_expect_nothing(&rig);
}

static void test_event_stream_end(void **state) {
    (void)state;
    subscribe("{\"stream\":1}");
    rig_say(&rig, "{\"cmd\":\"stream_on\",\"args\":{\"num_frames\":3}}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    for (int i = 0; i < 3; i++) {
        frame(0);
        rig_expect_image(&rig);
    }
    expect_event("stream_end", ",\"images\":3");
    rig_expect_nothing(&rig);
    // Ended by the client itself: it knows.
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    rig_say(&rig, "{\"cmd\":\"stream_off\"}");
    rig_expect(&rig, rig_info(1, "stream_off success"));
    rig_expect_nothing(&rig);
}

static void test_event_frames_lost(void **state) {
    (void)state;
    subscribe("{\"health\":1}");
    rig.camera.state.stage = IB_STAGE_RECOVERING;
    uint64_t due_us;
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    expect_event("frames_lost", "");
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    rig_expect_nothing(&rig);
    assert_in_range(due_us, rig.now_us + 1, rig.now_us + 1000000); // nobody else would tell
}

static void test_event_frames_back(void **state) {
    (void)state;
    subscribe("{\"health\":1}");
    uint64_t due_us;
    rig.camera.state.stage = IB_STAGE_RECOVERING;
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    rig.camera.state.stage = IB_STAGE_RUNNING;
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    expect_event("frames_lost", "");
    expect_event("frames_back", "");
    rig_expect_nothing(&rig);
}

static void test_event_fault(void **state) {
    (void)state;
    subscribe("{\"health\":1}");
    uint64_t due_us;
    ib_device_fault(&rig.board->device, IB_DEVICE_FAULT_NETWORK, true);
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    char members[80];
    snprintf(members, sizeof members, ",\"fault\":6,\"name\":\"%s\"",
             ib_device_fault_name(IB_DEVICE_FAULT_NETWORK));
    expect_event("fault", members);
    rig_expect_nothing(&rig);
    // A lower number is nearer to the cause and takes its place.
    ib_device_fault(&rig.board->device, IB_DEVICE_FAULT_MEMORY, true);
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    expect_event("fault_cleared", members);
    snprintf(members, sizeof members, ",\"fault\":3,\"name\":\"%s\"",
             ib_device_fault_name(IB_DEVICE_FAULT_MEMORY));
    expect_event("fault", members);
    rig_expect_nothing(&rig);
}

static void test_event_fault_cleared(void **state) {
    (void)state;
    subscribe("{\"health\":1}");
    uint64_t due_us;
    ib_device_fault(&rig.board->device, IB_DEVICE_FAULT_NETWORK, true);
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    ib_device_fault(&rig.board->device, IB_DEVICE_FAULT_NETWORK, false);
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
    rig_pull_from(&rig, &rig.session, NULL);
    char members[80];
    snprintf(members, sizeof members, ",\"fault\":6,\"name\":\"%s\"",
             ib_device_fault_name(IB_DEVICE_FAULT_NETWORK));
    expect_event("fault_cleared", members);
    rig_expect_nothing(&rig);
}

/// Everything that there are events about.
static void much(void) {
    ffc(IB_FFC_RUNNING);
    ffc(IB_FFC_DONE);
    rig.frame_gain = rig.frame_gain == IB_GAIN_LOW ? IB_GAIN_HIGH : IB_GAIN_LOW;
    frame(IB_FRAME_OVER_TEMP);
    frame(0);
}

static void test_events_never_unasked(void **state) {
    (void)state;
    much();
    rig_expect_nothing(&rig);
    subscribe("{}");
    rig_expect_nothing(&rig); // and nothing of what was before
    much();
    // The other one has not asked.
    rig_expect_nothing_from(&rig, &other);
    expect_event("ffc_start", "");
}

static void test_command_events_on(void **state) {
    (void)state;
    static const char *const all[] = {"{\"cmd\":\"events_on\"}",
                                      "{\"cmd\":\"events_on\",\"args\":{}}",
                                      "{\"cmd\":\"events_on\",\"args\":{\"colour\":1}}"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        rig.session.events = 0;
        rig_say(&rig, all[i]);
        rig_expect(&rig, rig_info(1, "events_on success"));
        assert_int_equal(rig.session.events, IB_TCAM_EVENT_ALL);
    }
    much();
    expect_event("ffc_start", "");
    expect_event("ffc_end", "");
    expect_event("gain_change", ",\"gain\":\"low\"");
    expect_event("over_temp_start", "");
    expect_event("over_temp_end", "");
    rig_expect_nothing(&rig);
    // What is named changes, the rest stays.
    subscribe("{\"ffc\":0,\"over_temp\":false}");
    much();
    expect_event("gain_change", ",\"gain\":\"high\"");
    rig_expect_nothing(&rig);
}

static void test_events_on_wrong_types(void **state) {
    (void)state;
    static const char *const names[] = {"ffc", "gain", "over_temp", "stream", "health"};
    static const char *const wrong[] = {"\"1\"", "null", "[]", "{}"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++) {
            char json[100];
            snprintf(json, sizeof json, "{\"cmd\":\"events_on\",\"args\":{\"%s\":%s}}", names[i],
                     wrong[w]);
            rig_refuses(&rig, json, 0, "events_on failed: values must be 1 or 0");
            assert_int_equal(rig.session.events, 0);
        }
    }
}

static void test_command_events_off(void **state) {
    (void)state;
    subscribe("{}");
    ffc(IB_FFC_RUNNING); // not taken yet
    rig_say(&rig, "{\"cmd\":\"events_off\"}");
    rig_expect(&rig, rig_info(1, "events_off success"));
    much();
    rig_expect_nothing(&rig);
}

static void test_events_wait_for_replies(void **state) {
    (void)state;
    subscribe("{}");
    // A request under way: its reply is the next packet, whatever happens meanwhile.
    rig_say(&rig, "{\"cmd\":\"run_ffc\"}");
    ffc(IB_FFC_RUNNING);
    rig_expect_nothing(&rig);
    ffc(IB_FFC_DONE);
    rig_expect_nothing(&rig);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
    expect_event("ffc_start", "");
    // A request that arrives between two events is answered before the next one.
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    expect_event("ffc_end", "");
    rig_expect_nothing(&rig);
    // An image is a reply, too.
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    ffc(IB_FFC_RUNNING);
    rig_expect_nothing(&rig);
    ffc(IB_FFC_DONE);
    rig_expect_image(&rig);
    expect_event("ffc_start", "");
    expect_event("ffc_end", "");
}

static void test_events_of_a_client_that_is_behind(void **state) {
    (void)state;
    subscribe("{\"over_temp\":1}");
    for (int i = 0; i < 20; i++)
        frame(i % 2 ? 0 : IB_FRAME_OVER_TEMP);
    // 20 of them, 16 are kept: the oldest are lost, and the first one says so.
    expect_event("over_temp_start", ",\"lost\":4");
    expect_event("over_temp_end", "");
    for (int i = 0; i < 14; i++)
        expect_event(i % 2 ? "over_temp_end" : "over_temp_start", "");
    rig_expect_nothing(&rig);
}

static void test_events_of_frames_between_two_steps(void **state) {
    (void)state;
    subscribe("{\"over_temp\":1}");
    rig_frame(&rig, IB_FRAME_OVER_TEMP);
    rig_frame(&rig, 0);
    rig_pass(&rig, 0);
    expect_event("over_temp_start", "");
    expect_event("over_temp_end", "");
}

static void test_an_ffc_between_two_frames(void **state) {
    (void)state;
    subscribe("{\"ffc\":1}");
    rig.frame_ffc_state = IB_FFC_DONE;
    for (uint16_t at_ms = 100; at_ms <= 200; at_ms = (uint16_t)(at_ms + 50)) {
        struct ib_frame *made = ib_hub_claim(&rig.hub);
        assert_non_null(made);
        memset(made->telemetry, 0, sizeof made->telemetry);
        made->telemetry[0] = 14;
        made->telemetry[30] = at_ms;
        made->telemetry[72] = 7;
        made->telemetry[74] = 3;
        made->width_px = 160;
        made->height_px = 120;
        made->flags = IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY;
        made->ffc_state = IB_FFC_DONE;
        made->gain = IB_GAIN_HIGH;
        made->captured_us = rig.now_us;
        ib_hub_publish(&rig.hub, made);
        rig_pass(&rig, 0);
        if (at_ms > 100) { // the first one shows when the latest FFC was, not that there was one
            expect_event("ffc_start", "");
            expect_event("ffc_end", "");
        }
        rig_expect_nothing(&rig);
    }
}

static void test_events_come_before_images(void **state) {
    (void)state;
    subscribe("{\"over_temp\":1}");
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    frame(IB_FRAME_OVER_TEMP);
    expect_event("over_temp_start", "");
    rig_expect_image(&rig);
    rig_expect_nothing(&rig);
}

static void test_a_closed_client_gets_no_events(void **state) {
    (void)state;
    subscribe("{}");
    ffc(IB_FFC_RUNNING);
    assert_true(ib_tcam_session_close(&rig.session));
    memset(&rig.session, 0xA5, sizeof rig.session); // its memory may go
    much();
    ib_tcam_session_init(&rig.session, &rig.tcam, rig.now_us);
    rig_expect_nothing(&rig);
}

/// Say the same bytes in pieces of `piece`, with everything else alike; what comes back, all of it.
static void run_split(size_t piece, char *out, size_t capacity) {
    static const char bytes[] =
        "\x02{\"cmd\":\"events_on\"}\x03\x02{\"cmd\":\"get_config\"}\x03"
        "\x02{\"cmd\":\"set_wifi\",\"args\":{\"ap_ssid\":5}}\x03junk"
        "\x02{\"cmd\":\"events_on\",\"args\":{\"gain\":0}}\x03\x02{\"cmd\":\x02{}\x03"
        "\x02{\"cmd\":\"fw_segment\",\"args\":{}}\x03\x02{\"cmd\":\"get_wifi\"}\x03";
    setup(NULL);
    out[0] = 0;
    size_t at = 0;
    while (at < sizeof bytes - 1) {
        size_t n = sizeof bytes - 1 - at < piece ? sizeof bytes - 1 - at : piece;
        at += rig_feed(&rig, bytes + at, n);
        for (const char *text; *(text = rig_pull_from(&rig, &rig.session, NULL));) {
            assert_true(strlen(out) + strlen(text) + 2 < capacity);
            strcat(strcat(out, text), "\n");
        }
    }
    much();
    for (const char *text; *(text = rig_pull_from(&rig, &rig.session, NULL));)
        strcat(strcat(out, text), "\n");
}

static void test_any_split_gives_the_same(void **state) {
    (void)state;
    static char whole[4000], split[4000];
    run_split(10000, whole, sizeof whole);
    assert_non_null(strstr(whole, "events_on success"));
    assert_non_null(strstr(whole, "\"ffc_end\""));
    assert_null(strstr(whole, "gain_change"));
    for (size_t piece = 1; piece < 60; piece++) {
        run_split(piece, split, sizeof split);
        if (strcmp(whole, split))
            fail_msg("pieces of %zu: %s instead of %s", piece, split, whole);
    }
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_event_ffc_start),
        TEST(test_event_ffc_end),
        TEST(test_event_gain_change),
        TEST(test_event_over_temp),
        TEST(test_event_stream_end),
        TEST(test_event_frames_lost),
        TEST(test_event_frames_back),
        TEST(test_event_fault),
        TEST(test_event_fault_cleared),
        TEST(test_events_never_unasked),
        TEST(test_command_events_on),
        TEST(test_events_on_wrong_types),
        TEST(test_command_events_off),
        TEST(test_events_wait_for_replies),
        TEST(test_events_of_a_client_that_is_behind),
        TEST(test_events_of_frames_between_two_steps),
        TEST(test_an_ffc_between_two_frames),
        TEST(test_events_come_before_images),
        TEST(test_a_closed_client_gets_no_events),
        TEST(test_any_split_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
