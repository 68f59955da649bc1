/// RTSP viewers: what the pump calls, in the engine's words; datagrams; one JPEG a frame.
#include "apps/ironbow/serve_rtsp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <mbedtls/md5.h>

#include "core/status.h"

/// What a Lepton gives.
#define FPS_CENTI 870

static uint32_t on_random(void *context) {
    uint32_t value = 0;
    (void)context;
    // Of a few bytes it gives all or none, and none only before the machine has any.
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        value = (uint32_t)ib_host_now_us();
    return value;
}

static void md5(const void *bytes, size_t size, uint8_t out[16]) {
    if (mbedtls_md5_ret(bytes, size, out) != 0)
        memset(out, 0, 16);
}

// ---- pictures ----

static int pack(struct ib_app_rtsp *self, const uint8_t *file, size_t size, uint64_t captured_us) {
    struct ib_rtp_jpeg jpeg;
    int status = ib_rtp_jpeg_read(&jpeg, file, size);
    if (status != IB_OK)
        return status;
    size_t needed = ib_rtp_frame_bytes(&jpeg);
    if (needed > self->capacity) {
        uint8_t *packets = realloc(self->packets, needed * 2);
        if (!packets)
            return IB_E_NO_SPACE;
        self->packets = packets;
        self->capacity = needed * 2;
    }
    return ib_rtp_frame_build(&self->frame, &jpeg, captured_us, self->packets, self->capacity);
}

/// The newest frame, if it is news, becomes the picture that all viewers get.
static void show_newest(void *context) {
    struct ib_app_rtsp *self = context;
    const struct ib_frame *frame = ib_hub_newest(&self->rig->hub, self->sequence);
    const uint8_t *file;
    size_t size;
    if (!frame)
        return;
    uint64_t captured_us = frame->captured_us;
    self->sequence = frame->sequence;
    int status = ib_app_visible_jpeg(self->visible, frame, &file, &size);
    ib_hub_release(&self->rig->hub, frame);
    if (status == IB_OK)
        status = pack(self, file, size, captured_us);
    if (status == IB_OK)
        ib_rtsp_show(&self->server, &self->frame);
    else if (!self->refused)
        ib_log(self->log, IB_LOG_ERROR, "rtsp", ib_status_text(status));
    self->refused = status != IB_OK;
}

// ---- datagrams ----

/// All packets of the frame, which is stamped for this viewer.
static void send_frame(struct ib_app_rtsp *self, const struct ib_app_rtsp_viewer *viewer) {
    struct ib_datagram datagrams[64];
    struct sockaddr_storage to =
        ib_datagram_address(&viewer->peer, viewer->session.transport.rtp_port);
    unsigned total = self->frame.packets;
    for (unsigned first = 0, count; first < total; first += count) {
        count = total - first < 64 ? total - first : 64;
        for (unsigned i = 0; i < count; i++)
            datagrams[i].bytes = ib_rtp_frame_packet(&self->frame, first + i, &datagrams[i].size);
        // A picture with a hole is of no use: the rest of it is not sent.
        if (ib_datagram_send(self->datagrams, IB_DATAGRAM_EVEN, &to, datagrams, count) < count)
            return;
    }
}

static void on_received(void *context, enum ib_datagram_port port,
                        const struct sockaddr_storage *from, const uint8_t *bytes, size_t size) {
    struct ib_app_rtsp *self = context;
    struct ib_app_rtsp_viewer *viewer;
    if (port != IB_DATAGRAM_ODD)
        return; // to open a way through their firewall, some send something here
    LIST_FOREACH(viewer, &self->viewers, all) {
        const struct ib_rtsp_session *session = &viewer->session;
        if (session->state == IB_RTSP_INIT || session->transport.interleaved)
            continue;
        struct sockaddr_storage expected =
            ib_datagram_address(&viewer->peer, session->transport.rtcp_port);
        if (ib_datagram_same(&expected, from)) {
            ib_rtsp_session_rtcp(&viewer->session, bytes, size, ib_app_rig_now_us(self->rig));
            return;
        }
    }
}

// ---- what the pump calls ----

static void on_open(void *engine, void *session, uint64_t now_us) {
    struct ib_app_rtsp *self = engine;
    struct ib_app_rtsp_viewer *viewer = session;
    struct sockaddr_storage own;
    char peer_text[IB_RTSP_ADDRESS_BYTES] = "", own_text[IB_RTSP_ADDRESS_BYTES] = "";
    if (ib_pump_addresses(session, &viewer->peer, &own) == 0) {
        ib_datagram_host(&viewer->peer, peer_text, sizeof peer_text);
        ib_datagram_host(&own, own_text, sizeof own_text);
    }
    ib_rtsp_session_init(&viewer->session, &self->server, peer_text, own_text, now_us);
    LIST_INSERT_HEAD(&self->viewers, viewer, all);
}

