/// The RTSP engine on bytes and a virtual clock: conversations, refusals, streams, ends.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "tests/core/support_random.h"
#include "tests/stream/support_rtsp.h"

#define UDP "RTP/AVP;unicast;client_port=5000-5001"
#define TCP "RTP/AVP/TCP;unicast;interleaved=2-3"
#define SECOND_US 1000000u

static struct stage stage;
static struct viewer viewer, other;

static int begin(void **state) {
    (void)state;
    stage_init(&stage);
    viewer_init(&viewer, &stage);
    viewer_init(&other, &stage);
    return 0;
}

static void contains(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("no \"%s\" in: %s", part, text);
}

static void a_whole_conversation(void **state) {
    (void)state;
    stage_show(&stage, 3000);
    assert_int_equal(
        viewer_ask(&viewer, "OPTIONS rtsp://h:8554/ironbow RTSP/1.0\r\nCSeq: 7\r\n\r\n"), 200);
    contains(viewer_answer(&viewer), "\r\nCSeq: 7\r\n");
    contains(viewer_answer(&viewer), "Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN");
    assert_int_equal(viewer_ask(&viewer, "DESCRIBE rtsp://h:8554/ironbow RTSP/1.0\r\nCSeq: 8\r\n"
                                         "Accept: application/sdp\r\n\r\n"),
                     200);
    const char *answer = viewer_answer(&viewer);
    contains(answer, "\r\nContent-Base: rtsp://h:8554/ironbow/\r\n");
    contains(answer, "\r\nContent-Type: application/sdp\r\n");
    contains(answer, "\r\n\r\nv=0\r\no=- ");
    contains(answer, " IN IP4 192.0.2.1\r\n");
    contains(answer, "m=video 0 RTP/AVP 26\r\n");
    contains(answer, "a=control:track0\r\n");
    contains(answer, "a=framerate:8.70\r\n");
    contains(answer, "a=range:npt=now-\r\n");
    contains(answer, "a=x-dimensions:640,480\r\n");
    size_t length = (size_t)atoi(strstr(answer, "Content-Length: ") + 16);
    assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), length);
    assert_int_equal(viewer_ask(&viewer,
                                "SETUP rtsp://h:8554/ironbow/track0 RTSP/1.0\r\nCSeq: 9\r\n"
                                "Transport: " UDP "\r\n\r\n"),
                     200);
    contains(viewer_answer(&viewer),
             "Transport: RTP/AVP;unicast;client_port=5000-5001;server_port=7000-7001;ssrc=");
    contains(viewer_answer(&viewer), ";timeout=60\r\n");
    assert_int_equal(stage.server.playing, 0);
    assert_int_equal(viewer_ask(&viewer, "PLAY rtsp://h:8554/ironbow/ RTSP/1.0\r\nCSeq: 10\r\n"
                                         "Session: %s\r\nRange: npt=0.000-\r\n\r\n"),
                     200);
    contains(viewer_answer(&viewer), "RTP-Info: url=rtsp://h:8554/ironbow/track0;seq=");
    assert_int_equal(stage.server.playing, 1);
    assert_int_equal(stage.wanted, 1);
    assert_int_equal(viewer.frames, 1); // the one that was there
    assert_int_equal(viewer.controls, 1);
    stage_show(&stage, 100);
    viewer_drain(&viewer);
    assert_int_equal(viewer.frames, 2);
    assert_int_equal(
        viewer_ask(&viewer,
                   "PAUSE rtsp://h:8554/ironbow/ RTSP/1.0\r\nCSeq: 11\r\nSession: %s\r\n\r\n"),
        200);
    stage_show(&stage, 100);
    viewer_drain(&viewer);
    assert_int_equal(viewer.frames, 2);
    assert_int_equal(viewer_ask(&viewer, "TEARDOWN rtsp://h:8554/ironbow/ RTSP/1.0\r\nCSeq: 12\r\n"
                                         "Session: %s\r\n\r\n"),
                     200);
    assert_int_equal(viewer.control[viewer.control_size - 7], 203); // BYE
    assert_int_equal(stage.server.playing, 0);
    assert_false(viewer.hung_up);
}

