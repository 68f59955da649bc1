/// The pool of frames behind hub.h. Not a queue: a reader that is slow misses frames, nobody waits.
///
/// A slot's `state` is the number of its readers, or WRITER while the writer owns it. Readers only
/// ever touch a frame after they have counted themselves in; the writer only after it has swapped
/// 0 for WRITER. A slot's atomic `sequence` is a hint for choosing a slot without touching its
/// frame; the frame's own sequence, read under a reference, decides. 0 stands for "holds nothing".
#include "core/hub.h"

#include <string.h>

#include "core/check.h"
#include "core/status.h"

#define WRITER 0x80000000u

int ib_hub_init(struct ib_hub *self, unsigned slot_count, uint16_t *storage, size_t storage_px) {
    if (slot_count < 3 || slot_count > IB_HUB_MAX_SLOTS || storage_px < slot_count)
        return IB_E_INVAL;
    memset(self, 0, sizeof *self);
    self->slot_count = slot_count;
    size_t capacity_px = storage_px / slot_count;
    for (unsigned i = 0; i < IB_HUB_MAX_SLOTS; i++) {
        atomic_init(&self->slots[i].state, 0);
        atomic_init(&self->slots[i].sequence, 0);
    }
    for (unsigned i = 0; i < slot_count; i++) {
        self->slots[i].frame.pixels = storage + i * capacity_px;
        self->slots[i].frame.capacity_px = capacity_px;
    }
    atomic_init(&self->newest, 0);
    atomic_init(&self->sequence, 0);
    atomic_init(&self->lost, 0);
    return IB_OK;
}

static unsigned slot_of(const struct ib_hub *self, const struct ib_frame *frame) {
    unsigned i = 0;
    while (i < self->slot_count && &self->slots[i].frame != frame)
        i++;
    IB_ASSERT(i < self->slot_count); // else it is no frame of this hub
    return i;
}

/// Is a later than b? Numbers wrap; 2^31 frames apart counts as the other way round.
static bool later(uint32_t a, uint32_t b) {
    return (int32_t)(a - b) > 0;
}

/// The slot to fill next among those not in `tried`, or slot_count: an empty one, else the oldest.
/// Never the newest, which readers must be able to get at any moment.
static unsigned free_slot(struct ib_hub *self, uint32_t tried) {
    uint32_t newest = atomic_load_explicit(&self->newest, memory_order_relaxed);
    unsigned best = self->slot_count;
    uint32_t best_sequence = 0;
    for (unsigned i = 0; i < self->slot_count; i++) {
        struct ib_hub_slot *slot = &self->slots[i];
        if ((tried >> i & 1) || i + 1 == newest ||
            atomic_load_explicit(&slot->state, memory_order_relaxed) != 0)
            continue;
        uint32_t sequence = atomic_load_explicit(&slot->sequence, memory_order_relaxed);
        if (sequence == 0)
            return i;
        if (best == self->slot_count || later(best_sequence, sequence)) {
            best = i;
            best_sequence = sequence;
        }
    }
    return best;
}

struct ib_frame *ib_hub_claim(struct ib_hub *self) {
    uint32_t tried = 0;
    for (;;) {
        unsigned i = free_slot(self, tried);
        if (i == self->slot_count)
            break;
        struct ib_hub_slot *slot = &self->slots[i];
        uint32_t none = 0;
        // Acquire: what earlier readers read stays before what is written now. Release: who sees
        // the mark also sees that `newest` has moved on.
        if (atomic_compare_exchange_strong_explicit(&slot->state, &none, WRITER,
                                                    memory_order_acq_rel, memory_order_relaxed)) {
            atomic_store_explicit(&slot->sequence, 0, memory_order_relaxed);
            slot->frame.sequence = 0;
            return &slot->frame;
        }
        tried |= 1u << i; // a reader was quicker
    }
    atomic_fetch_add_explicit(&self->lost, 1, memory_order_relaxed);
    return NULL;
}

