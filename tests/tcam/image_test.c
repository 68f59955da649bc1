/// The image packet: its bytes against the frame they came from, with a decoder of the test's own.
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

static int sextet(char c) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(alphabet, c);
    assert_non_null(at);
    return (int)(at - alphabet);
}

/// `count` little-endian words from base64 without padding; returns what follows.
static const char *words(const char *text, uint16_t *out, size_t count) {
    for (size_t i = 0; i < count * 2; i += 3, text += 4) {
        int group =
            sextet(text[0]) << 18 | sextet(text[1]) << 12 | sextet(text[2]) << 6 | sextet(text[3]);
        for (size_t b = 0; b < 3; b++) {
            uint16_t byte = (uint16_t)(group >> (16 - 8 * b) & 255);
            size_t at = i + b;
            if (at % 2 == 0)
                out[at / 2] = byte;
            else
                out[at / 2] = (uint16_t)(out[at / 2] | byte << 8);
        }
    }
    return text;
}

static const char *literal(const char *text, const char *wanted) {
    assert_memory_equal(text, wanted, strlen(wanted));
    return text + strlen(wanted);
}

static uint16_t pixels[160 * 120];
static uint16_t telemetry[240];

/// The whole packet: every byte is accounted for.
static void decode(const struct ib_tcam_chunk *chunk, const char *metadata) {
    const char *text = literal(chunk->bytes, "\x02{\"metadata\":");
    text = literal(text, metadata);
    text = literal(text, ",\"radiometric\":\"");
    text = words(text, pixels, 160 * 120);
    text = literal(text, "\",\"telemetry\":\"");
    text = words(text, telemetry, 240);
    text = literal(text, "\"}\x03");
    assert_int_equal(text - chunk->bytes, chunk->size);
}

static struct ib_tcam_chunk get_image(uint32_t flags, uint16_t width_px, uint16_t height_px) {
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig.now_us += 123456;
    rig_frame_sized(&rig, flags, width_px, height_px);
    rig.now_us += 50000; // the time in it is the frame's own
    return rig_expect_image(&rig);
}

static void a_frame_arrives_as_it_was(void **state) {
    (void)state;
    struct ib_tcam_chunk chunk = get_image(0, 160, 120);
    decode(&chunk, "{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","
                   "\"Time\":\"0:00:01.123\",\"Date\":\"1/1/00\"}");
    // The documented size: 51,942 and the five values.
    assert_int_equal(chunk.size, 51942 + 14 + 1 + 3 + 11 + 6);
    for (uint32_t i = 0; i < 160 * 120; i++)
        assert_int_equal(pixels[i], rig_pixel(1, i));
    for (uint32_t i = 0; i < 240; i++)
        assert_int_equal(telemetry[i], rig_telemetry(1, i));
}

static void a_smaller_sensor_is_doubled(void **state) {
    (void)state;
    rig_module(&rig, IB_LEPTON_2_0, 80, false);
    struct ib_tcam_chunk chunk = get_image(0, 80, 60);
    decode(&chunk, "{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":258,\"Version\":\"2.0\","
                   "\"Time\":\"0:00:01.123\",\"Date\":\"1/1/00\"}");
    for (uint32_t y = 0; y < 120; y++) {
        for (uint32_t x = 0; x < 160; x++)
            assert_int_equal(pixels[y * 160 + x], rig_pixel(1, y / 2 * 80 + x / 2));
    }
    for (uint32_t i = 0; i < 240; i++)
        assert_int_equal(telemetry[i], rig_telemetry(1, i));
}

static void another_size_is_no_image(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    for (int i = 0; i < 5; i++) {
        rig_frame_sized(&rig, 0, 32, 24);
        rig_expect_nothing(&rig);
    }
    assert_int_equal(rig.logged, 1); // said once
    rig_frame(&rig, 0);
    rig_expect_image(&rig);
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame_sized(&rig, 0, 32, 24);
    rig_expect_nothing(&rig);
    assert_int_equal(rig.logged, 2);
    rig.now_us = ib_tcam_session_due(&rig.session);
    rig_expect(&rig, rig_info(0, "get_image failed"));
}

static void time_is_the_clock_s_when_the_frame_was_complete(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"set_time\",\"args\":{\"sec\":59,\"min\":59,\"hour\":23,\"dow\":5,"
                  "\"day\":31,\"mon\":12,\"year\":54}}");
    rig_expect(&rig, rig_info(1, "set_time success"));
    rig.now_us += 900000;
    struct ib_tcam_chunk chunk = get_image(0, 160, 120);
    decode(&chunk, "{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","
                   "\"Time\":\"0:00:00.23\",\"Date\":\"1/1/25\"}");
}

static void the_clock_never_shows_less_than_2000(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    rig.now_us += 2000000;
    // Two seconds after the frame somebody else sets the clock to the very start.
    static struct ib_tcam_session other;
    ib_tcam_session_init(&other, &rig.tcam, rig.now_us);
    static const char set[] = "\x02{\"cmd\":\"set_time\",\"args\":{\"sec\":0,\"min\":0,\"hour\":0,"
                              "\"dow\":7,\"day\":1,\"mon\":1,\"year\":30}}\x03";
    assert_int_equal(ib_tcam_session_feed(&other, (const uint8_t *)set, sizeof set - 1, rig.now_us),
                     sizeof set - 1);
    struct ib_tcam_chunk chunk = rig_expect_image(&rig);
    decode(&chunk, "{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","
                   "\"Time\":\"0:00:00.0\",\"Date\":\"1/1/00\"}");
}

static void a_start_before_2000_is_2000(void **state) {
    (void)state;
    struct ib_tcam_config config = {.camera = rig.tcam.camera,
                                    .hub = &rig.hub,
                                    .name = "x",
                                    .version = "1",
                                    .wall_offset_us = -5};
    static struct ib_tcam tcam;
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_OK);
    assert_int_equal(ib_tcam_wall_us(&tcam, 7), INT64_C(946684800000007));
}

static void the_longest_names_fit(void **state) {
    (void)state;
    char name[33];
    memset(name, 1, 32); // each becomes six characters
    name[32] = 0;
    struct ib_tcam_config config = {.camera = rig.tcam.camera,
                                    .hub = &rig.hub,
                                    .name = name,
                                    .version = "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
                                               "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
                                               "\x01\x01\x01\x01\x01\x01\x01",
                                    .model_base = UINT32_MAX,
                                    .wall_offset_us = INT64_C(4102444799999000)};
    assert_int_equal(ib_tcam_init(&rig.tcam, &config), IB_OK);
    struct ib_tcam_chunk chunk = get_image(0, 160, 120);
    assert_in_range(chunk.size, 52000, sizeof rig.tcam.packet);
    assert_int_equal(chunk.bytes[chunk.size - 1], 3);
    assert_null(memchr(chunk.bytes + 1, 2, chunk.size - 1));
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    struct ib_tcam_chunk status;
    ib_tcam_session_pull(&rig.session, rig.now_us, false, &status);
    assert_in_range(status.size, 400, IB_TCAM_REPLY_BYTES);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_frame_arrives_as_it_was),
        TEST(a_smaller_sensor_is_doubled),
        TEST(another_size_is_no_image),
        TEST(time_is_the_clock_s_when_the_frame_was_complete),
        TEST(the_clock_never_shows_less_than_2000),
        TEST(a_start_before_2000_is_2000),
        TEST(the_longest_names_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
