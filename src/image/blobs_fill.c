/// One blob: a fill over runs of bits, and what it adds up. See blobs.h.
#include "core/real.h"
#include "image/angle.h"
#include "image/blobs_private.h"

#define FAR 3.0e38f
#define COS18 0.95105652f
#define COS36 0.80901699f
#define COS54 0.58778525f
#define COS72 0.30901699f

/// The cosines of 0, 18, 36 … degrees, parted by their sign, and the sines. Where a cosine is 0 the
/// column does not matter.
static const float cos_above[IB_BLOB_SUPPORTS] = {
    1, COS18, COS36, COS54, COS72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, COS72, COS54, COS36, COS18};
static const float cos_below[IB_BLOB_SUPPORTS] = {
    0, 0, 0, 0, 0, 0, -COS72, -COS54, -COS36, -COS18, -1, -COS18, -COS36, -COS54, -COS72};
static const float sines[IB_BLOB_SUPPORTS] = {0,      COS72, COS54,  COS36,  COS18,  1,      COS18,
                                              COS36,  COS54, COS72,  0,      -COS72, -COS54, -COS36,
                                              -COS18, -1,    -COS18, -COS36, -COS54, -COS72};

float ib_blob_reach(int i, struct ib_point point) {
    return (float)point.x * (cos_above[i] + cos_below[i]) + (float)point.y * sines[i];
}

static uint32_t ones(uint32_t word) {
    word -= word >> 1 & 0x55555555u;
    word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
    word = (word + (word >> 4)) & 0x0F0F0F0Fu;
    return word * 0x01010101u >> 24;
}

/// The bits of word `word` that lie in l .. r.
static inline uint32_t part(int32_t word, int32_t l, int32_t r) {
    uint32_t mask = ~UINT32_C(0);
    if (word == l >> 5)
        mask &= ~UINT32_C(0) << (l & 31);
    if (word == r >> 5)
        mask &= ~UINT32_C(0) >> (31 - (r & 31));
    return mask;
}

/// How many of l .. r are not set.
static uint32_t clear_bits(const uint32_t *row, int32_t l, int32_t r) {
    uint32_t count = 0;
    if (l > r)
        return 0;
    for (int32_t word = l >> 5; word <= r >> 5; word++)
        count += ones(~row[word] & part(word, l, r));
    return count;
}

/// The first column of the run of set bits that `x` is in.
static int32_t run_first(const uint32_t *row, int32_t x) {
    int32_t word = x >> 5;
    uint32_t gaps = ~row[word] & ((UINT32_C(1) << (x & 31)) - 1);
    while (!gaps) {
        if (word == 0)
            return 0;
        gaps = ~row[--word];
    }
    return word * 32 + 32 - __builtin_clz(gaps);
}

/// The last one. Bits beyond the width are not set.
static int32_t run_last(const uint32_t *row, int32_t x, int32_t width) {
    int32_t word = x >> 5;
    uint32_t gaps = ~row[word] & ~UINT32_C(0) << (x & 31);
    while (!gaps) {
        if (++word * 32 >= width)
            return width - 1;
        gaps = ~row[word];
    }
    int32_t last = word * 32 + __builtin_ctz(gaps) - 1;
    return last < width ? last : width - 1;
}

/// Points as far out as the farthest are averaged, farther ones replace them.
static void add_supports(struct ib_blob_fill *self, uint32_t l, uint32_t r, uint32_t y) {
    const float fl = (float)l, fr = (float)r, fy = (float)y;
    float reach[IB_BLOB_SUPPORTS];
    int near = 0;
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++)
        reach[i] = (fl * cos_above[i] + fr * cos_below[i]) + fy * sines[i];
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++)
        near |= reach[i] <= self->nearest[i];
    if (!near)
        return;
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++) {
        if (reach[i] > self->nearest[i])
            continue;
        uint32_t x = cos_above[i] > 0 ? l : cos_below[i] < 0 ? r : (l + r) / 2;
        if (reach[i] < self->nearest[i]) {
            self->nearest[i] = reach[i];
            self->support[i].x = self->support[i].y = self->support[i].count = 0;
        }
        self->support[i].x += x;
        self->support[i].y += y;
        self->support[i].count++;
    }
}

/// Close the run and add it up.
static void enter(struct ib_blob_fill *self, int32_t l, int32_t r, int32_t y) {
    uint32_t *open = self->open + y * self->words;
    for (int32_t word = l >> 5; word <= r >> 5; word++)
        open[word] &= ~part(word, l, r);
    const uint32_t left = (uint32_t)(self->roi.x + l), right = (uint32_t)(self->roi.x + r);
    const uint32_t down = (uint32_t)(self->roi.y + y);
    uint64_t first = left, row = down, n = right - left + 1, steps = n * (n - 1) / 2;
    uint64_t x = n * first + steps;
    self->pixels += (uint32_t)n;
    self->x += x;
    self->y += n * row;
    self->xx += first * (n * first + 2 * steps) + steps * (2 * n - 1) / 3;
    self->xy += x * row;
    self->yy += n * row * row;
    self->perimeter += 2;
    add_supports(self, left, right, down);
    if (self->columns) {
        self->columns[l]++;
        self->columns[r + 1]--; // differences: they wrap, their sums do not
    }
    if (self->rows)
        self->rows[y] += (uint32_t)n;
}

