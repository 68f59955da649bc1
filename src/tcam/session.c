/// One client's session: packets out of bytes, one command at a time, and what to send next.
///
/// The rules of order: a command is carried out only when the reply to the one before has been
/// given out; a reply goes before a file, that before what nobody asked for just now, that before an
/// image; nothing is given out while the client is busy.
/// Source:  tCam-Mini README, Command Interface (delimiters 0x02 and 0x03).
#include <string.h>

#include "bus/clock.h"
#include "core/status.h"
#include "tcam/engine.h"

void ib_tcam_session_init(struct ib_tcam_session *self, struct ib_tcam *tcam, uint64_t now_us) {
    (void)now_us;
    memset(self, 0, sizeof *self);
    self->tcam = tcam;
    self->seen_sequence = ib_hub_sequence(tcam->hub);
    self->next = tcam->sessions;
    tcam->sessions = self;
}

void ib_tcam_session_serial(struct ib_tcam_session *self) {
    self->serial = true;
}

/// Whether a request is under way, or its reply waits.
static bool occupied(const struct ib_tcam_session *self) {
    return self->pending != IB_TCAM_IDLE || self->reply_size != 0 || self->sending_file;
}

/// Where this client's images go; NULL: to the client.
static struct ib_tcam_slave *slave_of(const struct ib_tcam_session *self) {
    return self->serial ? self->tcam->slave : NULL;
}

/// Bytes up to the next delimiter of a packet are its text.
static size_t take_text(struct ib_tcam_session *self, const uint8_t *bytes, size_t size) {
    size_t room = sizeof self->rx - self->rx_size;
    size_t n = 0;
    while (n < size && bytes[n] != IB_TCAM_START && bytes[n] != IB_TCAM_END)
        n++;
    if (n <= room) {
        memcpy(self->rx + self->rx_size, bytes, n);
        self->rx_size += n;
        return n;
    }
    // Too long: answered at once; what follows is outside of any packet.
    self->in_packet = false;
    self->tcam->counters.commands++;
    self->tcam->counters.overlong++;
    ib_tcam_reply_info(self, IB_TCAM_BAD, "Couldn't convert json string");
    return room + 1;
}

/// Outside of packets everything but a start is skipped.
static size_t skip(const uint8_t *bytes, size_t size) {
    const uint8_t *start = memchr(bytes, IB_TCAM_START, size);
    return start ? (size_t)(start - bytes) : size;
}

/// A page of anywhere can make its visitor's browser send an HTTP request here, with whole packets in
/// its body. No client begins like one.
static bool is_http(struct ib_tcam_session *self, const uint8_t *bytes, size_t size) {
    static const char *const METHODS[] = {"GET ",     "HEAD ",   "POST ",  "PUT ",
                                          "OPTIONS ", "DELETE ", "PATCH ", "CONNECT "};
    if (self->serial || self->first_size == sizeof self->first)
        return false;
    for (size_t i = 0; i < size && self->first_size < sizeof self->first; i++)
        self->first[self->first_size++] = bytes[i];
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        size_t length = strlen(METHODS[i]);
        if (self->first_size >= length && memcmp(self->first, METHODS[i], length) == 0)
            return true;
    }
    return false;
}

size_t ib_tcam_session_feed(struct ib_tcam_session *self, const uint8_t *bytes, size_t size,
                            uint64_t now_us) {
    if (self->closing || self->hang_up)
        return size;
    ib_tcam_clock(self->tcam, now_us);
    if (is_http(self, bytes, size)) {
        self->hang_up = true;
        return size;
    }
    size_t taken = 0;
    while (taken < size && !occupied(self)) {
        if (bytes[taken] == IB_TCAM_START) {
            self->in_packet = true;
            self->rx_size = 0;
            taken++;
        } else if (!self->in_packet) {
            taken += skip(bytes + taken, size - taken);
        } else if (bytes[taken] == IB_TCAM_END) {
            self->in_packet = false;
            taken++;
            ib_tcam_command(self, (const char *)self->rx, self->rx_size, now_us);
        } else {
            taken += take_text(self, bytes + taken, size - taken);
        }
    }
    return taken;
}

