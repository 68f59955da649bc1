/// The colour sensor as scripts see it: the driver on a register file and a port that write down what
/// happens.
#include "../ov5640/support_part.h"
#include "support_csi.h"

#include <math.h>
#include <string.h>

#include "core/status.h"

static struct part part;
static struct bench *bench;
static struct ib_csi *ov;
static uint64_t frame_every_us; ///< 0: the test makes them ready

/// The part's time, and its frames.
static void run_until(void *context, uint64_t when_us) {
    (void)context;
    if (when_us > part.now_us)
        part.now_us = when_us;
    if (frame_every_us && part.started)
        part.frame_ready = true;
}

static void begin(void) {
    part_init(&part);
    part.power_level = 0;
    bench = bench_new(&part.clock, run_until, NULL);
    bench->hands.camera_bus = &part.i2c;
    bench->hands.camera_reset = &part.reset;
    bench->hands.visible_power = &part.power;
    bench->hands.visible = &part.port;
    bench_begin(bench);
    frame_every_us = 0;
}

static int prepare(void **state) {
    (void)state;
    begin();
    ov = bench_find(bench, -1);
    assert_non_null(ov);
    return 0;
}

static int clean(void **state) {
    (void)state;
    bench_end(bench);
    return 0;
}

static void set_frame(size_t bytes) {
    assert_true(bytes <= sizeof part.frame);
    part.frame_bytes = bytes;
    for (size_t i = 0; i < bytes; i++)
        part.frame[i] = (uint8_t)(i * 7 + i / 256);
    part.frame_ready = true;
}

static void detection(void **state) {
    (void)state;
    assert_int_equal(part.power_level, 1);
    assert_int_equal(ov->chip_id, 0x56);
    assert_ptr_equal(bench_find(bench, IB_CSI_OV5640), ov);
    assert_int_equal(part.resets, 0); // the line is not only its own
    bench_end(bench);
    begin();
    part.registers[0x300A] = 0x26; // another chip
    assert_null(bench_find(bench, IB_CSI_OV5640));
    assert_null(bench_find(bench, -1));
}

static void resets(void **state) {
    (void)state;
    uint64_t before_us = part.now_us;
    assert_int_equal(bench_reset(bench, ov, true), 1);
    assert_int_equal(part.resets, 1);
    assert_true(part.now_us - before_us >= 300000);
    ov->delays = false;
    before_us = part.now_us;
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(part.resets, 1);
    assert_true(part.now_us - before_us < 300000);
    // Off, and on again by a reset.
    assert_int_equal(ib_csi_shutdown(ov, true), 0);
    assert_int_equal(part.power_level, 0);
    assert_false(ov->powered);
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(part.power_level, 1);
    assert_true(ov->powered);
    assert_int_equal(ib_csi_sleep(ov, true), 0);
    assert_true(part.registers[0x3008] & 0x40);
    assert_int_equal(ib_csi_sleep(ov, false), 0);
    assert_false(part.registers[0x3008] & 0x40);
    // A dead bus.
    part.power_level = 0;
    part.power.ops = NULL;
    bench->board.ov5640.part.wiring.power = NULL;
    assert_int_equal(bench_reset(bench, ov, false), IB_CSI_E_CONTROL);
    assert_int_equal(ib_csi_set_pixformat(ov, IB_PIXFORMAT_RGB565, part.now_us), IB_CSI_E_CONTROL);
    assert_int_equal(ov->pixformat, 0);
    assert_int_equal(ib_csi_read_register(ov, 0x300A), IB_CSI_E_IO);
}

