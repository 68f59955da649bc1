/// The simulated OV5640 raw: SCCB, lines, timing of frames, the port, faults.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "support_visible.h"
#include "tests/core/support_random.h"

static uint32_t violations(void) {
    return ib_sim_ov5640_violation_count(&eye.part);
}

static struct ib_sim_ov5640_facts facts(void) {
    struct ib_sim_ov5640_facts out;
    ib_sim_ov5640_facts(&eye.part, &out);
    return out;
}

// ---- SCCB and lines ----

static void it_says_who_it_is(void **state) {
    (void)state;
    eye_make("flat");
    eye_wait_us(20000);
    uint8_t id[2];
    assert_int_equal(eye_read(0x300A, id, 2), IB_OK);
    assert_int_equal(id[0], 0x56);
    assert_int_equal(id[1], 0x40);
    // The identity is not for writing.
    eye_poke16(0x300A, 0x1234);
    assert_int_equal(eye_peek16(0x300A), 0x5640);
    assert_int_equal(violations(), 0);
}

static void registers_keep_what_was_written(void **state) {
    (void)state;
    eye_make("flat");
    eye_wait_us(20000);
    uint8_t burst[2 + 256];
    burst[0] = 0x51;
    burst[1] = 0x80;
    for (unsigned i = 0; i < 256; i++)
        burst[2 + i] = (uint8_t)(i * 7 + 3);
    assert_int_equal(eye_write(burst, sizeof burst), IB_OK);
    uint8_t back[256];
    assert_int_equal(eye_read(0x5180, back, sizeof back), IB_OK);
    assert_memory_equal(back, burst + 2, sizeof back);
    // The pointer goes on where a read ended.
    uint8_t one = 0;
    struct ib_i2c_part part = {&one, 1, 1};
    assert_int_equal(eye_read(0x5180, back, 5), IB_OK);
    assert_int_equal(ib_i2c_transfer(&eye.bus, 0x3C, &part, 1), IB_OK);
    assert_int_equal(one, burst[2 + 5]);
}

static void the_wire_takes_its_time(void **state) {
    (void)state;
    eye_make("flat");
    eye_wait_us(20000);
    uint64_t before_us = eye.clock.now_us;
    eye_poke(0x3503, 1); // start and address 10 bits, three bytes 27, stop 1: at 100 kHz
    assert_int_equal(eye.clock.now_us - before_us, 380);
    before_us = eye.clock.now_us;
    (void)eye_peek(0x3503); // 10 + 18, 10 + 9, 1
    assert_int_equal(eye.clock.now_us - before_us, 480);
}

static void it_listens_twenty_milliseconds_after_reset(void **state) {
    (void)state;
    uint8_t byte;
    eye_make("flat");
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_NACK);
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->sccb_too_early, 1);
    eye_wait_us(20000);
    eye_poke(0x3A10, 0x55);
    assert_int_equal(ib_gpio_set(&eye.reset, 1), IB_OK);
    assert_int_equal(ib_gpio_get(&eye.reset), 1);
    eye_wait_us(1500);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_NACK); // held: nobody's mistake
    assert_int_equal(violations(), 1);
    ib_gpio_set(&eye.reset, 0);
    eye_wait_us(19000);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_NACK);
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->sccb_too_early, 2);
    eye_wait_us(1000);
    assert_int_equal(eye_peek(0x3A10), 0x68); // its default again
    ib_gpio_set(&eye.reset, 1);
    eye_wait_us(100);
    ib_gpio_set(&eye.reset, 0);
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->reset_too_short, 1);
}

static void power_down_keeps_the_registers(void **state) {
    (void)state;
    uint8_t byte;
    eye_ready("flat");
    assert_true(facts().streaming);
    ib_gpio_set(&eye.power_down, 1);
    eye_wait_us(100000);
    assert_int_equal(ib_gpio_get(&eye.power_down), 1);
    assert_false(facts().streaming);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_NACK);
    uint64_t frames = facts().frames;
    eye_wait_us(200000);
    assert_int_equal(facts().frames, frames);
    ib_gpio_set(&eye.power_down, 0);
    eye_wait_us(5000);
    assert_int_equal(eye_peek16(0x3808), 640);
    assert_true(facts().streaming);
    assert_int_equal(violations(), 0);
}

