/// The rest of what MicroPython wants from a port: garbage collection's roots, and its ends.
#include <stdio.h>

#include "ports/micropython/vm_private.h"
#include "py/builtin.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/runtime/gchelper.h"

const char ib_vm_help_text[] =
    "This is the script engine of ironbow's Pure Thermal.\n"
    "\n"
    "  import csi            the cameras (not yet)\n"
    "  help('modules')       what can be imported\n"
    "  os.listdir('/flash')  the files of the flash drive\n"
    "\n"
    "Ctrl-A raw prompt, Ctrl-B this one, Ctrl-C interrupts, Ctrl-D restarts, Ctrl-E pastes.\n";

/// While it looks for what is in use, no timer goes off: it would be in none of the lists for a moment, or
/// in one that has been looked at.
void gc_collect(void) {
    if (MP_STATE_THREAD(gc_lock_depth) & GC_COLLECT_FLAG)
        return; // a finaliser asks for it: Python on a disk of the script's own
    uintptr_t state = ib_vm_atomic_begin();
    gc_collect_start();
    gc_helper_collect_regs_and_stack();
    ib_vm_code_mark();
    ib_vm_timers_mark();
    ib_vm_atomic_end(state);
    gc_collect_end();
}

/// No handler is left: on the board a hard fault.
void nlr_jump_fail(void *value) {
    (void)value;
    ib_vm_say(ib_vm_current, IB_LOG_ERROR, "hard fault: an exception that nobody can handle");
    ib_vm_halt(IB_VM_FAULT);
}

/// In place of mbedTLS's debug output, see CMakeLists.txt.
void ib_vm_no_tls_debug(int threshold);
void ib_vm_no_tls_debug(int threshold) {
    (void)threshold;
}

#if defined(__SANITIZE_THREAD__)
/// MicroPython looks at flags of its scheduler without a lock, and again with it before it acts. When the
/// collector's own stack has overflowed it reads marked timers once more, without the lock: their links lead
/// to no object's beginning, so whichever of two it reads is ignored.
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "race_top:mp_execute_bytecode\n"
           "race_top:mp_handle_pending\n"
           "race_top:mp_sched_run_pending\n"
           "race_top:mp_sched_exception\n"
           "race_top:mp_sched_keyboard_interrupt\n"
           "race_top:mp_sched_schedule\n"
           "race_top:mp_sched_schedule_node\n"
           "race_top:mp_sched_vm_abort\n"
           "race_top:ib_vm_sleep_until\n"
           "race_top:gc_mark_subtree\n";
}
#endif
