/// Identity, power and the reset: what is written in which order, and that nobody is spoken to too
/// early.
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

static struct part part;

static void it_is_known_by_its_id(void **state) {
    (void)state;
    part_init(&part);
    assert_int_equal(ib_ov5640_probe(&part.driver), 0x5640);
    part.registers[0x300B] = 0x42;
    assert_int_equal(ib_ov5640_probe(&part.driver), IB_E_NOT_FOUND);
    part.fail_at = part.transfers + 1;
    assert_int_equal(ib_ov5640_probe(&part.driver), IB_E_NACK);
}

static void power_and_standby(void **state) {
    (void)state;
    part_init(&part);
    assert_int_equal(ib_ov5640_power(&part.driver, false), IB_OK);
    assert_int_equal(part.power_level, 0);
    assert_int_equal(ib_ov5640_probe(&part.driver), IB_E_NACK);
    assert_int_equal(ib_ov5640_power(&part.driver, true), IB_OK);
    assert_int_equal(part.power_level, 1);
    assert_int_equal(ib_ov5640_standby(&part.driver, true), IB_OK);
    assert_int_equal(part.registers[0x3008], 0x42);
    assert_int_equal(ib_ov5640_standby(&part.driver, false), IB_OK);
    assert_int_equal(part.registers[0x3008], 0x02);
    part.driver.wiring.power = NULL;
    assert_int_equal(ib_ov5640_power(&part.driver, false), IB_OK);
}

/// The functional part of the list as text: register=value.
static const char analog[] =
    "3630=2E 3632=E2 3633=23 3621=E0 3704=A0 3703=5A 3715=78 3717=01 370B=60 3705=1A 3905=02 "
    "3906=10 3901=0A 3731=12 3600=08 3601=33 302D=60 3620=52 371B=20 471C=50 3635=1C 3634=40 "
    "3622=01 3C01=B4 3C00=04 3C04=28 3C05=98 3C06=00 3C07=08 3C08=00 3C09=1C 3C0A=9C 3C0B=40 "
    "3618=00 3612=29 3708=64 3709=52 370C=03 4001=02 4004=02 4005=1A 300E=58 302E=00";
/// Clocks, pads, exposure's aim, JPEG, polarity, ISP.
static const char others[] =
    "3000=20 3002=1C 3017=FF 3018=FF 3034=1A 3035=11 3036=64 3037=13 3108=01 3824=02 3A0F=42 "
    "3A10=38 3A11=60 3A1B=44 3A1E=36 3A1F=10 4713=04 4723=03 4401=0D 4407=04 460B=35 460C=22 "
    "4740=20 5001=A3 5688=11 568F=11 3103=03 3008=02 503D=00";

static void check_list(const char *text) {
    unsigned address, value;
    int used;
    while (sscanf(text, "%4x=%2x%n", &address, &value, &used) == 2) {
        if (part.registers[address] != value || part_last(&part, (uint16_t)address) == part.writes)
            fail_msg("%04X is %02X, not %02X", address, part.registers[address], value);
        text += used;
        text += *text == ' ';
    }
    assert_int_equal(*text, 0);
}

static void the_reset_goes_in_this_order(void **state) {
    (void)state;
    part_init(&part);
    assert_int_equal(ib_ov5640_reset(&part.driver, true, true), IB_OK);
    assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
    assert_int_equal(part.resets, 1);
    assert_int_equal(part.reset_level, 0);
    assert_in_range(part.reset_held_us, 10000, 11000);
    static const uint16_t first[][2] = {
        {0x3103, 0x11}, {0x3008, 0x82}, {0x3008, 0x42}, {0x3103, 0x03}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(part.written[i].address, first[i][0]);
        assert_int_equal(part.written[i].value, first[i][1]);
    }
    assert_int_equal(part.written[part.writes - 1].address, 0x3008);
    assert_int_equal(part.written[part.writes - 1].value, 0x02);
    assert_true(part.now_us >= part.written[part.writes - 1].at_us + 300000);
    // In between: clocks before the analog part, that before the ISP; nothing wakes or resets it.
    assert_true(part_last(&part, 0x3037) < part_last(&part, 0x3630));
    assert_true(part_last(&part, 0x302E) < part_last(&part, 0x5001));
    for (size_t i = 3; i < part.writes - 1; i++)
        assert_int_not_equal(part.written[i].address, 0x3008);
    check_list(analog);
    check_list(others);
    assert_int_equal(part.registers[0x3006] & 0x28, 0);
    assert_int_equal(ib_ov5640_pixel_clock_hz(&part.driver), 40000000);
}

