/// csi.CSI: arguments in, answers and exceptions out. What they mean is src/openmv's. How pictures look:
/// csi_looks.c.
#include <string.h>

#include "ports/micropython/csi/csi_board.h"
#include "ports/micropython/csi/csi_looks.h"
#include "ports/micropython/image/frame_buffer_door.h"
#include "ports/micropython/image/image_object.h"
#include "ports/micropython/vm_private.h"
#include "py/objlist.h"
#include "py/objtuple.h"
#include "py/runtime.h"

struct csi_object {
    mp_obj_base_t base;
    struct ib_csi *csi;
};

struct ib_csi *ib_csi_of(mp_obj_t self) {
    return ((struct csi_object *)MP_OBJ_TO_PTR(self))->csi;
}

/// `count` items of a tuple or list.
static mp_obj_t *items_of(mp_obj_t sequence, size_t *count) {
    mp_obj_t *items;
    mp_obj_get_array(sequence, count, &items);
    return items;
}

// ---- life ----

static mp_obj_t csi_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                             const mp_obj_t *all) {
    enum { ARG_cid, ARG_delays, ARG_fflush, ARG_stream };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_cid, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_delays, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = true}},
        {MP_QSTR_fflush, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = true}},
        {MP_QSTR_stream, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all_kw_array(n_args, n_kw, all, MP_ARRAY_SIZE(allowed), allowed, args);
    struct ib_csi *csi;
    uint64_t due_us;
    int status;
    while ((status = ib_csi_find(ib_csi_the_board(), (int32_t)args[ARG_cid].u_int, ib_vm_now_us(),
                                 &due_us, &csi)) == 0)
        ib_vm_pause_until(due_us);
    ib_csi_check(status);
    bool stream = args[ARG_stream].u_obj == mp_const_none ? ib_csi_index(csi) == 0
                                                          : mp_obj_is_true(args[ARG_stream].u_obj);
    if (stream)
        ib_csi_stream(csi);
    csi->delays = args[ARG_delays].u_bool;
    csi->fflush = args[ARG_fflush].u_bool;
    struct csi_object *self = mp_obj_malloc(struct csi_object, type);
    self->csi = csi;
    return MP_OBJ_FROM_PTR(self);
}

static void csi_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    (void)kind;
    const struct ib_csi *csi = ib_csi_of(self_in);
    struct ib_csi_facts facts;
    ib_csi_facts(csi, &facts);
    const char *const words[] = {"False", "True"};
    mp_printf(print, "CSI {\n  Name:                %s\n  Chip ID:             0x%04X\n",
              facts.name, (unsigned)csi->chip_id);
    mp_printf(print, "  Address:             0x%02X\n  Powered On:          %s\n",
              (unsigned)facts.address, words[csi->powered]);
    mp_printf(print, "  Auxiliary:           %s\n  Raw Output:          %s\n",
              words[facts.auxiliary], words[facts.raw_output]);
    mp_printf(print, "  Frame Rate:          %u\n  Clock Frequency:     %u\n",
              (unsigned)csi->framerate_hz, (unsigned)facts.clock_hz);
    mp_printf(print, "  Framebuffer {\n    Dynamic:           True\n    Raw Buffer Size:   %u\n",
              (unsigned)facts.raw_bytes);
    // The board's memory begins there; where ours lies differs from run to run.
    unsigned address = 0xC0000000u + (unsigned)(ib_csi_index(csi) * IB_CSI_POOL_BYTES);
    mp_printf(print, "    Raw Buffer Addr:   0x%08x\n    Vbuffer Size:      %u\n", address,
              (unsigned)facts.buffer_bytes);
    mp_printf(print, "    Vbuffer Count:     %u\n    Used Queue Size:   %u\n",
              (unsigned)facts.buffers, (unsigned)csi->pending);
    mp_printf(print, "    Free Queue Size:   %u\n  }\n}", (unsigned)(facts.buffers - csi->pending));
}

static mp_obj_t csi_reset(size_t n_args, const mp_obj_t *pos, mp_map_t *kw) {
    enum { ARG_hard };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_hard, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = true}}};
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, pos + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    struct ib_csi *csi = ib_csi_of(pos[0]);
    for (unsigned i = 0; i < IB_CSI_CALLBACKS; i++)
        ib_csi_set_callback(csi, i, mp_const_none);
    ib_csi_check(ib_csi_reset(csi, args[ARG_hard].u_bool, ib_vm_now_us()));
    ib_csi_finish(csi);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(csi_reset_obj, 1, csi_reset);

