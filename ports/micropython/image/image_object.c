/// The class image.Image: making, printing, indexing, buffers. See image_object.h.
///
/// Not here: what its methods do.
#include "ports/micropython/image/image_object.h"

#include <string.h>

#include "image/color.h"
#include "openmv/image_arguments.h"
#include "openmv/image_pixel.h"
#include "ports/micropython/image/frame_buffer_door.h"
#include "ports/micropython/image/image_private.h"
#include "ports/micropython/image/pixel_memory.h"
#include "py/objarray.h"
#include "py/objlist.h"
#include "py/objtuple.h"

struct image_object {
    mp_obj_base_t base;
    mp_obj_t owner;
    struct ib_openmv_image image;
    bool shared; ///< the owner has a buffer, and the pixels are in it from its beginning on
};

// ---- objects ----

mp_obj_t ib_image_object_new(const struct ib_openmv_image *image, mp_obj_t owner) {
    struct image_object *self = mp_obj_malloc(struct image_object, &ib_image_type);
    self->owner = owner;
    self->image = *image;
    self->shared = false;
    return MP_OBJ_FROM_PTR(self);
}

mp_obj_t ib_image_object_alias(mp_obj_t object) {
    const struct image_object *other = MP_OBJ_TO_PTR(object);
    struct image_object *self = mp_obj_malloc(struct image_object, &ib_image_type);
    self->owner = other->owner;
    self->image = other->image;
    self->shared = other->shared;
    return MP_OBJ_FROM_PTR(self);
}

static size_t size_of(const struct ib_openmv_image *image) {
    return image->size_bytes;
}

/// A caller's buffer moves when it grows.
static void refresh(struct image_object *self) {
    mp_buffer_info_t buffer;
    struct ib_openmv_image *image = &self->image;
    mp_get_buffer_raise(self->owner, &buffer, MP_BUFFER_READ);
    if (buffer.len < size_of(image) || !buffer.buf)
        ib_image_raise(IB_IMAGE_BUFFER_SMALL);
    if (((uintptr_t)buffer.buf & (ib_pixformat_alignment(image->format) - 1)) != 0)
        ib_image_raise(IB_IMAGE_BUFFER_ALIGNMENT);
    image->pixels = buffer.buf;
    if (image->room_bytes > 0)
        image->room_bytes = buffer.len;
}

struct ib_openmv_image *ib_image_object_get(mp_obj_t object) {
    if (!mp_obj_is_exact_type(object, &ib_image_type))
        return NULL;
    struct image_object *self = MP_OBJ_TO_PTR(object);
    if (self->shared)
        refresh(self);
    return &self->image;
}

struct ib_openmv_image *ib_image_object_of(mp_obj_t object) {
    struct ib_openmv_image *image = ib_image_object_get(object);
    if (!image)
        mp_raise_TypeError(MP_ERROR_TEXT("Expected an image"));
    return image;
}

struct ib_openmv_image *ib_image_object_mutable(mp_obj_t object, struct ib_image *picture) {
    struct ib_openmv_image *image = ib_image_object_of(object);
    if (!ib_openmv_image_picture(image, picture))
        ib_image_raise(IB_IMAGE_NOT_MUTABLE);
    return image;
}

// ---- making ----

static void in_buffer(struct image_object *self, mp_obj_t owner) {
    struct ib_openmv_image *image = &self->image;
    mp_buffer_info_t buffer;
    bool stream = (image->format & IB_PIXFORMAT_COMPRESSED) != 0, writable = true;
    // Whoever only reads a stream may do so in memory that cannot be written to.
    if (!mp_get_buffer(owner, &buffer, MP_BUFFER_RW)) {
        writable = false;
        mp_get_buffer_raise(owner, &buffer, stream ? MP_BUFFER_READ : MP_BUFFER_RW);
    }
    if (stream)
        image->size_bytes = buffer.len;
    image->room_bytes = writable ? buffer.len : 0;
    self->owner = owner;
    self->shared = true;
    if (stream && buffer.len == 0)
        ib_image_raise(IB_IMAGE_BUFFER_SMALL);
    refresh(self);
}

