/// What scripts hand over, unpacked. See image_private.h.
#include <string.h>

#include "image/palette.h"
#include "openmv/image_arguments.h"
#include "ports/micropython/image/image_private.h"
#include "ports/micropython/vm_private.h"
#include "py/objtuple.h"

static const mp_obj_type_t *class_of(enum ib_script_error error) {
    switch (error) {
    case IB_SCRIPT_OS_ERROR:
        return &mp_type_OSError;
    case IB_SCRIPT_TYPE_ERROR:
        return &mp_type_TypeError;
    case IB_SCRIPT_RUNTIME_ERROR:
        return &mp_type_RuntimeError;
    case IB_SCRIPT_MEMORY_ERROR:
        return &mp_type_MemoryError;
    default:
        return &mp_type_ValueError;
    }
}

static NORETURN void raise_text(const mp_obj_type_t *type, const char *text) {
    nlr_raise(mp_obj_new_exception_arg1(type, mp_obj_new_str_from_cstr(text)));
}

void ib_image_raise(enum ib_image_problem problem) {
    raise_text(class_of(ib_image_problem_error(problem)), ib_image_problem_text(problem));
}

void ib_image_raise_os_error(const char *text) {
    raise_text(&mp_type_OSError, text);
}

void ib_image_check(enum ib_image_problem problem) {
    if (problem)
        ib_image_raise(problem);
}

const struct ib_codec *ib_image_codec(void) {
    const struct ib_openmv_hands *hands = ib_vm_current->hands;
    return hands ? hands->codec : NULL;
}

// ---- numbers ----

static int32_t held(mp_int_t value) {
    return value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

/// Only numbers are numbers: an object with __int__ would run Python in the middle of a call.
static void check_number(mp_obj_t object, bool floats) {
    if (!mp_obj_is_int(object) && !mp_obj_is_bool(object) &&
        !(floats && mp_obj_is_exact_type(object, &mp_type_float)))
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("can't convert %s to %s"),
                          mp_obj_get_type_str(object), floats ? "float" : "int");
}

int32_t ib_image_int(mp_obj_t object) {
    check_number(object, false);
    return held(mp_obj_get_int(object));
}

uint32_t ib_image_bits(mp_obj_t object) {
    check_number(object, false);
    return (uint32_t)mp_obj_get_int_truncated(object);
}

float ib_image_float(mp_obj_t object) {
    check_number(object, true);
    return mp_obj_get_float_to_f(object);
}

bool ib_image_sequence(mp_obj_t object, size_t *count, mp_obj_t **items) {
    const mp_obj_type_t *type = mp_obj_get_type(object);
    if (type == &mp_type_list)
        mp_obj_list_get(object, count, items);
    else if (MP_OBJ_TYPE_GET_SLOT_OR_NULL(type, iter) == (const void *)mp_obj_tuple_getiter)
        mp_obj_tuple_get(object, count, items);
    else
        return false;
    return true;
}

void ib_image_ints(mp_obj_t object, size_t count, int32_t *out) {
    size_t size;
    mp_obj_t *items;
    if (!ib_image_sequence(object, &size, &items))
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("object '%s' isn't a tuple or list"),
                          mp_obj_get_type_str(object));
    if (size < count)
        mp_raise_msg_varg(&mp_type_ValueError,
                          MP_ERROR_TEXT("expected tuple/list of at least %d elements"), (int)count);
    for (size_t i = 0; i < count; i++)
        out[i] = ib_image_int(items[i]);
}

size_t ib_image_leading_ints(size_t n_args, const mp_obj_t *args, size_t count, int32_t *out) {
    if (n_args == 0)
        mp_raise_TypeError(MP_ERROR_TEXT("expected a tuple/list"));
    if (!mp_obj_is_int(args[0])) {
        ib_image_ints(args[0], count, out);
        return 1;
    }
    if (n_args < count)
        mp_raise_msg_varg(&mp_type_ValueError,
                          MP_ERROR_TEXT("expected tuple/list of at least %d elements"), (int)count);
    for (size_t i = 0; i < count; i++)
        out[i] = ib_image_int(args[i]);
    return count;
}

uint32_t ib_image_colour_of(mp_obj_t object, uint32_t format) {
    int32_t rgb[3];
    if (object == mp_const_none || object == MP_OBJ_NULL)
        return UINT32_MAX;
    if (mp_obj_is_int(object))
        return ib_image_bits(object);
    ib_image_ints(object, 3, rgb);
    return ib_image_colour(format, rgb[0], rgb[1], rgb[2]);
}

