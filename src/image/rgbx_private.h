/// The same with x86 vectors. Private to image: callers use rgbx.h.
#ifndef IB_IMAGE_RGBX_PRIVATE_H
#define IB_IMAGE_RGBX_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
/// Return: how many pixels are done, all but up to 15.
size_t ib_rgbx_of_rgb565_avx2(uint8_t *out, const uint16_t *row, size_t count);
size_t ib_rgb565_of_rgbx_avx2(uint16_t *out, const uint8_t *row, size_t count);
#endif

#endif
