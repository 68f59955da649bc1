/// Conversions of scripts' images: sizes, places, streams, what is refused and in which words.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "image/convert.h"
#include "openmv/image_arguments.h"
#include "openmv/image_convert.h"
#include "openmv/image_pixel.h"
#include "tests/core/support_random.h"

// ---- a codec that remembers ----

/// Its files: 'J' or 'P', width, height, components, then the pixels as they were handed over.
struct fake {
    int encoded, decoded;
    int quality;
    enum ib_codec_sampling sampling;
    enum ib_codec_pixels pixels_as;
    int fail; ///< what encode and look answer instead; 0: nothing is wrong
};

static size_t bytes_of(const struct ib_codec_picture *picture) {
    size_t pixels = (size_t)picture->width_px * (size_t)picture->height_px;
    return picture->pixels_as == IB_CODEC_GREY ? pixels : 2 * pixels;
}

static int64_t fake_encode(void *context, enum ib_codec_kind kind,
                           const struct ib_codec_picture *picture, int quality,
                           enum ib_codec_sampling sampling, uint8_t *out, size_t room) {
    struct fake *self = context;
    size_t size = bytes_of(picture);
    if (self->fail)
        return self->fail;
    assert_true(size + 4 <= room);
    assert_int_equal((size_t)picture->stride_bytes * (size_t)picture->height_px, size);
    self->encoded++;
    self->quality = quality;
    self->sampling = sampling;
    self->pixels_as = picture->pixels_as;
    out[0] = kind == IB_CODEC_JPEG ? 'J' : 'P';
    out[1] = (uint8_t)picture->width_px;
    out[2] = (uint8_t)picture->height_px;
    out[3] = picture->pixels_as == IB_CODEC_GREY ? 1 : 3;
    memcpy(out + 4, picture->pixels, size);
    return (int64_t)size + 4;
}

static int fake_look(void *context, enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                     struct ib_codec_facts *out) {
    struct fake *self = context;
    if (self->fail)
        return self->fail;
    if (size < 4 || bytes[0] != (kind == IB_CODEC_JPEG ? 'J' : 'P'))
        return IB_E_FORMAT;
    *out = (struct ib_codec_facts){bytes[1], bytes[2], bytes[3]};
    return IB_OK;
}

static int fake_decode(void *context, enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                       const struct ib_codec_picture *into) {
    struct fake *self = context;
    (void)kind;
    (void)size;
    self->decoded++;
    self->pixels_as = into->pixels_as;
    if ((bytes[3] == 1) == (into->pixels_as == IB_CODEC_GREY))
        memcpy(into->pixels, bytes + 4, bytes_of(into));
    else
        memset(into->pixels, 0x55, bytes_of(into));
    return IB_OK;
}

static const struct ib_codec_ops fake_ops = {fake_encode, fake_look, fake_decode};
static struct fake fake;
static const struct ib_codec codec = {&fake_ops, &fake};

// ---- doing it all ----

static struct ib_openmv_image image_of(uint8_t *pixels, size_t room, uint32_t format, int32_t w,
                                       int32_t h) {
    return (struct ib_openmv_image){.pixels = pixels,
                                    .width_px = w,
                                    .height_px = h,
                                    .format = format,
                                    .size_bytes = ib_openmv_image_bytes(format, w, h),
                                    .room_bytes = room};
}

static _Alignas(64) uint8_t work[1 << 20], scratch[1 << 20];

/// In place, or to `out` (`room` bytes) as a new image.
static enum ib_image_problem convert(struct ib_openmv_image *image,
                                     const struct ib_image_conversion *how, uint8_t *out,
                                     size_t room) {
    struct ib_image_plan plan;
    enum ib_image_problem problem = ib_image_convert_plan(&plan, image, how, &codec);
    if (problem)
        return problem;
    assert_true(plan.work_bytes <= sizeof work);
    problem = ib_image_convert_make(&plan, work);
    if (problem)
        return problem;
    if (out) {
        assert_true(plan.bytes <= room);
        *image = (struct ib_openmv_image){.pixels = out, .room_bytes = room};
    } else if ((problem = ib_image_convert_place(&plan, image)) != IB_IMAGE_FINE) {
        return problem;
    }
    size_t bytes = ib_image_convert_scratch_bytes(&plan, image->pixels);
    assert_true(bytes <= sizeof scratch);
    ib_image_convert_finish(&plan, image->pixels, scratch, bytes);
    ib_image_convert_become(&plan, image);
    return IB_IMAGE_FINE;
}

