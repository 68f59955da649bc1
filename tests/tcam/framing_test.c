/// Packets out of bytes: resynchronisation, limits, and the same events however the bytes are cut.
#include "support_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"

static struct rig rig;

static int setup(void **state) {
    (void)state;
    rig_init(&rig);
    return 0;
}

#define OFF "\x02{\"cmd\":\"stream_off\"}\x03"

/// Feed all of it, pulling whenever the session wants to be rid of a reply; count the replies that
/// equal `text`. Nothing else may come.
static int count_replies(const void *bytes, size_t size, const char *text) {
    int count = 0;
    size_t done = 0;
    for (;;) {
        done += rig_feed(&rig, (const char *)bytes + done, size - done);
        struct ib_tcam_chunk chunk;
        ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
        if (!chunk.size)
            break;
        assert_int_equal(chunk.size, strlen(text) + 2);
        assert_memory_equal(chunk.bytes + 1, text, chunk.size - 2);
        count++;
    }
    assert_int_equal(done, size);
    return count;
}

static int count_acks(const char *bytes) {
    return count_replies(bytes, strlen(bytes), rig_info(1, "stream_off success"));
}

static void packets_may_follow_each_other(void **state) {
    (void)state;
    assert_int_equal(count_acks(OFF), 1);
    assert_int_equal(count_acks(OFF OFF OFF), 3);
}

static void bytes_outside_of_packets_are_skipped(void **state) {
    (void)state;
    assert_int_equal(count_acks("POSTER / 1.1\r\n\r\n" OFF "junk{}" OFF "\x03\x03\x03" OFF "\x03"),
                     3);
    // Later on this is nothing special either.
    assert_int_equal(count_acks("GET / HTTP/1.1\r\n\r\n" OFF), 1);
    assert_int_equal(count_acks("{\"cmd\":\"stream_off\"}\x03"), 0);
    static const char zeros[300] = {0};
    assert_int_equal(count_replies(zeros, sizeof zeros, ""), 0);
    assert_int_equal(count_acks(OFF), 1);
}

/// A browser sends what a page of anywhere tells it to.
static void a_request_of_http_is_no_client(void **state) {
    (void)state;
    static const char order[] = "POST / HTTP/1.1\r\nOrigin: http://evil.example\r\n\r\n" OFF;
    for (size_t piece = 1; piece <= sizeof order; piece++) {
        struct ib_tcam_chunk chunk;
        rig_init(&rig);
        for (size_t at = 0; at < sizeof order - 1; at += piece) {
            size_t left = sizeof order - 1 - at;
            size_t size = piece < left ? piece : left;
            assert_int_equal(rig_feed(&rig, order + at, size), size);
        }
        ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
        assert_int_equal(chunk.size, 0);
        assert_true(chunk.hang_up);
    }
}

static void a_second_start_begins_again(void **state) {
    (void)state;
    assert_int_equal(count_acks("\x02{\"cmd\":\"reb" OFF), 1);
    assert_int_equal(count_acks("\x02\x02\x02" OFF), 1);
    assert_int_equal(count_acks("\x02{\"cmd\":\"stream_off\"}" OFF), 1);
}

static void a_nul_ends_the_text(void **state) {
    (void)state;
    static const char bytes[] = "\x02{\"cmd\":\"stream_off\"}\0}}}{\x03" OFF;
    assert_int_equal(count_replies(bytes, sizeof bytes - 1, rig_info(1, "stream_off success")), 2);
    static const char cut[] = "\x02{\"cmd\":\0\"stream_off\"}\x03";
    assert_int_equal(
        count_replies(cut, sizeof cut - 1, rig_info(3, "Couldn't convert json string")), 1);
}

static void an_empty_packet_is_bad(void **state) {
    (void)state;
    const char *bad = rig_info(3, "Couldn't convert json string");
    assert_int_equal(count_replies("\x02\x03\x02 \x03", 5, bad), 2);
}

/// A stream_off padded with `size` bytes in all between the delimiters.
static char *padded(size_t size) {
    char *text = malloc(size + 3);
    assert_non_null(text);
    memset(text, ' ', size + 2);
    memcpy(text, "\x02{\"cmd\":\"stream_off\"}", 21);
    text[size + 1] = 3;
    text[size + 2] = 0;
    return text;
}

