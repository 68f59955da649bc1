/// Drawing against slow, independent ways: distances for what is anti-aliased, definitions for the
/// rest; clipping against cropping; formats against each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/draw.h"
#include "tests/core/support_random.h"

enum { SIDE = 96 };

static uint8_t grey[SIDE * SIDE], other[SIDE * SIDE];

static struct ib_image canvas(uint8_t *pixels) {
    memset(pixels, 0, SIDE * SIDE);
    return ib_image_of(pixels, IB_PIXELS_GREY, SIDE, SIDE);
}

static int at(int x, int y) {
    return grey[y * SIDE + x];
}

/// What a pixel of a black picture becomes that white is blended into.
static int blended(long through) {
    return (int)(255 * (256 - through)) >> 8;
}

static struct ib_point point(int32_t x, int32_t y) {
    return (struct ib_point){x, y};
}

static struct ib_point somewhere(struct random *random, int32_t margin) {
    uint32_t room = (uint32_t)(SIDE - 2 * margin);
    return point(margin + (int32_t)random_below(random, room),
                 margin + (int32_t)random_below(random, room));
}

static void a_short_line_as_worked_out_by_hand(void **state) {
    // From (1,1) to (5,3): twice as long as high; every other pixel is half a pixel off.
    static const uint8_t wanted[5][7] = {
        {0, 0, 0, 0, 0, 0, 0},     {0, 255, 127, 0, 0, 0, 0}, {0, 0, 127, 255, 127, 0, 0},
        {0, 0, 0, 0, 127, 255, 0}, {0, 0, 0, 0, 0, 0, 0},
    };
    struct ib_image image = canvas(grey);
    (void)state;
    ib_draw_line(&image, point(1, 1), point(5, 3), 255, 1);
    for (int y = 0; y < 5; y++) {
        for (int x = 0; x < 7; x++)
            assert_int_equal(at(x, y), wanted[y][x]);
    }
}

static void thin_lines_fade_with_the_distance(void **state) {
    struct random random = {20261201};
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        struct ib_point a = somewhere(&random, 2), b = somewhere(&random, 2);
        struct ib_image image = canvas(grey);
        ib_draw_line(&image, a, b, 255, round % 3 == 0 ? -5 : (int32_t)(round % 2));
        long dx = b.x - a.x, dy = b.y - a.y;
        long ed = dx || dy ? (long)floor(sqrt((double)(dx * dx + dy * dy))) : 1;
        int left = a.x < b.x ? a.x : b.x, right = a.x < b.x ? b.x : a.x;
        int top = a.y < b.y ? a.y : b.y, bottom = a.y < b.y ? b.y : a.y;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                long off = labs(dx * (y - a.y) - dy * (x - a.x));
                int wanted = 0;
                if (x >= left && x <= right && y >= top && y <= bottom && off < ed)
                    wanted = blended(256 * off / ed);
                else if (x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1)
                    continue; // beyond the ends there may be a neighbour or not
                if (at(x, y) != wanted)
                    fail_msg("round %u: (%d,%d)-(%d,%d) at %d,%d: %d, not %d", round, a.x, a.y, b.x,
                             b.y, x, y, at(x, y), wanted);
            }
        }
    }
}

static void straight_lines_are_solid(void **state) {
    (void)state;
    for (int round = 0; round < 4; round++) {
        struct ib_image image = canvas(grey);
        struct ib_point a = point(10, 20), b = round < 2 ? point(40, 20) : point(10, 60);
        ib_draw_line(&image, round % 2 ? b : a, round % 2 ? a : b, 255, 1);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++)
                assert_int_equal(at(x, y), x >= a.x && x <= b.x && y >= a.y && y <= b.y ? 255 : 0);
        }
    }
}

