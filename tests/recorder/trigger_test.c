/// What is worth recording: scenes made of numbers, one frame every 115 ms as a Lepton gives them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "apps/ironbow/recorder_trigger.h"

#define WIDTH 160
#define HEIGHT 120
#define PERIOD_US 115000u
#define BACKGROUND 29515 ///< 22 degrees in centikelvin

static struct ib_app_trigger trigger;
static uint16_t pixels[WIDTH * HEIGHT];
static struct ib_frame frame;

static void begin(const struct ib_app_recorder_trigger *config) {
    ib_app_trigger_init(&trigger, config);
    frame = (struct ib_frame){.captured_us = 5000000,
                              .width_px = WIDTH,
                              .height_px = HEIGHT,
                              .scale_ck = 1,
                              .unit = IB_UNIT_KELVIN,
                              .gain = IB_GAIN_HIGH,
                              .pixels = pixels,
                              .capacity_px = WIDTH * HEIGHT};
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = (uint16_t)(BACKGROUND + i % 7);
}

static bool look(void) {
    bool wanted = ib_app_trigger_look(&trigger, &frame);
    frame.captured_us += PERIOD_US;
    return wanted;
}

static void paint(unsigned x, unsigned y, unsigned count, uint16_t value) {
    for (unsigned i = 0; i < count; i++)
        pixels[y * WIDTH + x + i] = value;
}

static const struct ib_app_recorder_trigger motion = {
    .on_motion = true, .motion_counts = 100, .motion_px = 20, .keep_us = 1000000};
static const struct ib_app_recorder_trigger heat = {
    .on_heat = true, .heat_ck = 33315, .heat_px = 4, .keep_us = 1000000};

static void nothing_moves_in_a_still_scene(void **state) {
    (void)state;
    begin(&motion);
    for (unsigned i = 0; i < 200; i++) {
        paint(3, 7, 100, (uint16_t)(BACKGROUND + (i % 2) * 90)); // noise below the threshold
        assert_false(look());
    }
}

static void enough_pixels_that_differ_enough_are_motion(void **state) {
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        begin(&motion);
        for (unsigned i = 0; i < 20; i++)
            assert_false(look());
        paint(10, 10, 19, (uint16_t)(BACKGROUND + sign * 300));
        assert_false(look());
        assert_int_equal(trigger.moving_px, 19);
        paint(10, 10, 20, (uint16_t)(BACKGROUND + sign * 300));
        assert_true(look());
        assert_int_equal(trigger.moving_px, 20);
    }
}

/// A cause in the next frame only; then frames are wanted for `keep_us`, and no longer.
static void cause_once(uint16_t value) {
    paint(10, 10, 30, value);
    uint64_t cause_us = frame.captured_us;
    assert_true(look());
    paint(10, 10, 30, BACKGROUND);
    bool wanted = true;
    while (wanted) {
        uint64_t at_us = frame.captured_us;
        wanted = look();
        assert_true(wanted == (at_us <= cause_us + motion.keep_us));
    }
}

static void it_goes_on_for_as_long_as_asked(void **state) {
    (void)state;
    begin(&motion);
    look();
    cause_once(BACKGROUND + 300);
    frame.captured_us += 2000000;
    cause_once(BACKGROUND + 600);
}

static void what_stays_becomes_background(void **state) {
    (void)state;
    begin(&motion);
    for (unsigned i = 0; i < 10; i++)
        look();
    paint(10, 10, 50, BACKGROUND + 300); // a cup is put down
    unsigned seconds = 0;
    while (look() && seconds < 100 * 9)
        seconds++;
    // 300 counts fall below 100 in 64 * ln(3) = 70 frames = 8 s, and a second is kept.
    assert_in_range(seconds, 7 * 9, 12 * 9);
}

static void the_sun_is_no_motion(void **state) {
    (void)state;
    begin(&motion);
    for (unsigned i = 0; i < 2000; i++) {
        if (i % 2) // half a count a frame: four kelvin a minute
            for (size_t p = 0; p < WIDTH * HEIGHT; p++)
                pixels[p]++;
        assert_false(look());
    }
}

static void heat_needs_enough_hot_pixels(void **state) {
    (void)state;
    begin(&heat);
    assert_false(look());
    paint(50, 50, 3, 33316);
    paint(60, 60, 9, 33315); // exactly as warm is not warmer
    assert_false(look());
    paint(50, 50, 4, 33316);
    assert_true(look());
    assert_int_equal(trigger.hot_px, 4);
}

static void heat_follows_the_scale(void **state) {
    (void)state;
    begin(&heat);
    frame.scale_ck = 10;
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = 2951;
    assert_false(look());
    paint(50, 50, 4, 3332);
    assert_true(look());
}