static void a_software_reset_forgets(void **state) {
    (void)state;
    uint8_t byte;
    eye_ready("flat");
    eye_poke(0x3008, 0x82);
    eye_wait_us(500);
    assert_int_equal(eye_read(0x3808, &byte, 1), IB_E_NACK);
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->sccb_too_early, 1);
    eye_wait_us(4000);
    assert_int_equal(eye_peek16(0x3808), 2592);
    assert_int_equal(eye_peek(0x3008), 0x02);
    assert_false(facts().streaming); // the pads are off
}

static void standby_stops_the_frames(void **state) {
    (void)state;
    eye_ready("flat");
    assert_int_equal(eye_start(3), IB_OK);
    assert_true(eye_take(200) > 0);
    eye_poke(0x3008, 0x42);
    assert_int_equal(eye_take(500), 0);
    assert_int_equal(eye_start(3), IB_E_IO);
    eye_poke(0x3008, 0x02);
    assert_int_equal(eye_start(3), IB_OK);
    assert_true(eye_take(200) > 0);
}

// ---- Frames ----

static void each_size_has_its_rate(void **state) {
    (void)state;
    static const struct {
        uint16_t width, height;
        double hz;
    } rows[] = {{320, 240, 23.3},  {640, 480, 23.3},   {800, 480, 21.5},  {800, 600, 21.5},
                {1280, 720, 14.2}, {1600, 1200, 5.85}, {2592, 1944, 3.72}};
    eye_ready("flat");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        eye_size(rows[i].width, rows[i].height);
        eye_wait_us(600000);
        assert_int_equal(eye_start(3), IB_OK);
        assert_int_equal(eye_take(1000), 2L * rows[i].width * rows[i].height);
        uint64_t first_us = eye.end_us;
        assert_true(eye_take(1000) > 0);
        double hz = 1e6 / (double)(eye.end_us - first_us);
        if (fabs(hz - rows[i].hz) > 0.05)
            fail_msg("%ux%u: %.3f Hz", rows[i].width, rows[i].height, hz);
        struct ib_sim_ov5640_facts now = facts();
        assert_int_equal(now.pclk_hz, 40000000);
        assert_int_equal(now.width_px, rows[i].width);
        assert_true(fabs((double)now.frame_rate_hz - hz) < 0.01);
        eye.port.ops->stop(eye.port.context);
    }
    assert_int_equal(violations(), 0);
}

static void the_pixel_clock_follows_the_pll(void **state) {
    (void)state;
    static const struct {
        uint8_t bits, system, multiplier, before, root, divider;
        uint32_t hz;
    } rows[] = {
        {0x1A, 0x11, 100, 0x13, 0x01, 2, 40000000}, {0x1A, 0x11, 50, 0x13, 0x01, 2, 20000000},
        {0x1A, 0x21, 100, 0x13, 0x01, 2, 20000000}, {0x1A, 0x11, 100, 0x03, 0x01, 2, 80000000},
        {0x18, 0x11, 100, 0x13, 0x01, 2, 50000000}, {0x1A, 0x11, 100, 0x13, 0x11, 2, 20000000},
        {0x1A, 0x11, 100, 0x13, 0x01, 4, 20000000}, {0x1A, 0x11, 100, 0x16, 0x01, 2, 20000000}};
    eye_ready("flat");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        eye_poke(0x3034, rows[i].bits);
        eye_poke(0x3035, rows[i].system);
        eye_poke(0x3036, rows[i].multiplier);
        eye_poke(0x3037, rows[i].before);
        eye_poke(0x3108, rows[i].root);
        eye_poke(0x3824, rows[i].divider);
        assert_int_equal(facts().pclk_hz, rows[i].hz);
        eye_wait_us(300000);
        assert_true(fabs((double)facts().frame_rate_hz - rows[i].hz / (1716.0 * 1000)) < 0.01);
    }
}

