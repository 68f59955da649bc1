/// Single pixels and runs of them, in every format. See draw.h.
#include "image/draw.h"

#include <string.h>

#include "image/draw_private.h"

static bool inside(const struct ib_image *self, int32_t x, int32_t y) {
    return x >= 0 && y >= 0 && x < self->width_px && y < self->height_px;
}

static uint16_t *halves(const struct ib_image *self, int32_t y) {
    return (uint16_t *)(void *)ib_image_row(self, y);
}

static uint32_t *words(const struct ib_image *self, int32_t y) {
    return (uint32_t *)(void *)ib_image_row(self, y);
}

int32_t ib_draw_get(const struct ib_image *self, int32_t x, int32_t y) {
    if (!inside(self, x, y))
        return -1;
    switch (self->format) {
    case IB_PIXELS_BINARY:
        return (int32_t)(words(self, y)[x / 32] >> x % 32 & 1);
    case IB_PIXELS_GREY:
        return ib_image_row(self, y)[x];
    case IB_PIXELS_RGB888: {
        const uint8_t *rgb = ib_image_row(self, y) + (size_t)x * 3;
        return rgb[0] << 16 | rgb[1] << 8 | rgb[2];
    }
    case IB_PIXELS_RGB565:
    case IB_PIXELS_GREY16:
    default:
        return halves(self, y)[x];
    }
}

static void put(struct ib_image *self, int32_t x, int32_t y, uint32_t colour) {
    switch (self->format) {
    case IB_PIXELS_BINARY: {
        uint32_t bit = 1u << x % 32, *word = words(self, y) + x / 32;
        *word = colour ? *word | bit : *word & ~bit;
        break;
    }
    case IB_PIXELS_GREY:
        ib_image_row(self, y)[x] = (uint8_t)colour;
        break;
    case IB_PIXELS_RGB888: {
        uint8_t *rgb = ib_image_row(self, y) + (size_t)x * 3;
        rgb[0] = (uint8_t)(colour >> 16);
        rgb[1] = (uint8_t)(colour >> 8);
        rgb[2] = (uint8_t)colour;
        break;
    }
    case IB_PIXELS_RGB565:
    case IB_PIXELS_GREY16:
    default:
        halves(self, y)[x] = (uint16_t)colour;
        break;
    }
}

void ib_draw_set(struct ib_image *self, int32_t x, int32_t y, uint32_t colour) {
    if (inside(self, x, y))
        put(self, x, y, colour);
}

/// One channel of both: `bits` wide, from bit `from` on.
static uint32_t mix(uint32_t old, uint32_t new, uint32_t through, unsigned from, unsigned bits) {
    uint32_t mask = (1u << bits) - 1;
    uint32_t mixed = (old >> from & mask) * through + (new >> from &mask) * (256 - through);
    return mixed >> 8 << from;
}

void ib_draw_blend(struct ib_image *self, int32_t x, int32_t y, uint32_t colour, int32_t through) {
    if (through >= 256 || !inside(self, x, y))
        return;
    if (through <= 0) {
        put(self, x, y, colour);
        return;
    }
    uint32_t old = (uint32_t)ib_draw_get(self, x, y), t = (uint32_t)through;
    switch (self->format) {
    case IB_PIXELS_BINARY:
        colour = mix(old * 255, colour ? 255 : 0, t, 0, 8) > 127;
        break;
    case IB_PIXELS_GREY:
        colour = mix(old, colour, t, 0, 8);
        break;
    case IB_PIXELS_RGB565:
        colour = mix(old, colour, t, 11, 5) | mix(old, colour, t, 5, 6) | mix(old, colour, t, 0, 5);
        break;
    case IB_PIXELS_RGB888:
        colour = mix(old, colour, t, 16, 8) | mix(old, colour, t, 8, 8) | mix(old, colour, t, 0, 8);
        break;
    case IB_PIXELS_GREY16:
    default:
        colour = mix(old, colour, t, 0, 16);
        break;
    }
    put(self, x, y, colour);
}

/// Bits from_x..to_x of a row, whole words where possible.
static void run_of_bits(uint32_t *row, int32_t from_x, int32_t to_x, bool set) {
    for (int32_t first = from_x & ~31; first <= to_x; first += 32) {
        uint32_t mask = ~0u;
        if (first < from_x)
            mask <<= from_x - first;
        if (to_x - first < 31)
            mask &= (2u << (to_x - first)) - 1;
        row[first / 32] = set ? row[first / 32] | mask : row[first / 32] & ~mask;
    }
}

void ib_draw_run(struct ib_image *self, int32_t from_x, int32_t to_x, int32_t y, uint32_t colour) {
    if (y < 0 || y >= self->height_px)
        return;
    from_x = from_x < 0 ? 0 : from_x;
    to_x = to_x >= self->width_px ? self->width_px - 1 : to_x;
    if (to_x < from_x)
        return;
    if (self->format == IB_PIXELS_BINARY) {
        run_of_bits(words(self, y), from_x, to_x, colour != 0);
    } else if (self->format == IB_PIXELS_GREY) {
        memset(ib_image_row(self, y) + from_x, (uint8_t)colour, (size_t)(to_x - from_x) + 1);
    } else if (self->format == IB_PIXELS_RGB888) {
        for (int32_t x = from_x; x <= to_x; x++)
            put(self, x, y, colour);
    } else {
        uint16_t *row = halves(self, y);
        for (int32_t x = from_x; x <= to_x; x++)
            row[x] = (uint16_t)colour;
    }
}

void ib_draw_column(struct ib_image *self, int32_t x, int32_t from_y, int32_t to_y,
                    uint32_t colour) {
    if (x < 0 || x >= self->width_px)
        return;
    from_y = from_y < 0 ? 0 : from_y;
    to_y = to_y >= self->height_px ? self->height_px - 1 : to_y;
    for (int32_t y = from_y; y <= to_y; y++)
        put(self, x, y, colour);
}
