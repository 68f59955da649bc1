/// See support_rig.h.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/status.h"

static struct fake_camera *fake_of(struct ib_camera *camera) {
    return (struct fake_camera *)(void *)camera;
}

static void answer(struct fake_camera *self, int status) {
    struct ib_camera_request *request = self->request;
    assert_non_null(request);
    self->request = NULL;
    if (request->ask == IB_ASK_CCI && status == IB_OK) {
        uint16_t *from = request->cci.command & 1 ? request->cci.data : self->data;
        uint16_t *to = request->cci.command & 1 ? self->sent : request->cci.data;
        memcpy(to, from, request->cci.words * sizeof *to);
    }
    request->outcome = self->outcome;
    request->status = status;
    atomic_store(&request->answered, 1);
    if (request->notify)
        request->notify(request->notify_context);
}

void ib_camera_post(struct ib_camera *camera, struct ib_camera_request *request) {
    struct fake_camera *self = fake_of(camera);
    assert_null(self->request); // one at a time from one session
    self->request = request;
    self->posts++;
    atomic_store(&request->answered, 0);
    if (self->at_once)
        answer(self, self->status);
}

bool ib_camera_answered(const struct ib_camera_request *request) {
    return atomic_load(&request->answered) != 0;
}

void ib_camera_state(struct ib_camera *camera, struct ib_camera_state *out) {
    *out = fake_of(camera)->state;
}

static void count_notify(void *context) {
    ((struct rig *)context)->notified++;
}

static void count_log(void *context, enum ib_log_level level, const char *room, const char *text) {
    assert_true(level <= IB_LOG_DEBUG);
    assert_string_equal(room, "tcam");
    assert_true(strlen(text) > 0 && strchr(text, '\n') == NULL);
    ((struct rig *)context)->logged++;
}

void rig_module(struct rig *self, enum ib_lepton_model model, uint16_t width_px, bool radiometric) {
    struct ib_lepton_identity *identity = &self->camera.state.identity;
    identity->model = model;
    identity->width_px = width_px;
    identity->height_px = (uint16_t)(width_px * 3 / 4);
    identity->radiometric = radiometric;
}

void rig_init(struct rig *self) {
    memset(self, 0, sizeof *self);
    self->now_us = RIG_START_US;
    self->camera.outcome.status_word = 6;
    self->camera.state.stage = IB_STAGE_RUNNING;
    self->camera.state.settings =
        (struct ib_camera_settings){.emissivity_pct = 100, .gain = IB_GAIN_HIGH};
    rig_module(self, IB_LEPTON_3_5, 160, true);
    assert_int_equal(ib_hub_init(&self->hub, RIG_SLOTS, self->storage,
                                 sizeof self->storage / sizeof self->storage[0]),
                     IB_OK);
    self->log = (struct ib_log){.write = count_log, .context = self};
    struct ib_tcam_config config = {
        .camera = (struct ib_camera *)(void *)&self->camera,
        .hub = &self->hub,
        .name = "tCam-Mini-EFB5",
        .version = "2.0",
        .model_base = 2,
        .log = &self->log,
        .notify = count_notify,
        .notify_context = self,
    };
    assert_int_equal(ib_tcam_init(&self->tcam, &config), IB_OK);
    ib_tcam_session_init(&self->session, &self->tcam, self->now_us);
}

void rig_answer(struct rig *self, int status) {
    answer(&self->camera, status);
}

uint16_t rig_pixel(uint32_t number, uint32_t index) {
    return (uint16_t)(number * 40503u + index * 2654435761u / 65536u);
}

uint16_t rig_telemetry(uint32_t number, uint32_t index) {
    return (uint16_t)(number * 257u + index);
}

void rig_frame_sized(struct rig *self, uint32_t flags, uint16_t width_px, uint16_t height_px) {
    struct ib_frame *frame = ib_hub_claim(&self->hub);
    assert_non_null(frame); // a reader that keeps slots would be a leak
    self->frames++;
    frame->captured_us = self->now_us;
    frame->flags = flags | IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY;
    frame->width_px = width_px;
    frame->height_px = height_px;
    for (uint32_t i = 0; i < (uint32_t)width_px * height_px; i++)
        frame->pixels[i] = rig_pixel(self->frames, i);
    for (uint32_t i = 0; i < IB_FRAME_TELEMETRY_WORDS; i++)
        frame->telemetry[i] = rig_telemetry(self->frames, i);
    ib_hub_publish(&self->hub, frame);
}

void rig_frame(struct rig *self, uint32_t flags) {
    rig_frame_sized(self, flags, 160, 120);
}

size_t rig_feed(struct rig *self, const void *bytes, size_t size) {
    return ib_tcam_session_feed(&self->session, bytes, size, self->now_us);
}

void rig_say(struct rig *self, const char *json) {
    size_t size = strlen(json);
    assert_int_equal(rig_feed(self, "\x02", 1), 1);
    assert_int_equal(rig_feed(self, json, size), size);
    assert_int_equal(rig_feed(self, "\x03", 1), 1);
}

void rig_expect(struct rig *self, const char *json) {
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&self->session, self->now_us, false, &chunk);
    if (chunk.size < 2 || chunk.image)
        fail_msg("expected %s, got %s", json, chunk.image ? "an image" : "nothing");
    char text[IB_TCAM_REPLY_BYTES];
    memcpy(text, chunk.bytes + 1, chunk.size - 2);
    text[chunk.size - 2] = 0;
    assert_string_equal(text, json);
    assert_int_equal(chunk.bytes[0], 2);
    assert_int_equal(chunk.bytes[chunk.size - 1], 3);
}

void rig_expect_nothing(struct rig *self) {
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&self->session, self->now_us, false, &chunk);
    if (chunk.size)
        fail_msg("expected nothing, got %.*s", chunk.size < 200 ? (int)chunk.size : 200,
                 chunk.bytes);
}

struct ib_tcam_chunk rig_expect_image(struct rig *self) {
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&self->session, self->now_us, false, &chunk);
    if (!chunk.image)
        fail_msg("expected an image, got %.*s", chunk.size < 200 ? (int)chunk.size : 200,
                 chunk.size ? chunk.bytes : "");
    assert_int_equal(chunk.bytes[0], 2);
    assert_int_equal(chunk.bytes[chunk.size - 1], 3);
    return chunk;
}

const char *rig_info(int value, const char *text) {
    static char line[160];
    snprintf(line, sizeof line, "{\"cam_info\":{\"info_value\":%d,\"info_string\":\"%s\"}}", value,
             text);
    return line;
}

void rig_refuses(struct rig *self, const char *json, int value, const char *text) {
    unsigned posts = self->camera.posts;
    uint32_t bad = self->tcam.counters.bad_commands;
    rig_say(self, json);
    rig_expect(self, rig_info(value, text));
    rig_expect_nothing(self);
    assert_int_equal(self->camera.posts, posts);
    assert_int_equal(self->tcam.counters.bad_commands, bad + 1);
}