static void too_little_time_hangs_the_sensor(void **state) {
    (void)state;
    static const struct {
        uint16_t address, good, bad;
    } rows[] = {{0x380C, 1716, 1437}, {0x380E, 1000, 248}, {0x380C, 1716, 1279}};
    eye_ready("flat");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t before = ib_sim_ov5640_violations(&eye.part)->timing;
        eye_poke16(rows[i].address, rows[i].bad);
        eye_wait_us(100000);
        assert_int_equal(eye_start(3), IB_OK);
        assert_int_equal(eye_take(500), 0);
        assert_true(ib_sim_ov5640_violations(&eye.part)->timing > before);
        eye_poke16(rows[i].address, rows[i].good);
        assert_true(eye_take(500) > 0);
        eye.port.ops->stop(eye.port.context);
    }
}

static void a_window_beyond_the_array_sends_nothing(void **state) {
    (void)state;
    eye_ready("flat");
    eye_poke16(0x3804, 2624);
    eye_wait_us(100000);
    assert_int_equal(violations(), 0); // nobody looks
    eye_start(3);
    assert_int_equal(eye_take(500), 0);
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->window, 1);
    eye_poke16(0x3804, 2615);
    eye_poke16(0x3808, 1300); // more than the window has, binned
    assert_int_equal(eye_take(500), 0);
    assert_true(ib_sim_ov5640_violations(&eye.part)->window >= 2);
}

static void nonsense_formats_are_seen(void **state) {
    (void)state;
    eye_ready("flat");
    eye_poke(0x501F, 0);
    eye_start(3);
    (void)eye_take(500);
    assert_true(ib_sim_ov5640_violations(&eye.part)->format > 0);
}

// ---- The port ----

static void keep_one_begins_with_the_call(void **state) {
    (void)state;
    eye_ready("flat");
    assert_int_equal(eye_start(1), IB_OK);
    for (int i = 0; i < 5; i++) {
        eye_wait_us(100000 + 7000u * (unsigned)i);
        uint64_t asked_us = eye.clock.now_us;
        assert_true(eye_take(200) > 0);
        // The picture takes 980 of 1000 lines of 42.9 us, so it began after the call.
        assert_true(eye.end_us > asked_us + 980 * 42);
        assert_true(eye.end_us < asked_us + 2 * 42950);
    }
}

static void keep_three_has_the_newest(void **state) {
    (void)state;
    eye_ready("flat");
    assert_int_equal(eye_start(3), IB_OK);
    for (int i = 0; i < 5; i++) {
        eye_wait_us(300000);
        uint64_t asked_us = eye.clock.now_us;
        assert_true(eye_take(0) > 0); // at once
        assert_true(eye.end_us <= asked_us && eye.end_us > asked_us - 43000);
        assert_int_equal(eye_take(0), 0); // only once
    }
}

static void a_longer_queue_has_the_oldest(void **state) {
    (void)state;
    eye_ready("flat");
    assert_int_equal(eye_start(5), IB_OK);
    uint64_t began_us = eye.clock.now_us, before_us = 0;
    eye_wait_us(2000000);
    for (int i = 0; i < 5; i++) {
        assert_true(eye_take(0) > 0);
        if (i)
            assert_in_range(eye.end_us - before_us, 42800, 42950);
        else
            assert_true(eye.end_us < began_us + 2 * 42950);
        before_us = eye.end_us;
    }
    // What came while it was full is lost.
    assert_int_equal(eye_take(0), 0);
    assert_true(eye_take(100) > 0);
    assert_true(eye.end_us > began_us + 2000000);
}

