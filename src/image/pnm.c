/// PGM and PPM files. See pnm.h.
#include "image/pnm.h"

#include <string.h>

#include "core/check.h"
#include "core/status.h"
#include "core/text.h"
#include "image/color.h"

#define MOST_DIGITS 9 ///< of a number that is looked at, zeros in front and all

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static unsigned channels(const struct ib_pnm *self) {
    return self->format == IB_PIXELS_GREY ? 1 : 3;
}

static uint64_t samples(const struct ib_pnm *self) {
    return (uint64_t)self->width_px * (uint32_t)self->height_px * channels(self);
}

// ---- reading ----

/// What is left of the head.
struct cursor {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool whole_file; ///< no more bytes exist
};

static int out_of_bytes(const struct cursor *self) {
    return self->whole_file ? IB_E_TRUNCATED : IB_E_UNSUPPORTED;
}

/// A number of the head, behind white space and comments. Return: it, or a status.
static int64_t read_number(struct cursor *self) {
    int64_t number = 0;
    size_t begin;
    for (; self->at < self->size; self->at++) {
        uint8_t c = self->bytes[self->at];
        if (c == '#')
            while (self->at < self->size && self->bytes[self->at] != '\n')
                self->at++;
        else if (!is_space(c))
            break;
    }
    for (begin = self->at; self->at < self->size && is_digit(self->bytes[self->at]); self->at++) {
        if (self->at - begin == MOST_DIGITS)
            return IB_E_UNSUPPORTED;
        number = number * 10 + (self->bytes[self->at] - '0');
    }
    if (self->at >= self->size)
        return out_of_bytes(self);
    return self->at == begin ? IB_E_FORMAT : number;
}

int ib_pnm_look(struct ib_pnm *self, const uint8_t *head, size_t size, uint64_t file_bytes) {
    struct cursor cursor = {head, size, 2, file_bytes <= size};
    int64_t numbers[3];
    if (size >= 1 && head[0] != 'P')
        return IB_E_UNSUPPORTED;
    if (size < 3)
        return IB_E_TRUNCATED;
    uint8_t kind = head[1];
    if (kind != '2' && kind != '3' && kind != '5' && kind != '6')
        return IB_E_UNSUPPORTED;
    if (!is_space(head[2]) && head[2] != '#')
        return IB_E_FORMAT;
    for (unsigned i = 0; i < 3; i++) {
        numbers[i] = read_number(&cursor);
        if (numbers[i] < 0)
            return (int)numbers[i];
    }
    if (!is_space(head[cursor.at])) // exactly one, then the samples
        return IB_E_FORMAT;
    if (numbers[0] == 0 || numbers[1] == 0)
        return IB_E_FORMAT;
    if (numbers[0] > IB_IMAGE_MAX_PX || numbers[1] > IB_IMAGE_MAX_PX || numbers[2] != 255)
        return IB_E_UNSUPPORTED;
    *self = (struct ib_pnm){
        .width_px = (int32_t)numbers[0],
        .height_px = (int32_t)numbers[1],
        .format = kind == '2' || kind == '5' ? IB_PIXELS_GREY : IB_PIXELS_RGB565,
        .rows_at = (uint32_t)cursor.at + 1,
        .text = kind < '4',
    };
    // Text takes a digit a sample and something between them.
    uint64_t least_bytes = self->text ? 2 * samples(self) - 1 : samples(self);
    return file_bytes < self->rows_at + least_bytes ? IB_E_TRUNCATED : IB_OK;
}

static bool fits(const struct ib_pnm *self, const struct ib_image *into) {
    return into->width_px == self->width_px && into->height_px == self->height_px &&
           into->format == self->format;
}

/// One sample to its place.
static void put_sample(struct ib_pnm *self, const struct ib_image *into, uint8_t sample) {
    uint64_t pixel = self->at / channels(self);
    unsigned channel = (unsigned)(self->at % channels(self));
    uint8_t *row = ib_image_row(into, (int32_t)(pixel / (uint32_t)self->width_px));
    uint32_t x = (uint32_t)(pixel % (uint32_t)self->width_px);
    self->at++;
    if (self->format == IB_PIXELS_GREY)
        row[x] = sample;
    else if (channel < 2)
        self->part[channel] = sample;
    else
        ((uint16_t *)(void *)row)[x] = ib_rgb565_of(self->part[0], self->part[1], sample);
}

/// Whole pixels of one row at once. Return: how many bytes.
static size_t put_run(struct ib_pnm *self, const struct ib_image *into, const uint8_t *bytes,
                      size_t size) {
    unsigned each = channels(self);
    uint32_t width = (uint32_t)self->width_px;
    uint64_t pixel = self->at / each;
    uint32_t x = (uint32_t)(pixel % width);
    uint8_t *row = ib_image_row(into, (int32_t)(pixel / width));
    uint16_t *colours = (uint16_t *)(void *)row;
    size_t count = size / each < width - x ? size / each : width - x;
    if (each == 1)
        memcpy(row + x, bytes, count);
    else
        for (size_t i = 0; i < count; i++)
            colours[x + i] = ib_rgb565_of(bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]);
    self->at += count * each;
    return count * each;
}

