/// The button alone: debouncing, short and long presses, steps that come late or often.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/button.h"
#include "tests/core/support_random.h"

struct heard {
    unsigned shorts, longs;
    uint64_t short_us, long_us; ///< when the latest was told
};

/// Hold the level until `until_us`, stepping when due.
static void hold(struct ib_button *button, bool pressed, uint64_t *now_us, uint64_t until_us,
                 struct heard *heard) {
    while (*now_us < until_us) {
        uint64_t due_us;
        enum ib_button_event event = ib_button_step(button, pressed, *now_us, &due_us);
        assert_true(due_us > *now_us && due_us <= *now_us + IB_BUTTON_SAMPLE_US);
        if (event == IB_BUTTON_SHORT) {
            heard->shorts++;
            heard->short_us = *now_us;
        } else if (event == IB_BUTTON_LONG) {
            heard->longs++;
            heard->long_us = *now_us;
        }
        *now_us = due_us < until_us ? due_us : until_us;
    }
}

/// Pressed at `from_us` for `us`, and let go.
static struct heard press(uint64_t from_us, uint64_t us) {
    struct ib_button button;
    struct heard heard = {0};
    uint64_t now_us = 0;
    ib_button_init(&button, 0);
    hold(&button, false, &now_us, from_us, &heard);
    hold(&button, true, &now_us, from_us + us, &heard);
    hold(&button, false, &now_us, from_us + us + 1000000, &heard);
    return heard;
}

static void a_short_press_is_told_when_it_ends(void **state) {
    (void)state;
    struct heard heard = press(200000, 300000);
    assert_int_equal(heard.shorts, 1);
    assert_int_equal(heard.longs, 0);
    assert_int_equal(heard.short_us, 550000); // two equal samples after the release
}

static void a_long_press_is_told_once_while_held_at_5000_ms(void **state) {
    (void)state;
    struct heard heard = press(200000, 20000000);
    assert_int_equal(heard.longs, 1);
    assert_int_equal(heard.shorts, 0);
    assert_int_equal(heard.long_us, 5200000);
}

static void a_long_press_is_never_told_early(void **state) {
    struct random random = {5};
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        uint64_t from_us = 100000 + random_below(&random, 100000);
        struct heard heard = press(from_us, 7000000);
        assert_int_equal(heard.longs, 1);
        assert_true(heard.long_us >= from_us + 5000000);
        assert_true(heard.long_us <= from_us + 5000000 + IB_BUTTON_SAMPLE_US);
    }
}

static void let_go_before_5000_ms_it_is_a_short_one(void **state) {
    (void)state;
    struct heard heard = press(200000, 4990000);
    assert_int_equal(heard.longs, 0);
    assert_int_equal(heard.shorts, 1);
    heard = press(200000, 5001000);
    assert_int_equal(heard.longs, 1);
    assert_int_equal(heard.shorts, 0);
}

static void one_sample_alone_is_a_bounce(void **state) {
    (void)state;
    struct heard heard = press(220000, 40000); // seen by the sample at 250 ms only
    assert_int_equal(heard.shorts + heard.longs, 0);
    heard = press(249000, 52000); // by two
    assert_int_equal(heard.shorts, 1);
}

static void a_bounce_does_not_end_a_press(void **state) {
    struct ib_button button;
    struct heard heard = {0};
    uint64_t now_us = 0;
    (void)state;
    ib_button_init(&button, 0);
    hold(&button, true, &now_us, 2000000, &heard);
    hold(&button, false, &now_us, 2040000, &heard);
    hold(&button, true, &now_us, 6000000, &heard);
    assert_int_equal(heard.longs, 1);
    assert_int_equal(heard.long_us, 5000000);
    hold(&button, false, &now_us, 7000000, &heard);
    assert_int_equal(heard.shorts, 0);
}

static void presses_follow_each_other(void **state) {
    struct ib_button button;
    struct heard heard = {0};
    uint64_t now_us = 0;
    (void)state;
    ib_button_init(&button, 0);
    for (unsigned i = 0; i < 10; i++) {
        hold(&button, true, &now_us, now_us + 150000, &heard);
        hold(&button, false, &now_us, now_us + 150000, &heard);
    }
    hold(&button, true, &now_us, now_us + 5100000, &heard);
    hold(&button, false, &now_us, now_us + 150000, &heard);
    hold(&button, true, &now_us, now_us + 150000, &heard);
    hold(&button, false, &now_us, now_us + 150000, &heard);
    assert_int_equal(heard.shorts, 11);
    assert_int_equal(heard.longs, 1);
}

static void stepping_often_samples_no_more_often(void **state) {
    struct ib_button button;
    uint64_t due_us;
    (void)state;
    ib_button_init(&button, 1000);
    (void)ib_button_step(&button, true, 1000, &due_us);
    for (uint64_t now_us = 1001; now_us < 51000; now_us += 7) {
        assert_int_equal(ib_button_step(&button, true, now_us, &due_us), IB_BUTTON_NOTHING);
        assert_false(button.pressed);
        assert_int_equal(due_us, 51000);
    }
    (void)ib_button_step(&button, true, 51000, &due_us);
    assert_true(button.pressed);
}

/// A loop that stood still must not turn two taps into a reset of the network.
static void what_a_late_loop_did_not_see_does_not_count(void **state) {
    struct ib_button button;
    uint64_t due_us;
    (void)state;
    ib_button_init(&button, 0);
    (void)ib_button_step(&button, true, 0, &due_us);
    assert_int_equal(ib_button_step(&button, true, 30000000, &due_us), IB_BUTTON_NOTHING);
    assert_true(button.pressed);
    assert_int_equal(due_us, 30000000 + IB_BUTTON_SAMPLE_US);
    uint64_t now_us = due_us;
    enum ib_button_event event = IB_BUTTON_NOTHING;
    while (event == IB_BUTTON_NOTHING) {
        event = ib_button_step(&button, true, now_us, &due_us);
        if (event == IB_BUTTON_NOTHING)
            now_us = due_us;
    }
    assert_int_equal(event, IB_BUTTON_LONG);
    assert_int_equal(now_us, 30000000 - IB_BUTTON_SAMPLE_US + IB_BUTTON_LONG_US);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_press_is_told_when_it_ends),
        cmocka_unit_test(a_long_press_is_told_once_while_held_at_5000_ms),
        cmocka_unit_test(a_long_press_is_never_told_early),
        cmocka_unit_test(let_go_before_5000_ms_it_is_a_short_one),
        cmocka_unit_test(one_sample_alone_is_a_bounce),
        cmocka_unit_test(a_bounce_does_not_end_a_press),
        cmocka_unit_test(presses_follow_each_other),
        cmocka_unit_test(stepping_often_samples_no_more_often),
        cmocka_unit_test(what_a_late_loop_did_not_see_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
