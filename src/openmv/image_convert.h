/// An image as a new one: what to_grayscale(), copy(), crop(), to_jpeg() and their like have in common.
///
/// In order: look at what is asked (plan), have what can be long made (make: a stream is decoded or
/// encoded here), find room for `bytes` (the caller's, or ib_image_convert_place), and have the result
/// written there (finish). Nothing of the source has changed until finish, and nothing can fail in
/// it. A result may lie where its source lies.
#ifndef IB_OPENMV_IMAGE_CONVERT_H
#define IB_OPENMV_IMAGE_CONVERT_H

#include "image/draw_image.h"
#include "openmv/frame_buffer.h"
#include "openmv/image_source.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SUBSAMPLING_AUTO 0
#define IB_SUBSAMPLING_444 0x11
#define IB_SUBSAMPLING_422 0x21
#define IB_SUBSAMPLING_420 0x22

struct ib_image_conversion {
    uint32_t format;     ///< the result's, IB_PIXFORMAT_…; 0: the source's
    struct ib_draw draw; ///< place, CENTER and aspect are not looked at; the background is black
    int quality;         ///< JPEG: 0..100
    int subsampling;     ///< JPEG: AUTO is 420 up to quality 35, 422 below 60, else 444
};

/// As it is, quality 90.
struct ib_image_conversion ib_image_conversion_plain(void);

struct ib_image_plan {
    uint32_t format; ///< of the result
    int32_t width_px, height_px;
    size_t bytes;      ///< of the result; of a stream after make
    size_t work_bytes; ///< what make wants

    // The engine's own.
    struct ib_image_source source;
    struct ib_image_conversion conversion;
    bool verbatim;    ///< the source's bytes are the result's
    bool raw;         ///< Bayer or YUV, cropped as they are
    bool via_picture; ///< encoded from a converted picture, not from the source
    enum ib_pixels pixels;
    size_t picture_at, stream_at, scratch_at, stream_room;
    struct ib_image from;   ///< after make
    const uint8_t *encoded; ///< after make
};

/// Owns:   keeps the source's pixels, the palettes and the codec until finish.
/// Errors: what is wrong with the arguments, or cannot be.
enum ib_image_problem ib_image_convert_plan(struct ib_image_plan *self,
                                            const struct ib_openmv_image *source,
                                            const struct ib_image_conversion *conversion,
                                            const struct ib_codec *codec);
/// `work` has work_bytes and an address that is a multiple of 64; keeps it until finish.
enum ib_image_problem ib_image_convert_make(struct ib_image_plan *self, void *work);

/// Room for the result where the image lies: in its own memory or, when that is not enough and it is
/// in a frame buffer, in all of that. A frame buffer is then one buffer; what it says it holds is the
/// caller's next call, ib_image_convert_become.
/// Errors: IB_IMAGE_NO_ROOM, IB_IMAGE_READ_ONLY, IB_IMAGE_BUFFER_ALIGNMENT.
enum ib_image_problem ib_image_convert_place(const struct ib_image_plan *self,
                                             struct ib_openmv_image *image);
/// How much scratch memory finish wants, with `out` as large as `bytes`.
size_t ib_image_convert_scratch_bytes(const struct ib_image_plan *self, uint8_t *out);
void ib_image_convert_finish(const struct ib_image_plan *self, uint8_t *out, void *scratch,
                             size_t scratch_bytes);
/// The image in whose memory the result has been written says so; so does its frame buffer.
void ib_image_convert_become(const struct ib_image_plan *self, struct ib_openmv_image *image);

#ifdef __cplusplus
}
#endif

#endif
