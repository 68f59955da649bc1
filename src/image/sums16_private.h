/// Sums over a row of 16-bit pixels, with and without x86 vectors. See statistics16.h.
#ifndef IB_IMAGE_SUMS16_PRIVATE_H
#define IB_IMAGE_SUMS16_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

/// What is known of the pixels seen so far.
struct ib_sums16 {
    uint32_t min, max;
    uint64_t sum, squares;
};

#if defined(__x86_64__)
/// Add whole vectors from the front of a row of at most 16384 pixels. Needs AVX2.
/// Return: the pixels added.
size_t ib_sums16_avx2(struct ib_sums16 *self, const uint16_t *row, size_t count);
#endif

#endif