static void formats(void **state) {
    (void)state;
    static const struct {
        uint32_t set, got;
        size_t bytes;
    } formats[] = {
        {IB_PIXFORMAT_GRAYSCALE, IB_PIXFORMAT_GRAYSCALE, 160 * 120},
        {IB_PIXFORMAT_RGB565, IB_PIXFORMAT_RGB565, 160 * 120 * 2},
        {IB_PIXFORMAT_YUV422, IB_PIXFORMAT_YUV422 | 0x100, 160 * 120 * 2}, // Y V
        {IB_PIXFORMAT_BAYER, IB_PIXFORMAT_BAYER, 160 * 120},               // B G, G R
    };
    struct ib_openmv_image image;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        assert_int_equal(bench_reset(bench, ov, false), 1);
        assert_int_equal(bench_set(bench, ov, formats[i].set, 10), 1);
        set_frame(formats[i].bytes);
        assert_int_equal(bench_snapshot(bench, ov, &image), 1);
        assert_int_equal(image.format, formats[i].got);
        assert_int_equal(image.size_bytes, formats[i].bytes);
        assert_int_equal(image.width_px, 160);
        assert_int_equal(part.format.keep, 3);
        if (formats[i].bytes == 160 * 120)
            assert_memory_equal(image.pixels, part.frame, formats[i].bytes);
    }
    assert_int_equal(ib_csi_set_pixformat(ov, IB_PIXFORMAT_PNG, part.now_us), IB_CSI_E_PIXFORMAT);
    assert_int_equal(ib_csi_set_pixformat(ov, IB_PIXFORMAT_BINARY, part.now_us),
                     IB_CSI_E_PIXFORMAT);
}

static void windows(void **state) {
    (void)state;
    struct ib_openmv_image image;
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_GRAYSCALE, 11), 1);
    assert_int_equal(ib_csi_set_window(ov, (struct ib_rect){101, 33, 75, 50}), 0);
    set_frame(75 * 50);
    assert_int_equal(bench_snapshot(bench, ov, &image), 1);
    assert_int_equal(part.format.line_bytes, 320);
    assert_int_equal(part.format.lines, 240);
    assert_int_equal(part.format.skip_bytes, 101);
    assert_int_equal(part.format.skip_lines, 33);
    assert_int_equal(part.format.taken_bytes, 75);
    assert_int_equal(part.format.taken_lines, 50);
    assert_int_equal(image.width_px, 75);
    // Turned in software.
    assert_int_equal(ib_csi_set_transpose(ov, true), 0);
    set_frame(75 * 50);
    assert_int_equal(bench_snapshot(bench, ov, &image), 1);
    assert_int_equal(image.width_px, 50);
    assert_int_equal(image.height_px, 75);
    for (size_t y = 0; y < 50; y++)
        for (size_t x = 0; x < 75; x++)
            assert_int_equal(image.pixels[x * 50 + y], part.frame[y * 75 + x]);
    // Not what is no rows of pixels.
    assert_int_equal(ib_csi_set_pixformat(ov, IB_PIXFORMAT_JPEG, part.now_us),
                     IB_CSI_E_FORMAT_OPERATION);
    assert_int_equal(ib_csi_set_transpose(ov, false), 0);
    assert_int_equal(ib_csi_set_pixformat(ov, IB_PIXFORMAT_YUV422, part.now_us), 0);
    assert_int_equal(ib_csi_set_transpose(ov, true), IB_CSI_E_FORMAT_OPERATION);
    assert_int_equal(ib_csi_set_auto_rotation(ov, true), IB_CSI_E_FORMAT_OPERATION);
}

static void jpeg(void **state) {
    (void)state;
    struct ib_openmv_image image;
    static const uint8_t file[] = {0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xD9, 0, 0};
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_JPEG, 11), 1);
    memcpy(part.frame, file, sizeof file);
    part.frame_bytes = sizeof file;
    part.frame_ready = true;
    assert_int_equal(bench_snapshot(bench, ov, &image), 1);
    assert_int_equal(part.format.line_bytes, 0);
    assert_int_equal(image.format, IB_PIXFORMAT_JPEG);
    assert_int_equal(image.size_bytes, 10);
    assert_int_equal(image.width_px, 320);
    assert_memory_equal(image.pixels, file, 10);
    assert_int_equal(ib_csi_set_window(ov, (struct ib_rect){0, 0, 64, 64}),
                     IB_CSI_E_FORMAT_OPERATION);
    // Longer than the buffer.
    const struct ib_csi_snapshot how = {.time_ms = -1, .frames = -1, .blocking = true};
    part.port_error = IB_E_NO_SPACE;
    assert_int_equal(bench_take(bench, ov, &how), IB_CSI_E_JPEG_OVERFLOW);
    part.port_error = 0;
    // 0 is the worst, 255; 100 the best, 0: in six bits of the sensor.
    const int32_t best[3] = {100}, worst[3] = {0};
    assert_int_equal(ib_csi_control(ov, IB_CSI_QUALITY, worst), 1);
    unsigned coarse = part.registers[0x4407];
    assert_int_equal(ib_csi_control(ov, IB_CSI_QUALITY, best), 1);
    assert_true(part.registers[0x4407] < coarse);
    // A size that is not in blocks of 8.
    assert_int_equal(ib_csi_set_framesize(ov, IB_CSI_SIZE_CUSTOM, 324, 240, part.now_us),
                     IB_CSI_E_FRAMESIZE);
    assert_int_equal(ov->width_px, 320);
}

