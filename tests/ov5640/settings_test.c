/// How the picture looks, register by register; and every setting with every transfer failing once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/status.h"
#include "support_part.h"

static struct part part;
#define DRIVER (&part.driver)

static void begin(void) {
    part_reset(&part);
    assert_int_equal(ib_ov5640_set_format(DRIVER, IB_OV5640_RGB565), IB_OK);
    assert_int_equal(ib_ov5640_set_size(DRIVER, 320, 240), IB_OK);
    part.writes = part.transfers = 0;
}

static void orientation_survives_sizes(void **state) {
    (void)state;
    begin();
    assert_int_equal(ib_ov5640_set_mirror(DRIVER, true), IB_OK);
    assert_int_equal(ib_ov5640_set_flip(DRIVER, true), IB_OK);
    assert_int_equal(part.registers[0x3821], 0x07);
    assert_int_equal(part.registers[0x3820], 0x07);
    assert_int_equal(ib_ov5640_set_size(DRIVER, 1600, 1200), IB_OK);
    assert_int_equal(part.registers[0x3821], 0x06);
    assert_int_equal(part.registers[0x3820], 0x06);
    assert_int_equal(ib_ov5640_set_format(DRIVER, IB_OV5640_JPEG), IB_OK);
    assert_int_equal(part.registers[0x3821], 0x26);
    assert_int_equal(ib_ov5640_set_mirror(DRIVER, false), IB_OK);
    assert_int_equal(part.registers[0x3821], 0x20);
    assert_int_equal(ib_ov5640_set_flip(DRIVER, false), IB_OK);
    assert_int_equal(part.registers[0x3820], 0x00);
    // Bits that are not ours stay.
    part.registers[0x3820] = 0x40;
    assert_int_equal(ib_ov5640_set_flip(DRIVER, true), IB_OK);
    assert_int_equal(part.registers[0x3820], 0x46);
}

static void quality_and_gain_ceiling(void **state) {
    static const struct {
        int quality;
        uint8_t scale;
    } qualities[] = {{100, 2}, {96, 2}, {95, 3}, {90, 6}, {50, 31}, {1, 63}, {0, 63}};
    (void)state;
    begin();
    for (size_t i = 0; i < sizeof qualities / sizeof qualities[0]; i++) {
        assert_int_equal(ib_ov5640_set_quality(DRIVER, qualities[i].quality), IB_OK);
        assert_int_equal(part.registers[0x4407], qualities[i].scale);
    }
    for (int factor = 2; factor <= 32; factor *= 2) {
        assert_int_equal(ib_ov5640_set_gain_ceiling(DRIVER, factor), IB_OK);
        assert_int_equal(part_word(&part, 0x3A18), factor * 16);
    }
    size_t transfers = part.transfers;
    static const int no_factors[] = {-2, 0, 1, 3, 5, 12, 31, 33, 64, 128};
    for (size_t i = 0; i < sizeof no_factors / sizeof no_factors[0]; i++)
        assert_int_equal(ib_ov5640_set_gain_ceiling(DRIVER, no_factors[i]), IB_E_RANGE);
    assert_int_equal(ib_ov5640_set_quality(DRIVER, -1), IB_E_RANGE);
    assert_int_equal(ib_ov5640_set_quality(DRIVER, 101), IB_E_RANGE);
    assert_int_equal(part.transfers, transfers);
}

