/// From switching on to the prompt, and round again: the lives of the script engine.
///
/// One life: heap and interpreter, /rom, /flash, /sdcard, boot.py (always), main.py (after a cold boot
/// only, when boot.py ended well), then the prompt until a soft reset. How a life ended decides how
/// the next one begins. Not the storage (storage.c), not how others ask for a reset (vm.c).
#include "openmv/lights.h"
#include "ports/micropython/csi/csi_board.h"
#include "ports/micropython/image/frame_buffer_door.h"
#include "ports/micropython/image/work_memory.h"
#include "ports/micropython/nic.h"
#include "ports/micropython/vm_private.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/readline/readline.h"
#include "shared/runtime/pyexec.h"

/// What scripts may use of the thread's stack before they get a RuntimeError: more than the board's
/// 64 KB, because frames are larger here, but no more than a deep recursion can take back in time.
#if defined(__SANITIZE_ADDRESS__)
#define SCRIPT_STACK_BYTES (6u << 20)
#elif defined(__SANITIZE_THREAD__)
#define SCRIPT_STACK_BYTES (1u << 20) // it counts no more than 65,536 calls inside each other
#else
#define SCRIPT_STACK_BYTES (512u << 10)
#endif

void ib_vm_say(struct ib_vm *self, enum ib_log_level level, const char *text) {
    ib_log(self->log, level, "script", text);
}

static void enter_stage(struct ib_vm *self, enum ib_vm_stage stage) {
    atomic_store(&self->stage, stage);
    ib_vm_notify(self);
}

void ib_vm_end_life(enum ib_vm_wanted wanted) {
    int none = IB_VM_WANTED_NOTHING;
    atomic_compare_exchange_strong(&ib_vm_current->wanted, &none, wanted);
    if (nlr_get_abort() == NULL) // in a finaliser, as a life ends anyway
        mp_raise_OSError(MP_EPERM);
    nlr_jump_abort();
}

/// Until somebody wants something else. A script from the command line has nobody who could.
static void stay(struct ib_vm *self, enum ib_vm_stage stage) {
    enter_stage(self, stage);
    if (self->script) {
        ib_vm_script_ends(self, stage == IB_VM_FAULT ? IB_VM_ENDING_FAULT : IB_VM_ENDING_BOOTLOADER,
                          1);
        atomic_store(&self->wanted, IB_VM_WANTED_STOP);
    }
    for (unsigned step = 0; atomic_load(&self->wanted) == IB_VM_WANTED_NOTHING; step++) {
        if (stage == IB_VM_FAULT)
            ib_lights_fault(&self->pins, step);
        ib_vm_sleep_until(stage == IB_VM_FAULT ? ib_vm_now_us() + IB_LIGHTS_FAULT_US : IB_NEVER);
    }
}

void ib_vm_halt(enum ib_vm_stage stage) {
    stay(ib_vm_current, stage);
    nlr_jump_abort();
}

/// Return: whether the life goes on. `*well`: it ended without an exception.
static bool run_file(struct ib_vm *self, enum ib_vm_stage stage, const char *name, bool *well) {
    enter_stage(self, stage);
    mp_event_handle_nowait(); // an abort may have met the end of the file before
    int code = pyexec_file_if_exists(name);
    *well = code == 1;
    return !(code & PYEXEC_FORCED_EXIT);
}

static void run_prompt(struct ib_vm *self) {
    enter_stage(self, IB_VM_PROMPT);
    for (;;) {
        int code =
            pyexec_mode_kind == PYEXEC_MODE_RAW_REPL ? pyexec_raw_repl() : pyexec_friendly_repl();
        if (code != 0)
            return;
    }
}

static void run_script(struct ib_vm *self) {
    ib_vm_storage_mount(self);
    enter_stage(self, IB_VM_BOOT);
    mp_event_handle_nowait();
    if (!ib_vm_script_boot(self, "boot.py"))
        return;
    enter_stage(self, IB_VM_MAIN);
    mp_event_handle_nowait();
    ib_vm_script_run(self);
}

static void run_life(struct ib_vm *self, enum ib_vm_wanted how) {
    bool well = true;
    if (self->script) {
        run_script(self);
        return;
    }
    ib_vm_storage_mount(self);
    if (how != IB_VM_WANTED_SAFE && !run_file(self, IB_VM_BOOT, "boot.py", &well))
        return;
    // A host that has switched to the raw prompt before has other plans.
    if (how == IB_VM_WANTED_HARD && well && pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL &&
        !run_file(self, IB_VM_MAIN, "main.py", &well))
        return;
    run_prompt(self);
}