static void size_limits(void **state) {
    (void)state;
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(ib_csi_set_pixformat(ov, IB_PIXFORMAT_RGB565, part.now_us), 0);
    int32_t w, h;
    for (int number = 2; number < IB_CSI_SIZES; number++) {
        assert_true(ib_csi_size_find(number, &w, &h));
        int expected = number == 8 ? IB_CSI_E_FRAMESIZE : 0;
        assert_int_equal(ib_csi_set_framesize(ov, number, 0, 0, part.now_us), expected);
    }
    assert_int_equal(ib_csi_set_framesize(ov, 1, 2600, 1944, part.now_us), IB_CSI_E_FRAMESIZE);
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(ib_csi_set_pixformat(ov, IB_PIXFORMAT_GRAYSCALE, part.now_us), 0);
    for (int number = 2; number < IB_CSI_SIZES; number++) {
        bool refused = number == 8 || number == 2 || number == 5 || number == 14 || number == 15;
        int status = ib_csi_set_framesize(ov, number, 0, 0, part.now_us);
        if (number == 13)
            continue; // 30x20: nobody says
        assert_int_equal(status, refused ? IB_CSI_E_FRAMESIZE : 0);
    }
    // The other sensors' pictures are in the same memory.
    struct ib_csi *soft = bench_find(bench, IB_CSI_SOFT);
    assert_int_equal(bench_reset(bench, soft, false), 1);
    assert_int_equal(bench_set(bench, soft, IB_PIXFORMAT_RGB565, 39), 1);
    assert_int_equal(ib_csi_buffers(soft), 2); // 3 x 9.6 MB are there already
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(ib_csi_set_framesize(soft, 39, 0, 0, part.now_us), 0);
    assert_int_equal(ib_csi_buffers(soft), 3);
}

static void timeouts(void **state) {
    (void)state;
    struct ib_openmv_image image;
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    uint64_t before_us = part.now_us;
    assert_int_equal(bench_snapshot(bench, ov, &image), IB_CSI_E_TIMEOUT);
    assert_in_range(part.now_us - before_us, 3000000, 3010000);
    assert_false(part.started); // the next one begins anew
    set_frame(160 * 120);
    assert_int_equal(bench_snapshot(bench, ov, &image), 1);
    // A frame that is cut short is none.
    set_frame(160 * 120 - 1);
    assert_int_equal(bench_snapshot(bench, ov, &image), IB_CSI_E_TIMEOUT);
    part.port_error = IB_E_IO;
    assert_int_equal(bench_snapshot(bench, ov, &image), IB_CSI_E_CONTROL);
    part.port_error = 0;
    // For a time: more than that, and no picture for the script.
    frame_every_us = 1;
    set_frame(160 * 120);
    const struct ib_csi_snapshot how = {.time_ms = 500, .frames = -1, .blocking = true};
    before_us = part.now_us;
    uint32_t pictures = ov->pictures;
    assert_int_equal(bench_take(bench, ov, &how), 1);
    assert_false(ov->got_picture);
    assert_in_range(part.now_us - before_us, 500001, 510000);
    assert_true(ov->pictures > pictures + 10);
}