static void effects(void **state) {
    (void)state;
    begin();
    uint8_t signs = part.registers[0x5588], on = part.registers[0x5580];
    assert_int_equal(on & 0x46, 0x06); // saturation and contrast, no negative
    for (int level = -4; level <= 4; level++) {
        assert_int_equal(ib_ov5640_set_brightness(DRIVER, level), IB_OK);
        assert_int_equal(part.registers[0x5587], (level < 0 ? -level : level) * 16);
        assert_int_equal(part.registers[0x5588], level < 0 ? signs | 8 : signs & ~8);
    }
    int before = -1;
    for (int level = -3; level <= 3; level++) {
        assert_int_equal(ib_ov5640_set_contrast(DRIVER, level), IB_OK);
        assert_int_equal(part.registers[0x5586], 0x20 + 4 * level);
        assert_int_equal(ib_ov5640_set_saturation(DRIVER, level), IB_OK);
        assert_int_equal(part.registers[0x5583], part.registers[0x5584]);
        assert_true(part.registers[0x5583] > before);
        before = part.registers[0x5583];
    }
    assert_int_equal(ib_ov5640_set_saturation(DRIVER, 0), IB_OK);
    assert_int_equal(part.registers[0x5583], 0x40);
    size_t transfers = part.transfers;
    assert_int_equal(ib_ov5640_set_brightness(DRIVER, 5), IB_E_RANGE);
    assert_int_equal(ib_ov5640_set_brightness(DRIVER, -5), IB_E_RANGE);
    assert_int_equal(ib_ov5640_set_contrast(DRIVER, 4), IB_E_RANGE);
    assert_int_equal(ib_ov5640_set_contrast(DRIVER, -4), IB_E_RANGE);
    assert_int_equal(ib_ov5640_set_saturation(DRIVER, 4), IB_E_RANGE);
    assert_int_equal(ib_ov5640_set_saturation(DRIVER, -4), IB_E_RANGE);
    assert_int_equal(part.transfers, transfers);
    assert_int_equal(ib_ov5640_set_negative(DRIVER, true), IB_OK);
    assert_int_equal(part.registers[0x5580], on | 0x40);
    assert_int_equal(ib_ov5640_set_negative(DRIVER, false), IB_OK);
    assert_int_equal(part.registers[0x5580], on);
    assert_int_equal(ib_ov5640_set_colour_bar(DRIVER, true), IB_OK);
    assert_int_equal(part.registers[0x503D], 0x80);
    assert_int_equal(ib_ov5640_set_colour_bar(DRIVER, false), IB_OK);
    assert_int_equal(part.registers[0x503D], 0);
    uint8_t isp = part.registers[0x5000];
    assert_int_equal(ib_ov5640_set_lens_correction(DRIVER, false), IB_OK);
    assert_int_equal(part.registers[0x5000], isp & 0x7F);
    assert_int_equal(ib_ov5640_set_lens_correction(DRIVER, true), IB_OK);
    assert_int_equal(part.registers[0x5000], isp | 0x80);
}

static void close_to(float got, double wanted) {
    if (fabs(got - wanted) > 1e-4)
        fail_msg("%f, not %f", (double)got, wanted);
}

static void gain(void **state) {
    float db, ceiling;
    (void)state;
    begin();
    db = 6.0206f;
    assert_int_equal(ib_ov5640_set_auto_gain(DRIVER, false, &db, NULL), IB_OK);
    assert_int_equal(part.registers[0x3503], 0x02);
    assert_int_equal(part_word(&part, 0x350A), 32);
    assert_int_equal(ib_ov5640_gain_db(DRIVER, &db), IB_OK);
    close_to(db, 20 * log10(2));
    // Every value comes back as it was set.
    for (int value = 16; value <= 1023; value++) {
        db = (float)(20 * log10(value / 16.0));
        assert_int_equal(ib_ov5640_set_auto_gain(DRIVER, false, &db, NULL), IB_OK);
        assert_int_equal(part_word(&part, 0x350A), value);
        assert_int_equal(ib_ov5640_gain_db(DRIVER, &db), IB_OK);
        close_to(db, 20 * log10(value / 16.0));
    }
    db = -3;
    assert_int_equal(ib_ov5640_set_auto_gain(DRIVER, false, &db, NULL), IB_OK);
    assert_int_equal(part_word(&part, 0x350A), 16);
    db = 3e38f;
    assert_int_equal(ib_ov5640_set_auto_gain(DRIVER, false, &db, NULL), IB_OK);
    assert_int_equal(part_word(&part, 0x350A), 1023);
    // A ceiling belongs to the automatic, a gain to the fixed.
    ceiling = 12.0412f;
    db = 0;
    assert_int_equal(ib_ov5640_set_auto_gain(DRIVER, true, &db, &ceiling), IB_OK);
    assert_int_equal(part.registers[0x3503], 0);
    assert_int_equal(part_word(&part, 0x3A18), 64);
    assert_int_equal(part_word(&part, 0x350A), 1023);
    size_t transfers = part.transfers;
    db = NAN;
    assert_int_equal(ib_ov5640_set_auto_gain(DRIVER, false, &db, NULL), IB_E_INVAL);
    ceiling = INFINITY;
    assert_int_equal(ib_ov5640_set_auto_gain(DRIVER, true, NULL, &ceiling), IB_E_INVAL);
    assert_int_equal(part.transfers, transfers);
    part.registers[0x350A] = part.registers[0x350B] = 0; // no gain at all is still a number
    assert_int_equal(ib_ov5640_gain_db(DRIVER, &db), IB_OK);
    assert_true(db < 0 && db > -100);
}