static int feed_bytes(struct ib_pnm *self, const struct ib_image *into, const uint8_t *bytes,
                      size_t size) {
    uint64_t wanted = samples(self);
    while (size > 0 && self->at < wanted) {
        size_t taken = 1;
        if (self->at % channels(self) == 0 && size >= channels(self))
            taken = put_run(self, into, bytes, size);
        else
            put_sample(self, into, *bytes);
        bytes += taken;
        size -= taken;
    }
    return self->at == wanted;
}

/// A number of the text has ended.
static int end_number(struct ib_pnm *self, const struct ib_image *into) {
    if (self->digits > 0) {
        if (self->number > 255)
            return IB_E_FORMAT;
        put_sample(self, into, (uint8_t)self->number);
    }
    self->number = 0;
    self->digits = 0;
    return IB_OK;
}

static int feed_text(struct ib_pnm *self, const struct ib_image *into, const uint8_t *bytes,
                     size_t size) {
    uint64_t wanted = samples(self);
    for (size_t i = 0; i < size && self->at < wanted; i++) {
        uint8_t c = bytes[i];
        if (self->in_comment) {
            self->in_comment = c != '\n';
        } else if (is_digit(c)) {
            if (++self->digits > MOST_DIGITS)
                return IB_E_FORMAT;
            self->number = self->number * 10 + (c - (uint32_t)'0');
        } else {
            self->in_comment = c == '#';
            if (!self->in_comment && !is_space(c))
                return IB_E_FORMAT;
            int status = end_number(self, into);
            if (status != IB_OK)
                return status;
        }
    }
    return self->at == wanted;
}

int ib_pnm_feed(struct ib_pnm *self, const struct ib_image *into, const uint8_t *bytes,
                size_t size) {
    if (!fits(self, into))
        return IB_E_INVAL;
    return self->text ? feed_text(self, into, bytes, size) : feed_bytes(self, into, bytes, size);
}

int ib_pnm_end(struct ib_pnm *self, const struct ib_image *into) {
    if (!fits(self, into))
        return IB_E_INVAL;
    if (self->at < samples(self)) {
        int status = end_number(self, into);
        if (status != IB_OK)
            return status;
    }
    return self->at == samples(self) ? 1 : IB_E_TRUNCATED;
}

// ---- writing ----

static size_t put_head(const struct ib_pnm_writer *self, uint8_t out[IB_PNM_PIECE_LEAST_BYTES]) {
    struct ib_text text;
    ib_text_init(&text, (char *)out, IB_PNM_PIECE_LEAST_BYTES);
    ib_text_str(&text, self->picture.format == IB_PIXELS_GREY ? "P5\n" : "P6\n");
    ib_text_u64(&text, (uint32_t)self->roi.w);
    ib_text_char(&text, ' ');
    ib_text_u64(&text, (uint32_t)self->roi.h);
    ib_text_str(&text, "\n255\n");
    return text.size;
}

int64_t ib_pnm_writer_init(struct ib_pnm_writer *self, const struct ib_image *picture,
                           struct ib_rect roi) {
    struct ib_rect inside = ib_rect_clip(roi, picture->width_px, picture->height_px);
    uint8_t head[IB_PNM_PIECE_LEAST_BYTES];
    if (picture->format != IB_PIXELS_GREY && picture->format != IB_PIXELS_RGB565)
        return IB_E_UNSUPPORTED;
    if (roi.w <= 0 || roi.h <= 0 || inside.w != roi.w || inside.h != roi.h)
        return IB_E_RANGE;
    *self = (struct ib_pnm_writer){.picture = *picture, .roi = roi};
    int64_t each = picture->format == IB_PIXELS_GREY ? 1 : 3;
    return (int64_t)put_head(self, head) + each * roi.w * roi.h;
}

/// As many pixels of this row as there is room for. Return: how many bytes.
static size_t put_row(struct ib_pnm_writer *self, uint8_t *out, size_t room) {
    const uint8_t *row = ib_image_row(&self->picture, self->roi.y + self->y);
    const uint16_t *colours = (const uint16_t *)(const void *)row + self->roi.x + self->x;
    size_t each = self->picture.format == IB_PIXELS_GREY ? 1 : 3;
    size_t count = (size_t)(self->roi.w - self->x);
    count = room / each < count ? room / each : count;
    if (each == 1)
        memcpy(out, row + self->roi.x + self->x, count);
    else
        for (size_t i = 0; i < count; i++) {
            out[3 * i] = ib_rgb565_red(colours[i]);
            out[3 * i + 1] = ib_rgb565_green(colours[i]);
            out[3 * i + 2] = ib_rgb565_blue(colours[i]);
        }
    self->x += (int32_t)count;
    if (self->x == self->roi.w) {
        self->x = 0;
        self->y++;
    }
    return count * each;
}

size_t ib_pnm_writer_pull(struct ib_pnm_writer *self, uint8_t *out, size_t room) {
    size_t done = 0;
    IB_ASSERT(room >= IB_PNM_PIECE_LEAST_BYTES);
    if (!self->begun) {
        done = put_head(self, out);
        self->begun = true;
    }
    while (self->y < self->roi.h && room - done >= 3)
        done += put_row(self, out + done, room - done);
    return done;
}
