/// The LED's patterns alone: every state at every millisecond, however late or often it is stepped.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/clock.h"
#include "device/led.h"
#include "tests/core/support_random.h"

/// What is to be seen, as letters with milliseconds, again and again. Written from the status
/// table.
struct expectation {
    enum ib_led_state state;
    unsigned blinks;
    const char *name;
    const char *seen;
};

static const struct expectation table[] = {
    {IB_LED_OFF, 0, "off", "-1"},
    {IB_LED_STARTING, 0, "solid red", "R1"},
    {IB_LED_NOT_CONNECTED, 0, "blinking yellow", "Y1000 -1000"},
    {IB_LED_CONNECTED, 0, "solid yellow", "Y1"},
    {IB_LED_CLIENT, 0, "solid green", "G1"},
    {IB_LED_RESET, 0, "fast blink yellow", "Y100 -100"},
    {IB_LED_UPDATE_ASKED, 0, "alternating red/green", "R250 G250"},
    {IB_LED_UPDATE_RUNNING, 0, "blinking green", "G100 -100"},
    {IB_LED_FAULT, 1, "series of red blinks", "R200 -2300"},
    {IB_LED_FAULT, 2, "series of red blinks", "R200 -300 R200 -2300"},
    {IB_LED_FAULT, 3, "series of red blinks", "R200 -300 R200 -300 R200 -2300"},
    {IB_LED_FAULT, 4, "series of red blinks", "R200 -300 R200 -300 R200 -300 R200 -2300"},
    {IB_LED_FAULT, 5, "series of red blinks", "R200 -300 R200 -300 R200 -300 R200 -300 R200 -2300"},
    {IB_LED_FAULT, 6, "series of red blinks",
     "R200 -300 R200 -300 R200 -300 R200 -300 R200 -300 R200 -2300"},
    {IB_LED_FAULT, 7, "series of red blinks",
     "R200 -300 R200 -300 R200 -300 R200 -300 R200 -300 R200 -300 R200 -2300"},
    {IB_LED_FAULT, 8, "series of red blinks",
     "R200 -300 R200 -300 R200 -300 R200 -300 R200 -300 R200 -300 R200 -300 R200 -2300"},
};

#define ROWS (sizeof table / sizeof table[0])

/// One period, a letter for each millisecond. Return: how many.
static size_t expand(const char *seen, char *out, size_t capacity) {
    size_t size = 0;
    while (*seen) {
        char colour = *seen;
        char *end;
        unsigned long ms = strtoul(seen + 1, &end, 10);
        for (unsigned long i = 0; i < ms; i++) {
            assert_true(size < capacity);
            out[size++] = colour;
        }
        seen = *end == ' ' ? end + 1 : end;
    }
    if (size == 0)
        fail_msg("nothing is to be seen");
    return size > 0 ? size : 1;
}

static char colour_of(const struct ib_led *led) {
    return led->red ? (led->green ? 'Y' : 'R') : led->green ? 'G' : '-';
}

static void every_pattern_is_exact_to_the_microsecond(void **state) {
    static char wanted[8192];
    (void)state;
    for (size_t row = 0; row < ROWS; row++) {
        const struct expectation *e = &table[row];
        size_t period_ms = expand(e->seen, wanted, sizeof wanted);
        struct ib_led led;
        uint64_t start_us = 123456789, due_us;
        ib_led_init(&led, 7);
        ib_led_set(&led, e->state, e->blinks, start_us);
        for (size_t ms = 0; ms < 3 * period_ms; ms++) {
            // The first and the last microsecond of each millisecond.
            for (unsigned edge = 0; edge < 2; edge++) {
                ib_led_step(&led, start_us + ms * 1000 + (edge ? 999 : 0), &due_us);
                if (colour_of(&led) != wanted[ms % period_ms])
                    fail_msg("row %zu (%s) at %zu ms: %c, not %c", row, e->name, ms,
                             colour_of(&led), wanted[ms % period_ms]);
            }
        }
    }
}

