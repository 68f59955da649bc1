/// Fuzz: the image JSON reader. In the input '@' stands for the pixels' and '#' for the telemetry's
/// text, so that small inputs can be whole images; what is accepted must survive a round trip.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/status.h"
#include "core/text.h"
#include "record/image_json.h"

/// What is not UTF-8 is written as U+FFFD, so it does not come back, or is too long to.
static bool is_utf8(const char *at) {
    for (size_t step; *at; at += step) {
        step = ib_text_utf8(at, strlen(at));
        if (step == 0)
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint16_t zeros[IB_IMAGE_JSON_PX], first[IB_IMAGE_JSON_PX], second[IB_IMAGE_JSON_PX];
static char text[4 * IB_IMAGE_JSON_BYTES], again[IB_IMAGE_JSON_BYTES];

static size_t expand(const uint8_t *data, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < size && sizeof text - at > IB_IMAGE_JSON_BYTES; i++) {
        if (data[i] == '@')
            at += ib_base64_encode(text + at, zeros, sizeof zeros);
        else if (data[i] == '#')
            at += ib_base64_encode(text + at, zeros, IB_FRAME_TELEMETRY_WORDS * 2);
        else
            text[at++] = (char)data[i];
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ib_frame frame = {.pixels = first, .capacity_px = IB_IMAGE_JSON_PX};
    struct ib_frame back = {.pixels = second, .capacity_px = IB_IMAGE_JSON_PX};
    struct ib_image_metadata metadata, metadata_back;
    const char *where = NULL;
    size_t expanded = expand(data, size);
    char *exact = malloc(expanded + 1);
    if (!exact)
        return 0;
    memcpy(exact, text, expanded);
    int status = ib_image_json_read(exact, expanded, &frame, &metadata, &where);
    free(exact);
    if (!where || frame.pixels != first)
        abort();
    if (status != IB_OK)
        return 0;
    int written = ib_image_json_write(again, sizeof again, &frame, &metadata);
    if (written < 0)
        abort();
    if (!is_utf8(metadata.camera) || !is_utf8(metadata.version) || !is_utf8(metadata.time) ||
        !is_utf8(metadata.date))
        return 0;
    if (ib_image_json_read(again, (size_t)written, &back, &metadata_back, NULL) != IB_OK)
        abort();
    if (memcmp(first, second, sizeof first) != 0 || frame.flags != back.flags ||
        memcmp(&metadata, &metadata_back, sizeof metadata) != 0)
        abort();
    return 0;
}
