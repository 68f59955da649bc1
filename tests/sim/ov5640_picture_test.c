/// The simulated OV5640's pictures, from raw bytes: formats, geometry, light, effects, JPEG.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <jpeglib.h>
// clang-format on
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "support_visible.h"

static uint8_t *kept; ///< a frame to compare with

static void keep(void) {
    if (!kept)
        kept = malloc(EYE_ROOM);
    memcpy(kept, eye_bytes, EYE_ROOM);
}

static void no_violations(void) {
    assert_int_equal(ib_sim_ov5640_violation_count(&eye.part), 0);
}

/// 320x240 of a scene that stands still, exposure by hand.
static void ready_small(const char *scene) {
    eye_ready(scene);
    eye_size(320, 240);
    eye_wait_us(1500000);
    eye_poke(0x3503, 3);
    eye_poke(0x3406, 1);
}

// ---- Geometry ----

static void mirror_and_flip_are_exact(void **state) {
    (void)state;
    ready_small("board");
    eye_wait_us(3000000);
    eye_snapshot();
    keep();
    for (unsigned turn = 1; turn < 4; turn++) {
        eye_poke(0x3821, turn & 1 ? 0x06 : 0x00);
        eye_poke(0x3820, turn & 2 ? 0x46 : 0x40);
        eye_snapshot();
        for (unsigned y = 0; y < 240; y++)
            for (unsigned x = 0; x < 320; x++) {
                unsigned ox = turn & 1 ? 319 - x : x, oy = turn & 2 ? 239 - y : y;
                // Where a light blinks nothing can be said.
                if (ox > 175 && ox < 220 && oy > 150 && oy < 200)
                    continue;
                const uint8_t *a = eye_bytes + 2 * (y * 320 + x);
                const uint8_t *b = kept + 2 * (oy * 320 + ox);
                if (a[0] != b[0] || a[1] != b[1])
                    fail_msg("turn %u at %u, %u", turn, x, y);
            }
    }
    no_violations();
}

static void the_port_cuts_exactly(void **state) {
    (void)state;
    ready_small("kettle");
    eye_start(8);
    eye_take(200);
    keep(); // the scene moves: only what stands still is compared
    struct ib_picture_in_format format = {640, 240, 200, 120, 100, 60, 3};
    assert_int_equal(eye.port.ops->start(eye.port.context, &format, eye.clock.now_us), IB_OK);
    assert_int_equal(eye_take(200), 6000);
    for (unsigned y = 0; y < 60; y++)
        assert_memory_equal(eye_bytes + 100 * y, kept + 640 * (120 + y) + 200, 100);
    no_violations();
}

/// Window of the array at full resolution.
static void window(uint16_t x, uint16_t y, uint16_t width, uint16_t height) {
    eye_poke16(0x3800, x);
    eye_poke16(0x3802, y);
    eye_poke16(0x3804, (uint16_t)(x + width - 1));
    eye_poke16(0x3806, (uint16_t)(y + height - 1));
    eye_poke16(0x3808, width);
    eye_poke16(0x380A, height);
    eye_poke16(0x3810, 0);
    eye_poke16(0x3812, 0);
    eye_poke(0x3814, 0x11);
    eye_poke(0x3815, 0x11);
    eye_poke16(0x380C, 2860);
    eye_poke16(0x380E, 1976);
    eye.width = width;
    eye.height = height;
}

static void windows_show_the_same_place(void **state) {
    (void)state;
    ready_small("board");
    eye_poke(0x3602, 0x00); // in focus, so that edges are edges
    eye_poke(0x3603, 400 >> 4);
    window(700, 500, 640, 480);
    eye_snapshot();
    keep();
    window(800, 560, 320, 240);
    eye_snapshot();
    unsigned other = 0;
    for (unsigned y = 0; y < 240; y++)
        for (unsigned x = 0; x < 320; x++)
            other += memcmp(eye_bytes + 2 * (y * 320 + x), kept + 2 * ((y + 60) * 640 + x + 100),
                            2) != 0;
    assert_true(other < 320 * 240 / 500); // coordinates are rounded differently
    // The other window of that size is not the same place.
    window(801, 560, 320, 240);
    eye_snapshot();
    other = 0;
    for (unsigned y = 0; y < 240; y++)
        for (unsigned x = 0; x < 320; x++)
            other += memcmp(eye_bytes + 2 * (y * 320 + x), kept + 2 * ((y + 60) * 640 + x + 100),
                            2) != 0;
    assert_true(other > 320 * 240 / 100);
}

