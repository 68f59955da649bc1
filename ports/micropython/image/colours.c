/// The module's functions from one way of saying a colour to another: rgb_to_lab() and its like.
///
/// All go by way of RGB565, as the board's do.
#include "image/color.h"

#include "image/lab.h"
#include "image/yuv.h"
#include "ports/micropython/image/image_private.h"

enum way { BINARY, GRAYSCALE, RGB, LAB, YUV };

static int32_t held(int32_t value, int32_t low, int32_t high) {
    return value < low ? low : value > high ? high : value;
}

static uint16_t colour_from(enum way way, size_t n_args, const mp_obj_t *args) {
    int32_t parts[3] = {0};
    if (way == BINARY || way == GRAYSCALE)
        parts[0] = ib_image_int(args[0]);
    else
        ib_image_leading_ints(n_args, args, 3, parts);
    switch (way) {
    case BINARY:
        return parts[0] ? 0xFFFF : 0;
    case GRAYSCALE:
        return ib_rgb565_of_grey((unsigned)held(parts[0], 0, 255));
    case LAB:
        return ib_lab_rgb565(held(parts[0], 0, 100), held(parts[1], -128, 127),
                             held(parts[2], -128, 127));
    case YUV:
        return ib_yuv_rgb565(held(parts[0], 0, 255), held(parts[1], -128, 127),
                             held(parts[2], -128, 127));
    default:
        return ib_rgb565_of((unsigned)held(parts[0], 0, 255), (unsigned)held(parts[1], 0, 255),
                            (unsigned)held(parts[2], 0, 255));
    }
}

static mp_obj_t three(int a, int b, int c) {
    const mp_obj_t parts[3] = {MP_OBJ_NEW_SMALL_INT(a), MP_OBJ_NEW_SMALL_INT(b),
                               MP_OBJ_NEW_SMALL_INT(c)};
    return mp_obj_new_tuple(3, parts);
}

static mp_obj_t colour_to(enum way way, uint16_t colour) {
    uint8_t luma = ib_rgb565_luma(colour);
    struct ib_lab lab;
    struct ib_yuv yuv;
    switch (way) {
    case BINARY:
        return MP_OBJ_NEW_SMALL_INT(ib_bit_of_grey(luma));
    case GRAYSCALE:
        return MP_OBJ_NEW_SMALL_INT(luma);
    case LAB:
        lab = ib_lab_of_rgb565(colour);
        return three(lab.l, lab.a, lab.b);
    case YUV:
        yuv = ib_yuv_of_rgb565(colour);
        return three(yuv.y, yuv.u, yuv.v);
    default:
        return three(ib_rgb565_red(colour), ib_rgb565_green(colour), ib_rgb565_blue(colour));
    }
}

#define CONVERSION(from, FROM, to, TO)                                                             \
    static mp_obj_t from##_to_##to(size_t n_args, const mp_obj_t *args) {                          \
        return colour_to(TO, colour_from(FROM, n_args, args));                                     \
    }                                                                                              \
    MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ib_image_##from##_to_##to##_obj, 1,                        \
                                        (FROM) == BINARY || (FROM) == GRAYSCALE ? 1 : 3,           \
                                        from##_to_##to)

CONVERSION(binary, BINARY, grayscale, GRAYSCALE);
CONVERSION(binary, BINARY, rgb, RGB);
CONVERSION(binary, BINARY, lab, LAB);
CONVERSION(binary, BINARY, yuv, YUV);
CONVERSION(grayscale, GRAYSCALE, binary, BINARY);
CONVERSION(grayscale, GRAYSCALE, rgb, RGB);
CONVERSION(grayscale, GRAYSCALE, lab, LAB);
CONVERSION(grayscale, GRAYSCALE, yuv, YUV);
CONVERSION(rgb, RGB, binary, BINARY);
CONVERSION(rgb, RGB, grayscale, GRAYSCALE);
CONVERSION(rgb, RGB, lab, LAB);
CONVERSION(rgb, RGB, yuv, YUV);
CONVERSION(lab, LAB, binary, BINARY);
CONVERSION(lab, LAB, grayscale, GRAYSCALE);
CONVERSION(lab, LAB, rgb, RGB);
CONVERSION(lab, LAB, yuv, YUV);
CONVERSION(yuv, YUV, binary, BINARY);
CONVERSION(yuv, YUV, grayscale, GRAYSCALE);
CONVERSION(yuv, YUV, rgb, RGB);
CONVERSION(yuv, YUV, lab, LAB);
