/// See support_rtsp.h.
#include "tests/stream/support_rtsp.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t next_random(void *context) {
    struct stage *self = context;
    return 0x10000000u * ++self->drawn + 0xABCDEF;
}

static void on_wanted(void *context) {
    struct stage *self = context;
    self->wanted++;
}

void stage_init(struct stage *self) {
    memset(self, 0, sizeof *self);
    self->now_us = 100000000;
    self->config = (struct ib_rtsp_config){.name = "ironbow",
                                           .agent = "ironbow/test",
                                           .cname = "camera",
                                           .width_px = 640,
                                           .height_px = 480,
                                           .fps_centi = 870,
                                           .rtp_port = STAGE_RTP_PORT,
                                           .rtcp_port = STAGE_RTP_PORT + 1,
                                           .random = next_random,
                                           .wanted = on_wanted,
                                           .context = self,
                                           .wall_offset_us = 1000000000000000};
    ib_rtsp_init(&self->server, &self->config);
}

void stage_show(struct stage *self, size_t scan_bytes) {
    assert_true(scan_bytes <= sizeof self->scan);
    for (size_t i = 0; i < scan_bytes; i++)
        self->scan[i] = (uint8_t)(i * 7 + i / 256);
    self->jpeg = (struct ib_rtp_jpeg){
        .type = 1, .width_px = 640, .height_px = 480, .scan = self->scan, .scan_bytes = scan_bytes};
    assert_int_equal(ib_rtp_frame_build(&self->frame, &self->jpeg, self->now_us, self->packets,
                                        sizeof self->packets),
                     0);
    ib_rtsp_show(&self->server, &self->frame);
}

void viewer_init(struct viewer *self, struct stage *stage) {
    memset(self, 0, sizeof *self);
    self->stage = stage;
    ib_rtsp_session_init(&self->session, &stage->server, "192.0.2.7", "192.0.2.1", stage->now_us);
}

static bool take(struct viewer *self, const struct ib_rtsp_chunk *chunk) {
    switch (chunk->output) {
    case IB_RTSP_NOTHING:
        return false;
    case IB_RTSP_BYTES:
        assert_false(self->busy);
        assert_true(chunk->size > 0 && self->size + chunk->size < sizeof self->bytes);
        memcpy(self->bytes + self->size, chunk->bytes, chunk->size);
        self->size += chunk->size;
        self->bytes[self->size] = '\0';
        return true;
    case IB_RTSP_PACKETS:
        self->frames++;
        for (unsigned i = 0; i < self->stage->frame.packets; i++) {
            const uint8_t *packet = ib_rtp_frame_packet(&self->stage->frame, i, &self->last_size);
            assert_true(self->last_size <= sizeof self->last);
            memcpy(self->last, packet, self->last_size);
            self->datagrams++;
        }
        return true;
    case IB_RTSP_CONTROL:
        assert_true(chunk->size <= sizeof self->control);
        memcpy(self->control, chunk->bytes, chunk->size);
        self->control_size = chunk->size;
        self->controls++;
        return true;
    }
    return false;
}

void viewer_drain(struct viewer *self) {
    struct ib_rtsp_chunk chunk;
    do {
        ib_rtsp_session_pull(&self->session, self->stage->now_us, self->busy, &chunk);
        self->hung_up |= chunk.hang_up;
    } while (take(self, &chunk) && !self->hung_up);
}

void viewer_send(struct viewer *self, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    for (size_t taken = 1; size > 0 && taken > 0 && !self->hung_up; at += taken, size -= taken) {
        taken = ib_rtsp_session_feed(&self->session, at, size, self->stage->now_us);
        viewer_drain(self);
    }
}

const char *viewer_answer(struct viewer *self) {
    self->bytes[self->size] = '\0';
    return (const char *)self->bytes;
}

int viewer_ask(struct viewer *self, const char *text) {
    char request[4096];
    int status = 0, size = snprintf(request, sizeof request, text, self->session_id);
    assert_true(size > 0 && (size_t)size < sizeof request);
    self->size = 0;
    viewer_send(self, request, (size_t)size);
    const char *answer = viewer_answer(self);
    if (sscanf(answer, "RTSP/1.0 %d ", &status) != 1)
        fail_msg("no answer to %s: %s", request, answer);
    const char *id = strstr(answer, "\r\nSession: ");
    if (id)
        sscanf(id, "\r\nSession: %31[^;\r]", self->session_id);
    return status;
}

void viewer_play(struct viewer *self, const char *transport) {
    char setup[512];
    snprintf(setup, sizeof setup,
             "SETUP rtsp://h/ironbow/track0 RTSP/1.0\r\nCSeq: 1\r\nTransport: %s\r\n\r\n",
             transport);
    assert_int_equal(viewer_ask(self, setup), 200);
    assert_int_equal(
        viewer_ask(self, "PLAY rtsp://h/ironbow/ RTSP/1.0\r\nCSeq: 2\r\nSession: %s\r\n\r\n"), 200);
}
