/// Requests that wait: order, deadlines, answers that come late or never, clients that leave.
#include "support_rig.h"

#include <string.h>

#include "bus/clock.h"
#include "core/status.h"

static struct rig rig;

static int setup(void **state) {
    (void)state;
    rig_init(&rig);
    return 0;
}

#define FFC "{\"cmd\":\"run_ffc\"}"
#define STATUS_REPLY                                                                               \
    "{\"status\":{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","                  \
    "\"Time\":\"0:00:01.0\",\"Date\":\"1/1/00\"}}"

static void later_commands_wait_for_the_camera(void **state) {
    (void)state;
    static const char bytes[] = "\x02" FFC "\x03\x02{\"cmd\":\"get_status\"}\x03";
    size_t size = sizeof bytes - 1;
    size_t first = sizeof "\x02" FFC "\x03" - 1;
    assert_int_equal(rig_feed(&rig, bytes, size), first);
    assert_int_equal(rig_feed(&rig, bytes + first, size - first), 0);
    rig_expect_nothing(&rig);
    rig_answer(&rig, IB_OK);
    assert_int_equal(rig.notified, 1);
    // The answer is there, the reply not given out yet: still one at a time.
    assert_int_equal(rig_feed(&rig, bytes + first, size - first), 0);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
    assert_int_equal(rig_feed(&rig, bytes + first, size - first), size - first);
    rig_expect(&rig, STATUS_REPLY);
    rig_expect_nothing(&rig);
}

static void later_commands_wait_for_a_reply_to_go(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    assert_int_equal(rig_feed(&rig, "\x02{}\x03", 4), 0);
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&rig.session, rig.now_us, true, &chunk); // the client is busy
    assert_int_equal(chunk.size, 0);
    assert_int_equal(rig_feed(&rig, "\x02{}\x03", 4), 0);
    rig_expect(&rig, STATUS_REPLY);
    assert_int_equal(rig_feed(&rig, "\x02{}\x03", 4), 4);
    rig_expect(&rig, rig_info(2, "Json string wasn't command"));
}

static void an_image_is_a_reply_too(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    assert_int_equal(rig_feed(&rig, "\x02{}\x03", 4), 0);
    rig_expect_nothing(&rig);
    rig_frame(&rig, 0);
    rig_expect_image(&rig);
    assert_int_equal(rig_feed(&rig, "\x02{}\x03", 4), 4);
    rig_expect(&rig, rig_info(2, "Json string wasn't command"));
}

static void an_image_that_never_comes(void **state) {
    (void)state;
    assert_true(ib_tcam_session_due(&rig.session) == IB_NEVER);
    rig_frame(&rig, 0); // completed before the request: not the answer
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    uint64_t due_us = ib_tcam_session_due(&rig.session);
    assert_int_equal(due_us, rig.now_us + 5000000);
    rig.now_us = due_us - 1;
    rig_expect_nothing(&rig);
    rig.now_us = due_us;
    rig_expect(&rig, rig_info(0, "get_image failed"));
    rig_expect_nothing(&rig);
    assert_true(ib_tcam_session_due(&rig.session) == IB_NEVER);
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig);
}

static void an_image_at_the_last_moment(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig.now_us = ib_tcam_session_due(&rig.session);
    rig_frame(&rig, 0);
    rig_expect_image(&rig);
    rig_expect_nothing(&rig);
}

static void a_camera_that_never_answers(void **state) {
    (void)state;
    rig_say(&rig, FFC);
    uint64_t due_us = ib_tcam_session_due(&rig.session);
    assert_int_equal(due_us, rig.now_us + 5500000);
    rig.now_us = due_us - 1;
    rig_expect_nothing(&rig);
    rig.now_us = due_us;
    rig_expect(&rig, rig_info(0, "run_ffc failed"));
    // The camera still holds the request's memory: nothing else may be asked of it …
    static const char *const asks[][2] = {
        {FFC, "run_ffc failed"},
        {"{\"cmd\":\"set_config\",\"args\":{\"gain_mode\":1}}", "set_config failed"},
        {"{\"cmd\":\"set_spotmeter\",\"args\":{\"r1\":1,\"c1\":2,\"r2\":3,\"c2\":4}}",
         "set_spotmeter failed"},
        {"{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":512,\"length\":4}}", "get_lep_cci failed"},
        {"{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":514,\"length\":0}}", "set_lep_cci failed"},
    };
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++)
        rig_refuses(&rig, asks[i][0], 0, asks[i][1]);
    // … but everything that needs no Lepton goes on.
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    // The late answer is nobody's reply, and frees the way.
    rig_answer(&rig, IB_OK);
    rig_expect_nothing(&rig);
    rig_say(&rig, FFC);
    assert_int_equal(rig.camera.posts, 2);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
}