/// The reply to a request that the camera has answered.
static void settle(struct ib_tcam_session *self) {
    int status = self->request.status;
    switch (self->pending) {
    case IB_TCAM_WAITS_ACK:
        ib_tcam_reply_outcome(self, self->pending_name, status == IB_OK);
        break;
    case IB_TCAM_WAITS_CCI_GET:
    case IB_TCAM_WAITS_CCI_SET:
        // The module's own refusal is an answer like any other: the status word tells.
        if (status == IB_OK || status == IB_E_DEVICE)
            ib_tcam_reply_cci(self, self->pending == IB_TCAM_WAITS_CCI_GET);
        else
            ib_tcam_reply_outcome(self, self->pending_name, false);
        break;
    default: // answered long after this session gave up
        return;
    }
    self->pending = IB_TCAM_IDLE;
}

/// Take in the camera's answer; give up on whatever has waited too long.
static void look_at_pending(struct ib_tcam_session *self, uint64_t now_us) {
    if (self->posted && ib_camera_answered(&self->request)) {
        self->posted = false;
        settle(self);
    }
    if (self->pending != IB_TCAM_IDLE && now_us >= self->pending_deadline_us) {
        ib_tcam_reply_outcome(self, self->pending_name, false);
        self->pending = IB_TCAM_IDLE;
    }
}

/// Count what a busy client misses: each frame that replaces one it has not taken yet.
static void note_busy(struct ib_tcam_session *self, uint64_t now_us) {
    uint32_t newest = ib_hub_sequence(self->tcam->hub);
    if (!self->streaming || newest == self->seen_sequence || newest == self->waiting_sequence ||
        !ib_tcam_stream_wants(self, now_us))
        return;
    if (self->waiting_sequence != self->seen_sequence)
        self->tcam->counters.images_skipped++;
    self->waiting_sequence = newest;
}

/// What a wanted image is for.
enum use { FOR_NOTHING, FOR_REQUEST, FOR_PICTURE, FOR_STREAM };

static enum use use_of(const struct ib_tcam_session *self) {
    const struct ib_tcam_slave *slave = slave_of(self);
    if (self->pending == IB_TCAM_WAITS_PICTURE)
        return FOR_PICTURE;
    // On the hardware interface a request waits until the controller has taken the image before.
    if (self->pending == IB_TCAM_WAITS_IMAGE)
        return slave && (slave->armed || slave->dead) ? FOR_NOTHING : FOR_REQUEST;
    return self->streaming ? FOR_STREAM : FOR_NOTHING;
}

static void advance(struct ib_tcam_session *self, uint64_t now_us) {
    ib_tcam_stream_advance(self, self->tcam->packet_captured_us);
    if (!self->streaming)
        ib_tcam_events_stream_end(self, now_us);
}

/// The newest frame as an image, when this client wants it: into `out`, onto the slave port (then
/// the reply says so) or to the card (then the reply says how it went).
static bool take_image(struct ib_tcam_session *self, uint64_t now_us, struct ib_tcam_chunk *out) {
    struct ib_tcam *tcam = self->tcam;
    enum use use = use_of(self);
    const struct ib_frame *frame =
        use == FOR_NOTHING ? NULL : ib_hub_newest(tcam->hub, self->seen_sequence);
    if (!frame)
        return false;

    bool wanted = !(frame->flags & IB_FRAME_FFC) &&
                  (use != FOR_STREAM || ib_tcam_stream_wants(self, frame->captured_us)) &&
                  ib_tcam_encode(tcam, frame);
    // A picture takes nothing from a stream that runs beside it.
    if (!(use == FOR_PICTURE && wanted && self->streaming)) {
        self->seen_sequence = frame->sequence;
        self->waiting_sequence = frame->sequence;
    }
    ib_hub_release(tcam->hub, frame);
    if (!wanted)
        return false;

    if (use == FOR_STREAM)
        advance(self, now_us);
    else
        self->pending = IB_TCAM_IDLE;
    if (use == FOR_PICTURE) {
        ib_tcam_card_picture(self, now_us);
        return false;
    }
    if (slave_of(self)) {
        ib_tcam_hardware_image(self, now_us);
        if (self->reply_size)
            tcam->counters.images_sent++;
        else if (use == FOR_REQUEST)
            ib_tcam_reply_outcome(self, self->pending_name, false);
        return false;
    }
    tcam->counters.images_sent++;
    *out = (struct ib_tcam_chunk){.bytes = tcam->packet,
                                  .size = tcam->packet_size,
                                  .image = true,
                                  .captured_us = tcam->packet_captured_us};
    return true;
}