static void begin_life(struct ib_vm *self, enum ib_vm_wanted how) {
    enter_stage(self, IB_VM_STARTING);
    bool cold = how == IB_VM_WANTED_HARD;
    bool first = atomic_load(&self->cold_boots) == 0;
    self->cause = !cold ? IB_VM_CAUSE_SOFT : first ? IB_VM_CAUSE_POWER_ON : self->next_cause;
    self->next_cause = IB_VM_CAUSE_HARD;
    if (cold && ib_vm_watchdog_reset(self))
        self->cause = IB_VM_CAUSE_WATCHDOG;
    atomic_fetch_add(cold ? &self->cold_boots : &self->soft_resets, 1);
    if (cold)
        pyexec_mode_kind = PYEXEC_MODE_FRIENDLY_REPL;
    // What was typed to the board before its RESET is gone; before switching it on it waits.
    if (cold && !first) {
        pthread_mutex_lock(&self->console);
        self->input.fill = 0;
        pthread_mutex_unlock(&self->console);
    }
    pthread_mutex_lock(&self->atomic);
    MP_STATE_VM(vm_abort) = false;
    MP_STATE_VM(sched_head) = NULL;
    MP_STATE_VM(sched_tail) = NULL;
    gc_init(self->heap, (uint8_t *)self->heap + self->heap_bytes);
    mp_init(); // mounts /rom
    pthread_mutex_unlock(&self->atomic);
    readline_init0();
    mod_network_init();
    ib_vm_machine_begin(self, cold);
    ib_vm_events_open(self);
}

static void end_life(struct ib_vm *self) {
    mp_hal_set_interrupt_char(-1);
    ib_vm_events_close(self);
    ib_vm_machine_end(self);
    mod_network_deinit();
    ib_csi_life_ends();
    ib_vm_sweep(self);
    ib_vm_resolve_release();
    ib_work_release();
    ib_frame_buffer_release();
    ib_vm_code_release();
    mp_deinit();
}

/// A script has one life. What broke it off is how it ended, unless it has ended before.
static enum ib_vm_wanted after_script(struct ib_vm *self, enum ib_vm_wanted wanted) {
    if (atomic_load(&self->ending) == IB_VM_ENDING_NONE)
        ib_vm_script_ends(
            self, wanted == IB_VM_WANTED_STOP ? IB_VM_ENDING_STOPPED : IB_VM_ENDING_RESET, 1);
    return IB_VM_WANTED_STOP;
}

static enum ib_vm_wanted take_wanted(struct ib_vm *self) {
    uintptr_t state = ib_vm_atomic_begin();
    enum ib_vm_wanted wanted = atomic_exchange(&self->wanted, IB_VM_WANTED_NOTHING);
    self->force_us = IB_NEVER;
    if (self->watchdog.bitten)
        self->watchdog.due_us =
            IB_NEVER; // one bite is one reset, however long the life's end takes
    ib_vm_atomic_end(state);
    return wanted;
}

/// Return: how the next life begins.
static enum ib_vm_wanted next_life(struct ib_vm *self) {
    enum ib_vm_wanted wanted = take_wanted(self);
    while (wanted == IB_VM_WANTED_FAULT) { // asked for once more it is the same
        stay(self, IB_VM_FAULT);
        wanted = take_wanted(self);
    }
    if (self->script)
        return after_script(self, wanted);
    return wanted == IB_VM_WANTED_NOTHING ? IB_VM_WANTED_SOFT : wanted;
}

static enum ib_vm_wanted live(struct ib_vm *self, enum ib_vm_wanted how) {
    begin_life(self, how);
    nlr_buf_t abort;
    nlr_set_abort(&abort);
    if (nlr_push(&abort) == 0) {
        self->lives = true;
        run_life(self, how);
        self->lives = false;
        nlr_pop();
    }
    self->lives = false;
    nlr_set_abort(NULL);
    enum ib_vm_wanted next = next_life(self);
    if (next == IB_VM_WANTED_SOFT || next == IB_VM_WANTED_SAFE)
        mp_hal_stdout_tx_str("MPY: soft reboot\r\n");
    end_life(self);
    return next;
}

void *ib_vm_thread(void *vm) {
    struct ib_vm *self = vm;
    enum ib_vm_wanted next = IB_VM_WANTED_HARD;
    mp_cstack_init_with_sp_here(SCRIPT_STACK_BYTES);
    while (next != IB_VM_WANTED_STOP)
        next = live(self, next);
    uintptr_t state = ib_vm_atomic_begin();
    self->over = true; // nobody sends this thread a signal from here on
    ib_vm_atomic_end(state);
    ib_csi_engine_ends();
    enter_stage(self, IB_VM_STOPPED);
    return NULL;
}
