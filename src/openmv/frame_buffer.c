#include "openmv/frame_buffer.h"

#include <string.h>

#include "core/status.h"

#define STEP_BYTES ((size_t)64)

static size_t whole_steps(size_t bytes) {
    return (bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
}

void ib_openmv_frame_buffer_init(struct ib_openmv_frame_buffer *self, void *memory,
                                 size_t memory_bytes) {
    memset(self, 0, sizeof *self);
    self->memory = memory;
    self->memory_bytes = memory_bytes;
}

int ib_openmv_frame_buffer_divide(struct ib_openmv_frame_buffer *self, uint32_t count,
                                  size_t bytes) {
    if (bytes > self->memory_bytes || count == 0 || whole_steps(bytes) > self->memory_bytes / count)
        return IB_E_NO_SPACE;
    self->count = count;
    self->buffer_bytes = whole_steps(bytes);
    self->newest = 0;
    self->width_px = self->height_px = 0;
    self->format = 0;
    self->size_bytes = 0;
    return IB_OK;
}

bool ib_openmv_frame_buffer_image(struct ib_openmv_frame_buffer *self,
                                  struct ib_openmv_image *out) {
    if (self->width_px == 0)
        return false;
    *out = (struct ib_openmv_image){
        .pixels = ib_openmv_frame_buffer_at(self, self->newest),
        .width_px = self->width_px,
        .height_px = self->height_px,
        .format = self->format,
        .size_bytes = self->size_bytes,
        .room_bytes = self->buffer_bytes,
        .buffer = self,
    };
    return true;
}

int ib_openmv_frame_buffer_take(struct ib_openmv_frame_buffer *self, uint32_t format,
                                int32_t width_px, int32_t height_px, size_t bytes,
                                struct ib_openmv_image *out) {
    size_t size = format & IB_PIXFORMAT_COMPRESSED
                      ? bytes
                      : ib_openmv_image_bytes(format, width_px, height_px);
    if (size > self->memory_bytes)
        return IB_E_NO_SPACE;
    if (self->taken)
        self->taken(self->context);
    self->count = 1;
    self->buffer_bytes = self->memory_bytes;
    self->newest = 0;
    self->width_px = width_px;
    self->height_px = height_px;
    self->format = format;
    self->size_bytes = size;
    (void)ib_openmv_frame_buffer_image(self, out);
    return IB_OK;
}

size_t ib_openmv_frame_buffer_room(const struct ib_openmv_image *image) {
    const struct ib_openmv_frame_buffer *self = image->buffer;
    size_t at = (size_t)(image->pixels - self->memory);
    size_t used = (size_t)self->count * self->buffer_bytes;
    return at < used ? self->buffer_bytes - at % self->buffer_bytes : 0;
}

void ib_openmv_frame_buffer_tell(const struct ib_openmv_image *image) {
    struct ib_openmv_frame_buffer *self = image->buffer;
    if (!self || image->pixels != ib_openmv_frame_buffer_at(self, self->newest))
        return;
    self->width_px = image->width_px;
    self->height_px = image->height_px;
    self->format = image->format;
    self->size_bytes = image->size_bytes;
}
