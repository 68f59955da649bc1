/// Anything a tCam client may send, at any time. Control characters that JSON does not need stand
/// for what happens around the bytes (see `around`); everything else is fed to the session. Every
/// packet given out must be framed JSON, and there is never more than one reply a command.
#include "tcam_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static uint32_t replies;

/// What belongs to no request: events, an update's progress, the files that get_file sends.
static bool unasked(const struct ib_tcam_chunk *chunk) {
    static const char *const begins[] = {
        "{\"event\":", "{\"get_fw\":", "{\"radiometric\":", "{\"cam_info\":{\"info_value\":6,"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        size_t length = strlen(begins[i]);
        if (chunk->size > length && memcmp(chunk->bytes + 1, begins[i], length) == 0)
            return true;
    }
    return chunk->image || chunk->size == 0;
}
static void pull(bool busy) {
    struct ib_tcam_chunk chunk;
    struct ib_json_value value;
    ib_tcam_session_pull(&session, now_us, busy, &chunk);
    replies += !unasked(&chunk);
    // A guard that loses its patience speaks once.
    IB_ASSERT(replies <= tcam.counters.commands + 1 && !(busy && chunk.size));
    if (chunk.size)
        IB_ASSERT(chunk.bytes[0] == 2 && chunk.bytes[chunk.size - 1] == 3 &&
                  ib_json_parse(&value, chunk.bytes + 1, chunk.size - 2) == IB_OK &&
                  value.type == IB_JSON_OBJECT && value.size == chunk.size - 2);
}
static void publish(uint8_t byte) {
    struct ib_frame *frame = ib_hub_claim(&hub);
    IB_ASSERT(frame); // a session that kept a slot would be found here
    frame->width_px = byte == 6 ? 32 : 160;
    frame->height_px = (uint16_t)(frame->width_px * 3 / 4);
    frame->captured_us = now_us;
    frame->flags = byte == 5 ? IB_FRAME_FFC : 0;
    ib_hub_publish(&hub, frame);
}
static void around(uint8_t byte) {
    if (byte >= 4 && byte <= 6)
        publish(byte);
    else if (byte <= 8)
        answer(byte == 7 ? IB_OK : IB_E_DEVICE);
    else if (byte == 0x0B || byte == 0x0C)
        now_us += byte == 0x0B ? 100000 : 6000000;
    else if (byte == 0x10)
        ib_ota_press(&device.ota, now_us);
    else if (byte == 0x11)
        card_status = card_status ? IB_OK : IB_E_NOT_FOUND;
    else
        pull(byte == 0x0F);
    rig_step();
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rig_start();
    replies = 0;
    if (size && data[0] == 0x12)
        ib_tcam_session_guard(&session, "token", now_us);
    for (size_t i = 0; i < size; i++) {
        if (data[i] && data[i] < 0x12 && memchr("\4\5\6\7\x8\xB\xC\xE\xF\x10\x11", data[i], 11))
            around(data[i]);
        else if (!ib_tcam_session_feed(&session, &data[i], 1, now_us))
            pull(false);
    }
    IB_ASSERT(ib_tcam_session_close(&session) == !posted);
    IB_ASSERT(!tcam.sessions && !tcam.update_owner);
    answer(IB_E_CANCELLED);
    IB_ASSERT(ib_tcam_session_close(&session));
    return 0;
}