void ib_hub_abandon(struct ib_hub *self, struct ib_frame *frame) {
    struct ib_hub_slot *slot = &self->slots[slot_of(self, frame)];
    IB_ASSERT(atomic_load_explicit(&slot->state, memory_order_relaxed) == WRITER);
    slot->frame.sequence = 0;
    atomic_store_explicit(&slot->state, 0, memory_order_release);
}

void ib_hub_publish(struct ib_hub *self, struct ib_frame *frame) {
    unsigned i = slot_of(self, frame);
    struct ib_hub_slot *slot = &self->slots[i];
    IB_ASSERT(atomic_load_explicit(&slot->state, memory_order_relaxed) == WRITER);
    uint32_t sequence = atomic_load_explicit(&self->sequence, memory_order_relaxed) + 1;
    if (sequence == 0) // wrapped: 0 means "nothing yet"
        sequence = 1;
    frame->sequence = sequence;
    atomic_store_explicit(&slot->sequence, sequence, memory_order_relaxed);
    atomic_store_explicit(&slot->state, 0, memory_order_release);
    atomic_store_explicit(&self->newest, i + 1, memory_order_release);
    atomic_store_explicit(&self->sequence, sequence, memory_order_release);
    if (self->published)
        self->published(self->published_context);
}

/// Count a reader in. Return: false when the writer owns the slot.
static bool take(struct ib_hub_slot *slot) {
    uint32_t readers = atomic_load_explicit(&slot->state, memory_order_acquire);
    do {
        if (readers & WRITER)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&slot->state, &readers, readers + 1,
                                                    memory_order_acquire, memory_order_acquire));
    return true;
}

static void give_back(struct ib_hub_slot *slot) {
    uint32_t before = atomic_fetch_sub_explicit(&slot->state, 1, memory_order_release);
    IB_ASSERT(before != 0 && !(before & WRITER));
}

const struct ib_frame *ib_hub_newest(struct ib_hub *self, uint32_t seen) {
    // Another turn is only needed when `newest` has moved on since it was read: no waiting for a
    // writer that was interrupted.
    for (;;) {
        uint32_t newest = atomic_load_explicit(&self->newest, memory_order_acquire);
        if (newest == 0)
            return NULL;
        struct ib_hub_slot *slot = &self->slots[newest - 1];
        if (!take(slot))
            continue;
        uint32_t sequence = slot->frame.sequence;
        if (sequence != 0 && sequence != seen)
            return &slot->frame;
        give_back(slot);
        if (sequence != 0)
            return NULL;
    }
}

const struct ib_frame *ib_hub_next(struct ib_hub *self, uint32_t seen) {
    uint32_t owned = 0; // slots the writer was seen in: not worth a second look
    for (;;) {
        unsigned best = self->slot_count;
        uint32_t best_sequence = 0;
        for (unsigned i = 0; i < self->slot_count; i++) {
            uint32_t sequence =
                atomic_load_explicit(&self->slots[i].sequence, memory_order_relaxed);
            if ((owned >> i & 1) || sequence == 0 || (seen != 0 && !later(sequence, seen)))
                continue;
            if (best == self->slot_count || later(best_sequence, sequence)) {
                best = i;
                best_sequence = sequence;
            }
        }
        if (best == self->slot_count)
            return NULL;
        struct ib_hub_slot *slot = &self->slots[best];
        if (!take(slot)) {
            owned |= 1u << best;
            continue;
        }
        if (slot->frame.sequence == best_sequence)
            return &slot->frame;
        give_back(slot); // it was filled anew in between: choose again
    }
}

void ib_hub_release(struct ib_hub *self, const struct ib_frame *frame) {
    if (frame)
        give_back(&self->slots[slot_of(self, frame)]);
}

uint32_t ib_hub_sequence(const struct ib_hub *self) {
    return atomic_load_explicit(&self->sequence, memory_order_acquire);
}
