/// RGB565 as four bytes a pixel. See rgbx.h.
#include "image/rgbx.h"

#include "image/color.h"
#include "image/rgbx_private.h"

void ib_rgbx_of_rgb565(uint8_t *out, const uint16_t *row, size_t count, enum ib_vectors vectors) {
    size_t i = 0;
#if defined(__x86_64__)
    if (ib_vectors_choose(vectors) >= IB_VECTORS_AVX2)
        i = ib_rgbx_of_rgb565_avx2(out, row, count);
#else
    (void)vectors;
#endif
    for (; i < count; i++) {
        out[4 * i] = ib_rgb565_red(row[i]);
        out[4 * i + 1] = ib_rgb565_green(row[i]);
        out[4 * i + 2] = ib_rgb565_blue(row[i]);
        out[4 * i + 3] = 255;
    }
}

void ib_rgb565_of_rgbx(uint16_t *out, const uint8_t *row, size_t count, enum ib_vectors vectors) {
    size_t i = 0;
#if defined(__x86_64__)
    if (ib_vectors_choose(vectors) >= IB_VECTORS_AVX2)
        i = ib_rgb565_of_rgbx_avx2(out, row, count);
#else
    (void)vectors;
#endif
    for (; i < count; i++)
        out[i] = ib_rgb565_of(row[4 * i], row[4 * i + 1], row[4 * i + 2]);
}
