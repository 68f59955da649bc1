/// Frames from the port: what is asked of it, and what becomes of the bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/status.h"
#include "support_part.h"
#include "tests/core/support_random.h"

static struct part part;
static uint8_t into[PART_FRAME];

static void begin(enum ib_ov5640_format format, int32_t width_px, int32_t height_px) {
    part_reset(&part);
    assert_int_equal(ib_ov5640_set_format(&part.driver, format), IB_OK);
    assert_int_equal(ib_ov5640_set_size(&part.driver, width_px, height_px), IB_OK);
}

static int take(size_t room, size_t *bytes) {
    uint64_t end_us = 0, due_us = 0;
    return ib_ov5640_take(&part.driver, into, room, bytes, &end_us, &due_us);
}

static void deliver(const void *bytes, size_t size) {
    assert_true(size <= sizeof part.frame);
    memcpy(part.frame, bytes, size);
    part.frame_bytes = size;
    part.frame_ready = true;
}

static void the_port_cuts_the_window_out(void **state) {
    (void)state;
    begin(IB_OV5640_RGB565, 320, 240);
    assert_int_equal(ib_ov5640_picture_bytes(&part.driver), 320 * 240 * 2);
    struct ib_ov5640_area area = {10, 20, 100, 50};
    assert_int_equal(ib_ov5640_set_window(&part.driver, &area), IB_OK);
    uint8_t geometry[22];
    memcpy(geometry, part.registers + 0x3800, sizeof geometry);
    assert_int_equal(ib_ov5640_start(&part.driver, 3), IB_OK);
    assert_int_equal(part.format.line_bytes, 640);
    assert_int_equal(part.format.lines, 240);
    assert_int_equal(part.format.skip_bytes, 20);
    assert_int_equal(part.format.skip_lines, 20);
    assert_int_equal(part.format.taken_bytes, 200);
    assert_int_equal(part.format.taken_lines, 50);
    assert_int_equal(part.format.keep, 3);
    assert_int_equal(ib_ov5640_picture_bytes(&part.driver), 100 * 50 * 2);
    assert_memory_equal(geometry, part.registers + 0x3800, sizeof geometry);
    // The same again changes nothing, another number of buffers starts anew.
    assert_int_equal(ib_ov5640_start(&part.driver, 3), IB_OK);
    assert_int_equal(part.starts, 1);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    assert_int_equal(part.starts, 2);
    assert_int_equal(part.stops, 1);
    ib_ov5640_stop(&part.driver);
    ib_ov5640_stop(&part.driver);
    assert_int_equal(part.stops, 2);
    begin(IB_OV5640_JPEG, 640, 480);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    assert_int_equal(part.format.line_bytes, 0);
    assert_int_equal(part.format.lines, 0);
    assert_int_equal(part.format.taken_bytes, 0);
}

