/// The slow way to find blobs. See support_blobs.h.
#include "tests/image/support_blobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/color.h"
#include "image/lab.h"

struct search {
    const struct ib_image *image;
    const struct ib_blobs_wish *wish;
    struct ib_rect roi;
    int depth;
    bool claimed[SLOW_SIDE][SLOW_SIDE];
    const struct ib_threshold *threshold;
    // Of the present blob:
    struct slow_blob *blob;
    long long x, y, xx, xy, yy;
    float best[IB_BLOB_SUPPORTS];
    int sum_x[IB_BLOB_SUPPORTS], sum_y[IB_BLOB_SUPPORTS], ties[IB_BLOB_SUPPORTS];
    bool mine[SLOW_SIDE][SLOW_SIDE];
};

static bool matches(const struct search *self, int x, int y) {
    const uint8_t *row = ib_image_row(self->image, y);
    int v[3] = {0, 0, 0}, channels = 1;
    if (self->image->format == IB_PIXELS_RGB565) {
        struct ib_lab lab = ib_lab_of_rgb565(((const uint16_t *)(const void *)row)[x]);
        v[0] = lab.l;
        v[1] = lab.a;
        v[2] = lab.b;
        channels = 3;
    } else if (self->image->format == IB_PIXELS_GREY) {
        v[0] = row[x];
    } else {
        v[0] = ib_bit_get((const uint32_t *)(const void *)row, x);
    }
    bool yes = true;
    for (int i = 0; i < channels; i++)
        yes = yes && v[i] >= self->threshold->low[i] && v[i] <= self->threshold->high[i];
    return yes != self->wish->invert;
}

static void support(struct search *self, int i, int l, int r, int y) {
    double angle = i * 18 * 3.14159265358979323846 / 180;
    float c = i % 10 == 5 ? 0 : (float)cos(angle), s = i % 10 == 0 ? 0 : (float)sin(angle);
    int x = c > 0 ? l : c < 0 ? r : (l + r) / 2;
    float along = (float)x * c, down = (float)y * s, z = along + down;
    if (self->ties[i] == 0 || z < self->best[i]) {
        self->best[i] = z;
        self->sum_x[i] = self->sum_y[i] = self->ties[i] = 0;
    } else if (z > self->best[i]) {
        return;
    }
    self->sum_x[i] += x;
    self->sum_y[i] += y;
    self->ties[i]++;
}

static void visit(struct search *self, int x, int y, int depth);

static void beside(struct search *self, int l, int r, int y, int depth) {
    if (y < self->roi.y || y >= self->roi.y + self->roi.h) {
        self->blob->perimeter += r - l + 1;
        return;
    }
    for (int x = l; x <= r; x++) {
        if (self->claimed[y][x])
            continue;
        if (matches(self, x, y))
            visit(self, x, y, depth + 1);
        else if (x != l && x != r)
            self->blob->perimeter++;
    }
}

static void visit(struct search *self, int x, int y, int depth) {
    int l = x, r = x;
    while (l > self->roi.x && !self->claimed[y][l - 1] && matches(self, l - 1, y))
        l--;
    while (r + 1 < self->roi.x + self->roi.w && !self->claimed[y][r + 1] && matches(self, r + 1, y))
        r++;
    for (int at = l; at <= r; at++) {
        self->claimed[y][at] = self->mine[y][at] = true;
        self->blob->pixels++;
        self->x += at;
        self->y += y;
        self->xx += at * at;
        self->xy += at * y;
        self->yy += y * y;
    }
    self->blob->perimeter += 2;
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++)
        support(self, i, l, r, y);
    if (depth >= self->depth) {
        self->blob->perimeter += 2 * (r - l + 1);
        return;
    }
    beside(self, l, r, y - 1, depth);
    beside(self, l, r, y + 1, depth);
}

static void shape(struct search *self) {
    struct slow_blob *blob = self->blob;
    double n = blob->pixels;
    blob->cx = (double)self->x / n;
    blob->cy = (double)self->y / n;
    double mx = nearbyint((float)blob->cx), my = nearbyint((float)blob->cy);
    double sx = (double)self->x, sy = (double)self->y;
    double a = (double)self->xx - 2 * mx * sx + n * mx * mx;
    double b = (double)self->xy - mx * sy - my * sx + n * mx * my;
    double c = (double)self->yy - 2 * my * sy + n * my * my;
    double turn = atan2(2 * b, a - c);
    // On the y axis the quick arc tangent says minus pi, or pi.
    if (a != c)
        blob->rotation = (turn < 0 ? turn + 2 * 3.14159265358979323846 : turn) / 2;
    double length = sqrt(b * b + (a - c) * (a - c));
    double sine = length > 0 ? b / length : 0, cosine = length > 0 ? (a - c) / length : 0;
    double p = (a - c) / 2 * cosine, q = b / 2 * sine, m = (a + c) / 2;
    double least = fmin(fmin(m + p + q, m + p - q), fmin(m - p + q, m - p - q));
    double most = fmax(fmax(m + p + q, m + p - q), fmax(m - p + q, m - p - q));
    blob->roundness = most != 0 ? least / most : 0;
    for (int y = 0; y < blob->rect.h; y++) {
        for (int x = 0; x < blob->rect.w; x++) {
            bool in = self->mine[blob->rect.y + y][blob->rect.x + x];
            blob->columns[x] += in;
            blob->rows[y] += in;
        }
    }
}

/// Return: whether the blob is large enough.
static bool seed(struct search *self, struct slow_blob *blob, int x, int y, uint32_t code) {
    memset(blob, 0, sizeof *blob);
    memset(self->mine, 0, sizeof self->mine);
    memset(self->ties, 0, sizeof self->ties);
    self->x = self->y = self->xx = self->xy = self->yy = 0;
    self->blob = blob;
    blob->code = code;
    visit(self, x, y, 0);
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++) {
        blob->supports[i].x = self->sum_x[i] / self->ties[i];
        blob->supports[i].y = self->sum_y[i] / self->ties[i];
    }
    blob->rect.x = blob->supports[0].x;
    blob->rect.y = blob->supports[5].y;
    blob->rect.w = blob->supports[10].x - blob->rect.x + 1;
    blob->rect.h = blob->supports[15].y - blob->rect.y + 1;
    shape(self);
    return (uint32_t)(blob->rect.w * blob->rect.h) >= self->wish->area_threshold &&
           (uint32_t)blob->pixels >= self->wish->pixels_threshold;
}

int slow_blobs(struct slow_blob *out, const struct ib_image *image,
               const struct ib_blobs_wish *wish, int depth) {
    struct search *self = calloc(1, sizeof *self);
    int count = 0;
    self->image = image;
    self->wish = wish;
    self->roi = ib_rect_clip(wish->roi, image->width_px, image->height_px);
    self->depth = depth;
    for (uint32_t k = 0; k < wish->thresholds_count; k++) {
        self->threshold = &wish->thresholds[k];
        for (int y = self->roi.y; y < self->roi.y + self->roi.h; y += wish->y_stride) {
            for (int x = self->roi.x + y % wish->x_stride; x < self->roi.x + self->roi.w;
                 x += wish->x_stride) {
                if (!self->claimed[y][x] && matches(self, x, y))
                    count += seed(self, &out[count], x, y, 1u << k);
            }
        }
    }
    free(self);
    return count;
}
