/// Fuzz: JPEG and PNG files. Byte 0 says into which pixels the rest, a file, is decoded. Whatever
/// comes, the codec stays usable and keeps to the picture it is given. Its highest bit: the checksums
/// of a PNG's chunks are put right first.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "core/status.h"
#include "image/file_kind.h"
#include "ports/linux/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_PX 65536

static void require(bool condition) {
    if (!condition)
        abort();
}

static void put_checksums_right(uint8_t *png, size_t size) {
    for (size_t at = 8; size >= 12 && at <= size - 12;) {
        uint32_t length = ib_get_be32(png + at);
        if (length > size - at - 12)
            return;
        ib_put_be32(png + at + 8 + length, ib_crc32(0, png + at + 4, length + 4));
        at += 12 + (size_t)length;
    }
}

static void decode(const uint8_t *file, size_t size, unsigned choice) {
    static const uint32_t bytes_of[] = {1, 2, 3};
    static uint8_t again[MOST_PX * 4 + 65536];
    struct ib_codec_facts facts;
    static struct ib_linux_codec *owner;
    require(owner || ib_linux_codec_open(&owner) == IB_OK);
    const struct ib_codec *codec = ib_linux_codec_table(owner);
    const struct ib_codec_ops *ops = codec->ops;
    enum ib_codec_pixels as = (enum ib_codec_pixels)(choice % 3);
    enum ib_codec_kind kind =
        ib_file_kind_of(file, size) == IB_FILE_PNG ? IB_CODEC_PNG : IB_CODEC_JPEG;
    int status = ops->look(codec->context, kind, file, size, &facts);
    if (status != IB_OK)
        return;
    require(facts.width_px > 0 && facts.height_px > 0 &&
            (facts.components == 1 || facts.components == 3));
    if ((int64_t)facts.width_px * facts.height_px > MOST_PX)
        return;
    uint32_t row = (uint32_t)facts.width_px * bytes_of[as];
    uint8_t *pixels = malloc((size_t)row * (size_t)facts.height_px);
    require(pixels != NULL);
    struct ib_codec_picture picture = {pixels, facts.width_px, facts.height_px, row, as};
    status = ops->decode(codec->context, kind, file, size, &picture);
    require(status == IB_OK || status == IB_E_FORMAT || status == IB_E_TRUNCATED);
    if (status == IB_OK) { // whatever was read can be written
        int64_t written =
            ops->encode(codec->context, choice & 1 ? IB_CODEC_PNG : IB_CODEC_JPEG, &picture,
                        (int)(choice % 101), IB_CODEC_420, again, sizeof again);
        require(written > 0 || written == IB_E_NO_SPACE);
    }
    free(pixels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    // In a block of exactly its size: reading behind it is seen.
    uint8_t *file = malloc(size - 1);
    require(file != NULL);
    memcpy(file, data + 1, size - 1);
    if (data[0] & 0x80 && ib_file_kind_of(file, size - 1) == IB_FILE_PNG)
        put_checksums_right(file, size - 1);
    decode(file, size - 1, data[0]);
    free(file);
    return 0;
}
