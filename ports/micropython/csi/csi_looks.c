/// csi.CSI: how pictures look. What a sensor cannot do is an answer or a warning, no exception.
#include "ports/micropython/csi/csi_looks.h"

#include <math.h>

#include "ports/micropython/csi/csi_board.h"
#include "py/runtime.h"

#define RED "\x1b[31m"
#define PLAIN "\x1b[0m"

static int32_t clipped(mp_int_t value) {
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

static mp_obj_t control(mp_obj_t self, enum ib_csi_control which, mp_int_t value) {
    const int32_t values[3] = {clipped(value), 0, 0};
    return mp_obj_new_bool(ib_csi_check(ib_csi_control(ib_csi_of(self), which, values)));
}

#define CONTROL(name, which)                                                                       \
    static mp_obj_t csi_##name(mp_obj_t self, mp_obj_t value) {                                    \
        return control(self, which, mp_obj_get_int(value));                                        \
    }                                                                                              \
    MP_DEFINE_CONST_FUN_OBJ_2(ib_csi_##name##_obj, csi_##name);

CONTROL(gainceiling, IB_CSI_GAINCEILING)
CONTROL(brightness, IB_CSI_BRIGHTNESS)
CONTROL(contrast, IB_CSI_CONTRAST)
CONTROL(saturation, IB_CSI_SATURATION)
CONTROL(special_effect, IB_CSI_SPECIAL_EFFECT)

static mp_obj_t csi_quality(mp_obj_t self, mp_obj_t value) {
    mp_int_t quality = mp_obj_get_int(value);
    if (quality < 0 || quality > 100)
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("Quality ranges between 0 and 100"));
    return control(self, IB_CSI_QUALITY, quality);
}
MP_DEFINE_CONST_FUN_OBJ_2(ib_csi_quality_obj, csi_quality);

static mp_obj_t csi_colorbar(mp_obj_t self, mp_obj_t on) {
    return control(self, IB_CSI_COLORBAR, mp_obj_is_true(on));
}
MP_DEFINE_CONST_FUN_OBJ_2(ib_csi_colorbar_obj, csi_colorbar);

static mp_obj_t csi_lens_correction(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    const int32_t values[3] = {mp_obj_is_true(args[1]), clipped(mp_obj_get_int(args[2])),
                               clipped(mp_obj_get_int(args[3]))};
    return mp_obj_new_bool(
        ib_csi_check(ib_csi_control(ib_csi_of(args[0]), IB_CSI_LENS_CORRECTION, values)));
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ib_csi_lens_correction_obj, 4, 4, csi_lens_correction);

/// What a sensor cannot do by itself only costs a warning.
static mp_obj_t set_auto(mp_obj_t self, enum ib_csi_auto which, mp_obj_t on,
                         const struct ib_csi_manual *manual) {
    static const char *const NAMES[] = {"Auto Gain", "Auto Exposure", "Auto White Balance",
                                        "Auto BLC"};
    int status = ib_csi_set_auto(ib_csi_of(self), which, mp_obj_is_true(on), manual);
    if (status == IB_CSI_E_UNSUPPORTED)
        mp_printf(&mp_plat_print,
                  RED "WARNING: %s control is not supported by this image sensor." PLAIN "\n",
                  NAMES[which]);
    else
        ib_csi_check(status);
    return mp_const_none;
}

static mp_float_t number_or_nan(mp_obj_t value) {
    return value == mp_const_none ? NAN : mp_obj_get_float(value);
}

static mp_obj_t csi_auto_gain(size_t n_args, const mp_obj_t *pos, mp_map_t *kw) {
    enum { ARG_enable, ARG_gain_db, ARG_gain_db_ceiling };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_enable, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_gain_db, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_gain_db_ceiling, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, pos + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    struct ib_csi_manual manual = ib_csi_manual_none();
    manual.gain_db = number_or_nan(args[ARG_gain_db].u_obj);
    manual.gain_ceiling_db = number_or_nan(args[ARG_gain_db_ceiling].u_obj);
    return set_auto(pos[0], IB_CSI_AUTO_GAIN, args[ARG_enable].u_obj, &manual);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_csi_auto_gain_obj, 1, csi_auto_gain);

