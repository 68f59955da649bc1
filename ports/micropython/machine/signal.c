/// machine.Signal: a pin whose meaning may be the inverse of its level. Not extmod's, which takes any
/// object with a protocol for a pin.
#include <string.h>

#include "ports/micropython/machine/machine.h"
#include "py/runtime.h"

struct signal {
    mp_obj_base_t base;
    unsigned pin;
    bool invert;
};

/// Signal(pin or signal, *, invert=False), or Signal(Pin's arguments, invert=False).
static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, MP_OBJ_FUN_ARGS_MAX, true);
    struct signal *self = mp_obj_malloc(struct signal, type);
    self->invert = false;
    mp_map_t given, rest;
    mp_map_init_fixed_table(&given, n_kw, args + n_args);
    mp_map_init(&rest, n_kw);
    for (size_t i = 0; i < n_kw; i++)
        if (given.table[i].key == MP_OBJ_NEW_QSTR(MP_QSTR_invert))
            self->invert = mp_obj_is_true(given.table[i].value);
    for (size_t i = 0; i < n_kw; i++) {
        mp_obj_t key = given.table[i].key, value = given.table[i].value;
        if (key == MP_OBJ_NEW_QSTR(MP_QSTR_invert))
            continue;
        if (key == MP_OBJ_NEW_QSTR(MP_QSTR_value)) // means the signal's
            value = mp_obj_new_bool(mp_obj_is_true(value) != self->invert);
        mp_map_lookup(&rest, key, MP_MAP_LOOKUP_ADD_IF_NOT_FOUND)->value = value;
    }
    if (mp_obj_is_exact_type(args[0], type)) {
        const struct signal *other = MP_OBJ_TO_PTR(args[0]);
        self->pin = other->pin;
        self->invert ^= other->invert;
    } else {
        self->pin = ib_machine_pin_of(args[0]);
    }
    if (n_args > 1 || rest.used > 0)
        ib_machine_pin_init(self->pin, n_args - 1, args + 1, &rest);
    return MP_OBJ_FROM_PTR(self);
}

static void write(mp_obj_t object, bool value) {
    const struct signal *self = MP_OBJ_TO_PTR(object);
    ib_machine_pin_write(self->pin, value != self->invert);
}

static mp_obj_t signal_call(mp_obj_t object, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    const struct signal *self = MP_OBJ_TO_PTR(object);
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    if (n_args == 0)
        return MP_OBJ_NEW_SMALL_INT(ib_machine_pin_read(self->pin) != self->invert);
    write(object, mp_obj_is_true(args[0]));
    return mp_const_none;
}

static mp_obj_t signal_value(size_t n_args, const mp_obj_t *args) {
    return signal_call(args[0], n_args - 1, 0, args + 1);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(signal_value_obj, 1, 2, signal_value);

static mp_obj_t signal_on(mp_obj_t self) {
    write(self, true);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(signal_on_obj, signal_on);

static mp_obj_t signal_off(mp_obj_t self) {
    write(self, false);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(signal_off_obj, signal_off);

static const mp_rom_map_elem_t signal_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_value), MP_ROM_PTR(&signal_value_obj)},
    {MP_ROM_QSTR(MP_QSTR_on), MP_ROM_PTR(&signal_on_obj)},
    {MP_ROM_QSTR(MP_QSTR_off), MP_ROM_PTR(&signal_off_obj)},
};
static MP_DEFINE_CONST_DICT(signal_locals, signal_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_machine_signal_type, MP_QSTR_Signal, MP_TYPE_FLAG_NONE, make_new,
                         make_new, call, signal_call, locals_dict, &signal_locals);
