/// to_grayscale(), copy(), crop(), to_jpeg() and the others of their kind. See openmv/image_convert.h.
#include "openmv/image_convert.h"

#include "ports/micropython/image/frame_buffer_door.h"
#include "ports/micropython/image/image_private.h"
#include "ports/micropython/image/pixel_memory.h"
#include "ports/micropython/image/work_memory.h"

struct kind {
    uint32_t format; ///< 0: the image's own
    const mp_arg_t *allowed;
};

enum {
    ARG_copy = IB_IMAGE_DRAW_ARGUMENT_COUNT,
    ARG_copy_to_fb,
    ARG_quality,
    ARG_subsampling,
    ARGUMENTS,
};

#define ALLOWED(name, palette, copied)                                                             \
    static const mp_arg_t name[ARGUMENTS] = {                                                      \
        IB_IMAGE_DRAW_ARGUMENTS(palette),                                                          \
        {MP_QSTR_copy, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = (copied)}},                        \
        {MP_QSTR_copy_to_fb, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},                     \
        {MP_QSTR_quality, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(90)}},             \
        {MP_QSTR_subsampling,                                                                      \
         MP_ARG_KW_ONLY | MP_ARG_OBJ,                                                              \
         {.u_rom_obj = MP_ROM_INT(IB_SUBSAMPLING_AUTO)}},                                          \
    }

ALLOWED(plain, MP_ROM_NONE, false);
ALLOWED(rainbow, MP_ROM_INT(0), false);
ALLOWED(ironbow, MP_ROM_INT(1), false);
ALLOWED(copied, MP_ROM_NONE, true);

/// Write what has been made to where it belongs.
static void finish(const struct ib_image_plan *plan, uint8_t *out) {
    size_t bytes = ib_image_convert_scratch_bytes(plan, out);
    void *scratch = bytes > 0 ? ib_work_memory(IB_WORK_SCRATCH, bytes) : NULL;
    ib_image_convert_finish(plan, out, scratch, bytes);
}

static mp_obj_t to_frame_buffer(const struct ib_image_plan *plan) {
    struct ib_openmv_frame_buffer *buffer = ib_frame_buffer_main();
    struct ib_openmv_image image;
    if (!buffer || ib_openmv_frame_buffer_take(buffer, plan->format, plan->width_px,
                                               plan->height_px, plan->bytes, &image) < 0)
        ib_image_raise(IB_IMAGE_NO_ROOM);
    finish(plan, image.pixels);
    ib_frame_buffer_show(&image);
    return ib_image_object_new(&image, MP_OBJ_NULL);
}

static mp_obj_t to_heap(const struct ib_image_plan *plan) {
    struct ib_openmv_image image = {
        .pixels = ib_pixel_memory(plan->bytes),
        .room_bytes = plan->bytes,
    };
    finish(plan, image.pixels);
    ib_image_convert_become(plan, &image);
    return ib_image_object_new(&image, MP_OBJ_NULL);
}

static mp_obj_t convert(size_t n_args, const mp_obj_t *all, mp_map_t *kw, const struct kind *kind) {
    mp_arg_val_t args[ARGUMENTS];
    struct ib_image_draw_arguments draw;
    struct ib_image_conversion conversion = {.format = kind->format};
    struct ib_image_plan plan;
    mp_arg_parse_all(n_args - 1, all + 1, kw, ARGUMENTS, kind->allowed, args);
    struct ib_openmv_image *image = ib_image_object_of(all[0]);
    ib_image_draw_arguments(&draw, args, image->width_px, image->height_px);
    conversion.draw = draw.draw;
    conversion.quality = ib_image_int(args[ARG_quality].u_obj);
    conversion.subsampling = ib_image_int(args[ARG_subsampling].u_obj);
    ib_image_check(ib_image_convert_plan(&plan, image, &conversion, ib_image_codec()));
    void *work = plan.work_bytes > 0 ? ib_work_memory(IB_WORK_SOURCE, plan.work_bytes) : NULL;
    ib_image_check(ib_image_convert_make(&plan, work));
    if (args[ARG_copy_to_fb].u_bool)
        return to_frame_buffer(&plan);
    if (args[ARG_copy].u_bool)
        return to_heap(&plan);
    ib_image_check(ib_image_convert_place(&plan, image));
    finish(&plan, image->pixels);
    ib_image_convert_become(&plan, image);
    return ib_image_object_alias(all[0]);
}

#define CONVERSION(name, to, arguments)                                                            \
    static mp_obj_t name(size_t n_args, const mp_obj_t *args, mp_map_t *kw) {                      \
        static const struct kind kind = {to, arguments};                                           \
        return convert(n_args, args, kw, &kind);                                                   \
    }                                                                                              \
    MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_##name##_obj, 1, name)

CONVERSION(to_bitmap, IB_PIXFORMAT_BINARY, plain);
CONVERSION(to_grayscale, IB_PIXFORMAT_GRAYSCALE, plain);
CONVERSION(to_rgb565, IB_PIXFORMAT_RGB565, plain);
CONVERSION(to_rainbow, IB_PIXFORMAT_RGB565, rainbow);
CONVERSION(to_ironbow, IB_PIXFORMAT_RGB565, ironbow);
CONVERSION(to_jpeg, IB_PIXFORMAT_JPEG, plain);
CONVERSION(to_png, IB_PIXFORMAT_PNG, plain);
CONVERSION(copy, 0, copied);
CONVERSION(crop, 0, plain);

static mp_obj_t to_ndarray(size_t n_args, const mp_obj_t *args, mp_map_t *kw) {
    (void)n_args;
    (void)args;
    (void)kw;
    mp_raise_NotImplementedError(MP_ERROR_TEXT("to_ndarray: there are no ndarrays yet"));
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_to_ndarray_obj, 1, to_ndarray);