static uint32_t exposure_units(void) {
    return (uint32_t)part.registers[0x3500] << 16 | part_word(&part, 0x3501);
}

static void exposure(void **state) {
    uint32_t us;
    (void)state;
    begin(); // a line takes 1716 / 40 = 42.9 us, a frame 1000 lines
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, 8580), IB_OK);
    assert_int_equal(part.registers[0x3503], 0x01);
    assert_int_equal(exposure_units(), 200 * 16);
    assert_int_equal(part_word(&part, 0x380E), 1000);
    assert_int_equal(ib_ov5640_exposure_us(DRIVER, &us), IB_OK);
    assert_int_equal(us, 8580);
    // Longer than a frame: the frame follows, and comes back.
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, 100000), IB_OK);
    assert_int_equal(exposure_units(), 37296); // 2331.002 lines
    assert_int_equal(part_word(&part, 0x380E), 2331);
    assert_in_range(ib_ov5640_frame_period_us(DRIVER), 99999, 100001);
    assert_int_equal(ib_ov5640_exposure_us(DRIVER, &us), IB_OK);
    assert_in_range(us, 99990, 100000);
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, 1000), IB_OK);
    assert_int_equal(part_word(&part, 0x380E), 1000);
    // As long as it can be; as short.
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, INT64_MAX), IB_OK);
    assert_int_equal(exposure_units(), 65535 * 16);
    assert_int_equal(part_word(&part, 0x380E), 65535);
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, 0), IB_OK);
    assert_int_equal(exposure_units(), 1);
    // A negative leaves it; another size keeps the time, not the lines.
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, 17160), IB_OK);
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, -1), IB_OK);
    assert_int_equal(exposure_units(), 400 * 16);
    assert_int_equal(ib_ov5640_set_size(DRIVER, 1600, 1200), IB_OK);
    assert_int_equal(ib_ov5640_exposure_us(DRIVER, &us), IB_OK);
    assert_in_range(us, 17150, 17160);
    // Automatic again: the frame is as long as the size wants it. What is read is held to the frame.
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, 1000000), IB_OK);
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, true, -1), IB_OK);
    assert_int_equal(part.registers[0x3503], 0);
    assert_int_equal(part_word(&part, 0x380E), 1976);
    assert_int_equal(ib_ov5640_exposure_us(DRIVER, &us), IB_OK);
    assert_int_equal(us, 1976 * 3460 / 40);
    // Before there is a size.
    part_reset(&part);
    assert_int_equal(ib_ov5640_set_auto_exposure(DRIVER, false, 8580), IB_OK);
    assert_int_equal(ib_ov5640_exposure_us(DRIVER, &us), IB_OK);
    assert_int_equal(us, 8580);
    assert_int_equal(ib_ov5640_set_size(DRIVER, 320, 240), IB_OK);
    assert_int_equal(exposure_units(), 200 * 16);
}

