/// See matroska_write.h.
///
/// The start has a fixed layout up to the information, so that the patches know their places:
/// EBML header, segment (size at SEGMENT_SIZE_AT), room for the table of contents, information.
#include "record/matroska_write.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "record/matroska_private.h"

#define CLUSTER_MS 1000
#define SIZE_BYTES 8 ///< of a size that is patched
#define UNKNOWN_SIZE UINT64_C(0x01FFFFFFFFFFFFFF)
#define EBML_BYTES 40
#define SEGMENT_SIZE_AT (EBML_BYTES + 4)
#define SEGMENT_AT (SEGMENT_SIZE_AT + SIZE_BYTES)
#define SEEK_BYTES 21
#define CONTENTS_BYTES (4 + 1 + 4 * SEEK_BYTES)
#define CONTENTS_AT SEGMENT_AT
#define DURATION_BYTES 11
#define CUE_BYTES 44
#define TEXT_BYTES 64

struct builder {
    uint8_t *out;
    size_t size;
    size_t capacity;
    bool full;
};

static void put(struct builder *self, const void *bytes, size_t size) {
    if (self->full || self->capacity - self->size < size) {
        self->full = true;
        return;
    }
    if (size > 0)
        memcpy(self->out + self->size, bytes, size);
    self->size += size;
}

