/// What every sensor has in common, with the soft one: settings, errors, buffers, snapshots.
#include "support_csi.h"

#include <string.h>
#include <time.h>

#include "core/status.h"

static uint64_t time_us;

static uint64_t now_us(void *context) {
    (void)context;
    return ++time_us;
}

static void wait_until(void *context, uint64_t when_us) {
    (void)context;
    if (when_us > time_us)
        time_us = when_us;
}

static void wake(void *context) {
    (void)context;
}

static const struct ib_clock_ops clock_ops = {now_us, wait_until, wake};
static const struct ib_clock the_clock = {&clock_ops, NULL};

static struct bench *bench;
static struct ib_csi *soft;

static int prepare(void **state) {
    (void)state;
    time_us = 1000;
    bench = bench_new(&the_clock, wait_until, NULL);
    bench_begin(bench);
    soft = bench_find(bench, IB_CSI_SOFT);
    assert_non_null(soft);
    return 0;
}

static int clean(void **state) {
    (void)state;
    bench_end(bench);
    return 0;
}

static void texts(void **state) {
    (void)state;
    static const char *const expected[] = {
        "No error.",
        "Sensor control failed.",
        "The requested operation is not supported by the image sensor.",
        "Failed to detect the image sensor or image sensor is detached.",
        "The detected image sensor is not supported.",
        "Failed to initialize the image sensor.",
        "Failed to initialize the external clock.",
        "Failed to initialize the CSI DMA.",
        "Failed to initialize the CSI interface.",
        "An low level I/O error has occurred.",
        "Frame capture has failed.",
        "Frame capture has timed out.",
        "Frame size is not supported or is not set.",
        "Pixel format is not supported or is not set.",
        "Window is not supported or is not set.",
        "Frame rate is not supported or is not set.",
        "An invalid argument is used.",
        "The requested operation is not supported on the current pixel format.",
        "Frame buffer error.",
        "Frame buffer overflow, try reducing the frame size.",
        "JPEG frame buffer overflow.",
        "The requested operation would block.",
    };
    for (int i = 0; i < 22; i++)
        assert_string_equal(ib_csi_error_text(-i), expected[i]);
    assert_string_equal(ib_csi_error_text(IB_CSI_E_TIMEOUT), expected[11]);
    assert_string_equal(ib_csi_error_text(IB_CSI_E_WOULD_BLOCK), expected[21]);
    assert_non_null(ib_csi_error_text(-1000));
    assert_non_null(ib_csi_error_text(INT32_MIN));
}

static void size_table(void **state) {
    (void)state;
    static const int expected[][3] = {{3, 176, 144},    {11, 320, 240},   {18, 64, 32},
                                      {23, 320, 320},   {24, 128, 160},   {26, 720, 480},
                                      {30, 1280, 768},  {34, 1280, 720},  {37, 2048, 1536},
                                      {38, 2560, 1600}, {39, 2592, 1944}, {16, 240, 160}};
    int32_t w, h;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(ib_csi_size_find(expected[i][0], &w, &h));
        assert_int_equal(w, expected[i][1]);
        assert_int_equal(h, expected[i][2]);
    }
    assert_false(ib_csi_size_find(0, &w, &h));
    assert_false(ib_csi_size_find(1, &w, &h));
    assert_false(ib_csi_size_find(40, &w, &h));
    assert_false(ib_csi_size_find(-1, &w, &h));
}

static void nothing_set(void **state) {
    (void)state;
    struct ib_openmv_image image;
    assert_int_equal(bench_reset(bench, soft, true), 1);
    assert_int_equal(bench_snapshot(bench, soft, &image), IB_CSI_E_PIXFORMAT);
    assert_int_equal(ib_csi_set_window(soft, (struct ib_rect){0, 0, 10, 10}), IB_CSI_E_FRAMESIZE);
    assert_int_equal(ib_csi_set_pixformat(soft, IB_PIXFORMAT_GRAYSCALE, time_us), 0);
    assert_int_equal(bench_finish(bench, soft), 1);
    assert_int_equal(bench_snapshot(bench, soft, &image), IB_CSI_E_FRAMESIZE);
    assert_false(ib_csi_picture(soft, &image));
    assert_false(ib_csi_readable(soft, time_us));
    // A reset forgets all of it.
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_RGB565, 10), 1);
    assert_int_equal(bench_snapshot(bench, soft, &image), 1);
    assert_int_equal(ib_csi_set_palette(soft, 1), 0);
    assert_int_equal(ib_csi_set_framerate(soft, 5), 0);
    assert_int_equal(ib_csi_set_mirror(soft, true, true, time_us), 0);
    assert_int_equal(ib_csi_set_transpose(soft, true), 0);
    assert_int_equal(ib_csi_set_buffers(soft, 7), 0);
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(soft->pixformat, 0);
    assert_int_equal(soft->framesize, 0);
    assert_int_equal(soft->framerate_hz, 0);
    assert_false(soft->hmirror || soft->vflip || soft->transpose);
    assert_int_equal(soft->palette, 0);
    assert_int_equal(ib_csi_buffers(soft), 1);
    assert_false(ib_csi_picture(soft, &image));
    assert_int_equal(bench_snapshot(bench, soft, &image), IB_CSI_E_PIXFORMAT);
}