static void keeping(void **state) {
    (void)state;
    struct ib_openmv_image image;
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    for (int count = 1; count < 6; count++) {
        assert_int_equal(ib_csi_set_buffers(ov, count), 0);
        assert_false(part.started);
        set_frame(160 * 120);
        assert_int_equal(bench_snapshot(bench, ov, &image), 1);
        assert_int_equal(part.format.keep, count);
        assert_true(part.started);
    }
    // A FIFO that nobody looked at is begun anew, unless it shall not be.
    for (int fflush = 0; fflush < 2; fflush++) {
        ov->fflush = fflush;
        for (int i = 0; i < 2; i++) {
            part.now_us += 50000;
            set_frame(160 * 120);
            assert_int_equal(bench_snapshot(bench, ov, &image), 1);
        }
        size_t starts = part.starts;
        part.now_us += 150000;
        set_frame(160 * 120);
        assert_int_equal(bench_snapshot(bench, ov, &image), 1);
        assert_int_equal(part.starts, starts);
        part.now_us += 50000;
        set_frame(160 * 120);
        assert_int_equal(bench_snapshot(bench, ov, &image), 1);
        part.now_us += 2000000;
        set_frame(160 * 120);
        assert_int_equal(bench_snapshot(bench, ov, &image), 1);
        assert_int_equal(part.starts, starts + (size_t)fflush);
    }
    ib_csi_board_forget(&bench->board);
    assert_false(part.started);
}

/// A frame that readable() has found is there whole, unless a newer one came or spoilt it.
static void waiting(void **state) {
    (void)state;
    struct ib_openmv_image image;
    static const uint8_t file[] = {0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xD9};
    const struct ib_csi_snapshot at_once = {.time_ms = -1, .frames = -1, .blocking = false};
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    set_frame(160 * 120);
    assert_int_equal(bench_snapshot(bench, ov, &image), 1);
    set_frame(160 * 120);
    assert_true(ib_csi_readable(ov, part.now_us));
    assert_int_equal(bench_take(bench, ov, &at_once), 1);
    assert_true(ov->got_picture);
    assert_true(ib_csi_picture(ov, &image));
    assert_int_equal(image.size_bytes, 160 * 120);
    assert_int_equal(image.width_px, 160);
    assert_memory_equal(image.pixels, part.frame, 160 * 120);
    assert_false(ib_csi_readable(ov, part.now_us));
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_JPEG, 10), 1);
    for (int newer = 0; newer < 4; newer++) {
        memcpy(part.frame, file, sizeof file);
        part.frame_bytes = sizeof file;
        part.frame_ready = true;
        assert_int_equal(ib_csi_set_framerate(ov, newer == 3 ? 1 : 1000000), 0);
        part.now_us += 2000000;
        assert_int_equal(bench_snapshot(bench, ov, &image), 1);
        part.now_us += 2000000;
        part.frame_ready = true;
        assert_true(ib_csi_readable(ov, part.now_us));
        if (newer > 0) {
            // 1: two more bytes in a table; 2: no end; 3: as 1, but too soon after the one that waits
            part.frame_bytes = newer == 2 ? 8 : 12;
            memcpy(part.frame, "\xFF\xD8\xFF\xE0\0\6\1\2\3\4\xFF\xD9", 12);
            part.frame_ready = true;
            part.now_us += 1000;
        }
        assert_int_equal(bench_take(bench, ov, &at_once), 1);
        assert_int_equal(ov->got_picture, newer != 2);
        if (newer == 2)
            continue;
        assert_true(ib_csi_picture(ov, &image));
        assert_int_equal(image.size_bytes, newer == 0 ? 10 : 12);
        assert_memory_equal(image.pixels, part.frame, image.size_bytes);
    }
    // What does not fit into a buffer has spoilt it too.
    part.frame_bytes = 12;
    part.frame_ready = true;
    part.now_us += 2000000;
    assert_true(ib_csi_readable(ov, part.now_us));
    part.port_error = IB_E_NO_SPACE;
    assert_int_equal(bench_take(bench, ov, &at_once), IB_CSI_E_JPEG_OVERFLOW);
    part.port_error = 0;
    assert_int_equal(bench_take(bench, ov, &at_once), 1);
    assert_false(ov->got_picture);
}

