/// The memory that a sensor's pictures lie in, and what lies in it now.
///
/// Each sensor has one. The first sensor's is the main one: image(copy_to_fb=True) puts pictures into
/// it, the preview shows what is in it. Operations in place on an image that lies in it change what it
/// says it holds.
#ifndef IB_OPENMV_FRAME_BUFFER_H
#define IB_OPENMV_FRAME_BUFFER_H

#include "openmv/image.h"

struct ib_openmv_frame_buffer {
    uint8_t *memory; ///< aligned to 64 bytes
    size_t memory_bytes;
    uint32_t count;              ///< buffers it is divided into; 0: none yet
    size_t buffer_bytes;         ///< room of each
    uint32_t newest;             ///< which of them the script has
    int32_t width_px, height_px; ///< what is in it; 0: nothing
    uint32_t format;
    size_t size_bytes;
    /// The sensor that fills it wants to know that a script has taken it for something else (it stops
    /// capturing and begins anew with its next snapshot). May be NULL.
    void (*taken)(void *context);
    void *context;
};

/// Nothing in it, undivided.
void ib_openmv_frame_buffer_init(struct ib_openmv_frame_buffer *self, void *memory,
                                 size_t memory_bytes);
/// Forget what is in it and divide it anew: `count` buffers of `bytes`, each begun at a multiple of 64.
/// Errors: IB_E_NO_SPACE: it stays as it was.
int ib_openmv_frame_buffer_divide(struct ib_openmv_frame_buffer *self, uint32_t count,
                                  size_t bytes);
static inline uint8_t *ib_openmv_frame_buffer_at(const struct ib_openmv_frame_buffer *self,
                                                 uint32_t index) {
    return self->memory + (size_t)index * self->buffer_bytes;
}
/// What is in it as an image that lies in it. Return: false when there is nothing.
bool ib_openmv_frame_buffer_image(struct ib_openmv_frame_buffer *self, struct ib_openmv_image *out);
/// For copy_to_fb: take all of it as one buffer, holding a picture of this size (a stream: `bytes`).
/// Errors: IB_E_NO_SPACE.
int ib_openmv_frame_buffer_take(struct ib_openmv_frame_buffer *self, uint32_t format,
                                int32_t width_px, int32_t height_px, size_t bytes,
                                struct ib_openmv_image *out);
/// How far an image that lies in a frame buffer may grow where it is: to the end of the buffer that it
/// is in now, which may have been divided anew since the image was made.
size_t ib_openmv_frame_buffer_room(const struct ib_openmv_image *image);
/// An operation in place has made something else of an image: if that is what its frame buffer holds,
/// the frame buffer says so too.
void ib_openmv_frame_buffer_tell(const struct ib_openmv_image *image);

#endif
