/// Repeatable random numbers for tests: the same seed, the same run, on every machine.
#ifndef IB_TESTS_CORE_SUPPORT_RANDOM_H
#define IB_TESTS_CORE_SUPPORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct random {
    uint64_t state; ///< the seed; any number but 0
};

static inline uint64_t random_u64(struct random *self) {
    self->state ^= self->state << 13;
    self->state ^= self->state >> 7;
    self->state ^= self->state << 17;
    return self->state * 0x2545F4914F6CDD1Du;
}

/// 0 .. limit - 1
static inline uint32_t random_below(struct random *self, uint32_t limit) {
    return (uint32_t)((random_u64(self) >> 32) * limit >> 32);
}

/// low <= x < high
static inline double random_between(struct random *self, double low, double high) {
    return low + (high - low) * ((double)(random_u64(self) >> 11) * 0x1p-53);
}

static inline void random_bytes(struct random *self, void *out, size_t size) {
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)out)[i] = (uint8_t)(random_u64(self) >> 56);
}

#endif
