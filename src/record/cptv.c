/// CPTV reader, a push parser over plain bytes. See cptv.h.
///
/// Not a gunzip: the caller inflates.
/// Source: the format as the Cacophony Project's CPTV specification, versions 1 and 2, describes
///         it.
///
/// A section is its letter ('H' or 'F'), a field count and the fields (length, code, value). After
/// a frame's fields come its pixels: a 32-bit first difference, then differences of `w` bits, most
/// significant bit first, each added to the one before, along rows that run alternately right and
/// left. The sum is what the pixel changed by since the frame before.
#include "record/cptv.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

enum state { MAGIC, SECTION, FIELD_COUNT, FIELD_SIZE, FIELD_CODE, FIELD, FIRST, PIXELS };

// `state` also remembers whether the section under way is a frame; negative is a status: an error.
#define IN_FRAME 0x100

static int fail(struct ib_cptv *self, int status, const char *problem) {
    self->state = status;
    self->problem = problem;
    return status;
}

static int malformed(struct ib_cptv *self, const char *problem) {
    return fail(self, IB_E_FORMAT, problem);
}

static float not_a_number(void) {
    uint32_t bits = 0x7FC00000;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float get_float(const uint8_t *p) {
    uint32_t bits = ib_get_le32(p);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void ib_cptv_init(struct ib_cptv *self, uint16_t *storage, size_t capacity_px) {
    memset(self, 0, sizeof *self);
    self->pixels = storage;
    self->capacity_px = capacity_px;
    self->state = MAGIC;
}

/// Names are for people: one that is too long is cut.
static void take_text(char out[IB_CPTV_TEXT], const uint8_t *text, size_t size) {
    if (size > IB_CPTV_TEXT - 1)
        size = IB_CPTV_TEXT - 1;
    memcpy(out, text, size);
    out[size] = '\0';
}

/// The size that a known field must have, 0 for texts and unknown fields.
static unsigned size_of(char code, bool frame) {
    static const char header_fields[] = "TXYCZNg", frame_fields[] = "tcabwfgi";
    static const uint8_t header_sizes[] = {8, 4, 4, 1, 1, 4, 1};
    static const uint8_t frame_sizes[] = {4, 4, 4, 4, 1, 4, 1, 4};
    const char *fields = frame ? frame_fields : header_fields;
    const char *found = code != '\0' ? strchr(fields, code) : NULL;
    return found ? (frame ? frame_sizes : header_sizes)[found - fields] : 0;
}

static int take_side(struct ib_cptv *self, uint16_t *side_px) {
    uint32_t value = ib_get_le32(self->field);
    if (value == 0 || value > UINT16_MAX)
        return malformed(self, "width or height out of range");
    *side_px = (uint16_t)value;
    return IB_OK;
}

static int take_header_field(struct ib_cptv *self) {
    struct ib_cptv_header *header = &self->header;
    const uint8_t *value = self->field;
    switch (self->field_code) {
    case 'T':
        header->timestamp_us = ib_get_le64(value);
        break;
    case 'X':
        return take_side(self, &header->width_px);
    case 'Y':
        return take_side(self, &header->height_px);
    case 'C':
        if (value[0] != 1)
            return malformed(self, "unknown compression");
        break;
    case 'Z':
        header->fps = value[0];
        break;
    case 'N':
        header->serial = ib_get_le32(value);
        break;
    case 'g':
        header->background_frame = value[0] != 0;
        break;
    case 'D':
        take_text(header->device, value, self->field_size);
        break;
    case 'E':
        take_text(header->model, value, self->field_size);
        break;
    case 'B':
        take_text(header->brand, value, self->field_size);
        break;
    case 'V':
        take_text(header->firmware, value, self->field_size);
        break;
    case 'M':
        take_text(header->motion, value, self->field_size);
        break;
    default:
        break;
    }
    return IB_OK;
}

static int take_frame_field(struct ib_cptv *self) {
    struct ib_cptv_frame *frame = &self->frame;
    const uint8_t *value = self->field;
    switch (self->field_code) {
    case 't':
        // Version 1 counts microseconds from the start of the recording.
        frame->time_us = (uint64_t)ib_get_le32(value) * (self->header.version == 1 ? 1 : 1000);
        frame->time_on_ms = (uint32_t)(frame->time_us / 1000);
        break;
    case 'c':
        frame->last_ffc_ms = ib_get_le32(value);
        break;
    case 'a':
        frame->fpa_c = get_float(value);
        break;
    case 'b':
        frame->fpa_at_ffc_c = get_float(value);
        break;
    case 'g':
        frame->background = value[0] != 0;
        break;
    case 'i':
        frame->marked = true;
        frame->flags = ib_get_le32(value) & 0xFFFFFF;
        frame->ffc_state = value[3];
        break;
    case 'w':
        if (value[0] < 1 || value[0] > 32)
            return malformed(self, "bit width out of range");
        self->bit_width = value[0];
        break;
    case 'f':
        self->frame_bytes = ib_get_le32(value);
        break;
    default:
        break;
    }
    return IB_OK;
}

static size_t count_px(const struct ib_cptv *self) {
    return (size_t)self->header.width_px * self->header.height_px;
}

/// All fields of the section are in. Return: IB_CPTV_HEADER after the header, else IB_CPTV_MORE.
static int end_fields(struct ib_cptv *self, bool frame) {
    if (!frame) {
        if (self->header.width_px == 0 || self->header.height_px == 0)
            return malformed(self, "no width or height in the header");
        if (count_px(self) > self->capacity_px)
            return fail(self, IB_E_NO_SPACE, "frames larger than the storage");
        memset(self->pixels, 0, count_px(self) * sizeof *self->pixels);
        self->state = SECTION;
        return IB_CPTV_HEADER;
    }
    if (self->bit_width == 0 || self->frame_bytes == 0)
        return malformed(self, "no bit width or size in a frame");
    uint64_t bits = (uint64_t)(count_px(self) - 1) * self->bit_width;
    if (self->frame_bytes != 4 + (bits + 7) / 8)
        return malformed(self, "frame size does not match its bit width");
    self->frame_done = 0;
    self->state = FIRST;
    return IB_CPTV_MORE;
}

static int next_field(struct ib_cptv *self, bool frame) {
    if (self->fields_left == 0)
        return end_fields(self, frame);
    self->fields_left--;
    self->state = FIELD_SIZE | (frame ? IN_FRAME : 0);
    return IB_CPTV_MORE;
}

static int end_field(struct ib_cptv *self, bool frame) {
    unsigned size = size_of((char)self->field_code, frame);
    if (size != 0 && size != self->field_size)
        return malformed(self, "field of a wrong size");
    int status = frame ? take_frame_field(self) : take_header_field(self);
    return status < 0 ? status : next_field(self, frame);
}

static int begin_section(struct ib_cptv *self, uint8_t letter) {
    bool first = self->header.width_px == 0;
    if (letter != (first ? 'H' : 'F'))
        return malformed(self, first ? "no header section" : "not a frame section");
    if (!first) {
        self->frame =
            (struct ib_cptv_frame){.fpa_c = not_a_number(), .fpa_at_ffc_c = not_a_number()};
        self->bit_width = 0;
        self->frame_bytes = 0;
    }
    self->state = FIELD_COUNT | (first ? 0 : IN_FRAME);
    return IB_CPTV_MORE;
}

static int take_magic(struct ib_cptv *self, uint8_t byte) {
    static const char magic[] = "CPTV";
    if (self->field_done < 4) {
        if (byte != (uint8_t)magic[self->field_done])
            return malformed(self, "not a CPTV recording");
        self->field_done++;
        return IB_CPTV_MORE;
    }
    if (byte != 1 && byte != 2)
        return malformed(self, "unknown CPTV version");
    self->header.version = byte;
    self->state = SECTION;
    return IB_CPTV_MORE;
}

/// Everything but pixels, byte by byte.
static int take_byte(struct ib_cptv *self, uint8_t byte) {
    bool frame = self->state & IN_FRAME;
    switch (self->state & ~IN_FRAME) {
    case MAGIC:
        return take_magic(self, byte);
    case SECTION:
        return begin_section(self, byte);
    case FIELD_COUNT:
        self->fields_left = byte;
        return next_field(self, frame);
    case FIELD_SIZE:
        self->field_size = byte;
        self->field_done = 0;
        self->state = FIELD_CODE | (frame ? IN_FRAME : 0);
        return IB_CPTV_MORE;
    case FIELD_CODE:
        self->field_code = byte;
        self->state = FIELD | (frame ? IN_FRAME : 0);
        return self->field_size == 0 ? end_field(self, frame) : IB_CPTV_MORE;
    default:
        self->field[self->field_done++] = byte;
        return self->field_done == self->field_size ? end_field(self, frame) : IB_CPTV_MORE;
    }
}

/// Add the running difference to the next pixel of the path.
static bool change_pixel(struct ib_cptv *self) {
    uint32_t width_px = self->header.width_px;
    uint32_t row = self->pixel / width_px, column = self->pixel % width_px;
    if (row & 1)
        column = width_px - 1 - column;
    uint16_t *pixel = &self->pixels[(size_t)row * width_px + column];
    int64_t value = (int64_t)*pixel + self->running;
    if (value < 0 || value > UINT16_MAX)
        return false;
    *pixel = (uint16_t)value;
    self->pixel++;
    return true;
}

/// As many whole differences as the collected bits give.
static bool take_differences(struct ib_cptv *self) {
    unsigned width = self->bit_width;
    while (self->bit_count >= width && self->pixel < count_px(self)) {
        self->bit_count = (uint8_t)(self->bit_count - width);
        uint64_t raw = self->bits >> self->bit_count & (((uint64_t)1 << width) - 1);
        uint64_t sign = (uint64_t)1 << (width - 1);
        int64_t running = self->running + ((int64_t)(raw ^ sign) - (int64_t)sign);
        // A valid sum fits 17 bits; beyond that the pixel is out of range, whatever it was.
        if (running < -(int64_t)UINT16_MAX || running > (int64_t)UINT16_MAX)
            return false;
        self->running = (int32_t)running;
        if (!change_pixel(self))
            return false;
    }
    return true;
}

/// One byte of a frame's pixels. Return: IB_CPTV_FRAME after the last.
static int take_pixels(struct ib_cptv *self, uint8_t byte) {
    self->frame_done++;
    if (self->state == FIRST) {
        self->field[self->frame_done - 1] = byte;
        if (self->frame_done < 4)
            return IB_CPTV_MORE;
        self->running = (int32_t)ib_get_le32(self->field);
        self->pixel = 0;
        self->bits = 0;
        self->bit_count = 0;
        self->state = PIXELS;
        if (!change_pixel(self))
            return malformed(self, "pixel out of range");
    } else {
        self->bits = self->bits << 8 | byte;
        self->bit_count = (uint8_t)(self->bit_count + 8);
        if (!take_differences(self))
            return malformed(self, "pixel out of range");
    }
    if (self->frame_done < self->frame_bytes)
        return IB_CPTV_MORE;
    self->frames++;
    self->state = SECTION;
    return IB_CPTV_FRAME;
}

int ib_cptv_feed(struct ib_cptv *self, const uint8_t *bytes, size_t size, size_t *used) {
    *used = 0;
    while (self->state >= 0 && *used < size) {
        uint8_t byte = bytes[*used];
        bool pixels = self->state == FIRST || self->state == PIXELS;
        int event = pixels ? take_pixels(self, byte) : take_byte(self, byte);
        if (event < 0)
            return event; // `position` and `used` stay at the byte that is wrong
        (*used)++;
        self->position++;
        if (event != IB_CPTV_MORE)
            return event;
    }
    return self->state < 0 ? self->state : IB_CPTV_MORE;
}

int ib_cptv_end(const struct ib_cptv *self) {
    if (self->state < 0)
        return self->state;
    if (self->header.version == 0)
        return IB_E_FORMAT;
    if (self->state == SECTION)
        return self->header.width_px != 0 ? IB_OK : IB_E_FORMAT;
    return IB_E_TRUNCATED;
}
