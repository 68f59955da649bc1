/// The slow way to draw. See support_reference.h.
#include "tests/image/support_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// A pixel with its channels apart: one for greys, three for colours.
struct value {
    enum ib_pixels format; ///< never BINARY: bits are 0 and 255
    long c[3];
};

static int channels_of(enum ib_pixels format) {
    return format == IB_PIXELS_RGB565 || format == IB_PIXELS_RGB888 ? 3 : 1;
}

static struct value unpack565(unsigned pixel) {
    return (struct value){IB_PIXELS_RGB565, {pixel / 2048, pixel / 32 % 64, pixel % 32}};
}

static struct value get(const struct ib_image *image, int x, int y) {
    const uint8_t *row = (const uint8_t *)image->pixels + (size_t)y * image->stride_bytes;
    uint32_t word;
    uint16_t wide;
    switch (image->format) {
    case IB_PIXELS_BINARY:
        memcpy(&word, row + x / 32 * 4, 4);
        return (struct value){IB_PIXELS_GREY, {word >> x % 32 & 1 ? 255 : 0}};
    case IB_PIXELS_GREY:
        return (struct value){IB_PIXELS_GREY, {row[x]}};
    case IB_PIXELS_RGB565:
        memcpy(&wide, row + 2 * x, 2);
        return unpack565(wide);
    case IB_PIXELS_RGB888:
        return (struct value){IB_PIXELS_RGB888, {row[3 * x], row[3 * x + 1], row[3 * x + 2]}};
    case IB_PIXELS_GREY16:
    default:
        memcpy(&wide, row + 2 * x, 2);
        return (struct value){IB_PIXELS_GREY16, {wide}};
    }
}

static void put(const struct ib_image *image, int x, int y, const struct value *v) {
    uint8_t *row = (uint8_t *)image->pixels + (size_t)y * image->stride_bytes;
    uint32_t word;
    uint16_t wide = (uint16_t)v->c[0];
    switch (image->format) {
    case IB_PIXELS_BINARY:
        memcpy(&word, row + x / 32 * 4, 4);
        word &= ~(UINT32_C(1) << x % 32);
        word |= (v->c[0] > 127 ? UINT32_C(1) : 0) << x % 32;
        memcpy(row + x / 32 * 4, &word, 4);
        break;
    case IB_PIXELS_GREY:
        row[x] = (uint8_t)v->c[0];
        break;
    case IB_PIXELS_RGB888:
        for (int i = 0; i < 3; i++)
            row[3 * x + i] = (uint8_t)v->c[i];
        break;
    case IB_PIXELS_RGB565:
        wide = (uint16_t)(v->c[0] * 2048 + v->c[1] * 32 + v->c[2]);
        memcpy(row + 2 * x, &wide, 2);
        break;
    case IB_PIXELS_GREY16:
    default:
        memcpy(row + 2 * x, &wide, 2);
        break;
    }
}

static void eight_bits(const struct value *v, long out[3]) {
    if (v->format == IB_PIXELS_RGB565) {
        out[0] = v->c[0] * 8 + v->c[0] / 4;
        out[1] = v->c[1] * 4 + v->c[1] / 16;
        out[2] = v->c[2] * 8 + v->c[2] / 4;
    } else {
        for (int i = 0; i < 3; i++)
            out[i] = v->format == IB_PIXELS_RGB888 ? v->c[i] : v->c[0];
    }
}

static long luma(const struct value *v) {
    long c[3];
    eight_bits(v, c);
    return channels_of(v->format) == 1 ? v->c[0] : (38 * c[0] + 75 * c[1] + 15 * c[2]) / 128;
}

/// Into another format; BINARY stays 0 or 255.
static struct value as(const struct value *v, enum ib_pixels format) {
    long c[3];
    eight_bits(v, c);
    switch (format) {
    case IB_PIXELS_BINARY:
        return (struct value){IB_PIXELS_GREY, {luma(v) > 127 ? 255 : 0}};
    case IB_PIXELS_GREY:
        return (struct value){IB_PIXELS_GREY, {luma(v)}};
    case IB_PIXELS_RGB565:
        return (struct value){IB_PIXELS_RGB565, {c[0] / 8, c[1] / 4, c[2] / 8}};
    case IB_PIXELS_RGB888:
        return (struct value){IB_PIXELS_RGB888, {c[0], c[1], c[2]}};
    case IB_PIXELS_GREY16:
    default:
        return *v;
    }
}

