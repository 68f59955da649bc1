/// One test for each statement of the README about packets, and about which interface the board has.
/// Corners of framing are in framing_test.c.
/// Source:  tCam-Mini README, "Operation", "Command Interface", "Streaming".
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "boards/tcam_mini.h"
#include "core/status.h"

static struct rig rig;

static int setup(void **state) {
    (void)state;
    rig_init(&rig);
    return 0;
}

static size_t feed(const char *text) {
    return rig_feed(&rig, text, strlen(text));
}

static void expect_ack(void) {
    rig_expect(&rig, rig_info(1, "stream_off success"));
    rig_expect_nothing(&rig);
}

static void test_command_start_delimiter_0x02(void **state) {
    (void)state;
    feed("{\"cmd\":\"stream_off\"}\x03"); // without it
    rig_expect_nothing(&rig);
    feed("\x02{\"cmd\":\"stream_off\"}\x03");
    expect_ack();
}

static void test_command_end_delimiter_0x03(void **state) {
    (void)state;
    feed("\x02{\"cmd\":\"stream_off\"}");
    rig.now_us += 3600000000u;
    rig_expect_nothing(&rig); // whole or not, it has not ended
    feed("\x03");
    expect_ack();
}

static void test_response_delimiters_0x02_and_0x03(void **state) {
    (void)state;
    struct ib_tcam_chunk chunk;
    feed("\x02{\"cmd\":\"stream_off\"}\x03");
    ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
    assert_int_equal(chunk.bytes[0], 0x02);
    assert_int_equal(chunk.bytes[chunk.size - 1], 0x03);
    assert_null(memchr(chunk.bytes + 1, 0x02, chunk.size - 2));
    assert_null(memchr(chunk.bytes + 1, 0x03, chunk.size - 2));
}

static void test_command_tightly_packed_or_with_white_space(void **state) {
    (void)state;
    feed("\x02{\"cmd\":\"stream_off\"}\x03");
    expect_ack();
    feed("\x02\r\n{\t\"cmd\" :\n\n   \"stream_off\"\r\n}\n\x03");
    expect_ack();
}

static void test_command_of_256_bytes(void **state) {
    (void)state;
    static const char command[] = "\x02{\"cmd\":\"stream_off\"}";
    static char text[11002];
    // The README's longest, and one as long as its own fw_segment has to be.
    static const size_t sizes[] = {255, 256, 257, 11000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i];
        memset(text, ' ', sizeof text);
        for (size_t k = 0; command[k]; k++)
            text[k] = command[k];
        text[size + 1] = 3;
        assert_int_equal(rig_feed(&rig, text, size + 2), size + 2);
        expect_ack();
    }
    assert_int_equal(rig.tcam.counters.overlong, 0);
}

static void test_command_buffering_of_1024_bytes(void **state) {
    (void)state;
    // One command is under way; what follows in the same 1,024 bytes is not lost.
    char text[1100] = "\x02{\"cmd\":\"run_ffc\"}\x03";
    unsigned commands = 0;
    while (strlen(text) + 25 < 1024) {
        strcat(text, "\x02{\"cmd\":\"stream_off\"}\x03");
        commands++;
    }
    size_t size = strlen(text), done = rig_feed(&rig, text, size);
    rig_expect_nothing(&rig);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
    for (unsigned i = 0; i < commands; i++) {
        done += rig_feed(&rig, text + done, size - done);
        rig_expect(&rig, rig_info(1, "stream_off success"));
    }
    assert_int_equal(done, size);
    rig_expect_nothing(&rig);
}

static void test_command_socket_at_port_5001(void **state) {
    (void)state;
    assert_int_equal(ib_board_tcam_mini.tcp_port, 5001);
}

static void test_usb_port_log_115200_baud(void **state) {
    (void)state;
    assert_int_equal(ib_board_tcam_mini.log_baud, 115200);
}

static void test_run_ffc_cam_info_response(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"run_ffc\"}");
    rig_expect_nothing(&rig); // when it is over
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
    rig_say(&rig, "{\"cmd\":\"run_ffc\"}");
    rig_answer(&rig, IB_E_IO);
    rig_expect(&rig, rig_info(0, "run_ffc failed"));
}

// ---- streaming ----

static void test_streaming_image_is_generated_repeatedly(void **state) {
    (void)state;
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig); // nobody asked
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    for (int i = 0; i < 20; i++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        rig_expect_image(&rig);
        rig_expect_nothing(&rig);
    }
}

static void test_streaming_no_images_during_an_ffc(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    for (int i = 0; i < 13; i++) { // about 1.5 s
        rig.now_us += RIG_FRAME_US;
        rig.frame_ffc_state = IB_FFC_RUNNING;
        rig_frame(&rig, IB_FRAME_FFC);
        rig_expect_nothing(&rig);
    }
    rig.frame_ffc_state = IB_FFC_DONE;
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, 0);
    rig_expect_image(&rig);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_command_start_delimiter_0x02),
        TEST(test_command_end_delimiter_0x03),
        TEST(test_response_delimiters_0x02_and_0x03),
        TEST(test_command_tightly_packed_or_with_white_space),
        TEST(test_command_of_256_bytes),
        TEST(test_command_buffering_of_1024_bytes),
        TEST(test_command_socket_at_port_5001),
        TEST(test_usb_port_log_115200_baud),
        TEST(test_run_ffc_cam_info_response),
        TEST(test_streaming_image_is_generated_repeatedly),
        TEST(test_streaming_no_images_during_an_ffc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
