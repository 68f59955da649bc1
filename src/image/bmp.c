/// BMP files. See bmp.h.
#include "image/bmp.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/status.h"
#include "image/color.h"

#define FILE_HEAD_BYTES 14
#define INFO_BYTES 40      ///< of the information that every version begins with
#define MASKS_BYTES 12     ///< red, green and blue
#define PALETTE_BYTES 1024 ///< of four bytes a colour

#define PLAIN 0  ///< BI_RGB
#define MASKED 3 ///< BI_BITFIELDS

// ---- reading ----

static bool is_known(uint32_t info_bytes) {
    return info_bytes == 40 || info_bytes == 52 || info_bytes == 56 || info_bytes == 108 ||
           info_bytes == 124;
}

static bool is_identity(const uint8_t *palette) {
    for (unsigned i = 0; i < 256; i++) {
        if (palette[4 * i] != i || palette[4 * i + 1] != i || palette[4 * i + 2] != i)
            return false;
    }
    return true;
}

static bool has_565(const uint8_t *masks) {
    return ib_get_le32(masks) == 0xF800 && ib_get_le32(masks + 4) == 0x07E0 &&
           ib_get_le32(masks + 8) == 0x001F;
}

/// How the colours are coded. `end` becomes where the head ends.
static int look_at_colours(struct ib_bmp *self, const uint8_t *head, size_t size, uint32_t *end) {
    uint32_t info_bytes = ib_get_le32(head + 14), coded = ib_get_le32(head + 30);
    // The masks follow the first 40 bytes, whether they count as a part of the information or not.
    uint32_t masks_at = FILE_HEAD_BYTES + INFO_BYTES;
    *end = FILE_HEAD_BYTES + info_bytes;
    self->format = self->bits == 8 ? IB_PIXELS_GREY : IB_PIXELS_RGB565;
    if (self->bits == 24 && coded == PLAIN)
        return IB_OK;
    if (self->bits == 16 && coded == MASKED) {
        if (info_bytes == INFO_BYTES)
            *end += MASKS_BYTES;
        if (size < masks_at + MASKS_BYTES)
            return IB_E_TRUNCATED;
        return has_565(head + masks_at) ? IB_OK : IB_E_UNSUPPORTED;
    }
    if (self->bits != 8 || coded != PLAIN)
        return IB_E_UNSUPPORTED;
    uint32_t palette_at = *end;
    *end += PALETTE_BYTES;
    if (size < *end)
        return IB_E_TRUNCATED;
    return is_identity(head + palette_at) ? IB_OK : IB_E_UNSUPPORTED;
}

/// Whether all that is said about the file's size agrees.
static int look_at_sizes(const struct ib_bmp *self, const uint8_t *head, uint32_t end,
                         uint64_t file_bytes) {
    uint64_t rows_bytes = (uint64_t)self->row_bytes * (uint32_t)self->height_px;
    uint32_t said_file_bytes = ib_get_le32(head + 2), said_rows_bytes = ib_get_le32(head + 34);
    if (self->rows_at < end || rows_bytes != said_rows_bytes ||
        self->rows_at + rows_bytes != said_file_bytes)
        return IB_E_FORMAT;
    return file_bytes < said_file_bytes ? IB_E_TRUNCATED : IB_OK;
}

