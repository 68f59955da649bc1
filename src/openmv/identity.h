/// What the board says about itself, and the speeds of its processor.
#ifndef IB_OPENMV_IDENTITY_H
#define IB_OPENMV_IDENTITY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_IDENTITY_ARCH "OPENMVPT 65536 SDRAM"
#define IB_IDENTITY_BOARD "H7"
/// The firmware whose behaviour this is.
#define IB_IDENTITY_MAJOR 5
#define IB_IDENTITY_MINOR 0
#define IB_IDENTITY_PATCH 0
#define IB_IDENTITY_VERSION "5.0.0"

#define IB_IDENTITY_ID_BYTES 12u
#define IB_IDENTITY_TEXT_SIZE 25u

/// The unique number as omv.board_id() writes it: three little-endian words, the last one first.
void ib_identity_text(const uint8_t id[IB_IDENTITY_ID_BYTES], char out[IB_IDENTITY_TEXT_SIZE]);

#define IB_CPU_SPEEDS 4u
extern const uint16_t ib_cpu_mhz[IB_CPU_SPEEDS]; ///< rising; the last one after switching on

struct ib_cpu_clocks {
    uint32_t system_hz, hclk_hz, pclk1_hz, pclk2_hz;
};
/// The four clocks at one of ib_cpu_mhz. Return: IB_OK. Errors: IB_E_UNSUPPORTED: none of them.
int ib_cpu_clocks(struct ib_cpu_clocks *out, uint32_t mhz);

#ifdef __cplusplus
}
#endif

#endif
