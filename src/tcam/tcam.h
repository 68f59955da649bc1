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

#include "bus/files.h"
#include "bus/spi_slave.h"
#include "camera/camera.h"
#include "device/device.h"
#include "record/image_json.h"
#include "record/tmjsn.h"

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
    /// Kept: name, version, network, update. NULL: a camera without a board around it (then `name`
    /// and `version` count, and the commands of network and update are unsupported).
    struct ib_device *device;
    const char *name;    ///< borrowed: "tCam-Mini-EFB5", 1..32 bytes; without `device` only
    const char *version; ///< borrowed: "major.minor"; with a `device` only when it cannot update
    uint32_t
        model_base; ///< board bits of `Model`: 2 on Wi-Fi; module and update bits are added here
    /// Kept: the memory card of a tCam. NULL on boards that have none: their commands are
    /// unsupported, and `status` has no fields of a battery.
    const struct ib_files *card;
    /// Kept: where images go on the hardware interface; NULL: to the client itself.
    struct ib_tcam_slave *slave;
    /// Ask for the wall clock at every use instead of counting from `wall_offset_us`: microseconds
    /// since 1970, local time. set_time is answered and changes nothing then. May be NULL.
    int64_t (*wall_now)(void *context);
    void *wall_context;
    /// Called when a client asked for the power to be switched off (boards with a card).
    void (*poweroff)(void *context);
    void *poweroff_context;
    int64_t
        wall_offset_us; ///< Unix local time minus the clock, at the start; clamped to >= 2000-01-01
    const struct ib_log *log; ///< kept; may be NULL
    /// Called on the camera's thread when a request of any session has its answer, so that the net
    /// loop pulls again soon; may be NULL.
    void (*notify)(void *context);
    void *notify_context;
};

/// The hardware interface's image: the slave SPI port and the packet that lies there.
struct ib_tcam_slave {
    const struct ib_spi_slave *port; ///< set by the owner, before ib_tcam_init
    bool armed;
    bool dead;            ///< could not be set up again: no images until it can
    uint64_t deadline_us; ///< armed: for the controller; dead: when it is tried again
    size_t size;
    uint32_t sent, timeouts, dropped;
    const char *say; ///< to be told to the client with code 4; NULL: nothing
    uint8_t packet[IB_IMAGE_JSON_BYTES + 2 + 3 + 4]; ///< delimiters, padding, checksum
};

/// How many files a listing may speak of, and what one reply of it may be long.
#define IB_TCAM_LIST_BYTES 16384

/// The recording under way on the card; one a camera.
struct ib_tcam_recorder {
    bool on;
    char directory[IB_FILES_NAME_BYTES + 1];
    char file[IB_FILES_NAME_BYTES + 1];
    uint32_t left;     ///< frames still to take, 0 endless
    uint64_t start_us; ///< T0 of the absolute schedule
    uint64_t delay_us;
    uint64_t count;
    uint32_t frames; ///< written
    uint32_t seen_sequence;
    int64_t start_wall_us, end_wall_us;
    bool gap;           ///< frames are missing since the last one written
    uint32_t gaps;      ///< places in the file where some are
    uint64_t bytes;     ///< written
    uint64_t synced_us; ///< when that was made durable
    int status;         ///< why it ended by itself, IB_OK otherwise
};

/// What clients can subscribe to; bits.
enum ib_tcam_event {
    IB_TCAM_EVENT_FFC = 1 << 0,       ///< start and end of a flat field correction
    IB_TCAM_EVENT_GAIN = 1 << 1,      ///< the effective gain has changed
    IB_TCAM_EVENT_OVER_TEMP = 1 << 2, ///< the module's over-temperature bit came or went
    IB_TCAM_EVENT_STREAM = 1 << 3,    ///< this client's stream has ended by itself
    IB_TCAM_EVENT_HEALTH = 1 << 4,    ///< frames stopped, came back; a fault came or went
    IB_TCAM_EVENT_ALL = 31,
};

/// What was last seen of the things that events are about.
struct ib_tcam_watch {
    bool primed;  ///< a frame was seen
    uint8_t gain; ///< enum ib_gain
    bool over_temp;
    bool running, stage_known; ///< of the camera
    unsigned fault;            ///< shown by the device
    uint32_t sequence;         ///< of the last frame looked at
    bool ffc;                  ///< the shutter is at work
    bool uptime_known;
    uint32_t uptime_at_ffc_ms; ///< as the telemetry last said
};

