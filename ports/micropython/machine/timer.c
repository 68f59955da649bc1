/// machine.Timer(-1): virtual timers on the script's time. Their callbacks run between two steps of the
/// script, or in its waits.
#include <stddef.h>

#include "ports/micropython/machine/machine.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/runtime.h"

enum { ONE_SHOT = 1, PERIODIC = 2 };
#define LONGEST_MS 0x40000000

struct timer {
    mp_obj_base_t base;
    struct ib_alarm alarm;
    uint32_t period_ms;
    uint8_t mode;
    mp_obj_t callback;
};

static struct timer *owner(struct ib_alarm *alarm) {
    return (struct timer *)(void *)((char *)alarm - offsetof(struct timer, alarm));
}

/// In the atomic section: whether its callback is in the scheduler's queue.
static bool waits(const struct timer *self) {
    for (unsigned i = 0; i < MP_STATE_VM(sched_len); i++) {
        unsigned at = (MP_STATE_VM(sched_idx) + i) % MICROPY_SCHEDULER_DEPTH;
        if (MP_STATE_VM(sched_queue)[at].arg == MP_OBJ_FROM_PTR(self))
            return true;
    }
    return false;
}

/// Each waits once at most: a fast timer and a slow script must not keep the others' news out.
void ib_vm_timer_fired(struct ib_alarm *alarm) {
    struct timer *self = owner(alarm);
    if (waits(self)) {
        atomic_fetch_add(&ib_vm_current->events_lost, 1);
        return;
    }
    ib_machine_call_soon(ib_vm_current, self->callback, MP_OBJ_FROM_PTR(self));
}

/// The list leads from inside of one object into the next: the collector cannot follow that.
void ib_vm_timers_mark(void) {
    for (struct ib_alarm *alarm = ib_vm_current->alarms.first; alarm; alarm = alarm->next) {
        void *object = owner(alarm);
        gc_collect_root(&object, 1);
    }
}

void ib_machine_timers_end(struct ib_vm *self) {
    while (self->alarms.first)
        ib_vm_alarm_clear(self, self->alarms.first);
}

static uint32_t period_of(mp_int_t period, mp_int_t tick_hz, mp_obj_t freq, uint32_t before_ms) {
    float ms = (float)before_ms;
    if (freq != mp_const_none) {
        float hz = (float)mp_obj_get_float(freq);
        if (!(hz > 0))
            mp_raise_ValueError(MP_ERROR_TEXT("freq must be positive"));
        ms = 1000.0f / hz;
    } else if (period != -1) {
        if (tick_hz <= 0)
            mp_raise_ValueError(MP_ERROR_TEXT("tick_hz must be positive"));
        if (period < 0)
            mp_raise_ValueError(MP_ERROR_TEXT("period must not be negative"));
        if (period < LONGEST_MS && period * 1000 / tick_hz < LONGEST_MS)
            return period * 1000 / tick_hz < 1 ? 1 : (uint32_t)(period * 1000 / tick_hz);
        ms = LONGEST_MS;
    }
    if (ms >= LONGEST_MS)
        mp_raise_ValueError(MP_ERROR_TEXT("period too large"));
    return ms < 1 ? 1 : (uint32_t)ms;
}

static void init(struct timer *self, size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    enum { ARG_mode, ARG_callback, ARG_period, ARG_tick_hz, ARG_freq };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_mode, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = PERIODIC}},
        {MP_QSTR_callback, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(NULL)}},
        {MP_QSTR_period, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_tick_hz, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 1000}},
        {MP_QSTR_freq, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t parsed[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, args, named, MP_ARRAY_SIZE(allowed), allowed, parsed);
    mp_int_t mode = parsed[ARG_mode].u_int;
    mp_obj_t callback = parsed[ARG_callback].u_obj;
    if (mode != ONE_SHOT && mode != PERIODIC)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("invalid mode: %d"), (int)mode);
    if (callback != MP_OBJ_NULL && callback != mp_const_none && !mp_obj_is_callable(callback))
        mp_raise_TypeError(MP_ERROR_TEXT("callback must be callable or None"));
    uint32_t period_ms = period_of(parsed[ARG_period].u_int, parsed[ARG_tick_hz].u_int,
                                   parsed[ARG_freq].u_obj, self->period_ms);

    ib_vm_alarm_clear(ib_vm_current, &self->alarm);
    self->mode = (uint8_t)mode;
    self->period_ms = period_ms;
    if (callback != MP_OBJ_NULL)
        self->callback = callback;
    if (self->callback != mp_const_none)
        ib_vm_alarm_set(ib_vm_current, &self->alarm, period_ms * UINT64_C(1000),
                        mode == PERIODIC ? period_ms * UINT64_C(1000) : 0);
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
    if (n_args > 0 && mp_obj_get_int(args[0]) != -1)
        mp_raise_ValueError(MP_ERROR_TEXT("Timer doesn't exist"));
    struct timer *self = mp_obj_malloc(struct timer, type);
    self->alarm = (struct ib_alarm){0};
    self->period_ms = 1000;
    self->mode = PERIODIC;
    self->callback = mp_const_none;
    size_t first = n_args > 0 ? 1 : 0;
    if (n_args > first || n_kw > 0) {
        mp_map_t named;
        mp_map_init_fixed_table(&named, n_kw, args + n_args);
        init(self, n_args - first, args + first, &named);
    }
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t timer_init(size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    init(MP_OBJ_TO_PTR(args[0]), n_args - 1, args + 1, named);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(timer_init_obj, 1, timer_init);

static mp_obj_t timer_deinit(mp_obj_t object) {
    struct timer *self = MP_OBJ_TO_PTR(object);
    ib_vm_alarm_clear(ib_vm_current, &self->alarm);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(timer_deinit_obj, timer_deinit);

static void timer_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind) {
    (void)kind;
    const struct timer *self = MP_OBJ_TO_PTR(object);
    mp_printf(print, "Timer(mode=%q, period=%u)",
              self->mode == ONE_SHOT ? MP_QSTR_ONE_SHOT : MP_QSTR_PERIODIC,
              (unsigned)self->period_ms);
}

static const mp_rom_map_elem_t timer_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&timer_init_obj)},
    {MP_ROM_QSTR(MP_QSTR_deinit), MP_ROM_PTR(&timer_deinit_obj)},
    {MP_ROM_QSTR(MP_QSTR_ONE_SHOT), MP_ROM_INT(ONE_SHOT)},
    {MP_ROM_QSTR(MP_QSTR_PERIODIC), MP_ROM_INT(PERIODIC)},
};
static MP_DEFINE_CONST_DICT(timer_locals, timer_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_machine_timer_type, MP_QSTR_Timer, MP_TYPE_FLAG_NONE, make_new,
                         make_new, print, timer_print, locals_dict, &timer_locals);