static void looks(void **state) {
    (void)state;
    const int32_t at[][3] = {{4}, {-4}, {5}, {3}, {-3}, {32}, {64}, {1}, {2}};
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_BRIGHTNESS, at[0]), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_BRIGHTNESS, at[1]), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_BRIGHTNESS, at[2]), 0);
    assert_int_equal(ib_csi_control(ov, IB_CSI_CONTRAST, at[3]), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_CONTRAST, at[0]), 0);
    assert_int_equal(ib_csi_control(ov, IB_CSI_SATURATION, at[4]), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_SATURATION, at[1]), 0);
    assert_int_equal(ib_csi_control(ov, IB_CSI_GAINCEILING, at[5]), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_GAINCEILING, at[6]), 0);
    assert_int_equal(ib_csi_control(ov, IB_CSI_GAINCEILING, at[3]), IB_CSI_E_ARGUMENT);
    assert_int_equal(ib_csi_control(ov, IB_CSI_COLORBAR, at[7]), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_SPECIAL_EFFECT, at[7]), 1);
    assert_int_equal(ib_csi_control(ov, IB_CSI_SPECIAL_EFFECT, at[8]), 0);
    assert_int_equal(ib_csi_control(ov, IB_CSI_LENS_CORRECTION, at[7]), 1);

    struct ib_csi_manual manual = ib_csi_manual_none(), found;
    manual.gain_db = 12;
    assert_int_equal(ib_csi_set_auto(ov, IB_CSI_AUTO_GAIN, false, &manual), 0);
    assert_int_equal(ib_csi_get_auto(ov, IB_CSI_AUTO_GAIN, &found), 0);
    assert_true(fabsf(found.gain_db - 12) < 0.2f);
    manual.exposure_us = 5000;
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_GRAYSCALE, 12), 1);
    assert_int_equal(ib_csi_set_auto(ov, IB_CSI_AUTO_EXPOSURE, false, &manual), 0);
    assert_int_equal(ib_csi_get_auto(ov, IB_CSI_AUTO_EXPOSURE, &found), 0);
    assert_in_range(found.exposure_us, 4900, 5100);
    manual.rgb_gain_db[0] = 3;
    manual.rgb_gain_db[1] = 0;
    manual.rgb_gain_db[2] = 6;
    assert_int_equal(ib_csi_set_auto(ov, IB_CSI_AUTO_WHITEBAL, false, &manual), 0);
    assert_int_equal(ib_csi_get_auto(ov, IB_CSI_AUTO_WHITEBAL, &found), 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(fabsf(found.rgb_gain_db[i] - manual.rgb_gain_db[i]) < 0.1f);
    for (int32_t i = 0; i < 8; i++)
        manual.blc[i] = 10 + i;
    manual.blc_count = 8;
    assert_int_equal(ib_csi_set_auto(ov, IB_CSI_AUTO_BLC, false, &manual), 0);
    assert_int_equal(ib_csi_get_auto(ov, IB_CSI_AUTO_BLC, &found), 0);
    assert_int_equal(found.blc_count, 8);
    assert_memory_equal(found.blc, manual.blc, sizeof manual.blc);
    assert_int_equal(ib_csi_write_register(ov, 0x5001, 0x83), 0);
    assert_int_equal(ib_csi_read_register(ov, 0x5001), 0x83);
}

