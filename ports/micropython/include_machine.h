/// What extmod/modmachine.c asks of this board: resets, sleep, identity. Included there, once; so it
/// has no guard. Pins, buses and timers come with the board's wiring.
#include "ports/micropython/vm_private.h"
#include "py/mphal.h"
#include "py/objstr.h"
#include "py/runtime.h"

/// The H7's own numbers.
enum { SOFT_RESET = 0, PWRON_RESET = 1, HARD_RESET = 2, WDT_RESET = 3, DEEPSLEEP_RESET = 4 };

#define MICROPY_PY_MACHINE_EXTRA_GLOBALS                                                           \
    {MP_ROM_QSTR(MP_QSTR_PWRON_RESET), MP_ROM_INT(PWRON_RESET)},                                   \
        {MP_ROM_QSTR(MP_QSTR_HARD_RESET), MP_ROM_INT(HARD_RESET)},                                 \
        {MP_ROM_QSTR(MP_QSTR_WDT_RESET), MP_ROM_INT(WDT_RESET)},                                   \
        {MP_ROM_QSTR(MP_QSTR_DEEPSLEEP_RESET), MP_ROM_INT(DEEPSLEEP_RESET)},                       \
        {MP_ROM_QSTR(MP_QSTR_SOFT_RESET), MP_ROM_INT(SOFT_RESET)},

static void mp_machine_idle(void) {
    mp_event_wait_ms(1);
}

NORETURN void mp_machine_bootloader(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    (void)args;
    ib_vm_halt(IB_VM_BOOTLOADER);
}

NORETURN static void mp_machine_reset(void) {
    ib_vm_end_life(IB_VM_WANTED_HARD);
}

static mp_int_t mp_machine_reset_cause(void) {
    if (ib_vm_current->after_soft_reset)
        return SOFT_RESET;
    return atomic_load(&ib_vm_current->cold_boots) > 1 ? HARD_RESET : PWRON_RESET;
}

static mp_obj_t mp_machine_unique_id(void) {
    return mp_obj_new_bytes(ib_vm_current->id, sizeof ib_vm_current->id);
}

/// Four clocks as the stm32 has them: system, HCLK, PCLK1, PCLK2.
static mp_obj_t mp_machine_get_freq(void) {
    mp_obj_t clocks[4] = {
        MP_OBJ_NEW_SMALL_INT(480000000),
        MP_OBJ_NEW_SMALL_INT(240000000),
        MP_OBJ_NEW_SMALL_INT(120000000),
        MP_OBJ_NEW_SMALL_INT(120000000),
    };
    return mp_obj_new_tuple(4, clocks);
}

static void mp_machine_set_freq(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    (void)args;
    mp_raise_NotImplementedError(MP_ERROR_TEXT("machine.freq set not supported"));
}

/// Without a time: until something interrupts it.
static void mp_machine_lightsleep(size_t n_args, const mp_obj_t *args) {
    mp_int_t ms = n_args == 0 ? 0 : mp_obj_get_int(args[0]);
    while (n_args == 0)
        mp_event_wait_indefinite();
    mp_hal_delay_ms(ms > 0 ? (mp_uint_t)ms : 0);
}

/// Waking from it is a reset.
NORETURN static void mp_machine_deepsleep(size_t n_args, const mp_obj_t *args) {
    mp_machine_lightsleep(n_args, args);
    ib_vm_end_life(IB_VM_WANTED_HARD);
}
