/// How long finding blobs and counting colours take.
#include "benches/report.h"
#include "image/blobs.h"
#include "image/color.h"
#include "image/histograms.h"
#include "image/palette.h"

enum { WIDTH = 320, HEIGHT = 240, ROUNDS = 2000, MOST = 256 };

static uint8_t grey[WIDTH * HEIGHT];
static uint16_t colours[WIDTH * HEIGHT];
static struct ib_blob items[MOST];
static uint64_t scratch[1 << 17];

/// The scene that tests/image compare a peer's results with: four discs on a slope, a little noise.
static int grey_at(int x, int y) {
    int v = 40 + x * 60 / WIDTH + y * 40 / HEIGHT;
    for (int k = 1; k <= 4; k++) {
        int dx = x - WIDTH * k / 5, dy = y - HEIGHT * (1 + k % 3) / 4;
        int r = HEIGHT / 8 - k * HEIGHT / 60, d2 = dx * dx + dy * dy;
        v += d2 < r * r ? (r * r - d2) * 110 / (r * r) : 0;
    }
    v += (int)(((uint32_t)(x * 73) ^ (uint32_t)(y * 151)) * 2654435761u >> 29);
    return v > 255 ? 255 : v;
}

static void draw(void) {
    uint16_t palette[IB_PALETTE_COLOURS];
    ib_palette_fill_rgb565(ib_palette_find("openmv-ironbow"), palette);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        grey[i] = (uint8_t)grey_at(i % WIDTH, i / WIDTH);
        colours[i] = palette[grey[i]];
    }
}

static double best_of(const struct ib_image *image, const struct ib_threshold *threshold,
                      enum ib_vectors vectors) {
    struct ib_blobs_wish wish = ib_blobs_defaults(image);
    double best_s = 1;
    wish.thresholds = threshold;
    wish.thresholds_count = 1;
    wish.area_threshold = wish.pixels_threshold = 20;
    wish.vectors = vectors;
    for (int round = 0; round < ROUNDS; round++) {
        struct ib_blob_list list = {items, MOST, 0, NULL, 0, 0};
        double at_s = bench_now_s();
        ib_blobs_find(&list, image, &wish, scratch, sizeof scratch);
        at_s = bench_now_s() - at_s;
        best_s = at_s < best_s ? at_s : best_s;
    }
    return best_s;
}

static void blobs(const char *name, const struct ib_image *image,
                  const struct ib_threshold *threshold) {
    static const char *const tiers[] = {"", "", ", AVX2", ", AVX-512"};
    double portable_s = best_of(image, threshold, IB_VECTORS_NONE);
    char line[64];
    bench_report(name, portable_s * 1e6, "us", 0, NULL);
    int best = (int)ib_vectors_choose(IB_VECTORS_BEST);
    for (int v = IB_VECTORS_AVX2; v <= IB_VECTORS_VBMI && v <= best; v++) {
        double s = best_of(image, threshold, (enum ib_vectors)v);
        snprintf(line, sizeof line, "%s%s", name, tiers[v]);
        bench_report(line, s * 1e6, "us", portable_s / s, "portable");
    }
}

static double count(const struct ib_image *image, size_t scratch_bytes) {
    static struct ib_histograms histograms;
    struct ib_histograms_wish wish = {.roi = {0, 0, WIDTH, HEIGHT}};
    double best_s = 1;
    for (int round = 0; round < ROUNDS; round++) {
        struct ib_statistics statistics;
        double at_s = bench_now_s();
        ib_histograms_of(&histograms, image, &wish, scratch_bytes ? scratch : NULL, scratch_bytes);
        for (uint32_t i = 0; i < histograms.channels; i++)
            ib_histogram_statistics(&histograms.of[i], &statistics);
        at_s = bench_now_s() - at_s;
        best_s = at_s < best_s ? at_s : best_s;
    }
    return best_s;
}

int main(void) {
    struct ib_image g = ib_image_of(grey, IB_PIXELS_GREY, WIDTH, HEIGHT);
    struct ib_image c = ib_image_of(colours, IB_PIXELS_RGB565, WIDTH, HEIGHT);
    struct ib_threshold bright = {{150}, {255}}, warm = {{20, 10, -60}, {90, 80, 60}};
    draw();
    blobs("find_blobs 320x240 grey", &g, &bright);
    blobs("find_blobs 320x240 RGB565", &c, &warm);
    double by_pixel_s = count(&c, 0), by_code_s = count(&c, sizeof scratch);
    bench_report("statistics 320x240 RGB565", by_code_s * 1e6, "us", by_pixel_s / by_code_s,
                 "pixel by pixel");
    return 0;
}
