/// Reading an ESP32 application image part by part. See esp_image.h.
///
/// Strict where the boot loader is: magic numbers, chip, sizes, checksum, hash. Stricter in one thing:
/// padding has to be zero, as every tool writes it, so that an image without a hash cannot change
/// there unnoticed. Load addresses are not looked at: nothing is loaded.
/// Source:  ESP-IDF 4.x documentation, "App Image Format".
#include "device/esp_image.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

#define HEADER_BYTES 24u
#define SEGMENT_BYTES 8u
#define DESCRIPTOR_BYTES 256u
#define BLOCK_BYTES 16u ///< checksum and padding fill one
#define MAGIC 0xE9u
#define CHIP_ESP32 0u
#define DESCRIPTOR_MAGIC 0xABCD5432u
#define CHECKSUM_START 0xEFu

/// Within the descriptor.
#define VERSION_AT 16u
#define PROJECT_AT 48u

static const uint8_t trailer_magic[8] = {'I', 'B', 'S', 'I', 'G', 'N', '1', '\0'};

_Static_assert(sizeof trailer_magic + IB_SIGNATURE_BYTES == IB_ESP_IMAGE_TRAILER_BYTES, "trailer");

enum part { HEADER, SEGMENT, DESCRIPTOR, DATA, PADDING, HASH, TRAILER, END };

static int refuse(struct ib_esp_image *self, int status, const char *why) {
    self->status = status;
    self->why = why;
    return status;
}

int ib_esp_image_init(struct ib_esp_image *self, uint32_t size_bytes) {
    memset(self, 0, sizeof *self);
    self->size_bytes = size_bytes;
    self->checksum = CHECKSUM_START;
    ib_sha256_init(&self->sha);
    // The image itself fills whole blocks, its hash two of them.
    uint32_t beyond = size_bytes % BLOCK_BYTES;
    if (size_bytes < IB_ESP_IMAGE_LEAST_BYTES)
        return refuse(self, IB_E_RANGE, "too short for a firmware image");
    if (beyond != 0 && beyond != IB_ESP_IMAGE_TRAILER_BYTES % BLOCK_BYTES)
        return refuse(self, IB_E_RANGE, "no firmware image has this length");
    return IB_OK;
}

/// The size of the part under way that is held until it is complete.
static uint32_t part_bytes(const struct ib_esp_image *self) {
    switch ((enum part)self->part) {
    case HEADER:
        return HEADER_BYTES;
    case SEGMENT:
        return SEGMENT_BYTES;
    case DESCRIPTOR:
        return DESCRIPTOR_BYTES;
    case PADDING: // asked at any time within the block
        return BLOCK_BYTES - (self->offset - (uint32_t)self->held_size) % BLOCK_BYTES;
    case HASH:
        return IB_SHA256_BYTES;
    case TRAILER:
        return IB_ESP_IMAGE_TRAILER_BYTES;
    case DATA:
    case END:
        break;
    }
    return 0;
}

static int take_header(struct ib_esp_image *self) {
    const uint8_t *p = self->held;
    if (p[0] != MAGIC)
        return refuse(self, IB_E_FORMAT, "not an ESP32 firmware image");
    if (p[1] == 0 || p[1] > IB_ESP_IMAGE_MOST_SEGMENTS)
        return refuse(self, IB_E_FORMAT, "the number of segments is not 1 to 16");
    if (ib_get_le16(p + 12) != CHIP_ESP32)
        return refuse(self, IB_E_FORMAT, "made for another chip");
    if (p[23] > 1)
        return refuse(self, IB_E_FORMAT, "the header's hash flag is neither 0 nor 1");
    self->segments = p[1];
    self->hash_appended = p[23] == 1;
    self->part = SEGMENT;
    return IB_OK;
}

/// Where the image ends when its last segment's data ends at `data_end`.
static uint64_t image_end(const struct ib_esp_image *self, uint64_t data_end) {
    uint64_t end = data_end + BLOCK_BYTES - data_end % BLOCK_BYTES;
    return self->hash_appended ? end + IB_SHA256_BYTES : end;
}

static int take_segment(struct ib_esp_image *self) {
    uint32_t length = ib_get_le32(self->held + 4);
    unsigned after = self->segments - self->segment - 1u;
    uint64_t data_end = (uint64_t)self->offset + length;
    if (length % 4 != 0)
        return refuse(self, IB_E_FORMAT, "a segment's length is not a multiple of 4");
    if (image_end(self, data_end + (uint64_t)SEGMENT_BYTES * after) > self->size_bytes)
        return refuse(self, IB_E_FORMAT, "a segment goes beyond the end");
    if (self->segment == 0 && length < DESCRIPTOR_BYTES)
        return refuse(self, IB_E_FORMAT, "no application descriptor");
    if (after == 0) {
        uint64_t left = self->size_bytes - image_end(self, data_end);
        if (left != 0 && left != IB_ESP_IMAGE_TRAILER_BYTES)
            return refuse(self, IB_E_FORMAT, "bytes follow the end of the image");
        self->trailer_follows = left != 0;
    }
    self->segment_left = length;
    self->part = self->segment == 0 ? DESCRIPTOR : DATA;
    return IB_OK;
}

