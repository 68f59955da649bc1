/// Rectangles, circles and ellipses. See draw.h.
#include "core/real.h"
#include "image/draw.h"
#include "image/draw_private.h"

void ib_draw_rect_filled(struct ib_image *self, struct ib_rect rect, uint32_t colour) {
    rect = ib_rect_clip(rect, self->width_px, self->height_px);
    for (int32_t y = rect.y; y < rect.y + rect.h; y++)
        ib_draw_run(self, rect.x, rect.x + rect.w - 1, y, colour);
}

void ib_draw_rect(struct ib_image *self, struct ib_rect rect, uint32_t colour, int32_t thickness) {
    if (rect.w < 1 || rect.h < 1 || thickness < 1)
        return;
    thickness = ib_draw_hold(thickness);
    int32_t before = thickness / 2;
    int32_t left = ib_draw_hold(rect.x) - before, top = ib_draw_hold(rect.y) - before;
    int32_t wide = ib_draw_hold(rect.w) + thickness - 1,
            high = ib_draw_hold(rect.h) + thickness - 1;
    int32_t right = left + wide - thickness, bottom = top + high - thickness;
    ib_draw_rect_filled(self, (struct ib_rect){left, top, wide, thickness}, colour);
    ib_draw_rect_filled(self, (struct ib_rect){left, bottom, wide, thickness}, colour);
    ib_draw_rect_filled(self, (struct ib_rect){left, top, thickness, high}, colour);
    ib_draw_rect_filled(self, (struct ib_rect){right, top, thickness, high}, colour);
}

/// The same pixel in all four quadrants, turned by 90 degrees each.
static void blend_four(struct ib_image *self, struct ib_point centre, int32_t x, int32_t y,
                       uint32_t colour, int32_t through) {
    ib_draw_blend(self, centre.x + x, centre.y + y, colour, through);
    ib_draw_blend(self, centre.x - y, centre.y + x, colour, through);
    ib_draw_blend(self, centre.x - x, centre.y - y, colour, through);
    ib_draw_blend(self, centre.x + y, centre.y - x, colour, through);
}

/// Anti-aliased, one pixel wide, radius > 0. `error` is the distance from the circle, times twice
/// the radius. From (radius, 0) a quarter round to (0, radius).
static void thin_circle(struct ib_image *self, struct ib_point centre, int32_t radius,
                        uint32_t colour) {
    int32_t x = -radius, y = 0, error = 2 - 2 * radius, twice = 2 * radius - 1;
    do {
        int32_t before = error, x_before = x;
        int32_t off = error - 2 * (x + y) - 2;
        blend_four(self, centre, -x, y, colour, (int32_t)(256ll * (off < 0 ? -off : off) / twice));
        if (before + y > 0) {
            int32_t out = before - 2 * x - 1;
            if (out < twice)
                blend_four(self, centre, -x, y + 1, colour, (int32_t)(256ll * out / twice));
            x++;
            error += 2 * x + 1;
        }
        if (before + x_before <= 0) {
            int32_t in = 2 * y + 3 - before; // 2 more than its distance, as published
            if (in < twice)
                blend_four(self, centre, -x_before - 1, y, colour, (int32_t)(256ll * in / twice));
            y++;
            error += 2 * y + 1;
        }
    } while (x < 0);
}

/// A midpoint circle's way through one octant: at `y` its half width is `x`.
struct octant {
    int32_t x, error;
};

static void octant_step(struct octant *self, int32_t y) {
    if (self->error < 0) {
        self->error += 2 * y + 1;
    } else {
        self->x--;
        self->error += 2 * (y - self->x) + 2;
    }
}

/// All between two midpoint circles, both included; inner below 0: all within the outer.
static void ring(struct ib_image *self, struct ib_point centre, int32_t outer, int32_t inner,
                 uint32_t colour) {
    struct octant out = {outer, 1 - outer}, in = {inner, 1 - inner};
    int32_t cx = centre.x, cy = centre.y;
    for (int32_t y = 0; out.x >= y;) {
        int32_t from = y < inner && in.x > y ? in.x : y; // beyond the inner circle's octant: all
        from = inner < 0 ? 0 : from;
        ib_draw_run(self, cx + from, cx + out.x, cy + y, colour);
        ib_draw_run(self, cx - out.x, cx - from, cy + y, colour);
        ib_draw_run(self, cx + from, cx + out.x, cy - y, colour);
        ib_draw_run(self, cx - out.x, cx - from, cy - y, colour);
        ib_draw_column(self, cx + y, cy + from, cy + out.x, colour);
        ib_draw_column(self, cx + y, cy - out.x, cy - from, colour);
        ib_draw_column(self, cx - y, cy + from, cy + out.x, colour);
        ib_draw_column(self, cx - y, cy - out.x, cy - from, colour);
        y++;
        octant_step(&out, y);
        octant_step(&in, y);
    }
}

static void edge(struct ib_image *self, struct ib_point centre, int32_t radius, uint32_t colour) {
    if (radius > 0)
        thin_circle(self, centre, radius, colour);
    else if (radius == 0)
        ib_draw_set(self, centre.x, centre.y, colour);
}

