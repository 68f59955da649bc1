/// Simulated time: steps, paces, wakes.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/clock.h"

static void starts_at_zero_and_a_reading_costs_one(void **state) {
    (void)state;
    struct ib_sim_clock clock;
    ib_sim_clock_init(&clock);
    assert_int_equal(clock.now_us, 0);
    struct ib_clock table = ib_sim_clock_table(&clock);
    assert_int_equal(ib_clock_now(&table), 1);
    assert_int_equal(ib_clock_now(&table), 2);
}

static void a_busy_wait_ends(void **state) {
    (void)state;
    struct ib_sim_clock clock;
    ib_sim_clock_init(&clock);
    struct ib_clock table = ib_sim_clock_table(&clock);
    unsigned readings = 0;
    while (ib_clock_now(&table) < 1000)
        readings++;
    assert_int_equal(readings, 999);
}

static void waiting_moves_a_step_clock(void **state) {
    (void)state;
    struct ib_sim_clock clock;
    ib_sim_clock_init(&clock);
    struct ib_clock table = ib_sim_clock_table(&clock);
    ib_clock_wait_until(&table, 5000);
    assert_int_equal(clock.now_us, 5000);
    ib_clock_wait_until(&table, 4000);
    assert_int_equal(clock.now_us, 5000);
    ib_sim_clock_spend(&clock, 66);
    assert_int_equal(clock.now_us, 5066);
}

static void waiting_for_never_returns_at_once(void **state) {
    (void)state;
    struct ib_sim_clock clock;
    ib_sim_clock_init(&clock);
    struct ib_clock table = ib_sim_clock_table(&clock);
    ib_clock_wait_until(&table, IB_NEVER);
    assert_int_equal(clock.now_us, 0);
}

static void a_wake_ends_the_next_wait_only(void **state) {
    (void)state;
    struct ib_sim_clock clock;
    ib_sim_clock_init(&clock);
    struct ib_clock table = ib_sim_clock_table(&clock);
    ib_clock_wake(&table);
    ib_clock_wait_until(&table, 100);
    assert_int_equal(clock.now_us, 0);
    ib_clock_wait_until(&table, 100);
    assert_int_equal(clock.now_us, 100);
}

struct pace {
    uint64_t reach_us; ///< where a wait ends
    uint64_t asked_now_us, asked_when_us;
    unsigned calls, wakes;
};

static uint64_t pace(void *context, uint64_t now_us, uint64_t when_us) {
    struct pace *self = context;
    self->asked_now_us = now_us;
    self->asked_when_us = when_us;
    self->calls++;
    return self->reach_us;
}

static void pace_wake(void *context) {
    struct pace *self = context;
    self->wakes++;
}

static void a_pace_holds_back(void **state) {
    (void)state;
    struct ib_sim_clock clock;
    struct pace paced = {0};
    ib_sim_clock_init(&clock);
    clock.pace = pace;
    clock.pace_wake = pace_wake;
    clock.pace_context = &paced;
    struct ib_clock table = ib_sim_clock_table(&clock);
    paced.reach_us = 1000;
    ib_clock_wait_until(&table, 1000);
    assert_int_equal(clock.now_us, 1000);
    assert_int_equal(paced.asked_now_us, 0);
    assert_int_equal(paced.asked_when_us, 1000);
    // Woken early: time stands where the pace says.
    paced.reach_us = 1400;
    ib_clock_wait_until(&table, 2000);
    assert_int_equal(clock.now_us, 1400);
    // A pace that is late does not make time skip what was waited for, and never goes back.
    paced.reach_us = 99999;
    ib_clock_wait_until(&table, 2000);
    assert_int_equal(clock.now_us, 2000);
    paced.reach_us = 5;
    ib_clock_wait_until(&table, 3000);
    assert_int_equal(clock.now_us, 2000);
    assert_int_equal(paced.calls, 4);
    // Whoever is behind his time is asked too: transfers spend time that nobody has waited for.
    ib_clock_wait_until(&table, 1500);
    assert_int_equal(clock.now_us, 2000);
    assert_int_equal(paced.calls, 5);
    assert_int_equal(paced.asked_when_us, 2000);
    ib_clock_wake(&table);
    assert_int_equal(paced.wakes, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_at_zero_and_a_reading_costs_one),
        cmocka_unit_test(a_busy_wait_ends),
        cmocka_unit_test(waiting_moves_a_step_clock),
        cmocka_unit_test(waiting_for_never_returns_at_once),
        cmocka_unit_test(a_wake_ends_the_next_wait_only),
        cmocka_unit_test(a_pace_holds_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