static void the_port_wants_sense(void **state) {
    (void)state;
    eye_make("flat");
    struct ib_picture_in_format format = {1280, 480, 0, 0, 1280, 480, 3};
    const struct ib_picture_in_ops *ops = eye.port.ops;
    assert_int_equal(ops->start(eye.port.context, &format, 0), IB_E_IO); // nothing clocks
    size_t bytes;
    uint64_t end_us, due_us;
    assert_int_equal(ops->take(eye.port.context, 0, eye_bytes, EYE_ROOM, &bytes, &end_us, &due_us),
                     IB_E_INVAL);
    eye_ready("flat");
    static const struct ib_picture_in_format bad[] = {{1280, 480, 0, 0, 1280, 480, 0},
                                                      {1280, 480, 2, 0, 1280, 480, 3},
                                                      {1280, 480, 0, 1, 1280, 480, 3},
                                                      {1280, 480, 0, 0, 0, 480, 3},
                                                      {1280, 480, UINT32_MAX, 0, 2, 480, 3}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ops->start(eye.port.context, &bad[i], eye.clock.now_us), IB_E_INVAL);
    // A frame that does not fit is gone; the next one comes.
    assert_int_equal(eye_start(3), IB_OK);
    eye_wait_us(100000);
    assert_int_equal(
        ops->take(eye.port.context, eye.clock.now_us, eye_bytes, 1000, &bytes, &end_us, &due_us),
        IB_E_NO_SPACE);
    assert_int_equal(ops->take(eye.port.context, eye.clock.now_us, eye_bytes, EYE_ROOM, &bytes,
                               &end_us, &due_us),
                     0);
    assert_true(eye_take(100) > 0);
}

static void other_lines_than_told_are_short(void **state) {
    (void)state;
    eye_ready("flat");
    struct ib_picture_in_format format = {1600, 600, 0, 0, 1600, 600, 3};
    assert_int_equal(eye.port.ops->start(eye.port.context, &format, eye.clock.now_us), IB_OK);
    assert_int_equal(eye_take(200), 1280 * 480);
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->port_mismatch, 1);
}

static void registers_count_from_the_next_frame_on(void **state) {
    (void)state;
    eye_ready("flat");
    eye_wait_us(500000);
    assert_int_equal(eye_start(1), IB_OK);
    // Until the frame that was asked for has begun.
    uint64_t frames = facts().frames;
    assert_int_equal(eye_take(0), 0);
    while (facts().frames == frames)
        eye_wait_us(1000);
    eye_poke(0x503D, 0x80);
    assert_true(eye_take(100) > 0);
    int left[3], right[3];
    eye_pixel(10, 100, left);
    eye_pixel(630, 100, right);
    assert_true(abs(left[1] - right[1]) < 30); // still grey
    assert_true(eye_take(200) > 0);
    eye_pixel(10, 100, left);
    eye_pixel(630, 100, right);
    assert_int_equal(left[1] - right[1], 255); // bars
}

static void a_group_counts_when_it_is_launched(void **state) {
    (void)state;
    eye_ready("flat");
    eye_wait_us(200000);
    eye_poke(0x3212, 0x03);
    eye_poke16(0x3808, 320);
    eye_wait_us(200000);
    assert_int_equal(facts().width_px, 640);
    eye_poke16(0x380A, 240);
    eye_poke(0x3212, 0x13);
    eye_wait_us(200000);
    assert_int_equal(facts().width_px, 640);
    eye_poke(0x3212, 0xA3);
    eye_wait_us(200000);
    assert_int_equal(facts().width_px, 320);
    assert_int_equal(facts().height_px, 240);
}

// ---- Faults ----

static void every_fault_has_a_name(void **state) {
    (void)state;
    for (int i = 0; i < IB_SIM_OV5640_FAULTS; i++) {
        const char *name = ib_sim_ov5640_fault_name((enum ib_sim_ov5640_fault)i);
        assert_true(name && strlen(ib_sim_ov5640_fault_about((enum ib_sim_ov5640_fault)i)) > 5);
        assert_int_equal(ib_sim_ov5640_fault_named(name), i);
    }
    assert_null(ib_sim_ov5640_fault_name(IB_SIM_OV5640_FAULTS));
    assert_int_equal(ib_sim_ov5640_fault_named("no such"), IB_SIM_OV5640_WELL);
    assert_int_equal(ib_sim_ov5640_fault_named(NULL), IB_SIM_OV5640_WELL);
    eye_make("flat");
    assert_int_equal(ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_FAULTS, 0, 0), IB_E_INVAL);
}

