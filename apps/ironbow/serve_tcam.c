/// tCam clients: what the pump calls, in the protocol engine's words.
#include "apps/ironbow/serve_tcam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"

static void on_open(void *engine, void *session, uint64_t now_us) {
    struct ib_app_tcam *self = engine;
    ib_tcam_session_init(session, &self->tcam, now_us);
}

static size_t on_feed(void *engine, void *session, const uint8_t *bytes, size_t size,
                      uint64_t now_us) {
    (void)engine;
    return ib_tcam_session_feed(session, bytes, size, now_us);
}

/// When the encoded frame was published. This thread may be quicker than the one that notes it.
static uint64_t published_us(struct ib_app_tcam *self) {
    uint32_t place = self->tcam.packet_sequence % IB_APP_PUBLISHED;
    bool noted = self->published[place] == self->tcam.packet_sequence;
    return noted ? self->published_us[place] : ib_host_now_us();
}

static void on_pull(void *engine, void *session, uint64_t now_us, bool busy,
                    struct ib_pump_chunk *out) {
    struct ib_app_tcam *self = engine;
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(session, now_us, busy, &chunk);
    *out = (struct ib_pump_chunk){.bytes = chunk.bytes,
                                  .size = chunk.size,
                                  .droppable = chunk.image,
                                  .began_us = chunk.image ? published_us(self) : 0};
}

static void on_sent(void *engine, uint64_t began_us) {
    struct ib_app_tcam *self = engine;
    uint64_t host_us = ib_host_now_us(), late_us = host_us > began_us ? host_us - began_us : 0;
    self->latencies_us[self->latency_count++ % IB_APP_LATENCIES] =
        late_us < UINT32_MAX ? (uint32_t)late_us : UINT32_MAX;
}

void ib_app_tcam_published(struct ib_app_tcam *self) {
    uint32_t sequence = ib_hub_sequence(self->tcam.hub), place = sequence % IB_APP_PUBLISHED;
    self->published_us[place] = ib_host_now_us();
    self->published[place] = sequence;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

void ib_app_tcam_latency(const struct ib_app_tcam *self, struct ib_app_latency *out) {
    uint32_t sorted[IB_APP_LATENCIES];
    uint32_t count =
        self->latency_count < IB_APP_LATENCIES ? self->latency_count : IB_APP_LATENCIES;

    *out = (struct ib_app_latency){.images = count};
    if (count == 0)
        return;
    memcpy(sorted, self->latencies_us, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], by_size);
    out->p50_us = sorted[count / 2];
    out->p99_us = sorted[(count * 99 - 1) / 100];
    out->max_us = sorted[count - 1];
}

static uint64_t on_due(void *engine, void *session) {
    (void)engine;
    return ib_tcam_session_due(session);
}

static bool on_close(void *engine, void *session) {
    (void)engine;
    return ib_tcam_session_close(session);
}

static void on_refuse(void *engine, struct ib_pump_chunk *out) {
    (void)engine;
    const char *bytes;
    size_t size = ib_tcam_refusal(&bytes);
    *out = (struct ib_pump_chunk){.bytes = bytes, .size = size, .hang_up = true};
}

static const struct ib_pump_engine ENGINE = {
    .session_bytes = sizeof(struct ib_tcam_session),
    .open = on_open,
    .feed = on_feed,
    .pull = on_pull,
    .due = on_due,
    .sent = on_sent,
    .close = on_close,
    .refuse = on_refuse,
};

int ib_app_tcam_open(struct ib_app_tcam *self, const struct ib_app_tcam_config *config,
                     char *problem, size_t problem_size) {
    const struct ib_tcam_config tcam = {
        .camera = &config->rig->camera,
        .hub = &config->rig->hub,
        .name = config->name,
        .version = IB_VERSION,
        .model_base = ib_board_tcam_mini.model_wifi,
        .wall_offset_us = ib_host_wall_us() - (int64_t)ib_app_rig_now_us(config->rig),
        .log = config->log,
        .notify = config->notify,
        .notify_context = config->notify_context,
    };
    int status = ib_tcam_init(&self->tcam, &tcam);
    if (status != IB_OK) {
        snprintf(problem, problem_size, "%s", ib_status_text(status));
        return -1;
    }
    const struct ib_pump_config pump = {
        .loop = config->loop,
        .engine = &ENGINE,
        .engine_context = self,
        .address = config->address,
        .port = config->port,
        .max_clients = config->max_clients,
        .send_deadline_ms = IB_APP_SEND_DEADLINE_MS,
        .now_us = ib_app_rig_now_us,
        .now_context = config->rig,
        .log = config->log,
    };
    return ib_pump_open(&self->pump, &pump, problem, problem_size) == 0 ? 0 : -1;
}
