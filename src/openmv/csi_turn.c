#include "openmv/csi_turn.h"

#include <stddef.h>

#define TILE_PX 16 ///< rows of it stay in the cache while columns are written

static void turn_tile(uint8_t *to, const uint8_t *from, ptrdiff_t width, ptrdiff_t height,
                      ptrdiff_t w, ptrdiff_t h) {
    for (ptrdiff_t x = 0; x < w; x++)
        for (ptrdiff_t y = 0; y < h; y++)
            to[x * height + y] = from[y * width + x];
}

static void turn_tile16(uint16_t *to, const uint16_t *from, ptrdiff_t width, ptrdiff_t height,
                        ptrdiff_t w, ptrdiff_t h) {
    for (ptrdiff_t x = 0; x < w; x++)
        for (ptrdiff_t y = 0; y < h; y++)
            to[x * height + y] = from[y * width + x];
}

void ib_csi_turn(uint8_t *to, const uint8_t *from, int32_t width_px, int32_t height_px,
                 uint32_t pixel_bytes) {
    for (ptrdiff_t y = 0; y < height_px; y += TILE_PX)
        for (ptrdiff_t x = 0; x < width_px; x += TILE_PX) {
            ptrdiff_t w = width_px - x < TILE_PX ? width_px - x : TILE_PX;
            ptrdiff_t h = height_px - y < TILE_PX ? height_px - y : TILE_PX;
            ptrdiff_t into = x * height_px + y, at = y * width_px + x;
            if (pixel_bytes == 1)
                turn_tile(to + into, from + at, width_px, height_px, w, h);
            else
                turn_tile16((uint16_t *)(void *)to + into,
                            (const uint16_t *)(const void *)from + at, width_px, height_px, w, h);
        }
}
