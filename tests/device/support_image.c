/// ESP32 application images for tests. See support_image.h.
#include "tests/device/support_image.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/sha256.h"
#include "tests/core/support_random.h"

#define DESCRIPTOR_AT 32u
#define DESCRIPTOR_BYTES 256u

static void put_descriptor(uint8_t *p, const struct image_with *with) {
    const char *version = with->version ? with->version : "2.0";
    const char *project = with->project ? with->project : "tCamMini";
    IB_ASSERT(strlen(version) <= 32 && strlen(project) <= 32);
    memset(p, 0, 144); // the ELF file's SHA-256 and what is reserved stay random
    ib_put_le32(p, 0xABCD5432);
    memcpy(p + 16, version, strlen(version));
    memcpy(p + 48, project, strlen(project));
    memcpy(p + 80, "12:34:56", 8);
    memcpy(p + 96, "Apr 28 2022", 11);
    memcpy(p + 112, "v4.0.2", 6);
}

void image_build(uint8_t *out, const struct image_with *with) {
    struct random random = {with->seed * 2654435761u + 1};
    size_t end = with->size_bytes - (with->no_hash ? 0 : 32);
    // 3, 7, 11 or 15 bytes of padding before the checksum.
    size_t data_end = end - 4 * (1 + random_below(&random, 4));
    size_t room = (data_end - DESCRIPTOR_AT - DESCRIPTOR_BYTES) / 8 + 1;
    unsigned segments = with->segments;
    if (segments == 0)
        segments = 1 + random_below(&random, room < 16 ? (uint32_t)room : 16);
    if (end <= IMAGE_LEAST_BYTES)
        data_end = DESCRIPTOR_AT + DESCRIPTOR_BYTES;
    IB_ASSERT(with->size_bytes % 16 == 0 && end >= IMAGE_LEAST_BYTES && segments <= 16);
    IB_ASSERT(data_end >= DESCRIPTOR_AT + DESCRIPTOR_BYTES + 8 * (size_t)(segments - 1));

    random_bytes(&random, out, with->size_bytes);
    memset(out, 0, 24);
    out[0] = 0xE9;
    out[1] = (uint8_t)segments;
    out[2] = 2; // DIO
    out[3] = 0x20;
    ib_put_le32(out + 4, 0x40081234);
    out[8] = 0xEE;
    out[23] = with->no_hash ? 0 : 1;
    size_t at = 24;
    uint8_t checksum = 0xEF;
    for (unsigned i = 0; i < segments; i++) {
        size_t left = data_end - at - 8 * (size_t)(segments - i), length = left;
        if (i + 1 < segments) {
            size_t least = i == 0 ? DESCRIPTOR_BYTES : 0;
            length = least + 4 * (size_t)random_below(&random, (uint32_t)((left - least) / 4 + 1));
            if (i > 0 && random_below(&random, 4) == 0)
                length = 0; // such segments are found in real images
        }
        ib_put_le32(out + at, 0x3F400020 + (uint32_t)at);
        ib_put_le32(out + at + 4, (uint32_t)length);
        at += 8;
        if (i == 0)
            put_descriptor(out + at, with);
        for (size_t k = 0; k < length; k++)
            checksum ^= out[at + k];
        at += length;
    }
    memset(out + at, 0, end - at);
    out[end - 1] = checksum;
    if (!with->no_hash) {
        struct ib_sha256 sha;
        ib_sha256_init(&sha);
        ib_sha256_feed(&sha, out, end);
        ib_sha256_finish(&sha, out + end);
    }
}

size_t image_sign(uint8_t *out, size_t size, const uint8_t signature[64]) {
    memcpy(out + size, "IBSIGN1", 8);
    memcpy(out + size + 8, signature, 64);
    return size + IMAGE_TRAILER_BYTES;
}

size_t image_data_end(const uint8_t *image) {
    size_t at = 24;
    for (unsigned i = 0; i < image[1]; i++)
        at += 8 + ib_get_le32(image + at + 4);
    return at;
}
