/// Requests and their answers. See rtsp.h.
///
/// Source:  RFC 2326, sections 10 (methods), 11 (status codes), 12 (headers), appendix A (states)
///          and C (SDP).
#include <string.h>

#include "core/status.h"
#include "stream/rtsp_private.h"
#include "stream/target.h"

#define TRACK "track0"
/// Wrong passwords before the connection ends.
#define FAILURES_MOST 5

enum place { NOWHERE, WHOLE, STREAM };

/// A request under way: where it points, and the answer.
struct request {
    struct ib_rtsp_session *session;
    const struct ib_message *message;
    struct ib_target target;
    enum place place;
    uint64_t cseq;
    uint64_t now_us;
    struct ib_text out;
    bool ended; ///< the headers, and what comes after them
};

static void begin(struct request *self, int status) {
    struct ib_rtsp *server = self->session->server;
    ib_text_init(&self->out, self->session->out, sizeof self->session->out);
    ib_text_str(&self->out, "RTSP/1.0 ");
    ib_text_u64(&self->out, (uint64_t)status);
    ib_text_char(&self->out, ' ');
    ib_text_str(&self->out, ib_message_reason(status));
    ib_text_str(&self->out, "\r\nCSeq: ");
    ib_text_u64(&self->out, self->cseq);
    ib_text_str(&self->out, "\r\nServer: ");
    ib_text_str(&self->out, server->config.agent);
    ib_text_str(&self->out, "\r\n");
    server->counters.refused += status >= 400;
}

static void put(struct request *self, const char *name, const char *value) {
    ib_text_str(&self->out, name);
    ib_text_str(&self->out, ": ");
    ib_text_str(&self->out, value);
    ib_text_str(&self->out, "\r\n");
}

static void put_session(struct request *self) {
    ib_text_str(&self->out, "Session: ");
    ib_text_str(&self->out, self->session->id);
    ib_text_str(&self->out, ";timeout=");
    ib_text_u64(&self->out, IB_RTSP_TIMEOUT_S);
    ib_text_str(&self->out, "\r\n");
}

/// The URL of the whole, with a slash at its end, as this viewer calls it. Nothing when it does not
/// say how.
static void put_url(struct request *self) {
    const struct ib_target *target = &self->target;
    if (target->scheme.size == 0)
        return;
    struct ib_slice path = target->path, component;
    ib_text_bytes(&self->out, target->scheme.at, target->scheme.size);
    ib_text_str(&self->out, "://");
    ib_text_bytes(&self->out, target->authority.at, target->authority.size);
    ib_text_char(&self->out, '/');
    while (ib_target_component(&path, &component) && !ib_slice_is(component, TRACK)) {
        ib_text_bytes(&self->out, component.at, component.size);
        ib_text_char(&self->out, '/');
    }
}

static void answer(struct request *self, int status) {
    begin(self, status);
}

// ---- what the methods do ----

static const char methods_text[] =
    "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER";

static void do_options(struct request *self) {
    begin(self, 200);
    put(self, "Public", methods_text);
}

static void not_allowed(struct request *self) {
    begin(self, 405);
    put(self, "Allow", methods_text);
}

static void describe(const struct ib_rtsp_session *session, uint64_t version, struct ib_text *sdp) {
    const struct ib_rtsp_config *config = &session->server->config;
    bool six = strchr(session->own, ':') != NULL;
    ib_text_str(sdp, "v=0\r\no=- ");
    ib_text_u64(sdp, version);
    ib_text_str(sdp, six ? " 1 IN IP6 " : " 1 IN IP4 ");
    ib_text_str(sdp, session->own);
    ib_text_str(sdp, "\r\ns=");
    ib_text_str(sdp, config->name);
    ib_text_str(sdp, six ? "\r\nc=IN IP6 ::" : "\r\nc=IN IP4 0.0.0.0");
    ib_text_str(sdp, "\r\nt=0 0\r\na=type:broadcast\r\na=control:*\r\na=range:npt=now-\r\n"
                     "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\na=framerate:");
    ib_text_fixed(sdp, config->fps_centi, 2);
    ib_text_str(sdp, "\r\na=x-dimensions:");
    ib_text_u64(sdp, config->width_px);
    ib_text_char(sdp, ',');
    ib_text_u64(sdp, config->height_px);
    ib_text_str(sdp, "\r\na=cliprect:0,0,");
    ib_text_u64(sdp, config->height_px);
    ib_text_char(sdp, ',');
    ib_text_u64(sdp, config->width_px);
    ib_text_str(sdp, "\r\na=control:" TRACK "\r\n");
}

