/// A session's life: what comes in, what goes out, and when it ends. See rtsp.h.
///
/// Not here: what requests mean (rtsp_request.c).
#include "stream/rtsp.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/status.h"
#include "stream/rtsp_private.h"

/// Viewers send their sign of life at the last moment.
#define TIMEOUT_US ((IB_RTSP_TIMEOUT_S + 5) * 1000000ull)

void ib_rtsp_init(struct ib_rtsp *self, const struct ib_rtsp_config *config) {
    IB_ASSERT(strlen(config->cname) <= IB_RTCP_CNAME_BYTES);
    *self = (struct ib_rtsp){.config = *config};
}

void ib_rtsp_show(struct ib_rtsp *self, struct ib_rtp_frame *frame) {
    self->frame = frame;
    self->shown++;
}

void ib_rtsp_enter(struct ib_rtsp_session *self, enum ib_rtsp_state state) {
    self->server->playing -= self->state == IB_RTSP_PLAYING;
    self->state = state;
    self->server->playing += state == IB_RTSP_PLAYING;
}

static uint32_t random_of(const struct ib_rtsp *server) {
    return server->config.random(server->config.context);
}

void ib_rtsp_name_session(struct ib_rtsp_session *self) {
    struct ib_text text;
    ib_text_init(&text, self->id, sizeof self->id);
    ib_text_hex(&text, random_of(self->server), 8);
    ib_text_hex(&text, random_of(self->server), 8);
    self->ssrc = random_of(self->server);
    self->timestamp_base = random_of(self->server);
    self->sequence = (uint16_t)random_of(self->server);
    self->packets = self->octets = 0;
    self->heard = (struct ib_rtcp_heard){0};
}

void ib_rtsp_session_init(struct ib_rtsp_session *self, struct ib_rtsp *server, const char *peer,
                          const char *own, uint64_t now_us) {
    struct ib_text text;
    // All but the buffers.
    memset(self, 0, offsetof(struct ib_rtsp_session, message));
    self->skip = self->in_size = self->out_size = 0;
    self->out_given = false;
    self->server = server;
    self->heard_us = now_us;
    ib_text_init(&text, self->peer, sizeof self->peer);
    ib_text_str(&text, peer);
    ib_text_init(&text, self->own, sizeof self->own);
    ib_text_str(&text, own);
    ib_message_begin(&self->message, IB_MESSAGE_RTSP, IB_RTSP_BODY_BYTES);
}

void ib_rtsp_session_close(struct ib_rtsp_session *self) {
    ib_rtsp_enter(self, IB_RTSP_INIT);
}

size_t ib_rtsp_refusal(const char **bytes) {
    static const char text[] = "RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: 1\r\n\r\n";
    *bytes = text;
    return sizeof text - 1;
}

// ---- in ----

void ib_rtsp_session_rtcp(struct ib_rtsp_session *self, const uint8_t *bytes, size_t size,
                          uint64_t now_us) {
    struct ib_rtcp_heard heard;
    if (ib_rtcp_read(&heard, self->ssrc, bytes, size) != IB_OK) {
        self->server->counters.malformed++;
        return;
    }
    if (!heard.bye)
        self->heard_us = now_us;
    if (heard.report) {
        self->heard = heard;
        self->server->counters.reports++;
    }
}

static void drop_input(struct ib_rtsp_session *self, size_t size) {
    self->in_size -= size;
    memmove(self->in, self->in + size, self->in_size);
    ib_message_begin(&self->message, IB_MESSAGE_RTSP, IB_RTSP_BODY_BYTES);
}

/// An interleaved frame lies at the front. False: more of it has to come.
static bool take_interleaved(struct ib_rtsp_session *self, uint64_t now_us) {
    if (self->in_size < IB_RTP_FRAMING_BYTES)
        return false;
    size_t size = ib_get_be16(self->in + 2), whole = IB_RTP_FRAMING_BYTES + size;
    if (whole > sizeof self->in) {
        self->skip = whole - self->in_size;
        drop_input(self, self->in_size);
        return false;
    }
    if (self->in_size < whole)
        return false;
    if (self->state != IB_RTSP_INIT && self->transport.interleaved &&
        self->in[1] == self->transport.rtcp_channel)
        ib_rtsp_session_rtcp(self, self->in + IB_RTP_FRAMING_BYTES, size, now_us);
    drop_input(self, whole);
    return true;
}

/// What lies in `in`, until an answer waits or more has to come.
static void consume(struct ib_rtsp_session *self, uint64_t now_us) {
    while (self->in_size > 0 && self->out_size == 0 && !self->hang_up) {
        if (self->message.used == 0 && self->in[0] == '$') {
            if (!take_interleaved(self, now_us))
                return;
            continue;
        }
        switch (ib_message_parse(&self->message, self->in, self->in_size)) {
        case IB_MESSAGE_MORE:
            return;
        case IB_MESSAGE_BAD:
            ib_rtsp_answer_bad(self);
            return;
        case IB_MESSAGE_COMPLETE:
            self->heard_us = now_us;
            ib_rtsp_answer(self, now_us);
            drop_input(self, self->message.used);
            break;
        }
    }
}

size_t ib_rtsp_session_feed(struct ib_rtsp_session *self, const uint8_t *bytes, size_t size,
                            uint64_t now_us) {
    size_t taken = 0;
    while (taken < size && !self->hang_up) {
        size_t left = size - taken;
        if (self->skip > 0) {
            size_t skipped = left < self->skip ? left : self->skip;
            self->skip -= skipped;
            taken += skipped;
            continue;
        }
        size_t room = sizeof self->in - self->in_size;
        size_t part = left < room ? left : room;
        if (part == 0)
            break;
        memcpy(self->in + self->in_size, bytes + taken, part);
        self->in_size += part;
        taken += part;
        consume(self, now_us);
    }
    return self->hang_up ? size : taken;
}