void ib_draw_circle(struct ib_image *self, struct ib_point centre, int32_t radius, uint32_t colour,
                    int32_t thickness) {
    centre = ib_draw_hold_point(centre);
    radius = ib_draw_hold(radius);
    thickness = ib_draw_hold(thickness);
    if (radius < 0 || thickness < 1)
        return;
    if (thickness == 1 || radius == 0) {
        edge(self, centre, radius, colour);
        return;
    }
    int32_t outer = radius + thickness / 2, inner = radius - (thickness - 1) / 2;
    ring(self, centre, outer, inner, colour);
    edge(self, centre, outer, colour);
    edge(self, centre, inner, colour);
}

void ib_draw_circle_filled(struct ib_image *self, struct ib_point centre, int32_t radius,
                           uint32_t colour) {
    centre = ib_draw_hold_point(centre);
    radius = ib_draw_hold(radius);
    if (radius > 0)
        ring(self, centre, radius, -1, colour);
    edge(self, centre, radius, colour);
}

/// An ellipse turned by an angle is an upright one sheared: each row is as wide as it was, moved
/// sideways in proportion to its height.
struct sheared {
    double half_height, half_width, shear;
};

static struct sheared sheared_of(int32_t rx, int32_t ry, int32_t rotation) {
    rotation %= 180;
    rotation = rotation < 0 ? rotation + 180 : rotation;
    double angle = rotation * (3.14159265358979323846 / 180);
    double s = rotation == 90 ? 1 : ib_sin(angle), c = rotation == 90 ? 0 : ib_cos(angle);
    double a = rx, b = ry;
    double square = a * a * s * s + b * b * c * c;
    struct sheared self = {ib_sqrt(square), a > b ? a : b, 0};
    if (square > 0) {
        self.half_width = a * b / self.half_height;
        self.shear = (a * a - b * b) * s * c / square;
    }
    return self;
}

struct row {
    int32_t from, to; ///< nothing when to < from
};

static int32_t round_half_up(double value) {
    int32_t down = (int32_t)(value + 0.5);
    return down - (value + 0.5 < down);
}

static struct row row_at(const struct sheared *self, int32_t y) {
    double h = self->half_height + 0.5; // a pixel reaches half a pixel around its centre
    if (y > h || y < -h)
        return (struct row){0, -1};
    // The row's widest place within the pixel's height.
    double height = y < 0 ? -y : y, half = 1;
    height = height > self->half_height ? self->half_height : height;
    if (self->half_height > 0)
        half = ib_sqrt(1 - height / self->half_height * (height / self->half_height));
    double middle = self->shear * (y < 0 ? -height : height);
    return (struct row){round_half_up(middle - half * self->half_width),
                        round_half_up(middle + half * self->half_width)};
}

static int32_t greatest(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

/// The rows of `outer` without what has `inner` on all four sides; inner NULL: all of them.
static void rows_between(struct ib_image *self, struct ib_point centre, const struct sheared *outer,
                         const struct sheared *inner, uint32_t colour) {
    int32_t reach = (int32_t)(outer->half_height + 0.5);
    int32_t first = greatest(-reach, -centre.y),
            last = least(reach, self->height_px - 1 - centre.y);
    for (int32_t y = first; y <= last; y++) {
        struct row out = row_at(outer, y), in = {0, -1};
        if (inner) {
            struct row above = row_at(inner, y - 1), here = row_at(inner, y),
                       below = row_at(inner, y + 1);
            in.from = greatest(greatest(above.from, below.from), here.from + 1);
            in.to = least(least(above.to, below.to), here.to - 1);
        }
        if (in.to < in.from) {
            ib_draw_run(self, centre.x + out.from, centre.x + out.to, centre.y + y, colour);
            continue;
        }
        ib_draw_run(self, centre.x + out.from, centre.x + in.from - 1, centre.y + y, colour);
        ib_draw_run(self, centre.x + in.to + 1, centre.x + out.to, centre.y + y, colour);
    }
}

void ib_draw_ellipse(struct ib_image *self, const struct ib_ellipse *ellipse, uint32_t colour,
                     int32_t thickness) {
    int32_t rx = ib_draw_hold(ellipse->rx), ry = ib_draw_hold(ellipse->ry);
    thickness = ib_draw_hold(thickness);
    if (rx < 0 || ry < 0 || thickness < 1)
        return;
    int32_t more = thickness / 2, less = (thickness - 1) / 2;
    struct sheared outer = sheared_of(rx + more, ry + more, ellipse->rotation), inner = {0};
    bool hollow = rx >= less && ry >= less;
    if (hollow)
        inner = sheared_of(rx - less, ry - less, ellipse->rotation);
    rows_between(self, ib_draw_hold_point(ellipse->centre), &outer, hollow ? &inner : NULL, colour);
}

void ib_draw_ellipse_filled(struct ib_image *self, const struct ib_ellipse *ellipse,
                            uint32_t colour) {
    int32_t rx = ib_draw_hold(ellipse->rx), ry = ib_draw_hold(ellipse->ry);
    if (rx < 0 || ry < 0)
        return;
    struct sheared outer = sheared_of(rx, ry, ellipse->rotation);
    rows_between(self, ib_draw_hold_point(ellipse->centre), &outer, NULL, colour);
}
