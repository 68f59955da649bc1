/// Streams on a clock that the test moves: which frames become images, and when.
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

static void stream_on(int delay_ms, int images) {
    char json[120];
    snprintf(json, sizeof json,
             "{\"cmd\":\"stream_on\",\"args\":{\"delay_msec\":%d,\"num_frames\":%d}}", delay_ms,
             images);
    rig_say(&rig, json);
    rig_expect(&rig, rig_info(1, "stream_on success"));
}

/// One frame period passes, a frame is there. Return: whether it was sent as an image.
static bool next_frame(uint32_t flags) {
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, flags);
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
    if (chunk.size) {
        assert_true(chunk.image);
        assert_int_equal(chunk.captured_us, rig.now_us);
    }
    rig_expect_nothing(&rig); // never twice
    return chunk.size != 0;
}

static void every_frame_when_there_is_no_delay(void **state) {
    (void)state;
    rig_frame(&rig, 0); // before stream_on: not part of it
    stream_on(0, 0);
    rig_expect_nothing(&rig);
    for (int i = 0; i < 300; i++)
        assert_true(next_frame(0));
    assert_int_equal(rig.tcam.counters.images_sent, 300);
    assert_int_equal(rig.tcam.counters.images_encoded, 300);
    rig_say(&rig, "{\"cmd\":\"stream_off\"}");
    rig_expect(&rig, rig_info(1, "stream_off success"));
    assert_false(next_frame(0));
}

static void the_ack_comes_before_the_first_image(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_frame(&rig, 0);
    rig_expect(&rig, rig_info(1, "stream_on success"));
    rig_expect_image(&rig);
}

static void a_frame_on_its_way_at_the_start_is_the_first(void **state) {
    (void)state;
    stream_on(60000, 0);
    rig.now_us -= 50; // complete just before T0, published just after
    rig_frame(&rig, 0);
    rig.now_us += 100;
    rig_expect_image(&rig);
    assert_false(next_frame(0));
}

static void num_frames_counts_images(void **state) {
    (void)state;
    stream_on(0, 3);
    assert_true(next_frame(0));
    assert_false(next_frame(IB_FRAME_FFC)); // not an image, not counted
    assert_true(next_frame(0));
    assert_true(next_frame(0));
    for (int i = 0; i < 20; i++)
        assert_false(next_frame(0)); // and ended in silence
    assert_int_equal(rig.tcam.counters.images_sent, 3);
}

/// The schedule is T0 + k * delay for ever: image k is the first frame at or after it.
static void the_schedule_does_not_drift(void **state) {
    (void)state;
    static const int delays_ms[] = {250, 300, 1000, 1130, 2001, 60000};
    for (size_t d = 0; d < sizeof delays_ms / sizeof delays_ms[0]; d++) {
        rig_init(&rig);
        uint64_t t0 = rig.now_us;
        uint64_t delay_us = (uint64_t)delays_ms[d] * 1000;
        stream_on(delays_ms[d], 0);
        uint64_t k = 0;
        for (int i = 0; i < 3000; i++) {
            bool due = rig.now_us + RIG_FRAME_US >= t0 + k * delay_us;
            if (next_frame(0) != due)
                fail_msg("delay %d ms, frame %d: image %d", delays_ms[d], i, (int)k);
            k += due;
        }
        uint64_t passed = (rig.now_us - t0) / delay_us;
        assert_in_range(k, passed, passed + 1);
    }
}

static void delays_shorter_than_a_frame_send_every_frame(void **state) {
    (void)state;
    stream_on(40, 0);
    for (int i = 0; i < 200; i++)
        assert_true(next_frame(0));
    // Nothing was saved up: a longer schedule starts afresh.
    stream_on(1000, 0);
    assert_true(next_frame(0));
    assert_false(next_frame(0));
}

static void a_short_pause_is_caught_up(void **state) {
    (void)state;
    stream_on(1000, 0);
    uint64_t t0 = rig.now_us;
    int sent = 0;
    for (int i = 0; i < 9; i++)
        sent += next_frame(0); // to t0 + 1.02 s: k = 0 and 1
    assert_int_equal(sent, 2);
    rig.now_us = t0 + 5200000; // an FFC, a reboot: nothing came
    sent = 0;
    int in_a_row = 0;
    while (next_frame(0))
        in_a_row++;
    assert_int_equal(in_a_row, 4); // k = 2 to 5, back to back
    while (rig.now_us < t0 + 20000000)
        sent += next_frame(0);
    assert_int_equal(sent, 15); // k = 6 to 20, on the old grid
}

static void a_long_pause_is_not_chased(void **state) {
    (void)state;
    stream_on(250, 0);
    assert_true(next_frame(0));
    rig.now_us += UINT64_C(3600000000);
    int sent = 0;
    for (int i = 0; i < 100; i++)
        sent += next_frame(0);
    // 100 frames are 11.3 s: 45 or 46 on schedule, one that came after the pause, at most 10
    // missed.
    assert_in_range(sent, 46, 57);
    sent = 0;
    for (int i = 0; i < 100; i++)
        sent += next_frame(0);
    assert_in_range(sent, 45, 46);
}

