/// Frame to JPEG: what a viewer of /snapshot.jpg, of motion JPEG or of RTSP costs, once a frame.
#include <stdint.h>
#include <string.h>

#include "apps/ironbow/visible.h"
#include "report.h"

#define RUNS 60

/// A warm object before a cool, slightly uneven wall, with noise: no picture packs better or worse
/// than a real one for being drawn with a ruler.
static void draw(struct ib_frame *frame, uint32_t sequence) {
    uint32_t random = sequence * 2654435761u + 1;
    frame->sequence = sequence;
    for (int y = 0; y < 120; y++) {
        for (int x = 0; x < 160; x++) {
            int dx = x - 90, dy = y - 70, near = dx * dx + dy * dy < 900;
            random = random * 1664525u + 1013904223u;
            frame->pixels[y * 160 + x] =
                (uint16_t)(29500 + 3 * y + x + (near ? 3000 - 2 * (dx * dx + dy * dy) : 0) +
                           (int)(random >> 28));
        }
    }
}

static void run(const char *name, int32_t width_px) {
    static uint16_t pixels[160 * 120];
    struct ib_frame frame = {.width_px = 160,
                             .height_px = 120,
                             .unit = IB_UNIT_KELVIN,
                             .scale_ck = 1,
                             .pixels = pixels,
                             .capacity_px = 160 * 120};
    struct ib_app_visible_style style = ib_app_visible_default;
    struct ib_app_visible *visible;
    const uint8_t *bytes;
    double best_s = 1e9;
    size_t size = 0;
    style.width_px = width_px;
    style.height_px = width_px / 4 * 3;
    if (ib_app_visible_open(&visible, &style) != 0)
        exit(1);
    for (uint32_t i = 1; i <= RUNS; i++) {
        draw(&frame, i);
        double begin_s = bench_now_s();
        if (ib_app_visible_jpeg(visible, &frame, &bytes, &size) != 0)
            exit(1);
        double took_s = bench_now_s() - begin_s;
        best_s = took_s < best_s ? took_s : best_s;
    }
    ib_app_visible_close(visible);
    bench_report(name, best_s * 1e3, "ms", 0, NULL);
}

int main(void) {
    run("picture: frame to JPEG 320x240", 320);
    run("picture: frame to JPEG 640x480", 640);
    run("picture: frame to JPEG 1280x960", 1280);
    return 0;
}
