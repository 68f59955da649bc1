/// What the files of the image module share.
#ifndef IB_PORTS_MICROPYTHON_IMAGE_PRIVATE_H
#define IB_PORTS_MICROPYTHON_IMAGE_PRIVATE_H

#include "image/draw.h"
#include "image/draw_image.h"
#include "image/threshold.h"
#include "openmv/image_problem.h"
#include "openmv/image_source.h"
#include "ports/micropython/image/image_object.h"
#include "py/obj.h"
#include "py/runtime.h"

/// The exception with the problem's text, when there is one.
void ib_image_check(enum ib_image_problem problem);
NORETURN void ib_image_raise(enum ib_image_problem problem);
NORETURN void ib_image_raise_os_error(const char *text);
/// The board's codec; NULL: none.
const struct ib_codec *ib_image_codec(void);

// ---- image_arguments.c ----

/// Any number that Python can say, held to 32 bits.
int32_t ib_image_int(mp_obj_t object);
/// The lowest 32 bits of any whole number: colours, hints.
uint32_t ib_image_bits(mp_obj_t object);
float ib_image_float(mp_obj_t object);
/// Items of a tuple, a list, or a tuple with names. Return: false when it is none of them.
bool ib_image_sequence(mp_obj_t object, size_t *count, mp_obj_t **items);
/// The first `count` numbers of a tuple or list, which may be longer.
void ib_image_ints(mp_obj_t object, size_t count, int32_t *out);
/// Numbers at the front of a call: (x, y, …) as one tuple or as so many arguments.
/// Return: how many arguments they took.
size_t ib_image_leading_ints(size_t n_args, const mp_obj_t *args, size_t count, int32_t *out);
/// A colour for an image of this format: a number, (r, g, b), or white when it was left out.
uint32_t ib_image_colour_of(mp_obj_t object, uint32_t format);
/// A roi, clipped to the image; all of it when it was left out.
struct ib_rect ib_image_roi_of(mp_obj_t object, int32_t width_px, int32_t height_px);
struct ib_image_thresholds {
    struct ib_threshold items[IB_THRESHOLDS_MAX];
    uint32_t count;
};
/// A list of tuples; None is an empty one, empty tuples do not count.
void ib_image_thresholds_of(struct ib_image_thresholds *out, mp_obj_t object);
/// A mask's picture. Return: NULL when it was left out.
const struct ib_image *ib_image_mask_of(mp_obj_t object, struct ib_image *out);

/// What draw_image() and the conversions have in common.
#define IB_IMAGE_DRAW_ARGUMENTS(palette)                                                           \
    {MP_QSTR_x_scale, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},                    \
        {MP_QSTR_y_scale, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},                \
        {MP_QSTR_roi, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},                    \
        {MP_QSTR_rgb_channel, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(-1)}},         \
        {MP_QSTR_alpha, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(255)}},              \
        {MP_QSTR_color_palette, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = palette}},              \
        {MP_QSTR_alpha_palette, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},          \
        {MP_QSTR_hint, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}}, {               \
        MP_QSTR_transform, MP_ARG_KW_ONLY | MP_ARG_OBJ, {                                          \
            .u_rom_obj = MP_ROM_NONE                                                               \
        }                                                                                          \
    }
#define IB_IMAGE_DRAW_ARGUMENT_COUNT 9

/// Palettes are copied: they may lie in what is drawn on.
struct ib_image_draw_arguments {
    struct ib_draw draw;
    uint16_t palette[256];
    uint8_t alpha_palette[256];
};
/// `args` are the values of those arguments, in their order; the size is the drawn image's.
void ib_image_draw_arguments(struct ib_image_draw_arguments *out, const mp_arg_val_t *args,
                             int32_t width_px, int32_t height_px);

// ---- image_file.c ----

/// Read a picture file: pixels for BMP and PNM, the stream for JPEG and PNG, on the collector's heap
/// or in the frame buffer.
void ib_image_load(mp_obj_t path, bool to_frame_buffer, struct ib_openmv_image *out);

// ---- methods ----

#define IB_IMAGE_METHOD(name) extern const mp_obj_fun_builtin_var_t ib_image_##name##_obj
IB_IMAGE_METHOD(to_bitmap);
IB_IMAGE_METHOD(to_grayscale);
IB_IMAGE_METHOD(to_rgb565);
IB_IMAGE_METHOD(to_rainbow);
IB_IMAGE_METHOD(to_ironbow);
IB_IMAGE_METHOD(to_jpeg);
IB_IMAGE_METHOD(to_png);
IB_IMAGE_METHOD(copy);
IB_IMAGE_METHOD(crop);
IB_IMAGE_METHOD(to_ndarray);
IB_IMAGE_METHOD(save);
IB_IMAGE_METHOD(flush);
IB_IMAGE_METHOD(clear);
IB_IMAGE_METHOD(get_pixel);
IB_IMAGE_METHOD(set_pixel);
IB_IMAGE_METHOD(draw_line);
IB_IMAGE_METHOD(draw_rectangle);
IB_IMAGE_METHOD(draw_circle);
IB_IMAGE_METHOD(draw_cross);
IB_IMAGE_METHOD(draw_detection);
IB_IMAGE_METHOD(draw_string);
IB_IMAGE_METHOD(draw_image);
IB_IMAGE_METHOD(find_blobs);
IB_IMAGE_METHOD(get_histogram);
IB_IMAGE_METHOD(get_statistics);

// ---- functions of the module ----

#define IB_IMAGE_BLOB_FUNCTION(name) extern const mp_obj_fun_builtin_fixed_t ib_image_##name##_obj
IB_IMAGE_BLOB_FUNCTION(get_solidity);
IB_IMAGE_BLOB_FUNCTION(get_convexity);
IB_IMAGE_BLOB_FUNCTION(get_major_axis_line);
IB_IMAGE_BLOB_FUNCTION(get_minor_axis_line);
IB_IMAGE_BLOB_FUNCTION(get_enclosing_circle);
IB_IMAGE_BLOB_FUNCTION(get_enclosed_ellipse);
IB_IMAGE_METHOD(binary_to_grayscale);
IB_IMAGE_METHOD(binary_to_rgb);
IB_IMAGE_METHOD(binary_to_lab);
IB_IMAGE_METHOD(binary_to_yuv);
IB_IMAGE_METHOD(grayscale_to_binary);
IB_IMAGE_METHOD(grayscale_to_rgb);
IB_IMAGE_METHOD(grayscale_to_lab);
IB_IMAGE_METHOD(grayscale_to_yuv);
IB_IMAGE_METHOD(rgb_to_binary);
IB_IMAGE_METHOD(rgb_to_grayscale);
IB_IMAGE_METHOD(rgb_to_lab);
IB_IMAGE_METHOD(rgb_to_yuv);
IB_IMAGE_METHOD(lab_to_binary);
IB_IMAGE_METHOD(lab_to_grayscale);
IB_IMAGE_METHOD(lab_to_rgb);
IB_IMAGE_METHOD(lab_to_yuv);
IB_IMAGE_METHOD(yuv_to_binary);
IB_IMAGE_METHOD(yuv_to_grayscale);
IB_IMAGE_METHOD(yuv_to_rgb);
IB_IMAGE_METHOD(yuv_to_lab);

#endif
