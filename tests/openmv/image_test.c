/// Scripts' images: formats, single pixels, regions, colours, names of files, and what is said when
/// something is wrong.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <string.h>

#include "openmv/image_arguments.h"
#include "openmv/image_file.h"
#include "openmv/image_pixel.h"
#include "openmv/image_problem.h"

static struct ib_openmv_image image_of(uint8_t *pixels, uint32_t format, int32_t w, int32_t h) {
    size_t size = ib_openmv_image_bytes(format, w, h);
    return (struct ib_openmv_image){.pixels = pixels,
                                    .width_px = w,
                                    .height_px = h,
                                    .format = format,
                                    .size_bytes = size,
                                    .room_bytes = size};
}

/// The numbers that scripts compare with, and the words that they print.
static void formats(void **state) {
    (void)state;
    static const struct {
        uint32_t format;
        size_t bytes; ///< of 33 x 3
        const char *name;
    } rows[] = {
        {0x08010000, 24, "binary"},     {0x08020001, 99, "grayscale"},
        {0x0C030002, 198, "rgb565"},    {0x05040001, 99, "bayer_bggr"},
        {0x05040101, 99, "bayer_gbrg"}, {0x05040201, 99, "bayer_grbg"},
        {0x05040301, 99, "bayer_rggb"}, {0x14050002, 198, "yuv422"},
        {0x14050102, 198, "yvu422"},    {0x06060000, 0, "jpeg"},
        {0x06070000, 0, "png"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(ib_pixformat_known(rows[i].format));
        assert_string_equal(ib_pixformat_name(rows[i].format), rows[i].name);
        assert_int_equal(ib_openmv_image_bytes(rows[i].format, 33, 3), rows[i].bytes);
    }
    static const uint32_t unknown[] = {0,          1,          0x08020002, 0x08020101,
                                       0x05040401, 0x14050202, 0x06080000, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_false(ib_pixformat_known(unknown[i]));
        assert_string_equal(ib_pixformat_name(unknown[i]), "unknown");
    }
}

static void pixels_as_they_lie_in_memory(void **state) {
    (void)state;
    static _Alignas(4) uint8_t bytes[64];
    struct ib_openmv_image image = image_of(bytes, IB_PIXFORMAT_BINARY, 40, 2);
    ib_image_pixel_put(&image, 33, 1, 1);
    assert_int_equal(bytes[8 + 4], 2);
    assert_int_equal(ib_image_pixel_get(&image, 33, 1), 1);
    assert_int_equal(ib_image_pixel_get(&image, 32, 1), 0);
    assert_int_equal(ib_image_pixel_rgb565(&image, 33, 1), 0xFFFF);
    image = image_of(bytes, IB_PIXFORMAT_RGB565, 5, 2);
    ib_image_pixel_put(&image, 1, 1, 0x1234);
    assert_int_equal(bytes[12], 0x34);
    assert_int_equal(bytes[13], 0x12);
    assert_int_equal(ib_image_pixel_rgb565(&image, 1, 1), 0x1234);
    image = image_of(bytes, IB_PIXFORMAT_YUV422, 5, 2);
    ib_image_pixel_put(&image, 4, 0, 0xABCD);
    assert_int_equal(bytes[8], 0xCD);
    assert_int_equal(ib_image_pixel_get(&image, 4, 0), 0xABCD);
    image = image_of(bytes, IB_PIXFORMAT_GRAYSCALE, 5, 2);
    ib_image_pixel_put(&image, 2, 1, 0x1FF); // what is above is lost
    assert_int_equal(ib_image_pixel_get(&image, 2, 1), 255);
    ib_image_pixel_put(&image, 2, 1, 182);
    assert_int_equal(ib_image_pixel_rgb565(&image, 2, 1), 22 << 11 | 45 << 5 | 22);
}

/// Grey of equal brightness everywhere stays grey, whatever the sensor's order.
static void colours_of_raw_pixels(void **state) {
    (void)state;
    static uint8_t bytes[36 * 2];
    memset(bytes, 136, sizeof bytes);
    for (uint32_t order = 0; order < 4; order++) {
        struct ib_openmv_image image = image_of(bytes, IB_PIXFORMAT_BAYER | order << 8, 6, 6);
        for (int32_t i = 0; i < 36; i++)
            assert_int_equal(ib_image_pixel_rgb565(&image, i % 6, i / 6), 17 << 11 | 34 << 5 | 17);
    }
    // Only blue pixels are bright: where they are, it is blue.
    struct ib_openmv_image image = image_of(bytes, IB_PIXFORMAT_BAYER, 6, 6);
    for (int32_t i = 0; i < 36; i++)
        bytes[i] = i % 2 == 0 && i / 6 % 2 == 0 ? 255 : 0;
    for (int32_t i = 0; i < 36; i++) {
        if (bytes[i])
            assert_int_equal(ib_image_pixel_rgb565(&image, i % 6, i / 6), 31);
    }
    image = image_of(bytes, IB_PIXFORMAT_YUV422, 6, 6);
    for (int32_t i = 0; i < 36; i++) {
        bytes[2 * i] = 100;
        bytes[2 * i + 1] = 128; // no colour
    }
    assert_int_equal(ib_image_pixel_rgb565(&image, 3, 3), 12 << 11 | 25 << 5 | 12);
    bytes[1] = 255; // U of the first pair
    assert_int_equal(ib_image_pixel_rgb565(&image, 1, 0) & 31, 31);
    image.format |= 1 << 8; // V first: now it is red
    assert_int_equal(ib_image_pixel_rgb565(&image, 1, 0) >> 11, 31);
}

static void clearing(void **state) {
    (void)state;
    static _Alignas(4) uint8_t bytes[64], masks[64];
    struct ib_openmv_image image = image_of(bytes, IB_PIXFORMAT_GRAYSCALE, 8, 8);
    struct ib_image mask = ib_image_of(masks, IB_PIXELS_GREY, 4, 8);
    memset(bytes, 9, sizeof bytes);
    masks[0] = 127;
    masks[1] = 128;
    ib_image_clear(&image, &mask);
    assert_int_equal(bytes[0], 9);
    assert_int_equal(bytes[1], 0);
    assert_int_equal(bytes[7], 9);
    mask = ib_image_of(masks, IB_PIXELS_BINARY, 16, 16);
    masks[0] = 1;
    ib_image_clear(&image, &mask);
    assert_int_equal(bytes[0], 0);
    assert_int_equal(bytes[2], 9);
    ib_image_clear(&image, NULL);
    for (int i = 0; i < 64; i++)
        assert_int_equal(bytes[i], 0);
}

static void regions(void **state) {
    (void)state;
    struct ib_rect roi = {-5, 90, 10, 20};
    assert_int_equal(ib_image_roi(&roi, 100, 100), IB_IMAGE_FINE);
    assert_memory_equal(&roi, (&(struct ib_rect){0, 90, 5, 10}), sizeof roi);
    roi = (struct ib_rect){INT32_MAX, 0, INT32_MAX, INT32_MAX};
    assert_int_equal(ib_image_roi(&roi, 100, 100), IB_IMAGE_ROI_OUTSIDE);
    roi = (struct ib_rect){INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX};
    assert_int_equal(ib_image_roi(&roi, 100, 100), IB_IMAGE_ROI_OUTSIDE);
    roi = (struct ib_rect){0, 0, 5, 0};
    assert_int_equal(ib_image_roi(&roi, 100, 100), IB_IMAGE_ROI_SIZE);
    roi = (struct ib_rect){0, 0, -5, 5};
    assert_int_equal(ib_image_roi(&roi, 100, 100), IB_IMAGE_ROI_SIZE);
}

static void colours(void **state) {
    (void)state;
    assert_int_equal(ib_image_colour(IB_PIXFORMAT_RGB565, 255, 0, 0), 0xF800);
    assert_int_equal(ib_image_colour(IB_PIXFORMAT_RGB565, -5, 300, 7), 0x07E0);
    assert_int_equal(ib_image_colour(IB_PIXFORMAT_GRAYSCALE, 120, 200, 120), 169);
    assert_int_equal(ib_image_colour(IB_PIXFORMAT_BINARY, 120, 200, 120), 1);
    assert_int_equal(ib_image_colour(IB_PIXFORMAT_BINARY, 120, 120, 120), 0);
}

static void names_of_files(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum ib_image_file file;
    } rows[] = {
        {"/flash/a.bmp", IB_IMAGE_FILE_BMP}, {"A.BMP", IB_IMAGE_FILE_BMP},
        {"x.PpM", IB_IMAGE_FILE_PPM},        {"x.pgm", IB_IMAGE_FILE_PGM},
        {"x.jpg", IB_IMAGE_FILE_JPG},        {"x.JPEG", IB_IMAGE_FILE_JPG},
        {"x.png", IB_IMAGE_FILE_PNG},        {"x.raw", IB_IMAGE_FILE_RAW},
        {"x.txt", IB_IMAGE_FILE_BY_FORMAT},  {"bmp", IB_IMAGE_FILE_BY_FORMAT},
        {"", IB_IMAGE_FILE_BY_FORMAT},       {"x.bmp/y", IB_IMAGE_FILE_BY_FORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ib_image_file_of_name(rows[i].name, strlen(rows[i].name)), rows[i].file);
    const char *ending;
    assert_int_equal(ib_image_file_of_format(IB_PIXFORMAT_BINARY, &ending), IB_IMAGE_FILE_BMP);
    assert_string_equal(ending, ".bmp");
    assert_int_equal(ib_image_file_of_format(IB_PIXFORMAT_JPEG, &ending), IB_IMAGE_FILE_JPG);
    assert_string_equal(ending, ".jpg");
    ib_image_file_of_format(IB_PIXFORMAT_PNG, &ending);
    assert_string_equal(ending, ".png");
    ib_image_file_of_format(IB_PIXFORMAT_BAYER | 0x300, &ending);
    assert_string_equal(ending, ".raw");
}

static void what_may_be_in_which_file(void **state) {
    (void)state;
    static const struct {
        enum ib_image_file file;
        uint32_t format;
        enum ib_image_problem problem;
    } rows[] = {
        {IB_IMAGE_FILE_BMP, IB_PIXFORMAT_BINARY, IB_IMAGE_FINE},
        {IB_IMAGE_FILE_BMP, IB_PIXFORMAT_JPEG, IB_IMAGE_NOT_BMP},
        {IB_IMAGE_FILE_BMP, IB_PIXFORMAT_BAYER, IB_IMAGE_NOT_BMP},
        {IB_IMAGE_FILE_PPM, IB_PIXFORMAT_RGB565, IB_IMAGE_FINE},
        {IB_IMAGE_FILE_PPM, IB_PIXFORMAT_GRAYSCALE, IB_IMAGE_NOT_PPM},
        {IB_IMAGE_FILE_PGM, IB_PIXFORMAT_GRAYSCALE, IB_IMAGE_FINE},
        {IB_IMAGE_FILE_PGM, IB_PIXFORMAT_BINARY, IB_IMAGE_NOT_PGM},
        {IB_IMAGE_FILE_RAW, IB_PIXFORMAT_BAYER | 0x100, IB_IMAGE_FINE},
        {IB_IMAGE_FILE_RAW, IB_PIXFORMAT_YUV422, IB_IMAGE_NOT_BAYER},
        {IB_IMAGE_FILE_JPG, IB_PIXFORMAT_PNG, IB_IMAGE_FINE},
        {IB_IMAGE_FILE_BY_FORMAT, IB_PIXFORMAT_JPEG, IB_IMAGE_FINE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ib_image_file_check(rows[i].file, rows[i].format), rows[i].problem);
}

static void words(void **state) {
    (void)state;
    static const struct {
        enum ib_image_problem problem;
        enum ib_script_error error;
        const char *text;
    } rows[] = {
        {IB_IMAGE_ROI_SIZE, IB_SCRIPT_OS_ERROR, "Invalid ROI dimensions!"},
        {IB_IMAGE_ROI_OUTSIDE, IB_SCRIPT_OS_ERROR, "ROI does not overlap on the image!"},
        {IB_IMAGE_PALETTE, IB_SCRIPT_VALUE_ERROR, "Invalid color palette"},
        {IB_IMAGE_PALETTE_FORMAT, IB_SCRIPT_VALUE_ERROR, "Unexpcted color palette format"},
        {IB_IMAGE_PALETTE_SIZE, IB_SCRIPT_VALUE_ERROR, "Color palette must be 256 pixels"},
        {IB_IMAGE_ALPHA, IB_SCRIPT_VALUE_ERROR, "Alpha ranges between 0 and 255"},
        {IB_IMAGE_RGB_CHANNEL, IB_SCRIPT_VALUE_ERROR, "RGB channel can be 0, 1, or 2"},
        {IB_IMAGE_TRANSFORM, IB_SCRIPT_TYPE_ERROR, "Transform operations are not supported!"},
        {IB_IMAGE_NOT_MUTABLE, IB_SCRIPT_VALUE_ERROR, "Expected a mutable image"},
        {IB_IMAGE_COMPRESSED, IB_SCRIPT_VALUE_ERROR, "Expected an uncompressed image"},
        {IB_IMAGE_WIDTH, IB_SCRIPT_OS_ERROR, "Image width must be > 0"},
        {IB_IMAGE_HEIGHT, IB_SCRIPT_OS_ERROR, "Image height must be > 0"},
        {IB_IMAGE_FORMAT, IB_SCRIPT_OS_ERROR, "Pixel format is not set or unsupported"},
        {IB_IMAGE_BUFFER_SMALL, IB_SCRIPT_VALUE_ERROR, "Buffer is too small"},
        {IB_IMAGE_BUFFER_MISSING, IB_SCRIPT_VALUE_ERROR, "Expected an image buffer"},
        {IB_IMAGE_NO_ROOM, IB_SCRIPT_OS_ERROR, "The image doesn't fit in the frame buffer!"},
        {IB_IMAGE_QUALITY, IB_SCRIPT_VALUE_ERROR, "Quality ranges between 0 and 100"},
        {IB_IMAGE_COMPRESSION, IB_SCRIPT_OS_ERROR, "Compression Failed!"},
        {IB_IMAGE_SAVE_QUALITY, IB_SCRIPT_OS_ERROR, "Error: 1 <= quality <= 100!"},
        {IB_IMAGE_NOT_PPM, IB_SCRIPT_OS_ERROR, "Image is not PPM!"},
        {IB_IMAGE_NO_INTERSECTION, IB_SCRIPT_OS_ERROR, "No intersection!"},
        {IB_IMAGE_RAW_ONLY_COPY, IB_SCRIPT_VALUE_ERROR,
         "Only copying/cropping is supported for Bayer/YUV!"},
        {IB_IMAGE_TEXT_SCALE, IB_SCRIPT_OS_ERROR, "Error: 0 < scale!"},
        {IB_IMAGE_L_BINS, IB_SCRIPT_OS_ERROR, "l_bins must be >= 2"},
        {IB_IMAGE_JPEG_KIND, IB_SCRIPT_OS_ERROR, "Non-Baseline JPEGs are not supported."},
        {IB_IMAGE_PNG_BROKEN, IB_SCRIPT_RUNTIME_ERROR, "PNG decoder failed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(ib_image_problem_text(rows[i].problem), rows[i].text);
        assert_int_equal(ib_image_problem_error(rows[i].problem), rows[i].error);
    }
    for (int i = 0; i < IB_IMAGE_PROBLEMS; i++)
        assert_non_null(ib_image_problem_text((enum ib_image_problem)i));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(pixels_as_they_lie_in_memory),
        cmocka_unit_test(colours_of_raw_pixels),
        cmocka_unit_test(clearing),
        cmocka_unit_test(regions),
        cmocka_unit_test(colours),
        cmocka_unit_test(names_of_files),
        cmocka_unit_test(what_may_be_in_which_file),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