/// What nobody asked for just now: the next thing about an update, or an event. Not while a request
/// is under way: what comes next is its reply.
static void speak_up(struct ib_tcam_session *self) {
    if (occupied(self) || self->hang_up)
        return;
    if (self->tcam->device)
        ib_tcam_update_say(self);
    ib_tcam_events_say(self);
}

static bool give_reply(struct ib_tcam_session *self, struct ib_tcam_chunk *out) {
    if (!self->reply_size)
        return false;
    *out = (struct ib_tcam_chunk){
        .bytes = self->reply, .size = self->reply_size, .hang_up = self->hang_up};
    self->reply_size = 0; // the bytes stay until the next call
    return true;
}

void ib_tcam_session_pull(struct ib_tcam_session *self, uint64_t now_us, bool busy,
                          struct ib_tcam_chunk *out) {
    *out = (struct ib_tcam_chunk){0};
    if (self->closing)
        return;
    if (slave_of(self) && !self->reply_size)
        ib_tcam_hardware_step(self, now_us);
    if (busy) {
        note_busy(self, now_us);
        return;
    }
    ib_tcam_clock(self->tcam, now_us);
    if (give_reply(self, out)) // also what the hardware interface has to say meanwhile
        return;
    // A get_image that is as late as its frame still gets the frame.
    if (self->pending == IB_TCAM_WAITS_IMAGE || self->pending == IB_TCAM_WAITS_PICTURE) {
        if (take_image(self, now_us, out))
            return;
    }
    look_at_pending(self, now_us);
    ib_tcam_guard_step(self, now_us);
    if (give_reply(self, out))
        return;
    if (self->hang_up) {
        out->hang_up = true;
        return;
    }
    if (self->sending_file && ib_tcam_card_send(self, out))
        return;
    speak_up(self);
    if (give_reply(self, out) || take_image(self, now_us, out))
        return;
    give_reply(self, out);
}

uint64_t ib_tcam_session_due(const struct ib_tcam_session *self) {
    if (self->closing || self->hang_up)
        return IB_NEVER;
    const struct ib_tcam_slave *slave = slave_of(self);
    uint64_t due_us = IB_NEVER;
    if (self->pending != IB_TCAM_IDLE)
        due_us = self->pending_deadline_us;
    if (self->token && self->token_deadline_us < due_us)
        due_us = self->token_deadline_us;
    if (slave && slave->armed && slave->deadline_us < due_us)
        due_us = slave->deadline_us;
    return due_us;
}

static void unlink(struct ib_tcam_session *self) {
    for (struct ib_tcam_session **at = &self->tcam->sessions; *at; at = &(*at)->next) {
        if (*at == self) {
            *at = self->next;
            self->next = NULL;
            return;
        }
    }
}

bool ib_tcam_session_close(struct ib_tcam_session *self) {
    self->closing = true;
    self->streaming = false;
    self->sending_file = false;
    self->pending = IB_TCAM_IDLE;
    self->reply_size = 0;
    self->events = 0;
    unlink(self);
    ib_tcam_update_leave(self);
    if (self->posted && ib_camera_answered(&self->request))
        self->posted = false;
    return !self->posted;
}
