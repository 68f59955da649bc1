/// The tables of ib_crc16_portable: [k][b] is the CRC of byte b with k zero bytes after it.
#ifndef IB_CORE_CRC16_TABLES_H
#define IB_CORE_CRC16_TABLES_H

#include <stdint.h>

extern const uint16_t ib_crc16_tables[8][256];

#endif
