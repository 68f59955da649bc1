/// The CRC-16 with the x86 carry-less multiplier. Private to core: callers use ib_crc16.
#ifndef IB_CORE_CRC16_PCLMUL_H
#define IB_CORE_CRC16_PCLMUL_H

#include <stddef.h>
#include <stdint.h>

#define IB_CRC16_PCLMUL_MIN_BYTES 32

#if defined(__x86_64__)
/// Needs PCLMULQDQ and SSSE3, and at least IB_CRC16_PCLMUL_MIN_BYTES.
uint16_t ib_crc16_pclmul(uint16_t crc, const uint8_t *data, size_t size);
#endif

#endif
