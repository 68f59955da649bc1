/// News from other threads: a list of C calls that the VM's thread makes when it next looks.
#include "ports/micropython/vm_private.h"
#include "py/mphal.h"
#include "py/runtime.h"

static mp_sched_node_t node;

static struct ib_vm_event *take(struct ib_vm *self) {
    pthread_mutex_lock(&self->events_mutex);
    struct ib_vm_event *event = self->events_head;
    if (event) {
        self->events_head = event->next;
        if (!self->events_head)
            self->events_tail = NULL;
        event->pending = false;
    }
    pthread_mutex_unlock(&self->events_mutex);
    return event;
}

/// On the VM's thread, with its scheduler locked. An exception ends here: it has nobody to go to.
static void run(mp_sched_node_t *self) {
    (void)self;
    for (struct ib_vm_event *event; (event = take(ib_vm_current)) != NULL;) {
        nlr_buf_t nlr;
        if (nlr_push(&nlr) == 0) {
            event->call(event);
            nlr_pop();
        } else {
            mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
        }
    }
}

bool ib_vm_schedule(struct ib_vm *self, struct ib_vm_event *event) {
    pthread_mutex_lock(&self->events_mutex);
    bool taken = atomic_load(&self->alive) && !event->pending;
    if (taken) {
        event->pending = true;
        event->next = NULL;
        if (self->events_tail)
            self->events_tail->next = event;
        else
            self->events_head = event;
        self->events_tail = event;
    } else {
        atomic_fetch_add(&self->events_lost, 1);
    }
    pthread_mutex_unlock(&self->events_mutex);
    uintptr_t state = ib_vm_atomic_begin();
    if (taken && atomic_load(&self->alive) && !self->held)
        mp_sched_schedule_node(&node, run);
    ib_vm_atomic_end(state);
    return taken;
}

bool ib_vm_events_hold(struct ib_vm *self, bool held) {
    uintptr_t state = ib_vm_atomic_begin();
    bool before = self->held;
    self->held = held;
    if (before && !held)
        mp_sched_schedule_node(&node, run); // perhaps for nothing
    ib_vm_atomic_end(state);
    return before;
}

void ib_vm_events_open(struct ib_vm *self) {
    uintptr_t state = ib_vm_atomic_begin();
    node.callback = NULL;
    self->held = false;
    atomic_store(&self->alive, true);
    if (atomic_load(&self->wanted) != IB_VM_WANTED_NOTHING)
        mp_sched_vm_abort(); // asked for before there was anything to abort
    ib_vm_atomic_end(state);
}

void ib_vm_events_close(struct ib_vm *self) {
    pthread_mutex_lock(&self->events_mutex);
    uintptr_t state = ib_vm_atomic_begin();
    atomic_store(&self->alive, false);
    ib_vm_atomic_end(state);
    pthread_mutex_unlock(&self->events_mutex);
    while (take(self))
        atomic_fetch_add(&self->events_lost, 1);
}