static void all_sizes_show_the_same_world(void **state) {
    (void)state;
    // The bars are 1/16 of the Lepton's 57 degrees wide: their edges are known from the tangent.
    static const uint16_t sizes[][2] = {{320, 240}, {800, 480}, {1280, 720}, {2592, 1944}};
    eye_ready("bars");
    for (unsigned i = 0; i < 4; i++) {
        eye_size(sizes[i][0], sizes[i][1]);
        eye_wait_us(1000000);
        eye_snapshot();
        double focal_px = sizes[i][0] / 2.0 / tan(32.5 * M_PI / 180);
        for (int bar = 1; bar < 16; bar++) {
            double edge = (bar / 8.0 - 1) * tan(28.5 * M_PI / 180) - 22.0 / 1000;
            int x = (int)lround(sizes[i][0] / 2.0 + focal_px * edge), left[3], right[3], far = 0;
            int reach = 2 + sizes[i][0] / 320;
            eye_pixel((unsigned)(x - reach), sizes[i][1] / 2u, left);
            eye_pixel((unsigned)(x + reach), sizes[i][1] / 2u, right);
            for (int c = 0; c < 3; c++)
                far += abs(left[c] - right[c]);
            if (far < 8)
                fail_msg("%ux%u: no edge at %d", sizes[i][0], sizes[i][1], x);
        }
    }
    no_violations();
}

// ---- Formats ----

static void the_colour_bar_is_exact(void **state) {
    (void)state;
    static const uint8_t rgb[8] = {7, 6, 3, 2, 5, 4, 1, 0}; // red is 4
    static const int luma[8] = {255, 226, 179, 150, 106, 77, 29, 0};
    ready_small("kettle");
    eye_poke(0x503D, 0x80);
    eye_snapshot();
    for (unsigned y = 0; y < 240; y += 17)
        for (unsigned x = 0; x < 320; x++) {
            int c[3];
            eye_pixel(x, y, c);
            for (int i = 0; i < 3; i++)
                assert_int_equal(c[i], rgb[x / 40] & (4 >> i) ? 255 : 0);
        }
    eye_format(EYE_Y8);
    eye_snapshot();
    for (unsigned x = 0; x < 320; x++)
        assert_in_range(eye_bytes[320 * 100 + x], luma[x / 40] > 1 ? luma[x / 40] - 1 : 0,
                        luma[x / 40] + 1);
    eye_format(EYE_YUYV);
    eye_snapshot();
    for (unsigned x = 0; x < 320; x += 2) {
        const uint8_t *at = eye_bytes + 640 * 100 + 2 * x;
        assert_in_range(at[0], luma[x / 40] > 1 ? luma[x / 40] - 1 : 0, luma[x / 40] + 1);
        // U and V as BT.601 has them: blue and red minus luminance.
        unsigned bar = x / 40;
        double u = 128 + 0.564 * ((rgb[bar] & 1 ? 255 : 0) - luma[bar]);
        double v = 128 + 0.713 * ((rgb[bar] & 4 ? 255 : 0) - luma[bar]);
        assert_true(fabs(at[1] - fmin(u, 255)) < 3 && fabs(at[3] - fmin(v, 255)) < 3);
    }
    eye_format(EYE_RAW);
    eye_snapshot();
    for (unsigned y = 100; y < 102; y++)
        for (unsigned x = 0; x < 320; x++) {
            int bit = (x + y) & 1 ? 2 : y & 1 ? 4 : 1; // blue, green; green, red
            assert_int_equal(eye_bytes[320 * y + x], rgb[x / 40] & bit ? 255 : 0);
        }
    no_violations();
}

