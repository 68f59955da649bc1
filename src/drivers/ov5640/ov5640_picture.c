/// Frames from the port, made into what a picture in memory is.
///
/// Source:  OV5640 data sheet 2.03, 5.12 (formats): RGB565 comes high byte first, YUV422 as Y U Y V.
///          JPEG: ITU-T T.81, annex B.
#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "drivers/ov5640/ov5640_private.h"

#define BLOCK_BYTES 64 ///< turned at once: compilers make vectors of a fixed number

static uint32_t bytes_a_pixel(enum ib_ov5640_format format) {
    switch (format) {
    case IB_OV5640_GREY:
    case IB_OV5640_BAYER:
        return 1;
    case IB_OV5640_RGB565:
    case IB_OV5640_YUV422:
        return 2;
    default:
        return 0;
    }
}

size_t ib_ov5640_picture_bytes(const struct ib_ov5640 *self) {
    return (size_t)self->window.width_px * (size_t)self->window.height_px *
           bytes_a_pixel(self->format);
}

int ib_ov5640_start(struct ib_ov5640 *self, uint32_t keep) {
    const struct ib_picture_in *port = self->wiring.port;
    if (!port)
        return IB_E_UNSUPPORTED;
    if (!self->written || self->format == IB_OV5640_NONE || keep == 0)
        return keep ? IB_E_NOT_READY : IB_E_INVAL;
    if (self->running && self->keep == keep)
        return IB_OK;
    ib_ov5640_stop(self);
    struct ib_picture_in_format format = {.keep = keep};
    if (self->format != IB_OV5640_JPEG) {
        uint32_t each = bytes_a_pixel(self->format);
        format.line_bytes = self->width_px * each;
        format.lines = self->height_px;
        format.skip_bytes = (uint32_t)self->window.x_px * each;
        format.skip_lines = (uint32_t)self->window.y_px;
        format.taken_bytes = (uint32_t)self->window.width_px * each;
        format.taken_lines = (uint32_t)self->window.height_px;
    }
    int status = port->ops->start(port->context, &format, ib_clock_now(self->wiring.clock));
    self->running = status >= 0;
    self->keep = keep;
    return status < 0 ? status : IB_OK;
}

void ib_ov5640_stop(struct ib_ov5640 *self) {
    if (self->running)
        self->wiring.port->ops->stop(self->wiring.port->context);
    self->running = false;
}

/// From high byte first to the machine's order, 16 bits at a time.
static void turn_rgb565(uint8_t *pixels, size_t bytes) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint16_t block[BLOCK_BYTES / 2];
    size_t at = 0;
    for (; at + BLOCK_BYTES <= bytes; at += BLOCK_BYTES) {
        memcpy(block, pixels + at, BLOCK_BYTES);
        for (int i = 0; i < BLOCK_BYTES / 2; i++)
            block[i] = (uint16_t)(block[i] << 8 | block[i] >> 8);
        memcpy(pixels + at, block, BLOCK_BYTES);
    }
    for (; at + 2 <= bytes; at += 2) {
        uint8_t high = pixels[at];
        pixels[at] = pixels[at + 1];
        pixels[at + 1] = high;
    }
#else
    (void)pixels;
    (void)bytes;
#endif
}

/// Y U Y V becomes Y V Y U.
static void turn_yuv422(uint8_t *pixels, size_t bytes) {
    uint32_t block[BLOCK_BYTES / 4];
    size_t at = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint32_t luma = 0x00FF00FF, first = 0x0000FF00;
#else
    const uint32_t luma = 0xFF00FF00, first = 0x000000FF;
#endif
    for (; at + BLOCK_BYTES <= bytes; at += BLOCK_BYTES) {
        memcpy(block, pixels + at, BLOCK_BYTES);
        for (int i = 0; i < BLOCK_BYTES / 4; i++)
            block[i] = (block[i] & luma) | (block[i] & first) << 16 | (block[i] >> 16 & first);
        memcpy(pixels + at, block, BLOCK_BYTES);
    }
    for (; at + 4 <= bytes; at += 4) {
        uint8_t u = pixels[at + 1];
        pixels[at + 1] = pixels[at + 3];
        pixels[at + 3] = u;
    }
}

enum { MARK_SOI = 0xD8, MARK_EOI = 0xD9, MARK_SOS = 0xDA };

/// The entropy-coded bytes from `at` on. Return: where the marker behind them begins; `size`: nowhere.
static size_t skip_scan(const uint8_t *bytes, size_t at, size_t size) {
    while (at + 1 < size) {
        const uint8_t *mark = memchr(bytes + at, 0xFF, size - 1 - at);
        if (!mark)
            return size;
        at = (size_t)(mark - bytes);
        // Stuffed zeros, restart marks and fill bytes belong to it.
        if (mark[1] != 0x00 && mark[1] != 0xFF && (mark[1] < 0xD0 || mark[1] > 0xD7))
            return at;
        at += mark[1] == 0xFF ? 1 : 2;
    }
    return size;
}

/// Return: the length of the JPEG that begins at `bytes`, whatever pads it. Tables are skipped by their
/// lengths: they may hold what looks like an end.
static int64_t jpeg_length(const uint8_t *bytes, size_t size) {
    size_t at = 2;
    if (size < 2)
        return IB_E_TRUNCATED;
    if (bytes[0] != 0xFF || bytes[1] != MARK_SOI)
        return IB_E_FORMAT;
    while (at + 2 <= size) {
        if (bytes[at] != 0xFF)
            return IB_E_FORMAT;
        uint8_t mark = bytes[at + 1];
        if (mark == 0xFF) { // fill
            at++;
            continue;
        }
        if (mark == MARK_EOI)
            return (int64_t)at + 2;
        if (at + 4 > size)
            break;
        uint16_t length = ib_get_be16(bytes + at + 2);
        if (mark < 0xC0 || (mark >= 0xD0 && mark <= MARK_SOI) || length < 2)
            return IB_E_FORMAT;
        at += 2u + length;
        if (mark == MARK_SOS && at < size)
            at = skip_scan(bytes, at, size);
    }
    return IB_E_TRUNCATED;
}

static int finish_jpeg(const uint8_t *bytes, size_t room, size_t *size) {
    int64_t length = jpeg_length(bytes, *size);
    if (length == IB_E_TRUNCATED && *size >= room)
        return IB_E_OVERFLOW;
    if (length < 0)
        return (int)length;
    *size = (size_t)length;
    return 1;
}

int ib_ov5640_take(struct ib_ov5640 *self, uint8_t *into, size_t room, size_t *bytes,
                   uint64_t *end_us, uint64_t *due_us) {
    const struct ib_picture_in *port = self->wiring.port;
    *bytes = 0;
    if (!self->running)
        return IB_E_INVAL;
    size_t size = 0;
    int got = port->ops->take(port->context, ib_clock_now(self->wiring.clock), into, room, &size,
                              end_us, due_us);
    if (got == IB_E_NO_SPACE)
        return IB_E_OVERFLOW;
    if (got <= 0)
        return got;
    if (self->format == IB_OV5640_JPEG) {
        got = finish_jpeg(into, room, &size);
        *bytes = got > 0 ? size : 0;
        return got;
    }
    if (size != ib_ov5640_picture_bytes(self))
        return IB_E_TRUNCATED;
    if (self->format == IB_OV5640_RGB565)
        turn_rgb565(into, size);
    else if (self->format == IB_OV5640_YUV422)
        turn_yuv422(into, size);
    *bytes = size;
    return 1;
}
