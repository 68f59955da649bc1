/// Sizes and formats: the registers that they become, against a table made by hand, the formulas
/// written a second time with fractions, and what must hold for all of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "support_part.h"
#include "tests/core/support_random.h"

static struct part part;

struct row {
    enum ib_ov5640_format format;
    uint16_t width_px, height_px;
    uint16_t x, y, x_end, y_end, x_off, y_off, hts, vts;
    uint8_t step; ///< of the increments: 0x11 or 0x31
    double fps;
};

static const struct row rows[] = {
    {IB_OV5640_RGB565, 320, 240, 8, 2, 2615, 1953, 4, 2, 1716, 1000, 0x31, 23.3},
    {IB_OV5640_RGB565, 640, 480, 8, 2, 2615, 1953, 4, 2, 1716, 1000, 0x31, 23.3},
    {IB_OV5640_RGB565, 800, 480, 8, 2, 2615, 1953, 4, 99, 1860, 1000, 0x31, 21.5},
    {IB_OV5640_RGB565, 800, 600, 8, 2, 2615, 1953, 4, 2, 1860, 1000, 0x31, 21.5},
    {IB_OV5640_RGB565, 1280, 720, 8, 2, 2615, 1953, 4, 123, 2820, 1000, 0x31, 14.2},
    {IB_OV5640_RGB565, 1600, 1200, 8, 2, 2615, 1953, 8, 4, 3460, 1976, 0x11, 5.9},
    {IB_OV5640_RGB565, 2592, 1944, 8, 2, 2615, 1953, 8, 4, 5444, 1976, 0x11, 3.7},
    // The same rules for bytes: twice the width counts up to 1280, not from 640 on.
    {IB_OV5640_GREY, 320, 240, 8, 2, 2615, 1953, 4, 2, 1716, 1000, 0x31, 23.3},
    {IB_OV5640_JPEG, 1280, 720, 8, 2, 2615, 1953, 4, 123, 2820, 1000, 0x31, 14.2},
    {IB_OV5640_JPEG, 2592, 1944, 8, 2, 2615, 1953, 8, 4, 2860, 1976, 0x11, 7.1},
    {IB_OV5640_GREY, 1600, 1200, 8, 2, 2615, 1953, 8, 4, 2860, 1976, 0x11, 7.1},
    {IB_OV5640_YUV422, 1600, 1200, 8, 2, 2615, 1953, 8, 4, 3460, 1976, 0x11, 5.9},
    {IB_OV5640_BAYER, 640, 480, 8, 2, 2615, 1953, 4, 2, 1716, 1000, 0x31, 23.3},
};

static void the_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        part_reset(&part);
        assert_int_equal(ib_ov5640_set_format(&part.driver, r->format), IB_OK);
        assert_int_equal(ib_ov5640_set_size(&part.driver, r->width_px, r->height_px), IB_OK);
        const uint16_t wanted[] = {r->x,         r->y,   r->x_end, r->y_end, r->width_px,
                                   r->height_px, r->hts, r->vts,   r->x_off, r->y_off};
        for (uint16_t n = 0; n < 10; n++) {
            uint16_t got = part_word(&part, (uint16_t)(0x3800 + 2 * n));
            if (got != wanted[n])
                fail_msg("row %zu: %04X is %u, not %u", i, 0x3800 + 2 * n, got, wanted[n]);
        }
        assert_int_equal(part.registers[0x3814], r->step);
        assert_int_equal(part.registers[0x3815], r->step);
        bool binned = r->step == 0x31;
        assert_int_equal(part.registers[0x3820], binned);
        assert_int_equal(part.registers[0x3821], binned | (r->format == IB_OV5640_JPEG ? 0x20 : 0));
        assert_int_equal(part_word(&part, 0x3A02), r->vts);
        assert_int_equal(part_word(&part, 0x3A14), r->vts);
        double fps = 1e6 / ib_ov5640_frame_period_us(&part.driver);
        if (fabs(fps - r->fps) > 0.06)
            fail_msg("row %zu: %.2f frames a second, not %.1f", i, fps, r->fps);
        if (r->format == IB_OV5640_JPEG) {
            assert_int_equal(part_word(&part, 0x4602), r->width_px);
            assert_int_equal(part_word(&part, 0x4604), r->height_px);
        }
    }
}

