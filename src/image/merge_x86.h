/// What the two x86 flavours of merging share. Private to the room.
#ifndef IB_IMAGE_MERGE_X86_H
#define IB_IMAGE_MERGE_X86_H

#include "image/merge_private.h"

#if defined(__x86_64__)
void ib_merge_luma_rgb565_avx2(uint8_t *out, const uint16_t *colours, int32_t count);
void ib_merge_bits_of_greys_avx2(uint32_t *out, const uint8_t *greys, int32_t words);
void ib_merge_blend_grey_avx2(uint8_t *out, const uint8_t *colours, const uint16_t *alphas,
                              bool black, int32_t count);
void ib_merge_blend_colours565_avx2(uint16_t *out, const uint16_t *colours, const uint16_t *alphas,
                                    bool black, int32_t count);
#endif

#endif