static void formats_show_the_same_picture(void **state) {
    (void)state;
    ready_small("board");
    eye_snapshot();
    keep();
    eye_poke(0x4300, 0x61); // blue first
    eye_snapshot();
    for (unsigned i = 0; i < 320 * 100; i++) { // above the blinking light
        unsigned a = (unsigned)kept[2 * i] << 8 | kept[2 * i + 1];
        unsigned b = (unsigned)eye_bytes[2 * i] << 8 | eye_bytes[2 * i + 1];
        assert_int_equal(a >> 11, b & 31);
        assert_int_equal(a & 31, b >> 11);
        assert_int_equal(a >> 5 & 63, b >> 5 & 63);
    }
    static const uint8_t orders[4][3] = {{0, 1, 3}, {0, 3, 1}, {1, 0, 2}, {1, 2, 0}}; // Y, U, V
    for (unsigned order = 0; order < 4; order++) {
        eye_format(EYE_YUYV);
        eye_poke(0x4300, (uint8_t)(0x30 + order));
        eye_snapshot();
        for (unsigned i = 0; i < 320 * 100; i += 2) {
            unsigned sent = (unsigned)kept[2 * i] << 8 | kept[2 * i + 1];
            double r = (sent >> 11) * 255 / 31.0, g = (sent >> 5 & 63) * 255 / 63.0,
                   b = (sent & 31) * 255 / 31.0, y = 0.299 * r + 0.587 * g + 0.114 * b;
            assert_true(fabs(eye_bytes[2 * i + orders[order][0]] - y) < 9);
            unsigned next = (unsigned)kept[2 * i + 2] << 8 | kept[2 * i + 3];
            if (next != sent)
                continue;
            assert_true(fabs(eye_bytes[2 * i + orders[order][1]] - 128 - 0.564 * (b - y)) < 9);
            assert_true(fabs(eye_bytes[2 * i + orders[order][2]] - 128 - 0.713 * (r - y)) < 9);
        }
    }
    no_violations();
}

static void bayer_has_blue_first(void **state) {
    (void)state;
    ready_small("bars"); // from blue to red
    eye_format(EYE_RAW);
    eye_snapshot();
    const uint8_t *even = eye_bytes + 320 * 100, *odd = even + 320;
    assert_true(even[40] > 1.5 * odd[41]);   // at the left blue is more than red
    assert_true(odd[281] > 1.5 * even[280]); // at the right the other way round
    no_violations();
}

// ---- JPEG ----

/// Decodes eye_bytes into `kept` as RGB888. Return: whether libjpeg was content.
static int decode(size_t size, unsigned *width, unsigned *height) {
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr errors;
    d.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, eye_bytes, size);
    jpeg_read_header(&d, TRUE);
    d.out_color_space = JCS_RGB;
    jpeg_start_decompress(&d);
    *width = d.output_width;
    *height = d.output_height;
    while (d.output_scanline < d.output_height) {
        JSAMPROW row = kept + (size_t)3 * d.output_width * d.output_scanline;
        jpeg_read_scanlines(&d, &row, 1);
    }
    jpeg_finish_decompress(&d);
    long warnings = errors.num_warnings;
    jpeg_destroy_decompress(&d);
    return warnings == 0;
}

/// Where EOI ends, or 0.
static size_t end_of(const uint8_t *bytes, size_t size) {
    for (size_t i = size; i >= 2; i--)
        if (bytes[i - 2] == 0xFF && bytes[i - 1] == 0xD9)
            return i;
    return 0;
}

static void jpeg_is_the_same_picture(void **state) {
    (void)state;
    eye_ready("kettle");
    eye_wait_us(1500000);
    eye_poke(0x3503, 3);
    eye_snapshot();
    keep();
    static double luma[640 * 480];
    for (unsigned i = 0; i < 640 * 480; i++) {
        int c[3];
        eye_pixel(i % 640, i / 640, c);
        luma[i] = 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
    }
    eye_poke(0x4407, 0x04);
    eye_format(EYE_JPEG);
    eye_start(1);
    long size = eye_take(500);
    assert_true(size > 5000);
    assert_int_equal(size % 640, 0); // lines of fixed width
    assert_true(eye_bytes[0] == 0xFF && eye_bytes[1] == 0xD8);
    size_t end = end_of(eye_bytes, (size_t)size);
    assert_true(end > (size_t)size - 640 - 1);
    for (size_t i = end; i < (size_t)size; i++)
        assert_int_equal(eye_bytes[i], 0);
    unsigned width, height;
    assert_true(decode(end, &width, &height));
    assert_int_equal(width, 640);
    assert_int_equal(height, 480);
    double off = 0;
    for (unsigned i = 0; i < 640 * 480; i++)
        off +=
            fabs(0.299 * kept[3 * i] + 0.587 * kept[3 * i + 1] + 0.114 * kept[3 * i + 2] - luma[i]);
    assert_true(off / (640 * 480) < 4);
    no_violations();
}

