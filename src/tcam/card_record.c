/// Recordings on the card: record_on, record_off, and every wanted frame as it comes.
///
/// One a camera, whoever asked; it goes on when the client has gone. A frame goes to the card in one
/// piece, and the file is made durable every few seconds: what a power cut costs is the footer and
/// those seconds.
#include <string.h>

#include "core/status.h"
#include "core/text.h"
#include "record/tmjsn.h"
#include "tcam/card_private.h"
#include "tcam/wall.h"

#define SYNC_EVERY_US 5000000

/// As stream.c: after a pause at most this many missed images follow back to back.
#define CATCH_UP_IMAGES 10

static bool wants(const struct ib_tcam_recorder *self, uint64_t captured_us) {
    return self->count == 0 || captured_us >= self->start_us + self->count * self->delay_us;
}

static void advance(struct ib_tcam_recorder *self, uint64_t captured_us) {
    self->count++;
    if (self->delay_us && captured_us > self->start_us) {
        uint64_t scheduled = (captured_us - self->start_us) / self->delay_us + 1;
        if (scheduled > self->count + CATCH_UP_IMAGES)
            self->count = scheduled - CATCH_UP_IMAGES;
    }
}

static void moment_texts(int64_t wall_us, char time[24], char date[24]) {
    struct ib_tcam_civil civil;
    ib_tcam_civil_from_us(&civil, wall_us);
    ib_tcam_civil_time(&civil, time, 24);
    ib_tcam_civil_date(&civil, date, 24);
}

static int append(struct ib_tcam *self, const char *bytes, size_t size) {
    struct ib_tcam_recorder *recorder = &self->recorder;
    int status = self->card->ops->append(self->card->context, recorder->directory, recorder->file,
                                         bytes, size);
    if (status == IB_OK)
        recorder->bytes += size;
    return status;
}

static int sync(struct ib_tcam *self) {
    return self->card->ops->sync(self->card->context, self->recorder.directory,
                                 self->recorder.file);
}

/// The last byte written is still the file's: appending to another card, or to a file that was
/// deleted meanwhile, would make a recording without its beginning.
static int still_there(struct ib_tcam *self) {
    const struct ib_tcam_recorder *recorder = &self->recorder;
    char byte = IB_TMJSN_END;
    uint64_t offset = recorder->bytes ? recorder->bytes - 1 : 0;
    int n = self->card->ops->read(self->card->context, recorder->directory, recorder->file, offset,
                                  &byte, 1);
    if (n < 0)
        return n;
    return n == (recorder->bytes ? 1 : 0) && byte == IB_TMJSN_END ? IB_OK : IB_E_NOT_FOUND;
}

static int write_footer(struct ib_tcam *self) {
    const struct ib_tcam_recorder *recorder = &self->recorder;
    struct ib_tmjsn_info info;
    ib_tmjsn_begin(&info);
    moment_texts(recorder->start_wall_us, info.start_time, info.start_date);
    moment_texts(recorder->end_wall_us, info.end_time, info.end_date);
    info.frames = recorder->frames;
    info.gaps = recorder->gaps;
    char footer[IB_TMJSN_INFO_BYTES];
    int size = ib_tmjsn_write_info(footer, sizeof footer, &info);
    if (size < 0)
        return size;
    int status = still_there(self);
    if (status == IB_OK)
        status = append(self, footer, (size_t)size);
    return status == IB_OK ? sync(self) : status;
}

static void log_end(struct ib_tcam *self) {
    const struct ib_tcam_recorder *recorder = &self->recorder;
    char line[160];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, "recorded ");
    ib_text_u64(&text, recorder->frames);
    ib_text_str(&text, " images in ");
    ib_text_str(&text, recorder->directory);
    ib_text_char(&text, '/');
    ib_text_str(&text, recorder->file);
    ib_log(self->log, IB_LOG_INFO, "tcam", line);
}

/// It is over, because somebody wished it (IB_OK) or because the card does not take any more.
static void end(struct ib_tcam *self, int status) {
    struct ib_tcam_recorder *recorder = &self->recorder;
    recorder->on = false;
    // On a full card the footer, a few hundred bytes, may find room where the image did not.
    if (status == IB_OK)
        status = write_footer(self);
    else if (status == IB_E_NO_SPACE)
        write_footer(self);
    recorder->status = status;
    if (status < 0)
        ib_tcam_card_warn(self, "recording has ended early:", recorder->directory, recorder->file,
                          status);
    log_end(self);
}

void ib_tcam_recording_end(struct ib_tcam *self) {
    if (self->recorder.on)
        end(self, IB_OK);
}

bool ib_tcam_recording_uses(const struct ib_tcam *self, const char *directory, const char *file) {
    const struct ib_tcam_recorder *recorder = &self->recorder;
    // Without regard to case: that is how memory cards tell files apart.
    return recorder->on && ib_text_same(recorder->directory, directory) &&
           (!file || ib_text_same(recorder->file, file));
}

