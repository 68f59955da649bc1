/// ESP32 application images as files.
///
/// Source:  ESP-IDF 4.x documentation, "App Image Format".
#include "apps/ironbow/firmware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/sha256.h"
#include "core/status.h"
#include "ports/linux/storage_file.h"

int ib_app_firmware_read(struct ib_app_firmware *self, const char *path, char *problem,
                         size_t problem_size) {
    memset(self, 0, sizeof *self);
    if (ib_storage_file_read(path, IB_APP_FIRMWARE_MOST_BYTES, &self->bytes, &self->size, problem,
                             problem_size) != IB_OK)
        return -1;
    int status = ib_esp_image_init(&self->image, (uint32_t)self->size);
    if (status == IB_OK)
        status = ib_esp_image_feed(&self->image, self->bytes, self->size);
    if (status == IB_OK)
        status = ib_esp_image_finish(&self->image);
    if (status == IB_OK)
        return 0;
    snprintf(problem, problem_size, "%s: not a firmware image: %s (at byte %u)", path,
             self->image.why ? self->image.why : ib_status_text(status),
             (unsigned)self->image.offset);
    ib_app_firmware_free(self);
    return -1;
}

enum { HEADER = 24, SEGMENT = 8, DESCRIPTOR = 256 };

int ib_app_firmware_make(struct ib_app_firmware *self, const char *version, const char *project,
                         size_t size) {
    // Header, one segment of the descriptor and filling, checksum at the end of a block of 16, hash.
    size_t least = IB_ESP_IMAGE_LEAST_BYTES + IB_SHA256_BYTES;
    size = (size < least ? least : size) & ~(size_t)15;
    size_t body = size - IB_SHA256_BYTES;
    size_t data = (body - HEADER - SEGMENT - 1) & ~(size_t)3;
    memset(self, 0, sizeof *self);
    self->bytes = calloc(1, size);
    self->size = size;
    if (!self->bytes)
        return -1;
    uint8_t *at = self->bytes;
    at[0] = 0xE9;
    at[1] = 1;
    at[2] = 2; // flash mode and size, as the real ones have them
    at[3] = 0x30;
    at[23] = 1;
    ib_put_le32(at + HEADER, 0x3F400020);
    ib_put_le32(at + HEADER + 4, (uint32_t)data);
    uint8_t *descriptor = at + HEADER + SEGMENT;
    ib_put_le32(descriptor, 0xABCD5432);
    snprintf((char *)descriptor + 16, 32, "%s", version);
    snprintf((char *)descriptor + 48, 32, "%s", project);
    for (size_t i = DESCRIPTOR; i < data; i++)
        descriptor[i] = (uint8_t)(i * 167 >> 3);
    uint8_t checksum = 0xEF;
    for (size_t i = 0; i < data; i++)
        checksum ^= descriptor[i];
    at[body - 1] = checksum;
    struct ib_sha256 sha;
    ib_sha256_init(&sha);
    ib_sha256_feed(&sha, at, body);
    ib_sha256_finish(&sha, at + body);
    return 0;
}

void ib_app_firmware_free(struct ib_app_firmware *self) {
    free(self->bytes);
    self->bytes = NULL;
}