static void the_longest_command(void **state) {
    (void)state;
    char *text = padded(IB_TCAM_RX_BYTES);
    assert_int_equal(count_acks(text), 1);
    free(text);
    assert_int_equal(rig.tcam.counters.overlong, 0);
}

static void a_longer_one_is_answered_once(void **state) {
    (void)state;
    static const size_t sizes[] = {IB_TCAM_RX_BYTES + 1, IB_TCAM_RX_BYTES + 2, 20000, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = padded(sizes[i]);
        const char *bad = rig_info(3, "Couldn't convert json string");
        assert_int_equal(count_replies(text, sizes[i] + 2, bad), 1);
        free(text);
        assert_int_equal(rig.tcam.counters.overlong, i + 1);
        assert_int_equal(count_acks(OFF), 1);
    }
    assert_int_equal(rig.tcam.counters.commands, 8);
    assert_int_equal(rig.tcam.counters.bad_commands, 4);
}

static void a_start_inside_a_long_one_saves_the_next(void **state) {
    (void)state;
    char *text = padded(12000);
    text[12001] = ' '; // no end
    assert_int_equal(count_acks(text), 0);
    assert_int_equal(count_acks(text), 0);
    free(text);
    assert_int_equal(count_acks(OFF), 1);
    assert_int_equal(rig.tcam.counters.overlong, 0);
}

static void nesting_has_a_limit(void **state) {
    (void)state;
    static char text[4200];
    for (int depth = 998; depth <= 1002; depth++) {
        // The object around it is one level more.
        int n = snprintf(text, sizeof text, "\x02{\"cmd\":\"stream_off\",\"args\":");
        memset(text + n, '[', (size_t)depth - 1);
        memset(text + n + depth - 1, ']', (size_t)depth - 1);
        strcpy(text + n + 2 * (depth - 1), "}\x03");
        const char *reply = depth <= 1000 ? rig_info(1, "stream_off success")
                                          : rig_info(3, "Couldn't convert json string");
        assert_int_equal(count_replies(text, strlen(text), reply), 1);
    }
}

static void every_truncation_is_one_reply(void **state) {
    (void)state;
    static const char whole[] = "{\"cmd\":\"set_config\",\"args\":{\"agc_enabled\":1,"
                                "\"emissivity\":98,\"gain_mode\":2}}";
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        rig_feed(&rig, "\x02", 1);
        rig_feed(&rig, whole, size);
        rig_feed(&rig, "\x03", 1);
        rig_expect(&rig, rig_info(3, "Couldn't convert json string"));
        rig_expect_nothing(&rig);
    }
    assert_int_equal(rig.camera.posts, 0);
}

static void every_damaged_byte_is_at_most_one_reply(void **state) {
    (void)state;
    static const char whole[] = "\x02{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173,"
                                "\"length\":4,\"data\":\"OwBPADwAUAA=\"}}\x03";
    rig.camera.at_once = true;
    char text[sizeof whole];
    for (size_t i = 0; i < sizeof whole - 1; i++) {
        for (int value = 0; value < 256; value++) {
            memcpy(text, whole, sizeof whole);
            text[i] = (char)value;
            size_t taken = rig_feed(&rig, text, sizeof whole - 1);
            struct ib_tcam_chunk chunk;
            int replies = 0;
            do {
                ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
                replies += chunk.size != 0;
                taken += rig_feed(&rig, text + taken, sizeof whole - 1 - taken);
            } while (chunk.size);
            assert_int_equal(taken, sizeof whole - 1);
            assert_in_range(replies, 0, 1);
        }
    }
}

// ------------------------------------------------------------------------------------------------
// 10,000 ways to cut the same bytes.

