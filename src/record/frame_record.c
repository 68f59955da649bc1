/// See frame_record.h.
#include "record/frame_record.h"

#include <stdbool.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "core/status.h"

/// Where what stands.
enum place {
    MARK = 0, // "IBF1"
    FACTS_SIZE = 4,
    ROWS = 6, // words
    WALL = 8,
    CAPTURED = 16,
    SEQUENCE = 24,
    COUNTER = 28,
    UPTIME = 32,
    FLAGS = 36,
    SCALE = 40,
    FPA = 42,
    HOUSING = 44,
    UNIT = 46,
    GAIN_MODE = 47,
    GAIN = 48,
    FFC = 49,
    AGC = 50,
    CRC = 52, // 51 is 0
};

static const uint8_t mark[4] = {'I', 'B', 'F', '1'};

/// Of all bytes, with 0 where it stands itself.
static uint32_t crc_of(const uint8_t *bytes, size_t size) {
    static const uint8_t zeros[4] = {0};
    uint32_t crc = ib_crc32(0, bytes, CRC);
    crc = ib_crc32(crc, zeros, sizeof zeros);
    return ib_crc32(crc, bytes + CRC + 4, size - CRC - 4);
}

int ib_frame_record_write(uint8_t out[IB_FRAME_RECORD_BYTES], const struct ib_frame *frame,
                          int64_t wall_us) {
    unsigned rows = frame->flags & IB_FRAME_TELEMETRY ? IB_FRAME_TELEMETRY_WORDS : 0;
    memset(out, 0, IB_FRAME_RECORD_FACTS_BYTES);
    memcpy(out + MARK, mark, sizeof mark);
    ib_put_le16(out + FACTS_SIZE, IB_FRAME_RECORD_FACTS_BYTES);
    ib_put_le16(out + ROWS, (uint16_t)rows);
    ib_put_le64(out + WALL, (uint64_t)wall_us);
    ib_put_le64(out + CAPTURED, frame->captured_us);
    ib_put_le32(out + SEQUENCE, frame->sequence);
    ib_put_le32(out + COUNTER, frame->source_counter);
    ib_put_le32(out + UPTIME, frame->uptime_ms);
    ib_put_le32(out + FLAGS, frame->flags);
    ib_put_le16(out + SCALE, frame->scale_ck);
    ib_put_le16(out + FPA, frame->fpa_ck);
    ib_put_le16(out + HOUSING, frame->housing_ck);
    out[UNIT] = frame->unit;
    out[GAIN_MODE] = frame->gain_mode;
    out[GAIN] = frame->gain;
    out[FFC] = frame->ffc_state;
    out[AGC] = frame->agc;
    for (unsigned i = 0; i < rows; i++)
        ib_put_le16(out + IB_FRAME_RECORD_FACTS_BYTES + (size_t)2 * i, frame->telemetry[i]);
    size_t size = IB_FRAME_RECORD_FACTS_BYTES + (size_t)2 * rows;
    ib_put_le32(out + CRC, crc_of(out, size));
    return (int)size;
}

static bool possible(const uint8_t *bytes) {
    uint16_t scale_ck = ib_get_le16(bytes + SCALE);
    return bytes[UNIT] <= IB_UNIT_GREY8 && bytes[GAIN_MODE] <= IB_GAIN_UNKNOWN &&
           bytes[GAIN] <= IB_GAIN_UNKNOWN && bytes[FFC] <= IB_FFC_DONE && bytes[AGC] <= 1 &&
           (scale_ck != 0) == (bytes[UNIT] == IB_UNIT_KELVIN) && scale_ck <= 100;
}

int ib_frame_record_read(const uint8_t *bytes, size_t size, struct ib_frame *frame,
                         int64_t *wall_us) {
    if (size < sizeof mark || memcmp(bytes + MARK, mark, sizeof mark) != 0)
        return IB_E_NOT_FOUND;
    if (size < IB_FRAME_RECORD_FACTS_BYTES)
        return IB_E_TRUNCATED;
    size_t facts = ib_get_le16(bytes + FACTS_SIZE), rows = ib_get_le16(bytes + ROWS);
    uint32_t flags = ib_get_le32(bytes + FLAGS);
    bool said = (flags & IB_FRAME_TELEMETRY) != 0;
    if (facts < IB_FRAME_RECORD_FACTS_BYTES)
        return IB_E_FORMAT;
    if (facts > size || size - facts < 2 * rows)
        return IB_E_TRUNCATED;
    if (crc_of(bytes, facts + 2 * rows) != ib_get_le32(bytes + CRC))
        return IB_E_CRC;
    if (!possible(bytes) || rows != (said ? IB_FRAME_TELEMETRY_WORDS : 0u))
        return IB_E_RANGE;
    *wall_us = (int64_t)ib_get_le64(bytes + WALL);
    frame->captured_us = ib_get_le64(bytes + CAPTURED);
    frame->sequence = ib_get_le32(bytes + SEQUENCE);
    frame->source_counter = ib_get_le32(bytes + COUNTER);
    frame->uptime_ms = ib_get_le32(bytes + UPTIME);
    frame->flags = flags;
    frame->scale_ck = ib_get_le16(bytes + SCALE);
    frame->fpa_ck = ib_get_le16(bytes + FPA);
    frame->housing_ck = ib_get_le16(bytes + HOUSING);
    frame->unit = bytes[UNIT];
    frame->gain_mode = bytes[GAIN_MODE];
    frame->gain = bytes[GAIN];
    frame->ffc_state = bytes[FFC];
    frame->agc = bytes[AGC];
    for (size_t i = 0; i < IB_FRAME_TELEMETRY_WORDS; i++)
        frame->telemetry[i] = i < rows ? ib_get_le16(bytes + facts + 2 * i) : 0;
    return IB_OK;
}