static void windows_are_clipped(void **state) {
    static const struct {
        enum ib_ov5640_format format;
        struct ib_ov5640_area asked, got;
        int status;
    } rows[] = {
        {IB_OV5640_GREY, {-5, -5, 20, 20}, {0, 0, 15, 15}, IB_OK},
        {IB_OV5640_GREY, {100, 100, 2000, 2000}, {100, 100, 60, 20}, IB_OK},
        {IB_OV5640_GREY, {7, 9, 3, 5}, {7, 9, 3, 5}, IB_OK},
        {IB_OV5640_GREY, {160, 0, 5, 5}, {0, 0, 160, 120}, IB_E_RANGE},
        {IB_OV5640_GREY, {-9, 0, 9, 5}, {0, 0, 160, 120}, IB_E_RANGE},
        {IB_OV5640_GREY, {0, 0, 0, 5}, {0, 0, 160, 120}, IB_E_RANGE},
        {IB_OV5640_GREY,
         {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX},
         {0, 0, 160, 120},
         IB_E_RANGE},
        {IB_OV5640_GREY, {INT32_MIN, 0, INT32_MAX, 5}, {0, 0, 160, 120}, IB_E_RANGE},
        {IB_OV5640_GREY, {0, 0, INT32_MAX, INT32_MAX}, {0, 0, 160, 120}, IB_OK},
        {IB_OV5640_BAYER, {7, 9, 9, 5}, {6, 8, 8, 5}, IB_OK},
        {IB_OV5640_YUV422, {7, 9, 9, 5}, {6, 9, 8, 5}, IB_OK},
        {IB_OV5640_YUV422, {8, 9, 9, 5}, {8, 9, 8, 5}, IB_OK},
        {IB_OV5640_YUV422, {8, 9, 1, 5}, {0, 0, 160, 120}, IB_E_RANGE},
        {IB_OV5640_RGB565, {7, 9, 9, 5}, {7, 9, 9, 5}, IB_OK},
        {IB_OV5640_JPEG, {8, 8, 16, 16}, {0, 0, 160, 120}, IB_E_UNSUPPORTED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(rows[i].format, 160, 120);
        int status = ib_ov5640_set_window(&part.driver, &rows[i].asked);
        const struct ib_ov5640_area *w = &part.driver.window;
        if (status != rows[i].status || memcmp(w, &rows[i].got, sizeof *w) != 0)
            fail_msg("row %zu: %d, %d,%d %dx%d", i, status, w->x_px, w->y_px, w->width_px,
                     w->height_px);
    }
    part_reset(&part);
    assert_int_equal(ib_ov5640_set_window(&part.driver, &rows[2].asked), IB_E_NOT_READY);
    // Another format keeps it as far as it can; another size does not.
    begin(IB_OV5640_GREY, 160, 120);
    assert_int_equal(ib_ov5640_set_window(&part.driver, &rows[2].asked), IB_OK);
    assert_int_equal(ib_ov5640_set_format(&part.driver, IB_OV5640_BAYER), IB_OK);
    assert_int_equal(part.driver.window.x_px, 6);
    assert_int_equal(ib_ov5640_set_format(&part.driver, IB_OV5640_JPEG), IB_OK);
    assert_int_equal(part.driver.window.width_px, 160);
}

static void pixels_come_in_this_machines_order(void **state) {
    struct random random = {20261128};
    (void)state;
    // Sizes around the blocks that are turned at once.
    for (int32_t width = 1; width <= 100; width++) {
        uint8_t wire[400];
        size_t bytes;
        for (size_t i = 0; i < sizeof wire; i++)
            wire[i] = (uint8_t)random_below(&random, 256);
        size_t size = (size_t)width * 2;
        begin(IB_OV5640_RGB565, width, 1);
        assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
        deliver(wire, size);
        memset(into, 0xA5, sizeof into);
        assert_int_equal(take(sizeof into, &bytes), 1);
        assert_int_equal(bytes, size);
        for (int32_t x = 0; x < width; x++) {
            uint16_t pixel;
            memcpy(&pixel, into + 2 * x, 2);
            assert_int_equal(pixel, wire[2 * x] << 8 | wire[2 * x + 1]);
        }
        assert_int_equal(into[size], 0xA5);
        if (width % 2)
            continue;
        begin(IB_OV5640_YUV422, width, 1);
        assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
        deliver(wire, size);
        assert_int_equal(take(sizeof into, &bytes), 1);
        for (size_t i = 0; i < size; i += 4) {
            assert_int_equal(into[i], wire[i]);
            assert_int_equal(into[i + 1], wire[i + 3]);
            assert_int_equal(into[i + 2], wire[i + 2]);
            assert_int_equal(into[i + 3], wire[i + 1]);
        }
        begin(IB_OV5640_GREY, width, 2);
        assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
        deliver(wire, size);
        assert_int_equal(take(sizeof into, &bytes), 1);
        assert_memory_equal(into, wire, size);
    }
}

static void frames_that_are_not_there_or_not_whole(void **state) {
    size_t bytes;
    uint64_t end_us = 0, due_us = 0;
    (void)state;
    begin(IB_OV5640_GREY, 64, 64);
    assert_int_equal(take(sizeof into, &bytes), IB_E_INVAL); // not started
    assert_int_equal(ib_ov5640_start(&part.driver, 0), IB_E_INVAL);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    int got = ib_ov5640_take(&part.driver, into, sizeof into, &bytes, &end_us, &due_us);
    assert_int_equal(got, 0);
    assert_int_equal(due_us, part.now_us + 1234);
    part.frame_bytes = 64 * 64;
    part.frame_ready = true;
    assert_int_equal(take(64 * 64 - 1, &bytes), IB_E_OVERFLOW);
    assert_int_equal(take(sizeof into, &bytes), 0); // it is gone
    part.frame_bytes = 64 * 63;
    part.frame_ready = true;
    assert_int_equal(take(sizeof into, &bytes), IB_E_TRUNCATED);
    assert_int_equal(bytes, 0);
    part.frame_bytes = 64 * 64;
    part.frame_ready = true;
    got = ib_ov5640_take(&part.driver, into, 64 * 64, &bytes, &end_us, &due_us);
    assert_int_equal(got, 1);
    assert_int_equal(end_us, part.now_us - 77);
    part.port_error = IB_E_IO;
    assert_int_equal(take(sizeof into, &bytes), IB_E_IO);
    ib_ov5640_stop(&part.driver);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_E_IO);
    assert_int_equal(take(sizeof into, &bytes), IB_E_INVAL);
    part.driver.wiring.port = NULL;
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_E_UNSUPPORTED);
}