static void the_bus_fails_on_demand(void **state) {
    (void)state;
    uint8_t byte;
    eye_ready("flat");
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_NACK, 2, 0);
    assert_int_equal(ib_sim_ov5640_faulty(&eye.part), IB_SIM_OV5640_NACK);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_NACK);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_NACK);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_OK);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_STUCK, 0, 25000);
    uint64_t before_us = eye.clock.now_us;
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_TIMEOUT);
    assert_int_equal(eye.clock.now_us - before_us, 10000);
    eye_wait_us(20000);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_OK);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_BIT_FLIP, 1, 0);
    assert_int_equal(__builtin_popcount(eye_peek(0x300A) ^ 0x56u), 1);
    assert_int_equal(eye_peek(0x300A), 0x56);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_WRONG_ID, 0, 0);
    assert_int_not_equal(eye_peek16(0x300A), 0x5640);
    ib_sim_ov5640_heal(&eye.part);
    assert_int_equal(eye_peek16(0x300A), 0x5640);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_UNPLUG, 0, 0);
    assert_int_equal(eye_read(0x300A, &byte, 1), IB_E_NACK);
    assert_false(facts().streaming);
    ib_sim_ov5640_heal(&eye.part);
    assert_true(facts().streaming);
    assert_int_equal(violations(), 0);
    struct ib_i2c_part part = {&byte, 1, 1};
    assert_int_equal(ib_i2c_transfer(&eye.bus, 0x3D, &part, 1), IB_E_NACK);
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->wrong_address, 1);
}

static void frames_fail_on_demand(void **state) {
    (void)state;
    eye_ready("flat");
    assert_int_equal(eye_start(3), IB_OK);
    assert_true(eye_take(200) > 0);
    eye_wait_us(100000);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_NO_FRAMES, 0, 400000);
    eye_wait_us(50000);
    assert_true(eye_take(0) > 0); // what was on its way
    assert_int_equal(eye_take(250), 0);
    assert_true(eye_take(400) > 0);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_SHORT_FRAME, 1, 0);
    assert_int_equal(eye_take(200), 1280 * 240);
    assert_int_equal(eye_take(200), 1280 * 480);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_TORN_FRAME, 1, 0);
    assert_int_equal(eye_take(200), 1280 * (160 + 240));
    assert_int_equal(eye_take(200), 1280 * 480);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_BROWN_OUT, 0, 0);
    assert_int_equal(eye_take(500), 0);
    assert_int_equal(eye_peek16(0x3808), 2592);
}