static void readout(void **state) {
    (void)state;
    struct ib_csi_ioctl *ioctl = &ov->ioctl;
    struct ib_openmv_image image;
    assert_int_equal(bench_reset(bench, ov, false), 1);
    assert_int_equal(bench_set(bench, ov, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    set_frame(160 * 120);
    assert_int_equal(bench_snapshot(bench, ov, &image), 1);
    ioctl->window = (struct ib_rect){0, 0, 1280, 960};
    assert_int_equal(bench_ask(bench, ov, IB_CSI_SET_READOUT_WINDOW), 1);
    assert_false(part.started);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_GET_READOUT_WINDOW), 1);
    assert_int_equal(ioctl->window.x, 0);
    assert_int_equal(ioctl->window.w, 1280);
    assert_int_equal(ioctl->window.h, 960);
    // No larger than the array, no smaller than the picture.
    ioctl->window = (struct ib_rect){0, 0, 9000, 9000};
    assert_int_equal(bench_ask(bench, ov, IB_CSI_SET_READOUT_WINDOW), 1);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_GET_READOUT_WINDOW), 1);
    assert_int_equal(ioctl->window.w, 2592);
    assert_int_equal(ioctl->window.h, 1944);
    ioctl->window = (struct ib_rect){0, 0, 1, 1};
    assert_int_equal(bench_ask(bench, ov, IB_CSI_SET_READOUT_WINDOW), 1);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_GET_READOUT_WINDOW), 1);
    assert_true(ioctl->window.w >= 160 && ioctl->window.h >= 120);
    ioctl->first = true;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_SET_NIGHT_MODE), 1);
    ioctl->first = false;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_GET_NIGHT_MODE), 1);
    assert_true(ioctl->first);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_SET_TRIGGERED_MODE), IB_CSI_E_CONTROL);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_GET_FOV_WIDE), IB_CSI_E_CONTROL);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_LEPTON_GET_WIDTH), IB_CSI_E_CONTROL);
}

static void focus(void **state) {
    (void)state;
    static uint8_t program[4096];
    struct ib_csi_ioctl *ioctl = &ov->ioctl;
    for (size_t i = 0; i < sizeof program; i++)
        program[i] = (uint8_t)(i * 13 + 1);
    assert_int_equal(bench_reset(bench, ov, false), 1);
    // Without a program there is no focus.
    assert_int_equal(bench_ask(bench, ov, IB_CSI_TRIGGER_AUTO_FOCUS), IB_CSI_E_CONTROL);
    ioctl->number = 5000;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_WAIT_ON_AUTO_FOCUS), IB_CSI_E_CONTROL);
    bench->hands.autofocus = program;
    bench->hands.autofocus_bytes = sizeof program;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_TRIGGER_AUTO_FOCUS), 1);
    assert_memory_equal(part.registers + 0x8000, program, sizeof program);
    uint64_t before_us = part.now_us;
    ioctl->number = 5000;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_WAIT_ON_AUTO_FOCUS), 1);
    assert_true(part.now_us - before_us > 300000);
    // Broken off while the program is loaded: it is loaded all the same.
    assert_int_equal(bench_reset(bench, ov, false), 1);
    ioctl->request = IB_CSI_TRIGGER_AUTO_FOCUS;
    uint64_t due_us;
    assert_int_equal(ib_csi_ask(ov, part.now_us), 0);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(ib_csi_step(ov, part.now_us, &due_us), 0);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_TRIGGER_AUTO_FOCUS), 1);
    ioctl->number = 5000;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_WAIT_ON_AUTO_FOCUS), 1);
    // Once is enough, until the next reset.
    size_t transfers = part.transfers;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_TRIGGER_AUTO_FOCUS), 1);
    assert_true(part.transfers - transfers < 20);
    ioctl->number = 100;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_WAIT_ON_AUTO_FOCUS), IB_CSI_E_CONTROL);
    ioctl->number = 5000;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_WAIT_ON_AUTO_FOCUS), 1);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_PAUSE_AUTO_FOCUS), 1);
    ioctl->number = 5000;
    assert_int_equal(bench_ask(bench, ov, IB_CSI_WAIT_ON_AUTO_FOCUS), 1);
    assert_int_equal(bench_ask(bench, ov, IB_CSI_RESET_AUTO_FOCUS), 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        TEST(detection), TEST(resets),      TEST(formats),  TEST(windows),
        TEST(jpeg),      TEST(size_limits), TEST(timeouts), TEST(keeping),
        TEST(looks),     TEST(readout),     TEST(focus),    TEST(waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
