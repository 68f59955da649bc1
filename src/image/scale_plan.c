/// Where a scaled picture lands. See scale.h.
///
/// The factors are single precision because the camera's are: another rounding would move pixels.
#include <float.h>

#include "core/status.h"
#include "image/scale.h"

#define ONE 65536                // 1 in 16.16 fixed point
#define LARGEST_PX 1073741824.0f // of a scaled picture

static int32_t floor_of(float x) {
    int32_t whole = (int32_t)x;
    return (float)whole > x ? whole - 1 : whole;
}

/// One axis of the destination: what is seen of `size` pixels placed at `at`.
struct seen {
    int32_t from, count,
        before; ///< `before`: pixels of the scaled picture that precede what is seen
};

static struct seen seen_of(int64_t at, int32_t size, int32_t dst_size, bool mirrored) {
    int64_t from = at < 0 ? 0 : at;
    int64_t to = at + size < dst_size ? at + size : dst_size;
    if (to <= from)
        return (struct seen){0, 0, 0};
    // Mirrored, what is cut off at one side is missing at the other side of the source.
    int64_t before = mirrored ? at + size - to : from - at;
    return (struct seen){(int32_t)from, (int32_t)(to - from), (int32_t)before};
}

static void place_axis(struct ib_scale_axis *axis, const struct seen *seen, float scale,
                       int32_t roi_at, int32_t roi_size, int32_t size) {
    int64_t before = (int64_t)seen->before + floor_of((float)roi_at * scale);
    axis->step = floor_of((float)ONE / scale);
    axis->start = floor_of((float)(before * ONE) / scale);
    axis->count = seen->count;
    axis->low = roi_at;
    axis->high = roi_at + roi_size - 1;
    axis->size = size;
}

static enum ib_scale_method method_of(const struct ib_scale_plan *self, uint32_t hints, float xs,
                                      float ys, const struct ib_rect *roi) {
    if (self->x.step == ONE && self->y.step == ONE)
        return IB_SCALE_NEAREST;
    if (hints & IB_HINT_AREA)
        return xs >= 1 && ys >= 1 ? IB_SCALE_NEAREST : IB_SCALE_AREA;
    if (!(hints & (IB_HINT_BICUBIC | IB_HINT_BILINEAR)) || roi->w <= 1 || roi->h <= 1)
        return IB_SCALE_NEAREST;
    return hints & IB_HINT_BICUBIC && roi->w > 3 && roi->h > 3 ? IB_SCALE_CUBIC : IB_SCALE_LINEAR;
}

static bool is_size(int32_t px) {
    return px >= 1 && px <= IB_IMAGE_MAX_PX;
}

static bool is_finite(float x) {
    return x >= -FLT_MAX && x <= FLT_MAX;
}

/// The factors that make the roi keep, cover or fill the destination.
static void fit(float *xs, float *ys, uint32_t hints, int32_t dst_w, int32_t dst_h,
                const struct ib_rect *roi) {
    bool turned = hints & IB_HINT_TRANSPOSE;
    float fit_x = (float)(turned ? dst_h : dst_w) / (float)roi->w;
    float fit_y = (float)(turned ? dst_w : dst_h) / (float)roi->h;
    if (!(hints & IB_HINT_ASPECT_IGNORE)) {
        bool narrow = fit_x < fit_y;
        bool keep = hints & IB_HINT_ASPECT_KEEP;
        fit_x = fit_y = narrow == keep ? fit_x : fit_y;
    }
    *xs *= fit_x;
    *ys *= fit_y;
}

/// Round down, to an even number of halves: half of what is left over.
static int64_t half_of(int64_t rest) {
    return rest >= 0 ? rest / 2 : -((1 - rest) / 2);
}

int ib_scale_plan(struct ib_scale_plan *self, const struct ib_scale *scale, int32_t dst_w,
                  int32_t dst_h, int32_t src_w, int32_t src_h) {
    struct ib_rect roi = scale->roi;
    float xs = scale->x_scale, ys = scale->y_scale;
    uint32_t hints = scale->hints;
    if (!is_size(dst_w) || !is_size(dst_h) || !is_size(src_w) || !is_size(src_h) || roi.w < 0 ||
        roi.h < 0 || !is_finite(xs) || !is_finite(ys))
        return IB_E_INVAL;
    if (roi.x == 0 && roi.y == 0 && roi.w == 0 && roi.h == 0)
        roi = (struct ib_rect){0, 0, src_w, src_h};
    roi = ib_rect_clip(roi, src_w, src_h);
    if (roi.w == 0)
        return IB_E_RANGE;
    self->x.mirrored = (xs < 0) != ((hints & IB_HINT_HMIRROR) != 0);
    self->y.mirrored = (ys < 0) != ((hints & IB_HINT_VFLIP) != 0);
    self->transposed = hints & IB_HINT_TRANSPOSE;
    xs = xs < 0 ? -xs : xs;
    ys = ys < 0 ? -ys : ys;
    if (hints & (IB_HINT_ASPECT_KEEP | IB_HINT_ASPECT_EXPAND | IB_HINT_ASPECT_IGNORE))
        fit(&xs, &ys, hints, dst_w, dst_h, &roi);
    float wide = xs * (float)roi.w, high = ys * (float)roi.h;
    if (wide < 1 || high < 1)
        return 0;
    // The factors too: a roi far to the right must stay within what 32 bits count.
    if (wide > LARGEST_PX || high > LARGEST_PX || xs > LARGEST_PX / IB_IMAGE_MAX_PX ||
        ys > LARGEST_PX / IB_IMAGE_MAX_PX)
        return IB_E_RANGE;
    int32_t w = floor_of(wide), h = floor_of(high);
    int32_t w_there = self->transposed ? h : w, h_there = self->transposed ? w : h;
    int64_t x = scale->x, y = scale->y;
    if (hints & IB_HINT_CENTER) {
        x += half_of((int64_t)dst_w - w_there);
        y += half_of((int64_t)dst_h - h_there);
    }
    // Transposed, the source's rows run down the destination.
    bool mirrored_x = self->transposed ? self->y.mirrored : self->x.mirrored;
    bool mirrored_y = self->transposed ? self->x.mirrored : self->y.mirrored;
    struct seen across = seen_of(x, w_there, dst_w, mirrored_x);
    struct seen down = seen_of(y, h_there, dst_h, mirrored_y);
    if (across.count == 0 || down.count == 0)
        return 0;
    self->scaled_w = w_there;
    self->scaled_h = h_there;
    self->at = (struct ib_rect){across.from, down.from, across.count, down.count};
    place_axis(&self->x, self->transposed ? &down : &across, xs, roi.x, roi.w, src_w);
    place_axis(&self->y, self->transposed ? &across : &down, ys, roi.y, roi.h, src_h);
    self->method = method_of(self, hints, xs, ys, &roi);
    return 1;
}