static void refusals(void **state) {
    (void)state;
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(ib_csi_set_pixformat(soft, IB_PIXFORMAT_JPEG, time_us), IB_CSI_E_PIXFORMAT);
    assert_int_equal(ib_csi_set_pixformat(soft, 0, time_us), IB_CSI_E_PIXFORMAT);
    assert_int_equal(ib_csi_set_pixformat(soft, 12345, time_us), IB_CSI_E_PIXFORMAT);
    assert_int_equal(ib_csi_set_framerate(soft, 0), IB_CSI_E_FRAMERATE);
    assert_int_equal(ib_csi_set_buffers(soft, 0), IB_CSI_E_ARGUMENT);
    assert_int_equal(ib_csi_set_framesize(soft, 40, 0, 0, time_us), IB_CSI_E_FRAMESIZE);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 0, 5, time_us), IB_CSI_E_FRAMESIZE);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 20000, 5, time_us), IB_CSI_E_FRAMESIZE);
    // A line of 5,632 bytes, and not one more.
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_RGB565, 10), 1);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 2816, 10, time_us), 0);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 2817, 10, time_us), IB_CSI_E_FRAMESIZE);
    assert_int_equal(soft->width_px, 2816);
    assert_int_equal(ib_csi_set_pixformat(soft, IB_PIXFORMAT_GRAYSCALE, time_us), 0);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 5632, 10, time_us), 0);
    assert_int_equal(ib_csi_set_pixformat(soft, IB_PIXFORMAT_RGB565, time_us), IB_CSI_E_FRAMESIZE);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 5633, 10, time_us), IB_CSI_E_FRAMESIZE);
    // What it cannot do.
    const struct ib_csi_manual none = ib_csi_manual_none();
    struct ib_csi_manual found;
    assert_int_equal(ib_csi_set_auto(soft, IB_CSI_AUTO_GAIN, false, &none), IB_CSI_E_UNSUPPORTED);
    assert_int_equal(ib_csi_get_auto(soft, IB_CSI_AUTO_GAIN, &found), IB_CSI_E_UNSUPPORTED);
    const int32_t seven[3] = {7}, four[3] = {4}, much[3] = {101};
    assert_int_equal(ib_csi_control(soft, IB_CSI_GAINCEILING, seven), IB_CSI_E_ARGUMENT);
    assert_int_equal(ib_csi_control(soft, IB_CSI_GAINCEILING, four), 0);
    assert_int_equal(ib_csi_control(soft, IB_CSI_QUALITY, much), IB_CSI_E_ARGUMENT);
    assert_int_equal(bench_ask(bench, soft, IB_CSI_LEPTON_GET_WIDTH), IB_CSI_E_CONTROL);
}

static uint8_t grey_at(int x, int y, int off) {
    return ((x + off) / 16 + y / 16) % 2 ? 255 : 0;
}

static uint16_t colour_at(int x, int y, int off, int w, int h) {
    int r = (x + off) % w * 31 / (w - 1), g = y * 63 / (h - 1);
    int b = (((x + off) % w) ^ y) * 31 / (w + h - 2);
    return (uint16_t)(r << 11 | g << 5 | b);
}

