/// Pixels, lines, shapes, text: draw_line() and its like. Rasterisation is image/draw.h's.
#include "image/draw.h"

#include <string.h>

#include "image/color.h"
#include "image/draw_text.h"
#include "openmv/image_pixel.h"
#include "ports/micropython/image/frame_buffer_door.h"
#include "ports/micropython/image/image_private.h"

#define COLOUR                                                                                     \
    {                                                                                              \
        MP_QSTR_color, MP_ARG_OBJ, {                                                               \
            .u_rom_obj = MP_ROM_NONE                                                               \
        }                                                                                          \
    }
#define NUMBER(name, value)                                                                        \
    {                                                                                              \
        MP_QSTR_##name, MP_ARG_OBJ, {                                                              \
            .u_rom_obj = MP_ROM_INT(value)                                                         \
        }                                                                                          \
    }
#define FLAG(name, value)                                                                          \
    {                                                                                              \
        MP_QSTR_##name, MP_ARG_BOOL, {                                                             \
            .u_bool = (value)                                                                      \
        }                                                                                          \
    }
#define OBJECT(name)                                                                               \
    {                                                                                              \
        MP_QSTR_##name, MP_ARG_OBJ, {                                                              \
            .u_rom_obj = MP_ROM_NONE                                                               \
        }                                                                                          \
    }

/// A call that begins with numbers: what is drawn on, the numbers, the arguments behind them.
struct call {
    struct ib_image picture;
    struct ib_openmv_image *image;
    int32_t at[6];
    mp_arg_val_t args[12];
};

static void unpack(struct call *self, size_t n_args, const mp_obj_t *all, mp_map_t *kw,
                   size_t numbers, size_t count, const mp_arg_t *allowed) {
    size_t used = 1 + ib_image_leading_ints(n_args - 1, all + 1, numbers, self->at);
    mp_arg_parse_all(n_args - used, all + used, kw, count, allowed, self->args);
    self->image = ib_image_object_mutable(all[0], &self->picture);
}

static int32_t number(const struct call *self, size_t index) {
    return ib_image_int(self->args[index].u_obj);
}

static uint32_t colour(const struct call *self, size_t index) {
    return ib_image_colour_of(self->args[index].u_obj, self->image->format);
}

// ---- pixels ----

static mp_obj_t get_pixel(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {OBJECT(rgbtuple)};
    mp_arg_val_t args[1];
    int32_t at[2];
    size_t used = 1 + ib_image_leading_ints(n_args - 1, all + 1, 2, at);
    mp_arg_parse_all(n_args - used, all + used, kw, 1, allowed, args);
    bool said = args[0].u_obj != mp_const_none, tuple = mp_obj_is_true(args[0].u_obj);
    const struct ib_openmv_image *image = ib_image_object_of(all[0]);
    if (!said)
        tuple = image->format == IB_PIXFORMAT_RGB565;
    if (image->format & IB_PIXFORMAT_COMPRESSED)
        ib_image_raise(IB_IMAGE_COMPRESSED);
    if (at[0] < 0 || at[1] < 0 || at[0] >= image->width_px || at[1] >= image->height_px)
        return mp_const_none;
    if (!tuple)
        return MP_OBJ_NEW_SMALL_INT(ib_image_pixel_get(image, at[0], at[1]));
    uint16_t pixel = ib_image_pixel_rgb565(image, at[0], at[1]);
    const mp_obj_t rgb[3] = {
        MP_OBJ_NEW_SMALL_INT(ib_rgb565_red(pixel)),
        MP_OBJ_NEW_SMALL_INT(ib_rgb565_green(pixel)),
        MP_OBJ_NEW_SMALL_INT(ib_rgb565_blue(pixel)),
    };
    return mp_obj_new_tuple(3, rgb);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_get_pixel_obj, 2, get_pixel);

