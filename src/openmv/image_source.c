/// Streams become pixels. See image_source.h.
#include "openmv/image_source.h"

#include "core/check.h"
#include "core/status.h"
#include "openmv/image_pixel.h"

static enum ib_codec_kind kind_of(uint32_t format) {
    return format == IB_PIXFORMAT_PNG ? IB_CODEC_PNG : IB_CODEC_JPEG;
}

static enum ib_image_problem problem_of(uint32_t format, int status) {
    if (format == IB_PIXFORMAT_PNG)
        return status == IB_E_UNSUPPORTED ? IB_IMAGE_PNG_KIND : IB_IMAGE_PNG_BROKEN;
    return status == IB_E_UNSUPPORTED ? IB_IMAGE_JPEG_KIND : IB_IMAGE_JPEG_BROKEN;
}

static enum ib_image_problem look_at_stream(struct ib_image_source *self, bool grey) {
    const struct ib_openmv_image *image = &self->image;
    struct ib_codec_facts facts;
    if (!self->codec)
        return IB_IMAGE_NO_CODEC;
    int status = self->codec->ops->look(self->codec->context, kind_of(image->format), image->pixels,
                                        image->size_bytes, &facts);
    if (status < 0)
        return problem_of(image->format, status);
    if (facts.width_px > IB_IMAGE_MAX_PX || facts.height_px > IB_IMAGE_MAX_PX)
        return IB_IMAGE_TOO_LARGE;
    self->pixels = grey || facts.components == 1 ? IB_PIXELS_GREY : IB_PIXELS_RGB565;
    self->width_px = facts.width_px;
    self->height_px = facts.height_px;
    self->work_bytes = ib_image_bytes(self->pixels, self->width_px, self->height_px);
    return self->work_bytes > IB_IMAGE_WORK_MAX_BYTES ? IB_IMAGE_NO_MEMORY : IB_IMAGE_FINE;
}

enum ib_image_problem ib_image_source_look(struct ib_image_source *self,
                                           const struct ib_openmv_image *image, bool grey,
                                           const struct ib_codec *codec) {
    struct ib_image picture;
    *self = (struct ib_image_source){.image = *image, .codec = codec};
    if (image->format & IB_PIXFORMAT_COMPRESSED)
        return look_at_stream(self, grey);
    self->width_px = image->width_px;
    self->height_px = image->height_px;
    if (ib_openmv_image_picture(image, &picture)) {
        self->pixels = picture.format;
        return IB_IMAGE_FINE;
    }
    self->pixels = grey ? IB_PIXELS_GREY : IB_PIXELS_RGB565;
    self->work_bytes = ib_image_bytes(self->pixels, self->width_px, self->height_px);
    return IB_IMAGE_FINE;
}

/// Colours of a sensor, or of brightness and two differences.
static void develop(const struct ib_openmv_image *image, struct ib_image *out) {
    int status;
    if (ib_pixformat_family(image->format) == IB_PIXFORMAT_YUV422) {
        const struct ib_yuv422 yuv = ib_openmv_image_yuv(image);
        status = ib_yuv422_convert(&yuv, out);
    } else {
        const struct ib_bayer bayer = ib_openmv_image_bayer(image);
        status = ib_bayer_convert(&bayer, out);
    }
    IB_ASSERT(status == IB_OK);
}

enum ib_image_problem ib_image_source_picture(const struct ib_image_source *self, void *work,
                                              struct ib_image *out) {
    const struct ib_openmv_image *image = &self->image;
    if (self->work_bytes == 0) {
        (void)ib_openmv_image_picture(image, out);
        return IB_IMAGE_FINE;
    }
    *out = ib_image_of(work, self->pixels, self->width_px, self->height_px);
    if ((image->format & IB_PIXFORMAT_COMPRESSED) == 0) {
        develop(image, out);
        return IB_IMAGE_FINE;
    }
    const struct ib_codec_picture into = {
        .pixels = work,
        .width_px = self->width_px,
        .height_px = self->height_px,
        .stride_bytes = out->stride_bytes,
        .pixels_as = self->pixels == IB_PIXELS_GREY ? IB_CODEC_GREY : IB_CODEC_RGB565,
    };
    int status = self->codec->ops->decode(self->codec->context, kind_of(image->format),
                                          image->pixels, image->size_bytes, &into);
    return status < 0 ? problem_of(image->format, status) : IB_IMAGE_FINE;
}
