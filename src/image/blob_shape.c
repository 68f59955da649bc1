/// Numbers and corners of blobs. See blob_shape.h.
#include "image/blob_shape.h"

#include "core/real.h"
#include "image/angle.h"

static float root(float x) {
    return (float)ib_sqrt((double)x);
}

int32_t ib_blob_cx(const struct ib_blob *self) {
    return ib_round_even(self->cx);
}

int32_t ib_blob_cy(const struct ib_blob *self) {
    return ib_round_even(self->cy);
}

uint32_t ib_blob_area(const struct ib_blob *self) {
    return (uint32_t)self->rect.w * (uint32_t)self->rect.h;
}

float ib_blob_elongation(const struct ib_blob *self) {
    return 1.0f - self->roundness;
}

float ib_blob_density(const struct ib_blob *self) {
    return (float)self->pixels / (float)ib_blob_area(self);
}

float ib_blob_compactness(const struct ib_blob *self) {
    float perimeter = (float)self->perimeter;
    return 4 * IB_PI_F * (float)self->pixels / (perimeter * perimeter);
}

void ib_blob_corners(const struct ib_blob *self, struct ib_point out[4]) {
    for (int i = 0; i < 4; i++)
        out[i] = self->supports[i * IB_BLOB_SUPPORTS / 4];
}

/// A rectangle in turned coordinates: u along (c, s), v across.
struct turned {
    float c, s, u[2], v[2];
};

static struct turned around(const struct ib_point *points, float c, float s) {
    struct turned self = {c, s, {0, 0}, {0, 0}};
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++) {
        float x = (float)points[i].x, y = (float)points[i].y;
        float u = x * c + y * s, v = y * c - x * s;
        self.u[0] = i == 0 || u < self.u[0] ? u : self.u[0];
        self.u[1] = i == 0 || u > self.u[1] ? u : self.u[1];
        self.v[0] = i == 0 || v < self.v[0] ? v : self.v[0];
        self.v[1] = i == 0 || v > self.v[1] ? v : self.v[1];
    }
    return self;
}

static struct ib_point turn_back(const struct turned *self, float u, float v) {
    return (struct ib_point){ib_round_even(u * self->c - v * self->s),
                             ib_round_even(u * self->s + v * self->c)};
}

void ib_blob_min_corners(const struct ib_blob *self, struct ib_point out[4]) {
    const struct ib_point *points = self->supports;
    struct turned best = around(points, 1, 0);
    float least = -1; // none yet: a side must lie along an edge of the polygon
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++) {
        struct ib_point from = points[i], to = points[(i + 1) % IB_BLOB_SUPPORTS];
        float dx = (float)(to.x - from.x), dy = (float)(to.y - from.y);
        float length = root(dx * dx + dy * dy);
        if (length <= 0.0f)
            continue;
        struct turned box = around(points, dx / length, dy / length);
        float area = (box.u[1] - box.u[0]) * (box.v[1] - box.v[0]);
        if (least < 0.0f || area < least) {
            least = area;
            best = box;
        }
    }
    out[0] = turn_back(&best, best.u[0], best.v[0]);
    out[1] = turn_back(&best, best.u[1], best.v[0]);
    out[2] = turn_back(&best, best.u[1], best.v[1]);
    out[3] = turn_back(&best, best.u[0], best.v[1]);
}

static float distance(struct ib_point a, struct ib_point b) {
    float dx = (float)(a.x - b.x), dy = (float)(a.y - b.y);
    return root(dx * dx + dy * dy);
}

float ib_blob_solidity(const struct ib_point corners[4], uint32_t pixels) {
    int64_t twice = 0;
    for (int i = 0; i < 4; i++) {
        struct ib_point a = corners[i], b = corners[(i + 1) % 4];
        twice += (int64_t)a.x * b.y - (int64_t)a.y * b.x;
    }
    float area = (float)(twice < 0 ? -twice : twice) / 2;
    return (float)pixels < area ? (float)pixels / area : 1.0f;
}

float ib_blob_convexity(const struct ib_point corners[4], uint32_t perimeter) {
    float around_px = 0.0f;
    for (int i = 0; i < 4; i++)
        around_px += distance(corners[i], corners[(i + 1) % 4]);
    return around_px < (float)perimeter ? around_px / (float)perimeter : 1.0f;
}

static struct ib_point middle(struct ib_point a, struct ib_point b) {
    return (struct ib_point){(a.x + b.x) / 2, (a.y + b.y) / 2};
}

/// Both axes, the longer one first.
static void axes(const struct ib_point corners[4], struct ib_segment out[2]) {
    struct ib_segment one = {middle(corners[0], corners[1]), middle(corners[2], corners[3])};
    struct ib_segment two = {middle(corners[1], corners[2]), middle(corners[3], corners[0])};
    bool in_order = distance(one.from, one.to) >= distance(two.from, two.to);
    out[0] = in_order ? one : two;
    out[1] = in_order ? two : one;
}

struct ib_segment ib_blob_major_axis(const struct ib_point corners[4]) {
    struct ib_segment both[2];
    axes(corners, both);
    return both[0];
}

struct ib_segment ib_blob_minor_axis(const struct ib_point corners[4]) {
    struct ib_segment both[2];
    axes(corners, both);
    return both[1];
}

static struct ib_point centre_of(const struct ib_point corners[4]) {
    struct ib_point sum = {0, 0};
    for (int i = 0; i < 4; i++) {
        sum.x += corners[i].x;
        sum.y += corners[i].y;
    }
    return (struct ib_point){sum.x / 4, sum.y / 4};
}

struct ib_circle ib_blob_enclosing_circle(const struct ib_point corners[4]) {
    struct ib_point centre = centre_of(corners);
    float farthest = 0.0f;
    for (int i = 0; i < 4; i++) {
        float away = distance(centre, corners[i]);
        farthest = away > farthest ? away : farthest;
    }
    return (struct ib_circle){centre, ib_round_even(farthest)};
}

struct ib_blob_ellipse ib_blob_enclosed_ellipse(const struct ib_point corners[4]) {
    struct ib_segment both[2];
    axes(corners, both);
    float dx = (float)(both[0].to.x - both[0].from.x), dy = (float)(both[0].to.y - both[0].from.y);
    float angle = dx == 0.0f ? (dy != 0.0f ? IB_PI_F / 2 : 0.0f) : ib_angle_atan2(dy, dx);
    int32_t degrees = ib_round_even(angle * (180 / IB_PI_F)) % 180;
    return (struct ib_blob_ellipse){centre_of(corners),
                                    (int32_t)(distance(both[0].from, both[0].to) / 2),
                                    (int32_t)(distance(both[1].from, both[1].to) / 2), degrees};
}
