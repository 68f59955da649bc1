/// machine.LED by name, and pyb.LED by number. What on, off, low and high mean: openmv/lights.h.
#include <string.h>

#include "openmv/lights.h"
#include "ports/micropython/machine/machine.h"
#include "py/runtime.h"

struct led {
    mp_obj_base_t base;
    unsigned pin;
};

static unsigned pin_of(mp_obj_t self) {
    return ((const struct led *)MP_OBJ_TO_PTR(self))->pin;
}

static mp_obj_t new_led(const mp_obj_type_t *type, unsigned pin) {
    struct led *self = mp_obj_malloc(struct led, type);
    self->pin = pin;
    ib_machine_check(ib_pins_configure(&ib_vm_current->pins, pin, IB_PIN_OUTPUT, IB_PIN_PULL_NONE));
    return MP_OBJ_FROM_PTR(self);
}

// ---- machine.LED ----

static mp_obj_t led_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                             const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    return new_led(type, ib_machine_pin_of(args[0]));
}

static mp_obj_t led_on(mp_obj_t self) {
    ib_machine_pin_write(pin_of(self), 0);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(led_on_obj, led_on);

static mp_obj_t led_off(mp_obj_t self) {
    ib_machine_pin_write(pin_of(self), 1);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(led_off_obj, led_off);

static mp_obj_t led_low(mp_obj_t self) {
    ib_machine_pin_write(pin_of(self), ib_lights_level(pin_of(self), true));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(led_low_obj, led_low);

static mp_obj_t led_high(mp_obj_t self) {
    ib_machine_pin_write(pin_of(self), ib_lights_level(pin_of(self), false));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(led_high_obj, led_high);

static mp_obj_t led_toggle(mp_obj_t self) {
    ib_machine_pin_write(pin_of(self), !ib_vm_current->pins.latch[pin_of(self)]);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(led_toggle_obj, led_toggle);

static mp_obj_t led_value(size_t n_args, const mp_obj_t *args) {
    if (n_args == 1)
        return MP_OBJ_NEW_SMALL_INT(!ib_machine_pin_read(pin_of(args[0])));
    ib_machine_pin_write(pin_of(args[0]), !mp_obj_is_true(args[1]));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(led_value_obj, 1, 2, led_value);

static mp_obj_t led_boardname(mp_obj_t self) {
    const char *name = ib_board_pure_thermal.pins[pin_of(self)].name;
    return mp_obj_new_str(name, strlen(name));
}
static MP_DEFINE_CONST_FUN_OBJ_1(led_boardname_obj, led_boardname);

static void led_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind) {
    (void)kind;
    mp_printf(print, "LED(%s)", ib_board_pure_thermal.pins[pin_of(self)].name);
}

static const mp_rom_map_elem_t led_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_on), MP_ROM_PTR(&led_on_obj)},
    {MP_ROM_QSTR(MP_QSTR_off), MP_ROM_PTR(&led_off_obj)},
    {MP_ROM_QSTR(MP_QSTR_low), MP_ROM_PTR(&led_low_obj)},
    {MP_ROM_QSTR(MP_QSTR_high), MP_ROM_PTR(&led_high_obj)},
    {MP_ROM_QSTR(MP_QSTR_toggle), MP_ROM_PTR(&led_toggle_obj)},
    {MP_ROM_QSTR(MP_QSTR_value), MP_ROM_PTR(&led_value_obj)},
    {MP_ROM_QSTR(MP_QSTR_boardname), MP_ROM_PTR(&led_boardname_obj)},
};
static MP_DEFINE_CONST_DICT(led_locals, led_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_machine_led_type, MP_QSTR_LED, MP_TYPE_FLAG_NONE, make_new,
                         led_make_new, print, led_print, locals_dict, &led_locals);

// ---- pyb.LED: on() makes light, also of the white one ----

static mp_obj_t pyb_led_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                                 const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    mp_int_t number = mp_obj_get_int(args[0]);
    if (number < 1 || number > (mp_int_t)IB_LIGHTS)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("LED(%d) doesn't exist"), (int)number);
    return new_led(type, ib_lights_pin((unsigned)number - 1));
}

static bool lit(mp_obj_t self) {
    return ib_machine_pin_read(pin_of(self)) == ib_lights_level(pin_of(self), true);
}

static mp_obj_t pyb_led_toggle(mp_obj_t self) {
    ib_machine_pin_write(pin_of(self), ib_lights_level(pin_of(self), !lit(self)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pyb_led_toggle_obj, pyb_led_toggle);

/// No LED is dimmed: 0 or 255.
static mp_obj_t pyb_led_intensity(size_t n_args, const mp_obj_t *args) {
    if (n_args == 1)
        return MP_OBJ_NEW_SMALL_INT(lit(args[0]) ? 255 : 0);
    ib_machine_pin_write(pin_of(args[0]),
                         ib_lights_level(pin_of(args[0]), mp_obj_get_int(args[1]) > 0));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(pyb_led_intensity_obj, 1, 2, pyb_led_intensity);

static void pyb_led_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind) {
    (void)kind;
    mp_printf(print, "LED(%d)", ib_lights_of_pin(pin_of(self)) + 1);
}

static const mp_rom_map_elem_t pyb_led_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_on), MP_ROM_PTR(&led_low_obj)},
    {MP_ROM_QSTR(MP_QSTR_off), MP_ROM_PTR(&led_high_obj)},
    {MP_ROM_QSTR(MP_QSTR_toggle), MP_ROM_PTR(&pyb_led_toggle_obj)},
    {MP_ROM_QSTR(MP_QSTR_intensity), MP_ROM_PTR(&pyb_led_intensity_obj)},
};
static MP_DEFINE_CONST_DICT(pyb_led_locals, pyb_led_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_pyb_led_type, MP_QSTR_LED, MP_TYPE_FLAG_NONE, make_new,
                         pyb_led_make_new, print, pyb_led_print, locals_dict, &pyb_led_locals);
