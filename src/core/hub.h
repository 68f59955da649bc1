/// The hub: a fixed pool of frames between one writer and any number of readers.
///
/// The writer claims a free slot, fills it in place and publishes it; readers take a reference to
/// the newest (or the next newer) frame and hand it back. Nobody waits for anybody: when readers
/// hold all other slots, the writer's claim fails and the frame is counted as lost. Whoever wants
/// to keep a frame longer than a conversion takes must copy it.
///
/// Threads: one writer, many readers, no locks; 32-bit atomics only.
#ifndef IB_CORE_HUB_H
#define IB_CORE_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

#ifdef __cplusplus
#include <atomic>
typedef std::atomic<uint32_t> ib_atomic_u32;
extern "C" {
#else
#include <stdatomic.h>
typedef _Atomic uint32_t ib_atomic_u32;
#endif

#define IB_HUB_MAX_SLOTS 16

struct ib_hub_slot {
    struct ib_frame frame;
    ib_atomic_u32 state;    ///< readers, or the writer's mark
    ib_atomic_u32 sequence; ///< the frame's, 0 when it holds none: for choosing without touching it
};

struct ib_hub {
    struct ib_hub_slot slots[IB_HUB_MAX_SLOTS];
    unsigned slot_count;
    ib_atomic_u32 newest;             ///< slot index + 1, 0 before the first frame
    ib_atomic_u32 sequence;           ///< of the newest frame, 0 before the first
    ib_atomic_u32 lost;               ///< claims that found no free slot
    void (*published)(void *context); ///< called by the writer after each publish; may be NULL
    void *published_context;
};

/// Pixels of storage that `ib_hub_init` needs.
#define IB_HUB_STORAGE_PX(slots, capacity_px) ((size_t)(slots) * (size_t)(capacity_px))

/// Shape:  `slot_count` frames of storage_px / slot_count pixels at most, in `storage` (kept).
/// Errors: IB_E_INVAL for fewer than 3 or more than IB_HUB_MAX_SLOTS slots, or too little storage.
int ib_hub_init(struct ib_hub *self, unsigned slot_count, uint16_t *storage, size_t storage_px);

/// Writer: the slot to fill next, or NULL when readers hold all others (counted in `lost`).
struct ib_frame *ib_hub_claim(struct ib_hub *self);
/// Writer: give a claimed slot back unfilled.
void ib_hub_abandon(struct ib_hub *self, struct ib_frame *frame);
/// Writer: make a claimed slot the newest frame; sets its `sequence`; calls the `published` hook.
void ib_hub_publish(struct ib_hub *self, struct ib_frame *frame);

/// Reader: the newest frame if its sequence is not `seen`, else NULL. Hand it back with
/// ib_hub_release.
const struct ib_frame *ib_hub_newest(struct ib_hub *self, uint32_t seen);
/// Reader: the oldest frame still there that came after `seen` (a recorder's way), else NULL. A gap
/// shows as sequence > seen + 1.
const struct ib_frame *ib_hub_next(struct ib_hub *self, uint32_t seen);
/// Reader: hand a frame back.
void ib_hub_release(struct ib_hub *self, const struct ib_frame *frame);

/// The newest frame's sequence, 0 before the first; any thread.
uint32_t ib_hub_sequence(const struct ib_hub *self);

#ifdef __cplusplus
}
#endif

#endif
