/// Counting with x86 vectors. Private to image: callers use ib_count_values.
#ifndef IB_IMAGE_STATISTICS_X86_H
#define IB_IMAGE_STATISTICS_X86_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
/// Add the values of `rows` rows of `size` bytes each to the counts. Needs AVX-512 with VBMI, BW,
/// VPOPCNTDQ and GFNI.
void ib_count_bytes_vbmi(uint32_t counts[256], const uint8_t *pixels, size_t stride_bytes,
                         size_t size, size_t rows);
#endif

#endif