static void in_frame_buffer(struct ib_openmv_image *image) {
    struct ib_openmv_frame_buffer *buffer = ib_frame_buffer_main();
    if (!buffer || ib_openmv_frame_buffer_take(buffer, image->format, image->width_px,
                                               image->height_px, image->size_bytes, image) < 0)
        ib_image_raise(IB_IMAGE_NO_ROOM);
    memset(image->pixels, 0, image->size_bytes);
    ib_frame_buffer_show(image);
}

static void make_empty(struct image_object *self, int32_t width_px, const mp_arg_val_t *args) {
    enum { ARG_arg, ARG_height, ARG_pixformat, ARG_buffer, ARG_copy_to_fb };
    struct ib_openmv_image *image = &self->image;
    int32_t height_px = ib_image_int(args[ARG_height].u_obj);
    uint32_t format = ib_image_bits(args[ARG_pixformat].u_obj);
    if (width_px <= 0)
        ib_image_raise(IB_IMAGE_WIDTH);
    if (height_px <= 0)
        ib_image_raise(IB_IMAGE_HEIGHT);
    if (width_px > IB_IMAGE_MAX_PX || height_px > IB_IMAGE_MAX_PX)
        ib_image_raise(IB_IMAGE_TOO_LARGE);
    if (!ib_pixformat_known(format))
        ib_image_raise(IB_IMAGE_FORMAT);
    *image = (struct ib_openmv_image){
        .width_px = width_px,
        .height_px = height_px,
        .format = format,
        .size_bytes = ib_openmv_image_bytes(format, width_px, height_px),
    };
    if (args[ARG_buffer].u_obj != mp_const_none) {
        in_buffer(self, args[ARG_buffer].u_obj);
        return;
    }
    if (image->format & IB_PIXFORMAT_COMPRESSED)
        ib_image_raise(IB_IMAGE_BUFFER_MISSING);
    if (args[ARG_copy_to_fb].u_bool) {
        in_frame_buffer(image);
        return;
    }
    image->pixels = ib_pixel_memory(image->size_bytes);
    image->room_bytes = image->size_bytes;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *all) {
    enum { ARG_arg, ARG_height, ARG_pixformat, ARG_buffer, ARG_copy_to_fb };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_arg, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_height, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(-1)}},
        {MP_QSTR_pixformat, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(-1)}},
        {MP_QSTR_buffer, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_copy_to_fb, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    struct ib_openmv_image none = {0};
    mp_arg_parse_all_kw_array(n_args, n_kw, all, MP_ARRAY_SIZE(allowed), allowed, args);
    mp_obj_t first = args[ARG_arg].u_obj;
    (void)type;
    struct image_object *self = MP_OBJ_TO_PTR(ib_image_object_new(&none, MP_OBJ_NULL));
    if (mp_obj_is_str(first)) {
        ib_image_load(first, args[ARG_copy_to_fb].u_bool, &self->image);
        if (args[ARG_copy_to_fb].u_bool)
            ib_frame_buffer_show(&self->image);
    } else if (mp_obj_is_int(first)) {
        make_empty(self, ib_image_int(first), args);
    } else {
        // Arrays of numbers come with the module that makes them.
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("Expected a path or a width, not '%s'"),
                          mp_obj_get_type_str(first));
    }
    return MP_OBJ_FROM_PTR(self);
}

// ---- printing, length ----

static void print(const mp_print_t *out, mp_obj_t object, mp_print_kind_t kind) {
    const struct image_object *self = MP_OBJ_TO_PTR(object);
    const struct ib_openmv_image *image = &self->image;
    (void)kind;
    mp_printf(out, "{\"w\":%d, \"h\":%d, \"type\":\"%s\", \"size\":%u}", (int)image->width_px,
              (int)image->height_px, ib_pixformat_name(image->format), (unsigned)size_of(image));
}

static bool is_stream(const struct ib_openmv_image *image) {
    return (image->format & IB_PIXFORMAT_COMPRESSED) != 0;
}

