/// What the two x86 flavours of scaling share. Private to the room.
#ifndef IB_IMAGE_SCALE_X86_H
#define IB_IMAGE_SCALE_X86_H

#include "image/scale_private.h"

#if defined(__x86_64__)
void ib_scale_vertical_linear_avx2(uint8_t *out, const uint8_t *a, const uint8_t *b, int fraction,
                                   int32_t count);
void ib_scale_vertical_curves_avx2(int16_t *near, int16_t *far, const uint8_t *const rows[4],
                                   int32_t count);
void ib_scale_vertical_cubic_avx2(int16_t *out, const int16_t *near, const int16_t *far,
                                  const int16_t weights[3], int32_t count);
void ib_scale_curves_avx2(int16_t *near, int16_t *far, const int16_t *columns, int32_t count);
void ib_scale_split565_avx2(uint8_t *const out[IB_PLANES], const uint16_t *row, int32_t count);
void ib_scale_join565_avx2(uint16_t *out, uint8_t *const planes[IB_PLANES], int32_t count);
#endif

#endif