static size_t on_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                      uint64_t now_us) {
    struct ib_app_rtsp_viewer *viewer = session;
    (void)engine;
    return ib_rtsp_session_feed(&viewer->session, bytes, size, now_us);
}

static void on_pull(void *engine, void *session, uint64_t now_us, bool busy,
                    struct ib_pump_chunk *out) {
    struct ib_app_rtsp *self = engine;
    struct ib_app_rtsp_viewer *viewer = session;
    for (;;) {
        struct ib_rtsp_chunk chunk;
        ib_rtsp_session_pull(&viewer->session, now_us, busy, &chunk);
        if (!self->datagrams &&
            (chunk.output == IB_RTSP_PACKETS || chunk.output == IB_RTSP_CONTROL))
            continue; // the door is being closed
        if (chunk.output == IB_RTSP_PACKETS) {
            send_frame(self, viewer);
        } else if (chunk.output == IB_RTSP_CONTROL) {
            const struct ib_datagram report = {chunk.bytes, chunk.size};
            struct sockaddr_storage to =
                ib_datagram_address(&viewer->peer, viewer->session.transport.rtcp_port);
            ib_datagram_send(self->datagrams, IB_DATAGRAM_ODD, &to, &report, 1);
        } else {
            *out = (struct ib_pump_chunk){.bytes = chunk.bytes,
                                          .size = chunk.size,
                                          .droppable = chunk.frame,
                                          .hang_up = chunk.hang_up};
            return;
        }
    }
}

static uint64_t on_due(void *engine, void *session) {
    const struct ib_app_rtsp_viewer *viewer = session;
    (void)engine;
    return ib_rtsp_session_due(&viewer->session);
}

static bool on_spare(void *engine, void *session) {
    const struct ib_app_rtsp_viewer *viewer = session;
    (void)engine;
    return ib_rtsp_session_idle(&viewer->session);
}

static bool on_close(void *engine, void *session) {
    struct ib_app_rtsp_viewer *viewer = session;
    (void)engine;
    ib_rtsp_session_close(&viewer->session);
    LIST_REMOVE(viewer, all);
    return true;
}

static void on_refuse(void *engine, struct ib_pump_chunk *out) {
    const char *bytes;
    (void)engine;
    size_t size = ib_rtsp_refusal(&bytes);
    *out = (struct ib_pump_chunk){.bytes = bytes, .size = size, .hang_up = true};
}

static const struct ib_pump_engine ENGINE = {
    .session_bytes = sizeof(struct ib_app_rtsp_viewer),
    .open = on_open,
    .feed = on_feed,
    .pull = on_pull,
    .due = on_due,
    .spare = on_spare,
    .close = on_close,
    .refuse = on_refuse,
};

// ---- the door ----

static void init_server(struct ib_app_rtsp *self, const struct ib_app_rtsp_config *config) {
    uint16_t port = self->datagrams ? ib_datagram_even_port(self->datagrams) : 0;
    const struct ib_rtsp_config rtsp = {
        .name = IB_APP_RTSP_NAME,
        .agent = "ironbow/" IB_VERSION,
        .cname = IB_APP_RTSP_NAME,
        .width_px = (uint16_t)ib_app_visible_default.width_px,
        .height_px = (uint16_t)ib_app_visible_default.height_px,
        .fps_centi = FPS_CENTI,
        .rtp_port = port,
        .rtcp_port = port ? (uint16_t)(port + 1) : 0,
        .token = config->token,
        .md5 = md5,
        .random = on_random,
        .wanted = show_newest,
        .context = self,
        .wall_offset_us = ib_host_wall_us() - (int64_t)ib_app_rig_now_us(config->rig),
    };
    ib_rtsp_init(&self->server, &rtsp);
}

static void open_datagrams(struct ib_app_rtsp *self, const struct ib_app_rtsp_config *config) {
    char problem[256], text[320];
    const struct ib_datagram_config datagrams = {
        .loop = config->loop, .address = config->address, .received = on_received, .context = self};
    if (ib_datagram_open(&self->datagrams, &datagrams, problem, sizeof problem) == 0)
        return;
    snprintf(text, sizeof text, "over TCP only: %s", problem);
    ib_log(config->log, IB_LOG_WARNING, "rtsp", text);
}

static int open_pump(struct ib_app_rtsp *self, const struct ib_app_rtsp_config *config, int port,
                     char *problem, size_t problem_size) {
    const struct ib_pump_config pump = {
        .loop = config->loop,
        .engine = &ENGINE,
        .engine_context = self,
        .address = config->address,
        .port = port,
        .max_clients = config->max_clients,
        .send_deadline_ms = IB_APP_SEND_DEADLINE_MS,
        .now_us = ib_app_rig_now_us,
        .now_context = config->rig,
        .log = config->log,
    };
    return ib_pump_open(&self->pump, &pump, problem, problem_size);
}

