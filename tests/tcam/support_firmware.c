/// See support_firmware.h.
#include "support_firmware.h"

#include <string.h>

#include "core/bytes.h"

void firmware_build(uint8_t *out, size_t size, const char *version, const char *project) {
    enum { HEADER = 24, SEGMENT = 8, DATA = HEADER + SEGMENT };
    memset(out, 0, size);
    out[0] = 0xE9;
    out[1] = 1;                             // segments; no hash behind them
    size_t data_size = size - DATA - 1;     // the last byte is the checksum
    data_size -= data_size % 4;             // segments are whole words
    ib_put_le32(out + HEADER, 0x3F400020u); // where it would be mapped
    ib_put_le32(out + HEADER + 4, (uint32_t)data_size);
    ib_put_le32(out + DATA, 0xABCD5432u);
    for (size_t i = DATA + 256; i < DATA + data_size; i++)
        out[i] = (uint8_t)(i * 2654435761u >> 13);
    memcpy(out + 48, version, strlen(version));
    memcpy(out + 80, project, strlen(project));
    uint8_t sum = 0xEF;
    for (size_t i = DATA; i < DATA + data_size; i++)
        sum ^= out[i];
    out[size - 1] = sum;
}
