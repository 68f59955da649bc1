/// See support_rig.h.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "bus/clock.h"
#include "core/json.h"
#include "core/status.h"

static struct rig_board board;
static const uint32_t flash_bytes[RIG_FLASHES] = {
    2 * IB_SIM_FLASH_SECTOR_BYTES, 2 * IB_SIM_FLASH_SECTOR_BYTES, RIG_SLOT_BYTES, RIG_SLOT_BYTES};
static uint8_t flash_content[RIG_FLASHES][2][RIG_SLOT_BYTES];

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
    assert_true(strlen(room) > 0);
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

static int button_get(void *context) {
    return ((struct rig_board *)context)->pressed;
}

static int button_set(void *context, int level) {
    (void)context;
    (void)level;
    return IB_E_UNSUPPORTED;
}

static void board_init(struct rig *self, const struct rig_with *with) {
    static const struct ib_gpio_ops button = {.set = button_set, .get = button_get};
    memset(&board, 0, sizeof board);
    self->board = &board;
    for (uint32_t i = 0; i < RIG_FLASHES; i++) {
        ib_sim_flash_init(&board.flash[i], flash_content[i][0], flash_content[i][1], flash_bytes[i],
                          i + 1);
        board.storage[i] = ib_sim_flash_storage(&board.flash[i]);
    }
    ib_sim_network_init(&board.network);
    board.link = ib_sim_network_link(&board.network);
    board.button = (struct ib_gpio){.ops = &button, .context = &board};
    board.ota = (struct ib_ota_config){.slot = {&board.storage[2], &board.storage[3]},
                                       .record = &board.storage[1],
                                       .project = "tCamMini",
                                       .factory_version = "2.0",
                                       .log = &self->log};
    bool wifi = with->mode == IB_DEVICE_WIFI;
    const struct ib_device_config config = {
        .mode = with->mode,
        .default_name = "tCam-Mini-EFB5",
        .storage = wifi && !with->no_storage ? &board.storage[0] : NULL,
        .link = wifi ? &board.link : NULL,
        .button = &board.button,
        .ota = with->no_updates ? NULL : &board.ota,
        .log = &self->log,
    };
    assert_int_equal(ib_device_init(&board.device, &config, self->now_us), IB_OK);
}

void rig_init_with(struct rig *self, const struct rig_with *with) {
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
    struct ib_tcam_config config = with->tcam;
    config.camera = (struct ib_camera *)(void *)&self->camera;
    config.hub = &self->hub;
    config.log = &self->log;
    config.notify = count_notify;
    config.notify_context = self;
    if (!config.model_base)
        config.model_base = with->board && with->mode == IB_DEVICE_HARDWARE ? 3 : 2;
    if (with->board) {
        board_init(self, with);
        config.device = &board.device;
    } else {
        config.name = "tCam-Mini-EFB5";
    }
    config.version = "2.0";
    assert_int_equal(ib_tcam_init(&self->tcam, &config), IB_OK);
    ib_tcam_session_init(&self->session, &self->tcam, self->now_us);
}

void rig_init(struct rig *self) {
    rig_init_with(self, &(struct rig_with){0});
}

void rig_init_board(struct rig *self) {
    rig_init_with(self, &(struct rig_with){.board = true});
    rig_pass(self, 3000000);
}

void rig_pass(struct rig *self, uint64_t us) {
    uint64_t until_us = self->now_us + us;
    for (;;) {
        uint64_t due_us = IB_NEVER;
        uint64_t board_due_us = IB_NEVER;
        ib_tcam_step(&self->tcam, self->now_us, &due_us);
        if (self->board) {
            struct ib_device_view view = {.camera = &self->camera.state, .clients = 1};
            self->camera.state.now_us = self->now_us;
            ib_device_step(&self->board->device, &view, self->now_us, &board_due_us);
        }
        if (self->now_us >= until_us)
            return;
        due_us = due_us < board_due_us ? due_us : board_due_us;
        if (due_us <= self->now_us) // whoever is due now needs some time for it
            due_us = self->now_us + 1000;
        self->now_us = due_us < until_us ? due_us : until_us;
    }
}

void rig_press(struct rig *self, uint64_t us) {
    assert_non_null(self->board);
    self->board->pressed = true;
    rig_pass(self, us);
    self->board->pressed = false;
    rig_pass(self, 200000);
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
    frame->ffc_state = (uint8_t)self->frame_ffc_state;
    frame->gain_mode = frame->gain = (uint8_t)self->frame_gain;
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

void rig_say_to(struct rig *self, struct ib_tcam_session *session, const char *json) {
    static const uint8_t start = 2;
    static const uint8_t end = 3;
    size_t size = strlen(json);
    assert_int_equal(ib_tcam_session_feed(session, &start, 1, self->now_us), 1);
    assert_int_equal(ib_tcam_session_feed(session, (const uint8_t *)json, size, self->now_us),
                     size);
    assert_int_equal(ib_tcam_session_feed(session, &end, 1, self->now_us), 1);
}

void rig_say(struct rig *self, const char *json) {
    rig_say_to(self, &self->session, json);
}

const char *rig_pull_from(struct rig *self, struct ib_tcam_session *session,
                          struct ib_tcam_chunk *chunk) {
    static char text[IB_IMAGE_JSON_BYTES];
    struct ib_tcam_chunk own;
    chunk = chunk ? chunk : &own;
    ib_tcam_session_pull(session, self->now_us, false, chunk);
    text[0] = 0;
    if (!chunk->size)
        return text;
    assert_in_range(chunk->size, 4, sizeof text);
    assert_int_equal(chunk->bytes[0], 2);
    assert_int_equal(chunk->bytes[chunk->size - 1], 3);
    memcpy(text, chunk->bytes + 1, chunk->size - 2);
    text[chunk->size - 2] = 0;
    return text;
}

void rig_expect_from(struct rig *self, struct ib_tcam_session *session, const char *json) {
    struct ib_tcam_chunk chunk;
    const char *text = rig_pull_from(self, session, &chunk);
    if (!chunk.size || chunk.image)
        fail_msg("expected %s, got %s", json, chunk.image ? "an image" : "nothing");
    assert_string_equal(text, json);
}

void rig_expect(struct rig *self, const char *json) {
    rig_expect_from(self, &self->session, json);
}

void rig_expect_nothing_from(struct rig *self, struct ib_tcam_session *session) {
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(session, self->now_us, false, &chunk);
    if (chunk.size)
        fail_msg("expected nothing, got %.*s", chunk.size < 200 ? (int)chunk.size : 200,
                 chunk.bytes);
}

void rig_expect_nothing(struct rig *self) {
    rig_expect_nothing_from(self, &self->session);
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
    static char line[300];
    snprintf(line, sizeof line, "{\"cam_info\":{\"info_value\":%d,\"info_string\":\"%s\"}}", value,
             text);
    return line;
}

const char *rig_member(const char *text, const char *outer, const char *key) {
    static char out[64];
    struct ib_json_value root, inner, value;
    assert_int_equal(ib_json_parse(&root, text, strlen(text)), IB_OK);
    inner = root;
    if (outer)
        assert_int_equal(ib_json_member(&root, outer, &inner), IB_OK);
    if (ib_json_member(&inner, key, &value) != IB_OK)
        return "";
    size_t size = value.size < sizeof out ? value.size : sizeof out - 1;
    memcpy(out, value.text, size);
    out[size] = 0;
    return out;
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