static void thick_lines_are_as_wide_as_they_say(void **state) {
    struct random random = {3};
    (void)state;
    for (unsigned round = 0; round < 1000; round++) {
        struct ib_point a = somewhere(&random, 20), b = somewhere(&random, 20);
        int32_t width = 2 + (int32_t)random_below(&random, 9);
        struct ib_image image = canvas(grey);
        double dx = b.x - a.x, dy = b.y - a.y, length = sqrt(dx * dx + dy * dy);
        if (length < 2 * width)
            continue;
        ib_draw_line(&image, a, b, 255, width);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                double along = (dx * (x - a.x) + dy * (y - a.y)) / length;
                double off = fabs(dx * (y - a.y) - dy * (x - a.x)) / length;
                if (along < width || along > length - width)
                    continue; // the ends are cut straight
                double wanted = (width - 1) / 2.0 + 1 - off;
                wanted = wanted < 0 ? 0 : wanted > 1 ? 1 : wanted;
                // A 256th of rounding for each step; and the far edge is solid as long as the next
                // pixel across, `step` further away, is still touched.
                double rounding = 0.02 + length / 256, step = fmax(fabs(dx), fabs(dy)) / length;
                double got = at(x, y) / 255.0;
                if (got < wanted - rounding || got > wanted + rounding + (1 - step))
                    fail_msg("round %u: width %d, (%d,%d)-(%d,%d) at %d,%d: %d, not %f", round,
                             width, a.x, a.y, b.x, b.y, x, y, at(x, y), wanted * 255);
            }
        }
    }
    struct ib_image image = canvas(grey);
    ib_draw_line(&image, point(10, 30), point(20, 30), 255, 3);
    ib_draw_line(&image, point(50, 10), point(50, 20), 255, 2);
    for (int y = 0; y < SIDE; y++) {
        assert_int_equal(at(15, y), y >= 29 && y <= 31 ? 255 : 0);
        assert_int_equal(at(9, y) + at(21, y), 0);
    }
    assert_int_equal(at(49, 15), 127); // an even width reaches half a pixel into both neighbours
    assert_int_equal(at(50, 15), 255);
    assert_int_equal(at(51, 15), 127);
}

static void rectangles_cover_what_they_say(void **state) {
    struct random random = {4};
    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        struct ib_rect r = {
            (int32_t)random_below(&random, 120) - 20, (int32_t)random_below(&random, 120) - 20,
            1 + (int32_t)random_below(&random, 60), 1 + (int32_t)random_below(&random, 60)};
        int t = 1 + (int)random_below(&random, 9), t0 = t / 2, t1 = (t - 1) / 2;
        struct ib_image outline = canvas(grey), filled = canvas(other);
        ib_draw_rect(&outline, r, 255, t);
        ib_draw_rect_filled(&filled, r, 255);
        int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                bool in = x >= r.x - t0 && x <= right + t1 && y >= r.y - t0 && y <= bottom + t1;
                bool hole = x > r.x + t1 && x < right - t0 && y > r.y + t1 && y < bottom - t0;
                assert_int_equal(at(x, y), in && !hole ? 255 : 0);
                assert_int_equal(other[y * SIDE + x],
                                 x >= r.x && x <= right && y >= r.y && y <= bottom ? 255 : 0);
            }
        }
    }
    struct ib_image image = canvas(grey);
    ib_draw_rect(&image, (struct ib_rect){5, 5, 0, 9}, 255, 3);
    ib_draw_rect(&image, (struct ib_rect){5, 5, 9, -2}, 255, 3);
    ib_draw_rect(&image, (struct ib_rect){5, 5, 9, 9}, 255, 0);
    for (int i = 0; i < SIDE * SIDE; i++)
        assert_int_equal(grey[i], 0);
}

/// How far (x, y) is from a circle, in 256ths of what is left of a pixel there.
static long circle_through(int x, int y, int r, int more) {
    return 256l * (labs((long)x * x + (long)y * y - (long)r * r) + more) / (2 * r - 1);
}