static mp_obj_t set_pixel(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {COLOUR};
    struct call call;
    size_t used = 1 + ib_image_leading_ints(n_args - 1, all + 1, 2, call.at);
    mp_arg_parse_all(n_args - used, all + used, kw, 1, allowed, call.args);
    call.image = ib_image_object_of(all[0]);
    if (call.image->format & IB_PIXFORMAT_COMPRESSED)
        ib_image_raise(IB_IMAGE_COMPRESSED);
    if (call.at[0] >= 0 && call.at[1] >= 0 && call.at[0] < call.image->width_px &&
        call.at[1] < call.image->height_px)
        ib_image_pixel_put(call.image, call.at[0], call.at[1], colour(&call, 0));
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_set_pixel_obj, 2, set_pixel);

// ---- lines and shapes ----

static mp_obj_t draw_line(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {COLOUR, NUMBER(thickness, 1)};
    struct call call;
    unpack(&call, n_args, all, kw, 4, 2, allowed);
    ib_draw_line(&call.picture, (struct ib_point){call.at[0], call.at[1]},
                 (struct ib_point){call.at[2], call.at[3]}, colour(&call, 0), number(&call, 1));
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_draw_line_obj, 2, draw_line);

static void rectangle(struct call *call, uint32_t colour_565, int32_t thickness, bool fill) {
    const struct ib_rect rect = {call->at[0], call->at[1], call->at[2], call->at[3]};
    if (fill)
        ib_draw_rect_filled(&call->picture, rect, colour_565);
    else
        ib_draw_rect(&call->picture, rect, colour_565, thickness);
}

static mp_obj_t draw_rectangle(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {COLOUR, NUMBER(thickness, 1), FLAG(fill, false)};
    struct call call;
    unpack(&call, n_args, all, kw, 4, 3, allowed);
    rectangle(&call, colour(&call, 0), number(&call, 1), call.args[2].u_bool);
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_draw_rectangle_obj, 2, draw_rectangle);

static mp_obj_t draw_circle(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {COLOUR, NUMBER(thickness, 1), FLAG(fill, false)};
    struct call call;
    unpack(&call, n_args, all, kw, 3, 3, allowed);
    const struct ib_point centre = {call.at[0], call.at[1]};
    if (call.args[2].u_bool)
        ib_draw_circle_filled(&call.picture, centre, call.at[2], colour(&call, 0));
    else
        ib_draw_circle(&call.picture, centre, call.at[2], colour(&call, 0), number(&call, 1));
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_draw_circle_obj, 2, draw_circle);

static mp_obj_t draw_cross(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {COLOUR, NUMBER(size, 5), NUMBER(thickness, 1)};
    struct call call;
    unpack(&call, n_args, all, kw, 2, 3, allowed);
    ib_draw_cross(&call.picture, (struct ib_point){call.at[0], call.at[1]}, number(&call, 1),
                  colour(&call, 0), number(&call, 2));
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_draw_cross_obj, 2, draw_cross);

// ---- text ----

static void text_at(struct call *call, int64_t x, int64_t y, mp_obj_t text, uint32_t colour_of,
                    const struct ib_text_style *style) {
    size_t size;
    const char *bytes = mp_obj_str_get_data(text, &size);
    const struct ib_point at = {
        (int32_t)(x < INT32_MIN   ? INT32_MIN
                  : x > INT32_MAX ? INT32_MAX
                                  : x),
        (int32_t)(y < INT32_MIN   ? INT32_MIN
                  : y > INT32_MAX ? INT32_MAX
                                  : y),
    };
    if (ib_draw_text(&call->picture, at, bytes, size, colour_of, style) < 0)
        ib_image_raise(style->scale > IB_TEXT_SCALE_MAX ? IB_IMAGE_TEXT_SCALE_MOST
                                                        : IB_IMAGE_TEXT_SCALE);
}

