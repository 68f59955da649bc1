/// Real time on Linux: CLOCK_MONOTONIC as a table that drivers take.
///
/// Not the pace of simulated time: that is pace.c. Main source: clock_gettime(2),
/// pthread_condattr_setclock(3).
#include "ports/linux/host_clock.h"

#include <time.h>

#include "core/check.h"
#include "ports/linux/monotonic.h"

uint64_t ib_host_now_us(void) {
    struct timespec t;
    int failed = clock_gettime(CLOCK_MONOTONIC, &t);
    IB_ASSERT(failed == 0);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

int64_t ib_host_wall_us(void) {
    struct timespec t;
    int failed = clock_gettime(CLOCK_REALTIME, &t);
    IB_ASSERT(failed == 0);
    struct tm local;
    int64_t zone_s = localtime_r(&t.tv_sec, &local) ? local.tm_gmtoff : 0;
    return ((int64_t)t.tv_sec + zone_s) * 1000000 + t.tv_nsec / 1000;
}

void ib_monotonic_cond_init(pthread_cond_t *cond) {
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);
    failed |= pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failed |= pthread_cond_init(cond, &attributes);
    IB_ASSERT(failed == 0);
    pthread_condattr_destroy(&attributes);
}

void ib_monotonic_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until_us) {
    if (until_us / 1000000u > INT32_MAX) {
        pthread_cond_wait(cond, lock);
        return;
    }
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000u),
                             .tv_nsec = (long)(until_us % 1000000u) * 1000};
    pthread_cond_timedwait(cond, lock, &until);
}

void ib_host_clock_init(struct ib_host_clock *self) {
    pthread_mutex_init(&self->lock, NULL);
    ib_monotonic_cond_init(&self->changed);
    self->woken = false;
}

void ib_host_clock_deinit(struct ib_host_clock *self) {
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
}

static uint64_t table_now_us(void *context) {
    (void)context;
    return ib_host_now_us();
}

static void table_wait_until(void *context, uint64_t when_us) {
    struct ib_host_clock *self = context;
    pthread_mutex_lock(&self->lock);
    while (!self->woken && ib_host_now_us() < when_us)
        ib_monotonic_cond_wait(&self->changed, &self->lock, when_us);
    self->woken = false;
    pthread_mutex_unlock(&self->lock);
}

static void table_wake(void *context) {
    struct ib_host_clock *self = context;
    pthread_mutex_lock(&self->lock);
    self->woken = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

struct ib_clock ib_host_clock_table(struct ib_host_clock *self) {
    static const struct ib_clock_ops ops = {
        .now_us = table_now_us, .wait_until = table_wait_until, .wake = table_wake};
    return (struct ib_clock){.ops = &ops, .context = self};
}