static void fill(uint8_t *bytes, size_t size, struct random *random) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)random_u64(random);
}

static struct ib_image_conversion as(uint32_t format) {
    struct ib_image_conversion how = ib_image_conversion_plain();
    how.format = format;
    return how;
}

// ---- tests ----

static void sizes_are_rounded_down_and_turned(void **state) {
    (void)state;
    static uint8_t pixels[160 * 120];
    struct ib_image_plan plan;
    struct ib_image_conversion how = ib_image_conversion_plain();
    const struct ib_openmv_image image =
        image_of(pixels, sizeof pixels, IB_PIXFORMAT_GRAYSCALE, 160, 120);
    how.draw.scale.roi = (struct ib_rect){10, 10, 33, 21};
    how.draw.scale.x_scale = 0.5f;
    how.draw.scale.y_scale = -1.5f;
    how.draw.scale.hints = IB_HINT_TRANSPOSE | IB_HINT_CENTER | IB_HINT_ASPECT_KEEP;
    assert_int_equal(ib_image_convert_plan(&plan, &image, &how, NULL), IB_IMAGE_FINE);
    assert_int_equal(plan.width_px, 31);
    assert_int_equal(plan.height_px, 16);
    assert_int_equal(plan.bytes, 31 * 16);
    how.format = IB_PIXFORMAT_BINARY;
    assert_int_equal(ib_image_convert_plan(&plan, &image, &how, NULL), IB_IMAGE_FINE);
    assert_int_equal(plan.bytes, 4 * 16);
    how.format = IB_PIXFORMAT_RGB565;
    assert_int_equal(ib_image_convert_plan(&plan, &image, &how, NULL), IB_IMAGE_FINE);
    assert_int_equal(plan.bytes, 2 * 31 * 16);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    static uint8_t pixels[100];
    struct ib_image_plan plan;
    const struct ib_openmv_image image =
        image_of(pixels, sizeof pixels, IB_PIXFORMAT_GRAYSCALE, 10, 10);
    struct ib_image_conversion how;
#define REFUSED(change, problem)                                                                   \
    do {                                                                                           \
        how = ib_image_conversion_plain();                                                         \
        change;                                                                                    \
        assert_int_equal(ib_image_convert_plan(&plan, &image, &how, NULL), problem);               \
    } while (0)
    REFUSED(how.draw.alpha = 256, IB_IMAGE_ALPHA);
    REFUSED(how.draw.alpha = -1, IB_IMAGE_ALPHA);
    REFUSED(how.draw.rgb_channel = 3, IB_IMAGE_RGB_CHANNEL);
    REFUSED(how.draw.rgb_channel = -2, IB_IMAGE_RGB_CHANNEL);
    REFUSED(how.draw.scale.x_scale = 0.0f / 0.0f, IB_IMAGE_NO_NUMBER);
    REFUSED(how.draw.scale.y_scale = 1.0f / 0.0f, IB_IMAGE_NO_NUMBER);
    REFUSED(how.quality = 101, IB_IMAGE_QUALITY);
    REFUSED(how.subsampling = 0x12, IB_IMAGE_SUBSAMPLING);
    REFUSED(how.draw.scale.x_scale = 0.09f, IB_IMAGE_WIDTH);
    REFUSED(how.draw.scale.y_scale = 0, IB_IMAGE_HEIGHT);
    REFUSED(how.draw.scale.x_scale = 3e38f, IB_IMAGE_TOO_LARGE);
    REFUSED(how.draw.scale.y_scale = -1639, IB_IMAGE_TOO_LARGE);
    REFUSED((how.draw.scale.roi = (struct ib_rect){0, 0, 0, 5}), IB_IMAGE_ROI_SIZE);
    REFUSED((how.draw.scale.roi = (struct ib_rect){10, 0, 5, 5}), IB_IMAGE_ROI_OUTSIDE);
    REFUSED(how.format = IB_PIXFORMAT_JPEG, IB_IMAGE_NO_CODEC);
#undef REFUSED
}