/// A caller that looks after others is kept for ten milliseconds at most.
static void pieces_are_short(void **state) {
    uint64_t due_us;
    int done, steps = 0;
    (void)state;
    part_init(&part);
    ib_ov5640_reset(&part.driver, false, false);
    do {
        uint64_t before_us = part.now_us;
        done = ib_ov5640_step(&part.driver, &due_us);
        assert_true(done >= 0);
        assert_true(part.now_us - before_us <= 10000);
        // Asked too early it does nothing.
        size_t transfers = part.transfers;
        if (!done && due_us > part.now_us + 2) {
            assert_int_equal(ib_ov5640_step(&part.driver, &due_us), 0);
            assert_int_equal(part.transfers, transfers);
        }
        if (due_us > part.now_us)
            part.now_us = due_us;
        steps++;
    } while (!done);
    assert_true(steps > 4);
    assert_int_equal(part.resets, 0);
    assert_true(part.longest_bytes <= 10);
    assert_int_equal(ib_ov5640_step(&part.driver, &due_us), 1); // nothing left to do
}

static void a_reset_forgets(void **state) {
    (void)state;
    part_reset(&part);
    struct ib_ov5640 *driver = &part.driver;
    assert_int_equal(ib_ov5640_set_format(driver, IB_OV5640_GREY), IB_OK);
    assert_int_equal(ib_ov5640_set_size(driver, 320, 240), IB_OK);
    assert_int_equal(ib_ov5640_set_mirror(driver, true), IB_OK);
    assert_int_equal(ib_ov5640_start(driver, 1), IB_OK);
    ib_ov5640_reset(driver, false, false);
    assert_int_equal(part.stops, 1);
    assert_int_equal(ib_ov5640_finish(driver), IB_OK);
    assert_int_equal(driver->format, IB_OV5640_NONE);
    assert_int_equal(driver->width_px, 0);
    assert_false(driver->mirrored);
    assert_int_equal(ib_ov5640_start(driver, 1), IB_E_NOT_READY);
    assert_int_equal(ib_ov5640_picture_bytes(driver), 0);
    assert_int_equal(ib_ov5640_frame_period_us(driver), 0);
}

/// Whichever transfer fails, the reset says so, ends, and the next one succeeds with the same result.
static void every_transfer_may_fail(void **state) {
    static uint8_t good[65536];
    (void)state;
    part_init(&part);
    ib_ov5640_reset(&part.driver, true, false);
    assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
    memcpy(good, part.registers, sizeof good);
    size_t transfers = part.transfers;
    assert_true(transfers > 80);
    for (size_t k = 1; k <= transfers; k++) {
        part_init(&part);
        part.fail_at = k;
        ib_ov5640_reset(&part.driver, true, false);
        assert_int_equal(ib_ov5640_finish(&part.driver), IB_E_NACK);
        assert_int_equal(part.transfers, k);
        uint64_t due_us;
        assert_int_equal(ib_ov5640_step(&part.driver, &due_us), 1);
        ib_ov5640_reset(&part.driver, true, false);
        assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
        assert_memory_equal(part.registers, good, sizeof good);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_known_by_its_id),
        cmocka_unit_test(power_and_standby),
        cmocka_unit_test(the_reset_goes_in_this_order),
        cmocka_unit_test(pieces_are_short),
        cmocka_unit_test(a_reset_forgets),
        cmocka_unit_test(every_transfer_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
