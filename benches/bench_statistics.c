/// How long statistics take.
#include <string.h>

#include "benches/report.h"
#include "image/statistics.h"
#include "image/statistics16.h"

enum { WIDTH = 320, HEIGHT = 240, ROUNDS = 3000 };

static uint8_t grey[WIDTH * HEIGHT];
static uint16_t deep[160 * 120];

/// A ramp with a warm disc and three bits of noise.
static void draw(void) {
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            int d2 = (x - 200) * (x - 200) + (y - 100) * (y - 100);
            uint32_t noise = (((uint32_t)x * 73 ^ (uint32_t)y * 151) * 2654435761u) >> 29;
            int v = 40 + x * 60 / WIDTH + y * 40 / HEIGHT + (int)noise;
            v += d2 < 900 ? (900 - d2) * 110 / 900 : 0;
            grey[y * WIDTH + x] = (uint8_t)v;
            if (y < 120 && x < 160)
                deep[y * 160 + x] = (uint16_t)(29000 + v * 13);
        }
    }
}

int main(void) {
    struct ib_image image = ib_image_of(grey, IB_PIXELS_GREY, WIDTH, HEIGHT);
    struct ib_image frame = ib_image_of(deep, IB_PIXELS_GREY16, 160, 120);
    struct ib_rect all = {0, 0, WIDTH, HEIGHT};
    struct ib_histogram histogram;
    struct ib_statistics statistics;
    struct ib_statistics16 statistics16;
    static uint32_t counts[4096];
    double best_s[5] = {1, 1, 1, 1, 1};
    draw();
    for (int round = 0; round < ROUNDS; round++) {
        double at_s[6];
        at_s[0] = bench_now_s();
        ib_histogram_of(&histogram, &image, all, 0);
        ib_histogram_statistics(&histogram, &statistics);
        at_s[1] = bench_now_s();
        ib_count_values(histogram.counts, &image, all);
        at_s[2] = bench_now_s();
        ib_count_values_portable(histogram.counts, &image, all);
        at_s[3] = bench_now_s();
        ib_statistics16(&statistics16, &frame, all);
        at_s[4] = bench_now_s();
        ib_percentile16(&frame, all, 990, counts, 4096);
        at_s[5] = bench_now_s();
        for (int i = 0; i < 5; i++)
            best_s[i] = at_s[i + 1] - at_s[i] < best_s[i] ? at_s[i + 1] - at_s[i] : best_s[i];
    }
    bench_report("statistics 320x240 grey, histogram and all", best_s[0] * 1e6, "us", 0, NULL);
    bench_report("count 320x240 grey", best_s[1] * 1e6, "us", best_s[2] / best_s[1], "portable");
    bench_report("statistics 160x120 16-bit", best_s[3] * 1e6, "us", 0, NULL);
    bench_report("percentile 160x120 16-bit", best_s[4] * 1e6, "us", 0, NULL);
    return 0;
}