static void thin_circles_fade_with_the_distance(void **state) {
    (void)state;
    for (int r = 1; r <= 40; r++) {
        struct ib_image image = canvas(grey);
        ib_draw_circle(&image, point(45, 47), r, 255, 1);
        for (int y = -47; y < SIDE - 47; y++) {
            for (int x = -45; x < SIDE - 45; x++) {
                long through = circle_through(x, y, r, 0);
                int got = at(45 + x, 47 + y), wanted = through < 256 ? blended(through) : 0;
                // The neighbour to the inside is a little fainter, and may be left out when faint.
                bool within = x * x + y * y < r * r;
                bool fainter = within && got == blended(circle_through(x, y, r, 2));
                if (got != wanted && !fainter && !(within && through > 128 && got == 0))
                    fail_msg("radius %d at %d,%d: %d, not %d", r, x, y, at(45 + x, 47 + y), wanted);
            }
        }
    }
}

static void discs_and_rings_are_full_between_their_edges(void **state) {
    (void)state;
    for (int r = 0; r <= 30; r++) {
        for (int t = 0; t <= 12; t++) { // 0 stands for filled
            struct ib_image image = canvas(grey);
            int outer = t ? r + t / 2 : r, inner = t ? r - (t - 1) / 2 : -1;
            if (t)
                ib_draw_circle(&image, point(48, 48), r, 255, t);
            else
                ib_draw_circle_filled(&image, point(48, 48), r, 255);
            for (int y = -47; y < 48; y++) {
                for (int x = -47; x < 48; x++) {
                    double d = sqrt(x * x + y * y);
                    int got = at(48 + x, 48 + y);
                    bool full = d <= outer - 0.5 && d >= inner + 0.5;
                    bool empty = d >= outer + 1 || (inner > 0 && d <= inner - 1);
                    if (r == 0 || (t == 1 && !empty))
                        continue;
                    if ((full && got != 255) || (empty && got != 0))
                        fail_msg("radius %d, thickness %d at %d,%d: %d", r, t, x, y, got);
                    assert_int_equal(got, at(48 - y, 48 + x)); // a quarter turn
                }
            }
            if (r == 0) {
                assert_int_equal(at(48, 48), 255);
                assert_int_equal(at(49, 48), 0);
            }
        }
    }
    struct ib_image image = canvas(grey);
    ib_draw_circle(&image, point(40, 40), -1, 255, 1);
    ib_draw_circle(&image, point(40, 40), 9, 255, 0);
    ib_draw_circle_filled(&image, point(40, 40), -3, 255);
    for (int i = 0; i < SIDE * SIDE; i++)
        assert_int_equal(grey[i], 0);
}

/// Where a point lies in an ellipse grown by `more`: below 1 inside.
static double ellipse_of(double x, double y, const struct ib_ellipse *e, double more) {
    double angle = e->rotation * 3.14159265358979 / 180, c = cos(angle), s = sin(angle);
    double u = (x * c + y * s) / (e->rx + more), v = (-x * s + y * c) / (e->ry + more);
    return u * u + v * v;
}

static void ellipses_follow_their_equation(void **state) {
    struct random random = {5};
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        struct ib_ellipse e = {{48, 48},
                               2 + (int32_t)random_below(&random, 38),
                               2 + (int32_t)random_below(&random, 38),
                               (int32_t)random_below(&random, 2000) - 1000};
        struct ib_image filled = canvas(grey), outline = canvas(other);
        ib_draw_ellipse_filled(&filled, &e, 255);
        ib_draw_ellipse(&outline, &e, 255, 1);
        for (int y = -47; y < 48; y++) {
            for (int x = -47; x < 48; x++) {
                bool in = at(48 + x, 48 + y) != 0, line = other[(48 + y) * SIDE + 48 + x] != 0;
                if ((ellipse_of(x, y, &e, -1.2) < 1 && !in) ||
                    (ellipse_of(x, y, &e, 1.2) > 1 && in))
                    fail_msg("round %u: %d x %d turned by %d at %d,%d", round, e.rx, e.ry,
                             e.rotation, x, y);
                assert_int_equal(in, at(48 - x, 48 - y) != 0); // half a turn
                bool border = in && !(at(47 + x, 48 + y) && at(49 + x, 48 + y) &&
                                      at(48 + x, 47 + y) && at(48 + x, 49 + y));
                assert_int_equal(line, border);
            }
        }
        // A quarter more with the axes exchanged is the same, for upright ones to the pixel.
        e.rotation = 0;
        ib_draw_ellipse(&filled, &e, 255, 3);
        struct ib_ellipse turned = {e.centre, e.ry, e.rx, 90};
        ib_draw_ellipse(&outline, &turned, 255, 3);
        filled = canvas(grey);
        outline = canvas(other);
        ib_draw_ellipse(&filled, &e, 255, 3);
        ib_draw_ellipse(&outline, &turned, 255, 3);
        assert_memory_equal(grey, other, sizeof grey);
    }
}

