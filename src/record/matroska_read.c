/// See matroska_read.h.
///
/// Elements are read one byte at a time (ID, size), their data in runs. Elements that hold elements
/// are a stack of ends; an unknown end comes with an ID that cannot be inside.
#include "record/matroska_read.h"

#include <string.h>

#include "core/status.h"
#include "record/matroska_private.h"

enum state {
    ID,    ///< `got` of `length` bytes of one, in `value`
    SIZE,  ///< the same
    SMALL, ///< a number or a text, into `small`
    CONFIG,
    BLOCK,  ///< into the storage
    RECORD, ///< the same, behind the block
    SKIP,   ///< `left` bytes of data that nobody wants
};

#define NO_END UINT64_MAX
/// An element of this many bytes is none: positions could overflow.
#define MOST_BYTES ((uint64_t)1 << 56)
/// Track number (8 bytes at most), time, flags.
#define BLOCK_START_BYTES 11
#define VFW_BYTES 40

static int fail(struct ib_mkv_reader *self, int status, const char *problem) {
    self->state = status;
    self->problem = problem;
    return status;
}

static int malformed(struct ib_mkv_reader *self, const char *problem) {
    return fail(self, IB_E_FORMAT, problem);
}

void ib_mkv_reader_init(struct ib_mkv_reader *self, uint8_t *storage, size_t capacity) {
    memset(self, 0, sizeof *self);
    self->storage = storage;
    self->capacity = capacity;
    self->scale_ns = 1000000;
    self->state = ID;
}

static uint64_t number_of(const struct ib_mkv_reader *self) {
    uint64_t value = 0;
    for (size_t i = 0; i < self->held; i++)
        value = value << 8 | self->small[i];
    return value;
}

static void take_text(const struct ib_mkv_reader *self, char out[IB_MKV_TEXT]) {
    memcpy(out, self->small, self->held);
    out[self->held] = '\0';
}

/// What the elements mean to us.
enum kind { OTHER, MASTER, NUMBER, TEXT, IS_CONFIG, IS_BLOCK, IS_ADDITIONAL };

static enum kind kind_of(uint32_t id) {
    switch (id) {
    case IB_MKV_SEGMENT:
    case IB_MKV_INFO:
    case IB_MKV_TRACKS:
    case IB_MKV_TRACK_ENTRY:
    case IB_MKV_VIDEO:
    case IB_MKV_TAGS:
    case IB_MKV_TAG:
    case IB_MKV_SIMPLE_TAG:
    case IB_MKV_CLUSTER:
    case IB_MKV_BLOCK_GROUP:
    case IB_MKV_ADDITIONS:
    case IB_MKV_MORE_ADDITION:
    case IB_MKV_EBML:
        return MASTER;
    case IB_MKV_TIMESTAMP_SCALE:
    case IB_MKV_DATE:
    case IB_MKV_TRACK_NUMBER:
    case IB_MKV_WIDTH:
    case IB_MKV_HEIGHT:
    case IB_MKV_TIMESTAMP:
    case IB_MKV_ADDITION_ID:
        return NUMBER;
    case IB_MKV_DOC_TYPE:
    case IB_MKV_CODEC_ID:
    case IB_MKV_TAG_NAME:
    case IB_MKV_TAG_STRING:
        return TEXT;
    case IB_MKV_CODEC_PRIVATE:
        return IS_CONFIG;
    case IB_MKV_SIMPLE_BLOCK:
    case IB_MKV_BLOCK:
        return IS_BLOCK;
    case IB_MKV_ADDITIONAL:
        return IS_ADDITIONAL;
    default:
        return OTHER;
    }
}

/// Elements that are inside of the segment only: they end a cluster of unknown size.
static bool is_top(uint32_t id) {
    switch (id) {
    case IB_MKV_CLUSTER:
    case IB_MKV_CUES_ID:
    case IB_MKV_TAGS:
    case IB_MKV_INFO:
    case IB_MKV_TRACKS:
    case IB_MKV_SEEK_HEAD:
    case IB_MKV_CHAPTERS:
    case IB_MKV_ATTACHMENTS:
        return true;
    default:
        return false;
    }
}