static void frames_of_an_ffc_are_never_sent(void **state) {
    (void)state;
    stream_on(0, 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(next_frame(i % 3 ? IB_FRAME_FFC : 0), i % 3 == 0);
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    for (int i = 0; i < 10; i++)
        assert_false(next_frame(IB_FRAME_FFC));
    assert_true(next_frame(0));
}

static void get_image_ends_a_stream(void **state) {
    (void)state;
    stream_on(0, 0);
    assert_true(next_frame(0));
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_expect_nothing(&rig);
    assert_true(next_frame(0));
    for (int i = 0; i < 20; i++)
        assert_false(next_frame(0));
}

static void stream_on_again_starts_afresh(void **state) {
    (void)state;
    stream_on(60000, 5);
    assert_true(next_frame(0));
    assert_false(next_frame(0));
    stream_on(0, 2);
    assert_true(next_frame(0));
    assert_true(next_frame(0));
    assert_false(next_frame(0));
}

static void a_refused_stream_on_changes_nothing(void **state) {
    (void)state;
    stream_on(0, 0);
    assert_true(next_frame(0));
    rig_refuses(&rig, "{\"cmd\":\"stream_on\",\"args\":{\"delay_msec\":[]}}", 0,
                "stream_on failed");
    assert_true(next_frame(0));
}

static void images_go_on_while_a_request_waits(void **state) {
    (void)state;
    stream_on(0, 0);
    rig_say(&rig, "{\"cmd\":\"run_ffc\"}");
    assert_true(next_frame(0));
    rig_answer(&rig, IB_OK);
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, 0);
    rig_expect(&rig, rig_info(1, "run_ffc success")); // the reply goes first
    rig_expect_image(&rig);
    rig_expect_nothing(&rig);
}

static void busy_for(int frames) {
    struct ib_tcam_chunk chunk;
    for (int i = 0; i < frames; i++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        for (int again = 0; again < 3; again++) {
            ib_tcam_session_pull(&rig.session, rig.now_us, true, &chunk);
            assert_int_equal(chunk.size, 0);
        }
    }
}

static void a_slow_client_gets_the_newest(void **state) {
    (void)state;
    stream_on(0, 0);
    assert_true(next_frame(0));
    busy_for(5);
    assert_int_equal(rig.tcam.counters.images_skipped, 4);
    struct ib_tcam_chunk chunk = rig_expect_image(&rig);
    assert_int_equal(chunk.captured_us, rig.now_us);
    rig_expect_nothing(&rig);
    busy_for(1);
    rig_expect_image(&rig);
    assert_int_equal(rig.tcam.counters.images_skipped, 4);
    assert_true(next_frame(0));
    assert_int_equal(rig.tcam.counters.images_sent, 4);
}

static void a_client_not_streaming_skips_nothing(void **state) {
    (void)state;
    busy_for(10);
    stream_on(60000, 0);
    assert_true(next_frame(0));
    busy_for(10); // none of them was due
    assert_int_equal(rig.tcam.counters.images_skipped, 0);
}

static void clients_share_one_encoding(void **state) {
    (void)state;
    static struct ib_tcam_session others[20];
    static const char on[] = "\x02{\"cmd\":\"stream_on\"}\x03";
    struct ib_tcam_chunk chunk;
    for (int i = 0; i < 20; i++) {
        ib_tcam_session_init(&others[i], &rig.tcam, rig.now_us);
        assert_int_equal(
            ib_tcam_session_feed(&others[i], (const uint8_t *)on, sizeof on - 1, rig.now_us),
            sizeof on - 1);
        ib_tcam_session_pull(&others[i], rig.now_us, false, &chunk);
        assert_false(chunk.image);
    }
    for (int f = 0; f < 10; f++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        const char *bytes = NULL;
        for (int i = 0; i < 20; i++) {
            ib_tcam_session_pull(&others[i], rig.now_us, false, &chunk);
            assert_true(chunk.image);
            assert_int_equal(chunk.captured_us, rig.now_us);
            assert_true(!bytes || bytes == chunk.bytes);
            bytes = chunk.bytes;
        }
    }
    assert_int_equal(rig.tcam.counters.images_encoded, 10);
    assert_int_equal(rig.tcam.counters.images_sent, 200);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_frame_when_there_is_no_delay),
        TEST(the_ack_comes_before_the_first_image),
        TEST(a_frame_on_its_way_at_the_start_is_the_first),
        TEST(num_frames_counts_images),
        TEST(the_schedule_does_not_drift),
        TEST(delays_shorter_than_a_frame_send_every_frame),
        TEST(a_short_pause_is_caught_up),
        TEST(a_long_pause_is_not_chased),
        TEST(frames_of_an_ffc_are_never_sent),
        TEST(get_image_ends_a_stream),
        TEST(stream_on_again_starts_afresh),
        TEST(a_refused_stream_on_changes_nothing),
        TEST(images_go_on_while_a_request_waits),
        TEST(a_slow_client_gets_the_newest),
        TEST(a_client_not_streaming_skips_nothing),
        TEST(clients_share_one_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