static void quality_is_the_quantiser(void **state) {
    (void)state;
    eye_ready("board");
    eye_format(EYE_JPEG);
    eye_wait_us(1000000);
    long before = 1L << 30;
    static const uint8_t scales[] = {0x02, 0x04, 0x08, 0x10, 0x20, 0x3F};
    for (unsigned i = 0; i < 6; i++) {
        eye_poke(0x4407, scales[i]);
        eye_start(1);
        long size = eye_take(500);
        assert_true(size > 0 && size < before);
        before = size;
    }
    no_violations();
}

static void jpeg_needs_its_blocks(void **state) {
    (void)state;
    eye_ready("flat");
    eye_format(EYE_JPEG);
    eye_poke(0x3002, 0x1C);
    eye_wait_us(200000);
    eye_start(1);
    assert_int_equal(eye_take(500), 0);
    assert_true(ib_sim_ov5640_violations(&eye.part)->jpeg_blocks > 0);
    eye_poke(0x3002, 0);
    assert_true(eye_take(500) > 0);
    eye_poke(0x3006, 0xC3);
    assert_true(eye_take(60) >= 0);
    assert_int_equal(eye_take(500), 0);
    // Sizes are whole blocks.
    eye_poke(0x3006, 0xFF);
    uint32_t before = ib_sim_ov5640_violations(&eye.part)->format;
    eye_poke16(0x3808, 636);
    assert_int_equal(eye_take(500), 0);
    assert_true(ib_sim_ov5640_violations(&eye.part)->format > before);
}

static void jpeg_may_have_no_end(void **state) {
    (void)state;
    eye_ready("flat");
    eye_format(EYE_JPEG);
    eye_wait_us(200000);
    eye_start(1);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_NO_EOI, 1, 0);
    long size = eye_take(500);
    assert_int_equal(size, EYE_ROOM);
    assert_int_equal(end_of(eye_bytes, (size_t)size), 0);
    assert_true(eye_take(500) < EYE_ROOM);
    // Too few lines to carry it.
    eye_poke16(0x4604, 2);
    (void)eye_take(60);
    size = eye_take(500);
    assert_int_equal(size, 2 * 640);
    assert_int_equal(end_of(eye_bytes, (size_t)size), 0);
    // Without a codec no frame ever ends.
    eye_make_with("flat", true, NULL);
    eye_wait_us(20000);
    eye_set_up();
    eye_format(EYE_JPEG);
    eye_wait_us(200000);
    eye_start(3);
    assert_int_equal(eye_take(2000), 0);
}

// ---- Light ----

static double settled_mean(void) {
    eye_wait_us(2000000);
    eye_snapshot();
    return eye_mean(0, 0, eye.width - 1u, eye.height - 1u);
}

static void exposure_finds_its_target(void **state) {
    (void)state;
    eye_ready("kettle");
    eye_size(320, 240);
    eye_poke(0x3A0F, 0x70);
    eye_poke(0x3A10, 0x60);
    double mean = settled_mean();
    assert_true(fabs(mean - 0x68) < 16);
    // The registers show what it found, and it comes back from both sides.
    uint16_t found = eye_peek16(0x3501);
    static const float shares[] = {8, 0.25f};
    for (unsigned i = 0; i < 2; i++) {
        ib_sim_ov5640_light(&eye.part, shares[i]);
        eye_snapshot();
        double first = eye_mean(0, 0, 319, 239);
        assert_true(i ? first < mean - 20 : first > mean + 20);
        double then = settled_mean();
        assert_true(fabs(then - mean) < 5);
    }
    assert_true(eye_peek16(0x3501) > 2 * found);
    no_violations();
}