static void end_tag(struct ib_mkv_reader *self) {
    const struct {
        const char *name;
        char *out;
    } tags[] = {{"CAMERA", self->camera},     {"MODEL", self->model}, {"SERIAL", self->serial},
                {"FIRMWARE", self->firmware}, {"UNIT", self->unit},   {"SCALE", self->scale}};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (strcmp(self->tag, tags[i].name) == 0)
            memcpy(tags[i].out, self->tag_value, IB_MKV_TEXT);
    }
}

/// ffmpeg says FFV1 as Windows did: a BITMAPINFOHEADER (its compression at byte 16), then the
/// configuration record.
static bool is_old_ffv1(struct ib_mkv_reader *self) {
    if (!self->track.vfw || self->config_size < VFW_BYTES ||
        memcmp(self->config + 16, "FFV1", 4) != 0)
        return false;
    self->config_size -= VFW_BYTES;
    memmove(self->config, self->config + VFW_BYTES, self->config_size);
    return true;
}

/// Return: IB_MKV_TRACK when it is the one.
static int end_track(struct ib_mkv_reader *self) {
    if (self->number != 0 || self->track.number == 0)
        return IB_MKV_MORE;
    if (!self->track.ffv1 && !is_old_ffv1(self))
        return IB_MKV_MORE;
    if (self->track.encoded)
        return fail(self, IB_E_UNSUPPORTED, "the track is compressed or encrypted");
    if (self->track.width == 0 || self->track.width > UINT16_MAX || self->track.height == 0 ||
        self->track.height > UINT16_MAX)
        return malformed(self, "width or height out of range");
    self->number = self->track.number;
    self->width_px = (uint16_t)self->track.width;
    self->height_px = (uint16_t)self->track.height;
    return IB_MKV_TRACK;
}

static int give_frame(struct ib_mkv_reader *self) {
    self->in_block = false;
    self->block = self->storage;
    self->record = self->storage + self->record_at;
    self->frames++;
    return IB_MKV_FRAME;
}

/// The innermost element has ended.
static int pop(struct ib_mkv_reader *self) {
    switch (self->level[--self->depth].id) {
    case IB_MKV_SIMPLE_TAG:
        end_tag(self);
        return IB_MKV_MORE;
    case IB_MKV_TRACK_ENTRY:
        return end_track(self);
    case IB_MKV_BLOCK_GROUP:
        return self->in_block ? give_frame(self) : IB_MKV_MORE;
    default:
        return IB_MKV_MORE;
    }
}

/// End whatever ends here. Return: the first event.
static int pop_ended(struct ib_mkv_reader *self) {
    int event = IB_MKV_MORE;
    while (event == IB_MKV_MORE && self->depth > 0 &&
           self->level[self->depth - 1].end == self->position)
        event = pop(self);
    return event;
}

static int enter(struct ib_mkv_reader *self, uint64_t end) {
    if (self->depth == IB_MKV_DEPTH)
        return malformed(self, "elements too deep in each other");
    if (end == NO_END && self->id != IB_MKV_SEGMENT && self->id != IB_MKV_CLUSTER)
        return malformed(self, "an element of unknown size");
    if (self->id == IB_MKV_CLUSTER && self->number == 0)
        return fail(self, IB_E_NOT_FOUND, "no 16-bit track (FFV1) in this film");
    if (self->id == IB_MKV_TRACK_ENTRY) {
        memset(&self->track, 0, sizeof self->track);
        if (self->number == 0)
            self->config_size = 0;
    }
    self->segment |= self->id == IB_MKV_SEGMENT;
    if (self->id == IB_MKV_SIMPLE_TAG) {
        self->tag[0] = '\0';
        memset(self->tag_value, 0, sizeof self->tag_value);
    }
    if (self->id == IB_MKV_MORE_ADDITION)
        self->addition_id = 1;
    if (self->id == IB_MKV_BLOCK_GROUP)
        self->in_block = false;
    self->level[self->depth++] = (struct ib_mkv_level){self->id, end};
    self->state = ID;
    self->got = 0;
    return pop_ended(self);
}

