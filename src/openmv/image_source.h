/// An image as something to draw from: its own pixels, or what its bytes stand for once decoded.
#ifndef IB_OPENMV_IMAGE_SOURCE_H
#define IB_OPENMV_IMAGE_SOURCE_H

#include "bus/codec.h"
#include "openmv/image.h"
#include "openmv/image_problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/// More memory than this for one picture in between is refused: what the board has for its images.
#define IB_IMAGE_WORK_MAX_BYTES ((size_t)64 << 20)

struct ib_image_source {
    struct ib_openmv_image image; ///< a copy: the object may become something else meanwhile
    const struct ib_codec *codec;
    enum ib_pixels pixels; ///< BINARY, GREY or RGB565
    int32_t width_px, height_px;
    size_t work_bytes; ///< to decode into; 0: its own pixels do
};

/// `grey`: brightness is all that will be used of its colours; a stream is then decoded as grey.
/// Owns:   keeps the image's pixels until the picture has been made.
/// Errors: a stream that is broken, too large, or that nobody here can read.
enum ib_image_problem ib_image_source_look(struct ib_image_source *self,
                                           const struct ib_openmv_image *image, bool grey,
                                           const struct ib_codec *codec);
/// `work` has work_bytes and an address that is a multiple of 64.
enum ib_image_problem ib_image_source_picture(const struct ib_image_source *self, void *work,
                                              struct ib_image *out);

#ifdef __cplusplus
}
#endif

#endif
