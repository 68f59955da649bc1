/// A thread that owns something with a step function: the capture thread of a camera.
///
/// Loop: read the clock, step, wait until due. All waiting goes through the clock's table, so the
/// same thread runs on real time and on paced simulated time, and a wake of that clock makes it
/// step at once.
#ifndef IB_PORTS_LINUX_OWNER_THREAD_H
#define IB_PORTS_LINUX_OWNER_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/clock.h"

struct ib_owner_thread_config {
    const char *name;      ///< for ps and debuggers, up to 15 characters; NULL: "ironbow-cam"
    struct ib_clock clock; ///< its context is kept until ib_owner_thread_stop
    /// One bounded step; sets when to be called again (IB_NEVER: only when woken).
    void (*step)(void *context, uint64_t now_us, uint64_t *due_us);
    void *context;
    int fifo_priority; ///< SCHED_FIFO 1..99, best effort; 0: ordinary scheduling
};

struct ib_owner_thread {
    struct ib_owner_thread_config config;
    pthread_t thread;
    atomic_bool stopping;
    bool running;
    bool fifo; ///< runs with the real-time priority asked for
};

/// Start the thread. `self` is kept until ib_owner_thread_stop.
/// Return: 0; also when the priority was refused (`problem` says so then, else it is empty).
/// Errors: a negative errno when no thread could be made, `problem` says it in words.
int ib_owner_thread_start(struct ib_owner_thread *self, const struct ib_owner_thread_config *config,
                          char *problem, size_t problem_size);
/// Let the step under way end, then join. May be called twice, or without a start that succeeded
/// when `self` was zeroed.
/// Blocks: for one step; a step that waits by itself is woken once through the clock.
void ib_owner_thread_stop(struct ib_owner_thread *self);

#endif
