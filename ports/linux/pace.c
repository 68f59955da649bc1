/// The pace that ties simulated time to the monotonic clock, or to what a test grants.
///
/// Not a clock: simulated time itself is counted by the simulator, whose waits come here to be held
/// back.
#include "core/check.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/monotonic.h"

/// A machine that slept, or one that cannot keep up: beyond this, time is shifted, not caught up.
#define MAX_LAG_US 1000000u

void ib_pace_init(struct ib_pace *self, bool stepped) {
    pthread_mutex_init(&self->lock, NULL);
    ib_monotonic_cond_init(&self->changed);
    self->woken = false;
    self->stepped = stepped;
    self->stopped = false;
    self->granted_us = 0;
    self->reached_us = 0;
    self->offset_us = -(int64_t)ib_host_now_us();
    self->shifts = 0;
}

void ib_pace_deinit(struct ib_pace *self) {
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
}

/// How far simulated time may have come by now.
static uint64_t allowed_us(const struct ib_pace *self) {
    if (self->stepped)
        return self->granted_us;
    int64_t us = (int64_t)ib_host_now_us() + self->offset_us;
    return us > 0 ? (uint64_t)us : 0;
}

/// Others saw time reach `us`: it never goes back, not even when the offset is shifted.
static void show(struct ib_pace *self, uint64_t us) {
    if (us > self->reached_us && us != IB_NEVER)
        self->reached_us = us;
}

static uint64_t clamp_us(uint64_t value, uint64_t low, uint64_t high) {
    return value < low ? low : value > high ? high : value;
}

uint64_t ib_pace_hold(void *context, uint64_t now_us, uint64_t when_us) {
    struct ib_pace *self = context;
    if (when_us < now_us)
        when_us = now_us;
    pthread_mutex_lock(&self->lock);
    show(self, now_us);
    if (self->stepped && when_us == now_us) { // a transfer may end a little past the grant
        pthread_mutex_unlock(&self->lock);
        return now_us;
    }
    uint64_t allowed = allowed_us(self);
    while (!self->woken && !self->stopped && allowed < when_us) {
        if (self->stepped) {
            // Everything before `when_us` is done, so what was granted so far has been reached.
            show(self, allowed);
            pthread_cond_wait(&self->changed, &self->lock);
        } else {
            uint64_t until_us =
                when_us > INT64_MAX / 2 ? IB_NEVER : (uint64_t)((int64_t)when_us - self->offset_us);
            ib_monotonic_cond_wait(&self->changed, &self->lock, until_us);
        }
        allowed = allowed_us(self);
    }
    uint64_t reached = clamp_us(allowed, now_us, when_us);
    if (self->stopped && when_us != IB_NEVER)
        reached = when_us;
    self->woken = false;
    if (!self->stepped && !self->stopped && allowed > reached && allowed - reached > MAX_LAG_US) {
        self->offset_us -= (int64_t)(allowed - reached);
        self->shifts++;
    }
    show(self, reached);
    pthread_mutex_unlock(&self->lock);
    return reached;
}

void ib_pace_wake(void *context) {
    struct ib_pace *self = context;
    pthread_mutex_lock(&self->lock);
    self->woken = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

uint64_t ib_pace_grant(struct ib_pace *self, uint64_t us) {
    pthread_mutex_lock(&self->lock);
    IB_ASSERT(self->stepped);
    self->granted_us = us < IB_NEVER - 1 - self->granted_us ? self->granted_us + us : IB_NEVER - 1;
    uint64_t reaches = self->granted_us;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    return reaches;
}

uint64_t ib_pace_now(struct ib_pace *self) {
    pthread_mutex_lock(&self->lock);
    if (!self->stepped && !self->stopped)
        show(self, allowed_us(self));
    uint64_t now_us = self->reached_us;
    pthread_mutex_unlock(&self->lock);
    return now_us;
}

void ib_pace_stop(struct ib_pace *self) {
    pthread_mutex_lock(&self->lock);
    self->stopped = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}
