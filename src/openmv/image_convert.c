/// The conversion engine. See image_convert.h.
#include "openmv/image_convert.h"

#include <string.h>

#include "core/check.h"
#include "core/status.h"
#include "image/convert.h"
#include "openmv/image_arguments.h"

#define STEP ((size_t)64)

struct ib_image_conversion ib_image_conversion_plain(void) {
    return (struct ib_image_conversion){.draw = ib_draw_plain(), .quality = 90};
}

static bool is_stream(uint32_t format) {
    return (format & IB_PIXFORMAT_COMPRESSED) != 0;
}

/// Bayer and YUV.
static bool is_raw(uint32_t format) {
    return !is_stream(format) && (format & IB_PIXFORMAT_MUTABLE) == 0;
}

static enum ib_pixels pixels_of(uint32_t format) {
    return format == IB_PIXFORMAT_BINARY      ? IB_PIXELS_BINARY
           : format == IB_PIXFORMAT_GRAYSCALE ? IB_PIXELS_GREY
                                              : IB_PIXELS_RGB565;
}

// ---- the plan ----

static enum ib_image_problem check(const struct ib_image_conversion *conversion) {
    int subsampling = conversion->subsampling;
    enum ib_image_problem problem = ib_image_draw_check(&conversion->draw);
    if (problem)
        return problem;
    if (conversion->quality < 0 || conversion->quality > 100)
        return IB_IMAGE_QUALITY;
    if (subsampling != IB_SUBSAMPLING_AUTO && subsampling != IB_SUBSAMPLING_444 &&
        subsampling != IB_SUBSAMPLING_422 && subsampling != IB_SUBSAMPLING_420)
        return IB_IMAGE_SUBSAMPLING;
    return IB_IMAGE_FINE;
}

/// The roi clipped to the source, if one was given.
static enum ib_image_problem clip(struct ib_image_plan *self, int32_t width_px, int32_t height_px) {
    struct ib_rect *roi = &self->conversion.draw.scale.roi;
    if (roi->x == 0 && roi->y == 0 && roi->w == 0 && roi->h == 0) {
        *roi = (struct ib_rect){0, 0, width_px, height_px};
        return IB_IMAGE_FINE;
    }
    return ib_image_roi(roi, width_px, height_px);
}

static enum ib_image_problem measure(struct ib_image_plan *self, const struct ib_image *from) {
    const struct ib_scale *scale = &self->conversion.draw.scale;
    double w = (double)scale->x_scale * scale->roi.w, h = (double)scale->y_scale * scale->roi.h;
    if (w > -1 && w < 1)
        return IB_IMAGE_WIDTH;
    if (h > -1 && h < 1)
        return IB_IMAGE_HEIGHT;
    int status = ib_convert_size(from, &self->conversion.draw, &self->width_px, &self->height_px);
    return status < 0 ? IB_IMAGE_TOO_LARGE : IB_IMAGE_FINE;
}

/// What is cropped or turned keeps its colours where they are; their order is then another one.
static uint32_t raw_order(const struct ib_image_plan *self) {
    const struct ib_scale *scale = &self->conversion.draw.scale;
    uint32_t order = (self->format & IB_PIXFORMAT_ORDER) >> 8, hints = scale->hints;
    uint32_t x = (uint32_t)(scale->roi.x + (hints & IB_HINT_HMIRROR ? scale->roi.w - 1 : 0)) & 1;
    uint32_t y = (uint32_t)(scale->roi.y + (hints & IB_HINT_VFLIP ? scale->roi.h - 1 : 0)) & 1;
    if (ib_pixformat_family(self->format) == IB_PIXFORMAT_YUV422)
        return order ^ x; // which of the two comes first
    order ^= x | y << 1;  // bit 0: one column on, bit 1: one row on from BGGR
    return hints & IB_HINT_TRANSPOSE ? (order >> 1 & 1) | (order & 1) << 1 : order;
}

static enum ib_image_problem plan_raw(struct ib_image_plan *self) {
    const struct ib_openmv_image *image = &self->source.image;
    const struct ib_draw *draw = &self->conversion.draw;
    bool yuv = ib_pixformat_family(image->format) == IB_PIXFORMAT_YUV422;
    if (self->format != image->format || draw->scale.x_scale != 1.0f ||
        draw->scale.y_scale != 1.0f || draw->rgb_channel >= 0 || draw->alpha != 255 ||
        draw->palette_rgb565 || draw->alpha_palette ||
        (yuv && draw->scale.hints & IB_HINT_TRANSPOSE))
        return IB_IMAGE_RAW_ONLY_COPY;
    enum ib_image_problem problem = clip(self, image->width_px, image->height_px);
    if (problem)
        return problem;
    self->raw = true;
    self->pixels = yuv ? IB_PIXELS_GREY16 : IB_PIXELS_GREY;
    self->from = ib_image_of(image->pixels, self->pixels, image->width_px, image->height_px);
    problem = measure(self, &self->from);
    self->format = (self->format & ~IB_PIXFORMAT_ORDER) | raw_order(self) << 8;
    self->bytes = ib_openmv_image_bytes(self->format, self->width_px, self->height_px);
    return problem;
}

