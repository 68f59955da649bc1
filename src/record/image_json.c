/// Writing the image JSON in one pass over the pixels. See image_json.h; reading is in
/// image_json_reader.c.
#include "record/image_json.h"

#include <string.h>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/json.h"
#include "core/status.h"

#define PIXELS_BYTES (IB_IMAGE_JSON_PX * 2)
#define TELEMETRY_BYTES (IB_FRAME_TELEMETRY_WORDS * 2)

// Both are multiples of 3 bytes, so the base64 of their pieces needs no padding and no carry.
#define PIECE_PX 480u ///< three rows of 160

static const char before_pixels[] = ",\"radiometric\":\"";
static const char before_telemetry[] = "\",\"telemetry\":\"";
static const char after_telemetry[] = "\"}";

#define LENGTH(text) (sizeof(text) - 1)
#define TAIL_CHARS                                                                                 \
    (LENGTH(before_pixels) + IB_BASE64_CHARS(PIXELS_BYTES) + LENGTH(before_telemetry) +            \
     IB_BASE64_CHARS(TELEMETRY_BYTES) + LENGTH(after_telemetry))

static char *put_text(char *at, const char *text, size_t size) {
    memcpy(at, text, size);
    return at + size;
}

/// Words in host order as base64 of their little-endian bytes; `count` at most PIECE_PX, or the
/// host little-endian.
static char *put_words(char *at, const uint16_t *words, size_t count) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return at + ib_base64_encode(at, words, count * 2);
#else
    uint8_t bytes[PIECE_PX * 2];
    for (size_t i = 0; i < count; i++)
        ib_put_le16(bytes + 2 * i, words[i]);
    return at + ib_base64_encode(at, bytes, count * 2);
#endif
}

static char *put_pixels(char *at, const uint16_t *pixels) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return put_words(at, pixels, IB_IMAGE_JSON_PX);
#else
    for (size_t i = 0; i < IB_IMAGE_JSON_PX; i += PIECE_PX)
        at = put_words(at, pixels + i, PIECE_PX);
    return at;
#endif
}

/// 80x60 pixels, each as two by two.
static char *put_doubled_pixels(char *at, const uint16_t *pixels) {
    for (unsigned row = 0; row < 120; row += 3) {
        uint16_t piece[PIECE_PX];
        for (unsigned i = 0; i < PIECE_PX; i++)
            piece[i] = pixels[(row + i / 160) / 2 * 80 + i % 160 / 2];
        at = put_words(at, piece, PIECE_PX);
    }
    return at;
}

static bool put_metadata(struct ib_json_writer *json, const struct ib_image_metadata *metadata) {
    ib_json_open_object(json, NULL);
    ib_json_open_object(json, "metadata");
    ib_json_put_string(json, "Camera", metadata->camera);
    ib_json_put_int(json, "Model", metadata->model);
    ib_json_put_string(json, "Version", metadata->version);
    ib_json_put_string(json, "Time", metadata->time);
    ib_json_put_string(json, "Date", metadata->date);
    ib_json_close_object(json);
    return !json->cut;
}

int ib_image_json_write(char *out, size_t capacity, const struct ib_frame *frame,
                        const struct ib_image_metadata *metadata) {
    static const uint16_t no_telemetry[IB_FRAME_TELEMETRY_WORDS];
    bool whole = frame->width_px == 160 && frame->height_px == 120;
    if (!whole && !(frame->width_px == 80 && frame->height_px == 60))
        return IB_E_UNSUPPORTED;
    struct ib_json_writer json;
    ib_json_begin(&json, out, capacity);
    if (!put_metadata(&json, metadata) || capacity - json.size < TAIL_CHARS)
        return IB_E_NO_SPACE;
    char *at = out + json.size;
    at = put_text(at, before_pixels, LENGTH(before_pixels));
    at = whole ? put_pixels(at, frame->pixels) : put_doubled_pixels(at, frame->pixels);
    at = put_text(at, before_telemetry, LENGTH(before_telemetry));
    // Clients look for the key, so it is there even when there is nothing to say.
    at = put_words(at, frame->flags & IB_FRAME_TELEMETRY ? frame->telemetry : no_telemetry,
                   IB_FRAME_TELEMETRY_WORDS);
    at = put_text(at, after_telemetry, LENGTH(after_telemetry));
    return (int)(at - out);
}