static mp_obj_t unary(mp_unary_op_t op, mp_obj_t object) {
    const struct image_object *self = MP_OBJ_TO_PTR(object);
    const struct ib_openmv_image *image = &self->image;
    switch (op) {
    case MP_UNARY_OP_BOOL:
        return mp_const_true;
    case MP_UNARY_OP_LEN:
        return MP_OBJ_NEW_SMALL_INT(is_stream(image) ? (mp_int_t)image->size_bytes
                                                     : image->height_px);
    default:
        return MP_OBJ_NULL;
    }
}

// ---- items ----

static size_t item_count(const struct ib_openmv_image *image) {
    return is_stream(image) ? image->size_bytes
                            : (size_t)image->width_px * (size_t)image->height_px;
}

static uint32_t number_at(const struct ib_openmv_image *image, size_t index) {
    if (is_stream(image))
        return image->pixels[index];
    size_t width_px = (size_t)image->width_px;
    return ib_image_pixel_get(image, (int32_t)(index % width_px), (int32_t)(index / width_px));
}

static mp_obj_t colour_tuple(uint16_t colour) {
    const mp_obj_t rgb[3] = {
        MP_OBJ_NEW_SMALL_INT(ib_rgb565_red(colour)),
        MP_OBJ_NEW_SMALL_INT(ib_rgb565_green(colour)),
        MP_OBJ_NEW_SMALL_INT(ib_rgb565_blue(colour)),
    };
    return mp_obj_new_tuple(3, rgb);
}

static mp_obj_t item_at(const struct ib_openmv_image *image, size_t index) {
    uint32_t number = number_at(image, index);
    if (image->format == IB_PIXFORMAT_RGB565)
        return colour_tuple((uint16_t)number);
    if (ib_pixformat_family(image->format) != IB_PIXFORMAT_YUV422)
        return MP_OBJ_NEW_SMALL_INT(number);
    const mp_obj_t pair[2] = {MP_OBJ_NEW_SMALL_INT(number & 0xFF),
                              MP_OBJ_NEW_SMALL_INT(number >> 8)};
    return mp_obj_new_tuple(2, pair);
}

/// What is stored for an object; may raise, so it comes before anything has changed.
static uint32_t number_of(const struct ib_openmv_image *image, mp_obj_t value) {
    int32_t parts[2];
    if (mp_obj_is_int(value))
        return ib_image_bits(value);
    if (image->format == IB_PIXFORMAT_RGB565)
        return ib_image_colour_of(value, image->format);
    if (ib_pixformat_family(image->format) != IB_PIXFORMAT_YUV422)
        return (uint32_t)ib_image_int(value);
    ib_image_ints(value, 2, parts);
    return (uint32_t)(parts[0] & 0xFF) | (uint32_t)(parts[1] & 0xFF) << 8;
}

static void put_number(struct ib_openmv_image *image, size_t index, uint32_t number) {
    size_t width_px = (size_t)image->width_px;
    if (is_stream(image))
        image->pixels[index] = (uint8_t)number;
    else
        ib_image_pixel_put(image, (int32_t)(index % width_px), (int32_t)(index / width_px), number);
}

static mp_obj_t slice_load(const struct ib_openmv_image *image, mp_bound_slice_t slice) {
    size_t count = (size_t)(slice.stop - slice.start);
    mp_obj_tuple_t *tuple = MP_OBJ_TO_PTR(mp_obj_new_tuple(count, NULL));
    for (size_t i = 0; i < count; i++)
        tuple->items[i] = item_at(image, (size_t)slice.start + i);
    return MP_OBJ_FROM_PTR(tuple);
}

