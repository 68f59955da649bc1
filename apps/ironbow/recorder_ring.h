/// Copies of frames between a camera that does not wait and a disk that may be slow.
///
/// One consumer looks at every frame in order. Behind it the ring keeps a history (pre-roll), ahead
/// of it what it has not got round to. Each has a share of its own: when too many frames wait, the
/// newest is lost, counted, and the next one is marked as coming after a gap. Any thread may push.
///
///        tail ……… next ……… head          positions count up for ever
///         history | waiting | free
#ifndef IB_APP_RECORDER_RING_H
#define IB_APP_RECORDER_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/hub.h"

struct ib_app_ring {
    pthread_mutex_t lock;
    pthread_cond_t fresh; ///< for the consumer
    pthread_cond_t room;  ///< for who pushes
    pthread_mutex_t push; ///< one at a time: the copy is made outside of `lock`
    struct ib_frame *frames;
    uint16_t *pixels;
    size_t waiting; ///< frames at most from `next` on
    size_t history; ///< … and before it
    uint64_t history_us;
    uint64_t tail, next, head;
    bool woken;
    uint32_t seen; ///< the hub's sequence that was looked at last
    uint32_t lost;
    bool gap; ///< frames were lost since the last push that succeeded
};

/// Room for `waiting` frames of `capacity_px` pixels that were not looked at, and `history` frames
/// of the last `history_us` that were; memory is only used once frames need it.
/// Errors: IB_E_NO_SPACE.
int ib_app_ring_open(struct ib_app_ring *self, size_t waiting, size_t history, size_t capacity_px,
                     uint64_t history_us);
void ib_app_ring_close(struct ib_app_ring *self);

/// Copy every frame of the hub that was not seen yet. With `taking` false they count as seen.
/// Blocks: up to `patience_us` for room, for each frame; 0: not at all.
void ib_app_ring_pull(struct ib_app_ring *self, struct ib_hub *hub, bool taking,
                      uint64_t patience_us);

/// Copy one frame.
/// Return: whether it was taken; if not it is counted in `lost`.
bool ib_app_ring_push(struct ib_app_ring *self, const struct ib_frame *frame, uint64_t patience_us);

/// Consumer: the next frame to look at, the ring's own and the consumer's to change, until
/// ib_app_ring_done. NULL: none came for `patience_us`, or somebody called ib_app_ring_wake.
struct ib_frame *ib_app_ring_next(struct ib_app_ring *self, uint64_t patience_us);

/// Consumer, between next and done: the oldest frame that is kept, history first, the one to look
/// at last; NULL behind that. Nothing goes away by itself until ib_app_ring_done.
struct ib_frame *ib_app_ring_oldest(struct ib_app_ring *self);
/// Consumer: the oldest frame is no longer needed.
void ib_app_ring_drop(struct ib_app_ring *self);

/// Consumer: done with the frame to look at. What was not dropped is history now.
void ib_app_ring_done(struct ib_app_ring *self);

/// Any thread: let ib_app_ring_next return.
void ib_app_ring_wake(struct ib_app_ring *self);
/// Any thread: how many frames were pushed so far, and how many were lost.
uint64_t ib_app_ring_pushed(struct ib_app_ring *self);
uint32_t ib_app_ring_lost(struct ib_app_ring *self);
/// How many frames the consumer is done with.
uint64_t ib_app_ring_looked(struct ib_app_ring *self);

#endif