/// One of everything, at a place.
static void draw_any(struct ib_image *image, struct random random, int32_t x, int32_t y) {
    struct ib_point a = {x + (int32_t)random_below(&random, 80) - 40,
                         y + (int32_t)random_below(&random, 80) - 40};
    struct ib_point b = {x + (int32_t)random_below(&random, 80) - 40,
                         y + (int32_t)random_below(&random, 80) - 40};
    int32_t size = (int32_t)random_below(&random, 40), size2 = (int32_t)random_below(&random, 40);
    int32_t thickness = 2 + (int32_t)random_below(&random, 6);
    uint32_t colour = (uint32_t)random_u64(&random);
    struct ib_ellipse ellipse = {a, size, size2, (int32_t)random_below(&random, 360)};
    struct ib_rect rect = {a.x, a.y, size, size2};
    switch (random_below(&random, 9)) {
    case 0:
        ib_draw_line(image, a, b, colour, thickness);
        break;
    case 1:
        ib_draw_rect(image, rect, colour, thickness);
        break;
    case 2:
        ib_draw_rect_filled(image, rect, colour);
        break;
    case 3:
        ib_draw_circle(image, a, size, colour, thickness - 1);
        break;
    case 4:
        ib_draw_circle_filled(image, a, size, colour);
        break;
    case 5:
        ib_draw_ellipse(image, &ellipse, colour, thickness);
        break;
    case 6:
        ib_draw_ellipse_filled(image, &ellipse, colour);
        break;
    case 7:
        ib_draw_arrow(image, a, b, size, colour, thickness);
        break;
    default:
        ib_draw_cross(image, a, size, colour, thickness);
        break;
    }
}

static void clipping_is_cropping(void **state) {
    enum { BIG = 256, SMALL_W = 37, SMALL_H = 23, LEFT = 100, UP = 110 };
    static uint32_t big[BIG * BIG], small[SMALL_W * SMALL_H];
    struct random random = {6};
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        enum ib_pixels format = (enum ib_pixels)(round % 5);
        struct ib_image whole = ib_image_of(big, format, BIG, BIG);
        struct ib_image part = ib_image_of(small, format, SMALL_W, SMALL_H);
        memset(big, 0x55, sizeof big);
        memset(small, 0x55, sizeof small);
        struct random same = {random_u64(&random) | 1};
        draw_any(&whole, same, LEFT + 10, UP + 10);
        draw_any(&part, same, 10, 10);
        for (int y = 0; y < SMALL_H; y++) {
            for (int x = 0; x < SMALL_W; x++) {
                int32_t wanted = ib_draw_get(&whole, LEFT + x, UP + y);
                // Binary 0x55 patterns repeat every two pixels: LEFT is even.
                if (ib_draw_get(&part, x, y) != wanted)
                    fail_msg("round %u, format %d at %d,%d", round, format, x, y);
            }
        }
    }
}