static void do_describe(struct request *self) {
    char body[1024];
    struct ib_text sdp;
    const struct ib_slice *accept = ib_message_header(self->message, "Accept");
    if (accept && !ib_message_has_token(self->message, "Accept", "application/sdp") &&
        !ib_message_has_token(self->message, "Accept", "*/*")) {
        answer(self, 406);
        return;
    }
    ib_text_init(&sdp, body, sizeof body);
    describe(self->session, self->now_us / 1000000, &sdp);
    begin(self, 200);
    put(self, "Content-Type", "application/sdp");
    if (self->target.scheme.size > 0) {
        ib_text_str(&self->out, "Content-Base: ");
        put_url(self);
        ib_text_str(&self->out, "\r\n");
    }
    ib_text_str(&self->out, "Content-Length: ");
    ib_text_u64(&self->out, sdp.size);
    ib_text_str(&self->out, "\r\n\r\n");
    ib_text_bytes(&self->out, body, sdp.size);
    self->ended = true;
}

static void put_transport(struct request *self) {
    const struct ib_rtsp_session *session = self->session;
    const struct ib_rtsp_transport *transport = &session->transport;
    ib_text_str(&self->out, transport->interleaved ? "Transport: RTP/AVP/TCP;unicast;interleaved="
                                                   : "Transport: RTP/AVP;unicast;client_port=");
    ib_text_u64(&self->out, transport->interleaved ? transport->rtp_channel : transport->rtp_port);
    ib_text_char(&self->out, '-');
    ib_text_u64(&self->out,
                transport->interleaved ? transport->rtcp_channel : transport->rtcp_port);
    if (!transport->interleaved) {
        ib_text_str(&self->out, ";server_port=");
        ib_text_u64(&self->out, session->server->config.rtp_port);
        ib_text_char(&self->out, '-');
        ib_text_u64(&self->out, session->server->config.rtcp_port);
    }
    ib_text_str(&self->out, ";ssrc=");
    ib_text_hex(&self->out, session->ssrc, 8);
    ib_text_str(&self->out, "\r\n");
}

static void do_setup(struct request *self) {
    struct ib_rtsp_session *session = self->session;
    const struct ib_slice *list = ib_message_header(self->message, "Transport");
    struct ib_rtsp_transport transport;
    if (!list) {
        answer(self, 400);
        return;
    }
    if (session->state == IB_RTSP_PLAYING) {
        answer(self, 455);
        return;
    }
    bool udp = session->server->config.rtp_port != 0;
    if (ib_rtsp_transport_choose(&transport, *list, udp, session->peer) != IB_OK) {
        answer(self, 461);
        return;
    }
    session->transport = transport;
    if (session->state == IB_RTSP_INIT || !ib_message_header(self->message, "Session"))
        ib_rtsp_name_session(session);
    ib_rtsp_enter(session, IB_RTSP_READY);
    begin(self, 200);
    put_transport(self);
    put_session(self);
}

/// What comes out next: the frame that is there, or one that is taken from now on.
static void put_rtp_info(struct request *self) {
    const struct ib_rtsp_session *session = self->session;
    const struct ib_rtp_frame *frame = session->server->frame;
    ib_text_str(&self->out, "RTP-Info: url=");
    put_url(self);
    ib_text_str(&self->out, TRACK ";seq=");
    ib_text_u64(&self->out, session->sequence);
    ib_text_str(&self->out, ";rtptime=");
    uint64_t first_us = frame ? frame->captured_us : self->now_us;
    ib_text_u64(&self->out, (uint32_t)(session->timestamp_base + ib_rtp_ticks(first_us)));
    ib_text_str(&self->out, "\r\n");
}

static void do_play(struct request *self) {
    struct ib_rtsp_session *session = self->session;
    struct ib_rtsp *server = session->server;
    bool begins = session->state != IB_RTSP_PLAYING;
    if (begins) {
        ib_rtsp_enter(session, IB_RTSP_PLAYING);
        server->counters.plays++;
        if (server->config.wanted)
            server->config.wanted(server->config.context);
        session->seen = server->shown - (server->frame != NULL); // the newest picture at once
        session->report_us = self->now_us;
    }
    begin(self, 200);
    put_session(self);
    put(self, "Range", "npt=now-");
    if (begins)
        put_rtp_info(self);
}

static void do_pause(struct request *self) {
    if (self->session->state != IB_RTSP_PLAYING) {
        answer(self, 455);
        return;
    }
    ib_rtsp_enter(self->session, IB_RTSP_READY);
    begin(self, 200);
    put_session(self);
}

static void do_teardown(struct request *self) {
    struct ib_rtsp_session *session = self->session;
    ib_rtsp_say_bye(session, self->now_us);
    ib_rtsp_enter(session, IB_RTSP_INIT);
    session->id[0] = '\0';
    begin(self, 200);
}

/// Both are only a sign of life: there is nothing to get or set.
static void do_parameter(struct request *self) {
    if (self->message->body.size > 0) {
        answer(self, 451);
        return;
    }
    begin(self, 200);
    if (self->session->state != IB_RTSP_INIT)
        put_session(self);
}