static void white_balance_and_black_level(void **state) {
    float rgb[3] = {0, 6.0206f, -6.0206f}, got[3];
    (void)state;
    begin();
    assert_int_equal(ib_ov5640_set_auto_white_balance(DRIVER, false, rgb), IB_OK);
    assert_int_equal(part.registers[0x3406] & 1, 1);
    assert_int_equal(part_word(&part, 0x3400), 0x400);
    assert_int_equal(part_word(&part, 0x3402), 0x800);
    assert_int_equal(part_word(&part, 0x3404), 0x200);
    assert_int_equal(ib_ov5640_rgb_gain_db(DRIVER, got), IB_OK);
    for (int i = 0; i < 3; i++)
        close_to(got[i], (double)rgb[i]);
    rgb[0] = 100;
    rgb[2] = -1000;
    assert_int_equal(ib_ov5640_set_auto_white_balance(DRIVER, false, rgb), IB_OK);
    assert_int_equal(part_word(&part, 0x3400), 0xFFF);
    assert_int_equal(part_word(&part, 0x3404), 0);
    assert_int_equal(ib_ov5640_set_auto_white_balance(DRIVER, true, NULL), IB_OK);
    assert_int_equal(part.registers[0x3406] & 1, 0);
    rgb[1] = NAN;
    assert_int_equal(ib_ov5640_set_auto_white_balance(DRIVER, false, rgb), IB_E_INVAL);

    const uint8_t levels[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t read[8];
    assert_int_equal(ib_ov5640_set_auto_black_level(DRIVER, false, levels), IB_OK);
    assert_int_equal(part.registers[0x4000] & 1, 0);
    assert_memory_equal(part.registers + 0x402C, levels, 8);
    assert_int_equal(ib_ov5640_black_level(DRIVER, read), IB_OK);
    assert_memory_equal(read, levels, 8);
    assert_int_equal(ib_ov5640_set_auto_black_level(DRIVER, true, NULL), IB_OK);
    assert_int_equal(part.registers[0x4000] & 1, 1);
}

static void night_mode(void **state) {
    (void)state;
    begin();
    assert_int_equal(ib_ov5640_night_mode(DRIVER), 0);
    uint32_t day_us = ib_ov5640_frame_period_us(DRIVER);
    assert_int_equal(ib_ov5640_set_night_mode(DRIVER, true), IB_OK);
    assert_int_equal(part.registers[0x3A00] & 4, 4);
    assert_int_equal(part_word(&part, 0x3A02), 4000);
    assert_int_equal(part_word(&part, 0x3A14), 4000);
    assert_int_equal(ib_ov5640_night_mode(DRIVER), 1);
    assert_int_equal(ib_ov5640_frame_period_us(DRIVER), 4 * day_us);
    assert_int_equal(ib_ov5640_set_size(DRIVER, 1600, 1200), IB_OK);
    assert_int_equal(part_word(&part, 0x3A02), 4 * 1976);
    assert_int_equal(ib_ov5640_set_night_mode(DRIVER, false), IB_OK);
    assert_int_equal(part_word(&part, 0x3A14), 1976);
    assert_int_equal(ib_ov5640_night_mode(DRIVER), 0);
}

static void any_register(void **state) {
    (void)state;
    begin();
    assert_int_equal(ib_ov5640_write(DRIVER, 0x5381, 0x77), IB_OK);
    assert_int_equal(part.registers[0x5381], 0x77);
    assert_int_equal(ib_ov5640_read(DRIVER, 0x5381), 0x77);
    assert_int_equal(ib_ov5640_read(DRIVER, 0xFFFF), 0);
}

static const float a_gain = 3, some_gains[3] = {1, 2, 3};
static const struct ib_ov5640_area an_area = {4, 4, 1000, 900};
static const uint8_t levels[8] = {9, 8, 7, 6, 5, 4, 3, 2};

/// Every setting, as a number. The bool: it is needed for capturing.
static int set(int which, bool *captures) {
    float db[3];
    uint8_t read[8];
    uint32_t us;
    *captures = which < 5;
    switch (which) {
    case 0:
        return ib_ov5640_set_format(DRIVER, IB_OV5640_JPEG);
    case 1:
        return ib_ov5640_set_format(DRIVER, IB_OV5640_BAYER);
    case 2:
        return ib_ov5640_set_size(DRIVER, 640, 480);
    case 3:
        return ib_ov5640_set_size(DRIVER, 1600, 1200);
    case 4:
        return ib_ov5640_set_readout(DRIVER, &an_area);
    case 5:
        return ib_ov5640_set_mirror(DRIVER, true);
    case 6:
        return ib_ov5640_set_flip(DRIVER, true);
    case 7:
        return ib_ov5640_set_quality(DRIVER, 33);
    case 8:
        return ib_ov5640_set_gain_ceiling(DRIVER, 8);
    case 9:
        return ib_ov5640_set_brightness(DRIVER, -2);
    case 10:
        return ib_ov5640_set_contrast(DRIVER, 2);
    case 11:
        return ib_ov5640_set_saturation(DRIVER, 1);
    case 12:
        return ib_ov5640_set_colour_bar(DRIVER, true);
    case 13:
        return ib_ov5640_set_negative(DRIVER, true);
    case 14:
        return ib_ov5640_set_lens_correction(DRIVER, false);
    case 15:
        return ib_ov5640_set_night_mode(DRIVER, true);
    case 16:
        return ib_ov5640_set_auto_gain(DRIVER, false, &a_gain, NULL);
    case 17:
        return ib_ov5640_set_auto_gain(DRIVER, true, NULL, &a_gain);
    case 18:
        return ib_ov5640_set_auto_exposure(DRIVER, false, 300000);
    case 19:
        return ib_ov5640_set_auto_exposure(DRIVER, true, -1);
    case 20:
        return ib_ov5640_set_auto_white_balance(DRIVER, false, some_gains);
    case 21:
        return ib_ov5640_set_auto_black_level(DRIVER, false, levels);
    case 22:
        return ib_ov5640_gain_db(DRIVER, db);
    case 23:
        return ib_ov5640_exposure_us(DRIVER, &us);
    case 24:
        return ib_ov5640_rgb_gain_db(DRIVER, db);
    case 25:
        return ib_ov5640_black_level(DRIVER, read);
    case 26:
        return ib_ov5640_night_mode(DRIVER);
    case 27:
        return ib_ov5640_standby(DRIVER, false);
    default:
        return 1;
    }
}

/// A setting that is not whole says so, is never captured with, and comes through when tried again.
static void every_transfer_may_fail(void **state) {
    static uint8_t good[65536];
    bool captures;
    (void)state;
    for (int which = 0;; which++) {
        begin();
        int status = set(which, &captures);
        if (status > 0)
            break;
        assert_int_equal(status, IB_OK);
        memcpy(good, part.registers, sizeof good);
        size_t transfers = part.transfers;
        assert_true(transfers >= 1 && transfers <= 16);
        for (size_t k = 1; k <= transfers; k++) {
            begin();
            assert_int_equal(ib_ov5640_start(DRIVER, 1), IB_OK);
            part.fail_at = k;
            assert_int_equal(set(which, &captures), IB_E_NACK);
            assert_int_equal(part.transfers, k);
            if (captures) {
                assert_false(part.started);
                assert_int_equal(ib_ov5640_start(DRIVER, 1), IB_E_NOT_READY);
            }
            assert_int_equal(set(which, &captures), IB_OK);
            assert_memory_equal(part.registers, good, sizeof good);
            assert_int_equal(ib_ov5640_start(DRIVER, 1), IB_OK);
        }
    }
}

/// A format that did not arrive comes with the next size.
static void a_format_that_did_not_arrive(void **state) {
    (void)state;
    for (size_t k = 1; k <= 6; k++) {
        part_reset(&part);
        part.fail_at = k;
        assert_int_equal(ib_ov5640_set_format(DRIVER, IB_OV5640_JPEG), IB_E_NACK);
        assert_int_equal(ib_ov5640_set_size(DRIVER, 640, 480), IB_OK);
        assert_int_equal(part.registers[0x4300], 0x30);
        assert_int_equal(part.registers[0x3006] & 0x28, 0x28);
        assert_int_equal(ib_ov5640_start(DRIVER, 1), IB_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orientation_survives_sizes),
        cmocka_unit_test(quality_and_gain_ceiling),
        cmocka_unit_test(effects),
        cmocka_unit_test(gain),
        cmocka_unit_test(exposure),
        cmocka_unit_test(white_balance_and_black_level),
        cmocka_unit_test(night_mode),
        cmocka_unit_test(any_register),
        cmocka_unit_test(every_transfer_may_fail),
        cmocka_unit_test(a_format_that_did_not_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
