/// tCam's recordings: image JSONs, each with its 0x03, and a footer. See record/tmjsn.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/moment.h"
#include "apps/ironbow/recording_formats.h"
#include "core/status.h"
#include "record/tmjsn.h"

/// Word offsets in the telemetry rows (Lepton engineering data sheet rev 200, section 4.2.2).
enum word {
    UPTIME = 1,
    STATUS = 3,
    COUNTER = 20,
    FPA_TEMPERATURE = 24,
    HOUSING_TEMPERATURE = 26,
    GAIN_MODE = 165,
    EFFECTIVE_GAIN = 166,
    TLINEAR = 208,
    RESOLUTION = 209,
};

struct tmjsn {
    struct ib_tmjsn_info info;
    uint16_t telemetry[IB_FRAME_TELEMETRY_WORDS];
    char record[IB_TMJSN_RECORD_BYTES];
};

static int begin(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
                 struct ib_app_say say) {
    (void)wall_us;
    if (!(frame->width_px == 160 && frame->height_px == 120) &&
        !(frame->width_px == 80 && frame->height_px == 60))
        return ib_app_recording_cannot(say, ".tmjsn", "pictures that are not 160x120 or 80x60");
    struct tmjsn *state = calloc(1, sizeof *state);
    if (!state)
        return ib_app_recording_no_memory(say);
    ib_tmjsn_begin(&state->info);
    self->state = state;
    return IB_OK;
}

static uint32_t status_word(const struct ib_frame *frame) {
    uint32_t status = (uint32_t)(frame->ffc_state & 3) << 4;
    if (frame->flags & IB_FRAME_FFC_DESIRED)
        status |= 1u << 3;
    if (frame->agc)
        status |= 1u << 12;
    if (frame->flags & IB_FRAME_LOCKOUT)
        status |= 1u << 15;
    if (frame->flags & IB_FRAME_OVER_TEMP)
        status |= 1u << 20;
    return status;
}

/// The image JSON says nowhere else what its numbers mean: what is known of a frame that came
/// without telemetry goes where the sensor would have said it. The revision stays 0: no sensor's.
static void known_words(uint16_t words[IB_FRAME_TELEMETRY_WORDS], const struct ib_frame *frame) {
    memset(words, 0, IB_FRAME_TELEMETRY_WORDS * sizeof *words);
    uint32_t status = status_word(frame);
    words[UPTIME] = (uint16_t)frame->uptime_ms;
    words[UPTIME + 1] = (uint16_t)(frame->uptime_ms >> 16);
    words[STATUS] = (uint16_t)status;
    words[STATUS + 1] = (uint16_t)(status >> 16);
    words[COUNTER] = (uint16_t)frame->source_counter;
    words[COUNTER + 1] = (uint16_t)(frame->source_counter >> 16);
    words[FPA_TEMPERATURE] = frame->fpa_ck;
    words[HOUSING_TEMPERATURE] = frame->housing_ck;
    words[GAIN_MODE] = frame->gain_mode;
    words[EFFECTIVE_GAIN] = frame->gain;
    words[TLINEAR] = frame->unit == IB_UNIT_KELVIN;
    words[RESOLUTION] = frame->unit == IB_UNIT_KELVIN && frame->scale_ck == 1;
}

static int add(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
               struct ib_app_say say) {
    struct tmjsn *state = self->state;
    struct ib_image_metadata metadata = {.model = self->config.tcam_model};
    snprintf(metadata.camera, sizeof metadata.camera, "%s", self->config.camera);
    snprintf(metadata.version, sizeof metadata.version, "%.31s", self->config.firmware);
    ib_app_moment_texts(wall_us, metadata.time, metadata.date);
    struct ib_frame said = *frame;
    if (!(frame->flags & IB_FRAME_TELEMETRY)) {
        known_words(said.telemetry, frame);
        said.flags |= IB_FRAME_TELEMETRY;
    }
    int size = ib_tmjsn_write_image(state->record, sizeof state->record, &said, &metadata);
    if (size < 0) {
        snprintf(say.text, say.size, "%s", ib_status_text(size));
        return size;
    }
    int status = ib_append_file_put(&self->file, state->record, (size_t)size, say.text, say.size);
    if (status == IB_OK)
        ib_tmjsn_count(&state->info, metadata.time, metadata.date,
                       (frame->flags & IB_FRAME_AFTER_GAP) != 0);
    return status;
}

static int end(struct ib_app_recording *self, struct ib_app_say say) {
    struct tmjsn *state = self->state;
    char footer[IB_TMJSN_INFO_BYTES];
    int size = ib_tmjsn_write_info(footer, sizeof footer, &state->info);
    if (size < 0) {
        snprintf(say.text, say.size, "%s", ib_status_text(size));
        return size;
    }
    return ib_append_file_put(&self->file, footer, (size_t)size, say.text, say.size);
}

static void release(struct ib_app_recording *self) {
    free(self->state);
}

const struct ib_app_recording_kind ib_app_recording_tmjsn = {
    .ending = ".tmjsn", .begin = begin, .add = add, .end = end, .free = release};