static void the_next_change_is_told_exactly(void **state) {
    static char wanted[8192];
    (void)state;
    for (size_t row = 0; row < ROWS; row++) {
        const struct expectation *e = &table[row];
        size_t period_ms = expand(e->seen, wanted, sizeof wanted);
        struct ib_led led;
        uint64_t due_us, now_us = 5000;
        ib_led_init(&led, 0);
        ib_led_set(&led, e->state, e->blinks, now_us);
        for (unsigned changes = 0; changes < 40; changes++) {
            ib_led_step(&led, now_us, &due_us);
            if (period_ms == 1) {
                assert_true(due_us == IB_NEVER);
                break;
            }
            size_t ms = (now_us - 5000) / 1000, next_ms = ms;
            while (wanted[next_ms % period_ms] == wanted[ms % period_ms])
                next_ms++;
            assert_int_equal(due_us, 5000 + next_ms * 1000);
            now_us = due_us;
        }
    }
}

static void a_late_step_shows_what_is_due_now(void **state) {
    static char wanted[8192];
    struct random random = {20261120};
    (void)state;
    for (size_t row = 0; row < ROWS; row++) {
        const struct expectation *e = &table[row];
        size_t period_ms = expand(e->seen, wanted, sizeof wanted);
        struct ib_led led;
        uint64_t due_us, now_us = 1000;
        ib_led_init(&led, 0);
        ib_led_set(&led, e->state, e->blinks, now_us);
        for (unsigned i = 0; i < 2000; i++) {
            ib_led_step(&led, now_us, &due_us);
            assert_int_equal(colour_of(&led), wanted[(now_us - 1000) / 1000 % period_ms]);
            now_us += random_below(&random, i % 3 ? 5000 : 3000000);
        }
    }
}

static void the_same_state_goes_on_and_another_begins_anew(void **state) {
    struct ib_led led;
    uint64_t due_us;
    (void)state;
    ib_led_init(&led, 0);
    ib_led_set(&led, IB_LED_NOT_CONNECTED, 0, 0);
    ib_led_step(&led, 900000, &due_us);
    ib_led_set(&led, IB_LED_NOT_CONNECTED, 0, 900000);
    ib_led_step(&led, 1000000, &due_us);
    assert_false(led.red);
    ib_led_set(&led, IB_LED_FAULT, 2, 1100000);
    ib_led_step(&led, 1100000, &due_us);
    assert_true(led.red && !led.green);
    // Another number of blinks is another pattern.
    ib_led_set(&led, IB_LED_FAULT, 3, 1350000);
    ib_led_step(&led, 1350000, &due_us);
    assert_true(led.red);
    assert_int_equal(due_us, 1550000);
}

static void blinks_are_held_to_what_can_be_counted(void **state) {
    struct ib_led led;
    (void)state;
    ib_led_init(&led, 0);
    ib_led_set(&led, IB_LED_FAULT, 0, 0);
    assert_int_equal(led.blinks, 1);
    ib_led_set(&led, IB_LED_FAULT, 99, 0);
    assert_int_equal(led.blinks, 8);
    ib_led_set(&led, (enum ib_led_state)77, 1, 0); // no such state: nothing changes
    assert_int_equal(led.state, IB_LED_FAULT);
}

static void every_state_has_the_tables_words(void **state) {
    (void)state;
    for (size_t row = 0; row < ROWS; row++)
        assert_string_equal(ib_led_name(table[row].state), table[row].name);
    assert_string_equal(ib_led_name((enum ib_led_state)77), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pattern_is_exact_to_the_microsecond),
        cmocka_unit_test(the_next_change_is_told_exactly),
        cmocka_unit_test(a_late_step_shows_what_is_due_now),
        cmocka_unit_test(the_same_state_goes_on_and_another_begins_anew),
        cmocka_unit_test(blinks_are_held_to_what_can_be_counted),
        cmocka_unit_test(every_state_has_the_tables_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
