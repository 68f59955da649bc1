/// What becomes due while a script does something else: its timers and its watchdog.
///
/// In real time a thread sleeps until the next of them, so that they come to a script that never waits
/// or reads a clock too. On a step clock whoever makes time pass, which is the engine's own thread, looks.
/// The other thread is still there, for ends of a life that the script does not hear of (force.c).
/// Everything in here happens inside the atomic section.
#include <errno.h>
#include <time.h>

#include "ports/micropython/vm_private.h"
#include "py/mphal.h"
#include "py/runtime.h"

/// What met a moment in which it cannot be done is done again.
#define AGAIN_US 20000u

static bool stepped(const struct ib_vm *self) {
    return self->stepped;
}

static uint64_t now_us(const struct ib_vm *self) {
    return stepped(self) ? ib_clock_now(self->clock) : ib_vm_host_us();
}

static uint64_t due_us(const struct ib_vm *self) {
    uint64_t timers_us = ib_alarms_due(&self->alarms);
    return timers_us < self->watchdog.due_us ? timers_us : self->watchdog.due_us;
}

static void fire(struct ib_vm *self, uint64_t now) {
    struct ib_alarm *alarm;
    while ((alarm = ib_alarms_take(&self->alarms, now)) != NULL)
        ib_vm_timer_fired(alarm);
    if (now < self->watchdog.due_us)
        return;
    self->watchdog.due_us = now + AGAIN_US;
    self->watchdog.bitten = true;
    ib_vm_want(self, IB_VM_WANTED_HARD);
}

static struct timespec moment(uint64_t us) {
    return (struct timespec){.tv_sec = (time_t)(us / 1000000u),
                             .tv_nsec = (long)(us % 1000000u) * 1000};
}

static void look(struct ib_vm *self, uint64_t now) {
    if (!stepped(self))
        fire(self, now);
    if (now < self->force_us)
        return;
    self->force_us = now + AGAIN_US;
    if (atomic_load(&self->closing)) {
        mp_sched_vm_abort(); // nobody wants anything else: it is not asked for at waits
        ib_vm_wake();
    }
    if (!self->over)
        ib_vm_force(self);
}

static void *run(void *vm) {
    struct ib_vm *self = vm;
    pthread_mutex_lock(&self->atomic);
    while (!self->alarm_ends) {
        uint64_t due = stepped(self) ? IB_NEVER : due_us(self);
        if (self->force_us < due)
            due = self->force_us;
        struct timespec when = moment(due);
        if (due == IB_NEVER)
            pthread_cond_wait(&self->alarm_news, &self->atomic);
        else if (pthread_cond_timedwait(&self->alarm_news, &self->atomic, &when) == ETIMEDOUT)
            look(self, ib_vm_host_us());
    }
    pthread_mutex_unlock(&self->atomic);
    return NULL;
}

int ib_vm_alarm_start(struct ib_vm *self) {
    self->watchdog.due_us = self->force_us = IB_NEVER;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self->alarm_news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int error = pthread_create(&self->alarm_thread, NULL, run, self);
    self->alarm_runs = error == 0;
    if (error == 0)
        pthread_setname_np(self->alarm_thread, "script-alarm");
    else
        pthread_cond_destroy(&self->alarm_news);
    return error;
}

void ib_vm_alarm_stop(struct ib_vm *self) {
    if (!self->alarm_runs)
        return;
    pthread_mutex_lock(&self->atomic);
    self->alarm_ends = true;
    pthread_cond_signal(&self->alarm_news);
    pthread_mutex_unlock(&self->atomic);
    pthread_join(self->alarm_thread, NULL);
    pthread_cond_destroy(&self->alarm_news);
    self->alarm_runs = false;
}

void ib_vm_alarm_changed(struct ib_vm *self) {
    if (self->alarm_runs)
        pthread_cond_signal(&self->alarm_news);
}

void ib_vm_alarm_set(struct ib_vm *self, struct ib_alarm *alarm, uint64_t delay_us,
                     uint64_t period_us) {
    uintptr_t state = ib_vm_atomic_begin();
    ib_alarms_set(&self->alarms, alarm, now_us(self), delay_us, period_us);
    ib_vm_alarm_changed(self);
    ib_vm_atomic_end(state);
}

void ib_vm_alarm_clear(struct ib_vm *self, struct ib_alarm *alarm) {
    uintptr_t state = ib_vm_atomic_begin();
    ib_alarms_clear(&self->alarms, alarm);
    ib_vm_atomic_end(state);
}

uint64_t ib_vm_alarm_due_us(const struct ib_vm *self) {
    return stepped(self) ? due_us(self) : IB_NEVER;
}

void ib_vm_alarm_look(struct ib_vm *self, uint64_t now) {
    if (!stepped(self) || now < due_us(self))
        return;
    uintptr_t state = ib_vm_atomic_begin();
    fire(self, now);
    ib_vm_atomic_end(state);
}

// ---- the watchdog ----

void ib_vm_watchdog_start(struct ib_vm *self, uint64_t timeout_us) {
    uintptr_t state = ib_vm_atomic_begin();
    self->watchdog.timeout_us = timeout_us;
    ib_vm_atomic_end(state);
    ib_vm_watchdog_feed(self);
}

void ib_vm_watchdog_feed(struct ib_vm *self) {
    uintptr_t state = ib_vm_atomic_begin();
    if (!self->watchdog.bitten) { // too late
        self->watchdog.due_us = now_us(self) + self->watchdog.timeout_us;
        ib_vm_alarm_changed(self);
    }
    ib_vm_atomic_end(state);
}

bool ib_vm_watchdog_reset(struct ib_vm *self) {
    uintptr_t state = ib_vm_atomic_begin();
    bool bitten = self->watchdog.bitten;
    self->watchdog = (struct ib_vm_watchdog){.due_us = IB_NEVER};
    ib_vm_atomic_end(state);
    return bitten;
}