/// Where the data of an element that is no master goes. Return: enum state.
static int route(struct ib_mkv_reader *self, enum kind kind) {
    switch (kind) {
    case NUMBER:
        return self->left <= 8 ? SMALL : malformed(self, "a number of more than 8 bytes");
    case TEXT:
        return SMALL;
    case IS_CONFIG:
        if (self->number != 0)
            return SKIP; // the track is found already
        return self->left <= IB_MKV_CONFIG_MOST ? CONFIG : SKIP;
    case IS_BLOCK:
        return BLOCK;
    case IS_ADDITIONAL:
        return self->in_block && self->addition_id == IB_MKV_RECORD_ID ? RECORD : SKIP;
    case MASTER:
    case OTHER:
    default:
        if (self->id == IB_MKV_ENCODINGS)
            self->track.encoded = true;
        return SKIP;
    }
}

static int begin_element(struct ib_mkv_reader *self, uint64_t size, bool known) {
    while (self->depth > 0 && self->level[self->depth - 1].end == NO_END &&
           ((self->level[self->depth - 1].id == IB_MKV_CLUSTER && is_top(self->id)) ||
            self->id == IB_MKV_SEGMENT || self->id == IB_MKV_EBML))
        self->depth--; // cannot be inside: that element has ended
    uint64_t outer = self->depth > 0 ? self->level[self->depth - 1].end : NO_END;
    uint64_t end = known ? self->position + size : NO_END;
    if (outer != NO_END && (!known || end > outer))
        return malformed(self, "an element is larger than what it is in");
    if (self->depth == 0 && !self->known_doc && self->id != IB_MKV_EBML)
        return malformed(self, "no Matroska film");
    enum kind kind = kind_of(self->id);
    if (kind == MASTER)
        return enter(self, end);
    if (!known)
        return malformed(self, "an element of unknown size");
    self->left = size;
    self->held = 0;
    int state = route(self, kind);
    if (state < 0)
        return state;
    if (state == BLOCK)
        self->in_block = false;
    if (state == RECORD) {
        self->record_at = self->block_size;
        self->held = self->block_size;
        if (size > self->capacity - self->held)
            return fail(self, IB_E_NO_SPACE, "a block larger than the storage");
    }
    self->state = state;
    return IB_MKV_MORE;
}

static void take_number(struct ib_mkv_reader *self) {
    uint64_t value = number_of(self);
    switch (self->id) {
    case IB_MKV_TIMESTAMP_SCALE:
        self->scale_ns = value;
        break;
    case IB_MKV_DATE:
        self->start_us = (int64_t)value / 1000 + IB_MKV_EPOCH_US;
        break;
    case IB_MKV_TRACK_NUMBER:
        self->track.number = value;
        break;
    case IB_MKV_WIDTH:
        self->track.width = value;
        break;
    case IB_MKV_HEIGHT:
        self->track.height = value;
        break;
    case IB_MKV_TIMESTAMP:
        self->cluster_time = value;
        break;
    default:
        self->addition_id = value;
        break;
    }
}

static void take_codec(struct ib_mkv_reader *self, const char *name) {
    self->track.ffv1 = strcmp(name, "V_FFV1") == 0;
    self->track.vfw = strcmp(name, "V_MS/VFW/FOURCC") == 0;
}