static void add_data(struct ib_esp_image *self, const uint8_t *bytes, size_t size) {
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum ^= bytes[i];
    self->checksum ^= sum;
    self->segment_left -= (uint32_t)size;
}

/// `out` has been zeroed and has room for one more.
static void take_text(char *out, const uint8_t *text) {
    for (size_t i = 0; i < IB_ESP_IMAGE_TEXT_BYTES && text[i] != '\0'; i++)
        out[i] = (char)text[i];
}

static int take_descriptor(struct ib_esp_image *self) {
    if (ib_get_le32(self->held) != DESCRIPTOR_MAGIC)
        return refuse(self, IB_E_FORMAT, "no application descriptor");
    take_text(self->version, self->held + VERSION_AT);
    take_text(self->project, self->held + PROJECT_AT);
    self->has_descriptor = true;
    add_data(self, self->held, DESCRIPTOR_BYTES);
    self->part = DATA;
    return IB_OK;
}

/// The digest of everything so far; the running one goes on.
static void digest_here(const struct ib_esp_image *self, uint8_t out[IB_SHA256_BYTES]) {
    struct ib_sha256 sha = self->sha;
    ib_sha256_finish(&sha, out);
}

static void take_end_of_image(struct ib_esp_image *self) {
    digest_here(self, self->digest);
    self->part = self->trailer_follows ? TRAILER : END;
}

static int take_padding(struct ib_esp_image *self) {
    for (size_t i = 0; i + 1 < self->held_size; i++) {
        if (self->held[i] != 0)
            return refuse(self, IB_E_FORMAT, "the padding is not zero");
    }
    self->checksum_differs = self->held[self->held_size - 1] != self->checksum;
    if (self->hash_appended) {
        digest_here(self, self->check);
        self->part = HASH;
    } else {
        take_end_of_image(self);
    }
    return IB_OK;
}

static int take_trailer(struct ib_esp_image *self) {
    if (memcmp(self->held, trailer_magic, sizeof trailer_magic) != 0)
        return refuse(self, IB_E_FORMAT, "what follows the image is not a signature");
    memcpy(self->signature, self->held + sizeof trailer_magic, IB_SIGNATURE_BYTES);
    self->has_signature = true;
    self->part = END;
    return IB_OK;
}

/// The part held is complete.
static int take_part(struct ib_esp_image *self) {
    switch ((enum part)self->part) {
    case HEADER:
        return take_header(self);
    case SEGMENT:
        return take_segment(self);
    case DESCRIPTOR:
        return take_descriptor(self);
    case PADDING:
        return take_padding(self);
    case HASH:
        self->hash_differs = memcmp(self->held, self->check, IB_SHA256_BYTES) != 0;
        take_end_of_image(self);
        return IB_OK;
    case TRAILER:
        return take_trailer(self);
    case DATA:
    case END:
        break;
    }
    return refuse(self, IB_E_OVERFLOW, "more bytes than announced");
}

/// A segment may be empty, so its end is looked for before its bytes.
static void leave_full_segments(struct ib_esp_image *self) {
    if (self->part == DATA && self->segment_left == 0) {
        self->segment++;
        self->part = self->segment == self->segments ? PADDING : SEGMENT;
    }
}

int ib_esp_image_feed(struct ib_esp_image *self, const uint8_t *bytes, size_t size) {
    if (self->status < 0)
        return self->status;
    if (size > self->size_bytes - self->offset)
        return refuse(self, IB_E_OVERFLOW, "more bytes than announced");
    while (size > 0) {
        size_t count;
        if (self->part == DATA) {
            count = size < self->segment_left ? size : self->segment_left;
            add_data(self, bytes, count);
        } else {
            size_t wanted = part_bytes(self) - self->held_size;
            count = size < wanted ? size : wanted;
            memcpy(self->held + self->held_size, bytes, count);
            self->held_size += count;
        }
        ib_sha256_feed(&self->sha, bytes, count);
        self->offset += (uint32_t)count;
        bytes += count;
        size -= count;
        if (self->part != DATA && self->held_size == part_bytes(self)) {
            int status = take_part(self);
            if (status < 0)
                return status;
            self->held_size = 0;
        }
        leave_full_segments(self);
    }
    return IB_OK;
}

int ib_esp_image_finish(struct ib_esp_image *self) {
    if (self->status < 0)
        return self->status;
    if (self->part != END || self->offset != self->size_bytes)
        return refuse(self, IB_E_TRUNCATED, "bytes are missing");
    if (self->checksum_differs)
        return refuse(self, IB_E_CRC, "the checksum differs");
    if (self->hash_differs)
        return refuse(self, IB_E_CRC, "SHA-256 differs");
    digest_here(self, self->whole);
    return IB_OK;
}
