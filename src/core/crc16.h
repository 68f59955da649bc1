/// CRC-16 with polynomial 0x1021, initial value 0, no reflection, no final xor (CRC-16/XMODEM).
///
/// The Lepton uses it for VoSPI packets and for CCI data. "123456789" gives 0x31C3.
#ifndef IB_CORE_CRC16_H
#define IB_CORE_CRC16_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Continue a CRC over `size` more bytes; start with crc = 0.
/// Cost:   the carry-less multiplier where the processor has one (chosen at run time), else eight
///         table look-ups every eight bytes. Both give the same result.
uint16_t ib_crc16(uint16_t crc, const void *data, size_t size);

/// The table path alone, whatever the processor: what `ib_crc16` is held against.
uint16_t ib_crc16_portable(uint16_t crc, const void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
