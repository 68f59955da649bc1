/// What a life leaves open is closed: files, sockets, everything that has a finaliser.
///
/// A life can end anywhere, also in the middle of a collection or of a finaliser. And a finaliser can run
/// the script's own Python, when a file lies on a disk that is an object of the script's, or TLS speaks
/// through one. So Python gets a moment; then none of it runs any more, and what still wants to is
/// forgotten. Main source: py/gc.c of MicroPython 1.25, whose tables are read here.
#include "ports/micropython/vm_private.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/mpstate.h"
#include "py/runtime.h"

/// What a life has for its last words.
#define MOMENT_US 500000u

enum { HEAD = 1 }; ///< of an object, in the collector's table: two bits a block

/// As if nothing had been broken off.
static void begin_anew(void) {
    MP_STATE_THREAD(gc_lock_depth) = 0;
    MP_STATE_THREAD(mp_pending_exception) = MP_OBJ_NULL;
    MP_STATE_VM(sched_state) = MP_SCHED_IDLE;
    MP_STATE_VM(vm_abort) = false;
}

/// Return: whether it came to its end.
static bool sweep(struct ib_vm *self) {
    nlr_buf_t abort;
    bool whole = false;
    begin_anew();
    nlr_set_abort(&abort);
    if (nlr_push(&abort) == 0) {
        self->lives = true;
        gc_sweep_all();
        gc_sweep_all(); // marks of a collection that was broken off have kept something
        self->lives = false;
        nlr_pop();
        whole = true;
    }
    self->lives = false;
    nlr_set_abort(NULL);
    return whole;
}

/// The first finaliser that has not come back: they run in this order.
static void forget_first(void) {
    const mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    for (size_t block = 0; block <= area->gc_last_used_block; block++) {
        byte *finaliser = &area->gc_finaliser_table_start[block / 8];
        unsigned kind = area->gc_alloc_table_start[block / 4] >> block % 4 * 2 & 3u;
        if (!(*finaliser >> block % 8 & 1) || kind != HEAD)
            continue;
        *finaliser = (byte)(*finaliser & ~(1u << block % 8));
        return;
    }
}

static void give_moment(struct ib_vm *self, bool begins) {
    uintptr_t state = ib_vm_atomic_begin();
    bool soon = begins || atomic_load(&self->wanted) != IB_VM_WANTED_NOTHING;
    self->closing = begins;
    self->force_us = soon ? ib_vm_host_us() + MOMENT_US : IB_NEVER;
    ib_vm_alarm_changed(self);
    ib_vm_atomic_end(state);
}

void ib_vm_sweep(struct ib_vm *self) {
    give_moment(self, true);
    bool whole = sweep(self);
    give_moment(self, false);
    if (whole)
        return;
    // Without a stack there is no Python: its functions raise, and whoever would print that raises, too.
    size_t stack_limit = MP_STATE_THREAD(stack_limit);
    MP_STATE_THREAD(stack_limit) = 0;
    while (!sweep(self))
        forget_first();
    MP_STATE_THREAD(stack_limit) = stack_limit;
    ib_vm_say(self, IB_LOG_WARNING, "what the script had open could not all be closed");
}
