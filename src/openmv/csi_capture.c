/// Pictures: the frame buffer's division, and snapshots until there is one.
#include <string.h>

#include "core/status.h"
#include "image/draw_image.h"
#include "openmv/csi_sensor.h"

#define DEFAULT_BUFFERS 3u

static size_t divided_bytes(const struct ib_csi *self) {
    return self->divided ? self->frame_buffer.count * self->frame_buffer.buffer_bytes : 0;
}

/// What the other sensors' frame buffers leave of the board's memory.
static size_t pool_left(const struct ib_csi *self) {
    size_t used = 0;
    for (size_t i = 0; i < IB_CSI_SENSORS; i++)
        if (&self->board->sensors[i] != self)
            used += divided_bytes(&self->board->sensors[i]);
    return used < IB_CSI_POOL_BYTES ? IB_CSI_POOL_BYTES - used : 0;
}

int ib_csi_divide(struct ib_csi *self) {
    if (self->divided)
        return IB_OK;
    struct ib_openmv_frame_buffer *buffer = &self->frame_buffer;
    size_t bytes = (size_t)self->window.w * (size_t)self->window.h * 2;
    uint32_t most = self->buffers_wanted ? self->buffers_wanted : DEFAULT_BUFFERS;
    uint32_t least = self->buffers_wanted ? most : 1;
    self->pending = false;
    buffer->memory_bytes = pool_left(self);
    for (uint32_t count = most; count >= least; count--)
        if (ib_openmv_frame_buffer_divide(buffer, count, bytes) == IB_OK) {
            self->divided = true;
            break;
        }
    buffer->memory_bytes = IB_CSI_POOL_BYTES;
    return self->divided ? IB_OK : IB_CSI_E_FRAME_BUFFER;
}

void ib_csi_stop(struct ib_csi *self) {
    if (self->capturing && self->ops->stop)
        self->ops->stop(self);
    self->capturing = false;
    self->pending = false;
    self->taken_us = self->interval_us = 0;
    self->job = IB_CSI_IDLE;
}

/// Everything set, memory divided, the sensor running.
static int prepare(struct ib_csi *self, uint64_t now_us) {
    if (self->pixformat == 0)
        return IB_CSI_E_PIXFORMAT;
    if (self->framesize == IB_CSI_SIZE_NONE)
        return IB_CSI_E_FRAMESIZE;
    int status = self->ops->check ? self->ops->check(self) : IB_OK;
    if (status == IB_OK)
        status = ib_csi_divide(self);
    if (status != IB_OK || self->capturing)
        return status;
    status = self->ops->start ? self->ops->start(self, now_us) : IB_OK;
    self->capturing = status == IB_OK;
    return status;
}

int ib_csi_take(struct ib_csi *self, const struct ib_csi_snapshot *how, uint64_t now_us) {
    self->got_picture = false;
    self->job = IB_CSI_IDLE;
    int status = prepare(self, now_us);
    if (status < 0)
        return status;
    self->snapshot = *how;
    self->frames_left = how->frames;
    self->began_us = now_us;
    self->deadline_us = now_us + self->ops->timeout_us;
    self->began = false;
    if (self->ops->begin)
        self->ops->begin(self, now_us);
    self->job = IB_CSI_CAPTURING;
    return IB_OK;
}

bool ib_csi_picture(struct ib_csi *self, struct ib_openmv_image *out) {
    return ib_openmv_frame_buffer_image(&self->frame_buffer, out);
}

/// The buffer that the next frame goes to: not the one that the script has, if there is another.
static uint32_t next_buffer(const struct ib_csi *self) {
    const struct ib_openmv_frame_buffer *buffer = &self->frame_buffer;
    return buffer->width_px == 0 ? 0 : (buffer->newest + 1) % buffer->count;
}