/// The same result in place as beside it, whatever is asked.
static void in_place_is_the_same_as_beside(void **state) {
    (void)state;
    static const uint32_t formats[] = {0, IB_PIXFORMAT_BINARY, IB_PIXFORMAT_GRAYSCALE,
                                       IB_PIXFORMAT_RGB565};
    static _Alignas(4) uint8_t a[4096], b[4096];
    uint16_t palette[256];
    struct random random = {0x5eed};
    for (int i = 0; i < 256; i++)
        palette[i] = (uint16_t)random_u64(&random);
    for (int i = 0; i < 3000; i++) {
        uint32_t format = formats[1 + random_below(&random, 3)];
        int32_t w = 1 + (int32_t)random_below(&random, 20);
        int32_t h = 1 + (int32_t)random_below(&random, 20);
        struct ib_image_conversion how = as(formats[random_below(&random, 4)]);
        how.draw.scale.x_scale = (float)(1 + random_below(&random, 8)) / 4;
        how.draw.scale.y_scale = (float)(1 + random_below(&random, 8)) / 4;
        how.draw.scale.hints = random_below(&random, 128) & 0x77;
        how.draw.palette_rgb565 = random_below(&random, 2) ? palette : NULL;
        how.draw.rgb_channel = (int)random_below(&random, 4) - 1;
        how.draw.alpha = random_below(&random, 4) ? 255 : 77;
        fill(a, sizeof a, &random);
        struct ib_openmv_image inside = image_of(a, sizeof a, format, w, h), beside = inside;
        if (convert(&beside, &how, b, sizeof b) != IB_IMAGE_FINE)
            continue;
        assert_int_equal(convert(&inside, &how, NULL, 0), IB_IMAGE_FINE);
        assert_int_equal(inside.width_px, beside.width_px);
        assert_int_equal(inside.height_px, beside.height_px);
        assert_int_equal(inside.format, beside.format);
        for (int32_t y = 0; y < inside.height_px; y++) {
            for (int32_t x = 0; x < inside.width_px; x++) {
                if (ib_image_pixel_get(&inside, x, y) != ib_image_pixel_get(&beside, x, y))
                    fail_msg("run %d: pixel %d, %d", i, (int)x, (int)y);
            }
        }
    }
}

static void what_does_not_fit_changes_nothing(void **state) {
    (void)state;
    static _Alignas(4) uint8_t pixels[101];
    struct ib_openmv_image image = image_of(pixels, 100, IB_PIXFORMAT_GRAYSCALE, 10, 10);
    struct ib_image_conversion how = as(IB_PIXFORMAT_RGB565);
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_NO_ROOM);
    assert_int_equal(image.format, IB_PIXFORMAT_GRAYSCALE);
    image.room_bytes = 0;
    how.format = IB_PIXFORMAT_BINARY;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_READ_ONLY);
    // A caller's buffer may lie anywhere, but not 16-bit pixels.
    image = image_of(pixels + 1, 100, IB_PIXFORMAT_GRAYSCALE, 5, 5);
    how.format = IB_PIXFORMAT_RGB565;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_BUFFER_ALIGNMENT);
}