#define IB_TCAM_EVENTS 16 ///< that one client can be behind
struct ib_tcam_event_note {
    uint8_t kind;    ///< events.c
    uint8_t value;   ///< new gain, fault …
    uint32_t number; ///< of images
    uint64_t at_us;
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
    struct ib_device *device;
    const struct ib_files *card;
    struct ib_tcam_slave *slave;
    int64_t (*wall_now)(void *context);
    void *wall_context;
    void (*poweroff)(void *context);
    void *poweroff_context;
    struct ib_tcam_session *update_owner; ///< who asked for the update under way; NULL: nobody
    struct ib_tcam_session *sessions;     ///< all, for events
    struct ib_tcam_watch watch;
    struct ib_tcam_recorder recorder;
    struct ib_image_metadata metadata; ///< filled per use; camera and version without a device stay
    uint32_t model_base;
    int64_t wall_offset_us;
    uint32_t packet_sequence; ///< hub sequence of the encoded image, 0 none
    uint64_t packet_captured_us;
    size_t packet_size;  ///< with both delimiters
    bool packet_refused; ///< the latest frame could not be encoded (said once in the log)
    /// Also the room for what is read from the card or unescaped within one call: then `packet_size`
    /// is 0, and the image is encoded anew when somebody wants it.
    char packet[IB_IMAGE_JSON_BYTES + 2];
    struct ib_tcam_counters counters;
};

/// Errors: IB_E_INVAL without camera or hub, or without device and name or version; IB_E_RANGE for a
///         name that is not 1..32 bytes or a version that is not 1..31.
int ib_tcam_init(struct ib_tcam *self, const struct ib_tcam_config *config);

/// Whatever does not belong to one client: recording, and noticing what events are about. Call it when
/// a frame was published and when due; pull all sessions afterwards.
void ib_tcam_step(struct ib_tcam *self, uint64_t now_us, uint64_t *due_us);

/// What the image JSON of a frame taken at `at_us` says beside its pixels.
void ib_tcam_metadata(struct ib_tcam *self, uint64_t at_us, struct ib_image_metadata *out);

/// The program ends: close the recording under way, if there is one, so that it is complete.
void ib_tcam_recording_end(struct ib_tcam *self);

/// The camera's wall clock at `now_us`: microseconds since 1970, local time, never before 2000.
int64_t ib_tcam_wall_us(const struct ib_tcam *self, uint64_t now_us);

/// The packet that tells a client too many why it is closed.
/// Return: its size.
size_t ib_tcam_refusal(const char **bytes);

#define IB_TCAM_TOKEN_BYTES 64       ///< longest token of the protected port
#define IB_TCAM_TOKEN_US 10000000ull ///< for giving it

/// One client. The caller owns the memory (about 16 KiB) and keeps it until
/// ib_tcam_session_close says that it may go.
#define IB_TCAM_FIRST_BYTES 8 ///< enough to know a request of HTTP

struct ib_tcam_session {
    struct ib_tcam *tcam;
    bool closing;
    /// framing
    uint8_t first[IB_TCAM_FIRST_BYTES]; ///< of the connection
    uint8_t first_size;
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
    uint32_t stream_images;    ///< taken so far
    uint32_t seen_sequence;    ///< hub sequence of the last frame considered
    uint32_t waiting_sequence; ///< hub sequence of the last frame that found the client busy
    /// the protected port: `token` (kept by the caller; NULL: none needed) until it was given
    const char *token;
    uint64_t token_deadline_us;
    /// the hardware interface: images go to tcam->slave, and nobody ever disconnects
    bool serial;
    /// events, oldest first
    unsigned events; ///< subscribed, enum ib_tcam_event
    unsigned note_first, note_count, notes_lost;
    struct ib_tcam_event_note notes[IB_TCAM_EVENTS];
    struct ib_tcam_session *next; ///< in tcam->sessions
    /// a file on its way from the card
    bool sending_file;
    uint64_t file_offset;
    struct ib_tmjsn_info file_info; ///< of what was sent of a recording
    char file_directory[IB_FILES_NAME_BYTES + 1];
    char file_name[IB_FILES_NAME_BYTES + 1];
    /// output
    bool hang_up;      ///< after the reply; nothing is carried out any more
    size_t reply_size; ///< 0: none waits
    char reply[IB_TCAM_REPLY_BYTES];
};

void ib_tcam_session_init(struct ib_tcam_session *self, struct ib_tcam *tcam, uint64_t now_us);
/// Right after init. Protected port: nothing but `auth` with this token (1..64 bytes, kept) is
/// carried out until it was given; without it within 10 s the session hangs up.
void ib_tcam_session_guard(struct ib_tcam_session *self, const char *token, uint64_t now_us);
/// Right after init. The serial line of the hardware interface: it never asks for hanging up.
void ib_tcam_session_serial(struct ib_tcam_session *self);

/// Take bytes from the client. Returns how many were taken: fewer than `size` while a command is
/// under way (feed the rest again after the next pull), so that replies come one a request, in
/// order.
size_t ib_tcam_session_feed(struct ib_tcam_session *self, const uint8_t *bytes, size_t size,
                            uint64_t now_us);

/// The bits of `Model` that say which Lepton it is.
uint32_t ib_tcam_imager_bits(const struct ib_lepton_identity *identity);

/// What to send next, whole packets only: a reply, or an image.
struct ib_tcam_chunk {
    const char *bytes; ///< borrowed until the next call of any function of this session's ib_tcam
    size_t size;       ///< 0: nothing to send now
    bool image;
    bool hang_up;         ///< close the connection after this chunk (which may be empty)
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