static mp_obj_t csi_shutdown(mp_obj_t self, mp_obj_t on) {
    ib_csi_check(ib_csi_shutdown(ib_csi_of(self), mp_obj_is_true(on)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(csi_shutdown_obj, csi_shutdown);

static mp_obj_t csi_sleep(mp_obj_t self, mp_obj_t on) {
    ib_csi_check(ib_csi_sleep(ib_csi_of(self), mp_obj_is_true(on)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(csi_sleep_obj, csi_sleep);

static mp_obj_t csi_flush(mp_obj_t self) {
    struct ib_openmv_image image;
    if (ib_csi_picture(ib_csi_of(self), &image))
        ib_frame_buffer_show(&image);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(csi_flush_obj, csi_flush);

// ---- pictures ----

static mp_obj_t csi_snapshot(size_t n_args, const mp_obj_t *pos, mp_map_t *kw) {
    enum { ARG_time, ARG_frames, ARG_blocking, ARG_image };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_time, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_frames, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_blocking, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = true}},
        {MP_QSTR_image, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, pos + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    struct ib_csi *csi = ib_csi_of(pos[0]);
    mp_obj_t into = args[ARG_image].u_obj;
    struct ib_image picture;
    if (into != mp_const_none)
        (void)ib_image_object_mutable(into, &picture);
    const struct ib_csi_snapshot how = {
        .time_ms = args[ARG_time].u_int,
        .frames = args[ARG_frames].u_int,
        .blocking = args[ARG_blocking].u_bool,
    };
    uint32_t pictures = csi->pictures;
    // The latest picture is shown when the next is asked for: with what was drawn on it.
    if (ib_csi_streams(csi))
        (void)csi_flush(pos[0]);
    ib_csi_check(ib_csi_take(csi, &how, ib_vm_now_us()));
    ib_csi_finish(csi);
    if (into != mp_const_none) {
        // Asked for again: what ran meanwhile may have made another image of it.
        if (csi->pictures != pictures)
            ib_csi_check(ib_csi_draw(csi, ib_image_object_mutable(into, &picture)));
        return mp_const_none;
    }
    struct ib_openmv_image image;
    if (!csi->got_picture || !ib_csi_picture(csi, &image))
        return mp_const_none;
    return ib_image_object_new(&image, MP_OBJ_NULL);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(csi_snapshot_obj, 1, csi_snapshot);

static mp_obj_t csi_readable(mp_obj_t self) {
    return mp_obj_new_bool(ib_csi_readable(ib_csi_of(self), ib_vm_now_us()));
}
static MP_DEFINE_CONST_FUN_OBJ_1(csi_readable_obj, csi_readable);

/// For the old module: the image in the frame buffer, or None.
static mp_obj_t csi_get_fb(mp_obj_t self) {
    struct ib_openmv_image image;
    if (!ib_csi_picture(ib_csi_of(self), &image))
        return mp_const_none;
    return ib_image_object_new(&image, MP_OBJ_NULL);
}
static MP_DEFINE_CONST_FUN_OBJ_1(csi_get_fb_obj, csi_get_fb);

// ---- what comes out ----

static struct ib_csi *sized(mp_obj_t self) {
    struct ib_csi *csi = ib_csi_of(self);
    if (csi->framesize == IB_CSI_SIZE_NONE)
        ib_csi_raise(IB_CSI_E_FRAMESIZE);
    return csi;
}

static mp_obj_t csi_width(mp_obj_t self) {
    return MP_OBJ_NEW_SMALL_INT(sized(self)->width_px);
}
static MP_DEFINE_CONST_FUN_OBJ_1(csi_width_obj, csi_width);

static mp_obj_t csi_height(mp_obj_t self) {
    return MP_OBJ_NEW_SMALL_INT(sized(self)->height_px);
}
static MP_DEFINE_CONST_FUN_OBJ_1(csi_height_obj, csi_height);

static mp_obj_t csi_cid(mp_obj_t self) {
    return MP_OBJ_NEW_SMALL_INT(ib_csi_of(self)->chip_id);
}
static MP_DEFINE_CONST_FUN_OBJ_1(csi_cid_obj, csi_cid);

static mp_obj_t csi_pixformat(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1) {
        if (csi->pixformat == 0)
            ib_csi_raise(IB_CSI_E_PIXFORMAT);
        return mp_obj_new_int_from_uint(csi->pixformat);
    }
    mp_int_t pixformat = mp_obj_get_int(args[1]);
    bool is_format = pixformat > 0 && pixformat <= (mp_int_t)UINT32_MAX;
    ib_csi_check(ib_csi_set_pixformat(csi, is_format ? (uint32_t)pixformat : 0, ib_vm_now_us()));
    ib_csi_finish(csi);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_pixformat_obj, 1, 2, csi_pixformat);

static int32_t size_of(mp_obj_t number) {
    mp_int_t size = mp_obj_get_int(number);
    return size < 0 || size > INT32_MAX ? 0 : (int32_t)size;
}

static mp_obj_t csi_framesize(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1) {
        (void)sized(args[0]);
        if (csi->framesize != IB_CSI_SIZE_CUSTOM)
            return MP_OBJ_NEW_SMALL_INT(csi->framesize);
        mp_obj_t size[2] = {MP_OBJ_NEW_SMALL_INT(csi->width_px),
                            MP_OBJ_NEW_SMALL_INT(csi->height_px)};
        return mp_obj_new_tuple(2, size);
    }
    if (mp_obj_is_int(args[1])) {
        mp_int_t number = mp_obj_get_int(args[1]);
        int known = number > IB_CSI_SIZE_CUSTOM && number < IB_CSI_SIZES ? (int)number : 0;
        ib_csi_check(ib_csi_set_framesize(csi, known, 0, 0, ib_vm_now_us()));
    } else {
        size_t count;
        mp_obj_t *items = items_of(args[1], &count);
        if (count != 2)
            ib_csi_raise(IB_CSI_E_FRAMESIZE);
        ib_csi_check(ib_csi_set_framesize(csi, IB_CSI_SIZE_CUSTOM, size_of(items[0]),
                                          size_of(items[1]), ib_vm_now_us()));
    }
    ib_csi_finish(csi);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_framesize_obj, 1, 2, csi_framesize);

static mp_obj_t csi_framerate(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1) {
        if (csi->framerate_hz == 0)
            ib_csi_raise(IB_CSI_E_FRAMERATE);
        return MP_OBJ_NEW_SMALL_INT(csi->framerate_hz);
    }
    mp_int_t hz = mp_obj_get_int(args[1]);
    ib_csi_check(ib_csi_set_framerate(csi, hz < 0 || hz > INT32_MAX ? 0 : (int32_t)hz));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_framerate_obj, 1, 2, csi_framerate);

/// A coordinate that a rectangle can be clipped with.
static int32_t place_of(mp_obj_t number) {
    mp_int_t place = mp_obj_get_int(number);
    return place > 1000000 ? 1000000 : place < -1000000 ? -1000000 : (int32_t)place;
}

static mp_obj_t rect_object(const struct ib_rect *rect) {
    mp_obj_t items[4] = {MP_OBJ_NEW_SMALL_INT(rect->x), MP_OBJ_NEW_SMALL_INT(rect->y),
                         MP_OBJ_NEW_SMALL_INT(rect->w), MP_OBJ_NEW_SMALL_INT(rect->h)};
    return mp_obj_new_tuple(4, items);
}

static mp_obj_t csi_window(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = sized(args[0]);
    if (n_args == 1)
        return rect_object(&csi->window);
    size_t count = 0;
    mp_obj_t *items = NULL;
    if (mp_obj_is_exact_type(args[1], &mp_type_tuple) ||
        mp_obj_is_exact_type(args[1], &mp_type_list))
        items = items_of(args[1], &count);
    if (count != 2 && count != 4)
        mp_raise_ValueError(MP_ERROR_TEXT("Expected (w, h) or (x, y, w, h) tuple/list."));
    struct ib_rect window = {0, 0, place_of(items[count - 2]), place_of(items[count - 1])};
    window.x = count == 4 ? place_of(items[0]) : (csi->width_px - window.w) / 2;
    window.y = count == 4 ? place_of(items[1]) : (csi->height_px - window.h) / 2;
    int status = ib_csi_set_window(csi, window);
    if (status == IB_CSI_E_WINDOW && (window.w < 1 || window.h < 1))
        mp_raise_ValueError(MP_ERROR_TEXT("Invalid ROI dimensions!"));
    if (status == IB_CSI_E_WINDOW)
        mp_raise_ValueError(MP_ERROR_TEXT("ROI does not overlap on the image!"));
    ib_csi_check(status);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_window_obj, 1, 2, csi_window);

static mp_obj_t csi_hmirror(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1)
        return mp_obj_new_bool(csi->hmirror);
    ib_csi_check(ib_csi_set_mirror(csi, mp_obj_is_true(args[1]), csi->vflip, ib_vm_now_us()));
    ib_csi_finish(csi);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_hmirror_obj, 1, 2, csi_hmirror);

static mp_obj_t csi_vflip(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1)
        return mp_obj_new_bool(csi->vflip);
    ib_csi_check(ib_csi_set_mirror(csi, csi->hmirror, mp_obj_is_true(args[1]), ib_vm_now_us()));
    ib_csi_finish(csi);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_vflip_obj, 1, 2, csi_vflip);

static mp_obj_t csi_transpose(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1)
        return mp_obj_new_bool(csi->transpose);
    ib_csi_check(ib_csi_set_transpose(csi, mp_obj_is_true(args[1])));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_transpose_obj, 1, 2, csi_transpose);

static mp_obj_t csi_auto_rotation(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1)
        return mp_obj_new_bool(csi->auto_rotation);
    ib_csi_check(ib_csi_set_auto_rotation(csi, mp_obj_is_true(args[1])));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_auto_rotation_obj, 1, 2, csi_auto_rotation);

