#include "support_visible.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <jpeglib.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#include "core/status.h"

struct eye eye;
uint8_t *eye_bytes;
static void *memory;

// ---- A codec: encoding only, errors end the test's process ----

static int64_t encode(void *context, enum ib_codec_kind kind,
                      const struct ib_codec_picture *picture, int quality,
                      enum ib_codec_sampling sampling, uint8_t *out, size_t room) {
    (void)context;
    assert_int_equal(kind, IB_CODEC_JPEG);
    assert_int_equal(picture->pixels_as, IB_CODEC_RGB888);
    assert_int_equal(sampling, IB_CODEC_422);
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &size);
    c.image_width = (JDIMENSION)picture->width_px;
    c.image_height = (JDIMENSION)picture->height_px;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    c.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = (JSAMPROW)picture->pixels + (size_t)c.next_scanline * picture->stride_bytes;
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    int64_t result = size <= room ? (int64_t)size : IB_E_NO_SPACE;
    if (result > 0)
        memcpy(out, bytes, size);
    free(bytes);
    return result;
}

static const struct ib_codec_ops codec_ops = {.encode = encode};
const struct ib_codec eye_codec = {&codec_ops, NULL};

// ---- The part ----

void eye_make_with(const char *scene, bool quiet, const struct ib_codec *codec) {
    if (!memory) {
        memory = malloc(ib_sim_ov5640_memory_bytes());
        eye_bytes = malloc(EYE_ROOM);
    }
    memset(&eye, 0, sizeof eye);
    ib_sim_clock_init(&eye.clock);
    struct ib_sim_ov5640_config config = {.clock = &eye.clock,
                                          .scene = ib_sim_scene_named(scene),
                                          .seed = 7,
                                          .codec = codec,
                                          .memory = memory,
                                          .memory_bytes = ib_sim_ov5640_memory_bytes(),
                                          .quiet = quiet};
    assert_non_null(config.scene);
    assert_int_equal(ib_sim_ov5640_init(&eye.part, &config), IB_OK);
    eye.bus = ib_sim_ov5640_sccb(&eye.part);
    eye.reset = ib_sim_ov5640_reset(&eye.part);
    eye.power_down = ib_sim_ov5640_power_down(&eye.part);
    eye.port = ib_sim_ov5640_port(&eye.part);
}

void eye_make(const char *scene) {
    eye_make_with(scene, true, &eye_codec);
}

void eye_set_up(void) {
    static const struct {
        uint16_t address;
        uint8_t value;
    } rows[] = {{0x3008, 0x42}, {0x3103, 0x03}, {0x3017, 0xFF}, {0x3018, 0xFF}, {0x3034, 0x1A},
                {0x3035, 0x11}, {0x3036, 0x64}, {0x3037, 0x13}, {0x3108, 0x01}, {0x3824, 0x02},
                {0x460C, 0x22}, {0x460B, 0x35}, {0x5000, 0xA7}, {0x5001, 0xA3}, {0x3002, 0x1C},
                {0x3006, 0xC3}, {0x3A0F, 0x78}, {0x3A10, 0x68}, {0x3A18, 0x00}, {0x3A19, 0xF8}};
    eye_poke(0x3103, 0x11);
    eye_poke(0x3008, 0x82);
    eye_wait_us(5000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        eye_poke(rows[i].address, rows[i].value);
    eye_format(EYE_RGB565);
    eye_size(640, 480);
    eye_poke(0x3008, 0x02);
}

void eye_ready(const char *scene) {
    eye_make(scene);
    eye_wait_us(20000);
    eye_set_up();
}

void eye_wait_us(uint64_t us) {
    ib_sim_clock_spend(&eye.clock, us);
}

int eye_write(const uint8_t *bytes, size_t size) {
    uint8_t copy[600];
    assert_true(size <= sizeof copy);
    memcpy(copy, bytes, size);
    struct ib_i2c_part part = {copy, size, 0};
    return ib_i2c_transfer(&eye.bus, 0x3C, &part, 1);
}

int eye_read(uint16_t address, uint8_t *bytes, size_t size) {
    uint8_t where[2] = {(uint8_t)(address >> 8), (uint8_t)address};
    struct ib_i2c_part parts[2] = {{where, 2, 0}, {bytes, size, 1}};
    return ib_i2c_transfer(&eye.bus, 0x3C, parts, 2);
}

void eye_poke(uint16_t address, uint8_t value) {
    uint8_t bytes[3] = {(uint8_t)(address >> 8), (uint8_t)address, value};
    assert_int_equal(eye_write(bytes, 3), IB_OK);
}

void eye_poke16(uint16_t address, uint16_t value) {
    uint8_t bytes[4] = {(uint8_t)(address >> 8), (uint8_t)address, (uint8_t)(value >> 8),
                        (uint8_t)value};
    assert_int_equal(eye_write(bytes, 4), IB_OK);
}

uint8_t eye_peek(uint16_t address) {
    uint8_t value = 0;
    assert_int_equal(eye_read(address, &value, 1), IB_OK);
    return value;
}

uint16_t eye_peek16(uint16_t address) {
    uint8_t value[2] = {0};
    assert_int_equal(eye_read(address, value, 2), IB_OK);
    return (uint16_t)(value[0] << 8 | value[1]);
}

void eye_size(uint16_t width, uint16_t height) {
    static const struct {
        uint16_t width, height, every, dx, dy, hts, vts;
    } rows[] = {{320, 240, 2, 4, 2, 1716, 1000},    {640, 480, 2, 4, 2, 1716, 1000},
                {800, 480, 2, 4, 99, 1860, 1000},   {800, 600, 2, 4, 2, 1860, 1000},
                {1280, 720, 2, 4, 123, 2820, 1000}, {1600, 1200, 1, 8, 4, 3460, 1976},
                {2592, 1944, 1, 8, 4, 5444, 1976}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].width != width || rows[i].height != height)
            continue;
        eye_poke16(0x3800, 8);
        eye_poke16(0x3802, 2);
        eye_poke16(0x3804, 2615);
        eye_poke16(0x3806, 1953);
        eye_poke16(0x3808, width);
        eye_poke16(0x380A, height);
        eye_poke16(0x380C, rows[i].hts);
        eye_poke16(0x380E, rows[i].vts);
        eye_poke16(0x3810, rows[i].dx);
        eye_poke16(0x3812, rows[i].dy);
        eye_poke(0x3814, rows[i].every == 2 ? 0x31 : 0x11);
        eye_poke(0x3815, rows[i].every == 2 ? 0x31 : 0x11);
        eye.width = width;
        eye.height = height;
        return;
    }
    fail_msg("no row for %ux%u", width, height);
}

