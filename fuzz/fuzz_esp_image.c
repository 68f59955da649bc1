/// Fuzz: the reader of firmware images. Byte 0 says how the rest is cut into pieces and whether it
/// stands behind a good beginning; bytes 1 and 2 the announced size. Whatever comes, pieces and the
/// whole must give the same.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "device/esp_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_BYTES 65536u
#define BEGINNING_BYTES 288u

static uint8_t bytes[BEGINNING_BYTES + MOST_BYTES];

/// A header and a descriptor; the number of segments, the hash flag and the first segment's length
/// are the fuzzer's.
static size_t put_beginning(const uint8_t *choice) {
    memset(bytes, 0, BEGINNING_BYTES);
    bytes[0] = 0xE9;
    bytes[1] = (uint8_t)(choice[0] % 16 + 1);
    bytes[23] = choice[1] & 1;
    ib_put_le32(bytes + 28, 256 + 4 * (uint32_t)(choice[1] >> 1));
    ib_put_le32(bytes + 32, 0xABCD5432);
    memcpy(bytes + 48, "2.0", 3);
    memcpy(bytes + 80, "tCamMini", 8);
    return BEGINNING_BYTES;
}

static int run(struct ib_esp_image *image, uint32_t announced, size_t size, size_t piece) {
    int status = ib_esp_image_init(image, announced);
    for (size_t at = 0; status == IB_OK && at < size;) {
        size_t count = size - at < piece ? size - at : piece;
        status = ib_esp_image_feed(image, bytes + at, count);
        at += count;
        if (image->offset > announced || image->segments > IB_ESP_IMAGE_MOST_SEGMENTS ||
            image->segment > image->segments || image->held_size > sizeof image->held)
            abort();
    }
    if (status == IB_OK)
        status = ib_esp_image_finish(image);
    if ((status < 0) != (image->why != NULL) || status != ib_esp_image_finish(image))
        abort();
    if (strlen(image->version) > IB_ESP_IMAGE_TEXT_BYTES ||
        strlen(image->project) > IB_ESP_IMAGE_TEXT_BYTES)
        abort();
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ib_esp_image whole, pieces;
    if (size < 5 || size > MOST_BYTES)
        return 0;
    size_t count = data[0] & 0x80 ? put_beginning(data + 3) : 0;
    memcpy(bytes + count, data + 5, size - 5);
    count += size - 5;
    uint32_t announced = data[0] & 0x40 ? (uint32_t)count : ib_get_le16(data + 1);
    int expected = run(&whole, announced, count, count + 1);
    int got = run(&pieces, announced, count, (size_t)(data[0] & 0x3F) + 1);
    // More than announced is found in the piece that is too much, so it may hide what lies before it.
    if (expected == IB_E_OVERFLOW || got == IB_E_OVERFLOW)
        return 0;
    if (expected != got || whole.has_descriptor != pieces.has_descriptor ||
        whole.offset != pieces.offset || memcmp(whole.whole, pieces.whole, IB_SHA256_BYTES) != 0 ||
        memcmp(whole.digest, pieces.digest, IB_SHA256_BYTES) != 0)
        abort();
    return 0;
}
