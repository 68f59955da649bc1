/// Lines, and what is made of them. See draw.h.
#include "core/real.h"
#include "image/draw.h"
#include "image/draw_private.h"

static int32_t absolute(int32_t value) {
    return value < 0 ? -value : value;
}

static double length(int32_t dx, int32_t dy) {
    return ib_sqrt((double)dx * dx + (double)dy * dy);
}

/// The middle of a division: part / whole to the nearest integer, halves away from zero; whole > 0.
static int32_t nearest(int64_t part, int64_t whole) {
    return (int32_t)(part < 0 ? -((-2 * part + whole) / (2 * whole))
                              : (2 * part + whole) / (2 * whole));
}

/// A part of a line from `from` / over to `to` / over of its length, as two fractions.
struct part {
    int64_t from, from_over, to, to_over;
};

/// Cut what lies beyond one border: entering it where step < 0, leaving where step > 0, `room` the
/// way to it. Return: false when nothing is left.
static bool cut(struct part *part, int64_t step, int64_t room) {
    if (step == 0)
        return room >= 0;
    if (step < 0) {
        room = -room;
        step = -step;
        if (room * part->from_over > part->from * step) {
            part->from = room;
            part->from_over = step;
        }
    } else if (room * part->to_over < part->to * step) {
        part->to = room;
        part->to_over = step;
    }
    return part->from * part->to_over <= part->to * part->from_over;
}

/// Liang-Barsky: move the ends into the picture, to the nearest pixel. Return: false when the line
/// does not touch it.
static bool clip(const struct ib_image *self, struct ib_point *from, struct ib_point *to) {
    struct part part = {0, 1, 1, 1};
    int64_t dx = to->x - from->x, dy = to->y - from->y;
    if (!cut(&part, -dx, from->x) || !cut(&part, dx, self->width_px - 1 - from->x) ||
        !cut(&part, -dy, from->y) || !cut(&part, dy, self->height_px - 1 - from->y))
        return false;
    struct ib_point start = *from;
    from->x = start.x + nearest(dx * part.from, part.from_over);
    from->y = start.y + nearest(dy * part.from, part.from_over);
    to->x = start.x + nearest(dx * part.to, part.to_over);
    to->y = start.y + nearest(dy * part.to, part.to_over);
    return true;
}

/// Anti-aliased, one pixel wide. `error` is the distance from the line, times its length.
static void thin(struct ib_image *self, struct ib_point from, struct ib_point to, uint32_t colour) {
    if (!clip(self, &from, &to))
        return;
    int32_t dx = absolute(to.x - from.x), dy = absolute(to.y - from.y);
    int32_t sx = from.x < to.x ? 1 : -1, sy = from.y < to.y ? 1 : -1;
    int32_t error = dx - dy, ed = dx + dy == 0 ? 1 : (int32_t)length(dx, dy);
    int32_t x = from.x, y = from.y;
    for (;;) {
        int32_t before = error, x_before = x;
        ib_draw_blend(self, x, y, colour, 256 * absolute(error - dx + dy) / ed);
        if (2 * before >= -dx) {
            if (x == to.x)
                return;
            if (before + dy < ed)
                ib_draw_blend(self, x, y + sy, colour, 256 * (before + dy) / ed);
            error -= dy;
            x += sx;
        }
        if (2 * before <= dy) {
            if (y == to.y)
                return;
            if (dx - before < ed)
                ib_draw_blend(self, x_before + sx, y, colour, 256 * (dx - before) / ed);
            error += dx;
            y += sy;
        }
    }
}

/// A line as seen along its longer axis: `u` goes step by step, `v` is across.
struct wide {
    struct ib_image *image;
    uint32_t colour;
    bool steep; ///< u is y
};

static void wide_blend(const struct wide *self, int32_t u, int32_t v, int32_t through) {
    ib_draw_blend(self->image, self->steep ? v : u, self->steep ? u : v, self->colour, through);
}

static void wide_run(const struct wide *self, int32_t u, int32_t v, int32_t to_v) {
    int32_t low = v < to_v ? v : to_v, high = v < to_v ? to_v : v;
    if (self->steep)
        ib_draw_run(self->image, low, high, u, self->colour);
    else
        ib_draw_column(self->image, u, low, high, self->colour);
}