static void formats(void **state) {
    static const struct {
        enum ib_ov5640_format format;
        uint8_t r4300, r501f, r3002, r3006;
    } table[] = {
        {IB_OV5640_GREY, 0x10, 0, 0x1C, 0x00},   {IB_OV5640_RGB565, 0x6F, 1, 0x1C, 0x00},
        {IB_OV5640_YUV422, 0x30, 0, 0x1C, 0x00}, {IB_OV5640_BAYER, 0x00, 3, 0x1C, 0x00},
        {IB_OV5640_JPEG, 0x30, 0, 0x00, 0x28},   {IB_OV5640_RGB565, 0x6F, 1, 0x1C, 0x00},
    };
    (void)state;
    // Before and after the size; the last of the table also leaves JPEG behind.
    for (int after = 0; after < 2; after++) {
        part_reset(&part);
        if (after)
            assert_int_equal(ib_ov5640_set_size(&part.driver, 1600, 1200), IB_OK);
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            assert_int_equal(ib_ov5640_set_format(&part.driver, table[i].format), IB_OK);
            if (!after)
                assert_int_equal(ib_ov5640_set_size(&part.driver, 1600, 1200), IB_OK);
            assert_int_equal(part.registers[0x4300], table[i].r4300);
            assert_int_equal(part.registers[0x501F], table[i].r501f);
            assert_int_equal(part.registers[0x3002] & 0x1C, table[i].r3002);
            assert_int_equal(part.registers[0x3006] & 0x28, table[i].r3006);
            bool jpeg = table[i].format == IB_OV5640_JPEG;
            assert_int_equal(part.registers[0x3821] & 0x20, jpeg ? 0x20 : 0);
            bool colour =
                table[i].format == IB_OV5640_RGB565 || table[i].format == IB_OV5640_YUV422;
            assert_int_equal(part_word(&part, 0x380C), colour ? 3460 : 2860);
        }
    }
    assert_int_equal(ib_ov5640_set_format(&part.driver, IB_OV5640_NONE), IB_E_INVAL);
    assert_int_equal(ib_ov5640_set_format(&part.driver, (enum ib_ov5640_format)6), IB_E_INVAL);
}

static void sizes_that_are_refused(void **state) {
    static const struct {
        int32_t width_px, height_px;
        const char *in; ///< g(rey) r(gb) y(uv) b(ayer) j(peg)
    } table[] = {
        {40, 30, "grybj"}, {88, 72, "gb"},   {88, 60, "gbj"},         {60, 40, "gbj"},
        {120, 80, "gb"},   {30, 20, "j"},    {2593, 1944, "grybj"},   {2592, 1945, "grybj"},
        {0, 10, "grybj"},  {10, 0, "grybj"}, {-8, 8, "grybj"},        {321, 240, "yj"},
        {320, 241, "j"},   {2592, 1944, ""}, {2560, 1600, ""},        {8, 8, ""},
        {1, 1, "yj"},      {640, 484, "j"},  {INT32_MAX, 8, "grybj"}, {160, 120, ""},
    };
    static const char letters[] = {0, 'g', 'r', 'y', 'b', 'j'};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (int f = IB_OV5640_GREY; f <= IB_OV5640_JPEG; f++) {
            part_reset(&part);
            assert_int_equal(ib_ov5640_set_format(&part.driver, (enum ib_ov5640_format)f), IB_OK);
            assert_int_equal(ib_ov5640_set_size(&part.driver, 320, 240), IB_OK);
            size_t transfers = part.transfers;
            int status = ib_ov5640_set_size(&part.driver, table[i].width_px, table[i].height_px);
            int wanted = strchr(table[i].in, letters[f]) ? IB_E_RANGE : IB_OK;
            if (status != wanted)
                fail_msg("%dx%d in %c: %d", table[i].width_px, table[i].height_px, letters[f],
                         status);
            if (status == IB_OK)
                continue;
            // Nothing has happened.
            assert_int_equal(part.transfers, transfers);
            assert_int_equal(part.driver.width_px, 320);
            assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
        }
    // A format that the size does not allow is refused the same way.
    part_reset(&part);
    assert_int_equal(ib_ov5640_set_format(&part.driver, IB_OV5640_RGB565), IB_OK);
    assert_int_equal(ib_ov5640_set_size(&part.driver, 88, 72), IB_OK);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    assert_int_equal(ib_ov5640_set_format(&part.driver, IB_OV5640_GREY), IB_E_RANGE);
    assert_int_equal(part.driver.format, IB_OV5640_RGB565);
    assert_true(part.driver.running);
}

