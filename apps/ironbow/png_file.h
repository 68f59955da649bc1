/// Pictures as PNG, in memory: with a palette, or 16-bit grey.
#ifndef IB_APP_PNG_FILE_H
#define IB_APP_PNG_FILE_H

#include <stddef.h>
#include <stdint.h>

/// Encode indices and a palette; `comment` becomes the file's Description. Gives *bytes (free it).
/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_png_encode(const uint8_t *indices, unsigned width_px, unsigned height_px,
                      const uint8_t palette[256][3], const char *comment, uint8_t **bytes,
                      size_t *size, char *problem, size_t problem_size);

/// The same for values of 16 bits.
int ib_app_png_encode_grey16(const uint16_t *pixels, unsigned width_px, unsigned height_px,
                             const char *comment, uint8_t **bytes, size_t *size, char *problem,
                             size_t problem_size);

#endif
