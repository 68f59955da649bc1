/// A viewer of the RTSP engine made of bytes: it sends requests and collects what comes out.
#ifndef IB_TESTS_STREAM_SUPPORT_RTSP_H
#define IB_TESTS_STREAM_SUPPORT_RTSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/rtsp.h"

#define STAGE_RTP_PORT 7000

/// The server with a picture that is easily made.
struct stage {
    struct ib_rtsp server;
    struct ib_rtsp_config config;
    struct ib_rtp_jpeg jpeg;
    struct ib_rtp_frame frame;
    uint8_t scan[5000];
    uint8_t packets[8 * 1404];
    unsigned wanted; ///< how often the engine asked for a picture
    uint32_t drawn;  ///< random numbers
    uint64_t now_us;
};

struct viewer {
    struct stage *stage;
    struct ib_rtsp_session session;
    bool busy; ///< the connection takes nothing now
    bool hung_up;
    uint8_t bytes[65536]; ///< came over the connection
    size_t size;
    unsigned frames;    ///< as UDP packets
    unsigned datagrams; ///< of all those frames
    uint8_t last[1400]; ///< the last of them
    size_t last_size;
    uint8_t control[256]; ///< the last RTCP datagram
    size_t control_size;
    unsigned controls;
    char session_id[32];
};

void stage_init(struct stage *self);
/// A picture taken now, of so many bytes; its scan is their numbers.
void stage_show(struct stage *self, size_t scan_bytes);

void viewer_init(struct viewer *self, struct stage *stage);
/// Bytes in, then everything that comes out.
void viewer_send(struct viewer *self, const void *bytes, size_t size);
void viewer_drain(struct viewer *self);
/// One request with its answer, which is the only thing that comes over the connection. `%s` in
/// `text` stands for the session's name. Return: the answer's status.
int viewer_ask(struct viewer *self, const char *text);
/// The last answer as text.
const char *viewer_answer(struct viewer *self);
/// Set up and play. `transport`: of a SETUP.
void viewer_play(struct viewer *self, const char *transport);

#endif