int ib_app_rtsp_open(struct ib_app_rtsp *self, const struct ib_app_rtsp_config *config,
                     char *problem, size_t problem_size) {
    char why[256], text[320];
    self->rig = config->rig;
    self->visible = config->visible;
    self->log = config->log;
    LIST_INIT(&self->viewers);
    snprintf(self->address, sizeof self->address, "%s", config->address);
    int error = open_pump(self, config, config->port, why, sizeof why);
    if (error == -EADDRINUSE && config->or_any_port) {
        error = open_pump(self, config, 0, why, sizeof why);
        snprintf(text, sizeof text, "port %d is taken by another program: %d is used", config->port,
                 error ? 0 : ib_pump_port(self->pump));
        if (!error)
            ib_log(config->log, IB_LOG_WARNING, "rtsp", text);
    }
    if (error) {
        snprintf(problem, problem_size, "%s:%d: %s", config->address, config->port, why);
        return -1;
    }
    open_datagrams(self, config);
    init_server(self, config);
    return 0;
}

void ib_app_rtsp_free(struct ib_app_rtsp *self) {
    free(self->packets);
    self->packets = NULL;
}

static void door_kick(void *door, uint64_t now_us) {
    struct ib_app_rtsp *self = door;
    (void)now_us;
    if (self->server.playing == 0 || ib_hub_sequence(&self->rig->hub) == self->sequence)
        return;
    show_newest(self);
    ib_pump_kick(self->pump);
}

static int door_reachable(void *door, bool reachable, char *problem, size_t problem_size) {
    struct ib_app_rtsp *self = door;
    return ib_app_port_reachable(self->pump, reachable, problem, problem_size);
}

static void put_url(const struct ib_app_rtsp *self, char *out, size_t size) {
    char where[96];
    ib_app_endpoint(where, sizeof where, self->address, ib_pump_port(self->pump));
    snprintf(out, size, "rtsp://%s/" IB_APP_RTSP_NAME, where);
}

static void door_print(void *door, struct ib_app_journal *journal) {
    const struct ib_app_rtsp *self = door;
    char url[128], line[192];
    put_url(self, url, sizeof url);
    snprintf(line, sizeof line, "rtsp %s%s", url,
             self->server.config.token ? " (user " IB_RTSP_USER ", password: the token)" : "");
    ib_app_journal_print(journal, line);
}

static void door_put(void *door, struct ib_json_writer *json) {
    const struct ib_app_rtsp *self = door;
    char url[128];
    put_url(self, url, sizeof url);
    ib_json_put_string(json, "rtsp", url);
    ib_json_put_int(json, "rtsp_port", ib_pump_port(self->pump));
}

static void door_count(void *door, struct ib_json_writer *json) {
    const struct ib_app_rtsp *self = door;
    const struct ib_rtsp_counters *counters = &self->server.counters;
    struct ib_pump_counters port;
    ib_pump_counters(self->pump, &port);
    ib_json_open_object(json, "rtsp");
    ib_json_put_int(json, "clients", ib_pump_clients(self->pump));
    ib_json_put_int(json, "playing", self->server.playing);
    ib_json_put_int(json, "accepted", port.accepted);
    ib_json_put_int(json, "requests", counters->requests);
    ib_json_put_int(json, "refused", counters->refused);
    ib_json_put_int(json, "frames", counters->frames);
    ib_json_put_int(json, "frames_missed", counters->frames_missed);
    ib_json_put_int(json, "packets_lost", self->datagrams ? ib_datagram_lost(self->datagrams) : 0);
    ib_json_put_int(json, "timeouts", counters->timeouts + port.timed_out);
    ib_json_put_int(json, "reports", counters->reports);
    ib_json_put_int(json, "malformed", counters->malformed);
    ib_json_close_object(json);
}

static unsigned door_close(void *door, void (*closed)(void *context), void *context) {
    struct ib_app_rtsp *self = door;
    struct ib_app_rtsp_viewer *viewer;
    struct ib_pump_chunk chunk;
    unsigned parts = 1;
    LIST_FOREACH(viewer, &self->viewers, all) {
        if (viewer->session.transport.interleaved)
            continue;
        uint64_t now_us = ib_app_rig_now_us(self->rig);
        ib_rtsp_session_end(&viewer->session, now_us);
        on_pull(self, viewer, now_us, true, &chunk);
    }
    if (self->datagrams) {
        ib_datagram_close(self->datagrams, closed, context);
        self->datagrams = NULL;
        parts++;
    }
    ib_pump_close(self->pump, closed, context);
    return parts;
}

struct ib_app_door ib_app_rtsp_door(struct ib_app_rtsp *self) {
    return (struct ib_app_door){.self = self,
                                .kick = door_kick,
                                .reachable = door_reachable,
                                .print = door_print,
                                .put = door_put,
                                .count = door_count,
                                .close = door_close};
}