static void a_late_answer_frees_the_way_without_a_pull(void **state) {
    (void)state;
    rig_say(&rig, FFC);
    rig.now_us = ib_tcam_session_due(&rig.session);
    rig_expect(&rig, rig_info(0, "run_ffc failed"));
    rig_answer(&rig, IB_E_TIMEOUT);
    rig_say(&rig, FFC);
    assert_int_equal(rig.camera.posts, 2);
    rig_expect_nothing(&rig);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
}

static void an_answer_at_the_deadline_counts(void **state) {
    (void)state;
    rig_say(&rig, FFC);
    rig.now_us = ib_tcam_session_due(&rig.session) + 1000;
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
    rig_expect_nothing(&rig);
}

static void closing_while_a_request_is_under_way(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":512,\"length\":512}}");
    assert_false(ib_tcam_session_close(&rig.session));
    assert_true(ib_tcam_session_due(&rig.session) == IB_NEVER);
    assert_false(ib_tcam_session_close(&rig.session));
    // The camera writes into the session until it has answered.
    rig_answer(&rig, IB_OK);
    rig_expect_nothing(&rig);
    assert_int_equal(rig_feed(&rig, "\x02{}\x03", 4), 4);
    rig_expect_nothing(&rig);
    assert_true(ib_tcam_session_close(&rig.session));
    memset(&rig.session, 0xA5, sizeof rig.session);
}

static void closing_ends_everything_at_once(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    assert_true(ib_tcam_session_close(&rig.session));
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig);
    rig_init(&rig);
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    assert_true(ib_tcam_session_close(&rig.session));
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig);
}

static void closing_after_giving_up(void **state) {
    (void)state;
    rig_say(&rig, FFC);
    rig.now_us = ib_tcam_session_due(&rig.session);
    rig_expect(&rig, rig_info(0, "run_ffc failed"));
    assert_false(ib_tcam_session_close(&rig.session));
    rig_answer(&rig, IB_E_TIMEOUT);
    assert_true(ib_tcam_session_close(&rig.session));
}

static void sessions_do_not_share_requests(void **state) {
    (void)state;
    static struct ib_tcam_session other;
    ib_tcam_session_init(&other, &rig.tcam, rig.now_us);
    rig_say(&rig, FFC);
    static const char status[] = "\x02{\"cmd\":\"get_status\"}\x03";
    assert_int_equal(
        ib_tcam_session_feed(&other, (const uint8_t *)status, sizeof status - 1, rig.now_us),
        sizeof status - 1);
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&other, rig.now_us, false, &chunk);
    assert_int_equal(chunk.size, strlen(STATUS_REPLY) + 2);
    assert_memory_equal(chunk.bytes + 1, STATUS_REPLY, strlen(STATUS_REPLY));
    rig_answer(&rig, IB_OK);
    ib_tcam_session_pull(&other, rig.now_us, false, &chunk);
    assert_int_equal(chunk.size, 0);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(later_commands_wait_for_the_camera),
        TEST(later_commands_wait_for_a_reply_to_go),
        TEST(an_image_is_a_reply_too),
        TEST(an_image_that_never_comes),
        TEST(an_image_at_the_last_moment),
        TEST(a_camera_that_never_answers),
        TEST(a_late_answer_frees_the_way_without_a_pull),
        TEST(an_answer_at_the_deadline_counts),
        TEST(closing_while_a_request_is_under_way),
        TEST(closing_ends_everything_at_once),
        TEST(closing_after_giving_up),
        TEST(sessions_do_not_share_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