static mp_obj_t csi_auto_exposure(size_t n_args, const mp_obj_t *pos, mp_map_t *kw) {
    enum { ARG_enable, ARG_exposure_us };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_enable, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_exposure_us, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, pos + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    struct ib_csi_manual manual = ib_csi_manual_none();
    mp_int_t us = args[ARG_exposure_us].u_int;
    manual.exposure_us = us < 0 ? -1 : us > INT32_MAX ? INT32_MAX : (int32_t)us;
    return set_auto(pos[0], IB_CSI_AUTO_EXPOSURE, args[ARG_enable].u_obj, &manual);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_csi_auto_exposure_obj, 1, csi_auto_exposure);

static mp_obj_t csi_auto_whitebal(size_t n_args, const mp_obj_t *pos, mp_map_t *kw) {
    enum { ARG_enable, ARG_rgb_gain_db };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_enable, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_rgb_gain_db, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, pos + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    struct ib_csi_manual manual = ib_csi_manual_none();
    if (args[ARG_rgb_gain_db].u_obj != mp_const_none) {
        mp_obj_t *items;
        mp_obj_get_array_fixed_n(args[ARG_rgb_gain_db].u_obj, 3, &items);
        for (size_t i = 0; i < 3; i++)
            manual.rgb_gain_db[i] = mp_obj_get_float(items[i]);
    }
    return set_auto(pos[0], IB_CSI_AUTO_WHITEBAL, args[ARG_enable].u_obj, &manual);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_csi_auto_whitebal_obj, 1, csi_auto_whitebal);

static mp_obj_t csi_auto_blc(size_t n_args, const mp_obj_t *pos, mp_map_t *kw) {
    enum { ARG_enable, ARG_regs };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_enable, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
        {MP_QSTR_regs, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, pos + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    struct ib_csi_manual manual = ib_csi_manual_none();
    if (args[ARG_regs].u_obj != mp_const_none) {
        mp_obj_t *items;
        mp_obj_get_array_fixed_n(args[ARG_regs].u_obj, IB_CSI_BLC_REGISTERS, &items);
        for (size_t i = 0; i < IB_CSI_BLC_REGISTERS; i++)
            manual.blc[i] = (int32_t)mp_obj_get_int(items[i]);
        manual.blc_count = IB_CSI_BLC_REGISTERS;
    }
    return set_auto(pos[0], IB_CSI_AUTO_BLC, args[ARG_enable].u_obj, &manual);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_csi_auto_blc_obj, 1, csi_auto_blc);

static struct ib_csi_manual get_auto(mp_obj_t self, enum ib_csi_auto which) {
    struct ib_csi_manual found;
    ib_csi_check(ib_csi_get_auto(ib_csi_of(self), which, &found));
    return found;
}

static mp_obj_t csi_gain_db(mp_obj_t self) {
    return mp_obj_new_float(get_auto(self, IB_CSI_AUTO_GAIN).gain_db);
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_csi_gain_db_obj, csi_gain_db);

static mp_obj_t csi_exposure_us(mp_obj_t self) {
    return mp_obj_new_int(get_auto(self, IB_CSI_AUTO_EXPOSURE).exposure_us);
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_csi_exposure_us_obj, csi_exposure_us);

static mp_obj_t csi_rgb_gain_db(mp_obj_t self) {
    const struct ib_csi_manual found = get_auto(self, IB_CSI_AUTO_WHITEBAL);
    mp_obj_t items[3];
    for (size_t i = 0; i < 3; i++)
        items[i] = mp_obj_new_float(found.rgb_gain_db[i]);
    return mp_obj_new_tuple(3, items);
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_csi_rgb_gain_db_obj, csi_rgb_gain_db);

static mp_obj_t csi_blc_regs(mp_obj_t self) {
    const struct ib_csi_manual found = get_auto(self, IB_CSI_AUTO_BLC);
    mp_obj_t items[IB_CSI_BLC_REGISTERS];
    for (size_t i = 0; i < IB_CSI_BLC_REGISTERS; i++)
        items[i] = mp_obj_new_int(found.blc[i]);
    return mp_obj_new_list(IB_CSI_BLC_REGISTERS, items);
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_csi_blc_regs_obj, csi_blc_regs);
