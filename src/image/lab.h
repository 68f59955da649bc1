/// RGB565 as CIE LAB and back, to the bit as OpenMV's table has it.
///
/// The table is made when ironbow is built (tools/lab_table); the lowest bit of blue does not count.
/// Source: OpenMV firmware 5.0, LAB of its image module; sRGB (IEC 61966-2-1), white D65.
#ifndef IB_IMAGE_LAB_H
#define IB_IMAGE_LAB_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_LAB_CODES 32768 ///< pairs of RGB565 codes

/// L, A, B of the codes 2 * i and 2 * i + 1: 96 KB of constants.
extern const int8_t ib_lab_l[IB_LAB_CODES], ib_lab_a[IB_LAB_CODES], ib_lab_b[IB_LAB_CODES];

struct ib_lab {
    int8_t l; ///< 0..100
    int8_t a, b;
};

static inline struct ib_lab ib_lab_of_rgb565(uint16_t colour) {
    return (struct ib_lab){ib_lab_l[colour >> 1], ib_lab_a[colour >> 1], ib_lab_b[colour >> 1]};
}

/// The colour of any L, A, B; what a screen cannot show is saturated.
uint16_t ib_lab_rgb565(int32_t l, int32_t a, int32_t b);

#ifdef __cplusplus
}
#endif

#endif
