/// Makes ESP32 application images for tests: well-formed ones of any size. Tests damage them.
///
/// Written from the format's description, not from src/device/esp_image.c, so that a misreading has to
/// be made twice to go unnoticed. The data is random, nothing can be executed.
/// Source:  ESP-IDF 4.x documentation, "App Image Format".
#ifndef IB_TESTS_DEVICE_SUPPORT_IMAGE_H
#define IB_TESTS_DEVICE_SUPPORT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_LEAST_BYTES 304u ///< without a hash
#define IMAGE_TRAILER_BYTES 72u

struct image_with {
    size_t size_bytes;   ///< of the image; a multiple of 16, room for `segments` and the hash
    const char *version; ///< up to 32 characters; NULL: "2.0"
    const char *project; ///< NULL: "tCamMini"
    unsigned segments;   ///< 1..16; 0: as many as the seed says
    bool no_hash;        ///< nothing but the checksum protects it
    uint64_t seed;       ///< of its data and its division into segments; any
};

/// Fill `out`, which has room for `with->size_bytes`.
void image_build(uint8_t *out, const struct image_with *with);

/// Append a signature to the image of `size` bytes.
/// Return: the size with it; `out` has room for IMAGE_TRAILER_BYTES more.
size_t image_sign(uint8_t *out, size_t size, const uint8_t signature[64]);

/// Where the data of the last segment ends: padding, checksum and hash follow.
size_t image_data_end(const uint8_t *image);

#endif
