/// Picture files' kinds and shapes. See file_kind.h.
#include "image/file_kind.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

enum ib_file_kind ib_file_kind_of(const uint8_t *head, size_t size) {
    if (size >= 4 && memcmp(head, "\x89PNG", 4) == 0)
        return IB_FILE_PNG;
    if (size < 2)
        return IB_FILE_UNKNOWN;
    if (head[0] == 'B' && head[1] == 'M')
        return IB_FILE_BMP;
    if (head[0] == 'P' && (head[1] == '2' || head[1] == '3' || head[1] == '5' || head[1] == '6'))
        return IB_FILE_PNM;
    return head[0] == 0xFF && head[1] == 0xD8 ? IB_FILE_JPEG : IB_FILE_UNKNOWN;
}

// ---- JPEG ----

// T.81, table B.1.
enum marker {
    TEM = 0x01,
    SOF0 = 0xC0,
    SOF1 = 0xC1,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    SOF15 = 0xCF,
    RST0 = 0xD0,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
};

static bool is_frame(uint8_t marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

/// `frame` is a frame header's content, of `size` bytes.
static int read_frame(struct ib_file_shape *out, uint8_t marker, const uint8_t *frame,
                      size_t size) {
    if (size < 6 || size != 6 + 3 * (size_t)frame[5])
        return IB_E_FORMAT;
    *out = (struct ib_file_shape){.width_px = ib_get_be16(frame + 3),
                                  .height_px = ib_get_be16(frame + 1),
                                  .components = frame[5],
                                  .bits = frame[0],
                                  .baseline = marker == SOF0 || marker == SOF1};
    // A height of 0 would come after the first scan (B.2.5); nobody writes that.
    return out->width_px == 0 || out->height_px == 0 || out->components == 0 ? IB_E_FORMAT : IB_OK;
}

int ib_jpeg_shape(struct ib_file_shape *out, const uint8_t *bytes, size_t size) {
    size_t at = 2;
    if (size >= 2 && (bytes[0] != 0xFF || bytes[1] != SOI))
        return IB_E_FORMAT;
    for (;;) {
        if (at >= size)
            return IB_E_TRUNCATED;
        if (bytes[at] != 0xFF)
            return IB_E_FORMAT;
        while (at < size && bytes[at] == 0xFF) // any number of them may stand before a marker
            at++;
        if (at >= size)
            return IB_E_TRUNCATED;
        uint8_t marker = bytes[at++];
        if (marker == TEM)
            continue;
        if (marker < SOF0 || (marker >= RST0 && marker <= SOS))
            return IB_E_FORMAT;
        if (size - at < 2)
            return IB_E_TRUNCATED;
        size_t segment = ib_get_be16(bytes + at);
        if (segment < 2)
            return IB_E_FORMAT;
        if (size - at < segment)
            return IB_E_TRUNCATED;
        if (is_frame(marker))
            return read_frame(out, marker, bytes + at + 2, segment - 2);
        at += segment;
    }
}

// ---- PNG ----

#define SHAPE_BYTES 29 ///< the signature, a chunk's length and name, its 13 bytes

/// By the colour type; 0: there is no such one.
static int components_of(uint8_t colour_type) {
    static const uint8_t components[7] = {1, 0, 3, 3, 2, 0, 4};
    return colour_type < sizeof components ? components[colour_type] : 0;
}

/// Which depths go with which colour types (table 11.1).
static bool is_depth(uint8_t bits, uint8_t colour_type) {
    if (bits == 8)
        return true;
    if (bits == 16)
        return colour_type != 3;
    return (bits == 1 || bits == 2 || bits == 4) && (colour_type == 0 || colour_type == 3);
}

int ib_png_shape(struct ib_file_shape *out, const uint8_t *bytes, size_t size) {
    static const uint8_t begin[16] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n',
                                      0,    0,   0,   13,  'I',  'H',  'D',  'R'};
    if (memcmp(bytes, begin, size < sizeof begin ? size : sizeof begin) != 0)
        return IB_E_FORMAT;
    if (size < SHAPE_BYTES)
        return IB_E_TRUNCATED;
    uint32_t width_px = ib_get_be32(bytes + 16), height_px = ib_get_be32(bytes + 20);
    *out = (struct ib_file_shape){.width_px = (int32_t)width_px,
                                  .height_px = (int32_t)height_px,
                                  .components = components_of(bytes[25]),
                                  .bits = bytes[24],
                                  .baseline = bytes[28] == 0};
    bool right = width_px - 1 < INT32_MAX && height_px - 1 < INT32_MAX && out->components > 0 &&
                 is_depth(bytes[24], bytes[25]) && bytes[26] == 0 && bytes[27] == 0 &&
                 bytes[28] <= 1;
    return right ? IB_OK : IB_E_FORMAT;
}
