/// Host clock, pace and owner thread. Threads meet on conditions only; no test waits for a moment
/// of wall-clock time that is more than some milliseconds away, nor judges how long anything took.
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include <cmocka.h>

#include "ports/linux/host_clock.h"
#include "ports/linux/owner_thread.h"

// ---- the host's clock ----

static void test_host_clock_waits_and_wakes(void **state) {
    (void)state;
    struct ib_host_clock host;
    ib_host_clock_init(&host);
    struct ib_clock clock = ib_host_clock_table(&host);
    uint64_t start_us = ib_clock_now(&clock);
    ib_clock_wait_until(&clock, start_us + 3000);
    assert_true(ib_clock_now(&clock) >= start_us + 3000);
    ib_clock_wait_until(&clock, start_us); // passed: at once
    // A wake without a waiter ends the next wait, which would else never end.
    ib_clock_wake(&clock);
    ib_clock_wait_until(&clock, IB_NEVER);
    // Only the next one.
    start_us = ib_clock_now(&clock);
    ib_clock_wait_until(&clock, start_us + 2000);
    assert_true(ib_clock_now(&clock) >= start_us + 2000);
    ib_host_clock_deinit(&host);
}

static void *wait_for_ever(void *context) {
    struct ib_clock *clock = context;
    ib_clock_wait_until(clock, IB_NEVER);
    return NULL;
}

static void test_host_clock_wakes_across_threads(void **state) {
    (void)state;
    struct ib_host_clock host;
    ib_host_clock_init(&host);
    struct ib_clock clock = ib_host_clock_table(&host);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, &clock), 0);
    ib_clock_wake(&clock);
    assert_int_equal(pthread_join(thread, NULL), 0);
    ib_host_clock_deinit(&host);
}

static void test_wall_time_is_local(void **state) {
    (void)state;
    struct timespec utc;
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &utc), 0);
    struct tm local;
    assert_non_null(localtime_r(&utc.tv_sec, &local));
    int64_t expected_us = ((int64_t)utc.tv_sec + local.tm_gmtoff) * 1000000;
    int64_t wall_us = ib_host_wall_us();
    assert_true(wall_us >= expected_us);
    assert_true(wall_us - expected_us < 3600ll * 1000000);
}

// ---- the pace ----

static void test_real_pace(void **state) {
    (void)state;
    struct ib_pace pace;
    uint64_t before_us = ib_host_now_us();
    ib_pace_init(&pace, false);
    assert_int_equal(ib_pace_hold(&pace, 0, 4000), 4000);
    assert_true(ib_pace_now(&pace) >= 4000);
    // A moment that has passed: at once, and exactly that one, so nothing is skipped.
    assert_int_equal(ib_pace_hold(&pace, 3000, 3500), 3500);
    assert_int_equal(ib_pace_hold(&pace, 3600, 100), 3600);
    // Woken before: the moment reached lies between now and when.
    ib_pace_wake(&pace);
    uint64_t reached_us = ib_pace_hold(&pace, 3700, 3600000000u);
    assert_true(reached_us >= 4000 && reached_us < 3600000000u);
    assert_true(ib_host_now_us() - before_us >= reached_us);
    assert_int_equal(pace.shifts, 0);
    ib_pace_deinit(&pace);
}

static void test_real_pace_shifts_after_a_long_sleep(void **state) {
    (void)state;
    struct ib_pace pace;
    ib_pace_init(&pace, false);
    pace.offset_us += 900000; // late, but not too late: caught up without a shift
    assert_int_equal(ib_pace_hold(&pace, 1000, 2000), 2000);
    assert_int_equal(pace.shifts, 0);
    pace.offset_us += 5000000;
    assert_int_equal(ib_pace_hold(&pace, 2000, 3000), 3000);
    assert_int_equal(pace.shifts, 1);
    uint64_t shown_us = ib_pace_now(&pace);
    assert_true(shown_us < 5000000);
    // What others were shown never goes back, not even across a shift.
    pace.offset_us += 9000000;
    shown_us = ib_pace_now(&pace);
    assert_true(shown_us >= 9000000);
    assert_int_equal(ib_pace_hold(&pace, 3000, 4000), 4000);
    assert_int_equal(pace.shifts, 2);
    assert_true(ib_pace_now(&pace) >= shown_us);
    ib_pace_deinit(&pace);
}

