/// Reading the image JSON back into a frame. See image_json.h.
///
/// What the pixels mean is not said in the JSON itself but in the telemetry words of the sensor.
/// Source of the words: Lepton engineering data sheet rev 200, tables of telemetry rows A and C;
/// 32-bit values have their low word first.
#include "record/image_json.h"

#include <string.h>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/json.h"
#include "core/status.h"

enum word {
    UPTIME = 1,
    STATUS = 3,
    COUNTER = 20,
    FPA_TEMPERATURE = 24,
    HOUSING_TEMPERATURE = 26,
    GAIN_MODE = 165,
    EFFECTIVE_GAIN = 166,
    TLINEAR_ENABLED = 208,
    TLINEAR_RESOLUTION = 209,
};

#define STATUS_FFC_DESIRED (1u << 3)
#define STATUS_FFC_STATE_SHIFT 4
#define STATUS_AGC (1u << 12)
#define STATUS_LOCKOUT (1u << 15)
#define STATUS_OVER_TEMP (1u << 20)

/// Base64 of exactly `count` little-endian words. `decoded` starts as 0 and counts bytes.
static int decode_piece(uint16_t *words, size_t count, size_t *decoded, const char *text,
                        size_t size) {
    int got = ib_base64_decode((uint8_t *)words + *decoded, count * 2 - *decoded, text, size);
    if (got < 0)
        return got == IB_E_NO_SPACE ? IB_E_RANGE : got;
    *decoded += (size_t)got;
    return IB_OK;
}

/// Without the blanks that some printers break lines with. Return: the characters left.
static size_t drop_blanks(char *text, size_t size) {
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != ' ' && text[i] != '\r' && text[i] != '\n')
            text[kept++] = text[i];
    }
    return kept;
}

/// Some printers write every '/' as "\/" and line ends as "\n": then the text is unescaped in
/// pieces of whole groups.
static int decode_escaped(uint16_t *words, size_t count, size_t *decoded,
                          const struct ib_json_value *value) {
    char piece[1024];
    size_t cursor = 0, held = 0;
    for (;;) {
        int got = ib_json_unescape(value, &cursor, piece + held, sizeof piece - held);
        held += drop_blanks(piece + held, (size_t)got);
        size_t ready = got == 0 ? held : held / 4 * 4;
        // A padded group ends the text; more after it must not pass as another piece.
        if (ready > 0 && *decoded % 3 != 0)
            return IB_E_FORMAT;
        int status = decode_piece(words, count, decoded, piece, ready);
        if (status < 0 || got == 0)
            return status;
        memmove(piece, piece + ready, held - ready);
        held -= ready;
    }
}

static int decode_words(uint16_t *words, size_t count, const struct ib_json_value *value) {
    const char *text;
    size_t size, decoded = 0;
    int status = ib_json_raw(value, &text, &size);
    if (status == IB_OK)
        status = decode_piece(words, count, &decoded, text, size);
    else if (status == IB_E_FORMAT)
        status = decode_escaped(words, count, &decoded, value);
    if (status < 0)
        return status;
    if (decoded != count * 2)
        return IB_E_RANGE;
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    for (size_t i = 0; i < count; i++)
        words[i] = ib_get_le16((const uint8_t *)&words[i]);
#endif
    return IB_OK;
}

/// 0 high, 1 low, 2 automatic; `last` is the largest that makes sense.
static uint8_t gain_of(uint16_t word, uint8_t last) {
    return word <= last ? (uint8_t)word : IB_GAIN_UNKNOWN;
}

static bool all_zero(const uint16_t *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (words[i] != 0)
            return false;
    }
    return true;
}

/// What the sensor said about the frame.
static void take_telemetry(struct ib_frame *frame) {
    const uint16_t *words = frame->telemetry;
    if (all_zero(words, IB_FRAME_TELEMETRY_WORDS))
        return; // what a writer without telemetry leaves
    uint32_t status = ib_words_to_u32(words + STATUS);
    frame->flags |= IB_FRAME_TELEMETRY;
    frame->uptime_ms = ib_words_to_u32(words + UPTIME);
    frame->source_counter = ib_words_to_u32(words + COUNTER);
    frame->fpa_ck = words[FPA_TEMPERATURE];
    frame->housing_ck = words[HOUSING_TEMPERATURE];
    frame->gain_mode = gain_of(words[GAIN_MODE], IB_GAIN_AUTO);
    frame->gain = gain_of(words[EFFECTIVE_GAIN], IB_GAIN_LOW);
    frame->ffc_state = status >> STATUS_FFC_STATE_SHIFT & 3;
    if (frame->ffc_state == IB_FFC_RUNNING)
        frame->flags |= IB_FRAME_FFC;
    if (status & STATUS_FFC_DESIRED)
        frame->flags |= IB_FRAME_FFC_DESIRED;
    if (status & STATUS_LOCKOUT)
        frame->flags |= IB_FRAME_LOCKOUT;
    if (status & STATUS_OVER_TEMP)
        frame->flags |= IB_FRAME_OVER_TEMP;
    frame->agc = (status & STATUS_AGC) != 0;
    if (frame->agc) {
        frame->unit = IB_UNIT_GREY8;
    } else if (words[TLINEAR_ENABLED] != 0) {
        frame->unit = IB_UNIT_KELVIN;
        frame->scale_ck = words[TLINEAR_RESOLUTION] != 0 ? 1 : 10;
    }
}