static int take_small(struct ib_mkv_reader *self) {
    char text[IB_MKV_TEXT];
    if (kind_of(self->id) == NUMBER) {
        take_number(self);
        return IB_MKV_MORE;
    }
    take_text(self, text);
    if (self->id == IB_MKV_CODEC_ID)
        take_codec(self, text);
    else if (self->id == IB_MKV_TAG_NAME)
        memcpy(self->tag, text, sizeof text);
    else if (self->id == IB_MKV_TAG_STRING)
        memcpy(self->tag_value, text, sizeof text);
    else if (strcmp(text, "matroska") != 0 && strcmp(text, "webm") != 0)
        return malformed(self, "no Matroska film");
    self->known_doc |= self->id == IB_MKV_DOC_TYPE;
    return IB_MKV_MORE;
}

static int64_t time_of(const struct ib_mkv_reader *self, int16_t since) {
    // Times that make no sense saturate: they only name a moment.
    uint64_t most = (uint64_t)INT64_MAX / 2;
    uint64_t ticks = self->cluster_time;
    uint64_t scale = self->scale_ns ? self->scale_ns : 1;
    if (ticks > most / scale - 0x8000 || scale > most / 0x10000)
        return (int64_t)(most / 1000);
    return ((int64_t)(ticks * scale) + since * (int64_t)scale) / 1000;
}

/// A block's start: whose is it? `size` bytes of it are in the storage.
/// Return: 1 ours (and moved to the front), 0 somebody else's, or not known yet.
static int judge_block(struct ib_mkv_reader *self, bool whole) {
    const uint8_t *bytes = self->storage;
    if (self->held == 0 || bytes[0] == 0)
        return whole || self->held > 0 ? malformed(self, "a block without a track") : 0;
    unsigned length = (unsigned)__builtin_clz((unsigned)bytes[0] << 24) + 1;
    if (self->held < length + 3u)
        return whole ? malformed(self, "a block without a start") : 0;
    uint64_t number = bytes[0] & (0xFFu >> length);
    for (unsigned i = 1; i < length; i++)
        number = number << 8 | bytes[i];
    if (number != self->number)
        return 0;
    if (bytes[length + 2] & 0x06)
        return fail(self, IB_E_UNSUPPORTED, "blocks with several frames (lacing)");
    self->time_us =
        time_of(self, (int16_t)(uint16_t)((unsigned)bytes[length] << 8 | bytes[length + 1]));
    self->held -= length + 3u;
    memmove(self->storage, self->storage + length + 3, self->held);
    return 1;
}

/// Data of an element, as much as there is. Return: an event; `*taken` bytes were used.
static int take_data(struct ib_mkv_reader *self, const uint8_t *bytes, size_t size, size_t *taken) {
    size_t run = size < self->left ? size : (size_t)self->left;
    uint8_t *out = NULL;
    size_t room = 0;
    if (self->state == SMALL) {
        out = self->small;
        room = sizeof self->small - 1;
    } else if (self->state == CONFIG) {
        out = self->config;
        room = sizeof self->config;
    } else if (self->state == BLOCK || self->state == RECORD) {
        out = self->storage;
        room = self->capacity;
        // Until it is clear whose block it is, no more than its start.
        if (self->state == BLOCK && !self->in_block && self->held < BLOCK_START_BYTES &&
            run > BLOCK_START_BYTES - self->held)
            run = BLOCK_START_BYTES - self->held;
    }
    if (out) {
        size_t keep = run < room - self->held ? run : room - self->held;
        if (keep < run && self->state == BLOCK)
            return fail(self, IB_E_NO_SPACE, "a block larger than the storage");
        if (keep > 0)
            memcpy(out + self->held, bytes, keep); // texts are cut
        self->held += keep;
    }
    self->left -= run;
    self->position += run;
    *taken = run;
    return IB_MKV_MORE;
}

/// After some of a block has come: go on with ours, skip the others.
static int sort_block(struct ib_mkv_reader *self) {
    if (self->in_block)
        return IB_MKV_MORE;
    bool start = self->held >= BLOCK_START_BYTES || self->left == 0;
    if (!start)
        return IB_MKV_MORE;
    int ours = judge_block(self, self->left == 0);
    if (ours < 0)
        return ours;
    if (ours == 0) {
        self->state = SKIP;
        return IB_MKV_MORE;
    }
    if (self->left > self->capacity - self->held)
        return fail(self, IB_E_NO_SPACE, "a block larger than the storage");
    self->in_block = true;
    return IB_MKV_MORE;
}