// ---- from the message to the method ----

struct method {
    const char *name;
    void (*run)(struct request *self);
    bool open;     ///< needs no password, and no path
    bool in_state; ///< needs a session
};

static const struct method methods[] = {
    {"OPTIONS", do_options, true, false},
    {"DESCRIBE", do_describe, false, false},
    {"SETUP", do_setup, false, false},
    {"PLAY", do_play, false, true},
    {"PAUSE", do_pause, false, true},
    {"TEARDOWN", do_teardown, false, true},
    {"GET_PARAMETER", do_parameter, false, false},
    {"SET_PARAMETER", do_parameter, false, false},
    {"ANNOUNCE", not_allowed, true, false},
    {"RECORD", not_allowed, true, false},
    {"REDIRECT", not_allowed, true, false},
};

static const struct method *find_method(struct ib_slice name) {
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (ib_slice_is(name, methods[i].name))
            return &methods[i];
    }
    return NULL;
}

/// `/`, `/name`, and the one stream below each.
static enum place find_place(const struct ib_rtsp *server, struct ib_slice path) {
    struct ib_slice component;
    char name[64];
    bool named = false;
    while (ib_target_component(&path, &component)) {
        if (ib_target_decode(component, name, sizeof name) < 0)
            return NOWHERE;
        if (strcmp(name, TRACK) == 0)
            return ib_target_component(&path, &component) ? NOWHERE : STREAM;
        if (named || strcmp(name, server->config.name) != 0)
            return NOWHERE;
        named = true;
    }
    return WHOLE;
}

/// Whether the session that the request speaks of is this connection's. Without the header: none.
static bool names_session(const struct request *self) {
    const struct ib_slice *header = ib_message_header(self->message, "Session");
    struct ib_slice rest;
    return header && self->session->id[0] &&
           ib_slice_is(ib_slice_trim(ib_slice_cut(*header, ';', &rest)), self->session->id);
}

/// 551 names what is not supported.
static bool requires_something(struct request *self) {
    const struct ib_slice *required = ib_message_header(self->message, "Require");
    if (!required)
        required = ib_message_header(self->message, "Proxy-Require");
    if (!required)
        return false;
    begin(self, 551);
    ib_text_str(&self->out, "Unsupported: ");
    ib_text_bytes(&self->out, required->at, required->size < 256 ? required->size : 256);
    ib_text_str(&self->out, "\r\n");
    return true;
}

static void challenge(struct request *self) {
    begin(self, 401);
    ib_rtsp_auth_challenge(self->session, &self->out);
    self->session->hang_up = self->session->failures >= FAILURES_MOST;
}

static void dispatch(struct request *self) {
    const struct method *method = find_method(self->message->method);
    if (!ib_target_split(self->message->target, &self->target)) {
        answer(self, 400);
        return;
    }
    if (!method) {
        answer(self, 501);
        return;
    }
    if (requires_something(self))
        return;
    if (!method->open && !ib_rtsp_auth_passes(self->session)) {
        challenge(self);
        return;
    }
    self->place = find_place(self->session->server, self->target.path);
    bool speaks_of = ib_message_header(self->message, "Session") != NULL;
    if (!method->open && self->place == NOWHERE && !ib_slice_is(self->target.path, "*"))
        answer(self, 404);
    else if (!method->open && (speaks_of || method->in_state) && !names_session(self))
        answer(self, 454);
    else
        method->run(self);
}

void ib_rtsp_answer(struct ib_rtsp_session *self, uint64_t now_us) {
    struct request request = {.session = self, .message = &self->message, .now_us = now_us};
    const struct ib_slice *cseq = ib_message_header(&self->message, "CSeq");
    self->server->counters.requests++;
    if (!cseq || !ib_slice_u64(*cseq, UINT32_MAX, &request.cseq))
        answer(&request, 400);
    else
        dispatch(&request);
    if (!request.ended)
        ib_text_str(&request.out, "\r\n");
    if (request.out.cut) {
        // Only an absurdly long URL gets here.
        answer(&request, 414);
        ib_text_str(&request.out, "\r\n");
    }
    self->out_size = request.out.size;
    self->out_given = false;
}

void ib_rtsp_answer_bad(struct ib_rtsp_session *self) {
    struct request request = {.session = self, .message = &self->message};
    const struct ib_slice *cseq = ib_message_header(&self->message, "CSeq");
    if (cseq)
        (void)ib_slice_u64(*cseq, UINT32_MAX, &request.cseq);
    self->server->counters.requests++;
    answer(&request, self->message.status);
    ib_text_str(&request.out, "\r\n");
    self->out_size = request.out.size;
    self->out_given = false;
    self->hang_up = true;
}
