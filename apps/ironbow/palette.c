/// The ironbow palette, from a few anchor colours: black, deep blue, violet, red, orange, yellow,
/// white, as hot iron is imagined to glow. Brightness rises all the way, so that the picture keeps
/// its meaning in grey too.
#include "apps/ironbow/palette.h"

#include <stddef.h>

struct anchor {
    int at; ///< 0..255
    int red, green, blue;
};

static const struct anchor ANCHORS[] = {
    {0, 0, 0, 8},        {26, 24, 4, 78},      {58, 84, 4, 132},    {92, 146, 10, 140},
    {124, 194, 32, 104}, {152, 224, 66, 48},   {182, 242, 112, 14}, {212, 252, 168, 10},
    {236, 254, 218, 72}, {255, 255, 252, 232},
};

static uint8_t between(int a, int b, int step, int steps) {
    return (uint8_t)(a + ((b - a) * step * 2 + (b >= a ? steps : -steps)) / (2 * steps));
}

void ib_app_palette_ironbow(uint8_t out[256][3]) {
    const struct anchor *from = ANCHORS;
    for (int i = 0; i < 256; i++) {
        if (i > from[1].at)
            from++;
        int step = i - from->at;
        int steps = from[1].at - from->at;
        out[i][0] = between(from->red, from[1].red, step, steps);
        out[i][1] = between(from->green, from[1].green, step, steps);
        out[i][2] = between(from->blue, from[1].blue, step, steps);
    }
}
