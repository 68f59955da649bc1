/// The owner's loop as a pthread. Main source: pthread_create(3), sched(7).
#include "ports/linux/owner_thread.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "ports/linux/problem.h"

static void *run(void *context) {
    struct ib_owner_thread *self = context;
    const struct ib_owner_thread_config *config = &self->config;
    while (!atomic_load(&self->stopping)) {
        uint64_t due_us = IB_NEVER;
        config->step(config->context, ib_clock_now(&config->clock), &due_us);
        // The stop's wake may have ended a wait inside the step: look before waiting again.
        if (atomic_load(&self->stopping))
            break;
        ib_clock_wait_until(&config->clock, due_us);
    }
    return NULL;
}

/// Signals belong to the thread that runs the event loop.
static int create_without_signals(struct ib_owner_thread *self) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&self->thread, NULL, run, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int ib_owner_thread_start(struct ib_owner_thread *self, const struct ib_owner_thread_config *config,
                          char *problem, size_t problem_size) {
    ib_problem(problem, problem_size, "%s", "");
    self->config = *config;
    self->running = false;
    self->fifo = false;
    atomic_init(&self->stopping, false);
    int error = create_without_signals(self);
    if (error) {
        ib_problem(problem, problem_size, "the camera's thread could not be started: %s",
                   strerror(error));
        return -error;
    }
    self->running = true;
    char name[16] = "";
    ib_problem(name, sizeof name, "%s", config->name ? config->name : "ironbow-cam");
    (void)pthread_setname_np(self->thread, name);
    if (config->fifo_priority > 0) {
        struct sched_param wanted = {.sched_priority = config->fifo_priority};
        error = pthread_setschedparam(self->thread, SCHED_FIFO, &wanted);
        self->fifo = error == 0;
        if (error)
            ib_problem(problem, problem_size,
                       "real-time priority %d was refused (%s): frames may be lost under load; "
                       "allow it with LimitRTPRIO= in the service or `ulimit -r`",
                       config->fifo_priority, strerror(error));
    }
    return 0;
}

void ib_owner_thread_stop(struct ib_owner_thread *self) {
    if (!self->running)
        return;
    atomic_store(&self->stopping, true);
    ib_clock_wake(&self->config.clock);
    pthread_join(self->thread, NULL);
    self->running = false;
}