static void a_frame_buffer_makes_room(void **state) {
    (void)state;
    static _Alignas(64) uint8_t memory[4096];
    struct ib_openmv_frame_buffer buffer;
    struct ib_openmv_image image;
    struct ib_image_conversion how = as(IB_PIXFORMAT_RGB565);
    ib_openmv_frame_buffer_init(&buffer, memory, sizeof memory);
    assert_int_equal(ib_openmv_frame_buffer_divide(&buffer, 3, 400), 0);
    buffer.newest = 2;
    buffer.width_px = buffer.height_px = 20;
    buffer.format = IB_PIXFORMAT_GRAYSCALE;
    buffer.size_bytes = 400;
    assert_true(ib_openmv_frame_buffer_image(&buffer, &image));
    for (int i = 0; i < 400; i++)
        image.pixels[i] = (uint8_t)i;
    // In its own third.
    how.format = IB_PIXFORMAT_GRAYSCALE;
    how.draw.scale.roi = (struct ib_rect){1, 1, 18, 18};
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_FINE);
    assert_int_equal(buffer.width_px, 18);
    assert_int_equal(buffer.count, 3);
    // In all of it.
    how = as(IB_PIXFORMAT_RGB565);
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_FINE);
    assert_ptr_equal(image.pixels, memory);
    assert_int_equal(buffer.count, 1);
    assert_int_equal(buffer.format, IB_PIXFORMAT_RGB565);
    for (int32_t y = 0; y < 18; y++) {
        for (int32_t x = 0; x < 18; x++) {
            unsigned grey = (uint8_t)((y + 1) * 20 + x + 1);
            assert_int_equal(ib_image_pixel_get(&image, x, y),
                             (grey & 0xF8) << 8 | (grey & 0xFC) << 3 | grey >> 3);
        }
    }
    how.draw.scale.x_scale = how.draw.scale.y_scale = 3;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_NO_ROOM);
    assert_int_equal(buffer.width_px, 18);
    // Divided anew, an image from before does not spill into the buffers beside it.
    assert_int_equal(ib_openmv_frame_buffer_divide(&buffer, 3, 700), 0);
    how = as(0);
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_FINE);
    assert_int_equal(buffer.count, 3);
    how.draw.scale.x_scale = 2;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_FINE);
    assert_int_equal(buffer.count, 1);
    assert_int_equal(buffer.width_px, 36);
}

static void streams_come_and_go(void **state) {
    (void)state;
    static _Alignas(4) uint8_t pixels[4096], copy[4096], again[4096];
    struct random random = {7};
    struct ib_image_conversion how = as(IB_PIXFORMAT_JPEG);
    fake = (struct fake){0};
    fill(pixels, sizeof pixels, &random);
    struct ib_openmv_image image = image_of(pixels, 200, IB_PIXFORMAT_RGB565, 10, 10);
    assert_int_equal(convert(&image, &how, copy, sizeof copy), IB_IMAGE_FINE);
    assert_int_equal(image.format, IB_PIXFORMAT_JPEG);
    assert_int_equal(image.width_px, 10);
    assert_int_equal(image.size_bytes, 204);
    assert_memory_equal(image.pixels + 4, pixels, 200);
    assert_int_equal(fake.quality, 90);
    assert_int_equal(fake.sampling, IB_CODEC_444);
    // What is the same goes through as it is.
    image.room_bytes = sizeof copy;
    assert_int_equal(convert(&image, &how, again, sizeof again), IB_IMAGE_FINE);
    assert_int_equal(fake.encoded, 1);
    assert_memory_equal(again, copy, 204);
    // copy() of a stream is one; scaled it is decoded and encoded.
    how = as(0);
    how.draw.scale.x_scale = 2;
    assert_int_equal(convert(&image, &how, copy, sizeof copy), IB_IMAGE_FINE);
    assert_int_equal(fake.encoded, 2);
    assert_int_equal(fake.decoded, 1);
    assert_int_equal(image.format, IB_PIXFORMAT_JPEG);
    assert_int_equal(image.width_px, 20);
    assert_int_equal(image.height_px, 10);
    // Back in place, in the room that it has.
    how = as(IB_PIXFORMAT_GRAYSCALE);
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_FINE);
    assert_int_equal(fake.pixels_as, IB_CODEC_GREY);
    assert_int_equal(image.size_bytes, 200);
    assert_int_equal(image.pixels[0], 0x55);
    // A channel needs the colours.
    image = image_of(pixels, 200, IB_PIXFORMAT_RGB565, 10, 10);
    how = as(IB_PIXFORMAT_PNG);
    assert_int_equal(convert(&image, &how, copy, sizeof copy), IB_IMAGE_FINE);
    how = as(IB_PIXFORMAT_GRAYSCALE);
    how.draw.rgb_channel = 1;
    assert_int_equal(convert(&image, &how, again, sizeof again), IB_IMAGE_FINE);
    assert_int_equal(fake.pixels_as, IB_CODEC_RGB565);
    // Bits are encoded as greys.
    image = image_of(pixels, 40, IB_PIXFORMAT_BINARY, 9, 10);
    how = as(IB_PIXFORMAT_PNG);
    assert_int_equal(convert(&image, &how, copy, sizeof copy), IB_IMAGE_FINE);
    assert_int_equal(fake.pixels_as, IB_CODEC_GREY);
    assert_int_equal(copy[4], pixels[0] & 1 ? 255 : 0);
}