static void pictures(void **state) {
    (void)state;
    struct ib_openmv_image image;
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    for (int step = 0; step < 9; step++) {
        assert_int_equal(bench_snapshot(bench, soft, &image), 1);
        for (int y = 0; y < 120; y++)
            for (int x = 0; x < 160; x++)
                assert_int_equal(image.pixels[y * 160 + x], grey_at(x, y, step / 4));
    }
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_RGB565, 11), 1);
    assert_int_equal(ib_csi_set_window(soft, (struct ib_rect){100, -20, 400, 60}), 0);
    assert_int_equal(soft->window.x, 100);
    assert_int_equal(soft->window.y, 0);
    assert_int_equal(soft->window.w, 220);
    assert_int_equal(soft->window.h, 40);
    for (int turned = 0; turned < 8; turned++) {
        bool hmirror = turned & 1, vflip = turned & 2, transpose = turned & 4;
        assert_int_equal(ib_csi_set_mirror(soft, hmirror, vflip, time_us), 0);
        assert_int_equal(ib_csi_set_transpose(soft, transpose), 0);
        assert_int_equal(bench_finish(bench, soft), 1);
        assert_int_equal(bench_snapshot(bench, soft, &image), 1);
        assert_int_equal(image.width_px, transpose ? 40 : 220);
        assert_int_equal(image.height_px, transpose ? 220 : 40);
        assert_int_equal(image.size_bytes, 220 * 40 * 2);
        const uint16_t *pixels = (const uint16_t *)(const void *)image.pixels;
        for (int y = 0; y < 40; y++)
            for (int x = 0; x < 220; x++) {
                int from_x = hmirror ? 319 - 100 - x : 100 + x, from_y = vflip ? 239 - y : y;
                assert_int_equal(pixels[transpose ? x * 40 + y : y * 220 + x],
                                 colour_at(from_x, from_y, turned / 4, 320, 240));
            }
    }
}

static void windows(void **state) {
    (void)state;
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 11), 1);
    assert_int_equal(ib_csi_set_window(soft, (struct ib_rect){0, 0, 0, 5}), IB_CSI_E_WINDOW);
    assert_int_equal(ib_csi_set_window(soft, (struct ib_rect){0, 0, 5, -1}), IB_CSI_E_WINDOW);
    assert_int_equal(ib_csi_set_window(soft, (struct ib_rect){320, 0, 5, 5}), IB_CSI_E_WINDOW);
    assert_int_equal(ib_csi_set_window(soft, (struct ib_rect){-5, 0, 5, 5}), IB_CSI_E_WINDOW);
    assert_int_equal(soft->window.w, 320);
    assert_int_equal(ib_csi_set_window(soft, (struct ib_rect){310, 200, 100, 100}), 0);
    assert_int_equal(soft->window.w, 10);
    assert_int_equal(soft->window.h, 40);
    assert_int_equal(soft->frame_buffer.buffer_bytes, 832); // 10 x 40 x 2, in steps of 64
    // The size is the frame's, not the window's; a new one begins with all of it.
    assert_int_equal(soft->width_px, 320);
    assert_int_equal(ib_csi_set_framesize(soft, 10, 0, 0, time_us), 0);
    assert_int_equal(soft->window.x, 0);
    assert_int_equal(soft->window.w, 160);
}

static void settling(void **state) {
    (void)state;
    assert_int_equal(bench_reset(bench, soft, false), 1);
    for (int delays = 1; delays >= 0; delays--) {
        soft->delays = delays;
        uint64_t least_us = delays ? 100000 : 0, most_us = least_us + 100;
        uint32_t format = delays ? IB_PIXFORMAT_GRAYSCALE : IB_PIXFORMAT_RGB565;
        uint64_t before_us = time_us;
        assert_int_equal(ib_csi_set_pixformat(soft, format, time_us), 0);
        assert_int_equal(bench_finish(bench, soft), 1);
        assert_in_range(time_us - before_us, least_us, most_us);
        before_us = time_us; // no change
        assert_int_equal(ib_csi_set_pixformat(soft, format, time_us), 0);
        assert_int_equal(bench_finish(bench, soft), 1);
        assert_in_range(time_us - before_us, 0, 100);
        before_us = time_us;
        assert_int_equal(ib_csi_set_framesize(soft, 10, 0, 0, time_us), 0);
        assert_int_equal(bench_finish(bench, soft), 1);
        assert_in_range(time_us - before_us, least_us, most_us);
        before_us = time_us;
        assert_int_equal(ib_csi_set_mirror(soft, delays, false, time_us), 0);
        assert_int_equal(bench_finish(bench, soft), 1);
        assert_in_range(time_us - before_us, least_us, most_us);
    }
}