static void counts_are_never_hot(void **state) {
    (void)state;
    begin(&heat);
    frame.unit = IB_UNIT_COUNTS;
    frame.scale_ck = 0;
    paint(0, 0, 160, 65535);
    for (unsigned i = 0; i < 50; i++) {
        assert_false(look());
        assert_true(trigger.no_temperatures);
    }
    frame.unit = IB_UNIT_GREY8;
    frame.agc = 1;
    for (unsigned i = 0; i < 50; i++)
        assert_false(look());
}

static void a_shutter_is_no_cause(void **state) {
    const struct ib_app_recorder_trigger both = {.on_motion = true,
                                                 .motion_counts = 100,
                                                 .motion_px = 20,
                                                 .on_heat = true,
                                                 .heat_ck = 33315,
                                                 .heat_px = 4,
                                                 .keep_us = 500000};
    (void)state;
    begin(&both);
    for (unsigned i = 0; i < 20; i++)
        assert_false(look());
    frame.flags = IB_FRAME_FFC;
    for (unsigned i = 0; i < 5; i++) {
        for (size_t p = 0; p < WIDTH * HEIGHT; p++)
            pixels[p] = 34000; // the shutter, warm
        assert_false(look());
    }
    frame.flags = 0;
    // For three seconds after the last shutter frame nothing counts …
    uint64_t end_us = frame.captured_us - PERIOD_US + 3000000;
    while (frame.captured_us < end_us)
        assert_false(look());
    // … then heat does again, at once.
    assert_true(look());
}

static void the_shutter_is_no_background(void **state) {
    (void)state;
    begin(&motion);
    for (unsigned i = 0; i < 20; i++)
        assert_false(look());
    frame.flags = IB_FRAME_FFC;
    for (size_t p = 0; p < WIDTH * HEIGHT; p++)
        pixels[p] = 20000;
    assert_false(look());
    frame.flags = 0;
    for (size_t p = 0; p < WIDTH * HEIGHT; p++)
        pixels[p] = BACKGROUND + 50; // it came back with another offset
    for (unsigned i = 0; i < 100; i++)
        assert_false(look());
    paint(1, 1, 20, BACKGROUND + 250);
    assert_true(look());
}

static void a_gain_switch_is_no_cause(void **state) {
    (void)state;
    begin(&motion);
    for (unsigned i = 0; i < 20; i++)
        assert_false(look());
    frame.gain = IB_GAIN_LOW;
    frame.scale_ck = 10;
    for (size_t p = 0; p < WIDTH * HEIGHT; p++)
        pixels[p] = (uint16_t)(pixels[p] / 10);
    for (unsigned i = 0; i < 100; i++)
        assert_false(look());
}

static void a_mask_holds_the_time_still(void **state) {
    (void)state;
    begin(&heat);
    paint(50, 50, 4, 34000);
    assert_true(look());
    frame.flags = IB_FRAME_FFC;
    paint(50, 50, 4, BACKGROUND);
    for (unsigned i = 0; i < 10; i++)
        assert_true(look()); // a second of shutter
    frame.flags = 0;
    uint64_t end_us = frame.captured_us - PERIOD_US + 3000000;
    while (frame.captured_us < end_us)
        assert_true(look());
    unsigned more = 0;
    while (look())
        more++;
    assert_in_range(more, 6, 9); // what was left of a second
}

static void rest_forgets_the_cause(void **state) {
    (void)state;
    begin(&heat);
    paint(50, 50, 4, 34000);
    assert_true(look());
    paint(50, 50, 4, BACKGROUND);
    assert_true(look());
    ib_app_trigger_rest(&trigger);
    assert_false(look());
}

static void frames_too_large_are_left_alone(void **state) {
    (void)state;
    begin(&heat);
    frame.width_px = 161;
    assert_false(look());
    frame.width_px = 0;
    assert_false(look());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moves_in_a_still_scene),
        cmocka_unit_test(enough_pixels_that_differ_enough_are_motion),
        cmocka_unit_test(it_goes_on_for_as_long_as_asked),
        cmocka_unit_test(what_stays_becomes_background),
        cmocka_unit_test(the_sun_is_no_motion),
        cmocka_unit_test(heat_needs_enough_hot_pixels),
        cmocka_unit_test(heat_follows_the_scale),
        cmocka_unit_test(counts_are_never_hot),
        cmocka_unit_test(a_shutter_is_no_cause),
        cmocka_unit_test(the_shutter_is_no_background),
        cmocka_unit_test(a_gain_switch_is_no_cause),
        cmocka_unit_test(a_mask_holds_the_time_still),
        cmocka_unit_test(rest_forgets_the_cause),
        cmocka_unit_test(frames_too_large_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