static mp_obj_t csi_framebuffers(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1)
        return MP_OBJ_NEW_SMALL_INT(ib_csi_buffers(csi));
    ib_csi_check(ib_csi_set_buffers(csi, size_of(args[1])));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_framebuffers_obj, 1, 2, csi_framebuffers);

static mp_obj_t csi_color_palette(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1)
        return MP_OBJ_NEW_SMALL_INT(csi->palette);
    mp_int_t palette = mp_obj_is_int(args[1]) ? mp_obj_get_int(args[1]) : -1;
    ib_csi_check(ib_csi_set_palette(csi, palette < 0 || palette > 255 ? -1 : (int)palette));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_color_palette_obj, 1, 2, csi_color_palette);

// ---- callbacks, registers ----

static mp_obj_t callback(size_t n_args, const mp_obj_t *args, unsigned which) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    if (n_args == 1)
        return ib_csi_callback(csi, which);
    if (args[1] != mp_const_none && !mp_obj_is_callable(args[1]))
        ib_csi_raise(IB_CSI_E_ARGUMENT);
    ib_csi_set_callback(csi, which, args[1]);
    return mp_const_none;
}

static mp_obj_t csi_vsync_callback(size_t n_args, const mp_obj_t *args) {
    return callback(n_args, args, IB_CSI_VSYNC_CALLBACK);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_vsync_callback_obj, 1, 2, csi_vsync_callback);

