/// An ESP32 application image, checked byte by byte as it arrives. It is never executed here.
///
/// Header (24 bytes: 0xE9, segments, …, hash flag), segments (8 bytes of address and size, data), the
/// application descriptor at the start of the first segment's data (file offset 32), padding to a
/// multiple of 16 whose last byte is 0xEF XORed with all segment data, SHA-256 of everything before it
/// when the header says so. Behind it may come a signature of our own (docs/update.md). Whether that
/// is a good one, and whether this is the firmware somebody asked for, is not decided here.
/// Source:  ESP-IDF 4.x documentation, "App Image Format".
#ifndef IB_DEVICE_ESP_IMAGE_H
#define IB_DEVICE_ESP_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/signature.h"
#include "core/sha256.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_ESP_IMAGE_MOST_SEGMENTS 16
#define IB_ESP_IMAGE_TEXT_BYTES 32 ///< version and project name, NUL-terminated when shorter
/// The smallest one: header, one segment with nothing but the descriptor, padding.
#define IB_ESP_IMAGE_LEAST_BYTES 304u
#define IB_ESP_IMAGE_TRAILER_BYTES 72u ///< of the signature behind the image

struct ib_esp_image {
    uint32_t size_bytes;   ///< as announced, with the signature
    uint32_t offset;       ///< bytes taken
    uint8_t segments;      ///< 1..16
    uint8_t segment;       ///< under way
    uint32_t segment_left; ///< bytes of its data to come
    uint8_t checksum;
    bool hash_appended;
    bool has_descriptor; ///< version and project are known
    char version[IB_ESP_IMAGE_TEXT_BYTES + 1];
    char project[IB_ESP_IMAGE_TEXT_BYTES + 1];
    uint8_t digest
        [IB_SHA256_BYTES]; ///< of the image without the signature: what was signed; when finished
    uint8_t whole[IB_SHA256_BYTES]; ///< of all bytes: what a slot reads back as; when finished
    bool has_signature;
    uint8_t signature[IB_SIGNATURE_BYTES];
    int status;      ///< the first error, kept
    const char *why; ///< … for people, a constant: "a segment goes beyond the end"
    /// inside
    int part;
    bool trailer_follows;
    bool checksum_differs, hash_differs; ///< told by finish
    size_t held_size;                    ///< of the part under way, in `held`
    uint8_t held[256];
    struct ib_sha256 sha;           ///< of all bytes so far
    uint8_t check[IB_SHA256_BYTES]; ///< what the appended hash has to be
};

/// Errors: IB_E_RANGE for a size that no image has (`why` says it).
int ib_esp_image_init(struct ib_esp_image *self, uint32_t size_bytes);
/// Return: IB_OK while nothing is wrong. A checksum or hash that differs is told by finish.
/// Errors: IB_E_FORMAT, IB_E_OVERFLOW (more than announced); `why` says it. All further calls fail.
int ib_esp_image_feed(struct ib_esp_image *self, const uint8_t *bytes, size_t size);
/// All bytes are in.
/// Errors: IB_E_TRUNCATED, IB_E_CRC (checksum or hash); `why` says it.
int ib_esp_image_finish(struct ib_esp_image *self);

#ifdef __cplusplus
}
#endif

#endif