/// The sensor's next frame that the frame rate lets through, into the next buffer.
static int take_frame(struct ib_csi *self, uint64_t now_us, uint64_t *due_us) {
    struct ib_openmv_frame_buffer *buffer = &self->frame_buffer;
    for (;;) {
        struct ib_csi_taken taken = {
            .pixels = ib_openmv_frame_buffer_at(buffer, next_buffer(self)),
            .room_bytes = buffer->buffer_bytes,
        };
        int status = self->ops->take(self, now_us, &taken, due_us);
        if (status != 1)
            return status;
        uint64_t gap_us = taken.end_us - self->taken_us;
        bool too_soon =
            self->framerate_hz && self->taken_us && gap_us < 1000000 / self->framerate_hz;
        if (too_soon && !self->pending)
            continue;
        // It lies where the one that waited did.
        self->taken = taken;
        if (too_soon)
            continue;
        if (self->taken_us)
            self->interval_us = gap_us;
        self->taken_us = taken.end_us;
        return 1;
    }
}

/// What was taken becomes what the frame buffer holds.
static void show(struct ib_csi *self) {
    struct ib_openmv_frame_buffer *buffer = &self->frame_buffer;
    buffer->newest = next_buffer(self);
    buffer->width_px = self->taken.width_px;
    buffer->height_px = self->taken.height_px;
    buffer->format = self->taken.format;
    buffer->size_bytes = self->taken.size_bytes;
    self->pending = false;
    self->pictures++;
}

bool ib_csi_readable(struct ib_csi *self, uint64_t now_us) {
    uint64_t due_us;
    if (self->pending)
        return true;
    // The only buffer is the script's.
    if (!self->capturing || !self->divided || self->frame_buffer.count < 2)
        return false;
    self->pending = take_frame(self, now_us, &due_us) == 1;
    return self->pending;
}

/// One that readable() has found waits, unless there is a newer one and newer is better.
static int take_pending(struct ib_csi *self, uint64_t now_us, uint64_t *due_us) {
    if (self->frame_buffer.count > DEFAULT_BUFFERS)
        return 1;
    int status = take_frame(self, now_us, due_us);
    if (status < 0)
        self->pending = false;
    return status == 0 ? self->pending : status;
}

int ib_csi_draw(struct ib_csi *self, const struct ib_openmv_image *into) {
    struct ib_openmv_image from;
    struct ib_image source, destination;
    struct ib_draw how = ib_draw_plain();
    if (!ib_csi_picture(self, &from) || !ib_openmv_image_picture(&from, &source) ||
        !ib_openmv_image_picture(into, &destination))
        return IB_CSI_E_FORMAT_OPERATION;
    how.scale.hints = IB_HINT_ASPECT_IGNORE;
    int status =
        ib_draw_image(&destination, &source, &how, self->board->work, self->board->work_bytes);
    return status < 0 ? IB_CSI_E_FRAME_BUFFER : IB_OK;
}

/// Whether a snapshot that goes on for a time or a number of frames has ended with this one.
static bool ended(struct ib_csi *self, uint64_t now_us) {
    const struct ib_csi_snapshot *how = &self->snapshot;
    bool late = how->time_ms >= 0 && (int64_t)(now_us - self->began_us) > how->time_ms * 1000;
    bool enough = how->frames >= 0 && --self->frames_left <= 0;
    return late || enough;
}

int ib_csi_step_capture(struct ib_csi *self, uint64_t now_us, uint64_t *due_us) {
    bool many = self->snapshot.time_ms >= 0 || self->snapshot.frames >= 0;
    int status =
        self->pending ? take_pending(self, now_us, due_us) : take_frame(self, now_us, due_us);
    if (status < 0)
        return status;
    if (status == 0) {
        if (!self->snapshot.blocking && !many)
            return 1;
        if (now_us >= self->deadline_us) {
            status = self->ops->timed_out ? self->ops->timed_out(self, now_us) : IB_CSI_E_TIMEOUT;
            if (status < 0) {
                ib_csi_stop(self);
                return status;
            }
            self->deadline_us = now_us + self->ops->timeout_us;
        }
        if (self->deadline_us < *due_us)
            *due_us = self->deadline_us;
        return 0;
    }
    show(self);
    if (!many) {
        self->got_picture = true;
        return 1;
    }
    if (ended(self, now_us))
        return 1;
    self->deadline_us = now_us + self->ops->timeout_us;
    *due_us = now_us;
    return 0;
}