static const char everything[] =
    "\x03junk" OFF "\x02\x02{\"cmd\":\"get_status\"}\x03"
    "\x02{\"cmd\":\"get_image\"}\x03"
    "\x02{\"cmd\":\"set_time\",\"args\":{\"sec\":14,\"min\":10,\"hour\":21,\"dow\":2,\"day\":18,"
    "\"mon\":5,\"year\":50}}\x03"
    "\x02{\"cmd\":\"get_config\"}\x03more junk\x03\x03"
    "\x02{\"cmd\":\"set_config\",\"args\":{\"emissivity\":98.0}}\x03"
    "\x02{\"cmd\":\"set_config\",\"args\":{\"emissivity\":\"98\"}}\x03"
    "\x02{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":4}}\x03"
    "\x02{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173,\"length\":4,\"data\":\"OwBPADwAUAA="
    "\"}}\x03\x02{\"cmd\":\"get_wifi\"}\x03\x02{\"cmd\":\"nonsense\"}\x03\x02\x03\x02{\"cmd\":5}"
    "\x03\x02{\"cmd\":\"lost\x02{\"cmd\":\"run_ffc\"}\x03\x02{\"cmd\":\"get_sta";

static char *script;
static size_t script_size;

static void make_script(void) {
    // One overlong command stands before all the others.
    size_t head = 1 + IB_TCAM_RX_BYTES + 700;
    script_size = head + sizeof everything - 1;
    script = malloc(script_size);
    assert_non_null(script);
    memset(script, 'x', head);
    script[0] = 2;
    memcpy(script + head, everything, sizeof everything - 1);
}

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static uint64_t digest(uint64_t hash, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

struct outcome {
    uint64_t hash; ///< of all bytes given out
    size_t bytes;
    unsigned packets;
    unsigned posts;
    struct ib_tcam_counters counters;
};

/// Give out all there is; a wait for an image gets one.
static void drain(struct outcome *out) {
    struct ib_tcam_chunk chunk;
    for (;;) {
        ib_tcam_session_pull(&rig.session, rig.now_us, false, &chunk);
        if (chunk.size) {
            out->hash = digest(out->hash, chunk.bytes, chunk.size);
            out->bytes += chunk.size;
            out->packets++;
        } else if (ib_tcam_session_due(&rig.session) != UINT64_MAX) {
            rig_frame_sized(&rig, 0, 160, 120);
        } else {
            return;
        }
    }
}

/// Pieces of a size that the seed chooses: from single bytes to all at once.
static void run_split(struct outcome *out, uint32_t seed, size_t whole) {
    memset(out, 0, sizeof *out);
    rig_init(&rig);
    rig.camera.at_once = true;
    uint32_t scale = seed ? 1u << next_random(&seed) % 14 : 0;
    size_t at = 0;
    while (at < script_size) {
        size_t size = scale ? 1 + next_random(&seed) % scale : whole;
        if (size > script_size - at)
            size = script_size - at;
        size_t taken = 0;
        while (taken < size) {
            taken += rig_feed(&rig, script + at + taken, size - taken);
            drain(out);
        }
        at += size;
    }
    out->posts = rig.camera.posts;
    out->counters = rig.tcam.counters;
}

static void any_split_gives_the_same_replies(void **state) {
    (void)state;
    make_script();
    struct outcome wanted, got;
    run_split(&wanted, 0, script_size);
    assert_int_equal(wanted.packets, 15);
    assert_int_equal(wanted.posts, 4);
    assert_int_equal(wanted.counters.overlong, 1);
    assert_int_equal(wanted.counters.images_sent, 1);
    run_split(&got, 0, 1);
    assert_memory_equal(&got, &wanted, sizeof got);
    for (uint32_t seed = 1; seed <= 10000; seed++) {
        run_split(&got, seed, 0);
        if (memcmp(&got, &wanted, sizeof got))
            fail_msg("seed %u: %zu bytes in %u packets, wanted %zu in %u", seed, got.bytes,
                     got.packets, wanted.bytes, wanted.packets);
    }
    free(script);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(packets_may_follow_each_other),
        TEST(bytes_outside_of_packets_are_skipped),
        TEST(a_request_of_http_is_no_client),
        TEST(a_second_start_begins_again),
        TEST(a_nul_ends_the_text),
        TEST(an_empty_packet_is_bad),
        TEST(the_longest_command),
        TEST(a_longer_one_is_answered_once),
        TEST(a_start_inside_a_long_one_saves_the_next),
        TEST(nesting_has_a_limit),
        TEST(every_truncation_is_one_reply),
        TEST(every_damaged_byte_is_at_most_one_reply),
        TEST(any_split_gives_the_same_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
