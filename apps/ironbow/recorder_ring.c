/// The ring of frame copies: positions, and who may move them.
#include "apps/ironbow/recorder_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/status.h"

int ib_app_ring_open(struct ib_app_ring *self, size_t waiting, size_t history, size_t capacity_px,
                     uint64_t history_us) {
    size_t capacity = waiting + history;
    memset(self, 0, sizeof *self);
    self->frames = calloc(capacity, sizeof *self->frames);
    self->pixels = calloc(capacity * capacity_px, sizeof *self->pixels);
    if (!self->frames || !self->pixels) {
        free(self->frames);
        free(self->pixels);
        return IB_E_NO_SPACE;
    }
    self->waiting = waiting;
    self->history = history;
    self->history_us = history_us;
    for (size_t i = 0; i < capacity; i++) {
        self->frames[i].pixels = self->pixels + i * capacity_px;
        self->frames[i].capacity_px = capacity_px;
    }
    pthread_mutexattr_t mutex;
    pthread_mutexattr_init(&mutex);
    // A camera's thread with real-time priority must not wait for one that does not get to run.
    pthread_mutexattr_setprotocol(&mutex, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&self->lock, &mutex);
    pthread_mutex_init(&self->push, &mutex);
    pthread_mutexattr_destroy(&mutex);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
    pthread_cond_init(&self->fresh, &condition);
    pthread_cond_init(&self->room, &condition);
    pthread_condattr_destroy(&condition);
    return IB_OK;
}

void ib_app_ring_close(struct ib_app_ring *self) {
    pthread_cond_destroy(&self->fresh);
    pthread_cond_destroy(&self->room);
    pthread_mutex_destroy(&self->lock);
    pthread_mutex_destroy(&self->push);
    free(self->frames);
    free(self->pixels);
}

static struct ib_frame *slot(struct ib_app_ring *self, uint64_t position) {
    return &self->frames[position % (self->waiting + self->history)];
}

static struct timespec deadline_after(uint64_t us) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(us / 1000000);
    at.tv_nsec += (long)(us % 1000000) * 1000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/// Locked.
static bool has_room(const struct ib_app_ring *self) {
    return self->head - self->next < self->waiting;
}

/// With `push` held.
static bool take(struct ib_app_ring *self, const struct ib_frame *frame, uint64_t patience_us) {
    struct timespec deadline = deadline_after(patience_us);
    pthread_mutex_lock(&self->lock);
    bool room = has_room(self);
    while (!room && patience_us > 0 &&
           pthread_cond_timedwait(&self->room, &self->lock, &deadline) != ETIMEDOUT)
        room = has_room(self);
    struct ib_frame *to = slot(self, self->head); // only who pushes moves `head`
    pthread_mutex_unlock(&self->lock);
    bool taken = room && ib_frame_copy(to, frame) == IB_OK;
    if (taken && self->gap)
        to->flags |= IB_FRAME_AFTER_GAP;
    self->gap = !taken;
    pthread_mutex_lock(&self->lock);
    if (taken) {
        self->head++;
        pthread_cond_signal(&self->fresh);
    } else {
        self->lost++;
    }
    pthread_mutex_unlock(&self->lock);
    return taken;
}

bool ib_app_ring_push(struct ib_app_ring *self, const struct ib_frame *frame,
                      uint64_t patience_us) {
    pthread_mutex_lock(&self->push);
    bool taken = take(self, frame, patience_us);
    pthread_mutex_unlock(&self->push);
    return taken;
}

/// The hub has given frames away before they could be copied.
static void missed(struct ib_app_ring *self, uint32_t count) {
    self->gap = true;
    pthread_mutex_lock(&self->lock);
    self->lost += count;
    pthread_mutex_unlock(&self->lock);
}

void ib_app_ring_pull(struct ib_app_ring *self, struct ib_hub *hub, bool taking,
                      uint64_t patience_us) {
    pthread_mutex_lock(&self->push);
    if (!taking) {
        self->seen = ib_hub_sequence(hub);
        self->gap = false;
    }
    for (const struct ib_frame *frame; taking && (frame = ib_hub_next(hub, self->seen)) != NULL;) {
        if (self->seen != 0 && frame->sequence - self->seen > 1)
            missed(self, frame->sequence - self->seen - 1);
        self->seen = frame->sequence;
        take(self, frame, patience_us);
        ib_hub_release(hub, frame);
    }
    pthread_mutex_unlock(&self->push);
}

struct ib_frame *ib_app_ring_next(struct ib_app_ring *self, uint64_t patience_us) {
    struct timespec deadline = deadline_after(patience_us);
    int result = 0;
    pthread_mutex_lock(&self->lock);
    while (self->next == self->head && !self->woken && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&self->fresh, &self->lock, &deadline);
    self->woken = false;
    struct ib_frame *frame = self->next < self->head ? slot(self, self->next) : NULL;
    pthread_mutex_unlock(&self->lock);
    return frame;
}

struct ib_frame *ib_app_ring_oldest(struct ib_app_ring *self) {
    pthread_mutex_lock(&self->lock);
    struct ib_frame *frame = self->tail <= self->next ? slot(self, self->tail) : NULL;
    pthread_mutex_unlock(&self->lock);
    return frame;
}

void ib_app_ring_drop(struct ib_app_ring *self) {
    pthread_mutex_lock(&self->lock);
    self->tail++;
    pthread_mutex_unlock(&self->lock);
}

void ib_app_ring_done(struct ib_app_ring *self) {
    pthread_mutex_lock(&self->lock);
    // A frame that was dropped may be somebody else's by now.
    uint64_t newest_us = self->tail <= self->next ? slot(self, self->next)->captured_us : 0;
    self->next++;
    while (self->tail < self->next &&
           (self->next - self->tail > self->history ||
            slot(self, self->tail)->captured_us + self->history_us <= newest_us))
        self->tail++;
    pthread_cond_signal(&self->room);
    pthread_mutex_unlock(&self->lock);
}

void ib_app_ring_wake(struct ib_app_ring *self) {
    pthread_mutex_lock(&self->lock);
    self->woken = true;
    pthread_cond_signal(&self->fresh);
    pthread_mutex_unlock(&self->lock);
}

uint64_t ib_app_ring_pushed(struct ib_app_ring *self) {
    pthread_mutex_lock(&self->lock);
    uint64_t pushed = self->head;
    pthread_mutex_unlock(&self->lock);
    return pushed;
}

uint64_t ib_app_ring_looked(struct ib_app_ring *self) {
    pthread_mutex_lock(&self->lock);
    uint64_t looked = self->next;
    pthread_mutex_unlock(&self->lock);
    return looked;
}

uint32_t ib_app_ring_lost(struct ib_app_ring *self) {
    pthread_mutex_lock(&self->lock);
    uint32_t lost = self->lost;
    pthread_mutex_unlock(&self->lock);
    return lost;
}
