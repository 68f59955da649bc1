/// Blobs that overlap become one. See blobs.h.
#include "core/check.h"
#include "core/real.h"
#include "core/status.h"
#include "image/angle.h"
#include "image/blobs_private.h"

/// Does b, grown by the margin on all sides, share pixels with a?
static bool overlap(struct ib_rect a, struct ib_rect b, int32_t margin) {
    int64_t x = (int64_t)b.x - margin, y = (int64_t)b.y - margin;
    int64_t w = b.w + 2 * (int64_t)margin, h = b.h + 2 * (int64_t)margin;
    return a.x < x + w && x < (int64_t)a.x + a.w && a.y < y + h && y < (int64_t)a.y + a.h;
}

static struct ib_rect rect_around(struct ib_rect a, struct ib_rect b) {
    int32_t x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
    int32_t right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    int32_t bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (struct ib_rect){x, y, right - x, bottom - y};
}

/// Bins over `from` .. from + size - 1 go to those over `to` .. to + wide - 1.
static void pour(uint32_t *out, uint32_t count, int32_t to, int32_t wide, const uint32_t *bins,
                 uint32_t old, int32_t from, int32_t size) {
    IB_ASSERT(wide > 0);
    for (uint32_t i = 0; i < old; i++) {
        uint32_t at = (uint32_t)(from - to) + (uint32_t)((uint64_t)i * (uint32_t)size / old);
        out[(uint64_t)at * count / (uint32_t)wide] += bins[i];
    }
}

/// Make the bins of both into new ones over `to` .. to + wide - 1.
static int join_bins(const struct ib_blobs_wish *wish, struct ib_blob_list *list,
                     struct ib_blob_bins *a, const struct ib_blob_bins *b, uint32_t most,
                     const int32_t from[2], const int32_t size[2], int32_t to, int32_t wide) {
    uint32_t count = (uint32_t)wide < most ? (uint32_t)wide : most;
    int status = ib_blob_bins_room(wish, list, count);
    if (status < 0)
        return status;
    uint32_t *out = list->bins + list->bins_count;
    for (uint32_t i = 0; i < count; i++)
        out[i] = 0;
    pour(out, count, to, wide, list->bins + a->first, a->count, from[0], size[0]);
    pour(out, count, to, wide, list->bins + b->first, b->count, from[1], size[1]);
    *a = (struct ib_blob_bins){list->bins_count, count};
    list->bins_count += count;
    return IB_OK;
}

static float mean_of(float a, float b, const struct ib_blob *one, const struct ib_blob *two) {
    float n = (float)one->pixels, m = (float)two->pixels;
    return (a * n + b * m) / (n + m);
}

static float direction(const struct ib_blob *a, const struct ib_blob *b) {
    float n = (float)a->pixels, m = (float)b->pixels;
    float y = n * (float)ib_sin((double)a->rotation) + m * (float)ib_sin((double)b->rotation);
    float x = n * (float)ib_cos((double)a->rotation) + m * (float)ib_cos((double)b->rotation);
    return x == 0.0f && y > 0.0f ? IB_PI_F / 2 : ib_angle_atan2(y, x);
}

/// `a` becomes both.
static void join(struct ib_blob *a, const struct ib_blob *b) {
    for (int i = 0; i < IB_BLOB_SUPPORTS; i++) {
        if (ib_blob_reach(i, b->supports[i]) < ib_blob_reach(i, a->supports[i]))
            a->supports[i] = b->supports[i];
    }
    a->rect = rect_around(a->rect, b->rect);
    a->cx = mean_of(a->cx, b->cx, a, b);
    a->cy = mean_of(a->cy, b->cy, a, b);
    a->rotation = direction(a, b);
    a->roundness = mean_of(a->roundness, b->roundness, a, b);
    a->pixels += b->pixels;
    a->perimeter += b->perimeter;
    a->code |= b->code;
    a->count += b->count;
}

static int join_all(struct ib_blob_list *list, const struct ib_blobs_wish *wish, uint32_t i,
                    uint32_t j) {
    struct ib_blob *a = &list->items[i], *b = &list->items[j];
    struct ib_rect around = rect_around(a->rect, b->rect);
    const int32_t x[2] = {a->rect.x, b->rect.x}, w[2] = {a->rect.w, b->rect.w};
    const int32_t y[2] = {a->rect.y, b->rect.y}, h[2] = {a->rect.h, b->rect.h};
    struct ib_blob_bins across = a->x_bins, down = a->y_bins;
    int status = IB_OK;
    if (wish->x_bins_max)
        status =
            join_bins(wish, list, &across, &b->x_bins, wish->x_bins_max, x, w, around.x, around.w);
    b = &list->items[j];
    if (status >= 0 && wish->y_bins_max)
        status =
            join_bins(wish, list, &down, &b->y_bins, wish->y_bins_max, y, h, around.y, around.h);
    if (status < 0)
        return status;
    a = &list->items[i];
    join(a, &list->items[j]);
    a->x_bins = across;
    a->y_bins = down;
    return IB_OK;
}

/// Blob i takes in every later one that it may. Return: how many it took, or an error.
static int take_in(struct ib_blob_list *list, const struct ib_blobs_wish *wish, uint32_t i) {
    uint32_t kept = i + 1;
    for (uint32_t j = i + 1; j < list->count; j++) {
        int yes = overlap(list->items[i].rect, list->items[j].rect, wish->margin);
        if (yes && wish->join)
            yes = wish->join(wish->context, &list->items[i], &list->items[j], list);
        if (yes > 0) {
            int status = join_all(list, wish, i, j);
            yes = status < 0 ? status : yes;
        } else if (yes == 0) {
            list->items[kept++] = list->items[j];
        }
        if (yes < 0)
            return yes;
    }
    int taken = (int)(list->count - kept);
    list->count = kept;
    return taken;
}

int ib_blobs_merge(struct ib_blob_list *list, const struct ib_blobs_wish *wish) {
    bool again = true;
    while (again) {
        again = false;
        for (uint32_t i = 0; i < list->count; i++) {
            int taken = take_in(list, wish, i);
            if (taken < 0)
                return taken;
            again = again || taken > 0;
        }
    }
    return (int)list->count;
}