static mp_obj_t csi_frame_callback(size_t n_args, const mp_obj_t *args) {
    return callback(n_args, args, IB_CSI_FRAME_CALLBACK);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(csi_frame_callback_obj, 1, 2, csi_frame_callback);

static uint16_t word_of(mp_obj_t number) {
    mp_int_t value = mp_obj_get_int(number);
    if (value < 0 || value > UINT16_MAX)
        ib_csi_raise(IB_CSI_E_ARGUMENT);
    return (uint16_t)value;
}

static mp_obj_t csi_write_reg(mp_obj_t self, mp_obj_t address, mp_obj_t value) {
    ib_csi_check(ib_csi_write_register(ib_csi_of(self), word_of(address), word_of(value)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(csi_write_reg_obj, csi_write_reg);

static mp_obj_t csi_read_reg(mp_obj_t self, mp_obj_t address) {
    return MP_OBJ_NEW_SMALL_INT(
        ib_csi_check(ib_csi_read_register(ib_csi_of(self), word_of(address))));
}
static MP_DEFINE_CONST_FUN_OBJ_2(csi_read_reg_obj, csi_read_reg);

#define METHOD(name)                                                                               \
    { MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&csi_##name##_obj) }

#define LOOK(name)                                                                                 \
    { MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&ib_csi_##name##_obj) }

static const mp_rom_map_elem_t csi_table[] = {
    METHOD(reset),
    METHOD(shutdown),
    METHOD(sleep),
    METHOD(flush),
    METHOD(snapshot),
    METHOD(readable),
    {MP_ROM_QSTR(MP_QSTR__get_fb), MP_ROM_PTR(&csi_get_fb_obj)},
    METHOD(width),
    METHOD(height),
    METHOD(cid),
    METHOD(pixformat),
    METHOD(framesize),
    METHOD(framerate),
    METHOD(window),
    METHOD(hmirror),
    METHOD(vflip),
    METHOD(transpose),
    METHOD(auto_rotation),
    METHOD(framebuffers),
    METHOD(color_palette),
    LOOK(gainceiling),
    LOOK(brightness),
    LOOK(contrast),
    LOOK(saturation),
    LOOK(quality),
    LOOK(colorbar),
    LOOK(special_effect),
    LOOK(lens_correction),
    LOOK(auto_gain),
    LOOK(auto_exposure),
    LOOK(auto_whitebal),
    LOOK(auto_blc),
    LOOK(gain_db),
    LOOK(exposure_us),
    LOOK(rgb_gain_db),
    LOOK(blc_regs),
    METHOD(vsync_callback),
    METHOD(frame_callback),
    {MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&ib_csi_ioctl_obj)},
    {MP_ROM_QSTR(MP_QSTR___write_reg), MP_ROM_PTR(&csi_write_reg_obj)},
    {MP_ROM_QSTR(MP_QSTR___read_reg), MP_ROM_PTR(&csi_read_reg_obj)},
};
static MP_DEFINE_CONST_DICT(csi_dict, csi_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_csi_type, MP_QSTR_CSI, MP_TYPE_FLAG_NONE, make_new, csi_make_new, print,
                         csi_print, locals_dict, &csi_dict);