static void broken_streams_have_their_words(void **state) {
    (void)state;
    static uint8_t bytes[64] = {'x'};
    struct ib_openmv_image image = {
        .pixels = bytes, .width_px = 4, .height_px = 4, .size_bytes = 64, .room_bytes = 64};
    struct ib_image_conversion how = as(IB_PIXFORMAT_RGB565);
    fake = (struct fake){0};
    image.format = IB_PIXFORMAT_JPEG;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_JPEG_BROKEN);
    image.format = IB_PIXFORMAT_PNG;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_PNG_BROKEN);
    fake.fail = IB_E_UNSUPPORTED;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_PNG_KIND);
    image.format = IB_PIXFORMAT_JPEG;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_JPEG_KIND);
    image = image_of(bytes, 64, IB_PIXFORMAT_GRAYSCALE, 4, 4);
    how.format = IB_PIXFORMAT_JPEG;
    fake.fail = IB_E_NO_SPACE;
    assert_int_equal(convert(&image, &how, NULL, 0), IB_IMAGE_COMPRESSION);
}

static void subsampling_follows_the_quality(void **state) {
    (void)state;
    static const struct {
        int quality, asked;
        enum ib_codec_sampling sampling;
    } rows[] = {
        {0, IB_SUBSAMPLING_AUTO, IB_CODEC_420},  {35, IB_SUBSAMPLING_AUTO, IB_CODEC_420},
        {36, IB_SUBSAMPLING_AUTO, IB_CODEC_422}, {59, IB_SUBSAMPLING_AUTO, IB_CODEC_422},
        {60, IB_SUBSAMPLING_AUTO, IB_CODEC_444}, {100, IB_SUBSAMPLING_AUTO, IB_CODEC_444},
        {100, IB_SUBSAMPLING_420, IB_CODEC_420}, {10, IB_SUBSAMPLING_444, IB_CODEC_444},
        {10, IB_SUBSAMPLING_422, IB_CODEC_422},
    };
    static _Alignas(4) uint8_t pixels[128], out[512];
    fake = (struct fake){0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_openmv_image image = image_of(pixels, 128, IB_PIXFORMAT_RGB565, 8, 8);
        struct ib_image_conversion how = as(IB_PIXFORMAT_JPEG);
        how.quality = rows[i].quality;
        how.subsampling = rows[i].asked;
        assert_int_equal(convert(&image, &how, out, sizeof out), IB_IMAGE_FINE);
        assert_int_equal(fake.sampling, rows[i].sampling);
        assert_int_equal(fake.quality, rows[i].quality);
    }
}

/// The colour of a sensor's pixel: 0 blue, 1 green, 2 red.
static int bayer_colour(uint32_t format, int32_t x, int32_t y) {
    static const char *const orders[4] = {"BGGR", "GBRG", "GRBG", "RGGB"};
    char c = orders[format >> 8 & 3][(y & 1) * 2 + (x & 1)];
    return c == 'B' ? 0 : c == 'G' ? 1 : 2;
}