/// What the row next to a run adds to the perimeter: the pixels that nobody wants, both ends aside.
static uint32_t edge(const struct ib_blob_fill *self, int32_t l, int32_t r, int32_t y) {
    if (y < 0 || y >= self->roi.h)
        return (uint32_t)(r - l + 1);
    return clear_bits(self->busy + y * self->words, l + 1, r - 1);
}

/// The next open pixel beside a run, above it first. Return: its row, or -1.
static int32_t look(const struct ib_blob_fill *self, struct ib_blob_pause *run) {
    int32_t end = run->r + 1, y = run->y;
    if (!(run->at & IB_BLOB_BELOW)) {
        int32_t at = y > 0 ? ib_bits_next(self->open + (y - 1) * self->words, run->at, end) : end;
        if (at < end) {
            run->at = (uint16_t)at;
            return y - 1;
        }
        run->at = (uint16_t)(run->l | IB_BLOB_BELOW);
    }
    if (y + 1 >= self->roi.h)
        return -1;
    int32_t at =
        ib_bits_next(self->open + (y + 1) * self->words, (int32_t)(run->at & ~IB_BLOB_BELOW), end);
    run->at = (uint16_t)((uint32_t)at | IB_BLOB_BELOW);
    return at < end ? y + 1 : -1;
}

static void begin(struct ib_blob_fill *self) {
    self->pixels = self->perimeter = 0;
    self->x = self->y = self->xx = self->xy = self->yy = 0;
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++)
        self->nearest[i] = FAR;
}

/// Enter the run of an open pixel. Return: where to look for its neighbours; `at` is past its end
/// below it when nobody may look.
static struct ib_blob_pause enter_at(struct ib_blob_fill *self, int32_t x, int32_t y,
                                     size_t depth) {
    const uint32_t *open = self->open + y * self->words;
    int32_t l = run_first(open, x), r = run_last(open, x, self->roi.w);
    struct ib_blob_pause run = {(uint16_t)l, (uint16_t)r, (uint16_t)y, (uint16_t)l};
    enter(self, l, r, y);
    if (depth < self->stack_room) {
        self->perimeter += edge(self, l, r, y - 1) + edge(self, l, r, y + 1);
    } else {
        self->perimeter += 2 * (uint32_t)(r - l + 1);
        run.at = (uint16_t)((uint32_t)(r + 1) | IB_BLOB_BELOW);
    }
    return run;
}

void ib_blob_fill(struct ib_blob_fill *self, int32_t x, int32_t y) {
    size_t depth = 0;
    begin(self);
    struct ib_blob_pause run = enter_at(self, x, y, depth);
    for (;;) {
        int32_t next = look(self, &run);
        if (next >= 0) {
            self->stack[depth++] = run;
            run = enter_at(self, (int32_t)(run.at & ~IB_BLOB_BELOW), next, depth);
        } else if (depth > 0) {
            run = self->stack[--depth];
        } else {
            return;
        }
    }
}

struct ib_rect ib_blob_fill_supports(const struct ib_blob_fill *self,
                                     struct ib_point supports[IB_BLOB_SUPPORTS]) {
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++) {
        supports[i].x = (int32_t)(self->support[i].x / self->support[i].count);
        supports[i].y = (int32_t)(self->support[i].y / self->support[i].count);
    }
    return (struct ib_rect){supports[0].x, supports[5].y, supports[10].x - supports[0].x + 1,
                            supports[15].y - supports[5].y + 1};
}

static float quotient(float a, float b) {
    return b != 0.0f ? a / b : 0.0f;
}

static float roundness_of(float a, float b, float c) {
    float length = (float)ib_sqrt((double)(b * b + (a - c) * (a - c)));
    float along = (a - c) / 2 * quotient(a - c, length), across = b / 2 * quotient(b, length);
    float middle = (a + c) / 2;
    const float four[4] = {middle + along + across, middle + along - across,
                           middle - along + across, middle - along - across};
    float least = four[0], most = four[0];
    for (int i = 1; i < 4; i++) {
        least = four[i] < least ? four[i] : least;
        most = four[i] > most ? four[i] : most;
    }
    return quotient(least, most);
}

void ib_blob_fill_shape(const struct ib_blob_fill *self, struct ib_blob *out) {
    int64_t n = self->pixels, sx = (int64_t)self->x, sy = (int64_t)self->y;
    out->pixels = self->pixels;
    out->perimeter = self->perimeter;
    out->count = 1;
    out->cx = (float)sx / (float)n;
    out->cy = (float)sy / (float)n;
    int64_t mx = ib_round_even(out->cx), my = ib_round_even(out->cy);
    float a = (float)((int64_t)self->xx - 2 * mx * sx + n * mx * mx);
    float b = (float)((int64_t)self->xy - mx * sy - my * sx + n * mx * my);
    float c = (float)((int64_t)self->yy - 2 * my * sy + n * my * my);
    out->rotation = a != c ? ib_angle_atan2(2 * b, a - c) / 2 : 0.0f;
    out->roundness = roundness_of(a, b, c);
}
