/// Anything a tCam client may send, at any time. Control characters that JSON does not need stand
/// for what happens around the bytes (see `around`); everything else is fed to the session. Every
/// packet given out must be framed JSON, and there is never more than one reply a command.
#include <string.h>

#include "core/check.h"
#include "core/status.h"
#include "tcam/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static uint16_t storage[3 * IB_IMAGE_JSON_PX];
static struct ib_hub hub;
static struct ib_tcam tcam;
static struct ib_tcam_session session;
static struct ib_camera_request *posted;
static uint64_t now_us;
static uint32_t replies;

void ib_camera_post(struct ib_camera *self, struct ib_camera_request *request) {
    IB_ASSERT(self && !posted && (posted = request));
}
bool ib_camera_answered(const struct ib_camera_request *request) {
    return request->answered != 0;
}
void ib_camera_state(struct ib_camera *self, struct ib_camera_state *out) {
    IB_ASSERT(self);
    *out = (struct ib_camera_state){.identity = {.width_px = 160, .radiometric = true}};
}
static void answer(int status) {
    if (!posted)
        return;
    if (posted->ask == IB_ASK_CCI)
        memset(posted->cci.data, 0x5A, 2u * posted->cci.words);
    posted->status = status;
    posted->answered = 1;
    posted = NULL;
}
static void pull(bool busy) {
    struct ib_tcam_chunk chunk;
    struct ib_json_value value;
    ib_tcam_session_pull(&session, now_us, busy, &chunk);
    replies += chunk.size && !chunk.image;
    IB_ASSERT(replies <= tcam.counters.commands && !(busy && chunk.size));
    if (chunk.size)
        IB_ASSERT(chunk.bytes[0] == 2 && chunk.bytes[chunk.size - 1] == 3 &&
                  ib_json_parse(&value, chunk.bytes + 1, chunk.size - 2) == IB_OK &&
                  value.type == IB_JSON_OBJECT && value.size == chunk.size - 2);
}
static void around(uint8_t byte) {
    if (byte <= 6) {
        struct ib_frame *frame = ib_hub_claim(&hub);
        IB_ASSERT(frame); // a session that kept a slot would be found here
        frame->width_px = byte == 6 ? 32 : 160;
        frame->height_px = (uint16_t)(frame->width_px * 3 / 4);
        frame->captured_us = now_us;
        frame->flags = byte == 5 ? IB_FRAME_FFC : 0;
        ib_hub_publish(&hub, frame);
    } else if (byte <= 8)
        answer(byte == 7 ? IB_OK : IB_E_DEVICE);
    else if (byte <= 0x0C)
        now_us += byte == 0x0B ? 100000 : 6000000;
    else
        pull(byte == 0x0F);
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct ib_tcam_config config = {.camera = (void *)storage, .hub = &hub, "x", "1"};
    IB_ASSERT(ib_hub_init(&hub, 3, storage, 3 * IB_IMAGE_JSON_PX) == IB_OK);
    IB_ASSERT(ib_tcam_init(&tcam, &config) == IB_OK);
    ib_tcam_session_init(&session, &tcam, now_us = replies = 0);
    for (size_t i = 0; i < size; i++) {
        if (data[i] && data[i] < 0x10 && memchr("\4\5\6\7\x8\xB\xC\xE\xF", data[i], 9))
            around(data[i]);
        else if (!ib_tcam_session_feed(&session, &data[i], 1, now_us))
            pull(false);
    }
    IB_ASSERT(ib_tcam_session_close(&session) == !posted);
    answer(IB_E_CANCELLED);
    IB_ASSERT(ib_tcam_session_close(&session));
    return 0;
}
