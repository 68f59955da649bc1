/// A firmware file as a whole: read, checked, described; and a small one made for trying things out.
#ifndef IB_APP_FIRMWARE_H
#define IB_APP_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#include "device/esp_image.h"

#define IB_APP_FIRMWARE_MOST_BYTES (16u << 20)

struct ib_app_firmware {
    uint8_t *bytes; ///< free with ib_app_firmware_free
    size_t size;
    struct ib_esp_image image; ///< after the check: version, project, digest, signature
};

/// Read and check a file (the whole image: structure, checksum, hash).
/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_firmware_read(struct ib_app_firmware *self, const char *path, char *problem,
                         size_t problem_size);
/// An image that is valid and does nothing: for the virtual board, which never executes one.
/// Return: 0, or -1 when memory is short.
int ib_app_firmware_make(struct ib_app_firmware *self, const char *version, const char *project,
                         size_t size);
void ib_app_firmware_free(struct ib_app_firmware *self);

#endif
