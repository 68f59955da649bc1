/// Which pixels a region has, row by row. Integers only: the same pixels everywhere.
///
/// Not here: the text form (region_text.c), what the pixels say (region_measure.c). A polygon has
/// the pixels whose centre lies in the closure of its inside (even-odd rule): cut just below and
/// just above each row of centres, joined. So corners and edges belong to it.
#include "measure/region.h"

#include "core/check.h"
#include "core/real.h"

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b) {
    return a > b ? a : b;
}

struct ib_rect ib_region_bounds(const struct ib_region *self) {
    int32_t x = self->points[0].x, y = self->points[0].y, w = self->w, h = self->h;
    switch (self->shape) {
    case IB_SHAPE_SPOT:
        return (struct ib_rect){x - (w - 1) / 2, y - (w - 1) / 2, w, w};
    case IB_SHAPE_BOX:
        return (struct ib_rect){x, y, w, h};
    case IB_SHAPE_ELLIPSE:
        return (struct ib_rect){x - w, y - h, 2 * w + 1, 2 * h + 1};
    default:
        break;
    }
    int32_t right = x, bottom = y;
    for (unsigned i = 1; i < self->point_count; i++) {
        x = least(x, self->points[i].x);
        y = least(y, self->points[i].y);
        right = most(right, self->points[i].x);
        bottom = most(bottom, self->points[i].y);
    }
    return (struct ib_rect){x, y, right - x + 1, bottom - y + 1};
}

static int64_t root(int64_t square) {
    int64_t r = (int64_t)ib_sqrt((double)square);
    while (r * r > square)
        r--;
    while ((r + 1) * (r + 1) <= square)
        r++;
    return r;
}

/// Where an edge crosses a row of centres.
struct crossing {
    int32_t floor, ceiling;
    double x; ///< for the order only
};

static struct crossing crossing_of(struct ib_region_point a, struct ib_region_point b, int32_t y) {
    int64_t over = b.y - a.y;
    int64_t part = (int64_t)(y - a.y) * (b.x - a.x);
    if (over < 0) {
        over = -over;
        part = -part;
    }
    int64_t down = part / over, rest = part % over;
    if (rest < 0) {
        down--;
        rest += over;
    }
    struct crossing out;
    out.floor = (int32_t)(a.x + down);
    out.ceiling = out.floor + (rest > 0);
    out.x = a.x + (double)part / (double)over;
    return out;
}

/// The spans of a cut just below (`above` false) or just above the row, appended.
static unsigned cut(const struct ib_region *self, int32_t y, bool above,
                    struct ib_region_span *spans) {
    struct crossing found[IB_REGION_POINTS];
    unsigned count = 0, spans_count = 0;
    for (unsigned i = 0; i < self->point_count; i++) {
        struct ib_region_point a = self->points[i];
        struct ib_region_point b = self->points[(i + 1) % self->point_count];
        int32_t top = least(a.y, b.y), bottom = most(a.y, b.y);
        if (above ? !(top < y && y <= bottom) : !(top <= y && y < bottom))
            continue;
        struct crossing c = crossing_of(a, b, y);
        unsigned at = count++;
        for (; at > 0 && found[at - 1].x > c.x; at--)
            found[at] = found[at - 1];
        found[at] = c;
    }
    for (unsigned i = 0; i + 1 < count; i += 2) {
        struct ib_region_span span = {found[i].ceiling, found[i + 1].floor + 1};
        if (span.x < span.end)
            spans[spans_count++] = span;
    }
    return spans_count;
}

static unsigned polygon_row(const struct ib_region *self, int32_t y,
                            struct ib_region_span spans[IB_REGION_SPANS]) {
    struct ib_region_span found[IB_REGION_SPANS];
    unsigned count = cut(self, y, false, found);
    count += cut(self, y, true, found + count);
    for (unsigned i = 1; i < count; i++) {
        struct ib_region_span span = found[i];
        unsigned at = i;
        for (; at > 0 && found[at - 1].x > span.x; at--)
            found[at] = found[at - 1];
        found[at] = span;
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++) {
        if (kept > 0 && found[i].x <= spans[kept - 1].end)
            spans[kept - 1].end = most(spans[kept - 1].end, found[i].end);
        else
            spans[kept++] = found[i];
    }
    return kept;
}

unsigned ib_region_row(const struct ib_region *self, int32_t y,
                       struct ib_region_span spans[IB_REGION_SPANS]) {
    IB_ASSERT(self->shape != IB_SHAPE_LINE);
    struct ib_rect bounds = ib_region_bounds(self);
    if (y < bounds.y || y >= bounds.y + bounds.h)
        return 0;
    if (self->shape == IB_SHAPE_POLYGON)
        return polygon_row(self, y, spans);
    spans[0] = (struct ib_region_span){bounds.x, bounds.x + bounds.w};
    if (self->shape == IB_SHAPE_ELLIPSE) {
        int64_t dy = y - self->points[0].y, rx = self->w, ry = self->h;
        int32_t dx = (int32_t)root(rx * rx * (ry * ry - dy * dy) / (ry * ry));
        spans[0] = (struct ib_region_span){self->points[0].x - dx, self->points[0].x + dx + 1};
    }
    return 1;
}

static int32_t distance(int32_t a, int32_t b) {
    return a < b ? b - a : a - b;
}

void ib_region_walk_begin(struct ib_region_walk *self, const struct ib_region *line) {
    IB_ASSERT(line->shape == IB_SHAPE_LINE);
    self->at = line->points[0];
    self->end = line->points[1];
    self->dx = distance(self->at.x, self->end.x);
    self->dy = distance(self->at.y, self->end.y);
    self->error = self->dx - self->dy;
}

bool ib_region_walk_next(struct ib_region_walk *self) {
    if (self->at.x == self->end.x && self->at.y == self->end.y)
        return false;
    int32_t twice = 2 * self->error;
    if (twice > -self->dy) {
        self->error -= self->dy;
        self->at.x = (int16_t)(self->at.x + (self->at.x < self->end.x ? 1 : -1));
    }
    if (twice < self->dx) {
        self->error += self->dx;
        self->at.y = (int16_t)(self->at.y + (self->at.y < self->end.y ? 1 : -1));
    }
    return true;
}