// ---- out ----

static void write_report(struct ib_rtsp_session *self, bool bye, uint64_t now_us) {
    const struct ib_rtsp_config *config = &self->server->config;
    const struct ib_rtcp_sender sender = {
        .ssrc = self->ssrc,
        .wall_us = (int64_t)now_us + config->wall_offset_us,
        .timestamp = self->timestamp_base + ib_rtp_ticks(now_us),
        .packets = self->packets,
        .octets = self->octets,
        .cname = config->cname,
    };
    size_t size = ib_rtcp_write(&sender, bye, self->control + IB_RTP_FRAMING_BYTES);
    self->control[0] = '$';
    self->control[1] = self->transport.rtcp_channel;
    ib_put_be16(self->control + 2, (uint16_t)size);
    self->control_size = IB_RTP_FRAMING_BYTES + size;
}

void ib_rtsp_say_bye(struct ib_rtsp_session *self, uint64_t now_us) {
    write_report(self, true, now_us);
    self->bye = true;
}

/// The report in `control` leaves. False: the connection is busy.
static bool give_control(struct ib_rtsp_session *self, bool busy, struct ib_rtsp_chunk *out) {
    bool interleaved = self->transport.interleaved;
    if (interleaved && busy)
        return false;
    out->output = interleaved ? IB_RTSP_BYTES : IB_RTSP_CONTROL;
    out->bytes = self->control + (interleaved ? 0 : IB_RTP_FRAMING_BYTES);
    out->size = self->control_size - (interleaved ? 0 : IB_RTP_FRAMING_BYTES);
    self->bye = false;
    return true;
}

static bool give_frame(struct ib_rtsp_session *self, bool busy, struct ib_rtsp_chunk *out) {
    struct ib_rtsp *server = self->server;
    struct ib_rtp_frame *frame = server->frame;
    if (!frame || self->seen == server->shown)
        return false;
    if (self->transport.interleaved && busy)
        return false; // whichever is the newest when there is room
    const struct ib_rtp_stamp stamp = {
        .ssrc = self->ssrc,
        .timestamp = self->timestamp_base + ib_rtp_ticks(frame->captured_us),
        .sequence = self->sequence,
        .channel = self->transport.rtp_channel,
    };
    ib_rtp_frame_stamp(frame, &stamp);
    server->counters.frames_missed += server->shown - self->seen - 1;
    self->seen = server->shown;
    self->sequence = (uint16_t)(self->sequence + frame->packets);
    self->packets += frame->packets;
    self->octets += (uint32_t)(frame->size - (size_t)frame->packets *
                                                 (IB_RTP_FRAMING_BYTES + IB_RTP_HEADER_BYTES));
    server->counters.frames++;
    out->output = self->transport.interleaved ? IB_RTSP_BYTES : IB_RTSP_PACKETS;
    out->bytes = frame->bytes;
    out->size = frame->size;
    out->frame = true;
    return true;
}

void ib_rtsp_session_end(struct ib_rtsp_session *self, uint64_t now_us) {
    if (self->state != IB_RTSP_INIT)
        ib_rtsp_say_bye(self, now_us);
    ib_rtsp_enter(self, IB_RTSP_INIT);
    self->hang_up = true;
}

/// A viewer that plays over the connection is alive as long as that takes bytes.
static bool lives_by_itself(const struct ib_rtsp_session *self) {
    return self->state == IB_RTSP_PLAYING && self->transport.interleaved;
}

static void time_out(struct ib_rtsp_session *self, uint64_t now_us) {
    if (self->hang_up || lives_by_itself(self) || now_us < self->heard_us + TIMEOUT_US)
        return;
    self->server->counters.timeouts++;
    ib_rtsp_session_end(self, now_us);
}

static bool give_answer(struct ib_rtsp_session *self, bool busy, struct ib_rtsp_chunk *out) {
    if (self->out_size == 0 || busy)
        return false;
    out->output = IB_RTSP_BYTES;
    out->bytes = self->out;
    out->size = self->out_size;
    out->hang_up = self->hang_up;
    self->out_given = true;
    return true;
}

void ib_rtsp_session_pull(struct ib_rtsp_session *self, uint64_t now_us, bool busy,
                          struct ib_rtsp_chunk *out) {
    *out = (struct ib_rtsp_chunk){.output = IB_RTSP_NOTHING};
    if (self->out_given) {
        self->out_given = false;
        self->out_size = 0;
        consume(self, now_us);
    }
    time_out(self, now_us);
    if (self->bye) {
        give_control(self, busy, out);
        return;
    }
    if (self->out_size > 0 ? give_answer(self, busy, out) : self->hang_up) {
        out->hang_up = self->hang_up;
        return;
    }
    if (self->state != IB_RTSP_PLAYING || self->hang_up)
        return;
    if (now_us >= self->report_us) {
        write_report(self, false, now_us);
        if (give_control(self, busy, out))
            self->report_us = now_us + IB_RTSP_REPORT_US;
        return;
    }
    give_frame(self, busy, out);
}

bool ib_rtsp_session_idle(const struct ib_rtsp_session *self) {
    return self->state == IB_RTSP_INIT && self->in_size == 0 && self->skip == 0 &&
           self->out_size == 0 && !self->bye;
}

uint64_t ib_rtsp_session_due(const struct ib_rtsp_session *self) {
    uint64_t due_us = lives_by_itself(self) ? IB_RTSP_NEVER : self->heard_us + TIMEOUT_US;
    if (self->state == IB_RTSP_PLAYING && self->report_us < due_us)
        due_us = self->report_us;
    return due_us;
}
