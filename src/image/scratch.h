/// Handing out pieces of scratch memory. Laid out with no memory at all, it tells how much is needed.
///
/// Private to the room.
#ifndef IB_IMAGE_SCRATCH_H
#define IB_IMAGE_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#define IB_SCRATCH_STEP 64 ///< pieces begin at multiples of this from each other

struct ib_scratch {
    uint8_t *base; ///< NULL: only count
    size_t used;
};

/// A piece of `bytes`, and as much again behind it as a vector may touch beyond.
static inline void *ib_scratch_take(struct ib_scratch *self, size_t bytes) {
    uint8_t *piece = self->base ? self->base + self->used : NULL;
    self->used += (bytes + 2 * (size_t)IB_SCRATCH_STEP - 1) / IB_SCRATCH_STEP * IB_SCRATCH_STEP;
    return piece;
}

/// Begin with the caller's memory, which may lie anywhere.
static inline struct ib_scratch ib_scratch_of(void *memory) {
    uintptr_t at = (uintptr_t)memory;
    return (struct ib_scratch){memory ? (uint8_t *)memory + (-at & (IB_SCRATCH_STEP - 1)) : NULL,
                               0};
}

/// What the caller must bring for `self`, wherever it lies.
static inline size_t ib_scratch_bytes(const struct ib_scratch *self) {
    return self->used + IB_SCRATCH_STEP - 1;
}

#endif
