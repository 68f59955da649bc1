/// Ending a life that does not listen: a script in machine code of its own, or in one of MicroPython's
/// loops that never look up (sum(range(1 << 60)), a regular expression of the wrong kind).
///
/// A signal to the VM's thread looks where it stands. In MicroPython's core and in scripts' machine code
/// every caller must reckon with an exception that leaves all of them at once, and everything they leave
/// behind is made anew with the next life: there, and nowhere else, the life is ended on the spot. Our own
/// code, FatFs, TLS and the C library are left to come to an end; it is tried again. The atomic section
/// is never left so. CMakeLists.txt puts the core's code into a section of its own (ib_core_text).
///
/// Not on other processors than x86-64 and arm64, and not under ThreadSanitizer, which holds signals back.
#include <signal.h>
#include <ucontext.h>

#include "ports/micropython/vm_private.h"
#include "py/runtime.h"

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_THREAD__)

extern const char __start_ib_core_text[], __stop_ib_core_text[];
extern const char __executable_start[], etext[];

static const char *place(const ucontext_t *context) {
#if defined(__x86_64__)
    return (const char *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
    return (const char *)(uintptr_t)context->uc_mcontext.pc;
#endif
}

static bool may_be_left(const char *at) {
    if (at >= __start_ib_core_text && at < __stop_ib_core_text)
        return true;
    if (at >= __executable_start && at < etext)
        return false;
    return ib_vm_code_has(at);
}

static bool is_over(const struct ib_vm *self) {
    return atomic_load(&self->wanted) != IB_VM_WANTED_NOTHING || atomic_load(&self->closing);
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    struct ib_vm *self = ib_vm_current;
    if (!self || !self->lives || ib_vm_atomic_depth() > 0 || nlr_get_abort() == NULL ||
        !is_over(self) || !may_be_left(place(context)))
        return;
    self->lives = false;
    nlr_jump_abort();
}

void ib_vm_force_init(void) {
    // Not deferred: it may never return.
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGRTMIN, &action, NULL);
}

void ib_vm_force(struct ib_vm *self) {
    pthread_kill(self->thread, SIGRTMIN);
}

#else

void ib_vm_force_init(void) {
}

void ib_vm_force(struct ib_vm *self) {
    (void)self;
}

#endif
