/// CPTV 2 recordings, gzip. See record/cptv_write.h.
///
/// Deflate is flushed after every frame, not only once a second: each frame is a whole record of
/// the file, the file may end after any of them, and a frame that did not fit can be taken back.
/// Source: RFC 1951 (3.2.3, 3.2.6: an empty last block), RFC 1952 (2.3: header and trailer).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "apps/ironbow/known_rows.h"
#include "apps/ironbow/recording_formats.h"
#include "core/bytes.h"
#include "core/status.h"
#include "record/cptv_write.h"

/// Packed differences are noise: what zlib finds repeated in them makes the file a tenth smaller at
/// best and costs six times as much as counting symbols.
#define STRATEGY Z_HUFFMAN_ONLY

struct cptv {
    z_stream deflate;
    uint32_t crc;   ///< of the plain bytes in the file
    uint32_t plain; ///< how many, modulo 2^32
    uint8_t unit;   ///< of every frame: the header says it once
    uint16_t scale_ck;
    uint32_t first_ms;  ///< time-on of the first frame
    size_t plain_bytes; ///< room
    size_t packed_bytes;
    uint8_t *plain_out;
    uint8_t *packed;
    uint16_t *before;
};

static void release(struct ib_app_recording *self) {
    struct cptv *state = self->state;
    deflateEnd(&state->deflate);
    free(state->plain_out);
    free(state->packed);
    free(state->before);
    free(state);
}

static const char *meaning(uint8_t unit, uint16_t scale_ck) {
    if (unit == IB_UNIT_KELVIN)
        return scale_ck == 10 ? IB_CPTV_KELVIN_10 : IB_CPTV_KELVIN_1;
    return unit == IB_UNIT_GREY8 ? IB_CPTV_GREY : IB_CPTV_COUNTS;
}

/// `size` plain bytes as one record.
static int append(struct ib_app_recording *self, size_t size, size_t start, struct ib_app_say say) {
    struct cptv *state = self->state;
    state->deflate.next_in = state->plain_out;
    state->deflate.avail_in = (uInt)size;
    state->deflate.next_out = state->packed + start;
    state->deflate.avail_out = (uInt)(state->packed_bytes - start);
    if (deflate(&state->deflate, Z_SYNC_FLUSH) != Z_OK || state->deflate.avail_out == 0) {
        snprintf(say.text, say.size, "cannot be compressed");
        return IB_E_OVERFLOW;
    }
    int status =
        ib_append_file_put(&self->file, state->packed,
                           state->packed_bytes - state->deflate.avail_out, say.text, say.size);
    if (status == IB_OK) {
        state->crc = (uint32_t)crc32(state->crc, state->plain_out, (uInt)size);
        state->plain += (uint32_t)size;
    }
    return status;
}

static bool reserve(struct cptv *state, size_t count_px) {
    size_t most = IB_CPTV_FRAME_BYTES(count_px);
    state->plain_bytes = most > IB_CPTV_HEADER_BYTES ? most : IB_CPTV_HEADER_BYTES;
    state->packed_bytes = deflateBound(&state->deflate, (uLong)state->plain_bytes) + 64;
    state->plain_out = malloc(state->plain_bytes);
    state->packed = malloc(state->packed_bytes);
    state->before = calloc(count_px, sizeof *state->before);
    return state->plain_out && state->packed && state->before;
}

