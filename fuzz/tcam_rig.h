/// What the fuzzers of the tCam protocol stand on: a camera that answers when told, a board with
/// simulated flash and network, a memory card with two files. Each program has its own copy.
#ifndef IB_FUZZ_TCAM_RIG_H
#define IB_FUZZ_TCAM_RIG_H

#include <string.h>

#include "core/check.h"
#include "core/status.h"
#include "sim/flash.h"
#include "sim/network.h"
#include "tcam/engine.h"

#define SLOT_BYTES 16384u

static uint16_t storage[3 * IB_IMAGE_JSON_PX];
static struct ib_hub hub;
static struct ib_device device;
static struct ib_tcam tcam;
static struct ib_tcam_session session;
static struct ib_camera_request *posted;
static uint64_t now_us;

void ib_camera_post(struct ib_camera *self, struct ib_camera_request *request) {
    IB_ASSERT(self && !posted && (posted = request));
}
bool ib_camera_answered(const struct ib_camera_request *request) {
    return request->answered != 0;
}
void ib_camera_state(struct ib_camera *self, struct ib_camera_state *out) {
    IB_ASSERT(self);
    *out = (struct ib_camera_state){.stage = IB_STAGE_RUNNING,
                                    .now_us = now_us,
                                    .identity = {.width_px = 160, .radiometric = true}};
}

static inline void answer(int status) {
    if (!posted)
        return;
    if (posted->ask == IB_ASK_CCI)
        memset(posted->cci.data, 0x5A, 2u * posted->cci.words);
    posted->status = status;
    posted->answered = 1;
    posted = NULL;
}

static int card_status;
static const char card_names[][8] = {"a.tjsn", "b.tmjsn"};
static const char card_file[] = "{\"radiometric\":\"\"}\3{\"video_info\":{\"num_frames\":1}}";

static int card_ready(void *context) {
    (void)context;
    return card_status;
}
static int card_next(void *context, const char *directory, const char *after,
                     struct ib_files_entry *out) {
    (void)context;
    for (int i = 0; i < 2; i++) {
        if (strcmp(card_names[i], after) > 0) {
            *out = (struct ib_files_entry){.directory = !directory[0], .size_bytes = 1};
            memcpy(out->name, card_names[i], sizeof card_names[i]);
            return 1;
        }
    }
    return card_status;
}
static int card_read(void *context, const char *directory, const char *file, uint64_t offset,
                     void *out, size_t size) {
    (void)context;
    IB_ASSERT(directory[0] && !strchr(directory, '/') && !strchr(file, '/') && file[0] != '.');
    if (card_status || (strcmp(file, card_names[0]) && strcmp(file, card_names[1])))
        return card_status ? card_status : IB_E_NOT_FOUND;
    size_t left = offset < sizeof card_file ? sizeof card_file - 1 - (size_t)offset : 0;
    size = size < left ? size : left;
    memcpy(out, card_file + (left ? offset : 0), size);
    return (int)size;
}
static int card_append(void *context, const char *directory, const char *file, const void *bytes,
                       size_t size) {
    (void)context;
    IB_ASSERT(directory && file && (bytes || !size));
    return card_status;
}
static int card_name(void *context, const char *directory, const char *file) {
    (void)context;
    IB_ASSERT(directory[0] && directory[0] != '.' && (!file || file[0] != '.'));
    return card_status;
}

/// A board on Wi-Fi that has been up for 3 s, a camera with a card, one client.
static inline void rig_start(void) {
    static const uint32_t sizes[] = {8192, 8192, SLOT_BYTES, SLOT_BYTES};
    static uint8_t bytes[4][2][SLOT_BYTES];
    static struct ib_sim_flash flash[4];
    static struct ib_storage stores[4];
    static struct ib_sim_network network;
    static struct ib_link link;
    static const struct ib_files_ops ops = {card_ready,  card_next, card_read,
                                            card_append, card_name, card_name};
    static const struct ib_files card = {.ops = &ops};
    for (uint32_t i = 0; i < 4; i++) {
        ib_sim_flash_init(&flash[i], bytes[i][0], bytes[i][1], sizes[i], i);
        stores[i] = ib_sim_flash_storage(&flash[i]);
    }
    ib_sim_network_init(&network);
    link = ib_sim_network_link(&network);
    const struct ib_ota_config ota = {.slot = {&stores[2], &stores[3]},
                                      .record = &stores[1],
                                      .project = "tCamMini",
                                      .factory_version = "1.0"};
    const struct ib_device_config board = {
        .default_name = "tCam-Mini-0001", .storage = &stores[0], .link = &link, .ota = &ota};
    const struct ib_tcam_config config = {
        .camera = (void *)storage, .hub = &hub, .device = &device, .card = &card};
    now_us = card_status = 0;
    IB_ASSERT(ib_hub_init(&hub, 3, storage, 3 * IB_IMAGE_JSON_PX) == IB_OK);
    IB_ASSERT(ib_device_init(&device, &board, now_us) == IB_OK);
    IB_ASSERT(ib_tcam_init(&tcam, &config) == IB_OK);
    ib_tcam_session_init(&session, &tcam, now_us);
}

/// What the net loop does when time has passed.
static inline void rig_step(void) {
    struct ib_camera_state state;
    uint64_t due_us;
    ib_camera_state(tcam.camera, &state);
    struct ib_device_view view = {.camera = &state, .clients = 1};
    ib_device_step(&device, &view, now_us, &due_us);
    ib_tcam_step(&tcam, now_us, &due_us);
}

#endif