int ib_bmp_look(struct ib_bmp *self, const uint8_t *head, size_t size, uint64_t file_bytes) {
    uint32_t end;
    if ((size >= 1 && head[0] != 'B') || (size >= 2 && head[1] != 'M'))
        return IB_E_UNSUPPORTED;
    if (size < FILE_HEAD_BYTES + INFO_BYTES)
        return IB_E_TRUNCATED;
    if (!is_known(ib_get_le32(head + 14)))
        return IB_E_UNSUPPORTED;
    int64_t width_px = (int32_t)ib_get_le32(head + 18);
    int64_t height_px = (int32_t)ib_get_le32(head + 22); // negative: from the top down
    if (width_px <= 0 || height_px == 0)
        return IB_E_FORMAT;
    if (ib_get_le16(head + 26) != 1)
        return IB_E_VERIFY;
    *self = (struct ib_bmp){.rows_at = ib_get_le32(head + 10),
                            .bits = ib_get_le16(head + 28),
                            .bottom_up = height_px > 0};
    if (height_px < 0)
        height_px = -height_px;
    if (width_px > IB_IMAGE_MAX_PX || height_px > IB_IMAGE_MAX_PX)
        return IB_E_UNSUPPORTED;
    self->width_px = (int32_t)width_px;
    self->height_px = (int32_t)height_px;
    int status = look_at_colours(self, head, size, &end);
    if (status != IB_OK)
        return status;
    self->row_bytes = ((uint32_t)width_px * self->bits + 31) / 32 * 4;
    return look_at_sizes(self, head, end, file_bytes);
}

/// Whole pixels into a row.
static void put_pixels(const struct ib_bmp *self, uint8_t *row, uint32_t x, const uint8_t *bytes,
                       uint32_t count) {
    uint16_t *colours = (uint16_t *)(void *)row;
    if (self->bits == 8)
        memcpy(row + x, bytes, count);
    else if (self->bits == 16)
        for (uint32_t i = 0; i < count; i++)
            colours[x + i] = ib_get_le16(bytes + 2 * i);
    else
        for (uint32_t i = 0; i < count; i++)
            colours[x + i] = ib_rgb565_of(bytes[3 * i + 2], bytes[3 * i + 1], bytes[3 * i]);
}

/// Return: how many of the bytes belong to this row.
static size_t feed_row(struct ib_bmp *self, const struct ib_image *into, uint32_t line,
                       const uint8_t *bytes, size_t size) {
    uint32_t column = (uint32_t)(self->at % self->row_bytes), each = self->bits / 8;
    uint32_t used = (uint32_t)self->width_px * each;
    int32_t y = (int32_t)(self->bottom_up ? (uint32_t)self->height_px - 1 - line : line);
    uint8_t *row = ib_image_row(into, y);
    uint32_t partly = column % each;
    if (column >= used) { // padding
        size_t left = self->row_bytes - column;
        return size < left ? size : left;
    }
    if (partly > 0 || size < each) { // a pixel that was cut
        self->part[partly] = bytes[0];
        if (partly + 1 == each)
            put_pixels(self, row, column / each, self->part, 1);
        return 1;
    }
    size_t pixels = (used - column) / each;
    pixels = size / each < pixels ? size / each : pixels;
    put_pixels(self, row, column / each, bytes, (uint32_t)pixels);
    return pixels * each;
}

int ib_bmp_feed(struct ib_bmp *self, const struct ib_image *into, const uint8_t *bytes,
                size_t size) {
    if (into->width_px != self->width_px || into->height_px != self->height_px ||
        into->format != self->format)
        return IB_E_INVAL;
    for (;;) {
        uint64_t line = self->at / self->row_bytes;
        if (line >= (uint32_t)self->height_px)
            return 1;
        if (size == 0)
            return 0;
        size_t taken = feed_row(self, into, (uint32_t)line, bytes, size);
        self->at += taken;
        bytes += taken;
        size -= taken;
    }
}

// ---- writing ----

static bool is_grey(const struct ib_bmp_writer *self) {
    return self->picture.format != IB_PIXELS_RGB565;
}

static uint32_t used_bytes(const struct ib_bmp_writer *self) {
    return (uint32_t)self->roi.w * (is_grey(self) ? 1 : 2);
}

static uint32_t row_bytes(const struct ib_bmp_writer *self) {
    return (used_bytes(self) + 3) / 4 * 4;
}

static uint32_t head_bytes(const struct ib_bmp_writer *self) {
    return FILE_HEAD_BYTES + INFO_BYTES + (is_grey(self) ? PALETTE_BYTES : MASKS_BYTES);
}

