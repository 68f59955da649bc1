/// What a script's two cameras and its overlay cost: one frame of the colour camera out of its port, one
/// of the Lepton as a picture, and both drawn together. No Python, and nothing simulated: the port
/// hands out the same bytes again and again.
#include <stdint.h>
#include <string.h>

#include "benches/report.h"
#include "core/status.h"
#include "image/draw_image.h"
#include "image/palette.h"
#include "openmv/csi.h"
#include "openmv/csi_lepton_picture.h"
#include "openmv/hands.h"

#define WIDTH 720
#define HEIGHT 480
#define RUNS 300

static uint8_t registers[65536];
static uint8_t line[WIDTH * HEIGHT * 2];
static uint8_t frames[3 * (WIDTH * HEIGHT * 2 + 64)] __attribute__((aligned(64)));
static uint8_t work[8 << 20] __attribute__((aligned(64)));
static uint64_t time_us = 1;

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    (void)context;
    uint16_t at = (uint16_t)(parts[0].data[0] << 8 | parts[0].data[1]);
    if (address7 != 0x3C)
        return IB_E_NACK;
    registers[0x300A] = 0x56;
    registers[0x300B] = 0x40;
    for (size_t i = 2; i < parts[0].size; i++)
        registers[at++] = parts[0].data[i];
    for (size_t i = 0; count == 2 && i < parts[1].size; i++)
        parts[1].data[i] = registers[at++];
    return IB_OK;
}

static uint64_t now_us(void *context) {
    (void)context;
    return ++time_us;
}

static void wait_until(void *context, uint64_t when_us) {
    (void)context;
    time_us = when_us > time_us ? when_us : time_us;
}

static void wake(void *context) {
    (void)context;
}

static int start(void *context, const struct ib_picture_in_format *format, uint64_t at_us) {
    (void)context;
    (void)format;
    (void)at_us;
    return IB_OK;
}

static void stop(void *context) {
    (void)context;
}

static int take(void *context, uint64_t at_us, uint8_t *into, size_t room, size_t *bytes,
                uint64_t *end_us, uint64_t *due_us) {
    (void)context;
    *due_us = at_us;
    *end_us = at_us;
    *bytes = sizeof line;
    if (room < sizeof line)
        return IB_E_NO_SPACE;
    memcpy(into, line, sizeof line);
    return 1;
}

static const struct ib_i2c_ops i2c_ops = {transfer};
static const struct ib_clock_ops clock_ops = {now_us, wait_until, wake};
static const struct ib_picture_in_ops port_ops = {start, stop, take};
static struct ib_csi_board board;

static int finish(struct ib_csi *csi) {
    uint64_t due_us;
    int status;
    while ((status = ib_csi_step(csi, now_us(NULL), &due_us)) == 0)
        wait_until(NULL, due_us);
    return status;
}

static struct ib_csi *camera(void) {
    static struct ib_i2c i2c = {&i2c_ops, NULL};
    static struct ib_picture_in port = {&port_ops, NULL};
    static struct ib_clock clock = {&clock_ops, NULL};
    static struct ib_openmv_hands hands;
    struct ib_csi *csi = NULL;
    uint64_t due_us;
    hands.camera_bus = &i2c;
    hands.visible = &port;
    struct ib_csi_board_config config = {
        .hands = &hands, .clock = &clock, .work = work, .work_bytes = sizeof work};
    for (size_t i = 0; i < IB_CSI_SENSORS; i++)
        config.frame_memory[i] = frames; // only one of them takes pictures
    ib_csi_board_init(&board, &config);
    while (ib_csi_find(&board, -1, now_us(NULL), &due_us, &csi) == 0)
        wait_until(NULL, due_us);
    if (!csi || ib_csi_reset(csi, false, now_us(NULL)) < 0 || finish(csi) < 0 ||
        ib_csi_set_pixformat(csi, IB_PIXFORMAT_RGB565, now_us(NULL)) < 0 || finish(csi) < 0 ||
        ib_csi_set_framesize(csi, 26, 0, 0, now_us(NULL)) < 0 || finish(csi) < 0)
        return NULL;
    return csi;
}

static double least(double value, double best) {
    return best == 0 || value < best ? value : best;
}

int main(void) {
    static uint16_t counts[160 * 120];
    static uint8_t grey[160 * 120], thermal[320 * 240], alpha[256];
    static uint16_t ironbow[256];
    struct ib_csi *csi = camera();
    if (!csi)
        return 1;
    for (size_t i = 0; i < sizeof line; i++)
        line[i] = (uint8_t)(i * 31 >> 3);
    for (size_t i = 0; i < 160 * 120; i++)
        counts[i] = (uint16_t)(29000 + i % 1999);
    for (size_t i = 0; i < 256; i++)
        alpha[i] = (uint8_t)(i * i / 255);
    ib_palette_fill_rgb565(ib_palette_find("openmv-ironbow"), ironbow);
    const struct ib_frame frame = {
        .width_px = 160, .height_px = 120, .unit = IB_UNIT_KELVIN, .scale_ck = 1, .pixels = counts};
    const struct ib_csi_lepton_look look = {.low_c = 10, .high_c = 40};
    const struct ib_csi_snapshot how = {.time_ms = -1, .frames = -1, .blocking = true};
    struct ib_image from = ib_image_of(grey, IB_PIXELS_GREY, 160, 120);
    struct ib_image small = ib_image_of(thermal, IB_PIXELS_GREY, 320, 240);
    double colour_s = 0, picture_s = 0, overlay_s = 0;
    for (int run = 0; run < RUNS; run++) {
        struct ib_openmv_image image;
        struct ib_image into;
        double t0 = bench_now_s();
        if (ib_csi_take(csi, &how, now_us(NULL)) < 0 || finish(csi) < 0 ||
            !ib_csi_picture(csi, &image) || !ib_openmv_image_picture(&image, &into))
            return 1;
        double t1 = bench_now_s();
        struct ib_draw draw = ib_draw_plain();
        draw.scale.hints = IB_HINT_BILINEAR | IB_HINT_CENTER | IB_HINT_ASPECT_EXPAND;
        ib_csi_lepton_picture(&frame, &look, grey);
        if (ib_draw_image(&small, &from, &draw, work, sizeof work) < 0)
            return 1;
        double t2 = bench_now_s();
        draw = ib_draw_plain();
        draw.scale.hints = IB_HINT_BILINEAR | IB_HINT_ASPECT_KEEP;
        draw.palette_rgb565 = ironbow;
        draw.alpha_palette = alpha;
        if (ib_draw_image(&into, &small, &draw, work, sizeof work) < 0)
            return 1;
        double t3 = bench_now_s();
        colour_s = least(t1 - t0, colour_s);
        picture_s = least(t2 - t1, picture_s);
        overlay_s = least(t3 - t2, overlay_s);
    }
    bench_report("csi, colour camera, 720x480 RGB565", colour_s * 1e6, "us", 0, NULL);
    bench_report("csi, Lepton in degrees to 320x240", picture_s * 1e6, "us", 0, NULL);
    bench_report("overlay 320x240 over 720x480, alpha palette", overlay_s * 1e6, "us", 0, NULL);
    bench_report("script's own share of an overlay frame", (colour_s + picture_s + overlay_s) * 1e6,
                 "us", 0, NULL);
    return 0;
}
