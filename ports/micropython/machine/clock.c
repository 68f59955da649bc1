/// time.clock(): see openmv/frame_clock.h.
#include "openmv/frame_clock.h"
#include "ports/micropython/machine/machine.h"
#include "py/runtime.h"

struct clock {
    mp_obj_base_t base;
    struct ib_frame_clock clock;
};

static struct ib_frame_clock *of(mp_obj_t self) {
    return &((struct clock *)MP_OBJ_TO_PTR(self))->clock;
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
    (void)args;
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    struct clock *self = mp_obj_malloc(struct clock, type);
    ib_frame_clock_reset(&self->clock, ib_vm_now_us());
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t clock_tick(mp_obj_t self) {
    ib_frame_clock_tick(of(self), ib_vm_now_us());
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(clock_tick_obj, clock_tick);

static mp_obj_t clock_fps(mp_obj_t self) {
    return mp_obj_new_float(ib_frame_clock_fps(of(self), ib_vm_now_us()));
}
static MP_DEFINE_CONST_FUN_OBJ_1(clock_fps_obj, clock_fps);

static mp_obj_t clock_avg(mp_obj_t self) {
    return mp_obj_new_float(ib_frame_clock_avg_ms(of(self), ib_vm_now_us()));
}
static MP_DEFINE_CONST_FUN_OBJ_1(clock_avg_obj, clock_avg);

static mp_obj_t clock_reset(mp_obj_t self) {
    ib_frame_clock_reset(of(self), ib_vm_now_us());
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(clock_reset_obj, clock_reset);

static const mp_rom_map_elem_t clock_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_tick), MP_ROM_PTR(&clock_tick_obj)},
    {MP_ROM_QSTR(MP_QSTR_fps), MP_ROM_PTR(&clock_fps_obj)},
    {MP_ROM_QSTR(MP_QSTR_avg), MP_ROM_PTR(&clock_avg_obj)},
    {MP_ROM_QSTR(MP_QSTR_reset), MP_ROM_PTR(&clock_reset_obj)},
};
static MP_DEFINE_CONST_DICT(clock_locals, clock_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_time_clock_type, MP_QSTR_clock, MP_TYPE_FLAG_NONE, make_new, make_new,
                         locals_dict, &clock_locals);
