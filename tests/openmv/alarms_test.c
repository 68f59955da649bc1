/// Alarms against a table that is searched anew every time; time.clock()'s arithmetic.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "openmv/alarms.h"
#include "openmv/frame_clock.h"

static void in_order(void **state) {
    (void)state;
    struct ib_alarms alarms = {0};
    struct ib_alarm a = {0}, b = {0}, c = {0};
    assert_true(ib_alarms_due(&alarms) == IB_NEVER);
    assert_null(ib_alarms_take(&alarms, 1000));
    ib_alarms_set(&alarms, &a, 100, 50, 0);
    ib_alarms_set(&alarms, &b, 100, 20, 30);
    ib_alarms_set(&alarms, &c, 100, 50, 0);
    assert_int_equal(ib_alarms_due(&alarms), 120);
    assert_null(ib_alarms_take(&alarms, 119));
    assert_ptr_equal(ib_alarms_take(&alarms, 120), &b);
    assert_int_equal(ib_alarms_due(&alarms), 150);
    // Those for the same moment: whichever was set first.
    assert_ptr_equal(ib_alarms_take(&alarms, 150), &a);
    assert_ptr_equal(ib_alarms_take(&alarms, 150), &c);
    assert_ptr_equal(ib_alarms_take(&alarms, 150), &b);
    assert_null(ib_alarms_take(&alarms, 150));
    assert_false(a.set);
    // What was missed is left out; the grid stays.
    assert_ptr_equal(ib_alarms_take(&alarms, 1000), &b);
    assert_null(ib_alarms_take(&alarms, 1000));
    assert_int_equal(ib_alarms_due(&alarms), 1020);
    ib_alarms_clear(&alarms, &b);
    ib_alarms_clear(&alarms, &b);
    assert_true(ib_alarms_due(&alarms) == IB_NEVER);
}

#define COUNT 12
static struct ib_alarm real[COUNT];
static struct { uint64_t when_us, period_us; } model[COUNT];

static uint64_t model_due(void) {
    uint64_t due_us = IB_NEVER;
    for (unsigned i = 0; i < COUNT; i++)
        if (model[i].when_us < due_us)
            due_us = model[i].when_us;
    return due_us;
}

static void at_random(void **state) {
    (void)state;
    const char *given = getenv("IB_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("IB_SEED=%u\n", seed);
    struct ib_alarms alarms = {0};
    for (unsigned i = 0; i < COUNT; i++)
        model[i].when_us = IB_NEVER;
    uint64_t now_us = 0;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = (unsigned)rand_r(&seed) % COUNT;
        if (rand_r(&seed) % 4 == 0) {
            ib_alarms_clear(&alarms, &real[i]);
            model[i].when_us = IB_NEVER;
        } else if (rand_r(&seed) % 2) {
            uint64_t delay_us = (uint64_t)rand_r(&seed) % 50;
            model[i].when_us = now_us + delay_us;
            model[i].period_us = rand_r(&seed) % 2 ? 1 + (uint64_t)rand_r(&seed) % 20 : 0;
            ib_alarms_set(&alarms, &real[i], now_us, delay_us, model[i].period_us);
        }
        now_us += (uint64_t)rand_r(&seed) % 15;
        struct ib_alarm *alarm;
        while ((alarm = ib_alarms_take(&alarms, now_us)) != NULL) {
            unsigned k = (unsigned)(alarm - real);
            assert_true(model[k].when_us == model_due() && model[k].when_us <= now_us);
            if (model[k].period_us == 0)
                model[k].when_us = IB_NEVER;
            while (model[k].when_us <= now_us)
                model[k].when_us += model[k].period_us;
        }
        assert_true(ib_alarms_due(&alarms) == model_due());
    }
}

static void frames(void **state) {
    (void)state;
    struct ib_frame_clock clock;
    ib_frame_clock_reset(&clock, 1000);
    assert_true(ib_frame_clock_fps(&clock, 1000) == 0.0f);
    ib_frame_clock_reset(&clock, 1000);
    ib_frame_clock_tick(&clock, 2000000);
    assert_true(ib_frame_clock_fps(&clock, 2040000) == 25.0f);
    ib_frame_clock_tick(&clock, 3000000);
    assert_true(ib_frame_clock_fps(&clock, 3010000) == 40.0f); // two frames in 50 ms
    ib_frame_clock_tick(&clock, 4000000);
    assert_true(ib_frame_clock_avg_ms(&clock, 4100000) == 50.0f); // three in 150 ms
    // Another question about the same frame counts it again, as the firmware does.
    assert_true(ib_frame_clock_avg_ms(&clock, 4100000) == 62.5f);
    ib_frame_clock_reset(&clock, 5000000);
    assert_true(ib_frame_clock_avg_ms(&clock, 5007000) == 7.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(at_random),
        cmocka_unit_test(frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
