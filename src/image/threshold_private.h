/// A threshold made ready for whole pictures: pixels become bits. Private to the room.
#ifndef IB_IMAGE_THRESHOLD_PRIVATE_H
#define IB_IMAGE_THRESHOLD_PRIVATE_H

#include "image/lab.h"
#include "image/threshold.h"
#include "image/vectors.h"

#define IB_MATCHER_WORDS (IB_LAB_CODES / 32)

struct ib_matcher {
    struct ib_threshold threshold;
    enum ib_pixels format;
    enum ib_vectors vectors;
    uint32_t flip;         ///< all ones when inverted
    const uint32_t *codes; ///< RGB565: a bit for each pair of codes, already inverted; NULL: none
};

/// Words of a row of bits: whole 64 bits.
static inline int32_t ib_matcher_row_words(int32_t width_px) {
    return (width_px + 63) / 64 * 2;
}

/// `codes`: room for IB_MATCHER_WORDS, used when `pixels` of RGB565 are so many that it pays; NULL
/// otherwise. Keeps `codes`.
void ib_matcher_init(struct ib_matcher *self, const struct ib_threshold *threshold,
                     enum ib_pixels format, bool invert, enum ib_vectors vectors, uint32_t *codes,
                     size_t pixels);
/// The part `roi` (inside of the picture) as rows of ib_matcher_row_words: bit x of a row is pixel
/// roi.x + x; bits beyond roi.w are 0.
void ib_matcher_bits(const struct ib_matcher *self, uint32_t *bits, const struct ib_image *image,
                     struct ib_rect roi);

/// A rectangle of bytes: is byte - low (mod 256) at most span? XOR flip.
struct ib_match_bytes {
    const uint8_t *at;
    uint32_t stride_bytes;
    int32_t width_px, height_px;
    uint8_t low, span;
    uint32_t flip;
};

#if defined(__x86_64__)
void ib_match_bytes_avx2(uint32_t *bits, const struct ib_match_bytes *bytes);
void ib_match_bytes_vbmi(uint32_t *bits, const struct ib_match_bytes *bytes);
/// Colours against a table of codes: 32 a word.
void ib_match_colours_avx2(uint32_t *bits, const uint32_t *codes, const uint16_t *row,
                           int32_t words);
/// All codes against a threshold.
void ib_match_codes_avx2(uint32_t *codes, const struct ib_threshold *threshold, uint32_t flip);
#endif
/// `count` bytes, at most 32, as a word.
uint32_t ib_match_word(const struct ib_match_bytes *bytes, const uint8_t *at, int32_t count);

#endif
