/// Condition variables that time out on CLOCK_MONOTONIC: setting the wall clock moves no deadline.
#ifndef IB_PORTS_LINUX_MONOTONIC_H
#define IB_PORTS_LINUX_MONOTONIC_H

#include <pthread.h>
#include <stdint.h>

void ib_monotonic_cond_init(pthread_cond_t *cond);
/// Wait until signalled or until `until_us` (ib_host_now_us), for ever when that is IB_NEVER. May
/// return early, as condition variables do.
void ib_monotonic_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until_us);

#endif
