/// CPTV 2 writer. See cptv_write.h; the format is described in cptv.c.
///
/// Every frame gets the smallest bit width that holds its differences. Beyond 16 bits (pixels that
/// jump by half of the range) some other readers give up; no camera makes such frames.
#include "record/cptv_write.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

#define MAGIC_BYTES 5
#define FRAME_FIELDS_BYTES 72 ///< more than all fields of a frame take

/// A section under construction.
struct section {
    uint8_t *out;
    size_t size;
    size_t count_at; ///< where its number of fields stands
};

static void begin(struct section *self, uint8_t letter) {
    self->out[self->size++] = letter;
    self->count_at = self->size;
    self->out[self->size++] = 0;
}

static uint8_t *field(struct section *self, char code, size_t size) {
    uint8_t *at = self->out + self->size;
    at[0] = (uint8_t)size;
    at[1] = (uint8_t)code;
    self->size += 2 + size;
    self->out[self->count_at]++;
    return at + 2;
}

static void put_text(struct section *self, char code, const char *text) {
    const char *end = memchr(text, '\0', IB_CPTV_TEXT);
    size_t size = end ? (size_t)(end - text) : IB_CPTV_TEXT;
    if (size > 0)
        memcpy(field(self, code, size), text, size);
}

static void put_u32(struct section *self, char code, uint32_t value) {
    ib_put_le32(field(self, code, 4), value);
}

static void put_float(struct section *self, char code, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7FFFFFFF) <= 0x7F800000) // not NaN
        put_u32(self, code, bits);
}

int ib_cptv_write_header(uint8_t *out, size_t capacity, const struct ib_cptv_header *header) {
    if (header->width_px == 0 || header->height_px == 0)
        return IB_E_RANGE;
    if (capacity < IB_CPTV_HEADER_BYTES)
        return IB_E_NO_SPACE;
    static const uint8_t magic[MAGIC_BYTES] = {'C', 'P', 'T', 'V', 2};
    memcpy(out, magic, MAGIC_BYTES);
    struct section section = {.out = out, .size = MAGIC_BYTES};
    begin(&section, 'H');
    ib_put_le64(field(&section, 'T', 8), header->timestamp_us);
    put_u32(&section, 'X', header->width_px);
    put_u32(&section, 'Y', header->height_px);
    *field(&section, 'C', 1) = 1;
    if (header->fps)
        *field(&section, 'Z', 1) = header->fps;
    put_text(&section, 'D', header->device);
    put_text(&section, 'B', header->brand);
    put_text(&section, 'E', header->model);
    put_text(&section, 'V', header->firmware);
    if (header->serial)
        put_u32(&section, 'N', header->serial);
    put_text(&section, 'M', header->motion);
    if (header->background_frame)
        *field(&section, 'g', 1) = 1;
    return (int)section.size;
}

/// What pixel `x` of a row changed by.
static int32_t change(const uint16_t *row, const uint16_t *before, size_t x) {
    return (int32_t)row[x] - (int32_t)before[x];
}

/// Packs differences, most significant bit first.
struct packer {
    uint8_t *at;
    uint64_t bits;
    unsigned held;
    unsigned width;
};

static void pack(struct packer *self, int32_t difference) {
    uint32_t mask = ((uint32_t)1 << self->width) - 1;
    self->bits = self->bits << self->width | ((uint32_t)difference & mask);
    self->held += self->width;
    while (self->held >= 8) {
        self->held -= 8;
        *self->at++ = (uint8_t)(self->bits >> self->held);
    }
}

/// The differences along the snake: into `packer`, or with NULL only the range that they span.
static void walk(const uint16_t *pixels, const uint16_t *before, uint16_t width_px,
                 uint16_t height_px, struct packer *packer, uint32_t *span) {
    int32_t last = change(pixels, before, 0);
    for (size_t y = 0; y < height_px; y++) {
        const uint16_t *row = pixels + y * width_px, *old = before + y * width_px;
        for (size_t i = y == 0; i < width_px; i++) {
            int32_t value = change(row, old, y & 1 ? width_px - 1 - i : i);
            int32_t difference = value - last;
            last = value;
            if (packer)
                pack(packer, difference);
            else // what is negative needs as many bits as its complement
                *span |= (uint32_t)(difference < 0 ? ~difference : difference);
        }
    }
}

static unsigned width_for(uint32_t span) {
    unsigned width = 1; // the sign
    for (; span; span >>= 1)
        width++;
    return width;
}

int ib_cptv_write_frame(uint8_t *out, size_t capacity, const struct ib_cptv_frame *frame,
                        const uint16_t *pixels, uint16_t *before, uint16_t width_px,
                        uint16_t height_px) {
    size_t count_px = (size_t)width_px * height_px;
    uint32_t span = 0;
    walk(pixels, before, width_px, height_px, NULL, &span);
    struct packer packer = {.width = width_for(span)};
    size_t packed = 4 + ((count_px - 1) * packer.width + 7) / 8;
    if (capacity < FRAME_FIELDS_BYTES + packed)
        return IB_E_NO_SPACE;
    struct section section = {.out = out};
    begin(&section, 'F');
    put_u32(&section, 't', frame->time_on_ms);
    if (frame->last_ffc_ms)
        put_u32(&section, 'c', frame->last_ffc_ms);
    put_float(&section, 'a', frame->fpa_c);
    put_float(&section, 'b', frame->fpa_at_ffc_c);
    if (frame->background)
        *field(&section, 'g', 1) = 1;
    if (frame->marked)
        put_u32(&section, 'i', (frame->flags & 0xFFFFFF) | (uint32_t)frame->ffc_state << 24);
    *field(&section, 'w', 1) = (uint8_t)packer.width;
    put_u32(&section, 'f', (uint32_t)packed);
    packer.at = out + section.size;
    ib_put_le32(packer.at, (uint32_t)change(pixels, before, 0));
    packer.at += 4;
    walk(pixels, before, width_px, height_px, &packer, NULL);
    if (packer.held > 0)
        *packer.at++ = (uint8_t)(packer.bits << (8 - packer.held));
    memcpy(before, pixels, count_px * sizeof *before);
    return (int)(packer.at - out);
}