static void slice_store(struct ib_openmv_image *image, mp_bound_slice_t slice, mp_obj_t value) {
    size_t count = (size_t)(slice.stop - slice.start), size;
    mp_obj_t *items;
    // (r, g, b) fills like a number; a list of three is three items.
    bool colour = mp_obj_is_exact_type(value, &mp_type_tuple) &&
                  (image->format == IB_PIXFORMAT_RGB565 ||
                   ib_pixformat_family(image->format) == IB_PIXFORMAT_YUV422) &&
                  ib_image_sequence(value, &size, &items) && size > 0 && mp_obj_is_int(items[0]);
    if (!colour && ib_image_sequence(value, &size, &items)) {
        if (size != count)
            ib_image_raise(IB_IMAGE_SLICE_LENGTH);
        for (size_t i = 0; i < count; i++)
            put_number(image, (size_t)slice.start + i, number_of(image, items[i]));
        return;
    }
    uint32_t number = number_of(image, value);
    for (size_t i = 0; i < count; i++)
        put_number(image, (size_t)slice.start + i, number);
}

static mp_obj_t subscript(mp_obj_t object, mp_obj_t index, mp_obj_t value) {
    struct ib_openmv_image *image = ib_image_object_of(object);
    size_t count = item_count(image);
    if (value == MP_OBJ_NULL)
        return MP_OBJ_NULL; // del
    if (value != MP_OBJ_SENTINEL && image->room_bytes == 0)
        ib_image_raise(IB_IMAGE_READ_ONLY);
    if (mp_obj_is_exact_type(index, &mp_type_slice)) {
        mp_bound_slice_t slice;
        if (!mp_seq_get_fast_slice_indexes(count, index, &slice))
            ib_image_raise(IB_IMAGE_SLICE_STEP);
        if (value == MP_OBJ_SENTINEL)
            return slice_load(image, slice);
        slice_store(image, slice, value);
        return mp_const_none;
    }
    size_t at = mp_get_index(&ib_image_type, count, index, false);
    if (value == MP_OBJ_SENTINEL)
        return item_at(image, at);
    put_number(image, at, number_of(image, value));
    return mp_const_none;
}

// ---- rows, one after the other ----

struct rows {
    mp_obj_base_t base;
    mp_fun_1_t next;
    mp_obj_t image;
    size_t at;
};

static mp_obj_t next_row(mp_obj_t object) {
    struct rows *self = MP_OBJ_TO_PTR(object);
    const struct ib_openmv_image *image = ib_image_object_of(self->image);
    if (is_stream(image))
        return self->at < image->size_bytes ? MP_OBJ_NEW_SMALL_INT(image->pixels[self->at++])
                                            : MP_OBJ_STOP_ITERATION;
    if (self->at >= (size_t)image->height_px)
        return MP_OBJ_STOP_ITERATION;
    mp_obj_list_t *row = MP_OBJ_TO_PTR(mp_obj_new_list((size_t)image->width_px, NULL));
    for (int32_t x = 0; x < image->width_px; x++)
        row->items[x] = MP_OBJ_NEW_SMALL_INT(ib_image_pixel_get(image, x, (int32_t)self->at));
    self->at++;
    return MP_OBJ_FROM_PTR(row);
}

static mp_obj_t rows_of(mp_obj_t image, mp_obj_iter_buf_t *memory) {
    _Static_assert(sizeof(struct rows) <= sizeof(mp_obj_iter_buf_t), "an iterator's room");
    struct rows *self = (struct rows *)memory;
    self->base.type = &mp_type_polymorph_iter;
    self->next = next_row;
    self->image = image;
    self->at = 0;
    return MP_OBJ_FROM_PTR(self);
}

// ---- as bytes ----

static mp_int_t get_buffer(mp_obj_t object, mp_buffer_info_t *out, mp_uint_t flags) {
    const struct ib_openmv_image *image = ib_image_object_of(object);
    if (flags & MP_BUFFER_WRITE)
        return 1; // bytearray() is for that
    out->buf = image->pixels;
    out->len = size_of(image);
    out->typecode = 'B';
    return 0;
}

