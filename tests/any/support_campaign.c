#include "support_campaign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void campaign_begin(struct campaign *self, unsigned least) {
    const char *seed = getenv("IB_SEED"), *seconds = getenv("IB_SECONDS");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    // Rounds count upwards from it: two campaigns of the same minute shall not meet.
    unsigned fresh = (unsigned)now.tv_sec * 2654435761u ^ (unsigned)now.tv_nsec;
    *self =
        (struct campaign){.seed = seed ? (unsigned)strtoul(seed, NULL, 0) : fresh, .least = least};
    self->ends_ms = now_ms() + (seconds ? strtoull(seconds, NULL, 10) * 1000 : 0);
}

bool campaign_next(struct campaign *self) {
    if (self->rounds >= self->least && now_ms() >= self->ends_ms) {
        print_message("%u rounds\n", self->rounds);
        return false;
    }
    if (self->rounds++ > 0)
        self->seed++;
    self->random.state = (uint64_t)self->seed * 0x9E3779B97F4A7C15u | 1;
    print_message("IB_SEED=%u\n", self->seed);
    return true;
}