static struct value grey(long v) {
    return (struct value){IB_PIXELS_GREY, {v}};
}

static struct value channel(const struct value *v, int which) {
    long c[3];
    eight_bits(v, c);
    return channels_of(v->format) == 1 || which < 0 ? *v : grey(c[which]);
}

/// The palette's colour, of the palette that suits `wanted`.
static struct value from_palette(const struct ib_draw *draw, long index, enum ib_pixels wanted) {
    bool full = draw->palette_rgb888 && (wanted == IB_PIXELS_RGB888 || !draw->palette_rgb565);
    if (!full)
        return unpack565(draw->palette_rgb565[index]);
    const uint8_t *c = draw->palette_rgb888 + 3 * index;
    return (struct value){IB_PIXELS_RGB888, {c[0], c[1], c[2]}};
}

/// Everything about one draw.
struct job {
    const struct ib_image *dst, *src;
    const struct ib_draw *draw;
    struct ib_rect roi;
    float xs, ys;
    bool hmirror, vflip, has_palette, channel_first, palette_first;
    uint32_t hints;
};

/// A source pixel as it is scaled.
static struct value source_at(const struct job *job, long x, long y) {
    struct value v = get(job->src, (int)x, (int)y);
    if (job->palette_first) {
        struct value index = channel(&v, job->draw->rgb_channel);
        enum ib_pixels wanted =
            job->dst->format == IB_PIXELS_RGB888 ? IB_PIXELS_RGB888 : IB_PIXELS_RGB565;
        struct value colour = from_palette(job->draw, luma(&index), wanted);
        return as(&colour, wanted);
    }
    return job->channel_first ? channel(&v, job->draw->rgb_channel) : v;
}

static long clamp(long v, long low, long high) {
    return v < low ? low : v > high ? high : v;
}

static struct value inside(const struct job *job, long x, long y) {
    return source_at(job, clamp(x, job->roi.x, job->roi.x + job->roi.w - 1),
                     clamp(y, job->roi.y, job->roi.y + job->roi.h - 1));
}

static long shift16(long long v) {
    return (long)floor((double)v / 65536);
}

static long curve(const long p[4], long position) {
    long d = (position & 65535) / 2, d2 = d * d / 32768, d3 = d2 * d / 32768;
    long a0 = p[2] - p[0], a1 = 2 * p[0] + 4 * p[2] - 5 * p[1] - p[3];
    long a2 = 3 * (p[1] - p[2]) + p[3] - p[0];
    return shift16((long long)p[1] * 65536 + 32768 + (long long)d * a0 + (long long)d2 * a1 +
                   (long long)d3 * a2);
}

static struct value cubic(const struct job *job, long ax, long ay) {
    long x = shift16(ax), y = shift16(ay);
    struct value out = inside(job, x, y);
    for (int c = 0; c < channels_of(out.format); c++) {
        long columns[4];
        for (int i = 0; i < 4; i++) {
            long p[4];
            for (int k = 0; k < 4; k++)
                p[k] = inside(job, x - 1 + i, y - 1 + k).c[c];
            columns[i] = curve(p, ay);
        }
        long most = out.format == IB_PIXELS_GREY16   ? 65535
                    : out.format != IB_PIXELS_RGB565 ? 255
                    : c == 1                         ? 63
                                                     : 31;
        out.c[c] = clamp(curve(columns, ax), 0, most);
    }
    return out;
}

static struct value linear(const struct job *job, long ax, long ay) {
    long x = shift16(ax), y = shift16(ay);
    struct value p00 = inside(job, x, y), p10 = inside(job, x + 1, y);
    struct value p01 = inside(job, x, y + 1), p11 = inside(job, x + 1, y + 1);
    struct value out = p00;
    bool coarse = out.format == IB_PIXELS_RGB565;
    long whole = coarse ? 32 : 256;
    long fx = (ax & 65535) * whole / 65536, fy = (ay & 65535) * whole / 65536;
    for (int c = 0; c < channels_of(out.format); c++) {
        long left = (p00.c[c] * (whole - fy) + p01.c[c] * fy + whole / 2) / whole;
        long right = (p10.c[c] * (whole - fy) + p11.c[c] * fy + whole / 2) / whole;
        out.c[c] = (left * (whole - fx) + right * fx + whole / 2) / whole;
    }
    return out;
}