static void exposure_by_hand_is_proportional(void **state) {
    (void)state;
    ready_small("flat");
    eye_poke(0x5000, 0x87); // no gamma: counts are light
    double before = 0;
    static const struct {
        uint32_t lines16;
        uint16_t gain16;
    } rows[] = {{50 * 16, 16}, {100 * 16, 16}, {50 * 16, 64}, {400 * 16, 16}};
    for (unsigned i = 0; i < 4; i++) {
        eye_expose(rows[i].lines16, rows[i].gain16);
        eye_snapshot();
        double mean = eye_mean(100, 100, 200, 140);
        if (i)
            assert_true(mean / before > 1.85 && mean / before < 2.15);
        before = mean;
    }
    // Longer than a frame is as long as a frame.
    eye_expose(1000 * 16, 4);
    eye_snapshot();
    keep();
    eye_expose(4000 * 16, 4);
    eye_snapshot();
    assert_memory_equal(eye_bytes, kept, 320 * 240 * 2);
    no_violations();
}

static void the_gain_has_a_ceiling(void **state) {
    (void)state;
    eye_ready("flat");
    eye_poke(0x3A18, 0);
    eye_poke(0x3A19, 0x40);
    ib_sim_ov5640_light(&eye.part, 0.0001f);
    eye_wait_us(3000000);
    assert_int_equal(eye_peek16(0x350A), 0x40);
    eye_poke(0x3A18, 3);
    eye_poke(0x3A19, 0xFF);
    eye_wait_us(3000000);
    assert_int_equal(eye_peek16(0x350A), 0x3FF);
    no_violations();
}

static void night_mode_makes_frames_longer(void **state) {
    (void)state;
    struct ib_sim_ov5640_facts facts;
    eye_ready("flat");
    ib_sim_ov5640_light(&eye.part, 0.0005f);
    eye_wait_us(3000000);
    ib_sim_ov5640_facts(&eye.part, &facts);
    assert_true(facts.frame_rate_hz > 23 && facts.frame_rate_hz < 24);
    eye_poke16(0x3A02, 4000);
    eye_poke16(0x3A14, 4000);
    eye_poke(0x3A00, 0x7C);
    eye_wait_us(5000000);
    ib_sim_ov5640_facts(&eye.part, &facts);
    assert_true(facts.frame_rate_hz > 5.5f && facts.frame_rate_hz < 6);
    eye_start(3);
    (void)eye_take(500);
    uint64_t before_us = eye.end_us;
    assert_true(eye_take(500) > 0);
    assert_in_range(eye.end_us - before_us, 170000, 173000);
    no_violations();
}

static void white_becomes_white(void **state) {
    (void)state;
    eye_ready("kettle"); // in warm light
    eye_size(320, 240);
    eye_wait_us(2000000);
    eye_snapshot();
    // The tiles above the kettle's handle: grey to a hair of green.
    double sum[3] = {0};
    for (unsigned y = 20; y < 36; y++)
        for (unsigned x = 160; x < 180; x++) {
            int c[3];
            eye_pixel(x, y, c);
            for (int i = 0; i < 3; i++)
                sum[i] += c[i] / 320.0;
        }
    assert_true(fabs(sum[0] - sum[2]) < 12 && fabs(sum[0] - sum[1]) < 12);
    // By hand, one to one, it is as yellow as its lamp.
    eye_poke(0x3406, 1);
    eye_poke16(0x3400, 0x400);
    eye_poke16(0x3402, 0x400);
    eye_poke16(0x3404, 0x400);
    eye_snapshot();
    int c[3];
    eye_pixel(170, 28, c);
    assert_true(c[0] > c[2] + 15);
    eye_poke16(0x3400, 0x200);
    eye_snapshot();
    int less[3];
    eye_pixel(170, 28, less);
    assert_true(less[0] < c[0] - 20 && abs(less[2] - c[2]) < 9);
    no_violations();
}

static void noise_grows_in_the_dark(void **state) {
    (void)state;
    double deviations[2];
    for (unsigned i = 0; i < 2; i++) {
        eye_make_with("flat", false, NULL);
        eye_wait_us(20000);
        eye_set_up();
        eye_poke(0x5000, 0x27);
        eye_format(EYE_Y8);
        ib_sim_ov5640_light(&eye.part, i ? 0.0005f : 1);
        eye_wait_us(3000000);
        eye_snapshot();
        double sum = 0, squares = 0;
        for (unsigned y = 200; y < 240; y++)
            for (unsigned x = 300; x < 340; x++) {
                double v = eye_bytes[y * 640 + x];
                sum += v;
                squares += v * v;
            }
        deviations[i] = sqrt(squares / 1600 - sum * sum / 1600 / 1600);
        keep();
        eye_snapshot();
        assert_memory_not_equal(kept, eye_bytes, 640 * 480);
    }
    assert_true(deviations[0] < 2 && deviations[1] > 2 * deviations[0]);
}

