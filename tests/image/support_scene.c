/// The scene of whole numbers. See support_scene.h.
#include "tests/image/support_scene.h"

static int grey_at(int x, int y, int w, int h) {
    int v = 40 + x * 60 / w + y * 40 / h;
    for (int k = 1; k <= 4; k++) {
        int dx = x - w * k / 5, dy = y - h * (1 + k % 3) / 4;
        int r = h / 8 - k * h / 60, d2 = dx * dx + dy * dy;
        if (r < 2)
            r = 2;
        if (d2 < r * r)
            v += (r * r - d2) * 110 / (r * r);
    }
    uint32_t noise = ((uint32_t)(x * 73) ^ (uint32_t)(y * 151)) * 2654435761u;
    v += (int)(noise >> 29);
    return v > 255 ? 255 : v;
}

void scene_paint(uint8_t *greys, int width_px, int height_px) {
    for (int y = 0; y < height_px; y++) {
        for (int x = 0; x < width_px; x++)
            *greys++ = (uint8_t)grey_at(x, y, width_px, height_px);
    }
}