static size_t stream_most(const struct ib_image_plan *self) {
    size_t pixels = (size_t)self->width_px * (size_t)self->height_px;
    size_t samples = self->pixels == IB_PIXELS_RGB565 ? 3 * pixels : pixels;
    // JPEG: 26 bits for each coefficient at worst. PNG: what does not deflate, and its rows' filters.
    size_t most = self->format == IB_PIXFORMAT_JPEG
                      ? 4 * samples
                      : samples + samples / 64 + (size_t)self->height_px;
    most += 16384;
    return most < IB_IMAGE_WORK_MAX_BYTES ? most : IB_IMAGE_WORK_MAX_BYTES;
}

/// Lay out what an encoder needs: the converted picture, the stream, memory for converting.
static enum ib_image_problem plan_stream(struct ib_image_plan *self, const struct ib_image *from) {
    const struct ib_draw *draw = &self->conversion.draw;
    bool grey = from->format != IB_PIXELS_RGB565 || draw->rgb_channel >= 0;
    self->pixels = grey && !draw->palette_rgb565 ? IB_PIXELS_GREY : IB_PIXELS_RGB565;
    self->via_picture = self->pixels != from->format ||
                        !ib_image_draw_is_copy(draw, from->format, from->width_px, from->height_px);
    if (!self->source.codec)
        return IB_IMAGE_NO_CODEC;
    if (self->via_picture) {
        self->picture_at = self->work_bytes;
        self->work_bytes +=
            (ib_image_bytes(self->pixels, self->width_px, self->height_px) + STEP - 1) / STEP *
            STEP;
        const struct ib_image to = ib_image_of(NULL, self->pixels, self->width_px, self->height_px);
        int64_t scratch = ib_convert_scratch_bytes(&to, from, draw);
        self->scratch_at = self->work_bytes;
        self->work_bytes += (size_t)(scratch > 0 ? scratch : 0) / STEP * STEP + STEP;
        if (self->work_bytes > IB_IMAGE_WORK_MAX_BYTES)
            return IB_IMAGE_NO_MEMORY;
    }
    self->stream_at = self->work_bytes;
    self->stream_room = stream_most(self);
    self->work_bytes += self->stream_room;
    return IB_IMAGE_FINE;
}

static bool is_verbatim(const struct ib_image_plan *self) {
    const struct ib_openmv_image *image = &self->source.image;
    return is_stream(image->format) && self->format == image->format &&
           ib_image_draw_is_copy(&self->conversion.draw, IB_PIXELS_RGB565, image->width_px,
                                 image->height_px);
}

static enum ib_image_problem plan_verbatim(struct ib_image_plan *self) {
    self->verbatim = true;
    self->width_px = self->source.image.width_px;
    self->height_px = self->source.image.height_px;
    self->bytes = self->source.image.size_bytes;
    self->encoded = self->source.image.pixels;
    return IB_IMAGE_FINE;
}

enum ib_image_problem ib_image_convert_plan(struct ib_image_plan *self,
                                            const struct ib_openmv_image *source,
                                            const struct ib_image_conversion *conversion,
                                            const struct ib_codec *codec) {
    *self = (struct ib_image_plan){
        .conversion = *conversion,
        .format = conversion->format ? conversion->format : source->format,
        .source = {.image = *source, .codec = codec},
    };
    enum ib_image_problem problem = check(conversion);
    if (problem)
        return problem;
    if (is_verbatim(self))
        return plan_verbatim(self);
    if (is_raw(self->format))
        return plan_raw(self);
    bool grey = conversion->draw.rgb_channel < 0 &&
                (self->format == IB_PIXFORMAT_GRAYSCALE || self->format == IB_PIXFORMAT_BINARY);
    problem = ib_image_source_look(&self->source, source, grey, codec);
    if (problem)
        return problem;
    const struct ib_image_source *from = &self->source;
    self->work_bytes = (from->work_bytes + STEP - 1) / STEP * STEP;
    problem = clip(self, from->width_px, from->height_px);
    if (problem)
        return problem;
    self->from = ib_image_of(source->pixels, from->pixels, from->width_px, from->height_px);
    problem = measure(self, &self->from);
    if (problem)
        return problem;
    if (is_stream(self->format))
        return plan_stream(self, &self->from);
    self->pixels = pixels_of(self->format);
    self->bytes = ib_openmv_image_bytes(self->format, self->width_px, self->height_px);
    return IB_IMAGE_FINE;
}

// ---- making ----