static int start(struct ib_tcam *self, int32_t delay_ms, int32_t images, uint64_t now_us) {
    struct ib_tcam_recorder *recorder = &self->recorder;
    int64_t wall_us = ib_tcam_wall_us(self, now_us);
    *recorder = (struct ib_tcam_recorder){
        .left = (uint32_t)images,
        .start_us = now_us,
        .delay_us = (uint64_t)delay_ms * 1000,
        .seen_sequence = ib_hub_sequence(self->hub),
        .start_wall_us = wall_us,
        .end_wall_us = wall_us,
        .synced_us = now_us,
    };
    int status =
        ib_tcam_card_name(self, wall_us, "mov_", ".tmjsn", recorder->directory, recorder->file);
    // The empty file takes the name, and shows at once whether the card can be written.
    if (status == IB_OK)
        status = append(self, "", 0);
    if (status < 0)
        ib_tcam_card_warn(self, "cannot record", recorder->directory, recorder->file, status);
    recorder->on = status == IB_OK;
    recorder->status = status;
    return status;
}

/// An integer that may be left out, negative ones as 0. Errors: IB_E_TYPE.
static int natural_arg(const struct ib_json_value *args, const char *key, int32_t *out) {
    struct ib_json_value value;
    *out = 0;
    int status = args ? ib_json_member(args, key, &value) : IB_E_NOT_FOUND;
    if (status == IB_E_NOT_FOUND)
        return IB_OK;
    if (status == IB_OK)
        status = ib_json_int(&value, out);
    if (*out < 0)
        *out = 0;
    return status;
}

int ib_tcam_record_on(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us) {
    int32_t delay_ms = 0, images = 0;
    int status = natural_arg(args, "delay_msec", &delay_ms);
    if (status == IB_OK)
        status = natural_arg(args, "num_frames", &images);
    if (status < 0)
        return status;
    status = ib_tcam_card_ready(self->tcam);
    if (status == IB_OK) {
        ib_tcam_recording_end(self->tcam);
        status = start(self->tcam, delay_ms, images, now_us);
    }
    if (ib_tcam_card_reply_not_ready(self, "start recording", status))
        return IB_TCAM_DONE_REPLY;
    return status < 0 ? status : IB_TCAM_DONE_ACK;
}

int ib_tcam_record_off(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us) {
    (void)args;
    (void)now_us;
    if (!self->tcam->card)
        return IB_E_UNSUPPORTED;
    ib_tcam_recording_end(self->tcam);
    return IB_TCAM_DONE_ACK;
}

/// Whether the encoded packet holds this frame as an image of the recording.
static bool take(struct ib_tcam *self, const struct ib_frame *frame) {
    struct ib_tcam_recorder *recorder = &self->recorder;
    bool missing = frame->sequence != recorder->seen_sequence + 1;
    recorder->seen_sequence = frame->sequence;
    // Which frames are missing only matters to a recording of all of them.
    if (recorder->delay_us == 0 && (missing || frame->flags & IB_FRAME_AFTER_GAP))
        recorder->gap = true;
    return !(frame->flags & IB_FRAME_FFC) && wants(recorder, frame->captured_us) &&
           ib_tcam_encode(self, frame);
}

static int store(struct ib_tcam *self, uint64_t now_us) {
    struct ib_tcam_recorder *recorder = &self->recorder;
    int status = still_there(self);
    if (status == IB_OK) {
        // The end delimiter of a packet is the end of a record.
        status = append(self, self->packet + 1, self->packet_size - 1);
    }
    if (status < 0)
        return status;
    int64_t wall_us = ib_tcam_wall_us(self, self->packet_captured_us);
    if (recorder->frames == 0)
        recorder->start_wall_us = wall_us;
    else if (recorder->gap)
        recorder->gaps++;
    recorder->gap = false;
    recorder->end_wall_us = wall_us;
    recorder->frames++;
    if (now_us - recorder->synced_us >= SYNC_EVERY_US) {
        recorder->synced_us = now_us;
        status = sync(self);
    }
    return status;
}

void ib_tcam_card_record(struct ib_tcam *self, uint64_t now_us) {
    struct ib_tcam_recorder *recorder = &self->recorder;
    while (recorder->on) {
        const struct ib_frame *frame = ib_hub_next(self->hub, recorder->seen_sequence);
        if (!frame)
            return;
        bool taken = take(self, frame);
        ib_hub_release(self->hub, frame); // before the card, which may be slow
        if (!taken)
            continue;
        advance(recorder, self->packet_captured_us);
        int status = store(self, now_us);
        if (status < 0)
            end(self, status);
        else if (recorder->left && --recorder->left == 0)
            end(self, IB_OK);
    }
}
