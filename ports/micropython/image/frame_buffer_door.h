/// The main frame buffer as the image module uses it: copy_to_fb, flush.
#ifndef IB_PORTS_MICROPYTHON_FRAME_BUFFER_DOOR_H
#define IB_PORTS_MICROPYTHON_FRAME_BUFFER_DOOR_H

#include "openmv/frame_buffer.h"

/// The first sensor's, once its owner has said so; without sensors one that lasts as long as the
/// script engine's life. NULL: there is no memory for that.
struct ib_openmv_frame_buffer *ib_frame_buffer_main(void);
/// Who has sensors says which is the main one; NULL: none any more. Kept until said again.
void ib_frame_buffer_set_main(struct ib_openmv_frame_buffer *buffer);

/// Show an image to whoever looks at the preview. Nobody yet unless ib_frame_buffer_on_show says so.
void ib_frame_buffer_show(const struct ib_openmv_image *image);
void ib_frame_buffer_on_show(void (*show)(void *context, const struct ib_openmv_image *image),
                             void *context);

/// A life of the script engine ends.
void ib_frame_buffer_release(void);

#endif