/// A simulator's thread: it holds every `PERIOD_US`, and tells how far it came.
#define PERIOD_US 1000u

struct runner {
    struct ib_pace pace;
    pthread_t thread;
    atomic_uint steps;
    atomic_uint early;
    atomic_bool wrong;
    atomic_bool stopping;
    uint64_t now_us;
};

static void *run_paced(void *context) {
    struct runner *self = context;
    for (;;) {
        uint64_t when_us = self->now_us - self->now_us % PERIOD_US + PERIOD_US;
        uint64_t reached_us = ib_pace_hold(&self->pace, self->now_us, when_us);
        if (atomic_load(&self->stopping))
            return NULL;
        if (reached_us < self->now_us || reached_us > when_us)
            atomic_store(&self->wrong, true);
        self->now_us = reached_us;
        if (reached_us == when_us)
            atomic_fetch_add(&self->steps, 1);
        else
            atomic_fetch_add(&self->early, 1);
    }
}

static void wait_reached(struct ib_pace *pace, uint64_t us) {
    uint64_t give_up_us = ib_host_now_us() + 30000000;
    while (ib_pace_now(pace) < us) {
        assert_true(ib_host_now_us() < give_up_us);
        sched_yield();
    }
}

static void test_stepped_pace(void **state) {
    (void)state;
    struct runner runner = {.now_us = 0};
    ib_pace_init(&runner.pace, true);
    assert_int_equal(pthread_create(&runner.thread, NULL, run_paced, &runner), 0);
    assert_int_equal(ib_pace_grant(&runner.pace, 10 * PERIOD_US), 10 * PERIOD_US);
    wait_reached(&runner.pace, 10 * PERIOD_US);
    // The last step is counted after the moment was shown: the next hold comes after it.
    assert_int_equal(ib_pace_grant(&runner.pace, 500), 10 * PERIOD_US + 500);
    wait_reached(&runner.pace, 10 * PERIOD_US + 500);
    assert_int_equal(atomic_load(&runner.steps), 10);
    assert_int_equal(ib_pace_now(&runner.pace), 10 * PERIOD_US + 500);
    // Woken, it sees the moment that was granted, and not one later.
    ib_pace_wake(&runner.pace);
    while (atomic_load(&runner.early) == 0)
        sched_yield();
    assert_int_equal(ib_pace_now(&runner.pace), 10 * PERIOD_US + 500);
    ib_pace_grant(&runner.pace, 500);
    wait_reached(&runner.pace, 11 * PERIOD_US);
    atomic_store(&runner.stopping, true);
    ib_pace_stop(&runner.pace);
    assert_int_equal(pthread_join(runner.thread, NULL), 0);
    assert_false(atomic_load(&runner.wrong));
    assert_int_equal(ib_pace_hold(&runner.pace, 5, 123456789), 123456789);
    ib_pace_deinit(&runner.pace);
}

// ---- the owner's thread ----

struct owned {
    struct ib_clock clock;
    atomic_uint steps;
    atomic_bool went_back;
    uint64_t seen_us;
    uint64_t period_us; ///< IB_NEVER: only when woken
    char name[32];
};

static void step_owned(void *context, uint64_t now_us, uint64_t *due_us) {
    struct owned *self = context;
    if (now_us < self->seen_us)
        atomic_store(&self->went_back, true);
    self->seen_us = now_us;
    (void)prctl(PR_GET_NAME, self->name);
    *due_us = self->period_us == IB_NEVER ? IB_NEVER : now_us + self->period_us;
    atomic_fetch_add(&self->steps, 1);
}