static int read_text(const struct ib_json_value *object, const char *key, char *out,
                     size_t capacity) {
    struct ib_json_value value;
    int status = ib_json_member(object, key, &value);
    if (status == IB_E_NOT_FOUND)
        return IB_OK;
    if (status == IB_OK)
        status = ib_json_string(&value, out, capacity);
    return status < 0 ? status : IB_OK;
}

static int read_model(const struct ib_json_value *object, uint32_t *out) {
    struct ib_json_value value;
    double number = 0;
    int status = ib_json_member(object, "Model", &value);
    if (status == IB_E_NOT_FOUND)
        return IB_OK;
    if (status == IB_OK)
        status = ib_json_double(&value, &number);
    if (status < 0)
        return status;
    if (!(number >= 0 && number <= UINT32_MAX))
        return IB_E_RANGE;
    *out = (uint32_t)number;
    return IB_OK;
}

static int read_metadata(const struct ib_json_value *image, struct ib_image_metadata *out,
                         const char **where) {
    struct ib_json_value metadata;
    *where = "metadata";
    int status = ib_json_member(image, "metadata", &metadata);
    if (status == IB_E_NOT_FOUND)
        return IB_OK;
    if (status < 0)
        return status;
    if (metadata.type != IB_JSON_OBJECT)
        return IB_E_TYPE;
    struct {
        const char *key;
        char *out;
        size_t capacity;
    } texts[] = {
        {"Camera", out->camera, sizeof out->camera},
        {"Version", out->version, sizeof out->version},
        {"Time", out->time, sizeof out->time},
        {"Date", out->date, sizeof out->date},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *where = texts[i].key;
        status = read_text(&metadata, texts[i].key, texts[i].out, texts[i].capacity);
        if (status < 0)
            return status;
    }
    *where = "Model";
    return read_model(&metadata, &out->model);
}

static int read_members(const struct ib_json_value *image, struct ib_frame *frame,
                        struct ib_image_metadata *metadata, const char **where) {
    struct ib_json_value value;
    *where = "radiometric";
    int status = ib_json_member(image, *where, &value);
    if (status == IB_OK)
        status = decode_words(frame->pixels, IB_IMAGE_JSON_PX, &value);
    if (status < 0)
        return status;
    *where = "telemetry";
    status = ib_json_member(image, *where, &value);
    if (status == IB_OK)
        status = decode_words(frame->telemetry, IB_FRAME_TELEMETRY_WORDS, &value);
    if (status < 0 && status != IB_E_NOT_FOUND)
        return status;
    take_telemetry(frame);
    return metadata ? read_metadata(image, metadata, where) : IB_OK;
}

int ib_image_json_read(const char *text, size_t size, struct ib_frame *frame,
                       struct ib_image_metadata *metadata, const char **where) {
    const char *nowhere;
    if (!where)
        where = &nowhere;
    *where = "";
    if (metadata)
        memset(metadata, 0, sizeof *metadata);
    if (frame->capacity_px < IB_IMAGE_JSON_PX)
        return IB_E_NO_SPACE;
    uint16_t *pixels = frame->pixels;
    *frame = (struct ib_frame){.width_px = 160,
                               .height_px = 120,
                               .unit = IB_UNIT_COUNTS,
                               .gain_mode = IB_GAIN_UNKNOWN,
                               .gain = IB_GAIN_UNKNOWN,
                               .pixels = pixels,
                               .capacity_px = frame->capacity_px};
    struct ib_json_value image;
    int status = ib_json_parse(&image, text, size);
    if (status == IB_OK)
        status = image.type == IB_JSON_OBJECT ? IB_OK : IB_E_TYPE;
    if (status == IB_OK)
        status = read_members(&image, frame, metadata, where);
    if (status == IB_OK)
        *where = "";
    return status;
}