static mp_obj_t draw_string(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    enum {
        ARG_text,
        ARG_color,
        ARG_scale,
        ARG_x_spacing,
        ARG_y_spacing,
        ARG_mono_space,
        ARG_char_rotation,
        ARG_char_hmirror,
        ARG_char_vflip,
        ARG_string_rotation,
        ARG_string_hmirror,
        ARG_string_vflip
    };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_text, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        COLOUR,
        NUMBER(scale, 1),
        NUMBER(x_spacing, 0),
        NUMBER(y_spacing, 0),
        FLAG(mono_space, true),
        NUMBER(char_rotation, 0),
        FLAG(char_hmirror, false),
        FLAG(char_vflip, false),
        NUMBER(string_rotation, 0),
        FLAG(string_hmirror, false),
        FLAG(string_vflip, false),
    };
    struct call call;
    unpack(&call, n_args, all, kw, 2, MP_ARRAY_SIZE(allowed), allowed);
    const struct ib_text_style style = {
        .scale = ib_image_float(call.args[ARG_scale].u_obj),
        .x_spacing = number(&call, ARG_x_spacing),
        .y_spacing = number(&call, ARG_y_spacing),
        .mono = call.args[ARG_mono_space].u_bool,
        .char_rotation = number(&call, ARG_char_rotation),
        .char_hmirror = call.args[ARG_char_hmirror].u_bool,
        .char_vflip = call.args[ARG_char_vflip].u_bool,
        .string_rotation = number(&call, ARG_string_rotation),
        .string_hmirror = call.args[ARG_string_hmirror].u_bool,
        .string_vflip = call.args[ARG_string_vflip].u_bool,
    };
    text_at(&call, call.at[0], call.at[1], call.args[ARG_text].u_obj, colour(&call, ARG_color),
            &style);
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_draw_string_obj, 2, draw_string);

static mp_obj_t draw_detection(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    enum { ARG_color1, ARG_color2, ARG_size, ARG_thickness, ARG_fill, ARG_label, ARG_label_offset };
    static const mp_arg_t allowed[] = {
        OBJECT(color1),    OBJECT(color2), NUMBER(size, 5),      NUMBER(thickness, 1),
        FLAG(fill, false), OBJECT(label),  OBJECT(label_offset),
    };
    struct call call;
    int32_t offset[2] = {0, -10};
    unpack(&call, n_args, all, kw, 6, MP_ARRAY_SIZE(allowed), allowed);
    uint32_t first = colour(&call, ARG_color1);
    uint32_t second =
        call.args[ARG_color2].u_obj == mp_const_none ? first : colour(&call, ARG_color2);
    int32_t size = number(&call, ARG_size), thickness = number(&call, ARG_thickness);
    mp_obj_t label = call.args[ARG_label].u_obj;
    if (call.args[ARG_label_offset].u_obj != mp_const_none)
        ib_image_ints(call.args[ARG_label_offset].u_obj, 2, offset);
    if (label != mp_const_none)
        (void)mp_obj_str_get_str(label); // no half of it is drawn when it is no text
    rectangle(&call, first, thickness, call.args[ARG_fill].u_bool);
    ib_draw_cross(&call.picture, (struct ib_point){call.at[4], call.at[5]}, size, second,
                  thickness);
    if (label != mp_const_none) {
        struct ib_text_style style = ib_text_style_defaults();
        style.mono = false;
        text_at(&call, (int64_t)call.at[0] + offset[0], (int64_t)call.at[1] + offset[1], label,
                first, &style);
    }
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_draw_detection_obj, 2, draw_detection);

// ---- the whole ----

static mp_obj_t clear(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_mask, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}}};
    mp_arg_val_t args[1];
    struct ib_image picture, mask;
    mp_arg_parse_all(n_args - 1, all + 1, kw, 1, allowed, args);
    const struct ib_image *under = ib_image_mask_of(args[0].u_obj, &mask);
    ib_image_clear(ib_image_object_mutable(all[0], &picture), under);
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_clear_obj, 1, clear);

static mp_obj_t flush(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    mp_arg_parse_all(n_args - 1, all + 1, kw, 0, NULL, NULL);
    ib_frame_buffer_show(ib_image_object_of(all[0]));
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_flush_obj, 1, flush);