static void buffers(void **state) {
    (void)state;
    struct ib_openmv_image image[4];
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(ib_csi_buffers(soft), 3);
    // A picture is left alone until as many have come as there are buffers.
    for (int i = 0; i < 4; i++)
        assert_int_equal(bench_snapshot(bench, soft, &image[i]), 1);
    assert_ptr_not_equal(image[0].pixels, image[1].pixels);
    assert_ptr_not_equal(image[1].pixels, image[2].pixels);
    assert_ptr_equal(image[0].pixels, image[3].pixels);
    assert_int_equal(image[0].room_bytes, 160 * 120 * 2);
    assert_ptr_equal(image[0].buffer, &soft->frame_buffer);
    assert_int_equal(ib_csi_set_buffers(soft, 1), 0);
    assert_int_equal(bench_snapshot(bench, soft, &image[0]), 1);
    assert_int_equal(bench_snapshot(bench, soft, &image[1]), 1);
    assert_ptr_equal(image[0].pixels, image[1].pixels);
    assert_false(ib_csi_readable(soft, time_us + 1000000));
    // The board's memory: 55 MB. 2592 x 1944 x 2 is 9.6 MB.
    assert_int_equal(ib_csi_set_buffers(soft, 5), 0);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_RGB565, 39), 1);
    assert_int_equal(ib_csi_buffers(soft), 5);
    assert_int_equal(ib_csi_set_buffers(soft, 6), IB_CSI_E_FRAME_BUFFER);
    assert_int_equal(ib_csi_buffers(soft), 5); // what is refused changes nothing
    assert_int_equal(bench_snapshot(bench, soft, &image[0]), 1);
    assert_int_equal(ib_csi_set_framesize(soft, 10, 0, 0, time_us), 0);
    assert_int_equal(ib_csi_set_buffers(soft, 6), 0);
    assert_int_equal(ib_csi_buffers(soft), 6);
    assert_int_equal(bench_reset(bench, soft, false), 1);
    // By itself: three, two, one, none.
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 39), 1);
    assert_int_equal(ib_csi_buffers(soft), 3);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 4000, 3000, time_us), 0);
    assert_int_equal(ib_csi_buffers(soft), 2);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 5000, 5000, time_us), 0);
    assert_int_equal(ib_csi_buffers(soft), 1);
    assert_int_equal(ib_csi_set_framesize(soft, 1, 5600, 5600, time_us), IB_CSI_E_FRAME_BUFFER);
}

static void taken(void **state) {
    (void)state;
    struct ib_openmv_image image;
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(bench_snapshot(bench, soft, &image), 1);
    // A script puts a picture of its own there.
    assert_int_equal(ib_openmv_frame_buffer_take(&soft->frame_buffer, IB_PIXFORMAT_RGB565, 2000,
                                                 2000, 0, &image),
                     IB_OK);
    memset(image.pixels, 0x55, image.size_bytes);
    assert_false(soft->capturing);
    assert_int_equal(bench_snapshot(bench, soft, &image), 1);
    assert_int_equal(image.width_px, 160);
    assert_int_equal(image.pixels[0], 0);
    assert_int_equal(ib_csi_buffers(soft), 3);
}

static void readable(void **state) {
    (void)state;
    struct ib_openmv_image first, second;
    const struct ib_csi_snapshot at_once = {.time_ms = -1, .frames = -1, .blocking = false};
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_false(ib_csi_readable(soft, time_us));
    assert_int_equal(bench_snapshot(bench, soft, &first), 1);
    assert_false(ib_csi_readable(soft, time_us));
    assert_int_equal(bench_take(bench, soft, &at_once), 1);
    assert_false(soft->got_picture);
    time_us += 10000;
    assert_true(ib_csi_readable(soft, time_us));
    assert_true(ib_csi_readable(soft, time_us));
    // The script's image is not what waits.
    assert_true(ib_csi_picture(soft, &second));
    assert_ptr_equal(first.pixels, second.pixels);
    assert_int_equal(bench_take(bench, soft, &at_once), 1);
    assert_true(soft->got_picture);
    assert_true(ib_csi_picture(soft, &second));
    assert_ptr_not_equal(first.pixels, second.pixels);
    assert_false(ib_csi_readable(soft, time_us));
}

static void drawn(void **state) {
    (void)state;
    struct ib_openmv_image image;
    static uint16_t pixels[80 * 60];
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(bench_snapshot(bench, soft, &image), 1);
    const struct ib_openmv_image into = {.pixels = (uint8_t *)pixels,
                                         .width_px = 80,
                                         .height_px = 60,
                                         .format = IB_PIXFORMAT_RGB565,
                                         .size_bytes = sizeof pixels};
    assert_int_equal(ib_csi_draw(soft, &into), 0);
    for (int y = 0; y < 60; y++)
        for (int x = 0; x < 80; x++)
            assert_int_equal(pixels[y * 80 + x], grey_at(2 * x, 2 * y, 0) ? 0xFFFF : 0);
    struct ib_openmv_image other = into;
    other.format = IB_PIXFORMAT_JPEG;
    assert_int_equal(ib_csi_draw(soft, &other), IB_CSI_E_FORMAT_OPERATION);
}

