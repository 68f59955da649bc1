/// Fuzz: an RTSP session, with pictures and time passing. Output is well formed, whatever comes in.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/rtsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ib_rtsp server;
static struct ib_rtsp_session session;
static struct ib_rtp_frame frame;

static void require(bool condition) {
    if (!condition)
        abort();
}

static uint32_t random_of(void *context) {
    return *(uint32_t *)context += 0x9E3779B9u;
}

static void md5(const void *bytes, size_t size, uint8_t out[16]) {
    memset(out, 0, 16);
    memcpy(out, bytes, size < 16 ? size : 16);
}

static void begin(uint32_t *seed, bool locked) {
    static const uint8_t scan[3000];
    static uint8_t storage[4 * 1404];
    const struct ib_rtp_jpeg jpeg = {
        .type = 1, .width_px = 640, .height_px = 480, .scan = scan, .scan_bytes = sizeof scan};
    struct ib_rtsp_config config = {.name = "ironbow", .agent = "a", .cname = "c", .md5 = md5};
    config.rtp_port = 7000;
    config.rtcp_port = 7001;
    config.random = random_of;
    config.context = seed;
    config.token = locked ? "t" : NULL;
    ib_rtsp_init(&server, &config);
    require(ib_rtp_frame_build(&frame, &jpeg, 0, storage, sizeof storage) == 0);
    ib_rtsp_show(&server, &frame);
    ib_rtsp_session_init(&session, &server, "127.0.0.1", "127.0.0.1", 0);
}

/// False: it hangs up.
static bool drain(uint64_t now_us, bool busy) {
    for (unsigned i = 0; i < 1000; i++) {
        struct ib_rtsp_chunk chunk;
        ib_rtsp_session_pull(&session, now_us, busy, &chunk);
        require(chunk.output != IB_RTSP_BYTES || (!busy && chunk.size > 0));
        require(!chunk.size || ((const char *)chunk.bytes)[0] == '$' || chunk.frame ||
                chunk.output == IB_RTSP_CONTROL || !memcmp(chunk.bytes, "RTSP/1.0 ", 9));
        require(server.playing == (session.state == IB_RTSP_PLAYING));
        if (chunk.hang_up || chunk.output == IB_RTSP_NOTHING)
            return !chunk.hang_up;
    }
    abort(); // it never stops talking
}

/// The first byte: a token is needed; how large the pieces are. Time passes with each piece.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint32_t seed = 1;
    uint64_t now_us = 0;
    if (size == 0)
        return 0;
    begin(&seed, data[0] & 1);
    size_t step = (size_t)(data[0] >> 1) * 4 + 1;
    for (size_t at = 1, taken; at < size; at += taken, now_us += 300000) {
        taken =
            ib_rtsp_session_feed(&session, data + at, size - at < step ? size - at : step, now_us);
        ib_rtsp_session_rtcp(&session, data + at, size - at, now_us);
        if (now_us % 900000 == 0)
            ib_rtsp_show(&server, &frame);
        if (!drain(now_us, now_us % 1200000 == 0 && taken > 0))
            break;
    }
    ib_rtsp_session_close(&session);
    require(server.playing == 0);
    return 0;
}