static int begin(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
                 struct ib_app_say say) {
    static const uint8_t GZIP[10] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
    if (frame->unit == IB_UNIT_KELVIN && frame->scale_ck != 1 && frame->scale_ck != 10)
        return ib_app_recording_cannot(say, "CPTV", "pixels of such a scale");
    struct cptv *state = calloc(1, sizeof *state);
    if (!state || deflateInit2(&state->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                               STRATEGY) != Z_OK) {
        free(state);
        return ib_app_recording_no_memory(say);
    }
    self->state = state;
    if (!reserve(state, (size_t)frame->width_px * frame->height_px))
        return ib_app_recording_no_memory(say);
    state->unit = frame->unit;
    state->scale_ck = frame->scale_ck;
    state->first_ms = frame->uptime_ms;
    struct ib_cptv_header header = {.width_px = frame->width_px,
                                    .height_px = frame->height_px,
                                    .timestamp_us = (uint64_t)(wall_us > 0 ? wall_us : 0),
                                    .fps = 9,
                                    .serial = (uint32_t)self->config.serial,
                                    .brand = "flir"};
    snprintf(header.device, sizeof header.device, "%.63s", self->config.camera);
    snprintf(header.model, sizeof header.model, "%s", self->config.model);
    snprintf(header.firmware, sizeof header.firmware, "%s", self->config.firmware);
    snprintf(header.motion, sizeof header.motion, "%s", meaning(frame->unit, frame->scale_ck));
    int size = ib_cptv_write_header(state->plain_out, state->plain_bytes, &header);
    if (size < 0) {
        snprintf(say.text, say.size, "%s", ib_status_text(size));
        return size;
    }
    memcpy(state->packed, GZIP, sizeof GZIP);
    return append(self, (size_t)size, sizeof GZIP, say);
}

static float celsius(uint16_t centikelvin) {
    return centikelvin ? (float)((centikelvin - 27315) / 100.0) : NAN;
}

/// The recording's own time runs on from the first frame's time-on, also when the module was
/// restarted; the time of the latest FFC is moved along.
static void describe(const struct ib_app_recording *self, const struct ib_frame *frame,
                     int64_t wall_us, struct ib_cptv_frame *out) {
    const struct cptv *state = self->state;
    int64_t run_ms = (wall_us - self->first_us) / 1000;
    *out = (struct ib_cptv_frame){.time_on_ms = state->first_ms + (uint32_t)run_ms,
                                  .fpa_c = celsius(frame->fpa_ck),
                                  .fpa_at_ffc_c = NAN};
    if (frame->flags & IB_FRAME_TELEMETRY) {
        const uint16_t *words = frame->telemetry;
        uint32_t ffc_ms = ib_words_to_u32(words + IB_APP_ROW_UPTIME_AT_FFC);
        if (ffc_ms > 0 && ffc_ms <= frame->uptime_ms)
            out->last_ffc_ms = out->time_on_ms - (frame->uptime_ms - ffc_ms);
        out->fpa_at_ffc_c = celsius(words[IB_APP_ROW_FPA_AT_FFC]);
    }
    out->flags = frame->flags & ~(uint32_t)(IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY);
    out->ffc_state = frame->ffc_state;
    out->marked = out->flags != 0 || frame->ffc_state != IB_FFC_DONE;
}

static int add(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
               struct ib_app_say say) {
    struct cptv *state = self->state;
    if (frame->unit != state->unit || frame->scale_ck != state->scale_ck)
        return ib_app_recording_cannot(say, "CPTV", "pixels whose meaning changes on the way");
    struct ib_cptv_frame facts;
    describe(self, frame, wall_us, &facts);
    int size = ib_cptv_write_frame(state->plain_out, state->plain_bytes, &facts, frame->pixels,
                                   state->before, frame->width_px, frame->height_px);
    if (size < 0) {
        snprintf(say.text, say.size, "%s", ib_status_text(size));
        return size;
    }
    return append(self, (size_t)size, 0, say);
}

static int end(struct ib_app_recording *self, struct ib_app_say say) {
    const struct cptv *state = self->state;
    uint8_t tail[10] = {3, 0};
    ib_put_le32(tail + 2, state->crc);
    ib_put_le32(tail + 6, state->plain);
    return ib_append_file_put(&self->file, tail, sizeof tail, say.text, say.size);
}

const struct ib_app_recording_kind ib_app_recording_cptv = {
    .ending = ".cptv", .begin = begin, .add = add, .end = end, .free = release};