/// Requests in a session that is set up (`%s`), and what they get.
static void every_wrong_request_gets_its_status(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"DESCRIBE rtsp://h/ironbow RTSP/1.0\r\n\r\n", 400}, // no CSeq
        {"DESCRIBE rtsp://h/ironbow RTSP/1.0\r\nCSeq: x\r\n\r\n", 400},
        {"DESCRIBE ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 400},
        {"DESCRIBE rtsp://h/other RTSP/1.0\r\nCSeq: 1\r\n\r\n", 404},
        {"DESCRIBE rtsp://h/ironbow/other RTSP/1.0\r\nCSeq: 1\r\n\r\n", 404},
        {"DESCRIBE rtsp://h/ironbow/track0/x RTSP/1.0\r\nCSeq: 1\r\n\r\n", 404},
        {"DESCRIBE rtsp://h/ironbow/.. RTSP/1.0\r\nCSeq: 1\r\n\r\n", 404},
        {"DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", 200},
        {"DESCRIBE rtsp://h RTSP/1.0\r\nCSeq: 1\r\n\r\n", 200},
        {"DESCRIBE /ironbow?a=b RTSP/1.0\r\nCSeq: 1\r\n\r\n", 200},
        {"DESCRIBE rtsp://h/%%69ronbow/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", 200},
        {"DESCRIBE rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\nAccept: text/html\r\n\r\n", 406},
        {"ANNOUNCE rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 405},
        {"RECORD rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 405},
        {"GET rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 501},
        {"options rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 501},
        {"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", 200},
        {"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nRequire: com.real.x\r\n\r\n", 551},
        {"PLAY rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 454},
        {"PLAY rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\nSession: 123\r\n\r\n", 454},
        {"PAUSE rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\nSession: %s\r\n\r\n", 455},
        {"GET_PARAMETER rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 200},
        {"GET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nSession: %s\r\n\r\n", 200},
        {"GET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nSession: %s;timeout=60\r\n\r\n", 200},
        {"GET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nSession: 1\r\n\r\n", 454},
        {"SET_PARAMETER rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n", 200},
        {"SET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\na: b", 451},
        {"SETUP rtsp://h/ironbow/track0 RTSP/1.0\r\nCSeq: 1\r\n\r\n", 400}, // no Transport
    };
    assert_int_equal(viewer_ask(&viewer, "SETUP rtsp://h/ironbow/track0 RTSP/1.0\r\nCSeq: 1\r\n"
                                         "Transport: " UDP "\r\n\r\n"),
                     200);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = viewer_ask(&viewer, rows[i].text);
        if (status != rows[i].status || viewer.hung_up)
            fail_msg("row %zu: %d instead of %d: %s", i, status, rows[i].status, rows[i].text);
        if (status == 551)
            contains(viewer_answer(&viewer), "\r\nUnsupported: com.real.x\r\n");
        if (status == 405)
            contains(viewer_answer(&viewer), "\r\nAllow: OPTIONS, ");
    }
}

static void every_transport_is_chosen_or_refused(void **state) {
    (void)state;
    static const struct {
        const char *offer;
        const char *chosen; ///< NULL: 461
    } rows[] = {
        {UDP, "RTP/AVP;unicast;client_port=5000-5001;server_port=7000-7001;ssrc="},
        {"RTP/AVP/UDP;unicast;client_port=5002", "RTP/AVP;unicast;client_port=5002-5003;"},
        {"rtp/avp;client_port=6000-6007;mode=\"play\"", "RTP/AVP;unicast;client_port=6000-6007;"},
        {"RTP/AVP;unicast;client_port=5000-5001;mode=PLAY", "RTP/AVP;unicast;client_port=5000-"},
        {"RTP/AVP;unicast;client_port=5000-5001;destination=192.0.2.7", "RTP/AVP;unicast;client"},
        {"RTP/AVP;unicast;client_port=5000-5001;destination=192.0.2.8", NULL},
        {"RTP/AVP;unicast;client_port=5000-5001;mode=RECORD", NULL},
        {"RTP/AVP;multicast", NULL},
        {"RTP/AVP;multicast;client_port=5000-5001", NULL},
        {"RTP/AVP;unicast", NULL},
        {"RTP/AVP;unicast;client_port=53-54", NULL},
        {"RTP/AVP;unicast;client_port=0-1", NULL},
        {"RTP/AVP;unicast;client_port=65535", NULL},
        {"RTP/AVP;unicast;client_port=65536-65537", NULL},
        {"RTP/AVP;unicast;client_port=5000-5000", NULL},
        {"RTP/AVP;unicast;client_port=-5000", NULL},
        {"RTP/AVP;unicast;client_port=5000-", NULL},
        {"RTP/SAVP;unicast;client_port=5000-5001", NULL},
        {TCP, "RTP/AVP/TCP;unicast;interleaved=2-3;ssrc="},
        {"RTP/AVP/TCP", "RTP/AVP/TCP;unicast;interleaved=0-1;"},
        {"RTP/AVP/TCP;interleaved=254", "RTP/AVP/TCP;unicast;interleaved=254-255;"},
        {"RTP/AVP/TCP;interleaved=255", NULL},
        {"RTP/AVP/TCP;interleaved=4-4", NULL},
        {"RTP/AVP;multicast,RTP/AVP;unicast;client_port=5000-5001, " TCP,
         "RTP/AVP;unicast;client_port=5000-5001;"},
        {"RTP/AVP;multicast;port=1-2, " TCP, "RTP/AVP/TCP;unicast;interleaved=2-3;"},
        {",;,", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        viewer_init(&viewer, &stage);
        snprintf(text, sizeof text,
                 "SETUP rtsp://h/track0 RTSP/1.0\r\nCSeq: 1\r\nTransport: %s\r\n\r\n",
                 rows[i].offer);
        int status = viewer_ask(&viewer, text);
        if (status != (rows[i].chosen ? 200 : 461))
            fail_msg("%s: %d", rows[i].offer, status);
        if (rows[i].chosen) {
            snprintf(text, sizeof text, "\r\nTransport: %s", rows[i].chosen);
            contains(viewer_answer(&viewer), text);
        }
    }
}

static void without_udp_only_the_connection_is_left(void **state) {
    (void)state;
    stage.server.config.rtp_port = 0;
    assert_int_equal(
        viewer_ask(&viewer, "SETUP / RTSP/1.0\r\nCSeq: 1\r\nTransport: " UDP "\r\n\r\n"), 461);
    assert_int_equal(
        viewer_ask(&viewer, "SETUP / RTSP/1.0\r\nCSeq: 1\r\nTransport: " UDP "," TCP "\r\n\r\n"),
        200);
}

static void another_version_or_no_rtsp_ends_the_connection(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n", 505},
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"\x16\x03\x01", 400},
        {"SET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 1025\r\n\r\n", 413},
        {"SET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        viewer_init(&viewer, &stage);
        assert_int_equal(viewer_ask(&viewer, rows[i].text), rows[i].status);
        assert_true(viewer.hung_up);
    }
}

static void requests_may_come_in_any_pieces(void **state) {
    (void)state;
    static const char text[] =
        "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        "$\x05\x00\x04\x01\x02\x03\x04"
        "SETUP rtsp://h/track0 RTSP/1.0\r\nCSeq: 2\r\nTransport: " TCP "\r\n\r\n"
        "SET_PARAMETER * RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 6\r\n\r\n$\x02\r\n\r\n"
        "OPTIONS * RTSP/1.0\r\nCSeq: 4\r\n\r\n";
    static char whole[8192];
    size_t size = sizeof text - 1;
    viewer_send(&viewer, text, size);
    memcpy(whole, viewer.bytes, viewer.size + 1);
    assert_non_null(strstr(whole, "CSeq: 4\r\n"));
    struct random random = {7};
    for (unsigned round = 0; round < 300; round++) {
        stage_init(&stage);
        viewer_init(&viewer, &stage);
        for (size_t at = 0, part; at < size; at += part) {
            part = round == 0 ? 1 : 1 + random_below(&random, 60);
            part = part < size - at ? part : size - at;
            viewer_send(&viewer, text + at, part);
        }
        assert_string_equal(viewer_answer(&viewer), whole);
    }
}

static void frames_over_the_connection_are_whole(void **state) {
    (void)state;
    stage_show(&stage, 3000);
    viewer_play(&viewer, TCP);
    // Behind the answer: a sender report on channel 3, then the picture on channel 2.
    const uint8_t *at = (const uint8_t *)strstr(viewer_answer(&viewer), "\r\n\r\n") + 4;
    assert_int_equal(at[0], '$');
    assert_int_equal(at[1], 3);
    at += 4 + ib_get_be16(at + 2);
    uint8_t scan[3000];
    size_t filled = 0;
    uint16_t sequence = 0;
    bool marked = false;
    for (unsigned i = 0; !marked; i++) {
        assert_true(at < viewer.bytes + viewer.size);
        assert_int_equal(at[0], '$');
        assert_int_equal(at[1], 2);
        size_t size = ib_get_be16(at + 2);
        assert_true(size <= 1400);
        const uint8_t *packet = at + 4;
        assert_int_equal(packet[0], 0x80);
        assert_int_equal(packet[1] & 0x7F, 26);
        if (i > 0)
            assert_int_equal(ib_get_be16(packet + 2), (uint16_t)(sequence + 1));
        sequence = ib_get_be16(packet + 2);
        const uint8_t *payload = packet + 12;
        size_t offset = (size_t)payload[1] << 16 | ib_get_be16(payload + 2);
        assert_int_equal(offset, filled);
        assert_int_equal(payload[5], 255);
        assert_int_equal(payload[6], 80);
        assert_int_equal(payload[7], 60);
        size_t header = offset == 0 ? 8 + 4 + 128 : 8;
        memcpy(scan + filled, payload + header, size - 12 - header);
        filled += size - 12 - header;
        marked = packet[1] & 0x80;
        at += 4 + size;
    }
    assert_ptr_equal(at, viewer.bytes + viewer.size);
    assert_int_equal(filled, 3000);
    assert_memory_equal(scan, stage.scan, 3000);
}

static void a_busy_connection_loses_whole_frames(void **state) {
    (void)state;
    viewer_play(&viewer, TCP);
    viewer.busy = true;
    size_t before = viewer.size;
    for (unsigned i = 0; i < 5; i++) {
        stage_show(&stage, 1000 + i);
        viewer_drain(&viewer);
    }
    assert_int_equal(viewer.size, before);
    viewer.busy = false;
    viewer_drain(&viewer);
    viewer_drain(&viewer);
    assert_int_equal(viewer.size - before, stage.frame.size); // the newest, once
    assert_int_equal(stage.server.counters.frames, 1);
    assert_int_equal(stage.server.counters.frames_missed, 4);
}

/// The fields of the last RTP packet.
static uint32_t timestamp_of(const struct viewer *self) {
    return ib_get_be32(self->last + 4);
}

static void every_viewer_has_numbers_of_its_own(void **state) {
    (void)state;
    viewer_play(&viewer, UDP);
    viewer_play(&other, "RTP/AVP;unicast;client_port=6000-6001");
    uint32_t promised;
    const char *info = strstr(viewer_answer(&viewer), ";rtptime=");
    assert_non_null(info);
    promised = (uint32_t)strtoul(info + 9, NULL, 10);
    stage_show(&stage, 5000);
    viewer_drain(&viewer);
    viewer_drain(&other);
    assert_int_equal(timestamp_of(&viewer), promised); // no time has passed
    assert_int_equal(viewer.datagrams, 4);
    assert_int_not_equal(ib_get_be32(viewer.last + 8), ib_get_be32(other.last + 8));
    assert_int_not_equal(timestamp_of(&viewer), timestamp_of(&other));
    uint16_t first = ib_get_be16(viewer.last + 2);
    stage.now_us += 115000; // 10350 ticks of 90 kHz
    stage_show(&stage, 10);
    viewer_drain(&viewer);
    viewer_drain(&other);
    assert_int_equal(timestamp_of(&viewer), (uint32_t)(promised + 10350));
    assert_int_equal(ib_get_be16(viewer.last + 2), (uint16_t)(first + 1));
    assert_int_equal(viewer.frames + other.frames, 4);
}

static void sender_reports_tie_the_clocks_together(void **state) {
    (void)state;
    viewer_play(&viewer, UDP);
    assert_int_equal(viewer.controls, 1);
    stage_show(&stage, 3000);
    viewer_drain(&viewer);
    uint32_t frame_timestamp = timestamp_of(&viewer);
    uint64_t due_us = ib_rtsp_session_due(&viewer.session);
    assert_int_equal(due_us, stage.now_us + 5 * SECOND_US);
    stage.now_us = due_us - 1;
    viewer_drain(&viewer);
    assert_int_equal(viewer.controls, 1);
    stage.now_us = due_us;
    viewer_drain(&viewer);
    assert_int_equal(viewer.controls, 2);
    // Five seconds after the frame; 1e9 s (the stage's offset) + 105 s after 1970.
    assert_int_equal(ib_get_be32(viewer.control + 8), 2208988800u + 1000000000u + 105);
    assert_int_equal(ib_get_be32(viewer.control + 16), (uint32_t)(frame_timestamp + 5 * 90000));
    assert_int_equal(ib_get_be32(viewer.control + 20), 3); // packets
    assert_int_equal(ib_get_be32(viewer.control + 24), 3000 + 3 * 8 + 132);
}

static void a_silent_viewer_is_given_up(void **state) {
    (void)state;
    viewer_play(&viewer, UDP);
    stage.now_us += 64 * SECOND_US;
    viewer_drain(&viewer);
    assert_false(viewer.hung_up);
    assert_true(ib_rtsp_session_due(&viewer.session) <= stage.now_us + SECOND_US);
    stage.now_us += SECOND_US;
    unsigned controls = viewer.controls;
    viewer_drain(&viewer);
    assert_true(viewer.hung_up);
    assert_int_equal(viewer.controls, controls + 1);
    assert_int_equal(viewer.control[viewer.control_size - 7], 203); // BYE
    assert_int_equal(stage.server.playing, 0);
    assert_int_equal(stage.server.counters.timeouts, 1);
}

static void requests_and_reports_are_signs_of_life(void **state) {
    (void)state;
    viewer_play(&viewer, UDP);
    for (unsigned i = 0; i < 10; i++) {
        stage.now_us += 60 * SECOND_US;
        if (i % 2) {
            assert_int_equal(
                viewer_ask(&viewer, "GET_PARAMETER * RTSP/1.0\r\nCSeq: 9\r\nSession: %s\r\n\r\n"),
                200);
        } else {
            uint8_t report[32] = {0x81, 201, 0, 7, 1, 1, 1, 1};
            ib_put_be32(report + 8, viewer.session.ssrc);
            report[12] = 128;
            ib_rtsp_session_rtcp(&viewer.session, report, sizeof report, stage.now_us);
        }
        viewer_drain(&viewer);
        assert_false(viewer.hung_up);
    }
    assert_int_equal(stage.server.counters.reports, 5);
    assert_int_equal(viewer.session.heard.fraction_lost, 128);
    ib_rtsp_session_rtcp(&viewer.session, (const uint8_t *)"\x81\xC9", 2, stage.now_us);
    assert_int_equal(stage.server.counters.malformed, 1);
}

static void a_report_over_the_connection_counts_too(void **state) {
    (void)state;
    uint8_t frame[4 + 32] = {'$', 3, 0, 32, 0x81, 201, 0, 7};
    viewer_play(&viewer, TCP);
    ib_put_be32(frame + 12, viewer.session.ssrc);
    viewer_send(&viewer, frame, sizeof frame);
    assert_int_equal(stage.server.counters.reports, 1);
    frame[1] = 2; // not the channel for it
    viewer_send(&viewer, frame, sizeof frame);
    assert_int_equal(stage.server.counters.reports, 1);
    // The largest frame there is: taken, and nothing of it kept.
    static uint8_t large[4 + 65535] = {'$', 3, 0xFF, 0xFF};
    viewer_send(&viewer, large, sizeof large);
    assert_int_equal(viewer_ask(&viewer, "OPTIONS * RTSP/1.0\r\nCSeq: 5\r\n\r\n"), 200);
}

static void a_connection_without_a_session_is_not_kept_for_ever(void **state) {
    (void)state;
    viewer_send(&viewer, "OPTIONS * RT", 12);
    stage.now_us += 65 * SECOND_US;
    viewer_drain(&viewer);
    assert_true(viewer.hung_up);
    assert_int_equal(viewer.controls, 0);
}

static void playing_over_the_connection_needs_no_other_sign(void **state) {
    (void)state;
    viewer_play(&viewer, TCP);
    stage.now_us += 1000u * SECOND_US;
    viewer_drain(&viewer);
    assert_false(viewer.hung_up);
    assert_int_equal(viewer_ask(&viewer, "PAUSE / RTSP/1.0\r\nCSeq: 3\r\nSession: %s\r\n\r\n"),
                     200);
    stage.now_us += 65 * SECOND_US;
    viewer_drain(&viewer);
    assert_true(viewer.hung_up);
}

static void a_setup_while_playing_is_refused(void **state) {
    (void)state;
    viewer_play(&viewer, UDP);
    assert_int_equal(
        viewer_ask(&viewer, "SETUP / RTSP/1.0\r\nCSeq: 1\r\nTransport: " TCP "\r\n\r\n"), 455);
    assert_int_equal(stage.server.playing, 1);
    ib_rtsp_session_close(&viewer.session);
    assert_int_equal(stage.server.playing, 0);
}

#define DESCRIBE "DESCRIBE rtsp://h/ironbow RTSP/1.0\r\nCSeq: 1\r\n"

static void a_token_is_asked_for(void **state) {
    (void)state;
    stage.server.config.token = "sesame";
    assert_int_equal(viewer_ask(&viewer, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"), 200);
    assert_int_equal(viewer_ask(&viewer, DESCRIBE "\r\n"), 401);
    contains(viewer_answer(&viewer), "\r\nWWW-Authenticate: Basic realm=\"ironbow\"\r\n");
    assert_null(strstr(viewer_answer(&viewer), "Digest"));
    // base64 of ironbow:sesame, ironbow:sesam, ironbow:
    assert_int_equal(
        viewer_ask(&viewer, DESCRIBE "Authorization: Basic aXJvbmJvdzpzZXNhbWU=\r\n\r\n"), 200);
    assert_int_equal(
        viewer_ask(&viewer, DESCRIBE "Authorization: Basic aXJvbmJvdzpzZXNhbQ==\r\n\r\n"), 401);
    assert_int_equal(viewer_ask(&viewer, DESCRIBE "Authorization: Basic aXJvbmJvdzo=\r\n\r\n"),
                     401);
    assert_int_equal(viewer_ask(&viewer, DESCRIBE "Authorization: Basic !\r\n\r\n"), 401);
    assert_int_equal(viewer_ask(&viewer, DESCRIBE "Authorization: Basic\r\n\r\n"), 401);
    assert_false(viewer.hung_up);
    assert_int_equal(viewer_ask(&viewer, DESCRIBE "Authorization: sesame\r\n\r\n"), 401);
    assert_true(viewer.hung_up); // five guesses
}

/// Not MD5: tells the three texts that are hashed apart.
static void toy_hash(const void *bytes, size_t size, uint8_t out[16]) {
    memset(out, 0, 16);
    for (size_t i = 0; i < size; i++)
        out[i % 16] = (uint8_t)(out[i % 16] * 31 + ((const uint8_t *)bytes)[i]);
}

static void hashed(const char *text, char out[33]) {
    uint8_t digest[16];
    toy_hash(text, strlen(text), digest);
    for (unsigned i = 0; i < 16; i++)
        sprintf(out + 2 * i, "%02x", digest[i]);
}

/// A DESCRIBE with Digest credentials for `token`. Return: the status.
static int ask_digest(const char *token, const char *nonce, bool counted) {
    char text[512], who[33], what[33], response[33];
    snprintf(text, sizeof text, "ironbow:ironbow:%s", token);
    hashed(text, who);
    hashed("DESCRIBE:rtsp://h/ironbow", what);
    snprintf(text, sizeof text, counted ? "%s:%s:00000001:abc:auth:%s" : "%s:%s:%s", who, nonce,
             what);
    hashed(text, response);
    snprintf(
        text, sizeof text,
        DESCRIBE "Authorization: Digest username=\"ironbow\", realm=\"ironbow\", nonce=\"%s\", "
                 "uri=\"rtsp://h/ironbow\", response=\"%s\"%s\r\n\r\n",
        nonce, response, counted ? ", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"abc\"" : "");
    return viewer_ask(&viewer, text);
}

static void digest_keeps_the_token_off_the_wire(void **state) {
    (void)state;
    char nonce[17];
    stage.server.config.token = "sesame";
    stage.server.config.md5 = toy_hash;
    assert_int_equal(ask_digest("sesame", "", false), 401); // before there is a nonce
    assert_int_equal(viewer_ask(&viewer, DESCRIBE "\r\n"), 401);
    const char *challenge = strstr(viewer_answer(&viewer), "Digest realm=\"ironbow\", nonce=\"");
    assert_non_null(challenge);
    assert_int_equal(sscanf(strstr(challenge, "nonce=\""), "nonce=\"%16[^\"]", nonce), 1);
    assert_int_equal(ask_digest("sesame", nonce, false), 200);
    assert_int_equal(ask_digest("sesame", nonce, true), 200);
    assert_int_equal(ask_digest("sesam", nonce, false), 401);
    assert_int_equal(ask_digest("sesame", "0000000000000000", false), 401);
}

static void a_long_url_cannot_overflow_the_answer(void **state) {
    (void)state;
    char text[4096] = "DESCRIBE rtsp://";
    size_t size = strlen(text);
    memset(text + size, 'h', 2000);
    strcpy(text + size + 2000, "/ironbow RTSP/1.0\r\nCSeq: 1\r\n\r\n");
    assert_int_equal(viewer_ask(&viewer, text), 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_whole_conversation, begin),
        cmocka_unit_test_setup(every_wrong_request_gets_its_status, begin),
        cmocka_unit_test_setup(every_transport_is_chosen_or_refused, begin),
        cmocka_unit_test_setup(without_udp_only_the_connection_is_left, begin),
        cmocka_unit_test_setup(another_version_or_no_rtsp_ends_the_connection, begin),
        cmocka_unit_test_setup(requests_may_come_in_any_pieces, begin),
        cmocka_unit_test_setup(frames_over_the_connection_are_whole, begin),
        cmocka_unit_test_setup(a_busy_connection_loses_whole_frames, begin),
        cmocka_unit_test_setup(every_viewer_has_numbers_of_its_own, begin),
        cmocka_unit_test_setup(sender_reports_tie_the_clocks_together, begin),
        cmocka_unit_test_setup(a_silent_viewer_is_given_up, begin),
        cmocka_unit_test_setup(requests_and_reports_are_signs_of_life, begin),
        cmocka_unit_test_setup(a_report_over_the_connection_counts_too, begin),
        cmocka_unit_test_setup(a_connection_without_a_session_is_not_kept_for_ever, begin),
        cmocka_unit_test_setup(playing_over_the_connection_needs_no_other_sign, begin),
        cmocka_unit_test_setup(a_setup_while_playing_is_refused, begin),
        cmocka_unit_test_setup(a_token_is_asked_for, begin),
        cmocka_unit_test_setup(digest_keeps_the_token_off_the_wire, begin),
        cmocka_unit_test_setup(a_long_url_cannot_overflow_the_answer, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
