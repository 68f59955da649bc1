/// CRC-32 as zlib and Ethernet have it (reflected 0xEDB88320, start and end inverted).
#ifndef IB_CORE_CRC32_H
#define IB_CORE_CRC32_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Go on from `crc` (0 at the start). "123456789" gives 0xCBF43926.
uint32_t ib_crc32(uint32_t crc, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
