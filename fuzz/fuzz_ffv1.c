/// Fuzz: the FFV1 decoder, configuration and frame. The first byte chooses the picture's size, the
/// second how much of the rest is the configuration (0: our own). CRCs are put right first: nobody
/// would come past them otherwise.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/ffv1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_PX (64 * 48)

static uint8_t states[1 << 20];
static uint8_t config[4096], frame[65536];

/// The CRC of FFV1 (polynomial 0x04C11DB7, most significant bit first) into the last four bytes.
static void put_crc(uint8_t *bytes, size_t size) {
    uint32_t crc = 0;
    if (size < 4)
        return;
    for (size_t i = 0; i < size - 4; i++) {
        crc ^= (uint32_t)bytes[i] << 24;
        for (int bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7u : 0);
    }
    for (size_t i = 0; i < 4; i++)
        bytes[size - 4 + i] = (uint8_t)(crc >> (24 - 8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ib_ffv1_decoder decoder;
    if (size < 2 || size > 60000)
        return 0;
    uint16_t width = (uint16_t)(data[0] % 64 + 1), height = (uint16_t)(data[0] / 6 + 1);
    size_t config_size = data[1] < size - 2 ? data[1] : size - 2;
    memcpy(config, data + 2, config_size);
    put_crc(config, config_size);
    size_t own = config_size;
    if (own == 0)
        own = (size_t)ib_ffv1_config(config, sizeof config);
    if (ib_ffv1_decoder_init(&decoder, config, own) != IB_OK)
        return 0;
    if (ib_ffv1_decoder_states_bytes(&decoder) > sizeof states)
        abort();
    size_t frame_size = size - 2 - config_size;
    memcpy(frame, data + 2 + config_size, frame_size);
    if (decoder.checked)
        put_crc(frame, frame_size);
    uint16_t *pixels = malloc((size_t)width * height * sizeof *pixels);
    if (!pixels)
        return 0;
    memset(pixels, 0, (size_t)width * height * sizeof *pixels);
    int status = ib_ffv1_decode(&decoder, frame, frame_size, pixels, width, height, states);
    // What decodes, encodes and decodes to the same.
    uint16_t back[MOST_PX];
    if (status == IB_OK && (size_t)width * height <= MOST_PX) {
        static uint8_t again[IB_FFV1_FRAME_BYTES(MOST_PX)];
        int length = ib_ffv1_encode(again, sizeof again, pixels, width, height, states);
        own = (size_t)ib_ffv1_config(config, sizeof config);
        if (length < 0 || ib_ffv1_decoder_init(&decoder, config, own) != IB_OK ||
            ib_ffv1_decode(&decoder, again, (size_t)length, back, width, height, states) != IB_OK ||
            memcmp(back, pixels, (size_t)width * height * sizeof *pixels) != 0)
            abort();
    }
    free(pixels);
    return 0;
}