struct ib_rect ib_image_roi_of(mp_obj_t object, int32_t width_px, int32_t height_px) {
    struct ib_rect roi = {0, 0, width_px, height_px};
    int32_t numbers[4];
    if (object != mp_const_none) {
        ib_image_ints(object, 4, numbers);
        roi = (struct ib_rect){numbers[0], numbers[1], numbers[2], numbers[3]};
        ib_image_check(ib_image_roi(&roi, width_px, height_px));
    }
    return roi;
}

const struct ib_image *ib_image_mask_of(mp_obj_t object, struct ib_image *out) {
    if (object == mp_const_none)
        return NULL;
    (void)ib_image_object_mutable(object, out);
    return out;
}

// ---- draws ----

static const uint16_t *palette_of(int32_t number) {
    static const char *const names[2] = {"openmv-rainbow", "openmv-ironbow"};
    static uint16_t colours[2][256];
    static bool filled[2];
    if (number < 0 || number > 1)
        ib_image_raise(IB_IMAGE_PALETTE);
    if (!filled[number])
        ib_palette_fill_rgb565(ib_palette_find(names[number]), colours[number]);
    filled[number] = true;
    return colours[number];
}

/// An image of 256 pixels of this format; NULL when the argument says that there is none.
static const void *palette_image(mp_obj_t object, uint32_t format) {
    const struct ib_openmv_image *image = ib_image_object_get(object);
    if (!image)
        ib_image_raise(IB_IMAGE_PALETTE);
    if (image->format != format)
        ib_image_raise(IB_IMAGE_PALETTE_FORMAT);
    if ((int64_t)image->width_px * image->height_px != 256)
        ib_image_raise(IB_IMAGE_PALETTE_SIZE);
    return image->pixels;
}

static bool is_none(mp_obj_t object) {
    return object == mp_const_none || object == MP_OBJ_NEW_SMALL_INT(-1);
}

void ib_image_draw_arguments(struct ib_image_draw_arguments *out, const mp_arg_val_t *args,
                             int32_t width_px, int32_t height_px) {
    enum {
        ARG_x_scale,
        ARG_y_scale,
        ARG_roi,
        ARG_rgb_channel,
        ARG_alpha,
        ARG_color_palette,
        ARG_alpha_palette,
        ARG_hint,
        ARG_transform
    };
    struct ib_draw *draw = &out->draw;
    mp_obj_t x_scale = args[ARG_x_scale].u_obj, y_scale = args[ARG_y_scale].u_obj;
    mp_obj_t palette = args[ARG_color_palette].u_obj, alphas = args[ARG_alpha_palette].u_obj;
    *draw = ib_draw_plain();
    if (args[ARG_transform].u_obj != mp_const_none)
        ib_image_raise(IB_IMAGE_TRANSFORM);
    if (x_scale != mp_const_none || y_scale != mp_const_none) {
        draw->scale.x_scale = ib_image_float(x_scale != mp_const_none ? x_scale : y_scale);
        draw->scale.y_scale = ib_image_float(y_scale != mp_const_none ? y_scale : x_scale);
    }
    if (args[ARG_roi].u_obj != mp_const_none)
        draw->scale.roi = ib_image_roi_of(args[ARG_roi].u_obj, width_px, height_px);
    draw->scale.hints = ib_image_bits(args[ARG_hint].u_obj);
    draw->rgb_channel = ib_image_int(args[ARG_rgb_channel].u_obj);
    draw->alpha = ib_image_int(args[ARG_alpha].u_obj);
    if (mp_obj_is_int(palette) && !is_none(palette)) {
        draw->palette_rgb565 = palette_of(ib_image_int(palette));
    } else if (!is_none(palette)) {
        memcpy(out->palette, palette_image(palette, IB_PIXFORMAT_RGB565), sizeof out->palette);
        draw->palette_rgb565 = out->palette;
    }
    if (!is_none(alphas)) {
        memcpy(out->alpha_palette, palette_image(alphas, IB_PIXFORMAT_GRAYSCALE), 256);
        draw->alpha_palette = out->alpha_palette;
    }
    ib_image_check(ib_image_draw_check(draw));
}
