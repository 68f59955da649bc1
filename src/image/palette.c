/// Palettes from their anchors. See palette.h.
#include "image/palette.h"

#include <string.h>

#include "core/check.h"
#include "image/palette_tables.h"

size_t ib_palette_count(void) {
    return IB_PALETTES;
}

const struct ib_palette *ib_palette_at(size_t index) {
    IB_ASSERT(index < IB_PALETTES);
    return &ib_palettes[index];
}

const struct ib_palette *ib_palette_find(const char *name) {
    for (size_t i = 0; i < IB_PALETTES; i++) {
        if (strcmp(ib_palettes[i].name, name) == 0)
            return &ib_palettes[i];
    }
    return NULL;
}

static uint8_t between(int a, int b, int step, int steps) {
    return (uint8_t)(a + ((b - a) * step * 2 + (b >= a ? steps : -steps)) / (2 * steps));
}

static void fill_from_anchors(const struct ib_palette_anchor *from, uint8_t *out) {
    for (int i = 0; i < IB_PALETTE_COLOURS; i++) {
        if (i > from[1].at)
            from++;
        int step = i - from->at;
        int steps = from[1].at - from->at;
        *out++ = between(from->red, from[1].red, step, steps);
        *out++ = between(from->green, from[1].green, step, steps);
        *out++ = between(from->blue, from[1].blue, step, steps);
    }
}

// OpenMV's rainbow walks the hue circle backwards from 256/476 of a turn (azure), one 476th a colour.
#define TURN 476

/// Red, green or blue of a fully saturated colour, `at` being sixths of a turn in units of 1 / TURN,
/// as 0..largest. Each channel is a trapezium over the circle, `shift` turns on from red's.
static unsigned hue_channel(int at, int shift, unsigned largest) {
    int place = (at + shift) % (6 * TURN); // 0: where the channel begins to rise
    int level = place < TURN       ? place
                : place < 3 * TURN ? TURN
                : place < 4 * TURN ? 4 * TURN - place
                                   : 0;
    // What lies half way goes down in green (63) and up in red: so the original came out.
    return (2 * (unsigned)level * largest + TURN - (largest == 63)) / (2 * TURN);
}

static void fill_hue(int i, const unsigned largest[3], unsigned out[3]) {
    int at = 6 * (IB_PALETTE_COLOURS - i);
    // Red rises from four sixths of a turn on, green from 0, blue from two sixths.
    out[0] = hue_channel(at, 2 * TURN, largest[0]);
    out[1] = hue_channel(at, 0, largest[1]);
    out[2] = hue_channel(at, 4 * TURN, largest[2]);
}

void ib_palette_fill_rgb888(const struct ib_palette *self, uint8_t *out) {
    static const unsigned largest[3] = {255, 255, 255};
    if (self->anchors) {
        fill_from_anchors(self->anchors, out);
        return;
    }
    for (int i = 0; i < IB_PALETTE_COLOURS; i++) {
        unsigned colour[3];
        fill_hue(i, largest, colour);
        for (int channel = 0; channel < 3; channel++)
            *out++ = (uint8_t)colour[channel];
    }
}

void ib_palette_fill_rgb565(const struct ib_palette *self, uint16_t *out) {
    static const unsigned largest[3] = {31, 63, 31};
    uint8_t full[IB_PALETTE_COLOURS * 3];
    if (self->anchors)
        fill_from_anchors(self->anchors, full);
    for (int i = 0; i < IB_PALETTE_COLOURS; i++) {
        unsigned colour[3];
        if (self->anchors) {
            for (int channel = 0; channel < 3; channel++)
                colour[channel] = (2 * full[3 * i + channel] * largest[channel] + 255) / 510;
        } else {
            fill_hue(i, largest, colour);
        }
        out[i] = (uint16_t)(colour[0] << 11 | colour[1] << 5 | colour[2]);
    }
}
