/// tCam's recordings: image JSONs, each with its 0x03, and a footer. See record/tmjsn.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/known_rows.h"
#include "apps/ironbow/moment.h"
#include "apps/ironbow/recording_formats.h"
#include "core/status.h"
#include "record/tmjsn.h"

struct tmjsn {
    struct ib_tmjsn_info info;
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

static int add(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
               struct ib_app_say say) {
    struct tmjsn *state = self->state;
    struct ib_image_metadata metadata = {.model = self->config.tcam_model};
    snprintf(metadata.camera, sizeof metadata.camera, "%s", self->config.camera);
    snprintf(metadata.version, sizeof metadata.version, "%.31s", self->config.firmware);
    ib_app_moment_texts(wall_us, metadata.time, metadata.date);
    struct ib_frame said = *frame;
    if (!(frame->flags & IB_FRAME_TELEMETRY))
        ib_app_known_rows(&said);
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
