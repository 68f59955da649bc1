/// draw_image() and its other names. The drawing itself is image/draw_image.h's.
#include "image/draw_image.h"

#include <string.h>

#include "core/check.h"
#include "core/status.h"
#include "ports/micropython/image/image_private.h"
#include "ports/micropython/image/work_memory.h"

enum { ARG_image, ARG_x, ARG_y, ARG_draw, ARG_mask = ARG_draw + IB_IMAGE_DRAW_ARGUMENT_COUNT };

static const mp_arg_t allowed[] = {
    {MP_QSTR_image, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    {MP_QSTR_x, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
    {MP_QSTR_y, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
    IB_IMAGE_DRAW_ARGUMENTS(MP_ROM_NONE),
    {MP_QSTR_mask, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
};

/// A picture of one colour, as large as the destination.
static void solid(struct ib_image *out, mp_obj_t colour, const struct ib_openmv_image *onto) {
    size_t bytes = ib_openmv_image_bytes(onto->format, onto->width_px, onto->height_px);
    uint32_t number = ib_image_colour_of(colour, onto->format);
    struct ib_openmv_image image = *onto;
    image.pixels = ib_work_memory(IB_WORK_SOURCE, bytes);
    (void)ib_openmv_image_picture(&image, out);
    ib_draw_rect_filled(out, (struct ib_rect){0, 0, onto->width_px, onto->height_px}, number);
}

static void picture_of(struct ib_image *out, const struct ib_openmv_image *image, bool grey) {
    struct ib_image_source source;
    ib_image_check(ib_image_source_look(&source, image, grey, ib_image_codec()));
    void *work = source.work_bytes > 0 ? ib_work_memory(IB_WORK_SOURCE, source.work_bytes) : NULL;
    ib_image_check(ib_image_source_picture(&source, work, out));
}

/// A mask that lies in what is drawn on would change while it is looked at.
static const struct ib_image *mask_apart(struct ib_image *mask, const struct ib_image *onto) {
    size_t bytes = ib_image_bytes(mask->format, mask->width_px, mask->height_px);
    size_t onto_bytes = ib_image_bytes(onto->format, onto->width_px, onto->height_px);
    uintptr_t at = (uintptr_t)mask->pixels, onto_at = (uintptr_t)onto->pixels;
    if (at < onto_at + onto_bytes && onto_at < at + bytes)
        mask->pixels = memcpy(ib_work_memory(IB_WORK_MASK, bytes), mask->pixels, bytes);
    return mask;
}

static mp_obj_t draw_image(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    struct ib_image_draw_arguments draw;
    struct ib_image onto, from, mask;
    struct ib_openmv_image loaded = {0};
    mp_arg_parse_all(n_args - 1, all + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    mp_obj_t what = args[ARG_image].u_obj;
    if (mp_obj_is_str(what))
        ib_image_load(what, false, &loaded); // stays on this stack until it has been drawn
    const struct ib_openmv_image *image = ib_image_object_mutable(all[0], &onto);
    const struct ib_openmv_image *other = mp_obj_is_str(what) ? &loaded : ib_image_object_get(what);
    const struct ib_openmv_image *sized = other ? other : image;
    ib_image_draw_arguments(&draw, args + ARG_draw, sized->width_px, sized->height_px);
    draw.draw.scale.x = ib_image_int(args[ARG_x].u_obj);
    draw.draw.scale.y = ib_image_int(args[ARG_y].u_obj);
    if (ib_image_mask_of(args[ARG_mask].u_obj, &mask))
        draw.draw.mask = mask_apart(&mask, &onto);
    if (other)
        picture_of(&from, other, onto.format != IB_PIXELS_RGB565 && draw.draw.rgb_channel < 0);
    else if (what != mp_const_none)
        solid(&from, what, image);
    else
        (void)ib_image_object_of(what); // says that it is none
    int64_t bytes = ib_draw_image_scratch_bytes(&onto, &from, &draw.draw);
    if (bytes > 0)
        bytes = ib_draw_image(&onto, &from, &draw.draw,
                              ib_work_memory(IB_WORK_SCRATCH, (size_t)bytes), (size_t)bytes);
    if (bytes == IB_E_RANGE)
        ib_image_raise(IB_IMAGE_TOO_LARGE);
    IB_ASSERT(bytes >= 0);
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_draw_image_obj, 1, draw_image);
