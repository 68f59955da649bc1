/// Reading JPEG files as far as RTP needs it. See rtp_jpeg.h.
///
/// Not a decoder: the scan itself is not looked into, but for its end.
#include "stream/rtp_jpeg.h"

#include <stdbool.h>
#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

// T.81, table B.1.
enum marker {
    SOF0 = 0xC0,
    SOF15 = 0xCF,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    RST0 = 0xD0,
    RST7 = 0xD7,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
    DNL = 0xDC,
    DRI = 0xDD,
    APP0 = 0xE0,
    COM = 0xFE,
};

/// A Huffman table as the file brings it: how many codes of each length, and their values.
struct huffman {
    uint8_t counts[16];
    uint8_t value_count;
    const uint8_t *values;
};

// T.81, tables K.3 to K.6.
static const uint8_t dc_values[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static const uint8_t brightness_ac_values[162] = {
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61,
    0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52,
    0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25,
    0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45,
    0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64,
    0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6,
    0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3,
    0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8,
    0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA};

static const uint8_t colour_ac_values[162] = {
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61,
    0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33,
    0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18,
    0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44,
    0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63,
    0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A,
    0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4,
    0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA,
    0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7,
    0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA};

/// [0: DC, 1: AC][0: brightness, 1: colour]
static const struct huffman standard[2][2] = {
    {{{0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, 12, dc_values},
     {{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0}, 12, dc_values}},
    {{{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125}, 162, brightness_ac_values},
     {{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119}, 162, colour_ac_values}},
};

enum { BRIGHTNESS, COLOUR, FOREIGN };

/// What was found while walking over the file's segments.
struct walk {
    struct ib_rtp_jpeg *out;
    const uint8_t *tables[4]; ///< quantization, by the file's numbers; NULL: not there
    bool wide[4];             ///< 16 bits each: cannot travel
    uint8_t huffman[2][4];    ///< which standard table that is
    bool has_size;
    uint8_t component[3]; ///< their names
    uint8_t table[3];     ///< which quantization table each uses
};

static int read_quantization(struct walk *walk, const uint8_t *at, size_t size) {
    while (size > 0) {
        uint8_t number = at[0] & 15, precision = at[0] >> 4;
        size_t bytes = precision ? 129 : 65;
        if (number > 3 || precision > 1)
            return IB_E_FORMAT;
        if (size < bytes)
            return IB_E_TRUNCATED;
        walk->tables[number] = at + 1;
        walk->wide[number] = precision != 0;
        at += bytes;
        size -= bytes;
    }
    return IB_OK;
}

static int read_huffman(struct walk *walk, const uint8_t *at, size_t size) {
    while (size > 0) {
        uint8_t class = at[0] >> 4, number = at[0] & 15;
        size_t values = 0;
        if (class > 1 || number > 3)
            return IB_E_FORMAT;
        if (size < 17)
            return IB_E_TRUNCATED;
        for (unsigned i = 0; i < 16; i++)
            values += at[1 + i];
        if (size - 17 < values)
            return IB_E_TRUNCATED;
        walk->huffman[class][number] = FOREIGN;
        for (unsigned i = BRIGHTNESS; i <= COLOUR; i++) {
            const struct huffman *table = &standard[class][i];
            if (memcmp(table->counts, at + 1, 16) == 0 &&
                memcmp(table->values, at + 17, table->value_count) == 0)
                walk->huffman[class][number] = (uint8_t)i;
        }
        at += 17 + values;
        size -= 17 + values;
    }
    return IB_OK;
}

/// T.81, B.2.2.
static int read_frame(struct walk *walk, const uint8_t *at, size_t size) {
    if (walk->has_size || size < 6)
        return IB_E_FORMAT;
    if (at[0] != 8 || at[5] != 3)
        return IB_E_UNSUPPORTED;
    if (size != 6 + 3 * 3)
        return IB_E_FORMAT;
    unsigned height = ib_get_be16(at + 1), width = ib_get_be16(at + 3);
    if (width == 0 || height == 0 || width > IB_RTP_JPEG_MAX_PX || height > IB_RTP_JPEG_MAX_PX ||
        width % 8 || height % 8)
        return IB_E_RANGE;
    walk->out->width_px = (uint16_t)width;
    walk->out->height_px = (uint16_t)height;
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t *component = at + 6 + i * 3;
        walk->component[i] = component[0];
        walk->table[i] = component[2];
        if (component[2] > 3)
            return IB_E_FORMAT;
        if (i > 0 && component[1] != 0x11)
            return IB_E_UNSUPPORTED;
    }
    if (at[7] != 0x21 && at[7] != 0x22)
        return IB_E_UNSUPPORTED;
    walk->out->type = at[7] == 0x22;
    walk->has_size = true;
    return IB_OK;
}

/// T.81, B.2.3: the scan must be what a receiver will say it is.
static int read_scan_header(struct walk *walk, const uint8_t *at, size_t size) {
    if (!walk->has_size || size < 1)
        return IB_E_FORMAT;
    if (at[0] != 3)
        return IB_E_UNSUPPORTED;
    if (size != 1 + 3 * 2 + 3)
        return IB_E_FORMAT;
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t *component = at + 1 + i * 2;
        uint8_t dc = component[1] >> 4, ac = component[1] & 15;
        uint8_t wanted = i == 0 ? BRIGHTNESS : COLOUR;
        if (dc > 3 || ac > 3 || component[0] != walk->component[i])
            return IB_E_FORMAT;
        if (walk->huffman[0][dc] != wanted || walk->huffman[1][ac] != wanted)
            return IB_E_UNSUPPORTED;
        if (!walk->tables[walk->table[i]])
            return IB_E_FORMAT;
        if (walk->wide[walk->table[i]])
            return IB_E_UNSUPPORTED;
    }
    if (walk->table[1] != walk->table[2] || at[7] != 0 || at[8] != 63 || at[9] != 0)
        return IB_E_UNSUPPORTED;
    memcpy(walk->out->tables[0], walk->tables[walk->table[0]], 64);
    memcpy(walk->out->tables[1], walk->tables[walk->table[1]], 64);
    return IB_OK;
}