static void thin_lines_are_clipped_to_the_same_line(void **state) {
    struct random random = {8};
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        struct ib_image image = canvas(grey);
        struct ib_point a = {(int32_t)random_below(&random, 4000) - 2000,
                             (int32_t)random_below(&random, 4000) - 2000};
        struct ib_point b = {(int32_t)random_below(&random, 4000) - 2000,
                             (int32_t)random_below(&random, 4000) - 2000};
        if (round % 3 == 0)
            b = somewhere(&random, 0);
        ib_draw_line(&image, a, b, 255, 1);
        double dx = b.x - a.x, dy = b.y - a.y, length = sqrt(dx * dx + dy * dy) + 1e-9;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                double off = fabs(dx * (y - a.y) - dy * (x - a.x)) / length;
                double along = (dx * (x - a.x) + dy * (y - a.y)) / length;
                bool between = along > 1.5 && along < length - 1.5;
                // The ends moved to whole pixels: up to half a pixel off, or 0.71 in a corner.
                if ((off >= 1.8 && at(x, y)) || (off < 0.2 && between && at(x, y) == 0 && x > 0 &&
                                                 y > 0 && x < SIDE - 1 && y < SIDE - 1))
                    fail_msg("round %u: (%d,%d)-(%d,%d) at %d,%d: %d", round, a.x, a.y, b.x, b.y, x,
                             y, at(x, y));
            }
        }
    }
}

static void formats_agree(void **state) {
    static uint16_t deep[SIDE * SIDE], rgb565[SIDE * SIDE];
    static uint8_t rgb[SIDE * SIDE * 3];
    static uint32_t bits[SIDE * SIDE / 32];
    struct random random = {9};
    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        struct ib_image a = canvas(grey);
        struct ib_image b = ib_image_of(rgb, IB_PIXELS_RGB888, SIDE, SIDE);
        struct ib_image c = ib_image_of(rgb565, IB_PIXELS_RGB565, SIDE, SIDE);
        struct ib_image d = ib_image_of(deep, IB_PIXELS_GREY16, SIDE, SIDE);
        struct ib_image e = ib_image_of(bits, IB_PIXELS_BINARY, SIDE, SIDE);
        struct ib_point from = somewhere(&random, 0), to = somewhere(&random, 0);
        int32_t thickness = (int32_t)random_below(&random, 5);
        uint32_t v = random_below(&random, 32); // fits five bits
        memset(rgb, 0, sizeof rgb);
        memset(rgb565, 0, sizeof rgb565);
        memset(deep, 0, sizeof deep);
        memset(bits, 0, sizeof bits);
        ib_draw_line(&a, from, to, v, thickness);
        ib_draw_line(&b, from, to, v << 16 | v, thickness);
        ib_draw_line(&c, from, to, v << 11 | v, thickness);
        ib_draw_line(&d, from, to, v, thickness);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int32_t g = at(x, y);
                assert_int_equal(ib_draw_get(&b, x, y), g << 16 | g);
                assert_int_equal(ib_draw_get(&c, x, y), g << 11 | g);
                assert_int_equal(ib_draw_get(&d, x, y), g);
            }
        }
        a = canvas(grey);
        ib_draw_line(&a, from, to, ~0u, 1); // all ones are white everywhere
        ib_draw_line(&e, from, to, ~0u, 1);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++)
                assert_int_equal(ib_draw_get(&e, x, y), at(x, y) > 127);
        }
    }
}

static void pixels_are_where_they_belong(void **state) {
    uint32_t words[6] = {0};
    struct ib_image image = ib_image_of(words, IB_PIXELS_BINARY, 33, 3);
    (void)state;
    ib_draw_set(&image, 32, 1, 1);
    assert_int_equal(words[3], 1);
    ib_draw_set(&image, 31, 1, 77);
    assert_int_equal(words[2], 0x80000000u);
    ib_draw_set(&image, 31, 1, 0);
    assert_int_equal(words[2], 0);
    ib_draw_set(&image, 33, 1, 1); // padding is outside
    assert_int_equal(words[3], 1);
    assert_int_equal(ib_draw_get(&image, 32, 1), 1);
    assert_int_equal(ib_draw_get(&image, 33, 1), -1);
    assert_int_equal(ib_draw_get(&image, -1, 0), -1);
    assert_int_equal(ib_draw_get(&image, 0, 3), -1);
    struct ib_image rgb = ib_image_of(words, IB_PIXELS_RGB888, 2, 2);
    ib_draw_set(&rgb, 1, 1, 0xFF123456u);
    assert_int_equal(ib_draw_get(&rgb, 1, 1), 0x123456);
    assert_int_equal(((uint8_t *)words)[9], 0x12);
}