/// The element's data are complete.
static int end_data(struct ib_mkv_reader *self) {
    int state = self->state;
    self->state = ID;
    self->got = 0;
    int event = IB_MKV_MORE;
    if (state == SMALL)
        event = take_small(self);
    if (state == CONFIG)
        self->config_size = self->held;
    if (state == BLOCK) {
        self->block_size = self->held;
        self->record_at = self->held;
        self->record_size = 0;
        if (self->id == IB_MKV_SIMPLE_BLOCK)
            event = give_frame(self);
    }
    if (state == RECORD)
        self->record_size = self->held - self->record_at;
    return event == IB_MKV_MORE ? pop_ended(self) : event;
}

static int feed_data(struct ib_mkv_reader *self, const uint8_t *bytes, size_t size, size_t *taken) {
    int event = take_data(self, bytes, size, taken);
    if (event == IB_MKV_MORE && self->state == BLOCK)
        event = sort_block(self);
    if (event == IB_MKV_MORE && self->left == 0)
        event = end_data(self);
    return event;
}

/// One byte of an ID or of a size.
static int take_byte(struct ib_mkv_reader *self, uint8_t byte) {
    if (self->got == 0) {
        if (self->state == ID && byte < 0x10)
            return malformed(self, "no element begins here");
        if (byte == 0)
            return malformed(self, "no size of an element");
        self->length = (unsigned)__builtin_clz((unsigned)byte << 24) + 1;
        self->value = self->state == ID ? byte : byte & (0xFFu >> self->length);
    } else {
        self->value = self->value << 8 | byte;
    }
    self->position++;
    if (++self->got < self->length)
        return IB_MKV_MORE;
    self->got = 0;
    if (self->state == ID) {
        self->id = (uint32_t)self->value;
        self->state = SIZE;
        return IB_MKV_MORE;
    }
    bool known = self->value != ((uint64_t)1 << 7 * self->length) - 1;
    if (known && self->value > MOST_BYTES - self->position)
        return malformed(self, "no size of an element");
    int event = begin_element(self, self->value, known);
    if (event == IB_MKV_MORE && self->state > SIZE && self->left == 0) {
        if (self->state == BLOCK)
            return malformed(self, "a block without a track");
        return end_data(self);
    }
    return event;
}

int ib_mkv_reader_feed(struct ib_mkv_reader *self, const uint8_t *bytes, size_t size,
                       size_t *used) {
    *used = 0;
    // More may end where an event was.
    int event = self->state < 0 ? self->state : IB_MKV_MORE;
    if (event == IB_MKV_MORE && self->state == ID && self->got == 0)
        event = pop_ended(self);
    while (event == IB_MKV_MORE && *used < size) {
        size_t taken = 1;
        if (self->state == ID || self->state == SIZE) {
            event = take_byte(self, bytes[*used]);
            if (event < 0)
                break; // `position` and `used` stay at the byte that is wrong
        } else {
            event = feed_data(self, bytes + *used, size - *used, &taken);
            if (event < 0)
                break;
        }
        *used += taken;
    }
    return event;
}

int ib_mkv_reader_end(const struct ib_mkv_reader *self) {
    if (self->state < 0)
        return self->state;
    if (!self->known_doc)
        return IB_E_FORMAT;
    bool between = self->state == ID && self->got == 0 && self->segment;
    // An unknown end would have been made known when the film was finished.
    for (unsigned i = 0; i < self->depth; i++)
        between = between && self->level[i].end == self->position;
    if (!between)
        return IB_E_TRUNCATED;
    return self->number != 0 ? IB_OK : IB_E_NOT_FOUND;
}