static enum eye_format format_now;

void eye_format(enum eye_format format) {
    static const uint8_t control[] = {0x6F, 0x30, 0x10, 0x00, 0x30}, mux[] = {1, 0, 0, 3, 0};
    bool jpeg = format == EYE_JPEG;
    eye_poke(0x4300, control[format]);
    eye_poke(0x501F, mux[format]);
    eye_poke(0x3821, (uint8_t)((eye_peek(0x3821) & ~0x20u) | (jpeg ? 0x20u : 0)));
    eye_poke(0x3002, jpeg ? 0x00 : 0x1C);
    eye_poke(0x3006, jpeg ? 0xFF : 0xC3);
    if (jpeg) {
        eye_poke16(0x4602, eye.width);
        eye_poke16(0x4604, eye.height);
        eye_poke(0x4713, 4);
    }
    format_now = format;
}

uint32_t eye_line_bytes(void) {
    return eye.width * (format_now == EYE_RGB565 || format_now == EYE_YUYV ? 2u : 1u);
}

void eye_expose(uint32_t lines16, uint16_t gain16) {
    eye_poke(0x3503, 0x03);
    eye_poke(0x3500, (uint8_t)(lines16 >> 16));
    eye_poke16(0x3501, (uint16_t)lines16);
    eye_poke16(0x350A, gain16);
}

int eye_start(uint32_t keep) {
    uint32_t line = format_now == EYE_JPEG ? 0 : eye_line_bytes();
    uint32_t lines = line ? eye.height : 0;
    struct ib_picture_in_format format = {line, lines, 0, 0, line, lines, keep};
    return eye.port.ops->start(eye.port.context, &format, eye.clock.now_us);
}

long eye_take(unsigned ms) {
    uint64_t until_us = eye.clock.now_us + ms * UINT64_C(1000);
    for (;;) {
        size_t bytes = 0;
        uint64_t due_us = 0;
        int got = eye.port.ops->take(eye.port.context, eye.clock.now_us, eye_bytes, EYE_ROOM,
                                     &bytes, &eye.end_us, &due_us);
        if (got)
            return got < 0 ? got : (long)bytes;
        assert_true(due_us > eye.clock.now_us);
        if (due_us > until_us)
            return 0;
        eye.clock.now_us = due_us;
    }
}

void eye_snapshot(void) {
    assert_int_equal(eye_start(1), IB_OK);
    assert_int_equal(eye_take(2000), (long)eye_line_bytes() * eye.height);
    eye.port.ops->stop(eye.port.context);
}

void eye_pixel(unsigned x, unsigned y, int rgb[3]) {
    const uint8_t *at = eye_bytes + 2 * ((size_t)y * eye.width + x);
    unsigned sent = (unsigned)at[0] << 8 | at[1];
    rgb[0] = (int)(sent >> 11) * 255 / 31;
    rgb[1] = (int)(sent >> 5 & 63) * 255 / 63;
    rgb[2] = (int)(sent & 31) * 255 / 31;
}

double eye_mean(unsigned x0, unsigned y0, unsigned x1, unsigned y1) {
    double sum = 0;
    for (unsigned y = y0; y <= y1; y++)
        for (unsigned x = x0; x <= x1; x++) {
            int c[3];
            eye_pixel(x, y, c);
            sum += 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
        }
    return sum / ((x1 - x0 + 1) * (y1 - y0 + 1));
}
