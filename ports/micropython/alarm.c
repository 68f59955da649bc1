/// What becomes due while a script does something else: its timers and its watchdog.
///
/// In real time a thread sleeps until the next of them, so that they come to a script that never waits
/// or reads a clock too. On a step clock there is no such thread: whoever makes time pass, which is the
/// engine's own, looks. Everything in here happens inside the atomic section.
#include <errno.h>
#include <time.h>

#include "ports/micropython/vm_private.h"

/// A bite that met a moment in which nothing can be aborted is repeated.
#define BITE_AGAIN_US 20000u

static bool stepped(const struct ib_vm *self) {
    return self->clock != NULL;
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
    self->watchdog.due_us = now + BITE_AGAIN_US;
    self->watchdog.bitten = true;
    ib_vm_want(self, IB_VM_WANTED_HARD);
}

static struct timespec moment(uint64_t us) {
    return (struct timespec){.tv_sec = (time_t)(us / 1000000u),
                             .tv_nsec = (long)(us % 1000000u) * 1000};
}

static void *run(void *vm) {
    struct ib_vm *self = vm;
    pthread_mutex_lock(&self->atomic);
    while (!self->alarm_ends) {
        uint64_t due = due_us(self);
        struct timespec when = moment(due);
        if (due == IB_NEVER)
            pthread_cond_wait(&self->alarm_news, &self->atomic);
        else if (pthread_cond_timedwait(&self->alarm_news, &self->atomic, &when) == ETIMEDOUT)
            fire(self, ib_vm_host_us());
    }
    pthread_mutex_unlock(&self->atomic);
    return NULL;
}

int ib_vm_alarm_start(struct ib_vm *self) {
    self->watchdog.due_us = IB_NEVER;
    if (stepped(self))
        return 0;
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

static void changed(struct ib_vm *self) {
    if (self->alarm_runs)
        pthread_cond_signal(&self->alarm_news);
}

void ib_vm_alarm_set(struct ib_vm *self, struct ib_alarm *alarm, uint64_t delay_us,
                     uint64_t period_us) {
    pthread_mutex_lock(&self->atomic);
    ib_alarms_set(&self->alarms, alarm, now_us(self), delay_us, period_us);
    changed(self);
    pthread_mutex_unlock(&self->atomic);
}

void ib_vm_alarm_clear(struct ib_vm *self, struct ib_alarm *alarm) {
    pthread_mutex_lock(&self->atomic);
    ib_alarms_clear(&self->alarms, alarm);
    pthread_mutex_unlock(&self->atomic);
}

uint64_t ib_vm_alarm_due_us(const struct ib_vm *self) {
    return stepped(self) ? due_us(self) : IB_NEVER;
}

void ib_vm_alarm_look(struct ib_vm *self, uint64_t now) {
    if (!stepped(self) || now < due_us(self))
        return;
    pthread_mutex_lock(&self->atomic);
    fire(self, now);
    pthread_mutex_unlock(&self->atomic);
}

// ---- the watchdog ----

void ib_vm_watchdog_start(struct ib_vm *self, uint64_t timeout_us) {
    pthread_mutex_lock(&self->atomic);
    self->watchdog.timeout_us = timeout_us;
    pthread_mutex_unlock(&self->atomic);
    ib_vm_watchdog_feed(self);
}

void ib_vm_watchdog_feed(struct ib_vm *self) {
    pthread_mutex_lock(&self->atomic);
    if (!self->watchdog.bitten) { // too late
        self->watchdog.due_us = now_us(self) + self->watchdog.timeout_us;
        changed(self);
    }
    pthread_mutex_unlock(&self->atomic);
}

bool ib_vm_watchdog_reset(struct ib_vm *self) {
    pthread_mutex_lock(&self->atomic);
    bool bitten = self->watchdog.bitten;
    self->watchdog = (struct ib_vm_watchdog){.due_us = IB_NEVER};
    pthread_mutex_unlock(&self->atomic);
    return bitten;
}