static int read_segment(struct walk *walk, uint8_t marker, const uint8_t *at, size_t size) {
    switch (marker) {
    case DQT:
        return read_quantization(walk, at, size);
    case DHT:
        return read_huffman(walk, at, size);
    case SOF0:
        return read_frame(walk, at, size);
    case SOS:
        return read_scan_header(walk, at, size);
    case DRI:
        if (size != 2)
            return IB_E_FORMAT;
        walk->out->restart_interval = ib_get_be16(at);
        return IB_OK;
    default:
        // Progressive, lossless, arithmetic coding, a height that comes later.
        if ((marker > SOF0 && marker <= SOF15) || marker == DNL)
            return IB_E_UNSUPPORTED;
        return marker >= APP0 ? IB_OK : IB_E_FORMAT;
    }
}

/// Where the entropy-coded bytes end: behind the end marker.
static int find_end(struct ib_rtp_jpeg *out, const uint8_t *scan, size_t size) {
    size_t at = 0;
    for (const uint8_t *found; at < size && (found = memchr(scan + at, 0xFF, size - at)); at += 2) {
        at = (size_t)(found - scan);
        if (size - at < 2)
            break;
        uint8_t marker = scan[at + 1];
        if (marker == EOI) {
            out->scan = scan;
            out->scan_bytes = at + 2;
            return out->scan_bytes < 1u << 24 ? IB_OK : IB_E_RANGE;
        }
        bool restart = marker >= RST0 && marker <= RST7;
        if (restart && !out->restart_interval)
            return IB_E_FORMAT;
        if (marker == 0xFF)
            at--; // fill bytes before a marker
        else if (marker != 0 && !restart)
            return marker == SOS || marker == DNL ? IB_E_UNSUPPORTED : IB_E_FORMAT;
    }
    return IB_E_TRUNCATED;
}

int ib_rtp_jpeg_read(struct ib_rtp_jpeg *out, const uint8_t *jpeg, size_t size) {
    // A file without Huffman tables (as in AVI) means the standard's.
    struct walk walk = {.out = out,
                        .huffman = {{BRIGHTNESS, COLOUR, FOREIGN, FOREIGN},
                                    {BRIGHTNESS, COLOUR, FOREIGN, FOREIGN}}};
    memset(out, 0, sizeof *out);
    if (size < 2 || jpeg[0] != 0xFF || jpeg[1] != SOI)
        return IB_E_FORMAT;
    for (size_t at = 2;;) {
        if (size - at < 4)
            return IB_E_TRUNCATED;
        if (jpeg[at] != 0xFF)
            return IB_E_FORMAT;
        uint8_t marker = jpeg[at + 1];
        if (marker == 0xFF) {
            at++;
            continue;
        }
        if (marker < SOF0 || (marker >= RST0 && marker <= EOI))
            return IB_E_FORMAT;
        size_t segment = ib_get_be16(jpeg + at + 2);
        if (segment < 2)
            return IB_E_FORMAT;
        if (size - at - 2 < segment)
            return IB_E_TRUNCATED;
        int status = read_segment(&walk, marker, jpeg + at + 4, segment - 2);
        if (status != IB_OK)
            return status;
        at += 2 + segment;
        if (marker != SOS)
            continue;
        out->type = (uint8_t)(out->type + (out->restart_interval ? 64 : 0));
        return find_end(out, jpeg + at, size - at);
    }
}

size_t ib_rtp_jpeg_header(const struct ib_rtp_jpeg *self, size_t offset, uint8_t *out) {
    size_t size = 8;
    // RFC 2435, 3.1.
    out[0] = 0;
    out[1] = (uint8_t)(offset >> 16);
    out[2] = (uint8_t)(offset >> 8);
    out[3] = (uint8_t)offset;
    out[4] = self->type;
    out[5] = 255; // the tables come with every frame
    out[6] = (uint8_t)(self->width_px / 8);
    out[7] = (uint8_t)(self->height_px / 8);
    if (self->restart_interval) {
        // 3.1.7: the fragments are not cut at the intervals' ends.
        ib_put_be16(out + size, self->restart_interval);
        ib_put_be16(out + size + 2, 0xFFFF);
        size += 4;
    }
    if (offset == 0) {
        // 3.1.8
        ib_put_be16(out + size, 0);
        ib_put_be16(out + size + 2, sizeof self->tables);
        memcpy(out + size + 4, self->tables, sizeof self->tables);
        size += 4 + sizeof self->tables;
    }
    return size;
}