int64_t ib_bmp_writer_init(struct ib_bmp_writer *self, const struct ib_image *picture,
                           struct ib_rect roi) {
    struct ib_rect inside = ib_rect_clip(roi, picture->width_px, picture->height_px);
    if (picture->format != IB_PIXELS_GREY && picture->format != IB_PIXELS_RGB565 &&
        picture->format != IB_PIXELS_BINARY)
        return IB_E_UNSUPPORTED;
    if (roi.w <= 0 || roi.h <= 0 || inside.w != roi.w || inside.h != roi.h)
        return IB_E_RANGE;
    *self = (struct ib_bmp_writer){.picture = *picture, .roi = roi};
    return head_bytes(self) + (int64_t)row_bytes(self) * roi.h;
}

static size_t put_head(const struct ib_bmp_writer *self, uint8_t *out) {
    uint32_t size = head_bytes(self), rows_bytes = row_bytes(self) * (uint32_t)self->roi.h;
    memset(out, 0, FILE_HEAD_BYTES + INFO_BYTES);
    out[0] = 'B';
    out[1] = 'M';
    ib_put_le32(out + 2, size + rows_bytes);
    ib_put_le32(out + 10, size);
    ib_put_le32(out + 14, INFO_BYTES);
    ib_put_le32(out + 18, (uint32_t)self->roi.w);
    ib_put_le32(out + 22, (uint32_t)-self->roi.h); // from the top down
    ib_put_le16(out + 26, 1);
    ib_put_le16(out + 28, is_grey(self) ? 8 : 16);
    ib_put_le32(out + 30, is_grey(self) ? PLAIN : MASKED);
    ib_put_le32(out + 34, rows_bytes);
    uint8_t *colours = out + FILE_HEAD_BYTES + INFO_BYTES;
    if (is_grey(self)) {
        for (uint32_t i = 0; i < 256; i++)
            ib_put_le32(colours + 4 * i, i * 0x010101);
    } else {
        ib_put_le32(colours, 0xF800);
        ib_put_le32(colours + 4, 0x07E0);
        ib_put_le32(colours + 8, 0x001F);
    }
    return size;
}

/// Byte `column` of this row and `count` of them, not of the padding.
static void put_bytes(const struct ib_bmp_writer *self, uint8_t *out, uint32_t count) {
    const uint8_t *row = ib_image_row(&self->picture, self->roi.y + self->y);
    int32_t x = self->roi.x;
    switch (self->picture.format) {
    case IB_PIXELS_GREY:
        memcpy(out, row + x + self->column, count);
        break;
    case IB_PIXELS_BINARY:
        x += (int32_t)self->column;
        for (uint32_t i = 0; i < count; i++, x++)
            out[i] = ib_grey_of_bit(ib_bit_get((const uint32_t *)(const void *)row, x));
        break;
    case IB_PIXELS_RGB565:
    default:
        x += (int32_t)(self->column / 2);
        for (uint32_t i = 0; i < count / 2; i++)
            ib_put_le16(out + 2 * i, ((const uint16_t *)(const void *)row)[x + (int32_t)i]);
        break;
    }
}

/// As much of this row as there is room for; of two-byte pixels only whole ones.
static size_t put_row(struct ib_bmp_writer *self, uint8_t *out, size_t room) {
    uint32_t used = used_bytes(self), left = row_bytes(self) - self->column, done;
    if (self->column < used) {
        done = used - self->column;
        if (done > room)
            done = (uint32_t)(is_grey(self) ? room : room & ~(size_t)1);
        put_bytes(self, out, done);
    } else {
        done = left < room ? left : (uint32_t)room;
        memset(out, 0, done);
    }
    self->column += done;
    if (self->column == row_bytes(self)) {
        self->column = 0;
        self->y++;
    }
    return done;
}

size_t ib_bmp_writer_pull(struct ib_bmp_writer *self, uint8_t *out, size_t room) {
    size_t done = 0;
    IB_ASSERT(room >= IB_BMP_PIECE_LEAST_BYTES);
    if (!self->begun) {
        done = put_head(self, out);
        self->begun = true;
    }
    while (self->y < self->roi.h && room - done >= 2)
        done += put_row(self, out + done, room - done);
    return done;
}