/// A view that can be written to and not grown: a bytearray's extend() would take the memory away
/// from the image. Of a caller's buffer it is a view of that, which keeps it.
static mp_obj_t image_bytearray(mp_obj_t object) {
    const struct image_object *self = MP_OBJ_TO_PTR(object);
    const struct ib_openmv_image *image = ib_image_object_of(object);
    if (image->room_bytes == 0)
        ib_image_raise(IB_IMAGE_READ_ONLY);
    if (!self->shared)
        return mp_obj_new_memoryview('B' | MP_OBJ_ARRAY_TYPECODE_FLAG_RW, size_of(image),
                                     image->pixels);
    mp_obj_t view = mp_call_function_1(MP_OBJ_FROM_PTR(&mp_type_memoryview), self->owner);
    mp_obj_t end = mp_obj_new_int_from_uint(size_of(image));
    return mp_obj_subscr(view, mp_obj_new_slice(MP_OBJ_NEW_SMALL_INT(0), end, mp_const_none),
                         MP_OBJ_SENTINEL);
}
static MP_DEFINE_CONST_FUN_OBJ_1(bytearray_obj, image_bytearray);

// ---- what it is ----

static mp_obj_t image_width(mp_obj_t object) {
    return MP_OBJ_NEW_SMALL_INT(ib_image_object_of(object)->width_px);
}
static MP_DEFINE_CONST_FUN_OBJ_1(width_obj, image_width);

static mp_obj_t image_height(mp_obj_t object) {
    return MP_OBJ_NEW_SMALL_INT(ib_image_object_of(object)->height_px);
}
static MP_DEFINE_CONST_FUN_OBJ_1(height_obj, image_height);

static mp_obj_t image_format(mp_obj_t object) {
    return mp_obj_new_int_from_uint(ib_pixformat_family(ib_image_object_of(object)->format));
}
static MP_DEFINE_CONST_FUN_OBJ_1(format_obj, image_format);

static mp_obj_t image_size(mp_obj_t object) {
    return mp_obj_new_int_from_uint(size_of(ib_image_object_of(object)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(size_obj, image_size);

#define METHOD(name, object)                                                                       \
    { MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&ib_image_##object##_obj) }

static const mp_rom_map_elem_t locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_width), MP_ROM_PTR(&width_obj)},
    {MP_ROM_QSTR(MP_QSTR_height), MP_ROM_PTR(&height_obj)},
    {MP_ROM_QSTR(MP_QSTR_format), MP_ROM_PTR(&format_obj)},
    {MP_ROM_QSTR(MP_QSTR_size), MP_ROM_PTR(&size_obj)},
    {MP_ROM_QSTR(MP_QSTR_bytearray), MP_ROM_PTR(&bytearray_obj)},
    METHOD(get_pixel, get_pixel),
    METHOD(set_pixel, set_pixel),
    METHOD(to_bitmap, to_bitmap),
    METHOD(to_grayscale, to_grayscale),
    METHOD(to_rgb565, to_rgb565),
    METHOD(to_rainbow, to_rainbow),
    METHOD(to_ironbow, to_ironbow),
    METHOD(to_jpeg, to_jpeg),
    METHOD(compress, to_jpeg),
    METHOD(to_png, to_png),
    METHOD(to_ndarray, to_ndarray),
    METHOD(copy, copy),
    METHOD(crop, crop),
    METHOD(scale, crop),
    METHOD(save, save),
    METHOD(flush, flush),
    METHOD(clear, clear),
    METHOD(draw_line, draw_line),
    METHOD(draw_rectangle, draw_rectangle),
    METHOD(draw_circle, draw_circle),
    METHOD(draw_cross, draw_cross),
    METHOD(draw_detection, draw_detection),
    METHOD(draw_string, draw_string),
    METHOD(draw_image, draw_image),
    METHOD(assign, draw_image),
    METHOD(replace, draw_image),
    METHOD(set, draw_image),
    METHOD(blend, draw_image),
    METHOD(find_blobs, find_blobs),
    METHOD(get_histogram, get_histogram),
    METHOD(get_hist, get_histogram),
    METHOD(histogram, get_histogram),
    METHOD(get_statistics, get_statistics),
    METHOD(get_stats, get_statistics),
    METHOD(statistics, get_statistics),
};
static MP_DEFINE_CONST_DICT(locals, locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_image_type, MP_QSTR_Image, MP_TYPE_FLAG_NONE, make_new, make_new, print,
                         print, unary_op, unary, subscr, subscript, iter, rows_of, buffer,
                         get_buffer, locals_dict, &locals);