static int32_t towards_zero(double x) {
    return (int32_t)x;
}

static double held(double x, double low, double high) {
    return fmax(low, fmin(x, high));
}

/// The description once more, in real numbers.
static void expect(enum ib_ov5640_format f, int w, int h, const struct ib_ov5640_area *r,
                   const struct ib_ov5640_geometry *g, const char *what) {
    bool colour = f == IB_OV5640_RGB565 || f == IB_OV5640_YUV422;
    int div =
        2 * w <= r->width_px - r->width_px % 2 && 2 * h <= r->height_px - r->height_px % 2 ? 2 : 1;
    double ww = r->width_px + 16, wh = r->height_px + 8;
    double xs =
        held((towards_zero((2592 - ww) / 4) + towards_zero(r->x_px / 2.0)) * 2.0, -8, 2592 - ww) +
        16;
    double ys =
        held((towards_zero((1944 - wh) / 4) - towards_zero(r->y_px / 2.0)) * 2.0, -4, 1944 - wh) +
        6;
    double ratio = fmin(floor(1.0 * r->width_px / div) / w, floor(1.0 * r->height_px / div) / h);
    double xo = (floor(ww / div) - w * ratio) / 2, yo = (floor(wh / div) - h * ratio) / 2;
    double hts = floor(ww / div);
    if ((colour && w > 640) || (!colour && w <= 1280))
        hts = fmax(hts, 2.0 * w + 8);
    hts = fmax(hts + (w <= 640 ? 160 : 0) + 252, (2624 + 252) / 2.0);
    double vts = fmax(floor(wh / div) + 24, floor((1964 + 24) / 8.0));
    bool same = g->divider == div && g->x_start == xs && g->y_start == ys &&
                g->x_end == xs + ww - 1 && g->y_end == ys + wh - 1 && g->hts == hts &&
                g->vts == vts;
    // A whole number may be missed by the last bit of the real one.
    same = same && fabs(g->x_offset - floor(xo + 1e-9)) == 0 &&
           fabs(g->y_offset - floor(yo + 1e-9)) == 0;
    if (!same)
        fail_msg("%s: %dx%d of %d,%d %dx%d: %u,%u..%u,%u off %u,%u hts %u vts %u / %u", what, w, h,
                 r->x_px, r->y_px, r->width_px, r->height_px, g->x_start, g->y_start, g->x_end,
                 g->y_end, g->x_offset, g->y_offset, g->hts, g->vts, g->divider);
}