static void polygons_and_crosses_are_lines(void **state) {
    struct ib_point points[] = {{10, 10}, {60, 20}, {30, 70}};
    struct ib_image image = canvas(grey), lines = canvas(other);
    (void)state;
    ib_draw_polygon(&image, points, 3, true, 200, 3);
    ib_draw_line(&lines, points[0], points[1], 200, 3);
    ib_draw_line(&lines, points[1], points[2], 200, 3);
    ib_draw_line(&lines, points[2], points[0], 200, 3);
    assert_memory_equal(grey, other, sizeof grey);
    image = canvas(grey);
    ib_draw_polygon(&image, points, 0, true, 200, 3);
    ib_draw_polygon(&image, points, 1, true, 200, 1);
    assert_int_equal(at(10, 10), 200);
    ib_draw_cross(&image, point(50, 50), 4, 99, 1);
    int set = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        set += grey[i] == 99;
    assert_int_equal(set, 17);
    assert_int_equal(at(46, 50) + at(54, 50) + at(50, 46) + at(50, 54), 4 * 99);
}

static void any_number_is_safe(void **state) {
    static const int32_t extremes[] = {INT32_MIN, INT32_MIN + 1, -70000, -32768,   -1, 0, 1,
                                       50,        32767,         70000,  INT32_MAX};
    struct random random = {10};
    struct ib_image image = canvas(grey);
    (void)state;
#define ANY extremes[random_below(&random, 11)]
    for (unsigned round = 0; round < 3000; round++) {
        struct ib_point a = {ANY, ANY}, b = {ANY, ANY};
        struct ib_rect r = {ANY, ANY, ANY, ANY};
        struct ib_ellipse e = {a, ANY, ANY, ANY};
        ib_draw_line(&image, a, b, 1, ANY);
        ib_draw_rect(&image, r, 1, ANY);
        ib_draw_rect_filled(&image, r, 1);
        ib_draw_cross(&image, a, ANY, 1, ANY);
        ib_draw_ellipse(&image, &e, 1, ANY);
        ib_draw_ellipse_filled(&image, &e, 1);
        ib_draw_arrow(&image, a, b, ANY, 1, ANY);
        ib_draw_set(&image, a.x, a.y, 1);
        assert_in_range(ib_draw_get(&image, a.x, a.y) + 1, 0, 256);
        if (round % 16 == 0) {
            ib_draw_circle(&image, a, ANY, 1, ANY);
            ib_draw_circle_filled(&image, a, ANY, 1);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_line_as_worked_out_by_hand),
        cmocka_unit_test(thin_lines_fade_with_the_distance),
        cmocka_unit_test(straight_lines_are_solid),
        cmocka_unit_test(thick_lines_are_as_wide_as_they_say),
        cmocka_unit_test(rectangles_cover_what_they_say),
        cmocka_unit_test(thin_circles_fade_with_the_distance),
        cmocka_unit_test(discs_and_rings_are_full_between_their_edges),
        cmocka_unit_test(ellipses_follow_their_equation),
        cmocka_unit_test(clipping_is_cropping),
        cmocka_unit_test(thin_lines_are_clipped_to_the_same_line),
        cmocka_unit_test(formats_agree),
        cmocka_unit_test(pixels_are_where_they_belong),
        cmocka_unit_test(polygons_and_crosses_are_lines),
        cmocka_unit_test(any_number_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
