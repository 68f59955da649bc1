/// CRC-16 by tables, eight bytes a step, and the choice of the quicker path. See crc16.h.
#include "core/crc16.h"

#include "core/crc16_pclmul.h"
#include "core/crc16_tables.h"

uint16_t ib_crc16_portable(uint16_t crc, const void *data, size_t size) {
    const uint16_t(*t)[256] = ib_crc16_tables;
    const uint8_t *p = data;
    for (; size >= 8; size -= 8, p += 8) {
        // Only the first two look-ups wait for the step before.
        unsigned ahead =
            t[5][p[2]] ^ t[4][p[3]] ^ t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
        crc = (uint16_t)(ahead ^ t[7][p[0] ^ (crc >> 8)] ^ t[6][p[1] ^ (crc & 0xFF)]);
    }
    for (; size > 0; size--, p++)
        crc = (uint16_t)((crc << 8) ^ t[0][*p ^ (crc >> 8)]);
    return crc;
}

uint16_t ib_crc16(uint16_t crc, const void *data, size_t size) {
#if defined(__x86_64__)
    if (size >= IB_CRC16_PCLMUL_MIN_BYTES && __builtin_cpu_supports("pclmul") &&
        __builtin_cpu_supports("ssse3"))
        return ib_crc16_pclmul(crc, data, size);
#endif
    return ib_crc16_portable(crc, data, size);
}
