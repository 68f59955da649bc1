/// What a picture costs: a thermal image enlarged through a palette, by each kind of instructions
/// that this machine has, and on to a JPEG.
#include <string.h>

#include "benches/report.h"
#include "image/draw_image.h"
#include "image/palette.h"
#include "ports/linux/jpeg.h"

#define ROUNDS 400
#define SRC_W 160
#define SRC_H 120

static uint8_t source[SRC_W * SRC_H];
static uint16_t small[800 * 480];
static uint8_t full[640 * 480 * 3];
static uint8_t greys[640 * 480];
static uint16_t colours565[256];
static uint8_t colours888[768];
static uint8_t alphas[256];
static uint8_t scratch[1 << 20];

static void make_source(void) {
    uint32_t noise = 1;
    for (int y = 0; y < SRC_H; y++) {
        for (int x = 0; x < SRC_W; x++) {
            noise = noise * 1664525 + 1013904223;
            source[y * SRC_W + x] = (uint8_t)(x + y / 2 + (int)(noise >> 29));
        }
    }
    for (int i = 0; i < 256; i++)
        alphas[i] = (uint8_t)i;
    ib_palette_fill_rgb565(ib_palette_find("openmv-ironbow"), colours565);
    ib_palette_fill_rgb888(ib_palette_find("ironbow"), colours888);
}

struct job {
    const char *name;
    struct ib_image dst;
    struct ib_draw draw;
};

/// Microseconds: the least of many.
static double least_us(const struct job *job, enum ib_vectors vectors) {
    struct ib_image src = ib_image_of(source, IB_PIXELS_GREY, SRC_W, SRC_H);
    struct ib_draw draw = job->draw;
    double best = 1e9;
    draw.vectors = vectors;
    for (int round = 0; round < ROUNDS; round++) {
        double start = bench_now_s();
        if (ib_draw_image(&job->dst, &src, &draw, scratch, sizeof scratch) != 1)
            abort();
        double took = bench_now_s() - start;
        if (took < best)
            best = took;
    }
    return best * 1e6;
}

static struct job job_of(const char *name, enum ib_pixels format, uint32_t hints, bool palette,
                         bool alpha) {
    struct job job = {.name = name, .draw = ib_draw_plain()};
    bool lcd = format == IB_PIXELS_RGB565;
    void *pixels = lcd ? (void *)small : format == IB_PIXELS_GREY ? greys : full;
    job.dst = ib_image_of(pixels, format, lcd ? 800 : 640, 480);
    job.draw.scale.x_scale = lcd ? 5 : 4;
    job.draw.scale.y_scale = 4;
    job.draw.scale.hints = hints;
    job.draw.palette_rgb565 = palette && lcd ? colours565 : NULL;
    job.draw.palette_rgb888 = palette && !lcd ? colours888 : NULL;
    job.draw.alpha_palette = alpha ? alphas : NULL;
    return job;
}

/// The same without scaling.
static struct job one_to_one(struct job job) {
    job.draw.scale.x_scale = job.draw.scale.y_scale = 1;
    return job;
}

static void bench_job(const struct job *job) {
    static const char *const names[] = {[IB_VECTORS_NONE] = "plain C",
                                        [IB_VECTORS_AVX2] = "AVX2",
                                        [IB_VECTORS_VBMI] = "AVX-512 VBMI"};
    double plain = 0;
    for (enum ib_vectors v = IB_VECTORS_NONE; v <= ib_vectors_choose(IB_VECTORS_BEST); v++) {
        char line[96];
        double us = least_us(job, v);
        if (v == IB_VECTORS_NONE)
            plain = us;
        snprintf(line, sizeof line, "%s, %s", job->name, names[v]);
        bench_report(line, us, "us", plain / us, v == IB_VECTORS_NONE ? NULL : "plain C");
    }
}

static void bench_jpeg(void) {
    struct ib_jpeg *jpeg;
    struct ib_image src = ib_image_of(source, IB_PIXELS_GREY, SRC_W, SRC_H);
    struct job job = job_of("", IB_PIXELS_RGB888, IB_HINT_BICUBIC, true, false);
    double best = 1e9;
    size_t size = 0;
    if (ib_jpeg_open(&jpeg) != 0)
        abort();
    for (int round = 0; round < ROUNDS / 4; round++) {
        const uint8_t *bytes;
        double start = bench_now_s();
        if (ib_draw_image(&job.dst, &src, &job.draw, scratch, sizeof scratch) != 1 ||
            ib_jpeg_encode(jpeg, &job.dst, 80, IB_CODEC_420, &bytes, &size) != 0)
            abort();
        double took = bench_now_s() - start;
        if (took < best)
            best = took;
    }
    bench_report("grey to JPEG 640x480 4:2:0 q80, bicubic", best * 1e6, "us", 1, NULL);
    bench_report("its size", (double)size, "bytes", 1, NULL);
    ib_jpeg_close(jpeg);
}

int main(void) {
    make_source();
    const struct job jobs[] = {
        one_to_one(job_of("160x120 565 one to one", IB_PIXELS_RGB565, 0, true, false)),
        one_to_one(job_of("160x120 565 one to one, alphas", IB_PIXELS_RGB565, 0, true, true)),
        job_of("800x480 565 nearest", IB_PIXELS_RGB565, 0, true, false),
        job_of("800x480 565 bilinear", IB_PIXELS_RGB565, IB_HINT_BILINEAR, true, false),
        job_of("800x480 565 bicubic", IB_PIXELS_RGB565, IB_HINT_BICUBIC, true, false),
        job_of("800x480 565 bilinear alphas", IB_PIXELS_RGB565, IB_HINT_BILINEAR, true, true),
        job_of("800x480 565 palette first", IB_PIXELS_RGB565,
               IB_HINT_BILINEAR | IB_HINT_PALETTE_FIRST, true, false),
        job_of("640x480 888 nearest", IB_PIXELS_RGB888, 0, true, false),
        job_of("640x480 888 bilinear", IB_PIXELS_RGB888, IB_HINT_BILINEAR, true, false),
        job_of("640x480 888 bicubic", IB_PIXELS_RGB888, IB_HINT_BICUBIC, true, false),
        job_of("640x480 grey bilinear", IB_PIXELS_GREY, IB_HINT_BILINEAR, false, false),
        job_of("640x480 grey bicubic", IB_PIXELS_GREY, IB_HINT_BICUBIC, false, false),
    };
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
        bench_job(&jobs[i]);
    bench_jpeg();
    return 0;
}