/// Scripts may write any register: whatever stands in them, frames stay within their memory.
static void any_registers_are_survived(void **state) {
    (void)state;
    static const uint16_t often[] = {
        0x3800, 0x3801, 0x3802, 0x3804, 0x3805, 0x3806, 0x3807, 0x3808, 0x3809, 0x380A, 0x380B,
        0x380C, 0x380D, 0x380E, 0x3810, 0x3811, 0x3812, 0x3813, 0x3814, 0x3815, 0x3820, 0x3821,
        0x3824, 0x3035, 0x3036, 0x3037, 0x3500, 0x3501, 0x3503, 0x350A, 0x350B, 0x3400, 0x3402,
        0x3406, 0x3A00, 0x3A02, 0x3A0F, 0x3A10, 0x4300, 0x4407, 0x4602, 0x4603, 0x4604, 0x5000,
        0x5001, 0x501F, 0x503D, 0x5580, 0x5583, 0x5584, 0x5585, 0x5586, 0x5587, 0x5588, 0x5386,
        0x5387, 0x3602, 0x3603, 0x3002, 0x3006, 0x3108, 0x460C};
    static const uint8_t formats[][2] = {{0x6F, 1}, {0x61, 1}, {0x30, 0}, {0x32, 0},
                                         {0x10, 0}, {0x00, 3}, {0x30, 0}};
    unsigned frames = 0;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct random random = {seed};
        eye_ready(seed % 8 ? "bars" : "kettle");
        unsigned format = random_below(&random, 7), count = random_below(&random, 6);
        eye_format(format == 6 ? EYE_JPEG : EYE_RGB565);
        eye_poke(0x4300, formats[format][0]);
        eye_poke(0x501F, formats[format][1]);
        // A window of any size and place that fits, an output that fits into it.
        uint32_t w = 16 + random_below(&random, 2600), h = 16 + random_below(&random, 1940);
        uint32_t x = random_below(&random, 2625 - w), y = random_below(&random, 1965 - h);
        uint32_t out_w = 1 + random_below(&random, w), out_h = 1 + random_below(&random, h);
        eye_poke16(0x3800, (uint16_t)x);
        eye_poke16(0x3802, (uint16_t)y);
        eye_poke16(0x3804, (uint16_t)(x + w - 1));
        eye_poke16(0x3806, (uint16_t)(y + h - 1));
        eye_poke16(0x3808, (uint16_t)(format == 6 && out_w > 8 ? out_w & ~7u : out_w));
        eye_poke16(0x380A, (uint16_t)(format == 6 && out_h > 8 ? out_h & ~7u : out_h));
        eye_poke16(0x3810, 0);
        eye_poke16(0x3812, 0);
        eye_poke16(0x380C, 6000);
        eye_poke16(0x380E, 2000);
        eye_poke(0x3814, 0x11);
        eye_poke(0x3815, 0x11);
        eye_poke(0x3820, (uint8_t)random_below(&random, 8));
        eye_poke(0x3821, (uint8_t)((format == 6 ? 0x20 : 0) | random_below(&random, 8)));
        for (unsigned i = 0; i < count; i++)
            eye_poke(often[random_below(&random, sizeof often / sizeof often[0])],
                     (uint8_t)random_below(&random, 256));
        uint32_t line = random_below(&random, 3) ? 1 + random_below(&random, 5000) : 0;
        struct ib_picture_in_format told = {line, 1 + random_below(&random, 2000), 0, 0, line,
                                            1,    1 + random_below(&random, 5)};
        told.taken_lines = told.lines;
        if (eye.port.ops->start(eye.port.context, &told, eye.clock.now_us) != IB_OK)
            continue;
        long got = eye_take(3000);
        if (got < 0 && got != IB_E_NO_SPACE)
            fail_msg("seed %u: %ld", (unsigned)seed, got);
        frames += got > 0;
    }
    assert_true(frames > 80);
}

static void time_may_jump(void **state) {
    (void)state;
    eye_ready("flat");
    uint64_t frames = facts().frames;
    eye_wait_us(UINT64_C(3600) * 1000000);
    // 23.31 a second for an hour.
    assert_in_range(facts().frames - frames, 83900, 83950);
    eye_start(3);
    assert_true(eye_take(100) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_who_it_is),
        cmocka_unit_test(registers_keep_what_was_written),
        cmocka_unit_test(the_wire_takes_its_time),
        cmocka_unit_test(it_listens_twenty_milliseconds_after_reset),
        cmocka_unit_test(power_down_keeps_the_registers),
        cmocka_unit_test(a_software_reset_forgets),
        cmocka_unit_test(standby_stops_the_frames),
        cmocka_unit_test(each_size_has_its_rate),
        cmocka_unit_test(the_pixel_clock_follows_the_pll),
        cmocka_unit_test(too_little_time_hangs_the_sensor),
        cmocka_unit_test(a_window_beyond_the_array_sends_nothing),
        cmocka_unit_test(nonsense_formats_are_seen),
        cmocka_unit_test(keep_one_begins_with_the_call),
        cmocka_unit_test(keep_three_has_the_newest),
        cmocka_unit_test(a_longer_queue_has_the_oldest),
        cmocka_unit_test(the_port_wants_sense),
        cmocka_unit_test(other_lines_than_told_are_short),
        cmocka_unit_test(registers_count_from_the_next_frame_on),
        cmocka_unit_test(a_group_counts_when_it_is_launched),
        cmocka_unit_test(every_fault_has_a_name),
        cmocka_unit_test(the_bus_fails_on_demand),
        cmocka_unit_test(frames_fail_on_demand),
        cmocka_unit_test(any_registers_are_survived),
        cmocka_unit_test(time_may_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