/// In steps along u a blended pixel, a solid run across and a blended pixel; 8.8 fixed point.
static void thick(const struct wide *self, struct ib_point from, struct ib_point to, double len,
                  int32_t width) {
    int32_t u = self->steep ? from.y : from.x, v = self->steep ? from.x : from.y;
    int32_t end = self->steep ? to.y : to.x, across = self->steep ? to.x : to.y;
    int32_t su = u < end ? 1 : -1, sv = v < across ? 1 : -1;
    int32_t du = (int32_t)(256.0 * absolute(end - u) / len);
    int32_t dv = (int32_t)(256.0 * absolute(across - v) / len);
    int32_t th = 256 * (width - 1);
    // Back to the first pixel that the width touches.
    int32_t back = (256 + th / 2) / du;
    int32_t error = back * du - th / 2;
    v -= back * sv;
    for (;; u += su) {
        wide_blend(self, u, v, error);
        int32_t rest = du - error - th;
        int32_t solid = rest + du < 256 ? (256 - rest - 1) / du : 0;
        if (solid > 0)
            wide_run(self, u, v + sv, v + solid * sv);
        wide_blend(self, u, v + (solid + 1) * sv, rest + solid * du);
        if (u == end)
            return;
        error += dv;
        if (error > 256) {
            error -= du;
            v += sv;
        }
    }
}

void ib_draw_line(struct ib_image *self, struct ib_point from, struct ib_point to, uint32_t colour,
                  int32_t thickness) {
    from = ib_draw_hold_point(from);
    to = ib_draw_hold_point(to);
    thickness = ib_draw_hold(thickness);
    int32_t dx = absolute(to.x - from.x), dy = absolute(to.y - from.y);
    if (thickness <= 1 || dx + dy == 0) {
        thin(self, from, to, colour);
        return;
    }
    struct wide wide = {self, colour, dx < dy};
    thick(&wide, from, to, length(dx, dy), thickness);
}

void ib_draw_cross(struct ib_image *self, struct ib_point centre, int32_t size, uint32_t colour,
                   int32_t thickness) {
    int32_t x = ib_draw_hold(centre.x), y = ib_draw_hold(centre.y);
    size = ib_draw_hold(size);
    ib_draw_line(self, (struct ib_point){x - size, y}, (struct ib_point){x + size, y}, colour,
                 thickness);
    ib_draw_line(self, (struct ib_point){x, y - size}, (struct ib_point){x, y + size}, colour,
                 thickness);
}

void ib_draw_polygon(struct ib_image *self, const struct ib_point *points, size_t count,
                     bool closed, uint32_t colour, int32_t thickness) {
    if (count == 1)
        ib_draw_line(self, points[0], points[0], colour, thickness);
    for (size_t i = 1; i < count; i++)
        ib_draw_line(self, points[i - 1], points[i], colour, thickness);
    if (closed && count > 2)
        ib_draw_line(self, points[count - 1], points[0], colour, thickness);
}

void ib_draw_arrow(struct ib_image *self, struct ib_point from, struct ib_point to, int32_t size,
                   uint32_t colour, int32_t thickness) {
    from = ib_draw_hold_point(from);
    to = ib_draw_hold_point(to);
    size = ib_draw_hold(size);
    ib_draw_line(self, from, to, colour, thickness);
    double len = length(to.x - from.x, to.y - from.y);
    if (len == 0)
        return;
    // Backwards along the line by cos 30, to both sides by sin 30 of the head's length.
    double along_x = (from.x - to.x) / len * size * 0.8660254037844386;
    double along_y = (from.y - to.y) / len * size * 0.8660254037844386;
    double side_x = (from.y - to.y) / len * size * 0.5, side_y = (to.x - from.x) / len * size * 0.5;
    for (int side = -1; side <= 1; side += 2) {
        double x = to.x + along_x + side * side_x, y = to.y + along_y + side * side_y;
        struct ib_point end = {(int32_t)(x + (x < 0 ? -0.5 : 0.5)),
                               (int32_t)(y + (y < 0 ? -0.5 : 0.5))};
        ib_draw_line(self, to, end, colour, thickness);
    }
}
