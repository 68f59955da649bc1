/// The tCam-Mini protocol: a camera's end of it, as engines. No sockets here: bytes and a time in,
/// bytes out.
///
/// One `ib_tcam` a camera (names, clock, the newest image encoded once) and one `ib_tcam_session` a
/// client (framing, its requests, its stream). docs/SPEC-tcam.md is the protocol as implemented.
///
/// Threads: all functions belong to one thread (the net loop); the camera may run in another.
#ifndef IB_TCAM_TCAM_H
#define IB_TCAM_TCAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "camera/camera.h"
#include "record/image_json.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_TCAM_RX_BYTES                                                                           \
    12288 ///< longest command, as real firmware: an update chunk needs about 11,000
#define IB_TCAM_REPLY_BYTES 2048 ///< longest reply that is not an image
#define IB_TCAM_CCI_WORDS 512

struct ib_tcam_config {
    struct ib_camera *camera; ///< kept
    struct ib_hub *hub;       ///< kept
    const char *name;         ///< borrowed: "tCam-Mini-EFB5", 1..32 bytes
    const char *version;      ///< borrowed: "major.minor"
    uint32_t model_base;      ///< board bits of `Model`: 2 on Wi-Fi; module bits are added here
    int64_t
        wall_offset_us; ///< Unix local time minus the clock, at the start; clamped to >= 2000-01-01
    const struct ib_log *log; ///< kept; may be NULL
    /// Called on the camera's thread when a request of any session has its answer, so that the net
    /// loop pulls again soon; may be NULL.
    void (*notify)(void *context);
    void *notify_context;
};

struct ib_tcam_counters {
    uint32_t commands;
    uint32_t bad_commands; ///< answered with code 0, 2 or 3
    uint32_t images_encoded;
    uint32_t images_sent;    ///< handed to a client, all clients together
    uint32_t images_skipped; ///< a streaming client was still busy with an earlier one
    uint32_t overlong;       ///< commands longer than IB_TCAM_RX_BYTES
};

struct ib_tcam {
    struct ib_camera *camera;
    struct ib_hub *hub;
    const struct ib_log *log;
    void (*notify)(void *context);
    void *notify_context;
    struct ib_image_metadata metadata; ///< camera and version stay, the rest is filled per use
    uint32_t model_base;
    int64_t wall_offset_us;
    uint32_t packet_sequence; ///< hub sequence of the encoded image, 0 none
    uint64_t packet_captured_us;
    size_t packet_size;  ///< with both delimiters
    bool packet_refused; ///< the latest frame could not be encoded (said once in the log)
    char packet[IB_IMAGE_JSON_BYTES + 2];
    struct ib_tcam_counters counters;
};

/// Errors: IB_E_INVAL without camera, hub, name or version; IB_E_RANGE for a name that is not
/// 1..32 bytes or a version that is not 1..31.
int ib_tcam_init(struct ib_tcam *self, const struct ib_tcam_config *config);

/// The camera's wall clock at `now_us`: microseconds since 1970, local time, never before 2000.
int64_t ib_tcam_wall_us(const struct ib_tcam *self, uint64_t now_us);

/// The packet that tells a client too many why it is closed.
/// Return: its size.
size_t ib_tcam_refusal(const char **bytes);

/// One client. The caller owns the memory (about 16 KiB) and keeps it until
/// ib_tcam_session_close says that it may go.
struct ib_tcam_session {
    struct ib_tcam *tcam;
    bool closing;
    /// framing
    bool in_packet;
    size_t rx_size;
    uint8_t rx[IB_TCAM_RX_BYTES];
    /// the request under way
    int pending; ///< what it waits for
    const char *pending_name;
    uint64_t pending_deadline_us;
    bool posted; ///< the camera holds `request`
    struct ib_camera_request request;
    uint16_t cci_data[IB_TCAM_CCI_WORDS];
    uint16_t cci_length; ///< words that the client spoke of; `request` may carry others
    /// the stream
    bool streaming;
    uint32_t stream_left;     ///< images still to send, 0 endless
    uint64_t stream_start_us; ///< T0 of the absolute schedule
    uint64_t stream_delay_us;
    uint64_t stream_count;     ///< k: which image of the schedule is next
    uint32_t seen_sequence;    ///< hub sequence of the last frame considered
    uint32_t waiting_sequence; ///< hub sequence of the last frame that found the client busy
    /// output
    size_t reply_size; ///< 0: none waits
    char reply[IB_TCAM_REPLY_BYTES];
};

void ib_tcam_session_init(struct ib_tcam_session *self, struct ib_tcam *tcam, uint64_t now_us);

/// Take bytes from the client. Returns how many were taken: fewer than `size` while a command is
/// under way (feed the rest again after the next pull), so that replies come one a request, in
/// order.
size_t ib_tcam_session_feed(struct ib_tcam_session *self, const uint8_t *bytes, size_t size,
                            uint64_t now_us);

/// What to send next, whole packets only: a reply, or an image.
struct ib_tcam_chunk {
    const char *bytes; ///< borrowed until the next call of any function of this session's ib_tcam
    size_t size;       ///< 0: nothing to send now
    bool image;
    uint64_t captured_us; ///< of an image: when its frame was complete
};

/// Fill `out` with the next whole packet, if there is one and the client can take it. `busy` tells
/// that the transport still holds unsent bytes for this client: then no new image is started (the
/// newest one will be taken when it is free), and no reply either. Each call gives out at most one
/// packet and counts it as sent: the caller sends it or copies it.
void ib_tcam_session_pull(struct ib_tcam_session *self, uint64_t now_us, bool busy,
                          struct ib_tcam_chunk *out);

/// When the session wants to be pulled again even if nothing arrives (IB_NEVER: only on input, on a
/// new frame or on an answered request).
uint64_t ib_tcam_session_due(const struct ib_tcam_session *self);

/// The client has gone. No more output.
/// Return: true when the memory may go (no request is under way any more); call again after the
///         next answer.
bool ib_tcam_session_close(struct ib_tcam_session *self);

#ifdef __cplusplus
}
#endif

#endif
