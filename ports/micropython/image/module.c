/// The module `image`: the class and the names beside it.
#include "image/scale.h"
#include "openmv/image_convert.h"
#include "ports/micropython/image/image_private.h"

#define NAME(name) MP_ROM_QSTR(MP_QSTR_##name)
#define FUNCTION(name)                                                                             \
    { NAME(name), MP_ROM_PTR(&ib_image_##name##_obj) }

static const mp_rom_map_elem_t globals_table[] = {
    {NAME(__name__), NAME(image)},
    {NAME(Image), MP_ROM_PTR(&ib_image_type)},

    {NAME(BINARY), MP_ROM_INT(IB_PIXFORMAT_BINARY)},
    {NAME(GRAYSCALE), MP_ROM_INT(IB_PIXFORMAT_GRAYSCALE)},
    {NAME(RGB565), MP_ROM_INT(IB_PIXFORMAT_RGB565)},
    {NAME(BAYER), MP_ROM_INT(IB_PIXFORMAT_BAYER)},
    {NAME(YUV422), MP_ROM_INT(IB_PIXFORMAT_YUV422)},
    {NAME(JPEG), MP_ROM_INT(IB_PIXFORMAT_JPEG)},
    {NAME(PNG), MP_ROM_INT(IB_PIXFORMAT_PNG)},
    {NAME(PALETTE_RAINBOW), MP_ROM_INT(0)},
    {NAME(PALETTE_IRONBOW), MP_ROM_INT(1)},

    {NAME(AREA), MP_ROM_INT(IB_HINT_AREA)},
    {NAME(BILINEAR), MP_ROM_INT(IB_HINT_BILINEAR)},
    {NAME(BICUBIC), MP_ROM_INT(IB_HINT_BICUBIC)},
    {NAME(HMIRROR), MP_ROM_INT(IB_HINT_HMIRROR)},
    {NAME(VFLIP), MP_ROM_INT(IB_HINT_VFLIP)},
    {NAME(TRANSPOSE), MP_ROM_INT(IB_HINT_TRANSPOSE)},
    {NAME(CENTER), MP_ROM_INT(IB_HINT_CENTER)},
    {NAME(EXTRACT_RGB_CHANNEL_FIRST), MP_ROM_INT(IB_HINT_CHANNEL_FIRST)},
    {NAME(APPLY_COLOR_PALETTE_FIRST), MP_ROM_INT(IB_HINT_PALETTE_FIRST)},
    {NAME(SCALE_ASPECT_KEEP), MP_ROM_INT(IB_HINT_ASPECT_KEEP)},
    {NAME(SCALE_ASPECT_EXPAND), MP_ROM_INT(IB_HINT_ASPECT_EXPAND)},
    {NAME(SCALE_ASPECT_IGNORE), MP_ROM_INT(IB_HINT_ASPECT_IGNORE)},
    {NAME(BLACK_BACKGROUND), MP_ROM_INT(IB_HINT_BLACK_BACKGROUND)},
    {NAME(ROTATE_90), MP_ROM_INT(IB_HINT_ROTATE_90)},
    {NAME(ROTATE_180), MP_ROM_INT(IB_HINT_ROTATE_180)},
    {NAME(ROTATE_270), MP_ROM_INT(IB_HINT_ROTATE_270)},

    {NAME(JPEG_SUBSAMPLING_AUTO), MP_ROM_INT(IB_SUBSAMPLING_AUTO)},
    {NAME(JPEG_SUBSAMPLING_444), MP_ROM_INT(IB_SUBSAMPLING_444)},
    {NAME(JPEG_SUBSAMPLING_422), MP_ROM_INT(IB_SUBSAMPLING_422)},
    {NAME(JPEG_SUBSAMPLING_420), MP_ROM_INT(IB_SUBSAMPLING_420)},

    FUNCTION(get_solidity),
    FUNCTION(get_convexity),
    FUNCTION(get_major_axis_line),
    FUNCTION(get_minor_axis_line),
    FUNCTION(get_enclosing_circle),
    FUNCTION(get_enclosed_ellipse),
    FUNCTION(binary_to_grayscale),
    FUNCTION(binary_to_rgb),
    FUNCTION(binary_to_lab),
    FUNCTION(binary_to_yuv),
    FUNCTION(grayscale_to_binary),
    FUNCTION(grayscale_to_rgb),
    FUNCTION(grayscale_to_lab),
    FUNCTION(grayscale_to_yuv),
    FUNCTION(rgb_to_binary),
    FUNCTION(rgb_to_grayscale),
    FUNCTION(rgb_to_lab),
    FUNCTION(rgb_to_yuv),
    FUNCTION(lab_to_binary),
    FUNCTION(lab_to_grayscale),
    FUNCTION(lab_to_rgb),
    FUNCTION(lab_to_yuv),
    FUNCTION(yuv_to_binary),
    FUNCTION(yuv_to_grayscale),
    FUNCTION(yuv_to_rgb),
    FUNCTION(yuv_to_lab),
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t ib_image_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_image, ib_image_module);
