/// The RTSP server: one live JPEG stream, any number of viewers, over UDP or over the connection itself.
///
/// An engine without hands: bytes and time in, bytes and datagrams out. A session is one TCP
/// connection, and its stream ends with it. What the pictures are made of is somebody else's: they
/// come as RTP packets that all sessions share (rtp_frame.h).
///
/// Source:  RFC 2326 (RTSP/1.0), RFC 2435 (JPEG in RTP), RFC 3550 (RTP, RTCP), RFC 4566 (SDP),
///          RFC 7616 and 7617 (Digest and Basic authentication).
#ifndef IB_STREAM_RTSP_H
#define IB_STREAM_RTSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/message.h"
#include "stream/rtcp.h"
#include "stream/rtp_frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_RTSP_NEVER UINT64_MAX
#define IB_RTSP_TIMEOUT_S 60         ///< as told to the viewer; 5 s of grace come on top
#define IB_RTSP_BODY_BYTES 1024      ///< most of a request's body
#define IB_RTSP_OUT_BYTES 4096       ///< most of an answer
#define IB_RTSP_REPORT_US 5000000ull ///< between sender reports
#define IB_RTSP_USER "ironbow"       ///< its password is the token
#define IB_RTSP_ADDRESS_BYTES 64

struct ib_rtsp_config {
    const char *name;   ///< kept: the stream is rtsp://HOST:PORT/name, and rtsp://HOST:PORT/
    const char *agent;  ///< kept: the Server header
    const char *cname;  ///< kept: RTCP's name of the camera
    uint16_t width_px;  ///< of the pictures, for the description
    uint16_t height_px; ///<
    unsigned fps_centi; ///< 870: 8.7 frames a second
    uint16_t rtp_port;  ///< where datagrams will come from; 0: no UDP
    uint16_t rtcp_port;
    const char *token; ///< kept; NULL: everybody may watch
    /// MD5 for Digest authentication; NULL: only Basic is offered.
    void (*md5)(const void *bytes, size_t size, uint8_t out[16]);
    uint32_t (*random)(void *context); ///< not to be guessed: session names, SSRC, first numbers
    /// Somebody begins to watch: call ib_rtsp_show with the newest picture, if there is one.
    void (*wanted)(void *context);
    void *context;
    int64_t wall_offset_us; ///< wall time (since 1970) less the clock of `now_us`
};

struct ib_rtsp_counters {
    uint32_t requests;
    uint32_t refused; ///< requests answered with 4xx or 5xx
    uint32_t plays;   ///< streams begun
    uint32_t frames;  ///< handed out, over all viewers
    uint32_t
        frames_missed;  ///< left out, because a viewer's connection was busy with an earlier one
    uint32_t timeouts;  ///< viewers that were heard of no more
    uint32_t reports;   ///< receiver reports read
    uint32_t malformed; ///< RTCP that was none
};

struct ib_rtsp {
    struct ib_rtsp_config config;
    struct ib_rtsp_counters counters;
    struct ib_rtp_frame *frame; ///< keeps, until the next `show`; NULL before the first
    uint32_t shown;             ///< counts them
    unsigned playing;           ///< sessions that want pictures
};

enum ib_rtsp_state { IB_RTSP_INIT, IB_RTSP_READY, IB_RTSP_PLAYING };

struct ib_rtsp_transport {
    bool interleaved;     ///< over the RTSP connection, else UDP to the viewer's address
    uint16_t rtp_port;    ///< the viewer's
    uint16_t rtcp_port;   ///<
    uint8_t rtp_channel;  ///< interleaved
    uint8_t rtcp_channel; ///<
};

struct ib_rtsp_session {
    struct ib_rtsp *server;
    char peer[IB_RTSP_ADDRESS_BYTES]; ///< as text, without port
    char own[IB_RTSP_ADDRESS_BYTES];
    enum ib_rtsp_state state;
    struct ib_rtsp_transport transport;
    char id[17];    ///< "" before SETUP
    char nonce[17]; ///< of Digest authentication
    unsigned failures;
    bool hang_up;
    uint32_t ssrc;
    uint32_t timestamp_base;
    uint16_t sequence; ///< of the next packet
    uint32_t packets;  ///< sent
    uint32_t octets;
    uint32_t seen; ///< which picture it has had
    struct ib_rtcp_heard heard;
    uint64_t heard_us;  ///< last sign of life
    uint64_t report_us; ///< next sender report
    bool bye;           ///< `control` holds the last words
    size_t control_size;
    uint8_t control[IB_RTP_FRAMING_BYTES + IB_RTCP_REPORT_BYTES];
    struct ib_message message;
    size_t skip; ///< bytes of an interleaved frame too large to be interesting
    size_t in_size;
    uint8_t in[IB_MESSAGE_HEAD_BYTES + IB_RTSP_BODY_BYTES];
    bool out_given;
    size_t out_size;
    char out[IB_RTSP_OUT_BYTES];
};

/// Owns:   `config` is copied.
void ib_rtsp_init(struct ib_rtsp *self, const struct ib_rtsp_config *config);

/// The newest picture. Call it when `self->playing` is not 0, and whenever `wanted` asks.
/// Owns:   keeps `frame` until the next call; sessions stamp it.
void ib_rtsp_show(struct ib_rtsp *self, struct ib_rtp_frame *frame);

/// Owns:   `peer` and `own`, the connection's addresses as text, are copied.
void ib_rtsp_session_init(struct ib_rtsp_session *self, struct ib_rtsp *server, const char *peer,
                          const char *own, uint64_t now_us);

/// Bytes from the connection.
/// Return: how many were taken; the rest is to be offered again after the next pull.
size_t ib_rtsp_session_feed(struct ib_rtsp_session *self, const uint8_t *bytes, size_t size,
                            uint64_t now_us);

/// An RTCP datagram from this viewer's RTCP port.
void ib_rtsp_session_rtcp(struct ib_rtsp_session *self, const uint8_t *bytes, size_t size,
                          uint64_t now_us);

enum ib_rtsp_output {
    IB_RTSP_NOTHING,
    IB_RTSP_BYTES,   ///< to the connection
    IB_RTSP_PACKETS, ///< the server's frame, stamped: a datagram each to transport.rtp_port
    IB_RTSP_CONTROL, ///< one datagram to transport.rtcp_port
};

struct ib_rtsp_chunk {
    enum ib_rtsp_output output;
    const void *bytes; ///< borrowed until the next call of any session of this server
    size_t size;
    bool frame;   ///< BYTES that are a whole picture
    bool hang_up; ///< close the connection after this; also with NOTHING
};

/// The next thing to send; ask until NOTHING comes.
/// Shape:  `busy`: earlier bytes have not left yet; then only datagrams are given.
void ib_rtsp_session_pull(struct ib_rtsp_session *self, uint64_t now_us, bool busy,
                          struct ib_rtsp_chunk *out);

/// When to be pulled again without input or a picture; IB_RTSP_NEVER: not by itself.
uint64_t ib_rtsp_session_due(const struct ib_rtsp_session *self);

/// Whether it may be closed to make room: it has set nothing up, and nothing of it is under way.
bool ib_rtsp_session_idle(const struct ib_rtsp_session *self);

/// The camera ends: last words are to be pulled, then it hangs up.
void ib_rtsp_session_end(struct ib_rtsp_session *self, uint64_t now_us);

/// The connection is gone.
void ib_rtsp_session_close(struct ib_rtsp_session *self);

/// What to tell a viewer for whom there is no room. Return: its size.
size_t ib_rtsp_refusal(const char **bytes);

#ifdef __cplusplus
}
#endif

#endif