static void a_cropped_sensors_pixels_keep_their_colours(void **state) {
    (void)state;
    static uint8_t pixels[64], out[64];
    for (uint32_t i = 0; i < 4 * 4 * 8; i++) {
        uint32_t format = IB_PIXFORMAT_BAYER | (i & 3) << 8;
        struct ib_image_conversion how = ib_image_conversion_plain();
        how.draw.scale.roi = (struct ib_rect){(int32_t)(i >> 2 & 1), (int32_t)(i >> 3 & 1), 5, 6};
        how.draw.scale.hints = (i >> 4) * IB_HINT_HMIRROR;
        for (int k = 0; k < 64; k++) // each pixel says its colour
            pixels[k] = (uint8_t)(k << 2 | bayer_colour(format, k % 8, k / 8));
        struct ib_openmv_image image = image_of(pixels, 64, format, 8, 8);
        assert_int_equal(convert(&image, &how, out, sizeof out), IB_IMAGE_FINE);
        assert_int_equal(ib_pixformat_family(image.format), IB_PIXFORMAT_BAYER);
        for (int32_t y = 0; y < image.height_px; y++) {
            for (int32_t x = 0; x < image.width_px; x++)
                assert_int_equal(ib_image_pixel_get(&image, x, y) & 3,
                                 bayer_colour(image.format, x, y));
        }
    }
}

static void raw_pixels_are_only_copied(void **state) {
    (void)state;
    static _Alignas(4) uint8_t pixels[128], out[128];
    struct ib_openmv_image image = image_of(pixels, 128, IB_PIXFORMAT_YUV422, 8, 8);
    struct ib_image_conversion how = ib_image_conversion_plain();
    how.draw.scale.roi = (struct ib_rect){1, 0, 4, 4};
    for (int i = 0; i < 64; i++) {
        pixels[2 * i] = (uint8_t)i;
        pixels[2 * i + 1] = (uint8_t)(i & 1 ? 'V' : 'U');
    }
    assert_int_equal(convert(&image, &how, out, sizeof out), IB_IMAGE_FINE);
    assert_int_equal(image.format, IB_PIXFORMAT_YUV422 | 1 << 8);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 'V');
    image = image_of(pixels, 128, IB_PIXFORMAT_YUV422, 8, 8);
    how = ib_image_conversion_plain();
    how.draw.scale.hints = IB_HINT_TRANSPOSE;
    assert_int_equal(convert(&image, &how, out, sizeof out), IB_IMAGE_RAW_ONLY_COPY);
    how = ib_image_conversion_plain();
    how.draw.scale.x_scale = 2;
    assert_int_equal(convert(&image, &how, out, sizeof out), IB_IMAGE_RAW_ONLY_COPY);
    image = image_of(pixels, 64, IB_PIXFORMAT_BAYER, 8, 8);
    how = ib_image_conversion_plain();
    how.draw.alpha = 254;
    assert_int_equal(convert(&image, &how, out, sizeof out), IB_IMAGE_RAW_ONLY_COPY);
    // Nothing becomes raw.
    image = image_of(pixels, 64, IB_PIXFORMAT_GRAYSCALE, 8, 8);
    how = as(IB_PIXFORMAT_BAYER);
    assert_int_equal(convert(&image, &how, out, sizeof out), IB_IMAGE_RAW_ONLY_COPY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_rounded_down_and_turned),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(in_place_is_the_same_as_beside),
        cmocka_unit_test(what_does_not_fit_changes_nothing),
        cmocka_unit_test(a_frame_buffer_makes_room),
        cmocka_unit_test(streams_come_and_go),
        cmocka_unit_test(broken_streams_have_their_words),
        cmocka_unit_test(subsampling_follows_the_quality),
        cmocka_unit_test(a_cropped_sensors_pixels_keep_their_colours),
        cmocka_unit_test(raw_pixels_are_only_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