/// A JPEG as bytes: a table that holds an end mark, a scan with everything that is not one.
static const uint8_t jpeg[] = {
    0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x04, 0xFF, 0xD9,             // a segment with FF D9 in it
    0xFF, 0xFF, 0xDB, 0x00, 0x03, 0x55,                         // fill, a table
    0xFF, 0xDA, 0x00, 0x04, 0x01, 0x02,                         // the scan
    0x12, 0xFF, 0x00, 0xD9, 0xFF, 0xD0, 0x34, 0xFF, 0xD7, 0x00, // stuffing, restarts
    0xFF, 0xC4, 0x00, 0x04, 0xFF, 0xD9,                         // a table between scans
    0xFF, 0xDA, 0x00, 0x02, 0x77, 0xFF, 0xFF, 0xD9,             // another scan, fill, the end
};

static int take_jpeg(const uint8_t *bytes, size_t size, size_t room, size_t *length) {
    deliver(bytes, size);
    return take(room, length);
}

static void a_jpeg_ends_with_its_mark(void **state) {
    static uint8_t padded[4096];
    struct random random = {977};
    size_t length;
    (void)state;
    begin(IB_OV5640_JPEG, 64, 64);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    for (size_t padding = 0; padding < 300; padding++) {
        memcpy(padded, jpeg, sizeof jpeg);
        for (size_t i = 0; i < padding; i++)
            padded[sizeof jpeg + i] = padding % 3 == 0   ? 0
                                      : padding % 3 == 1 ? 0xFF
                                                         : (uint8_t)random_below(&random, 256);
        assert_int_equal(take_jpeg(padded, sizeof jpeg + padding, sizeof into, &length), 1);
        assert_int_equal(length, sizeof jpeg);
        assert_memory_equal(into, jpeg, sizeof jpeg);
        // Exactly as much room as bytes is enough.
        assert_int_equal(take_jpeg(padded, sizeof jpeg + padding, sizeof jpeg + padding, &length),
                         1);
    }
}

static void a_jpeg_without_an_end(void **state) {
    size_t length;
    (void)state;
    begin(IB_OV5640_JPEG, 64, 64);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    for (size_t cut = 0; cut < sizeof jpeg; cut++) {
        assert_int_equal(take_jpeg(jpeg, cut, sizeof into, &length), IB_E_TRUNCATED);
        assert_int_equal(length, 0);
        // The buffer is full: it was too small.
        assert_int_equal(take_jpeg(jpeg, cut, cut, &length), IB_E_OVERFLOW);
        if (cut > 0)
            assert_int_equal(take_jpeg(jpeg, cut, cut - 1, &length), IB_E_OVERFLOW);
    }
    static const uint8_t nonsense[][6] = {
        {0, 0, 0xFF, 0xD8, 0xFF, 0xD9}, {0xFF, 0xD8, 0x00, 0xD9, 0, 0},
        {0xFF, 0xD8, 0xFF, 0xE0, 0, 1}, {0xFF, 0xD8, 0xFF, 0xD8, 0, 4},
        {0xFF, 0xD8, 0xFF, 0x00, 0, 4}, {0xFF, 0xD8, 0xFF, 0xD3, 0, 4},
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++)
        assert_int_equal(take_jpeg(nonsense[i], 6, sizeof into, &length), IB_E_FORMAT);
}

/// Nothing but bytes: whatever they are, lengths stay inside.
static void any_bytes_at_all(void **state) {
    struct random random = {424242};
    static uint8_t bytes[256];
    (void)state;
    begin(IB_OV5640_JPEG, 64, 64);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    for (int n = 0; n < 20000; n++) {
        size_t size = random_below(&random, sizeof bytes), length;
        memcpy(bytes, jpeg, sizeof jpeg);
        for (size_t i = sizeof jpeg; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)random_below(&random, 256);
        for (unsigned i = random_below(&random, 8); i > 0; i--)
            bytes[2 + random_below(&random, sizeof jpeg)] =
                random_below(&random, 2) ? 0xFF : (uint8_t)random_below(&random, 256);
        int got = take_jpeg(bytes, size, sizeof into, &length);
        if (got == 1) {
            assert_true(length >= 4 && length <= size);
            assert_int_equal(into[length - 2], 0xFF);
            assert_int_equal(into[length - 1], 0xD9);
        } else {
            assert_true(got == IB_E_FORMAT || got == IB_E_TRUNCATED);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_port_cuts_the_window_out),
        cmocka_unit_test(windows_are_clipped),
        cmocka_unit_test(pixels_come_in_this_machines_order),
        cmocka_unit_test(frames_that_are_not_there_or_not_whole),
        cmocka_unit_test(a_jpeg_ends_with_its_mark),
        cmocka_unit_test(a_jpeg_without_an_end),
        cmocka_unit_test(any_bytes_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
