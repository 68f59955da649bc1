/// Fuzz: drawing and counting with any arguments, in a picture with canaries all around.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/draw_text.h"
#include "image/isotherm.h"
#include "image/statistics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EDGE = 64, ROOM = 16384, CANARY = 0xA7 };

static uint32_t arena[(ROOM + 2 * EDGE) / 4];
static uint16_t deep[64];

struct input {
    const uint8_t *at;
    size_t left;
};

/// Two bytes as a number; every eighth one far away.
static int32_t take(struct input *self) {
    if (self->left < 2)
        return 0;
    int32_t value = (int16_t)(self->at[0] | self->at[1] << 8);
    self->at += 2;
    self->left -= 2;
    return value % 8 == 7 ? value * 65536 : value % 256;
}

static void draw_one(struct ib_image *image, struct input *in) {
    int32_t what = take(in) & 7, n = take(in);
    struct ib_point p = {take(in), take(in)}, q = {take(in), take(in)};
    struct ib_rect rect = {p.x, p.y, q.x, q.y};
    struct ib_ellipse ellipse = {p, q.x, q.y, n};
    struct ib_isotherm isotherm = {0, 40000, 1, (uint8_t)n, (uint8_t)(n >> 8)};
    struct ib_image frame = ib_image_of(deep, IB_PIXELS_GREY16, 8, 8);
    struct ib_text_style style = {
        (float)(q.x % 2048) / 16, q.y, n, n & 1, n % 9 * 90, n & 2, n & 4, p.x, n & 8, n & 16};
    struct ib_histogram histogram;
    if (what == 0) {
        ib_draw_line(image, p, q, (uint32_t)n, n % 8);
        ib_draw_set(image, p.x, p.y, (uint32_t)n);
    } else if (what == 1) {
        ib_draw_rect(image, rect, ~0u, n);
        ib_draw_rect_filled(image, rect, 0);
    } else if (what == 2) {
        ib_draw_circle(image, p, q.x, ~0u, n);
        ib_draw_circle_filled(image, p, q.y, ~0u);
    } else if (what == 3) {
        ib_draw_ellipse(image, &ellipse, ~0u, n);
        ib_draw_ellipse_filled(image, &ellipse, 0);
    } else if (what == 4) {
        ib_draw_arrow(image, p, q, n, ~0u, n % 16);
        ib_draw_cross(image, p, q.x, 0, n);
    } else if (what == 5) {
        ib_isotherm_draw(&isotherm, image, rect, &frame);
        ib_histogram_of(&histogram, image, rect, (uint32_t)n);
    } else {
        ib_draw_text(image, p, (const char *)in->at, in->left % 32, ~0u, &style);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input in = {data, size};
    enum ib_pixels format = (enum ib_pixels)((uint32_t)take(&in) % 5);
    int32_t w = 1 + (take(&in) & 63), h = 1 + (take(&in) & 63);
    uint8_t *bytes = (uint8_t *)arena;
    struct ib_image image = ib_image_of(bytes + EDGE, format, w, h);
    memset(arena, CANARY, sizeof arena);
    for (int steps = 0; steps < 8 && in.left > 0; steps++)
        draw_one(&image, &in);
    for (size_t i = 0; i < sizeof arena; i++) {
        if ((i < EDGE || i >= EDGE + ib_image_bytes(format, w, h)) && bytes[i] != CANARY)
            abort();
    }
    return 0;
}