// ---- Effects ----

static void effects_do_what_they_are_called(void **state) {
    (void)state;
    ready_small("board");
    eye_snapshot();
    keep();
    double plain = eye_mean(0, 0, 319, 100);
    eye_poke(0x5580, 0x40); // negative
    eye_snapshot();
    for (unsigned i = 0; i < 2 * 320 * 100; i++)
        assert_int_equal(eye_bytes[i], (uint8_t)~kept[i]);
    eye_poke(0x5580, 0x04); // brightness and contrast
    eye_poke(0x5586, 0x20);
    eye_poke(0x5587, 0x20);
    eye_poke(0x5588, 0x01);
    eye_snapshot();
    assert_true(fabs(eye_mean(0, 0, 319, 100) - plain - 32) < 4);
    eye_poke(0x5588, 0x09);
    eye_snapshot();
    assert_true(eye_mean(0, 0, 319, 100) < plain - 20);
    eye_poke(0x5587, 0x00);
    eye_poke(0x5586, 0x10); // half
    eye_snapshot();
    assert_true(fabs(eye_mean(0, 0, 319, 100) - plain / 2) < 4);
    eye_poke(0x5580, 0x02); // saturation
    eye_poke(0x5583, 0);
    eye_poke(0x5584, 0);
    eye_snapshot();
    for (unsigned i = 0; i < 320 * 100; i += 7) {
        int c[3];
        eye_pixel(i % 320, i / 320, c);
        assert_true(abs(c[0] - c[1]) < 9 && abs(c[2] - c[1]) < 9);
    }
    assert_true(fabs(eye_mean(0, 0, 319, 100) - plain) < 4);
    // By itself the first register counts for both; by hand each has its own.
    eye_poke(0x5583, 0x40);
    eye_snapshot();
    assert_memory_equal(eye_bytes, kept, 640 * 100);
    eye_poke(0x5588, 0x40);
    eye_snapshot();
    assert_memory_not_equal(eye_bytes, kept, 640 * 100);
    eye_poke(0x5001, 0x23); // the block is off
    eye_snapshot();
    assert_memory_equal(eye_bytes, kept, 640 * 100);
    no_violations();
}

static void without_correction_corners_are_dark(void **state) {
    (void)state;
    ready_small("flat");
    eye_snapshot();
    assert_true(fabs(eye_mean(0, 0, 9, 9) - eye_mean(155, 115, 165, 125)) < 2);
    eye_poke(0x5000, 0x27);
    eye_snapshot();
    // A diagonal of 38.5 degrees: the fourth power of the cosine, and a gamma of 0.45.
    double share = pow(pow(cos(38.5 * M_PI / 180), 4), 0.45);
    assert_true(fabs(eye_mean(0, 0, 9, 9) / eye_mean(155, 115, 165, 125) - share) < 0.04);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirror_and_flip_are_exact),
        cmocka_unit_test(the_port_cuts_exactly),
        cmocka_unit_test(windows_show_the_same_place),
        cmocka_unit_test(all_sizes_show_the_same_world),
        cmocka_unit_test(the_colour_bar_is_exact),
        cmocka_unit_test(formats_show_the_same_picture),
        cmocka_unit_test(bayer_has_blue_first),
        cmocka_unit_test(jpeg_is_the_same_picture),
        cmocka_unit_test(quality_is_the_quantiser),
        cmocka_unit_test(jpeg_needs_its_blocks),
        cmocka_unit_test(jpeg_may_have_no_end),
        cmocka_unit_test(exposure_finds_its_target),
        cmocka_unit_test(exposure_by_hand_is_proportional),
        cmocka_unit_test(the_gain_has_a_ceiling),
        cmocka_unit_test(night_mode_makes_frames_longer),
        cmocka_unit_test(white_becomes_white),
        cmocka_unit_test(noise_grows_in_the_dark),
        cmocka_unit_test(effects_do_what_they_are_called),
        cmocka_unit_test(without_correction_corners_are_dark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
