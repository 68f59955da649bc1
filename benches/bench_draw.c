/// How long it takes to bring a frame into a range, and to draw on a picture.
#include <string.h>

#include "benches/report.h"
#include "image/draw_text.h"
#include "image/isotherm.h"
#include "image/range.h"

enum { WIDTH = 800, HEIGHT = 480, FRAME_W = 160, FRAME_H = 120, ROUNDS = 500 };

static uint16_t screen[WIDTH * HEIGHT];
static uint16_t values[FRAME_W * FRAME_H];
static uint8_t levels[FRAME_W * FRAME_H];
static struct ib_range_scratch scratch;

#define BEST(name, work)                                                                           \
    do {                                                                                           \
        double best_s = 1;                                                                         \
        for (int round = 0; round < ROUNDS; round++) {                                             \
            double start_s = bench_now_s();                                                        \
            work;                                                                                  \
            double took_s = bench_now_s() - start_s;                                               \
            best_s = took_s < best_s ? took_s : best_s;                                            \
        }                                                                                          \
        bench_report(name, best_s * 1e6, "us", 0, NULL);                                           \
    } while (0)

static void bench_range(const struct ib_image *frame) {
    static const struct {
        enum ib_range_mode mode;
        const char *update, *apply;
    } modes[] = {
        {IB_RANGE_MIN_MAX, "range 160x120 update, min-max", "range 160x120 apply, min-max"},
        {IB_RANGE_PERCENTILE, "range 160x120 update, percentile",
         "range 160x120 apply, percentile"},
        {IB_RANGE_EQUALISED, "range 160x120 update, equalised", "range 160x120 apply, equalised"},
    };
    struct ib_image out = ib_image_of(levels, IB_PIXELS_GREY, FRAME_W, FRAME_H);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct ib_range range;
        struct ib_range_options options = ib_range_defaults();
        options.mode = modes[i].mode;
        options.time_constant_frames = 8;
        ib_range_init(&range, &options);
        BEST(modes[i].update, ib_range_update(&range, frame, &scratch));
        BEST(modes[i].apply, ib_range_apply(&range, frame, &out, &scratch));
    }
}

int main(void) {
    struct ib_image frame = ib_image_of(values, IB_PIXELS_GREY16, FRAME_W, FRAME_H);
    struct ib_image image = ib_image_of(screen, IB_PIXELS_RGB565, WIDTH, HEIGHT);
    struct ib_text_style style = ib_text_style_defaults();
    struct ib_isotherm isotherm = {30000, 65535, 0xF800, 255, 0};
    struct ib_point corner = {0, 0}, far_corner = {WIDTH - 1, HEIGHT - 1}, centre = {400, 240};
    style.scale = 2;
    for (int i = 0; i < FRAME_W * FRAME_H; i++)
        values[i] = (uint16_t)(29000 + i % FRAME_W * 10 + (i * 7919) % 13);
    bench_range(&frame);
    BEST("draw_string x2 'Hello 36.6C' on 800x480",
         ib_draw_text(&image, corner, "Hello 36.6C", 11, 0xFFFF, &style));
    BEST("draw_rectangle fill 100x100 on 800x480",
         ib_draw_rect_filled(&image, (struct ib_rect){50, 50, 100, 100}, 0x1234));
    BEST("draw_circle r=50 on 800x480", ib_draw_circle(&image, centre, 50, 0xFFFF, 1));
    BEST("draw_line diag 800x480", ib_draw_line(&image, corner, far_corner, 0xFFFF, 1));
    BEST("isotherm 160x120 on 800x480, a third of it",
         ib_isotherm_draw(&isotherm, &image, (struct ib_rect){0, 0, WIDTH, HEIGHT}, &frame));
    return 0;
}