static enum ib_codec_sampling sampling_of(const struct ib_image_conversion *conversion) {
    switch (conversion->subsampling) {
    case IB_SUBSAMPLING_444:
        return IB_CODEC_444;
    case IB_SUBSAMPLING_422:
        return IB_CODEC_422;
    case IB_SUBSAMPLING_420:
        return IB_CODEC_420;
    default:
        return conversion->quality <= 35  ? IB_CODEC_420
               : conversion->quality < 60 ? IB_CODEC_422
                                          : IB_CODEC_444;
    }
}

static enum ib_image_problem encode(struct ib_image_plan *self, const struct ib_image *picture,
                                    uint8_t *out) {
    const struct ib_codec *codec = self->source.codec;
    const struct ib_codec_picture pixels = {
        .pixels = picture->pixels,
        .width_px = picture->width_px,
        .height_px = picture->height_px,
        .stride_bytes = picture->stride_bytes,
        .pixels_as = picture->format == IB_PIXELS_GREY ? IB_CODEC_GREY : IB_CODEC_RGB565,
    };
    enum ib_codec_kind kind = self->format == IB_PIXFORMAT_PNG ? IB_CODEC_PNG : IB_CODEC_JPEG;
    int64_t size = codec->ops->encode(codec->context, kind, &pixels, self->conversion.quality,
                                      sampling_of(&self->conversion), out, self->stream_room);
    if (size <= 0)
        return IB_IMAGE_COMPRESSION;
    self->bytes = (size_t)size;
    self->encoded = out;
    return IB_IMAGE_FINE;
}

enum ib_image_problem ib_image_convert_make(struct ib_image_plan *self, void *work) {
    uint8_t *memory = work;
    if (self->verbatim || self->raw)
        return IB_IMAGE_FINE;
    enum ib_image_problem problem = ib_image_source_picture(&self->source, memory, &self->from);
    if (problem || !is_stream(self->format))
        return problem;
    struct ib_image picture = self->from;
    if (self->via_picture) {
        picture =
            ib_image_of(memory + self->picture_at, self->pixels, self->width_px, self->height_px);
        int status = ib_convert(&picture, &self->from, &self->conversion.draw,
                                memory + self->scratch_at, self->stream_at - self->scratch_at);
        IB_ASSERT(status == IB_OK);
    }
    return encode(self, &picture, memory + self->stream_at);
}

// ---- where it goes ----

enum ib_image_problem ib_image_convert_place(const struct ib_image_plan *self,
                                             struct ib_openmv_image *image) {
    struct ib_openmv_frame_buffer *buffer = image->buffer;
    size_t room = buffer ? ib_openmv_frame_buffer_room(image) : image->room_bytes;
    if (self->bytes <= room)
        return ((uintptr_t)image->pixels & (ib_pixformat_alignment(self->format) - 1)) != 0
                   ? IB_IMAGE_BUFFER_ALIGNMENT
                   : IB_IMAGE_FINE;
    if (room == 0 && !buffer)
        return IB_IMAGE_READ_ONLY;
    if (!buffer || ib_openmv_frame_buffer_take(buffer, self->format, self->width_px,
                                               self->height_px, self->bytes, image) < 0)
        return IB_IMAGE_NO_ROOM;
    return IB_IMAGE_FINE;
}

static struct ib_image result_at(const struct ib_image_plan *self, uint8_t *out) {
    return ib_image_of(out, self->pixels, self->width_px, self->height_px);
}

/// Nothing to compute: the same pixels, all of them.
static bool is_move(const struct ib_image_plan *self) {
    return self->from.format == self->pixels &&
           ib_image_draw_is_copy(&self->conversion.draw, self->from.format, self->from.width_px,
                                 self->from.height_px);
}

size_t ib_image_convert_scratch_bytes(const struct ib_image_plan *self, uint8_t *out) {
    if (is_stream(self->format) || is_move(self))
        return 0;
    struct ib_image to = result_at(self, out);
    int64_t bytes = ib_convert_scratch_bytes(&to, &self->from, &self->conversion.draw);
    return bytes > 0 ? (size_t)bytes : 0;
}

void ib_image_convert_finish(const struct ib_image_plan *self, uint8_t *out, void *scratch,
                             size_t scratch_bytes) {
    if (is_stream(self->format)) {
        memmove(out, self->encoded, self->bytes);
        return;
    }
    if (is_move(self)) {
        memmove(out, self->from.pixels, self->bytes);
        return;
    }
    struct ib_image to = result_at(self, out);
    int status = ib_convert(&to, &self->from, &self->conversion.draw, scratch, scratch_bytes);
    IB_ASSERT(status == IB_OK);
}

void ib_image_convert_become(const struct ib_image_plan *self, struct ib_openmv_image *image) {
    image->format = self->format;
    image->width_px = self->width_px;
    image->height_px = self->height_px;
    image->size_bytes = self->bytes;
    ib_openmv_frame_buffer_tell(image);
}