static void wait_steps(struct owned *self, unsigned steps) {
    uint64_t give_up_us = ib_host_now_us() + 30000000;
    while (atomic_load(&self->steps) < steps) {
        assert_true(ib_host_now_us() < give_up_us);
        sched_yield();
    }
}

static void test_owner_thread_runs_and_stops(void **state) {
    (void)state;
    struct ib_host_clock host;
    ib_host_clock_init(&host);
    struct owned owned = {.period_us = 200};
    struct ib_owner_thread thread = {0};
    ib_owner_thread_stop(&thread); // never started: nothing happens
    struct ib_owner_thread_config config = {
        .clock = ib_host_clock_table(&host), .step = step_owned, .context = &owned};
    char problem[256];
    assert_int_equal(ib_owner_thread_start(&thread, &config, problem, sizeof problem), 0);
    assert_string_equal(problem, "");
    wait_steps(&owned, 20);
    ib_owner_thread_stop(&thread);
    ib_owner_thread_stop(&thread);
    unsigned steps = atomic_load(&owned.steps);
    assert_false(atomic_load(&owned.went_back));
    assert_string_equal(owned.name, "ironbow-cam");
    assert_int_equal(steps, atomic_load(&owned.steps));
    ib_host_clock_deinit(&host);
}

static void test_owner_thread_is_woken_and_stops_from_an_endless_wait(void **state) {
    (void)state;
    struct ib_host_clock host;
    ib_host_clock_init(&host);
    struct owned owned = {.period_us = IB_NEVER};
    struct ib_owner_thread thread;
    struct ib_owner_thread_config config = {.name = "test-owner",
                                            .clock = ib_host_clock_table(&host),
                                            .step = step_owned,
                                            .context = &owned};
    for (unsigned round = 0; round < 50; round++) {
        atomic_store(&owned.steps, 0);
        assert_int_equal(ib_owner_thread_start(&thread, &config, NULL, 0), 0);
        for (unsigned n = 1; n <= round % 3; n++) {
            wait_steps(&owned, n);
            ib_clock_wake(&config.clock);
        }
        wait_steps(&owned, round % 3 ? round % 3 + 1 : 0);
        ib_owner_thread_stop(&thread); // at any point of its loop
    }
    ib_host_clock_deinit(&host);
}

static void test_owner_thread_priority_is_best_effort(void **state) {
    (void)state;
    struct ib_host_clock host;
    ib_host_clock_init(&host);
    struct owned owned = {.period_us = 1000};
    struct ib_owner_thread thread;
    struct ib_owner_thread_config config = {.clock = ib_host_clock_table(&host),
                                            .step = step_owned,
                                            .context = &owned,
                                            .fifo_priority = 1000}; // no such priority: refused
    char problem[256];
    assert_int_equal(ib_owner_thread_start(&thread, &config, problem, sizeof problem), 0);
    assert_false(thread.fifo);
    assert_non_null(strstr(problem, "real-time priority 1000 was refused"));
    wait_steps(&owned, 2);
    ib_owner_thread_stop(&thread);
    config.fifo_priority = 1;
    assert_int_equal(ib_owner_thread_start(&thread, &config, problem, sizeof problem), 0);
    assert_int_equal(thread.fifo, problem[0] == '\0'); // given, or explained
    ib_owner_thread_stop(&thread);
    ib_host_clock_deinit(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_clock_waits_and_wakes),
        cmocka_unit_test(test_host_clock_wakes_across_threads),
        cmocka_unit_test(test_wall_time_is_local),
        cmocka_unit_test(test_real_pace),
        cmocka_unit_test(test_real_pace_shifts_after_a_long_sleep),
        cmocka_unit_test(test_stepped_pace),
        cmocka_unit_test(test_owner_thread_runs_and_stops),
        cmocka_unit_test(test_owner_thread_is_woken_and_stops_from_an_endless_wait),
        cmocka_unit_test(test_owner_thread_priority_is_best_effort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