/// What a pixel covers in 256ths, by pixel: how much of [at, at + step) lies in [i, i + 1).
static long share(long i, long from, long to) {
    long low = i * 256 > from ? i * 256 : from, high = i * 256 + 256 < to ? i * 256 + 256 : to;
    return high > low ? high - low : 0;
}

static void covers(long at, long step, long low, long size, long *from, long *to) {
    *from = clamp(at >> 8, low * 256, (low + size) * 256);
    *to = clamp((at + step) >> 8, low * 256, (low + size) * 256);
    if (*from >= *to) {
        *from = clamp(*from / 256, low, low + size - 1) * 256;
        *to = *from + 256;
    }
}

static struct value area(const struct job *job, long ax, long ay, long step_x, long step_y) {
    long left, right, top, bottom;
    covers(ax, step_x, job->roi.x, job->roi.w, &left, &right);
    covers(ay, step_y, job->roi.y, job->roi.h, &top, &bottom);
    struct value out = inside(job, left / 256, top / 256);
    long long sums[3] = {0, 0, 0}, whole = (long long)(right - left) * (bottom - top);
    for (long y = top / 256; y * 256 < bottom; y++) {
        for (long x = left / 256; x * 256 < right; x++) {
            struct value v = inside(job, x, y);
            for (int c = 0; c < channels_of(out.format); c++)
                sums[c] += (long long)v.c[c] * share(x, left, right) * share(y, top, bottom);
        }
    }
    for (int c = 0; c < channels_of(out.format); c++)
        out.c[c] = (long)((sums[c] + whole / 2) / whole);
    return out;
}

/// Pixel (i, j) of the scaled picture that would begin `skip_x`, `skip_y` pixels into it.
static struct value scaled(const struct job *job, long i, long j, long skip_x, long skip_y) {
    uint32_t hints = job->hints;
    long step_x = (long)floorf(65536.0f / job->xs), step_y = (long)floorf(65536.0f / job->ys);
    long sx = skip_x + (long)floorf((float)job->roi.x * job->xs);
    long sy = skip_y + (long)floorf((float)job->roi.y * job->ys);
    long ax = (long)floorf((float)(sx * 65536) / job->xs) + i * step_x;
    long ay = (long)floorf((float)(sy * 65536) / job->ys) + j * step_y;
    int w = job->roi.w, h = job->roi.h;
    if (step_x == 65536 && step_y == 65536)
        hints &= ~(IB_HINT_AREA | IB_HINT_BICUBIC | IB_HINT_BILINEAR);
    bool box = hints & IB_HINT_AREA && !(job->xs >= 1 && job->ys >= 1);
    bool smooth = !(hints & IB_HINT_AREA) && w > 1 && h > 1;
    struct value out;
    if (box)
        out = area(job, ax, ay, step_x, step_y);
    else if (smooth && hints & IB_HINT_BICUBIC && w > 3 && h > 3)
        out = cubic(job, ax - 0x8000, ay - 0x8000);
    else if (smooth && hints & (IB_HINT_BICUBIC | IB_HINT_BILINEAR))
        out = linear(job, ax - 0x8000, ay - 0x8000);
    else
        return source_at(job, clamp(shift16(ax), 0, job->src->width_px - 1),
                         clamp(shift16(ay), 0, job->src->height_px - 1));
    if (job->src->format == IB_PIXELS_BINARY && out.format == IB_PIXELS_GREY)
        out.c[0] = out.c[0] > 127 ? 255 : 0;
    return out;
}

/// What is drawn of a scaled value onto `x`, `y`.
static void blend(const struct job *job, struct value v, int x, int y) {
    const struct ib_draw *draw = job->draw;
    enum ib_pixels format = job->dst->format;
    if (draw->mask) {
        if (x >= draw->mask->width_px || y >= draw->mask->height_px)
            return;
        struct value m = get(draw->mask, x, y);
        if (luma(&m) <= 127)
            return;
    }
    if (!job->channel_first && !job->palette_first)
        v = channel(&v, draw->rgb_channel);
    long index = luma(&v);
    if (job->has_palette && !job->palette_first)
        v = from_palette(draw, index, format);
    v = as(&v, format);
    if (draw->alpha < 255 || draw->alpha_palette) {
        long whole = format == IB_PIXELS_RGB565 ? 32 : 256;
        long alpha = (long)roundf((float)draw->alpha * 256 / 255) * whole / 256;
        if (draw->alpha_palette)
            alpha = (long)roundf((float)alpha * draw->alpha_palette[index] / 255);
        struct value old = get(job->dst, x, y);
        for (int c = 0; c < channels_of(v.format); c++) {
            long behind = job->hints & IB_HINT_BLACK_BACKGROUND ? 0 : old.c[c] * (whole - alpha);
            v.c[c] = (v.c[c] * alpha + behind) / whole;
        }
    }
    put(job->dst, x, y, &v);
}

