/// Callbacks of scripts that something outside causes, and machine.disable_irq().
///
/// On the board disable_irq() keeps every interrupt off. Here others must never wait for a script that
/// forgets enable_irq(), and Ctrl-C has to work: so what would interrupt is noted and comes later.
#include "ports/micropython/machine/machine.h"
#include "py/mphal.h"
#include "py/runtime.h"

MP_REGISTER_ROOT_POINTER(mp_sched_item_t held_calls[MICROPY_SCHEDULER_DEPTH]);
static unsigned held_count;

/// As an interrupt's flag does, one note stands for several interrupts of the same kind.
static void note(struct ib_vm *self, mp_obj_t function, mp_obj_t argument) {
    for (unsigned i = 0; i < held_count; i++)
        if (MP_STATE_VM(held_calls)[i].func == function &&
            MP_STATE_VM(held_calls)[i].arg == argument)
            return;
    if (held_count == MICROPY_SCHEDULER_DEPTH)
        atomic_fetch_add(&self->events_lost, 1);
    else
        MP_STATE_VM(held_calls)[held_count++] = (mp_sched_item_t){function, argument};
}

void ib_machine_call_soon(struct ib_vm *self, mp_obj_t function, mp_obj_t argument) {
    if (!atomic_load(&self->alive))
        return;
    if (self->held)
        note(self, function, argument);
    else if (!mp_sched_schedule(function, argument))
        atomic_fetch_add(&self->events_lost, 1);
}

void ib_machine_interrupts_begin(void) {
    held_count = 0;
    memset(MP_STATE_VM(held_calls), 0, sizeof MP_STATE_VM(held_calls));
}

static bool hold(bool held) {
    struct ib_vm *self = ib_vm_current;
    uintptr_t state = ib_vm_atomic_begin();
    bool before = ib_vm_events_hold(self, held);
    for (unsigned i = 0; i < held_count && !held; i++)
        ib_machine_call_soon(self, MP_STATE_VM(held_calls)[i].func, MP_STATE_VM(held_calls)[i].arg);
    if (!held)
        ib_machine_interrupts_begin();
    ib_vm_atomic_end(state);
    return before;
}

/// The state is the processor's PRIMASK: 1 when they were off.
static mp_obj_t disable_irq(void) {
    return MP_OBJ_NEW_SMALL_INT(hold(true));
}
MP_DEFINE_CONST_FUN_OBJ_0(ib_machine_disable_irq_obj, disable_irq);

static mp_obj_t enable_irq(mp_obj_t state) {
    hold(mp_obj_get_int(state) != 0);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_machine_enable_irq_obj, enable_irq);