static void any_size_of_any_area(void **state) {
    struct random random = {20261129};
    (void)state;
    print_message("seed %llu\n", (unsigned long long)random.state);
    part_reset(&part);
    for (int n = 0; n < 20000; n++) {
        enum ib_ov5640_format f = (enum ib_ov5640_format)(1 + random_below(&random, 4));
        int32_t w = 1 + (int32_t)random_below(&random, 2592);
        int32_t h = 1 + (int32_t)random_below(&random, 1944);
        if (f == IB_OV5640_YUV422)
            w += w % 2;
        if (ib_ov5640_size_check(f, w, h) != IB_OK)
            continue;
        struct ib_ov5640_area asked = {(int32_t)random_below(&random, 8000) - 4000,
                                       (int32_t)random_below(&random, 8000) - 4000,
                                       (int32_t)random_below(&random, 4000),
                                       (int32_t)random_below(&random, 3000)};
        part.writes = 0;
        assert_int_equal(ib_ov5640_set_format(&part.driver, IB_OV5640_RGB565), IB_OK);
        assert_int_equal(ib_ov5640_set_size(&part.driver, w, h), IB_OK);
        assert_int_equal(ib_ov5640_set_format(&part.driver, f), IB_OK);
        assert_int_equal(ib_ov5640_set_readout(&part.driver, &asked), IB_OK);
        const struct ib_ov5640_area *r = &part.driver.readout;
        // On the array, not smaller than the picture, and as asked where that can be.
        assert_true(r->width_px >= w && r->width_px <= 2592);
        assert_true(r->height_px >= h && r->height_px <= 1944);
        assert_true(2 * abs(r->x_px) <= 2592 - r->width_px);
        assert_true(2 * abs(r->y_px) <= 1944 - r->height_px);
        if (asked.width_px >= w && asked.width_px <= 2592)
            assert_int_equal(r->width_px, asked.width_px);
        if (2 * abs(asked.x_px) <= 2592 - r->width_px)
            assert_int_equal(r->x_px, asked.x_px);
        const struct ib_ov5640_geometry *g = &part.driver.geometry;
        expect(f, w, h, r, g, "area");
        assert_true(g->x_start >= 8 && g->x_end <= 2615 && g->y_start >= 2 && g->y_end <= 1953);
        assert_true(g->hts >= 1438 && g->vts >= 248);
        assert_int_equal(part_word(&part, 0x3800), g->x_start);
        assert_int_equal(part_word(&part, 0x3812), g->y_offset);
    }
}

static void areas_before_and_after_a_size(void **state) {
    (void)state;
    part_reset(&part);
    struct ib_ov5640_area area = {100, -60, 640, 480};
    assert_int_equal(ib_ov5640_set_readout(&part.driver, &area), IB_OK);
    assert_int_equal(part.transfers, 0);
    assert_int_equal(ib_ov5640_set_format(&part.driver, IB_OV5640_GREY), IB_OK);
    assert_int_equal(ib_ov5640_set_size(&part.driver, 320, 240), IB_OK);
    // 656 x 488 around the centre, 100 to the right and 60 down.
    assert_int_equal(part_word(&part, 0x3800), 968 + 100 + 16);
    assert_int_equal(part_word(&part, 0x3802), 728 + 60 + 6);
    assert_int_equal(part_word(&part, 0x3804), 968 + 100 + 16 + 655);
    assert_int_equal(part.registers[0x3814], 0x31);
    // A size that needs more makes it larger.
    assert_int_equal(ib_ov5640_set_size(&part.driver, 1280, 960), IB_OK);
    assert_int_equal(part.driver.readout.width_px, 1280);
    assert_int_equal(part.driver.readout.height_px, 960);
    assert_int_equal(part.driver.readout.x_px, 100);
    // It stops capturing, and leaves the window.
    struct ib_ov5640_area window = {1, 2, 3, 4};
    assert_int_equal(ib_ov5640_set_window(&part.driver, &window), IB_OK);
    assert_int_equal(ib_ov5640_start(&part.driver, 1), IB_OK);
    area = (struct ib_ov5640_area){INT32_MIN, INT32_MAX, INT32_MAX, INT32_MIN};
    assert_int_equal(ib_ov5640_set_readout(&part.driver, &area), IB_OK);
    assert_false(part.driver.running);
    assert_memory_equal(&part.driver.window, &window, sizeof window);
    assert_int_equal(part.driver.readout.width_px, 2592);
    assert_int_equal(part.driver.readout.height_px, 960);
    assert_int_equal(part.driver.readout.y_px, 492);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(formats),
        cmocka_unit_test(sizes_that_are_refused),
        cmocka_unit_test(any_size_of_any_area),
        cmocka_unit_test(areas_before_and_after_a_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