static void stretch(struct job *job) {
    bool turned = job->hints & IB_HINT_TRANSPOSE;
    float fx = (float)(turned ? job->dst->height_px : job->dst->width_px) / (float)job->roi.w;
    float fy = (float)(turned ? job->dst->width_px : job->dst->height_px) / (float)job->roi.h;
    if (job->hints & IB_HINT_ASPECT_IGNORE) {
        job->xs *= fx;
        job->ys *= fy;
    } else if (job->hints & IB_HINT_ASPECT_KEEP) {
        job->xs *= fminf(fx, fy);
        job->ys *= fminf(fx, fy);
    } else if (job->hints & IB_HINT_ASPECT_EXPAND) {
        job->xs *= fmaxf(fx, fy);
        job->ys *= fmaxf(fx, fy);
    }
}

/// What lies before the destination's beginning, of `size` pixels at `at`; mirrored, what lies
/// beyond its end.
static long skipped(long at, long size, long limit, bool mirrored) {
    if (!mirrored)
        return at < 0 ? -at : 0;
    return at + size > limit ? at + size - limit : 0;
}

static void draw_all(struct job *job) {
    bool turned = job->hints & IB_HINT_TRANSPOSE;
    long w = (long)floorf(job->xs * (float)job->roi.w);
    long h = (long)floorf(job->ys * (float)job->roi.h);
    long limit_x = turned ? job->dst->height_px : job->dst->width_px;
    long limit_y = turned ? job->dst->width_px : job->dst->height_px;
    // In the axes of the scaled picture, before it is transposed.
    long x = turned ? job->draw->scale.y : job->draw->scale.x;
    long y = turned ? job->draw->scale.x : job->draw->scale.y;
    if (w < 1 || h < 1)
        return;
    if (job->hints & IB_HINT_CENTER) {
        x += (long)floor((double)(limit_x - w) / 2);
        y += (long)floor((double)(limit_y - h) / 2);
    }
    long skip_x = skipped(x, w, limit_x, job->hmirror);
    long skip_y = skipped(y, h, limit_y, job->vflip);
    for (long j = skip_y; j < h; j++) {
        long to_y = job->vflip ? y + h - 1 - j : y + j;
        for (long i = skip_x; i < w; i++) {
            long to_x = job->hmirror ? x + w - 1 - i : x + i;
            if (to_x < 0 || to_x >= limit_x || to_y < 0 || to_y >= limit_y)
                continue;
            struct value v = scaled(job, i - skip_x, j - skip_y, skip_x, skip_y);
            blend(job, v, (int)(turned ? to_y : to_x), (int)(turned ? to_x : to_y));
        }
    }
}

int reference_draw(const struct ib_image *dst, const struct ib_image *src,
                   const struct ib_draw *draw) {
    struct job job = {
        dst, src, draw, draw->scale.roi,  draw->scale.x_scale, draw->scale.y_scale, 0, 0,
        0,   0,   0,    draw->scale.hints};
    if (job.roi.w == 0)
        job.roi = (struct ib_rect){0, 0, src->width_px, src->height_px};
    job.roi = ib_rect_clip(job.roi, src->width_px, src->height_px);
    job.hmirror = (job.hints & IB_HINT_HMIRROR ? 1 : 0) ^ (job.xs < 0 ? 1 : 0);
    job.vflip = (job.hints & IB_HINT_VFLIP ? 1 : 0) ^ (job.ys < 0 ? 1 : 0);
    job.xs = fabsf(job.xs);
    job.ys = fabsf(job.ys);
    job.has_palette = draw->palette_rgb565 || draw->palette_rgb888;
    job.palette_first = job.has_palette && job.hints & IB_HINT_PALETTE_FIRST;
    job.channel_first = !job.palette_first && draw->rgb_channel >= 0 &&
                        job.hints & IB_HINT_CHANNEL_FIRST && channels_of(src->format) == 3;
    stretch(&job);
    if (draw->alpha > 0)
        draw_all(&job);
    return 1;
}