static void forgotten(void **state) {
    (void)state;
    struct ib_openmv_image image, later;
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(bench_snapshot(bench, soft, &image), 1);
    ib_csi_board_forget(&bench->board);
    assert_int_equal(image.pixels[16], 255); // still what it was
    assert_false(ib_csi_picture(soft, &later));
    assert_int_equal(bench_snapshot(bench, soft, &later), IB_CSI_E_PIXFORMAT);
    assert_ptr_equal(bench_find(bench, IB_CSI_SOFT), soft);
    assert_null(bench_find(bench, -1));
    assert_null(bench_find(bench, IB_CSI_OV5640));
    assert_null(bench_find(bench, IB_CSI_LEPTON));
}

static uint32_t chance;

static int32_t random_in(int32_t low, int32_t high) {
    chance ^= chance << 13;
    chance ^= chance >> 17;
    chance ^= chance << 5;
    return low + (int32_t)(chance % (uint32_t)(high - low + 1));
}

static int do_anything(void) {
    struct ib_openmv_image image;
    const struct ib_csi_snapshot how = {.time_ms = random_in(0, 3) ? -1 : random_in(0, 50),
                                        .frames = random_in(0, 3) ? -1 : random_in(0, 5),
                                        .blocking = random_in(0, 1)};
    uint64_t due_us;
    switch (random_in(0, 13)) {
    case 0:
        return ib_csi_reset(soft, random_in(0, 1), time_us);
    case 1:
        return ib_csi_set_pixformat(
            soft, random_in(0, 1) ? IB_PIXFORMAT_GRAYSCALE : IB_PIXFORMAT_RGB565, time_us);
    case 2:
        return ib_csi_set_framesize(soft, random_in(-1, 20), 0, 0, time_us);
    case 3:
        return ib_csi_set_framesize(soft, 1, random_in(-5, 700), random_in(-5, 500), time_us);
    case 4:
        return ib_csi_set_window(soft, (struct ib_rect){random_in(-100, 400), random_in(-100, 400),
                                                        random_in(-1, 500), random_in(-1, 500)});
    case 5:
        return ib_csi_set_mirror(soft, random_in(0, 1), random_in(0, 1), time_us);
    case 6:
        return ib_csi_set_transpose(soft, random_in(0, 1));
    case 7:
        return ib_csi_set_buffers(soft, random_in(0, 6));
    case 8:
        return ib_csi_set_framerate(soft, random_in(0, 200));
    case 9:
        return ib_csi_readable(soft, time_us += (uint64_t)random_in(0, 20000));
    case 10: // broken off
        if (ib_csi_take(soft, &how, time_us) == 0)
            (void)ib_csi_step(soft, time_us, &due_us);
        return 0;
    case 11:
        return ib_openmv_frame_buffer_take(&soft->frame_buffer, IB_PIXFORMAT_GRAYSCALE,
                                           random_in(1, 900), random_in(1, 900), 0, &image) == IB_OK
                   ? 0
                   : IB_CSI_E_FRAME_BUFFER;
    case 12:
        ib_csi_board_forget(&bench->board);
        return 0;
    default:
        return bench_take(bench, soft, &how);
    }
}

static void anything(void **state) {
    (void)state;
    unsigned pictures = 0;
    chance = (uint32_t)time(NULL) | 1;
    print_message("seed %u\n", (unsigned)chance);
    for (unsigned i = 0; i < 20000; i++) {
        struct ib_openmv_image image;
        int status = do_anything();
        assert_in_range(status + 21, 0, 22);
        if (random_in(0, 3))
            assert_in_range(bench_finish(bench, soft) + 21, 0, 22);
        if (!ib_csi_picture(soft, &image))
            continue;
        pictures++;
        assert_true(image.width_px > 0 && image.height_px > 0);
        assert_int_equal(image.size_bytes,
                         ib_openmv_image_bytes(image.format, image.width_px, image.height_px));
        assert_true(image.size_bytes <= image.room_bytes);
        assert_true(image.pixels >= soft->frame_buffer.memory);
        assert_true(image.pixels + image.room_bytes <=
                    soft->frame_buffer.memory + IB_CSI_POOL_BYTES);
    }
    assert_true(pictures > 100);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        TEST(texts),   TEST(size_table), TEST(nothing_set), TEST(refusals), TEST(pictures),
        TEST(windows), TEST(settling),   TEST(buffers),     TEST(taken),    TEST(readable),
        TEST(drawn),   TEST(forgotten),  TEST(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