static void put_be(struct builder *self, uint64_t value, unsigned bytes) {
    uint8_t text[8];
    for (unsigned i = 0; i < bytes; i++)
        text[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    put(self, text, bytes);
}

static void put_id(struct builder *self, uint32_t id) {
    put_be(self, id, id > 0xFFFFFF ? 4 : id > 0xFFFF ? 3 : id > 0xFF ? 2 : 1);
}

/// A size in as few bytes as it takes.
static void put_size(struct builder *self, uint64_t size) {
    unsigned bytes = 1;
    while (bytes < 8 && size >= ((uint64_t)1 << 7 * bytes) - 1)
        bytes++;
    put_be(self, size | (uint64_t)1 << 7 * bytes, bytes);
}

static void put_uint(struct builder *self, uint32_t id, uint64_t value) {
    unsigned bytes = 1;
    while (bytes < 8 && value >> 8 * bytes)
        bytes++;
    put_id(self, id);
    put_size(self, bytes);
    put_be(self, value, bytes);
}

/// The same in 8 bytes, whatever it is.
static void put_wide(struct builder *self, uint32_t id, uint64_t value) {
    put_id(self, id);
    put_size(self, 8);
    put_be(self, value, 8);
}

static void put_bytes(struct builder *self, uint32_t id, const void *bytes, size_t size) {
    put_id(self, id);
    put_size(self, size);
    put(self, bytes, size);
}

static void put_text(struct builder *self, uint32_t id, const char *text) {
    const char *end = memchr(text, '\0', TEXT_BYTES);
    put_bytes(self, id, text, end ? (size_t)(end - text) : TEXT_BYTES);
}

/// An element with elements inside. Return: where its size goes.
static size_t open_element(struct builder *self, uint32_t id) {
    put_id(self, id);
    put_be(self, 0, 2);
    return self->size;
}

static void close_element(struct builder *self, size_t from) {
    if (!self->full)
        ib_put_be16(self->out + from - 2, (uint16_t)(0x4000 | (self->size - from)));
}

static void put_void(struct builder *self, size_t whole) {
    static const uint8_t zeros[CONTENTS_BYTES];
    put_id(self, IB_MKV_VOID);
    put_size(self, whole - 2);
    put(self, zeros, whole - 2);
}

/// Nanoseconds since 2001: what 64 bits hold, 292 years to both sides.
static uint64_t date_of(int64_t start_us) {
    const int64_t most_us = INT64_MAX / 1000;
    if (start_us > most_us + IB_MKV_EPOCH_US)
        start_us = most_us + IB_MKV_EPOCH_US;
    if (start_us < IB_MKV_EPOCH_US - most_us)
        start_us = IB_MKV_EPOCH_US - most_us;
    return (uint64_t)((start_us - IB_MKV_EPOCH_US) * 1000);
}

static void put_info(struct builder *self, const struct ib_mkv_film *film) {
    size_t info = open_element(self, IB_MKV_INFO);
    put_void(self, DURATION_BYTES); // at a known place: first
    put_uint(self, IB_MKV_TIMESTAMP_SCALE, 1000000);
    put_wide(self, IB_MKV_DATE, date_of(film->start_us));
    put_text(self, IB_MKV_MUXING_APP, film->application);
    put_text(self, IB_MKV_WRITING_APP, film->application);
    close_element(self, info);
}

static void put_video(struct builder *self, uint16_t width, uint16_t height) {
    size_t video = open_element(self, IB_MKV_VIDEO);
    put_uint(self, IB_MKV_INTERLACED, 2); // no
    put_uint(self, IB_MKV_WIDTH, width);
    put_uint(self, IB_MKV_HEIGHT, height);
    close_element(self, video);
}

static size_t open_track(struct builder *self, unsigned number, const char *name,
                         const char *codec) {
    size_t track = open_element(self, IB_MKV_TRACK_ENTRY);
    put_uint(self, IB_MKV_TRACK_NUMBER, number);
    put_uint(self, IB_MKV_TRACK_UID, number);
    put_uint(self, IB_MKV_TRACK_TYPE, 1); // video
    put_uint(self, IB_MKV_FLAG_DEFAULT, number == 1);
    put_uint(self, IB_MKV_FLAG_LACING, 0);
    put_text(self, IB_MKV_NAME, name);
    put_text(self, IB_MKV_LANGUAGE, "und");
    put_text(self, IB_MKV_CODEC_ID, codec);
    return track;
}

static void put_tracks(struct builder *self, const struct ib_mkv_film *film) {
    size_t tracks = open_element(self, IB_MKV_TRACKS);
    size_t track = open_track(self, 1, "thermal picture", "V_MJPEG");
    put_video(self, film->seen_width, film->seen_height);
    close_element(self, track);
    track = open_track(self, 2, "thermal measurement, 16 bits", "V_FFV1");
    put_bytes(self, IB_MKV_CODEC_PRIVATE, film->config, film->config_size);
    put_uint(self, IB_MKV_MOST_ADDITION, IB_MKV_RECORD_ID);
    put_video(self, film->width_px, film->height_px);
    close_element(self, track);
    close_element(self, tracks);
}

static void put_tag(struct builder *self, const char *name, const char *value) {
    if (!value[0])
        return;
    size_t tag = open_element(self, IB_MKV_SIMPLE_TAG);
    put_text(self, IB_MKV_TAG_NAME, name);
    put_text(self, IB_MKV_TAG_STRING, value);
    close_element(self, tag);
}

static size_t open_tag(struct builder *self, unsigned track) {
    size_t tag = open_element(self, IB_MKV_TAG);
    size_t targets = open_element(self, IB_MKV_TARGETS);
    put_uint(self, IB_MKV_TARGET_TYPE, 50); // a recording
    if (track)
        put_uint(self, IB_MKV_TAG_TRACK, track);
    close_element(self, targets);
    return tag;
}

static void put_tags(struct builder *self, const struct ib_mkv_film *film) {
    size_t tags = open_element(self, IB_MKV_TAGS);
    size_t tag = open_tag(self, 0);
    put_tag(self, "CAMERA", film->camera);
    put_tag(self, "MODEL", film->model);
    put_tag(self, "SERIAL", film->serial);
    put_tag(self, "FIRMWARE", film->firmware);
    close_element(self, tag);
    tag = open_tag(self, 1);
    put_tag(self, "PALETTE", film->palette);
    close_element(self, tag);
    tag = open_tag(self, 2);
    put_tag(self, "UNIT", film->unit);
    put_tag(self, "SCALE", film->scale);
    close_element(self, tag);
    close_element(self, tags);
}

static void put_ebml(struct builder *self) {
    put_id(self, IB_MKV_EBML);
    put_size(self, EBML_BYTES - 5);
    put_uint(self, IB_MKV_EBML_VERSION, 1);
    put_uint(self, IB_MKV_EBML_READ_VERSION, 1);
    put_uint(self, IB_MKV_EBML_ID_LENGTH, 4);
    put_uint(self, IB_MKV_EBML_SIZE_LENGTH, 8);
    put_text(self, IB_MKV_DOC_TYPE, "matroska");
    put_uint(self, IB_MKV_DOC_VERSION, 4);
    put_uint(self, IB_MKV_DOC_READ_VERSION, 2);
}

int ib_mkv_begin(struct ib_mkv_writer *self, struct ib_mkv_cue cues[IB_MKV_CUES], uint8_t *out,
                 size_t capacity, const struct ib_mkv_film *film) {
    struct builder builder = {.out = out, .capacity = capacity};
    *self = (struct ib_mkv_writer){.cues = cues, .cue_every = 1};
    put_ebml(&builder);
    put_id(&builder, IB_MKV_SEGMENT);
    put_be(&builder, UNKNOWN_SIZE, SIZE_BYTES);
    put_void(&builder, CONTENTS_BYTES);
    self->info_at = builder.size;
    put_info(&builder, film);
    self->tracks_at = builder.size;
    put_tracks(&builder, film);
    self->tags_at = builder.size;
    put_tags(&builder, film);
    if (builder.full || film->config_size > 256)
        return IB_E_NO_SPACE;
    self->size = builder.size;
    return (int)builder.size;
}

bool ib_mkv_cluster_is_due(const struct ib_mkv_writer *self, uint64_t time_ms) {
    return self->cluster_at != 0 && time_ms >= self->cluster_ms + CLUSTER_MS;
}

static void put_patch(struct ib_mkv_patch *out, uint64_t offset, const struct builder *builder) {
    out->offset = offset;
    out->size = builder->size;
}

bool ib_mkv_end_cluster(struct ib_mkv_writer *self, struct ib_mkv_patch *out) {
    if (self->cluster_at == 0)
        return false;
    struct builder builder = {.out = out->bytes, .capacity = sizeof out->bytes};
    uint64_t data_at = self->cluster_at + 4 + SIZE_BYTES;
    put_be(&builder, (self->size - data_at) | (uint64_t)1 << 56, SIZE_BYTES);
    put_patch(out, self->cluster_at + 4, &builder);
    self->cluster_at = 0;
    return true;
}

/// Remember where a cluster begins.
static void note(struct ib_mkv_writer *self, uint64_t time_ms) {
    if (self->clusters++ % self->cue_every != 0)
        return;
    if (self->cue_count == IB_MKV_CUES) {
        for (uint32_t i = 0; i < IB_MKV_CUES / 2; i++)
            self->cues[i] = self->cues[2 * i];
        self->cue_count = IB_MKV_CUES / 2;
        self->cue_every *= 2;
    }
    self->cues[self->cue_count++] = (struct ib_mkv_cue){time_ms, self->size - SEGMENT_AT};
}

static void put_block_start(struct builder *self, unsigned track, uint64_t since_ms,
                            uint8_t flags) {
    put_be(self, 0x80 | track, 1);
    put_be(self, since_ms, 2);
    put_be(self, flags, 1);
}

static void put_exact(struct builder *self, uint64_t since_ms, struct ib_mkv_piece exact,
                      struct ib_mkv_piece record) {
    // Of known length, so that their sizes can be said beforehand: payloads may be large.
    uint8_t small[32];
    struct builder head = {.out = small, .capacity = sizeof small};
    put_uint(&head, IB_MKV_ADDITION_ID, IB_MKV_RECORD_ID);
    put_id(&head, IB_MKV_ADDITIONAL);
    put_size(&head, record.size);
    size_t more = head.size + record.size;

    struct builder outer = {.out = small, .capacity = sizeof small};
    put_id(&outer, IB_MKV_MORE_ADDITION);
    put_size(&outer, more);
    size_t additions = outer.size + more;

    outer = (struct builder){.out = small, .capacity = sizeof small};
    put_id(&outer, IB_MKV_BLOCK);
    put_size(&outer, exact.size + 4);
    put_id(&outer, IB_MKV_ADDITIONS);
    put_size(&outer, additions);
    put_id(self, IB_MKV_BLOCK_GROUP);
    put_size(self, outer.size + exact.size + 4 + additions);

    put_id(self, IB_MKV_BLOCK);
    put_size(self, exact.size + 4);
    put_block_start(self, 2, since_ms, 0);
    put(self, exact.bytes, exact.size);
    put_id(self, IB_MKV_ADDITIONS);
    put_size(self, additions);
    put_id(self, IB_MKV_MORE_ADDITION);
    put_size(self, more);
    put_uint(self, IB_MKV_ADDITION_ID, IB_MKV_RECORD_ID);
    put_bytes(self, IB_MKV_ADDITIONAL, record.bytes, record.size);
}

int ib_mkv_frame(struct ib_mkv_writer *self, uint8_t *out, size_t capacity, uint64_t time_ms,
                 struct ib_mkv_piece seen, struct ib_mkv_piece exact, struct ib_mkv_piece record) {
    struct builder builder = {.out = out, .capacity = capacity};
    if (time_ms < self->last_ms)
        time_ms = self->last_ms;
    bool opens = self->cluster_at == 0;
    uint64_t cluster_ms = opens ? time_ms : self->cluster_ms;
    if (time_ms - cluster_ms > INT16_MAX)
        return IB_E_RANGE; // a block's time has 16 bits
    if (opens) {
        put_id(&builder, IB_MKV_CLUSTER);
        put_be(&builder, UNKNOWN_SIZE, SIZE_BYTES);
        put_uint(&builder, IB_MKV_TIMESTAMP, time_ms);
    }
    put_id(&builder, IB_MKV_SIMPLE_BLOCK);
    put_size(&builder, seen.size + 4);
    put_block_start(&builder, 1, time_ms - cluster_ms, 0x80); // a key frame
    put(&builder, seen.bytes, seen.size);
    put_exact(&builder, time_ms - cluster_ms, exact, record);
    if (builder.full)
        return IB_E_NO_SPACE;
    if (opens) {
        note(self, time_ms);
        self->cluster_at = self->size;
        self->cluster_ms = time_ms;
    }
    self->last_ms = time_ms;
    self->size += builder.size;
    return (int)builder.size;
}

static void put_cue(struct builder *self, const struct ib_mkv_cue *cue) {
    put_id(self, IB_MKV_CUE_POINT);
    put_size(self, CUE_BYTES - 2);
    put_wide(self, IB_MKV_CUE_TIME, cue->time_ms);
    for (unsigned track = 1; track <= 2; track++) {
        put_id(self, IB_MKV_CUE_POSITIONS);
        put_size(self, 14);
        put_be(self, 0xF74001, 3); // the number's size in two bytes: a cue's size is round
        put_be(self, track, 1);
        put_wide(self, IB_MKV_CUE_CLUSTER, cue->cluster);
    }
}

int ib_mkv_index(struct ib_mkv_writer *self, uint8_t *out, size_t capacity) {
    struct builder builder = {.out = out, .capacity = capacity};
    if (self->cue_count == 0)
        return 0;
    put_id(&builder, IB_MKV_CUES_ID);
    put_size(&builder, (uint64_t)self->cue_count * CUE_BYTES);
    for (uint32_t i = 0; i < self->cue_count; i++)
        put_cue(&builder, &self->cues[i]);
    if (builder.full)
        return IB_E_NO_SPACE;
    return (int)builder.size;
}

static void put_seek(struct builder *self, uint32_t id, uint64_t at) {
    put_id(self, IB_MKV_SEEK);
    put_size(self, SEEK_BYTES - 3);
    put_id(self, IB_MKV_SEEK_ID);
    put_size(self, 4);
    put_be(self, id, 4);
    put_wide(self, IB_MKV_SEEK_POSITION, at - SEGMENT_AT);
}

void ib_mkv_end(const struct ib_mkv_writer *self, size_t index_size, struct ib_mkv_patch out[3]) {
    struct builder builder = {.out = out[0].bytes, .capacity = sizeof out[0].bytes};
    put_id(&builder, IB_MKV_SEEK_HEAD);
    put_size(&builder, index_size ? 4 * SEEK_BYTES : 3 * SEEK_BYTES);
    put_seek(&builder, IB_MKV_INFO, self->info_at);
    put_seek(&builder, IB_MKV_TRACKS, self->tracks_at);
    put_seek(&builder, IB_MKV_TAGS, self->tags_at);
    if (index_size)
        put_seek(&builder, IB_MKV_CUES_ID, self->size);
    else
        put_void(&builder, SEEK_BYTES);
    put_patch(&out[0], CONTENTS_AT, &builder);

    // A frame is shown for a while: about one of the sensor's frames.
    double duration_ms = (double)self->last_ms + 111;
    uint64_t bits;
    memcpy(&bits, &duration_ms, sizeof bits);
    builder = (struct builder){.out = out[1].bytes, .capacity = sizeof out[1].bytes};
    put_wide(&builder, IB_MKV_DURATION, bits);
    put_patch(&out[1], self->info_at + 6, &builder);

    builder = (struct builder){.out = out[2].bytes, .capacity = sizeof out[2].bytes};
    put_be(&builder, (self->size + index_size - SEGMENT_AT) | (uint64_t)1 << 56, SIZE_BYTES);
    put_patch(&out[2], SEGMENT_SIZE_AT, &builder);
}
